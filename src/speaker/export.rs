//! Who is told what, and when: neighbours join groups, groups encode, and
//! connections with room are handed what was encoded.

use alloc::{collections::BTreeMap, vec::Vec};

use bytes::Bytes;

use crate::{
    speaker::{
        BATCH, Speaker,
        divide::HEAD,
        group::{Brackets, Group, GroupId, LineId, Pace},
        log::Log,
        membership,
        origins::Origins,
        peer::Peer,
        turn::Work,
    },
    types::{Family, PeerId},
    wire::{Context, Message, Update, frame},
};

impl Speaker {
    /// A neighbour is up: it joins, for each family, those who are told the
    /// same.
    pub(super) fn join(&mut self, id: PeerId) {
        let Some(families) = self.peers.get(&id).map(Peer::families) else {
            return;
        };
        for family in families {
            if self.parts.follows() && membership::is_membership(family) {
                // The head tells of all of them.
                continue;
            }
            let config = &self.config;
            let class = self
                .peers
                .get(&id)
                .and_then(|it| it.class(id, config, family));
            let Some(class) = class else { continue };
            if class.default_originate {
                self.originate_default(family);
            }
            let mut groups = self.groups.iter();
            let known = groups.find(|(_, group)| group.class == class);
            let at = known.map(|(at, _)| *at);
            let at = at.unwrap_or_else(|| {
                let at = GroupId(self.next_group);
                self.next_group = self.next_group.saturating_add(1);
                let table = self.rib.table(family);
                self.groups.insert(at, Group::new(class, table));
                at
            });
            if let Some(group) = self.groups.get_mut(&at) {
                group.join(id);
            }
            if let Some(peer) = self.peers.get_mut(&id) {
                peer.groups.push(at);
            }
            self.busy.insert(at);
        }
        self.exporting.insert(id);
    }

    /// A neighbour is told no more.
    pub(super) fn leave(&mut self, id: PeerId, groups: Vec<GroupId>) {
        for at in groups {
            let Some(mut group) = self.groups.remove(&at) else {
                continue;
            };
            let missed = group.leave(id, &mut self.rib);
            let remains = if group.members.is_empty() {
                self.busy.remove(&at);
                Some(group.remains())
            } else {
                self.groups.insert(at, group);
                self.busy.insert(at);
                None
            };
            // In slices: it may be a whole table.
            for remains in [missed, remains].into_iter().flatten() {
                self.work.push_back(Work::GiveBack(remains.into()));
            }
        }
    }

    /// What decides what a neighbour is told has changed: it joins others, and is
    /// told where it differs from what it was told before; nothing is withdrawn
    /// that is to be told still.
    pub(super) fn rejoin(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let old = core::mem::take(&mut peer.groups);
        let mut told: BTreeMap<Family, (Vec<LineId>, Brackets)> = BTreeMap::new();
        for group in old.iter().filter_map(|at| self.groups.get(at)) {
            let lines = group.lines_told(id);
            // They are held, while nobody else may hold them.
            for line in &lines {
                self.rib.hold_net(group.table, line.net);
            }
            let brackets = group.brackets(id);
            told.insert(group.class.family, (lines, brackets));
        }
        self.leave(id, old);
        self.join(id);
        let groups = self
            .peers
            .get(&id)
            .map_or_else(Vec::new, |it| it.groups.clone());
        for at in groups {
            let Some(group) = self.groups.get_mut(&at) else {
                continue;
            };
            let told = told.remove(&group.class.family).unwrap_or_default();
            group.go_apart(id, told, &mut self.rib);
        }
        self.exporting.insert(id);
    }

    /// The neighbour wants everything of a family again (RFC 2918, RFC 7313).
    pub(super) fn send_again(&mut self, id: PeerId, family: Family) {
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        let agreed = peer.session.negotiated();
        let refresh = agreed.is_some_and(|it| it.enhanced_route_refresh);
        for at in peer.groups.clone() {
            let Some(group) = self.groups.get_mut(&at) else {
                continue;
            };
            if group.class.family == family {
                group.begin_again(id, refresh, &mut self.rib);
                self.exporting.insert(id);
            }
        }
    }

    /// Judges and encodes a batch of what waits, if a member has room for it.
    pub(super) fn run_group(&mut self, at: GroupId) {
        if self.deferral.is_deferring() {
            return;
        }
        let Some(mut group) = self.groups.remove(&at) else {
            return;
        };
        if group.rests(self.now) {
            self.groups.insert(at, group);
            return;
        }
        let room = |id: &PeerId| {
            let room = self.peers.get(id).map_or(0, |peer| peer.session.room());
            room >= frame::MAX_LEN
        };
        let mut waits = group
            .members
            .iter()
            .filter(|(_, member)| match member.pace {
                Pace::Together(cursor) => group.log.at_end(cursor),
                Pace::Apart(_) => false,
            });
        let alone = group
            .members
            .values()
            .all(|member| matches!(member.pace, Pace::Apart(_)));
        if group.is_pending() && (alone || waits.any(|(id, _)| room(id))) {
            let origins = Origins {
                config: &self.config,
                peers: &self.peers,
                validations: &self.validations,
                roots: &self.roots,
                aggregates: &self.aggregates,
                memberships: &self.memberships,
            };
            let (chunk, judged) = group.batch(&mut self.rib, &origins, BATCH);
            self.judged = self.judged.saturating_add(judged.max(LEAST));
            group.miss(&chunk.lines, &mut self.rib);
            if !chunk.octets.is_empty() {
                group.log.push(chunk);
                self.exporting.extend(group.members.keys());
            }
            group.trim(&mut self.rib);
            group.rest(self.now);
            self.busy.insert(at);
        } else if !group.is_pending() {
            self.exporting.extend(group.members.keys());
        }
        self.groups.insert(at, group);
    }

    /// Hands a neighbour what is there for it, as far as its connection has
    /// room.
    pub(super) fn export(&mut self, id: PeerId) {
        if self.deferral.is_deferring() {
            return;
        }
        let Some(peer) = self.peers.get(&id) else {
            return;
        };
        let groups = peer.groups.len();
        if !self.hand_out_held(id) {
            return;
        }
        for at in 0..groups {
            let at = self.peers.get(&id).and_then(|peer| peer.groups.get(at));
            let Some((at, mut group)) = at.copied().and_then(|at| self.groups.remove_entry(&at))
            else {
                continue;
            };
            let goes_on = self.hand_out(id, &mut group);
            group.trim(&mut self.rib);
            if group.is_pending() {
                self.busy.insert(at);
            }
            self.groups.insert(at, group);
            if !goes_on {
                return;
            }
        }
    }

    /// Whether there is room for more.
    fn hand_out(&mut self, id: PeerId, group: &mut Group) -> bool {
        loop {
            let Some(member) = group.members.get_mut(&id) else {
                return true;
            };
            match &mut member.pace {
                Pace::Together(cursor) => {
                    let (at, part) = group.log.part(id, *cursor);
                    *cursor = at;
                    let Some(part) = part else {
                        let due = member.end_of_rib && !group.is_pending();
                        return !due || self.end_of_rib(id, group);
                    };
                    match self.send(id, &part) {
                        Some(sent) => *cursor = Log::advance(at, sent),
                        None => return false,
                    }
                }
                Pace::Apart(apart) if !apart.octets.is_empty() => {
                    match self.send(id, &apart.octets) {
                        Some(sent) => apart.octets = apart.octets.slice(sent..),
                        None => return false,
                    }
                }
                Pace::Apart(_) => {
                    if !self.go_on_apart(id, group) {
                        return false;
                    }
                }
            }
        }
    }

    /// How many octets were taken; `None` if there is no room.
    pub(super) fn send(&mut self, id: PeerId, octets: &Bytes) -> Option<usize> {
        let peer = self.peers.get_mut(&id)?;
        match peer.session.send_updates(octets) {
            Ok(sent) => {
                self.ready.insert(id);
                Some(sent)
            }
            // `Writable` comes here again, and so does the next session.
            Err(_) => None,
        }
    }

    /// Marks the end of what the neighbour is first told (RFC 4724 §2). Whether
    /// there was room for it.
    fn end_of_rib(&mut self, id: PeerId, group: &mut Group) -> bool {
        let family = group.class.family;
        if self.parts.leads() && !self.parts.ends.told(id, family, HEAD) {
            // The last part to tell all sends it.
            if let Some(member) = group.members.get_mut(&id) {
                member.end_of_rib = false;
            }
            return true;
        }
        let mut octets = Vec::new();
        let marker = Message::Update(Update::end_of_rib(family));
        let context: &Context = &group.class.context;
        let written = marker.encode(context, &mut octets).is_ok();
        if written && self.send(id, &octets.into()).is_none() {
            return false;
        }
        if let Some(member) = group.members.get_mut(&id) {
            member.end_of_rib = false;
        }
        true
    }
}

/// What a batch costs at least, in destinations.
const LEAST: usize = 64;
