//! The routers outside, and the nodes' peerings with them.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::ToString,
    vec::Vec,
};
use core::net::IpAddr;

use super::{
    Unfit,
    racks::{Rack, Racks, families},
    realise::{domain_label, equal, resource_name},
};
use crate::{
    plan::{
        Inventory,
        inventory::{
            Neighbor, NextHop, Peering, PeeringSettings, Remote, RemoteAddress, Router, Scope,
        },
        selector::Selector,
    },
    policy::Policy,
    types::{Asn, Family},
};

/// Nodes in the AS of their rack, and clients of its leaves.
pub(super) fn joined(next: &mut Inventory, racks: &Racks) -> Result<(), Unfit> {
    for rack in &racks.all {
        for at in &rack.nodes {
            if let Some(node) = next.nodes.get_mut(*at) {
                node.asn = Some(rack.asn);
            }
        }
    }
    build(next, racks, &PeeringSettings::default(), true)
}

/// Nodes in the cluster's AS, and leaves for the outside. Nodes tell them of
/// others' blocks with the others as next hop.
pub(super) fn beside(next: &mut Inventory, racks: &Racks) -> Result<(), Unfit> {
    let settings = PeeringSettings {
        next_hop: NextHop::Keep,
        ..PeeringSettings::default()
    };
    build(next, racks, &settings, false)
}

fn build(
    next: &mut Inventory,
    racks: &Racks,
    settings: &PeeringSettings,
    joins: bool,
) -> Result<(), Unfit> {
    let mut routers = racks.routers.clone();
    let mut leads: BTreeSet<IpAddr> = BTreeSet::new();
    for router in &routers {
        leads.extend(router.interfaces.iter().map(|it| it.addr));
    }
    next.peerings.retain(|it| match &it.remote {
        Remote::Address(it) => !leads.contains(&it.addr),
        Remote::Selector(_) => true,
    });
    let label = domain_label_of(next, racks);
    let mut wanted: BTreeMap<usize, Vec<Neighbor>> = BTreeMap::new();
    let nodes: BTreeSet<IpAddr> = next
        .nodes
        .iter()
        .flat_map(|it| it.ipv4.into_iter().chain(it.ipv6))
        .map(|it| it.addr)
        .collect();
    for rack in &racks.all {
        for &leaf in &rack.leaves {
            let family = |it: &Family| leaf_end(next, racks, (rack, leaf), *it);
            let ends = families(next);
            let ends: Result<Vec<_>, Unfit> = ends.iter().map(family).collect();
            for (family, address) in ends?.into_iter().flatten() {
                let asn = racks.routers.get(leaf).map_or(Asn::ZERO, |it| it.asn);
                let end = (family, address, asn);
                let name = racks.routers.get(leaf).map_or("", |it| it.name.as_str());
                let peering = to_leaf((rack, name), &label, end, settings);
                next.peerings.push(peering);
                let wanted = wanted.entry(leaf).or_default();
                wanted.extend(of_nodes(next, rack, (family, address)));
            }
        }
    }
    for (at, router) in routers.iter_mut().enumerate() {
        let wanted = wanted.remove(&at).unwrap_or_default();
        to_nodes(router, wanted, &nodes, joins);
    }
    wire(racks, &mut routers);
    next.routers = routers;
    Ok(())
}

/// The label by which racks are known. Racks that were known by their leaf only
/// are given one.
fn domain_label_of(next: &mut Inventory, racks: &Racks) -> alloc::string::String {
    for rack in &racks.all {
        for at in &rack.nodes {
            if let Some(node) = next.nodes.get_mut(*at) {
                let known = node.domains.contains_key(&racks.kind);
                if !known {
                    node.domains.insert(racks.kind.clone(), rack.name.clone());
                }
            }
        }
    }
    domain_label(next, &racks.kind)
}

/// Where a leaf's end is, if nodes of its rack have the family.
fn leaf_end(
    next: &Inventory,
    racks: &Racks,
    (rack, leaf): (&Rack, usize),
    family: Family,
) -> Result<Option<(Family, IpAddr)>, Unfit> {
    let nodes = rack.nodes.iter().filter_map(|it| next.nodes.get(*it));
    if !nodes.into_iter().any(|it| it.address(family).is_some()) {
        return Ok(None);
    }
    match racks.leaf_address(leaf, rack, next, family) {
        Some(address) => Ok(Some((family, address))),
        None => Err(Unfit::NoLeafAddress {
            router: racks
                .routers
                .get(leaf)
                .map(|it| it.name.clone())
                .unwrap_or_default(),
            rack: rack.name.clone(),
            family: if family == Family::IPV4_UNICAST {
                "IPv4"
            } else {
                "IPv6"
            },
        }),
    }
}

fn to_leaf(
    (rack, leaf): (&Rack, &str),
    label: &str,
    (family, addr, asn): (Family, IpAddr, Asn),
    settings: &PeeringSettings,
) -> Peering {
    let version = if family == Family::IPV4_UNICAST {
        ""
    } else {
        "-ipv6"
    };
    let (name, leaf) = (resource_name(&rack.name), resource_name(leaf));
    let prefix = format!("{name}-");
    let leaf = leaf.strip_prefix(&prefix).unwrap_or(&leaf);
    Peering {
        name: format!("{name}-to-{leaf}{version}"),
        local: Scope::Selector(Selector::from(equal(label, &rack.name))),
        remote: Remote::Address(RemoteAddress {
            addr,
            text: addr.to_string(),
            port: None,
            asn,
        }),
        reverse: true,
        settings: settings.clone(),
    }
}

/// A leaf's ends of its sessions with the nodes of its rack.
fn of_nodes(
    next: &Inventory,
    rack: &Rack,
    (family, address): (Family, IpAddr),
) -> impl Iterator<Item = Neighbor> {
    let nodes = rack.nodes.iter().filter_map(|it| next.nodes.get(*it));
    nodes.filter_map(move |node| {
        let own = node.address(family)?.addr;
        Some(Neighbor {
            local_address: Some(address),
            ..Neighbor::new(own, next.as_of(node))
        })
    })
}

/// Gives a router the sessions with nodes that it is to have. What it has of
/// them stays as it is, but for who the nodes are to it.
fn to_nodes(router: &mut Router, wanted: Vec<Neighbor>, nodes: &BTreeSet<IpAddr>, joins: bool) {
    let ases: BTreeMap<IpAddr, Asn> = wanted.iter().map(|it| (it.address, it.asn)).collect();
    let kept = |it: &Neighbor| !nodes.contains(&it.address) || ases.contains_key(&it.address);
    router.neighbors.retain(kept);
    let known: BTreeSet<IpAddr> = router.neighbors.iter().map(|it| it.address).collect();
    let new = wanted.into_iter().filter(|it| !known.contains(&it.address));
    router.neighbors.extend(new);
    for neighbor in &mut router.neighbors {
        let Some(asn) = ases.get(&neighbor.address) else {
            continue;
        };
        neighbor.asn = *asn;
        neighbor.reflector_client = joins;
        neighbor.next_hop_self = joins;
        if !joins {
            neighbor.import.get_or_insert(Policy::ACCEPT);
            neighbor.export.get_or_insert(Policy::ACCEPT);
        }
    }
}

/// Sessions between routers one of which at least is new: of leaves with the
/// spines, and with the others of their rack.
fn wire(racks: &Racks, routers: &mut [Router]) {
    for rack in &racks.all {
        for (at, &leaf) in rack.leaves.iter().enumerate() {
            for &spine in &racks.spines {
                if racks.is_new(leaf) || racks.is_new(spine) {
                    connect(routers, leaf, spine);
                }
            }
            for &other in rack.leaves.iter().skip(at.saturating_add(1)) {
                if racks.is_new(leaf) || racks.is_new(other) {
                    connect(routers, leaf, other);
                }
            }
        }
    }
}

/// A session for each family that both have.
fn connect(routers: &mut [Router], a: usize, b: usize) {
    for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
        let end = |at: usize| {
            let router = routers.get(at)?;
            let mut own = router.interfaces.iter();
            let own = own.find(|it| Family::unicast_of(it.addr) == family)?;
            Some((own.addr, router.asn))
        };
        let (Some(near), Some(far)) = (end(a), end(b)) else {
            continue;
        };
        let external = near.1 != far.1;
        for (at, own, other) in [(a, near, far), (b, far, near)] {
            let policy = || external.then_some(Policy::ACCEPT);
            if let Some(router) = routers.get_mut(at) {
                router.neighbors.push(Neighbor {
                    local_address: Some(own.0),
                    next_hop_self: !external,
                    import: policy(),
                    export: policy(),
                    ..Neighbor::new(other.0, other.1)
                });
            }
        }
    }
}
