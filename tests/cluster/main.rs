//! The cluster example as its users run it: the program, its output and its
//! exit status, over real sockets.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    reason = "tests: what is not there fails them"
)]

mod bad_input;
mod clusters;
mod drills;
#[path = "../common/example.rs"]
mod example;
mod program;
#[cfg(unix)]
mod system;
