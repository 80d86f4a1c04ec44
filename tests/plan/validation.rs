//! Calico's own validation tests, as far as their fields are read.

use std::fs;

use bgpwright::plan::Severity;
use serde_json::Value;

use crate::{read, upstream_data};

#[test]
fn what_calico_refuses_is_refused_and_what_it_takes_is_taken() {
    let Some(data) = upstream_data() else { return };
    let text = fs::read_to_string(data.join("validation_vectors.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let id = vector["id"].as_str().unwrap();
        let kind = vector["kind"].as_str().unwrap();
        let name = vector["name"].as_str().unwrap_or("x");
        let (description, spec) = (&vector["desc"], &vector["spec"]);
        let text = format!(
            "apiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{name: {name}}}\n\
             spec: {spec}\n"
        );
        let mut problems = read(&text).problems;
        problems.retain(|problem| {
            let stricter = STRICTER.iter().any(|s| problem.message.starts_with(s));
            problem.severity == Severity::Error && !stricter
        });
        let valid = vector["valid"].as_bool().unwrap();
        assert_eq!(
            problems.is_empty(),
            valid,
            "{id} {description}: {problems:?}"
        );
        compared += 1;
    }
    assert!(compared >= 45, "{compared}");
}

/// What Calico takes and no session comes of.
const STRICTER: [&str; 2] = [
    "expected the AS number of",
    "expected peerIP or peerSelector",
];
