//! Fields to attribute values: canonical form, ascending code.

use alloc::vec::Vec;
use core::{iter::Peekable, net::Ipv4Addr};

use super::{path, raw::RawIter, spec};
use crate::{
    types::{AsPath, Asn},
    wire::{
        Aggregator, AttributeCode, AttributeFlags, AttributeSet, Context, EncodeError, Origin,
        RawAttribute,
        update::{mp, parse::has_field},
    },
};

/// Appends the attributes of `set` by ascending code, with NEXT_HOP if one is
/// given.
///
/// What an external peer must not be sent is left out (RFC 4271 §5.1.5,
/// RFC 4456 §8).
pub(in crate::wire) fn attributes(
    set: &AttributeSet,
    context: &Context,
    next_hop: Option<Ipv4Addr>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut writer = Writer {
        context,
        out,
        other: set.other.iter().peekable(),
    };
    if let Some(origin) = set.origin {
        writer.fixed(AttributeCode::ORIGIN, [octet(origin)])?;
    }
    let as4 = match &set.as_path {
        Some(path) => writer.as_path(path)?,
        None => None,
    };
    if let Some(addr) = next_hop {
        if !mp::is_host_v4(addr) {
            let code = AttributeCode::NEXT_HOP;
            return Err(EncodeError::Attribute { code });
        }
        writer.fixed(AttributeCode::NEXT_HOP, addr.octets())?;
    }
    if let Some(med) = set.med {
        writer.number(AttributeCode::MULTI_EXIT_DISC, med)?;
    }
    let interior = context.peer_type.is_interior();
    if let Some(local_pref) = set.local_pref.filter(|_| interior) {
        writer.number(AttributeCode::LOCAL_PREF, local_pref)?;
    }
    if set.atomic_aggregate {
        writer.fixed(AttributeCode::ATOMIC_AGGREGATE, [])?;
    }
    if let Some(of) = set.aggregator {
        writer.aggregator(of)?;
    }
    let communities = set.communities.iter().map(|of| of.0);
    writer.list(AttributeCode::COMMUNITIES, communities)?;
    if interior {
        if let Some(id) = set.originator_id {
            writer.number(AttributeCode::ORIGINATOR_ID, id.0)?;
        }
        let clusters = set.cluster_list.iter().map(|id| id.0);
        writer.list(AttributeCode::CLUSTER_LIST, clusters)?;
    }
    if let Some(path) = as4 {
        writer.as4_path(path)?;
    }
    if let Some(of) = set.aggregator.filter(|of| !of.asn.is_two_octet())
        && !context.four_octet_as
    {
        writer.fixed(AttributeCode::AS4_AGGREGATOR, wide(of))?;
    }
    writer.others(None)
}

/// Appends flags, code and a length of one octet or two.
pub(in crate::wire) fn head(
    code: AttributeCode,
    flags: AttributeFlags,
    length: usize,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match u8::try_from(length) {
        Ok(length) if !flags.contains(AttributeFlags::EXTENDED_LENGTH) => {
            out.extend_from_slice(&[flags.bits(), code.0, length]);
        }
        _ => {
            let length = u16::try_from(length).map_err(|_| EncodeError::Attribute { code })?;
            let flags = flags | AttributeFlags::EXTENDED_LENGTH;
            let [high, low] = length.to_be_bytes();
            out.extend_from_slice(&[flags.bits(), code.0, high, low]);
        }
    }
    Ok(())
}

struct Writer<'s, 'c, 'o> {
    context: &'c Context,
    out: &'o mut Vec<u8>,
    other: Peekable<RawIter<'s>>,
}

impl Writer<'_, '_, '_> {
    /// Appends the head of an attribute that has a field, after the others
    /// whose code is lower.
    #[inline]
    fn head(&mut self, code: AttributeCode, length: usize) -> Result<(), EncodeError> {
        self.others(Some(code))?;
        head(code, spec::flags(code), length, self.out)
    }

    #[inline]
    fn fixed<const N: usize>(
        &mut self,
        code: AttributeCode,
        value: [u8; N],
    ) -> Result<(), EncodeError> {
        self.head(code, N)?;
        self.out.extend_from_slice(&value);
        Ok(())
    }

    #[inline]
    fn number(&mut self, code: AttributeCode, number: u32) -> Result<(), EncodeError> {
        self.fixed(code, number.to_be_bytes())
    }

    /// Nothing if there are no numbers.
    #[inline]
    fn list(
        &mut self,
        code: AttributeCode,
        numbers: impl ExactSizeIterator<Item = u32>,
    ) -> Result<(), EncodeError> {
        if numbers.len() != 0 {
            self.head(code, numbers.len().saturating_mul(4))?;
            path::put(self.out, numbers.map(u32::to_be_bytes));
        }
        Ok(())
    }

    /// Appends AS_PATH; what AS4_PATH must say beside it.
    fn as_path<'p>(&mut self, path: &'p AsPath) -> Result<Option<&'p AsPath>, EncodeError> {
        let code = AttributeCode::AS_PATH;
        let four_octet_as = self.context.four_octet_as;
        let interior = self.context.peer_type.is_interior();
        // RFC 7607 §2, RFC 5065 §5.
        let refused = path.segments().any(|segment| {
            segment.kind.is_confed() && !interior || segment.asns.contains(&Asn::ZERO)
        });
        if refused {
            return Err(EncodeError::Attribute { code });
        }
        self.head(code, path::wire_len(path.segments(), four_octet_as))?;
        path::encode(path.segments(), four_octet_as, self.out);
        Ok((!four_octet_as && path::needs_as4(path)).then_some(path))
    }

    fn as4_path(&mut self, path: &AsPath) -> Result<(), EncodeError> {
        let length = path::wire_len(path::as4_segments(path), true);
        self.head(AttributeCode::AS4_PATH, length)?;
        path::encode(path::as4_segments(path), true, self.out);
        Ok(())
    }

    fn aggregator(&mut self, of: Aggregator) -> Result<(), EncodeError> {
        let code = AttributeCode::AGGREGATOR;
        if of.asn == Asn::ZERO {
            return Err(EncodeError::Attribute { code });
        }
        if self.context.four_octet_as {
            return self.fixed(code, wide(of));
        }
        self.head(code, 6)?;
        let narrow = of.asn.to_two_octet().to_be_bytes();
        self.out.extend_from_slice(&narrow);
        self.out.extend_from_slice(&of.router_id.octets());
        Ok(())
    }

    /// Appends those kept as octets whose code is lower than `before`, or all.
    #[inline]
    fn others(&mut self, before: Option<AttributeCode>) -> Result<(), EncodeError> {
        while let Some(raw) = self
            .other
            .next_if(|raw| before.is_none_or(|before| raw.code < before))
        {
            if !may_go_out(raw, self.context) {
                return Err(EncodeError::Attribute { code: raw.code });
            }
            head(raw.code, raw.flags, raw.value.len(), self.out)?;
            self.out.extend_from_slice(raw.value);
        }
        Ok(())
    }
}

/// An attribute kept as octets may go out if it would come in again as it is.
fn may_go_out(raw: RawAttribute<'_>, context: &Context) -> bool {
    match spec::of(raw.code) {
        None => raw.flags.contains(AttributeFlags::OPTIONAL),
        Some(spec) => {
            !has_field(raw.code)
                && spec.may_come_from(context)
                && spec.check(raw.flags, raw.value.len(), context).is_ok()
                && spec.judge(raw.value).is_ok()
        }
    }
}

fn octet(origin: Origin) -> u8 {
    match origin {
        Origin::Igp => 0,
        Origin::Egp => 1,
        Origin::Incomplete => 2,
    }
}

fn wide(of: Aggregator) -> [u8; 8] {
    let asn = u64::from(of.asn.0) << 32;
    (asn | u64::from(of.router_id.to_bits())).to_be_bytes()
}
