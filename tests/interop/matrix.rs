//! `docs/interop.md`: every case with every daemon.

use core::{fmt::Write as _, panic::AssertUnwindSafe};
use std::{env, fs, panic, path::Path, process::Command, thread};

use crate::{
    cases::{self, Outcome, Reason},
    daemon::{self, Dialect},
    daemons, full_table, offers, restart, secured,
};

const FULL_TABLE: &str = "A full table in and out again, all attributes";

type Case = fn(&'static dyn Dialect) -> Outcome;

const CASES: [(&str, Case); 30] = [
    ("Established: we dial", cases::we_dial),
    ("Established: the daemon dials", cases::they_dial),
    (
        "Collision, our connection stays",
        cases::our_connection_wins,
    ),
    (
        "Collision, the daemon's stays",
        cases::their_connection_wins,
    ),
    (
        "Hold time: we fall silent, it sends 4/0",
        cases::we_fall_silent,
    ),
    (
        "Hold time: it falls silent, we send 4/0",
        cases::they_fall_silent,
    ),
    ("Four-octet AS numbers", cases::four_octet_as),
    ("Two-octet AS numbers, AS4_PATH", cases::two_octet_as),
    (
        "Its IPv4 and IPv6 routes, all attributes",
        cases::their_routes,
    ),
    ("Our IPv4 route, all attributes", cases::our_ipv4_route),
    ("Our IPv6 route, all attributes", cases::our_ipv6_route),
    ("Route refresh: we ask", cases::we_refresh),
    ("Route refresh: it asks", cases::they_refresh),
    ("Graceful restart: we restart", restart::we_restart),
    ("Graceful restart: it restarts", restart::they_restart),
    ("Shutdown text: ours", cases::we_shut_down),
    ("Shutdown text: its", cases::they_shut_down),
    ("Maximum prefixes: it sends 6/1", cases::too_many_prefixes),
    ("ADD-PATH: we send", offers::we_add_paths),
    ("ADD-PATH: it sends", offers::they_add_paths),
    ("Extended messages", offers::long_messages),
    ("IPv4 by IPv6 next hops", offers::next_hops_of_ipv6),
    ("Roles", offers::roles),
    ("Long-lived graceful restart", offers::long_lived),
    ("Enhanced route refresh", offers::bracketed_refresh),
    ("Names (FQDN)", offers::names),
    ("TCP MD5", secured::md5),
    ("GTSM", secured::gtsm),
    (
        "Notification support: Cease keeps routes, Hard Reset not",
        restart::notification_support,
    ),
    (FULL_TABLE, full_table::in_and_out),
];

/// Where a daemon does something else than it should, or than the others:
/// daemon, case, what, and why as far as it is known. Any other difference
/// fails.
const DIFFERENCES: [(&str, &str, &str, &str); 10] = [
    (
        "OpenBGPD",
        FULL_TABLE,
        "loses 0 routes and changes 91",
        "extended communities of kinds that it does not know lose their last six octets",
    ),
    (
        "GoBGP",
        FULL_TABLE,
        "loses 0 routes and changes 9",
        "it clears the bit that says a link bandwidth is not transitive",
    ),
    (
        "OpenBGPD",
        "TCP MD5",
        "does not come up",
        "its listening socket has no key: the kernel counts TCPMD5Unexpected",
    ),
    (
        "ExaBGP",
        "GTSM",
        "does not come up",
        "its listening socket answers with TTL 64",
    ),
    (
        "GoBGP",
        "Route refresh: it asks",
        "never asks",
        "it looks again at what it keeps",
    ),
    (
        "OpenBGPD",
        "Route refresh: we ask",
        "announces 198.51.100.0/24 with nothing",
        "nothing comes in ten seconds",
    ),
    (
        "OpenBGPD",
        "Enhanced route refresh",
        "sends neither BoRR nor EoRR",
        "nothing comes in ten seconds",
    ),
    (
        "ExaBGP",
        "Enhanced route refresh",
        "sends neither BoRR nor EoRR",
        "it closes the connection",
    ),
    (
        "ExaBGP",
        "Shutdown text: ours",
        "does not say \"moving-to-rack-7\"",
        "it reads the NOTIFICATION as an UPDATE, and answers with 1/0",
    ),
    (
        "ExaBGP",
        "Shutdown text: its",
        "closes the connection without a word",
        "with graceful restart it sends no NOTIFICATION",
    ),
];

/// Why, if it is a known difference.
fn known(dialect: &dyn Dialect, case: &str, what: &str) -> Option<&'static str> {
    let mut all = DIFFERENCES.iter();
    let found = all.find(|(name, of, does, _)| (*name, *of, *does) == (dialect.name(), case, what));
    found.map(|(_, _, _, why)| *why)
}

/// All outcomes of one daemon.
fn column(dialect: &'static dyn Dialect) -> Vec<Outcome> {
    let name = dialect.name();
    assert!(daemon::is_installed(dialect), "{name} is not installed");
    let only = env::var("BGPWRIGHT_CASE").unwrap_or_default();
    let run = |(name, case): &(&str, Case)| {
        if !name.contains(&only) {
            return Ok(());
        }
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| case(dialect)));
        let outcome =
            outcome.unwrap_or_else(|_| Err(Reason::Differs("the case panics".to_owned())));
        println!("{}: {name}: {outcome:?}", dialect.name());
        outcome
    };
    CASES.iter().map(run).collect()
}

fn version(dialect: &dyn Dialect) -> String {
    let [program, argument] = dialect.version();
    let output = Command::new(program).arg(argument).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let is_number =
        |word: &&str| word.contains('.') && word.starts_with(|of: char| of.is_ascii_digit());
    text.split_whitespace()
        .find(is_number)
        .unwrap_or("unknown")
        .to_owned()
}

#[test]
fn every_daemon_does_what_the_docs_say() {
    if env::var_os("BGPWRIGHT_INTEROP").is_none() {
        println!("skipped: BGPWRIGHT_INTEROP is not set");
        return;
    }
    let columns: Vec<_> = daemons::ALL
        .into_iter()
        .map(|dialect| thread::spawn(move || column(dialect)))
        .collect();
    let columns: Vec<_> = columns.into_iter().map(|of| of.join().unwrap()).collect();
    let mut wrong = Vec::new();
    for (dialect, outcomes) in daemons::ALL.into_iter().zip(&columns) {
        for ((case, _), outcome) in CASES.iter().zip(outcomes) {
            let Err(Reason::Differs(what)) = outcome else {
                continue;
            };
            if known(dialect, case, what).is_none() {
                wrong.push(format!("{}: {case}: {what}", dialect.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare(&columns);
}

fn compare(columns: &[Vec<Outcome>]) {
    if env::var_os("BGPWRIGHT_CASE").is_some() {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/interop.md");
    let table = table(columns);
    if env::var_os("BGPWRIGHT_REWRITE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        without_versions(&written) == without_versions(&table),
        "docs/interop.md is stale: run this test with BGPWRIGHT_REWRITE=1\n{table}"
    );
}

/// Whichever the machine has is good, as long as it does the same; what needs
/// data that are not there is not compared.
fn without_versions(text: &str) -> String {
    let skipped = env::var_os("BGPWRIGHT_DATA").is_none();
    let row = format!("| {FULL_TABLE} |");
    let kept = text
        .lines()
        .filter(|line| !(line.starts_with("| Version |") || skipped && line.starts_with(&row)));
    kept.collect::<Vec<_>>().join("\n")
}

fn table(columns: &[Vec<Outcome>]) -> String {
    let mut out = String::from(HEAD);
    let mut notes: Vec<String> = Vec::new();
    let row = |first: &str, cells: Vec<String>| format!("| {first} | {} |\n", cells.join(" | "));
    let each =
        |text: fn(&'static dyn Dialect) -> String| daemons::ALL.into_iter().map(text).collect();
    out += &row("", each(|of| of.name().to_owned()));
    out += &row("---", each(|_| "---".to_owned()));
    out += &row("Version", each(version));
    for (at, (case, _)) in CASES.iter().enumerate() {
        let both = daemons::ALL.into_iter().zip(columns);
        let cells = both.map(|(dialect, column)| match &column[at] {
            Ok(()) => "yes".to_owned(),
            Err(Reason::Skipped) => "skipped".to_owned(),
            Err(Reason::NotOffered) => "not offered by the peer".to_owned(),
            Err(Reason::NoSetting(why)) => (*why).to_owned(),
            Err(Reason::Differs(what)) => {
                let why = known(dialect, case, what).unwrap_or_default();
                notes.push(format!("{} {what}: {why}", dialect.name()));
                format!("differs ({})", notes.len())
            }
        });
        out += &row(case, cells.collect());
    }
    for (at, note) in notes.iter().enumerate() {
        write!(out, "\n{}. {note}.", at + 1).unwrap();
    }
    if !notes.is_empty() {
        out.push('\n');
    }
    out
}

const HEAD: &str = "\
# Interoperation

Our session with the daemons that other people run, over TCP, each cell a
session with a daemon of its own. Routes are compared attribute by attribute:
the daemon's with its configuration, ours with what the daemon's own tool shows.
\"Not offered by the peer\" is read from the OPEN that the daemon sends.

Made by `tests/interop`: do not edit.

";
