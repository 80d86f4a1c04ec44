//! Taking a node out of service: its roles go to others first.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::net::IpAddr;

use super::{Requirements, Strategy, Unfit, apply, hand_over};
use crate::{
    plan::{Inventory, Loss, Step, Verdict, inventory::Node, plan_listing, steps_to},
    types::{Asn, Community, PeerType},
};

/// How to take a node out of service.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Drain {
    /// What to do, in order.
    pub steps: Vec<DrainStep>,
    /// What is lost on the way however it is done.
    pub unavoidable: Vec<Loss>,
    /// The inventory at the end, the node still in it.
    pub inventory: Inventory,
}

/// One step of a [`Drain`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum DrainStep {
    /// A role goes over: what to apply, what to wait for, what undoes it.
    Change(Step),
    /// No new pods on the node, and those there are go elsewhere (cordon and
    /// drain); wait until none of the blocks it announces is in use.
    Empty {
        /// The node.
        node: String,
    },
    /// The node marks what it announces to other ASes, so that they turn to
    /// other ways (RFC 8326 §4.1); wait until they have.
    MarkRoutes {
        /// The node.
        node: String,
        /// What with: `GRACEFUL_SHUTDOWN`, 65535:0.
        community: Community,
        /// The neighbours, and their ASes.
        neighbors: Vec<(IpAddr, Asn)>,
    },
    /// Nothing depends on the node any more: it may be taken down.
    Stop {
        /// The node.
        node: String,
    },
}

/// The steps to take a node out of service.
///
/// A reflector's role goes to another first: with the strategy that the cluster
/// was designed by, as [`choose`](super::choose()) finds it with the node
/// forbidden; without one, as [`hand_over`] does.
///
/// # Errors
/// If there is no such node, or nobody else may have its role.
pub fn drain(
    strategy: Option<&Strategy>,
    inventory: &Inventory,
    node: &str,
    requirements: &Requirements,
) -> Result<Drain, Unfit> {
    let found = inventory.nodes.iter().position(|it| it.name == node);
    if found.is_none() {
        return Err(Unfit::UnknownNode {
            list: "drain",
            name: node.into(),
        });
    }
    let mut without = requirements.clone();
    without.pinned.remove(node);
    without.forbidden.insert(node.into());
    without.check(inventory)?;
    let reflects = |it: &Node| it.cluster_id.is_some();
    let role = found
        .and_then(|at| inventory.nodes.get(at))
        .is_some_and(reflects);
    let mut drain = Drain {
        steps: Vec::new(),
        unavoidable: Vec::new(),
        inventory: inventory.clone(),
    };
    if role {
        drain.inventory = match strategy {
            Some(strategy) => apply(strategy, inventory, &without)?,
            None => hand_over(inventory, node, &without)?,
        };
        let migration = steps_to(inventory, &drain.inventory);
        drain
            .steps
            .extend(migration.steps.into_iter().map(DrainStep::Change));
        drain.unavoidable = migration.unavoidable;
    }
    let name = || String::from(node);
    drain.steps.push(DrainStep::Empty { node: name() });
    let neighbors = found.map(|at| external(&drain.inventory, at));
    if let Some(neighbors) = neighbors.filter(|it| !it.is_empty()) {
        drain.steps.push(DrainStep::MarkRoutes {
            node: name(),
            community: Community::GRACEFUL_SHUTDOWN,
            neighbors,
        });
    }
    drain.steps.push(DrainStep::Stop { node: name() });
    Ok(drain)
}

/// A node's neighbours in other ASes, as far as sessions with them come up or
/// may.
fn external(inventory: &Inventory, node: usize) -> Vec<(IpAddr, Asn)> {
    let plan = plan_listing(inventory, 0);
    let down: BTreeSet<_> = plan
        .sessions
        .iter()
        .filter(|it| !matches!(it.verdict, Verdict::Established | Verdict::UnknownRemote))
        .flat_map(|it| [Some(it.a), it.b])
        .flatten()
        .collect();
    let ends = plan.routers.get(node).map(|it| it.ends.iter().enumerate());
    let ends = ends.into_iter().flatten();
    ends.filter(|(at, end)| {
        let place = crate::plan::EndRef {
            router: node,
            end: *at,
        };
        end.peer_type() == PeerType::External && !down.contains(&place)
    })
    .map(|(_, end)| (end.neighbor, end.remote_as))
    .collect()
}
