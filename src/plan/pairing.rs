//! Both ends of every session, and whether they fit.

use alloc::{string::String, vec::Vec};

use super::{
    end::SessionEnd,
    finding::Finding,
    inventory::{InterfaceAddress, Inventory, Neighbor, Underlay},
};
use crate::types::{Asn, ClusterId, Prefix, RouterId};

/// Which sessions there will be, and what is wrong with them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Plan {
    /// The nodes in their order, then the routers of the fabric in theirs.
    pub routers: Vec<PlannedRouter>,
    /// Every session once, by the first of its routers.
    pub sessions: Vec<Session>,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// Which addresses reach each other without BGP.
    pub underlay: Underlay,
}

/// A node or router with all its session ends.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PlannedRouter {
    /// Its name.
    pub name: String,
    /// Whether it is a node of the cluster.
    pub in_cluster: bool,
    /// Its AS.
    pub asn: Asn,
    /// Its BGP Identifier.
    pub router_id: RouterId,
    /// Its cluster as a reflector, where one was given.
    pub cluster_id: Option<ClusterId>,
    /// Where it listens: 179 by default.
    pub listen_port: u16,
    /// Its addresses.
    pub addresses: Vec<InterfaceAddress>,
    /// What it announces.
    pub originates: Vec<Prefix>,
    /// Its session ends: IPv4 before IPv6, then by
    /// [`SessionEnd::protocol_name`].
    pub ends: Vec<SessionEnd>,
    /// What [`Origin::Fabric`](super::Origin::Fabric) points to.
    pub neighbors: Vec<Neighbor>,
}

/// One planned session: both ends where both are known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Session {
    /// The end that was found first.
    pub a: EndRef,
    /// The other end; `None` when nobody we know has it.
    pub b: Option<EndRef>,
    /// Whether it comes up.
    pub verdict: Verdict,
}

/// An end by its place in a [`Plan`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EndRef {
    /// Index in [`Plan::routers`].
    pub router: usize,
    /// Index in [`PlannedRouter::ends`].
    pub end: usize,
}

/// Whether a session comes up, or why not.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Verdict {
    /// It does.
    Established,
    /// The other router does not want it.
    HalfOpen,
    /// An end expects another AS.
    AsMismatch,
    /// Nobody we know has the neighbour's address.
    UnknownRemote,
    /// Nobody dials.
    BothPassive,
    /// Whoever dials does so at a port where nobody listens.
    PortMismatch,
    /// A second session between two addresses that already have one.
    Duplicate,
}

/// Expands an inventory and pairs the ends.
pub fn plan(inventory: &Inventory) -> Plan {
    let _ = inventory;
    todo!()
}
