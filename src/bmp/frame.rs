use core::fmt;

use super::{BmpError, BmpErrorKind};

/// The version that this reads and writes.
pub const VERSION: u8 = 3;
/// Octets of the common header.
pub const HEADER_LEN: usize = 6;

/// The type octet of a message (RFC 7854 §4.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct BmpType(pub u8);

impl BmpType {
    /// A route of a peer (RFC 7854 §4.6).
    pub const ROUTE_MONITORING: Self = Self(0);
    /// Counters of a peer (RFC 7854 §4.8).
    pub const STATISTICS_REPORT: Self = Self(1);
    /// A session went down (RFC 7854 §4.9).
    pub const PEER_DOWN: Self = Self(2);
    /// A session came up (RFC 7854 §4.10).
    pub const PEER_UP: Self = Self(3);
    /// The first of a stream (RFC 7854 §4.3).
    pub const INITIATION: Self = Self(4);
    /// The last of a stream (RFC 7854 §4.5).
    pub const TERMINATION: Self = Self(5);
    /// A message as it came (RFC 7854 §4.7).
    pub const ROUTE_MIRRORING: Self = Self(6);

    /// The name that RFC 7854 uses, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::ROUTE_MONITORING => "Route Monitoring",
            Self::STATISTICS_REPORT => "Statistics Report",
            Self::PEER_DOWN => "Peer Down",
            Self::PEER_UP => "Peer Up",
            Self::INITIATION => "Initiation",
            Self::TERMINATION => "Termination",
            Self::ROUTE_MIRRORING => "Route Mirroring",
            _ => return None,
        })
    }
}

impl fmt::Display for BmpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// One whole message, still octets; the common header has been checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BmpFrame<'a> {
    /// What the message is.
    pub kind: BmpType,
    /// What follows the common header.
    pub body: &'a [u8],
}

impl<'a> BmpFrame<'a> {
    /// Octets of the message, header included: what to take off the buffer.
    pub fn wire_len(&self) -> usize {
        HEADER_LEN.saturating_add(self.body.len())
    }

    /// The first message in `octets`, or `None` until it is complete; it may be
    /// of `limit` octets at most, header included.
    ///
    /// The header is judged as soon as its octets are there.
    ///
    /// # Errors
    /// [`BmpErrorKind::Version`] or [`BmpErrorKind::Length`]. The stream cannot
    /// be read on.
    pub fn first(octets: &'a [u8], limit: usize) -> Result<Option<Self>, BmpError> {
        let Some((version, rest)) = octets.split_first() else {
            return Ok(None);
        };
        let version = *version;
        if version != VERSION {
            return Err(BmpError::new(0, BmpErrorKind::Version { version }));
        }
        let Some((length, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length);
        let total = usize::try_from(length).unwrap_or(usize::MAX);
        if total < HEADER_LEN || total > limit {
            return Err(BmpError::new(1, BmpErrorKind::Length { length, limit }));
        }
        let Some((kind, rest)) = rest.split_first() else {
            return Ok(None);
        };
        let kind = BmpType(*kind);
        let body = rest.get(..total.saturating_sub(HEADER_LEN));
        Ok(body.map(|body| Self { kind, body }))
    }
}
