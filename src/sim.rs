//! A deterministic network of speakers on a virtual clock.
//!
//! Speakers are joined by links, each between two neighbours of one another.
//! The network plays every embedder's part: it dials, accepts, and carries
//! octets with the link's latency, in the order of sending. [`Network::run_for`]
//! lets time pass and returns what happened.
//!
//! Equal networks give equal events: nothing is random, and nothing depends on
//! the machine.
//!
//! ```
//! use bgpwright::{
//!     session::{self, PeerAs},
//!     sim::Network,
//!     speaker::{Config, PeerConfig, Speaker},
//!     types::{Asn, RouterId},
//!     wire::AttributeSet,
//! };
//! use core::time::Duration;
//!
//! let mut network = Network::new();
//! let [a, b] = [("192.0.2.1", "192.0.2.2"), ("192.0.2.2", "192.0.2.1")].map(|(own, other)| {
//!     let router_id: RouterId = own.parse().unwrap();
//!     let mut speaker = Speaker::new(Config::new(Asn(64512), router_id)).unwrap();
//!     let session = session::Config::new(Asn(64512), router_id, PeerAs::Exactly(Asn(64512)));
//!     let (own, other) = (own.parse().unwrap(), other.parse().unwrap());
//!     let peer = speaker.add_peer(PeerConfig::new(other, own, session)).unwrap();
//!     (network.add(speaker), peer)
//! });
//! network.join(a, b, Duration::from_millis(5));
//! network.with_speaker(a.0, |speaker, now| {
//!     speaker.announce(now, "10.244.0.0/24".parse().unwrap(), AttributeSet::default());
//! });
//! network.run_for(Duration::from_secs(1));
//! assert_eq!(network.speaker(b.0).unwrap().routes().count(), 1);
//! ```

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::time::Duration;

use bytes::Bytes;

use crate::{
    session::{self, ConnId},
    speaker::{Event, Input, Output, PeerId, Speaker},
    time::Instant,
};

/// A speaker of a [`Network`]: its place in the order of adding.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId(usize);

/// A link of a [`Network`]: its place in the order of joining.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LinkId(usize);

/// Something that happened in a [`Network`].
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a bare record")]
pub struct Record {
    /// When.
    pub at: Instant,
    /// In which speaker.
    pub node: NodeId,
    /// What.
    pub event: Event,
}

/// Speakers, links between them, and what is under way on these.
#[derive(Debug, Default)]
pub struct Network {
    now: Instant,
    speakers: Vec<Speaker>,
    links: Vec<Link>,
    /// The link of an end.
    ends: BTreeMap<End, LinkId>,
    /// What is under way, by when it arrives and then the order of sending.
    queue: BTreeMap<(Instant, u64), (End, Delivery)>,
    sequence: u64,
    /// The connections that each end knows. Both ends use one name.
    open: BTreeSet<(End, ConnId)>,
    /// Those that their dialler has not been told of yet.
    dialled: BTreeMap<End, ConnId>,
    next_conn: u64,
    deadlines: BTreeSet<(Instant, NodeId)>,
    registered: BTreeMap<NodeId, Instant>,
    records: Vec<Record>,
}

/// A speaker and its neighbour on a link.
type End = (NodeId, PeerId);

#[derive(Clone, Copy, Debug)]
struct Link {
    ends: [End; 2],
    latency: Duration,
    is_up: bool,
}

/// What arrives at an end.
#[derive(Clone, Debug)]
enum Delivery {
    Accepted(ConnId),
    Connected(ConnId),
    ConnectFailed,
    Octets(ConnId, Bytes),
    Taken(ConnId, usize),
    Closed(ConnId),
}

impl Network {
    /// An empty one, at [`Instant::ZERO`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The time it is.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Adds a speaker.
    pub fn add(&mut self, speaker: Speaker) -> NodeId {
        let node = NodeId(self.speakers.len());
        self.speakers.push(speaker);
        self.settle(node);
        node
    }

    /// Joins two neighbours of one another, and starts both sessions. Octets
    /// take `latency` from one end to the other.
    pub fn join(&mut self, a: (NodeId, PeerId), b: (NodeId, PeerId), latency: Duration) -> LinkId {
        let link = LinkId(self.links.len());
        self.links.push(Link {
            ends: [a, b],
            latency,
            is_up: true,
        });
        for end in [a, b] {
            self.ends.insert(end, link);
            self.feed(end, session::Input::Start);
        }
        link
    }

    /// Cuts a link: its connections are lost without a word, and none can be
    /// made. Does nothing to one that is cut.
    pub fn cut(&mut self, link: LinkId) {
        let Some(entry) = self.links.get_mut(link.0) else {
            return;
        };
        entry.is_up = false;
        for end in entry.ends {
            self.lose_connections(end);
        }
    }

    /// Mends a link that was cut.
    pub fn mend(&mut self, link: LinkId) {
        if let Some(entry) = self.links.get_mut(link.0) {
            entry.is_up = true;
        }
    }

    /// Puts another speaker in a node's place, as after a crash: its
    /// connections are lost without a word, and the sessions of `speaker` are
    /// started. Its neighbours must have been added in the order of the old
    /// one's. Gives the old one back, or `speaker` if there is no such node.
    pub fn replace(&mut self, node: NodeId, speaker: Speaker) -> Speaker {
        let Some(place) = self.speakers.get_mut(node.0) else {
            return speaker;
        };
        let old = core::mem::replace(place, speaker);
        let ends: Vec<End> = self
            .ends
            .keys()
            .copied()
            .filter(|end| end.0 == node)
            .collect();
        for end in &ends {
            self.queue.retain(|_, (to, _)| to != end);
            self.lose_connections(*end);
        }
        for end in ends {
            self.feed(end, session::Input::Start);
        }
        old
    }

    /// The link that a speaker has to this neighbour.
    pub fn link_at(&self, end: (NodeId, PeerId)) -> Option<LinkId> {
        self.ends.get(&end).copied()
    }

    /// A speaker, to look at.
    pub fn speaker(&self, node: NodeId) -> Option<&Speaker> {
        self.speakers.get(node.0)
    }

    /// Does something to a speaker at the present time, such as announcing a
    /// route. `None` if there is no such node.
    pub fn with_speaker<T>(
        &mut self,
        node: NodeId,
        change: impl FnOnce(&mut Speaker, Instant) -> T,
    ) -> Option<T> {
        let now = self.now;
        let value = change(self.speakers.get_mut(node.0)?, now);
        self.settle(node);
        Some(value)
    }

    /// Lets `duration` pass, and returns what happened since the last call, in
    /// order.
    pub fn run_for(&mut self, duration: Duration) -> Vec<Record> {
        let end = self.now + duration;
        loop {
            let arrival = self.queue.first_key_value().map(|(&(at, _), _)| at);
            let deadline = self.deadlines.first().map(|&(at, _)| at);
            let Some(next) = [arrival, deadline]
                .into_iter()
                .flatten()
                .min()
                .filter(|at| *at <= end)
            else {
                break;
            };
            self.now = self.now.max(next);
            if arrival == Some(next) {
                if let Some((_, (to, delivery))) = self.queue.pop_first() {
                    self.deliver(to, delivery);
                }
            } else if let Some((_, node)) = self.deadlines.pop_first() {
                self.registered.remove(&node);
                if let Some(speaker) = self.speakers.get_mut(node.0) {
                    // A timeout names no neighbour, so it cannot name a wrong one.
                    let _ = speaker.handle_input(self.now, Input::Timeout);
                }
                self.settle(node);
            }
        }
        self.now = end;
        core::mem::take(&mut self.records)
    }

    /// Takes all that a speaker has to say.
    fn settle(&mut self, node: NodeId) {
        let Some(speaker) = self.speakers.get_mut(node.0) else {
            return;
        };
        let mut said = Vec::new();
        let deadline = loop {
            match speaker.poll_output() {
                Output::Timeout(deadline) => break deadline,
                output => said.push(output),
            }
        };
        if let Some(old) = self.registered.remove(&node) {
            self.deadlines.remove(&(old, node));
        }
        if let Some(at) = deadline {
            self.deadlines.insert((at, node));
            self.registered.insert(node, at);
        }
        for output in said {
            self.on_output(node, output);
        }
    }

    fn on_output(&mut self, node: NodeId, output: Output) {
        match output {
            Output::Connect(peer) => self.dial((node, peer)),
            Output::Close(peer, conn) => {
                let end = (node, peer);
                if self.open.remove(&(end, conn)) {
                    self.send_across(end, Delivery::Closed(conn));
                }
            }
            Output::Transmit(peer, conn, octets) => {
                let end = (node, peer);
                self.schedule(Duration::ZERO, end, Delivery::Taken(conn, octets.len()));
                self.send_across(end, Delivery::Octets(conn, octets));
            }
            Output::Event(event) => self.records.push(Record {
                at: self.now,
                node,
                event,
            }),
            // `settle` keeps it.
            Output::Timeout(_) => {}
        }
    }

    fn dial(&mut self, end: End) {
        let Some((other, link)) = self.across(end) else {
            return;
        };
        let round_trip = link.latency.saturating_mul(2);
        if !link.is_up {
            self.schedule(round_trip, end, Delivery::ConnectFailed);
            return;
        }
        let conn = ConnId(self.next_conn);
        self.next_conn = self.next_conn.saturating_add(1);
        self.open.extend([(end, conn), (other, conn)]);
        self.dialled.insert(end, conn);
        self.schedule(link.latency, other, Delivery::Accepted(conn));
        self.schedule(round_trip, end, Delivery::Connected(conn));
    }

    fn deliver(&mut self, to: End, delivery: Delivery) {
        let is_open = |conn: ConnId| self.open.contains(&(to, conn));
        match delivery {
            Delivery::ConnectFailed => self.feed(to, session::Input::ConnectFailed),
            Delivery::Connected(conn) if self.dialled.get(&to) == Some(&conn) => {
                self.dialled.remove(&to);
                let input = if is_open(conn) {
                    session::Input::Connected(conn)
                } else {
                    session::Input::ConnectFailed
                };
                self.feed(to, input);
            }
            Delivery::Accepted(conn) if is_open(conn) => {
                self.feed(to, session::Input::Accepted(conn));
            }
            Delivery::Octets(conn, octets) if is_open(conn) => {
                self.feed(to, session::Input::Received(conn, &octets));
            }
            Delivery::Taken(conn, octets) if is_open(conn) => {
                self.feed(to, session::Input::Sent(conn, octets));
            }
            Delivery::Closed(conn) if is_open(conn) => {
                self.open.remove(&(to, conn));
                self.feed(to, session::Input::Closed(conn));
            }
            // Too late: this end has closed it, or it was cut.
            _ => {}
        }
    }

    fn feed(&mut self, (node, peer): End, input: session::Input<'_>) {
        if let Some(speaker) = self.speakers.get_mut(node.0) {
            // A neighbour that was removed has nothing to hear.
            let _ = speaker.handle_input(self.now, Input::Peer(peer, input));
        }
        self.settle(node);
    }

    /// Both ends of every connection at `end` find it gone.
    fn lose_connections(&mut self, end: End) {
        let Some((other, _)) = self.across(end) else {
            return;
        };
        for end in [end, other] {
            let gone: Vec<ConnId> = self
                .open
                .iter()
                .filter(|(at, _)| *at == end)
                .map(|&(_, conn)| conn)
                .collect();
            for conn in gone {
                self.open.remove(&(end, conn));
                if self.dialled.get(&end) != Some(&conn) {
                    self.feed(end, session::Input::Closed(conn));
                }
            }
        }
    }

    fn send_across(&mut self, from: End, delivery: Delivery) {
        if let Some((to, link)) = self.across(from) {
            self.schedule(link.latency, to, delivery);
        }
    }

    fn across(&self, end: End) -> Option<(End, Link)> {
        let link = *self.links.get(self.ends.get(&end)?.0)?;
        let [a, b] = link.ends;
        Some((if a == end { b } else { a }, link))
    }

    fn schedule(&mut self, delay: Duration, to: End, delivery: Delivery) {
        self.queue
            .insert((self.now + delay, self.sequence), (to, delivery));
        self.sequence = self.sequence.saturating_add(1);
    }
}
