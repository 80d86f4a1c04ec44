//! Few nodes of each kind stand for thousands.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use super::Edit;
use crate::{
    plan::{
        inventory::{Domains, InterfaceAddress, Inventory, Node, Remote, Scope},
        selector::{Expression, Selector},
    },
    types::{Asn, ClusterId, Family, Prefix},
};

/// The names of the nodes that are looked at.
pub(super) struct Few {
    kept: BTreeSet<String>,
    /// The labels that selectors look at.
    keys: BTreeSet<String>,
}

/// What makes a node one of a kind: all that selectors and sessions look at, but
/// its name, its addresses and what it announces.
type Kind = (
    Vec<Option<String>>,
    Option<Asn>,
    Option<ClusterId>,
    (Option<Prefix>, Option<Prefix>),
    Option<u16>,
    Domains,
);

/// A node before and after, and in which part of the cluster it moves.
type Both = (Option<Kind>, Option<Kind>, Option<usize>);

impl Few {
    pub(super) fn new(from: &Inventory, to: &Inventory) -> Self {
        let mut keys = BTreeSet::new();
        let mut named: BTreeSet<&str> = BTreeSet::new();
        let mut addresses = BTreeSet::new();
        for of in [from, to] {
            for peering in &of.peerings {
                match &peering.local {
                    Scope::Node(name) => drop(named.insert(name)),
                    Scope::Selector(selector) => collect(selector, &mut keys),
                    Scope::Global => {}
                }
                match &peering.remote {
                    Remote::Selector(selector) => collect(selector, &mut keys),
                    Remote::Address(remote) => drop(addresses.insert(remote.addr)),
                }
            }
            for router in &of.routers {
                addresses.extend(router.neighbors.iter().map(|it| it.address));
            }
        }
        let find = |of: &'_ Inventory| -> BTreeMap<String, Node> {
            let nodes = of.nodes.iter();
            nodes.map(|it| (it.name.clone(), it.clone())).collect()
        };
        let (old, new) = (find(from), find(to));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let mut kinds: BTreeMap<Both, usize> = BTreeMap::new();
        let places: BTreeMap<&str, usize> = to
            .nodes
            .iter()
            .map(|it| it.name.as_str())
            .zip(0..)
            .collect();
        let mut kept = BTreeSet::new();
        let few = names.len() <= ALL;
        for name in names {
            let of = |nodes: &BTreeMap<String, Node>| nodes.get(name).map(|it| kind(it, &keys));
            let (x, y) = (of(&old), of(&new));
            let both = old.get(name).zip(new.get(name));
            let moves = both.is_some_and(|(x, y)| from.as_of(x) != to.as_of(y));
            let changes_role = both.is_some_and(|(x, y)| x.cluster_id != y.cluster_id);
            // Those that change their AS do so a part of the cluster at a time.
            let place = places.get(name.as_str()).filter(|_| moves);
            let part = place.and_then(|at| at.saturating_mul(PARTS).checked_div(to.nodes.len()));
            let has = |nodes: &BTreeMap<String, Node>| {
                nodes.get(name).is_some_and(|node| {
                    let own = node.ipv4.into_iter().chain(node.ipv6);
                    own.into_iter().any(|it| addresses.contains(&it.addr))
                })
            };
            let count = kinds.entry((x, y, part)).or_default();
            *count = count.saturating_add(1);
            let most = if part.is_some() { OF_A_PART } else { OF_A_KIND };
            let of_role = changes_role && *count <= ROLES;
            let pointed = named.contains(name.as_str()) || has(&old) || has(&new);
            let pointed = pointed && *count <= ROLES;
            if few || *count <= most || of_role || pointed {
                kept.insert(name.clone());
            }
        }
        Self { kept, keys }
    }

    /// The labels that selectors look at.
    pub(super) const fn keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    pub(super) fn keeps(&self, name: &str) -> bool {
        self.kept.contains(name)
    }

    /// An inventory of those nodes.
    pub(super) fn of(&self, inventory: &Inventory) -> Inventory {
        let mut few = inventory.clone();
        few.nodes.retain(|node| self.kept.contains(&node.name));
        few
    }

    /// Carries out a change as far as it concerns them.
    pub(super) fn apply(&self, edit: &Edit, inventory: &mut Inventory) {
        let of_other = match edit {
            Edit::SetNode(node) => !self.kept.contains(&node.name),
            _ => false,
        };
        if !of_other {
            edit.apply(inventory);
        }
    }
}

fn kind(node: &Node, keys: &BTreeSet<String>) -> Kind {
    let labels = keys.iter().map(|key| node.labels.get(key).cloned());
    let network = |family| node.address(family).map(InterfaceAddress::network);
    (
        labels.collect(),
        node.asn,
        node.cluster_id,
        (
            network(Family::IPV4_UNICAST).filter(|it| it.length() < 32),
            network(Family::IPV6_UNICAST).filter(|it| it.length() < 128),
        ),
        node.listen_port,
        node.domains.clone(),
    )
}

/// The labels that a selector looks at.
fn collect(selector: &Selector, keys: &mut BTreeSet<String>) {
    let mut open = Vec::from([selector.expression()]);
    while let Some(expression) = open.pop() {
        match expression {
            Expression::Has(key)
            | Expression::Equal(key, _)
            | Expression::NotEqual(key, _)
            | Expression::Contains(key, _)
            | Expression::StartsWith(key, _)
            | Expression::EndsWith(key, _)
            | Expression::In(key, _)
            | Expression::NotIn(key, _) => drop(keys.insert(key.clone())),
            Expression::Not(inner) => open.push(inner),
            Expression::And(all) | Expression::Or(all) => open.extend(all),
            _ => {}
        }
    }
}

/// Clusters of so many nodes are looked at whole.
const ALL: usize = 24;
/// In how many parts of the cluster nodes of a kind are looked at that change
/// their AS: twice as many as move at a time.
const PARTS: usize = 8;
/// How many of a kind are looked at.
const OF_A_KIND: usize = 3;
/// How many of a kind and a part of the cluster.
const OF_A_PART: usize = 2;
/// How many of a kind whose role changes, or that others point to by address.
const ROLES: usize = 4;
