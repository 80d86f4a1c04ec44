//! Routes that are there, judged again.

use alloc::vec::Vec;

use crate::{
    rib::{
        Change, Handle, NetId, Refusal, Rib, RouteSource, TableId,
        net::{self, Name},
        packed,
        table::Slot,
    },
    wire::{
        attribute::AttributeSet,
        nlri::{Destination, PathId},
    },
};

/// A route as it came.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path_id: Option<PathId>,
    pub(crate) attributes: AttributeSet,
    /// The element of NLRI, with what it says beside the destination.
    pub(crate) destination: Destination,
}

impl Rib {
    /// Whether a source has so many paths to a destination, and this is not one
    /// of them. Without path identifiers there is one at most.
    pub(crate) fn is_full(
        &self,
        source: RouteSource,
        (table, destination): (TableId, &Destination),
        PathId(id): PathId,
        limit: u16,
    ) -> bool {
        let Some((place, of)) = self.place(source).zip(self.tables.get(table.index())) else {
            return false;
        };
        let key = net::key(destination);
        let name = match &key {
            Destination::Prefix(prefix) => Name::of(*prefix),
            other => Name::Other(other),
        };
        let Some(net) = of.names.find(&name) else {
            return limit == 0;
        };
        let mut left = limit;
        for (_, slot) in of.paths(net).filter(|(_, slot)| slot.source == place) {
            if slot.has_path_id && slot.path_id == id {
                return false;
            }
            left = left.saturating_sub(1);
        }
        left == 0
    }

    /// A source's paths to a destination, as they came.
    pub(crate) fn received(
        &self,
        source: RouteSource,
        (table, net): (TableId, NetId),
    ) -> Vec<Received> {
        let found = self.place(source).zip(self.tables.get(table.index()));
        let Some((place, of)) = found else {
            return Vec::new();
        };
        let paths = of.paths(net).filter(|(_, slot)| slot.source == place);
        let received = paths.filter_map(|(_, slot)| {
            let (set, marks) = self.store.get(slot.set);
            let attributes = if marks.received.is_empty() {
                set
            } else {
                packed::unpack(&marks.received).0
            };
            let whole = Destination::read(of.names.family(), &marks.nlri);
            Some(Received {
                path_id: slot.has_path_id.then_some(PathId(slot.path_id)),
                attributes,
                destination: whole.or_else(|| of.names.destination(net))?,
            })
        });
        received.collect()
    }

    /// Gives a path that is there another set, and leaves it as old as it is.
    /// What changed by it.
    pub(crate) fn replace(
        &mut self,
        source: RouteSource,
        (table, net): (TableId, NetId),
        path_id: Option<PathId>,
        handle: &Handle,
        refused: Option<Refusal>,
    ) -> Option<Change> {
        let place = self.place(source)?;
        let id = path_id.map_or(0, |id| id.0);
        let is_it = |slot: &Slot| {
            let same = slot.path_id == id && slot.has_path_id == path_id.is_some();
            slot.source == place && same
        };
        let of = self.tables.get(table.index())?;
        let (_, slot) = of.paths(net).find(|(_, slot)| is_it(slot))?;
        let slot = Slot {
            set: handle.0,
            refused: Refusal::pack(refused),
            ..*slot
        };
        let best = self.put(table, net, slot)?;
        Some(Change { table, net, best })
    }
}
