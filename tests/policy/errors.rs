//! What cannot be compiled, and what is said of it.

use bgpwright::policy::{Policy, PolicyErrorKind, PolicyPlace};

use crate::read;

#[track_caller]
fn refused(rule: &str) -> (PolicyPlace, String) {
    let fine = r#"{"outcome": "next"}"#;
    let text = format!(r#"{{"rules": [{fine}, {rule}, {fine}], "default": "accept"}}"#);
    let policy: Policy = read(&text);
    let error = policy.compile().err().unwrap_or_else(|| panic!("{rule}"));
    assert_eq!((error.rule, error.name.as_deref()), (1, Some("this")));
    let text = error.to_string();
    let place = match error.place {
        PolicyPlace::Condition(at) => format!("conditions[{at}]"),
        PolicyPlace::Action(at) => format!("actions[{at}]"),
        place => panic!("{place:?}"),
    };
    let front = format!("rules[1] (this): {place}: ");
    let message = text
        .strip_prefix(&front)
        .unwrap_or_else(|| panic!("{text}"));
    assert_eq!(message, error.kind.to_string());
    (error.place, message.to_owned())
}

#[test]
fn every_mistake_in_a_condition_is_named_with_what_was_expected() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{"not": "#.repeat(depth), "}".repeat(depth));
        format!(r#"{open}{{"tag": [1]}}{close}"#)
    };
    let too_deep = nested(16);
    let empty = "expected a list with an entry";
    let bounds = "expected ge, le or both, ge not above le";
    let lengths = "10.0.0.0/8: expected ge and le from 8 to 32, ge not above le";
    for (condition, message) in [
        (r#"{"any": []}"#, empty),
        (r#"{"all": []}"#, empty),
        (r#"{"not": {"all": []}}"#, empty),
        (r#"{"neighbor": []}"#, empty),
        (r#"{"neighbor-as": []}"#, empty),
        (r#"{"next-hop": []}"#, empty),
        (r#"{"tag": []}"#, empty),
        (r#"{"as-path": {"contains": []}}"#, empty),
        (r#"{"as-path": {"first": []}}"#, empty),
        (r#"{"as-path": {"originated-by": []}}"#, empty),
        (r#"{"communities": {"any": []}}"#, empty),
        (r#"{"extended-communities": {"all": []}}"#, empty),
        (r#"{"large-communities": {"none": []}}"#, empty),
        (r#"{"med": {}}"#, bounds),
        (r#"{"local-pref": {"ge": 2, "le": 1}}"#, bounds),
        (r#"{"as-path": {"length": {}}}"#, bounds),
        (
            r#"{"prefix": [{"prefix": "10.0.0.0/8", "ge": 7}]}"#,
            lengths,
        ),
        (
            r#"{"prefix": [{"prefix": "10.0.0.0/8", "le": 7}]}"#,
            lengths,
        ),
        (
            r#"{"prefix": [{"prefix": "10.0.0.0/8", "ge": 33}]}"#,
            lengths,
        ),
        (
            r#"{"prefix": [{"prefix": "10.0.0.0/8", "le": 33}]}"#,
            lengths,
        ),
        (
            r#"{"prefix": [{"prefix": "10.0.0.0/8", "ge": 25, "le": 24}]}"#,
            lengths,
        ),
        (
            r#"{"prefix": [{"prefix": "fd00::/8", "le": 129}]}"#,
            "fd00::/8: expected ge and le from 8 to 128, ge not above le",
        ),
        (
            r#"{"attribute": 14}"#,
            "MP_REACH_NLRI is never among a route's attributes",
        ),
        (
            r#"{"attribute": 17}"#,
            "AS4_PATH is never among a route's attributes",
        ),
        (
            r#"{"as-path": {"regex": "_(64500"}}"#,
            "`_(64500` is no regular expression for AS paths: unclosed group",
        ),
        (
            too_deep.as_str(),
            "expected at most 16 conditions inside each other",
        ),
    ] {
        let rule = format!(
            r#"{{"name": "this", "conditions": [{{"tag": [1]}}, {condition}], "outcome": "accept"}}"#
        );
        let expected = (PolicyPlace::Condition(1), message.to_owned());
        assert_eq!(refused(&rule), expected, "{condition}");
    }
    let deepest = nested(15);
    let rule = format!(r#"{{"conditions": [{deepest}], "outcome": "accept"}}"#);
    let policy: Policy = read(&format!(r#"{{"rules": [{rule}], "default": "accept"}}"#));
    assert!(policy.compile().is_ok());
}

#[test]
fn every_mistake_in_an_action_is_named_with_what_was_expected() {
    let empty = "expected a list with an entry";
    let times = "expected to prepend 1 to 255 times";
    for (action, message) in [
        (r#"{"communities": {"set": []}}"#, empty),
        (r#"{"communities": {"keep": []}}"#, empty),
        (r#"{"extended-communities": {"add": []}}"#, empty),
        (r#"{"large-communities": {"remove": []}}"#, empty),
        (
            r#"{"prepend": {"asn": 0, "times": 1}}"#,
            "expected an AS other than 0",
        ),
        (r#"{"prepend": {"asn": 1, "times": 0}}"#, times),
        (r#"{"prepend-first": {"times": 0}}"#, times),
        (
            r#"{"next-hop": {"address": "0.0.0.0"}}"#,
            "next hop 0.0.0.0: expected the address of a host",
        ),
        (
            r#"{"next-hop": {"address": "ff02::1"}}"#,
            "next hop ff02::1: expected the address of a host",
        ),
        (
            r#"{"next-hop": {"address": "240.0.0.1"}}"#,
            "next hop 240.0.0.1: expected the address of a host",
        ),
        (
            r#"{"aigp": {"set": 18446744073709551615}}"#,
            "expected a metric below 18446744073709551615",
        ),
        (r#"{"remove": 1}"#, "ORIGIN cannot be removed"),
        (r#"{"remove": 2}"#, "AS_PATH cannot be removed"),
        (r#"{"remove": 3}"#, "NEXT_HOP cannot be removed"),
        (r#"{"remove": 9}"#, "ORIGINATOR_ID cannot be removed"),
        (r#"{"remove": 10}"#, "CLUSTER_LIST cannot be removed"),
        (r#"{"remove": 15}"#, "MP_UNREACH_NLRI cannot be removed"),
        (r#"{"remove": 18}"#, "AS4_AGGREGATOR cannot be removed"),
        (r#"{"remove": 35}"#, "ONLY_TO_CUSTOMER cannot be removed"),
    ] {
        let rule = format!(
            r#"{{"name": "this", "actions": [{{"tag": 1}}, {action}], "outcome": "next"}}"#
        );
        let expected = (PolicyPlace::Action(1), message.to_owned());
        assert_eq!(refused(&rule), expected, "{action}");
    }
}

#[test]
fn actions_on_a_route_that_is_rejected_are_a_mistake() {
    let rule = r#"{"name": "this", "actions": [{"tag": 1}], "outcome": "reject"}"#;
    let expected = "expected no actions in a rule that rejects".to_owned();
    assert_eq!(refused(rule), (PolicyPlace::Action(0), expected));
}

#[test]
fn a_policy_that_does_not_compile_rejects_all() {
    let text =
        r#"{"rules": [{"actions": [{"remove": 1}], "outcome": "accept"}], "default": "accept"}"#;
    let policy: Policy = read(text);
    let error = policy.compile().unwrap_err();
    assert!(matches!(error.kind, PolicyErrorKind::NotRemovable { code } if code.0 == 1));
    assert_eq!(
        error.to_string(),
        "rules[0]: actions[0]: ORIGIN cannot be removed"
    );
    let route = crate::rich();
    let subject = bgpwright::policy::Subject {
        family: route.family,
        prefix: route.prefix,
        neighbor: route.neighbor,
        neighbor_as: route.neighbor_as,
        peer_type: route.peer_type,
        validation: None,
        tag: None,
        attributes: &route.attributes,
    };
    assert_eq!(policy.judge(&subject), bgpwright::policy::Verdict::Reject);
}
