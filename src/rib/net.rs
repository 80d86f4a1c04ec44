//! The destinations of one family as small numbers.

use alloc::vec::Vec;
use core::{
    hash::{Hash, Hasher},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use siphasher::sip::SipHasher13;

use crate::{
    rib::index::Index,
    types::{Afi, Esi, Family, Label, LabelStack, Prefix, Safi},
    wire::nlri::{Destination, EvpnRoute, MupRoute, MupSource, NlriList},
};

/// A destination of one family of a RIB: a small number that is its own as long
/// as somebody holds it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NetId(pub(crate) u32);

impl NetId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The names of destinations, packed by what a family's look like.
#[derive(Debug)]
pub(crate) struct Names {
    family: Family,
    index: Index,
    lengths: Vec<u8>,
    kind: Kind,
    seed: (u64, u64),
}

#[derive(Debug)]
enum Kind {
    V4(Vec<u32>),
    /// Two halves: eight octets are as far as memory needs to align.
    V6(Vec<[u64; 2]>),
    Other(Vec<Destination>),
}

/// A name to look for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name<'a> {
    V4(u32, u8),
    V6([u64; 2], u8),
    Other(&'a Destination),
}

impl Name<'_> {
    pub(crate) fn of(prefix: Prefix) -> Self {
        let length = prefix.length();
        match prefix.addr() {
            IpAddr::V4(addr) => Self::V4(addr.to_bits(), length),
            IpAddr::V6(addr) => Self::V6(halves(addr), length),
        }
    }

    fn hash(&self, seed: (u64, u64)) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(seed.0, seed.1);
        match self {
            Self::V4(addr, length) => hasher.write_u64(u64::from(*addr) << 8 | u64::from(*length)),
            Self::V6([high, low], length) => {
                hasher.write_u64(*high);
                hasher.write_u64(*low);
                hasher.write_u8(*length);
            }
            Self::Other(destination) => destination.hash(&mut hasher),
        }
        hasher.finish()
    }
}

fn halves(addr: Ipv6Addr) -> [u64; 2] {
    let octets = addr.octets();
    let (halves, _) = octets.as_chunks::<8>();
    let mut halves = halves.iter().map(|half| u64::from_be_bytes(*half));
    [(); 2].map(|()| halves.next().unwrap_or(0))
}

impl Names {
    pub(crate) fn new(family: Family, seed: (u64, u64)) -> Self {
        let bare = is_of_prefixes(family);
        Self {
            family,
            index: Index::default(),
            lengths: Vec::new(),
            kind: match family.afi {
                Afi::IPV4 if bare => Kind::V4(Vec::new()),
                Afi::IPV6 if bare => Kind::V6(Vec::new()),
                _ => Kind::Other(Vec::new()),
            },
            seed,
        }
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }

    fn name(&self, id: usize) -> Option<Name<'_>> {
        Some(match &self.kind {
            Kind::V4(addrs) => Name::V4(*addrs.get(id)?, *self.lengths.get(id)?),
            Kind::V6(addrs) => Name::V6(*addrs.get(id)?, *self.lengths.get(id)?),
            Kind::Other(all) => Name::Other(all.get(id)?),
        })
    }

    fn is(&self, id: u32, name: &Name<'_>) -> bool {
        let at = id as usize;
        match (&self.kind, name) {
            (Kind::V4(addrs), Name::V4(addr, length)) => {
                addrs.get(at) == Some(addr) && self.lengths.get(at) == Some(length)
            }
            (Kind::V6(addrs), Name::V6(addr, length)) => {
                addrs.get(at) == Some(addr) && self.lengths.get(at) == Some(length)
            }
            (Kind::Other(all), Name::Other(destination)) => all.get(at) == Some(destination),
            _ => false,
        }
    }

    pub(crate) fn find(&self, name: &Name<'_>) -> Option<NetId> {
        let found = self
            .index
            .find(name.hash(self.seed), |&id| self.is(id, name));
        found.map(NetId)
    }

    /// Its number, or the given one from now on. `None` if the name is none of
    /// the family's.
    pub(crate) fn find_or_insert(
        &mut self,
        name: &Name<'_>,
        free: impl FnOnce(usize) -> NetId,
    ) -> Option<(NetId, bool)> {
        let hash = name.hash(self.seed);
        if let Some(id) = self.index.find(hash, |&id| self.is(id, name)) {
            return Some((NetId(id), false));
        }
        let id = free(self.count());
        let at = id.index();
        match (&mut self.kind, *name) {
            (Kind::V4(addrs), Name::V4(addr, _)) => put(addrs, at, addr),
            (Kind::V6(addrs), Name::V6(addr, _)) => put(addrs, at, addr),
            (Kind::Other(all), Name::Other(destination)) => {
                put(all, at, destination.clone());
            }
            _ => return None,
        }
        if let Name::V4(_, length) | Name::V6(_, length) = *name {
            put(&mut self.lengths, at, length);
        }
        let mut index = core::mem::take(&mut self.index);
        index.insert(hash, id.0, |&id| {
            self.name(id as usize).map_or(0, |it| it.hash(self.seed))
        });
        self.index = index;
        Some((id, true))
    }

    /// The number is nobody's now.
    pub(crate) fn remove(&mut self, id: NetId) {
        let Some(hash) = self.name(id.index()).map(|name| name.hash(self.seed)) else {
            return;
        };
        self.index.remove(hash, id.0);
    }

    pub(crate) fn prefix(&self, id: NetId) -> Option<Prefix> {
        match self.name(id.index())? {
            Name::V4(addr, length) => Prefix::new(Ipv4Addr::from(addr).into(), length).ok(),
            Name::V6([high, low], length) => {
                let bits = u128::from(high) << 64 | u128::from(low);
                Prefix::new(Ipv6Addr::from(bits).into(), length).ok()
            }
            Name::Other(Destination::Prefix(prefix)) => Some(*prefix),
            Name::Other(_) => None,
        }
    }

    pub(crate) fn destination(&self, id: NetId) -> Option<Destination> {
        match self.name(id.index())? {
            Name::Other(destination) => Some(destination.clone()),
            _ => self.prefix(id).map(Destination::Prefix),
        }
    }

    /// Appends the element of NLRI that withdraws a destination, or announces
    /// one whose NLRI names it and no more.
    pub(crate) fn write(&self, id: NetId, path_id: Option<u32>, out: &mut Vec<u8>) {
        if let Some(path_id) = path_id {
            out.extend_from_slice(&path_id.to_be_bytes());
        }
        let octets = |length: u8| usize::from(length).div_ceil(8);
        match self.name(id.index()) {
            Some(Name::V4(addr, length)) => {
                out.push(length);
                let addr = addr.to_be_bytes();
                out.extend_from_slice(addr.get(..octets(length)).unwrap_or_default());
            }
            Some(Name::V6([high, low], length)) => {
                out.push(length);
                let bits = u128::from(high) << 64 | u128::from(low);
                let addr = bits.to_be_bytes();
                out.extend_from_slice(addr.get(..octets(length)).unwrap_or_default());
            }
            Some(Name::Other(destination)) => {
                let list = NlriList::collect(self.family, [withdrawal(destination, self.family)]);
                out.extend_from_slice(list.as_ref().map_or(&[], |list| list.octets()));
            }
            None => {}
        }
    }

    /// How many numbers there are, free ones too.
    fn count(&self) -> usize {
        match &self.kind {
            Kind::V4(addrs) => addrs.len(),
            Kind::V6(addrs) => addrs.len(),
            Kind::Other(all) => all.len(),
        }
    }
}

fn put<T>(list: &mut Vec<T>, at: usize, value: T) {
    match list.get_mut(at) {
        Some(slot) => *slot = value,
        None => list.push(value),
    }
}

/// Whether the NLRI of a family are bare prefixes.
pub(crate) fn is_of_prefixes(family: Family) -> bool {
    let bare = matches!(family.safi, Safi::UNICAST | Safi::MULTICAST);
    bare && matches!(family.afi, Afi::IPV4 | Afi::IPV6)
}

/// What of an element of NLRI names the destination: without labels, and
/// without what may change from one announcement to the next (RFC 8277 §2.4,
/// RFC 7432 §7.2 and §7.10, RFC 9136 §3.1).
pub(crate) fn key(destination: &Destination) -> Destination {
    let mut key = destination.clone();
    match &mut key {
        Destination::Labeled(of) => of.labels = LabelStack::default(),
        Destination::Vpn(of) => of.labels = LabelStack::default(),
        Destination::Evpn(EvpnRoute::EthernetAutoDiscovery(of)) => of.label = Label::default(),
        Destination::Evpn(EvpnRoute::MacIpAdvertisement(of)) => {
            of.esi = Esi::default();
            of.label = Label::default();
            of.l3_label = None;
        }
        Destination::Evpn(EvpnRoute::IpPrefix(of)) => {
            of.esi = Esi::default();
            of.gateway = unspecified(of.gateway);
            of.label = Label::default();
        }
        Destination::Mup(MupRoute::Type1Session(of)) => {
            of.teid = 0;
            of.qfi = 0;
            of.endpoint = unspecified(of.endpoint);
            of.source = MupSource::Empty;
        }
        _ => {}
    }
    key
}

/// A key with what a withdrawal has where labels would be (RFC 8277 §2.4).
fn withdrawal(key: &Destination, family: Family) -> Destination {
    let mut of = key.clone();
    match &mut of {
        Destination::Labeled(of) => of.labels = LabelStack::from(Label::WITHDRAW),
        Destination::Vpn(of) if family.safi != Safi::VPN_MULTICAST => {
            of.labels = LabelStack::from(Label::WITHDRAW);
        }
        _ => {}
    }
    of
}

fn unspecified(addr: IpAddr) -> IpAddr {
    match addr {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}
