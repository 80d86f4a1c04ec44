use thiserror::Error;

use super::ScopedAddr;
use crate::types::Family;

/// Why an accepted connection is not a neighbour's: to be closed unread.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// From another address, family or interface.
    #[error("from {received}, not the neighbour's {expected}")]
    Peer {
        /// As configured.
        expected: ScopedAddr,
        /// As accepted.
        received: ScopedAddr,
    },
    /// To another address of ours.
    #[error("to {received}, not our {expected}")]
    Local {
        /// As configured.
        expected: ScopedAddr,
        /// As accepted.
        received: ScopedAddr,
    },
    /// To another port of ours.
    #[error("to port {received}, not our {expected}")]
    LocalPort {
        /// As configured.
        expected: u16,
        /// As accepted.
        received: u16,
    },
    /// Both ends have the same address.
    #[error("from ourselves")]
    Ourselves,
    /// From further away than GTSM permits (RFC 5082 §3).
    #[error("TTL {received} is less than {min}: from too far away")]
    Ttl {
        /// The least permitted.
        min: u8,
        /// As it came.
        received: u8,
    },
}

/// Why an address is none of a TCP connection's end.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AddrProblem {
    /// All zeroes.
    #[error("must not be unspecified")]
    Unspecified,
    /// A group's.
    #[error("must not be multicast")]
    Multicast,
    /// 255.255.255.255.
    #[error("must not be broadcast")]
    Broadcast,
    /// An IPv4 address in an IPv6 one's form (RFC 4291 §2.5.5.2).
    #[error("must be written as IPv4")]
    Mapped,
    /// A link-local address means nothing without its interface (RFC 4007 §6).
    #[error("a link-local address needs a scope")]
    NoScope,
    /// Only a link-local address has an interface.
    #[error("only a link-local address has a scope")]
    Scope,
}

/// A field of [`Transport`](super::Transport) that no connection can come of, and why.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum TransportError {
    /// No neighbour has this address.
    #[error("remote: {problem}")]
    Remote {
        /// Why not.
        problem: AddrProblem,
    },
    /// We cannot have this address.
    #[error("local: {problem}")]
    Local {
        /// Why not.
        problem: AddrProblem,
    },
    /// A connection has one family.
    #[error("local: {local}, but the remote is {remote}")]
    Families {
        /// Our address's.
        local: Family,
        /// The neighbour's.
        remote: Family,
    },
    /// Nobody is their own neighbour.
    #[error("local: {addr} is the neighbour's address too")]
    EqualAddresses {
        /// Which.
        addr: ScopedAddr,
    },
    /// A link is one interface.
    #[error("local: scope {local}, but the remote is in scope {remote}")]
    Scopes {
        /// Our address's.
        local: u32,
        /// The neighbour's.
        remote: u32,
    },
    /// Nothing can be dialled.
    #[error("remote_port: must not be 0")]
    RemotePortZero,
    /// Nothing can be listened on.
    #[error("listen_port: must not be 0")]
    ListenPortZero,
    /// Nothing would leave the host.
    #[error("reach: multihop 0 reaches nobody")]
    MultihopZero,
    /// 0 would let nothing in, 255 everything.
    #[error("reach: secured within {hops} hops is not 1 to 254")]
    SecuredHops {
        /// As configured.
        hops: u8,
    },
    /// No router forwards a link-local address (RFC 4291 §2.5.6).
    #[error("reach: {addr} cannot be {hops} hops away")]
    LinkLocalFar {
        /// Which.
        addr: ScopedAddr,
        /// As configured.
        hops: u8,
    },
    /// A key has a name.
    #[error("authentication: a key has no name")]
    KeyUnnamed,
    /// A chain has at least one key.
    #[error("authentication: the chain has no key")]
    ChainEmpty,
    /// Identifiers of one connection do not overlap (RFC 5925 §3.1).
    #[error("authentication: send id {id} is there twice")]
    SendIdTwice {
        /// Which.
        id: u8,
    },
    /// Identifiers of one connection do not overlap (RFC 5925 §3.1).
    #[error("authentication: receive id {id} is there twice")]
    ReceiveIdTwice {
        /// Which.
        id: u8,
    },
}
