//! A session under any operations: whether its outputs are taken at once or
//! late, and octets come whole or in pieces, it says the same; and nothing
//! follows a NOTIFICATION or the end of a connection.
#![no_main]

use std::{collections::BTreeSet, sync::LazyLock, time::Duration};

use bgpwright::{
    session::{
        BfdState, Config, ConnId, DelayOpen, GracefulRestartConfig, IdleHold, Incoming, Input,
        LimitAction, OpenMode, Output, PeerAs, PrefixLimit, Reach, SendError, Session, State,
        Transport, negotiate,
    },
    time::Instant,
    types::{Asn, Family, NextHop, Prefix, RouterId},
    wire::{
        Context, Message, Notification, NotificationCode, RefreshSubtype, RouteRefresh, Update,
    },
};
use libfuzzer_sys::fuzz_target;

const NOTIFICATION: u8 = 3;

fuzz_target!(|input: &[u8]| {
    let mut program = Program(input);
    let config = config(program.octet());
    let mut prompt = End::new(config.clone());
    let mut late = End::new(config);
    let (mut now, mut latest) = (Instant::ZERO, 0);
    while !program.0.is_empty() {
        let (what, number) = (program.octet(), program.octet());
        let id = ConnId(latest - u64::from(number % 3).min(latest));
        let raw: Vec<u8>;
        let input = match what % 20 {
            0 => Input::Start,
            1 if number < 32 => Input::Stop { reason: "fuzz" },
            1 | 2 => {
                now = prompt.deadline.map_or(now, |at| at.max(now));
                Input::Timeout
            }
            3 => {
                now += Duration::from_millis(u64::from(number) * 100);
                Input::Timeout
            }
            4 => {
                latest += 1;
                Input::Connected(ConnId(latest))
            }
            5 => Input::ConnectFailed,
            6 => {
                latest += 1;
                Input::Accepted(ConnId(latest))
            }
            7 => Input::Closed(id),
            8 => Input::Received(id, program.take(number)),
            9 | 10 => {
                let word = usize::from(number) / 3 % WORDS.len();
                Input::Received(id, &WORDS[word])
            }
            11 => {
                let mut word = WORDS[usize::from(number) / 3 % WORDS.len()].clone();
                let at = usize::from(program.octet()) % word.len();
                word[at] ^= program.octet();
                word.truncate(word.len() - usize::from(program.octet()) % word.len());
                raw = word;
                Input::Received(id, &raw)
            }
            12 => Input::Sent(id, usize::from(number) * 16),
            13 if number < 8 => Input::Remove,
            13 => Input::Reset {
                reason: "fuzz",
                hard: number % 2 == 0,
            },
            14 => Input::Link {
                up: number % 2 == 0,
            },
            15 => Input::Bfd(match number % 4 {
                0 => BfdState::AdminDown,
                1 => BfdState::Down,
                2 => BfdState::Init,
                _ => BfdState::Up,
            }),
            16 => Input::Prefixes {
                family: Family::IPV4_UNICAST,
                present: usize::from(number),
            },
            17 => {
                latest += 1;
                let last = if number % 4 == 0 { 3 } else { 2 };
                let incoming = Incoming {
                    peer: ([10, 0, 0, last], 40_000).into(),
                    local: ([10, 0, 0, 1], 179).into(),
                    ttl: None,
                };
                Input::Incoming(ConnId(latest), incoming)
            }
            18 => {
                // What came before is read first, by the late one too.
                let done = [&mut prompt, &mut late].map(|end| {
                    end.session.handle_input(now, Input::Timeout);
                    end.says(number)
                });
                assert_eq!(done[0], done[1]);
                Input::Timeout
            }
            _ => {
                let mut transport = Transport::new("10.0.0.2".parse().unwrap());
                transport.reach = Reach::Secured {
                    hops: number % 2 + 1,
                };
                for end in [&mut prompt, &mut late] {
                    let set = end.session.set_transport(now, transport.clone());
                    assert_eq!(set, Ok(()));
                }
                Input::Timeout
            }
        };
        prompt.session.handle_input(now, input);
        prompt.drain();
        match input {
            Input::Received(id, octets) => {
                for piece in octets.chunks(usize::from(number % 7) + 1) {
                    late.session.handle_input(now, Input::Received(id, piece));
                }
            }
            other => late.session.handle_input(now, other),
        }
        // The late one may have said it before this.
        if let Input::Closed(id) = input {
            prompt.closed.insert(id);
        }
    }
    late.drain();
    assert_eq!(prompt.said, late.said);
    assert_eq!(prompt.session.state(), late.session.state());
    assert_eq!(prompt.session.stats(), late.session.stats());
    assert!(prompt.session.history().eq(late.session.history()));
});

/// A session, and what it said.
struct End {
    session: Session,
    said: Vec<Output>,
    deadline: Option<Instant>,
    /// Connections that were told or closed.
    told: BTreeSet<ConnId>,
    closed: BTreeSet<ConnId>,
}

impl End {
    fn new(config: Config) -> Self {
        Self {
            session: Session::new(config).unwrap(),
            said: Vec::new(),
            deadline: None,
            told: BTreeSet::new(),
            closed: BTreeSet::new(),
        }
    }

    /// Routes of our own.
    fn says(&mut self, number: u8) -> Result<(), SendError> {
        let family = Family::IPV4_UNICAST;
        let prefix = Prefix::new([10, number, 0, 0].into(), 16).unwrap();
        let attributes = self.session.originated(NextHop::V4([10, 0, 0, 1].into()));
        match number % 4 {
            0 => self.session.announce(&attributes, family, &[prefix.into()]),
            1 => self.session.withdraw(family, &[prefix.into()]),
            2 => self.session.soft_reset_in(),
            _ => self.session.send(&Update::end_of_rib(family)),
        }
    }

    fn drain(&mut self) {
        loop {
            let output = self.session.poll_output();
            match &output {
                Output::Timeout(deadline) => {
                    self.deadline = *deadline;
                    assert_eq!(self.session.poll_output(), output);
                    let state = self.session.state();
                    assert!(state != State::OpenSent || deadline.is_some());
                    assert!(self.told.is_subset(&self.closed));
                    return;
                }
                Output::Transmit(id, octets) => {
                    assert!(!self.told.contains(id) && !self.closed.contains(id));
                    if octets[18] == NOTIFICATION {
                        self.told.insert(*id);
                    }
                }
                Output::Close(id) => assert!(self.closed.insert(*id)),
                Output::Connect | Output::Event(_) => {}
            }
            self.said.push(output);
        }
    }
}

/// The input as a list of operations.
struct Program<'a>(&'a [u8]);

impl<'a> Program<'a> {
    fn octet(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    fn take(&mut self, most: u8) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(usize::from(most).min(self.0.len()));
        self.0 = rest;
        taken
    }
}

fn config(choice: u8) -> Config {
    let mut config = Config::new(Asn(65001), RouterId(0x0a00_0001), PeerAs::Any);
    let has = |bit: u8| choice & (1 << bit) != 0;
    if has(0) {
        config.open_mode = OpenMode::Passive;
    }
    if has(1) {
        config.hold_time = Duration::ZERO;
    }
    if has(2) {
        config.delay_open = Some(DelayOpen {
            time: Duration::from_secs(3),
            notify_without_open: has(3),
        });
    }
    config.idle_hold = has(4).then(IdleHold::default);
    config.collide_established = has(5);
    if has(6) {
        config.graceful_restart = Some(graceful());
    }
    if has(7) {
        let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, 100);
        limit.action = LimitAction::Restart {
            after: Duration::from_secs(9),
        };
        config.limits = vec![limit];
    }
    config
}

fn graceful() -> GracefulRestartConfig {
    GracefulRestartConfig {
        restart_time: Duration::from_secs(60),
        restarting: false,
        notification: true,
        families: vec![Family::IPV4_UNICAST],
    }
}

/// What a neighbour says when nothing is wrong, or not much.
static WORDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let theirs = |router_id| Config::new(Asn(65002), RouterId(router_id), PeerAs::Any);
    let mut restarts = theirs(0x0a00_0002);
    restarts.graceful_restart = Some(graceful());
    let open = |config: &Config| Message::Open(negotiate::our_open(config));
    let family = Family::IPV4_UNICAST;
    let words = [
        open(&theirs(0x0a00_0002)),
        Message::Keepalive,
        Message::Update(Update::default()),
        open(&restarts),
        open(&theirs(1)),
        Message::RouteRefresh(RouteRefresh::new(family, RefreshSubtype::REQUEST)),
        Message::Notification(Notification::new(NotificationCode::CEASE, 2)),
        Message::Notification(Notification::new(NotificationCode::OPEN, 1)),
    ];
    let mut words: Vec<_> = words.iter().map(encoded).collect();
    let burst = [2, 2, 1, 2].map(|at: usize| words[at].clone()).concat();
    words.push(burst);
    words
});

fn encoded(message: &Message) -> Vec<u8> {
    let mut octets = Vec::new();
    message.encode(&Context::default(), &mut octets).unwrap();
    octets
}
