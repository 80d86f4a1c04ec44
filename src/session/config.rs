use alloc::vec::Vec;
use core::time::Duration;

use crate::types::{Asn, Family, RouterId};

/// What one session is configured with.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Config {
    /// Our AS on this session.
    pub local_as: Asn,
    /// Our BGP Identifier, not zero.
    pub router_id: RouterId,
    /// Which AS the neighbour must have.
    pub peer_as: PeerAs,
    /// Whether we dial.
    pub open_mode: OpenMode,
    /// The families we offer, each a multiprotocol capability.
    pub families: Vec<Family>,
    /// The hold time we offer: zero for none, else at least 3 s; 90 s by
    /// default (RFC 4271 §10). A third of the agreed one separates KEEPALIVEs.
    pub hold_time: Duration,
    /// How long to wait between attempts to connect (RFC 4271 §10 suggests
    /// 120 s; 5 s by default, as BIRD and FRR have it for a data centre).
    pub connect_retry: Duration,
    /// The hold time until the neighbour's OPEN has come (RFC 4271 §8.2.2
    /// suggests 4 minutes, the default).
    pub open_hold_time: Duration,
    /// What we say of graceful restart, or nothing (RFC 4724).
    pub graceful_restart: Option<GracefulRestartConfig>,
    /// Octets that may be handed out and not yet be reported by
    /// [`Input::Sent`](super::Input::Sent); 64 KiB by default.
    pub send_window: usize,
    /// What timer jitter is drawn from: equal seeds, equal behaviour.
    pub jitter_seed: u64,
}

impl Config {
    /// A session with the defaults that each field documents: both sides may
    /// dial, IPv4 unicast, no graceful restart.
    pub fn new(local_as: Asn, router_id: RouterId, peer_as: PeerAs) -> Self {
        Self {
            local_as,
            router_id,
            peer_as,
            open_mode: OpenMode::Active,
            families: alloc::vec![Family::IPV4_UNICAST],
            hold_time: Duration::from_secs(90),
            connect_retry: Duration::from_secs(5),
            open_hold_time: Duration::from_secs(240),
            graceful_restart: None,
            send_window: 64 * 1024,
            jitter_seed: 0,
        }
    }
}

/// Which AS a neighbour must have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum PeerAs {
    /// This one.
    Exactly(Asn),
    /// Whichever its OPEN says, but 0.
    Any,
}

/// Whether a session dials its neighbour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum OpenMode {
    /// Dials, and accepts as well.
    #[default]
    Active,
    /// Waits to be dialled (PassiveTcpEstablishment, RFC 4271 §8.1.1).
    Passive,
}

/// What our OPEN says of graceful restart (RFC 4724 §3).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct GracefulRestartConfig {
    /// How long the neighbour should wait for us: whole seconds, at most 4095.
    pub restart_time: Duration,
    /// Whether we are just back: the R bit.
    pub restarting: bool,
    /// The families whose forwarding we preserve.
    pub families: Vec<Family>,
}
