//! Each action, where it changes a route and where it leaves it as it is.

use std::collections::BTreeMap;

use allocation_counter::measure;
use bgpwright::{
    policy::{Action, Applied, NextHopAction},
    types::Asn,
    wire::{Aigp, AttributeCode, AttributeSet, Origin, PartialAttributes},
};

use crate::{Route, bare, compile, name_of, names, rich};

fn act(actions: &str, route: &Route) -> Applied {
    let policy = compile(&format!(
        r#"{{"rules": [{{"actions": [{actions}], "outcome": "accept"}}], "default": "reject"}}"#
    ));
    let mut applied = None;
    let taken = measure(|| applied = Some(route.apply(&policy)));
    let applied = applied.unwrap();
    if applied.attributes.is_none() {
        assert_eq!(taken.count_total, 0, "{actions}: {taken:?}");
    }
    applied
}

type Change = fn(&mut AttributeSet);

fn path(set: &mut AttributeSet, path: &str) {
    set.as_path = Some(path.parse().unwrap());
}

fn aigp(set: &mut AttributeSet, metric: u64) {
    set.other.insert_typed(&Aigp::new(metric)).unwrap();
}

const SAME: Change = |_| {};

/// An action, and what it makes of the rich route.
const RICH: &[(&str, Change)] = &[
    (r#"{"local-pref": {"set": 200}}"#, |set| {
        set.local_pref = Some(200);
    }),
    (r#"{"local-pref": {"set": 120}}"#, SAME),
    (r#"{"local-pref": {"add": 5}}"#, |set| {
        set.local_pref = Some(125);
    }),
    (r#"{"local-pref": {"add": 4294967295}}"#, |set| {
        set.local_pref = Some(u32::MAX);
    }),
    (r#"{"local-pref": {"subtract": 20}}"#, |set| {
        set.local_pref = Some(100);
    }),
    (r#"{"local-pref": "remove"}"#, |set| set.local_pref = None),
    (r#"{"med": {"set": 7}}"#, |set| set.med = Some(7)),
    (r#"{"med": {"set": 50}}"#, SAME),
    (r#"{"med": {"add": 7}}"#, |set| set.med = Some(57)),
    (r#"{"med": {"subtract": 51}}"#, |set| set.med = Some(0)),
    (r#"{"med": "remove"}"#, |set| set.med = None),
    (r#"{"aigp": {"set": 5}}"#, |set| aigp(set, 5)),
    (r#"{"aigp": {"set": 1000}}"#, SAME),
    (r#"{"aigp": {"add": 5}}"#, |set| aigp(set, 1005)),
    (r#"{"aigp": {"add": 18446744073709551615}}"#, |set| {
        aigp(set, u64::MAX - 1);
    }),
    (r#"{"aigp": {"subtract": 1001}}"#, |set| aigp(set, 0)),
    (r#"{"aigp": "remove"}"#, |set| {
        set.other.remove(AttributeCode::AIGP);
    }),
    (r#"{"origin": "igp"}"#, |set| set.origin = Some(Origin::Igp)),
    (r#"{"origin": "egp"}"#, SAME),
    (r#"{"prepend": {"asn": 64500, "times": 2}}"#, |set| {
        path(set, "64500 64500 64501 64502 {64503,64504} 64505");
    }),
    (r#"{"prepend-first": {"times": 1}}"#, |set| {
        path(set, "64501 64501 64502 {64503,64504} 64505");
    }),
    (r#"{"next-hop": {"address": "192.0.2.5"}}"#, |set| {
        set.next_hop = Some("192.0.2.5".parse().unwrap());
    }),
    (r#"{"next-hop": {"address": "192.0.2.1"}}"#, SAME),
    (r#"{"next-hop": "self"}"#, SAME),
    (r#"{"next-hop": "peer"}"#, SAME),
    (r#"{"next-hop": "unchanged"}"#, SAME),
    (r#"{"communities": {"set": ["64500:1"]}}"#, |set| {
        set.communities = vec!["64500:1".parse().unwrap()];
    }),
    (
        r#"{"communities": {"set": ["64501:100", "no-export"]}}"#,
        SAME,
    ),
    (
        r#"{"communities": {"set": ["64501:100", "no-export", "64501:100"]}}"#,
        SAME,
    ),
    (
        r#"{"communities": {"add": ["64500:1", "no-export", "64500:1"]}}"#,
        |set| set.communities.push("64500:1".parse().unwrap()),
    ),
    (r#"{"communities": {"add": ["no-export"]}}"#, SAME),
    (r#"{"communities": {"remove": ["64501:*"]}}"#, |set| {
        set.communities = vec!["no-export".parse().unwrap()];
    }),
    (r#"{"communities": {"remove": ["64500:*"]}}"#, SAME),
    (r#"{"communities": {"keep": ["64501:*"]}}"#, |set| {
        set.communities = vec!["64501:100".parse().unwrap()];
    }),
    (r#"{"communities": {"keep": ["*:*"]}}"#, SAME),
    (r#"{"extended-communities": {"set": ["color:9"]}}"#, |set| {
        set.extended_communities = vec!["color:9".parse().unwrap()];
    }),
    (
        r#"{"extended-communities": {"add": ["target:64500:1", "color:5"]}}"#,
        |set| {
            let added = "target:64500:1".parse().unwrap();
            set.extended_communities.push(added);
        },
    ),
    (
        r#"{"extended-communities": {"remove": ["target:*"]}}"#,
        |set| set.extended_communities = vec!["color:5".parse().unwrap()],
    ),
    (
        r#"{"extended-communities": {"remove": ["origin:*"]}}"#,
        SAME,
    ),
    (r#"{"large-communities": {"set": ["1:2:3"]}}"#, |set| {
        set.large_communities = vec!["1:2:3".parse().unwrap()];
    }),
    (r#"{"large-communities": {"add": ["1:2:3"]}}"#, |set| {
        set.large_communities.push("1:2:3".parse().unwrap());
    }),
    (r#"{"large-communities": {"remove": ["*:3:*"]}}"#, |set| {
        set.large_communities = vec!["64501:1:2".parse().unwrap()];
    }),
    (r#"{"large-communities": {"keep": ["64501:*:*"]}}"#, SAME),
    (r#""atomic-aggregate""#, SAME),
    (r#"{"remove": 4}"#, |set| set.med = None),
    (r#"{"remove": 5}"#, |set| set.local_pref = None),
    (r#"{"remove": 6}"#, |set| set.atomic_aggregate = false),
    (r#"{"remove": 7}"#, |set| set.aggregator = None),
    (r#"{"remove": 8}"#, |set| set.communities = vec![]),
    (r#"{"remove": 16}"#, |set| {
        set.extended_communities = vec![];
    }),
    (r#"{"remove": 26}"#, |set| {
        set.other.remove(AttributeCode::AIGP);
    }),
    (r#"{"remove": 32}"#, |set| set.large_communities = vec![]),
    (r#"{"remove": 99}"#, |set| {
        set.other.remove(AttributeCode(99));
    }),
    (r#"{"remove": 100}"#, SAME),
    (r#"{"weight": 5}"#, SAME),
    (r#"{"tag": 5}"#, SAME),
];

/// An action, and what it makes of the bare route.
const BARE: &[(&str, Change)] = &[
    (r#"{"local-pref": {"add": 5}}"#, |set| {
        set.local_pref = Some(105);
    }),
    (r#"{"local-pref": "remove"}"#, SAME),
    (r#"{"med": {"add": 5}}"#, |set| set.med = Some(5)),
    (r#"{"med": {"subtract": 5}}"#, |set| set.med = Some(0)),
    (r#"{"aigp": {"set": 5}}"#, |set| aigp(set, 5)),
    (r#"{"aigp": {"add": 5}}"#, SAME),
    (r#"{"aigp": "remove"}"#, SAME),
    (r#"{"origin": "igp"}"#, |set| set.origin = Some(Origin::Igp)),
    (r#"{"prepend": {"asn": 64500, "times": 1}}"#, |set| {
        path(set, "64500");
    }),
    (r#"{"prepend-first": {"times": 1}}"#, SAME),
    (r#"{"next-hop": "peer"}"#, |set| {
        set.next_hop = Some("2001:db8::1".parse().unwrap());
    }),
    (r#"{"next-hop": "self"}"#, SAME),
    (r#"{"communities": {"add": ["64500:1"]}}"#, |set| {
        set.communities = vec!["64500:1".parse().unwrap()];
    }),
    (r#"{"communities": {"remove": ["*:*"]}}"#, SAME),
    (r#""atomic-aggregate""#, |set| set.atomic_aggregate = true),
    (r#"{"remove": 4}"#, SAME),
    (r#"{"remove": 99}"#, SAME),
];

#[test]
fn every_action_changes_what_it_says_and_nothing_else() {
    for (route, table) in [(rich(), RICH), (bare(), BARE)] {
        for (action, change) in table {
            let mut expected = route.attributes.clone();
            change(&mut expected);
            let expected = (expected != route.attributes).then_some(expected);
            assert_eq!(act(action, &route).attributes, expected, "{action}");
        }
    }
}

#[test]
fn the_tables_have_every_action() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (action, _) in RICH.iter().chain(BARE) {
        *seen.entry(name_of(action)).or_default() += 1;
    }
    for name in names::<Action>() {
        assert!(seen.contains_key(name.as_str()), "{name}");
    }
}

#[test]
fn next_hop_weight_and_tag_are_handed_back() {
    for (actions, expected) in [
        (r#"{"next-hop": "self"}"#, NextHopAction::Own),
        (r#"{"next-hop": "peer"}"#, NextHopAction::Peer),
        (r#"{"next-hop": "unchanged"}"#, NextHopAction::Unchanged),
        (
            r#"{"next-hop": "self"}, {"next-hop": {"address": "192.0.2.5"}}"#,
            NextHopAction::Address([192, 0, 2, 5].into()),
        ),
    ] {
        assert_eq!(act(actions, &rich()).next_hop, Some(expected), "{actions}");
    }
    let applied = act(r#"{"weight": 5}, {"tag": 6}"#, &rich());
    assert_eq!((applied.weight, applied.tag), (Some(5), Some(6)));
    let applied = act(r#"{"weight": 5}, {"weight": 0}"#, &rich());
    assert_eq!(
        (applied.weight, applied.tag, applied.next_hop),
        (Some(0), None, None)
    );
}

#[test]
fn a_next_hop_left_unchanged_is_what_it_was_before_the_policy() {
    let actions = r#"{"next-hop": {"address": "192.0.2.5"}}, {"next-hop": "unchanged"}"#;
    let applied = act(actions, &rich());
    let changed = applied.attributes.unwrap();
    assert_eq!(changed.next_hop, rich().attributes.next_hop);
}

#[test]
fn rfc5065_s5_an_as_is_put_behind_the_segments_of_the_confederation() {
    let prepend = r#"{"prepend": {"asn": 64500, "times": 2}}"#;
    for (before, after) in [
        ("(65001) 64501", "(65001) 64500 64500 64501"),
        ("(65001) [65002,65003]", "(65001) [65002,65003] 64500 64500"),
        ("{64501,64502}", "64500 64500 {64501,64502}"),
        ("", "64500 64500"),
    ] {
        let mut route = rich();
        path(&mut route.attributes, before);
        let changed = act(prepend, &route).attributes.unwrap();
        assert_eq!(changed.as_path.unwrap().to_string(), after);
    }
}

#[test]
fn an_expression_sees_what_was_prepended_before() {
    let policy = compile(
        r#"{"rules": [
            {"conditions": [{"as-path": {"regex": "^64501_"}}],
             "actions": [{"prepend": {"asn": 64500, "times": 1}}], "outcome": "next"},
            {"conditions": [{"as-path": {"regex": "^64501_"}}], "outcome": "reject"},
            {"conditions": [{"as-path": {"regex": "^64500_64501_"}}], "outcome": "accept"}
        ], "default": "reject"}"#,
    );
    assert_eq!(rich().apply(&policy).rule, Some(2));
}

#[test]
fn the_first_as_is_that_of_the_path_and_not_the_neighbours() {
    let mut route = rich();
    route.neighbor_as = Asn(64999);
    let changed = act(r#"{"prepend-first": {"times": 2}}"#, &route).attributes;
    let path = changed.unwrap().as_path.unwrap();
    assert!(path.to_string().starts_with("64501 64501 64501 64502 "));
}

#[test]
fn an_attribute_that_is_gone_is_not_partial_and_one_that_stays_still_is() {
    let mut route = rich();
    route.attributes.partial = PartialAttributes::COMMUNITIES | PartialAttributes::AGGREGATOR;
    for (actions, left) in [
        (
            r#"{"communities": {"remove": ["*:*"]}}"#,
            PartialAttributes::AGGREGATOR,
        ),
        (r#"{"remove": 7}"#, PartialAttributes::COMMUNITIES),
        (
            r#"{"communities": {"remove": ["no-export"]}}"#,
            PartialAttributes::COMMUNITIES | PartialAttributes::AGGREGATOR,
        ),
    ] {
        let changed = act(actions, &route).attributes.unwrap();
        assert_eq!(changed.partial, left, "{actions}");
    }
}

#[test]
fn other_tlvs_of_aigp_stay() {
    let mut octets = vec![9, 0, 4, 1];
    octets.extend(Aigp::new(10).octets());
    octets.extend([9, 0, 4, 2]);
    let mut route = rich();
    let before = Aigp::decode(&octets).unwrap();
    route.attributes.other.insert_typed(&before).unwrap();
    let changed = act(r#"{"aigp": {"add": 5}}"#, &route).attributes.unwrap();
    let after: Aigp = changed.other.typed().unwrap();
    assert_eq!(after.metric(), Some(15));
    assert_eq!(after.tlvs().count(), 3);
    assert_eq!(after.tlvs().last(), Some((9, &[2][..])));
}
