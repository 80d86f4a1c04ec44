//! Whether the cluster works: which sessions are up, and which nodes reach
//! which pods.
//!
//! Reached means walked. From a node the packet follows the best route to the
//! owner of its next hop, there again the best route, and so on until it is at
//! the router that announces the pods. Having a route is not enough: it may
//! lead in a circle, or to a next hop that nobody has.

use std::{collections::BTreeMap, net::IpAddr};

use bgpwright::{
    rib::{Route, RouteSource},
    types::{NextHop, Prefix},
};

use crate::{
    node::Node,
    sessions::{Down, Session},
};

/// What came of the run.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) planned: usize,
    pub(crate) established: usize,
    pub(crate) wanted: usize,
    pub(crate) reached: usize,
    /// Sessions that are not up; only the first [`EXPLAINED`].
    pub(crate) down: Vec<Down>,
    /// Pairs not reached; only the first [`EXPLAINED`].
    pub(crate) unreached: Vec<Unreached>,
}

/// A node that does not reach another node's pods.
#[derive(Debug)]
pub(crate) struct Unreached {
    pub(crate) router: usize,
    pub(crate) prefix: Prefix,
    pub(crate) reason: String,
}

/// Where a packet goes from one router.
#[derive(Clone, Copy, Debug)]
enum Hop {
    /// It is there.
    Arrived,
    To(usize),
    /// The next hop is nobody's address.
    Nobody(IpAddr),
    /// The route is a local one, yet the pods are elsewhere.
    Ends(Prefix),
    NoRoute,
}

impl Verdict {
    /// Looks at every session and walks every pair.
    pub(crate) fn reach(nodes: &[Node], sessions: &[Session]) -> Self {
        let mut verdict = Self {
            planned: sessions.len(),
            ..Self::default()
        };
        for session in sessions {
            if session.is_established(nodes) {
                verdict.established += 1;
            } else if verdict.down.len() < EXPLAINED {
                verdict.down.push(Down {
                    session: *session,
                    reason: session.explain(nodes),
                });
            }
        }
        let owners = owners(nodes);
        for (origin, prefix) in pods(nodes) {
            verdict.walk_from_everywhere(nodes, &owners, origin, prefix);
        }
        verdict
    }

    /// Whether all is as planned.
    pub(crate) fn is_good(&self) -> bool {
        self.established == self.planned && self.reached == self.wanted
    }

    fn walk_from_everywhere(
        &mut self,
        nodes: &[Node],
        owners: &BTreeMap<IpAddr, usize>,
        origin: usize,
        prefix: Prefix,
    ) {
        let hops: Vec<_> = nodes.iter().map(|node| hop(node, owners, prefix)).collect();
        for (router, node) in nodes.iter().enumerate() {
            if router == origin || !node.plan.in_cluster || !speaks(node, prefix) {
                continue;
            }
            self.wanted += 1;
            match walk(&hops, router) {
                Ok(()) => self.reached += 1,
                Err(path) if self.unreached.len() < EXPLAINED => self.unreached.push(Unreached {
                    router,
                    prefix,
                    reason: explain(nodes, &hops, &path, prefix),
                }),
                Err(_) => {}
            }
        }
    }
}

/// Every pod CIDR of the cluster, with the router that announces it.
pub(crate) fn pods(nodes: &[Node]) -> impl Iterator<Item = (usize, Prefix)> + '_ {
    let in_cluster = |(_, node): &(usize, &Node)| node.plan.in_cluster;
    nodes
        .iter()
        .enumerate()
        .filter(in_cluster)
        .flat_map(|(router, node)| node.plan.originates.iter().map(move |p| (router, *p)))
}

fn owners(nodes: &[Node]) -> BTreeMap<IpAddr, usize> {
    let addresses = nodes.iter().enumerate().flat_map(|(router, node)| {
        let addresses = node.plan.addresses.iter();
        addresses.map(move |address| (*address, router))
    });
    addresses.collect()
}

/// A node without an address of the family takes no part in it.
fn speaks(node: &Node, prefix: Prefix) -> bool {
    let mut addresses = node.plan.addresses.iter();
    addresses.any(|address| address.is_ipv4() == prefix.addr().is_ipv4())
}

fn hop(node: &Node, owners: &BTreeMap<IpAddr, usize>, prefix: Prefix) -> Hop {
    if node.originates(prefix) {
        return Hop::Arrived;
    }
    let Some(route) = longest_match(node, prefix) else {
        return Hop::NoRoute;
    };
    if route.source == RouteSource::Local {
        return Hop::Ends(route.prefix);
    }
    let Some(next_hop) = route.attributes().next_hop.map(NextHop::addr) else {
        return Hop::NoRoute;
    };
    let owner = owners.get(&next_hop);
    owner.map_or(Hop::Nobody(next_hop), |owner| Hop::To(*owner))
}

/// The best route to all of `prefix`, as forwarding finds it.
fn longest_match(node: &Node, prefix: Prefix) -> Option<Route<'_>> {
    let covering = (0..=prefix.length()).rev();
    let covering = covering.filter_map(|length| Prefix::new(prefix.addr(), length).ok());
    covering
        .into_iter()
        .find_map(|covering| node.speaker.best(covering))
}

/// Follows the hops from `start`.
///
/// # Errors
/// The routers on the way if it does not end at the origin: the last one is
/// where it ends, or the one that is met again.
fn walk(hops: &[Hop], start: usize) -> Result<(), Vec<usize>> {
    let mut path = vec![start];
    loop {
        let here = path.last().copied().unwrap_or(start);
        match hops.get(here) {
            Some(Hop::Arrived) => return Ok(()),
            Some(Hop::To(next)) if path.contains(next) => {
                path.push(*next);
                return Err(path);
            }
            Some(Hop::To(next)) => path.push(*next),
            _ => return Err(path),
        }
    }
}

fn explain(nodes: &[Node], hops: &[Hop], path: &[usize], prefix: Prefix) -> String {
    let name = |router: usize| {
        nodes
            .get(router)
            .map_or("?", |node| node.plan.name.as_str())
    };
    let end = path.last().copied().unwrap_or_default();
    let at = if path.len() > 1 {
        let way: Vec<_> = path.iter().map(|router| name(*router)).collect();
        format!("by {}: ", way.join(" > "))
    } else {
        String::new()
    };
    let why = match hops.get(end) {
        Some(Hop::To(_)) => format!("the way is a loop, back at {}", name(end)),
        Some(Hop::Nobody(next_hop)) => format!("the next hop {next_hop} is nobody's address"),
        Some(Hop::Ends(route)) => format!("{} takes it for its own {route}", name(end)),
        _ => nodes
            .get(end)
            .map_or_else(String::new, |node| no_route(node, prefix)),
    };
    format!("{at}{why}")
}

/// Why a router has no best route: it has none at all, or none that it can use.
fn no_route(node: &Node, prefix: Prefix) -> String {
    let paths = node.speaker.rib().paths(prefix);
    let unusable = paths.filter(|path| path.refused.is_none());
    let unusable = unusable.filter_map(|path| {
        let next_hop = path.attributes().next_hop?.addr();
        let from = node.source_address(path.source)?;
        Some(format!("{next_hop} of the route from {from}"))
    });
    let unusable: Vec<_> = unusable.collect();
    let name = &node.plan.name;
    if unusable.is_empty() {
        return format!("{name} has no route to it");
    }
    format!(
        "{name} cannot resolve the next hop {}; next-hop-self on that neighbour would help",
        unusable.join(", nor ")
    )
}

/// How many failures of a kind are kept and explained.
pub(crate) const EXPLAINED: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_at_the_origin_in_a_loop_or_where_the_way_ends() {
        let nobody = Hop::Nobody(IpAddr::from([192, 0, 2, 1]));
        let hops = [
            Hop::Arrived,
            Hop::To(0),
            Hop::To(1),
            Hop::To(4),
            Hop::To(5),
            Hop::To(4),
            Hop::To(7),
            Hop::NoRoute,
            nobody,
        ];
        assert_eq!(walk(&hops, 0), Ok(()));
        assert_eq!(walk(&hops, 2), Ok(()));
        assert_eq!(walk(&hops, 3), Err(vec![3, 4, 5, 4]), "a loop");
        assert_eq!(walk(&hops, 6), Err(vec![6, 7]), "no route");
        assert_eq!(walk(&hops, 8), Err(vec![8]), "nobody's next hop");
    }
}
