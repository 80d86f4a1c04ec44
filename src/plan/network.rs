//! A plan as routers and sessions that routes spread over, across ASes.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use core::net::IpAddr;

use super::{
    end::{Origin, SessionEnd},
    inventory::{Dialect, Domains, Inventory, Underlay},
    pairing::{EndRef, Plan, PlannedRouter, Verdict},
    signalling::{Router, Side, Signalling, Transit},
    speakers::next_hop,
    twins::Classes,
};
use crate::{
    policy::{Policy, Verdict as PolicyVerdict},
    types::{Asn, ClusterId, Family, PeerType, Prefix},
};

/// The routers and sessions of a [`Plan`] in one family.
///
/// Only sessions that come up are in it. A neighbour that nobody described is
/// presumed to be a router that reflects between the neighbours it has in its
/// own AS and is connected with all others of its kind: what a fabric is for.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Network {
    /// Which family.
    pub family: Family,
    /// Who learns what; routers are numbered as in `routers`.
    pub signalling: Signalling,
    /// Of each session in `signalling` its index in [`Plan::sessions`]; `None` for
    /// those of a mesh that is not listed, and between routers that are presumed.
    pub sessions: Vec<Option<usize>>,
    /// Who they are.
    pub routers: Vec<Member>,
    /// Mesh nodes that differ in nothing: of each class only the first few have
    /// their sessions in `signalling`.
    pub alike: Vec<Vec<usize>>,
    /// Whether the cluster's nodes do anything with the routes that they hear;
    /// Cilium, MetalLB, Antrea and Kube-OVN only tell others of theirs.
    pub nodes_take_routes: bool,
}

/// A router of a [`Network`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Member {
    /// Its index in [`Plan::routers`]; `None` if it is presumed.
    pub planned: Option<usize>,
    /// Its name, or the address of one that is presumed.
    pub name: String,
    /// Its AS.
    pub asn: Asn,
    /// Whether it is a node of the cluster.
    pub in_cluster: bool,
    /// Whether it has routes of its own: nodes do, or will.
    pub announces: bool,
    /// What it shares the fate of.
    pub domains: Domains,
}

impl Network {
    /// The network of one family, with as many mesh sessions as it takes to look
    /// at `failures` at once.
    pub fn new(inventory: &Inventory, plan: &Plan, family: Family, failures: usize) -> Self {
        let mut building = Building::new(inventory, plan, family);
        building.routers();
        building.sessions();
        building.presumed();
        building.mesh(Classes::kept(failures));
        building.network
    }

    /// Each rack's routers, zone's, and other domain's, by the domain's kind and
    /// name: how many there are of each class.
    pub fn in_domains(&self, classes: &Classes) -> BTreeMap<(&str, &str), BTreeMap<usize, usize>> {
        let mut all: BTreeMap<(&str, &str), BTreeMap<usize, usize>> = BTreeMap::new();
        for (class, members) in classes.members().iter().enumerate() {
            for router in members.iter().filter_map(|it| self.routers.get(*it)) {
                for (kind, name) in &router.domains {
                    let of = all.entry((kind.as_str(), name.as_str())).or_default();
                    let count = of.entry(class).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        all
    }

    /// Few of each kind of router, to look at `failures` at once.
    pub fn classes(&self, failures: usize) -> Classes {
        Classes::with_alike(&self.signalling, failures, &self.alike)
    }

    /// A router's name.
    pub fn name(&self, router: usize) -> &str {
        self.routers.get(router).map_or("", |it| it.name.as_str())
    }

    /// Whether one router's routes are to get to another: between the cluster's
    /// nodes, or, where these take no routes, to the routers around; and inside an
    /// AS, if there are any: spines that announce nothing need
    /// not hear of each other (RFC 7938 §5.2.1 has them share an AS), nor need two
    /// leaves of a rack of the subnet that both have.
    pub fn matters(&self, from: usize, to: usize) -> bool {
        if !self.is_news(from, to) {
            return false;
        }
        let (Some(from), Some(to)) = (self.routers.get(from), self.routers.get(to)) else {
            return false;
        };
        let described = from.planned.is_some() && to.planned.is_some();
        let inside = from.asn == to.asn && from.announces;
        let wanted = match (from.in_cluster, to.in_cluster) {
            (true, true) => self.nodes_take_routes,
            (true, false) => inside || !self.nodes_take_routes,
            (false, true) => inside && self.nodes_take_routes,
            (false, false) => inside,
        };
        described && wanted
    }
}

impl Network {
    /// Whether one router announces anything that the other does not have
    /// itself.
    fn is_news(&self, from: usize, to: usize) -> bool {
        let of = |at: usize| self.signalling.router(at);
        let (Some(from), Some(to)) = (of(from), of(to)) else {
            return false;
        };
        let own = |prefix: &Prefix| {
            let connected = to.connected.as_ref();
            to.announces.contains(prefix) || connected.is_some_and(|it| it.contains(prefix))
        };
        // What nodes announce is not told apart, and each has its own.
        from.announces.is_empty() || !from.announces.iter().all(own)
    }
}

struct Building<'a> {
    inventory: &'a Inventory,
    plan: &'a Plan,
    network: Network,
    numbers: BTreeMap<usize, usize>,
    policies: Vec<Policy>,
    groups: BTreeMap<Asn, usize>,
}

impl<'a> Building<'a> {
    fn new(inventory: &'a Inventory, plan: &'a Plan, family: Family) -> Self {
        let mut policies: Vec<Policy> = Vec::new();
        for neighbor in plan.routers.iter().flat_map(|router| &router.neighbors) {
            for policy in [&neighbor.import, &neighbor.export].into_iter().flatten() {
                if !policies.contains(policy) && *policy != Policy::ACCEPT {
                    policies.push(policy.clone());
                }
            }
        }
        Self {
            inventory,
            plan,
            network: Network {
                family,
                signalling: Signalling::default(),
                sessions: Vec::new(),
                routers: Vec::new(),
                alike: Vec::new(),
                nodes_take_routes: take_routes(inventory.dialect),
            },
            numbers: BTreeMap::new(),
            policies,
            groups: BTreeMap::new(),
        }
    }

    fn routers(&mut self) {
        for (at, router) in self.plan.routers.iter().enumerate() {
            let family = self.network.family;
            let of_family = |it: IpAddr| Family::unicast_of(it) == family;
            if !router.addresses.iter().any(|it| of_family(it.addr)) {
                continue;
            }
            let addresses = router.addresses.iter();
            let connected = addresses.filter(|it| of_family(it.addr));
            let connected: BTreeSet<Prefix> = connected.map(|it| it.network()).collect();
            let announces = router.originates.iter().copied();
            let announces: Vec<Prefix> = announces.filter(|it| of_family(it.addr())).collect();
            let barred = self.barred(router.in_cluster, &announces);
            let has_routes = router.in_cluster || !announces.is_empty();
            let number = self.network.signalling.add(Router {
                cluster: self.plan.cluster_of(at),
                transit: transit(self.inventory.dialect, router.in_cluster),
                in_cluster: router.in_cluster,
                barred,
                connected: match self.inventory.underlay {
                    Underlay::Routed => None,
                    Underlay::Connected => Some(connected),
                },
                // Only what next hops may be in is told apart.
                announces: if router.in_cluster {
                    Vec::new()
                } else {
                    announces
                },
                group: group(&mut self.groups, router.asn),
            });
            self.numbers.insert(at, number);
            self.network.routers.push(Member {
                planned: Some(at),
                name: router.name.clone(),
                asn: router.asn,
                in_cluster: router.in_cluster,
                announces: has_routes,
                domains: router.domains.clone(),
            });
        }
    }

    /// The gates that a router's routes do not pass: of a node all must, of
    /// another router one that it announces.
    fn barred(&self, all: bool, announces: &[Prefix]) -> BTreeSet<usize> {
        let passes = |policy: &Policy, prefix| policy.judge_prefix(prefix) == PolicyVerdict::Accept;
        let gates = self.policies.iter().enumerate();
        let mut barred: BTreeSet<usize> = gates
            .filter(|(_, policy)| {
                let mut prefixes = announces.iter();
                let open = if announces.is_empty() {
                    // Of one that announces nothing yet only this is known.
                    policy.rules.is_empty() && policy.default == PolicyVerdict::Accept
                        || !policy.rules.is_empty()
                } else if all {
                    prefixes.all(|prefix| passes(policy, *prefix))
                } else {
                    prefixes.any(|prefix| passes(policy, *prefix))
                };
                !open
            })
            .map(|(number, _)| number)
            .collect();
        barred.insert(CLOSED);
        barred
    }

    fn sessions(&mut self) {
        for (number, session) in self.plan.sessions.iter().enumerate() {
            let (Some(b), Verdict::Established) = (session.b, session.verdict) else {
                continue;
            };
            let (Some(near), Some(far)) = (self.side(session.a, b), self.side(b, session.a)) else {
                continue;
            };
            self.add(near, far, Some(number));
        }
    }

    fn add(&mut self, near: (usize, Side), far: (usize, Side), planned: Option<usize>) {
        self.network.signalling.add_between(near, far);
        self.network.sessions.push(planned);
    }

    /// One end, as the routes see it.
    fn side(&self, end: EndRef, other: EndRef) -> Option<(usize, Side)> {
        let (of, far) = (self.plan.end(end)?, self.plan.end(other)?);
        if of.family() != self.network.family {
            return None;
        }
        let router = self.plan.routers.get(end.router)?;
        let number = *self.numbers.get(&end.router)?;
        Some((number, self.side_of(router, of, far.reflector_client)))
    }

    fn side_of(&self, router: &PlannedRouter, end: &SessionEnd, client: Option<ClusterId>) -> Side {
        let neighbor = match end.origin {
            Origin::Fabric(index) => router.neighbors.get(index),
            _ => None,
        };
        let external = end.peer_type() == PeerType::External;
        let gate = |policy: Option<&Policy>| match policy {
            None => (external && neighbor.is_some()).then_some(CLOSED),
            Some(policy) => self.policies.iter().position(|it| it == policy),
        };
        Side {
            asn: end.local_as,
            client: client.is_some(),
            address: Some(end.local),
            next_hop: next_hop(end, neighbor),
            allow_local_as: end.allow_local_as.unwrap_or(0),
            import: gate(neighbor.and_then(|it| it.import.as_ref())),
            export: gate(neighbor.and_then(|it| it.export.as_ref())),
        }
    }

    /// Routers that are peered with and not described.
    fn presumed(&mut self) {
        let mut found: BTreeMap<(IpAddr, Asn), usize> = BTreeMap::new();
        for (at, session) in self.plan.sessions.iter().enumerate() {
            if session.verdict != Verdict::UnknownRemote {
                continue;
            }
            let (Some(end), Some(router)) = (
                self.plan.end(session.a),
                self.plan.routers.get(session.a.router),
            ) else {
                continue;
            };
            let usable = end.family() == self.network.family && end.remote_as != Asn::ZERO;
            let Some(&number) = self.numbers.get(&session.a.router).filter(|_| usable) else {
                continue;
            };
            let key = (end.neighbor, end.remote_as);
            let network = &mut self.network;
            let presumed = *found.entry(key).or_insert_with(|| {
                network.routers.push(Member {
                    planned: None,
                    name: format!("{}", end.neighbor),
                    asn: end.remote_as,
                    in_cluster: false,
                    announces: false,
                    domains: Domains::new(),
                });
                network.signalling.add(Router {
                    cluster: Some(cluster_at(end.neighbor)),
                    barred: BTreeSet::from([CLOSED]),
                    ..Router::default()
                })
            });
            let near = self.side_of(router, end, Some(cluster_at(end.neighbor)));
            let far = Side {
                asn: end.remote_as,
                client: end.reflector_client.is_some(),
                address: Some(end.neighbor),
                next_hop: crate::speaker::NextHopMode::SelfForExternal,
                ..Side::default()
            };
            self.add((number, near), (presumed, far), Some(at));
        }
        let presumed: Vec<(Asn, usize)> = found.iter().map(|((_, asn), at)| (*asn, *at)).collect();
        for (at, a) in presumed.iter().enumerate() {
            for b in presumed.iter().skip(at.saturating_add(1)) {
                let [near, far] = [a, b].map(|(asn, number)| {
                    let side = Side {
                        asn: *asn,
                        ..Side::default()
                    };
                    (*number, side)
                });
                self.add(near, far, None);
            }
        }
    }

    /// The sessions of a mesh that the plan does not list.
    fn mesh(&mut self, keep: usize) {
        let family = self.network.family;
        let Some(mesh) = self.plan.meshes.iter().find(|it| it.family == family) else {
            return;
        };
        // Those with the same other sessions differ in nothing.
        let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for member in &mesh.members {
            let Some(&number) = self.numbers.get(member) else {
                continue;
            };
            let signalling = &self.network.signalling;
            let Some(router) = signalling.router(number) else {
                continue;
            };
            let sessions = signalling.sessions_of(number);
            let sessions = sessions.map(|(_, near, to, far)| (to, near.nowhere(), far.nowhere()));
            let mut sessions: Vec<_> = sessions.collect();
            sessions.sort_unstable();
            let key = (router.clone(), sessions);
            alike.entry(key).or_default().push(number);
        }
        let kept = alike.values().flat_map(|members| members.iter().take(keep));
        let mut listed: Vec<usize> = kept.copied().collect();
        listed.sort_unstable();
        self.network.alike = alike.into_values().collect();
        for (at, a) in listed.iter().enumerate() {
            for b in listed.iter().skip(at.saturating_add(1)) {
                let (Some(near), Some(far)) = (self.mesh_side(*a, *b), self.mesh_side(*b, *a))
                else {
                    continue;
                };
                self.add(near, far, None);
            }
        }
    }

    /// A mesh node's end, if the other expects its AS.
    fn mesh_side(&self, own: usize, other: usize) -> Option<(usize, Side)> {
        let at = |number: usize| self.network.routers.get(number)?.planned;
        let (own_at, other_at) = (at(own)?, at(other)?);
        let address = |at: usize| {
            let node = self.inventory.nodes.get(at)?;
            Some(node.address(self.network.family)?.addr)
        };
        let asn = self.network.routers.get(own)?.asn;
        let node = |at: usize| self.inventory.nodes.get(at);
        let expected = self.inventory.mesh_as(node(other_at)?, node(own_at)?);
        let side = Side {
            asn,
            address: Some(address(own_at)?),
            ..Side::default()
        };
        (expected == asn).then_some((own, side))
    }
}

fn group(groups: &mut BTreeMap<Asn, usize>, asn: Asn) -> usize {
    let next = groups.len();
    *groups.entry(asn).or_insert(next)
}

/// Whether a dialect's nodes do anything with the routes that they hear.
const fn take_routes(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Calico | Dialect::KubeRouter => true,
        Dialect::Cilium | Dialect::MetalLb | Dialect::Antrea | Dialect::KubeOvn => false,
    }
}

/// What a dialect's nodes pass on.
const fn transit(dialect: Dialect, in_cluster: bool) -> Transit {
    match dialect {
        _ if !in_cluster => Transit::All,
        Dialect::Calico | Dialect::KubeRouter => Transit::Cluster,
        Dialect::Cilium | Dialect::MetalLb | Dialect::Antrea | Dialect::KubeOvn => Transit::Nothing,
    }
}

/// A cluster id for a router that nobody described.
fn cluster_at(address: IpAddr) -> ClusterId {
    ClusterId(match address {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => address
            .octets()
            .iter()
            .fold(0, |sum: u32, octet| sum.rotate_left(8) ^ u32::from(*octet)),
    })
}

/// The gate that nothing passes: eBGP without a policy (RFC 8212).
const CLOSED: usize = usize::MAX;
