//! The other projects' resources: peers as those projects would have them, their
//! rules, and what they say of broken input.

mod cilium;
mod goldens;
mod kube_router;
mod metallb;
mod others;

use std::{fs, path::Path};

use bgpwright::plan::{
    Plan, Severity,
    dialect::{self, Reading},
    inventory::Dialect,
    plan,
    yaml::{Limits, Source},
};
use proptest::prelude::*;

use crate::upstream_data;

fn read(text: &str) -> Reading {
    let sources = [Source {
        name: "input.yaml",
        text,
    }];
    let whose = dialect::of(&sources).unwrap();
    dialect::read(whose, &sources, &Limits::default())
}

/// What is wrong, and what is only said.
fn said(reading: &Reading, severity: Severity) -> Vec<String> {
    let problems = reading.problems.iter();
    let of = problems.filter(|it| it.severity == severity);
    of.map(ToString::to_string).collect()
}

fn clean(text: &str) -> Reading {
    let reading = read(text);
    assert_eq!(said(&reading, Severity::Error), [""; 0]);
    reading
}

/// A file of another project's, in the folder beside Calico's.
fn upstream(name: &str) -> Option<String> {
    let data = upstream_data()?;
    let path = data.parent().unwrap().join(name);
    Some(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Kubernetes' nodes with addresses and labels.
fn nodes(of: &[(&str, &str, &str)]) -> String {
    let node = |(name, labels, addresses): &(&str, &str, &str)| {
        let addresses: Vec<String> = addresses
            .split_whitespace()
            .map(|it| format!("{{type: InternalIP, address: \"{it}\"}}"))
            .collect();
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n\
             spec: {{podCIDRs: [10.244.{}.0/24]}}\nstatus: {{addresses: [{}]}}\n",
            name.bytes().map(u32::from).sum::<u32>() % 250,
            addresses.join(", ")
        )
    };
    of.iter().map(node).collect()
}

/// Neighbours of a router, in the order of their addresses as texts.
fn neighbors(plan: &Plan, name: &str) -> Vec<String> {
    let router = plan.routers.iter().find(|it| it.name == name).unwrap();
    let mut all: Vec<_> = router
        .ends
        .iter()
        .map(|it| it.neighbor.to_string())
        .collect();
    all.sort();
    all
}

#[test]
fn whose_resources_a_text_holds_shows_in_itself() {
    let source = |text| {
        [Source {
            name: "a.yaml",
            text,
        }]
    };
    for (text, whose) in [
        ("apiVersion: projectcalico.org/v3\n", Dialect::Calico),
        ("apiVersion: cilium.io/v2alpha1\n", Dialect::Cilium),
        ("apiVersion: metallb.io/v1beta2\n", Dialect::MetalLb),
        (
            "annotations: {kube-router.io/rr.client: \"1\"}\n",
            Dialect::KubeRouter,
        ),
        ("apiVersion: crd.antrea.io/v1alpha1\n", Dialect::Antrea),
        ("name: kube-ovn-speaker\n", Dialect::KubeOvn),
        ("# apiVersion: cilium.io/v2\nkind: Node\n", Dialect::Calico),
        ("{\"apiVersion\": \"metallb.io/v1beta1\"}", Dialect::MetalLb),
        ("", Dialect::Calico),
    ] {
        assert_eq!(dialect::of(&source(text)), Ok(whose), "{text}");
    }
    let mixed = "apiVersion: cilium.io/v2\n---\napiVersion: metallb.io/v1beta2\n";
    let why = dialect::of(&source(mixed)).unwrap_err();
    assert_eq!(
        why,
        "resources of several projects: Cilium (a.yaml:1), MetalLB (a.yaml:3); expected those of \
         one, or say whose to read"
    );
}

#[test]
fn every_stored_file_of_other_projects_is_read() {
    let Some(data) = upstream_data() else { return };
    let above = data.parent().unwrap();
    let mut count = 0;
    for folder in ["cilium", "metallb", "kube-router", "other"] {
        for entry in fs::read_dir(above.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // The value of an annotation, no resource.
            let is_resource =
                path.extension().is_some_and(|it| it == "yaml") && name != "peers_annotation.yaml";
            if !is_resource {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let reading = read(&text);
            assert_eq!(said(&reading, Severity::Error), [""; 0], "{name}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count} files");
    assert!(Path::new(above).join("metallb").is_dir());
}

const ALL: [Dialect; 5] = [
    Dialect::Cilium,
    Dialect::MetalLb,
    Dialect::KubeRouter,
    Dialect::Antrea,
    Dialect::KubeOvn,
];

#[test]
fn broken_texts_are_errors_with_a_line_in_every_dialect() {
    for whose in ALL {
        for (text, expected) in [
            ("", "no resource: expected at least one Node"),
            ("kind: [", "input.yaml:"),
            ("- a\n", "expected a map, found a list"),
            ("kind: {}\n", "expected a resource's kind"),
            (
                "apiVersion: v1\nkind: Node\nmetadata: {}\n",
                "Node \"\": metadata.name: expected a name, found none",
            ),
            (
                "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Node\n\
                 metadata: {name: a}\n",
                "given twice: the first is in input.yaml at line 1",
            ),
            (
                "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nstatus: {addresses: [{type: \
                 InternalIP, address: x}]}\n",
                "status.addresses: expected an address",
            ),
            (
                "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.0.0.1/8}\n",
                "spec.podCIDR: expected a prefix",
            ),
        ] {
            let sources = [Source {
                name: "input.yaml",
                text,
            }];
            let reading = dialect::read(whose, &sources, &Limits::default());
            let errors = said(&reading, Severity::Error);
            let found = errors.iter().any(|it| it.contains(expected));
            assert!(found, "{whose:?}: {expected} in {errors:?}");
            assert_eq!(reading.inventory.dialect, whose);
            drop(plan(&reading.inventory));
        }
    }
}

/// Pieces that resources are made of, in odd orders and places.
fn soup() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "apiVersion: cilium.io/v2\n",
        "apiVersion: metallb.io/v1beta2\n",
        "apiVersion: crd.antrea.io/v1alpha1\n",
        "apiVersion: apps/v1\n",
        "apiVersion: v1\n",
        "kind: CiliumBGPClusterConfig\n",
        "kind: CiliumBGPPeerConfig\n",
        "kind: CiliumBGPNodeConfigOverride\n",
        "kind: BGPPeer\n",
        "kind: BGPAdvertisement\n",
        "kind: IPAddressPool\n",
        "kind: BGPPolicy\n",
        "kind: DaemonSet\n",
        "kind: Node\n",
        "metadata: {name: a, annotations: {kube-router.io/peers: \"- {remoteip: 1.1.1.1}\"}}\n",
        "metadata: {name: b, labels: {a: b}}\n",
        "spec: {bgpInstances: [{name: i, localASN: 1, peers: [{name: p, peerAddress: 1.2.3.4}]}]}\n",
        "spec: {myASN: 1, peerASN: 2, peerAddress: 1.2.3.4, nodeSelectors: [{matchLabels: {a: b}}]}\n",
        "spec: {addresses: [1.0.0.0-1.0.0.9, ::-::1, 9-1]}\n",
        "spec: {localASN: 70000, bgpPeers: [{address: x}, 3, null]}\n",
        "spec: {template: {spec: {containers: [{name: kube-ovn-speaker, args: [--neighbor-as=x]}]}}}\n",
        "spec: []\n",
        "status: {addresses: [{type: InternalIP, address: fd00::1}]}\n",
        "---\n",
        "  x: !y z\n",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|all| all.concat())
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in soup()) {
        for whose in ALL {
            let sources = [Source { name: "input.yaml", text: &text }];
            let reading = dialect::read(whose, &sources, &Limits::default());
            let _ = plan(&reading.inventory);
        }
    }
}
