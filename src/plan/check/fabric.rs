//! R14 and R15: AS numbers of a fabric, and who reflects to whom outside.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::plan::{
    end::Origin,
    finding::{Cause, Code, Finding},
    inventory::Inventory,
    pairing::{Plan, PlannedRouter, Verdict},
    terms::{self, Fact, Own},
};
use crate::types::Asn;

pub(super) fn check(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    numbers(inventory, plan, findings);
    spines(inventory, plan, findings);
    external_clients(inventory, plan, findings);
}

/// AS numbers that are not for this use (RFC 6996, 7607, 4893, 5398, 7300).
fn numbers(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let mut used: BTreeMap<Asn, Vec<Cause>> = BTreeMap::new();
    for router in &plan.routers {
        let causes = used.entry(router.asn).or_default();
        if causes.len() < NAMED {
            causes.push(terms::of_router(inventory, router, Own::As));
        }
        for end in &router.ends {
            if end.local_as_override {
                let cause = terms::of_end(inventory, router, end, Fact::SessionAs);
                used.entry(end.local_as).or_default().push(cause);
            }
        }
    }
    let list = |wanted: fn(u32) -> bool| {
        let asns = used.iter().filter(move |(asn, _)| wanted(asn.0));
        let asns: Vec<_> = asns.collect();
        (!asns.is_empty()).then(|| {
            let names: Vec<String> = asns.iter().map(|(asn, _)| asn.to_string()).collect();
            let causes = asns.into_iter().flat_map(|(_, causes)| causes.clone());
            (names, causes.collect::<Vec<_>>())
        })
    };
    if let Some((asns, causes)) = list(is_reserved) {
        let message = format!(
            "AS {} must not be used (RFC 7300, 7607, 6793)",
            asns.join(", ")
        );
        findings.push(Finding::new(Code::ReservedAs, asns, message).because(causes));
    }
    let private = used.keys().any(|asn| is_private(asn.0));
    let public = |asn: u32| !is_private(asn) && !is_reserved(asn);
    if let (Some((asns, causes)), true) = (list(public), private) {
        let message = format!(
            "AS {} is a public number (RFC 6996 has the private ones) among private ones",
            asns.join(", ")
        );
        findings.push(Finding::new(Code::PublicAs, asns, message).because(causes));
    }
}

const fn is_private(asn: u32) -> bool {
    matches!(asn, 64_512..=65_534 | 4_200_000_000..=4_294_967_294)
}

const fn is_reserved(asn: u32) -> bool {
    matches!(asn, 0 | 23_456 | 65_535 | u32::MAX)
}

/// RFC 7938 §5.2: the routers that leaves have above them share one AS, so that
/// a path never goes down and up again.
fn spines(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let mut neighbors: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for session in &plan.sessions {
        let (Some(b), Verdict::Established) = (session.b, session.verdict) else {
            continue;
        };
        for (x, y) in [(session.a.router, b.router), (b.router, session.a.router)] {
            neighbors.entry(x).or_default().insert(y);
        }
    }
    let outside = |at: &usize| plan.routers.get(*at).is_some_and(|it| !it.in_cluster);
    // Those that see no node, and the same leaves, are of one plane.
    let mut planes: BTreeMap<&BTreeSet<usize>, Vec<&PlannedRouter>> = BTreeMap::new();
    for (at, below) in neighbors.iter().filter(|(at, _)| outside(at)) {
        if below.len() > 1 && below.iter().all(outside) {
            let plane = planes.entry(below).or_default();
            plane.extend(plan.routers.get(*at));
        }
    }
    for plane in planes.into_values().filter(|it| it.len() > 1) {
        let asns: BTreeSet<Asn> = plane.iter().map(|it| it.asn).collect();
        if asns.len() < 2 {
            continue;
        }
        let names: Vec<String> = plane.iter().map(|it| it.name.clone()).collect();
        let asns: Vec<String> = asns.iter().map(ToString::to_string).collect();
        let message = format!(
            "{} are above the same routers and have ASes {}: with one AS for all of them a path \
             cannot go down and up again (RFC 7938 §5.2.1)",
            names.join(", "),
            asns.join(", ")
        );
        let causes = plane
            .iter()
            .map(|it| terms::of_router(inventory, it, Own::As));
        findings.push(Finding::new(Code::SpinesDiffer, names, message).because(causes));
    }
}

/// R15: routers outside that a node reflects to, since it cannot know their
/// cluster.
fn external_clients(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let nodes: BTreeSet<core::net::IpAddr> = plan
        .routers
        .iter()
        .filter(|it| it.in_cluster)
        .flat_map(|it| it.addresses.iter().map(|it| it.addr))
        .collect();
    for router in plan.routers.iter().filter(|it| it.in_cluster) {
        for end in &router.ends {
            let told = matches!(end.origin, Origin::Fabric(_));
            if told || end.reflector_client.is_none() || nodes.contains(&end.neighbor) {
                continue;
            }
            let message = format!(
                "{:?} is a reflector, and takes {}, which is no node, for its client",
                router.name, end.neighbor
            );
            let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
            let cause = terms::of_end(inventory, router, end, Fact::Neighbor);
            findings.push(Finding::new(Code::ExternalClient, subjects, message).because([cause]));
        }
    }
}

/// How many of many are named.
const NAMED: usize = 3;
