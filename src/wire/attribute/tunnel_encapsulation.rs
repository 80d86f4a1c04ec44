use core::{
    fmt, iter,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::tlv::{check_all, checked_octets, word_type};

checked_octets! {
    /// Tunnel Encapsulation: the tunnels that lead to the route's egress
    /// (RFC 9012 §2).
    ///
    /// A sub-TLV is not held to the rules of its type: one that breaks them is
    /// [`TunnelSubTlv::Other`], as RFC 9012 §13 has it.
    TunnelEncapsulation, TUNNEL_ENCAPSULATION
}

/// The type of a tunnel (RFC 9012 §2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TunnelType(pub u16);

impl TunnelType {
    /// L2TPv3 over IP (RFC 9012 §3.2.3).
    pub const L2TPV3: Self = Self(1);
    /// GRE (RFC 9012 §3.2.4).
    pub const GRE: Self = Self(2);
    /// IP in IP.
    pub const IP_IN_IP: Self = Self(7);
    /// VXLAN (RFC 9012 §3.2.1).
    pub const VXLAN: Self = Self(8);
    /// NVGRE (RFC 9012 §3.2.2).
    pub const NVGRE: Self = Self(9);
    /// MPLS.
    pub const MPLS: Self = Self(10);
    /// MPLS in GRE (RFC 9012 §3.2.5).
    pub const MPLS_IN_GRE: Self = Self(11);
    /// VXLAN with other protocols than Ethernet inside.
    pub const VXLAN_GPE: Self = Self(12);
    /// MPLS in UDP (RFC 7510).
    pub const MPLS_IN_UDP: Self = Self(13);
    /// SR policy (RFC 9830).
    pub const SR_POLICY: Self = Self(15);
    /// Geneve (RFC 8926).
    pub const GENEVE: Self = Self(19);

    /// The name, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::L2TPV3 => "l2tpv3",
            Self::GRE => "gre",
            Self::IP_IN_IP => "ip-in-ip",
            Self::VXLAN => "vxlan",
            Self::NVGRE => "nvgre",
            Self::MPLS => "mpls",
            Self::MPLS_IN_GRE => "mpls-in-gre",
            Self::VXLAN_GPE => "vxlan-gpe",
            Self::MPLS_IN_UDP => "mpls-in-udp",
            Self::SR_POLICY => "sr-policy",
            Self::GENEVE => "geneve",
            _ => return None,
        })
    }
}

impl fmt::Display for TunnelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "tunnel type {}", self.0),
        }
    }
}

/// The type of a sub-TLV of a tunnel (RFC 9012 §3); those of SR policies are
/// of RFC 9830.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TunnelSubTlvType(pub u8);

macro_rules! sub_tlv_types {
    ($($code:ident = $number:literal, $name:literal, $source:literal;)*) => {
        impl TunnelSubTlvType {
            $(#[doc = concat!("`", $name, "` (", $source, ").")]
            pub const $code: Self = Self($number);)*

            /// The name, or `None` for a type without one here.
            pub const fn name(self) -> Option<&'static str> {
                Some(match self {
                    $(Self::$code => $name,)*
                    _ => return None,
                })
            }
        }
    };
}

sub_tlv_types! {
    ENCAPSULATION = 1, "encapsulation", "RFC 9012 §3.2";
    PROTOCOL_TYPE = 2, "protocol", "RFC 9012 §3.4.1";
    COLOR = 4, "color", "RFC 9012 §3.4.2";
    LOAD_BALANCING_BLOCK = 5, "load-balancing-block", "RFC 5640";
    EGRESS_ENDPOINT = 6, "endpoint", "RFC 9012 §3.1";
    DS = 7, "ds", "RFC 9012 §3.3.1";
    UDP_PORT = 8, "port", "RFC 9012 §3.3.2";
    EMBEDDED_LABEL_HANDLING = 9, "embedded-label-handling", "RFC 9012 §3.5";
    LABEL_STACK = 10, "label-stack", "RFC 9012 §3.6";
    PREFIX_SID = 11, "prefix-sid", "RFC 9012 §3.7";
    PREFERENCE = 12, "preference", "RFC 9830";
    BINDING_SID = 13, "binding-sid", "RFC 9830";
    EXPLICIT_NULL_POLICY = 14, "explicit-null-policy", "RFC 9830";
    PRIORITY = 15, "priority", "RFC 9830";
    SRV6_BINDING_SID = 20, "srv6-binding-sid", "RFC 9830";
    SEGMENT_LIST = 128, "segment-list", "RFC 9830";
    CANDIDATE_PATH_NAME = 129, "candidate-path-name", "RFC 9830";
    POLICY_NAME = 130, "policy-name", "RFC 9830";
}

impl fmt::Display for TunnelSubTlvType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "sub-tlv {}", self.0),
        }
    }
}

/// One tunnel: its type, and sub-TLVs that say the rest.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tunnel<'a> {
    kind: TunnelType,
    octets: &'a [u8],
}

/// One sub-TLV of a tunnel (RFC 9012 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum TunnelSubTlv<'a> {
    /// The header of the tunnel, as its type has it (RFC 9012 §3.2).
    Encapsulation(&'a [u8]),
    /// What the tunnel carries, an Ethernet type (RFC 9012 §3.4.1).
    ProtocolType(u16),
    /// A colour of traffic for the tunnel (RFC 9012 §3.4.2).
    Color(u32),
    /// Where the tunnel ends; `None` is the next hop (RFC 9012 §3.1).
    EgressEndpoint(Option<IpAddr>),
    /// The DS octet of the outer header (RFC 9012 §3.3.1).
    Ds(u8),
    /// The port of the outer header (RFC 9012 §3.3.2).
    UdpPort(u16),
    /// Any other, or one that is not as its type wants it.
    Other {
        /// The type.
        kind: TunnelSubTlvType,
        /// The value.
        value: &'a [u8],
    },
}

impl TunnelEncapsulation {
    /// Its tunnels.
    pub fn tunnels(&self) -> impl Iterator<Item = Tunnel<'_>> {
        let mut left = self.octets();
        iter::from_fn(move || {
            let (kind, octets, rest) = word_type(left)?;
            left = rest;
            let kind = TunnelType(kind);
            Some(Tunnel { kind, octets })
        })
    }
}

impl<'a> Tunnel<'a> {
    /// The type.
    pub const fn kind(&self) -> TunnelType {
        self.kind
    }

    /// What is said of it.
    pub fn sub_tlvs(&self) -> impl Iterator<Item = TunnelSubTlv<'a>> + use<'a> {
        let mut octets = self.octets;
        iter::from_fn(move || {
            let (kind, value, rest) = front(octets)?;
            octets = rest;
            Some(sub_tlv(TunnelSubTlvType(kind), value))
        })
    }
}

/// The length takes two octets from type 128 on (RFC 9012 §2).
fn front(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = octets.split_first()?;
    let (length, rest) = if *kind < 128 {
        let (length, rest) = rest.split_first()?;
        (u16::from(*length), rest)
    } else {
        let (length, rest) = rest.split_first_chunk()?;
        (u16::from_be_bytes(*length), rest)
    };
    let (value, rest) = rest.split_at_checked(usize::from(length))?;
    Some((*kind, value, rest))
}

fn sub_tlv(kind: TunnelSubTlvType, value: &[u8]) -> TunnelSubTlv<'_> {
    use TunnelSubTlvType as Type;

    match (kind, value) {
        (Type::ENCAPSULATION, _) => TunnelSubTlv::Encapsulation(value),
        (Type::PROTOCOL_TYPE, &[high, low]) => {
            TunnelSubTlv::ProtocolType(u16::from_be_bytes([high, low]))
        }
        // An extended community (RFC 9012 §3.4.2).
        (Type::COLOR, &[3, 0x0b, _, _, a, b, c, d]) => {
            TunnelSubTlv::Color(u32::from_be_bytes([a, b, c, d]))
        }
        (Type::EGRESS_ENDPOINT, [_, _, _, _, high, low, addr @ ..]) => {
            match (u16::from_be_bytes([*high, *low]), addr.len()) {
                (0, 0) => TunnelSubTlv::EgressEndpoint(None),
                (1, 4) | (2, 16) => TunnelSubTlv::EgressEndpoint(address(addr)),
                _ => TunnelSubTlv::Other { kind, value },
            }
        }
        (Type::DS, &[ds]) => TunnelSubTlv::Ds(ds),
        (Type::UDP_PORT, &[high, low]) => TunnelSubTlv::UdpPort(u16::from_be_bytes([high, low])),
        _ => TunnelSubTlv::Other { kind, value },
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(octets).ok()?;
    Some(Ipv6Addr::from(octets).into())
}

/// RFC 9012 §13.
pub(super) fn check(value: &[u8]) -> Result<(), usize> {
    if value.is_empty() {
        return Err(0);
    }
    check_all(value, 0, word_type, |_, tunnel, at| {
        check_all(tunnel, at, front, |_, _, _| Ok(()))
    })
}

impl fmt::Display for TunnelEncapsulation {
    /// As `vxlan endpoint 192.0.2.1 color 100, gre`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        self.tunnels().try_for_each(|tunnel| {
            write!(f, "{between}{tunnel}")?;
            between = ", ";
            Ok(())
        })
    }
}

impl fmt::Display for Tunnel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)?;
        self.sub_tlvs().try_for_each(|tlv| write!(f, " {tlv}"))
    }
}

impl fmt::Display for TunnelSubTlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encapsulation(value) => write!(f, "encapsulation ({} octets)", value.len()),
            Self::ProtocolType(kind) => write!(f, "protocol {kind:#06x}"),
            Self::Color(color) => write!(f, "color {color}"),
            Self::EgressEndpoint(Some(addr)) => write!(f, "endpoint {addr}"),
            Self::EgressEndpoint(None) => f.write_str("endpoint next-hop"),
            Self::Ds(ds) => write!(f, "ds {ds}"),
            Self::UdpPort(port) => write!(f, "port {port}"),
            Self::Other { kind, value } => write!(f, "{kind} ({} octets)", value.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use super::*;

    const VXLAN: [u8; 35] = [
        0, 8, 0, 31, 6, 10, 0, 0, 0, 0, 0, 1, 192, 0, 2, 1, 4, 8, 3, 0x0b, 0, 0, 0, 0, 0, 100, 8,
        2, 0x12, 0xb5, 200, 0, 2, 1, 2,
    ];

    #[test]
    fn tunnels_are_read_and_kept() {
        let mut value = VXLAN.to_vec();
        value.extend([0, 2, 0, 0]);
        let attribute = TunnelEncapsulation::decode(&value).unwrap();
        assert_eq!(
            attribute.to_string(),
            "vxlan endpoint 192.0.2.1 color 100 port 4789 sub-tlv 200 (2 octets), gre"
        );
        let mut out = Vec::new();
        attribute.encode(&mut out).unwrap();
        assert_eq!(out, value);
        for end in 0..value.len() {
            assert_eq!(
                TunnelEncapsulation::decode(&value[..end]).is_ok(),
                end == 35
            );
        }
    }

    #[test]
    fn an_sr_policy_names_its_parts() {
        let value = [
            0, 15, 0, 17, 12, 6, 0, 0, 0, 0, 0, 100, 128, 0, 1, 0, 8, 0, 77, 1, 0,
        ];
        let attribute = TunnelEncapsulation::decode(&value).unwrap();
        assert_eq!(
            attribute.to_string(),
            "sr-policy preference (6 octets) segment-list (1 octets) port (0 octets) \
             sub-tlv 77 (1 octets)"
        );
        let tunnel = attribute.tunnels().next().unwrap();
        let kind = TunnelSubTlvType::UDP_PORT;
        let wrong = TunnelSubTlv::Other { kind, value: &[] };
        assert!(tunnel.sub_tlvs().any(|tlv| tlv == wrong));
    }

    #[test]
    fn a_sub_tlv_past_the_end_of_its_tunnel_is_wrong() {
        assert_eq!(
            TunnelEncapsulation::decode(&[0, 8, 0, 4, 1, 255, 0, 0]),
            Err(4)
        );
        assert_eq!(TunnelEncapsulation::decode(&[0, 8, 0, 2, 7, 0, 1]), Err(6));
        assert_eq!(TunnelEncapsulation::decode(&[0, 8, 0, 2, 200, 0]), Err(4));
    }
}
