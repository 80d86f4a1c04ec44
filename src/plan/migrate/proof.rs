//! Whether a step loses a route, in whatever order routers take it up.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{BLINK, Loss};
use crate::{
    plan::{
        inventory::Inventory,
        network::Network,
        pairing::{Plan, PlannedRouter, pair, plan_listing},
        reconcile::{Effect, Reconcile},
        signalling::{LoopRule, Without},
    },
    types::Family,
};

/// Who originates a route, and who is to learn it.
type Pair = (String, String);

/// The pairs that no step may lose: those of the running plan and of the one
/// that is wanted.
pub(super) struct Required {
    pairs: BTreeSet<Pair>,
}

impl Required {
    pub(super) fn new(from: &Inventory, to: &Inventory) -> Self {
        let (before, after) = (seen(from), seen(to));
        Self {
            pairs: before.intersection(&after).cloned().collect(),
        }
    }

    /// What the running plan has and the one that is wanted has not, though its
    /// routers are there.
    pub(super) fn lost_in_the_end(&self, from: &Inventory, to: &Inventory) -> Vec<Pair> {
        let kept: BTreeSet<&str> = to.nodes.iter().map(|it| it.name.as_str()).collect();
        let there = |(a, b): &Pair| kept.contains(a.as_str()) && kept.contains(b.as_str());
        let before = seen(from).into_iter();
        before
            .filter(|it| !self.pairs.contains(it) && there(it))
            .collect()
    }
}

/// The pairs of nodes of which the second learns the first's routes, by both
/// rules and in every family they share.
fn seen(inventory: &Inventory) -> BTreeSet<Pair> {
    let plan = plan_listing(inventory, u64::MAX);
    let names: Vec<&String> = inventory.nodes.iter().map(|it| &it.name).collect();
    let lost = lost(inventory, &plan, &Without::default());
    let mut seen = BTreeSet::new();
    for a in &names {
        for b in names.iter().filter(|b| *b != a) {
            let pair = ((*a).clone(), (*b).clone());
            if !lost.contains(&pair) {
                seen.insert(pair);
            }
        }
    }
    seen
}

/// The pairs of nodes that lose something.
fn lost(inventory: &Inventory, plan: &Plan, without: &Without) -> BTreeSet<Pair> {
    let mut found = BTreeSet::new();
    for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
        let network = Network::new(inventory, plan, family, 0);
        for rule in [LoopRule::Bird16, LoopRule::Rfc4456] {
            for (a, b) in network.signalling.visibility(rule, without).lost {
                let node = |at: usize| {
                    let of = network.routers.get(at).filter(|it| it.in_cluster)?;
                    Some(of.name.clone())
                };
                if let (Some(a), Some(b)) = (node(a), node(b)) {
                    found.insert((a, b));
                }
            }
        }
    }
    found
}

/// What a step comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    /// What some mixture loses.
    lost: BTreeSet<Pair>,
    /// What is lost while sessions restart, between others than those whose
    /// sessions they are.
    blinks: BTreeSet<Pair>,
    /// Whose own routes, or those to whom, are away while their sessions
    /// restart.
    pub(super) drain: BTreeSet<String>,
    pub(super) mixtures: usize,
    pub(super) exhaustive: bool,
}

/// How far a step is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    /// Whatever it loses.
    Whole,
    /// Whether it loses anything.
    ToFirstLoss,
}

impl Proof {
    /// `subjects`: the nodes that the step changes. What only they lose, and only
    /// until all have taken the step up, is a reason to empty them first.
    pub(super) fn new(
        (before, after): (&Inventory, &Inventory),
        subjects: &BTreeSet<String>,
        required: &Required,
        look: Look,
    ) -> Self {
        let mixing = Mixing::new(before, after);
        let (mixtures, exhaustive) = mixing.mixtures();
        let mut proof = Self {
            mixtures: mixtures.len(),
            exhaustive,
            ..Self::default()
        };
        let own = |pair: &Pair| {
            let mut both = [&pair.0, &pair.1].into_iter();
            both.find(|it| subjects.contains(*it)).cloned()
        };
        let enough = |proof: &Self| look == Look::ToFirstLoss && !proof.is_clean();
        // The whole step first: where that is bad, nothing else counts.
        for switched in mixtures.iter().rev() {
            let plan = mixing.plan(switched, &BTreeSet::new());
            let whole = switched.len() == mixing.changed.len();
            for pair in lost(after, &plan, &Without::default()) {
                if !required.pairs.contains(&pair) {
                    continue;
                }
                match own(&pair).filter(|_| !whole) {
                    Some(name) => drop(proof.drain.insert(name)),
                    None => drop(proof.lost.insert(pair)),
                }
            }
            if enough(&proof) {
                return proof;
            }
        }
        for (switched, away) in mixing.restarts() {
            let plan = mixing.plan(&switched, &away);
            for pair in lost(after, &plan, &Without::default()) {
                if !required.pairs.contains(&pair) || proof.lost.contains(&pair) {
                    continue;
                }
                match own(&pair) {
                    Some(name) => drop(proof.drain.insert(name)),
                    None => drop(proof.blinks.insert(pair)),
                }
            }
            if enough(&proof) {
                return proof;
            }
        }
        proof
    }

    pub(super) fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.blinks.is_empty()
    }

    /// Less is better.
    pub(super) fn badness(&self) -> Badness {
        Badness(self.lost.len(), self.blinks.len())
    }

    pub(super) fn losses(&self, step: usize, title: &str) -> Vec<Loss> {
        let loss = |pairs: &BTreeSet<Pair>, seconds, why: String| {
            let (from, to) = pairs.first().cloned()?;
            Some(Loss {
                step,
                from,
                to,
                pairs: pairs.len(),
                seconds,
                why,
            })
        };
        let lost = format!("while some routers have it and some have not: {title}");
        let blinks = format!("sessions restart that these depend on: {title}");
        let found = [
            loss(&self.lost, None, lost),
            loss(&self.blinks, Some(BLINK), blinks),
        ];
        found.into_iter().flatten().collect()
    }
}

/// How many pairs lose something until another step, and for some seconds.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Badness(usize, usize);

impl Badness {
    pub(super) const fn and(self, other: Self) -> Self {
        Self(
            self.0.saturating_add(other.0),
            self.1.saturating_add(other.1),
        )
    }
}

/// Routers as they were and as they will be.
struct Mixing<'a> {
    after: &'a Inventory,
    reconcile: Reconcile<'a>,
    routers: Vec<(Option<PlannedRouter>, Option<PlannedRouter>)>,
    /// Those that differ, by place.
    changed: Vec<usize>,
}

impl<'a> Mixing<'a> {
    fn new(before: &'a Inventory, after: &'a Inventory) -> Self {
        let reconcile = Reconcile::new(before, after);
        let of = |inventory: &Inventory| -> BTreeMap<String, PlannedRouter> {
            let plan = plan_listing(inventory, u64::MAX);
            let routers = plan.routers.into_iter();
            routers.map(|it| (it.name.clone(), it)).collect()
        };
        let (mut old, mut new) = (of(before), of(after));
        let mut routers = Vec::new();
        let mut changed = Vec::new();
        for name in reconcile.names() {
            let both = (old.remove(name), new.remove(name));
            let facts = |of: &Option<PlannedRouter>| {
                let of = of.as_ref()?;
                let policies: Vec<_> = of
                    .neighbors
                    .iter()
                    .map(|it| (&it.import, &it.export))
                    .collect();
                let policies = format!("{policies:?}");
                Some((of.asn, of.cluster_id, of.addresses.clone(), policies))
            };
            let same = facts(&both.0) == facts(&both.1);
            if !same || !reconcile.of_node(name).is_empty() {
                changed.push(routers.len());
            }
            routers.push(both);
        }
        Self {
            after,
            reconcile,
            routers,
            changed,
        }
    }

    fn name(&self, router: usize) -> &str {
        let both = self.routers.get(router);
        let of = both.and_then(|(old, new)| old.as_ref().or(new.as_ref()));
        of.map_or("", |it| it.name.as_str())
    }

    /// The neighbours with which a router's sessions restart, or move from one
    /// protocol to another.
    fn restarting(&self, router: usize) -> BTreeSet<core::net::IpAddr> {
        let changes = self.reconcile.of_node(self.name(router)).into_iter();
        changes
            .filter(|it| it.blinks || it.effect == Effect::Reset)
            .map(|it| it.neighbor)
            .collect()
    }

    /// When sessions are away: at one router as the first or the last that takes
    /// the step up, and at all of them together.
    fn restarts(&self) -> Vec<(BTreeSet<usize>, BTreeSet<usize>)> {
        let changed = self.changed.iter().copied();
        let away: BTreeSet<usize> = changed
            .filter(|router| !self.restarting(*router).is_empty())
            .collect();
        let all: BTreeSet<usize> = self.changed.iter().copied().collect();
        let mut found = Vec::new();
        for &router in &away {
            let alone = BTreeSet::from([router]);
            found.push((alone.clone(), alone.clone()));
            found.push((all.clone(), alone));
        }
        if away.len() > 1 {
            found.push((all, away));
        }
        found
    }

    /// The plan of some routers as they will be, and the others as they were;
    /// without the sessions that restart at those of `away`.
    fn plan(&self, switched: &BTreeSet<usize>, away: &BTreeSet<usize>) -> Plan {
        let mut routers = Vec::new();
        for (at, (old, new)) in self.routers.iter().enumerate() {
            let is_new = switched.contains(&at) || !self.changed.contains(&at);
            let Some(mut router) = (if is_new { new } else { old }).clone() else {
                continue;
            };
            if away.contains(&at) {
                let without = self.restarting(at);
                router.ends.retain(|end| !without.contains(&end.neighbor));
            }
            routers.push(router);
        }
        pair(self.after, routers)
    }

    /// The mixtures to look at, and whether they are all there are.
    fn mixtures(&self) -> (Vec<BTreeSet<usize>>, bool) {
        let count = self.changed.len();
        if let Some(all) = u32::try_from(count).ok().filter(|it| *it <= EXHAUSTIVE) {
            let of = |bits: u32| {
                let routers = self.changed.iter().enumerate();
                let taken = routers.filter(|(at, _)| bits >> at & 1 == 1);
                taken.map(|(_, router)| *router).collect()
            };
            return ((0..1 << all).map(of).collect(), true);
        }
        // Each kind of change by none, one, all but one and all.
        let mut kinds: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for &router in &self.changed {
            let Some((old, new)) = self.routers.get(router) else {
                continue;
            };
            let of = |it: &Option<PlannedRouter>| {
                it.as_ref()
                    .map(|it| (it.asn, it.cluster_id, it.ends.len(), it.domains.clone()))
            };
            let kind = format!("{:?}", (of(old), of(new)));
            kinds.entry(kind).or_default().push(router);
        }
        let mut mixtures: BTreeSet<BTreeSet<usize>> = BTreeSet::from([BTreeSet::new()]);
        for members in kinds.values() {
            let (first, rest) = match members.split_first() {
                Some((first, rest)) => (*first, rest),
                None => continue,
            };
            let mut next = BTreeSet::new();
            for mixture in &mixtures {
                let mut add = |taken: &[usize]| {
                    let mut mixture = mixture.clone();
                    mixture.extend(taken);
                    next.insert(mixture);
                };
                add(&[]);
                add(members);
                if mixtures.len() <= MIXTURES {
                    add(&[first]);
                    add(rest);
                }
            }
            if next.len() <= MIXTURES.saturating_mul(4) {
                mixtures = next;
            } else {
                // Too many kinds: all of what was looked at, then this one too.
                let all: BTreeSet<usize> = self.changed.iter().copied().collect();
                mixtures.insert(members.iter().copied().collect());
                mixtures.insert(
                    all.difference(&members.iter().copied().collect())
                        .copied()
                        .collect(),
                );
            }
        }
        mixtures.insert(self.changed.iter().copied().collect());
        (mixtures.into_iter().collect(), false)
    }
}

/// Up to so many routers that change, all mixtures are looked at.
const EXHAUSTIVE: u32 = 8;
/// How many mixtures are looked at otherwise, about.
const MIXTURES: usize = 64;
