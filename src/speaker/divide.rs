//! Which part a destination belongs to, and UPDATEs cut to it.

use alloc::vec::Vec;
use core::{
    hash::{Hash as _, Hasher as _},
    net::IpAddr,
};

use siphasher::sip::SipHasher13;

use crate::{
    rib::net,
    speaker::membership,
    types::Prefix,
    wire::{Destination, MpReach, MpUnreach, NlriList, Parsed, Update},
};

/// Into how many parts destinations are divided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Division(pub(super) u16);

impl Division {
    /// Neighbouring prefixes of one length go together, for they come in one
    /// UPDATE mostly and go out in one; what is further away goes anywhere.
    pub(super) fn of_prefix(self, prefix: Prefix) -> u16 {
        let length = prefix.length().saturating_sub(TOGETHER);
        let (bits, width) = match prefix.addr() {
            IpAddr::V4(addr) => (u128::from(addr.to_bits()), 32),
            IpAddr::V6(addr) => (addr.to_bits(), 128),
        };
        let shift = u32::saturating_sub(width, u32::from(length));
        let block = bits.checked_shr(shift).unwrap_or(0);
        let [low, high] = [block as u64, (block >> 64) as u64];
        let mixed = (low ^ high.rotate_left(31) ^ u64::from(length) << 56).wrapping_mul(SPREAD);
        self.scale(mixed)
    }

    pub(super) fn of(self, destination: &Destination) -> u16 {
        match destination {
            Destination::Prefix(prefix) => self.of_prefix(*prefix),
            other => {
                let mut hasher = SipHasher13::new();
                net::key(other).hash(&mut hasher);
                self.scale(hasher.finish())
            }
        }
    }

    /// The upper half counts.
    fn scale(self, hash: u64) -> u16 {
        let share = (hash >> 32).wrapping_mul(u64::from(self.0)) >> 32;
        u16::try_from(share).unwrap_or(0)
    }

    /// What of an UPDATE is for each part, if anything; what is wrong with it
    /// goes with each, for it decides what becomes of the routes.
    pub(super) fn divide(self, parsed: Parsed<Update>) -> Vec<(u16, Parsed<Update>)> {
        if let Some(only) = self.only(&parsed.value) {
            return alloc::vec![(only, parsed)];
        }
        let cut = |part| {
            let value = &parsed.value;
            let of = |list: &NlriList| self.cut(list, part);
            let mp_reach = value.mp_reach.as_ref().map(|reach| MpReach {
                nlri: of(&reach.nlri),
                next_hop: reach.next_hop,
            });
            let mp_unreach = value.mp_unreach.as_ref().map(|unreach| MpUnreach {
                nlri: of(&unreach.nlri),
            });
            let value = Update {
                withdrawn: of(&value.withdrawn),
                announced: of(&value.announced),
                mp_reach: mp_reach.filter(|reach| !reach.nlri.is_empty()),
                mp_unreach: mp_unreach.filter(|unreach| !unreach.nlri.is_empty()),
                attributes: value.attributes.clone(),
            };
            let some = value.lists().any(|list| !list.is_empty());
            some.then(|| {
                let faults = parsed.faults.clone();
                (part, Parsed { value, faults })
            })
        };
        (0..self.0).filter_map(cut).collect()
    }

    /// The part that all of it is for, if there is one; what is for none, as
    /// what cannot be read, stays with the head.
    fn only(self, update: &Update) -> Option<u16> {
        let mut parts = update.lists().flat_map(|list| self.parts(list));
        let first = parts.next().unwrap_or(HEAD);
        parts.all(|part| part == first).then_some(first)
    }

    fn parts(self, list: &NlriList) -> impl Iterator<Item = u16> + '_ {
        let everywhere = membership::is_membership(list.family());
        let everywhere = (0..self.0).filter(move |_| everywhere && !list.is_empty());
        let prefixes = list.prefixes().map(move |nlri| self.of_prefix(nlri.prefix));
        let others = list.iter().map(move |nlri| self.of(&nlri.destination));
        let others = others.filter(|_| !net::is_of_prefixes(list.family()));
        everywhere.chain(prefixes).chain(others)
    }

    fn cut(self, list: &NlriList, part: u16) -> NlriList {
        let family = list.family();
        if membership::is_membership(family) {
            return list.clone();
        }
        let mut own = if list.has_path_ids() {
            NlriList::with_path_ids(family)
        } else {
            NlriList::new(family)
        };
        // What was in a list can be in another of its kind.
        if net::is_of_prefixes(family) {
            let prefixes = list.prefixes();
            for nlri in prefixes.filter(|nlri| self.of_prefix(nlri.prefix) == part) {
                let _ = own.push(nlri);
            }
        } else {
            for nlri in list.iter().filter(|it| self.of(&it.destination) == part) {
                let _ = own.push_any(&nlri);
            }
        }
        own
    }
}

/// The part that has the sessions.
pub(super) const HEAD: u16 = 0;
/// The last bits of a prefix that do not count: 64 neighbours go together.
const TOGETHER: u8 = 6;
/// The golden ratio, as a multiplier that spreads.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
