use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};

use crate::{
    rib::{Rib, store::Store},
    types::{Family, Prefix},
    wire::{AttributeSet, Nlri},
};

/// What one neighbour has been told of one family, and what it is still to be
/// told.
///
/// Changes wait here as prefixes, not as messages: whatever happened to a
/// prefix meanwhile, the neighbour gets its latest state once there is room
/// (BIRD's buckets). So a flapping prefix costs one message, and a neighbour
/// that reads slowly costs no more memory than one that reads fast.
#[derive(Clone, Debug)]
pub struct AdjRibOut {
    family: Family,
    sent: BTreeMap<Prefix, Arc<AttributeSet>>,
    pending: BTreeSet<Prefix>,
    walk: Option<Walk>,
    end_of_rib: EndOfRib,
}

/// A pass over the whole Loc-RIB: at the start, and when the neighbour asks.
#[derive(Clone, Copy, Debug)]
struct Walk {
    after: Option<Prefix>,
    /// Whether routes are sent again that the neighbour has been sent.
    again: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum EndOfRib {
    Owed,
    Said,
}

/// What to tell a neighbour next: routes by attribute set, and withdrawals.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// Destinations to announce, by what to say of them, in the order in which
    /// they came up.
    pub announced: Vec<(Arc<AttributeSet>, Vec<Nlri>)>,
    /// The place of an interned set in `announced`, by its address.
    places: BTreeMap<usize, usize>,
    /// Destinations to withdraw.
    pub withdrawn: Vec<Nlri>,
}

impl Batch {
    fn announce(&mut self, attributes: Arc<AttributeSet>, nlri: Nlri) {
        let next = self.announced.len();
        let place = *self
            .places
            .entry(Arc::as_ptr(&attributes).addr())
            .or_insert(next);
        match self.announced.get_mut(place) {
            Some((_, list)) => list.push(nlri),
            None => self.announced.push((attributes, alloc::vec![nlri])),
        }
    }
}

impl AdjRibOut {
    /// For a neighbour that has just come up: all of the Loc-RIB is to be told,
    /// and then End-of-RIB (RFC 4724 §2).
    pub fn new(family: Family) -> Self {
        Self {
            family,
            sent: BTreeMap::new(),
            pending: BTreeSet::new(),
            walk: Some(Walk {
                after: None,
                again: false,
            }),
            end_of_rib: EndOfRib::Owed,
        }
    }

    /// Which family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The best route to `prefix` has changed.
    pub fn mark(&mut self, prefix: Prefix) {
        self.pending.insert(prefix);
    }

    /// The neighbour wants everything again (RFC 2918).
    pub fn send_again(&mut self) {
        self.walk = Some(Walk {
            after: None,
            again: true,
        });
    }

    /// The policy changed: everything is to be looked at again, and told where
    /// it differs.
    pub fn review(&mut self) {
        if self.walk.is_none_or(|walk| !walk.again) {
            self.walk = Some(Walk {
                after: None,
                again: false,
            });
        }
        // What is not in the Loc-RIB any more is pending already.
    }

    /// Whether there is something to tell.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty() || self.walk.is_some() || self.end_of_rib == EndOfRib::Owed
    }

    /// Whether all is told and only End-of-RIB is owed; it counts as said then.
    pub fn take_end_of_rib(&mut self) -> bool {
        let due =
            self.end_of_rib == EndOfRib::Owed && self.pending.is_empty() && self.walk.is_none();
        if due {
            self.end_of_rib = EndOfRib::Said;
        }
        due
    }

    /// The next prefixes to tell of, at most `limit`, and for each whether it
    /// is told even if nothing changed.
    pub fn next_prefixes(&mut self, rib: &Rib, limit: usize) -> Vec<(Prefix, bool)> {
        let mut next = Vec::new();
        while next.len() < limit
            && let Some(prefix) = self.pending.pop_first()
        {
            next.push((prefix, false));
        }
        let room = limit.saturating_sub(next.len());
        if let Some(walk) = self.walk.as_mut().filter(|_| room > 0) {
            let mut walked = 0;
            for route in rib.routes_after(self.family, walk.after).take(room) {
                walk.after = Some(route.prefix);
                next.push((route.prefix, walk.again));
                walked += 1;
            }
            if walked < room {
                self.walk = None;
            }
        }
        next
    }

    /// Decides what to say of `prefix`, now that `route` is what the neighbour
    /// is to have of it, and adds it to the batch.
    pub(crate) fn tell(
        &mut self,
        store: &mut Store,
        (prefix, again): (Prefix, bool),
        route: Option<Arc<AttributeSet>>,
        batch: &mut Batch,
    ) {
        let Some(handle) = route else {
            if let Some(old) = self.sent.remove(&prefix) {
                store.release(old);
                batch.withdrawn.push(prefix.into());
            }
            return;
        };
        let old = self.sent.insert(prefix, Arc::clone(&handle));
        let news = again || old.as_ref().is_none_or(|old| !Arc::ptr_eq(old, &handle));
        if let Some(old) = old {
            // Never the last handle of what is sent again: `handle` is one.
            store.release(old);
        }
        if news {
            batch.announce(handle, prefix.into());
        }
    }

    /// What the neighbour has been told.
    pub fn routes(&self) -> impl Iterator<Item = (Prefix, &Arc<AttributeSet>)> {
        self.sent
            .iter()
            .map(|(prefix, attributes)| (*prefix, attributes))
    }

    /// Gives all handles back: the session is over.
    pub(crate) fn clear(self, store: &mut Store) {
        for attributes in self.sent.into_values() {
            store.release(attributes);
        }
    }
}
