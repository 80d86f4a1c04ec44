//! UPDATE: routes withdrawn and announced (RFC 4271 §4.3, RFC 4760).

mod block;
mod encode;
pub(super) mod mp;
mod pack;
pub(super) mod parse;
pub(super) mod view;
mod visit;
mod walk;

use core::fmt;

use crate::{
    types::{Family, NextHop},
    wire::{AttributeSet, NlriList},
};

pub use block::AttributeBlock;
pub use mp::{MpReachView, MpUnreachView};
pub use pack::{pack_reach, pack_unreach};
pub(crate) use pack::{unreach_room, write_unreach};
pub use parse::UpdateBuffer;
pub use view::{AttributeView, Attributes, UpdateView};
pub use visit::Visit;

/// An UPDATE as its sender wrote it, each field in its place.
///
/// The two classic fields carry IPv4 unicast only.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Update {
    /// Withdrawn Routes: IPv4 unicast.
    pub withdrawn: NlriList,
    /// MP_UNREACH_NLRI (RFC 4760 §4).
    pub mp_unreach: Option<MpUnreach>,
    /// MP_REACH_NLRI (RFC 4760 §3).
    pub mp_reach: Option<MpReach>,
    /// All other path attributes. Its next hop is NEXT_HOP and belongs to
    /// `announced`; that of `mp_reach` is there.
    pub attributes: AttributeSet,
    /// NLRI: IPv4 unicast.
    pub announced: NlriList,
}

/// Routes of any family that are announced.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MpReach {
    /// Where to; `None` for a family whose next hop is empty or not read.
    pub next_hop: Option<NextHop>,
    /// What, and of which family. Of one that is not read the list holds all
    /// that follows the SAFI, the next hop with its length too.
    pub nlri: NlriList,
}

/// Routes of any family that are withdrawn.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MpUnreach {
    /// What, and of which family; empty alone in a message is End-of-RIB (RFC 4724 §2).
    pub nlri: NlriList,
}

impl Default for Update {
    fn default() -> Self {
        let list = || NlriList::new(Family::IPV4_UNICAST);
        Self {
            withdrawn: list(),
            mp_unreach: None,
            mp_reach: None,
            attributes: AttributeSet::default(),
            announced: list(),
        }
    }
}

impl Update {
    /// The marker that the initial routes of `family` are all sent
    /// (RFC 4724 §2).
    pub fn end_of_rib(family: Family) -> Self {
        if family == Family::IPV4_UNICAST {
            return Self::default();
        }
        let nlri = NlriList::new(family);
        Self {
            mp_unreach: Some(MpUnreach { nlri }),
            ..Self::default()
        }
    }

    /// The family that this message marks as complete, if it is an End-of-RIB.
    pub fn is_end_of_rib(&self) -> Option<Family> {
        let classic = self.withdrawn.is_empty() && self.announced.is_empty();
        if !classic || self.mp_reach.is_some() || self.attributes != AttributeSet::default() {
            return None;
        }
        match &self.mp_unreach {
            None => Some(Family::IPV4_UNICAST),
            Some(unreach) if unreach.nlri.is_empty() => Some(unreach.nlri.family()),
            Some(_) => None,
        }
    }

    /// All of its NLRI.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &NlriList> {
        let reach = self.mp_reach.iter().map(|of| &of.nlri);
        let unreach = self.mp_unreach.iter().map(|of| &of.nlri);
        let classic = [&self.withdrawn, &self.announced];
        classic.into_iter().chain(reach).chain(unreach)
    }

    /// Whether the message announces any route (RFC 7606 §5.2).
    pub fn announces(&self) -> bool {
        !self.announced.is_empty()
            || self
                .mp_reach
                .as_ref()
                .is_some_and(|reach| !reach.nlri.is_empty())
    }
}

impl fmt::Display for Update {
    /// Withdrawn routes after `-`, announced ones after `+`, attributes last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(family) = self.is_end_of_rib() {
            return write!(f, "end of RIB {family}");
        }
        let mut between = "";
        if !self.withdrawn.is_empty() {
            write!(f, "- {}", self.withdrawn)?;
            between = "; ";
        }
        if let Some(MpUnreach { nlri }) = &self.mp_unreach {
            write!(f, "{between}- {} {nlri}", nlri.family())?;
            between = "; ";
        }
        if let Some(reach) = &self.mp_reach {
            write!(f, "{between}+ {} {}", reach.nlri.family(), reach.nlri)?;
            if let Some(next_hop) = reach.next_hop {
                write!(f, " via {next_hop}")?;
            }
            between = "; ";
        }
        if !self.announced.is_empty() {
            write!(f, "{between}+ {}", self.announced)?;
            between = "; ";
        }
        if self.attributes == AttributeSet::default() {
            return Ok(());
        }
        write!(f, "{between}{}", self.attributes)
    }
}
