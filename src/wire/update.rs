//! UPDATE: routes withdrawn and announced (RFC 4271 §4.3, RFC 4760).

use alloc::vec::Vec;

use crate::{
    types::{Family, NextHop},
    wire::{AttributeSet, Nlri, NlriList},
};

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
        let _ = family;
        todo!()
    }

    /// The family that this message marks as complete, if it is an End-of-RIB.
    pub fn is_end_of_rib(&self) -> Option<Family> {
        todo!()
    }
}
