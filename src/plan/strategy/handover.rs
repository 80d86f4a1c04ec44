//! A reflector's role, given to another node in whatever way the peerings say
//! who reflects.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
};

use super::{Requirements, Unfit};
use crate::{
    plan::{
        Inventory,
        inventory::{Node, Remote, Scope},
    },
    types::Family,
};

/// The inventory with a reflector's role at another node: its cluster id, the
/// labels by which peerings tell reflectors from others, and peerings with its
/// address.
///
/// Who takes it is like the reflector in all other labels that peerings look at;
/// of these, whoever is pinned, shares most of its racks and zones, and carries
/// no pods, in this order. A node without a role has none to give: the inventory
/// is the same.
///
/// # Errors
/// If there is no such node, or nobody may take the role.
pub fn hand_over(
    inventory: &Inventory,
    node: &str,
    requirements: &Requirements,
) -> Result<Inventory, Unfit> {
    let found = inventory.nodes.iter().find(|it| it.name == node);
    let Some(from) = found else {
        return Err(Unfit::UnknownNode {
            list: "hand_over",
            name: node.into(),
        });
    };
    if from.cluster_id.is_none() {
        return Ok(inventory.clone());
    }
    let looked_at = looked_at(inventory);
    let clients = || inventory.nodes.iter().filter(|it| it.cluster_id.is_none());
    let taken: BTreeSet<(&String, &String)> = clients().flat_map(|it| &it.labels).collect();
    // A value that no client has is what marks a reflector.
    let role: BTreeMap<&String, &String> = from
        .labels
        .iter()
        .filter(|it| looked_at.contains(it.0) && !taken.contains(it))
        .collect();
    let same = |it: &Node| {
        let mut others = looked_at.iter().filter(|key| !role.contains_key(*key));
        others.all(|key| it.labels.get(*key) == from.labels.get(*key))
    };
    let families = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    let reachable = |it: &Node| {
        let mut families = families.iter();
        families.all(|of| from.address(*of).is_none() || it.address(*of).is_some())
    };
    let fit = clients().filter(|it| {
        !requirements.forbidden.contains(&it.name) && it.name != node && same(it) && reachable(it)
    });
    let shared = |it: &Node| {
        let domains = it.domains.iter();
        let shared = domains.filter(|(kind, name)| from.domains.get(*kind) == Some(name));
        shared.count()
    };
    let pods = |it: &Node| !it.advertised.is_empty() && !requirements.dedicated.contains(&it.name);
    let best = fit.min_by_key(|it| {
        let asked = requirements.pinned.contains(&it.name);
        (!asked, core::cmp::Reverse(shared(it)), pods(it))
    });
    let Some(to) = best else {
        return Err(Unfit::NoHeir { name: node.into() });
    };
    Ok(moved(inventory, from, to, &role))
}

fn moved(
    inventory: &Inventory,
    from: &Node,
    to: &Node,
    role: &BTreeMap<&String, &String>,
) -> Inventory {
    let mut next = inventory.clone();
    for node in &mut next.nodes {
        if node.name == from.name {
            node.cluster_id = None;
            node.labels.retain(|key, _| !role.contains_key(key));
        } else if node.name == to.name {
            node.cluster_id = from.cluster_id;
            let marks = role.iter();
            let marks = marks.map(|(key, value)| ((*key).clone(), (*value).clone()));
            node.labels.extend(marks);
        }
    }
    for peering in &mut next.peerings {
        if matches!(&peering.local, Scope::Node(name) if *name == from.name) {
            peering.local = Scope::Node(to.name.clone());
        }
        if let Remote::Address(remote) = &mut peering.remote {
            let family = Family::unicast_of(remote.addr);
            let is = |of: &Node| of.address(family).map(|it| it.addr);
            if let (true, Some(addr)) = (is(from) == Some(remote.addr), is(to)) {
                remote.addr = addr;
                remote.text = addr.to_string();
            }
        }
    }
    next
}

/// The labels that peerings look at.
fn looked_at(inventory: &Inventory) -> BTreeSet<&String> {
    let mut found = BTreeSet::new();
    for peering in &inventory.peerings {
        if let Scope::Selector(of) = &peering.local {
            of.expression().labels(&mut found);
        }
        if let Remote::Selector(of) = &peering.remote {
            of.expression().labels(&mut found);
        }
    }
    found
}
