use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u32},
};

use crate::{
    types::{Esi, RouteDistinguisher},
    wire::nlri::{
        MulticastFlow,
        read::{addr, esi, push_addr_or_none, route_distinguisher},
    },
};

/// Who wants which multicast flows (RFC 9251 §9.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct SelectiveMulticast {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The broadcast domain, or 0.
    pub ethernet_tag: u32,
    /// The flow.
    pub flow: MulticastFlow,
    /// The originating router's address.
    pub originator: IpAddr,
    /// IGMP or MLD versions and the include/exclude bit, as on the wire.
    pub flags: u8,
}

/// That a host on a segment joined (RFC 9251 §9.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MembershipReportSync {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The segment.
    pub esi: Esi,
    /// The broadcast domain, or 0.
    pub ethernet_tag: u32,
    /// The flow.
    pub flow: MulticastFlow,
    /// The originating router's address.
    pub originator: IpAddr,
    /// IGMP or MLD versions and the include/exclude bit, as on the wire.
    pub flags: u8,
}

/// That a host on a segment left (RFC 9251 §9.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct LeaveSync {
    /// Which MAC-VRF's route.
    pub distinguisher: RouteDistinguisher,
    /// The segment.
    pub esi: Esi,
    /// The broadcast domain, or 0.
    pub ethernet_tag: u32,
    /// The flow.
    pub flow: MulticastFlow,
    /// The originating router's address.
    pub originator: IpAddr,
    /// Without meaning, kept.
    pub reserved: u32,
    /// In the units of the IGMP or MLD query's field.
    pub max_response_time: u8,
    /// IGMP or MLD versions and the include/exclude bit, as on the wire.
    pub flags: u8,
}

impl SelectiveMulticast {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        self.flow.encode(out);
        push_addr_or_none(Some(self.originator), out);
        out.push(self.flags);
    }
}

impl MembershipReportSync {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.esi.0);
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        self.flow.encode(out);
        push_addr_or_none(Some(self.originator), out);
        out.push(self.flags);
    }
}

impl LeaveSync {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.extend_from_slice(&self.esi.0);
        out.extend_from_slice(&self.ethernet_tag.to_be_bytes());
        self.flow.encode(out);
        push_addr_or_none(Some(self.originator), out);
        out.extend_from_slice(&self.reserved.to_be_bytes());
        out.extend_from_slice(&[self.max_response_time, self.flags]);
    }
}

impl fmt::Display for SelectiveMulticast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, flow, originator) = (self.ethernet_tag, self.flow, self.originator);
        write!(f, ":[{tag}]:[{flow}]:[{originator}]")
    }
}

impl fmt::Display for MembershipReportSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, esi, flow) = (self.ethernet_tag, self.esi, self.flow);
        write!(f, ":[{tag}]:[{esi}]:[{flow}]:[{}]", self.originator)
    }
}

impl fmt::Display for LeaveSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, esi, flow) = (self.ethernet_tag, self.esi, self.flow);
        write!(f, ":[{tag}]:[{esi}]:[{flow}]:[{}]", self.originator)
    }
}

pub(super) fn selective(value: &[u8]) -> IResult<&[u8], SelectiveMulticast> {
    (
        route_distinguisher,
        be_u32,
        MulticastFlow::read,
        addr,
        be_u8,
    )
        .map(
            |(distinguisher, ethernet_tag, flow, originator, flags)| SelectiveMulticast {
                distinguisher,
                ethernet_tag,
                flow,
                originator,
                flags,
            },
        )
        .parse(value)
}

pub(super) fn report(value: &[u8]) -> IResult<&[u8], MembershipReportSync> {
    let key = (route_distinguisher, esi, be_u32, MulticastFlow::read, addr);
    (key, be_u8)
        .map(|(key, flags)| {
            let (distinguisher, esi, ethernet_tag, flow, originator) = key;
            MembershipReportSync {
                distinguisher,
                esi,
                ethernet_tag,
                flow,
                originator,
                flags,
            }
        })
        .parse(value)
}

pub(super) fn leave(value: &[u8]) -> IResult<&[u8], LeaveSync> {
    let key = (route_distinguisher, esi, be_u32, MulticastFlow::read, addr);
    (key, be_u32, be_u8, be_u8)
        .map(|(key, reserved, max_response_time, flags)| {
            let (distinguisher, esi, ethernet_tag, flow, originator) = key;
            LeaveSync {
                distinguisher,
                esi,
                ethernet_tag,
                flow,
                originator,
                reserved,
                max_response_time,
                flags,
            }
        })
        .parse(value)
}
