//! The bad-input matrix over TCP: a neighbour made of octets plays each case to
//! a speaker and says what came back. Without arguments the speaker is our
//! session, which must do as the matrix says; `--against bird`, `frr`, `gobgpd`
//! or `openbgpd` shows what that daemon does, in a table, and judges nothing.
//!
//! ```text
//! cargo test --test bad_input
//! cargo test --test bad_input -- --against bird
//! ```
//!
//! Over TCP a NOTIFICATION, a close, and a session that goes on can be told
//! apart; how routes are treated is for `tests/session`.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic, in its helpers too"
)]

#[expect(dead_code, reason = "the matrix of features needs more of it")]
#[path = "../daemon.rs"]
mod daemon;
// A `mod.rs`, for two programs have it.
#[path = "../daemons/mod.rs"]
mod daemons;
mod ours;
mod player;

use std::{env, process::ExitCode, sync::Mutex, thread};

use serde_json::Value;

use self::{
    daemon::{Daemon, Dialect, Setup},
    player::{Player, Seen},
};

const CASES: &str = include_str!("../../data/bad_input.json");

fn main() -> ExitCode {
    let words: Vec<String> = env::args().collect();
    let against = words.iter().position(|word| word == "--against");
    let matrix: Value = serde_json::from_str(CASES).unwrap();
    let cases = matrix["cases"].as_array().unwrap();
    let Some(at) = against else {
        return ours(cases);
    };
    let name = words.get(at + 1).map_or("", String::as_str);
    let named = |dialect: &&&dyn Dialect| {
        let own = dialect.name().to_lowercase();
        own == name || format!("{own}d") == name
    };
    let Some(dialect) = daemons::ALL.iter().find(named) else {
        eprintln!("--against {name:?}: what is known is bird, frr, gobgpd, openbgpd");
        return ExitCode::from(2);
    };
    if !daemon::is_installed(*dialect) {
        eprintln!("{} is not installed", dialect.name());
        return ExitCode::from(2);
    }
    // A daemon of its own for each: what one case leaves does not meet the next.
    let seen = all(cases, 4, |case, number| {
        against_daemon(*dialect, case, number)
    });
    let differing = table(dialect.name(), cases, &seen, true);
    println!("{} of {} cases differ", differing, cases.len());
    ExitCode::SUCCESS
}

/// Every case with our session, which must agree.
fn ours(cases: &[Value]) -> ExitCode {
    let seen = all(cases, 16, |case, _| ours::play(case));
    let differing = table("our session", cases, &seen, false);
    println!(
        "our session over TCP: {} cases, {differing} differ",
        cases.len()
    );
    if differing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// So many at a time.
fn all(cases: &[Value], at_once: usize, play: impl Fn(&Value, usize) -> Seen + Sync) -> Vec<Seen> {
    let next = Mutex::new(0);
    let seen: Vec<Mutex<Option<Seen>>> = cases.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let mut number = next.lock().unwrap();
                    let at = *number;
                    *number += 1;
                    drop(number);
                    let Some(case) = cases.get(at) else {
                        return;
                    };
                    *seen[at].lock().unwrap() = Some(play(case, at));
                }
            });
        }
    });
    let seen = seen.into_iter().map(|of| of.into_inner().unwrap().unwrap());
    seen.collect()
}

/// Prints what there is to say; how many differ.
fn table(speaker: &str, cases: &[Value], seen: &[Seen], whole: bool) -> usize {
    let mut differing = 0;
    if whole {
        println!("| case | name | expected | {speaker} | |\n| --- | --- | --- | --- | --- |");
    }
    for (case, seen) in cases.iter().zip(seen) {
        let agrees = allowed(case).any(|expected| fits(expected, seen));
        differing += usize::from(!agrees);
        if whole || !agrees {
            let expected: Vec<_> = allowed(case).map(wanted).collect();
            let verdict = if agrees { "" } else { "differs" };
            let [id, name] = ["id", "name"].map(|key| case[key].as_str().unwrap());
            println!(
                "| {id} | {name} | {} | {seen} | {verdict} |",
                expected.join(" or ")
            );
        }
    }
    differing
}

fn allowed(case: &Value) -> impl Iterator<Item = &Value> {
    let expected = &case["expected"];
    let others = expected["acceptable_alternatives"].as_array();
    [expected].into_iter().chain(others.into_iter().flatten())
}

fn wanted(expected: &Value) -> String {
    let notification = &expected["notification"];
    match expected["treatment"].as_str().unwrap() {
        "session-reset" if notification.is_null() => "notification".to_owned(),
        "session-reset" => {
            let data = notification["data"].as_str().unwrap_or_default();
            let subcode = match &notification["subcode"] {
                Value::Null => "any".to_owned(),
                subcode => subcode.to_string(),
            };
            let text = format!("notification {}/{subcode} {data}", notification["code"]);
            text.trim_end().to_owned()
        }
        "close-without-notification" => "closed".to_owned(),
        _ => "up".to_owned(),
    }
}

fn fits(expected: &Value, seen: &Seen) -> bool {
    match (expected["treatment"].as_str().unwrap(), seen) {
        ("session-reset", Seen::Notification(sent)) => {
            let wanted = &expected["notification"];
            let subcode = &wanted["subcode"];
            let data = wanted["data"].as_str().map(player::hex);
            wanted.is_null()
                || wanted["code"] == sent.code.0
                    && (subcode.is_null() || *subcode == sent.subcode)
                    && data.is_none_or(|data| data == sent.data)
        }
        ("session-reset", _) => false,
        ("close-without-notification", seen) => matches!(seen, Seen::Closed),
        (_, seen) => matches!(seen, Seen::Up),
    }
}

fn against_daemon(dialect: &dyn Dialect, case: &Value, number: usize) -> Seen {
    let context = &case["context"];
    let [their_as, our_as] = ["local_as", "peer_as"]
        .map(|key| bgpwright::types::Asn(u32::try_from(context[key].as_u64().unwrap()).unwrap()));
    let name = format!("{}-{number}", dialect.name());
    let setup = Setup {
        address: daemon::address(),
        our_port: 1,
        our_as,
        their_as,
        router_id: "192.0.2.1",
        dials: false,
        hold_time: 90,
        limit: None,
        role: false,
        password: None,
        near: false,
        second_port: None,
        folder: env::temp_dir().join("bgpwright-bad-input").join(name),
    };
    let mut daemon = Daemon::start(dialect, &setup);
    daemon.listens(&setup);
    let seen = Player::new(case).play((setup.address, daemon::PORT).into());
    drop(daemon);
    let _ = std::fs::remove_dir_all(&setup.folder);
    seen
}
