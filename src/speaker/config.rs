use alloc::vec::Vec;
use core::{net::IpAddr, time::Duration};

use thiserror::Error;

use crate::{
    policy::{Policy, PolicyError},
    rib::{DecisionConfig, UnknownNextHops, reflect::ReflectionRole},
    session,
    speaker::Conditional,
    types::{Asn, ClusterId, PeerType, RouterId},
};

/// What a speaker is configured with, its neighbours aside.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Config {
    /// Our AS, not 0.
    pub asn: Asn,
    /// Our BGP Identifier, not zero.
    pub router_id: RouterId,
    /// Our cluster as a reflector; the router id without it (RFC 4456 §7).
    pub cluster_id: Option<ClusterId>,
    /// The confederation's identifier, if we are in one: what those outside know
    /// us as. `asn` is then our Member-AS (RFC 5065 §4).
    pub confederation: Option<Asn>,
    /// Whose reading of RFC 4456 holds.
    pub reflection: ReflectionDialect,
    /// Whether a VPN route of our own that comes back with ACCEPT_OWN is taken
    /// (RFC 7611).
    pub accept_own: bool,
    /// The communities by which a client of a route server says who is told of
    /// its routes: those with this AS.
    pub announce_control: Option<Asn>,
    /// Whether routes go from client to client; off where the clients of a
    /// cluster are meshed themselves (RFC 4456 §6).
    pub client_to_client: bool,
    /// How the best of several routes is chosen.
    pub decision: DecisionConfig,
    /// Over how many routes the data plane may spread traffic.
    pub multipath: Multipath,
    /// Keys the hashes of the tables, against routes that are made to collide:
    /// draw it once for each speaker. Nothing that can be seen depends on it.
    pub hash_seed: (u64, u64),
    /// What holds for a next hop that no [`Input::NextHop`](super::Input::NextHop)
    /// fact covers.
    pub unknown_next_hops: UnknownNextHops,
    /// Whether the speaker is back after a restart over which forwarding went
    /// on: it says so to its neighbours, and tells them nothing until they have
    /// told it all they have (RFC 4724 §4.1).
    pub restarting: bool,
    /// The longest it waits for that: Selection_Deferral_Timer
    /// (RFC 4724 §4.1); 60 s by default.
    pub selection_deferral: Duration,
}

impl Config {
    /// A speaker with the defaults: every next hop resolves, no restart.
    pub const fn new(asn: Asn, router_id: RouterId) -> Self {
        Self {
            asn,
            router_id,
            cluster_id: None,
            confederation: None,
            reflection: ReflectionDialect::Rfc4456,
            accept_own: false,
            announce_control: None,
            client_to_client: true,
            decision: DecisionConfig {
                always_compare_med: false,
                missing_med_worst: false,
                aigp: false,
                prefer_oldest: false,
            },
            multipath: Multipath {
                most: 1,
                relax: false,
            },
            hash_seed: (0, 0),
            unknown_next_hops: UnknownNextHops::Resolvable,
            restarting: false,
            selection_deferral: Duration::from_mins(1),
        }
    }

    /// What external neighbours know us as.
    pub(super) fn known_as(&self) -> Asn {
        self.confederation.unwrap_or(self.asn)
    }

    /// The cluster id in force.
    pub fn effective_cluster_id(&self) -> ClusterId {
        self.cluster_id.unwrap_or_else(|| self.router_id.into())
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.asn == Asn::ZERO {
            return Err(ConfigError::AsnZero);
        }
        if self.router_id == RouterId(0) {
            return Err(ConfigError::RouterIdZero);
        }
        Ok(())
    }
}

/// One neighbour.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    clippy::struct_excessive_bools,
    reason = "written by callers: settings that have nothing to do with each other"
)]
pub struct PeerConfig {
    /// The neighbour's address: what it is known by, and the last step of the
    /// decision process.
    pub address: IpAddr,
    /// Our address on this session, which is the next hop of what we originate
    /// or rewrite. Routes of the other IP version that need it are not
    /// advertised.
    pub local_address: IpAddr,
    /// The session's own settings. Its router id must be the speaker's; its AS
    /// may be another (`local-as`).
    pub session: session::Config,
    /// What we take. `None`: everything over iBGP, nothing over eBGP
    /// (RFC 8212).
    pub import: Option<Policy>,
    /// What we advertise. `None`: everything over iBGP, nothing over eBGP
    /// (RFC 8212).
    pub export: Option<Policy>,
    /// What the neighbour is to us as a reflector.
    pub reflection: ReflectionRole,
    /// Our cluster towards this neighbour, where it is not the speaker's: one
    /// reflector can serve several clusters.
    pub cluster_id: Option<ClusterId>,
    /// Which next hop we advertise.
    pub next_hop: NextHopMode,
    /// Whether it is a client of ours as a route server: AS path, next hop and
    /// MULTI_EXIT_DISC go through unchanged (RFC 7947 §2.2).
    pub route_server_client: bool,
    /// What of several paths to a destination it is told.
    pub send_paths: SendPaths,
    /// What an AS path shows of an AS that is ours on this session alone:
    /// `session.local_as`, where that is not the speaker's.
    pub local_as: LocalAs,
    /// Whether the neighbour's AS is replaced by ours in paths to it, so that
    /// sites of one AS take each other's routes.
    pub as_override: bool,
    /// What becomes of private AS numbers in paths to it.
    pub remove_private: RemovePrivate,
    /// How often our AS may be in a path from it.
    pub allow_own_as: u8,
    /// Whether a path from it must begin with its AS (RFC 4271 §6.3). Off by
    /// default: a route server's do not.
    pub enforce_first_as: bool,
    /// Whether a path with an AS_SET is refused, as RFC 9774 §3 has it. Off by
    /// default: there are such routes still.
    pub refuse_as_sets: bool,
    /// Whether AIGP is taken from it and sent to it over eBGP (RFC 7311 §3.4).
    pub aigp: bool,
    /// The weight of its routes; higher is better, before anything else.
    pub weight: u32,
    /// Whether what the import policy rejects is kept, and what it changes is
    /// kept as it came, too: another policy then finds them, and the neighbour
    /// is not asked for its routes again.
    pub keep_rejected: bool,
    /// How many paths to one destination are taken from it, over ADD-PATH; 512
    /// by default. Looking for one of them takes as long as they are many.
    pub paths_limit: u16,
    /// Whether it is told of a default route of ours, whatever we have
    /// ourselves.
    pub default_originate: bool,
    /// Routes that it is told of while another one is there, or is not.
    pub conditional: Vec<Conditional>,
    /// How long it is left alone after it has been told all: the least time
    /// between two announcements of one route (RFC 4271 §9.2.1.1). Zero by
    /// default: what coalesces changes is the room on the connection.
    pub advertisement_interval: Duration,
    /// How long we keep routes of a neighbour that restarts, at most, whatever
    /// it asks for; zero to not help (RFC 4724 §4.2). No limit of ours by
    /// default: the wire allows 4095 s.
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
            cluster_id: None,
            next_hop: NextHopMode::Auto,
            route_server_client: false,
            send_paths: SendPaths::Best,
            local_as: LocalAs::default(),
            as_override: false,
            remove_private: RemovePrivate::Keep,
            allow_own_as: 0,
            enforce_first_as: false,
            refuse_as_sets: false,
            aigp: false,
            weight: 0,
            keep_rejected: false,
            paths_limit: 512,
            default_originate: false,
            conditional: Vec::new(),
            advertisement_interval: Duration::ZERO,
            stale_time_limit: Duration::from_secs(4095),
        }
    }

    pub(super) fn check(&self, speaker: &Config) -> Result<(), ConfigError> {
        if self.address == self.local_address {
            return Err(ConfigError::SameAddress(self.address));
        }
        if self.session.router_id != speaker.router_id {
            return Err(ConfigError::RouterIdDiffers {
                session: self.session.router_id,
                speaker: speaker.router_id,
            });
        }
        let local_as = self.session.local_as;
        let only = self.session.peer_as.only(local_as);
        let external = self.session.peer_as == session::PeerAs::External
            || only.is_some_and(|asn| PeerType::between(local_as, asn) == PeerType::External);
        if external && self.reflection == ReflectionRole::Client {
            return Err(ConfigError::ExternalClient(self.address));
        }
        Ok(())
    }
}

/// Which next hop a speaker advertises to a neighbour (RFC 4271 §5.1.3).
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum NextHopMode {
    /// Ours for what we originate and towards eBGP; unchanged within iBGP.
    #[default]
    Auto,
    /// Ours too for what we learned over eBGP; reflected routes keep theirs
    /// (RFC 4456 §10), as FRR's `next-hop-self` without `force` does.
    SelfForExternal,
    /// Ours for everything, reflected routes included.
    SelfForAll,
    /// Unchanged, towards eBGP too; ours only for what we originate.
    Unchanged,
}

/// How a reflector reads RFC 4456.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ReflectionDialect {
    /// As it is written.
    #[default]
    Rfc4456,
    /// As BIRD 1.6 does, which Calico runs: our cluster in CLUSTER_LIST is
    /// looked for on sessions with clients only, and there in both directions,
    /// so that a reflector keeps such a route from another one for itself and
    /// tells no client; and what goes between clients of two clusters is stamped
    /// with both.
    Bird16,
}

/// Over how many equal routes traffic to a destination is spread.
///
/// Routes are equal up to the IGP cost to their next hops
/// (RFC 4271 §9.1.2.2 e).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Multipath {
    /// At most; 1 for the best alone.
    pub most: u8,
    /// Whether AS paths of the same length do, whoever is in them.
    pub relax: bool,
}

/// What of several paths to a destination a neighbour is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum SendPaths {
    /// The best one (RFC 4271 §9.1.3).
    #[default]
    Best,
    /// The best one that it may be told of: where the best of all is an internal
    /// route that stays where it is, the best external one
    /// (draft-ietf-idr-best-external).
    BestExternal,
    /// The best one with another next hop than the best of all, so that two
    /// reflectors tell a client of two ways (RFC 6774 §4).
    Diverse,
    /// The one that is best from where the neighbour is, by the costs that the
    /// embedder gives for that place (RFC 9107 §3).
    OptimalFor(OrrRoot),
    /// All of them. This and the next two are for sessions on which both sides
    /// agreed to ADD-PATH (RFC 7911); on others they are `Best`.
    All,
    /// So many of the best.
    AtMost(u8),
    /// The best from each neighbour AS: what keeps MULTI_EXIT_DISC from making
    /// routes oscillate (RFC 7964 §2).
    GroupBest,
}

/// A place in the IGP from which routes are judged for some neighbours
/// (RFC 9107 §3): the embedder's number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
#[expect(clippy::exhaustive_structs, reason = "a bare number")]
pub struct OrrRoot(pub u32);

impl SendPaths {
    /// Whether it is told of several paths, each with an identifier.
    pub(super) const fn is_several(self) -> bool {
        matches!(self, Self::All | Self::AtMost(_) | Self::GroupBest)
    }

    /// Whether others than the best path count.
    pub(super) const fn beyond_best(self) -> bool {
        !matches!(self, Self::Best)
    }
}

/// What an AS path shows of an AS number that a session has for itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct LocalAs {
    /// The neighbour's routes go on without it.
    pub no_prepend: bool,
    /// The neighbour sees it in place of the speaker's AS, not before it.
    pub replace_as: bool,
}

/// What becomes of private AS numbers (RFC 6996) in paths to a neighbour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "there is nothing else to do")]
pub enum RemovePrivate {
    /// They go on.
    #[default]
    Keep,
    /// They are left out.
    Remove,
    /// Ours is in their places, so that the path stays as long.
    Replace,
}

/// Why a configuration cannot work.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// AS 0 is reserved (RFC 7607).
    #[error("asn: 0 is reserved; give an AS number from 1 to 4294967295")]
    AsnZero,
    /// A BGP Identifier is not zero (RFC 6286 §2.1).
    #[error("router id: 0.0.0.0 is not allowed")]
    RouterIdZero,
    /// A speaker does not peer with itself.
    #[error("address: the neighbour's address {0} is our own on this session")]
    SameAddress(IpAddr),
    /// One speaker has one BGP Identifier (RFC 4271 §4.2).
    #[error("session router id: {session} is not the speaker's, {speaker}")]
    RouterIdDiffers {
        /// The session's.
        session: RouterId,
        /// The speaker's.
        speaker: RouterId,
    },
    /// A client is an internal neighbour (RFC 4456 §6).
    #[error("reflection: {0} is an external neighbour and cannot be a reflector's client")]
    ExternalClient(IpAddr),
    /// A policy with a mistake.
    #[error("{field}: {error}")]
    Policy {
        /// Which of the two.
        field: &'static str,
        /// The mistake.
        error: PolicyError,
    },
    /// A speaker has one part at least.
    #[error("parts: 0; give 1, or as many as there are threads")]
    NoParts,
    /// What takes sight of all destinations cannot be had of a speaker whose
    /// destinations are [divided](super::Speaker::divided).
    #[error("{0}: not with a speaker whose destinations are divided")]
    Divided(&'static str),
    /// The session's part.
    #[error("session: {0}")]
    Session(#[from] session::ConfigError),
}
