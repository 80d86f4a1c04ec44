//! The session layer: its table against RFC 4271 §8, and two sessions on a
//! virtual network.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic, in its helpers too"
)]

mod admin;
mod admission;
mod alone;
mod announce;
mod bad_input;
mod collisions;
mod floods;
mod limits;
mod memory;
mod negotiation;
mod offers;
mod rig;
mod stories;
mod table;
mod timers;
mod transport;
mod walk;
