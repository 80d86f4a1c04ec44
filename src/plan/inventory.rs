//! The facts a plan is made from, in no vendor's words: nodes, the routers
//! around them, and which peerings are wanted.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::{fmt, net::IpAddr, time::Duration};

use super::{filter::Filter, routing::Routing, selector::Selector};
use crate::{
    policy::Policy,
    types::{Asn, ClusterId, Family, Prefix, RouterId},
};

/// A cluster, its surroundings, and the peerings it wants.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Inventory {
    /// The cluster's nodes, in the order they were given.
    pub nodes: Vec<Node>,
    /// Routers outside the cluster that we know: those of a fabric file.
    pub routers: Vec<Router>,
    /// The full mesh between nodes.
    pub mesh: Mesh,
    /// What is peered beside the mesh.
    pub peerings: Vec<Peering>,
    /// What peerings' filters say.
    #[cfg_attr(feature = "serde", serde(default))]
    pub filters: Vec<Filter>,
    /// The AS of nodes that name none; 64512 by default.
    pub default_as: Asn,
    /// The port of nodes that name none; `None` stands for 179.
    pub listen_port: Option<u16>,
    /// Which addresses reach each other without BGP.
    pub underlay: Underlay,
    /// Whose resources these were: what findings call their fields.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dialect: Dialect,
    /// What ways between routers cost, where that is known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub links: Vec<Link>,
    /// What nodes do with routes beside telling neighbours of them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub routing: Routing,
}

impl Default for Inventory {
    /// An empty cluster with Calico's defaults: a full mesh in AS 64512.
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            routers: Vec::new(),
            mesh: Mesh::default(),
            peerings: Vec::new(),
            filters: Vec::new(),
            default_as: Asn(64512),
            listen_port: None,
            underlay: Underlay::Routed,
            dialect: Dialect::Calico,
            links: Vec::new(),
            routing: Routing::default(),
        }
    }
}

impl Inventory {
    /// The AS of a node: its own, or the cluster's.
    pub fn as_of(&self, node: &Node) -> Asn {
        node.asn.unwrap_or(self.default_as)
    }

    /// The AS that a node expects of a neighbour in the mesh.
    pub fn mesh_as(&self, node: &Node, neighbor: &Node) -> Asn {
        neighbor.asn.unwrap_or_else(|| match self.mesh.neighbor_as {
            MeshNeighborAs::Local => self.as_of(node),
            MeshNeighborAs::Cluster => self.default_as,
        })
    }

    /// The port that a node is dialled at: its own, the cluster's, or none
    /// given (179 then).
    pub fn port_of(&self, node: &Node) -> Option<u16> {
        node.listen_port.or(self.listen_port)
    }
}

/// Whose resources an inventory was read from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Dialect {
    /// Calico's.
    #[default]
    Calico,
    /// Cilium's BGP control plane, version 2.
    Cilium,
    /// MetalLB's.
    MetalLb,
    /// kube-router's annotations.
    KubeRouter,
    /// Antrea's.
    Antrea,
    /// Kube-OVN's speaker.
    KubeOvn,
}

/// The project's name.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Calico => "Calico",
            Self::Cilium => "Cilium",
            Self::MetalLb => "MetalLB",
            Self::KubeRouter => "kube-router",
            Self::Antrea => "Antrea",
            Self::KubeOvn => "Kube-OVN",
        })
    }
}

/// A way between two routers, nodes or not, as the IGP has it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Link {
    /// The names of both ends.
    pub ends: (String, String),
    /// What it costs, the same in both directions.
    pub cost: u32,
}

/// One node of the cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Node {
    /// Unique in the cluster.
    pub name: String,
    /// What selectors look at.
    pub labels: BTreeMap<String, String>,
    /// Its AS, or the cluster's.
    pub asn: Option<Asn>,
    /// Its IPv4 address; without one it has no IPv4 session.
    pub ipv4: Option<InterfaceAddress>,
    /// Its IPv6 address; without one it has no IPv6 session.
    pub ipv6: Option<InterfaceAddress>,
    /// Its BGP Identifier, or [`Node::ipv4`]'s address.
    pub router_id: Option<RouterId>,
    /// Makes it a route reflector, and takes it out of the mesh.
    pub cluster_id: Option<ClusterId>,
    /// Where it listens, or the cluster's port.
    pub listen_port: Option<u16>,
    /// What it announces: its pod CIDRs.
    pub advertised: Vec<Prefix>,
    /// What it shares the fate of, by kind: a `rack`, a `zone`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub domains: Domains,
}

/// What a router shares the fate of, by kind of failure domain; `rack` and
/// `zone` are the usual ones.
pub type Domains = BTreeMap<String, String>;

/// The failure domains that a node's labels tell of: Kubernetes' well-known
/// `topology.kubernetes.io/zone`, and `rack` in the forms in use.
pub fn domains_of(labels: &BTreeMap<String, String>) -> Domains {
    let mut domains = Domains::new();
    for (kind, names) in DOMAIN_LABELS {
        let found = names.iter().find_map(|name| labels.get(*name));
        if let Some(name) = found.filter(|name| !name.is_empty()) {
            domains.insert((*kind).into(), name.clone());
        }
    }
    domains
}

/// Kinds of failure domains, and the labels that name one, best first.
const DOMAIN_LABELS: &[(&str, &[&str])] = &[
    (
        "rack",
        &["topology.kubernetes.io/rack", "rack", "topology/rack"],
    ),
    (
        "zone",
        &[
            "topology.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/zone",
            "zone",
        ],
    ),
];

impl Node {
    /// A node with a name and nothing else.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Its address of this family.
    pub fn address(&self, family: Family) -> Option<InterfaceAddress> {
        if family == Family::IPV4_UNICAST {
            self.ipv4
        } else if family == Family::IPV6_UNICAST {
            self.ipv6
        } else {
            None
        }
    }
}

/// An address on an interface, with its subnet's length where it is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct InterfaceAddress {
    /// The address itself, host bits and all.
    pub addr: IpAddr,
    /// The subnet's length in bits, valid for the family; `None` when only the
    /// address was given.
    pub length: Option<u8>,
}

impl InterfaceAddress {
    /// The subnet the interface is connected to; the address alone where no
    /// length is known.
    pub fn network(self) -> Prefix {
        self.length
            .and_then(|length| Prefix::new(self.addr, length).ok())
            .unwrap_or_else(|| Prefix::host(self.addr))
    }
}

impl fmt::Display for InterfaceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length {
            Some(length) => write!(f, "{}/{length}", self.addr),
            None => fmt::Display::fmt(&self.addr, f),
        }
    }
}

/// The full mesh between the nodes that are no reflectors.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Mesh {
    /// Whether there is one; yes by default.
    pub enabled: bool,
    /// Which AS a mesh neighbour is taken for when it names none.
    pub neighbor_as: MeshNeighborAs,
    /// The sessions' password.
    pub password: Option<SecretRef>,
    /// The restart time offered in the mesh (RFC 4724), or 120 s.
    pub restart_time: Option<Duration>,
}

impl Default for Mesh {
    fn default() -> Self {
        Self {
            enabled: true,
            neighbor_as: MeshNeighborAs::default(),
            password: None,
            restart_time: None,
        }
    }
}

/// Which AS a node expects of a mesh neighbour that names none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum MeshNeighborAs {
    /// Its own, as Calico has it from v3.32: wrong where nodes name an AS of
    /// their own and others do not.
    #[default]
    Local,
    /// The cluster's, as Calico had it up to v3.31.
    Cluster,
}

/// A peering that is wanted: who, with whom, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Peering {
    /// Its resource's name.
    pub name: String,
    /// The nodes that have it.
    pub local: Scope,
    /// With whom.
    pub remote: Remote,
    /// Whether nodes on the far side peer back without being told; yes by
    /// default.
    pub reverse: bool,
    /// How.
    pub settings: PeeringSettings,
}

/// Which nodes have a peering.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Scope {
    /// Every node.
    Global,
    /// The node of this name.
    Node(String),
    /// The nodes with such labels.
    Selector(Selector),
}

/// With whom nodes peer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Remote {
    /// With whoever has an address, in the cluster or outside.
    Address(RemoteAddress),
    /// With the nodes with such labels, over each family they have.
    Selector(Selector),
}

impl Remote {
    /// Whether nodes are chosen by their labels.
    pub const fn is_selector(&self) -> bool {
        matches!(self, Self::Selector(_))
    }
}

/// A neighbour by its address.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct RemoteAddress {
    /// The address.
    pub addr: IpAddr,
    /// The address as it was written: some of Calico's rules compare texts.
    pub text: String,
    /// The port, where one was given.
    pub port: Option<u16>,
    /// The neighbour's AS; [`Asn::ZERO`] where none was given, which no
    /// session comes up with.
    pub asn: Asn,
}

/// How a peering is done.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct PeeringSettings {
    /// The password, by reference.
    pub password: Option<SecretRef>,
    /// Whether the node leaves the choice of its source address to the system.
    pub any_source_address: bool,
    /// The restart time offered (RFC 4724), or 120 s.
    pub restart_time: Option<Duration>,
    /// Time between KEEPALIVEs, or a third of the hold time.
    pub keepalive: Option<Duration>,
    /// Hops the neighbour may be away, checked by TTL (RFC 5082).
    pub ttl_security: Option<u8>,
    /// The gateway towards the neighbour.
    pub reachable_by: Option<IpAddr>,
    /// Which next hop is advertised.
    pub next_hop: NextHop,
    /// Our AS on this session in place of the node's.
    pub local_as: Option<Asn>,
    /// How often our AS may be in a path that we take.
    pub allow_local_as: Option<u8>,
    /// Named filters, in order.
    pub filters: Vec<String>,
    /// The hold time offered, or the dialect's own.
    pub hold_time: Option<Duration>,
    /// Time between attempts to connect, or the dialect's own.
    pub connect_retry: Option<Duration>,
    /// Hops that an external neighbour may be away; `None` for the dialect's
    /// own.
    pub hops: Option<u8>,
    /// Whether BFD watches the neighbour (RFC 5882).
    pub bfd: bool,
    /// Whether graceful restart is offered (RFC 4724); `None` for the dialect's
    /// own.
    pub graceful_restart: Option<bool>,
    /// Who the neighbour is to reflection.
    pub reflection: Reflection,
    /// Our address on the session in place of the node's.
    pub local_address: Option<IpAddr>,
    /// Which ASes a neighbour by address may be in.
    pub neighbor_as: NeighborAs,
}

/// Which ASes a neighbour may be in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NeighborAs {
    /// That of [`RemoteAddress::asn`].
    #[default]
    Exactly,
    /// Any: the plan takes the one that the router with the address has.
    Any,
    /// Ours.
    Internal,
    /// Any but ours.
    External,
}

/// Who a neighbour is to a node that reflects.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Reflection {
    /// Calico's rule: a client, if it is internal and not known to be a
    /// reflector of the same cluster.
    #[default]
    ByCluster,
    /// A client.
    Client,
    /// No client.
    NonClient,
}

/// Which next hop a peering advertises.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum NextHop {
    /// BGP's own rules.
    #[default]
    Auto,
    /// Ours, always.
    Own,
    /// Unchanged, always.
    Keep,
    /// Unchanged over eBGP; over iBGP as [`NextHop::Auto`].
    KeepExternal,
}

/// Where a password is kept; never the password.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct SecretRef {
    /// The Secret's name.
    pub name: String,
    /// The key inside it.
    pub key: String,
}

/// A router outside the cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Router {
    /// Unique among routers and nodes.
    pub name: String,
    /// Its AS.
    pub asn: Asn,
    /// Its BGP Identifier, or the highest IPv4 address of its interfaces.
    pub router_id: Option<RouterId>,
    /// Its cluster as a reflector, or its BGP Identifier (RFC 4456 §7).
    pub cluster_id: Option<ClusterId>,
    /// Its addresses.
    pub interfaces: Vec<InterfaceAddress>,
    /// What it announces.
    pub networks: Vec<Prefix>,
    /// Whom it peers with.
    pub neighbors: Vec<Neighbor>,
    /// What it shares the fate of.
    #[cfg_attr(feature = "serde", serde(default))]
    pub domains: Domains,
}

/// A neighbour of a [`Router`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::struct_excessive_bools, reason = "as many settings as BGP has")]
pub struct Neighbor {
    /// Where it is.
    pub address: IpAddr,
    /// Our end's address, or the interface on the neighbour's subnet.
    pub local_address: Option<IpAddr>,
    /// Its AS.
    pub asn: Asn,
    /// Whether it is a client of this reflector.
    pub reflector_client: bool,
    /// Whether routes learned over eBGP get our address as next hop.
    pub next_hop_self: bool,
    /// Whether the router only waits for the neighbour to dial.
    pub passive: bool,
    /// The password, by reference.
    #[cfg_attr(feature = "serde", serde(default))]
    pub password: Option<SecretRef>,
    /// Hops the neighbour may be away, checked by TTL (RFC 5082).
    #[cfg_attr(feature = "serde", serde(default))]
    pub ttl_security: Option<u8>,
    /// Hops that an external neighbour may be away; `None` for any.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hops: Option<u8>,
    /// The hold time offered, or 180 s.
    #[cfg_attr(feature = "serde", serde(default))]
    pub hold_time: Option<Duration>,
    /// Whether BFD watches the neighbour (RFC 5882).
    #[cfg_attr(feature = "serde", serde(default))]
    pub bfd: bool,
    /// How often our AS may be in a path that is taken.
    #[cfg_attr(feature = "serde", serde(default))]
    pub allow_local_as: Option<u8>,
    /// What is taken. `None`: all over iBGP, nothing over eBGP (RFC 8212).
    pub import: Option<Policy>,
    /// What is advertised. `None`: all over iBGP, nothing over eBGP (RFC 8212).
    pub export: Option<Policy>,
}

impl Neighbor {
    /// A neighbour with nothing but an address and an AS.
    pub fn new(address: IpAddr, asn: Asn) -> Self {
        Self {
            address,
            local_address: None,
            asn,
            reflector_client: false,
            next_hop_self: false,
            passive: false,
            password: None,
            ttl_security: None,
            hops: None,
            hold_time: None,
            bfd: false,
            allow_local_as: None,
            import: None,
            export: None,
        }
    }
}

/// Which addresses reach each other before BGP has said anything.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Underlay {
    /// All do: some other routing sees to it.
    #[default]
    Routed,
    /// Only those on a common subnet.
    Connected,
}
