use core::fmt;

use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

use super::OrfPrefixes;
use crate::types::Family;

/// The filters of a ROUTE-REFRESH where they lie (RFC 5291 §4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OrfFilters<'a> {
    /// Whether the routes are to be sent again at once.
    pub when: WhenToRefresh,
    family: Family,
    groups: &'a [u8],
}

/// The filters of one kind, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OrfGroup<'a> {
    /// Which kind.
    pub kind: OrfType,
    /// The family that they are for.
    pub family: Family,
    /// As on the wire.
    pub entries: &'a [u8],
}

/// The octet that says when the routes are to be sent again (RFC 5291 §4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct WhenToRefresh(pub u8);

impl WhenToRefresh {
    /// As soon as the filters are in place.
    pub const IMMEDIATE: Self = Self(1);
    /// Not before another ROUTE-REFRESH asks for it.
    pub const DEFER: Self = Self(2);

    /// The name in the RFC, in lower case, or `None` for a value without one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::IMMEDIATE => "immediate",
            Self::DEFER => "defer",
            _ => return None,
        })
    }
}

/// The kind of an outbound route filter (RFC 5291 §4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct OrfType(pub u8);

impl OrfType {
    /// By prefix (RFC 5292).
    pub const ADDRESS_PREFIX: Self = Self(64);
    /// By covered prefix (RFC 7543).
    pub const COVERING_PREFIX: Self = Self(65);
    /// By prefix, from before the standard and in the same form.
    pub const CISCO_PREFIX_LIST: Self = Self(128);

    /// The name that operators use, or `None` for a kind without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::ADDRESS_PREFIX => "address-prefix",
            Self::COVERING_PREFIX => "covering-prefix",
            Self::CISCO_PREFIX_LIST => "cisco-prefix-list",
            _ => return None,
        })
    }
}

impl<'a> OrfFilters<'a> {
    /// The filters in what follows the family of a request, if the groups add
    /// up.
    pub(super) fn read(family: Family, data: &'a [u8]) -> Option<Self> {
        let (groups, when) = be_u8::<_, ()>(data).ok()?;
        let mut left = groups;
        while !left.is_empty() {
            (left, _) = group(left).ok()?;
        }
        Some(Self {
            when: WhenToRefresh(when),
            family,
            groups,
        })
    }

    /// The groups, in the order of the wire.
    pub fn groups(&self) -> impl Iterator<Item = OrfGroup<'a>> + use<'a> {
        let mut left = self.groups;
        let family = self.family;
        core::iter::from_fn(move || {
            let (rest, (kind, entries)) = group(left).ok()?;
            left = rest;
            Some(OrfGroup {
                kind: OrfType(kind),
                family,
                entries,
            })
        })
    }
}

impl<'a> OrfGroup<'a> {
    /// The entries as address prefix filters, or `None` if they are of another
    /// kind, or for a family whose routes are not plain prefixes.
    pub fn prefixes(&self) -> Option<OrfPrefixes<'a>> {
        if !matches!(
            self.kind,
            OrfType::ADDRESS_PREFIX | OrfType::CISCO_PREFIX_LIST
        ) {
            return None;
        }
        OrfPrefixes::new(self.family, self.entries)
    }
}

impl fmt::Display for WhenToRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "when {}", self.0),
        }
    }
}

impl fmt::Display for OrfType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "orf {}", self.0),
        }
    }
}

impl fmt::Display for OrfFilters<'_> {
    /// As `defer, address-prefix: remove-all`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.when, f)?;
        self.groups().try_for_each(|group| write!(f, ", {group}"))
    }
}

impl fmt::Display for OrfGroup<'_> {
    /// As `address-prefix: add seq 5 permit 10.0.0.0/8 le 24; remove-all`, or
    /// `orf 99 (4 octets)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)?;
        let Some(entries) = self.prefixes() else {
            return write!(f, " ({} octets)", self.entries.len());
        };
        for (index, entry) in entries.enumerate() {
            f.write_str(if index == 0 { ": " } else { "; " })?;
            match entry {
                Ok(entry) => fmt::Display::fmt(&entry, f)?,
                Err(error) => fmt::Display::fmt(&error, f)?,
            }
        }
        Ok(())
    }
}

fn group(octets: &[u8]) -> IResult<&[u8], (u8, &[u8]), ()> {
    (be_u8, length_data(be_u16)).parse(octets)
}
