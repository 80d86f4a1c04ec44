//! What is told as it happens: a line an event, on standard error.

use std::fmt;

use jiff::Timestamp;

/// Where the lines go, if anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) quiet: bool,
}

/// Counts what could be told too often: the first, the tenth, the hundredth
/// and so on are due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    count: u64,
    due: u64,
}

impl Log {
    pub(crate) fn tell(self, text: fmt::Arguments<'_>) {
        if !self.quiet {
            let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
            eprintln!("{now} {text}");
        }
    }
}

impl Tally {
    /// Counts one more; how many there are, if that is to be told.
    pub(crate) fn add(&mut self) -> Option<u64> {
        self.count = self.count.saturating_add(1);
        let due = self.due.max(1);
        if self.count < due {
            return None;
        }
        self.due = due.saturating_mul(10);
        Some(self.count)
    }

    pub(crate) const fn count(self) -> u64 {
        self.count
    }
}
