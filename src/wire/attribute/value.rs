//! Attribute values where they lie: checked octets to borrowed values.

use alloc::vec::Vec;
use core::{marker::PhantomData, net::Ipv4Addr};

use super::{Aggregator, Origin, path::PathView};
use crate::{
    types::{
        Asn, ClusterId, Community, ExtendedCommunity, Ipv6ExtendedCommunity, LargeCommunity,
        PeerType, RouterId, SegmentKind,
    },
    wire::{
        Context, FaultKind,
        update::{
            mp::{MpReachView, MpUnreachView, is_host_v4},
            view::AttributeView,
        },
    },
};

/// One path attribute that has been checked, still where it lies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Attribute<'a> {
    /// ORIGIN (RFC 4271 §5.1.1).
    Origin(Origin),
    /// AS_PATH, as it came: on a two-octet session [`Attribute::As4Path`] goes
    /// with it (RFC 4271 §5.1.2, RFC 6793 §4.2.3).
    AsPath(PathView<'a>),
    /// NEXT_HOP (RFC 4271 §5.1.3).
    NextHop(Ipv4Addr),
    /// MULTI_EXIT_DISC (RFC 4271 §5.1.4).
    Med(u32),
    /// LOCAL_PREF (RFC 4271 §5.1.5).
    LocalPref(u32),
    /// ATOMIC_AGGREGATE (RFC 4271 §5.1.6).
    AtomicAggregate,
    /// AGGREGATOR (RFC 4271 §5.1.7).
    Aggregator(Aggregator),
    /// COMMUNITIES (RFC 1997).
    Communities(Elements<'a, Community>),
    /// ORIGINATOR_ID (RFC 4456 §8).
    OriginatorId(RouterId),
    /// CLUSTER_LIST, last reflector first (RFC 4456 §8).
    ClusterList(Elements<'a, ClusterId>),
    /// The head of MP_REACH_NLRI; its routes come after all attributes
    /// (RFC 4760 §3).
    MpReach(MpReachView<'a>),
    /// The head of MP_UNREACH_NLRI (RFC 4760 §4).
    MpUnreach(MpUnreachView<'a>),
    /// EXTENDED_COMMUNITIES (RFC 4360).
    ExtendedCommunities(Elements<'a, ExtendedCommunity>),
    /// LARGE_COMMUNITIES (RFC 8092).
    LargeCommunities(Elements<'a, LargeCommunity>),
    /// ONLY_TO_CUSTOMER (RFC 9234 §5).
    OnlyToCustomer(Asn),
    /// AS4_PATH from a two-octet peer (RFC 6793 §3).
    As4Path(PathView<'a>),
    /// AS4_AGGREGATOR from a two-octet peer (RFC 6793 §3).
    As4Aggregator(Aggregator),
    /// Any other: held to the rules of its own if the codec knows it, see
    /// [`AttributeView::typed`].
    Other(AttributeView<'a>),
}

/// Why a value was refused.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Wrong {
    pub(in crate::wire) kind: FaultKind,
    /// Octets from the first of the value; 0 is all of it.
    pub(in crate::wire) at: usize,
}

impl Wrong {
    pub(in crate::wire) const VALUE: Self = Self {
        kind: FaultKind::Value,
        at: 0,
    };
    pub(in crate::wire) const LENGTH: Self = Self {
        kind: FaultKind::Length,
        at: 0,
    };
}

/// A value of a fixed number of octets, of which an attribute holds many.
pub trait Element: Sized {
    /// How many.
    const LEN: usize;

    /// Reads [`Element::LEN`] octets; `None` if there are fewer.
    fn read(octets: &[u8]) -> Option<Self>;

    /// Appends all that `octets` hold to `list`.
    fn read_all(octets: &[u8], list: &mut Vec<Self>) {
        list.extend(octets.chunks_exact(Self::LEN).filter_map(Self::read));
    }
}

/// The elements of an attribute that is a list of them.
#[derive(Debug)]
pub struct Elements<'a, T> {
    octets: &'a [u8],
    kind: PhantomData<fn() -> T>,
}

impl<'a, T: Element> Elements<'a, T> {
    pub(in crate::wire) const fn new(octets: &'a [u8]) -> Self {
        let kind = PhantomData;
        Self { octets, kind }
    }
}

impl<T: Element> Elements<'_, T> {
    /// Appends all of them to `list`, faster than `extend` can.
    #[inline]
    pub fn copy_to(&self, list: &mut Vec<T>) {
        T::read_all(self.octets, list);
    }
}

impl<T> Clone for Elements<'_, T> {
    fn clone(&self) -> Self {
        let Self { octets, kind } = *self;
        Self { octets, kind }
    }
}

impl<T: Element> Iterator for Elements<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let (first, rest) = self.octets.split_at_checked(T::LEN)?;
        self.octets = rest;
        T::read(first)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.octets.len() / T::LEN;
        (left, Some(left))
    }
}

impl<T: Element> ExactSizeIterator for Elements<'_, T> {}

macro_rules! element {
    ($($type:ident($number:ty)),*) => {$(
        impl Element for $type {
            const LEN: usize = size_of::<$number>();

            #[inline]
            fn read(octets: &[u8]) -> Option<Self> {
                octets.first_chunk().map(|octets| Self(<$number>::from_be_bytes(*octets)))
            }

            #[inline]
            fn read_all(octets: &[u8], list: &mut Vec<Self>) {
                let (all, _) = octets.as_chunks();
                let all = all.iter().map(|octets| Self(<$number>::from_be_bytes(*octets)));
                if list.capacity() == 0 {
                    // Asked for at once, memory costs half of what growing does.
                    *list = all.collect();
                } else {
                    list.extend(all);
                }
            }
        }
    )*};
}

element!(Community(u32), ClusterId(u32));

impl Element for ExtendedCommunity {
    const LEN: usize = 8;

    fn read(octets: &[u8]) -> Option<Self> {
        octets.first_chunk().copied().map(Self)
    }
}

impl Element for LargeCommunity {
    const LEN: usize = 12;

    fn read(octets: &[u8]) -> Option<Self> {
        octets.first_chunk().copied().map(Self::from_octets)
    }
}

impl Element for Ipv6ExtendedCommunity {
    const LEN: usize = 20;

    fn read(octets: &[u8]) -> Option<Self> {
        octets.first_chunk().copied().map(Self)
    }
}

type Read<'a> = Result<Attribute<'a>, Wrong>;

#[inline]
pub(in crate::wire) fn origin(value: &[u8]) -> Read<'_> {
    Ok(Attribute::Origin(match value {
        [0] => Origin::Igp,
        [1] => Origin::Egp,
        [2] => Origin::Incomplete,
        _ => return Err(Wrong::VALUE),
    }))
}

#[inline]
pub(in crate::wire) fn as_path<'a>(value: &'a [u8], context: &Context) -> Read<'a> {
    let path = PathView::new(value, context.four_octet_as)?;
    // RFC 5065 §5: no confederation segments from outside, and one in front
    // from another member of the own confederation.
    let fits = match context.peer_type {
        PeerType::Internal => true,
        PeerType::External => !path.has_confed(),
        PeerType::Confederation => value.first() == Some(&SegmentKind::ConfedSequence.octet()),
    };
    if !fits {
        return Err(Wrong::VALUE);
    }
    Ok(Attribute::AsPath(path))
}

#[inline]
pub(in crate::wire) fn as4_path(value: &[u8]) -> Read<'_> {
    PathView::new(value, true).map(Attribute::As4Path)
}

#[inline]
pub(in crate::wire) fn next_hop(value: &[u8]) -> Read<'_> {
    let addr = Ipv4Addr::from_bits(number(value)?);
    if !is_host_v4(addr) {
        return Err(Wrong::VALUE);
    }
    Ok(Attribute::NextHop(addr))
}

#[inline]
pub(in crate::wire) fn med(value: &[u8]) -> Read<'_> {
    number(value).map(Attribute::Med)
}

#[inline]
pub(in crate::wire) fn local_pref(value: &[u8]) -> Read<'_> {
    number(value).map(Attribute::LocalPref)
}

#[inline]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every attribute's function"
)]
pub(in crate::wire) fn atomic_aggregate(_: &[u8]) -> Read<'_> {
    Ok(Attribute::AtomicAggregate)
}

#[inline]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every attribute's function"
)]
pub(in crate::wire) fn communities(value: &[u8]) -> Read<'_> {
    Ok(Attribute::Communities(Elements::new(value)))
}

#[inline]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every attribute's function"
)]
pub(in crate::wire) fn extended_communities(value: &[u8]) -> Read<'_> {
    Ok(Attribute::ExtendedCommunities(Elements::new(value)))
}

#[inline]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every attribute's function"
)]
pub(in crate::wire) fn large_communities(value: &[u8]) -> Read<'_> {
    Ok(Attribute::LargeCommunities(Elements::new(value)))
}

#[inline]
pub(in crate::wire) fn only_to_customer(value: &[u8]) -> Read<'_> {
    number(value).map(|asn| Attribute::OnlyToCustomer(Asn(asn)))
}

#[inline]
pub(in crate::wire) fn originator_id(value: &[u8]) -> Read<'_> {
    number(value).map(|id| Attribute::OriginatorId(RouterId(id)))
}

#[inline]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of every attribute's function"
)]
pub(in crate::wire) fn cluster_list(value: &[u8]) -> Read<'_> {
    Ok(Attribute::ClusterList(Elements::new(value)))
}

#[inline]
fn number(value: &[u8]) -> Result<u32, Wrong> {
    match value.try_into() {
        Ok(octets) => Ok(u32::from_be_bytes(octets)),
        Err(_) => Err(Wrong::VALUE),
    }
}

#[inline]
pub(in crate::wire) fn aggregator(value: &[u8], four_octet_as: bool) -> Result<Aggregator, Wrong> {
    let (asn, id) = if four_octet_as {
        let (asn, id) = value.split_first_chunk().ok_or(Wrong::VALUE)?;
        (u32::from_be_bytes(*asn), id)
    } else {
        let (asn, id) = value.split_first_chunk().ok_or(Wrong::VALUE)?;
        (u32::from(u16::from_be_bytes(*asn)), id)
    };
    // RFC 7607 §2.
    if asn == 0 {
        return Err(Wrong::VALUE);
    }
    let router_id = Ipv4Addr::from_bits(number(id)?);
    let asn = Asn(asn);
    Ok(Aggregator { asn, router_id })
}
