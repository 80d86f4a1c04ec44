//! Network layer reachability information: what routes lead to.
#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the lists of NLRI are to read and write these")
)]

mod destination;
mod evpn;
mod flowspec;
mod labeled;
mod multicast;
mod mup;
mod mvpn;
#[cfg(test)]
mod probe;
mod read;
mod route_target;
mod sr_policy;
mod vpls;
mod vpn;

use alloc::vec::Vec;
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use bytes::Bytes;

pub use destination::Destination;
pub use evpn::{
    EthernetAutoDiscovery, EthernetSegment, EvpnIpPrefix, EvpnRoute, EvpnRouteType,
    InclusiveMulticast, LeaveSync, MacIpAdvertisement, MembershipReportSync, SelectiveMulticast,
};
pub use flowspec::{
    BitmaskOperator, BitmaskTerm, FlowComponent, FlowComponentType, FlowSpec, NumericOperator,
    NumericTerm,
};
pub use labeled::LabeledPrefix;
pub use multicast::MulticastFlow;
pub use mup::{MupRoute, MupRouteType, MupSource, MupType1Session, MupType2Session};
pub use mvpn::{MvpnJoin, MvpnRoute, MvpnRouteType};
pub use route_target::{RouteTargetLengthError, RouteTargetMembership};
pub use sr_policy::SrPolicy;
pub use vpls::{VplsBlock, VplsDiscovery, VplsRoute};
pub use vpn::VpnPrefix;

use crate::{
    types::{Afi, Family, Prefix},
    wire::{AttributeCode, EncodeError, Fault, FaultKind, Treatment},
};

/// Tells several paths to one prefix apart (RFC 7911 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct PathId(pub u32);

/// One element of network layer reachability information.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Nlri {
    /// The destination.
    pub prefix: Prefix,
    /// Present exactly if ADD-PATH is in use for the family in this direction.
    pub path_id: Option<PathId>,
}

impl From<Prefix> for Nlri {
    fn from(prefix: Prefix) -> Self {
        Self {
            prefix,
            path_id: None,
        }
    }
}

impl fmt::Display for Nlri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.prefix, f)?;
        match self.path_id {
            Some(PathId(id)) => write!(f, " path {id}"),
            None => Ok(()),
        }
    }
}

/// The NLRI of an MP attribute, in the shape that its family has.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum NlriList {
    /// IPv4 or IPv6 unicast.
    Prefixes(Vec<Nlri>),
    /// Of a family that the codec does not know: all that follows the SAFI, so
    /// in MP_REACH_NLRI the next hop with its length too.
    Opaque(Bytes),
}

impl NlriList {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Prefixes(prefixes) => prefixes.is_empty(),
            Self::Opaque(octets) => octets.is_empty(),
        }
    }
}

impl fmt::Display for NlriList {
    /// The prefixes with blanks between, or how many octets there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefixes(prefixes) => prefixes.iter().try_for_each(|of| write!(f, " {of}")),
            Self::Opaque(octets) => write!(f, " {} octets", octets.len()),
        }
    }
}

/// The prefixes in a stretch of NLRI, read one by one.
///
/// Host bits are cleared (RFC 4271 §4.3). The first prefix that cannot be read
/// yields a [`Fault`] and ends the walk, since nothing after it can be found.
#[derive(Clone, Debug)]
pub struct Prefixes<'a> {
    rest: &'a [u8],
    afi: Afi,
    /// Octets of the message before `rest`.
    offset: usize,
    attribute: Option<AttributeCode>,
}

impl<'a> Prefixes<'a> {
    /// Prefixes of IPv6 if `afi` says so, else of IPv4.
    pub(super) fn new(
        octets: &'a [u8],
        afi: Afi,
        offset: usize,
        attribute: Option<AttributeCode>,
    ) -> Self {
        Self {
            rest: octets,
            afi,
            offset,
            attribute,
        }
    }

    fn read(&self) -> Option<(Prefix, &'a [u8])> {
        let (length, rest) = self.rest.split_first()?;
        let (octets, rest) = rest.split_at_checked(usize::from(length.div_ceil(8)))?;
        let addr = if self.afi == Afi::IPV6 {
            IpAddr::V6(Ipv6Addr::from(padded::<16>(octets)?))
        } else {
            IpAddr::V4(Ipv4Addr::from(padded::<4>(octets)?))
        };
        let prefix = Prefix::new(addr, *length).ok()?;
        Some((prefix, rest))
    }
}

impl Iterator for Prefixes<'_> {
    type Item = Result<Prefix, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some((prefix, rest)) = self.read() {
            let read = self.rest.len().saturating_sub(rest.len());
            self.offset = self.offset.saturating_add(read);
            self.rest = rest;
            return Some(Ok(prefix));
        }
        self.rest = &[];
        Some(Err(Fault {
            attribute: self.attribute,
            offset: self.offset,
            kind: FaultKind::Prefix,
            treatment: Treatment::SessionReset,
        }))
    }
}

/// `octets` at the front of `N`, zeros behind.
fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    out.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(out)
}

/// Octets that `prefix` takes.
pub(super) fn wire_len(prefix: Prefix) -> usize {
    usize::from(prefix.length().div_ceil(8)).saturating_add(1)
}

/// Appends one prefix of `family`.
pub(super) fn encode(nlri: Nlri, family: Family, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let Nlri { prefix, path_id } = nlri;
    if path_id.is_some() {
        return Err(EncodeError::PathId { family });
    }
    if prefix.family() != family {
        return Err(EncodeError::Nlri { family });
    }
    out.push(prefix.length());
    let length = usize::from(prefix.length().div_ceil(8));
    match prefix.addr() {
        IpAddr::V4(addr) => out.extend(addr.octets().iter().take(length)),
        IpAddr::V6(addr) => out.extend(addr.octets().iter().take(length)),
    }
    Ok(())
}
