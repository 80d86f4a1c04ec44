use alloc::vec::Vec;
use core::fmt;

use nom::{IResult, Parser, bytes::complete::take, number::complete::be_u8};

use super::list;
use crate::{
    types::Family,
    wire::{CapabilityCode, EncodeError, OrfType},
};

/// One family of the outbound route filtering capability (RFC 5291 §5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct OrfFamily {
    /// Which.
    pub family: Family,
    /// The kinds of filter for it, at most 255.
    pub types: Vec<OrfSupport>,
}

/// One kind of filter of [`OrfFamily`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct OrfSupport {
    /// Which.
    pub kind: OrfType,
    /// What the sender does with such filters.
    pub mode: OrfMode,
}

/// The Send/Receive octet of outbound route filtering (RFC 5291 §5), from its
/// sender's side.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct OrfMode(pub u8);

impl OrfMode {
    /// Takes filters from its peer.
    pub const RECEIVE: Self = Self(1);
    /// Would like to send filters.
    pub const SEND: Self = Self(2);
    /// Both.
    pub const BOTH: Self = Self(3);

    /// The name that operators use, or `None` for a value without a meaning.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::RECEIVE => "receive",
            Self::SEND => "send",
            Self::BOTH => "both",
            _ => return None,
        })
    }
}

impl OrfSupport {
    fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (be_u8.map(OrfType), be_u8.map(OrfMode))
            .map(|(kind, mode)| Self { kind, mode })
            .parse(value)
    }
}

impl OrfFamily {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Vec<Self>, ()> {
        let mut families = Vec::new();
        let mut left = value;
        while !left.is_empty() {
            let (rest, family) = Self::one(left)?;
            families.push(family);
            left = rest;
        }
        Ok((left, families))
    }

    fn one(value: &[u8]) -> IResult<&[u8], Self, ()> {
        // A reserved octet stands between AFI and SAFI.
        let (rest, family) = super::reserved_family(value)?;
        let (rest, count) = be_u8(rest)?;
        let (rest, types) = take(usize::from(count).saturating_mul(2)).parse(rest)?;
        let (_, types) = list(2, OrfSupport::parse).parse(types)?;
        Ok((rest, Self { family, types }))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let code = CapabilityCode::OUTBOUND_ROUTE_FILTERING;
        let count =
            u8::try_from(self.types.len()).map_err(|_| EncodeError::CapabilityTooLong { code })?;
        super::write_reserved_family(self.family, out);
        out.push(count);
        for OrfSupport { kind, mode } in &self.types {
            out.extend_from_slice(&[kind.0, mode.0]);
        }
        Ok(())
    }
}

impl fmt::Display for OrfMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "mode {}", self.0),
        }
    }
}

impl fmt::Display for OrfFamily {
    /// As `ipv4-unicast address-prefix both`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.family, f)?;
        self.types
            .iter()
            .try_for_each(|OrfSupport { kind, mode }| write!(f, " {kind} {mode}"))
    }
}
