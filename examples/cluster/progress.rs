//! Progress on standard error: a bar on a terminal, a line now and then
//! elsewhere. Standard output is for results.

use std::{io::IsTerminal, time::Duration};

use bgpwright::time::Instant;
use indicatif::{ProgressBar, ProgressStyle};

/// Shows how many sessions are up.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    shown: usize,
    next: Instant,
}

impl Progress {
    pub(crate) fn start(total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} {elapsed}");
            let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message("sessions Established");
            bar
        });
        if bar.is_none() {
            eprintln!("bringing up {total} sessions");
        }
        Self {
            bar,
            total,
            shown: 0,
            next: Instant::ZERO + FIRST,
        }
    }

    /// Shows nothing.
    pub(crate) fn silent() -> Self {
        Self {
            bar: None,
            total: 0,
            shown: 0,
            next: Instant::from_nanos(u64::MAX),
        }
    }

    /// Whether it is time to show something again.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// Shows that so many sessions are up.
    pub(crate) fn show(&mut self, now: Instant, established: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(u64::try_from(established).unwrap_or(u64::MAX));
            self.next = now + TICK;
        } else {
            if established != self.shown {
                eprintln!("{established} of {} sessions Established", self.total);
            }
            self.next = now + LINE;
        }
        self.shown = established;
    }

    /// Takes the bar away, so that it is not mixed with results.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

const FIRST: Duration = Duration::from_millis(100);
const TICK: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(1);
