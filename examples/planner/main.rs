//! A cluster's BGP topology, from its resources to sessions and what is wrong
//! with them; nothing runs and nothing is changed.
//!
//! ```text
//! cargo run --release --example planner -- sessions examples/clusters/rack.yaml
//! cargo run --release --example planner -- check examples/clusters/rack.yaml
//! kubectl get nodes,bgppeers,bgpconfigurations -o yaml | planner check -
//! ```

mod check;
mod drain;
mod folder;
mod input;
mod migrate;
mod options;
mod output;
mod progress;
mod recommend;
mod render;
mod report;
mod sessions;
mod status;

use std::{path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};

use crate::{
    input::Input,
    options::{Command, Options},
    output::Failed,
};

fn main() -> ExitCode {
    match run(&Options::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(errors) => {
            for Failed(error) in errors {
                eprintln!("error: {error}");
            }
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Whether all is well.
fn run(command: &Command) -> Result<bool, Vec<Failed>> {
    let done = match command {
        Command::Sessions(it) => sessions::run(read(&it.input)?, it),
        Command::Check(it) => check::run(read(&it.input)?, it),
        Command::Recommend(it) => {
            let inventory = if let Some(nodes) = it.nodes {
                let racks = usize::from(it.racks.unwrap_or(0));
                recommend::made(usize::from(nodes), racks)
            } else {
                let input = options::Input {
                    files: it.files.clone(),
                    reading: it.reading,
                };
                input::read(&input)?.inventory
            };
            recommend::run(&inventory, it)
        }
        Command::Migrate(it) => {
            let of = |files: &[PathBuf]| {
                read(&options::Input {
                    files: files.to_vec(),
                    reading: it.reading,
                })
            };
            match &it.drain {
                Some(node) => drain::run(&of(&it.from)?.inventory, node, it),
                None => migrate::run(of(&it.from)?, of(&it.to)?, it),
            }
        }
        Command::Status(it) => return status::run(read(&it.input)?, it),
        Command::Render(it) => render::run(read(&it.input)?, it),
        Command::Report(it) => report::run(input::read(&it.input)?, it),
        Command::Completions(it) => {
            let mut command = Options::command();
            clap_complete::generate(it.shell, &mut command, "planner", &mut std::io::stdout());
            Ok(true)
        }
    };
    done.map_err(|failed| vec![failed])
}

/// What was read stays until the process ends: taking large plans apart would
/// cost a tenth of the whole.
fn read(options: &options::Input) -> Result<&'static Input, Vec<Failed>> {
    Ok(Box::leak(Box::new(input::read(options)?)))
}

/// Exit status: the input cannot be used.
const BAD_INPUT: u8 = 2;
