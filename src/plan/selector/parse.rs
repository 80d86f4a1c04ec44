//! The selector language's recursive-descent parser.

use alloc::{borrow::ToOwned, boxed::Box, collections::BTreeSet, string::String, vec::Vec};

use super::{Expression, Found, SelectorError};

/// Parses a whole text.
pub(super) fn selector(text: &str) -> Result<Expression, SelectorError> {
    let mut parser = Parser { text, rest: text };
    parser.blanks();
    if parser.rest.is_empty() {
        return Ok(Expression::All);
    }
    let expression = parser.any_of(MAX_DEPTH)?;
    if parser.rest.is_empty() {
        Ok(expression)
    } else {
        Err(parser.expected("`&&`, `||` or the end"))
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        let mut parts = Vec::from([self.all_of(depth)?]);
        while self.symbol("||") {
            parts.push(self.all_of(depth)?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn all_of(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        let mut parts = Vec::from([self.operand(depth)?]);
        while self.symbol("&&") {
            parts.push(self.operand(depth)?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        let mut negated = false;
        self.blanks();
        while self.symbol("!") {
            negated = !negated;
        }
        let expression = self.positive(depth)?;
        Ok(match expression {
            Expression::Not(inner) if negated => *inner,
            expression if negated => Expression::Not(Box::new(expression)),
            expression => expression,
        })
    }

    fn positive(&mut self, depth: usize) -> Result<Expression, SelectorError> {
        if self.symbol("has(") {
            let label = self.label("a label")?.to_owned();
            self.blanks();
            self.require(")", "`)`")?;
            return Ok(Expression::Has(label));
        }
        for (call, expression) in [("all(", Expression::All), ("global(", Expression::Global)] {
            if self.symbol(call) {
                self.require(")", "`)`")?;
                return Ok(expression);
            }
        }
        if self.rest.starts_with('(') {
            let depth = depth
                .checked_sub(1)
                .ok_or_else(|| self.expected("at most 128 nested parentheses"))?;
            self.symbol("(");
            let expression = self.any_of(depth)?;
            self.require(")", "`&&`, `||` or `)`")?;
            return Ok(expression);
        }
        let label = self
            .label("a label, `has(`, `all()`, `!` or `(`")?
            .to_owned();
        self.blanks();
        self.relation(label)
    }

    fn relation(&mut self, label: String) -> Result<Expression, SelectorError> {
        if self.symbol("==") {
            return Ok(Expression::Equal(label, self.string()?));
        }
        if self.symbol("!=") {
            return Ok(Expression::NotEqual(label, self.string()?));
        }
        if self.words(&["contains"]) {
            return Ok(Expression::Contains(label, self.string()?));
        }
        if self.words(&["starts", "with"]) {
            return Ok(Expression::StartsWith(label, self.string()?));
        }
        if self.words(&["ends", "with"]) {
            return Ok(Expression::EndsWith(label, self.string()?));
        }
        if self.words(&["in"]) {
            return Ok(Expression::In(label, self.set()?));
        }
        if self.words(&["not", "in"]) {
            return Ok(Expression::NotIn(label, self.set()?));
        }
        Err(self.expected(
            "`==`, `!=`, `in`, `not in`, `contains`, `starts with` or `ends with` after a label",
        ))
    }

    fn label(&mut self, expected: &'static str) -> Result<&'a str, SelectorError> {
        self.blanks();
        let end = self.rest.find(|c: char| !is_label(c));
        let end = end.unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.expected(expected));
        }
        if end > MAX_LABEL {
            return Err(self.expected("a label of at most 512 characters"));
        }
        let (label, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        Ok(label)
    }

    fn string(&mut self) -> Result<String, SelectorError> {
        self.blanks();
        let quoted = ['"', '\''].into_iter().find_map(|quote| {
            let inner = self.rest.strip_prefix(quote)?;
            Some(inner.split_once(quote))
        });
        match quoted {
            Some(Some((string, rest))) => {
                self.rest = rest;
                self.blanks();
                Ok(string.to_owned())
            }
            Some(None) => {
                self.rest = "";
                Err(self.expected("the string's closing quote"))
            }
            None => Err(self.expected("a string in quotes")),
        }
    }

    fn set(&mut self) -> Result<BTreeSet<String>, SelectorError> {
        self.blanks();
        self.require("{", "`{`")?;
        let mut set = BTreeSet::new();
        while !self.symbol("}") {
            set.insert(self.string()?);
            if !self.symbol(",") {
                self.require("}", "`,` or `}`")?;
                break;
            }
        }
        Ok(set)
    }

    /// Takes words with any blanks between them, if the last one ends there.
    fn words(&mut self, words: &[&str]) -> bool {
        let mut rest = self.rest;
        for word in words {
            let Some(after) = rest.trim_start_matches(BLANKS).strip_prefix(word) else {
                return false;
            };
            rest = after;
        }
        if rest.starts_with(is_label) {
            return false;
        }
        self.rest = rest;
        self.blanks();
        true
    }

    /// Takes a symbol and the blanks after it.
    fn symbol(&mut self, symbol: &str) -> bool {
        let after = self.rest.strip_prefix(symbol);
        if let Some(rest) = after {
            self.rest = rest;
            self.blanks();
        }
        after.is_some()
    }

    fn require(&mut self, symbol: &str, expected: &'static str) -> Result<(), SelectorError> {
        if self.symbol(symbol) {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(BLANKS);
    }

    fn expected(&self, expected: &'static str) -> SelectorError {
        let consumed = self.text.len().saturating_sub(self.rest.len());
        let before = self.text.get(..consumed).unwrap_or(self.text);
        SelectorError {
            position: before.chars().count().saturating_add(1),
            expected,
            found: self
                .rest
                .chars()
                .next()
                .map_or(Found::End, Found::Character),
        }
    }
}

fn one_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => Expression::All,
    }
}

fn is_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-')
}

const BLANKS: [char; 2] = [' ', '\t'];
const MAX_LABEL: usize = 512;
/// Deeper nesting would cost stack; Calico's resources have at most 1024
/// characters anyway.
const MAX_DEPTH: usize = 128;
