//! What is there for a while, where the way is not safe without: a full mesh, or
//! nodes that reflect in the place of reflectors that change.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    vec::Vec,
};

use super::{
    edit::Edit,
    few::Few,
    unit::{Change, Kept, Unit},
};
use crate::{
    plan::inventory::{Dialect, Inventory, Mesh, Node, Remote, Scope},
    types::ClusterId,
};

/// Ways to go with some help, as units in place of those given.
pub(super) fn ways(from: &Inventory, to: &Inventory, few: &Few, units: &[Unit]) -> Vec<Vec<Unit>> {
    let mut ways = Vec::new();
    let stand_ins = stand_ins(from, to, few);
    let mesh = mesh(from, to);
    for helps in [stand_ins.clone(), mesh.clone(), [stand_ins, mesh].concat()] {
        if !helps.is_empty() && !ways.iter().any(|(of, _)| *of == helps.len()) {
            ways.push((helps.len(), with(helps, units)));
        }
    }
    ways.into_iter().map(|(_, way)| way).collect()
}

/// Help: what brings it, and what takes it away again.
type Help = (Unit, Unit);

/// Help comes before all else, and goes when all else but the last words is
/// done.
fn with(helps: Vec<Help>, units: &[Unit]) -> Vec<Unit> {
    let mut way = Vec::new();
    let mut ends = Vec::new();
    for (start, mut end) in helps {
        way.push(start);
        end.of = Some(Kept::Help);
        end.before = Vec::from([Kept::Rest, Kept::Filters]);
        ends.push(end);
    }
    let mut last = Vec::new();
    for unit in units {
        let mut unit = unit.clone();
        if matches!(unit.of, Some(Kept::Rest | Kept::Filters)) {
            last.push(unit);
        } else {
            unit.before.push(Kept::Help);
            way.push(unit);
        }
    }
    way.append(&mut ends);
    way.append(&mut last);
    way
}

fn mesh(from: &Inventory, to: &Inventory) -> Vec<Help> {
    if from.mesh.enabled || to.mesh.enabled || from.dialect != Dialect::Calico {
        return Vec::new();
    }
    let on = Mesh {
        enabled: true,
        ..from.mesh.clone()
    };
    let unit = |title: &str, mesh: &Mesh| {
        let edits = Vec::from([Edit::SetMesh(mesh.clone())]);
        Unit::new(title.into(), edits)
    };
    Vec::from([(
        unit("switch the full mesh on for a while", &on),
        unit("switch the full mesh off again", &from.mesh),
    )])
}

/// For each cluster of which a reflector changes, a node that does not and that
/// is as near to it as can be.
fn stand_ins(from: &Inventory, to: &Inventory, few: &Few) -> Vec<Help> {
    let by_name: BTreeMap<&str, &Node> = to.nodes.iter().map(|it| (it.name.as_str(), it)).collect();
    let same = |node: &Node| {
        by_name
            .get(node.name.as_str())
            .is_some_and(|it| **it == *node)
    };
    let mut clusters: BTreeMap<ClusterId, &Node> = BTreeMap::new();
    for node in from.nodes.iter().filter(|it| !same(it)) {
        if let Some(cluster) = node.cluster_id {
            clusters.entry(cluster).or_insert(node);
        }
    }
    let keys = few.keys();
    let pointed = pointed(from, to);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for (cluster, reflector) in clusters.into_iter().take(STAND_INS) {
        let free = from.nodes.iter().filter(|node| {
            let plain = node.cluster_id.is_none() && same(node) && few.keeps(&node.name);
            plain && !taken.contains(node.name.as_str()) && !pointed.contains(node.name.as_str())
        });
        let near = |node: &&Node| {
            let domains = node.domains.iter();
            domains
                .filter(|(kind, name)| reflector.domains.get(*kind) == Some(*name))
                .count()
        };
        let Some(node) = free.max_by_key(near) else {
            continue;
        };
        taken.insert(&node.name);
        let labels = reflector
            .labels
            .iter()
            .filter(|(key, _)| keys.contains(*key));
        let labels = labels
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let start = format!(
            "let {:?} reflect for {:?} for a while",
            node.name, reflector.name
        );
        let end = format!("make {:?} a node like the others again", node.name);
        let change = Change::StandIn(node.name.clone(), labels, cluster);
        found.push((
            Unit::of_changes(start, Vec::from([change])),
            Unit::of_changes(
                end,
                Vec::from([Change::Role(node.name.clone(), BTreeSet::new())]),
            ),
        ));
    }
    found
}

/// Nodes that peerings name.
fn pointed<'a>(from: &'a Inventory, to: &'a Inventory) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for of in [from, to] {
        for peering in &of.peerings {
            if let Scope::Node(name) = &peering.local {
                names.insert(name.as_str());
            }
            if let Remote::Address(remote) = &peering.remote {
                let own = |it: &&Node| {
                    let mut own = it.ipv4.iter().chain(&it.ipv6);
                    own.any(|it| it.addr == remote.addr)
                };
                names.extend(of.nodes.iter().find(own).map(|it| it.name.as_str()));
            }
        }
    }
    names
}

/// How many nodes stand in at most.
const STAND_INS: usize = 4;
