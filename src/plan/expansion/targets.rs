//! Whom explicit peerings lead to: three passes, as Calico makes them.
//!
//! Global peerings first, then those of nodes, then the reverse of both. A
//! target's key is its address as written and its port; the first to have a key
//! keeps it, and a global one hides a node's. Calico walks peerings of one pass
//! in no fixed order, so two of them that give one key different settings are
//! reported as a conflict; what is planned then goes by the order given.

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::net::IpAddr;

use crate::{
    plan::{
        end::Origin,
        finding::{Code, Finding},
        inventory::{Inventory, Node, Peering, Remote, RemoteAddress, Scope},
        terms::{self, Fact},
    },
    types::{Asn, ClusterId, Family},
};

/// Every node's targets.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    global: BTreeMap<Key, Target>,
    nodes: Vec<BTreeMap<Key, Target>>,
    pub(super) findings: Vec<Finding>,
}

/// One neighbour-to-be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    pub(super) origin: Origin,
    pub(super) peering: usize,
    pub(super) form: Form,
    pub(super) addr: IpAddr,
    pub(super) text: Option<Arc<str>>,
    pub(super) port: Option<u16>,
    pub(super) asn: Asn,
    /// The neighbour's cluster, as far as the peering can know it.
    pub(super) cluster_id: Option<ClusterId>,
    pub(super) may_be_passive: bool,
}

/// Where a target's facts come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// From the peering.
    Address,
    /// From the neighbour's node.
    Node,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    addr: IpAddr,
    text: Option<Arc<str>>,
    port: Option<u16>,
}

impl Target {
    pub(super) fn addr_text(&self) -> String {
        match &self.text {
            Some(text) => text.to_string(),
            None => self.addr.to_string(),
        }
    }

    fn key(&self) -> Key {
        Key {
            addr: self.addr,
            text: self.text.clone(),
            port: self.port,
        }
    }
}

impl Targets {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let mut pass = Passes {
            inventory,
            targets: Self {
                nodes: alloc::vec![BTreeMap::new(); inventory.nodes.len()],
                ..Self::default()
            },
        };
        let peerings = || inventory.peerings.iter().enumerate();
        for (index, peering) in peerings().filter(|(_, p)| p.local == Scope::Global) {
            pass.global(index, peering);
        }
        for (index, peering) in peerings().filter(|(_, p)| p.local != Scope::Global) {
            pass.of_nodes(index, peering);
        }
        for (index, peering) in peerings().filter(|(_, p)| p.reverse) {
            pass.reverse(index, peering);
        }
        pass.targets.findings.sort();
        pass.targets.findings.dedup();
        pass.targets
    }

    /// The global targets, then the node's own.
    pub(super) fn of_node(&self, node: usize) -> impl Iterator<Item = &Target> {
        let own = self.nodes.get(node).into_iter().flatten();
        let own = own.filter(|(key, _)| !self.global.contains_key(key));
        self.global.iter().chain(own).map(|(_, target)| target)
    }
}

struct Passes<'a> {
    inventory: &'a Inventory,
    targets: Targets,
}

impl<'a> Passes<'a> {
    fn global(&mut self, index: usize, peering: &Peering) {
        let forward = self.forward(index, peering, &Origin::Global(index));
        if forward.is_empty() {
            self.unused(index, "no neighbour", Fact::Neighbor);
        }
        for target in forward {
            self.insert(None, target);
        }
    }

    fn of_nodes(&mut self, index: usize, peering: &Peering) {
        let local: Vec<_> = self.in_scope(&peering.local).map(|(i, _)| i).collect();
        let forward = self.forward(index, peering, &Origin::Node(index));
        if local.is_empty() {
            self.unused(index, "no node", Fact::Nodes);
        } else if forward.is_empty() {
            self.unused(index, "no neighbour", Fact::Neighbor);
        }
        for node in local {
            for target in &forward {
                self.insert(Some(node), target.clone());
            }
        }
    }

    fn reverse(&mut self, index: usize, peering: &Peering) {
        let (near, family): (Vec<usize>, _) = match &peering.remote {
            Remote::Selector(selector) => {
                let nodes = self.inventory.nodes.iter().enumerate();
                let near = nodes.filter(|(_, node)| selector.matches(&node.labels));
                (near.map(|(i, _)| i).collect(), None)
            }
            Remote::Address(remote) => {
                let near = self.owners(remote).filter(|(_, node)| {
                    self.has_as(node, remote.asn) && self.port_fits(node, remote.port)
                });
                let family = Family::unicast_of(remote.addr);
                (near.map(|(i, _)| i).collect(), Some(family))
            }
        };
        if near.is_empty() {
            return;
        }
        let far: Vec<Target> = self
            .in_scope(&peering.local)
            .flat_map(|(_, node)| self.node_targets(index, &Origin::Reverse(index), node))
            .filter(|target| family.is_none_or(|f| f == Family::unicast_of(target.addr)))
            .filter(|target| !self.targets.global.contains_key(&target.key()))
            .collect();
        for node in near {
            for target in &far {
                self.insert(Some(node), target.clone());
            }
        }
    }

    /// What a peering's own direction leads to.
    fn forward(&self, index: usize, peering: &Peering, origin: &Origin) -> Vec<Target> {
        match &peering.remote {
            Remote::Selector(selector) => {
                let nodes = self.inventory.nodes.iter();
                let matching = nodes.filter(|node| selector.matches(&node.labels));
                matching
                    .flat_map(|node| self.node_targets(index, origin, node))
                    .collect()
            }
            Remote::Address(remote) => Vec::from([self.address_target(index, origin, remote)]),
        }
    }

    fn address_target(&self, index: usize, origin: &Origin, remote: &RemoteAddress) -> Target {
        let owner = self
            .owners(remote)
            .find(|(_, node)| self.has_as(node, remote.asn));
        let inherited = owner.and_then(|(_, node)| self.inventory.port_of(node));
        let canonical = remote.addr.to_string() == remote.text;
        Target {
            origin: origin.clone(),
            peering: index,
            form: Form::Address,
            addr: remote.addr,
            text: (!canonical).then(|| Arc::from(remote.text.as_str())),
            port: remote.port.or(inherited),
            asn: remote.asn,
            cluster_id: None,
            may_be_passive: matches!(origin, Origin::Global(_))
                && self.owners(remote).next().is_some(),
        }
    }

    fn node_targets(
        &self,
        index: usize,
        origin: &Origin,
        node: &Node,
    ) -> impl Iterator<Item = Target> + use<> {
        let (port, asn) = (self.inventory.port_of(node), self.inventory.as_of(node));
        let (origin, cluster_id) = (origin.clone(), node.cluster_id);
        let addresses = node.ipv4.into_iter().chain(node.ipv6);
        addresses.map(move |address| Target {
            origin: origin.clone(),
            peering: index,
            form: Form::Node,
            addr: address.addr,
            text: None,
            port,
            asn,
            cluster_id,
            may_be_passive: false,
        })
    }

    fn in_scope(&self, scope: &'a Scope) -> impl Iterator<Item = (usize, &'a Node)> + use<'a> {
        let nodes = self.inventory.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| match scope {
            Scope::Global => true,
            Scope::Node(name) => node.name == *name,
            Scope::Selector(selector) => selector.matches(&node.labels),
        })
    }

    /// The nodes that have this address, written just so.
    fn owners(&self, remote: &RemoteAddress) -> impl Iterator<Item = (usize, &'a Node)> + use<'a> {
        let canonical = remote.addr.to_string() == remote.text;
        let addr = remote.addr;
        let nodes = self.inventory.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| {
            let own = node.address(Family::unicast_of(addr));
            canonical && own.is_some_and(|own| own.addr == addr)
        })
    }

    fn has_as(&self, node: &Node, asn: Asn) -> bool {
        let wanted = if asn == Asn::ZERO {
            self.inventory.default_as
        } else {
            asn
        };
        self.inventory.as_of(node) == wanted
    }

    /// A given port must equal the node's and the cluster's, where they have one.
    fn port_fits(&self, node: &Node, port: Option<u16>) -> bool {
        let fits = |own: Option<u16>| port.is_none() || own.is_none() || own == port;
        fits(node.listen_port) && fits(self.inventory.listen_port)
    }

    fn insert(&mut self, node: Option<usize>, target: Target) {
        let map = match node {
            None => Some(&mut self.targets.global),
            Some(node) => self.targets.nodes.get_mut(node),
        };
        let Some(map) = map else { return };
        match map.entry(target.key()) {
            Entry::Vacant(entry) => {
                entry.insert(target);
            }
            Entry::Occupied(entry) => {
                let first = entry.get();
                if in_conflict(self.inventory, first, &target) {
                    let finding = conflict(self.inventory, first, &target);
                    self.targets.findings.push(finding);
                }
            }
        }
    }

    fn unused(&mut self, index: usize, what: &str, fact: Fact) {
        let Some(peering) = self.inventory.peerings.get(index) else {
            return;
        };
        let message = format!("peering {:?} applies to {what}", peering.name);
        let subjects = Vec::from([peering.name.clone()]);
        let cause = terms::of_peering(self.inventory, index, fact);
        let finding = Finding::new(Code::UnusedPeering, subjects, message).because([cause]);
        self.targets.findings.push(finding);
    }
}

/// Whether two targets of one pass and key would give different sessions.
fn in_conflict(inventory: &Inventory, a: &Target, b: &Target) -> bool {
    let same_pass = core::mem::discriminant(&a.origin) == core::mem::discriminant(&b.origin);
    let peerings = &inventory.peerings;
    let (Some(p), Some(q)) = (peerings.get(a.peering), peerings.get(b.peering)) else {
        return false;
    };
    let facts = |t: &Target| (t.form, t.asn, t.cluster_id, t.may_be_passive);
    same_pass && a.peering != b.peering && (facts(a) != facts(b) || p.settings != q.settings)
}

fn conflict(inventory: &Inventory, a: &Target, b: &Target) -> Finding {
    let name = |target: &Target| {
        let peering = inventory.peerings.get(target.peering);
        peering.map_or_else(String::new, |peering| peering.name.clone())
    };
    let causes = [a, b].map(|it| terms::of_peering(inventory, it.peering, Fact::Neighbor));
    let (a, b, addr) = (name(a), name(b), a.addr);
    Finding::new(
        Code::Conflict,
        Vec::from([a.clone(), b.clone()]),
        format!(
            "peerings {a:?} and {b:?} give the session with {addr} different settings, and \
             Calico takes either"
        ),
    )
    .because(causes)
}
