//! Plans and inventories as the texts of other programs.
//!
//! Everything here is a pure function from facts to text. What a format has no
//! word for is never left out silently: it comes back as [`Unsaid`].

pub mod bird;
pub mod calico;
pub mod containerlab;
pub mod dot;
pub mod frr;
pub mod gobgp;
mod scene;
pub mod svg;
mod text;

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{Expansion, Inventory, Plan, SessionEnd};

/// A file to write: where, and what is in it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a name and a text: there is nothing to add"
)]
pub struct File {
    /// Its path below the folder that the export goes to, with slashes.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// Something that a format has no word for.
///
/// Displayed as `BGPPeer "tor": hold time 90s: Calico has no such field`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a name and a sentence: there is nothing to add"
)]
pub struct Unsaid {
    /// The resource or router that it is about.
    pub subject: String,
    /// What is not said, and why.
    pub what: String,
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.what)
    }
}

/// A router's session ends, those of a mesh that the plan only counts included.
fn ends_of(inventory: &Inventory, plan: &Plan, at: usize) -> Vec<SessionEnd> {
    match plan.routers.get(at) {
        Some(router) if router.in_cluster && !plan.meshes.is_empty() => {
            Expansion::new(inventory).ends(at)
        }
        Some(router) => router.ends.clone(),
        None => Vec::new(),
    }
}
