//! The state machine against `tests/data/fsm.json`, which was read from RFC
//! 4271 §8, cell by cell. A row of it where we depart says `ours`: what we do
//! instead, and why.

use bgpwright::session::{
    State,
    fsm::{Action, Facts, FsmEvent, transition},
};
use serde_json::Value;

const DATA: &str = include_str!("../data/fsm.json");

#[test]
fn every_row_is_as_in_the_rfc_or_says_why_not() {
    let data: Value = serde_json::from_str(DATA).unwrap();
    let mut wrong = Vec::new();
    for row in data["rows"].as_array().unwrap() {
        let name = format!("{} {} ({})", row["state"], row["event"], row["condition"]);
        let state = state(&row["state"]);
        let cell = transition(state, event(row), facts(row));
        let mut actions = cell.actions.to_vec();
        actions.sort();
        let ours = &row["ours"];
        let same_as = |text: &Value| {
            let notification = &text["notification"];
            let notice_is = match cell.notice {
                None => notification.is_null(),
                Some(notice) => {
                    notification["code"] == notice.code.0
                        && subcode_fits(notification, notice.subcode)
                }
            };
            let next = self::state(&text["next_state"]) == cell.next;
            let expected = self::actions(state, text);
            (notice_is && next && actions == expected, expected)
        };
        if ours.is_null() {
            let (same, expected) = same_as(row);
            if !same {
                wrong.push(format!("{name}: {cell:?}, expected {expected:?}"));
            }
        } else {
            assert!(
                ours["why"].as_str().is_some_and(|why| !why.is_empty()),
                "{name}"
            );
            assert!(!same_as(row).0, "{name} is no departure any more");
            let (same, expected) = same_as(ours);
            if !same {
                wrong.push(format!("{name}: {cell:?}, expected (ours) {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rows_cover_every_state_and_event() {
    let data: Value = serde_json::from_str(DATA).unwrap();
    let rows = data["rows"].as_array().unwrap();
    for state in data["states"].as_array().unwrap() {
        for event in FsmEvent::ALL {
            let covers = |row: &&Value| row["state"] == *state && row["event"] == event.number();
            assert!(rows.iter().any(|row| covers(&row)), "{state} {event:?}");
        }
    }
    assert_eq!(
        data["events"].as_object().unwrap().len(),
        FsmEvent::ALL.len()
    );
}

#[test]
fn nothing_follows_a_notification_but_the_end_of_the_connection() {
    for (state, event, facts) in all_cells() {
        let cell = transition(state, event, facts);
        let position = |action| cell.actions.iter().position(|it| *it == action);
        assert_eq!(cell.notice.is_some(), position(Action::Notify).is_some());
        if cell.notice.is_some() {
            assert_eq!(position(Action::Notify), Some(0), "{state:?} {event:?}");
            assert!(position(Action::DropTcp).is_some(), "{state:?} {event:?}");
            assert_eq!(cell.next, State::Idle, "{state:?} {event:?}");
        }
    }
}

#[test]
fn only_a_stop_goes_to_idle_for_good() {
    for (state, event, facts) in all_cells() {
        let cell = transition(state, event, facts);
        if state > State::Idle && cell.next == State::Idle {
            let comes_back = cell.actions.contains(&Action::StartIdleHold);
            assert_eq!(
                comes_back,
                event != FsmEvent::ManualStop,
                "{state:?} {event:?}"
            );
        }
    }
}

#[test]
fn a_good_update_is_processed_and_restarts_the_hold_timer_and_no_more() {
    for bits in 0..=u8::MAX {
        let facts = Facts::from_bits_retain(bits);
        let cell = transition(State::Established, FsmEvent::UpdateMsg, facts);
        assert_eq!(cell.actions, [Action::ProcessUpdate, Action::StartHold]);
        assert_eq!((cell.notice, cell.next), (None, State::Established));
    }
}

fn all_cells() -> impl Iterator<Item = (State, FsmEvent, Facts)> {
    let states = [
        State::Idle,
        State::Connect,
        State::Active,
        State::OpenSent,
        State::OpenConfirm,
        State::Established,
    ];
    states.into_iter().flat_map(|state| {
        FsmEvent::ALL.into_iter().flat_map(move |event| {
            (0..=u8::MAX).map(move |bits| (state, event, Facts::from_bits_retain(bits)))
        })
    })
}

fn state(name: &Value) -> State {
    match name.as_str().unwrap() {
        "Idle" => State::Idle,
        "Connect" => State::Connect,
        "Active" => State::Active,
        "OpenSent" => State::OpenSent,
        "OpenConfirm" => State::OpenConfirm,
        "Established" => State::Established,
        other => panic!("no state {other}"),
    }
}

fn event(row: &Value) -> FsmEvent {
    let number = row["event"].as_u64().unwrap();
    let mut all = FsmEvent::ALL.into_iter();
    all.find(|event| u64::from(event.number()) == number)
        .unwrap()
}

/// SendNOTIFICATIONwithoutOPEN is taken for set where a row has its action.
fn facts(row: &Value) -> Facts {
    let damping = Facts::DAMP_PEER_OSCILLATIONS;
    let conditional = row["actions"].to_string().contains("notify_if");
    let without_open = if conditional {
        Facts::NOTIFY_WITHOUT_OPEN
    } else {
        Facts::empty()
    };
    let Some(condition) = row["condition"].as_str() else {
        return damping | without_open;
    };
    match condition {
        "DampPeerOscillations=TRUE and IdleHoldTimer running" => damping | Facts::IDLE_HOLD_RUNNING,
        "DampPeerOscillations=TRUE" | "DampPeerOscillations=TRUE and IdleHoldTimer not running" => {
            damping
        }
        "DampPeerOscillations=FALSE (event cannot occur)"
        | "DampPeerOscillations=FALSE (event must not be generated)"
        | "DelayOpen=FALSE"
        | "DelayOpenTimer not running"
        | "not (DelayOpenTimer running and SendNOTIFICATIONwithoutOPEN=TRUE)"
        | "not a collision (a second OPEN on the same connection)"
        | "OPEN on the established connection itself, no collision"
        | "GR capability with >=1 AFI/SAFI not received"
        | "CollisionDetectEstablishedState=FALSE (event not signalled)" => Facts::empty(),
        "DelayOpen=TRUE" => Facts::DELAY_OPEN,
        "DelayOpenTimer running" => Facts::DELAY_OPEN_RUNNING,
        "DelayOpenTimer running and SendNOTIFICATIONwithoutOPEN=TRUE" => {
            Facts::DELAY_OPEN_RUNNING | Facts::NOTIFY_WITHOUT_OPEN
        }
        "collision: this connection is to be dropped"
        | "CollisionDetectEstablishedState=TRUE and this connection loses"
        | "CollisionDetectEstablishedState=TRUE" => Facts::COLLISION,
        "GR capability with >=1 AFI/SAFI received" => Facts::GRACEFUL_RESTART,
        other => panic!("no such condition: {other}"),
    }
}

/// A subcode in words depends on the case: the table then has none.
fn subcode_fits(notification: &Value, subcode: Option<u8>) -> bool {
    match &notification["subcode"] {
        Value::Number(number) => number.as_u64() == subcode.map(u64::from),
        Value::String(text) if text == "0|1" => matches!(subcode, Some(0 | 1)),
        _ => subcode.is_none(),
    }
}

/// What a row does, sorted. What is no action of ours: listening, which never
/// ends; the making of a connection, which is the embedder's; words.
fn actions(state: State, row: &Value) -> Vec<Action> {
    let names = row["actions"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|name| name.as_str().unwrap()).collect();
    // To release the resources is to stop every timer.
    let releases = names
        .iter()
        .any(|name| name.starts_with("release_resources"));
    let mut actions = Vec::new();
    for name in names {
        actions.extend_from_slice(match name {
            "ignore" | "cannot_occur" | "listen_tcp" | "complete_init" | "process_tcp"
            | "classify_internal_external" | "damping_period_over" | "keep(IdleHoldTimer)"
            | "log(FSM error)" | "log(BGP Error Code 8)"
            | "if(hold_time==0){no HoldTimer, no KeepaliveTimer}" => &[],
            "init_resources" | "init_resources(other than retained routes)" => {
                &[Action::InitResources]
            }
            "connect_retry_counter=0" => &[Action::ResetConnectRetryCounter],
            "connect_retry_counter+=1" => &[Action::CountConnectRetry],
            "start(ConnectRetryTimer)" | "restart(ConnectRetryTimer)" => {
                &[Action::StartConnectRetry]
            }
            "stop(ConnectRetryTimer)" | "ConnectRetryTimer=0" | "stop(DelayOpenTimer)"
                if releases => &[],
            "stop(ConnectRetryTimer)" | "ConnectRetryTimer=0" => &[Action::StopConnectRetry],
            "stop(DelayOpenTimer)" => &[Action::StopDelayOpen],
            "set(DelayOpenTimer,initial)" => &[Action::StartDelayOpen],
            "initiate_tcp" => &[Action::InitiateTcp],
            "release_resources"
            | "release_resources(other than retained routes)"
            | "release_resources(incl. stop(DelayOpenTimer))" => &[Action::ReleaseResources],
            "drop_tcp" if state == State::Idle => &[Action::RejectTcp],
            "drop_tcp" | "drop_tcp(old)" | "close_connection" => &[Action::DropTcp],
            "reject_tcp" => &[Action::RejectTcp],
            "send(OPEN)" => &[Action::SendOpen],
            "send(KEEPALIVE)" => &[Action::SendKeepalive],
            "send(NOTIFICATION)"
            | "send_best_effort(NOTIFICATION)"
            | "notify_if(SendNOTIFICATIONwithoutOPEN)" => &[Action::Notify],
            "set(HoldTimer,large=240s)" => &[Action::StartLargeHold],
            "set(HoldTimer,negotiated)"
            | "restart(HoldTimer)"
            | "if(hold_time!=0) restart(HoldTimer)" => &[Action::StartHold],
            "set(KeepaliveTimer)"
            | "restart(KeepaliveTimer)"
            | "if(hold_time!=0) restart(KeepaliveTimer)" => &[Action::StartKeepalive],
            "if(hold_time!=0){start(KeepaliveTimer);reset(HoldTimer,negotiated)}else{stop(KeepaliveTimer);HoldTimer=0}" => {
                &[Action::StartKeepalive, Action::StartHold]
            }
            "if(send_hold_time!=0) start(SendHoldTimer) [RFC 9687]" => &[Action::StartSendHold],
            "damp_if(DampPeerOscillations)" => &[Action::StartIdleHold],
            "signal(AutomaticStart event 6 or 7 as configured)" => &[Action::AutomaticStart],
            "track_second_connection(6.8)" | "track_second_connection(6.8) until it sends OPEN" => {
                &[Action::TrackSecond]
            }
            "process_update" => &[Action::ProcessUpdate],
            "delete_routes" => &[Action::DeleteRoutes],
            "retain_routes(stale)" => &[Action::RetainRoutes],
            other => panic!("no such action: {other}"),
        });
    }
    actions.sort();
    actions
}
