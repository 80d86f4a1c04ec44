use alloc::vec::Vec;
use core::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::wire::EncodeError;

/// The type of a TLV (RFC 7752 §3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TlvType(pub u16);

macro_rules! types {
    ($($code:ident = $number:literal, $name:literal, $source:literal;)*) => {
        impl TlvType {
            $(#[doc = concat!("`", $name, "` (", $source, ").")]
            pub const $code: Self = Self($number);)*

            /// Its name, or `None` for a type without one here.
            pub const fn name(self) -> Option<&'static str> {
                Some(match self {
                    $(Self::$code => $name,)*
                    _ => return None,
                })
            }
        }
    };
}

types! {
    LOCAL_NODE = 256, "local-node", "RFC 7752 §3.2.1.2";
    REMOTE_NODE = 257, "remote-node", "RFC 7752 §3.2.1.3";
    LINK_IDENTIFIERS = 258, "link-identifiers", "RFC 7752 §3.2.2";
    IPV4_INTERFACE = 259, "ipv4-interface", "RFC 7752 §3.2.2";
    IPV4_NEIGHBOR = 260, "ipv4-neighbor", "RFC 7752 §3.2.2";
    IPV6_INTERFACE = 261, "ipv6-interface", "RFC 7752 §3.2.2";
    IPV6_NEIGHBOR = 262, "ipv6-neighbor", "RFC 7752 §3.2.2";
    MULTI_TOPOLOGY = 263, "multi-topology", "RFC 7752 §3.2.1.5";
    OSPF_ROUTE_TYPE = 264, "ospf-route-type", "RFC 7752 §3.2.3.1";
    IP_REACHABILITY = 265, "ip-reachability", "RFC 7752 §3.2.3.2";
    AUTONOMOUS_SYSTEM = 512, "as", "RFC 7752 §3.2.1.4";
    BGP_LS_IDENTIFIER = 513, "bgp-ls-id", "RFC 7752 §3.2.1.4";
    OSPF_AREA = 514, "area", "RFC 7752 §3.2.1.4";
    IGP_ROUTER_ID = 515, "router-id", "RFC 7752 §3.2.1.4";
    BGP_ROUTER_ID = 516, "bgp-router-id", "RFC 9086 §4.1";
    CONFEDERATION_MEMBER = 517, "confederation-member", "RFC 9086 §4.1";
    SRV6_SID = 518, "srv6-sid", "RFC 9514 §6.1";
    NODE_FLAGS = 1024, "node-flags", "RFC 7752 §3.3.1.1";
    OPAQUE_NODE = 1025, "opaque-node", "RFC 7752 §3.3.1.5";
    NODE_NAME = 1026, "node-name", "RFC 7752 §3.3.1.3";
    ISIS_AREA = 1027, "isis-area", "RFC 7752 §3.3.1.2";
    LOCAL_IPV4_ROUTER_ID = 1028, "local-ipv4-router-id", "RFC 7752 §3.3.1.4";
    LOCAL_IPV6_ROUTER_ID = 1029, "local-ipv6-router-id", "RFC 7752 §3.3.1.4";
    REMOTE_IPV4_ROUTER_ID = 1030, "remote-ipv4-router-id", "RFC 7752 §3.3.2.1";
    REMOTE_IPV6_ROUTER_ID = 1031, "remote-ipv6-router-id", "RFC 7752 §3.3.2.1";
    SR_CAPABILITIES = 1034, "sr-capabilities", "RFC 9085 §2.1.2";
    SR_ALGORITHM = 1035, "sr-algorithm", "RFC 9085 §2.1.3";
    SR_LOCAL_BLOCK = 1036, "sr-local-block", "RFC 9085 §2.1.4";
    SRMS_PREFERENCE = 1037, "srms-preference", "RFC 9085 §2.1.5";
    SRV6_CAPABILITIES = 1038, "srv6-capabilities", "RFC 9514 §3.1";
    ADMIN_GROUP = 1088, "admin-group", "RFC 7752 §3.3.2";
    MAX_BANDWIDTH = 1089, "max-bandwidth", "RFC 7752 §3.3.2";
    MAX_RESERVABLE_BANDWIDTH = 1090, "max-reservable-bandwidth", "RFC 7752 §3.3.2";
    UNRESERVED_BANDWIDTH = 1091, "unreserved-bandwidth", "RFC 7752 §3.3.2";
    TE_METRIC = 1092, "te-metric", "RFC 7752 §3.3.2.3";
    LINK_PROTECTION = 1093, "link-protection", "RFC 7752 §3.3.2";
    MPLS_PROTOCOLS = 1094, "mpls-protocols", "RFC 7752 §3.3.2.2";
    IGP_METRIC = 1095, "igp-metric", "RFC 7752 §3.3.2.4";
    SRLG = 1096, "srlg", "RFC 7752 §3.3.2.5";
    OPAQUE_LINK = 1097, "opaque-link", "RFC 7752 §3.3.2.6";
    LINK_NAME = 1098, "link-name", "RFC 7752 §3.3.2.7";
    ADJACENCY_SID = 1099, "adjacency-sid", "RFC 9085 §2.2.1";
    LAN_ADJACENCY_SID = 1100, "lan-adjacency-sid", "RFC 9085 §2.2.2";
    PEER_NODE_SID = 1101, "peer-node-sid", "RFC 9086 §5.1";
    PEER_ADJACENCY_SID = 1102, "peer-adjacency-sid", "RFC 9086 §5.2";
    PEER_SET_SID = 1103, "peer-set-sid", "RFC 9086 §5.3";
    SRV6_END_X_SID = 1106, "srv6-end-x-sid", "RFC 9514 §4.1";
    ISIS_SRV6_LAN_END_X_SID = 1107, "isis-srv6-lan-end-x-sid", "RFC 9514 §4.2";
    OSPFV3_SRV6_LAN_END_X_SID = 1108, "ospfv3-srv6-lan-end-x-sid", "RFC 9514 §4.2";
    LINK_DELAY = 1114, "link-delay", "RFC 8571 §2.1";
    MIN_MAX_LINK_DELAY = 1115, "min-max-link-delay", "RFC 8571 §2.2";
    DELAY_VARIATION = 1116, "delay-variation", "RFC 8571 §2.3";
    LINK_LOSS = 1117, "link-loss", "RFC 8571 §2.4";
    RESIDUAL_BANDWIDTH = 1118, "residual-bandwidth", "RFC 8571 §2.5";
    AVAILABLE_BANDWIDTH = 1119, "available-bandwidth", "RFC 8571 §2.6";
    UTILIZED_BANDWIDTH = 1120, "utilized-bandwidth", "RFC 8571 §2.7";
    IGP_FLAGS = 1152, "igp-flags", "RFC 7752 §3.3.3.1";
    ROUTE_TAG = 1153, "route-tag", "RFC 7752 §3.3.3.2";
    EXTENDED_ROUTE_TAG = 1154, "extended-route-tag", "RFC 7752 §3.3.3.3";
    PREFIX_METRIC = 1155, "prefix-metric", "RFC 7752 §3.3.3.4";
    OSPF_FORWARDING_ADDRESS = 1156, "ospf-forwarding-address", "RFC 7752 §3.3.3.5";
    OPAQUE_PREFIX = 1157, "opaque-prefix", "RFC 7752 §3.3.3.6";
    PREFIX_SID = 1158, "prefix-sid", "RFC 9085 §2.3.1";
    RANGE = 1159, "range", "RFC 9085 §2.3.5";
    SID_LABEL = 1161, "sid-label", "RFC 9085 §2.1.1";
    SRV6_LOCATOR = 1162, "srv6-locator", "RFC 9514 §5.1";
    PREFIX_ATTRIBUTE_FLAGS = 1170, "prefix-attribute-flags", "RFC 9085 §2.3.2";
    SOURCE_ROUTER_ID = 1171, "source-router-id", "RFC 9085 §2.3.3";
    L2_BUNDLE_MEMBER = 1172, "l2-bundle-member", "RFC 9085 §2.2.3";
    SOURCE_OSPF_ROUTER_ID = 1174, "source-ospf-router-id", "RFC 9085 §2.3.4";
    SRV6_ENDPOINT_BEHAVIOR = 1250, "srv6-endpoint-behavior", "RFC 9514 §7.1";
    SRV6_BGP_PEER_NODE_SID = 1251, "srv6-bgp-peer-node-sid", "RFC 9514 §7.2";
    SRV6_SID_STRUCTURE = 1252, "srv6-sid-structure", "RFC 9514 §8";
}

impl fmt::Display for TlvType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// One TLV where it lies.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tlv<'a> {
    /// Its type.
    pub kind: TlvType,
    /// Its value, without type and length.
    pub value: &'a [u8],
}

impl Tlv<'_> {
    pub(super) fn fixed<const N: usize>(self) -> Option<[u8; N]> {
        self.value.try_into().ok()
    }

    /// The value of a type that is one number, if it has the type's length.
    pub(super) fn number(self) -> Option<u32> {
        match (self.kind, self.value) {
            (TlvType::OSPF_ROUTE_TYPE, &[number]) => Some(u32::from(number)),
            // Six bits of IS-IS's small metric (RFC 7752 §3.3.2.4).
            (TlvType::IGP_METRIC, &[small]) => Some(u32::from(small & 0x3f)),
            (TlvType::IGP_METRIC, &[high, low]) => Some(u32::from_be_bytes([0, 0, high, low])),
            (TlvType::IGP_METRIC, &[high, middle, low]) => {
                Some(u32::from_be_bytes([0, high, middle, low]))
            }
            (
                TlvType::AUTONOMOUS_SYSTEM
                | TlvType::BGP_LS_IDENTIFIER
                | TlvType::CONFEDERATION_MEMBER
                | TlvType::TE_METRIC
                | TlvType::PREFIX_METRIC,
                &[a, b, c, d],
            ) => Some(u32::from_be_bytes([a, b, c, d])),
            _ => None,
        }
    }
}

impl fmt::Display for Tlv<'_> {
    /// The name and the value; addresses, names and TLVs inside as such, any
    /// other in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)?;
        if let TlvType::LOCAL_NODE | TlvType::REMOTE_NODE = self.kind
            && check(self.value).is_ok()
        {
            return write!(f, " ({})", TlvIter { octets: self.value });
        }
        if let TlvType::NODE_NAME | TlvType::LINK_NAME = self.kind
            && let Ok(name) = core::str::from_utf8(self.value)
        {
            return write!(f, " {name:?}");
        }
        if let Some(number) = self.number() {
            return write!(f, " {number}");
        }
        match (self.kind.0, self.value.len()) {
            (259 | 260 | 514 | 516 | 1028 | 1030 | 1156, 4) => match self.fixed::<4>() {
                Some(octets) => write!(f, " {}", Ipv4Addr::from(octets)),
                None => Ok(()),
            },
            (261 | 262 | 518 | 1029 | 1031 | 1156, 16) => match self.fixed::<16>() {
                Some(octets) => write!(f, " {}", Ipv6Addr::from(octets)),
                None => Ok(()),
            },
            (_, 0) => Ok(()),
            _ => {
                f.write_str(" 0x")?;
                self.value
                    .iter()
                    .try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// TLVs one behind the other, in their order.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "Vec<(TlvType, Vec<u8>)>", into = "Vec<(TlvType, Vec<u8>)>")
)]
pub struct Tlvs {
    octets: Vec<u8>,
}

impl Tlvs {
    /// None.
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// Takes TLVs up to the end of `octets`.
    ///
    /// # Errors
    /// Where the TLV begins whose length does not fit.
    pub fn decode(octets: &[u8]) -> Result<Self, usize> {
        check(octets)?;
        Ok(Self {
            octets: octets.to_vec(),
        })
    }

    /// Appends one.
    ///
    /// # Errors
    /// If the value is over 65535 octets.
    pub fn push(&mut self, kind: TlvType, value: &[u8]) -> Result<(), EncodeError> {
        let length = u16::try_from(value.len());
        let length = length.map_err(|_| EncodeError::Field { field: "value" })?;
        self.octets.extend_from_slice(&kind.0.to_be_bytes());
        self.octets.extend_from_slice(&length.to_be_bytes());
        self.octets.extend_from_slice(value);
        Ok(())
    }

    /// All of them in their order.
    pub fn iter(&self) -> TlvIter<'_> {
        TlvIter {
            octets: &self.octets,
        }
    }

    /// The first of this type.
    pub fn get(&self, kind: TlvType) -> Option<Tlv<'_>> {
        self.iter().find(|tlv| tlv.kind == kind)
    }

    /// As they go on the wire.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }
}

impl<'a> IntoIterator for &'a Tlvs {
    type Item = Tlv<'a>;
    type IntoIter = TlvIter<'a>;

    fn into_iter(self) -> TlvIter<'a> {
        self.iter()
    }
}

impl fmt::Display for Tlvs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.iter(), f)
    }
}

impl From<Tlvs> for Vec<(TlvType, Vec<u8>)> {
    fn from(tlvs: Tlvs) -> Self {
        let pair = |tlv: Tlv<'_>| (tlv.kind, tlv.value.to_vec());
        tlvs.iter().map(pair).collect()
    }
}

impl TryFrom<Vec<(TlvType, Vec<u8>)>> for Tlvs {
    type Error = EncodeError;

    fn try_from(pairs: Vec<(TlvType, Vec<u8>)>) -> Result<Self, EncodeError> {
        let mut tlvs = Self::new();
        for (kind, value) in &pairs {
            tlvs.push(*kind, value)?;
        }
        Ok(tlvs)
    }
}

/// TLVs where they lie; ends at one that does not fit.
#[derive(Clone, Debug)]
pub struct TlvIter<'a> {
    pub(super) octets: &'a [u8],
}

impl<'a> Iterator for TlvIter<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let ([k1, k2, l1, l2], rest) = self.octets.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([*l1, *l2]));
        let (value, rest) = rest.split_at_checked(length)?;
        self.octets = rest;
        let kind = TlvType(u16::from_be_bytes([*k1, *k2]));
        Some(Tlv { kind, value })
    }
}

impl fmt::Display for TlvIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, tlv) in self.clone().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{tlv}")?;
        }
        Ok(())
    }
}

/// Where in `octets` a TLV begins that does not fit.
pub(super) fn check(octets: &[u8]) -> Result<(), usize> {
    let mut iter = TlvIter { octets };
    while iter.next().is_some() {}
    if iter.octets.is_empty() {
        return Ok(());
    }
    Err(octets.len().saturating_sub(iter.octets.len()))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn tlvs_come_back_to_the_octet_with_empty_and_unknown_ones() {
        let octets = [4, 2, 0, 2, b'r', b'1', 0xff, 1, 0, 0, 4, 71, 0, 2, 1, 0];
        let tlvs = Tlvs::decode(&octets).unwrap();
        assert_eq!(tlvs.octets(), octets);
        assert_eq!(tlvs.iter().count(), 3);
        assert!(tlvs.get(TlvType(0xff01)).unwrap().value.is_empty());
        assert_eq!(
            tlvs.to_string(),
            "node-name \"r1\", type 65281, igp-metric 256"
        );
        let pairs = Vec::<(TlvType, Vec<u8>)>::from(tlvs.clone());
        assert_eq!(Tlvs::try_from(pairs), Ok(tlvs));
    }

    #[test]
    fn a_number_of_the_wrong_length_is_shown_as_octets() {
        for (octets, text) in [
            (&[2, 0, 0, 4, 0, 0, 0xfd, 0xe8][..], "as 65000"),
            (&[2, 0, 0, 3, 0, 0xfd, 0xe8], "as 0x00fde8"),
            (&[4, 71, 0, 1, 0xff], "igp-metric 63"),
            (&[4, 71, 0, 3, 1, 0, 0], "igp-metric 65536"),
            (&[4, 71, 0, 4, 0, 0, 0, 1], "igp-metric 0x00000001"),
            (&[1, 8, 0, 2, 1, 1], "ospf-route-type 0x0101"),
            (&[4, 131, 0, 0], "prefix-metric"),
        ] {
            assert_eq!(Tlvs::decode(octets).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_tlv_that_does_not_fit_is_wrong_where_it_begins() {
        let octets = [4, 2, 0, 1, b'r', 4, 71, 0, 2, 1];
        assert_eq!(Tlvs::decode(&octets), Err(5));
        assert_eq!(Tlvs::decode(&octets[..7]), Err(5));
        assert_eq!(Tlvs::decode(&octets[..3]), Err(0));
        assert!(Tlvs::decode(&octets[..5]).is_ok());
        assert!(Tlvs::decode(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_value_over_the_length_field_is_refused() {
        let mut tlvs = Tlvs::new();
        assert!(
            tlvs.push(TlvType::NODE_NAME, &alloc::vec![0; 65536])
                .is_err()
        );
        assert!(tlvs.is_empty());
    }
}
