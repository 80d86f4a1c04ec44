//! The example clusters.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::program::{file, node, paths, run, run_json};

#[test]
fn no_argument_runs_a_mesh_and_prints_it_as_calicoctl_does() {
    let run = run(&[]);
    run.expect(0);
    let text = masked(&run.stdout);
    let expected = "\
=== calico-bgp-fullmesh-control-plane: AS 64512, router id 172.18.0.2
Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+-------------+
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |
+--------------+-------------------+-------+----------+-------------+
| 172.18.0.3   | node-to-node mesh | up    | HH:MM:SS | Established |
| 172.18.0.4   | node-to-node mesh | up    | HH:MM:SS | Established |
+--------------+-------------------+-------+----------+-------------+

IPv6 BGP status
No IPv6 peers found.

Routes
+---+---------------+------------+------------+---------+------------+
|   |    PREFIX     |  NEXT HOP  |    FROM    | AS PATH |    WHY     |
+---+---------------+------------+------------+---------+------------+
| * | 10.244.0.0/24 | -          | local      |         | only route |
| * | 10.244.1.0/24 | 172.18.0.3 | 172.18.0.3 |         | only route |
| * | 10.244.2.0/24 | 172.18.0.4 | 172.18.0.4 |         | only route |
+---+---------------+------------+------------+---------+------------+
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\nSessions: 3 of 3 Established\n"), "{text}");
    assert!(
        text.contains("\nReachability: 6 of 6 (node, other node's pod CIDR) pairs\n"),
        "{text}"
    );
    assert!(text.ends_with("\nVerdict: OK\n"), "{text}");
}

#[test]
fn the_mesh_has_every_planned_fact_in_its_json() {
    let (run, document) = run_json(&["examples/clusters/mesh.yaml"]);
    run.expect(0);
    assert_eq!(document["verdict"], "ok");
    assert_eq!(document["sessions"]["planned"], 3);
    assert_eq!(document["sessions"]["established"], 3);
    assert_eq!(document["reachability"]["wanted"], 6);
    assert_eq!(document["reachability"]["reached"], 6);
    assert!(document["seconds"].as_f64().unwrap() > 0.0);
    let worker = node(&document, "calico-bgp-fullmesh-worker");
    assert_eq!(worker["as"], 64512);
    assert_eq!(worker["router_id"], "172.18.0.3");
    let mut peer = worker["peers"][0].clone();
    let since = peer["since"].take();
    assert_eq!(
        since.as_str().map(str::len),
        Some("2026-01-01T00:00:00Z".len())
    );
    let expected = json!({
        "address": "172.18.0.2",
        "type": "node-to-node mesh",
        "state": "up",
        "since": null,
        "info": "Established",
        "as": 64512,
    });
    assert_eq!(peer, expected);
    let route = paths(&document, "calico-bgp-fullmesh-worker", "10.244.2.0/24");
    let expected = json!({
        "prefix": "10.244.2.0/24",
        "next_hop": "172.18.0.4",
        "from": "172.18.0.4",
        "as_path": [],
        "best": true,
        "decided_by": "only-route",
        "usable": true,
        "stale": false,
    });
    assert_eq!(route, [&expected]);
}

#[test]
fn the_rack_lab_reaches_all_twelve_pairs_over_both_spines() {
    let (run, document) = run_json(&["examples/clusters/rack.yaml"]);
    run.expect(0);
    assert_eq!(counts(&document), (8, 8, 12, 12));
    // Every session was ended in order, by both ends.
    assert!(!run.stderr.contains("not closed"), "{run:#?}");
    // Both spines' paths are in each leaf's Adj-RIB-In, one of them the best.
    for (leaf, prefix, asn) in [
        ("leaf0", "10.244.2.0/24", 65008),
        ("leaf0", "10.244.3.0/24", 65008),
        ("leaf1", "10.244.0.0/24", 65005),
        ("leaf1", "10.244.1.0/24", 65005),
    ] {
        let paths = paths(&document, leaf, prefix);
        let mut as_paths: Vec<_> = paths.iter().map(|path| path["as_path"].clone()).collect();
        as_paths.sort_by_key(ToString::to_string);
        assert_eq!(as_paths, [json!([500, asn]), json!([800, asn])], "{leaf}");
        let best = paths.iter().filter(|path| path["best"] == true).count();
        assert_eq!(best, 1, "{leaf}");
    }
    // Within a rack the leaf reflects and leaves the next hop alone; what it
    // has from outside it passes on with itself as next hop.
    let near = paths(&document, "calico-bgp-rr-worker", "10.244.0.0/24");
    assert_eq!(near[0]["next_hop"], "10.1.5.10");
    assert_eq!(near[0]["from"], "10.1.5.1");
    assert_eq!(near[0]["as_path"], json!([]));
    let far = paths(&document, "calico-bgp-rr-worker2", "10.244.0.0/24");
    assert_eq!(far[0]["next_hop"], "10.1.8.1");
    assert_eq!(far[0]["as_path"].as_array().map(Vec::len), Some(2));
}

#[test]
fn without_next_hop_self_the_racks_do_not_reach_each_other_and_the_verdict_says_why() {
    let arguments = [
        "examples/clusters/rack.yaml",
        "--fabric",
        "examples/clusters/rack-no-next-hop-self.fabric.yaml",
    ];
    let (run, document) = run_json(&arguments);
    run.expect(1);
    assert_eq!(document["verdict"], "failed");
    // Sessions are up, neighbours in a rack reach each other: 4 of 12 pairs.
    assert_eq!(counts(&document), (8, 8, 12, 4));
    let unreached = document["reachability"]["unreached"].as_array().unwrap();
    assert_eq!(unreached.len(), 8);
    let reason = unreached
        .iter()
        .find(|pair| pair["node"] == "calico-bgp-rr-worker2" && pair["prefix"] == "10.244.0.0/24")
        .and_then(|pair| pair["reason"].as_str())
        .unwrap();
    assert!(
        reason.contains("cannot resolve the next hop 10.1."),
        "{reason}"
    );
    assert!(reason.contains("next-hop-self"), "{reason}");
}

#[test]
fn sessions_with_nobody_fail_the_run_without_waiting_for_the_timeout() {
    let yaml = fs::read_to_string("examples/clusters/rack.yaml").unwrap();
    let begun = Instant::now();
    let (run, document) = run_json(&[&file("no-leaves.yaml", &yaml)]);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "the timeout is 60 s"
    );
    run.expect(1);
    assert_eq!(counts(&document), (4, 0, 12, 0));
    let down = document["sessions"]["down"][0]["reason"].as_str();
    assert_eq!(down, Some("the plan has no router at that address"));
    let peer = &node(&document, "calico-bgp-rr-worker")["peers"][0];
    assert_eq!(peer["state"], "start");
    assert_eq!(peer["info"], "Active Socket: Connection refused");
}

#[test]
fn a_port_where_nobody_listens_is_not_answered() {
    let yaml = "\
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {name: default}
spec: {asNumber: 64512, nodeToNodeMeshEnabled: false}
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: one}
spec: {bgp: {ipv4Address: 10.0.0.1/24}}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: out}
spec: {peerIP: '10.0.0.9:1790', asNumber: 64999}
";
    let fabric = "\
routers:
- name: outside
  as: 64999
  routerID: 10.0.0.9
  interfaces: {eth0: 10.0.0.9/24}
  neighbors:
  - {address: 10.0.0.1, as: 64512, passive: true, import: accept, export: accept}
";
    let (yaml, fabric) = (file("port.yaml", yaml), file("port.other.yaml", fabric));
    let (run, document) = run_json(&[&yaml, "--fabric", &fabric]);
    run.expect(1);
    assert_eq!(document["sessions"]["established"], 0);
    let down = document["sessions"]["down"][0]["reason"].as_str();
    assert_eq!(down, Some("nobody listens at the port that is dialled"));
}

#[test]
fn a_session_that_cannot_come_up_is_shown_with_its_reason() {
    // `b` is told a local AS that `a` knows nothing of.
    let yaml = "\
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {name: default}
spec: {asNumber: 64512, nodeToNodeMeshEnabled: false}
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: a}
spec: {bgp: {ipv4Address: 10.0.0.1/24}}
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: b}
spec: {bgp: {ipv4Address: 10.0.0.2/24}}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: p}
spec: {node: a, peerIP: 10.0.0.2, asNumber: 64512, localASNumber: 65010}
";
    let (run, document) = run_json(&[&file("local-as.yaml", yaml)]);
    run.expect(1);
    assert!(
        run.stderr.contains("error: [as-mismatch]"),
        "{}",
        run.stderr
    );
    assert_eq!(counts(&document), (1, 0, 2, 0));
    let down = document["sessions"]["down"][0]["reason"].as_str().unwrap();
    assert!(
        down.ends_with("NOTIFICATION received: Bad peer AS"),
        "{down}"
    );
}

#[test]
fn reflectors_serve_the_whole_cluster() {
    let (run, document) = run_json(&["examples/clusters/reflectors.yaml"]);
    run.expect(0);
    let (planned, established, wanted, reached) = counts(&document);
    assert!(planned > 0 && planned == established, "{run:#?}");
    assert!(wanted > 0 && wanted == reached, "{run:#?}");
}

#[test]
fn an_ipv6_cluster_needs_no_ipv6_on_this_machine() {
    let yaml = r#"
apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: one}
spec: {bgp: {ipv6Address: "fd00::1/64", asNumber: 64512}}
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {name: two}
spec: {bgp: {ipv6Address: "fd00::2/64", asNumber: 64512}}
"#;
    let (run, document) = run_json(&[&file("ipv6.yaml", yaml)]);
    run.expect(0);
    assert_eq!(counts(&document), (1, 1, 2, 2));
    let one = node(&document, "one");
    assert_eq!(one["peers"][0]["address"], "fd00::2");
    let routes = one["routes"].as_array().unwrap();
    let learned = routes
        .iter()
        .find(|route| route["from"] == "fd00::2")
        .unwrap();
    assert_eq!(learned["next_hop"], "fd00::2");
    assert!(learned["prefix"].as_str().unwrap().contains("::"));
}

#[test]
fn made_clusters_of_every_mode_come_up() {
    for mode in ["mesh", "rr", "rr-per-rack"] {
        let (run, document) = run_json(&["--nodes", "22", "--mode", mode]);
        run.expect(0);
        let (planned, established, wanted, reached) = counts(&document);
        assert_eq!((established, reached), (planned, wanted), "{mode}");
        assert_eq!(wanted, 22 * 21, "{mode}");
    }
}

#[test]
fn one_node_can_be_asked_for_and_big_clusters_are_cut_short() {
    let one = run(&["--nodes", "20", "--node", "node-7"]);
    one.expect(0);
    assert_eq!(one.stdout.matches("=== ").count(), 1, "{one:#?}");
    assert!(one.stdout.starts_with("=== node-7: AS 64512"), "{one:#?}");
    let few = run(&["--nodes", "20"]);
    few.expect(0);
    assert_eq!(few.stdout.matches("=== ").count(), 3, "{few:#?}");
    let note = "(17 more nodes: --all prints them, --node NAME one)";
    assert!(few.stdout.contains(note), "{few:#?}");
    let all = run(&["--nodes", "20", "--all"]);
    all.expect(0);
    assert_eq!(all.stdout.matches("=== ").count(), 20, "{all:#?}");
}

#[test]
fn one_node_alone_has_nothing_to_reach() {
    let run = run(&["--nodes", "1"]);
    run.expect(0);
    assert!(
        run.stdout.contains("Sessions: 0 of 0 Established"),
        "{run:#?}"
    );
}

/// Sessions planned and established, pairs wanted and reached.
/// A page is only as good as its sample: what the README shows is what the
/// command prints, but for times of day and the cost of the run.
#[test]
fn the_readme_shows_what_the_command_prints() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).unwrap();
    let (_, sample) = readme.split_once("It prints:\n\n```text\n").unwrap();
    let (sample, _) = sample.split_once("\n```\n").unwrap();
    let run = run(&[]);
    let lines = |text: &str| -> Vec<String> {
        let text = masked(text);
        let lines = text
            .lines()
            .filter(|line| !line.starts_with("Converged in "));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(lines(sample), lines(&run.stdout));
}

fn counts(document: &Value) -> (u64, u64, u64, u64) {
    let count = |part: &str, what: &str| document[part][what].as_u64().unwrap();
    (
        count("sessions", "planned"),
        count("sessions", "established"),
        count("reachability", "wanted"),
        count("reachability", "reached"),
    )
}

/// The text with times of day replaced, which differ from run to run.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_time = rest.as_bytes().get(..8).is_some_and(|part| {
            let shape = |(at, octet): (usize, &u8)| match at {
                2 | 5 => *octet == b':',
                _ => octet.is_ascii_digit(),
            };
            part.iter().enumerate().all(shape)
        });
        if is_time {
            masked.push_str("HH:MM:SS");
            rest = &rest[8..];
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}
