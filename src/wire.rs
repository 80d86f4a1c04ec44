//! Octets to values and back: BGP messages (RFC 4271 §4 and its extensions).
//!
//! There is no state and no time here, and nothing is guessed: what the two
//! sides agreed on is the [`Context`], a parameter.
//!
//! # The way through
//! | step | with | yields |
//! |---|---|---|
//! | find a message in a stream | [`Frame::first`] | a [`Frame`]: type and body; how much to take off the buffer is [`Frame::wire_len`] |
//! | read any message | [`Message::decode`] | a [`Message`] and its [`Fault`]s |
//! | look at an UPDATE where it lies | [`UpdateView::walk`] with a [`Visit`] | calls for each attribute and route; allocates nothing |
//! | keep UPDATEs, many in turn | [`UpdateBuffer::read`] | an [`Update`] in memory that is used again |
//! | keep one UPDATE | [`UpdateView::parse`] | an [`Update`] of its own |
//! | write a message | [`Message::encode`] | its octets |
//! | announce many prefixes | [`update::pack_reach`], [`update::pack_unreach`] | the fewest messages |
//! | announce with one attribute set again and again | [`AttributeBlock`] | messages at the cost of copying |
//!
//! The four ways to read an UPDATE are one pass over it, so they find the same
//! faults. [`UpdateView::attributes`] gives each attribute as it lies, faults or
//! not, for those who show messages to people.
//!
//! # Values
//! An [`Update`] has the message's own fields. [`AttributeSet`] has a field for
//! each attribute that most routes have, and keeps the others as octets in
//! [`AttributeSet::other`]; their types are in [`attribute`]. Routes are
//! [`NlriList`]s: of unicast and multicast families [`NlriList::prefixes`] yields
//! [`Nlri`], of any family [`NlriList::iter`] yields [`AnyNlri`], whose
//! [`Destination`] is typed for labelled, VPN, EVPN, flow specification, route
//! target, VPLS, segment routing policy, mobile user plane, multicast VPN and
//! BGP-LS routes. A family that the codec does not read keeps its octets.
//!
//! Numbers of the wire are open: a code, type or subcode without a name here
//! comes back as it came.
//!
//! # Faults
//! A peer's mistake that leaves a message readable is a [`Fault`] beside the
//! value: where, what, and the [`Treatment`] that RFC 7606 asks for, from one
//! table. The strongest wins ([`Parsed::treatment`]). The codec drops no route
//! on its own: a collector wants to see what came. What a receiver does:
//!
//! | [`Treatment`] | what is in the value | what to do |
//! |---|---|---|
//! | [`IgnorePrefix`](Treatment::IgnorePrefix) | the prefix, a multicast one | leave it out ([`Prefix::is_multicast`]) |
//! | [`AttributeDiscard`](Treatment::AttributeDiscard) | not the attribute | go on |
//! | [`TreatAsWithdraw`](Treatment::TreatAsWithdraw) | the routes | take the announced ones as withdrawn |
//! | [`DisableFamily`](Treatment::DisableFamily) | routes up to the one that cannot be read | ignore the family until the next session, or end this one |
//! | [`SessionReset`](Treatment::SessionReset) | what could be read | send [`Fault::notification`] and end the session |
//!
//! A message that cannot be read is a [`DecodeError`], which knows its
//! NOTIFICATION. Whether the AS is the expected one, a hold time is long enough
//! or a route is a loop takes a configuration, and is judged above.
//!
//! # A monitor
//! ```
//! use bgpwright::{
//!     types::Family,
//!     wire::{Attribute, Context, Fault, Frame, Message, MessageType, Nlri, UpdateView, Visit},
//! };
//!
//! /// What this monitor wants to know of each route.
//! #[derive(Default)]
//! struct Monitor {
//!     origin_as: Option<u32>,
//!     lines: Vec<String>,
//! }
//!
//! impl<'a> Visit<'a> for Monitor {
//!     // All attributes come before the first route.
//!     fn attribute(&mut self, attribute: Attribute<'a>) {
//!         if let Attribute::AsPath(path) = attribute {
//!             self.origin_as = path.asns().last().map(|asn| asn.0);
//!         }
//!     }
//!
//!     fn announced(&mut self, _: Family, nlri: Nlri) {
//!         self.lines.push(format!("+ {} from AS {:?}", nlri.prefix, self.origin_as));
//!     }
//!
//!     fn withdrawn(&mut self, _: Family, nlri: Nlri) {
//!         self.lines.push(format!("- {}", nlri.prefix));
//!     }
//! }
//!
//! /// Takes whole messages off the front of `stream`.
//! fn watch(stream: &mut Vec<u8>, context: &Context) -> Result<Vec<String>, bgpwright::wire::DecodeError> {
//!     let mut lines = Vec::new();
//!     let mut faults: Vec<Fault> = Vec::new();
//!     while let Some(frame) = Frame::first(stream, context.max_message_len)? {
//!         if frame.kind == MessageType::UPDATE {
//!             let mut monitor = Monitor::default();
//!             let treatment = UpdateView::new(frame)?.walk(context, &mut monitor, &mut faults);
//!             lines.append(&mut monitor.lines);
//!             lines.extend(faults.drain(..).map(|fault| format!("! {fault}")));
//!             lines.extend(treatment.map(|treatment| format!("! in all: {treatment}")));
//!         } else {
//!             lines.push(Message::decode(frame, context)?.value.to_string());
//!         }
//!         let taken = frame.wire_len();
//!         stream.drain(..taken);
//!     }
//!     Ok(lines)
//! }
//!
//! let mut stream = vec![0xff; 16]; // marker
//! stream.extend([0, 43, 2]); // length, UPDATE
//! stream.extend([0, 0]); // nothing withdrawn
//! stream.extend([0, 18]); // attributes
//! stream.extend([0x40, 1, 1, 3]); // ORIGIN 3: there is no such one
//! stream.extend([0x40, 2, 4, 2, 1, 0xfd, 0xea]); // AS_PATH 65002
//! stream.extend([0x40, 3, 4, 192, 0, 2, 2]); // NEXT_HOP
//! stream.extend([8, 10]); // 10.0.0.0/8
//!
//! let lines = watch(&mut stream, &Context::default())?;
//! assert_eq!(
//!     lines,
//!     [
//!         "+ 10.0.0.0/8 from AS Some(65002)",
//!         "! ORIGIN at octet 23: invalid value: treat as withdraw",
//!         "! in all: treat as withdraw",
//!     ]
//! );
//! assert!(stream.is_empty());
//! # Ok::<(), bgpwright::wire::DecodeError>(())
//! ```
//!
//! [`Prefix::is_multicast`]: crate::types::Prefix::is_multicast
//!
//! # Departures from the RFCs
//! - A capability whose value does not fit its code is kept as octets, and so
//!   counts as not announced, but for the four-octet AS (RFC 5492 is silent).
//! - An internal peer's route without LOCAL_PREF is no fault (RFC 4271 §5.1.5
//!   wants it there): the RIB has a default.
//! - An empty AS_PATH from an external peer, and a first AS that is not the
//!   peer's, pass (RFC 4271 §6.3): the speaker checks them where it is told to.
//! - Attributes kept as octets go out with all their flags, those without a
//!   meaning too (RFC 4271 §4.3).
//! - Routes of a family that was not negotiated come in the value beside a
//!   fault [`FaultKind::Family`], to be ignored; they do not end the session.
//! - IPv4 routes in MP_REACH_NLRI may come with an IPv6 next hop whether or not
//!   RFC 8950 was negotiated; they go out with one only if it was.
//! - A stack of labels ends at its bottom bit, or is one label if no bit is
//!   set, whether or not multiple labels were negotiated (RFC 8277 §2).
//! - NLRI of a family other than unicast and multicast that cannot be read ask
//!   to disable the family, not to end the session (RFC 7606 §2 allows either).
//! - Filters in a ROUTE-REFRESH whose groups do not add up are an Invalid
//!   Message Length, 7/1 (RFC 5291 is silent). A group of address prefixes with
//!   an entry that is not recognized is kept, and told when it is iterated.
//!
//! # What does not come back as it was
//! `decode(encode(v)) == v` but for this: segments of AS_PATH over 255 numbers
//! are split and empty ones left out; on a two-octet session a path with wide
//! numbers keeps only those confederation segments that stand in front;
//! attributes that an external peer is not to see are left out. A set over 255
//! numbers is refused. The next hop of a VPN route goes out behind a route
//! distinguisher of zero (RFC 4364 §4.3.2), whatever was there. In the other
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
    Aggregator, Aigp, AttrSet, Attribute, AttributeCode, AttributeFlags, AttributeSet, Origin,
    ParseOriginError, PartialAttributes, PmsiTunnel, PmsiTunnelType, PrefixSid, PrefixSidTlv,
    RawAttribute, RawAttributes, SidStructure, SrgbRanges, Srv6SubTlv, Srv6SubTlvs, Tunnel,
    TunnelEncapsulation, TunnelSubTlv, TunnelSubTlvType, TunnelType,
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
pub use nlri::{AnyNlri, Destination, Nlri, NlriList, ParseNlriError, PathId, Prefixes};
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
