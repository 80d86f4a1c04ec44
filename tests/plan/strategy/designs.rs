//! What strategies become: plans without a fault, and as many sessions, paths
//! and messages as were said beforehand.

use std::collections::BTreeSet;

use bgpwright::{
    plan::{
        Checks, Code, Finding, Inventory, LoopRule, Mode, Network, Passed, Plan, Severity, Verdict,
        Without, check, generate, plan,
        strategy::{
            Assessment, ClusterIds, Mixed, Reflectors, Requirements, Span, Strategy, TopOfRack,
            Unfit, apply, assess,
        },
    },
    types::Family,
};

use super::racked;

struct Design {
    said: Assessment,
    inventory: Inventory,
    plan: Plan,
}

fn design(strategy: &Strategy, inventory: &Inventory, requirements: &Requirements) -> Design {
    let said = assess(strategy, inventory, requirements).unwrap();
    let inventory = apply(strategy, inventory, requirements).unwrap();
    let plan = plan(&inventory);
    Design {
        said,
        inventory,
        plan,
    }
}

impl Design {
    fn check(&self, rule: LoopRule) -> Vec<Finding> {
        let mut checks = Checks::default();
        checks.rule = rule;
        check(&self.inventory, &self.plan, &checks)
    }

    fn sessions_of(&self, names: &BTreeSet<&str>, of: bool) -> u64 {
        let routers = self.plan.routers.iter().filter(|it| it.in_cluster);
        let routers = routers.filter(|it| names.contains(it.name.as_str()) == of);
        routers.map(|it| it.ends.len()).max().unwrap_or(0) as u64
    }

    /// Compares with what was said: paths are worked out one origin at a time.
    fn holds(&self) {
        let said = &self.said;
        let name = &said.strategy;
        assert_eq!(self.plan.findings, [], "{name}");
        for rule in [LoopRule::Bird16, LoopRule::Rfc4456] {
            let mut errors = self.check(rule);
            errors.retain(|it| it.severity == Severity::Error);
            assert_eq!(errors, [], "{name} {rule:?}");
        }
        let sessions = self.plan.count(Verdict::Established);
        assert_eq!(sessions, said.sessions, "{name}");
        let reflectors: BTreeSet<&str> = said.reflectors.iter().map(String::as_str).collect();
        let per_node = self.sessions_of(&reflectors, false);
        assert_eq!(per_node, said.sessions_per_node, "{name}");
        let per_reflector = self.sessions_of(&reflectors, true);
        assert_eq!(per_reflector, said.sessions_per_reflector, "{name}");
        let nodes = self.inventory.nodes.iter();
        let has_id = nodes.filter(|it| it.cluster_id.is_some());
        let has_id: BTreeSet<&str> = has_id.map(|it| it.name.as_str()).collect();
        assert_eq!(has_id, reflectors, "{name}");
        let outside = self.plan.routers.iter().filter(|it| !it.in_cluster);
        let leaves = outside.filter(|it| !it.domains.is_empty());
        let most = leaves.map(|it| it.ends.len()).max().unwrap_or(0) as u64;
        assert_eq!(most, said.sessions_per_leaf, "{name}");
        if !matches!(said.strategy, Strategy::Mixed(_)) {
            self.paths(&reflectors);
        }
    }

    fn paths(&self, reflectors: &BTreeSet<&str>) {
        let said = &self.said;
        let name = &said.strategy;
        let passed = match said.strategy {
            Strategy::TopOfRack(_) => Passed::Best,
            _ => Passed::All,
        };
        let network = Network::new(&self.inventory, &self.plan, Family::IPV4_UNICAST, 1);
        let signalling = &network.signalling;
        let mut held = vec![0_u64; signalling.routers()];
        let (mut start, mut change, mut copies) = (0, 0, 0);
        let in_cluster = |at: usize| network.routers[at].in_cluster;
        let reflects = |at: usize| reflectors.contains(network.routers[at].name.as_str());
        for origin in (0..signalling.routers()).filter(|it| in_cluster(*it)) {
            let found = signalling.copies(origin, LoopRule::Bird16, passed, 100_000);
            let found: Vec<u64> = found.unwrap().into_iter().map(|it| it as u64).collect();
            let total: u64 = found.iter().sum();
            start += total;
            if !reflects(origin) {
                change = change.max(total);
            }
            for (at, found) in found.iter().enumerate() {
                held[at] += found;
                if in_cluster(at) && !reflects(at) {
                    copies = copies.max(*found);
                }
            }
        }
        let most = |of: &dyn Fn(usize) -> bool| {
            let held = held.iter().enumerate().filter(|(at, _)| of(*at));
            held.map(|(_, held)| *held).max().unwrap_or(0)
        };
        let is_leaf = |at: usize| !in_cluster(at) && !network.routers[at].domains.is_empty();
        let node = most(&|at| in_cluster(at) && !reflects(at));
        let role = most(&|at| reflects(at) || is_leaf(at));
        assert_eq!(copies, said.copies, "{name}: copies");
        assert_eq!(node, said.paths_per_node, "{name}: paths at a node");
        let said_of_role = said.paths_per_reflector;
        assert_eq!(role, said_of_role, "{name}: paths at a reflector");
        assert_eq!(start, said.updates_at_start, "{name}: at start");
        assert_eq!(change, said.updates_per_change, "{name}: per change");
    }
}

fn reflected(count: usize) -> Strategy {
    Strategy::Reflectors(Reflectors::new(count))
}

fn distinct(count: usize) -> Strategy {
    Strategy::Reflectors(Reflectors {
        cluster_ids: ClusterIds::Distinct,
        ..Reflectors::new(count)
    })
}

fn racks() -> Span {
    Span::Domain("rack".into())
}

#[test]
fn a_mesh_and_reflectors_of_one_id_come_to_what_was_said() {
    let requirements = Requirements::default();
    for nodes in [4, 7, 30, 120] {
        let inventory = racked(nodes, 4);
        // A larger one is found to be large, and that is said.
        if nodes <= 100 {
            design(&Strategy::FullMesh, &inventory, &requirements).holds();
        }
        for count in 1..=3 {
            design(&reflected(count), &inventory, &requirements).holds();
        }
    }
    for count in 2..=3 {
        design(&reflected(count), &generate(300, Mode::Mesh), &requirements).holds();
    }
}

#[test]
fn ids_of_their_own_multiply_paths_as_the_table_has_it() {
    let inventory = racked(12, 4);
    let requirements = Requirements::default();
    for (count, copies) in [(2, 4), (3, 15), (4, 64), (5, 325)] {
        let said = assess(&distinct(count), &inventory, &requirements).unwrap();
        assert_eq!(said.copies, copies);
    }
    design(&distinct(2), &inventory, &requirements).holds();
    for count in [3, 4] {
        let more = design(&distinct(count), &inventory, &requirements);
        let reflectors = more.said.reflectors.iter().map(String::as_str).collect();
        more.paths(&reflectors);
        let codes: Vec<_> = more
            .check(LoopRule::Bird16)
            .iter()
            .map(|it| it.code)
            .collect();
        let said: Vec<_> = more.said.findings.iter().map(|it| it.code).collect();
        assert!(codes.contains(&said[0]), "{said:?} in {codes:?}");
    }
}

#[test]
fn two_levels_come_to_what_was_said() {
    let mut requirements = Requirements::default();
    for (nodes, in_racks, count) in [(14, 2, 2), (30, 3, 2), (60, 4, 3), (200, 10, 2)] {
        let inventory = racked(nodes, in_racks);
        let strategy = Strategy::Reflectors(Reflectors::two_levels(count, racks()));
        design(&strategy, &inventory, &requirements).holds();
    }
    requirements.max_clients = Some(20);
    for count in [2, 3] {
        let strategy = Strategy::Reflectors(Reflectors::two_levels(count, Span::Cluster));
        let design = design(&strategy, &racked(100, 10), &requirements);
        design.holds();
        assert_eq!(design.said.unmet, Vec::<String>::new());
        let sessions = design.said.sessions_per_reflector;
        assert!(sessions <= 24, "{:?}", design.said);
    }
    let distinct = Strategy::Reflectors(Reflectors {
        cluster_ids: ClusterIds::Distinct,
        ..Reflectors::two_levels(2, Span::Cluster)
    });
    let found = apply(&distinct, &racked(100, 10), &requirements);
    assert_eq!(found, Err(Unfit::DistinctBelow));
}

#[test]
fn reflectors_a_rack_beside_each_other_multiply_paths_with_the_racks() {
    let requirements = Requirements::default();
    let strategy = Strategy::Reflectors(Reflectors {
        span: racks(),
        ..Reflectors::new(2)
    });
    // 4 (1 + 2 (G - 2) + 4 (G - 2)(G - 3) + ...)
    for (count, copies) in [(2, 4), (3, 12), (4, 52)] {
        let inventory = racked(count * 4, count);
        let design = design(&strategy, &inventory, &requirements);
        assert_eq!(design.said.copies, copies, "{count} racks");
        let network = Network::new(&design.inventory, &design.plan, Family::IPV4_UNICAST, 1);
        let mut nodes = design.inventory.nodes.iter();
        let client = nodes.rposition(|it| it.cluster_id.is_none());
        let signalling = &network.signalling;
        let found = signalling.copies(client.unwrap(), LoopRule::Bird16, Passed::All, 10_000);
        let found = found.unwrap();
        let most = found.iter().max().copied().unwrap() as u64;
        assert_eq!(most, copies);
        let all = found.iter().sum::<usize>() as u64;
        assert_eq!(all, design.said.updates_per_change);
        let sessions = design.plan.count(Verdict::Established);
        assert_eq!(sessions, design.said.sessions);
    }
    let many = assess(&strategy, &racked(160, 40), &requirements).unwrap();
    assert_eq!(many.findings[0].code, Code::PathsExplode);
    let text = "a node holds more than 1000000 paths to each block";
    assert_eq!(many.findings[0].message, text);
}

#[test]
fn leaves_and_spines_are_proposed_and_come_to_what_was_said() {
    let requirements = Requirements::default();
    for (nodes, racks, leaves, spines) in [
        (6, 2, 2, 2),
        (20, 4, 2, 2),
        (24, 3, 3, 2),
        (9, 3, 1, 1),
        (5, 1, 2, 2),
    ] {
        let inventory = racked(nodes, racks);
        let strategy = Strategy::TopOfRack(TopOfRack {
            leaves,
            spines,
            ..TopOfRack::default()
        });
        let design = design(&strategy, &inventory, &requirements);
        design.holds();
        let ases: BTreeSet<_> = design.inventory.nodes.iter().map(|it| it.asn).collect();
        assert_eq!(ases.len(), racks);
        assert!(ases.iter().flatten().all(|it| it.is_private()));
    }
}

#[test]
fn reflectors_inside_and_leaves_outside_go_together() {
    let mixed = Strategy::Mixed(Mixed {
        reflectors: Reflectors::new(2),
        fabric: TopOfRack::default(),
    });
    let design = design(&mixed, &racked(12, 3), &Requirements::default());
    design.holds();
    let findings = design.check(LoopRule::Bird16);
    let codes: Vec<_> = findings.iter().map(|it| it.code).collect();
    let bad = [Code::HairPin, Code::TransitLeak];
    assert!(!codes.iter().any(|it| bad.contains(it)), "{codes:?}");
}

impl Design {
    /// Whether nodes without a role that are left lose each other's routes.
    fn is_parted_without(&self, gone: &dyn Fn(&bgpwright::plan::Member) -> bool) -> bool {
        let network = Network::new(&self.inventory, &self.plan, Family::IPV4_UNICAST, 2);
        let of = |at: usize| &network.routers[at];
        let all = 0..network.routers.len();
        let without = Without {
            routers: all.clone().filter(|it| gone(of(*it))).collect(),
            ..Without::default()
        };
        let left = all.filter(|it| !without.routers.contains(it) && of(*it).in_cluster);
        let left: Vec<usize> = left
            .filter(|it| !self.said.reflectors.contains(&of(*it).name))
            .collect();
        let passed = match self.said.strategy {
            Strategy::TopOfRack(_) => Passed::Best,
            _ => Passed::All,
        };
        left.iter().any(|origin| {
            let how = (LoopRule::Bird16, passed);
            let told = network.signalling.spread(*origin, how, &without).unwrap();
            left.iter().any(|it| it != origin && told[*it].is_empty())
        })
    }
}

#[test]
fn as_much_may_fail_as_was_said_and_no_more() {
    let requirements = Requirements::default();
    let all = [
        Strategy::FullMesh,
        reflected(1),
        reflected(2),
        reflected(3),
        distinct(2),
        Strategy::Reflectors(Reflectors {
            span: racks(),
            ..Reflectors::new(2)
        }),
        Strategy::Reflectors(Reflectors::two_levels(2, racks())),
        Strategy::Reflectors(Reflectors::two_levels(1, racks())),
        Strategy::TopOfRack(TopOfRack::default()),
        Strategy::TopOfRack(TopOfRack {
            leaves: 1,
            ..TopOfRack::default()
        }),
    ];
    for (nodes, count) in [(15, 3), (12, 2)] {
        for strategy in &all {
            let design = design(strategy, &racked(nodes, count), &requirements);
            let said = &design.said.survival;
            let names: Vec<&str> = design
                .plan
                .routers
                .iter()
                .map(|it| it.name.as_str())
                .collect();
            let least = fewest(&names, |gone| {
                design.is_parted_without(&|it| gone.contains(&it.name.as_str()))
            });
            let may_fail = least.map(|it| it - 1);
            // Any three and more are not tried.
            let expected = said.routers.filter(|it| *it < 2);
            assert_eq!(may_fail, expected, "{strategy}, {count} racks: routers");
            for kind in ["rack", "zone"] {
                let nodes = design.inventory.nodes.iter();
                let domains: BTreeSet<&str> = nodes.map(|it| it.domains[kind].as_str()).collect();
                let domains: Vec<&str> = domains.into_iter().collect();
                let least = fewest(&domains, |gone| {
                    design.is_parted_without(&|it| {
                        let domain = it.domains.get(kind);
                        domain.is_some_and(|it| gone.contains(&it.as_str()))
                    })
                });
                let may_fail = least.map(|it| it - 1);
                let expected = said.domains[kind].filter(|it| *it < 2);
                assert_eq!(may_fail, expected, "{strategy}, {count} racks: {kind}s");
            }
        }
    }
}

/// How many have to go at least until something is so; up to two.
fn fewest(all: &[&str], is_so: impl Fn(&[&str]) -> bool) -> Option<usize> {
    if all.iter().any(|it| is_so(&[it])) {
        return Some(1);
    }
    let mut pairs = all.iter().flat_map(|a| all.iter().map(move |b| [*a, *b]));
    pairs.any(|it| is_so(&it)).then_some(2)
}

#[test]
fn what_the_checks_warn_of_is_what_was_said() {
    let requirements = Requirements::default();
    for strategy in [
        reflected(1),
        reflected(2),
        reflected(3),
        distinct(2),
        Strategy::TopOfRack(TopOfRack::default()),
        Strategy::TopOfRack(TopOfRack {
            leaves: 1,
            ..TopOfRack::default()
        }),
    ] {
        let design = design(&strategy, &racked(24, 4), &requirements);
        let mut found = design.check(LoopRule::Bird16);
        found.retain(|it| it.severity <= Severity::Warning);
        let single = design.said.survival.routers == Some(0);
        assert_eq!(!found.is_empty(), single, "{strategy}: {found:#?}");
    }
}

#[test]
fn with_both_families_everything_is_there_twice() {
    let mut inventory = racked(12, 3);
    for (at, node) in (1_u16..).zip(&mut inventory.nodes) {
        node.ipv6 = Some(bgpwright::plan::inventory::InterfaceAddress {
            addr: format!("fd00::{at:x}").parse().unwrap(),
            length: Some(64),
        });
    }
    let requirements = Requirements::default();
    for strategy in [
        Strategy::FullMesh,
        reflected(2),
        Strategy::Reflectors(Reflectors::two_levels(2, racks())),
        Strategy::TopOfRack(TopOfRack::default()),
    ] {
        let both = design(&strategy, &inventory, &requirements);
        let one = assess(&strategy, &racked(12, 3), &requirements).unwrap();
        assert_eq!(both.plan.findings, [], "{strategy}");
        assert_eq!(both.said.sessions, one.sessions * 2);
        assert_eq!(both.plan.count(Verdict::Established), both.said.sessions);
    }
}

#[test]
fn carried_out_twice_nothing_changes() {
    let requirements = Requirements::default();
    for strategy in [
        Strategy::FullMesh,
        reflected(2),
        distinct(2),
        Strategy::Reflectors(Reflectors::two_levels(2, racks())),
        Strategy::Reflectors(Reflectors::two_levels(2, Span::Cluster)),
        Strategy::TopOfRack(TopOfRack::default()),
    ] {
        let once = apply(&strategy, &racked(24, 4), &requirements).unwrap();
        let twice = apply(&strategy, &once, &requirements).unwrap();
        assert_eq!(once, twice, "{strategy}");
        let mesh = apply(&Strategy::FullMesh, &once, &requirements).unwrap();
        let clean = plan(&mesh);
        assert_eq!(clean.findings, [], "from {strategy} to a mesh");
    }
}
