use alloc::vec::Vec;
use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use bytes::Bytes;

use super::{TlvIter, TlvType, Tlvs, tlv::check};
use crate::{
    types::{Asn, Family, Prefix, RouteDistinguisher, RouterId, Safi},
    wire::EncodeError,
};

macro_rules! numbers {
    ($type:ident, $($code:ident = $number:literal, $name:literal, $source:literal;)*) => {
        impl $type {
            $(#[doc = concat!("`", $name, "` (", $source, ").")]
            pub const $code: Self = Self($number);)*

            /// Its name, or `None` for a number without one here.
            pub const fn name(self) -> Option<&'static str> {
                Some(match self {
                    $(Self::$code => $name,)*
                    _ => return None,
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "type {}", self.0),
                }
            }
        }
    };
}

/// What an NLRI describes (RFC 7752 §3.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct LinkStateNlriType(pub u16);

numbers! {
    LinkStateNlriType,
    NODE = 1, "node", "RFC 7752 §3.2";
    LINK = 2, "link", "RFC 7752 §3.2";
    IPV4_PREFIX = 3, "ipv4-prefix", "RFC 7752 §3.2";
    IPV6_PREFIX = 4, "ipv6-prefix", "RFC 7752 §3.2";
    SRV6_SID = 6, "srv6-sid", "RFC 9514 §6";
}

/// Where the information comes from (RFC 7752 §3.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct LinkStateProtocol(pub u8);

numbers! {
    LinkStateProtocol,
    ISIS_LEVEL_1 = 1, "isis-level-1", "RFC 7752 §3.2";
    ISIS_LEVEL_2 = 2, "isis-level-2", "RFC 7752 §3.2";
    OSPFV2 = 3, "ospfv2", "RFC 7752 §3.2";
    DIRECT = 4, "direct", "RFC 7752 §3.2";
    STATIC = 5, "static", "RFC 7752 §3.2";
    OSPFV3 = 6, "ospfv3", "RFC 7752 §3.2";
    BGP = 7, "bgp", "RFC 9086 §5";
}

/// One NLRI of AFI 16388 (RFC 7752 §3.2).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum LinkStateNlri {
    /// A node, link, prefix or SRv6 SID.
    Object(LinkStateObject),
    /// Of any other type, as it came.
    Unknown {
        /// Its type.
        kind: LinkStateNlriType,
        /// What follows the length, in a VPN with the distinguisher.
        value: Bytes,
    },
}

/// A node, link, prefix or SRv6 SID (RFC 7752 §3.2, RFC 9514 §6).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct LinkStateObject {
    /// Which VPN's; present exactly in SAFI 72.
    pub distinguisher: Option<RouteDistinguisher>,
    /// Which of them: a type with a name.
    pub kind: LinkStateNlriType,
    /// Where the information comes from.
    pub protocol: LinkStateProtocol,
    /// The routing universe.
    pub identifier: u64,
    /// The nodes' descriptors and those of the object itself.
    pub descriptors: Tlvs,
}

impl LinkStateNlri {
    /// The type field.
    pub const fn kind(&self) -> LinkStateNlriType {
        match self {
            Self::Object(object) => object.kind,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        let end = octets.len().saturating_sub(1);
        let ([k1, k2, l1, l2], rest) = octets.split_first_chunk().ok_or(end)?;
        let kind = LinkStateNlriType(u16::from_be_bytes([*k1, *k2]));
        let length = usize::from(u16::from_be_bytes([*l1, *l2]));
        let (value, rest) = rest.split_at_checked(length).ok_or(2_usize)?;
        if kind.name().is_none() {
            let value = Bytes::copy_from_slice(value);
            return Ok((Self::Unknown { kind, value }, rest));
        }
        let (distinguisher, body) = if family.safi == Safi::LINK_STATE_VPN {
            let (distinguisher, body) = value.split_first_chunk().ok_or(2_usize)?;
            let distinguisher = RouteDistinguisher::from_octets(*distinguisher);
            (Some(distinguisher), body)
        } else {
            (None, value)
        };
        let (protocol, body) = body.split_first().ok_or(2_usize)?;
        let (identifier, tlvs) = body.split_first_chunk().ok_or(2_usize)?;
        let before = value.len().saturating_sub(tlvs.len()).saturating_add(HEAD);
        check_descriptors(tlvs).map_err(|at| before.saturating_add(at))?;
        let object = LinkStateObject {
            distinguisher,
            kind,
            protocol: LinkStateProtocol(*protocol),
            identifier: u64::from_be_bytes(*identifier),
            descriptors: Tlvs::decode(tlvs).map_err(|at| before.saturating_add(at))?,
        };
        Ok((Self::Object(object), rest))
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let at = out.len();
        out.extend_from_slice(&self.kind().0.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        match self {
            Self::Object(object) => object.write(out)?,
            Self::Unknown { kind, value } => {
                if kind.name().is_some() {
                    return Err(EncodeError::Field { field: "kind" });
                }
                out.extend_from_slice(value);
            }
        }
        let written = out.len().saturating_sub(at).saturating_sub(HEAD);
        let length = u16::try_from(written).map_err(|_| EncodeError::Field { field: "length" })?;
        if let Some([_, _, field @ ..]) = out.get_mut(at..at.saturating_add(HEAD)) {
            field.copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    /// Whether a family of AFI 16388 can carry it.
    pub(in crate::wire) fn fits(&self, family: Family) -> bool {
        match self {
            Self::Object(object) => {
                object.distinguisher.is_some() == (family.safi == Safi::LINK_STATE_VPN)
            }
            Self::Unknown { .. } => true,
        }
    }
}

impl LinkStateObject {
    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.kind.name().is_none() {
            return Err(EncodeError::Field { field: "kind" });
        }
        let tlvs = self.descriptors.octets();
        check_descriptors(tlvs).map_err(|_| EncodeError::Field {
            field: "descriptors",
        })?;
        if let Some(distinguisher) = self.distinguisher {
            out.extend_from_slice(&distinguisher.to_octets());
        }
        out.push(self.protocol.0);
        out.extend_from_slice(&self.identifier.to_be_bytes());
        out.extend_from_slice(tlvs);
        Ok(())
    }

    fn fixed<const N: usize>(&self, kind: TlvType) -> Option<[u8; N]> {
        self.descriptors.get(kind)?.fixed()
    }

    fn node(&self, kind: TlvType) -> Option<NodeDescriptor<'_>> {
        let octets = self.descriptors.get(kind)?.value;
        Some(NodeDescriptor { octets })
    }

    /// The node itself, or the one that a link begins at or that announces a
    /// prefix or SID (RFC 7752 §3.2.1.2).
    pub fn local_node(&self) -> Option<NodeDescriptor<'_>> {
        self.node(TlvType::LOCAL_NODE)
    }

    /// The node that a link ends at (RFC 7752 §3.2.1.3).
    pub fn remote_node(&self) -> Option<NodeDescriptor<'_>> {
        self.node(TlvType::REMOTE_NODE)
    }

    /// A link's local and remote identifier (RFC 7752 §3.2.2).
    pub fn link_identifiers(&self) -> Option<(u32, u32)> {
        let [a, b, c, d, remote @ ..] = self.fixed::<8>(TlvType::LINK_IDENTIFIERS)?;
        Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes(remote)))
    }

    /// The local end's IPv4 address (RFC 7752 §3.2.2).
    pub fn ipv4_interface(&self) -> Option<Ipv4Addr> {
        self.fixed::<4>(TlvType::IPV4_INTERFACE).map(Ipv4Addr::from)
    }

    /// The remote end's IPv4 address (RFC 7752 §3.2.2).
    pub fn ipv4_neighbor(&self) -> Option<Ipv4Addr> {
        self.fixed::<4>(TlvType::IPV4_NEIGHBOR).map(Ipv4Addr::from)
    }

    /// The local end's IPv6 address (RFC 7752 §3.2.2).
    pub fn ipv6_interface(&self) -> Option<Ipv6Addr> {
        self.fixed::<16>(TlvType::IPV6_INTERFACE)
            .map(Ipv6Addr::from)
    }

    /// The remote end's IPv6 address (RFC 7752 §3.2.2).
    pub fn ipv6_neighbor(&self) -> Option<Ipv6Addr> {
        self.fixed::<16>(TlvType::IPV6_NEIGHBOR).map(Ipv6Addr::from)
    }

    /// The topology of a link or prefix, of 12 bits (RFC 7752 §3.2.1.5).
    pub fn multi_topology(&self) -> Option<u16> {
        let id = self.fixed(TlvType::MULTI_TOPOLOGY);
        id.map(|id| u16::from_be_bytes(id) & 0x0fff)
    }

    /// How OSPF came to a prefix, 1 to 6 (RFC 7752 §3.2.3.1).
    pub fn ospf_route_type(&self) -> Option<u8> {
        self.fixed(TlvType::OSPF_ROUTE_TYPE).map(|[kind]| kind)
    }

    /// The prefix of a prefix NLRI (RFC 7752 §3.2.3.2).
    pub fn prefix(&self) -> Option<Prefix> {
        let value = self.descriptors.get(TlvType::IP_REACHABILITY)?.value;
        let (bits, octets) = value.split_first()?;
        let significant = octets.get(..usize::from(bits.div_ceil(8)))?;
        let addr = match self.kind {
            LinkStateNlriType::IPV4_PREFIX => IpAddr::from(padded::<4>(significant)?),
            LinkStateNlriType::IPV6_PREFIX => IpAddr::from(padded::<16>(significant)?),
            _ => return None,
        };
        Prefix::new(addr, *bits).ok()
    }

    /// The SID of an SRv6 SID NLRI (RFC 9514 §6.1).
    pub fn srv6_sid(&self) -> Option<Ipv6Addr> {
        self.fixed::<16>(TlvType::SRV6_SID).map(Ipv6Addr::from)
    }
}

/// `octets` at the front of `N`, zeros behind.
fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    out.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(out)
}

/// What a node is known by (RFC 7752 §3.2.1.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NodeDescriptor<'a> {
    octets: &'a [u8],
}

impl<'a> NodeDescriptor<'a> {
    /// Its TLVs.
    pub fn iter(self) -> TlvIter<'a> {
        TlvIter {
            octets: self.octets,
        }
    }

    fn number(self, kind: TlvType) -> Option<u32> {
        let tlv = self.iter().find(|tlv| tlv.kind == kind)?;
        tlv.fixed().map(u32::from_be_bytes)
    }

    /// The AS.
    pub fn asn(self) -> Option<Asn> {
        self.number(TlvType::AUTONOMOUS_SYSTEM).map(Asn)
    }

    /// The BGP-LS identifier, which with the AS names the domain.
    pub fn bgp_ls_identifier(self) -> Option<u32> {
        self.number(TlvType::BGP_LS_IDENTIFIER)
    }

    /// The OSPF area.
    pub fn ospf_area(self) -> Option<u32> {
        self.number(TlvType::OSPF_AREA)
    }

    /// The BGP Identifier of a router that is in the topology for its BGP
    /// sessions (RFC 9086 §4.1).
    pub fn bgp_router_id(self) -> Option<RouterId> {
        self.number(TlvType::BGP_ROUTER_ID).map(RouterId)
    }

    /// Its AS inside a confederation (RFC 9086 §4.1).
    pub fn confederation_member(self) -> Option<Asn> {
        self.number(TlvType::CONFEDERATION_MEMBER).map(Asn)
    }

    /// The router id of the IGP: 6 or 7 octets for IS-IS, 4 or 8 for OSPF.
    pub fn igp_router_id(self) -> Option<&'a [u8]> {
        let mut all = self.iter();
        let tlv = all.find(|tlv| tlv.kind == TlvType::IGP_ROUTER_ID)?;
        Some(tlv.value)
    }
}

impl fmt::Display for NodeDescriptor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.iter(), f)
    }
}

impl fmt::Display for LinkStateNlri {
    /// The type, protocol and universe, and the descriptors in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => fmt::Display::fmt(object, f),
            Self::Unknown { kind, value } => write!(f, "{kind} [{} octets]", value.len()),
        }
    }
}

impl fmt::Display for LinkStateObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(distinguisher) = self.distinguisher {
            write!(f, "{distinguisher} ")?;
        }
        write!(f, "{} {} {} [", self.kind, self.protocol, self.identifier)?;
        for (i, tlv) in self.descriptors.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            match self.prefix() {
                Some(prefix) if tlv.kind == TlvType::IP_REACHABILITY => write!(f, "{prefix}")?,
                _ => fmt::Display::fmt(&tlv, f)?,
            }
        }
        f.write_str("]")
    }
}

/// Where TLVs, or those inside a node's descriptor, do not fit.
fn check_descriptors(octets: &[u8]) -> Result<(), usize> {
    check(octets)?;
    let mut iter = TlvIter { octets };
    while let Some(tlv) = iter.next() {
        if let TlvType::LOCAL_NODE | TlvType::REMOTE_NODE = tlv.kind {
            let after = iter.octets.len().saturating_add(tlv.value.len());
            let before = octets.len().saturating_sub(after);
            check(tlv.value).map_err(|at| before.saturating_add(at))?;
        }
    }
    Ok(())
}

/// Octets of type and length.
const HEAD: usize = 4;

#[cfg(test)]
mod tests;
