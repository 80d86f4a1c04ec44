//! YAML text to a tree that knows its lines and tags.
//!
//! JSON is YAML too. Nothing is resolved here: a scalar is its text, and whoever
//! reads a field says what it takes it for. Departures from a plain YAML
//! reader: keys given twice are errors, merge keys (`<<`) are ordinary keys, and
//! tags are kept, since an unquoted `!has(x)` is one.

mod build;
mod fields;

use alloc::{format, string::String, sync::Arc, vec::Vec};

use super::{finding::Severity, problem::Problem};
pub(super) use fields::{Context, Kind, boolean, duration, is_plain, join};

/// A text to read, and what to call it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a text and its name: there is nothing to add"
)]
pub struct Source<'a> {
    /// What problems call it: a file's name.
    pub name: &'a str,
    /// The YAML or JSON.
    pub text: &'a str,
}

/// How much a text may ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Octets of text; 100 MB by default.
    pub octets: usize,
    /// Levels of nesting; 64 by default.
    pub depth: usize,
    /// Nodes that anchors and aliases may repeat, all together; 100,000 by
    /// default.
    pub alias_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets: 100_000_000,
            depth: 64,
            alias_nodes: 100_000,
        }
    }
}

/// One node of the tree.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) value: Value,
    /// Counted from 1.
    pub(super) line: usize,
    /// A tag of the text's own, as it was written.
    pub(super) tag: Option<String>,
    /// Nodes in this subtree, itself included.
    size: usize,
    /// Levels below this one.
    height: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar {
        text: String,
        /// Neither quoted nor a block: may stand for null, a number and so on.
        plain: bool,
    },
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

impl Tree {
    /// The value of a map's key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        let entry = entries.iter().find(|(k, _)| k.text() == Some(key));
        entry.map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, plain: true } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// The kind of value, for messages.
    pub(super) fn describe(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".into(),
            Value::Map(_) => "a map".into(),
            Value::Scalar { .. } if self.is_null() => "nothing".into(),
            Value::Scalar { text, .. } => {
                let start: String = text.chars().take(60).collect();
                let more = if start.len() < text.len() { "..." } else { "" };
                format!("{start:?}{more}")
            }
        }
    }
}

/// The documents of a text, each with its number, and what is wrong with it.
/// What comes before an error is kept.
pub(super) fn documents(
    source: &Source<'_>,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Vec<(usize, Tree)> {
    let file: Arc<str> = Arc::from(source.name);
    if source.text.len() > limits.octets {
        problems.push(Problem {
            severity: Severity::Error,
            file,
            document: 0,
            line: 0,
            resource: None,
            field: None,
            message: format!(
                "{} octets of text: expected at most {}",
                source.text.len(),
                limits.octets
            ),
        });
        return Vec::new();
    }
    build::Builder::new(file, *limits, problems).run(source.text)
}
