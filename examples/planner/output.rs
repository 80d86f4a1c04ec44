//! What is printed, and what becomes of a reader that goes away.

use core::fmt::Display;
use std::io::{self, Write as _};

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// Prints a text and ends its line, without colours where nobody sees them. A
/// reader that wants no more is no mistake.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn print(text: &dyn Display) -> Result<(), Failed> {
    match writeln!(anstream::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failed(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether somebody still reads what is printed.
pub(crate) fn write(out: &mut impl io::Write, text: &dyn Display) -> Result<bool, Failed> {
    match write!(out, "{text}") {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failed(format!("cannot write to standard output: {error}"))),
    }
}
