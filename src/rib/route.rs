use alloc::{boxed::Box, vec::Vec};
use core::net::IpAddr;

use crate::{
    rib::{
        Step, packed,
        reflect::Loop,
        store::{SetId, Store},
    },
    types::{Family, PeerId, PeerType, Prefix, RouterId},
    wire::{
        attribute::AttributeSet,
        nlri::{Destination, PathId},
    },
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
#[expect(clippy::exhaustive_structs, reason = "made by callers")]
pub struct Neighbor {
    /// Internal or external: a step of the decision process.
    pub peer_type: PeerType,
    /// Its BGP Identifier: a step of the decision process.
    pub router_id: RouterId,
    /// Its address: the last step of the decision process.
    pub address: IpAddr,
}

/// What is kept beside a route's attributes and never advertised.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Marks {
    /// The embedder's own preference, the first to decide: higher is better.
    pub weight: u32,
    /// What the embedder, or the import policy, called the route.
    pub tag: Option<u32>,
    /// The element of NLRI, where it says more than which destination: labels.
    pub(crate) nlri: Box<[u8]>,
    /// The attributes as they came, packed, where others are kept and these are
    /// to be judged again.
    pub(crate) received: Box<[u8]>,
}

impl Marks {
    /// Keeps the attributes as they came beside what was made of them.
    pub(crate) fn keep_received(&mut self, received: &AttributeSet) {
        let mut octets = Vec::new();
        packed::pack(received, &Self::default(), &mut octets);
        self.received = octets.into();
    }
}

/// Why a route is kept and may not be used.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Refusal {
    /// AS_PATH holds our AS (RFC 4271 §9.1.2).
    AsLoop,
    /// It came round over reflectors.
    Reflection(Loop),
    /// Its next hop is our own address on the session (RFC 4271 §5.1.3).
    OwnNextHop,
    /// The import policy rejects it.
    Policy,
    /// AS_PATH does not begin with the neighbour's AS (RFC 4271 §6.3).
    FirstAs,
    /// ONLY_TO_CUSTOMER says that it has leaked (RFC 9234 §5).
    RouteLeak,
    /// AS_PATH has a set, which nobody should make any more (RFC 9774 §3).
    AsSet,
    /// It is a default route that some neighbours are told of, whatever we have.
    DefaultOriginate,
    /// The neighbour has told of so many other paths to the destination that no
    /// more are taken. This one is not kept.
    TooManyPaths,
}

impl Refusal {
    const ALL: [Self; 10] = [
        Self::AsLoop,
        Self::Reflection(Loop::OriginatorId),
        Self::Reflection(Loop::ClusterList),
        Self::OwnNextHop,
        Self::Policy,
        Self::FirstAs,
        Self::RouteLeak,
        Self::AsSet,
        Self::DefaultOriginate,
        Self::TooManyPaths,
    ];

    /// What to tell an operator.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AsLoop => "our AS is in its path",
            Self::Reflection(Loop::OriginatorId) => "we are its originator",
            Self::Reflection(Loop::ClusterList) => "our cluster is in its cluster list",
            Self::OwnNextHop => "its next hop is our address",
            Self::Policy => "rejected by policy",
            Self::FirstAs => "its path does not begin with the neighbour's AS",
            Self::RouteLeak => "it was for customers only",
            Self::AsSet => "its path has a set",
            Self::DefaultOriginate => "it is for neighbours alone",
            Self::TooManyPaths => "there are as many paths as are taken",
        }
    }

    /// One octet; 0 is no refusal.
    pub(super) fn pack(of: Option<Self>) -> u8 {
        let at = Self::ALL.iter().position(|it| Some(*it) == of);
        at.and_then(|at| u8::try_from(at.saturating_add(1)).ok())
            .unwrap_or(0)
    }

    pub(super) fn unpack(octet: u8) -> Option<Self> {
        let at = usize::from(octet.checked_sub(1)?);
        Self::ALL.get(at).copied()
    }
}

/// One route to a destination, as a source gave it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Path<'a> {
    /// Who gave it.
    pub source: RouteSource,
    /// Which of the source's paths to the destination it is (RFC 7911).
    pub path_id: Option<PathId>,
    /// Whether its source is gone and may come back (RFC 4724 §4.2).
    pub stale: bool,
    /// Why it may not be used, if it may not.
    pub refused: Option<Refusal>,
    /// Whether its next hop can be reached.
    pub resolved: bool,
    pub(super) set: SetId,
    pub(super) store: &'a Store,
}

impl Path<'_> {
    /// What it said as it came, before it was completed and judged: kept where
    /// the neighbour's configuration asks for it, else what it says now.
    pub fn received(&self) -> AttributeSet {
        let (set, marks) = self.store.get(self.set);
        if marks.received.is_empty() {
            return set;
        }
        packed::unpack(&marks.received).0
    }

    /// What it says of itself, unpacked.
    pub fn attributes(&self) -> AttributeSet {
        self.store.get(self.set).0
    }

    /// What is kept beside that.
    pub fn marks(&self) -> Marks {
        self.store.get(self.set).1
    }

    /// The element of NLRI that it came as, with labels and whatever else of it
    /// is no part of the destination's name; `None` where there is no more to it
    /// than that.
    pub fn nlri(&self, family: Family) -> Option<Destination> {
        Destination::read(family, &self.marks().nlri)
    }
}

/// A route of the Loc-RIB.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Route<'a> {
    /// Its destination.
    pub prefix: Prefix,
    /// Who gave it.
    pub source: RouteSource,
    /// Which of the source's paths to the destination it is (RFC 7911).
    pub path_id: Option<PathId>,
    /// What made it the best.
    pub decided_by: Step,
    /// Whether its source is gone and may come back (RFC 4724 §4.2).
    pub stale: bool,
    pub(super) path: Path<'a>,
}

impl Route<'_> {
    /// What it says of itself, unpacked.
    pub fn attributes(&self) -> AttributeSet {
        self.path.attributes()
    }

    /// What is kept beside that.
    pub fn marks(&self) -> Marks {
        self.path.marks()
    }
}
