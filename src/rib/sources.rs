//! Those who give routes, and how stale what they gave is.

use smallvec::SmallVec;

use crate::{
    rib::{Neighbor, Rib, RouteSource, TableId, table::Slot},
    types::{Family, PeerId},
};

/// Somebody who gives routes.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) of: RouteSource,
    pub(super) facts: Option<Neighbor>,
    /// By table, how many paths it has, and a count of the times that it began
    /// anew: a path of an earlier one is stale, so that a million routes turn
    /// stale by adding one.
    given: SmallVec<[Given; 2]>,
    /// The tables, by bit, whose stale routes are being removed.
    pub(super) swept: u64,
    /// The tables, by bit, whose stale routes are the last to be chosen
    /// (RFC 9494 §4.2).
    pub(super) long_lived: u64,
}

/// What a source has given of a family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub(super) paths: u32,
    pub(super) epoch: u16,
}

impl Source {
    pub(super) fn new(of: RouteSource, facts: Option<Neighbor>) -> Self {
        Self {
            of,
            facts,
            given: SmallVec::new(),
            swept: 0,
            long_lived: 0,
        }
    }

    pub(super) fn given(&self, table: TableId) -> Given {
        self.given.get(table.index()).copied().unwrap_or_default()
    }

    pub(super) fn given_mut(&mut self, table: TableId) -> Option<&mut Given> {
        if self.given.len() <= table.index() {
            let length = table.index().saturating_add(1);
            self.given.resize(length, Given::default());
        }
        self.given.get_mut(table.index())
    }
}

/// The place of the embedder.
pub(super) const LOCAL: u32 = 0;

impl Rib {
    /// A neighbour's session is up: what it sends from now on is fresh.
    pub fn neighbor_up(&mut self, peer: PeerId, facts: Neighbor) {
        if let Some(source) = self.source_mut(peer) {
            source.facts = Some(facts);
            return;
        }
        let source = Source::new(RouteSource::Peer(peer), Some(facts));
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
            for given in &mut source.given {
                given.epoch = given.epoch.wrapping_add(1);
            }
        }
    }

    /// A neighbour sends a family anew: all it sent of it is stale (RFC 7313 §4).
    pub fn neighbor_refreshes(&mut self, peer: PeerId, table: TableId) {
        let given = self.source_mut(peer).and_then(|it| it.given_mut(table));
        if let Some(given) = given {
            given.epoch = given.epoch.wrapping_add(1);
        }
    }

    /// How many paths a source has given of a family, unusable ones too.
    pub fn given_by(&self, source: RouteSource, family: Family) -> usize {
        let table = self.find_table(family);
        let place = self.place(source);
        let source = place.and_then(|place| self.sources.get(place as usize));
        let given = source.zip(table).map(|(source, table)| source.given(table));
        given.map_or(0, |given| given.paths as usize)
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
            source.long_lived &= !table.bit();
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

    pub(super) fn place(&self, source: RouteSource) -> Option<u32> {
        match source {
            RouteSource::Local => Some(LOCAL),
            RouteSource::Peer(peer) => self.places.get(&peer).copied(),
        }
    }

    pub(super) fn is_stale(&self, table: TableId, slot: &Slot) -> bool {
        let source = self.sources.get(slot.source as usize);
        source.is_none_or(|source| source.given(table).epoch != slot.epoch)
    }

    pub(super) fn count(&mut self, table: TableId, source: u32, more: bool) {
        let source = self.sources.get_mut(source as usize);
        if let Some(given) = source.and_then(|source| source.given_mut(table)) {
            given.paths = if more {
                given.paths.saturating_add(1)
            } else {
                given.paths.saturating_sub(1)
            };
        }
    }

    pub(super) fn is_long_lived(&self, table: TableId, slot: &Slot) -> bool {
        let source = self.sources.get(slot.source as usize);
        let long_lived = source.is_some_and(|source| source.long_lived & table.bit() != 0);
        long_lived && self.is_stale(table, slot)
    }

    /// Whether a sweep removes it.
    pub(super) fn is_gone(&self, table: TableId, slot: &Slot) -> bool {
        let source = self.sources.get(slot.source as usize);
        let swept = source.is_some_and(|source| source.swept & table.bit() != 0);
        swept && self.is_stale(table, slot)
    }
}
