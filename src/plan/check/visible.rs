//! R1, R3, R12 and R13: every route gets everywhere, and can be followed there.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec,
    vec::Vec,
};

use super::View;
use crate::plan::{
    finding::{Cause, Code, Finding},
    signalling::{Passed, Signalling, Without},
    terms::{self, Own},
    twins::LostClass,
};

/// What is lost with everything in place.
pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) -> Vec<LostClass> {
    let mut lost = view.classes.lost(view.checks.rule, &BTreeMap::new());
    lost.retain(|it| view.matters(it.classes));
    let mut by_reason: BTreeMap<Reason, Vec<&LostClass>> = BTreeMap::new();
    let relaxed = (!lost.is_empty()).then(|| Relaxed::new(view));
    for one in &lost {
        let Some(relaxed) = &relaxed else { continue };
        let reason = relaxed.reason(one);
        by_reason.entry(reason).or_default().push(one);
    }
    for (reason, of) in by_reason {
        findings.extend(finding(view, reason, &of));
    }
    next_hops(view, findings);
    lost
}

/// Why a route does not get somewhere.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Reason {
    /// There is no way over sessions that would carry it.
    NoWay,
    /// A reflector takes it for its own, since another has its cluster id.
    SameCluster,
    /// Its AS is on both sides of another (AS_PATH loop).
    SplitAs,
    /// A policy lets it through nowhere.
    Policy,
}

/// What would get where if one rule did not hold.
struct Relaxed {
    clusters: BTreeSet<(usize, usize)>,
    ases: BTreeSet<(usize, usize)>,
    policies: BTreeSet<(usize, usize)>,
}

impl Relaxed {
    fn new(view: &View<'_>) -> Self {
        let few = view.classes.few();
        let rebuilt = |relax: fn(&mut Draft)| {
            let mut draft = Draft::new(few);
            relax(&mut draft);
            let signalling = draft.signalling();
            let lost = signalling.visibility(view.checks.rule, &Without::default());
            let class = |few: usize| Some(view.classes.of(few)?.0);
            let lost = lost.lost.into_iter();
            lost.filter_map(|(a, b)| Some((class(a)?, class(b)?)))
                .collect()
        };
        Self {
            clusters: rebuilt(Draft::with_clusters_of_their_own),
            ases: rebuilt(Draft::with_any_as_path),
            policies: rebuilt(Draft::without_policies),
        }
    }

    fn reason(&self, lost: &LostClass) -> Reason {
        let found = |still: &BTreeSet<(usize, usize)>| !still.contains(&lost.classes);
        if found(&self.clusters) {
            Reason::SameCluster
        } else if found(&self.ases) {
            Reason::SplitAs
        } else if found(&self.policies) {
            Reason::Policy
        } else {
            Reason::NoWay
        }
    }
}

/// A signalling to be changed.
struct Draft {
    routers: Vec<crate::plan::signalling::Router>,
    sessions: Vec<[(usize, crate::plan::signalling::Side); 2]>,
}

impl Draft {
    fn new(of: &Signalling) -> Self {
        let routers = (0..of.routers()).filter_map(|it| of.router(it).cloned());
        Self {
            routers: routers.collect(),
            sessions: (0..of.sessions()).filter_map(|it| of.session(it)).collect(),
        }
    }

    fn with_clusters_of_their_own(&mut self) {
        for (number, router) in (1_u32..).zip(&mut self.routers) {
            router.cluster = router.cluster.map(|_| crate::types::ClusterId(number));
        }
    }

    fn with_any_as_path(&mut self) {
        for side in self.sessions.iter_mut().flatten() {
            side.1.allow_local_as = u8::MAX;
        }
    }

    fn without_policies(&mut self) {
        for side in self.sessions.iter_mut().flatten() {
            (side.1.import, side.1.export) = (None, None);
        }
    }

    fn signalling(self) -> Signalling {
        let mut signalling = Signalling::default();
        for router in self.routers {
            signalling.add(router);
        }
        for [a, b] in self.sessions {
            signalling.add_between(a, b);
        }
        signalling
    }
}

fn finding(view: &View<'_>, reason: Reason, lost: &[&LostClass]) -> Option<Finding> {
    let one = lost.first()?;
    let pairs: usize = lost.iter().map(|it| it.pairs).sum();
    let (from, to) = (view.name(one.originator), view.name(one.router));
    let family = view.network.family;
    let start = format!(
        "{family}: {pairs} pairs of routers do not learn each other's routes, as {to:?} does not \
         learn those of {from:?}"
    );
    let subjects = Vec::from([String::from(from), String::from(to)]);
    let asn = |router: usize| view.network.routers.get(router).map(|it| it.asn);
    let finding = match reason {
        Reason::NoWay => {
            let why = match (asn(one.originator), asn(one.router)) {
                (Some(a), Some(b)) if a != b => "no row of sessions leads from one to the other",
                _ => {
                    "what came over iBGP goes on from or to a reflector's clients only, and no \
                     such way leads from one to the other"
                }
            };
            Finding::new(Code::LostRoutes, subjects, format!("{start}: {why}"))
        }
        Reason::SameCluster => {
            let message = format!(
                "{start}: reflectors of one cluster id drop what the others of it reflected, and \
                 these are not clients of the same ones"
            );
            let causes = reflectors(view);
            Finding::new(Code::ClusterIdSplit, subjects, message).because(causes)
        }
        Reason::SplitAs => {
            let asn = asn(one.originator)?;
            let message = format!(
                "{start}: AS {asn} is on both sides of another, and each side drops paths with \
                 its own AS in them (RFC 4271 §9.1.2)"
            );
            let causes = [one.originator, one.router].map(|it| own(view, it, Own::As));
            let causes = causes.into_iter().flatten();
            Finding::new(Code::SplitAs, subjects, message).because(causes)
        }
        Reason::Policy => {
            let message = format!("{start}: a policy on the way lets them through nowhere");
            Finding::new(Code::PolicyBlocks, subjects, message)
        }
    };
    Some(finding)
}

fn own(view: &View<'_>, router: usize, fact: Own) -> Option<Cause> {
    let at = view.network.routers.get(router)?.planned?;
    let router = view.plan.routers.get(at)?;
    Some(terms::of_router(view.inventory, router, fact))
}

/// The cluster ids of the first few reflectors.
fn reflectors(view: &View<'_>) -> Vec<Cause> {
    let all = 0..view.network.routers.len();
    let stamps = |it: &usize| view.network.signalling.cluster(*it).is_some();
    let causes = all.filter(stamps);
    let causes = causes.filter_map(|it| own(view, it, Own::ClusterId));
    causes.take(4).collect()
}

/// R12: next hops that a router knows no way to.
fn next_hops(view: &View<'_>, findings: &mut Vec<Finding>) {
    let few = view.classes.few();
    let all_reach = (0..few.routers())
        .filter_map(|it| few.router(it))
        .all(|it| it.connected.is_none());
    if all_reach {
        return;
    }
    let rule = (view.checks.rule, Passed::All);
    let told: Vec<_> = (0..few.routers())
        .map(|it| {
            few.spread(it, rule, &Without::default())
                .unwrap_or_default()
        })
        .collect();
    let mut unresolved = vec![];
    let mut seen = BTreeSet::new();
    for originator in 0..few.routers() {
        for (router, hop) in few.unresolved(originator, &told) {
            let (Some(from), Some(to)) = (view.classes.of(originator), view.classes.of(router))
            else {
                continue;
            };
            if view.matters((from.0, to.0)) && seen.insert((from.0, to.0)) {
                unresolved.push((from.1, to.1, hop));
            }
        }
    }
    let Some((from, to, hop)) = unresolved.first() else {
        return;
    };
    let (from, to) = (view.name(*from), view.name(*to));
    let message = format!(
        "{}: {to:?} learns the routes of {from:?} with next hop {hop}, which it knows no way to{}",
        view.network.family,
        match unresolved.len() {
            1 => String::new(),
            count => format!("; and {} more such pairs", count.saturating_sub(1)),
        }
    );
    let subjects = Vec::from([String::from(to), String::from(from)]);
    findings.push(Finding::new(Code::UnresolvedNextHop, subjects, message));
}
