//! Attribute values to fields, one function a row of the table.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use bytes::Bytes;
use nom::{
    IResult, Parser,
    combinator::all_consuming,
    multi::many0,
    number::complete::{be_u16, be_u32},
};

use super::{path, spec};
use crate::{
    types::{AsPath, Asn, ClusterId, Community, NextHop, PeerType, RouterId},
    wire::{
        Aggregator, AttributeCode, AttributeFlags, Context, FaultKind, Origin, RawAttribute,
        Treatment, Update,
        update::{mp, view::AttributeView},
    },
};

/// An UPDATE that is being put together from its attributes.
#[derive(Debug)]
pub(in crate::wire) struct Reader<'a> {
    pub(in crate::wire) context: &'a Context,
    pub(in crate::wire) update: Update,
    /// The one that is being read.
    code: AttributeCode,
    flags: AttributeFlags,
    as4_path: Option<AsPath>,
    as4_aggregator: Option<Aggregator>,
    /// A bit for each code that occurred.
    seen: [u64; 4],
}

/// Why a value was refused.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Wrong {
    pub(in crate::wire) kind: FaultKind,
    /// Octets from the first of the value.
    pub(in crate::wire) at: usize,
}

impl Wrong {
    pub(in crate::wire) fn value() -> Self {
        Self {
            kind: FaultKind::Value,
            at: 0,
        }
    }
}

impl<'a> Reader<'a> {
    pub(in crate::wire) fn new(context: &'a Context) -> Self {
        Self {
            context,
            update: Update::default(),
            code: AttributeCode(0),
            flags: AttributeFlags::empty(),
            as4_path: None,
            as4_aggregator: None,
            seen: [0; 4],
        }
    }

    /// Takes one attribute in, or says what is wrong with it, where, and what
    /// follows from it.
    pub(in crate::wire) fn attribute(
        &mut self,
        attribute: &AttributeView<'_>,
    ) -> Result<(), (Wrong, Treatment)> {
        let AttributeView {
            code, flags, value, ..
        } = *attribute;
        let whole = |kind| Wrong { kind, at: 0 };
        let spec = spec::of(code);
        if !self.first(code) {
            let treatment = spec.map_or(Treatment::AttributeDiscard, |spec| spec.duplicate);
            return Err((whole(FaultKind::Duplicate), treatment));
        }
        self.code = code;
        self.flags = flags;
        let Some(spec) = spec else {
            if !flags.contains(AttributeFlags::OPTIONAL) {
                return Err((whole(FaultKind::Unrecognized), Treatment::SessionReset));
            }
            return raw(self, value).map_err(|wrong| (wrong, Treatment::AttributeDiscard));
        };
        if !spec.may_come_from(self.context) {
            return Err((
                whole(FaultKind::NotFromThisPeer),
                Treatment::AttributeDiscard,
            ));
        }
        spec.check(flags, value.len(), self.context)
            .map_err(|kind| (whole(kind), spec.malformed))?;
        (spec.read)(self, value).map_err(|wrong| match wrong.kind {
            FaultKind::Family => (wrong, Treatment::AttributeDiscard),
            // A next hop that is no host's leaves the NLRI readable.
            FaultKind::Value if code == AttributeCode::MP_REACH_NLRI => {
                (wrong, Treatment::TreatAsWithdraw)
            }
            _ => (wrong, spec.malformed),
        })
    }

    /// Notes that `code` occurs; whether it is for the first time.
    fn first(&mut self, code: AttributeCode) -> bool {
        let bit = 1 << (code.0 & 63);
        let Some(word) = self.seen.get_mut(usize::from(code.0 >> 6)) else {
            return true;
        };
        let first = *word & bit == 0;
        *word |= bit;
        first
    }

    pub(in crate::wire) fn has_seen(&self, code: AttributeCode) -> bool {
        let word = self.seen.get(usize::from(code.0 >> 6));
        word.is_some_and(|word| word & 1 << (code.0 & 63) != 0)
    }

    /// The UPDATE, with what two-octet speakers carried along put in its place
    /// (RFC 6793 §4.2.3).
    pub(in crate::wire) fn finish(mut self) -> Update {
        self.update.attributes.other.sort_by_key(|raw| raw.code);
        let aggregator = &mut self.update.attributes.aggregator;
        if let (Some(narrow), Some(wide)) = (*aggregator, self.as4_aggregator) {
            if narrow.asn != Asn::TRANS {
                return self.update;
            }
            *aggregator = Some(wide);
        }
        if let Some(as4) = self.as4_path {
            let path = &mut self.update.attributes.as_path;
            *path = path.take().map(|path| path::merge(path, as4));
        }
        self.update
    }
}

pub(super) fn origin(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let origin = match value {
        [0] => Origin::Igp,
        [1] => Origin::Egp,
        [2] => Origin::Incomplete,
        _ => return Err(Wrong::value()),
    };
    reader.update.attributes.origin = Some(origin);
    Ok(())
}

pub(super) fn as_path(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let path = path::decode(value, reader.context.four_octet_as)?;
    let confed = path.segments.iter().any(|segment| segment.kind.is_confed());
    // RFC 5065 §5: no confederation segments from outside.
    if confed && reader.context.peer_type == PeerType::External {
        return Err(Wrong::value());
    }
    reader.update.attributes.as_path = Some(path);
    Ok(())
}

pub(super) fn next_hop(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let addr = Ipv4Addr::from(number(value)?);
    if !mp::is_host_v4(addr) {
        return Err(Wrong::value());
    }
    reader.update.attributes.next_hop = Some(NextHop::V4(addr));
    Ok(())
}

pub(super) fn med(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    reader.update.attributes.med = Some(number(value)?);
    Ok(())
}

pub(super) fn local_pref(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    reader.update.attributes.local_pref = Some(number(value)?);
    Ok(())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every row's function"
)]
pub(super) fn atomic_aggregate(reader: &mut Reader<'_>, _: &[u8]) -> Result<(), Wrong> {
    reader.update.attributes.atomic_aggregate = true;
    Ok(())
}

pub(super) fn aggregator(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let aggregator = aggregator_of(value, reader.context.four_octet_as)?;
    reader.update.attributes.aggregator = Some(aggregator);
    Ok(())
}

pub(super) fn communities(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let communities = numbers(value, Community)?;
    reader.update.attributes.communities = communities;
    Ok(())
}

pub(super) fn originator_id(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    reader.update.attributes.originator_id = Some(RouterId(number(value)?));
    Ok(())
}

pub(super) fn cluster_list(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let clusters = numbers(value, ClusterId)?;
    reader.update.attributes.cluster_list = clusters;
    Ok(())
}

pub(super) fn mp_reach(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let (reach, wrong) = mp::reach(value, reader.context);
    reader.update.mp_reach = reach;
    wrong.map_or(Ok(()), Err)
}

pub(super) fn mp_unreach(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let (unreach, wrong) = mp::unreach(value, reader.context);
    reader.update.mp_unreach = unreach;
    wrong.map_or(Ok(()), Err)
}

pub(super) fn as4_path(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    reader.as4_path = Some(path::decode(value, true)?);
    Ok(())
}

pub(super) fn as4_aggregator(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    reader.as4_aggregator = Some(aggregator_of(value, true)?);
    Ok(())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every row's function"
)]
pub(super) fn raw(reader: &mut Reader<'_>, value: &[u8]) -> Result<(), Wrong> {
    let raw = RawAttribute {
        code: reader.code,
        flags: reader.flags,
        value: Bytes::copy_from_slice(value),
    };
    reader.update.attributes.other.push(raw);
    Ok(())
}

fn number(value: &[u8]) -> Result<u32, Wrong> {
    match be_u32::<_, ()>(value) {
        Ok(([], number)) => Ok(number),
        _ => Err(Wrong::value()),
    }
}

fn numbers<T>(value: &[u8], make: fn(u32) -> T) -> Result<Vec<T>, Wrong> {
    let parsed: IResult<_, _, ()> = all_consuming(many0(be_u32.map(make))).parse(value);
    parsed
        .map(|(_, numbers)| numbers)
        .map_err(|_| Wrong::value())
}

fn aggregator_of(value: &[u8], four_octet_as: bool) -> Result<Aggregator, Wrong> {
    let parsed: IResult<_, _, ()> = if four_octet_as {
        (be_u32, be_u32).parse(value)
    } else {
        (be_u16.map(u32::from), be_u32).parse(value)
    };
    match parsed {
        Ok(([], (asn, router_id))) if asn != 0 => Ok(Aggregator {
            asn: Asn(asn),
            router_id: router_id.into(),
        }),
        _ => Err(Wrong::value()),
    }
}
