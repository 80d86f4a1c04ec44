//! `planner migrate --drain`: a node out of service, its role to another first.

use core::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use bgpwright::plan::{
    Inventory, steps_to,
    strategy::{Drain, DrainStep, Requirements, drain},
};
use serde_json::json;

use crate::{
    folder, migrate,
    options::{Format, Migrate},
    output::{Failed, print},
    progress,
};

/// Prints the steps. Whether nothing is lost on the way.
///
/// # Errors
/// If there is no such node, nobody may have its role, or something cannot be
/// written.
pub(crate) fn run(inventory: &Inventory, node: &str, options: &Migrate) -> Result<bool, Failed> {
    let requirements = Requirements::default();
    let found = progress::during("looking for an order", || {
        drain(None, inventory, node, &requirements)
    });
    let found = found.map_err(|error| Failed(format!("--drain {node}: {error}")))?;
    if let Some(folder) = &options.out {
        let migration = steps_to(inventory, &found.inventory);
        let datastore = options.datastore.datastore();
        let files = migrate::commands::files(inventory, &migration, datastore);
        if files.is_empty() {
            return Err(Failed(format!(
                "--out: {node:?} has no role, and there is nothing to apply"
            )));
        }
        folder::write(folder, &files)?;
    }
    match options.format {
        Format::Json => {
            print(&json!({ "steps": found.steps, "unavoidable": found.unavoidable }))?;
        }
        Format::Table => print(&text(&found).trim_end())?,
    }
    Ok(found.unavoidable.is_empty())
}

fn text(found: &Drain) -> String {
    let mut text = String::new();
    let bold = Style::new().bold();
    for (number, step) in (1..).zip(&found.steps) {
        let title = match step {
            DrainStep::Change(step) => step.title.clone(),
            DrainStep::Empty { node } => format!("cordon and drain {node}"),
            DrainStep::MarkRoutes { node, .. } => {
                format!("mark what {node} announces to other ASes with GRACEFUL_SHUTDOWN")
            }
            DrainStep::Stop { node } => format!("take {node} down"),
            other => format!("{other:?}"),
        };
        let _ = writeln!(text, "{bold}{number}. {title}{bold:#}");
        match step {
            DrainStep::Change(step) => migrate::describe(step, &mut text),
            DrainStep::Empty { .. } => {
                let _ = writeln!(text, "   wait    until no pod has an address of its blocks");
            }
            DrainStep::MarkRoutes {
                community,
                neighbors,
                ..
            } => {
                let value = community.0;
                let _ = writeln!(
                    text,
                    "   change  community {}:{} on routes to {} neighbours",
                    value >> 16,
                    value & 0xffff,
                    neighbors.len()
                );
                for (neighbor, asn) in neighbors {
                    let _ = writeln!(
                        text,
                        "   wait    until {neighbor} (AS {asn}) has other ways"
                    );
                }
            }
            _ => {}
        }
    }
    let red = AnsiColor::Red.on_default();
    for loss in &found.unavoidable {
        let _ = writeln!(text, "{red}loses{red:#}  {}", migrate::lost(loss));
    }
    if found.unavoidable.is_empty() {
        text += "No route is lost between routers that stay.\n";
    }
    text
}
