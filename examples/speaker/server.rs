//! The run loop: what sockets and the clock say goes to the speaker, and what
//! the speaker says to the sockets. One poll, and one thread but for the other
//! [parts](workers) of a speaker that is divided.
//!
//! A turn waits for sockets or the next deadline, and reads each ready socket
//! once. After each read the loop [settles](Server::settle): it carries out
//! what the speaker asks for, and serves deadlines that have come up meanwhile,
//! before it reads on. So neither a neighbour with much to say nor long work
//! can hold back keepalives: a turn is as long as its ready sockets are many,
//! and no longer.

mod happened;
mod sockets;
mod workers;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use bgpwright::{
    session::{self, ConnId, KeyRef},
    speaker::{Input, Output, PeerId, Speaker},
    time::Instant,
};
use mio::{Events, Interest, Poll, Token, Waker, event::Event, net::TcpListener};

use self::workers::Workers;
use crate::{
    clock::Clock,
    connection::Connections,
    log::{Log, Tally},
    neighbors::Neighbors,
    report::{self, Census},
    settings::{Secret, Settings},
    signals::{self, Signals},
    socket,
};

/// The speaker, and everything that it is driven with.
#[derive(Debug)]
pub(crate) struct Server {
    speaker: Speaker,
    workers: Workers,
    /// When the speaker wants to be called next.
    deadline: Option<Instant>,
    /// Whether it may have outputs that nobody has asked for.
    unsettled: bool,
    neighbors: Neighbors,
    /// Connections from somebody who may not.
    strangers: Tally,
    keys: BTreeMap<KeyRef, Secret>,
    sockets: Sockets,
    signals: Signals,
    clock: Clock,
    log: Log,
    /// When to give up waiting for the last words to be read, once ending.
    ending: Option<Instant>,
    /// What is read, by all connections in turn.
    buffer: Vec<u8>,
}

/// The poll, and what it watches.
#[derive(Debug)]
struct Sockets {
    poll: Poll,
    /// A listener's token is its place.
    listeners: Vec<TcpListener>,
    connections: Connections,
    /// Connections that have something to read, or may have.
    readable: VecDeque<ConnId>,
    /// Connections that have something to write, or an end to come to.
    dirty: Vec<ConnId>,
    dialing: BTreeMap<PeerId, ConnId>,
    /// Connections that are closing, and how long they may take.
    lingering: BTreeSet<(Instant, ConnId)>,
    /// When to accept again what the system had no descriptor for.
    accept_at: Option<Instant>,
}

impl Server {
    /// Listens, and starts every session; says so.
    ///
    /// # Errors
    /// The text for the user.
    pub(crate) fn new(mut settings: Settings, log: Log) -> Result<Self, String> {
        let failed = |error: io::Error| format!("cannot poll sockets: {error}");
        let poll = Poll::new().map_err(failed)?;
        let signals = Signals::listen(poll.registry()).map_err(failed)?;
        // With few descriptors, few neighbours; no reason not to start.
        let _ = rlimit::increase_nofile_limit(u64::MAX);
        let mut listeners = Vec::new();
        for (place, address) in settings.listen.iter().enumerate() {
            let mut listener = socket::listen(*address, &settings.neighbors, &settings.keys)?;
            let watched = poll
                .registry()
                .register(&mut listener, Token(place), Interest::READABLE);
            watched.map_err(failed)?;
            listeners.push(listener);
        }
        let summary = settings.summary();
        let neighbors = Neighbors::new(&mut settings).map_err(|error| error.to_string())?;
        let divided = Speaker::divided(settings.speaker, settings.threads);
        let (speaker, parts) = divided.map_err(|error| error.to_string())?;
        let clock = Clock::start();
        let waker = Waker::new(poll.registry(), signals::PART).map_err(failed)?;
        let workers = Workers::start(parts, clock, &Arc::new(waker));
        let workers = workers.map_err(|error| format!("cannot start a thread: {error}"))?;
        let mut server = Self {
            speaker,
            workers,
            deadline: None,
            unsettled: true,
            neighbors,
            strangers: Tally::default(),
            keys: settings.keys,
            sockets: Sockets::new(poll, listeners),
            signals,
            clock,
            log,
            ending: None,
            buffer: vec![0; BUFFER],
        };
        for peer in settings.neighbors {
            let id = server.neighbors.add(&mut server.speaker, peer)?;
            server.tell(id, session::Input::Start);
        }
        for (prefix, attributes) in settings.routes {
            let now = server.clock.now();
            server.speaker.announce(now, prefix, attributes);
        }
        server.log.tell(format_args!("{summary}"));
        if settings.is_open {
            let says = "no policy: every route is imported, and told to every neighbour";
            server.log.tell(format_args!("{says}"));
        }
        Ok(server)
    }

    /// Runs until a signal ends it.
    ///
    /// # Errors
    /// If the poll itself fails.
    pub(crate) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        self.settle(Instant::ZERO);
        loop {
            self.turn(&mut events)?;
            if let Some(limit) = self.ending
                && (self.sockets.connections.count() == 0 || self.clock.now() >= limit)
            {
                return Ok(());
            }
        }
    }

    fn turn(&mut self, events: &mut Events) -> io::Result<()> {
        let patience = self.patience();
        match self.sockets.poll.poll(events, patience) {
            Err(error) if error.kind() == ErrorKind::Interrupted => events.clear(),
            polled => polled?,
        }
        let began = self.clock.now();
        for event in &*events {
            self.on_ready(event);
        }
        // What is still readable then has its next turn.
        for _ in 0..self.sockets.readable.len() {
            if self.workers.are_behind() {
                break;
            }
            if let Some(name) = self.sockets.readable.pop_front() {
                self.read(name);
                self.settle(began);
            }
        }
        self.on_deadlines();
        self.settle(began);
        Ok(())
    }

    /// How long the poll may wait; `None` for ever.
    fn patience(&self) -> Option<Duration> {
        let now = self.clock.now();
        // A part that catches up wakes the poll.
        let reads = !self.sockets.readable.is_empty() && !self.workers.are_behind();
        if self.unsettled || reads {
            return Some(Duration::ZERO);
        }
        let deadlines = [
            self.deadline,
            self.neighbors.deadline(),
            self.sockets.lingering.first().map(|(at, _)| *at),
            self.sockets.accept_at,
            self.ending,
        ];
        let next = deadlines.into_iter().flatten().min()?;
        Some(if next > now {
            next - now
        } else {
            Duration::ZERO
        })
    }

    fn on_ready(&mut self, event: &Event) {
        match event.token() {
            token @ (signals::END | signals::REPORT) => self.on_signal(token),
            // What parts have said is taken as the loop settles.
            signals::PART => {}
            Token(place) if place < self.sockets.listeners.len() => self.accept(place),
            Token(name) => {
                let name = ConnId(u64::try_from(name).unwrap_or(u64::MAX));
                self.on_connection(name, event);
            }
        }
    }

    fn on_signal(&mut self, token: Token) {
        match self.signals.take(token) {
            0 => {}
            _ if token == signals::REPORT => {
                let census = Census::of(&self.speaker);
                if let Some(census) = self.workers.count(census) {
                    self.report(&census);
                }
            }
            signals => self.end(signals),
        }
    }

    fn report(&self, census: &Census) {
        report::print(&self.speaker, census, &self.neighbors, self.clock);
    }

    /// Ends every session with a Cease; a second time, at once.
    fn end(&mut self, signals: usize) {
        let now = self.clock.now();
        if self.ending.is_some() || signals > 1 {
            self.ending = Some(now);
            return;
        }
        self.log
            .tell(format_args!("ending: Cease to every neighbour"));
        self.ending = Some(now + LINGER);
        self.sockets.listeners.clear();
        for id in self.neighbors.ids() {
            self.tell(id, session::Input::Stop { reason: FAREWELL });
        }
    }

    fn on_deadlines(&mut self) {
        let now = self.clock.now();
        if self.deadline.is_some_and(|at| at <= now) {
            self.tick(now);
        }
        self.neighbors.forget(now, &mut self.speaker);
        self.end_lingering(now);
        if self.sockets.accept_at.is_some_and(|at| at <= now) {
            self.sockets.accept_at = None;
            (0..self.sockets.listeners.len()).for_each(|place| self.accept(place));
        }
    }

    /// Carries out what the speaker asks for until it asks for nothing, and
    /// serves deadlines that have come up since the turn began.
    ///
    /// Earlier ones wait until every ready socket was read: a hold time is not
    /// over while the neighbour's keepalive lies unread. And all of it takes
    /// [`PATIENCE`] at most, since sockets that nobody reads for long would let
    /// hold times run out as well.
    fn settle(&mut self, began: Instant) {
        let limit = self.clock.now() + PATIENCE;
        loop {
            self.drain();
            let heard = self.exchange();
            let written = self.flush_dirty() || heard;
            let now = self.clock.now();
            let due = self.deadline.is_some_and(|at| began < at && at <= now);
            self.unsettled = due || written;
            if now >= limit || !self.unsettled {
                return;
            }
            if due {
                self.tick(now);
            }
        }
    }

    fn drain(&mut self) {
        loop {
            match self.speaker.poll_output() {
                Output::Transmit(_, name, octets) => self.sockets.queue(name, octets),
                Output::Connect(peer) => self.dial(peer),
                Output::Close(_, name) => self.close(name),
                Output::Event(event) => self.on_event(&event),
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn tick(&mut self, now: Instant) {
        // Only an input for a neighbour can be refused.
        let _ = self.speaker.handle_input(now, Input::Timeout);
    }

    fn tell(&mut self, peer: PeerId, input: session::Input<'_>) {
        let now = self.clock.now();
        // A neighbour that is gone meanwhile has nothing to hear.
        let _ = self.speaker.handle_input(now, Input::Peer(peer, input));
    }
}

/// Octets read from a ready socket before others have their turn.
const BUFFER: usize = 64 * 1024;
/// Ready sockets taken from the poll at once.
const EVENTS: usize = 1024;
/// How long the loop settles between two reads.
const PATIENCE: Duration = Duration::from_millis(10);
/// How long a closing connection waits for the other end.
const LINGER: Duration = Duration::from_secs(2);
/// Last words to the neighbours (RFC 9003).
const FAREWELL: &str = "the speaker ends";
