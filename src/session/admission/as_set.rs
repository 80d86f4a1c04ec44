use alloc::{vec, vec::Vec};
use core::{fmt, str::FromStr};

use thiserror::Error;

use crate::types::Asn;

/// Which ASes a neighbour that is not configured may have: any, one, some, or
/// ranges; never AS 0 (RFC 7607).
///
/// Equal sets are equal values, however they were written.
///
/// ```
/// use bgpwright::{session::AsSet, types::Asn};
///
/// let set: AsSet = "64512, 64520-64530".parse()?;
/// assert!(set.contains(Asn(64525)));
/// assert!(!set.contains(Asn(64513)));
/// assert_eq!(set.to_string(), "64512,64520-64530");
/// assert!(AsSet::except(Asn(64512)).contains(Asn(64513)));
/// # Ok::<(), bgpwright::session::ParseAsSetError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AsSet {
    /// First and last of each range: ascending, apart from each other.
    ranges: Vec<(Asn, Asn)>,
}

impl AsSet {
    /// Every AS but 0.
    pub fn any() -> Self {
        Self {
            ranges: vec![(FIRST, LAST)],
        }
    }

    /// This one; none if it is 0.
    pub fn exactly(asn: Asn) -> Self {
        Self::of([(asn, asn)])
    }

    /// Every AS but 0 and this one: external neighbours, if it is ours.
    pub fn except(asn: Asn) -> Self {
        let below = asn.0.checked_sub(1).map(|last| (FIRST, Asn(last)));
        let above = asn.0.checked_add(1).map(|first| (Asn(first), LAST));
        Self::of([below, above].into_iter().flatten())
    }

    /// These ranges, each with its first and its last; an empty range and AS 0
    /// are left out.
    pub fn of(ranges: impl IntoIterator<Item = (Asn, Asn)>) -> Self {
        let without_zero = |(first, last): (Asn, Asn)| (first.max(FIRST), last);
        let mut given: Vec<_> = ranges.into_iter().map(without_zero).collect();
        given.retain(|(first, last)| first <= last);
        given.sort_unstable();
        let mut ranges: Vec<(Asn, Asn)> = Vec::new();
        for (first, last) in given {
            match ranges.last_mut() {
                Some((_, end)) if first.0 <= end.0.saturating_add(1) => *end = last.max(*end),
                _ => ranges.push((first, last)),
            }
        }
        Self { ranges }
    }

    /// Whether the set has this one.
    pub fn contains(&self, asn: Asn) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= asn);
        let before = after.checked_sub(1).and_then(|at| self.ranges.get(at));
        before.is_some_and(|(_, last)| asn <= *last)
    }

    /// Whether there is none in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The only one in it, if it has one only.
    pub fn only(&self) -> Option<Asn> {
        match *self.ranges.as_slice() {
            [(first, last)] if first == last => Some(first),
            _ => None,
        }
    }

    /// The ranges, ascending and apart from each other: first and last of each.
    pub fn ranges(&self) -> &[(Asn, Asn)] {
        &self.ranges
    }
}

impl fmt::Display for AsSet {
    /// As `64512,64520-64530`, or `any`, or `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.ranges.as_slice() {
            [] => return f.write_str("none"),
            [(FIRST, LAST)] => return f.write_str("any"),
            _ => {}
        }
        let mut comma = "";
        self.ranges.iter().try_for_each(|(first, last)| {
            write!(f, "{comma}{first}")?;
            comma = ",";
            if first == last {
                return Ok(());
            }
            write!(f, "-{last}")
        })
    }
}

impl FromStr for AsSet {
    type Err = ParseAsSetError;

    fn from_str(text: &str) -> Result<Self, ParseAsSetError> {
        match text.trim() {
            "any" => return Ok(Self::any()),
            "none" => return Ok(Self::of([])),
            _ => {}
        }
        let number = |text: &str| {
            let asn: Asn = text.trim().parse().map_err(|_| ParseAsSetError::Syntax)?;
            match asn {
                Asn::ZERO => Err(ParseAsSetError::Zero),
                asn => Ok(asn),
            }
        };
        let range = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let (first, last) = (number(first)?, number(last)?);
            let ordered = (first <= last).then_some((first, last));
            ordered.ok_or(ParseAsSetError::Reversed)
        };
        let ranges: Result<Vec<_>, _> = text.split(',').map(range).collect();
        ranges.map(Self::of)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for AsSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for AsSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text is no set of ASes.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ParseAsSetError {
    /// Not numbers and ranges with commas between.
    #[error("a set of ASes is any, none, or a list such as 64512,64520-64530")]
    Syntax,
    /// AS 0 is reserved (RFC 7607).
    #[error("AS 0 is reserved")]
    Zero,
    /// The first of a range is above its last.
    #[error("a range of ASes goes from the lower to the higher")]
    Reversed,
}

const FIRST: Asn = Asn(1);
const LAST: Asn = Asn(u32::MAX);
