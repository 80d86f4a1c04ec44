//! Both ends of every session, and whether they fit.

//!
//! A pair of addresses has one session, whoever wants it how often: the first
//! end of each side, by protocol name, is the one that connections go to.

mod identity;
mod judge;
mod mesh;

use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::net::IpAddr;

use super::{
    end::{Origin, SessionEnd},
    expansion::{Expansion, plain_end},
    filter::Filter,
    finding::{Cause, Code, Finding},
    inventory::{Dialect, Domains, InterfaceAddress, Inventory, Neighbor, Node, Router, Underlay},
    terms::{self, Own, Whole},
};
use crate::types::{Asn, ClusterId, Family, Prefix, RouterId};
use judge::Pairing;

/// Which sessions there will be, and what is wrong with them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Plan {
    /// The nodes in their order, then the routers of the fabric in theirs.
    pub routers: Vec<PlannedRouter>,
    /// Every session once, by the first of its routers; but for those of
    /// `meshes`.
    pub sessions: Vec<Session>,
    /// Full meshes of more sessions than were to be listed.
    pub meshes: Vec<MeshSummary>,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// Which addresses reach each other without BGP.
    pub underlay: Underlay,
    /// What the filters say that ends name.
    pub filters: Vec<Filter>,
}

/// A full mesh whose sessions are counted and not listed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MeshSummary {
    /// Its family.
    pub family: Family,
    /// Its nodes, by their indices in [`Plan::routers`].
    pub members: Vec<usize>,
    /// How many sessions it has.
    pub sessions: u64,
    /// How many of them stay down, since an end expects another AS.
    pub mismatched: u64,
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
    /// What it shares the fate of.
    pub domains: Domains,
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

impl Plan {
    /// How many sessions of a kind there are, those of meshes included.
    pub fn count(&self, verdict: Verdict) -> u64 {
        let listed = self.sessions.iter().filter(|it| it.verdict == verdict);
        let listed = u64::try_from(listed.count()).unwrap_or(u64::MAX);
        let meshes = self.meshes.iter().map(|mesh| match verdict {
            Verdict::Established => mesh.sessions.saturating_sub(mesh.mismatched),
            Verdict::AsMismatch => mesh.mismatched,
            _ => 0,
        });
        listed.saturating_add(meshes.sum())
    }

    /// The end at a place.
    pub fn end(&self, end: EndRef) -> Option<&SessionEnd> {
        self.routers.get(end.router)?.ends.get(end.end)
    }

    /// The cluster that a router stamps routes with, if it reflects any.
    pub fn cluster_of(&self, router: usize) -> Option<ClusterId> {
        let router = self.routers.get(router)?;
        let stamps = router.ends.iter().find_map(|end| end.reflector_client);
        router.cluster_id.or(stamps)
    }
}

/// Expands an inventory and pairs the ends. A full mesh of more than
/// [`MESH_LISTED`] sessions is summarised.
pub fn plan(inventory: &Inventory) -> Plan {
    plan_listing(inventory, MESH_LISTED)
}

/// As [`plan`], with another limit to the mesh sessions that are listed.
pub fn plan_listing(inventory: &Inventory, most: u64) -> Plan {
    let expansion = Expansion::new(inventory);
    let meshes = mesh::summaries(inventory, &expansion, most);
    let mut findings = expansion.findings().to_vec();
    let mut routers = Vec::new();
    for (index, node) in inventory.nodes.iter().enumerate() {
        routers.push(planned_node(
            inventory,
            (&expansion, &meshes),
            (index, node),
            &mut findings,
        ));
    }
    for (index, router) in inventory.routers.iter().enumerate() {
        routers.push(planned_router(inventory, (index, router), &mut findings));
    }
    identity::check(inventory, &routers, &mut findings);
    let sessions = Pairing::new(inventory, &routers, &mut findings).sessions();
    mesh::check(inventory, &routers, &meshes, &mut findings);
    findings.sort();
    findings.dedup();
    Plan {
        routers,
        sessions,
        meshes,
        findings,
        underlay: inventory.underlay,
        filters: inventory.filters.clone(),
    }
}

/// Pairs the ends of routers that are given, and judges nothing else.
pub(super) fn pair(inventory: &Inventory, routers: Vec<PlannedRouter>) -> Plan {
    let mut findings = Vec::new();
    let sessions = Pairing::new(inventory, &routers, &mut findings).sessions();
    Plan {
        routers,
        sessions,
        meshes: Vec::new(),
        findings,
        underlay: inventory.underlay,
        filters: Vec::new(),
    }
}

fn planned_node(
    inventory: &Inventory,
    (expansion, meshes): (&Expansion<'_>, &[MeshSummary]),
    (index, node): (usize, &Node),
    findings: &mut Vec<Finding>,
) -> PlannedRouter {
    let listed = |family| meshes.iter().all(|it| it.family != family);
    let ends = expansion.ends_with(index, listed);
    let router_id = identity::router_id(node.router_id, node.ipv4.as_slice(), index);
    let mut addresses: Vec<_> = node.ipv4.into_iter().chain(node.ipv6).collect();
    // Sessions may have addresses of their own.
    for end in &ends {
        if addresses.iter().all(|it| it.addr != end.local) {
            let addr = end.local;
            addresses.push(InterfaceAddress { addr, length: None });
        }
    }
    let planned = PlannedRouter {
        name: node.name.clone(),
        in_cluster: true,
        asn: inventory.as_of(node),
        router_id: router_id.0,
        cluster_id: node.cluster_id,
        listen_port: inventory.port_of(node).unwrap_or(BGP_PORT),
        addresses,
        originates: node.advertised.clone(),
        ends,
        neighbors: Vec::new(),
        domains: node.domains.clone(),
    };
    let mut finding = |code, message, causes: Vec<Cause>| {
        let subjects = Vec::from([node.name.clone()]);
        findings.push(Finding::new(code, subjects, message).because(causes));
    };
    let own = |fact| Vec::from([terms::of_router(inventory, &planned, fact)]);
    if node.ipv4.is_none() && node.ipv6.is_none() {
        let message = format!("node {:?} has no address and peers with nobody", node.name);
        finding(Code::NoAddress, message, own(Own::Address));
    } else if planned.ends.is_empty()
        && !meshes
            .iter()
            .any(|it| it.members.binary_search(&index).is_ok())
    {
        let message = format!("node {:?} peers with nobody", node.name);
        let mesh = terms::of_cluster(inventory, Whole::Mesh);
        let causes = match (node.cluster_id, inventory.dialect) {
            (Some(_), _) => own(Own::ClusterId),
            (None, Dialect::Calico | Dialect::KubeRouter) => Vec::from([mesh]),
            // The others have no mesh to be in.
            _ => own(Own::RouterId),
        };
        finding(Code::Isolated, message, causes);
    }
    if let (id, true) = router_id {
        let message = format!(
            "node {:?} has no IPv4 address to take its router id from: {id} is used",
            node.name
        );
        finding(Code::DerivedRouterId, message, own(Own::RouterId));
    }
    planned
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
            password: neighbor.password.clone().map(Arc::new),
            ttl_security: neighbor.ttl_security,
            hops: neighbor.hops,
            hold_time: neighbor.hold_time,
            bfd: neighbor.bfd,
            allow_local_as: neighbor.allow_local_as,
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
        domains: router.domains.clone(),
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

pub(super) const BGP_PORT: u16 = 179;

/// How many sessions of a mesh [`plan()`] lists: those of 707 nodes.
pub const MESH_LISTED: u64 = 250_000;
