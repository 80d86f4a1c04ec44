//! What facts are called in the resources that they came from.

use alloc::format;

use super::{
    end::{Origin, SessionEnd},
    finding::Cause,
    inventory::{Dialect, Inventory},
    pairing::PlannedRouter,
};

/// A fact that a resource states.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fact {
    /// The neighbour's address, or the selector that leads to it.
    Neighbor,
    /// The neighbour's port.
    NeighborPort,
    /// The neighbour's AS.
    NeighborAs,
    /// Which nodes a peering is for.
    Nodes,
    /// Our AS on one session.
    SessionAs,
    /// A session's password.
    Password,
    /// Hops, TTL and their security.
    Ttl,
    /// Which next hop is advertised.
    NextHop,
    /// Whether the far side peers back without being told.
    Reverse,
    /// Keepalive, hold and restart times.
    Timers,
}

/// A fact about a router.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Own {
    Address,
    As,
    ClusterId,
    RouterId,
    Port,
}

/// A fact about the cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whole {
    Mesh,
}

/// Where a fact about one end of a session is stated.
pub(super) fn of_end(
    inventory: &Inventory,
    router: &PlannedRouter,
    end: &SessionEnd,
    fact: Fact,
) -> Cause {
    match end.origin {
        Origin::Mesh => match fact {
            Fact::SessionAs | Fact::NeighborAs => of_router(inventory, router, Own::As),
            Fact::NeighborPort => of_router(inventory, router, Own::Port),
            Fact::Password => mesh_field("spec.nodeMeshPassword"),
            Fact::Timers => mesh_field("spec.nodeMeshMaxRestartTime"),
            _ => of_cluster(inventory, Whole::Mesh),
        },
        Origin::Global(index) | Origin::Node(index) | Origin::Reverse(index) => {
            let peering = inventory.peerings.get(index);
            let among_nodes = peering.is_some_and(|it| it.remote.is_selector());
            if inventory.dialect == Dialect::KubeRouter && among_nodes {
                // What a node's annotations say it is decides with whom it peers.
                return match fact {
                    Fact::SessionAs | Fact::NeighborAs => of_router(inventory, router, Own::As),
                    _ => Cause {
                        resource: format!("Node {:?}", router.name),
                        field: "metadata.annotations[kube-router.io/rr.client]".into(),
                    },
                };
            }
            of_peering(inventory, index, fact)
        }
        Origin::Fabric(index) => {
            let field = match fact {
                Fact::Neighbor | Fact::NeighborPort | Fact::Nodes => "address",
                Fact::NeighborAs => "as",
                Fact::SessionAs => return of_router(inventory, router, Own::As),
                Fact::NextHop => "nextHopSelf",
                Fact::Password => "password",
                Fact::Ttl => "ttl",
                Fact::Timers => "holdTime",
                Fact::Reverse => "passive",
            };
            Cause {
                resource: format!("router {:?}", router.name),
                field: format!("neighbors[{index}].{field}"),
            }
        }
    }
}

/// Where a fact about a wanted peering is stated.
pub(super) fn of_peering(inventory: &Inventory, index: usize, fact: Fact) -> Cause {
    let peering = inventory.peerings.get(index);
    let name = peering.map_or("", |peering| peering.name.as_str());
    let by_selector = peering.is_some_and(|it| it.remote.is_selector());
    let (kind, field) = match inventory.dialect {
        Dialect::Calico => ("BGPPeer", calico(fact, by_selector)),
        Dialect::Cilium => ("CiliumBGPClusterConfig", cilium(fact)),
        Dialect::MetalLb => ("BGPPeer", metallb(fact)),
        Dialect::KubeRouter => ("Node", kube_router(fact)),
        Dialect::Antrea => ("BGPPolicy", antrea(fact)),
        Dialect::KubeOvn => ("DaemonSet", kube_ovn(fact)),
    };
    Cause {
        resource: format!("{kind} {name:?}"),
        field: field.into(),
    }
}

/// Where a fact about a node or router is stated.
pub(super) fn of_router(inventory: &Inventory, router: &PlannedRouter, fact: Own) -> Cause {
    let (kind, field) = if router.in_cluster {
        ("Node", own(inventory.dialect, fact))
    } else {
        let field = match fact {
            Own::Address => "interfaces",
            Own::As => "as",
            Own::ClusterId => "clusterID",
            Own::RouterId => "routerID",
            Own::Port => "port",
        };
        ("router", field)
    };
    Cause {
        resource: format!("{kind} {:?}", router.name),
        field: field.into(),
    }
}

/// Where a fact about the cluster is stated.
pub(super) fn of_cluster(inventory: &Inventory, fact: Whole) -> Cause {
    match (inventory.dialect, fact) {
        (Dialect::KubeRouter, Whole::Mesh) => Cause {
            resource: "DaemonSet \"kube-router\"".into(),
            field: "--nodes-full-mesh".into(),
        },
        (_, Whole::Mesh) => mesh_field("spec.nodeToNodeMeshEnabled"),
    }
}

fn mesh_field(field: &str) -> Cause {
    Cause {
        resource: "BGPConfiguration \"default\"".into(),
        field: field.into(),
    }
}

const fn own(dialect: Dialect, fact: Own) -> &'static str {
    match (dialect, fact) {
        (Dialect::Calico, Own::Address) => "spec.bgp.ipv4Address",
        (Dialect::Calico, Own::As) => "spec.bgp.asNumber",
        (Dialect::Calico, Own::ClusterId) => "spec.bgp.routeReflectorClusterID",
        (Dialect::KubeRouter, Own::As) => "metadata.annotations[kube-router.io/node.asn]",
        (Dialect::KubeRouter, Own::ClusterId) => "metadata.annotations[kube-router.io/rr.server]",
        (_, Own::Address) => "status.addresses",
        (_, Own::As | Own::ClusterId | Own::RouterId | Own::Port) => "",
    }
}

const fn calico(fact: Fact, by_selector: bool) -> &'static str {
    match fact {
        Fact::Neighbor | Fact::NeighborPort if by_selector => "spec.peerSelector",
        Fact::Neighbor | Fact::NeighborPort => "spec.peerIP",
        Fact::NeighborAs => "spec.asNumber",
        Fact::Nodes => "spec.nodeSelector",
        Fact::SessionAs => "spec.localASNumber",
        Fact::Password => "spec.password",
        Fact::Ttl => "spec.ttlSecurity",
        Fact::NextHop => "spec.nextHopMode",
        Fact::Reverse => "spec.reversePeering",
        Fact::Timers => "spec.keepaliveTime",
    }
}

const fn cilium(fact: Fact) -> &'static str {
    match fact {
        Fact::Neighbor => "spec.bgpInstances.peers.peerAddress",
        Fact::NeighborAs => "spec.bgpInstances.peers.peerASN",
        Fact::Nodes => "spec.nodeSelector",
        Fact::SessionAs => "spec.bgpInstances.localASN",
        _ => "spec.bgpInstances.peers.peerConfigRef",
    }
}

const fn metallb(fact: Fact) -> &'static str {
    match fact {
        Fact::Neighbor => "spec.peerAddress",
        Fact::NeighborPort => "spec.peerPort",
        Fact::NeighborAs => "spec.peerASN",
        Fact::Nodes => "spec.nodeSelectors",
        Fact::SessionAs => "spec.myASN",
        Fact::Password => "spec.passwordSecret",
        Fact::Ttl => "spec.ebgpMultiHop",
        Fact::Timers => "spec.holdTime",
        Fact::NextHop | Fact::Reverse => "spec",
    }
}

const fn kube_router(fact: Fact) -> &'static str {
    match fact {
        Fact::Neighbor => "metadata.annotations[kube-router.io/peer.ips]",
        Fact::NeighborPort => "metadata.annotations[kube-router.io/peer.ports]",
        Fact::NeighborAs => "metadata.annotations[kube-router.io/peer.asns]",
        Fact::Password => "metadata.annotations[kube-router.io/peer.passwords]",
        Fact::SessionAs => "metadata.annotations[kube-router.io/node.asn]",
        _ => "metadata.annotations",
    }
}

const fn antrea(fact: Fact) -> &'static str {
    match fact {
        Fact::Neighbor => "spec.bgpPeers.address",
        Fact::NeighborPort => "spec.bgpPeers.port",
        Fact::NeighborAs => "spec.bgpPeers.asn",
        Fact::Nodes => "spec.nodeSelector",
        Fact::SessionAs => "spec.localASN",
        Fact::Ttl => "spec.bgpPeers.multihopTTL",
        _ => "spec.bgpPeers",
    }
}

const fn kube_ovn(fact: Fact) -> &'static str {
    match fact {
        Fact::Neighbor => "--neighbor-address",
        Fact::NeighborAs => "--neighbor-as",
        Fact::SessionAs => "--cluster-as",
        Fact::Password => "--auth-password",
        Fact::Timers => "--holdtime",
        Fact::Ttl => "--ebgp-multihop",
        Fact::Nodes => "spec.template.spec.nodeSelector",
        _ => "spec.template.spec.containers.args",
    }
}
