//! What is wrong with an input file, and where.

use alloc::{string::String, sync::Arc};
use core::fmt;

use super::finding::Severity;

/// Something wrong, or worth knowing, in a text that was read.
///
/// Displayed on one line:
/// `rack.yaml:12: document 2, BGPPeer "leaf": spec.asNumber: ...`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Problem {
    /// Errors make the input unusable.
    pub severity: Severity,
    /// The name the text was given.
    pub file: Arc<str>,
    /// The YAML document in the file, counted from 1; 0 for the file as such.
    pub document: usize,
    /// The line in the file, counted from 1; 0 where none is known.
    pub line: usize,
    /// Kind and name of the resource.
    pub resource: Option<Arc<str>>,
    /// The field's path in the resource.
    pub field: Option<String>,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        f.write_str(": ")?;
        if self.document > 0 {
            write!(f, "document {}", self.document)?;
            f.write_str(if self.resource.is_some() { ", " } else { ": " })?;
        }
        if let Some(resource) = &self.resource {
            write!(f, "{resource}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}
