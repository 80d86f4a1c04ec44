use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u16},
};

use crate::{
    types::{Afi, Family, Safi},
    wire::{DecodeError, EncodeError, Frame, MessageType, frame},
};

mod filter;
mod prefix;

pub use filter::{OrfFilters, OrfGroup, OrfType, WhenToRefresh};
pub use prefix::{OrfMatch, OrfPrefixes, PrefixFilter, PrefixOrf, UnrecognizedOrf};

/// ROUTE-REFRESH: asks for a family's routes again (RFC 2918), perhaps with
/// filters for them (RFC 5291), or brackets the answer (RFC 7313).
///
/// ```
/// use bgpwright::{
///     types::Family,
///     wire::{OrfMatch, PrefixFilter, PrefixOrf, RouteRefresh, WhenToRefresh},
/// };
///
/// let mut refresh = RouteRefresh::filtered(Family::IPV4_UNICAST, WhenToRefresh::IMMEDIATE);
/// refresh.push_prefixes(&[PrefixOrf::Add(PrefixFilter {
///     matching: OrfMatch::Permit,
///     sequence: 5,
///     prefix: "10.0.0.0/8".parse()?,
///     min_length: 0,
///     max_length: 24,
/// })])?;
/// assert_eq!(
///     refresh.to_string(),
///     "request ipv4-unicast, immediate, address-prefix: add seq 5 permit 10.0.0.0/8 le 24"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct RouteRefresh {
    /// Which routes.
    pub family: Family,
    /// What is said of them.
    pub subtype: RefreshSubtype,
    /// What follows the family, as it came: filters if this is a request
    /// ([`RouteRefresh::filters`]), nothing after BoRR and EoRR.
    pub data: Vec<u8>,
}

/// The octet between AFI and SAFI of a ROUTE-REFRESH (RFC 7313 §3.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct RefreshSubtype(pub u8);

impl RefreshSubtype {
    /// Send the family again (RFC 2918).
    pub const REQUEST: Self = Self(0);
    /// BoRR: the family follows (RFC 7313).
    pub const BEGIN: Self = Self(1);
    /// EoRR: that was the family (RFC 7313).
    pub const END: Self = Self(2);

    /// A word for it, or `None` for a subtype without a meaning here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::REQUEST => "request",
            Self::BEGIN => "begin",
            Self::END => "end",
            _ => return None,
        })
    }
}

impl RouteRefresh {
    /// One without filters.
    pub const fn new(family: Family, subtype: RefreshSubtype) -> Self {
        Self {
            family,
            subtype,
            data: Vec::new(),
        }
    }

    /// A request with a list of filters, empty so far.
    pub fn filtered(family: Family, when: WhenToRefresh) -> Self {
        Self {
            family,
            subtype: RefreshSubtype::REQUEST,
            data: Vec::from([when.0]),
        }
    }

    /// Adds a group of address prefix filters (RFC 5292) at the end.
    ///
    /// # Errors
    /// If this is no request made by [`RouteRefresh::filtered`], the family's
    /// routes are not plain prefixes, a prefix is not of it, or they take more
    /// than 65535 octets; nothing is added then.
    pub fn push_prefixes(&mut self, entries: &[PrefixOrf]) -> Result<(), EncodeError> {
        let octets = prefix::write(self.family, entries)?;
        self.push_group(OrfType::ADDRESS_PREFIX, &octets)
    }

    /// Adds a group of filters of any kind at the end: `entries` as they are to
    /// stand on the wire.
    ///
    /// # Errors
    /// If this is no request made by [`RouteRefresh::filtered`], or there are
    /// more than 65535 octets; nothing is added then.
    pub fn push_group(&mut self, kind: OrfType, entries: &[u8]) -> Result<(), EncodeError> {
        if self.filters().is_none() {
            return Err(FILTERS);
        }
        let length = u16::try_from(entries.len()).map_err(|_| FILTERS)?;
        self.data.push(kind.0);
        self.data.extend_from_slice(&length.to_be_bytes());
        self.data.extend_from_slice(entries);
        Ok(())
    }

    /// The filters of a request (RFC 5291 §4), or `None` if it has none.
    pub fn filters(&self) -> Option<OrfFilters<'_>> {
        if self.subtype != RefreshSubtype::REQUEST {
            return None;
        }
        OrfFilters::read(self.family, &self.data)
    }

    /// Whether what follows the family goes with the subtype.
    ///
    /// Nothing may follow BoRR and EoRR (RFC 7313 §5). A request may have
    /// filters, whose groups must add up; RFC 5291 does not say what to do if
    /// they do not, and this codec takes it for the same error.
    fn is_well_formed(&self) -> bool {
        match self.subtype {
            RefreshSubtype::REQUEST => self.data.is_empty() || self.filters().is_some(),
            RefreshSubtype::BEGIN | RefreshSubtype::END => self.data.is_empty(),
            // Not understood, to be ignored by who receives it (RFC 7313 §5).
            _ => true,
        }
    }

    pub(super) fn decode(frame: Frame<'_>) -> Result<Self, DecodeError> {
        fields(frame.body)
            .ok()
            .map(|(rest, (family, subtype))| Self {
                family,
                subtype,
                data: rest.to_vec(),
            })
            .filter(Self::is_well_formed)
            .ok_or_else(|| DecodeError::RefreshLength {
                message: Bytes::from(whole(frame)),
            })
    }

    pub(super) fn encode(&self, max: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if !self.is_well_formed() {
            return Err(FILTERS);
        }
        frame::write(MessageType::ROUTE_REFRESH, max, out, |out| {
            out.extend_from_slice(&self.family.afi.0.to_be_bytes());
            out.extend_from_slice(&[self.subtype.0, self.family.safi.0]);
            out.extend_from_slice(&self.data);
            Ok(())
        })
    }
}

impl fmt::Display for RefreshSubtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "subtype {}", self.0),
        }
    }
}

impl fmt::Display for RouteRefresh {
    /// As `request ipv4-unicast`, then filters if it has some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subtype, self.family)?;
        match self.filters() {
            Some(filters) => write!(f, ", {filters}"),
            None if self.data.is_empty() => Ok(()),
            None => write!(f, " ({} octets)", self.data.len()),
        }
    }
}

fn fields(body: &[u8]) -> IResult<&[u8], (Family, RefreshSubtype), ()> {
    (be_u16, be_u8, be_u8)
        .map(|(afi, subtype, safi)| {
            let family = Family::new(Afi(afi), Safi(safi));
            (family, RefreshSubtype(subtype))
        })
        .parse(body)
}

/// The message as it came, header included.
fn whole(frame: Frame<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.wire_len());
    let written = frame::write(frame.kind, usize::MAX, &mut out, |out| {
        out.extend_from_slice(frame.body);
        Ok(())
    });
    debug_assert!(written.is_ok(), "a frame fits the length it came with");
    out
}

const FILTERS: EncodeError = EncodeError::Field { field: "filters" };
