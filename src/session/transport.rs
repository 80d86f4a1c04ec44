//! What a neighbour's TCP connections are made of: addresses, ports, TTLs and
//! keys, so that whoever has the sockets decides nothing.
//!
//! [`Transport::dial`] says how to connect, [`Transport::options`] what to set
//! on a socket, dialled or accepted, and [`Transport::check_incoming`] whether
//! an accepted connection is the neighbour's at all, before an octet of it is
//! read. A secret never comes here: a [`KeyRef`] names it.
//!
//! ```
//! use bgpwright::session::{Reach, Refused, Transport};
//!
//! let mut transport = Transport::new("10.0.0.2".parse()?);
//! transport.local = Some("10.0.0.1".parse()?);
//! transport.reach = Reach::Secured { hops: 2 };
//! transport.check()?;
//!
//! let options = transport.options();
//! assert_eq!((options.ttl, options.min_ttl), (255, Some(254)));
//! let local = "10.0.0.1:179".parse()?;
//! assert_eq!(transport.check_incoming("10.0.0.2:40000".parse()?, local, Some(254)), Ok(()));
//! let far = transport.check_incoming("10.0.0.2:40000".parse()?, local, Some(60));
//! assert_eq!(far, Err(Refused::Ttl { min: 254, received: 60 }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whether we dial at all is [`Config::open_mode`](super::Config::open_mode).
//!
//! # Listening
//! A listening socket serves many neighbours, so it has [`LISTEN_TTL`] and no
//! least TTL; MD5 and TCP-AO keys are on it for every neighbour that has one,
//! for the kernel checks them from the first segment on. An accepted socket
//! gets the neighbour's [`options`](Transport::options) before it is read.
//!
//! # Departures
//! - RFC 5082 Appendix A leaves GTSM over several hops unspecified; counted as
//!   BIRD's `ttl security` with `multihop` does it, and as Linux's `IP_MINTTL`
//!   wants it: a neighbour `n` hops away sends 255, and 256 - `n` arrives at
//!   least; on the same link `n` is 1.
//! - The neighbour's source port is not looked at: RFC 4271 §8.2.1 binds the
//!   port that is dialled only.

mod address;
mod authentication;
mod error;

use core::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use crate::types::{Afi, Family, PeerType};

pub use address::{ParseScopedAddrError, ScopedAddr};
pub use authentication::{AoKey, Authentication, KeyRef};
pub use error::{AddrProblem, Refused, TransportError};

/// The port of BGP (RFC 4271 §8.2.1).
pub const PORT: u16 = 179;

/// The TTL of a listening socket: a neighbour with GTSM wants to see it on the
/// answer to its first segment, and to others it does no harm (RFC 5082 §3).
pub const LISTEN_TTL: u8 = 255;

/// How one neighbour is reached over TCP, and known when it dials us.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Transport {
    /// The neighbour's address.
    pub remote: ScopedAddr,
    /// The port to dial; 179 by default.
    pub remote_port: u16,
    /// Our address of the connection, or `None` to leave it to the routing
    /// table, and to accept the neighbour on any of ours.
    pub local: Option<ScopedAddr>,
    /// The port that the neighbour dials us at; 179 by default.
    pub listen_port: u16,
    /// How far away the neighbour may be.
    pub reach: Reach,
    /// How segments are authenticated.
    pub authentication: Authentication,
}

impl Transport {
    /// A neighbour on the same link, at port 179, without authentication.
    pub const fn new(remote: ScopedAddr) -> Self {
        Self {
            remote,
            remote_port: PORT,
            local: None,
            listen_port: PORT,
            reach: Reach::Direct,
            authentication: Authentication::None,
        }
    }

    /// Whether a connection can come of this.
    ///
    /// # Errors
    /// The first field that cannot work, and why.
    pub fn check(&self) -> Result<(), TransportError> {
        self.remote
            .check()
            .map_err(|problem| TransportError::Remote { problem })?;
        if self.remote_port == 0 {
            return Err(TransportError::RemotePortZero);
        }
        if self.listen_port == 0 {
            return Err(TransportError::ListenPortZero);
        }
        if let Some(local) = self.local {
            self.check_local(local)?;
        }
        self.check_reach()?;
        self.authentication.check()
    }

    /// What to do when the session says [`Output::Connect`](super::Output).
    pub fn dial(&self) -> Dial<'_> {
        Dial {
            from: self.local.map(|local| local.with_port(0)),
            to: self.remote.with_port(self.remote_port),
            options: self.options(),
        }
    }

    /// What to set on a socket of this neighbour: before it connects if we
    /// dial, before it is read if the neighbour did.
    pub fn options(&self) -> SocketOptions<'_> {
        SocketOptions {
            ttl: self.reach.ttl(),
            min_ttl: self.reach.min_ttl(),
            authentication: &self.authentication,
        }
    }

    /// Whether a connection that was accepted from `peer` at `local` is this
    /// neighbour's. Nothing may be read of one that is refused.
    ///
    /// `ttl` is that of the neighbour's segments, if known; if not, GTSM rests
    /// on [`SocketOptions::min_ttl`] alone. An IPv4 address that a socket for
    /// both families writes as an IPv6 one is taken for what it is.
    ///
    /// # Errors
    /// The first thing that is not as configured.
    pub fn check_incoming(
        &self,
        peer: SocketAddr,
        local: SocketAddr,
        ttl: Option<u8>,
    ) -> Result<(), Refused> {
        let listen_port = self.listen_port;
        if local.port() != listen_port {
            return Err(Refused::LocalPort {
                expected: listen_port,
                received: local.port(),
            });
        }
        let (peer, local) = (ScopedAddr::from(peer), ScopedAddr::from(local));
        if peer != self.remote {
            return Err(Refused::Peer {
                expected: self.remote,
                received: peer,
            });
        }
        if peer == local {
            return Err(Refused::Ourselves);
        }
        if let Some(expected) = self.local.filter(|&expected| expected != local) {
            return Err(Refused::Local {
                expected,
                received: local,
            });
        }
        match (self.reach.min_ttl(), ttl) {
            (Some(min), Some(received)) if received < min => Err(Refused::Ttl { min, received }),
            _ => Ok(()),
        }
    }

    /// Whether a connection that was made so could have been made with `after`.
    pub(super) fn carries_over(&self, after: &Self) -> bool {
        (self.remote, self.local, self.reach) == (after.remote, after.local, after.reach)
            && self.authentication.carries_over(&after.authentication)
    }

    fn check_local(&self, local: ScopedAddr) -> Result<(), TransportError> {
        local
            .check()
            .map_err(|problem| TransportError::Local { problem })?;
        let (local_afi, remote_afi) = (afi(local.addr), afi(self.remote.addr));
        if local_afi != remote_afi {
            return Err(TransportError::Families {
                local: Family::unicast_of(local.addr),
                remote: Family::unicast_of(self.remote.addr),
            });
        }
        if local == self.remote {
            return Err(TransportError::EqualAddresses { addr: local });
        }
        match (local.scope, self.remote.scope) {
            (Some(local), Some(remote)) if local != remote => Err(TransportError::Scopes {
                local: local.get(),
                remote: remote.get(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn check_reach(&self) -> Result<(), TransportError> {
        self.reach.check()?;
        let hops = self.reach.hops();
        let on_link = |addr: &ScopedAddr| addr.is_link_local();
        let far = !matches!(
            self.reach,
            Reach::Direct | Reach::Secured { hops: 1 } | Reach::Multihop { hops: 1 }
        );
        let mut ends = [Some(self.remote), self.local].into_iter().flatten();
        match ends.find(on_link) {
            Some(addr) if far => Err(TransportError::LinkLocalFar { addr, hops }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Transport {
    /// As `10.0.0.2:179 from 10.0.0.1, secured within 2 hops, MD5 key tor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.remote.with_port(self.remote_port), f)?;
        if let Some(local) = self.local {
            write!(f, " from {local}")?;
        }
        write!(f, ", {}, {}", self.reach, self.authentication)
    }
}

/// How far away a neighbour may be, and whether that is enforced.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Reach {
    /// On the same link: what we send goes no further (TTL 1).
    #[default]
    Direct,
    /// So many hops away at most: what we send goes no further.
    Multihop {
        /// The TTL, 1 to 255. What an unnumbered `multihop` means elsewhere:
        /// 64 in BIRD, 255 in FRR.
        hops: u8,
    },
    /// So many hops away at most, and what came from further is dropped: GTSM,
    /// which the neighbour must have as well (RFC 5082).
    Secured {
        /// 1 to 254; 1 is the same link.
        hops: u8,
    },
}

impl Reach {
    /// What is usual: an external neighbour is on the same link, an internal
    /// one anywhere (TTL 64, as BIRD has it).
    pub const fn usual(peer_type: PeerType) -> Self {
        match peer_type {
            PeerType::Internal => Self::Multihop { hops: 64 },
            PeerType::External | PeerType::Confederation => Self::Direct,
        }
    }

    /// The TTL, or hop limit, of what we send (`IP_TTL`,
    /// `IPV6_UNICAST_HOPS`; RFC 5082 §3).
    pub const fn ttl(self) -> u8 {
        match self {
            Self::Direct => 1,
            Self::Multihop { hops } => hops,
            Self::Secured { .. } => 255,
        }
    }

    /// The least TTL, or hop limit, to accept: the kernel drops a segment that
    /// has less (`IP_MINTTL`, `IPV6_MINHOPCOUNT`). `None` accepts any.
    pub const fn min_ttl(self) -> Option<u8> {
        match self {
            Self::Direct | Self::Multihop { .. } => None,
            // A router takes one away, and between n hops there are n - 1.
            Self::Secured { hops } => Some(255_u8.saturating_sub(hops.saturating_sub(1))),
        }
    }

    const fn hops(self) -> u8 {
        match self {
            Self::Direct => 1,
            Self::Multihop { hops } | Self::Secured { hops } => hops,
        }
    }

    fn check(self) -> Result<(), TransportError> {
        match self {
            Self::Multihop { hops: 0 } => Err(TransportError::MultihopZero),
            Self::Secured {
                hops: hops @ (0 | 255),
            } => Err(TransportError::SecuredHops { hops }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Multihop { hops } => write!(f, "multihop {hops}"),
            Self::Secured { hops: 1 } => f.write_str("secured within 1 hop"),
            Self::Secured { hops } => write!(f, "secured within {hops} hops"),
        }
    }
}

/// How to dial a neighbour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Dial<'a> {
    /// What to bind to, with port 0 for any, or nothing to bind to.
    pub from: Option<SocketAddr>,
    /// What to connect to.
    pub to: SocketAddr,
    /// What to set before connecting.
    pub options: SocketOptions<'a>,
}

/// What to set on a socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SocketOptions<'a> {
    /// As [`Reach::ttl`].
    pub ttl: u8,
    /// As [`Reach::min_ttl`].
    pub min_ttl: Option<u8>,
    /// Which keys to look up and to set.
    pub authentication: &'a Authentication,
}

fn afi(addr: IpAddr) -> Afi {
    Family::unicast_of(addr).afi
}
