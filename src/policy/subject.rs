use core::{cell::OnceCell, net::IpAddr};

use super::{NextHopAction, OriginValidation, Verdict, as_path::PathText};
use crate::{
    types::{Asn, Family, PeerType, Prefix},
    wire::attribute::AttributeSet,
};

/// What a policy judges: a route on a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made by callers")]
pub struct Subject<'a> {
    /// The route's family.
    pub family: Family,
    /// Its destination, in families whose destination is a prefix.
    pub prefix: Option<Prefix>,
    /// The address of the neighbour that the route comes from or would go to.
    pub neighbor: IpAddr,
    /// That neighbour's AS.
    pub neighbor_as: Asn,
    /// How that AS relates to ours.
    pub peer_type: PeerType,
    /// What validation found; `None` if nobody has validated the route.
    pub validation: Option<OriginValidation>,
    /// What the embedder knows the route by, if it is one of its own.
    pub tag: Option<u32>,
    /// What the route says of itself.
    pub attributes: &'a AttributeSet,
}

/// What a policy made of a route.
///
/// Of a route that is rejected only the verdict and the rule are given.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// Whether to take it.
    pub verdict: Verdict,
    /// Its attributes; `None` if they are as they were.
    pub attributes: Option<AttributeSet>,
    /// What the next hop becomes, the last that was said; `None` leaves it to
    /// the speaker. Addresses known here are in the attributes already.
    pub next_hop: Option<NextHopAction>,
    /// The embedder's own preference, if one was set.
    pub weight: Option<u32>,
    /// The tag, if one was set.
    pub tag: Option<u32>,
    /// The rule that decided, counted from 0; `None` for the default.
    pub rule: Option<usize>,
}

impl Applied {
    pub(super) const fn unchanged(verdict: Verdict, rule: Option<usize>) -> Self {
        Self {
            verdict,
            attributes: None,
            next_hop: None,
            weight: None,
            tag: None,
            rule,
        }
    }
}

/// A route on its way through the rules.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) subject: &'a Subject<'a>,
    changed: Option<AttributeSet>,
    next_hop: Option<NextHopAction>,
    pub(super) weight: Option<u32>,
    pub(super) tag: Option<u32>,
    /// Written when an expression first asks for it, for all of them.
    path_text: OnceCell<PathText>,
}

impl<'a> Draft<'a> {
    pub(super) const fn new(subject: &'a Subject<'a>) -> Self {
        Self {
            subject,
            changed: None,
            next_hop: None,
            weight: None,
            tag: None,
            path_text: OnceCell::new(),
        }
    }

    /// To be changed: copied when that happens first.
    pub(super) fn edit(&mut self) -> &mut AttributeSet {
        let original = self.subject.attributes;
        self.changed.get_or_insert_with(|| original.clone())
    }

    /// To have its AS_PATH changed.
    pub(super) fn edit_path(&mut self) -> &mut AttributeSet {
        self.path_text.take();
        self.edit()
    }

    pub(super) fn set_next_hop(&mut self, next_hop: NextHopAction) {
        let original = self.subject.attributes.next_hop;
        let becomes = match next_hop {
            NextHopAction::Address(addr) => Some(addr.into()),
            NextHopAction::Peer => Some(self.subject.neighbor.into()),
            NextHopAction::Own | NextHopAction::Unchanged => original,
        };
        if self.attributes().next_hop != becomes {
            self.edit().next_hop = becomes;
        }
        self.next_hop = Some(next_hop);
    }

    pub(super) fn accepted(self, rule: Option<usize>) -> Applied {
        Applied {
            verdict: Verdict::Accept,
            attributes: self.changed,
            next_hop: self.next_hop,
            weight: self.weight,
            tag: self.tag,
            rule,
        }
    }

    /// As they are by now.
    pub(super) fn attributes(&self) -> &AttributeSet {
        self.changed.as_ref().unwrap_or(self.subject.attributes)
    }

    pub(super) fn path_text(&self) -> &PathText {
        let path = || self.attributes().as_path.as_ref();
        self.path_text.get_or_init(|| PathText::new(path()))
    }

    pub(super) fn tag(&self) -> Option<u32> {
        self.tag.or(self.subject.tag)
    }
}
