//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, RFC 2545, RFC 8950).

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

use super::{MpReach, MpUnreach};
use crate::{
    types::{Afi, Family, NextHop, Safi},
    wire::{
        Context, EncodeError, FaultKind, Nlri, NlriList, attribute::read::Wrong, nlri,
        nlri::Prefixes,
    },
};

/// Whether the codec reads the family's NLRI.
pub(super) fn is_known(family: Family) -> bool {
    matches!(family, Family::IPV4_UNICAST | Family::IPV6_UNICAST)
}

/// Whether a route can go there: not `0.0.0.0`, and no class D or E
/// (RFC 4271 §6.3).
pub(in crate::wire) fn is_host_v4(addr: Ipv4Addr) -> bool {
    !addr.is_unspecified() && addr < Ipv4Addr::new(224, 0, 0, 0)
}

fn is_host(next_hop: NextHop) -> bool {
    match next_hop {
        NextHop::V4(addr) => is_host_v4(addr),
        NextHop::V6 { global, link_local } => {
            !global.is_multicast() && (!global.is_unspecified() || link_local.is_some())
        }
    }
}

/// Reads MP_REACH_NLRI as far as it can be read.
pub(in crate::wire) fn reach(value: &[u8], context: &Context) -> (Option<MpReach>, Option<Wrong>) {
    let Ok((rest, family)) = family(value) else {
        return (None, Some(length()));
    };
    if !is_known(family) {
        let reach = MpReach {
            family,
            next_hop: None,
            nlri: NlriList::Opaque(Bytes::copy_from_slice(rest)),
        };
        return (Some(reach), negotiated(family, context));
    }
    let Ok((octets, (next_hop, _))) = next_hop_field(rest) else {
        return (None, Some(length()));
    };
    let Some(next_hop) = decode_next_hop(family, next_hop) else {
        return (None, Some(length()));
    };
    let (nlri, wrong) = prefixes(value, octets, family);
    let reach = MpReach {
        family,
        next_hop: Some(next_hop),
        nlri,
    };
    let wrong = wrong.or_else(|| negotiated(family, context));
    let wrong = wrong.or_else(|| (!is_host(next_hop)).then(Wrong::value));
    (Some(reach), wrong)
}

/// Reads MP_UNREACH_NLRI as far as it can be read.
pub(in crate::wire) fn unreach(
    value: &[u8],
    context: &Context,
) -> (Option<MpUnreach>, Option<Wrong>) {
    let Ok((rest, family)) = family(value) else {
        return (None, Some(length()));
    };
    let (nlri, wrong) = if is_known(family) {
        prefixes(value, rest, family)
    } else {
        (NlriList::Opaque(Bytes::copy_from_slice(rest)), None)
    };
    let wrong = wrong.or_else(|| negotiated(family, context));
    (Some(MpUnreach { family, nlri }), wrong)
}

/// Appends AFI, SAFI, the next hop with its length, and the reserved octet.
pub(super) fn encode_reach_head(
    family: Family,
    next_hop: NextHop,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    encode_family(family, out);
    if !is_host(next_hop) {
        return Err(EncodeError::NextHop { family });
    }
    match next_hop {
        NextHop::V4(addr) if family == Family::IPV4_UNICAST => {
            out.push(4);
            out.extend_from_slice(&addr.octets());
        }
        NextHop::V6 { global, link_local } if is_known(family) => {
            out.push(if link_local.is_some() { 32 } else { 16 });
            out.extend_from_slice(&global.octets());
            if let Some(local) = link_local {
                out.extend_from_slice(&local.octets());
            }
        }
        NextHop::V4(_) | NextHop::V6 { .. } => return Err(EncodeError::NextHop { family }),
    }
    out.push(0);
    Ok(())
}

pub(super) fn encode_family(family: Family, out: &mut Vec<u8>) {
    out.extend_from_slice(&family.afi.0.to_be_bytes());
    out.push(family.safi.0);
}

/// Appends the prefixes of a family that the codec knows.
pub(super) fn encode_prefixes(
    list: &[Nlri],
    family: Family,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    if !is_known(family) {
        return Err(EncodeError::Nlri { family });
    }
    list.iter()
        .try_for_each(|of| nlri::encode(*of, family, out))
}

fn family(octets: &[u8]) -> IResult<&[u8], Family, ()> {
    (be_u16, be_u8)
        .map(|(afi, safi)| Family::new(Afi(afi), Safi(safi)))
        .parse(octets)
}

/// The next hop and the reserved octet after it, which is not looked at.
fn next_hop_field(octets: &[u8]) -> IResult<&[u8], (&[u8], u8), ()> {
    (length_data(be_u8), be_u8).parse(octets)
}

/// IPv6 next hops go with IPv4 NLRI too (RFC 8950).
fn decode_next_hop(family: Family, octets: &[u8]) -> Option<NextHop> {
    let v6 = |octets: &[u8; 16]| Ipv6Addr::from(*octets);
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        let fits = family == Family::IPV4_UNICAST;
        return fits.then(|| NextHop::V4(octets.into()));
    }
    let (global, rest) = octets.split_first_chunk::<16>()?;
    let link_local = match rest {
        [] => None,
        rest => Some(v6(rest.try_into().ok()?)),
    };
    Some(NextHop::V6 {
        global: v6(global),
        link_local,
    })
}

fn prefixes(value: &[u8], octets: &[u8], family: Family) -> (NlriList, Option<Wrong>) {
    let before = value.len().saturating_sub(octets.len());
    let mut list = Vec::new();
    let mut wrong = None;
    for prefix in Prefixes::new(octets, family.afi, before, None) {
        match prefix {
            Ok(prefix) => list.push(Nlri::from(prefix)),
            Err(fault) => {
                wrong = Some(Wrong {
                    kind: FaultKind::Prefix,
                    at: fault.offset,
                });
            }
        }
    }
    (NlriList::Prefixes(list), wrong)
}

fn negotiated(family: Family, context: &Context) -> Option<Wrong> {
    (!context.families.contains(&family)).then_some(Wrong {
        kind: FaultKind::Family,
        at: 0,
    })
}

fn length() -> Wrong {
    Wrong {
        kind: FaultKind::Length,
        at: 0,
    }
}
