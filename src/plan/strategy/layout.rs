//! Who has which role: from a strategy and an inventory, before anything is
//! made of it.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    ClusterIds, Levels, Reflectors, Requirements, Span, Strategy, Unfit,
    choose::{Choice, Field, Request},
    racks::Racks,
};
use crate::plan::{Inventory, inventory::Node};

/// Roles.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Those who share reflectors; none in a full mesh.
    pub(super) groups: Vec<Group>,
    /// The reflectors of reflectors, one for each plane.
    pub(super) tops: Vec<usize>,
    /// How the reflectors were chosen: those at the top first.
    pub(super) choices: Vec<Choice>,
    /// The routers outside.
    pub(super) racks: Option<Racks>,
}

/// Clients of the same reflectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// Unique among the groups.
    pub(super) name: String,
    /// All of it, reflectors included, in the nodes' order.
    pub(super) members: Vec<usize>,
    /// By plane.
    pub(super) reflectors: Vec<usize>,
}

impl Layout {
    pub(super) fn new(
        strategy: &Strategy,
        inventory: &Inventory,
        requirements: &Requirements,
    ) -> Result<Self, Unfit> {
        requirements.check(inventory)?;
        let mut layout = Self::default();
        if let Some(of) = strategy.reflectors() {
            layout.reflectors(of, inventory, requirements)?;
        }
        if let Some(of) = strategy.fabric() {
            let joins = matches!(strategy, Strategy::TopOfRack(_));
            layout.racks = Some(Racks::new(of, inventory, joins)?);
        }
        Ok(layout)
    }

    /// All reflectors, those at the top first.
    pub(super) fn all_reflectors(&self) -> impl Iterator<Item = usize> + '_ {
        let others = self.groups.iter().flat_map(|it| &it.reflectors);
        self.tops.iter().chain(others).copied()
    }

    fn reflectors(
        &mut self,
        of: &Reflectors,
        inventory: &Inventory,
        requirements: &Requirements,
    ) -> Result<(), Unfit> {
        if of.count == 0 {
            return Err(Unfit::TooSmall {
                field: "count",
                found: 0,
                least: 1,
            });
        }
        if of.levels == Levels::Two && of.cluster_ids == ClusterIds::Distinct {
            return Err(Unfit::DistinctBelow);
        }
        let mut never = BTreeSet::new();
        if of.levels == Levels::Two {
            let all: Vec<usize> = (0..inventory.nodes.len()).collect();
            // Who reflects below stays there, if others may be at the top.
            let nodes = inventory.nodes.iter().enumerate();
            let below = nodes.filter(|(_, it)| {
                let asked = requirements.pinned.contains(&it.name);
                it.cluster_id.is_some() && !is_top(it) && !asked
            });
            never.extend(below.map(|(at, _)| at));
            if inventory.nodes.len().saturating_sub(never.len()) <= of.count {
                never.clear();
            }
            let request = Request {
                count: of.count,
                placement: of.placement,
                place: "the top level".into(),
                never: &never,
                has_role: &|node| is_top(node),
                pins: true,
            };
            let choice = Field::new(inventory, &all, &request, requirements)?.choose();
            self.tops = in_planes(&choice.reflectors, inventory);
            never = self.tops.iter().copied().collect();
            self.choices.push(choice);
        }
        let count = of.count.max(self.tops.len());
        for (name, members) in self.members(of, count, inventory, requirements)? {
            let request = Request {
                count,
                placement: of.placement,
                place: match of.span {
                    Span::Cluster if of.levels == Levels::One => "the cluster".into(),
                    Span::Cluster => format!("group {name:?}"),
                    Span::Domain(ref kind) => format!("{kind} {name:?}"),
                },
                never: &never,
                has_role: &|node| node.cluster_id.is_some() && !is_top(node),
                pins: of.levels == Levels::One,
            };
            let choice = Field::new(inventory, &members, &request, requirements)?.choose();
            self.groups.push(Group {
                name,
                members,
                reflectors: in_planes(&choice.reflectors, inventory),
            });
            self.choices.push(choice);
        }
        Ok(())
    }

    /// The groups, by name.
    fn members(
        &self,
        of: &Reflectors,
        count: usize,
        inventory: &Inventory,
        requirements: &Requirements,
    ) -> Result<Vec<(String, Vec<usize>)>, Unfit> {
        let nodes = inventory.nodes.iter().enumerate();
        let nodes = nodes.filter(|(at, _)| !self.tops.contains(at));
        match (&of.span, of.levels) {
            (Span::Cluster, Levels::One) => {
                let all = nodes.map(|(at, _)| at).collect();
                Ok(Vec::from([("all".into(), all)]))
            }
            (Span::Domain(kind), _) => {
                let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
                for (at, node) in nodes {
                    let Some(name) = node.domains.get(kind) else {
                        let (name, kind) = (node.name.clone(), kind.clone());
                        return Err(Unfit::NoDomain { name, kind });
                    };
                    groups.entry(name.clone()).or_default().push(at);
                }
                Ok(groups.into_iter().collect())
            }
            (Span::Cluster, Levels::Two) => {
                let nodes: Vec<usize> = nodes.map(|(at, _)| at).collect();
                let clients = requirements.clients_of_one(count);
                let most = clients.saturating_add(count);
                Ok(packed(&nodes, (most, count), inventory, requirements))
            }
        }
    }
}

/// Groups of nodes that are near each other, of `most` nodes and with enough that
/// may reflect; who has a group stays in it while that is so.
fn packed(
    nodes: &[usize],
    (most, count): (usize, usize),
    inventory: &Inventory,
    requirements: &Requirements,
) -> Vec<(String, Vec<usize>)> {
    let node = |at: &usize| inventory.nodes.get(*at);
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut rest = Vec::new();
    for &at in nodes {
        match node(&at).and_then(|it| it.labels.get(GROUP)) {
            Some(name) if groups.get(name).is_none_or(|it| it.len() < most) => {
                groups.entry(name.clone()).or_default().push(at);
            }
            _ => rest.push(at),
        }
    }
    let may = |at: &usize| {
        let it = node(at);
        it.is_some_and(|it| {
            let addressed = it.ipv4.is_some() || it.ipv6.is_some();
            addressed && !requirements.forbidden.contains(&it.name)
        })
    };
    let enough = |of: &Vec<usize>| of.iter().filter(|it| may(it)).count() >= count;
    for (_, of) in groups.extract_if(.., |_, of| !enough(of)) {
        rest.extend(of);
    }
    let kind = finest_kind(inventory);
    let domain = |at: &usize| node(at)?.domains.get(kind.as_ref()?);
    rest.sort_by_key(|at| (domain(at), *at));
    if groups.is_empty() {
        let groups = rest.len().div_ceil(most.max(1)).max(1);
        let size = rest.len().div_ceil(groups).max(1);
        let chunks = rest.chunks(size).enumerate();
        return chunks
            .map(|(number, of)| {
                let mut of = of.to_vec();
                of.sort_unstable();
                (format!("g{number}"), of)
            })
            .collect();
    }
    for at in rest {
        let near = |of: &Vec<usize>| of.iter().any(|it| domain(it) == domain(&at));
        let fits = groups.iter().filter(|(_, of)| of.len() < most);
        let found = fits.min_by_key(|(_, of)| (!near(of), of.len()));
        let name = match found {
            Some((name, _)) => name.clone(),
            None => opened(&mut groups, count, &|at| {
                may(at) && node(at).is_some_and(|it| it.cluster_id.is_none())
            }),
        };
        groups.entry(name).or_default().push(at);
    }
    for of in groups.values_mut() {
        of.sort_unstable();
    }
    groups.into_iter().collect()
}

/// One group more, with nodes of the largest so that all are about as large.
fn opened(
    groups: &mut BTreeMap<String, Vec<usize>>,
    count: usize,
    may_move: &dyn Fn(&usize) -> bool,
) -> String {
    let name = unused_name(groups);
    let all: usize = groups.values().map(Vec::len).sum();
    let size = all.checked_div(groups.len().saturating_add(1));
    let size = size.unwrap_or(0).max(count);
    let mut taken = Vec::new();
    while taken.len() < size {
        let largest = groups.values_mut().max_by_key(|of| of.len());
        let Some(of) = largest else { break };
        let Some(last) = of.iter().rposition(may_move) else {
            break;
        };
        taken.push(of.remove(last));
    }
    groups.insert(name.clone(), taken);
    name
}

fn unused_name(groups: &BTreeMap<String, Vec<usize>>) -> String {
    let mut number = groups.len();
    loop {
        let name = format!("g{number}");
        if !groups.contains_key(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}

/// The kind of failure domain of which there are most: racks rather than zones.
fn finest_kind(inventory: &Inventory) -> Option<String> {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in &inventory.nodes {
        for (kind, name) in &node.domains {
            kinds.entry(kind).or_default().insert(name);
        }
    }
    let most = kinds.into_iter().max_by_key(|(_, names)| names.len());
    most.map(|(kind, _)| kind.to_string())
}

/// Whether a node is a reflector of reflectors.
pub(super) fn is_top(node: &Node) -> bool {
    node.cluster_id.is_some() && node.labels.get(ROLE).is_some_and(|it| it == TOP)
}

/// Reflectors by plane: who has one keeps it.
fn in_planes(chosen: &[usize], inventory: &Inventory) -> Vec<usize> {
    let plane = |at: &usize| {
        let label = inventory.nodes.get(*at)?.labels.get(PLANE)?;
        let plane: usize = label.parse().ok()?;
        Some(plane).filter(|it| *it < chosen.len())
    };
    let mut planes: BTreeMap<usize, usize> = BTreeMap::new();
    let mut rest = Vec::new();
    for at in chosen {
        match plane(at) {
            Some(plane) if !planes.contains_key(&plane) => {
                planes.insert(plane, *at);
            }
            _ => rest.push(*at),
        }
    }
    let mut rest = rest.into_iter();
    for plane in 0..chosen.len() {
        if !planes.contains_key(&plane)
            && let Some(at) = rest.next()
        {
            planes.insert(plane, at);
        }
    }
    planes.into_values().collect()
}

/// The label that says what a node does.
pub(super) const ROLE: &str = "bgp-role";
/// Its value at reflectors of clients.
pub(super) const REFLECTOR: &str = "reflector";
/// Its value at reflectors of reflectors.
pub(super) const TOP: &str = "top-reflector";
/// The label that says whose reflectors a node's are.
pub(super) const GROUP: &str = "bgp-group";
/// The label that says which plane a reflector is in.
pub(super) const PLANE: &str = "bgp-plane";
