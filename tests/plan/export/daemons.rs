//! Configurations for FRR and GoBGP, and labs of FRR: what they say, and that
//! the daemons take them.

use core::time::Duration;
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::{clusters::cluster, confd::cases, upstream_data};
use bgpwright::{
    plan::{
        Inventory, Mode, Plan,
        export::{containerlab, frr, gobgp},
        generate, plan,
        yaml::{Limits, Source},
    },
    types::Asn,
};

fn conf(inventory: &Inventory, name: &str) -> String {
    let plan = plan(inventory);
    let at = plan.routers.iter().position(|it| it.name == name).unwrap();
    frr::router(inventory, &plan, at).unwrap()
}

#[test]
fn a_leaf_reflects_for_its_rack_and_speaks_to_the_spines() {
    let inventory = cluster("rack.yaml", Some("rack.fabric.yaml"));
    let text = conf(&inventory, "leaf0");
    for line in [
        "router bgp 65005",
        " no bgp ebgp-requires-policy",
        " no bgp default ipv4-unicast",
        " bgp bestpath as-path multipath-relax",
        " neighbor 10.1.5.10 remote-as 65005",
        "  neighbor 10.1.5.10 route-reflector-client",
        "  neighbor 10.1.5.10 activate",
        "  maximum-paths 64",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
    // Spines are on wires of the leaf's own.
    assert!(!text.contains("ebgp-multihop"), "{text}");
    let node = conf(&inventory, "calico-bgp-rr-worker");
    assert!(
        node.contains(" neighbor 10.1.5.1 update-source 10.1.5.11"),
        "{node}"
    );
}

#[test]
fn settings_of_sessions_are_said_and_passwords_only_named() {
    let mut inventory = cluster("rack.yaml", None);
    let settings = &mut inventory.peerings[0].settings;
    settings.password = Some(bgpwright::plan::inventory::SecretRef {
        name: "bgp secret".into(),
        key: "key".into(),
    });
    settings.hold_time = Some(Duration::from_secs(30));
    settings.keepalive = Some(Duration::from_secs(7));
    settings.connect_retry = Some(Duration::from_secs(5));
    settings.bfd = true;
    settings.graceful_restart = Some(false);
    settings.ttl_security = Some(1);
    settings.allow_local_as = Some(2);
    let text = conf(&inventory, "calico-bgp-rr-worker");
    for line in [
        " neighbor 10.1.5.1 timers 7 30",
        " neighbor 10.1.5.1 timers connect 5",
        " neighbor 10.1.5.1 bfd",
        " neighbor 10.1.5.1 graceful-restart-disable",
        " neighbor 10.1.5.1 ttl-security hops 1",
        "  neighbor 10.1.5.1 allowas-in 2",
        " ! neighbor 10.1.5.1 password: key key of Secret bgp-secret",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
    let unsaid = frr::unsaid(&inventory, &plan(&inventory));
    assert!(
        unsaid.iter().any(|it| it.what.contains("password")),
        "{unsaid:?}"
    );
}

#[test]
fn a_neighbour_of_another_as_behind_routers_is_reached_over_hops() {
    let mut inventory = cluster("rack.yaml", None);
    if let bgpwright::plan::inventory::Remote::Address(remote) = &mut inventory.peerings[0].remote {
        remote.asn = Asn(64_999);
        remote.addr = "192.0.2.1".parse().unwrap();
        remote.text = "192.0.2.1".into();
    }
    let text = conf(&inventory, "calico-bgp-rr-worker");
    assert!(
        text.contains(" neighbor 192.0.2.1 ebgp-multihop 255"),
        "{text}"
    );
}

/// Inventories to write of: examples, tests of Calico's own, and large ones.
fn inventories() -> Vec<(String, Inventory)> {
    let mut all = vec![
        (
            "racks".into(),
            cluster("rack.yaml", Some("rack.fabric.yaml")),
        ),
        ("reflectors".into(), cluster("reflectors.yaml", None)),
        ("20 in a mesh".into(), generate(20, Mode::Mesh)),
        ("20 with reflectors".into(), generate(20, Mode::Rr)),
    ];
    if let Some(data) = upstream_data() {
        for case in cases(&data.join("confd")) {
            let Ok(text) = fs::read_to_string(case.join("input.yaml")) else {
                continue;
            };
            let source = Source {
                name: "input.yaml",
                text: &text,
            };
            let reading = bgpwright::plan::dialect::calico::read(&[source], &Limits::default());
            all.push((case.display().to_string(), reading.inventory));
        }
    }
    all
}

fn interop() -> bool {
    let on = std::env::var_os("BGPWRIGHT_INTEROP").is_some();
    if !on {
        println!("skipped: BGPWRIGHT_INTEROP is not set");
    }
    on
}

fn written(name: &str, text: &str) -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).arg(file).output().unwrap()
}

#[test]
fn frr_takes_every_configuration() {
    if !interop() {
        return;
    }
    let mut count = 0;
    for (name, inventory) in inventories() {
        let plan = plan(&inventory);
        for at in 0..plan.routers.len().min(4) {
            let text = frr::router(&inventory, &plan, at).unwrap();
            let file = written("frr.conf", &text);
            let output = run("/usr/lib/frr/bgpd", &["-C", "-f"], &file);
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            let wrong = ["Unknown command", "line ", "% "].iter();
            let wrong = wrong.filter(|it| said.contains(**it)).count();
            assert!(
                output.status.success() && wrong == 0,
                "{name}: {said}\n{text}"
            );
            count += 1;
        }
    }
    assert!(count > 30, "{count} configurations");
}

#[test]
fn gobgp_takes_every_configuration() {
    for (name, inventory) in inventories() {
        let plan = plan(&inventory);
        for at in 0..plan.routers.len().min(3) {
            let text = gobgp::router(&inventory, &plan, at).unwrap();
            let read: toml::Table = text
                .parse()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let neighbors = read
                .get("neighbors")
                .map_or(0, |it| it.as_array().unwrap().len());
            assert_eq!(neighbors, plan.routers[at].ends.len(), "{name}");
            if std::env::var_os("BGPWRIGHT_INTEROP").is_some() {
                let file = written("gobgpd.toml", &text);
                let output = run("gobgpd", &["-d", "-f"], &file);
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                assert!(output.status.success(), "{name}: {said}\n{text}");
            }
        }
    }
}

/// A lab's text, its containers and bridges by kind, and both ends of its wires.
struct Lab {
    text: String,
    nodes: Vec<(String, String)>,
    ends: Vec<(String, String)>,
    files: usize,
}

fn lab(inventory: &Inventory, plan: &Plan) -> Lab {
    let files = containerlab::files(inventory, plan, &containerlab::Lab::default());
    assert_eq!(files[0].name, "topology.clab.yml");
    let text = files[0].text.clone();
    let lines: Vec<&str> = text.lines().collect();
    let bare = |text: &str| {
        text.trim()
            .trim_end_matches(':')
            .trim_matches('"')
            .to_owned()
    };
    let kind = |line: &&str| line.strip_prefix("      kind: ").map(str::to_owned);
    let pairs = lines.windows(2);
    let nodes = pairs.filter_map(|two| Some((bare(two[0]), kind(&two[1])?)));
    let nodes = nodes.collect();
    let wires = lines.iter().filter_map(|it| it.split_once("endpoints: ["));
    let ends = wires.flat_map(|(_, it)| it.trim_end_matches(']').split(", "));
    let ends = ends.map(|it| {
        let it = it.trim_matches('"').to_owned();
        let (name, interface) = it.split_once(':').unwrap();
        (name.to_owned(), interface.to_owned())
    });
    let ends = ends.collect();
    let files = files.len();
    Lab {
        text,
        nodes,
        ends,
        files,
    }
}

#[test]
fn a_lab_has_a_container_for_each_router_and_a_wire_for_each_subnet() {
    let inventory = cluster("rack.yaml", Some("rack.fabric.yaml"));
    let plan = plan(&inventory);
    let lab = lab(&inventory, &plan);
    assert_eq!(lab.files, 1 + 2 * plan.routers.len());
    let of = |kind: &str| lab.nodes.iter().filter(|it| it.1 == kind).count();
    assert_eq!(of("linux"), plan.routers.len(), "{}", lab.text);
    assert_eq!(of("bridge"), 2, "one a rack: two nodes and their leaf");
    assert!(
        lab.text.contains("ip address add 10.1.5.1/24 dev eth"),
        "{}",
        lab.text
    );
    let all: BTreeSet<_> = lab.ends.iter().collect();
    assert_eq!(
        all.len(),
        lab.ends.len(),
        "an interface has one wire: {:?}",
        lab.ends
    );
    for (name, interface) in &lab.ends {
        let known = lab.nodes.iter().any(|it| it.0 == *name);
        assert!(
            known && interface.len() <= 15,
            "{name}:{interface} in {}",
            lab.text
        );
    }
}

#[test]
fn names_that_containers_may_not_have_are_changed_and_stay_apart() {
    let mut inventory = generate(3, Mode::Mesh);
    for (node, name) in inventory.nodes.iter_mut().zip(["a/b", "a b", "-x"]) {
        node.name = name.into();
    }
    let plan = plan(&inventory);
    let lab = lab(&inventory, &plan);
    let names = lab.nodes.iter().filter(|it| it.1 == "linux");
    let names: Vec<&str> = names.map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["a-b", "a-b-2", "r-x"]);
}
