//! Work over a whole table, some destinations at a time.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::rib::{Change, NetId, Rib, TableId};

impl Rib {
    /// Removes the routes that are marked by [`Rib::sweep`] among the next
    /// `limit` destinations from the cursor on, and moves the cursor. Whether
    /// more are left to look at.
    pub fn sweep_slice(
        &mut self,
        table: TableId,
        cursor: &mut u32,
        limit: u32,
        changes: &mut Vec<Change>,
    ) -> bool {
        self.each(
            table,
            cursor,
            limit,
            |rib, net| rib.sweep_net(table, net),
            changes,
        )
    }

    /// Decides the next `limit` destinations from the cursor on again, and
    /// moves the cursor. Whether more are left.
    pub fn decide_slice(
        &mut self,
        table: TableId,
        cursor: &mut u32,
        limit: u32,
        changes: &mut Vec<Change>,
    ) -> bool {
        let decide = |rib: &mut Self, net| {
            let best = rib.decide(table, net);
            // What the others are worth may have changed as well.
            Some(Change { table, net, best })
        };
        self.each(table, cursor, limit, decide, changes)
    }

    fn each(
        &mut self,
        table: TableId,
        cursor: &mut u32,
        limit: u32,
        mut f: impl FnMut(&mut Self, NetId) -> Option<Change>,
        changes: &mut Vec<Change>,
    ) -> bool {
        let end = self.tables.get(table.index()).map_or(0, |of| of.end());
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        let to = cursor.saturating_add(limit).min(end);
        for id in *cursor..to {
            let net = NetId(id);
            let of = self.tables.get(table.index());
            if of.is_some_and(|of| of.paths(net).next().is_some()) {
                changes.extend(f(self, net));
            }
        }
        *cursor = to;
        to < end
    }

    fn sweep_net(&mut self, table: TableId, net: NetId) -> Option<Change> {
        let of = self.tables.get_mut(table.index())?;
        let best = of.entry(net)?.best();
        let mut gone = SmallVec::<[u32; 8]>::new();
        let of = self.tables.get(table.index())?;
        for (at, slot) in of.paths(net) {
            if self.is_gone(table, slot) {
                gone.push(at);
            }
        }
        if gone.is_empty() {
            return None;
        }
        for at in &gone {
            let of = self.tables.get_mut(table.index())?;
            let before = of.paths(net).find(|(_, slot)| slot.next == *at);
            let before = before.map(|(place, _)| place);
            let set = of.slot(*at)?.set;
            of.unlink(net, before, *at);
            self.store.release(set, &mut self.next_hops);
        }
        let lost = best.is_some_and(|best| gone.contains(&best));
        let changed = self.decide(table, net);
        Some(Change {
            table,
            net,
            best: changed || lost,
        })
    }
}
