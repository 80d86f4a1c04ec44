//! RFC 4271 §4 and §5: the form of messages and attributes.

use bgpwright::{
    types::Asn,
    wire::{FaultKind, Message, Treatment},
};

use super::{
    AS_PATH, MANDATORY, NEXT_HOP, ORIGIN, again, announce, announce_with, answer, attributes,
    codes, external, fault, faults, internal, open_with, shown, unwritten, update,
};
use crate::build::{decode, encode, hex, message};

/// One of each type.
fn one_of_each() -> Vec<Vec<u8>> {
    vec![
        open_with("04 02 02 0200"),
        announce(MANDATORY),
        message(3, &hex("06 02 01 41")),
        message(4, &[]),
        message(5, &hex("0001 00 01")),
    ]
}

#[test]
fn every_message_starts_with_sixteen_ones() {
    for octets in one_of_each() {
        let written = again(&octets, &external());
        assert_eq!(written[..16], [0xff; 16]);
    }
}

#[test]
fn a_marker_with_a_zero_bit_is_not_synchronized() {
    for octet in 0..16 {
        for bit in 0..8 {
            let mut octets = message(4, &[]);
            octets[octet] ^= 1 << bit;
            assert_eq!(answer(&octets, &external()), (1, 1, vec![]));
        }
    }
}

#[test]
fn messages_of_19_and_4096_octets_are_framed() {
    let longest = update(&"00".repeat(4073), "", "");
    assert_eq!(longest.len(), 4096);
    for octets in [message(4, &[]), longest] {
        assert_eq!(faults(&octets, &external()), []);
    }
}

#[test]
fn lengths_of_18_and_4097_are_refused() {
    let mut short = message(4, &[]);
    short[17] = 18;
    assert_eq!(answer(&short, &external()), (1, 2, vec![0, 18]));
    let long = update(&"00".repeat(4074), "", "");
    assert_eq!(answer(&long, &external()), (1, 2, vec![0x10, 0x01]));
}

#[test]
fn nothing_is_put_after_the_last_field() {
    for octets in one_of_each() {
        assert_eq!(again(&octets, &external()), octets);
    }
}

#[test]
fn octets_after_the_last_field_are_refused() {
    let padded = [
        (message(4, &[0]), (1, 2)),
        (open_with("00 00"), (2, 0)),
        (message(5, &hex("0001 01 01 00")), (7, 1)),
    ];
    for (octets, expected) in padded {
        let (code, subcode, _) = answer(&octets, &external());
        assert_eq!((code, subcode), expected);
    }
}

fn hold_time(seconds: u16) -> Vec<u8> {
    message(1, &hex(&format!("04 fdea {seconds:04x} c0000201 00")))
}

#[test]
fn hold_times_of_0_and_3_are_read() {
    for seconds in [0, 3, 65535] {
        assert_eq!(faults(&hold_time(seconds), &external()), []);
    }
}

#[test]
fn hold_times_of_1_and_2_are_refused() {
    for seconds in [1, 2] {
        assert_eq!(answer(&hold_time(seconds), &external()), (2, 6, vec![]));
    }
}

#[test]
fn hold_times_of_1_and_2_are_not_written() {
    let Message::Open(mut open) = decode(&hold_time(3), &external()).unwrap().value else {
        panic!("an OPEN")
    };
    for hold_time in [1, 2] {
        open.hold_time = hold_time;
        assert!(unwritten(&Message::Open(open.clone()), &external()));
    }
}

/// All well-known attributes, and one optional of each kind.
const ALL: &str = "40 01 01 00  40 02 06 02 01 0000fdea  40 03 04 c0000202
                   80 04 04 00000001  40 05 04 00000064  40 06 00  c0 08 04 fdea0001";

#[test]
fn well_known_attributes_go_out_transitive() {
    let written = again(&announce(ALL), &internal());
    for (code, flags) in attributes(&written) {
        if matches!(code, 1 | 2 | 3 | 5 | 6) {
            assert_eq!(flags, 0x40, "attribute {code}");
        }
    }
}

#[test]
fn a_well_known_attribute_without_transitive_is_malformed() {
    for flags in ["00", "80", "c0"] {
        let octets = announce(&format!("{flags} 01 01 00 {AS_PATH}{NEXT_HOP}"));
        assert_eq!(
            fault(&octets, &external()),
            (1, FaultKind::Flags, Treatment::TreatAsWithdraw)
        );
    }
}

#[test]
fn well_known_and_non_transitive_attributes_go_out_without_partial() {
    for (code, flags) in attributes(&again(&announce(ALL), &internal())) {
        assert_eq!(flags & 0x20, 0, "attribute {code}");
    }
}

#[test]
fn partial_on_a_well_known_attribute_is_not_passed_on() {
    let octets =
        announce("60 01 01 00  60 02 06 02 01 0000fdea  60 03 04 c0000202  a0 04 04 00000001");
    let flags: Vec<u8> = attributes(&again(&octets, &external()))
        .into_iter()
        .map(|(_, flags)| flags)
        .collect();
    assert_eq!(flags, [0x40, 0x40, 0x40, 0x80]);
}

#[test]
fn the_lower_four_flags_go_out_as_zero() {
    for (code, flags) in attributes(&again(&announce(ALL), &internal())) {
        assert_eq!(flags & 0x0f, 0, "attribute {code}");
    }
}

#[test]
fn the_lower_four_flags_are_not_looked_at() {
    let octets = announce("4f 01 01 00  41 02 06 02 01 0000fdea  48 03 04 c0000202");
    assert_eq!(faults(&octets, &external()), []);
}

#[test]
fn the_lower_four_flags_are_not_written() {
    let octets = announce("4f 01 01 00  41 02 06 02 01 0000fdea  48 03 04 c0000202");
    assert_eq!(again(&octets, &external()), announce(MANDATORY));
}

#[test]
fn a_prefix_may_be_withdrawn_and_announced_at_once() {
    let octets = update("08 0a", MANDATORY, "08 0a");
    assert_eq!(faults(&octets, &external()), []);
    assert_eq!(
        shown(&octets, &external()),
        "UPDATE: - 10.0.0.0/8; + 10.0.0.0/8; origin IGP, path 65002, next hop 192.0.2.2"
    );
}

#[test]
fn a_prefix_that_is_withdrawn_and_cut_short_when_announced_is_noticed() {
    let octets = update("08 0a", MANDATORY, "08");
    assert_eq!(answer(&octets, &external()), (3, 10, vec![]));
}

#[test]
fn every_well_known_attribute_is_read() {
    assert_eq!(
        shown(&announce(ALL), &internal()),
        "UPDATE: + 10.0.0.0/8; origin IGP, path 65002, next hop 192.0.2.2, med 1, \
         local pref 100, atomic aggregate, communities 65002:1"
    );
}

#[test]
fn a_well_known_attribute_that_is_not_recognized_ends_the_session() {
    let octets = announce_with("40 63 02 beef");
    assert_eq!(
        answer(&octets, &external()),
        (3, 2, hex("40 63 02 beef")),
        "with the attribute"
    );
    // An optional one does not.
    assert_eq!(faults(&announce_with("c0 63 02 beef"), &external()), []);
}

#[test]
fn routes_with_all_mandatory_attributes_are_read() {
    assert_eq!(faults(&announce(MANDATORY), &external()), []);
    // An UPDATE without routes needs none.
    assert_eq!(faults(&update("08 0a", "", ""), &external()), []);
}

#[test]
fn routes_without_a_mandatory_attribute_are_neither_accepted_nor_written() {
    for (code, rest) in [
        (1, [AS_PATH, NEXT_HOP]),
        (2, [ORIGIN, NEXT_HOP]),
        (3, [ORIGIN, AS_PATH]),
    ] {
        let octets = announce(&rest.concat());
        assert_eq!(
            fault(&octets, &external()),
            (code, FaultKind::Missing, Treatment::TreatAsWithdraw)
        );
        let value = decode(&octets, &external()).unwrap().value;
        assert!(unwritten(&value, &external()));
    }
}

#[test]
fn partial_on_an_attribute_kept_as_octets_stays_as_it_was() {
    for attribute in ["e0 63 02 beef", "c0 63 02 beef"] {
        let octets = announce_with(attribute);
        assert_eq!(again(&octets, &external()), octets);
    }
}

/// Each optional transitive attribute that has a field, but for its flags.
const WITH_FIELDS: [&str; 5] = [
    "07 08 0000fdea c0000203",
    "08 04 fdea0064",
    "10 08 0002fdea00000001",
    "20 0c 0000fdea0000000100000002",
    "23 04 0000fdea",
];

#[test]
fn partial_on_an_attribute_with_a_field_is_kept() {
    for attribute in WITH_FIELDS {
        let octets = announce_with(&format!("e0 {attribute}"));
        assert_eq!(again(&octets, &external()), octets);
    }
}

#[test]
fn an_attribute_without_partial_does_not_get_it() {
    for attribute in WITH_FIELDS {
        let octets = announce_with(&format!("c0 {attribute}"));
        assert_eq!(again(&octets, &external()), octets);
    }
}

#[test]
fn attributes_out_of_order_are_read() {
    let octets = announce(&[NEXT_HOP, ORIGIN, AS_PATH].concat());
    assert_eq!(
        shown(&octets, &external()),
        shown(&announce(MANDATORY), &external())
    );
    assert_eq!(codes(&again(&octets, &external())), [1, 2, 3]);
}

#[test]
fn an_attribute_out_of_order_is_judged_all_the_same() {
    let octets = announce(&[NEXT_HOP, AS_PATH, "40 01 01 03"].concat());
    assert_eq!(
        fault(&octets, &external()),
        (1, FaultKind::Value, Treatment::TreatAsWithdraw)
    );
}

#[test]
fn local_pref_of_an_internal_peer_is_read_and_written() {
    let octets = announce_with("40 05 04 00000064");
    assert_eq!(again(&octets, &internal()), octets);
}

#[test]
fn local_pref_of_an_external_peer_is_ignored() {
    let octets = announce_with("40 05 04 00000064");
    assert_eq!(
        fault(&octets, &external()),
        (5, FaultKind::NotFromThisPeer, Treatment::AttributeDiscard)
    );
    assert_eq!(
        shown(&octets, &external()),
        shown(&announce(MANDATORY), &external())
    );
}

#[test]
fn local_pref_is_not_sent_to_an_external_peer() {
    let value = decode(&announce_with("40 05 04 00000064"), &internal())
        .unwrap()
        .value;
    assert_eq!(encode(&value, &external()), announce(MANDATORY));
}

#[test]
fn a_keepalive_is_19_octets() {
    assert_eq!(again(&message(4, &[]), &external()).len(), 19);
}

#[test]
fn as_zero_is_no_peer() {
    let octets = message(1, &hex("04 0000 005a c0000201 00"));
    assert_eq!(answer(&octets, &external()), (2, 2, vec![]));
    let Message::Open(open) = decode(&open_with("00"), &external()).unwrap().value else {
        panic!("an OPEN")
    };
    assert_eq!(open.asn(), Asn(65002));
}
