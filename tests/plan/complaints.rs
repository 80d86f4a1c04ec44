//! What people have complained of, each by the name of the thread where they
//! did, as the plan shows it before it happens.
//!
//! Of things that a plan does not have there is nothing here: reflectors kept
//! by hand (calico#2382; `strategy` chooses them), statuses that are hard to
//! come by (calico#10739, calico#7463; `status`), flags that some nodes have
//! lost (calico#2211), dialects without reflectors (cilium#43225).

use bgpwright::plan::{
    Code, Finding, Inventory, LoopRule, Mode, Severity, dialect, generate,
    inventory::Dialect,
    plan, steps_to,
    yaml::{Limits, Source},
};

use crate::{
    checks::{all, found, global, mesh, nodes, of, peer, with_fabric},
    read,
};

/// Three nodes and their settings.
fn three(rest: &str) -> Inventory {
    let list = [("a", None, "c"), ("b", None, "c"), ("c", None, "c")];
    of(&(nodes(&list) + rest))
}

/// A reflector, or several, and two clients.
fn reflected(reflectors: &[(&str, Option<&str>, &str)], rest: &str) -> Inventory {
    let clients = [("a", None, "c"), ("b", None, "c")];
    of(&(nodes(&[reflectors, &clients].concat()) + rest))
}

fn one(inventory: &Inventory, code: Code) -> Finding {
    let found = found(inventory, LoopRule::Bird16, code);
    let [one] = &found[..] else {
        panic!("{:?}", all(inventory, LoopRule::Bird16));
    };
    one.clone()
}

const BLOG: &str = include_str!("../../examples/clusters/rack.yaml");
const FABRIC: &str = include_str!("../../examples/clusters/rack.fabric.yaml");

/// Two seconds without a session while the mesh's goes and the peering's comes.
#[test]
fn calico_3819_a_pair_s_sessions_change_hands_on_drained_nodes() {
    let (from, to) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    let migration = steps_to(&from, &to);
    assert!(migration.unavoidable.is_empty() && migration.lost_in_the_end.is_empty());
    let changing = migration.steps.iter().filter(|it| !it.drain.is_empty());
    assert!(changing.count() > 0);
}

#[test]
fn calico_pr_4992_the_mesh_off_before_its_replacement() {
    let lost = one(&three(&mesh(false)), Code::LostRoutes);
    assert!(lost.message.contains("6 pairs"), "{lost}");
    assert_eq!(lost.severity, Severity::Error);
}

#[test]
fn calico_2735_one_cluster_id_for_reflectors_of_different_clients() {
    let reflectors = [("r1", Some("1.0.0.1"), "1"), ("r2", Some("1.0.0.1"), "2")];
    let clients = [("a", None, "a"), ("b", None, "b")];
    let rest = mesh(false)
        + &peer("rrs", "rr in {'1', '2'}", "rr in {'1', '2'}")
        + &peer("one", "rr == 'a'", "rr == '1'")
        + &peer("two", "rr == 'b'", "rr == '2'");
    let inventory = of(&(nodes(&[reflectors, clients].concat()) + &rest));
    let lost = one(&inventory, Code::ClusterIdSplit);
    assert_eq!(lost.subjects, ["a", "b"]);
}

#[test]
fn calico_9259_all_reflectors_shut_down_at_once() {
    let reflectors = [("r1", Some("1.0.0.1"), "r"), ("r2", Some("1.0.0.1"), "r")];
    let rest = mesh(false) + &peer("all", "all()", "rr == 'r'");
    let once = one(&reflected(&reflectors, &rest), Code::ReflectorsAllAtOnce);
    assert!(
        once.message.contains("2 reflectors serve 2 clients"),
        "{once}"
    );
    assert!(once.fix.contains("one reflector at a time"), "{once}");
}

#[test]
fn calico_9976_a_mesh_of_800_nodes() {
    let large = one(&generate(800, Mode::Mesh), Code::MeshTooLarge);
    assert!(
        large.message.contains("319600 sessions, 799 at each node"),
        "{large}"
    );
    assert_eq!(large.severity, Severity::Error);
}

#[test]
fn calico_1579_a_mesh_of_a_thousand_nodes() {
    one(&generate(1000, Mode::Mesh), Code::MeshTooLarge);
}

#[test]
fn calico_3785_the_mesh_back_on_beside_reflectors() {
    let reflectors = [("r1", Some("1.0.0.1"), "r")];
    let rest = mesh(true) + &peer("all", "all()", "all()");
    let inventory = reflected(&reflectors, &rest);
    let twice = found(&inventory, LoopRule::Bird16, Code::DuplicateNeighbor);
    let who: Vec<&str> = twice.iter().map(|it| it.subjects[0].as_str()).collect();
    assert_eq!(who, ["a", "b"]);
    assert!(twice[0].fix.contains("switch the mesh off"), "{}", twice[0]);
}

#[test]
fn calico_1515_a_leaf_that_is_not_the_next_hop() {
    let around: Vec<&str> = FABRIC
        .lines()
        .filter(|it| !it.contains("networks:"))
        .collect();
    let around = around
        .join("\n")
        .replace("nextHopSelf: true", "nextHopSelf: false");
    one(&with_fabric(BLOG, &around), Code::UnresolvedNextHop);
}

#[test]
fn calico_3666_reflectors_alone_tell_the_switch() {
    let tor = global("tor", "10.0.0.254", 65000);
    let tor = tor.replace("peerIP", "nodeSelector: rr == 'r', peerIP");
    let rest = mesh(false) + &peer("clients", "rr == 'c'", "rr == 'r'") + &tor;
    let pin = one(
        &reflected(&[("r1", Some("1.0.0.1"), "r")], &rest),
        Code::HairPin,
    );
    assert!(
        pin.message.contains("1 of 3 nodes tell 10.0.0.254"),
        "{pin}"
    );
}

#[test]
fn calico_4164_next_hops_are_kept_between_ases_only() {
    let keep = |asn: u32| {
        let tor = global("tor", "10.0.0.254", asn);
        three(&tor.replace("peerIP", "keepOriginalNextHop: true, peerIP"))
    };
    let ignored = one(&keep(64512), Code::NextHopIgnored);
    assert!(
        ignored.message.contains("3 sessions of one AS"),
        "{ignored}"
    );
    let cause = ignored.causes[0].to_string();
    assert!(cause.starts_with("BGPPeer \"tor\" spec."), "{cause}");
    let external = found(&keep(65000), LoopRule::Bird16, Code::NextHopIgnored);
    assert_eq!(external, []);
}

#[test]
fn calico_3810_every_node_tells_the_switch_of_all_blocks() {
    let pin = one(&three(&global("tor", "10.0.0.254", 65000)), Code::HairPin);
    assert!(pin.message.contains("3 paths to each block"), "{pin}");
}

#[test]
fn calico_6451_a_selector_that_yaml_takes_for_a_tag() {
    let text = nodes(&[("a", None, "c")])
        + &peer("p", "all()", "x").replace("\"x\"", "!has(rr) && has(c)");
    let reading = read(&text);
    let said: Vec<String> = reading.problems.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|it| it.contains("quote")), "{said:?}");
}

#[test]
fn calico_7144_who_restarts_is_waited_for() {
    let slow = one(&three(&mesh(true)), Code::SlowDetection);
    assert!(
        slow.message
            .contains("one that restarts is waited for up to 120 s"),
        "{slow}"
    );
}

#[test]
fn calico_2961_a_neighbour_of_another_as() {
    let wrong = BLOG.replacen("asNumber: 65005", "asNumber: 65006", 1);
    assert_ne!(wrong, BLOG);
    let inventory = with_fabric(&wrong, FABRIC);
    let found = found(&inventory, LoopRule::Bird16, Code::AsMismatch);
    assert!(
        found.iter().any(|it| it.message.contains("65006")),
        "{found:?}"
    );
}

#[test]
fn calico_689_two_nodes_with_one_router_id() {
    let mut inventory = three(&mesh(true));
    for node in &mut inventory.nodes {
        let cloned = node.name != "c";
        node.router_id = cloned.then(|| "192.0.2.1".parse().unwrap());
    }
    let same = one(&inventory, Code::DuplicateRouterId);
    assert_eq!(same.subjects, ["a", "b"]);
}

/// A node's address is on its loopback interface, or on one of two.
#[test]
fn calico_1829_calico_7377_no_interface_on_the_switch_s_subnet() {
    let off = |text: &str| three(&(mesh(false) + text));
    let tors = global("tor1", "10.1.0.254", 65000) + &global("tor2", "10.0.0.254", 65000);
    let subnet = one(&off(&tors), Code::OffSubnet);
    assert!(
        subnet
            .message
            .contains("3 nodes have no interface on the subnet of 10.1.0.254")
    );
    assert_eq!(subnet.causes[0].to_string(), "BGPPeer \"tor1\" spec.peerIP");
    let by = tors.replace("peerIP: 10.1", "reachableBy: 10.0.0.254, peerIP: 10.1");
    assert_eq!(found(&off(&by), LoopRule::Bird16, Code::OffSubnet), []);
}

/// Another speaker beside Calico's, and one switch for both.
#[test]
fn metallb_114_two_sessions_between_a_node_and_a_switch() {
    let twice = global("one", "10.0.0.254", 65000) + &global("two", "10.0.0.254", 65000);
    let twice = twice.replacen("peerIP: 10.0.0.254", "peerIP: \"10.0.0.254:1179\"", 1);
    let twice = found(&three(&twice), LoopRule::Bird16, Code::DuplicateNeighbor);
    assert_eq!(twice.len(), 3, "{twice:?}");
}

/// Peers of one rack's nodes alone, with its own AS.
#[test]
fn metallb_529_each_rack_its_own_switch() {
    let text = "\
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor-0}
spec: {myASN: 65000, peerASN: 65100, peerAddress: 10.0.0.254, nodeSelectors: [{matchLabels: {rack: r0}}]}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor-1}
spec: {myASN: 65001, peerASN: 65101, peerAddress: 10.0.1.254, nodeSelectors: [{matchLabels: {rack: r1}}]}
---
apiVersion: v1
kind: Node
metadata: {name: a, labels: {rack: r0}}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
---
apiVersion: v1
kind: Node
metadata: {name: b, labels: {rack: r1}}
status: {addresses: [{type: InternalIP, address: 10.0.1.1}]}
";
    let inventory = other(Dialect::MetalLb, text);
    let plan = plan(&inventory);
    let ends = plan.routers.iter().flat_map(|it| &it.ends);
    let ends: Vec<String> = ends
        .map(|it| format!("{} {} {}", it.local_as, it.neighbor, it.remote_as))
        .collect();
    assert_eq!(ends, ["65000 10.0.0.254 65100", "65001 10.0.1.254 65101"]);
}

fn other(dialect: Dialect, text: &str) -> Inventory {
    let sources = [Source {
        name: "input.yaml",
        text,
    }];
    let reading = dialect::read(dialect, &sources, &Limits::default());
    reading.into_inventory().unwrap()
}

/// A node that came before its annotation peers with all, and clients not with
/// it.
#[test]
fn kube_router_676_kube_router_764_a_node_without_its_annotation() {
    let node = |name: &str, at: u8, annotation: &str| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, annotations: \
             {{kube-router.io/pod-cidr: 10.1.{at}.0/24{annotation}}}}}\nstatus: {{addresses: \
             [{{type: InternalIP, address: 10.0.0.{at}}}]}}\n"
        )
    };
    let text = node("server", 1, ", kube-router.io/rr.server: \"1\"")
        + &node("client", 2, ", kube-router.io/rr.client: \"1\"")
        + &node("late", 3, "");
    let inventory = other(Dialect::KubeRouter, &text);
    let half = one(&inventory, Code::HalfOpen);
    assert_eq!(half.subjects[0], "late", "{half}");
    assert_eq!(
        half.causes[0].to_string(),
        "Node \"late\" metadata.annotations[kube-router.io/rr.client]"
    );
    let good = text.replace(
        "10.1.3.0/24",
        "10.1.3.0/24, kube-router.io/rr.client: \"1\"",
    );
    let good = found(
        &other(Dialect::KubeRouter, &good),
        LoopRule::Bird16,
        Code::HalfOpen,
    );
    assert_eq!(good, []);
}

#[test]
fn calico_6863_a_neighbour_on_another_port_of_the_node() {
    let own = |port: u16| three(&global("own", &format!("\"10.0.0.2:{port}\""), 65000));
    let skipped = one(&own(1790), Code::OwnAddress);
    assert_eq!(skipped.subjects, ["b"]);
    assert!(
        skipped.message.contains("port 1790 of its own address"),
        "{skipped}"
    );
    assert_eq!(found(&own(179), LoopRule::Bird16, Code::OwnAddress), []);
}

/// Two switches a rack, of one AS, that both announce the rack's subnet and have
/// no session with each other.
#[test]
fn calico_1829_two_switches_a_rack() {
    let text = include_str!("../data/plan/dual-tor.yaml");
    let around = include_str!("../data/plan/dual-tor.fabric.yaml");
    let errors_and_warnings = |inventory: &Inventory| -> Vec<Finding> {
        let all = all(inventory, LoopRule::Bird16).into_iter();
        all.filter(|it| it.severity != Severity::Note).collect()
    };
    let inventory = with_fabric(text, around);
    assert_eq!(errors_and_warnings(&inventory), []);
    // What one of them alone has, the other does not learn: its AS is in the path.
    let more = around.replacen(
        "networks: [10.0.0.0/24]",
        "networks: [10.0.0.0/24, 10.9.0.0/24]",
        1,
    );
    let split = one(&with_fabric(text, &more), Code::SplitAs);
    assert_eq!(split.subjects, ["leaf00", "leaf01"], "{split}");
    // A node on one switch only.
    let single = text.replace(
        "rack == 'r0'\", peerIP: 10.0.0.2",
        "has(nothing)\", peerIP: 10.0.0.2",
    );
    let point = one(&with_fabric(&single, around), Code::SinglePoint);
    assert_eq!(point.subjects, ["leaf00"]);
}
