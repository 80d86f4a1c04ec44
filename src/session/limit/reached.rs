use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::{
    types::{Afi, Family, Safi},
    wire::{Notification, NotificationCode},
};

/// What a Cease, 6/1, says of the limit that was reached (RFC 4486 §4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "the RFC's data has these two")]
pub struct LimitReached {
    /// Whose prefixes were too many.
    pub family: Family,
    /// The upper bound.
    pub max: u32,
}

impl LimitReached {
    /// The Cease that says so.
    pub fn notification(&self) -> Notification {
        let mut data = Vec::with_capacity(7);
        data.extend_from_slice(&self.family.afi.0.to_be_bytes());
        data.push(self.family.safi.0);
        data.extend_from_slice(&self.max.to_be_bytes());
        Notification {
            code: NotificationCode::CEASE,
            subcode: Notification::MAXIMUM_PREFIXES,
            data: Bytes::from(data),
        }
    }

    /// What a neighbour's NOTIFICATION says, itself or as the reason of a Hard
    /// Reset (RFC 8538 §3.1), or `None` if it is no such Cease or is without
    /// the optional data.
    pub fn of(notification: &Notification) -> Option<Self> {
        let inner = notification.reason();
        let cease = inner.as_ref().unwrap_or(notification);
        let about = cease.code == NotificationCode::CEASE
            && cease.subcode == Notification::MAXIMUM_PREFIXES;
        let [afi_high, afi_low, safi, max @ ..] =
            <[u8; 7]>::try_from(&*cease.data).ok().filter(|_| about)?;
        Some(Self {
            family: Family::new(Afi(u16::from_be_bytes([afi_high, afi_low])), Safi(safi)),
            max: u32::from_be_bytes(max),
        })
    }
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: at most {} prefixes", self.family, self.max)
    }
}
