//! What a resource asks for and does not get: next hops that are not kept, a
//! neighbour on the node itself; and neighbours that a subnet does not lead to.

use alloc::{collections::BTreeMap, format, string::ToString, vec::Vec};

use crate::{
    plan::{
        Inventory, SessionEnd,
        end::Origin,
        finding::{Code, Finding},
        inventory::{NextHop, Remote, Scope},
        pairing::{BGP_PORT, Plan, PlannedRouter},
        terms::{self, Fact},
    },
    types::{Family, PeerType},
};

pub(super) fn check(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    next_hops(inventory, plan, findings);
    own_addresses(inventory, findings);
    subnets(inventory, plan, findings);
}

/// The nodes' ends that a peering asks for, by the peering.
fn of_peerings(
    plan: &Plan,
    wanted: impl Fn(usize, &PlannedRouter, &SessionEnd) -> bool,
) -> BTreeMap<usize, Vec<(&PlannedRouter, &SessionEnd)>> {
    let mut found: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for router in plan.routers.iter().filter(|it| it.in_cluster) {
        for end in &router.ends {
            let (Origin::Global(index) | Origin::Node(index)) = end.origin else {
                continue;
            };
            if wanted(index, router, end) {
                found.entry(index).or_default().push((router, end));
            }
        }
    }
    found
}

/// calico#4164: Calico keeps next hops towards other ASes only.
fn next_hops(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let kept = |index: usize| {
        let peering = inventory.peerings.get(index);
        peering.is_some_and(|it| it.settings.next_hop == NextHop::KeepExternal)
    };
    let found = of_peerings(plan, |index, _, end| {
        kept(index) && end.peer_type() == PeerType::Internal
    });
    for (index, ends) in found {
        let Some((router, end)) = ends.first() else {
            continue;
        };
        let message = format!(
            "{} sessions of one AS are to keep next hops, as that of {:?} with {}: that is for \
             other ASes, and does nothing here",
            ends.len(),
            router.name,
            end.neighbor
        );
        let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
        let cause = terms::of_peering(inventory, index, Fact::NextHop);
        findings.push(Finding::new(Code::NextHopIgnored, subjects, message).because([cause]));
    }
}

/// calico#6863: a node does not peer with its own address, whatever the port.
fn own_addresses(inventory: &Inventory, findings: &mut Vec<Finding>) {
    for (index, peering) in inventory.peerings.iter().enumerate() {
        let Remote::Address(remote) = &peering.remote else {
            continue;
        };
        let Some(port) = remote.port else { continue };
        let family = Family::unicast_of(remote.addr);
        let node = inventory.nodes.iter().find(|node| {
            let applies = match &peering.local {
                Scope::Global => true,
                Scope::Node(name) => node.name == *name,
                Scope::Selector(selector) => selector.matches(&node.labels),
            };
            let own = node
                .address(family)
                .is_some_and(|it| it.addr == remote.addr);
            let elsewhere = inventory.port_of(node).unwrap_or(BGP_PORT) != port;
            applies && own && elsewhere
        });
        let Some(node) = node else { continue };
        let message = format!(
            "{:?} is to peer with port {port} of its own address {}, and does not: only the \
             address counts, and it is the node's",
            node.name, remote.addr
        );
        let subjects = Vec::from([node.name.clone()]);
        let cause = terms::of_peering(inventory, index, Fact::NeighborPort);
        findings.push(Finding::new(Code::OwnAddress, subjects, message).because([cause]));
    }
}

/// calico#1829, calico#7377: nodes with several interfaces, or their address on
/// the loopback one.
fn subnets(inventory: &Inventory, plan: &Plan, findings: &mut Vec<Finding>) {
    let found = of_peerings(plan, |_, router, end| {
        let mut own = router.addresses.iter();
        let known = own.clone().any(|it| it.length.is_some());
        let near = own.any(|it| it.length.is_some() && it.network().contains(end.neighbor));
        let external = end.peer_type() == PeerType::External;
        external && known && !near && end.reachable_by.is_none()
    });
    for (index, ends) in found {
        let Some((router, end)) = ends.first() else {
            continue;
        };
        let message = format!(
            "{} nodes have no interface on the subnet of {}, as {:?} at {}: other routes have to \
             lead there and back",
            ends.len(),
            end.neighbor,
            router.name,
            end.local
        );
        let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
        let cause = terms::of_peering(inventory, index, Fact::Neighbor);
        findings.push(Finding::new(Code::OffSubnet, subjects, message).because([cause]));
    }
}
