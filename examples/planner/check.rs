//! `planner check`: what is wrong, why, and what to do.

use core::fmt::Write as _;
use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};
use bgpwright::plan::{Cause, Checks, Code, Finding, Severity, check};
use serde_json::{Value, json};

use crate::{
    input::Input,
    options::{Check, CheckFormat},
    output::{Failed, print},
    progress,
};

/// Prints findings, worst first. Whether none is an error.
///
/// # Errors
/// If they cannot be printed.
pub(crate) fn run(input: &Input, options: &Check) -> Result<bool, Failed> {
    let findings = find(input, options);
    let count = |severity| {
        let of = findings.iter().filter(|it| it.severity == severity);
        of.count()
    };
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(count);
    match options.format {
        CheckFormat::Json => print(&json_of(input, &findings))?,
        CheckFormat::Sarif => print(&sarif(input, &findings))?,
        CheckFormat::Table => table(input, &findings, counts)?,
    }
    Ok(counts[0] == 0)
}

/// What there is to say, worst first.
pub(crate) fn find(input: &Input, options: &Check) -> Vec<Finding> {
    let mut checks = Checks::default();
    checks.rule = options.reflection.rule();
    checks.failures = usize::from(options.failures);
    let mut findings =
        progress::during("checking", || check(&input.inventory, &input.plan, &checks));
    findings.retain(|finding| {
        let name = options.node.as_deref();
        let family = options.family.map(|family| family.family().to_string());
        // Messages about a whole family start with it.
        let other = ["ipv4-unicast", "ipv6-unicast"].into_iter();
        let mut other = other.filter(|it| family.as_deref().is_some_and(|family| family != *it));
        name.is_none_or(|name| finding.subjects.iter().any(|it| it == name))
            && !other.any(|it| finding.message.starts_with(it))
    });
    findings
}

fn table(input: &Input, findings: &[Finding], counts: [usize; 3]) -> Result<(), Failed> {
    let mut text = text(input, findings);
    let [errors, warnings, notes] = counts;
    let _ = write!(
        text,
        "{errors} errors, {warnings} warnings, {notes} notes; as {} has it",
        input.whose()
    );
    print(&text)
}

/// Findings for people, with where their causes are.
pub(crate) fn text(input: &Input, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let style = style_of(finding.severity);
        let (severity, code) = (finding.severity, finding.code);
        let _ = writeln!(
            text,
            "{style}{severity}[{code}]{style:#}: {}",
            finding.message
        );
        for cause in finding.causes.iter().take(SHOWN) {
            let place = place_of(input, cause);
            let place = place.map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"));
            let _ = writeln!(text, "    at {cause}{place}");
        }
        if let Some(more) = finding.causes.len().checked_sub(SHOWN).filter(|it| *it > 0) {
            let _ = writeln!(text, "    and {more} more");
        }
        let _ = writeln!(text, "    fix: {}", finding.fix);
    }
    text
}

const SHOWN: usize = 3;

const fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        _ => AnsiColor::Cyan.on_default(),
    }
}

/// The file and line of the resource that a finding blames.
pub(crate) fn place_of<'a>(input: &'a Input, cause: &Cause) -> Option<(&'a str, usize)> {
    let (file, line) = input.places.get(&cause.resource)?;
    Some((file, *line))
}

fn json_of(input: &Input, findings: &[Finding]) -> Value {
    json!({ "findings": list(input, findings) })
}

/// Findings for programs.
pub(crate) fn list(input: &Input, findings: &[Finding]) -> Vec<Value> {
    findings
        .iter()
        .map(|finding| {
            let causes: Vec<_> = finding
                .causes
                .iter()
                .map(|cause| {
                    let place = place_of(input, cause);
                    json!({
                        "resource": cause.resource,
                        "field": cause.field,
                        "file": place.map(|it| it.0),
                        "line": place.map(|it| it.1),
                    })
                })
                .collect();
            json!({
                "code": finding.code.as_str(),
                "severity": finding.severity.to_string(),
                "rules": finding.code.rules(),
                "subjects": finding.subjects,
                "message": finding.message,
                "causes": causes,
                "fix": finding.fix,
            })
        })
        .collect()
}

/// The Static Analysis Results Interchange Format 2.1.0, as CI systems read it.
fn sarif(input: &Input, findings: &[Finding]) -> Value {
    let used: BTreeSet<Code> = findings.iter().map(|it| it.code).collect();
    let level = |severity: Severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "note",
    };
    let rules: Vec<_> = used
        .iter()
        .map(|code| {
            json!({
                "id": code.as_str(),
                "shortDescription": { "text": code.meaning().trim() },
                "help": { "text": code.fix() },
                "defaultConfiguration": { "level": level(code.severity()) },
                "properties": { "tags": code.rules() },
            })
        })
        .collect();
    let results: Vec<_> = findings
        .iter()
        .map(|finding| {
            let locations: Vec<_> = finding
                .causes
                .iter()
                .map(|it| location(input, it))
                .collect();
            json!({
                "ruleId": finding.code.as_str(),
                "level": level(finding.severity),
                "message": { "text": format!("{}. Fix: {}.", finding.message, finding.fix) },
                "locations": locations,
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "bgpwright-planner",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    })
}

fn location(input: &Input, cause: &Cause) -> Value {
    let logical = json!([{ "fullyQualifiedName": cause.to_string() }]);
    match place_of(input, cause) {
        None => json!({ "logicalLocations": logical }),
        Some((file, line)) => json!({
            "physicalLocation": {
                "artifactLocation": { "uri": file },
                "region": { "startLine": line.max(1) },
            },
            "logicalLocations": logical,
        }),
    }
}
