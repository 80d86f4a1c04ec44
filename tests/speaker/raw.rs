//! A speaker against a neighbour whose octets the test writes itself.

use std::{net::IpAddr, time::Duration};

use bgpwright::{
    policy::Policy,
    session::{self, ConnId, OpenMode, PeerAs},
    speaker::{Config, Event, Input, Output, PeerConfig, PeerId, Refusal, Speaker},
    time::Instant,
    types::{AsPath, Asn, ClusterId, Family, NextHop, PeerType, Prefix, RouterId},
    wire::{
        AttributeCode, AttributeFlags, AttributeSet, Capability, Context, Frame, Message, MpReach,
        NlriList, Open, Origin, RawAttribute, RawAttributes, RefreshSubtype, RouteRefresh,
        Treatment, Update,
    },
};

use crate::lab::{addr, net, router_id};

const PEER: PeerId = PeerId(0);
const CONN: ConnId = ConnId(1);
const US: u32 = 64512;

fn list<const N: usize>(prefixes: [Prefix; N]) -> NlriList {
    NlriList::collect(prefixes[0].family(), prefixes).unwrap()
}

/// The speaker under test is number 1; the neighbour, number 2, is the test.
struct Raw {
    speaker: Speaker,
    now: Instant,
    context: Context,
    heard: Vec<Message>,
    octets: usize,
    events: Vec<Event>,
    /// Whether the test's end takes what it is sent.
    reads: bool,
}

impl Raw {
    fn new(their_as: u32) -> Self {
        let mut speaker = Speaker::new(Config::new(Asn(US), router_id(1))).unwrap();
        let mut session =
            session::Config::new(Asn(US), router_id(1), PeerAs::Exactly(Asn(their_as)));
        session.open_mode = OpenMode::Passive;
        let mut peer = PeerConfig::new(addr(2), addr(1), session);
        peer.import = Some(Policy::ACCEPT);
        peer.export = Some(Policy::ACCEPT);
        speaker.add_peer(peer).unwrap();
        let mut context = Context::default();
        context.four_octet_as = true;
        context.peer_type = PeerType::between(Asn(US), Asn(their_as));
        let mut raw = Self {
            speaker,
            now: Instant::ZERO,
            context,
            heard: Vec::new(),
            octets: 0,
            events: Vec::new(),
            reads: true,
        };
        raw.feed(session::Input::Start);
        raw.feed(session::Input::Accepted(CONN));
        raw.say(&Message::Open(Open {
            version: 4,
            my_as: Asn(their_as).to_two_octet(),
            hold_time: 90,
            router_id: RouterId(0xc000_0202),
            capabilities: vec![
                Capability::Multiprotocol(Family::IPV4_UNICAST),
                Capability::RouteRefresh,
                Capability::FourOctetAs(Asn(their_as)),
            ],
        }));
        raw.say(&Message::Keepalive);
        assert!(
            raw.events.contains(&Event::PeerUp(PEER)),
            "{:?}",
            raw.events
        );
        raw.heard.clear();
        raw
    }

    fn feed(&mut self, input: session::Input<'_>) {
        self.speaker
            .handle_input(self.now, Input::Peer(PEER, input))
            .unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        let mut taken = 0;
        loop {
            match self.speaker.poll_output() {
                Output::Transmit(peer, _, octets) if peer == PEER => {
                    self.octets += octets.len();
                    taken += octets.len();
                    let mut rest = octets.as_ref();
                    while let Some(frame) = Frame::first(rest, 4096).unwrap() {
                        rest = &rest[frame.wire_len()..];
                        let message = Message::decode(frame, &self.context).unwrap();
                        assert!(message.faults.is_empty(), "{:?}", message.faults);
                        self.heard.push(message.value);
                    }
                    assert!(rest.is_empty(), "whole messages only");
                }
                Output::Event(event) => self.events.push(event),
                Output::Connect(_) | Output::Close(..) | Output::Transmit(..) => {}
                Output::Timeout(deadline) => {
                    if taken > 0 && self.reads {
                        let sent = session::Input::Sent(CONN, std::mem::take(&mut taken));
                        self.speaker
                            .handle_input(self.now, Input::Peer(PEER, sent))
                            .unwrap();
                    } else if deadline.is_some_and(|at| at <= self.now) {
                        self.speaker.handle_input(self.now, Input::Timeout).unwrap();
                    } else {
                        return;
                    }
                }
            }
        }
    }

    fn say(&mut self, message: &Message) {
        let mut octets = Vec::new();
        message.encode(&self.context, &mut octets).unwrap();
        self.feed(session::Input::Received(CONN, &octets));
    }

    fn announce(&mut self, prefix: Prefix, attributes: AttributeSet) {
        let announced = list([prefix]);
        self.say(&Message::Update(Update {
            announced,
            attributes,
            ..Update::default()
        }));
    }

    /// Brings up another neighbour, number 3, over iBGP.
    fn second_neighbor(&mut self) -> PeerId {
        let mut session = session::Config::new(Asn(US), router_id(1), PeerAs::Exactly(Asn(US)));
        session.open_mode = OpenMode::Passive;
        let config = PeerConfig::new(addr(3), addr(1), session);
        let second = self.speaker.add_peer(config).unwrap();
        let mut open = Vec::new();
        let message = Message::Open(Open::new(Asn(US), 90, router_id(3), Vec::new()));
        message.encode(&self.context, &mut open).unwrap();
        Message::Keepalive.encode(&self.context, &mut open).unwrap();
        for input in [
            session::Input::Start,
            session::Input::Accepted(CONN),
            session::Input::Received(CONN, &open),
        ] {
            let input = Input::Peer(second, input);
            self.speaker.handle_input(self.now, input).unwrap();
        }
        self.drain();
        assert_eq!(self.state(second), session::State::Established);
        second
    }

    fn state(&self, peer: PeerId) -> session::State {
        self.speaker.peer(peer).unwrap().session.state()
    }

    fn has(&self, prefix: Prefix) -> bool {
        self.speaker.best(prefix).is_some()
    }

    fn refusals(&self) -> Vec<Refusal> {
        let refusal = |event: &Event| match event {
            Event::Refused { reason, .. } => Some(*reason),
            _ => None,
        };
        self.events.iter().filter_map(refusal).collect()
    }
}

/// What a well-behaved neighbour says of a route.
fn good(asn: u32) -> AttributeSet {
    let external = asn != US;
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::sequence(external.then_some(Asn(asn)))),
        next_hop: Some(NextHop::from(addr(2))),
        local_pref: (!external).then_some(100),
        ..AttributeSet::default()
    }
}

#[test]
fn announce_good_send_bad_and_the_route_is_gone_and_the_session_lives() {
    let mut raw = Raw::new(65001);
    raw.announce(net(7), good(65001));
    assert!(raw.has(net(7)));
    // The same UPDATE, with ORIGIN 3 (RFC 7606 §7.1).
    let mut octets = Vec::new();
    let announced = list([net(7)]);
    let update = Update {
        announced,
        attributes: good(65001),
        ..Update::default()
    };
    Message::Update(update)
        .encode(&raw.context, &mut octets)
        .unwrap();
    let origin = octets
        .windows(4)
        .position(|w| w == [0x40, 1, 1, 0])
        .unwrap();
    octets[origin + 3] = 3;
    raw.feed(session::Input::Received(CONN, &octets));
    assert!(!raw.has(net(7)));
    let state = raw.speaker.peer(PEER).unwrap().session.state();
    assert_eq!(state, session::State::Established);
    let treated = raw.events.iter().any(|event| {
        matches!(event, Event::Fault(_, fault) if fault.treatment == Treatment::TreatAsWithdraw)
    });
    assert!(treated);
}

#[test]
fn loops_are_refused_and_take_the_earlier_route_with_them() {
    let looped = |set: AttributeSet| {
        let mut raw = Raw::new(US);
        raw.announce(net(7), good(US));
        assert!(raw.has(net(7)));
        raw.announce(net(7), set);
        assert!(
            !raw.has(net(7)),
            "the earlier route is withdrawn by the later one"
        );
        raw.refusals()
    };
    let path = Some(AsPath::sequence([Asn(65001), Asn(US)]));
    assert_eq!(
        looped(AttributeSet {
            as_path: path,
            ..good(US)
        }),
        [Refusal::AsLoop]
    );
    let originator_id = Some(router_id(1));
    let found = looped(AttributeSet {
        originator_id,
        ..good(US)
    });
    assert!(matches!(found[..], [Refusal::Reflection(_)]));
    let cluster_list = vec![ClusterId::from(router_id(1))];
    let found = looped(AttributeSet {
        cluster_list,
        ..good(US)
    });
    assert!(matches!(found[..], [Refusal::Reflection(_)]));
    let next_hop = Some(NextHop::from(addr(1)));
    assert_eq!(
        looped(AttributeSet {
            next_hop,
            ..good(US)
        }),
        [Refusal::OwnNextHop]
    );
}

#[test]
fn unknown_attributes_are_passed_on_if_transitive_and_marked_partial() {
    let mut first = Raw::new(65001);
    let optional = AttributeFlags::OPTIONAL;
    let transitive = optional | AttributeFlags::TRANSITIVE;
    let mut other = RawAttributes::new();
    for (code, flags) in [(200, optional), (201, transitive)] {
        let code = AttributeCode(code);
        let value = &[1, 2, 3];
        other.insert(RawAttribute { code, flags, value }).unwrap();
    }
    first.announce(
        net(7),
        AttributeSet {
            other,
            ..good(65001)
        },
    );
    let route = first.speaker.best(net(7)).unwrap();
    assert_eq!(route.attributes().other.iter().count(), 2);
    let second = first.second_neighbor();
    let (_, told) = first.speaker.adj_rib_out(second).next().unwrap();
    assert_eq!(told.other.iter().count(), 1);
    let passed_on = told.other.get(AttributeCode(201)).unwrap();
    assert_eq!(passed_on.flags, transitive | AttributeFlags::PARTIAL);
}

#[test]
fn a_neighbour_that_does_not_read_costs_a_window_and_gets_the_latest_in_the_end() {
    let mut raw = Raw::new(US);
    raw.reads = false;
    let before = raw.octets;
    // Each round changes 500 routes, one attribute set each: some 30 KB.
    for round in 0..50_u32 {
        for number in 0..500_u32 {
            let to = Prefix::new(
                std::net::Ipv4Addr::from(0x0a80_0000 + (number << 8)).into(),
                24,
            );
            let med = Some(round << 16 | number);
            let set = AttributeSet {
                med,
                ..AttributeSet::default()
            };
            raw.speaker.announce(raw.now, to.unwrap(), set);
        }
        raw.drain();
    }
    let unread = raw.octets - before;
    assert!(
        unread <= 64 * 1024,
        "{unread} octets are more than the window"
    );
    raw.reads = true;
    raw.feed(session::Input::Sent(CONN, unread));
    let last: std::collections::BTreeMap<_, _> = raw
        .heard
        .iter()
        .filter_map(|message| match message {
            Message::Update(update) => Some(update),
            _ => None,
        })
        .flat_map(|update| {
            update
                .announced
                .prefixes()
                .map(|nlri| (nlri.prefix, &update.attributes))
        })
        .collect();
    assert_eq!(last.len(), 500);
    assert!(
        last.values().all(|set| set.med.unwrap() >> 16 == 49),
        "the latest"
    );
    assert!(raw.octets - before < 200_000, "and not all fifty rounds");
}

#[test]
fn a_route_refresh_brings_everything_again() {
    let mut raw = Raw::new(US);
    raw.speaker
        .announce(raw.now, net(1), AttributeSet::default());
    raw.drain();
    raw.heard.clear();
    let subtype = RefreshSubtype::REQUEST;
    raw.say(&Message::RouteRefresh(RouteRefresh::new(
        Family::IPV4_UNICAST,
        subtype,
    )));
    let announced: Vec<_> = raw
        .heard
        .iter()
        .filter_map(|message| match message {
            Message::Update(update) => Some(update),
            _ => None,
        })
        .flat_map(|update| update.announced.prefixes())
        .collect();
    assert_eq!(announced, [net(1).into()]);
}

#[test]
fn many_prefixes_of_one_attribute_set_share_messages() {
    let mut raw = Raw::new(US);
    for number in 0..3000_u32 {
        let to = Prefix::new(
            std::net::Ipv4Addr::from(0x0a80_0000 + (number << 8)).into(),
            24,
        );
        raw.speaker
            .announce(raw.now, to.unwrap(), AttributeSet::default());
    }
    raw.drain();
    let updates = raw
        .heard
        .iter()
        .filter(|message| matches!(message, Message::Update(_)));
    let updates = updates.count();
    assert!(
        (3..=6).contains(&updates),
        "{updates} messages for 3,000 prefixes"
    );
    assert_eq!(raw.speaker.adj_rib_out(PEER).count(), 3000);
}

#[test]
fn losing_a_neighbour_with_many_routes_takes_slices_and_keepalives_go_between() {
    let mut raw = Raw::new(65001);
    for block in 0..10_u32 {
        let prefixes = (0..500_u32).map(|n| {
            let addr = std::net::Ipv4Addr::from(0x0a00_0000 + ((block * 500 + n) << 8));
            Prefix::new(addr.into(), 24).unwrap()
        });
        let announced = NlriList::collect(Family::IPV4_UNICAST, prefixes).unwrap();
        let attributes = good(65001);
        raw.say(&Message::Update(Update {
            announced,
            attributes,
            ..Update::default()
        }));
    }
    assert_eq!(raw.speaker.routes().count(), 5000);
    let closed = Input::Peer(PEER, session::Input::Closed(CONN));
    raw.speaker.handle_input(raw.now, closed).unwrap();
    let mut slices = 0;
    loop {
        match raw.speaker.poll_output() {
            Output::Timeout(Some(at)) if at <= raw.now => {
                let left = raw.speaker.routes().count();
                raw.speaker.handle_input(raw.now, Input::Timeout).unwrap();
                assert!(
                    left - raw.speaker.routes().count() <= 1024,
                    "a bounded slice"
                );
                slices += 1;
            }
            Output::Timeout(_) => break,
            _ => {}
        }
    }
    assert!(slices >= 5);
    assert_eq!(raw.speaker.routes().count(), 0);
    raw.now += Duration::from_secs(1);
}

#[test]
fn octets_that_are_no_bgp_get_one_notification_and_the_others_go_on() {
    let mut raw = Raw::new(US);
    let other = raw.second_neighbor();
    raw.announce(net(7), good(US));
    raw.feed(session::Input::Received(
        CONN,
        b"GET / HTTP/1.1\r\nHost: example\r\n\r\n",
    ));
    let told: Vec<_> = raw
        .heard
        .iter()
        .filter_map(|message| match message {
            Message::Notification(notification) => {
                Some((notification.code.0, notification.subcode))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, [(1, 1)]);
    assert_ne!(raw.state(PEER), session::State::Established);
    assert!(!raw.has(net(7)));
    assert_eq!(raw.state(other), session::State::Established);
}

#[test]
fn routes_of_a_family_that_was_not_agreed_on_are_not_taken() {
    let mut raw = Raw::new(US);
    let prefix: Prefix = "fd00:10:244::/64".parse().unwrap();
    let mp_reach = Some(MpReach {
        next_hop: Some(NextHop::from(IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, 2]))),
        nlri: list([prefix]),
    });
    let attributes = AttributeSet {
        next_hop: None,
        ..good(US)
    };
    // Written as by a neighbour that thinks otherwise.
    raw.context.families.push(Family::IPV6_UNICAST);
    raw.say(&Message::Update(Update {
        mp_reach,
        attributes,
        ..Update::default()
    }));
    assert!(!raw.has(prefix));
    assert!(
        raw.events
            .iter()
            .any(|event| matches!(event, Event::Fault(..)))
    );
    let state = raw.speaker.peer(PEER).unwrap().session.state();
    assert_eq!(state, session::State::Established);
}

#[test]
fn a_table_that_a_neighbour_is_not_told_of_is_gone_over_in_turns() {
    let mut raw = Raw::new(65001);
    for number in 0..100_000_u32 {
        let addr = std::net::Ipv4Addr::from(0x0a00_0000 + (number << 6));
        let prefix = Prefix::new(addr.into(), 26).unwrap();
        raw.speaker
            .announce(raw.now, prefix, AttributeSet::default());
    }
    raw.drain();
    assert_eq!(raw.speaker.adj_rib_out(PEER).count(), 100_000);
    let nothing = (Some(Policy::ACCEPT), Some(Policy::REJECT));
    raw.speaker.set_policies(raw.now, PEER, nothing).unwrap();
    raw.drain();
    assert_eq!(raw.speaker.adj_rib_out(PEER).count(), 0);
    raw.say(&Message::RouteRefresh(RouteRefresh::new(
        Family::IPV4_UNICAST,
        RefreshSubtype::REQUEST,
    )));
    let mut octets = Vec::new();
    let refresh = RouteRefresh::new(Family::IPV4_UNICAST, RefreshSubtype::REQUEST);
    let refresh = Message::RouteRefresh(refresh);
    refresh.encode(&raw.context, &mut octets).unwrap();
    let input = Input::Peer(PEER, session::Input::Received(CONN, &octets));
    raw.speaker.handle_input(raw.now, input).unwrap();
    let mut turns = 0;
    loop {
        match raw.speaker.poll_output() {
            Output::Timeout(Some(at)) if at <= raw.now => turns += 1,
            Output::Timeout(_) => break,
            _ => continue,
        }
        raw.speaker.handle_input(raw.now, Input::Timeout).unwrap();
    }
    assert!(turns >= 2, "the whole of it in {turns} turns");
    raw.heard.clear();
    raw.drain();
    assert_eq!(raw.heard, [], "never told, so not withdrawn");
}
