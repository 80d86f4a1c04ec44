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
    /// In rising order of their types, each type at most once.
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
        if !kinds.is_sorted_by(|one, next| one < next) || !families.is_sorted_by(|a, b| a == b) {
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
    /// The components with commas between, or `all`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(distinguisher) = self.distinguisher {
            write!(f, "{distinguisher} ")?;
        }
        if self.components.is_empty() {
            return f.write_str("all");
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
    let flow = FlowSpec {
        distinguisher,
        components,
    };
    Ok((after, flow))
}

/// What one octet of length below 240, or twelve bits behind `0xf`, announce.
fn framed(octets: &[u8]) -> IResult<&[u8], &[u8]> {
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
