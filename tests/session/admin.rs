//! What an operator and a host say, and what a session says of itself.

use core::time::Duration;

use bgpwright::{
    session::{
        AoKey, Authentication, BfdState, Config, ConnId, DownReason, Event, GracefulRestartConfig,
        Incoming, Input, LimitAction, LimitReached, LimitVerdict, PeerAs, PrefixLimit, Reach,
        Refused, SendError, Session, State, Transport, fsm::FsmEvent,
    },
    types::{Asn, Community, Family},
    wire::{Message, Notification, NotificationCode, RefreshSubtype, RouteRefresh},
};

use crate::{
    alone::{Alone, CONN},
    rig::{LEFT, Pair, RIGHT, code, left, passive, right, seconds, with_families},
    stories::update,
};

const OTHER: ConnId = ConnId(7);

fn codes(alone: &Alone) -> Vec<(u8, u8)> {
    alone.notifications().iter().map(code).collect()
}

/// Graceful restart with the N bit.
fn graceful(config: Config) -> Config {
    let restart = GracefulRestartConfig {
        restart_time: seconds(120),
        restarting: false,
        notification: true,
        families: vec![Family::IPV4_UNICAST],
    };
    Config {
        graceful_restart: Some(restart),
        ..config
    }
}

#[test]
fn a_reset_says_why_and_the_session_comes_back() {
    let mut pair = Pair::established();
    let reason = "new policy";
    pair.input(
        LEFT,
        Input::Reset {
            reason,
            hard: false,
        },
    );
    pair.run(seconds(1));
    let [one, other] = &pair.ends;
    assert_eq!(one.downs(), [&DownReason::Reset { hard: false }]);
    let told = one.notifications();
    assert_eq!(told.iter().map(code).collect::<Vec<_>>(), [(6, 4)]);
    assert_eq!(told[0].text(), Some(reason));
    assert_eq!(
        other.downs(),
        [&DownReason::NotificationReceived(told[0].clone())]
    );
    pair.run(seconds(10));
    assert_eq!(pair.states(), [State::Established; 2]);
}

#[test]
fn a_hard_reset_is_one_only_where_routes_would_be_kept() {
    for (config, hard, expected) in [
        (left(), true, (6, 4)),
        (graceful(left()), false, (6, 4)),
        (graceful(left()), true, (6, 9)),
    ] {
        let mut alone = Alone::established_with(passive(config), &graceful(right()));
        alone.input(Input::Reset { reason: "", hard });
        assert_eq!(codes(&alone), [expected]);
        let kept = alone.downs()[0].keeps_routes(true);
        assert_eq!(kept, !hard);
    }
}

#[test]
fn a_neighbour_that_is_removed_hears_6_3_and_is_gone() {
    let mut alone = Alone::established(left());
    alone.input(Input::Remove);
    assert_eq!(codes(&alone), [(6, 3)]);
    assert_eq!(alone.downs(), [&DownReason::Removed]);
    assert_eq!(
        (alone.session.state(), alone.deadline()),
        (State::Idle, None)
    );
    assert!(!DownReason::Removed.keeps_routes(true));
}

#[test]
fn a_link_that_goes_down_ends_the_session_at_once_and_in_silence() {
    let mut alone = Alone::established(left());
    let dials = alone.dials;
    alone.input(Input::Link { up: false });
    assert_eq!(alone.downs(), [&DownReason::LinkDown]);
    assert_eq!(alone.closed, [CONN]);
    assert!(alone.notifications().is_empty());
    alone.pass(seconds(600));
    assert_eq!(alone.dials, dials, "nothing to dial");
    assert_eq!(alone.deadline(), None);
    alone.input(Input::Link { up: true });
    assert_eq!(
        (alone.dials, alone.session.state()),
        (dials + 1, State::Connect)
    );
}

#[test]
fn a_link_that_comes_back_within_the_pause_ends_it() {
    let mut alone = Alone::established(left());
    let dials = alone.dials;
    alone.input(Input::Link { up: false });
    alone.input(Input::Link { up: true });
    assert_eq!(
        (alone.dials, alone.session.state()),
        (dials + 1, State::Connect)
    );
}

#[test]
fn a_session_started_without_a_link_waits_for_it() {
    let mut alone = Alone::idle(left());
    alone.input(Input::Link { up: false });
    alone.input(Input::Start);
    assert_eq!((alone.dials, alone.session.state()), (0, State::Active));
    alone.input(Input::Link { up: true });
    assert_eq!((alone.dials, alone.session.state()), (1, State::Connect));
}

#[test]
fn an_attempt_that_is_under_way_ends_with_the_link() {
    let mut alone = Alone::new(left());
    alone.input(Input::Link { up: false });
    assert_eq!(alone.session.state(), State::Active);
    alone.input(Input::Connected(CONN));
    assert_eq!(alone.closed, [CONN], "it comes too late");
}

#[test]
fn a_stopped_session_is_not_started_by_its_link() {
    let mut alone = Alone::established(left());
    alone.input(Input::Link { up: false });
    alone.input(Input::Stop { reason: "" });
    alone.input(Input::Link { up: true });
    assert_eq!(
        (alone.session.state(), alone.deadline()),
        (State::Idle, None)
    );
}

#[test]
fn bfd_that_goes_down_ends_the_session_with_6_10() {
    let mut alone = Alone::established_with(graceful(left()), &graceful(right()));
    let dials = alone.dials;
    alone.input(Input::Bfd(BfdState::Up));
    alone.input(Input::Bfd(BfdState::Down));
    alone.input(Input::Bfd(BfdState::Down));
    assert_eq!(alone.downs(), [&DownReason::BfdDown]);
    let told = alone.notifications();
    assert_eq!(told.len(), 1);
    let inner = told[0].reason().unwrap();
    assert_eq!((code(&told[0]), code(&inner)), ((6, 9), (6, 10)));
    assert!(!DownReason::BfdDown.keeps_routes(true));
    alone.input(Input::Bfd(BfdState::Init));
    alone.pass(seconds(600));
    assert_eq!(alone.dials, dials, "the path is down");
    alone.input(Input::Bfd(BfdState::Up));
    assert_eq!(alone.dials, dials + 1);
}

#[test]
fn bfd_that_was_never_up_stops_nobody() {
    let mut alone = Alone::established(left());
    for state in [BfdState::Down, BfdState::Init, BfdState::Down] {
        alone.input(Input::Bfd(state));
        assert_eq!(alone.session.state(), State::Established);
    }
    alone.input(Input::Bfd(BfdState::Up));
    alone.input(Input::Bfd(BfdState::AdminDown));
    assert_eq!(alone.session.state(), State::Established);
}

fn reached(change: impl FnOnce(&mut Transport)) -> Transport {
    let mut transport = Transport::new("10.0.0.2".parse().unwrap());
    transport.local = Some("10.0.0.1".parse().unwrap());
    change(&mut transport);
    transport
}

fn chain(ids: &[u8]) -> Authentication {
    let keys = ids.iter().map(|&id| AoKey {
        key: format!("key{id}").as_str().into(),
        send_id: id,
        receive_id: id,
    });
    Authentication::Ao(keys.collect())
}

#[test]
fn another_address_or_key_begins_anew_with_6_6() {
    let changes = [
        reached(|it| it.local = Some("10.0.0.9".parse().unwrap())),
        reached(|it| it.remote = "10.0.0.8".parse().unwrap()),
        reached(|it| it.reach = Reach::Secured { hops: 1 }),
        reached(|it| it.authentication = Authentication::Md5("b".into())),
    ];
    for after in changes {
        let mut config = passive(left());
        config.transport = Some(reached(|_| ()));
        let mut alone = Alone::established(config);
        let now = alone.now;
        alone.session.set_transport(now, after.clone()).unwrap();
        alone.drain();
        assert_eq!(codes(&alone), [(6, 6)], "{after}");
        assert_eq!(alone.downs(), [&DownReason::TransportChanged]);
        assert_eq!(alone.session.config().transport, Some(after));
        alone.pass(seconds(1));
        assert_eq!(alone.session.state(), State::Active, "it comes back");
    }
}

#[test]
fn other_ports_and_a_key_roll_over_leave_the_session_alone() {
    let mut config = passive(left());
    config.transport = Some(reached(|it| it.authentication = chain(&[1, 2])));
    let mut alone = Alone::established(config);
    let now = alone.now;
    for change in [
        reached(|it| (it.authentication, it.remote_port) = (chain(&[1, 2]), 1179)),
        reached(|it| it.authentication = chain(&[2, 3])),
    ] {
        alone.session.set_transport(now, change).unwrap();
    }
    alone.drain();
    assert!(alone.downs().is_empty());
    let nothing_shared = reached(|it| it.authentication = chain(&[4]));
    alone.session.set_transport(now, nothing_shared).unwrap();
    alone.drain();
    assert_eq!(alone.downs(), [&DownReason::TransportChanged]);
}

#[test]
fn a_transport_that_cannot_work_changes_nothing() {
    let mut config = passive(left());
    config.transport = Some(reached(|_| ()));
    let mut alone = Alone::established(config);
    let bad = reached(|it| it.local = Some(it.remote));
    let error = alone.session.set_transport(alone.now, bad).unwrap_err();
    let text = "transport.local: 10.0.0.2 is the neighbour's address too";
    assert_eq!(error.to_string(), text);
    alone.drain();
    assert_eq!(alone.session.config().transport, Some(reached(|_| ())));
    assert!(alone.downs().is_empty());
}

#[test]
fn a_connection_of_somebody_else_is_closed_unread() {
    let mut config = passive(left());
    config.transport = Some(reached(|it| it.reach = Reach::Secured { hops: 1 }));
    let mut alone = Alone::new(config);
    let incoming = |peer: &str, ttl| Incoming {
        peer: peer.parse().unwrap(),
        local: "10.0.0.1:179".parse().unwrap(),
        ttl,
    };
    alone.input(Input::Incoming(OTHER, incoming("10.0.0.3:4000", None)));
    alone.input(Input::Incoming(
        ConnId(8),
        incoming("10.0.0.2:4000", Some(64)),
    ));
    assert_eq!(alone.closed, [OTHER, ConnId(8)]);
    assert!(alone.sent.is_empty());
    assert!(matches!(
        alone.events.as_slice(),
        [
            ..,
            Event::Refused(Refused::Peer { .. }),
            Event::Refused(Refused::Ttl { .. })
        ]
    ));
    alone.input(Input::Received(OTHER, &[0; 19]));
    assert_eq!(alone.session.state(), State::Active);
    alone.input(Input::Incoming(CONN, incoming("10.0.0.2:4000", Some(255))));
    assert_eq!(alone.session.state(), State::OpenSent);
    let stats = alone.session.stats();
    assert_eq!((stats.refused, stats.connections), (2, 1));
}

#[test]
fn an_as_is_known_by_what_it_is_to_us() {
    let ours = Asn(65001);
    let inside: PeerAs = PeerAs::Internal;
    assert!(inside.permits(ours, ours) && !inside.permits(ours, Asn(65002)));
    assert!(PeerAs::External.permits(ours, Asn(65002)) && !PeerAs::External.permits(ours, ours));
    let some = PeerAs::OneOf("65002-65004".parse().unwrap());
    assert!(some.permits(ours, Asn(65003)) && !some.permits(ours, Asn(65005)));
    assert!(!PeerAs::Any.permits(ours, Asn::ZERO));
    for (peer_as, code) in [(PeerAs::External, None), (PeerAs::Internal, Some((2, 2)))] {
        let mut config = passive(left());
        config.peer_as = peer_as;
        let mut alone = Alone::new(config);
        alone.come_up(CONN, &right());
        assert_eq!(codes(&alone).first().copied(), code);
    }
}

fn limited(action: LimitAction) -> Config {
    let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, 100);
    limit.action = action;
    Config {
        limits: vec![limit],
        ..passive(left())
    }
}

const PRESENT: fn(usize) -> Input<'static> = |present| Input::Prefixes {
    family: Family::IPV4_UNICAST,
    present,
};

#[test]
fn too_many_prefixes_are_warned_of_and_then_end_the_session_for_good() {
    let mut alone = Alone::established(limited(LimitAction::StayDown));
    alone.input(PRESENT(10));
    alone.input(PRESENT(80));
    let warning = LimitVerdict::Warn {
        present: 80,
        max: 100,
    };
    assert_eq!(
        alone.events.last(),
        Some(&Event::Prefixes(Family::IPV4_UNICAST, warning))
    );
    alone.input(PRESENT(101));
    let reached = LimitReached {
        family: Family::IPV4_UNICAST,
        max: 100,
    };
    assert_eq!(alone.notifications(), [reached.notification()]);
    assert_eq!(alone.downs(), [&DownReason::TooManyPrefixes(reached)]);
    alone.pass(seconds(10_000));
    assert_eq!(
        (alone.session.state(), alone.deadline()),
        (State::Idle, None)
    );
    alone.input(Input::Start);
    assert_eq!(alone.session.state(), State::Active);
}

#[test]
fn too_many_prefixes_may_end_it_for_a_while() {
    let after = seconds(300);
    let mut alone = Alone::established(limited(LimitAction::Restart { after }));
    alone.input(PRESENT(101));
    alone.pass(seconds(299));
    assert_eq!(alone.session.state(), State::Idle);
    alone.pass(seconds(1));
    assert_eq!(alone.session.state(), State::Active);
    alone.come_up(OTHER, &right());
    alone.input(PRESENT(101));
    assert_eq!(codes(&alone), [(6, 1), (6, 1)], "each session counts anew");
}

#[test]
fn too_many_prefixes_may_be_dropped() {
    let mut alone = Alone::established(limited(LimitAction::Drop));
    let family = Family::IPV4_UNICAST;
    alone.input(PRESENT(101));
    assert!(!alone.session.accepts_prefixes(family));
    assert!(alone.session.accepts_prefixes(Family::IPV6_UNICAST));
    alone.input(PRESENT(50));
    assert!(alone.session.accepts_prefixes(family));
    assert!(alone.notifications().is_empty());
}

#[test]
fn limits_that_cannot_work_are_named() {
    let refused = |limits: Vec<PrefixLimit>| {
        let config = Config { limits, ..left() };
        Session::new(config).unwrap_err().to_string()
    };
    let limit = PrefixLimit::new(Family::IPV4_UNICAST, 1);
    let text = "limits: ipv6-unicast is not among the families";
    assert_eq!(
        refused(vec![PrefixLimit::new(Family::IPV6_UNICAST, 1)]),
        text
    );
    assert!(refused(vec![limit, limit]).starts_with("limits: ipv4-unicast"));
}

#[test]
fn a_session_tells_what_it_has_done() {
    let mut pair = Pair::established();
    pair.ends[LEFT]
        .session
        .send(&update("10.1.0.0/16"))
        .unwrap();
    pair.run(seconds(100));
    let (sent, received) = (
        pair.ends[LEFT].session.stats().sent,
        pair.ends[RIGHT].session.stats().received,
    );
    assert_eq!(sent, received);
    assert_eq!((sent.opens, sent.updates, sent.notifications), (1, 1, 0));
    assert!(sent.keepalives >= 4);
    let octets: usize = pair.ends[LEFT].sent.values().map(Vec::len).sum();
    assert_eq!(sent.octets, u64::try_from(octets).unwrap());
    assert_eq!(
        sent.total(),
        u64::try_from(pair.ends[LEFT].messages.len()).unwrap()
    );
    pair.cut();
    let stats = pair.ends[LEFT].session.stats();
    assert_eq!((stats.ups, stats.connections), (1, 1));
    let (at, reason) = stats.last_end.clone().unwrap();
    assert_eq!((at, reason), (pair.now, DownReason::ConnectionLost));
    let json = serde_json::to_string(stats).unwrap();
    let back: bgpwright::session::Stats = serde_json::from_str(&json).unwrap();
    assert_eq!(&back, stats);
}

#[test]
fn a_bounded_history_tells_why_it_is_down() {
    let mut pair = Pair::established();
    let steps: Vec<_> = {
        let history = pair.ends[LEFT].session.history();
        history.map(|it| (it.event, it.to)).collect()
    };
    assert_eq!(
        steps,
        [
            (FsmEvent::ManualStart, State::Connect),
            (FsmEvent::TcpCrAcked, State::OpenSent),
            (FsmEvent::BgpOpen, State::OpenConfirm),
            (FsmEvent::KeepAliveMsg, State::Established),
        ]
    );
    pair.ends[RIGHT].listens = false;
    pair.input(RIGHT, Input::Stop { reason: "bye" });
    pair.run(seconds(300));
    let session = &pair.ends[LEFT].session;
    assert_eq!(session.history().len(), 16);
    assert_eq!(session.last_down(), Some(&DownReason::ConnectFailed));
    let (_, end) = session.stats().last_end.as_ref().unwrap();
    let text = "received Cease/Administrative Shutdown (6/2): \"bye\"";
    assert_eq!(end.to_string(), text, "attempts that fail do not hide it");
}

#[test]
fn a_neighbours_words_are_not_kept_without_bound() {
    let mut alone = Alone::established(passive(left()));
    let notification = Notification {
        code: NotificationCode::CEASE,
        subcode: 8,
        data: vec![7; 4000].into(),
    };
    alone.hear(CONN, &Message::Notification(notification));
    let last = alone.session.history().last().unwrap();
    let Some(DownReason::NotificationReceived(kept)) = &last.down else {
        panic!("{last:?}");
    };
    assert_eq!(kept.data.len(), 256);
}

#[test]
fn graceful_shutdown_marks_what_is_sent_to_external_neighbours() {
    for (neighbour, marked) in [(Asn(65002), true), (Asn(65001), false)] {
        let mut other = right();
        other.local_as = neighbour;
        let mut alone = Alone::established_with(passive(left()), &other);
        alone.session.set_graceful_shutdown(true);
        alone.session.set_graceful_shutdown(true);
        alone.session.send(&update("10.1.0.0/16")).unwrap();
        alone.drain();
        let told = alone.events.iter();
        let told = told.filter(|it| matches!(it, Event::GracefulShutdown(true)));
        assert_eq!(told.count(), 1);
        let Some((_, Message::Update(sent))) = alone.sent.last() else {
            panic!("no UPDATE");
        };
        let communities = &sent.attributes.communities;
        assert_eq!(communities.contains(&Community::GRACEFUL_SHUTDOWN), marked);
    }
}

#[test]
fn a_soft_reset_asks_for_every_family() {
    let families = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    let both = |config| with_families(config, &families);
    let mut alone = Alone::established_with(passive(both(left())), &both(right()));
    alone.session.soft_reset_in().unwrap();
    alone.drain();
    let asked = alone.sent.iter().filter_map(|(_, message)| match message {
        Message::RouteRefresh(refresh) => Some(refresh.family),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), families);
    let brackets = RouteRefresh::new(families[0], RefreshSubtype::BEGIN);
    let refused = alone.session.refresh(brackets);
    assert_eq!(refused, Err(SendError::NotAgreed));
    assert_eq!(
        Alone::new(left()).session.soft_reset_in(),
        Err(SendError::NotEstablished)
    );
}

#[test]
fn the_path_mtu_is_kept_for_whoever_asks() {
    let mut alone = Alone::established(passive(left()));
    assert_eq!(alone.session.path_mtu(), None);
    alone.input(Input::PathMtu(1400));
    assert_eq!(alone.session.path_mtu(), Some(1400));
    assert!(alone.deadline().unwrap() > alone.now + Duration::from_secs(1));
}
