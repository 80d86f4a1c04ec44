mod error;
mod peer_as;
mod restart;
mod timing;

use alloc::vec::Vec;
use core::time::Duration;

use super::{AsSet, Offer, PrefixLimit, Transport};
use crate::{
    types::{Asn, Family, PeerType, RouterId},
    wire::frame,
};

pub use error::ConfigError;
pub use peer_as::{OpenMode, PeerAs};
pub use restart::GracefulRestartConfig;
pub use timing::{DelayOpen, IdleHold, SendHold};

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
    /// The Member-ASes of our confederation, if we are in one: a neighbour of
    /// another one is a confederation's (RFC 5065 §4). On a session with one of
    /// them [`local_as`](Self::local_as) is our Member-AS, on others the
    /// confederation's.
    #[cfg_attr(feature = "serde", serde(default))]
    pub confederation: Option<AsSet>,
    /// Whether we dial.
    pub open_mode: OpenMode,
    /// How the neighbour is reached, and known when it dials us; `None` if the
    /// embedder sees to that itself.
    #[cfg_attr(feature = "serde", serde(default))]
    pub transport: Option<Transport>,
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
    /// Whether our OPEN waits for the neighbour's; not by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub delay_open: Option<DelayOpen>,
    /// The pauses after failures, by default from 1 s to 60 s; with `None` a
    /// session that failed stays in Idle until it is started.
    #[cfg_attr(feature = "serde", serde(default = "usual_idle_hold"))]
    pub idle_hold: Option<IdleHold>,
    /// When a neighbour that takes nothing is given up.
    #[cfg_attr(feature = "serde", serde(default))]
    pub send_hold: SendHold,
    /// Whether an Established session takes part in the choice between two
    /// connections, and may lose (CollisionDetectEstablishedState, RFC 4271
    /// §6.8); not by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub collide_established: bool,
    /// How many prefixes the neighbour may announce, one limit for a family at
    /// most. They are counted by who keeps routes:
    /// [`Input::Prefixes`](super::Input::Prefixes).
    #[cfg_attr(feature = "serde", serde(default))]
    pub limits: Vec<PrefixLimit>,
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
            confederation: None,
            open_mode: OpenMode::Active,
            transport: None,
            families: alloc::vec![Family::IPV4_UNICAST],
            hold_time: Duration::from_secs(90),
            connect_retry: Duration::from_secs(5),
            open_hold_time: Duration::from_mins(4),
            delay_open: None,
            idle_hold: usual_idle_hold(),
            send_hold: SendHold::Usual,
            collide_established: false,
            limits: Vec::new(),
            graceful_restart: None,
            offer: Offer::default(),
            send_window: 64 * 1024,
            jitter_seed: 0,
        }
    }

    /// What a neighbour of this AS is to us.
    pub fn peer_type(&self, asn: Asn) -> PeerType {
        let member = |members: &AsSet| members.contains(asn);
        match PeerType::between(self.local_as, asn) {
            PeerType::External if self.confederation.as_ref().is_some_and(member) => {
                PeerType::Confederation
            }
            other => other,
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
        match &self.peer_as {
            PeerAs::Exactly(Asn::ZERO) => return Err(ConfigError::PeerAsZero),
            PeerAs::OneOf(set) if set.is_empty() => return Err(ConfigError::PeerAsNone),
            _ => {}
        }
        self.check_families()?;
        self.check_times()?;
        self.offer.check(self)?;
        if let Some(transport) = &self.transport {
            transport.check().map_err(ConfigError::Transport)?;
        }
        self.check_limits()?;
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

    fn check_limits(&self) -> Result<(), ConfigError> {
        PrefixLimit::check_all(&self.limits).map_err(ConfigError::Limits)?;
        let mut limits = self.limits.iter().map(|limit| limit.family);
        match limits.find(|family| !self.families.contains(family)) {
            Some(family) => Err(ConfigError::LimitBeside { family }),
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
        if self.delay_open.is_some_and(|delay| delay.time.is_zero()) {
            return Err(ConfigError::DelayOpenZero);
        }
        if let Some(idle_hold) = self.idle_hold {
            idle_hold.check()?;
        }
        self.send_hold.check(hold_time)?;
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

#[expect(
    clippy::unnecessary_wraps,
    reason = "the default of a field that may be None"
)]
fn usual_idle_hold() -> Option<IdleHold> {
    Some(IdleHold::default())
}
