//! AS_PATH and AS4_PATH: segments to octets and back, and their union
//! (RFC 4271 §4.3, RFC 6793 §4.2).

use alloc::vec::Vec;

use nom::{
    IResult, Parser,
    combinator::verify,
    multi::{length_count, many0},
    number::complete::{be_u8, be_u16, be_u32},
};

use crate::{
    types::{AsPath, Asn, Segment, SegmentKind},
    wire::{FaultKind, attribute::read::Wrong},
};

/// Reads a path; every segment has an AS, and none is AS 0 (RFC 7607 §2).
pub(super) fn decode(octets: &[u8], four_octet_as: bool) -> Result<AsPath, Wrong> {
    let parsed = if four_octet_as {
        many0(segment(be_u32)).parse(octets)
    } else {
        many0(segment(be_u16.map(u32::from))).parse(octets)
    };
    match parsed {
        Ok(([], segments)) => Ok(AsPath { segments }),
        Ok((rest, _)) => Err(Wrong {
            kind: FaultKind::Value,
            at: octets.len().saturating_sub(rest.len()),
        }),
        Err(_) => Err(Wrong::value()),
    }
}

fn segment<'a>(
    number: impl Parser<&'a [u8], Output = u32, Error = ()>,
) -> impl Parser<&'a [u8], Output = Segment, Error = ()> {
    let asn = verify(number, |number: &u32| *number != 0).map(Asn);
    let asns = verify(length_count(be_u8, asn), |asns: &Vec<_>| !asns.is_empty());
    (kind, asns).map(|(kind, asns)| Segment { kind, asns })
}

fn kind(octets: &[u8]) -> IResult<&[u8], SegmentKind, ()> {
    let (rest, kind) = be_u8(octets)?;
    let kind = match kind {
        1 => SegmentKind::Set,
        2 => SegmentKind::Sequence,
        3 => SegmentKind::ConfedSequence,
        4 => SegmentKind::ConfedSet,
        _ => return Err(nom::Err::Error(())),
    };
    Ok((rest, kind))
}

/// Appends the segments; those over 255 numbers are split, empty ones left out.
pub(super) fn encode<'a>(
    segments: impl IntoIterator<Item = &'a Segment>,
    four_octet_as: bool,
    out: &mut Vec<u8>,
) {
    for segment in segments {
        for asns in segment.asns.chunks(255) {
            out.push(match segment.kind {
                SegmentKind::Set => 1,
                SegmentKind::Sequence => 2,
                SegmentKind::ConfedSequence => 3,
                SegmentKind::ConfedSet => 4,
            });
            out.push(u8::try_from(asns.len()).unwrap_or(u8::MAX));
            for asn in asns {
                if four_octet_as {
                    out.extend_from_slice(&asn.0.to_be_bytes());
                } else {
                    out.extend_from_slice(&asn.to_two_octet().to_be_bytes());
                }
            }
        }
    }
}

/// Whether a two-octet speaker needs AS4_PATH beside AS_PATH (RFC 6793 §4.2.2).
pub(super) fn needs_as4(path: &AsPath) -> bool {
    as4_segments(path)
        .flat_map(|segment| &segment.asns)
        .any(|asn| !asn.is_two_octet())
}

/// What of the path goes into AS4_PATH: all but confederation segments.
pub(super) fn as4_segments(path: &AsPath) -> impl Iterator<Item = &Segment> {
    path.segments
        .iter()
        .filter(|segment| !segment.kind.is_confed())
}

/// The path that `path` and AS4_PATH together describe (RFC 6793 §4.2.3).
///
/// What `path` is longer by was put in front by two-octet speakers and stays.
/// If AS4_PATH is the longer one it is of no use.
pub(super) fn merge(path: AsPath, mut as4: AsPath) -> AsPath {
    as4.segments.retain(|segment| !segment.kind.is_confed());
    let Some(mut excess) = path.length().checked_sub(as4.length()) else {
        return path;
    };
    let mut segments: Vec<Segment> = Vec::new();
    let mut cut = false;
    for mut segment in path.segments {
        match segment.kind {
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => {}
            _ if excess == 0 => break,
            SegmentKind::Set => excess = excess.saturating_sub(1),
            SegmentKind::Sequence => {
                cut = segment.asns.len() > excess;
                segment.asns.truncate(excess);
                excess = excess.saturating_sub(segment.asns.len());
            }
        }
        segments.push(segment);
    }
    // The sequence that was cut goes on with what AS4_PATH begins with.
    let mut as4 = as4.segments.into_iter().peekable();
    if let Some(last) = segments.last_mut().filter(|_| cut)
        && let Some(first) = as4.next_if(|first| first.kind == last.kind)
    {
        last.asns.extend(first.asns);
    }
    segments.extend(as4);
    AsPath { segments }
}
