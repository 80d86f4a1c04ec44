//! Prints what is in an MRT file, a line a route, as `bgpdump -m` does.
//!
//! ```text
//! cargo run --release --example decode -- updates.20100722.2015.gz
//! ```

mod bgpdump;
mod files;

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use bgpdump::{Printer, Problem};
use clap::{Parser, ValueEnum};

/// Prints what is in an MRT file.
#[derive(Debug, Parser)]
struct Options {
    /// How to print it.
    #[arg(long, value_enum, default_value = "bgpdump")]
    format: Format,
    /// The file: plain, or compressed with gzip or bzip2.
    file: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line a route, as `bgpdump -m` prints it.
    Bgpdump,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut out = BufWriter::new(io::stdout().lock());
    let Format::Bgpdump = options.format;
    let result = print(&options, &mut out).and_then(|clean| {
        out.flush()?;
        Ok(clean)
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads the output has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", options.file.display());
            ExitCode::FAILURE
        }
    }
}

/// Prints the file; says whether all of it could be read.
fn print(options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let mut printer = Printer::default();
    let mut clean = true;
    files::records(files::open(&options.file)?, |raw| {
        let problem = match raw {
            Ok(raw) => match printer.print(&raw, out) {
                Ok(()) => return Ok(()),
                Err(Problem::Output(error)) => return Err(error),
                Err(problem @ Problem::Record(_)) => problem.to_string(),
                Err(problem) => format!("record at octet {}: {problem}", raw.offset),
            },
            Err(error) => error.to_string(),
        };
        clean = false;
        eprintln!("{}: {problem}", options.file.display());
        Ok::<_, io::Error>(())
    })?;
    Ok(clean)
}
