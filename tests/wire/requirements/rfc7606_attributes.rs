//! RFC 7606 §7: each attribute that is as it should be, and that is not.

use bgpwright::wire::{Context, FaultKind, Treatment};

use super::{
    AS_PATH, MANDATORY, NEXT_HOP, ORIGIN, REACH, announce, announce_with, answer, external, fault,
    faults, internal, multiprotocol, narrow, shown,
};
use crate::build::hex;

/// Each of these, instead of or beside the mandatory ones, is treated so.
fn treated(wrong: &[&str], context: &Context, as_this: Treatment) {
    for wrong in wrong {
        let code = hex(wrong)[1];
        let others: String = [ORIGIN, AS_PATH, NEXT_HOP]
            .into_iter()
            .filter(|of| hex(of)[1] != code)
            .collect();
        let octets = announce(&format!("{wrong} {others}"));
        let (of, _, treatment) = fault(&octets, context);
        assert_eq!((of, treatment), (code, as_this), "{wrong}");
    }
}

/// Each of these beside the mandatory ones is no fault.
fn sound(right: &[&str], context: &Context) {
    for right in right {
        assert_eq!(faults(&announce_with(right), context), [], "{right}");
    }
}

#[test]
fn origin_of_one_octet_is_sound() {
    assert_eq!(faults(&announce(MANDATORY), &external()), []);
}

#[test]
fn malformed_origin_is_treated_as_withdraw() {
    let wrong = ["40 01 00", "40 01 02 0000", "40 01 01 03", "40 01 01 ff"];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn paths_of_known_segments_are_sound() {
    for path in ["40 02 00", "40 02 0a 01 02 0000fdea 0000fdeb"] {
        let octets = announce(&format!("{ORIGIN}{path}{NEXT_HOP}"));
        assert_eq!(faults(&octets, &external()), []);
    }
}

#[test]
fn malformed_path_is_treated_as_withdraw() {
    let wrong = [
        "40 02 06 05 01 0000fdea", // no such segment
        "40 02 06 00 01 0000fdea",
        "40 02 06 02 02 0000fdea",       // over the end
        "40 02 07 02 01 0000fdea 02",    // one octet is left
        "40 02 08 02 01 0000fdea 02 00", // an empty segment
    ];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn malformed_next_hop_is_treated_as_withdraw() {
    let wrong = ["40 03 00", "40 03 03 c00002", "40 03 05 c000020200"];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn a_next_hop_of_four_octets_is_sound() {
    assert!(shown(&announce(MANDATORY), &external()).contains("next hop 192.0.2.2"));
}

#[test]
fn med_of_four_octets_is_sound() {
    sound(&["80 04 04 00000000", "80 04 04 ffffffff"], &external());
}

#[test]
fn malformed_med_is_treated_as_withdraw() {
    let wrong = ["80 04 00", "80 04 03 000000", "80 04 05 0000000000"];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn local_pref_of_an_internal_peer_has_four_octets() {
    sound(&["40 05 04 00000064"], &internal());
}

#[test]
fn malformed_local_pref_of_an_internal_peer_is_treated_as_withdraw() {
    let wrong = ["40 05 00", "40 05 03 000064", "40 05 05 0000000064"];
    treated(&wrong, &internal(), Treatment::TreatAsWithdraw);
}

#[test]
fn local_pref_of_an_external_peer_is_discarded_whatever_it_is() {
    let wrong = ["40 05 04 00000064", "40 05 00", "c0 05 01 00"];
    treated(&wrong, &external(), Treatment::AttributeDiscard);
}

#[test]
fn atomic_aggregate_without_octets_is_sound() {
    sound(&["40 06 00"], &external());
}

#[test]
fn malformed_atomic_aggregate_is_discarded() {
    let wrong = ["40 06 01 00", "40 06 04 00000000"];
    treated(&wrong, &external(), Treatment::AttributeDiscard);
}

#[test]
fn aggregator_has_six_or_eight_octets_as_agreed() {
    sound(&["c0 07 08 0000fdea c0000203"], &external());
    let octets = announce(&format!(
        "{ORIGIN} 40 02 04 02 01 fdea {NEXT_HOP} c0 07 06 fdea c0000203"
    ));
    assert_eq!(faults(&octets, &narrow()), []);
}

#[test]
fn aggregator_of_the_other_length_is_discarded() {
    let wrong = ["c0 07 06 fdea c0000203", "c0 07 00"];
    treated(&wrong, &external(), Treatment::AttributeDiscard);
    let octets = announce(&format!(
        "{ORIGIN} 40 02 04 02 01 fdea {NEXT_HOP} c0 07 08 0000fdea c0000203"
    ));
    assert_eq!(
        fault(&octets, &narrow()),
        (7, FaultKind::Length, Treatment::AttributeDiscard)
    );
}

#[test]
fn communities_of_a_multiple_of_four_octets_are_sound() {
    sound(
        &["c0 08 04 fdea0001", "c0 08 08 fdea0001 ffffff01"],
        &external(),
    );
}

#[test]
fn malformed_communities_are_treated_as_withdraw() {
    let wrong = ["c0 08 00", "c0 08 03 fdea00", "c0 08 05 fdea000100"];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn originator_id_of_an_internal_peer_has_four_octets() {
    sound(&["80 09 04 c0000204"], &internal());
}

#[test]
fn malformed_originator_id_is_treated_as_withdraw() {
    let wrong = ["80 09 00", "80 09 05 c000020400"];
    treated(&wrong, &internal(), Treatment::TreatAsWithdraw);
}

#[test]
fn originator_id_of_an_external_peer_is_discarded_whatever_it_is() {
    let wrong = ["80 09 04 c0000204", "80 09 00"];
    treated(&wrong, &external(), Treatment::AttributeDiscard);
}

#[test]
fn cluster_list_of_an_internal_peer_has_a_multiple_of_four_octets() {
    sound(
        &["80 0a 04 c0000205", "80 0a 08 c0000205 c0000206"],
        &internal(),
    );
}

#[test]
fn malformed_cluster_list_is_treated_as_withdraw() {
    let wrong = ["80 0a 00", "80 0a 06 c00002050000"];
    treated(&wrong, &internal(), Treatment::TreatAsWithdraw);
}

#[test]
fn cluster_list_of_an_external_peer_is_discarded_whatever_it_is() {
    let wrong = ["80 0a 04 c0000205", "80 0a 00"];
    treated(&wrong, &external(), Treatment::AttributeDiscard);
}

#[test]
fn mp_reach_with_a_next_hop_of_its_family_is_sound() {
    assert_eq!(faults(&multiprotocol(REACH), &external()), []);
}

#[test]
fn mp_reach_with_a_next_hop_of_a_wrong_length_resets_the_session() {
    for attribute in [
        "80 0e 0e 0002 01 04 c0000202 00 20 20010db8",
        "80 0e 09 0002 01 05 c0000202 00",
        "80 0e 05 0002 01 00 00",
    ] {
        assert_eq!(answer(&multiprotocol(attribute), &external()).0, 3);
    }
}

#[test]
fn extended_communities_of_a_multiple_of_eight_octets_are_sound() {
    sound(&["c0 10 08 0002fdea00000001"], &external());
}

#[test]
fn malformed_extended_communities_are_treated_as_withdraw() {
    let wrong = [
        "c0 10 00",
        "c0 10 07 0002fdea000000",
        "c0 10 09 0002fdea0000000100",
    ];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn extended_communities_of_any_type_are_no_error() {
    for kind in ["00", "3f", "80", "ff"] {
        sound(&[&format!("c0 10 08 {kind}7f000000000000")], &external());
    }
}

#[test]
fn ipv6_extended_communities_of_a_multiple_of_20_octets_are_sound() {
    let one = "0002 20010db8000000000000000000000001 0001";
    sound(
        &[&format!("c0 19 14 {one}"), &format!("c0 19 28 {one}{one}")],
        &external(),
    );
}

#[test]
fn malformed_ipv6_extended_communities_are_treated_as_withdraw() {
    let wrong = ["c0 19 00", "c0 19 08 0002fdea00000001"];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}

#[test]
fn ipv6_extended_communities_of_any_type_are_no_error() {
    for kind in ["007f", "40ff", "ffff"] {
        let one = format!("c0 19 14 {kind} 20010db8000000000000000000000001 0001");
        sound(&[&one], &external());
    }
}

#[test]
fn an_attr_set_whose_attributes_add_up_is_read() {
    sound(&["c0 80 08 0000fde9 40 01 01 00"], &external());
}

#[test]
fn a_malformed_attr_set_is_treated_as_withdraw() {
    let wrong = ["c0 80 03 000000", "c0 80 07 0000fde9 40 01 01"];
    treated(&wrong, &external(), Treatment::TreatAsWithdraw);
}
