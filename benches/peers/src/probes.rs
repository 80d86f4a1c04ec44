//! Malformed and unusual messages, and what each codec makes of them.
//!
//! Each question is put in a process of its own with bounded memory and time:
//! one of the codecs loops for ever on one of them.

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    ours, peers,
    workload::{self, Random, attribute, message},
};

/// The option that makes this program the child.
pub const CHILD: &str = "--probe";

/// What a codec makes of a message.
pub enum Answer {
    /// So many prefixes are handed out, and what the codec says beside them.
    Prefixes(u64, &'static str),
    /// The whole UPDATE is refused.
    Refused,
}

impl Answer {
    fn text(&self) -> String {
        match self {
            Self::Prefixes(count, note) => format!("{count}{note}"),
            Self::Refused => "r".to_owned(),
        }
    }
}

/// A codec's name, and how it answers.
pub type Probed = (&'static str, fn(&Bytes) -> Answer);

fn codecs() -> Vec<Probed> {
    [ours::PROBED, peers::PROBED].concat()
}

/// Prints the table.
///
/// # Errors
/// If this program cannot be started again.
pub fn table() -> Result<(), String> {
    let codecs = codecs();
    println!("Number: prefixes handed out; r: the whole UPDATE refused.\n");
    print!("| probe (right answer) |");
    codecs.iter().for_each(|(name, _)| print!(" {name} |"));
    print!("\n|---|");
    codecs.iter().for_each(|_| print!("---|"));
    println!();
    for (row, (name, _)) in probes().iter().enumerate() {
        print!("| {name} |");
        for codec in 0..codecs.len() {
            print!(" {} |", ask(codec, Some(row))?);
        }
        println!();
    }
    print!("| {MUTATIONS} seeded mutations: panics (0) |");
    for codec in 0..codecs.len() {
        print!(" {} |", ask(codec, None)?);
    }
    println!();
    Ok(())
}

fn ask(codec: usize, row: Option<usize>) -> Result<String, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let row = row.map_or_else(|| "mutations".to_owned(), |row| row.to_string());
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 1000000; exec \"$@\"", "sh"])
        .arg(program)
        .args([CHILD, &codec.to_string(), &row])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if child
            .try_wait()
            .map_err(|error| error.to_string())?
            .is_some()
        {
            return answer(child);
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().map_err(|error| error.to_string())?;
    child.wait().map_err(|error| error.to_string())?;
    Ok("**endless loop**".to_owned())
}

fn answer(child: Child) -> Result<String, String> {
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    Ok(match output.status.code() {
        Some(0) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Some(101) => "**panic**".to_owned(),
        _ => "**endless loop, out of memory**".to_owned(),
    })
}

/// Answers one question: the codec's index and the row's, or `mutations`.
///
/// # Errors
/// If there is no such codec or row.
pub fn child(arguments: &[String]) -> Result<(), String> {
    let [codec, row] = arguments else {
        return Err("a codec and a row are wanted".to_owned());
    };
    let codec = codec
        .parse()
        .ok()
        .and_then(|at: usize| codecs().get(at).copied());
    let (_, codec) = codec.ok_or("no such codec")?;
    if row == "mutations" {
        println!("{}", mutate(codec));
        return Ok(());
    }
    let row = row
        .parse()
        .ok()
        .and_then(|row: usize| probes().into_iter().nth(row));
    let (_, message) = row.ok_or("no such row")?;
    println!("{}", codec(&Bytes::from(message)).text());
    Ok(())
}

const MUTATIONS: usize = 300_000;

/// Panics over mutated messages.
fn mutate(codec: fn(&Bytes) -> Answer) -> usize {
    panic::set_hook(Box::new(|_| {}));
    let mut random = Random(7);
    let sources = [
        workload::full_table(),
        workload::reflected(),
        workload::ipv6(),
    ];
    (0..MUTATIONS)
        .filter(|_| {
            let source = &sources[random.below(sources.len())];
            let mut octets = source[random.below(source.len())].octets.to_vec();
            // After the header, and mostly not in the prefixes.
            let end = octets.len().min(120);
            for _ in 0..1 + random.below(3) {
                let at = 19 + random.below(end - 19);
                octets[at] = match random.below(4) {
                    0 => 0xff,
                    1 => 0,
                    2 => octets[at] ^ 1 << random.below(8),
                    _ => random.next() as u8,
                };
            }
            let octets = Bytes::from(octets);
            panic::catch_unwind(AssertUnwindSafe(|| drop(codec(&octets).text()))).is_err()
        })
        .count()
}

const NET: [u8; 4] = [24, 10, 1, 1];

/// The mandatory attributes.
fn mandatory() -> Vec<u8> {
    let mut out = Vec::new();
    attribute(&mut out, 0x40, 1, &[0]);
    attribute(&mut out, 0x40, 2, &[2, 1, 0, 0, 0xfd, 0xe8]);
    attribute(&mut out, 0x40, 3, &[10, 0, 0, 1]);
    out
}

fn with(flags: u8, code: u8, value: &[u8]) -> Vec<u8> {
    let mut out = mandatory();
    attribute(&mut out, flags, code, value);
    update(&out, &NET)
}

fn update(attributes: &[u8], nlri: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    message(&mut out, attributes, nlri);
    out
}

/// Each probe: what it is with the right answer, and the message.
fn probes() -> Vec<(&'static str, Vec<u8>)> {
    let plain = mandatory();
    let mut malformed = Vec::new();
    attribute(&mut malformed, 0x40, 1, &[5]);
    malformed.extend(&plain[4..]);
    attribute(&mut malformed, 0x80, 4, &[0, 0, 1]);
    let mut overrun = plain.clone();
    overrun.extend([0xc0, 8, 200, 0, 1]);
    let mut odd = Vec::new();
    attribute(&mut odd, 0x40, 1, &[0]);
    attribute(&mut odd, 0x40, 2, &[2, 1, 0, 0, 0xfd, 0xe8, 0]);
    attribute(&mut odd, 0x40, 3, &[10, 0, 0, 1]);
    let mut beyond = update(&plain, &NET);
    beyond[21..23].copy_from_slice(&[0xff, 0xff]);
    let mut extended = vec![0, 1, 1, 16];
    extended.extend([
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0,
    ]);
    extended.extend(NET);
    vec![
        (
            "0.0.0.0/0 and three /24 (4)",
            update(&plain, &[0, 24, 10, 1, 1, 24, 10, 1, 2, 24, 10, 1, 3]),
        ),
        (
            "host bits set, 11.13/13 (1, RFC 4271 §4.3)",
            update(&plain, &[13, 11, 13]),
        ),
        (
            "224.0.0.0/24 and a /24 (2, the first to be ignored)",
            update(&plain, &[24, 224, 0, 0, 24, 10, 1, 1]),
        ),
        (
            "prefix length 33 (reset)",
            update(&plain, &[33, 10, 1, 1, 0, 0]),
        ),
        ("empty COMMUNITIES (withdraw)", with(0xc0, 8, &[])),
        (
            "ORIGIN 5, MED of 3 octets (withdraw)",
            update(&malformed, &NET),
        ),
        (
            "AGGREGATOR of 6 octets (discard)",
            with(0xc0, 7, &[0xfd, 0xe8, 10, 0, 0, 1]),
        ),
        (
            "attribute overruns the list (withdraw)",
            update(&overrun, &NET),
        ),
        (
            "an octet after the last segment (withdraw)",
            update(&odd, &NET),
        ),
        ("Total Attribute Length 65535 (reset)", beyond),
        ("RFC 8950: IPv4 by an IPv6 next hop (1)", {
            let mut attributes = Vec::new();
            attribute(&mut attributes, 0x90, 14, &extended);
            attributes.extend(&plain[..13]);
            update(&attributes, &[])
        }),
        (
            "MP_REACH_NLRI of an unknown SAFI (1 of IPv4, the family ignored)",
            with(0x80, 14, &[0, 1, 99, 4, 10, 0, 0, 1, 0, 1, 2, 3]),
        ),
        (
            "message of 4,843 octets (1200 if agreed, else reset)",
            update(&plain, &NET.repeat(1200)),
        ),
    ]
}
