//! The example clusters, and generated ones.

use std::{fs, path::Path};

use bgpwright::plan::{
    Code, Inventory, Mode, Plan, Severity, Verdict, assign_pod_cidrs, fabric, generate, plan,
    yaml::{Limits, Source},
};

use crate::read;

pub(crate) fn text(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/clusters");
    fs::read_to_string(directory.join(name)).unwrap()
}

pub(crate) fn cluster(name: &str, fabric: Option<&str>) -> Inventory {
    let reading = read(&text(name));
    assert_eq!(reading.problems, []);
    let mut inventory = reading.inventory;
    if let Some(name) = fabric {
        let text = text(name);
        let source = Source { name, text: &text };
        let read = fabric::read(source, &Limits::default()).unwrap();
        read.apply(&mut inventory);
    }
    inventory
}

fn established(plan: &Plan) -> usize {
    let sessions = plan.sessions.iter();
    sessions
        .filter(|s| s.verdict == Verdict::Established)
        .count()
}

fn errors(plan: &Plan) -> usize {
    let findings = plan.findings.iter();
    findings.filter(|f| f.severity == Severity::Error).count()
}

#[test]
fn the_mesh_has_three_sessions() {
    let plan = plan(&cluster("mesh.yaml", None));
    assert_eq!((plan.sessions.len(), established(&plan)), (3, 3));
    assert_eq!(plan.findings, []);
    let node = &plan.routers[1];
    assert_eq!(node.name, "calico-bgp-fullmesh-worker");
    assert_eq!(node.ends[0].type_text(), "node-to-node mesh");
    assert_eq!(node.originates[0].to_string(), "10.244.1.0/24");
    let passive: Vec<_> = node.ends.iter().map(|end| end.passive).collect();
    assert_eq!(passive, [false, true]);
}

#[test]
fn the_rack_lab_has_four_internal_and_four_external_sessions() {
    let plan = plan(&cluster("rack.yaml", Some("rack.fabric.yaml")));
    assert_eq!((plan.sessions.len(), established(&plan)), (8, 8));
    let internal = |session: &&bgpwright::plan::Session| {
        let end = &plan.routers[session.a.router].ends[session.a.end];
        end.local_as == end.remote_as
    };
    assert_eq!(plan.sessions.iter().filter(internal).count(), 4);
    let codes: Vec<_> = plan
        .findings
        .iter()
        .map(|f| (f.code, f.subjects.clone()))
        .collect();
    let shared = vec!["leaf1".to_string(), "spine1".to_string()];
    assert_eq!(codes, [(Code::SharedRouterId, shared)]);
    let spine0 = &plan.routers[6];
    assert_eq!(spine0.router_id.to_string(), "10.1.34.2");
}

#[test]
fn the_rack_lab_without_its_fabric_leads_to_unknown_routers() {
    let plan = plan(&cluster("rack.yaml", None));
    let verdicts: Vec<_> = plan.sessions.iter().map(|s| s.verdict).collect();
    assert_eq!(verdicts, [Verdict::UnknownRemote; 4]);
    assert_eq!(errors(&plan), 0);
}

#[test]
fn reflectors_peer_with_all_and_their_own_session_is_plain() {
    let plan = plan(&cluster("reflectors.yaml", None));
    assert_eq!((plan.sessions.len(), established(&plan)), (9, 9));
    assert_eq!(plan.findings, []);
    let reflector = &plan.routers[1];
    let clients = reflector
        .ends
        .iter()
        .filter(|e| e.reflector_client.is_some());
    assert_eq!((reflector.ends.len(), clients.count()), (5, 4));
}

#[test]
fn generated_clusters_have_the_sessions_of_the_closed_form() {
    for (nodes, mode, sessions) in [
        (0, Mode::Mesh, 0),
        (1, Mode::Mesh, 0),
        (100, Mode::Mesh, 4950),
        (50, Mode::Rr, 2 * 48 + 1),
        (100, Mode::Rr, 3 * 97 + 3),
        (300, Mode::Rr, 3 * 297 + 3),
        // 15 racks of 18 clients on 2 reflectors, and 30 reflectors meshed.
        (300, Mode::RrPerRack, 15 * 36 + 30 * 29 / 2),
    ] {
        let plan = plan(&generate(nodes, mode));
        assert_eq!(plan.sessions.len(), sessions, "{nodes} {mode:?}");
        assert_eq!(established(&plan), sessions, "{nodes} {mode:?}");
        assert_eq!(errors(&plan), 0, "{nodes} {mode:?}: {:?}", plan.findings);
    }
}

#[test]
fn pod_cidrs_are_assigned_by_place_and_around_taken_ones() {
    let mut inventory = generate(3, Mode::Mesh);
    inventory.nodes[0].advertised.clear();
    inventory.nodes[1].advertised = vec!["10.244.2.0/24".parse().unwrap()];
    inventory.nodes[2].advertised.clear();
    let findings = assign_pod_cidrs(&mut inventory);
    let pods: Vec<_> = inventory
        .nodes
        .iter()
        .map(|n| n.advertised[0].to_string())
        .collect();
    assert_eq!(pods, ["10.244.0.0/24", "10.244.2.0/24", "10.244.3.0/24"]);
    assert_eq!(findings.len(), 2);
    let node = &mut inventory.nodes[1];
    node.ipv4 = None;
    node.ipv6 = Some(bgpwright::plan::inventory::InterfaceAddress {
        addr: "fd00::2".parse().unwrap(),
        length: Some(64),
    });
    node.advertised.clear();
    assign_pod_cidrs(&mut inventory);
    assert_eq!(
        inventory.nodes[1].advertised[0].to_string(),
        "fd00:10:244:1::/64"
    );
}

#[test]
fn the_racks_fabric_file_holds_every_fact_of_the_lab() {
    let lab = include_str!("../data/calico/seed_lab.json");
    let lab: serde_json::Value = serde_json::from_str(lab).unwrap();
    let inventory = cluster("rack.yaml", Some("rack.fabric.yaml"));
    let routers = lab["clab"]["routers"].as_object().unwrap();
    assert_eq!(inventory.routers.len(), routers.len());
    for router in &inventory.routers {
        let facts = &routers[&router.name];
        assert_eq!(router.asn.0, facts["asn"]);
        let router_id = router.router_id.map(|id| id.to_string());
        assert_eq!(router_id.as_deref(), facts["router_id"].as_str());
        let interfaces = facts["ifaces"].as_object().unwrap().values();
        let interfaces: Vec<_> = interfaces
            .map(|i| i.as_str().unwrap().to_string())
            .collect();
        let found: Vec<_> = router.interfaces.iter().map(ToString::to_string).collect();
        assert_eq!(found, interfaces);
        let networks: Vec<_> = router.networks.iter().map(ToString::to_string).collect();
        assert_eq!(serde_json::json!(networks), facts["networks"]);
        let neighbors = facts["neighbors"].as_object().unwrap();
        assert_eq!(router.neighbors.len(), neighbors.len());
        for neighbor in &router.neighbors {
            let facts = &neighbors[&neighbor.address.to_string()];
            let is = |fact: &str| facts[fact].as_bool().unwrap_or(false);
            assert_eq!(neighbor.asn.0, facts["as"]);
            assert_eq!(neighbor.reflector_client, is("rr_client"));
            assert_eq!(neighbor.next_hop_self, is("nexthop_self"));
        }
    }
    for (node, pods) in lab["calico"]["pod_cidrs"].as_object().unwrap() {
        let found = inventory.nodes.iter().find(|n| n.name == *node).unwrap();
        assert_eq!(found.advertised[0].to_string(), pods.as_str().unwrap());
    }
}
