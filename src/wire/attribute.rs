//! Path attributes: the values, and the table of how each is coded and graded.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use bitflags::bitflags;
use bytes::Bytes;

use crate::types::{AsPath, Asn, ClusterId, Community, NextHop, RouterId};

/// The type code of a path attribute.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AttributeCode(pub u8);

bitflags! {
    /// The flag octet of a path attribute (RFC 4271 §4.3).
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct AttributeFlags: u8 {
        /// Not every implementation knows it.
        const OPTIONAL = 0x80;
        /// Passed on by those who do not know it.
        const TRANSITIVE = 0x40;
        /// Somebody on the way did not know it.
        const PARTIAL = 0x20;
        /// Its length takes two octets.
        const EXTENDED_LENGTH = 0x10;
        /// The lower bits are kept as they came.
        const _ = !0;
    }
}

/// Everything a route says of itself but its prefix.
///
/// One value per distinct set is kept in a RIB, behind a shared handle. The
/// next hop is part of it, whether NEXT_HOP or MP_REACH_NLRI carried it.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct AttributeSet {
    /// ORIGIN (RFC 4271 §5.1.1).
    pub origin: Option<Origin>,
    /// AS_PATH, merged with AS4_PATH (RFC 4271 §5.1.2, RFC 6793 §4.2.3).
    pub as_path: Option<AsPath>,
    /// NEXT_HOP (RFC 4271 §5.1.3), or that of MP_REACH_NLRI once in a RIB.
    pub next_hop: Option<NextHop>,
    /// MULTI_EXIT_DISC: lower is better (RFC 4271 §5.1.4).
    pub med: Option<u32>,
    /// LOCAL_PREF: higher is better (RFC 4271 §5.1.5).
    pub local_pref: Option<u32>,
    /// ATOMIC_AGGREGATE (RFC 4271 §5.1.6).
    pub atomic_aggregate: bool,
    /// AGGREGATOR, merged with AS4_AGGREGATOR (RFC 4271 §5.1.7).
    pub aggregator: Option<Aggregator>,
    /// COMMUNITIES (RFC 1997), in the order of the wire.
    pub communities: Vec<Community>,
    /// ORIGINATOR_ID (RFC 4456 §8).
    pub originator_id: Option<RouterId>,
    /// CLUSTER_LIST, last reflector first (RFC 4456 §8).
    pub cluster_list: Vec<ClusterId>,
    /// Attributes without a field here, by ascending code, as they came.
    pub other: Vec<RawAttribute>,
}

/// ORIGIN: lower is better.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Origin {
    /// Interior to the originating AS.
    #[default]
    Igp,
    /// Learned by EGP (RFC 904).
    Egp,
    /// Learned by other means.
    Incomplete,
}

/// AGGREGATOR: who formed an aggregate (RFC 4271 §5.1.7).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Aggregator {
    /// Its AS.
    pub asn: Asn,
    /// Its BGP Identifier.
    pub router_id: Ipv4Addr,
}

/// A path attribute that the codec carries and does not read.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct RawAttribute {
    /// Its type code.
    pub code: AttributeCode,
    /// Its flags.
    pub flags: AttributeFlags,
    /// Its value.
    pub value: Bytes,
}
