//! What the page's rows refer to by number.

use core::net::IpAddr;
use std::collections::BTreeMap;

use bgpwright::{plan::Plan, types::Asn};

/// Numbers for what occurs often.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    pub(super) ases: Vec<Asn>,
    as_numbers: BTreeMap<Asn, usize>,
    /// Racks and zones: kind and name.
    pub(super) domains: Vec<(&'a str, &'a str)>,
    domain_numbers: BTreeMap<(&'a str, &'a str), usize>,
    /// Addresses of neighbours that nobody knows, numbered behind the routers.
    pub(super) strangers: Vec<IpAddr>,
    owners: BTreeMap<IpAddr, usize>,
    routers: usize,
    /// How many sessions the plan lists.
    pub(super) sessions: usize,
}

impl<'a> Tables<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let mut ases: Vec<Asn> = plan.routers.iter().map(|it| it.asn).collect();
        ases.extend(plan.routers.iter().flat_map(|it| &it.ends).flat_map(|it| {
            // What an end says of itself and of the other may differ.
            [it.local_as, it.remote_as]
        }));
        ases.sort_unstable();
        ases.dedup();
        let domains = plan.routers.iter().flat_map(|it| &it.domains);
        let mut domains: Vec<_> = domains.map(|(a, b)| (a.as_str(), b.as_str())).collect();
        domains.sort_unstable();
        domains.dedup();
        let mut owners: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for (at, router) in plan.routers.iter().enumerate() {
            for address in &router.addresses {
                owners.entry(address.addr).or_insert(at);
            }
        }
        let mut strangers: Vec<IpAddr> = Vec::new();
        let alone = plan.sessions.iter().filter(|it| it.b.is_none());
        for end in alone.filter_map(|it| plan.end(it.a)) {
            owners.entry(end.neighbor).or_insert_with(|| {
                strangers.push(end.neighbor);
                plan.routers.len() + strangers.len() - 1
            });
        }
        Self {
            as_numbers: numbered(&ases),
            domain_numbers: numbered(&domains),
            ases,
            domains,
            strangers,
            owners,
            routers: plan.routers.len(),
            sessions: plan.sessions.len(),
        }
    }

    pub(super) fn asn(&self, asn: Asn) -> usize {
        self.as_numbers.get(&asn).copied().unwrap_or(0)
    }

    pub(super) fn domain(&self, kind: &str, name: &str) -> Option<usize> {
        self.domain_numbers.get(&(kind, name)).copied()
    }

    /// Who has an address.
    pub(super) fn owner(&self, address: IpAddr) -> Option<usize> {
        self.owners.get(&address).copied()
    }

    /// Routers and strangers.
    pub(super) fn len(&self) -> usize {
        self.routers + self.strangers.len()
    }
}

fn numbered<T: Clone + Ord>(all: &[T]) -> BTreeMap<T, usize> {
    all.iter().cloned().zip(0..).collect()
}
