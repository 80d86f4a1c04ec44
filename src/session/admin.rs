//! What the operator says: start, stop, reset, another address or key, who may
//! connect, and how many prefixes there may be.

use core::time::Duration;

use super::{
    ConfigError, ConnId, DownReason, Event, Incoming, LimitReached, LimitVerdict, Output, Session,
    State, Transport,
    collision::Initiator,
    fsm::FsmEvent,
    limit::LimitAction,
    machine::{Cause, Which},
    outgoing,
};
use crate::{
    time::Instant,
    types::Family,
    wire::{Notification, NotificationCode},
};

/// Why we end a session, and what comes of it.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) reason: DownReason,
    /// What the neighbour is told.
    pub(super) cease: Notification,
    /// Whether a neighbour that keeps routes over a NOTIFICATION is to drop
    /// them: the Cease then travels in a Hard Reset (RFC 8538 §5.1).
    pub(super) hard: bool,
    pub(super) pause: Pause,
}

/// When a session that we ended starts again by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pause {
    /// As after a failure.
    Usual,
    /// After this time.
    For(Duration),
    /// It does not.
    UntilStarted,
}

impl Session {
    /// Whether our OPENs say from now on that we are just back (RFC 4724 §3, the
    /// R bit). Without effect if graceful restart is not configured.
    pub fn set_restarting(&mut self, restarting: bool) {
        let Some(graceful_restart) = &mut self.config.graceful_restart else {
            return;
        };
        graceful_restart.restarting = restarting;
        // The bit changes no length: what was encoded before can be again.
        if let Ok(open) = outgoing::encode_open(&self.config) {
            self.open = open;
        }
    }

    /// Whether traffic is to leave this session before it ends (RFC 8326): each
    /// change is told as [`Event::GracefulShutdown`], upon which who keeps
    /// routes sends them again, and gives those that came over the session a
    /// low LOCAL_PREF.
    pub fn set_graceful_shutdown(&mut self, on: bool) {
        self.catch_up();
        if core::mem::replace(&mut self.graceful_shutdown, on) != on {
            self.emit(Event::GracefulShutdown(on));
        }
    }

    /// Whether [graceful shutdown](Self::set_graceful_shutdown) is on.
    pub fn graceful_shutdown(&self) -> bool {
        self.graceful_shutdown
    }

    /// Another address of ours or of the neighbour's, another reach, other
    /// keys. What is connected ends, if it could not have come about so: with
    /// Cease, other configuration change (6/6), and comes back by itself. Ports
    /// count for new connections only, and a chain of keys that has one in
    /// common with the one before is a roll-over, which needs no new connection
    /// (RFC 5925 §3.1).
    ///
    /// A secret that changes under its name is the embedder's to follow:
    /// [`Input::Reset`](super::Input::Reset).
    ///
    /// # Errors
    /// The first field that cannot work; nothing is changed then.
    pub fn set_transport(&mut self, now: Instant, transport: Transport) -> Result<(), ConfigError> {
        transport.check().map_err(ConfigError::Transport)?;
        self.catch_up();
        self.now = self.now.max(now);
        let before = self.config.transport.replace(transport);
        let after = self.config.transport.as_ref();
        if before
            .as_ref()
            .zip(after)
            .is_some_and(|(before, after)| !before.carries_over(after))
        {
            self.begin_anew(&Ending {
                reason: DownReason::TransportChanged,
                cease: cease(Notification::OTHER_CONFIGURATION_CHANGE),
                hard: false,
                pause: Pause::Usual,
            });
        }
        Ok(())
    }

    /// Whether new prefixes of a family are to be kept, as the
    /// [limits](super::Config::limits) have it.
    pub fn accepts_prefixes(&self, family: Family) -> bool {
        let mut counters = self.counters.iter();
        let counter = counters.find(|it| it.limit().family == family);
        counter.is_none_or(super::PrefixCounter::is_accepting)
    }

    pub(super) fn on_start(&mut self) {
        let event = if self.is_passive() {
            FsmEvent::ManualStartPassive
        } else {
            FsmEvent::ManualStart
        };
        self.drive(Which::Primary, event, Cause::Plain);
    }

    pub(super) fn on_stop(&mut self, reason: &str) {
        self.stop_for_good(
            DownReason::Stopped,
            spoken(Notification::ADMINISTRATIVE_SHUTDOWN, reason),
        );
    }

    pub(super) fn on_remove(&mut self) {
        let cease = cease(Notification::PEER_DE_CONFIGURED);
        self.stop_for_good(DownReason::Removed, cease);
    }

    fn stop_for_good(&mut self, reason: DownReason, cease: Notification) {
        self.dialling = false;
        self.failures = 0;
        let ending = Ending {
            reason,
            cease,
            hard: true,
            pause: Pause::UntilStarted,
        };
        self.end_all(FsmEvent::ManualStop, &ending);
    }

    pub(super) fn on_reset(&mut self, reason: &str, hard: bool) {
        self.begin_anew(&Ending {
            reason: DownReason::Reset { hard },
            cease: spoken(Notification::ADMINISTRATIVE_RESET, reason),
            hard,
            pause: Pause::Usual,
        });
    }

    /// Ends what there is, and comes back as after a first failure.
    fn begin_anew(&mut self, ending: &Ending) {
        self.dialling = false;
        self.failures = 0;
        self.end_all(FsmEvent::AutomaticStop, ending);
    }

    /// The second first, for it would take the primary's place.
    fn end_all(&mut self, event: FsmEvent, ending: &Ending) {
        for which in [Which::Second, Which::Primary] {
            self.drive(which, event, Cause::Ended(ending.clone().into()));
        }
    }

    pub(super) fn on_incoming(&mut self, id: ConnId, incoming: Incoming) {
        let Incoming { peer, local, ttl } = incoming;
        let transport = self.config.transport.as_ref();
        match transport.map(|it| it.check_incoming(peer, local, ttl)) {
            Some(Err(refused)) => {
                self.stats.refused = self.stats.refused.saturating_add(1);
                self.outputs.push_back(Output::Close(id));
                self.emit(Event::Refused(refused));
            }
            Some(Ok(())) | None => {
                self.on_connection(id, Initiator::Remote, FsmEvent::TcpConnectionConfirmed);
            }
        }
    }

    pub(super) fn on_prefixes(&mut self, family: Family, present: usize) {
        if self.primary.state != State::Established {
            return;
        }
        let mut counters = self.counters.iter_mut();
        let Some(counter) = counters.find(|it| it.limit().family == family) else {
            return;
        };
        let Some(verdict) = counter.update(present) else {
            return;
        };
        let limit = *counter.limit();
        let ends = matches!(verdict, LimitVerdict::End { .. });
        self.emit(Event::Prefixes(family, verdict));
        if !ends {
            return;
        }
        let (family, max) = (limit.family, limit.max);
        self.dialling = false;
        let ending = Ending {
            reason: DownReason::TooManyPrefixes(LimitReached { family, max }),
            cease: limit.notification(),
            hard: true,
            pause: match limit.action {
                LimitAction::Restart { after } => Pause::For(after),
                _ => Pause::UntilStarted,
            },
        };
        self.end_all(FsmEvent::AutomaticStop, &ending);
    }
}

pub(super) const fn cease(subcode: u8) -> Notification {
    Notification::new(NotificationCode::CEASE, subcode)
}

/// A Cease with a communication, if there is one (RFC 9003 §2).
fn spoken(subcode: u8, text: &str) -> Notification {
    if text.is_empty() {
        return cease(subcode);
    }
    Notification::cease_with_text(subcode, text)
}
