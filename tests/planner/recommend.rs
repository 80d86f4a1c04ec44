//! `planner recommend`, and what is made of it.

use std::{fs, path::Path};

use serde_json::Value;

use super::{planner, text};

#[test]
fn what_is_recommended_is_written_checked_and_migrated_to() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recommended");
    let _ = fs::remove_dir_all(&folder);
    let (from, to) = (
        "examples/clusters/reflectors-before.yaml",
        folder.to_str().unwrap(),
    );
    let run = planner(
        &[
            "recommend",
            "--max-sessions",
            "2",
            "--survive",
            "1",
            from,
            "--apply",
            to,
        ],
        "",
    );
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{said}");
    assert!(said.contains("Its resources are in"), "{said}");
    let check = planner(&["check", to], "");
    assert_eq!(check.status.code(), Some(0), "{check:?}");
    let again = planner(&["recommend", from, "--apply", to], "");
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("expected a new or empty folder"));
    let steps = planner(&["migrate", "--from", from, "--to", to], "");
    assert_eq!(steps.status.code(), Some(0), "{steps:?}");
}

#[test]
fn strategies_are_ranked_for_programs_too() {
    let run = planner(
        &[
            "recommend",
            "--nodes",
            "300",
            "--racks",
            "6",
            "--format",
            "json",
        ],
        "",
    );
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let said: Value = serde_json::from_slice(&run.stdout).unwrap();
    let ranked = said["ranked"].as_array().unwrap();
    assert_eq!(ranked[0]["name"], "2 reflectors");
    assert_eq!(ranked[0]["sessions"], 597);
    let mesh = ranked.iter().find(|it| it["name"] == "full mesh").unwrap();
    assert_eq!(mesh["sessions"], 44_850);
    let why = said["why"].as_array().unwrap();
    assert_eq!(why.len(), ranked.len() + 1, "{why:?}");
}

#[test]
fn requirements_that_cannot_be_are_refused() {
    let cluster = "examples/clusters/reflectors.yaml";
    for (arguments, expected) in [
        (
            vec!["--pin", "x"],
            "pinned names \"x\", and no node is called so",
        ),
        (
            vec![
                "--pin",
                "calico-bgp-reflectors-worker",
                "--forbid",
                "calico-bgp-reflectors-worker",
            ],
            "node \"calico-bgp-reflectors-worker\" is both pinned and forbidden",
        ),
    ] {
        let arguments: Vec<_> = ["recommend", cluster]
            .into_iter()
            .chain(arguments)
            .collect();
        let run = planner(&arguments, "");
        assert_eq!(run.status.code(), Some(2), "{run:?}");
        assert!(text(&run.stderr).contains(expected), "{run:?}");
    }
}

#[test]
fn a_node_is_drained_in_steps() {
    let cluster = "examples/clusters/reflectors.yaml";
    let drain = |node: &str| planner(&["migrate", "--from", cluster, "--drain", node], "");
    let run = drain("calico-bgp-reflectors-reflector1");
    let said = text(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{said}");
    for expected in [
        "1. make \"calico-bgp-reflectors-control-plane\" a reflector of cluster 244.0.0.1",
        "2. make \"calico-bgp-reflectors-reflector1\" a node like the others",
        "3. cordon and drain calico-bgp-reflectors-reflector1",
        "4. take calico-bgp-reflectors-reflector1 down",
        "No route is lost between routers that stay.",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    let run = drain("nobody");
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(
        said.contains("drain names \"nobody\", and no node is called so"),
        "{said}"
    );
}
