//! What was worked out for one neighbour and holds for others as well.
//!
//! Neighbours that are told the same of a route are of one [`Class`]. While a
//! change goes round, the first of a class pays for the attributes and the
//! messages, and the others share them. The cache lives for one round of
//! exports; a neighbour that joins later starts a round of its own.
//!
//! Entries are found by the address of a shared attribute set, which stands for
//! its value since the sets are interned and the entry keeps them alive.
//! Nothing is ever listed in the order of addresses.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::net::IpAddr;

use bytes::Bytes;

use crate::{
    rib::{RouteSource, reflect::Side, store::Store},
    speaker::NextHopMode,
    types::{Asn, Family},
    wire::{AttributeSet, Context, Nlri},
};

/// All that decides what a neighbour is told of a route, policy and split
/// horizon aside.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    pub(super) side: Side,
    pub(super) next_hop: NextHopMode,
    pub(super) local_address: IpAddr,
    pub(super) local_as: Asn,
    pub(super) context: Context,
}

/// The place of a [`Class`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ClassId(usize);

#[derive(Debug, Default)]
pub(super) struct Cache {
    classes: Vec<Class>,
    exported: BTreeMap<(ClassId, Family, RouteSource, usize), Exported>,
    packed: BTreeMap<(ClassId, Family, usize), Packed>,
}

#[derive(Debug)]
pub(super) struct Exported {
    /// Keeps the key's address from being given to another set.
    from: Arc<AttributeSet>,
    /// `None` is nothing.
    pub(super) to: Option<Arc<AttributeSet>>,
}

#[derive(Debug)]
struct Packed {
    attributes: Arc<AttributeSet>,
    list: Vec<Nlri>,
    messages: Vec<Bytes>,
}

impl Cache {
    /// The class of a neighbour like this.
    pub(super) fn class(&mut self, class: Class) -> ClassId {
        let known = self.classes.iter().position(|it| *it == class);
        ClassId(known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len().saturating_sub(1)
        }))
    }

    /// What the class is told of these attributes from this source; `None` if
    /// that has not been worked out yet.
    pub(super) fn exported(
        &self,
        (class, family, source): (ClassId, Family, RouteSource),
        attributes: &Arc<AttributeSet>,
    ) -> Option<&Exported> {
        self.exported
            .get(&(class, family, source, address(attributes)))
    }

    /// Keeps what was worked out.
    pub(super) fn keep_exported(
        &mut self,
        (class, family, source): (ClassId, Family, RouteSource),
        from: &Arc<AttributeSet>,
        to: Option<Arc<AttributeSet>>,
        store: &mut Store,
    ) {
        if self.exported.len() >= MOST {
            self.clear(store);
        }
        let from = Arc::clone(from);
        self.exported.insert(
            (class, family, source, address(&from)),
            Exported { from, to },
        );
    }

    /// The messages of the class that announce these routes.
    pub(super) fn packed(
        &self,
        (class, family): (ClassId, Family),
        attributes: &Arc<AttributeSet>,
        list: &[Nlri],
    ) -> Option<&[Bytes]> {
        let found = self.packed.get(&(class, family, address(attributes)))?;
        (found.list == list).then_some(found.messages.as_slice())
    }

    /// Keeps messages that were packed.
    pub(super) fn keep_packed(
        &mut self,
        (class, family): (ClassId, Family),
        attributes: &Arc<AttributeSet>,
        list: Vec<Nlri>,
        messages: Vec<Bytes>,
        store: &mut Store,
    ) {
        if self.packed.len() >= MOST {
            self.clear(store);
        }
        let attributes = Arc::clone(attributes);
        let key = (class, family, address(&attributes));
        if let Some(old) = self.packed.insert(
            key,
            Packed {
                attributes,
                list,
                messages,
            },
        ) {
            store.release(old.attributes);
        }
    }

    /// The round is over.
    pub(super) fn clear(&mut self, store: &mut Store) {
        for entry in core::mem::take(&mut self.exported).into_values() {
            store.release(entry.from);
            if let Some(to) = entry.to {
                store.release(to);
            }
        }
        for entry in core::mem::take(&mut self.packed).into_values() {
            store.release(entry.attributes);
        }
    }
}

fn address(attributes: &Arc<AttributeSet>) -> usize {
    Arc::as_ptr(attributes).addr()
}

/// Entries of either kind: some megabytes at the most.
const MOST: usize = 16 * 1024;
