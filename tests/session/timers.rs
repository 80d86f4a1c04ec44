//! The optional timers: a delayed OPEN, the send hold time, and the pause.

use core::time::Duration;

use bgpwright::{
    session::{
        Config, ConfigError, ConnId, DelayOpen, DownReason, IdleHold, Input, SendHold, Session,
        State, negotiate::our_open,
    },
    types::{Asn, RouterId},
    wire::Message,
};

use crate::{
    alone::{Alone, CONN},
    rig::{Pair, RIGHT, code, left, passive, right, seconds},
};

const SECOND: ConnId = ConnId(2);

fn delayed(config: Config, time: u64) -> Config {
    let delay = DelayOpen {
        time: seconds(time),
        notify_without_open: true,
    };
    Config {
        delay_open: Some(delay),
        ..config
    }
}

fn codes(alone: &Alone) -> Vec<(u8, u8)> {
    alone.notifications().iter().map(code).collect()
}

#[test]
fn a_delayed_open_answers_the_neighbours() {
    let mut pair = Pair::new(left(), passive(delayed(right(), 30)));
    pair.start();
    pair.run(seconds(1));
    assert_eq!(pair.states(), [State::Established; 2]);
    let path = [
        State::Idle,
        State::Active,
        State::OpenConfirm,
        State::Established,
    ];
    assert_eq!(pair.ends[RIGHT].path(), path);
}

#[test]
fn two_delayed_opens_wait_for_the_shorter_delay() {
    let mut pair = Pair::new(delayed(left(), 20), passive(delayed(right(), 5)));
    pair.start();
    pair.run(seconds(4));
    assert!(pair.ends.iter().all(|end| end.messages.is_empty()));
    assert_eq!(pair.states(), [State::Connect, State::Active]);
    pair.run(seconds(2));
    assert_eq!(pair.states(), [State::Established; 2]);
}

#[test]
fn neighbours_that_both_dial_and_delay_keep_exactly_one_connection() {
    for (one, other) in [(2, 2), (2, 9), (9, 2)] {
        let mut pair = Pair::new(delayed(left(), one), delayed(right(), other));
        pair.start();
        pair.run(seconds(30));
        assert_eq!(pair.states(), [State::Established; 2], "{one} {other}");
        let [a, b] = &pair.ends;
        assert_eq!((a.ups(), b.ups()), (1, 1), "{one} {other}");
        assert_eq!(a.connections(), b.connections());
        assert_eq!(a.connections().len(), 1);
    }
}

#[test]
fn a_neighbour_that_is_refused_before_our_open_is_told_only_if_it_may_be() {
    for (told, expected) in [(true, vec![(2, 2)]), (false, vec![])] {
        let mut config = delayed(passive(left()), 30);
        config.peer_as = bgpwright::session::PeerAs::Exactly(Asn(65009));
        config.delay_open = config.delay_open.map(|delay| DelayOpen {
            notify_without_open: told,
            ..delay
        });
        let mut alone = Alone::new(config);
        alone.input(Input::Accepted(CONN));
        alone.hear(CONN, &Message::Open(our_open(&right())));
        assert_eq!(codes(&alone), expected);
        assert_eq!(alone.closed, [CONN]);
        assert!(!alone.opened(CONN));
        assert_eq!(alone.downs().len(), 1);
    }
}

#[test]
fn a_bad_header_before_our_open_is_told() {
    let mut alone = Alone::new(delayed(passive(left()), 30));
    alone.input(Input::Accepted(CONN));
    alone.input(Input::Received(CONN, &[0; 19]));
    assert_eq!(codes(&alone), [(1, 1)]);
    assert_eq!(alone.closed, [CONN]);
}

#[test]
fn what_comes_before_any_open_ends_a_delay_in_silence() {
    let mut alone = Alone::new(delayed(passive(left()), 30));
    alone.input(Input::Accepted(CONN));
    alone.hear(CONN, &Message::Keepalive);
    assert!(alone.sent.is_empty());
    assert_eq!(alone.closed, [CONN]);
    assert_eq!(alone.downs(), [&DownReason::ConnectionLost]);
}

#[test]
fn a_stop_during_a_delay_is_told_without_an_open() {
    let mut alone = Alone::new(delayed(passive(left()), 30));
    alone.input(Input::Accepted(CONN));
    alone.input(Input::Stop { reason: "" });
    assert_eq!(codes(&alone), [(6, 2)]);
    assert_eq!(alone.closed, [CONN]);
    assert_eq!(alone.deadline(), None);
}

#[test]
fn a_connection_lost_during_a_delay_is_dialled_again() {
    let mut alone = Alone::new(delayed(left(), 30));
    alone.input(Input::Connected(CONN));
    assert_eq!(alone.session.state(), State::Connect);
    alone.input(Input::Closed(CONN));
    assert_eq!(alone.session.state(), State::Active);
    assert_eq!(alone.downs(), [&DownReason::ConnectionLost]);
    alone.pass(seconds(5));
    assert_eq!(alone.dials, 2);
}

#[test]
fn a_failed_attempt_does_not_disturb_an_accepted_connection_in_its_delay() {
    let mut alone = Alone::new(delayed(left(), 30));
    alone.input(Input::Accepted(CONN));
    alone.input(Input::ConnectFailed);
    assert!(alone.closed.is_empty());
    alone.hear(CONN, &Message::Open(our_open(&right())));
    assert_eq!(alone.session.state(), State::OpenConfirm);
}

#[test]
fn a_second_connection_during_a_delay_is_followed_beside_the_first() {
    let mut alone = Alone::new(delayed(left(), 30));
    alone.input(Input::Accepted(CONN));
    alone.input(Input::Connected(SECOND));
    assert!(alone.closed.is_empty());
    // Ours is the lesser identifier: the neighbour's connection is kept.
    alone.hear(SECOND, &Message::Open(our_open(&right())));
    alone.hear(CONN, &Message::Open(our_open(&right())));
    alone.hear(CONN, &Message::Keepalive);
    assert_eq!(alone.closed, [SECOND]);
    assert_eq!(alone.session.state(), State::Established);
}

#[test]
fn a_neighbour_that_takes_nothing_is_given_up_after_eight_minutes_with_8_0() {
    let mut alone = Alone::established(passive(left()));
    alone.run(seconds(600));
    assert_eq!(alone.session.state(), State::Established);
    alone.writes = false;
    alone.run(seconds(440));
    assert_eq!(alone.session.state(), State::Established);
    alone.run(seconds(50));
    assert_eq!(codes(&alone), [(8, 0)]);
    assert_eq!(alone.closed, [CONN]);
}

#[test]
fn the_send_hold_time_is_configured_or_twice_a_long_hold_time_or_off() {
    let after = |change: &dyn Fn(&mut Config)| {
        let mut config = passive(left());
        change(&mut config);
        let mut neighbour = right();
        neighbour.hold_time = config.hold_time;
        let mut alone = Alone::established_with(config, &neighbour);
        alone.writes = false;
        let from = alone.now;
        (0..1000)
            .find(|_| {
                alone.run(seconds(20));
                alone.session.state() != State::Established
            })
            .map(|_| alone.now - from)
    };
    let configured = after(&|it| it.send_hold = SendHold::After(seconds(120)));
    assert_eq!(configured, Some(seconds(120)));
    assert_eq!(after(&|it| it.send_hold = SendHold::Off), None);
    assert_eq!(
        after(&|it| it.hold_time = seconds(600)),
        Some(seconds(1200))
    );
    assert_eq!(
        after(&|it| it.hold_time = Duration::ZERO),
        None,
        "no KEEPALIVEs"
    );
}

#[test]
fn the_pauses_after_failures_are_as_configured() {
    let mut config = passive(left());
    config.idle_hold = Some(IdleHold {
        first: seconds(8),
        most: seconds(20),
    });
    let mut alone = Alone::new(config);
    for (at, most) in [8, 16, 20, 20].into_iter().enumerate() {
        let conn = ConnId(10 + u64::try_from(at).unwrap());
        alone.input(Input::Accepted(conn));
        alone.input(Input::Received(conn, &[0; 19]));
        assert_eq!(alone.session.state(), State::Idle);
        let pause = alone.deadline().unwrap() - alone.now;
        assert!(
            pause > seconds(most) * 3 / 4 && pause <= seconds(most),
            "{pause:?}"
        );
        alone.pass(pause);
        assert_eq!(alone.session.state(), State::Active);
    }
}

#[test]
fn a_session_without_pauses_stays_down_until_it_is_started() {
    let mut config = left();
    config.idle_hold = None;
    let mut alone = Alone::new(config);
    alone.input(Input::Connected(CONN));
    alone.input(Input::Received(CONN, &[0; 19]));
    assert_eq!(alone.session.state(), State::Idle);
    assert_eq!(alone.deadline(), None);
    alone.input(Input::Start);
    assert_eq!((alone.session.state(), alone.dials), (State::Connect, 2));
}

#[test]
fn an_established_session_loses_a_collision_only_if_it_takes_part() {
    for (takes_part, local_id, kept) in [
        (false, 0x0a00_0001, CONN),
        (true, 0x0a00_0001, SECOND),
        (true, 0x0a00_0009, CONN),
    ] {
        // CONN is ours, SECOND the neighbour's.
        let mut config = left();
        config.router_id = RouterId(local_id);
        config.collide_established = takes_part;
        let mut alone = Alone::new(config);
        alone.input(Input::Connected(CONN));
        alone.hear(CONN, &Message::Open(our_open(&right())));
        alone.hear(CONN, &Message::Keepalive);
        assert_eq!(alone.session.state(), State::Established);
        alone.come_up(SECOND, &right());
        assert_eq!(alone.session.state(), State::Established);
        assert_eq!(codes(&alone), [(6, 7)]);
        let closed = if kept == CONN { SECOND } else { CONN };
        assert_eq!(alone.closed, [closed]);
    }
}

#[test]
fn times_that_cannot_work_are_named() {
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = left();
        change(&mut config);
        Session::new(config)
            .err()
            .map(|error: ConfigError| error.to_string())
    };
    let pause = |first, most| {
        Some(IdleHold {
            first: seconds(first),
            most: seconds(most),
        })
    };
    for (error, expected) in [
        (
            refused(&|it| *it = delayed(left(), 0)),
            "delay_open.time: must not be 0",
        ),
        (
            refused(&|it| it.idle_hold = pause(0, 9)),
            "idle_hold.first: must not be 0",
        ),
        (
            refused(&|it| it.idle_hold = pause(9, 8)),
            "idle_hold.most: 8s is less than idle_hold.first, 9s",
        ),
        (
            refused(&|it| it.send_hold = SendHold::After(seconds(90))),
            "send_hold: 90s is not more than hold_time, 90s",
        ),
    ] {
        assert_eq!(error.as_deref(), Some(expected));
    }
}
