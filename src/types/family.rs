use core::{fmt, net::IpAddr, str::FromStr};

use thiserror::Error;

/// Address Family Identifier, two octets on the wire (RFC 4760).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Afi(pub u16);

impl Afi {
    /// IPv4.
    pub const IPV4: Self = Self(1);
    /// IPv6.
    pub const IPV6: Self = Self(2);
    /// Layer-2 VPN: VPLS and EVPN.
    pub const L2VPN: Self = Self(25);
    /// BGP-LS (RFC 7752).
    pub const BGP_LS: Self = Self(16388);
}

/// Subsequent Address Family Identifier, one octet on the wire (RFC 4760).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Safi(pub u8);

impl Safi {
    /// Unicast forwarding.
    pub const UNICAST: Self = Self(1);
    /// Multicast reverse-path forwarding.
    pub const MULTICAST: Self = Self(2);
    /// Labelled unicast (RFC 8277).
    pub const LABELED: Self = Self(4);
    /// EVPN (RFC 7432).
    pub const EVPN: Self = Self(70);
    /// Labelled VPN (RFC 4364).
    pub const VPN: Self = Self(128);
}

/// An address family: what a session negotiates and a table holds.
///
/// ```
/// use bgpwright::types::Family;
///
/// assert_eq!("ipv6-unicast".parse(), Ok(Family::IPV6_UNICAST));
/// assert_eq!(Family::IPV4_UNICAST.to_string(), "ipv4-unicast");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Family {
    /// Address family.
    pub afi: Afi,
    /// Subsequent address family.
    pub safi: Safi,
}

impl Family {
    /// IPv4 unicast, what RFC 4271 alone carries.
    pub const IPV4_UNICAST: Self = Self::new(Afi::IPV4, Safi::UNICAST);
    /// IPv6 unicast (RFC 2545).
    pub const IPV6_UNICAST: Self = Self::new(Afi::IPV6, Safi::UNICAST);

    /// The family of these two numbers.
    pub const fn new(afi: Afi, safi: Safi) -> Self {
        Self { afi, safi }
    }

    /// The unicast family that `addr` belongs to.
    pub const fn unicast_of(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(_) => Self::IPV4_UNICAST,
            IpAddr::V6(_) => Self::IPV6_UNICAST,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(family, _)| family == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "afi{}-safi{}", self.afi.0, self.safi.0),
        }
    }
}

impl FromStr for Family {
    type Err = ParseFamilyError;

    fn from_str(text: &str) -> Result<Self, ParseFamilyError> {
        if let Some((family, _)) = NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(*family);
        }
        let numbers = text
            .strip_prefix("afi")
            .and_then(|rest| rest.split_once("-safi"));
        let (afi, safi) = numbers.ok_or(ParseFamilyError)?;
        let afi = afi.parse().map_err(|_| ParseFamilyError)?;
        let safi = safi.parse().map_err(|_| ParseFamilyError)?;
        Ok(Self::new(Afi(afi), Safi(safi)))
    }
}

/// The text names no address family.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an address family is a name such as ipv4-unicast, or afi1-safi1")]
pub struct ParseFamilyError;

const NAMES: [(Family, &str); 4] = [
    (Family::IPV4_UNICAST, "ipv4-unicast"),
    (Family::IPV6_UNICAST, "ipv6-unicast"),
    (Family::new(Afi::IPV4, Safi::MULTICAST), "ipv4-multicast"),
    (Family::new(Afi::IPV6, Safi::MULTICAST), "ipv6-multicast"),
];
