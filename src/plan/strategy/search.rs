//! The search for the best choice: one reflector after another and exchanges,
//! a bound, and all ways out where there are few.

use alloc::{vec, vec::Vec};

use super::choose::{Field, May, Objective, Picks, number};

/// A choice, and what no choice is better than.
pub(super) fn search(field: &Field) -> (Picks, Objective) {
    let mut best = greedy(field);
    exchange(field, &mut best);
    let mut tree = Tree::new(field, &best);
    let start = tree.start();
    tree.grow(&start, 0);
    let proven = tree.left > 0 && field.complete;
    let (picks, objective) = (tree.best.clone(), tree.objective);
    if proven {
        return (picks, objective);
    }
    let weighted = relaxed(field, objective.weighted);
    let bound = Objective {
        breaches: tree.fewest_breaches(&start.picks, field.count),
        weighted,
    };
    (picks, bound)
}

fn may_pick(field: &Field, picks: &Picks, class: usize) -> bool {
    let Some(of) = field.classes.get(class) else {
        return false;
    };
    let taken = picks.get(&class).copied().unwrap_or(0);
    of.kind.may != May::Never && taken < of.nodes.len()
}

fn add(picks: &mut Picks, class: usize) {
    let count = picks.entry(class).or_default();
    *count = count.saturating_add(1);
}

fn remove(picks: &mut Picks, class: usize) {
    if let Some(count) = picks.get_mut(&class) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            picks.remove(&class);
        }
    }
}

/// Those that have to be chosen.
fn pinned(field: &Field) -> Picks {
    let classes = field.classes.iter().enumerate();
    let pinned = classes.filter(|(_, it)| it.kind.may == May::Must);
    pinned.map(|(at, it)| (at, it.nodes.len())).collect()
}

/// One after another, each the best at its time.
fn greedy(field: &Field) -> Picks {
    let mut picks = pinned(field);
    while picks.values().sum::<usize>() < field.count {
        let mut found: Option<(Objective, usize)> = None;
        for class in 0..field.classes.len() {
            if !may_pick(field, &picks, class) {
                continue;
            }
            let mut with = picks.clone();
            add(&mut with, class);
            let objective = field.objective(&with);
            if found.is_none_or(|(best, _)| objective < best) {
                found = Some((objective, class));
            }
        }
        let Some((_, class)) = found else { break };
        add(&mut picks, class);
    }
    picks
}

/// One for another, as long as that makes it better.
fn exchange(field: &Field, picks: &mut Picks) {
    let must = pinned(field);
    let mut objective = field.objective(picks);
    for _ in 0..ROUNDS {
        let mut found: Option<(Objective, usize, usize)> = None;
        for out in picks.keys().copied() {
            let kept = must.get(&out).copied().unwrap_or(0);
            if picks.get(&out).is_none_or(|count| *count <= kept) {
                continue;
            }
            let mut without = picks.clone();
            remove(&mut without, out);
            for class in 0..field.classes.len() {
                if class == out || !may_pick(field, &without, class) {
                    continue;
                }
                let mut with = without.clone();
                add(&mut with, class);
                let changed = field.objective(&with);
                let least = found.map_or(objective, |it| it.0);
                if changed < least {
                    found = Some((changed, out, class));
                }
            }
        }
        let Some((changed, out, class)) = found else {
            return;
        };
        remove(picks, out);
        add(picks, class);
        objective = changed;
    }
}

/// All choices but for those that cannot be better, class by class.
struct Tree<'a> {
    field: &'a Field,
    /// The classes that may be chosen, and from each on: how many nodes carry
    /// no pods, and how many have the role.
    order: Vec<usize>,
    free: Vec<u64>,
    current: Vec<u64>,
    /// From each class on, the way to each client from the nearest.
    nearest: Vec<Vec<u64>>,
    best: Picks,
    objective: Objective,
    /// How much may still be looked at.
    left: u64,
}

/// A part of a choice.
struct Partial {
    picks: Picks,
    count: usize,
}

impl<'a> Tree<'a> {
    fn new(field: &'a Field, best: &Picks) -> Self {
        let may = |class: &usize| {
            let of = field.classes.get(*class);
            of.is_some_and(|it| it.kind.may == May::Open)
        };
        let order: Vec<usize> = (0..field.classes.len()).filter(may).collect();
        let small = order.len().saturating_mul(field.classes.len()) <= LARGEST;
        let tracks_ways = field.ways.is_some() && small;
        let mut free: Vec<u64> = vec![0; order.len().saturating_add(1)];
        let mut current = free.clone();
        let mut nearest = Vec::new();
        if tracks_ways {
            nearest = vec![vec![u64::MAX; field.classes.len()]; order.len().saturating_add(1)];
        }
        for (at, &class) in order.iter().enumerate().rev() {
            let after = at.saturating_add(1);
            let Some(of) = field.classes.get(class) else {
                continue;
            };
            let nodes = number(of.nodes.len());
            let sums = [(&mut free, !of.kind.pods), (&mut current, of.kind.current)];
            for (sums, counts) in sums {
                let sum = sums.get(after).copied().unwrap_or(0);
                if let Some(own) = sums.get_mut(at) {
                    *own = sum.saturating_add(if counts { nodes } else { 0 });
                }
            }
            if tracks_ways {
                let mut ways = nearest.get(after).cloned().unwrap_or_default();
                for (client, way) in ways.iter_mut().enumerate() {
                    let own = if client == class {
                        0
                    } else {
                        field.way(class, client)
                    };
                    *way = own.min(*way);
                }
                if let Some(own) = nearest.get_mut(at) {
                    *own = ways;
                }
            }
        }
        let left = if field.ways.is_some() && !small {
            0
        } else {
            WORK
        };
        Self {
            field,
            order,
            free,
            current,
            nearest,
            best: best.clone(),
            objective: field.objective(best),
            left,
        }
    }

    fn start(&self) -> Partial {
        let picks = pinned(self.field);
        let count = picks.values().sum();
        Partial { picks, count }
    }

    /// Looks at all that can be made of a part with classes from `from` on.
    fn grow(&mut self, part: &Partial, from: usize) {
        if part.count >= self.field.count {
            let objective = self.field.objective(&part.picks);
            if objective < self.objective {
                self.objective = objective;
                self.best.clone_from(&part.picks);
            }
            return;
        }
        for at in from..self.order.len() {
            let Some(&class) = self.order.get(at) else {
                return;
            };
            let work = number(self.field.classes.len()).saturating_mul(
                u64::from(self.field.ways.is_some()).saturating_mul(number(part.count.max(1))),
            );
            self.left = self.left.saturating_sub(work.saturating_add(8));
            // What is left from here on only gets worse.
            if self.left == 0 || self.bound(part, at) >= self.objective {
                return;
            }
            if !may_pick(self.field, &part.picks, class) {
                continue;
            }
            let mut picks = part.picks.clone();
            add(&mut picks, class);
            let with = Partial {
                picks,
                count: part.count.saturating_add(1),
            };
            self.grow(&with, at);
        }
    }

    /// What no choice is better than that has a part, and the rest from a class
    /// on.
    fn bound(&self, part: &Partial, from: usize) -> Objective {
        let field = self.field;
        let rest = number(field.count.saturating_sub(part.count));
        // So far, with the ways and the roles not counted.
        let has = |kind: &dyn Fn(&super::choose::Kind) -> bool| -> u64 {
            let picks = part.picks.iter();
            let of = picks.filter(|(it, _)| {
                let class = field.classes.get(**it);
                class.is_some_and(|it| kind(&it.kind))
            });
            of.map(|(_, count)| number(*count)).sum()
        };
        let at = |sums: &Vec<u64>| sums.get(from).copied().unwrap_or(0);
        let pods = has(&|it| it.pods).saturating_add(rest.saturating_sub(at(&self.free)));
        let kept = has(&|it| it.current).saturating_add(rest.min(at(&self.current)));
        let moved = number(field.current).saturating_sub(kept);
        let terms = [
            (field.weights.together, self.together(&part.picks)),
            (field.weights.pods, pods),
            (field.weights.moved, moved),
            (field.weights.stretch, self.stretch(&part.picks, from)),
        ];
        let terms = terms
            .into_iter()
            .map(|(weight, it)| weight.saturating_mul(it));
        Objective {
            breaches: self.fewest_breaches(&part.picks, field.count.saturating_sub(part.count)),
            weighted: terms.fold(0, u64::saturating_add),
        }
    }

    /// Breaches that `rest` more cannot mend.
    fn fewest_breaches(&self, picks: &Picks, rest: usize) -> u64 {
        let wanted = self.field.wanted.iter().enumerate();
        wanted
            .map(|(kind, wanted)| {
                let found = self.domains(picks, kind).len();
                number(wanted.saturating_sub(found).saturating_sub(rest))
            })
            .sum()
    }

    fn domains(&self, picks: &Picks, kind: usize) -> alloc::collections::BTreeSet<usize> {
        let domains = picks.keys().filter_map(|it| self.field.domain(*it, kind));
        domains.collect()
    }

    /// Those in one domain beyond the first; more do not make it less.
    fn together(&self, picks: &Picks) -> u64 {
        let kinds = 0..self.field.wanted.len();
        kinds
            .map(|kind| {
                let placed = picks.iter();
                let placed = placed.filter(|(it, _)| self.field.domain(**it, kind).is_some());
                let placed: usize = placed.map(|(_, count)| *count).sum();
                number(placed.saturating_sub(self.domains(picks, kind).len()))
            })
            .sum()
    }

    fn stretch(&self, picks: &Picks, from: usize) -> u64 {
        let Some(nearest) = self.nearest.get(from) else {
            return 0;
        };
        let mut sum: u64 = 0;
        for (client, class) in self.field.classes.iter().enumerate() {
            let own = picks.get(&client).copied().unwrap_or(0);
            let clients = number(class.nodes.len().saturating_sub(own));
            let ways = picks.keys().map(|it| self.field.way(*it, client));
            let later = nearest.get(client).copied().unwrap_or(0);
            let way = ways.min().map_or(later, |it| it.min(later));
            sum = sum.saturating_add(clients.saturating_mul(way));
        }
        sum
    }
}

/// What no choice weighs less than: each client buys its way for a price, and
/// prices are raised and lowered until the sum no longer grows (Lagrange
/// multipliers for the rule that each client has one nearest reflector).
fn relaxed(field: &Field, best: u64) -> u64 {
    let fixed = fixed(field);
    if field.ways.is_none() || !field.complete || field.weights.stretch == 0 {
        return fixed;
    }
    let may: Vec<usize> = (0..field.classes.len())
        .filter(|it| may_pick(field, &Picks::new(), *it))
        .collect();
    let mut prices: Vec<i128> = (0..field.classes.len())
        .map(|client| {
            let ways = may.iter().map(|it| fine(field.way(*it, client)));
            ways.min().unwrap_or(0)
        })
        .collect();
    let weight = i128::from(field.weights.stretch);
    let aim = fine(best.saturating_sub(fixed)) / weight.max(1);
    let (mut found, mut still, mut pace): (i128, u32, i128) = (0, 0, 1);
    for _ in 0..PRICE_ROUNDS {
        let (sum, bought) = prices_sum(field, &may, &prices);
        still = if sum > found {
            0
        } else {
            still.saturating_add(1)
        };
        found = found.max(sum);
        let off = bought.iter().map(|it| it.saturating_mul(*it));
        let off: i128 = off.fold(0, i128::saturating_add);
        if off == 0 {
            break;
        }
        if still >= PATIENCE {
            still = 0;
            pace = pace.saturating_mul(2);
        }
        let short = aim.saturating_sub(sum).max(1).saturating_mul(2);
        for (price, off_by) in prices.iter_mut().zip(&bought) {
            let step = short.saturating_mul(*off_by) / off.saturating_mul(pace);
            *price = price.saturating_add(step).max(0);
        }
    }
    let weighted = found.saturating_mul(weight) / SCALE;
    let weighted = u64::try_from(weighted).unwrap_or(0);
    weighted.saturating_add(fixed).min(best)
}

/// In parts, so that steps need not be whole.
fn fine(way: u64) -> i128 {
    i128::from(way).saturating_mul(SCALE)
}

/// The sum at some prices, and how many more clients of each class would have
/// to be served.
fn prices_sum(field: &Field, may: &[usize], prices: &[i128]) -> (i128, Vec<i128>) {
    let price = |client: usize| prices.get(client).copied().unwrap_or(0);
    let size = |class: usize| {
        let size = field.classes.get(class).map_or(0, |it| it.nodes.len());
        i128::try_from(size).unwrap_or(i128::MAX)
    };
    let mut all: i128 = 0;
    for client in 0..field.classes.len() {
        all = all.saturating_add(price(client).saturating_mul(size(client)));
    }
    let mut gains: Vec<(i128, usize)> = Vec::new();
    for &class in may {
        let mut gain: i128 = 0;
        for client in 0..field.classes.len() {
            let own = i128::from(client == class);
            let way = fine(field.way(class, client));
            let each = way.saturating_sub(price(client)).min(0);
            let others = size(client).saturating_sub(own);
            gain = gain.saturating_add(each.saturating_mul(others));
            // To itself the way is free.
            gain = gain.saturating_sub(own.saturating_mul(price(client)));
        }
        gains.push((gain, class));
    }
    gains.sort_unstable();
    let mut bought: Vec<i128> = (0..field.classes.len()).map(size).collect();
    let mut left = field.count;
    for (gain, class) in gains {
        let nodes = field.classes.get(class).map_or(0, |it| it.nodes.len());
        let taken = nodes.min(left);
        left = left.saturating_sub(taken);
        let taken = i128::try_from(taken).unwrap_or(0);
        all = all.saturating_add(gain.saturating_mul(taken));
        for (client, bought) in bought.iter_mut().enumerate() {
            let own = i128::from(client == class);
            if fine(field.way(class, client)) < price(client) {
                let others = size(client).saturating_sub(own).saturating_mul(taken);
                *bought = bought.saturating_sub(others);
            }
            *bought = bought.saturating_sub(own.saturating_mul(taken));
        }
        if left == 0 {
            break;
        }
    }
    (all, bought)
}

/// What no choice weighs less than, the ways aside.
fn fixed(field: &Field) -> u64 {
    let count = |of: &dyn Fn(&super::choose::Kind) -> bool| -> u64 {
        let may = field.classes.iter();
        let may = may.filter(|it| it.kind.may != May::Never && of(&it.kind));
        may.map(|it| number(it.nodes.len())).sum()
    };
    let wanted = number(field.count);
    let pods = wanted.saturating_sub(count(&|it| !it.pods));
    let moved = number(field.current).saturating_sub(wanted.min(number(field.current)));
    let pods = field.weights.pods.saturating_mul(pods);
    pods.saturating_add(field.weights.moved.saturating_mul(moved))
}

const ROUNDS: usize = 200;
const PRICE_ROUNDS: usize = 200;
/// After how many rounds without a gain steps are halved.
const PATIENCE: u32 = 8;
const SCALE: i128 = 1 << 12;
/// How many steps the search of all ways out may take.
const WORK: u64 = 20_000_000;
/// The largest table of ways that is kept from each class on.
const LARGEST: usize = 400_000;
