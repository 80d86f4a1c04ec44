//! Attribute sets, each distinct one kept once and known by a small number.

use alloc::{boxed::Box, vec::Vec};
use core::hash::Hasher;

use bitflags::bitflags;
use siphasher::sip::SipHasher13;

use crate::{
    rib::{
        Candidate, Marks,
        candidate::DEFAULT_LOCAL_PREF,
        index::Index,
        next_hop::{HopId, NextHops},
        packed,
    },
    types::{Asn, Community, RouterId},
    wire::{AttributeSet, Origin},
};

/// A set of the store.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct SetId(pub(crate) u32);

impl SetId {
    const fn index(self) -> usize {
        self.0 as usize
    }
}

bitflags! {
    /// What the decision and the export ask of a set before they look into it.
    #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
    pub(crate) struct Traits: u16 {
        const MED = 1;
        const ORIGINATOR = 1 << 1;
        const LLGR_STALE = 1 << 2;
        const AIGP = 1 << 3;
        const WEIGHT = 1 << 4;
        const NO_ADVERTISE = 1 << 5;
        const NO_EXPORT = 1 << 6;
        const NO_EXPORT_SUBCONFED = 1 << 7;
        const NEIGHBOR_AS = 1 << 8;
        const NLRI = 1 << 9;
        const NO_LLGR = 1 << 10;
    }
}

/// The decision's keys, worked out once a set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    local_pref: u32,
    med: u32,
    neighbor_as: u32,
    originator: u32,
    pub(crate) next_hop: HopId,
    path_length: u16,
    cluster_length: u16,
    pub(crate) traits: Traits,
    origin: Origin,
}

#[derive(Debug)]
struct Stored {
    octets: Box<[u8]>,
    hash: u32,
    /// 0 is a place that is free.
    refs: u32,
    keys: Keys,
}

/// The sets, and which octets are which.
#[derive(Debug)]
pub(crate) struct Store {
    index: Index,
    sets: Vec<Stored>,
    free: Vec<u32>,
    seed: (u64, u64),
    scratch: Vec<u8>,
}

impl Store {
    /// The seed keys the hash, against sets that are chosen to collide.
    pub(crate) fn new(seed: (u64, u64)) -> Self {
        Self {
            index: Index::default(),
            sets: Vec::new(),
            free: Vec::new(),
            seed,
            scratch: Vec::new(),
        }
    }

    /// The number of this set; give it back with [`Store::release`].
    pub(crate) fn intern(
        &mut self,
        set: &AttributeSet,
        marks: &Marks,
        next_hops: &mut NextHops,
    ) -> SetId {
        self.scratch.clear();
        packed::pack(set, marks, &mut self.scratch);
        let mut hasher = SipHasher13::new_with_keys(self.seed.0, self.seed.1);
        hasher.write(&self.scratch);
        let kept = fold(hasher.finish());
        let hash = unfold(kept);
        let known = self.index.find(hash, |&id| {
            let stored = self.sets.get(id as usize);
            stored.is_some_and(|it| *it.octets == *self.scratch)
        });
        if let Some(id) = known {
            self.hold(SetId(id));
            return SetId(id);
        }
        let next_hop = match set.next_hop {
            Some(next_hop) => next_hops.track(next_hop.addr()),
            None => HopId::NONE,
        };
        let stored = Stored {
            octets: Box::from(self.scratch.as_slice()),
            hash: kept,
            refs: 1,
            keys: keys(set, marks, next_hop),
        };
        let id = self.place(stored);
        let sets = &self.sets;
        self.index.insert(hash, id, |&id| {
            sets.get(id as usize).map_or(0, |it| unfold(it.hash))
        });
        SetId(id)
    }

    fn place(&mut self, stored: Stored) -> u32 {
        if let Some(id) = self.free.pop()
            && let Some(slot) = self.sets.get_mut(id as usize)
        {
            *slot = stored;
            return id;
        }
        let id = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(stored);
        id
    }

    /// One more holds it.
    pub(crate) fn hold(&mut self, id: SetId) {
        if let Some(stored) = self.sets.get_mut(id.index()) {
            stored.refs = stored.refs.saturating_add(1);
        }
    }

    /// One less holds it; the last one frees it.
    pub(crate) fn release(&mut self, id: SetId, next_hops: &mut NextHops) {
        let Some(stored) = self.sets.get_mut(id.index()) else {
            return;
        };
        stored.refs = stored.refs.saturating_sub(1);
        if stored.refs != 0 {
            return;
        }
        next_hops.untrack(stored.keys.next_hop);
        let hash = unfold(stored.hash);
        stored.octets = Box::default();
        self.index.remove(hash, id.0);
        self.free.push(id.0);
    }

    /// What the set says; empty for one that is not held.
    pub(crate) fn get(&self, id: SetId) -> (AttributeSet, Marks) {
        match self.sets.get(id.index()) {
            Some(stored) => packed::unpack(&stored.octets),
            None => Default::default(),
        }
    }

    pub(crate) fn keys(&self, id: SetId) -> Option<&Keys> {
        self.sets.get(id.index()).map(|stored| &stored.keys)
    }

    pub(crate) fn traits(&self, id: SetId) -> Traits {
        self.keys(id).map_or(Traits::empty(), |keys| keys.traits)
    }

    /// The part of a candidate that its set says.
    pub(crate) fn candidate(&self, id: SetId) -> Option<Candidate> {
        let keys = self.keys(id)?;
        let has = |of| keys.traits.contains(of);
        let (mut aigp, mut weight) = (None, 0);
        if keys.traits.intersects(Traits::AIGP | Traits::WEIGHT) {
            let (set, marks) = self.get(id);
            aigp = super::candidate::aigp(&set);
            weight = marks.weight;
        }
        Some(Candidate {
            stale: has(Traits::LLGR_STALE),
            weight,
            neighbor: None,
            local_pref: keys.local_pref,
            aigp,
            path_length: keys.path_length,
            origin: keys.origin,
            med: has(Traits::MED).then_some(keys.med),
            neighbor_as: has(Traits::NEIGHBOR_AS).then_some(Asn(keys.neighbor_as)),
            igp_cost: 0,
            originator_id: has(Traits::ORIGINATOR).then_some(RouterId(keys.originator)),
            cluster_length: keys.cluster_length,
            path_id: 0,
            is_best: false,
        })
    }

    /// How many distinct sets are held.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }
}

fn keys(set: &AttributeSet, marks: &Marks, next_hop: HopId) -> Keys {
    let candidate = Candidate::new(set, None);
    let mut traits = Traits::empty();
    traits.set(Traits::MED, set.med.is_some());
    traits.set(Traits::ORIGINATOR, set.originator_id.is_some());
    traits.set(Traits::AIGP, candidate.aigp.is_some());
    traits.set(Traits::WEIGHT, marks.weight != 0);
    traits.set(Traits::NEIGHBOR_AS, candidate.neighbor_as.is_some());
    traits.set(Traits::NLRI, !marks.nlri.is_empty());
    for community in &set.communities {
        traits |= match *community {
            Community::LLGR_STALE => Traits::LLGR_STALE,
            Community::NO_LLGR => Traits::NO_LLGR,
            Community::NO_ADVERTISE => Traits::NO_ADVERTISE,
            Community::NO_EXPORT => Traits::NO_EXPORT,
            Community::NO_EXPORT_SUBCONFED => Traits::NO_EXPORT_SUBCONFED,
            _ => Traits::empty(),
        };
    }
    Keys {
        local_pref: set.local_pref.unwrap_or(DEFAULT_LOCAL_PREF),
        med: set.med.unwrap_or(0),
        neighbor_as: candidate.neighbor_as.map_or(0, |asn| asn.0),
        originator: set.originator_id.map_or(0, |id| id.0),
        next_hop,
        path_length: candidate.path_length,
        cluster_length: candidate.cluster_length,
        traits,
        origin: candidate.origin,
    }
}

/// The table looks at the highest seven bits of a hash and at the lowest: half
/// of it, kept, stands for all of it when the table grows.
const fn fold(hash: u64) -> u32 {
    (hash & 0x01ff_ffff) as u32 | ((hash >> 57) as u32) << 25
}

const fn unfold(hash: u32) -> u64 {
    (hash & 0x01ff_ffff) as u64 | ((hash >> 25) as u64) << 57
}
