use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::{net::IpAddr, ops::Bound};

use crate::{
    rib::{
        Candidate, Decision, Neighbor, NextHops, Path, Route, RouteSource, Step, UnknownNextHops,
        decide, store::Store,
    },
    types::{Family, PeerId, Prefix},
    wire::{AttributeSet, PathId},
};

/// Every source's routes, and the best to each prefix: Adj-RIB-In and Loc-RIB.
///
/// Work on a whole table comes in slices of a bounded number of prefixes, with
/// the last prefix seen as the cursor, so that no call runs for long.
#[derive(Clone, Debug, Default)]
pub struct Rib {
    tables: BTreeMap<Family, BTreeMap<Prefix, Entry>>,
    neighbors: BTreeMap<PeerId, Known>,
    next_hops: NextHops,
    store: Store,
}

/// A prefix whose best route is another than before, or gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a bare fact")]
pub struct BestChange(pub Prefix);

/// All that is known of one prefix. Never without paths.
#[derive(Clone, Debug, Default)]
struct Entry {
    /// By source and path identifier.
    paths: Vec<Path>,
    /// `None` when no path is eligible.
    best: Option<Decision>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    facts: Neighbor,
    /// Counts the neighbour's sessions. A path of an earlier one is stale, so
    /// that a million routes turn stale by adding one.
    epoch: u32,
}

impl Rib {
    /// An empty one.
    pub fn new(unknown_next_hops: UnknownNextHops) -> Self {
        Self {
            next_hops: NextHops::new(unknown_next_hops),
            ..Self::default()
        }
    }

    /// A neighbour's session is up: what it sends from now on is fresh.
    pub fn neighbor_up(&mut self, peer: PeerId, facts: Neighbor) {
        self.neighbors
            .entry(peer)
            .and_modify(|known| known.facts = facts)
            .or_insert(Known { facts, epoch: 0 });
    }

    /// A neighbour's session is down: all it sent is stale. Call
    /// [`Self::sweep_slice`] to remove it.
    pub fn neighbor_down(&mut self, peer: PeerId) {
        if let Some(known) = self.neighbors.get_mut(&peer) {
            known.epoch = known.epoch.wrapping_add(1);
        }
    }

    /// A neighbour has been removed, and its routes swept: nothing is left of it.
    pub fn forget_neighbor(&mut self, peer: PeerId) {
        self.neighbors.remove(&peer);
    }

    /// The one handle of an attribute set, for [`Self::insert`]. Give it back
    /// with [`Self::release`].
    pub fn intern(&mut self, attributes: AttributeSet) -> Arc<AttributeSet> {
        self.store.intern(attributes)
    }

    /// Takes back what [`Self::intern`] gave.
    pub fn release(&mut self, attributes: Arc<AttributeSet>) {
        self.store.release(attributes);
    }

    /// Keeps a route, in place of the same source's to the same prefix with
    /// the same path identifier. Whether the best route changed.
    ///
    /// `attributes` come from [`Self::intern`]. A route of a neighbour that was
    /// never up is not kept.
    pub fn insert(
        &mut self,
        source: RouteSource,
        prefix: Prefix,
        path_id: Option<PathId>,
        attributes: &Arc<AttributeSet>,
    ) -> Option<BestChange> {
        let epoch = self.epoch(source)?;
        let path = Path {
            source,
            path_id,
            attributes: Arc::clone(attributes),
            epoch,
        };
        let entry = self
            .tables
            .entry(prefix.family())
            .or_default()
            .entry(prefix)
            .or_default();
        let before = entry.best_path().cloned();
        let old = match entry
            .paths
            .binary_search_by_key(&(source, path_id), Path::key)
        {
            Ok(at) => entry
                .paths
                .get_mut(at)
                .map(|slot| core::mem::replace(slot, path)),
            Err(at) => {
                entry.paths.insert(at, path);
                None
            }
        };
        entry.decide(&self.neighbors, &self.next_hops);
        let changed = differ(before.as_ref(), entry.best_path());
        drop(before);
        if let Some(old) = old {
            self.store.release(old.attributes);
        }
        changed.then_some(BestChange(prefix))
    }

    /// Forgets a route. Whether the best route changed.
    pub fn remove(
        &mut self,
        source: RouteSource,
        prefix: Prefix,
        path_id: Option<PathId>,
    ) -> Option<BestChange> {
        let table = self.tables.get_mut(&prefix.family())?;
        let entry = table.get_mut(&prefix)?;
        let at = entry
            .paths
            .binary_search_by_key(&(source, path_id), Path::key)
            .ok()?;
        let before = entry.best_path().cloned();
        let old = entry.paths.remove(at);
        entry.decide(&self.neighbors, &self.next_hops);
        let changed = differ(before.as_ref(), entry.best_path());
        if entry.paths.is_empty() {
            table.remove(&prefix);
        }
        drop(before);
        self.store.release(old.attributes);
        changed.then_some(BestChange(prefix))
    }

    /// States a next hop fact. Whether routes must be
    /// [decided again](Self::decide_slice).
    pub fn set_next_hop(&mut self, network: Prefix, igp_cost: Option<u32>) -> bool {
        self.next_hops.set(network, igp_cost)
    }

    /// Takes a next hop fact back. Whether routes must be
    /// [decided again](Self::decide_slice).
    pub fn forget_next_hop(&mut self, network: Prefix) -> bool {
        self.next_hops.forget(network)
    }

    /// The IGP cost to a next hop, or `None` if it cannot be reached.
    pub fn resolve(&self, next_hop: IpAddr) -> Option<u32> {
        self.next_hops.resolve(next_hop)
    }

    /// Removes the stale routes of one neighbour among the next `limit`
    /// prefixes after the cursor, and moves the cursor on. Whether more are
    /// left to look at.
    pub fn sweep_slice(
        &mut self,
        (family, peer): (Family, PeerId),
        cursor: &mut Option<Prefix>,
        limit: usize,
        changes: &mut Vec<BestChange>,
    ) -> bool {
        let source = RouteSource::Peer(peer);
        let epoch = self.epoch(source);
        let gone = |path: &Path| path.source == source && Some(path.epoch) != epoch;
        self.each_slice(family, cursor, limit, changes, |entry, store| {
            if !entry.paths.iter().any(gone) {
                return false;
            }
            for old in entry.paths.extract_if(.., |path| gone(path)) {
                store.push(old.attributes);
            }
            true
        })
    }

    /// Decides the next `limit` prefixes after the cursor again, and moves the
    /// cursor on. Whether more are left.
    pub fn decide_slice(
        &mut self,
        family: Family,
        cursor: &mut Option<Prefix>,
        limit: usize,
        changes: &mut Vec<BestChange>,
    ) -> bool {
        self.each_slice(family, cursor, limit, changes, |_, _| true)
    }

    /// The best route to a prefix.
    pub fn best(&self, prefix: Prefix) -> Option<Route<'_>> {
        let (prefix, entry) = self.tables.get(&prefix.family())?.get_key_value(&prefix)?;
        self.route(*prefix, entry)
    }

    /// The Loc-RIB of a family after a prefix, in order.
    pub fn routes_after(
        &self,
        family: Family,
        after: Option<Prefix>,
    ) -> impl Iterator<Item = Route<'_>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let table = self.tables.get(&family).into_iter();
        table
            .flat_map(move |table| table.range((from, Bound::Unbounded)))
            .filter_map(|(prefix, entry)| self.route(*prefix, entry))
    }

    /// The Loc-RIB of every family, in order.
    pub fn routes(&self) -> impl Iterator<Item = Route<'_>> {
        self.families()
            .flat_map(|family| self.routes_after(family, None))
    }

    /// Every path to a prefix, best or not.
    pub fn paths(&self, prefix: Prefix) -> &[Path] {
        let entry = self
            .tables
            .get(&prefix.family())
            .and_then(|table| table.get(&prefix));
        entry.map_or(&[], |entry| &entry.paths)
    }

    /// What one source has given: an Adj-RIB-In.
    pub fn paths_from(&self, source: RouteSource) -> impl Iterator<Item = (Prefix, &Path)> {
        let entries = self.tables.values().flatten();
        entries.flat_map(move |(prefix, entry)| {
            let paths = entry.paths.iter().filter(move |path| path.source == source);
            paths.map(|path| (*prefix, path))
        })
    }

    /// Whether a path came over an earlier session of its source.
    pub fn is_stale(&self, path: &Path) -> bool {
        self.epoch(path.source) != Some(path.epoch)
    }

    /// The families that have held a route.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        self.tables.keys().copied()
    }

    /// How many distinct attribute sets the routes hold.
    pub fn attribute_sets(&self) -> usize {
        self.store.len()
    }

    pub(crate) fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    fn route<'a>(&self, prefix: Prefix, entry: &'a Entry) -> Option<Route<'a>> {
        let step = entry.best?.step;
        let path = entry.best_path()?;
        Some(Route {
            prefix,
            source: path.source,
            attributes: &path.attributes,
            decided_by: step,
            stale: self.is_stale(path),
        })
    }

    fn epoch(&self, source: RouteSource) -> Option<u32> {
        match source {
            RouteSource::Local => Some(0),
            RouteSource::Peer(peer) => self.neighbors.get(&peer).map(|known| known.epoch),
        }
    }

    /// Lets `touch` at the next entries; those it says it touched are decided
    /// again.
    fn each_slice(
        &mut self,
        family: Family,
        cursor: &mut Option<Prefix>,
        limit: usize,
        changes: &mut Vec<BestChange>,
        mut touch: impl FnMut(&mut Entry, &mut Vec<Arc<AttributeSet>>) -> bool,
    ) -> bool {
        let Some(table) = self.tables.get_mut(&family) else {
            return false;
        };
        let from = cursor.map_or(Bound::Unbounded, Bound::Excluded);
        let (mut released, mut empty) = (Vec::new(), Vec::new());
        let mut rest = table.range_mut((from, Bound::Unbounded));
        for (prefix, entry) in rest.by_ref().take(limit) {
            *cursor = Some(*prefix);
            let before = entry.best_path().cloned();
            if !touch(entry, &mut released) {
                continue;
            }
            entry.decide(&self.neighbors, &self.next_hops);
            if differ(before.as_ref(), entry.best_path()) {
                changes.push(BestChange(*prefix));
            }
            if entry.paths.is_empty() {
                empty.push(*prefix);
            }
        }
        let more = rest.next().is_some();
        for prefix in empty {
            table.remove(&prefix);
        }
        for attributes in released {
            self.store.release(attributes);
        }
        more
    }
}

impl Entry {
    fn best_path(&self) -> Option<&Path> {
        self.best.and_then(|decision| self.paths.get(decision.best))
    }

    fn decide(&mut self, neighbors: &BTreeMap<PeerId, Known>, next_hops: &NextHops) {
        let eligible = |(at, path): (usize, &'_ Path)| {
            let (neighbor, igp_cost) = match path.source {
                RouteSource::Local => (None, 0),
                RouteSource::Peer(peer) => {
                    let Neighbor {
                        peer_type,
                        router_id,
                        address,
                    } = neighbors.get(&peer)?.facts;
                    let next_hop = path.attributes.next_hop?.addr();
                    (
                        Some((peer_type, router_id, address)),
                        next_hops.resolve(next_hop)?,
                    )
                }
            };
            Some((at, neighbor, igp_cost))
        };
        if let [path] = self.paths.as_slice() {
            let only = Decision {
                best: 0,
                step: Step::OnlyRoute,
            };
            self.best = eligible((0, path)).map(|_| only);
            return;
        }
        let (mut places, mut candidates) = (Vec::new(), Vec::new());
        for (at, path) in self.paths.iter().enumerate() {
            let Some((at, neighbor, igp_cost)) = eligible((at, path)) else {
                continue;
            };
            places.push(at);
            candidates.push(Candidate {
                attributes: &path.attributes,
                neighbor,
                igp_cost,
                path_id: path.path_id.map_or(0, |id| id.0),
            });
        }
        self.best = decide(&candidates).and_then(|decision| {
            Some(Decision {
                best: *places.get(decision.best)?,
                step: decision.step,
            })
        });
    }
}

impl Path {
    fn key(&self) -> (RouteSource, Option<PathId>) {
        (self.source, self.path_id)
    }
}

/// Whether these are two routes. Interned sets are equal when their handles
/// are.
fn differ(a: Option<&Path>, b: Option<&Path>) -> bool {
    match (a, b) {
        (None, None) => false,
        (Some(a), Some(b)) => a.key() != b.key() || !Arc::ptr_eq(&a.attributes, &b.attributes),
        _ => true,
    }
}
