//! Who learns what: small topologies, whole and with one router or session
//! gone, by the RFC's rule and BIRD's.

use std::collections::{BTreeMap, BTreeSet};

use bgpwright::{
    plan::{Classes, LoopRule, Passed, Signalling, Survey, Visibility, Without},
    types::ClusterId,
};
use serde_json::Value;

const TOPOLOGIES: &str = include_str!("../data/calico/analysis/dissemination.json");

const COUNTS: &str = include_str!("../data/calico/analysis/addpath_counts.json");

type Pairs = BTreeSet<(String, String)>;

struct Topology {
    names: Vec<String>,
    signalling: Signalling,
}

impl Topology {
    fn read(value: &Value) -> Self {
        let mut signalling = Signalling::default();
        let mut names = Vec::new();
        let mut numbers = BTreeMap::new();
        for (name, cluster) in value["nodes"].as_object().unwrap() {
            let cluster = cluster.as_str().map(|id| ClusterId(id.parse().unwrap()));
            numbers.insert(name.clone(), signalling.add_router(cluster));
            names.push(name.clone());
        }
        for session in value["sessions"].as_array().unwrap() {
            let number = |end: &str| numbers[session[end].as_str().unwrap()];
            let clients = match session["rr_client_end"].as_str() {
                None => (false, false),
                Some("a") => (true, false),
                Some("b") => (false, true),
                Some("both") => (true, true),
                Some(other) => panic!("{other}"),
            };
            signalling.add_session(number("a"), number("b"), clients);
        }
        Self { names, signalling }
    }

    fn pairs(&self, lost: &[(usize, usize)]) -> Pairs {
        let name = |at: usize| self.names[at].clone();
        lost.iter().map(|&(a, b)| (name(a), name(b))).collect()
    }

    fn newly_lost(&self, all: &Visibility, rule: LoopRule, without: &Without) -> Pairs {
        let left = self.signalling.visibility(rule, without);
        assert!(left.restless.is_empty());
        let before = self.pairs(&all.lost);
        self.pairs(&left.lost)
            .difference(&before)
            .cloned()
            .collect()
    }
}

fn pairs(value: &Value) -> Pairs {
    let pair = |pair: &Value| {
        let end = |at: usize| pair[at].as_str().unwrap().to_owned();
        (end(0), end(1))
    };
    value.as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn small_topologies_lose_what_they_should_and_no_more() {
    let all: Value = serde_json::from_str(TOPOLOGIES).unwrap();
    let mut failures = 0;
    for value in all["topologies"].as_array().unwrap() {
        let id = value["id"].as_str().unwrap();
        let topology = Topology::read(value);
        for (mode, rule) in [("rfc", LoopRule::Rfc4456), ("bird", LoopRule::Bird16)] {
            let expected = &value["modes"][mode];
            let found = topology.signalling.visibility(rule, &Without::default());
            assert_eq!(
                topology.pairs(&found.lost),
                pairs(&expected["lost_pairs"]),
                "{id} {mode}"
            );
            for (name, paths) in topology.names.iter().zip(&found.paths) {
                assert_eq!(
                    Some(*paths as u64),
                    expected["paths_at"][name].as_u64(),
                    "{id} {mode}: paths at {name}"
                );
            }
            for (at, name) in topology.names.iter().enumerate() {
                let lost = topology.newly_lost(&found, rule, &Without::router(at));
                let single = expected["node_spof"].as_array().unwrap();
                let single = single.iter().find(|it| it["node"] == name.as_str());
                let single = single.map_or_else(Pairs::new, |it| pairs(&it["newly_lost"]));
                assert_eq!(lost, single, "{id} {mode}: without {name}");
                failures += 1;
            }
            let sessions = value["sessions"].as_array().unwrap();
            for (at, session) in sessions.iter().enumerate() {
                let lost = topology.newly_lost(&found, rule, &Without::session(at));
                let single = expected["session_spof"].as_array().unwrap();
                let ends = [&session["a"], &session["b"]];
                let single = single
                    .iter()
                    .find(|it| [&it["session"][0], &it["session"][1]] == ends);
                let single = single.map_or_else(Pairs::new, |it| pairs(&it["newly_lost"]));
                assert_eq!(lost, single, "{id} {mode}: without {session}");
                failures += 1;
            }
        }
    }
    assert!(failures > 150, "{failures} failures looked at");
}

/// Reflectors of some clusters and their clients, meshes, odd sessions.
fn random(seed: u64) -> Signalling {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut roll = |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % sides
    };
    let mut signalling = Signalling::default();
    let reflectors = roll(4);
    let count = reflectors + 2 + roll(7);
    for at in 0..count {
        let cluster = (at < reflectors).then(|| ClusterId(u32::try_from(roll(2)).unwrap() + 1));
        signalling.add_router(cluster);
    }
    let (meshed, whole, odd) = (roll(3) == 0, roll(2) == 0, roll(3) == 0);
    for a in 0..count {
        for b in a + 1..count {
            let clients = match (a < reflectors, b < reflectors) {
                (true, true) if roll(4) == 0 => continue,
                (true, true) => (false, false),
                (true, false) if whole || b % reflectors.max(1) == a => (false, true),
                (false, false) if meshed => (false, false),
                _ if odd && roll(6) == 0 => (false, false),
                _ => continue,
            };
            let (a, b) = (usize::try_from(a).unwrap(), usize::try_from(b).unwrap());
            signalling.add_session(a, b, clients);
        }
    }
    signalling
}

/// Nothing, one of each class, and a rack: so many of each class, none to all.
fn failures(members: &[Vec<usize>], seed: u64) -> Vec<BTreeMap<usize, usize>> {
    let one = (0..members.len()).map(|class| BTreeMap::from([(class, 1)]));
    let rack = |turn: u64| {
        let sizes = (0_u64..).zip(members);
        let counts = sizes.map(|(class, members)| {
            let most = u64::try_from(members.len()).unwrap();
            let mixed = (seed + turn * 7 + class * 3).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            usize::try_from(mixed % (most + 1)).unwrap()
        });
        counts.enumerate().filter(|(_, count)| *count > 0).collect()
    };
    let all = [BTreeMap::new()].into_iter().chain(one);
    all.chain((0..4).map(rack)).collect()
}

#[test]
fn few_of_each_kind_lose_what_all_of_them_would() {
    let mut larger = 0;
    for seed in 0..2000 {
        let whole = random(seed);
        let classes = Classes::new(&whole, 1);
        let members = classes.members();
        let mut seen: Vec<usize> = members.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            (0..whole.routers()).collect::<Vec<_>>(),
            "seed {seed}"
        );
        larger += usize::from(members.iter().any(|class| class.len() > 4));
        let class_of = |router: usize| members.iter().position(|class| class.contains(&router));
        for rule in [LoopRule::Rfc4456, LoopRule::Bird16] {
            let surveyed = Survey::new(&classes, rule, 1);
            for gone in failures(members, seed) {
                let first = gone.iter().flat_map(|(class, count)| {
                    let members: &Vec<usize> = &members[*class];
                    members.iter().take(*count).copied()
                });
                let without = Without {
                    routers: first.collect(),
                    ..Without::default()
                };
                let all = whole.visibility(rule, &without);
                let mut expected: BTreeMap<_, usize> = BTreeMap::new();
                for (a, b) in all.lost {
                    *expected.entry((class_of(a), class_of(b))).or_default() += 1;
                }
                let found = classes.lost(rule, &gone);
                assert_eq!(surveyed.lost(&gone), found, "seed {seed}, {rule:?}");
                let found = found.into_iter();
                let found: BTreeMap<_, usize> = found
                    .map(|it| ((class_of(it.originator), class_of(it.router)), it.pairs))
                    .filter(|(_, pairs)| *pairs > 0)
                    .collect();
                assert_eq!(
                    found, expected,
                    "seed {seed}, {rule:?}, without {without:?}"
                );
            }
        }
    }
    assert!(larger > 100, "{larger} had classes that were cut");
}

#[test]
fn reflectors_multiply_paths_where_all_are_passed_on() {
    let all: Value = serde_json::from_str(COUNTS).unwrap();
    let rows = all["rows"].as_array().unwrap();
    assert!(rows.len() > 10);
    for row in rows {
        let scheme = row["cluster_ids"].as_str().unwrap();
        let reflectors = usize::try_from(row["rrs"].as_u64().unwrap()).unwrap();
        let mut signalling = Signalling::default();
        for at in 0..reflectors {
            let cluster = if scheme == "same" { 1 } else { at + 1 };
            signalling.add_router(Some(ClusterId(u32::try_from(cluster).unwrap())));
        }
        let mutual = scheme == "distinct-mutual";
        for a in 0..reflectors {
            for b in a + 1..reflectors {
                signalling.add_session(a, b, (mutual, mutual));
            }
        }
        let clients = [signalling.add_router(None), signalling.add_router(None)];
        for client in clients {
            for reflector in 0..reflectors {
                signalling.add_session(reflector, client, (false, true));
            }
        }
        for (mode, rule) in [("rfc", LoopRule::Rfc4456), ("bird", LoopRule::Bird16)] {
            let expected = &row[mode];
            if expected.is_null() {
                continue;
            }
            let copies = |of| signalling.copies(of, rule, Passed::All, 10_000).unwrap();
            let (client, reflector) = (copies(clients[0]), copies(0));
            let found = [
                ("paths_at_client_for_client_prefix", client[clients[1]]),
                ("paths_at_rr_for_client_prefix", client[0]),
                ("paths_at_client_for_rr_prefix", reflector[clients[0]]),
            ];
            for (what, count) in found {
                let expected = expected[what].as_u64();
                assert_eq!(Some(count as u64), expected, "{row}: {mode} {what}");
            }
        }
    }
}
