use alloc::vec::Vec;
use core::{fmt, str::FromStr};

use smallvec::SmallVec;
use thiserror::Error;

use super::Asn;

/// AS_PATH: the systems a route came through, nearest first (RFC 4271 §5.1.2).
///
/// Four-octet numbers throughout; the codec translates for two-octet peers.
/// A segment may hold more than the wire's 255 numbers; the codec splits it.
///
/// Segments lie one behind the other in one allocation, so that a path is
/// compared, hashed and refilled as one run of numbers.
///
/// ```
/// use bgpwright::types::{AsPath, Asn};
///
/// let path: AsPath = "65001 65002 {64512,64513}".parse()?;
/// assert_eq!(path.length(), 3);
/// assert_eq!(path.neighbor(), Some(Asn(65001)));
/// assert_eq!(path.to_string(), "65001 65002 {64512,64513}");
/// # Ok::<(), bgpwright::types::ParseAsPathError>(())
/// ```
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AsPath {
    /// For each segment its head, see [`head`], and then its numbers.
    words: Words,
}

/// A path as long as most are needs no memory of its own.
type Words = SmallVec<[Asn; 6]>;

/// A run of an AS_PATH (RFC 4271 §4.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Segment<'a> {
    /// How the numbers relate.
    pub kind: SegmentKind,
    /// At least one, in order for a sequence.
    pub asns: &'a [Asn],
}

/// Segment type, one octet on the wire.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum SegmentKind {
    /// AS_SET: unordered.
    Set = 1,
    /// AS_SEQUENCE: ordered.
    Sequence = 2,
    /// AS_CONFED_SEQUENCE (RFC 5065).
    ConfedSequence = 3,
    /// AS_CONFED_SET (RFC 5065).
    ConfedSet = 4,
}

impl AsPath {
    /// The empty path of a route that originates here.
    pub const fn empty() -> Self {
        Self {
            words: SmallVec::new_const(),
        }
    }

    /// A path of one sequence; empty if `asns` is.
    pub fn sequence(asns: impl IntoIterator<Item = Asn>) -> Self {
        let mut path = Self::empty();
        path.push(SegmentKind::Sequence, asns);
        path
    }

    /// Appends a segment at the far end; none if `asns` is empty.
    #[inline]
    pub fn push(&mut self, kind: SegmentKind, asns: impl IntoIterator<Item = Asn>) {
        let at = self.words.len();
        let asns = asns.into_iter();
        self.words.reserve(asns.size_hint().0.saturating_add(1));
        self.words.push(head(kind, 0));
        self.words.extend(asns);
        let count = self.words.len().saturating_sub(at).saturating_sub(1);
        if count == 0 {
            self.words.truncate(at);
        } else if let Some(word) = self.words.get_mut(at) {
            *word = head(kind, count);
        }
    }

    /// As [`AsPath::push`] where it is known how many there are.
    #[inline]
    pub(crate) fn push_exactly(
        &mut self,
        kind: SegmentKind,
        asns: impl ExactSizeIterator<Item = Asn>,
    ) {
        let count = asns.len();
        if count != 0 {
            let head = core::iter::once(head(kind, count));
            self.words.extend(head.chain(asns));
        }
    }

    /// Empties the path and keeps its memory.
    #[inline]
    pub fn clear(&mut self) {
        self.words.clear();
    }

    /// Puts `asn` in front, in the leading sequence if there is one
    /// (RFC 4271 §5.1.2).
    pub fn prepend(&mut self, asn: Asn) {
        let leading = self.segments().next();
        let leading = leading.filter(|first| first.kind == SegmentKind::Sequence);
        let count = leading.map_or(0, |first| first.asns.len());
        let front = [head(SegmentKind::Sequence, count.saturating_add(1)), asn];
        let replaced = usize::from(count != 0);
        self.words.drain(..replaced);
        self.words.insert_from_slice(0, &front);
    }

    /// The segments in path order.
    #[inline]
    pub fn segments(&self) -> Segments<'_> {
        Segments { words: &self.words }
    }

    /// All numbers in path order, whatever segment they are in.
    #[inline]
    pub fn asns(&self) -> impl Iterator<Item = Asn> + '_ {
        self.segments()
            .flat_map(|segment| segment.asns.iter().copied())
    }

    /// The length that the decision process compares: a set counts one
    /// (RFC 4271 §9.1.2.2 a), confederation segments nothing (RFC 5065 §5.3).
    pub fn length(&self) -> usize {
        self.segments().map(Segment::length).sum()
    }

    /// Whether `asn` occurs anywhere in the path.
    pub fn contains(&self, asn: Asn) -> bool {
        self.segments().any(|segment| segment.asns.contains(&asn))
    }

    /// The neighbour AS that the route came from: the first number of the
    /// leading sequence, confederation segments aside.
    pub fn neighbor(&self) -> Option<Asn> {
        let first = self.segments().find(|segment| !segment.kind.is_confed())?;
        match first.kind {
            SegmentKind::Sequence => first.asns.first().copied(),
            _ => None,
        }
    }

    /// The AS that the route originates in: the last number of a path that
    /// ends in a sequence; `None` for an empty path or one that ends in a set.
    pub fn origin(&self) -> Option<Asn> {
        match self.segments().last() {
            Some(Segment {
                kind: SegmentKind::Sequence,
                asns,
            }) => asns.last().copied(),
            _ => None,
        }
    }

    /// Whether the path has no segments.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl<'a> Segment<'a> {
    fn length(self) -> usize {
        match self.kind {
            SegmentKind::Sequence => self.asns.len(),
            SegmentKind::Set => 1,
            SegmentKind::ConfedSequence | SegmentKind::ConfedSet => 0,
        }
    }

    /// Its first `count` numbers, and the rest.
    pub(crate) fn split_at(self, count: usize) -> (Self, Self) {
        let (front, back) = self
            .asns
            .split_at_checked(count)
            .unwrap_or((self.asns, &[]));
        let part = |asns: &'a [Asn]| Self { asns, ..self };
        (part(front), part(back))
    }
}

impl SegmentKind {
    /// The kind that this octet stands for (RFC 4271 §4.3, RFC 5065 §3).
    #[inline]
    pub const fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            1 => Self::Set,
            2 => Self::Sequence,
            3 => Self::ConfedSequence,
            4 => Self::ConfedSet,
            _ => return None,
        })
    }

    /// The octet that stands for it on the wire.
    pub const fn octet(self) -> u8 {
        self as u8
    }

    /// Whether the segment is local to a confederation (RFC 5065).
    pub const fn is_confed(self) -> bool {
        matches!(self, Self::ConfedSequence | Self::ConfedSet)
    }

    /// Whether the order of the numbers means nothing.
    pub const fn is_set(self) -> bool {
        matches!(self, Self::Set | Self::ConfedSet)
    }

    /// What stands before, between and after its numbers.
    const fn marks(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Sequence => ("", " ", ""),
            Self::Set => ("{", ",", "}"),
            Self::ConfedSequence => ("(", " ", ")"),
            Self::ConfedSet => ("[", ",", "]"),
        }
    }
}

/// The segments of an [`AsPath`].
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    words: &'a [Asn],
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    #[inline]
    fn next(&mut self) -> Option<Segment<'a>> {
        let (first, rest) = self.words.split_first()?;
        let [kind, count @ ..] = first.0.to_be_bytes();
        let [a, b, c] = count;
        let count = u32::from_be_bytes([0, a, b, c]) as usize;
        let (asns, rest) = rest.split_at_checked(count)?;
        self.words = rest;
        let kind = SegmentKind::from_octet(kind)?;
        Some(Segment { kind, asns })
    }
}

/// What stands in front of a segment's numbers: its kind in the first octet,
/// how many they are in the other three.
#[inline]
fn head(kind: SegmentKind, count: usize) -> Asn {
    // No message holds 2^24 numbers, and no memory a path that is longer.
    let count = u32::try_from(count).unwrap_or(MAX_COUNT).min(MAX_COUNT);
    Asn(u32::from(kind.octet()) << 24 | count)
}

impl<'a> FromIterator<Segment<'a>> for AsPath {
    fn from_iter<I: IntoIterator<Item = Segment<'a>>>(segments: I) -> Self {
        let mut path = Self::empty();
        for segment in segments {
            path.push(segment.kind, segment.asns.iter().copied());
        }
        path
    }
}

impl fmt::Debug for AsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.segments()).finish()
    }
}

impl fmt::Display for AsPath {
    /// Numbers with blanks between; sets in braces, confederation sequences in
    /// parentheses, confederation sets in brackets. An empty path is empty text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.segments().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            fmt::Display::fmt(&segment, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, between, close) = self.kind.marks();
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

impl FromStr for AsPath {
    type Err = ParseAsPathError;

    /// Reads what [`Display`](fmt::Display) writes; numbers side by side are
    /// one sequence.
    fn from_str(text: &str) -> Result<Self, ParseAsPathError> {
        let mut path = Self::empty();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let kind = match rest.chars().next() {
                Some('{') => SegmentKind::Set,
                Some('(') => SegmentKind::ConfedSequence,
                Some('[') => SegmentKind::ConfedSet,
                _ => SegmentKind::Sequence,
            };
            let (open, between, close) = kind.marks();
            let inner = rest.strip_prefix(open).unwrap_or(rest);
            let (numbers, after) = if close.is_empty() {
                inner.split_at(inner.find(['{', '(', '[']).unwrap_or(inner.len()))
            } else {
                inner.split_once(close).ok_or(ParseAsPathError)?
            };
            let asns: Vec<Asn> = numbers
                .trim()
                .split(between)
                .filter(|number| !number.is_empty())
                .map(|number| number.trim().parse().map_err(|_| ParseAsPathError))
                .collect::<Result<_, _>>()?;
            if asns.is_empty() {
                return Err(ParseAsPathError);
            }
            path.push(kind, asns);
            rest = after.trim_start();
        }
        Ok(path)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for AsPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.segments())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for AsPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Owned {
            kind: SegmentKind,
            asns: Vec<Asn>,
        }
        let segments = Vec::<Owned>::deserialize(deserializer)?;
        let mut path = Self::empty();
        for segment in segments {
            path.push(segment.kind, segment.asns);
        }
        Ok(path)
    }
}

/// The text is no AS path.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(
    "an AS path is numbers with blanks between; a set is {{1,2}}, a confederation sequence (1 2)"
)]
pub struct ParseAsPathError;

const MAX_COUNT: u32 = 0x00ff_ffff;
