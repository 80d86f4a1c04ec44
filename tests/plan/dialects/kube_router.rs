//! kube-router.

use std::collections::BTreeMap;

use bgpwright::plan::{Severity, Verdict, plan};
use serde_json::Value;

use super::{clean, nodes, read, said, upstream};

#[test]
fn reflection_servers_and_clients_peer_as_kube_router_has_them() {
    let (Some(text), Some(expected)) = (
        upstream("kube-router/nodes_rr.yaml"),
        upstream("kube-router/nodes_rr.expected.json"),
    ) else {
        return;
    };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let reading = clean(&text);
    let plan = plan(&reading.inventory);
    let by_address: BTreeMap<String, &str> = plan
        .routers
        .iter()
        .map(|it| (it.addresses[0].addr.to_string(), it.name.as_str()))
        .collect();
    let list = |tree: &Value| -> Vec<String> {
        let items = tree.as_array().unwrap().iter();
        items.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    for router in &plan.routers {
        let of = &expected[&router.name];
        let name = |it: &core::net::IpAddr| by_address[&it.to_string()].to_owned();
        let mut peers: Vec<String> = router.ends.iter().map(|it| name(&it.neighbor)).collect();
        peers.sort();
        assert_eq!(peers, list(&of["peers"]), "{}", router.name);
        let clients = router
            .ends
            .iter()
            .filter(|it| it.reflector_client.is_some());
        let mut clients: Vec<String> = clients.map(|it| name(&it.neighbor)).collect();
        clients.sort();
        assert_eq!(clients, list(&of["rr_clients"]), "{}", router.name);
        assert!(router.ends.iter().all(|it| it.remote_as.0 == 64_512));
    }
    let half = plan
        .sessions
        .iter()
        .filter(|it| it.verdict == Verdict::HalfOpen);
    let mut half: Vec<Vec<String>> = half
        .map(|it| {
            let end = plan.end(it.a).unwrap();
            vec![
                plan.routers[it.a.router].name.clone(),
                by_address[&end.neighbor.to_string()].to_owned(),
            ]
        })
        .collect();
    half.sort();
    let expected: Vec<Vec<String>> = expected["half_open"]
        .as_array()
        .unwrap()
        .iter()
        .map(list)
        .collect();
    assert_eq!(half, expected);
}

fn annotated(annotations: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  annotations:\n{annotations}\nstatus: \
         {{addresses: [{{type: InternalIP, address: 10.0.0.1}}]}}\n"
    )
}

#[test]
fn peers_of_a_node_come_in_columns_or_as_a_list() {
    let text = annotated(
        "    kube-router.io/peer.ips: 192.0.2.1,192.0.2.2\n    kube-router.io/peer.asns: \
         65000,65001\n    kube-router.io/peer.ports: 179,1790\n    kube-router.io/peer.passwords: \
         c2VjcmV0,c2VjcmV0\n    kube-router.io/node.asn: \"64600\"",
    );
    let reading = clean(&text);
    let plan = plan(&reading.inventory);
    let ends = &plan.routers[0].ends;
    assert_eq!(ends.len(), 2);
    assert_eq!(
        (ends[1].neighbor.to_string(), ends[1].port),
        ("192.0.2.2".into(), Some(1790))
    );
    assert_eq!((ends[1].remote_as.0, ends[1].local_as.0), (65_001, 64_600));
    assert!(
        ends.iter()
            .all(|it| it.password.is_some() && it.hops == Some(1))
    );
    let shown = format!("{:?}", reading.inventory);
    assert!(!shown.contains("c2VjcmV0"), "a password shows");
    let Some(list) = upstream("kube-router/peers_annotation.yaml") else {
        return;
    };
    let list: String = list
        .lines()
        .fold(String::new(), |all, it| all + "\n      " + it);
    let reading = clean(&annotated(&format!("    kube-router.io/peers: |{list}")));
    let plan = super::plan(&reading.inventory);
    let ends = &plan.routers[0].ends;
    let facts: Vec<_> = ends
        .iter()
        .map(|it| {
            (
                it.neighbor.to_string(),
                it.remote_as.0,
                it.port,
                it.bfd,
                it.local.to_string(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            (
                "192.168.1.100".into(),
                65_000,
                Some(1790),
                true,
                "10.1.1.2".into()
            ),
            (
                "192.168.1.99".into(),
                65_000,
                None,
                false,
                "10.0.0.1".to_owned()
            ),
        ]
    );
    assert!(ends[1].password.is_some());
}

#[test]
fn lists_that_do_not_fit_are_refused() {
    let text = annotated(
        "    kube-router.io/peer.ips: 192.0.2.1,x\n    kube-router.io/peer.asns: \"65000\"\n    \
         kube-router.io/rr.server: abc\n    kube-router.io/peers: \"[{remoteasn: 0.5}]\"",
    );
    let errors = said(&read(&text), Severity::Error);
    for expected in [
        "kube-router.io/peer.asns: expected one for each of 2 ips, found 1",
        "kube-router.io/rr.server: expected a number, or a dotted quad such as 1.0.0.1, found \"abc\"",
        "kube-router.io/peers.remoteip: expected a value, found none",
    ] {
        assert!(
            errors.iter().any(|it| it.contains(expected)),
            "{expected} in {errors:?}"
        );
    }
}

const DAEMON: &str = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: kube-router, namespace: \
    kube-system}\nspec: {template: {spec: {containers: [{name: kube-router, image: \
    docker.io/cloudnativelabs/kube-router, args: [FLAGS]}]}}}\n---\n";

#[test]
fn flags_hold_for_all_nodes() {
    let nodes = nodes(&[("a", "", "10.0.0.1"), ("b", "", "10.0.0.2")]);
    let flags = "--cluster-asn=65100, --bgp-port=1179, --peer-router-ips=192.0.2.9, \
                 --peer-router-asns=65200, --peer-router-multihop-ttl=3, --bgp-holdtime=30s, \
                 --bgp-graceful-restart=true";
    let plan = plan(&clean(&(DAEMON.replace("FLAGS", flags) + &nodes)).inventory);
    let ends = &plan.routers[0].ends;
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|it| it.local_as.0 == 65_100));
    let outside = ends.iter().find(|it| it.remote_as.0 == 65_200).unwrap();
    assert_eq!(
        (outside.hops, outside.graceful_restart),
        (Some(3), Some(true))
    );
    assert_eq!(plan.routers[0].listen_port, 1179);
    let inside = ends.iter().find(|it| it.remote_as.0 == 65_100).unwrap();
    assert_eq!(
        (inside.port, inside.hold_time.unwrap().as_secs()),
        (Some(1179), 30)
    );
    // Without the mesh, nodes of one AS peer, and of others do not.
    let off = DAEMON.replace("FLAGS", "--nodes-full-mesh=false");
    let reading = clean(&(off + &nodes));
    assert_eq!(super::plan(&reading.inventory).sessions.len(), 0);
    let warned = said(&reading, Severity::Warning);
    assert!(
        warned[0].contains("nodes without kube-router.io/node.asn"),
        "{warned:?}"
    );
    let wrong = DAEMON.replace("FLAGS", "--cluster-asn=x, --nodes-full-mesh=maybe");
    let errors = said(&read(&(wrong + &nodes)), Severity::Error);
    assert_eq!(errors.len(), 2, "{errors:?}");
}

#[test]
fn an_id_that_no_server_has_is_warned_of() {
    let text = annotated("    kube-router.io/rr.client: \"7\"");
    let warned = said(&read(&text), Severity::Warning);
    assert!(
        warned[0].contains("no server has the id \"7\""),
        "{warned:?}"
    );
}
