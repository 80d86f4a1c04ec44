use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use bytes::Bytes;
use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::{all_consuming, map, rest},
    multi::length_data,
    number::complete::{be_u8, be_u32},
};

use super::{
    MulticastFlow,
    read::{addr_rest, front, push_addr, push_framed, route_distinguisher, wrong},
};
use crate::{
    types::{Asn, Family, RouteDistinguisher},
    wire::EncodeError,
};

/// The type octet of a multicast VPN route.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct MvpnRouteType(pub u8);

impl MvpnRouteType {
    /// Intra-AS I-PMSI auto-discovery (RFC 6514 §4.1).
    pub const INTRA_AS_I_PMSI: Self = Self(1);
    /// Inter-AS I-PMSI auto-discovery (RFC 6514 §4.2).
    pub const INTER_AS_I_PMSI: Self = Self(2);
    /// S-PMSI auto-discovery (RFC 6514 §4.3).
    pub const S_PMSI: Self = Self(3);
    /// Leaf auto-discovery (RFC 6514 §4.4).
    pub const LEAF: Self = Self(4);
    /// Source active auto-discovery (RFC 6514 §4.5).
    pub const SOURCE_ACTIVE: Self = Self(5);
    /// Shared tree join (RFC 6514 §4.6).
    pub const SHARED_TREE_JOIN: Self = Self(6);
    /// Source tree join (RFC 6514 §4.6).
    pub const SOURCE_TREE_JOIN: Self = Self(7);

    /// The name that operators use, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::INTRA_AS_I_PMSI => "intra-as-i-pmsi",
            Self::INTER_AS_I_PMSI => "inter-as-i-pmsi",
            Self::S_PMSI => "s-pmsi",
            Self::LEAF => "leaf",
            Self::SOURCE_ACTIVE => "source-active",
            Self::SHARED_TREE_JOIN => "shared-tree-join",
            Self::SOURCE_TREE_JOIN => "source-tree-join",
            _ => return None,
        })
    }
}

impl fmt::Display for MvpnRouteType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

/// A multicast VPN route (RFC 6514 §4).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum MvpnRoute {
    /// Type 1: a router is part of the VPN.
    IntraAsIPmsi {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// The originating router's address.
        originator: IpAddr,
    },
    /// Type 2: an AS is part of the VPN.
    InterAsIPmsi {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// The AS.
        source_as: Asn,
    },
    /// Type 3: a tunnel for some flows.
    SPmsi {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// The flow.
        flow: MulticastFlow,
        /// The originating router's address.
        originator: IpAddr,
    },
    /// Type 4: a router wants to be on a tunnel.
    Leaf {
        /// The route that announced the tunnel, as its octets.
        key: Bytes,
        /// The originating router's address.
        originator: IpAddr,
    },
    /// Type 5: a source sends.
    SourceActive {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// The flow.
        flow: MulticastFlow,
    },
    /// Type 6: a customer joins a shared tree.
    SharedTreeJoin(MvpnJoin),
    /// Type 7: a customer joins a source tree.
    SourceTreeJoin(MvpnJoin),
    /// Any other, as it came.
    Unknown {
        /// Its type.
        kind: MvpnRouteType,
        /// What follows the length octet; at most 255 octets.
        value: Bytes,
    },
}

/// A customer's join.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MvpnJoin {
    /// Of the VPN at the upstream router.
    pub distinguisher: RouteDistinguisher,
    /// The upstream router's AS.
    pub source_as: Asn,
    /// What is joined.
    pub flow: MulticastFlow,
}

impl MvpnRoute {
    /// The type octet.
    pub const fn kind(&self) -> MvpnRouteType {
        match self {
            Self::IntraAsIPmsi { .. } => MvpnRouteType::INTRA_AS_I_PMSI,
            Self::InterAsIPmsi { .. } => MvpnRouteType::INTER_AS_I_PMSI,
            Self::SPmsi { .. } => MvpnRouteType::S_PMSI,
            Self::Leaf { .. } => MvpnRouteType::LEAF,
            Self::SourceActive { .. } => MvpnRouteType::SOURCE_ACTIVE,
            Self::SharedTreeJoin(_) => MvpnRouteType::SHARED_TREE_JOIN,
            Self::SourceTreeJoin(_) => MvpnRouteType::SOURCE_TREE_JOIN,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    pub(in crate::wire) fn decode(_: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(read, octets)
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.kind().0);
        push_framed(out, |out| {
            match self {
                Self::IntraAsIPmsi {
                    distinguisher,
                    originator,
                } => {
                    out.extend_from_slice(&distinguisher.to_octets());
                    push_addr(*originator, out);
                }
                Self::InterAsIPmsi {
                    distinguisher,
                    source_as,
                } => {
                    out.extend_from_slice(&distinguisher.to_octets());
                    out.extend_from_slice(&source_as.0.to_be_bytes());
                }
                Self::SPmsi {
                    distinguisher,
                    flow,
                    originator,
                } => {
                    out.extend_from_slice(&distinguisher.to_octets());
                    flow.encode(out);
                    push_addr(*originator, out);
                }
                Self::Leaf { key, originator } => {
                    if !is_framed(key) {
                        return Err(EncodeError::Field { field: "key" });
                    }
                    out.extend_from_slice(key);
                    push_addr(*originator, out);
                }
                Self::SourceActive {
                    distinguisher,
                    flow,
                } => {
                    out.extend_from_slice(&distinguisher.to_octets());
                    flow.encode(out);
                }
                Self::SharedTreeJoin(join) | Self::SourceTreeJoin(join) => {
                    out.extend_from_slice(&join.distinguisher.to_octets());
                    out.extend_from_slice(&join.source_as.0.to_be_bytes());
                    join.flow.encode(out);
                }
                Self::Unknown { kind, value } => {
                    if kind.name().is_some() {
                        return Err(EncodeError::Field { field: "kind" });
                    }
                    out.extend_from_slice(value);
                }
            }
            Ok(())
        })
    }
}

impl fmt::Display for MvpnRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind())?;
        match self {
            Self::IntraAsIPmsi {
                distinguisher,
                originator,
            } => write!(f, "{distinguisher} from {originator}"),
            Self::InterAsIPmsi {
                distinguisher,
                source_as,
            } => write!(f, "{distinguisher} as {source_as}"),
            Self::SPmsi {
                distinguisher,
                flow,
                originator,
            } => write!(f, "{distinguisher} ({flow}) from {originator}"),
            Self::Leaf { key, originator } => match front(read, key) {
                Ok((route, [])) => write!(f, "[{route}] from {originator}"),
                _ => write!(f, "[{} octets] from {originator}", key.len()),
            },
            Self::SourceActive {
                distinguisher,
                flow,
            } => write!(f, "{distinguisher} ({flow})"),
            Self::SharedTreeJoin(join) | Self::SourceTreeJoin(join) => {
                let MvpnJoin {
                    distinguisher,
                    source_as,
                    flow,
                } = join;
                write!(f, "{distinguisher} as {source_as} ({flow})")
            }
            Self::Unknown { value, .. } => write!(f, "({} octets)", value.len()),
        }
    }
}

fn read(octets: &[u8]) -> IResult<&[u8], MvpnRoute> {
    let (after, (kind, value)) = (be_u8.map(MvpnRouteType), length_data(be_u8)).parse(octets)?;
    let (_, route) = all_consuming(|value| body(kind, value)).parse(value)?;
    Ok((after, route))
}

fn body(kind: MvpnRouteType, value: &[u8]) -> IResult<&[u8], MvpnRoute> {
    match kind {
        MvpnRouteType::INTRA_AS_I_PMSI => (route_distinguisher, addr_rest)
            .map(|(distinguisher, originator)| MvpnRoute::IntraAsIPmsi {
                distinguisher,
                originator,
            })
            .parse(value),
        MvpnRouteType::INTER_AS_I_PMSI => (route_distinguisher, be_u32.map(Asn))
            .map(|(distinguisher, source_as)| MvpnRoute::InterAsIPmsi {
                distinguisher,
                source_as,
            })
            .parse(value),
        MvpnRouteType::S_PMSI => (route_distinguisher, MulticastFlow::read, addr_rest)
            .map(|(distinguisher, flow, originator)| MvpnRoute::SPmsi {
                distinguisher,
                flow,
                originator,
            })
            .parse(value),
        MvpnRouteType::LEAF => (key, addr_rest)
            .map(|(key, originator)| MvpnRoute::Leaf {
                key: Bytes::copy_from_slice(key),
                originator,
            })
            .parse(value),
        MvpnRouteType::SOURCE_ACTIVE => (route_distinguisher, MulticastFlow::read)
            .map(|(distinguisher, flow)| MvpnRoute::SourceActive {
                distinguisher,
                flow,
            })
            .parse(value),
        MvpnRouteType::SHARED_TREE_JOIN => map(join, MvpnRoute::SharedTreeJoin).parse(value),
        MvpnRouteType::SOURCE_TREE_JOIN => map(join, MvpnRoute::SourceTreeJoin).parse(value),
        _ => rest
            .map(|value| MvpnRoute::Unknown {
                kind,
                value: Bytes::copy_from_slice(value),
            })
            .parse(value),
    }
}

fn join(value: &[u8]) -> IResult<&[u8], MvpnJoin> {
    (route_distinguisher, be_u32.map(Asn), MulticastFlow::read)
        .map(|(distinguisher, source_as, flow)| MvpnJoin {
            distinguisher,
            source_as,
            flow,
        })
        .parse(value)
}

/// The NLRI, type and length included, that a leaf answers to.
fn key(value: &[u8]) -> IResult<&[u8], &[u8]> {
    let Some([_, length]) = value.first_chunk() else {
        return Err(wrong(value));
    };
    take(usize::from(*length).saturating_add(2))(value)
}

/// Whether the octets are just one NLRI.
fn is_framed(octets: &[u8]) -> bool {
    key(octets).is_ok_and(|(rest, _)| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::nlri::{
        Destination,
        probe::{agree, refused, unwritable},
    };

    const RD: RouteDistinguisher = RouteDistinguisher::from_as2(65000, 1);
    const FLOW: MulticastFlow = MulticastFlow {
        source: Some(IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 8))),
        group: Some(IpAddr::V4(core::net::Ipv4Addr::new(233, 252, 0, 1))),
    };

    /// Type, length, distinguisher and the rest.
    fn octets(kind: u8, rest: &[u8]) -> Vec<u8> {
        let length = u8::try_from(rest.len() + 8).unwrap();
        let mut octets = alloc::vec![kind, length, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1];
        octets.extend(rest);
        octets
    }

    const FLOW_OCTETS: [u8; 10] = [32, 192, 0, 2, 8, 32, 233, 252, 0, 1];

    #[test]
    fn auto_discovery_routes_name_a_router_or_an_as() {
        let originator = "192.0.2.1".parse().unwrap();
        let distinguisher = RD;
        let route = MvpnRoute::IntraAsIPmsi {
            distinguisher,
            originator,
        };
        assert_eq!(route.to_string(), "intra-as-i-pmsi 65000:1 from 192.0.2.1");
        agree(
            Family::IPV4_MVPN,
            &octets(1, &[192, 0, 2, 1]),
            &route.into(),
        );
        let route = MvpnRoute::InterAsIPmsi {
            distinguisher,
            source_as: Asn(65001),
        };
        assert_eq!(route.to_string(), "inter-as-i-pmsi 65000:1 as 65001");
        agree(
            Family::IPV6_MVPN,
            &octets(2, &[0, 0, 0xfd, 0xe9]),
            &route.into(),
        );
    }

    #[test]
    fn flows_have_a_source_and_a_group() {
        let route = MvpnRoute::SourceActive {
            distinguisher: RD,
            flow: FLOW,
        };
        assert_eq!(
            route.to_string(),
            "source-active 65000:1 (192.0.2.8, 233.252.0.1)"
        );
        agree(Family::IPV4_MVPN, &octets(5, &FLOW_OCTETS), &route.into());
        let route = MvpnRoute::SPmsi {
            distinguisher: RD,
            flow: MulticastFlow {
                source: None,
                group: None,
            },
            originator: "192.0.2.1".parse().unwrap(),
        };
        assert_eq!(route.to_string(), "s-pmsi 65000:1 (*, *) from 192.0.2.1");
        agree(
            Family::IPV4_MVPN,
            &octets(3, &[0, 0, 192, 0, 2, 1]),
            &route.into(),
        );
    }

    #[test]
    fn joins_name_the_upstream_as() {
        let join = MvpnJoin {
            distinguisher: RD,
            source_as: Asn(65001),
            flow: FLOW,
        };
        let mut rest = alloc::vec![0, 0, 0xfd, 0xe9];
        rest.extend(FLOW_OCTETS);
        let route = MvpnRoute::SharedTreeJoin(join);
        assert_eq!(
            route.to_string(),
            "shared-tree-join 65000:1 as 65001 (192.0.2.8, 233.252.0.1)"
        );
        agree(Family::IPV4_MVPN, &octets(6, &rest), &route.into());
        let route = MvpnRoute::SourceTreeJoin(join);
        agree(Family::IPV4_MVPN, &octets(7, &rest), &route.into());
    }

    #[test]
    fn a_leaf_carries_the_route_that_it_answers() {
        let key = octets(2, &[0, 0, 0xfd, 0xe9]);
        let leaf = |key: &[u8]| MvpnRoute::Leaf {
            key: Bytes::copy_from_slice(key),
            originator: "2001:db8::1".parse().unwrap(),
        };
        let mut whole = alloc::vec![4, 30];
        whole.extend(&key);
        whole.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        let route = leaf(&key);
        assert_eq!(
            route.to_string(),
            "leaf [inter-as-i-pmsi 65000:1 as 65001] from 2001:db8::1"
        );
        agree(Family::IPV6_MVPN, &whole, &route.into());
        unwritable(Destination::from(leaf(&key[..10])));
    }

    #[test]
    fn leaves_inside_leaves_are_shown_one_deep_for_each_two_octets() {
        let mut key = octets(2, &[0, 0, 0xfd, 0xe9]);
        while key.len() < 240 {
            let mut outer = alloc::vec![4, u8::try_from(key.len() + 4).unwrap()];
            outer.extend(key);
            outer.extend([192, 0, 2, 1]);
            key = outer;
        }
        let (route, _) = MvpnRoute::decode(Family::IPV4_MVPN, &key).unwrap();
        assert_eq!(route.to_string().matches("leaf").count(), 38);
    }

    #[test]
    fn an_unknown_type_is_kept() {
        let route = |kind| MvpnRoute::Unknown {
            kind: MvpnRouteType(kind),
            value: Bytes::from_static(&[7, 8]),
        };
        agree(Family::IPV4_MVPN, &[9, 2, 7, 8], &route(9).into());
        unwritable(Destination::from(route(5)));
    }

    #[test]
    fn addresses_of_other_lengths_are_wrong() {
        refused(Family::IPV4_MVPN, &octets(1, &[192, 0, 2]), 10);
        refused(Family::IPV4_MVPN, &octets(5, &[31, 192, 0, 2, 8, 0]), 10);
        refused(Family::IPV4_MVPN, &octets(5, &[0, 0, 0]), 12);
    }
}
