//! Our session on a socket, for one case.

use core::{
    net::Ipv4Addr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Instant as Clock,
};

use bgpwright::{
    session::{AsSet, Config, ConnId, Input, OpenMode, Output, PeerAs, Session},
    time::Instant,
    types::{Asn, RouterId},
    wire::AddPathMode,
};
use serde_json::Value;

use crate::player::{self, Player, Seen};

const CONN: ConnId = ConnId(1);

pub(crate) fn play(case: &Value) -> Seen {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let session = Session::new(config(&case["context"])).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| speak(session, &listener.accept().unwrap().0, &over));
        let seen = Player::new(case).play(address);
        over.store(true, Ordering::Relaxed);
        seen
    })
}

fn config(context: &Value) -> Config {
    let number = |key: &str| Asn(u32::try_from(context[key].as_u64().unwrap()).unwrap());
    let router_id = context["local_id"].as_str().unwrap();
    let router_id = router_id.parse::<RouterId>().unwrap();
    let peer_as = PeerAs::Exactly(number("peer_as"));
    let mut config = Config::new(number("local_as"), router_id, peer_as);
    config.open_mode = OpenMode::Passive;
    if let Some(members) = context["confederation_members"].as_array() {
        let members = members.iter().map(|of| u32::try_from(of.as_u64().unwrap()));
        let members = members.map(|of| Asn(of.unwrap()));
        config.confederation = Some(AsSet::of(members.map(|of| (of, of))));
    }
    let role = &context["local_role"];
    player::agree(&mut config, context, AddPathMode::RECEIVE, role);
    config
}

/// Until the connection is closed, or the case over.
fn speak(mut session: Session, mut stream: &TcpStream, over: &AtomicBool) {
    let start = Clock::now();
    let wait = Some(Duration::from_millis(5));
    stream.set_read_timeout(wait).unwrap();
    session.handle_input(Instant::ZERO, Input::Start);
    session.handle_input(Instant::ZERO, Input::Accepted(CONN));
    let mut buffer = vec![0; 65_536];
    while !over.load(Ordering::Relaxed) {
        let now = Instant::ZERO + start.elapsed();
        session.handle_input(now, Input::Timeout);
        loop {
            match session.poll_output() {
                Output::Timeout(_) => break,
                Output::Transmit(CONN, octets) => {
                    // A player that has gone shows as we read.
                    let _ = stream.write_all(&octets);
                    session.handle_input(now, Input::Sent(CONN, octets.len()));
                }
                Output::Close(CONN) => return,
                _ => {}
            }
        }
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => session.handle_input(now, Input::Received(CONN, &buffer[..count])),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Ok(_) | Err(_) => return,
        }
    }
}
