//! What the tables and the JSON show, taken from the speakers once for both.

use std::{collections::BTreeSet, net::IpAddr};

use bgpwright::{
    rib::Step,
    types::{AsPath, Asn, NextHop, Prefix},
};

use crate::{
    clock::{Clock, Wall},
    node::Node,
    sessions::{bird_info, bird_state},
};

/// A line of `calicoctl node status`.
#[derive(Debug)]
pub(crate) struct PeerRow {
    pub(crate) address: IpAddr,
    pub(crate) kind: String,
    pub(crate) state: &'static str,
    pub(crate) since: Wall,
    pub(crate) info: String,
    /// The neighbour's AS, if it is known.
    pub(crate) asn: Option<Asn>,
}

/// A path to a prefix.
#[derive(Debug)]
pub(crate) struct RouteRow {
    pub(crate) prefix: Prefix,
    /// `None` for a route of the router's own.
    pub(crate) next_hop: Option<IpAddr>,
    /// The neighbour; `None` for a route of the router's own.
    pub(crate) from: Option<IpAddr>,
    pub(crate) as_path: Option<AsPath>,
    pub(crate) standing: Standing,
    pub(crate) stale: bool,
}

/// What the decision process made of a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// The best, for this reason.
    Best(Step),
    /// Another one is better.
    Worse,
    /// Nothing is known of the way to its next hop.
    Unresolved,
}

/// A router's peers, in the order of the plan.
pub(crate) fn peers(node: &Node, clock: Clock) -> impl Iterator<Item = PeerRow> + '_ {
    let rows = node.peers.iter().zip(&node.plan.peers);
    rows.map(move |(peer, plan)| PeerRow {
        address: plan.config.address,
        kind: plan.peer_type.to_string(),
        state: bird_state(peer.state, peer.last_down.as_ref()),
        since: clock.wall(peer.since),
        info: bird_info(peer.state, peer.last_down.as_ref()),
        asn: node.peer_as(peer.id, &plan.config),
    })
}

/// A router's paths in the order of prefixes, the best of each one first.
pub(crate) fn routes(node: &Node) -> Vec<RouteRow> {
    let mut rows = Vec::new();
    let rib = node.speaker.rib();
    for prefix in prefixes(node) {
        let best = rib.best(prefix);
        let first = rows.len();
        // What came round is kept as refused: it is nobody's choice.
        for path in rib.paths(prefix).filter(|it| it.refused.is_none()) {
            let attributes = path.attributes();
            let next_hop = attributes.next_hop.map(NextHop::addr);
            let standing = match best {
                Some(best) if best.source == path.source => Standing::Best(best.decided_by),
                _ if next_hop.is_some_and(|addr| rib.resolve(addr).is_none()) => {
                    Standing::Unresolved
                }
                _ => Standing::Worse,
            };
            rows.push(RouteRow {
                prefix,
                next_hop,
                from: node.source_address(path.source),
                as_path: attributes.as_path,
                standing,
                stale: path.stale,
            });
        }
        if let Some(paths) = rows.get_mut(first..) {
            paths.sort_by_key(|row| (!row.is_best(), row.from));
        }
    }
    rows
}

impl RouteRow {
    pub(crate) fn is_best(&self) -> bool {
        matches!(self.standing, Standing::Best(_))
    }

    /// What people are told about a path's standing.
    pub(crate) fn why(&self) -> String {
        let why = match self.standing {
            Standing::Best(step) => step_text(step),
            Standing::Worse => "not best",
            Standing::Unresolved => "next hop unreachable",
        };
        if self.stale {
            format!("{why} (stale)")
        } else {
            why.to_owned()
        }
    }
}

/// Every prefix that the router has heard of, usable or not.
fn prefixes(node: &Node) -> BTreeSet<Prefix> {
    let heard = node.peers.iter().flat_map(|peer| {
        let routes = node.speaker.adj_rib_in(peer.id);
        routes.map(|(prefix, _)| prefix)
    });
    let best = node.speaker.routes().map(|route| route.prefix);
    best.chain(heard).collect()
}

fn step_text(step: Step) -> &'static str {
    match step {
        Step::OnlyRoute => "only route",
        Step::LocalRoute => "local route",
        Step::LocalPref => "higher local preference",
        Step::AsPathLength => "shorter AS path",
        Step::Origin => "lower origin",
        Step::Med => "lower MED",
        Step::PeerType => "eBGP over iBGP",
        Step::IgpCost => "nearer next hop",
        Step::RouterId => "lower router id",
        Step::ClusterListLength => "shorter cluster list",
        Step::PeerAddress => "lower neighbour address",
        _ => "a later step",
    }
}
