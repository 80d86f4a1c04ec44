//! What a run is made from, whoever wrote it: the command line or a file.

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    fmt,
    hash::BuildHasher as _,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use bgpwright::{
    policy::Policy,
    session::{self, KeyRef, PeerAs, Range, transport::PORT},
    speaker::{Config, ConfigError, NextHopMode, PeerConfig, ReflectionRole, Speaker},
    types::{Asn, Family, Prefix, RouterId},
    wire::AttributeSet,
};

/// Everything that the server needs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) speaker: Config,
    pub(crate) listen: Vec<SocketAddr>,
    /// Neighbours that are known one by one.
    pub(crate) neighbors: Vec<PeerConfig>,
    /// Those that may dial us, and on which terms.
    pub(crate) ranges: Vec<(Range, Terms)>,
    /// How many of them at a time.
    pub(crate) limit: u32,
    /// How many parts the speaker has, each on a thread.
    pub(crate) threads: u16,
    /// Our own routes.
    pub(crate) routes: Vec<(Prefix, AttributeSet)>,
    pub(crate) keys: BTreeMap<KeyRef, Secret>,
    /// Whether everything is imported and exported, without being asked to.
    pub(crate) is_open: bool,
}

/// What the routes of a neighbour are subject to.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) import: Option<Policy>,
    pub(crate) export: Option<Policy>,
    pub(crate) reflection: ReflectionRole,
    pub(crate) next_hop: NextHopMode,
}

/// A TCP MD5 key. It is never printed.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) Vec<u8>);

impl Settings {
    /// In a line.
    pub(crate) fn summary(&self) -> String {
        let Config { asn, router_id, .. } = self.speaker;
        let listen: Vec<_> = self.listen.iter().map(ToString::to_string).collect();
        format!(
            "AS {asn}, router id {router_id}, listening on {}: {}, {}, {}",
            listen.join(" and "),
            count(self.neighbors.len(), "neighbour"),
            count(self.ranges.len(), "range of neighbours"),
            count(self.routes.len(), "route of our own"),
        )
    }
}

impl Terms {
    /// Takes and tells everything.
    pub(crate) fn everything(reflection: ReflectionRole) -> Self {
        Self {
            import: Some(Policy::ACCEPT),
            export: Some(Policy::ACCEPT),
            reflection,
            next_hop: NextHopMode::Auto,
        }
    }

    /// A neighbour on these terms.
    pub(crate) fn peer(
        &self,
        address: IpAddr,
        local_address: IpAddr,
        session: session::Config,
    ) -> PeerConfig {
        PeerConfig {
            import: self.import.clone(),
            export: self.export.clone(),
            reflection: self.reflection,
            next_hop: self.next_hop,
            ..PeerConfig::new(address, local_address, session)
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A session with what this program does its own way.
pub(crate) fn session(asn: Asn, router_id: RouterId, peer_as: PeerAs) -> session::Config {
    let mut config = session::Config::new(asn, router_id, peer_as);
    config.families = vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    // What a kernel takes at once without being asked: with less, a fast
    // neighbour waits for us.
    config.send_window = 256 * 1024;
    config.jitter_seed = seed();
    config
}

/// A number that nobody can foresee.
pub(crate) fn seed() -> u64 {
    RandomState::new().hash_one(())
}

/// Whether a speaker can work with this, and with this neighbour.
///
/// # Errors
/// The field that it cannot work with, and why.
pub(crate) fn check_peer(speaker: &Config, peer: PeerConfig) -> Result<(), ConfigError> {
    let mut trial = Speaker::new(speaker.clone())?;
    trial.add_peer(peer).map(drop)
}

/// What a neighbour of a range would be, to try it.
pub(crate) fn sample(range: &Range, terms: &Terms) -> PeerConfig {
    let address = range.prefix.addr();
    let local = match address {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let local = if local == address {
        Ipv4Addr::BROADCAST.into()
    } else {
        local
    };
    let mut session = session::Config::clone(&range.template);
    session.families.clone_from(&range.families);
    terms.peer(address, local, session)
}

/// Where a neighbour of this IP version dials us.
pub(crate) fn listen_port(listen: &[SocketAddr], of: IpAddr) -> u16 {
    let same = |own: &&SocketAddr| own.is_ipv4() == of.is_ipv4();
    let own = listen.iter().find(same);
    own.map_or(PORT, SocketAddr::port)
}

/// Our address towards a neighbour: where we listen, or what the system would
/// take. Nothing is sent.
///
/// # Errors
/// If the system knows no way to it.
pub(crate) fn local_address(listen: &[SocketAddr], remote: SocketAddr) -> io::Result<IpAddr> {
    let mut own = listen.iter().map(SocketAddr::ip);
    let usable = |own: &IpAddr| own.is_ipv4() == remote.is_ipv4() && !own.is_unspecified();
    if let Some(own) = own.find(usable) {
        return Ok(own);
    }
    let any: IpAddr = match remote {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(remote)?;
    Ok(socket.local_addr()?.ip())
}

fn count(number: usize, what: &str) -> String {
    match (number, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, None) => format!("{number} {what}s"),
        (_, Some((first, rest))) => format!("{number} {first}s {rest}"),
    }
}
