//! Policies as text.

use bgpwright::policy::{Action, AsPathMatch, Condition, NextHopAction, Policy};

use crate::{names, read};

const EVERYTHING: &str = include_str!("../data/policy/everything.json");

#[test]
fn a_policy_with_everything_in_it_goes_through_json_and_back() {
    let policy: Policy = read(EVERYTHING);
    let text = serde_json::to_string_pretty(&policy).unwrap();
    assert_eq!(read::<Policy>(&text), policy);
    // Every name that is read is also the one that is written.
    let value: serde_json::Value = read(EVERYTHING);
    let written = without_nulls(serde_json::to_value(&policy).unwrap());
    assert_eq!(written, value);
    assert!(policy.compile().is_ok());
}

#[test]
fn the_policy_with_everything_has_everything() {
    let all = [
        names::<Condition>(),
        names::<AsPathMatch>(),
        names::<Action>(),
        names::<NextHopAction>(),
    ];
    for name in all.concat() {
        assert!(EVERYTHING.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn what_is_unknown_or_missing_is_an_error() {
    for text in [
        r#"{"rules": []}"#,
        r#"{"default": "next"}"#,
        r#"{"default": "accept", "rule": []}"#,
        r#"{"default": "accept", "rules": [{}]}"#,
        r#"{"default": "accept", "rules": [{"outcome": "accept", "action": []}]}"#,
        r#"{"default": "accept", "rules": [{"outcome": "accept", "verdict": "accept"}]}"#,
        r#"{"default": "accept", "rules": [{"outcome": "accept", "conditions": [{"x": 1}]}]}"#,
    ] {
        assert!(serde_json::from_str::<Policy>(text).is_err(), "{text}");
    }
    for text in [
        r#"{"prefix": [{"prefix": "10.0.0.0/8", "eq": 8}]}"#,
        r#"{"prefix": [{"prefix": "10.0.0.1/8"}]}"#,
        r#"{"family": "ipv4"}"#,
        r#"{"peer-type": "iBGP"}"#,
        r#"{"origin": "IGP"}"#,
        r#"{"med": {"gt": 1}}"#,
        r#"{"communities": {"any": ["65536:1"]}}"#,
        r#"{"communities": {"some": ["65535:1"]}}"#,
        r#"{"large-communities": {"any": ["1:2"]}}"#,
        r#"{"extended-communities": {"any": ["1:2"]}}"#,
        r#"{"validation": "unknown"}"#,
    ] {
        assert!(serde_json::from_str::<Condition>(text).is_err(), "{text}");
    }
    for text in [
        r#"{"prepend": {"asn": 1, "times": 1, "also": 1}}"#,
        r#"{"prepend": {"asn": 1, "times": 256}}"#,
        r#"{"med": {"set": -1}}"#,
        r#"{"communities": {"add": ["65000:*"]}}"#,
        r#"{"next-hop": "own"}"#,
    ] {
        assert!(serde_json::from_str::<Action>(text).is_err(), "{text}");
    }
}

#[test]
fn a_wrong_value_is_told_what_was_expected() {
    let text = r#"{"communities": {"any": ["65000"]}}"#;
    let error = serde_json::from_str::<Condition>(text).unwrap_err();
    let expected = "a pattern for communities is such as 65000:100, 65000:*, *:100 or no-export";
    assert!(error.to_string().contains(expected), "{error}");
}

fn without_nulls(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        serde_json::Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
