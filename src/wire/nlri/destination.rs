use alloc::vec::Vec;

use crate::{
    types::{Afi, Family, Prefix, Safi},
    wire::EncodeError,
};

/// How the NLRI of a family are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire) enum Shape {
    Prefix,
    Opaque,
}

impl Shape {
    pub(in crate::wire) fn of(family: Family) -> Self {
        match (family.afi, family.safi) {
            (Afi::IPV4 | Afi::IPV6, Safi::UNICAST | Safi::MULTICAST) => Self::Prefix,
            _ => Self::Opaque,
        }
    }
}

/// What one NLRI names.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Destination {
    /// A prefix.
    Prefix(Prefix),
}

impl Destination {
    pub(in crate::wire) fn shape(&self) -> Shape {
        Shape::Prefix
    }

    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        let mut prefixes = super::Prefixes::new(octets, family.afi, false);
        let nlri = prefixes.next().ok_or(0_usize)?;
        let read = octets.len().saturating_sub(prefixes.unread());
        Ok((
            Self::Prefix(nlri.prefix),
            octets.get(read..).unwrap_or_default(),
        ))
    }

    pub(in crate::wire) fn encode(&self, _: Family, _: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}

impl core::fmt::Display for Destination {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Prefix(prefix) => prefix.fmt(f),
        }
    }
}
