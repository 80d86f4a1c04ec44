//! What people have been bitten by, and the planner says beforehand.

use bgpwright::plan::{Code, Finding, LoopRule, Mode, Plan, generate, plan};

use crate::read;

fn of(text: &str) -> Plan {
    plan(&read(text).into_inventory().unwrap())
}

fn found(plan: &Plan, rule: LoopRule, code: Code) -> Vec<Finding> {
    let all = plan.check(rule).into_iter();
    all.filter(|finding| finding.code == code).collect()
}

/// Nodes by name, cluster id and labels.
fn nodes(list: &[(&str, Option<&str>, &str)]) -> String {
    let node = |(at, (name, cluster, label)): (usize, &(&str, Option<&str>, &str))| {
        let cluster = cluster.map(|id| format!(", routeReflectorClusterID: {id}"));
        let cluster = cluster.unwrap_or_default();
        format!(
            "---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {{name: {name}, labels: {{rr: \"{label}\"}}}}
spec: {{bgp: {{ipv4Address: 10.0.0.{}/24{cluster}}}}}
",
            at + 1
        )
    };
    list.iter().enumerate().map(node).collect()
}

fn mesh(on: bool) -> String {
    format!(
        "---
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {{name: default}}
spec: {{nodeToNodeMeshEnabled: {on}}}
"
    )
}

fn peer(name: &str, nodes: &str, peers: &str) -> String {
    format!(
        "---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {{name: {name}}}
spec: {{nodeSelector: \"{nodes}\", peerSelector: \"{peers}\"}}
"
    )
}

/// calico#2735.
#[test]
fn reflectors_of_one_cluster_with_clients_of_their_own_lose_each_others() {
    let text = nodes(&[
        ("r1", Some("1.0.0.1"), "1"),
        ("r2", Some("1.0.0.1"), "2"),
        ("a", None, "a"),
        ("b", None, "b"),
    ]);
    let text = text
        + &mesh(false)
        + &peer("rrs", "rr in {'1', '2'}", "rr in {'1', '2'}")
        + &peer("one", "rr == 'a'", "rr == '1'")
        + &peer("two", "rr == 'b'", "rr == '2'");
    let plan = of(&text);
    let [lost] = &found(&plan, LoopRule::Bird16, Code::LostRoutes)[..] else {
        panic!("{:?}", plan.check(LoopRule::Bird16));
    };
    assert_eq!(lost.subjects, ["a", "b"]);
    assert!(lost.message.contains("2 pairs of routers"), "{lost}");
    let strict = found(&plan, LoopRule::Rfc4456, Code::LostRoutes);
    assert!(strict[0].message.contains("4 pairs"), "{}", strict[0]);
}

/// calico PR#4992.
#[test]
fn without_the_mesh_and_without_peers_every_route_is_lost() {
    let text = nodes(&[("a", None, ""), ("b", None, ""), ("c", None, "")]);
    let plan = of(&(text + &mesh(false)));
    let lost = found(&plan, LoopRule::Bird16, Code::LostRoutes);
    assert!(lost[0].message.contains("6 pairs"), "{}", lost[0]);
}

#[test]
fn a_reflector_alone_is_a_single_point_and_two_are_not() {
    let clients = [("a", None, "c"), ("b", None, "c"), ("c", None, "c")];
    let one = [&[("r1", Some("1.0.0.1"), "r")][..], &clients].concat();
    let rest = mesh(false) + &peer("clients", "rr == 'c'", "rr == 'r'");
    let plan = of(&(nodes(&one) + &rest));
    assert!(found(&plan, LoopRule::Bird16, Code::LostRoutes).is_empty());
    let [single] = &found(&plan, LoopRule::Bird16, Code::SinglePoint)[..] else {
        panic!("{:?}", plan.check(LoopRule::Bird16));
    };
    assert_eq!(single.subjects, ["r1"]);
    assert!(single.message.contains("6 more pairs"), "{single}");
    let two = [&[("r2", Some("1.0.0.1"), "r")][..], &one].concat();
    let rest = rest + &peer("rrs", "rr == 'r'", "rr == 'r'");
    let plan = of(&(nodes(&two) + &rest));
    assert_eq!(plan.check(LoopRule::Bird16), []);
}

#[test]
fn a_mesh_and_reflectors_of_hundreds_have_nothing_to_say() {
    for mode in [Mode::Mesh, Mode::Rr, Mode::RrPerRack] {
        let plan = plan(&generate(200, mode));
        assert_eq!(plan.check(LoopRule::Bird16), [], "{mode:?}");
    }
}
