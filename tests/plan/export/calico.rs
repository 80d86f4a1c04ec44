//! Inventories as Calico's resources and back.

use core::time::Duration;
use std::{collections::BTreeMap, fs, path::Path};

use bgpwright::{
    plan::{
        Inventory, Mode, Selector, Severity,
        export::calico::{Datastore, all, files, peer, unsaid},
        generate,
        inventory::{
            InterfaceAddress, Mesh, NextHop, Node, Peering, PeeringSettings, Remote, RemoteAddress,
            Scope, SecretRef, domains_of,
        },
    },
    types::{Asn, ClusterId, Prefix},
};
use proptest::{collection, option, prelude::*};

use crate::{clusters::cluster, properties::selector, read, upstream_data};

fn comes_back(inventory: &Inventory) {
    for datastore in [Datastore::Etcd, Datastore::Kubernetes] {
        let text = all(inventory, datastore);
        let reading = read(&text);
        let mut errors = reading.problems.clone();
        errors.retain(|problem| problem.severity == Severity::Error);
        assert_eq!(errors, [], "{text}");
        assert_eq!(&reading.inventory, inventory, "{text}");
        assert_eq!(all(&reading.inventory, datastore), text);
    }
}

#[test]
fn example_and_generated_clusters_come_back() {
    for name in ["mesh.yaml", "rack.yaml", "reflectors.yaml"] {
        let inventory = cluster(name, None);
        assert_eq!(unsaid(&inventory), []);
        comes_back(&inventory);
    }
    for mode in [Mode::Mesh, Mode::Rr, Mode::RrPerRack] {
        comes_back(&generate(61, mode));
    }
}

#[test]
fn the_traps_come_back_with_all_that_is_wrong_with_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/calico/traps");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "yaml") {
            same_again(&fs::read_to_string(&path).unwrap(), &path);
            count += 1;
        }
    }
    assert!(count > 12, "{count} traps");
}

#[test]
fn upstream_inputs_come_back() {
    let Some(data) = upstream_data() else { return };
    let mut folders = vec![data.join("confd"), data.join("confd-legacy")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "yaml") {
                same_again(&fs::read_to_string(&path).unwrap(), &path);
                count += 1;
            }
        }
    }
    assert!(count > 40, "{count} inputs");
}

fn same_again(text: &str, path: &Path) {
    let inventory = read(text).inventory;
    for datastore in [Datastore::Etcd, Datastore::Kubernetes] {
        let again = read(&all(&inventory, datastore)).inventory;
        assert_eq!(again, inventory, "{}", path.display());
    }
}

#[test]
fn words_that_yaml_takes_for_something_else_are_quoted() {
    for word in [
        "no",
        "Yes",
        "ON",
        "null",
        "~",
        "1e3",
        "0x1f",
        "1_000",
        "12:30:45",
        "1.5",
        "10.0.0.1",
        ".inf",
        "",
        " a",
        "a ",
        "- a",
        "a: b",
        "a #b",
        "*a",
        "!has(x)",
        "2026-11-24",
        "a\nb",
        "\u{85}",
        "\u{2028}",
        "\u{1f600}",
        "'",
        "\"",
        "\\",
        "=",
        "<<",
        "y",
        "True",
        "%a",
        "@a",
        "0o17",
        "017",
        "+1",
        "nan",
        "a-",
    ] {
        let mut inventory = Inventory::default();
        let mut node = Node::new("a");
        node.labels.insert("label".into(), word.into());
        inventory.nodes.push(node);
        let text = all(&inventory, Datastore::Etcd);
        let line = text.lines().find(|it| it.contains("label:")).unwrap();
        let bare = matches!(word, "nan");
        assert_eq!(!line.ends_with('"'), bare, "{line}");
        let found = read(&text).inventory;
        assert_eq!(found.nodes[0].labels["label"], word, "{line}");
    }
}

#[test]
fn fields_come_in_one_order_and_ports_of_ipv6_in_brackets() {
    let peering = Peering {
        name: "tor".into(),
        local: Scope::Node("a".into()),
        remote: Remote::Address(RemoteAddress {
            addr: "2001:db8::1".parse().unwrap(),
            text: "2001:db8::1".into(),
            port: Some(1790),
            asn: Asn(65001),
        }),
        reverse: false,
        settings: PeeringSettings {
            password: Some(SecretRef {
                name: "bgp".into(),
                key: "tor".into(),
            }),
            restart_time: Some(Duration::from_millis(1500)),
            next_hop: NextHop::Own,
            ttl_security: Some(1),
            ..PeeringSettings::default()
        },
    };
    let expected = r#"apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: tor
spec:
  node: a
  peerIP: "[2001:db8::1]:1790"
  asNumber: 65001
  maxRestartTime: "1500ms"
  nextHopMode: Self
  password:
    secretKeyRef:
      name: bgp
      key: tor
  ttlSecurity: 1
  reversePeering: Manual
"#;
    assert_eq!(peer(&peering), expected);
}

#[test]
fn files_are_by_kind_and_hold_all_documents() {
    let inventory = generate(5, Mode::Rr);
    let files = files(&inventory, Datastore::Etcd);
    let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
    let expected = [
        "bgpconfigurations.yaml",
        "nodes.yaml",
        "bgppeers.yaml",
        "blockaffinities.yaml",
    ];
    assert_eq!(names, expected);
    let texts: Vec<_> = files.into_iter().map(|file| file.text).collect();
    assert_eq!(texts.join("---\n"), all(&inventory, Datastore::Etcd));
}

#[test]
fn what_calico_has_no_word_for_is_named() {
    let mut inventory = cluster("rack.yaml", Some("rack.fabric.yaml"));
    inventory.peerings[0].settings.hold_time = Some(Duration::from_secs(90));
    inventory.nodes[0].router_id = Some("192.0.2.1".parse().unwrap());
    let said: Vec<_> = unsaid(&inventory).iter().map(ToString::to_string).collect();
    let expected = [
        "cluster: routers outside and links: they are a fabric file's to say",
        "Node \"calico-bgp-rr-control-plane\": router id: it is set by the environment of the \
         node's agent",
        "BGPPeer \"rack0-to-leaf0\": hold time: Calico has no such field",
    ];
    assert_eq!(said, expected);
}

proptest! {
    #[test]
    fn any_inventory_comes_back(inventory in inventory()) {
        comes_back(&inventory);
    }
}

prop_compose! {
    fn inventory()(
        nodes in collection::btree_map(name(), node(), 1..5),
        peerings in collection::btree_map(name(), peering(), 0..5),
        mesh in (any::<bool>(), option::of(secret()), option::of(time())),
        default_as in 1_u32..,
        listen_port in option::of(1_u16..),
    ) -> Inventory {
        let mut inventory = Inventory {
            default_as: Asn(default_as),
            listen_port,
            mesh: Mesh {
                enabled: mesh.0,
                password: mesh.1.filter(|_| mesh.0),
                restart_time: mesh.2.filter(|_| mesh.0),
                ..Mesh::default()
            },
            ..Inventory::default()
        };
        let named = |(name, node)| Node { name, ..node };
        inventory.nodes = nodes.into_iter().map(named).collect();
        let named = |(name, peering)| Peering { name, ..peering };
        inventory.peerings = peerings.into_iter().map(named).collect();
        inventory
    }
}

prop_compose! {
    fn node()(
        labels in collection::btree_map(word(), text(), 0..3),
        rack in option::of(text()),
        asn in option::of(1_u32..),
        ipv4 in option::of((any::<[u8; 4]>(), option::of(0_u8..=32))),
        ipv6 in option::of((any::<[u8; 16]>(), option::of(0_u8..=128))),
        cluster_id in option::of(any::<u32>()),
        listen_port in option::of(1_u16..),
        blocks in collection::btree_set((any::<[u8; 4]>(), 8_u8..=32), 0..3),
    ) -> Node {
        let mut labels: BTreeMap<String, String> = labels;
        labels.extend(rack.map(|rack| ("rack".into(), rack)));
        let mut node = Node::new("");
        node.domains = domains_of(&labels);
        node.labels = labels;
        node.asn = asn.map(Asn);
        let address = |addr, length| InterfaceAddress { addr, length };
        node.ipv4 = ipv4.map(|(addr, length)| address(addr.into(), length));
        node.ipv6 = ipv6.map(|(addr, length)| address(addr.into(), length));
        node.cluster_id = cluster_id.map(ClusterId);
        node.listen_port = listen_port;
        let blocks = blocks.into_iter();
        let mut blocks: Vec<_> = blocks
            .filter_map(|(addr, length)| Prefix::new(addr.into(), length).ok())
            .collect();
        blocks.sort();
        blocks.dedup();
        node.advertised = blocks;
        node
    }
}

prop_compose! {
    fn peering()(
        local in option::of(prop_oneof![
            name().prop_map(Scope::Node),
            selector().prop_map(|text| Scope::Selector(text.parse().unwrap())),
        ]),
        far in prop_oneof![
            selector().prop_map(|text| Remote::Selector(text.parse::<Selector>().unwrap())),
            (remote(), 1_u32.., option::of(1_u16..)).prop_map(|((addr, text), asn, port)| {
                Remote::Address(RemoteAddress { addr, text, port, asn: Asn(asn) })
            }),
        ],
        reverse in any::<bool>(),
        settings in settings(),
    ) -> Peering {
        let mut settings: PeeringSettings = settings;
        match &far {
            Remote::Address(remote) => {
                settings.reachable_by = settings
                    .reachable_by
                    .filter(|it| it.is_ipv4() == remote.addr.is_ipv4());
            }
            _ => settings.reachable_by = None,
        }
        let local = local.unwrap_or(Scope::Global);
        Peering { name: String::new(), local, remote: far, reverse, settings }
    }
}

fn remote() -> impl Strategy<Value = (core::net::IpAddr, String)> {
    let written: &[&str] = &[
        "192.0.2.1",
        "2001:db8::1",
        "2001:DB8:0::1",
        "fd00::a",
        "::ffff:192.0.2.1",
    ];
    proptest::sample::select(written).prop_map(|text| (text.parse().unwrap(), text.into()))
}

prop_compose! {
    fn settings()(
        password in option::of(secret()),
        times in (option::of(time()), option::of(time())),
        any_source_address in any::<bool>(),
        ttl_security in option::of(any::<u8>()),
        reachable_by in option::of(any::<core::net::IpAddr>()),
        next_hop in prop_oneof![
            Just(NextHop::Auto), Just(NextHop::Own), Just(NextHop::Keep), Just(NextHop::KeepExternal),
        ],
        local_as in option::of(1_u32..),
        allow_local_as in option::of(0_u8..=10),
        filters in collection::vec(word(), 0..3),
    ) -> PeeringSettings {
        PeeringSettings {
            password,
            any_source_address,
            restart_time: times.0,
            keepalive: times.1,
            ttl_security,
            reachable_by,
            next_hop,
            local_as: local_as.map(Asn),
            allow_local_as,
            filters,
            ..PeeringSettings::default()
        }
    }
}

fn secret() -> impl Strategy<Value = SecretRef> {
    (word(), word()).prop_map(|(name, key)| SecretRef { name, key })
}

fn time() -> impl Strategy<Value = Duration> {
    (0_u64..100_000).prop_map(|time| Duration::from_millis(time * 50))
}

/// What a label's value may be, and worse.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        word(),
        Just(String::new()),
        "[ -~]{0,12}",
        "[a-z\\n\\t:#ä\u{85}\u{2028}\u{1f600}\u{feff}]{0,6}",
    ]
}

/// What a resource's name may be, and worse.
fn name() -> impl Strategy<Value = String> {
    let fits = |name: &String| !name.contains(['/', '\\']) && name != "." && name != "..";
    word().prop_filter("no file's name", fits)
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9.-]{0,8}",
        "[!-~]{1,6}",
        proptest::sample::select(&["no", "on", "1e3", "0x10", "~", "null", "1:2", "y"][..])
            .prop_map(Into::into),
    ]
}
