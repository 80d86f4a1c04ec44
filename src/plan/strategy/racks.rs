//! Top-of-rack routers: those there are, and those that would have to be built.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use core::net::IpAddr;

use super::{TopOfRack, Unfit, addresses::Unused};
use crate::{
    plan::{
        Inventory,
        inventory::{Node, Router},
    },
    types::{Asn, Family},
};

/// Racks, and the routers outside the cluster with those that are proposed.
#[derive(Clone, Debug)]
pub(super) struct Racks {
    /// The kind of failure domain.
    pub(super) kind: String,
    pub(super) all: Vec<Rack>,
    /// Routers above the leaves, by their places in `routers`.
    pub(super) spines: Vec<usize>,
    /// Those of the inventory, then those that are proposed; without new
    /// neighbours.
    pub(super) routers: Vec<Router>,
    /// How many of `routers` are the inventory's.
    pub(super) given: usize,
}

/// One rack.
#[derive(Clone, Debug)]
pub(super) struct Rack {
    pub(super) name: String,
    pub(super) nodes: Vec<usize>,
    /// By their places in [`Racks::routers`].
    pub(super) leaves: Vec<usize>,
    /// The AS of the first leaf.
    pub(super) asn: Asn,
}

impl Racks {
    /// `joins`: whether nodes are to be in their leaves' AS.
    pub(super) fn new(of: &TopOfRack, inventory: &Inventory, joins: bool) -> Result<Self, Unfit> {
        for (field, found) in [("leaves", of.leaves), ("spines", of.spines)] {
            if found == 0 {
                let least = 1;
                return Err(Unfit::TooSmall {
                    field,
                    found,
                    least,
                });
            }
        }
        let by_router = reached(inventory);
        let mut nodes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, node) in inventory.nodes.iter().enumerate() {
            let leaf = by_router.get(&at).and_then(|it| it.first());
            let leaf = leaf.and_then(|it| inventory.routers.get(*it));
            let behind = leaf.map(|it| it.domains.get(&of.kind).unwrap_or(&it.name));
            let Some(name) = node.domains.get(&of.kind).or(behind) else {
                let (name, kind) = (node.name.clone(), of.kind.clone());
                return Err(Unfit::NoDomain { name, kind });
            };
            nodes.entry(name.clone()).or_default().push(at);
        }
        let mut racks = Self {
            kind: of.kind.clone(),
            all: Vec::new(),
            spines: Vec::new(),
            routers: inventory.routers.clone(),
            given: inventory.routers.len(),
        };
        let mut unused = Unused::new(inventory);
        let families = families(inventory);
        let needed = nodes.iter().filter(|(rack, nodes)| {
            let leaves = given_leaves(inventory, &by_router, (&of.kind, rack.as_str()), nodes);
            leaves.is_empty()
        });
        let builds = needed.count() > 0;
        // One number for all spines, before the leaves'.
        let spine_as = builds.then(|| unused.number(of.numbers));
        let mut leaves = BTreeSet::new();
        for (name, nodes) in nodes {
            let given = given_leaves(inventory, &by_router, (&of.kind, &name), &nodes);
            let rack = if given.is_empty() {
                let asn = unused.number(of.numbers);
                let new = (0..of.leaves).map(|at| {
                    let leaf = format!("{name}-leaf-{at}");
                    let domain = (of.kind.clone(), name.clone());
                    racks.propose(leaf, asn, Some(domain), (&mut unused, &families))
                });
                let leaves = new.collect();
                Rack {
                    name,
                    nodes,
                    leaves,
                    asn,
                }
            } else {
                let asn = racks.shared_as((&of.kind, &name), &given, joins)?;
                Rack {
                    name,
                    nodes,
                    leaves: given,
                    asn,
                }
            };
            leaves.extend(rack.leaves.iter().copied());
            racks.all.push(rack);
        }
        racks.spines = (0..racks.given).filter(|it| !leaves.contains(it)).collect();
        if let (true, true, Some(asn)) = (racks.spines.is_empty(), racks.all.len() > 1, spine_as) {
            for at in 0..of.spines {
                let name = format!("spine-{at}");
                let spine = racks.propose(name, asn, None, (&mut unused, &families));
                racks.spines.push(spine);
            }
        }
        Ok(racks)
    }

    fn propose(
        &mut self,
        name: String,
        asn: Asn,
        domain: Option<(String, String)>,
        (unused, families): (&mut Unused, &[Family]),
    ) -> usize {
        let (id, addresses) = unused.router(families);
        self.routers.push(Router {
            name,
            asn,
            router_id: Some(id),
            cluster_id: None,
            interfaces: addresses.into_iter().flatten().collect(),
            networks: Vec::new(),
            neighbors: Vec::new(),
            domains: domain.into_iter().collect(),
        });
        self.routers.len().saturating_sub(1)
    }

    /// The AS of a rack's leaves.
    fn shared_as(
        &self,
        (kind, rack): (&str, &str),
        leaves: &[usize],
        joins: bool,
    ) -> Result<Asn, Unfit> {
        let ases: BTreeSet<Asn> = leaves
            .iter()
            .filter_map(|it| self.routers.get(*it))
            .map(|it| it.asn)
            .collect();
        let mut each = ases.iter();
        match (each.next(), each.next()) {
            (Some(a), Some(b)) if joins => Err(Unfit::LeavesDiffer {
                kind: kind.into(),
                rack: rack.into(),
                a: a.0,
                b: b.0,
            }),
            (first, _) => Ok(first.copied().unwrap_or(Asn::ZERO)),
        }
    }

    /// How many routers are proposed.
    pub(super) fn new_routers(&self) -> usize {
        self.routers.len().saturating_sub(self.given)
    }

    /// Whether a router is proposed.
    pub(super) const fn is_new(&self, router: usize) -> bool {
        router >= self.given
    }

    /// Where a leaf's end of sessions with a rack's nodes is.
    pub(super) fn leaf_address(
        &self,
        leaf: usize,
        rack: &Rack,
        inventory: &Inventory,
        family: Family,
    ) -> Option<IpAddr> {
        let of_family =
            |it: &&crate::plan::inventory::InterfaceAddress| Family::unicast_of(it.addr) == family;
        let router = self.routers.get(leaf)?;
        let interfaces = || router.interfaces.iter().filter(of_family);
        let nodes = || rack.nodes.iter().filter_map(|at| inventory.nodes.get(*at));
        let near = interfaces().find(|it| {
            let network = it.network();
            nodes()
                .filter_map(|node| node.address(family))
                .any(|it| network.contains(it.addr))
        });
        near.or_else(|| interfaces().next()).map(|it| it.addr)
    }

    /// The routers above a leaf that it peers with.
    pub(super) fn spines_above(&self, leaf: usize) -> impl Iterator<Item = usize> + '_ {
        let router = self.routers.get(leaf);
        let neighbors = router.map(|it| it.neighbors.as_slice()).unwrap_or_default();
        let spines = self.spines.iter().copied();
        spines.filter(move |it| {
            let spine = self.routers.get(*it);
            let own = spine.map(|it| it.interfaces.as_slice()).unwrap_or_default();
            let peers = || {
                own.iter()
                    .any(|own| neighbors.iter().any(|it| it.address == own.addr))
            };
            self.is_new(leaf) || self.is_new(*it) || peers()
        })
    }

    /// How many routers above a leaf it peers with.
    pub(super) fn spines_of(&self, leaf: usize) -> usize {
        self.spines_above(leaf).count()
    }
}

/// The families that nodes have addresses of.
pub(super) fn families(inventory: &Inventory) -> Vec<Family> {
    let all = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    let has = |family: &Family| {
        let mut nodes = inventory.nodes.iter();
        nodes.any(|node| node.address(*family).is_some())
    };
    all.into_iter().filter(has).collect()
}

/// Of each node, the routers on its subnet or that peer with it.
fn reached(inventory: &Inventory) -> BTreeMap<usize, Vec<usize>> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut at: BTreeMap<IpAddr, usize> = BTreeMap::new();
    for (number, node) in inventory.nodes.iter().enumerate() {
        let own = node.ipv4.into_iter().chain(node.ipv6);
        at.extend(own.map(|it| (it.addr, number)));
    }
    for (number, router) in inventory.routers.iter().enumerate() {
        let peers = router.neighbors.iter();
        let mut near: BTreeSet<usize> = peers
            .filter_map(|it| at.get(&it.address).copied())
            .collect();
        if near.is_empty() {
            let networks: Vec<_> = router.interfaces.iter().map(|it| it.network()).collect();
            let on = |node: &Node| {
                let mut own = node.ipv4.into_iter().chain(node.ipv6);
                own.any(|it| networks.iter().any(|net| net.contains(it.addr)))
            };
            let nodes = inventory.nodes.iter().enumerate();
            near.extend(nodes.filter(|(_, node)| on(node)).map(|(at, _)| at));
        }
        for node in near {
            found.entry(node).or_default().push(number);
        }
    }
    found
}

/// The routers of a rack: by their domain, or where they have none by the nodes
/// they reach.
fn given_leaves(
    inventory: &Inventory,
    by_router: &BTreeMap<usize, Vec<usize>>,
    (kind, rack): (&str, &str),
    nodes: &[usize],
) -> Vec<usize> {
    let domain = |at: usize| inventory.routers.get(at)?.domains.get(kind);
    let reached = nodes.iter().filter_map(|it| by_router.get(it)).flatten();
    let reached = reached.copied().filter(|it| domain(*it).is_none());
    let named = 0..inventory.routers.len();
    let named = named.filter(|it| domain(*it).is_some_and(|it| it == rack));
    let all: BTreeSet<usize> = reached.chain(named).collect();
    all.into_iter().collect()
}
