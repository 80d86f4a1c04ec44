use alloc::vec::Vec;
use core::fmt;

use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u24},
    sequence::preceded,
};

use super::{
    EvpnRoute, FlowSpec, LabeledPrefix, MupRoute, MvpnRoute, RouteTargetMembership, SrPolicy,
    VplsRoute, VpnPrefix, flowspec,
    read::{front, prefix, push_prefix},
};
use crate::{
    types::{Afi, Family, Prefix, Safi},
    wire::{EncodeError, link_state::LinkStateNlri},
};

/// What one element of NLRI leads to, in any family that the codec reads.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Destination {
    /// Unicast and multicast.
    Prefix(Prefix),
    /// Labelled unicast.
    Labeled(LabeledPrefix),
    /// VPN unicast and multicast.
    Vpn(VpnPrefix),
    /// EVPN.
    Evpn(EvpnRoute),
    /// Flow specification, in a VPN or not.
    FlowSpec(FlowSpec),
    /// Route target constraint.
    RouteTarget(RouteTargetMembership),
    /// VPLS.
    Vpls(VplsRoute),
    /// Segment routing policy.
    SrPolicy(SrPolicy),
    /// Mobile user plane.
    Mup(MupRoute),
    /// Multicast VPN signalling.
    Mvpn(MvpnRoute),
    /// BGP-LS, in a VPN or not.
    LinkState(LinkStateNlri),
}

/// What the NLRI of a family looks like: the one table of the families that
/// the codec reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire) enum Shape {
    /// A length in bits and the significant octets.
    Prefix,
    /// Labels before a prefix.
    Labeled,
    /// Labels, a route distinguisher and a prefix; no labels in SAFI 129.
    Vpn,
    Evpn,
    FlowSpec,
    RouteTarget,
    Vpls,
    SrPolicy,
    Mup,
    Mvpn,
    LinkState,
    /// Not known: where one element ends cannot be told.
    Opaque,
}

impl Shape {
    pub(in crate::wire) const fn of(family: Family) -> Self {
        match (family.afi, family.safi) {
            (Afi::IPV4 | Afi::IPV6, safi) => match safi {
                Safi::UNICAST | Safi::MULTICAST => Self::Prefix,
                Safi::LABELED => Self::Labeled,
                Safi::MVPN => Self::Mvpn,
                Safi::SR_POLICY => Self::SrPolicy,
                Safi::MUP => Self::Mup,
                Safi::VPN | Safi::VPN_MULTICAST => Self::Vpn,
                // RFC 4684 §4 knows it for AFI 1 alone.
                Safi::ROUTE_TARGET if family.afi.0 == Afi::IPV4.0 => Self::RouteTarget,
                Safi::FLOWSPEC | Safi::VPN_FLOWSPEC => Self::FlowSpec,
                _ => Self::Opaque,
            },
            (Afi::L2VPN, Safi::VPLS) => Self::Vpls,
            (Afi::L2VPN, Safi::EVPN) => Self::Evpn,
            (Afi::BGP_LS, Safi::LINK_STATE | Safi::LINK_STATE_VPN) => Self::LinkState,
            _ => Self::Opaque,
        }
    }

    /// What comes after the first element, by its framing alone: for going on
    /// behind one that cannot be read.
    pub(in crate::wire) fn skip(self, octets: &[u8]) -> Option<&[u8]> {
        let element: IResult<&[u8], &[u8]> = match self {
            Self::Prefix | Self::Labeled | Self::Vpn | Self::RouteTarget | Self::SrPolicy => {
                length_data(be_u8.map(|bits: u8| bits.div_ceil(8))).parse(octets)
            }
            Self::Evpn | Self::Mvpn => preceded(be_u8, length_data(be_u8)).parse(octets),
            Self::Mup => preceded(be_u24, length_data(be_u8)).parse(octets),
            Self::Vpls => length_data(be_u16).parse(octets),
            Self::LinkState => preceded(be_u16, length_data(be_u16)).parse(octets),
            Self::FlowSpec => flowspec::framed(octets),
            Self::Opaque => return None,
        };
        element.ok().map(|(rest, _)| rest)
    }
}

impl Destination {
    /// Whether the codec reads the NLRI of this family; of any other it cannot
    /// tell where one element ends.
    pub const fn is_read(family: Family) -> bool {
        !matches!(Shape::of(family), Shape::Opaque)
    }

    /// The octets of the first element, without path identifier, and what comes
    /// after it: by the element's framing alone, whatever is in it.
    ///
    /// `None` if it is cut short, or of a family that is not read.
    pub fn split_first(family: Family, octets: &[u8]) -> Option<(&[u8], &[u8])> {
        let rest = Shape::of(family).skip(octets)?;
        octets.split_at_checked(octets.len().saturating_sub(rest.len()))
    }

    /// Reads one element, without path identifier, and no more.
    pub(crate) fn read(family: Family, octets: &[u8]) -> Option<Self> {
        let (destination, rest) = Self::decode(family, octets).ok()?;
        rest.is_empty().then_some(destination)
    }

    /// Reads one element, without path identifier, off the front. Host bits of
    /// prefixes are cleared (RFC 4271 §4.3).
    ///
    /// The error is the offset of what is wrong; 0 too for a family without a
    /// known shape.
    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        fn as_kind<T>(
            (value, rest): (T, &[u8]),
            kind: impl FnOnce(T) -> Destination,
        ) -> (Destination, &[u8]) {
            (kind(value), rest)
        }
        Ok(match Shape::of(family) {
            Shape::Prefix => as_kind(front(prefix(family.afi), octets)?, Self::Prefix),
            Shape::Labeled => as_kind(LabeledPrefix::decode(family, octets)?, Self::Labeled),
            Shape::Vpn => as_kind(VpnPrefix::decode(family, octets)?, Self::Vpn),
            Shape::Evpn => as_kind(EvpnRoute::decode(family, octets)?, Self::Evpn),
            Shape::FlowSpec => as_kind(FlowSpec::decode(family, octets)?, Self::FlowSpec),
            Shape::RouteTarget => as_kind(
                RouteTargetMembership::decode(family, octets)?,
                Self::RouteTarget,
            ),
            Shape::Vpls => as_kind(VplsRoute::decode(family, octets)?, Self::Vpls),
            Shape::SrPolicy => as_kind(SrPolicy::decode(family, octets)?, Self::SrPolicy),
            Shape::Mup => as_kind(MupRoute::decode(family, octets)?, Self::Mup),
            Shape::Mvpn => as_kind(MvpnRoute::decode(family, octets)?, Self::Mvpn),
            Shape::LinkState => as_kind(LinkStateNlri::decode(family, octets)?, Self::LinkState),
            Shape::Opaque => return Err(0),
        })
    }

    /// Appends the element, without path identifier. What is in `out` after an
    /// error is unspecified.
    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Prefix(prefix) => {
                out.push(prefix.length());
                push_prefix(*prefix, out);
                Ok(())
            }
            Self::Labeled(prefix) => prefix.encode(out),
            Self::Vpn(prefix) => prefix.encode(out),
            Self::Evpn(route) => route.encode(out),
            Self::FlowSpec(flow) => flow.encode(out),
            Self::RouteTarget(membership) => membership.encode(out),
            Self::Vpls(route) => route.encode(out),
            Self::SrPolicy(policy) => policy.encode(out),
            Self::Mup(route) => route.encode(out),
            Self::Mvpn(route) => route.encode(out),
            Self::LinkState(nlri) => nlri.encode(out),
        }
    }

    /// Whether the family can carry it.
    pub fn fits(&self, family: Family) -> bool {
        let of_afi = |prefix: &Prefix| prefix.afi() == family.afi;
        match (self, Shape::of(family)) {
            (Self::Prefix(prefix), Shape::Prefix) => of_afi(prefix),
            (Self::Labeled(of), Shape::Labeled) => of_afi(&of.prefix),
            (Self::Vpn(of), Shape::Vpn) => {
                let bare = family.safi == Safi::VPN_MULTICAST;
                of_afi(&of.prefix) && of.labels.is_empty() == bare
            }
            (Self::FlowSpec(flow), Shape::FlowSpec) => flow.fits(family),
            (Self::SrPolicy(policy), Shape::SrPolicy) => {
                policy.endpoint.is_ipv6() == (family.afi == Afi::IPV6)
            }
            (Self::Mup(route), Shape::Mup) => route.fits(family),
            (Self::LinkState(nlri), Shape::LinkState) => nlri.fits(family),
            (Self::Evpn(_), Shape::Evpn)
            | (Self::RouteTarget(_), Shape::RouteTarget)
            | (Self::Vpls(_), Shape::Vpls)
            | (Self::Mvpn(_), Shape::Mvpn) => true,
            _ => false,
        }
    }
}

macro_rules! from {
    ($($kind:ident($value:ty),)*) => {
        $(impl From<$value> for Destination {
            fn from(value: $value) -> Self {
                Self::$kind(value)
            }
        })*
    };
}

from! {
    Prefix(Prefix),
    Labeled(LabeledPrefix),
    Vpn(VpnPrefix),
    Evpn(EvpnRoute),
    FlowSpec(FlowSpec),
    RouteTarget(RouteTargetMembership),
    Vpls(VplsRoute),
    SrPolicy(SrPolicy),
    Mup(MupRoute),
    Mvpn(MvpnRoute),
    LinkState(LinkStateNlri),
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => fmt::Display::fmt(prefix, f),
            Self::Labeled(prefix) => fmt::Display::fmt(prefix, f),
            Self::Vpn(prefix) => fmt::Display::fmt(prefix, f),
            Self::Evpn(route) => fmt::Display::fmt(route, f),
            Self::FlowSpec(flow) => fmt::Display::fmt(flow, f),
            Self::RouteTarget(membership) => fmt::Display::fmt(membership, f),
            Self::Vpls(route) => fmt::Display::fmt(route, f),
            Self::SrPolicy(policy) => fmt::Display::fmt(policy, f),
            Self::Mup(route) => fmt::Display::fmt(route, f),
            Self::Mvpn(route) => fmt::Display::fmt(route, f),
            Self::LinkState(nlri) => fmt::Display::fmt(nlri, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;
    use crate::wire::nlri::probe::{agree, refused};

    const FAMILIES: [Family; 26] = [
        Family::IPV4_UNICAST,
        Family::IPV6_UNICAST,
        Family::IPV4_MULTICAST,
        Family::IPV6_MULTICAST,
        Family::IPV4_LABELED,
        Family::IPV6_LABELED,
        Family::IPV4_MVPN,
        Family::IPV6_MVPN,
        Family::VPNV4,
        Family::VPNV6,
        Family::VPNV4_MULTICAST,
        Family::VPNV6_MULTICAST,
        Family::VPLS,
        Family::EVPN,
        Family::LINK_STATE,
        Family::LINK_STATE_VPN,
        Family::IPV4_SR_POLICY,
        Family::IPV6_SR_POLICY,
        Family::IPV4_MUP,
        Family::IPV6_MUP,
        Family::ROUTE_TARGET,
        Family::IPV4_FLOWSPEC,
        Family::IPV6_FLOWSPEC,
        Family::VPNV4_FLOWSPEC,
        Family::VPNV6_FLOWSPEC,
        Family::new(Afi::IPV6, Safi(250)),
    ];

    /// What is read is written, and read again the same.
    fn settles(family: Family, octets: &[u8]) -> Result<(), TestCaseError> {
        let (value, rest) = match Destination::decode(family, octets) {
            Ok(read) => read,
            Err(at) => {
                prop_assert!(at < octets.len().max(1), "{} of {}", at, octets.len());
                return Ok(());
            }
        };
        prop_assert!(rest.len() < octets.len());
        prop_assert_eq!(Shape::of(family).skip(octets), Some(rest));
        prop_assert!(value.fits(family), "{}", value);
        let mut out = Vec::new();
        value.encode(&mut out).unwrap();
        prop_assert_eq!(
            Destination::decode(family, &out),
            Ok((value, [].as_slice()))
        );
        Ok(())
    }

    /// Octets that more often than not are nearly right for some type.
    fn nearly() -> impl Strategy<Value = Vec<u8>> {
        let octet = prop_oneof![
            0..16_u8,
            any::<u8>(),
            prop::sample::select(vec![0x80_u8, 0x81, 0x91, 32, 48, 96, 128, 192])
        ];
        (vec(octet, 0..80), 0..9_u8, 0..4_u8).prop_map(|(mut octets, kind, layout)| {
            let length = u8::try_from(octets.len()).unwrap();
            let head = match layout {
                0 => vec![kind, length],
                1 => vec![1, 0, kind, length],
                2 => vec![length],
                _ => vec![],
            };
            octets.splice(0..0, head);
            octets
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_read_is_written_and_read_again_the_same(
            octets in nearly(),
            family in prop::sample::select(FAMILIES.to_vec()),
        ) {
            settles(family, &octets)?;
        }

        #[test]
        fn one_changed_octet_breaks_nothing(
            (family, octets) in prop::sample::select(samples()),
            at in any::<Index>(),
            octet in any::<u8>(),
        ) {
            let mut octets = octets.to_vec();
            let at = at.index(octets.len());
            octets[at] = octet;
            settles(family, &octets)?;
        }
    }

    /// One of each kind that random octets seldom hit.
    fn samples() -> Vec<(Family, &'static [u8])> {
        vec![
            (
                Family::IPV4_LABELED,
                &[72, 0, 6, 0x40, 0, 6, 0x51, 192, 0, 2],
            ),
            (
                Family::VPNV4,
                &[
                    120, 0, 6, 0x40, 0, 6, 0x51, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 10,
                ],
            ),
            (
                Family::IPV6_FLOWSPEC,
                &[16, 1, 96, 64, 1, 2, 3, 4, 3, 0x81, 6, 13, 0xa1, 0, 0, 0, 1],
            ),
            (
                Family::IPV4_FLOWSPEC,
                &[12, 2, 8, 10, 5, 0x03, 80, 0xd5, 0x1f, 0x90, 12, 0x81, 2],
            ),
            (
                Family::IPV4_MUP,
                &[
                    1, 0, 3, 28, 0, 0, 0, 1, 0, 0, 0, 1, 32, 10, 0, 0, 1, 0, 0, 0, 9, 5, 32, 192,
                    0, 2, 1, 32, 192, 0, 2, 2,
                ],
            ),
            (
                Family::IPV4_MUP,
                &[1, 0, 4, 15, 0, 0, 0, 1, 0, 0, 0, 1, 48, 192, 0, 2, 1, 0, 9],
            ),
            (
                Family::EVPN,
                &[
                    2, 37, 0, 1, 192, 0, 2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 48,
                    2, 0, 0x5e, 0, 0, 1, 32, 10, 0, 0, 1, 0, 0, 0x10,
                ],
            ),
            (Family::ROUTE_TARGET, &[48, 0, 0, 0xfd, 0xe8, 0, 2]),
            (
                Family::VPLS,
                &[0, 12, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 192, 0, 2, 1],
            ),
            (
                Family::LINK_STATE,
                &[
                    0, 1, 0, 21, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 8, 2, 0, 0, 4, 0, 0, 0xfd,
                    0xe8,
                ],
            ),
            (
                Family::IPV4_MVPN,
                &[4, 14, 2, 8, 0, 0, 0, 1, 0, 0, 0, 1, 192, 0, 2, 1],
            ),
        ]
    }

    #[test]
    fn a_prefix_comes_back_without_its_host_bits() {
        let prefix: Prefix = "10.244.0.0/15".parse().unwrap();
        agree(Family::IPV4_UNICAST, &[15, 10, 244], &prefix.into());
        let read = Destination::decode(Family::IPV4_MULTICAST, &[15, 10, 245]);
        assert_eq!(read, Ok((prefix.into(), [].as_slice())));
        agree(
            Family::IPV6_UNICAST,
            &[0],
            &"::/0".parse::<Prefix>().unwrap().into(),
        );
    }

    #[test]
    fn a_prefix_longer_than_an_address_is_wrong_at_its_length() {
        refused(Family::IPV4_UNICAST, &[33, 1, 2, 3, 4, 5], 0);
        refused(Family::IPV6_UNICAST, &[129; 18], 0);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn what_serde_writes_it_reads() {
        for (family, octets) in samples() {
            let (value, rest) = Destination::decode(family, octets).expect("a valid sample");
            assert!(rest.is_empty(), "{value}");
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Destination>(&text).unwrap(), value);
        }
    }

    #[test]
    fn a_family_without_a_shape_is_opaque() {
        for family in [
            Family::new(Afi::IPV6, Safi::ROUTE_TARGET),
            Family::new(Afi::L2VPN, Safi::UNICAST),
            Family::new(Afi(9), Safi::UNICAST),
            Family::new(Afi::IPV4, Safi(3)),
        ] {
            assert_eq!(Shape::of(family), Shape::Opaque);
            refused(family, &[0; 8], 0);
        }
    }

    #[test]
    fn a_destination_fits_the_families_of_its_shape_and_addresses_alone() {
        let prefix = Destination::Prefix("10.0.0.0/8".parse().unwrap());
        assert!(prefix.fits(Family::IPV4_MULTICAST));
        assert!(!prefix.fits(Family::IPV6_UNICAST));
        assert!(!prefix.fits(Family::IPV4_LABELED));
    }
}
