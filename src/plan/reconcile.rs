//! From one inventory to another: which session ends of which router change,
//! and what each change does to its session.
//!
//! The effects are those of Calico's BIRD 1.6, which is given a new
//! configuration:
//!
//! | what differs | effect | why |
//! |---|---|---|
//! | name of the protocol: mesh or peering, address, a peering's port | removed and added | a protocol of another name is another session; between the same two addresses one must go before the other comes up (calico#3819) |
//! | own address, either AS, port, source address, who dials, TTL, password | reset | they belong to the connection or to OPEN |
//! | cluster id, whether the neighbour is a client | reset | they are read when the session starts |
//! | next hop, own AS in paths | reset | BIRD compares a session's settings as a whole, and restarts it for these too |
//! | hold time, KEEPALIVE, restart time, graceful restart | reset | they are told in OPEN |
//! | filters for what is taken | refresh | its routes are asked for again; reset where the neighbour cannot be asked (RFC 2918) |
//! | filters for what is told | soft | it is told again what goes through them |
//! | BFD, the gateway towards the neighbour | none | the session goes on; what is beside it changes |
//! | router id | reset of all | BIRD restarts every protocol for it |
//! | listening port | reset of all | BIRD listens elsewhere only once it is started again |
//! | names of resources, labels, filters of another name that say the same | none | they are not in the configuration |
//!
//! [`speaker_changes`] says the same of a speaker of ours, which takes new
//! policies, next hops, reflection and cluster ids without a reset
//! ([`ChangeEffect`](crate::speaker::ChangeEffect)).
//!
//! ```
//! use bgpwright::plan::{Effect, Mode, Reconcile, generate, inventory::NextHop};
//!
//! let old = generate(4, Mode::Rr);
//! let mut new = old.clone();
//! new.peerings[0].settings.next_hop = NextHop::Own;
//!
//! let reconcile = Reconcile::new(&old, &new);
//! let changes = reconcile.of_node("node-3");
//! assert_eq!(changes.len(), 2, "both of its sessions");
//! assert_eq!(changes[0].effect, Effect::Reset);
//! assert_eq!(changes[0].fields, ["next hop"]);
//! ```

mod ends;
mod speaker;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use core::net::IpAddr;

use super::{
    expansion::Expansion,
    inventory::{Inventory, Node},
};
use crate::types::{Family, RouterId};
pub use speaker::{SpeakerChange, speaker_changes};

/// What a change does to a session.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Effect {
    /// Nothing that a neighbour notices.
    None,
    /// What was told is gone over again.
    Soft,
    /// What was taken is asked for again (RFC 2918).
    Refresh,
    /// The session goes down and comes up anew.
    Reset,
    /// There is a session that was not.
    Added,
    /// There is no session where one was.
    Removed,
}

/// A session end that changes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Change {
    /// With whom.
    pub neighbor: IpAddr,
    /// The protocol's name in Calico's BIRD.
    pub protocol: String,
    /// Whether the session is, or was before the change, one between ASes.
    pub external: bool,
    /// What it does to the session.
    pub effect: Effect,
    /// What differs, in the field's words; empty if the whole session comes or
    /// goes.
    pub fields: Vec<&'static str>,
    /// Whether the node had, or will have, another session with this neighbour:
    /// one goes and the other comes, and in between there is none
    /// (calico#3819).
    pub blinks: bool,
}

/// Compares two inventories, node by node as it is asked.
#[derive(Clone, Debug)]
pub struct Reconcile<'a> {
    old: &'a Inventory,
    new: &'a Inventory,
    before: Expansion<'a>,
    after: Expansion<'a>,
}

/// How many session ends change, over all nodes and routers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ChangeCounts {
    /// Nodes and routers with at least one change.
    pub routers: u64,
    /// Ends that are new.
    pub added: u64,
    /// Ends that go.
    pub removed: u64,
    /// Ends that restart.
    pub reset: u64,
    /// Ends that are gone over without a restart.
    pub soft: u64,
}

/// What changes over all.
pub(super) struct Counted<'a> {
    pub(super) counts: ChangeCounts,
    /// The routers at which there is a change.
    pub(super) changed: BTreeSet<&'a str>,
    /// The ends of peerings between ASes that go or restart.
    pub(super) external: Vec<(&'a str, IpAddr)>,
}

impl<'a> Reconcile<'a> {
    /// Works out the explicit peerings of both.
    pub fn new(old: &'a Inventory, new: &'a Inventory) -> Self {
        Self {
            old,
            new,
            before: Expansion::new(old),
            after: Expansion::new(new),
        }
    }

    /// The nodes and routers of both, the old ones first.
    pub fn names(&self) -> Vec<&'a str> {
        let mut seen = BTreeSet::new();
        let nodes = |of: &'a Inventory| of.nodes.iter().map(|it| it.name.as_str());
        let routers = |of: &'a Inventory| of.routers.iter().map(|it| it.name.as_str());
        let all = nodes(self.old).chain(nodes(self.new));
        let all = all.chain(routers(self.old)).chain(routers(self.new));
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// What changes at a node or router, by protocol name.
    pub fn of_node(&self, name: &str) -> Vec<Change> {
        let place = |of: &Inventory| of.nodes.iter().position(|it| it.name == name);
        match (place(self.old), place(self.new)) {
            (None, None) => self.of_router(name),
            (old, new) => self.of_places(old, new, true),
        }
    }

    /// What changes at a node that has these places. `mesh`: whether its mesh
    /// is looked at too.
    fn of_places(&self, old: Option<usize>, new: Option<usize>, mesh: bool) -> Vec<Change> {
        let ends = |of: &Expansion<'_>, at: Option<usize>| {
            at.map(|at| of.ends_with(at, |_| mesh)).unwrap_or_default()
        };
        let before = ends(&self.before, old);
        let after = ends(&self.after, new);
        let node = |of: &'a Inventory, at: Option<usize>| at.and_then(|at| of.nodes.get(at));
        let whole = match (node(self.old, old), node(self.new, new)) {
            (Some(x), Some(y)) => self.of_all_sessions(x, y),
            _ => Vec::new(),
        };
        ends::changes((self.old, &before), (self.new, &after), &whole)
    }

    /// What restarts every session of a node.
    fn of_all_sessions(&self, old: &Node, new: &Node) -> Vec<&'static str> {
        let mut fields = Vec::new();
        let id = |node: &Node| node.router_id.or_else(|| id_of(node));
        if id(old) != id(new) {
            fields.push("router id");
        }
        if self.old.port_of(old) != self.new.port_of(new) {
            fields.push("listen port");
        }
        fields
    }

    fn of_router(&self, name: &str) -> Vec<Change> {
        let of = |of: &'a Inventory| of.routers.iter().find(|it| it.name == name);
        ends::of_router(of(self.old), of(self.new))
    }

    /// The counts over all; a mesh is counted without being listed.
    pub fn counts(&self) -> ChangeCounts {
        self.counted().counts
    }

    /// The counts, and at which routers there is a change.
    pub(super) fn counted(&self) -> Counted<'a> {
        let mut counts = ChangeCounts::default();
        let mut changed = BTreeSet::new();
        let mut external = Vec::new();
        for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
            self.count_mesh(family, &mut counts, &mut changed);
        }
        let places = |of: &'a Inventory| {
            let nodes = of.nodes.iter().enumerate();
            nodes.map(|(at, it)| (it.name.as_str(), at)).collect()
        };
        let (old, new): (BTreeMap<&str, usize>, BTreeMap<&str, usize>) =
            (places(self.old), places(self.new));
        for name in self.names() {
            let changes = match (old.get(name).copied(), new.get(name).copied()) {
                (None, None) => self.of_router(name),
                (x, y) => self.of_places(x, y, false),
            };
            for change in &changes {
                let place = match change.effect {
                    Effect::Added => &mut counts.added,
                    Effect::Removed => &mut counts.removed,
                    Effect::Reset => &mut counts.reset,
                    Effect::Soft | Effect::Refresh => &mut counts.soft,
                    Effect::None => continue,
                };
                *place = place.saturating_add(1);
                changed.insert(name);
                if change.external && matches!(change.effect, Effect::Removed | Effect::Reset) {
                    external.push((name, change.neighbor));
                }
            }
        }
        counts.routers = u64::try_from(changed.len()).unwrap_or(u64::MAX);
        Counted {
            counts,
            changed,
            external,
        }
    }

    /// Mesh ends that come, go and restart. Nodes that stay at their address are
    /// told apart by what their mesh ends depend on alone.
    fn count_mesh(
        &self,
        family: Family,
        counts: &mut ChangeCounts,
        changed: &mut BTreeSet<&'a str>,
    ) {
        let members = |of: &Expansion<'_>, inventory: &'a Inventory| {
            let members = of.mesh_members(family).into_iter();
            let nodes = members.filter_map(|at| inventory.nodes.get(at));
            nodes.map(|it| (it.name.as_str(), it)).collect()
        };
        let old: BTreeMap<&'a str, &'a Node> = members(&self.before, self.old);
        let new: BTreeMap<&'a str, &'a Node> = members(&self.after, self.new);
        let mut kinds: BTreeMap<_, (&Node, &Node, Vec<&'a str>)> = BTreeMap::new();
        let mut stay: u64 = 0;
        for (name, x) in &old {
            let same_place = |y: &&&Node| x.address(family) == y.address(family);
            let Some(y) = new.get(name).filter(same_place) else {
                continue;
            };
            stay = stay.saturating_add(1);
            let key = (x.asn, y.asn, x.listen_port, y.listen_port);
            kinds.entry(key).or_insert((x, y, Vec::new())).2.push(name);
        }
        let count = |names: &Vec<&str>| u64::try_from(names.len()).unwrap_or(u64::MAX);
        for (a, (x, y, names)) in &kinds {
            for (b, (p, q, others)) in &kinds {
                let ends = count(names).saturating_mul(if a == b {
                    count(others).saturating_sub(1)
                } else {
                    count(others)
                });
                if ends > 0 && self.mesh_end(x, p, false) != self.mesh_end(y, q, true) {
                    counts.reset = counts.reset.saturating_add(ends);
                    changed.extend(names);
                }
            }
        }
        let kept = stay.saturating_mul(stay.saturating_sub(1));
        let ends = |of: &Expansion<'_>| of.mesh_sessions(family).saturating_mul(2);
        let (before, after) = (ends(&self.before), ends(&self.after));
        counts.removed = counts.removed.saturating_add(before.saturating_sub(kept));
        counts.added = counts.added.saturating_add(after.saturating_sub(kept));
        if before != kept || after != kept {
            changed.extend(old.keys().chain(new.keys()));
        }
    }

    /// What a mesh end depends on, the address aside.
    fn mesh_end(&self, node: &Node, neighbor: &Node, of_new: bool) -> impl PartialEq + use<'a> {
        let of = if of_new { self.new } else { self.old };
        let mesh = (of.mesh.password.clone(), of.mesh.restart_time);
        let whole = (node.router_id, of.port_of(node));
        let asns = (of.as_of(node), of.mesh_as(node, neighbor));
        (mesh, whole, asns, of.port_of(neighbor))
    }
}

fn id_of(node: &Node) -> Option<RouterId> {
    match node.ipv4?.addr {
        IpAddr::V4(addr) => Some(RouterId::from(addr)),
        IpAddr::V6(_) => None,
    }
}
