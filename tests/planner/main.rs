//! The planner as its users run it: files in, tables and JSON out, and an exit
//! status.
#![expect(clippy::unwrap_used, reason = "tests: what is not there fails them")]

#[path = "../common/example.rs"]
mod example;
mod recommend;
mod render;
mod report;

use std::{
    env, fs,
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
        "warning[single-point]: ipv4-unicast: without \"leaf0\"",
        "warning[single-point]: ipv4-unicast: without \"leaf1\"",
        "fix: give each of its neighbours a second session, to another router: two leaves",
        "at router \"leaf1\" routerID (examples/clusters/rack.fabric.yaml:31)",
        "0 errors, 3 warnings, 3 notes",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

#[test]
fn ci_systems_get_sarif_with_files_and_lines() {
    let run = planner(
        &["check", "--format", "sarif", "examples/clusters/rack.yaml"],
        "",
    );
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let said: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(said["version"], "2.1.0");
    let of = &said["runs"][0];
    let rules: Vec<_> = of["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let results = of["results"].as_array().unwrap();
    for result in results {
        let rule = rules.iter().find(|rule| rule["id"] == result["ruleId"]);
        assert!(rule.is_some(), "{result}");
    }
    let shared = results
        .iter()
        .find(|it| it["ruleId"] == "shared-router-id")
        .unwrap();
    let place = &shared["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "examples/clusters/rack.fabric.yaml"
    );
    assert_eq!(place["region"]["startLine"], 31);
}

#[test]
fn a_mesh_of_ten_thousand_nodes_is_counted_and_asked_for_node_by_node() {
    let node = |at: usize| {
        format!(
            "- {{apiVersion: projectcalico.org/v3, kind: Node, metadata: {{name: n{at}}}, spec: {{bgp: \
             {{ipv4Address: 10.{}.{}.{}/8}}}}}}\n",
            at / 62500,
            at / 250 % 250,
            at % 250 + 1
        )
    };
    let nodes: String = (0..10_000).map(node).collect();
    let text_of = format!("kind: List\napiVersion: v1\nitems:\n{nodes}");
    let run = planner(&["sessions", "-"], &text_of);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let said = text(&run.stdout);
    assert!(
        said.contains("10000 nodes with 49995000 sessions"),
        "{said}"
    );
    let run = planner(
        &["sessions", "--node", "n7", "--format", "json", "-"],
        &text_of,
    );
    let said: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(said["n7"]["ipv4"].as_array().unwrap().len(), 9_999);
    let run = planner(&["sessions", "--node", "n7", "-"], &text_of);
    assert!(text(&run.stdout).contains("9999 sessions of 10000 routers"));
    let run = planner(&["check", "-"], &text_of);
    assert_eq!(run.status.code(), Some(1));
    assert!(
        text(&run.stdout).contains("error[mesh-too-large]"),
        "{run:?}"
    );
}

#[test]
fn steps_from_a_mesh_to_reflectors_are_printed_and_none_loses_a_route() {
    let files = [
        "--from",
        "examples/clusters/reflectors-before.yaml",
        "--to",
        "examples/clusters/reflectors.yaml",
    ];
    let run = planner(&[&["migrate"][..], &files].concat(), "");
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{said}");
    assert!(said.contains("no route is lost"), "{said}");
    assert!(said.contains("switch the full mesh off"), "{said}");
    let folder = env::temp_dir().join(format!("planner-steps-{}", std::process::id()));
    let folder_text = folder.display().to_string();
    let out = ["--out", folder_text.as_str()];
    let run = planner(&[&["migrate"][..], &files, &out].concat(), "");
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let mut written: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    written.sort();
    assert_eq!(
        written,
        [
            "01-apply.sh",
            "01-apply.yaml",
            "01-rollback.sh",
            "02-apply.sh",
            "02-rollback.sh",
            "03-apply.sh",
            "03-rollback.sh",
            "04-apply.sh",
            "04-rollback.sh",
        ]
    );
    // The label and the cluster id in one patch, and both away again.
    let script = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let step = script("02-apply.sh");
    let patch = r#"{"metadata":{"annotations":{"projectcalico.org/RouteReflectorClusterID":"244.0.0.1"},"labels":{"#;
    assert!(step.contains(patch), "{step}");
    assert!(step.contains("# Before: kubectl drain"), "{step}");
    let back = script("02-rollback.sh");
    assert!(back.contains(r#"RouteReflectorClusterID":null"#), "{back}");
    let off = script("04-apply.sh");
    let patch = r#"calicoctl patch bgpconfiguration default --type=merge --patch '{"spec":{"nodeToNodeMeshEnabled":false}}'"#;
    assert!(off.contains(patch), "{off}");
    for name in &written {
        let path = folder.join(name);
        if path.extension().is_some_and(|it| it == "sh") {
            let run = Command::new("sh").arg("-n").arg(&path).output().unwrap();
            assert!(run.status.success(), "{run:?}");
        }
    }
    let again = planner(&[&["migrate"][..], &files, &out].concat(), "");
    assert_eq!(again.status.code(), Some(2), "the folder is not empty");
    fs::remove_dir_all(&folder).unwrap();
    let run = planner(&[&["migrate", "--at-once"][..], &files].concat(), "");
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("At once this loses routes"), "{said}");
    let run = planner(&[&["migrate", "--format", "json"][..], &files].concat(), "");
    let said: Value = serde_json::from_slice(&run.stdout).unwrap();
    let steps = said["steps"].as_array().unwrap();
    assert!(
        steps
            .iter()
            .all(|step| step["rollback"].as_array().is_some_and(|it| !it.is_empty()))
    );
}

#[test]
fn what_runs_is_held_against_the_plan() {
    let mesh = "examples/clusters/mesh.yaml";
    let table = |info: &str| {
        format!(
            "Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+-------------+
| PEER ADDRESS | PEER TYPE         | STATE | SINCE    | INFO        |
+--------------+-------------------+-------+----------+-------------+
| 172.18.0.3   | node-to-node mesh | up    | 23:30:04 | Established |
| 172.18.0.4   | node-to-node mesh | {info} |
+--------------+-------------------+-------+----------+-------------+
"
        )
    };
    let up = table("up    | 23:30:04 | Established");
    let run = planner(&["status", mesh, "--observed", "-"], &up);
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{said} {}", text(&run.stderr));
    assert!(
        said.contains("1 of 3 routers observed: 2 of 2 sessions up, 0 differences"),
        "{said}"
    );
    let down = table("start | 23:30:04 | Active Socket: Connection refused");
    let run = planner(&["status", mesh, "--observed", "-"], &down);
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(
        said.contains("nobody listens at the neighbour's address and port"),
        "{said}"
    );
    let run = planner(&["status", mesh, "--observed", "nobody=-"], &up);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("no node or router \"nobody\""));
}

#[test]
fn the_report_is_one_page_that_nothing_in_the_input_breaks_out_of() {
    let hostile = "</script><img src=x onerror=alert(1)>";
    let nodes = format!(
        "kind: List\napiVersion: v1\nitems:\n- apiVersion: projectcalico.org/v3\n  kind: Node\n  metadata: {{name: a, labels: {{rack: {hostile:?}}}}}\n  spec: {{bgp: {{ipv4Address: 10.0.0.1/24}}}}\n- apiVersion: projectcalico.org/v3\n  kind: Node\n  metadata: {{name: b}}\n  spec: {{bgp: {{ipv4Address: 10.0.0.2/24}}}}\n"
    );
    let run = planner(&["report", "-"], &nodes);
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(said.starts_with("<!doctype html>") || said.starts_with("<!DOCTYPE html>"));
    assert!(
        !said.contains(hostile) && !said.contains("<img src=x"),
        "it breaks out"
    );
    for fetches in ["src=\"http", "href=\"http", "url(http", "@import", "fetch("] {
        assert!(!said.contains(fetches), "nothing is fetched: {fetches}");
    }
    assert!(said.contains("Content-Security-Policy"));
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let run = planner(&["completions", shell], "");
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        assert!(text(&run.stdout).contains("sessions"), "{shell}");
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
    let expected = fs::read(root.join(expected)).unwrap();
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

#[test]
fn other_projects_resources_are_known_by_their_words_or_told() {
    let text = "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {name: tor}\nspec: {myASN: \
                64600, peerASN: 65000, peerAddress: 10.0.0.254}\n---\napiVersion: v1\nkind: Node\n\
                metadata: {name: a}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.1}]}\n";
    let run = planner(&["sessions", "--format", "json", "-"], text);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    assert!(text_of(&run).contains("\"10.0.0.254\""), "{run:?}");
    let told = planner(&["sessions", "--dialect", "metallb", "-"], text);
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    let wrong = planner(&["sessions", "--dialect", "calico", "-"], text);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    let mixed = format!("{text}---\napiVersion: cilium.io/v2\nkind: CiliumBGPClusterConfig\n");
    let run = planner(&["check", "-"], &mixed);
    assert_eq!(run.status.code(), Some(2));
    let said = self::text(&run.stderr);
    assert!(
        said.contains("resources of several projects: Cilium") && said.contains("(--dialect)"),
        "{said}"
    );
}

fn text_of(run: &Output) -> String {
    text(&run.stdout)
}
