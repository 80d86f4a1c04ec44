//! Full meshes that are too large to list: what can be wrong with them, in
//! closed form.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::ToString,
    vec::Vec,
};
use core::net::IpAddr;

use super::{MeshSummary, PlannedRouter};
use crate::{
    plan::{
        expansion::Expansion,
        finding::{Code, Finding},
        inventory::{Inventory, Node},
        terms::{self, Fact, Own, Whole},
    },
    types::{Asn, Family},
};

/// The meshes of more than so many sessions.
pub(super) fn summaries(
    inventory: &Inventory,
    expansion: &Expansion<'_>,
    most: u64,
) -> Vec<MeshSummary> {
    let families = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    let mut meshes = Vec::new();
    for family in families {
        let sessions = expansion.mesh_sessions(family);
        if sessions <= most {
            continue;
        }
        let members = expansion.mesh_members(family);
        let mismatched = mismatched(inventory, &members);
        meshes.push(MeshSummary {
            family,
            members,
            sessions,
            mismatched,
        });
    }
    meshes
}

/// How many pairs do not expect each other's AS: nodes differ only in the AS
/// they have and whether they say so.
fn mismatched(inventory: &Inventory, members: &[usize]) -> u64 {
    let mut kinds: BTreeMap<Option<Asn>, (&Node, u64)> = BTreeMap::new();
    for node in members.iter().filter_map(|at| inventory.nodes.get(*at)) {
        let (_, count) = kinds.entry(node.asn).or_insert((node, 0));
        *count = count.saturating_add(1);
    }
    let kinds: Vec<_> = kinds.into_values().collect();
    let mut pairs: u64 = 0;
    for (at, (a, count)) in kinds.iter().enumerate() {
        for (b, others) in kinds.iter().skip(at.saturating_add(1)) {
            let fits = |a: &Node, b: &Node| inventory.mesh_as(a, b) == inventory.as_of(b);
            if !fits(a, b) || !fits(b, a) {
                pairs = pairs.saturating_add(count.saturating_mul(*others));
            }
        }
    }
    pairs
}

/// What pairing finds where sessions are listed, one finding for each node or
/// kind of node.
pub(super) fn check(
    inventory: &Inventory,
    routers: &[PlannedRouter],
    meshes: &[MeshSummary],
    findings: &mut Vec<Finding>,
) {
    for mesh in meshes {
        if mesh.mismatched > 0 {
            let message = format!(
                "{} of the {} mesh sessions ({}) stay down: nodes with an AS of their own and \
                 nodes without one take each other for another AS",
                mesh.mismatched, mesh.sessions, mesh.family
            );
            let odd = mesh.members.iter().filter_map(|at| routers.get(*at));
            let odd = odd.filter(|it| it.asn != inventory.default_as).take(NAMED);
            let subjects = odd.clone().map(|it| it.name.clone()).collect();
            let causes = odd.map(|it| terms::of_router(inventory, it, Own::As));
            findings.push(Finding::new(Code::AsMismatch, subjects, message).because(causes));
        }
        let address = |at: &usize| {
            let node = inventory.nodes.get(*at)?;
            Some(node.address(mesh.family)?.addr)
        };
        let addresses: BTreeSet<IpAddr> = mesh.members.iter().filter_map(address).collect();
        for router in mesh.members.iter().filter_map(|at| routers.get(*at)) {
            for end in &router.ends {
                if !addresses.contains(&end.neighbor) {
                    continue;
                }
                let message = format!(
                    "{:?} has 2 sessions towards {}, and only the first comes up: the mesh's and {}",
                    router.name,
                    end.neighbor,
                    end.protocol_name()
                );
                let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
                let causes = [
                    terms::of_cluster(inventory, Whole::Mesh),
                    terms::of_end(inventory, router, end, Fact::Neighbor),
                ];
                let finding = Finding::new(Code::DuplicateNeighbor, subjects, message);
                findings.push(finding.because(causes));
            }
        }
    }
}

/// How many subjects a finding about many names.
const NAMED: usize = 5;
