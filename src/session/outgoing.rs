//! What is handed out: messages within the window, and the one NOTIFICATION
//! that a connection may end with.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{
    Config, ConfigError, ConnId, Event, Output, SendError, Session, State, announce,
    connection::KEEPALIVE,
    fsm::Notice,
    machine::{Cause, Which},
    negotiate,
};
use crate::wire::{
    Context, Message, MessageType, Notification, NotificationCode, RefreshSubtype, RouteRefresh,
    Update, frame,
};

impl Session {
    /// Sends an UPDATE. While [graceful shutdown](Self::set_graceful_shutdown)
    /// is on, what it announces to an external neighbour has that community.
    ///
    /// # Errors
    /// If the session is not Established, there is no [room](Self::room), or
    /// the value does not fit the wire. Nothing is sent then.
    pub fn send(&mut self, update: &Update) -> Result<(), SendError> {
        let mut update = update.clone();
        if self.marks_shutdown() && update.announces() {
            announce::mark_shutdown(&mut update.attributes);
        }
        self.send_message(&Message::Update(update))
    }

    /// Sends a whole message that was encoded for this session's
    /// [`Negotiated::context`](super::Negotiated::context).
    ///
    /// # Errors
    /// If the session is not Established or there is no [room](Self::room).
    pub fn send_encoded(&mut self, message: Bytes) -> Result<(), SendError> {
        if self.primary.state != State::Established {
            return Err(SendError::NotEstablished);
        }
        if message.len() > self.room() {
            self.set_starved(true);
            return Err(SendError::WindowFull);
        }
        self.transmit(Which::Primary, message);
        self.start_keepalive(Which::Primary);
        Ok(())
    }

    /// Sends UPDATEs that lie one behind the other, encoded for this session's
    /// [`Negotiated::context`](super::Negotiated::context): as many of them as
    /// there is [room](Self::room) for, whole. How many octets those took.
    ///
    /// # Errors
    /// If the session is not Established, or there is no room for the first one.
    pub fn send_updates(&mut self, messages: &Bytes) -> Result<usize, SendError> {
        if self.primary.state != State::Established {
            return Err(SendError::NotEstablished);
        }
        let room = self.room();
        let (mut taken, mut count) = (0_usize, 0_u64);
        while let Some([high, low]) = messages
            .get(taken.saturating_add(LENGTH_AT)..)
            .and_then(|rest| rest.first_chunk().copied())
        {
            let length = usize::from(u16::from_be_bytes([high, low])).max(frame::HEADER_LEN);
            let end = taken.saturating_add(length);
            if end > room || end > messages.len() {
                break;
            }
            taken = end;
            count = count.saturating_add(1);
        }
        if taken == 0 {
            self.set_starved(true);
            return Err(SendError::WindowFull);
        }
        self.hand_out(Which::Primary, messages.slice(..taken));
        self.stats.sent.count_updates(count, taken);
        self.start_keepalive(Which::Primary);
        Ok(taken)
    }

    /// Sends a ROUTE-REFRESH.
    ///
    /// # Errors
    /// As [`send`](Self::send), and if the neighbour did not agree to it.
    pub fn refresh(&mut self, refresh: RouteRefresh) -> Result<(), SendError> {
        let agreed = self.negotiated().ok_or(SendError::NotEstablished)?;
        let understood = match refresh.subtype {
            RefreshSubtype::REQUEST => agreed.route_refresh,
            _ => agreed.enhanced_route_refresh,
        };
        if !understood || !agreed.families.contains(&refresh.family) {
            return Err(SendError::NotAgreed);
        }
        self.send_message(&Message::RouteRefresh(refresh))
    }

    /// Asks the neighbour for its routes of every family again: a soft reset
    /// inbound. (Outbound, all routes are sent again, by who keeps them.)
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh). Nothing is sent then.
    pub fn soft_reset_in(&mut self) -> Result<(), SendError> {
        let agreed = self.negotiated().ok_or(SendError::NotEstablished)?;
        if !agreed.route_refresh {
            return Err(SendError::NotAgreed);
        }
        let families = agreed.families.clone();
        if families.len().saturating_mul(REFRESH_LEN) > self.room() {
            self.set_starved(true);
            return Err(SendError::WindowFull);
        }
        families
            .into_iter()
            .try_for_each(|family| self.refresh(RouteRefresh::new(family, RefreshSubtype::REQUEST)))
    }

    /// Octets that may be sent now; zero unless Established. Once it has been
    /// less than a message of 4096, [`Event::Writable`] tells when it is half
    /// the window again.
    pub fn room(&self) -> usize {
        let established = self.primary.state == State::Established;
        let connection = self.primary.connection.as_ref().filter(|_| established);
        let window = self.config.send_window;
        connection.map_or(0, |it| window.saturating_sub(it.unsent()))
    }

    fn send_message(&mut self, message: &Message) -> Result<(), SendError> {
        let negotiated = self.negotiated().ok_or(SendError::NotEstablished)?;
        let mut octets = Vec::new();
        message.encode(&negotiated.context, &mut octets)?;
        self.send_encoded(octets.into())
    }

    /// The neighbour's kernel has taken some: it lives.
    pub(super) fn on_sent(&mut self, id: ConnId, octets: usize) {
        let Some(which) = self.find(id) else {
            return;
        };
        let Some(connection) = self.connection_mut(which) else {
            return;
        };
        connection.sent(octets);
        let starved = connection.starved;
        if which == Which::Primary && self.primary.state == State::Established {
            self.start_send_hold(which);
        }
        let half = self.config.send_window / 2;
        if starved && self.room() >= half.max(frame::MAX_LEN) {
            self.set_starved(false);
            self.emit(Event::Writable);
        }
    }

    /// Whether `Writable` is owed.
    pub(super) fn set_starved(&mut self, starved: bool) {
        if let Some(connection) = &mut self.primary.connection {
            connection.starved = starved;
        }
    }

    pub(super) fn send_open(&mut self, which: Which, cause: &mut Cause) {
        self.take_made(which, cause);
        self.transmit(which, self.open.clone());
    }

    /// The connection that was just made, if one was, is the machine's.
    pub(super) fn take_made(&mut self, which: Which, cause: &mut Cause) {
        if let Cause::Made(connection) = core::mem::replace(cause, Cause::Plain)
            && let Some(machine) = self.machine_mut(which)
        {
            machine.connection = Some(connection);
        }
    }

    /// None while the window is full: what waits before it will do as well.
    pub(super) fn send_keepalive(&mut self, which: Which) {
        let window = self.config.send_window;
        let connection = self.connection_mut(which);
        if connection.is_some_and(|it| it.unsent() < window) {
            self.transmit(which, Bytes::from_static(&KEEPALIVE));
        }
    }

    /// The one place that sends a NOTIFICATION; every cell that has one then
    /// drops the connection.
    pub(super) fn notify(&mut self, which: Which, notice: Notice, cause: &Cause) -> Notification {
        let fixed = Notification::new(notice.code, notice.subcode.unwrap_or(0));
        let notification = match (notice.subcode, cause) {
            (None, Cause::Error(error)) => error.clone(),
            (_, Cause::Ended(ending)) if notice.code == NotificationCode::CEASE => {
                if ending.hard && self.survives_notification(which) {
                    Notification::hard_reset(&ending.cease)
                } else {
                    ending.cease.clone()
                }
            }
            (Some(_), Cause::Unexpected(kind)) if notice.code == NotificationCode::FSM => {
                Notification {
                    data: Bytes::copy_from_slice(&[kind.0]),
                    ..fixed
                }
            }
            _ => fixed,
        };
        let mut octets = Vec::new();
        let context = Context::default();
        let whole = Message::Notification(notification.clone());
        if whole.encode(&context, &mut octets).is_err() {
            // The data echoes more than a message takes: go without.
            let bare = Notification::new(notification.code, notification.subcode);
            octets.clear();
            if Message::Notification(bare)
                .encode(&context, &mut octets)
                .is_err()
            {
                return notification;
            }
        }
        self.transmit(which, octets.into());
        notification
    }

    /// Whether the neighbour would keep our routes over a Cease, unless it is a
    /// Hard Reset (RFC 8538 §3.1).
    fn survives_notification(&self, which: Which) -> bool {
        let connection = self.machine(which).and_then(|it| it.connection.as_ref());
        let agreed = connection.and_then(|it| it.negotiated.as_ref());
        agreed.is_some_and(|it| it.survives_notification)
    }

    pub(super) fn transmit(&mut self, which: Which, octets: Bytes) {
        let kind = octets.get(KIND_AT).map(|kind| MessageType(*kind));
        let length = octets.len();
        if self.hand_out(which, octets)
            && let Some(kind) = kind
        {
            self.stats.sent.count(kind, length);
        }
    }

    /// Whether there is a connection to hand it out on.
    fn hand_out(&mut self, which: Which, octets: Bytes) -> bool {
        let window = self.config.send_window;
        let Some(connection) = self.connection_mut(which) else {
            return false;
        };
        connection.hand_out(octets.len());
        let id = connection.id;
        let room = window.saturating_sub(connection.unsent());
        connection.starved |= room < frame::MAX_LEN;
        self.outputs.push_back(Output::Transmit(id, octets));
        true
    }

    pub(super) fn drop_connection(&mut self, which: Which) {
        let taken = self.machine_mut(which).and_then(|it| it.connection.take());
        if let Some(connection) = taken {
            self.outputs.push_back(Output::Close(connection.id));
        }
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}

/// Our OPEN, which is the same on every connection.
pub(super) fn encode_open(config: &Config) -> Result<Bytes, ConfigError> {
    let mut octets = Vec::new();
    let open = Message::Open(negotiate::our_open(config));
    match open.encode(&Context::default(), &mut octets) {
        Ok(()) => Ok(octets.into()),
        Err(_) => Err(ConfigError::OpenTooLong),
    }
}

/// Where a header has the message's length.
const LENGTH_AT: usize = frame::HEADER_LEN - 3;
/// Where a header has the message's type.
const KIND_AT: usize = frame::HEADER_LEN - 1;
/// A ROUTE-REFRESH without filters.
const REFRESH_LEN: usize = frame::HEADER_LEN + 4;
