use core::{fmt, net::IpAddr};

use nom::{
    IResult, Parser,
    bytes::complete::take,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use super::field::{Width, Wrong, address, asn};
use crate::types::{Afi, Asn, RouterId};

/// PEER_INDEX_TABLE: whose routes the entries after it are (RFC 6396 §4.3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PeerIndexTable<'a> {
    /// The collector's BGP Identifier.
    pub collector: RouterId,
    /// The view's name, UTF-8 if its writer kept to the rule; mostly empty.
    pub view_name: &'a [u8],
    /// The neighbours; entries name them by their place, from 0.
    pub peers: PeerList<'a>,
}

/// A neighbour of the collector.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Peer {
    /// The type octet but for the bits that say how wide the address and the
    /// AS number are; 0 if its writer kept to RFC 6396.
    pub flags: u8,
    /// Whether the AS number takes four octets here.
    pub four_octet_as: bool,
    /// Its BGP Identifier.
    pub router_id: RouterId,
    /// Its address.
    pub addr: IpAddr,
    /// Its AS.
    pub asn: Asn,
}

/// The neighbours of a PEER_INDEX_TABLE: octets that have been checked, or
/// values to be written.
#[derive(Clone, Copy)]
pub struct PeerList<'a>(List<'a>);

#[derive(Clone, Copy)]
enum List<'a> {
    Octets(&'a [u8]),
    Values(&'a [Peer]),
}

/// The neighbours of a [`PeerList`], in its order.
#[derive(Clone)]
pub struct Peers<'a>(List<'a>);

impl<'a> PeerList<'a> {
    /// The neighbours in the order of their numbers.
    pub fn iter(&self) -> Peers<'a> {
        Peers(self.0)
    }
}

impl<'a> From<&'a [Peer]> for PeerList<'a> {
    fn from(peers: &'a [Peer]) -> Self {
        Self(List::Values(peers))
    }
}

impl<'a> IntoIterator for &PeerList<'a> {
    type Item = Peer;
    type IntoIter = Peers<'a>;

    fn into_iter(self) -> Peers<'a> {
        self.iter()
    }
}

impl Iterator for Peers<'_> {
    type Item = Peer;

    fn next(&mut self) -> Option<Peer> {
        match &mut self.0 {
            List::Octets(octets) => {
                let (rest, peer) = peer(octets).ok()?;
                *octets = rest;
                Some(peer)
            }
            List::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
        }
    }
}

impl PartialEq for PeerList<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for PeerList<'_> {}

impl fmt::Debug for PeerList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Peers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl fmt::Display for Peer {
    /// As `192.0.2.1 AS 64512 id 192.0.2.7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {} id {}", self.addr, self.asn, self.router_id)
    }
}

pub(super) fn index_table(octets: &[u8]) -> IResult<&[u8], PeerIndexTable<'_>, Wrong<'_>> {
    let (rest, (collector, view_name)) =
        (be_u32.map(RouterId), length_data(be_u16)).parse(octets)?;
    let (start, count) = be_u16(rest)?;
    let mut rest = start;
    for _ in 0..count {
        (rest, _) = peer(rest)?;
    }
    let (rest, list) = take(start.len().saturating_sub(rest.len())).parse(start)?;
    let table = PeerIndexTable {
        collector,
        view_name,
        peers: PeerList(List::Octets(list)),
    };
    Ok((rest, table))
}

fn peer(octets: &[u8]) -> IResult<&[u8], Peer, Wrong<'_>> {
    let (rest, (kind, router_id)) = (be_u8, be_u32.map(RouterId)).parse(octets)?;
    let afi = if kind & IPV6 == 0 {
        Afi::IPV4
    } else {
        Afi::IPV6
    };
    let four_octet_as = kind & FOUR_OCTET_AS != 0;
    let (rest, addr) = address(afi, rest)?;
    let (rest, asn) = asn(Width::of(four_octet_as), rest)?;
    let peer = Peer {
        flags: kind & !(IPV6 | FOUR_OCTET_AS),
        four_octet_as,
        router_id,
        addr,
        asn,
    };
    Ok((rest, peer))
}

/// Bit 7 of the peer type in the RFC's order.
pub(super) const IPV6: u8 = 0x01;
/// Bit 6 of the peer type in the RFC's order.
pub(super) const FOUR_OCTET_AS: u8 = 0x02;
