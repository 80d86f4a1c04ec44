//! From octets to events of the [table](super::fsm): framing, which message
//! the state expects, and what is wrong with it.

use alloc::sync::Arc;

use super::{
    ConnId, Event, Negotiated, RefreshOffer, Session, State, collision,
    connection::Connection,
    fsm::FsmEvent,
    machine::{Cause, Which},
    negotiate,
    timers::Timer,
};
use crate::wire::{
    Context, DecodeError, Fault, Frame, Message, MessageType, Notification, NotificationCode,
    Parsed, RefreshSubtype, Treatment, UpdateView, frame,
};

impl Session {
    /// Octets of a connection: as many messages as they complete, up to an
    /// UPDATE of an Established session. That waits, with what follows, until an
    /// output is asked for: decoded, a read's worth of UPDATEs takes several
    /// times the memory, and who takes them one at a time is done with one
    /// before the next is there.
    pub(super) fn on_received(&mut self, id: ConnId, octets: &[u8]) {
        let Some(connection) = self.connection_of(id) else {
            return;
        };
        if !connection.inbox.is_empty() {
            connection.inbox.push(octets);
            return self.read(id, Pace::UpToUpdates);
        }
        let mut unread = octets;
        while !unread.is_empty() {
            let Some(which) = self.find(id) else {
                return;
            };
            match self.next_frame(which, unread) {
                Ok(Some(frame)) if !self.waits(which, frame.kind) => {
                    unread = unread.get(frame.wire_len()..).unwrap_or_default();
                    self.on_frame(which, frame);
                }
                Ok(waits) => {
                    self.unread |= waits.is_some();
                    if let Some(connection) = self.connection_mut(which) {
                        connection.inbox.push(unread);
                    }
                    return;
                }
                Err(error) => return self.on_header_error(which, &error),
            }
        }
    }

    /// Reads UPDATEs that wait, until there is an output.
    pub(super) fn read_on(&mut self) -> Option<Event> {
        if let Some(event) = self.read_update() {
            return Some(event);
        }
        self.read_waiting(Pace::UpToOutput);
        None
    }

    /// The shortest way up for a good UPDATE: past the queue of outputs, which
    /// is empty. Anything else stays where it is.
    fn read_update(&mut self) -> Option<Event> {
        let connection = self.primary.connection.as_mut()?;
        let max = max_message_len(connection);
        let mut inbox = core::mem::take(&mut connection.inbox);
        let frame = Frame::first(inbox.unread(), max).ok().flatten();
        let update = frame.filter(|frame| self.waits(Which::Primary, frame.kind));
        let event = update.and_then(|frame| {
            let event = self.update(frame).ok()?;
            self.count_received(frame);
            Some((event, frame.wire_len()))
        });
        if let Some((_, len)) = &event {
            inbox.advance(*len);
            self.unread = !inbox.is_empty();
            self.start_hold(Which::Primary);
        }
        self.primary.connection.as_mut()?.inbox = inbox;
        event.map(|(event, _)| event)
    }

    /// Reads UPDATEs that wait, all of them: what came before an input has its
    /// effect before it.
    pub(super) fn catch_up(&mut self) {
        if self.unread {
            self.read_waiting(Pace::All);
        }
    }

    fn read_waiting(&mut self, pace: Pace) {
        match &self.primary.connection {
            Some(connection) => self.read(connection.id, pace),
            None => self.unread = false,
        }
    }

    fn read(&mut self, id: ConnId, pace: Pace) {
        self.unread = false;
        let Some(connection) = self.connection_of(id) else {
            return;
        };
        let mut inbox = core::mem::take(&mut connection.inbox);
        while let Some(which) = self.find(id) {
            if pace == Pace::UpToOutput && !self.outputs.is_empty() {
                self.unread = !inbox.is_empty();
                break;
            }
            match self.next_frame(which, inbox.unread()) {
                Ok(None) => break,
                Ok(Some(frame)) if pace == Pace::UpToUpdates && self.waits(which, frame.kind) => {
                    self.unread = true;
                    break;
                }
                Ok(Some(frame)) => {
                    let len = frame.wire_len();
                    self.on_frame(which, frame);
                    inbox.advance(len);
                }
                Err(error) => return self.on_header_error(which, &error),
            }
        }
        if let Some(connection) = self.connection_of(id) {
            connection.inbox = inbox;
        }
    }

    fn next_frame<'a>(
        &self,
        which: Which,
        octets: &'a [u8],
    ) -> Result<Option<Frame<'a>>, DecodeError> {
        let connection = self.machine(which).and_then(|it| it.connection.as_ref());
        Frame::first(octets, connection.map_or(frame::MAX_LEN, max_message_len))
    }

    fn waits(&self, which: Which, kind: MessageType) -> bool {
        which == Which::Primary
            && self.primary.state == State::Established
            && kind == MessageType::UPDATE
    }

    fn connection_of(&mut self, id: ConnId) -> Option<&mut Connection> {
        let which = self.find(id)?;
        self.connection_mut(which)
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
        self.count_received(frame);
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
            MessageType::UPDATE => self.on_update(which, frame),
            _ => self.on_refresh(which, frame),
        }
    }

    fn count_received(&mut self, frame: Frame<'_>) {
        self.stats.last_received = Some(self.now);
        self.stats.received.count(frame.kind, frame.wire_len());
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

    /// An UPDATE in Established: as its cell says, a good one is processed and
    /// restarts the HoldTimer, and no more (a test holds the table to that).
    fn on_update(&mut self, which: Which, frame: Frame<'_>) {
        match self.update(frame) {
            Ok(event) => {
                self.emit(event);
                self.start_hold(which);
            }
            Err(notification) => {
                self.count_faulty();
                let cause = Cause::Error(notification);
                self.drive(which, FsmEvent::UpdateMsgErr, cause);
            }
        }
    }

    fn count_faulty(&mut self) {
        self.stats.faulty_updates = self.stats.faulty_updates.saturating_add(1);
    }

    /// What an UPDATE is to who keeps routes, or the NOTIFICATION for one that
    /// ends the session.
    fn update(&mut self, frame: Frame<'_>) -> Result<Event, Notification> {
        let view = UpdateView::new(frame).map_err(|error| error.notification())?;
        let context = self.negotiated().map(|agreed| &agreed.context);
        let parsed = match context {
            Some(context) => view.parse(context),
            None => view.parse(&Context::default()),
        };
        if !parsed.faults.is_empty() {
            let resets = |fault: &&Fault| fault.treatment == Treatment::SessionReset;
            if let Some(fault) = parsed.faults.iter().find(resets) {
                return Err(fault.notification(frame));
            }
            self.count_faulty();
        }
        if let Some(family) = parsed.end_of_rib() {
            return Ok(Event::EndOfRib(family));
        }
        if let Some(frames) = &mut self.frames {
            frames.push(frame);
        }
        Ok(Event::Update(parsed))
    }

    /// A ROUTE-REFRESH in Established: there is no event of the table for it.
    fn on_refresh(&mut self, which: Which, frame: Frame<'_>) {
        let Some(negotiated) = self.negotiated() else {
            return;
        };
        let refresh = match Message::decode(frame, &negotiated.context) {
            Ok(Parsed {
                value: Message::RouteRefresh(refresh),
                ..
            }) => refresh,
            // A frame of this kind decodes to nothing else.
            Ok(_) => return,
            Err(error) => {
                let cause = Cause::Error(error.notification());
                return self.drive(which, FsmEvent::UpdateMsgErr, cause);
            }
        };
        let understood = match refresh.subtype {
            RefreshSubtype::REQUEST => self.config.offer.route_refresh != RefreshOffer::None,
            RefreshSubtype::BEGIN | RefreshSubtype::END => negotiated.enhanced_route_refresh,
            _ => false,
        };
        if understood && negotiated.families.contains(&refresh.family) {
            self.emit(Event::Refresh(refresh));
        }
    }
}

/// How far the octets of a connection are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// Up to the first UPDATE of an Established session.
    UpToUpdates,
    /// Until there is an output.
    UpToOutput,
    /// As far as messages are whole.
    All,
}

fn max_message_len(connection: &Connection) -> usize {
    let negotiated = connection.negotiated.as_ref();
    negotiated.map_or(frame::MAX_LEN, |it| it.max_received_len)
}
