//! Which part a destination belongs to, and UPDATEs cut to it.

use alloc::collections::BTreeSet;
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
    /// Prefixes of one area go together, for they come in one UPDATE mostly and
    /// go out in one: a set that several parts have is read, kept and written by
    /// each. Other areas go anywhere.
    pub(super) fn of_prefix(self, prefix: Prefix) -> u16 {
        let area = match prefix.addr() {
            IpAddr::V4(addr) => addr.to_bits() >> (32 - AREA_V4),
            IpAddr::V6(addr) => {
                let [a, b, c, d, ..] = addr.octets();
                u32::from_be_bytes([a, b, c, d])
            }
        };
        self.scale(u64::from(area).wrapping_add(1).wrapping_mul(SPREAD))
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

    /// By the upper half. The head, who reads for all, has less of its own.
    fn scale(self, hash: u64) -> u16 {
        let shares = u64::from(self.0) * 4 - u64::from(self.0 > 1);
        let share = (hash >> 32).wrapping_mul(shares) >> 32;
        u16::try_from((share + u64::from(self.0 > 1)) / 4).unwrap_or(HEAD)
    }

    /// Which parts an UPDATE is for; what is for none, as what cannot be read,
    /// stays with the head.
    pub(super) fn of_update(self, update: &Update) -> Whom {
        let mut parts = update.lists().flat_map(|list| self.parts(list));
        let first = parts.next().unwrap_or(HEAD);
        match parts.find(|part| *part != first) {
            None => Whom::One(first),
            Some(second) => {
                let parts = parts.chain([first, second]);
                Whom::Several(parts.collect())
            }
        }
    }

    /// What of an UPDATE is for one part. What is wrong with it stays, for it
    /// decides what becomes of the routes.
    pub(super) fn share(self, parsed: Parsed<Update>, part: u16) -> Parsed<Update> {
        let Parsed { value, faults } = parsed;
        let mine = |list: NlriList| {
            if self.parts(&list).all(|of| of == part) {
                list
            } else {
                self.cut(&list, part)
            }
        };
        let mp_reach = value.mp_reach.map(|reach| MpReach {
            nlri: mine(reach.nlri),
            next_hop: reach.next_hop,
        });
        let mp_unreach = value.mp_unreach.map(|unreach| MpUnreach {
            nlri: mine(unreach.nlri),
        });
        let value = Update {
            withdrawn: mine(value.withdrawn),
            announced: mine(value.announced),
            mp_reach,
            mp_unreach,
            attributes: value.attributes,
        };
        Parsed { value, faults }
    }

    fn parts(self, list: &NlriList) -> impl Iterator<Item = u16> + '_ {
        let everywhere = membership::is_membership(list.family());
        let everywhere = (0..self.0).filter(move |_| everywhere && !list.is_empty());
        let prefixes = list.prefixes().map(move |nlri| self.of_prefix(nlri.prefix));
        let other = (!net::is_of_prefixes(list.family())).then_some(list);
        let others = other.into_iter().flat_map(NlriList::iter);
        let others = others.map(move |nlri| self.of(&nlri.destination));
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

/// Whom an UPDATE is for.
#[derive(Debug)]
pub(super) enum Whom {
    One(u16),
    Several(BTreeSet<u16>),
}

/// The part that has the sessions.
pub(super) const HEAD: u16 = 0;
/// The length of an area of IPv4; one of IPv6 has 32 bits, as what a registry
/// gives to an operator.
const AREA_V4: u32 = 14;
/// The golden ratio, as a multiplier that spreads.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
