//! What ways between nodes cost, by the links of an inventory.
//!
//! A node whose neighbours are all no nodes is known by them: all nodes behind
//! the same leaves at the same cost are in one place, and searches start at
//! leaves only.

use alloc::{
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    vec,
    vec::Vec,
};
use core::cmp::Reverse;

use crate::plan::Inventory;

/// Where a node is: points of the network, and what the way there costs.
pub(super) type Place = Vec<(usize, u64)>;

/// Costs of ways between points of the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Distances {
    /// Of each node, by its index in the inventory.
    places: Vec<Place>,
    /// From the points that places name, to all points.
    from: BTreeMap<usize, Vec<u64>>,
}

impl Distances {
    /// `None` where no link's cost is given between what some nodes reach.
    pub(super) fn new(inventory: &Inventory, members: &[usize]) -> Option<Self> {
        if inventory.links.is_empty() {
            return None;
        }
        let mut points: BTreeMap<&str, usize> = BTreeMap::new();
        let nodes = inventory.nodes.iter().map(|it| it.name.as_str());
        let ends = inventory
            .links
            .iter()
            .flat_map(|it| [it.ends.0.as_str(), it.ends.1.as_str()]);
        for name in nodes.chain(ends) {
            let number = points.len();
            points.entry(name).or_insert(number);
        }
        let mut links: Vec<Vec<(usize, u64)>> = vec![Vec::new(); points.len()];
        for link in &inventory.links {
            let at = |name: &str| points.get(name).copied();
            let (Some(a), Some(b)) = (at(&link.ends.0), at(&link.ends.1)) else {
                continue;
            };
            for (from, to) in [(a, b), (b, a)] {
                if let Some(links) = links.get_mut(from) {
                    links.push((to, u64::from(link.cost)));
                }
            }
        }
        let at: Vec<usize> = inventory
            .nodes
            .iter()
            .filter_map(|it| points.get(it.name.as_str()).copied())
            .collect();
        let all: BTreeSet<usize> = at.iter().copied().collect();
        let mut places: Vec<Place> = vec![Place::new(); inventory.nodes.len()];
        let mut starts = BTreeSet::new();
        for &member in members {
            let (Some(&point), Some(place)) = (at.get(member), places.get_mut(member)) else {
                continue;
            };
            let near = links.get(point).map(Vec::as_slice).unwrap_or_default();
            if near.is_empty() || near.iter().any(|(to, _)| all.contains(to)) {
                place.push((point, 0));
            } else {
                place.extend_from_slice(near);
                place.sort_unstable();
                place.dedup_by_key(|it| it.0);
            }
            starts.extend(place.iter().map(|it| it.0));
        }
        if starts.len() > MOST_STARTS {
            // Evenly spread ones; what is at others is not looked at.
            let step = starts.len().div_ceil(MOST_STARTS).max(1);
            starts = starts.into_iter().step_by(step).collect();
        }
        let from = starts.into_iter().map(|it| (it, search(&links, it)));
        let from = from.collect();
        Some(Self { places, from })
    }

    /// Where a node is.
    pub(super) fn place(&self, node: usize) -> Place {
        self.places.get(node).cloned().unwrap_or_default()
    }

    /// Whether ways from a place are known.
    pub(super) fn starts(&self, place: &Place) -> bool {
        place.iter().all(|(point, _)| self.from.contains_key(point))
    }

    /// Whether all ways are known.
    pub(super) fn is_complete(&self) -> bool {
        self.from.len() < MOST_STARTS
    }

    /// What the way between two nodes costs, the first of whose places is one
    /// that [`Self::starts`]; not that of a node to itself.
    pub(super) fn between(&self, a: &Place, b: &Place) -> u64 {
        let ways = a.iter().flat_map(|(from, near)| {
            let to = self.from.get(from);
            b.iter().filter_map(move |(point, far)| {
                let way = *to?.get(*point)?;
                Some(way.saturating_add(*near).saturating_add(*far))
            })
        });
        ways.min().unwrap_or(UNREACHED).min(UNREACHED)
    }
}

/// What the ways from one point to all others cost.
fn search(links: &[Vec<(usize, u64)>], start: usize) -> Vec<u64> {
    let mut best = vec![UNREACHED; links.len()];
    let mut next = BinaryHeap::from([Reverse((0_u64, start))]);
    if let Some(own) = best.get_mut(start) {
        *own = 0;
    }
    while let Some(Reverse((cost, at))) = next.pop() {
        if best.get(at).is_none_or(|known| *known < cost) {
            continue;
        }
        for &(to, more) in links.get(at).into_iter().flatten() {
            let cost = cost.saturating_add(more);
            if let Some(known) = best.get_mut(to).filter(|known| cost < **known) {
                *known = cost;
                next.push(Reverse((cost, to)));
            }
        }
    }
    best
}

/// What a way costs that does not exist.
const UNREACHED: u64 = 1 << 40;
/// From how many points ways are searched at most.
const MOST_STARTS: usize = 600;
