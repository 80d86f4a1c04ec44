use alloc::vec::Vec;
use core::net::IpAddr;

use crate::{
    types::{AsPath, PeerType, RouterId},
    wire::{AttributeSet, attribute::Origin},
};

/// A step of the decision process: what made the best route the best.
///
/// In the order in which they are taken.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Step {
    /// There was no other eligible route.
    OnlyRoute,
    /// A local route beats every learned one.
    LocalRoute,
    /// Higher LOCAL_PREF; 100 where there is none (RFC 4271 §9.1.1).
    LocalPref,
    /// Shorter AS_PATH (RFC 4271 §9.1.2.2 a).
    AsPathLength,
    /// Lower ORIGIN (RFC 4271 §9.1.2.2 b).
    Origin,
    /// Lower MULTI_EXIT_DISC from the same neighbour AS (RFC 4271 §9.1.2.2 c).
    Med,
    /// eBGP over iBGP (RFC 4271 §9.1.2.2 d).
    PeerType,
    /// Lower IGP cost to the next hop (RFC 4271 §9.1.2.2 e).
    IgpCost,
    /// Lower BGP Identifier, for which ORIGINATOR_ID stands in
    /// (RFC 4271 §9.1.2.2 f, RFC 4456 §9).
    RouterId,
    /// Shorter CLUSTER_LIST (RFC 4456 §9).
    ClusterListLength,
    /// Lower neighbour address (RFC 4271 §9.1.2.2 g).
    PeerAddress,
    /// Lower path identifier: the same neighbour sent both (RFC 7911).
    PathId,
}

impl Step {
    /// What to tell an operator.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::OnlyRoute => "only route",
            Self::LocalRoute => "local route",
            Self::LocalPref => "higher local preference",
            Self::AsPathLength => "shorter AS path",
            Self::Origin => "lower origin",
            Self::Med => "lower MED",
            Self::PeerType => "eBGP over iBGP",
            Self::IgpCost => "lower IGP cost",
            Self::RouterId => "lower router id",
            Self::ClusterListLength => "shorter cluster list",
            Self::PeerAddress => "lower peer address",
            Self::PathId => "lower path id",
        }
    }
}

/// A route as the decision process sees it. Only eligible ones: the next hop
/// resolves, and no loop was found.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made by callers, planners included"
)]
pub struct Candidate<'a> {
    /// What the route says of itself.
    pub attributes: &'a AttributeSet,
    /// The neighbour it came from: type, BGP Identifier, address; `None` for a
    /// local route.
    pub neighbor: Option<(PeerType, RouterId, IpAddr)>,
    /// The IGP cost to its next hop; 0 for a local route.
    pub igp_cost: u32,
    /// Its path identifier, if there is one.
    pub path_id: u32,
}

/// The outcome.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// Which candidate is the best.
    pub best: usize,
    /// The step that left it alone.
    pub step: Step,
}

/// Picks the best of `candidates`; `None` if there are none.
///
/// Each step strikes out the candidates that are worse than the best one left,
/// as RFC 4271 §9.1.2.2 has it, so the outcome does not depend on their order:
/// MULTI_EXIT_DISC, which compares only within one neighbour AS, would make a
/// pairwise comparison intransitive.
pub fn decide(candidates: &[Candidate<'_>]) -> Option<Decision> {
    if candidates.len() <= 1 {
        return candidates.first().map(|_| Decision {
            best: 0,
            step: Step::OnlyRoute,
        });
    }
    let mut field = Field {
        left: candidates.iter().enumerate().collect(),
        step: Step::OnlyRoute,
    };
    field.keep_least(Step::LocalRoute, |c| c.neighbor.is_some());
    field.keep_least(Step::LocalPref, |c| {
        u32::MAX - c.attributes.local_pref.unwrap_or(DEFAULT_LOCAL_PREF)
    });
    field.keep_least(Step::AsPathLength, |c| {
        c.attributes.as_path.as_ref().map_or(0, AsPath::length)
    });
    field.keep_least(Step::Origin, |c| {
        c.attributes.origin.unwrap_or(Origin::Incomplete)
    });
    field.keep_least_med();
    field.keep_least(Step::PeerType, |c| {
        c.neighbor
            .is_some_and(|(peer_type, ..)| peer_type == PeerType::Internal)
    });
    field.keep_least(Step::IgpCost, |c| c.igp_cost);
    field.keep_least(Step::RouterId, |c| {
        c.attributes
            .originator_id
            .or_else(|| c.neighbor.map(|(_, router_id, _)| router_id))
    });
    field.keep_least(Step::ClusterListLength, |c| c.attributes.cluster_list.len());
    field.keep_least(Step::PeerAddress, |c| {
        c.neighbor.map(|(.., address)| address)
    });
    field.keep_least(Step::PathId, |c| c.path_id);
    let step = field.step;
    field.left.first().map(|&(best, _)| Decision { best, step })
}

/// What LOCAL_PREF counts as where a route has none.
pub(crate) const DEFAULT_LOCAL_PREF: u32 = 100;

/// The candidates that are still in, and the last step that struck one out.
struct Field<'c, 'a> {
    left: Vec<(usize, &'c Candidate<'a>)>,
    step: Step,
}

impl Field<'_, '_> {
    fn keep_least<K: Ord>(&mut self, step: Step, key: impl Fn(&Candidate<'_>) -> K) {
        if self.left.len() <= 1 {
            return;
        }
        let Some(least) = self.left.iter().map(|(_, c)| key(c)).min() else {
            return;
        };
        self.strike(step, |c| key(c) != least);
    }

    /// MULTI_EXIT_DISC compares only routes from the same neighbour AS.
    fn keep_least_med(&mut self) {
        if self.left.len() <= 1 {
            return;
        }
        let group = |c: &Candidate<'_>| c.attributes.as_path.as_ref().and_then(AsPath::neighbor);
        let med = |c: &Candidate<'_>| c.attributes.med.unwrap_or(0);
        let all: Vec<_> = self.left.iter().map(|(_, c)| (group(c), med(c))).collect();
        self.strike(Step::Med, |c| {
            all.iter()
                .any(|&(other, least)| other == group(c) && least < med(c))
        });
    }

    fn strike(&mut self, step: Step, worse: impl Fn(&Candidate<'_>) -> bool) {
        let before = self.left.len();
        self.left.retain(|(_, c)| !worse(c));
        if self.left.len() < before {
            self.step = step;
        }
    }
}
