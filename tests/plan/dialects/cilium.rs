//! Cilium.

use core::fmt::Write as _;

use bgpwright::{
    plan::{
        Checks, Code, Severity, Verdict, check, fabric, plan,
        yaml::{Limits, Source},
    },
    types::Asn,
};
use serde_json::Value;

use super::{clean, neighbors, nodes, read, said, upstream};

#[test]
fn two_nodes_with_two_routers_each_peer_as_the_lab_has_it() {
    let (Some(text), Some(facts)) = (
        upstream("cilium/multi_homing.yaml"),
        upstream("cilium/multi_homing.facts.json"),
    ) else {
        return;
    };
    let facts: Value = serde_json::from_str(&facts).unwrap();
    let mut all = text;
    for (name, node) in facts["nodes"].as_object().unwrap() {
        let addresses = node["addrs"].as_array().unwrap().iter();
        let addresses: Vec<&str> = addresses
            .map(|it| it.as_str().unwrap().split('/').next().unwrap())
            .collect();
        all += &nodes(&[(name, "bgp: \"65001\"", &addresses.join(" "))]);
    }
    let reading = clean(&all);
    let mut inventory = reading.inventory;
    let mut routers = String::from("routers:\n");
    for (name, router) in facts["routers"].as_object().unwrap() {
        let loopback = router["loopback"].as_str().unwrap();
        let _ = write!(
            routers,
            "- {{name: {name}, as: {}, routerID: {}, interfaces: [\"{loopback}/128\"], neighbors: [",
            router["asn"], router["router_id"]
        );
        for neighbor in router["neighbors"].as_array().unwrap() {
            let _ = write!(
                routers,
                "{{address: {neighbor}, as: 65001, localAddress: \"{loopback}\", import: accept, export: accept}}, "
            );
        }
        routers += "]}\n";
    }
    let source = Source {
        name: "lab.fabric.yaml",
        text: &routers,
    };
    fabric::read(source, &Limits::default())
        .unwrap()
        .apply(&mut inventory);
    let plan = plan(&inventory);
    let mut found: Vec<_> = plan
        .sessions
        .iter()
        .map(|session| {
            let (a, b) = (plan.end(session.a).unwrap(), session.b.unwrap());
            (
                plan.routers[session.a.router].name.clone(),
                a.local.to_string(),
                plan.routers[b.router].name.clone(),
                a.neighbor.to_string(),
                (a.local_as.0, a.remote_as.0),
                session.verdict,
            )
        })
        .collect();
    found.sort();
    let expected = facts["expected_sessions"].as_array().unwrap().iter();
    let addr = |it: &Value| {
        it.as_str()
            .unwrap()
            .parse::<core::net::IpAddr>()
            .unwrap()
            .to_string()
    };
    let mut expected: Vec<_> = expected
        .map(|it| {
            let number = |at: usize| u32::try_from(it[at].as_u64().unwrap()).unwrap();
            (
                format!("bgpv2-cplane-dev-multi-homing-{}", it[0].as_str().unwrap()),
                addr(&it[1]),
                it[2].as_str().unwrap().to_owned(),
                addr(&it[3]),
                (number(4), number(5)),
                Verdict::Established,
            )
        })
        .collect();
    expected.sort();
    assert_eq!(found, expected);
    let ids: Vec<String> = inventory
        .nodes
        .iter()
        .map(|it| it.router_id.unwrap().to_string())
        .collect();
    assert_eq!(ids, ["1.2.3.4", "5.6.7.8"]);
    let end = &plan.routers[0].ends[0];
    assert_eq!(end.restart_time.unwrap().as_secs(), 15);
    assert_eq!((end.hops, end.graceful_restart), (Some(1), Some(true)));
    assert_eq!(end.password.as_ref().unwrap().name, "bgp-auth-secret");
    // The advertisement is of pods.
    assert!(inventory.nodes.iter().all(|it| !it.advertised.is_empty()));
    assert!(
        said_notes(&all)
            .iter()
            .any(|it| it.contains("MissingAuthSecret"))
    );
}

fn said_notes(text: &str) -> Vec<String> {
    said(&read(text), Severity::Note)
}

#[test]
fn timers_hops_ports_and_overrides_are_those_of_the_resources() {
    let Some(text) = upstream("cilium/tor_cluster_config.yaml") else {
        return;
    };
    let all = text
        + &nodes(&[
            (
                "bgp-cplane-dev-multi-homing-worker",
                "rack: rack0",
                "fd00::1 10.0.0.1",
            ),
            ("other", "rack: rack0", "fd00::2 10.0.0.2"),
            ("elsewhere", "rack: rack1", "fd00::3 10.0.0.3"),
        ]);
    let reading = clean(&all);
    let plan = plan(&reading.inventory);
    let [own, other, elsewhere] = &plan.routers[..] else {
        panic!()
    };
    assert_eq!(own.ends.len(), 2);
    assert_eq!((own.asn.0, other.asn.0), (65_010, 65_000));
    assert_eq!((own.listen_port, other.listen_port), (1790, 179));
    assert_eq!(own.router_id.to_string(), "192.168.10.1");
    let locals: Vec<String> = own.ends.iter().map(|it| it.local.to_string()).collect();
    assert_eq!(locals, ["fd00:10:0:2::2", "fd00:11:0:2::2"]);
    let end = &other.ends[0];
    assert_eq!(
        (
            end.hold_time.unwrap().as_secs(),
            end.keepalive.unwrap().as_secs()
        ),
        (9, 3)
    );
    assert_eq!(
        (end.hops, end.connect_retry.unwrap().as_secs()),
        (Some(4), 120)
    );
    assert_eq!(elsewhere.ends, []);
    assert!(reading.inventory.nodes[2].advertised.is_empty());
}

#[test]
fn what_cilium_reports_as_conditions_is_said() {
    let config = |name: &str, selector: &str| {
        format!(
            "apiVersion: cilium.io/v2\nkind: CiliumBGPClusterConfig\nmetadata: {{name: {name}}}\n\
             spec:\n  nodeSelector: {selector}\n  bgpInstances:\n  - name: i\n    localASN: 65001\n\
             \x20   peers:\n    - {{name: p, peerASN: 0, peerAddress: 10.9.9.9, peerConfigRef: {{name: \
             gone}}}}\n---\n"
        )
    };
    let all = config("one", "{matchLabels: {a: b}}")
        + &config("two", "{matchExpressions: [{key: a, operator: Exists}]}")
        + &config("three", "{matchLabels: {nobody: has}}")
        + &nodes(&[("n", "a: b", "10.0.0.1")]);
    let reading = read(&all);
    let errors = said(&reading, Severity::Error);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains(
            "CiliumBGPClusterConfig \"two\": spec.nodeSelector: selects node \"n\", which \
         CiliumBGPClusterConfig \"one\" selects too (ConflictingClusterConfig)"
        ),
        "{errors:?}"
    );
    let warned = said(&reading, Severity::Warning);
    assert!(
        warned.iter().any(|it| it.contains("NoMatchingNode")),
        "{warned:?}"
    );
    assert!(
        warned
            .iter()
            .any(|it| it.contains("\"gone\"") && it.contains("MissingPeerConfigs"))
    );
    // Nothing is announced where nothing says so.
    assert!(reading.inventory.nodes[0].advertised.is_empty());
}

#[test]
fn a_neighbour_of_any_as_has_the_one_that_it_has() {
    let text = "apiVersion: cilium.io/v2\nkind: CiliumBGPClusterConfig\nmetadata: {name: c}\nspec:\n  \
                bgpInstances:\n  - name: i\n    localASN: 65001\n    peers:\n    - {name: p, peerASN: \
                0, peerAddress: 10.0.0.9}\n"
        .to_owned()
        + &nodes(&[("n", "", "10.0.0.1")]);
    let mut inventory = clean(&text).inventory;
    assert_eq!(neighbors(&plan(&inventory), "n"), ["10.0.0.9"]);
    let fabric = "routers: [{name: tor, as: 65999, interfaces: [10.0.0.9/24], neighbors: [{address: \
                  10.0.0.1, as: 65001, import: accept, export: accept}]}]";
    let source = Source {
        name: "x.fabric.yaml",
        text: fabric,
    };
    fabric::read(source, &Limits::default())
        .unwrap()
        .apply(&mut inventory);
    let plan = plan(&inventory);
    assert_eq!(
        plan.sessions[0].verdict,
        Verdict::Established,
        "{:?}",
        plan.findings
    );
    assert_eq!(plan.routers[0].ends[0].remote_as.0, 65_999);
}

#[test]
fn peers_found_by_discovery_are_named_and_left_out() {
    let Some(text) = upstream("cilium/autodiscovery.yaml") else {
        return;
    };
    let reading = clean(&(text + &nodes(&[("n", "", "10.0.0.1")])));
    let warned = said(&reading, Severity::Warning);
    assert!(
        warned
            .iter()
            .any(|it| it.contains("\"tor-switch\" is found by discovery")),
        "{warned:?}"
    );
    assert_eq!(plan(&reading.inventory).sessions, []);
}

/// `peerASN: 0` takes a neighbour of any AS; a node without peers has no mesh to
/// be in.
#[test]
fn a_peer_of_any_as_is_no_mistake() {
    let text = "apiVersion: cilium.io/v2\nkind: CiliumBGPClusterConfig\nmetadata: {name: c}\nspec:\n  \
                nodeSelector: {matchLabels: {rack: r0}}\n  bgpInstances:\n  - {name: i, localASN: 65000, \
                peers: [{name: any, peerASN: 0, peerAddress: 10.0.0.254}]}\n---\n"
        .to_owned()
        + &nodes(&[("a", "rack: r0", "10.0.0.1"), ("b", "rack: r1", "10.0.0.2")]);
    let inventory = clean(&text).inventory;
    let findings = check(&inventory, &plan(&inventory), &Checks::default());
    let codes: Vec<&str> = findings.iter().map(|it| it.code.as_str()).collect();
    assert!(!codes.contains(&"remote-as-zero"), "{findings:?}");
    let isolated = findings
        .iter()
        .find(|it| it.code == Code::Isolated)
        .unwrap();
    let causes: Vec<String> = isolated
        .causes
        .iter()
        .map(|it| it.resource.clone())
        .collect();
    assert_eq!(causes, ["Node \"b\""]);
    let end = &plan(&inventory).routers[0].ends[0];
    assert!(end.takes(Asn(65000)) && end.takes(Asn(1)));
}
