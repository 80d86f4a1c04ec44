//! Fields to attribute values: canonical form, ascending code.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use super::{
    path,
    raw::RawIter,
    spec::{self, Spec},
};
use crate::{
    types::{AsPath, Asn, PeerType, SegmentKind},
    wire::{
        Aggregator, AttributeCode, AttributeFlags, AttributeSet, Context, EncodeError, Origin,
        PartialAttributes, RawAttribute,
        update::{mp, parse::has_field},
    },
};

/// Appends the attributes of `set` by ascending code, with NEXT_HOP if one is
/// given.
///
/// What an external peer must not be sent is left out (RFC 4271 §5.1.5,
/// RFC 4456 §8).
#[inline]
pub(in crate::wire) fn attributes(
    set: &AttributeSet,
    context: &Context,
    next_hop: Option<Ipv4Addr>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut writer = Writer {
        context,
        out,
        partial: set.partial,
        other: set.other.iter(),
        next: None,
    };
    writer.next = writer.other.next();
    if let Some(origin) = set.origin {
        writer.fixed(&spec::ORIGIN, [octet(origin)])?;
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
        writer.fixed(&spec::NEXT_HOP, addr.octets())?;
    }
    if let Some(med) = set.med {
        writer.fixed(&spec::MULTI_EXIT_DISC, med.to_be_bytes())?;
    }
    let interior = context.peer_type.is_interior();
    if let Some(local_pref) = set.local_pref.filter(|_| interior) {
        writer.fixed(&spec::LOCAL_PREF, local_pref.to_be_bytes())?;
    }
    if set.atomic_aggregate {
        writer.fixed(&spec::ATOMIC_AGGREGATE, [])?;
    }
    if let Some(of) = set.aggregator {
        writer.aggregator(of)?;
    }
    let communities = set.communities.iter().map(|of| of.0.to_be_bytes());
    writer.list(&spec::COMMUNITIES, communities)?;
    if interior {
        if let Some(id) = set.originator_id {
            writer.fixed(&spec::ORIGINATOR_ID, id.0.to_be_bytes())?;
        }
        let clusters = set.cluster_list.iter().map(|id| id.0.to_be_bytes());
        writer.list(&spec::CLUSTER_LIST, clusters)?;
    }
    let extended = set.extended_communities.iter().map(|of| of.0);
    writer.list(&spec::EXTENDED_COMMUNITIES, extended)?;
    if let Some(path) = as4 {
        writer.as4_path(path)?;
    }
    if let Some(of) = set.aggregator.filter(|of| !of.asn.is_two_octet())
        && !context.four_octet_as
    {
        writer.fixed(&spec::AS4_AGGREGATOR, wide(of))?;
    }
    let large = set.large_communities.iter().map(|of| of.to_octets());
    writer.list(&spec::LARGE_COMMUNITIES, large)?;
    if let Some(asn) = set.only_to_customer {
        writer.fixed(&spec::ONLY_TO_CUSTOMER, asn.0.to_be_bytes())?;
    }
    if writer.next.is_some() {
        writer.others(None)?;
    }
    Ok(())
}

/// Appends flags, code and a length of one octet or two.
#[inline]
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
    partial: PartialAttributes,
    /// Those kept as octets, after `next`.
    other: RawIter<'s>,
    next: Option<RawAttribute<'s>>,
}

impl Writer<'_, '_, '_> {
    /// Appends those kept as octets that come before `code`.
    #[inline]
    fn before(&mut self, code: AttributeCode) -> Result<(), EncodeError> {
        match self.next {
            Some(next) if next.code < code => self.others(Some(code)),
            _ => Ok(()),
        }
    }

    /// Appends the head of an attribute that has a field, after the others
    /// whose code is lower.
    #[expect(
        clippy::inline_always,
        reason = "only then is the row constant; a call costs as much as the head"
    )]
    #[inline(always)]
    fn head(&mut self, spec: &Spec, length: usize) -> Result<(), EncodeError> {
        self.before(spec.code)?;
        head(spec.code, self.flags(spec), length, self.out)
    }

    /// The flags that the attribute goes out with.
    #[inline]
    fn flags(&self, spec: &Spec) -> AttributeFlags {
        let of = PartialAttributes::of(spec.code);
        let mut flags = spec.category.flags();
        if !of.is_empty() && self.partial.contains(of) {
            flags |= AttributeFlags::PARTIAL;
        }
        flags
    }

    /// Appends an attribute of at most 8 octets, head and value in one store.
    #[expect(
        clippy::inline_always,
        reason = "only then are head and value one constant store"
    )]
    #[inline(always)]
    fn fixed<const N: usize>(&mut self, spec: &Spec, value: [u8; N]) -> Result<(), EncodeError> {
        const { assert!(N <= 8, "the length is one octet, and the buffer has eleven") };
        self.before(spec.code)?;
        let mut octets = [0; 11];
        let [flags, code, length, rest @ ..] = &mut octets;
        *flags = self.flags(spec).bits();
        *code = spec.code.0;
        #[expect(clippy::cast_possible_truncation, reason = "at most 8")]
        {
            *length = N as u8;
        }
        if let Some(room) = rest.first_chunk_mut() {
            *room = value;
        }
        self.out
            .extend_from_slice(octets.get(..N.saturating_add(3)).unwrap_or_default());
        Ok(())
    }

    /// Nothing if there are no elements.
    #[inline]
    fn list<const N: usize>(
        &mut self,
        spec: &Spec,
        elements: impl ExactSizeIterator<Item = [u8; N]>,
    ) -> Result<(), EncodeError> {
        if elements.len() != 0 {
            self.head(spec, elements.len().saturating_mul(N))?;
            path::put(self.out, elements);
        }
        Ok(())
    }

    /// Appends AS_PATH; what AS4_PATH must say beside it.
    #[inline]
    fn as_path<'p>(&mut self, path: &'p AsPath) -> Result<Option<&'p AsPath>, EncodeError> {
        let four_octet_as = self.context.four_octet_as;
        let peer_type = self.context.peer_type;
        let mut segments = path.segments();
        if let (Some(only), None) = (segments.next(), segments.next())
            && four_octet_as
            && peer_type != PeerType::Confederation
            && only.kind == SegmentKind::Sequence
        {
            // Nearly every path is one short sequence: both heads in one store.
            if let Some(count) = u8::try_from(only.asns.len()).ok().filter(|of| *of <= 63) {
                self.before(spec::AS_PATH.code)?;
                let flags = self.flags(&spec::AS_PATH).bits();
                let code = spec::AS_PATH.code.0;
                let length = (count << 2).saturating_add(2);
                let kind = only.kind.octet();
                self.out
                    .extend_from_slice(&[flags, code, length, kind, count]);
                if path::encode_asns(only.asns, self.out) {
                    let code = AttributeCode::AS_PATH;
                    return Err(EncodeError::Attribute { code });
                }
                return Ok(None);
            }
        }
        let interior = peer_type.is_interior();
        let mut length = 0_usize;
        let mut refused = false;
        for segment in path.segments() {
            refused |= segment.kind.is_confed() && !interior;
            // A sequence can be cut in two, a set cannot.
            refused |= segment.kind.is_set() && segment.asns.len() > 255;
            length = length.saturating_add(path::wire_len(segment, four_octet_as));
        }
        self.head(&spec::AS_PATH, length)?;
        let zero = path::encode(path.segments(), four_octet_as, self.out);
        if peer_type == PeerType::Confederation {
            let first = path.segments().next().map(|segment| segment.kind);
            refused |= first != Some(SegmentKind::ConfedSequence);
        }
        // RFC 7607 §2, RFC 5065 §5.
        if zero || refused {
            let code = AttributeCode::AS_PATH;
            return Err(EncodeError::Attribute { code });
        }
        Ok((!four_octet_as && path::needs_as4(path)).then_some(path))
    }

    fn as4_path(&mut self, path: &AsPath) -> Result<(), EncodeError> {
        let length = path::as4_segments(path).map(|of| path::wire_len(of, true));
        self.head(&spec::AS4_PATH, length.sum())?;
        path::encode(path::as4_segments(path), true, self.out);
        Ok(())
    }

    fn aggregator(&mut self, of: Aggregator) -> Result<(), EncodeError> {
        if of.asn == Asn::ZERO {
            let code = AttributeCode::AGGREGATOR;
            return Err(EncodeError::Attribute { code });
        }
        if self.context.four_octet_as {
            return self.fixed(&spec::AGGREGATOR, wide(of));
        }
        let [high, low] = of.asn.to_two_octet().to_be_bytes();
        let [a, b, c, d] = of.router_id.octets();
        self.fixed(&spec::AGGREGATOR, [high, low, a, b, c, d])
    }

    /// Appends those kept as octets whose code is lower than `before`, or all.
    #[inline(never)]
    fn others(&mut self, before: Option<AttributeCode>) -> Result<(), EncodeError> {
        while let Some(raw) = self.next {
            if before.is_some_and(|before| raw.code >= before) {
                break;
            }
            if !may_go_out(raw, self.context) {
                return Err(EncodeError::Attribute { code: raw.code });
            }
            head(raw.code, raw.flags, raw.value.len(), self.out)?;
            self.out.extend_from_slice(raw.value);
            self.next = self.other.next();
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

#[inline]
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
