//! Random walks: whatever the embedder and the neighbour do, the promises of
//! the session hold.

mod config;
mod random;
mod twin;

use core::time::Duration;
use std::collections::BTreeSet;

use bgpwright::{
    session::{BfdState, ConnId, Event, Incoming, Input, Output, Reach, Session, State, Transport},
    time::Instant,
    types::{Family, NextHop, Prefix},
    wire::{MessageType, Nlri, RefreshSubtype, RouteRefresh},
};

use self::{
    config::{RESTART, config, vocabulary},
    random::Random,
    twin::Twin,
};
use crate::stories::update;

/// Of a walk; many make an hour of one's life.
const STEPS: usize = 2000;

/// How many walks, 200 unless `BGPWRIGHT_WALKS` says more.
fn seeds() -> u64 {
    let asked = std::env::var("BGPWRIGHT_WALKS");
    asked.map_or(200, |number| {
        number.parse().expect("BGPWRIGHT_WALKS: a number")
    })
}

#[test]
fn random_inputs_break_no_promise() {
    let vocabulary = vocabulary();
    let (mut ups, mut ends) = (0, BTreeSet::new());
    for seed in 0..seeds() {
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step(&vocabulary);
        }
        ups += walk.ups;
        ends.append(&mut walk.ends);
    }
    println!("{} steps, {ups} sessions came up", seeds() * STEPS as u64);
    // A walk that never comes up, or never goes down in some way, shows little.
    assert!(ups > 1000, "only {ups} sessions came up");
    let expected = [
        "BfdDown",
        "ConnectFailed",
        "ConnectionLost",
        "LinkDown",
        "NotificationReceived",
        "NotificationSent",
        "Removed",
        "Reset",
        "Stopped",
        "TooManyPrefixes",
        "TransportChanged",
    ];
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn equal_seeds_walk_equally() {
    let vocabulary = vocabulary();
    let trace = |seed| {
        let mut walk = Walk::new(seed);
        walk.trace = Some(Vec::new());
        for _ in 0..STEPS {
            walk.step(&vocabulary);
        }
        walk.trace
    };
    for seed in 0..10 {
        assert_eq!(trace(seed), trace(seed));
    }
}

#[test]
fn neither_the_pieces_of_octets_nor_late_draining_make_a_difference() {
    let vocabulary = vocabulary();
    let mut ups = 0;
    for seed in 0..seeds() / 4 {
        let mut walk = Walk::new(seed);
        walk.trace = Some(Vec::new());
        walk.twin = Some(Twin::new(walk.session.config().clone(), seed));
        for _ in 0..STEPS {
            walk.step(&vocabulary);
        }
        walk.drain();
        let mut twin = walk.twin.take().unwrap();
        twin.drain();
        assert_eq!(Some(twin.trace), walk.trace, "seed {seed}");
        ups += walk.ups;
    }
    assert!(ups > 200, "only {ups} sessions came up");
}

struct Walk {
    session: Session,
    twin: Option<Twin>,
    random: Random,
    now: Instant,
    number: u64,
    connections: Vec<Known>,
    deadline: Option<Instant>,
    dials: usize,
    /// All outputs, if they are kept.
    trace: Option<Vec<Output>>,
    ups: usize,
    /// In which ways sessions ended.
    ends: BTreeSet<String>,
    /// Whether it was started, and not stopped since.
    wanted: bool,
    state: State,
}

/// What a walk knows of one connection.
struct Known {
    id: ConnId,
    unsent: usize,
    /// A message that has begun to arrive.
    pending: Vec<u8>,
    notified: bool,
    over: bool,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let config = config(&mut random, seed);
        Self {
            session: Session::new(config).unwrap(),
            twin: None,
            random,
            now: Instant::ZERO,
            number: 0,
            connections: Vec::new(),
            deadline: None,
            dials: 0,
            trace: None,
            ups: 0,
            ends: BTreeSet::new(),
            wanted: false,
            state: State::Idle,
        }
    }

    fn step(&mut self, vocabulary: &[Vec<u8>]) {
        self.forget();
        match self.random.below(40) {
            0 => self.input(Input::Start),
            1 if self.random.below(8) == 0 => self.input(Input::Stop { reason: "walk" }),
            2..=5 => self.wait(),
            6 => self.input(Input::Timeout),
            7..=9 if self.dials > 0 => self.connected(),
            10 if self.dials > 0 => self.input(Input::ConnectFailed),
            11 if self.random.below(6) == 0 => {
                // Nobody asked for it, as far as the walk knows.
                self.dials += 1;
                self.connected();
            }
            12 | 13 => self.accepted(),
            14 if self.random.below(3) == 0 => self.closed(),
            15 => self.input(Input::Received(ConnId(0), &[1, 2, 3])),
            16..=18 => self.sent(),
            // Whether there is room depends on what was read and drained.
            19 if self.twin.is_none() => self.says_something(),
            21 if self.random.below(20) == 0 => self.told(),
            20 if self.twin.is_none() => {
                let subtype = RefreshSubtype::REQUEST;
                let family = Family::IPV4_UNICAST;
                let _ = self.session.refresh(RouteRefresh::new(family, subtype));
            }
            _ => self.received(vocabulary),
        }
        if self.random.below(3) != 0 {
            self.drain();
        }
    }

    fn input(&mut self, input: Input<'_>) {
        match input {
            Input::Start => self.wanted = true,
            Input::Stop { .. } | Input::Remove => self.wanted = false,
            _ => {}
        }
        self.session.handle_input(self.now, input);
        if let Some(twin) = &mut self.twin {
            twin.input(self.now, input);
        }
    }

    /// Routes of our own, which may be refused.
    fn says_something(&mut self) {
        let family = Family::IPV4_UNICAST;
        let routes = ["10.1.0.0/16", "10.2.0.0/16"];
        let routes = routes.map(|it| Nlri::from(it.parse::<Prefix>().unwrap()));
        let attributes = self.session.originated(NextHop::V4([10, 0, 0, 1].into()));
        let _ = match self.random.below(4) {
            0 => self.session.announce(&attributes, family, &routes),
            1 => self.session.withdraw(family, &routes),
            2 => self.session.soft_reset_in(),
            _ => self.session.send(&update("10.1.0.0/16")),
        };
        if self.random.below(20) == 0 {
            self.session.set_restarting(self.random.below(2) == 0);
        }
    }

    /// What an operator or a host says.
    fn told(&mut self) {
        let (which, flag) = (self.random.below(8), self.random.below(2) == 0);
        let reason = "walk";
        match which {
            0 => self.input(Input::Remove),
            1 => self.input(Input::Reset { reason, hard: flag }),
            2 => self.input(Input::Link { up: flag }),
            3 | 4 => {
                let states = [
                    BfdState::AdminDown,
                    BfdState::Down,
                    BfdState::Init,
                    BfdState::Up,
                ];
                let state = states[self.random.below(4)];
                self.input(Input::Bfd(state));
            }
            5 => {
                let mut transport = Transport::new("10.0.0.2".parse().unwrap());
                transport.reach = Reach::Secured {
                    hops: if flag { 1 } else { 2 },
                };
                let twin = self.twin.as_mut().map(|it| &mut it.session);
                for session in [Some(&mut self.session), twin].into_iter().flatten() {
                    session.set_transport(self.now, transport.clone()).unwrap();
                }
            }
            6 => {
                let twin = self.twin.as_mut().map(|it| &mut it.session);
                for session in [Some(&mut self.session), twin].into_iter().flatten() {
                    session.set_graceful_shutdown(flag);
                }
            }
            _ => {
                let (family, present) = (Family::IPV4_UNICAST, self.random.below(120));
                self.input(Input::Prefixes { family, present });
            }
        }
    }

    fn wait(&mut self) {
        let time = match (self.random.below(3), self.deadline) {
            (0, Some(deadline)) => deadline - self.now,
            _ => Duration::from_millis(self.random.below(2000) as u64),
        };
        self.now += time;
        self.input(Input::Timeout);
    }

    fn connected(&mut self) {
        self.dials -= 1;
        self.number += 1;
        let id = ConnId(self.number);
        self.connections.push(Known::new(id));
        self.input(Input::Connected(id));
    }

    /// Those that are over are said nothing of any more, but for the latest.
    fn forget(&mut self) {
        if self.connections.len() > 40 {
            let old = self.connections.len() - 10;
            let mut at = 0;
            self.connections.retain(|it| {
                at += 1;
                !it.over || at > old
            });
        }
    }

    fn accepted(&mut self) {
        if self.random.below(3) != 0 && self.connections.iter().any(|it| !it.over) {
            return;
        }
        self.number += 1;
        let id = ConnId(self.number);
        self.connections.push(Known::new(id));
        if self.random.below(2) == 0 {
            return self.input(Input::Accepted(id));
        }
        // From the neighbour, mostly.
        let last = if self.random.below(8) == 0 { 9 } else { 2 };
        let incoming = Incoming {
            peer: ([10, 0, 0, last], 40_000).into(),
            local: ([10, 0, 0, 1], 179).into(),
            ttl: None,
        };
        self.input(Input::Incoming(id, incoming));
    }

    /// Octets that nobody means anything by, behind a good header or not.
    fn noise(&mut self) -> Vec<u8> {
        let count = 1 + self.random.below(60);
        let mut octets: Vec<u8> = (0..count)
            .map(|_| u8::try_from(self.random.below(256)).unwrap())
            .collect();
        if self.random.below(3) != 0 {
            let kind = u8::try_from(1 + self.random.below(5)).unwrap();
            let length = u8::try_from(19 + count).unwrap();
            let mut header = vec![0xff; 16];
            header.extend_from_slice(&[0, length, kind]);
            octets.splice(0..0, header);
        }
        octets
    }

    fn some_connection(&mut self) -> Option<usize> {
        let recent = self.connections.len().min(3);
        let skip = self.connections.len() - recent;
        (recent > 0).then(|| skip + self.random.below(recent))
    }

    fn closed(&mut self) {
        let Some(at) = self.some_connection() else {
            return;
        };
        self.drain();
        self.connections[at].over = true;
        let id = self.connections[at].id;
        self.input(Input::Closed(id));
    }

    fn sent(&mut self) {
        let Some(at) = self.some_connection() else {
            return;
        };
        let all = self.connections[at].unsent;
        let some = if self.random.below(2) == 0 {
            all
        } else {
            self.random.below(all + 1)
        };
        self.connections[at].unsent -= some;
        let id = self.connections[at].id;
        self.input(Input::Sent(id, some));
    }

    /// The next piece of what is being received, sensible or not.
    fn received(&mut self, vocabulary: &[Vec<u8>]) {
        let Some(at) = self.some_connection() else {
            return;
        };
        if self.connections[at].pending.is_empty() {
            let fitting = match self.session.state() {
                State::OpenSent => 0,
                State::OpenConfirm | State::Established => 1,
                State::Idle | State::Connect | State::Active => 2,
            };
            let other = self.random.below(vocabulary.len());
            let word = if self.random.below(12) == 0 {
                other
            } else {
                fitting
            };
            let mut octets = if self.random.below(60) == 0 {
                self.noise()
            } else {
                vocabulary[word].clone()
            };
            if self.random.below(25) == 0 {
                let broken = self.random.below(octets.len());
                octets[broken] ^= 1 << self.random.below(8);
            }
            self.connections[at].pending = octets;
        }
        let known = &mut self.connections[at];
        let most = known.pending.len();
        let take = if self.random.below(3) == 0 {
            1 + self.random.below(most)
        } else {
            most
        };
        let piece: Vec<u8> = known.pending.drain(..take).collect();
        let id = known.id;
        self.input(Input::Received(id, &piece));
    }

    fn drain(&mut self) {
        loop {
            let output = self.session.poll_output();
            match &output {
                Output::Timeout(deadline) => {
                    assert_eq!(self.session.poll_output(), output, "not repeated");
                    self.deadline = *deadline;
                    self.check_deadline();
                    self.check_connections();
                    return;
                }
                Output::Connect => self.dials += 1,
                Output::Close(id) => {
                    if let Some(known) = self.known(*id) {
                        assert!(!known.over, "closed twice");
                        known.over = true;
                    }
                }
                Output::Transmit(id, octets) => self.check_transmit(*id, octets),
                Output::Event(Event::Up(_)) => self.ups += 1,
                Output::Event(Event::Down(reason)) => {
                    let name = format!("{reason:?}");
                    let end = name.find(|of: char| !of.is_alphabetic());
                    self.ends
                        .insert(name[..end.unwrap_or(name.len())].to_owned());
                }
                Output::Event(Event::State { from, to }) => {
                    assert_eq!(*from, self.state);
                    assert_ne!(from, to);
                    self.state = *to;
                }
                Output::Event(_) => {}
            }
            if let Some(trace) = &mut self.trace {
                trace.push(output);
            }
        }
    }

    fn check_transmit(&mut self, id: ConnId, octets: &[u8]) {
        let known = self.known(id).expect("a connection that nobody made");
        assert!(!known.over && !known.notified, "something after the end");
        known.notified = octets[18] == MessageType::NOTIFICATION.0;
        known.unsent += octets.len();
        // The window, and what is said beside it: OPEN, KEEPALIVE, NOTIFICATION.
        assert!(
            known.unsent <= 4096 + 19 + 4096,
            "{} octets unsent",
            known.unsent
        );
    }

    /// Timers run in their states only.
    fn check_deadline(&self) {
        assert_eq!(self.session.state(), self.state);
        let config = self.session.config();
        let left = self.deadline.map(|at| at - self.now);
        let idle = config.idle_hold.map_or(Duration::ZERO, |it| it.most);
        let delay = config.delay_open.map_or(Duration::ZERO, |it| it.time);
        let most = match self.state {
            State::Idle => idle.max(RESTART),
            State::Connect | State::Active => config.connect_retry.max(delay),
            State::OpenSent | State::OpenConfirm => config.open_hold_time,
            State::Established => config.hold_time.max(config.open_hold_time),
        };
        assert!(
            left.is_none_or(|left| left <= most),
            "{left:?} in {:?}",
            self.state
        );
        if self.state == State::OpenSent {
            assert!(left.is_some());
        }
        if !self.wanted {
            assert_eq!((self.state, left), (State::Idle, None), "nobody asked");
        }
    }

    /// Two at most, and none outside the states that have one.
    fn check_connections(&self) {
        let open = self.connections.iter().filter(|it| !it.over).count();
        let waits = self.session.config().delay_open.is_some() && self.state > State::Idle;
        let most = if self.state < State::OpenSent && !waits {
            0
        } else {
            2
        };
        assert!(open <= most, "{open} connections in {:?}", self.state);
        assert!(open > 0 || self.state < State::OpenSent);
        let mut told = self.connections.iter().filter(|it| it.notified);
        assert!(told.all(|it| it.over), "told, and not closed");
    }

    fn known(&mut self, id: ConnId) -> Option<&mut Known> {
        self.connections.iter_mut().find(|it| it.id == id)
    }
}

impl Known {
    fn new(id: ConnId) -> Self {
        Self {
            id,
            unsent: 0,
            pending: Vec::new(),
            notified: false,
            over: false,
        }
    }
}
