//! Which nodes reflect: as good as any other choice, and for long.

use std::collections::{BTreeMap, BTreeSet};

use bgpwright::plan::{
    Inventory, Mode, generate,
    inventory::Link,
    strategy::{Objective, Requirements, Unfit, choose},
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// A small cluster: of each node its rack, zone, and whether it carries pods and
/// reflects; who is pinned or forbidden; links between nodes and leaves.
#[derive(Clone, Debug)]
struct Case {
    nodes: Vec<(Option<u8>, Option<u8>, bool, bool)>,
    pinned: BTreeSet<usize>,
    forbidden: BTreeSet<usize>,
    links: Vec<(usize, usize, u32)>,
    count: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let node = (
        prop::option::of(0..4_u8),
        prop::option::of(0..2_u8),
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    let place = 0..12_usize;
    (
        prop::collection::vec(node, 3..9),
        prop::collection::btree_set(0..9_usize, 0..2),
        prop::collection::btree_set(0..9_usize, 0..3),
        prop::collection::vec((place.clone(), place, 1..20_u32), 0..20),
        1..4_usize,
    )
        .prop_map(|(nodes, pinned, forbidden, links, count)| Case {
            pinned: pinned.into_iter().filter(|it| *it < nodes.len()).collect(),
            forbidden: forbidden
                .into_iter()
                .filter(|it| *it < nodes.len())
                .collect(),
            nodes,
            links,
            count,
        })
}

/// Nodes are `node-0` and on; places from 9 on are leaves.
fn name(place: usize) -> String {
    if place < 9 {
        format!("node-{place}")
    } else {
        format!("leaf-{place}")
    }
}

impl Case {
    fn inventory(&self) -> Inventory {
        let mut inventory = generate(self.nodes.len(), Mode::Mesh);
        for (node, (rack, zone, pods, reflects)) in inventory.nodes.iter_mut().zip(&self.nodes) {
            node.domains
                .extend(rack.map(|it| ("rack".into(), format!("r{it}"))));
            node.domains
                .extend(zone.map(|it| ("zone".into(), format!("z{it}"))));
            if !pods {
                node.advertised.clear();
            }
            node.cluster_id = reflects.then_some(bgpwright::types::ClusterId(7));
        }
        let links = self.links.iter().filter(|(a, b, _)| a != b);
        let links = links.map(|(a, b, cost)| Link {
            ends: (name(*a), name(*b)),
            cost: *cost,
        });
        inventory.links = links.collect();
        inventory
    }

    fn requirements(&self) -> Requirements {
        let mut requirements = Requirements::default();
        let names = |of: &BTreeSet<usize>| of.iter().map(|it| name(*it)).collect();
        requirements.pinned = names(&self.pinned);
        requirements.forbidden = names(&self.forbidden);
        requirements
    }

    fn size(&self) -> usize {
        self.count.max(self.pinned.len())
    }

    /// The objective as its documentation has it, written anew.
    fn objective(&self, chosen: &[usize]) -> Objective {
        let inventory = self.inventory();
        let may = |at: &usize| !self.forbidden.contains(at);
        let (mut breaches, mut together) = (0, 0);
        for kind in ["rack", "zone"] {
            let domain = |at: &usize| inventory.nodes[*at].domains.get(kind);
            let nodes = 0..self.nodes.len();
            let there: BTreeSet<_> = nodes.filter(may).filter_map(|it| domain(&it)).collect();
            let mut used: BTreeMap<_, u64> = BTreeMap::new();
            for domain in chosen.iter().filter_map(domain) {
                *used.entry(domain).or_default() += 1;
            }
            let wanted = there.len().min(self.count).min(2);
            breaches += wanted.saturating_sub(used.len()) as u64;
            together += used.values().map(|it| it - 1).sum::<u64>();
        }
        let of = |test: &dyn Fn(&usize) -> bool, all: &mut dyn Iterator<Item = usize>| {
            all.filter(|it| test(it)).count() as u64
        };
        let pods = of(&|it| self.nodes[*it].2, &mut chosen.iter().copied());
        let role = |at: &usize| self.nodes[*at].3 && may(at) && !chosen.contains(at);
        let moved = of(&role, &mut (0..self.nodes.len()));
        let stretch = if inventory.links.is_empty() {
            0
        } else {
            self.stretch(&inventory, chosen)
        };
        Objective {
            breaches,
            weighted: stretch + together * 1_000 + pods * 100 + moved * 1_000_000,
        }
    }

    /// Over all nodes, the way to the nearest reflector; by Floyd and Warshall.
    fn stretch(&self, inventory: &Inventory, chosen: &[usize]) -> u64 {
        let mut names: Vec<String> = inventory.nodes.iter().map(|it| it.name.clone()).collect();
        names.extend((0..12).map(name));
        names.dedup();
        let names: Vec<String> = names
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let at = |name: &str| names.iter().position(|it| it == name).unwrap();
        let mut ways = vec![vec![1_u64 << 40; names.len()]; names.len()];
        for (place, row) in ways.iter_mut().enumerate() {
            row[place] = 0;
        }
        for link in &inventory.links {
            let (a, b) = (at(&link.ends.0), at(&link.ends.1));
            ways[a][b] = ways[a][b].min(u64::from(link.cost));
            ways[b][a] = ways[a][b];
        }
        for over in 0..names.len() {
            for a in 0..names.len() {
                for b in 0..names.len() {
                    ways[a][b] = ways[a][b].min(ways[a][over] + ways[over][b]);
                }
            }
        }
        let nearest = |node: usize| {
            let ways = |it: &usize| ways[at(&name(*it))][at(&name(node))];
            chosen.iter().map(ways).min().unwrap()
        };
        (0..self.nodes.len()).map(nearest).sum()
    }

    /// The best of all choices.
    fn best(&self) -> Option<Objective> {
        let all = 0_u32..1 << self.nodes.len();
        let sets = all.filter(|it| it.count_ones() as usize == self.size());
        let sets = sets.map(|set| {
            let nodes = 0..self.nodes.len();
            nodes.filter(|it| set & 1 << it != 0).collect::<Vec<_>>()
        });
        let fits = sets.filter(|set| {
            let pinned = self.pinned.iter().all(|it| set.contains(it));
            pinned && set.iter().all(|it| !self.forbidden.contains(it))
        });
        fits.map(|set| self.objective(&set)).min()
    }
}

#[test]
fn of_small_clusters_the_best_choice_is_found_and_known_to_be_it() {
    let mut runner = TestRunner::new(Config {
        cases: 3_000,
        ..Config::default()
    });
    let run = runner.run(&cases(), |case| {
        let inventory = case.inventory();
        let all: Vec<usize> = (0..case.nodes.len()).collect();
        let found = choose(&inventory, &all, case.count, &case.requirements());
        if !case.pinned.is_disjoint(&case.forbidden) {
            let both = matches!(found, Err(Unfit::Contradiction { .. }));
            prop_assert!(both, "{found:?}");
            return Ok(());
        }
        let Some(best) = case.best() else {
            let few = matches!(found, Err(Unfit::TooFew { .. }));
            prop_assert!(few, "{found:?}");
            return Ok(());
        };
        let found = found.unwrap();
        prop_assert_eq!(found.objective, case.objective(&found.reflectors));
        prop_assert_eq!(found.objective, best);
        prop_assert!(found.is_best());
        Ok(())
    });
    run.unwrap();
}

#[test]
fn a_bound_holds_where_not_everything_was_tried() {
    // Two leaves a rack, three to twenty nodes on each pair, at odd costs.
    let mut inventory = generate(600, Mode::Mesh);
    let mut seed = 7_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 16
    };
    for (at, node) in inventory.nodes.iter().enumerate() {
        let rack = (at * at) % 150;
        inventory.links.push(Link {
            ends: (node.name.clone(), format!("leaf-{rack}")),
            cost: 1 + next() % 9,
        });
    }
    for rack in 0..150 {
        for _ in 0..2 {
            inventory.links.push(Link {
                ends: (format!("leaf-{rack}"), format!("leaf-{}", next() % 150)),
                cost: 10 + next() % 90,
            });
        }
    }
    let all: Vec<usize> = (0..600).collect();
    let choice = choose(&inventory, &all, 4, &Requirements::default()).unwrap();
    assert!(choice.bound <= choice.objective);
    let (bound, found) = (choice.bound.weighted, choice.objective.weighted);
    assert!(bound * 20 >= found * 19, "{bound} of {found}");
}
