//! What every codec must hand out, added up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Totals over messages; equal for two codecs that read the same.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sum {
    /// Prefixes, withdrawn and announced.
    pub prefixes: u64,
    /// Their lengths in bits.
    pub bits: u64,
    /// The first 32 bits of their addresses.
    pub words: u64,
    /// AS numbers of AS_PATH.
    pub asns: u64,
    /// Communities' values; of extended ones the number.
    pub communities: u64,
    /// The single values: origin, next hop, MED and the like.
    pub singles: u64,
}

impl Sum {
    /// One IPv4 prefix.
    #[inline(always)]
    pub fn v4(&mut self, length: u8, address: u32) {
        self.prefixes += 1;
        self.bits += u64::from(length);
        self.words += u64::from(address);
    }

    /// One IPv6 prefix.
    #[inline(always)]
    pub fn v6(&mut self, length: u8, address: u128) {
        self.v4(length, (address >> 96) as u32);
    }

    /// One AS number of the path.
    #[inline(always)]
    pub fn asn(&mut self, asn: u32) {
        self.asns += u64::from(asn);
    }

    /// One community, or a third of a large one.
    #[inline(always)]
    pub fn community(&mut self, value: u32) {
        self.communities += u64::from(value);
    }

    /// This many extended communities.
    #[inline(always)]
    pub fn extended(&mut self, count: usize) {
        self.communities += count as u64;
    }

    /// A value that occurs once a message, or once an element of a short list.
    #[inline(always)]
    pub fn single(&mut self, value: u32) {
        self.singles += u64::from(value);
    }

    /// A next hop: its first 32 bits.
    #[inline(always)]
    pub fn next_hop(&mut self, address: IpAddr) {
        self.single(match address {
            IpAddr::V4(v4) => v4.to_bits(),
            IpAddr::V6(v6) => word6(v6),
        });
    }

    /// AGGREGATOR.
    #[inline(always)]
    pub fn aggregator(&mut self, asn: u32, address: Ipv4Addr) {
        self.single(asn);
        self.single(address.to_bits());
    }
}

/// The first 32 bits.
#[inline(always)]
pub fn word6(address: Ipv6Addr) -> u32 {
    (address.to_bits() >> 96) as u32
}
