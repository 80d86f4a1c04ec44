//! Two sessions, a virtual clock, and connections with latency between them:
//! octets arrive in pieces of a chosen size, and a connection can be cut after
//! any octet.

use core::time::Duration;
use std::collections::{BTreeMap, btree_map::OccupiedEntry};

use bgpwright::{
    session::{Config, ConnId, DownReason, Event, Input, OpenMode, Output, PeerAs, Session, State},
    time::Instant,
    types::{Asn, Family, RouterId},
    wire::{Context, Frame, Message, Notification, frame},
};
use bytes::Bytes;

/// One end of a [`Pair`].
pub(crate) struct End {
    pub(crate) session: Session,
    pub(crate) events: Vec<(Instant, Event)>,
    /// All octets that the session handed out, by connection.
    pub(crate) sent: BTreeMap<ConnId, Vec<u8>>,
    /// The same, message by message with the time.
    pub(crate) messages: Vec<(Instant, ConnId, Bytes)>,
    /// Connections that this end has not closed and not lost.
    open: Vec<ConnId>,
    /// Whether somebody dialling gets through.
    pub(crate) listens: bool,
    /// Whether the kernel takes what is written.
    pub(crate) writes: bool,
}

/// Left and right: ends 0 and 1.
pub(crate) struct Pair {
    pub(crate) ends: [End; 2],
    pub(crate) now: Instant,
    pub(crate) latency: Duration,
    /// Octets that arrive at once, at most.
    pub(crate) chunk: usize,
    /// How many octets, both directions together, still get through.
    pub(crate) fuse: Option<usize>,
    deliveries: BTreeMap<(Instant, u64), (usize, Delivery)>,
    number: u64,
}

enum Delivery {
    Connected(ConnId),
    ConnectFailed,
    Accepted(ConnId),
    Closed(ConnId),
    Octets(ConnId, Vec<u8>),
}

pub(crate) const LEFT: usize = 0;
pub(crate) const RIGHT: usize = 1;

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Of AS 65001, 10.0.0.1; whoever it is connected to.
pub(crate) fn left() -> Config {
    Config::new(Asn(65001), RouterId(0x0a00_0001), PeerAs::Any)
}

/// Of AS 65002, 10.0.0.2; whoever it is connected to.
pub(crate) fn right() -> Config {
    Config::new(Asn(65002), RouterId(0x0a00_0002), PeerAs::Any)
}

pub(crate) fn passive(config: Config) -> Config {
    Config {
        open_mode: OpenMode::Passive,
        ..config
    }
}

pub(crate) fn with_families(config: Config, families: &[Family]) -> Config {
    Config {
        families: families.to_vec(),
        ..config
    }
}

impl Pair {
    pub(crate) fn new(left: Config, right: Config) -> Self {
        Self {
            ends: [End::new(left), End::new(right)],
            now: Instant::ZERO,
            latency: Duration::from_millis(1),
            chunk: usize::MAX,
            fuse: None,
            deliveries: BTreeMap::new(),
            number: 0,
        }
    }

    /// Both started, and the time that takes given.
    pub(crate) fn started(left: Config, right: Config) -> Self {
        let mut pair = Self::new(left, right);
        pair.start();
        pair.run(seconds(1));
        pair
    }

    /// As [`started`](Self::started), with the right end waiting; both up.
    pub(crate) fn established() -> Self {
        Self::established_with(left(), right())
    }

    pub(crate) fn established_with(left: Config, right: Config) -> Self {
        let pair = Self::started(left, passive(right));
        assert_eq!(pair.states(), [State::Established; 2]);
        pair
    }

    pub(crate) fn start(&mut self) {
        self.input(LEFT, Input::Start);
        self.input(RIGHT, Input::Start);
    }

    pub(crate) fn input(&mut self, end: usize, input: Input<'_>) {
        self.ends[end].session.handle_input(self.now, input);
        self.drain(end);
    }

    pub(crate) fn states(&self) -> [State; 2] {
        [LEFT, RIGHT].map(|end| self.ends[end].session.state())
    }

    /// Lets that much time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        self.drain(LEFT);
        self.drain(RIGHT);
        while let Some(next) = self.next().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    /// Ends every connection at both ends, without a word.
    pub(crate) fn cut(&mut self) {
        self.deliveries.clear();
        for end in [LEFT, RIGHT] {
            for conn in core::mem::take(&mut self.ends[end].open) {
                self.input(end, Input::Closed(conn));
            }
        }
    }

    /// Nothing gets through any more, and nobody is told.
    pub(crate) fn silence(&mut self) {
        self.deliveries.clear();
        for end in &mut self.ends {
            end.open.clear();
        }
    }

    fn next(&mut self) -> Option<Instant> {
        let delivery = self.deliveries.first_key_value().map(|((at, _), _)| *at);
        let mut deadline = |end: usize| match self.ends[end].session.poll_output() {
            Output::Timeout(at) => at,
            other => panic!("{other:?} after Timeout"),
        };
        [delivery, deadline(LEFT), deadline(RIGHT)]
            .into_iter()
            .flatten()
            .min()
    }

    fn step(&mut self) {
        let due = |entry: &OccupiedEntry<'_, (Instant, u64), _>| entry.key().0 <= self.now;
        let first = self.deliveries.first_entry().filter(|entry| due(entry));
        let Some((end, delivery)) = first.map(OccupiedEntry::remove) else {
            self.input(LEFT, Input::Timeout);
            self.input(RIGHT, Input::Timeout);
            return;
        };
        match delivery {
            Delivery::ConnectFailed => self.input(end, Input::ConnectFailed),
            Delivery::Connected(conn) => {
                self.ends[end].open.push(conn);
                self.input(end, Input::Connected(conn));
            }
            Delivery::Accepted(conn) => {
                self.ends[end].open.push(conn);
                self.input(end, Input::Accepted(conn));
            }
            Delivery::Closed(conn) => {
                if self.ends[end].forget(conn) {
                    self.input(end, Input::Closed(conn));
                }
            }
            Delivery::Octets(conn, octets) => {
                for piece in octets.chunks(self.chunk.min(octets.len())) {
                    if self.ends[end].open.contains(&conn) {
                        self.input(end, Input::Received(conn, piece));
                    }
                }
            }
        }
    }

    /// Takes the outputs of an end.
    pub(crate) fn drain(&mut self, end: usize) {
        loop {
            match self.ends[end].session.poll_output() {
                Output::Timeout(_) => return,
                Output::Event(event) => self.ends[end].events.push((self.now, event)),
                Output::Connect => self.dial(end),
                Output::Close(conn) => {
                    if self.ends[end].forget(conn) {
                        self.deliver(1 - end, self.latency, Delivery::Closed(conn));
                    }
                }
                Output::Transmit(conn, octets) => self.transmit(end, conn, octets),
            }
        }
    }

    fn dial(&mut self, end: usize) {
        if !self.ends[1 - end].listens {
            return self.deliver(end, self.latency, Delivery::ConnectFailed);
        }
        self.number += 1;
        let conn = ConnId(self.number);
        self.deliver(1 - end, self.latency, Delivery::Accepted(conn));
        self.deliver(end, self.latency * 2, Delivery::Connected(conn));
    }

    fn transmit(&mut self, end: usize, conn: ConnId, octets: Bytes) {
        let sender = &mut self.ends[end];
        sender
            .sent
            .entry(conn)
            .or_default()
            .extend_from_slice(&octets);
        let mut through = octets.to_vec();
        sender.messages.push((self.now, conn, octets));
        if !sender.open.contains(&conn) || !sender.writes {
            return;
        }
        let taken = through.len();
        let burns = self.fuse.is_some_and(|fuse| fuse < taken);
        if let Some(fuse) = &mut self.fuse {
            through.truncate(*fuse);
            *fuse -= through.len();
        }
        if !through.is_empty() {
            self.deliver(1 - end, self.latency, Delivery::Octets(conn, through));
        }
        if burns {
            self.fuse = None;
            self.deliver(1 - end, self.latency, Delivery::Closed(conn));
            self.deliver(end, self.latency, Delivery::Closed(conn));
        }
        let sent = Input::Sent(conn, taken);
        self.ends[end].session.handle_input(self.now, sent);
    }

    fn deliver(&mut self, end: usize, after: Duration, delivery: Delivery) {
        self.number += 1;
        let at = (self.now + after, self.number);
        self.deliveries.insert(at, (end, delivery));
    }
}

impl End {
    fn new(config: Config) -> Self {
        Self {
            session: Session::new(config).unwrap(),
            events: Vec::new(),
            sent: BTreeMap::new(),
            messages: Vec::new(),
            open: Vec::new(),
            listens: true,
            writes: true,
        }
    }

    fn forget(&mut self, conn: ConnId) -> bool {
        let before = self.open.len();
        self.open.retain(|it| *it != conn);
        self.open.len() < before
    }

    pub(crate) fn connections(&self) -> &[ConnId] {
        &self.open
    }

    /// The reasons of all `Down` events.
    pub(crate) fn downs(&self) -> Vec<&DownReason> {
        let events = self.events.iter();
        let downs = events.filter_map(|(_, event)| match event {
            Event::Down(reason) => Some(reason),
            _ => None,
        });
        downs.collect()
    }

    /// How often it came up.
    pub(crate) fn ups(&self) -> usize {
        let is_up = |event: &Event| matches!(event, Event::Up(_));
        self.events.iter().filter(|(_, event)| is_up(event)).count()
    }

    /// Every state it was in, from Idle on.
    pub(crate) fn path(&self) -> Vec<State> {
        let mut path = vec![State::Idle];
        for (_, event) in &self.events {
            if let Event::State { from, to } = event {
                assert_eq!(path.last(), Some(from));
                path.push(*to);
            }
        }
        path
    }

    /// The NOTIFICATIONs that it handed out.
    pub(crate) fn notifications(&self) -> Vec<Notification> {
        let mut found = Vec::new();
        for octets in self.sent.values() {
            found.extend(
                messages(octets)
                    .into_iter()
                    .filter_map(|message| match message {
                        Message::Notification(notification) => Some(notification),
                        _ => None,
                    }),
            );
        }
        found
    }
}

/// All whole messages in these octets.
pub(crate) fn messages(mut octets: &[u8]) -> Vec<Message> {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.families.push(Family::IPV6_UNICAST);
    let mut messages = Vec::new();
    while let Some(frame) = Frame::first(octets, frame::MAX_LEN).unwrap() {
        messages.push(Message::decode(frame, &context).unwrap().value);
        octets = &octets[frame.wire_len()..];
    }
    messages
}

/// One message as octets.
pub(crate) fn encoded(message: &Message) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut context = Context::default();
    context.four_octet_as = true;
    message.encode(&context, &mut octets).unwrap();
    octets
}

pub(crate) fn code(notification: &Notification) -> (u8, u8) {
    (notification.code.0, notification.subcode)
}
