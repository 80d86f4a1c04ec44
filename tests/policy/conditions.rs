//! Each condition, where it holds and where it does not.

use std::collections::BTreeMap;

use bgpwright::policy::{AsPathMatch, Condition, Verdict};

use crate::{Route, bare, compile, name_of, names, rich};

fn holds(condition: &str, route: &Route) -> bool {
    let policy = compile(&format!(
        r#"{{"rules": [{{"conditions": [{condition}], "outcome": "accept"}}], "default": "reject"}}"#
    ));
    let applied = route.apply(&policy);
    assert_eq!(applied.attributes, None);
    assert_eq!(
        applied.rule,
        (applied.verdict == Verdict::Accept).then_some(0)
    );
    applied.verdict == Verdict::Accept
}

/// A condition, whether it holds for the rich route, and for the bare one.
const TABLE: &[(&str, bool, bool)] = &[
    (r#"{"any": [{"tag": [8]}, {"tag": [7]}]}"#, true, false),
    (r#"{"any": [{"tag": [8]}, {"tag": [9]}]}"#, false, false),
    (r#"{"all": [{"tag": [7]}, {"origin": "egp"}]}"#, true, false),
    (
        r#"{"all": [{"tag": [7]}, {"origin": "igp"}]}"#,
        false,
        false,
    ),
    (r#"{"not": {"tag": [7]}}"#, false, true),
    (r#"{"not": {"not": {"tag": [7]}}}"#, true, false),
    (r#"{"prefix": [{"prefix": "10.1.2.0/24"}]}"#, true, false),
    (
        r#"{"prefix": [{"prefix": "10.0.0.0/8", "ge": 24}]}"#,
        true,
        false,
    ),
    (
        r#"{"prefix": [{"prefix": "10.0.0.0/8", "le": 23}]}"#,
        false,
        false,
    ),
    (
        r#"{"prefix": [{"prefix": "10.0.0.0/8", "ge": 20, "le": 28}]}"#,
        true,
        false,
    ),
    (r#"{"prefix": [{"prefix": "10.0.0.0/8"}]}"#, false, false),
    (r#"{"prefix": []}"#, false, false),
    (r#"{"family": "ipv4-unicast"}"#, true, false),
    (r#"{"family": "l2vpn-evpn"}"#, false, true),
    (r#"{"neighbor": ["192.0.2.2", "192.0.2.1"]}"#, true, false),
    (r#"{"neighbor": ["2001:db8::1"]}"#, false, true),
    (r#"{"neighbor-as": [64512, 64501]}"#, true, true),
    (r#"{"neighbor-as": [64500]}"#, false, false),
    (r#"{"peer-type": "external"}"#, true, false),
    (r#"{"peer-type": "internal"}"#, false, true),
    (r#"{"peer-type": "confederation"}"#, false, false),
    (r#"{"as-path": {"contains": [1, 64504]}}"#, true, false),
    (r#"{"as-path": {"contains": [64506]}}"#, false, false),
    (
        r#"{"as-path": {"originated-by": [64505, 64500]}}"#,
        true,
        false,
    ),
    (r#"{"as-path": {"originated-by": [64501]}}"#, false, false),
    (r#"{"as-path": {"first": [64501]}}"#, true, false),
    (r#"{"as-path": {"first": [64505]}}"#, false, false),
    (
        r#"{"as-path": {"length": {"ge": 4, "le": 4}}}"#,
        true,
        false,
    ),
    (r#"{"as-path": {"length": {"ge": 5}}}"#, false, false),
    (r#"{"as-path": {"length": {"le": 3}}}"#, false, true),
    (r#"{"as-path": "empty"}"#, false, true),
    (r#"{"not": {"as-path": "empty"}}"#, true, false),
    (
        r#"{"as-path": {"regex": "^64501_.*_64504_64505$"}}"#,
        false,
        false,
    ),
    (
        r#"{"as-path": {"regex": "^64501_.*_64504} 64505$"}}"#,
        true,
        false,
    ),
    (r#"{"as-path": {"regex": "^$"}}"#, false, true),
    (
        r#"{"communities": {"any": ["64501:1", "64501:*"]}}"#,
        true,
        false,
    ),
    (r#"{"communities": {"any": ["64500:*"]}}"#, false, false),
    (
        r#"{"communities": {"all": ["*:100", "no-export"]}}"#,
        true,
        false,
    ),
    (
        r#"{"communities": {"all": ["64501:100", "64501:101"]}}"#,
        false,
        false,
    ),
    (r#"{"communities": {"none": ["no-export"]}}"#, false, true),
    (r#"{"communities": {"none": ["blackhole"]}}"#, true, true),
    (
        r#"{"extended-communities": {"any": ["target:64501:*"]}}"#,
        true,
        false,
    ),
    (
        r#"{"extended-communities": {"any": ["target:64501:8"]}}"#,
        false,
        false,
    ),
    (
        r#"{"extended-communities": {"all": ["target:*", "color:5"]}}"#,
        true,
        false,
    ),
    (
        r#"{"extended-communities": {"all": ["target:*", "origin:*"]}}"#,
        false,
        false,
    ),
    (
        r#"{"extended-communities": {"none": ["color:*"]}}"#,
        false,
        true,
    ),
    (
        r#"{"large-communities": {"any": ["64501:3:*"]}}"#,
        true,
        false,
    ),
    (
        r#"{"large-communities": {"any": ["64501:2:*", "64502:1:2"]}}"#,
        false,
        false,
    ),
    (
        r#"{"large-communities": {"all": ["64501:1:2", "*:*:4"]}}"#,
        true,
        false,
    ),
    (
        r#"{"large-communities": {"none": ["64501:*:*"]}}"#,
        false,
        true,
    ),
    (
        r#"{"next-hop": ["2001:db8::/32", "192.0.2.0/24"]}"#,
        true,
        false,
    ),
    (r#"{"next-hop": ["192.0.2.2/32"]}"#, false, false),
    (r#"{"origin": "egp"}"#, true, false),
    (r#"{"origin": "incomplete"}"#, false, false),
    (r#"{"med": {"ge": 50}}"#, true, false),
    (r#"{"med": {"ge": 51, "le": 60}}"#, false, false),
    (r#"{"med": {"le": 49}}"#, false, false),
    (r#"{"local-pref": {"ge": 120, "le": 120}}"#, true, false),
    (r#"{"local-pref": {"le": 100}}"#, false, false),
    (r#"{"validation": "valid"}"#, true, false),
    (r#"{"validation": "invalid"}"#, false, false),
    (r#"{"validation": "not-found"}"#, false, false),
    (r#"{"tag": [6, 7]}"#, true, false),
    (r#"{"tag": [0]}"#, false, false),
    (r#"{"attribute": 1}"#, true, false),
    (r#"{"attribute": 2}"#, true, false),
    (r#"{"attribute": 3}"#, true, false),
    (r#"{"attribute": 4}"#, true, false),
    (r#"{"attribute": 5}"#, true, false),
    (r#"{"attribute": 6}"#, true, false),
    (r#"{"attribute": 7}"#, true, false),
    (r#"{"attribute": 8}"#, true, false),
    (r#"{"attribute": 9}"#, true, false),
    (r#"{"attribute": 10}"#, true, false),
    (r#"{"attribute": 16}"#, true, false),
    (r#"{"attribute": 26}"#, true, false),
    (r#"{"attribute": 32}"#, true, false),
    (r#"{"attribute": 35}"#, true, false),
    (r#"{"attribute": 99}"#, true, false),
    (r#"{"attribute": 128}"#, false, false),
];

#[test]
fn every_condition_holds_where_it_should_and_nowhere_else() {
    let (rich, bare) = (rich(), bare());
    for (condition, on_rich, on_bare) in TABLE {
        assert_eq!(holds(condition, &rich), *on_rich, "{condition} on rich");
        assert_eq!(holds(condition, &bare), *on_bare, "{condition} on bare");
    }
}

#[test]
fn the_table_has_every_condition_both_ways() {
    let mut seen: BTreeMap<&str, [bool; 2]> = BTreeMap::new();
    let paths = TABLE.iter().filter_map(|(text, rich, bare)| {
        let inner = text.strip_prefix(r#"{"as-path": "#)?;
        Some((name_of(inner), rich, bare))
    });
    let all = TABLE
        .iter()
        .map(|(text, rich, bare)| (name_of(text), rich, bare));
    for (name, rich, bare) in all.chain(paths) {
        let [no, yes] = seen.entry(name).or_default();
        *no |= !rich || !bare;
        *yes |= *rich || *bare;
    }
    for name in names::<Condition>().iter().chain(&names::<AsPathMatch>()) {
        assert_eq!(seen.get(name.as_str()), Some(&[true; 2]), "{name}");
    }
}

#[test]
fn an_ipv6_next_hop_counts_by_its_global_address() {
    let mut route = bare();
    route.attributes.next_hop = Some("2001:db8::1 fe80::1".parse().unwrap());
    assert!(holds(r#"{"next-hop": ["2001:db8::/64"]}"#, &route));
    assert!(!holds(r#"{"next-hop": ["fe80::/10"]}"#, &route));
}

#[test]
fn confederation_segments_are_no_part_of_length_first_and_origin() {
    let mut route = rich();
    route.attributes.as_path = Some("(65001 65002) 64501 64505".parse().unwrap());
    assert!(holds(
        r#"{"as-path": {"length": {"ge": 2, "le": 2}}}"#,
        &route
    ));
    assert!(holds(r#"{"as-path": {"first": [64501]}}"#, &route));
    assert!(holds(r#"{"as-path": {"contains": [65002]}}"#, &route));
    assert!(holds(r#"{"as-path": {"regex": "^_65001_"}}"#, &route));
}
