//! What becomes of sockets: accepted, dialled, read, written, closed.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use bgpwright::{
    session::{self, ConnId, Incoming, ScopedAddr},
    speaker::{Input, PeerId},
    time::Instant,
};
use bytes::Bytes;
use mio::{
    Interest, Poll, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};

use super::{LINGER, Server, Sockets};
use crate::{
    connection::{Connection, Connections, Phase, Receipt},
    socket,
};

impl Server {
    /// Takes connections that wait at a listener, so many a turn.
    pub(super) fn accept(&mut self, place: usize) {
        for _ in 0..ACCEPTS {
            let Some(listener) = self.sockets.listeners.get(place) else {
                return;
            };
            match listener.accept() {
                Ok((stream, from)) => {
                    if let Err(reason) = self.greet(stream, from) {
                        self.on_stranger(from, &reason);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_transient(error.kind()) => {}
                Err(error) => {
                    eprintln!("error: cannot accept: {error}");
                    self.sockets.accept_at = Some(self.clock.now() + LATER);
                    return;
                }
            }
        }
        self.sockets.accept_at = Some(self.clock.now());
    }

    fn greet(&mut self, stream: TcpStream, from: SocketAddr) -> Result<(), String> {
        let local = stream.local_addr().map_err(|error| error.to_string())?;
        let known = self.neighbors.of_address(ScopedAddr::from(from));
        let peer = if let Some(peer) = known {
            peer
        } else {
            let admitted = self.neighbors.admit(&mut self.speaker, from, local)?;
            self.tell(admitted, session::Input::Start);
            admitted
        };
        let view = self.speaker.peer(peer).map_err(|error| error.to_string())?;
        if let Some(transport) = &view.config.session.transport {
            socket::adopt(&stream, transport).map_err(|error| error.to_string())?;
        }
        let name = self.sockets.insert(stream, peer, Phase::Open);
        let name = name.map_err(|error| error.to_string())?;
        let incoming = Incoming {
            peer: from,
            local,
            ttl: None,
        };
        self.tell(peer, session::Input::Incoming(name, incoming));
        Ok(())
    }

    /// Dials a neighbour, in place of an attempt that is still under way.
    pub(super) fn dial(&mut self, peer: PeerId) {
        if let Some(earlier) = self.sockets.dialing.remove(&peer) {
            self.sockets.connections.remove(earlier);
        }
        let view = self.speaker.peer(peer).ok();
        let transport = view.and_then(|view| view.config.session.transport.as_ref());
        let stream = transport.and_then(|it| socket::dial(&it.dial(), &self.keys).ok());
        let name = stream.and_then(|it| self.sockets.insert(it, peer, Phase::Dialing).ok());
        match name {
            Some(name) => {
                self.sockets.dialing.insert(peer, name);
            }
            None => self.tell(peer, session::Input::ConnectFailed),
        }
    }

    /// The poll says that a connection is ready: it is read in its turn.
    pub(super) fn on_connection(&mut self, name: ConnId, event: &Event) {
        let Some(connection) = self.sockets.connections.get_mut(name) else {
            return;
        };
        let failed = event.is_error();
        connection.ended |= failed || event.is_read_closed();
        if event.is_readable() || connection.ended {
            self.sockets.want_read(name);
        }
        if event.is_writable() || event.is_write_closed() || failed {
            self.on_writable(name);
        }
    }

    fn on_writable(&mut self, name: ConnId) {
        let Some(connection) = self.sockets.connections.get_mut(name) else {
            return;
        };
        connection.on_writable();
        if connection.phase == Phase::Dialing {
            self.on_dialed(name);
        } else if !connection.is_flushed() {
            self.sockets.want_write(name);
        }
    }

    /// The handshake of a dial has come to an end.
    fn on_dialed(&mut self, name: ConnId) {
        let Some(connection) = self.sockets.connections.get_mut(name) else {
            return;
        };
        let failed = !matches!(connection.stream.take_error(), Ok(None));
        let connected = !failed && connection.stream.peer_addr().is_ok();
        if !failed && !connected {
            return; // a spurious event: still under way
        }
        let peer = connection.peer;
        connection.phase = Phase::Open;
        self.sockets.dialing.remove(&peer);
        if connected {
            self.tell(peer, session::Input::Connected(name));
        } else {
            self.sockets.connections.remove(name);
            self.tell(peer, session::Input::ConnectFailed);
        }
    }

    /// Reads once.
    pub(super) fn read(&mut self, name: ConnId) {
        let Some(connection) = self.sockets.connections.get_mut(name) else {
            return;
        };
        connection.waits = false;
        if connection.phase == Phase::Dialing {
            return;
        }
        let length = match connection.receive(&mut self.buffer) {
            Receipt::Octets(length) => length,
            Receipt::Blocked => return,
            Receipt::Ended => return self.lose(name),
        };
        let (peer, phase) = (connection.peer, connection.phase);
        // Less than asked for: there was no more, and the poll tells of more,
        // but not again of an end that it has told of.
        if connection.ended || length == self.buffer.len() {
            self.sockets.want_read(name);
        }
        if phase == Phase::Open
            && let Some(octets) = self.buffer.get(..length)
        {
            let now = self.clock.now();
            let input = Input::Peer(peer, session::Input::Received(name, octets));
            // A neighbour that is gone meanwhile has nothing to say.
            let _ = self.speaker.handle_input(now, input);
        }
    }

    /// Writes what the kernel takes of all that waits, and tells the sessions;
    /// whether there was anything to tell.
    pub(super) fn flush_dirty(&mut self) -> bool {
        let mut told = false;
        for name in std::mem::take(&mut self.sockets.dirty) {
            told |= self.flush(name);
        }
        told
    }

    fn flush(&mut self, name: ConnId) -> bool {
        let Some(connection) = self.sockets.connections.get_mut(name) else {
            return false;
        };
        connection.dirty = false;
        let Ok(written) = connection.flush() else {
            self.lose(name);
            return true;
        };
        let (peer, phase) = (connection.peer, connection.phase);
        if phase == Phase::Closing && connection.is_flushed() {
            connection.shut_down();
        }
        let told = phase == Phase::Open && written > 0;
        if told {
            self.tell(peer, session::Input::Sent(name, written));
        }
        told
    }

    /// The session is done with a connection.
    pub(super) fn close(&mut self, name: ConnId) {
        let Some(connection) = self.sockets.connections.get_mut(name) else {
            return;
        };
        connection.phase = Phase::Closing;
        let peer = connection.peer;
        let now = self.clock.now();
        self.sockets.want_write(name);
        self.sockets.lingering.insert((now + LINGER, name));
        self.neighbors.on_lost(now, peer);
    }

    /// Drops connections that the other end did not close in time.
    pub(super) fn end_lingering(&mut self, now: Instant) {
        while let Some((at, name)) = self.sockets.lingering.first().copied() {
            if at > now {
                break;
            }
            self.sockets.lingering.remove(&(at, name));
            self.sockets.connections.remove(name);
        }
    }

    /// A connection has ended by itself.
    fn lose(&mut self, name: ConnId) {
        let Some(connection) = self.sockets.connections.remove(name) else {
            return;
        };
        let now = self.clock.now();
        self.neighbors.on_lost(now, connection.peer);
        if connection.phase == Phase::Open {
            self.tell(connection.peer, session::Input::Closed(name));
        }
    }
}

impl Sockets {
    pub(super) fn new(poll: Poll, listeners: Vec<TcpListener>) -> Self {
        Self {
            poll,
            listeners,
            connections: Connections::default(),
            readable: VecDeque::new(),
            dirty: Vec::new(),
            dialing: BTreeMap::new(),
            lingering: BTreeSet::new(),
            accept_at: None,
        }
    }

    /// Hands octets to a connection; they are written as the loop settles.
    pub(super) fn queue(&mut self, name: ConnId, octets: Bytes) {
        if let Some(connection) = self.connections.get_mut(name) {
            connection.queue(octets);
            self.want_write(name);
        }
    }

    /// Puts a socket into the table and under the poll.
    fn insert(&mut self, mut stream: TcpStream, peer: PeerId, phase: Phase) -> io::Result<ConnId> {
        let name = self.connections.reserve();
        let token = Token(usize::try_from(name.0).unwrap_or(usize::MAX));
        let both = Interest::READABLE | Interest::WRITABLE;
        let watched = self.poll.registry().register(&mut stream, token, both);
        if let Err(error) = watched {
            self.connections.release(name);
            return Err(error);
        }
        let connection = Connection::new(stream, peer, phase);
        self.connections.put(name, connection);
        Ok(name)
    }

    fn want_read(&mut self, name: ConnId) {
        if let Some(connection) = self.connections.get_mut(name)
            && !std::mem::replace(&mut connection.waits, true)
        {
            self.readable.push_back(name);
        }
    }

    fn want_write(&mut self, name: ConnId) {
        if let Some(connection) = self.connections.get_mut(name)
            && !std::mem::replace(&mut connection.dirty, true)
        {
            self.dirty.push(name);
        }
    }
}

/// Whether the next accept may work: the connection at hand was at fault.
fn is_transient(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Interrupted | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Connections accepted at once.
const ACCEPTS: usize = 64;
/// When to try again without descriptors.
const LATER: Duration = Duration::from_secs(1);
