//! Octets to values and back: BGP messages (RFC 4271 §4 and its extensions).
//!
//! [`Frame::first`] finds a message in a stream, [`Message::decode`] reads it,
//! [`Message::encode`] writes it, and [`update::pack_reach`] fits many routes
//! into few messages. [`UpdateView`] reads an UPDATE where it lies, without a
//! copy. There is no state and no time here, and nothing is guessed: what the
//! two sides agreed on is the [`Context`].
//!
//! A peer's mistake that leaves a message readable is a [`Fault`] beside the
//! value, graded by one table with the treatment of RFC 7606; one that does not
//! is a [`DecodeError`], which knows its NOTIFICATION. Whether the AS is the
//! expected one, a hold time is long enough or a route is a loop takes a
//! configuration, and is judged above.
//!
//! # Departures from the RFCs
//! - A capability whose value does not fit its code is kept as octets, and so
//!   counts as not announced, but for the four-octet AS (RFC 5492 is silent).
//! - An internal peer's route without LOCAL_PREF is no fault (RFC 4271 §5.1.5
//!   wants it there): the RIB has a default.
//! - An empty AS_PATH from an external peer, and a first AS that is not the
//!   peer's, pass (RFC 4271 §6.3): the speaker checks them where it is told to.
//! - Routes of a family that was not negotiated come in the value beside a
//!   fault [`FaultKind::Family`], to be ignored; they do not end the session.
//! - IPv4 unicast in MP_REACH_NLRI may have an IPv6 next hop whether or not
//!   RFC 8950 was negotiated.
//! - Filters in a ROUTE-REFRESH whose groups do not add up are an Invalid
//!   Message Length, 7/1 (RFC 5291 is silent). A group of address prefixes with
//!   an entry that is not recognized is kept, and told when it is iterated.
//!
//! # What does not come back as it was
//! `decode(encode(v)) == v` but for this: segments of AS_PATH over 255 numbers
//! are split and empty ones left out; on a two-octet session a path with wide
//! numbers keeps only those confederation segments that stand in front;
//! attributes that an external peer is not to see are left out. In the other
//! direction host bits in NLRI are cleared, attributes are put in order, and
//! those with a field of their own get the shortest length; all others keep
//! their flags and value to the octet.
//!
//! # Example
//! ```
//! use bgpwright::wire::{Context, Frame, Message};
//!
//! let mut stream = vec![0xff; 16]; // marker
//! stream.extend([0, 43, 2]); // length, UPDATE
//! stream.extend([0, 0]); // nothing withdrawn
//! stream.extend([0, 18]); // attributes
//! stream.extend([0x40, 1, 1, 0]); // ORIGIN IGP
//! stream.extend([0x40, 2, 4, 2, 1, 0xfd, 0xea]); // AS_PATH 65002
//! stream.extend([0x40, 3, 4, 192, 0, 2, 2]); // NEXT_HOP
//! stream.extend([8, 10]); // 10.0.0.0/8
//!
//! let context = Context::default();
//! let frame = Frame::first(&stream, context.max_message_len)?.expect("a whole message");
//! assert_eq!(frame.wire_len(), stream.len());
//! let parsed = Message::decode(frame, &context)?;
//! assert_eq!(parsed.faults, []);
//! assert_eq!(
//!     parsed.value.to_string(),
//!     "UPDATE: + 10.0.0.0/8; origin IGP, path 65002, next hop 192.0.2.2"
//! );
//! # Ok::<(), bgpwright::wire::DecodeError>(())
//! ```

pub mod attribute;
mod capability;
mod context;
mod error;
mod fault;
pub mod frame;
pub mod link_state;
mod message;
pub mod nlri;
mod notification;
mod open;
mod refresh;
pub mod update;

pub use attribute::{
    Aggregator, Attribute, AttributeCode, AttributeFlags, AttributeSet, Origin, RawAttribute,
    RawAttributes,
};
pub use capability::{
    AddPathFamily, AddPathMode, Capability, CapabilityCode, ExtendedNextHop, Fqdn, GracefulRestart,
    GracefulRestartFamily, GracefulRestartFlags, LongLivedFamily, LongLivedFlags, MultipleLabels,
    OrfFamily, OrfMode, OrfSupport, ParseRoleError, PathsLimit, Role, SoftwareVersion,
};
pub use context::Context;
pub use error::{DecodeError, EncodeError};
pub use fault::{Fault, FaultKind, Parsed, Treatment};
pub use frame::{Frame, MessageType};
pub use message::Message;
pub use nlri::{AnyNlri, Destination, Nlri, NlriList, PathId, Prefixes};
pub use notification::{Notification, NotificationCode};
pub use open::Open;
pub use refresh::{
    OrfFilters, OrfGroup, OrfMatch, OrfPrefixes, OrfType, PrefixFilter, PrefixOrf, RefreshSubtype,
    RouteRefresh, UnrecognizedOrf, WhenToRefresh,
};
pub use update::{
    AttributeBlock, AttributeView, Attributes, MpReach, MpUnreach, Update, UpdateBuffer,
    UpdateView, Visit,
};
