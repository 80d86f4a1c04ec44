//! A BGP speaker on sockets, the shortest way from the library to a daemon:
//! one thread, one poll, no routes of the kernel.
//!
//! ```text
//! cargo run --release --example speaker -- --config examples/speaker/sample.toml
//! cargo run --release --example speaker -- --as 64512 --router-id 10.0.0.1 \
//!     --listen 127.0.0.1:1790 --neighbors 127.0.0.0/8 --client
//! ```
//!
//! To read it: `server` is the run loop that the library asks an embedder for,
//! and `server::sockets` what becomes of sockets; `neighbors` says whose a
//! connection is; `settings` is what all of it is made from, by `options` or by
//! `file`; `log` and `report` show.
#![expect(
    clippy::std_instead_of_core,
    reason = "a program for systems with std: one root for all imports"
)]

mod clock;
mod connection;
mod file;
mod log;
mod neighbors;
mod options;
mod report;
mod server;
mod settings;
mod signals;
mod socket;
mod text;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{options::Options, server::Server};

fn main() -> ExitCode {
    let options = Options::parse();
    let prepared = options.settings().and_then(|settings| {
        if options.check {
            println!("{}", settings.summary());
            return Ok(None);
        }
        Server::new(settings, options.log()).map(Some)
    });
    match prepared.map(|server| server.map_or(Ok(()), Server::run)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("error: cannot poll sockets: {error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(USAGE)
        }
    }
}

/// Exit status: the options, the file or the system do not allow a run.
const USAGE: u8 = 2;
