//! The message header: marker, length, type (RFC 4271 §4.1).

use crate::wire::DecodeError;

/// Octets of a header.
pub const HEADER_LEN: usize = 19;
/// The largest message without RFC 8654, header included.
pub const MAX_LEN: usize = 4096;

/// The type octet of a message.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageType(pub u8);

impl MessageType {
    /// OPEN (RFC 4271 §4.2).
    pub const OPEN: Self = Self(1);
    /// UPDATE (RFC 4271 §4.3).
    pub const UPDATE: Self = Self(2);
    /// NOTIFICATION (RFC 4271 §4.5).
    pub const NOTIFICATION: Self = Self(3);
    /// KEEPALIVE (RFC 4271 §4.4).
    pub const KEEPALIVE: Self = Self(4);
    /// ROUTE-REFRESH (RFC 2918).
    pub const ROUTE_REFRESH: Self = Self(5);
}

/// One whole message, still octets; the header has been checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// What the message is.
    pub kind: MessageType,
    /// What follows the header.
    pub body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Octets of the message, header included: what to take off the buffer.
    pub fn wire_len(&self) -> usize {
        HEADER_LEN.saturating_add(self.body.len())
    }

    /// The first message in `octets`, or `None` until it is complete.
    ///
    /// The header is judged as soon as its octets are there: a bad marker, a
    /// length outside 19 to `max_message_len` or below the type's least, and an
    /// unknown type are errors however little of the body has come.
    ///
    /// # Errors
    /// A Message Header Error (RFC 4271 §6.1). The stream cannot be read on.
    pub fn first(octets: &'a [u8], max_message_len: usize) -> Result<Option<Self>, DecodeError> {
        let _ = (octets, max_message_len);
        todo!()
    }
}
