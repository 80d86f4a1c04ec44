//! Which strategy is recommended, why, and how roles stay when clusters grow
//! and shrink.

use std::collections::{BTreeMap, BTreeSet};

use bgpwright::{
    plan::{
        Checks, Inventory, Mode, Severity, Verdict, check, generate,
        inventory::Node,
        plan,
        strategy::{
            DrainStep, Levels, Reflectors, Requirements, Span, Strategy, TopOfRack, Unfit, apply,
            assess, choose, drain, recommend,
        },
    },
    types::ClusterId,
};

use super::racked;
use crate::clusters::cluster;

fn chosen(inventory: &Inventory, requirements: &Requirements) -> String {
    let found = recommend(inventory, requirements);
    found.chosen().unwrap().strategy.to_string()
}

#[test]
fn what_is_recommended_goes_by_size_and_by_what_is_to_be_survived() {
    let mut requirements = Requirements::default();
    for (nodes, expected) in [
        (2, "full mesh"),
        (100, "full mesh"),
        (101, "2 reflectors"),
        (500, "2 reflectors"),
        (2_000, "2 reflectors a group, two levels"),
    ] {
        let found = chosen(&racked(nodes, 10), &requirements);
        assert_eq!(found, expected, "{nodes} nodes");
    }
    requirements.maintenance = 1;
    assert_eq!(chosen(&racked(500, 10), &requirements), "3 reflectors");
    requirements.survive = 3;
    assert_eq!(chosen(&racked(500, 10), &requirements), "5 reflectors");
    requirements = Requirements::default();
    requirements.max_sessions = Some(10);
    let found = recommend(&generate(50, Mode::Mesh), &requirements);
    assert_eq!(found.ranked[0].strategy.to_string(), "2 reflectors");
    let why = "not full mesh: a node has 49 sessions, and is to have 10 at most";
    assert!(found.why.iter().any(|it| it == why), "{:?}", found.why);
}

#[test]
fn what_is_recommended_can_be_carried_out_without_a_warning() {
    for nodes in [20, 150, 900] {
        let inventory = racked(nodes, 6);
        let requirements = Requirements::default();
        let found = recommend(&inventory, &requirements);
        let design = found.design(&inventory, &requirements).unwrap().unwrap();
        let plan = plan(&design);
        assert_eq!(plan.count(Verdict::Established), found.ranked[0].sessions);
        let mut findings = check(&design, &plan, &Checks::default());
        // What reflectors at two levels lose of their own pods is known.
        findings.retain(|it| it.severity < Severity::Warning);
        assert_eq!(findings, [], "{nodes}");
    }
}

#[test]
fn every_other_strategy_is_told_why_it_is_not_taken() {
    let found = recommend(&racked(300, 6), &Requirements::default());
    assert_eq!(found.unfit, []);
    let why = found.why.join("\n");
    for expected in [
        "2 reflectors: 597 sessions, 2 a node; 2 paths to a block at a node; 598 messages for one \
         change; any 1 router may fail",
        "not full mesh: a full mesh has 44850 sessions, 299 at each node",
        "not 3 reflectors: 3 roles to look after in place of 2",
        "not 2 reflectors, an id each: 4 paths to a block at a node in place of 2",
        "not 2 reflectors a rack, one level: a node holds 2532 paths to each block, since",
        "not top-of-rack routers: 14 roles to look after in place of 2",
    ] {
        assert!(why.contains(expected), "{expected} in {why}");
    }
    assert_eq!(found.ranked.len() + 1, why.lines().count());
}

/// The blog's racks, each behind one leaf on a subnet of its own.
#[test]
fn the_labs_fabric_is_used_and_its_lonely_leaves_are_told_of() {
    let inventory = cluster("rack.yaml", Some("rack.fabric.yaml"));
    let requirements = Requirements::default();
    let found = recommend(&inventory, &requirements);
    let best = found.chosen().unwrap();
    assert!(
        matches!(best.strategy, Strategy::TopOfRack(_)),
        "{:?}",
        found.why
    );
    assert_eq!((best.sessions, best.roles), (8, 0));
    assert_eq!(best.survival.routers, Some(0));
    let lonely = ["router \"leaf0\"", "router \"leaf1\""];
    assert_eq!(best.single_points, lonely);
    assert!(best.unmet[0].starts_with("0 routers may fail at once, and 1 are to"));
    let mesh = found
        .ranked
        .iter()
        .find(|it| it.strategy == Strategy::FullMesh);
    let unmet = mesh.unwrap().unmet.join("; ");
    assert!(
        unmet.contains("they reach each other through the fabric"),
        "{unmet}"
    );
    // It is what there is already.
    let design = found.design(&inventory, &requirements).unwrap().unwrap();
    let (before, after) = (plan(&inventory), plan(&design));
    assert_eq!(after.count(Verdict::Established), 8);
    assert_eq!(before.findings, after.findings);
    for (before, after) in before.routers.iter().zip(&after.routers) {
        let ends = |of: &bgpwright::plan::PlannedRouter| -> BTreeSet<_> {
            of.ends
                .iter()
                .map(|it| (it.neighbor, it.remote_as, it.reflector_client))
                .collect()
        };
        assert_eq!(ends(before), ends(after), "{}", before.name);
    }
}

#[test]
fn names_and_numbers_that_cannot_be_are_refused() {
    let inventory = generate(6, Mode::Mesh);
    let mut requirements = Requirements::default();
    requirements.pinned.insert("nobody".into());
    let two = Strategy::Reflectors(Reflectors::new(2));
    let refused = apply(&two, &inventory, &requirements).unwrap_err();
    let text = "pinned names \"nobody\", and no node is called so";
    assert_eq!(refused.to_string(), text);
    requirements.pinned = BTreeSet::from(["node-1".into()]);
    requirements.forbidden = requirements.pinned.clone();
    let refused = apply(&two, &inventory, &requirements).unwrap_err();
    let text = "node \"node-1\" is both pinned and forbidden";
    assert_eq!(refused.to_string(), text);
    let requirements = Requirements::default();
    let none = Strategy::Reflectors(Reflectors::new(0));
    let refused = apply(&none, &inventory, &requirements).unwrap_err();
    assert_eq!(refused.to_string(), "count is 0: expected at least 1");
    let many = Strategy::Reflectors(Reflectors::new(7));
    let refused = apply(&many, &inventory, &requirements).unwrap_err();
    let text = "the cluster: 7 reflectors are needed, and 6 nodes may be one";
    assert_eq!(refused.to_string(), text);
    let racks = Strategy::TopOfRack(TopOfRack::default());
    let refused = apply(&racks, &inventory, &requirements).unwrap_err();
    let text = "node \"node-0\" has no rack: give it the label \"rack\"";
    assert_eq!(refused.to_string(), text);
}

#[test]
fn an_empty_cluster_is_no_reason_to_fail() {
    let found = recommend(&Inventory::default(), &Requirements::default());
    assert_eq!(found.chosen().unwrap().strategy, Strategy::FullMesh);
    assert_eq!(found.chosen().unwrap().sessions, 0);
}

/// A cluster whose nodes come, are drained, and go.
struct Growing {
    inventory: Inventory,
    next: usize,
    seed: u64,
}

impl Growing {
    fn random(&mut self, below: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed >> 33).unwrap() % below
    }

    fn add(&mut self, racks: usize) {
        let at = self.next;
        self.next += 1;
        let rack = self.random(racks);
        let mut node = Node::new(format!("new-{at}"));
        node.ipv4 = Some(bgpwright::plan::inventory::InterfaceAddress {
            addr: format!("10.1.{}.{}", at / 250, at % 250).parse().unwrap(),
            length: Some(8),
        });
        let pods = format!("10.{}.{}.0/24", 128 + at / 250, at % 250);
        node.advertised.push(pods.parse().unwrap());
        for (kind, name) in [
            ("rack", format!("r{rack}")),
            ("zone", format!("z{}", rack % 2)),
        ] {
            node.labels.insert(kind.into(), name.clone());
            node.domains.insert(kind.into(), name);
        }
        let place = self.random(self.inventory.nodes.len() + 1);
        self.inventory.nodes.insert(place, node);
    }

    fn roles(&self) -> BTreeMap<String, ClusterId> {
        let nodes = self.inventory.nodes.iter();
        let roles = nodes.filter_map(|it| Some((it.name.clone(), it.cluster_id?)));
        roles.collect()
    }
}

#[test]
fn roles_stay_where_they_are_while_nodes_come_and_go() {
    let mut two_levels = Requirements::default();
    two_levels.max_clients = Some(12);
    for (strategy, mut requirements) in [
        (Reflectors::new(2), Requirements::default()),
        (Reflectors::new(3), Requirements::default()),
        (Reflectors::two_levels(2, Span::Cluster), two_levels),
        (
            Reflectors::two_levels(2, Span::Domain("rack".into())),
            Requirements::default(),
        ),
    ] {
        let strategy = Strategy::Reflectors(strategy);
        let inventory = apply(&strategy, &racked(60, 4), &requirements).unwrap();
        let mut growing = Growing {
            inventory,
            next: 0,
            seed: 88_172_645_463_325_252,
        };
        let (mut events, mut groups) = (0, 0);
        while events < 150 {
            let before = growing.roles();
            let nodes = growing.inventory.nodes.len();
            requirements.forbidden.clear();
            let at = growing.random(nodes);
            let name = growing.inventory.nodes[at].name.clone();
            match growing.random(3) {
                0 => growing.add(4),
                1 if nodes > 40 => drop(growing.inventory.nodes.remove(at)),
                2 => drop(requirements.forbidden.insert(name.clone())),
                _ => continue,
            }
            events += 1;
            let grown = apply(&strategy, &growing.inventory, &requirements).unwrap();
            growing.inventory = grown;
            let after = growing.roles();
            let out = before.keys().filter(|it| !after.contains_key(*it));
            let out: Vec<&String> = out.collect();
            // Only who is gone or drained gives a role up, and one takes it.
            assert!(
                out.iter().all(|it| **it == name),
                "{strategy}: {out:?} at {name}"
            );
            let new = after.keys().filter(|it| !before.contains_key(*it)).count();
            // A group more has reflectors of its own.
            let group = if new > 1 { 2 } else { 0 };
            assert!(
                new <= out.len() + group,
                "{strategy}: {new} new roles at {name}"
            );
            groups += group / 2;
            let roles = 2 * growing.inventory.peerings.len();
            let wanted = match &strategy {
                Strategy::Reflectors(of) if of.levels == Levels::One => of.count,
                // Two for each group, whose peering is one, and two at the top:
                // planes and the top have peerings of their own.
                _ => roles - 4,
            };
            assert_eq!(after.len(), wanted, "{strategy}: at {name}");
            for (name, id) in &after {
                assert!(
                    before.get(name).is_none_or(|it| it == id),
                    "{strategy}: {name}"
                );
            }
            let plan = plan(&growing.inventory);
            assert_eq!(plan.findings, [], "{strategy}");
        }
        let packs = strategy.to_string().contains("group");
        assert!(
            groups == 0 || packs && groups < 8,
            "{strategy}: {groups} groups more"
        );
    }
}

#[test]
fn a_drained_reflector_gives_its_role_to_another_first() {
    let strategy = Strategy::Reflectors(Reflectors::new(2));
    let requirements = Requirements::default();
    let inventory = apply(&strategy, &racked(12, 3), &requirements).unwrap();
    let before = assess(&strategy, &inventory, &requirements)
        .unwrap()
        .reflectors;
    let found = drain(Some(&strategy), &inventory, &before[0], &requirements).unwrap();
    assert_eq!(found.unavoidable, []);
    let after = assess(&strategy, &found.inventory, &requirements)
        .unwrap()
        .reflectors;
    assert!(
        !after.contains(&before[0]) && after.contains(&before[1]),
        "{after:?}"
    );
    let steps = found.steps.iter().map(|step| match step {
        DrainStep::Change(step) => step.title.as_str(),
        DrainStep::Empty { node } => node,
        DrainStep::Stop { .. } => "stop",
        other => panic!("{other:?}"),
    });
    let steps: Vec<&str> = steps.collect();
    let new = after.iter().find(|it| !before.contains(it)).unwrap();
    let at = |of: &str| steps.iter().position(|it| it.contains(of)).unwrap();
    assert!(at(new) < at(&before[0]), "{steps:?}");
    assert_eq!(steps.last(), Some(&"stop"));
    assert_eq!(steps[steps.len() - 2], before[0]);
    let client = inventory
        .nodes
        .iter()
        .find(|it| it.cluster_id.is_none())
        .unwrap();
    let found = drain(Some(&strategy), &inventory, &client.name, &requirements).unwrap();
    assert_eq!(found.steps.len(), 2);
    let refused = drain(Some(&strategy), &inventory, "nobody", &requirements);
    assert!(
        matches!(refused, Err(Unfit::UnknownNode { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_drained_node_marks_what_it_tells_other_ases() {
    let mut inventory = cluster("rack.yaml", Some("rack.fabric.yaml"));
    let requirements = Requirements::default();
    let strategy = Strategy::TopOfRack(TopOfRack::default());
    let name = inventory.nodes[0].name.clone();
    let inside = drain(Some(&strategy), &inventory, &name, &requirements).unwrap();
    assert_eq!(inside.steps.len(), 2);
    let leaf = inventory.routers[0].asn;
    for node in &mut inventory.nodes {
        node.asn = Some(bgpwright::types::Asn(64_600));
    }
    for neighbor in inventory
        .routers
        .iter_mut()
        .flat_map(|it| &mut it.neighbors)
    {
        if inventory
            .nodes
            .iter()
            .any(|it| it.ipv4.is_some_and(|it| it.addr == neighbor.address))
        {
            neighbor.asn = bgpwright::types::Asn(64_600);
        }
    }
    let outside = drain(Some(&strategy), &inventory, &name, &requirements).unwrap();
    let DrainStep::MarkRoutes {
        community,
        neighbors,
        ..
    } = &outside.steps[1]
    else {
        panic!("{:?}", outside.steps);
    };
    assert_eq!(*community, bgpwright::types::Community::GRACEFUL_SHUTDOWN);
    assert_eq!(neighbors.iter().map(|it| it.1).collect::<Vec<_>>(), [leaf]);
}

#[test]
fn of_ten_thousand_nodes_two_levels_are_checked() {
    let inventory = racked(10_000, 40);
    let all: Vec<usize> = (0..10_000).collect();
    let choice = choose(&inventory, &all, 3, &Requirements::default()).unwrap();
    assert!(choice.is_best(), "{choice:?}");
    let requirements = Requirements::default();
    let found = recommend(&inventory, &requirements);
    let best = found.chosen().unwrap();
    assert_eq!(
        best.strategy.to_string(),
        "2 reflectors a group, two levels"
    );
    assert_eq!(best.copies, 2);
    assert!(best.sessions_per_reflector <= 500, "{best:?}");
    let design = found.design(&inventory, &requirements).unwrap().unwrap();
    let plan = plan(&design);
    assert_eq!(plan.findings, []);
    assert_eq!(plan.count(Verdict::Established), best.sessions);
}
