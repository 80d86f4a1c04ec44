//! A sign of life while something takes long, for people who watch.

use core::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Does something, with its name and the time it has taken on standard error
/// once that is long. Nothing shows where standard error is no terminal.
pub(crate) fn during<T>(what: &'static str, done: impl FnOnce() -> T) -> T {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(SIGN);
    let result = done();
    bar.finish_and_clear();
    result
}

/// What is done before then shows nothing.
const SIGN: Duration = Duration::from_millis(400);
