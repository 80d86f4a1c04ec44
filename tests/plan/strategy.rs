//! Strategies: who reflects, what each way of peering comes to, and which one
//! to take.

mod choosing;
mod designs;
mod handover;
mod recommending;

use bgpwright::plan::{Inventory, Mode, generate};

/// Nodes in racks, in turn; two zones.
fn racked(nodes: usize, racks: usize) -> Inventory {
    let mut inventory = generate(nodes, Mode::Mesh);
    for (at, node) in inventory.nodes.iter_mut().enumerate() {
        let rack = at % racks;
        for (kind, name) in [
            ("rack", format!("r{rack}")),
            ("zone", format!("z{}", rack % 2)),
        ] {
            node.labels.insert(kind.into(), name.clone());
            node.domains.insert(kind.into(), name);
        }
    }
    inventory
}
