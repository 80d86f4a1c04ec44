//! Routers that have the same sessions with the same neighbours: what holds for
//! one holds for all, so that thousands are looked at as few.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::signalling::{LoopRule, Passed, Router, Side, Signalling, Without, best};

/// A [`Signalling`] with few of each kind of router, and what they stand for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Classes {
    /// The members of each class, in order; by their numbers in the whole.
    members: Vec<Vec<usize>>,
    /// The few.
    few: Signalling,
    /// How many of each class are among the few, if it has as many.
    keep: usize,
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

impl Classes {
    /// Sorts routers into classes, and keeps so many of each as it takes to
    /// look at `failures` at once.
    pub fn new(whole: &Signalling, failures: usize) -> Self {
        Self::with_alike(whole, failures, &[])
    }

    /// As [`Classes::new`], with classes that are known beforehand: of each of
    /// them only the first `failures + 3` need to have their sessions in `whole`.
    pub fn with_alike(whole: &Signalling, failures: usize, alike: &[Vec<usize>]) -> Self {
        let keep = Self::kept(failures);
        let members = classes(whole, alike);
        let mut few = Signalling::default();
        let mut of = Vec::new();
        let mut numbers = BTreeMap::new();
        for (class, members) in members.iter().enumerate() {
            for &member in members.iter().take(keep) {
                let router = whole.router(member).cloned().unwrap_or_default();
                numbers.insert(member, few.add(router));
                of.push((class, member));
            }
        }
        for session in 0..whole.sessions() {
            let Some([(a, near), (b, far)]) = whole.session(session) else {
                continue;
            };
            if let (Some(a), Some(b)) = (numbers.get(&a), numbers.get(&b)) {
                few.add_between((*a, near), (*b, far));
            }
        }
        Self {
            members,
            few,
            keep,
            of,
        }
    }

    /// How many of each class are kept to look at so many failures.
    pub const fn kept(failures: usize) -> usize {
        failures.saturating_add(3)
    }

    /// The classes, each with its members.
    pub fn members(&self) -> &[Vec<usize>] {
        &self.members
    }

    /// The few that stand for all.
    pub const fn few(&self) -> &Signalling {
        &self.few
    }

    /// One of the few by its class and its number in the whole.
    pub fn of(&self, few: usize) -> Option<(usize, usize)> {
        self.of.get(few).copied()
    }

    /// What is lost between classes, with members of some gone: `gone` counts
    /// them by class, and it does not matter which. To look at many failures, use a
    /// [`Survey`].
    pub fn lost(&self, rule: LoopRule, gone: &BTreeMap<usize, usize>) -> Vec<LostClass> {
        Survey::without_bases(self, rule).lost(gone)
    }
}

/// Looks at one failure after another, and only at what it may change: routes
/// that nobody follows over what failed stay as they are.
#[derive(Clone, Debug)]
pub struct Survey<'a> {
    classes: &'a Classes,
    rule: LoopRule,
    bases: BTreeMap<usize, Base>,
}

/// What becomes of one's route with everything in place.
#[derive(Clone, Debug, Default)]
struct Base {
    /// Whether it finds no rest: then nothing is known to be lost.
    restless: bool,
    lost: Vec<usize>,
    /// The routers and sessions from which others have the path they take.
    routers: BTreeSet<usize>,
    sessions: BTreeSet<usize>,
    /// What others are told: the router, and who tells it over which session;
    /// the path it takes first. Routers come after those they take paths from.
    told: Vec<(usize, Vec<(usize, usize)>)>,
}

impl Base {
    /// Puts routers behind those they take paths from.
    fn in_order(&mut self) {
        let parents = self.told.iter();
        let parents: BTreeMap<usize, usize> = parents
            .filter_map(|(router, told)| Some((*router, told.first()?.0)))
            .collect();
        let depth = |router: usize| {
            let mut at = router;
            let mut depth = 0_usize;
            while let Some(parent) = parents.get(&at).filter(|_| depth <= parents.len()) {
                depth = depth.saturating_add(1);
                at = *parent;
            }
            depth
        };
        self.told.sort_by_cached_key(|(router, _)| depth(*router));
    }

    /// Whether all that learn the route still do: who took a path that is gone
    /// has another that goes on being told.
    fn survives(&self, without: &Without) -> bool {
        let untouched = self.routers.is_disjoint(&without.routers)
            && self.sessions.is_disjoint(&without.sessions);
        if untouched || self.restless {
            return !self.restless;
        }
        let mut broken: BTreeSet<usize> = without.routers.clone();
        for (router, told) in &self.told {
            let first = told.first();
            let breaks = |of: &(usize, usize), broken: &BTreeSet<usize>| {
                without.sessions.contains(&of.1) || broken.contains(&of.0)
            };
            if first.is_some_and(|of| breaks(of, &broken)) {
                broken.insert(*router);
            }
        }
        self.told.iter().all(|(router, told)| {
            let mut others = told.iter();
            !broken.contains(router)
                || without.routers.contains(router)
                || others.any(|(from, session)| {
                    !without.sessions.contains(session) && !broken.contains(from)
                })
        })
    }
}

impl<'a> Survey<'a> {
    /// Looks at everything in place. `failures`: how many at once will be looked
    /// at later.
    pub fn new(classes: &'a Classes, rule: LoopRule, failures: usize) -> Self {
        let mut survey = Self::without_bases(classes, rule);
        let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
        for (number, (class, _)) in classes.of.iter().enumerate() {
            let count = seen.entry(*class).or_default();
            if *count <= failures {
                *count = count.saturating_add(1);
                let base = survey.base(number, &Without::default());
                survey.bases.insert(number, base);
            }
        }
        survey
    }

    const fn without_bases(classes: &'a Classes, rule: LoopRule) -> Self {
        Self {
            classes,
            rule,
            bases: BTreeMap::new(),
        }
    }

    fn base(&self, originator: usize, without: &Without) -> Base {
        let few = &self.classes.few;
        let mut base = Base::default();
        let Some(told) = few.spread(originator, (self.rule, Passed::Best), without) else {
            base.restless = true;
            return base;
        };
        for (router, heard) in told.iter().enumerate() {
            if router == originator || without.routers.contains(&router) {
                continue;
            }
            match best(heard, |_| 0) {
                Some(path) => {
                    base.routers.insert(path.from);
                    base.sessions.insert(path.session);
                    let mut all = Vec::from([(path.from, path.session)]);
                    let others = heard.iter().map(|it| (it.from, it.session));
                    let others = others.filter(|it| *it != (path.from, path.session));
                    all.extend(others.take(OTHERS));
                    base.told.push((router, all));
                }
                None => base.lost.push(router),
            }
        }
        base.in_order();
        base
    }

    /// As [`Classes::lost`].
    pub fn lost(&self, gone: &BTreeMap<usize, usize>) -> Vec<LostClass> {
        let mut left: Vec<usize> = self.classes.members.iter().map(Vec::len).collect();
        let mut without = Without::default();
        // Of a class that is cut, those that are not among the few go first: as
        // many of the few stay as are needed to stand for those that are left.
        let mut skipped = gone.clone();
        for (class, count) in &mut skipped {
            let all = left.get(*class).copied().unwrap_or(0);
            let cut = all.saturating_sub(self.classes.keep);
            *count = count.saturating_sub(cut);
        }
        for (number, (class, _)) in self.classes.of.iter().enumerate() {
            if let Some(count) = skipped.get_mut(class).filter(|count| **count > 0) {
                *count = count.saturating_sub(1);
                without.routers.insert(number);
            }
        }
        for (&class, &count) in gone {
            if let Some(left) = left.get_mut(class) {
                *left = left.saturating_sub(count);
            }
        }
        let class_of = |few: usize| Some(self.classes.of.get(few)?.0);
        self.lost_between(&without, class_of, &left)
    }

    /// What is lost with one session of the few gone; its two routers count as
    /// classes of their own, numbered behind the others.
    pub fn lost_without(&self, session: usize) -> Vec<LostClass> {
        let Some([(a, _), (b, _)]) = self.classes.few.session(session) else {
            return Vec::new();
        };
        let count = self.classes.members.len();
        let mut left: Vec<usize> = self.classes.members.iter().map(Vec::len).collect();
        for end in [a, b] {
            let class = self.classes.of.get(end).map(|(class, _)| *class);
            if let Some(left) = class.and_then(|class| left.get_mut(class)) {
                *left = left.saturating_sub(1);
            }
        }
        left.extend([1, 1]);
        let class_of = |few: usize| match few {
            few if few == a => Some(count),
            few if few == b => Some(count.saturating_add(1)),
            few => Some(self.classes.of.get(few)?.0),
        };
        self.lost_between(&Without::session(session), class_of, &left)
    }

    /// What is lost between classes: one of each originates for all of it.
    fn lost_between(
        &self,
        without: &Without,
        class_of: impl Fn(usize) -> Option<usize>,
        left: &[usize],
    ) -> Vec<LostClass> {
        let mut seen = BTreeSet::new();
        let mut lost: BTreeMap<(usize, usize), LostClass> = BTreeMap::new();
        for originator in 0..self.classes.few.routers() {
            if without.routers.contains(&originator) || !seen.insert(class_of(originator)) {
                continue;
            }
            let known = self.bases.get(&originator);
            let known = known.filter(|base| base.survives(without));
            let found;
            let of = if let Some(base) = known {
                &base.lost
            } else {
                found = self.base(originator, without).lost;
                &found
            };
            for &router in of.iter().filter(|it| !without.routers.contains(it)) {
                let (Some(x), Some(y)) = (class_of(originator), class_of(router)) else {
                    continue;
                };
                let whole = |few: usize| self.classes.of.get(few).map_or(few, |it| it.1);
                let count = |class: usize| left.get(class).copied().unwrap_or(0);
                let others = count(y).saturating_sub(usize::from(x == y));
                lost.entry((x, y)).or_insert_with(|| LostClass {
                    classes: (x, y),
                    originator: whole(originator),
                    router: whole(router),
                    pairs: count(x).saturating_mul(others),
                });
            }
        }
        lost.into_values().collect()
    }
}

/// A router's sessions as others would have to have them: the neighbour, and
/// what kind of session it is.
type Sessions = Vec<(usize, usize)>;

/// Routers that may change places: those with the same neighbours, whether or
/// not they are neighbours themselves.
fn classes(whole: &Signalling, alike: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let known: BTreeSet<usize> = alike.iter().flatten().copied().collect();
    let mut kinds: BTreeMap<(Side, Side), usize> = BTreeMap::new();
    let mut apart: BTreeMap<(&Router, Sessions), Vec<usize>> = BTreeMap::new();
    let mut together = apart.clone();
    for router in (0..whole.routers()).filter(|router| !known.contains(router)) {
        let Some(of) = whole.router(router) else {
            continue;
        };
        let mut mutual = BTreeSet::new();
        let mut sessions: Sessions = Vec::new();
        for (_, near, neighbor, far) in whole.sessions_of(router) {
            let number = kinds.len();
            let sides = (near.nowhere(), far.nowhere());
            let number = *kinds.entry(sides).or_insert(number);
            if sides.0 == sides.1 {
                mutual.insert(number);
            }
            sessions.push((neighbor, number));
        }
        sessions.sort_unstable();
        // Neighbours of each other look alike once each counts itself.
        for kind in mutual {
            let mut closed = sessions.clone();
            let own = (router, kind);
            let at = closed.partition_point(|it| *it < own);
            closed.insert(at, own);
            together.entry((of, closed)).or_default().push(router);
        }
        apart.entry((of, sessions)).or_default().push(router);
    }
    let mut class_of: BTreeMap<usize, &Vec<usize>> = BTreeMap::new();
    for members in apart.values().chain(together.values()).chain(alike) {
        for member in members {
            let known = class_of.entry(*member).or_insert(members);
            if members.len() > known.len() {
                *known = members;
            }
        }
    }
    let firsts = class_of.iter();
    let firsts = firsts.filter(|(router, members)| members.first() == Some(*router));
    firsts.map(|(_, members)| (*members).clone()).collect()
}

/// How many of a router's other ways to a route are remembered. Where these fail
/// too, all is looked at again.
const OTHERS: usize = 6;
