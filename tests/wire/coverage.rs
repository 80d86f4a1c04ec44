//! The requirement matrix `tests/data/rfc_coverage`: every MUST of the RFCs
//! that the codec is held to, with a test that does what it asks for and one
//! that breaks it, or the layer that it is a matter of.
//!
//! `docs/rfc-coverage.md` is the matrix as a table. Run with
//! `BGPWRIGHT_REWRITE=1` to write it anew.

use core::fmt::Write as _;
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    rfc: u32,
    title: String,
    sections: String,
    requirements: Vec<Requirement>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    id: String,
    section: String,
    #[serde(rename = "requirement")]
    text: String,
    positive: Option<String>,
    negative: Option<String>,
    scope: Option<String>,
    reason: Option<String>,
}

/// Who else may answer for a requirement.
const SCOPES: [&str; 7] = [
    "authors",
    "departure",
    "operator",
    "policy",
    "rib",
    "session",
    "speaker",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files, by the number of the RFC.
fn matrix() -> Vec<Matrix> {
    let mut all: Vec<Matrix> = fs::read_dir(root().join("tests/data/rfc_coverage"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect();
    all.sort_by_key(|of| of.rfc);
    all
}

/// The file and the function that a test's path names: `wire::a::b` is `b` in
/// `tests/wire/a.rs`, and `src::wire::a::tests::b` is `b` in `src/wire/a.rs`.
fn place(test: &str) -> (PathBuf, &str) {
    let (module, function) = test.rsplit_once("::").unwrap();
    let file = match module.strip_prefix("src::") {
        Some(module) => format!("src/{}", module.trim_end_matches("::tests")),
        None => format!("tests/{module}"),
    };
    let file = file.replace("::", "/");
    (root().join(file).with_extension("rs"), function)
}

/// Whether the file has such a function, and it is a test.
fn is_test(test: &str) -> bool {
    let (file, function) = place(test);
    let Ok(text) = fs::read_to_string(&file) else {
        return false;
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("fn {function}(");
    let Some(at) = lines.iter().position(|line| line.starts_with(&head)) else {
        return false;
    };
    lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#["))
        .any(|line| *line == "#[test]")
}

/// What is wrong with one row.
fn complaint(row: &Requirement) -> Option<&'static str> {
    if row.section.is_empty() || row.text.is_empty() {
        return Some("says nothing");
    }
    match (&row.positive, &row.negative, &row.scope, &row.reason) {
        (Some(positive), Some(negative), None, None) => {
            if positive == negative {
                Some("has one test twice")
            } else if !is_test(positive) {
                Some("has no such positive test")
            } else if !is_test(negative) {
                Some("has no such negative test")
            } else {
                None
            }
        }
        (None, None, Some(scope), Some(reason)) => {
            if !SCOPES.contains(&scope.as_str()) {
                Some("is of an unknown scope")
            } else if reason.is_empty() {
                Some("has no reason")
            } else {
                None
            }
        }
        _ => Some("has neither two tests, nor a scope and a reason"),
    }
}

#[test]
fn every_requirement_has_two_tests_or_a_reason() {
    let matrix = matrix();
    let rfcs: Vec<u32> = matrix.iter().map(|of| of.rfc).collect();
    assert_eq!(rfcs, [4271, 4760, 6793, 7606, 7911, 8654, 9072, 9234]);
    let rows = || matrix.iter().flat_map(|of| &of.requirements);
    let wrong: Vec<String> = rows()
        .filter_map(|row| complaint(row).map(|what| format!("{} {what}: {row:?}", row.id)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let ids: BTreeSet<&str> = rows().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), rows().count(), "an id occurs twice");
    let of_the_codec = rows().filter(|row| row.positive.is_some()).count();
    assert!(of_the_codec > 100, "only {of_the_codec}");
}

#[test]
fn every_test_of_the_requirements_is_in_the_matrix() {
    let matrix = matrix();
    let named: BTreeSet<&str> = matrix
        .iter()
        .flat_map(|of| &of.requirements)
        .flat_map(|row| [&row.positive, &row.negative])
        .flatten()
        .map(String::as_str)
        .collect();
    let mut unnamed = Vec::new();
    for entry in fs::read_dir(root().join("tests/wire/requirements")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        for line in fs::read_to_string(&path).unwrap().lines() {
            // Tests alone take no argument and give nothing back.
            let name = line
                .strip_prefix("fn ")
                .and_then(|of| of.strip_suffix("() {"));
            let test = name.map(|name| format!("wire::requirements::{module}::{name}"));
            unnamed.extend(test.filter(|test| !named.contains(test.as_str())));
        }
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

#[test]
fn the_table_in_the_docs_is_the_matrix() {
    let path = root().join("docs/rfc-coverage.md");
    let table = table(&matrix());
    if env::var_os("BGPWRIGHT_REWRITE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "docs/rfc-coverage.md is stale: run this test with BGPWRIGHT_REWRITE=1"
    );
}

fn table(matrix: &[Matrix]) -> String {
    let mut out = String::from(HEAD);
    out +=
        "\n| RFC | Sections | Requirements | Of the codec | Elsewhere |\n|---|---|---|---|---|\n";
    for of in matrix {
        let all = of.requirements.len();
        let codec = of.requirements.iter().filter(|row| row.scope.is_none());
        let codec = codec.count();
        let Matrix { rfc, sections, .. } = of;
        writeln!(
            out,
            "| [{rfc}](#rfc-{rfc}) | {sections} | {all} | {codec} | {} |",
            all - codec
        )
        .unwrap();
    }
    for of in matrix {
        let Matrix { rfc, title, .. } = of;
        writeln!(out, "\n## RFC {rfc}\n\n{title}\n").unwrap();
        out += "| § | Requirement | Done | Broken |\n|---|---|---|---|\n";
        for row in &of.requirements {
            writeln!(out, "| {} | {} | {} |", row.section, row.text, answer(row)).unwrap();
        }
    }
    out
}

/// The last two columns.
fn answer(row: &Requirement) -> String {
    let short = |test: &Option<String>| {
        let (file, function) = place(test.as_ref().unwrap());
        let file = file.strip_prefix(root()).unwrap().display().to_string();
        format!("[`{function}`](../{file})")
    };
    match (&row.scope, &row.reason) {
        (Some(scope), Some(reason)) => format!("*{scope}*: {reason} |"),
        _ => format!("{} | {}", short(&row.positive), short(&row.negative)),
    }
}

const HEAD: &str = "\
# Requirements on the codec

What the RFCs that the codec is held to ask for with MUST, MUST NOT and SHALL,
in our words, each with a test that does it and a test that breaks it. A
requirement that is not the codec's names the layer that answers for it;
*departure* is one that is not kept on purpose, or not yet.

Made from `tests/data/rfc_coverage` by `tests/wire/coverage.rs`: do not edit.
";
