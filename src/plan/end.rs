//! One router's end of a session, and where it comes from.

use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::{net::IpAddr, time::Duration};

use super::inventory::{NeighborAs, NextHop, SecretRef};
use crate::types::{Asn, ClusterId, Family, PeerType};

/// One end of a planned session.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::struct_excessive_bools, reason = "as many settings as BGP has")]
pub struct SessionEnd {
    /// Why there is one.
    pub origin: Origin,
    /// Our address.
    pub local: IpAddr,
    /// The neighbour's address.
    pub neighbor: IpAddr,
    /// The neighbour's address as it was written, where that is not its
    /// canonical text.
    pub neighbor_text: Option<Arc<str>>,
    /// The port we dial, where one is known; 179 otherwise.
    pub port: Option<u16>,
    /// Which AS we expect; [`Asn::ZERO`] where none was given, and where
    /// [`neighbor_as`](Self::neighbor_as) leaves it open and the router with
    /// the address is not known.
    pub remote_as: Asn,
    /// Which ASes we take the neighbour in.
    pub neighbor_as: NeighborAs,
    /// Our AS on this session.
    pub local_as: Asn,
    /// Whether that is the session's own rather than the node's.
    pub local_as_override: bool,
    /// Whether the system chooses our address.
    pub any_source_address: bool,
    /// Whether we only wait to be dialled.
    pub passive: bool,
    /// The cluster for which the neighbour is our reflection client.
    pub reflector_client: Option<ClusterId>,
    /// Which next hop we advertise. Never [`NextHop::KeepExternal`]: that has
    /// been decided.
    pub next_hop: NextHop,
    /// Hops the neighbour may be away, checked by TTL (RFC 5082).
    pub ttl_security: Option<u8>,
    /// The gateway towards the neighbour.
    pub reachable_by: Option<IpAddr>,
    /// How often our AS may be in a path that we take.
    pub allow_local_as: Option<u8>,
    /// The restart time offered (RFC 4724), where one was given.
    pub restart_time: Option<Duration>,
    /// Time between KEEPALIVEs, where one was given.
    pub keepalive: Option<Duration>,
    /// The password, by reference.
    pub password: Option<Arc<SecretRef>>,
    /// The filters with rules for what is taken of this family, in order.
    pub import_filters: Vec<Arc<str>>,
    /// The filters with rules for what is told of this family, in order.
    pub export_filters: Vec<Arc<str>>,
    /// The hold time offered, where one was given.
    pub hold_time: Option<Duration>,
    /// Time between attempts to connect, where one was given.
    pub connect_retry: Option<Duration>,
    /// Hops that an external neighbour may be away, where that was said.
    pub hops: Option<u8>,
    /// Whether BFD watches the neighbour (RFC 5882).
    pub bfd: bool,
    /// Whether graceful restart is offered, where that was said.
    pub graceful_restart: Option<bool>,
}

impl SessionEnd {
    /// The family that the session runs over and carries.
    pub fn family(&self) -> Family {
        Family::unicast_of(self.neighbor)
    }

    /// Whether the end takes a neighbour of this AS.
    pub fn takes(&self, asn: Asn) -> bool {
        match self.neighbor_as {
            NeighborAs::Exactly => asn == self.remote_as,
            NeighborAs::Any => true,
            NeighborAs::Internal => asn == self.local_as,
            NeighborAs::External => asn != self.local_as,
        }
    }

    /// Whether the end takes its neighbour for internal.
    pub fn peer_type(&self) -> PeerType {
        PeerType::between(self.local_as, self.remote_as)
    }

    /// What `calicoctl node status` calls this kind of peer.
    pub fn type_text(&self) -> &'static str {
        match self.origin {
            Origin::Mesh => "node-to-node mesh",
            Origin::Global(_) => "global",
            Origin::Node(_) | Origin::Reverse(_) => "node specific",
            Origin::Fabric(_) => "fabric",
        }
    }

    /// The name of the session's protocol in Calico's BIRD configuration, by
    /// which ends are ordered.
    pub fn protocol_name(&self) -> String {
        let kind = match self.origin {
            Origin::Mesh => "Mesh",
            Origin::Global(_) => "Global",
            Origin::Node(_) | Origin::Reverse(_) => "Node",
            Origin::Fabric(_) => "Fabric",
        };
        let address = match &self.neighbor_text {
            Some(text) => text.to_string(),
            None => self.neighbor.to_string(),
        };
        let address = address.replace(['.', ':'], "_");
        match (self.port, &self.origin) {
            (Some(port), Origin::Global(_) | Origin::Node(_) | Origin::Reverse(_)) => {
                format!("{kind}_{address}_port_{port}")
            }
            _ => format!("{kind}_{address}"),
        }
    }
}

/// Why a session end exists.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Origin {
    /// The full mesh.
    Mesh,
    /// A peering of all nodes: its index in
    /// [`Inventory::peerings`](super::Inventory::peerings).
    Global(usize),
    /// A peering of this node or of nodes with its labels: its index.
    Node(usize),
    /// The other end of that peering, made without being told.
    Reverse(usize),
    /// A router's neighbour: its index in
    /// [`Router::neighbors`](super::inventory::Router::neighbors).
    Fabric(usize),
}
