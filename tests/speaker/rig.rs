//! One speaker, divided or not, and neighbours whose octets the test writes.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
};

use bgpwright::{
    policy::Policy,
    session::{self, ConnId, OpenMode, PeerAs, RefreshOffer},
    speaker::{
        Config, Event, Input, Output, Part, PartOutput, PeerConfig, PeerId, ReflectionRole,
        SendPaths, Speaker, ToHead, ToPart,
    },
    time::Instant,
    types::{AsPath, Asn, Family, NextHop, PeerType, Prefix},
    wire::{
        AddPathFamily, AddPathMode, AttributeSet, Capability, Context, Frame, Message, Nlri, Open,
        Origin, PathId, RefreshSubtype, RouteRefresh,
        update::{pack_reach, pack_unreach},
    },
};

use crate::{
    churn::Dice,
    lab::{addr, router_id},
};

pub(crate) const US: Asn = Asn(64512);
pub(crate) const V4: Family = Family::IPV4_UNICAST;
/// Two clients, one of them with several paths; one that is no client; one of
/// another AS, and one of the same that is told a part by policy.
pub(crate) const PEERS: u8 = 5;

pub(crate) fn their_as(peer: u8) -> Asn {
    if peer < 3 { US } else { Asn(65000) }
}

pub(crate) fn context(peer: u8) -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.peer_type = PeerType::between(US, their_as(peer));
    if peer == 1 {
        context.add_path_receive = vec![V4];
        context.add_path_send = vec![V4];
    }
    context
}

pub(crate) fn config(peer: u8) -> PeerConfig {
    let mut session = session::Config::new(US, router_id(1), PeerAs::Exactly(their_as(peer)));
    session.open_mode = OpenMode::Passive;
    // Soon full.
    session.send_window = 8192;
    session.idle_hold = None;
    session.offer.route_refresh = RefreshOffer::Enhanced;
    if peer == 1 {
        session.offer.add_path = vec![AddPathFamily {
            family: V4,
            mode: AddPathMode::BOTH,
        }];
    }
    let mut config = PeerConfig::new(addr(peer + 10), addr(1), session);
    config.import = Some(Policy::ACCEPT);
    config.export = Some(Policy::ACCEPT);
    if peer < 2 {
        config.reflection = ReflectionRole::Client;
    }
    if peer == 1 {
        config.send_paths = SendPaths::All;
    }
    config
}

/// What one neighbour has been told.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) routes: BTreeMap<(Prefix, Option<PathId>), AttributeSet>,
    pub(crate) ends: usize,
    /// What is not told again between the brackets is gone.
    pub(crate) bracketed: Option<BTreeSet<(Prefix, Option<PathId>)>>,
    pub(crate) brackets: usize,
    pub(crate) asked: usize,
    pub(crate) connection: u64,
}

impl Heard {
    /// What it makes of it, whatever the identifiers are.
    pub(crate) fn table(&self) -> BTreeMap<Prefix, BTreeSet<AttributeSet>> {
        let mut table: BTreeMap<Prefix, BTreeSet<AttributeSet>> = BTreeMap::new();
        for ((prefix, _), set) in &self.routes {
            table.entry(*prefix).or_default().insert(set.clone());
        }
        table
    }

    pub(crate) fn hear(&mut self, message: Message) {
        match message {
            Message::Update(update) => {
                if update.is_end_of_rib() == Some(V4) {
                    self.ends += 1;
                }
                for nlri in update.withdrawn.prefixes() {
                    self.routes.remove(&(nlri.prefix, nlri.path_id));
                }
                for nlri in update.announced.prefixes() {
                    let to = (nlri.prefix, nlri.path_id);
                    self.routes.insert(to, update.attributes.clone());
                    if let Some(old) = &mut self.bracketed {
                        old.remove(&to);
                    }
                }
            }
            Message::RouteRefresh(refresh) => match refresh.subtype {
                RefreshSubtype::BEGIN => {
                    assert!(self.bracketed.is_none(), "begins once");
                    self.bracketed = Some(self.routes.keys().copied().collect());
                }
                RefreshSubtype::END => {
                    self.brackets += 1;
                    for to in self.bracketed.take().expect("has begun") {
                        self.routes.remove(&to);
                    }
                }
                _ => self.asked += 1,
            },
            _ => {}
        }
    }
}

/// A speaker, its other parts if it has some, and the neighbours.
pub(crate) struct Rig {
    pub(crate) head: Speaker,
    pub(crate) parts: Vec<Part>,
    /// What is on its way, from and to each part.
    pub(crate) down: Vec<VecDeque<ToPart>>,
    pub(crate) up: Vec<VecDeque<ToHead>>,
    pub(crate) now: Instant,
    pub(crate) heard: Vec<Heard>,
    pub(crate) events: Vec<Event>,
    pub(crate) dice: Dice,
    pub(crate) removed: Option<PeerId>,
}

pub(crate) fn id(peer: u8) -> PeerId {
    PeerId(peer.into())
}

impl Rig {
    pub(crate) fn new(parts: u16, change: impl Fn(u8, &mut PeerConfig)) -> Self {
        let (mut head, parts) = Speaker::divided(Config::new(US, router_id(1)), parts).unwrap();
        for peer in 0..PEERS {
            let mut config = config(peer);
            change(peer, &mut config);
            assert_eq!(head.add_peer(config), Ok(id(peer)));
        }
        let mut rig = Self {
            down: parts.iter().map(|_| VecDeque::new()).collect(),
            up: parts.iter().map(|_| VecDeque::new()).collect(),
            head,
            parts,
            now: Instant::ZERO,
            heard: (0..PEERS).map(|_| Heard::default()).collect(),
            events: Vec::new(),
            dice: Dice(7),
            removed: None,
        };
        for peer in 0..PEERS {
            rig.connect(peer);
        }
        rig
    }

    pub(crate) fn feed(&mut self, peer: u8, input: session::Input<'_>) {
        let input = Input::Peer(id(peer), input);
        self.head.handle_input(self.now, input).unwrap();
    }

    pub(crate) fn conn(&self, peer: u8) -> ConnId {
        ConnId(self.heard[usize::from(peer)].connection)
    }

    pub(crate) fn connect(&mut self, peer: u8) {
        let next = self.heard[usize::from(peer)].connection + 1;
        self.heard[usize::from(peer)] = Heard {
            connection: next,
            ..Heard::default()
        };
        let mut capabilities = vec![
            Capability::Multiprotocol(V4),
            Capability::FourOctetAs(their_as(peer)),
            Capability::RouteRefresh,
            Capability::EnhancedRouteRefresh,
        ];
        if peer == 1 {
            capabilities.push(Capability::AddPath(vec![AddPathFamily {
                family: V4,
                mode: AddPathMode::BOTH,
            }]));
        }
        let open = Open {
            version: 4,
            my_as: their_as(peer).to_two_octet(),
            hold_time: 90,
            router_id: router_id(peer + 10),
            capabilities,
        };
        self.feed(peer, session::Input::Start);
        self.feed(peer, session::Input::Accepted(ConnId(next)));
        for message in [Message::Open(open), Message::Keepalive] {
            self.say(peer, &message);
        }
    }

    pub(crate) fn say(&mut self, peer: u8, message: &Message) {
        let mut octets = Vec::new();
        message.encode(&context(peer), &mut octets).unwrap();
        self.feed(peer, session::Input::Received(self.conn(peer), &octets));
        self.drain_head();
    }

    pub(crate) fn update(&mut self, peer: u8, list: &[Nlri], set: Option<&AttributeSet>) {
        let mut out = Vec::new();
        match set {
            Some(set) => pack_reach(&context(peer), V4, set, list, &mut out).unwrap(),
            None => pack_unreach(&context(peer), V4, list, &mut out).unwrap(),
        }
        for octets in out {
            self.feed(peer, session::Input::Received(self.conn(peer), &octets));
        }
        self.drain_head();
    }

    pub(crate) fn drain_head(&mut self) {
        loop {
            match self.head.poll_output() {
                Output::Transmit(peer, conn, octets) => {
                    let at = usize::try_from(peer.0).unwrap();
                    let peer = u8::try_from(peer.0).unwrap();
                    let mut rest = octets.as_ref();
                    while let Some(frame) = Frame::first(rest, 4096).unwrap() {
                        rest = &rest[frame.wire_len()..];
                        let message = Message::decode(frame, &context(peer)).unwrap();
                        assert!(message.faults.is_empty(), "{:?}", message.faults);
                        self.heard[at].hear(message.value);
                    }
                    assert!(rest.is_empty(), "whole messages only");
                    if self.removed != Some(id(peer)) {
                        self.feed(peer, session::Input::Sent(conn, octets.len()));
                    }
                }
                Output::Event(event) => self.events.push(event),
                Output::Connect(_) | Output::Close(..) => {}
                Output::Timeout(Some(at)) if at <= self.now => {
                    self.head.handle_input(self.now, Input::Timeout).unwrap();
                }
                Output::Timeout(_) => break,
            }
        }
        for (at, down) in self.down.iter_mut().enumerate() {
            let part = u16::try_from(at + 1).unwrap();
            down.extend(self.head.take_to_part(part));
        }
    }

    /// One step of one part: it hears something, or is heard.
    pub(crate) fn step(&mut self) -> bool {
        let count = self.parts.len() as u64;
        if count == 0 {
            return false;
        }
        let start = usize::try_from(self.dice.roll(count)).unwrap();
        for at in (0..self.parts.len()).map(|at| (at + start) % self.parts.len()) {
            let number = u16::try_from(at + 1).unwrap();
            let hears = self.dice.roll(2) == 0 || self.up[at].is_empty();
            if hears && let Some(order) = self.down[at].pop_front() {
                self.parts[at].handle(self.now, order);
                self.drain_part(at);
                return true;
            }
            if let Some(answer) = self.up[at].pop_front() {
                self.head.handle_from_part(self.now, number, answer);
                self.drain_head();
                return true;
            }
        }
        false
    }

    pub(crate) fn drain_part(&mut self, at: usize) {
        loop {
            match self.parts[at].poll_output() {
                PartOutput::ToHead(answer) => self.up[at].push_back(answer),
                PartOutput::Timeout(Some(due)) if due <= self.now => {
                    self.parts[at].handle_timeout(self.now);
                }
                PartOutput::Timeout(_) => return,
            }
        }
    }

    pub(crate) fn settle(&mut self) {
        self.drain_head();
        while self.step() {}
    }

    pub(crate) fn count(&self) -> usize {
        let elsewhere = self
            .parts
            .iter()
            .map(|part| part.speaker().routes().count());
        self.head.routes().count() + elsewhere.sum::<usize>()
    }
}

pub(crate) fn prefix(number: u64) -> Prefix {
    let number = u32::try_from(number).unwrap();
    // Near each other, and far away; some lead somewhere inside others.
    let addr = ((number / 16 + 10) << 20) + ((number % 16) << 8);
    let length = if number.is_multiple_of(7) { 22 } else { 24 };
    Prefix::new(IpAddr::from(addr.to_be_bytes()), length).unwrap()
}

pub(crate) fn set(peer: u8, dice: &mut Dice) -> AttributeSet {
    let external = peer >= 3;
    let path = (0..=dice.roll(3)).map(|_| Asn(64_600 + u32::try_from(dice.roll(4)).unwrap()));
    let first = external.then(|| their_as(peer));
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::sequence(first.into_iter().chain(path))),
        next_hop: Some(NextHop::from(addr(peer + 10))),
        med: (dice.roll(2) == 0).then_some(7),
        local_pref: (!external).then_some(100 + u32::try_from(dice.roll(2)).unwrap()),
        ..AttributeSet::default()
    }
}

pub(crate) fn refresh() -> Message {
    Message::RouteRefresh(RouteRefresh::new(V4, RefreshSubtype::REQUEST))
}
