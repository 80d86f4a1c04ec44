//! Every timer of one connection's state machine in one table, and the jitter
//! (RFC 4271 §10).

use core::time::Duration;

use crate::time::Instant;

/// The timers of RFC 4271 §8 and RFC 9687.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Timer {
    ConnectRetry,
    Hold,
    Keepalive,
    DelayOpen,
    IdleHold,
    SendHold,
}

impl Timer {
    /// In the order in which they fire if several are due: a dead neighbour is
    /// noticed before it is sent anything.
    pub(super) const ALL: [Self; 6] = [
        Self::Hold,
        Self::SendHold,
        Self::Keepalive,
        Self::DelayOpen,
        Self::IdleHold,
        Self::ConnectRetry,
    ];
}

/// When each timer fires, if it runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    connect_retry: Option<Instant>,
    hold: Option<Instant>,
    keepalive: Option<Instant>,
    delay_open: Option<Instant>,
    idle_hold: Option<Instant>,
    send_hold: Option<Instant>,
}

impl Timers {
    /// Starts or restarts a timer.
    pub(super) fn start(&mut self, timer: Timer, at: Instant) {
        *self.entry(timer) = Some(at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        *self.entry(timer) = None;
    }

    pub(super) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// Stops a timer that is due at `now` and names it.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let is_due = |timer: &Timer| self.when(*timer).is_some_and(|at| at <= now);
        let due = Timer::ALL.into_iter().find(is_due)?;
        self.stop(due);
        Some(due)
    }

    /// The first one to fire.
    pub(super) fn next(&self) -> Option<Instant> {
        let all = Timer::ALL.into_iter();
        all.filter_map(|timer| self.when(timer)).min()
    }

    pub(super) fn is_running(&self, timer: Timer) -> bool {
        self.when(timer).is_some()
    }

    fn when(&self, timer: Timer) -> Option<Instant> {
        match timer {
            Timer::ConnectRetry => self.connect_retry,
            Timer::Hold => self.hold,
            Timer::Keepalive => self.keepalive,
            Timer::DelayOpen => self.delay_open,
            Timer::IdleHold => self.idle_hold,
            Timer::SendHold => self.send_hold,
        }
    }

    fn entry(&mut self, timer: Timer) -> &mut Option<Instant> {
        match timer {
            Timer::ConnectRetry => &mut self.connect_retry,
            Timer::Hold => &mut self.hold,
            Timer::Keepalive => &mut self.keepalive,
            Timer::DelayOpen => &mut self.delay_open,
            Timer::IdleHold => &mut self.idle_hold,
            Timer::SendHold => &mut self.send_hold,
        }
    }
}

/// A source of jitter: splitmix64, which any seed serves.
#[derive(Clone, Debug)]
pub(super) struct Jitter {
    state: u64,
}

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Three quarters of `time` to all of it, evenly, drawn anew each time
    /// (RFC 4271 §10).
    pub(super) fn apply(&mut self, time: Duration) -> Duration {
        let quarter = time / 4;
        let nanos = u64::try_from(quarter.as_nanos()).unwrap_or(u64::MAX);
        // The upper half of nanos * draw / 2^64 is even enough, and in range.
        let scaled = (u128::from(nanos) * u128::from(self.next())) >> 64;
        let off = Duration::from_nanos(u64::try_from(scaled).unwrap_or(nanos));
        time.saturating_sub(off)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_between_three_quarters_and_all() {
        let mut jitter = Jitter::new(7);
        let time = Duration::from_mins(2);
        let drawn: alloc::vec::Vec<_> = (0..1000).map(|_| jitter.apply(time)).collect();
        assert!(drawn.iter().all(|&it| it > time * 3 / 4 && it <= time));
        let mean = drawn.iter().sum::<Duration>() / 1000;
        assert!(mean > Duration::from_secs(104) && mean < Duration::from_secs(106));
    }

    #[test]
    fn equal_seeds_draw_equal_jitter() {
        let (mut one, mut other) = (Jitter::new(3), Jitter::new(3));
        let time = Duration::from_secs(5);
        assert!((0..100).all(|_| one.apply(time) == other.apply(time)));
    }

    #[test]
    fn the_earliest_timer_is_next_and_due_timers_fire_once() {
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        let second = Instant::ZERO + Duration::from_secs(1);
        timers.start(Timer::Keepalive, second);
        timers.start(Timer::Hold, second + Duration::from_secs(2));
        assert_eq!(timers.next(), Some(second));
        assert_eq!(timers.take_due(Instant::ZERO), None);
        assert_eq!(timers.take_due(second), Some(Timer::Keepalive));
        assert_eq!(timers.take_due(second), None);
    }
}
