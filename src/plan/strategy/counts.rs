//! How many sessions, paths and messages a layout comes to, from the sizes of
//! its groups.
//!
//! With `n` routers, `r` reflectors a client and `G` groups, of which one has
//! `m` members, to a client's block:
//!
//! | layout | paths at a client | paths at a reflector | messages per change |
//! |---|---|---|---|
//! | full mesh | 1 | - | n - 1 |
//! | reflectors of one id; two levels of them, in planes | r | r | r (n - 1) |
//! | reflectors of an id each | a = P(r,1) + ... + P(r,r) | a / r | (n - r - 1) a + a |
//! | reflectors for each group, one level | K = r^2 sum of P(G - 2, k) r^k | K | (m - 1) r + (n - m) K |
//! | leaves, L a rack, below S spines | L | L here, S + L - 1 elsewhere | L (m + L - 1) + S L + ... |
//!
//! P(n, k) is the number of ways to put k of n in a row: reflectors that are each
//! other's clients pass a path on along every way that visits none twice.

use alloc::vec::Vec;

use super::{
    ClusterIds, Levels, Strategy,
    choose::number,
    layout::{Group, Layout},
    racks::Racks,
};
use crate::{plan::Inventory, types::Family};

/// What a layout comes to in one family.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts {
    pub(super) sessions: u64,
    pub(super) per_node: u64,
    pub(super) per_reflector: u64,
    pub(super) per_leaf: u64,
    pub(super) copies: u64,
    pub(super) paths_per_node: u64,
    pub(super) paths_per_reflector: u64,
    pub(super) at_start: u64,
    pub(super) per_change: u64,
    pub(super) per_router: u64,
}

impl Counts {
    /// Both families together.
    pub(super) fn with(self, other: Self) -> Self {
        let sum = u64::saturating_add;
        Self {
            sessions: sum(self.sessions, other.sessions),
            per_node: sum(self.per_node, other.per_node),
            per_reflector: sum(self.per_reflector, other.per_reflector),
            per_leaf: sum(self.per_leaf, other.per_leaf),
            copies: self.copies.max(other.copies),
            paths_per_node: sum(self.paths_per_node, other.paths_per_node),
            paths_per_reflector: sum(self.paths_per_reflector, other.paths_per_reflector),
            at_start: sum(self.at_start, other.at_start),
            per_change: self.per_change.max(other.per_change),
            per_router: self.per_router.max(other.per_router),
        }
    }
}

/// The nodes of one family and how many blocks each announces.
pub(super) struct Blocks<'a> {
    inventory: &'a Inventory,
    family: Family,
    /// What a node counts for that announces nothing: 1 if nobody does.
    least: u64,
}

/// Some nodes, summed up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    /// How many have the family.
    nodes: u64,
    /// How many of them announce something.
    origins: u64,
    /// Their blocks.
    blocks: u64,
    /// The fewest blocks of one.
    fewest: u64,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(inventory: &'a Inventory, family: Family) -> Self {
        let mut nodes = inventory.nodes.iter();
        let any = nodes.any(|node| node.advertised.iter().any(|it| it.family() == family));
        Self {
            inventory,
            family,
            least: u64::from(!any),
        }
    }

    fn of(&self, nodes: impl Iterator<Item = usize>) -> Sum {
        let mut sum = Sum {
            fewest: u64::MAX,
            ..Sum::default()
        };
        for node in nodes.filter_map(|at| self.inventory.nodes.get(at)) {
            if node.address(self.family).is_none() {
                continue;
            }
            let own = node.advertised.iter();
            let own = number(own.filter(|it| it.family() == self.family).count()).max(self.least);
            sum.nodes = sum.nodes.saturating_add(1);
            sum.origins = sum.origins.saturating_add(u64::from(own > 0));
            sum.blocks = sum.blocks.saturating_add(own);
            sum.fewest = sum.fewest.min(own);
        }
        if sum.nodes == 0 {
            sum.fewest = 0;
        }
        sum
    }

    fn all(&self) -> Sum {
        self.of(0..self.inventory.nodes.len())
    }
}

/// What a strategy comes to in one family.
pub(super) fn count(strategy: &Strategy, layout: &Layout, blocks: &Blocks<'_>) -> Counts {
    match strategy {
        Strategy::FullMesh => mesh(blocks.all()),
        Strategy::Reflectors(of) => reflectors(of.cluster_ids, of.levels, layout, blocks),
        Strategy::TopOfRack(_) => {
            let racks = layout.racks.as_ref();
            racks.map_or_else(Counts::default, |it| leaves(it, blocks))
        }
        Strategy::Mixed(of) => {
            let of = &of.reflectors;
            let inside = reflectors(of.cluster_ids, of.levels, layout, blocks);
            let racks = layout.racks.as_ref();
            racks.map_or(inside, |it| outside(inside, it, blocks))
        }
    }
}

fn mesh(all: Sum) -> Counts {
    let others = all.nodes.saturating_sub(1);
    Counts {
        sessions: times(all.nodes, others) / 2,
        per_node: others,
        copies: u64::from(others > 0),
        paths_per_node: all.blocks.saturating_sub(all.fewest),
        at_start: times(all.origins, others),
        per_change: others,
        per_router: others,
        ..Counts::default()
    }
}

fn reflectors(ids: ClusterIds, levels: Levels, layout: &Layout, blocks: &Blocks<'_>) -> Counts {
    match (levels, ids, layout.groups.as_slice()) {
        (Levels::One, ClusterIds::Distinct, [one]) => each_its_own(one, blocks),
        (Levels::One, _, [_]) | (Levels::Two, ..) => planes(layout, blocks),
        (Levels::One, ..) => side_by_side(ids, layout, blocks),
    }
}

/// One id for each set of clients: a client has a path for each of its
/// reflectors, whether or not there is a level above.
fn planes(layout: &Layout, blocks: &Blocks<'_>) -> Counts {
    let all = blocks.all();
    let tops = blocks.of(layout.tops.iter().copied());
    let groups = number(layout.groups.len());
    let mut found = Counts::default();
    let mut roles = tops;
    let mut most = tops.nodes;
    let top_sessions = groups.saturating_add(tops.nodes).saturating_sub(1);
    if tops.nodes > 0 {
        found.sessions = pairs(tops.nodes).saturating_add(times(groups, tops.nodes));
        found.per_reflector = top_sessions;
        found.per_router = top_sessions.saturating_sub(1);
    }
    for group in &layout.groups {
        let (members, own) = (
            blocks.of(group.members.iter().copied()),
            blocks.of(group.reflectors.iter().copied()),
        );
        let clients = members.nodes.saturating_sub(own.nodes);
        let sessions = times(own.nodes, clients).saturating_add(pairs(own.nodes));
        found.sessions = found.sessions.saturating_add(sessions);
        let up = u64::from(tops.nodes > 0);
        let sessions = members.nodes.saturating_sub(1).saturating_add(up);
        found.per_reflector = found.per_reflector.max(sessions);
        found.per_router = found.per_router.max(sessions.saturating_sub(1));
        if clients > 0 {
            found.per_node = found.per_node.max(own.nodes);
        }
        roles.nodes = roles.nodes.saturating_add(own.nodes);
        roles.origins = roles.origins.saturating_add(own.origins);
        roles.blocks = roles.blocks.saturating_add(own.blocks);
        most = most.max(own.nodes);
        let held = paths_of(all, own, most);
        found.paths_per_reflector = found.paths_per_reflector.max(held);
    }
    found.paths_per_reflector = found.paths_per_reflector.max(paths_of(all, tops, most));
    let others = all.nodes.saturating_sub(1);
    found.copies = most;
    found.paths_per_node = times(most, all.blocks.saturating_sub(all.fewest));
    found.per_change = times(most, others);
    let of_role =
        times(most, all.nodes.saturating_sub(most)).saturating_add(most.saturating_sub(1));
    let clients = all.origins.saturating_sub(roles.origins);
    let from_clients = times(clients, found.per_change);
    found.at_start = from_clients.saturating_add(times(roles.origins, of_role));
    found
}

/// What a reflector holds: one path to the blocks of those beside it, and more
/// to all others'.
fn paths_of(all: Sum, beside: Sum, each: u64) -> u64 {
    if beside.nodes == 0 {
        return 0;
    }
    let others = times(each, all.blocks.saturating_sub(beside.blocks));
    others.saturating_add(beside.blocks.saturating_sub(beside.fewest))
}

/// One set of clients, whose reflectors are each other's clients.
fn each_its_own(group: &Group, blocks: &Blocks<'_>) -> Counts {
    let all = blocks.of(group.members.iter().copied());
    let own = blocks.of(group.reflectors.iter().copied());
    let (n, r) = (all.nodes, own.nodes);
    let clients = n.saturating_sub(r);
    // Ways that begin or end at one reflector, and that do both.
    let one_end = ways(r.saturating_sub(1));
    let both_ends = if r > 1 { ways(r.saturating_sub(2)) } else { 0 };
    let copies = times(r, one_end);
    let other_clients = clients.saturating_sub(1);
    let per_change = times(other_clients, copies).saturating_add(times(r, one_end));
    let between = times(r.saturating_sub(1), both_ends);
    let of_role = times(clients, one_end).saturating_add(between);
    let client_blocks = all.blocks.saturating_sub(own.blocks);
    let fewest = if clients > 0 { all.fewest } else { 0 };
    let at_clients = times(all.origins.saturating_sub(own.origins), per_change);
    Counts {
        sessions: times(r, clients).saturating_add(pairs(r)),
        per_node: if clients > 0 { r } else { 0 },
        per_reflector: n.saturating_sub(1),
        per_leaf: 0,
        copies,
        paths_per_node: times(copies, client_blocks.saturating_sub(fewest))
            .saturating_add(times(one_end, own.blocks)),
        paths_per_reflector: times(one_end, client_blocks)
            .saturating_add(times(both_ends, own.blocks.saturating_sub(own.fewest))),
        at_start: at_clients.saturating_add(times(own.origins, of_role)),
        per_change,
        per_router: times(one_end, other_clients).saturating_add(between),
    }
}

/// Several groups whose reflectors all peer with each other: clients of each
/// other where ids differ. What reflectors announce is counted as what clients
/// do.
fn side_by_side(ids: ClusterIds, layout: &Layout, blocks: &Blocks<'_>) -> Counts {
    let all = blocks.all();
    let sizes: Vec<(Sum, u64)> = layout
        .groups
        .iter()
        .map(|it| {
            let reflectors = blocks.of(it.reflectors.iter().copied()).nodes;
            (blocks.of(it.members.iter().copied()), reflectors)
        })
        .collect();
    let r = sizes.iter().map(|it| it.1).max().unwrap_or(0);
    let reflectors: u64 = sizes.iter().map(|it| it.1).sum();
    let between = match ids {
        ClusterIds::Shared => rows(number(sizes.len()).saturating_sub(2), r),
        ClusterIds::Distinct => rows(reflectors.saturating_sub(2), 1),
    };
    let copies = times(times(r, r), between);
    let mut found = Counts {
        sessions: pairs(reflectors),
        copies,
        paths_per_node: times(copies, all.blocks),
        paths_per_reflector: times(copies, all.blocks),
        ..Counts::default()
    };
    for (group, own) in &sizes {
        let clients = group.nodes.saturating_sub(*own);
        found.sessions = found.sessions.saturating_add(times(*own, clients));
        found.per_node = found.per_node.max(*own);
        let sessions = reflectors.saturating_add(clients).saturating_sub(1);
        found.per_reflector = found.per_reflector.max(sessions);
        let near = times(group.nodes.saturating_sub(1), r);
        let far = times(all.nodes.saturating_sub(group.nodes), copies);
        let change = near.saturating_add(far);
        found.per_change = found.per_change.max(change);
        found.at_start = found.at_start.saturating_add(times(group.origins, change));
    }
    found.per_router = times(copies, found.per_reflector);
    found
}

/// Racks below leaves that pass on their best.
fn leaves(racks: &Racks, blocks: &Blocks<'_>) -> Counts {
    let all = blocks.all();
    let mut found = links(racks, blocks.family);
    let spines = number(racks.spines.len());
    // What all racks but one's own hear.
    let heard = |rack: &super::racks::Rack| {
        let nodes = blocks.of(rack.nodes.iter().copied()).nodes;
        let own = number(rack.leaves.len());
        let above = above(racks, rack);
        times(
            own,
            nodes
                .saturating_add(above)
                .saturating_add(own)
                .saturating_sub(1),
        )
    };
    let everywhere: u64 = racks.all.iter().map(heard).fold(0, u64::saturating_add);
    for rack in &racks.all {
        let of = blocks.of(rack.nodes.iter().copied());
        let own = number(rack.leaves.len());
        found.sessions = found.sessions.saturating_add(times(own, of.nodes));
        found.per_node = found.per_node.max(own);
        found.copies = found.copies.max(own);
        let held = times(own, all.blocks.saturating_sub(of.fewest));
        found.paths_per_node = found.paths_per_node.max(held);
        let elsewhere = above(racks, rack).saturating_add(own).saturating_sub(1);
        let held = times(own, of.blocks)
            .saturating_add(times(elsewhere, all.blocks.saturating_sub(of.blocks)));
        found.paths_per_reflector = found.paths_per_reflector.max(held);
        let near = of.nodes.saturating_sub(1).saturating_add(own);
        let up = if racks.all.len() > 1 { spines } else { 0 };
        let near = times(own, near.saturating_add(up));
        let change = near.saturating_add(everywhere.saturating_sub(heard(rack)));
        found.per_change = found.per_change.max(change);
        found.at_start = found.at_start.saturating_add(times(of.origins, change));
    }
    found.per_router = found.per_leaf.saturating_sub(1);
    found
}

/// Leaves beside reflectors: every node tells each of its leaves of every block.
fn outside(inside: Counts, racks: &Racks, blocks: &Blocks<'_>) -> Counts {
    let all = blocks.all();
    let fabric = links(racks, blocks.family);
    let mut found = inside;
    found.sessions = found.sessions.saturating_add(fabric.sessions);
    found.per_leaf = fabric.per_leaf;
    let mut to_leaves: u64 = 0;
    let mut most = 0;
    for rack in &racks.all {
        let nodes = blocks.of(rack.nodes.iter().copied()).nodes;
        let own = number(rack.leaves.len());
        most = most.max(own);
        found.sessions = found.sessions.saturating_add(times(own, nodes));
        let tellers = nodes.saturating_add(above(racks, rack)).saturating_add(own);
        let tellers = tellers.saturating_sub(1);
        found.paths_per_reflector = found.paths_per_reflector.max(times(tellers, all.blocks));
        let told = times(own, tellers.saturating_add(above(racks, rack)));
        to_leaves = to_leaves.saturating_add(told);
    }
    found.per_node = found.per_node.saturating_add(most);
    found.per_reflector = found.per_reflector.saturating_add(most);
    found.per_change = found.per_change.saturating_add(to_leaves);
    found.at_start = found.at_start.saturating_add(times(all.origins, to_leaves));
    found.per_router = found.per_router.saturating_add(most);
    found
}

/// Sessions between routers outside, and the most of a leaf.
fn links(racks: &Racks, family: Family) -> Counts {
    let mut found = Counts::default();
    let has = |at: usize| {
        let router = racks.routers.get(at);
        let mut own = router.into_iter().flat_map(|it| &it.interfaces);
        own.any(|it| Family::unicast_of(it.addr) == family)
    };
    let ends = |at: usize| {
        let router = racks.routers.get(at).filter(|_| !racks.is_new(at));
        let others = router.into_iter().flat_map(|it| &it.neighbors);
        let others = others.filter(|it| {
            let mut routers = racks.routers.iter();
            let of_router =
                routers.any(|to| to.interfaces.iter().any(|own| own.addr == it.address));
            of_router && Family::unicast_of(it.address) == family
        });
        number(others.count())
    };
    let given: u64 = (0..racks.given).map(ends).sum();
    let mut made: u64 = 0;
    for rack in &racks.all {
        for (at, &leaf) in rack.leaves.iter().enumerate() {
            let new = |other: usize| (racks.is_new(leaf) || racks.is_new(other)) && has(other);
            let up = racks
                .spines
                .iter()
                .filter(|it| new(**it) && has(leaf))
                .count();
            let fellows = rack.leaves.iter().filter(|it| **it != leaf && new(**it));
            let fellows = fellows.count();
            let after = rack.leaves.iter().skip(at.saturating_add(1));
            let after = after.filter(|it| new(**it) && has(leaf)).count();
            made = made.saturating_add(number(up.saturating_add(after)));
            let nodes = number(rack.nodes.len());
            let sessions = nodes
                .saturating_add(number(up.saturating_add(fellows)))
                .saturating_add(ends(leaf));
            found.per_leaf = found.per_leaf.max(sessions);
        }
    }
    found.sessions = made.saturating_add(given / 2);
    found
}

/// How many routers above its rack a leaf hears from.
fn above(racks: &Racks, rack: &super::racks::Rack) -> u64 {
    let of = rack.leaves.iter().map(|it| racks.spines_of(*it));
    number(of.max().unwrap_or(0))
}

/// Pairs of so many.
const fn pairs(count: u64) -> u64 {
    count.saturating_mul(count.saturating_sub(1)) / 2
}

const fn times(a: u64, b: u64) -> u64 {
    a.saturating_mul(b)
}

/// In how many ways any number of `of` others can be visited, each once.
fn ways(of: u64) -> u64 {
    rows(of, 1)
}

/// As [`ways`], where each has `doors`.
fn rows(of: u64, doors: u64) -> u64 {
    let mut sum: u64 = 1;
    let mut row: u64 = 1;
    for left in (1..=of).rev() {
        row = row.saturating_mul(left).saturating_mul(doors);
        sum = sum.saturating_add(row);
        if sum == u64::MAX {
            break;
        }
    }
    sum
}
