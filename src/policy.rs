//! What is accepted and what is advertised: ordered rules as data.

use alloc::vec::Vec;

use crate::types::{Asn, Family, Prefix};
use core::net::IpAddr;

/// An ordered list of rules; the first that matches decides.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Policy {
    /// Tried in order.
    #[cfg_attr(feature = "serde", serde(default))]
    pub rules: Vec<Rule>,
    /// What holds when no rule matches.
    pub default: Verdict,
}

/// One rule: all conditions must hold.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Rule {
    /// None at all matches every route.
    #[cfg_attr(feature = "serde", serde(default))]
    pub conditions: Vec<Condition>,
    /// What then holds.
    pub verdict: Verdict,
}

/// What a rule looks at.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Condition {
    /// The route's prefix lies in one of these.
    Prefix(Vec<PrefixMatch>),
    /// The route is of this family.
    Family(Family),
    /// The neighbour, on the other end of the session that the policy is
    /// applied to, has one of these addresses.
    Neighbor(Vec<IpAddr>),
    /// That neighbour is in one of these ASes.
    NeighborAs(Vec<Asn>),
}

/// A prefix, and how much more specific ones may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PrefixMatch {
    /// Must cover the route's prefix.
    pub prefix: Prefix,
    /// The route's least length; the prefix's own without it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ge: Option<u8>,
    /// The route's greatest length; without it `ge`'s family maximum if `ge` is
    /// given, else the prefix's own: an exact match.
    #[cfg_attr(feature = "serde", serde(default))]
    pub le: Option<u8>,
}

/// What a policy says of a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Verdict {
    /// Take it.
    Accept,
    /// Leave it.
    Reject,
}
