//! From octets to events of the [table](super::fsm): framing, which message
//! the state expects, and what is wrong with it.

use alloc::sync::Arc;

use super::{
    ConnId, Event, Negotiated, RefreshOffer, Session, State, collision,
    connection::{self, Connection},
    fsm::FsmEvent,
    machine::{Cause, Which},
    negotiate,
    timers::Timer,
};
use crate::wire::{
    Context, DecodeError, Fault, Frame, Message, MessageType, Notification, NotificationCode,
    Parsed, RefreshSubtype, Treatment, Update, frame,
};

impl Session {
    /// Octets of a connection: as many messages as they complete.
    pub(super) fn on_received(&mut self, id: ConnId, mut input: &[u8]) {
        while !input.is_empty() {
            let Some(which) = self.find(id) else {
                return;
            };
            let Some(connection) = self.connection_mut(which) else {
                return;
            };
            let max = max_message_len(connection);
            let mut partial = connection.take_partial();
            if !partial.is_empty()
                && let Err(error) = connection::complete(&mut partial, &mut input, max)
            {
                return self.on_header_error(which, &error);
            }
            let unread = if partial.is_empty() { input } else { &partial };
            match Frame::first(unread, max) {
                Ok(Some(frame)) => {
                    self.on_frame(which, frame);
                    if partial.is_empty() {
                        input = input.get(frame.wire_len()..).unwrap_or_default();
                    }
                }
                Ok(None) => {
                    if partial.is_empty() {
                        partial.extend_from_slice(core::mem::take(&mut input));
                    }
                    if let Some(connection) = self.connection_mut(which) {
                        connection.put_partial(partial);
                    }
                }
                Err(error) => return self.on_header_error(which, &error),
            }
        }
    }

    fn on_header_error(&mut self, which: Which, error: &DecodeError) {
        let cause = Cause::Error(error.notification());
        self.drive(which, FsmEvent::BgpHeaderErr, cause);
    }

    fn on_frame(&mut self, which: Which, frame: Frame<'_>) {
        let Some(machine) = self.machine(which) else {
            return;
        };
        let state = machine.state;
        let delayed = machine.timers.is_running(Timer::DelayOpen);
        self.stats.last_received = Some(self.now);
        self.stats.received.count(frame.kind, frame.wire_len());
        match frame.kind {
            MessageType::OPEN if state == State::OpenSent || delayed => self.on_open(which, frame),
            MessageType::OPEN => {
                self.drive(which, FsmEvent::BgpOpen, Cause::Unexpected(frame.kind));
            }
            MessageType::KEEPALIVE => {
                let cause = Cause::Unexpected(frame.kind);
                self.drive(which, FsmEvent::KeepAliveMsg, cause);
            }
            MessageType::NOTIFICATION => self.on_notification(which, frame),
            // ROUTE-REFRESH has no event of its own; out of place, it is as
            // wrong as an UPDATE.
            _ if state != State::Established => {
                self.drive(which, FsmEvent::UpdateMsg, Cause::Unexpected(frame.kind));
            }
            _ => self.on_routes(which, frame),
        }
    }

    fn on_open(&mut self, which: Which, frame: Frame<'_>) {
        let decoded = Message::decode(frame, &Context::default());
        let refusal = match decoded {
            Ok(Parsed {
                value: Message::Open(open),
                ..
            }) => match negotiate::negotiate(&self.config, open) {
                Ok(negotiated) => return self.on_negotiated(which, Arc::new(negotiated)),
                Err(refusal) => refusal,
            },
            // A frame of this kind decodes to nothing else.
            Ok(_) => Notification::new(NotificationCode::OPEN, 0),
            Err(error) => error.notification(),
        };
        self.drive(which, FsmEvent::BgpOpenMsgErr, Cause::Error(refusal));
    }

    /// A good OPEN: the time to resolve a collision.
    fn on_negotiated(&mut self, which: Which, negotiated: Arc<Negotiated>) {
        let Some(mut which) = self.resolve_collision(which, &negotiated) else {
            return;
        };
        if self.machine(which).is_none() {
            // It was the second, and took the place of the primary.
            which = Which::Primary;
        }
        if let Some(connection) = self.connection_mut(which) {
            connection.negotiated = Some(negotiated);
        }
        let machine = self.machine(which);
        let event = if machine.is_some_and(|it| it.timers.is_running(Timer::DelayOpen)) {
            FsmEvent::BgpOpenWithDelayOpenTimerRunning
        } else {
            FsmEvent::BgpOpen
        };
        self.drive(which, event, Cause::Plain);
    }

    /// Which machine goes on, if the one whose OPEN came is the one.
    fn resolve_collision(&mut self, which: Which, negotiated: &Negotiated) -> Option<Which> {
        let other = match which {
            Which::Primary => Which::Second,
            Which::Second => Which::Primary,
        };
        let Some(rival) = self.machine(other) else {
            return Some(which);
        };
        if rival.state == State::Established {
            let restarts = rival
                .connection
                .as_ref()
                .and_then(Connection::restart_families);
            if restarts.is_some_and(|families| !families.is_empty()) {
                self.drive(other, FsmEvent::TcpConnectionConfirmed, Cause::Replaced);
                return Some(which);
            }
            if !self.config.collide_established {
                self.drive(which, FsmEvent::OpenCollisionDump, Cause::Plain);
                return None;
            }
        }
        let ours = collision::Identity {
            router_id: self.config.router_id,
            asn: self.config.local_as,
        };
        let kept = collision::keep(ours, negotiated.peer());
        let connection = self.machine(which).and_then(|it| it.connection.as_ref());
        if connection.is_some_and(|it| it.initiator == kept) {
            self.drive(other, FsmEvent::OpenCollisionDump, Cause::Plain);
            return Some(which);
        }
        self.drive(which, FsmEvent::OpenCollisionDump, Cause::Plain);
        None
    }

    /// Never answered, readable or not (RFC 4271 §6.4).
    fn on_notification(&mut self, which: Which, frame: Frame<'_>) {
        let decoded = Message::decode(frame, &Context::default());
        let Ok(Parsed {
            value: Message::Notification(notification),
            ..
        }) = decoded
        else {
            return self.drive(which, FsmEvent::NotifMsg, Cause::Lost);
        };
        let is_version = (notification.code, notification.subcode) == (NotificationCode::OPEN, 1);
        let event = if is_version {
            FsmEvent::NotifMsgVerErr
        } else {
            FsmEvent::NotifMsg
        };
        self.drive(which, event, Cause::Notified(notification));
    }

    /// UPDATE and ROUTE-REFRESH in Established.
    fn on_routes(&mut self, which: Which, frame: Frame<'_>) {
        let Some(negotiated) = self.negotiated() else {
            return;
        };
        let decoded = Message::decode(frame, &negotiated.context);
        match decoded {
            Ok(Parsed {
                value: Message::Update(update),
                faults,
            }) => {
                if !faults.is_empty() {
                    self.stats.faulty_updates = self.stats.faulty_updates.saturating_add(1);
                }
                let resets = |fault: &&Fault| fault.treatment == Treatment::SessionReset;
                if let Some(fault) = faults.iter().find(resets) {
                    let cause = Cause::Error(fault.notification(frame));
                    return self.drive(which, FsmEvent::UpdateMsgErr, cause);
                }
                let value = update;
                let parsed = Parsed { value, faults };
                self.drive(which, FsmEvent::UpdateMsg, Cause::Update(parsed));
            }
            Ok(Parsed {
                value: Message::RouteRefresh(refresh),
                ..
            }) => {
                let understood = match refresh.subtype {
                    RefreshSubtype::REQUEST => {
                        self.config.offer.route_refresh != RefreshOffer::None
                    }
                    RefreshSubtype::BEGIN | RefreshSubtype::END => {
                        negotiated.enhanced_route_refresh
                    }
                    _ => false,
                };
                if understood && negotiated.families.contains(&refresh.family) {
                    self.emit(Event::Refresh(refresh));
                }
            }
            // Frames of other kinds do not come here.
            Ok(_) => {}
            Err(error) => {
                let cause = Cause::Error(error.notification());
                self.drive(which, FsmEvent::UpdateMsgErr, cause);
            }
        }
    }

    /// What is left to the receiver of an UPDATE.
    pub(super) fn on_update(&mut self, parsed: Parsed<Update>) {
        match parsed.end_of_rib() {
            Some(family) => self.emit(Event::EndOfRib(family)),
            None => self.emit(Event::Update(parsed)),
        }
    }
}

fn max_message_len(connection: &Connection) -> usize {
    let negotiated = connection.negotiated.as_ref();
    negotiated.map_or(frame::MAX_LEN, |it| it.max_received_len)
}
