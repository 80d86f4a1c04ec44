//! Which nodes are to be reflectors.
//!
//! The objective, less being better, is first the number of breaches, then a
//! weighted sum ([`Weights`](super::Weights)):
//!
//! ```text
//! breaches = over kinds of domains: how many racks, zones, ... there are too few,
//!            of min(count, survive + 1 but at least 2, those there are)
//! weighted = stretch  * over clients: cost of the way to the nearest reflector
//!          + together * over domains: reflectors in it beyond the first
//!          + pods     * reflectors that carry pods
//!          + moved    * reflectors there are that are not chosen again
//! ```
//!
//! How many reflectors there are decides the number of sessions and is not the
//! objective's to choose. Pinned nodes are always chosen and forbidden ones
//! never. Nodes that differ in nothing the objective looks at are one class;
//! ways out are tried class by class (branch and bound) while that is a matter
//! of a moment, and then by exchange, beside a bound from Lagrange multipliers
//! on what is possible.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use super::{
    Placement, Requirements, Unfit, Weights,
    distance::{Distances, Place},
    search,
};
use crate::plan::{Inventory, inventory::Node};

/// Reflectors that were chosen, and how good they are.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Choice {
    /// The nodes, by their indices in [`Inventory::nodes`], in order.
    pub reflectors: Vec<usize>,
    /// What the choice comes to.
    pub objective: Objective,
    /// No choice comes to less; equal to `objective` if this is a best one.
    pub bound: Objective,
}

impl Choice {
    /// Whether no choice is better.
    pub fn is_best(&self) -> bool {
        self.objective == self.bound
    }
}

/// How good a choice is: less is better, breaches first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Objective {
    /// Failure domains too few, over all kinds.
    pub breaches: u64,
    /// The weighted sum.
    pub weighted: u64,
}

/// Chooses `count` reflectors among some nodes, given by their indices in
/// [`Inventory::nodes`]. Those that have a cluster id are reflectors already.
///
/// # Errors
/// If there are not enough nodes that may be one, or the requirements name nodes
/// there are not.
///
/// ```
/// use bgpwright::plan::{Mode, generate, strategy::{Requirements, choose}};
///
/// let mut inventory = generate(40, Mode::Mesh);
/// for (at, node) in inventory.nodes.iter_mut().enumerate() {
///     node.domains.insert("rack".into(), if at < 20 { "a".into() } else { "b".into() });
/// }
/// let all: Vec<usize> = (0..40).collect();
/// let choice = choose(&inventory, &all, 2, &Requirements::default())?;
/// assert_eq!(choice.reflectors, [0, 20]);
/// assert!(choice.is_best());
/// # Ok::<(), bgpwright::plan::strategy::Unfit>(())
/// ```
pub fn choose(
    inventory: &Inventory,
    members: &[usize],
    count: usize,
    requirements: &Requirements,
) -> Result<Choice, Unfit> {
    requirements.check(inventory)?;
    let request = Request {
        count,
        placement: Placement::AnyNode,
        place: "the cluster".into(),
        never: &BTreeSet::new(),
        has_role: &|node| node.cluster_id.is_some(),
        pins: true,
    };
    Ok(Field::new(inventory, members, &request, requirements)?.choose())
}

/// What is to be chosen.
pub(super) struct Request<'a> {
    pub(super) count: usize,
    pub(super) placement: Placement,
    /// Where, for messages.
    pub(super) place: String,
    /// Nodes that have another role.
    pub(super) never: &'a BTreeSet<usize>,
    /// Whether a node has the role already.
    pub(super) has_role: &'a dyn Fn(&Node) -> bool,
    /// Whether pinned nodes are to have it.
    pub(super) pins: bool,
}

/// What reflectors are chosen from.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) classes: Vec<Class>,
    pub(super) count: usize,
    /// How many domains of each kind are wanted.
    pub(super) wanted: Vec<usize>,
    /// How many have the role and may keep it.
    pub(super) current: usize,
    pub(super) weights: Weights,
    /// From classes that may be chosen to all: by both numbers.
    pub(super) ways: Option<Vec<Vec<u64>>>,
    /// Whether all ways are known, so that a bound holds for them.
    pub(super) complete: bool,
}

/// Nodes that differ in nothing that counts.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) nodes: Vec<usize>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Kind {
    pub(super) may: May,
    pub(super) current: bool,
    pub(super) pods: bool,
    /// By kind of domain: which.
    pub(super) domains: Vec<Option<usize>>,
    place: Place,
}

/// Whether a node may be chosen.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum May {
    /// It has to be.
    Must,
    /// It may be.
    Open,
    /// It may not.
    Never,
}

impl Field {
    pub(super) fn new(
        inventory: &Inventory,
        members: &[usize],
        request: &Request<'_>,
        requirements: &Requirements,
    ) -> Result<Self, Unfit> {
        let distances = Distances::new(inventory, members);
        let mut names = Names::default();
        let nodes = || members.iter().filter_map(|at| inventory.nodes.get(*at));
        for node in nodes() {
            names.learn(node);
        }
        let mut classes: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
        for &at in members {
            let Some(node) = inventory.nodes.get(at) else {
                continue;
            };
            let place = distances.as_ref().map(|it| it.place(at));
            let known = distances.as_ref().zip(place.as_ref());
            let reachable = known.is_none_or(|(of, place)| of.starts(place));
            let pods = !node.advertised.is_empty() && !requirements.dedicated.contains(&node.name);
            let may = may(node, (at, pods), request, requirements);
            let kind = Kind {
                may: if may == May::Open && !reachable {
                    May::Never
                } else {
                    may
                },
                current: may != May::Never && (request.has_role)(node),
                pods,
                domains: names.of(node),
                place: place.unwrap_or_default(),
            };
            classes.entry(kind).or_default().push(at);
        }
        let classes: Vec<Class> = classes
            .into_iter()
            .map(|(kind, nodes)| Class { nodes, kind })
            .collect();
        let ways = distances.as_ref().map(|it| ways(it, &classes));
        let size = |of: &dyn Fn(&Kind) -> bool| -> usize {
            let of = classes.iter().filter(|it| of(&it.kind));
            of.map(|it| it.nodes.len()).sum()
        };
        let found = size(&|it| it.may != May::Never);
        let must = size(&|it| it.may == May::Must);
        if found < request.count {
            return Err(Unfit::TooFew {
                place: request.place.clone(),
                needed: request.count,
                found,
            });
        }
        Ok(Self {
            // More pinned nodes than asked for are all taken.
            count: request.count.max(must),
            wanted: names.wanted(&classes, request.count, requirements),
            current: size(&|it| it.current),
            weights: requirements.weights,
            ways,
            complete: distances.is_none_or(|it| it.is_complete()),
            classes,
        })
    }

    /// The best choice that is found, and what is known of better ones.
    pub(super) fn choose(&self) -> Choice {
        let (picks, bound) = search::search(self);
        let objective = self.objective(&picks);
        let mut reflectors = Vec::new();
        for (class, count) in &picks {
            let nodes = self.classes.get(*class).map(|it| it.nodes.as_slice());
            reflectors.extend(nodes.unwrap_or_default().iter().take(*count));
        }
        reflectors.sort_unstable();
        Choice {
            reflectors,
            objective,
            bound: bound.min(objective),
        }
    }

    /// What a choice comes to, given as how many of which classes.
    pub(super) fn objective(&self, picks: &Picks) -> Objective {
        let mut breaches: u64 = 0;
        let mut together: u64 = 0;
        for (kind, wanted) in self.wanted.iter().enumerate() {
            let mut of: BTreeMap<usize, u64> = BTreeMap::new();
            for (class, count) in picks {
                if let Some(domain) = self.domain(*class, kind) {
                    let sum = of.entry(domain).or_default();
                    *sum = sum.saturating_add(number(*count));
                }
            }
            let few = wanted.saturating_sub(of.len());
            breaches = breaches.saturating_add(number(few));
            let more = of.values().map(|count| count.saturating_sub(1));
            together = together.saturating_add(more.sum());
        }
        let sum = |of: &dyn Fn(&Kind) -> bool| -> u64 {
            let picks = picks.iter();
            let of = picks.filter(|(it, _)| self.classes.get(**it).is_some_and(|it| of(&it.kind)));
            of.map(|(_, count)| number(*count)).sum()
        };
        let moved = number(self.current).saturating_sub(sum(&|it| it.current));
        let terms = [
            (self.weights.stretch, self.stretch(picks)),
            (self.weights.together, together),
            (self.weights.pods, sum(&|it| it.pods)),
            (self.weights.moved, moved),
        ];
        let terms = terms
            .into_iter()
            .map(|(weight, it)| weight.saturating_mul(it));
        Objective {
            breaches,
            weighted: terms.fold(0, u64::saturating_add),
        }
    }

    /// The domain of one kind that a class is in.
    pub(super) fn domain(&self, class: usize, kind: usize) -> Option<usize> {
        let of = &self.classes.get(class)?.kind.domains;
        of.get(kind).copied().flatten()
    }

    /// What the way from a reflector of one class to a client of another costs.
    pub(super) fn way(&self, reflector: usize, client: usize) -> u64 {
        let ways = self.ways.as_ref().and_then(|it| it.get(reflector));
        ways.and_then(|it| it.get(client)).copied().unwrap_or(0)
    }

    /// Over all clients, the way to the nearest reflector.
    fn stretch(&self, picks: &Picks) -> u64 {
        if self.ways.is_none() || self.weights.stretch == 0 {
            return 0;
        }
        let mut sum: u64 = 0;
        for (client, class) in self.classes.iter().enumerate() {
            let own = picks.get(&client).copied().unwrap_or(0);
            let clients = number(class.nodes.len().saturating_sub(own));
            let nearest = picks.keys().map(|it| self.way(*it, client)).min();
            sum = sum.saturating_add(clients.saturating_mul(nearest.unwrap_or(0)));
        }
        sum
    }
}

/// How many of which classes are chosen.
pub(super) type Picks = BTreeMap<usize, usize>;

fn may(
    node: &Node,
    (at, pods): (usize, bool),
    request: &Request<'_>,
    requirements: &Requirements,
) -> May {
    let addressed = node.ipv4.is_some() || node.ipv6.is_some();
    let placed = match request.placement {
        Placement::AnyNode => true,
        Placement::Dedicated => !pods,
    };
    let never = requirements.forbidden.contains(&node.name) || request.never.contains(&at);
    if never || !addressed {
        May::Never
    } else if request.pins && requirements.pinned.contains(&node.name) {
        May::Must
    } else if placed {
        May::Open
    } else {
        May::Never
    }
}

fn ways(distances: &Distances, classes: &[Class]) -> Vec<Vec<u64>> {
    let row = |from: &Class| {
        if from.kind.may == May::Never {
            return Vec::new();
        }
        let to = classes.iter();
        to.map(|to| distances.between(&from.kind.place, &to.kind.place))
            .collect()
    };
    classes.iter().map(row).collect()
}

/// Numbers of kinds of domains, and of domains.
#[derive(Default)]
struct Names {
    kinds: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Names {
    fn learn(&mut self, node: &Node) {
        for (kind, name) in &node.domains {
            if !self.kinds.contains_key(kind) {
                self.kinds.insert(kind.clone(), BTreeMap::new());
            }
            if let Some(names) = self.kinds.get_mut(kind) {
                let number = names.len();
                if !names.contains_key(name) {
                    names.insert(name.clone(), number);
                }
            }
        }
    }

    fn of(&self, node: &Node) -> Vec<Option<usize>> {
        let kinds = self.kinds.iter();
        kinds
            .map(|(kind, names)| names.get(node.domains.get(kind)?).copied())
            .collect()
    }

    /// How many domains of each kind reflectors are to be in.
    fn wanted(&self, classes: &[Class], count: usize, requirements: &Requirements) -> Vec<usize> {
        let of_kind = |kind: usize| {
            let may = classes.iter().filter(|it| it.kind.may != May::Never);
            let domains = may.filter_map(|it| it.kind.domains.get(kind).copied().flatten());
            let there: BTreeSet<usize> = domains.collect();
            let enough = requirements.survive.saturating_add(1).max(2);
            there.len().min(count).min(enough)
        };
        (0..self.kinds.len()).map(of_kind).collect()
    }
}

pub(super) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
