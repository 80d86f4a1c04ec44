//! Who learns what: small topologies, whole and with one router or session
//! gone, by the RFC's rule and BIRD's.

use std::collections::{BTreeMap, BTreeSet};

use bgpwright::{
    plan::{LoopRule, Signalling, Visibility, Without},
    types::ClusterId,
};
use serde_json::Value;

const TOPOLOGIES: &str = include_str!("../data/calico/analysis/dissemination.json");

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
