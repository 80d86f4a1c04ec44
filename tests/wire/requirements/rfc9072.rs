//! RFC 9072: optional parameters of more than 255 octets.

use bgpwright::wire::{Capability, CapabilityCode, Message, Open};

use super::{answer, external, faults, open_with};
use crate::build::{decode, encode};

fn open(parameters: &str) -> Open {
    match decode(&open_with(parameters), &external()).unwrap().value {
        Message::Open(open) => open,
        other => panic!("{other}"),
    }
}

/// An OPEN with one capability of this length, as it is written.
fn written(length: usize) -> Vec<u8> {
    let mut open = open("00");
    open.capabilities = vec![Capability::Unknown {
        code: CapabilityCode(200),
        value: vec![0; length].into(),
    }];
    encode(&Message::Open(open), &external())
}

#[test]
fn the_extended_form_is_accepted_for_few_octets_too() {
    let short = open("04 02 02 0200");
    assert_eq!(open("ff ff 0005 02 0002 0200"), short);
    assert_eq!(open("ff ff 0000").capabilities, []);
}

#[test]
fn an_extended_form_that_does_not_add_up_is_refused() {
    for parameters in [
        "ff ff 0006 02 0002 0200",
        "ff ff 0004 02 0002 0200",
        "ff ff 0005 02 0003 0200",
        "ff ff",
        "ff ff 00",
    ] {
        assert_eq!(answer(&open_with(parameters), &external()), (2, 0, vec![]));
    }
}

#[test]
fn over_255_octets_go_out_in_the_extended_form() {
    let octets = written(255);
    assert_eq!(octets[28..32], [255, 255, 1, 4]);
    assert_eq!(faults(&octets, &external()), []);
}

#[test]
fn fewer_octets_go_out_in_the_form_that_all_can_read() {
    let octets = written(250);
    assert_eq!(octets[28..30], [254, 2]);
    assert_eq!(faults(&octets, &external()), []);
}

#[test]
fn the_one_octet_length_goes_out_as_255_and_is_not_looked_at() {
    assert_eq!(written(255)[28], 255);
    for length in ["01", "04", "fe", "ff"] {
        let read = open(&format!("{length} ff 0005 02 0002 0200"));
        assert_eq!(read.capabilities, [Capability::RouteRefresh]);
    }
}

#[test]
fn a_one_octet_length_of_0_is_no_extended_form() {
    // Nothing may follow then.
    let octets = open_with("00 ff 0005 02 0002 0200");
    assert_eq!(answer(&octets, &external()), (2, 0, vec![]));
}

#[test]
fn the_type_tells_the_width_of_all_lengths() {
    let both = open("ff ff 000a 02 0002 0200 02 0002 4600");
    assert_eq!(
        both.capabilities,
        [Capability::RouteRefresh, Capability::EnhancedRouteRefresh]
    );
}

#[test]
fn lengths_of_the_other_width_do_not_add_up() {
    let one_octet = open_with("ff ff 0004 02 02 0200");
    assert_eq!(answer(&one_octet, &external()), (2, 0, vec![]));
    let two_octets = open_with("05 02 0002 0200");
    assert_eq!(answer(&two_octets, &external()).0, 2);
}

#[test]
fn type_255_further_on_is_a_parameter_that_is_not_recognized() {
    for parameters in ["06 02 02 0200 ff 00", "ff ff 0008 02 0002 0200 ff 0000"] {
        assert_eq!(answer(&open_with(parameters), &external()), (2, 4, vec![]));
    }
}
