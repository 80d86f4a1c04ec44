use alloc::{boxed::Box, vec::Vec};

use crate::{
    rib::{Change, NetId, TableId},
    session::{self, Event as SessionEvent},
    speaker::{
        Event, Output, SLICE, Speaker,
        group::{Group, Remains},
        peer::Peer,
    },
    time::Instant,
    types::PeerId,
    wire::RefreshSubtype,
};

/// Long work, and how far it has come.
#[derive(Debug)]
pub(super) enum Work {
    /// Remove stale routes that are marked for it, in one pass for the
    /// neighbours that are named.
    Sweep {
        peers: Vec<PeerId>,
        table: TableId,
        cursor: u32,
    },
    /// Give back what nobody is told any more.
    GiveBack(Box<Remains>),
    /// Forget a neighbour that was removed, after its routes.
    Forget { peer: PeerId },
    /// Look for what goes into new aggregates.
    Aggregate { table: TableId, cursor: u32 },
    /// Judge what a neighbour has sent again: policies changed.
    Readmit {
        peer: PeerId,
        table: TableId,
        cursor: u32,
    },
    /// Decide every prefix again: next hops changed.
    Decide { table: TableId, cursor: u32 },
}

impl Speaker {
    /// What a deadline asks for: expired timers, and a slice of long work.
    pub(super) fn turn(&mut self) {
        while let Some(&(deadline, id)) = self.deadlines.first()
            && deadline <= self.now
        {
            self.deadlines.pop_first();
            let Some(peer) = self.peers.get_mut(&id) else {
                continue;
            };
            peer.registered = None;
            if peer.session_deadline.is_some_and(|at| at <= self.now) {
                peer.session_deadline = None;
                peer.session.handle_input(self.now, session::Input::Timeout);
            }
            // Registers what is still to come.
            self.ready.insert(id);
            if peer
                .stale
                .as_ref()
                .is_some_and(|stale| stale.until <= self.now)
            {
                self.stale_time_over(id);
            }
        }
        self.end_deferral_if_due();
        self.work_slice();
    }

    /// Takes everything that a session has to say.
    pub(super) fn drain_session(&mut self, id: PeerId) {
        while let Some(peer) = self.peers.get_mut(&id) {
            match peer.session.poll_output() {
                session::Output::Connect => self.outputs.push_back(Output::Connect(id)),
                session::Output::Close(conn) => self.outputs.push_back(Output::Close(id, conn)),
                session::Output::Transmit(conn, octets) => {
                    self.outputs.push_back(Output::Transmit(id, conn, octets));
                }
                session::Output::Event(event) => self.on_session_event(id, event),
                session::Output::Timeout(deadline) => {
                    peer.session_deadline = deadline;
                    self.register(id);
                    return;
                }
            }
        }
    }

    /// Lets those groups go on that have rested long enough. Whether there are
    /// any.
    pub(super) fn wake_groups(&mut self) -> bool {
        let now = self.now;
        let mut any = false;
        for (at, group) in &mut self.groups {
            if group.rests_until.is_some_and(|until| until <= now) {
                group.rests_until = None;
                any |= group.is_pending();
                self.busy.insert(*at);
            }
        }
        any
    }

    /// When the speaker wants to be called again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if !self.work.is_empty() {
            return Some(self.now);
        }
        let next = self.deadlines.first().map(|&(deadline, _)| deadline);
        // One that has nothing to say does not wait for the time to say it.
        let resting = self
            .groups
            .values()
            .filter(|group: &&Group| group.is_pending());
        let resting = resting.filter_map(|group| group.rests_until).min();
        [next, self.deferral.deadline(), resting]
            .into_iter()
            .flatten()
            .min()
    }

    /// A neighbour's deadlines no longer count.
    pub(super) fn forget_deadlines(&mut self, id: PeerId, peer: &Peer) {
        if let Some(at) = peer.registered {
            self.deadlines.remove(&(at, id));
        }
    }

    fn register(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let stale = peer.stale.as_ref().map(|stale| stale.until);
        let wanted = [peer.session_deadline, stale].into_iter().flatten().min();
        if wanted != peer.registered {
            if let Some(old) = core::mem::replace(&mut peer.registered, wanted) {
                self.deadlines.remove(&(old, id));
            }
            self.deadlines.extend(wanted.map(|at| (at, id)));
        }
    }

    fn on_session_event(&mut self, id: PeerId, event: SessionEvent) {
        self.relay(id, &event);
        match event {
            SessionEvent::State { from, to } => {
                self.outputs
                    .push_back(Output::Event(Event::State { peer: id, from, to }));
            }
            SessionEvent::Up(agreed) => self.on_up(id, &agreed),
            SessionEvent::Update(parsed) => {
                if let Some(parsed) = self.own_share(id, parsed) {
                    self.import(id, parsed);
                }
            }
            SessionEvent::EndOfRib(family) => self.on_end_of_rib(id, family),
            SessionEvent::Refresh(refresh) if refresh.subtype == RefreshSubtype::REQUEST => {
                self.send_again(id, refresh.family);
            }
            SessionEvent::Writable => {
                self.exporting.insert(id);
            }
            SessionEvent::Refused(reason) => {
                let event = Event::ConnectionRefused(id, reason);
                self.outputs.push_back(Output::Event(event));
            }
            SessionEvent::Refresh(refresh) => match refresh.subtype {
                RefreshSubtype::BEGIN => self.on_refresh_begin(id, refresh.family),
                RefreshSubtype::END => self.on_refresh_end(id, refresh.family),
                _ => {}
            },
            SessionEvent::Prefixes(family, verdict) => self.on_limit(id, family, verdict),
            SessionEvent::GracefulShutdown(_) => self.rejoin(id),
            SessionEvent::Down(reason) => self.on_down(id, reason),
        }
    }

    fn work_slice(&mut self) {
        let Some(work) = self.work.pop_front() else {
            return;
        };
        let mut changes = Vec::new();
        let rest = match work {
            Work::Sweep {
                peers,
                table,
                mut cursor,
            } => {
                let rib = &mut self.rib;
                if cursor == 0 {
                    for peer in &peers {
                        rib.sweep(*peer, table);
                    }
                }
                let more = rib.sweep_slice(table, &mut cursor, SLICE, &mut changes);
                if !more {
                    for peer in &peers {
                        rib.swept(*peer, table);
                    }
                }
                more.then_some(Work::Sweep {
                    peers,
                    table,
                    cursor,
                })
            }
            Work::GiveBack(mut remains) => {
                let more = remains.give_back(&mut self.rib, SLICE);
                more.then_some(Work::GiveBack(remains))
            }
            Work::Forget { peer } => {
                self.rib.forget_neighbor(peer);
                None
            }
            Work::Aggregate { table, cursor } => {
                let end = self.rib.end(table);
                let end = u32::try_from(end).unwrap_or(u32::MAX);
                let to = cursor.saturating_add(SLICE).min(end);
                for net in cursor..to {
                    self.aggregate(Change {
                        table,
                        net: NetId(net),
                        best: true,
                    });
                }
                (to < end).then_some(Work::Aggregate { table, cursor: to })
            }
            Work::Readmit {
                peer,
                table,
                mut cursor,
            } => {
                let more = self.readmit_slice(peer, table, &mut cursor, &mut changes);
                more.then_some(Work::Readmit {
                    peer,
                    table,
                    cursor,
                })
            }
            Work::Decide { table, mut cursor } => {
                let more = self
                    .rib
                    .decide_slice(table, &mut cursor, SLICE, &mut changes);
                more.then_some(Work::Decide { table, cursor })
            }
        };
        if let Some(rest) = rest {
            self.work.push_front(rest);
        }
        self.note(changes);
    }
}
