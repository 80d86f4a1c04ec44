//! In which order changes lose nothing, or least.

use alloc::{collections::BTreeSet, vec::Vec};

use super::{
    edit::Edit,
    few::Few,
    proof::{Badness, Look, Proof, Required},
    unit::Unit,
};
use crate::plan::inventory::Inventory;

/// What does not change while orders are tried.
pub(super) struct Search<'a> {
    pub(super) few: &'a Few,
    pub(super) start: &'a Inventory,
    pub(super) target: &'a Inventory,
    pub(super) required: &'a Required,
}

/// An order: units by their places, each with what it comes to.
#[derive(Clone, Default)]
pub(super) struct Order {
    pub(super) taken: Vec<(usize, Proof)>,
    pub(super) badness: Badness,
}

/// A state on the way, and which unit is tried next there.
struct Place {
    now: Inventory,
    next: usize,
}

impl Search<'_> {
    /// The first order, by the units' own, in which each loses nothing; if none
    /// is found, that which loses least at each step from where the first way
    /// ended.
    pub(super) fn order(&self, units: &[Unit]) -> Order {
        let mut taken: Vec<(usize, Proof)> = Vec::new();
        let mut places = Vec::from([Place {
            now: self.start.clone(),
            next: 0,
        }]);
        let mut dead: BTreeSet<Vec<usize>> = BTreeSet::new();
        let mut ended: Option<Vec<(usize, Proof)>> = None;
        let mut left = TRIES;
        while taken.len() < units.len() {
            let Some(place) = places.last_mut() else {
                break;
            };
            let done: Vec<usize> = sorted(&taken);
            let found = (place.next..units.len()).find_map(|at| {
                let open = done.binary_search(&at).is_err() && !blocked(units, &done, at);
                if !open || left == 0 {
                    return None;
                }
                let (next, proof) = self.after(&place.now, units.get(at)?, Look::ToFirstLoss);
                if !proof.is_clean() {
                    left = left.saturating_sub(1);
                    return None;
                }
                Some((at, next, proof))
            });
            if let Some((at, now, proof)) = found {
                place.next = at.saturating_add(1);
                taken.push((at, proof));
                let next = if dead.contains(&sorted(&taken)) {
                    units.len()
                } else {
                    0
                };
                places.push(Place { now, next });
                continue;
            }
            // Nothing is safe from here: another way, as long as that is cheap.
            ended.get_or_insert_with(|| taken.clone());
            if left == 0 {
                break;
            }
            dead.insert(done);
            places.pop();
            taken.pop();
        }
        if taken.len() == units.len() {
            return Order {
                taken,
                badness: Badness::default(),
            };
        }
        self.least(units, ended.unwrap_or_default())
    }

    /// Goes on from where no unit is safe, with what loses least.
    fn least(&self, units: &[Unit], taken: Vec<(usize, Proof)>) -> Order {
        let mut now = self.start.clone();
        for unit in taken.iter().filter_map(|(at, _)| units.get(*at)) {
            now = self.apply(&now, unit).0;
        }
        let mut order = Order {
            taken,
            badness: Badness::default(),
        };
        while order.taken.len() < units.len() {
            let done = sorted(&order.taken);
            let mut best: Option<(usize, Inventory, Proof)> = None;
            for (at, unit) in units.iter().enumerate() {
                if done.binary_search(&at).is_ok() || blocked(units, &done, at) {
                    continue;
                }
                let (next, proof) = self.after(&now, unit, Look::Whole);
                let better = best
                    .as_ref()
                    .is_none_or(|(.., other)| proof.badness() < other.badness());
                let clean = proof.is_clean();
                if better {
                    best = Some((at, next, proof));
                }
                if clean {
                    break;
                }
            }
            let Some((at, next, proof)) = best else { break };
            order.badness = order.badness.and(proof.badness());
            order.taken.push((at, proof));
            now = next;
        }
        order
    }

    fn apply(&self, now: &Inventory, unit: &Unit) -> (Inventory, Vec<Edit>) {
        let mut next = now.clone();
        let edits = unit.edits(now, self.target);
        for edit in &edits {
            self.few.apply(edit, &mut next);
        }
        (next, edits)
    }

    /// How things are after a unit, and what is lost on the way there.
    fn after(&self, now: &Inventory, unit: &Unit, look: Look) -> (Inventory, Proof) {
        let (next, edits) = self.apply(now, unit);
        let proof = Proof::new((now, &next), &subjects(now, &edits), self.required, look);
        (next, proof)
    }
}

/// The nodes that are emptied first where that helps: not everything can be
/// emptied at once.
pub(super) fn subjects(now: &Inventory, edits: &[Edit]) -> BTreeSet<alloc::string::String> {
    let nodes = edits.iter().filter_map(Edit::node);
    let subjects: BTreeSet<_> = nodes.map(Into::into).collect();
    let few = subjects.len() <= now.nodes.len() / 2;
    Some(subjects).filter(|_| few).unwrap_or_default()
}

/// Whether an earlier one has to come first and has not been done.
fn blocked(units: &[Unit], done: &[usize], at: usize) -> bool {
    let Some(unit) = units.get(at) else {
        return true;
    };
    let mut earlier = units.iter().enumerate().take(at);
    earlier.any(|(number, it)| it.must_precede(unit) && done.binary_search(&number).is_err())
}

fn sorted(taken: &[(usize, Proof)]) -> Vec<usize> {
    let mut done: Vec<usize> = taken.iter().map(|(at, _)| *at).collect();
    done.sort_unstable();
    done
}

/// How many units that lose something are looked at before the search for an
/// order without a loss is given up.
const TRIES: usize = 48;
