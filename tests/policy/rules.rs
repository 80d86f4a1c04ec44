//! The order of rules, what they see of each other, and what a policy depends
//! on.

use allocation_counter::measure;
use bgpwright::policy::{CompiledPolicy, Looks, Policy, PrefixMatch, Verdict};

use crate::{bare, compile, read, rich};

#[test]
fn the_first_rule_that_decides_does_so_and_the_default_otherwise() {
    let policy = compile(
        r#"{"rules": [
            {"conditions": [{"tag": [1]}], "outcome": "reject"},
            {"conditions": [{"tag": [7]}, {"origin": "egp"}], "outcome": "accept"},
            {"conditions": [{"tag": [7]}], "outcome": "reject"}
        ], "default": "reject"}"#,
    );
    let mut route = rich();
    let mut decided = |tag| {
        route.tag = tag;
        let applied = route.apply(&policy);
        (applied.verdict, applied.rule)
    };
    assert_eq!(decided(Some(7)), (Verdict::Accept, Some(1)));
    assert_eq!(decided(Some(1)), (Verdict::Reject, Some(0)));
    assert_eq!(decided(None), (Verdict::Reject, None));
}

#[test]
fn what_passes_a_route_on_changes_it_for_the_rules_behind() {
    let policy = compile(
        r#"{"rules": [
            {"conditions": [{"communities": {"any": ["64501:*"]}}],
             "actions": [{"communities": {"remove": ["64501:*"]}}, {"local-pref": {"set": 90}},
                         {"tag": 1}, {"weight": 3}],
             "outcome": "next"},
            {"outcome": "next"},
            {"conditions": [{"communities": {"any": ["64501:*"]}}], "outcome": "reject"},
            {"conditions": [{"local-pref": {"le": 90}}, {"tag": [1]}],
             "actions": [{"local-pref": {"add": 1}}],
             "outcome": "accept"}
        ], "default": "reject"}"#,
    );
    let applied = rich().apply(&policy);
    assert_eq!((applied.verdict, applied.rule), (Verdict::Accept, Some(3)));
    assert_eq!((applied.weight, applied.tag), (Some(3), Some(1)));
    let changed = applied.attributes.unwrap();
    assert_eq!(changed.local_pref, Some(91));
    assert_eq!(changed.communities, ["no-export".parse().unwrap()]);
    assert_eq!(bare().apply(&policy).verdict, Verdict::Reject);
}

#[test]
fn the_default_accepts_a_route_as_it_was_changed() {
    let changes = r#"{"actions": [{"med": {"set": 1}}], "outcome": "next"}"#;
    let policy = compile(&format!(r#"{{"rules": [{changes}], "default": "accept"}}"#));
    let applied = rich().apply(&policy);
    assert_eq!((applied.verdict, applied.rule), (Verdict::Accept, None));
    assert_eq!(applied.attributes.unwrap().med, Some(1));
    let policy = compile(&format!(r#"{{"rules": [{changes}], "default": "reject"}}"#));
    let applied = rich().apply(&policy);
    assert_eq!(
        (applied.verdict, applied.attributes),
        (Verdict::Reject, None)
    );
}

#[test]
fn a_policy_looks_at_what_its_rules_do() {
    for (rule, expected) in [
        (r#"{"outcome": "accept"}"#, Looks::empty()),
        (
            r#"{"conditions": [{"any": [{"not": {"prefix": []}}, {"tag": [1]}]}], "outcome": "accept"}"#,
            Looks::PREFIX | Looks::TAG,
        ),
        (
            r#"{"conditions": [{"family": "ipv4-unicast"}, {"validation": "valid"}], "outcome": "accept"}"#,
            Looks::FAMILY | Looks::VALIDATION,
        ),
        (
            r#"{"conditions": [{"peer-type": "external"}], "outcome": "reject"}"#,
            Looks::NEIGHBOR,
        ),
        (
            r#"{"conditions": [{"neighbor-as": [1]}, {"as-path": "empty"}], "outcome": "accept"}"#,
            Looks::NEIGHBOR | Looks::ATTRIBUTES,
        ),
        (
            r#"{"actions": [{"next-hop": "peer"}], "outcome": "next"}"#,
            Looks::NEIGHBOR | Looks::ATTRIBUTES,
        ),
        (
            r#"{"actions": [{"med": {"set": 1}}], "outcome": "next"}"#,
            Looks::ATTRIBUTES,
        ),
        (
            r#"{"actions": [{"tag": 1}, {"weight": 1}], "outcome": "accept"}"#,
            Looks::empty(),
        ),
    ] {
        let policy = compile(&format!(r#"{{"rules": [{rule}], "default": "accept"}}"#));
        assert_eq!(policy.looks_at(), expected, "{rule}");
    }
}

#[test]
fn rules_that_no_route_reaches_are_not_looked_at() {
    let policy = compile(
        r#"{"rules": [
            {"conditions": [{"family": "ipv4-unicast"}], "outcome": "next"},
            {"outcome": "accept"},
            {"conditions": [{"prefix": []}], "outcome": "reject"}
        ], "default": "reject"}"#,
    );
    assert_eq!(policy.looks_at(), Looks::empty());
    assert!(policy.is_accept_all() && !policy.is_reject_all());
    assert_eq!(rich().apply(&policy).rule, Some(1));
}

#[test]
fn a_policy_knows_whether_it_takes_all_or_nothing() {
    let conditional = |outcome, default| {
        let rule = format!(r#"{{"conditions": [{{"tag": [1]}}], "outcome": "{outcome}"}}"#);
        compile(&format!(r#"{{"rules": [{rule}], "default": "{default}"}}"#))
    };
    for (policy, all, none) in [
        (CompiledPolicy::ACCEPT, true, false),
        (CompiledPolicy::REJECT, false, true),
        (conditional("accept", "accept"), true, false),
        (conditional("next", "accept"), true, false),
        (conditional("reject", "accept"), false, false),
        (conditional("accept", "reject"), false, false),
        (conditional("reject", "reject"), false, true),
        (
            compile(r#"{"rules": [{"outcome": "reject"}], "default": "accept"}"#),
            false,
            true,
        ),
        (
            compile(
                r#"{"rules": [{"actions": [{"weight": 1}], "outcome": "next"}], "default": "accept"}"#,
            ),
            false,
            false,
        ),
    ] {
        assert_eq!(policy.is_accept_all(), all, "{policy:?}");
        assert_eq!(policy.is_reject_all(), none, "{policy:?}");
    }
}

#[test]
fn only_takes_those_prefixes() {
    let pods = PrefixMatch::or_longer("10.1.0.0/16".parse().unwrap());
    let policy = Policy::only(vec![pods]).compile().unwrap();
    assert_eq!(rich().apply(&policy).verdict, Verdict::Accept);
    assert_eq!(bare().apply(&policy).verdict, Verdict::Reject);
    let nothing = Policy::only(vec![]).compile().unwrap();
    assert_eq!(rich().apply(&nothing).verdict, Verdict::Reject);
}

#[test]
fn nothing_is_allocated_where_nothing_changes() {
    let policy = compile(include_str!("../data/policy/everything.json"));
    let mut route = rich();
    route.attributes.as_path = Some("64999".parse().unwrap());
    // The expression's memory, which it keeps, is taken the first time.
    assert_eq!(route.apply(&policy).attributes, None);
    let taken = measure(|| drop(route.apply(&policy)));
    assert_eq!(taken.count_total, 0);
    let ours: Policy = read(include_str!("../data/policy/everything.json"));
    assert!(ours.rules.len() > 3);
}
