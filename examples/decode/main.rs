//! Prints BGP messages: from hexadecimal text, captures and MRT files.
//!
//! ```text
//! cargo run --release --example decode -- --explain ffffffffffffffffffffffffffffffff001304
//! cargo run --release --example decode -- session.pcapng
//! cargo run --release --example decode -- --format bgpdump updates.20100722.2015.gz
//! ```

mod bgpdump;
mod capture;
mod explain;
mod files;
mod hexadecimal;
mod mrt;
mod options;
mod report;

use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    path::Path,
    process::ExitCode,
};

use clap::Parser;

use options::{Format, Options};
use report::{Item, Report};

fn main() -> ExitCode {
    let options = Options::parse();
    let mut out = BufWriter::new(io::stdout().lock());
    let result = run(&options, &mut out).and_then(|clean| {
        out.flush()?;
        Ok(clean)
    });
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever reads the output has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            eprintln!("{}: {error}", options.input);
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("{}: {error}", options.input);
            ExitCode::FAILURE
        }
    }
}

/// Prints what the input holds; says whether all of it could be read.
fn run(options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let path = Path::new(&options.input);
    if options.input == "-" {
        let mut octets = Vec::new();
        io::stdin().lock().read_to_end(&mut octets)?;
        return whole(&octets, options, out);
    }
    if !path.is_file() {
        return text(&options.input, options, out);
    }
    // Captures are looked at whole, since their streams interleave; MRT files
    // may be large, and are read in pieces.
    let mut start = Vec::new();
    fs::File::open(path)?.take(4096).read_to_end(&mut start)?;
    if capture::is_capture(&start) || hexadecimal::is_text(&start) {
        return whole(&fs::read(path)?, options, out);
    }
    mrt::print(path, options, out)
}

/// A capture or text that is there as a whole.
fn whole(octets: &[u8], options: &Options, out: &mut impl Write) -> io::Result<bool> {
    if capture::is_capture(octets) {
        refuse_bgpdump(options)?;
        return capture::print(octets, options, out);
    }
    match core::str::from_utf8(octets) {
        Ok(words) => text(words, options, out),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "neither hexadecimal text nor a capture; MRT is read from a file only",
        )),
    }
}

/// Messages one after the other, as hexadecimal text.
fn text(words: &str, options: &Options, out: &mut impl Write) -> io::Result<bool> {
    refuse_bgpdump(options)?;
    let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidInput, error);
    let octets = hexadecimal::parse(words).map_err(invalid)?;
    let context = options.context();
    let mut report = Report::new(options);
    let mut rest = &octets[..];
    while !rest.is_empty() {
        let at = octets.len() - rest.len();
        let item = Item::at(at);
        match report.first(rest, &item, &context, out)? {
            Some(length) => rest = rest.get(length..).unwrap_or_default(),
            None => break,
        }
    }
    Ok(report.is_clean())
}

fn refuse_bgpdump(options: &Options) -> io::Result<()> {
    if options.format == Format::Bgpdump {
        let text = "--format bgpdump is for MRT files";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    Ok(())
}
