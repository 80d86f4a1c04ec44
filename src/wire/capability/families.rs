use alloc::vec::Vec;
use core::fmt;

use nom::{
    IResult, Parser,
    combinator::map_res,
    number::complete::{be_u8, be_u16},
};

use super::{family, write_family};
use crate::types::{Afi, Family, Safi};

/// One family of the ADD-PATH capability (RFC 7911 §4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct AddPathFamily {
    /// Which.
    pub family: Family,
    /// What the sender can do with several paths.
    pub mode: AddPathMode,
}

/// The Send/Receive octet of ADD-PATH (RFC 7911 §4), from its sender's side.
///
/// Values other than the three are kept, and mean neither.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AddPathMode(pub u8);

impl AddPathMode {
    /// Can receive several paths.
    pub const RECEIVE: Self = Self(1);
    /// Can send several paths.
    pub const SEND: Self = Self(2);
    /// Can do both.
    pub const BOTH: Self = Self(3);

    /// Whether the capability's sender can receive several paths.
    pub const fn may_receive(self) -> bool {
        matches!(self, Self::RECEIVE | Self::BOTH)
    }

    /// Whether the capability's sender can send several paths.
    pub const fn may_send(self) -> bool {
        matches!(self, Self::SEND | Self::BOTH)
    }

    /// The name that operators use, or `None` for a value without a meaning.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::RECEIVE => "receive",
            Self::SEND => "send",
            Self::BOTH => "both",
            _ => return None,
        })
    }
}

/// One entry of the extended next hop capability (RFC 8950 §4): routes of the
/// family may have a next hop of this address family.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct ExtendedNextHop {
    /// Of the NLRI.
    pub family: Family,
    /// Of the next hop.
    pub next_hop: Afi,
}

/// One family of the multiple labels capability (RFC 8277 §2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MultipleLabels {
    /// Which.
    pub family: Family,
    /// The most labels that the sender reads; 255 is no limit, 0 and 1 make
    /// the entry void.
    pub count: u8,
}

/// One family of the paths-limit capability
/// (draft-abraitis-idr-addpath-paths-limit).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PathsLimit {
    /// Which.
    pub family: Family,
    /// The most paths for a prefix that the sender takes.
    pub limit: u16,
}

impl AddPathFamily {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (family, be_u8.map(AddPathMode))
            .map(|(family, mode)| Self { family, mode })
            .parse(value)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        write_family(self.family, out);
        out.push(self.mode.0);
    }
}

impl ExtendedNextHop {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        // The SAFI takes two octets here.
        (
            be_u16.map(Afi),
            map_res(be_u16, u8::try_from),
            be_u16.map(Afi),
        )
            .map(|(afi, safi, next_hop)| Self {
                family: Family::new(afi, Safi(safi)),
                next_hop,
            })
            .parse(value)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.family.afi.0.to_be_bytes());
        out.extend_from_slice(&[0, self.family.safi.0]);
        out.extend_from_slice(&self.next_hop.0.to_be_bytes());
    }
}

impl MultipleLabels {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (family, be_u8)
            .map(|(family, count)| Self { family, count })
            .parse(value)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        write_family(self.family, out);
        out.push(self.count);
    }
}

impl PathsLimit {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (family, be_u16)
            .map(|(family, limit)| Self { family, limit })
            .parse(value)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        write_family(self.family, out);
        out.extend_from_slice(&self.limit.to_be_bytes());
    }
}

impl fmt::Display for AddPathMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "mode {}", self.0),
        }
    }
}

impl fmt::Display for AddPathFamily {
    /// As `ipv4-unicast both`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.mode)
    }
}

impl fmt::Display for ExtendedNextHop {
    /// As `ipv4-unicast via ipv6`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} via ", self.family)?;
        match self.next_hop {
            Afi::IPV4 => f.write_str("ipv4"),
            Afi::IPV6 => f.write_str("ipv6"),
            Afi(other) => write!(f, "afi{other}"),
        }
    }
}

impl fmt::Display for MultipleLabels {
    /// As `ipv4-unicast 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.count)
    }
}

impl fmt::Display for PathsLimit {
    /// As `ipv4-unicast 8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.limit)
    }
}
