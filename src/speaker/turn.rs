use alloc::vec::Vec;

use crate::{
    rib::TableId,
    session::{self, Event as SessionEvent},
    speaker::{Event, Output, SLICE, Speaker, peer::Peer},
    time::Instant,
    types::PeerId,
    wire::RefreshSubtype,
};

/// Long work, and how far it has come.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Remove stale routes that are marked for it, in one pass for the
    /// neighbours that are named.
    Sweep {
        peers: Vec<PeerId>,
        table: TableId,
        cursor: u32,
    },
    /// Forget a neighbour that was removed, after its routes.
    Forget { peer: PeerId },
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
                self.end_stale(id, None);
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

    /// When the speaker wants to be called again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if !self.work.is_empty() {
            return Some(self.now);
        }
        let next = self.deadlines.first().map(|&(deadline, _)| deadline);
        [next, self.deferral.deadline()].into_iter().flatten().min()
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
        match event {
            SessionEvent::State { from, to } => {
                self.outputs
                    .push_back(Output::Event(Event::State { peer: id, from, to }));
            }
            SessionEvent::Up(agreed) => self.on_up(id, &agreed),
            SessionEvent::Update(parsed) => self.import(id, parsed),
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
            // RFC 7313 is not offered: a neighbour's brackets have no meaning.
            // Limits are refused with the configuration, and nobody sets the
            // flag of a speaker's session.
            SessionEvent::Refresh(_)
            | SessionEvent::Prefixes(..)
            | SessionEvent::GracefulShutdown(_) => {}
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
                    peers.iter().for_each(|peer| rib.sweep(*peer, table));
                }
                let more = rib.sweep_slice(table, &mut cursor, SLICE, &mut changes);
                if !more {
                    peers.iter().for_each(|peer| rib.swept(*peer, table));
                }
                more.then_some(Work::Sweep {
                    peers,
                    table,
                    cursor,
                })
            }
            Work::Forget { peer } => {
                self.rib.forget_neighbor(peer);
                None
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
