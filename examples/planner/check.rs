//! `planner check`: findings.

use bgpwright::plan::{Finding, Severity};
use serde_json::json;

use crate::{
    input::Input,
    options::{Check, Format},
};

/// Prints them, worst first. Whether none is an error.
pub(crate) fn print(input: &Input, options: &Check) -> bool {
    let mut findings = input.plan.findings.clone();
    findings.extend(input.plan.check(options.reflection.rule()));
    findings.sort();
    findings.dedup();
    let count = |severity| {
        let of = findings.iter().filter(|it| it.severity == severity);
        of.count()
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    if options.input.format == Format::Json {
        let list: Vec<_> = findings.iter().map(json_of).collect();
        println!("{}", json!({ "findings": list }));
    } else {
        for finding in &findings {
            println!("{finding}");
        }
        let [errors, warnings, notes] = counts;
        println!("{errors} errors, {warnings} warnings, {notes} notes");
    }
    counts[0] == 0
}

fn json_of(finding: &Finding) -> serde_json::Value {
    json!({
        "code": finding.code.as_str(),
        "severity": finding.severity.to_string(),
        "subjects": finding.subjects,
        "message": finding.message,
    })
}
