//! BIRD's configuration against what Calico itself renders.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use bgpwright::{
    plan::{
        Inventory,
        dialect::calico::{self, hashed_router_id},
        export::bird::{self, Form},
        yaml::{Limits, Source},
    },
    types::Prefix,
};
use serde_json::Value;

use crate::{
    confd::{cases, input, json},
    upstream_data,
};

#[test]
fn nodes_are_configured_as_calico_does() {
    let Some(data) = upstream_data() else { return };
    let mut left_out: BTreeSet<&str> = EXCEPTIONS.iter().map(|(what, _)| *what).collect();
    let mut compared = 0;
    for case in cases(&data.join("confd")) {
        let expected = json(&case.join("expected_sessions.json"));
        for step in expected["steps"].as_array().unwrap() {
            let step = step["step"].as_str().unwrap();
            let name = format!("{} {step}", expected["case"].as_str().unwrap());
            if EXCEPTIONS.iter().any(|(what, _)| *what == name) {
                left_out.remove(name.as_str());
                continue;
            }
            let mut text = input(&case, &name);
            if let Ok(services) = fs::read_to_string(case.join("kubectl-input.yaml")) {
                text = format!("{text}\n---\n{services}");
            }
            if expected["block_affinities"] == "standard" && !BARE.contains(&name.as_str()) {
                text += &blocks(&data);
            }
            let mut inventory = inventory(&text, "3.32");
            let node = expected["node"].as_str().unwrap();
            identify(&mut inventory, node, &expected["env"]["CALICO_ROUTER_ID"]);
            let folder = case.join("expected");
            let of_step = folder.join(step);
            let folder = if of_step.is_dir() { of_step } else { folder };
            compared += equals(&inventory, node, Form::V3_32, &folder);
        }
    }
    assert_eq!(left_out, BTreeSet::new(), "exceptions without a case");
    assert!(compared >= 300, "{compared}");
}

#[test]
fn older_versions_have_their_own_forms() {
    let Some(data) = upstream_data() else { return };
    let mut compared = 0;
    for (version, form) in [("v3.23.2", Form::V3_23), ("v3.31.7", Form::V3_31)] {
        assert_eq!(Form::of(version.parse().unwrap()), form);
        for case in [
            "explicit_peering/global",
            "explicit_peering/route_reflector",
            "explicit_peering/selectors",
            "explicit_peering/specific_node",
            "mesh/ipip-always",
            "mesh/ipip-off",
        ] {
            let folder = data.join("confd-legacy").join(version).join(case);
            let text = fs::read_to_string(folder.join("input.yaml")).unwrap();
            let inventory = inventory(&(text + &blocks(&data)), version);
            compared += equals(&inventory, "kube-master", form, &folder);
        }
    }
    assert_eq!(compared, 72);
}

fn inventory(text: &str, version: &str) -> Inventory {
    let source = Source {
        name: "input.yaml",
        text,
    };
    let mut options = calico::Options::default();
    options.version = version.parse().unwrap();
    let reading = calico::read_as(&[source], &Limits::default(), options);
    reading.into_inventory().unwrap()
}

/// Calico's own blocks of the node, as its tests have them.
fn blocks(data: &Path) -> String {
    let standard = json(&data.join("confd/STANDARD_BLOCKS.json"));
    let blocks = standard["blocks"].as_array().unwrap().iter().enumerate();
    let blocks = blocks.map(|(number, block)| {
        format!(
            "\n---\napiVersion: projectcalico.org/v3\nkind: BlockAffinity\n\
             metadata: {{name: block-{number}}}\nspec: {{node: kube-master, cidr: {}, state: {}}}\n",
            block["cidr"], block["state"]
        )
    });
    blocks.collect()
}

fn identify(inventory: &mut Inventory, node: &str, id: &Value) {
    let of = inventory.nodes.iter_mut().find(|it| it.name == node);
    of.unwrap().router_id = match id.as_str() {
        None => None,
        Some("hash") => Some(hashed_router_id(node)),
        Some(id) => Some(id.parse().unwrap()),
    };
}

/// Compares all six files of a node; says how many.
fn equals(inventory: &Inventory, node: &str, form: Form, folder: &Path) -> usize {
    let at = inventory.nodes.iter().position(|it| it.name == node);
    let files = bird::node(inventory, at.unwrap(), form);
    for file in &files {
        let path: PathBuf = folder.join(&file.name);
        let wanted = fs::read_to_string(&path).unwrap();
        let (wanted, found) = (statements(&wanted), statements(&file.text));
        assert_eq!(found, wanted, "{}", path.display());
    }
    files.len()
}

/// What a text says: without comments, passwords, and ways to write blanks and
/// IPv6 prefixes.
fn statements(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap());
    let lines = lines.filter(|line| !line.trim_start().starts_with("password "));
    let words = lines.flat_map(str::split_whitespace).map(|word| {
        let end = word.find([')', '{']).unwrap_or(word.len());
        let (prefix, after) = word.split_at(end);
        let canonical = prefix
            .split_once('/')
            .and_then(|(addr, length)| Prefix::new(addr.parse().ok()?, length.parse().ok()?).ok());
        canonical.map_or_else(|| word.to_owned(), |prefix| format!("{prefix}{after}"))
    });
    let mut statements = vec![String::new()];
    for word in words {
        let statement = statements.last_mut().unwrap();
        statement.push_str(&word);
        if word.ends_with([';', '{', '}']) {
            statements.push(String::new());
        } else {
            statement.push(' ');
        }
    }
    statements
}

/// Steps of a test that has no blocks in them.
const BARE: [&str; 3] = [
    "bgpfilter/node_mesh priority1",
    "bgpfilter/node_mesh priority2",
    "bgpfilter/node_mesh priority3",
];

/// What is not compared, and why.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "local_bgp_peer base",
    "peers on workloads are not planned with",
)];
