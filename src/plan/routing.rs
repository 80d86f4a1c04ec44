//! What nodes do with routes beside telling neighbours of them: the pools that
//! pods' addresses are from, the ranges of services, and how the kernel gets to
//! know routes.
//!
//! No session depends on any of it. It decides what nodes announce, and it is
//! what a node's configuration holds beside its neighbours.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::filter::FilterCommunity;
use crate::types::Prefix;

/// How a cluster's nodes treat routes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Routing {
    /// Where pods' addresses are from, in the order they were given.
    pub pools: Vec<Pool>,
    /// Ranges of services' addresses, which every node announces.
    pub services: Vec<ServiceRange>,
    /// Which routes to other nodes the BGP daemon programs.
    pub program: Programmed,
    /// The kernel's metric of usual IPv4 routes; 1024 by default. Lower ones
    /// are of workloads that are on the move.
    pub priority_v4: u32,
    /// The same of IPv6 routes.
    pub priority_v6: u32,
    /// What the daemon logs, or its own choice.
    pub logging: Option<Logging>,
    /// Interfaces whose subnets are not looked at, or patterns of their names.
    pub ignored_interfaces: Vec<String>,
    /// Whether the daemon listens at the node's address alone, and not at all.
    pub bind_node_address: bool,
    /// Communities that announced routes get.
    pub marks: Vec<Mark>,
    /// What holds for single nodes, by their names.
    pub nodes: BTreeMap<String, NodeRouting>,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            pools: Vec::new(),
            services: Vec::new(),
            program: Programmed::default(),
            priority_v4: NORMAL_PRIORITY,
            priority_v6: NORMAL_PRIORITY,
            logging: None,
            ignored_interfaces: Vec::new(),
            bind_node_address: false,
            marks: Vec::new(),
            nodes: BTreeMap::new(),
        }
    }
}

impl Routing {
    /// The kernel's metric of usual routes of a family.
    pub const fn priority(&self, v4: bool) -> u32 {
        if v4 {
            self.priority_v4
        } else {
            self.priority_v6
        }
    }
}

/// What holds for one node.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct NodeRouting {
    /// Blocks that it has and does not announce: those of pools that are not
    /// exported.
    pub withheld: Vec<Prefix>,
    /// Blocks that it is about to have.
    pub pending: Vec<Prefix>,
    /// Addresses of services that it announces since it has an endpoint, or
    /// since no range has them.
    pub services: Vec<Prefix>,
    /// What its daemon logs, in place of the cluster's.
    pub logging: Option<Logging>,
    /// Its communities, in place of the cluster's.
    pub marks: Option<Vec<Mark>>,
}

/// A range of pods' addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Pool {
    /// Its resource's name.
    pub name: String,
    /// The range.
    pub prefix: Prefix,
    /// How packets for it go from node to node.
    pub tunnel: Tunnel,
    /// Whether routes in it are announced.
    pub exported: bool,
}

/// How packets go from node to node.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Tunnel {
    /// As they are.
    #[default]
    None,
    /// In IP packets.
    IpIp,
    /// In IP packets, where the other node is on another subnet.
    IpIpCrossSubnet,
    /// In VXLAN.
    Vxlan,
    /// In VXLAN, where the other node is on another subnet.
    VxlanCrossSubnet,
}

/// A range of services' addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct ServiceRange {
    /// The range.
    pub prefix: Prefix,
    /// Whose addresses are in it.
    pub kind: ServiceKind,
}

/// Kinds of services' addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ServiceKind {
    /// For the cluster itself.
    Cluster,
    /// Given by hand, for those outside.
    External,
    /// Given by a load balancer, for those outside.
    LoadBalancer,
}

/// Which routes to other nodes the BGP daemon programs; others are left to the
/// node's agent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Programmed {
    /// Those without a tunnel.
    #[default]
    WithoutTunnel,
    /// Those over IP in IP too.
    All,
    /// None.
    Nothing,
}

/// How much the BGP daemon logs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(missing_docs, reason = "the usual levels")]
#[non_exhaustive]
pub enum Logging {
    Debug,
    Info,
    Warning,
    Error,
    Fatal,
    None,
}

/// Communities for the announced routes inside a prefix.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Mark {
    /// Which routes.
    pub prefix: Prefix,
    /// What is added to them.
    pub communities: Vec<FilterCommunity>,
}

/// The label of nodes that announce no services for those outside, if it is
/// `true`.
pub(super) const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

const NORMAL_PRIORITY: u32 = 1024;
