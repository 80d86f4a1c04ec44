//! What is accepted and what is advertised: ordered rules as data.
//!
//! A [`Policy`] is applied to one route on one session, in one direction. It
//! knows the route and the neighbour on the session's other end; it knows
//! neither RIBs nor messages. Without a policy, [`Policy::default_for`] holds:
//! everything over iBGP, nothing over eBGP (RFC 8212).
//!
//! # The way of a route
//! Rules are tried in order. A rule is for a route if all its conditions hold;
//! its actions then change the route, in order, and its [`Outcome`] accepts the
//! route, rejects it, or goes on with the next rule, which sees what was
//! changed. What no rule decides is up to the policy's default.
//!
//! A policy is plain data, made in code or read from a file (feature `serde`).
//! [`Policy::compile`] looks for mistakes and makes it quick to apply; what it
//! cannot do is an error there, and nothing fails later.
//!
//! ```
//! use bgpwright::{
//!     policy::{
//!         Action, AsPathMatch, Condition, NumberEdit, Outcome, Policy, PrefixMatch, Rule, Subject,
//!         Verdict,
//!     },
//!     types::{Asn, Family, PeerType},
//!     wire::AttributeSet,
//! };
//!
//! let ours = PrefixMatch::or_longer("10.244.0.0/16".parse()?);
//! let policy = Policy {
//!     rules: vec![
//!         Rule {
//!             name: Some("nobody else has our pods".into()),
//!             conditions: vec![Condition::Prefix(vec![ours])],
//!             actions: vec![],
//!             outcome: Outcome::Reject,
//!         },
//!         Rule {
//!             name: Some("customers first".into()),
//!             conditions: vec![Condition::AsPath(AsPathMatch::OriginatedBy(vec![Asn(64500)]))],
//!             actions: vec![Action::LocalPref(NumberEdit::Set(200))],
//!             outcome: Outcome::Accept,
//!         },
//!     ],
//!     default: Verdict::Reject,
//! };
//! let compiled = policy.compile()?;
//!
//! let attributes = AttributeSet { as_path: Some("64501 64500".parse()?), ..Default::default() };
//! let mut route = Subject {
//!     family: Family::IPV4_UNICAST,
//!     prefix: Some("198.51.100.0/24".parse()?),
//!     neighbor: "192.0.2.1".parse()?,
//!     neighbor_as: Asn(64501),
//!     peer_type: PeerType::External,
//!     validation: None,
//!     tag: None,
//!     attributes: &attributes,
//! };
//! let applied = compiled.apply(&route);
//! assert_eq!((applied.verdict, applied.rule), (Verdict::Accept, Some(1)));
//! assert_eq!(applied.attributes.and_then(|changed| changed.local_pref), Some(200));
//!
//! route.prefix = Some("10.244.3.0/26".parse()?);
//! assert_eq!(compiled.apply(&route).verdict, Verdict::Reject);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # As text
//! With the feature `serde`, names are in kebab case, and a field that does not
//! exist is an error:
//!
//! ```
//! let policy: bgpwright::policy::Policy = serde_json::from_str(r#"{
//!     "rules": [{
//!         "name": "blackholes of customers",
//!         "conditions": [
//!             { "prefix": [{ "prefix": "203.0.113.0/24", "ge": 32 }] },
//!             { "communities": { "any": ["blackhole", "64500:666"] } },
//!             { "not": { "validation": "invalid" } }
//!         ],
//!         "actions": [{ "communities": { "add": ["no-export"] } }, { "next-hop": "self" }],
//!         "outcome": "accept"
//!     }],
//!     "default": "reject"
//! }"#)?;
//! assert!(policy.compile().is_ok());
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # What is left to the speaker
//! A policy says what holds; what has to be is added by others afterwards. The
//! own AS and the next hop towards a neighbour, the removal of LOCAL_PREF over
//! eBGP, the reflector's stamps and the well-known communities are not rules
//! here, and ORIGINATOR_ID, CLUSTER_LIST and ONLY_TO_CUSTOMER, which guard
//! against loops and leaks, cannot be removed (RFC 4456 §8, RFC 9234 §5).

use alloc::{string::String, vec::Vec};

use crate::{
    types::{Asn, PeerType, Prefix},
    wire::attribute::AttributeSet,
};

mod action;
mod as_path;
mod attributes;
mod community;
mod compile;
mod compiled;
mod condition;
mod edit;
mod error;
mod predicate;
mod prefix_list;
#[cfg(feature = "serde")]
mod serde_text;
mod subject;

pub use action::{Action, ListEdit, NextHopAction, NumberEdit};
pub use community::{
    CommunityPattern, ExtendedCommunityPattern, LargeCommunityPattern, ParsePatternError,
};
pub use compiled::{CompiledPolicy, Looks};
pub use condition::{Among, AsPathMatch, Bounds, Condition, OriginValidation};
pub use error::{PolicyError, PolicyErrorKind, PolicyPlace};
pub use prefix_list::PrefixMatch;
pub use subject::{Applied, Subject};

/// An ordered list of rules; the first that applies and does not pass the route
/// on decides.
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
    /// What holds when no rule decides.
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
    /// For people: named in errors.
    #[cfg_attr(feature = "serde", serde(default))]
    pub name: Option<String>,
    /// None at all holds for every route.
    #[cfg_attr(feature = "serde", serde(default))]
    pub conditions: Vec<Condition>,
    /// What is then done to the route, in order; nothing if it is rejected.
    #[cfg_attr(feature = "serde", serde(default))]
    pub actions: Vec<Action>,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a route that a rule is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(
    clippy::exhaustive_enums,
    reason = "an outcome must not be ignored silently"
)]
pub enum Outcome {
    /// Take it, as it now is.
    Accept,
    /// Leave it.
    Reject,
    /// Try the next rule on it, as it now is.
    Next,
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
        Self {
            rules: alloc::vec![Rule {
                name: None,
                conditions: alloc::vec![Condition::Prefix(prefixes)],
                actions: Vec::new(),
                outcome: Outcome::Accept,
            }],
            default: Verdict::Reject,
        }
    }

    /// Looks for mistakes, and makes the policy quick to apply.
    ///
    /// # Errors
    /// Names the rule and the condition or action that cannot be, and what
    /// could.
    pub fn compile(&self) -> Result<CompiledPolicy, PolicyError> {
        compile::compile(self)
    }

    /// The verdict on a route of which only the prefix is known: one without
    /// attributes, over eBGP. A policy with mistakes rejects all.
    pub fn judge_prefix(&self, prefix: Prefix) -> Verdict {
        let attributes = AttributeSet::default();
        self.judge(&Subject {
            family: prefix.family(),
            prefix: Some(prefix),
            neighbor: prefix.addr(),
            neighbor_as: Asn::ZERO,
            peer_type: PeerType::External,
            validation: None,
            tag: None,
            attributes: &attributes,
        })
    }

    /// The verdict on one route; a policy with mistakes rejects all. For many
    /// routes, [compile](Self::compile) once.
    pub fn judge(&self, subject: &Subject<'_>) -> Verdict {
        self.compile()
            .map_or(Verdict::Reject, |policy| policy.apply(subject).verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Family;

    #[test]
    fn rfc8212_nothing_goes_over_ebgp_without_a_policy() {
        let attributes = AttributeSet::default();
        let route = Subject {
            family: Family::IPV4_UNICAST,
            prefix: Some("10.0.0.0/8".parse().unwrap()),
            neighbor: "192.0.2.1".parse().unwrap(),
            neighbor_as: Asn(64500),
            peer_type: PeerType::External,
            validation: None,
            tag: None,
            attributes: &attributes,
        };
        for (peer_type, verdict) in [
            (PeerType::External, Verdict::Reject),
            (PeerType::Internal, Verdict::Accept),
            (PeerType::Confederation, Verdict::Accept),
        ] {
            assert_eq!(Policy::default_for(peer_type).judge(&route), verdict);
            let compiled = CompiledPolicy::default_for(peer_type);
            assert_eq!(compiled.apply(&route).verdict, verdict);
        }
    }
}
