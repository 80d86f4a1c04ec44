//! What wrong input is told: one line each, with its place, all at once.

use bgpwright::plan::{
    Severity, fabric,
    yaml::{Limits, Source},
};

use crate::{problems, read};

/// A `BGPPeer` with these lines in its spec, from line 5 on.
fn peer(lines: &str) -> String {
    let head = "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: p}\nspec:";
    let lines = lines.lines().map(|line| format!("  {line}"));
    let lines: Vec<_> = [head.to_string()].into_iter().chain(lines).collect();
    lines.join("\n")
}

fn fabric_problems(text: &str) -> Vec<String> {
    let source = Source {
        name: "x.fabric.yaml",
        text,
    };
    let problems = fabric::read(source, &Limits::default()).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn text_that_is_no_yaml_names_the_line() {
    assert_eq!(
        problems("kind: Pod\nmetadata: {name: a}\n---\na: [b\n"),
        [
            "input.yaml:1: document 1, Pod \"a\": this kind is not planned with, ignored",
            "input.yaml:5: document 2: no YAML: while parsing a flow sequence, expected ',' or ']'",
        ]
    );
}

#[test]
fn an_unknown_kind_is_refused_and_a_known_foreign_one_is_noted() {
    assert_eq!(
        problems("kind: BGPeer\nmetadata: {name: x}\n"),
        [
            "input.yaml:1: document 1, BGPeer \"x\": kind: unknown kind \"BGPeer\": expected \
          BGPConfiguration, BGPFilter, BGPPeer, Node, BlockAffinity, IPPool or a list of these"
        ]
    );
    let noted = read("kind: FelixConfiguration\nmetadata: {name: x}\n").problems;
    assert_eq!(noted[0].severity, Severity::Note);
}

#[test]
fn a_selector_with_a_syntax_error_names_the_place_in_it() {
    let text = peer("peerIP: 192.0.2.1\nasNumber: 5\nnodeSelector: has(x) & y");
    assert_eq!(
        problems(&text),
        [
            "input.yaml:7: document 1, BGPPeer \"p\": spec.nodeSelector: selector \"has(x) & y\" \
             is wrong at character 8: expected `&&`, `||` or the end, found '&'"
        ]
    );
}

#[test]
fn a_bare_negated_selector_is_explained_as_a_tag() {
    for selector in ["!has(x)", "!has(x) && y == 'z'"] {
        let text = peer(&format!(
            "peerIP: 192.0.2.1\nasNumber: 5\nnodeSelector: {selector}"
        ));
        assert_eq!(
            problems(&text),
            [
                "input.yaml:7: document 1, BGPPeer \"p\": spec.nodeSelector: !has(x) without \
                 quotes is a YAML tag: the value silently becomes null, and an empty selector \
                 means all nodes; quote the whole selector, as in '!has(x)'"
            ]
        );
    }
    let quoted = peer("peerIP: 192.0.2.1\nasNumber: 5\nnodeSelector: '!has(x)'");
    assert_eq!(problems(&quoted), Vec::<String>::new());
}

#[test]
fn an_address_that_is_none_is_shown_with_what_was_expected() {
    assert_eq!(
        problems(&peer("peerIP: 192.0.2\nasNumber: 5")),
        [
            "input.yaml:5: document 1, BGPPeer \"p\": spec.peerIP: expected an address such as \
             192.0.2.1, 192.0.2.1:179 or [2001:db8::1]:179, found \"192.0.2\""
        ]
    );
    for wrong in [
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:",
        "'[2001:db8::]:0'",
        "'[]:179'",
        "':179'",
        "'xyz:::'",
    ] {
        let text = peer(&format!("peerIP: {wrong}\nasNumber: 5"));
        assert_eq!(problems(&text).len(), 1, "{wrong}");
    }
}

#[test]
fn as_numbers_out_of_range_are_refused_and_asdot_is_read() {
    for wrong in ["4294967296", "-1", "x", "1.65536"] {
        let text = peer(&format!("peerIP: 192.0.2.1\nasNumber: {wrong}"));
        let expected = format!(
            "input.yaml:6: document 1, BGPPeer \"p\": spec.asNumber: expected an AS number from 0 \
             to 4294967295, or \"1.10\", found {wrong:?}"
        );
        assert_eq!(problems(&text), [expected]);
    }
    let read = read(&peer("peerIP: 192.0.2.1\nasNumber: 1.10"));
    assert_eq!(read.problems[0].severity, Severity::Warning);
    let text = peer("peerIP: 192.0.2.1\nasNumber: '1.10'");
    assert_eq!(problems(&text), Vec::<String>::new());
}

#[test]
fn a_peer_without_as_is_refused() {
    for (lines, line, found) in [("", 5, "none"), ("asNumber: 0", 6, "0")] {
        let expected = format!(
            "input.yaml:{line}: document 1, BGPPeer \"p\": spec.asNumber: expected the AS number \
             of 192.0.2.1, found {found}: Calico's BIRD refuses its whole configuration"
        );
        assert_eq!(
            problems(&peer(&format!("peerIP: 192.0.2.1\n{lines}"))),
            [expected]
        );
    }
}

#[test]
fn fields_that_rule_each_other_out_are_all_named() {
    let text =
        peer("peerIP: 192.0.2.1\nasNumber: 5\nnode: a\nnodeSelector: all()\npeerSelector: all()");
    assert_eq!(
        problems(&text),
        [
            "input.yaml:8: document 1, BGPPeer \"p\": spec.nodeSelector: node and nodeSelector \
             cannot both be set",
            "input.yaml:9: document 1, BGPPeer \"p\": spec.peerSelector: peerIP and peerSelector \
             cannot both be set",
            "input.yaml:6: document 1, BGPPeer \"p\": spec.asNumber: asNumber must be empty when \
             peerSelector is set",
        ]
    );
}

#[test]
fn a_resource_given_twice_names_the_first() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n";
    assert_eq!(
        problems(&format!("{node}---\n{node}")),
        [
            "input.yaml:5: document 2, Node \"a\": metadata.name: given twice: the first is in \
             input.yaml at line 1"
        ]
    );
}

#[test]
fn keys_given_twice_and_nothing_at_all_are_refused() {
    let text = "kind: Pod\nkind: Pod\nmetadata: {name: a}\n";
    assert_eq!(
        problems(text)[0],
        "input.yaml:2: document 1: key \"kind\" is given twice in one map"
    );
    for empty in ["", "# nothing\n", "---\n---\n"] {
        assert_eq!(
            problems(empty),
            ["input.yaml: no resource: expected at least one Node"]
        );
    }
}

#[test]
fn boolean_labels_are_taken_as_strings_and_warned_of() {
    let text = "apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {rr: yes, q: 'yes'}}\n";
    let read = read(text);
    assert_eq!(read.inventory.nodes[0].labels["rr"], "true");
    assert_eq!(read.inventory.nodes[0].labels["q"], "yes");
    assert_eq!(
        read.problems[0].to_string(),
        "input.yaml:3: document 1, Node \"a\": metadata.labels[\"rr\"]: \"yes\" without quotes is \
         a boolean: the Kubernetes API refuses it"
    );
}

#[test]
fn lists_and_both_kinds_of_node_are_put_together() {
    let text = "kind: List\napiVersion: v1\nitems:\n\
                - {apiVersion: v1, kind: Node, metadata: {name: a}, spec: {podCIDR: 10.0.0.0/24}}\n\
                - apiVersion: projectcalico.org/v3\n  kind: Node\n  metadata: {name: a}\n  \
                spec: {bgp: {ipv4Address: 192.0.2.1/24}}\n";
    let nodes = read(text).into_inventory().unwrap().nodes;
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0].advertised[0].to_string(), "10.0.0.0/24");
    assert_eq!(nodes[0].ipv4.unwrap().to_string(), "192.0.2.1/24");
}

#[test]
fn blocks_are_announced_in_place_of_pod_cidrs_unless_their_pool_is_not_exported() {
    let head = |kind: &str, name: &str| {
        format!("---\napiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{name: {name}}}\n")
    };
    let block = |name: &str, cidr: &str, state: &str| {
        let spec = format!("{{cidr: {cidr}, node: a, state: {state}}}");
        format!("{}spec: {spec}\n", head("BlockAffinity", name))
    };
    let text = [
        "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.0.0.0/24}\n".into(),
        block("x", "10.1.0.0/26", "confirmed"),
        block("y", "10.1.0.64/26", "pending"),
        block("z", "10.2.0.0/26", "confirmed"),
        format!(
            "{}spec: {{cidr: 10.2.0.0/16, disableBGPExport: true}}\n",
            head("IPPool", "q")
        ),
    ];
    let nodes = read(&text.concat()).into_inventory().unwrap().nodes;
    let announced: Vec<_> = nodes[0]
        .advertised
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(announced, ["10.1.0.0/26"]);
}

#[test]
fn secrets_are_never_shown() {
    for lines in [
        "peerIP: 192.0.2.1\nasNumber: 5\npassword: hunter2",
        "peerIP: 192.0.2.1\nasNumber: 5\npassword: !x hunter2",
        "peerIP: 192.0.2.1\nasNumber: 5\npassword: !x [hunter2",
        "password: {secretKeyRef: hunter2}",
    ] {
        let read = read(&peer(lines));
        assert!(!read.problems.is_empty(), "{lines}");
        assert!(!format!("{read:?}").contains("hunter2"), "{lines}");
    }
}

#[test]
fn limits_hold() {
    let deep = "a: ".to_string() + &"{a: ".repeat(1000);
    assert_eq!(
        problems(&deep),
        ["input.yaml:1: document 1: nested deeper than 64 levels"]
    );
    let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_string()];
    for i in 1..10 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        bomb.push(format!("a{i}: &a{i} [{aliases}]"));
    }
    assert_eq!(
        problems(&bomb.join("\n")),
        ["input.yaml:5: document 1: anchors and aliases repeat more than 100000 nodes"]
    );
    let source = Source {
        name: "big.yaml",
        text: "kind: Pod",
    };
    let limits = Limits {
        octets: 8,
        ..Limits::default()
    };
    let read = bgpwright::plan::dialect::calico::read(&[source], &limits);
    assert_eq!(
        read.problems[0].to_string(),
        "big.yaml: 9 octets of text: expected at most 8"
    );
}

#[test]
fn a_fabric_file_says_what_it_lets_through_over_ebgp() {
    let text = "routers:\n- name: r\n  as: 1\n  interfaces: [10.0.0.1/24]\n  neighbors:\n  \
                - {address: 10.0.0.2, as: 2, import: accept, reflectorClient: true}\n";
    assert_eq!(
        fabric_problems(text),
        [
            "x.fabric.yaml:6: document 1, router \"r\": neighbors[0].export: expected accept, \
             reject or a list of prefixes: over eBGP nothing is exchanged unless said (RFC 8212)",
            "x.fabric.yaml:6: document 1, router \"r\": neighbors[0].reflectorClient: only a \
             neighbour in the router's own AS can be a reflection client",
        ]
    );
}

#[test]
fn a_fabric_file_with_wrong_or_missing_fields_is_refused() {
    let text = "routers:\n- {name: r, sa: 1}\n- {name: s, as: 0}\n";
    assert_eq!(
        fabric_problems(text),
        [
            "x.fabric.yaml:2: document 1, router \"r\": sa: unknown field: expected name, as, \
             routerID, clusterID, interfaces, networks, neighbors, rack, zone",
            "x.fabric.yaml:2: document 1, router \"r\": as: is missing",
            "x.fabric.yaml:3: document 1, router \"s\": as: expected an AS number from 1 to \
             4294967295, found 0",
        ]
    );
    assert_eq!(
        fabric_problems(""),
        ["x.fabric.yaml: document 1: expected one document, found 0"]
    );
}

/// A name is a file's in what is exported, and goes to terminals.
#[test]
fn names_lead_nowhere_and_move_no_cursor() {
    for api in ["v1", "projectcalico.org/v3"] {
        for name in ["../../x", "a/b", "a\\\\b", "..", ".", "a\\e[31m"] {
            let text = format!("apiVersion: {api}\nkind: Node\nmetadata: {{name: \"{name}\"}}\n");
            let problems = problems(&text);
            let [problem] = &problems[..] else {
                panic!("{problems:?}");
            };
            let expected = "metadata.name: expected lower case letters, digits, '-' and '.'";
            assert!(problem.contains(expected), "{problem}");
            assert!(!problem.contains('\u{1b}'), "{problem}");
            let text = format!("routers: [{{name: \"{name}\", as: 1, interfaces: [10.0.0.1/24]}}]");
            let problems = fabric_problems(&text);
            let expected = "name: expected a name without slashes and control characters";
            assert!(problems[0].contains(expected), "{problems:?}");
        }
        // What Kubernetes alone would refuse is warned of.
        let text = format!("apiVersion: {api}\nkind: Node\nmetadata: {{name: Node_1}}\n");
        let problems = problems(&text);
        assert!(
            problems[0].contains("Kubernetes refuses \"Node_1\""),
            "{problems:?}"
        );
    }
}
