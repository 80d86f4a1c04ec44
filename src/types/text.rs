//! What values that travel as text have in common.

use core::fmt;

/// `Serialize` and `Deserialize` by way of `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($name:ident) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use serde_as_text;

/// Writes two hexadecimal digits an octet, with colons between.
pub(super) fn write_octets(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, octet) in octets.iter().enumerate() {
        let colon = if at == 0 { "" } else { ":" };
        write!(f, "{colon}{octet:02x}")?;
    }
    Ok(())
}

/// Reads exactly `N` octets of one or two hexadecimal digits with colons, or
/// dashes, between.
pub(super) fn parse_octets<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    let mut parts = text.split([':', '-']);
    for octet in &mut out {
        let digits = parts.next()?;
        if digits.len() > 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *octet = u8::from_str_radix(digits, 16).ok()?;
    }
    parts.next().is_none().then_some(out)
}
