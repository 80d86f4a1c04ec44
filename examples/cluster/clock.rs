//! The only clock of the run: engines see [`Instant`]s made here, people see
//! the wall-clock times that those stand for.

use bgpwright::time::Instant;
use jiff::{SignedDuration, Timestamp};

/// Counts from the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: std::time::Instant,
    wall: Timestamp,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            start: std::time::Instant::now(),
            wall: Timestamp::now(),
        }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    /// When `at` was by the wall clock.
    pub(crate) fn wall(self, at: Instant) -> Wall {
        let since_start =
            SignedDuration::try_from(at - Instant::ZERO).unwrap_or(SignedDuration::MAX);
        Wall(self.wall.saturating_add(since_start).unwrap_or(self.wall))
    }
}

/// A wall-clock time in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Timestamp);

impl Wall {
    /// `HH:MM:SS`, what BIRD and so calicoctl print for a recent time.
    pub(crate) fn time_of_day(self) -> String {
        self.0.strftime("%H:%M:%S").to_string()
    }

    /// RFC 3339, whole seconds.
    pub(crate) fn rfc3339(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
