use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Where packets for a route go next: NEXT_HOP (RFC 4271 §5.1.3), or the next
/// hop field of MP_REACH_NLRI (RFC 4760 §3, RFC 2545 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum NextHop {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, with the link-local one beside it where the wire had it.
    V6 {
        /// The global address; `::` if only a link-local one is known.
        global: Ipv6Addr,
        /// The link-local address on a shared link.
        link_local: Option<Ipv6Addr>,
    },
}

impl NextHop {
    /// The address that resolution looks up: IPv4, or the global IPv6 one.
    pub const fn addr(self) -> IpAddr {
        match self {
            Self::V4(addr) => IpAddr::V4(addr),
            Self::V6 { global, .. } => IpAddr::V6(global),
        }
    }
}

impl From<IpAddr> for NextHop {
    fn from(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(addr) => Self::V4(addr),
            IpAddr::V6(global) => Self::V6 {
                global,
                link_local: None,
            },
        }
    }
}

impl fmt::Display for NextHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(addr) => fmt::Display::fmt(addr, f),
            Self::V6 {
                global,
                link_local: None,
            } => fmt::Display::fmt(global, f),
            Self::V6 {
                global,
                link_local: Some(local),
            } => write!(f, "{global} {local}"),
        }
    }
}
