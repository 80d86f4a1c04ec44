//! From a plan to speakers that carry it out.

use alloc::{string::String, vec::Vec};
use core::net::IpAddr;

use super::{Inventory, finding::Finding, pairing::Plan};
use crate::{
    speaker::{Config, PeerConfig},
    types::Prefix,
};

/// One speaker: what it is configured with, and what its surroundings tell it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpeakerPlan {
    /// The node's or router's name.
    pub name: String,
    /// Whether it is a node of the cluster.
    pub in_cluster: bool,
    /// The speaker's own settings.
    pub config: Config,
    /// Its addresses: what others' next hops may be.
    pub addresses: Vec<IpAddr>,
    /// Its neighbours, one for each address.
    pub peers: Vec<PeerPlan>,
    /// What it announces.
    pub originates: Vec<Prefix>,
    /// Facts for [`speaker::Input::NextHop`](crate::speaker::Input::NextHop):
    /// a network and its IGP cost. Empty over a routed underlay, where
    /// [`Config::unknown_next_hops`] says that all next hops resolve.
    pub networks: Vec<(Prefix, Option<u32>)>,
}

/// One neighbour of a [`SpeakerPlan`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerPlan {
    /// What `Speaker::add_peer` takes.
    pub config: PeerConfig,
    /// What `calicoctl node status` calls this kind of peer.
    pub peer_type: &'static str,
    /// The other end: its speaker's index, and the peer's index there. `None`
    /// where the other end is not in the plan.
    pub remote: Option<(usize, usize)>,
    /// Index in [`Plan::sessions`].
    pub session: usize,
}

/// One speaker for each router of a plan, in the same order.
pub fn speakers(plan: &Plan) -> Vec<SpeakerPlan> {
    let _ = plan;
    todo!()
}

/// Gives a pod CIDR to each node that has none, in the nodes' order:
/// 10.244.*i*.0/24 for the node of index *i*, or a /64 below fd00:10:244::/48
/// for one without an IPv4 address. Says for which.
pub fn assign_pod_cidrs(inventory: &mut Inventory) -> Vec<Finding> {
    let _ = inventory;
    todo!()
}
