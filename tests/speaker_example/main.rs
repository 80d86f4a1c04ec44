//! The speaker example as its users run it: the program, its output and its
//! exit status, with neighbours over real sockets.
#![cfg(unix)]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    reason = "tests: what is not there fails them"
)]

mod client;
#[path = "../common/example.rs"]
mod example;
mod file;
mod program;
mod routes;
mod system;
