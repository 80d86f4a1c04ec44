//! RFC 8654: messages of up to 65535 octets.

use bgpwright::wire::{Context, FaultKind, Message, Notification, NotificationCode, Treatment};
use bytes::Bytes;

use super::{AS_PATH, NEXT_HOP, answer, external, fault, faults, open_with, unwritten, update};
use crate::build::{decode, encode, message};

/// A session with extended messages.
fn extended() -> Context {
    let mut context = external();
    context.max_message_len = 65535;
    context
}

/// An UPDATE of this length that withdraws 0.0.0.0/0 again and again.
fn long(length: usize) -> Vec<u8> {
    let octets = update(&"00".repeat(length - 23), "", "");
    assert_eq!(octets.len(), length);
    octets
}

#[test]
fn an_extended_message_is_read_where_it_was_agreed_on() {
    for length in [4097, 65535] {
        assert_eq!(faults(&long(length), &extended()), []);
    }
}

#[test]
fn an_extended_message_is_refused_where_it_was_not() {
    assert_eq!(answer(&long(4097), &external()), (1, 2, vec![0x10, 0x01]));
    assert_eq!(answer(&long(65535), &external()), (1, 2, vec![0xff, 0xff]));
}

#[test]
fn a_message_at_the_limit_is_not_refused() {
    assert_eq!(faults(&long(4096), &external()), []);
}

#[test]
fn faults_in_an_extended_message_are_treated_as_in_any() {
    let wrong = format!("40 01 01 03 {AS_PATH}{NEXT_HOP}");
    let octets = update(&"00".repeat(5000), &wrong, "08 0a");
    assert_eq!(
        fault(&octets, &extended()),
        (1, FaultKind::Value, Treatment::TreatAsWithdraw)
    );
}

#[test]
fn a_value_that_fits_an_extended_message_is_written() {
    let value = decode(&long(5000), &extended()).unwrap().value;
    assert_eq!(encode(&value, &extended()), long(5000));
}

#[test]
fn a_value_over_the_sessions_limit_is_not_written() {
    let value = decode(&long(4097), &extended()).unwrap().value;
    assert!(unwritten(&value, &external()));
    let fits = decode(&long(4096), &extended()).unwrap().value;
    assert!(!unwritten(&fits, &external()));
}

fn notification(data: usize) -> Message {
    Message::Notification(Notification {
        code: NotificationCode::CEASE,
        subcode: 0,
        data: Bytes::from(vec![0; data]),
    })
}

#[test]
fn a_notification_of_4096_octets_is_written() {
    assert_eq!(encode(&notification(4096 - 21), &external()).len(), 4096);
}

#[test]
fn a_longer_notification_takes_extended_messages() {
    assert!(unwritten(&notification(4097 - 21), &external()));
    assert_eq!(encode(&notification(4097 - 21), &extended()).len(), 4097);
}

#[test]
fn open_and_keepalive_stay_as_short_as_they_were() {
    let capability = format!("c8 ff {} ", "00".repeat(255));
    let many = capability.repeat(16);
    let parameters = format!("ff ff 1013 02 1010 {many}");
    let octets = open_with(&parameters);
    assert_eq!(octets.len(), 4147);
    assert_eq!(answer(&octets, &extended()), (1, 2, vec![0x10, 0x33]));
    let keepalive = message(4, &[0; 5000]);
    assert_eq!(answer(&keepalive, &extended()).0, 1);
}
