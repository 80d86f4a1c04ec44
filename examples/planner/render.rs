//! `planner render`: the plan as other programs want it.

mod speaker;

use bgpwright::plan::export::{File, Unsaid, bird, calico, containerlab, dot, frr, gobgp, svg};
use serde_json::json;

use crate::{
    folder,
    input::Input,
    options::{Group, Render, Target},
    output::{Failed, print},
};

/// Writes the files, or prints the one there is.
///
/// # Errors
/// If there is no such node, several files are to be printed, or they cannot be
/// written.
pub(crate) fn run(input: &Input, options: &Render) -> Result<bool, Failed> {
    let (mut files, mut unsaid) = rendered(input, options)?;
    if let Some(name) = &options.node {
        let known = input.plan.routers.iter().any(|it| it.name == *name);
        if !known {
            return Err(Failed(format!(
                "--node {name}: there is no such node or router"
            )));
        }
        let folder = format!("{name}/");
        files.retain(|file| file.name.starts_with(&folder));
        let quoted = format!("{name:?}");
        unsaid.retain(|it| it.subject.contains(&quoted));
        if files.is_empty() {
            return Err(Failed(format!(
                "--node {name}: there is nothing of one router in this format"
            )));
        }
    }
    for what in unsaid.iter().take(MOST_SAID) {
        eprintln!("not said: {what}");
    }
    if unsaid.len() > MOST_SAID {
        eprintln!("not said: {} more", unsaid.len() - MOST_SAID);
    }
    match (&options.out, files.as_slice()) {
        (Some(folder), _) => folder::write(folder, &files)?,
        (None, [file]) => print(&file.text.trim_end())?,
        (None, several) => {
            let first = several.first().map_or("none", |it| it.name.as_str());
            return Err(Failed(format!(
                "{} files, {first} the first: expected --out FOLDER, or --node NAME for one",
                several.len()
            )));
        }
    }
    Ok(true)
}

fn rendered(input: &Input, options: &Render) -> Result<(Vec<File>, Vec<Unsaid>), Failed> {
    let (inventory, plan) = (&input.inventory, &input.plan);
    let one = |name: &str, text: String| {
        let name = name.to_owned();
        (vec![File { name, text }], Vec::new())
    };
    Ok(match options.to {
        Target::Calico => {
            let datastore = options.datastore.datastore();
            (
                calico::files(inventory, datastore),
                calico::unsaid(inventory),
            )
        }
        Target::Bird => {
            let form = bird::Form::of(input.version);
            (bird::files(inventory, form), bird::unsaid(inventory, form))
        }
        Target::Frr => (frr::files(inventory, plan), frr::unsaid(inventory, plan)),
        Target::Gobgp => (
            gobgp::files(inventory, plan),
            gobgp::unsaid(inventory, plan),
        ),
        Target::Containerlab => {
            let mut lab = containerlab::Lab::default();
            lab.image.clone_from(&options.image);
            (
                containerlab::files(inventory, plan, &lab),
                containerlab::unsaid(inventory, plan),
            )
        }
        Target::Speaker => speaker::files(inventory, plan),
        Target::Dot => one(
            "topology.dot",
            dot::graph(plan, options.group_by.group_by()),
        ),
        Target::Svg => {
            let mut style = svg::Style::default();
            style.group_by = options.group_by.group_by();
            style.title.clone_from(&options.title);
            one("topology.svg", svg::draw(plan, &style))
        }
        Target::Json => {
            let text = serde_json::to_string_pretty(&json!({
                "inventory": inventory,
                "plan": plan,
            }));
            one(
                "plan.json",
                text.map_err(|error| Failed(error.to_string()))?,
            )
        }
    })
}

impl Group {
    const fn group_by(self) -> svg::GroupBy {
        match self {
            Self::Auto => svg::GroupBy::Auto,
            Self::Rack => svg::GroupBy::Rack,
            Self::Zone => svg::GroupBy::Zone,
            Self::As => svg::GroupBy::As,
            Self::Nothing => svg::GroupBy::Nothing,
        }
    }
}

/// What is not said comes line by line up to so many.
const MOST_SAID: usize = 20;
