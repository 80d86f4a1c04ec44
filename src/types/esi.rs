use core::{fmt, str::FromStr};

use thiserror::Error;

use super::text::{parse_octets, serde_as_text, write_octets};

/// An Ethernet segment identifier: a type octet and nine octets of that type's
/// making (RFC 7432 §5), written as ten hexadecimal octets.
///
/// ```
/// use bgpwright::types::Esi;
///
/// let esi: Esi = "00:11:22:33:44:55:66:77:88:99".parse()?;
/// assert_eq!(esi.kind(), 0);
/// assert!(!esi.is_single_homed());
/// # Ok::<(), bgpwright::types::ParseEsiError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Esi(pub [u8; 10]);

impl Esi {
    /// A single-homed site's.
    pub const ZERO: Self = Self([0; 10]);
    /// Reserved (RFC 7432 §5).
    pub const MAX: Self = Self([0xff; 10]);

    /// The type octet: 0 configured, 1 from LACP, 2 from bridging, 3 from a
    /// MAC address, 4 from a router id, 5 from an AS.
    pub const fn kind(self) -> u8 {
        let [kind, ..] = self.0;
        kind
    }

    /// Whether no Ethernet segment is meant.
    pub fn is_single_homed(self) -> bool {
        self == Self::ZERO
    }
}

impl fmt::Display for Esi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_octets(&self.0, f)
    }
}

impl FromStr for Esi {
    type Err = ParseEsiError;

    fn from_str(text: &str) -> Result<Self, ParseEsiError> {
        parse_octets(text).map(Self).ok_or(ParseEsiError)
    }
}

serde_as_text!(Esi);

/// The text is no Ethernet segment identifier.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an Ethernet segment identifier is ten hexadecimal octets with colons between")]
pub struct ParseEsiError;
