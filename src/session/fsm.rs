//! The finite state machine of RFC 4271 §8.2.2 as a table: six states by
//! twenty-nine events, each cell with its actions, its NOTIFICATION and the
//! next state.
//!
//! [`transition`] is a pure function over a finite domain: no wildcards, no
//! time, no octets. [`Session`](super::Session) does what the cells say, and
//! raises only the events that its configuration can cause; the others are
//! here nevertheless, so that the table can be read and checked whole.
//!
//! # Departures
//! - Every way to Idle but ManualStop starts the IdleHoldTimer, since a session
//!   comes back by itself (§8.1.1 leaves the method open; RFC 4486 §4
//!   recommends a pause after some of them).
//! - TcpConnectionFails without DelayOpenTimer goes from Connect to Active and
//!   restarts the ConnectRetryTimer, where the text goes to Idle; the same from
//!   Active, where the text restarts that timer and goes to Idle.
//! - A connection lost in OpenSent stops the HoldTimer too: it has nothing to
//!   guard in Active.
//! - ManualStop in Idle ends a pause that runs.
//! - A NOTIFICATION in OpenSent ends the connection silently, where the text
//!   has it answered with an FSM error: two speakers would do so in turn.
//! - A header error in Established is a Message Header Error, as §6.1 demands,
//!   not the FSM error of §8.2.2.
//! - `ConnectRetryTimer_Expires` leaves a passive session in Active.
//! - Any OPEN in OpenConfirm is an unexpected message (RFC 6608 §4), malformed
//!   or not.
//! - Established routes go with every end of the connection, `HoldTimer_Expires`
//!   and `SendHoldTimer_Expires` included (§6 says so, the cells do not); keeping
//!   them over a graceful restart is the business of who has them.
//! - In Established, a second connection is tracked until its OPEN has come,
//!   graceful restart or not; then the cell with
//!   [`Facts::GRACEFUL_RESTART`] ends the old one (RFC 4724 §5 has it end on
//!   the connection alone).

mod event;

use bitflags::bitflags;

use super::State;
use crate::wire::NotificationCode;

pub use event::FsmEvent;

bitflags! {
    /// What the conditions of the cells ask for.
    #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
    pub struct Facts: u8 {
        /// DelayOpen is configured.
        const DELAY_OPEN = 1;
        /// The DelayOpenTimer is running.
        const DELAY_OPEN_RUNNING = 1 << 1;
        /// PassiveTcpEstablishment.
        const PASSIVE = 1 << 2;
        /// The IdleHoldTimer is running.
        const IDLE_HOLD_RUNNING = 1 << 3;
        /// DampPeerOscillations.
        const DAMP_PEER_OSCILLATIONS = 1 << 4;
        /// SendNOTIFICATIONwithoutOPEN.
        const NOTIFY_WITHOUT_OPEN = 1 << 5;
        /// This connection loses a collision and may be dropped, in
        /// Established by CollisionDetectEstablishedState.
        const COLLISION = 1 << 6;
        /// The neighbour sent the graceful restart capability with a family,
        /// and another connection of it replaces this one (RFC 4724 §5).
        const GRACEFUL_RESTART = 1 << 7;
    }
}

/// What a cell does, besides its NOTIFICATION and its next state.
///
/// Listening is the embedder's and never ends; what is left of the RFC's "all
/// BGP resources" is timers and buffers.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "an executor must know all of them")]
pub enum Action {
    /// Begin with no timer running.
    InitResources,
    /// Stop all timers but those started after.
    ReleaseResources,
    /// ConnectRetryCounter = 0.
    ResetConnectRetryCounter,
    /// ConnectRetryCounter + 1.
    CountConnectRetry,
    /// Start or restart the ConnectRetryTimer.
    StartConnectRetry,
    /// Stop it, or set it to zero.
    StopConnectRetry,
    /// Start the DelayOpenTimer.
    StartDelayOpen,
    /// Stop it.
    StopDelayOpen,
    /// Start the HoldTimer with the large value.
    StartLargeHold,
    /// Start or restart it with what was negotiated; none if that is zero.
    StartHold,
    /// Start or restart the KeepaliveTimer; none if the hold time is zero.
    StartKeepalive,
    /// Start the SendHoldTimer.
    StartSendHold,
    /// Start the IdleHoldTimer: damping.
    StartIdleHold,
    /// Raise AutomaticStart in the variant that is configured.
    AutomaticStart,
    /// Dial.
    InitiateTcp,
    /// Close the connection, or give up the attempt.
    DropTcp,
    /// Close the connection that was just made.
    RejectTcp,
    /// Follow it beside the present one until one loses (§6.8).
    TrackSecond,
    /// Send our OPEN.
    SendOpen,
    /// Send a KEEPALIVE.
    SendKeepalive,
    /// Send the NOTIFICATION of the cell.
    Notify,
    /// Pass the UPDATE on.
    ProcessUpdate,
    /// Forget the routes of the neighbour.
    DeleteRoutes,
    /// Keep them as stale (RFC 4724 §4.2).
    RetainRoutes,
}

/// The NOTIFICATION of a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a NOTIFICATION has these two")]
pub struct Notice {
    /// Its code.
    pub code: NotificationCode,
    /// Its subcode, or `None` if that depends on what exactly is wrong.
    pub subcode: Option<u8>,
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a cell has these three")]
pub struct Transition {
    /// What to do, in this order.
    pub actions: &'static [Action],
    /// What to tell the neighbour where the actions say [`Action::Notify`].
    pub notice: Option<Notice>,
    /// The state after.
    pub next: State,
}

/// The cell of `state` and `event`, under the conditions that `facts` name.
pub fn transition(state: State, event: FsmEvent, facts: Facts) -> Transition {
    match state {
        State::Idle => idle(event, facts),
        State::Connect => connect(event, facts),
        State::Active => active(event, facts),
        State::OpenSent => open_sent(event),
        State::OpenConfirm => open_confirm(event, facts),
        State::Established => established(event, facts),
    }
}

fn idle(event: FsmEvent, facts: Facts) -> Transition {
    use FsmEvent as E;
    let barred =
        !facts.contains(Facts::DAMP_PEER_OSCILLATIONS) || facts.contains(Facts::IDLE_HOLD_RUNNING);
    match event {
        E::AutomaticStartDamped | E::AutomaticStartDampedPassive if barred => stay(State::Idle),
        E::ManualStart | E::AutomaticStart | E::AutomaticStartDamped => to(State::Connect, DIAL),
        E::ManualStartPassive | E::AutomaticStartPassive | E::AutomaticStartDampedPassive => {
            to(State::Active, LISTEN)
        }
        E::IdleHoldTimerExpires if facts.contains(Facts::DAMP_PEER_OSCILLATIONS) => {
            to(State::Idle, &[Action::AutomaticStart])
        }
        // The pause ends with the wish to start again.
        E::ManualStop => to(State::Idle, &[Action::ReleaseResources]),
        E::TcpConnectionValid | E::TcpCrInvalid | E::TcpCrAcked | E::TcpConnectionConfirmed => {
            to(State::Idle, &[Action::RejectTcp])
        }
        E::AutomaticStop
        | E::ConnectRetryTimerExpires
        | E::HoldTimerExpires
        | E::KeepaliveTimerExpires
        | E::DelayOpenTimerExpires
        | E::IdleHoldTimerExpires
        | E::TcpConnectionFails
        | E::BgpOpen
        | E::BgpOpenWithDelayOpenTimerRunning
        | E::BgpHeaderErr
        | E::BgpOpenMsgErr
        | E::OpenCollisionDump
        | E::NotifMsgVerErr
        | E::NotifMsg
        | E::KeepAliveMsg
        | E::UpdateMsg
        | E::UpdateMsgErr
        | E::SendHoldTimerExpires => stay(State::Idle),
    }
}

fn connect(event: FsmEvent, facts: Facts) -> Transition {
    use FsmEvent as E;
    let delayed = facts.contains(Facts::DELAY_OPEN_RUNNING);
    match event {
        E::ManualStart
        | E::AutomaticStart
        | E::ManualStartPassive
        | E::AutomaticStartPassive
        | E::AutomaticStartDamped
        | E::AutomaticStartDampedPassive
        | E::TcpConnectionValid
        | E::SendHoldTimerExpires => stay(State::Connect),
        E::ManualStop => to(State::Idle, STOP_SILENTLY),
        E::ConnectRetryTimerExpires => to(
            State::Connect,
            &[
                Action::DropTcp,
                Action::StartConnectRetry,
                Action::StopDelayOpen,
                Action::InitiateTcp,
            ],
        ),
        E::DelayOpenTimerExpires => to(State::OpenSent, OPEN_AT_LAST),
        E::TcpCrInvalid => to(State::Connect, &[Action::RejectTcp]),
        E::TcpCrAcked | E::TcpConnectionConfirmed if facts.contains(Facts::DELAY_OPEN) => {
            to(State::Connect, DELAY)
        }
        E::TcpCrAcked | E::TcpConnectionConfirmed => to(State::OpenSent, OPEN),
        E::TcpConnectionFails => to(State::Active, RETRY),
        E::BgpOpenWithDelayOpenTimerRunning => to(State::OpenConfirm, OPEN_AND_CONFIRM),
        E::NotifMsgVerErr if delayed => to(State::Idle, DROP_UNCOUNTED),
        E::BgpHeaderErr | E::BgpOpenMsgErr => not_opened(event, facts),
        E::NotifMsgVerErr
        | E::AutomaticStop
        | E::HoldTimerExpires
        | E::KeepaliveTimerExpires
        | E::IdleHoldTimerExpires
        | E::BgpOpen
        | E::OpenCollisionDump
        | E::NotifMsg
        | E::KeepAliveMsg
        | E::UpdateMsg
        | E::UpdateMsgErr => to(State::Idle, DROP),
    }
}

fn active(event: FsmEvent, facts: Facts) -> Transition {
    use FsmEvent as E;
    let delayed = facts.contains(Facts::DELAY_OPEN_RUNNING);
    match event {
        E::ManualStart
        | E::AutomaticStart
        | E::ManualStartPassive
        | E::AutomaticStartPassive
        | E::AutomaticStartDamped
        | E::AutomaticStartDampedPassive
        | E::TcpConnectionValid
        | E::SendHoldTimerExpires => stay(State::Active),
        E::ManualStop if delayed && facts.contains(Facts::NOTIFY_WITHOUT_OPEN) => {
            notify(STOP, NotificationCode::CEASE, Some(2))
        }
        E::ManualStop => to(State::Idle, STOP_SILENTLY),
        E::ConnectRetryTimerExpires if facts.contains(Facts::PASSIVE) => {
            to(State::Active, &[Action::StartConnectRetry])
        }
        E::ConnectRetryTimerExpires => to(
            State::Connect,
            &[Action::StartConnectRetry, Action::InitiateTcp],
        ),
        E::DelayOpenTimerExpires => to(State::OpenSent, OPEN_AT_LAST),
        E::TcpCrInvalid => to(State::Active, &[Action::RejectTcp]),
        E::TcpCrAcked | E::TcpConnectionConfirmed if facts.contains(Facts::DELAY_OPEN) => {
            to(State::Active, DELAY)
        }
        E::TcpCrAcked | E::TcpConnectionConfirmed => to(State::OpenSent, OPEN),
        E::TcpConnectionFails => to(State::Active, RETRY),
        E::BgpOpenWithDelayOpenTimerRunning => to(State::OpenConfirm, OPEN_AND_CONFIRM),
        E::NotifMsgVerErr if delayed => to(State::Idle, DROP_UNCOUNTED),
        E::BgpHeaderErr | E::BgpOpenMsgErr => not_opened(event, facts),
        E::NotifMsgVerErr
        | E::AutomaticStop
        | E::HoldTimerExpires
        | E::KeepaliveTimerExpires
        | E::IdleHoldTimerExpires
        | E::BgpOpen
        | E::OpenCollisionDump
        | E::NotifMsg
        | E::KeepAliveMsg
        | E::UpdateMsg
        | E::UpdateMsgErr => to(State::Idle, DROP),
    }
}

fn open_sent(event: FsmEvent) -> Transition {
    use FsmEvent as E;
    match event {
        E::ManualStart
        | E::AutomaticStart
        | E::ManualStartPassive
        | E::AutomaticStartPassive
        | E::AutomaticStartDamped
        | E::AutomaticStartDampedPassive
        | E::TcpCrInvalid
        | E::SendHoldTimerExpires => stay(State::OpenSent),
        E::TcpConnectionValid | E::TcpCrAcked | E::TcpConnectionConfirmed => {
            to(State::OpenSent, &[Action::TrackSecond])
        }
        E::ManualStop => notify(STOP, NotificationCode::CEASE, Some(2)),
        E::TcpConnectionFails => to(State::Active, REOPEN),
        E::BgpOpen => to(State::OpenConfirm, CONFIRM),
        E::AutomaticStop => notify(FAIL, NotificationCode::CEASE, None),
        E::HoldTimerExpires => notify(FAIL, NotificationCode::HOLD_TIMER_EXPIRED, Some(0)),
        E::BgpHeaderErr => notify(FAIL, NotificationCode::HEADER, None),
        E::BgpOpenMsgErr => notify(FAIL, NotificationCode::OPEN, None),
        E::OpenCollisionDump => notify(FAIL, NotificationCode::CEASE, Some(7)),
        E::NotifMsgVerErr => to(State::Idle, DROP_UNCOUNTED),
        E::NotifMsg => to(State::Idle, DROP),
        E::BgpOpenWithDelayOpenTimerRunning | E::KeepAliveMsg | E::UpdateMsg | E::UpdateMsgErr => {
            notify(FAIL, NotificationCode::FSM, Some(1))
        }
        E::ConnectRetryTimerExpires
        | E::KeepaliveTimerExpires
        | E::DelayOpenTimerExpires
        | E::IdleHoldTimerExpires => notify(FAIL, NotificationCode::FSM, Some(0)),
    }
}

fn open_confirm(event: FsmEvent, facts: Facts) -> Transition {
    use FsmEvent as E;
    match event {
        E::ManualStart
        | E::AutomaticStart
        | E::ManualStartPassive
        | E::AutomaticStartPassive
        | E::AutomaticStartDamped
        | E::AutomaticStartDampedPassive
        | E::TcpCrInvalid
        | E::SendHoldTimerExpires => stay(State::OpenConfirm),
        E::TcpConnectionValid | E::TcpCrAcked | E::TcpConnectionConfirmed => {
            to(State::OpenConfirm, &[Action::TrackSecond])
        }
        E::ManualStop => notify(STOP, NotificationCode::CEASE, Some(2)),
        E::KeepaliveTimerExpires => to(State::OpenConfirm, KEEP_ALIVE),
        E::KeepAliveMsg => to(
            State::Established,
            &[Action::StartHold, Action::StartSendHold],
        ),
        E::AutomaticStop => notify(FAIL, NotificationCode::CEASE, None),
        E::HoldTimerExpires => notify(FAIL, NotificationCode::HOLD_TIMER_EXPIRED, Some(0)),
        E::BgpHeaderErr => notify(FAIL, NotificationCode::HEADER, None),
        E::OpenCollisionDump => notify(FAIL, NotificationCode::CEASE, Some(7)),
        E::BgpOpen if facts.contains(Facts::COLLISION) => {
            notify(FAIL, NotificationCode::CEASE, Some(7))
        }
        E::NotifMsgVerErr => to(State::Idle, DROP_UNCOUNTED),
        E::TcpConnectionFails | E::NotifMsg => to(State::Idle, DROP),
        E::BgpOpen
        | E::BgpOpenWithDelayOpenTimerRunning
        | E::BgpOpenMsgErr
        | E::UpdateMsg
        | E::UpdateMsgErr => notify(FAIL, NotificationCode::FSM, Some(2)),
        E::ConnectRetryTimerExpires | E::DelayOpenTimerExpires | E::IdleHoldTimerExpires => {
            notify(FAIL, NotificationCode::FSM, Some(0))
        }
    }
}

fn established(event: FsmEvent, facts: Facts) -> Transition {
    use FsmEvent as E;
    match event {
        E::ManualStart
        | E::AutomaticStart
        | E::ManualStartPassive
        | E::AutomaticStartPassive
        | E::AutomaticStartDamped
        | E::AutomaticStartDampedPassive
        | E::TcpCrInvalid => stay(State::Established),
        E::TcpCrAcked | E::TcpConnectionConfirmed if facts.contains(Facts::GRACEFUL_RESTART) => {
            to(State::Connect, REPLACED)
        }
        E::TcpConnectionValid | E::TcpCrAcked | E::TcpConnectionConfirmed => {
            to(State::Established, &[Action::TrackSecond])
        }
        E::ManualStop => notify(STOP_ROUTES, NotificationCode::CEASE, Some(2)),
        E::KeepaliveTimerExpires => to(State::Established, KEEP_ALIVE),
        E::KeepAliveMsg => to(State::Established, &[Action::StartHold]),
        E::UpdateMsg => to(
            State::Established,
            &[Action::ProcessUpdate, Action::StartHold],
        ),
        E::UpdateMsgErr => notify(FAIL_ROUTES, NotificationCode::UPDATE, None),
        E::AutomaticStop => notify(FAIL_ROUTES, NotificationCode::CEASE, None),
        E::HoldTimerExpires => notify(FAIL_ROUTES, NotificationCode::HOLD_TIMER_EXPIRED, Some(0)),
        E::SendHoldTimerExpires => {
            let code = NotificationCode::SEND_HOLD_TIMER_EXPIRED;
            notify(FAIL_ROUTES, code, Some(0))
        }
        E::BgpHeaderErr => notify(FAIL_ROUTES, NotificationCode::HEADER, None),
        E::OpenCollisionDump if !facts.contains(Facts::COLLISION) => stay(State::Established),
        E::OpenCollisionDump => notify(FAIL_ROUTES, NotificationCode::CEASE, Some(7)),
        E::BgpOpen if facts.contains(Facts::COLLISION) => {
            notify(FAIL_ROUTES, NotificationCode::CEASE, Some(7))
        }
        E::TcpConnectionFails | E::NotifMsgVerErr | E::NotifMsg => to(State::Idle, DROP_ROUTES),
        E::BgpOpen | E::BgpOpenWithDelayOpenTimerRunning | E::BgpOpenMsgErr => {
            notify(FAIL_ROUTES, NotificationCode::FSM, Some(3))
        }
        E::ConnectRetryTimerExpires | E::DelayOpenTimerExpires | E::IdleHoldTimerExpires => {
            notify(FAIL_ROUTES, NotificationCode::FSM, Some(0))
        }
    }
}

/// A bad header or OPEN before ours was sent.
fn not_opened(event: FsmEvent, facts: Facts) -> Transition {
    if !facts.contains(Facts::NOTIFY_WITHOUT_OPEN) {
        return to(State::Idle, DROP);
    }
    let code = if event == FsmEvent::BgpHeaderErr {
        NotificationCode::HEADER
    } else {
        NotificationCode::OPEN
    };
    notify(FAIL, code, None)
}

const fn stay(state: State) -> Transition {
    to(state, &[])
}

const fn to(next: State, actions: &'static [Action]) -> Transition {
    Transition {
        actions,
        notice: None,
        next,
    }
}

/// Every cell with a NOTIFICATION ends in Idle.
const fn notify(
    actions: &'static [Action],
    code: NotificationCode,
    subcode: Option<u8>,
) -> Transition {
    Transition {
        actions,
        notice: Some(Notice { code, subcode }),
        next: State::Idle,
    }
}

const DIAL: &[Action] = &[
    Action::InitResources,
    Action::ResetConnectRetryCounter,
    Action::StartConnectRetry,
    Action::InitiateTcp,
];
const LISTEN: &[Action] = &[
    Action::InitResources,
    Action::ResetConnectRetryCounter,
    Action::StartConnectRetry,
];
const RETRY: &[Action] = &[
    Action::DropTcp,
    Action::StartConnectRetry,
    Action::StopDelayOpen,
    Action::CountConnectRetry,
];
const REOPEN: &[Action] = &[
    Action::DropTcp,
    Action::ReleaseResources,
    Action::StartConnectRetry,
];
const DELAY: &[Action] = &[Action::StopConnectRetry, Action::StartDelayOpen];
const OPEN: &[Action] = &[
    Action::StopConnectRetry,
    Action::SendOpen,
    Action::StartLargeHold,
];
const OPEN_AT_LAST: &[Action] = &[
    Action::StopConnectRetry,
    Action::StopDelayOpen,
    Action::SendOpen,
    Action::StartLargeHold,
];
const CONFIRM: &[Action] = &[
    Action::StopDelayOpen,
    Action::StopConnectRetry,
    Action::SendKeepalive,
    Action::StartKeepalive,
    Action::StartHold,
];
const OPEN_AND_CONFIRM: &[Action] = &[
    Action::StopConnectRetry,
    Action::StopDelayOpen,
    Action::SendOpen,
    Action::SendKeepalive,
    Action::StartKeepalive,
    Action::StartHold,
];
const KEEP_ALIVE: &[Action] = &[Action::SendKeepalive, Action::StartKeepalive];
const STOP: &[Action] = &[
    Action::Notify,
    Action::ReleaseResources,
    Action::DropTcp,
    Action::ResetConnectRetryCounter,
];
const STOP_ROUTES: &[Action] = &[
    Action::Notify,
    Action::DeleteRoutes,
    Action::ReleaseResources,
    Action::DropTcp,
    Action::ResetConnectRetryCounter,
];
const STOP_SILENTLY: &[Action] = &[
    Action::ReleaseResources,
    Action::DropTcp,
    Action::ResetConnectRetryCounter,
];
const FAIL: &[Action] = &[
    Action::Notify,
    Action::ReleaseResources,
    Action::DropTcp,
    Action::CountConnectRetry,
    Action::StartIdleHold,
];
const FAIL_ROUTES: &[Action] = &[
    Action::Notify,
    Action::DeleteRoutes,
    Action::ReleaseResources,
    Action::DropTcp,
    Action::CountConnectRetry,
    Action::StartIdleHold,
];
const DROP: &[Action] = &[
    Action::ReleaseResources,
    Action::DropTcp,
    Action::CountConnectRetry,
    Action::StartIdleHold,
];
const DROP_ROUTES: &[Action] = &[
    Action::DeleteRoutes,
    Action::ReleaseResources,
    Action::DropTcp,
    Action::CountConnectRetry,
    Action::StartIdleHold,
];
const DROP_UNCOUNTED: &[Action] = &[
    Action::ReleaseResources,
    Action::DropTcp,
    Action::StartIdleHold,
];
const REPLACED: &[Action] = &[
    Action::RetainRoutes,
    Action::ReleaseResources,
    Action::DropTcp,
    Action::InitResources,
    Action::ResetConnectRetryCounter,
    Action::StartConnectRetry,
];
