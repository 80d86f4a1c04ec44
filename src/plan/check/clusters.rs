//! R2, R3, R5, R6 and R8: how reflectors, their clusters and their clients hang
//! together.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::View;
use crate::plan::{
    finding::{Cause, Code, Finding},
    inventory::Dialect,
    signalling::{LoopRule, Passed},
    terms::{self, Own},
    twins::LostClass,
};
use crate::types::ClusterId;

pub(super) fn check(view: &View<'_>, lost: &[LostClass], findings: &mut Vec<Finding>) {
    let roles = Roles::new(view);
    if roles.clients.is_empty() {
        return;
    }
    unmeshed(view, &roles, lost, findings);
    split(view, &roles, findings);
    copies(view, &roles, findings);
    cycles(view, &roles, findings);
    spurious(view, &roles, findings);
    together(view, &roles, findings);
    all_at_once(view, &roles, findings);
}

/// Who reflects to whom.
struct Roles {
    /// A reflector's clients.
    clients: BTreeMap<usize, BTreeSet<usize>>,
    /// A client's reflectors.
    reflectors: BTreeMap<usize, BTreeSet<usize>>,
}

impl Roles {
    fn new(view: &View<'_>) -> Self {
        let mut roles = Self {
            clients: BTreeMap::new(),
            reflectors: BTreeMap::new(),
        };
        let signalling = &view.network.signalling;
        for session in 0..signalling.sessions() {
            let Some([(a, near), (b, far)]) = signalling.session(session) else {
                continue;
            };
            for (client, side, reflector) in [(a, near, b), (b, far, a)] {
                let described = [client, reflector].into_iter();
                let mut described = described.filter_map(|it| view.network.routers.get(it));
                if side.client && described.all(|it| it.planned.is_some()) {
                    roles.clients.entry(reflector).or_default().insert(client);
                    let of = roles.reflectors.entry(client).or_default();
                    of.insert(reflector);
                }
            }
        }
        roles
    }

    fn is_client(&self, client: usize, reflector: usize) -> bool {
        let of = self.reflectors.get(&client);
        of.is_some_and(|of| of.contains(&reflector))
    }

    /// The clients of a reflector that are not in turn its reflectors.
    fn plain_clients(&self, reflector: usize) -> BTreeSet<usize> {
        let clients = self.clients.get(&reflector).into_iter().flatten();
        let plain = clients.filter(|it| !self.is_client(reflector, **it));
        plain.copied().collect()
    }

    /// Reflectors that are nobody's clients, but for each other's.
    fn top(&self) -> Vec<usize> {
        let reflectors = self.clients.keys().copied();
        let is_top = |it: &usize| {
            let above = self.reflectors.get(it).into_iter().flatten();
            above.into_iter().all(|above| self.is_client(*above, *it))
        };
        reflectors.filter(is_top).collect()
    }
}

fn id(view: &View<'_>, router: usize) -> Option<Cause> {
    let at = view.network.routers.get(router)?.planned?;
    let router = view.plan.routers.get(at)?;
    Some(terms::of_router(view.inventory, router, Own::ClusterId))
}

fn quoted(view: &View<'_>, router: usize) -> String {
    format!("{:?}", view.name(router))
}

/// R2: reflectors at the top without a session with each other, where routes are
/// lost.
fn unmeshed(view: &View<'_>, roles: &Roles, lost: &[LostClass], findings: &mut Vec<Finding>) {
    let top = roles.top();
    let same_as = |a: usize, b: usize| {
        let asn = |it: usize| view.network.routers.get(it).map(|it| it.asn);
        asn(a) == asn(b)
    };
    let mut missing: Vec<(usize, usize)> = Vec::new();
    for (at, &a) in top.iter().enumerate() {
        let near = view.network.signalling.sessions_of(a);
        let near: BTreeSet<usize> = near.map(|it| it.2).collect();
        let others = top.iter().skip(at.saturating_add(1)).copied();
        let others = others.filter(|b| same_as(a, *b) && !near.contains(b));
        missing.extend(others.map(|b| (a, b)));
    }
    let Some(&(a, b)) = missing.first().filter(|_| !lost.is_empty()) else {
        return;
    };
    let message = format!(
        "{}: {} pairs of reflectors that are nobody's clients have no session with each other, \
         as {} and {}, and routes are lost",
        view.network.family,
        missing.len(),
        quoted(view, a),
        quoted(view, b)
    );
    let subjects = Vec::from([view.name(a).into(), view.name(b).into()]);
    findings.push(Finding::new(Code::UnmeshedReflectors, subjects, message));
}

/// R3: reflectors of one cluster whose clients are not the same.
fn split(view: &View<'_>, roles: &Roles, findings: &mut Vec<Finding>) {
    let mut clusters: BTreeMap<(ClusterId, u32), Vec<usize>> = BTreeMap::new();
    for &reflector in roles.clients.keys() {
        let cluster = view.network.signalling.cluster(reflector);
        let asn = view.network.routers.get(reflector).map(|it| it.asn.0);
        if let (Some(cluster), Some(asn)) = (cluster, asn) {
            clusters.entry((cluster, asn)).or_default().push(reflector);
        }
    }
    for ((cluster, _), members) in clusters {
        for pair in members.windows(2) {
            let &[a, b] = pair else { continue };
            let (of_a, of_b) = (roles.plain_clients(a), roles.plain_clients(b));
            let Some(&odd) = of_a.symmetric_difference(&of_b).next() else {
                continue;
            };
            let (has, lacks) = if of_a.contains(&odd) { (a, b) } else { (b, a) };
            let message = format!(
                "{}: {} and {} are reflectors of cluster {cluster}, and {} is a client of the \
                 first only: routes that the one reflects the other may take for its own",
                view.network.family,
                quoted(view, has),
                quoted(view, lacks),
                quoted(view, odd)
            );
            let subjects = Vec::from([view.name(has).into(), view.name(lacks).into()]);
            let causes = [id(view, has), id(view, lacks)];
            let finding = Finding::new(Code::UnevenCluster, subjects, message);
            findings.push(finding.because(causes.into_iter().flatten()));
            break;
        }
    }
}

/// R3, and section 8.1's table: paths that reflectors of different clusters
/// multiply where all are passed on.
fn copies(view: &View<'_>, roles: &Roles, findings: &mut Vec<Finding>) {
    let add_path = view.inventory.dialect == Dialect::Calico;
    let in_cluster = |it: &usize| {
        view.network
            .routers
            .get(*it)
            .is_some_and(|it| it.in_cluster)
    };
    let reflectors: Vec<usize> = roles.clients.keys().copied().filter(in_cluster).collect();
    if !add_path || reflectors.len() < 2 {
        return;
    }
    // A reflector asks others for paths with BIRD's rule, whatever we check by.
    let rule = LoopRule::Bird16;
    let few = view.classes.few();
    let client = (0..few.routers()).find_map(|it| {
        let (_, whole) = view.classes.of(it)?;
        let above = roles.reflectors.get(&whole)?;
        (!roles.clients.contains_key(&whole)).then_some((it, above.len()))
    });
    let Some((client, above)) = client else {
        return;
    };
    // One from each of its own reflectors is no more than was asked for.
    let most = view.checks.thresholds.copies.max(above);
    let copies = few.copies(client, rule, Passed::All, LIMIT);
    let worst = copies.map_or(LIMIT, |it| it.into_iter().max().unwrap_or(0));
    if worst <= most {
        return;
    }
    let code = if reflectors.len() > 3 && worst > view.checks.thresholds.copies_fail {
        Code::PathsExplode
    } else {
        Code::PathsMultiplied
    };
    let ids = reflectors
        .iter()
        .filter_map(|it| view.network.signalling.cluster(*it));
    let ids: BTreeSet<ClusterId> = ids.collect();
    let or_more = if worst == LIMIT { " or more" } else { "" };
    let message = format!(
        "{}: {} reflectors of {} cluster ids pass all paths to each other, so that a router holds \
         {worst}{or_more} paths to one block",
        view.network.family,
        reflectors.len(),
        ids.len()
    );
    let subjects = reflectors.iter().map(|it| view.name(*it).into()).collect();
    let causes = reflectors.iter().filter_map(|it| id(view, *it));
    findings.push(Finding::new(code, subjects, message).because(causes));
}

/// How many paths to one block are counted at most.
const LIMIT: usize = 200;

/// R6: reflectors that are each other's clients, in a ring or in pairs.
fn cycles(view: &View<'_>, roles: &Roles, findings: &mut Vec<Finding>) {
    let mut mutual = 0_usize;
    let mut first = None;
    for (&client, reflectors) in &roles.reflectors {
        for &reflector in reflectors.range(client.saturating_add(1)..) {
            if roles.is_client(reflector, client) {
                mutual = mutual.saturating_add(1);
                first = first.or(Some((client, reflector)));
            }
        }
    }
    if let Some((a, b)) = first {
        let message = format!(
            "{}: {mutual} pairs of reflectors are each other's clients, as {} and {}: cluster \
             lists end their loops, at the price of more UPDATEs",
            view.network.family,
            quoted(view, a),
            quoted(view, b)
        );
        let subjects = Vec::from([view.name(a).into(), view.name(b).into()]);
        findings.push(Finding::new(Code::MutualClients, subjects, message));
    }
    // What is left when those without a reflector above them are taken away,
    // again and again, goes in rings.
    let above = |it: usize| {
        let above = roles.reflectors.get(&it).into_iter().flatten().copied();
        above.filter(move |above| !roles.is_client(*above, it))
    };
    let mut left: BTreeSet<usize> = roles.reflectors.keys().copied().collect();
    loop {
        let gone = left.iter().copied();
        let gone: Vec<usize> = gone
            .filter(|it| above(*it).all(|above| !left.contains(&above)))
            .collect();
        if gone.is_empty() {
            break;
        }
        for it in gone {
            left.remove(&it);
        }
    }
    left.retain(|it| roles.clients.contains_key(it));
    if left.len() > 1 {
        let names: Vec<String> = left.iter().map(|it| view.name(*it).into()).collect();
        let message = format!(
            "{}: the reflectors {} are clients of each other in a ring: routes may go round, and \
             find no rest",
            view.network.family,
            names.join(", ")
        );
        findings.push(Finding::new(Code::ReflectionCycle, names, message));
    }
}

/// R8: plain sessions between a client and a reflector of others.
fn spurious(view: &View<'_>, roles: &Roles, findings: &mut Vec<Finding>) {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let signalling = &view.network.signalling;
    for session in 0..signalling.sessions() {
        let Some([(a, near), (b, far)]) = signalling.session(session) else {
            continue;
        };
        if near.asn != far.asn || near.client || far.client {
            continue;
        }
        for (client, reflector) in [(a, b), (b, a)] {
            let leaf =
                roles.reflectors.contains_key(&client) && !roles.clients.contains_key(&client);
            if leaf && roles.clients.contains_key(&reflector) {
                found.push((client, reflector));
            }
        }
    }
    let Some(&(client, reflector)) = found.first() else {
        return;
    };
    let message = format!(
        "{}: {} sessions of clients with reflectors of others are plain iBGP, as that of {} with \
         {}: what is heard there goes on to nobody, and may hide what would have",
        view.network.family,
        found.len(),
        quoted(view, client),
        quoted(view, reflector)
    );
    let subjects = Vec::from([view.name(client).into(), view.name(reflector).into()]);
    findings.push(Finding::new(Code::SpuriousSession, subjects, message));
}

/// R4: clients whose reflectors are all in one rack or zone, where there are
/// others.
fn together(view: &View<'_>, roles: &Roles, findings: &mut Vec<Finding>) {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for router in view.network.routers.iter().filter(|it| it.in_cluster) {
        for (kind, name) in &router.domains {
            kinds.entry(kind).or_default().insert(name);
        }
    }
    for (kind, names) in kinds.iter().filter(|(_, names)| names.len() > 1) {
        let domain = |router: &usize| {
            let router = view.network.routers.get(*router)?;
            router.domains.get(*kind).map(String::as_str)
        };
        let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (&client, reflectors) in &roles.reflectors {
            if reflectors.len() < 2 || roles.clients.contains_key(&client) {
                continue;
            }
            let of: BTreeSet<_> = reflectors.iter().map(domain).collect();
            if let (1, Some(Some(name))) = (of.len(), of.first()) {
                found.entry(name).or_default().push(client);
            }
        }
        for (name, clients) in found {
            // A rack's own reflectors are for that rack.
            let own = clients.iter().all(|it| domain(it) == Some(name));
            let Some(&first) = clients.first().filter(|_| !own) else {
                continue;
            };
            let message = format!(
                "{}: all reflectors of {} clients, such as {}, are in {kind} {name:?} of {}",
                view.network.family,
                clients.len(),
                quoted(view, first),
                names.len()
            );
            let subjects = Vec::from([format!("{kind} {name}")]);
            findings.push(Finding::new(Code::ReflectorsTogether, subjects, message));
        }
    }
}

/// R5: what is lost with all reflectors (calico#9259).
fn all_at_once(view: &View<'_>, roles: &Roles, findings: &mut Vec<Finding>) {
    let in_cluster = |it: &usize| {
        view.network
            .routers
            .get(*it)
            .is_some_and(|it| it.in_cluster)
    };
    let reflectors: Vec<usize> = roles.clients.keys().copied().filter(in_cluster).collect();
    let clients = roles
        .reflectors
        .keys()
        .filter(|it| !roles.clients.contains_key(it));
    let (least, clients) = clients.fold((usize::MAX, 0_usize), |(least, count), client| {
        let of = roles.reflectors.get(client).map_or(0, BTreeSet::len);
        (least.min(of), count.saturating_add(1))
    });
    if reflectors.is_empty() || clients == 0 {
        return;
    }
    let message = format!(
        "{}: {} reflectors serve {clients} clients, each at least {least}: with the {least} of a \
         client shut down cleanly, all that it learned goes, and graceful restart does not help",
        view.network.family,
        reflectors.len()
    );
    let subjects = reflectors.iter().map(|it| view.name(*it).into()).collect();
    findings.push(Finding::new(Code::ReflectorsAllAtOnce, subjects, message));
}
