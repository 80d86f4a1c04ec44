//! Does what the cells of the [table](super::fsm) say.
//!
//! RFC 4271 §8.2.1 has one state machine a connection. Here the primary one
//! also dials, waits and pauses; a second one lives only while there are two
//! connections, and takes the primary's place if that one ends first. An
//! Established connection is always the primary's.

use alloc::boxed::Box;
use core::time::Duration;

use super::{
    ConnId, DownReason, Event, Output, Session, State,
    admin::{Ending, Pause},
    collision::Initiator,
    connection::Connection,
    fsm::{self, Action, Facts, FsmEvent},
    timers::{Timer, Timers},
};
use crate::wire::{MessageType, Notification, frame};

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
pub(super) enum Cause {
    /// Nothing.
    Plain,
    /// A connection that was just made.
    Made(Connection),
    /// An error with the NOTIFICATION for it.
    Error(Notification),
    /// A message that the state does not expect.
    Unexpected(MessageType),
    /// We end it.
    Ended(Box<Ending>),
    /// The neighbour's last message.
    Notified(Notification),
    /// The connection went away.
    Lost,
    /// It was never made.
    NotMade,
    /// There is no path for it.
    Gone(DownReason),
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
        let facts = self.facts(machine, event, &cause);
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
        let reported = self.reported;
        let down = (ended && (alone || before == State::Established)).then(|| reason(told, cause));
        self.note(reported, event, down.as_ref());
        self.report();
        if before < State::Established && cell.next == State::Established {
            self.on_established();
        }
        if let Some(reason) = down {
            self.last_down = Some(reason.clone());
            self.emit(Event::Down(reason));
        }
    }

    fn facts(&self, machine: &Machine, event: FsmEvent, cause: &Cause) -> Facts {
        let runs = |timer| machine.timers.is_running(timer);
        let delay = self.config.delay_open;
        let loses = self.config.collide_established && event == FsmEvent::OpenCollisionDump;
        let mut facts = Facts::empty();
        for (fact, holds) in [
            (Facts::PASSIVE, self.is_passive()),
            (
                Facts::DAMP_PEER_OSCILLATIONS,
                self.config.idle_hold.is_some(),
            ),
            (Facts::IDLE_HOLD_RUNNING, runs(Timer::IdleHold)),
            (Facts::DELAY_OPEN, delay.is_some()),
            (Facts::DELAY_OPEN_RUNNING, runs(Timer::DelayOpen)),
            (
                Facts::NOTIFY_WITHOUT_OPEN,
                delay.is_some_and(|delay| delay.notify_without_open),
            ),
            (Facts::COLLISION, loses),
            (Facts::GRACEFUL_RESTART, matches!(cause, Cause::Replaced)),
        ] {
            facts.set(fact, holds);
        }
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
            Action::StartIdleHold => self.start_idle_hold(which, cause),
            Action::StartSendHold => self.start_send_hold(which),
            Action::StartDelayOpen => {
                self.take_made(which, cause);
                if let Some(delay) = self.config.delay_open {
                    self.start(which, Timer::DelayOpen, delay.time);
                }
            }
            Action::AutomaticStart => {
                let event = if self.is_passive() {
                    FsmEvent::AutomaticStartDampedPassive
                } else {
                    FsmEvent::AutomaticStartDamped
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
            // UPDATEs go up in `on_update`, routes are the receiver's of
            // `Event::Down`, and `drive` sends `Notify`.
            Action::ProcessUpdate
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
        if !self.is_passive() {
            let time = self.jitter.apply(self.config.connect_retry);
            self.start(which, Timer::ConnectRetry, time);
        }
    }

    pub(super) fn start_hold(&mut self, which: Which) {
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

    /// The neighbour takes what we send, from now on for so long.
    pub(super) fn start_send_hold(&mut self, which: Which) {
        match self.config.send_hold.time(self.hold_time(which)) {
            Some(time) => self.start(which, Timer::SendHold, time),
            None => self.stop(which, Timer::SendHold),
        }
    }

    /// The pause doubles with each failure, until a session has held for long.
    /// A machine that ends beside another one is no failure.
    fn start_idle_hold(&mut self, which: Which, cause: &Cause) {
        if self.second.is_some() {
            return;
        }
        let held = self.up_since.take().map(|since| self.now - since);
        let pause = match cause {
            Cause::Ended(ending) => ending.pause,
            _ => Pause::Usual,
        };
        let time = match (pause, self.config.idle_hold) {
            (Pause::For(time), _) => time,
            (Pause::Usual, Some(idle_hold)) => {
                if held.is_some_and(|held| held >= idle_hold.most) {
                    self.failures = 0;
                }
                let time = idle_hold.pause(self.failures);
                self.failures = self.failures.saturating_add(1).min(32);
                self.jitter.apply(time)
            }
            (Pause::Usual, None) | (Pause::UntilStarted, _) => return,
        };
        self.start(which, Timer::IdleHold, time);
    }

    /// Follows a connection beside the one that there is (RFC 4271 §6.8).
    ///
    /// A neighbour that dials again has lost the connection that it dialled
    /// before: unless that is Established, it ends as by a collision. Our own
    /// that comes when the other is Established is closed at once.
    pub(super) fn track(&mut self, connection: Connection) {
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

    pub(super) fn report(&mut self) {
        let (from, to) = (self.reported, self.state());
        if from != to {
            self.reported = to;
            self.emit(Event::State { from, to });
        }
    }

    pub(super) fn on_established(&mut self) {
        self.up_since = Some(self.now);
        self.stats.last_up = Some(self.now);
        self.stats.ups = self.stats.ups.saturating_add(1);
        for counter in &mut self.counters {
            counter.reset();
        }
        self.set_starved(self.room() < frame::MAX_LEN);
        if let Some(negotiated) = self.negotiated().cloned() {
            self.emit(Event::Up(negotiated));
        }
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

/// Why a session, or an attempt at one, ended.
fn reason(told: Option<Notification>, cause: Cause) -> DownReason {
    match (told, cause) {
        (_, Cause::Ended(ending)) => ending.reason,
        (_, Cause::Gone(reason)) => reason,
        (_, Cause::Notified(notification)) => DownReason::NotificationReceived(notification),
        (Some(notification), _) => DownReason::NotificationSent(notification),
        (None, Cause::NotMade) => DownReason::ConnectFailed,
        (None, _) => DownReason::ConnectionLost,
    }
}

const KEEPALIVE_LEAST: Duration = Duration::from_secs(1);
