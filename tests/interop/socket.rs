//! What a [`Transport`](bgpwright::session::Transport) asks for, set on a
//! socket: the standard library has no word for keys and least TTLs.

use core::{ffi::c_int, net::SocketAddr, time::Duration};
use std::{io, net::TcpStream, os::fd::AsRawFd};

use bgpwright::session::{Authentication, Dial};
use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, Socket, Type};

/// Dials as it is told. A key's name is the secret here.
pub(crate) fn connect(dial: &Dial<'_>, limit: Duration) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(dial.to),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if let Some(from) = dial.from {
        socket.bind(&from.into())?;
    }
    socket.set_ttl_v4(dial.options.ttl.into())?;
    if let Some(least) = dial.options.min_ttl {
        set(
            &socket,
            libc::IPPROTO_IP,
            libc::IP_MINTTL,
            &c_int::from(least),
        )?;
    }
    if let Authentication::Md5(key) = dial.options.authentication {
        set(
            &socket,
            libc::IPPROTO_TCP,
            libc::TCP_MD5SIG,
            &Md5::new(dial.to, &key.0),
        )?;
    }
    socket.connect_timeout(&dial.to.into(), limit)?;
    Ok(socket.into())
}

/// The kernel's `struct tcp_md5sig`.
#[repr(C)]
struct Md5 {
    addr: SockAddrStorage,
    flags: u8,
    prefix_len: u8,
    key_len: u16,
    interface: c_int,
    key: [u8; 80],
}

impl Md5 {
    fn new(peer: SocketAddr, secret: &str) -> Self {
        let mut key = [0; 80];
        key[..secret.len()].copy_from_slice(secret.as_bytes());
        Self {
            addr: SockAddr::from(peer).as_storage(),
            flags: 0,
            prefix_len: 0,
            key_len: u16::try_from(secret.len()).unwrap(),
            interface: 0,
            key,
        }
    }
}

fn set<T>(socket: &Socket, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let len = libc::socklen_t::try_from(size_of::<T>()).unwrap();
    // SAFETY: the option is as long as it says, and lives over the call.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            core::ptr::from_ref(value).cast(),
            len,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
