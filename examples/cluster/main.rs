//! The whole way, end to end: a Kubernetes cluster's BGP comes up on this
//! machine.
//!
//! The planner reads Calico's resources and says which sessions there must be;
//! each node, and each router around the cluster, is a
//! [`Speaker`](bgpwright::speaker::Speaker); TCP over loopback is between them.
//!
//! ```text
//! cargo run --release --example cluster
//! cargo run --release --example cluster -- examples/clusters/rack.yaml
//! ```
//!
//! To read it: `reactor` is the run loop that the library asks an embedder for,
//! on one thread; `transport` is all that knows of loopback; `node` makes a
//! speaker from its plan; `lab` and `drill` say what happens when; `verdict`
//! judges; `rows`, `text` and `json` show.
#![expect(
    clippy::std_instead_of_core,
    reason = "a program for systems with std: one root for all imports"
)]

mod clock;
mod connection;
mod drill;
mod input;
mod json;
mod lab;
mod limits;
mod node;
mod options;
mod progress;
mod reactor;
mod rows;
mod sessions;
mod text;
mod timeline;
mod transport;
mod verdict;

use std::{
    fmt,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;

use crate::{
    clock::Clock,
    lab::{Interrupt, Lab, Outcome},
    node::Node,
    options::{Format, Options},
    progress::Progress,
    reactor::Reactor,
    sessions::Session,
    timeline::{Timeline, seconds},
    verdict::Verdict,
};

fn main() -> ExitCode {
    let clock = Clock::start();
    let options = Options::parse();
    match prepare(&options, clock) {
        Ok(lab) => run(lab, &options).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            ExitCode::from(BAD)
        }),
        Err(errors) => {
            for error in &errors {
                eprintln!("error: {error}");
            }
            ExitCode::from(USAGE)
        }
    }
}

/// Everything that can go wrong before the first connection: after this, a run
/// is a whole run.
fn prepare(options: &Options, clock: Clock) -> Result<Lab, Vec<String>> {
    let input::Input { plans, unanswered } = input::input(options)?;
    let known = |name: &&String| plans.iter().any(|plan| plan.name == **name);
    let asked = options.restart.iter().chain(&options.crash);
    let unknown: Vec<_> = asked
        .chain(&options.node)
        .filter(|name| !known(name))
        .map(|name| input::unknown_node(name, &plans))
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let ends: usize = plans.iter().map(|plan| plan.peers.len()).sum();
    limits::reserve_descriptors(plans.len(), ends.div_ceil(2)).map_err(|error| vec![error])?;
    let interrupt =
        Interrupt::listen().map_err(|error| vec![format!("cannot listen for signals: {error}")])?;
    let reactor = Reactor::new(plans, unanswered, clock, (options.listen, options.port));
    let reactor = reactor.map_err(|error| vec![error])?;
    Ok(Lab {
        sessions: Session::all(&reactor),
        reactor,
        timeline: Timeline::new(options.format),
        interrupt,
        timeout: options.timeout,
    })
}

fn run(mut lab: Lab, options: &Options) -> io::Result<ExitCode> {
    let mut progress = Progress::start(lab.sessions.len());
    lab.start();
    let (outcome, verdict) = lab.converge(&mut progress)?;
    progress.finish();
    if outcome == Outcome::Interrupted {
        interrupted(lab.shut_down(INTERRUPTED)?);
        return Ok(ExitCode::from(lab.interrupt.status()));
    }
    let taken = seconds(match outcome {
        Outcome::TimedOut => lab.now(),
        _ => lab.reactor.last_traffic(),
    });
    if options.format == Format::Text {
        let mut out = String::new();
        let written = text::nodes(&mut out, &lab, options)
            .and_then(|()| text::verdict(&mut out, &lab, &verdict, taken));
        written.map_err(io::Error::other)?;
        print(format_args!("{out}"));
    }
    if outcome == Outcome::TimedOut {
        eprintln!("not all was up after {:?} (--timeout)", options.timeout);
    }
    let verdict = after(&mut lab, options, verdict)?;
    let good = verdict.is_good() && lab.timeline.is_good();
    if options.format == Format::Json {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match json::write(&mut out, (&lab, options), &verdict, good, taken) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    if lab.interrupt.signal().is_some() {
        interrupted(lab.shut_down(INTERRUPTED)?);
    } else {
        lab.shut_down(OVER)?;
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BAD)
    })
}

fn interrupted(ceased: usize) {
    eprintln!("interrupted: {ceased} sessions ended with Cease");
}

/// What is asked for once the verdict is known: drills, and to stay up. The
/// verdict that holds at the end.
fn after(lab: &mut Lab, options: &Options, verdict: Verdict) -> io::Result<Verdict> {
    if options.restart.is_empty() && options.crash.is_empty() && options.keep.is_none() {
        return Ok(verdict);
    }
    let begun = lab.now();
    let find =
        |nodes: &[Node], name: &String| nodes.iter().position(|node| node.plan.name == *name);
    for name in &options.restart {
        if let Some(router) = find(&lab.reactor.nodes, name)
            && lab.restart(router)? == Outcome::Interrupted
        {
            return Ok(lab.judge());
        }
    }
    for name in &options.crash {
        if let Some(router) = find(&lab.reactor.nodes, name)
            && lab.crash(router)? == Outcome::Interrupted
        {
            return Ok(lab.judge());
        }
    }
    if let Some(keep) = options.keep {
        let passed = lab.now() - begun;
        lab.hold(keep.saturating_sub(passed))?;
    }
    Ok(lab.judge())
}

/// Prints to standard output. That nobody reads it any more is no failure of
/// the run.
pub(crate) fn print(text: fmt::Arguments<'_>) {
    let _ = io::stdout().lock().write_fmt(text);
}

/// Exit status: something planned is not so.
const BAD: u8 = 1;
/// Exit status: the input, or the system, does not allow a run.
const USAGE: u8 = 2;
/// Last words to the neighbours (RFC 9003).
const INTERRUPTED: &str = "interrupted";
const OVER: &str = "the run is over";
