//! Numbers by hash, in a table that grows a piece at a time.

use alloc::vec::Vec;

use hashbrown::HashTable;

/// Many small tables in place of a large one: the one call that makes a table
/// grow goes over that one alone. They grow in different calls, for a hash
/// spreads numbers a little unevenly, and what is gone over at a time is soon in
/// a processor's cache.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<HashTable<u32>>);

impl Index {
    pub(super) fn find(&self, hash: u64, is_it: impl FnMut(&u32) -> bool) -> Option<u32> {
        self.0.get(place(hash))?.find(hash, is_it).copied()
    }

    /// A number that is not there. `rehash` gives the hash of those that are.
    pub(super) fn insert(&mut self, hash: u64, id: u32, rehash: impl Fn(&u32) -> u64) {
        if self.0.is_empty() {
            // Not before there is something: most families are not used.
            self.0.resize_with(TABLES, HashTable::new);
        }
        if let Some(table) = self.0.get_mut(place(hash)) {
            table.insert_unique(hash, id, rehash);
        }
    }

    pub(super) fn remove(&mut self, hash: u64, id: u32) {
        let table = self.0.get_mut(place(hash));
        if let Some(Ok(entry)) = table.map(|of| of.find_entry(hash, |&it| it == id)) {
            entry.remove();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(HashTable::len).sum()
    }
}

const TABLES: usize = 1 << BITS;
const BITS: u32 = 6;
/// Above the bits that a small table looks at, and within those that are kept of
/// a hash: thirty million numbers have room.
const SHIFT: u32 = 25 - BITS;

fn place(hash: u64) -> usize {
    (hash >> SHIFT) as usize % TABLES
}
