//! Neighbours that send too much, too little, or nonsense without end: the
//! memory is bounded, and the answer is the right NOTIFICATION, once.

use bgpwright::{
    session::{ConnId, DownReason, Input, State, negotiate::our_open},
    wire::{Message, MessageType},
};

use crate::{
    alone::{Alone, CONN},
    rig::{code, encoded, left, passive, right, seconds},
};

fn codes(alone: &Alone) -> Vec<(u8, u8)> {
    alone.notifications().iter().map(code).collect()
}

fn header(kind: u8, length: u16) -> Vec<u8> {
    let mut octets = vec![0xff; 16];
    octets.extend_from_slice(&length.to_be_bytes());
    octets.push(kind);
    octets
}

/// The most memory that was in use at once while it took that in.
fn peak(alone: &mut Alone, octets: &[u8]) -> u64 {
    let taken = allocation_counter::measure(|| {
        alone
            .session
            .handle_input(alone.now, Input::Received(CONN, octets));
    });
    alone.drain();
    taken.bytes_max
}

#[test]
fn a_flood_of_opens_on_a_connection_is_one_fsm_error() {
    let mut alone = Alone::new(passive(left()));
    alone.input(Input::Accepted(CONN));
    let flood = encoded(&Message::Open(our_open(&right()))).repeat(10_000);
    let peak = peak(&mut alone, &flood);
    assert_eq!(codes(&alone), [(5, 2)]);
    assert_eq!(alone.closed, [CONN]);
    assert!(peak < 8192, "{peak} octets");
}

#[test]
fn a_flood_of_connections_leaves_two_at_most() {
    let mut alone = Alone::new(passive(left()));
    let open = encoded(&Message::Open(our_open(&right())));
    for number in 1..=10_000 {
        alone.input(Input::Accepted(ConnId(number)));
        if number % 3 == 0 {
            alone.input(Input::Received(ConnId(number), &open));
        }
        assert!(usize::try_from(number).unwrap() - alone.closed.len() <= 2);
    }
    // One NOTIFICATION for each that was closed, at most.
    assert!(alone.notifications().len() <= alone.closed.len());
    assert!(alone.notifications().iter().all(|it| code(it) == (6, 7)));
    assert!(alone.session.history().len() <= 16);
}

#[test]
fn a_flood_of_keepalives_is_taken_without_memory() {
    let mut alone = Alone::established(passive(left()));
    let flood = encoded(&Message::Keepalive).repeat(100_000);
    let peak = peak(&mut alone, &flood);
    assert_eq!(alone.session.state(), State::Established);
    assert_eq!(alone.session.stats().received.keepalives, 100_001);
    assert_eq!(peak, 0);
}

#[test]
fn a_flood_of_keepalives_before_any_open_is_one_fsm_error() {
    let mut alone = Alone::new(passive(left()));
    alone.input(Input::Accepted(CONN));
    let flood = encoded(&Message::Keepalive).repeat(100_000);
    let peak = peak(&mut alone, &flood);
    assert_eq!(codes(&alone), [(5, 1)]);
    assert!(peak < 8192, "{peak} octets");
}

#[test]
fn unknown_types_are_one_header_error() {
    for kind in [0, 6, 77, 255] {
        let mut alone = Alone::established(passive(left()));
        let peak = peak(&mut alone, &header(kind, 19).repeat(10_000));
        assert_eq!(codes(&alone), [(1, 3)], "type {kind}");
        assert_eq!(*alone.notifications()[0].data, [kind]);
        assert!(peak < 8192, "{peak} octets");
    }
}

#[test]
fn one_octet_a_second_of_an_open_gets_4_0_after_four_minutes() {
    let mut alone = Alone::new(passive(left()));
    alone.input(Input::Accepted(CONN));
    let slow = header(MessageType::OPEN.0, 4096);
    for octet in slow.iter().copied().chain(core::iter::repeat(0)).take(300) {
        alone.input(Input::Received(CONN, &[octet]));
        alone.pass(seconds(1));
    }
    assert_eq!(codes(&alone), [(4, 0)]);
    assert_eq!(alone.closed, [CONN]);
}

#[test]
fn one_octet_a_second_of_an_update_does_not_keep_a_session_alive() {
    let mut alone = Alone::established(passive(left()));
    let slow = header(MessageType::UPDATE.0, 4096);
    let octets = slow.iter().copied().chain(core::iter::repeat(0)).take(100);
    for octet in octets {
        alone.input(Input::Received(CONN, &[octet]));
        alone.pass(seconds(1));
    }
    assert_eq!(codes(&alone), [(4, 0)]);
    assert!(matches!(
        alone.downs()[..],
        [DownReason::NotificationSent(_)]
    ));
}

#[test]
fn the_beginning_of_a_message_takes_no_more_than_the_message() {
    let mut alone = Alone::established(passive(left()));
    let taken = allocation_counter::measure(|| {
        let mut octets = header(MessageType::UPDATE.0, 4096);
        octets.resize(4095, 0);
        for piece in octets.chunks(7) {
            alone
                .session
                .handle_input(alone.now, Input::Received(CONN, piece));
        }
    });
    // What it was cut from is measured too.
    assert!(taken.bytes_max < 4 * 4096, "{} octets", taken.bytes_max);
    assert_eq!(alone.session.state(), State::Established);
}

#[test]
fn what_comes_after_the_end_is_not_kept() {
    let mut alone = Alone::established(passive(left()));
    alone.input(Input::Received(CONN, &[0; 19]));
    let peak = peak(&mut alone, &vec![0; 1 << 20]);
    assert_eq!(peak, 0);
    assert_eq!(codes(&alone), [(1, 1)]);
}
