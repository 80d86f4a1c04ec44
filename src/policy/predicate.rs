//! Conditions, checked and made quick to try.

use alloc::{boxed::Box, vec::Vec};
use core::net::IpAddr;

use super::{
    Bounds, CommunityPattern, ExtendedCommunityPattern, LargeCommunityPattern, Looks,
    OriginValidation, as_path::PathRegex, attributes, community::CompiledAmong,
    prefix_list::PrefixList, subject::Draft,
};
use crate::{
    types::{AsPath, Asn, Family, PeerType, Prefix},
    wire::attribute::{AttributeCode, Origin},
};

/// What a [`Condition`](super::Condition) becomes. Lists are sorted.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Prefix(PrefixList),
    Family(Family),
    Neighbor(Vec<IpAddr>),
    NeighborAs(Vec<Asn>),
    PeerType(PeerType),
    AsPath(PathPredicate),
    Communities(CompiledAmong<CommunityPattern>),
    ExtendedCommunities(CompiledAmong<ExtendedCommunityPattern>),
    LargeCommunities(CompiledAmong<LargeCommunityPattern>),
    NextHop(PrefixList),
    Origin(Origin),
    Med(Bounds),
    LocalPref(Bounds),
    Validation(OriginValidation),
    Tag(Vec<u32>),
    Attribute(AttributeCode),
}

/// What an [`AsPathMatch`](super::AsPathMatch) becomes.
#[derive(Clone, Debug)]
pub(super) enum PathPredicate {
    Contains(Vec<Asn>),
    OriginatedBy(Vec<Asn>),
    First(Vec<Asn>),
    Length(Bounds),
    Empty,
    Regex(PathRegex),
}

impl Predicate {
    pub(super) fn holds(&self, route: &Draft<'_>) -> bool {
        let subject = route.subject;
        match self {
            Self::Any(predicates) => predicates.iter().any(|predicate| predicate.holds(route)),
            Self::All(predicates) => predicates.iter().all(|predicate| predicate.holds(route)),
            Self::Not(predicate) => !predicate.holds(route),
            Self::Prefix(list) => subject.prefix.is_some_and(|prefix| list.matches(prefix)),
            Self::Family(family) => *family == subject.family,
            Self::Neighbor(addresses) => has(addresses, subject.neighbor),
            Self::NeighborAs(systems) => has(systems, subject.neighbor_as),
            Self::PeerType(peer_type) => *peer_type == subject.peer_type,
            Self::AsPath(predicate) => predicate.holds(route),
            Self::Communities(among) => among.holds(&route.attributes().communities),
            Self::ExtendedCommunities(among) => {
                among.holds(&route.attributes().extended_communities)
            }
            Self::LargeCommunities(among) => among.holds(&route.attributes().large_communities),
            Self::NextHop(list) => {
                let next_hop = route.attributes().next_hop;
                next_hop.is_some_and(|next_hop| list.matches(Prefix::host(next_hop.addr())))
            }
            Self::Origin(origin) => route.attributes().origin == Some(*origin),
            Self::Med(bounds) => is_within(route.attributes().med, *bounds),
            Self::LocalPref(bounds) => is_within(route.attributes().local_pref, *bounds),
            Self::Validation(state) => subject.validation == Some(*state),
            Self::Tag(tags) => route.tag().is_some_and(|tag| has(tags, tag)),
            Self::Attribute(code) => attributes::has(route.attributes(), *code),
        }
    }

    pub(super) fn looks_at(&self) -> Looks {
        match self {
            Self::Any(predicates) | Self::All(predicates) => {
                predicates.iter().map(Self::looks_at).collect()
            }
            Self::Not(predicate) => predicate.looks_at(),
            Self::Prefix(_) => Looks::PREFIX,
            Self::Family(_) => Looks::FAMILY,
            Self::Neighbor(_) | Self::NeighborAs(_) | Self::PeerType(_) => Looks::NEIGHBOR,
            Self::AsPath(_)
            | Self::Communities(_)
            | Self::ExtendedCommunities(_)
            | Self::LargeCommunities(_)
            | Self::NextHop(_)
            | Self::Origin(_)
            | Self::Med(_)
            | Self::LocalPref(_)
            | Self::Attribute(_) => Looks::ATTRIBUTES,
            Self::Validation(_) => Looks::VALIDATION,
            Self::Tag(_) => Looks::TAG,
        }
    }
}

impl PathPredicate {
    fn holds(&self, route: &Draft<'_>) -> bool {
        let path = route.attributes().as_path.as_ref();
        let is_one_of =
            |systems: &[Asn], asn: Option<Asn>| asn.is_some_and(|asn| has(systems, asn));
        match self {
            Self::Contains(systems) => {
                path.is_some_and(|path| path.asns().any(|asn| has(systems, asn)))
            }
            Self::OriginatedBy(systems) => is_one_of(systems, path.and_then(AsPath::origin)),
            Self::First(systems) => is_one_of(systems, path.and_then(AsPath::neighbor)),
            Self::Length(bounds) => {
                let length = path.map_or(0, AsPath::length);
                bounds.contains(u32::try_from(length).unwrap_or(u32::MAX))
            }
            Self::Empty => path.is_none_or(AsPath::is_empty),
            Self::Regex(regex) => regex.is_match(route.path_text()),
        }
    }
}

fn has<T: Copy + Ord>(sorted: &[T], value: T) -> bool {
    sorted.binary_search(&value).is_ok()
}

fn is_within(number: Option<u32>, bounds: Bounds) -> bool {
    number.is_some_and(|number| bounds.contains(number))
}
