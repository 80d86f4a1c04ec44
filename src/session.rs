//! One neighbour's state machine (RFC 4271 §8): octets, facts and time in;
//! octets, facts and the next deadline out.
//!
//! A [`Session`] owns the states, the timers, the OPEN negotiation, framing,
//! and the choice between two colliding connections. It opens no socket, reads
//! no clock and keeps no routes.
//!
//! # The run loop
//! Feed what happened to [`Session::handle_input`], then call
//! [`Session::poll_output`] until it says [`Output::Timeout`]; wait for the
//! next happening, but no longer than that deadline. Two sessions in memory,
//! with a queue of octets for a network:
//!
//! ```
//! use bgpwright::{
//!     session::{Config, ConnId, Event, Input, OpenMode, Output, PeerAs, Session, State},
//!     time::Instant,
//!     types::{Asn, RouterId},
//! };
//!
//! # fn main() -> Result<(), bgpwright::session::ConfigError> {
//! let mut left = Config::new(Asn(64512), RouterId(0x0a00_0001), PeerAs::Internal);
//! let mut right = Config::new(Asn(64512), RouterId(0x0a00_0002), PeerAs::Internal);
//! right.open_mode = OpenMode::Passive;
//! left.hold_time = core::time::Duration::from_secs(9);
//!
//! let (conn, now) = (ConnId(1), Instant::ZERO);
//! let mut ends = [Session::new(left)?, Session::new(right)?];
//! ends[0].handle_input(now, Input::Start);
//! ends[1].handle_input(now, Input::Start);
//! let mut up = 0;
//! loop {
//!     let mut quiet = true;
//!     for at in [0, 1] {
//!         loop {
//!             match ends[at].poll_output() {
//!                 Output::Timeout(_) => break,
//!                 Output::Connect => {
//!                     ends[at].handle_input(now, Input::Connected(conn));
//!                     ends[1 - at].handle_input(now, Input::Accepted(conn));
//!                 }
//!                 Output::Transmit(conn, octets) => {
//!                     ends[at].handle_input(now, Input::Sent(conn, octets.len()));
//!                     ends[1 - at].handle_input(now, Input::Received(conn, &octets));
//!                 }
//!                 Output::Close(conn) => ends[1 - at].handle_input(now, Input::Closed(conn)),
//!                 Output::Event(Event::Up(agreed)) => {
//!                     assert_eq!(agreed.hold_time.as_secs(), 9);
//!                     up += 1;
//!                 }
//!                 Output::Event(_) => {}
//!             }
//!             quiet = false;
//!         }
//!     }
//!     if quiet {
//!         break;
//!     }
//! }
//! assert_eq!(up, 2);
//! assert_eq!(ends[0].state(), State::Established);
//! # Ok(())
//! # }
//! ```
//!
//! # Promises
//! - Inputs may come in any order and number before the outputs are taken; a
//!   neighbour cannot cause an error, only events.
//! - A spurious [`Input::Timeout`], an input for a connection that the session
//!   does not have, and octets in any pieces change nothing else.
//! - A connection gets one NOTIFICATION at most, then [`Output::Close`], and
//!   nothing after. [`Input::Closed`] is not answered by a `Close`.
//! - A session that is started comes back by itself. An attempt that fails is
//!   repeated after [`Config::connect_retry`]; after a session or a handshake
//!   that failed, it pauses in Idle as [`Config::idle_hold`] says, and refuses
//!   connections meanwhile. [`Input::Start`] ends a pause, [`Input::Stop`] and
//!   [`Input::Remove`] end the coming back.
//! - A connection that [`Input::Incoming`] brings is the neighbour's by
//!   [`Config::transport`], or is closed before an octet of it is read. What to
//!   dial, and what to set on a socket, [`Transport`] says.
//! - Every time drawn is three quarters to all of what is configured (RFC 4271
//!   §10), from the seed alone: equal inputs give equal outputs.
//! - It keeps at most one incomplete message for a connection, and, until its
//!   outputs are taken, the UPDATEs that the last input brought, as octets. It
//!   hands out UPDATEs for the send window at most. [`Output::Timeout`] costs no
//!   allocation.
//! - Nothing is logged: every change of state is an [`Event`], the latest 16 are
//!   the [history](Session::history), and what was counted is in
//!   [`stats`](Session::stats).
//!
//! # Neighbours without an address of their own
//! BGP unnumbered is a session between link-local addresses (RFC 8950 carries
//! IPv4 over it): a [`Transport`] to a [`ScopedAddr`] that was learned from the
//! link, or a [`Range`] of `fe80::/10` in the scope of the interface for those
//! who dial us; [`PeerAs::External`] or [`PeerAs::Internal`] for the AS; and
//! IPv4 unicast in [`Offer::extended_next_hop`].
//!
//! # Departures
//! - Those of the [table](fsm), of the choice between
//!   [connections](collision), and of the [negotiation](negotiate).
//! - The ConnectRetryTimer of a passive session never runs: there is nothing
//!   that it could do.
//! - While the send window is full no KEEPALIVE is added to what waits. The
//!   SendHoldTimer is restarted as the kernel takes octets, not as they are
//!   handed out (RFC 9687 §4.3 means what is sent).
//! - A second connection while an OPEN is delayed has a machine of its own, as
//!   one in OpenSent has: the cells of Connect and Active know one connection.
//! - While the link or the path is down, the session does not dial, as a passive
//!   one; BFD that was never Up says nothing of the path.
//! - A neighbour that dials again before the session is up has lost its first
//!   connection: that one ends with Cease, 6/7, and the new one goes on. If the
//!   session is up, the new connection is followed beside it; its OPEN ends it
//!   (6/7), or the old one without a word if graceful restart was agreed
//!   (RFC 4724 §4.2).
//! - Our own connection that comes when the neighbour's is Established already
//!   is closed before any OPEN.
//! - ROUTE-REFRESH outside Established is an FSM error like an UPDATE there,
//!   and within it for a family that was not agreed is ignored (RFC 2918 §4), as
//!   are subtypes that were not agreed or have no meaning (RFC 7313 §5).
//! - A malformed NOTIFICATION counts as a connection lost.

mod admin;
pub mod admission;
mod announce;
pub mod collision;
mod config;
mod connection;
pub mod fsm;
mod inbox;
mod io;
pub mod limit;
mod machine;
pub mod negotiate;
mod negotiated;
mod offer;
mod outgoing;
mod path;
mod receive;
mod relay;
mod stats;
mod timers;
pub mod transport;

use alloc::{boxed::Box, collections::VecDeque, sync::Arc, vec::Vec};

use bytes::Bytes;

use self::{
    collision::Initiator,
    connection::Connection,
    fsm::FsmEvent,
    machine::{Cause, Machine, Which},
    path::Path,
    relay::Frames,
    stats::History,
    timers::{Jitter, Timer},
};
use crate::time::Instant;

pub use admission::{
    Admission, AdmissionError, Admitted, AsSet, Denied, ParseAsSetError, Range, RangeProblem,
};
pub use config::{
    Config, ConfigError, DelayOpen, GracefulRestartConfig, IdleHold, OpenMode, PeerAs, SendHold,
};
pub use io::{BfdState, ConnId, DownReason, Event, Incoming, Input, Output, SendError, State};
pub use limit::{
    LimitAction, LimitError, LimitReached, LimitVerdict, PrefixCounter, PrefixLimit, WarnAt,
};
pub use negotiated::Negotiated;
pub use offer::{Offer, RefreshOffer, RoleOffer};
pub use stats::{HistoryEntry, Messages, Stats};
pub use transport::{
    AddrProblem, AoKey, Authentication, Dial, KeyRef, ParseScopedAddrError, Reach, Refused,
    ScopedAddr, SocketOptions, Transport, TransportError,
};

/// One neighbour: its state, and at most two TCP connections to it.
#[derive(Debug)]
pub struct Session {
    config: Config,
    /// The latest seen.
    now: Instant,
    jitter: Jitter,
    outputs: VecDeque<Output>,
    primary: Machine,
    second: Option<Box<Machine>>,
    /// Whether `Connect` was said and not answered.
    dialling: bool,
    connect_retry_counter: u32,
    /// In a row, as the length of a pause counts them.
    failures: u32,
    up_since: Option<Instant>,
    /// As the last `Event::State` had it.
    reported: State,
    /// Whether UPDATEs wait in the primary's inbox.
    unread: bool,
    /// The UPDATEs that were handed up, if somebody wants their octets too.
    frames: Option<Frames>,
    last_down: Option<DownReason>,
    path: Path,
    graceful_shutdown: bool,
    /// One for each of the limits.
    counters: Vec<PrefixCounter>,
    stats: Stats,
    history: History,
    /// Our OPEN, encoded.
    open: Bytes,
}

impl Session {
    /// A session in [`State::Idle`], waiting for [`Input::Start`].
    ///
    /// # Errors
    /// The first field of the configuration that cannot work, and why.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let counters = config.limits.iter().copied().map(PrefixCounter::new);
        Ok(Self {
            counters: counters
                .collect::<Result<_, _>>()
                .map_err(ConfigError::Limits)?,
            now: Instant::ZERO,
            jitter: Jitter::new(config.jitter_seed),
            outputs: VecDeque::new(),
            primary: Machine::default(),
            second: None,
            dialling: false,
            connect_retry_counter: 0,
            failures: 0,
            up_since: None,
            reported: State::Idle,
            unread: false,
            frames: None,
            last_down: None,
            path: Path::default(),
            graceful_shutdown: false,
            stats: Stats::default(),
            history: History::default(),
            open: outgoing::encode_open(&config)?,
            config,
        })
    }

    /// Takes in what happened at `now`. An earlier time than one before counts
    /// as that one.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.catch_up();
        self.now = self.now.max(now);
        match input {
            Input::Start => self.on_start(),
            Input::Stop { reason } => self.on_stop(reason),
            Input::Remove => self.on_remove(),
            Input::Reset { reason, hard } => self.on_reset(reason, hard),
            Input::Timeout => self.on_timeout(),
            Input::Connected(id) => self.on_connected(id),
            Input::ConnectFailed => self.on_connect_failed(),
            Input::Accepted(id) => {
                self.on_connection(id, Initiator::Remote, FsmEvent::TcpConnectionConfirmed);
            }
            Input::Incoming(id, incoming) => self.on_incoming(id, incoming),
            Input::Closed(id) => self.on_closed(id),
            Input::Received(id, octets) => self.on_received(id, octets),
            Input::Sent(id, octets) => self.on_sent(id, octets),
            Input::Link { up } => self.on_link(up),
            Input::Bfd(state) => self.on_bfd(state),
            Input::PathMtu(octets) => self.path.mtu = Some(octets),
            Input::Prefixes { family, present } => self.on_prefixes(family, present),
        }
    }

    /// What to do next, or [`Output::Timeout`] with the next deadline once there
    /// is nothing more.
    ///
    /// The answer changes with every call until it is `Timeout`, and then after
    /// an input or a message sent only. UPDATEs that came are read here, one for
    /// each call: what they make of the session shows as they are taken.
    pub fn poll_output(&mut self) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            if !self.unread {
                break;
            }
            if let Some(event) = self.read_on() {
                return Output::Event(event);
            }
        }
        // A burst's room is given back: sessions are many, and mostly idle.
        if self.outputs.capacity() > 8 {
            self.outputs = VecDeque::new();
        }
        Output::Timeout(self.deadline())
    }

    /// The most advanced state of the session's connections.
    pub fn state(&self) -> State {
        let second = self.second.as_ref().map_or(State::Idle, |it| it.state);
        self.primary.state.max(second)
    }

    /// What was agreed, while Established.
    pub fn negotiated(&self) -> Option<&Arc<Negotiated>> {
        let established = self.primary.state == State::Established;
        let connection = self.primary.connection.as_ref().filter(|_| established);
        connection?.negotiated.as_ref()
    }

    /// The attempts that failed since the last start (ConnectRetryCounter,
    /// RFC 4271 §8).
    pub fn connect_retry_counter(&self) -> u32 {
        self.connect_retry_counter
    }

    /// Why the session, or an attempt at one, last ended.
    pub fn last_down(&self) -> Option<&DownReason> {
        self.last_down.as_ref()
    }

    /// What the session was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Each timer at most once a machine, however far the clock has jumped.
    fn on_timeout(&mut self) {
        for _ in 0..Timer::ALL.len().saturating_mul(2) {
            let due = [Which::Primary, Which::Second]
                .into_iter()
                .find_map(|which| {
                    let now = self.now;
                    let timer = self.machine_mut(which)?.timers.take_due(now)?;
                    Some((which, timer))
                });
            let Some((which, timer)) = due else {
                return;
            };
            let event = match timer {
                Timer::ConnectRetry => FsmEvent::ConnectRetryTimerExpires,
                Timer::Hold => FsmEvent::HoldTimerExpires,
                Timer::Keepalive => FsmEvent::KeepaliveTimerExpires,
                Timer::DelayOpen => FsmEvent::DelayOpenTimerExpires,
                Timer::IdleHold => FsmEvent::IdleHoldTimerExpires,
                Timer::SendHold => FsmEvent::SendHoldTimerExpires,
            };
            self.drive(which, event, Cause::Plain);
        }
    }

    fn on_connected(&mut self, id: ConnId) {
        if core::mem::take(&mut self.dialling) {
            self.on_connection(id, Initiator::Local, FsmEvent::TcpCrAcked);
        } else if self.find(id).is_none() {
            self.outputs.push_back(Output::Close(id));
        }
    }

    fn on_connection(&mut self, id: ConnId, initiator: Initiator, event: FsmEvent) {
        if self.find(id).is_some() {
            return;
        }
        self.stats.connections = self.stats.connections.saturating_add(1);
        let connection = Connection::new(id, initiator);
        let waits = self.primary.state < State::OpenSent && self.primary.connection.is_some();
        if waits {
            // Its OPEN is delayed: the table has one connection in mind.
            self.track(connection);
        } else {
            self.drive(Which::Primary, event, Cause::Made(connection));
        }
    }

    /// Of interest only if nothing else has come of the session meanwhile.
    fn on_connect_failed(&mut self) {
        let asked = core::mem::take(&mut self.dialling);
        let waits = self.primary.state == State::Connect && self.primary.connection.is_none();
        if asked && waits {
            let event = FsmEvent::TcpConnectionFails;
            self.drive(Which::Primary, event, Cause::NotMade);
        }
    }

    fn on_closed(&mut self, id: ConnId) {
        let Some(which) = self.find(id) else {
            return;
        };
        if let Some(machine) = self.machine_mut(which) {
            machine.connection = None;
        }
        self.drive(which, FsmEvent::TcpConnectionFails, Cause::Lost);
    }

    fn deadline(&self) -> Option<Instant> {
        let second = self.second.as_ref().and_then(|it| it.timers.next());
        let primary = self.primary.timers.next();
        [primary, second].into_iter().flatten().min()
    }
}
