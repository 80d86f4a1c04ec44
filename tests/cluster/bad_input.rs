//! What the program makes of input that it cannot run: one clear error each,
//! exit status 2, nothing on standard output.

use crate::program::{file, run};

/// Runs the program on resources that are wrong, and expects an error that says
/// all of this.
#[track_caller]
fn refuses(name: &str, yaml: &str, says: &[&str]) {
    let path = file(name, yaml);
    let run = run(&[&path]);
    run.expect(2);
    assert_eq!(run.stdout, "", "a half-run");
    let mut errors = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    let says_all = |line: &str| says.iter().all(|part| line.contains(part));
    assert!(errors.any(says_all), "no error says {says:?}: {run:#?}");
}

/// A node of the mesh, as Calico has it.
fn a_node(name: &str, address: &str, asn: &str) -> String {
    format!(
        "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {{name: {name}}}\n\
         spec: {{bgp: {{ipv4Address: {address}, asNumber: {asn}}}}}\n"
    )
}

fn a_peer(spec: &str) -> String {
    let node = a_node("one", "10.0.0.1/24", "64512");
    format!(
        "{node}---\napiVersion: projectcalico.org/v3\nkind: BGPPeer\n\
         metadata: {{name: wrong}}\nspec:\n{spec}"
    )
}

#[test]
fn yaml_that_does_not_parse_is_refused() {
    refuses("syntax.yaml", "kind: [Node\n", &["syntax.yaml"]);
}

#[test]
fn an_unknown_kind_is_refused() {
    let yaml = "apiVersion: projectcalico.org/v3\nkind: Nodule\nmetadata: {name: a}\n";
    refuses("kind.yaml", yaml, &["kind.yaml", "document 1", "Nodule"]);
}

#[test]
fn a_selector_with_a_syntax_error_is_refused() {
    let yaml = a_peer("  nodeSelector: rack = 'rack0'\n  peerIP: 10.0.0.9\n  asNumber: 64512\n");
    let says = [
        "selector.yaml",
        "document 2",
        "BGPPeer",
        "wrong",
        "nodeSelector",
    ];
    refuses("selector.yaml", &yaml, &says);
}

#[test]
fn an_unquoted_negation_is_refused_with_the_explanation() {
    let yaml = a_peer("  nodeSelector: !has(rack)\n  peerIP: 10.0.0.9\n  asNumber: 64512\n");
    let says = ["tag.yaml", "document 2", "nodeSelector", "tag", "quote"];
    refuses("tag.yaml", &yaml, &says);
}

#[test]
fn an_address_that_is_none_is_refused() {
    let yaml = a_node("one", "10.0.0.256/24", "64512");
    let says = [
        "address.yaml",
        "document 1",
        "Node",
        "one",
        "ipv4Address",
        "10.0.0.256",
    ];
    refuses("address.yaml", &yaml, &says);
}

#[test]
fn a_duplicate_node_is_refused() {
    let (one, again) = (
        a_node("one", "10.0.0.1/24", "64512"),
        a_node("one", "10.0.0.2/24", "64512"),
    );
    let says = ["twice.yaml", "document 2", "one"];
    refuses("twice.yaml", &format!("{one}---\n{again}"), &says);
}

#[test]
fn an_as_out_of_range_is_refused() {
    let yaml = a_node("one", "10.0.0.1/24", "4294967296");
    let says = ["range.yaml", "asNumber", "4294967296", "4294967295"];
    refuses("range.yaml", &yaml, &says);
}

#[test]
fn a_peer_without_as_is_refused() {
    let yaml = a_peer("  peerIP: 10.0.0.9\n");
    let says = ["no-as.yaml", "document 2", "BGPPeer", "wrong", "asNumber"];
    refuses("no-as.yaml", &yaml, &says);
}

#[test]
fn no_nodes_are_refused() {
    let yaml = "apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\n\
                metadata: {name: default}\nspec: {asNumber: 64512}\n";
    refuses("empty.yaml", yaml, &["no Node"]);
}

#[test]
fn all_errors_of_all_files_come_at_once() {
    let address = file("both-1.yaml", &a_node("one", "10.0.0.256/24", "64512"));
    let range = file("both-2.yaml", &a_node("two", "10.0.0.2/24", "-1"));
    let run = run(&[&address, &range, "no-such-file.yaml"]);
    run.expect(2);
    for part in ["both-1.yaml", "both-2.yaml", "no-such-file.yaml"] {
        let mut errors = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "));
        assert!(errors.any(|line| line.contains(part)), "{part}: {run:#?}");
    }
}

#[test]
fn a_node_that_there_is_not_cannot_be_restarted() {
    let run = run(&["--restart", "nobody"]);
    run.expect(2);
    let says = "there is no node nobody; there are calico-bgp-fullmesh-control-plane, ";
    assert!(run.stderr.contains(says), "{run:#?}");
}

#[test]
fn wrong_options_are_refused() {
    for arguments in [
        &["--nodes", "0"][..],
        &["--nodes", "20000"],
        &["--nodes", "3", "examples/clusters/mesh.yaml"],
        &["--for", "5 weeks"],
        &["--mode", "rr"],
        &["--fabric", "examples/clusters/rack.fabric.yaml"],
    ] {
        let run = run(arguments);
        run.expect(2);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(run.stderr.starts_with("error: "), "{run:#?}");
    }
}
