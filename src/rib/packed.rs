//! An attribute set as few octets: what a table keeps a million times.
//!
//! The form is the crate's own. It keeps every value of an
//! [`AttributeSet`] as it is, and equal sets are equal octets, so that octets
//! are what is hashed and compared.

use alloc::{boxed::Box, vec::Vec};
use core::net::{Ipv4Addr, Ipv6Addr};

use bitflags::bitflags;

use crate::{
    rib::Marks,
    types::{
        AsPath, Asn, ClusterId, Community, ExtendedCommunity, LargeCommunity, NextHop, RouterId,
        SegmentKind,
    },
    wire::attribute::{
        Aggregator, AttributeCode, AttributeFlags, AttributeSet, Origin, PartialAttributes,
        RawAttribute, RawAttributes,
    },
};

bitflags! {
    /// What follows, in this order.
    #[derive(Clone, Copy)]
    struct Has: u16 {
        const PATH = 1;
        const V4 = 1 << 1;
        const V6 = 1 << 2;
        const LINK_LOCAL = 1 << 3;
        const MED = 1 << 4;
        const LOCAL_PREF = 1 << 5;
        const ATOMIC = 1 << 6;
        const AGGREGATOR = 1 << 7;
        const COMMUNITIES = 1 << 8;
        const ORIGINATOR = 1 << 9;
        const CLUSTERS = 1 << 10;
        const EXTENDED = 1 << 11;
        const LARGE = 1 << 12;
        const RARE = 1 << 13;
        /// ORIGIN and one more than its code, in two bits.
        const ORIGIN = 3 << 14;
    }
}

bitflags! {
    /// What follows where there is anything rare.
    #[derive(Clone, Copy)]
    struct Rare: u8 {
        const OTC = 1;
        const PARTIAL = 1 << 1;
        const OTHER = 1 << 2;
        const WEIGHT = 1 << 3;
        const TAG = 1 << 4;
        const NLRI = 1 << 5;
        const RECEIVED = 1 << 6;
    }
}

/// Appends the octets of a set and of what is kept beside it.
pub(super) fn pack(set: &AttributeSet, marks: &Marks, out: &mut Vec<u8>) {
    let AttributeSet {
        origin,
        as_path,
        next_hop,
        med,
        local_pref,
        atomic_aggregate,
        aggregator,
        communities,
        originator_id,
        cluster_list,
        extended_communities,
        large_communities,
        only_to_customer,
        partial,
        other,
    } = set;
    let mut has = match origin {
        None => Has::empty(),
        Some(Origin::Igp) => Has::from_bits_retain(1 << 14),
        Some(Origin::Egp) => Has::from_bits_retain(2 << 14),
        Some(Origin::Incomplete) => Has::ORIGIN,
    };
    let mut rare = Rare::empty();
    rare.set(Rare::OTC, only_to_customer.is_some());
    rare.set(Rare::PARTIAL, !partial.is_empty());
    rare.set(Rare::OTHER, !other.is_empty());
    rare.set(Rare::WEIGHT, marks.weight != 0);
    rare.set(Rare::TAG, marks.tag.is_some());
    rare.set(Rare::NLRI, !marks.nlri.is_empty());
    rare.set(Rare::RECEIVED, !marks.received.is_empty());
    has.set(Has::RARE, !rare.is_empty());
    has.set(Has::PATH, as_path.is_some());
    has.set(Has::MED, med.is_some());
    has.set(Has::LOCAL_PREF, local_pref.is_some());
    has.set(Has::ATOMIC, *atomic_aggregate);
    has.set(Has::AGGREGATOR, aggregator.is_some());
    has.set(Has::COMMUNITIES, !communities.is_empty());
    has.set(Has::ORIGINATOR, originator_id.is_some());
    has.set(Has::CLUSTERS, !cluster_list.is_empty());
    has.set(Has::EXTENDED, !extended_communities.is_empty());
    has.set(Has::LARGE, !large_communities.is_empty());
    has |= match next_hop {
        None => Has::empty(),
        Some(NextHop::V4(_)) => Has::V4,
        Some(NextHop::V6 {
            link_local: None, ..
        }) => Has::V6,
        Some(NextHop::V6 { .. }) => Has::V6 | Has::LINK_LOCAL,
    };
    out.extend_from_slice(&has.bits().to_le_bytes());
    if let Some(path) = as_path {
        push_path(path, out);
    }
    match next_hop {
        None => {}
        Some(NextHop::V4(addr)) => out.extend_from_slice(&addr.octets()),
        Some(NextHop::V6 { global, link_local }) => {
            out.extend_from_slice(&global.octets());
            if let Some(addr) = link_local {
                out.extend_from_slice(&addr.octets());
            }
        }
    }
    for number in [med, local_pref].into_iter().flatten() {
        out.extend_from_slice(&number.to_le_bytes());
    }
    if let Some(Aggregator { asn, router_id }) = aggregator {
        out.extend_from_slice(&asn.0.to_le_bytes());
        out.extend_from_slice(&router_id.octets());
    }
    push_list(communities, out, |of| of.0.to_le_bytes());
    if let Some(RouterId(id)) = originator_id {
        out.extend_from_slice(&id.to_le_bytes());
    }
    push_list(cluster_list, out, |of| of.0.to_le_bytes());
    push_list(extended_communities, out, |of| of.0);
    push_list(large_communities, out, |of| of.to_octets());
    if rare.is_empty() {
        return;
    }
    out.push(rare.bits());
    if let Some(asn) = only_to_customer {
        out.extend_from_slice(&asn.0.to_le_bytes());
    }
    if !partial.is_empty() {
        out.push(partial.bits());
    }
    if !other.is_empty() {
        push_other(other, out);
    }
    if marks.weight != 0 {
        out.extend_from_slice(&marks.weight.to_le_bytes());
    }
    if let Some(tag) = marks.tag {
        out.extend_from_slice(&tag.to_le_bytes());
    }
    for octets in [&marks.nlri, &marks.received] {
        push_list(octets, out, |octet| [*octet]);
    }
}

fn push_path(path: &AsPath, out: &mut Vec<u8>) {
    let segments = path.segments().count();
    push_count(segments, out);
    for segment in path.segments() {
        out.push(segment.kind.octet());
        push_list(segment.asns, out, |asn| asn.0.to_le_bytes());
    }
}

fn push_other(other: &RawAttributes, out: &mut Vec<u8>) {
    push_count(other.iter().count(), out);
    for RawAttribute { code, flags, value } in other {
        out.extend_from_slice(&[code.0, flags.bits()]);
        push_count(value.len(), out);
        out.extend_from_slice(value);
    }
}

/// One octet, or the marker and four.
fn push_count(count: usize, out: &mut Vec<u8>) {
    match u8::try_from(count) {
        Ok(count) if count != WIDE => out.push(count),
        _ => {
            out.push(WIDE);
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            out.extend_from_slice(&count.to_le_bytes());
        }
    }
}

fn push_list<T, const N: usize>(list: &[T], out: &mut Vec<u8>, octets: impl Fn(&T) -> [u8; N]) {
    if list.is_empty() {
        return;
    }
    push_count(list.len(), out);
    for element in list {
        out.extend_from_slice(&octets(element));
    }
}

const WIDE: u8 = u8::MAX;

/// What [`pack`] was given.
pub(super) fn unpack(octets: &[u8]) -> (AttributeSet, Marks) {
    let mut rest = Reader(octets);
    let has = Has::from_bits_retain(u16::from_le_bytes(rest.take()));
    let mut set = AttributeSet {
        origin: match has.bits() >> 14 {
            0 => None,
            1 => Some(Origin::Igp),
            2 => Some(Origin::Egp),
            _ => Some(Origin::Incomplete),
        },
        atomic_aggregate: has.contains(Has::ATOMIC),
        ..AttributeSet::default()
    };
    if has.contains(Has::PATH) {
        set.as_path = Some(rest.path());
    }
    if has.contains(Has::V4) {
        set.next_hop = Some(NextHop::V4(Ipv4Addr::from(rest.take::<4>())));
    } else if has.contains(Has::V6) {
        let global = Ipv6Addr::from(rest.take::<16>());
        let link_local = has.contains(Has::LINK_LOCAL);
        let link_local = link_local.then(|| Ipv6Addr::from(rest.take::<16>()));
        set.next_hop = Some(NextHop::V6 { global, link_local });
    }
    set.med = has.contains(Has::MED).then(|| rest.number());
    set.local_pref = has.contains(Has::LOCAL_PREF).then(|| rest.number());
    if has.contains(Has::AGGREGATOR) {
        set.aggregator = Some(Aggregator {
            asn: Asn(rest.number()),
            router_id: Ipv4Addr::from(rest.take::<4>()),
        });
    }
    if has.contains(Has::COMMUNITIES) {
        set.communities = rest.list(|of| Community(u32::from_le_bytes(of)));
    }
    if has.contains(Has::ORIGINATOR) {
        set.originator_id = Some(RouterId(rest.number()));
    }
    if has.contains(Has::CLUSTERS) {
        set.cluster_list = rest.list(|of| ClusterId(u32::from_le_bytes(of)));
    }
    if has.contains(Has::EXTENDED) {
        set.extended_communities = rest.list(ExtendedCommunity);
    }
    if has.contains(Has::LARGE) {
        set.large_communities = rest.list(LargeCommunity::from_octets);
    }
    let mut marks = Marks::default();
    if has.contains(Has::RARE) {
        rest.rare(&mut set, &mut marks);
    }
    (set, marks)
}

/// Reads what [`pack`] wrote: what is cut short there is none of.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((head, rest)) = self.0.split_first_chunk() else {
            return [0; N];
        };
        self.0 = rest;
        *head
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn count(&mut self) -> usize {
        match self.take() {
            [WIDE] => usize::try_from(self.number()).unwrap_or(usize::MAX),
            [count] => usize::from(count),
        }
    }

    fn list<T, const N: usize>(&mut self, value: impl Fn([u8; N]) -> T) -> Vec<T> {
        let count = self.count();
        (0..count).map(|_| value(self.take())).collect()
    }

    fn path(&mut self) -> AsPath {
        let mut path = AsPath::empty();
        for _ in 0..self.count() {
            let [kind] = self.take();
            let count = self.count();
            let octets = count.saturating_mul(4).min(self.0.len());
            let (asns, rest) = self.0.split_at(octets);
            let (asns, _) = asns.as_chunks::<4>();
            let asns = asns.iter().map(|asn| Asn(u32::from_le_bytes(*asn)));
            let kind = SegmentKind::from_octet(kind).unwrap_or(SegmentKind::Sequence);
            path.push_exactly(kind, asns);
            self.0 = rest;
        }
        path
    }

    #[cold]
    fn rare(&mut self, set: &mut AttributeSet, marks: &mut Marks) {
        let [bits] = self.take();
        let rare = Rare::from_bits_retain(bits);
        if rare.contains(Rare::OTC) {
            set.only_to_customer = Some(Asn(self.number()));
        }
        if rare.contains(Rare::PARTIAL) {
            let [bits] = self.take();
            set.partial = PartialAttributes::from_bits_retain(bits);
        }
        if rare.contains(Rare::OTHER) {
            for _ in 0..self.count() {
                let [code, flags] = self.take();
                let count = self.count();
                let (value, rest) = self.0.split_at(count.min(self.0.len()));
                self.0 = rest;
                // It came out of such a set.
                let _ = set.other.insert(RawAttribute {
                    code: AttributeCode(code),
                    flags: AttributeFlags::from_bits_retain(flags),
                    value,
                });
            }
        }
        if rare.contains(Rare::WEIGHT) {
            marks.weight = self.number();
        }
        if rare.contains(Rare::TAG) {
            marks.tag = Some(self.number());
        }
        if rare.contains(Rare::NLRI) {
            marks.nlri = Box::from(self.list(|[octet]| octet));
        }
        if rare.contains(Rare::RECEIVED) {
            marks.received = Box::from(self.list(|[octet]| octet));
        }
    }
}
