//! Random walks: whatever the embedder and the neighbour do, the promises of
//! the session hold.

use core::time::Duration;

use bgpwright::{
    session::{Config, ConnId, Event, Input, Output, Session, State},
    time::Instant,
    types::Family,
    wire::{Message, MessageType, Notification, NotificationCode, RefreshSubtype, RouteRefresh},
};

use crate::{
    rig::{encoded, left, passive, right},
    stories::update,
};

const SEEDS: u64 = 200;
const STEPS: usize = 1100;

#[test]
fn random_inputs_break_no_promise() {
    let vocabulary = vocabulary();
    let mut ups = 0;
    for seed in 0..SEEDS {
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step(&vocabulary);
        }
        ups += walk.ups;
    }
    // A walk that never comes up would show little.
    assert!(ups > 500, "only {ups} sessions came up");
}

#[test]
fn equal_seeds_walk_equally() {
    let vocabulary = vocabulary();
    let trace = |seed| {
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step(&vocabulary);
        }
        walk.outputs
    };
    for seed in 0..10 {
        assert_eq!(trace(seed), trace(seed));
    }
}

struct Walk {
    session: Session,
    random: Random,
    now: Instant,
    number: u64,
    connections: Vec<Known>,
    deadline: Option<Instant>,
    dials: usize,
    outputs: Vec<Output>,
    ups: usize,
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
        let mut config = if random.below(4) == 0 {
            passive(left())
        } else {
            left()
        };
        config.jitter_seed = seed;
        config.send_window = 4096;
        config.hold_time = Duration::from_secs([0, 3, 90][random.below(3)]);
        Self {
            session: Session::new(config).unwrap(),
            random,
            now: Instant::ZERO,
            number: 0,
            connections: Vec::new(),
            deadline: None,
            dials: 0,
            outputs: Vec::new(),
            ups: 0,
            state: State::Idle,
        }
    }

    fn step(&mut self, vocabulary: &[Vec<u8>]) {
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
            19 => {
                let _ = self.session.send(&update("10.1.0.0/16"));
            }
            20 => {
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
        self.session.handle_input(self.now, input);
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

    fn accepted(&mut self) {
        if self.random.below(3) != 0 && self.connections.iter().any(|it| !it.over) {
            return;
        }
        self.number += 1;
        let id = ConnId(self.number);
        self.connections.push(Known::new(id));
        self.input(Input::Accepted(id));
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
            let mut octets = vocabulary[word].clone();
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
                Output::Event(Event::State { from, to }) => {
                    assert_eq!(*from, self.state);
                    assert_ne!(from, to);
                    self.state = *to;
                }
                Output::Event(_) => {}
            }
            self.outputs.push(output);
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
        let most = match self.state {
            State::Idle => Duration::from_mins(1),
            State::Connect | State::Active => config.connect_retry,
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
    }

    /// Two at most, and none outside the states that have one.
    fn check_connections(&self) {
        let open = self.connections.iter().filter(|it| !it.over).count();
        let most = if self.state < State::OpenSent { 0 } else { 2 };
        assert!(open <= most, "{open} connections in {:?}", self.state);
        assert!(open > 0 || self.state < State::OpenSent);
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

/// Messages of the neighbour, those that fit a state first.
fn vocabulary() -> Vec<Vec<u8>> {
    let open = |config: &Config| {
        encoded(&Message::Open(bgpwright::session::negotiate::our_open(
            config,
        )))
    };
    let mut wrong = right();
    wrong.hold_time = Duration::from_secs(3);
    let refresh = RouteRefresh::new(Family::IPV4_UNICAST, RefreshSubtype::REQUEST);
    vec![
        open(&right()),
        encoded(&Message::Keepalive),
        encoded(&Message::Update(update("10.2.0.0/16"))),
        encoded(&Message::RouteRefresh(refresh)),
        encoded(&Message::Notification(Notification::new(
            NotificationCode::CEASE,
            2,
        ))),
        encoded(&Message::Notification(Notification::new(
            NotificationCode::OPEN,
            1,
        ))),
        open(&wrong),
        open(&left()),
        vec![0; 40],
    ]
}

/// A linear congruential generator, its upper bits.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let draw = usize::try_from(self.0 >> 33).unwrap();
        draw % limit
    }
}
