use core::{fmt, net::IpAddr};

use nom::{IResult, Parser, combinator::rest, number::complete::be_u16};

use super::{
    SessionState,
    field::{Width, Wrong, address, afi, asn},
};
use crate::{
    types::{Asn, Family, PeerType},
    wire::{Context, DecodeError, Frame},
};

/// A BGP message of a session (RFC 6396 §4.4.2 to §4.4.6, RFC 8050 §3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bgp4mpMessage<'a> {
    /// Whose.
    pub session: Bgp4mpSession,
    /// Who sent it.
    pub direction: Direction,
    /// Whether its NLRI have path identifiers.
    pub with_path_ids: bool,
    /// The message, header included, as it was on the wire.
    pub message: &'a [u8],
}

/// A session that went from one state to another (RFC 6396 §4.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct StateChange {
    /// Whose.
    pub session: Bgp4mpSession,
    /// The state before.
    pub old: SessionState,
    /// The state after.
    pub new: SessionState,
}

/// The two ends of a session (RFC 6396 §4.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Bgp4mpSession {
    /// Whether AS numbers take four octets: those here, and those in an UPDATE.
    pub four_octet_as: bool,
    /// The neighbour's AS; 0 if it was not known.
    pub peer_as: Asn,
    /// The collector's AS.
    pub local_as: Asn,
    /// The collector's interface; 0 if it was not known.
    pub interface: u16,
    /// The neighbour's address.
    pub peer: IpAddr,
    /// The collector's address, of the same family.
    pub local: IpAddr,
}

/// Who sent a message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "a session has two ends")]
pub enum Direction {
    /// The neighbour.
    Received,
    /// The collector: the `_LOCAL` subtypes (RFC 6396 §4.4.5).
    Sent,
}

impl<'a> Bgp4mpMessage<'a> {
    /// The message with its header checked, or `None` if it is cut short.
    ///
    /// # Errors
    /// If it is no BGP message.
    pub fn frame(&self) -> Result<Option<Frame<'a>>, DecodeError> {
        Frame::first(self.message, usize::from(u16::MAX))
    }

    /// What to read the message with, if the session had agreed on these
    /// families: the rest is what the subtype says.
    ///
    /// A record does not say which families have path identifiers: all have
    /// them or none.
    pub fn context(&self, families: &[Family]) -> Context {
        let add_path = if self.with_path_ids { families } else { &[] };
        Context {
            four_octet_as: self.session.four_octet_as,
            families: families.to_vec(),
            add_path_receive: add_path.to_vec(),
            add_path_send: add_path.to_vec(),
            max_message_len: usize::from(u16::MAX),
            peer_type: self.session.peer_type(),
            ..Context::default()
        }
    }
}

impl Bgp4mpSession {
    /// Internal if both ends have the same AS.
    pub fn peer_type(&self) -> PeerType {
        if self.peer_as == self.local_as {
            PeerType::Internal
        } else {
            PeerType::External
        }
    }
}

impl fmt::Display for Bgp4mpSession {
    /// As `192.0.2.1 AS 64512 to 192.0.2.2 AS 64513`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            peer_as,
            local_as,
            peer,
            local,
            ..
        } = self;
        write!(f, "{peer} AS {peer_as} to {local} AS {local_as}")
    }
}

pub(super) fn message(
    four_octet_as: bool,
    direction: Direction,
    with_path_ids: bool,
    octets: &[u8],
) -> IResult<&[u8], Bgp4mpMessage<'_>, Wrong<'_>> {
    let (octets, session) = session(four_octet_as, octets)?;
    let (octets, message) = rest(octets)?;
    let message = Bgp4mpMessage {
        session,
        direction,
        with_path_ids,
        message,
    };
    Ok((octets, message))
}

pub(super) fn state_change(
    four_octet_as: bool,
    octets: &[u8],
) -> IResult<&[u8], StateChange, Wrong<'_>> {
    let (rest, session) = session(four_octet_as, octets)?;
    let state = || be_u16.map(SessionState);
    let (rest, (old, new)) = (state(), state()).parse(rest)?;
    Ok((rest, StateChange { session, old, new }))
}

pub(super) fn session(
    four_octet_as: bool,
    octets: &[u8],
) -> IResult<&[u8], Bgp4mpSession, Wrong<'_>> {
    let width = Width::of(four_octet_as);
    let (rest, peer_as) = asn(width, octets)?;
    let (rest, local_as) = asn(width, rest)?;
    let (rest, interface) = be_u16(rest)?;
    let (rest, afi) = afi(rest)?;
    let (rest, peer) = address(afi, rest)?;
    let (rest, local) = address(afi, rest)?;
    let session = Bgp4mpSession {
        four_octet_as,
        peer_as,
        local_as,
        interface,
        peer,
        local,
    };
    Ok((rest, session))
}
