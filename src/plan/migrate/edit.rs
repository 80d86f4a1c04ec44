//! One change of an inventory, and its undoing.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    plan::{
        filter::Filter,
        inventory::{Inventory, Mesh, Node, Peering, Router},
    },
    types::Asn,
};

/// A change of one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Edit {
    /// A node as it is to be, at its place or behind the others.
    SetNode(Box<Node>),
    /// The node of this name goes.
    RemoveNode(String),
    /// A peering as it is to be, at its place or behind the others.
    SetPeering(Box<Peering>),
    /// The peering of this name goes.
    RemovePeering(String),
    /// A filter as it is to be, at its place or behind the others.
    SetFilter(Filter),
    /// The filter of this name goes.
    RemoveFilter(String),
    /// The full mesh.
    SetMesh(Mesh),
    /// The AS and port of nodes that name none.
    SetDefaults {
        /// The AS.
        asn: Asn,
        /// The port.
        port: Option<u16>,
    },
    /// A router outside as it is to be, at its place or behind the others.
    SetRouter(Box<Router>),
    /// The router of this name goes.
    RemoveRouter(String),
}

impl Edit {
    /// Carries the change out.
    pub fn apply(&self, inventory: &mut Inventory) {
        match self {
            Self::SetNode(node) => {
                let of = inventory.nodes.iter_mut().find(|it| it.name == node.name);
                match of {
                    Some(old) => old.clone_from(node),
                    None => inventory.nodes.push((**node).clone()),
                }
            }
            Self::RemoveNode(name) => inventory.nodes.retain(|it| it.name != *name),
            Self::SetPeering(peering) => {
                let mut all = inventory.peerings.iter_mut();
                match all.find(|it| it.name == peering.name) {
                    Some(old) => old.clone_from(peering),
                    None => inventory.peerings.push((**peering).clone()),
                }
            }
            Self::RemovePeering(name) => inventory.peerings.retain(|it| it.name != *name),
            Self::SetFilter(filter) => {
                let mut all = inventory.filters.iter_mut();
                match all.find(|it| it.name == filter.name) {
                    Some(old) => old.clone_from(filter),
                    None => inventory.filters.push(filter.clone()),
                }
            }
            Self::RemoveFilter(name) => inventory.filters.retain(|it| it.name != *name),
            Self::SetMesh(mesh) => inventory.mesh.clone_from(mesh),
            Self::SetDefaults { asn, port } => {
                (inventory.default_as, inventory.listen_port) = (*asn, *port);
            }
            Self::SetRouter(router) => {
                let mut all = inventory.routers.iter_mut();
                match all.find(|it| it.name == router.name) {
                    Some(old) => old.clone_from(router),
                    None => inventory.routers.push((**router).clone()),
                }
            }
            Self::RemoveRouter(name) => inventory.routers.retain(|it| it.name != *name),
        }
    }

    /// What undoes the change, given what it is carried out on.
    #[must_use]
    pub fn undo(&self, before: &Inventory) -> Self {
        match self {
            Self::SetNode(node) => of_node(before, &node.name),
            Self::RemoveNode(name) => of_node(before, name),
            Self::SetPeering(peering) => of_peering(before, &peering.name),
            Self::RemovePeering(name) => of_peering(before, name),
            Self::SetFilter(filter) => of_filter(before, &filter.name),
            Self::RemoveFilter(name) => of_filter(before, name),
            Self::SetMesh(_) => Self::SetMesh(before.mesh.clone()),
            Self::SetDefaults { .. } => Self::SetDefaults {
                asn: before.default_as,
                port: before.listen_port,
            },
            Self::SetRouter(router) => of_router(before, &router.name),
            Self::RemoveRouter(name) => of_router(before, name),
        }
    }

    /// The name of what is changed.
    pub fn subject(&self) -> String {
        match self {
            Self::SetNode(node) => node.name.clone(),
            Self::SetPeering(peering) => peering.name.clone(),
            Self::SetRouter(router) => router.name.clone(),
            Self::SetFilter(filter) => filter.name.clone(),
            Self::RemoveNode(name)
            | Self::RemovePeering(name)
            | Self::RemoveRouter(name)
            | Self::RemoveFilter(name) => name.clone(),
            Self::SetMesh(_) | Self::SetDefaults { .. } => "default".to_string(),
        }
    }

    /// The node that it changes and that stays.
    pub(super) fn node(&self) -> Option<&str> {
        match self {
            Self::SetNode(node) => Some(&node.name),
            _ => None,
        }
    }

    /// Whether sessions may come of it that have to carry what others carry
    /// now.
    pub(super) const fn adds_sessions(&self) -> bool {
        match self {
            Self::SetNode(_) | Self::SetPeering(_) | Self::SetRouter(_) => true,
            Self::SetMesh(mesh) => mesh.enabled,
            _ => false,
        }
    }
}

fn of_node(before: &Inventory, name: &str) -> Edit {
    let old = before.nodes.iter().find(|it| it.name == name);
    let old = old.map(|it| Edit::SetNode(Box::new(it.clone())));
    old.unwrap_or_else(|| Edit::RemoveNode(name.into()))
}

fn of_peering(before: &Inventory, name: &str) -> Edit {
    let old = before.peerings.iter().find(|it| it.name == name);
    let old = old.map(|it| Edit::SetPeering(Box::new(it.clone())));
    old.unwrap_or_else(|| Edit::RemovePeering(name.into()))
}

fn of_router(before: &Inventory, name: &str) -> Edit {
    let old = before.routers.iter().find(|it| it.name == name);
    let old = old.map(|it| Edit::SetRouter(Box::new(it.clone())));
    old.unwrap_or_else(|| Edit::RemoveRouter(name.into()))
}

fn of_filter(before: &Inventory, name: &str) -> Edit {
    let old = before.filters.iter().find(|it| it.name == name);
    let old = old.map(|it| Edit::SetFilter(it.clone()));
    old.unwrap_or_else(|| Edit::RemoveFilter(name.into()))
}

/// The whole resources that differ, in no order that is safe: what comes and
/// changes, then what goes.
pub fn edits_between(from: &Inventory, to: &Inventory) -> Vec<Edit> {
    let mut edits = Vec::new();
    if (from.default_as, from.listen_port) != (to.default_as, to.listen_port) {
        edits.push(Edit::SetDefaults {
            asn: to.default_as,
            port: to.listen_port,
        });
    }
    if from.mesh != to.mesh {
        edits.push(Edit::SetMesh(to.mesh.clone()));
    }
    let filters = (from.filters.as_slice(), to.filters.as_slice());
    let name = |it: &Filter| it.name.clone();
    differing(
        filters,
        name,
        (Edit::SetFilter, Edit::RemoveFilter),
        &mut edits,
    );
    let nodes = (from.nodes.as_slice(), to.nodes.as_slice());
    let set = |it| Edit::SetNode(Box::new(it));
    let name = |it: &Node| it.name.clone();
    differing(nodes, name, (set, Edit::RemoveNode), &mut edits);
    let peerings = (from.peerings.as_slice(), to.peerings.as_slice());
    let set = |it| Edit::SetPeering(Box::new(it));
    let name = |it: &Peering| it.name.clone();
    differing(peerings, name, (set, Edit::RemovePeering), &mut edits);
    let routers = (from.routers.as_slice(), to.routers.as_slice());
    let set = |it| Edit::SetRouter(Box::new(it));
    let name = |it: &Router| it.name.clone();
    differing(routers, name, (set, Edit::RemoveRouter), &mut edits);
    edits
}

/// The edits of one kind of resource.
fn differing<T: Clone + PartialEq>(
    (from, to): (&[T], &[T]),
    name: impl Fn(&T) -> String,
    (set, remove): (impl Fn(T) -> Edit, impl Fn(String) -> Edit),
    edits: &mut Vec<Edit>,
) {
    let named = |of: &'_ [T]| -> BTreeMap<String, T> {
        of.iter().map(|it| (name(it), it.clone())).collect()
    };
    let (old, new) = (named(from), named(to));
    let changed = to.iter().filter(|it| old.get(&name(it)) != Some(*it));
    edits.extend(changed.map(|it| set(it.clone())));
    let gone = from.iter().map(&name).filter(|it| !new.contains_key(it));
    edits.extend(gone.map(remove));
}
