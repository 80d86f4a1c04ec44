//! The RIB: the decision process, and the tables around it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod decision;
mod naive;
mod table;
