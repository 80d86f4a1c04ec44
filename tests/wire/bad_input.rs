//! The bad-input matrix: each message decoded in its context must be treated
//! as the RFCs say.
//!
//! What the codec alone cannot decide is listed with its reason in
//! `bad_input.exceptions.json`; a listed case that agrees fails the test too.

#[path = "../common/bad_input.rs"]
mod matrix;

use std::collections::BTreeMap;

use bgpwright::{
    types::PeerType,
    wire::{Capability, Context, Fault, Frame, Message, Parsed, Treatment},
};
use serde_json::Value;

use self::matrix::{CASES, EXCEPTIONS, Outcome, agrees, families, hex, judge_update};

#[test]
fn bad_input_is_treated_as_the_matrix_says() {
    let matrix: Value = serde_json::from_str(CASES).unwrap();
    let exceptions: Value = serde_json::from_str(EXCEPTIONS).unwrap();
    let mut excepted: BTreeMap<String, Value> =
        serde_json::from_value(exceptions["wire"].clone()).unwrap();
    let mut wrong = Vec::new();
    let mut agreed = 0;
    for case in matrix["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let outcome = outcome(case);
        let fits = agrees(&case["expected"], &outcome);
        match (fits, excepted.remove(id)) {
            (true, None) => agreed += 1,
            (false, Some(reason)) => assert!(!reason.as_str().unwrap().is_empty()),
            (true, Some(_)) => wrong.push(format!("{id}: listed as an exception, but agrees")),
            (false, None) => wrong.push(format!(
                "{id} ({}): {} but {outcome:?}",
                case["name"], case["expected"]
            )),
        }
    }
    assert!(excepted.is_empty(), "no such cases: {excepted:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(agreed > 200, "only {agreed} cases were compared");
}

fn context(case: &Value) -> Context {
    let of = &case["context"];
    let mut context = Context::default();
    context.four_octet_as = of["as4"].as_bool().unwrap();
    context.families = families(&of["families"]);
    context.add_path_receive = families(&of["addpath"]);
    if of["extended_message"] == true {
        context.max_message_len = 65535;
    }
    context.peer_type = match of["session"].as_str().unwrap() {
        "ibgp" => PeerType::Internal,
        "confed-ebgp" => PeerType::Confederation,
        _ => PeerType::External,
    };
    context
}

fn outcome(case: &Value) -> Outcome {
    let context = context(case);
    let octets = hex(case["hex"].as_str().unwrap());
    let mut rest = &octets[..];
    let mut last = Outcome::of(&["incomplete"]);
    while !rest.is_empty() {
        let frame = match Frame::first(rest, context.max_message_len) {
            Err(error) => return Outcome::reset(error.notification()),
            Ok(None) => return Outcome::of(&["incomplete"]),
            Ok(Some(frame)) => frame,
        };
        rest = &rest[frame.wire_len()..];
        last = match Message::decode(frame, &context) {
            Err(error) => Outcome::reset(error.notification()),
            Ok(parsed) => judge(&parsed, frame),
        };
    }
    last
}

/// What a message that can be read comes to.
fn judge(parsed: &Parsed<Message>, frame: Frame<'_>) -> Outcome {
    let update = match &parsed.value {
        Message::Notification(_) => return Outcome::of(&["close-without-notification"]),
        Message::Open(open) => {
            let unknown = |of: &Capability| matches!(of, Capability::Unknown { .. });
            return if open.capabilities.iter().any(unknown) {
                Outcome::of(&["accept", "ignore"])
            } else {
                Outcome::of(&["accept"])
            };
        }
        Message::Update(update) => update.clone(),
        _ => return Outcome::of(&["accept"]),
    };
    let reset = |fault: &&Fault| fault.treatment == Treatment::SessionReset;
    if let Some(fault) = parsed.faults.iter().find(reset) {
        return Outcome::reset(fault.notification(frame));
    }
    judge_update(update, &parsed.faults)
}
