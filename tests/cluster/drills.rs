//! Nodes that go and come back while the cluster is up.

use serde_json::Value;

use crate::program::{run, run_json};

/// What was told of a drill, in order.
fn told(document: &Value) -> Vec<&str> {
    let events = document["events"].as_array().unwrap().iter();
    events
        .map(|event| event["text"].as_str().unwrap())
        .collect()
}

#[test]
fn a_stopped_nodes_routes_go_at_once_and_come_back() {
    let arguments = ["--restart", "calico-bgp-fullmesh-worker"];
    let (run, document) = run_json(&arguments);
    run.expect(0);
    let told = told(&document);
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].starts_with("stopping in order"), "{told:#?}");
    assert!(
        told[1].starts_with("2 of 2 routes to it are gone after "),
        "{told:#?}"
    );
    assert!(
        told[1].ends_with("; 2 of 2 neighbours were told"),
        "{told:#?}"
    );
    assert_eq!(told[2], "starting again");
    assert!(
        told[3].starts_with("2 of 2 routes to it are there, 0 stale, "),
        "{told:#?}"
    );
    assert!(
        told[3].ends_with("3 of 3 sessions Established, 6 of 6 pairs reached"),
        "{told:#?}"
    );
    assert_eq!(document["sessions"]["established"], 3);
}

#[test]
fn a_crashed_nodes_routes_stay_as_stale_and_are_refreshed() {
    let arguments = ["--crash", "calico-bgp-fullmesh-worker"];
    let (run, document) = run_json(&arguments);
    run.expect(0);
    let told = told(&document);
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].starts_with("crashing"), "{told:#?}");
    assert_eq!(told[1], "2 of 2 routes to it are kept, 2 of them as stale");
    assert_eq!(told[2], "back, and says that it restarted");
    assert!(
        told[3].starts_with("2 of 2 routes to it are there, 0 stale, "),
        "{told:#?}"
    );
    assert!(
        told[3].ends_with("3 of 3 sessions Established, 6 of 6 pairs reached"),
        "{told:#?}"
    );
    let stale = document["nodes"].as_array().unwrap().iter().any(|node| {
        let mut routes = node["routes"].as_array().unwrap().iter();
        routes.any(|route| route["stale"] == true)
    });
    assert!(!stale, "a route was not refreshed");
}

#[test]
fn a_leaf_restarts_and_its_rack_is_reached_again() {
    let arguments = [
        "examples/clusters/rack.yaml",
        "--restart",
        "leaf0",
        "--crash",
        "calico-bgp-rr-worker2",
    ];
    let run = run(&arguments);
    run.expect(0);
    assert!(run.stdout.contains("leaf0: starting again"), "{run:#?}");
    assert!(
        run.stdout.contains("calico-bgp-rr-worker2: crashing"),
        "{run:#?}"
    );
    assert!(run.stdout.contains("12 of 12 pairs reached"), "{run:#?}");
}
