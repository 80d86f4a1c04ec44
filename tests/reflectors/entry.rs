//! A route as one router has it of another, whoever says so: a daemon's tool,
//! the capture, or the test.

use std::{fmt, net::Ipv4Addr};

use bgpwright::types::{ClusterId, Prefix, RouterId};

/// A router's place in a network of the tests: all its numbers come of it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Place {
    pub(crate) network: u8,
    pub(crate) router: u8,
}

/// What [`at`](Self::at) has of [`from`](Self::from). A route of a router's own
/// is from itself.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Entry {
    pub(crate) at: Place,
    pub(crate) from: Place,
    pub(crate) prefix: Prefix,
    pub(crate) next_hop: Ipv4Addr,
    pub(crate) local_pref: u32,
    pub(crate) originator: Option<RouterId>,
    pub(crate) clusters: Vec<ClusterId>,
}

impl Place {
    /// Where it listens, dials from, and can be asked.
    pub(crate) fn address(self) -> Ipv4Addr {
        [127, 0, self.network, self.router].into()
    }

    /// Not its address, so that one cannot be taken for the other.
    pub(crate) fn router_id(self) -> RouterId {
        RouterId::from(Ipv4Addr::from([10, 0, self.network, self.router]))
    }

    /// Its cluster, unless it shares that of another.
    pub(crate) fn cluster_id(self) -> ClusterId {
        ClusterId::from(Ipv4Addr::from([10, 9, self.network, self.router]))
    }

    /// What it announces, if anything.
    pub(crate) fn prefix(self) -> Prefix {
        format!("198.18.{}.0/24", self.router).parse().unwrap()
    }

    /// With this next hop: FRR takes none of 127.0.0.0/8.
    pub(crate) fn next_hop(self) -> Ipv4Addr {
        [192, 0, 2, self.router].into()
    }

    pub(crate) fn of(address: &str) -> Self {
        let address: Ipv4Addr = address.parse().unwrap();
        let [_, _, network, router] = address.octets();
        Self { network, router }
    }

    /// Routers are numbered from one.
    pub(crate) fn index(self) -> usize {
        usize::from(self.router) - 1
    }

    /// Its own route.
    pub(crate) fn own(self) -> Entry {
        Entry {
            at: self,
            from: self,
            prefix: self.prefix(),
            next_hop: self.next_hop(),
            local_pref: 100,
            originator: None,
            clusters: Vec::new(),
        }
    }
}

impl Entry {
    /// The route of `of` as it should come from `from`, which has it by way of
    /// these clusters, the last one first.
    pub(crate) fn new(at: Place, from: Place, of: Place, clusters: &[ClusterId]) -> Self {
        Self {
            at,
            from,
            originator: (!clusters.is_empty()).then(|| of.router_id()),
            clusters: clusters.to_vec(),
            ..of.own()
        }
    }

    pub(crate) fn has_a_loop(&self) -> bool {
        let mut rest = self.clusters.as_slice();
        while let [first, after @ ..] = rest {
            if after.contains(first) {
                return true;
            }
            rest = after;
        }
        false
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} from {}: {} by {}, local preference {}",
            self.at.address(),
            self.from.address(),
            self.prefix,
            self.next_hop,
            self.local_pref
        )?;
        if let Some(originator) = self.originator {
            write!(f, ", originator {originator}")?;
        }
        let clusters: Vec<_> = self.clusters.iter().map(ToString::to_string).collect();
        write!(f, ", clusters [{}]", clusters.join(" "))
    }
}
