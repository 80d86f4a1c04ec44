//! What is accepted and what is advertised: ordered rules as data.
//!
//! A [`Policy`] is applied to one route on one session, in one direction. It
//! knows the route and the neighbour on the session's other end; it knows
//! neither RIBs nor messages. Without a policy, [`Policy::default_for`] holds:
//! everything over iBGP, nothing over eBGP (RFC 8212).

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::types::{Asn, Family, PeerType, Prefix};

/// An ordered list of rules; the first that matches decides.
///
/// ```
/// use bgpwright::policy::{Condition, Policy, PrefixMatch, Rule, Subject, Verdict};
/// use bgpwright::types::Asn;
///
/// let pods = PrefixMatch { prefix: "10.244.0.0/16".parse()?, ge: Some(24), le: Some(26) };
/// let policy = Policy {
///     rules: vec![Rule {
///         conditions: vec![Condition::Prefix(vec![pods])],
///         verdict: Verdict::Accept,
///     }],
///     default: Verdict::Reject,
/// };
/// let route = |prefix: &str| Subject {
///     prefix: prefix.parse().unwrap(),
///     neighbor: "192.0.2.1".parse().unwrap(),
///     neighbor_as: Asn(64500),
/// };
/// assert_eq!(policy.judge(&route("10.244.3.0/26")), Verdict::Accept);
/// assert_eq!(policy.judge(&route("10.244.0.0/16")), Verdict::Reject);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
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
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
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
    /// One of these matches the route's prefix.
    Prefix(Vec<PrefixMatch>),
    /// The route is of this family.
    Family(Family),
    /// The neighbour has one of these addresses.
    Neighbor(Vec<IpAddr>),
    /// The neighbour is in one of these ASes.
    NeighborAs(Vec<Asn>),
}

/// A prefix, and how much more specific ones may be: the prefix lists of most
/// routers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct PrefixMatch {
    /// Must cover the route's prefix.
    pub prefix: Prefix,
    /// The route's least length; without it the prefix's own.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ge: Option<u8>,
    /// The route's greatest length; without it any if `ge` is given, else the
    /// prefix's own: an exact match.
    #[cfg_attr(feature = "serde", serde(default))]
    pub le: Option<u8>,
}

/// What a policy says of a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a verdict must not be ignored silently"
)]
pub enum Verdict {
    /// Take it.
    Accept,
    /// Leave it.
    Reject,
}

/// What a policy judges: a route on a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made by callers")]
pub struct Subject {
    /// The route's destination.
    pub prefix: Prefix,
    /// The address of the neighbour that the route comes from or would go to.
    pub neighbor: IpAddr,
    /// That neighbour's AS.
    pub neighbor_as: Asn,
}

impl Policy {
    /// Takes everything.
    pub const ACCEPT: Self = Self {
        rules: Vec::new(),
        default: Verdict::Accept,
    };
    /// Takes nothing.
    pub const REJECT: Self = Self {
        rules: Vec::new(),
        default: Verdict::Reject,
    };

    /// What holds on a session without a policy: everything over iBGP, nothing
    /// over eBGP (RFC 8212 §2).
    pub const fn default_for(peer_type: PeerType) -> Self {
        match peer_type {
            PeerType::Internal | PeerType::Confederation => Self::ACCEPT,
            PeerType::External => Self::REJECT,
        }
    }

    /// Takes what one of these matches, and nothing else.
    pub fn only(prefixes: Vec<PrefixMatch>) -> Self {
        let conditions = alloc::vec![Condition::Prefix(prefixes)];
        Self {
            rules: alloc::vec![Rule {
                conditions,
                verdict: Verdict::Accept
            }],
            default: Verdict::Reject,
        }
    }

    /// Whether neighbours may be judged apart.
    pub fn looks_at_neighbor(&self) -> bool {
        let mut conditions = self.rules.iter().flat_map(|rule| &rule.conditions);
        conditions.any(|it| matches!(it, Condition::Neighbor(_) | Condition::NeighborAs(_)))
    }

    /// The verdict on a route.
    pub fn judge(&self, subject: &Subject) -> Verdict {
        let rule = self.rules.iter().find(|rule| rule.matches(subject));
        rule.map_or(self.default, |rule| rule.verdict)
    }
}

impl Rule {
    fn matches(&self, subject: &Subject) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.holds(subject))
    }
}

impl Condition {
    fn holds(&self, subject: &Subject) -> bool {
        match self {
            Self::Prefix(list) => list.iter().any(|entry| entry.matches(subject.prefix)),
            Self::Family(family) => *family == subject.prefix.family(),
            Self::Neighbor(addresses) => addresses.contains(&subject.neighbor),
            Self::NeighborAs(systems) => systems.contains(&subject.neighbor_as),
        }
    }
}

impl PrefixMatch {
    /// Matches this prefix alone.
    pub const fn exact(prefix: Prefix) -> Self {
        Self {
            prefix,
            ge: None,
            le: None,
        }
    }

    /// Matches this prefix and everything inside it.
    pub fn or_longer(prefix: Prefix) -> Self {
        Self {
            prefix,
            ge: Some(prefix.length()),
            le: None,
        }
    }

    /// Whether a route to `prefix` matches.
    pub fn matches(&self, prefix: Prefix) -> bool {
        let length = prefix.length();
        let least = self.ge.unwrap_or_else(|| self.prefix.length());
        let greatest = match (self.le, self.ge) {
            (Some(le), _) => le,
            (None, Some(_)) => u8::MAX,
            (None, None) => self.prefix.length(),
        };
        self.prefix.covers(prefix) && (least..=greatest).contains(&length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(prefix: &str) -> Subject {
        Subject {
            prefix: prefix.parse().unwrap(),
            neighbor: "192.0.2.1".parse().unwrap(),
            neighbor_as: Asn(64500),
        }
    }

    fn entry(prefix: &str, ge: Option<u8>, le: Option<u8>) -> PrefixMatch {
        PrefixMatch {
            prefix: prefix.parse().unwrap(),
            ge,
            le,
        }
    }

    #[test]
    fn a_prefix_matches_as_in_a_prefix_list() {
        let cases = [
            (None, None, [true, false, false]),
            (None, Some(26), [true, true, false]),
            (Some(25), None, [false, true, true]),
            (Some(25), Some(26), [false, true, false]),
        ];
        for (ge, le, expected) in cases {
            let list = entry("10.244.0.0/16", ge, le);
            let lengths = ["10.244.0.0/16", "10.244.9.64/26", "10.244.9.1/32"];
            let found = lengths.map(|prefix| list.matches(prefix.parse().unwrap()));
            assert_eq!(found, expected, "ge {ge:?} le {le:?}");
        }
        assert!(!entry("10.244.0.0/16", Some(0), None).matches("10.0.0.0/8".parse().unwrap()));
        assert!(!entry("0.0.0.0/0", Some(0), None).matches("fd00::/64".parse().unwrap()));
    }

    #[test]
    fn the_first_rule_whose_conditions_all_hold_decides() {
        let policy = Policy {
            rules: alloc::vec![
                Rule {
                    conditions: alloc::vec![
                        Condition::NeighborAs(alloc::vec![Asn(64500)]),
                        Condition::Prefix(alloc::vec![entry("10.0.0.0/8", Some(8), None)]),
                    ],
                    verdict: Verdict::Reject,
                },
                Rule {
                    conditions: alloc::vec![Condition::Neighbor(alloc::vec![
                        "192.0.2.1".parse().unwrap()
                    ])],
                    verdict: Verdict::Accept,
                },
            ],
            default: Verdict::Reject,
        };
        assert_eq!(policy.judge(&subject("10.1.0.0/16")), Verdict::Reject);
        assert_eq!(policy.judge(&subject("172.16.0.0/16")), Verdict::Accept);
        let other = Subject {
            neighbor: "192.0.2.2".parse().unwrap(),
            ..subject("172.16.0.0/16")
        };
        assert_eq!(policy.judge(&other), Verdict::Reject);
    }

    #[test]
    fn rfc8212_nothing_goes_over_ebgp_without_a_policy() {
        let route = subject("10.0.0.0/8");
        assert_eq!(
            Policy::default_for(PeerType::External).judge(&route),
            Verdict::Reject
        );
        assert_eq!(
            Policy::default_for(PeerType::Internal).judge(&route),
            Verdict::Accept
        );
    }
}
