//! AS_PATH and AS4_PATH: segments to octets and back, and their union
//! (RFC 4271 §4.3, RFC 6793 §4.2).

use alloc::vec::Vec;

use crate::{
    types::{AsPath, Asn, Segment, SegmentKind},
    wire::{FaultKind, attribute::value::Wrong},
};

/// AS_PATH or AS4_PATH where it lies; every segment has an AS, and none is AS 0
/// (RFC 4271 §4.3, RFC 7607 §2).
#[derive(Clone, Copy, Debug)]
pub struct PathView<'a> {
    octets: &'a [u8],
    four_octet_as: bool,
    has_confed: bool,
}

/// One segment of a [`PathView`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SegmentView<'a> {
    /// How the numbers relate.
    pub kind: SegmentKind,
    /// At least one.
    pub asns: AsnView<'a>,
}

/// The numbers of a [`SegmentView`].
#[derive(Clone, Debug)]
pub struct AsnView<'a> {
    octets: &'a [u8],
    four_octet_as: bool,
}

impl<'a> PathView<'a> {
    /// Checks all segments.
    #[inline]
    pub(super) fn new(octets: &'a [u8], four_octet_as: bool) -> Result<Self, Wrong> {
        let mut has_confed = false;
        let mut rest = octets;
        while let [kind, count, after @ ..] = rest {
            let wrong = || Wrong {
                kind: FaultKind::Value,
                at: octets.len().saturating_sub(rest.len()),
            };
            has_confed |= SegmentKind::from_octet(*kind)
                .ok_or_else(wrong)?
                .is_confed();
            let length = octets_of(*count, four_octet_as);
            let (asns, after) = after.split_at_checked(length).ok_or_else(wrong)?;
            let zero = if four_octet_as {
                asns.as_chunks::<4>().0.contains(&[0; 4])
            } else {
                asns.as_chunks::<2>().0.contains(&[0; 2])
            };
            if *count == 0 || zero {
                return Err(wrong());
            }
            rest = after;
        }
        if !rest.is_empty() {
            let at = octets.len().saturating_sub(rest.len());
            let kind = FaultKind::Value;
            return Err(Wrong { kind, at });
        }
        Ok(Self {
            octets,
            four_octet_as,
            has_confed,
        })
    }

    /// The segments in path order.
    pub fn segments(&self) -> impl Iterator<Item = SegmentView<'a>> + use<'a> {
        let Self {
            mut octets,
            four_octet_as,
            ..
        } = *self;
        core::iter::from_fn(move || {
            let ([kind, count], rest) = octets.split_first_chunk()?;
            let length = octets_of(*count, four_octet_as);
            let (asns, rest) = rest.split_at_checked(length)?;
            octets = rest;
            Some(SegmentView {
                kind: SegmentKind::from_octet(*kind)?,
                asns: AsnView {
                    octets: asns,
                    four_octet_as,
                },
            })
        })
    }

    /// All numbers in path order, whatever segment they are in.
    pub fn asns(&self) -> impl Iterator<Item = Asn> + use<'a> {
        self.segments().flat_map(|segment| segment.asns)
    }

    /// Whether there is a segment of a confederation (RFC 5065).
    pub const fn has_confed(&self) -> bool {
        self.has_confed
    }

    /// Puts the path in place of what `path` held.
    #[inline]
    pub(in crate::wire) fn copy_to(&self, path: &mut AsPath) {
        path.clear();
        for SegmentView { kind, asns } in self.segments() {
            if asns.four_octet_as {
                let (asns, _) = asns.octets.as_chunks();
                let asns = asns.iter().map(|asn| Asn(u32::from_be_bytes(*asn)));
                path.push_exactly(kind, asns);
            } else {
                path.push_exactly(kind, asns);
            }
        }
    }
}

impl Iterator for AsnView<'_> {
    type Item = Asn;

    #[inline]
    fn next(&mut self) -> Option<Asn> {
        if self.four_octet_as {
            let (asn, rest) = self.octets.split_first_chunk()?;
            self.octets = rest;
            Some(Asn(u32::from_be_bytes(*asn)))
        } else {
            let (asn, rest) = self.octets.split_first_chunk()?;
            self.octets = rest;
            Some(Asn(u32::from(u16::from_be_bytes(*asn))))
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.octets.len() / if self.four_octet_as { 4 } else { 2 };
        (left, Some(left))
    }
}

impl ExactSizeIterator for AsnView<'_> {}

/// Appends the segments; those over 255 numbers are split. Whether AS 0 is
/// among them, found on the way.
#[inline]
pub(super) fn encode<'a>(
    segments: impl Iterator<Item = Segment<'a>>,
    four_octet_as: bool,
    out: &mut Vec<u8>,
) -> bool {
    let mut zero = false;
    for segment in segments {
        for asns in segment.asns.chunks(255) {
            let count = u8::try_from(asns.len()).unwrap_or(u8::MAX);
            out.extend_from_slice(&[segment.kind.octet(), count]);
            if four_octet_as {
                zero |= encode_asns(asns, out);
            } else {
                let asns = asns.iter().inspect(|asn| zero |= **asn == Asn::ZERO);
                put(out, asns.map(|asn| asn.to_two_octet().to_be_bytes()));
            }
        }
    }
    zero
}

/// Appends the numbers in four octets each; whether AS 0 is among them.
#[inline]
pub(super) fn encode_asns(asns: &[Asn], out: &mut Vec<u8>) -> bool {
    let mut zero = false;
    let asns = asns.iter().inspect(|asn| zero |= **asn == Asn::ZERO);
    put(out, asns.map(|asn| asn.0.to_be_bytes()));
    zero
}

/// Appends chunks of one size: room once, then one store each.
#[inline]
pub(super) fn put<const N: usize>(
    out: &mut Vec<u8>,
    chunks: impl ExactSizeIterator<Item = [u8; N]>,
) {
    let before = out.len();
    let length = chunks.len().saturating_mul(N);
    if chunks.len() <= FEW {
        // Clearing the room first costs more than looking at it each time.
        chunks.for_each(|chunk| out.extend_from_slice(&chunk));
        return;
    }
    out.resize(before.saturating_add(length), 0);
    let (room, _) = out.get_mut(before..).unwrap_or_default().as_chunks_mut();
    for (slot, chunk) in room.iter_mut().zip(chunks) {
        *slot = chunk;
    }
}

/// Up to how many chunks are appended one by one.
const FEW: usize = 16;

/// Octets that [`encode`] writes of a segment.
#[inline]
pub(super) fn wire_len(segment: Segment<'_>, four_octet_as: bool) -> usize {
    let count = segment.asns.len();
    // A division costs more than the rest, and hardly any path needs it.
    let heads = if count <= 255 {
        2
    } else {
        count.div_ceil(255).saturating_mul(2)
    };
    let width = if four_octet_as { 4 } else { 2 };
    count.saturating_mul(width).saturating_add(heads)
}

/// Whether a two-octet speaker needs AS4_PATH beside AS_PATH (RFC 6793 §4.2.2).
pub(super) fn needs_as4(path: &AsPath) -> bool {
    as4_segments(path)
        .flat_map(|segment| segment.asns)
        .any(|asn| !asn.is_two_octet())
}

/// What of the path goes into AS4_PATH: all but confederation segments.
pub(super) fn as4_segments(path: &AsPath) -> impl Iterator<Item = Segment<'_>> {
    path.segments().filter(|segment| !segment.kind.is_confed())
}

/// Octets that this many numbers take.
#[inline]
fn octets_of(count: u8, four_octet_as: bool) -> usize {
    let count = usize::from(count);
    if four_octet_as {
        count << 2
    } else {
        count << 1
    }
}

/// The path that `path` and AS4_PATH together describe (RFC 6793 §4.2.3).
///
/// What `path` is longer by was put in front by two-octet speakers and stays.
/// If AS4_PATH is the longer one it is of no use.
pub(in crate::wire) fn merge(path: &AsPath, as4: &AsPath) -> Option<AsPath> {
    let as4: AsPath = as4_segments(as4).collect();
    let mut excess = path.length().checked_sub(as4.length())?;
    let mut merged = AsPath::empty();
    let mut as4 = as4.segments().peekable();
    for segment in path.segments() {
        match segment.kind {
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => {
                merged.push(segment.kind, segment.asns.iter().copied());
            }
            _ if excess == 0 => break,
            SegmentKind::Set => {
                excess = excess.saturating_sub(1);
                merged.push(segment.kind, segment.asns.iter().copied());
            }
            SegmentKind::Sequence => {
                let (front, cut) = segment.split_at(excess);
                excess = excess.saturating_sub(front.asns.len());
                // A sequence that is cut goes on with what AS4_PATH begins with.
                let goes_on = as4.next_if(|next| !cut.asns.is_empty() && next.kind == front.kind);
                let behind = goes_on.map_or(&[][..], |next| next.asns);
                merged.push(front.kind, front.asns.iter().chain(behind).copied());
                // What comes behind a cut is in AS4_PATH already.
                if !cut.asns.is_empty() {
                    break;
                }
            }
        }
    }
    for segment in as4 {
        merged.push(segment.kind, segment.asns.iter().copied());
    }
    Some(merged)
}
