use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use thiserror::Error;

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

impl FromStr for NextHop {
    type Err = ParseNextHopError;

    /// An address, or a global IPv6 address and a link-local one with a blank
    /// between.
    fn from_str(text: &str) -> Result<Self, ParseNextHopError> {
        let Some((global, local)) = text.split_once(' ') else {
            let addr: IpAddr = text.parse().map_err(|_| ParseNextHopError)?;
            return Ok(addr.into());
        };
        let local: Ipv6Addr = local.parse().map_err(|_| ParseNextHopError)?;
        if !local.is_unicast_link_local() {
            return Err(ParseNextHopError);
        }
        Ok(Self::V6 {
            global: global.parse().map_err(|_| ParseNextHopError)?,
            link_local: Some(local),
        })
    }
}

/// The text is no next hop.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a next hop is an address, or an IPv6 address and a link-local one")]
pub struct ParseNextHopError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_next_hop_is_read_as_it_is_written() {
        for text in [
            "192.0.2.1",
            "2001:db8::1",
            "2001:db8::1 fe80::1",
            ":: fe80::1",
        ] {
            let next_hop: NextHop = text.parse().unwrap();
            assert_eq!(next_hop.to_string(), text);
        }
        for text in [
            "",
            "fe80::1 2001:db8::1",
            "192.0.2.1 fe80::1",
            "2001:db8::1 ",
            "x",
        ] {
            assert_eq!(text.parse::<NextHop>(), Err(ParseNextHopError), "{text}");
        }
    }
}
