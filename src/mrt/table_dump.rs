use core::net::IpAddr;

use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use super::{
    ErrorKind,
    field::{Width, Wrong, address, asn, wrong},
};
use crate::types::{Afi, Asn, Prefix};

/// One route of a table in the older format (RFC 6396 §4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TableDump<'a> {
    /// The view, mostly 0.
    pub view: u16,
    /// Counts the records of a table, and wraps.
    pub sequence: u16,
    /// The destination; host bits are cleared.
    pub prefix: Prefix,
    /// Unused; 1 if its writer kept to RFC 6396.
    pub status: u8,
    /// When the route was heard, in seconds since 1970-01-01 UTC.
    pub originated: u32,
    /// The neighbour's address, of the prefix's family.
    pub peer: IpAddr,
    /// The neighbour's AS, of two octets.
    pub peer_as: Asn,
    /// The path attributes, with AS numbers of two octets.
    pub attributes: &'a [u8],
}

pub(super) fn table_dump(afi: Afi, octets: &[u8]) -> IResult<&[u8], TableDump<'_>, Wrong<'_>> {
    let (rest, (view, sequence)) = (be_u16, be_u16).parse(octets)?;
    let (at_length, addr) = address(afi, rest)?;
    let (rest, (length, status, originated)) = (be_u8, be_u8, be_u32).parse(at_length)?;
    let Ok(prefix) = Prefix::new(addr, length) else {
        return wrong(at_length, ErrorKind::Prefix { length });
    };
    let (rest, peer) = address(afi, rest)?;
    let (rest, peer_as) = asn(Width::Two, rest)?;
    let (rest, attributes) = length_data(be_u16).parse(rest)?;
    let route = TableDump {
        view,
        sequence,
        prefix,
        status,
        originated,
        peer,
        peer_as,
        attributes,
    };
    Ok((rest, route))
}
