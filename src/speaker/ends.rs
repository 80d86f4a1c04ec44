//! Marks that a neighbour gets once, when all parts have come to them:
//! End-of-RIB (RFC 4724 §2), and the brackets around the answer to a
//! ROUTE-REFRESH (RFC 7313 §4).

use alloc::collections::{BTreeMap, BTreeSet};

use crate::types::{Family, PeerId};

/// Who is not done yet, by neighbour and family.
#[derive(Debug, Default)]
pub(super) struct Ends(BTreeMap<(PeerId, Family), Owed>);

#[derive(Debug, Default)]
struct Owed {
    end_of_rib: BTreeSet<u16>,
    /// Since the neighbour asked for its routes again.
    refresh: BTreeSet<u16>,
    /// Whether it has been told that they begin.
    begun: bool,
}

impl Ends {
    /// A session is up: these parts will tell the neighbour what they have.
    pub(super) fn begin(&mut self, id: PeerId, family: Family, parts: BTreeSet<u16>) {
        let owed = Owed {
            end_of_rib: parts,
            ..Owed::default()
        };
        self.0.insert((id, family), owed);
    }

    pub(super) fn forget(&mut self, id: PeerId) {
        self.0.retain(|(of, _), _| *of != id);
    }

    /// A part has told all. Whether it was the last.
    pub(super) fn told(&mut self, id: PeerId, family: Family, part: u16) -> bool {
        let Some(owed) = self.0.get_mut(&(id, family)) else {
            return false;
        };
        owed.end_of_rib.remove(&part);
        owed.end_of_rib.is_empty()
    }

    /// These parts will tell all again.
    pub(super) fn begin_refresh(&mut self, id: PeerId, family: Family, parts: BTreeSet<u16>) {
        let owed = self.0.entry((id, family)).or_default();
        owed.refresh = parts;
    }

    /// A part begins. Whether it is the first.
    pub(super) fn refresh_begun(&mut self, id: PeerId, family: Family) -> bool {
        let owed = self.0.entry((id, family)).or_default();
        !owed.refresh.is_empty() && !core::mem::replace(&mut owed.begun, true)
    }

    /// A part has told all again. Whether it was the last, and there is
    /// something to close.
    pub(super) fn refresh_told(&mut self, id: PeerId, family: Family, part: u16) -> bool {
        let owed = self.0.entry((id, family)).or_default();
        owed.refresh.remove(&part);
        owed.refresh.is_empty() && core::mem::take(&mut owed.begun)
    }
}
