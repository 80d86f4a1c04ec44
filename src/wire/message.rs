use alloc::vec::Vec;
use core::fmt;

use crate::wire::{
    Context, DecodeError, EncodeError, Frame, MessageType, Notification, Open, Parsed,
    RouteRefresh, Update, UpdateView, frame,
};

/// A BGP message as a value.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::large_enum_variant,
    reason = "UPDATE is the common case, and a box would cost an allocation each"
)]
#[non_exhaustive]
pub enum Message {
    /// First on a connection.
    Open(Open),
    /// Routes.
    Update(Update),
    /// Last on a connection.
    Notification(Notification),
    /// Still there.
    Keepalive,
    /// Send again (RFC 2918).
    RouteRefresh(RouteRefresh),
}

impl Message {
    /// Reads one message.
    ///
    /// Faults that leave the message readable come beside the value with their
    /// treatment (RFC 7606).
    ///
    /// # Errors
    /// If the message cannot be read at all: the answer is
    /// [`DecodeError::notification`] and the session's end.
    pub fn decode(frame: Frame<'_>, context: &Context) -> Result<Parsed<Self>, DecodeError> {
        let value = match frame.kind {
            MessageType::OPEN => Self::Open(Open::decode(frame.body)?),
            MessageType::UPDATE => {
                let Parsed { value, faults } = UpdateView::new(frame)?.parse(context);
                let value = Self::Update(value);
                return Ok(Parsed { value, faults });
            }
            MessageType::NOTIFICATION => Self::Notification(Notification::decode(frame)?),
            MessageType::KEEPALIVE => Self::Keepalive,
            MessageType::ROUTE_REFRESH => Self::RouteRefresh(RouteRefresh::decode(frame)?),
            kind => return Err(DecodeError::MessageType { kind }),
        };
        let faults = Vec::new();
        Ok(Parsed { value, faults })
    }

    /// Appends the message, header included, to `out`.
    ///
    /// # Errors
    /// If the value does not fit the wire or the context; `out` is unchanged.
    pub fn encode(&self, context: &Context, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let max = context.max_message_len;
        match self {
            Self::Open(open) => open.encode(out),
            Self::Update(update) => update.encode(context, out),
            Self::Notification(notification) => notification.encode(max, out),
            Self::Keepalive => frame::write(MessageType::KEEPALIVE, max, out, |_| Ok(())),
            Self::RouteRefresh(refresh) => refresh.encode(max, out),
        }
    }

    /// The type that the header gives it.
    pub const fn kind(&self) -> MessageType {
        match self {
            Self::Open(_) => MessageType::OPEN,
            Self::Update(_) => MessageType::UPDATE,
            Self::Notification(_) => MessageType::NOTIFICATION,
            Self::Keepalive => MessageType::KEEPALIVE,
            Self::RouteRefresh(_) => MessageType::ROUTE_REFRESH,
        }
    }
}

impl fmt::Display for Message {
    /// The type, a colon, and the message on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(open) => write!(f, "OPEN: {open}"),
            Self::Update(update) => write!(f, "UPDATE: {update}"),
            Self::Notification(notification) => write!(f, "NOTIFICATION: {notification}"),
            Self::Keepalive => f.write_str("KEEPALIVE"),
            Self::RouteRefresh(refresh) => write!(f, "ROUTE-REFRESH: {refresh}"),
        }
    }
}
