use alloc::{collections::BTreeMap, vec::Vec};
use core::net::IpAddr;

use crate::types::{Afi, Prefix};

/// What a next hop without a fact is taken for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum UnknownNextHops {
    /// Reachable at IGP cost 0: for an embedder that has no facts to give.
    #[default]
    Resolvable,
    /// Unreachable: its routes are kept and never best (RFC 4271 §9.1.2.1).
    Unresolvable,
}

/// What the embedder's routing says of next hops: networks with the IGP cost to
/// them. The most specific one that holds an address decides.
#[derive(Clone, Debug, Default)]
pub struct NextHops {
    unknown: UnknownNextHops,
    facts: BTreeMap<Prefix, Option<u32>>,
    /// How many facts there are of each length, longest first: what a lookup
    /// has to try.
    lengths: Vec<(Afi, u8, usize)>,
    /// The next hops of routes that are held, each resolved.
    tracked: Vec<Tracked>,
    places: BTreeMap<IpAddr, HopId>,
    free: Vec<HopId>,
}

/// A next hop of routes that are held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HopId(u32);

impl HopId {
    /// That of a route without one.
    pub(crate) const NONE: Self = Self(u32::MAX);

    const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Debug)]
struct Tracked {
    addr: IpAddr,
    /// Sets that name it.
    refs: u32,
    igp_cost: Option<u32>,
}

impl NextHops {
    /// No facts yet.
    pub fn new(unknown: UnknownNextHops) -> Self {
        Self {
            unknown,
            ..Self::default()
        }
    }

    /// States a fact; `None` is unreachable. Whether that changed the cost of a
    /// next hop of a route that is held.
    pub fn set(&mut self, network: Prefix, igp_cost: Option<u32>) -> bool {
        let before = self.facts.insert(network, igp_cost);
        if before.is_none() {
            self.count(network, true);
        }
        before != Some(igp_cost) && self.resolve_tracked(network)
    }

    /// Takes a fact back. Whether that changed the cost of a next hop of a
    /// route that is held.
    pub fn forget(&mut self, network: Prefix) -> bool {
        if self.facts.remove(&network).is_none() {
            return false;
        }
        self.count(network, false);
        self.resolve_tracked(network)
    }

    /// One more set names this next hop.
    pub(crate) fn track(&mut self, addr: IpAddr) -> HopId {
        if let Some(&id) = self.places.get(&addr) {
            if let Some(tracked) = self.tracked.get_mut(id.index()) {
                tracked.refs = tracked.refs.saturating_add(1);
            }
            return id;
        }
        let tracked = Tracked {
            addr,
            refs: 1,
            igp_cost: self.resolve(addr),
        };
        let id = match self.free.pop() {
            Some(id) => id,
            None => HopId(u32::try_from(self.tracked.len()).unwrap_or(u32::MAX)),
        };
        match self.tracked.get_mut(id.index()) {
            Some(slot) => *slot = tracked,
            None => self.tracked.push(tracked),
        }
        self.places.insert(addr, id);
        id
    }

    /// One set less names it.
    pub(crate) fn untrack(&mut self, id: HopId) {
        let Some(tracked) = self.tracked.get_mut(id.index()) else {
            return;
        };
        tracked.refs = tracked.refs.saturating_sub(1);
        if tracked.refs == 0 {
            self.places.remove(&tracked.addr);
            self.free.push(id);
        }
    }

    /// The IGP cost to a tracked next hop; `None` if it cannot be reached.
    pub(crate) fn cost(&self, id: HopId) -> Option<u32> {
        self.tracked.get(id.index())?.igp_cost
    }

    /// Looks again at the next hops within a network; whether one changed.
    fn resolve_tracked(&mut self, network: Prefix) -> bool {
        let inside = self.places.range(network.addr()..);
        let inside: Vec<(IpAddr, HopId)> = inside
            .take_while(|(addr, _)| network.contains(**addr))
            .map(|(addr, id)| (*addr, *id))
            .collect();
        let mut changed = false;
        for (addr, id) in inside {
            let igp_cost = self.resolve(addr);
            if let Some(tracked) = self.tracked.get_mut(id.index()) {
                changed |= tracked.igp_cost != igp_cost;
                tracked.igp_cost = igp_cost;
            }
        }
        changed
    }

    /// The IGP cost to `addr`, or `None` if it cannot be reached.
    pub fn resolve(&self, addr: IpAddr) -> Option<u32> {
        let host = Prefix::host(addr);
        self.lengths
            .iter()
            .filter(|(afi, ..)| *afi == host.afi())
            .find_map(|&(_, length, _)| self.facts.get(&Prefix::new(addr, length).ok()?))
            .copied()
            .unwrap_or(match self.unknown {
                UnknownNextHops::Resolvable => Some(0),
                UnknownNextHops::Unresolvable => None,
            })
    }

    fn count(&mut self, network: Prefix, added: bool) {
        let (afi, length) = (network.afi(), network.length());
        let at = self
            .lengths
            .binary_search_by(|&(a, l, _)| (length, afi).cmp(&(l, a)));
        match at {
            Ok(at) => {
                if let Some((.., count)) = self.lengths.get_mut(at) {
                    *count = if added {
                        count.saturating_add(1)
                    } else {
                        count.saturating_sub(1)
                    };
                    if *count == 0 {
                        self.lengths.remove(at);
                    }
                }
            }
            Err(at) if added => self.lengths.insert(at, (afi, length, 1)),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    fn addr(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_most_specific_fact_decides() {
        let mut hops = NextHops::new(UnknownNextHops::Unresolvable);
        hops.set(prefix("10.0.0.0/8"), Some(10));
        hops.set(prefix("10.1.0.0/16"), None);
        hops.set(prefix("10.1.5.0/24"), Some(0));
        hops.set(prefix("fd00::/64"), Some(3));
        assert_eq!(hops.resolve(addr("10.2.0.1")), Some(10));
        assert_eq!(hops.resolve(addr("10.1.6.1")), None);
        assert_eq!(hops.resolve(addr("10.1.5.1")), Some(0));
        assert_eq!(hops.resolve(addr("fd00::1")), Some(3));
        assert_eq!(hops.resolve(addr("192.0.2.1")), None);
    }

    #[test]
    fn a_forgotten_fact_uncovers_the_one_beneath() {
        let mut hops = NextHops::new(UnknownNextHops::Resolvable);
        hops.set(prefix("10.0.0.0/8"), Some(10));
        let (near, far) = (hops.track(addr("10.1.0.1")), hops.track(addr("10.9.0.1")));
        assert!(hops.set(prefix("10.1.0.0/16"), None), "one is tracked");
        assert!(!hops.set(prefix("10.1.0.0/16"), None), "nothing changed");
        assert!(!hops.set(prefix("10.2.0.0/16"), None), "none is tracked");
        assert_eq!((hops.cost(near), hops.cost(far)), (None, Some(10)));
        assert!(hops.forget(prefix("10.1.0.0/16")));
        assert!(!hops.forget(prefix("10.1.0.0/16")));
        assert_eq!(hops.cost(near), Some(10));
        hops.untrack(far);
        assert_eq!(
            hops.track(addr("192.0.2.7")),
            far,
            "the place is free again"
        );
        assert_eq!(hops.resolve(addr("10.1.0.1")), Some(10));
        assert_eq!(
            hops.resolve(addr("192.0.2.1")),
            Some(0),
            "unknown is resolvable here"
        );
    }
}
