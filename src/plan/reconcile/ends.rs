//! What differs between two session ends, and what that does.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use core::net::IpAddr;

use super::{Change, Effect};
use crate::plan::{
    end::SessionEnd,
    filter::{Direction, Filter, FilterRule},
    inventory::{Inventory, Neighbor, Router},
};
use crate::types::PeerType;

/// What differs between the ends of a node. `whole`: what restarts all of them.
pub(super) fn changes(
    (old, before): (&Inventory, &[SessionEnd]),
    (new, after): (&Inventory, &[SessionEnd]),
    whole: &[&'static str],
) -> Vec<Change> {
    let named = |ends: &'_ [SessionEnd]| -> BTreeMap<String, usize> {
        let names = ends.iter().map(SessionEnd::protocol_name);
        names.zip(0..).collect()
    };
    let (places, new_places) = (named(before), named(after));
    let has = |ends: &[SessionEnd], neighbor| ends.iter().any(|it| it.neighbor == neighbor);
    let names: BTreeSet<&String> = places.keys().chain(new_places.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let x = places.get(name).and_then(|at| before.get(*at));
        let y = new_places.get(name).and_then(|at| after.get(*at));
        let Some(end) = y.or(x) else { continue };
        let (effect, fields, blinks) = match (x, y) {
            (Some(_), None) => (Effect::Removed, Vec::new(), has(after, end.neighbor)),
            (None, Some(_)) => (Effect::Added, Vec::new(), has(before, end.neighbor)),
            (Some(x), Some(y)) => {
                let (effect, fields) = differing((old, x), (new, y), whole);
                if fields.is_empty() {
                    continue;
                }
                (effect, fields, false)
            }
            (None, None) => continue,
        };
        found.push(Change {
            neighbor: end.neighbor,
            protocol: name.clone(),
            external: x.unwrap_or(end).peer_type() == PeerType::External,
            effect,
            fields,
            blinks,
        });
    }
    found
}

/// The fields in which two ends of one protocol differ, and the strongest of
/// their effects.
fn differing(
    (old, x): (&Inventory, &SessionEnd),
    (new, y): (&Inventory, &SessionEnd),
    whole: &[&'static str],
) -> (Effect, Vec<&'static str>) {
    let mut effect = Effect::None;
    let mut fields = Vec::new();
    for (field, of, differs) in FIELDS {
        if differs(x, y) {
            fields.push(*field);
            effect = effect.max(*of);
        }
    }
    for (field, of, direction) in [
        ("import filters", Effect::Refresh, Direction::Import),
        ("export filters", Effect::Soft, Direction::Export),
    ] {
        if rules((old, x), direction) != rules((new, y), direction) {
            fields.push(field);
            effect = effect.max(of);
        }
    }
    if !whole.is_empty() {
        fields.extend(whole);
        effect = Effect::Reset;
    }
    (effect, fields)
}

/// The rules that an end's routes go through, filter by filter: the names play
/// no part, and what is missing is skipped.
fn rules<'a>(
    (inventory, end): (&'a Inventory, &SessionEnd),
    direction: Direction,
) -> Vec<&'a [FilterRule]> {
    let names = match direction {
        Direction::Import => &end.import_filters,
        Direction::Export => &end.export_filters,
    };
    let find = |name: &str| -> Option<&'a Filter> {
        let mut filters = inventory.filters.iter();
        filters.find(|it| it.name == name)
    };
    let filters = names.iter().filter_map(|name| find(name));
    filters
        .map(|it| it.rules(end.family(), direction))
        .collect()
}

/// What changes at a router outside: its neighbours by address.
pub(super) fn of_router(old: Option<&Router>, new: Option<&Router>) -> Vec<Change> {
    let of = |router: Option<&Router>| -> BTreeMap<IpAddr, Neighbor> {
        let neighbors = router.map_or(&[][..], |it| &it.neighbors);
        neighbors
            .iter()
            .map(|it| (it.address, it.clone()))
            .collect()
    };
    let (before, after) = (of(old), of(new));
    let whole = match (old, new) {
        (Some(x), Some(y)) => {
            (x.asn, x.router_id, x.cluster_id) != (y.asn, y.router_id, y.cluster_id)
        }
        _ => false,
    };
    let all: BTreeSet<&IpAddr> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for address in all {
        let external = |of: Option<&Router>, ends: &BTreeMap<IpAddr, Neighbor>| {
            let (of, end) = (of?, ends.get(address)?);
            Some(of.asn != end.asn)
        };
        let external = external(old, &before).or_else(|| external(new, &after));
        let external = external.unwrap_or(false);
        let (effect, fields) = match (before.get(address), after.get(address)) {
            (None, _) => (Effect::Added, Vec::new()),
            (_, None) => (Effect::Removed, Vec::new()),
            (Some(x), Some(y)) => {
                let policies = |of: &Neighbor| (of.import.clone(), of.export.clone());
                let rest = |of: &Neighbor| Neighbor {
                    import: None,
                    export: None,
                    ..of.clone()
                };
                if whole {
                    (Effect::Reset, Vec::from(["router"]))
                } else if rest(x) != rest(y) {
                    (Effect::Reset, Vec::from(["neighbour"]))
                } else if policies(x) != policies(y) {
                    (Effect::Refresh, Vec::from(["policies"]))
                } else {
                    continue;
                }
            }
        };
        found.push(Change {
            neighbor: *address,
            protocol: alloc::format!("Fabric_{address}").replace(['.', ':'], "_"),
            external,
            effect,
            fields,
            blinks: false,
        });
    }
    found
}

/// A field: what it is called, what a change of it does, and whether it differs.
type Field = (&'static str, Effect, fn(&SessionEnd, &SessionEnd) -> bool);

/// What an end is made of, its name and its filters aside.
const FIELDS: &[Field] = &[
    ("own address", Effect::Reset, |x, y| x.local != y.local),
    ("own AS", Effect::Reset, |x, y| x.local_as != y.local_as),
    ("neighbour's AS", Effect::Reset, |x, y| {
        (x.remote_as, x.neighbor_as) != (y.remote_as, y.neighbor_as)
    }),
    ("port", Effect::Reset, |x, y| x.port != y.port),
    ("source address", Effect::Reset, |x, y| {
        x.any_source_address != y.any_source_address
    }),
    ("who dials", Effect::Reset, |x, y| x.passive != y.passive),
    ("reflection", Effect::Reset, |x, y| {
        x.reflector_client != y.reflector_client
    }),
    ("next hop", Effect::Reset, |x, y| x.next_hop != y.next_hop),
    ("TTL", Effect::Reset, |x, y| {
        (x.ttl_security, x.hops) != (y.ttl_security, y.hops)
    }),
    ("own AS in paths", Effect::Reset, |x, y| {
        x.allow_local_as != y.allow_local_as
    }),
    ("timers", Effect::Reset, |x, y| {
        let times = |of: &SessionEnd| (of.keepalive, of.hold_time, of.connect_retry);
        times(x) != times(y)
    }),
    ("graceful restart", Effect::Reset, |x, y| {
        (x.graceful_restart, x.restart_time) != (y.graceful_restart, y.restart_time)
    }),
    ("password", Effect::Reset, |x, y| x.password != y.password),
    ("gateway towards the neighbour", Effect::None, |x, y| {
        x.reachable_by != y.reachable_by
    }),
    ("BFD", Effect::None, |x, y| x.bfd != y.bfd),
];
