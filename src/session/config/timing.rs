use core::time::Duration;

use super::ConfigError;

/// Whether our OPEN waits for the neighbour's (DelayOpen, RFC 4271 §8.1.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "the RFC's attributes are these two"
)]
pub struct DelayOpen {
    /// For how long at most, not zero (DelayOpenTime).
    pub time: Duration,
    /// Whether a neighbour that is refused before our OPEN was sent is told why
    /// (SendNOTIFICATIONwithoutOPEN).
    pub notify_without_open: bool,
}

/// How long a session pauses in Idle after a failure, before it starts again
/// by itself (DampPeerOscillations and IdleHoldTime, RFC 4271 §8.1.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a pause that doubles has two ends"
)]
pub struct IdleHold {
    /// The first pause, not zero; each failure in a row doubles it.
    pub first: Duration,
    /// The longest. A session that held for so long starts with the first again.
    pub most: Duration,
}

impl IdleHold {
    /// After this many failures before this one.
    pub(in crate::session) fn pause(self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.most)
    }

    pub(super) fn check(self) -> Result<(), ConfigError> {
        if self.first.is_zero() {
            return Err(ConfigError::IdleHoldZero);
        }
        if self.most < self.first {
            let Self { first, most } = self;
            return Err(ConfigError::IdleHoldMost { first, most });
        }
        Ok(())
    }
}

impl Default for IdleHold {
    /// From 1 s to 60 s.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_mins(1),
        }
    }
}

/// How long a neighbour may take nothing of what we send before the session
/// ends (SendHoldTime, RFC 9687). Never used while the hold time is zero.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum SendHold {
    /// 8 minutes, or twice the hold time if that is more (RFC 9687 §6).
    #[default]
    Usual,
    /// So long, which is more than the hold time that we offer (RFC 9687 §4.4).
    After(Duration),
    /// For ever.
    Off,
}

impl SendHold {
    /// With this hold time agreed, or `None` for ever.
    pub(in crate::session) fn time(self, hold_time: Duration) -> Option<Duration> {
        let time = match self {
            Self::Usual => Duration::from_mins(8).max(hold_time.saturating_mul(2)),
            Self::After(time) => time,
            Self::Off => return None,
        };
        (!hold_time.is_zero()).then_some(time)
    }

    pub(super) fn check(self, hold_time: Duration) -> Result<(), ConfigError> {
        match self {
            Self::After(send_hold) if send_hold <= hold_time || send_hold.is_zero() => {
                Err(ConfigError::SendHold {
                    send_hold,
                    hold_time,
                })
            }
            _ => Ok(()),
        }
    }
}
