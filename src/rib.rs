//! Routes: Adj-RIB-In, Loc-RIB, Adj-RIB-Out, and the decision between them
//! (RFC 4271 §3.2, §9).
//!
//! The layer knows neighbours as small numbers with a few [facts](Neighbor)
//! beside them; it knows no sessions, no messages and no policy. Whoever drives
//! it (the [`speaker`](crate::speaker)) has applied those before a route comes
//! here.
//!
//! One [`Rib`] holds every neighbour's routes in one table per family: an entry
//! per prefix with all its paths and the best of them. What a neighbour sent
//! (its Adj-RIB-In) is the paths that name it as their source; the Loc-RIB is
//! the best ones; each neighbour's [`AdjRibOut`] is kept beside it. Attribute
//! sets are interned: equal ones are one allocation.
//!
//! # Departures from RFC 4271
//! * §9.1.2.1: a next hop is resolved over the facts that the embedder gave,
//!   never over BGP routes, as BIRD's `gateway recursive` does.
//! * §9.1.2.2 f prefers the lower BGP Identifier among eBGP routes too: the
//!   oldest-route rule of RFC 5004 is not applied, so the outcome depends on the
//!   routes alone and not on the order in which they came.
//! * §9.1.2.2 c: a missing MULTI_EXIT_DISC counts as 0, the best.

mod adj_out;
mod decision;
mod next_hop;
pub mod reflect;
mod route;
pub(crate) mod store;
mod table;

pub use adj_out::{AdjRibOut, Batch};
pub(crate) use decision::DEFAULT_LOCAL_PREF;
pub use decision::{Candidate, Decision, Step, decide};
pub use next_hop::{NextHops, UnknownNextHops};
pub use route::{Neighbor, Path, Route, RouteSource};
pub use table::{BestChange, Rib};
