//! Flow specifications: which packets a rule is for (RFC 8955 §4, RFC 8956 §3).
//!
//! The components are typed, and kept with the lengths that their values had,
//! since two speakers tell rules apart by their octets. Whether a rule may be
//! used (RFC 8955 §6) and what to do with the packets, which extended
//! communities say, is judged elsewhere. A rule with a component of an unknown
//! type cannot be read, for its length is not known.

mod term;

use alloc::vec::Vec;
use core::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::cond,
    number::complete::{be_u8, be_u16},
};

pub use term::{BitmaskOperator, BitmaskTerm, NumericOperator, NumericTerm};

use super::read::{front, padded, prefix, push_prefix, route_distinguisher, wrong};
use crate::{
    types::{Afi, Family, Prefix, RouteDistinguisher, Safi},
    wire::EncodeError,
};

/// A flow specification: the packets that all components match.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct FlowSpec {
    /// Which VPN's rule; `None` outside of VPNs (RFC 8955 §8).
    pub distinguisher: Option<RouteDistinguisher>,
    /// At least one, in rising order of their types, each type at most once.
    pub components: Vec<FlowComponent>,
}

/// The type octet of a component.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct FlowComponentType(pub u8);

impl FlowComponentType {
    /// Destination prefix.
    pub const DESTINATION: Self = Self(1);
    /// Source prefix.
    pub const SOURCE: Self = Self(2);
    /// IP protocol, or the last next header (RFC 8956 §3.3).
    pub const PROTOCOL: Self = Self(3);
    /// Either port.
    pub const PORT: Self = Self(4);
    /// Destination port.
    pub const DESTINATION_PORT: Self = Self(5);
    /// Source port.
    pub const SOURCE_PORT: Self = Self(6);
    /// ICMP or ICMPv6 type.
    pub const ICMP_TYPE: Self = Self(7);
    /// ICMP or ICMPv6 code.
    pub const ICMP_CODE: Self = Self(8);
    /// TCP flags, a bitmask.
    pub const TCP_FLAGS: Self = Self(9);
    /// Octets of the packet from the IP header on.
    pub const PACKET_LENGTH: Self = Self(10);
    /// Differentiated services code point.
    pub const DSCP: Self = Self(11);
    /// Fragment, a bitmask.
    pub const FRAGMENT: Self = Self(12);
    /// Flow label, IPv6 only (RFC 8956 §3.7).
    pub const FLOW_LABEL: Self = Self(13);

    /// The name that operators use, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::DESTINATION => "destination",
            Self::SOURCE => "source",
            Self::PROTOCOL => "protocol",
            Self::PORT => "port",
            Self::DESTINATION_PORT => "destination-port",
            Self::SOURCE_PORT => "source-port",
            Self::ICMP_TYPE => "icmp-type",
            Self::ICMP_CODE => "icmp-code",
            Self::TCP_FLAGS => "tcp-flags",
            Self::PACKET_LENGTH => "packet-length",
            Self::DSCP => "dscp",
            Self::FRAGMENT => "fragment",
            Self::FLOW_LABEL => "flow-label",
            _ => return None,
        })
    }

    const fn is_prefix(self) -> bool {
        matches!(self, Self::DESTINATION | Self::SOURCE)
    }

    const fn is_bitmask(self) -> bool {
        matches!(self, Self::TCP_FLAGS | Self::FRAGMENT)
    }

    const fn is_numeric(self) -> bool {
        self.name().is_some() && !self.is_prefix() && !self.is_bitmask()
    }
}

impl fmt::Display for FlowComponentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// One condition of a flow specification.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum FlowComponent {
    /// An address of the packet lies in a prefix.
    Prefix {
        /// Destination or source.
        kind: FlowComponentType,
        /// The prefix.
        prefix: Prefix,
        /// How many bits at the front do not count, and are zero in `prefix`;
        /// IPv6 only (RFC 8956 §3.1).
        offset: u8,
    },
    /// A field of the packet compares as one of the terms says.
    Numeric {
        /// Which field.
        kind: FlowComponentType,
        /// At least one.
        terms: Vec<NumericTerm>,
    },
    /// Bits of the packet are as one of the terms says.
    Bitmask {
        /// TCP flags or fragment.
        kind: FlowComponentType,
        /// At least one.
        terms: Vec<BitmaskTerm>,
    },
}

impl FlowSpec {
    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(|octets| read(family, octets), octets)
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kinds = self.components.iter().map(FlowComponent::kind);
        let families = self.components.iter().filter_map(FlowComponent::afi);
        let ordered = kinds.is_sorted_by(|one, next| one < next);
        if !ordered || !families.is_sorted_by(|a, b| a == b) || self.components.is_empty() {
            return Err(EncodeError::Field {
                field: "components",
            });
        }
        let mut value = Vec::new();
        if let Some(distinguisher) = self.distinguisher {
            value.extend_from_slice(&distinguisher.to_octets());
        }
        for component in &self.components {
            component.encode(&mut value)?;
        }
        match u16::try_from(value.len()) {
            Ok(length) if length < LONG => out.extend(length.to_be_bytes().get(1)),
            Ok(length) if length < 0x1000 => out.extend((0xf000 | length).to_be_bytes()),
            _ => return Err(EncodeError::Field { field: "length" }),
        }
        out.append(&mut value);
        Ok(())
    }

    /// Whether the family can carry it.
    pub(in crate::wire) fn fits(&self, family: Family) -> bool {
        let vpn = family.safi == Safi::VPN_FLOWSPEC;
        vpn == self.distinguisher.is_some()
            && self.components.iter().all(|component| {
                component.afi().is_none_or(|afi| afi == family.afi)
                    && is_known(component.kind(), family.afi)
            })
    }
}

impl FlowComponent {
    /// The type octet.
    pub const fn kind(&self) -> FlowComponentType {
        match self {
            Self::Prefix { kind, .. } | Self::Numeric { kind, .. } | Self::Bitmask { kind, .. } => {
                *kind
            }
        }
    }

    /// The one family that it can occur in, if there is only one.
    fn afi(&self) -> Option<Afi> {
        match self {
            Self::Prefix { prefix, .. } => Some(prefix.afi()),
            Self::Numeric { .. } | Self::Bitmask { .. } => None,
        }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kind = self.kind();
        out.push(kind.0);
        let written = match self {
            Self::Prefix { prefix, offset, .. } => {
                kind.is_prefix() && encode_prefix(*prefix, *offset, out).is_some()
            }
            Self::Numeric { terms, .. } => kind.is_numeric() && term::encode(terms, out).is_some(),
            Self::Bitmask { terms, .. } => kind.is_bitmask() && term::encode(terms, out).is_some(),
        };
        written.then_some(()).ok_or(EncodeError::Field {
            field: "components",
        })
    }
}

impl fmt::Display for FlowSpec {
    /// The components with commas between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(distinguisher) = self.distinguisher {
            write!(f, "{distinguisher} ")?;
        }
        for (at, component) in self.components.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{component}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FlowComponent {
    /// The name and the condition, such as `port >=137 & <=139 | =8080`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind())?;
        match self {
            Self::Prefix {
                prefix, offset: 0, ..
            } => fmt::Display::fmt(prefix, f),
            Self::Prefix { prefix, offset, .. } => {
                write!(f, "{}/{offset}-{}", prefix.addr(), prefix.length())
            }
            Self::Numeric { terms, .. } => term::write(terms, f),
            Self::Bitmask { terms, .. } => term::write(terms, f),
        }
    }
}

fn read(family: Family, octets: &[u8]) -> IResult<&[u8], FlowSpec> {
    let (after, value) = framed(octets)?;
    let vpn = family.safi == Safi::VPN_FLOWSPEC;
    let (mut value, distinguisher) = cond(vpn, route_distinguisher).parse(value)?;
    let mut components: Vec<FlowComponent> = Vec::new();
    while !value.is_empty() {
        let (rest, component) = component(family.afi, value)?;
        let last = components.last().map(FlowComponent::kind);
        if last.is_some_and(|last| last >= component.kind()) {
            return Err(wrong(value));
        }
        components.push(component);
        value = rest;
    }
    if components.is_empty() {
        return Err(wrong(octets));
    }
    let flow = FlowSpec {
        distinguisher,
        components,
    };
    Ok((after, flow))
}

/// What one octet of length below 240, or twelve bits behind `0xf`, announce.
pub(super) fn framed(octets: &[u8]) -> IResult<&[u8], &[u8]> {
    let (rest, first) = be_u8(octets)?;
    let (rest, length) = if u16::from(first) < LONG {
        (rest, u16::from(first))
    } else {
        be_u16.map(|word| word & 0x0fff).parse(octets)?
    };
    take(length)(rest)
}

fn component(afi: Afi, octets: &[u8]) -> IResult<&[u8], FlowComponent> {
    let (value, kind) = be_u8.map(FlowComponentType).parse(octets)?;
    if !is_known(kind, afi) {
        return Err(wrong(octets));
    }
    if kind.is_prefix() {
        let (rest, (prefix, offset)) = if afi == Afi::IPV6 {
            pattern(value)?
        } else {
            prefix(afi).map(|prefix| (prefix, 0)).parse(value)?
        };
        let component = FlowComponent::Prefix {
            kind,
            prefix,
            offset,
        };
        return Ok((rest, component));
    }
    if kind.is_bitmask() {
        return term::list
            .map(|terms| FlowComponent::Bitmask { kind, terms })
            .parse(value);
    }
    term::list
        .map(|terms| FlowComponent::Numeric { kind, terms })
        .parse(value)
}

fn is_known(kind: FlowComponentType, afi: Afi) -> bool {
    kind.name().is_some() && (kind != FlowComponentType::FLOW_LABEL || afi == Afi::IPV6)
}

/// An IPv6 prefix of which the bits before an offset are left out.
fn pattern(octets: &[u8]) -> IResult<&[u8], (Prefix, u8)> {
    let (rest, (length, offset)) = (be_u8, be_u8).parse(octets)?;
    let bits = length
        .checked_sub(offset)
        .filter(|bits| *bits > 0 || length == 0);
    let Some(bits) = bits else {
        return Err(wrong(octets));
    };
    let (rest, significant) = take(bits.div_ceil(8))(rest)?;
    let prefix = padded::<16>(significant)
        .and_then(|octets| u128::from_be_bytes(octets).checked_shr(offset.into()))
        .and_then(|addr| Prefix::new(IpAddr::V6(Ipv6Addr::from(addr)), length).ok());
    match prefix {
        Some(prefix) => Ok((rest, (prefix, offset))),
        None => Err(wrong(octets)),
    }
}

fn encode_prefix(prefix: Prefix, offset: u8, out: &mut Vec<u8>) -> Option<()> {
    let length = prefix.length();
    out.push(length);
    let addr = match prefix.addr() {
        IpAddr::V4(_) => {
            push_prefix(prefix, out);
            return (offset == 0).then_some(());
        }
        IpAddr::V6(addr) => u128::from(addr),
    };
    let bits = length
        .checked_sub(offset)
        .filter(|bits| *bits > 0 || length == 0)?;
    let moved = addr.checked_shl(offset.into())?;
    if moved.checked_shr(offset.into())? != addr {
        return None;
    }
    out.push(offset);
    out.extend(moved.to_be_bytes().iter().take(bits.div_ceil(8).into()));
    Some(())
}

/// From here on the length takes two octets.
const LONG: u16 = 240;

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec};

    use super::*;
    use crate::wire::nlri::{
        Destination,
        probe::{agree, refused, unwritable},
    };

    fn to(prefix: &str, offset: u8) -> FlowComponent {
        FlowComponent::Prefix {
            kind: FlowComponentType::DESTINATION,
            prefix: prefix.parse().unwrap(),
            offset,
        }
    }

    fn numeric(kind: FlowComponentType, terms: &[(NumericOperator, u64)]) -> FlowComponent {
        let term = |(operator, value): &(NumericOperator, u64)| NumericTerm::new(*operator, *value);
        FlowComponent::Numeric {
            kind,
            terms: terms.iter().map(term).collect(),
        }
    }

    fn flow(components: Vec<FlowComponent>) -> FlowSpec {
        FlowSpec {
            distinguisher: None,
            components,
        }
    }

    const EQUAL: NumericOperator = NumericOperator::EQUAL;

    #[test]
    fn a_rule_is_its_components_in_order() {
        let range = [
            (NumericOperator::GREATER.union(EQUAL), 137),
            (
                NumericOperator::AND
                    .union(NumericOperator::LESS)
                    .union(EQUAL),
                139,
            ),
            (EQUAL, 8080),
        ];
        let flow = flow(vec![
            to("192.0.2.0/24", 0),
            numeric(FlowComponentType::PROTOCOL, &[(EQUAL, 6)]),
            numeric(FlowComponentType::PORT, &range),
        ]);
        assert_eq!(
            flow.to_string(),
            "destination 192.0.2.0/24, protocol =6, port >=137 & <=139 | =8080"
        );
        let octets = [
            16, 1, 24, 192, 0, 2, 3, 0x81, 6, 4, 0x03, 137, 0x45, 139, 0x91, 0x1f, 0x90,
        ];
        agree(Family::IPV4_FLOWSPEC, &octets, &flow.into());
    }

    #[test]
    fn bitmasks_keep_their_reserved_bits() {
        let operator = BitmaskOperator::from_bits_retain(0b1101);
        let flow = flow(vec![
            FlowComponent::Bitmask {
                kind: FlowComponentType::TCP_FLAGS,
                terms: vec![BitmaskTerm::new(operator, 0x12)],
            },
            FlowComponent::Bitmask {
                kind: FlowComponentType::FRAGMENT,
                terms: vec![
                    BitmaskTerm::new(BitmaskOperator::NOT, 2),
                    BitmaskTerm::new(BitmaskOperator::AND, 4),
                ],
            },
        ]);
        assert_eq!(flow.to_string(), "tcp-flags =0x12, fragment !0x2 & 0x4");
        let octets = [8, 9, 0x8d, 0x12, 12, 0x02, 2, 0xc0, 4];
        agree(Family::IPV6_FLOWSPEC, &octets, &flow.into());
    }

    #[test]
    fn values_keep_the_length_they_had() {
        for (length, octets) in [
            (1, [3, 10, 0x81, 7].as_slice()),
            (2, &[4, 10, 0x91, 0, 7]),
            (4, &[6, 10, 0xa1, 0, 0, 0, 7]),
            (8, &[10, 10, 0xb1, 0, 0, 0, 0, 0, 0, 0, 7]),
        ] {
            let term = NumericTerm {
                operator: EQUAL,
                length,
                value: 7,
            };
            let flow = flow(vec![FlowComponent::Numeric {
                kind: FlowComponentType::PACKET_LENGTH,
                terms: vec![term],
            }]);
            agree(Family::IPV4_FLOWSPEC, octets, &flow.into());
        }
    }

    #[test]
    fn every_numeric_operator_has_its_sign() {
        let signs = ["false", "=7", ">7", ">=7", "<7", "<=7", "!=7", "true"];
        for (bits, sign) in (0..).zip(signs) {
            let term = NumericTerm::new(NumericOperator::from_bits_retain(bits), 7);
            assert_eq!(term.to_string(), sign);
        }
    }

    #[test]
    fn an_ipv6_pattern_begins_behind_its_offset() {
        // RFC 8956 §3.8.2: 65 to 104 of ::1234:5678:9a00:0.
        let octets = [8, 1, 104, 65, 0x24, 0x68, 0xac, 0xf1, 0x34];
        let flow_spec = flow(vec![to("::1234:5678:9a00:0/104", 65)]);
        assert_eq!(
            flow_spec.to_string(),
            "destination ::1234:5678:9a00:0/65-104"
        );
        agree(Family::IPV6_FLOWSPEC, &octets, &flow_spec.into());
        let octets = [7, 1, 32, 0, 0x20, 1, 0xd, 0xb8];
        let plain = flow(vec![to("2001:db8::/32", 0)]);
        agree(Family::IPV6_FLOWSPEC, &octets, &plain.into());
        let all = flow(vec![to("::/0", 0)]);
        agree(Family::IPV6_FLOWSPEC, &[3, 1, 0, 0], &all.into());
    }

    #[test]
    fn an_ipv6_pattern_without_bits_or_over_an_address_is_wrong() {
        refused(Family::IPV6_FLOWSPEC, &[3, 1, 0, 1], 2);
        refused(Family::IPV6_FLOWSPEC, &[3, 1, 64, 64], 2);
        refused(Family::IPV6_FLOWSPEC, &[3, 1, 63, 64], 2);
        refused(Family::IPV6_FLOWSPEC, &[4, 1, 129, 128, 0], 2);
        unwritable(Destination::from(flow(vec![to("10.0.0.0/8", 4)])));
        unwritable(Destination::from(flow(vec![to("2001:db8::/32", 4)])));
        unwritable(Destination::from(flow(vec![to("::/8", 8)])));
    }

    #[test]
    fn a_vpn_rule_begins_with_its_distinguisher() {
        let vpn = FlowSpec {
            distinguisher: Some(RouteDistinguisher::from_as2(65000, 1)),
            components: vec![to("10.0.0.0/8", 0)],
        };
        assert_eq!(vpn.to_string(), "65000:1 destination 10.0.0.0/8");
        let octets = [11, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 1, 8, 10];
        let vpn = Destination::from(vpn);
        agree(Family::VPNV4_FLOWSPEC, &octets, &vpn);
        assert!(!vpn.fits(Family::IPV4_FLOWSPEC));
        assert!(!vpn.fits(Family::VPNV6_FLOWSPEC));
    }

    #[test]
    fn a_length_from_240_octets_on_takes_two() {
        let terms = |count| {
            let ports = vec![(EQUAL, 7); count];
            flow(vec![numeric(FlowComponentType::PORT, &ports)])
        };
        for (count, head) in [
            (119, [239].as_slice()),
            (120, &[0xf0, 241]),
            (2047, &[0xff, 0xff]),
        ] {
            let mut out = Vec::new();
            let flow = terms(count);
            flow.encode(&mut out).unwrap();
            assert!(out.starts_with(head), "{count}");
            let read = FlowSpec::decode(Family::IPV4_FLOWSPEC, &out);
            assert_eq!(read, Ok((flow, [].as_slice())));
        }
        unwritable(Destination::from(terms(2048)));
    }

    #[test]
    fn unknown_repeated_or_misplaced_components_are_wrong_where_they_begin() {
        refused(Family::IPV4_FLOWSPEC, &[3, 14, 0x81, 6], 1);
        refused(Family::IPV4_FLOWSPEC, &[3, 0, 0x81, 6], 1);
        refused(Family::IPV4_FLOWSPEC, &[3, 13, 0x81, 6], 1);
        refused(Family::IPV4_FLOWSPEC, &[6, 3, 0x81, 6, 3, 0x81, 6], 4);
        refused(Family::IPV4_FLOWSPEC, &[6, 4, 0x81, 6, 3, 0x81, 6], 4);
        let protocol = numeric(FlowComponentType::PROTOCOL, &[(EQUAL, 6)]);
        unwritable(Destination::from(flow(vec![protocol.clone(), protocol])));
    }

    #[test]
    fn a_list_without_end_is_wrong() {
        refused(Family::IPV4_FLOWSPEC, &[3, 3, 0x01, 6], 3);
        refused(Family::IPV4_FLOWSPEC, &[3, 3, 0x91, 6], 3);
        refused(Family::IPV4_FLOWSPEC, &[1, 3], 1);
    }

    #[test]
    fn a_rule_without_components_is_wrong() {
        refused(Family::IPV4_FLOWSPEC, &[0], 0);
        refused(Family::IPV4_FLOWSPEC, &[0xf0, 0, 3, 3, 0x81, 6], 0);
        refused(Family::VPNV4_FLOWSPEC, &[8, 0, 0, 0, 0, 0, 0, 0, 1], 0);
        unwritable(Destination::from(flow(vec![])));
    }

    #[test]
    fn values_that_their_place_cannot_hold_are_not_written() {
        let one = |kind, operator, length, value| {
            let operator = NumericOperator::from_bits_retain(operator);
            let terms = vec![NumericTerm {
                operator,
                length,
                value,
            }];
            Destination::from(flow(vec![FlowComponent::Numeric { kind, terms }]))
        };
        unwritable(one(FlowComponentType::PORT, 1, 1, 256));
        unwritable(one(FlowComponentType::PORT, 1, 3, 1));
        unwritable(one(FlowComponentType::PORT, 0x81, 1, 1));
        unwritable(one(FlowComponentType::PORT, 0x11, 1, 1));
        unwritable(one(FlowComponentType::TCP_FLAGS, 1, 1, 1));
        unwritable(one(FlowComponentType(14), 1, 1, 1));
        let none = numeric(FlowComponentType::PORT, &[]);
        unwritable(Destination::from(flow(vec![none])));
        let mixed = vec![
            to("10.0.0.0/8", 0),
            FlowComponent::Prefix {
                kind: FlowComponentType::SOURCE,
                prefix: "2001:db8::/32".parse().unwrap(),
                offset: 0,
            },
        ];
        unwritable(Destination::from(flow(mixed)));
    }
}
