use core::{fmt, str::FromStr};

use thiserror::Error;

use super::text::{parse_octets, serde_as_text, write_octets};

/// A 48-bit MAC address, written `02:00:5e:10:00:01`.
///
/// ```
/// use bgpwright::types::MacAddr;
///
/// assert_eq!("02:00:5e:10:00:01".parse(), Ok(MacAddr([2, 0, 0x5e, 0x10, 0, 1])));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MacAddr(pub [u8; 6]);

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_octets(&self.0, f)
    }
}

impl FromStr for MacAddr {
    type Err = ParseMacError;

    /// Colons or dashes between the octets.
    fn from_str(text: &str) -> Result<Self, ParseMacError> {
        parse_octets(text).map(Self).ok_or(ParseMacError)
    }
}

serde_as_text!(MacAddr);

/// The text is no MAC address.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a MAC address is six hexadecimal octets such as 02:00:5e:10:00:01")]
pub struct ParseMacError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_mac_address_is_read_with_colons_or_dashes_and_written_with_colons() {
        let mac: MacAddr = "2-0-5e-ff-0-1".parse().unwrap();
        assert_eq!(mac.to_string(), "02:00:5e:ff:00:01");
        assert_eq!(mac.to_string().parse(), Ok(mac));
    }

    #[test]
    fn five_or_seven_octets_or_signs_are_no_mac_address() {
        for text in [
            "",
            "1:2:3:4:5",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:+6",
            "1:2:3:4:5:100",
        ] {
            assert_eq!(text.parse::<MacAddr>(), Err(ParseMacError), "{text}");
        }
    }
}
