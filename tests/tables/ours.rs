//! The tables through a speaker of ours, in memory.

use std::net::{IpAddr, Ipv4Addr};

use bgpwright::{
    policy::Policy,
    session::{self, ConnId, OpenMode, PeerAs},
    speaker::{Config, Input, Output, PeerConfig, PeerId, RouteSource, Speaker},
    time::Instant,
};

use crate::{
    Best,
    table::{OUR_AS, OUR_ID, Table},
};

/// The address of a neighbour, here and with BIRD.
pub(crate) fn address(at: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, u8::try_from(at + 1).unwrap())
}

pub(crate) fn best(table: &Table) -> Best {
    let mut speaker = Speaker::new(Config::new(OUR_AS, OUR_ID)).unwrap();
    for (at, peer) in table.peers.iter().enumerate() {
        let mut session = session::Config::new(OUR_AS, OUR_ID, PeerAs::Exactly(peer.asn));
        session.open_mode = OpenMode::Passive;
        session.families = Table::context().families;
        let local = IpAddr::from([127, 0, 0, 1]);
        let mut config = PeerConfig::new(address(at).into(), local, session);
        config.import = Some(Policy::ACCEPT);
        let id = speaker.add_peer(config).unwrap();
        feed(&mut speaker, id, session::Input::Start);
        feed(&mut speaker, id, session::Input::Accepted(ConnId(1)));
    }
    for at in 0..table.peers.len() {
        let id = PeerId(u32::try_from(at).unwrap());
        let (open, updates) = table.script(at);
        feed(&mut speaker, id, session::Input::Received(ConnId(1), &open));
        for update in updates {
            feed(
                &mut speaker,
                id,
                session::Input::Received(ConnId(1), &update),
            );
        }
    }
    let best = speaker.rib().routes_of(table.family).map(|route| {
        let RouteSource::Peer(peer) = route.source else {
            panic!("a route of our own");
        };
        (route.prefix, peer.index())
    });
    best.collect()
}

fn feed(speaker: &mut Speaker, peer: PeerId, input: session::Input<'_>) {
    let input = Input::Peer(peer, input);
    speaker.handle_input(Instant::ZERO, input).unwrap();
    while !matches!(speaker.poll_output(), Output::Timeout(_)) {}
}
