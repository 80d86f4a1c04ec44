//! UPDATE: routes withdrawn and announced (RFC 4271 §4.3, RFC 4760).

mod encode;
pub(super) mod mp;
mod pack;
mod parse;
pub(super) mod view;

use alloc::vec::Vec;
use core::fmt;

use crate::{
    types::{Afi, Family, NextHop, Safi},
    wire::{AttributeSet, Nlri, NlriList},
};

pub use pack::{pack_reach, pack_unreach};
pub use view::{AttributeView, Attributes, UpdateView};

/// An UPDATE as its sender wrote it, each field in its place.
///
/// The two classic fields carry IPv4 unicast only.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Update {
    /// Withdrawn Routes: IPv4 unicast.
    pub withdrawn: Vec<Nlri>,
    /// MP_UNREACH_NLRI (RFC 4760 §4).
    pub mp_unreach: Option<MpUnreach>,
    /// MP_REACH_NLRI (RFC 4760 §3).
    pub mp_reach: Option<MpReach>,
    /// All other path attributes. Its next hop is NEXT_HOP and belongs to
    /// `announced`; that of `mp_reach` is there.
    pub attributes: AttributeSet,
    /// NLRI: IPv4 unicast.
    pub announced: Vec<Nlri>,
}

/// Routes of any family that are announced.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MpReach {
    /// Which.
    pub family: Family,
    /// Where to; `None` for a family whose next hop is not understood or empty.
    pub next_hop: Option<NextHop>,
    /// What.
    pub nlri: NlriList,
}

/// Routes of any family that are withdrawn.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MpUnreach {
    /// Which.
    pub family: Family,
    /// What; empty alone in a message is End-of-RIB (RFC 4724 §2).
    pub nlri: NlriList,
}

impl Update {
    /// The marker that the initial routes of `family` are all sent
    /// (RFC 4724 §2).
    pub fn end_of_rib(family: Family) -> Self {
        if family == Family::IPV4_UNICAST {
            return Self::default();
        }
        let nlri = match family {
            Family {
                afi: Afi::IPV6,
                safi: Safi::UNICAST,
            } => NlriList::Prefixes(Vec::new()),
            _ => NlriList::Opaque(bytes::Bytes::new()),
        };
        Self {
            mp_unreach: Some(MpUnreach { family, nlri }),
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
            Some(unreach) if unreach.nlri.is_empty() => Some(unreach.family),
            Some(_) => None,
        }
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
            f.write_str("-")?;
            self.withdrawn
                .iter()
                .try_for_each(|of| write!(f, " {of}"))?;
            between = "; ";
        }
        if let Some(MpUnreach { family, nlri }) = &self.mp_unreach {
            write!(f, "{between}- {family}{nlri}")?;
            between = "; ";
        }
        if let Some(reach) = &self.mp_reach {
            write!(f, "{between}+ {}{}", reach.family, reach.nlri)?;
            if let Some(next_hop) = reach.next_hop {
                write!(f, " via {next_hop}")?;
            }
            between = "; ";
        }
        if !self.announced.is_empty() {
            write!(f, "{between}+")?;
            self.announced
                .iter()
                .try_for_each(|of| write!(f, " {of}"))?;
            between = "; ";
        }
        if self.attributes == AttributeSet::default() {
            return Ok(());
        }
        write!(f, "{between}{}", self.attributes)
    }
}
