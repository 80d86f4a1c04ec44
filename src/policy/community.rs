use alloc::{format, string::ToString, vec::Vec};
use core::{fmt, str::FromStr};

use thiserror::Error;

use super::Among;
use crate::types::{Community, ExtendedCommunity, LargeCommunity, text::serde_as_text};

/// Matches communities: `65000:100`, a well-known name, `65000:*` or `*:100`.
///
/// ```
/// use bgpwright::{policy::CommunityPattern, types::Community};
///
/// let ours: CommunityPattern = "65000:*".parse()?;
/// assert!(ours.matches(Community::new(65000, 100)));
/// assert!(!ours.matches(Community::NO_EXPORT));
/// # Ok::<(), bgpwright::policy::ParsePatternError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct CommunityPattern {
    /// The high half; any without it.
    pub asn: Option<u16>,
    /// The low half; any without it.
    pub value: Option<u16>,
}

/// Matches large communities: `64512:1:2`, `64512:1:*`, `64512:*:*`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct LargeCommunityPattern {
    /// The AS; any without it.
    pub global: Option<u32>,
    /// The first number; any without it.
    pub local1: Option<u32>,
    /// The second number; any without it.
    pub local2: Option<u32>,
}

/// Matches extended communities: as they are written, `target:65000:*`, or a
/// kind as in `target:*`.
///
/// With a number left open, the administrator must be of the same form: that of
/// `target:65000:*` is a two-octet AS, that of `target:65000L:*` a four-octet
/// one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExtendedCommunityPattern(Extended);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Extended {
    Whole(ExtendedCommunity),
    /// The same as this one but for its number.
    AnyNumber(ExtendedCommunity),
    Kind(&'static Kind),
}

/// What the text of a community begins with: the least and the greatest first
/// octet, and the second one.
#[derive(Debug, Eq, PartialEq)]
struct Kind(&'static str, u8, u8, u8);

static KINDS: [Kind; 6] = [
    Kind("target", 0, 2, 2),
    Kind("origin", 0, 2, 3),
    Kind("redirect", 0x80, 0x82, 8),
    Kind("color", 3, 3, 0x0b),
    Kind("encapsulation", 3, 3, 0x0c),
    Kind("mark", 0x80, 0x80, 9),
];

/// What conditions and actions ask of a pattern.
pub(super) trait Pattern: Copy {
    type Value: Copy + Ord;

    fn matches(&self, value: Self::Value) -> bool;
    /// The one value that it matches, if it is one.
    fn whole(&self) -> Option<Self::Value>;
}

impl CommunityPattern {
    /// Whether it matches this one.
    pub const fn matches(self, community: Community) -> bool {
        let [a, b, c, d] = community.0.to_be_bytes();
        fits16(self.asn, u16::from_be_bytes([a, b]))
            && fits16(self.value, u16::from_be_bytes([c, d]))
    }
}

impl LargeCommunityPattern {
    /// Whether it matches this one.
    pub const fn matches(self, community: LargeCommunity) -> bool {
        fits32(self.global, community.global)
            && fits32(self.local1, community.local1)
            && fits32(self.local2, community.local2)
    }
}

impl ExtendedCommunityPattern {
    /// Whether it matches this one.
    pub fn matches(self, community: ExtendedCommunity) -> bool {
        match self.0 {
            Extended::Whole(whole) => whole == community,
            Extended::AnyNumber(with) => {
                let ([kind, ..], [form, ..]) = (community.0, with.0);
                // Two octets of AS and four of number, or four and two.
                let octets = if matches!(form, 0 | 0x80) { 4 } else { 6 };
                kind == form && community.0.get(..octets) == with.0.get(..octets)
            }
            Extended::Kind(Kind(_, least, greatest, second)) => {
                let [kind, subtype, ..] = community.0;
                (*least..=*greatest).contains(&kind) && subtype == *second
            }
        }
    }
}

const fn fits16(pattern: Option<u16>, number: u16) -> bool {
    match pattern {
        Some(only) => only == number,
        None => true,
    }
}

const fn fits32(pattern: Option<u32>, number: u32) -> bool {
    match pattern {
        Some(only) => only == number,
        None => true,
    }
}

impl Pattern for CommunityPattern {
    type Value = Community;

    fn matches(&self, value: Community) -> bool {
        Self::matches(*self, value)
    }

    fn whole(&self) -> Option<Community> {
        Some(Community::new(self.asn?, self.value?))
    }
}

impl Pattern for LargeCommunityPattern {
    type Value = LargeCommunity;

    fn matches(&self, value: LargeCommunity) -> bool {
        Self::matches(*self, value)
    }

    fn whole(&self) -> Option<LargeCommunity> {
        Some(LargeCommunity::new(
            self.global?,
            self.local1?,
            self.local2?,
        ))
    }
}

impl Pattern for ExtendedCommunityPattern {
    type Value = ExtendedCommunity;

    fn matches(&self, value: ExtendedCommunity) -> bool {
        Self::matches(*self, value)
    }

    fn whole(&self) -> Option<ExtendedCommunity> {
        match self.0 {
            Extended::Whole(whole) => Some(whole),
            Extended::AnyNumber(_) | Extended::Kind(_) => None,
        }
    }
}

/// Patterns made quick to look at: whole values are found by halving.
#[derive(Clone, Debug)]
pub(super) enum CompiledAmong<P: Pattern> {
    /// One is there, or none is if `is_negated`.
    Any {
        whole: Vec<P::Value>,
        open: Vec<P>,
        is_negated: bool,
    },
    All(Vec<P>),
}

impl<P: Pattern> CompiledAmong<P> {
    pub(super) fn new(among: &Among<P>) -> Self {
        let (list, is_negated) = match among {
            Among::All(list) => return Self::All(list.clone()),
            Among::Any(list) => (list, false),
            Among::None(list) => (list, true),
        };
        let mut whole: Vec<_> = list.iter().filter_map(Pattern::whole).collect();
        whole.sort_unstable();
        whole.dedup();
        let open = list.iter().filter(|of| of.whole().is_none());
        Self::Any {
            whole,
            open: open.copied().collect(),
            is_negated,
        }
    }

    pub(super) fn holds(&self, values: &[P::Value]) -> bool {
        match self {
            Self::Any {
                whole,
                open,
                is_negated,
            } => {
                let found = values.iter().any(|value| {
                    whole.binary_search(value).is_ok() || open.iter().any(|of| of.matches(*value))
                });
                found != *is_negated
            }
            Self::All(patterns) => patterns
                .iter()
                .all(|of| values.iter().any(|value| of.matches(*value))),
        }
    }
}

impl From<Community> for CommunityPattern {
    fn from(community: Community) -> Self {
        let [a, b, c, d] = community.0.to_be_bytes();
        Self {
            asn: Some(u16::from_be_bytes([a, b])),
            value: Some(u16::from_be_bytes([c, d])),
        }
    }
}

impl From<LargeCommunity> for LargeCommunityPattern {
    fn from(community: LargeCommunity) -> Self {
        Self {
            global: Some(community.global),
            local1: Some(community.local1),
            local2: Some(community.local2),
        }
    }
}

impl From<ExtendedCommunity> for ExtendedCommunityPattern {
    fn from(community: ExtendedCommunity) -> Self {
        Self(Extended::Whole(community))
    }
}

impl fmt::Display for CommunityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(whole) => fmt::Display::fmt(&whole, f),
            None => write!(f, "{}:{}", Part(self.asn), Part(self.value)),
        }
    }
}

impl fmt::Display for LargeCommunityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.global, self.local1, self.local2];
        let [global, local1, local2] = parts.map(Part);
        write!(f, "{global}:{local1}:{local2}")
    }
}

impl fmt::Display for ExtendedCommunityPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Extended::Whole(whole) => fmt::Display::fmt(&whole, f),
            Extended::AnyNumber(with) => {
                let text = with.to_string();
                let (front, _) = text.rsplit_once(':').unwrap_or_default();
                write!(f, "{front}:*")
            }
            Extended::Kind(Kind(name, ..)) => write!(f, "{name}:*"),
        }
    }
}

/// A number, or a star.
struct Part<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Part<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(number) => fmt::Display::fmt(number, f),
            None => f.write_str("*"),
        }
    }
}

/// Reads a star, or a number as values have it.
fn part<T: FromStr>(text: &str) -> Option<Part<T>> {
    if text == "*" {
        return Some(Part(None));
    }
    let is_canonical = text == "0" || !text.starts_with(['0', '+']);
    let number = is_canonical.then(|| text.parse().ok())??;
    Some(Part(Some(number)))
}

impl FromStr for CommunityPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        if let Ok(whole) = text.parse::<Community>() {
            return Ok(whole.into());
        }
        let parts = text.split_once(':');
        let parts = parts.and_then(|(asn, value)| part(asn).zip(part(value)));
        let (Part(asn), Part(value)) = parts.ok_or(ParsePatternError::Community)?;
        Ok(Self { asn, value })
    }
}

impl FromStr for LargeCommunityPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        let mut parts = text.split(':').map(part);
        match [parts.next(), parts.next(), parts.next(), parts.next()] {
            [
                Some(Some(Part(global))),
                Some(Some(Part(local1))),
                Some(Some(Part(local2))),
                None,
            ] => Ok(Self {
                global,
                local1,
                local2,
            }),
            _ => Err(ParsePatternError::LargeCommunity),
        }
    }
}

impl FromStr for ExtendedCommunityPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        let wrong = ParsePatternError::ExtendedCommunity;
        if let Ok(whole) = text.parse::<ExtendedCommunity>() {
            return Ok(whole.into());
        }
        let front = text.strip_suffix(":*").ok_or(wrong)?;
        if let Some(kind) = KINDS.iter().find(|kind| kind.0 == front) {
            return Ok(Self(Extended::Kind(kind)));
        }
        // Only what has an administrator has a text with two colons.
        let with = format!("{front}:0").parse().map_err(|_| wrong)?;
        let has_administrator = front.contains(':');
        has_administrator
            .then_some(Self(Extended::AnyNumber(with)))
            .ok_or(wrong)
    }
}

serde_as_text!(CommunityPattern);
serde_as_text!(ExtendedCommunityPattern);
serde_as_text!(LargeCommunityPattern);

/// The text is no pattern for communities.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ParsePatternError {
    /// Of this kind.
    #[error("a pattern for communities is such as 65000:100, 65000:*, *:100 or no-export")]
    Community,
    /// Of this kind.
    #[error(
        "a pattern for extended communities is such as target:65000:1, target:65000:* or target:*"
    )]
    ExtendedCommunity,
    /// Of this kind.
    #[error("a pattern for large communities is such as 64512:1:2 or 64512:1:*")]
    LargeCommunity,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_as_it_is_written() {
        fn round<P: FromStr + fmt::Display>(texts: &[&str]) {
            for text in texts {
                let pattern = text.parse::<P>().ok().unwrap();
                assert_eq!(pattern.to_string(), *text);
            }
        }
        round::<CommunityPattern>(&["65000:100", "65000:*", "*:100", "*:*", "no-export"]);
        round::<LargeCommunityPattern>(&["64512:1:2", "64512:*:2", "*:*:*", "4200000000:0:*"]);
        round::<ExtendedCommunityPattern>(&[
            "target:65000:1",
            "target:65000:*",
            "target:65000L:*",
            "target:4200000000:*",
            "origin:192.0.2.1:*",
            "redirect:65000:*",
            "target:*",
            "mark:*",
            "0x0600010000000007",
        ]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "",
            "*",
            "65000",
            "65536:*",
            "65000:*:*",
            "-1:*",
            "+1:*",
            "x:*",
        ] {
            assert!(text.parse::<CommunityPattern>().is_err(), "{text}");
        }
        for text in ["1:2", "1:2:3:*", "4294967296:*:*", "01:*:*", "::"] {
            assert!(text.parse::<LargeCommunityPattern>().is_err(), "{text}");
        }
        for text in [
            "*",
            "target",
            "target:*:1",
            "color:1:*",
            "65000:*",
            "x:*",
            ":*",
        ] {
            assert!(text.parse::<ExtendedCommunityPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_open_number_matches_one_administrator_of_one_form() {
        let matches = |pattern: &str, text: &str| {
            let pattern: ExtendedCommunityPattern = pattern.parse().unwrap();
            pattern.matches(text.parse().unwrap())
        };
        assert!(matches("target:65000:*", "target:65000:4294967295"));
        assert!(!matches("target:65000:*", "target:65001:1"));
        assert!(!matches("target:65000:*", "origin:65000:1"));
        assert!(!matches("target:65000:*", "target:65000L:1"));
        assert!(matches("target:65000L:*", "target:65000L:7"));
        assert!(matches("target:192.0.2.1:*", "target:192.0.2.1:7"));
        assert!(!matches("target:192.0.2.1:*", "target:192.0.2.2:7"));
        assert!(matches("target:*", "target:192.0.2.1:7"));
        assert!(matches("target:*", "target:4200000000:7"));
        assert!(!matches("target:*", "color:7"));
        assert!(matches("color:*", "color:7"));
    }
}
