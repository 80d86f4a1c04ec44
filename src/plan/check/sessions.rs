//! R18, R21 and R22: timers, detection, passwords and the like, session by
//! session.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use super::Checks;
use crate::plan::{
    end::{Origin, SessionEnd},
    finding::{Cause, Code, Finding},
    inventory::Inventory,
    pairing::{Plan, PlannedRouter, Verdict},
    speakers::hold_time,
    terms::{self, Fact},
};

pub(super) fn check(
    inventory: &Inventory,
    plan: &Plan,
    checks: &Checks,
    findings: &mut Vec<Finding>,
) {
    keepalives(inventory, plan, findings);
    watched(inventory, plan, findings);
    detection(inventory, plan, checks, findings);
    protection(inventory, plan, findings);
}

fn ends(plan: &Plan) -> impl Iterator<Item = (&PlannedRouter, &SessionEnd)> {
    let routers = plan.routers.iter();
    routers.flat_map(|router| router.ends.iter().map(move |end| (router, end)))
}

/// Times between KEEPALIVEs that a hold time does not allow for (RFC 4271
/// §4.4).
fn keepalives(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let mut seen: BTreeSet<Cause> = BTreeSet::new();
    for (router, end) in ends(plan) {
        let Some(keepalive) = end.keepalive else {
            continue;
        };
        let hold = hold_time(end);
        if keepalive.saturating_mul(3) <= hold {
            continue;
        }
        let cause = terms::of_end(inventory, router, end, Fact::Timers);
        if !seen.insert(cause.clone()) {
            continue;
        }
        let message = format!(
            "{:?} sends {} a KEEPALIVE every {} s, with a hold time of {} s: the session goes \
             down after {} lost ones",
            router.name,
            end.neighbor,
            keepalive.as_secs(),
            hold.as_secs(),
            hold.as_secs().checked_div(keepalive.as_secs()).unwrap_or(0)
        );
        let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
        findings.push(Finding::new(Code::SlowKeepalive, subjects, message).because([cause]));
    }
}

/// R21: BFD and graceful restart contradict each other: the one says at once
/// that a neighbour is gone, the other is to bridge it.
fn watched(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let both =
        |end: &SessionEnd| end.bfd && end.graceful_restart.unwrap_or_else(|| in_cluster(end));
    let found: Vec<_> = ends(plan).filter(|(_, end)| both(end)).collect();
    let Some((router, end)) = found.first() else {
        return;
    };
    let message = format!(
        "{} ends of sessions have both BFD and graceful restart, as that of {:?} with {}: BFD \
         ends the session that graceful restart is to bridge",
        found.len(),
        router.name,
        end.neighbor
    );
    let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
    let causes = found.iter().take(3);
    let causes = causes.map(|(router, end)| terms::of_end(inventory, router, end, Fact::Timers));
    findings.push(Finding::new(Code::BfdWithRestart, subjects, message).because(causes));
}

const fn in_cluster(end: &SessionEnd) -> bool {
    !matches!(end.origin, Origin::Fabric(_))
}

/// R21: how long a neighbour may be gone before that is noticed.
fn detection(inventory: &Inventory, plan: &Plan, checks: &Checks, findings: &mut Vec<Finding>) {
    let mut worst: Option<(Duration, &PlannedRouter, &SessionEnd)> = None;
    let mut restart = Duration::ZERO;
    let mut count: u64 = 0;
    for session in &plan.sessions {
        let (Some(b), Verdict::Established) = (session.b, session.verdict) else {
            continue;
        };
        let of =
            |at: super::super::pairing::EndRef| Some((plan.routers.get(at.router)?, plan.end(at)?));
        let (Some((router, x)), Some((_, y))) = (of(session.a), of(b)) else {
            continue;
        };
        // The lower of both offers holds (RFC 4271 §4.2).
        let hold = hold_time(x).min(hold_time(y));
        if x.bfd && y.bfd {
            continue;
        }
        if hold > checks.thresholds.detection {
            count = count.saturating_add(1);
        }
        for end in [x, y] {
            restart = restart.max(end.restart_time.unwrap_or(RESTART_TIME));
        }
        if worst.is_none_or(|(most, ..)| hold > most) {
            worst = Some((hold, router, x));
        }
    }
    let Some((hold, router, end)) = worst.filter(|(hold, ..)| *hold > checks.thresholds.detection)
    else {
        return;
    };
    let message = format!(
        "{count} sessions notice a neighbour that is gone only by their hold time, up to {} s, as \
         that of {:?} with {}; one that restarts is waited for up to {} s (graceful restart)",
        hold.as_secs(),
        router.name,
        end.neighbor,
        restart.as_secs()
    );
    let subjects = Vec::from([router.name.clone()]);
    let cause = terms::of_end(inventory, router, end, Fact::Timers);
    findings.push(Finding::new(Code::SlowDetection, subjects, message).because([cause]));
}

/// R22: external sessions that anybody on the way could fake.
fn protection(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let mut open: Vec<(String, Cause)> = Vec::new();
    for (router, end) in ends(plan).filter(|(router, _)| router.in_cluster) {
        let external = end.local_as != end.remote_as && end.origin != Origin::Mesh;
        if external && end.password.is_none() && end.ttl_security.is_none() {
            let cause = terms::of_end(inventory, router, end, Fact::Password);
            open.push((router.name.clone(), cause));
        }
    }
    let count = open.len();
    let Some((first, _)) = open.first() else {
        return;
    };
    let message = format!(
        "{count} ends of external sessions have neither a password nor TTL security, as {first:?}"
    );
    let subjects = Vec::from([first.clone()]);
    let finding = Finding::new(Code::Unprotected, subjects, message);
    findings.push(finding.because(open.into_iter().map(|it| it.1)));
}

const RESTART_TIME: Duration = Duration::from_mins(2);
