//! `planner status`: what runs beside what is planned.

use std::path::Path;

use bgpwright::plan::{
    Finding,
    status::{self, Observed},
    yaml::{Limits, Source},
};
use serde_json::json;

use crate::{
    check,
    input::{Input, load},
    options::{Format, Status},
    output::{Failed, print},
};

/// Prints what differs. Whether nothing does.
///
/// # Errors
/// If a status cannot be read, or it is not known whose it is.
pub(crate) fn run(input: &Input, options: &Status) -> Result<bool, Vec<Failed>> {
    let mut errors: Vec<String> = Vec::new();
    let mut observed: Vec<Observed> = Vec::new();
    for given in &options.observed {
        let (node, file) = match given.split_once('=') {
            Some((node, file)) => (Some(node), file),
            None => (None, given.as_str()),
        };
        let Some(text) = load(Path::new(file), &mut errors) else {
            continue;
        };
        let source = Source {
            name: &text.name,
            text: &text.text,
        };
        match status::read(source, &Limits::default()) {
            Ok(found) => observed.extend(found.into_iter().map(|it| Observed {
                node: node.map(Into::into).or(it.node),
                ..it
            })),
            Err(problems) => errors.extend(problems.iter().map(ToString::to_string)),
        }
        for one in observed.iter_mut().filter(|it| it.node.is_none()) {
            match status::node_of(&input.plan, one) {
                Ok(router) => one.node = Some(router.name.clone()),
                Err(why) => errors.push(format!("{file}: {why}, as in --observed NODE={file}")),
            }
        }
    }
    let names = observed.iter().filter_map(|it| it.node.as_deref());
    for name in names {
        if !input.plan.routers.iter().any(|it| it.name == name) {
            errors.push(format!(
                "--observed: there is no node or router {name:?} in the plan"
            ));
        }
    }
    if !errors.is_empty() {
        return Err(errors.into_iter().map(Failed).collect());
    }
    let findings = status::compare(&input.inventory, &input.plan, &observed);
    show(input, options, &observed, &findings).map_err(|failed| vec![failed])?;
    Ok(findings.is_empty())
}

fn show(
    input: &Input,
    options: &Status,
    observed: &[Observed],
    findings: &[Finding],
) -> Result<(), Failed> {
    let sessions: usize = observed.iter().map(|it| it.sessions.len()).sum();
    let up = observed.iter().flat_map(|it| &it.sessions);
    let up = up.filter(|it| it.up).count();
    let all = input.plan.routers.len();
    if options.format == Format::Json {
        return print(&json!({
            "observed": observed,
            "findings": check::list(input, findings),
        }));
    }
    print(&check::text(input, findings).trim_end())?;
    print(&format!(
        "{} of {all} routers observed: {up} of {sessions} sessions up, {} differences from the plan",
        observed.len(),
        findings.len()
    ))
}
