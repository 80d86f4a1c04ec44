use alloc::string::String;
use core::{fmt, net::IpAddr};

use thiserror::Error;

use super::compile::MAX_DEPTH;
use crate::{types::Prefix, wire::attribute::AttributeCode};

/// Why a policy cannot be applied, and where.
///
/// As `rules[1] (customers): actions[0]: ORIGIN cannot be removed`.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub struct PolicyError {
    /// The rule, counted from 0.
    pub rule: usize,
    /// The rule's name.
    pub name: Option<String>,
    /// What of it.
    pub place: PolicyPlace,
    /// Why.
    pub kind: PolicyErrorKind,
}

/// Which part of a rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PolicyPlace {
    /// This condition, counted from 0, or one inside it.
    Condition(usize),
    /// This action, counted from 0.
    Action(usize),
}

/// What was expected of a part of a policy.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// A list without entries.
    #[error("expected a list with an entry")]
    EmptyList,
    /// Conditions inside conditions inside conditions.
    #[error("expected at most {MAX_DEPTH} conditions inside each other")]
    TooDeep,
    /// An entry of a prefix list that makes no sense.
    #[error("{prefix}: expected ge and le from {} to {}, ge not above le", .prefix.length(), width(.prefix))]
    PrefixLengths {
        /// The entry's prefix.
        prefix: Prefix,
    },
    /// A range without ends, or without numbers.
    #[error("expected ge, le or both, ge not above le")]
    Bounds,
    /// Not a regular expression, or one that would take too much memory.
    #[error("`{pattern}` is no regular expression for AS paths: {reason}")]
    Regex {
        /// As it was given.
        pattern: String,
        /// Why not.
        reason: String,
    },
    /// A regular expression, where the crate was built without them.
    #[error("`{pattern}`: regular expressions need the feature `regex`")]
    NoRegex {
        /// As it was given.
        pattern: String,
    },
    /// An attribute that messages have and routes do not.
    #[error("{code} is never among a route's attributes")]
    NoSuchAttribute {
        /// Which.
        code: AttributeCode,
    },
    /// An attribute that must stay.
    #[error("{code} cannot be removed")]
    NotRemovable {
        /// Which.
        code: AttributeCode,
    },
    /// An AS path with AS 0 in it (RFC 7607 §2).
    #[error("expected an AS other than 0")]
    AsnZero,
    /// Prepended not at all.
    #[error("expected to prepend 1 to 255 times")]
    Times,
    /// A next hop that is no host (RFC 4271 §6.3).
    #[error("next hop {addr}: expected the address of a host")]
    NextHop {
        /// The address.
        addr: IpAddr,
    },
    /// A metric that must not be sent (RFC 7311 §3.2).
    #[error("expected a metric below 18446744073709551615")]
    AigpMetric,
    /// Something done to a route that is then rejected.
    #[error("expected no actions in a rule that rejects")]
    ActionOnRejected,
}

fn width(prefix: &Prefix) -> u8 {
    if prefix.addr().is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rules[{}]", self.rule)?;
        if let Some(name) = &self.name {
            write!(f, " ({name})")?;
        }
        match self.place {
            PolicyPlace::Condition(at) => write!(f, ": conditions[{at}]")?,
            PolicyPlace::Action(at) => write!(f, ": actions[{at}]")?,
        }
        write!(f, ": {}", self.kind)
    }
}
