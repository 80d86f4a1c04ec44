//! The bad-input matrix: each message decoded in its context must be treated
//! as the RFCs say.
//!
//! What the codec alone cannot decide is listed with its reason in
//! `bad_input.exceptions.json`; a listed case that agrees fails the test too.

use std::collections::{BTreeMap, BTreeSet};

use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{
        AnyNlri, Capability, Context, Destination, FaultKind, Frame, Message, NlriList,
        Notification, Parsed, Treatment, Update,
    },
};
use serde_json::Value;

use crate::build::hex;

const CASES: &str = include_str!("../data/bad_input.json");
const EXCEPTIONS: &str = include_str!("../data/bad_input.exceptions.json");

/// What the codec makes of a case.
#[derive(Debug, Default)]
struct Outcome {
    /// All that describe it; the matrix names one.
    treatments: Vec<&'static str>,
    notification: Option<Notification>,
    discarded: BTreeSet<u64>,
    update: Option<Update>,
}

impl Outcome {
    fn of(treatments: &[&'static str]) -> Self {
        Self {
            treatments: treatments.to_vec(),
            ..Self::default()
        }
    }

    fn reset(notification: Notification) -> Self {
        Self {
            notification: Some(notification),
            ..Self::of(&["session-reset"])
        }
    }
}

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

fn families(names: &Value) -> Vec<Family> {
    let names = names.as_array().unwrap().iter();
    names.map(|name| family(name.as_str().unwrap())).collect()
}

fn family(name: &str) -> Family {
    match name {
        "ipv4/unicast" => Family::IPV4_UNICAST,
        "ipv6/unicast" => Family::IPV6_UNICAST,
        "ipv4/flowspec" => Family::new(Afi::IPV4, Safi(133)),
        "ipv4/labeled-unicast" => Family::new(Afi::IPV4, Safi::LABELED),
        other => panic!("unknown family {other}"),
    }
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
    let mut outcome = match parsed.treatment() {
        None => Outcome::of(&["accept"]),
        Some(Treatment::IgnorePrefix) => Outcome::of(&["ignore"]),
        Some(Treatment::AttributeDiscard) => {
            let all = |kind| parsed.faults.iter().all(|fault| fault.kind == kind);
            if all(FaultKind::Duplicate) {
                Outcome::of(&["accept"])
            } else if all(FaultKind::Family) {
                Outcome::of(&["ignore"])
            } else {
                Outcome::of(&["attribute-discard"])
            }
        }
        Some(Treatment::TreatAsWithdraw) => Outcome::of(&["treat-as-withdraw"]),
        Some(Treatment::DisableFamily) => Outcome::of(&["afi-safi-disable"]),
        Some(Treatment::SessionReset) => {
            let reset =
                |fault: &&bgpwright::wire::Fault| fault.treatment == Treatment::SessionReset;
            let fault = parsed.faults.iter().find(reset).unwrap();
            Outcome::reset(fault.notification(frame))
        }
    };
    outcome.discarded = parsed
        .faults
        .iter()
        .filter(|fault| fault.kind != FaultKind::Duplicate)
        .filter_map(|fault| fault.attribute)
        .map(|code| u64::from(code.0))
        .collect();
    outcome.update = Some(update);
    outcome
}

fn agrees(expected: &Value, outcome: &Outcome) -> bool {
    let alternatives = expected["acceptable_alternatives"].as_array();
    let alternative =
        alternatives.is_some_and(|list| list.iter().any(|of| same_answer(of, outcome)));
    let primary = same_answer(expected, outcome)
        && same_attributes(expected, outcome)
        && same_routes(expected, outcome);
    primary || alternative
}

fn same_answer(expected: &Value, outcome: &Outcome) -> bool {
    if !outcome
        .treatments
        .contains(&expected["treatment"].as_str().unwrap())
    {
        return false;
    }
    let wanted = &expected["notification"];
    let Some(sent) = &outcome.notification else {
        return wanted.is_null();
    };
    if wanted.is_null() {
        return true;
    }
    let data = wanted["data"].as_str().map(hex);
    wanted["code"] == sent.code.0
        && (wanted["subcode"].is_null() || wanted["subcode"] == sent.subcode)
        && data.is_none_or(|data| data == sent.data)
}

fn same_attributes(expected: &Value, outcome: &Outcome) -> bool {
    let Some(list) = expected["discarded_attributes"].as_array() else {
        return true;
    };
    list.iter()
        .filter_map(Value::as_u64)
        .collect::<BTreeSet<_>>()
        == outcome.discarded
}

/// What the case calls the route: its prefix.
fn prefix(nlri: &AnyNlri) -> String {
    match &nlri.destination {
        Destination::Labeled(of) => of.prefix.to_string(),
        other => other.to_string(),
    }
}

/// Routes that the case says are announced or withdrawn, after the treatment.
fn same_routes(expected: &Value, outcome: &Outcome) -> bool {
    let Some(update) = &outcome.update else {
        return true;
    };
    let mp = |nlri: Option<&NlriList>| {
        nlri.into_iter()
            .flat_map(NlriList::iter)
            .collect::<Vec<_>>()
    };
    let mut announced: Vec<_> = update.announced.iter().collect();
    announced.extend(mp(update.mp_reach.as_ref().map(|of| &of.nlri)));
    let mut withdrawn: Vec<_> = update.withdrawn.iter().collect();
    withdrawn.extend(mp(update.mp_unreach.as_ref().map(|of| &of.nlri)));
    if outcome.treatments == ["treat-as-withdraw"] {
        withdrawn.append(&mut announced);
    }
    let same = |wanted: &Value, got: Vec<AnyNlri>| {
        let Some(wanted) = wanted.as_array() else {
            return true;
        };
        let got: BTreeSet<String> = got.iter().map(prefix).collect();
        let wanted = wanted.iter().map(|of| of.as_str().unwrap().to_owned());
        wanted.collect::<BTreeSet<_>>() == got
    };
    same(&expected["announced"], announced) && same(&expected["withdrawn"], withdrawn)
}
