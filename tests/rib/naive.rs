//! Random work on a RIB, held against a list that is decided anew every time.

use std::{collections::BTreeMap, net::IpAddr};

use bgpwright::{
    rib::{
        Candidate, DecisionConfig, Marks, Neighbor, Outcome, Refusal, Rib, RouteSource,
        UnknownNextHops, compare, decide,
    },
    types::{AsPath, Asn, ClusterId, Family, NextHop, PeerId, PeerType, Prefix, RouterId},
    wire::{AttributeSet, Origin, PathId},
};

/// splitmix64: a stream of numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn small(&mut self, sides: u32) -> u32 {
        u32::try_from(self.roll(u64::from(sides))).unwrap()
    }

    fn maybe(&mut self, sides: u32) -> Option<u32> {
        (self.roll(2) == 0).then(|| self.small(sides))
    }
}

/// Few values of each, so that every step decides now and then.
fn attributes(dice: &mut Dice) -> AttributeSet {
    let path = (0..=dice.roll(2)).map(|_| 65001).collect::<Vec<u32>>();
    let first = 65001 + dice.small(2);
    AttributeSet {
        origin: Some([Origin::Igp, Origin::Egp][usize::try_from(dice.roll(2)).unwrap()]),
        as_path: Some(AsPath::sequence(
            core::iter::once(first).chain(path).map(Asn),
        )),
        next_hop: Some(NextHop::from(hop(dice.small(3)))),
        med: dice.maybe(3),
        local_pref: dice.maybe(2).map(|more| 100 + more),
        originator_id: dice.maybe(3).map(RouterId),
        cluster_list: (0..dice.roll(3)).map(|_| ClusterId(1)).collect(),
        ..AttributeSet::default()
    }
}

fn hop(number: u32) -> IpAddr {
    IpAddr::from([192, 0, 2, u8::try_from(number).unwrap()])
}

fn prefix(number: u32) -> Prefix {
    let number = u8::try_from(number).unwrap();
    Prefix::new(IpAddr::from([10, number, 0, 0]), 16 + number % 2).unwrap()
}

fn neighbor(number: u32) -> Neighbor {
    Neighbor {
        peer_type: [PeerType::External, PeerType::Internal][number as usize % 2],
        router_id: RouterId(number / 2),
        address: IpAddr::from([203, 0, 113, u8::try_from(number).unwrap()]),
    }
}

type Key = (u32, Option<u32>, Option<PathId>);

/// A path as it was given.
#[derive(Clone, Debug)]
struct Given {
    attributes: AttributeSet,
    weight: u32,
    refused: Option<Refusal>,
    fresh: bool,
}

/// The same, slowly: paths by prefix, source and identifier.
#[derive(Default)]
struct Naive {
    paths: BTreeMap<Key, Given>,
    costs: BTreeMap<IpAddr, Option<u32>>,
}

impl Naive {
    fn candidate(&self, key: &Key, given: &Given) -> Option<Candidate> {
        if given.refused.is_some() {
            return None;
        }
        let addr = given.attributes.next_hop.unwrap().addr();
        let cost = self.costs.get(&addr).copied().unwrap_or(Some(0));
        let (facts, igp_cost) = match key.1 {
            None => (None, 0),
            Some(number) => {
                let of = neighbor(number);
                (Some((of.peer_type, of.router_id, of.address)), cost?)
            }
        };
        Some(Candidate {
            weight: given.weight,
            igp_cost,
            path_id: key.2.map_or(0, |id| id.0),
            ..Candidate::new(&given.attributes, facts)
        })
    }

    /// The best path to a prefix.
    fn best(&self, to: u32, config: DecisionConfig) -> Option<(Key, AttributeSet)> {
        let all = self.paths.iter().filter(|(key, _)| key.0 == to);
        let eligible = all.filter_map(|(key, given)| Some((key, self.candidate(key, given)?)));
        let (keys, candidates): (Vec<&Key>, Vec<Candidate>) = eligible.unzip();
        let best = keys[decide(&candidates, &config)?.best];
        Some((*best, self.paths[best].attributes.clone()))
    }
}

const PREFIXES: u32 = 3;
const PEERS: u32 = 4;

struct Both {
    rib: Rib,
    naive: Naive,
    config: DecisionConfig,
    dice: Dice,
}

impl Both {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let config = DecisionConfig {
            always_compare_med: dice.roll(3) == 0,
            missing_med_worst: dice.roll(3) == 0,
            aigp: false,
            prefer_oldest: false,
        };
        let mut rib = Rib::new(UnknownNextHops::Resolvable, config, (seed, 7));
        for number in 0..PEERS {
            rib.neighbor_up(PeerId(number), neighbor(number));
        }
        Self {
            rib,
            naive: Naive::default(),
            config,
            dice,
        }
    }

    fn key(&mut self) -> Key {
        let to = self.dice.small(PREFIXES);
        if self.dice.roll(8) == 0 {
            return (to, None, None);
        }
        let peer = self.dice.small(PEERS);
        // Neighbour 3 sends several paths.
        let id = (peer == 3).then(|| PathId(self.dice.small(3)));
        (to, Some(peer), id)
    }

    fn insert(&mut self) {
        let key = self.key();
        let refused = (self.dice.roll(6) == 0).then_some(Refusal::AsLoop);
        let attributes = attributes(&mut self.dice);
        let mut marks = Marks::default();
        marks.weight = if self.dice.roll(10) == 0 { 5 } else { 0 };
        let before = self.naive.best(key.0, self.config);
        let handle = self.rib.intern(&attributes, &marks);
        let table = self.rib.table(Family::IPV4_UNICAST);
        let to = (table, prefix(key.0));
        let change = self.rib.insert(source(key.1), to, key.2, &handle, refused);
        self.rib.release(handle);
        let given = Given {
            attributes,
            weight: marks.weight,
            refused,
            fresh: true,
        };
        let old = self.naive.paths.insert(key, given.clone());
        let same = old.is_some_and(|old| {
            (old.attributes, old.weight, old.refused)
                == (given.attributes, given.weight, given.refused)
        });
        assert_eq!(
            change.is_none(),
            same,
            "told of nothing, and only of nothing"
        );
        let after = self.naive.best(key.0, self.config);
        if let Some(change) = change {
            let best_is_it = after.as_ref().is_some_and(|(best, _)| *best == key);
            assert_eq!(change.best, before != after || best_is_it, "{key:?}");
            self.rib.settle(change);
        }
    }

    fn remove(&mut self) {
        let key = self.key();
        let before = self.naive.best(key.0, self.config);
        let table = self.rib.table(Family::IPV4_UNICAST);
        let to = (table, prefix(key.0));
        let change = self.rib.remove(source(key.1), to, key.2);
        let old = self.naive.paths.remove(&key);
        assert_eq!(change.is_some(), old.is_some());
        let after = self.naive.best(key.0, self.config);
        if let Some(change) = change {
            assert_eq!(change.best, before != after);
            self.rib.settle(change);
        }
    }

    fn cost(&mut self) {
        let addr = hop(self.dice.small(3));
        let cost = self.dice.maybe(3);
        self.rib.set_next_hop(Prefix::host(addr), cost);
        self.naive.costs.insert(addr, cost);
        let (table, mut cursor, mut changes) =
            (self.rib.table(Family::IPV4_UNICAST), 0, Vec::new());
        while self.rib.decide_slice(table, &mut cursor, 2, &mut changes) {}
    }

    fn flap(&mut self) {
        let peer = self.dice.small(PEERS);
        self.rib.neighbor_down(PeerId(peer));
        for (key, given) in &mut self.naive.paths {
            given.fresh &= key.1 != Some(peer);
        }
        if self.dice.roll(2) == 0 {
            let (table, mut cursor, mut changes) =
                (self.rib.table(Family::IPV4_UNICAST), 0, Vec::new());
            self.rib.sweep(PeerId(peer), table);
            while self.rib.sweep_slice(table, &mut cursor, 2, &mut changes) {}
            self.rib.swept(PeerId(peer), table);
            for change in changes {
                self.rib.settle(change);
            }
            self.naive
                .paths
                .retain(|key, given| key.1 != Some(peer) || given.fresh);
        }
    }

    fn agree(&self) {
        for to in 0..PREFIXES {
            let expected = self.naive.best(to, self.config);
            let best = self.rib.best(prefix(to));
            let found = best.map(|best| {
                let number = match best.source {
                    RouteSource::Local => None,
                    RouteSource::Peer(peer) => Some(peer.0),
                };
                ((to, number, best.path_id), best.attributes())
            });
            assert_eq!(found, expected);
            let paths = self.naive.paths.iter().filter(|(key, _)| key.0 == to);
            assert_eq!(self.rib.paths(prefix(to)).count(), paths.clone().count());
            let mut stale = self.rib.paths(prefix(to)).filter(|path| path.stale);
            assert_eq!(
                stale.by_ref().count(),
                paths.filter(|(_, it)| !it.fresh).count()
            );
            let explained = self.rib.explain(prefix(to));
            let won = explained.iter().filter(|it| it.outcome == Outcome::Best);
            assert_eq!(won.count(), usize::from(expected.is_some()));
        }
        let family = Family::IPV4_UNICAST;
        assert_eq!(self.rib.path_count(family), self.naive.paths.len());
        for peer in 0..PEERS {
            let held = self.naive.paths.keys().filter(|key| key.1 == Some(peer));
            let given = self.rib.given_by(RouteSource::Peer(PeerId(peer)), family);
            assert_eq!(given, held.count());
        }
    }
}

fn source(number: Option<u32>) -> RouteSource {
    number.map_or(RouteSource::Local, |number| {
        RouteSource::Peer(PeerId(number))
    })
}

#[test]
fn a_table_is_what_a_list_decided_anew_would_be() {
    for seed in 0..300 {
        let mut both = Both::new(seed);
        for _ in 0..120 {
            match both.dice.roll(12) {
                0..=6 => both.insert(),
                7..=9 => both.remove(),
                10 => both.cost(),
                _ => both.flap(),
            }
            both.agree();
        }
        let keys: Vec<Key> = both.naive.paths.keys().copied().collect();
        let table = both.rib.table(Family::IPV4_UNICAST);
        for (to, peer, id) in keys {
            let change = both.rib.remove(source(peer), (table, prefix(to)), id);
            both.rib.settle(change.unwrap());
        }
        assert_eq!(
            both.rib.attribute_sets(),
            0,
            "nothing is left of seed {seed}"
        );
    }
}

fn candidates(dice: &mut Dice, med: bool) -> Vec<Candidate> {
    let count = 2 + dice.roll(5);
    let one = |dice: &mut Dice| {
        let mut set = attributes(dice);
        if !med {
            set.med = None;
        }
        let of = neighbor(dice.small(PEERS));
        Candidate {
            igp_cost: dice.small(2),
            path_id: dice.small(50),
            ..Candidate::new(&set, Some((of.peer_type, of.router_id, of.address)))
        }
    };
    (0..count).map(|_| one(dice)).collect()
}

#[test]
fn the_order_in_which_routes_came_decides_nothing() {
    for seed in 0..2000 {
        let mut dice = Dice(seed);
        let mut all = candidates(&mut dice, true);
        let config = DecisionConfig::default();
        let best = all[decide(&all, &config).unwrap().best];
        for _ in 0..5 {
            let (a, b) = (dice.roll(all.len() as u64), dice.roll(all.len() as u64));
            all.swap(usize::try_from(a).unwrap(), usize::try_from(b).unwrap());
            let again = all[decide(&all, &config).unwrap().best];
            assert_eq!(again, best, "seed {seed}");
        }
    }
}

#[test]
fn without_med_pairs_make_a_total_order_and_the_best_is_its_least() {
    let config = DecisionConfig::default();
    for seed in 0..2000 {
        let all = candidates(&mut Dice(seed), false);
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let (order, _) = compare(a, b, &config);
            assert_eq!(compare(b, a, &config).0, order.reverse());
            for c in &all {
                if order.is_lt() && compare(b, c, &config).0.is_lt() {
                    assert!(compare(a, c, &config).0.is_lt(), "seed {seed}");
                }
            }
        }
        let best = all[decide(&all, &config).unwrap().best];
        assert!(all.iter().all(|it| compare(&best, it, &config).0.is_le()));
    }
}

#[test]
fn of_each_neighbour_as_only_the_lowest_med_counts() {
    // What RFC 4271 §9.1.2.2 c strikes out may be left out beforehand.
    let config = DecisionConfig::default();
    for seed in 0..2000 {
        let mut dice = Dice(seed);
        let all: Vec<_> = candidates(&mut dice, true)
            .into_iter()
            .map(|it| Candidate {
                local_pref: 100,
                path_length: 2,
                origin: Origin::Igp,
                ..it
            })
            .collect();
        let med = |it: &Candidate| it.med.unwrap_or(0);
        let beaten = |it: &Candidate| {
            let same = all
                .iter()
                .filter(|other| other.neighbor_as == it.neighbor_as);
            same.map(med).any(|least| least < med(it))
        };
        let left: Vec<_> = all.iter().copied().filter(|it| !beaten(it)).collect();
        let whole = all[decide(&all, &config).unwrap().best];
        assert_eq!(
            left[decide(&left, &config).unwrap().best],
            whole,
            "seed {seed}"
        );
    }
}
