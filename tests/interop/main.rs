//! Our session and the daemons that other people run: BIRD, FRR, GoBGP,
//! OpenBGPD and ExaBGP, over TCP on the loopback interface.
//!
//! Every cell of `docs/interop.md` is a case here, run with a daemon of its own.
//! They run with `BGPWRIGHT_INTEROP=1`, and all the daemons installed;
//! `BGPWRIGHT_REWRITE=1` writes the page anew, `BGPWRIGHT_CASE` names those to
//! be tried alone. The full table is in `BGPWRIGHT_DATA`.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic, in its helpers too"
)]

mod cases;
mod daemon;
mod daemons;
mod driver;
mod full_table;
mod matrix;
mod offers;
mod restart;
mod routes;
mod secured;
mod socket;
