//! How many prefixes a neighbour may announce (RFC 4271 §6.7): the bound as
//! data, and a counter that says once for each crossing what is to be done.
//!
//! A [`PrefixCounter`] keeps no routes. Who keeps them tells it how many of the
//! neighbour's there are, as often as it likes, and does what the
//! [`LimitVerdict`] says:
//!
//! ```
//! use bgpwright::{
//!     session::{LimitAction, LimitVerdict, PrefixCounter, PrefixLimit},
//!     types::Family,
//! };
//!
//! let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, 1000);
//! limit.action = LimitAction::Drop;
//! let mut counter = PrefixCounter::new(limit)?;
//! assert_eq!(counter.update(400), None);
//! assert_eq!(counter.update(800), Some(LimitVerdict::Warn { present: 800, max: 1000 }));
//! assert_eq!(counter.update(810), None, "it was said already");
//! assert_eq!(counter.update(1003), Some(LimitVerdict::StopAccepting { excess: 3 }));
//! assert!(!counter.is_accepting());
//! assert_eq!(counter.update(940), Some(LimitVerdict::AcceptAgain));
//! # Ok::<(), bgpwright::session::LimitError>(())
//! ```
//!
//! # Departures
//! - RFC 4271 §6.7 speaks of discarding or of ending the session; there is a
//!   mere warning too, and an end with a return, as routers have them.
//! - A crossing counts again only once the number has been a twentieth below:
//!   a number that swings about a bound is told once.

mod reached;

use core::{fmt, time::Duration};

use thiserror::Error;

use crate::{types::Family, wire::Notification};

pub use reached::LimitReached;

/// How many prefixes of a family a neighbour may announce, and what happens
/// when there are more (RFC 4271 §6.7).
///
/// A prefix with many paths (RFC 7911) counts as whoever keeps routes counts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PrefixLimit {
    /// The family that is counted.
    pub family: Family,
    /// The greatest number that is within the limit; 0 permits none.
    pub max: u32,
    /// When to warn beforehand, if at all.
    pub warn_at: Option<WarnAt>,
    /// What is done once there are more than `max`.
    pub action: LimitAction,
}

impl PrefixLimit {
    /// A limit that warns at 75 percent, and ends the session for good with
    /// the first prefix too many.
    pub const fn new(family: Family, max: u32) -> Self {
        Self {
            family,
            max,
            warn_at: Some(WarnAt::Percent(75)),
            action: LimitAction::StayDown,
        }
    }

    /// Whether a counter can work with this.
    ///
    /// # Errors
    /// The first field that cannot work, and why.
    pub fn check(&self) -> Result<(), LimitError> {
        let Self { family, max, .. } = *self;
        match self.warn_at {
            Some(WarnAt::Percent(percent)) if !matches!(percent, 1..=100) => {
                return Err(LimitError::WarnAtPercent { family, percent });
            }
            Some(WarnAt::Count(count)) if count == 0 || count > max => {
                return Err(LimitError::WarnAtCount { family, count, max });
            }
            _ => {}
        }
        match self.action {
            LimitAction::Restart { after } if after.is_zero() => {
                Err(LimitError::RestartAtOnce { family })
            }
            _ => Ok(()),
        }
    }

    /// Whether all of a session's limits can work together: each as
    /// [`check`](Self::check) has it, and one for a family at most.
    ///
    /// # Errors
    /// The first that cannot work, and why.
    pub fn check_all(limits: &[Self]) -> Result<(), LimitError> {
        for (at, limit) in limits.iter().enumerate() {
            limit.check()?;
            let family = limit.family;
            if limits.iter().take(at).any(|other| other.family == family) {
                return Err(LimitError::FamilyTwice { family });
            }
        }
        Ok(())
    }

    /// What the neighbour is told as the session ends: Cease, 6/1, with the
    /// family and the bound (RFC 4486 §4).
    ///
    /// If the notification bit of RFC 8538 was agreed, it travels in a Hard
    /// Reset (RFC 8538 §5.1).
    pub fn notification(&self) -> Notification {
        let Self { family, max, .. } = *self;
        LimitReached { family, max }.notification()
    }

    /// The number from which on it is time to warn.
    fn warning(&self) -> Option<u64> {
        self.warn_at.map(|at| match at {
            WarnAt::Count(count) => u64::from(count),
            WarnAt::Percent(percent) => {
                let parts = u64::from(self.max).saturating_mul(u64::from(percent));
                parts.div_ceil(100).max(1)
            }
        })
    }
}

impl fmt::Display for PrefixLimit {
    /// As `ipv4-unicast: 1000 prefixes, warn at 75%, then restart after 60s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} prefixes, ", self.family, self.max)?;
        match self.warn_at {
            Some(at) => write!(f, "warn at {at}, then {}", self.action),
            None => write!(f, "then {}", self.action),
        }
    }
}

/// When to warn that a limit is near.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum WarnAt {
    /// At this part of the limit, 1 to 100, rounded up to a whole prefix.
    Percent(u8),
    /// At this number of prefixes, 1 up to the limit.
    Count(u32),
}

impl fmt::Display for WarnAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Count(count) => fmt::Display::fmt(count, f),
        }
    }
}

/// What is done about too many prefixes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum LimitAction {
    /// The operator is told; the prefixes are kept.
    Warn,
    /// New prefixes are not kept until there is room again.
    Drop,
    /// The session ends, and may come back.
    Restart {
        /// After this long, not zero.
        after: Duration,
    },
    /// The session ends, until an operator starts it.
    StayDown,
}

impl fmt::Display for LimitAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warn => f.write_str("warn"),
            Self::Drop => f.write_str("drop"),
            Self::Restart { after } => write!(f, "restart after {after:?}"),
            Self::StayDown => f.write_str("stay down"),
        }
    }
}

/// Counts the prefixes of one family from one neighbour against a limit.
///
/// Deterministic, of constant size, and silent while nothing is crossed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PrefixCounter {
    limit: PrefixLimit,
    level: Level,
}

impl PrefixCounter {
    /// A counter for a session that begins, without prefixes.
    ///
    /// # Errors
    /// If the limit does not pass its [`check`](PrefixLimit::check).
    pub fn new(limit: PrefixLimit) -> Result<Self, LimitError> {
        limit.check()?;
        Ok(Self {
            limit,
            level: Level::Below,
        })
    }

    /// Takes in how many prefixes there are at present, those of the message in
    /// hand included, and answers what to do about it.
    ///
    /// One answer for each crossing: the same number again is answered with
    /// `None`. A jump over the warning and the limit is answered for the limit
    /// only.
    pub fn update(&mut self, present: usize) -> Option<LimitVerdict> {
        let present = u64::try_from(present).unwrap_or(u64::MAX);
        let before = self.level;
        self.level = self.next(present);
        match (before, self.level) {
            (Level::Below, Level::Warned) => Some(LimitVerdict::Warn {
                present,
                max: self.limit.max,
            }),
            (Level::Below | Level::Warned, Level::Over) => Some(self.over(present)),
            (Level::Over, Level::Below | Level::Warned) => {
                (self.limit.action == LimitAction::Drop).then_some(LimitVerdict::AcceptAgain)
            }
            _ => None,
        }
    }

    /// Begins anew, as a session does: there are no prefixes, and everything is
    /// told again.
    pub fn reset(&mut self) {
        self.level = Level::Below;
    }

    /// Whether new prefixes are to be kept: not between
    /// [`LimitVerdict::StopAccepting`] and [`LimitVerdict::AcceptAgain`], and
    /// not after [`LimitVerdict::End`].
    pub fn is_accepting(&self) -> bool {
        self.level != Level::Over || self.limit.action == LimitAction::Warn
    }

    /// What it counts against.
    pub fn limit(&self) -> &PrefixLimit {
        &self.limit
    }

    fn next(&self, present: u64) -> Level {
        let ends = matches!(
            self.limit.action,
            LimitAction::Restart { .. } | LimitAction::StayDown
        );
        let was_over = self.level == Level::Over;
        let over = u64::from(self.limit.max).saturating_add(1);
        if (was_over && ends) || reaches(present, over, was_over) {
            return Level::Over;
        }
        let was_warned = self.level != Level::Below;
        match self.limit.warning() {
            Some(warning) if reaches(present, warning, was_warned) => Level::Warned,
            _ => Level::Below,
        }
    }

    fn over(&self, present: u64) -> LimitVerdict {
        let max = self.limit.max;
        let end = |restart| LimitVerdict::End {
            notification: self.limit.notification(),
            restart,
        };
        match self.limit.action {
            LimitAction::Warn => LimitVerdict::Exceeded { present, max },
            LimitAction::Drop => LimitVerdict::StopAccepting {
                excess: present.saturating_sub(u64::from(max)),
            },
            LimitAction::Restart { after } => end(Some(after)),
            LimitAction::StayDown => end(None),
        }
    }
}

/// Whether the number is at the bound; one that was there already stays until
/// it is a twentieth below.
fn reaches(present: u64, bound: u64, was_there: bool) -> bool {
    let margin = bound.div_ceil(20).min(bound.saturating_sub(1));
    let margin = if was_there { margin } else { 0 };
    present >= bound.saturating_sub(margin)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Level {
    Below,
    Warned,
    Over,
}

/// What a [`PrefixCounter`] wants done.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum LimitVerdict {
    /// Tell the operator that the limit is near.
    Warn {
        /// The prefixes there are.
        present: u64,
        /// The prefixes there may be.
        max: u32,
    },
    /// Tell the operator that the limit is exceeded; keep the prefixes.
    Exceeded {
        /// The prefixes there are.
        present: u64,
        /// The prefixes there may be.
        max: u32,
    },
    /// Keep no prefix that was not there before; replacements and withdrawals
    /// go on.
    StopAccepting {
        /// How many of the message in hand are too many already.
        excess: u64,
    },
    /// Keep new prefixes again. What was dropped meanwhile comes only if it is
    /// asked for (ROUTE-REFRESH, RFC 2918 §4).
    AcceptAgain,
    /// End the session.
    End {
        /// Cease, 6/1, as [`PrefixLimit::notification`] has it.
        notification: Notification,
        /// When to start again, or `None` to wait for an operator.
        restart: Option<Duration>,
    },
}

impl fmt::Display for LimitVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warn { present, max } => write!(f, "{present} prefixes of {max}"),
            Self::Exceeded { present, max } => {
                write!(f, "{present} prefixes, more than {max}")
            }
            Self::StopAccepting { excess } => {
                write!(f, "new prefixes are dropped, {excess} already")
            }
            Self::AcceptAgain => f.write_str("new prefixes are accepted again"),
            Self::End {
                restart: Some(after),
                ..
            } => write!(f, "too many prefixes, restart after {after:?}"),
            Self::End { restart: None, .. } => f.write_str("too many prefixes, stay down"),
        }
    }
}

/// A field of [`PrefixLimit`] that cannot work, and why.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum LimitError {
    /// Not a part of the limit.
    #[error("{family}: warn_at: {percent} is not 1 to 100 percent")]
    WarnAtPercent {
        /// Whose limit.
        family: Family,
        /// As configured.
        percent: u8,
    },
    /// It would warn always, or never.
    #[error("{family}: warn_at: {count} is not 1 to {max}, the limit")]
    WarnAtCount {
        /// Whose limit.
        family: Family,
        /// As configured.
        count: u32,
        /// The limit.
        max: u32,
    },
    /// The session would come and go without a pause.
    #[error("{family}: action: must not restart after no time")]
    RestartAtOnce {
        /// Whose limit.
        family: Family,
    },
    /// A family has one limit.
    #[error("{family}: there is a limit twice")]
    FamilyTwice {
        /// Which.
        family: Family,
    },
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::NotificationCode;

    const FAMILY: Family = Family::IPV6_UNICAST;

    fn counter(action: LimitAction, max: u32) -> PrefixCounter {
        let mut limit = PrefixLimit::new(FAMILY, max);
        limit.action = action;
        PrefixCounter::new(limit).unwrap()
    }

    #[test]
    fn a_number_that_swings_about_a_bound_is_told_once() {
        let mut counter = counter(LimitAction::Warn, 100);
        assert!(counter.update(75).is_some());
        for present in [74, 75, 72, 76, 100] {
            assert_eq!(counter.update(present), None, "{present}");
        }
        let exceeded = LimitVerdict::Exceeded {
            present: 101,
            max: 100,
        };
        assert_eq!(counter.update(101), Some(exceeded.clone()));
        assert_eq!(counter.update(100), None);
        assert_eq!(counter.update(101), None);
        assert_eq!(counter.update(94), None, "a warning has no end");
        assert_eq!(counter.update(101), Some(exceeded));
        assert_eq!(counter.update(0), None);
        assert!(matches!(
            counter.update(80),
            Some(LimitVerdict::Warn { present: 80, .. })
        ));
    }

    #[test]
    fn an_ended_session_is_told_once_until_the_next_begins() {
        let after = Duration::from_mins(1);
        let mut counter = counter(LimitAction::Restart { after }, 2);
        let end = LimitVerdict::End {
            notification: counter.limit().notification(),
            restart: Some(after),
        };
        assert_eq!(counter.update(3), Some(end.clone()), "no warning before it");
        assert_eq!(counter.update(0), None);
        assert_eq!(counter.update(3), None);
        assert!(!counter.is_accepting());
        counter.reset();
        assert_eq!(counter.update(3), Some(end));
    }

    #[test]
    fn a_limit_of_nothing_is_crossed_by_one_prefix() {
        let mut counter = counter(LimitAction::Drop, 0);
        assert_eq!(counter.update(0), None);
        let verdict = LimitVerdict::StopAccepting { excess: 1 };
        assert_eq!(counter.update(1), Some(verdict));
        assert_eq!(counter.update(0), Some(LimitVerdict::AcceptAgain));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let mut counter = counter(LimitAction::Drop, u32::MAX);
        assert!(matches!(
            counter.update(u32::MAX as usize),
            Some(LimitVerdict::Warn { .. })
        ));
        assert!(matches!(
            counter.update(usize::MAX),
            Some(LimitVerdict::StopAccepting { .. })
        ));
    }

    #[test]
    fn the_cease_says_family_and_bound_as_rfc4486_draws_them() {
        let limit = PrefixLimit::new(Family::VPNV4, 0x0001_0203);
        let cease = limit.notification();
        assert_eq!((cease.code.0, cease.subcode), (6, 1));
        assert_eq!(&*cease.data, [0, 1, 128, 0, 1, 2, 3]);
        let reached = LimitReached {
            family: Family::VPNV4,
            max: 0x0001_0203,
        };
        assert_eq!(LimitReached::of(&cease), Some(reached));
        let hard = Notification::hard_reset(&cease);
        assert_eq!(LimitReached::of(&hard), Some(reached));
        let silent = Notification::new(NotificationCode::CEASE, 1);
        assert_eq!(LimitReached::of(&silent), None);
        let other = Notification {
            subcode: Notification::OUT_OF_RESOURCES,
            ..cease
        };
        assert_eq!(LimitReached::of(&other), None);
    }

    #[test]
    fn what_cannot_work_is_named() {
        let refused = |change: fn(&mut PrefixLimit)| {
            let mut limit = PrefixLimit::new(FAMILY, 10);
            change(&mut limit);
            PrefixCounter::new(limit).unwrap_err().to_string()
        };
        for (text, error) in [
            (
                "ipv6-unicast: warn_at: 0 is not 1 to 100 percent",
                refused(|limit| limit.warn_at = Some(WarnAt::Percent(0))),
            ),
            (
                "ipv6-unicast: warn_at: 101 is not 1 to 100 percent",
                refused(|limit| limit.warn_at = Some(WarnAt::Percent(101))),
            ),
            (
                "ipv6-unicast: warn_at: 11 is not 1 to 10, the limit",
                refused(|limit| limit.warn_at = Some(WarnAt::Count(11))),
            ),
            (
                "ipv6-unicast: action: must not restart after no time",
                refused(|limit| {
                    limit.action = LimitAction::Restart {
                        after: Duration::ZERO,
                    };
                }),
            ),
        ] {
            assert_eq!(error, text);
        }
        let twice = [PrefixLimit::new(FAMILY, 1), PrefixLimit::new(FAMILY, 2)];
        assert_eq!(
            PrefixLimit::check_all(&twice),
            Err(LimitError::FamilyTwice { family: FAMILY })
        );
    }

    #[test]
    fn a_limit_reads_as_a_line() {
        let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, 1000);
        limit.action = LimitAction::Restart {
            after: Duration::from_mins(1),
        };
        assert_eq!(
            limit.to_string(),
            "ipv4-unicast: 1000 prefixes, warn at 75%, then restart after 60s"
        );
    }
}
