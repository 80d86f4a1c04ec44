//! RFC 7911: path identifiers.

use bgpwright::{
    types::Family,
    wire::{AddPathMode, Context, Message},
};

use super::{
    MANDATORY, again, announce, answer, capabilities, external, open_with, shown, unwritten, update,
};
use crate::build::{decode, encode};

/// A session with path identifiers both ways.
fn with_paths() -> Context {
    let mut context = external();
    context.add_path_receive = vec![Family::IPV4_UNICAST];
    context.add_path_send = vec![Family::IPV4_UNICAST];
    context
}

#[test]
fn an_identifier_of_four_octets_stands_before_each_prefix() {
    let octets = update("00000007 08 0b", MANDATORY, "00000001 08 0a 00000002 08 0a");
    assert_eq!(again(&octets, &with_paths()), octets);
    let text = shown(&octets, &with_paths());
    assert!(text.contains("10.0.0.0/8"), "{text}");
}

#[test]
fn a_prefix_without_its_identifier_cannot_be_read() {
    for announced in ["08 0a", "00000001", "000001 08 0a"] {
        let octets = update("", MANDATORY, announced);
        let (code, subcode, _) = answer(&octets, &with_paths());
        assert_eq!((code, subcode), (3, 10), "{announced}");
    }
}

#[test]
fn nothing_stands_before_a_prefix_that_was_not_agreed_on() {
    let mut context = with_paths();
    context.add_path_receive = vec![Family::IPV6_UNICAST];
    context.add_path_send = vec![Family::IPV6_UNICAST];
    assert_eq!(again(&announce(MANDATORY), &context), announce(MANDATORY));
}

#[test]
fn routes_are_not_written_in_the_form_that_was_not_agreed_on() {
    let with = update("", MANDATORY, "00000001 08 0a");
    let value = decode(&with, &with_paths()).unwrap().value;
    assert!(unwritten(&value, &external()));
    let plain = decode(&announce(MANDATORY), &external()).unwrap().value;
    assert!(unwritten(&plain, &with_paths()));
}

#[test]
fn one_direction_may_have_identifiers_alone() {
    let mut context = with_paths();
    context.add_path_send = Vec::new();
    let octets = update("", MANDATORY, "00000001 08 0a");
    let value = decode(&octets, &context).unwrap().value;
    assert!(unwritten(&value, &context));
    let plain = decode(&announce(MANDATORY), &external()).unwrap().value;
    assert_eq!(encode(&plain, &context), announce(MANDATORY));
}

fn mode(capability: &str) -> Option<AddPathMode> {
    let octets = open_with(&capabilities(capability));
    match decode(&octets, &external()).unwrap().value {
        Message::Open(open) => open.add_path(Family::IPV4_UNICAST),
        other => panic!("{other}"),
    }
}

#[test]
fn receive_send_and_both_are_told_apart() {
    let receive = mode("45 04 0001 01 01").unwrap();
    assert!(receive.may_receive() && !receive.may_send());
    let send = mode("45 04 0001 01 02").unwrap();
    assert!(!send.may_receive() && send.may_send());
    let both = mode("45 04 0001 01 03").unwrap();
    assert!(both.may_receive() && both.may_send());
}

#[test]
fn another_mode_is_not_understood() {
    for capability in ["45 04 0001 01 00", "45 04 0001 01 04", "45 04 0002 01 03"] {
        assert_eq!(mode(capability), None);
    }
    // Cut short: kept as octets, and so not announced.
    assert_eq!(mode("45 03 0001 01"), None);
}
