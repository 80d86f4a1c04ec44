//! What becomes of sockets: accepted, dialled, read, written, closed.

use bgpwright::{
    session::{self, ConnId},
    time::Instant,
};
use mio::{Interest, Token, net::TcpStream};

use super::{LINGER, Reactor, Ready};
use crate::{
    connection::{Connection, Phase, Receipt},
    transport::End,
};

impl Reactor {
    /// Takes every connection that waits at a router's listener.
    pub(super) fn on_listener(&mut self, now: Instant, router: usize) {
        while let Some(accepted) = self.transport.accept(router) {
            let End { router: from, peer } = accepted.dialer;
            let planned = self
                .nodes
                .get(from)
                .and_then(|node| node.plan.peers.get(peer));
            let Some((to, peer)) = planned.and_then(|peer| peer.remote) else {
                continue;
            };
            let owner = End { router: to, peer };
            if let Some(slot) = self.adopt(accepted.stream, owner, Phase::Open) {
                self.tell(now, slot, session::Input::Accepted);
            }
        }
    }

    pub(super) fn on_connection(&mut self, now: Instant, slot: usize, socket: Ready) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if socket.writable {
            connection.on_writable();
            if connection.phase == Phase::Dialing {
                self.on_dialed(now, slot);
            }
            self.flush(now, slot);
        }
        let phase = self
            .connections
            .get_mut(slot)
            .map(|connection| connection.phase);
        if socket.readable && phase != Some(Phase::Dialing) {
            self.read(now, slot, socket.ended);
        }
    }

    /// Dials a peer, in place of an attempt that is still under way.
    pub(super) fn dial(&mut self, now: Instant, end: End) {
        let Some(node) = self.nodes.get_mut(end.router) else {
            return;
        };
        let planned = node.plan.peers.get(end.peer);
        let remote = planned
            .filter(|peer| !self.unanswered.contains_key(&peer.session))
            .and_then(|peer| peer.remote);
        let earlier = node
            .peers
            .get_mut(end.peer)
            .and_then(|peer| peer.dialing.take());
        if let Some(slot) = earlier {
            self.connections.remove(slot);
        }
        let stream = remote.and_then(|(router, _)| self.transport.dial(end, router).ok());
        let slot = stream.and_then(|stream| self.adopt(stream, end, Phase::Dialing));
        let Some(node) = self.nodes.get_mut(end.router) else {
            return;
        };
        if let Some(peer) = node.peers.get_mut(end.peer) {
            peer.dialing = slot;
        }
        if slot.is_none() {
            node.tell(now, end.peer, session::Input::ConnectFailed);
            self.touch(end.router);
        }
    }

    /// The handshake of a dial has come to an end.
    fn on_dialed(&mut self, now: Instant, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        let failed = !matches!(connection.stream.take_error(), Ok(None));
        let connected = !failed && connection.stream.peer_addr().is_ok();
        if !failed && !connected {
            return; // a spurious event: still under way
        }
        let End { router, peer } = connection.owner;
        connection.phase = Phase::Open;
        let node = self.nodes.get_mut(router);
        if let Some(peer) = node.and_then(|node| node.peers.get_mut(peer)) {
            peer.dialing = None;
        }
        if connected {
            self.tell(now, slot, session::Input::Connected);
        } else {
            self.connections.remove(slot);
            if let Some(node) = self.nodes.get_mut(router) {
                node.tell(now, peer, session::Input::ConnectFailed);
            }
            self.touch(router);
        }
    }

    /// Puts a socket into the table and under the poll.
    fn adopt(&mut self, mut stream: TcpStream, owner: End, phase: Phase) -> Option<usize> {
        let slot = self.connections.reserve();
        let token = Token(self.nodes.len() + slot);
        let both = Interest::READABLE | Interest::WRITABLE;
        if self
            .poll
            .registry()
            .register(&mut stream, token, both)
            .is_err()
        {
            self.connections.release(slot);
            return None;
        }
        self.connections
            .put(slot, Connection::new(stream, owner, phase));
        Some(slot)
    }

    /// Reads all that there is, or finds out that the connection ended.
    fn read(&mut self, now: Instant, slot: usize, ended: bool) {
        let mut buffer = core::mem::take(&mut self.buffer);
        while let Some(connection) = self.connections.get_mut(slot) {
            let closing = connection.phase == Phase::Closing;
            match connection.receive(&mut buffer) {
                Receipt::Octets(length) => {
                    self.last_traffic = now;
                    if let Some(octets) = buffer.get(..length)
                        && !closing
                    {
                        self.tell(now, slot, |name| session::Input::Received(name, octets));
                    }
                    // Less than asked for: drained, and the poll tells of more,
                    // but not again of an end that it has told of.
                    if cfg!(unix) && length < buffer.len() && !ended {
                        break;
                    }
                }
                Receipt::Blocked => break,
                Receipt::Ended => self.lose(now, slot),
            }
        }
        self.buffer = buffer;
    }

    /// Writes what the kernel takes, and tells the session how much it was.
    pub(super) fn flush(&mut self, now: Instant, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        if connection.phase == Phase::Dialing || connection.is_flushed() {
            return;
        }
        let Ok(written) = connection.flush() else {
            self.lose(now, slot);
            return;
        };
        if connection.phase == Phase::Closing {
            if connection.is_flushed() {
                connection.shut_down();
            }
        } else if written > 0 {
            self.last_traffic = now;
            self.tell(now, slot, |name| session::Input::Sent(name, written));
        }
    }

    /// The session is done with a connection.
    pub(super) fn close(&mut self, now: Instant, name: ConnId) {
        let Some(slot) = self.connections.slot(name) else {
            return;
        };
        let Some(connection) = self.connections.get_mut(slot) else {
            return;
        };
        // What is still queued may meet a full socket: then the poll goes on.
        let lost = connection.flush().is_err();
        connection.phase = Phase::Closing;
        if connection.is_flushed() {
            connection.shut_down();
        }
        if lost {
            self.connections.remove(slot);
        } else {
            self.lingering.insert((now + LINGER, name));
        }
    }

    /// A connection has ended by itself.
    fn lose(&mut self, now: Instant, slot: usize) {
        let phase = self
            .connections
            .get_mut(slot)
            .map(|connection| connection.phase);
        if phase == Some(Phase::Open) {
            self.tell(now, slot, session::Input::Closed);
        }
        self.connections.remove(slot);
    }

    /// Tells the session that a connection belongs to something about it.
    fn tell<'a>(
        &mut self,
        now: Instant,
        slot: usize,
        input: impl FnOnce(ConnId) -> session::Input<'a>,
    ) {
        let name = self.connections.name(slot);
        if let Some(End { router, peer }) = self.connections.get_mut(slot).map(|c| c.owner) {
            if let Some(node) = self.nodes.get_mut(router) {
                node.tell(now, peer, input(name));
            }
            self.touch(router);
        }
    }
}
