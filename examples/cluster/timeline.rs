//! What happens after the cluster is up, told as it happens and kept for the
//! JSON.

use bgpwright::time::Instant;
use serde::Serialize;

use crate::options::Format;

/// Something worth telling.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// Since the start of the run.
    pub(crate) seconds: f64,
    pub(crate) node: String,
    pub(crate) text: String,
    /// Whether it is as it should be.
    pub(crate) ok: bool,
}

/// The entries so far.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) entries: Vec<Entry>,
    format: Format,
}

impl Timeline {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            entries: Vec::new(),
            format,
        }
    }

    /// Tells of something as it should be.
    pub(crate) fn tell(&mut self, at: Instant, node: &str, text: impl Into<String>) {
        self.add(at, node, text.into(), true);
    }

    /// Tells of a failure.
    pub(crate) fn fail(&mut self, at: Instant, node: &str, text: impl Into<String>) {
        self.add(at, node, text.into(), false);
    }

    /// Whether nothing failed.
    pub(crate) fn is_good(&self) -> bool {
        self.entries.iter().all(|entry| entry.ok)
    }

    fn add(&mut self, at: Instant, node: &str, text: String, ok: bool) {
        let mark = if ok { "" } else { "FAILED: " };
        let line = format!("{:>10}  {node}: {mark}{text}", at.to_string());
        // With JSON, standard output is for the document alone.
        match self.format {
            Format::Text => crate::print(format_args!("{line}\n")),
            Format::Json => eprintln!("{line}"),
        }
        self.entries.push(Entry {
            seconds: seconds(at),
            node: node.to_owned(),
            text,
            ok,
        });
    }
}

/// Seconds since the start of the run, in milliseconds' precision.
pub(crate) fn seconds(at: Instant) -> f64 {
    let millis = at.as_nanos() / 1_000_000;
    f64::from(u32::try_from(millis).unwrap_or(u32::MAX)) / 1000.0
}
