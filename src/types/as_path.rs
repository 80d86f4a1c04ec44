use alloc::{vec, vec::Vec};
use core::fmt;

use super::Asn;

/// AS_PATH: the systems a route came through, nearest first (RFC 4271 §5.1.2).
///
/// Four-octet numbers throughout; the codec translates for two-octet peers.
/// A segment may hold more than the wire's 255 numbers; the codec splits it.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct AsPath {
    /// In path order.
    pub segments: Vec<Segment>,
}

/// A run of an AS_PATH (RFC 4271 §4.3).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Segment {
    /// How the numbers relate.
    pub kind: SegmentKind,
    /// At least one, in order for a sequence.
    pub asns: Vec<Asn>,
}

/// Segment type, one octet on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum SegmentKind {
    /// AS_SET: unordered.
    Set,
    /// AS_SEQUENCE: ordered.
    Sequence,
    /// AS_CONFED_SEQUENCE (RFC 5065).
    ConfedSequence,
    /// AS_CONFED_SET (RFC 5065).
    ConfedSet,
}

impl AsPath {
    /// The empty path of a route that originates here.
    pub const fn empty() -> Self {
        Self {
            segments: Vec::new(),
        }
    }

    /// A path of one sequence; empty if `asns` is.
    pub fn sequence(asns: impl IntoIterator<Item = Asn>) -> Self {
        let asns: Vec<_> = asns.into_iter().collect();
        if asns.is_empty() {
            return Self::empty();
        }
        Self {
            segments: vec![Segment {
                kind: SegmentKind::Sequence,
                asns,
            }],
        }
    }

    /// Puts `asn` in front, in the leading sequence if there is one
    /// (RFC 4271 §5.1.2).
    pub fn prepend(&mut self, asn: Asn) {
        match self.segments.first_mut() {
            Some(Segment {
                kind: SegmentKind::Sequence,
                asns,
            }) => asns.insert(0, asn),
            _ => self.segments.insert(
                0,
                Segment {
                    kind: SegmentKind::Sequence,
                    asns: vec![asn],
                },
            ),
        }
    }

    /// The length that the decision process compares: a set counts one
    /// (RFC 4271 §9.1.2.2 a), confederation segments nothing (RFC 5065 §5.3).
    pub fn length(&self) -> usize {
        self.segments.iter().map(Segment::length).sum()
    }

    /// Whether `asn` occurs anywhere in the path.
    pub fn contains(&self, asn: Asn) -> bool {
        self.segments
            .iter()
            .any(|segment| segment.asns.contains(&asn))
    }

    /// The neighbour AS that the route came from: the first number of the
    /// leading sequence, confederation segments aside.
    pub fn neighbor(&self) -> Option<Asn> {
        let first = self
            .segments
            .iter()
            .find(|segment| !segment.kind.is_confed())?;
        match first.kind {
            SegmentKind::Sequence => first.asns.first().copied(),
            _ => None,
        }
    }

    /// The AS that the route originates in: the last number of a path that
    /// ends in a sequence; `None` for an empty path or one that ends in a set.
    pub fn origin(&self) -> Option<Asn> {
        match self.segments.last() {
            Some(Segment {
                kind: SegmentKind::Sequence,
                asns,
            }) => asns.last().copied(),
            _ => None,
        }
    }

    /// Whether the path has no segments.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}

impl Segment {
    fn length(&self) -> usize {
        match self.kind {
            SegmentKind::Sequence => self.asns.len(),
            SegmentKind::Set => 1,
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => 0,
        }
    }
}

impl SegmentKind {
    /// Whether the segment is local to a confederation (RFC 5065).
    pub const fn is_confed(self) -> bool {
        matches!(self, Self::ConfedSequence | Self::ConfedSet)
    }
}

impl fmt::Display for AsPath {
    /// Numbers with blanks between; sets in braces, confederation sequences in
    /// parentheses, confederation sets in brackets. An empty path is empty text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.segments.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            fmt::Display::fmt(segment, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, between, close) = match self.kind {
            SegmentKind::Sequence => ("", " ", ""),
            SegmentKind::Set => ("{", ",", "}"),
            SegmentKind::ConfedSequence => ("(", " ", ")"),
            SegmentKind::ConfedSet => ("[", ",", "]"),
        };
        f.write_str(open)?;
        for (i, asn) in self.asns.iter().enumerate() {
            if i > 0 {
                f.write_str(between)?;
            }
            fmt::Display::fmt(asn, f)?;
        }
        f.write_str(close)
    }
}
