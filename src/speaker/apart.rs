//! Members of a group that are not with the others: late, slow, or told
//! everything again.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use crate::{
    rib::{NetId, Rib},
    session::SendError,
    speaker::{
        BATCH, Speaker, TURN,
        divide::HEAD,
        group::{Apart, Brackets, Group, LineId, Pace, Said},
        log::Audience,
        origins::Origins,
        teller::Teller,
        writer::Writer,
    },
    types::PeerId,
    wire::{AttributeSet, RefreshSubtype, RouteRefresh},
};

impl Speaker {
    /// Encodes the next of what a member is told apart, or lets it go on with
    /// the others. False if it must wait for room.
    pub(super) fn go_on_apart(&mut self, id: PeerId, group: &mut Group) -> bool {
        let Some(Pace::Apart(mut apart)) = group.take_pace(id) else {
            return true;
        };
        if self.judged >= TURN {
            // Others wait for their turn.
            group.set_pace(id, Pace::Apart(apart));
            self.exporting.insert(id);
            return false;
        }
        self.judged = self.judged.saturating_add(BATCH);
        if apart.brackets.wanted && !apart.brackets.begun {
            if !self.mark_refresh(id, group, RefreshSubtype::BEGIN) {
                group.set_pace(id, Pace::Apart(apart));
                return false;
            }
            apart.brackets.begun = true;
        }
        let origins = Origins {
            config: &self.config,
            peers: &self.peers,
            validations: &self.validations,
            roots: &self.roots,
            aggregates: &self.aggregates,
            memberships: &self.memberships,
        };
        let octets = group.apart_batch(&mut self.rib, &origins, (id, &mut apart));
        let done = apart.is_done();
        apart.octets = octets.into();
        if done && apart.octets.is_empty() {
            if apart.brackets.wanted && !self.mark_refresh(id, group, RefreshSubtype::END) {
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
        let family = group.class.family;
        let first = subtype == RefreshSubtype::BEGIN;
        if self.parts.leads() {
            let goes = if first {
                self.parts.ends.refresh_begun(id, family)
            } else {
                self.parts.ends.refresh_told(id, family, HEAD)
            };
            if !goes {
                return true;
            }
        }
        let refresh = RouteRefresh::new(family, subtype);
        self.ready.insert(id);
        !matches!(peer.session.refresh(refresh), Err(SendError::WindowFull))
    }
}

impl Apart {
    /// The next of the pass over the table.
    fn step(&mut self, rib: &Rib, group: &Group) -> Option<NetId> {
        let walk = self.walk.as_mut()?;
        let end = rib.end(group.table);
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
    /// What a member has been told or is being told, by line.
    pub(super) fn lines_told(&self, id: PeerId) -> Vec<LineId> {
        let nets = (0..).map(NetId).take(self.end());
        let all = nets.flat_map(|net| self.lines_of(net));
        let own = all.filter(|(_, said)| said.audience().has(id));
        let pending = match self.members.get(&id).map(|member| &member.pace) {
            Some(Pace::Together(cursor)) => self.log.lines_from(*cursor).collect(),
            Some(Pace::Apart(apart)) => {
                let told = apart.told.iter();
                let told = told.flat_map(|(net, paths)| paths.iter().map(|path| (*net, *path)));
                let missed = apart.missed.iter().map(|net| (net, 0));
                let lines = told.chain(missed).map(|(net, path)| LineId { net, path });
                // What is encoded may not be handed out any more.
                lines.chain(apart.encoded.iter().copied()).collect()
            }
            None => Vec::new(),
        };
        own.map(|(line, _)| line).chain(pending).collect()
    }

    /// Whether a member is being told everything again.
    pub(super) fn brackets(&self, id: PeerId) -> Brackets {
        match self.members.get(&id).map(|member| &member.pace) {
            Some(Pace::Apart(apart)) => apart.brackets,
            _ => Brackets::default(),
        }
    }

    /// A member that has been told this before, by others, is told what holds
    /// here.
    pub(super) fn go_apart(
        &mut self,
        id: PeerId,
        (lines, brackets): (Vec<LineId>, Brackets),
        rib: &mut Rib,
    ) {
        let several = self.class.paths.is_several();
        let mut apart = Apart {
            walk: Some(0),
            again: true,
            // What was begun is ended.
            brackets,
            ..Apart::default()
        };
        for line in lines {
            apart.miss(rib, self.table, line, several);
            // As it was held for the way here.
            rib.release_net(self.table, line.net);
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.end_of_rib = false;
            member.pace = Pace::Apart(Box::new(apart));
        }
    }

    /// A member is to be told everything again.
    pub(super) fn begin_again(&mut self, id: PeerId, refresh: bool, rib: &mut Rib) {
        let Some(pace) = self.take_pace(id) else {
            return;
        };
        let mut apart = match pace {
            Pace::Apart(apart) => apart,
            Pace::Together(cursor) => {
                let mut apart = Apart::default();
                let several = self.class.paths.is_several();
                for line in self.log.lines_from(cursor) {
                    apart.miss(rib, self.table, line, several);
                }
                Box::new(apart)
            }
        };
        apart.walk = Some(0);
        apart.again = true;
        apart.brackets = Brackets {
            wanted: refresh,
            begun: false,
        };
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
        let teller = Teller::new(&self.class, origins);
        for _ in 0..BATCH {
            let (net, missed) = match apart.missed.pop() {
                Some(net) => {
                    held.push(net);
                    (net, true)
                }
                None => match apart.step(rib, self) {
                    // What is not there any more is among what was missed.
                    Some(net) => (net, false),
                    None => break,
                },
            };
            let lines = self.lines_for(rib, &teller, (net, id));
            if missed {
                let now: BTreeSet<u32> = lines.iter().map(|(path, _)| *path).collect();
                let several = self.class.paths.is_several();
                let old = self.lines_of(net).map(|(line, _)| line.path);
                let old = old.chain(apart.told.remove(&net).into_iter().flatten());
                let old = old.map(|path| if several { path } else { 0 });
                let left = old.filter(|path| !now.contains(path));
                gone.extend(left.map(|path| LineId { net, path }));
                if !several && lines.is_empty() {
                    gone.push(LineId { net, path: 0 });
                }
            }
            for (path, said) in lines {
                items.push((said, LineId { net, path }, missed));
            }
        }
        items.sort_unstable();
        let mut announced = Writer::new(&self.class, self.table);
        for run in items.chunk_by(|a, b| a.0 == b.0) {
            let said = run.first().map_or(Said::NOTHING, |(said, ..)| *said);
            let mut by_set: BTreeMap<AttributeSet, Vec<LineId>> = BTreeMap::new();
            let shared = (!teller.by_prefix).then(|| teller.told(rib, said, None));
            for (_, line, missed) in run {
                let told = || teller.told(rib, said, self.prefix(rib, line.net));
                match shared.clone().unwrap_or_else(told) {
                    Some(set) => by_set.entry(set).or_default().push(*line),
                    None if *missed => gone.push(*line),
                    None => {}
                }
            }
            for (attributes, lines) in by_set {
                let said = (&attributes, said.set());
                if !announced.announce(rib, said, &lines, Audience::All) {
                    gone.extend(lines);
                }
            }
        }
        gone.sort_unstable();
        gone.dedup();
        apart.encoded.clear();
        apart.encoded.extend(gone.iter().copied());
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
