use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;

use super::{Afi, Family, Safi};

/// An IPv4 or IPv6 prefix whose host bits are zero.
///
/// Ordered by family, address and length, so that a prefix comes right before
/// the more specific ones inside it.
///
/// ```
/// use bgpwright::types::Prefix;
///
/// let pods: Prefix = "10.244.1.0/24".parse()?;
/// assert!(pods.contains("10.244.1.7".parse()?));
/// assert!("10.244.1.7/24".parse::<Prefix>().is_err(), "host bits are set");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Prefix(IpNet);

impl Prefix {
    /// The prefix of `length` bits around `addr`; host bits are cleared.
    ///
    /// # Errors
    /// If `length` is over 32 for IPv4 or over 128 for IPv6.
    pub fn new(addr: IpAddr, length: u8) -> Result<Self, PrefixLengthError> {
        IpNet::new(addr, length)
            .map(|net| Self(net.trunc()))
            .map_err(|_| PrefixLengthError)
    }

    /// The prefix of `length` bits around an IPv4 address; `None` over 32.
    pub(crate) fn v4(addr: u32, length: u8) -> Option<Self> {
        let mask = u32::MAX.checked_shr(u32::from(length)).unwrap_or(0);
        let net = Ipv4Net::new(Ipv4Addr::from_bits(addr & !mask), length);
        net.ok().map(|net| Self(IpNet::V4(net)))
    }

    /// The prefix of `length` bits around an IPv6 address; `None` over 128.
    pub(crate) fn v6(addr: u128, length: u8) -> Option<Self> {
        let mask = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
        let net = Ipv6Net::new(Ipv6Addr::from_bits(addr & !mask), length);
        net.ok().map(|net| Self(IpNet::V6(net)))
    }

    /// The prefix that holds `addr` alone.
    pub fn host(addr: IpAddr) -> Self {
        Self(addr.into())
    }

    /// The first address.
    pub fn addr(self) -> IpAddr {
        self.0.addr()
    }

    /// The number of significant bits.
    pub fn length(self) -> u8 {
        self.0.prefix_len()
    }

    /// The unicast family of this prefix.
    pub fn family(self) -> Family {
        Family::new(self.afi(), Safi::UNICAST)
    }

    /// The address family of this prefix.
    pub fn afi(self) -> Afi {
        match self.0 {
            IpNet::V4(_) => Afi::IPV4,
            IpNet::V6(_) => Afi::IPV6,
        }
    }

    /// Whether `addr` lies in this prefix.
    pub fn contains(self, addr: IpAddr) -> bool {
        self.0.contains(&addr)
    }

    /// Whether `other` is this prefix or a more specific one inside it.
    pub fn covers(self, other: Self) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether all its addresses are multicast ones: no destination of a
    /// unicast route (RFC 4271 §6.3).
    pub fn is_multicast(self) -> bool {
        match self.0 {
            IpNet::V4(net) => net.prefix_len() >= 4 && net.addr().is_multicast(),
            IpNet::V6(net) => net.prefix_len() >= 8 && net.addr().is_multicast(),
        }
    }

    /// The same value as the `ipnet` crate's type.
    pub fn to_net(self) -> IpNet {
        self.0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<IpNet> for Prefix {
    /// Host bits are cleared.
    fn from(net: IpNet) -> Self {
        Self(net.trunc())
    }
}

impl FromStr for Prefix {
    type Err = ParsePrefixError;

    fn from_str(text: &str) -> Result<Self, ParsePrefixError> {
        let net: IpNet = text.parse().map_err(|_| ParsePrefixError::Syntax)?;
        if net.trunc() == net {
            Ok(Self(net))
        } else {
            Err(ParsePrefixError::HostBits)
        }
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Prefix {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let net = IpNet::deserialize(deserializer)?;
        if net.trunc() == net {
            Ok(Self(net))
        } else {
            Err(serde::de::Error::custom(ParsePrefixError::HostBits))
        }
    }
}

/// A prefix length over the family's address width.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a prefix length is 0 to 32 for IPv4, 0 to 128 for IPv6")]
pub struct PrefixLengthError;

/// Why a text is no prefix.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ParsePrefixError {
    /// Not an address, a slash and a length.
    #[error("a prefix is an address and a length such as 10.244.0.0/24 or fd00::/64")]
    Syntax,
    /// Bits beyond the length are set.
    #[error("a prefix has no bits set beyond its length")]
    HostBits,
}
