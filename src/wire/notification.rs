use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use bytes::Bytes;
use nom::number::complete::be_u8;

use crate::wire::{DecodeError, EncodeError, Frame, MessageType, frame};

/// NOTIFICATION: why a connection ends (RFC 4271 §4.5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Notification {
    /// What kind of error.
    pub code: NotificationCode,
    /// Which error of that kind; 0 is unspecific.
    pub subcode: u8,
    /// What is wrong, as the code and subcode define.
    pub data: Bytes,
}

/// The error code octet of a NOTIFICATION.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct NotificationCode(pub u8);

impl NotificationCode {
    /// RFC 4271 §6.1.
    pub const HEADER: Self = Self(1);
    /// RFC 4271 §6.2.
    pub const OPEN: Self = Self(2);
    /// RFC 4271 §6.3.
    pub const UPDATE: Self = Self(3);
    /// RFC 4271 §6.5.
    pub const HOLD_TIMER_EXPIRED: Self = Self(4);
    /// RFC 4271 §6.6, RFC 6608.
    pub const FSM: Self = Self(5);
    /// RFC 4271 §6.7, RFC 4486.
    pub const CEASE: Self = Self(6);
    /// RFC 7313 §5.
    pub const ROUTE_REFRESH: Self = Self(7);
    /// RFC 9687.
    pub const SEND_HOLD_TIMER_EXPIRED: Self = Self(8);
}

impl Notification {
    /// A NOTIFICATION without data.
    pub const fn new(code: NotificationCode, subcode: u8) -> Self {
        Self {
            code,
            subcode,
            data: Bytes::new(),
        }
    }

    /// A Cease with a text for the operator of the other side (RFC 9003 §2).
    ///
    /// `subcode` should be [`Notification::ADMINISTRATIVE_SHUTDOWN`] or
    /// [`Notification::ADMINISTRATIVE_RESET`]. The text is cut at the last
    /// character that ends within 255 octets.
    pub fn cease_with_text(subcode: u8, text: &str) -> Self {
        let text = text
            .get(..text.floor_char_boundary(255))
            .unwrap_or_default();
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        let mut data = Vec::with_capacity(text.len().saturating_add(1));
        data.push(length);
        data.extend_from_slice(text.as_bytes());
        Self {
            code: NotificationCode::CEASE,
            subcode,
            data: Bytes::from(data),
        }
    }

    /// The shutdown communication, if this Cease has one (RFC 9003 §2).
    ///
    /// Written by the peer: it may hold any character, control characters too;
    /// [`Display`](fmt::Display) escapes them. `None` if it is empty, is cut
    /// short, or is no UTF-8.
    pub fn text(&self) -> Option<&str> {
        let spoken = matches!(
            self.subcode,
            Self::ADMINISTRATIVE_SHUTDOWN | Self::ADMINISTRATIVE_RESET
        );
        if self.code != NotificationCode::CEASE || !spoken {
            return None;
        }
        let (length, text) = self.data.split_first()?;
        let text = text.get(..usize::from(*length))?;
        core::str::from_utf8(text)
            .ok()
            .filter(|text| !text.is_empty())
    }

    /// Subcode of a Cease: the operator stopped the session (RFC 4486 §3).
    pub const ADMINISTRATIVE_SHUTDOWN: u8 = 2;
    /// Subcode of a Cease: the operator restarts the session (RFC 4486 §3).
    pub const ADMINISTRATIVE_RESET: u8 = 4;

    /// The subcode's name in the registry, if it has one.
    pub fn subcode_name(&self) -> Option<&'static str> {
        SUBCODES
            .iter()
            .find(|(code, subcode, _)| *code == self.code && *subcode == self.subcode)
            .map(|(_, _, name)| *name)
    }

    pub(super) fn decode(frame: Frame<'_>) -> Result<Self, DecodeError> {
        let short = DecodeError::MessageLength {
            length: u16::try_from(frame.wire_len()).unwrap_or(u16::MAX),
        };
        let Ok((rest, code)) = be_u8::<_, ()>(frame.body) else {
            return Err(short);
        };
        let Ok((data, subcode)) = be_u8::<_, ()>(rest) else {
            return Err(short);
        };
        Ok(Self {
            code: NotificationCode(code),
            subcode,
            data: Bytes::copy_from_slice(data),
        })
    }

    pub(super) fn encode(&self, max: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        frame::write(MessageType::NOTIFICATION, max, out, |out| {
            out.extend_from_slice(&[self.code.0, self.subcode]);
            out.extend_from_slice(&self.data);
            Ok(())
        })
    }
}

impl NotificationCode {
    /// The code's name in the registry, if it has one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::HEADER => "Message Header Error",
            Self::OPEN => "OPEN Message Error",
            Self::UPDATE => "UPDATE Message Error",
            Self::HOLD_TIMER_EXPIRED => "Hold Timer Expired",
            Self::FSM => "Finite State Machine Error",
            Self::CEASE => "Cease",
            Self::ROUTE_REFRESH => "ROUTE-REFRESH Message Error",
            Self::SEND_HOLD_TIMER_EXPIRED => "Send Hold Timer Expired",
            _ => return None,
        })
    }
}

impl fmt::Display for NotificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "code {}", self.0),
        }
    }
}

impl fmt::Display for Notification {
    /// As `Cease/Administrative Shutdown (6/2): "upgrade"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.code, f)?;
        if let Some(name) = self.subcode_name() {
            write!(f, "/{name}")?;
        }
        write!(f, " ({}/{})", self.code.0, self.subcode)?;
        if let Some(text) = self.text() {
            f.write_str(": \"")?;
            text.chars()
                .flat_map(char::escape_debug)
                .try_for_each(|c| f.write_char(c))?;
            f.write_str("\"")?;
        }
        Ok(())
    }
}

const SUBCODES: [(NotificationCode, u8, &str); 35] = {
    use NotificationCode as Code;
    [
        (Code::HEADER, 1, "Connection Not Synchronized"),
        (Code::HEADER, 2, "Bad Message Length"),
        (Code::HEADER, 3, "Bad Message Type"),
        (Code::OPEN, 1, "Unsupported Version Number"),
        (Code::OPEN, 2, "Bad Peer AS"),
        (Code::OPEN, 3, "Bad BGP Identifier"),
        (Code::OPEN, 4, "Unsupported Optional Parameter"),
        (Code::OPEN, 6, "Unacceptable Hold Time"),
        (Code::OPEN, 7, "Unsupported Capability"),
        (Code::OPEN, 11, "Role Mismatch"),
        (Code::UPDATE, 1, "Malformed Attribute List"),
        (Code::UPDATE, 2, "Unrecognized Well-known Attribute"),
        (Code::UPDATE, 3, "Missing Well-known Attribute"),
        (Code::UPDATE, 4, "Attribute Flags Error"),
        (Code::UPDATE, 5, "Attribute Length Error"),
        (Code::UPDATE, 6, "Invalid ORIGIN Attribute"),
        (Code::UPDATE, 8, "Invalid NEXT_HOP Attribute"),
        (Code::UPDATE, 9, "Optional Attribute Error"),
        (Code::UPDATE, 10, "Invalid Network Field"),
        (Code::UPDATE, 11, "Malformed AS_PATH"),
        (Code::FSM, 1, "Unexpected Message in OpenSent"),
        (Code::FSM, 2, "Unexpected Message in OpenConfirm"),
        (Code::FSM, 3, "Unexpected Message in Established"),
        (Code::CEASE, 1, "Maximum Number of Prefixes Reached"),
        (Code::CEASE, 2, "Administrative Shutdown"),
        (Code::CEASE, 3, "Peer De-configured"),
        (Code::CEASE, 4, "Administrative Reset"),
        (Code::CEASE, 5, "Connection Rejected"),
        (Code::CEASE, 6, "Other Configuration Change"),
        (Code::CEASE, 7, "Connection Collision Resolution"),
        (Code::CEASE, 8, "Out of Resources"),
        (Code::CEASE, 9, "Hard Reset"),
        (Code::CEASE, 10, "BFD Down"),
        (Code::ROUTE_REFRESH, 1, "Invalid Message Length"),
        (Code::OPEN, 5, "Authentication Failure"),
    ]
};
