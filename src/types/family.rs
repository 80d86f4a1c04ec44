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
    /// Multicast VPN signalling, MCAST-VPN (RFC 6514).
    pub const MVPN: Self = Self(5);
    /// VPLS (RFC 4761) and its auto-discovery (RFC 6074).
    pub const VPLS: Self = Self(65);
    /// EVPN (RFC 7432).
    pub const EVPN: Self = Self(70);
    /// BGP-LS (RFC 7752).
    pub const LINK_STATE: Self = Self(71);
    /// BGP-LS of a VPN (RFC 7752).
    pub const LINK_STATE_VPN: Self = Self(72);
    /// Segment routing policy (RFC 9830).
    pub const SR_POLICY: Self = Self(73);
    /// Mobile user plane (draft-ietf-bess-mup-safi).
    pub const MUP: Self = Self(85);
    /// Labelled VPN (RFC 4364).
    pub const VPN: Self = Self(128);
    /// Multicast reverse-path forwarding of a VPN (RFC 6514 §10).
    pub const VPN_MULTICAST: Self = Self(129);
    /// Route target constraint (RFC 4684).
    pub const ROUTE_TARGET: Self = Self(132);
    /// Flow specification (RFC 8955).
    pub const FLOWSPEC: Self = Self(133);
    /// Flow specification of a VPN (RFC 8955).
    pub const VPN_FLOWSPEC: Self = Self(134);
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
    /// IPv4 multicast reverse-path forwarding (RFC 4760).
    pub const IPV4_MULTICAST: Self = Self::new(Afi::IPV4, Safi::MULTICAST);
    /// IPv6 multicast reverse-path forwarding (RFC 4760).
    pub const IPV6_MULTICAST: Self = Self::new(Afi::IPV6, Safi::MULTICAST);
    /// Labelled IPv4 unicast (RFC 8277).
    pub const IPV4_LABELED: Self = Self::new(Afi::IPV4, Safi::LABELED);
    /// Labelled IPv6 unicast (RFC 8277, RFC 4798).
    pub const IPV6_LABELED: Self = Self::new(Afi::IPV6, Safi::LABELED);
    /// IPv4 multicast VPN signalling (RFC 6514).
    pub const IPV4_MVPN: Self = Self::new(Afi::IPV4, Safi::MVPN);
    /// IPv6 multicast VPN signalling (RFC 6514).
    pub const IPV6_MVPN: Self = Self::new(Afi::IPV6, Safi::MVPN);
    /// IPv4 VPN (RFC 4364).
    pub const VPNV4: Self = Self::new(Afi::IPV4, Safi::VPN);
    /// IPv6 VPN (RFC 4659).
    pub const VPNV6: Self = Self::new(Afi::IPV6, Safi::VPN);
    /// IPv4 multicast VPN reverse-path forwarding (RFC 6514).
    pub const VPNV4_MULTICAST: Self = Self::new(Afi::IPV4, Safi::VPN_MULTICAST);
    /// IPv6 multicast VPN reverse-path forwarding (RFC 6514).
    pub const VPNV6_MULTICAST: Self = Self::new(Afi::IPV6, Safi::VPN_MULTICAST);
    /// VPLS (RFC 4761).
    pub const VPLS: Self = Self::new(Afi::L2VPN, Safi::VPLS);
    /// EVPN (RFC 7432).
    pub const EVPN: Self = Self::new(Afi::L2VPN, Safi::EVPN);
    /// BGP-LS (RFC 7752).
    pub const LINK_STATE: Self = Self::new(Afi::BGP_LS, Safi::LINK_STATE);
    /// BGP-LS of a VPN (RFC 7752).
    pub const LINK_STATE_VPN: Self = Self::new(Afi::BGP_LS, Safi::LINK_STATE_VPN);
    /// Segment routing policies to IPv4 endpoints (RFC 9830).
    pub const IPV4_SR_POLICY: Self = Self::new(Afi::IPV4, Safi::SR_POLICY);
    /// Segment routing policies to IPv6 endpoints (RFC 9830).
    pub const IPV6_SR_POLICY: Self = Self::new(Afi::IPV6, Safi::SR_POLICY);
    /// IPv4 mobile user plane (draft-ietf-bess-mup-safi).
    pub const IPV4_MUP: Self = Self::new(Afi::IPV4, Safi::MUP);
    /// IPv6 mobile user plane (draft-ietf-bess-mup-safi).
    pub const IPV6_MUP: Self = Self::new(Afi::IPV6, Safi::MUP);
    /// Route target constraint (RFC 4684).
    pub const ROUTE_TARGET: Self = Self::new(Afi::IPV4, Safi::ROUTE_TARGET);
    /// IPv4 flow specification (RFC 8955).
    pub const IPV4_FLOWSPEC: Self = Self::new(Afi::IPV4, Safi::FLOWSPEC);
    /// IPv6 flow specification (RFC 8956).
    pub const IPV6_FLOWSPEC: Self = Self::new(Afi::IPV6, Safi::FLOWSPEC);
    /// IPv4 flow specification of a VPN (RFC 8955).
    pub const VPNV4_FLOWSPEC: Self = Self::new(Afi::IPV4, Safi::VPN_FLOWSPEC);
    /// IPv6 flow specification of a VPN (RFC 8956).
    pub const VPNV6_FLOWSPEC: Self = Self::new(Afi::IPV6, Safi::VPN_FLOWSPEC);

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

impl fmt::Display for Afi {
    /// The name in the texts of families, or `afi` and the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::IPV4 => f.write_str("ipv4"),
            Self::IPV6 => f.write_str("ipv6"),
            Self::L2VPN => f.write_str("l2vpn"),
            Self::BGP_LS => f.write_str("bgp-ls"),
            Self(number) => write!(f, "afi{number}"),
        }
    }
}

impl fmt::Display for Safi {
    /// The name that operators use, or `safi` and the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::UNICAST => "unicast",
            Self::MULTICAST => "multicast",
            Self::LABELED => "labeled",
            Self::MVPN => "mvpn",
            Self::VPLS => "vpls",
            Self::EVPN => "evpn",
            Self::LINK_STATE => "link-state",
            Self::LINK_STATE_VPN => "link-state-vpn",
            Self::SR_POLICY => "sr-policy",
            Self::MUP => "mup",
            Self::VPN => "vpn",
            Self::VPN_MULTICAST => "vpn-multicast",
            Self::ROUTE_TARGET => "route-target",
            Self::FLOWSPEC => "flowspec",
            Self::VPN_FLOWSPEC => "vpn-flowspec",
            Self(number) => return write!(f, "safi{number}"),
        })
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

const NAMES: [(Family, &str); 25] = [
    (Family::IPV4_UNICAST, "ipv4-unicast"),
    (Family::IPV6_UNICAST, "ipv6-unicast"),
    (Family::IPV4_MULTICAST, "ipv4-multicast"),
    (Family::IPV6_MULTICAST, "ipv6-multicast"),
    (Family::IPV4_LABELED, "ipv4-labeled-unicast"),
    (Family::IPV6_LABELED, "ipv6-labeled-unicast"),
    (Family::IPV4_MVPN, "ipv4-mvpn"),
    (Family::IPV6_MVPN, "ipv6-mvpn"),
    (Family::VPNV4, "vpnv4-unicast"),
    (Family::VPNV6, "vpnv6-unicast"),
    (Family::VPNV4_MULTICAST, "vpnv4-multicast"),
    (Family::VPNV6_MULTICAST, "vpnv6-multicast"),
    (Family::VPLS, "l2vpn-vpls"),
    (Family::EVPN, "l2vpn-evpn"),
    (Family::LINK_STATE, "link-state"),
    (Family::LINK_STATE_VPN, "vpn-link-state"),
    (Family::IPV4_SR_POLICY, "ipv4-sr-policy"),
    (Family::IPV6_SR_POLICY, "ipv6-sr-policy"),
    (Family::IPV4_MUP, "ipv4-mup"),
    (Family::IPV6_MUP, "ipv6-mup"),
    (Family::ROUTE_TARGET, "ipv4-route-target"),
    (Family::IPV4_FLOWSPEC, "ipv4-flowspec"),
    (Family::IPV6_FLOWSPEC, "ipv6-flowspec"),
    (Family::VPNV4_FLOWSPEC, "vpnv4-flowspec"),
    (Family::VPNV6_FLOWSPEC, "vpnv6-flowspec"),
];

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_name_is_read_back_and_stands_for_one_family() {
        for (family, name) in NAMES {
            assert_eq!(family.to_string(), name);
            assert_eq!(name.parse(), Ok(family));
            assert_eq!(NAMES.iter().filter(|(of, _)| *of == family).count(), 1);
        }
    }

    #[test]
    fn a_family_without_a_name_is_its_numbers() {
        let family = Family::new(Afi(3), Safi(250));
        assert_eq!(family.to_string(), "afi3-safi250");
        assert_eq!("afi3-safi250".parse(), Ok(family));
        assert_eq!("afi1-safi133".parse(), Ok(Family::IPV4_FLOWSPEC));
    }
}
