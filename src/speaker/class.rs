//! What a kind of neighbour is told of a route (RFC 4271 §9.1.3 and §5.1,
//! RFC 4456 §8): everything but who chose the route.

use alloc::{sync::Arc, vec::Vec};
use core::net::IpAddr;

use crate::{
    policy::Policy,
    rib::{
        DEFAULT_LOCAL_PREF,
        reflect::{self, Passage, ReflectionRole, Side},
        store::Traits,
    },
    speaker::{LocalAs, NextHopMode, RemovePrivate, SendPaths},
    types::{AsPath, Asn, ClusterId, Community, Family, NextHop, PeerType, RouterId, SegmentKind},
    wire::{
        AttributeCode, AttributeFlags, AttributeSet, Context, RawAttribute, Role, attribute::Aigp,
    },
};

/// All that decides what a neighbour is told of a route: neighbours of one
/// class are told the same, but for routes of their own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    pub(super) family: Family,
    pub(super) side: Side,
    pub(super) peer_type: PeerType,
    /// Our cluster towards it.
    pub(super) cluster_id: ClusterId,
    pub(super) client_to_client: bool,
    pub(super) next_hop: NextHopMode,
    pub(super) local_address: IpAddr,
    pub(super) speaker_as: Asn,
    pub(super) local_as: Asn,
    pub(super) local_as_mode: LocalAs,
    /// The neighbour's AS, where that decides something.
    pub(super) override_as: Option<Asn>,
    pub(super) remove_private: RemovePrivate,
    /// Passed on as a route server does (RFC 7947 §2.2).
    pub(super) transparent: bool,
    pub(super) role: Option<Role>,
    pub(super) long_lived: bool,
    pub(super) graceful_shutdown: bool,
    pub(super) aigp: bool,
    pub(super) paths: SendPaths,
    /// What it may be told.
    pub(super) export: Option<Arc<Policy>>,
    /// The neighbour, where its policy looks at that.
    pub(super) neighbor: Option<(IpAddr, Asn)>,
    pub(super) context: Context,
}

/// Where a route came from, as far as it decides who is told of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Origin {
    pub(super) side: Side,
    pub(super) router_id: RouterId,
    /// Our cluster towards the neighbour that it came from.
    pub(super) cluster_id: ClusterId,
    /// Whether it is stale for longer than a restart takes.
    pub(super) long_lived_stale: bool,
    pub(super) igp_cost: u32,
}

impl Class {
    /// Whether a route may pass at all, by what is quick to see.
    pub(super) fn bars(&self, from: Origin, traits: Traits) -> bool {
        let external = self.side == Side::External;
        let confined = traits.contains(Traits::NO_ADVERTISE)
            || (traits.contains(Traits::NO_EXPORT) && self.peer_type == PeerType::External)
            || (traits.contains(Traits::NO_EXPORT_SUBCONFED) && external);
        confined || self.passage(from) == Passage::Barred
    }

    fn passage(&self, from: Origin) -> Passage {
        const CLIENT: Side = Side::Internal(ReflectionRole::Client);
        let same_cluster = from.cluster_id == self.cluster_id;
        if from.side == CLIENT && self.side == CLIENT && same_cluster && !self.client_to_client {
            return Passage::Barred;
        }
        reflect::passage(from.side, self.side)
    }

    /// What the class is told of a route with these attributes; `None` is
    /// nothing.
    pub(super) fn told(&self, from: Origin, attributes: &AttributeSet) -> Option<AttributeSet> {
        let passage = self.passage(from);
        if passage == Passage::Barred {
            return None;
        }
        let mut set = attributes.clone();
        if from.long_lived_stale && !self.mark_stale(&mut set) {
            return None;
        }
        set.next_hop = self.next_hop(from.side, attributes.next_hop);
        self.check_next_hop(set.next_hop)?;
        self.metric(from, attributes, &mut set);
        if self.side == Side::External {
            self.path(&mut set, from.side == Side::Local)?;
            if self.peer_type == PeerType::External {
                set.local_pref = None;
                if from.side != Side::Local && !self.transparent {
                    // RFC 4271 §5.1.4: not past the neighbouring AS.
                    set.med = None;
                }
            }
            set.originator_id = None;
            set.cluster_list = Vec::new();
        }
        if self.peer_type.is_interior() {
            set.local_pref.get_or_insert(DEFAULT_LOCAL_PREF);
        }
        self.only_to_customer(&mut set)?;
        if self.graceful_shutdown && !set.communities.contains(&Community::GRACEFUL_SHUTDOWN) {
            set.communities.push(Community::GRACEFUL_SHUTDOWN);
        }
        if passage == Passage::Reflected {
            reflect::stamp(&mut set, from.router_id, self.stamp_of(from));
        }
        if from.side != Side::Local {
            pass_on_unknown(&mut set);
        }
        Some(set)
    }

    /// The cluster that a reflected route has come through: that of the client
    /// that sent it, else that of the client that gets it.
    fn stamp_of(&self, from: Origin) -> ClusterId {
        match from.side {
            Side::Internal(ReflectionRole::Client) => from.cluster_id,
            _ => self.cluster_id,
        }
    }

    /// RFC 9494 §4.3: those who know what it means are told that a route is
    /// stale; within the AS others are, at the least preference.
    fn mark_stale(&self, set: &mut AttributeSet) -> bool {
        if set.communities.contains(&Community::NO_LLGR) {
            return false;
        }
        if !self.long_lived {
            if self.peer_type == PeerType::External {
                return false;
            }
            set.communities.push(Community::NO_EXPORT);
            set.local_pref = Some(0);
        }
        if !set.communities.contains(&Community::LLGR_STALE) {
            set.communities.push(Community::LLGR_STALE);
        }
        true
    }

    /// RFC 4271 §5.1.3, by the neighbour's mode.
    fn next_hop(&self, from: Side, received: Option<NextHop>) -> Option<NextHop> {
        let external = self.peer_type == PeerType::External && !self.transparent;
        let ours = match self.next_hop {
            NextHopMode::Auto => external,
            NextHopMode::SelfForExternal => external || from == Side::External,
            NextHopMode::SelfForAll => true,
            NextHopMode::Unchanged => false,
        };
        let own = NextHop::from(self.local_address);
        if ours {
            Some(own)
        } else {
            received.or_else(|| (from == Side::Local).then_some(own))
        }
    }

    /// A next hop of the other IP version goes out where both sides said so.
    fn check_next_hop(&self, next_hop: Option<NextHop>) -> Option<()> {
        use crate::types::Safi;
        let unicast = matches!(self.family.safi, Safi::UNICAST | Safi::MULTICAST);
        let fits = match next_hop {
            // Flow specifications have none.
            None => !unicast,
            Some(NextHop::V4(_)) => !unicast || self.family.afi.0 == 1,
            Some(NextHop::V6 { .. }) => {
                self.family.afi.0 != 1 || self.context.extended_next_hop.contains(&self.family)
            }
        };
        fits.then_some(())
    }

    /// AIGP goes where it is configured, with what our part of the way costs
    /// (RFC 7311 §3.4).
    fn metric(&self, from: Origin, attributes: &AttributeSet, set: &mut AttributeSet) {
        let Some(aigp) = attributes.other.typed::<Aigp>() else {
            return;
        };
        if self.peer_type == PeerType::External && !self.aigp {
            set.other.remove(AttributeCode::AIGP);
        } else if set.next_hop != attributes.next_hop
            && let Some(metric) = aigp.metric()
        {
            let summed = metric.saturating_add(u64::from(from.igp_cost));
            // A metric fits its attribute.
            let _ = set.other.insert_typed(&Aigp::new(summed));
        }
    }

    /// AS_PATH towards another AS (RFC 4271 §5.1.2, RFC 5065 §4).
    fn path(&self, set: &mut AttributeSet, local: bool) -> Option<()> {
        let path = set.as_path.get_or_insert_default();
        if self.peer_type == PeerType::Confederation {
            *path = confederated(path, self.local_as);
            return Some(());
        }
        if path.segments().any(|segment| segment.kind.is_confed()) {
            *path = rebuilt(path, |kind, asns| {
                (!kind.is_confed()).then(|| asns.to_vec())
            });
        }
        if self.transparent && !local {
            return Some(());
        }
        if let Some(theirs) = self.override_as {
            *path = rebuilt(path, |_, asns| {
                let ours = |asn: &Asn| if *asn == theirs { self.local_as } else { *asn };
                Some(asns.iter().map(ours).collect())
            });
        }
        self.without_private(path);
        if self.local_as != self.speaker_as && !self.local_as_mode.replace_as {
            path.prepend(self.speaker_as);
        }
        path.prepend(self.local_as);
        Some(())
    }

    fn without_private(&self, path: &mut AsPath) {
        let keep = |asn: &Asn| !asn.is_private() || Some(*asn) == self.override_as;
        match self.remove_private {
            RemovePrivate::Keep => {}
            RemovePrivate::Remove => {
                *path = rebuilt(path, |_, asns| {
                    Some(asns.iter().copied().filter(keep).collect())
                });
            }
            RemovePrivate::Replace => {
                *path = rebuilt(path, |_, asns| {
                    let ours = |asn: &Asn| if keep(asn) { *asn } else { self.local_as };
                    Some(asns.iter().map(ours).collect())
                });
            }
        }
    }

    /// RFC 9234 §5: what goes to customers and peers is for customers from there
    /// on, and what is goes nowhere else.
    fn only_to_customer(&self, set: &mut AttributeSet) -> Option<()> {
        let unicast = matches!(self.family, Family::IPV4_UNICAST | Family::IPV6_UNICAST);
        let Some(ours) = self.role.filter(|_| unicast) else {
            return Some(());
        };
        let upwards = matches!(ours, Role::CUSTOMER | Role::PEER | Role::RS_CLIENT);
        if upwards && set.only_to_customer.is_some() {
            return None;
        }
        if matches!(ours, Role::PROVIDER | Role::PEER | Role::RS) {
            set.only_to_customer.get_or_insert(self.local_as);
        }
        Some(())
    }
}

/// The path with our Member-AS in front (RFC 5065 §4).
fn confederated(path: &AsPath, local_as: Asn) -> AsPath {
    let mut segments = path.segments();
    let first = segments.clone().next();
    let mut out = AsPath::empty();
    match first {
        Some(first) if first.kind == SegmentKind::ConfedSequence => {
            let own = core::iter::once(local_as);
            out.push(first.kind, own.chain(first.asns.iter().copied()));
            segments.next();
        }
        _ => out.push(SegmentKind::ConfedSequence, [local_as]),
    }
    for segment in segments {
        out.push(segment.kind, segment.asns.iter().copied());
    }
    out
}

fn rebuilt(path: &AsPath, f: impl Fn(SegmentKind, &[Asn]) -> Option<Vec<Asn>>) -> AsPath {
    let mut out = AsPath::empty();
    for segment in path.segments() {
        if let Some(asns) = f(segment.kind, segment.asns) {
            out.push(segment.kind, asns);
        }
    }
    out
}

/// RFC 4271 §9: of what we do not know, the transitive part goes on, marked
/// as having passed somebody who did not know it.
fn pass_on_unknown(attributes: &mut AttributeSet) {
    if attributes.other.is_empty() {
        return;
    }
    let known = |attribute: &RawAttribute<'_>| attribute.code.name().is_some();
    attributes.other.retain(|attribute| {
        attribute.flags.contains(AttributeFlags::TRANSITIVE) || known(&attribute)
    });
    let unknown: Vec<_> = attributes
        .other
        .iter()
        .filter(|attribute| !known(attribute))
        .map(|attribute| attribute.code)
        .collect();
    for code in unknown {
        attributes.other.add_flags(code, AttributeFlags::PARTIAL);
    }
}
