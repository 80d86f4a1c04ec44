//! R7 and R11: whether packets go where routes say, where links' costs are
//! known.

use alloc::{
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    format,
    string::String,
    vec::Vec,
};
use core::cmp::Reverse;

use super::View;
use crate::plan::{
    finding::{Code, Finding},
    signalling::{Passed, Path, Without},
};
use crate::types::Asn;

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    if view.inventory.links.is_empty() {
        return;
    }
    let ways = Ways::new(view, findings);
    metrics(view, &ways, findings);
    exits(view, &ways, findings);
}

/// Shortest ways between routers, by their numbers in the network.
struct Ways {
    /// From each router that has links: to each other, the cost and the next
    /// router on the way.
    from: BTreeMap<usize, BTreeMap<usize, (u64, usize)>>,
}

impl Ways {
    fn new(view: &View<'_>, findings: &mut Vec<Finding>) -> Self {
        let routers = view.network.routers.iter().enumerate();
        let numbers: BTreeMap<&str, usize> =
            routers.map(|(at, it)| (it.name.as_str(), at)).collect();
        let mut links: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new();
        for link in &view.inventory.links {
            let ends = [&link.ends.0, &link.ends.1].map(|it| numbers.get(it.as_str()).copied());
            let [Some(a), Some(b)] = ends else {
                let known =
                    |name: &String| view.plan.routers.iter().any(|router| router.name == *name);
                for name in [&link.ends.0, &link.ends.1]
                    .into_iter()
                    .filter(|it| !known(it))
                {
                    let message = format!(
                        "the link between {:?} and {:?}: there is no node or router {name:?}",
                        link.ends.0, link.ends.1
                    );
                    let subjects = Vec::from([name.clone()]);
                    findings.push(Finding::new(Code::UnknownLink, subjects, message));
                }
                continue;
            };
            for (x, y) in [(a, b), (b, a)] {
                links.entry(x).or_default().push((y, u64::from(link.cost)));
            }
        }
        let from = links.keys().map(|start| (*start, shortest(&links, *start)));
        Self {
            from: from.collect(),
        }
    }

    fn cost(&self, from: usize, to: usize) -> Option<u64> {
        if from == to {
            return Some(0);
        }
        Some(self.from.get(&from)?.get(&to)?.0)
    }

    /// The routers on the way, both ends included.
    fn way(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        let back = self.from.get(&from)?;
        let mut way = Vec::from([to]);
        let mut at = to;
        while at != from {
            at = back.get(&at)?.1;
            way.push(at);
        }
        way.reverse();
        Some(way)
    }
}

/// The cost to each other router, and the one before it on the way there.
fn shortest(
    links: &BTreeMap<usize, Vec<(usize, u64)>>,
    start: usize,
) -> BTreeMap<usize, (u64, usize)> {
    let mut found: BTreeMap<usize, (u64, usize)> = BTreeMap::new();
    let mut open = BinaryHeap::from([Reverse((0_u64, start, start))]);
    while let Some(Reverse((cost, at, before))) = open.pop() {
        if found.contains_key(&at) {
            continue;
        }
        found.insert(at, (cost, before));
        for (to, more) in links.get(&at).into_iter().flatten() {
            if !found.contains_key(to) {
                open.push(Reverse((cost.saturating_add(*more), *to, at)));
            }
        }
    }
    found
}

/// RFC 4456 §11: ways inside a cluster are to cost less than ways out of it.
fn metrics(view: &View<'_>, ways: &Ways, findings: &mut Vec<Finding>) {
    let signalling = &view.network.signalling;
    let mut inside: Option<(u64, usize, usize)> = None;
    let mut between: Option<(u64, usize, usize)> = None;
    for session in 0..signalling.sessions() {
        let Some([(a, near), (b, far)]) = signalling.session(session) else {
            continue;
        };
        let Some(cost) = ways.cost(a, b).filter(|_| near.asn == far.asn) else {
            continue;
        };
        let apart = signalling.cluster(a) != signalling.cluster(b);
        let both = signalling.cluster(a).is_some() && signalling.cluster(b).is_some();
        if both && apart {
            if between.is_none_or(|(least, ..)| cost < least) {
                between = Some((cost, a, b));
            }
        } else if (near.client || far.client) && inside.is_none_or(|(most, ..)| cost > most) {
            inside = Some((cost, a, b));
        }
    }
    let (Some((inner, a, b)), Some((outer, x, y))) = (inside, between) else {
        return;
    };
    if inner < outer {
        return;
    }
    let message = format!(
        "{}: from {:?} to {:?} of one cluster it costs {inner}, and from {:?} to {:?} of another \
         {outer}: reflectors may choose ways that their clients' packets do not take",
        view.network.family,
        view.name(a),
        view.name(b),
        view.name(x),
        view.name(y)
    );
    let subjects = [a, b, x, y].map(|it| String::from(view.name(it)));
    findings.push(Finding::new(
        Code::ClusterMetrics,
        Vec::from(subjects),
        message,
    ));
}

/// Of each AS with several ways out: which one every router takes.
fn exits(view: &View<'_>, ways: &Ways, findings: &mut Vec<Finding>) {
    let signalling = &view.network.signalling;
    let mut borders: BTreeMap<Asn, BTreeSet<usize>> = BTreeMap::new();
    for session in 0..signalling.sessions() {
        let Some([(a, near), (b, far)]) = signalling.session(session) else {
            continue;
        };
        if near.asn != far.asn {
            borders.entry(near.asn).or_default().insert(a);
            borders.entry(far.asn).or_default().insert(b);
        }
    }
    for (asn, exits) in borders.iter().filter(|(_, exits)| exits.len() > 1) {
        let exits: Vec<usize> = exits.iter().copied().collect();
        let cost = |router: usize, path: &Path| ways.cost(router, path.origin).unwrap_or(u64::MAX);
        let rule = (view.checks.rule, Passed::Best);
        let told = signalling.spread_by(&exits, rule, &Without::default(), &cost);
        let Some(told) = told else { continue };
        let mut chosen: BTreeMap<usize, usize> = exits.iter().map(|it| (*it, *it)).collect();
        for (router, of) in view.network.routers.iter().enumerate() {
            let heard = told.get(router).map(Vec::as_slice).unwrap_or_default();
            let best = heard
                .iter()
                .min_by_key(|path| (path.as_path.len(), cost(router, path)));
            if let (Some(best), true) = (best, of.asn == *asn) {
                chosen.entry(router).or_insert(best.origin);
            }
        }
        stretched(view, ways, (&exits, &chosen), findings);
        deflected(view, ways, &chosen, findings);
    }
}

/// R11: routers that are sent further than they would go themselves.
fn stretched(
    view: &View<'_>,
    ways: &Ways,
    (exits, chosen): (&[usize], &BTreeMap<usize, usize>),
    findings: &mut Vec<Finding>,
) {
    let mut worst: Option<(u64, usize, usize, usize)> = None;
    let mut count = 0_usize;
    for (&router, &exit) in chosen {
        let nearest = exits
            .iter()
            .filter_map(|it| Some((ways.cost(router, *it)?, *it)))
            .min();
        let (Some((least, best)), Some(cost)) = (nearest, ways.cost(router, exit)) else {
            continue;
        };
        let more = cost.saturating_sub(least);
        if more == 0 {
            continue;
        }
        count = count.saturating_add(1);
        if worst.is_none_or(|(most, ..)| more > most) {
            worst = Some((more, router, exit, best));
        }
    }
    let Some((more, router, exit, best)) = worst else {
        return;
    };
    let message = format!(
        "{}: {count} routers leave by an exit that is not their nearest, as {:?} by {:?} though \
         {:?} costs {more} less: its reflector chose for itself",
        view.network.family,
        view.name(router),
        view.name(exit),
        view.name(best)
    );
    let subjects = Vec::from([String::from(view.name(router))]);
    findings.push(Finding::new(Code::Stretch, subjects, message));
}

/// R7: ways on which a router in between sends packets elsewhere.
fn deflected(
    view: &View<'_>,
    ways: &Ways,
    chosen: &BTreeMap<usize, usize>,
    findings: &mut Vec<Finding>,
) {
    for (&router, &exit) in chosen {
        let way = ways.way(router, exit).unwrap_or_default();
        let odd = way
            .iter()
            .find(|it| chosen.get(*it).is_some_and(|other| *other != exit));
        let Some(&odd) = odd else { continue };
        let theirs = chosen.get(&odd).copied().unwrap_or(exit);
        let back = ways.way(odd, theirs).unwrap_or_default();
        let round = back.contains(&router);
        let message = format!(
            "{}: {:?} sends packets to the exit {:?} by way of {:?}, which sends them to {:?}{}",
            view.network.family,
            view.name(router),
            view.name(exit),
            view.name(odd),
            view.name(theirs),
            if round { ": they go round" } else { "" }
        );
        let code = if round {
            Code::ForwardingLoop
        } else {
            Code::Deflection
        };
        let subjects = [router, odd].map(|it| String::from(view.name(it)));
        findings.push(Finding::new(code, Vec::from(subjects), message));
        return;
    }
}
