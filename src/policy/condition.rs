use alloc::{boxed::Box, string::String, vec::Vec};
use core::{fmt, net::IpAddr};

use super::{
    PrefixMatch,
    community::{CommunityPattern, ExtendedCommunityPattern, LargeCommunityPattern},
};
use crate::{
    types::{Asn, Family, PeerType, Prefix},
    wire::attribute::{AttributeCode, Origin},
};

/// What a rule looks at.
///
/// A condition on what a route does not have (a prefix, a MED, a tag) does not
/// hold, so its [`Not`](Self::Not) does. Lists have at least one entry, but for
/// [`Prefix`](Self::Prefix).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Condition {
    /// One of these holds.
    Any(Vec<Self>),
    /// All of these hold.
    All(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// One of these matches the route's prefix. An empty list holds for none.
    Prefix(Vec<PrefixMatch>),
    /// The route is of this family.
    Family(#[cfg_attr(feature = "serde", serde(with = "super::serde_text::text"))] Family),
    /// The neighbour has one of these addresses.
    Neighbor(Vec<IpAddr>),
    /// The neighbour is in one of these ASes.
    NeighborAs(Vec<Asn>),
    /// The neighbour's AS relates to ours like this.
    PeerType(
        #[cfg_attr(feature = "serde", serde(with = "super::serde_text::PeerTypeText"))] PeerType,
    ),
    /// AS_PATH is like this. A route without one counts as having an empty one.
    AsPath(AsPathMatch),
    /// COMMUNITIES (RFC 1997).
    Communities(Among<CommunityPattern>),
    /// EXTENDED_COMMUNITIES (RFC 4360).
    ExtendedCommunities(Among<ExtendedCommunityPattern>),
    /// LARGE_COMMUNITIES (RFC 8092).
    LargeCommunities(Among<LargeCommunityPattern>),
    /// The next hop is in one of these prefixes; for IPv6 the global address
    /// counts.
    NextHop(Vec<Prefix>),
    /// ORIGIN is this.
    Origin(#[cfg_attr(feature = "serde", serde(with = "super::serde_text::OriginText"))] Origin),
    /// MULTI_EXIT_DISC is there and within these.
    Med(Bounds),
    /// LOCAL_PREF is there and within these.
    LocalPref(Bounds),
    /// What origin validation found. A route that nobody has validated is none
    /// of the three.
    Validation(OriginValidation),
    /// The route is one of the embedder's, with one of these tags, or an action
    /// has given it one.
    Tag(Vec<u32>),
    /// The attribute of this code is there.
    Attribute(AttributeCode),
}

/// What an AS_PATH is like.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum AsPathMatch {
    /// One of these is anywhere in it.
    Contains(Vec<Asn>),
    /// The route originates in one of these: [`AsPath::origin`].
    ///
    /// [`AsPath::origin`]: crate::types::AsPath::origin
    OriginatedBy(Vec<Asn>),
    /// The route came to our AS or confederation from one of these:
    /// [`AsPath::neighbor`].
    ///
    /// [`AsPath::neighbor`]: crate::types::AsPath::neighbor
    First(Vec<Asn>),
    /// Its length, as the decision process counts it, is within these.
    Length(Bounds),
    /// It has no segments: over iBGP, the route originates in our own AS.
    Empty,
    /// A regular expression that is found somewhere in its text, such as
    /// `^64500_` or `_(64501|64502)$`.
    ///
    /// The text is what [`AsPath`](crate::types::AsPath) displays: numbers with
    /// blanks between, sets as `{1,2}`. `_` is either end of it, a blank, or one
    /// of `,{}()[]`, as on most routers; the rest is the syntax of the crate
    /// `regex`. Needs the feature `regex`.
    Regex(String),
}

/// Which values must be among those of a route.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum Among<P> {
    /// At least one that one of these matches.
    Any(Vec<P>),
    /// For each of these, one that it matches.
    All(Vec<P>),
    /// None that one of these matches.
    None(Vec<P>),
}

/// A range of numbers, both ends included; at least one end is given.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Bounds {
    /// The least.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ge: Option<u32>,
    /// The greatest.
    #[cfg_attr(feature = "serde", serde(default))]
    pub le: Option<u32>,
}

/// What validation of a route's origin against the RPKI found (RFC 6811 §2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "the RFC has these three")]
pub enum OriginValidation {
    /// An authorization covers the prefix and matches.
    Valid,
    /// Authorizations cover the prefix, and none matches.
    Invalid,
    /// No authorization covers the prefix.
    NotFound,
}

impl Bounds {
    /// This number alone.
    pub const fn exactly(number: u32) -> Self {
        Self {
            ge: Some(number),
            le: Some(number),
        }
    }

    /// This number and all above.
    pub const fn at_least(number: u32) -> Self {
        Self {
            ge: Some(number),
            le: None,
        }
    }

    /// This number and all below.
    pub const fn at_most(number: u32) -> Self {
        Self {
            ge: None,
            le: Some(number),
        }
    }

    /// Whether `number` is within.
    pub fn contains(self, number: u32) -> bool {
        self.ge.is_none_or(|least| least <= number) && self.le.is_none_or(|most| number <= most)
    }

    /// Whether an end is given and some number is within.
    pub(super) fn is_sound(self) -> bool {
        match (self.ge, self.le) {
            (Some(ge), Some(le)) => ge <= le,
            (ge, le) => ge.is_some() || le.is_some(),
        }
    }
}

impl<P> Among<P> {
    pub(super) fn patterns(&self) -> &[P] {
        match self {
            Self::Any(list) | Self::All(list) | Self::None(list) => list,
        }
    }
}

impl fmt::Display for OriginValidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::NotFound => "not found",
        })
    }
}
