use alloc::vec::Vec;

use bitflags::bitflags;

use super::{
    Action, Outcome, Verdict,
    predicate::Predicate,
    subject::{Applied, Draft, Subject},
};
use crate::types::PeerType;

bitflags! {
    /// What a policy's result depends on.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct Looks: u8 {
        /// The route's prefix.
        const PREFIX = 1;
        /// The route's family.
        const FAMILY = 1 << 1;
        /// The neighbour: its address, AS or type.
        const NEIGHBOR = 1 << 2;
        /// The route's attributes, which it may change too.
        const ATTRIBUTES = 1 << 3;
        /// What origin validation found.
        const VALIDATION = 1 << 4;
        /// The tag of a route of the embedder's.
        const TAG = 1 << 5;
    }
}

/// A [`Policy`](super::Policy) without mistakes, quick to apply.
#[derive(Clone, Debug)]
pub struct CompiledPolicy {
    /// Those that can be reached and do something.
    rules: Vec<CompiledRule>,
    default: Verdict,
    looks: Looks,
}

#[derive(Clone, Debug)]
pub(super) struct CompiledRule {
    pub(super) index: usize,
    pub(super) predicates: Vec<Predicate>,
    pub(super) actions: Vec<Action>,
    pub(super) outcome: Outcome,
}

impl CompiledPolicy {
    /// Takes everything.
    pub const ACCEPT: Self = Self::always(Verdict::Accept);
    /// Takes nothing.
    pub const REJECT: Self = Self::always(Verdict::Reject);

    const fn always(default: Verdict) -> Self {
        Self {
            rules: Vec::new(),
            default,
            looks: Looks::empty(),
        }
    }

    /// What holds on a session without a policy: everything over iBGP, nothing
    /// over eBGP (RFC 8212 §2).
    pub const fn default_for(peer_type: PeerType) -> Self {
        match peer_type {
            PeerType::Internal | PeerType::Confederation => Self::ACCEPT,
            PeerType::External => Self::REJECT,
        }
    }

    pub(super) fn new(mut rules: Vec<CompiledRule>, default: Verdict) -> Self {
        rules.retain(|rule| !rule.does_nothing());
        if let Some(last) = rules.iter().position(CompiledRule::decides_all) {
            rules.truncate(last.saturating_add(1));
        }
        let looks = rules.iter().map(CompiledRule::looks_at).collect();
        Self {
            rules,
            default,
            looks,
        }
    }

    /// What becomes of a route. Takes no memory where nothing is changed.
    #[inline]
    pub fn apply(&self, subject: &Subject<'_>) -> Applied {
        if self.rules.is_empty() {
            return Applied::unchanged(self.default, None);
        }
        self.walk(subject)
    }

    fn walk(&self, subject: &Subject<'_>) -> Applied {
        let mut route = Draft::new(subject);
        for rule in &self.rules {
            if !rule
                .predicates
                .iter()
                .all(|predicate| predicate.holds(&route))
            {
                continue;
            }
            for action in &rule.actions {
                action.apply(&mut route);
            }
            match rule.outcome {
                Outcome::Accept => return route.accepted(Some(rule.index)),
                Outcome::Reject => return Applied::unchanged(Verdict::Reject, Some(rule.index)),
                Outcome::Next => {}
            }
        }
        match self.default {
            Verdict::Accept => route.accepted(None),
            Verdict::Reject => Applied::unchanged(Verdict::Reject, None),
        }
    }

    /// What its result depends on. Routes and neighbours that have all of this
    /// in common have the result in common: without [`Looks::PREFIX`],
    /// [`Looks::VALIDATION`] and [`Looks::TAG`], all routes of one family in an
    /// UPDATE; without [`Looks::NEIGHBOR`], all neighbours with this policy.
    pub const fn looks_at(&self) -> Looks {
        self.looks
    }

    /// Whether it takes every route as it is.
    pub fn is_accept_all(&self) -> bool {
        let takes =
            |rule: &CompiledRule| rule.outcome == Outcome::Accept && rule.actions.is_empty();
        self.rules.iter().all(takes) && self.rest() == Verdict::Accept
    }

    /// Whether it takes no route.
    pub fn is_reject_all(&self) -> bool {
        let takes = |rule: &CompiledRule| rule.outcome == Outcome::Accept;
        !self.rules.iter().any(takes) && self.rest() == Verdict::Reject
    }

    /// What becomes of a route that no condition holds for.
    fn rest(&self) -> Verdict {
        match self.rules.last() {
            Some(last) if last.decides_all() && last.outcome == Outcome::Accept => Verdict::Accept,
            Some(last) if last.decides_all() => Verdict::Reject,
            _ => self.default,
        }
    }
}

impl CompiledRule {
    fn does_nothing(&self) -> bool {
        self.outcome == Outcome::Next && self.actions.is_empty()
    }

    fn decides_all(&self) -> bool {
        self.outcome != Outcome::Next && self.predicates.is_empty()
    }

    fn looks_at(&self) -> Looks {
        let mut looks: Looks = self.predicates.iter().map(Predicate::looks_at).collect();
        if self.actions.iter().any(Action::looks_at_neighbor) {
            looks |= Looks::NEIGHBOR;
        }
        if self.actions.iter().any(Action::changes_attributes) {
            looks |= Looks::ATTRIBUTES;
        }
        looks
    }
}
