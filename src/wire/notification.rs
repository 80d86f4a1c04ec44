use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use nom::number::complete::be_u8;

use crate::wire::{
    Capability, DecodeError, EncodeError, Frame, MessageType, capability::Quoted, frame,
};

mod subcode;

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
    /// short, or is no UTF-8, which is to be told to the operator
    /// (RFC 9003 §4). That of a Hard Reset is in its
    /// [`reason`](Notification::reason).
    pub fn text(&self) -> Option<&str> {
        let spoken = self.is(NotificationCode::CEASE, Self::ADMINISTRATIVE_SHUTDOWN)
            || self.is(NotificationCode::CEASE, Self::ADMINISTRATIVE_RESET);
        if !spoken {
            return None;
        }
        let (length, text) = self.data.split_first()?;
        let text = text.get(..usize::from(*length))?;
        core::str::from_utf8(text)
            .ok()
            .filter(|text| !text.is_empty())
    }

    /// A Cease that ends graceful restart too, with what would be sent otherwise
    /// (RFC 8538 §3.1).
    pub fn hard_reset(reason: &Self) -> Self {
        let mut data = Vec::with_capacity(reason.data.len().saturating_add(2));
        data.extend_from_slice(&[reason.code.0, reason.subcode]);
        data.extend_from_slice(&reason.data);
        Self {
            code: NotificationCode::CEASE,
            subcode: Self::HARD_RESET,
            data: Bytes::from(data),
        }
    }

    /// Whether it ends graceful restart too (RFC 8538 §3.1).
    pub fn is_hard_reset(&self) -> bool {
        self.is(NotificationCode::CEASE, Self::HARD_RESET)
    }

    /// What a Hard Reset says is the reason (RFC 8538 §3.1), or `None` if this
    /// is no Hard Reset or says nothing.
    pub fn reason(&self) -> Option<Self> {
        if !self.is_hard_reset() {
            return None;
        }
        let [code, subcode] = *self.data.first_chunk()?;
        Some(Self {
            code: NotificationCode(code),
            subcode,
            data: self.data.slice(2..),
        })
    }

    /// A refusal of an OPEN that lacks these capabilities (RFC 5492 §5).
    ///
    /// # Errors
    /// If one of them cannot be written.
    pub fn unsupported_capability(missed: &[Capability]) -> Result<Self, EncodeError> {
        let mut data = Vec::new();
        missed.iter().try_for_each(|of| of.encode(&mut data))?;
        Ok(Self {
            code: NotificationCode::OPEN,
            subcode: Self::UNSUPPORTED_CAPABILITY,
            data: Bytes::from(data),
        })
    }

    /// The capabilities that an Unsupported Capability lists (RFC 5492 §5), or
    /// `None` if this is none or they do not add up.
    pub fn capabilities(&self) -> Option<Vec<Capability>> {
        if !self.is(NotificationCode::OPEN, Self::UNSUPPORTED_CAPABILITY) {
            return None;
        }
        let mut all = Vec::with_capacity(Capability::count(&self.data).ok()?);
        Capability::decode_all(&self.data, &mut all).ok()?;
        Some(all)
    }

    /// The greatest version that the sender of an Unsupported Version Number
    /// speaks (RFC 4271 §6.2).
    pub fn version(&self) -> Option<u16> {
        self.is(NotificationCode::OPEN, Self::UNSUPPORTED_VERSION)
            .then(|| {
                <[u8; 2]>::try_from(&*self.data)
                    .ok()
                    .map(u16::from_be_bytes)
            })?
    }

    fn is(&self, code: NotificationCode, subcode: u8) -> bool {
        self.code == code && self.subcode == subcode
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
    /// As `Cease/Administrative Shutdown (6/2): "upgrade"`; data without a form
    /// of its own in hexadecimal, its first 32 octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A Hard Reset may hold another, and so on to the end of the message:
        // the second is shown as octets.
        match self.reason() {
            Some(reason) => {
                self.heading(f)?;
                f.write_str(": ")?;
                reason.line(f)
            }
            None => self.line(f),
        }
    }
}

impl Notification {
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.heading(f)?;
        if self.data.is_empty() {
            return Ok(());
        }
        f.write_str(": ")?;
        if let Some(text) = self.text() {
            return fmt::Display::fmt(&Quoted(text.as_bytes()), f);
        }
        if let Some(version) = self.version() {
            return write!(f, "version {version}");
        }
        if let Some(missed) = self.capabilities() {
            let mut separator = "";
            return missed.iter().try_for_each(|capability| {
                write!(f, "{separator}{capability}")?;
                separator = ", ";
                Ok(())
            });
        }
        let shown = self.data.get(..SHOWN).unwrap_or(&self.data);
        shown
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))?;
        match self.data.len().saturating_sub(shown.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} octets"),
        }
    }

    fn heading(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.code, f)?;
        if let Some(name) = self.subcode_name() {
            write!(f, "/{name}")?;
        }
        write!(f, " ({}/{})", self.code.0, self.subcode)
    }
}

/// Octets of data that are shown.
const SHOWN: usize = 32;
