//! The table of one family: destinations, and each one's paths, the best first.
//!
//! Everything is a number into a few long lists, so that a path costs tens of
//! octets and a million of them a handful of allocations:
//!
//! ```text
//! names   [ 10.0.0.0/24 | 10.0.1.0/24 | ... ]   by hash
//! entries [ head, step  | head, step  | ... ]   the same places
//!             |
//! paths   [ set, source, id, next | set, source, id, next | ... ]
//!            |                        ^ next
//! store   [ octets, keys | ... ]
//! ```

use alloc::vec::Vec;

use crate::{
    rib::{
        Step,
        net::{Name, Names, NetId},
        store::SetId,
    },
    types::Family,
};

/// No path.
pub(super) const NIL: u32 = u32::MAX;

/// One path. Twenty octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) set: SetId,
    /// The place of its source among the RIB's sources.
    pub(super) source: u32,
    /// Its path identifier, 0 without one.
    pub(super) path_id: u32,
    pub(super) next: u32,
    /// The session of its source that it came over: it is stale when that is
    /// not the latest one.
    pub(super) epoch: u16,
    /// Why it may not be used; 0 if it may.
    pub(super) refused: u8,
    pub(super) has_path_id: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The first path: the best one, if any is eligible.
    pub(super) head: u32,
    /// Those who keep the number from being given to another destination,
    /// paths aside.
    holds: u16,
    /// The step that made the head the best; [`NO_BEST`] if it is not.
    step: u8,
    /// Whether some path has a MULTI_EXIT_DISC, so that comparing two paths does
    /// not do.
    pub(super) grouped: bool,
}

const NO_BEST: u8 = u8::MAX;
/// The number is nobody's.
const FREE: u8 = NO_BEST - 1;

impl Entry {
    const EMPTY: Self = Self {
        head: NIL,
        holds: 0,
        step: NO_BEST,
        grouped: false,
    };

    pub(super) fn best(&self) -> Option<u32> {
        (self.step < FREE && self.head != NIL).then_some(self.head)
    }

    pub(super) fn step(&self) -> Option<Step> {
        Step::ALL.get(usize::from(self.step)).copied()
    }

    pub(super) fn set_step(&mut self, step: Option<Step>) {
        let at = step.and_then(|step| Step::ALL.iter().position(|it| *it == step));
        self.step = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(NO_BEST);
    }
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(super) names: Names,
    entries: Vec<Entry>,
    free: Vec<NetId>,
    paths: Vec<Slot>,
    free_path: u32,
    /// Paths that are held.
    pub(super) held: usize,
}

impl Table {
    pub(super) fn new(family: Family, seed: (u64, u64)) -> Self {
        Self {
            names: Names::new(family, seed),
            entries: Vec::new(),
            free: Vec::new(),
            paths: Vec::new(),
            free_path: NIL,
            held: 0,
        }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(super) fn entry(&self, net: NetId) -> Option<&Entry> {
        self.entries.get(net.index())
    }

    pub(super) fn entry_mut(&mut self, net: NetId) -> Option<&mut Entry> {
        self.entries.get_mut(net.index())
    }

    pub(super) fn slot(&self, at: u32) -> Option<&Slot> {
        self.paths.get(at as usize)
    }

    pub(super) fn slot_mut(&mut self, at: u32) -> Option<&mut Slot> {
        self.paths.get_mut(at as usize)
    }

    /// The end of the numbers: those of entries are below.
    pub(crate) fn end(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn find_or_insert(&mut self, name: &Name<'_>) -> Option<NetId> {
        let free = &mut self.free;
        let next = |count| match free.pop() {
            Some(id) => id,
            None => NetId(u32::try_from(count).unwrap_or(u32::MAX)),
        };
        let (id, new) = self.names.find_or_insert(name, next)?;
        if new {
            match self.entries.get_mut(id.index()) {
                Some(entry) => *entry = Entry::EMPTY,
                None => self.entries.push(Entry::EMPTY),
            }
        }
        Some(id)
    }

    /// The paths to a destination, the best first.
    pub(super) fn paths(&self, net: NetId) -> Paths<'_> {
        Paths {
            table: self,
            next: self.entry(net).map_or(NIL, |entry| entry.head),
        }
    }

    /// Puts a path behind `after`, or in front of all.
    pub(super) fn link(&mut self, net: NetId, after: Option<u32>, mut slot: Slot) -> u32 {
        slot.next = match after.and_then(|at| self.slot(at)) {
            Some(before) => before.next,
            None => self.entry(net).map_or(NIL, |entry| entry.head),
        };
        let at = self.free_path;
        let at = match self.slot_mut(at) {
            Some(place) => {
                let next = place.next;
                *place = slot;
                self.free_path = next;
                at
            }
            None => {
                self.paths.push(slot);
                u32::try_from(self.paths.len().saturating_sub(1)).unwrap_or(NIL)
            }
        };
        self.held = self.held.saturating_add(1);
        self.point(net, after, at);
        at
    }

    /// Takes a path out of the list, `before` being the one in front of it.
    pub(super) fn unlink(&mut self, net: NetId, before: Option<u32>, at: u32) {
        let Some(next) = self.slot(at).map(|slot| slot.next) else {
            return;
        };
        self.point(net, before, next);
        let free = core::mem::replace(&mut self.free_path, at);
        if let Some(slot) = self.slot_mut(at) {
            slot.next = free;
        }
        self.held = self.held.saturating_sub(1);
    }

    /// Moves a path to the front.
    pub(super) fn to_front(&mut self, net: NetId, at: u32) {
        let Some(head) = self.entry(net).map(|entry| entry.head) else {
            return;
        };
        if head == at {
            return;
        }
        let before = self.paths(net).find(|(_, slot)| slot.next == at);
        let Some((before, next)) = before
            .map(|(place, _)| place)
            .zip(self.slot(at).map(|slot| slot.next))
        else {
            return;
        };
        self.point(net, Some(before), next);
        if let Some(slot) = self.slot_mut(at) {
            slot.next = head;
        }
        self.point(net, None, at);
    }

    fn point(&mut self, net: NetId, from: Option<u32>, to: u32) {
        match from {
            Some(from) => {
                if let Some(slot) = self.slot_mut(from) {
                    slot.next = to;
                }
            }
            None => {
                if let Some(entry) = self.entry_mut(net) {
                    entry.head = to;
                }
            }
        }
    }

    /// Somebody refers to the destination by number.
    pub(crate) fn hold(&mut self, net: NetId) {
        if let Some(entry) = self.entry_mut(net) {
            // At the end of what can be counted it stays.
            entry.holds = entry.holds.saturating_add(1);
        }
    }

    pub(crate) fn release(&mut self, net: NetId) {
        if let Some(entry) = self.entry_mut(net)
            && entry.holds != u16::MAX
        {
            entry.holds = entry.holds.saturating_sub(1);
            self.free_if_unused(net);
        }
    }

    pub(super) fn free_if_unused(&mut self, net: NetId) {
        let Some(entry) = self.entry_mut(net) else {
            return;
        };
        if entry.head == NIL && entry.holds == 0 && entry.step != FREE {
            entry.step = FREE;
            self.names.remove(net);
            self.free.push(net);
        }
    }
}

/// Goes from path to path.
pub(super) struct Paths<'a> {
    table: &'a Table,
    next: u32,
}

impl<'a> Iterator for Paths<'a> {
    type Item = (u32, &'a Slot);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.next;
        let slot = self.table.slot(at)?;
        self.next = slot.next;
        Some((at, slot))
    }
}

const _: () = assert!(size_of::<Slot>() == 20 && size_of::<Entry>() == 8);
