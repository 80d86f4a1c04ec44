//! Addresses, AS numbers and cluster ids that nobody has yet.

use alloc::collections::BTreeSet;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Numbers;
use crate::{
    plan::{
        Inventory,
        inventory::{InterfaceAddress, Remote},
    },
    types::{Asn, ClusterId, Family, RouterId},
};

/// What is in use, and what comes next.
#[derive(Clone, Debug)]
pub(super) struct Unused {
    addresses: BTreeSet<IpAddr>,
    numbers: BTreeSet<Asn>,
    ids: BTreeSet<u32>,
    next: u32,
    next_id: u32,
}

impl Unused {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let mut addresses = BTreeSet::new();
        let mut numbers = BTreeSet::from([inventory.default_as]);
        let mut ids = BTreeSet::new();
        for node in &inventory.nodes {
            let own = node.ipv4.into_iter().chain(node.ipv6);
            addresses.extend(own.map(|it| it.addr));
            numbers.extend(node.asn);
            ids.extend(node.cluster_id.map(|it| it.0));
            ids.extend(node.router_id.map(|it| it.0));
        }
        for router in &inventory.routers {
            addresses.extend(router.interfaces.iter().map(|it| it.addr));
            addresses.extend(router.neighbors.iter().map(|it| it.address));
            numbers.insert(router.asn);
            numbers.extend(router.neighbors.iter().map(|it| it.asn));
            ids.extend(router.cluster_id.map(|it| it.0));
            ids.extend(router.router_id.map(|it| it.0));
        }
        for peering in &inventory.peerings {
            if let Remote::Address(remote) = &peering.remote {
                addresses.insert(remote.addr);
                numbers.insert(remote.asn);
            }
        }
        ids.extend(addresses.iter().filter_map(|it| match it {
            IpAddr::V4(it) => Some(it.to_bits()),
            IpAddr::V6(_) => None,
        }));
        Self {
            addresses,
            numbers,
            ids,
            next: 1,
            next_id: FIRST_CLUSTER,
        }
    }

    /// A cluster id that nobody has, as it or as an address.
    pub(super) fn cluster_id(&mut self) -> ClusterId {
        while !self.ids.insert(self.next_id) {
            self.next_id = self.next_id.wrapping_add(1).max(1);
        }
        ClusterId(self.next_id)
    }

    /// An AS number for private use (RFC 6996).
    pub(super) fn number(&mut self, numbers: Numbers) -> Asn {
        let short = match numbers {
            Numbers::TwoOctets => Some(64_512..=65_534_u32),
            Numbers::FourOctets => None,
        };
        let found = short
            .into_iter()
            .flatten()
            .chain(FIRST_LONG..=LAST_LONG)
            .find(|it| !self.numbers.contains(&Asn(*it)));
        let found = Asn(found.unwrap_or(LAST_LONG));
        self.numbers.insert(found);
        found
    }

    /// A router's addresses, one of each family wanted, and its identifier.
    pub(super) fn router(
        &mut self,
        families: &[Family],
    ) -> (RouterId, [Option<InterfaceAddress>; 2]) {
        loop {
            let number = self.next;
            self.next = self.next.saturating_add(1);
            let v4 = Ipv4Addr::from(FIRST_V4.saturating_add(number));
            let v6 = Ipv6Addr::from(FIRST_V6.saturating_add(u128::from(number)));
            let free = |it: &IpAddr| !self.addresses.contains(it);
            let taken = self.ids.contains(&v4.to_bits());
            let fits = free(&IpAddr::V4(v4)) && free(&IpAddr::V6(v6)) && !taken;
            if !fits && number < u32::MAX {
                continue;
            }
            self.ids.insert(v4.to_bits());
            let of = |family, addr, length| {
                let wanted = families.contains(&family);
                wanted.then_some(InterfaceAddress {
                    addr,
                    length: Some(length),
                })
            };
            let both = [
                of(Family::IPV4_UNICAST, IpAddr::V4(v4), 32),
                of(Family::IPV6_UNICAST, IpAddr::V6(v6), 128),
            ];
            return (RouterId(v4.to_bits()), both);
        }
    }
}

/// 244.0.0.1, of addresses that no host has.
const FIRST_CLUSTER: u32 = 0xf400_0001;
/// 10.255.0.0
const FIRST_V4: u32 = 0x0aff_0000;
/// fd00:10:255::
const FIRST_V6: u128 = 0xfd00_0010_0255_0000_0000_0000_0000_0000;
const FIRST_LONG: u32 = 4_200_000_000;
const LAST_LONG: u32 = 4_294_967_294;
