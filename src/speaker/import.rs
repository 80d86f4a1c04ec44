use alloc::vec::Vec;

use crate::{
    rib::{BestChange, RouteSource, reflect},
    session::Session,
    speaker::{Event, Output, Refusal, Speaker, peer::Peer},
    types::{Family, NextHop, PeerId, PeerType, Prefix},
    wire::{AttributeSet, MpReach, NlriList, Parsed, Treatment, Update},
};

impl Speaker {
    /// What a neighbour sent, into its Adj-RIB-In (RFC 4271 §9).
    pub(super) fn import(&mut self, id: PeerId, parsed: Parsed<Update>) {
        for fault in &parsed.faults {
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
        self.note(changes);
    }

    fn remove_all(&mut self, id: PeerId, list: &NlriList, changes: &mut Vec<BestChange>) {
        let source = RouteSource::Peer(id);
        changes.extend(
            list.prefixes()
                .filter_map(|nlri| self.rib.remove(source, nlri.prefix, nlri.path_id)),
        );
    }

    fn insert_all(
        &mut self,
        id: PeerId,
        list: &NlriList,
        mut attributes: AttributeSet,
        changes: &mut Vec<BestChange>,
    ) {
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        if let Some(reason) = self.refusal(peer, &attributes) {
            self.remove_all(id, list, changes);
            self.outputs.extend(list.prefixes().map(|nlri| {
                Output::Event(Event::Refused {
                    peer: id,
                    prefix: nlri.prefix,
                    reason,
                })
            }));
            return;
        }
        if peer
            .identity
            .is_some_and(|identity| identity.peer_type == PeerType::External)
        {
            // RFC 4271 §5.1.5: an external neighbour's preference is not ours.
            attributes.local_pref = None;
        }
        let attributes = self.rib.intern(attributes);
        for nlri in list.prefixes() {
            let source = RouteSource::Peer(id);
            changes.extend(if usable(peer, nlri.prefix) {
                self.rib
                    .insert(source, nlri.prefix, nlri.path_id, &attributes)
            } else {
                self.rib.remove(source, nlri.prefix, nlri.path_id)
            });
        }
        self.rib.release(attributes);
    }

    fn refusal(&self, peer: &Peer, attributes: &AttributeSet) -> Option<Refusal> {
        let ours = [self.config.asn, peer.config.session.local_as];
        let path = attributes.as_path.as_ref();
        if path.is_some_and(|path| ours.iter().any(|asn| path.contains(*asn))) {
            return Some(Refusal::AsLoop);
        }
        let cluster_id = self.config.effective_cluster_id();
        if let Some(found) = reflect::find_loop(attributes, self.config.router_id, cluster_id) {
            return Some(Refusal::Reflection(found));
        }
        let own = attributes.next_hop.map(NextHop::addr) == Some(peer.config.local_address);
        own.then_some(Refusal::OwnNextHop)
    }
}

/// Whether a route may be taken; one to a multicast address is ignored as
/// [`Treatment::IgnorePrefix`] asks (RFC 4271 §6.3).
fn usable(peer: &Peer, prefix: Prefix) -> bool {
    !prefix.is_multicast() && peer.imports(prefix)
}
