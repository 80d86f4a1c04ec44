//! MRT: what collectors and routers write to files (RFC 6396, RFC 8050).
//!
//! Octets to records and back, without input or output: [`Reader`] finds
//! records in a stream that comes in pieces, [`RawRecord::decode`] reads one
//! where it lies, [`Record::encode`] writes it. BGP messages inside are handed
//! out as [`Frame`](crate::wire::Frame)s with the [`Context`] that they must be
//! read with, which the record's subtype says; the attributes of a table's
//! entry become an ordinary UPDATE by [`RibEntry::expand`] or
//! [`Rib::update`].
//!
//! # Departures from RFC 6396
//! - MP_REACH_NLRI of a table's entry should hold the next hop alone (§4.3.4).
//!   The whole attribute is understood too, with its NLRI or cut off after the
//!   next hop, since old dumps have it; [`MpReachForm`] says which it was.
//! - Octets after a record's last field are kept ([`Record::trailing`]) and are
//!   no error.
//! - BGP4MP_SNAPSHOT, BGP_SYNC, GEO_PEER_TABLE (RFC 6397) and the protocols other
//!   than BGP are kept as octets.
//! - RIB_GENERIC of a family whose NLRI the codec does not read is kept as
//!   octets: where the entries begin cannot be told.
//! - The view's name is octets: what is not UTF-8 is no error.
//!
//! # Example
//! ```
//! use bgpwright::mrt::{Body, Error, Reader, Step};
//!
//! /// Counts the table entries in a stream that comes in pieces.
//! fn entries<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<usize, Error> {
//!     let mut reader = Reader::new(1 << 20);
//!     let mut count = 0;
//!     for mut piece in pieces {
//!         while let Step { consumed, record: Some(record) } = reader.read(piece) {
//!             piece = &piece[consumed..];
//!             if let Body::Rib(rib) = record?.decode()?.body {
//!                 count += rib.entries.iter().count();
//!             }
//!         }
//!     }
//!     reader.end()?;
//!     Ok(count)
//! }
//! # assert_eq!(entries([&[][..]].into_iter()), Ok(0));
//! ```
//!
//! [`Context`]: crate::wire::Context

mod attributes;
mod bgp4mp;
mod encode;
mod entry;
mod error;
mod field;
mod header;
mod message;
mod peers;
mod reader;
mod record;
mod rib;
mod table_dump;

pub use attributes::MpReachForm;
pub use bgp4mp::{Bgp4mpMessage, Bgp4mpSession, Direction, StateChange};
pub use entry::Bgp4mpEntry;
pub use error::{EncodeError, Error, ErrorKind};
pub use header::{RecordType, Subtype, Timestamp};
pub use message::{OldMessage, OldStateChange, SessionState};
pub use peers::{Peer, PeerIndexTable, PeerList, Peers};
pub use reader::{RawRecord, Reader, Step};
pub use record::{Body, Record};
pub use rib::{Rib, RibEntries, RibEntry, RibEntryIter, RibGeneric};
pub use table_dump::TableDump;
