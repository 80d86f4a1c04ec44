//! From one inventory to another: exactly what differs.

use std::collections::BTreeMap;

use bgpwright::{
    plan::{
        ChangeCounts, Effect, Expansion, Inventory, Mode, Reconcile, SessionEnd, SpeakerChange,
        filter::{Filter, FilterRule},
        generate,
        inventory::{NextHop, Peering, SecretRef},
        plan, speaker_changes, speakers,
    },
    speaker::ChangeEffect,
    types::{Asn, ClusterId},
};

/// Small clusters that differ in a thing or several.
fn random(seed: u64) -> (Inventory, Inventory) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut roll = |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % sides).unwrap()
    };
    let modes = [Mode::Mesh, Mode::Rr, Mode::RrPerRack];
    let old = generate(3 + roll(6), modes[roll(3)]);
    let mut new = if roll(4) == 0 {
        generate(3 + roll(6), modes[roll(3)])
    } else {
        old.clone()
    };
    for _ in 0..roll(4) {
        let at = roll(new.nodes.len() as u64);
        let node = &mut new.nodes[at];
        match roll(10) {
            0 => node.asn = [None, Some(Asn(64512)), Some(Asn(65001))][roll(3)],
            1 => node.cluster_id = [None, Some(ClusterId(7))][roll(2)],
            2 => node.listen_port = [None, Some(1179)][roll(2)],
            3 => drop(new.nodes.remove(at)),
            4 => new.mesh.enabled = roll(2) == 0,
            5 => new.listen_port = Some(2179),
            6 => new.mesh.restart_time = Some(core::time::Duration::from_secs(9)),
            7 => {
                if let Some(peering) = new.peerings.first_mut() {
                    peering.settings.next_hop = NextHop::Own;
                }
            }
            8 => {
                if let Some(peering) = new.peerings.first_mut() {
                    peering.settings.filters = vec!["f".into()];
                    new.filters = vec![filter("f", roll(2) == 0)];
                }
            }
            _ => new.default_as = Asn(64999),
        }
        if new.nodes.is_empty() {
            return (old.clone(), old);
        }
    }
    (old, new)
}

fn filter(name: &str, of_import: bool) -> Filter {
    let rules = vec![FilterRule {
        accept: true,
        prefix: None,
        from_peers: true,
        interface: None,
        community: None,
        as_path_prefix: Vec::new(),
        priority: None,
        peer_type: None,
        operations: Vec::new(),
    }];
    let mut filter = Filter {
        name: name.into(),
        ..Filter::default()
    };
    if of_import {
        filter.import_v4 = rules;
    } else {
        filter.export_v4 = rules;
    }
    filter
}

fn ends(inventory: &Inventory, name: &str) -> BTreeMap<String, SessionEnd> {
    let at = inventory.nodes.iter().position(|it| it.name == name);
    let ends = at.map(|at| Expansion::new(inventory).ends(at));
    let ends = ends.into_iter().flatten();
    ends.map(|end| (end.protocol_name(), end)).collect()
}

#[test]
fn changes_applied_to_the_old_give_the_new_and_nothing_else_differs() {
    let mut seen = BTreeMap::new();
    for seed in 0..1500 {
        let (old, new) = random(seed);
        let reconcile = Reconcile::new(&old, &new);
        let mut counts = [0_u64; 4];
        for name in reconcile.names() {
            let (mut before, after) = (ends(&old, name), ends(&new, name));
            for change in reconcile.of_node(name) {
                *seen.entry(change.effect).or_insert(0) += 1;
                let place = match change.effect {
                    Effect::Added => 0,
                    Effect::Removed => 1,
                    Effect::Reset => 2,
                    _ => 3,
                };
                counts[place] += 1;
                if change.effect == Effect::Removed {
                    before.remove(&change.protocol).unwrap();
                } else {
                    let end = after[&change.protocol].clone();
                    let was = before.insert(change.protocol.clone(), end);
                    assert_eq!(was.is_none(), change.effect == Effect::Added, "{seed}");
                }
            }
            let facts = |ends: &BTreeMap<String, SessionEnd>| -> Vec<_> {
                let ends = ends.values();
                ends.map(|it| {
                    (
                        it.local,
                        it.neighbor,
                        it.remote_as,
                        it.local_as,
                        it.passive,
                        it.port,
                    )
                })
                .collect()
            };
            assert_eq!(facts(&before), facts(&after), "seed {seed}, {name}");
        }
        let found = reconcile.counts();
        let found = [found.added, found.removed, found.reset, found.soft];
        assert_eq!(found, counts, "seed {seed}");
        assert_eq!(
            Reconcile::new(&new, &new).counts().routers,
            0,
            "seed {seed}"
        );
    }
    for effect in [
        Effect::Added,
        Effect::Removed,
        Effect::Reset,
        Effect::Refresh,
        Effect::Soft,
    ] {
        assert!(seen[&effect] > 50, "{seen:?}");
    }
}

#[test]
fn a_peering_under_another_name_changes_nothing() {
    let old = generate(10, Mode::Rr);
    let mut new = old.clone();
    new.peerings[0].name = "another".into();
    let reconcile = Reconcile::new(&old, &new);
    assert_eq!(reconcile.counts(), ChangeCounts::default());
}

#[test]
fn a_node_more_in_a_mesh_of_ten_thousand_is_counted() {
    let old = generate(10_000, Mode::Mesh);
    let new = generate(10_001, Mode::Mesh);
    let counts = Reconcile::new(&old, &new).counts();
    assert_eq!(
        (counts.added, counts.removed, counts.routers),
        (20_000, 0, 10_001)
    );
    let of_one = Reconcile::new(&old, &new).of_node("node-7");
    assert_eq!(of_one.len(), 1);
    assert_eq!(of_one[0].protocol, "Mesh_10_0_39_17");
}

/// What comes of a change of the peering that a client has with its reflectors.
fn of_peering(change: impl Fn(&mut Inventory, usize)) -> Vec<(Effect, Vec<&'static str>)> {
    let old = generate(4, Mode::Rr);
    let mut new = old.clone();
    change(&mut new, 0);
    let changes = Reconcile::new(&old, &new).of_node("node-3");
    changes
        .into_iter()
        .map(|it| (it.effect, it.fields))
        .collect()
}

/// The table in the module's documentation.
#[test]
fn every_setting_has_the_effect_that_it_has_in_bird() {
    type Change = (&'static str, Effect, fn(&mut Peering));
    let settings: [Change; 9] = [
        ("next hop", Effect::Reset, |it| {
            it.settings.next_hop = NextHop::Keep;
        }),
        ("source address", Effect::Reset, |it| {
            it.settings.any_source_address = true;
        }),
        ("TTL", Effect::Reset, |it| {
            it.settings.ttl_security = Some(1);
        }),
        ("timers", Effect::Reset, |it| {
            it.settings.keepalive = Some(core::time::Duration::from_secs(5));
        }),
        ("graceful restart", Effect::Reset, |it| {
            it.settings.restart_time = Some(core::time::Duration::from_secs(5));
        }),
        ("password", Effect::Reset, |it| {
            it.settings.password = Some(SecretRef {
                name: "a".into(),
                key: "b".into(),
            });
        }),
        ("gateway towards the neighbour", Effect::None, |it| {
            it.settings.reachable_by = Some("10.0.0.9".parse().unwrap());
        }),
        ("BFD", Effect::None, |it| it.settings.bfd = true),
        ("name", Effect::None, |it| it.name = "other".into()),
    ];
    for (field, effect, change) in settings {
        let found = of_peering(|new, at| change(&mut new.peerings[at]));
        if field == "name" {
            assert_eq!(found, []);
            continue;
        }
        assert_eq!(found, [(effect, vec![field]), (effect, vec![field])]);
    }
}

#[test]
fn a_filter_is_compared_by_what_it_says() {
    let with = |name: &'static str, of_import: bool| {
        move |new: &mut Inventory, at: usize| {
            new.peerings[at].settings.filters = vec![name.into()];
            new.filters = vec![filter(name, of_import)];
        }
    };
    let import = of_peering(with("x", true));
    assert_eq!(import[0], (Effect::Refresh, vec!["import filters"]));
    let export = of_peering(with("x", false));
    assert_eq!(export[0], (Effect::Soft, vec!["export filters"]));
    // A filter that is not there is skipped, and one of another name that says
    // the same is the same.
    let missing = of_peering(|new, at| new.peerings[at].settings.filters = vec!["x".into()]);
    assert_eq!(missing, []);
    let mut old = generate(4, Mode::Rr);
    with("x", true)(&mut old, 0);
    let mut new = old.clone();
    with("y", true)(&mut new, 0);
    assert_eq!(Reconcile::new(&old, &new).of_node("node-3"), []);
    new.filters = vec![filter("y", false)];
    let changes = Reconcile::new(&old, &new).of_node("node-3");
    assert_eq!(changes[0].effect, Effect::Refresh);
    assert_eq!(changes[0].fields, ["import filters", "export filters"]);
}

/// calico#3819.
#[test]
fn a_session_that_moves_from_the_mesh_to_a_peering_blinks() {
    let old = generate(4, Mode::Mesh);
    let mut new = generate(4, Mode::Rr);
    new.mesh.enabled = true;
    let changes = Reconcile::new(&old, &new).of_node("node-3");
    let to_reflector: Vec<_> = changes
        .iter()
        .map(|it| (it.protocol.as_str(), it.effect, it.blinks))
        .collect();
    assert_eq!(
        to_reflector,
        [
            ("Mesh_10_0_0_1", Effect::Removed, true),
            ("Mesh_10_0_0_2", Effect::Removed, true),
            ("Node_10_0_0_1", Effect::Added, true),
            ("Node_10_0_0_2", Effect::Added, true),
        ]
    );
}

#[test]
fn speakers_of_ours_are_told_the_least() {
    let old = generate(4, Mode::Rr);
    let mut new = old.clone();
    let of = |inventory: &Inventory, at: usize| speakers(&plan(inventory))[at].clone();
    assert_eq!(speaker_changes(&of(&old, 0), &of(&new, 0)), []);
    new.nodes[0].cluster_id = Some(ClusterId(9));
    new.nodes[1].cluster_id = Some(ClusterId(9));
    let changes = speaker_changes(&of(&old, 0), &of(&new, 0));
    assert_eq!(changes, [SpeakerChange::ClusterId]);
    new.nodes.pop();
    let changes = speaker_changes(&of(&old, 0), &of(&new, 0));
    assert_eq!(
        changes,
        [SpeakerChange::ClusterId, SpeakerChange::Remove(2)]
    );
    let mut hop = new.clone();
    hop.peerings[0].settings.next_hop = NextHop::Own;
    let changes = speaker_changes(&of(&new, 1), &of(&hop, 1));
    assert_eq!(
        changes,
        [
            SpeakerChange::Change(0, 0, ChangeEffect::Soft),
            SpeakerChange::Change(1, 1, ChangeEffect::Soft),
        ]
    );
    let mut timers = new.clone();
    timers.peerings[0].settings.hold_time = Some(core::time::Duration::from_secs(9));
    let changes = speaker_changes(&of(&new, 2), &of(&timers, 2));
    assert_eq!(
        changes,
        [SpeakerChange::Reset(0, 0), SpeakerChange::Reset(1, 1)]
    );
    new.default_as = Asn(65000);
    let changes = speaker_changes(&of(&old, 0), &of(&new, 0));
    assert_eq!(changes, [SpeakerChange::Replace]);
}
