use alloc::{collections::BTreeSet, sync::Arc};

use crate::wire::AttributeSet;

/// One allocation for each distinct attribute set that a route holds.
///
/// An ordered set and not a hash table: its speed does not depend on who chose
/// the values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    sets: BTreeSet<Arc<AttributeSet>>,
}

impl Store {
    /// The shared handle of this set.
    pub(crate) fn intern(&mut self, set: AttributeSet) -> Arc<AttributeSet> {
        if let Some(known) = self.sets.get(&set) {
            return Arc::clone(known);
        }
        let handle = Arc::new(set);
        self.sets.insert(Arc::clone(&handle));
        handle
    }

    /// Gives a handle back; the last one of a set frees it.
    pub(crate) fn release(&mut self, handle: Arc<AttributeSet>) {
        // Two are left: this one, and the store's own.
        if Arc::strong_count(&handle) == 2 {
            self.sets.remove(&*handle);
        }
        drop(handle);
    }

    /// How many distinct sets are held.
    pub(crate) fn len(&self) -> usize {
        self.sets.len()
    }
}
