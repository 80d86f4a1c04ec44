use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use nom::{IResult, Parser};

use super::read::{addr_or_none, push_addr_or_none};

/// A multicast flow of a customer, in EVPN (RFC 9251 §9) and multicast VPNs
/// (RFC 6514 §4). Displays as `source, group`, with `*` for any.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct MulticastFlow {
    /// The sender, or rendezvous point; `None` for any (RFC 6625 §2).
    pub source: Option<IpAddr>,
    /// The group; `None` for any.
    pub group: Option<IpAddr>,
}

impl MulticastFlow {
    /// Both addresses behind their lengths in bits.
    pub(super) fn read(octets: &[u8]) -> IResult<&[u8], Self> {
        (addr_or_none, addr_or_none)
            .map(|(source, group)| Self { source, group })
            .parse(octets)
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        push_addr_or_none(self.source, out);
        push_addr_or_none(self.group, out);
    }
}

impl fmt::Display for MulticastFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Some(source) => write!(f, "{source}, ")?,
            None => f.write_str("*, ")?,
        }
        match self.group {
            Some(group) => write!(f, "{group}"),
            None => f.write_str("*"),
        }
    }
}
