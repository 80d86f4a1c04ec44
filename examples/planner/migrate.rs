//! `planner migrate`: the steps from one plan to another.

pub(crate) mod commands;

use core::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use bgpwright::plan::{Loss, Migration, Step, edits_between, prove, steps_to};
use serde_json::{Value, json};

use crate::{
    folder,
    input::Input,
    options::{Format, Migrate},
    output::{Failed, print},
    progress,
};

/// Prints them. Whether nothing is lost on the way that need not be.
///
/// # Errors
/// If they cannot be printed.
pub(crate) fn run(from: &Input, to: &Input, options: &Migrate) -> Result<bool, Failed> {
    let (from, to) = (&from.inventory, &to.inventory);
    let migration = if options.at_once {
        let edits = edits_between(from, to);
        prove(from, [("change everything at once".to_owned(), edits)])
    } else {
        progress::during("looking for an order", || steps_to(from, to))
    };
    let clean = migration.unavoidable.is_empty() && migration.lost_in_the_end.is_empty();
    if let Some(folder) = &options.out {
        let files = commands::files(from, &migration, options.datastore.datastore());
        folder::write(folder, &files)?;
    }
    match options.format {
        Format::Json => print(&json_of(&migration))?,
        Format::Table => print(&table(&migration, options.at_once).trim_end())?,
    }
    Ok(clean)
}

fn table(migration: &Migration, at_once: bool) -> String {
    let mut text = String::new();
    if migration.steps.is_empty() {
        text += "Nothing has to be done: both ask for the same.\n";
    }
    let bold = Style::new().bold();
    for (number, step) in (1..).zip(&migration.steps) {
        let _ = writeln!(text, "{bold}{number}. {}{bold:#}", step.title);
        describe(step, &mut text);
        for loss in migration
            .unavoidable
            .iter()
            .filter(|it| it.step + 1 == number)
        {
            let red = AnsiColor::Red.on_default();
            let _ = writeln!(text, "   {red}loses{red:#}  {}", lost(loss));
        }
    }
    if let Some((from, to)) = migration.lost_in_the_end.first() {
        let _ = writeln!(
            text,
            "The plan that is asked for loses routes itself: {to} does not learn those of {from} \
             ({} pairs). Check it first.",
            migration.lost_in_the_end.len()
        );
    }
    let _ = match migration.unavoidable.len() {
        0 => writeln!(
            text,
            "{} steps; no route is lost, in whatever order nodes take a step up.",
            migration.steps.len()
        ),
        _ if at_once => writeln!(
            text,
            "At once this loses routes; without --at-once it is done in steps."
        ),
        losses => writeln!(
            text,
            "{} steps; {losses} losses that no other order was found to avoid.",
            migration.steps.len()
        ),
    };
    text
}

pub(crate) fn describe(step: &Step, text: &mut String) {
    if !step.drain.is_empty() {
        let _ = writeln!(text, "   before  cordon and drain {}", names(&step.drain));
    }
    if let Some((router, neighbor)) = step.graceful_shutdown.first() {
        let _ = writeln!(
            text,
            "   before  GRACEFUL_SHUTDOWN (RFC 8326) over {} ends between ASes, such as {router} \
             with {neighbor}",
            step.graceful_shutdown.len()
        );
    }
    let of = &step.changes;
    let _ = writeln!(
        text,
        "   change  session ends: {} come, {} go, {} restart, at {} routers",
        of.added, of.removed, of.reset, of.routers
    );
    if step.gate.sessions > 0 {
        let same = if step.gate.same_prefixes {
            ", with the same prefixes as before"
        } else {
            ""
        };
        let first = step.gate.established.first();
        let first = first.map_or_else(String::new, |(router, neighbor)| {
            format!(", such as {router} with {neighbor}")
        });
        let _ = writeln!(
            text,
            "   wait    until {} ends are Established{first}{same}",
            step.gate.sessions
        );
    }
    if !step.drain.is_empty() {
        let _ = writeln!(text, "   after   uncordon {}", names(&step.drain));
    }
    let _ = match (step.mixtures, step.exhaustive) {
        (1, _) => writeln!(text, "   proof   nothing changes yet"),
        (count, true) => writeln!(
            text,
            "   proof   all {count} mixtures of nodes that have taken it up and have not"
        ),
        (count, false) => writeln!(
            text,
            "   proof   {count} mixtures of nodes that have taken it up and have not, of every kind"
        ),
    };
}

fn names(of: &[String]) -> String {
    match of.len() {
        0..=5 => of.join(", "),
        count => {
            let first: Vec<_> = of.iter().take(4).cloned().collect();
            format!("{} and {} more", first.join(", "), count - 4)
        }
    }
}

pub(crate) fn lost(loss: &Loss) -> String {
    let long = match loss.seconds {
        Some(seconds) => format!("for about {seconds} s"),
        None => "until every router has it, or a later step helps".to_owned(),
    };
    format!(
        "{} pairs of routers, as {} the routes of {}, {long}: {}",
        loss.pairs, loss.to, loss.from, loss.why
    )
}

fn json_of(migration: &Migration) -> Value {
    json!(migration)
}
