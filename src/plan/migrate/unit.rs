//! What is changed together, worked out on the state that there is by then.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use super::Edit;
use crate::{
    plan::inventory::{Inventory, Node},
    types::{Asn, ClusterId},
};

/// Changes that are made together.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) title: String,
    changes: Vec<Change>,
    /// What has to come after it, whatever else is safe: Calico refuses a mesh
    /// password once the mesh is off, and a node's last changes come last.
    pub(super) before: Vec<Kept>,
    pub(super) of: Option<Kept>,
}

/// A change, of a whole resource or of a part of a node.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Whole(Edit),
    /// The cluster id, and labels but for those of these keys.
    Role(String, BTreeSet<String>),
    /// Labels of these keys.
    Labels(String, BTreeSet<String>),
    /// More labels and a cluster id, for a while.
    StandIn(String, BTreeMap<String, String>, ClusterId),
    As(String, Asn),
    /// All that it has in the end.
    Rest(String),
}

impl Change {
    /// Whether it changes this node.
    fn is_of(&self, node: &str) -> bool {
        match self {
            Self::Whole(_) => false,
            Self::Role(name, _)
            | Self::Labels(name, _)
            | Self::StandIn(name, ..)
            | Self::As(name, _)
            | Self::Rest(name) => name == node,
        }
    }
}

/// An order between units that is not about routes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kept {
    Mesh,
    Ases,
    Rest,
    Peering(String),
    /// Filters that go: one that is missing lets everything through.
    Filters,
    /// What was there for a while.
    Help,
}

impl Unit {
    pub(super) fn new(title: String, edits: Vec<Edit>) -> Self {
        Self::of_changes(title, edits.into_iter().map(Change::Whole).collect())
    }

    pub(super) const fn of_changes(title: String, changes: Vec<Change>) -> Self {
        Self {
            title,
            changes,
            before: Vec::new(),
            of: None,
        }
    }

    /// Whether this one has to come before another.
    pub(super) fn must_precede(&self, other: &Self) -> bool {
        other.of.as_ref().is_some_and(|of| self.before.contains(of))
    }

    /// The changes, given how things are by then and how they are to be.
    pub(super) fn edits(&self, now: &Inventory, to: &Inventory) -> Vec<Edit> {
        let named = |of: &'_ Inventory| -> BTreeMap<String, Node> {
            let one = self.changes.len() == 1;
            let wanted = |it: &&Node| !one || self.changes.iter().any(|of| of.is_of(&it.name));
            let nodes = of.nodes.iter().filter(wanted);
            nodes.map(|it| (it.name.clone(), it.clone())).collect()
        };
        let (mut olds, mut news) = (named(now), named(to));
        let mut edits = Vec::new();
        for change in &self.changes {
            let name = match change {
                Change::Whole(edit) => {
                    edits.push(edit.clone());
                    continue;
                }
                Change::Role(name, _)
                | Change::Labels(name, _)
                | Change::StandIn(name, ..)
                | Change::As(name, _)
                | Change::Rest(name) => name,
            };
            let (Some(mut node), Some(new)) = (olds.remove(name), news.remove(name)) else {
                continue;
            };
            match change {
                Change::Role(_, keys) => {
                    set_labels(&mut node, &new, |key| !keys.contains(key));
                    node.cluster_id = new.cluster_id;
                }
                Change::Labels(_, keys) => set_labels(&mut node, &new, |key| keys.contains(key)),
                Change::StandIn(_, labels, cluster) => {
                    node.labels.extend(labels.clone());
                    node.cluster_id = Some(*cluster);
                }
                Change::As(_, asn) => node.asn = Some(*asn),
                Change::Rest(_) | Change::Whole(_) => node = new,
            }
            edits.push(Edit::SetNode(Box::new(node)));
        }
        edits
    }
}

/// Gives a node some of the labels that it is to have, and takes those of that
/// kind that it is not to have.
fn set_labels(node: &mut Node, new: &Node, which: impl Fn(&str) -> bool) {
    node.labels.retain(|key, _| !which(key));
    let labels = new.labels.iter().filter(|(key, _)| which(key));
    node.labels
        .extend(labels.map(|(key, value)| (key.clone(), value.clone())));
    node.domains.clone_from(&new.domains);
}
