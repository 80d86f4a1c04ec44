//! What happens between two neighbours, told one at a time.

use core::time::Duration;

use bgpwright::{
    session::{
        Config, ConnId, DownReason, Event, GracefulRestartConfig, Input, Output, PeerAs, SendError,
        Session, State,
    },
    time::Instant,
    types::{AsPath, Asn, Family, NextHop},
    wire::{AttributeSet, Message, NlriList, Origin, RefreshSubtype, RouteRefresh, Update},
};

use crate::rig::{
    End, LEFT, Pair, RIGHT, code, encoded, left, messages, passive, right, seconds, with_families,
};

#[test]
fn two_neighbours_come_up() {
    let mut pair = Pair::new(left(), passive(right()));
    pair.start();
    pair.run(seconds(1));
    let [one, other] = &pair.ends;
    assert_eq!(
        one.path(),
        [
            State::Idle,
            State::Connect,
            State::OpenSent,
            State::OpenConfirm,
            State::Established
        ]
    );
    assert_eq!(other.path()[1], State::Active);
    assert_eq!((one.ups(), other.ups()), (1, 1));
    let agreed = one.session.negotiated().unwrap();
    assert_eq!(agreed.peer_as, Asn(65002));
    assert_eq!(agreed.hold_time, seconds(90));
    assert!(agreed.context.four_octet_as && agreed.route_refresh);
    assert_eq!(agreed.families, [Family::IPV4_UNICAST]);
}

#[test]
fn neighbours_that_both_dial_keep_exactly_one_connection() {
    for latency in [0, 1, 7, 400] {
        let mut pair = Pair::new(left(), right());
        pair.latency = Duration::from_millis(latency);
        pair.start();
        pair.run(seconds(20));
        assert_eq!(pair.states(), [State::Established; 2]);
        let [one, other] = &pair.ends;
        assert_eq!((one.ups(), other.ups()), (1, 1), "latency {latency} ms");
        assert_eq!(one.connections(), other.connections());
        assert_eq!(one.connections().len(), 1);
        assert!(one.downs().is_empty() && other.downs().is_empty());
    }
}

#[test]
fn the_loser_of_a_collision_gets_a_cease_6_7() {
    let pair = Pair::started(left(), right());
    let told = pair.ends.iter().flat_map(End::notifications);
    let codes: Vec<_> = told.map(|it| code(&it)).collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|it| *it == (6, 7)),
        "{codes:?}"
    );
}

#[test]
fn a_silent_neighbour_is_given_up_after_the_hold_time_with_4_0() {
    let mut pair = Pair::established();
    let from = pair.now;
    pair.silence();
    pair.run(seconds(91));
    let left = &pair.ends[LEFT];
    assert!(left.session.state() < State::OpenSent);
    assert_eq!(
        left.notifications().iter().map(code).collect::<Vec<_>>(),
        [(4, 0)]
    );
    let (at, _) = left
        .events
        .iter()
        .find(|(_, it)| matches!(it, Event::Down(_)))
        .unwrap();
    assert!(*at - from > seconds(60) && *at - from <= seconds(90));
}

#[test]
fn keepalives_keep_it_up_for_an_hour() {
    let mut pair = Pair::established();
    pair.run(seconds(3600));
    assert_eq!(pair.states(), [State::Established; 2]);
    let [one, other] = &pair.ends;
    assert!(one.downs().is_empty() && other.downs().is_empty());
    // One in 22.5 to 30 seconds.
    let count = one.messages.len();
    assert!((120..=165).contains(&count), "{count} messages");
}

#[test]
fn a_hold_time_of_zero_needs_no_keepalives() {
    let mut zero = left();
    zero.hold_time = Duration::ZERO;
    let mut pair = Pair::established_with(zero, right());
    let before = pair.ends[RIGHT].messages.len();
    pair.run(seconds(3600));
    assert_eq!(pair.states(), [State::Established; 2]);
    assert_eq!(pair.ends[RIGHT].messages.len(), before);
    assert_eq!(pair.ends[LEFT].session.poll_output(), Output::Timeout(None));
}

#[test]
fn an_open_that_never_comes_is_waited_for_four_minutes() {
    let mut session = Session::new(left()).unwrap();
    session.handle_input(Instant::ZERO, Input::Start);
    session.handle_input(Instant::ZERO, Input::Connected(ConnId(1)));
    while !matches!(session.poll_output(), Output::Timeout(_)) {}
    let deadline = Instant::ZERO + seconds(240);
    assert_eq!(session.poll_output(), Output::Timeout(Some(deadline)));
    session.handle_input(deadline, Input::Timeout);
    assert_eq!(session.state(), State::Idle);
    assert!(
        matches!(session.last_down(), Some(DownReason::NotificationSent(it)) if code(it) == (4, 0))
    );
}

#[test]
fn a_wrong_as_is_refused_with_2_2() {
    let mut strict = left();
    strict.peer_as = PeerAs::Exactly(Asn(65009));
    let mut pair = Pair::new(strict, passive(right()));
    pair.start();
    pair.run(Duration::from_millis(100));
    let [one, other] = &pair.ends;
    assert_eq!(
        one.notifications().iter().map(code).collect::<Vec<_>>(),
        [(2, 2)]
    );
    assert!(matches!(one.downs()[..], [DownReason::NotificationSent(it)] if code(it) == (2, 2)));
    assert!(
        matches!(other.downs()[..], [DownReason::NotificationReceived(it)] if code(it) == (2, 2))
    );
    assert_eq!((one.ups(), other.ups()), (0, 0));
}

#[test]
fn neighbours_without_a_common_family_part_with_2_7() {
    let six = with_families(left(), &[Family::IPV6_UNICAST]);
    let mut pair = Pair::new(six, passive(right()));
    pair.start();
    pair.run(Duration::from_millis(100));
    let told = [LEFT, RIGHT].map(|end| pair.ends[end].notifications());
    assert!(told.iter().flatten().all(|it| code(it) == (2, 7)));
    let notification = told.iter().flatten().next().unwrap();
    assert_eq!(notification.data.len(), 6);
}

#[test]
fn garbage_gets_1_1_and_the_end() {
    let mut pair = Pair::established();
    let conn = pair.ends[LEFT].connections()[0];
    pair.input(LEFT, Input::Received(conn, &[0x47; 100]));
    let left = &pair.ends[LEFT];
    assert_eq!(
        left.notifications().iter().map(code).collect::<Vec<_>>(),
        [(1, 1)]
    );
    assert!(left.connections().is_empty());
    assert_eq!(left.session.state(), State::Idle);
}

#[test]
fn messages_out_of_place_are_fsm_errors_with_their_type() {
    let keepalive = encoded(&Message::Keepalive);
    let update = encoded(&Message::Update(Update::default()));
    for (octets, kind) in [(&keepalive, 4), (&update, 2)] {
        let mut session = Session::new(passive(left())).unwrap();
        session.handle_input(Instant::ZERO, Input::Start);
        session.handle_input(Instant::ZERO, Input::Accepted(ConnId(1)));
        session.handle_input(Instant::ZERO, Input::Received(ConnId(1), octets));
        let Some(DownReason::NotificationSent(told)) = session.last_down() else {
            panic!("{:?}", session.last_down());
        };
        assert_eq!((code(told), &told.data[..]), ((5, 1), &[kind][..]));
    }
    let mut pair = Pair::established();
    let conn = pair.ends[LEFT].connections()[0];
    let open = pair.ends[RIGHT].messages[0].2.clone();
    pair.input(LEFT, Input::Received(conn, &open));
    let told = pair.ends[LEFT].notifications();
    assert_eq!((code(&told[0]), &told[0].data[..]), ((5, 3), &[1][..]));
}

#[test]
fn a_stop_tells_the_neighbour_why() {
    let mut pair = Pair::established();
    let reason = "maintenance until noon";
    pair.input(LEFT, Input::Stop { reason });
    pair.run(seconds(600));
    let [one, other] = &pair.ends;
    assert_eq!(one.downs(), [&DownReason::Stopped]);
    let DownReason::NotificationReceived(heard) = other.downs()[0] else {
        panic!("{:?}", other.downs());
    };
    assert_eq!((code(heard), heard.text()), ((6, 2), Some(reason)));
    assert_eq!(one.session.state(), State::Idle);
    assert_eq!((one.ups(), other.ups()), (1, 1));
}

#[test]
fn a_long_reason_is_cut_between_characters_at_255_octets() {
    let mut pair = Pair::established();
    let reason = "é".repeat(200);
    pair.input(LEFT, Input::Stop { reason: &reason });
    let told = pair.ends[LEFT].notifications();
    assert_eq!(told[0].text(), Some(&*"é".repeat(127)));
}

#[test]
fn a_stopped_session_refuses_and_a_started_one_comes_up_again() {
    let mut pair = Pair::established();
    pair.input(RIGHT, Input::Stop { reason: "" });
    pair.run(seconds(120));
    assert_eq!(pair.ends[RIGHT].session.state(), State::Idle);
    assert_ne!(pair.ends[LEFT].session.state(), State::Established);
    pair.input(RIGHT, Input::Start);
    pair.run(seconds(120));
    assert_eq!(pair.states(), [State::Established; 2]);
}

#[test]
fn a_lost_connection_comes_back_by_itself() {
    let mut pair = Pair::established();
    pair.cut();
    assert_eq!(pair.states(), [State::Idle; 2]);
    assert_eq!(pair.ends[LEFT].downs(), [&DownReason::ConnectionLost]);
    pair.run(seconds(30));
    assert_eq!(pair.states(), [State::Established; 2]);
    assert_eq!(pair.ends[LEFT].ups(), 2);
}

#[test]
fn a_neighbour_that_is_not_there_is_dialled_again_and_again() {
    let mut pair = Pair::new(left(), passive(right()));
    pair.ends[RIGHT].listens = false;
    pair.start();
    pair.run(seconds(60));
    let failed = pair.ends[LEFT].downs().len();
    // One at once, and then one in 3.75 to 5 seconds.
    assert!((12..=17).contains(&failed), "{failed} attempts");
    pair.ends[RIGHT].listens = true;
    pair.run(seconds(6));
    assert_eq!(pair.states(), [State::Established; 2]);
}

#[test]
fn the_pause_after_a_refusal_grows() {
    let mut strict = left();
    strict.peer_as = PeerAs::Exactly(Asn(65009));
    let mut pair = Pair::started(strict, passive(right()));
    pair.run(seconds(3600));
    let refused = pair.ends[LEFT].notifications().len();
    assert!(
        (40..=100).contains(&refused),
        "{refused} refusals in an hour"
    );
}

#[test]
fn a_connection_may_break_after_any_octet() {
    for fuse in 0..200 {
        let mut pair = Pair::new(left(), passive(right()));
        pair.fuse = Some(fuse);
        pair.start();
        pair.run(seconds(120));
        assert_eq!(
            pair.states(),
            [State::Established; 2],
            "after {fuse} octets"
        );
    }
}

#[test]
fn octets_may_come_one_at_a_time() {
    let story = |chunk| {
        let mut pair = Pair::new(left(), right());
        pair.chunk = chunk;
        pair.start();
        pair.run(seconds(2));
        pair.ends[LEFT]
            .session
            .send(&update("10.1.0.0/16"))
            .unwrap();
        pair.run(seconds(100));
        pair.input(RIGHT, Input::Stop { reason: "done" });
        pair.run(seconds(1));
        pair.ends.map(|end| (end.events, end.sent))
    };
    let whole = story(usize::MAX);
    for chunk in [1, 2, 18, 19, 20] {
        assert!(story(chunk) == whole, "{chunk} at a time");
    }
}

#[test]
fn it_does_not_matter_when_the_outputs_are_taken() {
    let open = Pair::established().ends[RIGHT].messages[0].2.clone();
    let keepalive = encoded(&Message::Keepalive);
    let update = encoded(&Message::Update(update("10.1.0.0/16")));
    let conn = ConnId(1);
    let inputs = [
        Input::Start,
        Input::Connected(conn),
        Input::Sent(conn, 19),
        Input::Received(conn, &open),
        Input::Received(conn, &keepalive),
        Input::Received(conn, &update),
        Input::Timeout,
        Input::Received(conn, &update[..20]),
        Input::Received(conn, &update[20..]),
        Input::Stop { reason: "enough" },
    ];
    let play = |drain_after: u32| {
        let mut session = Session::new(left()).unwrap();
        let mut outputs = Vec::new();
        for (at, input) in inputs.into_iter().enumerate() {
            session.handle_input(Instant::ZERO, input);
            if drain_after & (1 << at) != 0 {
                outputs.extend(drained(&mut session));
            }
        }
        outputs.extend(drained(&mut session));
        outputs
    };
    let at_last = play(0);
    assert!(
        at_last
            .iter()
            .any(|it| matches!(it, Output::Event(Event::Update(_))))
    );
    for drain_after in 1..1 << 10 {
        assert_eq!(play(drain_after), at_last, "{drain_after:b}");
    }
}

#[test]
fn routes_and_end_of_rib_arrive() {
    let mut pair = Pair::established();
    let sent = update("10.1.0.0/16");
    let session = &mut pair.ends[LEFT].session;
    session.send(&sent).unwrap();
    session
        .send(&Update::end_of_rib(Family::IPV4_UNICAST))
        .unwrap();
    pair.run(seconds(1));
    let events = &pair.ends[RIGHT].events;
    let update = events.iter().find_map(|(_, event)| match event {
        Event::Update(parsed) => Some(parsed),
        _ => None,
    });
    let update = update.unwrap();
    assert!(update.faults.is_empty());
    assert_eq!(update.value, sent);
    let (_, last) = events.last().unwrap();
    assert_eq!(*last, Event::EndOfRib(Family::IPV4_UNICAST));
}

#[test]
fn a_refresh_of_a_family_that_was_not_agreed_is_ignored() {
    let mut pair = Pair::established();
    for family in [Family::IPV6_UNICAST, Family::IPV4_UNICAST] {
        let subtype = RefreshSubtype::REQUEST;
        let refresh = Message::RouteRefresh(RouteRefresh::new(family, subtype));
        let octets = encoded(&refresh).into();
        pair.ends[LEFT].session.send_encoded(octets).unwrap();
    }
    pair.run(seconds(1));
    let asked = pair.ends[RIGHT]
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Refresh(refresh) => Some(refresh.family),
            _ => None,
        });
    assert_eq!(asked.collect::<Vec<_>>(), [Family::IPV4_UNICAST]);
}

#[test]
fn a_full_window_refuses_and_says_when_there_is_room_again() {
    let mut config = left();
    config.send_window = 8192;
    let mut pair = Pair::established_with(config, right());
    pair.ends[LEFT].writes = false;
    let session = &mut pair.ends[LEFT].session;
    let window = session.room();
    assert_eq!(window, 8192);
    let refused = (0..1000).find_map(|_| session.send(&update("10.1.0.0/16")).err());
    assert_eq!(refused, Some(SendError::WindowFull));
    let unsent = window - session.room();
    assert!(unsent <= 8192);
    pair.drain(LEFT);
    let conn = pair.ends[LEFT].connections()[0];
    let writable =
        |pair: &Pair| matches!(pair.ends[LEFT].events.last(), Some((_, Event::Writable)));
    pair.input(LEFT, Input::Sent(conn, 1));
    assert!(!writable(&pair));
    pair.input(LEFT, Input::Sent(conn, unsent - 1));
    assert!(writable(&pair));
    assert_eq!(pair.ends[LEFT].session.room(), 8192);
}

#[test]
fn nothing_can_be_sent_before_the_session_is_up() {
    let mut session = Session::new(left()).unwrap();
    let refused = session.send(&update("10.1.0.0/16"));
    assert_eq!(refused, Err(SendError::NotEstablished));
    assert_eq!(session.room(), 0);
}

#[test]
fn a_neighbour_that_dials_anew_while_up_is_refused_with_6_7() {
    let mut pair = Pair::established();
    let old = pair.ends[RIGHT].connections()[0];
    let open = pair.ends[LEFT].messages[0].2.clone();
    pair.input(RIGHT, Input::Accepted(ConnId(99)));
    pair.input(RIGHT, Input::Received(ConnId(99), &open));
    let right = &pair.ends[RIGHT];
    let told = messages(&right.sent[&ConnId(99)]);
    assert!(matches!(&told[1], Message::Notification(it) if code(it) == (6, 7)));
    assert!(right.downs().is_empty());
    assert_eq!(right.session.state(), State::Established);
    assert_eq!(right.connections(), [old]);
}

#[test]
fn a_neighbour_that_restarts_gracefully_takes_over_from_itself() {
    let gracefully = |config: Config| Config {
        graceful_restart: Some(GracefulRestartConfig {
            restart_time: seconds(120),
            restarting: false,
            notification: false,
            families: vec![Family::IPV4_UNICAST],
        }),
        ..config
    };
    let mut pair = Pair::established_with(gracefully(left()), gracefully(right()));
    let agreed = pair.ends[LEFT].session.negotiated().unwrap();
    assert_eq!(agreed.graceful_restart.as_ref().unwrap().restart_time, 120);
    let old = pair.ends[RIGHT].connections()[0];
    let open = pair.ends[LEFT].messages[0].2.clone();
    pair.input(RIGHT, Input::Accepted(ConnId(99)));
    assert_eq!(pair.ends[RIGHT].session.state(), State::Established);
    pair.input(RIGHT, Input::Received(ConnId(99), &open));
    let right = &pair.ends[RIGHT];
    assert_eq!(right.downs(), [&DownReason::ConnectionLost]);
    assert_eq!(right.session.state(), State::OpenConfirm);
    assert!(right.notifications().is_empty());
    assert!(!right.connections().contains(&old));
}

#[test]
fn a_neighbour_that_dials_twice_before_it_is_up_keeps_the_newer_connection() {
    let mut session = Session::new(passive(left())).unwrap();
    session.handle_input(Instant::ZERO, Input::Start);
    session.handle_input(Instant::ZERO, Input::Accepted(ConnId(1)));
    session.handle_input(Instant::ZERO, Input::Accepted(ConnId(2)));
    let outputs = drained(&mut session);
    assert!(outputs.contains(&Output::Close(ConnId(1))));
    assert!(!outputs.contains(&Output::Close(ConnId(2))));
    assert_eq!(session.state(), State::OpenSent);
    assert_eq!(session.last_down(), None);
}

#[test]
fn a_session_that_was_not_started_refuses_connections() {
    let mut session = Session::new(left()).unwrap();
    session.handle_input(Instant::ZERO, Input::Accepted(ConnId(1)));
    assert_eq!(drained(&mut session), [Output::Close(ConnId(1))]);
    assert_eq!(session.poll_output(), Output::Timeout(None));
}

#[test]
fn time_never_runs_backwards() {
    let mut session = Session::new(left()).unwrap();
    let late = Instant::ZERO + seconds(1000);
    session.handle_input(late, Input::Start);
    session.handle_input(Instant::ZERO, Input::ConnectFailed);
    drained(&mut session);
    let Output::Timeout(Some(deadline)) = session.poll_output() else {
        panic!("no deadline");
    };
    assert!(deadline > late);
    session.handle_input(Instant::ZERO, Input::Timeout);
    assert_eq!(session.state(), State::Active);
}

/// All outputs but the deadline.
fn drained(session: &mut Session) -> Vec<Output> {
    let mut outputs = Vec::new();
    loop {
        match session.poll_output() {
            Output::Timeout(_) => return outputs,
            output => outputs.push(output),
        }
    }
}

/// One route as AS 65001 has it.
pub(crate) fn update(prefix: &str) -> Update {
    Update {
        attributes: AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65001)])),
            next_hop: Some(NextHop::V4([10, 0, 0, 1].into())),
            ..AttributeSet::default()
        },
        announced: NlriList::collect(
            Family::IPV4_UNICAST,
            [prefix.parse::<bgpwright::types::Prefix>().unwrap()],
        )
        .unwrap(),
        ..Update::default()
    }
}
