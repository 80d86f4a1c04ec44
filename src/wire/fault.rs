use alloc::vec::Vec;

use crate::wire::AttributeCode;

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

/// One thing wrong with a message that could be read nevertheless.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Fault {
    /// The attribute it is in, if it is in one.
    pub attribute: Option<AttributeCode>,
    /// Where in the message it is, in octets from its first.
    pub offset: usize,
    /// What.
    pub kind: FaultKind,
    /// What a receiver does about it.
    pub treatment: Treatment,
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
    /// A prefix is longer than its family allows, or cut short.
    Prefix,
}
