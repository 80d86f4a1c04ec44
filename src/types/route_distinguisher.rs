use core::{fmt, net::Ipv4Addr, str::FromStr};

use thiserror::Error;

use super::{Asn, text::serde_as_text};

/// What makes equal prefixes of several VPNs differ (RFC 4364 §4.2), as the
/// eight octets of the wire.
///
/// Written `65000:1` (type 0), `192.0.2.1:1` (type 1), `4200000000:1`
/// (type 2). A type 2 whose AS would pass for that of a type 0 has an `L`
/// behind it, as in `65000L:1`; a type that is not known is a hexadecimal
/// number, as in `0x0003000000000001`.
///
/// ```
/// use bgpwright::types::RouteDistinguisher;
///
/// let rd: RouteDistinguisher = "192.0.2.1:7".parse()?;
/// assert_eq!(rd.0, 0x0001_c000_0201_0007);
/// assert_eq!(RouteDistinguisher::from_as2(65000, 1).to_string(), "65000:1");
/// # Ok::<(), bgpwright::types::ParseRouteDistinguisherError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RouteDistinguisher(pub u64);

impl RouteDistinguisher {
    /// Type 0: a two-octet AS and a number of its choice.
    pub const fn from_as2(asn: u16, number: u32) -> Self {
        Self((asn as u64) << 32 | number as u64)
    }

    /// Type 1: an IPv4 address and a number of its owner's choice.
    pub const fn from_addr(addr: Ipv4Addr, number: u16) -> Self {
        Self(1 << 48 | (addr.to_bits() as u64) << 16 | number as u64)
    }

    /// Type 2: a four-octet AS and a number of its choice.
    pub const fn from_as4(asn: Asn, number: u16) -> Self {
        Self(2 << 48 | (asn.0 as u64) << 16 | number as u64)
    }

    /// The octets as they stand on the wire.
    pub const fn from_octets(octets: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(octets))
    }

    /// The octets as they stand on the wire.
    pub const fn to_octets(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The type field.
    pub const fn kind(self) -> u16 {
        let [high, low, ..] = self.to_octets();
        u16::from_be_bytes([high, low])
    }
}

impl fmt::Display for RouteDistinguisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0 & 0xffff_ffff_ffff;
        match self.kind() {
            0 => write!(f, "{}:{}", value >> 32, value & 0xffff_ffff),
            1 => {
                let [_, _, addr @ .., _, _] = self.to_octets();
                write!(f, "{}:{}", Ipv4Addr::from(addr), value & 0xffff)
            }
            2 => {
                let asn = value >> 16;
                let mark = if asn > 0xffff { "" } else { "L" };
                write!(f, "{asn}{mark}:{}", value & 0xffff)
            }
            _ => write!(f, "{:#018x}", self.0),
        }
    }
}

impl FromStr for RouteDistinguisher {
    type Err = ParseRouteDistinguisherError;

    fn from_str(text: &str) -> Result<Self, ParseRouteDistinguisherError> {
        parse(text).ok_or(ParseRouteDistinguisherError)
    }
}

fn parse(text: &str) -> Option<RouteDistinguisher> {
    if let Some(digits) = text.strip_prefix("0x") {
        let hexadecimal = digits.len() == 16 && digits.bytes().all(|of| of.is_ascii_hexdigit());
        let octets = hexadecimal.then(|| u64::from_str_radix(digits, 16).ok())?;
        return octets.map(RouteDistinguisher);
    }
    let (administrator, number) = text.split_once(':')?;
    if let Ok(addr) = administrator.parse::<Ipv4Addr>() {
        return Some(RouteDistinguisher::from_addr(addr, number.parse().ok()?));
    }
    if let Some(asn) = administrator.strip_suffix('L') {
        let asn = Asn(asn.parse().ok()?);
        return Some(RouteDistinguisher::from_as4(asn, number.parse().ok()?));
    }
    if let Ok(asn) = administrator.parse() {
        return Some(RouteDistinguisher::from_as2(asn, number.parse().ok()?));
    }
    let asn = Asn(administrator.parse().ok()?);
    Some(RouteDistinguisher::from_as4(asn, number.parse().ok()?))
}

serde_as_text!(RouteDistinguisher);

/// The text is no route distinguisher.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a route distinguisher is AS:number or address:number, such as 65000:1 or 192.0.2.1:1")]
pub struct ParseRouteDistinguisherError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn each_type_has_its_text_and_its_octets() {
        for (text, octets) in [
            ("65000:4000000000", [0, 0, 0xfd, 0xe8, 0xee, 0x6b, 0x28, 0]),
            ("192.0.2.1:65535", [0, 1, 192, 0, 2, 1, 0xff, 0xff]),
            ("4200000000:1", [0, 2, 0xfa, 0x56, 0xea, 0, 0, 1]),
            ("65000L:1", [0, 2, 0, 0, 0xfd, 0xe8, 0, 1]),
            ("0x00ff010203040506", [0, 255, 1, 2, 3, 4, 5, 6]),
        ] {
            let rd = RouteDistinguisher::from_octets(octets);
            assert_eq!(rd.to_string(), text);
            assert_eq!(text.parse(), Ok(rd));
            assert_eq!(rd.to_octets(), octets);
        }
    }

    #[test]
    fn numbers_too_large_for_the_type_are_no_route_distinguisher() {
        for text in [
            "",
            "1",
            ":",
            "1:4294967296",
            "65536:65536",
            "192.0.2.1:65536",
            "4294967296:1",
            "0x1",
            "0x+123456789012345",
        ] {
            assert_eq!(
                text.parse::<RouteDistinguisher>(),
                Err(ParseRouteDistinguisherError)
            );
        }
    }
}
