use core::{net::IpAddr, time::Duration};

use crate::{
    policy::Policy,
    session,
    types::{Asn, ClusterId, RouterId},
};

/// What a speaker is configured with, its neighbours aside.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Config {
    /// Our AS.
    pub asn: Asn,
    /// Our BGP Identifier, not zero.
    pub router_id: RouterId,
    /// Our cluster as a reflector; the router id without it (RFC 4456 §7).
    pub cluster_id: Option<ClusterId>,
    /// What holds for a next hop that no [`Input::NextHop`](super::Input)
    /// fact covers.
    pub unknown_next_hops: UnknownNextHops,
    /// The longest a speaker that has just restarted holds back its routes
    /// until its neighbours have sent theirs (RFC 4724 §4.1,
    /// Selection_Deferral_Timer); 60 s by default.
    pub selection_deferral: Duration,
}

impl Config {
    /// A speaker with the defaults that each field documents.
    pub fn new(asn: Asn, router_id: RouterId) -> Self {
        Self {
            asn,
            router_id,
            cluster_id: None,
            unknown_next_hops: UnknownNextHops::Resolvable,
            selection_deferral: Duration::from_secs(60),
        }
    }
}

/// What a next hop without a fact is taken for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum UnknownNextHops {
    /// Reachable at IGP cost 0: for an embedder that has no facts to give.
    Resolvable,
    /// Unreachable: its routes are kept and never best (RFC 4271 §9.1.2.1).
    Unresolvable,
}

/// One neighbour.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct PeerConfig {
    /// The neighbour's address: what it is known by, and the last step of the
    /// decision process.
    pub address: IpAddr,
    /// Our address on this session, which is the next hop of what we originate
    /// or rewrite.
    pub local_address: IpAddr,
    /// The session's own settings.
    pub session: session::Config,
    /// What we take. `None`: everything over iBGP, nothing over eBGP
    /// (RFC 8212).
    pub import: Option<Policy>,
    /// What we advertise. `None`: everything over iBGP, nothing over eBGP
    /// (RFC 8212).
    pub export: Option<Policy>,
    /// What the neighbour is to us as a reflector.
    pub reflection: ReflectionRole,
    /// Which next hop we advertise.
    pub next_hop: NextHopMode,
    /// How long we keep routes of a neighbour that restarts, at most, whatever
    /// it asks for; zero to not help (RFC 4724 §4.2).
    pub stale_time_limit: Duration,
}

impl PeerConfig {
    /// A neighbour with the defaults: RFC 8212's policies, no reflection,
    /// next hops by rule, a restarting neighbour's time as it asks.
    pub fn new(address: IpAddr, local_address: IpAddr, session: session::Config) -> Self {
        Self {
            address,
            local_address,
            session,
            import: None,
            export: None,
            reflection: ReflectionRole::NonClient,
            next_hop: NextHopMode::Auto,
            stale_time_limit: Duration::from_secs(4095),
        }
    }
}

/// What an internal neighbour is to a reflector (RFC 4456 §6). Without meaning
/// for an external one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum ReflectionRole {
    /// An ordinary iBGP neighbour.
    #[default]
    NonClient,
    /// Gets internal routes from us, and we pass its routes on.
    Client,
}

/// Which next hop a speaker advertises to a neighbour (RFC 4271 §5.1.3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum NextHopMode {
    /// Ours for what we originate and towards eBGP; unchanged within iBGP.
    #[default]
    Auto,
    /// Ours too for what we learned over eBGP; reflected routes keep theirs
    /// (RFC 4456 §10), as FRR's next-hop-self without `force` does.
    SelfForExternal,
    /// Ours for everything, reflected routes included.
    SelfForAll,
    /// Unchanged, towards eBGP too; ours only for what we originate.
    Unchanged,
}
