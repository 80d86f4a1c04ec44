//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760, RFC 2545, RFC 8950).

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

use super::{MpReach, MpUnreach};
use crate::{
    types::{Afi, Family, NextHop, Safi},
    wire::{
        Context, EncodeError,
        attribute::value::Wrong,
        nlri::{Shape, list::Field},
    },
};

/// The head of MP_REACH_NLRI, and its routes unread (RFC 4760 §3).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MpReachView<'a> {
    /// Which routes.
    pub family: Family,
    /// Where to; `None` for a family whose next hop is empty or not read.
    pub next_hop: Option<NextHop>,
    /// The NLRI, unread; of a family that is not read all that follows the
    /// SAFI, the next hop with its length too.
    pub nlri: &'a [u8],
    /// Octets of the value before `nlri`.
    pub(in crate::wire) at: usize,
}

/// The head of MP_UNREACH_NLRI, and its routes unread (RFC 4760 §4).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MpUnreachView<'a> {
    /// Which routes.
    pub family: Family,
    /// The NLRI, unread.
    pub nlri: &'a [u8],
}

impl<'a> MpReachView<'a> {
    #[inline]
    pub(in crate::wire) fn new(value: &'a [u8]) -> Result<Self, Wrong> {
        let (rest, family) = family(value).map_err(|_| Wrong::LENGTH)?;
        let shape = Shape::of(family);
        let (nlri, next_hop) = if shape == Shape::Opaque {
            (rest, None)
        } else {
            let (nlri, (octets, _)) = next_hop_field(rest).map_err(|_| Wrong::LENGTH)?;
            (nlri, decode_next_hop(family, octets)?)
        };
        let at = value.len().saturating_sub(nlri.len());
        Ok(Self {
            family,
            next_hop,
            nlri,
            at,
        })
    }

    /// Whether a packet can go where the next hop says.
    pub(in crate::wire) fn has_host(&self) -> bool {
        self.next_hop.is_none_or(is_host)
    }

    pub(in crate::wire) fn field(&self, context: &Context) -> Field<'a> {
        Field {
            octets: self.nlri,
            family: self.family,
            with_path_ids: context.receives_path_ids(self.family),
        }
    }
}

impl<'a> MpUnreachView<'a> {
    #[inline]
    pub(in crate::wire) fn new(value: &'a [u8]) -> Result<Self, Wrong> {
        let (nlri, family) = family(value).map_err(|_| Wrong::LENGTH)?;
        Ok(Self { family, nlri })
    }

    pub(in crate::wire) fn field(&self, context: &Context) -> Field<'a> {
        Field {
            octets: self.nlri,
            family: self.family,
            with_path_ids: context.receives_path_ids(self.family),
        }
    }
}

/// Octets before the NLRI of MP_UNREACH_NLRI: the family.
pub(in crate::wire) const FAMILY: usize = 3;

/// Whether a route can go there: not `0.0.0.0`, and no class D or E
/// (RFC 4271 §6.3).
#[inline]
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

/// Appends AFI, SAFI, the next hop with its length, and the reserved octet.
pub(in crate::wire) fn write_reach_head(
    family: Family,
    next_hop: Option<NextHop>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let refused = Err(EncodeError::NextHop { family });
    write_family(family, out);
    let Some(next_hop) = next_hop else {
        if !may_lack_next_hop(family) {
            return refused;
        }
        out.extend_from_slice(&[0, 0]);
        return Ok(());
    };
    // RFC 4364 §4.3.2: a next hop of a VPN is in no VPN.
    let distinguisher = if has_distinguisher(family) {
        DISTINGUISHER
    } else {
        &[]
    };
    let head = distinguisher.len();
    if !is_host(next_hop) {
        return refused;
    }
    match next_hop {
        NextHop::V4(addr) if takes_v4(family) => {
            out.push(length(head + 4));
            out.extend_from_slice(distinguisher);
            out.extend_from_slice(&addr.octets());
        }
        NextHop::V4(_) => return refused,
        NextHop::V6 { global, link_local } => {
            let each = head + 16;
            out.push(length(if link_local.is_some() { each * 2 } else { each }));
            for addr in core::iter::once(global).chain(link_local) {
                out.extend_from_slice(distinguisher);
                out.extend_from_slice(&addr.octets());
            }
        }
    }
    out.push(0);
    Ok(())
}

fn length(octets: usize) -> u8 {
    u8::try_from(octets).unwrap_or(u8::MAX)
}

pub(in crate::wire) fn write_family(family: Family, out: &mut Vec<u8>) {
    let [high, low] = family.afi.0.to_be_bytes();
    out.extend_from_slice(&[high, low, family.safi.0]);
}

impl MpReach {
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let family = self.nlri.family();
        if Shape::of(family) == Shape::Opaque {
            // The next hop is in there with the rest.
            if self.next_hop.is_some() || self.nlri.octets().len() < 2 {
                return Err(EncodeError::NextHop { family });
            }
            write_family(family, out);
        } else {
            write_reach_head(family, self.next_hop, out)?;
        }
        out.extend_from_slice(self.nlri.octets());
        Ok(())
    }
}

impl MpUnreach {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_family(self.nlri.family(), out);
        out.extend_from_slice(self.nlri.octets());
    }
}

#[inline]
fn family(octets: &[u8]) -> IResult<&[u8], Family, ()> {
    (be_u16, be_u8)
        .map(|(afi, safi)| Family::new(Afi(afi), Safi(safi)))
        .parse(octets)
}

/// The next hop and the reserved octet after it, which is not looked at.
#[inline]
fn next_hop_field(octets: &[u8]) -> IResult<&[u8], (&[u8], u8), ()> {
    (length_data(be_u8), be_u8).parse(octets)
}

/// Whether a next hop of this family has a route distinguisher in front
/// (RFC 4364 §4.3.2, RFC 4659 §3.2.1, RFC 7752 §3.4).
fn has_distinguisher(family: Family) -> bool {
    match family.afi {
        Afi::IPV4 | Afi::IPV6 => matches!(family.safi, Safi::VPN | Safi::VPN_MULTICAST),
        Afi::BGP_LS => family.safi == Safi::LINK_STATE_VPN,
        _ => false,
    }
}

/// Whether a next hop may be an IPv4 address: not one that IPv6 packets go to.
fn takes_v4(family: Family) -> bool {
    let forwards = matches!(
        Shape::of(family),
        Shape::Prefix | Shape::Labeled | Shape::Vpn
    );
    family.afi != Afi::IPV6 || !forwards
}

/// Whether the family does without a next hop (RFC 8955 §4).
fn may_lack_next_hop(family: Family) -> bool {
    matches!(family.safi, Safi::FLOWSPEC | Safi::VPN_FLOWSPEC)
}

/// Reads a next hop. IPv6 next hops go with IPv4 NLRI too (RFC 8950), and VPN
/// routes may come without a distinguisher before it (RFC 5549 §3).
fn decode_next_hop(family: Family, octets: &[u8]) -> Result<Option<NextHop>, Wrong> {
    let vpn = has_distinguisher(family);
    let v6 = |octets: &[u8; 16]| Ipv6Addr::from(*octets);
    let wide = |global: &[u8; 16], link_local: Option<&[u8; 16]>| NextHop::V6 {
        global: v6(global),
        link_local: link_local.map(v6),
    };
    if octets.is_empty() && may_lack_next_hop(family) {
        return Ok(None);
    }
    let plain = |octets: &[u8]| {
        if let Ok(addr) = <[u8; 4]>::try_from(octets) {
            return takes_v4(family).then(|| NextHop::V4(addr.into()));
        }
        let (global, rest) = octets.split_first_chunk()?;
        match rest {
            [] => Some(wide(global, None)),
            rest => Some(wide(global, Some(rest.try_into().ok()?))),
        }
    };
    let next_hop = match octets.len() {
        12 | 24 if vpn => octets.get(8..).and_then(plain),
        48 if vpn => octets
            .split_first_chunk::<24>()
            .and_then(|(first, second)| {
                let (_, global) = first.split_last_chunk()?;
                let (_, link_local) = second.split_last_chunk()?;
                Some(wide(global, Some(link_local)))
            }),
        _ => plain(octets),
    };
    next_hop.map(Some).ok_or(Wrong::LENGTH)
}

const DISTINGUISHER: &[u8] = &[0; 8];
