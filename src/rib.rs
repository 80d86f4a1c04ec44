//! Routes: Adj-RIB-In, Loc-RIB, Adj-RIB-Out, and the decision between them.

/// A step of the decision process: what made the best route the best.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Step {
    /// There was no other route.
    OnlyRoute,
    /// A local route beats every learned one.
    LocalRoute,
    /// Higher LOCAL_PREF (RFC 4271 §9.1.1).
    LocalPref,
    /// Shorter AS_PATH (RFC 4271 §9.1.2.2 a).
    AsPathLength,
    /// Lower ORIGIN (§9.1.2.2 b).
    Origin,
    /// Lower MULTI_EXIT_DISC of the same neighbour AS (§9.1.2.2 c).
    Med,
    /// eBGP over iBGP (§9.1.2.2 d).
    PeerType,
    /// Lower IGP cost to the next hop (§9.1.2.2 e).
    IgpCost,
    /// Lower BGP Identifier, ORIGINATOR_ID standing in (§9.1.2.2 f, RFC 4456 §9).
    RouterId,
    /// Shorter CLUSTER_LIST (RFC 4456 §9).
    ClusterListLength,
    /// Lower neighbour address (§9.1.2.2 g).
    PeerAddress,
}
