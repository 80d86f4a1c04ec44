use alloc::{boxed::Box, vec::Vec};

use crate::{
    rib::{Change, Marks, Refusal, RouteSource, TableId, net},
    session::Session,
    speaker::{Event, Output, Speaker, admit},
    types::{Family, PeerId},
    wire::{AnyNlri, AttributeSet, Destination, MpReach, NlriList, Parsed, Treatment, Update},
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
        mut attributes: AttributeSet,
        changes: &mut Vec<Change>,
    ) {
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        let family = list.family();
        let refused = admit::refusal(&self.config, peer, family, &attributes);
        admit::complete(&self.config, peer, family, &mut attributes);
        let marks = Marks {
            weight: peer.config.weight,
            ..Marks::default()
        };
        let table = self.rib.table(family);
        let into = Into {
            id,
            table,
            refused,
            attributes,
            marks,
        };
        if net::is_of_prefixes(family) {
            self.insert_prefixes(&into, list, changes);
        } else {
            for nlri in list.iter() {
                self.insert_other(&into, &nlri, changes);
            }
        }
    }

    /// Prefixes share one set.
    fn insert_prefixes(&mut self, into: &Into, list: &NlriList, changes: &mut Vec<Change>) {
        let handle = self.rib.intern(&into.attributes, &into.marks);
        let source = RouteSource::Peer(into.id);
        for nlri in list.prefixes() {
            let to = (into.table, nlri.prefix);
            let Some(peer) = self.peers.get(&into.id) else {
                break;
            };
            let mut refused = into.refused;
            // RFC 4271 §6.3: as `Treatment::IgnorePrefix` asks.
            let mut taken = !nlri.prefix.is_multicast();
            if refused.is_none() && !peer.imports(nlri.prefix) {
                refused = Some(Refusal::Policy);
                taken &= peer.config.keep_rejected;
            }
            if let Some(reason) = into.refused {
                self.outputs.push_back(Output::Event(Event::Refused {
                    peer: into.id,
                    prefix: nlri.prefix,
                    reason,
                }));
            }
            changes.extend(if taken {
                self.rib.insert(source, to, nlri.path_id, &handle, refused)
            } else {
                self.rib.remove(source, to, nlri.path_id)
            });
        }
        self.rib.release(handle);
    }

    /// Others have each a set of their own, where their NLRI say more than
    /// which destination they name.
    fn insert_other(&mut self, into: &Into, nlri: &AnyNlri, changes: &mut Vec<Change>) {
        let destination = &nlri.destination;
        let mut marks = into.marks.clone();
        if net::key(destination) != *destination {
            marks.nlri = octets(self.rib.family(into.table), destination);
        }
        let Some(peer) = self.peers.get(&into.id) else {
            return;
        };
        let mut refused = into.refused;
        let accepted = peer.imports_any();
        if refused.is_none() && !accepted {
            refused = Some(Refusal::Policy);
        }
        let (source, to) = (RouteSource::Peer(into.id), (into.table, destination));
        if refused == Some(Refusal::Policy) && !peer.config.keep_rejected {
            changes.extend(self.rib.remove_any(source, to, nlri.path_id));
            return;
        }
        let handle = self.rib.intern(&into.attributes, &marks);
        let rib = &mut self.rib;
        changes.extend(rib.insert_any(source, to, nlri.path_id, &handle, refused));
        self.rib.release(handle);
    }
}

/// What the routes of one list share.
struct Into {
    id: PeerId,
    table: TableId,
    refused: Option<Refusal>,
    attributes: AttributeSet,
    marks: Marks,
}

/// The element as it came, without path identifier.
fn octets(family: Family, destination: &Destination) -> Box<[u8]> {
    let list = NlriList::collect(family, [destination.clone()]);
    list.map_or_else(|_| Box::default(), |list| Box::from(list.octets()))
}
