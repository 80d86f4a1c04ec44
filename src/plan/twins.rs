//! Routers that have the same sessions with the same neighbours: what holds for
//! one holds for all, so that thousands are looked at as few.

use alloc::{collections::BTreeMap, vec::Vec};

use super::visibility::{LoopRule, Signalling, Without};
use crate::types::ClusterId;

/// A [`Signalling`] with few of each kind of router, and what they stand for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Classes {
    /// The members of each class, in order; by their numbers in the whole.
    members: Vec<Vec<usize>>,
    /// The few.
    few: Signalling,
    /// Of each of the few, its class and its number in the whole.
    of: Vec<(usize, usize)>,
}

/// Routers of one class that do not learn what those of another originate.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct LostClass {
    /// Those that originate, and those that do not learn it: places in
    /// [`Classes::members`].
    pub classes: (usize, usize),
    /// One of those that originate, by its number in the whole.
    pub originator: usize,
    /// One of those that do not learn it.
    pub router: usize,
    /// How many pairs that is.
    pub pairs: usize,
}

/// A router's sessions as others would have to have them: the neighbour, and
/// whether it is a client of the router, and the router one of it.
type Sessions = Vec<(usize, bool, bool)>;

impl Classes {
    /// Sorts routers into classes, and keeps so many of each as it takes to
    /// look at `failures` at once.
    pub fn new(whole: &Signalling, failures: usize) -> Self {
        let keep = failures.saturating_add(3);
        let members = classes(whole);
        let mut few = Signalling::default();
        let mut of = Vec::new();
        let mut numbers = BTreeMap::new();
        for (class, members) in members.iter().enumerate() {
            for &member in members.iter().take(keep) {
                numbers.insert(member, few.add_router(whole.cluster(member)));
                of.push((class, member));
            }
        }
        for (a, b, clients) in whole.list() {
            if let (Some(a), Some(b)) = (numbers.get(&a), numbers.get(&b)) {
                few.add_session(*a, *b, clients);
            }
        }
        Self { members, few, of }
    }

    /// The classes, each with its members.
    pub fn members(&self) -> &[Vec<usize>] {
        &self.members
    }

    /// What is lost between classes, with the first members of some gone.
    /// `gone` counts them by class.
    pub fn lost(&self, rule: LoopRule, gone: &BTreeMap<usize, usize>) -> Vec<LostClass> {
        let mut left: Vec<usize> = self.members.iter().map(Vec::len).collect();
        let mut without = Without::default();
        for (&class, &count) in gone {
            let of_class = self.of.iter().enumerate();
            let of_class = of_class.filter(|(_, (of, _))| *of == class);
            without
                .routers
                .extend(of_class.map(|(at, _)| at).take(count));
            if let Some(left) = left.get_mut(class) {
                *left = left.saturating_sub(count);
            }
        }
        let visibility = self.few.visibility(rule, &without);
        let mut lost: BTreeMap<(usize, usize), LostClass> = BTreeMap::new();
        for (originator, router) in visibility.lost {
            let (Some(a), Some(b)) = (self.of.get(originator), self.of.get(router)) else {
                continue;
            };
            let count = |class: usize| left.get(class).copied().unwrap_or(0);
            let pairs = if a.0 == b.0 {
                count(a.0).saturating_mul(count(a.0).saturating_sub(1))
            } else {
                count(a.0).saturating_mul(count(b.0))
            };
            lost.entry((a.0, b.0)).or_insert(LostClass {
                classes: (a.0, b.0),
                originator: a.1,
                router: b.1,
                pairs,
            });
        }
        lost.into_values().collect()
    }
}

/// Routers that may change places: those with the same neighbours, whether or
/// not they are neighbours themselves.
fn classes(whole: &Signalling) -> Vec<Vec<usize>> {
    let mut apart: BTreeMap<(Option<ClusterId>, Sessions), Vec<usize>> = BTreeMap::new();
    let mut together = apart.clone();
    for router in 0..whole.routers() {
        let mut sessions: Sessions = whole.sessions_of(router).collect();
        sessions.sort_unstable();
        let cluster = whole.cluster(router);
        // Neighbours of each other look alike once each counts itself.
        for both in [false, true] {
            let mut closed = sessions.clone();
            closed.push((router, both, both));
            closed.sort_unstable();
            together.entry((cluster, closed)).or_default().push(router);
        }
        apart.entry((cluster, sessions)).or_default().push(router);
    }
    let mut class_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for members in apart.into_values().chain(together.into_values()) {
        for member in &members {
            let known = class_of.entry(*member).or_default();
            if members.len() > known.len() {
                known.clone_from(&members);
            }
        }
    }
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for (router, members) in class_of {
        if members.first() == Some(&router) {
            classes.push(members);
        }
    }
    classes
}
