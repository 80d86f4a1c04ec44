//! Antrea and Kube-OVN.

use bgpwright::plan::{Severity, plan};

use super::{clean, neighbors, nodes, read, said, upstream};

#[test]
fn the_oldest_policy_of_antrea_is_in_effect_and_the_others_are_warned_of() {
    let Some(text) = upstream("other/antrea_bgppolicy_examples.yaml") else {
        return;
    };
    let reading = clean(
        &(text + "\n---\n" + &nodes(&[("a", "bgp: enabled", "10.0.0.1"), ("b", "", "10.0.0.2")])),
    );
    let found = plan(&reading.inventory);
    assert_eq!(neighbors(&found, "a"), ["192.168.77.200"]);
    assert_eq!(found.routers[1].ends, []);
    let warned = said(&reading, Severity::Warning);
    let later = warned
        .iter()
        .filter(|it| it.contains("is not in effect on 1 nodes"));
    assert_eq!(later.count(), 3, "{warned:?}");
    // The one that is in effect tells services' addresses alone.
    assert!(
        reading
            .inventory
            .nodes
            .iter()
            .all(|it| it.advertised.is_empty())
    );
    let shown = format!("{:?}{:?}", reading.inventory, reading.problems);
    assert!(!shown.contains("\"password\""), "a password shows");
}

fn policy(name: &str, created: &str, spec: &str) -> String {
    format!(
        "apiVersion: crd.antrea.io/v1alpha1\nkind: BGPPolicy\nmetadata: {{name: {name}, \
         creationTimestamp: \"{created}\"}}\nspec: {{advertisements: {{pod: {{}}}}, {spec}}}\n---\n"
    )
}

#[test]
fn age_decides_and_confederations_have_two_numbers() {
    let text = policy(
        "young",
        "2026-05-01T00:00:00Z",
        "localASN: 64512, bgpPeers: [{address: 192.0.2.1, asn: 65001}]",
    ) + &policy(
        "old",
        "2025-05-01T00:00:00Z",
        "localASN: 64513, confederation: {identifier: 65000, memberASNs: [64514]}, bgpPeers: \
             [{address: 192.0.2.2, asn: 65001, multihopTTL: 3, gracefulRestartTimeSeconds: 60}, \
             {address: 192.0.2.3, asn: 64514}]",
    ) + "apiVersion: v1\nkind: Secret\nmetadata: {name: antrea-bgp-passwords}\nstringData: \
           {192.0.2.2-65001: hunter2}\n"
        + &nodes(&[("a", "", "10.0.0.1")]);
    let reading = clean(&text);
    let found = plan(&reading.inventory);
    assert_eq!(neighbors(&found, "a"), ["192.0.2.2", "192.0.2.3"]);
    let [outside, member] = &found.routers[0].ends[..] else {
        panic!()
    };
    assert_eq!((outside.local_as.0, member.local_as.0), (65_000, 64_513));
    assert_eq!(
        (outside.hops, outside.restart_time.unwrap().as_secs()),
        (Some(3), 60)
    );
    assert_eq!(outside.password.as_ref().unwrap().key, "192.0.2.2-65001");
    assert!(member.password.is_none());
    assert_eq!(reading.inventory.nodes[0].advertised.len(), 1);
    let warned = said(&reading, Severity::Warning).join("\n");
    assert!(
        warned.contains("\"old\", the older, selects them too"),
        "{warned}"
    );
    let wrong =
        policy("p", "", "localASN: 70000, bgpPeers: [{asn: 1}]") + &nodes(&[("a", "", "10.0.0.1")]);
    let errors = said(&read(&wrong), Severity::Error).join("\n");
    assert!(
        errors.contains("spec.localASN: expected a number from 1 to 65535, found \"70000\""),
        "{errors}"
    );
    assert!(
        errors.contains("spec.bgpPeers.address: expected a value, found none"),
        "{errors}"
    );
}

#[test]
fn kube_ovn_s_flags_are_its_peers() {
    let Some(text) = upstream("other/kube-ovn_speaker.yaml") else {
        return;
    };
    let nodes = nodes(&[
        (
            "a",
            "kubernetes.io/os: linux, ovn.kubernetes.io/bgp: \"true\"",
            "10.32.32.2",
        ),
        ("b", "kubernetes.io/os: linux", "10.32.32.3"),
    ]);
    let found = plan(&clean(&(text.clone() + "\n---\n" + &nodes)).inventory);
    assert_eq!(neighbors(&found, "a"), ["10.32.32.1"]);
    assert_eq!(found.routers[1].ends, []);
    let end = &found.routers[0].ends[0];
    assert_eq!((end.local_as.0, end.remote_as.0), (65_000, 65_030));
    assert_eq!((end.hold_time.unwrap().as_secs(), end.hops), (90, Some(1)));
    let more = text
        .replace("--neighbor-as=65030", "--neighbor-as=65030\n            - --holdtime=30s\n            - --ebgp-multihop=4\n            - --auth-password=hunter2")
        .replace("--neighbor-address=10.32.32.1", "--neighbor-address=10.32.32.1,10.32.32.9");
    let reading = clean(&(more + "\n---\n" + &nodes));
    let found = plan(&reading.inventory);
    assert_eq!(neighbors(&found, "a"), ["10.32.32.1", "10.32.32.9"]);
    let end = &found.routers[0].ends[0];
    assert_eq!((end.hold_time.unwrap().as_secs(), end.hops), (30, Some(4)));
    assert!(end.password.is_some() && !format!("{reading:?}").contains("hunter2"));
    let wrong = text.replace("=65030", "=x").replace("=10.32.32.1", "=y");
    let errors = said(&read(&(wrong + "\n---\n" + &nodes)), Severity::Error).join("\n");
    for expected in [
        "--neighbor-as: expected an AS number from 1 to 4294967295, found \"x\"",
        "--neighbor-address: expected IP addresses with commas between them, found \"y\"",
    ] {
        assert!(errors.contains(expected), "{expected} in {errors}");
    }
}
