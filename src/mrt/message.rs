//! The deprecated types 5, 9 and 10, and states.

use core::{fmt, net::IpAddr};

use nom::{IResult, Parser, combinator::rest, number::complete::be_u16};

use super::{
    RecordType,
    field::{Width, Wrong, address, asn},
};
use crate::{
    types::{Afi, Asn},
    wire::{Frame, MessageType},
};

/// The state of a session (RFC 6396 §4.4.1), by its number in RFC 4271 §8.2.2.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SessionState(pub u16);

impl SessionState {
    /// Idle.
    pub const IDLE: Self = Self(1);
    /// Connect.
    pub const CONNECT: Self = Self(2);
    /// Active.
    pub const ACTIVE: Self = Self(3);
    /// OpenSent.
    pub const OPEN_SENT: Self = Self(4);
    /// OpenConfirm.
    pub const OPEN_CONFIRM: Self = Self(5);
    /// Established.
    pub const ESTABLISHED: Self = Self(6);

    /// The name that RFC 4271 uses, or `None` for a state without one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::IDLE => "Idle",
            Self::CONNECT => "Connect",
            Self::ACTIVE => "Active",
            Self::OPEN_SENT => "OpenSent",
            Self::OPEN_CONFIRM => "OpenConfirm",
            Self::ESTABLISHED => "Established",
            _ => return None,
        })
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "state {}", self.0),
        }
    }
}

/// A BGP message of a session with AS numbers of two octets (RFC 6396
/// §B.2.1.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OldMessage<'a> {
    /// [`RecordType::BGP`] with IPv4 addresses, [`RecordType::BGP4PLUS`] or
    /// [`RecordType::BGP4PLUS_01`] with IPv6 ones.
    pub kind: RecordType,
    /// The neighbour's AS.
    pub peer_as: Asn,
    /// The neighbour's address.
    pub peer: IpAddr,
    /// The collector's AS.
    pub local_as: Asn,
    /// The collector's address.
    pub local: IpAddr,
    /// The message: the record has its body only.
    pub message: Frame<'a>,
}

/// A session that went from one state to another (RFC 6396 §B.2.1.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct OldStateChange {
    /// As of an [`OldMessage`].
    pub kind: RecordType,
    /// The neighbour's AS.
    pub peer_as: Asn,
    /// The neighbour's address.
    pub peer: IpAddr,
    /// The state before.
    pub old: SessionState,
    /// The state after.
    pub new: SessionState,
}

/// The family of the addresses in a record of these types.
pub(super) fn afi_of(kind: RecordType) -> Option<Afi> {
    match kind {
        RecordType::BGP => Some(Afi::IPV4),
        RecordType::BGP4PLUS | RecordType::BGP4PLUS_01 => Some(Afi::IPV6),
        _ => None,
    }
}

pub(super) fn old_message(
    kind: RecordType,
    afi: Afi,
    message: MessageType,
    octets: &[u8],
) -> IResult<&[u8], OldMessage<'_>, Wrong<'_>> {
    let (octets, peer_as) = asn(Width::Two, octets)?;
    let (octets, peer) = address(afi, octets)?;
    let (octets, local_as) = asn(Width::Two, octets)?;
    let (octets, local) = address(afi, octets)?;
    let (octets, body) = rest(octets)?;
    let message = OldMessage {
        kind,
        peer_as,
        peer,
        local_as,
        local,
        message: Frame {
            kind: message,
            body,
        },
    };
    Ok((octets, message))
}

pub(super) fn old_state_change(
    kind: RecordType,
    afi: Afi,
    octets: &[u8],
) -> IResult<&[u8], OldStateChange, Wrong<'_>> {
    let (rest, peer_as) = asn(Width::Two, octets)?;
    let (rest, peer) = address(afi, rest)?;
    let state = || be_u16.map(SessionState);
    let (rest, (old, new)) = (state(), state()).parse(rest)?;
    let change = OldStateChange {
        kind,
        peer_as,
        peer,
        old,
        new,
    };
    Ok((rest, change))
}
