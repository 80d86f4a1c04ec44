use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use super::{
    Bgp4mpSession, bgp4mp,
    field::{Wrong, afi, prefix},
};
use crate::types::{Family, Prefix, Safi};

/// BGP4MP_ENTRY: one route of a table, deprecated (RFC 6396 §B.2.6.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bgp4mpEntry<'a> {
    /// Whose; its AS numbers take two octets.
    pub session: Bgp4mpSession,
    /// The view, mostly 0.
    pub view: u16,
    /// Unused.
    pub status: u16,
    /// When the route changed, in seconds since 1970-01-01 UTC.
    pub last_change: u32,
    /// The prefix's subsequent address family.
    pub safi: Safi,
    /// The next hop as MP_REACH_NLRI would have it (RFC 4760 §3).
    pub next_hop: &'a [u8],
    /// The destination; host bits are cleared.
    pub prefix: Prefix,
    /// The path attributes, with AS numbers of two octets.
    pub attributes: &'a [u8],
}

impl Bgp4mpEntry<'_> {
    /// The route's family.
    pub fn family(&self) -> Family {
        Family::new(self.prefix.afi(), self.safi)
    }
}

pub(super) fn entry(octets: &[u8]) -> IResult<&[u8], Bgp4mpEntry<'_>, Wrong<'_>> {
    let (rest, session) = bgp4mp::session(false, octets)?;
    let (rest, (view, status, last_change)) = (be_u16, be_u16, be_u32).parse(rest)?;
    let (rest, (afi, safi)) = (afi, be_u8.map(Safi)).parse(rest)?;
    let (rest, next_hop) = length_data(be_u8).parse(rest)?;
    let (rest, prefix) = prefix(afi, rest)?;
    let (rest, attributes) = length_data(be_u16).parse(rest)?;
    let entry = Bgp4mpEntry {
        session,
        view,
        status,
        last_change,
        safi,
        next_hop,
        prefix,
        attributes,
    };
    Ok((rest, entry))
}
