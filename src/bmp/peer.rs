use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use bitflags::bitflags;

use crate::{
    types::{Asn, RouteDistinguisher, RouterId},
    wire::Context,
};

/// Octets of a per-peer header.
pub(super) const PEER_LEN: usize = 42;

/// The type octet of a per-peer header (RFC 7854 §4.2, RFC 9069 §4.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct PeerKind(pub u8);

impl PeerKind {
    /// A peer of the global table.
    pub const GLOBAL: Self = Self(0);
    /// A peer in a VPN; the distinguisher says which.
    pub const RD: Self = Self(1);
    /// A peer in a routing instance that is local to the router.
    pub const LOCAL: Self = Self(2);
    /// No peer: the router's Loc-RIB (RFC 9069).
    pub const LOC_RIB: Self = Self(3);

    /// A short name, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::GLOBAL => "global",
            Self::RD => "RD",
            Self::LOCAL => "local",
            Self::LOC_RIB => "Loc-RIB",
            _ => return None,
        })
    }
}

impl fmt::Display for PeerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "peer type {}", self.0),
        }
    }
}

bitflags! {
    /// The flag octet of a per-peer header. The first bit means another thing
    /// for [`PeerKind::LOC_RIB`] than for the others.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct PeerFlags: u8 {
        /// V: the peer's address is IPv6 (RFC 7854 §4.2).
        const IPV6 = 0x80;
        /// F, of a Loc-RIB: not all of it is told (RFC 9069 §4.2).
        const FILTERED = 0x80;
        /// L: after policy (RFC 7854 §4.2).
        const POST_POLICY = 0x40;
        /// A: AS_PATH has two-octet numbers (RFC 7854 §4.2).
        const TWO_OCTET_AS = 0x20;
        /// O: of Adj-RIB-Out, not Adj-RIB-In (RFC 8671 §4).
        const ADJ_RIB_OUT = 0x10;
        /// The other bits are kept as they came.
        const _ = !0;
    }
}

/// When something happened, since 1970 without leap seconds; zero if the router
/// does not know.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Timestamp {
    /// Whole seconds.
    pub seconds: u32,
    /// Microseconds beyond them.
    pub microseconds: u32,
}

/// Whom a message is about (RFC 7854 §4.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PeerHeader {
    /// What kind of peer.
    pub kind: PeerKind,
    /// Flags, of which the kind says the meaning.
    pub flags: PeerFlags,
    /// Which of several peers of one address; zero for a global one.
    pub distinguisher: RouteDistinguisher,
    /// The far end of the session; zero for a Loc-RIB.
    pub address: IpAddr,
    /// The peer's AS.
    pub asn: Asn,
    /// The peer's BGP Identifier.
    pub router_id: RouterId,
    /// When the route, or the message, came.
    pub timestamp: Timestamp,
}

impl PeerHeader {
    /// Whether the peer's address is IPv6.
    pub fn is_ipv6(&self) -> bool {
        self.kind != PeerKind::LOC_RIB && self.flags.contains(PeerFlags::IPV6)
    }

    /// The context for one message of this peer, from its session's: what the
    /// router re-wrote has four-octet AS numbers unless the A flag is set, and
    /// in a Loc-RIB always (RFC 7854 §4.2, RFC 9069 §5.4.1).
    ///
    /// Not for mirrored messages: they are as the session had them, and are read
    /// with `session` itself, whatever the A flag says (RFC 7854 §4.2).
    pub fn read_with(&self, session: &Context) -> Context {
        let two = self.kind != PeerKind::LOC_RIB && self.flags.contains(PeerFlags::TWO_OCTET_AS);
        let mut context = session.clone();
        context.four_octet_as = !two;
        if self.flags.contains(PeerFlags::ADJ_RIB_OUT) && self.kind != PeerKind::LOC_RIB {
            // What the router sends has the path identifiers that it sends.
            context.add_path_receive.clone_from(&session.add_path_send);
        }
        context
    }

    /// Reads the 42 octets.
    pub(super) fn decode(octets: &[u8; PEER_LEN]) -> Self {
        let [kind, flags, rest @ ..] = *octets;
        let mut rest = &rest[..];
        let mut take = |count: usize| {
            let (front, back) = rest.split_at_checked(count).unwrap_or_default();
            rest = back;
            front
                .iter()
                .fold(0_u128, |all, octet| all << 8 | u128::from(*octet))
        };
        let distinguisher = low_64(take(8));
        let address = take(16);
        let asn = low_32(take(4));
        let router_id = low_32(take(4));
        let seconds = low_32(take(4));
        let microseconds = low_32(take(4));
        let mut header = Self {
            kind: PeerKind(kind),
            flags: PeerFlags::from_bits_retain(flags),
            distinguisher: RouteDistinguisher(distinguisher),
            address: IpAddr::V4(Ipv4Addr::from_bits(low_32(address))),
            asn: Asn(asn),
            router_id: RouterId(router_id),
            timestamp: Timestamp {
                seconds,
                microseconds,
            },
        };
        if header.is_ipv6() {
            header.address = IpAddr::V6(Ipv6Addr::from_bits(address));
        }
        header
    }
}

/// Whole addresses were taken; these are their last bits.
fn low_32(number: u128) -> u32 {
    let [.., a, b, c, d] = number.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

fn low_64(number: u128) -> u64 {
    let octets = number.to_be_bytes();
    octets.last_chunk().copied().map_or(0, u64::from_be_bytes)
}

impl fmt::Display for PeerHeader {
    /// As `global peer 192.0.2.2 AS 65002 id 192.0.2.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} peer ", self.kind)?;
        if self.kind != PeerKind::GLOBAL {
            write!(f, "{} ", self.distinguisher)?;
        }
        write!(f, "{} AS {} id {}", self.address, self.asn, self.router_id)?;
        if self.kind == PeerKind::LOC_RIB {
            // Its other flags have no meaning.
            let filtered = self.flags.contains(PeerFlags::FILTERED);
            return f.write_str(if filtered { " filtered" } else { "" });
        }
        if self.flags.contains(PeerFlags::POST_POLICY) {
            f.write_str(" post-policy")?;
        }
        if self.flags.contains(PeerFlags::ADJ_RIB_OUT) {
            f.write_str(" Adj-RIB-Out")?;
        }
        Ok(())
    }
}
