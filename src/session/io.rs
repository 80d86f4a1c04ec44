mod down;

use alloc::sync::Arc;
use core::net::SocketAddr;

use bytes::Bytes;
use thiserror::Error;

use super::{LimitVerdict, Negotiated, Refused};
use crate::{
    time::Instant,
    types::Family,
    wire::{EncodeError, Parsed, RouteRefresh, Update},
};

pub use down::DownReason;

/// One TCP connection of a session, named by the embedder, who never uses a
/// name again on the same session.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct ConnId(pub u64);

/// What the embedder tells a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a session must not ignore an input silently"
)]
pub enum Input<'a> {
    /// Run: dial or listen (ManualStart).
    Start,
    /// End in order: Cease, administrative shutdown (6/2), with this
    /// communication (RFC 9003; at most 255 octets are sent). Stays down until
    /// `Start`.
    Stop {
        /// For the neighbour's operator; may be empty.
        reason: &'a str,
    },
    /// As `Stop`, since the neighbour is no longer configured: Cease, 6/3.
    Remove,
    /// End and come back: Cease, administrative reset (6/4), with this
    /// communication.
    Reset {
        /// For the neighbour's operator; may be empty.
        reason: &'a str,
        /// Whether a neighbour that keeps routes over a NOTIFICATION is to drop
        /// them (RFC 8538 §5.1 leaves it to the operator).
        hard: bool,
    },
    /// The deadline of [`Output::Timeout`] has come. Early or spurious ones do
    /// nothing.
    Timeout,
    /// The attempt that [`Output::Connect`] asked for succeeded.
    Connected(ConnId),
    /// The attempt that [`Output::Connect`] asked for failed.
    ConnectFailed,
    /// The neighbour dialled us, and the embedder has seen that it is who it
    /// must be.
    Accepted(ConnId),
    /// Somebody dialled us: taken if [`Config::transport`](super::Config::transport)
    /// says that it is the neighbour, or is `None`; closed unread if not, with
    /// [`Event::Refused`].
    Incoming(ConnId, Incoming),
    /// The connection was closed by the neighbour or lost. No
    /// [`Output::Close`] follows for it.
    Closed(ConnId),
    /// Octets came.
    Received(ConnId, &'a [u8]),
    /// The kernel took that many of the octets handed out for the connection.
    /// To be told always: a neighbour whose kernel takes nothing for the [send
    /// hold time](super::Config::send_hold) is given up.
    Sent(ConnId, usize),
    /// The link to the neighbour is up or down. Down ends the connections at
    /// once, without waiting for the hold time, and no new one is dialled
    /// before it is up.
    Link {
        /// Whether it is up, as it is from the beginning.
        up: bool,
    },
    /// What BFD says of the path to the neighbour (RFC 5882 §4.2).
    Bfd(BfdState),
    /// The path MTU to the neighbour in octets, for [`Session::path_mtu`](super::Session::path_mtu).
    PathMtu(u32),
    /// The neighbour has that many prefixes of a family with us: what
    /// [`Config::limits`](super::Config::limits) are held against. To be told
    /// after each UPDATE that changed the number.
    Prefixes {
        /// Which are counted.
        family: Family,
        /// How many there are.
        present: usize,
    },
}

/// A connection that was accepted, as the sockets have it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what a socket can say of itself")]
pub struct Incoming {
    /// Whence.
    pub peer: SocketAddr,
    /// Whereto.
    pub local: SocketAddr,
    /// The TTL of its segments, if known.
    pub ttl: Option<u8>,
}

/// The state of a BFD session (RFC 5880 §4.1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "the RFC has these four")]
pub enum BfdState {
    /// There is none, or an operator holds it down: says nothing of the path.
    #[default]
    AdminDown,
    /// The path is broken, if it was `Up` just before; else it is not known yet.
    Down,
    /// The neighbour is heard again.
    Init,
    /// The path is good.
    Up,
}

/// What a session asks of the embedder.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an UPDATE is the common event: a box would cost an allocation for each"
)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an embedder must not ignore an output silently"
)]
pub enum Output {
    /// Dial the neighbour: answer `Connected` or `ConnectFailed`. A second one
    /// before the answer replaces the first.
    Connect,
    /// Write what was handed out for the connection, then close it. No input
    /// for it is expected any more.
    Close(ConnId),
    /// Write these octets, in order.
    Transmit(ConnId, Bytes),
    /// Something happened.
    Event(Event),
    /// Nothing more to do until then, or until an input. Always the last,
    /// repeated on every further call.
    Timeout(Option<Instant>),
}

/// What happened on a session.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an UPDATE is the common event: a box would cost an allocation for each"
)]
#[non_exhaustive]
pub enum Event {
    /// The state changed: the whole trace of the machine.
    State {
        /// Before.
        from: State,
        /// After.
        to: State,
    },
    /// Established, with what was agreed.
    Up(Arc<Negotiated>),
    /// Routes, with what was wrong on the wire; treatments up to
    /// [`DisableFamily`](crate::wire::Treatment::DisableFamily) are the
    /// receiver's to apply.
    Update(Parsed<Update>),
    /// The neighbour has sent all it had of this family (RFC 4724 §2).
    EndOfRib(Family),
    /// The neighbour wants a family again, or brackets its answer.
    Refresh(RouteRefresh),
    /// There is room for more UPDATEs.
    Writable,
    /// The number of prefixes has crossed a bound. After
    /// [`LimitVerdict::End`] the session ends by itself.
    Prefixes(Family, LimitVerdict),
    /// A connection was not the neighbour's.
    Refused(Refused),
    /// [`Session::set_graceful_shutdown`](super::Session::set_graceful_shutdown)
    /// was changed: time to send all routes again.
    GracefulShutdown(bool),
    /// No longer Established, or never got there: an attempt failed.
    Down(DownReason),
}

/// The states of RFC 4271 §8.2.2.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "the RFC has these six")]
pub enum State {
    /// Refuses connections.
    #[default]
    Idle,
    /// Waits for the connection it dialled.
    Connect,
    /// Waits to be dialled, or to dial again.
    Active,
    /// Has sent its OPEN.
    OpenSent,
    /// Has accepted the neighbour's OPEN.
    OpenConfirm,
    /// Exchanges routes.
    Established,
}

/// Why [`Session::send`](super::Session) refused an UPDATE.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SendError {
    /// The session is not Established.
    #[error("the session is not established")]
    NotEstablished,
    /// The unsent octets have reached the window: wait for `Writable`.
    #[error("the send window is full")]
    WindowFull,
    /// The neighbour does not understand such a ROUTE-REFRESH, or not for that
    /// family (RFC 2918 §4, RFC 7313 §4).
    #[error("the neighbour has not agreed to this refresh")]
    NotAgreed,
    /// The value does not fit the wire.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
