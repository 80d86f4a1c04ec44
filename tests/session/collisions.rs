//! The worked collisions of `tests/data/fsm.json`, as the pure rule decides
//! them and as a session carries them out.

use bgpwright::{
    session::{
        Config, ConnId, DownReason, Input, Output, PeerAs, Session, State,
        collision::{Identity, Initiator, keep},
        negotiate::our_open,
    },
    time::Instant,
    types::{Asn, RouterId},
    wire::Message,
};
use serde_json::Value;

use crate::rig::{code, encoded, messages};

const DATA: &str = include_str!("../data/fsm.json");
const OUTGOING: ConnId = ConnId(1);
const INCOMING: ConnId = ConnId(2);

#[test]
fn the_rule_keeps_what_the_worked_cases_keep() {
    let mut decided = 0;
    for case in cases() {
        let Some(kept) = kept(&case) else {
            continue;
        };
        if case["existing"].as_str().unwrap().ends_with("Established") {
            continue;
        }
        let (local, remote) = ends(&case);
        assert_eq!(keep(local, remote), kept, "{case}");
        assert_ne!(keep(remote, local), kept, "the other end disagrees: {case}");
        decided += 1;
    }
    assert_eq!(decided, 10);
}

#[test]
fn a_session_keeps_what_the_worked_cases_keep_and_tells_the_other_6_7() {
    for case in cases() {
        let (local, remote) = ends(&case);
        let Some(kept) = kept(&case) else {
            assert_identifier_is_refused(local, remote);
            continue;
        };
        let existing = case["existing"].as_str().unwrap();
        let (old, new) = if existing.starts_with("outgoing") {
            (OUTGOING, INCOMING)
        } else {
            (INCOMING, OUTGOING)
        };
        let peer = encoded(&Message::Open(our_open(&config(remote, local))));
        let mut session = with_both(local, remote, old);
        if !existing.ends_with("OpenSent") {
            input(&mut session, Input::Received(old, &peer));
        }
        if existing.ends_with("Established") {
            // The second came when the first was in OpenSent; it is still there
            // only if the first lost, which the Established case does not.
            session = established_before_the_second(local, remote, &peer, old, new);
        } else if session_has(&session) {
            input(&mut session, Input::Received(new, &peer));
        }
        let (sent, closed) = outcome(&mut session);
        let (loser, winner) = match kept {
            Initiator::Local => (INCOMING, OUTGOING),
            Initiator::Remote => (OUTGOING, INCOMING),
        };
        assert_eq!(closed, [loser], "{case}");
        let told = messages(&sent(loser));
        let last = told.last().unwrap();
        assert!(
            matches!(last, Message::Notification(it) if code(it) == (6, 7)),
            "{case}"
        );
        assert!(
            !messages(&sent(winner))
                .iter()
                .any(|it| matches!(it, Message::Notification(_)))
        );
        assert!(session.state() >= State::OpenSent, "{case}");
        assert_eq!(session.last_down(), None, "{case}");
    }
}

/// RFC 6286 §2.2: there is nothing to compare.
fn assert_identifier_is_refused(local: Identity, remote: Identity) {
    let mut session = Session::new(config(local, remote)).unwrap();
    input(&mut session, Input::Start);
    input(&mut session, Input::Connected(OUTGOING));
    let peer = encoded(&Message::Open(our_open(&config(remote, local))));
    input(&mut session, Input::Received(OUTGOING, &peer));
    let refused = session.last_down();
    assert!(matches!(refused, Some(DownReason::NotificationSent(it)) if code(it) == (2, 3)));
}

/// In OpenSent on both connections, the older one first.
fn with_both(local: Identity, remote: Identity, old: ConnId) -> Session {
    let mut session = Session::new(config(local, remote)).unwrap();
    input(&mut session, Input::Start);
    if old == OUTGOING {
        input(&mut session, Input::Connected(OUTGOING));
        input(&mut session, Input::Accepted(INCOMING));
    } else {
        input(&mut session, Input::Accepted(INCOMING));
        input(&mut session, Input::Connected(OUTGOING));
    }
    session
}

fn established_before_the_second(
    local: Identity,
    remote: Identity,
    peer: &[u8],
    old: ConnId,
    new: ConnId,
) -> Session {
    assert_eq!((old, new), (OUTGOING, INCOMING));
    let mut session = Session::new(config(local, remote)).unwrap();
    input(&mut session, Input::Start);
    input(&mut session, Input::Connected(old));
    input(&mut session, Input::Received(old, peer));
    input(
        &mut session,
        Input::Received(old, &encoded(&Message::Keepalive)),
    );
    assert_eq!(session.state(), State::Established);
    input(&mut session, Input::Accepted(new));
    input(&mut session, Input::Received(new, peer));
    assert_eq!(session.state(), State::Established);
    session
}

/// What was handed out for a connection, and which connections were closed.
fn outcome(session: &mut Session) -> (impl Fn(ConnId) -> Vec<u8> + use<>, Vec<ConnId>) {
    let (mut sent, mut closed) = (Vec::new(), Vec::new());
    loop {
        match session.poll_output() {
            Output::Timeout(_) => break,
            Output::Transmit(conn, octets) => sent.push((conn, octets)),
            Output::Close(conn) => closed.push(conn),
            Output::Connect | Output::Event(_) => {}
        }
    }
    let of = move |conn| {
        let of_conn = sent.iter().filter(|(it, _)| *it == conn);
        of_conn.flat_map(|(_, octets)| octets.to_vec()).collect()
    };
    (of, closed)
}

fn session_has(session: &Session) -> bool {
    session.state() >= State::OpenSent
}

fn input(session: &mut Session, input: Input<'_>) {
    session.handle_input(Instant::ZERO, input);
}

fn config(local: Identity, remote: Identity) -> Config {
    Config::new(local.asn, local.router_id, PeerAs::Exactly(remote.asn))
}

fn cases() -> Vec<Value> {
    let data: Value = serde_json::from_str(DATA).unwrap();
    data["collision_cases"].as_array().unwrap().clone()
}

/// AS numbers do not matter where a case has none.
fn ends(case: &Value) -> (Identity, Identity) {
    let identity = |id: &str, asn: &str, default| Identity {
        router_id: case[id].as_str().unwrap().parse::<RouterId>().unwrap(),
        asn: Asn(u32::try_from(case[asn].as_u64().unwrap_or(default)).unwrap()),
    };
    (
        identity("local_id", "local_as", 65010),
        identity("remote_id", "remote_as", 65020),
    )
}

/// `None`: neither, the OPEN is refused. "existing" of the case that leaves a
/// choice is the earlier decision, which is ours.
fn kept(case: &Value) -> Option<Initiator> {
    let keep = case["keep"].as_str().unwrap();
    let existing = case["existing"].as_str().unwrap();
    if keep.starts_with("none") {
        None
    } else if keep.starts_with("outgoing") || keep.contains("(outgoing)") {
        Some(Initiator::Local)
    } else if keep.starts_with("incoming") || keep.contains("(incoming)") {
        Some(Initiator::Remote)
    } else {
        panic!("{existing}: {keep}")
    }
}
