use bytes::Bytes;
use nom::{
    IResult, Parser,
    combinator::{all_consuming, map, opt, rest},
    multi::length_data,
    number::complete::{be_u8, be_u32},
};

use super::{
    EthernetAutoDiscovery, EthernetSegment, EvpnIpPrefix, EvpnRoute, EvpnRouteType,
    InclusiveMulticast, MacIpAdvertisement, multicast,
};
use crate::{
    types::{Afi, Prefix},
    wire::nlri::read::{
        addr, addr_of, addr_or_none, array, esi, label, mac, route_distinguisher, wrong,
    },
};

pub(super) fn read(octets: &[u8]) -> IResult<&[u8], EvpnRoute> {
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
            let (rest, octets) = rest(value)?;
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
