//! A small model of decision, reflection and export, written from the RFCs and
//! slow, and random networks of speakers that must come to rest where it does.

use std::{collections::BTreeMap, env, net::IpAddr, time::Duration};

use bgpwright::{
    rib::{RouteSource, Step},
    speaker::NextHopMode,
    types::{AsPath, Asn, ClusterId, Community, NextHop, Prefix, RouterId},
    wire::{AttributeSet, Origin},
};

use crate::{
    churn::Dice,
    lab::{CLIENT, Lab, PLAIN, addr, net, router_id},
};

/// One end of a session, as the model has it.
#[derive(Clone, Debug)]
struct End {
    /// The other speaker.
    to: u8,
    client: bool,
    next_hop: NextHopMode,
}

#[derive(Clone, Debug)]
struct Node {
    asn: u32,
    cluster: Option<u32>,
    ends: Vec<End>,
    /// What it announces itself.
    own: BTreeMap<Prefix, AttributeSet>,
}

/// A route that a speaker has: from whom, `None` its own, and what it says.
type Route = (Option<u8>, AttributeSet);

struct Model {
    nodes: BTreeMap<u8, Node>,
    best: BTreeMap<(u8, Prefix), (Route, Step)>,
}

impl Model {
    fn end(&self, at: u8, to: u8) -> Option<&End> {
        self.nodes[&at].ends.iter().find(|end| end.to == to)
    }

    fn internal(&self, a: u8, b: u8) -> bool {
        self.nodes[&a].asn == self.nodes[&b].asn
    }

    fn cluster(&self, at: u8) -> ClusterId {
        let given = self.nodes[&at].cluster;
        given.map_or_else(|| router_id(at).into(), ClusterId)
    }

    /// What `at` tells `to` of its best route (RFC 4271 §9.1.3, §5.1; RFC 4456
    /// §6, §8, §10; RFC 1997).
    fn told(&self, at: u8, to: u8, prefix: Prefix) -> Option<AttributeSet> {
        let ((from, route), _) = self.best.get(&(at, prefix))?;
        let end = self.end(at, to)?;
        if *from == Some(to) || route.communities.contains(&Community::NO_ADVERTISE) {
            return None;
        }
        let mut set = route.clone();
        let inside = self.internal(at, to);
        let learned_inside = from.is_some_and(|from| self.internal(at, from));
        if !inside && route.communities.contains(&Community::NO_EXPORT) {
            return None;
        }
        if learned_inside && inside {
            let from = from.unwrap();
            let from_client = self.end(at, from)?.client;
            if !from_client && !end.client {
                return None;
            }
            set.originator_id.get_or_insert_with(|| router_id(from));
            set.cluster_list.insert(0, self.cluster(at));
        }
        let ours = match end.next_hop {
            NextHopMode::SelfForAll => true,
            NextHopMode::SelfForExternal => !inside || (from.is_some() && !learned_inside),
            _ => !inside,
        };
        if ours || set.next_hop.is_none() {
            set.next_hop = Some(NextHop::from(addr(at)));
        }
        if inside {
            set.local_pref.get_or_insert(100);
        } else {
            let mut path = set.as_path.unwrap_or_default();
            path.prepend(Asn(self.nodes[&at].asn));
            set.as_path = Some(path);
            set.local_pref = None;
            set.originator_id = None;
            set.cluster_list = Vec::new();
            if from.is_some() {
                set.med = None;
            }
        }
        Some(set)
    }

    /// What `at` makes of what `from` tells it (RFC 4271 §9.1.2, RFC 4456 §8).
    fn taken(&self, at: u8, from: u8, mut set: AttributeSet) -> Option<AttributeSet> {
        let path = set.as_path.clone().unwrap_or_default();
        let looped = path.asns().any(|asn| asn.0 == self.nodes[&at].asn);
        let round = set.originator_id == Some(router_id(at))
            || set.cluster_list.contains(&self.cluster(at));
        if looped || round || set.next_hop.unwrap().addr() == addr(at) {
            return None;
        }
        if !self.internal(at, from) {
            set.local_pref = None;
        }
        Some(set)
    }

    /// RFC 4271 §9.1.2.2 and RFC 4456 §9, word by word: strike out all that are
    /// worse than another one, step after step.
    fn choose(&self, at: u8, mut routes: Vec<Route>) -> Option<(Route, Step)> {
        let internal = |from: u8| self.internal(at, from);
        let mut last = Step::OnlyRoute;
        let mut keep = |routes: &mut Vec<Route>, step, key: &dyn Fn(&Route) -> u64| {
            let least = routes.iter().map(key).min();
            let before = routes.len();
            routes.retain(|route| Some(key(route)) == least);
            if routes.len() < before {
                last = step;
            }
        };
        keep(&mut routes, Step::LocalRoute, &|(from, _)| {
            u64::from(from.is_some())
        });
        keep(&mut routes, Step::LocalPref, &|(_, set)| {
            u64::from(u32::MAX - set.local_pref.unwrap_or(100))
        });
        keep(&mut routes, Step::AsPathLength, &|(_, set)| {
            set.as_path
                .as_ref()
                .map_or(0, |path| path.asns().count() as u64)
        });
        keep(&mut routes, Step::Origin, &|(_, set)| match set.origin {
            Some(Origin::Igp) => 0,
            Some(Origin::Egp) => 1,
            _ => 2,
        });
        let first = |set: &AttributeSet| set.as_path.as_ref().and_then(|path| path.asns().next());
        let all = routes.clone();
        let beaten = |(_, set): &Route| {
            let med = |set: &AttributeSet| set.med.unwrap_or(0);
            all.iter()
                .any(|(_, other)| first(other) == first(set) && med(other) < med(set))
        };
        keep(&mut routes, Step::Med, &|route| u64::from(beaten(route)));
        keep(&mut routes, Step::PeerType, &|(from, _)| {
            u64::from(from.is_some_and(internal))
        });
        keep(&mut routes, Step::RouterId, &|(from, set)| {
            let from = from.map_or(RouterId(0), router_id);
            u64::from(set.originator_id.unwrap_or(from).0)
        });
        keep(&mut routes, Step::ClusterListLength, &|(_, set)| {
            set.cluster_list.len() as u64
        });
        keep(
            &mut routes,
            Step::PeerAddress,
            &|(from, _)| match from.map(addr) {
                Some(IpAddr::V4(addr)) => u64::from(addr.to_bits()),
                _ => 0,
            },
        );
        routes.pop().map(|best| (best, last))
    }

    /// Until nothing changes: false if it never does.
    fn settle(&mut self, prefixes: &[Prefix]) -> bool {
        self.best.clear();
        for _ in 0..50 {
            let mut next = BTreeMap::new();
            for (&at, node) in &self.nodes {
                for &prefix in prefixes {
                    let own = node.own.get(&prefix).map(|set| (None, set.clone()));
                    let heard = node.ends.iter().filter_map(|end| {
                        let told = self.told(end.to, at, prefix)?;
                        Some((Some(end.to), self.taken(at, end.to, told)?))
                    });
                    let routes = own.into_iter().chain(heard).collect();
                    if let Some(best) = self.choose(at, routes) {
                        next.insert((at, prefix), best);
                    }
                }
            }
            if next == self.best {
                return true;
            }
            self.best = next;
        }
        false
    }
}

/// A network of one of several shapes, both ways of looking at it.
fn network(dice: &mut Dice) -> (Model, Lab, Vec<(u8, u8)>) {
    let count = 3 + u8::try_from(dice.roll(5)).unwrap();
    let numbers: Vec<u8> = (1..=count).collect();
    let shape = dice.roll(4);
    let asn = |number: u8| match shape {
        0 | 1 => 64512,
        2 => 65000 + u32::from(number),
        _ => 65000 + u32::from(number % 3),
    };
    let described: Vec<(u8, u32)> = numbers.iter().map(|&it| (it, asn(it))).collect();
    let mut lab = Lab::new(&described);
    let mut nodes: BTreeMap<u8, Node> = BTreeMap::new();
    for &number in &numbers {
        let cluster = (shape == 1 && number <= 2 && dice.roll(2) == 0).then_some(77);
        lab = lab.config(number, |config| config.cluster_id = cluster.map(ClusterId));
        let own = BTreeMap::from([(net(number), own(AttributeSet::default()))]);
        nodes.insert(
            number,
            Node {
                asn: asn(number),
                cluster,
                ends: Vec::new(),
                own,
            },
        );
    }
    let mut links = Vec::new();
    for (at, &a) in numbers.iter().enumerate() {
        for &b in &numbers[at + 1..] {
            // 1 and 2 reflect for the others; else a mesh, with gaps between ASes.
            let client = match shape {
                1 if a > 2 => continue,
                1 => b > 2,
                0 => false,
                _ if asn(a) != asn(b) && b > a + 1 && dice.roll(3) == 0 => continue,
                _ => false,
            };
            let modes = [
                NextHopMode::Auto,
                NextHopMode::SelfForExternal,
                NextHopMode::SelfForAll,
            ];
            let pick = |dice: &mut Dice| modes[usize::try_from(dice.roll(3)).unwrap()];
            let (near, far) = (pick(dice), pick(dice));
            lab = lab
                .link((a, b), (if client { CLIENT } else { PLAIN }, PLAIN))
                .with(a, b, |peer| peer.next_hop = near)
                .with(b, a, |peer| peer.next_hop = far);
            let mut end = |at: u8, to, client, next_hop| {
                nodes.get_mut(&at).unwrap().ends.push(End {
                    to,
                    client,
                    next_hop,
                });
            };
            end(a, b, client, near);
            end(b, a, false, far);
            links.push((a, b));
        }
    }
    let best = BTreeMap::new();
    (Model { nodes, best }, lab, links)
}

/// As a speaker completes it.
fn own(mut set: AttributeSet) -> AttributeSet {
    set.origin.get_or_insert(Origin::Igp);
    set.as_path.get_or_insert_default();
    set
}

fn attributes(dice: &mut Dice) -> AttributeSet {
    let number = |dice: &mut Dice, sides| u32::try_from(dice.roll(sides)).unwrap();
    let maybe = |dice: &mut Dice| (dice.roll(2) == 0).then(|| number(dice, 3));
    let extra = (0..dice.roll(3)).map(|_| Asn(64_900)).collect::<Vec<_>>();
    let communities = match dice.roll(8) {
        0 => vec![Community::NO_EXPORT],
        1 => vec![Community::NO_ADVERTISE],
        _ => Vec::new(),
    };
    AttributeSet {
        origin: Some([Origin::Igp, Origin::Egp][usize::try_from(dice.roll(2)).unwrap()]),
        as_path: Some(AsPath::sequence(extra)),
        med: maybe(dice),
        local_pref: maybe(dice).map(|more| 100 + more),
        communities,
        ..AttributeSet::default()
    }
}

fn compare(model: &Model, lab: &Lab, prefixes: &[Prefix], seed: u64) {
    for &at in model.nodes.keys() {
        for &prefix in prefixes {
            let found = lab.at(at).best(prefix).map(|best| {
                let from = match best.source {
                    RouteSource::Local => None,
                    RouteSource::Peer(id) => Some(model.nodes[&at].ends[id.index()].to),
                };
                ((from, best.attributes()), best.decided_by)
            });
            let expected = model.best.get(&(at, prefix)).cloned();
            assert_eq!(found, expected, "seed {seed}: {prefix} at {at}");
        }
        for (place, end) in model.nodes[&at].ends.iter().enumerate() {
            let id = bgpwright::types::PeerId(u32::try_from(place).unwrap());
            let told: BTreeMap<_, _> = lab.at(at).adj_rib_out(id).collect();
            let all = prefixes.iter();
            let expected = all.filter_map(|it| Some((*it, model.told(at, end.to, *it)?)));
            assert_eq!(told, expected.collect(), "seed {seed}: {at} to {}", end.to);
        }
    }
}

/// `BGPWRIGHT_NETWORKS` is how many; 60 without it.
#[test]
fn networks_come_to_rest_where_the_model_does() {
    let count = env::var("BGPWRIGHT_NETWORKS").ok();
    let count: u64 = count.map_or(60, |count| count.parse().expect("a number of networks"));
    let mut restless = 0;
    for seed in 0..count {
        let mut dice = Dice(seed ^ 0x5eed);
        let (mut model, lab, links) = network(&mut dice);
        let numbers: Vec<u8> = model.nodes.keys().copied().collect();
        let prefixes: Vec<Prefix> = (1..=9).map(net).collect();
        let mut lab = lab.up();
        for _ in 0..4 {
            for _ in 0..dice.roll(6) {
                let at = dice.pick(&numbers);
                let of = 1 + u8::try_from(dice.roll(9)).unwrap();
                if dice.roll(4) == 0 {
                    lab.change(at, |speaker, now| speaker.withdraw(now, net(of)));
                    model.nodes.get_mut(&at).unwrap().own.remove(&net(of));
                } else {
                    let set = attributes(&mut dice);
                    model
                        .nodes
                        .get_mut(&at)
                        .unwrap()
                        .own
                        .insert(net(of), own(set.clone()));
                    lab.change(at, |speaker, now| speaker.announce(now, net(of), set));
                }
            }
            let cut = (dice.roll(3) == 0).then(|| {
                let (a, b) = links[usize::try_from(dice.roll(links.len() as u64)).unwrap()];
                let link = lab.link_of(a, b);
                lab.network.cut(link);
                link
            });
            lab.network.run_for(Duration::from_millis(dice.roll(3000)));
            if let Some(link) = cut {
                lab.network.mend(link);
            }
            lab.network.run_for(Duration::from_mins(5));
            if model.settle(&prefixes) {
                compare(&model, &lab, &prefixes, seed);
            } else {
                restless += 1;
            }
        }
    }
    // MULTI_EXIT_DISC and reflection need not come to rest (RFC 3345).
    assert!(restless * 50 <= count * 4, "{restless} of {}", count * 4);
}
