use alloc::vec::Vec;
use core::fmt;

use nom::{IResult, bytes::complete::take, number::complete::be_u8};

use super::{
    labeled::{ends_plainly, labels_in_front, push_labels, push_length, width},
    read::{bits_of, front, push_prefix, route_distinguisher, wrong},
};
use crate::{
    types::{Afi, Family, LabelStack, Prefix, RouteDistinguisher, Safi},
    wire::EncodeError,
};

/// A prefix inside a VPN (RFC 4364 §4.3.4, RFC 4659 §2).
///
/// With labels as in [`LabeledPrefix`](super::LabeledPrefix) for SAFI 128, and
/// without for the multicast SAFI 129 (RFC 6514 §10).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct VpnPrefix {
    /// Which VPN's prefix.
    pub distinguisher: RouteDistinguisher,
    /// The destination.
    pub prefix: Prefix,
    /// Outermost first; none in SAFI 129.
    pub labels: LabelStack,
}

impl VpnPrefix {
    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        if family.safi == Safi::VPN_MULTICAST {
            front(|octets| read_bare(family.afi, octets), octets)
        } else {
            front(|octets| read(family.afi, octets), octets)
        }
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let bits = usize::from(self.prefix.length()).saturating_add(RD_BITS);
        push_length(&self.labels, bits, out)?;
        push_labels(&self.labels, out);
        out.extend_from_slice(&self.distinguisher.to_octets());
        push_prefix(self.prefix, out);
        if self.labels.is_empty() || ends_plainly(&self.labels) {
            return Ok(());
        }
        let written = out.get(start..).unwrap_or_default();
        let read = front(|octets| read(self.prefix.afi(), octets), written);
        match read {
            Ok((read, [])) if read == *self => Ok(()),
            _ => Err(EncodeError::Field { field: "labels" }),
        }
    }
}

impl fmt::Display for VpnPrefix {
    /// The distinguisher, a colon and the prefix, then the labels if any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.distinguisher, self.prefix)?;
        if self.labels.is_empty() {
            return Ok(());
        }
        write!(f, " label {}", self.labels)
    }
}

fn read(afi: Afi, octets: &[u8]) -> IResult<&[u8], VpnPrefix> {
    let most = width(afi).saturating_add(RD_BITS);
    let (rest, (labels, bits, body)) = labels_in_front(octets, RD_BITS..=most)?;
    let prefix = distinguished(afi, bits, body, labels)?;
    Ok((rest, prefix))
}

fn read_bare(afi: Afi, octets: &[u8]) -> IResult<&[u8], VpnPrefix> {
    let (rest, bits) = be_u8(octets)?;
    let bits = usize::from(bits);
    if bits < RD_BITS || bits > width(afi).saturating_add(RD_BITS) {
        return Err(wrong(octets));
    }
    let (rest, body) = take(bits.div_ceil(8))(rest)?;
    let prefix = distinguished(afi, bits, body, LabelStack::EMPTY)?;
    Ok((rest, prefix))
}

fn distinguished(
    afi: Afi,
    bits: usize,
    body: &[u8],
    labels: LabelStack,
) -> Result<VpnPrefix, nom::Err<nom::error::Error<&[u8]>>> {
    let (body, distinguisher) = route_distinguisher(body)?;
    let (_, prefix) = bits_of(afi, bits.saturating_sub(RD_BITS))(body)?;
    Ok(VpnPrefix {
        distinguisher,
        prefix,
        labels,
    })
}

const RD_BITS: usize = 64;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::{
        types::Label,
        wire::nlri::probe::{agree, refused},
    };

    fn vpn(prefix: &str, labels: LabelStack) -> VpnPrefix {
        VpnPrefix {
            distinguisher: RouteDistinguisher::from_as2(65000, 1),
            prefix: prefix.parse().unwrap(),
            labels,
        }
    }

    #[test]
    fn label_distinguisher_and_prefix_follow_each_other() {
        let label = Label::bottom(100).unwrap();
        let of = vpn("192.0.2.0/24", label.into());
        let octets = [112, 0, 0x06, 0x41, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 192, 0, 2];
        agree(Family::VPNV4, &octets, &of.into());
        assert_eq!(of.to_string(), "65000:1:192.0.2.0/24 label 100");
        let of = vpn("2001:db8::/32", label.into());
        let octets = [
            120, 0, 0x06, 0x41, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0x20, 1, 0xd, 0xb8,
        ];
        agree(Family::VPNV6, &octets, &of.into());
    }

    #[test]
    fn several_labels_and_the_withdraw_label_are_read() {
        let labels = [Label::new(100).unwrap(), Label::bottom(101).unwrap()];
        let of = vpn("0.0.0.0/0", LabelStack::new(&labels).unwrap());
        let octets = [
            112, 0, 0x06, 0x40, 0, 0x06, 0x51, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1,
        ];
        agree(Family::VPNV4, &octets, &of.into());
        let of = vpn("10.0.0.0/8", LabelStack::withdraw());
        let octets = [96, 0x80, 0, 0, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 10];
        agree(Family::VPNV4, &octets, &of.into());
        assert_eq!(of.to_string(), "65000:1:10.0.0.0/8 label withdraw");
    }

    #[test]
    fn a_multicast_vpn_prefix_has_no_label() {
        let of = vpn("10.0.0.0/8", LabelStack::EMPTY);
        let octets = [72, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 10];
        agree(Family::VPNV4_MULTICAST, &octets, &of.into());
        assert_eq!(of.to_string(), "65000:1:10.0.0.0/8");
    }

    #[test]
    fn an_unknown_distinguisher_is_kept() {
        let mut of = vpn("10.0.0.0/8", Label::bottom(3).unwrap().into());
        of.distinguisher = RouteDistinguisher::from_octets([0xff, 0, 1, 2, 3, 4, 5, 6]);
        let octets = [96, 0, 0, 0x31, 0xff, 0, 1, 2, 3, 4, 5, 6, 10];
        agree(Family::VPNV4, &octets, &of.into());
    }

    #[test]
    fn a_length_without_room_for_the_distinguisher_or_over_an_address_is_wrong() {
        refused(Family::VPNV4, &[87, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], 0);
        refused(Family::VPNV4, &[121; 17], 0);
        refused(Family::VPNV4_MULTICAST, &[63; 9], 0);
        refused(Family::VPNV4_MULTICAST, &[97; 14], 0);
    }
}
