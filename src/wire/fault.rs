use alloc::vec::Vec;

use core::fmt;

use crate::{
    types::Family,
    wire::{AnyNlri, AttributeCode, Frame, NlriList, Notification, Update, UpdateView, error},
};

/// A value that was read, and what was wrong with it on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parsed<T> {
    /// What could be read.
    pub value: T,
    /// What could not, in the order of the wire; mostly empty.
    pub faults: Vec<Fault>,
}

impl<T> Parsed<T> {
    /// The strongest treatment that the faults ask for: it wins (RFC 7606 §3).
    pub fn treatment(&self) -> Option<Treatment> {
        self.faults.iter().map(|fault| fault.treatment).max()
    }
}

impl Parsed<Update> {
    /// The routes that are gone: those that are withdrawn, and, if it is to be
    /// treated as a withdrawal (RFC 7606 §2), those that are announced.
    ///
    /// What the faults say of single prefixes and of families is not applied.
    pub fn withdrawn(&self) -> impl Iterator<Item = AnyNlri> + '_ {
        let update = &self.value;
        let unreach = update.mp_unreach.iter().map(|of| &of.nlri);
        let named = unreach.chain([&update.withdrawn]);
        let treated = self.reached().filter(|_| self.is_withdrawal());
        named.chain(treated).flat_map(NlriList::iter)
    }

    /// The routes that are announced; none if the message is to be treated as a
    /// withdrawal (RFC 7606 §2).
    ///
    /// What the faults say of single prefixes and of families is not applied.
    pub fn announced(&self) -> impl Iterator<Item = AnyNlri> + '_ {
        let reached = self.reached().filter(|_| !self.is_withdrawal());
        reached.flat_map(NlriList::iter)
    }

    fn reached(&self) -> impl Iterator<Item = &NlriList> {
        let reach = self.value.mp_reach.iter().map(|of| &of.nlri);
        reach.chain([&self.value.announced])
    }

    fn is_withdrawal(&self) -> bool {
        self.treatment() >= Some(Treatment::TreatAsWithdraw)
    }

    /// The family that the message marks as complete, if it is an End-of-RIB.
    ///
    /// Unlike [`Update::is_end_of_rib`] this is not misled by an UPDATE whose
    /// only attributes were discarded.
    pub fn end_of_rib(&self) -> Option<Family> {
        self.value
            .is_end_of_rib()
            .filter(|_| self.faults.is_empty())
    }
}

/// One thing wrong with a message that could be read nevertheless.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Fault {
    /// The attribute it is in, if it is in one.
    pub attribute: Option<AttributeCode>,
    /// Where in the message it is, in octets from its first.
    pub offset: u32,
    /// What.
    pub kind: FaultKind,
    /// What a receiver does about it.
    pub treatment: Treatment,
}

impl Fault {
    /// What to tell the peer if this fault of the UPDATE in `frame` ends the
    /// session (RFC 4271 §6.3).
    ///
    /// The data is the attribute as it came, where the subcode asks for it.
    pub fn notification(&self, frame: Frame<'_>) -> Notification {
        let at = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let octets = UpdateView::new(frame)
            .ok()
            .and_then(|view| {
                view.attributes()
                    .filter_map(Result::ok)
                    .find(|attribute| attribute.span().contains(&at))
            })
            .map_or(&[][..], |attribute| attribute.octets);
        error::update_notification(*self, octets)
    }
}

impl fmt::Display for Fault {
    /// As `ORIGIN at octet 23: invalid value: treat as withdraw`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.attribute {
            write!(f, "{code} ")?;
        }
        write!(
            f,
            "at octet {}: {}: {}",
            self.offset, self.kind, self.treatment
        )
    }
}

/// A place as a [`Fault`] keeps it: no message is as long as its type goes.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What a receiver does about a fault, weakest first (RFC 7606 §2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new treatment must not be ignored silently"
)]
pub enum Treatment {
    /// Ignore the one prefix that is wrong (RFC 4271 §6.3).
    IgnorePrefix,
    /// Drop the attribute and go on.
    AttributeDiscard,
    /// Take every announced route of the message as withdrawn.
    TreatAsWithdraw,
    /// Ignore the family from here on.
    DisableFamily,
    /// Send the NOTIFICATION and end the session.
    SessionReset,
}

impl fmt::Display for Treatment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IgnorePrefix => "ignore the prefix",
            Self::AttributeDiscard => "discard the attribute",
            Self::TreatAsWithdraw => "treat as withdraw",
            Self::DisableFamily => "disable the family",
            Self::SessionReset => "reset the session",
        })
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum FaultKind {
    /// The flags contradict the attribute's category.
    Flags,
    /// The length does not fit the attribute.
    Length,
    /// The value is not one that the attribute may have.
    Value,
    /// The attribute occurs again.
    Duplicate,
    /// A mandatory attribute is missing.
    Missing,
    /// The attribute list ends inside an attribute.
    Truncated,
    /// The attribute may not come from this kind of peer.
    NotFromThisPeer,
    /// A prefix is longer than its family allows, cut short, or none that may
    /// be routed.
    Prefix,
    /// A well-known attribute that this codec does not know.
    Unrecognized,
    /// The session has not agreed on the family.
    Family,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flags => "flags contradict its category",
            Self::Length => "wrong length",
            Self::Value => "invalid value",
            Self::Duplicate => "occurs again",
            Self::Missing => "missing",
            Self::Truncated => "list ends inside an attribute",
            Self::NotFromThisPeer => "not acceptable from this peer",
            Self::Prefix => "invalid prefix",
            Self::Unrecognized => "unrecognized well-known attribute",
            Self::Family => "family was not negotiated",
        })
    }
}
