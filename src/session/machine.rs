//! Does what the cells of the [table](super::fsm) say.
//!
//! RFC 4271 §8.2.1 has one state machine a connection. Here the primary one
//! also dials, waits and pauses; a second one lives only while there are two
//! connections, and takes the primary's place if that one ends first. An
//! Established connection is always the primary's.

use alloc::{boxed::Box, vec::Vec};
use core::time::Duration;

use bytes::Bytes;

use super::{
    Config, ConfigError, ConnId, DownReason, Event, OpenMode, Output, Session, State,
    collision::Initiator,
    connection::{Connection, KEEPALIVE},
    fsm::{self, Action, Facts, FsmEvent, Notice},
    negotiate,
    timers::{Timer, Timers},
};
use crate::wire::{
    Context, Message, MessageType, Notification, NotificationCode, Parsed, Update, frame,
};

/// The state machine of one connection, or of none yet.
#[derive(Debug, Default)]
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) timers: Timers,
    pub(super) connection: Option<Connection>,
}

/// Which of a session's machines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Which {
    Primary,
    Second,
}

/// What an event of the table comes with.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack for one event; an UPDATE is the common one"
)]
pub(super) enum Cause {
    /// Nothing.
    Plain,
    /// A connection that was just made.
    Made(Connection),
    /// A readable UPDATE.
    Update(Parsed<Update>),
    /// An error with the NOTIFICATION for it.
    Error(Notification),
    /// A message that the state does not expect.
    Unexpected(MessageType),
    /// The operator's words, as a NOTIFICATION carries them.
    Shutdown(Bytes),
    /// The neighbour's last message.
    Notified(Notification),
    /// The connection went away.
    Lost,
    /// It was never made.
    NotMade,
    /// Another connection of the same neighbour took over.
    Replaced,
}

impl Session {
    /// One event of the table for one machine.
    pub(super) fn drive(&mut self, which: Which, event: FsmEvent, mut cause: Cause) {
        let Some(machine) = self.machine(which) else {
            return;
        };
        let before = machine.state;
        let facts = self.facts(machine, &cause);
        let cell = fsm::transition(before, event, facts);
        let alone = self.second.is_none();
        if let Some(machine) = self.machine_mut(which) {
            machine.state = cell.next;
        }
        let mut told = None;
        for action in cell.actions {
            if let (Action::Notify, Some(notice)) = (action, cell.notice) {
                told = Some(self.notify(which, notice, &cause));
            } else {
                self.act(which, *action, &mut cause);
            }
        }
        let failed = event == FsmEvent::TcpConnectionFails;
        let ended = cell.next < State::OpenSent
            && (before > State::Active || before > cell.next && cell.next == State::Idle || failed);
        if ended {
            self.bury(which);
        }
        self.report();
        if before < State::Established && cell.next == State::Established {
            self.on_established();
        }
        if ended && (alone || before == State::Established) {
            self.report_down(told, cause);
        }
    }

    fn facts(&self, machine: &Machine, cause: &Cause) -> Facts {
        let mut facts = Facts::DAMP_PEER_OSCILLATIONS;
        facts.set(Facts::PASSIVE, self.config.open_mode == OpenMode::Passive);
        let pauses = machine.timers.is_running(Timer::IdleHold);
        facts.set(Facts::IDLE_HOLD_RUNNING, pauses);
        let replaced = matches!(cause, Cause::Replaced);
        facts.set(Facts::GRACEFUL_RESTART, replaced);
        facts
    }

    fn act(&mut self, which: Which, action: Action, cause: &mut Cause) {
        match action {
            Action::InitResources | Action::ReleaseResources => {
                if let Some(machine) = self.machine_mut(which) {
                    machine.timers.stop_all();
                }
            }
            Action::ResetConnectRetryCounter => self.connect_retry_counter = 0,
            Action::CountConnectRetry => {
                self.connect_retry_counter = self.connect_retry_counter.saturating_add(1);
            }
            Action::StartConnectRetry => self.start_connect_retry(which),
            Action::StopConnectRetry => self.stop(which, Timer::ConnectRetry),
            Action::StopDelayOpen => self.stop(which, Timer::DelayOpen),
            Action::StartLargeHold => self.start(which, Timer::Hold, self.config.open_hold_time),
            Action::StartHold => self.start_hold(which),
            Action::StartKeepalive => self.start_keepalive(which),
            Action::StartIdleHold => self.start_idle_hold(which),
            Action::AutomaticStart => {
                let event = match self.config.open_mode {
                    OpenMode::Active => FsmEvent::AutomaticStartDamped,
                    OpenMode::Passive => FsmEvent::AutomaticStartDampedPassive,
                };
                self.drive(which, event, Cause::Plain);
            }
            Action::InitiateTcp => {
                self.dialling = true;
                self.outputs.push_back(Output::Connect);
            }
            Action::DropTcp => self.drop_connection(which),
            Action::RejectTcp => {
                if let Cause::Made(connection) = cause {
                    self.outputs.push_back(Output::Close(connection.id));
                }
            }
            Action::TrackSecond => {
                if let Cause::Made(connection) = core::mem::replace(cause, Cause::Plain) {
                    self.track(connection);
                }
            }
            Action::SendOpen => self.send_open(which, cause),
            Action::SendKeepalive => self.send_keepalive(which),
            Action::ProcessUpdate => {
                if let Cause::Update(parsed) = core::mem::replace(cause, Cause::Plain) {
                    self.on_update(parsed);
                }
            }
            // Delayed OPENs and the send hold time are not offered: no cell
            // with the one is reached, and the other's time is zero. Routes
            // are the receiver's of `Event::Down`; `drive` sends `Notify`.
            Action::StartDelayOpen
            | Action::StartSendHold
            | Action::DeleteRoutes
            | Action::RetainRoutes
            | Action::Notify => {}
        }
    }

    fn start(&mut self, which: Which, timer: Timer, time: Duration) {
        let at = self.now + time;
        if let Some(machine) = self.machine_mut(which) {
            machine.timers.start(timer, at);
        }
    }

    fn stop(&mut self, which: Which, timer: Timer) {
        if let Some(machine) = self.machine_mut(which) {
            machine.timers.stop(timer);
        }
    }

    /// A passive session has nothing to retry: its timer never runs.
    fn start_connect_retry(&mut self, which: Which) {
        if self.config.open_mode == OpenMode::Active {
            let time = self.jitter.apply(self.config.connect_retry);
            self.start(which, Timer::ConnectRetry, time);
        }
    }

    fn start_hold(&mut self, which: Which) {
        let hold_time = self.hold_time(which);
        if hold_time.is_zero() {
            self.stop(which, Timer::Hold);
        } else {
            self.start(which, Timer::Hold, hold_time);
        }
    }

    /// A third of the hold time, less the jitter, but no more often than once
    /// a second (RFC 4271 §4.4).
    pub(super) fn start_keepalive(&mut self, which: Which) {
        let hold_time = self.hold_time(which);
        if hold_time.is_zero() {
            return;
        }
        let time = self.jitter.apply(hold_time / 3);
        self.start(which, Timer::Keepalive, time.max(KEEPALIVE_LEAST));
    }

    fn hold_time(&self, which: Which) -> Duration {
        let connection = self.machine(which).and_then(|it| it.connection.as_ref());
        let negotiated = connection.and_then(|it| it.negotiated.as_ref());
        negotiated.map_or(Duration::ZERO, |it| it.hold_time)
    }

    /// The pause doubles with each failure, until a session has held for long.
    /// A machine that ends beside another one is no failure.
    fn start_idle_hold(&mut self, which: Which) {
        if self.second.is_some() {
            return;
        }
        let held = self.up_since.take().map(|since| self.now - since);
        if held.is_some_and(|held| held >= IDLE_HOLD_MOST) {
            self.failures = 0;
        }
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1).min(16);
        let time = IDLE_HOLD_FIRST.saturating_mul(factor).min(IDLE_HOLD_MOST);
        let time = self.jitter.apply(time);
        self.start(which, Timer::IdleHold, time);
    }

    fn drop_connection(&mut self, which: Which) {
        let taken = self.machine_mut(which).and_then(|it| it.connection.take());
        if let Some(connection) = taken {
            self.outputs.push_back(Output::Close(connection.id));
        }
    }

    fn send_open(&mut self, which: Which, cause: &mut Cause) {
        if let Cause::Made(connection) = core::mem::replace(cause, Cause::Plain)
            && let Some(machine) = self.machine_mut(which)
        {
            machine.connection = Some(connection);
        }
        self.transmit(which, self.open.clone());
    }

    /// None while the window is full: what waits before it will do as well.
    fn send_keepalive(&mut self, which: Which) {
        let window = self.config.send_window;
        let connection = self.connection_mut(which);
        if connection.is_some_and(|it| it.unsent() < window) {
            self.transmit(which, Bytes::from_static(&KEEPALIVE));
        }
    }

    /// The one place that sends a NOTIFICATION; every cell that has one then
    /// drops the connection.
    fn notify(&mut self, which: Which, notice: Notice, cause: &Cause) -> Notification {
        let fixed = Notification::new(notice.code, notice.subcode.unwrap_or(0));
        let notification = match (notice.subcode, cause) {
            (None, Cause::Error(error)) => error.clone(),
            (Some(_), Cause::Shutdown(data)) => self.for_good(
                which,
                Notification {
                    data: data.clone(),
                    ..fixed
                },
            ),
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

    /// A session that ends for good ends graceful restart too: a neighbour that
    /// would keep our routes over a Cease gets a Hard Reset (RFC 8538 §3.1).
    fn for_good(&self, which: Which, cease: Notification) -> Notification {
        let connection = self.machine(which).and_then(|it| it.connection.as_ref());
        let agreed = connection.and_then(|it| it.negotiated.as_ref());
        if agreed.is_some_and(|it| it.survives_notification) {
            Notification::hard_reset(&cease)
        } else {
            cease
        }
    }

    pub(super) fn transmit(&mut self, which: Which, octets: Bytes) {
        let window = self.config.send_window;
        let Some(connection) = self.connection_mut(which) else {
            return;
        };
        connection.hand_out(octets.len());
        let id = connection.id;
        let room = window.saturating_sub(connection.unsent());
        self.starved |= room < frame::MAX_LEN;
        self.outputs.push_back(Output::Transmit(id, octets));
    }

    /// Follows a connection beside the one that there is (RFC 4271 §6.8).
    ///
    /// A neighbour that dials again has lost the connection that it dialled
    /// before: unless that is Established, it ends as by a collision. Our own
    /// that comes when the other is Established is closed at once.
    fn track(&mut self, connection: Connection) {
        if connection.initiator == Initiator::Local && self.state() == State::Established {
            self.outputs.push_back(Output::Close(connection.id));
            return;
        }
        let event = match connection.initiator {
            Initiator::Local => FsmEvent::TcpCrAcked,
            Initiator::Remote => FsmEvent::TcpConnectionConfirmed,
        };
        let older = [Which::Second, Which::Primary].into_iter().find(|which| {
            let machine = self.machine(*which);
            machine.is_some_and(|it| it.dialled_by(connection.initiator))
        });
        if self.second.is_some() {
            // There are two at most: without an older one of the same side, the
            // one beside the Established connection makes room.
            let older = older.unwrap_or(Which::Second);
            self.drive(older, FsmEvent::OpenCollisionDump, Cause::Plain);
        }
        self.second = Some(Box::new(Machine {
            state: State::Active,
            ..Machine::default()
        }));
        let only = older == Some(Which::Primary) && self.primary.dialled_by(connection.initiator);
        self.drive(Which::Second, event, Cause::Made(connection));
        if only {
            self.drive(Which::Primary, FsmEvent::OpenCollisionDump, Cause::Plain);
        }
    }

    /// Removes a machine that has ended if another one lives.
    fn bury(&mut self, which: Which) {
        match (which, self.second.take()) {
            (Which::Primary, Some(second)) => self.primary = *second,
            (Which::Second, Some(_)) | (_, None) => {}
        }
    }

    fn report(&mut self) {
        let (from, to) = (self.reported, self.state());
        if from != to {
            self.reported = to;
            self.emit(Event::State { from, to });
        }
    }

    fn on_established(&mut self) {
        self.up_since = Some(self.now);
        self.starved = self.room() < frame::MAX_LEN;
        if let Some(negotiated) = self.negotiated().cloned() {
            self.emit(Event::Up(negotiated));
        }
    }

    fn report_down(&mut self, told: Option<Notification>, cause: Cause) {
        let reason = match (told, cause) {
            (_, Cause::Shutdown(_)) => DownReason::Stopped,
            (_, Cause::Notified(notification)) => DownReason::NotificationReceived(notification),
            (Some(notification), _) => DownReason::NotificationSent(notification),
            (None, Cause::NotMade) => DownReason::ConnectFailed,
            (None, _) => DownReason::ConnectionLost,
        };
        self.last_down = Some(reason.clone());
        self.emit(Event::Down(reason));
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(super) fn machine(&self, which: Which) -> Option<&Machine> {
        match which {
            Which::Primary => Some(&self.primary),
            Which::Second => self.second.as_deref(),
        }
    }

    pub(super) fn machine_mut(&mut self, which: Which) -> Option<&mut Machine> {
        match which {
            Which::Primary => Some(&mut self.primary),
            Which::Second => self.second.as_deref_mut(),
        }
    }

    pub(super) fn connection_mut(&mut self, which: Which) -> Option<&mut Connection> {
        self.machine_mut(which)?.connection.as_mut()
    }

    /// Whose connection that is.
    pub(super) fn find(&self, id: ConnId) -> Option<Which> {
        [Which::Primary, Which::Second].into_iter().find(|which| {
            let connection = self.machine(*which).and_then(|it| it.connection.as_ref());
            connection.is_some_and(|it| it.id == id)
        })
    }
}

impl Machine {
    /// Whether it has a connection of that initiator which may be given up for
    /// a newer one.
    fn dialled_by(&self, initiator: Initiator) -> bool {
        let connection = self.connection.as_ref();
        self.state < State::Established && connection.is_some_and(|it| it.initiator == initiator)
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

/// The first pause after a failure, and the longest. A session that held for
/// the longest one starts with the first again.
const IDLE_HOLD_FIRST: Duration = Duration::from_secs(1);
const IDLE_HOLD_MOST: Duration = Duration::from_mins(1);
const KEEPALIVE_LEAST: Duration = Duration::from_secs(1);
