//! The paths to a destination in the order of the decision.

use smallvec::SmallVec;

use crate::rib::{
    Candidate, DecisionConfig, NetId, Rib, TableId, compare, decision::eliminate, table::Entry,
    view::Chosen,
};

/// A path, and what the decision knows of it.
type Path = (Chosen, Candidate);

/// The eligible paths to a destination, best first, as if each time the ones
/// before were not there. They are put in order as far as they are asked for.
pub(crate) struct Ranked<'a> {
    config: &'a DecisionConfig,
    /// Once they are sorted, the worst first.
    left: SmallVec<[Path; 4]>,
    /// Whether the first of them is known to be the best.
    decided: bool,
    /// Whether comparing two at a time does not do.
    grouped: bool,
    sorted: bool,
    taken: usize,
}

/// So many are looked for one by one: who asks for more asks for all.
const FEW: usize = 4;

impl Rib {
    /// The paths in their order.
    pub(crate) fn ranked(&self, table: TableId, net: NetId) -> Ranked<'_> {
        let of = self.tables.get(table.index());
        let mut left = SmallVec::new();
        for (slot, path) in of.into_iter().flat_map(|of| of.paths(net)) {
            if let Some(candidate) = self.candidate(table, path) {
                let (set, source) = (path.set, path.source);
                left.push((Chosen { set, source, slot }, candidate));
            }
        }
        let entry = of.and_then(|of| of.entry(net)).copied();
        let best = entry.and_then(Entry::best);
        let first = left.first().map(|(chosen, _): &Path| chosen.slot);
        Ranked {
            config: &self.config,
            left,
            decided: best.is_some() && best == first,
            grouped: entry.is_some_and(|entry| entry.grouped),
            sorted: false,
            taken: 0,
        }
    }
}

impl Ranked<'_> {
    /// Where the best of those is that are left.
    fn best(&self) -> usize {
        if self.grouped {
            let candidates: SmallVec<[Candidate; 4]> =
                self.left.iter().map(|(_, it)| *it).collect();
            return eliminate(&candidates, self.config, |_, _| {}).unwrap_or(0);
        }
        let order = |a: &Path, b: &Path| compare(&a.1, &b.1, self.config).0;
        let best = self.left.iter().enumerate();
        let best = best.min_by(|(_, a), (_, b)| order(a, b));
        best.map_or(0, |(at, _)| at)
    }
}

impl Iterator for Ranked<'_> {
    type Item = Path;

    fn next(&mut self) -> Option<Path> {
        if self.left.len() <= 1 || self.sorted {
            return self.left.pop();
        }
        if !self.grouped && self.taken >= FEW {
            let config = self.config;
            self.left.sort_by(|a, b| compare(&b.1, &a.1, config).0);
            self.sorted = true;
            return self.left.pop();
        }
        self.taken = self.taken.saturating_add(1);
        let decided = core::mem::take(&mut self.decided);
        let best = if decided { 0 } else { self.best() };
        Some(self.left.remove(best))
    }
}
