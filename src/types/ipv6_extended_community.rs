use core::{fmt, net::Ipv6Addr, str::FromStr};

use thiserror::Error;

use super::text::serde_as_text;

/// An IPv6 address specific extended community (RFC 5701 §2), as the 20 octets
/// of the wire.
///
/// Written `target:[2001:db8::1]:7`, with `origin` or with `redirect` in front;
/// anything else is `0x` and 40 hexadecimal digits.
///
/// ```
/// use bgpwright::types::Ipv6ExtendedCommunity;
///
/// let target: Ipv6ExtendedCommunity = "target:[2001:db8::1]:7".parse()?;
/// assert!(target.is_transitive());
/// # Ok::<(), bgpwright::types::ParseIpv6ExtendedCommunityError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ipv6ExtendedCommunity(pub [u8; 20]);

/// What an IPv6 address specific extended community says.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Ipv6ExtendedCommunityKind {
    /// Which VPNs import the route (RFC 5701 §2).
    RouteTarget(Ipv6Addr, u16),
    /// Which site the route comes from (RFC 5701 §2).
    RouteOrigin(Ipv6Addr, u16),
    /// The VRF of a multicast source, by its router and a number that this one
    /// chose (RFC 6514 §7, RFC 6515 §3).
    VrfRouteImport(Ipv6Addr, u16),
    /// The VPN to send the traffic into (RFC 8956 §6.1).
    Redirect(Ipv6Addr, u16),
    /// The address to send the traffic to
    /// (draft-ietf-idr-flowspec-redirect-ip).
    RedirectToIp {
        /// The address.
        addr: Ipv6Addr,
        /// Send a copy there.
        copy: bool,
    },
    /// Anything else.
    Other {
        /// The first octet.
        kind: u8,
        /// The second octet.
        subtype: u8,
        /// The address of who chose the number.
        addr: Ipv6Addr,
        /// The number.
        number: u16,
    },
}

impl Ipv6ExtendedCommunity {
    /// A community of any type.
    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    pub const fn new(kind: u8, subtype: u8, addr: Ipv6Addr, number: u16) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = addr.octets();
        let [y, z] = number.to_be_bytes();
        Self([
            kind, subtype, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, y, z,
        ])
    }

    /// A route target.
    pub const fn route_target(addr: Ipv6Addr, number: u16) -> Self {
        Self::new(0, 2, addr, number)
    }

    /// A route origin.
    pub const fn route_origin(addr: Ipv6Addr, number: u16) -> Self {
        Self::new(0, 3, addr, number)
    }

    /// A redirection into a VPN (RFC 8956 §6.1).
    pub const fn redirect(addr: Ipv6Addr, number: u16) -> Self {
        Self::new(0, 0x0d, addr, number)
    }

    /// Whether it is passed on to other ASes (RFC 5701 §2).
    pub const fn is_transitive(self) -> bool {
        let [kind, ..] = self.0;
        kind & 0x40 == 0
    }

    /// What it says.
    pub const fn kind(self) -> Ipv6ExtendedCommunityKind {
        let [kind, subtype, addr @ .., high, low] = self.0;
        let addr = Ipv6Addr::from_bits(u128::from_be_bytes(addr));
        let number = u16::from_be_bytes([high, low]);
        match (kind, subtype) {
            (0, 2) => Ipv6ExtendedCommunityKind::RouteTarget(addr, number),
            (0, 3) => Ipv6ExtendedCommunityKind::RouteOrigin(addr, number),
            (0, 0x0b) => Ipv6ExtendedCommunityKind::VrfRouteImport(addr, number),
            (0, 0x0c) => Ipv6ExtendedCommunityKind::RedirectToIp {
                addr,
                copy: number & 1 == 1,
            },
            (0, 0x0d) => Ipv6ExtendedCommunityKind::Redirect(addr, number),
            _ => Ipv6ExtendedCommunityKind::Other {
                kind,
                subtype,
                addr,
                number,
            },
        }
    }
}

impl fmt::Display for Ipv6ExtendedCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Ipv6ExtendedCommunityKind::RouteTarget(addr, number) => {
                write!(f, "target:[{addr}]:{number}")
            }
            Ipv6ExtendedCommunityKind::RouteOrigin(addr, number) => {
                write!(f, "origin:[{addr}]:{number}")
            }
            Ipv6ExtendedCommunityKind::Redirect(addr, number) => {
                write!(f, "redirect:[{addr}]:{number}")
            }
            Ipv6ExtendedCommunityKind::VrfRouteImport(..)
            | Ipv6ExtendedCommunityKind::RedirectToIp { .. }
            | Ipv6ExtendedCommunityKind::Other { .. } => {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

impl FromStr for Ipv6ExtendedCommunity {
    type Err = ParseIpv6ExtendedCommunityError;

    fn from_str(text: &str) -> Result<Self, ParseIpv6ExtendedCommunityError> {
        parse(text).ok_or(ParseIpv6ExtendedCommunityError)
    }
}

fn parse(text: &str) -> Option<Ipv6ExtendedCommunity> {
    if let Some(digits) = text.strip_prefix("0x") {
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        if pairs.len() != 20 || !rest.is_empty() {
            return None;
        }
        let mut octets = [0; 20];
        for (octet, pair) in octets.iter_mut().zip(pairs) {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
            *octet = u8::try_from(high? << 4 | low?).ok()?;
        }
        return Some(Ipv6ExtendedCommunity(octets));
    }
    let (kind, value) = text.split_once(":[")?;
    let (addr, number) = value.split_once("]:")?;
    let (addr, number) = (addr.parse().ok()?, number.parse().ok()?);
    match kind {
        "target" => Some(Ipv6ExtendedCommunity::route_target(addr, number)),
        "origin" => Some(Ipv6ExtendedCommunity::route_origin(addr, number)),
        "redirect" => Some(Ipv6ExtendedCommunity::redirect(addr, number)),
        _ => None,
    }
}

serde_as_text!(Ipv6ExtendedCommunity);

/// The text is no IPv6 address specific extended community.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an IPv6 extended community is such as target:[2001:db8::1]:7, or 0x and 40 digits")]
pub struct ParseIpv6ExtendedCommunityError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn each_text_is_read_back() {
        for text in [
            "target:[2001:db8::1]:7",
            "origin:[2001:db8::1]:65535",
            "redirect:[2001:db8::1]:7",
            "0x000c20010db80000000000000000000000010001",
            "0x40020000000000000000000000000000000000ff",
        ] {
            let community: Ipv6ExtendedCommunity = text.parse().unwrap();
            assert_eq!(community.to_string(), text);
        }
        let last = "target:[::]:258".parse::<Ipv6ExtendedCommunity>().unwrap();
        let mut octets = [0; 20];
        octets[1] = 2;
        octets[18] = 1;
        octets[19] = 2;
        assert_eq!(last.0, octets);
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use Ipv6ExtendedCommunityKind as Kind;

        let addr = Ipv6Addr::LOCALHOST;
        let kind = |subtype| Ipv6ExtendedCommunity::new(0, subtype, addr, 3).kind();
        assert_eq!(kind(2), Kind::RouteTarget(addr, 3));
        assert_eq!(kind(3), Kind::RouteOrigin(addr, 3));
        assert_eq!(kind(0x0b), Kind::VrfRouteImport(addr, 3));
        assert_eq!(kind(0x0c), Kind::RedirectToIp { addr, copy: true });
        assert_eq!(kind(0x0d), Kind::Redirect(addr, 3));
        assert!(matches!(kind(4), Kind::Other { subtype: 4, .. }));
    }

    #[test]
    fn what_does_not_fit_is_no_community() {
        for text in [
            "",
            "target:",
            "target:[::]:65536",
            "target:::1:7",
            "0x00",
            "other:[::]:1",
        ] {
            assert_eq!(
                text.parse::<Ipv6ExtendedCommunity>(),
                Err(ParseIpv6ExtendedCommunityError)
            );
        }
    }
}
