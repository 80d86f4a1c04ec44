//! ROUTE-REFRESH: requests, brackets and filters.

use bgpwright::{
    types::{Afi, Family, PeerType, Prefix, Safi},
    wire::{
        EncodeError, Message, OrfMatch, OrfType, PrefixFilter, PrefixOrf, RefreshSubtype,
        RouteRefresh, UnrecognizedOrf, WhenToRefresh,
    },
};
use proptest::prelude::*;

use crate::{
    arbitrary::{prefix_orf, refresh},
    build::{both_ways, context, decode, encode, hex, message},
};

fn read(body: &str) -> RouteRefresh {
    match decode(&message(5, &hex(body)), &context(PeerType::External)) {
        Ok(parsed) => match parsed.value {
            Message::RouteRefresh(refresh) => refresh,
            other => panic!("{other}"),
        },
        Err(error) => panic!("{error}"),
    }
}

fn permit(sequence: u32, prefix: &str, min_length: u8, max_length: u8) -> PrefixFilter {
    PrefixFilter {
        matching: OrfMatch::Permit,
        sequence,
        prefix: prefix.parse().unwrap(),
        min_length,
        max_length,
    }
}

#[test]
fn address_prefix_filters_go_both_ways() {
    let octets = message(
        5,
        &hex("0001 00 01
              02                      | defer
              40 0014                 | address prefix, 20 octets
              00 00000005 10 18 08 0a | add, permit 10.0.0.0/8 ge 16 le 24
              60 0000000a 00 00 09 0a80 | remove, deny 10.128.0.0/9
              80                      | remove all
              63 0002 beef            | another kind"),
    );
    let mut value = RouteRefresh::filtered(Family::IPV4_UNICAST, WhenToRefresh::DEFER);
    let deny = PrefixFilter {
        matching: OrfMatch::Deny,
        ..permit(10, "10.128.0.0/9", 0, 0)
    };
    let entries = [
        PrefixOrf::Add(permit(5, "10.0.0.0/8", 16, 24)),
        PrefixOrf::Remove(deny),
        PrefixOrf::RemoveAll,
    ];
    value.push_prefixes(&entries).unwrap();
    value.push_group(OrfType(99), &[0xbe, 0xef]).unwrap();
    assert_eq!(
        value.to_string(),
        "request ipv4-unicast, defer, \
         address-prefix: add seq 5 permit 10.0.0.0/8 ge 16 le 24; \
         remove seq 10 deny 10.128.0.0/9; remove-all, orf 99 (2 octets)"
    );
    let filters = value.filters().unwrap();
    assert_eq!(filters.when, WhenToRefresh::DEFER);
    let groups: Vec<_> = filters.groups().collect();
    let read: Vec<_> = groups[0].prefixes().unwrap().map(Result::unwrap).collect();
    assert_eq!(read, entries);
    assert!(groups[1].prefixes().is_none());
    assert_eq!(
        (groups[1].kind, groups[1].entries),
        (OrfType(99), &[0xbe, 0xef][..])
    );
    both_ways(
        &octets,
        &Message::RouteRefresh(value),
        &context(PeerType::External),
    );
}

#[test]
fn a_prefix_list_from_before_the_standard_has_the_same_form() {
    let refresh = read("0001 00 01 01 80 000b 20 00000005 18 18 18 150101");
    assert_eq!(
        refresh.to_string(),
        "request ipv4-unicast, immediate, \
         cisco-prefix-list: add seq 5 deny 21.1.1.0/24 ge 24 le 24"
    );
}

#[test]
fn an_entry_that_is_not_recognized_ends_the_list_where_it_stands() {
    for (entries, offset) in [
        ("80 c0", 1),                      // no such action
        ("80 80 00 00000001 00 00 21", 2), // 33 bits of IPv4
        ("80 00 00000001 00 00 08", 1),    // the prefix is not there
        ("00 000000", 0),                  // the sequence is cut
    ] {
        let entries = hex(entries);
        let mut refresh = RouteRefresh::filtered(Family::IPV4_UNICAST, WhenToRefresh::IMMEDIATE);
        refresh
            .push_group(OrfType::ADDRESS_PREFIX, &entries)
            .unwrap();
        let group = refresh.filters().unwrap().groups().next().unwrap();
        let mut prefixes = group.prefixes().unwrap();
        for _ in 0..offset {
            assert_eq!(prefixes.next(), Some(Ok(PrefixOrf::RemoveAll)));
        }
        assert_eq!(prefixes.next(), Some(Err(UnrecognizedOrf { offset })));
        assert_eq!(prefixes.next(), None);
        let octets = encode(
            &Message::RouteRefresh(refresh.clone()),
            &context(PeerType::External),
        );
        both_ways(
            &octets,
            &Message::RouteRefresh(refresh),
            &context(PeerType::External),
        );
    }
}

#[test]
fn groups_that_do_not_add_up_are_an_invalid_length() {
    for body in [
        "0001 00 01 01 40",
        "0001 00 01 01 40 00",
        "0001 00 01 01 40 0002 80",
        "0001 00 01 01 40 0001 80 40",
        "0001 01 01 01",
        "0001 02 01 01",
    ] {
        let octets = message(5, &hex(body));
        let error = decode(&octets, &context(PeerType::External)).unwrap_err();
        let answer = error.notification();
        assert_eq!((answer.code.0, answer.subcode), (7, 1), "{body}");
        assert_eq!(answer.data, octets);
    }
}

#[test]
fn what_follows_an_unknown_subtype_is_kept() {
    let refresh = read("0001 4d 01 beef");
    assert_eq!(refresh.subtype, RefreshSubtype(77));
    assert_eq!(refresh.filters(), None);
    assert_eq!(refresh.to_string(), "subtype 77 ipv4-unicast (2 octets)");
    both_ways(
        &message(5, &hex("0001 4d 01 beef")),
        &Message::RouteRefresh(refresh),
        &context(PeerType::External),
    );
    // Only when to refresh, and no filters.
    let bare = read("0001 00 01 01");
    assert_eq!(bare.filters().unwrap().groups().count(), 0);
    assert_eq!(bare.to_string(), "request ipv4-unicast, immediate");
}

#[test]
fn filters_that_do_not_fit_are_not_written() {
    let ipv6 = [PrefixOrf::Add(permit(1, "2001:db8::/32", 0, 0))];
    let mut plain = RouteRefresh::new(Family::IPV6_UNICAST, RefreshSubtype::REQUEST);
    assert!(plain.push_prefixes(&ipv6).is_err(), "not begun by filtered");
    let mut other = RouteRefresh::filtered(Family::IPV4_UNICAST, WhenToRefresh::DEFER);
    assert!(other.push_prefixes(&ipv6).is_err(), "of another family");
    let vpn = Family::new(Afi::IPV6, Safi::VPN);
    let mut vpn = RouteRefresh::filtered(vpn, WhenToRefresh::DEFER);
    assert!(vpn.push_prefixes(&ipv6).is_err(), "no plain prefixes");
    assert!(
        vpn.push_group(OrfType(1), &vec![0; 65536]).is_err(),
        "too long"
    );
    assert_eq!(
        (other.data, vpn.data),
        (vec![2], vec![2]),
        "nothing was added"
    );
    for (subtype, data) in [(1, vec![1]), (2, vec![0]), (0, vec![1, 64])] {
        let refresh = RouteRefresh {
            family: Family::IPV4_UNICAST,
            subtype: RefreshSubtype(subtype),
            data,
        };
        let mut out = Vec::new();
        let written = Message::RouteRefresh(refresh).encode(&context(PeerType::External), &mut out);
        assert_eq!(written, Err(EncodeError::Field { field: "filters" }));
    }
}

#[test]
fn a_prefix_filter_matches_by_length_as_its_table_says() {
    // RFC 5292 §4, table 1: least, greatest, and the lengths that match.
    for (least, greatest, lengths) in [
        (0, 0, vec![8]),
        (16, 0, (16..=32).collect()),
        (0, 10, vec![8, 9, 10]),
        (12, 14, vec![12, 13, 14]),
    ] {
        let filter = permit(1, "10.0.0.0/8", least, greatest);
        let matching: Vec<u8> = (0..=32)
            .filter(|length| {
                let addr = "10.0.0.0".parse().unwrap();
                filter.matches(Prefix::new(addr, *length).unwrap())
            })
            .collect();
        assert_eq!(matching, lengths);
        assert!(!filter.matches("11.0.0.0/12".parse().unwrap()));
        assert!(!filter.matches("a00::/12".parse().unwrap()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_prefix_filter_comes_back(
        v4 in proptest::collection::vec(prefix_orf(Afi::IPV4), 0..20),
        v6 in proptest::collection::vec(prefix_orf(Afi::IPV6), 0..20),
    ) {
        for (family, entries) in [(Family::IPV4_UNICAST, v4), (Family::IPV6_UNICAST, v6)] {
            let mut refresh = RouteRefresh::filtered(family, WhenToRefresh::IMMEDIATE);
            refresh.push_prefixes(&entries).unwrap();
            let group = refresh.filters().unwrap().groups().next().unwrap();
            let read: Result<Vec<_>, _> = group.prefixes().unwrap().collect();
            prop_assert_eq!(read, Ok(entries));
        }
    }

    #[test]
    fn any_octets_after_the_family_are_kept_or_refused(
        subtype in 0..4_u8,
        data in proptest::collection::vec(prop_oneof![Just(0), Just(64), Just(0x80), any::<u8>()], 0..40),
    ) {
        let mut body = vec![0, 1, subtype, 1];
        body.extend(data);
        let octets = message(5, &body);
        if let Ok(parsed) = decode(&octets, &context(PeerType::External)) {
            prop_assert_eq!(encode(&parsed.value, &context(PeerType::External)), octets);
            prop_assert!(!parsed.value.to_string().is_empty());
        }
    }

    #[test]
    fn every_refresh_that_is_made_can_be_shown(refresh in refresh()) {
        prop_assert!(!refresh.to_string().chars().any(char::is_control));
    }
}
