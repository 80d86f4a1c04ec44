//! Both ends of every session, and whether they fit.

//!
//! A pair of addresses has one session, whoever wants it how often: the first
//! end of each side, by protocol name, is the one that connections go to.

mod identity;
mod judge;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::IpAddr;

use super::{
    end::{Origin, SessionEnd},
    expansion::{Expansion, plain_end},
    finding::{Code, Finding},
    inventory::{InterfaceAddress, Inventory, Neighbor, Node, Router, Underlay},
};
use crate::types::{Asn, ClusterId, Prefix, RouterId};
use judge::Pairing;

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
    let expansion = Expansion::new(inventory);
    let mut findings = expansion.findings().to_vec();
    let mut routers = Vec::new();
    for (index, node) in inventory.nodes.iter().enumerate() {
        routers.push(planned_node(
            inventory,
            &expansion,
            (index, node),
            &mut findings,
        ));
    }
    for (index, router) in inventory.routers.iter().enumerate() {
        routers.push(planned_router(inventory, (index, router), &mut findings));
    }
    identity::check(&routers, &mut findings);
    let sessions = Pairing::new(&routers, &mut findings).sessions();
    findings.sort();
    findings.dedup();
    Plan {
        routers,
        sessions,
        findings,
        underlay: inventory.underlay,
    }
}

fn planned_node(
    inventory: &Inventory,
    expansion: &Expansion<'_>,
    (index, node): (usize, &Node),
    findings: &mut Vec<Finding>,
) -> PlannedRouter {
    let ends = expansion.ends(index);
    let mut finding = |code, message| {
        findings.push(Finding::new(code, Vec::from([node.name.clone()]), message));
    };
    if node.ipv4.is_none() && node.ipv6.is_none() {
        let message = format!("node {:?} has no address and peers with nobody", node.name);
        finding(Code::NoAddress, message);
    } else if ends.is_empty() {
        let message = format!("node {:?} peers with nobody", node.name);
        finding(Code::Isolated, message);
    }
    let router_id = identity::router_id(node.router_id, node.ipv4.as_slice(), index);
    if let (id, true) = router_id {
        let message = format!(
            "node {:?} has no IPv4 address to take its router id from: {id} is used",
            node.name
        );
        finding(Code::DerivedRouterId, message);
    }
    PlannedRouter {
        name: node.name.clone(),
        in_cluster: true,
        asn: inventory.as_of(node),
        router_id: router_id.0,
        cluster_id: node.cluster_id,
        listen_port: inventory.port_of(node).unwrap_or(BGP_PORT),
        addresses: node.ipv4.into_iter().chain(node.ipv6).collect(),
        originates: node.advertised.clone(),
        ends,
        neighbors: Vec::new(),
    }
}

fn planned_router(
    inventory: &Inventory,
    (index, router): (usize, &Router),
    findings: &mut Vec<Finding>,
) -> PlannedRouter {
    let index = inventory.nodes.len().saturating_add(index);
    let (router_id, derived) = identity::router_id(router.router_id, &router.interfaces, index);
    let name = &router.name;
    if derived {
        let message = format!("router {name:?} has no IPv4 address: router id {router_id} is used");
        let subjects = Vec::from([name.clone()]);
        findings.push(Finding::new(Code::DerivedRouterId, subjects, message));
    }
    let mut ends = Vec::new();
    for (index, neighbor) in router.neighbors.iter().enumerate() {
        let address = neighbor.address;
        let subjects = || Vec::from([name.clone(), address.to_string()]);
        let Some(local) = local_address(inventory.underlay, router, neighbor) else {
            let message = format!("router {name:?} has no interface towards neighbour {address}");
            findings.push(Finding::new(Code::NoLocalAddress, subjects(), message));
            continue;
        };
        let silent = neighbor.import.is_none() || neighbor.export.is_none();
        if neighbor.asn != router.asn && silent {
            let message = format!(
                "router {name:?} says not both what it imports from and what it exports to its \
                 external neighbour {address}: what is left out is nothing (RFC 8212)"
            );
            findings.push(Finding::new(Code::NoExternalPolicy, subjects(), message));
        }
        let cluster = router.cluster_id.unwrap_or_else(|| router_id.into());
        ends.push(SessionEnd {
            passive: neighbor.passive,
            reflector_client: neighbor.reflector_client.then_some(cluster),
            ..plain_end(
                Origin::Fabric(index),
                (local, router.asn),
                (address, neighbor.asn),
            )
        });
    }
    ends.sort_by_cached_key(|end| (end.neighbor.is_ipv6(), end.protocol_name()));
    PlannedRouter {
        name: name.clone(),
        in_cluster: false,
        asn: router.asn,
        router_id,
        cluster_id: router.cluster_id,
        listen_port: BGP_PORT,
        addresses: router.interfaces.clone(),
        originates: router.networks.clone(),
        ends,
        neighbors: router.neighbors.clone(),
    }
}

/// Where a router's end is: as given, or on the neighbour's subnet, or
/// anywhere if the underlay carries it.
fn local_address(underlay: Underlay, router: &Router, neighbor: &Neighbor) -> Option<IpAddr> {
    let same_family =
        |interface: &&InterfaceAddress| interface.addr.is_ipv4() == neighbor.address.is_ipv4();
    let interfaces = || router.interfaces.iter().filter(same_family);
    let anywhere = match underlay {
        Underlay::Routed => interfaces().next(),
        Underlay::Connected => None,
    };
    let near = interfaces().find(|interface| interface.network().contains(neighbor.address));
    let found = || near.or(anywhere).map(|interface| interface.addr);
    neighbor.local_address.or_else(found)
}

const BGP_PORT: u16 = 179;
