//! RFC 9234: roles, and Only to Customer.

use bgpwright::wire::{Capability, FaultKind, Message, Role, Treatment};

use super::{
    MANDATORY, again, announce_with, answer, capabilities, external, fault, open_with, shown,
    unwritten, update,
};
use crate::build::{decode, encode};

fn role(parameters: &str) -> Option<Role> {
    let octets = open_with(&capabilities(parameters));
    match decode(&octets, &external()).unwrap().value {
        Message::Open(open) => open.role(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_role_is_written_once_and_read() {
    let octets = open_with(&capabilities("09 01 03"));
    assert_eq!(role("09 01 03"), Some(Role::CUSTOMER));
    assert_eq!(again(&octets, &external()), octets);
}

#[test]
fn two_different_roles_are_not_written() {
    let value = decode(&open_with("00"), &external()).unwrap().value;
    let Message::Open(mut open) = value else {
        panic!("an OPEN")
    };
    open.capabilities = vec![Capability::Role(Role::PEER), Capability::Role(Role::RS)];
    assert!(unwritten(&Message::Open(open), &external()));
}

#[test]
fn the_same_role_twice_is_one() {
    assert_eq!(role("09 01 00 09 01 00"), Some(Role::PROVIDER));
}

#[test]
fn two_different_roles_are_a_role_mismatch() {
    let octets = open_with(&capabilities("09 01 00 02 00 09 01 04"));
    assert_eq!(answer(&octets, &external()), (2, 11, vec![]));
}

#[test]
fn a_role_of_another_length_is_none() {
    assert_eq!(role("09 02 0000"), None);
    assert_eq!(role("09 00"), None);
}

#[test]
fn the_five_pairs_of_the_table_fit() {
    for (local, remote) in [
        (Role::PROVIDER, Role::CUSTOMER),
        (Role::CUSTOMER, Role::PROVIDER),
        (Role::RS, Role::RS_CLIENT),
        (Role::RS_CLIENT, Role::RS),
        (Role::PEER, Role::PEER),
    ] {
        assert!(local.fits(remote));
    }
}

#[test]
fn no_other_pair_fits() {
    let all = (0..=255).map(Role);
    let pairs = all
        .clone()
        .flat_map(|one| all.clone().map(move |other| (one, other)));
    assert_eq!(pairs.filter(|(one, other)| one.fits(*other)).count(), 5);
}

#[test]
fn only_to_customer_has_four_octets() {
    let octets = announce_with("c0 23 04 0000fdea");
    assert_eq!(again(&octets, &external()), octets);
}

#[test]
fn only_to_customer_of_another_length_is_treated_as_withdraw() {
    for value in ["00", "02 fdea", "05 0000fdea00"] {
        let octets = announce_with(&format!("c0 23 {value}"));
        assert_eq!(
            fault(&octets, &external()),
            (35, FaultKind::Length, Treatment::TreatAsWithdraw)
        );
    }
    let empty = update("", &format!("{MANDATORY} c0 23 00"), "");
    assert_eq!(answer(&empty, &external()).0, 3, "nothing to withdraw");
}

#[test]
fn only_to_customer_goes_out_as_it_came_in() {
    for attribute in ["c0 23 04 0000fdea", "e0 23 04 fa56ea01"] {
        let octets = announce_with(attribute);
        assert_eq!(again(&octets, &external()), octets);
    }
}

#[test]
fn only_to_customer_that_came_in_wrong_does_not_go_out() {
    let octets = announce_with("c0 23 02 fdea");
    let value = decode(&octets, &external()).unwrap().value;
    assert!(!shown(&octets, &external()).contains("35"));
    assert_eq!(encode(&value, &external()), announce_with(""));
}
