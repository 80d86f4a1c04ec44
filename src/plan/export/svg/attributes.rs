//! What elements are called: classes for the eye, data for whoever scripts.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use super::measure::escaped;
use crate::plan::export::scene::{Actor, Rank};

pub(super) fn class(actor: &Actor, failed: usize) -> String {
    let rank = match actor.rank {
        Rank::Node => "node",
        Rank::Reflector => "reflector",
        Rank::Fabric(_) => "fabric",
        Rank::Outside(_) => "outside",
    };
    let state = match (failed, actor.sessions) {
        (1.., _) => " down",
        (0, 0) => " alone",
        _ => "",
    };
    format!("{rank}{state}")
}

pub(super) fn group_data(kind: &str, name: &str) -> String {
    if kind.is_empty() {
        return String::new();
    }
    format!(" data-{kind}=\"{}\"", escaped(name))
}

/// The sessions that an element stands for, as indices in the plan; their count
/// alone where they are very many.
pub(super) fn sessions(of: impl Iterator<Item = usize>) -> String {
    let of: BTreeSet<usize> = of.collect();
    if of.is_empty() {
        return String::new();
    }
    let mut data = format!(" data-count=\"{}\"", of.len());
    if of.len() <= MOST_LISTED {
        let texts: Vec<String> = of.iter().map(ToString::to_string).collect();
        let _ = write!(data, " data-session=\"{}\"", texts.join(" "));
    }
    data
}

/// Most sessions that one element lists.
const MOST_LISTED: usize = 6000;
