//! A cluster's BGP topology, from its resources to sessions and what is wrong
//! with them; nothing runs and nothing is changed.
//!
//! ```text
//! cargo run --release --example planner -- sessions examples/clusters/rack.yaml
//! cargo run --release --example planner -- check examples/clusters/rack.yaml
//! kubectl get nodes,bgppeers,bgpconfigurations -o yaml | planner check -
//! ```

mod check;
mod input;
mod options;
mod sessions;

use std::process::ExitCode;

use clap::Parser as _;

use crate::options::{Command, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    let input = match &options.command {
        Command::Sessions(it) => input::read(&it.input),
        Command::Check(it) => input::read(&it.input),
    };
    let input = match input {
        Ok(input) => input,
        Err(errors) => {
            for error in errors {
                eprintln!("error: {error}");
            }
            return ExitCode::from(BAD_INPUT);
        }
    };
    let done = match &options.command {
        Command::Sessions(it) => sessions::print(&input, it),
        Command::Check(it) => Ok(check::print(&input, it)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Exit status: the input cannot be used.
const BAD_INPUT: u8 = 2;
