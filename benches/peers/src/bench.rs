//! Rounds over rows, interleaved, and the table.

use std::{hint::black_box, time::Instant};

use crate::{alloc, mrt::Message, reference, sum::Sum};

/// What a row of a table is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// This repository's codec.
    Ours,
    /// Another crate.
    Peer,
    /// Written by hand for the measurement: what the machine allows.
    Floor,
    /// The same, and the fastest of these is what the last column is the ratio to.
    TheFloor,
}

/// Reads one message to the end.
pub trait Decode {
    /// Adds all that the message holds to `sum`; false if it was refused.
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool;
}

/// Writes the messages of a corpus that it was given as values before.
pub trait Encode {
    /// Writes message `index`, by way of `scratch` if it is of use, and hands
    /// the octets to `done`.
    fn encode(&mut self, index: usize, scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8]));
}

/// One line of a table.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    work: Work,
}

enum Work {
    Decode {
        run: Box<Run>,
        same: fn(&Sum, &Sum) -> bool,
    },
    Encode {
        run: Box<Write>,
    },
}

type Run = dyn FnMut(&[Message]) -> Option<Sum>;
type Write = dyn FnMut(Option<&mut Vec<u8>>);

/// A line for a decoder.
pub fn decode(name: &'static str, kind: Kind, decoder: impl Decode + 'static) -> Row {
    decode_partly(name, kind, decoder, |a, b| a == b)
}

/// A line for a decoder that reads only part: `same` compares that part.
pub fn decode_partly(
    name: &'static str,
    kind: Kind,
    mut decoder: impl Decode + 'static,
    same: fn(&Sum, &Sum) -> bool,
) -> Row {
    let run = Box::new(move |messages: &[Message]| {
        let mut sum = Sum::default();
        for message in messages {
            if !decoder.decode(black_box(message), &mut sum) {
                return None;
            }
        }
        Some(sum)
    });
    Row {
        name,
        kind,
        work: Work::Decode { run, same },
    }
}

/// A line for an encoder of `count` messages.
pub fn encode(
    name: &'static str,
    kind: Kind,
    count: usize,
    mut encoder: impl Encode + 'static,
) -> Row {
    let mut scratch = Vec::with_capacity(1 << 16);
    let run = Box::new(move |all: Option<&mut Vec<u8>>| match all {
        Some(all) => {
            for index in 0..count {
                scratch.clear();
                encoder.encode(index, &mut scratch, &mut |octets| {
                    all.extend_from_slice(octets);
                });
            }
        }
        None => {
            for index in 0..count {
                scratch.clear();
                encoder.encode(index, &mut scratch, &mut |octets| {
                    black_box(octets);
                });
            }
        }
    });
    Row {
        name,
        kind,
        work: Work::Encode { run },
    }
}

impl Row {
    /// Whether the decoder reads this one message as the reference does.
    pub fn agrees(&mut self, message: &Message, expected: &Sum) -> bool {
        match &mut self.work {
            Work::Decode { run, same } => {
                run(core::slice::from_ref(message)).is_some_and(|sum| same(&sum, expected))
            }
            Work::Encode { .. } => true,
        }
    }

    fn check(&mut self, messages: &[Message], expected: &Sum) -> Result<(), String> {
        let found = match &mut self.work {
            Work::Decode { run, same } => match run(messages) {
                Some(sum) if same(&sum, expected) => return Ok(()),
                found => format!("{found:?}"),
            },
            Work::Encode { run } => {
                let mut all = Vec::new();
                run(Some(&mut all));
                match reference::walk_all(&all) {
                    Some((count, sum)) if count == messages.len() && sum == *expected => {
                        return Ok(());
                    }
                    found => format!("{found:?}"),
                }
            }
        };
        Err(format!(
            "{}: expected {} messages, {expected:?}, found {found}",
            self.name,
            messages.len()
        ))
    }

    fn run(&mut self, messages: &[Message]) {
        match &mut self.work {
            Work::Decode { run, .. } => drop(black_box(run(black_box(messages)))),
            Work::Encode { run } => run(None),
        }
    }
}

struct Measured {
    name: &'static str,
    kind: Kind,
    /// Nanoseconds a message, by round.
    times: Vec<f64>,
    calls: f64,
    octets: f64,
}

impl Measured {
    /// The time that this part of the rounds is below.
    fn at(&self, part: f64) -> f64 {
        at(self.times.clone(), part)
    }
}

fn at(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (part * (values.len() - 1) as f64).round();
    values[index as usize]
}

/// Runs all rows over `messages` and prints the table.
///
/// # Errors
/// If a row's sum is not that of the reference walk.
pub fn table(
    title: &str,
    messages: &[Message],
    rows: &mut [Row],
    rounds: usize,
) -> Result<(), String> {
    let expected = messages
        .iter()
        .try_fold(Sum::default(), |sum, message| {
            reference::walk(&message.octets).map(|one| reference::add(sum, one))
        })
        .ok_or("the reference walk refuses a message")?;
    for row in rows.iter_mut() {
        row.check(messages, &expected)?;
    }
    let count = messages.len() as f64;
    let octets: usize = messages.iter().map(|message| message.octets.len()).sum();
    let mut times = vec![Vec::with_capacity(rounds); rows.len()];
    for _ in 0..rounds {
        for (row, times) in rows.iter_mut().zip(&mut times) {
            let start = Instant::now();
            row.run(messages);
            times.push(start.elapsed().as_nanos() as f64 / count);
        }
    }
    let measured = rows
        .iter_mut()
        .zip(times)
        .map(|(row, times)| {
            let before = alloc::counters();
            row.run(messages);
            let after = alloc::counters();
            Measured {
                name: row.name,
                kind: row.kind,
                times,
                calls: (after.0 - before.0) as f64 / count,
                octets: (after.1 - before.1) as f64 / count,
            }
        })
        .collect::<Vec<_>>();
    println!(
        "\n### {title}\n\n{} messages, {:.0} octets and {:.1} prefixes each\n",
        messages.len(),
        octets as f64 / count,
        expected.prefixes as f64 / count
    );
    print(&measured);
    Ok(())
}

/// Ratios are medians of those of single rounds: whatever slows a round down
/// slows down both sides of its ratio.
fn print(rows: &[Measured]) {
    let fastest = |kind| {
        rows.iter()
            .filter(|row| row.kind == kind)
            .min_by(|a, b| a.at(0.5).total_cmp(&b.at(0.5)))
    };
    let ratio = |above: Option<&Measured>, below: Option<&Measured>| {
        let (Some(above), Some(below)) = (above, below) else {
            return "-".to_owned();
        };
        let pairs = above.times.iter().zip(&below.times);
        format!("{:.2}", at(pairs.map(|(a, b)| a / b).collect(), 0.5))
    };
    let (peer, floor) = (fastest(Kind::Peer), fastest(Kind::TheFloor));
    println!(
        "| codec | ns a message | spread | allocations | octets asked | fastest peer / this | this / floor |"
    );
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        let name = match row.kind {
            Kind::Ours => format!("**{}**", row.name),
            Kind::Peer => row.name.to_owned(),
            Kind::Floor | Kind::TheFloor => format!("*{}*", row.name),
        };
        let median = row.at(0.5);
        println!(
            "| {name} | {median:.*} | {:.0} % | {:.1} | {:.0} | {} | {} |",
            usize::from(median < 100.0),
            (row.at(0.9) - row.at(0.1)) / median * 100.0,
            row.calls,
            row.octets,
            ratio(peer, Some(row)),
            ratio(Some(row), floor),
        );
    }
}
