//! BMP: what a router tells a monitoring station (RFC 7854, RFC 8671, RFC 9069).
//!
//! Octets to messages and back, without input or output: [`BmpFrame::first`]
//! finds a message in a stream, [`BmpMessage::decode`] reads it where it lies,
//! [`BmpMessage::encode`] writes it. BGP messages inside are handed out as
//! octets, to be framed and read by [`wire`](crate::wire) with the context that
//! the peer's session had: [`PeerUp::context`] says it, from the two OPENs, and
//! [`PeerHeader::read_with`] adjusts it to one message. Nothing is guessed.
//!
//! # Departures
//! - Octets after a Route Monitoring's UPDATE, which newer drafts and vendors
//!   use for TLVs, are kept ([`BmpMessage::RouteMonitoring`]'s `trailing`).
//! - Flags without a meaning for the peer's type are kept; so are messages,
//!   peer types, statistics and TLVs of unknown types.
//! - The twelve octets in front of an IPv4 address go out as zero, whatever
//!   they came as (RFC 7854 §4.2).
//!
//! # Example
//! ```
//! use bgpwright::bmp::{BmpFrame, BmpMessage, InformationType, Tlvs};
//!
//! let mut information = Vec::new();
//! Tlvs::push(InformationType::SYS_NAME.0, b"leaf-1", &mut information)?;
//! let message = BmpMessage::Initiation(Tlvs::new(&information)?);
//! let mut stream = Vec::new();
//! message.encode(&mut stream)?;
//!
//! let frame = BmpFrame::first(&stream, 1 << 16)?.expect("a whole message");
//! assert_eq!(frame.wire_len(), stream.len());
//! assert_eq!(BmpMessage::decode(frame)?, message);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod encode;
mod error;
mod frame;
mod message;
mod peer;
mod show;
mod statistics;
mod tlv;

pub use error::{BmpEncodeError, BmpError, BmpErrorKind};
pub use frame::{BmpFrame, BmpType, HEADER_LEN, VERSION};
pub use message::{BmpMessage, PeerDown, PeerUp};
pub use peer::{PeerFlags, PeerHeader, PeerKind, Timestamp};
pub use statistics::{Statistic, StatisticType, StatisticValue, Statistics};
pub use tlv::{InformationType, MirroringType, TerminationType, Tlv, TlvIter, Tlvs};
