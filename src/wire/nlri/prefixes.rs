//! Prefixes as they lie on the wire: a length in bits, then the octets that
//! hold them (RFC 4271 §4.3), each after a path identifier where ADD-PATH is in
//! use (RFC 7911 §3).
//!
//! The loops here are most of what reading a table costs, so they are written
//! by hand: one load of a fixed size a prefix, and in long runs four prefixes
//! of 17 to 24 bits at once, which frees the loop from waiting for one length
//! to find the next.

use crate::{
    types::{Afi, Prefix},
    wire::{Nlri, PathId},
};

/// The prefixes in a stretch of NLRI, read one by one.
///
/// Host bits are cleared (RFC 4271 §4.3). At the first prefix that cannot be
/// read the walk ends, since nothing after it can be found;
/// [`Prefixes::unread`] is then not 0. [`Prefixes::each`] is faster than
/// a loop over `next`.
#[derive(Clone, Debug)]
pub struct Prefixes<'a> {
    rest: &'a [u8],
    afi: Afi,
    with_path_id: bool,
}

impl<'a> Prefixes<'a> {
    /// Prefixes of IPv6 if `afi` says so, else of IPv4.
    #[inline]
    pub(in crate::wire) fn new(octets: &'a [u8], afi: Afi, with_path_id: bool) -> Self {
        Self {
            rest: octets,
            afi,
            with_path_id,
        }
    }

    /// Octets that have not been read: after the walk 0, or from the prefix
    /// that cannot be read to the end.
    #[inline]
    pub fn unread(&self) -> usize {
        self.rest.len()
    }

    /// Calls `f` with each prefix and with how many octets were left before it,
    /// and stops where reading does.
    #[inline]
    pub fn each(&mut self, mut f: impl FnMut(Nlri, usize)) {
        self.over((), |(), nlri, left| f(nlri, left));
    }

    #[inline]
    fn over<B>(&mut self, init: B, mut f: impl FnMut(B, Nlri, usize) -> B) -> B {
        let nlri = |prefix| Nlri {
            prefix,
            path_id: None,
        };
        let (all, rest) = if self.with_path_id {
            return self.over_path_ids(init, f);
        } else if self.afi == Afi::IPV6 {
            each(
                self.rest,
                init,
                |all, addr, length, left| match Prefix::v6(addr, length) {
                    Some(prefix) => f(all, nlri(prefix), left),
                    None => all,
                },
            )
        } else {
            runs(
                self.rest,
                init,
                |all, addr, length, left| match Prefix::v4(addr, length) {
                    Some(prefix) => f(all, nlri(prefix), left),
                    None => all,
                },
            )
        };
        self.rest = rest;
        all
    }

    fn over_path_ids<B>(&mut self, init: B, mut f: impl FnMut(B, Nlri, usize) -> B) -> B {
        let mut all = init;
        loop {
            let left = self.unread();
            match self.next() {
                Some(nlri) => all = f(all, nlri, left),
                None => return all,
            }
        }
    }
}

impl Iterator for Prefixes<'_> {
    type Item = Nlri;

    #[inline]
    fn next(&mut self) -> Option<Nlri> {
        let (path_id, octets) = if self.with_path_id {
            let (id, octets) = self.rest.split_first_chunk()?;
            (Some(PathId(u32::from_be_bytes(*id))), octets)
        } else {
            (None, self.rest)
        };
        let (prefix, rest) = if self.afi == Afi::IPV6 {
            let (addr, length, rest) = first::<u128>(octets)?;
            (Prefix::v6(addr, length)?, rest)
        } else {
            let (addr, length, rest) = first::<u32>(octets)?;
            (Prefix::v4(addr, length)?, rest)
        };
        self.rest = rest;
        Some(Nlri { prefix, path_id })
    }

    /// As fast as [`Prefixes::each`], and so are `for_each`, `count` and others.
    #[inline]
    fn fold<B, F: FnMut(B, Nlri) -> B>(mut self, init: B, mut f: F) -> B {
        self.over(init, |all, nlri, _| f(all, nlri))
    }
}

/// What [`scan`] saw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Octets from the first prefix that cannot be read to the end.
    pub(super) unread: usize,
    /// Whether a prefix has bits set beyond its length.
    pub(super) host_bits: bool,
}

/// Goes over prefixes without path identifiers and takes none; `odd` is called
/// with how many octets were left before a prefix that cannot be routed.
#[inline]
pub(super) fn scan(octets: &[u8], afi: Afi, mut odd: impl FnMut(usize)) -> Scan {
    if afi == Afi::IPV6 {
        let is_multicast = |first, length| first == 0xff && length >= 8;
        return hop(octets, max_length(afi), is_multicast, odd);
    }
    if octets.len() < RUN_PAYS {
        let is_multicast = |first, length| first & 0xf0 == 0xe0 && length >= 4;
        return hop(octets, max_length(afi), is_multicast, odd);
    }
    let (host_bits, rest) = runs(octets, 0, |bits, addr, length, left| {
        let [first, ..] = addr.to_be_bytes();
        if first & 0xf0 == 0xe0 && length >= 4 {
            odd(left);
        }
        let beyond = addr.checked_shl(u32::from(length)).unwrap_or(0);
        // Of the octet that it begins in: what follows is the next prefix.
        let [beyond, ..] = beyond.to_be_bytes();
        bits | beyond & !(0xff >> (length.wrapping_neg() % 8))
    });
    Scan {
        unread: rest.len(),
        host_bits: host_bits != 0,
    }
}

/// Hops from length to length, and looks at each first and last octet only.
#[inline]
fn hop(
    mut rest: &[u8],
    max: u8,
    is_multicast: impl Fn(u8, u8) -> bool,
    mut odd: impl FnMut(usize),
) -> Scan {
    let mut host_bits = 0;
    while let Some(&length) = rest.first().filter(|length| **length <= max) {
        let Some((prefix, after)) = rest.split_at_checked(taken(length)) else {
            break;
        };
        if let [_, first, ..] = prefix
            && is_multicast(*first, length)
        {
            odd(rest.len());
        }
        // The last octet of /0 is the length, 0.
        if let Some(last) = prefix.last() {
            host_bits |= last & !(0xff_u8 << (length.wrapping_neg() % 8));
        }
        rest = after;
    }
    Scan {
        unread: rest.len(),
        host_bits: host_bits != 0,
    }
}

/// Octets that hold a prefix of `length` bits, without those that say so.
#[inline]
pub(in crate::wire) const fn octets(length: u8) -> usize {
    // Two instructions, where `div_ceil` takes five.
    (length as usize).saturating_add(7) / 8
}

/// Octets from the length of one prefix to that of the next.
///
/// Each hop waits for the one before: every instruction here is one that
/// nothing else can hide.
#[inline]
const fn taken(length: u8) -> usize {
    (length as usize).saturating_add(15) / 8
}

/// The bits that a prefix of this family may have.
#[inline]
pub(in crate::wire) fn max_length(afi: Afi) -> u8 {
    if afi == Afi::IPV6 { 128 } else { 32 }
}

/// An address as the loops handle it.
trait Address: Copy {
    const MAX: u8;

    /// The length, and the address with whatever follows it in its last bits;
    /// nothing if the octets are too few to load it in one piece.
    fn load(octets: &[u8]) -> Option<(u8, Self)>;

    /// The address that begins with these octets.
    fn padded(octets: &[u8]) -> Option<Self>;
}

impl Address for u32 {
    const MAX: u8 = 32;

    #[inline]
    fn load(octets: &[u8]) -> Option<(u8, Self)> {
        let [length, a, b, c, d] = *octets.first_chunk()?;
        Some((length, Self::from_be_bytes([a, b, c, d])))
    }

    #[inline]
    fn padded(octets: &[u8]) -> Option<Self> {
        let octets = match *octets {
            [] => [0; 4],
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c] => [a, b, c, 0],
            [a, b, c, d] => [a, b, c, d],
            _ => return None,
        };
        Some(Self::from_be_bytes(octets))
    }
}

impl Address for u128 {
    const MAX: u8 = 128;

    #[inline]
    fn load(octets: &[u8]) -> Option<(u8, Self)> {
        let (length, rest) = octets.split_first()?;
        Some((*length, Self::from_be_bytes(*rest.first_chunk()?)))
    }

    #[inline]
    fn padded(octets: &[u8]) -> Option<Self> {
        let (high, low) = octets.split_at_checked(8).unwrap_or((octets, &[]));
        (low.len() <= 8).then(|| Self::from(half(high)) << 64 | Self::from(half(low)))
    }
}

/// The number that begins with these octets, at most eight.
#[inline]
fn half(octets: &[u8]) -> u64 {
    if let Some(all) = octets.first_chunk() {
        return u64::from_be_bytes(*all);
    }
    let all = octets
        .iter()
        .fold(1, |all, octet| all << 8 | u64::from(*octet));
    // The one that was put in front says how far up they have come.
    let free = all.leading_zeros().saturating_add(1);
    all.checked_shl(free).unwrap_or(0)
}

/// The first prefix and what follows it; bits of the address beyond the length
/// may be anything.
#[inline]
fn first<A: Address>(rest: &[u8]) -> Option<(A, u8, &[u8])> {
    let Some((length, addr)) = A::load(rest) else {
        return last(rest);
    };
    if length > A::MAX {
        return None;
    }
    let rest = rest.get(taken(length)..)?;
    Some((addr, length, rest))
}

/// As [`first`], near the end.
#[inline]
fn last<A: Address>(rest: &[u8]) -> Option<(A, u8, &[u8])> {
    let (length, rest) = rest.split_first()?;
    if *length > A::MAX {
        return None;
    }
    let (addr, rest) = rest.split_at_checked(octets(*length))?;
    Some((A::padded(addr)?, *length, rest))
}

/// Folds prefix by prefix; what cannot be read is returned too.
#[inline]
fn each<A: Address, B>(
    mut rest: &[u8],
    mut all: B,
    mut f: impl FnMut(B, A, u8, usize) -> B,
) -> (B, &[u8]) {
    while let Some((addr, length, after)) = first(rest) {
        all = f(all, addr, length, rest.len());
        rest = after;
    }
    (all, rest)
}

/// As [`each`] for IPv4, four at once where they are of 17 to 24 bits.
///
/// That pays in long stretches only, so short ones do not try.
#[inline]
fn runs<B>(mut rest: &[u8], mut all: B, mut f: impl FnMut(B, u32, u8, usize) -> B) -> (B, &[u8]) {
    while rest.len() >= RUN_PAYS {
        let Some((block, after)) = rest.split_first_chunk::<16>() else {
            break;
        };
        let (words, _) = block.as_chunks::<4>();
        if !words.iter().all(|[length, ..]| (17..=24).contains(length)) {
            let Some((addr, length, after)) = first(rest) else {
                return (all, rest);
            };
            all = f(all, addr, length, rest.len());
            rest = after;
            continue;
        }
        let mut left = rest.len();
        for [length, a, b, c] in words {
            all = f(all, u32::from_be_bytes([*a, *b, *c, 0]), *length, left);
            left = left.saturating_sub(4);
        }
        rest = after;
    }
    each(rest, all, f)
}

/// Octets from which looking for runs is worth its cost.
const RUN_PAYS: usize = 64;
