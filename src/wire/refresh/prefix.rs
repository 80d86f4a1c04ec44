use alloc::vec::Vec;
use core::{
    fmt,
    iter::FusedIterator,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use nom::{
    IResult, Parser,
    bytes::complete::take,
    number::complete::{be_u8, be_u32},
};
use thiserror::Error;

use super::FILTERS;
use crate::{
    types::{Afi, Family, Prefix, Safi},
    wire::EncodeError,
};

/// One entry of an address prefix filter list (RFC 5292 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::exhaustive_enums,
    reason = "the fourth value of the two bits makes the whole list unrecognized"
)]
pub enum PrefixOrf {
    /// Put this filter in the list.
    Add(PrefixFilter),
    /// Take this filter out of the list.
    Remove(PrefixFilter),
    /// Empty the list.
    RemoveAll,
}

/// An address prefix filter: which routes the receiver is, or is not, to send.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PrefixFilter {
    /// What happens to a route that matches.
    pub matching: OrfMatch,
    /// Where in the list it stands: the lowest that matches decides.
    pub sequence: u32,
    /// Matches itself and, with the lengths below, more specific ones.
    pub prefix: Prefix,
    /// The least length that matches; 0 is unspecified.
    pub min_length: u8,
    /// The greatest length that matches; 0 is unspecified.
    pub max_length: u8,
}

/// What happens to a route that matches (RFC 5291 §4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "one bit on the wire")]
pub enum OrfMatch {
    /// It is sent.
    Permit,
    /// It is not.
    Deny,
}

/// An entry that this codec does not recognize: the receiver takes away the
/// whole list that it had (RFC 5291 §6).
///
/// The action 3 is one, which some implementations send for REMOVE-ALL: to the
/// same effect.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unrecognized entry at octet {offset}")]
pub struct UnrecognizedOrf {
    /// Where in the group's entries it begins.
    pub offset: usize,
}

/// The entries of an address prefix filter list, in the order of the wire.
///
/// Ends after the first entry that is not recognized: where the next would
/// begin is not known then.
#[derive(Clone, Debug)]
pub struct OrfPrefixes<'a> {
    afi: Afi,
    offset: usize,
    left: &'a [u8],
}

impl PrefixFilter {
    /// Whether the filter speaks of this route (RFC 5292 §4, table 1).
    pub fn matches(&self, route: Prefix) -> bool {
        let length = route.length();
        let long_enough = match (self.min_length, self.max_length) {
            (0, 0) => length == self.prefix.length(),
            (0, _) => true,
            (least, _) => length >= least,
        };
        let short_enough = self.max_length == 0 || length <= self.max_length;
        self.prefix.afi() == route.afi() && self.prefix.covers(route) && long_enough && short_enough
    }

    fn write(&self, afi: Afi, action: u8, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.prefix.afi() != afi {
            return Err(FILTERS);
        }
        let deny = u8::from(self.matching == OrfMatch::Deny) << 5;
        out.push(action << 6 | deny);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        let length = self.prefix.length();
        out.extend_from_slice(&[self.min_length, self.max_length, length]);
        let octets = usize::from(length.div_ceil(8));
        match self.prefix.addr() {
            IpAddr::V4(addr) => out.extend(addr.octets().into_iter().take(octets)),
            IpAddr::V6(addr) => out.extend(addr.octets().into_iter().take(octets)),
        }
        Ok(())
    }
}

/// The entries as on the wire.
pub(super) fn write(family: Family, entries: &[PrefixOrf]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    OrfPrefixes::new(family, &[]).ok_or(FILTERS)?;
    for entry in entries {
        match entry {
            PrefixOrf::Add(filter) => filter.write(family.afi, ADD, &mut out)?,
            PrefixOrf::Remove(filter) => filter.write(family.afi, REMOVE, &mut out)?,
            PrefixOrf::RemoveAll => out.push(REMOVE_ALL << 6),
        }
    }
    Ok(out)
}

impl<'a> OrfPrefixes<'a> {
    pub(super) fn new(family: Family, entries: &'a [u8]) -> Option<Self> {
        // NLRI of other families are more than a prefix.
        let plain = matches!(family.afi, Afi::IPV4 | Afi::IPV6)
            && matches!(family.safi, Safi::UNICAST | Safi::MULTICAST | Safi::LABELED);
        plain.then_some(Self {
            afi: family.afi,
            offset: 0,
            left: entries,
        })
    }

    fn entry(&self) -> IResult<&'a [u8], PrefixOrf, ()> {
        let (rest, common) = be_u8(self.left)?;
        let action = common >> 6;
        if action == REMOVE_ALL {
            return Ok((rest, PrefixOrf::RemoveAll));
        }
        let (rest, (sequence, min_length, max_length, length)) =
            (be_u32, be_u8, be_u8, be_u8).parse(rest)?;
        let (rest, octets) = take(usize::from(length.div_ceil(8))).parse(rest)?;
        let filter = self.prefix(octets, length).map(|prefix| PrefixFilter {
            matching: if common & 0x20 == 0 {
                OrfMatch::Permit
            } else {
                OrfMatch::Deny
            },
            sequence,
            prefix,
            min_length,
            max_length,
        });
        let entry = match (action, filter) {
            (ADD, Some(filter)) => PrefixOrf::Add(filter),
            (REMOVE, Some(filter)) => PrefixOrf::Remove(filter),
            _ => return Err(nom::Err::Error(())),
        };
        Ok((rest, entry))
    }

    /// The prefix of these leading octets, unless it is too long.
    fn prefix(&self, octets: &[u8], length: u8) -> Option<Prefix> {
        let mut addr = [0; 16];
        addr.get_mut(..octets.len())?.copy_from_slice(octets);
        let addr = if self.afi == Afi::IPV4 {
            let [a, b, c, d, ..] = addr;
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        } else {
            IpAddr::V6(Ipv6Addr::from(addr))
        };
        Prefix::new(addr, length).ok()
    }
}

impl Iterator for OrfPrefixes<'_> {
    type Item = Result<PrefixOrf, UnrecognizedOrf>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left.is_empty() {
            return None;
        }
        let offset = self.offset;
        let Ok((rest, entry)) = self.entry() else {
            self.left = &[];
            return Some(Err(UnrecognizedOrf { offset }));
        };
        let read = self.left.len().saturating_sub(rest.len());
        self.offset = offset.saturating_add(read);
        self.left = rest;
        Some(Ok(entry))
    }
}

impl FusedIterator for OrfPrefixes<'_> {}

impl fmt::Display for PrefixOrf {
    /// As `add seq 5 permit 10.0.0.0/8 ge 16 le 24`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(filter) => write!(f, "add {filter}"),
            Self::Remove(filter) => write!(f, "remove {filter}"),
            Self::RemoveAll => f.write_str("remove-all"),
        }
    }
}

impl fmt::Display for PrefixFilter {
    /// As `seq 5 permit 10.0.0.0/8 ge 16 le 24`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seq {} {} {}", self.sequence, self.matching, self.prefix)?;
        if self.min_length != 0 {
            write!(f, " ge {}", self.min_length)?;
        }
        if self.max_length != 0 {
            write!(f, " le {}", self.max_length)?;
        }
        Ok(())
    }
}

impl fmt::Display for OrfMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Permit => "permit",
            Self::Deny => "deny",
        })
    }
}

const ADD: u8 = 0;
const REMOVE: u8 = 1;
const REMOVE_ALL: u8 = 2;
