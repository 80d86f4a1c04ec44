//! The run loop: what sockets and the clock say goes to the speaker, and what
//! the speaker says to the sockets.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    io::{self, ErrorKind, IoSlice, Read as _, Write as _},
    net::{Shutdown, SocketAddr},
    time::{Duration, Instant as Clock},
};

use bgpwright::{
    policy::{Policy, Verdict},
    session::{Admission, ConnId, Input as SessionInput, Range, Reach, ScopedAddr},
    speaker::{Event, Input, Output, PeerConfig, PeerId, ReflectionRole, Speaker},
    time::Instant,
};
use bytes::{Buf as _, Bytes};
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use crate::options::Options;

const LISTENER: Token = Token(0);
/// Reads of one connection before the others have their turn.
const READS: usize = 4;

#[derive(Debug)]
pub(crate) struct Server {
    speaker: Speaker,
    admission: Admission,
    role: ReflectionRole,
    peers: HashMap<ScopedAddr, PeerId>,
    connections: BTreeMap<ConnId, Connection>,
    /// Connections with something to write.
    dirty: Vec<ConnId>,
    listener: TcpListener,
    local: SocketAddr,
    poll: Poll,
    start: Clock,
    latest: u64,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    peer: PeerId,
    stream: TcpStream,
    unsent: VecDeque<Bytes>,
    full: bool,
    closing: bool,
}

impl Server {
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        if options.unspecified() {
            return Err("--router-id: must not be 0.0.0.0".to_owned());
        }
        let speaker = Speaker::new(options.speaker()).map_err(|error| error.to_string())?;
        let mut range = Range::new(options.neighbors, options.session()?);
        range.listen_port = options.listen.port();
        range.reach = Reach::Multihop { hops: 255 };
        let admission =
            Admission::new(vec![range], u32::MAX).map_err(|error| error.to_string())?;
        let failed = |error: io::Error| format!("{}: {error}", options.listen);
        let mut listener = TcpListener::bind(options.listen).map_err(failed)?;
        let poll = Poll::new().map_err(failed)?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)
            .map_err(failed)?;
        eprintln!(
            "listening on {} for {}; every route is imported and exported",
            options.listen, options.neighbors
        );
        Ok(Self {
            speaker,
            admission,
            role: if options.client {
                ReflectionRole::Client
            } else {
                ReflectionRole::NonClient
            },
            peers: HashMap::new(),
            connections: BTreeMap::new(),
            dirty: Vec::new(),
            listener,
            local: options.listen,
            poll,
            start: Clock::now(),
            latest: 0,
            buffer: vec![0; 64 * 1024],
        })
    }

    pub(crate) fn run(mut self) -> Result<(), String> {
        let mut events = Events::with_capacity(1024);
        loop {
            let deadline = self.drain();
            let now = self.now();
            let wait = deadline.map(|at| if at > now { at - now } else { Duration::ZERO });
            match self.poll.poll(&mut events, wait) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("poll: {error}")),
            }
            for event in &events {
                if event.token() == LISTENER {
                    self.accept();
                    continue;
                }
                let id = ConnId(event.token().0 as u64);
                if event.is_writable()
                    && let Some(connection) = self.connections.get_mut(&id)
                {
                    connection.full = false;
                    self.dirty.push(id);
                }
                if event.is_readable() {
                    self.read(id);
                }
            }
            let now = self.now();
            self.tell(now, Input::Timeout);
        }
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    fn tell(&mut self, now: Instant, input: Input<'_>) {
        // A neighbour that is gone meanwhile has nothing to hear.
        let _ = self.speaker.handle_input(now, input);
    }

    fn accept(&mut self) {
        while let Ok((stream, from)) = self.listener.accept() {
            if let Err(reason) = self.greet(stream, from) {
                eprintln!("{from}: {reason}");
            }
        }
    }

    fn greet(&mut self, mut stream: TcpStream, from: SocketAddr) -> Result<(), String> {
        let local = stream.local_addr().unwrap_or(self.local);
        let source = ScopedAddr::from(from);
        let peer = match self.peers.get(&source) {
            Some(peer) => *peer,
            None => self.admit(from, local)?,
        };
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        self.latest += 1;
        let id = ConnId(self.latest);
        let token = Token(usize::try_from(self.latest).unwrap_or(usize::MAX));
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut stream, token, interest)
            .map_err(|error| error.to_string())?;
        let connection = Connection {
            peer,
            stream,
            unsent: VecDeque::new(),
            full: false,
            closing: false,
        };
        self.connections.insert(id, connection);
        let now = self.now();
        self.tell(now, Input::Peer(peer, SessionInput::Accepted(id)));
        Ok(())
    }

    fn admit(&mut self, from: SocketAddr, local: SocketAddr) -> Result<PeerId, String> {
        let admitted = self.admission.admit(from, local, None);
        let admitted = admitted.map_err(|denied| denied.to_string())?;
        let everything = || {
            let rules = Vec::new();
            let default = Verdict::Accept;
            Some(Policy { rules, default })
        };
        let mut config = PeerConfig::new(from.ip(), local.ip(), admitted.config);
        config.import = everything();
        config.export = everything();
        config.reflection = self.role;
        let peer = self.speaker.add_peer(config).map_err(|error| error.to_string())?;
        self.peers.insert(admitted.remote, peer);
        let now = self.now();
        self.tell(now, Input::Peer(peer, SessionInput::Start));
        Ok(peer)
    }

    fn read(&mut self, id: ConnId) {
        for _ in 0..READS {
            let Some(connection) = self.connections.get_mut(&id) else {
                return;
            };
            let peer = connection.peer;
            let read = connection.stream.read(&mut self.buffer);
            let now = self.now();
            match read {
                Ok(count @ 1..) => {
                    let octets = self.buffer.get(..count).unwrap_or_default();
                    let input = Input::Peer(peer, SessionInput::Received(id, octets));
                    let _ = self.speaker.handle_input(now, input);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => {
                    self.connections.remove(&id);
                    self.tell(now, Input::Peer(peer, SessionInput::Closed(id)));
                    return;
                }
            }
            self.drain();
        }
    }

    /// Does what the speaker asks for; when it wants to be called again.
    fn drain(&mut self) -> Option<Instant> {
        let deadline = loop {
            match self.speaker.poll_output() {
                Output::Timeout(deadline) => break deadline,
                Output::Transmit(_, id, octets) => {
                    if let Some(connection) = self.connections.get_mut(&id) {
                        connection.unsent.push_back(octets);
                        self.dirty.push(id);
                    }
                }
                Output::Close(_, id) => {
                    if let Some(connection) = self.connections.get_mut(&id) {
                        connection.closing = true;
                        self.dirty.push(id);
                    }
                }
                Output::Event(Event::PeerDown(peer, reason)) => eprintln!("{peer:?}: {reason}"),
                // Neighbours dial us.
                Output::Connect(_) | Output::Event(_) => {}
            }
        };
        if self.dirty.is_empty() {
            return deadline;
        }
        let now = self.now();
        for id in std::mem::take(&mut self.dirty) {
            self.write(now, id);
        }
        // What was written may have made room for more.
        self.drain()
    }

    fn write(&mut self, now: Instant, id: ConnId) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let peer = connection.peer;
        let (sent, good) = connection.flush();
        let over = connection.closing && (connection.unsent.is_empty() || !good);
        if over {
            // Fails only where the other end has gone first.
            let _ = connection.stream.shutdown(Shutdown::Both);
            self.connections.remove(&id);
        }
        if sent > 0 {
            self.tell(now, Input::Peer(peer, SessionInput::Sent(id, sent)));
        }
    }
}

impl Connection {
    /// Writes what the kernel takes; how much, and whether it is there still.
    fn flush(&mut self) -> (usize, bool) {
        let mut total = 0;
        while !self.full && !self.unsent.is_empty() {
            let chunks: Vec<_> = self.unsent.iter().take(64).map(|it| IoSlice::new(it)).collect();
            match self.stream.write_vectored(&chunks) {
                Ok(written) => {
                    total += written;
                    self.forget(written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.full = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return (total, false),
            }
        }
        (total, true)
    }

    fn forget(&mut self, mut written: usize) {
        while let Some(first) = self.unsent.front_mut() {
            if first.len() > written {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.unsent.pop_front();
        }
    }
}
