use core::{fmt, str::FromStr};

use thiserror::Error;

use super::text::serde_as_text;

/// A large community (RFC 8092 §3), written `64512:1:2`: three decimal numbers
/// without leading zeros (RFC 8092 §5).
///
/// ```
/// use bgpwright::types::LargeCommunity;
///
/// let community: LargeCommunity = "4200000000:1:2".parse()?;
/// assert_eq!(community, LargeCommunity::new(4_200_000_000, 1, 2));
/// # Ok::<(), bgpwright::types::ParseLargeCommunityError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LargeCommunity {
    /// The AS that gives the others their meaning.
    pub global: u32,
    /// The first number.
    pub local1: u32,
    /// The second number.
    pub local2: u32,
}

impl LargeCommunity {
    /// The three numbers, in the order of the text.
    pub const fn new(global: u32, local1: u32, local2: u32) -> Self {
        Self {
            global,
            local1,
            local2,
        }
    }

    /// Read from the octets of the wire.
    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    pub const fn from_octets(octets: [u8; 12]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = octets;
        Self::new(
            u32::from_be_bytes([a, b, c, d]),
            u32::from_be_bytes([e, f, g, h]),
            u32::from_be_bytes([i, j, k, l]),
        )
    }

    /// The octets as they stand on the wire.
    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    pub const fn to_octets(self) -> [u8; 12] {
        let [a, b, c, d] = self.global.to_be_bytes();
        let [e, f, g, h] = self.local1.to_be_bytes();
        let [i, j, k, l] = self.local2.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

impl fmt::Display for LargeCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.global, self.local1, self.local2)
    }
}

impl FromStr for LargeCommunity {
    type Err = ParseLargeCommunityError;

    fn from_str(text: &str) -> Result<Self, ParseLargeCommunityError> {
        let mut parts = text.split(':').map(number);
        match [parts.next(), parts.next(), parts.next(), parts.next()] {
            [
                Some(Some(global)),
                Some(Some(local1)),
                Some(Some(local2)),
                None,
            ] => Ok(Self::new(global, local1, local2)),
            _ => Err(ParseLargeCommunityError),
        }
    }
}

fn number(text: &str) -> Option<u32> {
    let is_canonical = text == "0" || !text.starts_with(['0', '+']);
    is_canonical.then(|| text.parse().ok())?
}

serde_as_text!(LargeCommunity);

/// The text is no large community.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a large community is three decimal numbers, such as 64512:1:2")]
pub struct ParseLargeCommunityError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn text_and_octets_are_read_back() {
        let community = LargeCommunity::new(64512, 1, u32::MAX);
        assert_eq!(community.to_string(), "64512:1:4294967295");
        assert_eq!("64512:1:4294967295".parse(), Ok(community));
        let octets = [0, 0, 0xfc, 0, 0, 0, 0, 1, 255, 255, 255, 255];
        assert_eq!(community.to_octets(), octets);
        assert_eq!(LargeCommunity::from_octets(octets), community);
    }

    #[test]
    fn only_the_canonical_text_is_a_large_community() {
        for text in [
            "",
            "1:2",
            "1:2:3:4",
            "01:2:3",
            "+1:2:3",
            "1::3",
            "1:2:4294967296",
            " 1:2:3",
            "1:00:3",
        ] {
            assert_eq!(
                text.parse::<LargeCommunity>(),
                Err(ParseLargeCommunityError)
            );
        }
        assert_eq!("0:0:0".parse(), Ok(LargeCommunity::default()));
    }
}
