//! Who is told what, and when: neighbours join groups, groups encode, and
//! connections with room are handed what was encoded.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::{
    rib::{NetId, Rib},
    session::SendError,
    speaker::{
        BATCH, Speaker,
        batch::{Teller, Writer},
        group::{Apart, Group, GroupId, Pace, Said},
        log::{Audience, Log},
        origins::Origins,
        peer::Peer,
    },
    types::{Family, PeerId},
    wire::{Context, Message, RefreshSubtype, RouteRefresh, Update, frame},
};

impl Speaker {
    /// A neighbour is up: it joins, for each family, those who are told the
    /// same.
    pub(super) fn join(&mut self, id: PeerId) {
        let Some(families) = self.peers.get(&id).map(Peer::families) else {
            return;
        };
        for family in families {
            let config = &self.config;
            let class = self.peers.get(&id).and_then(|it| it.class(config, family));
            let Some(class) = class else { continue };
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
            if let Some(mut group) = self.groups.remove(&at) {
                if group.leave(id, &mut self.rib) {
                    self.groups.insert(at, group);
                    self.busy.insert(at);
                } else {
                    group.clear(&mut self.rib);
                    self.busy.remove(&at);
                }
            }
        }
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
            };
            let chunk = group.batch(&mut self.rib, &origins, BATCH);
            group.miss(&chunk.nets, &mut self.rib);
            if !chunk.nets.is_empty() {
                group.log.push(chunk);
                self.exporting.extend(group.members.keys());
            }
            group.trim(&mut self.rib);
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
    fn send(&mut self, id: PeerId, octets: &Bytes) -> Option<usize> {
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

    /// Encodes the next of what a member is told apart, or lets it go on with
    /// the others. False if it must wait for room.
    fn go_on_apart(&mut self, id: PeerId, group: &mut Group) -> bool {
        let Some(Pace::Apart(mut apart)) = group.take_pace(id) else {
            return true;
        };
        let begins = apart.walk == Some(0);
        if begins && apart.refresh && !self.mark_refresh(id, group, RefreshSubtype::BEGIN) {
            group.set_pace(id, Pace::Apart(apart));
            return false;
        }
        let origins = Origins {
            config: &self.config,
            peers: &self.peers,
        };
        let octets = group.apart_batch(&mut self.rib, &origins, (id, &mut apart));
        let done = apart.is_done();
        apart.octets = octets.into();
        if done && apart.octets.is_empty() {
            if apart.refresh && !self.mark_refresh(id, group, RefreshSubtype::END) {
                group.set_pace(id, Pace::Apart(apart));
                return false;
            }
            group.set_pace(id, Pace::Together(group.log.end()));
        } else {
            group.set_pace(id, Pace::Apart(apart));
        }
        true
    }

    fn mark_refresh(&mut self, id: PeerId, group: &Group, subtype: RefreshSubtype) -> bool {
        let Some(peer) = self.peers.get_mut(&id) else {
            return true;
        };
        let refresh = RouteRefresh::new(group.class.family, subtype);
        self.ready.insert(id);
        !matches!(peer.session.refresh(refresh), Err(SendError::WindowFull))
    }

    /// Marks the end of what the neighbour is first told (RFC 4724 §2). Whether
    /// there was room for it.
    fn end_of_rib(&mut self, id: PeerId, group: &mut Group) -> bool {
        let mut octets = Vec::new();
        let marker = Message::Update(Update::end_of_rib(group.class.family));
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

impl Apart {
    /// The next of the pass over the table.
    fn step(&mut self, rib: &Rib, group: &Group) -> Option<NetId> {
        let walk = self.walk.as_mut()?;
        let end = rib.table_at(group.table).map_or(0, |of| of.end());
        if (*walk as usize) < end {
            let net = NetId(*walk);
            *walk = walk.saturating_add(1);
            return Some(net);
        }
        self.walk = None;
        None
    }

    fn is_done(&self) -> bool {
        self.walk.is_none() && self.missed.is_empty()
    }
}

impl Group {
    /// A member is to be told everything again.
    fn begin_again(&mut self, id: PeerId, refresh: bool, rib: &mut Rib) {
        let Some(pace) = self.take_pace(id) else {
            return;
        };
        let mut apart = match pace {
            Pace::Apart(apart) => apart,
            Pace::Together(cursor) => {
                let mut apart = Apart::default();
                for net in self.log.nets_from(cursor) {
                    if apart.missed.push(net) {
                        rib.hold_net(self.table, net);
                    }
                }
                alloc::boxed::Box::new(apart)
            }
        };
        apart.walk = Some(0);
        apart.again = true;
        apart.refresh = refresh;
        self.set_pace(id, Pace::Apart(apart));
    }

    fn take_pace(&mut self, id: PeerId) -> Option<Pace> {
        let end = self.log.end();
        let member = self.members.get_mut(&id)?;
        Some(core::mem::replace(&mut member.pace, Pace::Together(end)))
    }

    fn set_pace(&mut self, id: PeerId, pace: Pace) {
        if let Some(member) = self.members.get_mut(&id) {
            member.pace = pace;
        }
    }

    /// A batch of what one member is still to be told: as things are now.
    fn apart_batch(
        &self,
        rib: &mut Rib,
        origins: &Origins<'_>,
        (id, apart): (PeerId, &mut Apart),
    ) -> Vec<u8> {
        let (mut items, mut gone, mut held) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..BATCH {
            let (net, missed) = match apart.missed.pop() {
                Some(net) => {
                    held.push(net);
                    (net, true)
                }
                None => match apart.step(rib, self) {
                    Some(net) => (net, false),
                    None => break,
                },
            };
            let missed = missed || apart.again;
            let said = self.choose(rib, net, origins);
            match said.filter(|said| said.audience().has(id)) {
                Some(said) => items.push((said, net, missed)),
                None if missed => gone.push((net, 0)),
                None => {}
            }
        }
        items.sort_unstable();
        let teller = Teller::new(&self.class, origins);
        let mut announced = Writer::new(&self.class, self.table);
        for run in items.chunk_by(|a, b| a.0 == b.0) {
            let nets: Vec<_> = run.iter().map(|(_, net, _)| (*net, 0)).collect();
            let said = run.first().map_or(Said::NOTHING, |(said, ..)| *said);
            let told = teller.told(rib, said).zip(said.set());
            let written = told.is_some_and(|(attributes, set)| {
                announced.announce(rib, (&attributes, set), &nets, Audience::All)
            });
            if !written {
                let told = run.iter().filter(|(.., missed)| *missed);
                gone.extend(told.map(|(_, net, _)| (*net, 0)));
            }
        }
        let mut writer = Writer::new(&self.class, self.table);
        writer.withdraw(rib, gone, Audience::All);
        for net in held {
            rib.release_net(self.table, net);
        }
        let mut octets = writer.octets();
        octets.extend_from_slice(&announced.octets());
        octets
    }
}
