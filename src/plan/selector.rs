//! Label selectors, in Calico's language.
//!
//! ```text
//! expression := and ("||" and)*          and := operand ("&&" operand)*
//! operand    := "!"* ( "has(" label ")" | "all()" | "global()"
//!                    | label relation | "(" expression ")" )
//! relation   := ("==" | "!=" | "contains" | "starts with" | "ends with") string
//!             | ("in" | "not in") "{" [string ("," string)* [","]] "}"
//! ```
//!
//! A label is 1 to 512 of `A-Z a-z 0-9 _ . / -`, a string is in single or
//! double quotes and knows no escapes, blanks are spaces and tabs, and blank
//! text is `all()`. `!=` and `not in` hold where the label is absent; every
//! other relation does not.

mod parse;

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use core::{fmt, str::FromStr};

use thiserror::Error;

/// A parsed selector. Displayed in Calico's canonical form, which parses to
/// the same selector again.
///
/// ```
/// use bgpwright::plan::Selector;
///
/// let selector: Selector = "rack=='rack0' && ! has(gpu)".parse()?;
/// assert_eq!(selector.to_string(), r#"(rack == "rack0" && !has(gpu))"#);
/// # Ok::<(), bgpwright::plan::SelectorError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selector(Expression);

impl Selector {
    /// The selector that everything matches.
    pub const fn all() -> Self {
        Self(Expression::All)
    }

    /// Whether something with these labels matches.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.matches(labels)
    }

    /// What the selector says.
    pub fn expression(&self) -> &Expression {
        &self.0
    }
}

impl From<Expression> for Selector {
    fn from(expression: Expression) -> Self {
        Self(expression)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        parse::selector(text).map(Self)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Selector {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Selector {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One part of a [`Selector`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Expression {
    /// `all()`
    All,
    /// `global()`: for nodes the same as `all()`.
    Global,
    /// `has(label)`
    Has(String),
    /// `label == "value"`
    Equal(String, String),
    /// `label != "value"`
    NotEqual(String, String),
    /// `label contains "value"`
    Contains(String, String),
    /// `label starts with "value"`
    StartsWith(String, String),
    /// `label ends with "value"`
    EndsWith(String, String),
    /// `label in {"value", ...}`
    In(String, BTreeSet<String>),
    /// `label not in {"value", ...}`
    NotIn(String, BTreeSet<String>),
    /// `!x`
    Not(Box<Self>),
    /// `x && y`, at least two.
    And(Vec<Self>),
    /// `x || y`, at least two.
    Or(Vec<Self>),
}

impl Expression {
    /// The labels that it looks at.
    pub(super) fn labels<'a>(&'a self, found: &mut BTreeSet<&'a String>) {
        match self {
            Self::All | Self::Global => {}
            Self::Has(label)
            | Self::Equal(label, _)
            | Self::NotEqual(label, _)
            | Self::Contains(label, _)
            | Self::StartsWith(label, _)
            | Self::EndsWith(label, _)
            | Self::In(label, _)
            | Self::NotIn(label, _) => {
                found.insert(label);
            }
            Self::Not(of) => of.labels(found),
            Self::And(all) | Self::Or(all) => {
                for of in all {
                    of.labels(found);
                }
            }
        }
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = |label: &String| labels.get(label);
        match self {
            Self::All | Self::Global => true,
            Self::Has(label) => labels.contains_key(label),
            Self::Equal(label, text) => value(label) == Some(text),
            Self::NotEqual(label, text) => value(label) != Some(text),
            Self::Contains(label, text) => value(label).is_some_and(|v| v.contains(text.as_str())),
            Self::StartsWith(label, text) => {
                value(label).is_some_and(|v| v.starts_with(text.as_str()))
            }
            Self::EndsWith(label, text) => value(label).is_some_and(|v| v.ends_with(text.as_str())),
            Self::In(label, set) => value(label).is_some_and(|v| set.contains(v)),
            Self::NotIn(label, set) => value(label).is_none_or(|v| !set.contains(v)),
            Self::Not(inner) => !inner.matches(labels),
            Self::And(parts) => parts.iter().all(|part| part.matches(labels)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(labels)),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], operator: &str| {
            f.write_str("(")?;
            for (i, part) in parts.iter().enumerate() {
                write!(f, "{}{part}", if i == 0 { "" } else { operator })?;
            }
            f.write_str(")")
        };
        let set = |f: &mut fmt::Formatter<'_>, set: &BTreeSet<String>| {
            f.write_str("{")?;
            for (i, text) in set.iter().enumerate() {
                write!(f, "{}{}", if i == 0 { "" } else { ", " }, Quoted(text))?;
            }
            f.write_str("}")
        };
        match self {
            Self::All => f.write_str("all()"),
            Self::Global => f.write_str("global()"),
            Self::Has(label) => write!(f, "has({label})"),
            Self::Equal(label, text) => write!(f, "{label} == {}", Quoted(text)),
            Self::NotEqual(label, text) => write!(f, "{label} != {}", Quoted(text)),
            Self::Contains(label, text) => write!(f, "{label} contains {}", Quoted(text)),
            Self::StartsWith(label, text) => write!(f, "{label} starts with {}", Quoted(text)),
            Self::EndsWith(label, text) => write!(f, "{label} ends with {}", Quoted(text)),
            Self::In(label, texts) => {
                write!(f, "{label} in ")?;
                set(f, texts)
            }
            Self::NotIn(label, texts) => {
                write!(f, "{label} not in ")?;
                set(f, texts)
            }
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::And(parts) => joined(f, parts, " && "),
            Self::Or(parts) => joined(f, parts, " || "),
        }
    }
}

/// Where and why a text is no selector.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("at character {position}: expected {expected}, found {found}")]
pub struct SelectorError {
    /// Counted in characters, from 1.
    pub position: usize,
    /// What could have stood there.
    pub expected: &'static str,
    /// What stands there.
    pub found: Found,
}

/// What a [`SelectorError`] found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// This character.
    Character(char),
    /// The end of the text.
    End,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(found) => write!(f, "{found:?}"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// In double quotes, or in single ones if it has double ones inside.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains('"') { '\'' } else { '"' };
        write!(f, "{quote}{}{quote}", self.0)
    }
}
