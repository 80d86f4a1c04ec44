//! From roles to an inventory: labels, cluster ids, peerings, the mesh's switch,
//! and the routers outside.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::IpAddr;

use super::{
    ClusterIds, Levels, Reflectors, Requirements, Span, Strategy, Unfit,
    addresses::Unused,
    fabric,
    layout::{GROUP, Group, Layout, PLANE, REFLECTOR, ROLE, TOP},
};
use crate::{
    plan::{
        Inventory,
        inventory::{Node, Peering, PeeringSettings, Remote, Scope},
        selector::{Expression, Selector},
    },
    types::{Asn, ClusterId},
};

/// The inventory with a strategy carried out.
///
/// Peerings between nodes, and iBGP with routers outside, give way to the
/// strategy's; eBGP with the outside stays as it is. Reflectors that the
/// inventory has keep their role and cluster id where they can.
///
/// # Errors
/// If the strategy does not fit.
///
/// ```
/// use bgpwright::plan::{Mode, generate, plan};
/// use bgpwright::plan::strategy::{Reflectors, Requirements, Strategy, apply};
///
/// let mesh = generate(50, Mode::Mesh);
/// let strategy = Strategy::Reflectors(Reflectors::new(2));
/// let reflected = apply(&strategy, &mesh, &Requirements::default())?;
/// let plan = plan(&reflected);
/// assert_eq!(plan.sessions.len(), 2 * 48 + 1);
/// assert!(plan.findings.is_empty());
/// # Ok::<(), bgpwright::plan::strategy::Unfit>(())
/// ```
pub fn apply(
    strategy: &Strategy,
    inventory: &Inventory,
    requirements: &Requirements,
) -> Result<Inventory, Unfit> {
    let layout = Layout::new(strategy, inventory, requirements)?;
    realise(strategy, inventory, &layout)
}

/// As [`apply`], with the roles given.
pub(super) fn realise(
    strategy: &Strategy,
    inventory: &Inventory,
    layout: &Layout,
) -> Result<Inventory, Unfit> {
    let mut next = bare(inventory);
    match strategy {
        Strategy::FullMesh => next.mesh.enabled = true,
        Strategy::Reflectors(of) => reflectors(&mut next, inventory, of, layout),
        Strategy::TopOfRack(_) => {
            if let Some(racks) = &layout.racks {
                fabric::joined(&mut next, racks)?;
            }
        }
        Strategy::Mixed(of) => {
            reflectors(&mut next, inventory, &of.reflectors, layout);
            if let Some(racks) = &layout.racks {
                fabric::beside(&mut next, racks)?;
            }
        }
    }
    Ok(next)
}

/// The nodes in one AS, without roles and without peerings between them.
fn bare(inventory: &Inventory) -> Inventory {
    let mut next = inventory.clone();
    next.mesh.enabled = false;
    let addresses: BTreeSet<IpAddr> = next
        .nodes
        .iter()
        .flat_map(|it| it.ipv4.into_iter().chain(it.ipv6))
        .map(|it| it.addr)
        .collect();
    let own: BTreeSet<Asn> = next.nodes.iter().map(|it| inventory.as_of(it)).collect();
    next.peerings.retain(|it| match &it.remote {
        Remote::Address(it) => !addresses.contains(&it.addr) && !own.contains(&it.asn),
        Remote::Selector(_) => false,
    });
    for router in &mut next.routers {
        let asn = router.asn;
        let internal = own.contains(&asn);
        router
            .neighbors
            .retain(|it| !(internal && addresses.contains(&it.address)));
        for neighbor in &mut router.neighbors {
            if addresses.contains(&neighbor.address) {
                neighbor.asn = inventory.default_as;
            }
        }
    }
    for node in &mut next.nodes {
        node.asn = None;
        node.cluster_id = None;
        let ours = |value: &String| [REFLECTOR, TOP].contains(&value.as_str());
        if node.labels.get(ROLE).is_some_and(ours) {
            node.labels.remove(ROLE);
        }
        node.labels.remove(GROUP);
        node.labels.remove(PLANE);
    }
    next
}

fn reflectors(next: &mut Inventory, before: &Inventory, of: &Reflectors, layout: &Layout) {
    // What BGP no longer has a mesh for.
    next.mesh.password = None;
    next.mesh.restart_time = None;
    let mut ids = Ids {
        before,
        unused: Unused::new(before),
        taken: BTreeSet::new(),
    };
    let two = of.levels == Levels::Two;
    role(next, &layout.tops, TOP, two);
    ids.give(next, &layout.tops, of.cluster_ids);
    for group in &layout.groups {
        role(next, &group.reflectors, REFLECTOR, two);
        ids.give(next, &group.reflectors, of.cluster_ids);
    }
    let is = |value: &str| equal(ROLE, value);
    if of.span == Span::Cluster && !two {
        next.peerings.push(peering(
            "to-reflectors".into(),
            Expression::All,
            is(REFLECTOR),
        ));
        return;
    }
    let label = group_label(next, &of.span, &layout.groups);
    for group in &layout.groups {
        let mine = || equal(&label, &group.name);
        let local = if two {
            Expression::And(Vec::from([
                mine(),
                Expression::NotEqual(ROLE.into(), TOP.into()),
            ]))
        } else {
            mine()
        };
        let name = format!("{}-to-reflectors", resource_name(&group.name));
        let remote = Expression::And(Vec::from([mine(), is(REFLECTOR)]));
        next.peerings.push(peering(name, local, remote));
    }
    if !two {
        let (local, remote) = (is(REFLECTOR), is(REFLECTOR));
        next.peerings
            .push(peering("reflectors".into(), local, remote));
        return;
    }
    for plane in 0..layout.tops.len() {
        let in_plane =
            |value: &str| Expression::And(Vec::from([is(value), equal(PLANE, &plane.to_string())]));
        let (local, remote) = (in_plane(TOP), in_plane(REFLECTOR));
        next.peerings
            .push(peering(format!("plane-{plane}"), local, remote));
    }
    if layout.tops.len() > 1 {
        next.peerings
            .push(peering("top-reflectors".into(), is(TOP), is(TOP)));
    }
}

fn role(next: &mut Inventory, nodes: &[usize], value: &str, planes: bool) {
    for (plane, at) in nodes.iter().enumerate() {
        if let Some(node) = next.nodes.get_mut(*at) {
            node.labels.insert(ROLE.into(), value.into());
            if planes {
                node.labels.insert(PLANE.into(), plane.to_string());
            }
        }
    }
}

/// Cluster ids: those there were, as far as they are no other's.
struct Ids<'a> {
    before: &'a Inventory,
    unused: Unused,
    taken: BTreeSet<ClusterId>,
}

impl Ids<'_> {
    fn give(&mut self, next: &mut Inventory, reflectors: &[usize], how: ClusterIds) {
        match how {
            ClusterIds::Shared => self.one(next, reflectors),
            ClusterIds::Distinct => {
                for reflector in reflectors {
                    self.one(next, core::slice::from_ref(reflector));
                }
            }
        }
    }

    /// One for all: the one that most of them have.
    fn one(&mut self, next: &mut Inventory, reflectors: &[usize]) {
        let mut found: BTreeMap<ClusterId, usize> = BTreeMap::new();
        let nodes = reflectors
            .iter()
            .filter_map(|it| self.before.nodes.get(*it));
        for id in nodes.filter_map(|it| it.cluster_id) {
            if !self.taken.contains(&id) {
                let count = found.entry(id).or_default();
                *count = count.saturating_add(1);
            }
        }
        let most = found
            .iter()
            .max_by_key(|(id, count)| (**count, core::cmp::Reverse(**id)));
        let id = match most {
            Some((id, _)) => *id,
            None => self.unused.cluster_id(),
        };
        self.taken.insert(id);
        for at in reflectors {
            if let Some(node) = next.nodes.get_mut(*at) {
                node.cluster_id = Some(id);
            }
        }
    }
}

/// The label by which a group's members are known; they are given one where
/// they have none.
fn group_label(next: &mut Inventory, span: &Span, groups: &[Group]) -> String {
    if let Span::Domain(kind) = span {
        return domain_label(next, kind);
    }
    for group in groups {
        for at in &group.members {
            if let Some(node) = next.nodes.get_mut(*at) {
                node.labels.insert(GROUP.into(), group.name.clone());
            }
        }
    }
    GROUP.into()
}

/// The label that names a kind of failure domain at every node; nodes are given
/// one where there is none.
pub(super) fn domain_label(next: &mut Inventory, kind: &str) -> String {
    let own = |node: &Node, label: &str| node.labels.get(label) == node.domains.get(kind);
    let first = next.nodes.iter().find(|it| it.domains.contains_key(kind));
    let labels = first.map(|it| it.labels.keys()).into_iter().flatten();
    let found = labels
        .filter(|label| next.nodes.iter().all(|it| own(it, label)))
        .min_by_key(|label| (*label != kind, label.len()));
    if let Some(label) = found {
        return label.clone();
    }
    let label = format!("bgp-{kind}");
    for node in &mut next.nodes {
        if let Some(name) = node.domains.get(kind) {
            node.labels.insert(label.clone(), name.clone());
        }
    }
    label
}

/// A name that Kubernetes takes for a resource.
pub(super) fn resource_name(of: &str) -> String {
    let fits = |it: char| match it {
        'a'..='z' | '0'..='9' | '-' | '.' => it,
        'A'..='Z' => it.to_ascii_lowercase(),
        _ => '-',
    };
    of.chars().map(fits).collect()
}

pub(super) fn equal(label: &str, value: &str) -> Expression {
    Expression::Equal(label.into(), value.into())
}

fn peering(name: String, local: Expression, remote: Expression) -> Peering {
    Peering {
        name,
        local: Scope::Selector(Selector::from(local)),
        remote: Remote::Selector(Selector::from(remote)),
        reverse: true,
        settings: PeeringSettings::default(),
    }
}
