//! The daemons, and how each is spoken to.

mod bird;
mod exabgp;
mod frr;
mod gobgp;
mod openbgpd;

use serde_json::Value;

use crate::daemon::Dialect;

pub(crate) const ALL: [&dyn Dialect; 5] = [
    &bird::Bird,
    &frr::Frr,
    &gobgp::Gobgp,
    &openbgpd::Openbgpd,
    &exabgp::Exabgp,
];

/// The words of a text, sorted.
fn sorted<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.sort();
    words
}

/// A value without the quotes of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A list of JSON, each element as `1:2:3`.
fn joined(value: &Value) -> Vec<String> {
    let elements = value.as_array().into_iter().flatten();
    let mut all: Vec<String> = elements
        .map(|element| match element.as_array() {
            Some(parts) => parts.iter().map(plain).collect::<Vec<_>>().join(":"),
            None => plain(element),
        })
        .collect();
    all.sort();
    all
}
