//! What is lost without each router, rack, zone and session, by classes of
//! routers that differ in nothing.

use std::collections::{BTreeMap, BTreeSet};

use bgpwright::{
    plan::{Classes, LoopRule, LostClass, Network, Side, Survey},
    types::Family,
};
use serde::Serialize;

use super::{
    sets::{Block, blocks},
    tables::Tables,
};
use crate::input::Input;

/// The failures of one family.
#[derive(Debug, Serialize)]
pub(super) struct Failures {
    family: &'static str,
    /// Of each router its class; -1 where it has no address of the family.
    of: Vec<isize>,
    /// What is lost with everything in place.
    before: Vec<Block>,
    /// By class: what is lost in addition without one of it.
    routers: Vec<Lost>,
    /// The same without a rack or zone, by its number.
    domains: Vec<(usize, Lost)>,
    /// The same without a session, by kind; its ends are classes of their own,
    /// numbered behind the others. Empty if they are too many to look at.
    kinds: Vec<Lost>,
    /// Of each planned session twice its kind, and one more if its ends are the
    /// other way round there; -1 where it is of another family or not up.
    sessions: Vec<isize>,
    /// The kinds of sessions of a mesh that is not listed, by both classes.
    meshed: Vec<(usize, usize, usize)>,
}

/// Those of one family's sessions: see the fields of [`Failures`].
#[derive(Default)]
struct OfSessions {
    kinds: Vec<Lost>,
    sessions: Vec<isize>,
    meshed: Vec<(usize, usize, usize)>,
}

/// How many pairs of routers lose each other's routes, and which.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lost(usize, Vec<Block>);

/// Every family that routers have.
pub(super) fn failures(input: &Input, tables: &Tables<'_>, rule: LoopRule) -> Vec<Failures> {
    let families = [
        (Family::IPV4_UNICAST, "IPv4"),
        (Family::IPV6_UNICAST, "IPv6"),
    ];
    let families = families.into_iter().filter_map(|(family, name)| {
        let network = Network::new(&input.inventory, &input.plan, family, 1);
        (network.routers.len() > 1).then(|| Looking::new(&network, rule).failures(name, tables))
    });
    families.collect()
}

/// Failures looked at, one family at a time.
struct Looking<'a> {
    network: &'a Network,
    classes: Classes,
    rule: LoopRule,
    /// By number in the network.
    class_of: Vec<usize>,
    before: BTreeSet<(usize, usize)>,
}

impl<'a> Looking<'a> {
    fn new(network: &'a Network, rule: LoopRule) -> Self {
        let classes = network.classes(1);
        let mut class_of = vec![0; network.routers.len()];
        for (class, members) in classes.members().iter().enumerate() {
            for member in members {
                if let Some(of) = class_of.get_mut(*member) {
                    *of = class;
                }
            }
        }
        Self {
            network,
            classes,
            rule,
            class_of,
            before: BTreeSet::new(),
        }
    }

    fn failures(mut self, family: &'static str, tables: &Tables<'_>) -> Failures {
        let lost = self.classes.lost(self.rule, &BTreeMap::new());
        let lost: BTreeSet<_> = lost.iter().map(|it| it.classes).collect();
        self.before = lost.into_iter().filter(|it| self.matters(*it)).collect();
        let survey = Survey::new(&self.classes, self.rule, 1);
        let of = self.sessions(&survey, tables);
        Failures {
            family,
            of: self.of(tables),
            before: blocks(self.before.iter().copied()),
            routers: (0..self.classes.members().len())
                .map(|class| self.lost(survey.lost(&BTreeMap::from([(class, 1)])), |it| it))
                .collect(),
            domains: self.domains(&survey, tables),
            kinds: of.kinds,
            sessions: of.sessions,
            meshed: of.meshed,
        }
    }

    fn of(&self, tables: &Tables<'_>) -> Vec<isize> {
        let mut of = vec![-1; tables.len()];
        for (number, member) in self.network.routers.iter().enumerate() {
            // One that is presumed is called by its address.
            let at = member
                .planned
                .or_else(|| tables.owner(member.name.parse().ok()?));
            let class = self
                .class_of
                .get(number)
                .copied()
                .and_then(|it| isize::try_from(it).ok());
            if let (Some(of), Some(class)) = (at.and_then(|at| of.get_mut(at)), class) {
                *of = class;
            }
        }
        of
    }

    fn domains(&self, survey: &Survey<'_>, tables: &Tables<'_>) -> Vec<(usize, Lost)> {
        let all = self.network.in_domains(&self.classes).into_iter();
        let known = all.filter_map(|((kind, name), gone)| Some((tables.domain(kind, name)?, gone)));
        let known: BTreeMap<usize, BTreeMap<usize, usize>> = known.collect();
        let looked = known.into_iter();
        looked
            .map(|(domain, gone)| (domain, self.lost(survey.lost(&gone), |it| it)))
            .collect()
    }

    /// Kinds of sessions with what is lost without one, and the kind of each
    /// planned session.
    fn sessions(&self, survey: &Survey<'_>, tables: &Tables<'_>) -> OfSessions {
        let few = self.classes.few();
        let places = self.classes.members().len();
        let mut known: BTreeMap<Key, (usize, bool)> = BTreeMap::new();
        let mut first: Vec<usize> = Vec::new();
        for session in 0..few.sessions() {
            let class = |few: usize| self.classes.of(few).map(|it| it.0);
            let key = few.session(session).and_then(|it| key_of(it, class));
            let Some(key) = key.filter(|it| !known.contains_key(it)) else {
                continue;
            };
            known.insert(flipped(key), (first.len(), true));
            known.insert(key, (first.len(), false));
            first.push(session);
        }
        let work = [places, places, first.len()];
        let work = work
            .iter()
            .try_fold(1_usize, |sum, it| sum.checked_mul(*it));
        let mut of = vec![-1; tables.sessions];
        if work.is_none_or(|work| work > SESSION_BUDGET) {
            return OfSessions {
                sessions: of,
                ..OfSessions::default()
            };
        }
        let mut kinds = Vec::new();
        let mut meshed = BTreeSet::new();
        for session in first {
            let Some([(a, _), (b, _)]) = few.session(session) else {
                continue;
            };
            let class = |few: usize| self.classes.of(few).map_or(0, |it| it.0);
            let ends = (class(a), class(b));
            let real = |at: usize| match at.checked_sub(places) {
                Some(0) => ends.0,
                Some(_) => ends.1,
                None => at,
            };
            if !self.network.alike.is_empty() {
                meshed.insert((ends.0, ends.1, kinds.len()));
            }
            kinds.push(self.lost(survey.lost_without(session), real));
        }
        for (number, planned) in self.network.sessions.iter().enumerate() {
            let of = planned.and_then(|at| of.get_mut(at));
            let class = |whole: usize| self.class_of.get(whole).copied();
            let sides = self.network.signalling.session(number);
            let known = sides.and_then(|it| known.get(&key_of(it, class)?));
            if let (Some(of), Some((kind, flip))) = (of, known) {
                *of = isize::try_from(kind * 2 + usize::from(*flip)).unwrap_or(-1);
            }
        }
        OfSessions {
            kinds,
            sessions: of,
            meshed: meshed.into_iter().collect(),
        }
    }

    /// What is lost that was not lost before. `real` gives the class that one of
    /// a session's ends is otherwise of.
    fn lost(&self, lost: Vec<LostClass>, real: impl Fn(usize) -> usize) -> Lost {
        let mut newly = Lost::default();
        let mut pairs = Vec::new();
        for one in lost {
            let (x, y) = one.classes;
            let classes = (real(x), real(y));
            if one.pairs > 0 && !self.before.contains(&classes) && self.matters(classes) {
                newly.0 = newly.0.saturating_add(one.pairs);
                pairs.push(one.classes);
            }
        }
        newly.1 = blocks(pairs);
        newly
    }

    fn matters(&self, (from, to): (usize, usize)) -> bool {
        let first = |class: usize| self.classes.members().get(class)?.first().copied();
        first(from)
            .zip(first(to))
            .is_some_and(|(from, to)| self.network.matters(from, to))
    }
}

/// What is the same of sessions that differ in nothing.
type Key = (usize, usize, Side, Side);

fn key_of(
    [(a, near), (b, far)]: [(usize, Side); 2],
    class: impl Fn(usize) -> Option<usize>,
) -> Option<Key> {
    let nowhere = |side: Side| Side {
        address: None,
        ..side
    };
    Some((class(a)?, class(b)?, nowhere(near), nowhere(far)))
}

const fn flipped((a, b, near, far): Key) -> Key {
    (b, a, far, near)
}

/// How many classes squared times kinds of sessions are looked at: some seconds
/// of work.
const SESSION_BUDGET: usize = 200_000_000;
