//! The transport map: which real socket stands for which planned address.
//!
//! Speakers, tables and JSON know planned addresses only. This module alone
//! knows that all of them are played on loopback, and tells whom an accepted
//! connection comes from: both ends live in this process, so the dialer notes
//! its own socket address at connect time, and the acceptor looks it up. That
//! needs one loopback address, and no two planned addresses that look alike.

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
};

use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};

/// One end of a session: a router, and one of its peers, both by position in
/// the plan.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct End {
    pub(crate) router: usize,
    pub(crate) peer: usize,
}

/// Listeners by router, and who dialled from where.
#[derive(Debug)]
pub(crate) struct Transport {
    listeners: Vec<Listener>,
    /// By the dialer's socket address and the router dialled: a source port
    /// may serve several destinations at once.
    dialers: BTreeMap<(SocketAddr, usize), End>,
    /// Connections accepted from somebody who did not dial from here.
    pub(crate) strangers: u64,
}

#[derive(Debug)]
struct Listener {
    address: SocketAddr,
    socket: Option<TcpListener>,
}

/// An accepted connection.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: TcpStream,
    pub(crate) dialer: End,
}

impl Transport {
    /// Listens for every router on `address`: on consecutive ports from `base`,
    /// or wherever the system likes. A router's token is its position.
    ///
    /// # Errors
    /// The text for the user: which address could not be had, and why.
    pub(crate) fn listen(
        registry: &Registry,
        names: &[&str],
        address: IpAddr,
        base: Option<u16>,
    ) -> Result<Self, String> {
        let mut listeners = Vec::with_capacity(names.len());
        for (router, name) in names.iter().enumerate() {
            let port = port(base, router, names.len())?;
            let wanted = SocketAddr::new(address, port);
            let listener = Listener::open(registry, router, wanted);
            listeners.push(listener.map_err(|error| refusal(name, wanted, &error))?);
        }
        Ok(Self {
            listeners,
            dialers: BTreeMap::new(),
            strangers: 0,
        })
    }

    /// Dials `router` on behalf of `from`.
    ///
    /// # Errors
    /// If the system refuses, or the router does not run.
    pub(crate) fn dial(&mut self, from: End, router: usize) -> io::Result<TcpStream> {
        let listener = self.listeners.get(router).ok_or(ErrorKind::NotFound)?;
        let stream = TcpStream::connect(listener.address)?;
        stream.set_nodelay(true)?;
        self.dialers.insert((stream.local_addr()?, router), from);
        Ok(stream)
    }

    /// The next connection that waits at `router`, if one does.
    pub(crate) fn accept(&mut self, router: usize) -> Option<Accepted> {
        let socket = self.listeners.get(router)?.socket.as_ref()?;
        loop {
            let (stream, source) = match socket.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if is_transient(error.kind()) => continue,
                // Out of descriptors: the rest waits for the next dial.
                Err(_) => return None,
            };
            match self.dialers.remove(&(source, router)) {
                Some(dialer) if stream.set_nodelay(true).is_ok() => {
                    return Some(Accepted { stream, dialer });
                }
                Some(_) => {}
                None => self.strangers += 1,
            }
        }
    }

    /// Stops listening for `router`: who dials it is refused.
    pub(crate) fn close(&mut self, router: usize) {
        if let Some(listener) = self.listeners.get_mut(router) {
            listener.socket = None;
        }
    }

    /// Listens for `router` again: on the same address, or on another port if
    /// somebody took that one meanwhile.
    ///
    /// # Errors
    /// If the system has no port at all.
    pub(crate) fn reopen(&mut self, registry: &Registry, router: usize) -> io::Result<()> {
        if let Some(listener) = self.listeners.get_mut(router) {
            let any_port = SocketAddr::new(listener.address.ip(), 0);
            *listener = Listener::open(registry, router, listener.address)
                .or_else(|_| Listener::open(registry, router, any_port))?;
        }
        Ok(())
    }
}

impl Listener {
    fn open(registry: &Registry, router: usize, wanted: SocketAddr) -> io::Result<Self> {
        let mut socket = TcpListener::bind(wanted)?;
        registry.register(&mut socket, Token(router), Interest::READABLE)?;
        Ok(Self {
            address: socket.local_addr()?,
            socket: Some(socket),
        })
    }
}

fn port(base: Option<u16>, router: usize, routers: usize) -> Result<u16, String> {
    let Some(base) = base else { return Ok(0) };
    let offset = u16::try_from(router).ok();
    offset
        .and_then(|offset| base.checked_add(offset))
        .ok_or_else(|| {
            format!("--port {base} leaves no room for {routers} routers up to port 65535")
        })
}

fn refusal(name: &str, wanted: SocketAddr, error: &io::Error) -> String {
    let what = match error.kind() {
        ErrorKind::AddrInUse => "the port is in use by another process".to_owned(),
        ErrorKind::AddrNotAvailable => "the address is not on this machine".to_owned(),
        ErrorKind::PermissionDenied => "ports below 1024 need privileges".to_owned(),
        _ => error.to_string(),
    };
    format!("cannot listen on {wanted} for {name}: {what}")
}

/// Whether the next accept may work: the connection at hand was at fault.
fn is_transient(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Interrupted | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
