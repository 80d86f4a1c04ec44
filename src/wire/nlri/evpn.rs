//! EVPN routes (RFC 7432 §7, RFC 9136 §3, RFC 9251 §9).
//!
//! A route of a type that is not known here is kept as octets, since a speaker
//! has to pass over it and not end the session (RFC 7606 §5.4).

mod multicast;
mod read;

use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use bytes::Bytes;

pub use multicast::{LeaveSync, MembershipReportSync, SelectiveMulticast};

use super::read::{front, push_addr, push_addr_or_none, push_framed};
use crate::{
    types::{Esi, Family, Label, MacAddr, Prefix, RouteDistinguisher},
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
        front(read::read, octets)
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

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::nlri::{
        Destination, MulticastFlow,
        probe::{agree, refused, unwritable},
    };

    const RD: RouteDistinguisher = RouteDistinguisher::from_as2(65000, 1);
    const ESI: Esi = Esi([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

    /// Type, length, distinguisher and the rest.
    fn octets(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
        let rest = parts.concat();
        let length = u8::try_from(rest.len() + 8).unwrap();
        let mut octets = alloc::vec![kind, length, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1];
        octets.extend(rest);
        octets
    }

    fn mac_ip(addr: Option<&str>, l3_label: Option<u32>) -> MacIpAdvertisement {
        MacIpAdvertisement {
            distinguisher: RD,
            esi: ESI,
            ethernet_tag: 10,
            mac: MacAddr([2, 0, 0x5e, 0x10, 0, 1]),
            addr: addr.map(|addr| addr.parse().unwrap()),
            label: Label::from_raw(100).unwrap(),
            l3_label: l3_label.map(|raw| Label::from_raw(raw).unwrap()),
        }
    }

    #[test]
    fn ethernet_auto_discovery_names_a_segment_and_a_tag() {
        let route = EvpnRoute::EthernetAutoDiscovery(EthernetAutoDiscovery {
            distinguisher: RD,
            esi: ESI,
            ethernet_tag: u32::MAX,
            label: Label::from_octets([0, 0x06, 0x4f]),
        });
        assert_eq!(
            route.to_string(),
            "65000:1 [1]:[4294967295]:[00:01:02:03:04:05:06:07:08:09]"
        );
        let octets = octets(1, &[&ESI.0, &[0xff; 4], &[0, 0x06, 0x4f]]);
        agree(Family::EVPN, &octets, &route.into());
    }

    #[test]
    fn a_mac_address_is_advertised_with_or_without_an_ip_address() {
        let mac = [48, 2, 0, 0x5e, 0x10, 0, 1];
        let v6: [u8; 17] = core::array::from_fn(|at| if at == 0 { 128 } else { 0x20 });
        let v6_text = "2020:2020:2020:2020:2020:2020:2020:2020";
        for (addr, l3_label, tail, text) in [
            (None, None, [0, 0, 0, 100].as_slice(), ""),
            (
                Some("10.0.0.1"),
                None,
                &[32, 10, 0, 0, 1, 0, 0, 100],
                ":[32]:[10.0.0.1]",
            ),
            (
                Some("10.0.0.1"),
                Some(5000),
                &[32, 10, 0, 0, 1, 0, 0, 100, 0, 0x13, 0x88],
                ":[32]:[10.0.0.1]",
            ),
            (
                Some(v6_text),
                None,
                &[v6.as_slice(), &[0, 0, 100]].concat(),
                ":[128]:[2020:2020:2020:2020:2020:2020:2020:2020]",
            ),
        ] {
            let route = EvpnRoute::MacIpAdvertisement(mac_ip(addr, l3_label));
            let head = "65000:1 [2]:[10]:[48]:[02:00:5e:10:00:01]";
            assert_eq!(route.to_string(), [head, text].concat());
            let octets = octets(2, &[&ESI.0, &[0, 0, 0, 10], &mac, tail]);
            agree(Family::EVPN, &octets, &route.into());
        }
    }

    #[test]
    fn routers_announce_themselves_for_a_tag_and_for_a_segment() {
        let originator = "192.0.2.1".parse().unwrap();
        let route = EvpnRoute::InclusiveMulticast(InclusiveMulticast {
            distinguisher: RD,
            ethernet_tag: 10,
            originator,
        });
        assert_eq!(route.to_string(), "65000:1 [3]:[10]:[32]:[192.0.2.1]");
        let addr = [32, 192, 0, 2, 1];
        agree(
            Family::EVPN,
            &octets(3, &[&[0, 0, 0, 10], &addr]),
            &route.into(),
        );
        let route = EvpnRoute::EthernetSegment(EthernetSegment {
            distinguisher: RD,
            esi: ESI,
            originator,
        });
        assert_eq!(
            route.to_string(),
            "65000:1 [4]:[00:01:02:03:04:05:06:07:08:09]:[32]:[192.0.2.1]"
        );
        agree(Family::EVPN, &octets(4, &[&ESI.0, &addr]), &route.into());
    }

    #[test]
    fn an_ip_prefix_is_ipv4_or_ipv6_by_the_length_of_the_route() {
        let mut prefix = EvpnIpPrefix {
            distinguisher: RD,
            esi: Esi::ZERO,
            ethernet_tag: 0,
            prefix: "10.1.0.0/16".parse().unwrap(),
            gateway: "192.0.2.1".parse().unwrap(),
            label: Label::from_raw(100).unwrap(),
        };
        let route = EvpnRoute::IpPrefix(prefix);
        assert_eq!(route.to_string(), "65000:1 [5]:[0]:[16]:[10.1.0.0]");
        let tail = [16, 10, 1, 0, 0, 192, 0, 2, 1, 0, 0, 100];
        agree(Family::EVPN, &octets(5, &[&[0; 14], &tail]), &route.into());
        prefix.prefix = "::/0".parse().unwrap();
        unwritable(EvpnRoute::IpPrefix(prefix));
        prefix.gateway = "::".parse().unwrap();
        let octets = octets(5, &[&[0; 14], &[0], &[0; 32], &[0, 0, 100]]);
        agree(Family::EVPN, &octets, &EvpnRoute::IpPrefix(prefix).into());
    }

    #[test]
    fn multicast_routes_name_a_flow_and_keep_their_flags() {
        let flow = MulticastFlow {
            source: None,
            group: Some("233.252.0.1".parse().unwrap()),
        };
        let originator = "192.0.2.1".parse().unwrap();
        let addrs = [0, 32, 233, 252, 0, 1, 32, 192, 0, 2, 1];
        let route = EvpnRoute::SelectiveMulticast(SelectiveMulticast {
            distinguisher: RD,
            ethernet_tag: 10,
            flow,
            originator,
            flags: 0xf4,
        });
        assert_eq!(
            route.to_string(),
            "65000:1 [6]:[10]:[*, 233.252.0.1]:[192.0.2.1]"
        );
        let whole = octets(6, &[&[0, 0, 0, 10], &addrs, &[0xf4]]);
        agree(Family::EVPN, &whole, &route.into());
        let route = EvpnRoute::MembershipReportSync(MembershipReportSync {
            distinguisher: RD,
            esi: ESI,
            ethernet_tag: 10,
            flow,
            originator,
            flags: 2,
        });
        assert_eq!(
            route.to_string(),
            "65000:1 [7]:[10]:[00:01:02:03:04:05:06:07:08:09]:[*, 233.252.0.1]:[192.0.2.1]"
        );
        let whole = octets(7, &[&ESI.0, &[0, 0, 0, 10], &addrs, &[2]]);
        agree(Family::EVPN, &whole, &route.into());
        let route = EvpnRoute::LeaveSync(LeaveSync {
            distinguisher: RD,
            esi: ESI,
            ethernet_tag: 10,
            flow,
            originator,
            reserved: 0x0102_0304,
            max_response_time: 5,
            flags: 2,
        });
        let whole = octets(8, &[&ESI.0, &[0, 0, 0, 10], &addrs, &[1, 2, 3, 4, 5, 2]]);
        agree(Family::EVPN, &whole, &route.into());
    }

    #[test]
    fn an_unknown_type_is_kept_with_its_octets() {
        let route = |kind| EvpnRoute::Unknown {
            kind: EvpnRouteType(kind),
            value: Bytes::from_static(&[7, 8]),
        };
        assert_eq!(route(200).to_string(), "[200]:[2 octets]");
        agree(Family::EVPN, &[200, 2, 7, 8], &route(200).into());
        unwritable(Destination::from(route(2)));
        let long = EvpnRoute::Unknown {
            kind: EvpnRouteType(200),
            value: Bytes::from_static(&[0; 256]),
        };
        unwritable(long);
    }

    #[test]
    fn lengths_that_a_route_cannot_have_are_wrong_where_they_stand() {
        let mac = [48, 2, 0, 0x5e, 0x10, 0, 1];
        let tag = [0, 0, 0, 10];
        let bad_mac = octets(2, &[&ESI.0, &tag, &[40, 1, 2, 3, 4, 5], &[0, 0, 0, 1]]);
        refused(Family::EVPN, &bad_mac, 24);
        let bad_addr = octets(2, &[&ESI.0, &tag, &mac, &[33, 1, 2, 3, 4, 5, 0, 0, 1]]);
        refused(Family::EVPN, &bad_addr, 31);
        let left_over = octets(2, &[&ESI.0, &tag, &mac, &[0, 0, 0, 1, 9]]);
        refused(Family::EVPN, &left_over, 35);
        let no_originator = octets(3, &[&tag, &[0]]);
        refused(Family::EVPN, &no_originator, 14);
        let prefix = octets(5, &[&[0; 14], &[33, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 100]]);
        refused(Family::EVPN, &prefix, 24);
        refused(Family::EVPN, &octets(5, &[&[0; 25]]), 2);
    }
}
