use core::net::IpAddr;

use crate::{
    types::{AsPath, Asn, Community, PeerType, RouterId},
    wire::{AttributeSet, Origin, attribute::Aigp},
};

/// A route as the decision process sees it. Only eligible ones: the next hop
/// resolves, and nothing bars the route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made by callers, planners included"
)]
pub struct Candidate {
    /// Whether its source is gone for longer than a restart, or says so of
    /// where it has it from (RFC 9494 §4.3).
    pub stale: bool,
    /// The embedder's own preference, which never leaves the speaker.
    pub weight: u32,
    /// The neighbour it came from: type, BGP Identifier, address; `None` for a
    /// local route.
    pub neighbor: Option<(PeerType, RouterId, IpAddr)>,
    /// LOCAL_PREF; [`DEFAULT_LOCAL_PREF`] where there is none.
    pub local_pref: u32,
    /// The accumulated IGP metric (RFC 7311).
    pub aigp: Option<u64>,
    /// AS_PATH's length (RFC 4271 §9.1.2.2 a, RFC 5065 §5.3).
    pub path_length: u16,
    /// ORIGIN; incomplete where there is none.
    pub origin: Origin,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// The AS that the path came through last; `None` for a route from within.
    pub neighbor_as: Option<Asn>,
    /// The IGP cost to its next hop; 0 for a local route.
    pub igp_cost: u32,
    /// ORIGINATOR_ID (RFC 4456 §9).
    pub originator_id: Option<RouterId>,
    /// CLUSTER_LIST's length.
    pub cluster_length: u16,
    /// Its path identifier, 0 without one.
    pub path_id: u32,
    /// Whether it is the best route so far (RFC 5004).
    pub is_best: bool,
}

/// What LOCAL_PREF counts as where a route has none.
pub const DEFAULT_LOCAL_PREF: u32 = 100;

impl Candidate {
    /// A route of these attributes from this neighbour, at no cost.
    pub fn new(attributes: &AttributeSet, neighbor: Option<(PeerType, RouterId, IpAddr)>) -> Self {
        let path = attributes.as_path.as_ref();
        let length = path.map_or(0, AsPath::length);
        Self {
            stale: attributes.communities.contains(&Community::LLGR_STALE),
            weight: 0,
            neighbor,
            local_pref: attributes.local_pref.unwrap_or(DEFAULT_LOCAL_PREF),
            aigp: aigp(attributes),
            path_length: u16::try_from(length).unwrap_or(u16::MAX),
            origin: attributes.origin.unwrap_or(Origin::Incomplete),
            med: attributes.med,
            neighbor_as: path.and_then(AsPath::neighbor),
            igp_cost: 0,
            originator_id: attributes.originator_id,
            cluster_length: u16::try_from(attributes.cluster_list.len()).unwrap_or(u16::MAX),
            path_id: 0,
            is_best: false,
        }
    }

    /// The BGP Identifier that counts; none for a local route without
    /// ORIGINATOR_ID.
    pub(super) fn identifier(&self) -> Option<RouterId> {
        let neighbor = self.neighbor.map(|(_, router_id, _)| router_id);
        self.originator_id.or(neighbor)
    }

    /// Whether it came over eBGP. One from another AS of the confederation
    /// counts as internal (RFC 5065 §5.3).
    pub(super) fn is_external(&self) -> bool {
        let kind = self.neighbor.map(|(peer_type, ..)| peer_type);
        kind == Some(PeerType::External)
    }
}

/// The accumulated metric that a set carries (RFC 7311 §3).
pub(super) fn aigp(attributes: &AttributeSet) -> Option<u64> {
    let aigp = attributes.other.typed::<Aigp>()?;
    // RFC 7311 §3.2: the greatest one is none.
    aigp.metric().filter(|metric| *metric != u64::MAX)
}
