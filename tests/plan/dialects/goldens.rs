//! MetalLB's goldens of FRR's configuration: each `router bgp` of theirs, as the
//! `BGPPeer`s that would make it, against what FRR's export says of the plan.
//!
//! Sessions are compared, line by line; what goes over them (prefix lists, route
//! maps, networks) comes from services that the goldens do not name. Theirs are
//! written by the layer below the resource: times that a `BGPPeer` is refused
//! for are there, and stand for others here.

use core::net::IpAddr;
use std::{collections::BTreeMap, fs};

use bgpwright::plan::{Severity, export::frr, plan};

use super::{clean, nodes, read, said};
use crate::upstream_data;

/// A `router bgp` of a golden.
#[derive(Debug, Default)]
struct Block {
    asn: String,
    vrf: Option<String>,
    router_id: Option<String>,
    /// What is said of each neighbour, outside of families and inside.
    neighbors: BTreeMap<String, Vec<String>>,
}

/// The text's `router bgp`s, in their order.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut family = "";
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words {
            ["router", "bgp", asn, ref rest @ ..] => blocks.push(Block {
                asn: asn.into(),
                vrf: rest.get(1).map(|it| (*it).to_owned()),
                ..Block::default()
            }),
            ["address-family", name, "unicast"] => {
                family = if name == "ipv4" { "v4" } else { "v6" }
            }
            ["exit-address-family"] => family = "",
            _ => {}
        }
        let Some(block) = blocks.last_mut() else {
            continue;
        };
        match *words {
            ["bgp", "router-id", id] => block.router_id = Some(id.into()),
            ["neighbor", of, "activate"] => block.say(of, &format!("activate {family}")),
            ["neighbor", _, "route-map", ..] => {}
            ["neighbor", of, ref said @ ..] => block.say(of, &said.join(" ")),
            _ => {}
        }
    }
    blocks
}

impl Block {
    fn say(&mut self, of: &str, what: &str) {
        self.neighbors
            .entry(of.into())
            .or_default()
            .push(what.into());
    }

    /// The resources that ask for this.
    fn resources(&self, instead: bool) -> String {
        let mut text = String::new();
        for (number, (address, said)) in self.neighbors.iter().enumerate() {
            let mut spec = vec![format!("myASN: {}", self.asn)];
            spec.push(format!("peerAddress: \"{address}\""));
            spec.extend(self.router_id.iter().map(|it| format!("routerID: {it}")));
            spec.extend(self.vrf.iter().map(|it| format!("vrf: {it}")));
            let mut both = Vec::new();
            for line in said {
                let words: Vec<&str> = line.split(' ').collect();
                match *words {
                    ["remote-as", kind @ ("internal" | "external")] => {
                        spec.push(format!("dynamicASN: {kind}"));
                    }
                    ["remote-as", asn] => spec.push(format!("peerASN: {asn}")),
                    ["local-as", asn, "no-prepend", "replace-as"] => {
                        spec.push(format!("localASN: {asn}"));
                    }
                    ["port", port] => spec.push(format!("peerPort: {port}")),
                    ["timers", "connect", time] => spec.push(format!("connectTime: {time}s")),
                    ["timers", keepalive, hold] => {
                        let times = if instead {
                            instead_of(keepalive, hold)
                        } else {
                            (keepalive, hold)
                        };
                        spec.push(format!(
                            "keepaliveTime: {}s, holdTime: {}s",
                            times.0, times.1
                        ));
                    }
                    ["password", secret] => spec.push(format!("password: {secret}")),
                    ["update-source", from] => spec.push(format!("sourceAddress: \"{from}\"")),
                    ["ebgp-multihop"] => spec.push("ebgpMultiHop: true".into()),
                    ["graceful-restart"] => spec.push("enableGracefulRestart: true".into()),
                    ["bfd", "profile", name] => spec.push(format!("bfdProfile: {name}")),
                    ["activate", family] => both.push(family),
                    ["bfd" | "disable-connected-check"] => {}
                    _ => panic!("{line:?} of {address} is not known here"),
                }
            }
            if both.len() == 2 {
                spec.push("dualStackAddressFamily: true".into());
            }
            text += &super::metallb::peer(&format!("peer-{number}"), &spec.join(", "));
        }
        text + "apiVersion: metallb.io/v1beta1\nkind: BFDProfile\nmetadata: {name: foo}\n"
            + &nodes(&[("node", "", "10.1.1.200 fd00::200")])
    }
}

/// Times that a `BGPPeer` may have for those that it may not.
fn instead_of<'t>(keepalive: &'t str, hold: &'t str) -> (&'t str, &'t str) {
    match (keepalive, hold) {
        ("1", "1") => ("3", "9"),
        ("2", "1") => ("6", "18"),
        same => same,
    }
}

/// What FRR's export should say of a neighbour, from what the golden says.
fn expected(address: &str, said: &[String], beyond: &mut BTreeMap<&str, usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let own = if address.contains(':') { "v6" } else { "v4" };
    let mut more = |what| *beyond.entry(what).or_default() += 1;
    for line in said {
        let words: Vec<&str> = line.split(' ').collect();
        match *words {
            // FRR's own.
            ["port", "179"] => {}
            ["ebgp-multihop"] => lines.push("ebgp-multihop 255".into()),
            ["timers", "connect", _] => lines.push(line.clone()),
            ["timers", keepalive, hold] => {
                let (keepalive, hold) = instead_of(keepalive, hold);
                lines.push(format!("timers {keepalive} {hold}"));
            }
            // Never known: only where it is.
            ["password", _] => lines.push("password".into()),
            ["bfd", "profile", _] => more("the BFD profile's name"),
            ["disable-connected-check"] => more("the connected check, off for IPv6"),
            ["activate", family] if family != own => more("a second family on a session"),
            _ => lines.push(line.clone()),
        }
    }
    let active = format!("activate {own}");
    if !lines.contains(&active) {
        more("a session for nothing, of a configuration that is broken on purpose");
        lines.push(active);
    }
    lines.sort();
    lines
}

/// What the export says of each neighbour.
fn exported(text: &str) -> (Block, Vec<String>) {
    let passwords = text.lines().filter_map(|line| {
        let (_, rest) = line.split_once("! neighbor ")?;
        rest.split_once(" password: ").map(|(of, _)| of.to_owned())
    });
    let mut all = blocks(text);
    assert_eq!(all.len(), 1, "{text}");
    (all.remove(0), passwords.collect())
}

#[test]
fn sessions_are_those_of_the_goldens() {
    let Some(data) = upstream_data() else {
        return;
    };
    let folder = data.parent().unwrap().join("metallb/frr_golden");
    let mut beyond: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut files, mut sessions) = (0, 0);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    names.sort();
    for path in names {
        let golden = fs::read_to_string(&path).unwrap();
        let all = blocks(&golden);
        files += usize::from(!all.is_empty());
        for mut block in all {
            let what = format!("{}, AS {} {:?}", path.display(), block.asn, block.vrf);
            if block.neighbors.remove("net0").is_some() {
                *beyond.entry("a session on an interface").or_default() += 1;
                continue;
            }
            let short = block.neighbors.values().flatten();
            let short = short.filter(|it| matches!(it.as_str(), "timers 1 1" | "timers 2 1"));
            let refused = said(&read(&block.resources(false)), Severity::Error);
            assert_eq!(
                refused.is_empty(),
                short.count() == 0,
                "{what}: {refused:?}"
            );
            let reading = clean(&block.resources(true));
            if block.vrf.is_some() {
                *beyond.entry("a VRF").or_default() += 1;
            }
            let plan = plan(&reading.inventory);
            let text = frr::router(&reading.inventory, &plan, 0).unwrap();
            let (mut ours, passwords) = exported(&text);
            assert!(!text.contains("password password"), "{text}");
            for of in passwords {
                ours.say(&of, "password");
            }
            assert_eq!(ours.asn, block.asn, "{what}");
            if block.router_id.is_some() {
                assert_eq!(ours.router_id, block.router_id, "{what}");
            }
            let addresses = |of: &Block| -> Vec<IpAddr> {
                let all = of.neighbors.keys().map(|it| it.parse().unwrap());
                all.collect()
            };
            assert_eq!(addresses(&ours), addresses(&block), "{what}");
            for ((address, theirs), ours) in block.neighbors.iter().zip(ours.neighbors.values()) {
                let expected = expected(address, theirs, &mut beyond);
                let timed = expected.iter().any(|it| it.starts_with("timers "));
                let mut ours = ours.clone();
                ours.retain(|it| {
                    // Ours says FRR's defaults.
                    !it.starts_with("description ") && (timed || it != "timers 60 180")
                });
                ours.sort();
                assert_eq!(ours, expected, "{what}, {address}");
                sessions += 1;
            }
        }
    }
    let beyond: Vec<(&str, usize)> = beyond.into_iter().collect();
    assert_eq!((files, sessions), (41, 50));
    // What is not planned, or not said by the export.
    let explained = [
        ("a VRF", 9),
        ("a second family on a session", 3),
        (
            "a session for nothing, of a configuration that is broken on purpose",
            1,
        ),
        ("a session on an interface", 1),
        ("the BFD profile's name", 1),
        ("the connected check, off for IPv6", 4),
    ];
    assert_eq!(beyond, explained);
}
