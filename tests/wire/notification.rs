//! NOTIFICATION: what its data says, and that nothing in it can harm a log.

use bgpwright::{
    types::{Family, PeerType},
    wire::{Capability, CapabilityCode, Message, Notification, NotificationCode},
};
use proptest::prelude::*;

use crate::{
    arbitrary::notification,
    build::{both_ways, context, decode, encode, hex, message},
};

fn read(body: &str) -> Notification {
    match decode(&message(3, &hex(body)), &context(PeerType::External)) {
        Ok(parsed) => match parsed.value {
            Message::Notification(notification) => notification,
            other => panic!("{other}"),
        },
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn each_code_and_subcode_has_its_name() {
    for (body, text) in [
        (
            "01 01",
            "Message Header Error/Connection Not Synchronized (1/1)",
        ),
        (
            "01 02 1001",
            "Message Header Error/Bad Message Length (1/2): 1001",
        ),
        ("02 00", "OPEN Message Error (2/0)"),
        (
            "02 01 0004",
            "OPEN Message Error/Unsupported Version Number (2/1): version 4",
        ),
        ("02 0b", "OPEN Message Error/Role Mismatch (2/11)"),
        ("03 0b", "UPDATE Message Error/Malformed AS_PATH (3/11)"),
        ("04 00", "Hold Timer Expired (4/0)"),
        (
            "05 03 01",
            "Finite State Machine Error/Unexpected Message in Established (5/3): 01",
        ),
        ("06 0a", "Cease/BFD Down (6/10)"),
        ("06 c8", "Cease (6/200)"),
        (
            "07 01",
            "ROUTE-REFRESH Message Error/Invalid Message Length (7/1)",
        ),
        ("08 00", "Send Hold Timer Expired (8/0)"),
        ("c8 07", "code 200 (200/7)"),
    ] {
        assert_eq!(read(body).to_string(), text);
    }
}

#[test]
fn a_shutdown_text_may_have_255_octets_and_is_cut_there() {
    for (length, kept) in [(0, 0), (128, 128), (129, 129), (255, 255), (256, 255)] {
        let text = "x".repeat(length);
        let cease = Notification::cease_with_text(Notification::ADMINISTRATIVE_RESET, &text);
        assert_eq!(cease.data.len(), 1 + kept);
        assert_eq!(cease.text().map(str::len), (kept != 0).then_some(kept));
        let octets = encode(
            &Message::Notification(cease.clone()),
            &context(PeerType::External),
        );
        both_ways(
            &octets,
            &Message::Notification(cease),
            &context(PeerType::External),
        );
    }
}

#[test]
fn hostile_text_is_escaped_or_shown_in_hexadecimal() {
    for (body, text) in [
        (
            "06 02 05 410a004200",
            "Cease/Administrative Shutdown (6/2): \"A\\n\\0B\\0\"",
        ),
        (
            "06 04 02 1b63",
            "Cease/Administrative Reset (6/4): \"\\u{1b}c\"",
        ),
        // A right-to-left override.
        (
            "06 02 03 e280ae",
            "Cease/Administrative Shutdown (6/2): \"\\u{202e}\"",
        ),
        (
            "06 02 04 fffe80c0",
            "Cease/Administrative Shutdown (6/2): 04fffe80c0",
        ),
        ("06 02 ff 41", "Cease/Administrative Shutdown (6/2): ff41"),
        // A text is there for 6/2 and 6/4 alone.
        ("06 03 01 41", "Cease/Peer De-configured (6/3): 0141"),
    ] {
        assert_eq!(read(body).to_string(), text);
    }
}

#[test]
fn a_hard_reset_carries_its_reason() {
    let reason = Notification::cease_with_text(Notification::ADMINISTRATIVE_SHUTDOWN, "bye");
    let reset = Notification::hard_reset(&reason);
    assert_eq!(reset.reason(), Some(reason));
    assert_eq!(
        reset.to_string(),
        "Cease/Hard Reset (6/9): Cease/Administrative Shutdown (6/2): \"bye\""
    );
    both_ways(
        &message(3, &hex("06 09 06 02 03 627965")),
        &Message::Notification(reset),
        &context(PeerType::External),
    );
    assert_eq!(read("06 09").reason(), None);
    assert_eq!(read("06 09 06").reason(), None);
    assert_eq!(read("06 02 06 02").reason(), None);
}

#[test]
fn hard_resets_in_hard_resets_are_shown_without_going_down() {
    let deep = read(&"06 09".repeat(2030));
    assert_eq!(
        deep.to_string(),
        format!(
            "Cease/Hard Reset (6/9): Cease/Hard Reset (6/9): {} and 4024 octets",
            "0609".repeat(16)
        )
    );
}

#[test]
fn an_unsupported_capability_lists_what_is_missed() {
    let missed = vec![
        Capability::Multiprotocol(Family::IPV6_UNICAST),
        Capability::Unknown {
            code: CapabilityCode(200),
            value: Box::new([1]),
        },
    ];
    let refusal = Notification::unsupported_capability(&missed).unwrap();
    assert_eq!(refusal, read("02 07 01 04 0002 00 01 c8 01 01"));
    assert_eq!(
        refusal.to_string(),
        "OPEN Message Error/Unsupported Capability (2/7): \
         multiprotocol ipv6-unicast, capability 200 (1 octets)"
    );
    assert_eq!(refusal.capabilities(), Some(missed));
    assert_eq!(read("02 07 01 04 0002").capabilities(), None);
    assert_eq!(read("02 07").capabilities(), Some(Vec::new()));
    assert_eq!(read("02 06 02 00").capabilities(), None);
}

#[test]
fn a_version_takes_two_octets() {
    assert_eq!(read("02 01 0004").version(), Some(4));
    assert_eq!(read("02 01 04").version(), None);
    assert_eq!(read("02 02 0004").version(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_in_a_notification_reaches_a_terminal(notification in notification()) {
        let text = notification.to_string();
        prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
        prop_assert_eq!(
            Notification::hard_reset(&notification).reason(),
            Some(notification)
        );
    }

    #[test]
    fn a_text_comes_back_whole_or_cut_at_a_character(text in any::<String>()) {
        let cease = Notification::cease_with_text(Notification::ADMINISTRATIVE_SHUTDOWN, &text);
        let said = cease.text().unwrap_or_default();
        prop_assert!(text.starts_with(said));
        prop_assert!(said.len() == text.len() || said.len() > 255 - 4);
        prop_assert_eq!(cease.code, NotificationCode::CEASE);
    }
}
