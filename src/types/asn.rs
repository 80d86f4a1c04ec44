use core::{fmt, num::ParseIntError, str::FromStr};

use thiserror::Error;

/// An autonomous system number, four octets wide (RFC 6793).
///
/// Displayed in asplain (RFC 5396); parsed from asplain or asdot.
///
/// ```
/// use bgpwright::types::Asn;
///
/// assert_eq!("64512".parse(), Ok(Asn(64512)));
/// assert_eq!("1.10".parse(), Ok(Asn(65546)));
/// assert_eq!(Asn(65546).to_string(), "65546");
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Asn(pub u32);

impl Asn {
    /// Reserved: means "no AS" and must not be announced (RFC 7607).
    pub const ZERO: Self = Self(0);
    /// Stands in for a four-octet number towards a two-octet speaker (RFC 6793 §9).
    pub const TRANS: Self = Self(23456);

    /// Whether the number fits the two-octet fields of RFC 4271.
    pub const fn is_two_octet(self) -> bool {
        self.0 <= 0xffff
    }

    /// The number as a two-octet field carries it: itself, or [`Asn::TRANS`].
    #[expect(clippy::cast_possible_truncation, reason = "checked to fit just above")]
    pub const fn to_two_octet(self) -> u16 {
        if self.is_two_octet() {
            self.0 as u16
        } else {
            Self::TRANS.0 as u16
        }
    }

    /// Whether the number is set aside for private use (RFC 6996).
    pub const fn is_private(self) -> bool {
        matches!(self.0, 64512..=65534 | 4_200_000_000..=4_294_967_294)
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<u32> for Asn {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl FromStr for Asn {
    type Err = ParseAsnError;

    fn from_str(text: &str) -> Result<Self, ParseAsnError> {
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        match text.split_once('.') {
            Some((high, low)) if digits(high) && digits(low) => {
                let (high, low): (u16, u16) = (high.parse()?, low.parse()?);
                Ok(Self(u32::from(high) << 16 | u32::from(low)))
            }
            None if digits(text) => Ok(Self(text.parse()?)),
            _ => Err(ParseAsnError),
        }
    }
}

/// The text is neither an asplain nor an asdot AS number in 0 to 4294967295.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an AS number is 0 to 4294967295, or asdot such as 1.10")]
pub struct ParseAsnError;

impl From<ParseIntError> for ParseAsnError {
    fn from(_: ParseIntError) -> Self {
        Self
    }
}
