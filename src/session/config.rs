use alloc::vec::Vec;
use core::time::Duration;

use thiserror::Error;

use super::Offer;
use crate::{
    types::{Asn, Family, RouterId},
    wire::{AddPathMode, CapabilityCode, Role, frame},
};

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
    /// What else our OPEN offers.
    #[cfg_attr(feature = "serde", serde(default))]
    pub offer: Offer,
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
            open_hold_time: Duration::from_mins(4),
            graceful_restart: None,
            offer: Offer::default(),
            send_window: 64 * 1024,
            jitter_seed: 0,
        }
    }

    /// Whether a session can work with this.
    ///
    /// # Errors
    /// The first field that cannot work, and why.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.local_as == Asn::ZERO {
            return Err(ConfigError::LocalAsZero);
        }
        if self.router_id.0 == 0 {
            return Err(ConfigError::RouterIdZero);
        }
        if self.peer_as == PeerAs::Exactly(Asn::ZERO) {
            return Err(ConfigError::PeerAsZero);
        }
        self.check_families()?;
        self.check_times()?;
        self.offer.check(self)?;
        if self.send_window < frame::MAX_LEN {
            return Err(ConfigError::SendWindow {
                octets: self.send_window,
            });
        }
        Ok(())
    }

    fn check_families(&self) -> Result<(), ConfigError> {
        if self.families.is_empty() {
            return Err(ConfigError::NoFamilies);
        }
        if let Some(family) = repeated(&self.families) {
            return Err(ConfigError::FamilyTwice { family });
        }
        let Some(graceful_restart) = &self.graceful_restart else {
            return Ok(());
        };
        if let Some(family) = repeated(&graceful_restart.families) {
            return Err(ConfigError::RestartFamilyTwice { family });
        }
        let mut preserved = graceful_restart.families.iter();
        match preserved.find(|family| !self.families.contains(family)) {
            Some(&family) => Err(ConfigError::RestartFamilyNotOffered { family }),
            None => Ok(()),
        }
    }

    fn check_times(&self) -> Result<(), ConfigError> {
        let hold_time = self.hold_time;
        let whole = hold_time.subsec_nanos() == 0;
        if !whole || !matches!(hold_time.as_secs(), 0 | 3..=0xffff) {
            return Err(ConfigError::HoldTime { hold_time });
        }
        if self.connect_retry.is_zero() {
            return Err(ConfigError::ConnectRetryZero);
        }
        if self.open_hold_time.is_zero() {
            return Err(ConfigError::OpenHoldTimeZero);
        }
        let Some(graceful_restart) = &self.graceful_restart else {
            return Ok(());
        };
        let restart_time = graceful_restart.restart_time;
        if restart_time.subsec_nanos() != 0 || restart_time.as_secs() > 4095 {
            return Err(ConfigError::RestartTime { restart_time });
        }
        Ok(())
    }
}

pub(super) fn repeated(families: &[Family]) -> Option<Family> {
    let earlier = |at: usize| families.iter().take(at);
    let mut all = families.iter().enumerate();
    let found = all.find(|&(at, family)| earlier(at).any(|other| other == family));
    found.map(|(_, family)| *family)
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
    /// Whether a NOTIFICATION, or a hold time that ends, leaves the other's
    /// routes in place as a lost connection does (the N bit, RFC 8538), if both
    /// sides say so.
    #[cfg_attr(feature = "serde", serde(default))]
    pub notification: bool,
    /// The families whose forwarding we preserve.
    pub families: Vec<Family>,
}

/// A field of [`Config`] that no session can work with, and why.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// AS 0 is reserved (RFC 7607).
    #[error("local_as: AS 0 is reserved")]
    LocalAsZero,
    /// AS 0 is reserved (RFC 7607).
    #[error("peer_as: AS 0 is reserved")]
    PeerAsZero,
    /// A BGP Identifier is not zero (RFC 6286 §2.1).
    #[error("router_id: must not be 0.0.0.0")]
    RouterIdZero,
    /// There would be nothing to exchange.
    #[error("families: at least one is needed")]
    NoFamilies,
    /// A family is offered once.
    #[error("families: {family} is there twice")]
    FamilyTwice {
        /// Which.
        family: Family,
    },
    /// Not what an OPEN can say (RFC 4271 §4.2).
    #[error("hold_time: {hold_time:?} is neither 0 nor 3 to 65535 whole seconds")]
    HoldTime {
        /// As configured.
        hold_time: Duration,
    },
    /// The session would dial without end.
    #[error("connect_retry: must not be 0")]
    ConnectRetryZero,
    /// No OPEN could come in time.
    #[error("open_hold_time: must not be 0")]
    OpenHoldTimeZero,
    /// Not what the capability can say (RFC 4724 §3).
    #[error("graceful_restart.restart_time: {restart_time:?} is not 0 to 4095 whole seconds")]
    RestartTime {
        /// As configured.
        restart_time: Duration,
    },
    /// A family is listed once.
    #[error("graceful_restart.families: {family} is there twice")]
    RestartFamilyTwice {
        /// Which.
        family: Family,
    },
    /// Only what is offered can be preserved.
    #[error("graceful_restart.families: {family} is not among the families")]
    RestartFamilyNotOffered {
        /// Which.
        family: Family,
    },
    /// A number above 65535 takes the capability (RFC 6793 §3).
    #[error("offer.four_octet_as: must be set, since local_as is above 65535")]
    FourOctetAs,
    /// A family is listed once.
    #[error("{field}: {family} is there twice")]
    OfferedTwice {
        /// Of the configuration.
        field: &'static str,
        /// Which.
        family: Family,
    },
    /// Of what is not exchanged nothing can be said.
    #[error("{field}: {family} is not among the families")]
    OfferedBeside {
        /// Of the configuration.
        field: &'static str,
        /// Which.
        family: Family,
    },
    /// Only three directions have a meaning (RFC 7911 §4).
    #[error("offer.add_path: mode {} of {family} is not receive, send or both", mode.0)]
    AddPathMode {
        /// Which.
        family: Family,
        /// As configured.
        mode: AddPathMode,
    },
    /// Routes of IPv6 have such next hops without being asked (RFC 8950 §4).
    #[error("offer.extended_next_hop: {family} is not a family of IPv4")]
    ExtendedNextHop {
        /// Which.
        family: Family,
    },
    /// It says how graceful restart goes on (RFC 9494 §4.1).
    #[error("offer.long_lived: needs graceful_restart")]
    LongLivedAlone,
    /// Not what the capability can say (RFC 9494 §3.1).
    #[error("offer.long_lived: {seconds} s for {family} is over 16777215")]
    StaleTime {
        /// Which.
        family: Family,
        /// As configured.
        seconds: u32,
    },
    /// A number without a meaning (RFC 9234 §4.1).
    #[error("offer.role: {role} is no role")]
    Role {
        /// As configured.
        role: Role,
    },
    /// Roles are for external sessions (RFC 9234 §4).
    #[error("offer.role: peer_as is local_as, and an internal session has no roles")]
    RoleInside,
    /// Not what the capability can say.
    #[error("offer.software_version: {octets} octets are over 64")]
    SoftwareVersion {
        /// As configured.
        octets: usize,
    },
    /// Not what the capability can say.
    #[error("offer.fqdn: {octets} octets are over 253")]
    Fqdn {
        /// Of both names together.
        octets: usize,
    },
    /// What we do not offer, nobody can agree to.
    #[error("offer.required: {code} is not offered")]
    RequiredNotOffered {
        /// Which.
        code: CapabilityCode,
    },
    /// The capabilities do not fit an OPEN (RFC 5492 §4).
    #[error("families: more than an OPEN can say")]
    OpenTooLong,
    /// The largest message must fit.
    #[error("send_window: {octets} octets hold no message of 4096")]
    SendWindow {
        /// As configured.
        octets: usize,
    },
}
