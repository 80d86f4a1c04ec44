use alloc::{collections::VecDeque, sync::Arc, vec::Vec};

use bytes::Bytes;

use crate::{
    rib::{
        Batch, Route, RouteSource,
        reflect::{self, Passage, Side},
    },
    session::SendError,
    speaker::{BATCH, NextHopMode, Speaker, cache::ClassId, peer::Peer},
    types::{Community, Family, NextHop, PeerId, Prefix, RouterId},
    wire::{AttributeFlags, AttributeSet, Context, Message, Update, update},
};

impl Speaker {
    /// Tells a neighbour what it is still to be told, one batch of it, as far
    /// as its connection has room.
    pub(super) fn export(&mut self, id: PeerId) {
        if self.deferral.is_deferring() || !self.flush(id) {
            return;
        }
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let Some(class) = peer.class else { return };
        let Some(agreed) = peer.session.negotiated().cloned() else {
            return;
        };
        let mut outs = core::mem::take(&mut peer.outs);
        let mut messages = Vec::new();
        if let Some(out) = outs.iter_mut().find(|out| out.is_pending()) {
            let mut batch = Batch::default();
            for (prefix, again) in out.next_prefixes(&self.rib, BATCH) {
                let route = self.told(prefix, id, class);
                out.tell(self.rib.store(), (prefix, again), route, &mut batch);
            }
            self.pack(class, &agreed.context, out.family(), batch, &mut messages);
            if out.take_end_of_rib() {
                let mut octets = Vec::new();
                let marker = Message::Update(Update::end_of_rib(out.family()));
                if marker.encode(&agreed.context, &mut octets).is_ok() {
                    messages.push(octets.into());
                }
            }
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.outs = outs;
            peer.backlog = VecDeque::from(messages);
        }
        if self.flush(id) && self.peers.get(&id).is_some_and(Peer::is_pending) {
            self.exporting.insert(id);
        }
    }

    /// Hands the last batch's messages to the session while it has room.
    /// Whether none is left.
    fn flush(&mut self, id: PeerId) -> bool {
        let Some(peer) = self.peers.get_mut(&id) else {
            return false;
        };
        while let Some(message) = peer.backlog.front() {
            match peer.session.send_encoded(message.clone()) {
                Ok(()) => {
                    peer.backlog.pop_front();
                    self.ready.insert(id);
                }
                // `Writable`, or the next session's start, comes here again.
                Err(SendError::WindowFull) => return false,
                Err(_) => {
                    peer.backlog.clear();
                    return false;
                }
            }
        }
        true
    }

    /// What a neighbour is told of a prefix; `None` is nothing
    /// (RFC 4271 §9.1.3).
    fn told(&mut self, prefix: Prefix, to: PeerId, class: ClassId) -> Option<Arc<AttributeSet>> {
        let route = self.rib.best(prefix)?;
        let peer = self.peers.get(&to)?;
        if route.source == RouteSource::Peer(to) || !peer.exports(prefix) {
            return None;
        }
        let key = (class, prefix.family(), route.source);
        if let Some(known) = self.cache.exported(key, route.attributes) {
            return known.to.clone();
        }
        let attributes = Arc::clone(route.attributes);
        let exported = self.exported(&route, peer);
        let exported = exported.map(|set| self.rib.intern(set));
        let store = self.rib.store();
        self.cache
            .keep_exported(key, &attributes, exported.clone(), store);
        exported
    }

    /// What a neighbour of this class is told of routes from this source with
    /// these attributes; `None` is nothing.
    fn exported(&self, route: &Route<'_>, peer: &Peer) -> Option<AttributeSet> {
        let (from, originator) = self.origin_of(route.source)?;
        let side = peer.side()?;
        let passage = reflect::passage(from, side);
        if passage == Passage::Barred || barred_by_community(route.attributes, side) {
            return None;
        }
        let mut attributes = AttributeSet::clone(route.attributes);
        attributes.next_hop = next_hop(peer, route, from, side);
        if attributes.next_hop?.addr().is_ipv4() != route.prefix.addr().is_ipv4() {
            return None;
        }
        if side == Side::External {
            attributes
                .as_path
                .get_or_insert_default()
                .prepend(peer.config.session.local_as);
            attributes.local_pref = None;
            attributes.originator_id = None;
            attributes.cluster_list = Vec::new();
            if from != Side::Local {
                // RFC 4271 §5.1.4: not past the neighbouring AS.
                attributes.med = None;
            }
        } else {
            attributes
                .local_pref
                .get_or_insert(crate::rib::DEFAULT_LOCAL_PREF);
        }
        if passage == Passage::Reflected {
            reflect::stamp(
                &mut attributes,
                originator,
                self.config.effective_cluster_id(),
            );
        }
        if from != Side::Local {
            pass_on_unknown(&mut attributes);
        }
        Some(attributes)
    }

    /// A batch as messages, withdrawals first: they make room in the
    /// neighbour's tables. What does not fit a message is withdrawn instead
    /// (RFC 4271 §9.2).
    fn pack(
        &mut self,
        class: ClassId,
        context: &Context,
        family: Family,
        mut batch: Batch,
        messages: &mut Vec<Bytes>,
    ) {
        let mut announcements = Vec::new();
        for (attributes, list) in core::mem::take(&mut batch.announced) {
            if let Some(packed) = self.cache.packed((class, family), &attributes, &list) {
                announcements.extend_from_slice(packed);
                continue;
            }
            let mut packed = Vec::new();
            if update::pack_reach(context, family, &attributes, &list, &mut packed).is_err() {
                batch.withdrawn.extend(list);
                continue;
            }
            announcements.extend_from_slice(&packed);
            let store = self.rib.store();
            self.cache
                .keep_packed((class, family), &attributes, list, packed, store);
        }
        // A withdrawal always fits: it has no attributes.
        let _ = update::pack_unreach(context, family, &batch.withdrawn, messages);
        messages.append(&mut announcements);
    }

    /// Where a route came from, and whose it is to a reflector; `None` if that
    /// neighbour has been removed.
    fn origin_of(&self, source: RouteSource) -> Option<(Side, RouterId)> {
        match source {
            RouteSource::Local => Some((Side::Local, self.config.router_id)),
            RouteSource::Peer(id) => {
                let peer = self.peers.get(&id)?;
                Some((peer.side()?, peer.identity?.router_id))
            }
        }
    }
}

/// RFC 1997: what the well-known communities keep from a neighbour.
fn barred_by_community(attributes: &AttributeSet, to: Side) -> bool {
    attributes
        .communities
        .iter()
        .any(|community| match *community {
            Community::NO_ADVERTISE => true,
            Community::NO_EXPORT | Community::NO_EXPORT_SUBCONFED => to == Side::External,
            _ => false,
        })
}

/// RFC 4271 §5.1.3, by the neighbour's mode.
fn next_hop(peer: &Peer, route: &Route<'_>, from: Side, to: Side) -> Option<NextHop> {
    let ours = match peer.config.next_hop {
        NextHopMode::Auto => to == Side::External,
        NextHopMode::SelfForExternal => to == Side::External || from == Side::External,
        NextHopMode::SelfForAll => true,
        NextHopMode::Unchanged => false,
    };
    let own = NextHop::from(peer.config.local_address);
    if ours {
        Some(own)
    } else {
        route
            .attributes
            .next_hop
            .or_else(|| (from == Side::Local).then_some(own))
    }
}

/// RFC 4271 §9: of what we do not know, the transitive part goes on, marked
/// as having passed somebody who did not know it.
fn pass_on_unknown(attributes: &mut AttributeSet) {
    attributes
        .other
        .retain(|attribute| attribute.flags.contains(AttributeFlags::TRANSITIVE));
    let unknown: Vec<_> = attributes
        .other
        .iter()
        .map(|attribute| attribute.code)
        .filter(|code| code.name().is_none())
        .collect();
    for code in unknown {
        attributes.other.add_flags(code, AttributeFlags::PARTIAL);
    }
}
