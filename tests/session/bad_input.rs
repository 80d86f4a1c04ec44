//! The bad-input matrix, `tests/data/bad_input.json`, as a session meets it:
//! each message on a fresh connection in the state that its case names, between
//! two sessions that agreed on what the case has agreed. What the session tells
//! the neighbour and what it hands up must be as the case says.
//!
//! What the session leaves to the keeper of routes is listed with its reason in
//! `bad_input.exceptions.json`; a listed case that agrees fails the test too.

#[path = "../common/bad_input.rs"]
mod matrix;
#[path = "../common/bad_input_session.rs"]
mod session;

use std::collections::BTreeMap;

use bgpwright::{
    session::{DownReason, Event, Input, State, negotiate::our_open},
    wire::Message,
};
use serde_json::Value;

use self::{
    matrix::{CASES, EXCEPTIONS, Outcome, agrees, hex, judge_update},
    session::config,
};
use crate::{
    alone::{Alone, CONN},
    rig::passive,
};

#[test]
fn what_a_session_does_is_as_in_the_matrix() {
    let matrix: Value = serde_json::from_str(CASES).unwrap();
    let exceptions: Value = serde_json::from_str(EXCEPTIONS).unwrap();
    let mut excepted: BTreeMap<String, String> =
        serde_json::from_value(exceptions["session"].clone()).unwrap();
    let (mut wrong, mut agreed) = (Vec::new(), 0);
    for case in matrix["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let outcome = play(case);
        match (agrees(&case["expected"], &outcome), excepted.remove(id)) {
            (true, None) => agreed += 1,
            (false, Some(reason)) => assert!(!reason.is_empty()),
            (true, Some(_)) => wrong.push(format!("{id}: listed as an exception, but agrees")),
            (false, None) => wrong.push(format!(
                "{id} ({}): {} but {outcome:?}",
                case["name"], case["expected"]
            )),
        }
    }
    assert!(excepted.is_empty(), "no such cases: {excepted:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(agreed, 242);
}

fn play(case: &Value) -> Outcome {
    let context = &case["context"];
    let [ours, theirs] = [true, false].map(|ours| config(context, ours));
    let mut alone = Alone::new(passive(ours));
    alone.input(Input::Accepted(CONN));
    let state = context["state"].as_str().unwrap();
    if state != "OpenSent" {
        alone.hear(CONN, &Message::Open(our_open(&theirs)));
    }
    if state == "Established" {
        alone.hear(CONN, &Message::Keepalive);
    }
    let before = alone.session.state();
    assert_eq!(format!("{before:?}"), state, "{case}");
    let told = alone.notifications().len();
    alone.events.clear();
    alone.input(Input::Received(CONN, &hex(case["hex"].as_str().unwrap())));
    let mut notifications = alone.notifications().into_iter().skip(told);
    if let Some(notification) = notifications.next() {
        assert_eq!(notifications.next(), None, "{case}");
        assert_eq!(alone.closed, [CONN], "{case}");
        let reason = DownReason::NotificationSent(notification.clone());
        assert_eq!(alone.session.last_down(), Some(&reason), "{case}");
        return Outcome::reset(notification);
    }
    if alone.closed == [CONN] {
        return Outcome::of(&["close-without-notification"]);
    }
    assert!(alone.session.state() >= before, "{case}");
    alone
        .events
        .iter()
        .find_map(|event| match event {
            Event::Update(parsed) => Some(judge_update(parsed.value.clone(), &parsed.faults)),
            _ => None,
        })
        .unwrap_or_else(|| quiet(&alone, before))
}

/// Without an UPDATE: what shows of it outside is all the same.
fn quiet(alone: &Alone, before: State) -> Outcome {
    let advanced = alone.session.state() > before;
    let heard = alone.session.stats().received.total();
    let handed_up = alone
        .events
        .iter()
        .any(|event| matches!(event, Event::Refresh(_) | Event::EndOfRib(_)));
    if handed_up {
        Outcome::of(&["accept"])
    } else if advanced || heard > 2 {
        Outcome::of(&["accept", "ignore"])
    } else {
        Outcome::of(&["incomplete"])
    }
}
