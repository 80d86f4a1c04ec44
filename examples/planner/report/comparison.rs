//! Ways to peer the cluster, as the page compares them.

use bgpwright::plan::{
    Inventory,
    strategy::{Assessment, Requirements, recommend},
};
use serde::Serialize;

use crate::recommend::may_fail;

/// The comparison; a cluster of one node has nothing to compare.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    ranked: Vec<Way>,
    unfit: Vec<(String, String)>,
    why: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Way {
    name: String,
    sessions: u64,
    per_node: u64,
    busiest: u64,
    copies: u64,
    at_start: u64,
    per_change: u64,
    roles: u64,
    may_fail: String,
    unmet: Vec<String>,
}

pub(super) fn comparison(inventory: &Inventory) -> Option<Comparison> {
    if inventory.nodes.len() < 2 {
        return None;
    }
    let found = recommend(inventory, &Requirements::default());
    let unfit = found.unfit.iter();
    Some(Comparison {
        ranked: found.ranked.iter().map(way).collect(),
        unfit: unfit
            .map(|(of, why)| (of.to_string(), why.clone()))
            .collect(),
        why: found.why,
    })
}

fn way(of: &Assessment) -> Way {
    let busiest = of.sessions_per_reflector.max(of.sessions_per_leaf);
    Way {
        name: of.strategy.to_string(),
        sessions: of.sessions,
        per_node: of.sessions_per_node,
        busiest: busiest.max(of.sessions_per_node),
        copies: of.copies,
        at_start: of.updates_at_start,
        per_change: of.updates_per_change,
        roles: of.roles,
        may_fail: may_fail(&of.survival),
        unmet: of.unmet.clone(),
    }
}
