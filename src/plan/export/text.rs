//! YAML that no reader takes for anything else.

use alloc::{format, string::String};
use core::fmt::{Display, Write as _};

/// Writes block maps, a line at a time.
#[derive(Debug, Default)]
pub(super) struct Yaml {
    out: String,
    depth: usize,
}

impl Yaml {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A field with a number, a boolean or a list of its own notation.
    pub(super) fn plain(&mut self, key: &str, value: impl Display) {
        let (key, depth) = (scalar(key), self.depth);
        let _ = writeln!(self.out, "{:depth$}{key}: {value}", "");
    }

    /// A field with a text.
    pub(super) fn text(&mut self, key: &str, value: impl Display) {
        let value = format!("{value}");
        self.plain(key, scalar(&value));
    }

    /// A list of texts, an item a line; nothing where there is none.
    pub(super) fn list<T: Display>(&mut self, key: &str, items: impl IntoIterator<Item = T>) {
        let (name, depth) = (scalar(key), self.depth);
        for (number, item) in items.into_iter().enumerate() {
            if number == 0 {
                let _ = writeln!(self.out, "{:depth$}{name}:", "");
            }
            let item = format!("{item}");
            let _ = writeln!(self.out, "{:depth$}- {}", "", scalar(&item));
        }
    }

    /// A list of values of their own notation, an item a line; nothing where
    /// there is none.
    pub(super) fn lines(&mut self, key: &str, items: impl IntoIterator<Item = String>) {
        let (name, depth) = (scalar(key), self.depth);
        for (number, item) in items.into_iter().enumerate() {
            if number == 0 {
                let _ = writeln!(self.out, "{:depth$}{name}:", "");
            }
            let _ = writeln!(self.out, "{:depth$}- {item}", "");
        }
    }

    /// A map below a key; nothing where nothing is in it.
    pub(super) fn map(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        let before = self.out.len();
        let (name, depth) = (scalar(key), self.depth);
        let _ = writeln!(self.out, "{:depth$}{name}:", "");
        let inside = self.out.len();
        self.depth = depth.saturating_add(2);
        fill(self);
        self.depth = depth;
        if self.out.len() == inside {
            self.out.truncate(before);
        }
    }
}

/// A text as a scalar: bare where every reader of YAML 1.1 and 1.2 takes it for
/// a text, and in double quotes elsewhere.
pub(super) fn scalar(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(is_bare)
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    if bare {
        return text.into();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ if c.is_alphanumeric() => out.push(c),
            _ => {
                let code = u32::from(c);
                let _ = if code > 0xffff {
                    write!(out, "\\U{code:08x}")
                } else {
                    write!(out, "\\u{code:04x}")
                };
            }
        }
    }
    out.push('"');
    out
}

const fn is_bare(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'/' | b'-' | b'_')
}

/// Words that are no texts to YAML 1.1.
const RESERVED: &[&str] = &["false", "n", "no", "null", "off", "on", "true", "y", "yes"];
