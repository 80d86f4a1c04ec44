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
}

impl NextHops {
    /// No facts yet.
    pub fn new(unknown: UnknownNextHops) -> Self {
        Self {
            unknown,
            ..Self::default()
        }
    }

    /// States a fact; `None` is unreachable. Whether that changed anything.
    pub fn set(&mut self, network: Prefix, igp_cost: Option<u32>) -> bool {
        let before = self.facts.insert(network, igp_cost);
        if before.is_none() {
            self.count(network, true);
        }
        before != Some(igp_cost)
    }

    /// Takes a fact back. Whether there was one.
    pub fn forget(&mut self, network: Prefix) -> bool {
        let known = self.facts.remove(&network).is_some();
        if known {
            self.count(network, false);
        }
        known
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
        assert!(hops.set(prefix("10.0.0.0/8"), Some(10)));
        assert!(hops.set(prefix("10.1.0.0/16"), None));
        assert!(hops.set(prefix("10.1.5.0/24"), Some(0)));
        assert!(hops.set(prefix("fd00::/64"), Some(3)));
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
        hops.set(prefix("10.1.0.0/16"), None);
        assert!(!hops.set(prefix("10.1.0.0/16"), None), "nothing changed");
        assert!(hops.forget(prefix("10.1.0.0/16")));
        assert!(!hops.forget(prefix("10.1.0.0/16")));
        assert_eq!(hops.resolve(addr("10.1.0.1")), Some(10));
        assert_eq!(
            hops.resolve(addr("192.0.2.1")),
            Some(0),
            "unknown is resolvable here"
        );
    }
}
