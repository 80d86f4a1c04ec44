//! RFC 7606 §2 to §5: which treatment, and where the routes are.

use bgpwright::{
    types::{Family, NextHop},
    wire::{
        AttributeSet, Fault, FaultKind, Frame, Message, Nlri, Treatment, UpdateView,
        update::{pack_reach, pack_unreach},
    },
};

use super::{
    AS_PATH, MANDATORY, NEXT_HOP, ORIGIN, REACH, announce, announce_with, answer, codes, external,
    fault, faults, internal, multiprotocol, shown, treatment, update,
};
use crate::build::{decode, encode, hex, message};

const UNREACH: &str = "80 0f 08 0002 01 20 20010db9 ";

#[test]
fn routes_to_be_withdrawn_can_all_be_read() {
    let octets = update(
        "08 0b",
        &format!("{REACH} 40 01 01 03 {AS_PATH}{NEXT_HOP}"),
        "08 0a",
    );
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::TreatAsWithdraw)
    );
    let text = shown(&octets, &external());
    for route in ["11.0.0.0/8", "2001:db8::/32", "10.0.0.0/8"] {
        assert!(text.contains(route), "{text}");
    }
}

#[test]
fn a_sound_update_is_not_treated_as_withdraw() {
    let octets = update("08 0b", &format!("{REACH}{MANDATORY}"), "08 0a");
    assert_eq!(treatment(&octets, &external()), None);
}

#[test]
fn a_discarded_attribute_is_gone_and_the_rest_is_not() {
    let octets = announce_with("c0 07 06 fdea c0000203");
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::AttributeDiscard)
    );
    assert_eq!(
        shown(&octets, &external()),
        shown(&announce(MANDATORY), &external())
    );
}

#[test]
fn an_attribute_that_is_not_malformed_stays() {
    let octets = announce_with("c0 07 08 0000fdea c0000203");
    assert!(shown(&octets, &external()).contains("aggregator 65002 192.0.2.3"));
}

/// Each attribute that a route is chosen by, malformed.
const CHOSEN_BY: [&str; 7] = [
    "40 01 01 03",
    "40 02 01 02",
    "40 03 03 c00002",
    "80 04 03 000000",
    "40 05 03 000000",
    "80 09 03 000000",
    "80 0a 03 000000",
];

#[test]
fn attributes_that_no_route_is_chosen_by_may_be_discarded() {
    for wrong in ["40 06 01 00", "c0 07 01 00"] {
        let octets = announce_with(wrong);
        assert_eq!(
            treatment(&octets, &internal()),
            Some(Treatment::AttributeDiscard)
        );
    }
}

#[test]
fn attributes_that_a_route_is_chosen_by_are_not_discarded() {
    for wrong in CHOSEN_BY {
        let code = hex(wrong)[1];
        let others: String = [ORIGIN, AS_PATH, NEXT_HOP]
            .into_iter()
            .filter(|of| hex(of)[1] != code)
            .collect();
        let octets = announce(&format!("{wrong} {others}"));
        let (of, _, treatment) = fault(&octets, &internal());
        assert_eq!((of, treatment), (code, Treatment::TreatAsWithdraw));
    }
}

#[test]
fn a_reset_is_told_by_an_update_message_error() {
    for octets in [
        update("21 0a000000 00", "", ""),
        update("", "40 01 01 03", ""),
        multiprotocol("80 0e 04 0002 01 00"),
    ] {
        assert_eq!(answer(&octets, &external()).0, 3);
    }
}

#[test]
fn what_is_no_reset_does_not_end_the_session() {
    let weaker = |octets: &[u8]| treatment(octets, &internal()) < Some(Treatment::SessionReset);
    assert!(weaker(&announce_with("80 04 00")));
    assert!(weaker(&announce_with("c0 07 00")));
    assert!(weaker(&update("", MANDATORY, "08 e0")));
}

#[test]
fn lengths_over_the_message_are_a_malformed_list() {
    assert_eq!(
        answer(&message(2, &hex("0000 0001")), &external()),
        (3, 1, vec![])
    );
}

#[test]
fn lengths_up_to_the_end_of_the_message_are_none() {
    assert_eq!(faults(&message(2, &hex("0000 0000")), &external()), []);
}

#[test]
fn wrong_optional_or_transitive_flags_are_treated_as_withdraw() {
    for wrong in [
        "c0 04 04 00000001",
        "40 04 04 00000001",
        "80 08 04 fdea0001",
        "40 08 04 fdea0001",
    ] {
        let octets = announce_with(wrong);
        assert_eq!(
            fault(&octets, &external()),
            (hex(wrong)[1], FaultKind::Flags, Treatment::TreatAsWithdraw)
        );
    }
}

#[test]
fn wrong_flags_of_an_attribute_that_is_discarded_are_too() {
    for wrong in ["c0 06 00", "40 07 08 0000fdea c0000203"] {
        let (_, kind, treatment) = fault(&announce_with(wrong), &external());
        assert_eq!(
            (kind, treatment),
            (FaultKind::Flags, Treatment::AttributeDiscard)
        );
    }
}

#[test]
fn right_flags_are_right_with_partial_or_an_extended_length() {
    for right in [
        "e0 08 04 fdea0001",
        "d0 08 0004 fdea0001",
        "90 04 0004 00000001",
    ] {
        assert_eq!(faults(&announce_with(right), &external()), []);
    }
}

#[test]
fn a_missing_attribute_is_treated_as_withdraw() {
    let octets = announce(&[ORIGIN, AS_PATH].concat());
    assert_eq!(
        fault(&octets, &external()),
        (3, FaultKind::Missing, Treatment::TreatAsWithdraw)
    );
}

#[test]
fn next_hop_is_not_missed_beside_mp_reach() {
    assert_eq!(faults(&multiprotocol(REACH), &external()), []);
}

#[test]
fn an_mp_attribute_that_occurs_twice_resets_the_session() {
    for twice in [REACH, UNREACH] {
        let octets = update("", &[twice, twice, ORIGIN, AS_PATH].concat(), "");
        assert_eq!(answer(&octets, &external()), (3, 1, vec![]));
    }
}

#[test]
fn the_first_of_other_attributes_counts() {
    for (first, second) in [
        ("80 04 04 00000001", "80 04 04 00000002"),
        ("c0 63 01 01", "c0 63 01 02"),
    ] {
        let octets = announce_with(&format!("{first} {second}"));
        let (code, kind, treatment) = fault(&octets, &external());
        assert_eq!(code, hex(first)[1]);
        assert_eq!(
            (kind, treatment),
            (FaultKind::Duplicate, Treatment::AttributeDiscard)
        );
        let value = decode(&octets, &external()).unwrap().value;
        assert_eq!(encode(&value, &external()), announce_with(first));
    }
}

#[test]
fn a_second_attribute_is_not_judged() {
    let octets = announce_with("40 01 01 03");
    assert_eq!(
        fault(&octets, &external()),
        (1, FaultKind::Duplicate, Treatment::AttributeDiscard)
    );
}

#[test]
fn faults_of_one_treatment_lead_to_it() {
    let octets = announce(&format!("40 01 01 03 {AS_PATH}{NEXT_HOP} 80 04 00"));
    let all: Vec<Treatment> = faults(&octets, &external())
        .iter()
        .map(|fault| fault.treatment)
        .collect();
    assert_eq!(all, [Treatment::TreatAsWithdraw; 2]);
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::TreatAsWithdraw)
    );
}

#[test]
fn the_strongest_treatment_wins() {
    let ascending = [
        Treatment::IgnorePrefix,
        Treatment::AttributeDiscard,
        Treatment::TreatAsWithdraw,
        Treatment::DisableFamily,
        Treatment::SessionReset,
    ];
    assert!(ascending.is_sorted());
    let discard = "c0 07 00";
    let octets = announce_with(&format!("{discard} 80 04 00"));
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::TreatAsWithdraw)
    );
    let octets = update("", &format!("{MANDATORY}{discard} 80 04 00"), "21");
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::SessionReset)
    );
}

#[test]
fn withdrawn_routes_are_read_as_announced_ones_are() {
    let octets = update("00 08 0a 20 0a000001", "", "");
    assert_eq!(faults(&octets, &external()), []);
}

#[test]
fn withdrawn_routes_that_cannot_be_read_reset_the_session() {
    for withdrawn in ["21 0a000000 00", "18 0a00", "08"] {
        let octets = update(withdrawn, "", "");
        assert_eq!(answer(&octets, &external()), (3, 10, vec![]));
    }
}

#[test]
fn routes_that_cannot_be_read_are_not_treated_as_withdraw() {
    let wrong = format!("40 01 01 03 {AS_PATH}{NEXT_HOP}");
    for announced in ["21 0a000000 00", "08 0a 18 0a"] {
        let octets = update("", &wrong, announced);
        assert_eq!(
            treatment(&octets, &external()),
            Some(Treatment::SessionReset)
        );
    }
}

#[test]
fn an_attribute_over_the_end_of_the_list_is_treated_as_withdraw() {
    for end in ["c0 08 08 fdea0001", "c0", "c0 08", "d0 08 00"] {
        let octets = announce_with(end);
        let (_, kind, treatment) = fault(&octets, &external());
        assert_eq!(
            (kind, treatment),
            (FaultKind::Truncated, Treatment::TreatAsWithdraw),
            "{end}"
        );
    }
}

#[test]
fn the_length_of_all_attributes_tells_where_the_routes_are() {
    let octets = announce_with("c0 08 08 fdea0001");
    assert!(shown(&octets, &external()).contains("+ 10.0.0.0/8"));
}

#[test]
fn a_length_of_zero_is_an_error() {
    for (wrong, rest) in [
        ("40 01 00", [AS_PATH, NEXT_HOP].concat()),
        ("40 03 00", [ORIGIN, AS_PATH].concat()),
        ("80 04 00", MANDATORY.to_owned()),
        ("40 05 00", MANDATORY.to_owned()),
        ("c0 07 00", MANDATORY.to_owned()),
        ("c0 08 00", MANDATORY.to_owned()),
        ("80 09 00", MANDATORY.to_owned()),
        ("80 0a 00", MANDATORY.to_owned()),
        ("c0 10 00", MANDATORY.to_owned()),
        ("c0 19 00", MANDATORY.to_owned()),
        ("c0 20 00", MANDATORY.to_owned()),
    ] {
        let octets = announce(&format!("{wrong} {rest}"));
        let (code, kind, _) = fault(&octets, &internal());
        assert_eq!((code, kind), (hex(wrong)[1], FaultKind::Length));
    }
}

#[test]
fn a_path_and_an_atomic_aggregate_may_have_none() {
    let octets = announce(&format!("{ORIGIN} 40 02 00 {NEXT_HOP} 40 06 00"));
    assert_eq!(faults(&octets, &internal()), []);
}

#[test]
fn an_mp_attribute_is_written_first() {
    for mp in [REACH, UNREACH] {
        let octets = update("", &format!("{ORIGIN}{AS_PATH}{mp}"), "");
        let value = decode(&octets, &external()).unwrap().value;
        assert_eq!(codes(&encode(&value, &external()))[0], hex(mp)[1]);
    }
}

/// Whether of the four fields no more than one is not empty.
fn has_one_field(octets: &[u8]) -> bool {
    let view = UpdateView::new(Frame::first(octets, 4096).unwrap().unwrap()).unwrap();
    let classic = [
        view.withdrawn(&external()).count(),
        view.announced(&external()).count(),
    ];
    let mp = view
        .attributes()
        .map(Result::unwrap)
        .filter(|of| matches!(of.code.0, 14 | 15));
    classic.into_iter().filter(|count| *count != 0).count() + mp.count() == 1
}

#[test]
fn packed_messages_have_one_field_of_routes_each() {
    let update = decode(&announce(MANDATORY), &external()).unwrap().value;
    let Message::Update(update) = update else {
        panic!("an UPDATE")
    };
    let v6 = AttributeSet {
        next_hop: Some(NextHop::V6 {
            global: "2001:db8::2".parse().unwrap(),
            link_local: None,
        }),
        ..update.attributes.clone()
    };
    for (family, prefix, set) in [
        (Family::IPV4_UNICAST, "10.0.0.0/8", update.attributes),
        (Family::IPV6_UNICAST, "2001:db8::/32", v6),
    ] {
        let route = [Nlri::from(
            prefix.parse::<bgpwright::types::Prefix>().unwrap(),
        )];
        let mut out = Vec::new();
        pack_reach(&external(), family, &set, &route, &mut out).unwrap();
        pack_unreach(&external(), family, &route, &mut out).unwrap();
        assert_eq!(out.len(), 2);
        assert!(out.iter().all(|octets| has_one_field(octets)));
    }
}

#[test]
fn all_fields_at_once_and_anywhere_are_read() {
    let mixed = format!("{ORIGIN}{UNREACH}{NEXT_HOP}{REACH}{AS_PATH}");
    let octets = update("08 0b", &mixed, "08 0a");
    assert!(!has_one_field(&octets));
    assert_eq!(
        shown(&octets, &external()),
        "UPDATE: - 11.0.0.0/8; - ipv6-unicast 2001:db9::/32; \
         + ipv6-unicast 2001:db8::/32 via 2001:db8::2; + 10.0.0.0/8; \
         origin IGP, path 65002, next hop 192.0.2.2"
    );
}

#[test]
fn attributes_without_routes_and_with_a_fault_reset_the_session() {
    for wrong in [
        "40 01 01 03",
        "80 04 00",
        "80 0f 08 0002 01 20 20010db9 40 01 01 03",
    ] {
        assert_eq!(answer(&update("", wrong, ""), &external()).0, 3);
    }
}

#[test]
fn attributes_without_routes_may_be_discarded() {
    let octets = update("", &format!("{MANDATORY} c0 07 00"), "");
    assert_eq!(
        treatment(&octets, &external()),
        Some(Treatment::AttributeDiscard)
    );
}

#[test]
fn routes_of_32_and_128_bits_are_read() {
    assert_eq!(
        faults(&update("", MANDATORY, "20 0a000001"), &external()),
        []
    );
    let reach = REACH
        .replace("1a 0002", "26 0002")
        .replace("20 20010db8 ", "80 20010db8000000000000000000000001 ");
    assert_eq!(faults(&multiprotocol(&reach), &external()), []);
}

#[test]
fn routes_over_their_familys_length_are_incorrect() {
    let v4 = update("", MANDATORY, "21 0a00000180");
    assert_eq!(answer(&v4, &external()).0, 3);
    let v6 = format!("80 0f 15 0002 01 81 20010db8 {}", "00".repeat(13));
    let octets = update("", &v6, "");
    let reset = |fault: &Fault| fault.treatment == Treatment::SessionReset;
    assert!(faults(&octets, &external()).iter().any(reset));
}

#[test]
fn routes_over_the_end_of_their_field_are_incorrect() {
    assert_eq!(answer(&update("", MANDATORY, "18 0a00"), &external()).1, 10);
    let octets = update("", "80 0f 06 0002 01 20 2001", "");
    assert_eq!(answer(&octets, &external()).1, 9);
}

#[test]
fn mp_attributes_of_3_and_5_octets_are_long_enough() {
    assert_eq!(faults(&update("", "80 0f 03 0002 01", ""), &external()), []);
    let mut context = external();
    context.families.push("afi1-safi133".parse().unwrap());
    let empty = multiprotocol("80 0e 05 0001 85 00 00");
    assert_eq!(faults(&empty, &context), []);
}

#[test]
fn shorter_mp_attributes_are_incorrect() {
    for attribute in [
        "80 0f 02 0002",
        "80 0f 00",
        "80 0e 04 0002 01 00",
        "80 0e 00",
    ] {
        let octets = multiprotocol(attribute);
        assert_eq!(
            answer(&octets, &external()),
            (3, 9, hex(attribute)),
            "{attribute}"
        );
    }
}

#[test]
fn mp_attributes_with_wrong_flags_are_incorrect() {
    for flags in ["00", "40", "c0"] {
        let attribute = format!("{flags} 0f 03 0002 01");
        assert_eq!(
            answer(&multiprotocol(&attribute), &external()),
            (3, 9, hex(&attribute))
        );
    }
}
