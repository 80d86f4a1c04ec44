//! Routes: Adj-RIB-In, Loc-RIB, and the decision between them (RFC 4271 §3.2,
//! §9).
//!
//! The layer knows neighbours as small numbers with a few [facts](Neighbor)
//! beside them; it knows no sessions, no messages and no policy. Whoever drives
//! it (the [`speaker`](crate::speaker)) has applied those before a route comes
//! here.
//!
//! One [`Rib`] holds every neighbour's routes in one table per family: an entry
//! per destination with all its paths, the best one first. What a neighbour sent
//! (its Adj-RIB-In) is the paths that name it as their source; the Loc-RIB is
//! the best ones. Attribute sets are interned: equal ones are one, packed.
//!
//! # Departures from RFC 4271
//! * §9.1.2.1: a next hop is resolved over the facts that the embedder gave,
//!   never over BGP routes, as BIRD's `gateway recursive` does.
//! * §9.1.2.2 f prefers the lower BGP Identifier among eBGP routes too, unless
//!   [`DecisionConfig::prefer_oldest`] asks for the rule of RFC 5004: so the
//!   outcome depends on the routes alone and not on the order in which they
//!   came.
//! * §9.1.2.2 c: a missing MULTI_EXIT_DISC counts as 0, the best, unless
//!   [`DecisionConfig::missing_med_worst`] says otherwise.

mod again;
mod candidate;
mod choice;
mod decision;
mod index;
pub(crate) mod net;
mod next_hop;
mod packed;
mod rank;
pub mod reflect;
mod route;
mod slices;
mod sources;
pub(crate) mod store;
pub(crate) mod table;
mod tables;
mod view;

pub use candidate::{Candidate, DEFAULT_LOCAL_PREF};
pub use decision::{Decision, DecisionConfig, Step, compare, decide, eliminate};
pub use net::NetId;
pub use next_hop::{NextHops, UnknownNextHops};
pub(crate) use rank::Ranked;
pub use route::{Marks, Neighbor, Path, Refusal, Route, RouteSource};
pub use tables::{Change, Handle, Rib, TableId};
pub(crate) use view::Chosen;
pub use view::{Explained, Outcome};
