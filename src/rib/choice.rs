//! Which of a destination's paths is the best, and when that has to be worked
//! out.

use smallvec::SmallVec;

use crate::rib::{
    Candidate, NetId, Rib, Step, TableId, compare, decide,
    sources::LOCAL,
    store::Traits,
    table::{Entry, Slot},
};

impl Rib {
    /// Whether a path may be chosen: as [`Self::candidate`], and less work.
    fn is_eligible(&self, table: TableId, slot: &Slot) -> bool {
        if slot.refused != 0 || self.is_long_lived(table, slot) {
            return self.candidate(table, slot).is_some();
        }
        let Some(keys) = self.store.keys(slot.set) else {
            return false;
        };
        slot.source == LOCAL || self.next_hops.cost(keys.next_hop).is_some()
    }

    /// The path as the decision sees it; `None` if it may not be chosen.
    pub(super) fn candidate(&self, table: TableId, slot: &Slot) -> Option<Candidate> {
        if slot.refused != 0 {
            return None;
        }
        let source = self.sources.get(slot.source as usize)?;
        let keys = self.store.keys(slot.set)?;
        let long_lived = self.is_long_lived(table, slot);
        if long_lived && keys.traits.contains(Traits::NO_LLGR) {
            // RFC 9494 §4.2: it does not outlive the restart time.
            return None;
        }
        let (neighbor, igp_cost) = match source.facts {
            None => (None, 0),
            Some(of) => (
                Some((of.peer_type, of.router_id, of.address)),
                self.next_hops.cost(keys.next_hop)?,
            ),
        };
        let mut candidate = self.store.candidate(slot.set)?;
        candidate.stale |= long_lived;
        candidate.neighbor = neighbor;
        candidate.igp_cost = igp_cost;
        candidate.path_id = slot.path_id;
        Some(candidate)
    }

    /// The only path there is: no comparison. Whether it is the best.
    pub(super) fn decide_only(&mut self, table: TableId, net: NetId, at: u32) -> bool {
        let Some(of) = self.tables.get(table.index()) else {
            return false;
        };
        let eligible = of
            .slot(at)
            .is_some_and(|slot| self.is_eligible(table, slot));
        if let Some(entry) = self.entry_mut(table, net) {
            entry.set_step(eligible.then_some(Step::OnlyRoute));
        }
        eligible
    }

    /// A path has joined the others: as a rule it needs comparing with the best
    /// alone. Whether that is another now.
    pub(super) fn decide_with(&mut self, table: TableId, net: NetId, new: u32) -> bool {
        let Some(of) = self.tables.get(table.index()) else {
            return false;
        };
        let Some(entry) = of.entry(net).copied() else {
            return false;
        };
        let Some(best) = entry.best().filter(|_| !entry.grouped) else {
            return self.decide(table, net);
        };
        let candidate = |at| of.slot(at).and_then(|slot| self.candidate(table, slot));
        let Some(added) = candidate(new) else {
            return false;
        };
        let Some(mut old) = candidate(best) else {
            return self.decide(table, net);
        };
        old.is_best = true;
        let (order, step) = compare(&added, &old, &self.config);
        let better = order.is_lt();
        if better && let Some(of) = self.tables.get_mut(table.index()) {
            of.put_first(net, new);
        }
        if let Some(entry) = self.entry_mut(table, net) {
            // What was worse than the old one lost to it earlier than the old
            // one lost to this.
            let deciding = match entry.step() {
                Some(last) if !better => last.max(step),
                _ => step,
            };
            entry.set_step(Some(deciding));
        }
        better
    }

    /// Decides among all paths; whether another is the best now.
    pub(super) fn decide(&mut self, table: TableId, net: NetId) -> bool {
        let Some(of) = self.tables.get(table.index()) else {
            return false;
        };
        let before = of.entry(net).copied().and_then(Entry::best);
        let (mut places, mut candidates) = (
            SmallVec::<[u32; 16]>::new(),
            SmallVec::<[Candidate; 16]>::new(),
        );
        let mut grouped = false;
        for (at, slot) in of.paths(net) {
            grouped |= self.store.traits(slot.set).contains(Traits::MED);
            if let Some(mut candidate) = self.candidate(table, slot) {
                candidate.is_best = before == Some(at);
                places.push(at);
                candidates.push(candidate);
            }
        }
        let decision = decide(&candidates, &self.config);
        let best = decision.and_then(|it| places.get(it.best).copied());
        if let (Some(best), Some(of)) = (best, self.tables.get_mut(table.index())) {
            of.put_first(net, best);
        }
        let config = self.config;
        if let Some(entry) = self.entry_mut(table, net) {
            entry.set_step(decision.map(|it| it.step));
            entry.grouped = config.groups(grouped);
        }
        before != best
    }
}
