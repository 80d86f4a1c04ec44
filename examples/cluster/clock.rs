//! The only clock of the run: engines see [`Instant`]s made here, people see
//! the wall-clock times that those stand for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bgpwright::time::Instant;

/// Counts from the start of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: std::time::Instant,
    wall: SystemTime,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            start: std::time::Instant::now(),
            wall: SystemTime::now(),
        }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    /// When `at` was by the wall clock.
    pub(crate) fn wall(self, at: Instant) -> Wall {
        let since_epoch = self.wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(since_epoch + (at - Instant::ZERO))
    }
}

/// A wall-clock time in UTC, as the time since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Duration);

impl Wall {
    /// `HH:MM:SS`, what BIRD and so calicoctl print for a recent time.
    pub(crate) fn time_of_day(self) -> String {
        let seconds = self.0.as_secs() % 86_400;
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// RFC 3339, whole seconds.
    pub(crate) fn rfc3339(self) -> String {
        let (year, month, day) = civil(self.0.as_secs() / 86_400);
        format!("{year:04}-{month:02}-{day:02}T{}Z", self.time_of_day())
    }
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar. Years
/// are taken to begin in March, so that the leap day is the last of a year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_gregorian() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_795_407_897, "2026-11-23T04:24:57Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            let wall = Wall(Duration::from_secs(seconds));
            assert_eq!(wall.rfc3339(), text);
        }
    }
}
