//! From a plan to speakers that carry it out.
//!
//! Nodes of the cluster get what Calico gives them: everything accepted and
//! exported that their filters do not decide, BIRD's hold time of 240 s, graceful
//! restart for every family. Routes of a node's own are told apart by filters if
//! they are announced with the tag [`filter::OWN`]. Their
//! KEEPALIVE interval is a third of the hold time, whatever
//! [`SessionEnd::keepalive`] says, and neither passwords nor TTL security are
//! carried out yet. Routers get FRR's hold time of 180 s and
//! help neighbours that restart.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use super::{
    end::{Origin, SessionEnd},
    filter::{self, Direction, Filter},
    finding::{Code, Finding},
    inventory::{Inventory, Neighbor, NeighborAs, NextHop, Underlay},
    pairing::{EndRef, Plan, PlannedRouter, Session, Verdict},
};
use crate::{
    policy::Policy,
    session::{self, GracefulRestartConfig, OpenMode, PeerAs},
    speaker::{Config, LocalAs, NextHopMode, PeerConfig, ReflectionRole, UnknownNextHops},
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
    /// Its neighbours: one for each of [`Plan::sessions`] that it has an end
    /// of, those of [`Verdict::Duplicate`] aside.
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
    /// What `calicoctl node status` calls this kind of peer; "fabric" on a
    /// router outside the cluster.
    pub peer_type: &'static str,
    /// The other end: its speaker's index, and the peer's index there. `None`
    /// where the other end is not in the plan.
    pub remote: Option<(usize, usize)>,
    /// Index in [`Plan::sessions`].
    pub session: usize,
}

/// One speaker for each router of a plan, in the same order.
pub fn speakers(plan: &Plan) -> Vec<SpeakerPlan> {
    let (places, sides) = places(plan);
    let mut speakers: Vec<_> = plan
        .routers
        .iter()
        .map(|router| speaker(router, plan.underlay))
        .collect();
    for (router, (speaker, sides)) in plan.routers.iter().zip(speakers.iter_mut().zip(sides)) {
        for Side { end, far, session } in sides {
            let Some(end) = router.ends.get(end.end) else {
                continue;
            };
            speaker.peers.push(PeerPlan {
                config: peer_config(&plan.filters, (router, end), session),
                peer_type: end.type_text(),
                remote: far.and_then(|far| Some((far.router, *places.get(&far)?))),
                session,
            });
        }
    }
    speakers
}

/// A session as one of its routers sees it.
struct Side {
    end: EndRef,
    far: Option<EndRef>,
    session: usize,
}

/// Every router's sides of sessions, by end, and each end's place there.
fn places(plan: &Plan) -> (BTreeMap<EndRef, usize>, Vec<Vec<Side>>) {
    let mut sides: Vec<Vec<Side>> = plan.routers.iter().map(|_| Vec::new()).collect();
    for (session, planned) in plan.sessions.iter().enumerate() {
        let Session { a, b, verdict } = *planned;
        if verdict == Verdict::Duplicate {
            continue;
        }
        let other = b.map(|b| (b, Some(a)));
        for (end, far) in [(a, b)].into_iter().chain(other) {
            if let Some(sides) = sides.get_mut(end.router) {
                sides.push(Side { end, far, session });
            }
        }
    }
    let mut places = BTreeMap::new();
    for sides in &mut sides {
        sides.sort_by_key(|side| side.end);
        places.extend(sides.iter().enumerate().map(|(i, side)| (side.end, i)));
    }
    (places, sides)
}

fn speaker(router: &PlannedRouter, underlay: Underlay) -> SpeakerPlan {
    let connected = router.addresses.iter().map(|interface| interface.network());
    let (unknown_next_hops, networks) = match underlay {
        Underlay::Routed => (UnknownNextHops::Resolvable, Vec::new()),
        Underlay::Connected => (
            UnknownNextHops::Unresolvable,
            connected.map(|network| (network, Some(0))).collect(),
        ),
    };
    SpeakerPlan {
        name: router.name.clone(),
        in_cluster: router.in_cluster,
        config: Config {
            cluster_id: router.cluster_id,
            unknown_next_hops,
            ..Config::new(router.asn, router.router_id)
        },
        addresses: router.addresses.iter().map(|i| i.addr).collect(),
        peers: Vec::new(),
        originates: router.originates.clone(),
        networks,
    }
}

fn peer_config(
    filters: &[Filter],
    (router, end): (&PlannedRouter, &SessionEnd),
    session: usize,
) -> PeerConfig {
    let peer_as = match end.neighbor_as {
        NeighborAs::Exactly => PeerAs::Exactly(end.remote_as),
        NeighborAs::Any => PeerAs::Any,
        NeighborAs::Internal => PeerAs::Internal,
        NeighborAs::External => PeerAs::External,
    };
    let families = Vec::from([end.family()]);
    let mut settings = session::Config::new(end.local_as, router.router_id, peer_as);
    settings.open_mode = if end.passive {
        OpenMode::Passive
    } else {
        OpenMode::Active
    };
    settings.families.clone_from(&families);
    settings.jitter_seed = seed(router, session);
    // One that offers nothing of its own helps still.
    let restarts = end.graceful_restart.unwrap_or(router.in_cluster);
    settings.graceful_restart = Some(GracefulRestartConfig {
        restart_time: end.restart_time.unwrap_or(RESTART_TIME),
        restarting: false,
        notification: false,
        families: if restarts { families } else { Vec::new() },
    });
    let neighbor = match end.origin {
        Origin::Fabric(index) => router.neighbors.get(index),
        Origin::Mesh | Origin::Global(_) | Origin::Node(_) | Origin::Reverse(_) => None,
    };
    settings.hold_time = hold_time(end);
    if let Some(retry) = end.connect_retry {
        settings.connect_retry = retry;
    }
    let (import, export) = match neighbor {
        Some(neighbor) => (neighbor.import.clone(), neighbor.export.clone()),
        None => (
            Some(filtered(filters, end, Direction::Import)),
            Some(filtered(filters, end, Direction::Export)),
        ),
    };
    PeerConfig {
        import,
        export,
        reflection: if end.reflector_client.is_some() {
            ReflectionRole::Client
        } else {
            ReflectionRole::NonClient
        },
        next_hop: next_hop(end, neighbor),
        allow_own_as: end.allow_local_as.unwrap_or(0),
        // BIRD's `local as`: the session's own AS in place of the node's.
        local_as: LocalAs {
            no_prepend: true,
            replace_as: true,
        },
        ..PeerConfig::new(end.neighbor, end.local, settings)
    }
}

pub(super) fn next_hop(end: &SessionEnd, neighbor: Option<&Neighbor>) -> NextHopMode {
    match end.next_hop {
        NextHop::Own => NextHopMode::SelfForAll,
        NextHop::Keep | NextHop::KeepExternal => NextHopMode::Unchanged,
        NextHop::Auto if neighbor.is_some_and(|neighbor| neighbor.next_hop_self) => {
            NextHopMode::SelfForExternal
        }
        NextHop::Auto => NextHopMode::Auto,
    }
}

/// The hold time that an end offers.
pub(super) fn hold_time(end: &SessionEnd) -> Duration {
    end.hold_time.unwrap_or(match end.origin {
        Origin::Fabric(_) => ROUTER_HOLD_TIME,
        _ => NODE_HOLD_TIME,
    })
}

/// What an end's filters say, in their order; all where it has none.
fn filtered(filters: &[Filter], end: &SessionEnd, direction: Direction) -> Policy {
    let names = match direction {
        Direction::Import => &end.import_filters,
        Direction::Export => &end.export_filters,
    };
    let of = names
        .iter()
        .filter_map(|name| filters.iter().find(|it| *it.name == **name));
    let of: Vec<&Filter> = of.collect();
    filter::policy(&of, end.family(), direction).0
}

/// Differs between the ends of one session, and between sessions.
fn seed(router: &PlannedRouter, session: usize) -> u64 {
    let session = u64::try_from(session).unwrap_or(u64::MAX);
    session << 32 | u64::from(router.router_id.0)
}

/// Gives a pod CIDR to each node that has none, in the nodes' order:
/// 10.244.*i*.0/24 for the node of index *i*, or a /64 below `fd00:10:244::/48`
/// for one without an IPv4 address; the next free one where that is taken. Says
/// for which.
pub fn assign_pod_cidrs(inventory: &mut Inventory) -> Vec<Finding> {
    let mut taken: Vec<Prefix> = Vec::new();
    for node in &inventory.nodes {
        taken.extend(&node.advertised);
    }
    let mut findings = Vec::new();
    let mut next: u32 = 0;
    for node in &mut inventory.nodes {
        next = next.saturating_add(1);
        if !node.advertised.is_empty() {
            continue;
        }
        let v6 = node.ipv4.is_none() && node.ipv6.is_some();
        let numbers = (next.saturating_sub(1)..).take(1 << 16);
        let mut candidates = numbers.filter_map(|number| candidate(number, v6));
        let free = candidates.find(|new| {
            let overlaps = |old: &Prefix| old.covers(*new) || new.covers(*old);
            !taken.iter().any(overlaps)
        });
        let Some(prefix) = free else { continue };
        taken.push(prefix);
        node.advertised.push(prefix);
        findings.push(Finding::new(
            Code::AssignedPodCidr,
            Vec::from([node.name.clone()]),
            format!(
                "node {:?} has no pod CIDR in the input: {prefix} is used",
                node.name
            ),
        ));
    }
    findings
}

fn candidate(number: u32, v6: bool) -> Option<Prefix> {
    if v6 {
        let bits = V6_PODS | u128::from(number & 0xffff) << 64;
        Prefix::new(IpAddr::V6(Ipv6Addr::from(bits)), 64).ok()
    } else {
        let bits = V4_PODS.checked_add(number.checked_mul(256)?)?;
        Prefix::new(IpAddr::V4(bits.into()), 24).ok()
    }
}

const RESTART_TIME: Duration = Duration::from_mins(2);
pub(super) const NODE_HOLD_TIME: Duration = Duration::from_mins(4);
pub(super) const ROUTER_HOLD_TIME: Duration = Duration::from_mins(3);
/// 10.244.0.0
const V4_PODS: u32 = 0x0af4_0000;
/// `fd00:10:244::`
const V6_PODS: u128 = 0xfd00_0010_0244 << 80;
