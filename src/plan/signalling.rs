//! Who learns what, worked out and not simulated: over iBGP a route goes up to
//! reflectors, over between them, and down to clients (RFC 4271 §9.2,
//! RFC 4456 §6); over eBGP it goes on with one more AS in its path.
//!
//! Every router originates a route of its own. Each keeps the best it hears of
//! another's and passes that on: shorter AS paths are better, then routes from
//! outside, shorter cluster lists, and lower routers. Local preference, MED and
//! whatever else policies set play no part, and a policy lets all of a router's
//! routes through or none.
//!
//! ```
//! use bgpwright::plan::{LoopRule, Signalling, Without};
//! use bgpwright::types::ClusterId;
//!
//! // A reflector with two clients.
//! let mut signalling = Signalling::default();
//! let reflector = signalling.add_router(Some(ClusterId(1)));
//! let clients = [signalling.add_router(None), signalling.add_router(None)];
//! for client in clients {
//!     signalling.add_session(reflector, client, (false, true));
//! }
//!
//! let all = signalling.visibility(LoopRule::Rfc4456, &Without::default());
//! assert!(all.lost.is_empty());
//! let without = Without::router(reflector);
//! let left = signalling.visibility(LoopRule::Rfc4456, &without);
//! assert_eq!(left.lost, [(clients[0], clients[1]), (clients[1], clients[0])]);
//! ```

mod spread;

use alloc::{collections::BTreeSet, vec::Vec};
use core::net::IpAddr;

use crate::{
    speaker::NextHopMode,
    types::{Asn, ClusterId, Prefix},
};
pub(super) use spread::best;
pub use spread::{Path, Visibility};

/// Routers and the sessions between them, of one family.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Signalling {
    routers: Vec<Node>,
    sessions: Vec<Session>,
}

/// What counts of a router for who learns what.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Router {
    /// Its cluster, if it is a reflector.
    pub cluster: Option<ClusterId>,
    /// What it passes on of what it hears.
    pub transit: Transit,
    /// Whether its routes are the cluster's, for [`Transit::Cluster`].
    pub in_cluster: bool,
    /// The gates, by number, that its routes do not pass: policies.
    pub barred: BTreeSet<usize>,
    /// What it reaches without BGP; `None` for everything.
    pub connected: Option<BTreeSet<Prefix>>,
    /// What it announces: what next hops may be resolved by elsewhere.
    pub announces: Vec<Prefix>,
    /// Tells apart routers that are not to be taken for alike, such as those of
    /// different ASes.
    pub group: usize,
}

/// What a router passes on of what it hears.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Transit {
    /// Everything, as routers do.
    #[default]
    All,
    /// The cluster's routes, as Calico's nodes do.
    Cluster,
    /// Nothing, as speakers do that announce only.
    Nothing,
}

/// One end of a session.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Side {
    /// This end's AS on the session: equal on both for iBGP.
    pub asn: Asn,
    /// Whether this end is a reflection client of the other.
    pub client: bool,
    /// This end's address: the next hop of what it originates.
    pub address: Option<IpAddr>,
    /// Which next hop this end advertises.
    pub next_hop: NextHopMode,
    /// How often its AS may be in a path that it takes.
    pub allow_local_as: u8,
    /// The gate that all goes through that it takes.
    pub import: Option<usize>,
    /// The gate that all goes through that it tells.
    pub export: Option<usize>,
}

impl Side {
    /// The side without what differs between routers that are alike.
    pub(super) const fn nowhere(self) -> Self {
        Self {
            address: None,
            ..self
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Node {
    of: Router,
    /// The session, and whether this router is its first end.
    ends: Vec<(usize, bool)>,
    /// Those that routes from non-clients go on over: with clients, and with
    /// other ASes.
    down: Vec<(usize, bool)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Session {
    ends: (usize, usize),
    sides: (Side, Side),
}

/// How a reflector knows a route that has come round (RFC 4456 §8).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LoopRule {
    /// It takes no route with its own id in the cluster list.
    Rfc4456,
    /// As BIRD 1.6, which Calico runs: it looks for its id on sessions with
    /// clients only, and there on the way out as well.
    #[default]
    Bird16,
}

/// What a router passes on of the paths that it hears of (RFC 7911).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Passed {
    /// The best one.
    #[default]
    Best,
    /// All of them, as BIRD does over sessions with ADD-PATH: Calico's have it.
    All,
}

/// What is taken away: a failure to look at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Without {
    /// Routers that are gone, with their routes and sessions.
    pub routers: BTreeSet<usize>,
    /// Sessions that are gone, in the order in which they were added.
    pub sessions: BTreeSet<usize>,
}

impl Without {
    /// Without one router.
    pub fn router(router: usize) -> Self {
        Self {
            routers: BTreeSet::from([router]),
            ..Self::default()
        }
    }

    /// Without one session.
    pub fn session(session: usize) -> Self {
        Self {
            sessions: BTreeSet::from([session]),
            ..Self::default()
        }
    }
}

impl Signalling {
    /// Adds a router that passes everything on, with its cluster if it is a
    /// reflector. Its number.
    pub fn add_router(&mut self, cluster: Option<ClusterId>) -> usize {
        self.add(Router {
            cluster,
            ..Router::default()
        })
    }

    /// Adds a router. Its number.
    pub fn add(&mut self, router: Router) -> usize {
        self.routers.push(Node {
            of: router,
            ends: Vec::new(),
            down: Vec::new(),
        });
        self.routers.len().saturating_sub(1)
    }

    /// Adds an iBGP session. `clients`: whether `a` is a client of `b`, and `b`
    /// one of `a`; both where each is a reflector to the other. Its number.
    pub fn add_session(&mut self, a: usize, b: usize, clients: (bool, bool)) -> usize {
        let side = |client| Side {
            client,
            ..Side::default()
        };
        self.add_between((a, side(clients.0)), (b, side(clients.1)))
    }

    /// Adds a session between two routers' ends. Its number.
    pub fn add_between(&mut self, (a, near): (usize, Side), (b, far): (usize, Side)) -> usize {
        let number = self.sessions.len();
        self.sessions.push(Session {
            ends: (a, b),
            sides: (near, far),
        });
        let external = near.asn != far.asn;
        for (router, first, other) in [(a, true, far), (b, false, near)] {
            if let Some(router) = self.routers.get_mut(router) {
                router.ends.push((number, first));
                if external || other.client {
                    router.down.push((number, first));
                }
            }
        }
        number
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many routers there are.
    pub fn routers(&self) -> usize {
        self.routers.len()
    }

    /// The cluster of a reflector.
    pub fn cluster(&self, router: usize) -> Option<ClusterId> {
        self.router(router)?.cluster
    }

    /// A router.
    pub fn router(&self, router: usize) -> Option<&Router> {
        self.routers.get(router).map(|it| &it.of)
    }

    /// A session's routers and their sides.
    pub fn session(&self, session: usize) -> Option<[(usize, Side); 2]> {
        let of = self.sessions.get(session)?;
        Some([(of.ends.0, of.sides.0), (of.ends.1, of.sides.1)])
    }

    /// The sessions of a router: number, its own side, the neighbour and its
    /// side; in the order in which they were added.
    pub fn sessions_of(
        &self,
        router: usize,
    ) -> impl Iterator<Item = (usize, Side, usize, Side)> + '_ {
        let ends = self.routers.get(router).map(|it| it.ends.as_slice());
        let ends = ends.unwrap_or_default().iter();
        ends.filter_map(|&(number, first)| {
            let (near, to, far) = self.sessions.get(number)?.seen_from(first);
            Some((number, near, to, far))
        })
    }
}

impl Session {
    /// This end's side, the router at the other end, and its side.
    fn seen_from(&self, first: bool) -> (Side, usize, Side) {
        let ((a, b), (near, far)) = (self.ends, self.sides);
        if first {
            (near, b, far)
        } else {
            (far, a, near)
        }
    }
}
