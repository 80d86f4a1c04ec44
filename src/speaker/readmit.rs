//! Routes of a neighbour that are kept as they came, judged by another policy:
//! soft reconfiguration without asking for them again.

use alloc::vec::Vec;

use crate::{
    rib::{Change, NetId, RouteSource, TableId, net},
    speaker::{SLICE, Speaker, turn::Work},
    types::PeerId,
    wire::Destination,
};

impl Speaker {
    /// Judges all that a neighbour has sent again, in slices.
    pub(super) fn readmit(&mut self, id: PeerId) {
        for family in self.rib.families().collect::<Vec<_>>() {
            let of = self.rib.table(family);
            let same = |work: &Work| matches!(work, Work::Readmit { peer, table, .. } if (*peer, *table) == (id, of));
            self.work.retain(|work| !same(work));
            self.work.push_back(Work::Readmit {
                peer: id,
                table: of,
                cursor: 0,
            });
        }
    }

    /// The next slice of that. Whether there is more.
    pub(super) fn readmit_slice(
        &mut self,
        id: PeerId,
        table: TableId,
        cursor: &mut u32,
        changes: &mut Vec<Change>,
    ) -> bool {
        let end = u32::try_from(self.rib.end(table)).unwrap_or(u32::MAX);
        let to = cursor.saturating_add(SLICE).min(end);
        for number in *cursor..to {
            self.readmit_net(id, (table, NetId(number)), changes);
        }
        *cursor = to;
        to < end
    }

    fn readmit_net(&mut self, id: PeerId, at: (TableId, NetId), changes: &mut Vec<Change>) {
        let (source, family) = (RouteSource::Peer(id), self.rib.family(at.0));
        for received in self.rib.received(source, at) {
            let Some(into) = self.arrival(id, family, received.attributes) else {
                return;
            };
            let prefix = match received.destination {
                Destination::Prefix(prefix) => Some(prefix),
                _ => None,
            };
            let mut marks = into.marks.clone();
            if net::key(&received.destination) != received.destination {
                marks.nlri = super::import::octets(family, &received.destination);
            }
            let (handle, refused) = self.admitted(&into, prefix, marks);
            let path_id = received.path_id;
            changes.extend(if into.keeps(refused) {
                self.rib.replace(source, at, path_id, &handle, refused)
            } else {
                let to = (at.0, &received.destination);
                self.rib.remove_any(source, to, path_id)
            });
            self.rib.release(handle);
        }
    }
}
