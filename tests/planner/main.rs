//! The planner as its users run it: files in, tables and JSON out, and an exit
//! status.
#![expect(clippy::unwrap_used, reason = "tests: what is not there fails them")]

#[path = "../common/example.rs"]
mod example;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

fn planner(arguments: &[&str], input: &str) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = PROGRAM.get_or_init(|| example::build("planner"));
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Who ends before it has read all does not want it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

#[test]
fn the_racks_of_the_blog_have_a_leaf_each_to_lose_and_two_routers_of_one_id() {
    let run = planner(&["check", "examples/clusters/rack.yaml"], "");
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{said}");
    for expected in [
        "warning[shared-router-id]: \"leaf1\" and \"spine1\" both have router id 10.1.8.1",
        "warning[single-point]: AS 65005, ipv4-unicast: without \"leaf0\"",
        "warning[single-point]: AS 65008, ipv4-unicast: without \"leaf1\"",
        "give each client a second reflector",
        "0 errors, 3 warnings, 0 notes",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

#[test]
fn what_will_not_work_is_status_1() {
    let nodes = "apiVersion: v1
kind: List
items:
- apiVersion: projectcalico.org/v3
  kind: BGPConfiguration
  metadata: {name: default}
  spec: {nodeToNodeMeshEnabled: false}
- apiVersion: projectcalico.org/v3
  kind: Node
  metadata: {name: a}
  spec: {bgp: {ipv4Address: 10.0.0.1/24}}
- apiVersion: projectcalico.org/v3
  kind: Node
  metadata: {name: b}
  spec: {bgp: {ipv4Address: 10.0.0.2/24}}
";
    let run = planner(&["check", "--format", "json", "-"], nodes);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let said: Value = serde_json::from_slice(&run.stdout).unwrap();
    let codes = said["findings"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["lost-routes", "isolated", "isolated"]);
}

#[test]
fn bad_input_is_status_2_and_says_where() {
    let run = planner(&["check", "-"], "apiVersion: v1\n");
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(said.starts_with("error: -:1: document 1: kind"), "{said}");
    let run = planner(&["sessions", "no-such-file.yaml"], "");
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(said.contains("cannot read no-such-file.yaml"), "{said}");
    let mesh = "examples/clusters/mesh.yaml";
    let run = planner(&["sessions", "--node", "nobody", mesh], "");
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(
        said.contains("--node nobody: there is no such node"),
        "{said}"
    );
}

#[test]
fn sessions_have_the_fields_of_the_test_data() {
    let folder = "tests/data/calico/traps";
    let expected = format!("{folder}/two-rr-same-cluster.expected.json");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected = std::fs::read(root.join(expected)).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let file = format!("{folder}/two-rr-same-cluster.yaml");
    let run = planner(&["sessions", "--format", "json", &file], "");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let found: Value = serde_json::from_slice(&run.stdout).unwrap();
    let mut compared = 0;
    for (node, sessions) in expected["sessions_v4"].as_object().unwrap() {
        let found = found[node]["ipv4"].as_array().unwrap();
        let sessions = sessions.as_array().unwrap();
        assert_eq!(found.len(), sessions.len(), "{node}");
        for (session, found) in sessions.iter().zip(found) {
            for (field, value) in found.as_object().unwrap() {
                assert_eq!(value, &session[field], "{node}: {field} of {session}");
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared} fields compared");
}
