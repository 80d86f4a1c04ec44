//! RFC 4271 §6: which error each mistake is, and what goes with it.

use bgpwright::wire::{FaultKind, Frame, Message, Treatment};

use super::{
    AS_PATH, MANDATORY, NEXT_HOP, ORIGIN, announce, announce_with, answer, external, fault, faults,
    internal, multiprotocol, open_with, treatment, update,
};
use crate::build::{decode, hex, message};

/// The message's faults as the NOTIFICATION would put them.
fn said(octets: &[u8]) -> Vec<(u8, u8, Vec<u8>)> {
    let frame = Frame::first(octets, 4096).unwrap().unwrap();
    let parsed = Message::decode(frame, &external()).unwrap();
    let said = parsed.faults.iter().map(|fault| fault.notification(frame));
    said.map(|of| (of.code.0, of.subcode, of.data.to_vec()))
        .collect()
}

/// What is said of this attribute, wrong, beside the others.
fn said_of(wrong: &str, others: &[&str]) -> Vec<(u8, u8, Vec<u8>)> {
    said(&announce(&format!("{wrong} {}", others.concat())))
}

#[test]
fn an_error_without_a_subcode_is_unspecific() {
    assert_eq!(answer(&open_with("02 02"), &external()), (2, 0, vec![]));
}

#[test]
fn an_error_with_a_subcode_has_it() {
    assert_eq!(answer(&open_with("02 03 00"), &external()), (2, 4, vec![]));
}

#[test]
fn header_errors_have_code_1() {
    let mut marker = message(4, &[]);
    marker[3] = 0;
    for octets in [marker, message(4, &[0]), message(9, &[])] {
        assert_eq!(answer(&octets, &external()).0, 1);
    }
}

#[test]
fn errors_past_the_header_have_another_code() {
    assert_eq!(answer(&open_with("01"), &external()).0, 2);
    assert_eq!(answer(&update("08", "", ""), &external()).0, 3);
    assert_eq!(answer(&message(5, &hex("0001 02 01 00")), &external()).0, 7);
}

#[test]
fn a_marker_of_ones_is_synchronized() {
    assert_eq!(faults(&message(4, &[]), &external()), []);
}

/// Each type's least body that its length field allows.
const LEAST: [(u8, usize); 5] = [(1, 10), (2, 4), (3, 2), (4, 0), (5, 4)];

#[test]
fn the_least_length_of_each_type_is_framed() {
    for (kind, length) in LEAST {
        let octets = message(kind, &vec![0; length]);
        let frame = Frame::first(&octets, 4096).unwrap().unwrap();
        assert_eq!(frame.body.len(), length);
    }
}

#[test]
fn a_length_below_its_types_least_is_bad_and_is_the_data() {
    for (kind, length) in LEAST {
        if let Some(below) = length.checked_sub(1) {
            let octets = message(kind, &vec![0; below]);
            let wrong = vec![0, 19 + u8::try_from(below).unwrap()];
            assert_eq!(answer(&octets, &external()), (1, 2, wrong));
        }
    }
    assert_eq!(answer(&message(4, &[0]), &external()), (1, 2, vec![0, 20]));
}

#[test]
fn an_unknown_type_is_bad_and_is_the_data() {
    for kind in [0, 6, 255] {
        assert_eq!(answer(&message(kind, &[]), &external()), (1, 3, vec![kind]));
    }
}

#[test]
fn a_plain_open_is_read() {
    assert_eq!(faults(&open_with("00"), &external()), []);
}

#[test]
fn open_errors_have_code_2() {
    for body in [
        "03 fdea 005a c0000201 00",
        "04 0000 005a c0000201 00",
        "04 fdea 0001 c0000201 00",
        "04 fdea 005a 00000000 00",
        "04 fdea 005a c0000201 02 09 00",
        "04 fdea 005a c0000201 01",
    ] {
        assert_eq!(answer(&message(1, &hex(body)), &external()).0, 2);
    }
}

#[test]
fn another_version_is_unsupported_and_ours_is_the_data() {
    for version in ["00", "03", "05", "ff"] {
        let octets = message(1, &hex(&format!("{version} fdea 005a c0000201 00")));
        assert_eq!(answer(&octets, &external()), (2, 1, vec![0, 4]));
    }
}

#[test]
fn an_identifier_of_zero_is_bad() {
    let octets = message(1, &hex("04 fdea 005a 00000000 00"));
    assert_eq!(answer(&octets, &external()), (2, 3, vec![]));
}

#[test]
fn an_optional_parameter_that_is_not_recognized_is_unsupported() {
    for parameters in ["02 01 00", "02 03 00", "06 02 02 0200 c8 00"] {
        assert_eq!(answer(&open_with(parameters), &external()), (2, 4, vec![]));
    }
}

#[test]
fn a_parameter_of_capabilities_is_recognized() {
    assert_eq!(faults(&open_with("04 02 02 0200"), &external()), []);
}

#[test]
fn a_malformed_parameter_is_unspecific() {
    for parameters in ["04 02 04 0200", "04 02 02 0201", "03 02 01 02"] {
        assert_eq!(answer(&open_with(parameters), &external()), (2, 0, vec![]));
    }
}

#[test]
fn a_sound_update_has_no_fault() {
    assert_eq!(faults(&announce(MANDATORY), &external()), []);
}

#[test]
fn lengths_that_fill_the_update_are_read() {
    // 21 octets and two lengths: nothing is left for routes.
    assert_eq!(faults(&update("08 0a", "", ""), &external()), []);
}

#[test]
fn lengths_that_do_not_fit_into_the_update_are_a_malformed_list() {
    for body in ["0005 0000", "0000 0001", "ffff 0000", "0001 00 0001"] {
        assert_eq!(answer(&message(2, &hex(body)), &external()), (3, 1, vec![]));
    }
}

#[test]
fn conflicting_flags_are_told_with_the_attribute() {
    assert_eq!(
        said_of("80 01 01 00", &[AS_PATH, NEXT_HOP]),
        [(3, 4, hex("80 01 01 00"))]
    );
}

#[test]
fn a_conflicting_length_is_told_with_the_attribute() {
    assert_eq!(
        said_of("40 01 02 0000", &[AS_PATH, NEXT_HOP]),
        [(3, 5, hex("40 01 02 0000"))]
    );
}

#[test]
fn a_missing_attribute_is_told_by_its_code() {
    assert_eq!(
        said(&announce(&[ORIGIN, AS_PATH].concat())),
        [(3, 3, vec![3])]
    );
}

#[test]
fn an_undefined_origin_is_told_with_the_attribute() {
    assert_eq!(
        said_of("40 01 01 03", &[AS_PATH, NEXT_HOP]),
        [(3, 6, hex("40 01 01 03"))]
    );
}

#[test]
fn the_three_origins_are_defined() {
    for origin in ["00", "01", "02"] {
        let octets = announce(&format!("40 01 01 {origin} {AS_PATH}{NEXT_HOP}"));
        assert_eq!(faults(&octets, &external()), []);
    }
}

#[test]
fn a_next_hop_that_is_no_host_is_told_with_the_attribute() {
    for addr in ["00000000", "e0000001", "ffffffff"] {
        let wrong = format!("40 03 04 {addr}");
        assert_eq!(said_of(&wrong, &[ORIGIN, AS_PATH]), [(3, 8, hex(&wrong))]);
    }
}

#[test]
fn a_path_that_cannot_be_read_is_malformed() {
    for path in [
        "40 02 02 0200",
        "40 02 06 09 01 0000fdea",
        "40 02 06 02 02 0000fdea",
    ] {
        let said = said_of(path, &[ORIGIN, NEXT_HOP]);
        assert_eq!((said[0].0, said[0].1), (3, 11), "{path}");
    }
}

#[test]
fn paths_of_sets_and_sequences_and_none_are_read() {
    for path in ["40 02 00", "40 02 0c 02 01 0000fdea 01 01 0000fdeb"] {
        let octets = announce(&format!("{ORIGIN}{path}{NEXT_HOP}"));
        assert_eq!(faults(&octets, &external()), []);
    }
}

#[test]
fn an_optional_attribute_whose_value_is_wrong_is_told_with_it() {
    let reach = "80 0e 1a 0002 01 10 20010db8000000000000000000000002 00 81 20010db8";
    assert_eq!(
        answer(&multiprotocol(reach), &external()),
        (3, 9, hex(reach))
    );
}

#[test]
fn an_optional_attribute_whose_value_is_right_is_kept() {
    assert_eq!(faults(&multiprotocol(super::REACH), &external()), []);
    let octets = announce_with("80 04 04 00000001");
    assert_eq!(faults(&octets, &internal()), []);
}

#[test]
fn an_attribute_that_occurs_twice_is_a_malformed_list() {
    let octets = update(
        "",
        &[super::REACH, super::REACH, ORIGIN, AS_PATH].concat(),
        "",
    );
    assert_eq!(answer(&octets, &external()), (3, 1, vec![]));
    assert_eq!(said(&announce_with(ORIGIN)), [(3, 1, vec![])]);
}

#[test]
fn routes_that_cannot_be_read_are_an_invalid_network() {
    for announced in ["21 0a000000 00", "18 0a00", "08 0a 20 0a"] {
        let octets = update("", MANDATORY, announced);
        assert_eq!(answer(&octets, &external()), (3, 10, vec![]), "{announced}");
    }
}

#[test]
fn routes_of_every_length_are_read() {
    for announced in ["00", "01 80", "08 0a", "09 0a80", "20 0a000001"] {
        assert_eq!(faults(&update("", MANDATORY, announced), &external()), []);
    }
}

#[test]
fn an_update_with_attributes_and_no_routes_is_valid() {
    assert_eq!(faults(&update("", MANDATORY, ""), &external()), []);
}

#[test]
fn an_update_with_wrong_attributes_and_no_routes_is_not() {
    let octets = update("", "40 01 01 03", "");
    assert_eq!(
        fault(&octets, &external()),
        (1, FaultKind::Value, Treatment::SessionReset)
    );
}

#[test]
fn a_multicast_prefix_is_told_and_left_to_be_ignored() {
    let octets = update("", MANDATORY, "08 e0 08 0a");
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::IgnorePrefix)
    );
    let value = decode(&octets, &external()).unwrap().value.to_string();
    assert!(value.contains("224.0.0.0/8 10.0.0.0/8"), "{value}");
}
