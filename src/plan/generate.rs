//! Clusters of any size, for trials and measurements.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::net::{IpAddr, Ipv4Addr};

use super::{
    inventory::{InterfaceAddress, Inventory, Node, Peering, PeeringSettings, Remote, Scope},
    selector::{Expression, Selector},
};
use crate::types::{ClusterId, Prefix};

/// How a generated cluster's nodes peer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Mode {
    /// Every node with every other.
    #[default]
    Mesh,
    /// Every node with two reflectors, or with three from 100 nodes on; the
    /// reflectors share one cluster id and peer with each other.
    Rr,
    /// Racks of 20 nodes, each with two reflectors and a cluster id of its
    /// own; all reflectors peer with each other.
    RrPerRack,
}

/// A cluster of `nodes` nodes, always the same for the same arguments: nodes
/// `node-0` and on at 10.0.0.1/8 and on, AS 64512, pod CIDRs 10.244.0.0/24 and
/// on, or below 100.64.0.0/10 for more than 256 nodes: /24, or /27 for more than
/// 16,384.
///
/// At most [`MAX_NODES`] nodes are made.
pub fn generate(nodes: usize, mode: Mode) -> Inventory {
    let nodes = nodes.min(MAX_NODES);
    let mut inventory = Inventory::default();
    for index in 0..nodes {
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let mut node = Node::new(format!("node-{index}"));
        node.ipv4 = Some(InterfaceAddress {
            addr: IpAddr::V4(Ipv4Addr::from(FIRST_NODE.saturating_add(number))),
            length: Some(8),
        });
        let (base, length) = match nodes {
            0..=256 => (POD_BASE, 24),
            257..=16_384 => (WIDE_POD_BASE, 24),
            _ => (WIDE_POD_BASE, 27),
        };
        let size = 1_u32 << (32 - u32::from(length));
        let pods = Ipv4Addr::from(base.saturating_add(number.saturating_mul(size)));
        node.advertised
            .extend(Prefix::new(IpAddr::V4(pods), length));
        inventory.nodes.push(node);
    }
    match mode {
        Mode::Mesh => {}
        Mode::Rr => reflectors(&mut inventory),
        Mode::RrPerRack => reflectors_per_rack(&mut inventory),
    }
    inventory
}

fn reflectors(inventory: &mut Inventory) {
    let count = if inventory.nodes.len() < 100 { 2 } else { 3 };
    for node in inventory.nodes.iter_mut().take(count) {
        node.cluster_id = Some(ClusterId(CLUSTER_BASE));
        node.labels.insert(ROLE.into(), "reflector".into());
    }
    inventory.mesh.enabled = false;
    inventory.peerings.push(peering(
        "to-reflectors".into(),
        Scope::Selector(Selector::all()),
        Expression::Equal(ROLE.into(), "reflector".into()),
    ));
}

fn reflectors_per_rack(inventory: &mut Inventory) {
    let mut racks = BTreeMap::new();
    for (index, node) in inventory.nodes.iter_mut().enumerate() {
        let rack = index.checked_div(RACK).unwrap_or(0);
        let name = format!("rack-{rack}");
        node.labels.insert("rack".into(), name.clone());
        node.domains.insert("rack".into(), name.clone());
        if index.checked_rem(RACK).unwrap_or(0) < 2 {
            let number = u32::try_from(rack).unwrap_or(u32::MAX);
            node.cluster_id = Some(ClusterId(CLUSTER_BASE.saturating_add(number)));
            node.labels.insert(ROLE.into(), "reflector".into());
        }
        racks.insert(rack, name);
    }
    inventory.mesh.enabled = false;
    let is_reflector = || Expression::Equal(ROLE.into(), "reflector".into());
    for name in racks.into_values() {
        let in_rack = || Expression::Equal("rack".into(), name.clone());
        inventory.peerings.push(peering(
            format!("{name}-to-reflectors"),
            Scope::Selector(Selector::from(in_rack())),
            Expression::And(Vec::from([in_rack(), is_reflector()])),
        ));
    }
    inventory.peerings.push(peering(
        "reflectors".into(),
        Scope::Selector(Selector::from(is_reflector())),
        is_reflector(),
    ));
}

fn peering(name: String, local: Scope, remote: Expression) -> Peering {
    Peering {
        name,
        local,
        remote: Remote::Selector(Selector::from(remote)),
        reverse: true,
        settings: PeeringSettings::default(),
    }
}

/// The most nodes that [`generate`] makes: what 100.64.0.0/10 has /27 for.
pub const MAX_NODES: usize = 131_072;

const ROLE: &str = "bgp-role";
const RACK: usize = 20;
/// 10.0.0.1
const FIRST_NODE: u32 = 0x0a00_0001;
/// 10.244.0.0
const POD_BASE: u32 = 0x0af4_0000;
/// 100.64.0.0
const WIDE_POD_BASE: u32 = 0x6440_0000;
/// 244.0.0.1
const CLUSTER_BASE: u32 = 0xf400_0001;
