//! What people have been bitten by, and the planner says beforehand.

use bgpwright::plan::{
    Checks, Code, Finding, Inventory, LoopRule, Mode, Severity, check, fabric, generate, plan,
    yaml::{Limits, Source},
};

use crate::read;

pub(crate) fn of(text: &str) -> Inventory {
    read(text).into_inventory().unwrap()
}

pub(crate) fn all(inventory: &Inventory, rule: LoopRule) -> Vec<Finding> {
    let mut checks = Checks::default();
    checks.rule = rule;
    check(inventory, &plan(inventory), &checks)
}

pub(crate) fn found(inventory: &Inventory, rule: LoopRule, code: Code) -> Vec<Finding> {
    let all = all(inventory, rule).into_iter();
    all.filter(|finding| finding.code == code).collect()
}

pub(crate) fn with_fabric(text: &str, around: &str) -> Inventory {
    let mut inventory = of(text);
    let source = Source {
        name: "x.fabric.yaml",
        text: around,
    };
    fabric::read(source, &Limits::default())
        .unwrap()
        .apply(&mut inventory);
    inventory
}

/// Nodes by name, cluster id and labels.
pub(crate) fn nodes(list: &[(&str, Option<&str>, &str)]) -> String {
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

pub(crate) fn mesh(on: bool) -> String {
    format!(
        "---
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {{name: default}}
spec: {{nodeToNodeMeshEnabled: {on}}}
"
    )
}

pub(crate) fn peer(name: &str, nodes: &str, peers: &str) -> String {
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
    let inventory = of(&text);
    let [lost] = &found(&inventory, LoopRule::Bird16, Code::ClusterIdSplit)[..] else {
        panic!("{:?}", all(&inventory, LoopRule::Bird16));
    };
    assert_eq!(lost.subjects, ["a", "b"]);
    assert!(lost.message.contains("2 pairs of routers"), "{lost}");
    assert_eq!(
        lost.causes[0].to_string(),
        "Node \"r1\" spec.bgp.routeReflectorClusterID"
    );
    let strict = found(&inventory, LoopRule::Rfc4456, Code::ClusterIdSplit);
    assert!(strict[0].message.contains("4 pairs"), "{}", strict[0]);
    assert_eq!(
        found(&inventory, LoopRule::Bird16, Code::UnevenCluster).len(),
        1
    );
}

/// calico PR#4992.
#[test]
fn without_the_mesh_and_without_peers_every_route_is_lost() {
    let text = nodes(&[("a", None, ""), ("b", None, ""), ("c", None, "")]);
    let inventory = of(&(text + &mesh(false)));
    let lost = found(&inventory, LoopRule::Bird16, Code::LostRoutes);
    assert!(lost[0].message.contains("6 pairs"), "{}", lost[0]);
}

#[test]
fn a_reflector_alone_is_a_single_point_and_two_are_not() {
    let clients = [("a", None, "c"), ("b", None, "c"), ("c", None, "c")];
    let one = [&[("r1", Some("1.0.0.1"), "r")][..], &clients].concat();
    let rest = mesh(false) + &peer("clients", "rr == 'c'", "rr == 'r'");
    let inventory = of(&(nodes(&one) + &rest));
    assert!(found(&inventory, LoopRule::Bird16, Code::LostRoutes).is_empty());
    let [single] = &found(&inventory, LoopRule::Bird16, Code::SinglePoint)[..] else {
        panic!("{:?}", all(&inventory, LoopRule::Bird16));
    };
    assert_eq!(single.subjects, ["r1"]);
    assert!(single.message.contains("6 more pairs"), "{single}");
    assert_eq!(single.fix, "give each client a second reflector");
    let two = [&[("r2", Some("1.0.0.1"), "r")][..], &one].concat();
    let rest = rest + &peer("rrs", "rr == 'r'", "rr == 'r'");
    let inventory = of(&(nodes(&two) + &rest));
    assert_eq!(worrying(&inventory), []);
    let [once] = &found(&inventory, LoopRule::Bird16, Code::ReflectorsAllAtOnce)[..] else {
        panic!("calico#9259");
    };
    assert!(
        once.message
            .contains("2 reflectors serve 3 clients, each at least 2"),
        "{once}"
    );
}

/// What is more than a note.
fn worrying(inventory: &Inventory) -> Vec<Finding> {
    let mut all = all(inventory, LoopRule::Bird16);
    all.retain(|finding| finding.severity != Severity::Note);
    all
}

#[test]
fn a_mesh_and_reflectors_have_nothing_to_worry_about() {
    assert_eq!(worrying(&generate(100, Mode::Mesh)), []);
    assert_eq!(worrying(&generate(200, Mode::Rr)), []);
}

/// calico#9976, calico#1579.
#[test]
fn a_mesh_of_hundreds_is_too_large() {
    let large = worrying(&generate(200, Mode::Mesh));
    assert_eq!(large.len(), 1, "{large:?}");
    assert_eq!(large[0].code, Code::MeshLarge);
    let message = &large[0].message;
    assert!(
        message.contains("200 nodes has 19900 sessions, 199 at each"),
        "{message}"
    );
    assert!(
        message.contains("three reflectors would have 594"),
        "{message}"
    );
    let fails = worrying(&generate(1000, Mode::Mesh));
    assert_eq!(fails[0].code, Code::MeshTooLarge);
    assert_eq!(fails[0].severity, Severity::Error);
}

/// A mesh that is summarised is judged as one that is listed.
#[test]
fn a_mesh_that_is_not_listed_has_the_same_findings() {
    let mut mixed = generate(60, Mode::Mesh);
    for node in mixed.nodes.iter_mut().take(7) {
        node.asn = Some(bgpwright::types::Asn(64999));
    }
    let mut with_tor = generate(30, Mode::Mesh);
    with_tor.peerings = of(&(nodes(&[]) + &global("tor", "192.0.2.1", 65000))).peerings;
    for inventory in [generate(50, Mode::Mesh), with_tor, mixed] {
        let listed = plan(&inventory);
        let counted = bgpwright::plan::plan_listing(&inventory, 0);
        assert_eq!(counted.meshes.len(), 1);
        for verdict in [
            bgpwright::plan::Verdict::Established,
            bgpwright::plan::Verdict::AsMismatch,
        ] {
            assert_eq!(listed.count(verdict), counted.count(verdict), "{verdict:?}");
        }
        let codes = |plan: &bgpwright::plan::Plan| {
            let mut codes: Vec<_> = check(&inventory, plan, &Checks::default())
                .into_iter()
                .map(|it| {
                    // Which ends are named is chance.
                    let named = [Code::AsMismatch, Code::SingleSession].contains(&it.code);
                    (it.code, if named { String::new() } else { it.message })
                })
                .filter(|(code, _)| *code != Code::SlowDetection)
                .collect();
            codes.sort();
            codes.dedup();
            codes
        };
        assert_eq!(codes(&listed), codes(&counted));
    }
}

pub(crate) fn global(name: &str, ip: &str, asn: u32) -> String {
    format!(
        "---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {{name: {name}}}
spec: {{peerIP: {ip}, asNumber: {asn}}}
"
    )
}

/// calico#3785.
#[test]
fn a_mesh_beside_reflectors_gives_neighbours_twice() {
    let list = [
        ("r1", Some("1.0.0.1"), "r"),
        ("a", None, "c"),
        ("b", None, "c"),
    ];
    let text = nodes(&list) + &mesh(true) + &peer("all", "all()", "all()");
    let twice = found(&of(&text), LoopRule::Bird16, Code::DuplicateNeighbor);
    let [one, other] = &twice[..] else {
        panic!("{twice:?}")
    };
    assert_eq!(
        (&one.subjects[0], &other.subjects[0]),
        (&"a".into(), &"b".into())
    );
    assert_eq!(
        one.causes[1].to_string(),
        "BGPConfiguration \"default\" spec.nodeToNodeMeshEnabled"
    );
}

/// calico#3810.
#[test]
fn a_mesh_with_the_switch_told_of_all_blocks_by_all_nodes_is_a_detour() {
    let list = [("a", None, ""), ("b", None, ""), ("c", None, "")];
    let text = nodes(&list) + &mesh(true) + &global("tor", "192.0.2.1", 65000);
    let [pin] = &found(&of(&text), LoopRule::Bird16, Code::HairPin)[..] else {
        panic!()
    };
    assert!(pin.message.contains("3 paths to each block"), "{pin}");
    assert_eq!(
        pin.causes[0].to_string(),
        "BGPPeer \"tor\" spec.nextHopMode"
    );
    let kept = text.replace("asNumber: 65000", "asNumber: 65000, nextHopMode: Keep");
    assert_eq!(found(&of(&kept), LoopRule::Bird16, Code::HairPin), []);
}

/// calico#3666, confd#308.
#[test]
fn only_reflectors_telling_the_switch_draws_all_traffic_to_them() {
    let list = [
        ("r1", Some("1.0.0.1"), "r"),
        ("a", None, "c"),
        ("b", None, "c"),
        ("c", None, "c"),
    ];
    let tor =
        global("tor", "192.0.2.1", 65000).replace("peerIP", "nodeSelector: rr == 'r', peerIP");
    let text = nodes(&list) + &mesh(false) + &peer("clients", "rr == 'c'", "rr == 'r'") + &tor;
    let [pin] = &found(&of(&text), LoopRule::Bird16, Code::HairPin)[..] else {
        panic!()
    };
    assert!(pin.message.contains("1 of 4 nodes tell 192.0.2.1"), "{pin}");
}

/// The blog's racks without the file that describes the leaves: they are
/// presumed.
#[test]
fn a_leaf_that_nobody_described_is_a_single_point() {
    let text = std::fs::read_to_string("examples/clusters/rack.yaml").unwrap();
    let inventory = of(&text);
    assert_eq!(found(&inventory, LoopRule::Bird16, Code::LostRoutes), []);
    let single = found(&inventory, LoopRule::Bird16, Code::SinglePoint);
    let leaves: Vec<_> = single.iter().map(|it| it.subjects[0].as_str()).collect();
    assert_eq!(leaves, ["10.1.5.1", "10.1.8.1"]);
    assert!(
        single[0].fix.contains("two leaves for a rack"),
        "{}",
        single[0].fix
    );
}

/// calico#1515: the leaf does not make itself the next hop.
#[test]
fn without_next_hop_self_at_the_leaf_other_racks_are_nowhere() {
    let text = std::fs::read_to_string("examples/clusters/rack.yaml").unwrap();
    let around = std::fs::read_to_string("examples/clusters/rack.fabric.yaml").unwrap();
    let good = with_fabric(&text, &around);
    assert_eq!(found(&good, LoopRule::Bird16, Code::UnresolvedNextHop), []);
    // Nor does anybody carry the links' subnets, which next hops would be in.
    let around: Vec<_> = around
        .lines()
        .filter(|it| !it.contains("networks:"))
        .collect();
    let around = around.join("\n");
    let good = with_fabric(&text, &around);
    assert_eq!(found(&good, LoopRule::Bird16, Code::UnresolvedNextHop), []);
    let bad = with_fabric(
        &text,
        &around.replace("nextHopSelf: true", "nextHopSelf: false"),
    );
    let [hop] = &found(&bad, LoopRule::Bird16, Code::UnresolvedNextHop)[..] else {
        panic!("{:?}", all(&bad, LoopRule::Bird16))
    };
    assert!(hop.message.contains("which it knows no way to"), "{hop}");
}

/// R13, "AS puddling".
#[test]
fn racks_of_one_as_behind_a_spine_drop_each_others_routes() {
    let text = std::fs::read_to_string("examples/clusters/rack.yaml").unwrap();
    let around = std::fs::read_to_string("examples/clusters/rack.fabric.yaml").unwrap();
    let one = |text: &str| text.replace("65008", "65005");
    let split = with_fabric(&one(&text), &one(&around));
    let [split] = &found(&split, LoopRule::Bird16, Code::SplitAs)[..] else {
        panic!("{:?}", all(&split, LoopRule::Bird16))
    };
    assert!(
        split.message.contains("AS 65005 is on both sides"),
        "{split}"
    );
}

#[test]
fn distinct_cluster_ids_of_reflectors_for_all_multiply_paths() {
    let list = |count: usize| {
        let ids = ["1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4"];
        let names = ["r1", "r2", "r3", "r4"];
        let reflectors = names
            .iter()
            .zip(ids)
            .map(|(name, id)| (*name, Some(id), "r"));
        let clients = [("a", None, "c"), ("b", None, "c")];
        let list: Vec<_> = reflectors.take(count).chain(clients).collect();
        of(&(nodes(&list)
            + &mesh(false)
            + &peer("clients", "rr == 'c'", "rr == 'r'")
            + &peer("rrs", "rr == 'r'", "rr == 'r'")))
    };
    let codes = |count, code| found(&list(count), LoopRule::Bird16, code);
    assert_eq!(codes(2, Code::PathsMultiplied), []);
    let three = codes(3, Code::PathsMultiplied);
    assert!(
        three[0].message.contains("15 paths to one block"),
        "{}",
        three[0]
    );
    let four = codes(4, Code::PathsExplode);
    assert!(
        four[0].message.contains("64 paths to one block"),
        "{}",
        four[0]
    );
    assert_eq!(codes(3, Code::MutualClients).len(), 1);
}

#[test]
fn a_zone_that_has_all_reflectors_is_named() {
    let mut inventory = generate(12, Mode::Rr);
    for (at, node) in inventory.nodes.iter_mut().enumerate() {
        let zone = if at < 2 { "a" } else { ["a", "b", "c"][at % 3] };
        node.domains.insert("zone".into(), zone.into());
    }
    let [together] = &found(&inventory, LoopRule::Bird16, Code::ReflectorsTogether)[..] else {
        panic!("{:?}", all(&inventory, LoopRule::Bird16))
    };
    assert_eq!(together.subjects, ["zone a"]);
    let [domain] = &found(&inventory, LoopRule::Bird16, Code::SingleDomain)[..] else {
        panic!()
    };
    assert!(domain.message.contains("without zone \"a\""), "{domain}");
    inventory.nodes[1].domains.insert("zone".into(), "b".into());
    assert_eq!(worrying(&inventory), []);
}

#[test]
fn two_reflectors_gone_at_once_are_looked_at_when_asked() {
    let inventory = generate(12, Mode::Rr);
    let mut checks = Checks::default();
    checks.failures = 2;
    let all = check(&inventory, &plan(&inventory), &checks);
    let double = all
        .iter()
        .find(|it| it.code == Code::DoubleFailure)
        .unwrap();
    assert_eq!(double.subjects, ["node-0", "node-1"]);
    assert!(double.message.contains("90 pairs"), "{double}");
    checks.thresholds.pair_budget = 0;
    let all = check(&inventory, &plan(&inventory), &checks);
    let double = all
        .iter()
        .find(|it| it.code == Code::DoubleFailure)
        .unwrap();
    assert!(double.message.contains("at most 2"), "{double}");
}

#[test]
fn costs_of_links_show_detours_and_deflections() {
    let text = nodes(&[
        ("r", Some("1.0.0.1"), "r"),
        ("a", None, "c"),
        ("b", None, "c"),
        ("c", None, "c"),
    ]) + &mesh(false)
        + &peer("clients", "rr == 'c'", "rr == 'r'");
    let outside = |name: &str, ip: &str, node: &str, at: &str| {
        format!(
            "- name: {name}
  as: 65000
  interfaces: [{ip}/24]
  neighbors: [{{address: {at}, as: 64512, import: accept, export: accept}}]
  # {node}
"
        )
    };
    let tor = |name: &str, ip: &str, node: &str| {
        global(name, ip, 65000).replace("peerIP", &format!("node: {node}, peerIP"))
    };
    let text = text + &tor("x", "10.0.1.1", "a") + &tor("y", "10.0.2.1", "b");
    let links = "links:
- {ends: [r, a], cost: 10}
- {ends: [r, b], cost: 100}
- {ends: [b, c], cost: 10}
";
    let around = format!(
        "underlay: routed\n{links}routers:\n{}{}",
        outside("x", "10.0.1.1", "a", "10.0.0.2"),
        outside("y", "10.0.2.1", "b", "10.0.0.3")
    );
    let inventory = with_fabric(&text, &around);
    let [stretch] = &found(&inventory, LoopRule::Bird16, Code::Stretch)[..] else {
        panic!("{:?}", all(&inventory, LoopRule::Bird16))
    };
    assert!(
        stretch
            .message
            .contains("as \"c\" by \"a\" though \"b\" costs 110 less"),
        "{stretch}"
    );
    let deflected = found(&inventory, LoopRule::Bird16, Code::Deflection);
    assert!(
        deflected[0].message.contains("by way of \"b\""),
        "{deflected:?}"
    );
    let odd = around.replace("[r, a]", "[r, z]");
    let unknown = found(
        &with_fabric(&text, &odd),
        LoopRule::Bird16,
        Code::UnknownLink,
    );
    assert_eq!(unknown[0].subjects, ["z"]);
}

#[test]
fn numbers_of_a_fabric_are_looked_at() {
    let text = std::fs::read_to_string("examples/clusters/rack.yaml").unwrap();
    let around = std::fs::read_to_string("examples/clusters/rack.fabric.yaml").unwrap();
    let inventory = with_fabric(&text, &around);
    let public = found(&inventory, LoopRule::Bird16, Code::PublicAs);
    assert_eq!(public[0].subjects, ["500", "800"]);
    let spines = found(&inventory, LoopRule::Bird16, Code::SpinesDiffer);
    assert_eq!(spines[0].subjects, ["spine0", "spine1"]);
    let reserved = with_fabric(&text, &around.replace("500", "23456"));
    let reserved = found(&reserved, LoopRule::Bird16, Code::ReservedAs);
    assert_eq!(reserved[0].subjects, ["23456"]);
}

/// R18: passwords and TTL security at one end only.
#[test]
fn what_protects_one_end_has_to_protect_the_other() {
    let text = nodes(&[("a", None, "a"), ("b", None, "b")]) + &mesh(false);
    let secret =
        "password: {secretKeyRef: {name: s, key: k}}, ttlSecurity: 1, reversePeering: Manual";
    let one = |name: &str, from: &str, to: &str, more: &str| {
        peer(name, from, to).replace("spec: {", &format!("spec: {{{more}, "))
    };
    let text = text
        + &one("there", "rr == 'a'", "rr == 'b'", secret)
        + &one("back", "rr == 'b'", "rr == 'a'", "reversePeering: Manual");
    let inventory = of(&text);
    let [password] = &found(&inventory, LoopRule::Bird16, Code::PasswordMismatch)[..] else {
        panic!()
    };
    assert!(
        password.message.contains("and that has none for it"),
        "{password}"
    );
    let causes: Vec<_> = password.causes.iter().map(ToString::to_string).collect();
    assert_eq!(
        causes,
        [
            "BGPPeer \"there\" spec.password",
            "BGPPeer \"back\" spec.password"
        ]
    );
    let ttl = found(&inventory, LoopRule::Bird16, Code::TtlMismatch);
    assert_eq!(ttl[0].subjects, ["a", "b"]);
    let both = text.replace(
        "reversePeering: Manual, nodeSelector: \"rr == 'b'",
        &format!("{secret}, nodeSelector: \"rr == 'b'"),
    );
    let inventory = of(&both);
    assert_eq!(
        found(&inventory, LoopRule::Bird16, Code::PasswordMismatch),
        []
    );
    assert_eq!(found(&inventory, LoopRule::Bird16, Code::TtlMismatch), []);
}

/// R21.
#[test]
fn times_that_do_not_fit_are_named() {
    let text = nodes(&[("a", None, "a"), ("b", None, "b")]) + &mesh(false);
    let slow =
        peer("slow", "rr == 'a'", "rr == 'b'").replace("spec: {", "spec: {keepaliveTime: 90s, ");
    let mut inventory = of(&(text + &slow));
    let slow = found(&inventory, LoopRule::Bird16, Code::SlowKeepalive);
    assert_eq!(
        slow[0].causes[0].to_string(),
        "BGPPeer \"slow\" spec.keepaliveTime"
    );
    assert!(
        slow[0]
            .message
            .contains("every 90 s, with a hold time of 240 s"),
        "{}",
        slow[0]
    );
    inventory.peerings[0].settings.bfd = true;
    assert_eq!(
        found(&inventory, LoopRule::Bird16, Code::BfdWithRestart).len(),
        1
    );
    assert_eq!(found(&inventory, LoopRule::Bird16, Code::SlowDetection), []);
    inventory.peerings[0].settings.graceful_restart = Some(false);
    assert_eq!(
        found(&inventory, LoopRule::Bird16, Code::BfdWithRestart),
        []
    );
}

/// Two levels hold some paths more, and no thousands.
#[test]
fn two_levels_of_reflectors_are_no_explosion() {
    let list = [
        ("t1", Some("0.0.0.1"), "top"),
        ("t2", Some("0.0.0.1"), "top"),
        ("m1", Some("0.0.0.3"), "middle"),
        ("m2", Some("0.0.0.4"), "middle"),
        ("a", None, "client"),
        ("b", None, "client"),
    ];
    let text = nodes(&list)
        + &mesh(false)
        + &peer("tops", "rr == 'top'", "rr == 'top'")
        + &peer("middles", "rr == 'middle'", "rr == 'top'")
        + &peer("clients", "rr == 'client'", "rr == 'middle'");
    let inventory = of(&text);
    let [many] = &found(&inventory, LoopRule::Bird16, Code::PathsMultiplied)[..] else {
        panic!("{:?}", all(&inventory, LoopRule::Bird16));
    };
    assert!(many.message.contains("holds 6 paths"), "{many}");
    let errors = all(&inventory, LoopRule::Bird16).into_iter();
    let errors = errors.filter(|it| it.severity == Severity::Error);
    assert_eq!(errors.count(), 0);
}
