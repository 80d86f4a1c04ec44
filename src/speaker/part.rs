//! A part of a divided speaker: a RIB without sessions.

use alloc::vec::Vec;

use crate::{
    session::{self, ConnId, SendHold},
    speaker::{
        Config, ConfigError, Event, Input, Output, PeerConfig, RouteChange, Speaker, ToHead,
        ToPart,
        parts::{Answer, Order, Parts},
    },
    time::Instant,
    types::PeerId,
    wire::Frame,
};

/// A part of a [divided](Speaker::divided) speaker's destinations.
#[derive(Debug)]
pub struct Part(Speaker);

/// What a part asks of who drives it.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an embedder must not ignore an output silently"
)]
pub enum PartOutput {
    /// For [`Speaker::handle_from_part`].
    ToHead(ToHead),
    /// Nothing more until then, or until the head says something; see
    /// [`Output::Timeout`].
    Timeout(Option<Instant>),
}

impl Part {
    pub(super) fn new(config: Config, parts: Parts) -> Result<Self, ConfigError> {
        let mut speaker = Speaker::new(config)?;
        speaker.parts = parts;
        Ok(Self(speaker))
    }

    /// Takes what the head says, in its order.
    pub fn handle(&mut self, now: Instant, ToPart(order): ToPart) {
        let speaker = &mut self.0;
        match order {
            Order::Add(id, config) => speaker.add_followed(id, *config),
            Order::Change(id, config) => speaker.change_followed(now, id, *config),
            Order::Remove(id) => {
                let _ = speaker.remove_peer(now, id);
            }
            Order::Session(id, conn, event) => speaker.follow(now, (id, conn), *event),
            Order::Updates(id, octets) => speaker.read_updates(now, id, &octets),
            Order::Sent(id, conn, octets) => {
                let input = Input::Peer(id, session::Input::Sent(conn, octets));
                let _ = speaker.handle_input(now, input);
            }
            Order::SendAgain(id, family) => {
                speaker.advance(now);
                speaker.send_again(id, family);
            }
            Order::NextHop(network, igp_cost) => {
                let _ = speaker.handle_input(now, Input::NextHop { network, igp_cost });
            }
            Order::ForgetNextHop(network) => {
                let _ = speaker.handle_input(now, Input::ForgetNextHop { network });
            }
            Order::Announce(family, route) => {
                let (to, attributes, marks) = *route;
                speaker.announce_marked(now, (family, &to), attributes, &marks);
            }
            Order::Withdraw(family, to) => speaker.withdraw_any(now, (family, &to)),
            Order::ClusterId(cluster_id) => speaker.set_cluster_id(now, cluster_id),
            Order::CostFrom(root, network, cost) => {
                speaker.set_cost_from(now, root, network, cost);
            }
            Order::Vrps(vrps) => speaker.set_vrps(now, vrps),
            Order::FollowRoutes(true) => speaker.follow_routes(),
            Order::FollowRoutes(false) => speaker.stop_following(),
        }
    }

    /// The deadline of [`PartOutput::Timeout`] has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Nothing that is for one neighbour can be for none.
        let _ = self.0.handle_input(now, Input::Timeout);
    }

    /// What the part says next.
    pub fn poll_output(&mut self) -> PartOutput {
        loop {
            let answer = match self.0.poll_output() {
                Output::Transmit(id, conn, octets) => Answer::Octets(id, conn, octets),
                Output::Timeout(at) => return PartOutput::Timeout(at),
                Output::Event(Event::PrefixCount(id, family, count)) => {
                    Answer::Prefixes(id, family, count)
                }
                Output::Event(event @ (Event::Refused { .. } | Event::RoutesChanged)) => {
                    Answer::Event(event)
                }
                // The head says what sessions do.
                Output::Event(_) | Output::Connect(_) | Output::Close(..) => continue,
            };
            return PartOutput::ToHead(ToHead(answer));
        }
    }

    /// Its routes, to look at: those of its part of the destinations.
    pub fn speaker(&self) -> &Speaker {
        &self.0
    }

    /// To take its routes for a data plane: see [`Speaker::take_routes`].
    pub fn take_routes(&mut self, limit: usize) -> Vec<RouteChange> {
        self.0.take_routes(limit)
    }
}

impl Speaker {
    /// A neighbour whose session the head has.
    fn add_followed(&mut self, id: PeerId, mut config: PeerConfig) {
        config.session.send_hold = SendHold::Off;
        config.session.idle_hold = None;
        self.next_peer = id.0;
        // The head has made sure that it can work.
        let _ = self.add_peer(config);
    }

    fn change_followed(&mut self, now: Instant, id: PeerId, mut config: PeerConfig) {
        if let Some(peer) = self.peers.get(&id) {
            config.session.clone_from(&peer.config.session);
        }
        // The head has made sure that it can be done.
        let _ = self.change_peer(now, id, config);
    }

    fn follow(&mut self, now: Instant, (id, conn): (PeerId, ConnId), event: session::Event) {
        self.advance(now);
        self.judged = 0;
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.session.follow(conn, event);
            self.drain_session(id);
        }
    }
}

impl Speaker {
    /// Reads what the head has found good enough, and takes its share.
    fn read_updates(&mut self, now: Instant, id: PeerId, octets: &[u8]) {
        self.advance(now);
        self.judged = 0;
        let mut rest = octets;
        while let Ok(Some(frame)) = Frame::first(rest, usize::from(u16::MAX)) {
            rest = rest.get(frame.wire_len()..).unwrap_or_default();
            let parsed = self
                .peers
                .get(&id)
                .and_then(|it| it.session.read_relayed(frame));
            if let Some(parsed) = parsed {
                let share = self.parts.division.share(parsed, self.parts.own);
                self.import(id, share);
            }
        }
    }
}
