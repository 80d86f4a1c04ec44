//! Rust source as tokens: enough of a lexer to tell code from comments and
//! strings, and a module's tests from the module.

/// What the rules need to know of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Token<'a> {
    /// A name, `::`, or one character of punctuation; `""` for a literal.
    pub(crate) text: &'a str,
    /// The line it begins on, from 1.
    pub(crate) line: usize,
    /// The line it ends on.
    pub(crate) last_line: usize,
}

/// The tokens of `source` without what is compiled for tests only.
pub(crate) fn product_tokens(source: &str) -> Vec<Token<'_>> {
    let tokens = tokens(source);
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at = end_of_item(&tokens, at);
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

fn is_test_attribute(tokens: &[Token<'_>]) -> bool {
    let starts = |pattern: &[&str]| {
        tokens.len() >= pattern.len()
            && pattern
                .iter()
                .zip(tokens)
                .all(|(text, token)| token.text == *text)
    };
    starts(&["#", "[", "cfg", "(", "test", ")", "]"])
        || starts(&["#", "[", "cfg", "(", "all", "(", "test", ","])
        || starts(&["#", "[", "cfg", "(", "doctest", ")", "]"])
}

/// Behind the item whose first attribute is at `start`: behind its `;`, or
/// behind the brace that closes its body.
fn end_of_item(tokens: &[Token<'_>], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// All tokens of `source`.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (length, text) = scan(rest, first);
        let (taken, after) = rest.split_at(length);
        let last_line = line + taken.matches('\n').count();
        if let Some(text) = text {
            tokens.push(Token {
                text,
                line,
                last_line,
            });
        }
        line = last_line;
        rest = after;
    }
    tokens
}

/// How many octets to take, and the token's text unless it is blank.
fn scan(rest: &str, first: char) -> (usize, Option<&str>) {
    if first.is_whitespace() {
        return (first.len_utf8(), None);
    }
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some(length) = string(rest).or_else(|| character(rest)) {
        return (length, Some(""));
    }
    if rest.starts_with("::") {
        return (2, Some("::"));
    }
    let name = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
    let length = if name > 0 { name } else { first.len_utf8() };
    (length, Some(&rest[..length]))
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a string literal of any kind at the front of `rest`.
fn string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        rest.strip_prefix(prefix)
            .is_some_and(|body| body.trim_start_matches('#').starts_with('"'))
    })?;
    let body = &rest[prefix.len()..];
    let hashes = body.len() - body.trim_start_matches('#').len();
    let open = prefix.len() + hashes + 1;
    if prefix.ends_with('r') {
        let close = format!("\"{}", "#".repeat(hashes));
        let length = rest[open..].find(&close).map(|at| open + at + close.len());
        return Some(length.unwrap_or(rest.len()));
    }
    if hashes > 0 {
        return None;
    }
    Some(open + quoted(&rest[open..], '"'))
}

/// The length of a character or byte literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let open = if rest.starts_with("b'") { 2 } else { 1 };
    let body = rest
        .strip_prefix("b'")
        .or_else(|| rest.strip_prefix('\''))?;
    let first = body.chars().next()?;
    let closes = body[first.len_utf8()..].starts_with('\'');
    (first == '\\' || closes).then(|| open + quoted(body, '\''))
}

/// Octets up to and with the closing `quote`, escapes minded.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if !escaped && c == quote {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    body.len()
}
