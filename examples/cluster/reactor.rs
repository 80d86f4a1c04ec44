//! The run loop: one thread, one poll, all speakers.
//!
//! A turn waits for sockets or the next deadline, feeds what came to the
//! speakers, and then carries out what those that were touched ask for.
//! Nothing here looks at every router or connection: ready sockets come from
//! the poll, due speakers from an ordered set of deadlines, and speakers with
//! outputs from a queue. The loop knows nothing of BGP.

mod sockets;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::{self, ErrorKind},
    net::IpAddr,
    time::Duration,
};

use bgpwright::{
    plan::SpeakerPlan,
    session::{self, ConnId},
    speaker::{ConfigError, Event, Input, Output, PeerId},
    time::Instant,
};
use mio::{Events, Poll};

use crate::{
    clock::Clock,
    connection::Connections,
    node::{Boot, Node},
    transport::{End, Transport},
};

/// Every router of a plan, and the sockets between them.
#[derive(Debug)]
pub(crate) struct Reactor {
    pub(crate) clock: Clock,
    pub(crate) nodes: Vec<Node>,
    pub(crate) transport: Transport,
    /// Planned sessions that are dialled where nobody listens.
    pub(crate) unanswered: BTreeMap<usize, &'static str>,
    poll: Poll,
    events: Events,
    connections: Connections,
    /// Who wants to be connected; a few at a time, so that no listener's
    /// backlog overflows.
    dials: VecDeque<End>,
    deadlines: BTreeSet<(Instant, usize)>,
    dirty: VecDeque<usize>,
    /// Connections that are closing, and how long they may take.
    lingering: BTreeSet<(Instant, ConnId)>,
    happened: Vec<Happening>,
    /// Closing connections that the other end did not close in time.
    pub(crate) abandoned: usize,
    /// When octets last moved.
    last_traffic: Instant,
    buffer: Vec<u8>,
}

/// A session that came up or went down, as a speaker reported it.
#[derive(Debug)]
pub(crate) struct Happening {
    pub(crate) at: Instant,
    pub(crate) router: usize,
    pub(crate) event: Event,
}

/// A socket that the poll says is ready.
#[derive(Clone, Copy, Debug)]
struct Ready {
    token: usize,
    readable: bool,
    writable: bool,
    /// The other end will send no more: behind what it sent, its end waits.
    ended: bool,
}

impl Reactor {
    /// Speakers and listeners for every router; no session is started.
    ///
    /// # Errors
    /// The text for the user.
    pub(crate) fn new(
        plans: Vec<SpeakerPlan>,
        unanswered: BTreeMap<usize, &'static str>,
        clock: Clock,
        (listen, base): (IpAddr, Option<u16>),
    ) -> Result<Self, String> {
        let poll = Poll::new().map_err(|error| format!("cannot poll sockets: {error}"))?;
        let names: Vec<_> = plans.iter().map(|plan| plan.name.as_str()).collect();
        let transport = Transport::listen(poll.registry(), &names, listen, base)?;
        let mut nodes = Vec::with_capacity(plans.len());
        for plan in plans {
            let name = plan.name.clone();
            let node = Node::new(plan, Boot::Cold, clock.now());
            nodes.push(node.map_err(|error| format!("{name}: {error}"))?);
        }
        Ok(Self {
            clock,
            unanswered,
            dirty: (0..nodes.len()).collect(),
            nodes,
            transport,
            poll,
            events: Events::with_capacity(EVENTS),
            connections: Connections::default(),
            dials: VecDeque::new(),
            deadlines: BTreeSet::new(),
            lingering: BTreeSet::new(),
            happened: Vec::new(),
            abandoned: 0,
            last_traffic: Instant::ZERO,
            buffer: vec![0; BUFFER],
        })
    }

    /// Waits for something to do, at most for `patience`, and does it.
    ///
    /// # Errors
    /// If the poll itself fails.
    pub(crate) fn turn(&mut self, patience: Duration) -> io::Result<()> {
        let ready = self.wait(patience)?;
        let now = self.clock.now();
        for socket in ready {
            match socket.token.checked_sub(self.nodes.len()) {
                None => self.on_listener(now, socket.token),
                Some(slot) => self.on_connection(now, slot, socket),
            }
        }
        self.on_deadlines(now);
        self.settle(now);
        for _ in 0..DIALS_A_TURN {
            let Some(end) = self.dials.pop_front() else {
                break;
            };
            self.dial(now, end);
        }
        self.settle(now);
        self.connections.end_turn();
        Ok(())
    }

    /// Sessions that came up or went down since the last call, in order.
    pub(crate) fn happened(&mut self) -> Vec<Happening> {
        core::mem::take(&mut self.happened)
    }

    /// How long no octet has moved; `None` while some wait to.
    pub(crate) fn quiet(&self) -> Option<Duration> {
        let now = self.clock.now();
        let due = self.deadlines.first().is_some_and(|(at, _)| *at <= now);
        let waits = due || !self.dials.is_empty() || !self.dirty.is_empty();
        (!waits).then(|| now - self.last_traffic)
    }

    /// When octets last moved.
    pub(crate) fn last_traffic(&self) -> Instant {
        self.last_traffic
    }

    /// How many connections there are.
    pub(crate) fn connection_count(&self) -> usize {
        self.connections.count()
    }

    /// Tells every session of a router something.
    pub(crate) fn tell_all(&mut self, router: usize, input: session::Input<'_>) {
        let now = self.clock.now();
        if let Some(node) = self.nodes.get_mut(router) {
            for peer in 0..node.peers.len() {
                node.tell(now, peer, input);
            }
        }
        self.touch(router);
    }

    /// Ends a router as a power cut does: its connections are closed without a
    /// word, and nobody answers where it listened.
    pub(crate) fn kill(&mut self, router: usize) {
        self.transport.close(router);
        for slot in self.connections.of_router(router) {
            self.connections.remove(slot);
        }
        self.dials.retain(|end| end.router != router);
        self.set_deadline(router, None);
        self.dirty.retain(|waiting| *waiting != router);
        let now = self.clock.now();
        if let Some(node) = self.nodes.get_mut(router) {
            node.peers.iter_mut().for_each(|peer| peer.die(now));
        }
    }

    /// Puts a fresh speaker in the place of one that was killed.
    ///
    /// # Errors
    /// If the system has no port for it, or the speaker refuses its plan.
    pub(crate) fn revive(&mut self, router: usize) -> Result<(), String> {
        let reopened = self.transport.reopen(self.poll.registry(), router);
        reopened.map_err(|error| format!("cannot listen again: {error}"))?;
        let now = self.clock.now();
        if let Some(node) = self.nodes.get_mut(router) {
            let fresh = Node::new(node.plan.clone(), Boot::Restarting, now);
            *node = fresh.map_err(|error: ConfigError| error.to_string())?;
            node.dirty = false;
        }
        self.tell_all(router, session::Input::Start);
        Ok(())
    }

    fn wait(&mut self, patience: Duration) -> io::Result<Vec<Ready>> {
        let now = self.clock.now();
        let due = self.deadlines.first().map(|(at, _)| *at - now);
        let linger = self.lingering.first().map(|(at, _)| *at - now);
        let busy = !self.dials.is_empty() || !self.dirty.is_empty();
        let timeout = [due, linger, busy.then_some(Duration::ZERO)]
            .into_iter()
            .flatten()
            .fold(patience, Duration::min);
        match self.poll.poll(&mut self.events, Some(round_up(timeout))) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(Vec::new()),
            polled => polled?,
        }
        let ready = self.events.iter().map(|event| Ready {
            token: event.token().0,
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            ended: event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        });
        Ok(ready.collect())
    }

    fn on_deadlines(&mut self, now: Instant) {
        while let Some((at, router)) = self.deadlines.first().copied() {
            if at > now {
                break;
            }
            self.set_deadline(router, None);
            if let Some(node) = self.nodes.get_mut(router) {
                // Only an input for a neighbour can be refused.
                let _ = node.speaker.handle_input(now, Input::Timeout);
            }
            self.touch(router);
        }
        while let Some((at, name)) = self.lingering.first().copied() {
            if at > now {
                break;
            }
            self.lingering.remove(&(at, name));
            if let Some(slot) = self.connections.slot(name) {
                self.connections.remove(slot);
                self.abandoned += 1;
            }
        }
    }

    /// Carries out what speakers ask for until none asks for more.
    fn settle(&mut self, now: Instant) {
        while let Some(router) = self.dirty.pop_front() {
            let mut written: Vec<usize> = Vec::new();
            while let Some(output) = self.next_output(router) {
                match output {
                    Output::Connect(peer) => self.want_dial(router, peer),
                    Output::Close(_, name) => self.close(now, name),
                    Output::Transmit(_, name, octets) => {
                        let slot = self.connections.slot(name);
                        let connection = slot.and_then(|slot| self.connections.get_mut(slot));
                        if let (Some(slot), Some(connection)) = (slot, connection) {
                            if connection.is_flushed() {
                                written.push(slot);
                            }
                            connection.queue(octets);
                        }
                    }
                    Output::Event(event) => self.on_event(now, router, event),
                    Output::Timeout(deadline) => {
                        self.set_deadline(router, deadline);
                        break;
                    }
                }
            }
            for slot in written {
                self.flush(now, slot);
            }
        }
    }

    fn next_output(&mut self, router: usize) -> Option<Output> {
        let node = self.nodes.get_mut(router)?;
        node.dirty = false;
        Some(node.speaker.poll_output())
    }

    fn on_event(&mut self, now: Instant, router: usize, event: Event) {
        if let Some(node) = self.nodes.get_mut(router) {
            node.note(now, &event);
        }
        // Of routes there are far too many to be told of one by one.
        if matches!(event, Event::PeerUp(_) | Event::PeerDown(..)) {
            self.happened.push(Happening {
                at: now,
                router,
                event,
            });
        }
    }

    fn want_dial(&mut self, router: usize, id: PeerId) {
        let node = self.nodes.get(router);
        if let Some(peer) = node.and_then(|node| node.position(id)) {
            self.dials.push_back(End { router, peer });
        }
    }

    /// A router may have outputs now.
    fn touch(&mut self, router: usize) {
        if let Some(node) = self.nodes.get_mut(router)
            && !core::mem::replace(&mut node.dirty, true)
        {
            self.dirty.push_back(router);
        }
    }

    fn set_deadline(&mut self, router: usize, deadline: Option<Instant>) {
        let Some(node) = self.nodes.get_mut(router) else {
            return;
        };
        if node.deadline == deadline {
            return;
        }
        if let Some(earlier) = core::mem::replace(&mut node.deadline, deadline) {
            self.deadlines.remove(&(earlier, router));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, router));
        }
    }
}

/// Up to the next millisecond, which is what polls count in: rounding down
/// would spin until the deadline.
fn round_up(timeout: Duration) -> Duration {
    let nanos = timeout.as_nanos().next_multiple_of(1_000_000);
    u64::try_from(nanos).map_or(timeout, Duration::from_nanos)
}

/// Octets read at once, by all connections in turn.
const BUFFER: usize = 64 * 1024;
/// Ready sockets taken from the poll at once.
const EVENTS: usize = 1024;
/// Half the backlog of a listener (128 in std and mio).
const DIALS_A_TURN: usize = 64;
/// How long a closing connection waits for the other end.
const LINGER: Duration = Duration::from_secs(2);
