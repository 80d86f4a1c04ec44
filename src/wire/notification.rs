use bytes::Bytes;

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
}
