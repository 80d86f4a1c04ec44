use alloc::vec::Vec;
use core::{fmt, net::Ipv4Addr};

use bytes::Bytes;
use nom::{
    IResult, Parser,
    combinator::{all_consuming, rest},
    multi::length_data,
    number::complete::be_u16,
};

use super::read::{array, front, label, route_distinguisher};
use crate::{
    types::{Family, Label, RouteDistinguisher},
    wire::EncodeError,
};

/// A route of the VPLS family. The length tells which of its kinds.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum VplsRoute {
    /// Labels for a block of sites: 17 octets.
    Block(VplsBlock),
    /// Auto-discovery: 12 octets.
    Discovery(VplsDiscovery),
    /// Of any other length, such as the pseudowires of RFC 6624.
    Other {
        /// Which VPN's route.
        distinguisher: RouteDistinguisher,
        /// What follows.
        value: Bytes,
    },
}

/// A block of labels, one for each remote site (RFC 4761 §3.2.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct VplsBlock {
    /// Which VPN's route.
    pub distinguisher: RouteDistinguisher,
    /// The VPLS edge's id.
    pub edge: u16,
    /// The id of the first remote edge that the block is for.
    pub block_offset: u16,
    /// How many labels.
    pub block_size: u16,
    /// The first label; the bits after it mean nothing.
    pub label_base: Label,
}

/// A member of a VPLS (RFC 6074 §3.2.2.1, §7).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct VplsDiscovery {
    /// Which VPN's route.
    pub distinguisher: RouteDistinguisher,
    /// The provider edge's id, most often its address.
    pub edge: Ipv4Addr,
}

impl VplsRoute {
    /// Which VPN's route.
    pub const fn distinguisher(&self) -> RouteDistinguisher {
        match self {
            Self::Block(route) => route.distinguisher,
            Self::Discovery(route) => route.distinguisher,
            Self::Other { distinguisher, .. } => *distinguisher,
        }
    }

    pub(in crate::wire) fn decode(_: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(read, octets)
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let wrong = EncodeError::Field { field: "length" };
        let length = match self {
            Self::Block(_) => BLOCK,
            Self::Discovery(_) => DISCOVERY,
            Self::Other { value, .. } => match value.len().saturating_add(8) {
                BLOCK | DISCOVERY => return Err(wrong),
                length => length,
            },
        };
        let length = u16::try_from(length).map_err(|_| wrong)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.distinguisher().to_octets());
        match self {
            Self::Block(route) => {
                out.extend_from_slice(&route.edge.to_be_bytes());
                out.extend_from_slice(&route.block_offset.to_be_bytes());
                out.extend_from_slice(&route.block_size.to_be_bytes());
                out.extend_from_slice(&route.label_base.to_octets());
            }
            Self::Discovery(route) => out.extend_from_slice(&route.edge.octets()),
            Self::Other { value, .. } => out.extend_from_slice(value),
        }
        Ok(())
    }
}

impl fmt::Display for VplsRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.distinguisher())?;
        match self {
            Self::Block(route) => write!(
                f,
                " edge {} offset {} size {} label {}",
                route.edge, route.block_offset, route.block_size, route.label_base
            ),
            Self::Discovery(route) => write!(f, " edge {}", route.edge),
            Self::Other { value, .. } => write!(f, " {} octets", value.len()),
        }
    }
}

fn read(octets: &[u8]) -> IResult<&[u8], VplsRoute> {
    let (after, value) = length_data(be_u16).parse(octets)?;
    let (_, route) = all_consuming(|value| body(value)).parse(value)?;
    Ok((after, route))
}

fn body(octets: &[u8]) -> IResult<&[u8], VplsRoute> {
    let (value, distinguisher) = route_distinguisher(octets)?;
    match octets.len() {
        BLOCK => (be_u16, be_u16, be_u16, label)
            .map(|(edge, block_offset, block_size, label_base)| {
                VplsRoute::Block(VplsBlock {
                    distinguisher,
                    edge,
                    block_offset,
                    block_size,
                    label_base,
                })
            })
            .parse(value),
        DISCOVERY => array::<4>
            .map(|edge| {
                VplsRoute::Discovery(VplsDiscovery {
                    distinguisher,
                    edge: edge.into(),
                })
            })
            .parse(value),
        _ => rest
            .map(|value: &[u8]| VplsRoute::Other {
                distinguisher,
                value: Bytes::copy_from_slice(value),
            })
            .parse(value),
    }
}

const BLOCK: usize = 17;
const DISCOVERY: usize = 12;

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
    fn seventeen_octets_are_a_label_block() {
        let octets = [
            0, 17, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0, 5, 0, 1, 0, 8, 0x18, 0x6a, 0x01,
        ];
        let route = VplsRoute::Block(VplsBlock {
            distinguisher: RD,
            edge: 5,
            block_offset: 1,
            block_size: 8,
            label_base: Label::bottom(100_000).unwrap(),
        });
        assert_eq!(
            route.to_string(),
            "65000:1 edge 5 offset 1 size 8 label 100000"
        );
        agree(Family::VPLS, &octets, &route.into());
    }

    #[test]
    fn twelve_octets_are_auto_discovery() {
        let octets = [0, 12, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 192, 0, 2, 1];
        let route = VplsRoute::Discovery(VplsDiscovery {
            distinguisher: RD,
            edge: Ipv4Addr::new(192, 0, 2, 1),
        });
        assert_eq!(route.to_string(), "65000:1 edge 192.0.2.1");
        agree(Family::VPLS, &octets, &route.into());
    }

    #[test]
    fn any_other_length_is_kept_as_octets() {
        let octets = [0, 11, 0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 7, 8, 9];
        let other = |value: &'static [u8]| VplsRoute::Other {
            distinguisher: RD,
            value: Bytes::from_static(value),
        };
        agree(Family::VPLS, &octets, &other(&[7, 8, 9]).into());
        unwritable(Destination::from(other(&[0; 4])));
        unwritable(Destination::from(other(&[0; 9])));
    }

    #[test]
    fn a_route_without_room_for_a_distinguisher_is_wrong() {
        refused(Family::VPLS, &[0, 7, 0, 0, 0xfd, 0xe8, 0, 0, 0], 2);
        refused(Family::VPLS, &[0, 0], 1);
    }
}
