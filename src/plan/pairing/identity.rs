//! BGP Identifiers: where they come from, and whether they are unique.

use alloc::{collections::BTreeMap, format, vec::Vec};
use core::net::IpAddr;

use super::PlannedRouter;
use crate::{
    plan::{
        finding::{Code, Finding},
        inventory::{InterfaceAddress, Inventory},
        terms::{self, Own},
    },
    types::RouterId,
};

/// A router's BGP Identifier: as given, else its highest IPv4 address, else
/// 240.0.0.1 and on by its place in the plan, which no address can be equal to.
/// Whether it was the last.
pub(super) fn router_id(
    given: Option<RouterId>,
    addresses: &[InterfaceAddress],
    index: usize,
) -> (RouterId, bool) {
    let highest = addresses
        .iter()
        .filter_map(|interface| match interface.addr {
            IpAddr::V4(addr) => Some(RouterId::from(addr)),
            IpAddr::V6(_) => None,
        });
    let number = u32::try_from(index).unwrap_or(u32::MAX);
    match given.or_else(|| highest.max()) {
        Some(id) => (id, false),
        None => (RouterId(MADE_UP.saturating_add(number)), true),
    }
}

/// Finds identifiers (RFC 6286 §2.1) and addresses that two routers have.
pub(super) fn check(inventory: &Inventory, routers: &[PlannedRouter], findings: &mut Vec<Finding>) {
    let mut ids: BTreeMap<RouterId, &PlannedRouter> = BTreeMap::new();
    let mut addresses: BTreeMap<IpAddr, &PlannedRouter> = BTreeMap::new();
    for router in routers {
        let name = &router.name;
        if let Some(first) = ids.get(&router.router_id) {
            let same_as = first.asn == router.asn;
            let (code, where_) = if same_as {
                (Code::DuplicateRouterId, "in one AS")
            } else {
                (Code::SharedRouterId, "in different ASes, which is legal")
            };
            let message = format!(
                "{:?} and {name:?} both have router id {} {where_}",
                first.name, router.router_id
            );
            let subjects = Vec::from([first.name.clone(), name.clone()]);
            let causes = [first, router].map(|it| terms::of_router(inventory, it, Own::RouterId));
            findings.push(Finding::new(code, subjects, message).because(causes));
        } else {
            ids.insert(router.router_id, router);
        }
        for interface in &router.addresses {
            if let Some(first) = addresses.insert(interface.addr, router) {
                let message = format!("{:?} and {name:?} both have {}", first.name, interface.addr);
                let subjects = Vec::from([first.name.clone(), name.clone()]);
                let causes = [first, router];
                let causes = causes.map(|it| terms::of_router(inventory, it, Own::Address));
                let finding = Finding::new(Code::DuplicateAddress, subjects, message);
                findings.push(finding.because(causes));
            }
        }
    }
}

/// 240.0.0.1
const MADE_UP: u32 = 0xf000_0001;
