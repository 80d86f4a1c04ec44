//! MetalLB.

use bgpwright::plan::{
    Checks, Code, Severity, check, fabric,
    inventory::NeighborAs,
    plan,
    yaml::{Limits, Source},
};

use super::{clean, neighbors, nodes, read, said, upstream};

pub(super) fn peer(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nmetadata: {{name: {name}, namespace: \
         metallb-system}}\nspec: {{{spec}}}\n---\n"
    )
}

fn two() -> String {
    nodes(&[
        ("a", "rack: r0", "10.0.0.1 fd00::1"),
        ("b", "rack: r1", "10.0.0.2 fd00::2"),
    ])
}

#[test]
fn all_nodes_peer_over_the_families_they_have() {
    let Some(text) = upstream("metallb/deployment_bgp.yaml") else {
        return;
    };
    let reading = clean(&(text + "\n---\n" + &two()));
    let inventory = &reading.inventory;
    let plan = plan(inventory);
    for name in ["a", "b"] {
        assert_eq!(
            neighbors(&plan, name),
            ["172.30.0.3", "fc00:f853:ccd:e793::5"]
        );
    }
    let end = &plan.routers[0].ends[0];
    assert_eq!((end.local_as.0, end.remote_as.0), (64_512, 64_512));
    assert_eq!(end.hold_time.unwrap().as_secs(), 180);
    let ranges: Vec<String> = inventory
        .routing
        .services
        .iter()
        .map(|it| it.prefix.to_string())
        .collect();
    assert_eq!(ranges, ["192.168.10.0/24", "fc00:f853:ccd:e799::/124"]);
    assert!(inventory.nodes.iter().all(|it| it.advertised.is_empty()));
}

#[test]
fn ranges_from_one_address_to_another_are_prefixes() {
    let Some(text) = upstream("metallb/simple_pool_adv_bgp.yaml") else {
        return;
    };
    let reading = clean(&(text + "\n---\n" + &two()));
    let services = &reading.inventory.routing.services;
    let ranges: Vec<String> = services.iter().map(|it| it.prefix.to_string()).collect();
    let expected = [
        "192.168.10.0/24",
        "192.168.9.1/32",
        "192.168.9.2/31",
        "192.168.9.4/31",
        "fc00:f853:ccd:e799::/124",
    ];
    assert_eq!(ranges, expected);
}

#[test]
fn settings_are_those_of_the_peer() {
    let Some(text) = upstream("metallb/bgppeer_withsecret.yaml") else {
        return;
    };
    let plan = plan(&clean(&(text + "\n---\n" + &two())).inventory);
    let end = &plan.routers[0].ends[0];
    assert_eq!(end.hold_time.unwrap().as_secs(), 540);
    assert_eq!(end.keepalive.unwrap().as_secs(), 0);
    assert_eq!(end.password.as_ref().unwrap().name, "secretname");
    let text = peer(
        "p",
        "myASN: 65001, dynamicASN: external, peerAddress: 192.0.2.1, peerPort: 1179, holdTime: 30s, \
         ebgpMultiHop: true, bfdProfile: fast, sourceAddress: 10.0.0.77, localASN: 65002, \
         routerID: 9.9.9.9, enableGracefulRestart: true, password: hunter2, nodeSelectors: \
         [{matchLabels: {rack: r0}}, {matchLabels: {rack: r9}}]",
    ) + &two();
    let reading = clean(&text);
    let inventory = &reading.inventory;
    let plan = super::plan(inventory);
    assert_eq!(plan.routers[1].ends, []);
    let end = &plan.routers[0].ends[0];
    assert_eq!(
        (
            end.hold_time.unwrap().as_secs(),
            end.keepalive.unwrap().as_secs()
        ),
        (30, 10)
    );
    assert_eq!((end.hops, end.bfd, end.port), (None, true, Some(1179)));
    assert_eq!(
        (end.local.to_string(), end.local_as.0),
        ("10.0.0.77".into(), 65_002)
    );
    assert_eq!(
        inventory.peerings[0].settings.neighbor_as,
        NeighborAs::External
    );
    assert_eq!(plan.routers[0].router_id.to_string(), "9.9.9.9");
    let shown = format!("{inventory:?} {:?}", reading.problems);
    assert!(!shown.contains("hunter2"), "a password shows");
    let warned = said(&reading, Severity::Warning);
    assert!(
        warned
            .iter()
            .any(|it| it.contains("BFDProfile \"fast\" is not in the input"))
    );
    assert!(
        warned
            .iter()
            .any(|it| it.contains("BFD beside graceful restart"))
    );
}

#[test]
fn a_node_has_one_as_one_router_id_and_each_neighbour_once() {
    let basic = "peerASN: 64999, peerAddress";
    let text = peer(
        "one",
        &format!("myASN: 65001, routerID: 1.1.1.1, {basic}: 192.0.2.1"),
    ) + &peer("two", &format!("myASN: 65002, {basic}: 192.0.2.2"))
        + &peer(
            "three",
            &format!("myASN: 65001, routerID: 2.2.2.2, {basic}: 192.0.2.3"),
        )
        + &peer("four", &format!("myASN: 65001, {basic}: 192.0.2.1"))
        + &peer(
            "five",
            &format!("myASN: 65002, vrf: red, {basic}: 192.0.2.1"),
        )
        + &two();
    let errors = said(&read(&text), Severity::Error);
    assert_eq!(errors.len(), 3, "{errors:?}");
    for expected in [
        "BGPPeer \"two\": spec.myASN: expected AS 65001 as in BGPPeer \"one\", which is for node \"a\" \
         too, found 65002: a node has one AS in a VRF",
        "BGPPeer \"three\": spec.routerID: expected 1.1.1.1 as in BGPPeer \"one\"",
        "BGPPeer \"four\": spec.peerAddress: BGPPeer \"one\" has the same neighbour on node \"a\"",
    ] {
        assert!(
            errors.iter().any(|it| it.contains(expected)),
            "{expected} in {errors:?}"
        );
    }
}

#[test]
fn fields_that_are_wrong_or_rule_each_other_out_are_errors() {
    for (spec, expected) in [
        (
            "peerASN: 1, peerAddress: 192.0.2.1",
            "spec.myASN: expected an AS number, found none",
        ),
        (
            "myASN: 1, peerAddress: 192.0.2.1",
            "spec.peerASN: expected peerASN or dynamicASN, found neither",
        ),
        (
            "myASN: 1, peerASN: 2, dynamicASN: internal, peerAddress: 192.0.2.1",
            "spec.dynamicASN: cannot be set beside peerASN",
        ),
        (
            "myASN: 1, peerASN: 2",
            "spec.peerAddress: expected a neighbour's address, found none",
        ),
        (
            "myASN: 1, peerASN: 2, peerAddress: x",
            "spec.peerAddress: expected an IP address",
        ),
        (
            "myASN: 1, peerASN: 2, peerAddress: 192.0.2.1, holdTime: 9s, keepaliveTime: 10s",
            "spec.keepaliveTime: expected at most the hold time of 9 s, found 10 s",
        ),
        (
            "myASN: 1, peerASN: 2, peerAddress: 192.0.2.1, holdTime: 1s",
            "spec.holdTime: expected 0s, or at least 3s",
        ),
        (
            "myASN: 1, peerASN: 2, peerAddress: 192.0.2.1, password: x, passwordSecret: {name: y}",
            "spec.passwordSecret: cannot be set beside password",
        ),
        (
            "myASN: 1, peerASN: 2, peerAddress: 192.0.2.1, nodeSelectors: [{matchExpressions: [{key: \
             a, operator: Like}]}]",
            "expected In, NotIn, Exists or DoesNotExist, found \"Like\"",
        ),
    ] {
        let errors = said(&read(&(peer("p", spec) + &two())), Severity::Error);
        assert!(
            errors.iter().any(|it| it.contains(expected)),
            "{expected} in {errors:?}"
        );
    }
}

#[test]
fn advertisements_that_lead_nowhere_are_warned_of() {
    let text =
        "apiVersion: metallb.io/v1beta1\nkind: BGPAdvertisement\nmetadata: {name: adv}\nspec: \
                {ipAddressPools: [gone], peers: [nobody], communities: [\"x\"], nodeSelectors: \
                [{matchLabels: {no: node}}]}\n---\napiVersion: metallb.io/v1beta1\nkind: \
                IPAddressPool\nmetadata: {name: idle}\nspec: {addresses: [192.0.2.0/24]}\n---\n"
            .to_owned()
            + &two();
    let reading = read(&text);
    let warned = said(&reading, Severity::Warning).join("\n");
    for expected in [
        "IPAddressPool \"gone\" is not in the input",
        "BGPPeer \"nobody\"",
        "no node has these labels",
    ] {
        assert!(warned.contains(expected), "{expected} in {warned}");
    }
    let notes = said(&reading, Severity::Note).join("\n");
    assert!(notes.contains("no BGPAdvertisement is for it"), "{notes}");
    let errors = said(&reading, Severity::Error);
    assert!(
        errors[0].contains("or a Community's name, found \"x\""),
        "{errors:?}"
    );
}

/// Nodes take no routes, and so miss none of each other's: the switch is to have
/// them all, and who is behind it.
#[test]
fn what_counts_is_who_around_learns_of_the_nodes() {
    let text = peer(
        "tor",
        "myASN: 65000, dynamicASN: external, peerAddress: 10.0.0.254",
    ) + &two();
    let errors = |around: &str| -> Vec<Code> {
        let mut inventory = clean(&text).inventory;
        if !around.is_empty() {
            let source = Source {
                name: "x.fabric.yaml",
                text: around,
            };
            let fabric = fabric::read(source, &Limits::default()).unwrap();
            fabric.apply(&mut inventory);
        }
        let findings = check(&inventory, &plan(&inventory), &Checks::default());
        let of = findings.iter().filter(|it| it.severity == Severity::Error);
        of.map(|it| it.code).collect()
    };
    assert_eq!(errors(""), []);
    let policies = "import: accept, export: accept";
    let around = format!(
        "routers:\n- {{name: tor, as: 65100, interfaces: [10.0.0.254/24, 10.1.0.1/30], neighbors: \
         [{{address: 10.0.0.1, as: 65000, {policies}}}, {{address: 10.0.0.2, as: 65000, \
         {policies}}}, {{address: 10.1.0.2, as: 65200, {policies}}}]}}\n- {{name: spine, as: 65200, \
         interfaces: [10.1.0.2/30], neighbors: [{{address: 10.1.0.1, as: 65100, {policies}}}]}}\n"
    );
    assert_eq!(errors(&around), []);
    // The switch keeps what it hears to itself.
    let kept = around.replace(
        &format!("10.1.0.2, as: 65200, {policies}"),
        "10.1.0.2, as: 65200, import: accept, export: reject",
    );
    assert_eq!(errors(&kept), [Code::PolicyBlocks]);
}
