//! Messages as text or JSON, with their faults.

use std::io::{self, Write};

use bgpwright::wire::{Context, DecodeError, Fault, Frame, Message, Parsed};
use serde::Serialize;

use crate::{
    explain,
    options::{Format, Options},
};

/// Where a message comes from.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Item {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// Octets of the stream, or of the file's messages, before it.
    pub(crate) offset: usize,
}

impl Item {
    pub(crate) fn at(offset: usize) -> Self {
        Self {
            offset,
            ..Self::default()
        }
    }

    fn heading(&self) -> String {
        let mut heading = String::new();
        if let Some(time) = &self.time {
            heading += &format!("{time} ");
        }
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            heading += &format!("{from} > {to} ");
        }
        heading
    }
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    item: &'a Item,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a Message>,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    faults: &'a [Fault],
    #[serde(skip_serializing_if = "Option::is_none")]
    treatment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Prints messages, and keeps whether all could be read.
pub(crate) struct Report {
    format: Format,
    explain: bool,
    clean: bool,
}

impl Report {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            format: options.format,
            explain: options.explain,
            clean: true,
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.clean
    }

    /// Prints the first message of `octets`; its length, or `None` if nothing
    /// after it can be read.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) fn first(
        &mut self,
        octets: &[u8],
        item: &Item,
        context: &Context,
        out: &mut impl Write,
    ) -> io::Result<Option<usize>> {
        match Frame::first(octets, context.max_message_len) {
            Ok(Some(frame)) => {
                self.message(frame, item, context, out)?;
                Ok(Some(frame.wire_len()))
            }
            Ok(None) => {
                let text = format!("{} octets that are no whole message", octets.len());
                self.problem(item, &text, out)?;
                Ok(None)
            }
            Err(error) => {
                let text = match error {
                    DecodeError::NotSynchronized => {
                        "a message begins with 16 octets ff, and this does not".to_owned()
                    }
                    error => error.to_string(),
                };
                self.problem(item, &text, out)?;
                Ok(None)
            }
        }
    }

    pub(crate) fn message(
        &mut self,
        frame: Frame<'_>,
        item: &Item,
        context: &Context,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let decoded = Message::decode(frame, context);
        self.clean &= decoded.is_ok();
        if self.format == Format::Jsonl {
            return json(item, &decoded, out);
        }
        let heading = item.heading();
        if self.explain {
            writeln!(out, "{heading}{}, {} octets", frame.kind, frame.wire_len())?;
            explain::explain(frame, &decoded, context, out)?;
            return writeln!(out);
        }
        match &decoded {
            Ok(parsed) => {
                writeln!(out, "{heading}{}", parsed.value)?;
                for fault in &parsed.faults {
                    writeln!(out, "  ! {fault}")?;
                }
            }
            Err(error) => writeln!(
                out,
                "{heading}{}: {error}; answered with {}",
                frame.kind,
                error.notification()
            )?,
        }
        writeln!(out)
    }

    /// Prints what could not be read, and goes on.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) fn problem(
        &mut self,
        item: &Item,
        text: &str,
        out: &mut impl Write,
    ) -> io::Result<()> {
        self.clean = false;
        if self.format == Format::Jsonl {
            return write_json(
                &Line {
                    item,
                    message: None,
                    faults: &[],
                    treatment: None,
                    error: Some(text.to_owned()),
                },
                out,
            );
        }
        writeln!(out, "{}at octet {}: {text}\n", item.heading(), item.offset)
    }

    /// Prints what is known of a stream.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub(crate) fn note(&self, text: &str, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            Format::Jsonl => Ok(()),
            _ => writeln!(out, "# {text}\n"),
        }
    }
}

fn json(
    item: &Item,
    decoded: &Result<Parsed<Message>, DecodeError>,
    out: &mut impl Write,
) -> io::Result<()> {
    let line = match decoded {
        Ok(parsed) => Line {
            item,
            message: Some(&parsed.value),
            faults: &parsed.faults,
            treatment: parsed.treatment().map(|of| of.to_string()),
            error: None,
        },
        Err(error) => Line {
            item,
            message: None,
            faults: &[],
            treatment: None,
            error: Some(error.to_string()),
        },
    };
    write_json(&line, out)
}

fn write_json(line: &Line<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}
