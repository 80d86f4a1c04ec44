//! How a cluster may be peered, what each way costs, and which one to take.
//!
//! A [`Strategy`] is an intent: a full mesh, reflectors, top-of-rack routers, or
//! both of the last. [`apply`] makes an [`Inventory`] of it, whose
//! plan is clean; [`assess`] counts what it comes to without making it;
//! [`recommend`] compares all that fit and says why; [`choose()`] picks
//! reflectors, and knows how far from the best its choice may be; [`drain()`]
//! gives the steps to take a router out of service.
//!
//! Counts are in closed form, from the sizes of groups: 10,000 nodes cost no more
//! than 100. They hold for nodes that pass on every path (ADD-PATH, as Calico's
//! do) and for routers outside that pass on their best.
//!
//! Departures and limits: between Calico's nodes, reflectors with different
//! cluster ids are each other's clients, and multiply paths. Two levels of
//! reflectors are therefore laid out in planes: the first reflector of each group
//! peers with the first at the top, the second with the second, so that a client
//! holds one path for each plane. Routers that are proposed have one address
//! each; how their links are numbered is left to whoever builds them.

mod addresses;
mod assess;
mod choose;
mod counts;
mod distance;
mod drain;
mod fabric;
mod handover;
mod layout;
mod racks;
mod realise;
mod recommend;
mod requirements;
mod search;
mod survival;

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use thiserror::Error;

pub use assess::{Assessment, Survival, assess};
pub use choose::{Choice, Objective, choose};
pub use drain::{Drain, DrainStep, drain};
pub use handover::hand_over;
pub use realise::apply;
pub use recommend::{Recommendation, candidates, recommend};
pub use requirements::{Costs, Requirements, Weights};

#[cfg(doc)]
use super::Inventory;

/// A way to peer a cluster's nodes.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Strategy {
    /// Every node with every other.
    FullMesh,
    /// Every node with a few that reflect (RFC 4456).
    Reflectors(Reflectors),
    /// Every node with the routers of its rack, which see to the rest
    /// (RFC 7938).
    TopOfRack(TopOfRack),
    /// Reflectors for the nodes' routes to each other, and top-of-rack routers
    /// for those to and from the outside.
    Mixed(Mixed),
}

/// Reflectors, and for whom.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Reflectors {
    /// How many each client has: 2 or 3.
    pub count: usize,
    /// Who shares reflectors.
    pub span: Span,
    /// What may be a reflector.
    pub placement: Placement,
    /// Which cluster ids they have.
    pub cluster_ids: ClusterIds,
    /// Whether reflectors have reflectors above them.
    pub levels: Levels,
}

impl Reflectors {
    /// So many for the whole cluster, of one cluster id, on any nodes.
    pub const fn new(count: usize) -> Self {
        Self {
            count,
            span: Span::Cluster,
            placement: Placement::AnyNode,
            cluster_ids: ClusterIds::Shared,
            levels: Levels::One,
        }
    }

    /// So many for each group of clients, below as many others.
    pub fn two_levels(count: usize, span: Span) -> Self {
        Self {
            span,
            levels: Levels::Two,
            ..Self::new(count)
        }
    }
}

/// Who shares reflectors.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Span {
    /// All nodes; with two levels, groups as large as reflectors can serve.
    Cluster,
    /// The nodes of one rack, zone, or other kind of failure domain.
    Domain(String),
}

/// What may be a reflector.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Placement {
    /// Any node; rather one that carries no pods.
    AnyNode,
    /// Nodes that carry no pods: those of [`Requirements::dedicated`], and those
    /// that announce nothing.
    Dedicated,
}

/// Which cluster ids reflectors have.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ClusterIds {
    /// One for those with the same clients.
    Shared,
    /// One each. Calico's nodes are then each other's clients.
    Distinct,
}

/// Whether reflectors have reflectors above them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Levels {
    /// No: all of them peer with each other.
    One,
    /// Yes, in planes.
    Two,
}

/// Top-of-rack routers in AS of their own, and spines above them (RFC 7938 §5).
///
/// Nodes are in their rack's AS, and clients of its leaves. Routers of the
/// inventory are used where a rack has any; else they are proposed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct TopOfRack {
    /// The kind of failure domain that has leaves: a `rack`.
    pub kind: String,
    /// Leaves that are proposed for a rack without any.
    pub leaves: usize,
    /// Spines that are proposed where there are none.
    pub spines: usize,
    /// Which AS numbers are proposed.
    pub numbers: Numbers,
}

impl Default for TopOfRack {
    /// Two leaves a rack and two spines, with AS numbers of two octets.
    fn default() -> Self {
        Self {
            kind: "rack".into(),
            leaves: 2,
            spines: 2,
            numbers: Numbers::TwoOctets,
        }
    }
}

/// Which AS numbers are proposed (RFC 6996).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Numbers {
    /// From 64512 on, of which there are 1,023; where they do not do, those of
    /// four octets.
    TwoOctets,
    /// From 4200000000 on.
    FourOctets,
}

/// Reflectors inside, top-of-rack routers for the outside.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Mixed {
    /// Those of the nodes.
    pub reflectors: Reflectors,
    /// The routers outside; nodes keep the cluster's AS.
    pub fabric: TopOfRack,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FullMesh => f.write_str("full mesh"),
            Self::Reflectors(of) => fmt::Display::fmt(of, f),
            Self::TopOfRack(_) => f.write_str("top-of-rack routers"),
            Self::Mixed(of) => write!(f, "{}, top-of-rack routers outside", of.reflectors),
        }
    }
}

impl fmt::Display for Reflectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.placement {
            Placement::AnyNode => write!(f, "{} reflectors", self.count)?,
            Placement::Dedicated => write!(f, "{} dedicated reflectors", self.count)?,
        }
        match (&self.span, self.levels) {
            (Span::Cluster, Levels::One) => {}
            (Span::Cluster, Levels::Two) => f.write_str(" a group, two levels")?,
            (Span::Domain(kind), Levels::One) => write!(f, " a {kind}, one level")?,
            (Span::Domain(kind), Levels::Two) => write!(f, " a {kind}, two levels")?,
        }
        match self.cluster_ids {
            ClusterIds::Shared => Ok(()),
            ClusterIds::Distinct => f.write_str(", an id each"),
        }
    }
}

/// Why a strategy cannot be carried out with an inventory.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Unfit {
    /// There are fewer nodes that may be reflectors than are needed.
    #[error("{place}: {needed} reflectors are needed, and {found} nodes may be one")]
    TooFew {
        /// Where: the cluster, a rack, a group.
        place: String,
        /// How many are needed.
        needed: usize,
        /// How many nodes may be reflectors there.
        found: usize,
    },
    /// A name in the requirements that no node has.
    #[error("{list} names {name:?}, and no node is called so")]
    UnknownNode {
        /// Who names it: `pinned`, `forbidden`, `dedicated`, `drain` or `hand_over`.
        list: &'static str,
        /// The name.
        name: String,
    },
    /// A node that is to be a reflector and must not be one.
    #[error("node {name:?} is both pinned and forbidden")]
    Contradiction {
        /// The node.
        name: String,
    },
    /// No node may take a reflector's role.
    #[error(
        "no node may take the role of reflector {name:?}: expected one that is no reflector, with \
         its families and its labels that peerings look at"
    )]
    NoHeir {
        /// The reflector.
        name: String,
    },
    /// A node without the failure domain that the strategy goes by.
    #[error("node {name:?} has no {kind}: give it the label \"{kind}\"")]
    NoDomain {
        /// The node.
        name: String,
        /// Which kind of domain it lacks.
        kind: String,
    },
    /// Leaves of one rack have several ASes, so that nodes cannot be in the
    /// AS of all of them.
    #[error("the leaves of {kind} {rack:?} are in AS {a} and AS {b}: expected one AS for a {kind}")]
    LeavesDiffer {
        /// The kind of domain.
        kind: String,
        /// Which one.
        rack: String,
        /// The first leaf's AS.
        a: u32,
        /// Another leaf's AS.
        b: u32,
    },
    /// A leaf has no address that the nodes' sessions could go to.
    #[error("router {router:?} has no {family} address for the nodes of {rack:?}")]
    NoLeafAddress {
        /// The leaf.
        router: String,
        /// The rack.
        rack: String,
        /// Which family.
        family: &'static str,
    },
    /// Two levels of reflectors with ids of their own would multiply paths.
    #[error("two levels of reflectors need one cluster id for each group: found an id each")]
    DistinctBelow,
    /// A number that has to be at least another.
    #[error("{field} is {found}: expected at least {least}")]
    TooSmall {
        /// The field of the strategy.
        field: &'static str,
        /// What was found.
        found: usize,
        /// What is the least.
        least: usize,
    },
}

impl Strategy {
    /// Its reflectors, if it has any.
    pub(super) const fn reflectors(&self) -> Option<&Reflectors> {
        match self {
            Self::Reflectors(of) => Some(of),
            Self::Mixed(of) => Some(&of.reflectors),
            Self::FullMesh | Self::TopOfRack(_) => None,
        }
    }

    /// Its routers outside, if it has any.
    pub(super) const fn fabric(&self) -> Option<&TopOfRack> {
        match self {
            Self::TopOfRack(of) => Some(of),
            Self::Mixed(of) => Some(&of.fabric),
            Self::FullMesh | Self::Reflectors(_) => None,
        }
    }
}

/// Names at most three of many.
fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    match names.len() {
        0..=3 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more.saturating_sub(3)),
    }
}
