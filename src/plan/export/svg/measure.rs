//! How wide text is, on the safe side: as in DejaVu Sans, which is wider than
//! what most systems have.

use alloc::string::String;
use core::fmt::Write as _;

/// The width of a text in a size, both in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// In parts of the size.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.36,
        'f' | 'r' | 't' | '-' | '/' | '(' | ')' | '[' | ']' | '"' | '·' => 0.44,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.02,
        'A'..='Z' => 0.76,
        '0'..='9' | '_' => 0.65,
        ' '..='~' => 0.64,
        _ if u32::from(c) < 0x500 => 0.75,
        // Such as Chinese: as wide as high.
        _ => 1.1,
    }
}

/// A text of at most so many characters: its middle goes, since names differ
/// at their ends.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let len = text.chars().count();
    if len <= most {
        return text.into();
    }
    let tail = most / 2;
    let head = most.saturating_sub(tail).saturating_sub(1);
    let mut short: String = text.chars().take(head).collect();
    short.push('…');
    short.extend(text.chars().skip(len.saturating_sub(tail)));
    short
}

/// Text as content or as an attribute's value. What XML cannot hold at all
/// becomes a replacement character.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '\0'..=' ' if c != ' ' => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A count as a length; more than four billion of anything is not drawn.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
