use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use bytes::Bytes;
use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::{all_consuming, rest},
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use super::{
    labeled::width,
    read::{
        addr, addr_of, addr_or_none, front, padded, prefix, push_addr, push_addr_or_none,
        push_framed, push_prefix, route_distinguisher, wrong,
    },
};
use crate::{
    types::{Afi, Family, Prefix, RouteDistinguisher},
    wire::EncodeError,
};

/// The type of a mobile user plane route.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct MupRouteType(pub u16);

impl MupRouteType {
    /// Interwork segment discovery.
    pub const INTERWORK_SEGMENT: Self = Self(1);
    /// Direct segment discovery.
    pub const DIRECT_SEGMENT: Self = Self(2);
    /// Type 1 session transformed.
    pub const TYPE1_SESSION: Self = Self(3);
    /// Type 2 session transformed.
    pub const TYPE2_SESSION: Self = Self(4);

    /// The name that operators use, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::INTERWORK_SEGMENT => "interwork-segment",
            Self::DIRECT_SEGMENT => "direct-segment",
            Self::TYPE1_SESSION => "type1-session",
            Self::TYPE2_SESSION => "type2-session",
            _ => return None,
        })
    }
}

impl fmt::Display for MupRouteType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// A mobile user plane route (draft-ietf-bess-mup-safi §3.1).
///
/// The named kinds are those of architecture 1, 3GPP 5G. Whatever else is kept
/// as octets.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum MupRoute {
    /// Where base stations are.
    InterworkSegment {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// The base stations' addresses.
        prefix: Prefix,
    },
    /// A router that a segment of its own hangs on.
    DirectSegment {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// The router's address.
        addr: IpAddr,
    },
    /// A terminal's way down.
    Type1Session(MupType1Session),
    /// A tunnel's way up.
    Type2Session(MupType2Session),
    /// Any other, as it came.
    Unknown {
        /// The architecture octet.
        architecture: u8,
        /// The type.
        kind: MupRouteType,
        /// What follows the length octet; at most 255 octets.
        value: Bytes,
    },
}

/// Where a terminal's packets go (draft-ietf-bess-mup-safi §3.1.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MupType1Session {
    /// Which VPN's route.
    pub distinguisher: RouteDistinguisher,
    /// The terminal's addresses.
    pub prefix: Prefix,
    /// Tunnel endpoint identifier.
    pub teid: u32,
    /// QoS flow identifier.
    pub qfi: u8,
    /// The tunnel's far end, of either family.
    pub endpoint: IpAddr,
    /// The tunnel's near end.
    pub source: MupSource,
}

/// The source address of a [`MupType1Session`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum MupSource {
    /// The field is not there, as in early versions of the draft.
    Absent,
    /// The field is there and has length 0.
    Empty,
    /// An address of either family.
    Addr(IpAddr),
}

/// Where a tunnel's packets go (draft-ietf-bess-mup-safi §3.1.4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MupType2Session {
    /// Which VPN's route.
    pub distinguisher: RouteDistinguisher,
    /// The tunnel's far end.
    pub endpoint: IpAddr,
    /// Tunnel endpoint identifier; bits beyond `teid_bits` are zero.
    pub teid: u32,
    /// How many bits of the identifier count: 0 to 32.
    pub teid_bits: u8,
}

impl MupRoute {
    /// The type.
    pub const fn kind(&self) -> MupRouteType {
        match self {
            Self::InterworkSegment { .. } => MupRouteType::INTERWORK_SEGMENT,
            Self::DirectSegment { .. } => MupRouteType::DIRECT_SEGMENT,
            Self::Type1Session(_) => MupRouteType::TYPE1_SESSION,
            Self::Type2Session(_) => MupRouteType::TYPE2_SESSION,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(|octets| read(family.afi, octets), octets)
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kind = self.kind();
        let architecture = match self {
            Self::Unknown { architecture, .. } => *architecture,
            _ => ARCHITECTURE_5G,
        };
        out.push(architecture);
        out.extend_from_slice(&kind.0.to_be_bytes());
        push_framed(out, |out| {
            match self {
                Self::InterworkSegment {
                    distinguisher,
                    prefix,
                } => {
                    out.extend_from_slice(&distinguisher.to_octets());
                    out.push(prefix.length());
                    push_prefix(*prefix, out);
                }
                Self::DirectSegment {
                    distinguisher,
                    addr,
                } => {
                    out.extend_from_slice(&distinguisher.to_octets());
                    push_addr(*addr, out);
                }
                Self::Type1Session(session) => session.encode(out),
                Self::Type2Session(session) => return session.encode(out),
                Self::Unknown { value, .. } => {
                    if architecture == ARCHITECTURE_5G && kind.name().is_some() {
                        return Err(EncodeError::Field { field: "kind" });
                    }
                    out.extend_from_slice(value);
                }
            }
            Ok(())
        })
    }

    /// Whether the family can carry it.
    pub(in crate::wire) fn fits(&self, family: Family) -> bool {
        let v6 = match self {
            Self::InterworkSegment { prefix, .. } => prefix.addr().is_ipv6(),
            Self::DirectSegment { addr, .. } => addr.is_ipv6(),
            Self::Type1Session(session) => session.prefix.addr().is_ipv6(),
            Self::Type2Session(session) => session.endpoint.is_ipv6(),
            Self::Unknown { .. } => return true,
        };
        v6 == (family.afi == Afi::IPV6)
    }
}

impl MupType1Session {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.distinguisher.to_octets());
        out.push(self.prefix.length());
        push_prefix(self.prefix, out);
        out.extend_from_slice(&self.teid.to_be_bytes());
        out.push(self.qfi);
        push_addr_or_none(Some(self.endpoint), out);
        match self.source {
            MupSource::Absent => {}
            MupSource::Empty => push_addr_or_none(None, out),
            MupSource::Addr(addr) => push_addr_or_none(Some(addr), out),
        }
    }
}

impl MupType2Session {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.teid_bits > 32 || self.teid != masked(self.teid, self.teid_bits) {
            return Err(EncodeError::Field { field: "teid" });
        }
        out.extend_from_slice(&self.distinguisher.to_octets());
        let width = if self.endpoint.is_ipv6() { 128_u8 } else { 32 };
        out.push(width.saturating_add(self.teid_bits));
        push_addr(self.endpoint, out);
        let teid = self.teid.to_be_bytes();
        out.extend(teid.iter().take(self.teid_bits.div_ceil(8).into()));
        Ok(())
    }
}

fn masked(teid: u32, bits: u8) -> u32 {
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits.into()));
    teid & mask.unwrap_or_default()
}

impl fmt::Display for MupRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind())?;
        match self {
            Self::InterworkSegment {
                distinguisher,
                prefix,
            } => write!(f, "{distinguisher}:{prefix}"),
            Self::DirectSegment {
                distinguisher,
                addr,
            } => write!(f, "{distinguisher}:{addr}"),
            Self::Type1Session(of) => write!(
                f,
                "{}:{} teid {:#x} qfi {} endpoint {}",
                of.distinguisher, of.prefix, of.teid, of.qfi, of.endpoint
            ),
            Self::Type2Session(of) => write!(
                f,
                "{}:{} teid {:#x}/{}",
                of.distinguisher, of.endpoint, of.teid, of.teid_bits
            ),
            Self::Unknown {
                architecture,
                value,
                ..
            } => write!(f, "architecture {architecture} ({} octets)", value.len()),
        }
    }
}

fn read(afi: Afi, octets: &[u8]) -> IResult<&[u8], MupRoute> {
    let (after, (architecture, kind, value)) =
        (be_u8, be_u16.map(MupRouteType), length_data(be_u8)).parse(octets)?;
    let (_, route) = if architecture == ARCHITECTURE_5G && kind.name().is_some() {
        all_consuming(|value| body(afi, kind, value)).parse(value)?
    } else {
        rest.map(|value| MupRoute::Unknown {
            architecture,
            kind,
            value: Bytes::copy_from_slice(value),
        })
        .parse(value)?
    };
    Ok((after, route))
}

fn body(afi: Afi, kind: MupRouteType, value: &[u8]) -> IResult<&[u8], MupRoute> {
    let (value, distinguisher) = route_distinguisher(value)?;
    match kind {
        MupRouteType::INTERWORK_SEGMENT => prefix(afi)
            .map(|prefix| MupRoute::InterworkSegment {
                distinguisher,
                prefix,
            })
            .parse(value),
        MupRouteType::DIRECT_SEGMENT => addr_of(afi)
            .map(|addr| MupRoute::DirectSegment {
                distinguisher,
                addr,
            })
            .parse(value),
        MupRouteType::TYPE1_SESSION => (prefix(afi), be_u32, be_u8, addr, source)
            .map(|(prefix, teid, qfi, endpoint, source)| {
                MupRoute::Type1Session(MupType1Session {
                    distinguisher,
                    prefix,
                    teid,
                    qfi,
                    endpoint,
                    source,
                })
            })
            .parse(value),
        _ => (|value| endpoint(afi, value))
            .map(|(endpoint, teid, teid_bits)| {
                MupRoute::Type2Session(MupType2Session {
                    distinguisher,
                    endpoint,
                    teid,
                    teid_bits,
                })
            })
            .parse(value),
    }
}

fn source(value: &[u8]) -> IResult<&[u8], MupSource> {
    if value.is_empty() {
        return Ok((value, MupSource::Absent));
    }
    addr_or_none
        .map(|addr| addr.map_or(MupSource::Empty, MupSource::Addr))
        .parse(value)
}

/// An address and a prefix of a TEID, behind how many bits both have.
fn endpoint(afi: Afi, octets: &[u8]) -> IResult<&[u8], (IpAddr, u32, u8)> {
    let (rest, bits) = be_u8(octets)?;
    let teid_bits = usize::from(bits).checked_sub(width(afi));
    let teid_bits = teid_bits.and_then(|bits| u8::try_from(bits).ok());
    let Some(teid_bits) = teid_bits.filter(|bits| *bits <= 32) else {
        return Err(wrong(octets));
    };
    let (rest, addr) = addr_of(afi)(rest)?;
    let (rest, teid) = take(teid_bits.div_ceil(8))(rest)?;
    let teid = u32::from_be_bytes(padded(teid).unwrap_or_default());
    Ok((rest, (addr, masked(teid, teid_bits), teid_bits)))
}

/// 3GPP 5G.
const ARCHITECTURE_5G: u8 = 1;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::nlri::{
        Destination,
        probe::{agree, refused, unwritable},
    };

    const RD: RouteDistinguisher = RouteDistinguisher::from_as2(65000, 1);

    #[test]
    fn segment_discovery_routes_have_a_prefix_or_an_address() {
        let octets = [1, 0, 1, 12, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 24, 10, 0, 1];
        let route = MupRoute::InterworkSegment {
            distinguisher: RD,
            prefix: "10.0.1.0/24".parse().unwrap(),
        };
        assert_eq!(route.to_string(), "interwork-segment 65000:1:10.0.1.0/24");
        agree(Family::IPV4_MUP, &octets, &route.into());
        let octets = [1, 0, 2, 12, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 192, 0, 2, 1];
        let route = MupRoute::DirectSegment {
            distinguisher: RD,
            addr: "192.0.2.1".parse().unwrap(),
        };
        assert_eq!(route.to_string(), "direct-segment 65000:1:192.0.2.1");
        assert!(!Destination::from(route.clone()).fits(Family::IPV6_MUP));
        agree(Family::IPV4_MUP, &octets, &route.into());
    }

    #[test]
    fn a_type_1_session_has_a_source_or_not() {
        for (source, tail) in [
            (MupSource::Absent, [].as_slice()),
            (MupSource::Empty, &[0]),
            (
                MupSource::Addr("192.0.2.2".parse().unwrap()),
                &[32, 192, 0, 2, 2],
            ),
        ] {
            let mut octets = alloc::vec![1, 0, 3, 0, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1];
            octets.extend([32, 10, 0, 0, 1, 0, 0, 0x30, 0x39, 9, 32, 192, 0, 2, 1]);
            octets.extend(tail);
            octets[3] = u8::try_from(octets.len() - 4).unwrap();
            let session = MupRoute::Type1Session(MupType1Session {
                distinguisher: RD,
                prefix: "10.0.0.1/32".parse().unwrap(),
                teid: 12345,
                qfi: 9,
                endpoint: "192.0.2.1".parse().unwrap(),
                source,
            });
            assert_eq!(
                session.to_string(),
                "type1-session 65000:1:10.0.0.1/32 teid 0x3039 qfi 9 endpoint 192.0.2.1"
            );
            let mut out = Vec::new();
            session.encode(&mut out).unwrap();
            assert_eq!(out, octets);
            let read = MupRoute::decode(Family::IPV4_MUP, &octets);
            assert_eq!(read, Ok((session, [].as_slice())));
        }
    }

    #[test]
    fn a_type_2_session_has_some_bits_of_the_tunnel_identifier() {
        let session = |teid, teid_bits| {
            MupRoute::Type2Session(MupType2Session {
                distinguisher: RD,
                endpoint: "192.0.2.1".parse().unwrap(),
                teid,
                teid_bits,
            })
        };
        let octets = [
            1, 0, 4, 15, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 42, 192, 0, 2, 1, 0x12, 0x40,
        ];
        let route = session(0x1240_0000, 10);
        assert_eq!(
            route.to_string(),
            "type2-session 65000:1:192.0.2.1 teid 0x12400000/10"
        );
        agree(Family::IPV4_MUP, &octets, &route.into());
        let octets = [1, 0, 4, 13, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 32, 192, 0, 2, 1];
        agree(Family::IPV4_MUP, &octets, &session(0, 0).into());
        unwritable(session(0x1260_0000, 10));
        unwritable(session(0, 33));
    }

    #[test]
    fn other_types_and_architectures_are_kept() {
        let kept = |architecture, kind| {
            Destination::from(MupRoute::Unknown {
                architecture,
                kind: MupRouteType(kind),
                value: Bytes::from_static(&[7, 8]),
            })
        };
        agree(Family::IPV6_MUP, &[1, 0, 99, 2, 7, 8], &kept(1, 99));
        agree(Family::IPV6_MUP, &[2, 0, 1, 2, 7, 8], &kept(2, 1));
        unwritable(kept(1, 1));
    }

    #[test]
    fn octets_left_over_and_lengths_that_do_not_fit_are_wrong() {
        let octets = [1, 0, 2, 13, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 192, 0, 2, 1, 0];
        refused(Family::IPV4_MUP, &octets, 16);
        let octets = [1, 0, 4, 9, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 31];
        refused(Family::IPV4_MUP, &octets, 12);
        let octets = [1, 0, 4, 9, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 65];
        refused(Family::IPV4_MUP, &octets, 12);
    }
}
