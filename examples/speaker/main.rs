//! A BGP speaker on sockets: neighbours that are not configured one by one dial
//! it, and it passes on what they say. One thread, one poll.
#![expect(
    clippy::std_instead_of_core,
    reason = "a program for systems with std: one root for all imports"
)]

mod options;
mod server;

use std::process::ExitCode;

use clap::Parser as _;

use self::{options::Options, server::Server};

fn main() -> ExitCode {
    let options = Options::parse();
    match Server::new(&options).and_then(Server::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
