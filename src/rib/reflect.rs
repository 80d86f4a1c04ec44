//! Route reflection (RFC 4456): who gets a route, what is written on it, and
//! which routes have come round.

use crate::{
    types::{ClusterId, PeerType, RouterId},
    wire::AttributeSet,
};

/// What an internal neighbour is to a reflector (RFC 4456 §6). Without meaning
/// for an external one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "RFC 4456 has these two")]
pub enum ReflectionRole {
    /// An ordinary iBGP neighbour.
    #[default]
    NonClient,
    /// Gets internal routes from us, and we pass its routes on.
    Client,
}

/// How a route reached us, or the neighbour it would go to is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the table of RFC 4456 §6 has these rows"
)]
pub enum Side {
    /// Our own route.
    Local,
    /// Over eBGP.
    External,
    /// Over iBGP, and what that neighbour is to us.
    Internal(ReflectionRole),
}

impl Side {
    /// The side that a neighbour stands on.
    pub const fn of(peer_type: PeerType, role: ReflectionRole) -> Self {
        match peer_type {
            PeerType::Internal => Self::Internal(role),
            PeerType::External | PeerType::Confederation => Self::External,
        }
    }
}

/// How a route goes from one side to the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing between these")]
pub enum Passage {
    /// Not at all.
    Barred,
    /// As any route.
    Plain,
    /// As a reflected one: [`stamp`] it.
    Reflected,
}

/// Whether a route that came over `from` goes to a neighbour on side `to`
/// (RFC 4271 §9.2, RFC 4456 §6).
pub const fn passage(from: Side, to: Side) -> Passage {
    match (from, to) {
        (_, Side::Local)
        | (Side::Internal(ReflectionRole::NonClient), Side::Internal(ReflectionRole::NonClient)) => {
            Passage::Barred
        }
        (Side::Local | Side::External, _) | (Side::Internal(_), Side::External) => Passage::Plain,
        (Side::Internal(_), Side::Internal(_)) => Passage::Reflected,
    }
}

/// Writes on a route that it was reflected: ORIGINATOR_ID if it has none yet,
/// and our cluster in front of CLUSTER_LIST (RFC 4456 §8).
pub fn stamp(attributes: &mut AttributeSet, originator: RouterId, cluster_id: ClusterId) {
    attributes.originator_id.get_or_insert(originator);
    attributes.cluster_list.insert(0, cluster_id);
}

/// Why a route has been here before.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Loop {
    /// ORIGINATOR_ID is ours (RFC 4456 §8).
    OriginatorId,
    /// CLUSTER_LIST holds our cluster (RFC 4456 §8).
    ClusterList,
}

/// Whether a route from an internal neighbour has come round.
pub fn find_loop(
    attributes: &AttributeSet,
    router_id: RouterId,
    cluster_id: ClusterId,
) -> Option<Loop> {
    if attributes.originator_id == Some(router_id) {
        Some(Loop::OriginatorId)
    } else if attributes.cluster_list.contains(&cluster_id) {
        Some(Loop::ClusterList)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Side = Side::Internal(ReflectionRole::Client);
    const NON_CLIENT: Side = Side::Internal(ReflectionRole::NonClient);

    #[test]
    fn rfc4456_s6_table() {
        for to in [Side::External, CLIENT, NON_CLIENT] {
            assert_eq!(passage(Side::Local, to), Passage::Plain);
            assert_eq!(passage(Side::External, to), Passage::Plain);
        }
        assert_eq!(passage(NON_CLIENT, NON_CLIENT), Passage::Barred);
        assert_eq!(passage(NON_CLIENT, CLIENT), Passage::Reflected);
        assert_eq!(passage(CLIENT, NON_CLIENT), Passage::Reflected);
        assert_eq!(passage(CLIENT, CLIENT), Passage::Reflected);
        assert_eq!(passage(CLIENT, Side::External), Passage::Plain);
        assert_eq!(passage(NON_CLIENT, Side::External), Passage::Plain);
    }

    #[test]
    fn a_second_reflector_keeps_the_originator_and_goes_in_front() {
        let mut route = AttributeSet::default();
        stamp(&mut route, RouterId(1), ClusterId(10));
        stamp(&mut route, RouterId(2), ClusterId(20));
        assert_eq!(route.originator_id, Some(RouterId(1)));
        assert_eq!(route.cluster_list, [ClusterId(20), ClusterId(10)]);
    }

    #[test]
    fn what_has_come_round_is_known_by_either_mark() {
        let mut route = AttributeSet::default();
        stamp(&mut route, RouterId(1), ClusterId(10));
        assert_eq!(
            find_loop(&route, RouterId(1), ClusterId(9)),
            Some(Loop::OriginatorId)
        );
        assert_eq!(
            find_loop(&route, RouterId(9), ClusterId(10)),
            Some(Loop::ClusterList)
        );
        assert_eq!(find_loop(&route, RouterId(9), ClusterId(9)), None);
    }
}
