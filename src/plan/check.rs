//! What is wrong with a plan as a whole: routes that do not get everywhere, and
//! routers without which they do not.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    end::SessionEnd,
    finding::{Code, Finding},
    pairing::{EndRef, Plan, Verdict},
    twins::Classes,
    visibility::{LoopRule, Signalling},
};
use crate::types::{Asn, ClusterId, Family};

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
    /// The iBGP of each AS with more than one router, by family.
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

    /// The cluster that a router stamps routes with, if it reflects any.
    fn cluster_of(&self, router: usize) -> Option<ClusterId> {
        let router = self.routers.get(router)?;
        let stamps = router.ends.iter().find_map(|end| end.reflector_client);
        router.cluster_id.or(stamps)
    }

    fn end(&self, end: EndRef) -> Option<&SessionEnd> {
        self.routers.get(end.router)?.ends.get(end.end)
    }

    /// Looks at the plan as a whole, by the rule of its routers.
    pub fn check(&self, rule: LoopRule) -> Vec<Finding> {
        let mut findings = Vec::new();
        for inside in self.inside() {
            let classes = Classes::new(&inside.signalling, 1);
            self.visible(&inside, &classes, rule, &mut findings);
        }
        findings
    }

    /// R1: every route gets everywhere; R4: also without any one router.
    fn visible(
        &self,
        inside: &Inside,
        classes: &Classes,
        rule: LoopRule,
        findings: &mut Vec<Finding>,
    ) {
        let name = |router: usize| {
            let at = inside.routers.get(router);
            let router = at.and_then(|at| self.routers.get(*at));
            router.map_or_else(String::new, |it| it.name.clone())
        };
        let lost = classes.lost(rule, &BTreeMap::new());
        let all: usize = lost.iter().map(|it| it.pairs).sum();
        if let Some(one) = lost.first() {
            let subjects = Vec::from([name(one.originator), name(one.router)]);
            let message = format!(
                "AS {}, {}: {all} pairs of routers do not learn each other's routes, as {:?} \
                 does not learn those of {:?}: what came over iBGP goes on from or to a \
                 reflector's clients only",
                inside.asn,
                inside.family,
                name(one.router),
                name(one.originator)
            );
            findings.push(Finding::new(Code::LostRoutes, subjects, message));
        }
        let before: BTreeSet<(usize, usize)> = lost.iter().map(|it| it.classes).collect();
        for (class, members) in classes.members().iter().enumerate() {
            let gone = BTreeMap::from([(class, 1)]);
            let lost = classes.lost(rule, &gone).into_iter();
            let newly = lost.filter(|it| !before.contains(&it.classes));
            let newly: usize = newly.map(|it| it.pairs).sum();
            let Some(&first) = members.first().filter(|_| newly > 0) else {
                continue;
            };
            let which = match members.len() {
                1 => format!("{:?}", name(first)),
                count => format!("any of {count} routers like {:?}", name(first)),
            };
            let message = format!(
                "AS {}, {}: without {which}, {newly} more pairs of routers lose each other's \
                 routes: give each client a second reflector",
                inside.asn, inside.family
            );
            let subjects = Vec::from([name(first)]);
            findings.push(Finding::new(Code::SinglePoint, subjects, message));
        }
    }
}
