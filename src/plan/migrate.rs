//! From a running plan to another in steps that lose no route.
//!
//! Each step is one change of resources (edits of an [`Inventory`]), followed by
//! a gate: sessions that must be up before the next. Nodes take a step up in any
//! order and at any time, so a step is proven in every mixture of routers that
//! have and have not taken it up: all of them where few change, and otherwise
//! each kind of router not at all, by one, by all but one, and as a whole.
//! Routers that are alike in both plans are looked at as three of each kind.
//!
//! What is compared is who learns whose routes, by both readings of RFC 4456.
//! Sessions that restart, or that go so that another with the same neighbour can
//! come (calico#3819), are away for some seconds: what that alone would lose is
//! a reason to empty the node first, which a step says; where other nodes would
//! lose something, it is an unavoidable [`Loss`].
//!
//! ```
//! use bgpwright::plan::{Mode, generate, steps_to};
//!
//! let mesh = generate(5, Mode::Mesh);
//! let reflectors = generate(5, Mode::Rr);
//! let migration = steps_to(&mesh, &reflectors);
//! assert!(migration.unavoidable.is_empty());
//! let titles: Vec<_> = migration.steps.iter().map(|step| step.title.as_str()).collect();
//! assert_eq!(titles[0], "add the peering \"to-reflectors\"");
//! assert_eq!(titles.last(), Some(&"switch the full mesh off"));
//! ```

mod edit;
mod few;
mod help;
mod order;
mod proof;
mod search;
mod unit;

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::net::IpAddr;

use super::{
    inventory::Inventory,
    reconcile::{ChangeCounts, Effect, Reconcile},
};
pub use edit::{Edit, edits_between};
use few::Few;
use proof::{Badness, Look, Proof, Required};
use search::Search;

/// How to get from one plan to another.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Migration {
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What is lost on the way however it is done.
    pub unavoidable: Vec<Loss>,
    /// Pairs of routers between which the plan that is wanted loses routes
    /// itself: those that originate, and those that no longer learn it.
    pub lost_in_the_end: Vec<(String, String)>,
}

/// One step.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Step {
    /// What is done, in a few words.
    pub title: String,
    /// Nodes to empty before (cordon and drain), and to use again after: their
    /// own sessions restart.
    pub drain: Vec<String>,
    /// Sessions between ASes that go or restart, as a router and its neighbour's
    /// address: routes over them are told with GRACEFUL_SHUTDOWN first
    /// (RFC 8326), so that others are taken in time. The first few of many.
    pub graceful_shutdown: Vec<(String, IpAddr)>,
    /// The changes to apply, all at once.
    pub edits: Vec<Edit>,
    /// What to wait for before the next step.
    pub gate: Gate,
    /// The changes that undo it.
    pub rollback: Vec<Edit>,
    /// How many session ends it changes.
    pub changes: ChangeCounts,
    /// In how many mixtures of routers it was looked at, and whether these were
    /// all there are.
    pub mixtures: usize,
    /// Whether every mixture was looked at.
    pub exhaustive: bool,
}

/// What has to be so before the next step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Gate {
    /// Sessions that have to be up: a router and its neighbour's address; the
    /// first few of many.
    pub established: Vec<(String, IpAddr)>,
    /// How many these are in all.
    pub sessions: u64,
    /// Whether every router has to have the prefixes from its new sessions that
    /// it has from those that go next.
    pub same_prefixes: bool,
}

/// Something that is lost on the way.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Loss {
    /// At which step, counted from 0.
    pub step: usize,
    /// One of those whose routes are lost.
    pub from: String,
    /// One of those that lose them.
    pub to: String,
    /// How many pairs of routers that are, where routers that are alike count
    /// as at most three.
    pub pairs: usize,
    /// For how long, in seconds: sessions that restart come back. `None`: until
    /// every router has taken the step up, or until a later one.
    pub seconds: Option<u32>,
    /// Why there is no way around it.
    pub why: String,
}

/// Steps from one inventory to another.
pub fn steps_to(from: &Inventory, to: &Inventory) -> Migration {
    let start = around(from, to);
    let few = Few::new(&start, to);
    let (small, target) = (few.of(&start), few.of(to));
    let required = Required::new(&small, &target);
    let search = Search {
        few: &few,
        start: &small,
        target: &target,
        required: &required,
    };
    let mut units = order::units(&start, to);
    let mut best = search.order(&units);
    if best.badness > Badness::default() {
        for way in help::ways(&start, to, &few, &units) {
            let order = search.order(&way);
            if order.badness < best.badness {
                (units, best) = (way, order);
            }
        }
    }
    let mut migration = Migration {
        steps: Vec::new(),
        unavoidable: Vec::new(),
        lost_in_the_end: required.lost_in_the_end(&small, &target),
    };
    let mut whole = start;
    for (at, proof) in best.taken {
        let Some(unit) = units.get(at) else { continue };
        let edits = unit.edits(&whole, to);
        migration.take(&mut whole, (unit.title.clone(), edits), (&proof, &few));
    }
    migration
}

/// What an order of one's own comes to: each step with its title and its
/// changes, looked at like those of [`steps_to`]. What it loses is in
/// [`Migration::unavoidable`], though another order may avoid it.
///
/// ```
/// use bgpwright::plan::{Mode, edits_between, generate, prove};
///
/// // All at once, as `kubectl apply` of everything does it.
/// let (mesh, reflectors) = (generate(5, Mode::Mesh), generate(5, Mode::Rr));
/// let at_once = edits_between(&mesh, &reflectors);
/// let proof = prove(&mesh, [("apply everything".into(), at_once)]);
/// assert!(!proof.unavoidable.is_empty());
/// ```
pub fn prove(from: &Inventory, steps: impl IntoIterator<Item = (String, Vec<Edit>)>) -> Migration {
    let steps: Vec<(String, Vec<Edit>)> = steps.into_iter().collect();
    let mut to = from.clone();
    for edit in steps.iter().flat_map(|(_, edits)| edits) {
        edit.apply(&mut to);
    }
    let few = Few::new(from, &to);
    let (mut small, target) = (few.of(from), few.of(&to));
    let required = Required::new(&small, &target);
    let mut migration = Migration {
        steps: Vec::new(),
        unavoidable: Vec::new(),
        lost_in_the_end: required.lost_in_the_end(&small, &target),
    };
    let mut whole = from.clone();
    for (title, edits) in steps {
        let before = small.clone();
        for edit in &edits {
            few.apply(edit, &mut small);
        }
        let subjects = search::subjects(&before, &edits);
        let proof = Proof::new((&before, &small), &subjects, &required, Look::Whole);
        migration.take(&mut whole, (title, edits), (&proof, &few));
    }
    migration
}

/// The running plan in the world that is wanted: only its own resources are
/// changed.
fn around(from: &Inventory, to: &Inventory) -> Inventory {
    let mut start = from.clone();
    start.underlay = to.underlay;
    start.dialect = to.dialect;
    start.links.clone_from(&to.links);
    start
}

impl Migration {
    /// Adds a step and carries it out, unless earlier ones have done it.
    fn take(
        &mut self,
        now: &mut Inventory,
        (title, edits): (String, Vec<Edit>),
        (proof, few): (&Proof, &Few),
    ) {
        let before = now.clone();
        let mut rollback: Vec<Edit> = Vec::new();
        for edit in &edits {
            rollback.push(edit.undo(now));
            edit.apply(now);
        }
        rollback.reverse();
        if *now == before {
            return;
        }
        let number = self.steps.len();
        self.unavoidable.extend(proof.losses(number, &title));
        let mut step = step((&before, now), title, (edits, rollback), proof);
        // Those that were not looked at are like those that were.
        let unseen = |name: &str| !few.keeps(name);
        let nodes = step.edits.iter().filter_map(Edit::node);
        if !step.drain.is_empty() && nodes.clone().any(unseen) {
            step.drain = nodes.map(Into::into).collect();
        }
        self.steps.push(step);
    }
}

fn step(
    (before, after): (&Inventory, &Inventory),
    title: String,
    (edits, rollback): (Vec<Edit>, Vec<Edit>),
    proof: &Proof,
) -> Step {
    let reconcile = Reconcile::new(before, after);
    let of = reconcile.counted();
    let changes = of.counts;
    let mut gate = Gate {
        sessions: changes.added.saturating_add(changes.reset),
        same_prefixes: edits.iter().any(Edit::adds_sessions),
        ..Gate::default()
    };
    let external = of.external.iter();
    let mut graceful_shutdown: Vec<(String, IpAddr)> = external
        .take(NAMED)
        .map(|(name, neighbor)| ((*name).into(), *neighbor))
        .collect();
    // A mesh of one AS has no such sessions, and may have millions of others.
    let mixed = before.mesh.enabled && {
        let ases = before.nodes.iter().map(|it| before.as_of(it));
        ases.collect::<BTreeSet<_>>().len() > 1
    };
    for name in of.changed {
        let named = u64::try_from(gate.established.len()).unwrap_or(u64::MAX);
        let full = gate.established.len() >= NAMED || named >= gate.sessions;
        if full && (!mixed || graceful_shutdown.len() >= NAMED) {
            break;
        }
        for change in reconcile.of_node(name) {
            let comes = matches!(change.effect, Effect::Added | Effect::Reset);
            if comes && gate.established.len() < NAMED {
                gate.established.push((name.into(), change.neighbor));
            }
            let goes = matches!(change.effect, Effect::Removed | Effect::Reset);
            let of_mesh = mixed && change.protocol.starts_with("Mesh_");
            if goes && of_mesh && change.external && graceful_shutdown.len() < NAMED {
                graceful_shutdown.push((name.into(), change.neighbor));
            }
        }
    }
    Step {
        title,
        drain: proof.drain.iter().cloned().collect(),
        graceful_shutdown,
        edits,
        gate,
        rollback,
        changes,
        mixtures: proof.mixtures,
        exhaustive: proof.exhaustive,
    }
}

/// How many sessions of a gate are named.
const NAMED: usize = 100;

/// Seconds until a session that restarts is back: BIRD's delay of 2 s, as
/// Calico sets it, and as much again for the exchange.
const BLINK: u32 = 5;

impl core::fmt::Display for Loss {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let long = match self.seconds {
            Some(seconds) => format!("for about {seconds} s"),
            None => String::from("until every router has it, or a later step helps"),
        };
        write!(
            f,
            "step {}: {:?} loses the routes of {:?} {long} ({} pairs): {}",
            self.step.saturating_add(1),
            self.to,
            self.from,
            self.pairs,
            self.why
        )
    }
}
