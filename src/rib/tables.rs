use alloc::{collections::BTreeMap, vec::Vec};
use core::net::IpAddr;

use crate::{
    rib::{
        DecisionConfig, Marks, NetId, NextHops, Refusal, RouteSource, UnknownNextHops,
        net::Name,
        sources::Source,
        store::{SetId, Store, Traits},
        table::{Entry, NIL, Slot, Table},
    },
    types::{Family, PeerId, Prefix},
    wire::{
        attribute::AttributeSet,
        nlri::{Destination, PathId},
    },
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
    pub(super) free_sources: Vec<u32>,
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

impl Rib {
    /// An empty one. The seed keys its hashes, against names and attributes
    /// that are chosen to collide: draw it once for each RIB. Nothing that can be
    /// seen depends on it.
    pub fn new(unknown: UnknownNextHops, config: DecisionConfig, seed: (u64, u64)) -> Self {
        let local = Source::new(RouteSource::Local, None);
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
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it must not be given back twice"
    )]
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
        let epoch = self.sources.get(place as usize)?.given(table).epoch;
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
    pub(super) fn put(&mut self, table: TableId, net: NetId, slot: Slot) -> Option<bool> {
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
            self.count(table, slot.source, true);
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
        // It may have been stale, which those who were told of it were told too.
        let same = same && !self.is_long_lived(table, &old);
        if same {
            return None;
        }
        let was_best = self.tables.get(table.index())?.entry(net)?.best() == Some(at);
        let changed = self.decide(table, net);
        Some(changed || was_best)
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
        self.count(table, place, false);
        self.store.release(set, &mut self.next_hops);
        self.decide(table, net);
        // Who refers to it still has to be told; then it goes.
        Some(Change {
            table,
            net,
            best: was_best,
        })
    }

    /// Whether a source has given such a path.
    pub fn holds(
        &self,
        source: RouteSource,
        (table, prefix): (TableId, Prefix),
        path_id: Option<PathId>,
    ) -> bool {
        let Some((place, of)) = self.place(source).zip(self.tables.get(table.index())) else {
            return false;
        };
        let id = path_id.map_or(0, |id| id.0);
        let found = of.names.find(&Name::of(prefix));
        found.is_some_and(|net| {
            of.paths(net).any(|(_, slot)| {
                let same = slot.path_id == id && slot.has_path_id == path_id.is_some();
                slot.source == place && same
            })
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

    pub(super) fn entry_mut(&mut self, table: TableId, net: NetId) -> Option<&mut Entry> {
        self.tables.get_mut(table.index())?.entry_mut(net)
    }
}

fn same_path(a: &Slot, b: &Slot) -> bool {
    a.source == b.source && a.path_id == b.path_id && a.has_path_id == b.has_path_id
}
