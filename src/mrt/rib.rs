use core::fmt;

use nom::{
    IResult, Parser,
    bytes::complete::take,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use super::{
    ErrorKind, RecordType, Subtype,
    field::{Wrong, prefix, wrong},
};
use crate::{
    types::{Afi, Family, Prefix, Safi},
    wire::{Destination, PathId},
};

/// The routes to one prefix (RFC 6396 §4.3.2, RFC 8050 §4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rib<'a> {
    /// Counts the records of a table.
    pub sequence: u32,
    /// IPv4 or IPv6, unicast or multicast.
    pub family: Family,
    /// Whether the entries have path identifiers.
    pub with_path_ids: bool,
    /// The destination; host bits are cleared.
    pub prefix: Prefix,
    /// One for each neighbour and path.
    pub entries: RibEntries<'a>,
}

/// The routes to one destination of any family (RFC 6396 §4.3.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RibGeneric<'a> {
    /// Counts the records of a table.
    pub sequence: u32,
    /// The family.
    pub family: Family,
    /// Whether the NLRI begins with a path identifier (RFC 8050 §4.2).
    pub with_path_ids: bool,
    /// The NLRI as the family has it.
    pub nlri: &'a [u8],
    /// One for each neighbour; they have no path identifiers of their own.
    pub entries: RibEntries<'a>,
}

/// One route of a table (RFC 6396 §4.3.4, RFC 8050 §4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RibEntry<'a> {
    /// The neighbour's place in the PEER_INDEX_TABLE.
    pub peer_index: u16,
    /// When the route was heard, in seconds since 1970-01-01 UTC.
    pub originated: u32,
    /// Present exactly if the record has them.
    pub path_id: Option<PathId>,
    /// The path attributes, with AS numbers of four octets and MP_REACH_NLRI
    /// cut down to the next hop: see [`RibEntry::expand`].
    pub attributes: &'a [u8],
}

/// The entries of a record: octets that have been checked, or values to be
/// written.
#[derive(Clone, Copy)]
pub struct RibEntries<'a>(List<'a>);

#[derive(Clone, Copy)]
enum List<'a> {
    Octets {
        octets: &'a [u8],
        with_path_ids: bool,
    },
    Values(&'a [RibEntry<'a>]),
}

/// The entries of a [`RibEntries`], in its order.
#[derive(Clone)]
pub struct RibEntryIter<'a>(List<'a>);

impl<'a> RibEntries<'a> {
    /// The entries in the order of the record.
    pub fn iter(&self) -> RibEntryIter<'a> {
        RibEntryIter(self.0)
    }
}

impl<'a> From<&'a [RibEntry<'a>]> for RibEntries<'a> {
    fn from(entries: &'a [RibEntry<'a>]) -> Self {
        Self(List::Values(entries))
    }
}

impl<'a> IntoIterator for &RibEntries<'a> {
    type Item = RibEntry<'a>;
    type IntoIter = RibEntryIter<'a>;

    fn into_iter(self) -> RibEntryIter<'a> {
        self.iter()
    }
}

impl<'a> Iterator for RibEntryIter<'a> {
    type Item = RibEntry<'a>;

    fn next(&mut self) -> Option<RibEntry<'a>> {
        match &mut self.0 {
            List::Octets {
                octets,
                with_path_ids,
            } => {
                let (rest, entry) = entry(*with_path_ids, octets).ok()?;
                *octets = rest;
                Some(entry)
            }
            List::Values(values) => {
                let (first, rest) = values.split_first()?;
                *values = rest;
                Some(*first)
            }
        }
    }
}

impl PartialEq for RibEntries<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for RibEntries<'_> {}

impl fmt::Debug for RibEntries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for RibEntryIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

pub(super) fn rib(
    family: Family,
    with_path_ids: bool,
    octets: &[u8],
) -> IResult<&[u8], Rib<'_>, Wrong<'_>> {
    let (rest, sequence) = be_u32(octets)?;
    let (rest, prefix) = prefix(family.afi, rest)?;
    let (rest, entries) = entries(with_path_ids, rest)?;
    let rib = Rib {
        sequence,
        family,
        with_path_ids,
        prefix,
        entries,
    };
    Ok((rest, rib))
}

/// Reads RIB_GENERIC; `None` if the end of the NLRI cannot be told.
pub(super) fn generic(
    with_path_ids: bool,
    octets: &[u8],
) -> IResult<&[u8], Option<RibGeneric<'_>>, Wrong<'_>> {
    let (start, (sequence, afi, safi)) = (be_u32, be_u16, be_u8).parse(octets)?;
    let family = Family::new(Afi(afi), Safi(safi));
    if !Destination::is_read(family) {
        return Ok((start, None));
    }
    let (rest, _) = take(path_id_len(with_path_ids)).parse(start)?;
    let Some((_, rest)) = Destination::split_first(family, rest) else {
        return wrong(rest, ErrorKind::Short);
    };
    let (rest, nlri) = take(start.len().saturating_sub(rest.len())).parse(start)?;
    let (rest, entries) = entries(false, rest)?;
    let generic = RibGeneric {
        sequence,
        family,
        with_path_ids,
        nlri,
        entries,
    };
    Ok((rest, Some(generic)))
}

/// Whether `nlri` is one element of the family, by its framing.
pub(super) fn is_one(family: Family, with_path_ids: bool, nlri: &[u8]) -> bool {
    let nlri = nlri.get(path_id_len(with_path_ids)..);
    let split = nlri.and_then(|nlri| Destination::split_first(family, nlri));
    matches!(split, Some((_, [])))
}

fn path_id_len(with_path_ids: bool) -> usize {
    if with_path_ids { 4 } else { 0 }
}

fn entries(with_path_ids: bool, octets: &[u8]) -> IResult<&[u8], RibEntries<'_>, Wrong<'_>> {
    let (start, count) = be_u16(octets)?;
    let mut rest = start;
    for _ in 0..count {
        (rest, _) = entry(with_path_ids, rest)?;
    }
    let (rest, octets) = take(start.len().saturating_sub(rest.len())).parse(start)?;
    let list = List::Octets {
        octets,
        with_path_ids,
    };
    Ok((rest, RibEntries(list)))
}

fn entry(with_path_ids: bool, octets: &[u8]) -> IResult<&[u8], RibEntry<'_>, Wrong<'_>> {
    let (rest, (peer_index, originated)) = (be_u16, be_u32).parse(octets)?;
    let (rest, path_id) = if with_path_ids {
        be_u32.map(|id| Some(PathId(id))).parse(rest)?
    } else {
        (rest, None)
    };
    let (rest, attributes) = length_data(be_u16).parse(rest)?;
    let entry = RibEntry {
        peer_index,
        originated,
        path_id,
        attributes,
    };
    Ok((rest, entry))
}

/// Whether these octets of a record would be read as RIB_GENERIC.
pub(super) fn is_generic(kind: RecordType, subtype: Subtype, octets: &[u8]) -> bool {
    let known = matches!(subtype, Subtype::RIB_GENERIC | Subtype::RIB_GENERIC_ADDPATH);
    let read = generic(subtype == Subtype::RIB_GENERIC_ADDPATH, octets);
    // What is neither read nor left alone is an error.
    kind == RecordType::TABLE_DUMP_V2 && known && !matches!(read, Ok((_, None)))
}
