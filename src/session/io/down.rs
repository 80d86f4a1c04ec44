use core::fmt;

use crate::{session::LimitReached, wire::Notification};

/// Why a session is down.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum DownReason {
    /// We were told to stop.
    Stopped,
    /// We were told that there is no such neighbour any more.
    Removed,
    /// We were told to begin anew.
    Reset {
        /// Whether the neighbour's routes are to go.
        hard: bool,
    },
    /// The link is down.
    LinkDown,
    /// BFD says that the path is down (RFC 5882 §4.2).
    BfdDown,
    /// An address, the reach, or a key changed.
    TransportChanged,
    /// The neighbour announced too many prefixes.
    TooManyPrefixes(LimitReached),
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
    /// [outlive NOTIFICATIONs](crate::session::Negotiated::survives_notification),
    /// after any that is not meant to be hard (RFC 8538 §4 and §5.1).
    ///
    /// A link or a path that is known to be down forwards nothing: its routes go.
    pub fn keeps_routes(&self, survives_notification: bool) -> bool {
        match self {
            Self::ConnectionLost => true,
            Self::NotificationSent(notification) | Self::NotificationReceived(notification) => {
                survives_notification && !notification.is_hard_reset()
            }
            Self::Reset { hard } => survives_notification && !hard,
            Self::TransportChanged => survives_notification,
            Self::Stopped
            | Self::Removed
            | Self::LinkDown
            | Self::BfdDown
            | Self::TooManyPrefixes(_)
            | Self::ConnectFailed => false,
        }
    }
}

impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Removed => f.write_str("no longer configured"),
            Self::Reset { hard: false } => f.write_str("reset"),
            Self::Reset { hard: true } => f.write_str("hard reset"),
            Self::LinkDown => f.write_str("the link is down"),
            Self::BfdDown => f.write_str("BFD is down"),
            Self::TransportChanged => f.write_str("address or key changed"),
            Self::TooManyPrefixes(reached) => write!(f, "too many prefixes ({reached})"),
            Self::ConnectionLost => f.write_str("connection lost"),
            Self::ConnectFailed => f.write_str("connection refused or not answered"),
            Self::NotificationSent(notification) => write!(f, "sent {notification}"),
            Self::NotificationReceived(notification) => write!(f, "received {notification}"),
        }
    }
}
