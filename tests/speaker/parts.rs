//! A speaker whose destinations are divided tells its neighbours what one
//! without parts tells them, and the marks once.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
};

use bgpwright::{
    policy::Policy,
    session::{self, ConnId, LimitAction, OpenMode, PeerAs, PrefixLimit, RefreshOffer},
    speaker::{
        Config, ConfigError, Event, Input, Output, Part, PartOutput, PeerConfig, PeerId,
        ReflectionRole, SendPaths, Speaker, ToHead, ToPart,
    },
    time::Instant,
    types::{AsPath, Asn, ClusterId, Family, NextHop, PeerType, Prefix},
    wire::{
        AddPathFamily, AddPathMode, AttributeSet, Capability, Context, Destination, Frame, Message,
        Nlri, Open, Origin, PathId, RefreshSubtype, RouteRefresh,
        update::{pack_reach, pack_unreach},
    },
};

use crate::{
    churn::Dice,
    lab::{addr, router_id},
};

const US: Asn = Asn(64512);
const V4: Family = Family::IPV4_UNICAST;
/// Two clients, one of them with several paths; one that is no client; one of
/// another AS, and one of the same that is told a part by policy.
const PEERS: u8 = 5;

fn their_as(peer: u8) -> Asn {
    if peer < 3 { US } else { Asn(65000) }
}

fn context(peer: u8) -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.peer_type = PeerType::between(US, their_as(peer));
    if peer == 1 {
        context.add_path_receive = vec![V4];
        context.add_path_send = vec![V4];
    }
    context
}

fn config(peer: u8) -> PeerConfig {
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
struct Heard {
    routes: BTreeMap<(Prefix, Option<PathId>), AttributeSet>,
    ends: usize,
    /// What is not told again between the brackets is gone.
    bracketed: Option<BTreeSet<(Prefix, Option<PathId>)>>,
    brackets: usize,
    asked: usize,
    connection: u64,
}

impl Heard {
    /// What it makes of it, whatever the identifiers are.
    fn table(&self) -> BTreeMap<Prefix, BTreeSet<AttributeSet>> {
        let mut table: BTreeMap<Prefix, BTreeSet<AttributeSet>> = BTreeMap::new();
        for ((prefix, _), set) in &self.routes {
            table.entry(*prefix).or_default().insert(set.clone());
        }
        table
    }

    fn hear(&mut self, message: Message) {
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
struct Rig {
    head: Speaker,
    parts: Vec<Part>,
    /// What is on its way, from and to each part.
    down: Vec<VecDeque<ToPart>>,
    up: Vec<VecDeque<ToHead>>,
    now: Instant,
    heard: Vec<Heard>,
    events: Vec<Event>,
    dice: Dice,
    removed: Option<PeerId>,
}

fn id(peer: u8) -> PeerId {
    PeerId(peer.into())
}

impl Rig {
    fn new(parts: u16, change: impl Fn(u8, &mut PeerConfig)) -> Self {
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

    fn feed(&mut self, peer: u8, input: session::Input<'_>) {
        let input = Input::Peer(id(peer), input);
        self.head.handle_input(self.now, input).unwrap();
    }

    fn conn(&self, peer: u8) -> ConnId {
        ConnId(self.heard[usize::from(peer)].connection)
    }

    fn connect(&mut self, peer: u8) {
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

    fn say(&mut self, peer: u8, message: &Message) {
        let mut octets = Vec::new();
        message.encode(&context(peer), &mut octets).unwrap();
        self.feed(peer, session::Input::Received(self.conn(peer), &octets));
        self.drain_head();
    }

    fn update(&mut self, peer: u8, list: &[Nlri], set: Option<&AttributeSet>) {
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

    fn drain_head(&mut self) {
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
    fn step(&mut self) -> bool {
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

    fn drain_part(&mut self, at: usize) {
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

    fn settle(&mut self) {
        self.drain_head();
        while self.step() {}
    }

    fn count(&self) -> usize {
        let elsewhere = self
            .parts
            .iter()
            .map(|part| part.speaker().routes().count());
        self.head.routes().count() + elsewhere.sum::<usize>()
    }
}

fn prefix(number: u64) -> Prefix {
    let number = u32::try_from(number).unwrap();
    // Near each other, and far away; some lead somewhere inside others.
    let addr = ((number / 16 + 10) << 20) + ((number % 16) << 8);
    let length = if number.is_multiple_of(7) { 22 } else { 24 };
    Prefix::new(IpAddr::from(addr.to_be_bytes()), length).unwrap()
}

fn set(peer: u8, dice: &mut Dice) -> AttributeSet {
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

fn refresh() -> Message {
    Message::RouteRefresh(RouteRefresh::new(V4, RefreshSubtype::REQUEST))
}

/// Does the same to both, drawn.
fn act(rigs: &mut [Rig; 2], dice: &mut Dice) {
    let peer = dice.pick(&[0, 1, 2, 3, 4]);
    let at = dice.roll(300);
    let path_id = (peer == 1).then(|| PathId(u32::try_from(dice.roll(2)).unwrap() + 1));
    let count = 1 + dice.roll(40);
    let list: Vec<Nlri> = (at..at + count)
        .map(|number| Nlri {
            prefix: prefix(number % 300),
            path_id,
        })
        .collect();
    let attributes = set(peer, dice);
    let own = prefix(dice.roll(300));
    let policy = Policy::ACCEPT;
    let reject = dice.roll(2) == 0;
    let kind = dice.roll(24);
    for rig in rigs.iter_mut() {
        let now = rig.now;
        match kind {
            0..12 => rig.update(peer, &list, Some(&attributes)),
            12..16 => rig.update(peer, &list, None),
            16 => {
                let conn = rig.conn(peer);
                rig.feed(peer, session::Input::Closed(conn));
                rig.drain_head();
                rig.connect(peer);
            }
            17 => rig.say(peer, &refresh()),
            18 => rig.head.soft_reset_out(now, id(peer)).unwrap(),
            19 => rig.head.announce(now, own, attributes.clone()),
            20 => rig.head.withdraw(now, own),
            21 => {
                let export = if reject {
                    Policy::REJECT
                } else {
                    policy.clone()
                };
                let both = (Some(policy.clone()), Some(export));
                rig.head.set_policies(now, id(peer), both).unwrap();
            }
            22 => {
                let cluster = reject.then_some(ClusterId(0x0a01_0203));
                rig.head.set_cluster_id(now, cluster);
            }
            _ => {
                let network = Prefix::host(addr(peer + 10));
                let igp_cost = (!reject).then_some(5);
                let input = Input::NextHop { network, igp_cost };
                rig.head.handle_input(now, input).unwrap();
            }
        }
        rig.drain_head();
        // Not always to the end: sessions go while much is on its way.
        for _ in 0..at % 50 {
            rig.step();
        }
    }
}

fn run(seed: u64) {
    let mut dice = Dice(seed);
    let parts = 2 + u16::try_from(dice.roll(3)).unwrap();
    let unchanged = |_: u8, _: &mut PeerConfig| {};
    let mut rigs = [Rig::new(1, unchanged), Rig::new(parts, unchanged)];
    for _ in 0..60 {
        act(&mut rigs, &mut dice);
    }
    for rig in &mut rigs {
        rig.settle();
        // What soft resets left open is closed by a refresh.
        for peer in 0..PEERS {
            rig.say(peer, &refresh());
            rig.settle();
        }
    }
    let [whole, divided] = &rigs;
    assert_eq!(whole.count(), divided.count(), "seed {seed}");
    for peer in 0..usize::from(PEERS) {
        let (a, b) = (&whole.heard[peer], &divided.heard[peer]);
        let (a_table, b_table) = (a.table(), b.table());
        for prefix in a_table.keys().chain(b_table.keys()) {
            let (a, b) = (a_table.get(prefix), b_table.get(prefix));
            assert_eq!(a, b, "seed {seed}: {prefix} at neighbour {peer}");
        }
        assert_eq!((a.ends, b.ends), (1, 1), "seed {seed}: neighbour {peer}");
        for heard in [a, b] {
            let open = heard.bracketed.is_some();
            let brackets = (heard.brackets, open);
            assert!(
                !open && heard.brackets > 0,
                "seed {seed}: neighbour {peer}: {brackets:?}"
            );
        }
        assert_eq!(a.asked, b.asked, "seed {seed}: neighbour {peer}");
    }
}

#[test]
fn neighbors_are_told_the_same_by_parts() {
    let seeds = std::env::var("BGPWRIGHT_NETWORKS").map_or(40, |count| count.parse().unwrap());
    for seed in 0..seeds {
        run(seed);
    }
}

#[test]
fn every_part_has_a_share() {
    let mut rig = Rig::new(3, |_, _| {});
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    rig.update(3, &list, Some(&set(3, &mut Dice(1))));
    rig.settle();
    let shares = rig.parts.iter().map(|part| part.speaker().routes().count());
    let shares: Vec<_> = shares.chain([rig.head.routes().count()]).collect();
    assert_eq!(shares.iter().sum::<usize>(), rig.count());
    assert!(shares.iter().all(|count| *count > 50), "{shares:?}");
}

#[test]
fn prefixes_of_all_parts_count_towards_a_limit() {
    let mut rig = Rig::new(3, |peer, config| {
        if peer == 0 {
            config.session.limits = vec![PrefixLimit::new(V4, 100)];
        }
    });
    let list = |count| {
        (0..count)
            .map(|at| prefix(at).into())
            .collect::<Vec<Nlri>>()
    };
    let attributes = set(0, &mut Dice(1));
    rig.update(0, &list(100), Some(&attributes));
    rig.settle();
    let state = |rig: &Rig| rig.head.peer(id(0)).unwrap().session.state();
    assert_eq!(state(&rig), session::State::Established);
    rig.update(0, &list(101), Some(&attributes));
    rig.settle();
    assert_ne!(state(&rig), session::State::Established);
    assert_eq!(rig.count(), 0, "and all are gone");
}

#[test]
fn what_no_part_could_do_alone_is_refused() {
    let config = Config::new(US, router_id(1));
    let none = Speaker::divided(config.clone(), 0).map(|_| ());
    assert_eq!(none, Err(ConfigError::NoParts));
    let (mut head, _) = Speaker::divided(config, 2).unwrap();
    let mut dropping = self::config(0);
    dropping.session.limits = vec![PrefixLimit {
        action: LimitAction::Drop,
        ..PrefixLimit::new(V4, 1)
    }];
    let refused = head.add_peer(dropping).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "session: limits: drop: not with a speaker whose destinations are divided"
    );
    assert_eq!(head.peers().count(), 0);
}

#[test]
fn a_neighbor_is_removed_from_all_parts() {
    let mut rig = Rig::new(3, |_, _| {});
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    rig.update(3, &list, Some(&set(3, &mut Dice(1))));
    rig.settle();
    assert!(!rig.heard[0].routes.is_empty());
    rig.head.remove_peer(rig.now, id(3)).unwrap();
    rig.removed = Some(id(3));
    rig.settle();
    assert_eq!(rig.count(), 0);
    assert!(rig.heard[0].routes.is_empty());
    assert!(
        rig.parts
            .iter()
            .all(|part| part.speaker().peers().count() == 4)
    );
}

#[test]
fn a_faulty_update_is_told_of_once() {
    let mut rig = Rig::new(3, |_, _| {});
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    let good = set(3, &mut Dice(1));
    rig.update(3, &list, Some(&good));
    rig.settle();
    let mut out = Vec::new();
    pack_reach(&context(3), V4, &good, &list, &mut out).unwrap();
    rig.events.clear();
    for octets in &out {
        // ORIGIN comes first, and knows no such value (RFC 7606 §7.1).
        let mut octets = octets.to_vec();
        assert_eq!(octets[23..26], [0x40, 1, 1]);
        octets[26] = 9;
        rig.feed(3, session::Input::Received(rig.conn(3), &octets));
    }
    rig.settle();
    let faults = rig.events.iter();
    let faults = faults.filter(|event| matches!(event, Event::Fault(..)));
    assert_eq!(faults.count(), out.len());
    assert_eq!(rig.count(), 0, "treated as withdrawn, in all parts");
    let state = rig.head.peer(id(3)).unwrap().session.state();
    assert_eq!(state, session::State::Established);
}

#[test]
fn routes_of_our_own_go_where_they_belong() {
    let mut rig = Rig::new(3, |_, _| {});
    for at in 0..300 {
        rig.head
            .announce(rig.now, prefix(at), AttributeSet::default());
    }
    rig.settle();
    let told = rig.heard[0].routes.len();
    assert_eq!(told, rig.count());
    rig.head
        .withdraw_any(rig.now, (V4, &Destination::Prefix(prefix(1))));
    rig.settle();
    assert_eq!(rig.heard[0].routes.len(), told - 1);
}
