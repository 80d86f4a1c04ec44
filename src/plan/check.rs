//! What is wrong with a plan as a whole: the design rules R1 to R23, as far as a
//! plan can show a breach of them. [`Code`](super::Code) has the table.

mod asked;
mod clusters;
mod cut;
mod fabric;
mod igp;
mod paths;
mod scale;
mod sessions;
mod survive;
mod visible;

use alloc::{collections::BTreeMap, vec::Vec};
use core::time::Duration;

use super::{
    finding::Finding,
    inventory::Inventory,
    network::Network,
    pairing::{Plan, Verdict},
    signalling::{LoopRule, Signalling},
    twins::Classes,
};
use crate::types::{Asn, Family};

/// What to look for, and from where on it is worth saying.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Checks {
    /// How reflectors look for routes that have come round.
    pub rule: LoopRule,
    /// How many routers may fail at once: 1, or 2 to look at every pair too.
    pub failures: usize,
    /// From where on numbers are worth saying.
    pub thresholds: Thresholds,
}

/// From where on numbers are worth a finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// Nodes of a full mesh from which on it is unwise: over 100, as Calico's
    /// documentation has it.
    pub mesh: usize,
    /// Nodes from which on a full mesh fails: over 700 (calico issues 1579 and
    /// 9976).
    pub mesh_fails: usize,
    /// Sessions of one reflector from which on it is loaded: over 500; hundreds
    /// of clients are usual.
    pub reflector_sessions: usize,
    /// Routes that a top-of-rack switch holds: 128,000, as commodity ones do.
    pub switch_routes: usize,
    /// Paths to one block from which on reflectors multiply too much: over 4,
    /// what two reflectors of different clusters give.
    pub copies: usize,
    /// Paths to one block that four reflectors or more make an error of: over
    /// 15, what three of different clusters give.
    pub copies_fail: usize,
    /// How much work looking at pairs of failures may be, in sessions looked
    /// at; above, a bound is stated instead.
    pub pair_budget: u64,
    /// How long a neighbour that is gone may go unnoticed before that is worth
    /// saying: over 90 s, what Kubernetes' own hold times are about.
    pub detection: Duration,
}

impl Default for Checks {
    /// As Calico's nodes behave, any one router failing.
    fn default() -> Self {
        Self {
            rule: LoopRule::Bird16,
            failures: 1,
            thresholds: Thresholds::default(),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            mesh: 100,
            mesh_fails: 700,
            reflector_sessions: 500,
            switch_routes: 128_000,
            copies: 4,
            copies_fail: 15,
            pair_budget: 50_000_000,
            detection: Duration::from_secs(90),
        }
    }
}

/// Looks at a plan as a whole: what pairing found, and the design rules.
///
/// ```
/// use bgpwright::plan::{Checks, Code, Mode, check, generate, plan};
///
/// let mut inventory = generate(6, Mode::Rr);
/// assert!(check(&inventory, &plan(&inventory), &Checks::default())
///     .iter()
///     .all(|finding| finding.code != Code::SinglePoint));
/// inventory.nodes[1].cluster_id = None;
/// inventory.nodes[1].labels.clear();
/// let findings = check(&inventory, &plan(&inventory), &Checks::default());
/// let single = findings.iter().find(|finding| finding.code == Code::SinglePoint);
/// assert_eq!(single.unwrap().subjects, ["node-0"]);
/// ```
pub fn check(inventory: &Inventory, plan: &Plan, checks: &Checks) -> Vec<Finding> {
    let mut findings = plan.findings.clone();
    for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
        let network = Network::new(inventory, plan, family, checks.failures);
        if network.routers.len() < 2 {
            continue;
        }
        let classes = network.classes(checks.failures);
        let view = View {
            inventory,
            plan,
            checks,
            network: &network,
            classes: &classes,
        };
        let lost = visible::check(&view, &mut findings);
        survive::check(&view, &lost, &mut findings);
        clusters::check(&view, &lost, &mut findings);
        paths::check(&view, &mut findings);
        scale::check(&view, &mut findings);
        igp::check(&view, &mut findings);
    }
    fabric::check(inventory, plan, &mut findings);
    sessions::check(inventory, plan, checks, &mut findings);
    asked::check(inventory, plan, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

/// What the checks of one family look at.
struct View<'a> {
    inventory: &'a Inventory,
    plan: &'a Plan,
    checks: &'a Checks,
    network: &'a Network,
    classes: &'a Classes,
}

impl View<'_> {
    /// A class's first member, by its number in the network.
    fn first(&self, class: usize) -> Option<usize> {
        self.classes.members().get(class)?.first().copied()
    }

    /// Whether the routes of one class are to get to another.
    fn matters(&self, (from, to): (usize, usize)) -> bool {
        let first = |class| self.first(class);
        first(from)
            .zip(first(to))
            .is_some_and(|(from, to)| self.network.matters(from, to))
    }

    fn name(&self, router: usize) -> &str {
        self.network.name(router)
    }
}

/// The iBGP of one AS and family in a [`Plan`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Inside {
    /// Which AS.
    pub asn: Asn,
    /// Which family.
    pub family: Family,
    /// The routers by their numbers in `signalling`: indices in
    /// [`Plan::routers`].
    pub routers: Vec<usize>,
    /// The sessions that come up.
    pub signalling: Signalling,
}

impl Plan {
    /// The iBGP of each AS with more than one router, by family; without the
    /// sessions of meshes that are not listed.
    pub fn inside(&self) -> Vec<Inside> {
        let mut found: BTreeMap<(Asn, Family), Inside> = BTreeMap::new();
        let mut numbers: BTreeMap<(usize, Family), usize> = BTreeMap::new();
        for (at, router) in self.routers.iter().enumerate() {
            for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
                let mut addresses = router.addresses.iter();
                if !addresses.any(|it| Family::unicast_of(it.addr) == family) {
                    continue;
                }
                let inside = found.entry((router.asn, family)).or_insert_with(|| Inside {
                    asn: router.asn,
                    family,
                    routers: Vec::new(),
                    signalling: Signalling::default(),
                });
                inside.routers.push(at);
                let number = inside.signalling.add_router(self.cluster_of(at));
                numbers.insert((at, family), number);
            }
        }
        for session in &self.sessions {
            let (Some(b), Verdict::Established) = (session.b, session.verdict) else {
                continue;
            };
            let (Some(x), Some(y)) = (self.end(session.a), self.end(b)) else {
                continue;
            };
            let family = x.family();
            let ends = [session.a, b].map(|end| numbers.get(&(end.router, family)).copied());
            let ([Some(a), Some(b)], true) = (ends, x.local_as == x.remote_as) else {
                continue;
            };
            let asn = self.routers.get(session.a.router).map(|it| it.asn);
            if let Some(inside) = asn.and_then(|asn| found.get_mut(&(asn, family))) {
                let clients = (y.reflector_client.is_some(), x.reflector_client.is_some());
                inside.signalling.add_session(a, b, clients);
            }
        }
        found
            .into_values()
            .filter(|inside| inside.routers.len() > 1)
            .collect()
    }
}
