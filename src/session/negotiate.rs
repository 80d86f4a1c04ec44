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

use super::{Config, Negotiated, RoleOffer, collision::Identity, offer};
use crate::{
    types::{Family, PeerType},
    wire::{
        Capability, Context, GracefulRestart, GracefulRestartFamily, GracefulRestartFlags,
        LongLivedFamily, Notification, NotificationCode, Open, frame,
    },
};

/// The OPEN that a session with this configuration sends.
pub fn our_open(config: &Config) -> Open {
    Open {
        version: VERSION,
        my_as: config.local_as.to_two_octet(),
        hold_time: whole_seconds(config.hold_time),
        router_id: config.router_id,
        capabilities: offer::capabilities(config),
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
    let permitted = config.peer_as.permits(config.local_as, peer_as);
    // RFC 7607 §2, also for the two-octet field beside a good capability.
    if !permitted || open.my_as == 0 {
        return Err(refusal(Notification::BAD_PEER_AS));
    }
    let peer_type = config.peer_type(peer_as);
    let is_ours = peer_type == PeerType::Internal && open.router_id == config.router_id;
    if open.router_id.0 == 0 || is_ours {
        return Err(refusal(Notification::BAD_BGP_IDENTIFIER));
    }
    if matches!(open.hold_time, 1 | 2) {
        return Err(refusal(Notification::UNACCEPTABLE_HOLD_TIME));
    }
    let ours = our_open(config);
    let mut context = Context::between(&ours, &open);
    context.peer_type = peer_type;
    if context.families.is_empty() {
        return Err(unsupported(&ours, |of| {
            matches!(of, Capability::Multiprotocol(_))
        }));
    }
    if let Some(refusal) = lacking(config, &ours, &open) {
        return Err(refusal);
    }
    check_role(config, &open, peer_type)?;
    Ok(agree(config, &ours, open, context))
}

fn agree(config: &Config, ours: &Open, open: Open, context: Context) -> Negotiated {
    let both = |wanted: Capability| {
        ours.capabilities.contains(&wanted) && open.capabilities.contains(&wanted)
    };
    let theirs = Duration::from_secs(open.hold_time.into());
    let graceful_restart = config
        .graceful_restart
        .as_ref()
        .and_then(|_| open.graceful_restart().cloned());
    let survives = graceful_restart.as_ref().is_some_and(|theirs| {
        let ours = config.graceful_restart.as_ref();
        ours.is_some_and(|ours| ours.notification)
            && theirs.flags.contains(GracefulRestartFlags::NOTIFICATION)
    });
    let long_lived = match &graceful_restart {
        // RFC 9494 §4.2: without graceful restart it is not there.
        Some(_) if !config.offer.long_lived.is_empty() => long_lived(&open, &context.families),
        _ => Vec::new(),
    };
    Negotiated {
        peer_as: open.asn(),
        peer_router_id: open.router_id,
        peer_type: context.peer_type,
        hold_time: theirs.min(config.hold_time),
        families: context.families.clone(),
        max_received_len: if config.offer.extended_messages {
            frame::EXTENDED_LEN
        } else {
            frame::MAX_LEN
        },
        route_refresh: open.capabilities.contains(&Capability::RouteRefresh),
        enhanced_route_refresh: both(Capability::EnhancedRouteRefresh),
        graceful_restart,
        survives_notification: survives,
        long_lived,
        peer_role: match context.peer_type {
            PeerType::External => open.role(),
            _ => None,
        },
        context,
        peer_open: open,
    }
}

/// Theirs, of the families that both offer.
fn long_lived(open: &Open, families: &[Family]) -> Vec<LongLivedFamily> {
    let all = open.capabilities.iter().find_map(|of| match of {
        Capability::LongLivedGracefulRestart(all) => Some(all),
        _ => None,
    });
    let common = all.into_iter().flatten();
    common
        .filter(|of| families.contains(&of.family))
        .copied()
        .collect()
}

/// Roles must be two that go together, and a strict speaker must hear one
/// (RFC 9234 §4.2).
fn check_role(config: &Config, open: &Open, peer_type: PeerType) -> Result<(), Notification> {
    let Some(RoleOffer { role, strict }) = config.offer.role else {
        return Ok(());
    };
    if peer_type != PeerType::External {
        return Ok(());
    }
    let mut theirs = open.capabilities.iter().filter_map(|of| match of {
        Capability::Role(role) => Some(*role),
        _ => None,
    });
    let fits = match theirs.next() {
        // Repeated is good if it is the same.
        Some(first) => role.fits(first) && theirs.all(|other| other == first),
        None => !strict,
    };
    if fits {
        Ok(())
    } else {
        Err(refusal(Notification::ROLE_MISMATCH))
    }
}

/// The refusal of a neighbour that lacks what is required.
fn lacking(config: &Config, ours: &Open, open: &Open) -> Option<Notification> {
    let required = &config.offer.required;
    let theirs = |wanted: &Capability| match wanted {
        Capability::Multiprotocol(family) => open.families().any(|other| other == *family),
        _ => open
            .capabilities
            .iter()
            .any(|of| of.code() == wanted.code()),
    };
    let missed = |of: &Capability| required.contains(&of.code()) && !theirs(of);
    if ours.capabilities.iter().any(missed) {
        return Some(unsupported(ours, missed));
    }
    None
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

pub(super) fn our_graceful_restart(config: &Config) -> Option<GracefulRestart> {
    let ours = config.graceful_restart.as_ref()?;
    let mut flags = GracefulRestartFlags::empty();
    flags.set(GracefulRestartFlags::RESTARTING, ours.restarting);
    flags.set(GracefulRestartFlags::NOTIFICATION, ours.notification);
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

/// 2/7 with those of our capabilities whose lack is the reason.
fn unsupported(ours: &Open, missed: impl Fn(&Capability) -> bool) -> Notification {
    let all = ours.capabilities.iter();
    let missed: Vec<_> = all.filter(|of| missed(of)).cloned().collect();
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
