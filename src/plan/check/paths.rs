//! R9, R10, R23 and what traffic through nodes comes to: which of several ways
//! out routers are told of.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::View;
use crate::plan::{
    end::SessionEnd,
    finding::{Cause, Code, Finding},
    inventory::{Dialect, NextHop},
    signalling::{Passed, Transit, Without},
    terms::{self, Fact},
};
use crate::types::Asn;

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let borders = borders(view);
    hidden(view, &borders, findings);
    oscillation(view, &borders, findings);
    transit(view, findings);
    hair_pin(view, findings);
}

/// The routers of each AS with sessions to other ASes, and which.
type Borders = BTreeMap<Asn, BTreeMap<usize, BTreeSet<Asn>>>;

/// By the numbers of the few.
fn borders(view: &View<'_>) -> Borders {
    let few = view.classes.few();
    let mut borders = Borders::new();
    for session in 0..few.sessions() {
        let Some([(a, near), (b, far)]) = few.session(session) else {
            continue;
        };
        if near.asn == far.asn {
            continue;
        }
        for (router, own, other) in [(a, near.asn, far.asn), (b, far.asn, near.asn)] {
            let of = borders.entry(own).or_default().entry(router).or_default();
            of.insert(other);
        }
    }
    borders
}

fn whole(view: &View<'_>, few: usize) -> usize {
    view.classes.of(few).map_or(usize::MAX, |(_, whole)| whole)
}

fn described(view: &View<'_>, few: usize) -> bool {
    let router = view.network.routers.get(whole(view, few));
    router.is_some_and(|it| it.planned.is_some())
}

fn in_cluster(view: &View<'_>, few: usize) -> bool {
    let router = view.network.routers.get(whole(view, few));
    router.is_some_and(|it| it.in_cluster)
}

/// R10: routers inside an AS with several ways out that hear of one only.
fn hidden(view: &View<'_>, borders: &Borders, findings: &mut Vec<Finding>) {
    let few = view.classes.few();
    for (asn, of) in borders.iter().filter(|(_, of)| of.len() > 1) {
        let reflects = |it: usize| few.sessions_of(it).any(|(_, _, _, far)| far.client);
        // Calico's nodes pass all paths to each other.
        let add_path =
            view.inventory.dialect == Dialect::Calico && of.keys().all(|it| in_cluster(view, *it));
        let passed = if add_path { Passed::All } else { Passed::Best };
        let exits: Vec<usize> = of
            .keys()
            .copied()
            .filter(|it| described(view, *it))
            .collect();
        if exits.len() < 2 {
            continue;
        }
        let mut poor: Vec<(usize, usize)> = Vec::new();
        let told = few.spread_all(&exits, (view.checks.rule, passed), &Without::default());
        for router in (0..few.routers()).filter(|it| described(view, *it)) {
            let own = view
                .network
                .routers
                .get(whole(view, router))
                .map(|it| it.asn);
            let client = few.sessions_of(router).any(|(_, near, ..)| near.client);
            if own != Some(*asn) || of.contains_key(&router) || !client || reflects(router) {
                continue;
            }
            let heard = told.as_ref().and_then(|told| told.get(router));
            let heard: BTreeSet<usize> = heard.into_iter().flatten().map(|it| it.origin).collect();
            if heard.len() < 2 {
                poor.push((router, heard.len()));
            }
        }
        let Some((first, heard)) = poor.first() else {
            continue;
        };
        let first = view.name(whole(view, *first));
        let message = format!(
            "{}: AS {asn} has {} routers with sessions to others, and {first:?} hears of the way \
             over {heard} of them: its reflectors pass on the one they like best",
            view.network.family,
            exits.len()
        );
        let subjects = Vec::from([String::from(first)]);
        findings.push(Finding::new(Code::HiddenPaths, subjects, message));
    }
}

/// R9: several ways to one AS, and reflectors that pass on one path.
fn oscillation(view: &View<'_>, borders: &Borders, findings: &mut Vec<Finding>) {
    let few = view.classes.few();
    for (asn, of) in borders {
        let mut ways: BTreeMap<Asn, Vec<usize>> = BTreeMap::new();
        for (router, others) in of.iter().filter(|(it, _)| described(view, **it)) {
            for other in others {
                ways.entry(*other).or_default().push(*router);
            }
        }
        let told_by_reflectors = |routers: &[usize]| {
            let mut clients = routers.iter().copied();
            clients.any(|it| few.sessions_of(it).any(|(_, near, ..)| near.client))
        };
        let all =
            view.inventory.dialect == Dialect::Calico && of.keys().all(|it| in_cluster(view, *it));
        let found = ways
            .iter()
            .find(|(_, it)| it.len() > 1 && told_by_reflectors(it) && !all);
        let Some((other, routers)) = found else {
            continue;
        };
        let names: Vec<String> = routers
            .iter()
            .map(|it| view.name(whole(view, *it)).into())
            .collect();
        let message = format!(
            "{}: AS {asn} has sessions with AS {other} at {}, and reflectors inside: should AS \
             {other} send MEDs that differ, the choice may never come to rest (RFC 3345)",
            view.network.family,
            names.join(", ")
        );
        findings.push(Finding::new(Code::MedOscillation, names, message));
    }
}

/// R23: nodes that would pass one neighbour's routes to another.
fn transit(view: &View<'_>, findings: &mut Vec<Finding>) {
    let few = view.classes.few();
    let mut found: Vec<usize> = Vec::new();
    for router in (0..few.routers()).filter(|it| in_cluster(view, *it)) {
        let passes = few
            .router(router)
            .is_some_and(|it| it.transit == Transit::All);
        let sessions = few
            .sessions_of(router)
            .filter(|(_, near, _, far)| near.asn != far.asn);
        let open = sessions.filter(|(_, near, ..)| near.export.is_none());
        let others: BTreeSet<Asn> = open.map(|(.., far)| far.asn).collect();
        if passes && others.len() > 1 {
            found.push(whole(view, router));
        }
    }
    let Some(first) = found.first() else { return };
    let message = format!(
        "{}: {:?} has sessions with several ASes and passes each one's routes to the others: the \
         fabric's traffic may come to go through the node",
        view.network.family,
        view.name(*first)
    );
    let subjects = found.iter().map(|it| view.name(*it).into()).collect();
    findings.push(Finding::new(Code::TransitLeak, subjects, message));
}

/// Whether filters look at what goes out over an end.
const fn filtered(end: &SessionEnd) -> bool {
    !end.export_filters.is_empty()
}

/// Nodes that tell a router outside of other nodes' blocks with themselves as
/// next hop (calico#3810, calico#3666).
fn hair_pin(view: &View<'_>, findings: &mut Vec<Finding>) {
    if view.inventory.dialect != Dialect::Calico {
        return;
    }
    // The ends of nodes to other ASes, by the far router's address.
    let mut outside: BTreeMap<core::net::IpAddr, Vec<(usize, Cause)>> = BTreeMap::new();
    let mut inside = 0_usize;
    let mut internal: BTreeSet<usize> = BTreeSet::new();
    for (at, router) in view.plan.routers.iter().enumerate() {
        if !router.in_cluster {
            continue;
        }
        inside = inside.saturating_add(1);
        let meshed = view
            .plan
            .meshes
            .iter()
            .any(|it| it.members.binary_search(&at).is_ok());
        if meshed {
            internal.insert(at);
        }
        for end in router
            .ends
            .iter()
            .filter(|it| it.family() == view.network.family)
        {
            if end.local_as == end.remote_as {
                internal.insert(at);
            } else if end.next_hop != NextHop::Keep && !filtered(end) {
                let cause = terms::of_end(view.inventory, router, end, Fact::NextHop);
                outside.entry(end.neighbor).or_default().push((at, cause));
            }
        }
    }
    for (neighbor, nodes) in outside {
        let through: Vec<usize> = nodes.iter().map(|it| it.0).collect();
        let with_others = through.iter().any(|it| internal.contains(it));
        let own = view
            .plan
            .routers
            .iter()
            .any(|it| it.in_cluster && it.addresses.iter().any(|it| it.addr == neighbor));
        if !with_others || own || inside < 2 {
            continue;
        }
        let name = |at: &usize| view.plan.routers.get(*at).map_or("", |it| it.name.as_str());
        let message = if through.len() == 1 || through.len().saturating_mul(2) <= inside {
            format!(
                "{}: {} of {inside} nodes tell {neighbor} of all nodes' blocks with themselves as \
                 next hop, as {:?}: traffic to the others goes through them",
                view.network.family,
                through.len(),
                name(through.first().unwrap_or(&0))
            )
        } else {
            format!(
                "{}: {} nodes tell {neighbor} of each other's blocks with themselves as next hop: \
                 it holds {} paths to each block, and traffic may take a detour",
                view.network.family,
                through.len(),
                through.len()
            )
        };
        let subjects: Vec<String> = through.iter().take(5).map(|it| name(it).into()).collect();
        let finding = Finding::new(Code::HairPin, subjects, message);
        findings.push(finding.because(nodes.into_iter().map(|it| it.1)));
    }
}
