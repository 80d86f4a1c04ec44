//! Our speaker as a route reflector (RFC 4456) between the daemons that other
//! people run, and as a client of theirs: `examples/speaker`, BIRD, FRR and
//! GoBGP as processes on the loopback interface.
//!
//! What is told is looked at twice: as each daemon's own tool shows its table,
//! and as tshark reads a capture of all that went over the wire. Every line of
//! `docs/reflectors.md` is checked here.
//!
//! It runs with `BGPWRIGHT_INTEROP=1`, and all the programs installed;
//! `BGPWRIGHT_REWRITE=1` writes the page anew, `BGPWRIGHT_CASE` names those to
//! be tried alone.
#![cfg(unix)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test may panic, in its helpers too"
)]

mod capture;
mod client;
mod entry;
#[path = "../common/example.rs"]
mod example;
mod network;
mod packets;
mod page;
mod process;
mod redundant;
mod reflector;
mod routers;
