use alloc::vec::Vec;
use core::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::{TlvType, Tlvs};
use crate::wire::EncodeError;

/// The value of the BGP-LS attribute, code 29 (RFC 7752 §3.3).
///
/// Accessors read the first TLV of their type, and have nothing if its length
/// is wrong. Bandwidths are IEEE floating point in octets a second, handed out
/// as [`f32`] and kept as bits.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct LinkStateAttribute(pub Tlvs);

impl LinkStateAttribute {
    /// Reads the attribute's value.
    ///
    /// # Errors
    /// Where the TLV begins whose length does not fit (RFC 7752 §6.2.2).
    pub fn decode(value: &[u8]) -> Result<Self, usize> {
        Tlvs::decode(value).map(Self)
    }

    /// Appends the attribute's value.
    ///
    /// # Errors
    /// If it is over 65535 octets, which no attribute holds.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.0.octets().len() > usize::from(u16::MAX) {
            return Err(EncodeError::Field { field: "length" });
        }
        out.extend_from_slice(self.0.octets());
        Ok(())
    }

    fn fixed<const N: usize>(&self, kind: TlvType) -> Option<[u8; N]> {
        self.0.get(kind)?.fixed()
    }

    fn number(&self, kind: TlvType) -> Option<u32> {
        self.fixed(kind).map(u32::from_be_bytes)
    }

    fn text(&self, kind: TlvType) -> Option<&str> {
        core::str::from_utf8(self.0.get(kind)?.value).ok()
    }

    fn bandwidth(&self, kind: TlvType) -> Option<f32> {
        self.number(kind).map(f32::from_bits)
    }

    /// The node's name (RFC 7752 §3.3.1.3).
    pub fn node_name(&self) -> Option<&str> {
        self.text(TlvType::NODE_NAME)
    }

    /// The node's flags, overload the highest bit (RFC 7752 §3.3.1.1).
    pub fn node_flags(&self) -> Option<u8> {
        self.0.get(TlvType::NODE_FLAGS)?.value.first().copied()
    }

    /// The node's, or a link's local, IPv4 router id (RFC 7752 §3.3.1.4).
    pub fn local_ipv4_router_id(&self) -> Option<Ipv4Addr> {
        self.fixed::<4>(TlvType::LOCAL_IPV4_ROUTER_ID)
            .map(Ipv4Addr::from)
    }

    /// The node's, or a link's local, IPv6 router id (RFC 7752 §3.3.1.4).
    pub fn local_ipv6_router_id(&self) -> Option<Ipv6Addr> {
        self.fixed::<16>(TlvType::LOCAL_IPV6_ROUTER_ID)
            .map(Ipv6Addr::from)
    }

    /// A link's remote IPv4 router id (RFC 7752 §3.3.2.1).
    pub fn remote_ipv4_router_id(&self) -> Option<Ipv4Addr> {
        self.fixed::<4>(TlvType::REMOTE_IPV4_ROUTER_ID)
            .map(Ipv4Addr::from)
    }

    /// A link's remote IPv6 router id (RFC 7752 §3.3.2.1).
    pub fn remote_ipv6_router_id(&self) -> Option<Ipv6Addr> {
        self.fixed::<16>(TlvType::REMOTE_IPV6_ROUTER_ID)
            .map(Ipv6Addr::from)
    }

    /// The link's administrative groups, one a bit (RFC 7752 §3.3.2).
    pub fn admin_group(&self) -> Option<u32> {
        self.number(TlvType::ADMIN_GROUP)
    }

    /// The link's bandwidth (RFC 7752 §3.3.2).
    pub fn max_bandwidth(&self) -> Option<f32> {
        self.bandwidth(TlvType::MAX_BANDWIDTH)
    }

    /// What of the link's bandwidth may be reserved (RFC 7752 §3.3.2).
    pub fn max_reservable_bandwidth(&self) -> Option<f32> {
        self.bandwidth(TlvType::MAX_RESERVABLE_BANDWIDTH)
    }

    /// What is not reserved yet, by priority (RFC 7752 §3.3.2).
    pub fn unreserved_bandwidth(&self) -> Option<[f32; 8]> {
        let octets = self.fixed::<32>(TlvType::UNRESERVED_BANDWIDTH)?;
        let mut words = octets.as_chunks::<4>().0.iter().copied();
        Some([(); 8].map(|()| f32::from_be_bytes(words.next().unwrap_or_default())))
    }

    /// The link's traffic engineering metric (RFC 7752 §3.3.2.3).
    pub fn te_metric(&self) -> Option<u32> {
        self.number(TlvType::TE_METRIC)
    }

    /// The link's IGP metric of 6, 16 or 24 bits (RFC 7752 §3.3.2.4).
    pub fn igp_metric(&self) -> Option<u32> {
        self.0.get(TlvType::IGP_METRIC)?.number()
    }

    /// The groups of links that share the link's risk; none if the TLV's
    /// length is no multiple of 4 (RFC 7752 §3.3.2.5).
    pub fn shared_risk_groups(&self) -> impl Iterator<Item = u32> + '_ {
        let value = self.0.get(TlvType::SRLG).map_or(&[][..], |tlv| tlv.value);
        let (groups, rest) = value.as_chunks::<4>();
        let groups = if rest.is_empty() { groups } else { &[] };
        groups.iter().map(|group| u32::from_be_bytes(*group))
    }

    /// The link's name (RFC 7752 §3.3.2.7).
    pub fn link_name(&self) -> Option<&str> {
        self.text(TlvType::LINK_NAME)
    }

    /// The prefix's IGP flags, down the highest bit (RFC 7752 §3.3.3.1).
    pub fn igp_flags(&self) -> Option<u8> {
        self.fixed(TlvType::IGP_FLAGS).map(|[flags]| flags)
    }

    /// The prefix's metric (RFC 7752 §3.3.3.4).
    pub fn prefix_metric(&self) -> Option<u32> {
        self.number(TlvType::PREFIX_METRIC)
    }

    /// The prefix's flags in its protocol's form (RFC 9085 §2.3.2).
    pub fn prefix_attribute_flags(&self) -> Option<&[u8]> {
        let tlv = self.0.get(TlvType::PREFIX_ATTRIBUTE_FLAGS)?;
        Some(tlv.value)
    }
}

impl fmt::Display for LinkStateAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_link_tells_its_metrics_bandwidths_and_groups() {
        let mut tlvs = Tlvs::new();
        tlvs.push(TlvType::MAX_BANDWIDTH, &125.0_f32.to_be_bytes())
            .unwrap();
        let unreserved = [7.5_f32.to_be_bytes(); 8].concat();
        tlvs.push(TlvType::UNRESERVED_BANDWIDTH, &unreserved)
            .unwrap();
        tlvs.push(TlvType::IGP_METRIC, &[1, 0, 2]).unwrap();
        tlvs.push(TlvType::SRLG, &[0, 0, 0, 7, 0, 0, 1, 0]).unwrap();
        tlvs.push(TlvType::LOCAL_IPV4_ROUTER_ID, &[192, 0, 2, 1])
            .unwrap();
        tlvs.push(TlvType::TE_METRIC, &[1]).unwrap();
        let link = LinkStateAttribute(tlvs);
        let mut out = Vec::new();
        link.encode(&mut out).unwrap();
        assert_eq!(LinkStateAttribute::decode(&out), Ok(link.clone()));
        assert_eq!(link.max_bandwidth(), Some(125.0));
        assert_eq!(link.unreserved_bandwidth(), Some([7.5; 8]));
        assert_eq!(link.igp_metric(), Some(0x01_0002));
        assert!(link.shared_risk_groups().eq([7, 256]));
        assert_eq!(
            link.local_ipv4_router_id(),
            Some(Ipv4Addr::new(192, 0, 2, 1))
        );
        assert_eq!(link.te_metric(), None, "of one octet");
        assert_eq!(link.node_name(), None);
        assert!(
            link.to_string()
                .ends_with("local-ipv4-router-id 192.0.2.1, te-metric 0x01")
        );
    }

    #[test]
    fn a_small_metric_has_six_bits() {
        let metric = |value: &[u8]| {
            let mut tlvs = Tlvs::new();
            tlvs.push(TlvType::IGP_METRIC, value).unwrap();
            LinkStateAttribute(tlvs).igp_metric()
        };
        assert_eq!(metric(&[0xff]), Some(63));
        assert_eq!(metric(&[1, 2]), Some(258));
        assert_eq!(metric(&[]), None);
        assert_eq!(metric(&[0, 0, 0, 1]), None);
    }
}
