//! What sockets are made with: addresses, TTLs and keys, as a neighbour's
//! [`Transport`] says.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener as Listener, TcpStream as Stream},
};

use bgpwright::{
    session::{Authentication, Dial, KeyRef, SocketOptions, Transport, transport::LISTEN_TTL},
    speaker::PeerConfig,
};
use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::settings::Secret;

/// Listens, with the keys of all who may dial.
///
/// # Errors
/// The text for the user.
pub(crate) fn listen(
    address: SocketAddr,
    neighbors: &[PeerConfig],
    keys: &BTreeMap<KeyRef, Secret>,
) -> Result<TcpListener, String> {
    let failed = |error: io::Error| refusal(address, &error);
    let socket = socket(address).map_err(failed)?;
    let prepared = || {
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            // IPv4 has a listener of its own, or none.
            socket.set_only_v6(true)?;
        }
        set_ttl(&socket, address, LISTEN_TTL)?;
        socket.bind(&address.into())
    };
    prepared().map_err(failed)?;
    for transport in neighbors
        .iter()
        .filter_map(|it| it.session.transport.as_ref())
    {
        let remote = transport.remote.with_port(0);
        if remote.is_ipv4() == address.is_ipv4() {
            set_key(&socket, remote, &transport.authentication, keys)
                .map_err(|error| format!("no key for {}: {error}", transport.remote))?;
        }
    }
    socket.listen(BACKLOG).map_err(failed)?;
    Ok(TcpListener::from_std(Listener::from(socket)))
}

/// Begins to dial.
///
/// # Errors
/// If the system refuses at once.
pub(crate) fn dial(dial: &Dial<'_>, keys: &BTreeMap<KeyRef, Secret>) -> io::Result<TcpStream> {
    let socket = socket(dial.to)?;
    if let Some(from) = dial.from {
        socket.bind(&from.into())?;
    }
    set_key(&socket, dial.to, dial.options.authentication, keys)?;
    set_options(&socket, dial.to, &dial.options)?;
    match socket.connect(&dial.to.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(TcpStream::from_std(Stream::from(socket))),
    }
}

/// Makes an accepted socket the neighbour's, before it is read.
///
/// # Errors
/// If the system refuses.
pub(crate) fn adopt(stream: &TcpStream, transport: &Transport) -> io::Result<()> {
    let remote = transport.remote.with_port(0);
    set_options(&SockRef::from(stream), remote, &transport.options())
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn set_options(socket: &Socket, remote: SocketAddr, options: &SocketOptions<'_>) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    set_ttl(socket, remote, options.ttl)?;
    options
        .min_ttl
        .map_or(Ok(()), |least| option::set_min_ttl(socket, remote, least))
}

fn set_ttl(socket: &Socket, remote: SocketAddr, ttl: u8) -> io::Result<()> {
    match remote {
        SocketAddr::V4(_) => socket.set_ttl_v4(ttl.into()),
        SocketAddr::V6(_) => socket.set_unicast_hops_v6(ttl.into()),
    }
}

fn set_key(
    socket: &Socket,
    remote: SocketAddr,
    authentication: &Authentication,
    keys: &BTreeMap<KeyRef, Secret>,
) -> io::Result<()> {
    match authentication {
        Authentication::Md5(name) => {
            let secret = keys.get(name).ok_or(ErrorKind::NotFound)?;
            option::set_md5(socket, remote, &secret.0)
        }
        _ => Ok(()),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS) || error.kind() == ErrorKind::WouldBlock
}

fn refusal(wanted: SocketAddr, error: &io::Error) -> String {
    let what = match error.kind() {
        ErrorKind::AddrInUse => "the port is in use by another process".to_owned(),
        ErrorKind::AddrNotAvailable => "the address is not on this machine".to_owned(),
        ErrorKind::PermissionDenied => "ports below 1024 need privileges".to_owned(),
        _ => error.to_string(),
    };
    format!("cannot listen on {wanted}: {what}")
}

/// What the standard library and `socket2` have no words for.
#[cfg(target_os = "linux")]
mod option {
    use std::{ffi::c_int, io, net::SocketAddr, os::fd::AsRawFd as _};

    use socket2::{SockAddr, SockAddrStorage, Socket};

    use crate::file::LONGEST_KEY;

    /// The kernel's `struct tcp_md5sig`.
    #[repr(C)]
    struct Md5 {
        addr: SockAddrStorage,
        flags: u8,
        prefix_len: u8,
        key_len: u16,
        interface: c_int,
        key: [u8; LONGEST_KEY],
    }

    pub(super) fn set_md5(socket: &Socket, peer: SocketAddr, secret: &[u8]) -> io::Result<()> {
        let mut key = [0; LONGEST_KEY];
        for (to, from) in key.iter_mut().zip(secret) {
            *to = *from;
        }
        let value = Md5 {
            addr: SockAddr::from(peer).as_storage(),
            flags: 0,
            prefix_len: 0,
            key_len: u16::try_from(secret.len()).unwrap_or(u16::MAX),
            interface: 0,
            key,
        };
        set(socket, libc::IPPROTO_TCP, libc::TCP_MD5SIG, &value)
    }

    pub(super) fn set_min_ttl(socket: &Socket, peer: SocketAddr, least: u8) -> io::Result<()> {
        let (level, name) = match peer {
            SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_MINTTL),
            SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_MINHOPCOUNT),
        };
        set(socket, level, name, &c_int::from(least))
    }

    fn set<T>(socket: &Socket, level: c_int, name: c_int, value: &T) -> io::Result<()> {
        let length = libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0);
        let from = std::ptr::from_ref(value).cast();
        // SAFETY: the option is as long as it says, and lives over the call.
        match unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, from, length) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod option {
    use std::{
        io::{self, ErrorKind},
        net::SocketAddr,
    };

    use socket2::Socket;

    pub(super) fn set_md5(_: &Socket, _: SocketAddr, _: &[u8]) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub(super) fn set_min_ttl(_: &Socket, _: SocketAddr, _: u8) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// Neighbours that may dial at the same moment.
const BACKLOG: i32 = 1024;
