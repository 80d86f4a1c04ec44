use alloc::{boxed::Box, vec::Vec};
use core::fmt::{self, Write as _};

use nom::{IResult, Parser, multi::length_data, number::complete::be_u8};

use crate::wire::{CapabilityCode, EncodeError};

/// The names that a speaker gives itself (draft-walton-bgp-hostname-capability).
///
/// Written by the peer, in UTF-8 if it keeps the draft;
/// [`Display`](fmt::Display) escapes what is not printable.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Fqdn {
    /// Host name; may be empty.
    pub hostname: Box<[u8]>,
    /// Domain name; may be empty.
    pub domain: Box<[u8]>,
}

impl Fqdn {
    /// The names from text.
    pub fn new(hostname: &str, domain: &str) -> Self {
        Self {
            hostname: hostname.as_bytes().into(),
            domain: domain.as_bytes().into(),
        }
    }

    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (length_data(be_u8), length_data(be_u8))
            .map(|(hostname, domain): (&[u8], &[u8])| Self {
                hostname: hostname.into(),
                domain: domain.into(),
            })
            .parse(value)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_text(CapabilityCode::FQDN, &self.hostname, out)?;
        write_text(CapabilityCode::FQDN, &self.domain, out)
    }
}

impl fmt::Display for Fqdn {
    /// As `r1.example.net`, or `"r 1".example.net` where a name is no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(&self.hostname, f)?;
        if self.domain.is_empty() {
            return Ok(());
        }
        f.write_char('.')?;
        name(&self.domain, f)
    }
}

/// The software that a speaker says it is (draft-abraitis-bgp-version-capability).
///
/// Written by the peer, in UTF-8 if it keeps the draft;
/// [`Display`](fmt::Display) puts it in quotes and escapes it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SoftwareVersion(pub Box<[u8]>);

impl SoftwareVersion {
    /// The version from text.
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().into())
    }

    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        length_data(be_u8)
            .map(|text: &[u8]| Self(text.into()))
            .parse(value)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_text(CapabilityCode::SOFTWARE_VERSION, &self.0, out)
    }
}

impl fmt::Display for SoftwareVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(&self.0), f)
    }
}

/// Text of the peer's, in quotes; what is no UTF-8 or not printable is escaped.
pub(in crate::wire) struct Quoted<'a>(pub(in crate::wire) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for chunk in self.0.utf8_chunks() {
            chunk
                .valid()
                .chars()
                .flat_map(char::escape_debug)
                .try_for_each(|c| f.write_char(c))?;
            for octet in chunk.invalid() {
                write!(f, "\\x{octet:02x}")?;
            }
        }
        f.write_char('"')
    }
}

/// A name as it is if it has only what a name may have, else quoted.
fn name(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_.".contains(octet);
    match core::str::from_utf8(octets) {
        Ok(text) if !text.is_empty() && octets.iter().all(plain) => f.write_str(text),
        _ => fmt::Display::fmt(&Quoted(octets), f),
    }
}

fn write_text(code: CapabilityCode, text: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let length = u8::try_from(text.len()).map_err(|_| EncodeError::CapabilityTooLong { code })?;
    out.push(length);
    out.extend_from_slice(text);
    Ok(())
}
