use alloc::sync::Arc;
use core::net::IpAddr;

use crate::{
    rib::Step,
    types::{PeerId, PeerType, Prefix, RouterId},
    wire::{AttributeSet, PathId},
};

/// Where a route came from.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "a route is ours or a neighbour's")]
pub enum RouteSource {
    /// The embedder announced it.
    Local,
    /// A neighbour did.
    Peer(PeerId),
}

/// What the RIB must know of a neighbour whose routes it holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Neighbor {
    /// Internal or external: a step of the decision process.
    pub peer_type: PeerType,
    /// Its BGP Identifier: a step of the decision process.
    pub router_id: RouterId,
    /// Its address: the last step of the decision process.
    pub address: IpAddr,
}

/// One route to a prefix, as a source gave it.
#[derive(Clone, Debug)]
pub struct Path {
    /// Who gave it.
    pub source: RouteSource,
    /// Which of the source's paths to the prefix it is (RFC 7911).
    pub path_id: Option<PathId>,
    /// What it says of itself.
    pub attributes: Arc<AttributeSet>,
    /// The session of its source that it came over, counted from 0: it is
    /// stale when that is not the latest one.
    pub(crate) epoch: u32,
}

/// A route of the Loc-RIB.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Route<'a> {
    /// Its destination.
    pub prefix: Prefix,
    /// Who gave it.
    pub source: RouteSource,
    /// What it says of itself.
    pub attributes: &'a Arc<AttributeSet>,
    /// What made it the best.
    pub decided_by: Step,
    /// Whether its source is gone and may come back (RFC 4724 §4.2).
    pub stale: bool,
}
