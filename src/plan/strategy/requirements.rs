//! What is asked of a topology.

use alloc::{collections::BTreeSet, string::String};

use super::Unfit;
use crate::plan::{Inventory, check::Thresholds};

/// What is asked of a topology, and what counts when several do.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Requirements {
    /// Routers that may fail at once; 1 by default. Where there are enough racks
    /// and zones, as many of these too.
    pub survive: usize,
    /// Reflectors that may be away on purpose at the same time; none by default.
    /// With one, a client has three (calico#9259).
    pub maintenance: usize,
    /// Nodes that are to be reflectors.
    pub pinned: BTreeSet<String>,
    /// Nodes that must not be reflectors.
    pub forbidden: BTreeSet<String>,
    /// Nodes that carry no pods of their own, beside those that announce nothing.
    pub dedicated: BTreeSet<String>,
    /// Whether the nodes' routes are to get to routers outside. `None`: if the
    /// inventory knows any.
    pub outside: Option<bool>,
    /// The most clients of one reflector; `None` for what
    /// [`Thresholds::reflector_sessions`] leaves.
    pub max_clients: Option<usize>,
    /// The most sessions of a node that is no reflector; `None` for any number.
    pub max_sessions: Option<u64>,
    /// From where on numbers are worth a finding.
    pub thresholds: Thresholds,
    /// What counts when reflectors are chosen.
    pub weights: Weights,
    /// What a path and a session take.
    pub costs: Costs,
}

impl Default for Requirements {
    fn default() -> Self {
        Self {
            survive: 1,
            maintenance: 0,
            pinned: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            dedicated: BTreeSet::new(),
            outside: None,
            max_clients: None,
            max_sessions: None,
            thresholds: Thresholds::default(),
            weights: Weights::default(),
            costs: Costs::default(),
        }
    }
}

impl Requirements {
    /// How many reflectors a client needs.
    pub const fn reflectors(&self) -> usize {
        self.survive
            .saturating_add(self.maintenance)
            .saturating_add(1)
    }

    /// Whether routers outside are to learn the nodes' routes.
    pub fn wants_outside(&self, inventory: &Inventory) -> bool {
        self.outside.unwrap_or(!inventory.routers.is_empty())
    }

    /// The most clients that one reflector takes, with as many reflectors beside
    /// it.
    pub(super) fn clients_of_one(&self, beside: usize) -> usize {
        let usual = self.thresholds.reflector_sessions.saturating_sub(beside);
        self.max_clients.unwrap_or(usual).max(1)
    }

    /// Looks for names that no node has, and for contradictions.
    pub(super) fn check(&self, inventory: &Inventory) -> Result<(), Unfit> {
        let lists = [
            ("pinned", &self.pinned),
            ("forbidden", &self.forbidden),
            ("dedicated", &self.dedicated),
        ];
        if lists.iter().all(|(_, names)| names.is_empty()) {
            return Ok(());
        }
        let known: BTreeSet<&str> = inventory.nodes.iter().map(|it| it.name.as_str()).collect();
        for (list, names) in lists {
            if let Some(name) = names.iter().find(|it| !known.contains(it.as_str())) {
                let name = name.clone();
                return Err(Unfit::UnknownNode { list, name });
            }
        }
        match self.pinned.intersection(&self.forbidden).next() {
            Some(name) => Err(Unfit::Contradiction { name: name.clone() }),
            None => Ok(()),
        }
    }
}

/// What counts when reflectors are chosen: the objective is the sum of these,
/// each times how often it is met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Weights {
    /// One unit of a link's cost between a client and its nearest reflector.
    pub stretch: u64,
    /// One more reflector in a rack or zone that has one already; 1,000.
    pub together: u64,
    /// A reflector that carries pods; 100.
    pub pods: u64,
    /// A reflector that was one and is none any more; 1,000,000, so that roles
    /// stay where they are unless something demands it.
    pub moved: u64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            stretch: 1,
            together: 1_000,
            pods: 100,
            moved: 1_000_000,
        }
    }
}

/// What paths and sessions take of a node's memory, in octets. The defaults are
/// what BIRD 2.0.12 took as a reflector of 100 clients and with 500 idle sessions
/// (`benches/README.md`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Costs {
    /// A path held; 273.
    pub path: u64,
    /// A session; 14,746.
    pub session: u64,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            path: 273,
            session: 14_746,
        }
    }
}
