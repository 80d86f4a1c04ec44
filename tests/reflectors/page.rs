//! `docs/reflectors.md`: every case with every program.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
    thread::{self, JoinHandle},
};

use crate::{
    client,
    redundant::{self, Clusters},
    reflector,
    routers::{ALL, Bird, Dialect, Frr, Gobgp, Habit, missing},
};

/// A network of its own.
struct Case {
    name: String,
    run: Box<dyn FnOnce() + Send>,
}

/// The rows of the page, and what may be different there.
const ROWS: [(&str, &[Habit]); 5] = [
    ("A client of ours", &[]),
    ("A neighbour of ours that is no client", &[]),
    (
        "Our reflector, and ours is one of another cluster below it",
        &client::HABITS,
    ),
    (
        "A second reflector beside ours, different cluster ids",
        Clusters::Different.habits(),
    ),
    (
        "A second reflector beside ours, equal cluster ids",
        Clusters::Equal.habits(),
    ),
];

fn cases() -> Vec<Case> {
    let mut cases = vec![Case {
        name: "between all".to_owned(),
        run: Box::new(reflector::between_all),
    }];
    // The others of each, so that every program is with every other somewhere.
    let others: [[&'static dyn Dialect; 2]; 4] = [
        [&Bird, &Frr],
        [&Frr, &Gobgp],
        [&Gobgp, &Bird],
        [&Bird, &Frr],
    ];
    let numbers = 21..;
    for (number, (it, others)) in numbers.step_by(3).zip(ALL.into_iter().zip(others)) {
        let name = it.name();
        cases.push(Case {
            name: format!("below {name}"),
            run: Box::new(move || client::of(number, it, others)),
        });
        for (number, clusters) in [
            (number + 1, Clusters::Different),
            (number + 2, Clusters::Equal),
        ] {
            cases.push(Case {
                name: format!("beside {name}, {clusters:?}"),
                run: Box::new(move || redundant::with(number, it, others, clusters)),
            });
        }
    }
    cases
}

#[test]
fn reflection_among_daemons_is_as_the_docs_say() {
    if env::var_os("BGPWRIGHT_INTEROP").is_none() {
        println!("skipped: BGPWRIGHT_INTEROP is not set");
        return;
    }
    let programs = ALL.into_iter().flat_map(Dialect::programs).copied();
    let programs: Vec<_> = programs.chain(["dumpcap", "tshark"]).collect();
    assert_eq!(missing(&programs), None, "not installed");
    let only = env::var("BGPWRIGHT_CASE").unwrap_or_default();
    let mut cases = cases();
    cases.retain(|case| case.name.contains(&only));
    let run = |case: Case| {
        let thread = thread::Builder::new().name(case.name.clone());
        (case.name, thread.spawn(case.run).unwrap())
    };
    let running: Vec<_> = cases.into_iter().map(run).collect();
    let failed = |(name, thread): (String, JoinHandle<()>)| thread.join().is_err().then_some(name);
    let failed: Vec<_> = running.into_iter().filter_map(failed).collect();
    assert!(failed.is_empty(), "failed, as told above: {failed:?}");
    if only.is_empty() {
        compare();
    }
}

fn compare() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reflectors.md");
    let page = page();
    if env::var_os("BGPWRIGHT_REWRITE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        without_versions(&written) == without_versions(&page),
        "docs/reflectors.md is stale: run this test with BGPWRIGHT_REWRITE=1\n{page}"
    );
}

/// Whichever the machine has is good, as long as it does the same.
fn without_versions(text: &str) -> String {
    let lines = text.lines();
    let kept = lines.filter(|line| !line.starts_with("| Version |"));
    kept.collect::<Vec<_>>().join("\n")
}

fn version(dialect: &dyn Dialect) -> String {
    let Some([program, argument]) = dialect.version() else {
        return env!("CARGO_PKG_VERSION").to_owned();
    };
    let output = Command::new(program).arg(argument).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let is_number =
        |word: &&str| word.contains('.') && word.starts_with(|of: char| of.is_ascii_digit());
    let mut words = text.split_whitespace();
    words.find(is_number).unwrap_or("unknown").to_owned()
}

fn page() -> String {
    let mut out = String::from(HEAD);
    let mut notes: Vec<String> = Vec::new();
    let row = |first: &str, cells: [String; 4]| format!("| {first} | {} |\n", cells.join(" | "));
    out += &row("", ALL.map(|of| of.name().to_owned()));
    out += &row("---", ALL.map(|_| "---".to_owned()));
    out += &row("Version", ALL.map(version));
    for (title, relevant) in ROWS {
        let cells = ALL.map(|dialect| {
            let habits = dialect.habits().iter();
            let habits = habits.filter(|habit| relevant.contains(habit));
            let numbers: Vec<_> = habits
                .map(|habit| {
                    let note = format!("{} {}", dialect.name(), habit.text());
                    let at = notes.iter().position(|of| *of == note);
                    let at = at.unwrap_or_else(|| {
                        notes.push(note);
                        notes.len() - 1
                    });
                    (at + 1).to_string()
                })
                .collect();
            if numbers.is_empty() {
                "yes".to_owned()
            } else {
                format!("yes, but ({})", numbers.join(", "))
            }
        });
        out += &row(title, cells);
    }
    for (at, note) in notes.iter().enumerate() {
        write!(out, "\n{}. {note}.", at + 1).unwrap();
    }
    out.push('\n');
    out
}

const HEAD: &str = "\
# Route reflection among daemons

Our speaker, the program in `examples/speaker`, reflects (RFC 4456) between the
daemons that other people run, and they reflect for it. Each router is a process
with an address of its own, all in one AS, and announces a prefix, except for two
reflectors of the same clients.

\"Yes\" means that every router has exactly the routes that it should have, from
whom it should, each with the next hop, the LOCAL_PREF, the ORIGINATOR_ID and the
CLUSTER_LIST that it should have: as the daemon's own tool shows them, as our
speaker counts them, and as tshark reads what went over the wire. Then nobody
sends an UPDATE for three seconds. Our speaker never repeats itself, and never
sends a cluster id twice in a list.

Below a reflector of another cluster, ours has a client, which is killed: its
route is then gone everywhere.

Beside a second reflector, ours has two clients that are clients of that as well;
the second one has another of its own. Each reflector is killed in turn and comes
back: no look at a client's table misses a route that it can still have.

What stands behind \"but\" is expected as well, of that daemon alone.

Made by `tests/reflectors`: do not edit.

";
