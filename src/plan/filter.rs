//! Named filters: what a peering takes and tells, in order, as Calico's
//! `BGPFilter` says it, and the same as a [`Policy`].

use alloc::{format, string::String, vec::Vec};

use crate::{
    policy::{
        Action, Among, AsPathMatch, Bounds, CommunityPattern, Condition, LargeCommunityPattern,
        ListEdit, NumberEdit, Outcome, Policy, PrefixMatch, Rule, Verdict,
    },
    types::{Asn, Community, Family, LargeCommunity, PeerType, Prefix},
};

/// A named filter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Filter {
    /// Its name.
    pub name: String,
    /// Rules for IPv4 routes that are taken.
    pub import_v4: Vec<FilterRule>,
    /// Rules for IPv4 routes that are told.
    pub export_v4: Vec<FilterRule>,
    /// Rules for IPv6 routes that are taken.
    pub import_v6: Vec<FilterRule>,
    /// Rules for IPv6 routes that are told.
    pub export_v6: Vec<FilterRule>,
}

/// Which way routes go through a filter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Direction {
    /// From the neighbour.
    Import,
    /// To the neighbour.
    Export,
}

/// One rule: the first of which all conditions hold decides.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct FilterRule {
    /// Whether the route is accepted.
    pub accept: bool,
    /// Which destinations it is for.
    pub prefix: Option<FilterPrefix>,
    /// Only routes learned over BGP.
    pub from_peers: bool,
    /// Only routes out of this interface; `*` stands for anything.
    pub interface: Option<String>,
    /// Only routes with this community.
    pub community: Option<FilterCommunity>,
    /// Only paths that begin with these ASes.
    pub as_path_prefix: Vec<Asn>,
    /// Only routes of this priority: the kernel's metric.
    pub priority: Option<u32>,
    /// Only sessions of this kind.
    pub peer_type: Option<PeerType>,
    /// What is done to routes that are accepted, in order.
    pub operations: Vec<FilterOperation>,
}

/// Which destinations a rule is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct FilterPrefix {
    /// The prefix.
    pub prefix: Prefix,
    /// Whether those inside it are meant too, and not it alone.
    pub inside: bool,
    /// Whether all others are meant instead.
    pub negated: bool,
    /// The least and the greatest length of those inside, where given.
    pub lengths: Option<(Option<u8>, Option<u8>)>,
}

impl FilterPrefix {
    /// The least and the greatest length, where lengths were given: the
    /// prefix's own at least.
    pub fn bounds(&self) -> Option<(u8, u8)> {
        let (least, most) = self.lengths?;
        let longest = if self.prefix.addr().is_ipv4() {
            32
        } else {
            128
        };
        let least = least.unwrap_or(0).max(self.prefix.length());
        Some((least, most.unwrap_or(longest).min(longest)))
    }
}

/// A community of either kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "the two that filters know")]
pub enum FilterCommunity {
    /// RFC 1997.
    Standard(Community),
    /// RFC 8092.
    Large(LargeCommunity),
}

/// What is done to a route.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum FilterOperation {
    /// Adds a community.
    AddCommunity(FilterCommunity),
    /// Puts ASes in front of the path, as they are to stand there.
    Prepend(Vec<Asn>),
    /// Sets the priority: the kernel's metric.
    SetPriority(u32),
}

impl Filter {
    /// The rules for one family and direction.
    pub fn rules(&self, family: Family, direction: Direction) -> &[FilterRule] {
        let v4 = family == Family::IPV4_UNICAST;
        match (direction, v4) {
            (Direction::Import, true) => &self.import_v4,
            (Direction::Export, true) => &self.export_v4,
            (Direction::Import, false) => &self.import_v6,
            (Direction::Export, false) => &self.export_v6,
        }
    }
}

/// Filters as one policy, which accepts what none of them decides; and what they
/// say that a policy has no word for. A rule with such a condition is left out.
///
/// Routes of the node's own are told apart by the tag [`OWN`].
pub fn policy(filters: &[&Filter], family: Family, direction: Direction) -> (Policy, Vec<String>) {
    let mut rules = Vec::new();
    let mut unsaid = Vec::new();
    for filter in filters {
        for (number, rule) in (1_u32..).zip(filter.rules(family, direction)) {
            if let Some(interface) = &rule.interface {
                unsaid.push(format!(
                    "BGPFilter {:?}: rule {number} is for the interface {interface:?}, which a \
                     speaker does not know of: left out",
                    filter.name
                ));
                continue;
            }
            rules.push(Rule {
                name: Some(format!("{} {number}", filter.name)),
                conditions: conditions(rule, direction),
                actions: rule.operations.iter().flat_map(actions).collect(),
                outcome: if rule.accept {
                    Outcome::Accept
                } else {
                    Outcome::Reject
                },
            });
        }
    }
    let policy = Policy {
        rules,
        default: Verdict::Accept,
    };
    (policy, unsaid)
}

/// The tag of routes that a node announces of its own.
pub const OWN: u32 = 1;

fn conditions(rule: &FilterRule, direction: Direction) -> Vec<Condition> {
    let mut conditions = Vec::new();
    if let Some(of) = &rule.prefix {
        let (ge, le) = match (of.bounds(), of.inside) {
            (Some((least, most)), _) => (Some(least), Some(most)),
            (None, true) => (Some(of.prefix.length()), None),
            (None, false) => (None, None),
        };
        let prefix = Condition::Prefix(Vec::from([PrefixMatch {
            prefix: of.prefix,
            ge,
            le,
        }]));
        conditions.push(if of.negated {
            Condition::Not(alloc::boxed::Box::new(prefix))
        } else {
            prefix
        });
    }
    if rule.from_peers && direction == Direction::Export {
        let own = Condition::Tag(Vec::from([OWN]));
        conditions.push(Condition::Not(alloc::boxed::Box::new(own)));
    }
    match rule.community {
        Some(FilterCommunity::Standard(community)) => {
            let pattern = CommunityPattern {
                asn: u16::try_from(community.0 >> 16).ok(),
                value: u16::try_from(community.0 & 0xffff).ok(),
            };
            conditions.push(Condition::Communities(Among::Any(Vec::from([pattern]))));
        }
        Some(FilterCommunity::Large(community)) => {
            let pattern = LargeCommunityPattern {
                global: Some(community.global),
                local1: Some(community.local1),
                local2: Some(community.local2),
            };
            conditions.push(Condition::LargeCommunities(Among::Any(Vec::from([
                pattern,
            ]))));
        }
        None => {}
    }
    match rule.as_path_prefix.as_slice() {
        [] => {}
        [one] => conditions.push(Condition::AsPath(AsPathMatch::First(Vec::from([*one])))),
        many => {
            let many: Vec<String> = many.iter().map(|asn| format!("{asn}_")).collect();
            let text = format!("^{}", many.concat());
            conditions.push(Condition::AsPath(AsPathMatch::Regex(text)));
        }
    }
    if let Some(preference) = rule.priority.and_then(preference) {
        conditions.push(Condition::LocalPref(Bounds {
            ge: Some(preference),
            le: Some(preference),
        }));
    }
    conditions.extend(rule.peer_type.map(Condition::PeerType));
    conditions
}

fn actions(operation: &FilterOperation) -> Vec<Action> {
    match operation {
        FilterOperation::AddCommunity(FilterCommunity::Standard(community)) => {
            Vec::from([Action::Communities(ListEdit::Add(Vec::from([*community])))])
        }
        FilterOperation::AddCommunity(FilterCommunity::Large(community)) => Vec::from([
            Action::LargeCommunities(ListEdit::Add(Vec::from([*community]))),
        ]),
        FilterOperation::Prepend(ases) => {
            let last_first = ases.iter().rev();
            last_first
                .map(|asn| Action::Prepend {
                    asn: *asn,
                    times: 1,
                })
                .collect()
        }
        FilterOperation::SetPriority(priority) => preference(*priority)
            .map(|it| Action::LocalPref(NumberEdit::Set(it)))
            .into_iter()
            .collect(),
    }
}

/// The LOCAL_PREF that Calico carries a kernel's metric in.
fn preference(priority: u32) -> Option<u32> {
    0x7fff_ffff_u32.checked_sub(priority)
}
