//! What a session costs while nothing happens.

use allocation_counter::measure;
use bgpwright::{
    session::{Input, Output, Session, State, negotiate::our_open},
    wire::Message,
};

use crate::{
    alone::{Alone, CONN},
    rig::{encoded, left, passive, right, seconds},
};

#[test]
fn an_idle_established_session_takes_less_than_4_kib() {
    let config = passive(left());
    let open = encoded(&Message::Open(our_open(&right())));
    let keepalive = encoded(&Message::Keepalive);
    let mut session = None;
    let taken = measure(|| {
        let mut made = Session::new(config).unwrap();
        let now = bgpwright::time::Instant::ZERO;
        for input in [
            Input::Start,
            Input::Accepted(CONN),
            Input::Received(CONN, &open),
            Input::Received(CONN, &keepalive),
        ] {
            made.handle_input(now, input);
            while !matches!(made.poll_output(), Output::Timeout(_)) {}
        }
        session = Some(made);
    });
    let session = session.unwrap();
    assert_eq!(session.state(), State::Established);
    let heap = usize::try_from(taken.bytes_current).unwrap();
    let all = heap + size_of::<Session>();
    println!(
        "{} octets of its own and {heap} of heap",
        size_of::<Session>()
    );
    assert!(all < 4096, "{all} octets");
}

#[test]
fn an_idle_session_is_polled_and_kept_alive_without_allocating() {
    let mut alone = Alone::established(passive(left()));
    alone.run(seconds(100));
    let keepalive = encoded(&Message::Keepalive);
    let polled = measure(|| {
        for _ in 0..100 {
            assert!(matches!(
                alone.session.poll_output(),
                Output::Timeout(Some(_))
            ));
        }
    });
    assert_eq!(polled.count_total, 0);
    let heard = measure(|| {
        alone.session.handle_input(alone.now, Input::Timeout);
        alone
            .session
            .handle_input(alone.now, Input::Received(CONN, &keepalive));
        assert!(matches!(
            alone.session.poll_output(),
            Output::Timeout(Some(_))
        ));
    });
    assert_eq!(heard.count_total, 0);
}

#[test]
fn what_a_burst_took_is_given_back() {
    let mut alone = Alone::established(passive(left()));
    let before = measure(|| {
        for _ in 0..1000 {
            alone.session.handle_input(alone.now, Input::Accepted(CONN));
            let unknown = bgpwright::session::ConnId(99);
            alone
                .session
                .handle_input(alone.now, Input::Accepted(unknown));
            alone
                .session
                .handle_input(alone.now, Input::Closed(unknown));
        }
        while !matches!(alone.session.poll_output(), Output::Timeout(_)) {}
    });
    assert!(before.bytes_max > 4096);
    assert!(
        before.bytes_current < 1024,
        "{} octets",
        before.bytes_current
    );
}
