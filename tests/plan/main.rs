//! The planner: Calico's rules, both ends, and what bad input is told.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail by panicking"
)]

mod bad_input;
mod carried;
mod checks;
mod clusters;
mod complaints;
mod confd;
mod dialects;
mod export;
mod filters;
mod findings;
mod migrate;
mod properties;
mod reconcile;
mod selectors;
mod speakers;
mod status;
mod strategy;
mod traps;
mod validation;
mod visibility;

use std::{collections::BTreeMap, env, path::PathBuf};

use bgpwright::{
    plan::{
        Expansion, Inventory, Origin, SessionEnd,
        dialect::calico::{self, Reading},
        inventory::NextHop,
        yaml::{Limits, Source},
    },
    types::{Asn, Family, PeerType},
};
use serde_json::{Value, json};

fn read(text: &str) -> Reading {
    let source = Source {
        name: "input.yaml",
        text,
    };
    calico::read(&[source], &Limits::default())
}

fn problems(text: &str) -> Vec<String> {
    let read = read(text);
    read.problems.iter().map(ToString::to_string).collect()
}

/// Where foreign test data is, or why a test is skipped.
fn upstream_data() -> Option<PathBuf> {
    let data = env::var_os("BGPWRIGHT_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("skipped: BGPWRIGHT_DATA is not set");
    }
    data.map(|data| data.join("upstream/calico"))
}

/// A node's ends in the form of the expected sessions in the test data.
fn sessions(inventory: &Inventory, node: &str, family: Family) -> Vec<Value> {
    let index = inventory.nodes.iter().position(|n| n.name == node).unwrap();
    let ends = Expansion::new(inventory).ends(index);
    let of_family = ends.iter().filter(|end| end.family() == family);
    of_family.map(session).collect()
}

fn session(end: &SessionEnd) -> Value {
    json!({
        "name": end.protocol_name(),
        "origin": match end.origin {
            Origin::Mesh => "mesh",
            Origin::Global(_) => "global",
            _ => "node",
        },
        "neighbor": end.neighbor_text.as_deref().map_or_else(|| end.neighbor.to_string(), Into::into),
        "port": end.port,
        "remote_as": end.remote_as.0,
        "local_as_override": end.local_as_override.then_some(end.local_as.0),
        "source": (!end.any_source_address).then(|| end.local.to_string()),
        "passive": end.passive,
        "ttl_security": end.ttl_security.is_some(),
        "multihop": end.ttl_security.map_or(json!(true), |hops| json!(hops)),
        "rr_client": end.reflector_client.is_some(),
        "rr_cluster_id": end.reflector_client.map(|id| id.to_string()),
        "gr_time": end.restart_time.map(|time| time.as_secs()),
        "keepalive": end.keepalive.map(|time| time.as_secs()),
        "next_hop": match end.next_hop {
            NextHop::Own => Some("self"),
            NextHop::Keep => Some("keep"),
            _ => None,
        },
        "allow_local_as": end.allow_local_as,
        "import_filters": end.import_filters.iter().map(|it| &**it).collect::<Vec<_>>(),
        "export_filters": end.export_filters.iter().map(|it| &**it).collect::<Vec<_>>(),
        "ibgp": end.peer_type() == PeerType::Internal && end.remote_as != Asn::ZERO,
    })
}

/// What is left of expected sessions without the exceptions.
fn comparable(expected: &Value) -> Vec<Value> {
    let exceptions = exceptions();
    let mut expected = expected.as_array().cloned().unwrap_or_default();
    expected.retain(|session| {
        let origin = session["origin"].as_str().unwrap();
        !exceptions.contains_key(&format!("origin {origin}"))
    });
    for session in &mut expected {
        let fields = session.as_object_mut().unwrap();
        fields.retain(|field, _| !exceptions.contains_key(&format!("field {field}")));
    }
    expected
}

/// `tests/data/calico/confd-exceptions.txt`: what is not compared, and why.
fn exceptions() -> BTreeMap<String, String> {
    let text = include_str!("../data/calico/confd-exceptions.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (what, reason) = line.split_once(": ").expect("a reason");
            (what.to_string(), reason.to_string())
        })
        .collect()
}

/// The pairing findings of one family, as the test data has them: kind, node,
/// and the peer or neighbour.
fn issues(inventory: &Inventory, family: Family) -> Vec<(String, String, String)> {
    let mut one_family = inventory.clone();
    for node in &mut one_family.nodes {
        if family == Family::IPV4_UNICAST {
            node.ipv6 = None;
        } else {
            node.ipv4 = None;
        }
    }
    let kinds = [
        "half-open",
        "as-mismatch",
        "port-mismatch",
        "duplicate-neighbor",
        "remote-as-zero",
    ];
    let plan = bgpwright::plan::plan(&one_family);
    let found = plan.findings.iter();
    let mut found: Vec<_> = found
        .filter(|finding| kinds.contains(&finding.code.as_str()))
        .map(|finding| {
            let [node, peer] = finding.subjects.as_slice() else {
                panic!("{finding:?}")
            };
            let kind = finding.code.as_str().replace('-', "_");
            (kind, node.clone(), peer.clone())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn expected_issues(expected: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let issues = expected.as_array().into_iter().flatten();
    let mut issues: Vec<_> = issues
        .map(|issue| {
            let peer = issue.get("peer").unwrap_or_else(|| &issue["neighbor"]);
            (text(&issue["kind"]), text(&issue["node"]), text(peer))
        })
        .collect();
    issues.sort();
    issues.dedup();
    issues
}
