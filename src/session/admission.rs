//! Neighbours that are not configured one by one: who may dial us, from where,
//! and how many at a time, as data.
//!
//! An [`Admission`] is asked when a connection was accepted that no configured
//! [`Transport`] takes. It answers with everything that a
//! session for the newcomer is made of, counts it, and wants to hear of its end
//! by [`Admission::release`].
//!
//! ```
//! use bgpwright::{
//!     session::{Admission, Config, Denied, PeerAs, Range, Session},
//!     types::{Asn, RouterId},
//! };
//!
//! let template = Config::new(Asn(64512), RouterId(0x0a00_0001), PeerAs::Any);
//! let mut nodes = Range::new("10.0.0.0/16".parse()?, template);
//! nodes.peer_as = "64512,64600-64699".parse()?;
//! nodes.limit = 1;
//! let mut admission = Admission::new(vec![nodes], 100)?;
//!
//! let us = "10.0.0.1:179".parse()?;
//! let newcomer = admission.admit("10.0.3.7:40000".parse()?, us, None)?;
//! let session = Session::new(newcomer.config)?;
//! let second = admission.admit("10.0.3.8:40000".parse()?, us, None).unwrap_err();
//! assert!(matches!(second, Denied::RangeFull { limit: 1, .. }));
//! admission.release(newcomer.remote);
//! assert!(admission.admit("10.0.3.8:40000".parse()?, us, None).is_ok());
//! # drop(session);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The most specific range decides, even if it is full: a range with a limit of
//! 0 cuts a hole into a wider one.

mod as_set;

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use thiserror::Error;

use super::{
    Config, ConfigError, OpenMode, PeerAs,
    transport::{Authentication, PORT, Reach, Refused, ScopedAddr, Transport, TransportError},
};
use crate::types::{Family, Prefix};

pub use as_set::{AsSet, ParseAsSetError};

/// Addresses whose owners may become neighbours, and on which terms.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Range {
    /// Where they dial from.
    pub prefix: Prefix,
    /// For link-local ones: on which interface, or `None` for all.
    pub scope: Option<NonZeroU32>,
    /// Which AS they may have, in place of the template's.
    pub peer_as: AsSet,
    /// What we offer them, in place of the template's.
    pub families: Vec<Family>,
    /// How many there may be at a time; 0 for none.
    pub limit: u32,
    /// Which of our ports they dial; 179 by default.
    pub listen_port: u16,
    /// How far away they may be.
    pub reach: Reach,
    /// With which key they come: one for all of the range.
    pub authentication: Authentication,
    /// The rest. We never dial them, whatever it says.
    pub template: Arc<Config>,
}

impl Range {
    /// A range on the same link with no limit of its own: the AS and the
    /// families are the template's.
    pub fn new(prefix: Prefix, template: Config) -> Self {
        Self {
            prefix,
            scope: None,
            peer_as: match &template.peer_as {
                PeerAs::Exactly(asn) => AsSet::exactly(*asn),
                PeerAs::OneOf(set) => set.clone(),
                PeerAs::Internal => AsSet::exactly(template.local_as),
                PeerAs::External => AsSet::except(template.local_as),
                PeerAs::Any => AsSet::any(),
            },
            families: template.families.clone(),
            limit: u32::MAX,
            listen_port: PORT,
            reach: Reach::Direct,
            authentication: Authentication::None,
            template: Arc::new(template),
        }
    }

    /// What a session with one of them is made with.
    fn config(&self, transport: Option<Transport>) -> Config {
        let one_of = || PeerAs::OneOf(self.peer_as.clone());
        Config {
            peer_as: self.peer_as.only().map_or_else(one_of, PeerAs::Exactly),
            open_mode: OpenMode::Passive,
            transport,
            families: self.families.clone(),
            ..Config::clone(&self.template)
        }
    }

    fn transport(&self, remote: ScopedAddr, local: Option<ScopedAddr>) -> Transport {
        Transport {
            local,
            listen_port: self.listen_port,
            reach: self.reach,
            authentication: self.authentication.clone(),
            ..Transport::new(remote)
        }
    }

    fn check(&self) -> Result<(), RangeProblem> {
        let link_local = is_link_local(self.prefix);
        if self.prefix.is_multicast() {
            return Err(RangeProblem::Multicast);
        }
        if self.scope.is_some() && !link_local {
            return Err(RangeProblem::Scope);
        }
        if self.peer_as.is_empty() {
            return Err(RangeProblem::NoPeerAs);
        }
        self.config(None).check().map_err(RangeProblem::Config)?;
        if self.listen_port == 0 {
            return Err(RangeProblem::Transport(TransportError::ListenPortZero));
        }
        // What holds for one of the addresses holds for all of them.
        let terms = self.transport(self.prefix.addr().into(), None);
        terms
            .check_reach()
            .and_then(|()| terms.authentication.check())
            .map_err(RangeProblem::Transport)
    }

    fn takes(&self, source: ScopedAddr) -> bool {
        let on_link = self.scope.is_none() || self.scope == source.scope;
        on_link && self.prefix.contains(source.addr)
    }
}

impl fmt::Display for Range {
    /// As `10.0.0.0/16: AS 64512,64600-64699, at most 100, direct, no key`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.prefix, f)?;
        if let Some(scope) = self.scope {
            write!(f, "%{scope}")?;
        }
        write!(f, ": AS {}, ", self.peer_as)?;
        if self.limit != u32::MAX {
            write!(f, "at most {}, ", self.limit)?;
        }
        write!(f, "{}, {}", self.reach, self.authentication)
    }
}

/// The ranges, and who of them is here.
///
/// Its memory grows with those admitted, whom the limits bound, and with
/// nothing that is refused.
#[derive(Clone, Debug)]
pub struct Admission {
    /// As they were given.
    ranges: Vec<Range>,
    /// The places of the ranges, the most specific first.
    order: Vec<usize>,
    /// How many of each range are here.
    counts: Vec<u32>,
    /// By which range each is here.
    admitted: BTreeMap<ScopedAddr, usize>,
    limit: u32,
}

impl Admission {
    /// Nobody yet; `limit` at a time, of all ranges together.
    ///
    /// # Errors
    /// The first range, by its place, that cannot work, and why.
    pub fn new(ranges: Vec<Range>, limit: u32) -> Result<Self, AdmissionError> {
        for (at, range) in ranges.iter().enumerate() {
            range
                .check()
                .map_err(|problem| AdmissionError::Range { at, problem })?;
        }
        let specific = |range: &Range| (range.prefix.length(), range.scope.is_some());
        let mut order: Vec<_> = ranges.iter().enumerate().collect();
        order.sort_by_key(|(_, range)| {
            (
                core::cmp::Reverse(specific(range)),
                range.prefix,
                range.scope,
            )
        });
        for ((first, a), (second, b)) in order.iter().zip(order.iter().skip(1)) {
            if (a.prefix, a.scope) == (b.prefix, b.scope) {
                return Err(AdmissionError::PrefixTwice {
                    first: *first,
                    second: *second,
                    prefix: a.prefix,
                });
            }
        }
        Ok(Self {
            order: order.iter().map(|(at, _)| *at).collect(),
            counts: ranges.iter().map(|_| 0).collect(),
            admitted: BTreeMap::new(),
            ranges,
            limit,
        })
    }

    /// Whether the owner of `peer`, which dialled us at `local`, may become a
    /// neighbour; if so, it is counted from now on. `ttl` is as
    /// [`Transport::check_incoming`] has it.
    ///
    /// # Errors
    /// Why not. Nothing is counted then, and nothing may be read.
    pub fn admit(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        ttl: Option<u8>,
    ) -> Result<Admitted, Denied> {
        let (source, own) = (ScopedAddr::from(peer), ScopedAddr::from(local));
        let unknown = Denied::NoRange { addr: source };
        let mut order = self.order.iter();
        let &at = order
            .find(|at| self.ranges.get(**at).is_some_and(|it| it.takes(source)))
            .ok_or(unknown)?;
        let range = self.ranges.get(at).ok_or(unknown)?;
        let count = self.counts.get_mut(at).ok_or(unknown)?;
        let transport = range.transport(source, Some(own));
        transport
            .check_incoming(peer, local, ttl)
            .map_err(|reason| Denied::Connection { reason })?;
        transport
            .check()
            .map_err(|reason| Denied::Transport { reason })?;
        if self.admitted.contains_key(&source) {
            return Err(Denied::AlreadyHere { addr: source });
        }
        if *count >= range.limit {
            let (prefix, limit) = (range.prefix, range.limit);
            return Err(Denied::RangeFull { prefix, limit });
        }
        if u32::try_from(self.admitted.len()).unwrap_or(u32::MAX) >= self.limit {
            return Err(Denied::Full { limit: self.limit });
        }
        *count = count.saturating_add(1);
        self.admitted.insert(source, at);
        Ok(Admitted {
            range: at,
            remote: source,
            config: range.config(Some(transport)),
        })
    }

    /// That neighbour is gone for good: its place is free. `false` if it was
    /// not here.
    pub fn release(&mut self, source: ScopedAddr) -> bool {
        let Some(at) = self.admitted.remove(&source) else {
            return false;
        };
        if let Some(count) = self.counts.get_mut(at) {
            *count = count.saturating_sub(1);
        }
        true
    }

    /// How many are here.
    pub fn len(&self) -> usize {
        self.admitted.len()
    }

    /// Whether nobody is here.
    pub fn is_empty(&self) -> bool {
        self.admitted.is_empty()
    }

    /// The ranges as they were given, and how many of each are here.
    pub fn ranges(&self) -> impl Iterator<Item = (&Range, u32)> {
        self.ranges.iter().zip(self.counts.iter().copied())
    }

    /// Who is here, and by which range, in the order of addresses.
    pub fn admitted(&self) -> impl Iterator<Item = (ScopedAddr, usize)> {
        self.admitted.iter().map(|(source, at)| (*source, *at))
    }
}

/// What a session with a newcomer is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Admitted {
    /// The place of the range that let it in.
    pub range: usize,
    /// Its address: for [`Admission::release`].
    pub remote: ScopedAddr,
    /// For [`Session::new`](super::Session::new), with what to set on its
    /// socket, and what its next connection must be.
    pub config: Config,
}

/// Why a newcomer is not let in: its connection is to be closed unread.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Denied {
    /// It is in no range.
    #[error("from {addr}, which is in no range")]
    NoRange {
        /// From where.
        addr: ScopedAddr,
    },
    /// It came to the wrong port, or from ourselves.
    #[error("{reason}")]
    Connection {
        /// What is wrong.
        reason: Refused,
    },
    /// No neighbour can have such an address, or not on these terms.
    #[error("{reason}")]
    Transport {
        /// What is wrong.
        reason: TransportError,
    },
    /// Its session exists: this connection is that one's
    /// ([`Input::Accepted`](super::Input::Accepted)).
    #[error("from {addr}, which is here already")]
    AlreadyHere {
        /// From where.
        addr: ScopedAddr,
    },
    /// Its range has as many as it may.
    #[error("{prefix} has {limit} neighbours already")]
    RangeFull {
        /// The range.
        prefix: Prefix,
        /// Its limit.
        limit: u32,
    },
    /// All ranges together have as many as they may.
    #[error("there are {limit} neighbours already")]
    Full {
        /// The limit of all.
        limit: u32,
    },
}

/// Ranges that cannot work, and why.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum AdmissionError {
    /// One of them cannot.
    #[error("ranges[{at}].{problem}")]
    Range {
        /// Its place.
        at: usize,
        /// Which field, and why.
        problem: RangeProblem,
    },
    /// Nobody could say which of both decides.
    #[error("ranges[{second}].prefix: {prefix} is ranges[{first}] already")]
    PrefixTwice {
        /// The place of one.
        first: usize,
        /// The place of the other.
        second: usize,
        /// What both have.
        prefix: Prefix,
    },
}

/// A field of [`Range`] that cannot work, and why.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum RangeProblem {
    /// Nobody dials from there.
    #[error("prefix: must not be multicast")]
    Multicast,
    /// Only link-local addresses have an interface.
    #[error("scope: only a link-local prefix has one")]
    Scope,
    /// Nobody could be admitted.
    #[error("peer_as: has no AS")]
    NoPeerAs,
    /// The template, with the families and the AS of the range.
    #[error("{0}")]
    Config(ConfigError),
    /// The port, the reach, or the keys.
    #[error("{0}")]
    Transport(TransportError),
}

/// Whether all its addresses are of one link.
fn is_link_local(prefix: Prefix) -> bool {
    match prefix.addr() {
        IpAddr::V4(_) => false,
        IpAddr::V6(addr) => prefix.length() >= 10 && addr.is_unicast_link_local(),
    }
}
