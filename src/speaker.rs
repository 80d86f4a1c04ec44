//! A BGP speaker: many sessions and one RIB, still without I/O.
//!
//! The way of an UPDATE: a [`Session`] reads it from
//! octets and hands it up; `import` applies what was wrong with it, looks for
//! loops, asks the policy, and puts routes into the [`Rib`];
//! the decision picks the best; every group of neighbours that are told the same
//! notes which prefixes changed; once a connection has room, `batch` decides
//! what the group is told, the codec packs that into messages once, and
//! `export` hands them to every member.
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
//! * RFC 4271 §9.2.1.1: MinRouteAdvertisementInterval is 0 unless
//!   [`PeerConfig::advertisement_interval`] says otherwise; what coalesces
//!   changes is the room on the connection.
//! * RFC 4271 §9.1.2: a less specific route is not suppressed by a more
//!   specific one, and aggregated with it where
//!   [`Speaker::set_aggregates`] asks for it.
//! * RFC 9774 §3: a path with an AS_SET is refused where
//!   [`PeerConfig::refuse_as_sets`] asks for it.
//! * RFC 4724 §4.2: stale routes are removed when the restart time is over,
//!   whether or not the neighbour is back and still sending.

mod admit;
mod apart;
mod batch;
mod change;
mod choose;
mod class;
mod conditional;
mod config;
mod divide;
mod ends;
mod export;
mod feed;
mod group;
mod import;
mod io;
mod log;
mod membership;
mod originate;
mod origins;
mod part;
mod parts;
mod peer;
mod pending;
mod readmit;
mod restart;
mod teller;
mod turn;
mod validation;
mod view;
mod writer;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

pub use change::{ChangeEffect, ChangeError};
pub use conditional::Conditional;
pub use config::{
    Config, ConfigError, LocalAs, Multipath, NextHopMode, OrrRoot, PeerConfig, ReflectionDialect,
    RemovePrivate, SendPaths,
};
pub use feed::{Forwarding, Hop, RouteAction, RouteChange};
pub use io::{Event, Input, Output, UnknownPeer};
pub use originate::Aggregate;
pub use part::{Part, PartOutput};
pub use parts::{ToHead, ToPart};
pub use validation::Vrp;
pub use view::PeerView;

use crate::{
    rib::{Change, NextHops, Rib},
    session::{self, Session},
    time::Instant,
    types::Prefix,
};
pub use crate::{
    rib::{DecisionConfig, Refusal, Route, RouteSource, UnknownNextHops, reflect::ReflectionRole},
    types::PeerId,
};
use feed::Feed;
use group::{Group, GroupId};
use membership::Memberships;
use originate::Aggregates;
use parts::{Order, Parts};
use peer::{Peer, Policies};
use restart::Deferral;
use turn::Work;
use validation::Validations;

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
    /// How many destinations have been looked at for others since the last
    /// input.
    judged: usize,
    /// The deadlines of sessions, and of stale routes.
    deadlines: BTreeSet<(Instant, PeerId)>,
    outputs: VecDeque<Output>,
    work: VecDeque<Work>,
    deferral: Deferral,
    parts: Parts,
    feed: Option<Feed>,
    validations: Validations,
    /// What next hops cost elsewhere.
    roots: BTreeMap<OrrRoot, NextHops>,
    aggregates: Aggregates,
    /// Whether what aggregates stand for is told, or told no more.
    suppression: bool,
    /// What each neighbour wants of route targets.
    memberships: BTreeMap<PeerId, Memberships>,
    /// Prefixes that decide what somebody is told.
    watched: BTreeSet<Prefix>,
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
            judged: 0,
            deadlines: BTreeSet::new(),
            outputs: VecDeque::new(),
            work: VecDeque::new(),
            deferral: Deferral::new(&config),
            parts: Parts::one(),
            feed: None,
            validations: Validations::default(),
            roots: BTreeMap::new(),
            aggregates: Aggregates::default(),
            suppression: false,
            memberships: BTreeMap::new(),
            watched: BTreeSet::new(),
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
        self.check_divided(&config)?;
        if let Some(restart) = &mut config.session.graceful_restart {
            restart.restarting |= self.deferral.is_deferring();
        }
        let policies = Policies::new(&config)?;
        let mut session = Session::new(config.session.clone())?;
        if self.parts.leads() {
            session.keep_frames();
        }
        let id = PeerId(self.next_peer);
        self.next_peer = self.next_peer.saturating_add(1);
        self.parts
            .tell_all(|| Order::Add(id, config.clone().into()));
        self.peers.insert(id, Peer::new(config, policies, session));
        self.collect_watched();
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
        self.memberships.remove(&id);
        self.collect_watched();
        self.rib.neighbor_down(id);
        self.sweep(id, None);
        self.work.push_back(Work::Forget { peer: id });
        self.parts.tell_all(|| Order::Remove(id));
        self.parts.forget(id);
        Ok(())
    }

    /// Tells the speaker what happened.
    ///
    /// # Errors
    /// If the input is for a neighbour that there is not. Nothing that a
    /// neighbour sends is an error here: it comes out as an [`Event`].
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) -> Result<(), UnknownPeer> {
        self.advance(now);
        self.judged = 0;
        match input {
            Input::Timeout => self.turn(),
            Input::Peer(id, input) => {
                let peer = self.peers.get_mut(&id).ok_or(UnknownPeer)?;
                peer.session.handle_input(self.now, input);
                self.ready.insert(id);
            }
            Input::NextHop { network, igp_cost } => {
                self.parts.tell_all(|| Order::NextHop(network, igp_cost));
                if self.rib.set_next_hop(network, igp_cost) {
                    self.decide_all();
                }
            }
            Input::ForgetNextHop { network } => {
                self.parts.tell_all(|| Order::ForgetNextHop(network));
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
            } else if self.judged >= TURN {
                return Output::Timeout(Some(self.now));
            } else if let Some(id) = self.exporting.pop_first() {
                self.export(id);
            } else if let Some(at) = self.busy.pop_first() {
                self.run_group(at);
            } else if !self.wake_groups() {
                if self.outputs.capacity() > 64 {
                    // A burst's room is given back.
                    self.outputs = VecDeque::new();
                }
                return Output::Timeout(self.deadline());
            }
        }
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.deferral.begin(self.now);
    }

    /// Tells the embedder, and notes for every neighbour, that the best route
    /// to a prefix is another.
    fn note(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            if change.best {
                if let Some(feed) = &mut self.feed {
                    feed.note(change, &mut self.rib);
                }
                self.aggregate(change);
                self.watch(change);
            }
            for (at, group) in &mut self.groups {
                if group.note(change, &mut self.rib) {
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
/// How many are looked at, for neighbours to be told of them, before the embedder
/// is asked to come again.
const TURN: usize = 8 * BATCH;

const _: fn() = || {
    fn sendable<T: Send + Sync>() {}
    sendable::<Speaker>();
    sendable::<Part>();
    sendable::<(ToPart, ToHead)>();
};
