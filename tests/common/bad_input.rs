//! The bad-input matrix, `tests/data/bad_input.json`: what is made of a message,
//! and whether that agrees with what a case expects.

use std::collections::BTreeSet;

use bgpwright::{
    types::{Afi, Family, Safi},
    wire::{AnyNlri, Destination, Fault, FaultKind, NlriList, Notification, Treatment, Update},
};
use serde_json::Value;

pub(crate) const CASES: &str = include_str!("../data/bad_input.json");
pub(crate) const EXCEPTIONS: &str = include_str!("../data/bad_input.exceptions.json");

/// What is made of a case.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// All that describe it; the matrix names one.
    pub(crate) treatments: Vec<&'static str>,
    pub(crate) notification: Option<Notification>,
    discarded: BTreeSet<u64>,
    update: Option<Update>,
}

impl Outcome {
    pub(crate) fn of(treatments: &[&'static str]) -> Self {
        Self {
            treatments: treatments.to_vec(),
            ..Self::default()
        }
    }

    pub(crate) fn reset(notification: Notification) -> Self {
        Self {
            notification: Some(notification),
            ..Self::of(&["session-reset"])
        }
    }
}

pub(crate) fn families(names: &Value) -> Vec<Family> {
    let names = names.as_array().unwrap().iter();
    names.map(|name| family(name.as_str().unwrap())).collect()
}

pub(crate) fn family(name: &str) -> Family {
    match name {
        "ipv4/unicast" => Family::IPV4_UNICAST,
        "ipv6/unicast" => Family::IPV6_UNICAST,
        "ipv4/flowspec" => Family::new(Afi::IPV4, Safi(133)),
        "ipv4/labeled-unicast" => Family::new(Afi::IPV4, Safi::LABELED),
        other => panic!("unknown family {other}"),
    }
}

/// What an UPDATE comes to that does not end the session.
pub(crate) fn judge_update(update: Update, faults: &[Fault]) -> Outcome {
    let strongest = faults.iter().map(|fault| fault.treatment).max();
    let mut outcome = match strongest {
        None => Outcome::of(&["accept"]),
        Some(Treatment::IgnorePrefix) => Outcome::of(&["ignore"]),
        Some(Treatment::AttributeDiscard) => {
            let all = |kind| faults.iter().all(|fault| fault.kind == kind);
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
        Some(Treatment::SessionReset) => panic!("ends the session"),
    };
    outcome.discarded = faults
        .iter()
        .filter(|fault| fault.kind != FaultKind::Duplicate)
        .filter_map(|fault| fault.attribute)
        .map(|code| u64::from(code.0))
        .collect();
    outcome.update = Some(update);
    outcome
}

pub(crate) fn agrees(expected: &Value, outcome: &Outcome) -> bool {
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

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let octet = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(octet).collect()
}
