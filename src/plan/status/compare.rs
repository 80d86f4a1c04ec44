//! What is expected beside what is observed.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::IpAddr;

use super::{Observed, ObservedSession, cause};
use crate::plan::{
    end::SessionEnd,
    expansion::Expansion,
    finding::{Code, Finding},
    inventory::Inventory,
    pairing::{EndRef, Plan, PlannedRouter, Verdict},
    terms::{self, Fact},
};

/// The router of a plan that shows these sessions: by its name if that is known,
/// else the only one with these neighbours. `Err` says why there is none.
///
/// # Errors
/// If no router has that name, or not just one fits.
pub fn node_of<'a>(plan: &'a Plan, observed: &Observed) -> Result<&'a PlannedRouter, String> {
    if let Some(name) = &observed.node {
        let found = plan.routers.iter().find(|it| it.name == *name);
        return found.ok_or_else(|| format!("there is no node or router {name:?} in the plan"));
    }
    let seen: BTreeSet<IpAddr> = observed.sessions.iter().map(|it| it.neighbor).collect();
    let local: BTreeSet<IpAddr> = observed.sessions.iter().filter_map(|it| it.local).collect();
    let fits = |router: &&PlannedRouter| {
        let own = |address: &IpAddr| router.addresses.iter().any(|it| it.addr == *address);
        if local.is_empty() {
            let ends: BTreeSet<IpAddr> = router.ends.iter().map(|it| it.neighbor).collect();
            !seen.is_empty() && ends == seen
        } else {
            local.iter().any(own)
        }
    };
    let found: Vec<&PlannedRouter> = plan.routers.iter().filter(fits).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err("no node's planned neighbours are these: say whose status this is".into()),
        many => Err(format!(
            "{} nodes have these neighbours, {:?} and {:?} among them: say whose status this is",
            many.len(),
            many.first().map_or("", |it| it.name.as_str()),
            many.get(1).map_or("", |it| it.name.as_str()),
        )),
    }
}

/// What differs from the plan at the routers that were observed; those whose
/// status is not given are not looked at. Statuses whose router is not known
/// ([`node_of`]) are left out.
pub fn compare(inventory: &Inventory, plan: &Plan, observed: &[Observed]) -> Vec<Finding> {
    let mut verdicts: BTreeMap<EndRef, Verdict> = BTreeMap::new();
    for session in &plan.sessions {
        verdicts.insert(session.a, session.verdict);
        verdicts.extend(session.b.map(|b| (b, session.verdict)));
    }
    let expansion = Expansion::new(inventory);
    let mut findings = Vec::new();
    for one in observed {
        let Ok(router) = node_of(plan, one) else {
            continue;
        };
        let Some(at) = plan.routers.iter().position(|it| it.name == router.name) else {
            continue;
        };
        if !one.running {
            let message = format!("the BGP process of {:?} does not run", router.name);
            let subjects = Vec::from([router.name.clone()]);
            findings.push(Finding::new(Code::ProcessDown, subjects, message));
            continue;
        }
        let ends = if router.in_cluster && !plan.meshes.is_empty() {
            expansion.ends(at)
        } else {
            router.ends.clone()
        };
        let verdict = |number: usize| {
            let end = EndRef {
                router: at,
                end: number,
            };
            verdicts.get(&end).copied().unwrap_or(Verdict::Established)
        };
        let ends: Vec<(&SessionEnd, Verdict)> = ends
            .iter()
            .enumerate()
            .map(|(number, end)| (end, verdict(number)))
            .collect();
        of_router(inventory, router, &ends, &one.sessions, &mut findings);
        for interface in &one.on_interfaces {
            let message = format!(
                "{:?} has a session on interface {interface:?}, without an address: that is not \
                 in the plan",
                router.name
            );
            let subjects = Vec::from([router.name.clone(), interface.clone()]);
            findings.push(Finding::new(Code::SessionUnexpected, subjects, message));
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

fn of_router(
    inventory: &Inventory,
    router: &PlannedRouter,
    ends: &[(&SessionEnd, Verdict)],
    sessions: &[ObservedSession],
    findings: &mut Vec<Finding>,
) {
    let mut matched: BTreeSet<usize> = BTreeSet::new();
    for (end, verdict) in ends {
        let fits = |(number, session): &(usize, &ObservedSession)| {
            let kind = session.kind.is_none_or(|kind| kind == end.type_text());
            let port = session.port.is_none() || session.port == end.port;
            session.neighbor == end.neighbor && kind && port && !matched.contains(number)
        };
        let cause = terms::of_end(inventory, router, end, Fact::Neighbor);
        let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
        let Some((number, session)) = sessions.iter().enumerate().find(fits) else {
            let message = format!(
                "{:?} should have a session with {} ({}), and shows none",
                router.name,
                end.neighbor,
                end.protocol_name()
            );
            let finding = Finding::new(Code::SessionMissing, subjects, message);
            findings.push(finding.because([cause]));
            continue;
        };
        matched.insert(number);
        if session.up {
            wrong_as(router, end, session, findings);
            continue;
        }
        let (why, fix) = cause::of(*verdict, session);
        let said = if session.info.is_empty() {
            session.state.clone()
        } else {
            format!("{} {}", session.state, session.info)
        };
        let since = if session.since.is_empty() {
            String::new()
        } else {
            format!(" since {}", session.since)
        };
        let message = format!(
            "the session of {:?} with {} ({}) is down{since} ({said}): {why}",
            router.name,
            end.neighbor,
            end.protocol_name()
        );
        let finding = Finding::new(Code::SessionDown, subjects, message);
        findings.push(finding.because([cause]).fixed_by(fix));
    }
    for (_, session) in sessions
        .iter()
        .enumerate()
        .filter(|(it, _)| !matched.contains(it))
    {
        let kind = session
            .kind
            .map_or_else(String::new, |kind| format!(", {kind}"));
        let message = format!(
            "{:?} has a session with {} ({}{kind}) that is not in the plan",
            router.name, session.neighbor, session.state
        );
        let subjects = Vec::from([router.name.clone(), session.neighbor.to_string()]);
        findings.push(Finding::new(Code::SessionUnexpected, subjects, message));
    }
}

/// A session that is up with another AS than the plan has.
fn wrong_as(
    router: &PlannedRouter,
    end: &SessionEnd,
    session: &ObservedSession,
    findings: &mut Vec<Finding>,
) {
    let Some(asn) = session.remote_as.filter(|asn| *asn != end.remote_as) else {
        return;
    };
    let message = format!(
        "{:?} has a session with {} in AS {asn}, and the plan expects AS {}",
        router.name, end.neighbor, end.remote_as
    );
    let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
    findings.push(Finding::new(Code::SessionUnexpected, subjects, message));
}
