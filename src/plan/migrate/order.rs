//! The changes between two inventories, in the order in which they are tried.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    Edit,
    unit::{Change, Kept, Unit},
};
use crate::{
    plan::inventory::{Inventory, Mesh, MeshNeighborAs, Node},
    types::Asn,
};

/// The units, best first by what is usually safe: what adds sessions, then roles
/// one by one, then what takes sessions away.
pub(super) fn units(from: &Inventory, to: &Inventory) -> Vec<Unit> {
    let mut units = Vec::new();
    routers(from, to, &mut units);
    defaults(from, to, &mut units);
    pinned(from, to, &mut units);
    new_nodes(from, to, &mut units);
    mesh(from, to, true, &mut units);
    filters(from, to, &mut units);
    peerings(from, to, &mut units);
    let nodes: Nodes<'_> = from.nodes.iter().map(|it| (it.name.as_str(), it)).collect();
    roles(&nodes, to, &mut units);
    ases((from, &nodes), to, &mut units);
    others((from, &nodes), to, &mut units);
    mesh(from, to, false, &mut units);
    gone(from, to, &mut units);
    old_filters(from, to, &mut units);
    units
}

fn routers(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    for router in &to.routers {
        let old = from.routers.iter().find(|it| it.name == router.name);
        if old == Some(router) {
            continue;
        }
        let verb = if old.is_some() { "change" } else { "set up" };
        let title = format!("{verb} the router {:?}", router.name);
        let edits = Vec::from([Edit::SetRouter(Box::new(router.clone()))]);
        units.push(Unit::new(title, edits));
    }
}

/// Nodes without an AS of their own keep theirs when the cluster's changes: they
/// are given it first, and get the new one with the others.
fn defaults(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    if (from.default_as, from.listen_port) == (to.default_as, to.listen_port) {
        return;
    }
    let title = if from.default_as == to.default_as {
        String::from("change the cluster's port")
    } else {
        format!("make {} the AS of nodes that name none", to.default_as)
    };
    let mut unit = Unit::new(
        title,
        Vec::from([Edit::SetDefaults {
            asn: to.default_as,
            port: to.listen_port,
        }]),
    );
    unit.of = Some(Kept::Ases);
    units.push(unit);
}

/// Whether any node's AS changes.
fn ases_change(from: &Inventory, to: &Inventory) -> bool {
    let old: BTreeMap<&str, &Node> = from.nodes.iter().map(|it| (it.name.as_str(), it)).collect();
    to.nodes.iter().any(|new| {
        let old = old.get(new.name.as_str());
        old.is_some_and(|old| from.as_of(old) != to.as_of(new))
    })
}

/// Where ASes change one by one, every node first names the one it has: a mesh
/// neighbour without one is taken for an AS that it is not.
fn pinned(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    let local = from.mesh.neighbor_as == MeshNeighborAs::Local;
    let changes = ases_change(from, to);
    let needed = from.mesh.enabled && local || from.default_as != to.default_as;
    if !changes || !needed {
        return;
    }
    let kept: BTreeSet<&str> = to.nodes.iter().map(|it| it.name.as_str()).collect();
    let nodes = from.nodes.iter().filter(|node| node.asn.is_none());
    let nodes = nodes.filter(|node| kept.contains(node.name.as_str()));
    let changes: Vec<Change> = nodes
        .map(|node| Change::As(node.name.clone(), from.default_as))
        .collect();
    if changes.is_empty() {
        return;
    }
    let title = format!(
        "write AS {} into the {} nodes that take it from the cluster",
        from.default_as,
        changes.len()
    );
    let mut unit = Unit::of_changes(title, changes);
    unit.before = Vec::from([Kept::Ases, Kept::Rest]);
    units.push(unit);
}

fn new_nodes(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    let old: BTreeSet<&str> = from.nodes.iter().map(|it| it.name.as_str()).collect();
    let new = to.nodes.iter().filter(|it| !old.contains(it.name.as_str()));
    let edits: Vec<Edit> = new.map(|it| Edit::SetNode(Box::new(it.clone()))).collect();
    match edits.as_slice() {
        [] => {}
        [one] => {
            let title = format!("add the node {:?}", one.subject());
            units.push(Unit::new(title, edits));
        }
        many => {
            let title = format!("add {} nodes", many.len());
            units.push(Unit::new(title, edits));
        }
    }
}

/// The mesh, on before what needs it and off behind what replaces it.
fn mesh(from: &Inventory, to: &Inventory, on: bool, units: &mut Vec<Unit>) {
    if from.mesh == to.mesh || to.mesh.enabled != on {
        return;
    }
    let mut plain = Mesh {
        enabled: from.mesh.enabled,
        ..to.mesh.clone()
    };
    plain.neighbor_as = from.mesh.neighbor_as;
    if !on && (plain.password.is_some() || plain.restart_time.is_some()) {
        (plain.password, plain.restart_time) = (None, None);
    }
    let settings = |of: &Mesh| (of.password.clone(), of.restart_time);
    if from.mesh.enabled && settings(&plain) != settings(&from.mesh) {
        let title = if on {
            "change the mesh's password or restart time"
        } else {
            "take the mesh's password and restart time away, which Calico refuses without a mesh"
        };
        let mut unit = Unit::new(title.into(), Vec::from([Edit::SetMesh(plain)]));
        unit.before.push(Kept::Mesh);
        units.push(unit);
    }
    let title = match (from.mesh.enabled, on) {
        (false, true) => "switch the full mesh on",
        (true, false) => "switch the full mesh off",
        _ => "change the full mesh",
    };
    let mut unit = Unit::new(title.into(), Vec::from([Edit::SetMesh(to.mesh.clone())]));
    unit.of = Some(Kept::Mesh);
    units.push(unit);
}

fn peerings(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    for peering in &to.peerings {
        let old = from.peerings.iter().find(|it| it.name == peering.name);
        if old == Some(peering) {
            continue;
        }
        let edit = Edit::SetPeering(Box::new(peering.clone()));
        let Some(old) = old else {
            let title = format!("add the peering {:?}", peering.name);
            units.push(Unit::new(title, Vec::from([edit])));
            continue;
        };
        let title = format!("change the peering {:?}", peering.name);
        if (&old.local, &old.remote) == (&peering.local, &peering.remote) {
            units.push(Unit::new(title, Vec::from([edit])));
            continue;
        }
        // What it leads to changes: the new sessions come beside the old ones,
        // under another name for a while.
        let mut beside = peering.clone();
        let taken = |name: &String| {
            let mut all = from.peerings.iter().chain(&to.peerings);
            all.any(|it| it.name == *name)
        };
        beside.name.push_str("-next");
        while taken(&beside.name) {
            beside.name.push_str("-next");
        }
        let name = beside.name.clone();
        let start = format!("add {name:?}, what {:?} will be, beside it", peering.name);
        let mut first = Unit::new(start, Vec::from([Edit::SetPeering(Box::new(beside))]));
        first.before.push(Kept::Peering(peering.name.clone()));
        let mut second = Unit::new(title, Vec::from([edit]));
        second.of = Some(Kept::Peering(peering.name.clone()));
        second.before.push(Kept::Peering(name.clone()));
        let end = format!("take {name:?} away again");
        let mut last = Unit::new(end, Vec::from([Edit::RemovePeering(name.clone())]));
        last.of = Some(Kept::Peering(name));
        units.extend([first, second, last]);
    }
}

/// Filters: new ones before the peerings that name them, and old ones after.
fn filters(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    for filter in &to.filters {
        let old = from.filters.iter().find(|it| it.name == filter.name);
        if old == Some(filter) {
            continue;
        }
        let verb = if old.is_some() { "change" } else { "add" };
        let title = format!("{verb} the filter {:?}", filter.name);
        let edits = Vec::from([Edit::SetFilter(filter.clone())]);
        units.push(Unit::new(title, edits));
    }
}

/// The running plan's nodes, by name.
type Nodes<'a> = BTreeMap<&'a str, &'a Node>;

/// Labels and cluster ids: those of reflectors one by one, in one change; of the
/// others together, with such labels of reflectors as others have too.
fn roles(nodes: &Nodes<'_>, to: &Inventory, units: &mut Vec<Unit>) {
    let both = to.nodes.iter().filter_map(|new| {
        let old = *nodes.get(new.name.as_str())?;
        let differs = old.cluster_id != new.cluster_id || old.labels != new.labels;
        differs.then_some((old, new))
    });
    let (plain, reflectors): (Vec<_>, Vec<_>) =
        both.partition(|(old, new)| old.cluster_id == new.cluster_id);
    let keys: BTreeSet<String> = plain
        .iter()
        .flat_map(|(old, new)| differing_keys(old, new))
        .collect();
    let mut changes: Vec<Change> = plain
        .iter()
        .map(|(_, new)| Change::Role(new.name.clone(), BTreeSet::new()))
        .collect();
    let mut taken: Vec<Unit> = Vec::new();
    for (old, new) in reflectors {
        let own = differing_keys(old, new);
        if own.iter().any(|key| keys.contains(key)) {
            changes.push(Change::Labels(new.name.clone(), keys.clone()));
        }
        let title = match (old.cluster_id, new.cluster_id) {
            (None, Some(id)) => format!("make {:?} a reflector of cluster {id}", new.name),
            (_, Some(id)) => format!("make {id} the cluster of {:?}", new.name),
            (_, None) => format!("make {:?} a node like the others", new.name),
        };
        let mut unit = Unit::of_changes(
            title,
            Vec::from([Change::Role(new.name.clone(), keys.clone())]),
        );
        unit.before.push(Kept::Rest);
        if new.cluster_id.is_some() {
            units.push(unit);
        } else {
            taken.push(unit);
        }
    }
    if !changes.is_empty() {
        let title = format!("change the labels of {} nodes", changes.len());
        let mut unit = Unit::of_changes(title, changes);
        unit.before.push(Kept::Rest);
        units.insert(0, unit);
    }
    // Who is to reflect comes before who is not to any more.
    units.append(&mut taken);
}

/// The keys of labels that two nodes have not alike.
fn differing_keys(old: &Node, new: &Node) -> Vec<String> {
    let keys: BTreeSet<&String> = old.labels.keys().chain(new.labels.keys()).collect();
    let keys = keys.into_iter();
    keys.filter(|key| old.labels.get(*key) != new.labels.get(*key))
        .cloned()
        .collect()
}

/// ASes, rack by rack, or all nodes of one new AS together; reflectors one by
/// one.
fn ases((from, nodes): (&Inventory, &Nodes<'_>), to: &Inventory, units: &mut Vec<Unit>) {
    let mut groups: BTreeMap<(String, Option<&str>, Asn), Vec<Change>> = BTreeMap::new();
    for new in &to.nodes {
        let Some(old) = nodes.get(new.name.as_str()) else {
            continue;
        };
        let asn = to.as_of(new);
        if from.as_of(old) == asn {
            continue;
        }
        let rack = new.domains.get("rack").or_else(|| new.domains.get("zone"));
        // Reflectors must not all be away at once.
        let reflects = old.cluster_id.or(new.cluster_id).is_some();
        let alone = reflects.then_some(new.name.as_str());
        let group = (rack.cloned().unwrap_or_default(), alone, asn);
        let change = Change::As(new.name.clone(), asn);
        groups.entry(group).or_default().push(change);
    }
    let most = from.nodes.len() / 2;
    for ((rack, alone, asn), changes) in groups {
        // Where that is most of the cluster, a part at a time can be emptied.
        let batch = if changes.len() > most {
            from.nodes.len().div_ceil(4).max(1)
        } else {
            changes.len().max(1)
        };
        for changes in changes.chunks(batch) {
            let title = match alone {
                Some(name) => format!("move the reflector {name:?} to AS {asn}"),
                None if rack.is_empty() => format!("move {} nodes to AS {asn}", changes.len()),
                None => format!("move {} nodes of {rack} to AS {asn}", changes.len()),
            };
            let mut unit = Unit::of_changes(title, changes.to_vec());
            unit.of = Some(Kept::Ases);
            unit.before.push(Kept::Rest);
            units.push(unit);
        }
    }
}

/// What else differs at nodes, and what was written down for a while.
fn others((from, nodes): (&Inventory, &Nodes<'_>), to: &Inventory, units: &mut Vec<Unit>) {
    let pins = ases_change(from, to);
    let mut changes: Vec<Change> = Vec::new();
    let mut moved: Vec<Unit> = Vec::new();
    for new in &to.nodes {
        let Some(old) = nodes.get(new.name.as_str()) else {
            continue;
        };
        let rest = |of: &Node| {
            let mut rest = of.clone();
            rest.labels.clear();
            rest.domains.clear();
            (rest.cluster_id, rest.asn) = (None, None);
            rest
        };
        let change = Change::Rest(new.name.clone());
        if (old.ipv4, old.ipv6) != (new.ipv4, new.ipv6) {
            let title = format!("change the addresses of {:?}", new.name);
            let mut unit = Unit::of_changes(title, Vec::from([change]));
            unit.of = Some(Kept::Rest);
            moved.push(unit);
        } else if rest(old) != rest(new) || pins || old.asn != new.asn {
            changes.push(change);
        }
    }
    if !changes.is_empty() {
        let title = format!("write the last changes into {} nodes", changes.len());
        let mut unit = Unit::of_changes(title, changes);
        unit.of = Some(Kept::Rest);
        units.push(unit);
    }
    units.append(&mut moved);
}

fn gone(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    let kept: BTreeSet<&str> = to.peerings.iter().map(|it| it.name.as_str()).collect();
    let old = from
        .peerings
        .iter()
        .filter(|it| !kept.contains(it.name.as_str()));
    for peering in old {
        let title = format!("take the peering {:?} away", peering.name);
        let edits = Vec::from([Edit::RemovePeering(peering.name.clone())]);
        units.push(Unit::new(title, edits));
    }
    let kept: BTreeSet<&str> = to.nodes.iter().map(|it| it.name.as_str()).collect();
    for node in from
        .nodes
        .iter()
        .filter(|it| !kept.contains(it.name.as_str()))
    {
        let title = format!("empty the node {:?} and take it away", node.name);
        let edits = Vec::from([Edit::RemoveNode(node.name.clone())]);
        units.push(Unit::new(title, edits));
    }
    let kept: BTreeSet<&str> = to.routers.iter().map(|it| it.name.as_str()).collect();
    for router in from
        .routers
        .iter()
        .filter(|it| !kept.contains(it.name.as_str()))
    {
        let title = format!("take the router {:?} away", router.name);
        let edits = Vec::from([Edit::RemoveRouter(router.name.clone())]);
        units.push(Unit::new(title, edits));
    }
}

/// Filters that go, once no peering names them.
fn old_filters(from: &Inventory, to: &Inventory, units: &mut Vec<Unit>) {
    let kept: BTreeSet<&str> = to.filters.iter().map(|it| it.name.as_str()).collect();
    let old = from.filters.iter();
    let mut gone: Vec<Unit> = Vec::new();
    for filter in old.filter(|it| !kept.contains(it.name.as_str())) {
        let title = format!("take the filter {:?} away", filter.name);
        let edits = Vec::from([Edit::RemoveFilter(filter.name.clone())]);
        let mut unit = Unit::new(title, edits);
        unit.of = Some(Kept::Filters);
        gone.push(unit);
    }
    if !gone.is_empty() {
        for unit in units.iter_mut() {
            unit.before.push(Kept::Filters);
        }
    }
    units.append(&mut gone);
}
