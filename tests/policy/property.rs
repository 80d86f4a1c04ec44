//! What holds for every prefix list, every path and every pattern.

use core::net::IpAddr;

use bgpwright::{
    policy::{Among, CommunityPattern, Condition, Policy, PrefixMatch, Verdict},
    types::{AsPath, Community, Prefix},
};
use proptest::{collection::vec, option, prelude::*};

use crate::{bare, compile, rich};

/// Few bits, so that prefixes cover each other often.
fn prefixes() -> impl Strategy<Value = Prefix> {
    let v4 = (0..64_u32, 0..=32_u8).prop_map(|(bits, length)| {
        let addr = IpAddr::V4((bits << 26 | bits << 3 | bits >> 3).into());
        Prefix::new(addr, length).unwrap()
    });
    let v6 = (0..64_u128, prop_oneof![0..=8_u8, 120..=128_u8]).prop_map(|(bits, length)| {
        let addr = IpAddr::V6((bits << 122 | bits).into());
        Prefix::new(addr, length).unwrap()
    });
    prop_oneof![3 => v4, 1 => v6]
}

fn entries() -> impl Strategy<Value = PrefixMatch> {
    (prefixes(), any::<(Option<u8>, Option<u8>)>()).prop_map(|(prefix, (ge, le))| {
        let width = if prefix.addr().is_ipv4() { 32 } else { 128 };
        let room = width - prefix.length() + 1;
        let ge = ge.map(|ge| prefix.length() + ge % room);
        let least = ge.unwrap_or_else(|| prefix.length());
        let le = le.map(|le| least + le % (width - least + 1));
        PrefixMatch { prefix, ge, le }
    })
}

proptest! {
    #[test]
    fn a_prefix_list_says_what_a_look_at_every_entry_says(
        entries in vec(entries(), 0..40),
        routes in vec(prefixes(), 1..200),
    ) {
        let policy = Policy::only(entries.clone()).compile().unwrap();
        let inside = entries.iter().map(|entry| entry.prefix);
        let mut route = bare();
        for prefix in inside.chain(routes) {
            route.prefix = Some(prefix);
            let naive = entries.iter().any(|entry| entry.matches(prefix));
            let taken = route.apply(&policy).verdict == Verdict::Accept;
            prop_assert_eq!(taken, naive, "{} in {:?}", prefix, entries);
        }
    }

    #[test]
    fn the_negation_of_a_condition_holds_where_it_does_not(
        entries in vec(entries(), 0..4),
        prefix in prefixes(),
    ) {
        let condition = Condition::Prefix(entries.clone());
        let mut policy = Policy::only(entries);
        let mut route = rich();
        route.prefix = Some(prefix);
        let before = route.apply(&policy.compile().unwrap()).verdict;
        policy.rules[0].conditions = vec![Condition::Not(Box::new(condition))];
        prop_assert_ne!(route.apply(&policy.compile().unwrap()).verdict, before);
    }

    #[test]
    fn a_pattern_for_communities_is_read_as_it_is_written(
        asn in any::<Option<u16>>(),
        value in any::<Option<u16>>(),
        community in any::<u32>(),
    ) {
        let pattern = CommunityPattern { asn, value };
        prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
        let [a, b, c, d] = community.to_be_bytes();
        let fits = asn.is_none_or(|asn| asn == u16::from_be_bytes([a, b]))
            && value.is_none_or(|value| value == u16::from_be_bytes([c, d]));
        prop_assert_eq!(pattern.matches(Community(community)), fits);
    }

    #[test]
    fn lists_of_patterns_say_what_each_pattern_says(
        patterns in vec((option::weighted(0.9, 0..4_u16), option::weighted(0.9, 0..4_u16)), 1..8),
        communities in vec((0..4_u16, 0..4_u16), 0..5),
    ) {
        let patterns: Vec<_> = patterns
            .into_iter()
            .map(|(asn, value)| CommunityPattern { asn, value })
            .collect();
        let mut route = bare();
        let communities = communities.into_iter().map(|(asn, value)| Community::new(asn, value));
        route.attributes.communities = communities.collect();
        let listed = &route.attributes.communities;
        let finds = |of: &CommunityPattern| listed.iter().any(|value| of.matches(*value));
        let any = patterns.iter().any(finds);
        for (among, expected) in [
            (Among::Any(patterns.clone()), any),
            (Among::All(patterns.clone()), patterns.iter().all(finds)),
            (Among::None(patterns.clone()), !any),
        ] {
            let mut policy = Policy::only(vec![]);
            policy.rules[0].conditions = vec![Condition::Communities(among.clone())];
            let verdict = route.apply(&policy.compile().unwrap()).verdict;
            prop_assert_eq!(verdict == Verdict::Accept, expected, "{:?}", among);
        }
    }

    #[test]
    fn an_as_is_found_by_expression_where_it_is_found_by_number(
        path in vec(64500..64510_u32, 0..6),
        set in vec(64500..64510_u32, 0..3),
        asn in 64500..64510_u32,
    ) {
        let mut route = rich();
        let as_path = route.attributes.as_path.insert(AsPath::default());
        as_path.push(bgpwright::types::SegmentKind::Sequence, path.into_iter().map(Into::into));
        as_path.push(bgpwright::types::SegmentKind::Set, set.into_iter().map(Into::into));
        let verdict = |condition: &str| {
            let text = format!(
                r#"{{"rules": [{{"conditions": [{{"as-path": {condition}}}], "outcome": "accept"}}],
                    "default": "reject"}}"#
            );
            route.apply(&compile(&text)).verdict
        };
        prop_assert_eq!(
            verdict(&format!(r#"{{"regex": "_{asn}_"}}"#)),
            verdict(&format!(r#"{{"contains": [{asn}]}}"#))
        );
    }
}
