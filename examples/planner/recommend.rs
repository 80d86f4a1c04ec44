//! `planner recommend`: ways to peer a cluster, compared.

use core::fmt::Write as _;

use anstyle::Style;
use bgpwright::plan::{
    Inventory, Mode, Severity,
    export::calico,
    generate,
    inventory::Dialect,
    strategy::{Assessment, Recommendation, Requirements, Survival, Unfit, recommend},
};
use comfy_table::{CellAlignment, Table};
use serde_json::{Value, json};

use crate::{
    folder,
    options::{Format, Recommend},
    output::{Failed, print},
    progress,
    sessions::STYLE,
};

/// Prints the comparison. Whether what is recommended meets everything.
///
/// # Errors
/// If the requirements cannot be, nothing fits, or something cannot be written.
pub(crate) fn run(inventory: &Inventory, options: &Recommend) -> Result<bool, Failed> {
    if inventory.dialect != Dialect::Calico {
        eprintln!(
            "note: what is compared, and written by --apply, is what Calico would do on these \
             nodes: {} has other ways to peer them",
            inventory.dialect
        );
    }
    let requirements = requirements(options);
    let found = progress::during("comparing", || recommend(inventory, &requirements));
    let Some(best) = found.chosen() else {
        let why: Vec<_> = found.unfit.iter().map(|(_, why)| why.as_str()).collect();
        return Err(Failed(why.first().copied().unwrap_or_default().to_owned()));
    };
    if let Some(folder) = &options.apply {
        let failed = |error: Unfit| Failed(error.to_string());
        let design = found.design(inventory, &requirements).map_err(failed)?;
        if let Some(design) = design {
            let files = calico::files(&design, options.datastore.datastore());
            folder::write(folder, &files)?;
        }
    }
    match options.format {
        Format::Json => print(&json_of(&found))?,
        Format::Table => print(&text(&found, options).trim_end())?,
    }
    Ok(best.unmet.is_empty() && best.count(Severity::Error) == 0)
}

/// A cluster of so many nodes, for those that have none to show yet.
pub(crate) fn made(nodes: usize, racks: usize) -> Inventory {
    let mut inventory = generate(nodes, Mode::Mesh);
    for (at, node) in inventory.nodes.iter_mut().enumerate() {
        let Some(rack) = at.checked_rem(racks) else {
            continue;
        };
        let name = format!("rack-{rack}");
        node.labels.insert("rack".into(), name.clone());
        node.domains.insert("rack".into(), name);
    }
    inventory
}

fn requirements(options: &Recommend) -> Requirements {
    let mut requirements = Requirements::default();
    requirements.survive = usize::from(options.survive);
    requirements.maintenance = usize::from(options.maintenance);
    requirements.pinned = options.pin.iter().cloned().collect();
    requirements.forbidden = options.forbid.iter().cloned().collect();
    requirements.dedicated = options.dedicated.iter().cloned().collect();
    requirements.max_clients = options.max_clients;
    requirements.max_sessions = options.max_sessions;
    requirements
}

fn text(found: &Recommendation, options: &Recommend) -> String {
    let mut text = String::new();
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header([
        "STRATEGY", "SESSIONS", "A NODE", "BUSIEST", "PATHS", "AT START", "A CHANGE", "ROLES",
        "MAY FAIL", "UNMET",
    ]);
    for it in &found.ranked {
        table.add_row(row(it));
    }
    for column in table.column_iter_mut().skip(1).take(7) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let _ = writeln!(text, "{table}");
    let bold = Style::new().bold();
    for (strategy, why) in &found.unfit {
        let _ = writeln!(text, "{strategy} does not fit: {why}");
    }
    let Some(best) = found.chosen() else {
        return text;
    };
    let _ = writeln!(text, "\n{bold}Recommended: {}{bold:#}", best.strategy);
    for why in &found.why {
        let _ = writeln!(text, "- {why}");
    }
    if !best.reflectors.is_empty() {
        let _ = writeln!(text, "Reflectors: {}", names(&best.reflectors));
    }
    if !best.given_up.is_empty() {
        let _ = writeln!(text, "No longer: {}", names(&best.given_up));
    }
    match &options.apply {
        Some(folder) => {
            let _ = writeln!(text, "Its resources are in {}.", folder.display());
        }
        None => text += "Its resources: planner recommend --apply FOLDER ...\n",
    }
    text += "Then, without losing a route: planner migrate --from NOW --to FOLDER\n";
    text
}

fn row(of: &Assessment) -> [String; 10] {
    let busiest = of.sessions_per_reflector.max(of.sessions_per_leaf);
    [
        of.strategy.to_string(),
        grouped(of.sessions),
        grouped(of.sessions_per_node),
        grouped(busiest.max(of.sessions_per_node)),
        grouped(of.copies),
        grouped(of.updates_at_start),
        grouped(of.updates_per_change),
        grouped(of.roles),
        may_fail(&of.survival),
        of.unmet.len().to_string(),
    ]
}

/// What may fail: `1 router, 1 rack`.
pub(crate) fn may_fail(of: &Survival) -> String {
    let of_kind = |count: Option<usize>, kind: &str| match count {
        Some(1) => format!("1 {kind}"),
        Some(count) => format!("{count} {kind}s"),
        None => format!("any {kind}s"),
    };
    let routers = of_kind(of.routers, "router");
    let domains = of.domains.iter().map(|(kind, count)| of_kind(*count, kind));
    let all: Vec<String> = core::iter::once(routers).chain(domains).collect();
    all.join(", ")
}

/// A number with its thousands apart; no more than anybody reads.
fn grouped(number: u64) -> String {
    if number > 999_999_999_999 {
        return "> 10^12".to_owned();
    }
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn names(of: &[String]) -> String {
    match of.len() {
        0..=6 => of.join(", "),
        count => {
            let first: Vec<_> = of.iter().take(5).cloned().collect();
            format!("{} and {} more", first.join(", "), count - 5)
        }
    }
}

fn json_of(found: &Recommendation) -> Value {
    let ranked = found.ranked.iter().map(|it| {
        let mut value = json!(it);
        if let Value::Object(fields) = &mut value {
            fields.insert("name".into(), json!(it.strategy.to_string()));
        }
        value
    });
    let unfit = found.unfit.iter().map(
        |(strategy, why)| json!({ "name": strategy.to_string(), "strategy": strategy, "why": why }),
    );
    json!({
        "ranked": ranked.collect::<Vec<_>>(),
        "unfit": unfit.collect::<Vec<_>>(),
        "why": found.why,
    })
}
