//! RFC 6793: four-octet AS numbers, and peers without them.

use bgpwright::{
    types::{Asn, RouterId},
    wire::{Capability, EncodeError, FaultKind, Message, Open, Treatment},
};

use super::{
    MANDATORY, NEXT_HOP, ORIGIN, again, announce, announce_with, answer, capabilities, codes,
    external, fault, faults, internal, narrow, open_with, shown,
};
use crate::build::{decode, encode, hex, message};

const NARROW: &str = "40 01 01 00  40 02 06 02 02 fdea 5ba0  40 03 04 c0000202 ";

fn open(octets: &[u8]) -> Open {
    match decode(octets, &external()).unwrap().value {
        Message::Open(open) => open,
        other => panic!("{other}"),
    }
}

/// The path of the message as text.
fn path(octets: &[u8]) -> String {
    let text = shown(octets, &narrow());
    let (_, rest) = text.split_once("path ").unwrap();
    rest.split(',').next().unwrap().to_owned()
}

#[test]
fn an_open_of_ours_carries_our_number_in_the_capability() {
    for asn in [65001, 4_200_000_001] {
        let open = Open::new(Asn(asn), 90, RouterId(1), Vec::new());
        assert_eq!(open.capabilities, [Capability::FourOctetAs(Asn(asn))]);
        let octets = encode(&Message::Open(open), &external());
        assert_eq!(octets[octets.len() - 4..], asn.to_be_bytes());
    }
}

#[test]
fn a_capability_without_a_number_is_refused() {
    for value in ["41 00", "41 02 fdea", "41 05 0000fdea00"] {
        let octets = open_with(&capabilities(value));
        assert_eq!(answer(&octets, &external()), (2, 0, vec![]));
    }
}

#[test]
fn the_number_of_the_capability_is_the_peers() {
    let octets = message(1, &hex("04 5ba0 005a c0000201 08 02 06 41 04 fa56ea01"));
    assert_eq!(open(&octets).asn(), Asn(4_200_000_001));
}

#[test]
fn the_two_octet_field_counts_without_the_capability() {
    assert_eq!(open(&open_with("04 02 02 0200")).asn(), Asn(65002));
}

#[test]
fn a_wide_number_is_as_trans_in_the_two_octet_field() {
    let wide = Open::new(Asn(65536), 90, RouterId(1), Vec::new());
    assert_eq!(wide.my_as, 23456);
}

#[test]
fn a_narrow_number_stands_in_the_two_octet_field() {
    let narrow = Open::new(Asn(65535), 90, RouterId(1), Vec::new());
    assert_eq!(narrow.my_as, 65535);
}

#[test]
fn between_new_speakers_numbers_have_four_octets() {
    let octets = announce_with("c0 07 08 00010000 c0000203");
    assert_eq!(again(&octets, &external()), octets);
}

#[test]
fn between_new_speakers_numbers_of_two_octets_are_malformed() {
    assert_eq!(
        fault(&announce(NARROW), &external()),
        (2, FaultKind::Value, Treatment::TreatAsWithdraw)
    );
    assert_eq!(
        fault(&announce_with("c0 07 06 fdea c0000203"), &external()),
        (7, FaultKind::Length, Treatment::AttributeDiscard)
    );
}

#[test]
fn between_new_speakers_nothing_goes_out_beside_path_and_aggregator() {
    let wide =
        "40 01 01 00  40 02 06 02 01 00010000  40 03 04 c0000202  c0 07 08 00010000 c0000203";
    let written = again(&announce(wide), &external());
    assert_eq!(codes(&written), [1, 2, 3, 7]);
}

#[test]
fn between_new_speakers_as4_attributes_are_discarded() {
    for (code, attribute) in [
        (17, "c0 11 06 02 01 00010000"),
        (18, "c0 12 08 00010000 c0000203"),
    ] {
        let octets = announce_with(attribute);
        assert_eq!(
            fault(&octets, &external()),
            (
                code,
                FaultKind::NotFromThisPeer,
                Treatment::AttributeDiscard
            )
        );
        assert_eq!(
            shown(&octets, &external()),
            shown(&announce(MANDATORY), &external())
        );
    }
}

/// What the message is written as for an old speaker.
fn towards_old(octets: &[u8]) -> Vec<u8> {
    encode(&decode(octets, &external()).unwrap().value, &narrow())
}

#[test]
fn an_old_speaker_gets_two_octets_and_the_true_path_beside() {
    let wide = "40 01 01 00  40 02 0a 02 02 0000fdea 00010000  40 03 04 c0000202";
    let expected = announce(&format!("{NARROW} c0 11 0a 02 02 0000fdea 00010000"));
    assert_eq!(towards_old(&announce(wide)), expected);
}

#[test]
fn an_old_speaker_gets_no_as4_path_if_two_octets_hold_all() {
    let expected = announce("40 01 01 00  40 02 04 02 01 fdea  40 03 04 c0000202");
    assert_eq!(towards_old(&announce(MANDATORY)), expected);
}

#[test]
fn confederation_segments_stay_out_of_as4_path() {
    let wide =
        format!("{ORIGIN} 40 02 0c 03 01 0000fde8 02 01 00010000 {NEXT_HOP} 40 05 04 00000064");
    let mut old = internal();
    old.four_octet_as = false;
    let value = decode(&announce(&wide), &internal()).unwrap().value;
    let expected = announce(&format!(
        "{ORIGIN} 40 02 08 03 01 fde8 02 01 5ba0 {NEXT_HOP} 40 05 04 00000064
         c0 11 06 02 01 00010000"
    ));
    assert_eq!(encode(&value, &old), expected);
}

#[test]
fn confederation_segments_in_as4_path_are_discarded() {
    let octets = announce(&format!(
        "{NARROW} c0 11 10 03 01 0000fde8 02 02 0000fdea 00010000"
    ));
    assert_eq!(faults(&octets, &narrow()), []);
    assert_eq!(path(&octets), "65002 65536");
}

#[test]
fn an_old_speaker_gets_as_trans_and_the_true_aggregator_beside() {
    let octets = announce_with("c0 07 08 00010000 c0000203");
    let expected = announce(
        "40 01 01 00  40 02 04 02 01 fdea  40 03 04 c0000202
         c0 07 06 5ba0 c0000203  c0 12 08 00010000 c0000203",
    );
    assert_eq!(towards_old(&octets), expected);
}

#[test]
fn an_old_speaker_gets_no_as4_aggregator_if_two_octets_hold_it() {
    let octets = announce_with("c0 07 08 0000fdeb c0000203");
    assert_eq!(codes(&towards_old(&octets)), [1, 2, 3, 7]);
}

#[test]
fn as4_path_of_an_old_speaker_is_the_path() {
    let octets = announce(&format!("{NARROW} c0 11 0a 02 02 0000fdea 00010000"));
    assert_eq!(faults(&octets, &narrow()), []);
    assert_eq!(path(&octets), "65002 65536");
}

#[test]
fn as4_aggregator_of_an_old_speaker_is_the_aggregator() {
    let octets = announce(&format!(
        "{NARROW} c0 07 06 5ba0 c0000203  c0 12 08 00010000 c0000204"
    ));
    assert!(shown(&octets, &narrow()).contains("aggregator 65536 192.0.2.4"));
}

#[test]
fn an_aggregator_that_is_not_as_trans_makes_as4_attributes_void() {
    let octets = announce(&format!(
        "{NARROW} c0 07 06 fdeb c0000203
         c0 11 0a 02 02 0000fdea 00010000  c0 12 08 00010000 c0000204"
    ));
    let text = shown(&octets, &narrow());
    assert!(text.contains("path 65002 23456"), "{text}");
    assert!(text.contains("aggregator 65003 192.0.2.3"), "{text}");
}

#[test]
fn as4_path_longer_than_as_path_is_ignored() {
    let octets = announce(&format!(
        "{NARROW} c0 11 0e 02 03 0000fdea 00010000 00010001"
    ));
    assert_eq!(path(&octets), "65002 23456");
}

#[test]
fn what_as_path_is_longer_by_stays_in_front() {
    let octets = announce(
        "40 01 01 00  40 02 0a 02 04 0001 0002 5ba0 0003  40 03 04 c0000202
         c0 11 0a 02 02 00010000 00000003",
    );
    assert_eq!(path(&octets), "1 2 65536 3");
}

#[test]
fn confederation_segments_beside_what_stays_in_front_stay_too() {
    let mut old = internal();
    old.four_octet_as = false;
    let octets = announce(
        "40 01 01 00  40 02 0c 03 01 fde8 02 03 0001 5ba0 0003  40 03 04 c0000202
         c0 11 0a 02 02 00010000 00000003",
    );
    let text = shown(&octets, &old);
    assert!(text.contains("path (65000) 1 65536 3"), "{text}");
}

#[test]
fn confederation_segments_further_back_do_not_stay() {
    let mut old = internal();
    old.four_octet_as = false;
    let octets = announce(
        "40 01 01 00  40 02 0c 02 01 0001 02 01 5ba0 03 01 fde8  40 03 04 c0000202
         c0 11 06 02 01 00010000",
    );
    let text = shown(&octets, &old);
    assert!(text.contains("path 1 65536,"), "{text}");
}

#[test]
fn an_as4_path_of_six_octets_is_sound() {
    let octets = announce(&format!("{NARROW} c0 11 06 02 01 00010000"));
    assert_eq!(path(&octets), "65002 65536");
}

#[test]
fn a_malformed_as4_path_is_discarded() {
    for attribute in [
        "c0 11 02 02 00",                // no number
        "c0 11 07 02 01 00010000 00",    // odd
        "c0 11 06 02 02 00010000",       // one number of two
        "c0 11 06 05 01 00010000",       // no such segment
        "c0 11 08 02 00 02 01 00010000", // an empty segment
    ] {
        let octets = announce(&format!("{NARROW} {attribute}"));
        let (code, _, treatment) = fault(&octets, &narrow());
        assert_eq!((code, treatment), (17, Treatment::AttributeDiscard));
        assert_eq!(path(&octets), "65002 23456", "{attribute}");
    }
}

#[test]
fn an_as4_aggregator_of_another_length_than_8_is_discarded() {
    for attribute in ["c0 12 06 fdea c0000204", "c0 12 00"] {
        let octets = announce(&format!("{NARROW} c0 07 06 5ba0 c0000203 {attribute}"));
        assert_eq!(
            fault(&octets, &narrow()),
            (18, FaultKind::Length, Treatment::AttributeDiscard)
        );
        assert!(shown(&octets, &narrow()).contains("aggregator 23456 192.0.2.3"));
    }
}

#[test]
fn a_path_with_confederation_segments_does_not_leave_the_confederation() {
    let octets = announce(&format!("{ORIGIN} 40 02 06 03 01 0000fde8 {NEXT_HOP}"));
    let value = decode(&octets, &internal()).unwrap().value;
    let mut out = Vec::new();
    assert!(matches!(
        value.encode(&external(), &mut out),
        Err(EncodeError::Attribute { .. })
    ));
}
