//! Fields that the NLRI of several families have in common.

use alloc::vec::Vec;
use core::net::IpAddr;

use nom::{
    IResult, Parser,
    bytes::complete::take,
    error::{Error, ErrorKind},
    number::complete::{be_u8, be_u24, be_u64},
};

use crate::{
    types::{Afi, Esi, Label, MacAddr, Prefix, RouteDistinguisher},
    wire::EncodeError,
};

/// Runs `parser` over the front of `octets`; an error is how far in it lies.
pub(super) fn front<'a, T>(
    mut parser: impl Parser<&'a [u8], Output = T, Error = Error<&'a [u8]>>,
    octets: &'a [u8],
) -> Result<(T, &'a [u8]), usize> {
    match parser.parse(octets) {
        Ok((rest, value)) => Ok((value, rest)),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(offset(octets, error.input)),
        Err(nom::Err::Incomplete(_)) => Err(0),
    }
}

/// Where `part`, a slice of `octets`, begins; what ends too early is wrong at
/// its last octet.
fn offset(octets: &[u8], part: &[u8]) -> usize {
    let at = part.as_ptr().addr().saturating_sub(octets.as_ptr().addr());
    at.min(octets.len().saturating_sub(1))
}

/// What `octets` begins with is wrong.
pub(super) fn wrong(octets: &[u8]) -> nom::Err<Error<&[u8]>> {
    nom::Err::Error(Error::new(octets, ErrorKind::Verify))
}

pub(super) fn route_distinguisher(octets: &[u8]) -> IResult<&[u8], RouteDistinguisher> {
    be_u64.map(RouteDistinguisher).parse(octets)
}

pub(super) fn label(octets: &[u8]) -> IResult<&[u8], Label> {
    let (rest, raw) = be_u24(octets)?;
    match Label::from_raw(raw) {
        Ok(label) => Ok((rest, label)),
        Err(_) => Err(wrong(octets)),
    }
}

pub(super) fn esi(octets: &[u8]) -> IResult<&[u8], Esi> {
    array.map(Esi).parse(octets)
}

/// A MAC address behind its length in bits, which can only be 48.
pub(super) fn mac(octets: &[u8]) -> IResult<&[u8], MacAddr> {
    let (rest, bits) = be_u8(octets)?;
    if bits != 48 {
        return Err(wrong(octets));
    }
    array.map(MacAddr).parse(rest)
}

pub(super) fn array<const N: usize>(octets: &[u8]) -> IResult<&[u8], [u8; N]> {
    match octets.split_first_chunk::<N>() {
        Some((array, rest)) => Ok((rest, *array)),
        None => Err(wrong(octets)),
    }
}

/// An address of as many octets as `afi` has.
pub(super) fn addr_of<'a>(afi: Afi) -> impl FnMut(&'a [u8]) -> IResult<&'a [u8], IpAddr> {
    move |octets| {
        if afi == Afi::IPV6 {
            array::<16>.map(IpAddr::from).parse(octets)
        } else {
            array::<4>.map(IpAddr::from).parse(octets)
        }
    }
}

/// All that is left: an address.
pub(super) fn addr_rest(octets: &[u8]) -> IResult<&[u8], IpAddr> {
    match octets.len() {
        4 => addr_of(Afi::IPV4)(octets),
        16 => addr_of(Afi::IPV6)(octets),
        _ => Err(wrong(octets)),
    }
}

/// An address behind its length in bits; none if that is zero.
pub(super) fn addr_or_none(octets: &[u8]) -> IResult<&[u8], Option<IpAddr>> {
    let (rest, bits) = be_u8(octets)?;
    let afi = match bits {
        0 => return Ok((rest, None)),
        32 => Afi::IPV4,
        128 => Afi::IPV6,
        _ => return Err(wrong(octets)),
    };
    addr_of(afi).map(Some).parse(rest)
}

/// An address behind its length in bits.
pub(super) fn addr(octets: &[u8]) -> IResult<&[u8], IpAddr> {
    match addr_or_none(octets)? {
        (rest, Some(addr)) => Ok((rest, addr)),
        (_, None) => Err(wrong(octets)),
    }
}

/// A prefix of `afi` behind its length in bits.
pub(super) fn prefix<'a>(afi: Afi) -> impl FnMut(&'a [u8]) -> IResult<&'a [u8], Prefix> {
    move |octets| {
        let (rest, bits) = be_u8(octets)?;
        let (rest, prefix) = bits_of(afi, usize::from(bits))(rest).map_err(|_| wrong(octets))?;
        Ok((rest, prefix))
    }
}

/// A prefix of `bits` bits, with what is left of the last octet cleared.
pub(super) fn bits_of<'a>(
    afi: Afi,
    bits: usize,
) -> impl FnMut(&'a [u8]) -> IResult<&'a [u8], Prefix> {
    move |octets| {
        let (rest, significant) = take(bits.div_ceil(8))(octets)?;
        let addr = if afi == Afi::IPV6 {
            padded::<16>(significant).map(IpAddr::from)
        } else {
            padded::<4>(significant).map(IpAddr::from)
        };
        let prefix = addr
            .zip(u8::try_from(bits).ok())
            .and_then(|(addr, bits)| Prefix::new(addr, bits).ok());
        match prefix {
            Some(prefix) => Ok((rest, prefix)),
            None => Err(wrong(octets)),
        }
    }
}

/// `octets` at the front of `N`, zeros behind.
pub(super) fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    out.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(out)
}

/// Appends an address without its length.
pub(super) fn push_addr(addr: IpAddr, out: &mut Vec<u8>) {
    match addr {
        IpAddr::V4(addr) => out.extend_from_slice(&addr.octets()),
        IpAddr::V6(addr) => out.extend_from_slice(&addr.octets()),
    }
}

/// Appends an address behind its length in bits, or the length zero.
pub(super) fn push_addr_or_none(addr: Option<IpAddr>, out: &mut Vec<u8>) {
    let Some(addr) = addr else {
        out.push(0);
        return;
    };
    out.push(if addr.is_ipv6() { 128 } else { 32 });
    push_addr(addr, out);
}

/// Appends as many octets as the prefix needs, without its length.
pub(super) fn push_prefix(prefix: Prefix, out: &mut Vec<u8>) {
    let length = usize::from(prefix.length().div_ceil(8));
    match prefix.addr() {
        IpAddr::V4(addr) => out.extend(addr.octets().iter().take(length)),
        IpAddr::V6(addr) => out.extend(addr.octets().iter().take(length)),
    }
}

/// Appends what `write` appends, with a length octet in front.
pub(super) fn push_framed(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let at = out.len();
    out.push(0);
    write(out)?;
    let written = out.len().saturating_sub(at).saturating_sub(1);
    let length = u8::try_from(written).map_err(|_| EncodeError::Field { field: "length" })?;
    if let Some(field) = out.get_mut(at) {
        *field = length;
    }
    Ok(())
}
