//! What we say in an OPEN, and what two of them agree on (RFC 4271 §4.2 and
//! §6.2, RFC 5492): the one place that makes a [`Context`].
//!
//! # Departures
//! - A neighbour that announces none of our families is refused with
//!   Unsupported Capability, 2/7, whose data lists the multiprotocol
//!   capabilities that we offer (RFC 5492 §5). RFC 4760 §8 leaves open what to
//!   do; a session that can carry nothing would only hide a wrong configuration.
//! - A neighbour that announces no multiprotocol capability at all carries IPv4
//!   unicast, as before RFC 4760.
//! - Capabilities that repeat are read once: the first four-octet AS and the
//!   first graceful restart count.

use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use super::{Config, Negotiated, PeerAs, collision::Identity};
use crate::{
    types::{Asn, Family, PeerType},
    wire::{
        Capability, Context, GracefulRestart, GracefulRestartFamily, GracefulRestartFlags,
        Notification, NotificationCode, Open,
    },
};

/// The OPEN that a session with this configuration sends.
pub fn our_open(config: &Config) -> Open {
    let families = config.families.iter().copied();
    let mut capabilities: Vec<_> = families.map(Capability::Multiprotocol).collect();
    capabilities.push(Capability::RouteRefresh);
    if let Some(graceful_restart) = our_graceful_restart(config) {
        capabilities.push(Capability::GracefulRestart(graceful_restart));
    }
    capabilities.push(Capability::FourOctetAs(config.local_as));
    Open {
        version: VERSION,
        my_as: config.local_as.to_two_octet(),
        hold_time: whole_seconds(config.hold_time),
        router_id: config.router_id,
        capabilities,
    }
}

/// What a session with this configuration agrees on with a neighbour that sends
/// this OPEN.
///
/// # Errors
/// If it must be refused: what to tell the neighbour.
pub fn negotiate(config: &Config, open: Open) -> Result<Negotiated, Notification> {
    if open.version != VERSION {
        let mut refusal = refusal(Notification::UNSUPPORTED_VERSION);
        refusal.data = Bytes::from_static(&[0, VERSION]);
        return Err(refusal);
    }
    let peer_as = open.asn();
    let expected = match config.peer_as {
        PeerAs::Exactly(asn) => asn == peer_as,
        PeerAs::Any => true,
    };
    // RFC 7607 §2, also for the two-octet field beside a good capability.
    if !expected || peer_as == Asn::ZERO || open.my_as == 0 {
        return Err(refusal(Notification::BAD_PEER_AS));
    }
    let peer_type = PeerType::between(config.local_as, peer_as);
    let is_ours = peer_type == PeerType::Internal && open.router_id == config.router_id;
    if open.router_id.0 == 0 || is_ours {
        return Err(refusal(Notification::BAD_BGP_IDENTIFIER));
    }
    if matches!(open.hold_time, 1 | 2) {
        return Err(refusal(Notification::UNACCEPTABLE_HOLD_TIME));
    }
    let families = common_families(config, &open);
    if families.is_empty() {
        return Err(no_common_family(config));
    }
    Ok(agree(config, open, peer_type, families))
}

fn agree(config: &Config, open: Open, peer_type: PeerType, families: Vec<Family>) -> Negotiated {
    let has = |wanted: fn(&Capability) -> bool| open.capabilities.iter().any(wanted);
    let context = Context {
        four_octet_as: has(|it| matches!(it, Capability::FourOctetAs(_))),
        families: families.clone(),
        peer_type,
        ..Context::default()
    };
    let theirs = Duration::from_secs(open.hold_time.into());
    let graceful_restart = config
        .graceful_restart
        .as_ref()
        .and_then(|_| open.graceful_restart().cloned());
    Negotiated {
        peer_as: open.asn(),
        peer_router_id: open.router_id,
        peer_type,
        hold_time: theirs.min(config.hold_time),
        families,
        context,
        route_refresh: has(|it| matches!(it, Capability::RouteRefresh)),
        graceful_restart,
        peer_open: open,
    }
}

impl Negotiated {
    /// The neighbour, as a collision sees it.
    pub fn peer(&self) -> Identity {
        Identity {
            router_id: self.peer_router_id,
            asn: self.peer_as,
        }
    }
}

fn our_graceful_restart(config: &Config) -> Option<GracefulRestart> {
    let ours = config.graceful_restart.as_ref()?;
    let mut flags = GracefulRestartFlags::empty();
    flags.set(GracefulRestartFlags::RESTARTING, ours.restarting);
    let families = ours.families.iter().map(|&family| GracefulRestartFamily {
        family,
        forwarding_preserved: true,
    });
    Some(GracefulRestart {
        flags,
        restart_time: whole_seconds(ours.restart_time),
        families: families.collect(),
    })
}

fn common_families(config: &Config, open: &Open) -> Vec<Family> {
    let theirs: Vec<_> = open.families().collect();
    let ours = config.families.iter().copied();
    ours.filter(|family| theirs.contains(family)).collect()
}

/// 2/7 with the capabilities whose lack is the reason.
fn no_common_family(config: &Config) -> Notification {
    let families = config.families.iter().copied();
    let missed: Vec<_> = families.map(Capability::Multiprotocol).collect();
    let unsupported = Notification::unsupported_capability(&missed);
    unsupported.unwrap_or_else(|_| refusal(Notification::UNSUPPORTED_CAPABILITY))
}

const fn refusal(subcode: u8) -> Notification {
    Notification::new(NotificationCode::OPEN, subcode)
}

/// The seconds of a time that [`Config::check`] has found to fit.
fn whole_seconds(time: Duration) -> u16 {
    u16::try_from(time.as_secs()).unwrap_or(u16::MAX)
}

const VERSION: u8 = 4;
