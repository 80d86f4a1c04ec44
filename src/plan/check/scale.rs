//! R19: how many sessions and routes there are.

use alloc::{format, string::String, vec::Vec};

use super::View;
use crate::plan::{
    expansion::Expansion,
    finding::{Code, Finding},
    terms::{self, Whole},
};

pub(super) fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    mesh(view, findings);
    loads(view, findings);
    tables(view, findings);
}

fn mesh(view: &View<'_>, findings: &mut Vec<Finding>) {
    let expansion = Expansion::new(view.inventory);
    let family = view.network.family;
    let nodes = expansion.mesh_members(family).len();
    let thresholds = &view.checks.thresholds;
    let code = if nodes > thresholds.mesh_fails {
        Code::MeshTooLarge
    } else if nodes > thresholds.mesh {
        Code::MeshLarge
    } else {
        return;
    };
    let sessions = expansion.mesh_sessions(family);
    let reflected = nodes.saturating_sub(3).saturating_mul(3).saturating_add(3);
    let message = format!(
        "{family}: a full mesh of {nodes} nodes has {sessions} sessions, {} at each node; three \
         reflectors would have {reflected}",
        nodes.saturating_sub(1)
    );
    let causes = [terms::of_cluster(view.inventory, Whole::Mesh)];
    findings.push(Finding::new(code, Vec::new(), message).because(causes));
}

/// Reflectors with many sessions.
fn loads(view: &View<'_>, findings: &mut Vec<Finding>) {
    let most = view.checks.thresholds.reflector_sessions;
    let signalling = &view.network.signalling;
    let mut loaded: Vec<(usize, usize)> = Vec::new();
    for (at, router) in view.network.routers.iter().enumerate() {
        if router.planned.is_none() {
            continue;
        }
        let clients = signalling.sessions_of(at).filter(|(.., far)| far.client);
        if clients.count() > 0 {
            let sessions = signalling.sessions_of(at).count();
            if sessions > most {
                loaded.push((sessions, at));
            }
        }
    }
    let Some(&(sessions, worst)) = loaded.iter().max() else {
        return;
    };
    let message = format!(
        "{}: {} reflectors have more than {most} sessions each, {:?} {sessions}",
        view.network.family,
        loaded.len(),
        view.name(worst)
    );
    let subjects: Vec<String> = loaded.iter().map(|it| view.name(it.1).into()).collect();
    findings.push(Finding::new(Code::ReflectorLoaded, subjects, message));
}

/// Routers outside that would hold more routes than a switch does.
fn tables(view: &View<'_>, findings: &mut Vec<Finding>) {
    let most = view.checks.thresholds.switch_routes;
    let announced = |at: usize| {
        let router = view.plan.routers.get(at)?;
        let of_family = router.originates.iter();
        let of_family = of_family.filter(|it| it.family() == view.network.family);
        Some(of_family.count())
    };
    let routes: usize = (0..view.plan.routers.len()).filter_map(announced).sum();
    let outside = view.network.routers.iter().any(|it| !it.in_cluster);
    if routes <= most || !outside {
        return;
    }
    let message = format!(
        "{}: routers outside the cluster are told of {routes} blocks: many switches hold {most} \
         routes",
        view.network.family
    );
    findings.push(Finding::new(Code::TableLarge, Vec::new(), message));
}
