use core::{
    fmt,
    net::{IpAddr, SocketAddr, SocketAddrV6},
    num::NonZeroU32,
    str::FromStr,
};

use thiserror::Error;

use super::AddrProblem;

/// An address, and for a link-local one the interface it lies on (RFC 4007):
/// `10.0.0.1`, `fe80::1%3`.
///
/// ```
/// use bgpwright::session::ScopedAddr;
///
/// let unnumbered: ScopedAddr = "fe80::1%3".parse()?;
/// assert_eq!(unnumbered.with_port(179).to_string(), "[fe80::1%3]:179");
/// # Ok::<(), bgpwright::session::ParseScopedAddrError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct ScopedAddr {
    /// The address.
    pub addr: IpAddr,
    /// The interface, as the kernel numbers it (`sin6_scope_id`).
    pub scope: Option<NonZeroU32>,
}

impl ScopedAddr {
    /// The same with a port, as sockets want it.
    pub fn with_port(self, port: u16) -> SocketAddr {
        match self.addr {
            IpAddr::V4(addr) => SocketAddr::from((addr, port)),
            IpAddr::V6(addr) => {
                let scope = self.scope.map_or(0, NonZeroU32::get);
                SocketAddr::V6(SocketAddrV6::new(addr, port, 0, scope))
            }
        }
    }

    /// Whether it is an IPv6 address of one link (`fe80::/10`,
    /// RFC 4291 §2.5.6). An IPv4 one (169.254.0.0/16) needs no scope.
    pub const fn is_link_local(&self) -> bool {
        match self.addr {
            IpAddr::V4(_) => false,
            IpAddr::V6(addr) => addr.is_unicast_link_local(),
        }
    }

    /// Whether a TCP connection can end at it.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check(&self) -> Result<(), AddrProblem> {
        if self.addr.is_unspecified() {
            return Err(AddrProblem::Unspecified);
        }
        if self.addr.is_multicast() {
            return Err(AddrProblem::Multicast);
        }
        if self.addr.to_canonical() != self.addr {
            return Err(AddrProblem::Mapped);
        }
        if matches!(self.addr, IpAddr::V4(addr) if addr.is_broadcast()) {
            return Err(AddrProblem::Broadcast);
        }
        match (self.is_link_local(), self.scope) {
            (true, None) => Err(AddrProblem::NoScope),
            (false, Some(_)) => Err(AddrProblem::Scope),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for ScopedAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.addr, f)?;
        self.scope.map_or(Ok(()), |scope| write!(f, "%{scope}"))
    }
}

impl From<IpAddr> for ScopedAddr {
    fn from(addr: IpAddr) -> Self {
        Self { addr, scope: None }
    }
}

impl From<SocketAddr> for ScopedAddr {
    /// As a kernel reports an end: the port is left out, an IPv4 address in an
    /// IPv6 one's form becomes one, and a scope stays where it means something.
    fn from(end: SocketAddr) -> Self {
        let bare = Self::from(end.ip().to_canonical());
        let scope = match end {
            SocketAddr::V6(end) if bare.is_link_local() => NonZeroU32::new(end.scope_id()),
            _ => None,
        };
        Self { scope, ..bare }
    }
}

impl FromStr for ScopedAddr {
    type Err = ParseScopedAddrError;

    fn from_str(text: &str) -> Result<Self, ParseScopedAddrError> {
        let (addr, scope) = match text.split_once('%') {
            Some((addr, scope)) => {
                let digits = scope.bytes().all(|octet| octet.is_ascii_digit());
                let scope = scope.parse().ok().filter(|_| digits);
                (addr, Some(scope.ok_or(ParseScopedAddrError)?))
            }
            None => (text, None),
        };
        let addr = addr.parse().map_err(|_| ParseScopedAddrError)?;
        Ok(Self { addr, scope })
    }
}

/// The text is no address, or its scope is no number.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an address is as 10.0.0.1, fd00::1, or fe80::1%3 with the interface's number")]
pub struct ParseScopedAddrError;
