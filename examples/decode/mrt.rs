//! MRT files: the text of bgpdump, or the messages in them.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

use bgpwright::mrt::{Body, Direction, RawRecord};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    bgpdump::{Printer, Problem},
    files,
    options::{Format, Options, every_family},
    report::{Item, Report},
};

/// Prints the file; says whether all of it could be read.
///
/// # Errors
/// If it cannot be read to its end, or the output cannot be written.
pub(crate) fn print(path: &Path, options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let bar = progress(path)?;
    let input = files::open(path, &bar)?;
    let clean = match options.format {
        Format::Auto | Format::Bgpdump if !options.explain => bgpdump(path, input, out),
        _ => messages(input, options, out),
    };
    bar.finish_and_clear();
    clean
}

/// A bar over the file's octets, on a terminal only.
fn progress(path: &Path) -> io::Result<ProgressBar> {
    if !io::stderr().is_terminal() || io::stdout().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let bar = ProgressBar::new(path.metadata()?.len());
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    Ok(bar)
}

fn bgpdump(path: &Path, input: impl io::Read, out: &mut impl Write) -> io::Result<bool> {
    let mut printer = Printer::default();
    let mut clean = true;
    files::records(input, |raw| {
        let problem = match raw {
            Ok(raw) => match printer.print(&raw, out) {
                Ok(()) => return Ok(()),
                Err(Problem::Output(error)) => return Err(error),
                Err(problem @ Problem::Record(_)) => problem.to_string(),
                Err(problem) => format!("record at octet {}: {problem}", raw.offset),
            },
            Err(error) => error.to_string(),
        };
        clean = false;
        eprintln!("{}: {problem}", path.display());
        Ok::<_, io::Error>(())
    })?;
    Ok(clean)
}

/// The BGP messages of the records, and all other records on a line each.
fn messages(input: impl io::Read, options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let mut report = Report::new(options);
    files::records(input, |raw| match raw {
        Ok(raw) => record(&raw, options, &mut report, out),
        Err(error) => report.problem(&Item::default(), &error.to_string(), out),
    })?;
    Ok(report.is_clean())
}

fn record(
    raw: &RawRecord<'_>,
    options: &Options,
    report: &mut Report,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut item = Item::at(usize::try_from(raw.offset).unwrap_or(usize::MAX));
    let record = match raw.decode() {
        Ok(record) => record,
        Err(error) => return report.problem(&item, &error.to_string(), out),
    };
    let Body::Message(message) = &record.body else {
        return report.note(&record.to_string(), out);
    };
    item.time = Some(record.time.to_string());
    let (peer, local) = (message.session.peer, message.session.local);
    let (from, to) = match message.direction {
        Direction::Received => (peer, local),
        Direction::Sent => (local, peer),
    };
    item.from = Some(from.to_string());
    item.to = Some(to.to_string());
    match message.frame() {
        // The record says how AS numbers and path identifiers are written.
        Ok(Some(frame)) => {
            let context = options.over(message.context(&every_family()));
            report.message(frame, &item, &context, out)
        }
        Ok(None) => report.problem(&item, "a message that is cut short", out),
        Err(error) => report.problem(&item, &error.to_string(), out),
    }
}
