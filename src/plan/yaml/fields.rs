//! Reading fields: each reader says what it expects when it finds else.

use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use core::{net::IpAddr, time::Duration};

use super::{Tree, Value};
use crate::{
    plan::{finding::Severity, inventory::InterfaceAddress, problem::Problem, selector::Selector},
    types::{Asn, Family, Prefix},
};

/// Where we are: collects problems.
pub(in crate::plan) struct Context<'p> {
    pub(in crate::plan) file: Arc<str>,
    pub(in crate::plan) document: usize,
    pub(in crate::plan) resource: Option<Arc<str>>,
    pub(in crate::plan) problems: &'p mut Vec<Problem>,
}

/// What a container field must be.
#[derive(Clone, Copy)]
pub(in crate::plan) enum Kind {
    List,
    Map,
}

impl Context<'_> {
    pub(in crate::plan) fn error(&mut self, line: usize, field: &str, message: impl Into<String>) {
        self.push(Severity::Error, line, field, message.into());
    }

    pub(in crate::plan) fn warn(&mut self, line: usize, field: &str, message: impl Into<String>) {
        self.push(Severity::Warning, line, field, message.into());
    }

    pub(in crate::plan) fn note(&mut self, line: usize, field: &str, message: impl Into<String>) {
        self.push(Severity::Note, line, field, message.into());
    }

    fn push(&mut self, severity: Severity, line: usize, field: &str, message: String) {
        self.problems.push(Problem {
            severity,
            file: self.file.clone(),
            document: self.document,
            line,
            resource: self.resource.clone(),
            field: (!field.is_empty()).then(|| field.to_string()),
            message,
        });
    }

    fn unexpected(&mut self, tree: &Tree, field: &str, expected: &str) {
        let message = format!("expected {expected}, found {}", tree.describe());
        self.error(tree.line, field, message);
    }

    /// Warns of keys of a map that nobody reads.
    pub(in crate::plan) fn only(&mut self, tree: &Tree, path: &str, known: &[&str]) {
        let Value::Map(entries) = &tree.value else {
            return;
        };
        for (key, _) in entries {
            let name = key.text().unwrap_or("?");
            if !known.contains(&name) {
                let field = join(path, name);
                self.warn(key.line, &field, "unknown field, ignored");
            }
        }
    }

    /// A container, if the field is there and not null.
    pub(in crate::plan) fn container<'t>(
        &mut self,
        tree: Option<&'t Tree>,
        field: &str,
        kind: Kind,
    ) -> Option<&'t Tree> {
        let tree = tree.filter(|tree| !tree.is_null())?;
        let expected = match (kind, &tree.value) {
            (Kind::List, Value::List(_)) | (Kind::Map, Value::Map(_)) => return Some(tree),
            (Kind::List, _) => "a list",
            (Kind::Map, _) => "a map",
        };
        self.unexpected(tree, field, expected);
        None
    }

    /// The items of a list, if the field is there and not null.
    pub(in crate::plan) fn items<'t>(&mut self, tree: Option<&'t Tree>, field: &str) -> &'t [Tree] {
        match self.container(tree, field, Kind::List).map(|t| &t.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// A scalar's text, if the field is there and not null. A tag of the
    /// text's own is explained: it is a negated selector without quotes.
    pub(in crate::plan) fn text<'t>(
        &mut self,
        tree: Option<&'t Tree>,
        field: &str,
        expected: &str,
    ) -> Option<&'t str> {
        let tree = tree?;
        if let Some(tag) = &tree.tag {
            let message = if field.ends_with("Selector") {
                format!(
                    "{tag} without quotes is a YAML tag: the value silently becomes null, and an \
                     empty selector means all nodes; quote the whole selector, as in '{tag}'"
                )
            } else {
                format!("expected {expected}, found the YAML tag {tag}: quote the text")
            };
            self.error(tree.line, field, message);
            return None;
        }
        if tree.is_null() {
            return None;
        }
        let text = tree.text();
        if text.is_none() {
            self.unexpected(tree, field, expected);
        }
        text
    }

    /// What a scalar's text parses to.
    pub(in crate::plan) fn parsed<T>(
        &mut self,
        tree: Option<&Tree>,
        field: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(tree, field, expected)?;
        let value = parse(text);
        if let (None, Some(tree)) = (&value, tree) {
            self.unexpected(tree, field, expected);
        }
        value
    }

    pub(in crate::plan) fn boolean(&mut self, tree: Option<&Tree>, field: &str) -> Option<bool> {
        self.parsed(tree, field, "true or false", boolean)
    }

    pub(in crate::plan) fn port(&mut self, tree: Option<&Tree>, field: &str) -> Option<u16> {
        let port = |text: &str| text.parse().ok().filter(|port| *port > 0);
        self.parsed(tree, field, "a port from 1 to 65535", port)
    }

    /// An AS number: a number, or a string in asplain or asdot.
    pub(in crate::plan) fn asn(&mut self, tree: Option<&Tree>, field: &str) -> Option<Asn> {
        let expected = "an AS number from 0 to 4294967295, or \"1.10\"";
        let asn = self.parsed(tree, field, expected, |text| text.parse().ok())?;
        if let Some(tree) = tree
            && let Value::Scalar { text, plain: true } = &tree.value
            && text.contains('.')
        {
            let message = format!(
                "{text} without quotes is a fraction to YAML, and Kubernetes refuses or shortens \
                 it; taken as AS {asn}: write \"{text}\""
            );
            self.warn(tree.line, field, message);
        }
        Some(asn)
    }

    /// Whether a name is there and can be one. What Kubernetes would not take is
    /// warned of; what could not be a file's name or would move a terminal's
    /// cursor is an error.
    pub(in crate::plan) fn is_name(&mut self, line: usize, field: &str, name: &str) -> bool {
        if name.is_empty() {
            self.error(line, field, "expected a name, found none");
            return false;
        }
        if !is_plain(name) {
            let message = format!("expected {NAME}, found {name:?}");
            self.error(line, field, message);
            return false;
        }
        let ends = |at: Option<u8>| at.is_some_and(|it| it.is_ascii_alphanumeric());
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        let bytes = name.as_bytes();
        let both = ends(bytes.first().copied()) && ends(bytes.last().copied());
        if !both || !name.chars().all(fits) || name.len() > 253 {
            let message = format!("Kubernetes refuses {name:?} and wants {NAME}");
            self.warn(line, field, message);
        }
        true
    }

    pub(in crate::plan) fn duration(
        &mut self,
        tree: Option<&Tree>,
        field: &str,
    ) -> Option<Duration> {
        self.parsed(tree, field, "a duration such as 120s or 1m30s", duration)
    }

    pub(in crate::plan) fn prefix(&mut self, tree: Option<&Tree>, field: &str) -> Option<Prefix> {
        let expected = "a prefix such as 10.244.0.0/24 with no bits set beyond its length";
        self.parsed(tree, field, expected, |text| text.parse().ok())
    }

    pub(in crate::plan) fn address(&mut self, tree: Option<&Tree>, field: &str) -> Option<IpAddr> {
        self.parsed(tree, field, "an IP address", |text| text.parse().ok())
    }

    /// An interface's address, of one family if that is given.
    pub(in crate::plan) fn interface(
        &mut self,
        tree: Option<&Tree>,
        field: &str,
        family: Option<Family>,
    ) -> Option<InterfaceAddress> {
        let expected = match family {
            Some(Family::IPV4_UNICAST) => "an IPv4 address such as 10.0.0.1/24 or 10.0.0.1",
            Some(_) => "an IPv6 address such as fd00::1/64 or fd00::1",
            None => "an address with its subnet's length such as 10.0.0.1/24",
        };
        let right = |found: &InterfaceAddress| {
            family.is_none_or(|family| family == Family::unicast_of(found.addr))
        };
        self.parsed(tree, field, expected, |text| interface(text).filter(right))
    }

    /// A selector: `Ok(None)` where there is none, `Err` where it is wrong.
    pub(in crate::plan) fn selector(
        &mut self,
        tree: Option<&Tree>,
        field: &str,
    ) -> Result<Option<Selector>, ()> {
        let Some(text) = self.text(tree, field, "a selector") else {
            return Ok(None);
        };
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|error| {
            let line = tree.map_or(0, |tree| tree.line);
            self.error(line, field, format!("selector {text:?} is wrong {error}"));
        })
    }
}

/// `path.name`, or the name alone.
pub(in crate::plan) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.into()
    } else {
        format!("{path}.{name}")
    }
}

/// YAML 1.1's booleans, as Kubernetes' tools have them.
pub(in crate::plan) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Some(true),
        "false" | "no" | "off" | "n" => Some(false),
        _ => None,
    }
}

fn interface(text: &str) -> Option<InterfaceAddress> {
    let Some((addr, length)) = text.split_once('/') else {
        let addr = text.parse().ok()?;
        return Some(InterfaceAddress { addr, length: None });
    };
    let addr: IpAddr = addr.parse().ok()?;
    let length = length.parse().ok()?;
    Prefix::new(addr, length).ok()?;
    Some(InterfaceAddress {
        addr,
        length: Some(length),
    })
}

/// Go's notation, in whole numbers: `1h2m3s4ms`.
pub(in crate::plan) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest == "0" {
        return Some(total);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(digits)?;
        let number: u64 = number.parse().ok()?;
        let unit = after.find(|c: char| c.is_ascii_digit());
        let (unit, after) = after.split_at_checked(unit.unwrap_or(after.len()))?;
        let part = match unit {
            "h" => Duration::from_secs(number.checked_mul(3600)?),
            "m" => Duration::from_secs(number.checked_mul(60)?),
            "s" => Duration::from_secs(number),
            "ms" => Duration::from_millis(number),
            _ => return None,
        };
        total = total.checked_add(part)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

/// Whether a text can be a file's name, and leaves a terminal as it is.
pub(in crate::plan) fn is_plain(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    !name.contains(odd) && !matches!(name, "" | "." | "..")
}

const NAME: &str = "lower case letters, digits, '-' and '.', a letter or digit first and last";
