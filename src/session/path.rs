//! What the host says of the path to the neighbour: its link, BFD, and the
//! largest packet.

use super::{
    BfdState, DownReason, OpenMode, Session, State,
    admin::{Ending, Pause, cease},
    fsm::FsmEvent,
    machine::{Cause, Which},
    timers::Timer,
};
use crate::wire::Notification;

/// The path as it was last told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    link_down: bool,
    /// What BFD said last.
    bfd: BfdState,
    /// Whether BFD found the path broken, and not good again since.
    bfd_down: bool,
    pub(super) mtu: Option<u32>,
}

impl Session {
    /// The path MTU to the neighbour in octets, as last told. Nothing here
    /// depends on it; it explains a session that comes up and then hears
    /// nothing of long messages.
    pub fn path_mtu(&self) -> Option<u32> {
        self.path.mtu
    }

    pub(super) fn on_link(&mut self, up: bool) {
        let was_barred = self.is_barred();
        self.path.link_down = !up;
        if up {
            self.unbar(was_barred);
            return;
        }
        // Nothing gets through any more: no NOTIFICATION either.
        for which in [Which::Second, Which::Primary] {
            self.lose(which, DownReason::LinkDown);
        }
        self.wait_for_the_path();
    }

    pub(super) fn on_bfd(&mut self, state: BfdState) {
        let was_barred = self.is_barred();
        let before = core::mem::replace(&mut self.path.bfd, state);
        match state {
            BfdState::Down if before == BfdState::Up => {
                self.path.bfd_down = true;
                self.on_bfd_down();
            }
            BfdState::Down | BfdState::Init => {}
            BfdState::Up | BfdState::AdminDown => {
                self.path.bfd_down = false;
                self.unbar(was_barred);
            }
        }
    }

    /// Who keeps routes over a NOTIFICATION must not now (RFC 9384 §3).
    fn on_bfd_down(&mut self) {
        let ending = Ending {
            reason: DownReason::BfdDown,
            cease: cease(Notification::BFD_DOWN),
            hard: true,
            pause: Pause::Usual,
        };
        for which in [Which::Second, Which::Primary] {
            let state = self.machine(which).map(|it| it.state);
            if state >= Some(State::OpenSent) {
                let ending = Cause::Ended(ending.clone().into());
                self.drive(which, FsmEvent::AutomaticStop, ending);
            } else {
                self.lose(which, DownReason::BfdDown);
            }
        }
        self.wait_for_the_path();
    }

    /// A connection, or the attempt at one, ends as if TCP had lost it.
    fn lose(&mut self, which: Which, reason: DownReason) {
        let Some(machine) = self.machine(which) else {
            return;
        };
        if machine.connection.is_some() || machine.state == State::Connect {
            self.drive(which, FsmEvent::TcpConnectionFails, Cause::Gone(reason));
        }
    }

    /// While the path is down there is nothing to dial.
    fn wait_for_the_path(&mut self) {
        self.dialling = false;
        self.primary.timers.stop(Timer::ConnectRetry);
    }

    /// The path is good again: what waits for a timer need not any more.
    fn unbar(&mut self, was_barred: bool) {
        if !was_barred || self.is_barred() {
            return;
        }
        let timers = &mut self.primary.timers;
        if timers.is_running(Timer::IdleHold) {
            timers.stop(Timer::IdleHold);
            self.drive(Which::Primary, FsmEvent::IdleHoldTimerExpires, Cause::Plain);
        } else if self.primary.state == State::Active
            && self.primary.connection.is_none()
            && !self.is_passive()
        {
            let event = FsmEvent::ConnectRetryTimerExpires;
            self.drive(Which::Primary, event, Cause::Plain);
        }
    }

    /// Whether dialling would be in vain.
    fn is_barred(&self) -> bool {
        self.path.link_down || self.path.bfd_down
    }

    /// Whether we do not dial, now or ever.
    pub(super) fn is_passive(&self) -> bool {
        self.config.open_mode == OpenMode::Passive || self.is_barred()
    }
}
