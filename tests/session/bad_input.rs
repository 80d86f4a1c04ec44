//! The bad-input matrix, `tests/data/bad_input.json`, as a session meets it:
//! each message on a fresh connection in the state that its case names. What is
//! compared is what the neighbour sees: a NOTIFICATION, a close, or neither.
//! How routes are treated is the codec's test.

use bgpwright::{
    session::{
        Config, ConnId, DownReason, Input, Output, PeerAs, Session, State, negotiate::our_open,
    },
    time::Instant,
    types::{Asn, Family, RouterId},
    wire::{Capability, Message, Notification},
};
use serde_json::Value;

use crate::rig::{encoded, passive, with_families};

const DATA: &str = include_str!("../data/bad_input.json");
const CONN: ConnId = ConnId(1);

/// Cases that need a feature which sessions do not negotiate yet.
const NOT_OFFERED: [&str; 9] = [
    "extended_message",
    "addpath",
    "enhanced_route_refresh",
    "local_role",
    "role_strict",
    "confederation_id",
    "extended_nexthop",
    "orf",
    "route_refresh",
];

#[test]
fn what_a_neighbour_sees_is_as_in_the_matrix() {
    let data: Value = serde_json::from_str(DATA).unwrap();
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for case in data["cases"].as_array().unwrap() {
        let default = &data["default_context"];
        if NOT_OFFERED
            .iter()
            .any(|key| case["context"][key] != default[key])
        {
            continue;
        }
        compared += 1;
        let mut allowed = vec![&case["expected"]];
        for list in [
            &case["acceptable_alternatives"],
            &case["expected"]["acceptable_alternatives"],
        ] {
            allowed.extend(list.as_array().into_iter().flatten());
        }
        let seen = play(case);
        if !allowed.iter().any(|expected| fits(expected, &seen)) {
            wrong.push(format!(
                "{} {}: {seen:?}, expected {allowed:?}",
                case["id"], case["name"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {compared}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(compared > 220, "only {compared} cases compared");
}

#[derive(Debug)]
enum Seen {
    Notification(Notification),
    Close,
    Nothing,
}

fn play(case: &Value) -> Seen {
    let context = &case["context"];
    let number = |key: &str| Asn(u32::try_from(context[key].as_u64().unwrap()).unwrap());
    let router_id = |key: &str| context[key].as_str().unwrap().parse::<RouterId>().unwrap();
    let families: Vec<_> = context["families"]
        .as_array()
        .unwrap()
        .iter()
        .map(family)
        .collect();
    let (local, remote) = (number("local_as"), number("peer_as"));
    let ours = Config::new(local, router_id("local_id"), PeerAs::Exactly(remote));
    let theirs = Config::new(remote, router_id("peer_id"), PeerAs::Any);
    let mut open = our_open(&with_families(theirs, &families));
    if context["as4"] == false {
        open.capabilities
            .retain(|it| !matches!(it, Capability::FourOctetAs(_)));
    }
    let mut session = Session::new(passive(with_families(ours, &families))).unwrap();
    let (open, keepalive) = (encoded(&Message::Open(open)), encoded(&Message::Keepalive));
    let mut input = |input| session.handle_input(Instant::ZERO, input);
    input(Input::Start);
    input(Input::Accepted(CONN));
    let state = context["state"].as_str().unwrap();
    if state != "OpenSent" {
        input(Input::Received(CONN, &open));
    }
    if state == "Established" {
        input(Input::Received(CONN, &keepalive));
    }
    let before = session.state();
    assert_eq!(format!("{before:?}"), state, "{case}");
    session.handle_input(Instant::ZERO, Input::Received(CONN, &octets(case)));
    let last = session.last_down().cloned();
    let closed = core::iter::from_fn(|| match session.poll_output() {
        Output::Timeout(_) => None,
        output => Some(output),
    })
    .any(|output| output == Output::Close(CONN));
    match last {
        Some(DownReason::NotificationSent(notification)) if closed => {
            Seen::Notification(notification)
        }
        Some(_) if closed => Seen::Close,
        _ => {
            assert!(
                !closed && session.state() >= before.min(State::OpenSent),
                "{case}"
            );
            Seen::Nothing
        }
    }
}

fn fits(expected: &Value, seen: &Seen) -> bool {
    match (expected["treatment"].as_str().unwrap(), seen) {
        ("session-reset", Seen::Notification(sent)) => {
            let wanted = &expected["notification"];
            let subcode = &wanted["subcode"];
            let data = wanted["data"].as_str();
            wanted.is_null()
                || wanted["code"] == sent.code.0
                    && (subcode.is_null() || *subcode == sent.subcode)
                    && data.is_none_or(|data| hex(data) == sent.data)
        }
        ("session-reset", Seen::Close | Seen::Nothing) => false,
        ("close-without-notification", seen) => matches!(seen, Seen::Close),
        (_, seen) => matches!(seen, Seen::Nothing),
    }
}

fn family(name: &Value) -> Family {
    match name.as_str().unwrap() {
        "ipv4/unicast" => Family::IPV4_UNICAST,
        "ipv6/unicast" => Family::IPV6_UNICAST,
        "ipv4/flowspec" => "afi1-safi133".parse().unwrap(),
        "ipv4/labeled-unicast" => "afi1-safi4".parse().unwrap(),
        other => panic!("no family {other}"),
    }
}

fn octets(case: &Value) -> Vec<u8> {
    hex(case["hex"].as_str().unwrap())
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let octet = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(octet).collect()
}
