//! Path attributes: the values, and the table of how each is coded and graded.
//!
//! An unknown optional attribute is kept with its flags as it came. Setting the
//! Partial flag on an unknown transitive one, and dropping an unknown
//! non-transitive one, before it is passed on is the speaker's affair
//! (RFC 4271 §5).

use alloc::vec::Vec;
use core::{fmt, net::Ipv4Addr, str::FromStr};

use bitflags::bitflags;
use thiserror::Error;

use crate::types::{
    AsPath, Asn, ClusterId, Community, ExtendedCommunity, LargeCommunity, NextHop, RouterId,
};

mod aigp;
mod attr_set;
pub(super) mod encode;
pub(super) mod path;
mod pmsi_tunnel;
mod prefix_sid;
mod raw;
pub(super) mod spec;
mod tlv;
mod tunnel_encapsulation;
mod typed;
pub(super) mod value;

pub use aigp::Aigp;
pub use attr_set::AttrSet;
pub use path::{AsnView, PathView, SegmentView};
pub use pmsi_tunnel::{PmsiTunnel, PmsiTunnelType};
pub use prefix_sid::{PrefixSid, PrefixSidTlv, SidStructure, SrgbRanges, Srv6SubTlv, Srv6SubTlvs};
pub use raw::{RawAttribute, RawAttributes, RawIter};
pub use tunnel_encapsulation::{
    Tunnel, TunnelEncapsulation, TunnelSubTlv, TunnelSubTlvType, TunnelType,
};
pub use typed::TypedAttribute;
pub use value::{Attribute, Element, Elements};

/// The type code of a path attribute.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AttributeCode(pub u8);

impl AttributeCode {
    /// ORIGIN (RFC 4271 §5.1.1).
    pub const ORIGIN: Self = Self(1);
    /// AS_PATH (RFC 4271 §5.1.2).
    pub const AS_PATH: Self = Self(2);
    /// NEXT_HOP (RFC 4271 §5.1.3).
    pub const NEXT_HOP: Self = Self(3);
    /// MULTI_EXIT_DISC (RFC 4271 §5.1.4).
    pub const MULTI_EXIT_DISC: Self = Self(4);
    /// LOCAL_PREF (RFC 4271 §5.1.5).
    pub const LOCAL_PREF: Self = Self(5);
    /// ATOMIC_AGGREGATE (RFC 4271 §5.1.6).
    pub const ATOMIC_AGGREGATE: Self = Self(6);
    /// AGGREGATOR (RFC 4271 §5.1.7).
    pub const AGGREGATOR: Self = Self(7);
    /// COMMUNITIES (RFC 1997).
    pub const COMMUNITIES: Self = Self(8);
    /// ORIGINATOR_ID (RFC 4456 §8).
    pub const ORIGINATOR_ID: Self = Self(9);
    /// CLUSTER_LIST (RFC 4456 §8).
    pub const CLUSTER_LIST: Self = Self(10);
    /// MP_REACH_NLRI (RFC 4760 §3).
    pub const MP_REACH_NLRI: Self = Self(14);
    /// MP_UNREACH_NLRI (RFC 4760 §4).
    pub const MP_UNREACH_NLRI: Self = Self(15);
    /// EXTENDED_COMMUNITIES (RFC 4360).
    pub const EXTENDED_COMMUNITIES: Self = Self(16);
    /// AS4_PATH (RFC 6793 §3).
    pub const AS4_PATH: Self = Self(17);
    /// AS4_AGGREGATOR (RFC 6793 §3).
    pub const AS4_AGGREGATOR: Self = Self(18);
    /// PMSI Tunnel (RFC 6514 §5).
    pub const PMSI_TUNNEL: Self = Self(22);
    /// Tunnel Encapsulation (RFC 9012 §2).
    pub const TUNNEL_ENCAPSULATION: Self = Self(23);
    /// Traffic Engineering (RFC 5543).
    pub const TRAFFIC_ENGINEERING: Self = Self(24);
    /// IPV6_EXTENDED_COMMUNITIES (RFC 5701).
    pub const IPV6_EXTENDED_COMMUNITIES: Self = Self(25);
    /// AIGP (RFC 7311 §3).
    pub const AIGP: Self = Self(26);
    /// PE Distinguisher Labels (RFC 6514 §8).
    pub const PE_DISTINGUISHER_LABELS: Self = Self(27);
    /// BGP-LS (RFC 7752 §3.3).
    pub const BGP_LS: Self = Self(29);
    /// LARGE_COMMUNITIES (RFC 8092).
    pub const LARGE_COMMUNITIES: Self = Self(32);
    /// BGPsec_Path (RFC 8205 §3).
    pub const BGPSEC_PATH: Self = Self(33);
    /// ONLY_TO_CUSTOMER (RFC 9234 §5).
    pub const ONLY_TO_CUSTOMER: Self = Self(35);
    /// SFP: a service function path (RFC 9015 §3.2.1).
    pub const SFP: Self = Self(37);
    /// BFD Discriminator (RFC 9026 §3.1.6).
    pub const BFD_DISCRIMINATOR: Self = Self(38);
    /// BGP Prefix-SID (RFC 8669 §3).
    pub const PREFIX_SID: Self = Self(40);
    /// ATTR_SET (RFC 6368 §5).
    pub const ATTR_SET: Self = Self(128);

    /// The name that its RFC uses, or `None` for a code without one here.
    pub fn name(self) -> Option<&'static str> {
        spec::of(self).map(|spec| spec.name)
    }
}

impl fmt::Display for AttributeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "attribute {}", self.0),
        }
    }
}

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

bitflags! {
    /// The optional transitive attributes with a field of [`AttributeSet`] that
    /// came with the Partial flag, which they keep (RFC 4271 §5).
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct PartialAttributes: u8 {
        /// AGGREGATOR.
        const AGGREGATOR = 1;
        /// COMMUNITIES.
        const COMMUNITIES = 1 << 1;
        /// EXTENDED_COMMUNITIES.
        const EXTENDED_COMMUNITIES = 1 << 2;
        /// LARGE_COMMUNITIES.
        const LARGE_COMMUNITIES = 1 << 3;
        /// ONLY_TO_CUSTOMER.
        const ONLY_TO_CUSTOMER = 1 << 4;
    }
}

impl PartialAttributes {
    /// The flag of this attribute; none if it is not one of these.
    pub const fn of(code: AttributeCode) -> Self {
        match code {
            AttributeCode::AGGREGATOR => Self::AGGREGATOR,
            AttributeCode::COMMUNITIES => Self::COMMUNITIES,
            AttributeCode::EXTENDED_COMMUNITIES => Self::EXTENDED_COMMUNITIES,
            AttributeCode::LARGE_COMMUNITIES => Self::LARGE_COMMUNITIES,
            AttributeCode::ONLY_TO_CUSTOMER => Self::ONLY_TO_CUSTOMER,
            _ => Self::empty(),
        }
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
    /// EXTENDED_COMMUNITIES (RFC 4360), in the order of the wire.
    pub extended_communities: Vec<ExtendedCommunity>,
    /// LARGE_COMMUNITIES (RFC 8092), in the order of the wire.
    pub large_communities: Vec<LargeCommunity>,
    /// ONLY_TO_CUSTOMER (RFC 9234 §5).
    pub only_to_customer: Option<Asn>,
    /// Which of the attributes above somebody on the way did not know
    /// (RFC 4271 §5).
    pub partial: PartialAttributes,
    /// Attributes without a field here, as they came;
    /// [`typed`](RawAttributes::typed) reads those that the codec knows.
    pub other: RawAttributes,
}

impl AttributeSet {
    /// What LOCAL_PREF counts as where there is none: what most routers take.
    pub const DEFAULT_LOCAL_PREF: u32 = 100;
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

impl FromStr for Origin {
    type Err = ParseOriginError;

    /// In upper or lower case.
    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        [Self::Igp, Self::Egp, Self::Incomplete]
            .into_iter()
            .zip(["igp", "egp", "incomplete"])
            .find(|(_, name)| text.eq_ignore_ascii_case(name))
            .map(|(origin, _)| origin)
            .ok_or(ParseOriginError)
    }
}

/// The text names no origin.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an origin is igp, egp or incomplete")]
pub struct ParseOriginError;

/// AGGREGATOR: who formed an aggregate (RFC 4271 §5.1.7).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Aggregator {
    /// Its AS.
    pub asn: Asn,
    /// Its BGP Identifier.
    pub router_id: Ipv4Addr,
}

impl fmt::Display for Origin {
    /// `IGP`, `EGP` or `incomplete`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Igp => "IGP",
            Self::Egp => "EGP",
            Self::Incomplete => "incomplete",
        })
    }
}

impl fmt::Display for Aggregator {
    /// As `64512 192.0.2.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.asn, self.router_id)
    }
}

impl fmt::Display for AttributeSet {
    /// What is there, by ascending code, with commas between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line { f, between: "" };
        line.field("origin", self.origin.as_ref())?;
        match &self.as_path {
            Some(path) if path.is_empty() => line.field("path", Some(&"empty"))?,
            path => line.field("path", path.as_ref())?,
        }
        line.field("next hop", self.next_hop.as_ref())?;
        line.field("med", self.med.as_ref())?;
        line.field("local pref", self.local_pref.as_ref())?;
        line.field("atomic", self.atomic_aggregate.then_some(&"aggregate"))?;
        line.field("aggregator", self.aggregator.as_ref())?;
        line.list("communities", &self.communities)?;
        line.field("originator", self.originator_id.as_ref())?;
        line.list("clusters", &self.cluster_list)?;
        line.list("extended communities", &self.extended_communities)?;
        line.list("large communities", &self.large_communities)?;
        line.field("only to customer", self.only_to_customer.as_ref())?;
        self.other
            .iter()
            .try_for_each(|raw| line.field("other", Some(&raw)))
    }
}

struct Line<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    between: &'static str,
}

impl Line<'_, '_> {
    fn field(&mut self, name: &str, value: Option<&impl fmt::Display>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        write!(self.f, "{}{name} {value}", self.between)?;
        self.between = ", ";
        Ok(())
    }

    fn list(&mut self, name: &str, values: &[impl fmt::Display]) -> fmt::Result {
        if values.is_empty() {
            return Ok(());
        }
        write!(self.f, "{}{name}", self.between)?;
        self.between = ", ";
        values
            .iter()
            .try_for_each(|value| write!(self.f, " {value}"))
    }
}
