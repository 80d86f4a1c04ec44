use alloc::{collections::BTreeMap, vec::Vec};
use core::net::IpAddr;

use smallvec::SmallVec;

use crate::{
    rib::{
        Candidate, DecisionConfig, Marks, Neighbor, NetId, NextHops, Refusal, RouteSource, Step,
        UnknownNextHops, compare, decide,
        net::Name,
        store::{SetId, Store, Traits},
        table::{NIL, Slot, Table},
    },
    types::{Family, PeerId, Prefix},
    wire::{AttributeSet, Destination, PathId},
};

/// Every source's routes, and the best to each destination: Adj-RIB-In and
/// Loc-RIB.
///
/// Work on a whole table comes in slices of a bounded number of destinations,
/// with a number as the cursor, so that no call runs for long.
#[derive(Debug)]
pub struct Rib {
    pub(super) tables: Vec<Table>,
    pub(super) sources: Vec<Source>,
    pub(super) places: BTreeMap<PeerId, u32>,
    free_sources: Vec<u32>,
    pub(super) next_hops: NextHops,
    pub(super) store: Store,
    pub(super) config: DecisionConfig,
    seed: (u64, u64),
}

/// The table of a family in a [`Rib`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TableId(pub(super) u8);

impl TableId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) const fn bit(self) -> u64 {
        match 1_u64.checked_shl(self.0 as u32) {
            Some(bit) => bit,
            None => 0,
        }
    }
}

/// Somebody who gives routes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) of: RouteSource,
    pub(super) facts: Option<Neighbor>,
    /// Counts the source's sessions. A path of an earlier one is stale, so that
    /// a million routes turn stale by adding one.
    pub(super) epoch: u16,
    /// The tables, by bit, whose stale routes are being removed.
    swept: u64,
    /// The tables, by bit, whose stale routes are the last to be chosen
    /// (RFC 9494 §4.2).
    long_lived: u64,
}

/// What has changed of a destination.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a bare fact")]
pub struct Change {
    /// Of which table.
    pub table: TableId,
    /// Which destination.
    pub net: NetId,
    /// Whether the best route is another, or gone; else only other paths are.
    pub best: bool,
}

/// A set that routes may be given, counted: see [`Rib::intern`].
#[derive(Debug, Eq, PartialEq)]
pub struct Handle(pub(super) SetId);

const LOCAL: u32 = 0;

impl Rib {
    /// An empty one. The seed keys its hashes, against names and attributes
    /// that are chosen to collide: draw it once for each RIB. Nothing that can be
    /// seen depends on it.
    pub fn new(unknown: UnknownNextHops, config: DecisionConfig, seed: (u64, u64)) -> Self {
        let local = Source {
            of: RouteSource::Local,
            facts: None,
            epoch: 0,
            swept: 0,
            long_lived: 0,
        };
        Self {
            tables: Vec::new(),
            sources: alloc::vec![local],
            places: BTreeMap::new(),
            free_sources: Vec::new(),
            next_hops: NextHops::new(unknown),
            store: Store::new(seed),
            config,
            seed,
        }
    }

    /// A neighbour's session is up: what it sends from now on is fresh.
    pub fn neighbor_up(&mut self, peer: PeerId, facts: Neighbor) {
        if let Some(source) = self.source_mut(peer) {
            source.facts = Some(facts);
            return;
        }
        let source = Source {
            of: RouteSource::Peer(peer),
            facts: Some(facts),
            epoch: 0,
            swept: 0,
            long_lived: 0,
        };
        let free = self.free_sources.pop();
        let at = free.unwrap_or_else(|| u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        match self.sources.get_mut(at as usize) {
            Some(slot) => *slot = source,
            None => self.sources.push(source),
        }
        self.places.insert(peer, at);
    }

    /// A neighbour's session is down: all it sent is stale. Mark what is to go
    /// with [`Self::sweep`].
    pub fn neighbor_down(&mut self, peer: PeerId) {
        if let Some(source) = self.source_mut(peer) {
            source.epoch = source.epoch.wrapping_add(1);
            source.long_lived = 0;
        }
    }

    /// Marks a neighbour's stale routes of a table to be removed: call
    /// [`Self::sweep_slice`] until it has been over the whole table.
    pub fn sweep(&mut self, peer: PeerId, table: TableId) {
        if let Some(source) = self.source_mut(peer) {
            source.swept |= table.bit();
        }
    }

    /// A sweep has been over the whole table: nothing is marked any more.
    pub fn swept(&mut self, peer: PeerId, table: TableId) {
        if let Some(source) = self.source_mut(peer) {
            source.swept &= !table.bit();
        }
    }

    /// A neighbour's stale routes of a table are from now on the last to be
    /// chosen (RFC 9494 §4.2), and its routes must be
    /// [decided again](Self::decide_slice).
    pub fn long_lived(&mut self, peer: PeerId, table: TableId) {
        if let Some(source) = self.source_mut(peer) {
            source.long_lived |= table.bit();
        }
    }

    /// A neighbour has been removed, and its routes swept: nothing is left of it.
    pub fn forget_neighbor(&mut self, peer: PeerId) {
        if let Some(at) = self.places.remove(&peer) {
            self.free_sources.push(at);
        }
    }

    fn source_mut(&mut self, peer: PeerId) -> Option<&mut Source> {
        let at = *self.places.get(&peer)?;
        self.sources.get_mut(at as usize)
    }

    /// The table of a family, made if there is none yet.
    pub fn table(&mut self, family: Family) -> TableId {
        if let Some(known) = self.find_table(family) {
            return known;
        }
        let id = TableId(u8::try_from(self.tables.len()).unwrap_or(u8::MAX));
        self.tables.push(Table::new(family, self.seed));
        id
    }

    /// The table of a family, if it has one.
    pub fn find_table(&self, family: Family) -> Option<TableId> {
        let at = self
            .tables
            .iter()
            .position(|it| it.names.family() == family)?;
        u8::try_from(at).ok().map(TableId)
    }

    /// The one handle of an attribute set, for [`Self::insert`]. Give it back
    /// with [`Self::release`].
    pub fn intern(&mut self, attributes: &AttributeSet, marks: &Marks) -> Handle {
        Handle(self.store.intern(attributes, marks, &mut self.next_hops))
    }

    /// Takes back what [`Self::intern`] gave.
    pub fn release(&mut self, handle: Handle) {
        self.store.release(handle.0, &mut self.next_hops);
    }

    /// Keeps a route, in place of the same source's to the same prefix with
    /// the same path identifier. What changed by it.
    ///
    /// A route of a neighbour that was never up is not kept.
    pub fn insert(
        &mut self,
        source: RouteSource,
        (table, prefix): (TableId, Prefix),
        path_id: Option<PathId>,
        handle: &Handle,
        refused: Option<Refusal>,
    ) -> Option<Change> {
        let name = Name::of(prefix);
        self.insert_name(source, (table, &name), path_id, handle, refused)
    }

    /// As [`Rib::insert`], of any family.
    pub fn insert_any(
        &mut self,
        source: RouteSource,
        (table, destination): (TableId, &Destination),
        path_id: Option<PathId>,
        handle: &Handle,
        refused: Option<Refusal>,
    ) -> Option<Change> {
        if let Destination::Prefix(prefix) = destination {
            return self.insert(source, (table, *prefix), path_id, handle, refused);
        }
        let key = super::net::key(destination);
        let name = Name::Other(&key);
        self.insert_name(source, (table, &name), path_id, handle, refused)
    }

    fn insert_name(
        &mut self,
        source: RouteSource,
        (table, name): (TableId, &Name<'_>),
        path_id: Option<PathId>,
        handle: &Handle,
        refused: Option<Refusal>,
    ) -> Option<Change> {
        let place = self.place(source)?;
        let epoch = self.sources.get(place as usize)?.epoch;
        let slot = Slot {
            set: handle.0,
            source: place,
            path_id: path_id.map_or(0, |id| id.0),
            next: NIL,
            epoch,
            refused: Refusal::pack(refused),
            has_path_id: path_id.is_some(),
        };
        let net = self.tables.get_mut(table.index())?.find_or_insert(name)?;
        let best = self.put(table, net, slot)?;
        Some(Change { table, net, best })
    }

    /// Puts a path in its place; whether the best route is another, or `None` if
    /// nothing changed.
    fn put(&mut self, table: TableId, net: NetId, slot: Slot) -> Option<bool> {
        let of = self.tables.get_mut(table.index())?;
        let mut before = None;
        let mut found = None;
        for (at, old) in of.paths(net) {
            if same_path(old, &slot) {
                found = Some((at, *old));
                break;
            }
            before = Some(at);
        }
        let first = before.is_none() && found.is_none();
        let has_med = self.store.traits(slot.set).contains(Traits::MED);
        if let Some(entry) = of.entry_mut(net) {
            entry.grouped |= self.config.groups(has_med);
        }
        self.store.hold(slot.set);
        let Some((at, old)) = found else {
            let head = of.entry(net)?.best();
            // Behind the best one, which it may not replace.
            let at = of.link(net, head, slot);
            if first {
                return Some(self.decide_only(table, net, at));
            }
            return Some(self.decide_with(table, net, at));
        };
        let kept = of.slot_mut(at)?;
        *kept = Slot {
            next: old.next,
            ..slot
        };
        let same = old.set == slot.set && old.refused == slot.refused;
        self.store.release(old.set, &mut self.next_hops);
        if same && !self.is_long_lived(table, &old) {
            return None;
        }
        let was_best = self.tables.get(table.index())?.entry(net)?.best() == Some(at);
        let changed = self.decide(table, net);
        Some(changed || (was_best && !same))
    }

    /// Forgets a route. What changed by it.
    pub fn remove(
        &mut self,
        source: RouteSource,
        (table, prefix): (TableId, Prefix),
        path_id: Option<PathId>,
    ) -> Option<Change> {
        self.remove_name(source, (table, &Name::of(prefix)), path_id)
    }

    /// As [`Rib::remove`], of any family.
    pub fn remove_any(
        &mut self,
        source: RouteSource,
        (table, destination): (TableId, &Destination),
        path_id: Option<PathId>,
    ) -> Option<Change> {
        if let Destination::Prefix(prefix) = destination {
            return self.remove(source, (table, *prefix), path_id);
        }
        let key = super::net::key(destination);
        self.remove_name(source, (table, &Name::Other(&key)), path_id)
    }

    fn remove_name(
        &mut self,
        source: RouteSource,
        (table, name): (TableId, &Name<'_>),
        path_id: Option<PathId>,
    ) -> Option<Change> {
        let place = self.place(source)?;
        let of = self.tables.get_mut(table.index())?;
        let net = of.names.find(name)?;
        let mut before = None;
        let mut found = None;
        for (at, slot) in of.paths(net) {
            let same = slot.path_id == path_id.map_or(0, |id| id.0)
                && slot.has_path_id == path_id.is_some();
            if slot.source == place && same {
                found = Some((at, slot.set));
                break;
            }
            before = Some(at);
        }
        let (at, set) = found?;
        let was_best = of.entry(net)?.best() == Some(at);
        of.unlink(net, before, at);
        self.store.release(set, &mut self.next_hops);
        self.decide(table, net);
        // Who refers to it still has to be told; then it goes.
        Some(Change {
            table,
            net,
            best: was_best,
        })
    }

    /// Whoever was told of a change by number is done with it.
    pub fn settle(&mut self, change: Change) {
        if let Some(table) = self.tables.get_mut(change.table.index()) {
            table.free_if_unused(change.net);
        }
    }

    /// States a next hop fact. Whether routes must be
    /// [decided again](Self::decide_slice).
    pub fn set_next_hop(&mut self, network: Prefix, igp_cost: Option<u32>) -> bool {
        self.next_hops.set(network, igp_cost)
    }

    /// Takes a next hop fact back. Whether routes must be
    /// [decided again](Self::decide_slice).
    pub fn forget_next_hop(&mut self, network: Prefix) -> bool {
        self.next_hops.forget(network)
    }

    /// The IGP cost to a next hop, or `None` if it cannot be reached.
    pub fn resolve(&self, next_hop: IpAddr) -> Option<u32> {
        self.next_hops.resolve(next_hop)
    }

    /// How the best of several routes is chosen.
    pub fn decision_config(&self) -> &DecisionConfig {
        &self.config
    }

    pub(super) fn place(&self, source: RouteSource) -> Option<u32> {
        match source {
            RouteSource::Local => Some(LOCAL),
            RouteSource::Peer(peer) => self.places.get(&peer).copied(),
        }
    }

    pub(super) fn is_stale(&self, slot: &Slot) -> bool {
        let source = self.sources.get(slot.source as usize);
        source.is_none_or(|source| source.epoch != slot.epoch)
    }

    pub(super) fn is_long_lived(&self, table: TableId, slot: &Slot) -> bool {
        let source = self.sources.get(slot.source as usize);
        let long_lived = source.is_some_and(|source| source.long_lived & table.bit() != 0);
        long_lived && self.is_stale(slot)
    }

    /// Whether a sweep removes it.
    pub(super) fn is_gone(&self, table: TableId, slot: &Slot) -> bool {
        let source = self.sources.get(slot.source as usize);
        let swept = source.is_some_and(|source| source.swept & table.bit() != 0);
        swept && self.is_stale(slot)
    }

    /// The path as the decision sees it; `None` if it may not be chosen.
    pub(super) fn candidate(&self, table: TableId, slot: &Slot) -> Option<Candidate> {
        if slot.refused != 0 {
            return None;
        }
        let source = self.sources.get(slot.source as usize)?;
        let keys = self.store.keys(slot.set)?;
        let (neighbor, igp_cost) = match source.facts {
            None => (None, 0),
            Some(of) => (
                Some((of.peer_type, of.router_id, of.address)),
                self.next_hops.cost(keys.next_hop)?,
            ),
        };
        let mut candidate = self.store.candidate(slot.set)?;
        candidate.stale |= self.is_long_lived(table, slot);
        candidate.neighbor = neighbor;
        candidate.igp_cost = igp_cost;
        candidate.path_id = slot.path_id;
        Some(candidate)
    }

    /// The only path there is: no comparison. Whether it is the best.
    fn decide_only(&mut self, table: TableId, net: NetId, at: u32) -> bool {
        let Some(of) = self.tables.get(table.index()) else {
            return false;
        };
        let eligible = of
            .slot(at)
            .is_some_and(|slot| self.candidate(table, slot).is_some());
        if let Some(entry) = self.entry_mut(table, net) {
            entry.set_step(eligible.then_some(Step::OnlyRoute));
        }
        eligible
    }

    /// A path has joined the others: as a rule it needs comparing with the best
    /// alone. Whether that is another now.
    fn decide_with(&mut self, table: TableId, net: NetId, new: u32) -> bool {
        let Some(of) = self.tables.get(table.index()) else {
            return false;
        };
        let Some(entry) = of.entry(net).copied() else {
            return false;
        };
        let Some(best) = entry.best().filter(|_| !entry.grouped) else {
            return self.decide(table, net);
        };
        let candidate = |at| of.slot(at).and_then(|slot| self.candidate(table, slot));
        let Some(added) = candidate(new) else {
            return false;
        };
        let Some(mut old) = candidate(best) else {
            return self.decide(table, net);
        };
        old.is_best = true;
        let (order, step) = compare(&added, &old, &self.config);
        let better = order.is_lt();
        if better && let Some(of) = self.tables.get_mut(table.index()) {
            of.to_front(net, new);
        }
        if let Some(entry) = self.entry_mut(table, net) {
            // What was worse than the old one lost to it earlier than the old
            // one lost to this.
            let deciding = match entry.step() {
                Some(last) if !better => last.max(step),
                _ => step,
            };
            entry.set_step(Some(deciding));
        }
        better
    }

    /// Decides among all paths; whether another is the best now.
    pub(super) fn decide(&mut self, table: TableId, net: NetId) -> bool {
        let Some(of) = self.tables.get(table.index()) else {
            return false;
        };
        let before = of.entry(net).and_then(|entry| entry.best());
        let (mut places, mut candidates) = (
            SmallVec::<[u32; 16]>::new(),
            SmallVec::<[Candidate; 16]>::new(),
        );
        let mut grouped = false;
        for (at, slot) in of.paths(net) {
            grouped |= self.store.traits(slot.set).contains(Traits::MED);
            if let Some(mut candidate) = self.candidate(table, slot) {
                candidate.is_best = before == Some(at);
                places.push(at);
                candidates.push(candidate);
            }
        }
        let decision = decide(&candidates, &self.config);
        let best = decision.and_then(|it| places.get(it.best).copied());
        if let (Some(best), Some(of)) = (best, self.tables.get_mut(table.index())) {
            of.to_front(net, best);
        }
        let config = self.config;
        if let Some(entry) = self.entry_mut(table, net) {
            entry.set_step(decision.map(|it| it.step));
            entry.grouped = config.groups(grouped);
        }
        before != best
    }

    fn entry_mut(&mut self, table: TableId, net: NetId) -> Option<&mut super::table::Entry> {
        self.tables.get_mut(table.index())?.entry_mut(net)
    }
}

fn same_path(a: &Slot, b: &Slot) -> bool {
    a.source == b.source && a.path_id == b.path_id && a.has_path_id == b.has_path_id
}
