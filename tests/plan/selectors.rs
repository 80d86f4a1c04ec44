//! The selector language, and Calico's own vectors for it.

use std::{collections::BTreeMap, fs};

use bgpwright::plan::Selector;
use serde_json::Value;

use crate::upstream_data;

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
}

fn selects(selector: &str, pairs: &[(&str, &str)]) -> bool {
    selector
        .parse::<Selector>()
        .unwrap()
        .matches(&labels(pairs))
}

#[test]
fn negative_relations_hold_without_the_label_and_positive_ones_do_not() {
    for selector in ["a != 'b'", "a not in {'b'}", "!has(a)", "!(a == 'b')"] {
        assert!(selects(selector, &[]), "{selector}");
    }
    for selector in [
        "a == ''",
        "a in {''}",
        "a contains ''",
        "a starts with ''",
        "a ends with ''",
    ] {
        assert!(!selects(selector, &[]), "{selector}");
        assert!(selects(selector, &[("a", "")]), "{selector}");
    }
}

#[test]
fn and_binds_tighter_than_or_and_not_binds_one_operand() {
    assert!(selects("has(a) || has(b) && has(c)", &[("a", "")]));
    assert!(!selects("(has(a) || has(b)) && has(c)", &[("a", "")]));
    assert!(selects("!has(a) && has(b)", &[("b", "")]));
    assert!(selects("!!has(a)", &[("a", "")]));
}

#[test]
fn canonical_text_is_calicos() {
    for (text, canonical) in [
        ("  ", "all()"),
        ("a=='b'", r#"a == "b""#),
        ("a=='\"'", r#"a == '"'"#),
        ("a notin {'z','b','b',}", r#"a not in {"b", "z"}"#),
        ("a in {}", "a in {}"),
        ("! (has( b)||! has(a ))", "!(has(b) || !has(a))"),
        ("!!has(a)", "has(a)"),
        ("contains contains 'x'", r#"contains contains "x""#),
        (
            "global()&&a startswith'x'",
            r#"(global() && a starts with "x")"#,
        ),
    ] {
        let selector: Selector = text.parse().unwrap();
        assert_eq!(selector.to_string(), canonical);
    }
}

#[test]
fn errors_say_where_and_what_was_expected() {
    for (text, message) in [
        (
            "a == b",
            "at character 6: expected a string in quotes, found 'b'",
        ),
        (
            "a == 'b",
            "at character 8: expected the string's closing quote, found the end",
        ),
        (
            "(a == 'b'",
            "at character 10: expected `&&`, `||` or `)`, found the end",
        ),
        (
            "a == 'ä' & b",
            "at character 10: expected `&&`, `||` or the end, found '&'",
        ),
        (
            "%",
            "at character 1: expected a label, `has(`, `all()`, `!` or `(`, found '%'",
        ),
        (
            "a b",
            "at character 3: expected `==`, `!=`, `in`, `not in`, `contains`, `starts with` or \
             `ends with` after a label, found 'b'",
        ),
        (
            "a in {'x' 'y'}",
            "at character 11: expected `,` or `}`, found '\\''",
        ),
        (
            "has (a)",
            "at character 5: expected `==`, `!=`, `in`, `not in`, `contains`, `starts with` or \
             `ends with` after a label, found '('",
        ),
    ] {
        let error = text.parse::<Selector>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    }
}

#[test]
fn a_line_break_is_no_blank() {
    assert!("a ==\n'b'".parse::<Selector>().is_err());
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let text = "(".repeat(100_000);
    let error = text.parse::<Selector>().unwrap_err();
    assert_eq!(error.expected, "at most 128 nested parentheses");
}

#[test]
fn calicos_vectors_hold() {
    let Some(data) = upstream_data() else { return };
    let text = fs::read_to_string(data.join("selector_vectors.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let list = |key: &str| vectors[key].as_array().unwrap().clone();
    for vector in list("match") {
        let text = vector["selector"].as_str().unwrap();
        let selector: Selector = text.parse().unwrap();
        for (key, wanted) in [("match", true), ("no_match", false)] {
            for labels in vector[key].as_array().unwrap() {
                let labels = serde_json::from_value(labels.clone()).unwrap();
                assert_eq!(selector.matches(&labels), wanted, "{text} on {labels:?}");
            }
        }
    }
    for vector in list("bad") {
        let text = vector["selector"].as_str().unwrap();
        assert!(text.parse::<Selector>().is_err(), "{text}");
    }
    for vector in list("canonical") {
        let selector: Selector = vector["selector"].as_str().unwrap().parse().unwrap();
        assert_eq!(selector.to_string(), vector["canonical"].as_str().unwrap());
    }
}
