//! The speaker, over whole networks of them on a virtual clock, and against a
//! neighbour whose octets the test writes itself.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod bad_input;
mod churn;
mod families;
mod hostile;
mod lab;
mod model;
mod parts;
mod paths;
mod raw;
mod reflection;
mod restart;
mod rig;
mod routes;
mod runtime;
mod serving;
mod several;
