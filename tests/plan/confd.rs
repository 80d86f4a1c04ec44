//! Calico's own rendering tests: the same sessions, parameter by parameter.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use bgpwright::{plan::Inventory, types::Family};
use serde_json::Value;

use crate::{comparable, exceptions, expected_issues, issues, read, sessions, upstream_data};

const FAMILIES: [(&str, Family); 2] = [("v4", Family::IPV4_UNICAST), ("v6", Family::IPV6_UNICAST)];

#[test]
fn rendered_sessions_are_calicos() {
    let Some(data) = upstream_data() else { return };
    let exceptions = exceptions();
    let mut used = BTreeSet::new();
    let mut compared = 0;
    for case in cases(&data.join("confd")) {
        let expected = json(&case.join("expected_sessions.json"));
        let id = expected["case"].as_str().unwrap();
        let node = expected["node"].as_str().unwrap();
        for step in expected["steps"].as_array().unwrap() {
            let name = format!("{id} {}", step["step"].as_str().unwrap());
            if exceptions.contains_key(&name) {
                used.insert(name);
                continue;
            }
            let inventory = inventory(&input(&case, &name), &name);
            for (key, family) in FAMILIES {
                let wanted = comparable(&step[key]["sessions"]);
                let has_node = inventory.nodes.iter().any(|n| n.name == node);
                let found = has_node.then(|| sessions(&inventory, node, family));
                assert_eq!(found.unwrap_or_default(), wanted, "{name} {key}");
                compared += 1;
            }
        }
    }
    let general = |what: &str| what.starts_with("field ") || what.starts_with("origin ");
    let mut unused = exceptions.into_keys().filter(|what| !general(what));
    let unused = unused.find(|what| !used.contains(what));
    assert_eq!(unused, None, "an exception without a case");
    assert!(compared > 90, "{compared}");
}

#[test]
fn every_node_has_the_sessions_and_issues_of_the_model() {
    let Some(data) = upstream_data() else { return };
    let mut compared = 0;
    for case in cases(&data.join("confd")) {
        let path = case.join("derived_all_nodes.json");
        if !path.exists() {
            continue;
        }
        let expected = json(&path);
        let inventory = inventory(&input(&case, " base"), &case.display().to_string());
        for (key, family) in FAMILIES {
            let nodes = expected[format!("nodes_{key}")].as_object();
            for (node, wanted) in nodes.into_iter().flatten() {
                let wanted = comparable(wanted);
                let found = sessions(&inventory, node, family);
                assert_eq!(found, wanted, "{node} of {}", case.display());
                compared += 1;
            }
            let wanted = expected_issues(&expected[format!("pairing_issues_{key}")]);
            assert_eq!(
                issues(&inventory, family),
                wanted,
                "{} {key}",
                case.display()
            );
        }
    }
    assert!(compared > 100, "{compared}");
}

pub(crate) fn cases(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        if directory.join("expected_sessions.json").exists() {
            found.push(directory);
            continue;
        }
        let entries = fs::read_dir(&directory).unwrap().map(|e| e.unwrap().path());
        open.extend(entries.filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

/// A case's resources, with those of a later step in place of theirs. The step
/// is the last word of its name.
pub(crate) fn input(case: &Path, name: &str) -> String {
    let base = fs::read_to_string(case.join("input.yaml")).unwrap();
    let (_, step) = name.rsplit_once(' ').unwrap();
    let own = name.replace(['/', ' '], ",") + ".yaml";
    let own = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/calico/confd-steps")
        .join(own);
    let step = fs::read_to_string(case.join(step).join("input.yaml"));
    let Ok(step) = step.or_else(|_| fs::read_to_string(own)) else {
        return base;
    };
    let identity = |document: &str| -> Vec<String> {
        let lines = document.lines().map(str::trim_end);
        let named = lines.filter(|l| l.starts_with("kind:") || l.starts_with("  name:"));
        named.take(2).map(Into::into).collect()
    };
    let replaced: Vec<_> = step.split("\n---").map(identity).collect();
    let kept = base
        .split("\n---")
        .filter(|d| !replaced.contains(&identity(d)));
    let kept: Vec<_> = kept.chain([step.as_str()]).collect();
    kept.join("\n---\n")
}

fn inventory(text: &str, case: &str) -> Inventory {
    let reading = read(text);
    reading
        .into_inventory()
        .unwrap_or_else(|problems| panic!("{case}: {problems:#?}"))
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
