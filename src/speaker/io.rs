use bytes::Bytes;
use thiserror::Error;

use crate::{
    rib::Refusal,
    session::{self, ConnId, DownReason},
    time::Instant,
    types::{Family, PeerId, Prefix},
    wire::Fault,
};

/// What the embedder tells a speaker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a speaker must not ignore an input silently"
)]
pub enum Input<'a> {
    /// The deadline of [`Output::Timeout`] has come. Early or spurious ones do
    /// nothing but a slice of waiting work.
    Timeout,
    /// Something for one neighbour's session.
    Peer(PeerId, session::Input<'a>),
    /// A fact of the embedder's routing: next hops within `network` are
    /// reachable at this IGP cost, or not at all. The most specific fact holds.
    NextHop {
        /// A connected network, or a route of the IGP or a static one.
        network: Prefix,
        /// 0 for connected; `None` for unreachable.
        igp_cost: Option<u32>,
    },
    /// Takes a fact back.
    ForgetNextHop {
        /// As given before.
        network: Prefix,
    },
}

/// What a speaker asks of the embedder.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an embedder must not ignore an output silently"
)]
pub enum Output {
    /// Dial the neighbour; see [`session::Output::Connect`].
    Connect(PeerId),
    /// Write what was handed out, then close; see [`session::Output::Close`].
    Close(PeerId, ConnId),
    /// Write these octets, in order.
    Transmit(PeerId, ConnId, Bytes),
    /// Something happened.
    Event(Event),
    /// Nothing more to do until then, or until an input. Always the last,
    /// repeated on every further call. A deadline that has already passed means
    /// that long work waits for its next slice: feed [`Input::Timeout`] after
    /// what else is ready.
    Timeout(Option<Instant>),
}

/// What happened in a speaker.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A session changed state.
    State {
        /// Whose.
        peer: PeerId,
        /// Before.
        from: session::State,
        /// After.
        to: session::State,
    },
    /// A session is Established.
    PeerUp(PeerId),
    /// A session, or an attempt at one, ended.
    PeerDown(PeerId, DownReason),
    /// A connection was not the neighbour's, and is closed unread.
    ConnectionRefused(PeerId, session::Refused),
    /// A neighbour has sent all it had of a family (RFC 4724 §2).
    EndOfRib(PeerId, Family),
    /// A neighbour sent something wrong; its treatment has been applied.
    Fault(PeerId, Fault),
    /// A neighbour sent a route that must not be taken: any earlier one to the
    /// prefix is gone.
    Refused {
        /// Whose.
        peer: PeerId,
        /// The destination.
        prefix: Prefix,
        /// What is wrong with it.
        reason: Refusal,
    },
    /// The number of prefixes of a neighbour has crossed a bound of
    /// [`session::Config::limits`]; the session ends by itself where it is to.
    PrefixLimit(PeerId, Family, session::LimitVerdict),
    /// How many prefixes of a limited family a neighbour has with a
    /// [part](super::Part) of a speaker: between the parts only.
    PrefixCount(PeerId, Family, usize),
    /// [`Speaker::take_routes`](super::Speaker::take_routes) has something, and
    /// has not been asked since; only while routes are
    /// [followed](super::Speaker::follow_routes).
    RoutesChanged,
    /// A neighbour is gone and may come back: its routes are kept as stale
    /// (RFC 4724 §4.2).
    Stale(PeerId),
    /// What was stale of a neighbour's routes has been refreshed or is being
    /// removed.
    StaleEnded(PeerId),
    /// After our restart: the neighbours have told us all, and are now told
    /// (RFC 4724 §4.1).
    DeferralEnded,
}

/// No neighbour has this number, or it has been removed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("no such neighbour on this speaker")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct UnknownPeer;
