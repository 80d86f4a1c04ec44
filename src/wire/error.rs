use alloc::vec::Vec;

use bytes::Bytes;
use thiserror::Error;

use crate::{
    types::Family,
    wire::{
        AttributeCode, CapabilityCode, Fault, FaultKind, MessageType, Notification,
        NotificationCode,
    },
};

/// Octets that are no message: the session ends.
///
/// [`DecodeError::notification`] is the one place that knows the answer on the
/// wire.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The marker is not all ones (RFC 4271 §6.1).
    #[error("the marker is not all ones")]
    NotSynchronized,
    /// The header's length is outside what the session or the message's type
    /// allows (RFC 4271 §6.1).
    #[error("a message of {length} octets is too short or too long for its type")]
    MessageLength {
        /// The header's length field.
        length: u16,
    },
    /// The header's type is not one that this codec reads (RFC 4271 §6.1).
    #[error("message of unknown {kind}")]
    MessageType {
        /// The header's type field.
        kind: MessageType,
    },
    /// An OPEN whose optional parameters or capabilities do not add up
    /// (RFC 4271 §6.2, RFC 5492 §5).
    #[error("the OPEN's parameters do not add up")]
    OpenMalformed,
    /// An OPEN of a version other than 4 (RFC 4271 §6.2).
    #[error("BGP version {version}")]
    OpenVersion {
        /// What the peer speaks.
        version: u8,
    },
    /// An OPEN from AS 0 (RFC 7607 §2).
    #[error("the peer's AS is 0")]
    OpenAs,
    /// An OPEN whose BGP Identifier is 0 (RFC 6286 §2.2).
    #[error("the peer's BGP Identifier is 0")]
    OpenIdentifier,
    /// An OPEN with an optional parameter that is no capabilities
    /// (RFC 4271 §6.2).
    #[error("optional parameter {kind} is not supported")]
    OpenParameter {
        /// The parameter's type.
        kind: u8,
    },
    /// An OPEN with two roles that are not the same (RFC 9234 §4.2).
    #[error("the peer announces more than one role")]
    OpenRole,
    /// An OPEN with a hold time of 1 or 2 seconds (RFC 4271 §6.2).
    #[error("a hold time of {seconds} s")]
    OpenHoldTime {
        /// What the peer proposes.
        seconds: u16,
    },
    /// An UPDATE whose Withdrawn Routes Length and Total Attribute Length do
    /// not fit into it (RFC 4271 §6.3).
    #[error("the lengths inside the UPDATE do not fit into it")]
    UpdateLengths,
    /// A ROUTE-REFRESH whose subtype does not go with its length
    /// (RFC 7313 §5), or whose filters do not add up (RFC 5291 §4).
    #[error("the ROUTE-REFRESH has a wrong length")]
    RefreshLength {
        /// The message, header included.
        message: Bytes,
    },
}

impl DecodeError {
    /// What to tell the peer.
    pub fn notification(&self) -> Notification {
        let open = |subcode| (NotificationCode::OPEN, subcode, Bytes::new());
        let (code, subcode, data) = match self {
            Self::NotSynchronized => (
                NotificationCode::HEADER,
                Notification::CONNECTION_NOT_SYNCHRONIZED,
                Bytes::new(),
            ),
            Self::MessageLength { length } => (
                NotificationCode::HEADER,
                Notification::BAD_MESSAGE_LENGTH,
                Bytes::copy_from_slice(&length.to_be_bytes()),
            ),
            Self::MessageType { kind } => (
                NotificationCode::HEADER,
                Notification::BAD_MESSAGE_TYPE,
                Bytes::copy_from_slice(&[kind.0]),
            ),
            Self::OpenMalformed => open(Notification::UNSPECIFIC),
            Self::OpenVersion { .. } => (
                NotificationCode::OPEN,
                Notification::UNSUPPORTED_VERSION,
                Bytes::from_static(&[0, 4]),
            ),
            Self::OpenAs => open(Notification::BAD_PEER_AS),
            Self::OpenIdentifier => open(Notification::BAD_BGP_IDENTIFIER),
            Self::OpenParameter { .. } => open(Notification::UNSUPPORTED_OPTIONAL_PARAMETER),
            Self::OpenRole => open(Notification::ROLE_MISMATCH),
            Self::OpenHoldTime { .. } => open(Notification::UNACCEPTABLE_HOLD_TIME),
            Self::UpdateLengths => (
                NotificationCode::UPDATE,
                Notification::MALFORMED_ATTRIBUTE_LIST,
                Bytes::new(),
            ),
            Self::RefreshLength { message } => (
                NotificationCode::ROUTE_REFRESH,
                Notification::INVALID_MESSAGE_LENGTH,
                message.clone(),
            ),
        };
        Notification {
            code,
            subcode,
            data,
        }
    }
}

/// The UPDATE Message Error subcode for a fault that ends the session
/// (RFC 4271 §6.3, RFC 7606 §5.3).
pub(super) fn update_subcode(fault: Fault) -> u8 {
    let mp = matches!(
        fault.attribute,
        Some(AttributeCode::MP_REACH_NLRI | AttributeCode::MP_UNREACH_NLRI)
    );
    match fault.kind {
        FaultKind::Truncated | FaultKind::Duplicate => 1,
        FaultKind::Unrecognized => 2,
        FaultKind::Missing => 3,
        FaultKind::Prefix if fault.attribute.is_none() => 10,
        _ if mp => 9,
        FaultKind::Flags => 4,
        FaultKind::Length => 5,
        FaultKind::Value => match fault.attribute {
            Some(AttributeCode::ORIGIN) => 6,
            Some(AttributeCode::NEXT_HOP) => 8,
            Some(AttributeCode::AS_PATH) => 11,
            _ => 9,
        },
        FaultKind::NotFromThisPeer | FaultKind::Prefix | FaultKind::Family => 9,
    }
}

/// The NOTIFICATION for an UPDATE's fault; `attribute` is the one in question
/// as it came, which subcodes 2 and 4 to 9 carry as data.
pub(super) fn update_notification(fault: Fault, attribute: &[u8]) -> Notification {
    let subcode = update_subcode(fault);
    let data = match (subcode, fault.attribute) {
        (3, Some(code)) => Vec::from([code.0]),
        (2 | 4..=9, _) => attribute.to_vec(),
        _ => Vec::new(),
    };
    Notification {
        code: NotificationCode::UPDATE,
        subcode,
        data: Bytes::from(data),
    }
}

/// A value that the wire, or this session's wire, cannot carry.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The message would be larger than the session allows.
    #[error("the message is over the session's {max} octets")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// A capability's value is over 255 octets.
    #[error("capability {} is over 255 octets", code.0)]
    CapabilityTooLong {
        /// Which.
        code: CapabilityCode,
    },
    /// An attribute cannot be written: over 65535 octets, of a value that the
    /// receiver would refuse, there twice, or raw although it has a field of
    /// its own.
    #[error("attribute {code} cannot be written")]
    Attribute {
        /// Which.
        code: AttributeCode,
    },
    /// Routes are announced without this mandatory attribute (RFC 4271 §5).
    #[error("routes are announced without {code}")]
    Missing {
        /// Which.
        code: AttributeCode,
    },
    /// The next hop is missing, or not of a kind that the family carries.
    #[error("{family} cannot carry this next hop")]
    NextHop {
        /// The family.
        family: Family,
    },
    /// A prefix is not of the family that is to carry it, or the NLRI is not
    /// in the family's shape.
    #[error("the NLRI is not of {family}")]
    Nlri {
        /// The family.
        family: Family,
    },
    /// A path identifier on a session without ADD-PATH (RFC 7911).
    #[error("a path identifier for {family}, without ADD-PATH")]
    PathId {
        /// The family.
        family: Family,
    },
    /// The value breaks a rule of its own message: a hold time of 1 or 2, say.
    #[error("field {field} has no such value on the wire")]
    Field {
        /// The field's name.
        field: &'static str,
    },
}
