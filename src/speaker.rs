//! A BGP speaker: many sessions and one RIB, still without I/O.
//!
//! The way of an UPDATE: a [`Session`] reads it from
//! octets and hands it up; `import` applies what was wrong with it, looks for
//! loops, asks the policy, and puts routes into the [`Rib`];
//! the decision picks the best; every neighbour's
//! [`AdjRibOut`](crate::rib::AdjRibOut) notes which prefixes changed; once that
//! neighbour's connection has room, `export` decides what it is told, and the
//! codec packs that into messages.
//!
//! # Driving it
//! Two verbs, as for a session: [`Speaker::handle_input`] takes what happened,
//! [`Speaker::poll_output`] is called until it gives [`Output::Timeout`].
//! Inputs may be fed in any number before draining.
//!
//! No call works over an unbounded number of routes: long work, such as
//! removing what a lost neighbour sent, is done in slices, and the speaker asks
//! to be called again by a deadline that has passed.
//!
//! ```
//! use bgpwright::{
//!     speaker::{Config, Output, Speaker},
//!     time::Instant,
//!     types::{Asn, RouterId},
//!     wire::AttributeSet,
//! };
//!
//! let mut speaker = Speaker::new(Config::new(Asn(64512), RouterId(0xac12_0002)))?;
//! speaker.announce(Instant::ZERO, "10.244.0.0/24".parse()?, AttributeSet::default());
//! while !matches!(speaker.poll_output(), Output::Timeout(_)) {}
//! let routes: Vec<_> = speaker.routes().map(|route| route.prefix.to_string()).collect();
//! assert_eq!(routes, ["10.244.0.0/24"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Departures
//! * RFC 4271 §9.2.1.1: MinRouteAdvertisementInterval is 0; what coalesces
//!   changes is the room on the connection.
//! * RFC 4271 §9.1.2: a less specific route is not suppressed by, nor
//!   aggregated with, a more specific one.
//! * RFC 4724 §4.2: stale routes are removed when the restart time is over,
//!   whether or not the neighbour is back and still sending.

mod admit;
mod batch;
mod class;
mod config;
mod export;
mod feed;
mod group;
mod import;
mod io;
mod log;
mod origins;
mod peer;
mod pending;
mod restart;
mod turn;
mod view;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

pub use config::{
    Config, ConfigError, LocalAs, Multipath, NextHopMode, PeerConfig, RemovePrivate, SendPaths,
};
pub use feed::{Forwarding, Hop, RouteAction, RouteChange};
pub use io::{Event, Input, Output, UnknownPeer};
pub use view::PeerView;

use crate::{
    rib::{Change, Marks, Rib},
    session::{self, Session},
    time::Instant,
    types::Prefix,
    wire::{AttributeSet, Origin},
};
pub use crate::{
    rib::{DecisionConfig, Refusal, Route, RouteSource, UnknownNextHops, reflect::ReflectionRole},
    types::PeerId,
};
use feed::Feed;
use group::{Group, GroupId};
use peer::Peer;
use restart::Deferral;
use turn::Work;

/// A BGP speaker.
#[derive(Debug)]
pub struct Speaker {
    config: Config,
    now: Instant,
    rib: Rib,
    peers: BTreeMap<PeerId, Peer>,
    next_peer: u32,
    /// Sessions that may have outputs.
    ready: BTreeSet<PeerId>,
    /// Neighbours that may have room for what they are to be handed.
    exporting: BTreeSet<PeerId>,
    /// Neighbours that are told the same.
    groups: BTreeMap<GroupId, Group>,
    next_group: u32,
    /// Those that may have something to encode.
    busy: BTreeSet<GroupId>,
    /// The deadlines of sessions, and of stale routes.
    deadlines: BTreeSet<(Instant, PeerId)>,
    outputs: VecDeque<Output>,
    work: VecDeque<Work>,
    deferral: Deferral,
    feed: Option<Feed>,
}

impl Speaker {
    /// A speaker without neighbours and routes.
    ///
    /// # Errors
    /// If the configuration cannot work.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            now: Instant::ZERO,
            rib: Rib::new(config.unknown_next_hops, config.decision, config.hash_seed),
            peers: BTreeMap::new(),
            next_peer: 0,
            ready: BTreeSet::new(),
            exporting: BTreeSet::new(),
            groups: BTreeMap::new(),
            next_group: 0,
            busy: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            outputs: VecDeque::new(),
            work: VecDeque::new(),
            deferral: Deferral::new(&config),
            feed: None,
            config,
        })
    }

    /// Adds a neighbour. It does nothing until
    /// [`session::Input::Start`] is fed for it.
    ///
    /// # Errors
    /// If the configuration cannot work, alone or with the speaker's own.
    pub fn add_peer(&mut self, mut config: PeerConfig) -> Result<PeerId, ConfigError> {
        config.check(&self.config)?;
        if let Some(restart) = &mut config.session.graceful_restart {
            restart.restarting |= self.deferral.is_deferring();
        }
        let session = Session::new(config.session.clone())?;
        let id = PeerId(self.next_peer);
        self.next_peer = self.next_peer.saturating_add(1);
        self.peers.insert(id, Peer::new(config, session));
        Ok(id)
    }

    /// Ends a neighbour's session in order, with Cease, administrative shutdown
    /// (RFC 4486), and forgets its routes.
    ///
    /// # Errors
    /// If there is no such neighbour.
    pub fn remove_peer(&mut self, now: Instant, id: PeerId) -> Result<(), UnknownPeer> {
        self.advance(now);
        let peer = self.peers.get_mut(&id).ok_or(UnknownPeer)?;
        peer.session
            .handle_input(self.now, session::Input::Stop { reason: "" });
        self.drain_session(id);
        if let Some(peer) = self.peers.remove(&id) {
            self.forget_deadlines(id, &peer);
            self.ready.remove(&id);
            self.exporting.remove(&id);
            self.leave(id, peer.groups);
        }
        self.rib.neighbor_down(id);
        self.sweep(id, None);
        self.work.push_back(Work::Forget { peer: id });
        Ok(())
    }

    /// Tells the speaker what happened.
    ///
    /// # Errors
    /// If the input is for a neighbour that there is not. Nothing that a
    /// neighbour sends is an error here: it comes out as an [`Event`].
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) -> Result<(), UnknownPeer> {
        self.advance(now);
        match input {
            Input::Timeout => self.turn(),
            Input::Peer(id, input) => {
                let peer = self.peers.get_mut(&id).ok_or(UnknownPeer)?;
                peer.session.handle_input(self.now, input);
                self.ready.insert(id);
            }
            Input::NextHop { network, igp_cost } => {
                if self.rib.set_next_hop(network, igp_cost) {
                    self.decide_all();
                }
            }
            Input::ForgetNextHop { network } => {
                if self.rib.forget_next_hop(network) {
                    self.decide_all();
                }
            }
        }
        Ok(())
    }

    /// What the speaker asks for next; see [`Output`].
    pub fn poll_output(&mut self) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            if let Some(id) = self.ready.pop_first() {
                self.drain_session(id);
            } else if let Some(id) = self.exporting.pop_first() {
                self.export(id);
            } else if let Some(at) = self.busy.pop_first() {
                self.run_group(at);
            } else {
                if self.outputs.capacity() > 64 {
                    // A burst's room is given back.
                    self.outputs = VecDeque::new();
                }
                return Output::Timeout(self.deadline());
            }
        }
    }

    /// Announces a route of our own, or changes it.
    ///
    /// Where `attributes` say nothing, a route originates here by IGP, with an
    /// empty AS path, and our address on each session is its next hop.
    pub fn announce(&mut self, now: Instant, prefix: Prefix, mut attributes: AttributeSet) {
        self.advance(now);
        attributes.origin.get_or_insert(Origin::Igp);
        attributes.as_path.get_or_insert_default();
        let handle = self.rib.intern(&attributes, &Marks::default());
        let table = self.rib.table(prefix.family());
        let to = (table, prefix);
        let change = self.rib.insert(RouteSource::Local, to, None, &handle, None);
        self.rib.release(handle);
        self.note(change);
    }

    /// Withdraws a route of our own. Does nothing if there is none.
    pub fn withdraw(&mut self, now: Instant, prefix: Prefix) {
        self.advance(now);
        let table = self.rib.table(prefix.family());
        let change = self.rib.remove(RouteSource::Local, (table, prefix), None);
        self.note(change);
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.deferral.begin(self.now);
    }

    /// Tells the embedder, and notes for every neighbour, that the best route
    /// to a prefix is another.
    fn note(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            if change.best
                && let Some(feed) = &mut self.feed
            {
                feed.note(change, &mut self.rib);
            }
            for (at, group) in &mut self.groups {
                if group.note(&change, &mut self.rib) {
                    self.busy.insert(*at);
                }
            }
            self.rib.settle(change);
        }
        self.announce_feed();
    }
}

/// How many prefixes one slice of work looks at.
const SLICE: u32 = 1024;
/// How many prefixes are packed at a time for one neighbour.
const BATCH: usize = 4096;

const _: fn() = || {
    fn sendable<T: Send + Sync>() {}
    sendable::<Speaker>();
};
