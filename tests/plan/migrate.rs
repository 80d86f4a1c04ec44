//! Steps from a plan to another that lose no route.

use core::time::Duration;

use bgpwright::{
    plan::{
        Checks, Edit, Inventory, Migration, Mode, Severity, check, edits_between, fabric,
        filter::Filter,
        generate, plan, prove, steps_to,
        yaml::{Limits, Source},
    },
    types::{Asn, ClusterId},
};

use crate::read;

/// The steps carried out, and each undone again.
fn carried_out(from: &Inventory, to: &Inventory) -> (Migration, Inventory) {
    let migration = steps_to(from, to);
    let mut now = from.clone();
    for step in &migration.steps {
        let before = now.clone();
        for edit in &step.edits {
            edit.apply(&mut now);
        }
        let mut back = now.clone();
        for edit in &step.rollback {
            edit.apply(&mut back);
        }
        let sorted = |of: &Inventory| {
            let mut of = of.clone();
            of.peerings.sort_by(|a, b| a.name.cmp(&b.name));
            of.nodes.sort_by(|a, b| a.name.cmp(&b.name));
            of.routers.sort_by(|a, b| a.name.cmp(&b.name));
            of
        };
        assert_eq!(sorted(&back), sorted(&before), "{}", step.title);
    }
    (migration, now)
}

fn titles(migration: &Migration) -> Vec<&str> {
    migration.steps.iter().map(|it| it.title.as_str()).collect()
}

/// What is left of the way: nothing, but for the order of resources.
fn arrived(now: &Inventory, to: &Inventory) {
    let sorted = |of: &Inventory| {
        let mut of = of.clone();
        of.peerings.sort_by(|a, b| a.name.cmp(&b.name));
        of.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        of.filters.sort_by(|a, b| a.name.cmp(&b.name));
        of.routers.sort_by(|a, b| a.name.cmp(&b.name));
        let around = (of.filters, of.routers);
        (of.nodes, of.peerings, of.mesh, of.default_as, around)
    };
    assert_eq!(sorted(now), sorted(to));
}

/// calico PR#4992, and the order of Calico's documentation.
#[test]
fn from_a_mesh_to_reflectors_the_mesh_goes_last() {
    let (mesh, reflectors) = (generate(8, Mode::Mesh), generate(8, Mode::Rr));
    let (migration, now) = carried_out(&mesh, &reflectors);
    assert_eq!(
        titles(&migration),
        [
            "add the peering \"to-reflectors\"",
            "make \"node-0\" a reflector of cluster 244.0.0.1",
            "make \"node-1\" a reflector of cluster 244.0.0.1",
            "switch the full mesh off",
        ]
    );
    assert_eq!(migration.unavoidable, []);
    assert_eq!(migration.lost_in_the_end, []);
    arrived(&now, &reflectors);
    let drained: Vec<_> = migration.steps.iter().map(|it| it.drain.clone()).collect();
    assert_eq!(drained[1], ["node-0"], "calico#3819: its own sessions move");
    assert_eq!(drained[2], ["node-1"]);
    assert!(drained[0].is_empty() && drained[3].is_empty());
    assert!(
        migration
            .steps
            .iter()
            .all(|it| it.exhaustive && it.mixtures > 0)
    );
    let gate = &migration.steps[1].gate;
    assert!(
        gate.same_prefixes && gate.established.len() == 14,
        "{gate:?}"
    );
}

#[test]
fn the_way_back_switches_the_mesh_on_first() {
    let (mesh, reflectors) = (generate(8, Mode::Mesh), generate(8, Mode::Rr));
    let (migration, now) = carried_out(&reflectors, &mesh);
    let titles = titles(&migration);
    assert_eq!(titles[0], "switch the full mesh on");
    assert_eq!(migration.unavoidable, [], "{titles:?}");
    arrived(&now, &mesh);
}

/// What the documentation warns of is found to lose routes by the same means.
#[test]
fn the_mesh_switched_off_first_loses_everything() {
    let mesh = generate(4, Mode::Mesh);
    let mut off = mesh.clone();
    off.mesh.enabled = false;
    let migration = steps_to(&mesh, &off);
    assert_eq!(migration.lost_in_the_end.len(), 12);
    let mut nothing = generate(4, Mode::Rr);
    nothing.peerings.clear();
    let migration = steps_to(&mesh, &nothing);
    assert_eq!(migration.lost_in_the_end.len(), 12);
}

#[test]
fn a_mesh_password_goes_before_the_mesh_does() {
    let mut mesh = generate(5, Mode::Mesh);
    mesh.mesh.restart_time = Some(Duration::from_secs(30));
    let (migration, _) = carried_out(&mesh, &generate(5, Mode::Rr));
    let titles = titles(&migration);
    let place = |start: &str| titles.iter().position(|it| it.starts_with(start)).unwrap();
    let (without, off) = (
        place("take the mesh's password"),
        place("switch the full mesh off"),
    );
    assert!(without < off, "{titles:?}");
    // All mesh sessions restart for it: late, with reflectors in place, that
    // loses nothing.
    assert_eq!(migration.unavoidable, [], "{titles:?}");
}

#[test]
fn a_reflector_is_replaced_without_a_loss() {
    let from = generate(9, Mode::Rr);
    let mut to = from.clone();
    let role = to.nodes[0].labels.clone();
    to.nodes[0].labels.clear();
    to.nodes[0].cluster_id = None;
    to.nodes[5].labels = role;
    to.nodes[5].cluster_id = Some(from.nodes[0].cluster_id.unwrap());
    let (migration, now) = carried_out(&from, &to);
    assert_eq!(
        titles(&migration),
        [
            "make \"node-5\" a reflector of cluster 244.0.0.1",
            "make \"node-0\" a node like the others",
        ]
    );
    assert_eq!(migration.unavoidable, []);
    arrived(&now, &to);
}

/// A cluster with one reflector, which is to have another cluster id.
fn only_reflector() -> (Inventory, Inventory) {
    let mut from = generate(6, Mode::Rr);
    from.nodes[1].cluster_id = None;
    from.nodes[1].labels.clear();
    let mut to = from.clone();
    to.nodes[0].cluster_id = Some(ClusterId(99));
    (from, to)
}

#[test]
fn another_node_reflects_while_the_only_reflector_changes() {
    let (from, to) = only_reflector();
    let (migration, now) = carried_out(&from, &to);
    assert_eq!(
        titles(&migration),
        [
            "let \"node-5\" reflect for \"node-0\" for a while",
            "make 0.0.0.99 the cluster of \"node-0\"",
            "make \"node-5\" a node like the others again",
        ]
    );
    assert_eq!(migration.unavoidable, []);
    arrived(&now, &to);
    // Without that help routes are lost for as long as its sessions restart.
    let alone = prove(&from, [("at once".into(), edits_between(&from, &to))]);
    let [loss] = &alone.unavoidable[..] else {
        panic!("{alone:?}")
    };
    assert_eq!(loss.seconds, Some(5));
    let said = loss.to_string();
    let expected = "sessions restart that these depend on: at once";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_mesh_of_which_every_session_restarts_loses_routes_and_says_how_long() {
    let from = generate(5, Mode::Mesh);
    let mut to = from.clone();
    to.mesh.restart_time = Some(Duration::from_secs(30));
    let (migration, now) = carried_out(&from, &to);
    arrived(&now, &to);
    let [loss] = &migration.unavoidable[..] else {
        panic!("{migration:?}")
    };
    assert_eq!((loss.pairs, loss.seconds), (20, Some(5)));
}

/// Of one order of edits: what it loses for good, and for seconds.
fn given(from: &Inventory, steps: &[(&str, Vec<Edit>)]) -> Vec<(usize, Option<u32>, usize)> {
    let steps = steps
        .iter()
        .map(|(title, edits)| ((*title).to_owned(), edits.clone()));
    let migration = prove(from, steps);
    assert_eq!(migration.lost_in_the_end, []);
    let losses = migration.unavoidable.iter();
    losses.map(|it| (it.step, it.seconds, it.pairs)).collect()
}

/// The parts of the way from a mesh to reflectors, for orders of one's own.
fn parts(from: &Inventory, to: &Inventory) -> (Edit, Edit, Vec<Edit>) {
    let edits = edits_between(from, to);
    let of = |pick: fn(&Edit) -> bool| edits.iter().filter(|it| pick(it)).cloned().collect();
    let one = |pick| {
        let found: Vec<Edit> = of(pick);
        found[0].clone()
    };
    (
        one(|it| matches!(it, Edit::SetMesh(_))),
        one(|it| matches!(it, Edit::SetPeering(_))),
        of(|it| matches!(it, Edit::SetNode(_))),
    )
}

/// calico PR#4992.
#[test]
fn the_mesh_off_before_its_replacement_loses_every_route() {
    let (from, to) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    let (mesh, peering, roles) = parts(&from, &to);
    let steps = [
        ("mesh off", vec![mesh]),
        ("peering", vec![peering]),
        ("roles", roles),
    ];
    let losses = given(&from, &steps);
    assert_eq!(losses[0], (0, None, 30));
}

#[test]
fn all_at_once_loses_routes_until_every_node_has_it() {
    let (from, to) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    let losses = given(&from, &[("all", edits_between(&from, &to))]);
    assert!(
        losses.iter().any(|(_, seconds, _)| seconds.is_none()),
        "{losses:?}"
    );
}

/// Setting the cluster id takes a node out of the mesh at once.
#[test]
fn cluster_ids_before_the_peering_cut_the_reflectors_off() {
    let (from, to) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    let (mesh, peering, roles) = parts(&from, &to);
    let steps = [
        ("roles", roles),
        ("peering", vec![peering]),
        ("mesh off", vec![mesh]),
    ];
    let losses = given(&from, &steps);
    // Each of both with each of the others, and with each other.
    assert_eq!(losses[0], (0, None, 2 * (2 * 4 + 1)));
}

/// calico#3819: where the pair has no other way, its session blinks.
#[test]
fn a_label_before_its_cluster_id_makes_mesh_sessions_blink() {
    let (from, to) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    let (mesh, peering, roles) = parts(&from, &to);
    let mut all = vec![("peering".to_owned(), vec![peering])];
    for role in roles {
        all.push(("role".to_owned(), vec![role]));
    }
    all.push(("mesh off".to_owned(), vec![mesh]));
    let migration = prove(&from, all);
    assert_eq!(migration.unavoidable, []);
    let drained: Vec<_> = migration.steps.iter().map(|it| it.drain.len()).collect();
    assert_eq!(drained, [0, 1, 1, 0], "only those whose role changes");
}

/// calico#2735: one cluster id for reflectors with clients of their own.
#[test]
fn one_cluster_id_for_all_racks_is_found_to_lose_routes_in_the_end() {
    let from = generate(60, Mode::RrPerRack);
    let mut to = from.clone();
    let id = to.nodes[0].cluster_id;
    for node in &mut to.nodes {
        node.cluster_id = node.cluster_id.and(id);
    }
    let migration = steps_to(&from, &to);
    assert!(!migration.lost_in_the_end.is_empty());
}

#[test]
fn a_filter_comes_before_the_peering_that_names_it_and_goes_after() {
    let from = generate(6, Mode::Rr);
    let mut to = from.clone();
    to.filters.push(Filter {
        name: "f".into(),
        ..Filter::default()
    });
    to.peerings[0].settings.filters = vec!["f".into()];
    let (migration, now) = carried_out(&from, &to);
    arrived(&now, &to);
    let there = titles(&migration);
    let expected = [
        "add the filter \"f\"",
        "change the peering \"to-reflectors\"",
    ];
    assert_eq!(there, expected);
    let (migration, now) = carried_out(&to, &from);
    arrived(&now, &from);
    let expected = [
        "change the peering \"to-reflectors\"",
        "take the filter \"f\" away",
    ];
    assert_eq!(titles(&migration), expected);
}

#[test]
fn a_reflector_more_and_a_reflector_less_lose_nothing() {
    let two = generate(12, Mode::Rr);
    let mut three = two.clone();
    three.nodes[7].cluster_id = two.nodes[0].cluster_id;
    three.nodes[7].labels = two.nodes[0].labels.clone();
    for (from, to) in [(&two, &three), (&three, &two)] {
        let (migration, now) = carried_out(from, to);
        assert_eq!(migration.steps.len(), 1);
        assert_eq!(migration.unavoidable, []);
        assert_eq!(migration.steps[0].drain, ["node-7"]);
        arrived(&now, to);
    }
}

#[test]
fn between_reflectors_for_all_and_reflectors_of_racks_nothing_is_lost() {
    let (mut all, racks) = (generate(40, Mode::Rr), generate(40, Mode::RrPerRack));
    for (node, of) in all.nodes.iter_mut().zip(&racks.nodes) {
        let rack = of.labels["rack"].clone();
        node.labels.insert("rack".into(), rack.clone());
        node.domains.insert("rack".into(), rack);
    }
    for (from, to) in [(&all, &racks), (&racks, &all)] {
        let (migration, now) = carried_out(from, to);
        arrived(&now, to);
        assert_eq!(migration.unavoidable, [], "{:?}", titles(&migration));
    }
}

#[test]
fn a_cluster_changes_its_as_rack_by_rack() {
    let mut from = generate(40, Mode::Mesh);
    for (at, node) in from.nodes.iter_mut().enumerate() {
        let rack = format!("rack-{}", at % 2);
        node.labels.insert("rack".into(), rack.clone());
        node.domains.insert("rack".into(), rack);
    }
    let mut to = from.clone();
    to.default_as = Asn(65001);
    let (migration, now) = carried_out(&from, &to);
    let titles = titles(&migration);
    assert_eq!(
        titles[0],
        "write AS 64512 into the 40 nodes that take it from the cluster"
    );
    assert!(
        titles
            .iter()
            .any(|it| it.contains("20 nodes of rack-1 to AS 65001")),
        "{titles:?}"
    );
    arrived(&now, &to);
    // A node whose AS changes restarts all its sessions: it is emptied first.
    assert_eq!(migration.unavoidable, [], "{titles:?}");
    let moved = migration
        .steps
        .iter()
        .filter(|it| it.title.starts_with("move "));
    assert!(moved.clone().all(|it| it.drain.len() == 20), "{titles:?}");
    assert_eq!(moved.count(), 2);
}

#[test]
fn without_racks_a_quarter_of_the_nodes_changes_its_as_at_a_time() {
    let from = generate(100, Mode::Mesh);
    let mut to = from.clone();
    to.default_as = Asn(65001);
    let (migration, now) = carried_out(&from, &to);
    arrived(&now, &to);
    assert_eq!(migration.unavoidable, []);
    let moved = migration
        .steps
        .iter()
        .filter(|it| it.title.starts_with("move "));
    let drained: Vec<usize> = moved.map(|it| it.drain.len()).collect();
    assert_eq!(drained, [25; 4]);
}

/// The blog's cluster with leaves above its racks, and the same as a mesh.
fn mesh_and_leaves() -> (Inventory, Inventory) {
    let text = std::fs::read_to_string("examples/clusters/rack.yaml").unwrap();
    let around = std::fs::read_to_string("examples/clusters/rack.fabric.yaml").unwrap();
    let mut to = read(&text).into_inventory().unwrap();
    let source = Source {
        name: "x",
        text: &around,
    };
    fabric::read(source, &Limits::default())
        .unwrap()
        .apply(&mut to);
    let mut from = to.clone();
    from.mesh.enabled = true;
    from.peerings.clear();
    from.routers.clear();
    for node in &mut from.nodes {
        node.asn = None;
    }
    (from, to)
}

/// The blog's way: from a mesh to the leaves of racks.
#[test]
fn from_a_mesh_to_the_leaves_the_fabric_comes_first_and_the_mesh_goes_last() {
    let (from, to) = mesh_and_leaves();
    let (migration, now) = carried_out(&from, &to);
    let titles = titles(&migration);
    let place = |start: &str| titles.iter().position(|it| it.starts_with(start)).unwrap();
    assert_eq!(place("set up the router"), 0);
    assert!(
        place("write AS 64512") < place("move 2 nodes"),
        "{titles:?}"
    );
    assert_eq!(
        place("switch the full mesh off"),
        titles.len() - 1,
        "{titles:?}"
    );
    arrived(&now, &to);
    assert_eq!(migration.lost_in_the_end, []);
    assert_eq!(migration.unavoidable, []);
}

#[test]
fn from_the_leaves_to_a_mesh_the_mesh_comes_before_they_go() {
    let (mesh, leaves) = mesh_and_leaves();
    let (migration, now) = carried_out(&leaves, &mesh);
    arrived(&now, &mesh);
    let titles = titles(&migration);
    let place = |start: &str| titles.iter().position(|it| it.starts_with(start)).unwrap();
    let on = place("switch the full mesh on");
    assert!(on < place("take the peering"), "{titles:?}");
    assert!(on < place("take the router"), "{titles:?}");
    assert_eq!(migration.unavoidable, []);
}

/// Random plans that are good at both ends: the steps arrive and nothing is
/// unavoidable, and by another reckoning every state between them is good.
#[test]
fn between_good_plans_every_state_after_a_step_is_good() {
    for seed in 0..40_u64 {
        let of = |roll: u64| {
            let mode = [Mode::Mesh, Mode::Rr, Mode::RrPerRack][usize::try_from(roll % 3).unwrap()];
            generate(5 + usize::try_from(roll / 3 % 3).unwrap(), mode)
        };
        let (from, mut to) = (of(seed), of(seed / 3 + 1));
        if seed % 4 == 1 {
            to.default_as = Asn(65010);
        }
        let (migration, now) = carried_out(&from, &to);
        arrived(&now, &to);
        assert_eq!(
            migration.unavoidable,
            [],
            "seed {seed}: {:?}",
            titles(&migration)
        );
        let kept: Vec<_> = to.nodes.iter().map(|it| &it.name).collect();
        let mut state = from.clone();
        for step in &migration.steps {
            step.edits.iter().for_each(|edit| edit.apply(&mut state));
            let mut both = state.clone();
            both.nodes.retain(|it| {
                kept.contains(&&it.name) && from.nodes.iter().any(|of| of.name == it.name)
            });
            let errors: Vec<_> = check(&both, &plan(&both), &Checks::default())
                .into_iter()
                .filter(|it| it.code == bgpwright::plan::Code::LostRoutes)
                .filter(|it| it.severity == Severity::Error)
                .collect();
            assert_eq!(errors, [], "seed {seed}: after {}", step.title);
        }
    }
}

#[test]
fn a_thousand_nodes_are_moved_in_few_steps() {
    let (mesh, reflectors) = (generate(1000, Mode::Mesh), generate(1000, Mode::Rr));
    let (migration, now) = carried_out(&mesh, &reflectors);
    assert_eq!(migration.steps.len(), 5, "{:?}", titles(&migration));
    assert_eq!(migration.unavoidable, []);
    arrived(&now, &reflectors);
    let last = migration.steps.last().unwrap();
    assert_eq!(last.changes.removed, 997 * 996);
    assert!(matches!(last.edits[..], [Edit::SetMesh(_)]));
}
