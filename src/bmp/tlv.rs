use alloc::vec::Vec;
use core::fmt;

use super::{BmpEncodeError, BmpError, BmpErrorKind};

/// Information in Initiation, Peer Up and a Loc-RIB's Peer Down (RFC 7854 §4.4,
/// RFC 8671 §6.3.1, RFC 9069 §5.2.1 and §5.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct InformationType(pub u16);

impl InformationType {
    /// Any text.
    pub const STRING: Self = Self(0);
    /// What the router is: MIB-II's sysDescr.
    pub const SYS_DESCR: Self = Self(1);
    /// What the router is called: MIB-II's sysName.
    pub const SYS_NAME: Self = Self(2);
    /// The name of a VRF or table (RFC 9069 §5.2.1).
    pub const TABLE_NAME: Self = Self(3);
    /// What the operator calls the peer; several keep their order (RFC 8671
    /// §6.3.1).
    pub const ADMIN_LABEL: Self = Self(4);

    /// A short name, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::STRING => "string",
            Self::SYS_DESCR => "system description",
            Self::SYS_NAME => "system name",
            Self::TABLE_NAME => "table name",
            Self::ADMIN_LABEL => "admin label",
            _ => return None,
        })
    }
}

/// Information in Termination (RFC 7854 §4.5).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TerminationType(pub u16);

impl TerminationType {
    /// Any text.
    pub const STRING: Self = Self(0);
    /// Two octets: 0 administratively closed, 1 unspecified, 2 out of
    /// resources, 3 redundant connection, 4 closed for good.
    pub const REASON: Self = Self(1);

    /// A short name, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::STRING => "string",
            Self::REASON => "reason",
            _ => return None,
        })
    }
}

/// Parts of Route Mirroring (RFC 7854 §4.7).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct MirroringType(pub u16);

impl MirroringType {
    /// A BGP message as it came.
    pub const MESSAGE: Self = Self(0);
    /// Two octets: 0 a message that was treated as an error, 1 messages were
    /// lost.
    pub const INFORMATION: Self = Self(1);

    /// A short name, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::MESSAGE => "message",
            Self::INFORMATION => "information",
            _ => return None,
        })
    }
}

/// One type, length and value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// Its type, of which the message says the kind.
    pub kind: u16,
    /// Its value, at most 65535 octets.
    pub value: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// The value as text, if it is UTF-8.
    pub fn text(&self) -> Option<&'a str> {
        core::str::from_utf8(self.value).ok()
    }
}

/// A run of TLVs that add up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tlvs<'a> {
    octets: &'a [u8],
}

impl<'a> Tlvs<'a> {
    /// Checks the lengths.
    ///
    /// # Errors
    /// [`BmpErrorKind::Short`] with the offset in `octets`.
    pub fn new(octets: &'a [u8]) -> Result<Self, BmpError> {
        let mut rest = octets;
        while !rest.is_empty() {
            let at = octets.len().saturating_sub(rest.len());
            let (_, after) = front(rest).ok_or_else(|| BmpError::new(at, BmpErrorKind::Short))?;
            rest = after;
        }
        Ok(Self { octets })
    }

    /// Appends one TLV to octets of which [`Tlvs::new`] makes a run.
    ///
    /// # Errors
    /// If the value is over 65535 octets; `out` is then unchanged.
    pub fn push(kind: u16, value: &[u8], out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        let length = u16::try_from(value.len()).map_err(|_| BmpEncodeError::TooLong)?;
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(value);
        Ok(())
    }

    /// The TLVs in the order of the wire.
    pub const fn iter(&self) -> TlvIter<'a> {
        TlvIter {
            octets: self.octets,
        }
    }

    /// All of them as octets.
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }
}

/// The TLVs of a [`Tlvs`].
#[derive(Clone, Debug)]
pub struct TlvIter<'a> {
    octets: &'a [u8],
}

impl<'a> Iterator for TlvIter<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let (tlv, rest) = front(self.octets)?;
        self.octets = rest;
        Some(tlv)
    }
}

impl<'a> IntoIterator for &Tlvs<'a> {
    type Item = Tlv<'a>;
    type IntoIter = TlvIter<'a>;

    fn into_iter(self) -> TlvIter<'a> {
        self.iter()
    }
}

/// The first TLV and what follows it.
pub(super) fn front(octets: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (kind, rest) = octets.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let kind = u16::from_be_bytes(*kind);
    Some((Tlv { kind, value }, rest))
}

impl fmt::Display for Tlv<'_> {
    /// The text in quotes, hostile characters escaped, or else the octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "{text:?}"),
            None => self
                .value
                .iter()
                .try_for_each(|octet| write!(f, "{octet:02x}")),
        }
    }
}
