//! The codec against hand-made octets, the bad-input matrix, and properties.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

mod arbitrary;
mod bad_input;
mod build;
mod context;
mod coverage;
mod golden;
mod memory;
mod mutations;
mod notification;
mod open;
mod pack;
mod probes;
mod property;
mod refresh;
mod refused;
mod requirements;
mod vectors;
