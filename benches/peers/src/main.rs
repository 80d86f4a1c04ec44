//! Our codec against the other Rust codecs: the same octets, all of them
//! walked, in one run.
//!
//! A row's sum over all it read must be that of a reference walk, or the run
//! stops: a codec that skips work cannot win. Rounds are interleaved, so that
//! what else the machine does falls on all rows alike; the table holds medians
//! and the spread between the tenth and the ninetieth part.

#![deny(unsafe_code)]

#[expect(
    unsafe_code,
    reason = "a counting allocator has no safe form; nothing else is in it"
)]
mod alloc;
mod bench;
mod floor;
mod mrt;
mod ours;
mod peers;
mod probes;
mod reference;
mod sum;
mod typed;
mod workload;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use bench::Row;
use mrt::Message;

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

const USAGE: &str = "\
peers [--rounds N] [--workload LETTERS] [--decode | --encode]
peers --probes
  --rounds N          measure N times (11)
  --workload LETTERS  of abcde: a real, b full table, c packed, d IPv6, e reflected
  --decode, --encode  only this half
  --only NAME         only rows whose name holds NAME
  --probes            the codecs' answers to malformed and unusual messages
The real messages are read below BGPWRIGHT_DATA; without it, a is left out.";

struct Options {
    rounds: usize,
    workloads: String,
    decode: bool,
    encode: bool,
    only: Option<String>,
}

fn main() -> ExitCode {
    let result = match env::args().nth(1).as_deref() {
        Some("--probes") => probes::table(),
        Some(probes::CHILD) => probes::child(&env::args().skip(2).collect::<Vec<_>>()),
        _ => options().and_then(|options| run(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        rounds: 11,
        workloads: "abcde".to_owned(),
        decode: true,
        encode: true,
        only: None,
    };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(USAGE);
        match argument.as_str() {
            "--rounds" => options.rounds = value()?.parse().map_err(|_| USAGE)?,
            "--workload" => options.workloads = value()?,
            "--only" => options.only = Some(value()?),
            "--decode" => options.encode = false,
            "--encode" => options.decode = false,
            _ => return Err(USAGE.to_owned()),
        }
    }
    if options.rounds == 0 {
        return Err(USAGE.to_owned());
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    for letter in options.workloads.chars() {
        let (name, messages) = match letter {
            'a' => match real()? {
                Some(messages) => ("real messages", messages),
                None => {
                    println!("\na is left out: BGPWRIGHT_DATA is not set");
                    continue;
                }
            },
            'b' => ("full table", workload::full_table()),
            'c' => ("packed", workload::packed()),
            'd' => ("IPv6", workload::ipv6()),
            'e' => ("reflected", workload::reflected()),
            _ => return Err(USAGE.to_owned()),
        };
        let wanted = |row: &Row| {
            let only = options.only.as_deref();
            only.is_none_or(|only| row.name.contains(only))
        };
        let messages = if letter == 'a' {
            // Chosen by all rows, whichever are measured.
            agreed(messages, &mut decoders())?
        } else {
            messages
        };
        if options.decode {
            let mut rows = decoders();
            rows.retain(wanted);
            let title = format!("{letter}: decode, {name}");
            bench::table(&title, &messages, &mut rows, options.rounds)?;
        }
        if options.encode && letter != 'a' {
            let mut rows = ours::encoders(&messages);
            rows.extend(peers::encoders(&messages));
            rows.extend(typed::encoders(&messages));
            rows.retain(wanted);
            let title = format!("{letter}: encode, {name}");
            bench::table(&title, &messages, &mut rows, options.rounds)?;
        }
    }
    Ok(())
}

fn decoders() -> Vec<Row> {
    let mut rows = ours::decoders();
    rows.extend(peers::decoders());
    rows.extend(floor::decoders());
    rows
}

fn real() -> Result<Option<Vec<Message>>, String> {
    let Some(data) = env::var_os("BGPWRIGHT_DATA") else {
        return Ok(None);
    };
    let directory = PathBuf::from(data).join(Path::new("upstream/mrt"));
    let updates =
        mrt::updates(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(Some(updates))
}

/// The messages that all rows read alike, and how many they do not.
///
/// # Errors
/// If more than one in a hundred is left out.
fn agreed(messages: Vec<Message>, rows: &mut [Row]) -> Result<Vec<Message>, String> {
    let before = messages.len();
    let mut differing = vec![0; rows.len()];
    let mut ends = Vec::new();
    let mut all = Vec::new();
    let mut unread = 0;
    for message in &messages {
        let Some(expected) = reference::walk(&message.octets) else {
            unread += 1;
            continue;
        };
        let mut agree = true;
        for (row, differing) in rows.iter_mut().zip(&mut differing) {
            if !row.agrees(message, &expected) {
                *differing += 1;
                agree = false;
            }
        }
        if agree {
            all.extend_from_slice(&message.octets);
            ends.push((all.len(), message.internal));
        }
    }
    let kept = mrt::slices(all, &ends);
    println!(
        "\n{before} real messages, {} read alike by all;",
        kept.len()
    );
    println!("{unread} malformed or of another family for the reference walk;");
    for (row, differing) in rows.iter().zip(differing).filter(|(_, count)| *count > 0) {
        println!("{differing} read differently or refused by {};", row.name);
    }
    if kept.len() * 100 < (before - unread) * 99 {
        return Err("too many are left out".to_owned());
    }
    Ok(kept)
}
