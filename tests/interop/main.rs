//! Our session and the daemons that other people run: BIRD, FRR, GoBGP,
//! OpenBGPD and ExaBGP, over TCP on the loopback interface.
//!
//! Every cell of `docs/interop.md` is a case here, run with a daemon of its own.
//! Run with `BGPWRIGHT_REWRITE=1` to write it anew, and with
//! `BGPWRIGHT_INTEROP=1` to fail where a daemon is not installed.
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
mod matrix;
mod offers;
mod restart;
mod routes;
