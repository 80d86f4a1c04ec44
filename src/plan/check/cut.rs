//! How many routers have to fail before two others cannot hear of each other:
//! by disjoint ways, where trying all failures would take too long.

use alloc::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    format,
    string::String,
    vec::Vec,
};

use super::View;
use crate::plan::signalling::{Signalling, Transit};

/// What disjoint ways between routers say of how many failures are survived.
pub(super) fn bound(view: &View<'_>) -> String {
    let few = view.classes.few();
    let mut firsts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut seconds: BTreeMap<usize, usize> = BTreeMap::new();
    for number in 0..few.routers() {
        let Some((class, _)) = view.classes.of(number) else {
            continue;
        };
        match firsts.entry(class) {
            Entry::Vacant(entry) => {
                entry.insert(number);
            }
            Entry::Occupied(_) => {
                seconds.entry(class).or_insert(number);
            }
        }
    }
    let mut least: Option<(usize, usize, usize)> = None;
    for (&a, &from) in &firsts {
        for (&b, &to) in &firsts {
            let to = if a == b {
                seconds.get(&a).copied()
            } else {
                Some(to)
            };
            let Some(to) = to.filter(|_| a <= b && view.matters((a, b))) else {
                continue;
            };
            let ways = disjoint_ways(few, from, to, least.map_or(usize::MAX, |it| it.0));
            let fewer = least.is_none_or(|(most, ..)| ways < most);
            if let (Some(ways), true) = (ways.checked_sub(0), fewer) {
                least = Some((ways, from, to));
            }
        }
    }
    let whole = |number: usize| {
        let whole = view.classes.of(number).map(|(_, whole)| whole);
        String::from(whole.map_or("", |it| view.name(it)))
    };
    match least {
        Some((usize::MAX, ..)) | None => {
            "every pair has a session of its own, so that no failure of others parts it".into()
        }
        Some((ways, a, b)) => format!(
            "the fewest routers that part two others are at most {ways}: between {:?} and {:?} \
             there are {ways} ways with no router in common",
            whole(a),
            whole(b)
        ),
    }
}

/// How many ways over routers that pass routes on have no router in common;
/// [`usize::MAX`] where the two have a session with each other. Looks for no more
/// than `most`. What each reflector passes on to whom is left out of account,
/// so that this bounds the routers that must fail from above.
fn disjoint_ways(of: &Signalling, from: usize, to: usize, most: usize) -> usize {
    let mut neighbors: Vec<Vec<usize>> = Vec::new();
    for router in 0..of.routers() {
        neighbors.push(of.sessions_of(router).map(|it| it.2).collect());
    }
    if neighbors.get(from).is_some_and(|it| it.contains(&to)) {
        return usize::MAX;
    }
    let passes_on = |router: usize| {
        let external = of
            .sessions_of(router)
            .any(|(_, near, _, far)| near.asn != far.asn);
        let own = of.router(router);
        let transit = own.is_some_and(|it| it.transit != Transit::Nothing);
        transit && (external || own.is_some_and(|it| it.cluster.is_some()))
    };
    let able: Vec<bool> = (0..of.routers()).map(passes_on).collect();
    // Flow over routers split in two: what comes in, and what goes out.
    let mut next: BTreeMap<usize, usize> = BTreeMap::new();
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut ways = 0_usize;
    while ways < most {
        let Some(way) = augmenting(&neighbors, &able, (from, to), &before) else {
            break;
        };
        apply(&way, &mut next, &mut before);
        ways = ways.saturating_add(1);
    }
    ways
}

/// A place on the search: a router, and whether we came to it against the flow
/// that goes through it.
type Place = (usize, bool);

/// A way that adds one: over unused routers, or backwards along used ones.
fn augmenting(
    neighbors: &[Vec<usize>],
    able: &[bool],
    (from, to): (usize, usize),
    before: &BTreeMap<usize, usize>,
) -> Option<Vec<Place>> {
    let start = (from, false);
    let mut came: BTreeMap<Place, Place> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(place) = open.pop_front() {
        let (router, backwards) = place;
        let used = before.contains_key(&router);
        let mut steps: Vec<Place> = Vec::new();
        if used {
            // A used router is left by the way its flow came from.
            let previous = before.get(&router).copied();
            steps.extend(previous.filter(|it| *it != from).map(|it| (it, true)));
        }
        if !used || backwards {
            let around = neighbors.get(router).map(Vec::as_slice).unwrap_or_default();
            steps.extend(around.iter().map(|it| (*it, false)));
        }
        for step in steps {
            let (at, back) = step;
            let allowed = at == to || (at != from && able.get(at) == Some(&true));
            let along = before.get(&at) == Some(&router) && !back;
            if !allowed || along || came.contains_key(&step) {
                continue;
            }
            came.insert(step, place);
            if at == to {
                let mut way = Vec::from([step]);
                let mut last = step;
                while let Some(&previous) = came.get(&last).filter(|_| last != start) {
                    way.push(previous);
                    last = previous;
                }
                way.reverse();
                return Some(way);
            }
            open.push_back(step);
        }
    }
    None
}

/// Adds a way to the flow; where it goes against it, both cancel out.
fn apply(way: &[Place], next: &mut BTreeMap<usize, usize>, before: &mut BTreeMap<usize, usize>) {
    let last = way.len().saturating_sub(1);
    let mut removed: Vec<(usize, usize)> = Vec::new();
    let mut added: Vec<(usize, usize)> = Vec::new();
    for pair in way.windows(2) {
        if let [(a, _), (b, back)] = *pair {
            if back {
                removed.push((b, a));
            } else {
                added.push((a, b));
            }
        }
    }
    for (a, b) in removed {
        if next.get(&a) == Some(&b) {
            next.remove(&a);
        }
        if before.get(&b) == Some(&a) {
            before.remove(&b);
        }
    }
    let end = way.get(last).map(|it| it.0);
    for (a, b) in added {
        next.insert(a, b);
        if Some(b) != end {
            before.insert(b, a);
        }
    }
}
