//! A RIB to look at: nothing here copies a table.

use alloc::{boxed::Box, vec::Vec};

use crate::{
    rib::{
        Candidate, Change, DecisionConfig, Marks, NetId, Path, Rib, Route, RouteSource, Step,
        TableId,
        decision::{eliminate, is_equal_cost},
        net::Name,
        route::Refusal,
        store::{SetId, Traits},
        table::{Entry, Slot, Table},
    },
    types::{Family, Prefix},
    wire::{
        attribute::AttributeSet,
        nlri::{Destination, PathId},
    },
};

/// What became of one path in the decision.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Outcome {
    /// It is the best route.
    Best,
    /// It lost to the best one at this step.
    Lost(Step),
    /// It was not in the running.
    Refused(Refusal),
    /// It was not in the running: its next hop cannot be reached
    /// (RFC 4271 §9.1.2.1).
    Unresolved,
}

/// A path, and why it is the best or is not.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Explained<'a> {
    /// The path.
    pub path: Path<'a>,
    /// What became of it.
    pub outcome: Outcome,
}

/// The best path, as those see it who tell of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) set: SetId,
    /// The source's place; see [`Rib::source_at`].
    pub(crate) source: u32,
    /// Unlike those of all other paths to the destination.
    pub(crate) slot: u32,
}

impl Rib {
    /// The best route to a prefix.
    pub fn best(&self, prefix: Prefix) -> Option<Route<'_>> {
        let (table, net) = self.find(prefix)?;
        self.route(table, net, prefix)
    }

    /// The Loc-RIB of a unicast or multicast family, in the table's order: that
    /// in which destinations came to be known, removed ones' places given to
    /// later ones.
    pub fn routes_of(&self, family: Family) -> impl Iterator<Item = Route<'_>> {
        let table = self.find_table(family);
        table
            .into_iter()
            .flat_map(move |table| self.routes_in(table))
    }

    /// The Loc-RIBs of IPv4 and IPv6 unicast.
    pub fn routes(&self) -> impl Iterator<Item = Route<'_>> {
        [Family::IPV4_UNICAST, Family::IPV6_UNICAST]
            .into_iter()
            .flat_map(|family| self.routes_of(family))
    }

    fn routes_in(&self, table: TableId) -> impl Iterator<Item = Route<'_>> {
        let of = self.tables.get(table.index());
        of.into_iter().flat_map(move |of| {
            nets(of).filter_map(move |net| {
                of.entry(net)?.best()?;
                self.route(table, net, of.names.prefix(net)?)
            })
        })
    }

    /// Every path to a prefix, the best first.
    pub fn paths(&self, prefix: Prefix) -> impl Iterator<Item = Path<'_>> {
        let found = self.find(prefix);
        found
            .into_iter()
            .flat_map(|(table, net)| self.paths_to(table, net))
    }

    /// Every path to a destination of any family, the best first.
    pub fn paths_any(
        &self,
        family: Family,
        destination: &Destination,
    ) -> impl Iterator<Item = Path<'_>> {
        let found = self.find_any(family, destination);
        found
            .into_iter()
            .flat_map(|(table, net)| self.paths_to(table, net))
    }

    /// Every destination of a family that has paths, in the table's order, and
    /// whether there is a best one among them.
    pub fn destinations(&self, family: Family) -> impl Iterator<Item = (Destination, bool)> {
        let of = self.find_table(family);
        let of = of.and_then(|table| self.tables.get(table.index()));
        of.into_iter().flat_map(|of| {
            nets(of).filter_map(|net| {
                of.paths(net).next()?;
                Some((of.names.destination(net)?, of.entry(net)?.best().is_some()))
            })
        })
    }

    /// What one source has given of the unicast families: an Adj-RIB-In.
    pub fn paths_from(&self, source: RouteSource) -> impl Iterator<Item = (Prefix, Path<'_>)> {
        let place = self.place(source);
        let tables = (0..).map(TableId).zip(&self.tables);
        tables.flat_map(move |(table, of)| {
            nets(of).flat_map(move |net| {
                let own = of.paths(net);
                let own = own.filter(move |(_, slot)| Some(slot.source) == place);
                own.filter_map(move |(_, slot)| {
                    Some((of.names.prefix(net)?, self.path(table, slot)?))
                })
            })
        })
    }

    /// How each path to a prefix fared: the best one, and the step at which
    /// every other lost, or why it was not in the running.
    pub fn explain(&self, prefix: Prefix) -> Vec<Explained<'_>> {
        let found = self.find(prefix);
        found.map_or_else(Vec::new, |(table, net)| self.explained(table, net))
    }

    /// As [`Rib::explain`], of any family.
    pub fn explain_any(&self, family: Family, destination: &Destination) -> Vec<Explained<'_>> {
        let found = self.find_any(family, destination);
        found.map_or_else(Vec::new, |(table, net)| self.explained(table, net))
    }

    fn explained(&self, table: TableId, net: NetId) -> Vec<Explained<'_>> {
        let Some(of) = self.tables.get(table.index()) else {
            return Vec::new();
        };
        let head = of.entry(net).copied().and_then(Entry::best);
        let (mut candidates, mut places, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for (at, slot) in of.paths(net) {
            let Some(path) = self.path(table, slot) else {
                continue;
            };
            let outcome = match self.candidate(table, slot) {
                Some(mut candidate) => {
                    candidate.is_best = head == Some(at);
                    candidates.push(candidate);
                    places.push(all.len());
                    Outcome::Best
                }
                None => path.refused.map_or(Outcome::Unresolved, Outcome::Refused),
            };
            all.push(Explained { path, outcome });
        }
        eliminate(&candidates, &self.config, |at, step| {
            if let Some(of) = places.get(at).and_then(|at| all.get_mut(*at)) {
                of.outcome = Outcome::Lost(step);
            }
        });
        all
    }

    /// Whose routes a table has; IPv4 unicast's for one that there is not.
    pub fn family(&self, table: TableId) -> Family {
        let of = self.tables.get(table.index());
        of.map_or(Family::IPV4_UNICAST, |of| of.names.family())
    }

    /// The families that have held a route.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        self.tables.iter().map(|table| table.names.family())
    }

    /// How many paths a family has, best or not.
    pub fn path_count(&self, family: Family) -> usize {
        let table = self.find_table(family);
        let table = table.and_then(|table| self.tables.get(table.index()));
        table.map_or(0, |table| table.held)
    }

    /// How many distinct attribute sets the routes hold.
    pub fn attribute_sets(&self) -> usize {
        self.store.len()
    }

    pub(super) fn find(&self, prefix: Prefix) -> Option<(TableId, NetId)> {
        let table = self.find_table(prefix.family())?;
        let of = self.tables.get(table.index())?;
        Some((table, of.names.find(&Name::of(prefix))?))
    }

    /// The prefix that changed; `None` in other families than of prefixes.
    pub fn prefix(&self, change: Change) -> Option<Prefix> {
        let of = self.tables.get(change.table.index())?;
        of.names.prefix(change.net)
    }

    fn find_any(&self, family: Family, destination: &Destination) -> Option<(TableId, NetId)> {
        let table = self.find_table(family)?;
        let names = &self.tables.get(table.index())?.names;
        let net = match destination {
            Destination::Prefix(prefix) => names.find(&Name::of(*prefix)),
            _ => names.find(&Name::Other(&super::net::key(destination))),
        };
        Some((table, net?))
    }

    fn route(&self, table: TableId, net: NetId, prefix: Prefix) -> Option<Route<'_>> {
        let of = self.tables.get(table.index())?;
        let entry = of.entry(net)?;
        let path = self.path(table, of.slot(entry.best()?)?)?;
        Some(Route {
            prefix,
            source: path.source,
            path_id: path.path_id,
            decided_by: entry.step()?,
            stale: path.stale,
            path,
        })
    }

    fn paths_to(&self, table: TableId, net: NetId) -> impl Iterator<Item = Path<'_>> {
        let of = self.tables.get(table.index()).into_iter();
        let paths = of.flat_map(move |of| of.paths(net));
        paths.filter_map(move |(_, slot)| self.path(table, slot))
    }

    fn path(&self, table: TableId, slot: &Slot) -> Option<Path<'_>> {
        let source = self.sources.get(slot.source as usize)?;
        let keys = self.store.keys(slot.set)?;
        Some(Path {
            source: source.of,
            path_id: slot.has_path_id.then_some(PathId(slot.path_id)),
            stale: self.is_stale(table, slot),
            refused: Refusal::unpack(slot.refused),
            resolved: source.facts.is_none() || self.next_hops.cost(keys.next_hop).is_some(),
            set: slot.set,
            store: &self.store,
        })
    }

    /// The best path, for those who tell of it.
    pub(crate) fn chosen(&self, table: TableId, net: NetId) -> Option<Chosen> {
        let of = self.tables.get(table.index())?;
        let slot = of.entry(net)?.best()?;
        let path = of.slot(slot)?;
        Some(Chosen {
            set: path.set,
            source: path.source,
            slot,
        })
    }

    /// The path of our own that is for neighbours alone.
    pub(crate) fn originated(&self, table: TableId, net: NetId) -> Option<Chosen> {
        let of = self.tables.get(table.index())?;
        let refused = Refusal::pack(Some(Refusal::DefaultOriginate));
        let mut paths = of.paths(net);
        let (slot, path) = paths.find(|(_, slot)| slot.refused == refused)?;
        Some(Chosen {
            set: path.set,
            source: path.source,
            slot,
        })
    }

    /// The paths among ranked ones over which traffic may be spread.
    pub(crate) fn multipath<'a>(
        ranked: &'a [(Chosen, Candidate)],
        config: &'a DecisionConfig,
    ) -> impl Iterator<Item = &'a (Chosen, Candidate)> {
        let best = ranked.first();
        ranked
            .iter()
            .filter(move |it| best.is_some_and(|best| is_equal_cost(&best.1, &it.1, config)))
    }

    /// Who is at a place of [`Chosen::source`].
    pub(crate) fn source_at(&self, place: u32) -> RouteSource {
        let source = self.sources.get(place as usize);
        source.map_or(RouteSource::Local, |source| source.of)
    }

    /// A group that said this of a destination says it no more.
    pub(crate) fn unsay(&mut self, set: Option<SetId>) {
        if let Some(set) = set {
            self.store.release(set, &mut self.next_hops);
        }
    }

    /// A group says this of a destination.
    pub(crate) fn say(&mut self, set: Option<SetId>) {
        if let Some(set) = set {
            self.store.hold(set);
        }
    }

    /// Somebody refers to a destination by number.
    pub(crate) fn hold_net(&mut self, table: TableId, net: NetId) {
        if let Some(of) = self.tables.get_mut(table.index()) {
            of.hold(net);
        }
    }

    /// As often as it was held.
    pub(crate) fn release_net(&mut self, table: TableId, net: NetId) {
        if let Some(of) = self.tables.get_mut(table.index()) {
            of.release(net);
        }
    }

    /// A set, unpacked, and what is quick to see of it.
    pub(crate) fn set(&self, set: SetId) -> (AttributeSet, Marks) {
        self.store.get(set)
    }

    pub(crate) fn traits(&self, set: SetId) -> Traits {
        self.store.traits(set)
    }

    /// The element of NLRI that a set's route came as, where it says more than
    /// the destination's name.
    pub(crate) fn nlri_of(&self, set: SetId) -> Option<Box<[u8]>> {
        let own = self.store.traits(set).contains(Traits::NLRI);
        own.then(|| self.store.get(set).1.nlri)
    }

    /// The IGP cost to a set's next hop; 0 where there is none.
    pub(crate) fn cost_of(&self, set: SetId) -> u32 {
        let keys = self.store.keys(set);
        keys.and_then(|keys| self.next_hops.cost(keys.next_hop))
            .unwrap_or(0)
    }

    pub(crate) fn is_long_lived_stale(&self, table: TableId, chosen: Chosen) -> bool {
        let slot = self
            .tables
            .get(table.index())
            .and_then(|of| of.slot(chosen.slot));
        slot.is_some_and(|slot| self.is_long_lived(table, slot))
    }

    /// The end of a table's numbers.
    pub(crate) fn end(&self, table: TableId) -> usize {
        self.tables.get(table.index()).map_or(0, Table::end)
    }

    pub(crate) fn table_at(&self, table: TableId) -> Option<&Table> {
        self.tables.get(table.index())
    }
}

fn nets(of: &Table) -> impl Iterator<Item = NetId> {
    (0..u32::try_from(of.end()).unwrap_or(u32::MAX)).map(NetId)
}
