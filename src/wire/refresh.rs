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

/// ROUTE-REFRESH: asks for a family's routes again (RFC 2918), or brackets the
/// answer (RFC 7313).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct RouteRefresh {
    /// Which routes.
    pub family: Family,
    /// What is said of them.
    pub subtype: RefreshSubtype,
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
}

impl RouteRefresh {
    /// Reads the body. Octets after a request, outbound route filters, are
    /// passed over; after BoRR and EoRR there may be none (RFC 7313 §5).
    pub(super) fn decode(frame: Frame<'_>) -> Result<Self, DecodeError> {
        let wrong = || DecodeError::RefreshLength {
            message: Bytes::from(whole(frame)),
        };
        let (rest, message) = fields(frame.body).map_err(|_| wrong())?;
        let bare = matches!(message.subtype, RefreshSubtype::BEGIN | RefreshSubtype::END);
        if bare && !rest.is_empty() {
            return Err(wrong());
        }
        Ok(message)
    }

    pub(super) fn encode(self, max: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        frame::write(MessageType::ROUTE_REFRESH, max, out, |out| {
            out.extend_from_slice(&self.family.afi.0.to_be_bytes());
            out.extend_from_slice(&[self.subtype.0, self.family.safi.0]);
            Ok(())
        })
    }
}

impl fmt::Display for RouteRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subtype {
            RefreshSubtype::REQUEST => write!(f, "request {}", self.family),
            RefreshSubtype::BEGIN => write!(f, "begin {}", self.family),
            RefreshSubtype::END => write!(f, "end {}", self.family),
            RefreshSubtype(other) => write!(f, "subtype {other} {}", self.family),
        }
    }
}

fn fields(body: &[u8]) -> IResult<&[u8], RouteRefresh, ()> {
    (be_u16, be_u8, be_u8)
        .map(|(afi, subtype, safi)| RouteRefresh {
            family: Family::new(Afi(afi), Safi(safi)),
            subtype: RefreshSubtype(subtype),
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
