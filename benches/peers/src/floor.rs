//! Decoders by hand: what the machine allows. They check every bound and
//! length and no more; no ADD-PATH, no family besides unicast, no
//! two-octet AS numbers, no verdict.

use std::hint::black_box;

use crate::{
    bench::{self, Decode, Kind, Row},
    mrt::Message,
    sum::Sum,
    typed::Typed,
};

/// The rows.
pub fn decoders() -> Vec<Row> {
    vec![
        bench::decode("by hand: one pass, borrowed", Kind::TheFloor, Walk::<false>),
        bench::decode(
            "by hand: the same, runs speculated",
            Kind::TheFloor,
            Walk::<true>,
        ),
        bench::decode(
            "by hand: owned, reused buffers",
            Kind::Floor,
            Typed::default(),
        ),
        bench::decode_partly("NLRI lengths hopped over", Kind::Floor, Hop, |a, b| {
            (a.prefixes, a.bits) == (b.prefixes, b.bits)
        }),
        bench::decode_partly(
            "memcpy",
            Kind::Floor,
            Copy(Vec::with_capacity(1 << 16)),
            |_, _| true,
        ),
    ]
}

/// One pass over the borrowed octets.
struct Walk<const SPECULATE: bool>;

impl<const SPECULATE: bool> Decode for Walk<SPECULATE> {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        walk::<SPECULATE>(&message.octets, sum).is_some()
    }
}

fn walk<const SPECULATE: bool>(message: &[u8], sum: &mut Sum) -> Option<()> {
    let (withdrawn, attributes, announced) = fields(message)?;
    nlri4::<SPECULATE>(withdrawn, |length, address| sum.v4(length, address))?;
    each_attribute(attributes, |code, value| {
        match (code, value) {
            (1, [origin @ 0..=2]) => sum.single(u32::from(*origin)),
            (2, _) => segments(value, |_, asns| words(asns, |asn| sum.asn(asn)))?,
            (3 | 4 | 5 | 9, [_, _, _, _]) | (7, [_, _, _, _, _, _, _, _]) => {
                words(value, |word| sum.single(word))?;
            }
            (10, _) => words(value, |word| sum.single(word))?,
            (6, []) => sum.single(1),
            (8, _) => words(value, |word| sum.community(word))?,
            (32, _) if value.len() % 12 == 0 => words(value, |word| sum.community(word))?,
            (16, _) if value.len() % 8 == 0 => sum.extended(value.len() / 8),
            (1 | 3..=7 | 9 | 16 | 32, _) => return None,
            (14, _) => {
                let reach = reach(value)?;
                sum.single(u32::from_be_bytes(*reach.next_hop.first_chunk()?));
                if reach.v6 {
                    nlri6(reach.nlri, |length, address| sum.v6(length, address))?;
                } else {
                    nlri4::<SPECULATE>(reach.nlri, |length, address| sum.v4(length, address))?;
                }
            }
            (15, _) => {
                let (v6, nlri) = family(value)?;
                if v6 {
                    nlri6(nlri, |length, address| sum.v6(length, address))?;
                } else {
                    nlri4::<SPECULATE>(nlri, |length, address| sum.v4(length, address))?;
                }
            }
            _ => {}
        }
        Some(())
    })?;
    nlri4::<SPECULATE>(announced, |length, address| sum.v4(length, address))
}

/// Withdrawn routes, attributes, NLRI.
#[inline(always)]
pub fn fields(message: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, body) = message.split_first_chunk::<19>()?;
    let (marker, rest) = head.split_first_chunk::<16>()?;
    let [high, low, 2] = rest else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if *marker != [0xff; 16] || length != message.len() {
        return None;
    }
    let (length, body) = body.split_first_chunk()?;
    let (withdrawn, body) = body.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (length, body) = body.split_first_chunk()?;
    let (attributes, announced) =
        body.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((withdrawn, attributes, announced))
}

/// Code and value of each attribute.
#[inline(always)]
pub fn each_attribute(
    mut octets: &[u8],
    mut of: impl FnMut(u8, &[u8]) -> Option<()>,
) -> Option<()> {
    while let Some((head, rest)) = octets.split_first_chunk::<3>() {
        let [flags, code, length] = *head;
        let (length, rest) = if flags & 0x10 == 0 {
            (usize::from(length), rest)
        } else {
            let (low, rest) = rest.split_first()?;
            (usize::from(u16::from_be_bytes([length, *low])), rest)
        };
        let (value, rest) = rest.split_at_checked(length)?;
        of(code, value)?;
        octets = rest;
    }
    octets.is_empty().then_some(())
}

/// IPv4 prefixes: one load each, the mask by a shift.
#[inline(always)]
pub fn nlri4<const SPECULATE: bool>(mut octets: &[u8], mut of: impl FnMut(u8, u32)) -> Option<()> {
    if SPECULATE && octets.len() >= 64 {
        while let Some((chunk, rest)) = octets.split_first_chunk::<16>() {
            let all = u128::from_be_bytes(*chunk);
            let words = [96, 64, 32, 0].map(|shift| (all >> shift) as u32);
            if words.iter().all(|word| (word >> 24).wrapping_sub(17) < 8) {
                for word in words {
                    let length = word >> 24;
                    of(length as u8, word << 8 & mask4(length as u8));
                }
                octets = rest;
            } else {
                octets = one4(octets, &mut of)?;
            }
        }
    }
    while !octets.is_empty() {
        octets = one4(octets, &mut of)?;
    }
    Some(())
}

#[inline(always)]
fn one4<'a>(octets: &'a [u8], of: &mut impl FnMut(u8, u32)) -> Option<&'a [u8]> {
    let (&length, rest) = octets.split_first()?;
    if length > 32 {
        return None;
    }
    let taken = usize::from(length).div_ceil(8);
    let word = match rest.first_chunk() {
        Some(chunk) => u32::from_be_bytes(*chunk),
        None => {
            let mut word = [0; 4];
            word.get_mut(..taken)?.copy_from_slice(rest.get(..taken)?);
            u32::from_be_bytes(word)
        }
    };
    let rest = rest.get(taken..)?;
    of(length, word & mask4(length));
    Some(rest)
}

#[inline(always)]
fn mask4(length: u8) -> u32 {
    (!0_u64 << (32 - length)) as u32
}

/// IPv6 prefixes.
#[inline(always)]
pub fn nlri6(mut octets: &[u8], mut of: impl FnMut(u8, u128)) -> Option<()> {
    while let Some((&length, rest)) = octets.split_first() {
        if length > 128 {
            return None;
        }
        let taken = usize::from(length).div_ceil(8);
        let word = match rest.first_chunk() {
            Some(chunk) => u128::from_be_bytes(*chunk),
            None => {
                let mut word = [0; 16];
                word.get_mut(..taken)?.copy_from_slice(rest.get(..taken)?);
                u128::from_be_bytes(word)
            }
        };
        octets = rest.get(taken..)?;
        let mask = if length == 0 { 0 } else { !0 << (128 - length) };
        of(length, word & mask);
    }
    Some(())
}

/// Values of four octets.
#[inline(always)]
pub fn words(octets: &[u8], of: impl FnMut(u32)) -> Option<()> {
    let (words, []) = octets.as_chunks() else {
        return None;
    };
    words.iter().copied().map(u32::from_be_bytes).for_each(of);
    Some(())
}

/// Kind and AS numbers of each segment.
#[inline(always)]
pub fn segments(mut octets: &[u8], mut of: impl FnMut(u8, &[u8]) -> Option<()>) -> Option<()> {
    while let [kind @ 1..=4, count @ 1..=255, rest @ ..] = octets {
        let (asns, rest) = rest.split_at_checked(usize::from(*count) * 4)?;
        of(*kind, asns)?;
        octets = rest;
    }
    octets.is_empty().then_some(())
}

/// MP_REACH_NLRI.
pub struct Reach<'a> {
    /// Whether it is of IPv6 unicast rather than IPv4.
    pub v6: bool,
    /// The next hop's octets.
    pub next_hop: &'a [u8],
    /// The prefixes.
    pub nlri: &'a [u8],
}

/// Takes MP_REACH_NLRI apart.
#[inline(always)]
pub fn reach(value: &[u8]) -> Option<Reach<'_>> {
    let (v6, rest) = family(value)?;
    let (length, rest) = rest.split_first()?;
    let (next_hop, rest) = rest.split_at_checked(usize::from(*length))?;
    let (_, nlri) = rest.split_first()?;
    Some(Reach { v6, next_hop, nlri })
}

/// Whether it is IPv6, and what follows.
#[inline(always)]
pub fn family(value: &[u8]) -> Option<(bool, &[u8])> {
    match value {
        [0, afi @ 1..=2, 1, rest @ ..] => Some((*afi == 2, rest)),
        _ => None,
    }
}

/// Hops from prefix length to prefix length.
struct Hop;

impl Decode for Hop {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let Some((withdrawn, attributes, announced)) = fields(&message.octets) else {
            return false;
        };
        hop(withdrawn, sum);
        hop(announced, sum);
        each_attribute(attributes, |code, value| {
            match code {
                14 => hop(reach(value)?.nlri, sum),
                15 => hop(family(value)?.1, sum),
                _ => {}
            }
            Some(())
        })
        .is_some()
    }
}

#[inline(always)]
fn hop(mut octets: &[u8], sum: &mut Sum) {
    while let Some((&length, rest)) = octets.split_first() {
        sum.prefixes += 1;
        sum.bits += u64::from(length);
        octets = rest
            .get(usize::from(length).div_ceil(8)..)
            .unwrap_or_default();
    }
}

/// Copies the message.
struct Copy(Vec<u8>);

impl Decode for Copy {
    fn decode(&mut self, message: &Message, _sum: &mut Sum) -> bool {
        self.0.clear();
        self.0.extend_from_slice(&message.octets);
        black_box(&self.0);
        true
    }
}
