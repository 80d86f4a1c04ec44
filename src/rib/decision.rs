#![expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "a configuration grows with time"
)]

use core::cmp::{Ordering, Reverse};

use smallvec::SmallVec;

use crate::{rib::Candidate, types::Asn};

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
    /// Not stale for longer than a restart takes (RFC 9494 §4.3).
    NotStale,
    /// Higher weight of the embedder's.
    Weight,
    /// A local route beats every learned one.
    LocalRoute,
    /// Higher LOCAL_PREF; 100 where there is none (RFC 4271 §9.1.1).
    LocalPref,
    /// Lower AIGP metric with the IGP cost added; any beats none (RFC 7311 §4.1).
    Aigp,
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
    /// The best so far among eBGP routes, if the speaker is to keep it
    /// (RFC 5004).
    Oldest,
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
    /// All of them, in order.
    pub const ALL: [Self; 16] = [
        Self::OnlyRoute,
        Self::NotStale,
        Self::Weight,
        Self::LocalRoute,
        Self::LocalPref,
        Self::Aigp,
        Self::AsPathLength,
        Self::Origin,
        Self::Med,
        Self::PeerType,
        Self::IgpCost,
        Self::Oldest,
        Self::RouterId,
        Self::ClusterListLength,
        Self::PeerAddress,
        Self::PathId,
    ];

    /// What to tell an operator.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::OnlyRoute => "only route",
            Self::NotStale => "not stale",
            Self::Weight => "higher weight",
            Self::LocalRoute => "local route",
            Self::LocalPref => "higher local preference",
            Self::Aigp => "lower accumulated IGP metric",
            Self::AsPathLength => "shorter AS path",
            Self::Origin => "lower origin",
            Self::Med => "lower MED",
            Self::PeerType => "eBGP over iBGP",
            Self::IgpCost => "lower IGP cost",
            Self::Oldest => "best so far",
            Self::RouterId => "lower router id",
            Self::ClusterListLength => "shorter cluster list",
            Self::PeerAddress => "lower peer address",
            Self::PathId => "lower path id",
        }
    }
}

/// What the decision process leaves to the operator.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "kebab-case"))]
#[expect(
    clippy::exhaustive_structs,
    clippy::struct_excessive_bools,
    reason = "written by callers: four choices that have nothing to do with each other"
)]
pub struct DecisionConfig {
    /// MULTI_EXIT_DISC compares whatever the neighbour AS.
    pub always_compare_med: bool,
    /// A missing MULTI_EXIT_DISC is the worst; else it is 0, the best
    /// (RFC 4271 §9.1.2.2 c).
    pub missing_med_worst: bool,
    /// The AIGP metric counts (RFC 7311 §4.1).
    pub aigp: bool,
    /// An eBGP route stays the best where only identifiers and addresses would
    /// make another the best (RFC 5004). The outcome then depends on the order
    /// in which routes came.
    pub prefer_oldest: bool,
}

impl DecisionConfig {
    /// Whether a route that is added must be held against all others, some of
    /// which have a MULTI_EXIT_DISC or not; else against the best alone.
    pub(super) const fn groups(&self, has_med: bool) -> bool {
        let by_med = (has_med || self.missing_med_worst) && !self.always_compare_med;
        by_med || self.prefer_oldest
    }
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
pub fn decide(candidates: &[Candidate], config: &DecisionConfig) -> Option<Decision> {
    let mut last = Step::OnlyRoute;
    let best = eliminate(candidates, config, |_, step| last = step)?;
    Some(Decision { best, step: last })
}

/// As [`decide`], and tells `lost` of each candidate that is struck out, and at
/// which step, in the order of steps.
pub fn eliminate(
    candidates: &[Candidate],
    config: &DecisionConfig,
    lost: impl FnMut(usize, Step),
) -> Option<usize> {
    let mut field = Field {
        left: candidates.iter().enumerate().collect(),
        lost,
    };
    for step in Step::ALL {
        if field.left.len() <= 1 {
            break;
        }
        match step {
            Step::Med if !config.always_compare_med => field.strike_med(config),
            Step::Aigp if !config.aigp => {}
            Step::Oldest if !(config.prefer_oldest && field.all_external()) => {}
            _ => field.strike(step, config),
        }
    }
    field.left.first().map(|&(best, _)| best)
}

/// Which of two routes is the better one (`Less`), and the first step that says
/// so.
///
/// A total order but for MULTI_EXIT_DISC, which is left out unless both came
/// through one neighbour AS: where more than two routes have one, ask
/// [`decide`].
pub fn compare(a: &Candidate, b: &Candidate, config: &DecisionConfig) -> (Ordering, Step) {
    for step in Step::ALL {
        let counts = match step {
            Step::OnlyRoute => false,
            Step::Aigp => config.aigp,
            Step::Med => config.always_compare_med || a.neighbor_as == b.neighbor_as,
            Step::Oldest => config.prefer_oldest && a.is_external() && b.is_external(),
            _ => true,
        };
        if counts {
            let order = prefer(step, a, b, config);
            if order != Ordering::Equal {
                return (order, step);
            }
        }
    }
    (Ordering::Equal, Step::PathId)
}

/// Whether all is equal up to the IGP cost: routes over which traffic may be
/// spread, AS paths aside.
pub(super) fn is_equal_cost(a: &Candidate, b: &Candidate, config: &DecisionConfig) -> bool {
    let (order, step) = compare(a, b, config);
    order == Ordering::Equal || step > Step::IgpCost
}

/// One step's comparison: `Less` is better.
fn prefer(step: Step, a: &Candidate, b: &Candidate, config: &DecisionConfig) -> Ordering {
    fn by<K: Ord>(a: &Candidate, b: &Candidate, key: impl Fn(&Candidate) -> K) -> Ordering {
        key(a).cmp(&key(b))
    }
    match step {
        Step::OnlyRoute => Ordering::Equal,
        Step::NotStale => by(a, b, |c| c.stale),
        Step::Weight => by(a, b, |c| Reverse(c.weight)),
        Step::LocalRoute => by(a, b, |c| c.neighbor.is_some()),
        Step::LocalPref => by(a, b, |c| Reverse(c.local_pref)),
        Step::Aigp => by(a, b, |c| {
            let all = |metric: u64| metric.saturating_add(u64::from(c.igp_cost));
            (c.aigp.is_none(), c.aigp.map(all))
        }),
        Step::AsPathLength => by(a, b, |c| c.path_length),
        Step::Origin => by(a, b, |c| c.origin),
        Step::Med => med(a, config).cmp(&med(b, config)),
        Step::PeerType => by(a, b, |c| c.neighbor.is_some() && !c.is_external()),
        Step::IgpCost => by(a, b, |c| c.igp_cost),
        Step::Oldest => by(a, b, |c| !c.is_best),
        Step::RouterId => by(a, b, Candidate::identifier),
        Step::ClusterListLength => by(a, b, |c| c.cluster_length),
        Step::PeerAddress => by(a, b, |c| c.neighbor.map(|(.., address)| address)),
        Step::PathId => by(a, b, |c| c.path_id),
    }
}

fn med(of: &Candidate, config: &DecisionConfig) -> u64 {
    let missing = if config.missing_med_worst {
        u64::MAX
    } else {
        0
    };
    of.med.map_or(missing, u64::from)
}

/// The candidates that are still in.
struct Field<'c, F> {
    left: SmallVec<[(usize, &'c Candidate); 16]>,
    lost: F,
}

impl<F: FnMut(usize, Step)> Field<'_, F> {
    fn all_external(&self) -> bool {
        self.left.iter().all(|(_, c)| c.is_external())
    }

    fn strike(&mut self, step: Step, config: &DecisionConfig) {
        let least = self.left.iter().map(|&(_, c)| c);
        let Some(least) = least.min_by(|a, b| prefer(step, a, b, config)) else {
            return;
        };
        self.retain(step, |c| prefer(step, c, least, config).is_eq());
    }

    /// MULTI_EXIT_DISC compares only routes from the same neighbour AS.
    fn strike_med(&mut self, config: &DecisionConfig) {
        if self.left.iter().all(|(_, c)| c.med.is_none()) {
            return;
        }
        let mut least: SmallVec<[(Option<Asn>, u64); 16]> = self
            .left
            .iter()
            .map(|(_, c)| (c.neighbor_as, med(c, config)))
            .collect();
        // The first of each AS is its least.
        least.sort_unstable();
        least.dedup_by_key(|(asn, _)| *asn);
        self.retain(Step::Med, |c| {
            least
                .binary_search(&(c.neighbor_as, med(c, config)))
                .is_ok()
        });
    }

    fn retain(&mut self, step: Step, keep: impl Fn(&Candidate) -> bool) {
        let lost = &mut self.lost;
        self.left.retain(|&mut (at, c)| {
            let kept = keep(c);
            if !kept {
                lost(at, step);
            }
            kept
        });
    }
}
