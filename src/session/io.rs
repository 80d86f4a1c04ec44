use alloc::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use super::Negotiated;
use crate::{
    time::Instant,
    types::Family,
    wire::{EncodeError, Notification, Parsed, RouteRefresh, Update},
};

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
    /// End in order: Cease, administrative shutdown, with this communication
    /// (RFC 9003; at most 255 octets are sent). Stays down until `Start`.
    Stop {
        /// For the neighbour's operator; may be empty.
        reason: &'a str,
    },
    /// The deadline of [`Output::Timeout`] has come. Early or spurious ones do
    /// nothing.
    Timeout,
    /// The attempt that [`Output::Connect`] asked for succeeded.
    Connected(ConnId),
    /// The attempt that [`Output::Connect`] asked for failed.
    ConnectFailed,
    /// The neighbour dialled us, and is who it must be.
    Accepted(ConnId),
    /// The connection was closed by the neighbour or lost. No
    /// [`Output::Close`] follows for it.
    Closed(ConnId),
    /// Octets came.
    Received(ConnId, &'a [u8]),
    /// The kernel took that many of the octets handed out for the connection.
    Sent(ConnId, usize),
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
    /// No longer Established, or never got there: an attempt failed.
    Down(DownReason),
}

/// Why a session is down.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum DownReason {
    /// We were told to stop.
    Stopped,
    /// The connection went away without a word.
    ConnectionLost,
    /// No connection could be made.
    ConnectFailed,
    /// We ended it with this.
    NotificationSent(Notification),
    /// The neighbour ended it with this.
    NotificationReceived(Notification),
}

impl DownReason {
    /// Whether the routes of the families that graceful restart was agreed for
    /// stay, as stale, when an Established session ends so: after a connection
    /// that was lost (RFC 4724 §4.2), and, if both
    /// [outlive NOTIFICATIONs](super::Negotiated::survives_notification), after
    /// any but a Hard Reset (RFC 8538 §4).
    pub fn keeps_routes(&self, survives_notification: bool) -> bool {
        match self {
            Self::ConnectionLost => true,
            Self::NotificationSent(notification) | Self::NotificationReceived(notification) => {
                survives_notification && !notification.is_hard_reset()
            }
            Self::Stopped | Self::ConnectFailed => false,
        }
    }
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
    /// The value does not fit the wire.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
