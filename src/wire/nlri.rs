//! Network layer reachability information: what an UPDATE announces or
//! withdraws (RFC 4271 §4.3, RFC 4760 §5).
//!
//! An [`NlriList`] keeps what it holds as the octets of the wire, in canonical
//! form: a full table's message is copied once, compared in one step, and read
//! without a failure, as [`Nlri`] where the family is one of prefixes and as
//! [`AnyNlri`] whatever it is.

mod destination;
mod evpn;
mod flowspec;
mod labeled;
pub(super) mod list;
mod multicast;
mod mup;
mod mvpn;
pub(super) mod prefixes;
#[cfg(test)]
mod probe;
mod read;
mod route_target;
mod sr_policy;
mod text;
mod vpls;
mod vpn;

use core::fmt;

use crate::types::Prefix;

pub(super) use destination::Shape;

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
pub use list::NlriList;
pub use multicast::MulticastFlow;
pub use mup::{MupRoute, MupRouteType, MupSource, MupType1Session, MupType2Session};
pub use mvpn::{MvpnJoin, MvpnRoute, MvpnRouteType};
pub use prefixes::Prefixes;
pub use route_target::{RouteTargetLengthError, RouteTargetMembership};
pub use sr_policy::SrPolicy;
pub use text::ParseNlriError;
pub use vpls::{VplsBlock, VplsDiscovery, VplsRoute};
pub use vpn::VpnPrefix;

/// Tells several paths to one prefix apart (RFC 7911 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct PathId(pub u32);

/// One prefix of a unicast or multicast family.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Nlri {
    /// The destination.
    pub prefix: Prefix,
    /// Present exactly if ADD-PATH is in use for the family in this direction.
    #[cfg_attr(feature = "serde", serde(default))]
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

/// One element of NLRI of any family.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct AnyNlri {
    /// Present exactly if ADD-PATH is in use for the family in this direction.
    #[cfg_attr(feature = "serde", serde(default))]
    pub path_id: Option<PathId>,
    /// What it names.
    pub destination: Destination,
}

impl From<Nlri> for AnyNlri {
    fn from(nlri: Nlri) -> Self {
        Self {
            path_id: nlri.path_id,
            destination: Destination::Prefix(nlri.prefix),
        }
    }
}

impl From<Prefix> for AnyNlri {
    fn from(prefix: Prefix) -> Self {
        Nlri::from(prefix).into()
    }
}

impl From<Destination> for AnyNlri {
    fn from(destination: Destination) -> Self {
        Self {
            path_id: None,
            destination,
        }
    }
}

impl fmt::Display for AnyNlri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.destination, f)?;
        path(self.path_id, f)
    }
}

impl fmt::Display for Nlri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.prefix, f)?;
        path(self.path_id, f)
    }
}

fn path(id: Option<PathId>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match id {
        Some(PathId(id)) => write!(f, " path {id}"),
        None => Ok(()),
    }
}
