//! What a data plane programs: the best routes with their next hops, as they
//! change.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    rib::{Change, NetId, Rib, RouteSource, TableId},
    speaker::{Event, Output, Speaker, config::Multipath, parts::Order, pending::Pending},
    types::{Community, Family, NextHop, Prefix},
};

/// One thing for a data plane to do.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a data plane must not ignore a part silently"
)]
pub struct RouteChange {
    /// The destination.
    pub prefix: Prefix,
    /// What to do with its entry.
    pub action: RouteAction,
}

/// What a data plane is to do with the entry of a destination.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a data plane must not ignore a change silently"
)]
pub enum RouteAction {
    /// There is none: make one.
    Add(Forwarding),
    /// There is one: put this in its place.
    Replace(Forwarding),
    /// There is one: take it away.
    Remove,
}

/// How packets to a destination go on.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a data plane must not ignore a part silently"
)]
pub struct Forwarding {
    /// Spread over all of these; the best one first, at least one.
    pub hops: Vec<Hop>,
    /// Whether they are to be dropped instead (RFC 7999).
    pub discard: bool,
}

/// Where packets go next.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a data plane must not ignore a part silently"
)]
pub struct Hop {
    /// As the route has it.
    pub next_hop: NextHop,
    /// What the embedder said that it costs to reach.
    pub igp_cost: u32,
    /// Who gave the route.
    pub source: RouteSource,
}

/// The changes that wait to be taken.
#[derive(Debug, Default)]
pub(super) struct Feed {
    tables: BTreeMap<TableId, Fed>,
    /// Each way of forwarding once, and how many destinations have it.
    known: BTreeMap<Forwarding, (u32, u32)>,
    names: BTreeMap<u32, Forwarding>,
    next: u32,
    /// Whether the embedder has been told that something waits.
    announced: bool,
}

#[derive(Debug, Default)]
struct Fed {
    pending: Pending,
    /// By destination: how the data plane forwards, 0 for not.
    told: Vec<u32>,
    walk: Option<u32>,
}

impl Feed {
    pub(super) fn note(&mut self, change: Change, rib: &mut Rib) {
        let fed = self.tables.entry(change.table).or_default();
        if fed.pending.push(change.net) {
            rib.hold_net(change.table, change.net);
        }
    }

    fn waits(&self) -> bool {
        let mut tables = self.tables.values();
        tables.any(|fed| !fed.pending.is_empty() || fed.walk.is_some())
    }

    /// Whether the embedder is to be told now.
    fn announce(&mut self) -> bool {
        self.waits() && !core::mem::replace(&mut self.announced, true)
    }

    /// The next destination to look at, and whether it is held for that.
    fn next(&mut self, rib: &Rib) -> Option<(TableId, NetId, bool)> {
        for (&table, fed) in &mut self.tables {
            if let Some(net) = fed.pending.pop() {
                return Some((table, net, true));
            }
            if let Some(walk) = &mut fed.walk {
                let end = rib.end(table);
                if (*walk as usize) < end {
                    let net = NetId(*walk);
                    *walk = walk.saturating_add(1);
                    return Some((table, net, false));
                }
                fed.walk = None;
            }
        }
        None
    }

    /// What to do, now that packets go this way.
    fn act(&mut self, table: TableId, net: NetId, new: Option<Forwarding>) -> Option<RouteAction> {
        let old = self.tables.get(&table)?.told.get(net.index()).copied();
        let old = old.unwrap_or(NOT);
        let id = match &new {
            Some(forwarding) => self.hold(forwarding),
            None => NOT,
        };
        self.release(old);
        let fed = self.tables.get_mut(&table)?;
        if fed.told.len() <= net.index() {
            fed.told.resize(net.index().saturating_add(1), NOT);
        }
        if let Some(slot) = fed.told.get_mut(net.index()) {
            *slot = id;
        }
        match new {
            None if old == NOT => None,
            None => Some(RouteAction::Remove),
            Some(_) if old == id => None,
            Some(forwarding) if old == NOT => Some(RouteAction::Add(forwarding)),
            Some(forwarding) => Some(RouteAction::Replace(forwarding)),
        }
    }

    fn hold(&mut self, forwarding: &Forwarding) -> u32 {
        if let Some((id, refs)) = self.known.get_mut(forwarding) {
            *refs = refs.saturating_add(1);
            return *id;
        }
        self.next = self.next.wrapping_add(1).max(1);
        while self.names.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1).max(1);
        }
        self.known.insert(forwarding.clone(), (self.next, 1));
        self.names.insert(self.next, forwarding.clone());
        self.next
    }

    fn release(&mut self, id: u32) {
        let Some(forwarding) = self.names.get(&id) else {
            return;
        };
        if let Some((_, refs)) = self.known.get_mut(forwarding) {
            *refs = refs.saturating_sub(1);
            if *refs == 0 {
                self.known.remove(forwarding);
                self.names.remove(&id);
            }
        }
    }
}

const NOT: u32 = 0;

impl Speaker {
    /// From now on best unicast routes are for a data plane to take, beginning
    /// with those there are: [`Event::RoutesChanged`] tells when
    /// [`Speaker::take_routes`] has some. Called again, it begins anew: every
    /// route is to be added again, for a data plane that has lost its own.
    pub fn follow_routes(&mut self) {
        self.stop_following();
        let mut feed = Feed::default();
        for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
            let table = self.rib.table(family);
            let fed = feed.tables.entry(table).or_default();
            fed.walk = Some(0);
        }
        self.feed = Some(feed);
        self.parts.tell_all(|| Order::FollowRoutes(true));
        self.announce_feed();
    }

    /// Nobody takes routes any more.
    pub fn stop_following(&mut self) {
        self.parts.tell_all(|| Order::FollowRoutes(false));
        for (table, mut fed) in self.feed.take().unwrap_or_default().tables {
            while let Some(net) = fed.pending.pop() {
                self.rib.release_net(table, net);
            }
        }
    }

    /// Whether [`Speaker::take_routes`] has something to look at.
    pub fn has_routes(&self) -> bool {
        self.feed.as_ref().is_some_and(Feed::waits)
    }

    /// What has changed for the data plane, of the next `limit` destinations;
    /// while [more](Speaker::has_routes) wait, [`Event::RoutesChanged`] comes
    /// again. However often a destination changed, it is there once, as it is
    /// now; and not at all if the data plane has it so.
    ///
    /// Routes of one's own are not there: where one is the best, the data plane
    /// is told to remove what it had.
    pub fn take_routes(&mut self, limit: usize) -> Vec<RouteChange> {
        let Some(mut feed) = self.feed.take() else {
            return Vec::new();
        };
        let mut changes = Vec::new();
        for _ in 0..limit {
            let Some((table, net, held)) = feed.next(&self.rib) else {
                break;
            };
            let way = forwarding(&self.rib, self.config.multipath, (table, net));
            let of = self.rib.table_at(table);
            let prefix = of.and_then(|of| of.names().prefix(net));
            if let (Some(action), Some(prefix)) = (feed.act(table, net, way), prefix) {
                changes.push(RouteChange { prefix, action });
            }
            if held {
                self.rib.release_net(table, net);
            }
        }
        feed.announced = false;
        self.feed = Some(feed);
        self.announce_feed();
        changes
    }

    pub(super) fn announce_feed(&mut self) {
        if self.feed.as_mut().is_some_and(Feed::announce) {
            self.outputs.push_back(Output::Event(Event::RoutesChanged));
        }
    }
}

/// How packets to a destination are to go; `None` if not over a neighbour.
fn forwarding(
    rib: &Rib,
    multipath: Multipath,
    (table, net): (TableId, NetId),
) -> Option<Forwarding> {
    let best = rib.chosen(table, net)?;
    let (attributes, _) = rib.set(best.set);
    if rib.source_at(best.source) == RouteSource::Local {
        return None;
    }
    let hop = |set, source| {
        let (attributes, _) = rib.set(set);
        Some(Hop {
            next_hop: attributes.next_hop?,
            igp_cost: rib.cost_of(set),
            source: rib.source_at(source),
        })
    };
    let mut hops: Vec<Hop> = hop(best.set, best.source).into_iter().collect();
    if multipath.most > 1 {
        let ranked: Vec<_> = rib.ranked(table, net).collect();
        for (other, _) in Rib::multipath(&ranked, rib.decision_config()).skip(1) {
            let same_path = || rib.set(other.set).0.as_path == attributes.as_path;
            if hops.len() < usize::from(multipath.most) && (multipath.relax || same_path()) {
                let more = hop(other.set, other.source);
                hops.extend(more.filter(|more| hops.iter().all(|it| it.next_hop != more.next_hop)));
            }
        }
    }
    let discard = attributes.communities.contains(&Community::BLACKHOLE);
    (!hops.is_empty()).then_some(Forwarding { hops, discard })
}
