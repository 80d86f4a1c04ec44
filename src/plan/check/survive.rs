//! R4 and R5: what is lost without one router, one session, one rack or zone,
//! or any two routers.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use core::net::IpAddr;

use super::View;
use crate::plan::{
    finding::{Cause, Code, Finding},
    terms::{self, Fact},
    twins::{LostClass, Survey},
};

/// The classes between which something is lost.
type Pairs = BTreeSet<(usize, usize)>;

pub(super) fn check(view: &View<'_>, lost: &[LostClass], findings: &mut Vec<Finding>) {
    let before: Pairs = lost.iter().map(|it| it.classes).collect();
    let survey = Survey::new(view.classes, view.checks.rule, view.checks.failures);
    let look = Look {
        view,
        survey: &survey,
        before: &before,
    };
    let single = routers(&look, findings);
    domains(&look, findings);
    sessions(&look, &single, findings);
    if view.checks.failures > 1 {
        pairs_of_routers(&look, &single, findings);
    }
}

struct Look<'a> {
    view: &'a View<'a>,
    survey: &'a Survey<'a>,
    before: &'a Pairs,
}

impl Look<'_> {
    /// What is lost that was not lost before: how many pairs.
    fn without(&self, gone: &BTreeMap<usize, usize>) -> usize {
        let lost = self.survey.lost(gone).into_iter();
        lost.filter(|it| !self.before.contains(&it.classes) && self.view.matters(it.classes))
            .map(|it| it.pairs)
            .sum()
    }
}

/// The classes of which no member may fail.
fn routers(look: &Look<'_>, findings: &mut Vec<Finding>) -> BTreeSet<usize> {
    let view = look.view;
    let mut single = BTreeSet::new();
    for (class, members) in view.classes.members().iter().enumerate() {
        let newly = look.without(&BTreeMap::from([(class, 1)]));
        let Some(&first) = members.first().filter(|_| newly > 0) else {
            continue;
        };
        single.insert(class);
        let of = view.network.routers.get(first);
        let described = of.is_none_or(|it| it.planned.is_some());
        let which = match (members.len(), described) {
            (1, true) => format!("{:?}", view.name(first)),
            (1, false) => format!(
                "the router at {}, which is not described,",
                view.name(first)
            ),
            (count, _) => format!("any of {count} routers like {:?}", view.name(first)),
        };
        let message = format!(
            "{}: without {which}, {newly} more pairs of routers lose each other's routes",
            view.network.family
        );
        let subjects = Vec::from([String::from(view.name(first))]);
        let reflects = view.network.signalling.cluster(first).is_some();
        let in_cluster = of.is_some_and(|it| it.in_cluster);
        let fix = match (in_cluster, reflects) {
            (true, true) => "give each client a second reflector",
            (false, _) => {
                "give each of its neighbours a second session, to another router: two \
                           leaves for a rack, two spines for a leaf"
            }
            (true, false) => "give the routers behind it a second way",
        };
        let finding = Finding::new(Code::SinglePoint, subjects, message).fixed_by(fix);
        findings.push(finding.because(leading_to(view, first)));
    }
    single
}

/// The first few peerings that lead to a router.
fn leading_to(view: &View<'_>, router: usize) -> BTreeSet<Cause> {
    let mut causes = BTreeSet::new();
    let Some(of) = view.network.routers.get(router) else {
        return causes;
    };
    let planned = of.planned.and_then(|at| view.plan.routers.get(at));
    let own = |address: IpAddr| match planned {
        Some(planned) => planned.addresses.iter().any(|it| it.addr == address),
        None => of.name.parse() == Ok(address),
    };
    for other in &view.plan.routers {
        for end in other.ends.iter().filter(|end| own(end.neighbor)) {
            let cause = terms::of_end(view.inventory, other, end, Fact::Neighbor);
            if causes.len() < NAMED {
                causes.insert(cause);
            } else {
                return causes;
            }
        }
    }
    causes
}

/// How many causes are named.
const NAMED: usize = 4;

/// Racks and zones.
fn domains(look: &Look<'_>, findings: &mut Vec<Finding>) {
    let view = look.view;
    for ((kind, name), gone) in view.network.in_domains(view.classes) {
        let routers: usize = gone.values().sum();
        if routers < 2 {
            // One router alone is looked at as such.
            continue;
        }
        let newly = look.without(&gone);
        if newly == 0 {
            continue;
        }
        let message = format!(
            "{}: without {kind} {name:?} ({routers} routers), {newly} more pairs of routers lose \
             each other's routes",
            view.network.family
        );
        let subjects = Vec::from([format!("{kind} {name}")]);
        findings.push(Finding::new(Code::SingleDomain, subjects, message));
    }
}

/// Sessions whose ends may both fail, and which may not.
fn sessions(look: &Look<'_>, single: &BTreeSet<usize>, findings: &mut Vec<Finding>) {
    let view = look.view;
    let few = view.classes.few();
    let mut seen = BTreeSet::new();
    // The originals' counts stand behind the classes themselves.
    let places = view.classes.members().len();
    let mut found: Vec<(usize, usize, usize, usize)> = Vec::new();
    for session in 0..few.sessions() {
        let Some([(a, near), (b, far)]) = few.session(session) else {
            continue;
        };
        let (Some(x), Some(y)) = (view.classes.of(a), view.classes.of(b)) else {
            continue;
        };
        let behind = single.contains(&x.0) || single.contains(&y.0);
        if behind || !seen.insert((x.0, y.0, near.nowhere(), far.nowhere())) {
            continue;
        }
        let class = |at: usize| match at.checked_sub(places) {
            Some(0) => x.0,
            Some(_) => y.0,
            None => at,
        };
        let lost = look.survey.lost_without(session);
        let lost = lost.into_iter().filter(|it| {
            let classes = (class(it.classes.0), class(it.classes.1));
            !look.before.contains(&classes) && view.matters(classes)
        });
        let pairs: usize = lost.map(|it| it.pairs).sum();
        if pairs > 0 {
            found.push((x.1, y.1, pairs, between(view, x.0, y.0)));
        }
    }
    let Some((a, b, pairs, like)) = found.iter().max_by_key(|it| it.2).copied() else {
        return;
    };
    let (a, b) = (view.name(a), view.name(b));
    let more = match found.len() {
        1 => String::new(),
        count => format!(
            "; so it is with {} other kinds of sessions",
            count.saturating_sub(1)
        ),
    };
    let alike = match like {
        0 | 1 => String::new(),
        like => format!(", or any of {like} like it"),
    };
    let message = format!(
        "{}: without the session between {a:?} and {b:?}{alike}, {pairs} pairs of routers lose \
         each other's routes{more}",
        view.network.family
    );
    let subjects = Vec::from([String::from(a), String::from(b)]);
    findings.push(Finding::new(Code::SingleSession, subjects, message));
}

/// How many sessions there are between two classes, or in one: who is alike has
/// the same neighbours.
fn between(view: &View<'_>, a: usize, b: usize) -> usize {
    let count = |class: usize| view.classes.members().get(class).map_or(0, Vec::len);
    let other = if a == b {
        count(b).saturating_sub(1)
    } else {
        count(b)
    };
    let ends = count(a).saturating_mul(other);
    if a == b { ends / 2 } else { ends }
}

/// Two routers at once.
fn pairs_of_routers(look: &Look<'_>, single: &BTreeSet<usize>, findings: &mut Vec<Finding>) {
    let view = look.view;
    let members = view.classes.members();
    let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
    let sessions = u64::try_from(view.classes.few().sessions()).unwrap_or(u64::MAX);
    let work = [count, count, sessions]
        .iter()
        .try_fold(count, |sum, it| sum.checked_mul(*it));
    let family = view.network.family;
    if work.is_none_or(|work| work / 2 > view.checks.thresholds.pair_budget) {
        let message = format!(
            "{family}: failures of any two of {} routers of {count} kinds were not looked at one \
             by one; {}",
            view.network.routers.len(),
            super::cut::bound(view)
        );
        findings.push(Finding::new(Code::DoubleFailure, Vec::new(), message));
        return;
    }
    let mut worst: Option<(usize, usize, usize)> = None;
    let mut bad: u64 = 0;
    for (a, of) in members.iter().enumerate() {
        for b in (a..members.len()).filter(|b| *b != a || of.len() > 1) {
            if single.contains(&a) || single.contains(&b) {
                continue;
            }
            let gone = if a == b {
                BTreeMap::from([(a, 2)])
            } else {
                BTreeMap::from([(a, 1), (b, 1)])
            };
            let newly = look.without(&gone);
            if newly > 0 {
                bad = bad.saturating_add(1);
                if worst.is_none_or(|(.., most)| newly > most) {
                    worst = Some((a, b, newly));
                }
            }
        }
    }
    let Some((a, b, newly)) = worst else {
        return;
    };
    let nth = |class: usize, at: usize| members.get(class).and_then(|of| of.get(at)).copied();
    let (first, second) = (nth(a, 0), nth(b, usize::from(a == b)));
    let name = |router: Option<usize>| String::from(router.map_or("", |it| view.name(it)));
    let (first, second) = (name(first), name(second));
    let message = format!(
        "{family}: any one router may fail; without both {first:?} and {second:?}, {newly} pairs \
         of routers lose each other's routes ({bad} such kinds of pairs)"
    );
    findings.push(Finding::new(
        Code::DoubleFailure,
        Vec::from([first, second]),
        message,
    ));
}
