//! The fields that records are made of.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::{
    IResult, Parser,
    bytes::complete::take,
    error::ParseError,
    number::complete::{be_u8, be_u16, be_u32, be_u128},
};

use super::ErrorKind;
use crate::types::{Afi, Asn, Prefix};

/// What is wrong, and what was left to read there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrong<'a> {
    pub(super) rest: &'a [u8],
    pub(super) kind: ErrorKind,
}

impl<'a> ParseError<&'a [u8]> for Wrong<'a> {
    fn from_error_kind(rest: &'a [u8], _: nom::error::ErrorKind) -> Self {
        let kind = ErrorKind::Short;
        Self { rest, kind }
    }

    fn append(_: &'a [u8], _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

/// A failure that is not the end of the record.
pub(super) fn wrong<T>(rest: &[u8], kind: ErrorKind) -> IResult<&[u8], T, Wrong<'_>> {
    Err(nom::Err::Failure(Wrong { rest, kind }))
}

/// Whether AS numbers of a record take two octets or four.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Width {
    Two,
    Four,
}

impl Width {
    pub(super) const fn of(four_octet_as: bool) -> Self {
        if four_octet_as { Self::Four } else { Self::Two }
    }
}

pub(super) fn asn(width: Width, octets: &[u8]) -> IResult<&[u8], Asn, Wrong<'_>> {
    match width {
        Width::Two => be_u16.map(|asn| Asn(u32::from(asn))).parse(octets),
        Width::Four => be_u32.map(Asn).parse(octets),
    }
}

/// An address of the family that the record names.
pub(super) fn address(afi: Afi, octets: &[u8]) -> IResult<&[u8], IpAddr, Wrong<'_>> {
    match afi {
        Afi::IPV6 => be_u128
            .map(|addr| IpAddr::V6(Ipv6Addr::from_bits(addr)))
            .parse(octets),
        _ => be_u32
            .map(|addr| IpAddr::V4(Ipv4Addr::from_bits(addr)))
            .parse(octets),
    }
}

/// An address family that records have addresses of.
pub(super) fn afi(octets: &[u8]) -> IResult<&[u8], Afi, Wrong<'_>> {
    let (rest, afi) = be_u16.map(Afi).parse(octets)?;
    match afi {
        Afi::IPV4 | Afi::IPV6 => Ok((rest, afi)),
        _ => wrong(octets, ErrorKind::Afi { afi }),
    }
}

/// A prefix as NLRI have it: a length in bits and as many octets as it needs.
pub(super) fn prefix(of: Afi, octets: &[u8]) -> IResult<&[u8], Prefix, Wrong<'_>> {
    let (rest, length) = be_u8(octets)?;
    let (rest, significant) = take(length.div_ceil(8)).parse(rest)?;
    let addr = match of {
        Afi::IPV6 => padded(significant).map(|octets| IpAddr::V6(Ipv6Addr::from(octets))),
        _ => padded(significant).map(|octets: [u8; 4]| IpAddr::V4(Ipv4Addr::from(octets))),
    };
    match addr.and_then(|addr| Prefix::new(addr, length).ok()) {
        Some(prefix) => Ok((rest, prefix)),
        None => wrong(octets, ErrorKind::Prefix { length }),
    }
}

/// `octets` at the front of `N`, zeros behind.
fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    out.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(out)
}
