//! RFC 4760: MP_REACH_NLRI and MP_UNREACH_NLRI.

use bgpwright::wire::{FaultKind, Treatment};

use super::{
    AS_PATH, ORIGIN, REACH, again, answer, external, fault, faults, multiprotocol, shown, update,
};
use crate::build::hex;

#[test]
fn a_next_hop_tells_its_protocol_by_its_length() {
    for (reach, via) in [
        ("80 0e 0c 0001 01 04 c0000202 00 08 0a", "192.0.2.2"),
        (
            "80 0e 18 0001 01 10 20010db8000000000000000000000002 00 08 0a",
            "2001:db8::2",
        ),
        (REACH, "2001:db8::2"),
    ] {
        let text = shown(&multiprotocol(&length_of(reach)), &external());
        assert!(text.contains(&format!("via {via}")), "{text}");
    }
}

/// The attribute with the length that its value has.
fn length_of(attribute: &str) -> String {
    let length = hex(attribute).len() - 3;
    let (flags, code) = (&attribute[..2], &attribute[3..5]);
    format!("{flags} {code} {length:02x} {}", &attribute[9..])
}

#[test]
fn a_next_hop_of_a_length_that_no_protocol_has_is_refused() {
    for next_hop in [
        "00",
        "03 c00002",
        "05 c000020200",
        "0f 20010db80000000000000000000000",
    ] {
        let reach = length_of(&format!("80 0e 00 0002 01 {next_hop} 00 20 20010db8"));
        let (code, subcode, data) = answer(&multiprotocol(&reach), &external());
        assert_eq!((code, subcode, data), (3, 9, hex(&reach)));
    }
}

#[test]
fn the_reserved_octet_goes_out_as_zero() {
    let written = again(&multiprotocol(REACH), &external());
    // After header, lengths, head of the attribute, family and next hop.
    assert_eq!(written[23 + 3 + 4 + 16], 0);
}

#[test]
fn a_reserved_octet_that_is_not_zero_is_not_looked_at() {
    let other = REACH.replace("02 00 20 2001", "02 ff 20 2001");
    assert_ne!(other, REACH);
    assert_eq!(
        again(&multiprotocol(&other), &external()),
        again(&multiprotocol(REACH), &external())
    );
}

#[test]
fn routes_with_origin_and_path_are_read() {
    assert_eq!(faults(&multiprotocol(REACH), &external()), []);
}

#[test]
fn routes_without_origin_or_path_are_withdrawn() {
    for (code, rest) in [(1, AS_PATH), (2, ORIGIN)] {
        let octets = update("", &format!("{REACH}{rest}"), "");
        assert_eq!(
            fault(&octets, &external()),
            (code, FaultKind::Missing, Treatment::TreatAsWithdraw)
        );
    }
}

#[test]
fn routes_that_are_withdrawn_need_no_attribute() {
    let octets = update("", "80 0f 08 0002 01 20 20010db8", "");
    assert_eq!(
        shown(&octets, &external()),
        "UPDATE: - ipv6-unicast 2001:db8::/32"
    );
}

#[test]
fn an_incorrect_mp_attribute_ends_the_session_and_all_its_routes() {
    for attribute in [
        "80 0f 02 0002",            // no SAFI
        "80 0f 04 0002 01 81",      // 129 bits
        "80 0f 05 0002 01 20 20",   // cut short
        "40 0f 03 0002 01",         // flags
        "80 0e 04 0002 01 00",      // no reserved octet
        "80 0e 06 0002 01 10 2001", // next hop cut short
    ] {
        let octets = update("", &format!("{attribute} {ORIGIN}{AS_PATH}"), "");
        let (code, subcode, data) = answer(&octets, &external());
        assert_eq!((code, subcode), (3, 9), "{attribute}");
        assert_eq!(data, hex(attribute));
    }
}
