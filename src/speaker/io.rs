use thiserror::Error;

use crate::{
    rib::Step,
    session::{self, ConnId, DownReason},
    time::Instant,
    types::{Family, Prefix},
    wire::Fault,
};
use bytes::Bytes;

/// A neighbour of one speaker. Numbers are given in order and not used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PeerId(pub(crate) u32);

/// What the embedder tells a speaker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a speaker must not ignore an input silently"
)]
pub enum Input<'a> {
    /// The deadline of [`Output::Timeout`] has come.
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
    /// Nothing more to do until then, or until an input. Always the last. A
    /// deadline that has already passed means that a slice of long work is
    /// done and more waits: feed [`Input::Timeout`] at once, or after other
    /// inputs.
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
    /// A neighbour has sent all it had of a family.
    EndOfRib(PeerId, Family),
    /// A neighbour sent something wrong; the treatment has been applied.
    Fault(PeerId, Fault),
    /// The best route to a prefix changed: look it up.
    Best {
        /// Which.
        prefix: Prefix,
        /// From whom it now is; see [`RouteSource`]. `None`: it is gone.
        source: Option<RouteSource>,
        /// What decided; `None` with no route.
        decided_by: Option<Step>,
    },
    /// A neighbour's routes are now stale: it went away and may come back.
    Stale(PeerId),
    /// What was stale of a neighbour's routes has been refreshed or removed.
    StaleEnded(PeerId),
}

/// Where a route came from.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum RouteSource {
    /// The embedder announced it.
    Local,
    /// A neighbour did.
    Peer(PeerId),
}

/// No neighbour has this number, or it has been removed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("no such neighbour on this speaker")]
pub struct UnknownPeer;
