use alloc::vec::Vec;

use crate::wire::{
    Context, DecodeError, EncodeError, Frame, Notification, Open, Parsed, RouteRefresh, Update,
};

/// A BGP message as a value.
#[derive(Clone, Debug, Eq, PartialEq)]
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
        let _ = (frame, context);
        todo!()
    }

    /// Appends the message, header included, to `out`.
    ///
    /// # Errors
    /// If the value does not fit the wire or the context; `out` is unchanged.
    pub fn encode(&self, context: &Context, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let _ = (context, out);
        todo!()
    }
}
