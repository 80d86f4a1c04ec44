//! One router of the plan: its speaker, and what is remembered of each peer
//! for the tables.

use std::net::IpAddr;

use bgpwright::{
    plan::SpeakerPlan,
    session::{self, DownReason, State},
    speaker::{
        ConfigError, Event, Input, PeerConfig, PeerId, RouteAction, RouteChange, RouteSource,
        Speaker,
    },
    time::Instant,
    types::{Asn, Prefix},
    wire::AttributeSet,
};

/// A router that runs.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) plan: SpeakerPlan,
    pub(crate) speaker: Speaker,
    /// In the order of the plan.
    pub(crate) peers: Vec<Peer>,
    /// When the speaker wants to be called next.
    pub(crate) deadline: Option<Instant>,
    /// Whether its outputs wait to be carried out.
    pub(crate) dirty: bool,
    /// How often it was left without a route to a prefix that it had.
    pub(crate) lost: u64,
}

/// What is remembered of one peer.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) state: State,
    /// When the state was last entered from, or left for, Established.
    pub(crate) since: Instant,
    /// Why it last went down or failed to come up; forgotten once it is up.
    pub(crate) last_down: Option<DownReason>,
    /// End-of-RIB markers since it is up.
    pub(crate) markers: usize,
    /// Whether its routes are kept as stale.
    pub(crate) stale: bool,
    /// The slot of the connection being dialled.
    pub(crate) dialing: Option<usize>,
}

/// Whether a speaker has just come back after a crash: it then says so in its
/// OPENs (RFC 4724 §4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Boot {
    Cold,
    Restarting,
}

impl Node {
    /// The speaker that `plan` describes, with its routes announced and no
    /// session started.
    ///
    /// # Errors
    /// If the plan holds what a speaker refuses.
    pub(crate) fn new(plan: SpeakerPlan, boot: Boot, now: Instant) -> Result<Self, ConfigError> {
        let mut config = plan.config.clone();
        config.restarting = boot == Boot::Restarting;
        let mut speaker = Speaker::new(config)?;
        speaker.follow_routes();
        for (network, igp_cost) in plan.networks.iter().copied() {
            let fact = Input::NextHop { network, igp_cost };
            // A fact names no neighbour, so there is none to be unknown.
            let _ = speaker.handle_input(now, fact);
        }
        let mut peers = Vec::with_capacity(plan.peers.len());
        for peer in &plan.peers {
            peers.push(Peer::new(speaker.add_peer(peer.config.clone())?, now));
        }
        for prefix in &plan.originates {
            speaker.announce(now, *prefix, AttributeSet::default());
        }
        Ok(Self {
            plan,
            speaker,
            peers,
            deadline: None,
            dirty: true,
            lost: 0,
        })
    }

    /// Tells one peer's session something.
    pub(crate) fn tell(&mut self, now: Instant, peer: usize, input: session::Input<'_>) {
        if let Some(id) = self.peers.get(peer).map(|peer| peer.id) {
            // Peers are added at the start and never removed.
            let _ = self.speaker.handle_input(now, Input::Peer(id, input));
        }
    }

    /// The position of a peer in the plan.
    pub(crate) fn position(&self, id: PeerId) -> Option<usize> {
        self.peers.binary_search_by_key(&id, |peer| peer.id).ok()
    }

    /// Takes note of what the speaker reports.
    pub(crate) fn note(&mut self, now: Instant, event: &Event) {
        match event {
            Event::State { peer, from, to } => self.with(*peer, |peer| peer.enter(now, *from, *to)),
            Event::PeerUp(peer) => self.with(*peer, |peer| {
                peer.last_down = None;
                peer.markers = 0;
            }),
            Event::PeerDown(peer, reason) => self.with(*peer, |peer| {
                peer.last_down = Some(reason.clone());
                peer.markers = 0;
            }),
            Event::EndOfRib(peer, _) => self.with(*peer, |peer| peer.markers += 1),
            Event::Stale(peer) => self.with(*peer, |peer| peer.stale = true),
            Event::StaleEnded(peer) => self.with(*peer, |peer| peer.stale = false),
            Event::RoutesChanged => self.count_lost(),
            _ => {}
        }
    }

    /// Nothing is programmed here: of what a data plane would be told, what
    /// matters is which routes went.
    fn count_lost(&mut self) {
        while self.speaker.has_routes() {
            let changes = self.speaker.take_routes(1024);
            let gone = |change: &&RouteChange| change.action == RouteAction::Remove;
            self.lost += changes.iter().filter(gone).count() as u64;
        }
    }

    /// Whether this end of a session is up.
    pub(crate) fn is_established(&self, peer: usize) -> bool {
        let state = self.peers.get(peer).map(|peer| peer.state);
        state == Some(State::Established)
    }

    /// The address of the peer that a route came from; `None` for its own.
    pub(crate) fn source_address(&self, source: RouteSource) -> Option<IpAddr> {
        let RouteSource::Peer(id) = source else {
            return None;
        };
        let peer = self.plan.peers.get(self.position(id)?)?;
        Some(peer.config.address)
    }

    /// A peer's AS: what its OPEN said, else what it must be.
    pub(crate) fn peer_as(&self, id: PeerId, config: &PeerConfig) -> Option<Asn> {
        let view = self.speaker.peer(id).ok();
        let agreed = view.and_then(|peer| Some(peer.session.negotiated()?.peer_as));
        agreed.or_else(|| config.session.peer_as.only(config.session.local_as))
    }

    /// Whether the router itself is where `prefix` comes from.
    pub(crate) fn originates(&self, prefix: Prefix) -> bool {
        self.plan.originates.contains(&prefix)
    }

    fn with(&mut self, id: PeerId, note: impl FnOnce(&mut Peer)) {
        if let Some(peer) = self
            .position(id)
            .and_then(|position| self.peers.get_mut(position))
        {
            note(peer);
        }
    }
}

impl Peer {
    fn new(id: PeerId, now: Instant) -> Self {
        Self {
            id,
            state: State::Idle,
            since: now,
            last_down: None,
            markers: 0,
            stale: false,
            dialing: None,
        }
    }

    /// The router is gone; nobody is there to know of the session.
    pub(crate) fn die(&mut self, now: Instant) {
        (self.state, self.since) = (State::Idle, now);
    }

    /// BIRD counts from when a protocol came up or went down, not from each
    /// attempt.
    fn enter(&mut self, now: Instant, from: State, to: State) {
        if from == State::Established || to == State::Established {
            self.since = now;
        }
        self.state = to;
    }
}
