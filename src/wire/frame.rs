//! The message header: marker, length, type (RFC 4271 §4.1).

use alloc::vec::Vec;
use core::fmt;

use crate::wire::{DecodeError, EncodeError};

/// Octets of a header.
pub const HEADER_LEN: usize = 19;
/// The largest message without RFC 8654, header included.
pub const MAX_LEN: usize = 4096;
/// The largest message with RFC 8654, header included.
pub const EXTENDED_LEN: usize = 65535;

/// The type octet of a message.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
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

    /// The name that the RFCs use, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::OPEN => "OPEN",
            Self::UPDATE => "UPDATE",
            Self::NOTIFICATION => "NOTIFICATION",
            Self::KEEPALIVE => "KEEPALIVE",
            Self::ROUTE_REFRESH => "ROUTE-REFRESH",
            _ => return None,
        })
    }

    /// The lengths that a message of this type may have, header included; the
    /// bounds are those of RFC 4271 §6.1, RFC 2918 §3 and RFC 8654 §4.
    #[inline]
    fn bounds(self, max_message_len: usize) -> Option<(usize, usize)> {
        Some(match self {
            Self::OPEN => (29, MAX_LEN),
            Self::UPDATE | Self::ROUTE_REFRESH => (23, max_message_len),
            Self::NOTIFICATION => (21, max_message_len),
            Self::KEEPALIVE => (HEADER_LEN, HEADER_LEN),
            _ => return None,
        })
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
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

    /// The whole message again.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let length = u16::try_from(self.wire_len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&MARKER);
        out.extend_from_slice(&length.to_be_bytes());
        out.push(self.kind.0);
        out.extend_from_slice(self.body);
    }

    /// The first message in `octets`, or `None` until it is complete.
    ///
    /// The header is judged as soon as its octets are there: a bad marker, a
    /// length outside 19 to `max_message_len` or below the type's least, and an
    /// unknown type are errors however little of the body has come.
    ///
    /// # Errors
    /// A Message Header Error (RFC 4271 §6.1). The stream cannot be read on.
    #[inline]
    pub fn first(octets: &'a [u8], max_message_len: usize) -> Result<Option<Self>, DecodeError> {
        let Some((marker, rest)) = octets.split_first_chunk() else {
            return early(octets).map(|()| None);
        };
        if *marker != MARKER {
            return Err(DecodeError::NotSynchronized);
        }
        let Some((length, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let length = u16::from_be_bytes(*length);
        let total = usize::from(length);
        if total < HEADER_LEN || total > max_message_len {
            return Err(DecodeError::MessageLength { length });
        }
        let Some((kind, rest)) = rest.split_first() else {
            return Ok(None);
        };
        let kind = MessageType(*kind);
        let (least, most) = kind
            .bounds(max_message_len)
            .ok_or(DecodeError::MessageType { kind })?;
        if total < least || total > most {
            return Err(DecodeError::MessageLength { length });
        }
        let body = total.saturating_sub(HEADER_LEN);
        Ok(rest.get(..body).map(|body| Self { kind, body }))
    }
}

/// Judges a marker that has not come whole.
fn early(marker: &[u8]) -> Result<(), DecodeError> {
    if marker.iter().all(|octet| *octet == 0xff) {
        Ok(())
    } else {
        Err(DecodeError::NotSynchronized)
    }
}

/// Appends a message whose body `write` makes, and sets its length.
///
/// Leaves `out` as it was if `write` fails or the message is over `max`.
#[inline]
pub(crate) fn write(
    kind: MessageType,
    max: usize,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let result = begin(kind, out, write).and_then(|()| finish(start, max, out));
    if result.is_err() {
        out.truncate(start);
    }
    result
}

#[inline]
fn begin(
    kind: MessageType,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let mut header = [0xff; HEADER_LEN];
    let [.., high, low, octet] = &mut header;
    (*high, *low, *octet) = (0, 0, kind.0);
    out.extend_from_slice(&header);
    write(out)
}

#[inline]
fn finish(start: usize, max: usize, out: &mut [u8]) -> Result<(), EncodeError> {
    let total = out.len().saturating_sub(start);
    let length = u16::try_from(total)
        .ok()
        .filter(|_| total <= max)
        .ok_or(EncodeError::TooLong { max })?;
    let at = start.saturating_add(MARKER.len());
    if let Some(field) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *field = length.to_be_bytes();
    }
    Ok(())
}

const MARKER: [u8; 16] = [0xff; 16];
