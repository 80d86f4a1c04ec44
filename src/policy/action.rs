use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::{
    PolicyErrorKind, attributes,
    community::{CommunityPattern, ExtendedCommunityPattern, LargeCommunityPattern},
    edit,
    subject::Draft,
};
use crate::{
    types::{AsPath, Asn, Community, ExtendedCommunity, LargeCommunity},
    wire::attribute::{AttributeCode, AttributeSet, Origin},
};

/// What a rule does to a route that it does not reject.
///
/// Numbers stop at their ends instead of going over them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Action {
    /// Changes LOCAL_PREF; a route without one counts as having
    /// [`AttributeSet::DEFAULT_LOCAL_PREF`].
    LocalPref(NumberEdit<u32>),
    /// Changes MULTI_EXIT_DISC; a route without one counts as having 0.
    Med(NumberEdit<u32>),
    /// Changes the metric of AIGP (RFC 7311). What is added or subtracted from
    /// none leaves none; other TLVs stay.
    Aigp(NumberEdit<u64>),
    /// Sets ORIGIN.
    Origin(#[cfg_attr(feature = "serde", serde(with = "super::serde_text::OriginText"))] Origin),
    /// Puts an AS in front of AS_PATH, behind segments of a confederation.
    Prepend {
        /// Not 0.
        asn: Asn,
        /// At least 1.
        times: u8,
    },
    /// Does the same with the path's first AS; nothing to a path without one.
    PrependFirst {
        /// At least 1.
        times: u8,
    },
    /// Says what the next hop is.
    NextHop(NextHopAction),
    /// Changes COMMUNITIES (RFC 1997).
    Communities(ListEdit<Community, CommunityPattern>),
    /// Changes EXTENDED_COMMUNITIES (RFC 4360).
    ExtendedCommunities(ListEdit<ExtendedCommunity, ExtendedCommunityPattern>),
    /// Changes LARGE_COMMUNITIES (RFC 8092).
    LargeCommunities(ListEdit<LargeCommunity, LargeCommunityPattern>),
    /// Adds ATOMIC_AGGREGATE.
    AtomicAggregate,
    /// Takes the attribute of this code away. ORIGIN, AS_PATH and the next hop
    /// cannot be, nor what guards against loops and leaks.
    Remove(AttributeCode),
    /// Sets the embedder's own preference, which never leaves the speaker;
    /// higher is better.
    Weight(u32),
    /// Sets the tag that the embedder knows the route by.
    Tag(u32),
}

/// What is done to a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "there is no more to do to one")]
pub enum NumberEdit<T> {
    /// Makes it this.
    Set(T),
    /// Adds this to it.
    Add(T),
    /// Takes this from it.
    Subtract(T),
    /// Takes the whole attribute away.
    Remove,
}

/// What is done to a list of values.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "there is no more to do to one")]
pub enum ListEdit<V, P> {
    /// Makes it these.
    Set(Vec<V>),
    /// Adds those that are not there yet.
    Add(Vec<V>),
    /// Removes those that one of these matches.
    Remove(Vec<P>),
    /// Removes those that none of these matches.
    Keep(Vec<P>),
}

/// What the next hop becomes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NextHopAction {
    /// This address.
    Address(IpAddr),
    /// Our own address on the session, which the speaker knows.
    #[cfg_attr(feature = "serde", serde(rename = "self"))]
    Own,
    /// The neighbour's address.
    Peer,
    /// What it was, also where the speaker would put its own.
    Unchanged,
}

impl Action {
    /// The same, with duplicates left out of its lists.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub(super) fn checked(&self) -> Result<Self, PolicyErrorKind> {
        let mut checked = self.clone();
        match &mut checked {
            Self::Aigp(NumberEdit::Set(u64::MAX)) => return Err(PolicyErrorKind::AigpMetric),
            Self::Prepend { asn: Asn::ZERO, .. } => return Err(PolicyErrorKind::AsnZero),
            Self::Prepend { times: 0, .. } | Self::PrependFirst { times: 0 } => {
                return Err(PolicyErrorKind::Times);
            }
            Self::NextHop(NextHopAction::Address(addr)) if !is_host(*addr) => {
                return Err(PolicyErrorKind::NextHop { addr: *addr });
            }
            Self::Communities(list) => edit::check(list)?,
            Self::ExtendedCommunities(list) => edit::check(list)?,
            Self::LargeCommunities(list) => edit::check(list)?,
            Self::Remove(code) if !attributes::is_removable(*code) => {
                return Err(PolicyErrorKind::NotRemovable { code: *code });
            }
            Self::Aigp(_)
            | Self::Prepend { .. }
            | Self::PrependFirst { .. }
            | Self::NextHop(_)
            | Self::Remove(_)
            | Self::LocalPref(_)
            | Self::Med(_)
            | Self::Origin(_)
            | Self::AtomicAggregate
            | Self::Weight(_)
            | Self::Tag(_) => {}
        }
        Ok(checked)
    }

    /// Whether what it does depends on the neighbour.
    pub(super) const fn looks_at_neighbor(&self) -> bool {
        matches!(self, Self::NextHop(NextHopAction::Peer))
    }

    /// Whether it changes what a route says of itself.
    pub(super) const fn changes_attributes(&self) -> bool {
        !matches!(self, Self::Weight(_) | Self::Tag(_))
    }

    pub(super) fn apply(&self, route: &mut Draft<'_>) {
        match self {
            Self::LocalPref(change) => {
                let default = Some(AttributeSet::DEFAULT_LOCAL_PREF);
                let becomes = edit::number(*change, route.attributes().local_pref, default);
                if becomes != route.attributes().local_pref {
                    route.edit().local_pref = becomes;
                }
            }
            Self::Med(change) => {
                let becomes = edit::number(*change, route.attributes().med, Some(0));
                if becomes != route.attributes().med {
                    route.edit().med = becomes;
                }
            }
            Self::Aigp(change) => edit::aigp(*change, route),
            Self::Origin(origin) => {
                if route.attributes().origin != Some(*origin) {
                    route.edit().origin = Some(*origin);
                }
            }
            Self::Prepend { asn, times } => attributes::prepend(route.edit_path(), *asn, *times),
            Self::PrependFirst { times } => {
                let path = route.attributes().as_path.as_ref();
                if let Some(first) = path.and_then(AsPath::neighbor) {
                    attributes::prepend(route.edit_path(), first, *times);
                }
            }
            Self::NextHop(next_hop) => route.set_next_hop(*next_hop),
            Self::Communities(list) => edit::list(list, route),
            Self::ExtendedCommunities(list) => edit::list(list, route),
            Self::LargeCommunities(list) => edit::list(list, route),
            Self::AtomicAggregate => {
                if !route.attributes().atomic_aggregate {
                    route.edit().atomic_aggregate = true;
                }
            }
            Self::Remove(code) => {
                if attributes::has(route.attributes(), *code) {
                    attributes::remove(route.edit(), *code);
                }
            }
            Self::Weight(weight) => route.weight = Some(*weight),
            Self::Tag(tag) => route.tag = Some(*tag),
        }
    }
}

/// Whether packets can be sent there (RFC 4271 §6.3).
fn is_host(addr: IpAddr) -> bool {
    // Above the multicast addresses of IPv4 nothing is anybody's.
    let is_above = matches!(addr, IpAddr::V4(addr) if addr >= Ipv4Addr::new(240, 0, 0, 0));
    !addr.is_unspecified() && !addr.is_multicast() && !is_above
}
