//! EVPN routes (RFC 7432 §7, RFC 9136 §3, RFC 9251 §9).
//!
//! A route of a type that is not known here is kept as octets, since a speaker
//! has to pass over it and not end the session (RFC 7606 §5.4).

mod multicast;

use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use bytes::Bytes;
use nom::{
    IResult, Parser,
    combinator::{all_consuming, map, opt},
    multi::length_data,
    number::complete::{be_u8, be_u32},
};

pub use multicast::{LeaveSync, MembershipReportSync, SelectiveMulticast};

use super::read::{
    addr, addr_of, addr_or_none, array, esi, front, label, mac, push_addr, push_addr_or_none,
    push_framed, route_distinguisher, wrong,
};
use crate::{
    types::{Afi, Esi, Family, Label, MacAddr, Prefix, RouteDistinguisher},
    wire::EncodeError,
};

/// The type octet of an EVPN route.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct EvpnRouteType(pub u8);

impl EvpnRouteType {
    /// Ethernet auto-discovery (RFC 7432 §7.1).
    pub const ETHERNET_AUTO_DISCOVERY: Self = Self(1);
    /// MAC/IP advertisement (RFC 7432 §7.2).
    pub const MAC_IP_ADVERTISEMENT: Self = Self(2);
    /// Inclusive multicast Ethernet tag (RFC 7432 §7.3).
    pub const INCLUSIVE_MULTICAST: Self = Self(3);
    /// Ethernet segment (RFC 7432 §7.4).
    pub const ETHERNET_SEGMENT: Self = Self(4);
    /// IP prefix (RFC 9136 §3).
    pub const IP_PREFIX: Self = Self(5);
    /// Selective multicast Ethernet tag (RFC 9251 §9.1).
    pub const SELECTIVE_MULTICAST: Self = Self(6);
    /// Multicast membership report synch (RFC 9251 §9.2).
    pub const MEMBERSHIP_REPORT_SYNC: Self = Self(7);
    /// Multicast leave synch (RFC 9251 §9.3).
    pub const LEAVE_SYNC: Self = Self(8);

    /// The name that operators use, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::ETHERNET_AUTO_DISCOVERY => "ethernet-auto-discovery",
            Self::MAC_IP_ADVERTISEMENT => "mac-ip-advertisement",
            Self::INCLUSIVE_MULTICAST => "inclusive-multicast",
            Self::ETHERNET_SEGMENT => "ethernet-segment",
            Self::IP_PREFIX => "ip-prefix",
            Self::SELECTIVE_MULTICAST => "selective-multicast",
            Self::MEMBERSHIP_REPORT_SYNC => "membership-report-sync",
            Self::LEAVE_SYNC => "leave-sync",
            _ => return None,
        })
    }
}

impl fmt::Display for EvpnRouteType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// An EVPN route.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum EvpnRoute {
    /// Type 1.
    EthernetAutoDiscovery(EthernetAutoDiscovery),
    /// Type 2.
    MacIpAdvertisement(MacIpAdvertisement),
    /// Type 3.
    InclusiveMulticast(InclusiveMulticast),
    /// Type 4.
    EthernetSegment(EthernetSegment),
    /// Type 5.
    IpPrefix(EvpnIpPrefix),
    /// Type 6.
    SelectiveMulticast(SelectiveMulticast),
    /// Type 7.
    MembershipReportSync(MembershipReportSync),
    /// Type 8.
    LeaveSync(LeaveSync),
    /// Any other, as it came.
    Unknown {
        /// Its type.
        kind: EvpnRouteType,
        /// What follows the length octet; at most 255 octets.
        value: Bytes,
    },
}

/// A segment's links, or the aliasing label of one Ethernet tag on it
/// (RFC 7432 §7.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct EthernetAutoDiscovery {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The segment.
    pub esi: Esi,
    /// The broadcast domain; 0xffffffff for the segment as a whole.
    pub ethernet_tag: u32,
    /// MPLS label or VNI.
    pub label: Label,
}

/// A host's MAC address, and IP address if known (RFC 7432 §7.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MacIpAdvertisement {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The segment that the host is on.
    pub esi: Esi,
    /// The broadcast domain, or 0.
    pub ethernet_tag: u32,
    /// The host's MAC address.
    pub mac: MacAddr,
    /// The host's IP address.
    pub addr: Option<IpAddr>,
    /// MPLS label or VNI of the bridge.
    pub label: Label,
    /// MPLS label or VNI of the IP-VRF (RFC 9135 §5.1).
    pub l3_label: Option<Label>,
}

/// Where broadcast, unknown unicast and multicast go (RFC 7432 §7.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct InclusiveMulticast {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The broadcast domain, or 0.
    pub ethernet_tag: u32,
    /// The originating router's address.
    pub originator: IpAddr,
}

/// That a router is attached to a segment (RFC 7432 §7.4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct EthernetSegment {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The segment.
    pub esi: Esi,
    /// The originating router's address.
    pub originator: IpAddr,
}

/// An IP prefix of a tenant (RFC 9136 §3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct EvpnIpPrefix {
    /// Which IP-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The segment as overlay index, or [`Esi::ZERO`].
    pub esi: Esi,
    /// The broadcast domain, or 0.
    pub ethernet_tag: u32,
    /// The destination.
    pub prefix: Prefix,
    /// The gateway as overlay index, of the prefix's family, or zero.
    pub gateway: IpAddr,
    /// MPLS label or VNI.
    pub label: Label,
}

impl EvpnRoute {
    /// The type octet.
    pub const fn kind(&self) -> EvpnRouteType {
        match self {
            Self::EthernetAutoDiscovery(_) => EvpnRouteType::ETHERNET_AUTO_DISCOVERY,
            Self::MacIpAdvertisement(_) => EvpnRouteType::MAC_IP_ADVERTISEMENT,
            Self::InclusiveMulticast(_) => EvpnRouteType::INCLUSIVE_MULTICAST,
            Self::EthernetSegment(_) => EvpnRouteType::ETHERNET_SEGMENT,
            Self::IpPrefix(_) => EvpnRouteType::IP_PREFIX,
            Self::SelectiveMulticast(_) => EvpnRouteType::SELECTIVE_MULTICAST,
            Self::MembershipReportSync(_) => EvpnRouteType::MEMBERSHIP_REPORT_SYNC,
            Self::LeaveSync(_) => EvpnRouteType::LEAVE_SYNC,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// The route distinguisher, which all known types begin with.
    pub const fn distinguisher(&self) -> Option<RouteDistinguisher> {
        Some(match self {
            Self::EthernetAutoDiscovery(route) => route.distinguisher,
            Self::MacIpAdvertisement(route) => route.distinguisher,
            Self::InclusiveMulticast(route) => route.distinguisher,
            Self::EthernetSegment(route) => route.distinguisher,
            Self::IpPrefix(route) => route.distinguisher,
            Self::SelectiveMulticast(route) => route.distinguisher,
            Self::MembershipReportSync(route) => route.distinguisher,
            Self::LeaveSync(route) => route.distinguisher,
            Self::Unknown { .. } => return None,
        })
    }

    pub(in crate::wire) fn decode(_: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(read, octets)
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.kind().0);
        push_framed(out, |out| {
            match self {
                Self::EthernetAutoDiscovery(route) => route.encode(out),
                Self::MacIpAdvertisement(route) => route.encode(out),
                Self::InclusiveMulticast(route) => route.encode(out),
                Self::EthernetSegment(route) => route.encode(out),
                Self::IpPrefix(route) => return route.encode(out),
                Self::SelectiveMulticast(route) => route.encode(out),
                Self::MembershipReportSync(route) => route.encode(out),
                Self::LeaveSync(route) => route.encode(out),
                Self::Unknown { kind, value } => {
                    if kind.name().is_some() {
                        return Err(EncodeError::Field { field: "kind" });
                    }
                    out.extend_from_slice(value);
                }
            }
            Ok(())
        })
    }
}

impl fmt::Display for EvpnRoute {
    /// The distinguisher, then type and key in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind().0;
        if let Some(distinguisher) = self.distinguisher() {
            write!(f, "{distinguisher} ")?;
        }
        write!(f, "[{kind}]")?;
        match self {
            Self::EthernetAutoDiscovery(route) => {
                write!(f, ":[{}]:[{}]", route.ethernet_tag, route.esi)
            }
            Self::MacIpAdvertisement(route) => {
                write!(f, ":[{}]:[48]:[{}]", route.ethernet_tag, route.mac)?;
                match route.addr {
                    Some(addr) => write!(f, ":[{}]:[{addr}]", addr_bits(addr)),
                    None => Ok(()),
                }
            }
            Self::InclusiveMulticast(InclusiveMulticast {
                ethernet_tag,
                originator,
                ..
            }) => write!(
                f,
                ":[{ethernet_tag}]:[{}]:[{originator}]",
                addr_bits(*originator)
            ),
            Self::EthernetSegment(EthernetSegment {
                esi, originator, ..
            }) => write!(f, ":[{esi}]:[{}]:[{originator}]", addr_bits(*originator)),
            Self::IpPrefix(route) => {
                let (tag, prefix) = (route.ethernet_tag, route.prefix);
                write!(f, ":[{tag}]:[{}]:[{}]", prefix.length(), prefix.addr())
            }
            Self::SelectiveMulticast(route) => fmt::Display::fmt(route, f),
            Self::MembershipReportSync(route) => fmt::Display::fmt(route, f),
            Self::LeaveSync(route) => fmt::Display::fmt(route, f),
            Self::Unknown { value, .. } => write!(f, ":[{} octets]", value.len()),
        }
    }
}

const fn addr_bits(addr: IpAddr) -> u8 {
    if addr.is_ipv6() { 128 } else { 32 }
}

impl EthernetAutoDiscovery {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.esi.0);
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        out.extend_from_slice(&self.label.to_octets());
    }
}

impl MacIpAdvertisement {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.esi.0);
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        out.push(48);
        out.extend_from_slice(&self.mac.0);
        push_addr_or_none(self.addr, out);
        out.extend_from_slice(&self.label.to_octets());
        if let Some(label) = self.l3_label {
            out.extend_from_slice(&label.to_octets());
        }
    }
}

impl InclusiveMulticast {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        push_addr_or_none(Some(self.originator), out);
    }
}

impl EthernetSegment {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.esi.0);
        push_addr_or_none(Some(self.originator), out);
    }
}

impl EvpnIpPrefix {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.prefix.addr().is_ipv6() != self.gateway.is_ipv6() {
            return Err(EncodeError::Field { field: "gateway" });
        }
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.esi.0);
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        out.push(self.prefix.length());
        push_addr(self.prefix.addr(), out);
        push_addr(self.gateway, out);
        out.extend_from_slice(&self.label.to_octets());
        Ok(())
    }
}

fn read(octets: &[u8]) -> IResult<&[u8], EvpnRoute> {
    let (rest, (kind, value)) = (be_u8.map(EvpnRouteType), length_data(be_u8)).parse(octets)?;
    let (_, route) = all_consuming(|value| body(kind, value)).parse(value)?;
    Ok((rest, route))
}

fn body(kind: EvpnRouteType, value: &[u8]) -> IResult<&[u8], EvpnRoute> {
    match kind {
        EvpnRouteType::ETHERNET_AUTO_DISCOVERY => {
            map(auto_discovery, EvpnRoute::EthernetAutoDiscovery).parse(value)
        }
        EvpnRouteType::MAC_IP_ADVERTISEMENT => {
            map(mac_ip, EvpnRoute::MacIpAdvertisement).parse(value)
        }
        EvpnRouteType::INCLUSIVE_MULTICAST => {
            map(inclusive_multicast, EvpnRoute::InclusiveMulticast).parse(value)
        }
        EvpnRouteType::ETHERNET_SEGMENT => {
            map(ethernet_segment, EvpnRoute::EthernetSegment).parse(value)
        }
        EvpnRouteType::IP_PREFIX => map(ip_prefix, EvpnRoute::IpPrefix).parse(value),
        EvpnRouteType::SELECTIVE_MULTICAST => {
            map(multicast::selective, EvpnRoute::SelectiveMulticast).parse(value)
        }
        EvpnRouteType::MEMBERSHIP_REPORT_SYNC => {
            map(multicast::report, EvpnRoute::MembershipReportSync).parse(value)
        }
        EvpnRouteType::LEAVE_SYNC => map(multicast::leave, EvpnRoute::LeaveSync).parse(value),
        _ => {
            let (rest, octets) = nom::combinator::rest(value)?;
            let value = Bytes::copy_from_slice(octets);
            Ok((rest, EvpnRoute::Unknown { kind, value }))
        }
    }
}

fn auto_discovery(value: &[u8]) -> IResult<&[u8], EthernetAutoDiscovery> {
    (route_distinguisher, esi, be_u32, label)
        .map(
            |(distinguisher, esi, ethernet_tag, label)| EthernetAutoDiscovery {
                distinguisher,
                esi,
                ethernet_tag,
                label,
            },
        )
        .parse(value)
}

fn mac_ip(value: &[u8]) -> IResult<&[u8], MacIpAdvertisement> {
    let key = (route_distinguisher, esi, be_u32, mac, addr_or_none);
    (key, label, opt(label))
        .map(|(key, label, l3_label)| {
            let (distinguisher, esi, ethernet_tag, mac, addr) = key;
            MacIpAdvertisement {
                distinguisher,
                esi,
                ethernet_tag,
                mac,
                addr,
                label,
                l3_label,
            }
        })
        .parse(value)
}

fn inclusive_multicast(value: &[u8]) -> IResult<&[u8], InclusiveMulticast> {
    (route_distinguisher, be_u32, addr)
        .map(
            |(distinguisher, ethernet_tag, originator)| InclusiveMulticast {
                distinguisher,
                ethernet_tag,
                originator,
            },
        )
        .parse(value)
}

fn ethernet_segment(value: &[u8]) -> IResult<&[u8], EthernetSegment> {
    (route_distinguisher, esi, addr)
        .map(|(distinguisher, esi, originator)| EthernetSegment {
            distinguisher,
            esi,
            originator,
        })
        .parse(value)
}

/// The length of the whole tells IPv4 from IPv6 (RFC 9136 §3.1).
fn ip_prefix(value: &[u8]) -> IResult<&[u8], EvpnIpPrefix> {
    let afi = match value.len() {
        34 => Afi::IPV4,
        58 => Afi::IPV6,
        _ => return Err(wrong(value)),
    };
    let (at_length, (distinguisher, esi, tag)) =
        (route_distinguisher, esi, array::<4>).parse(value)?;
    let (rest, (length, addr, gateway, label)) =
        (be_u8, addr_of(afi), addr_of(afi), label).parse(at_length)?;
    let Ok(prefix) = Prefix::new(addr, length) else {
        return Err(wrong(at_length));
    };
    let route = EvpnIpPrefix {
        distinguisher,
        esi,
        ethernet_tag: u32::from_be_bytes(tag),
        prefix,
        gateway,
        label,
    };
    Ok((rest, route))
}
