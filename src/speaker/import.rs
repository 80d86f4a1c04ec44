use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::net::IpAddr;

use crate::{
    policy::{CompiledPolicy, Looks, Subject, Verdict},
    rib::{Change, Handle, Marks, Refusal, RouteSource, TableId, net},
    session::{self, LimitAction, LimitVerdict, Session},
    speaker::{Event, Output, Speaker, admit, membership, peer::Identity},
    types::{Family, PeerId, Prefix},
    wire::{AnyNlri, AttributeSet, Destination, MpReach, NlriList, Parsed, Treatment, Update},
};

impl Speaker {
    /// What a neighbour sent, into its Adj-RIB-In (RFC 4271 §9).
    pub(super) fn import(&mut self, id: PeerId, parsed: Parsed<Update>) {
        // Parts have them from the head, which has said so.
        let told = self.parts.follows();
        for fault in parsed.faults.iter().filter(|_| !told) {
            self.outputs
                .push_back(Output::Event(Event::Fault(id, *fault)));
        }
        // RFC 7606 §2: what the faults make unusable is gone, not kept as it was.
        let usable = parsed.treatment() < Some(Treatment::TreatAsWithdraw);
        let Update {
            withdrawn,
            mp_unreach,
            mp_reach,
            attributes,
            announced,
        } = parsed.value;
        let mut changes = Vec::new();
        self.remove_all(id, &withdrawn, &mut changes);
        // RFC 4760 §7: what was not agreed on is not taken; it is a fault already.
        let agreed = |family: Family| {
            let session = self.peers.get(&id).map(|peer| &peer.session);
            let agreed = session.and_then(Session::negotiated);
            agreed.is_some_and(|agreed| agreed.families.contains(&family))
        };
        let mp_unreach = mp_unreach.filter(|unreach| agreed(unreach.nlri.family()));
        let mp = mp_reach.filter(|reach| agreed(reach.nlri.family()));
        if let Some(unreach) = mp_unreach {
            self.remove_all(id, &unreach.nlri, &mut changes);
        }
        if usable {
            if let Some(MpReach { nlri, next_hop }) = mp {
                let attributes = AttributeSet {
                    next_hop,
                    ..attributes.clone()
                };
                self.insert_all(id, &nlri, attributes, &mut changes);
            }
            if !announced.is_empty() {
                self.insert_all(id, &announced, attributes, &mut changes);
            }
        } else {
            self.remove_all(id, &announced, &mut changes);
            if let Some(reach) = mp {
                self.remove_all(id, &reach.nlri, &mut changes);
            }
        }
        let families = changes.iter().map(|it| self.rib.family(it.table));
        let members = families.into_iter().any(membership::is_membership);
        self.note(changes);
        if members {
            self.members_changed(id);
        }
        self.count_prefixes(id);
    }

    /// Tells the session how many prefixes there are, where that is limited
    /// (RFC 4271 §6.7).
    pub(super) fn count_prefixes(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        if peer.config.session.limits.is_empty() {
            return;
        }
        for limit in peer.config.session.limits.clone() {
            let family = limit.family;
            let held = self.rib.given_by(RouteSource::Peer(id), family);
            let elsewhere = self.counted_elsewhere(id, family);
            let Some(peer) = self.peers.get_mut(&id) else {
                return;
            };
            let dropped = peer.dropped.get(&family).copied().unwrap_or(0);
            let present = held.saturating_add(dropped).saturating_add(elsewhere);
            if self.parts.follows() {
                let event = Event::PrefixCount(id, family, present);
                self.outputs.push_back(Output::Event(event));
            } else {
                let input = session::Input::Prefixes { family, present };
                peer.session.handle_input(self.now, input);
            }
        }
        self.ready.insert(id);
    }

    /// What the session says of the limit; it ends by itself where it is to.
    pub(super) fn on_limit(&mut self, id: PeerId, family: Family, verdict: LimitVerdict) {
        let again = verdict == LimitVerdict::AcceptAgain;
        let event = Event::PrefixLimit(id, family, verdict);
        self.outputs.push_back(Output::Event(event));
        if !again {
            return;
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.dropped.remove(&family);
            // What was not taken is asked for again.
            if peer.session.soft_reset_in().is_ok() {
                self.ready.insert(id);
            }
        }
    }

    /// How many more prefixes are taken; `None` for any number.
    fn room(&self, id: PeerId, family: Family) -> Option<usize> {
        let limits = &self.peers.get(&id)?.config.session.limits;
        let limit = limits.iter().find(|limit| limit.family == family)?;
        let held = self.rib.given_by(RouteSource::Peer(id), family);
        let max = usize::try_from(limit.max).unwrap_or(usize::MAX);
        (limit.action == LimitAction::Drop).then(|| max.saturating_sub(held))
    }

    fn remove_all(&mut self, id: PeerId, list: &NlriList, changes: &mut Vec<Change>) {
        if list.is_empty() {
            return;
        }
        let source = RouteSource::Peer(id);
        let table = self.rib.table(list.family());
        let rib = &mut self.rib;
        if net::is_of_prefixes(list.family()) {
            let prefixes = list.prefixes();
            changes.extend(
                prefixes.filter_map(|nlri| rib.remove(source, (table, nlri.prefix), nlri.path_id)),
            );
        } else {
            let all = list.iter();
            changes.extend(
                all.filter_map(|of| rib.remove_any(source, (table, &of.destination), of.path_id)),
            );
        }
    }

    fn insert_all(
        &mut self,
        id: PeerId,
        list: &NlriList,
        attributes: AttributeSet,
        changes: &mut Vec<Change>,
    ) {
        let family = list.family();
        let Some(into) = self.arrival(id, family, attributes) else {
            return;
        };
        if net::is_of_prefixes(family) {
            self.insert_prefixes(&into, list, changes);
        } else {
            for nlri in list.iter() {
                self.insert_other(&into, &nlri, changes);
            }
        }
    }

    /// What a neighbour says of routes, and what they are judged by.
    #[inline]
    pub(super) fn arrival(
        &mut self,
        id: PeerId,
        family: Family,
        mut attributes: AttributeSet,
    ) -> Option<Into> {
        let table = self.rib.table(family);
        let peer = self.peers.get(&id)?;
        let identity = peer.identity?;
        let refused = admit::refusal(&self.config, peer, family, &attributes);
        let received = peer.config.keep_rejected;
        let received = received.then(|| Box::new(attributes.clone()));
        admit::complete(&self.config, peer, family, &mut attributes);
        Some(Into {
            id,
            neighbor: peer.config.address,
            identity,
            policy: peer.policies.import(identity.peer_type),
            table,
            family,
            refused,
            attributes,
            received,
            paths_limit: peer.config.paths_limit,
            marks: Marks {
                weight: peer.config.weight,
                ..Marks::default()
            },
        })
    }

    /// Prefixes share one set, unless the policy says otherwise of some.
    fn insert_prefixes(&mut self, into: &Into, list: &NlriList, changes: &mut Vec<Change>) {
        let looks = into.policy.looks_at();
        let by_prefix = looks.intersects(Looks::PREFIX | Looks::VALIDATION);
        let (shared, verdict) = self.admitted(into, None, into.marks.clone());
        for nlri in list.prefixes() {
            let prefix = Some(nlri.prefix);
            let own = (by_prefix && into.refused.is_none())
                .then(|| self.admitted(into, prefix, into.marks.clone()));
            let (handle, refused) = match &own {
                Some((handle, refused)) => (handle, *refused),
                None => (&shared, verdict),
            };
            let (source, to) = (RouteSource::Peer(into.id), (into.table, nlri.prefix));
            // RFC 4271 §6.7: what is there may change, and no more may come.
            let drops = self.room(into.id, into.family) == Some(0);
            if drops && !self.rib.holds(source, to, nlri.path_id) {
                if let Some((handle, _)) = own {
                    self.rib.release(handle);
                }
                if let Some(peer) = self.peers.get_mut(&into.id) {
                    let dropped = peer.dropped.entry(into.family).or_default();
                    *dropped = dropped.saturating_add(1);
                }
                continue;
            }
            let full = nlri.path_id.is_some_and(|path_id| {
                let to = (into.table, &Destination::Prefix(nlri.prefix));
                self.rib.is_full(source, to, path_id, into.paths_limit)
            });
            // RFC 4271 §6.3: as `Treatment::IgnorePrefix` asks.
            let taken = !nlri.prefix.is_multicast() && into.keeps(refused) && !full;
            let reason = into
                .refused
                .or_else(|| full.then_some(Refusal::TooManyPaths));
            if let Some(reason) = reason {
                self.outputs.push_back(Output::Event(Event::Refused {
                    peer: into.id,
                    prefix: nlri.prefix,
                    reason,
                }));
            }
            changes.extend(if taken {
                self.rib.insert(source, to, nlri.path_id, handle, refused)
            } else {
                self.rib.remove(source, to, nlri.path_id)
            });
            if let Some((handle, _)) = own {
                self.rib.release(handle);
            }
        }
        self.rib.release(shared);
    }

    /// What the policy makes of a route, and whether it may be used.
    pub(super) fn admitted(
        &mut self,
        into: &Into,
        prefix: Option<Prefix>,
        mut marks: Marks,
    ) -> (Handle, Option<Refusal>) {
        if into.refused.is_some() {
            return (self.kept(into, &into.attributes, marks), into.refused);
        }
        let validated = into.policy.looks_at().contains(Looks::VALIDATION);
        let validation = prefix.filter(|_| validated);
        let validation = validation.and_then(|of| self.validations.check(of, &into.attributes));
        let applied = into.policy.apply(&Subject {
            family: into.family,
            prefix,
            neighbor: into.neighbor,
            neighbor_as: into.identity.asn,
            peer_type: into.identity.peer_type,
            validation,
            tag: None,
            attributes: &into.attributes,
        });
        if applied.verdict == Verdict::Reject {
            let handle = self.kept(into, &into.attributes, marks);
            return (handle, Some(Refusal::Policy));
        }
        marks.weight = applied.weight.unwrap_or(marks.weight);
        marks.tag = applied.tag.or(marks.tag);
        let attributes = applied.attributes.as_ref().unwrap_or(&into.attributes);
        (self.kept(into, attributes, marks), None)
    }

    /// With what came, where that is wanted and something else is made of it.
    fn kept(&mut self, into: &Into, attributes: &AttributeSet, mut marks: Marks) -> Handle {
        if let Some(received) = into.received.as_deref().filter(|it| *it != attributes) {
            marks.keep_received(received);
        }
        self.rib.intern(attributes, &marks)
    }

    /// Others have each a set of their own, where their NLRI say more than
    /// which destination they name.
    fn insert_other(&mut self, into: &Into, nlri: &AnyNlri, changes: &mut Vec<Change>) {
        let destination = &nlri.destination;
        let mut marks = into.marks.clone();
        if net::key(destination) != *destination {
            marks.nlri = octets(into.family, destination);
        }
        let (handle, refused) = self.admitted(into, None, marks);
        let (source, to) = (RouteSource::Peer(into.id), (into.table, destination));
        let rib = &mut self.rib;
        let full = nlri
            .path_id
            .is_some_and(|path_id| rib.is_full(source, to, path_id, into.paths_limit));
        changes.extend(if into.keeps(refused) && !full {
            rib.insert_any(source, to, nlri.path_id, &handle, refused)
        } else {
            rib.remove_any(source, to, nlri.path_id)
        });
        self.rib.release(handle);
    }
}

/// What the routes of one list share.
pub(super) struct Into {
    id: PeerId,
    neighbor: IpAddr,
    identity: Identity,
    policy: Arc<CompiledPolicy>,
    table: TableId,
    family: Family,
    refused: Option<Refusal>,
    attributes: AttributeSet,
    /// As it came, if that is to be kept.
    received: Option<Box<AttributeSet>>,
    paths_limit: u16,
    pub(super) marks: Marks,
}

impl Into {
    pub(super) fn keeps(&self, refused: Option<Refusal>) -> bool {
        refused != Some(Refusal::Policy) || self.received.is_some()
    }
}

/// The element as it came, without path identifier.
pub(super) fn octets(family: Family, destination: &Destination) -> Box<[u8]> {
    let list = NlriList::collect(family, [destination.clone()]);
    list.map_or_else(|_| Box::default(), |list| Box::from(list.octets()))
}
