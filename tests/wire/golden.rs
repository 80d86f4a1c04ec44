//! Messages by hand, each both ways.

use core::net::{Ipv4Addr, Ipv6Addr};

use bgpwright::{
    types::{AsPath, Asn, ClusterId, Community, Family, NextHop, PeerType, RouterId, SegmentKind},
    wire::{
        Aggregator, AttributeCode, AttributeFlags, AttributeSet, Capability, CapabilityCode,
        DecodeError, GracefulRestart, GracefulRestartFamily, GracefulRestartFlags, Message,
        MpReach, MpUnreach, Nlri, NlriList, Notification, NotificationCode, Open, Origin,
        PartialAttributes, RawAttribute, RawAttributes, RefreshSubtype, RouteRefresh, Update,
    },
};

use crate::build::{both_ways, context, decode, encode, hex, message};

fn nlri(text: &str) -> Nlri {
    Nlri::from(text.parse::<bgpwright::types::Prefix>().unwrap())
}

/// A list of the family that the prefixes are of.
fn list(prefixes: &[&str]) -> NlriList {
    let family = nlri(prefixes[0]).prefix.family();
    NlriList::collect(family, prefixes.iter().map(|text| nlri(text))).unwrap()
}

fn id(text: &str) -> u32 {
    text.parse::<Ipv4Addr>().unwrap().into()
}

#[test]
fn keepalive_is_a_bare_header() {
    let octets = message(4, &[]);
    both_ways(&octets, &Message::Keepalive, &context(PeerType::External));
}

#[test]
fn open_carries_its_capabilities_in_one_parameter() {
    let octets = message(
        1,
        &hex("04             | version
              5ba0           | AS_TRANS
              005a           | hold time 90
              c0000201       | identifier 192.0.2.1
              1c 02 1a       | parameters, capabilities
              01 04 0002 00 01 | IPv6 unicast
              02 00          | route refresh
              40 06 8078 0001 01 80 | restarting, 120 s, IPv4 unicast preserved
              41 04 fa56ea01 | AS 4200000001
              43 02 0000     | code 67, kept as it came"),
    );
    let open = Open {
        version: 4,
        my_as: 23456,
        hold_time: 90,
        router_id: RouterId(id("192.0.2.1")),
        capabilities: vec![
            Capability::Multiprotocol(Family::IPV6_UNICAST),
            Capability::RouteRefresh,
            Capability::GracefulRestart(GracefulRestart {
                flags: GracefulRestartFlags::RESTARTING,
                restart_time: 120,
                families: vec![GracefulRestartFamily {
                    family: Family::IPV4_UNICAST,
                    forwarding_preserved: true,
                }],
            }),
            Capability::FourOctetAs(Asn(4_200_000_001)),
            Capability::Unknown {
                code: CapabilityCode(67),
                value: Box::new([0, 0]),
            },
        ],
    };
    assert_eq!(open.asn(), Asn(4_200_000_001));
    both_ways(&octets, &Message::Open(open), &context(PeerType::External));
}

#[test]
fn open_with_over_255_octets_of_capabilities_takes_the_extended_form() {
    let raw = |code| Capability::Unknown {
        code: CapabilityCode(code),
        value: vec![code; 200].into(),
    };
    let open = Open::new(
        Asn(64512),
        180,
        RouterId(1),
        vec![raw(200), raw(201), Capability::RouteRefresh],
    );
    let open = Message::Open(open);
    let context = context(PeerType::External);
    let octets = encode(&open, &context);
    // RFC 9072: 255, 255, then a two-octet length.
    assert_eq!(octets[28..30], [255, 255]);
    both_ways(&octets, &open, &context);
}

#[test]
fn update_with_every_typed_attribute_goes_both_ways() {
    let octets = message(
        2,
        &hex("0004 18 c63364   | withdrawn 198.51.100.0/24
              0073             | attributes
              40 01 01 00      | ORIGIN IGP
              40 02 0a 02 02 0000fdea 00010000 | AS_PATH 65002 65536
              40 03 04 c0000202 | NEXT_HOP
              80 04 04 0000000a | MED 10
              40 05 04 000000c8 | LOCAL_PREF 200
              40 06 00         | ATOMIC_AGGREGATE
              c0 07 08 00010000 c0000203 | AGGREGATOR
              c0 08 08 fdea0064 ffffff01 | COMMUNITIES
              80 09 04 c0000204 | ORIGINATOR_ID
              80 0a 04 c0000205 | CLUSTER_LIST
              c0 10 08 0002fde800000001 | EXTENDED_COMMUNITIES
              e0 20 0c 0000fc000000000100000002 | LARGE_COMMUNITIES, partial
              c0 23 04 0000fdea | ONLY_TO_CUSTOMER
              e0 63 02 beef    | attribute 99, partial
              18 cb0071        | 203.0.113.0/24
              00               | 0.0.0.0/0"),
    );
    let mut other = RawAttributes::new();
    other
        .insert(RawAttribute {
            code: AttributeCode(99),
            flags: AttributeFlags::from_bits_retain(0xe0),
            value: &[0xbe, 0xef],
        })
        .unwrap();
    let update = Update {
        withdrawn: list(&["198.51.100.0/24"]),
        announced: list(&["203.0.113.0/24", "0.0.0.0/0"]),
        attributes: AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65002), Asn(65536)])),
            next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 2))),
            med: Some(10),
            local_pref: Some(200),
            atomic_aggregate: true,
            aggregator: Some(Aggregator {
                asn: Asn(65536),
                router_id: Ipv4Addr::new(192, 0, 2, 3),
            }),
            communities: vec![Community::new(65002, 100), Community::NO_EXPORT],
            originator_id: Some(RouterId(id("192.0.2.4"))),
            cluster_list: vec![ClusterId(id("192.0.2.5"))],
            extended_communities: vec!["target:65000:1".parse().unwrap()],
            large_communities: vec!["64512:1:2".parse().unwrap()],
            only_to_customer: Some(Asn(65002)),
            partial: PartialAttributes::LARGE_COMMUNITIES,
            other,
        },
        ..Update::default()
    };
    both_ways(
        &octets,
        &Message::Update(update),
        &context(PeerType::Internal),
    );
}

#[test]
fn ipv6_routes_come_in_mp_attributes_that_stand_first() {
    let octets = message(
        2,
        &hex("0000 0047
              80 0e 2c         | MP_REACH_NLRI
              0002 01 20       | IPv6 unicast, next hop of 32 octets
              20010db8000000000000000000000002
              fe800000000000000000000000000002
              00 30 20010db80001 | 2001:db8:1::/48
              80 0f 08         | MP_UNREACH_NLRI
              0002 01 20 20010db8 | 2001:db8::/32
              40 01 01 02      | ORIGIN incomplete
              40 02 06 02 01 0000fdea"),
    );
    let mp_reach = MpReach {
        next_hop: Some(NextHop::V6 {
            global: "2001:db8::2".parse().unwrap(),
            link_local: Some("fe80::2".parse().unwrap()),
        }),
        nlri: list(&["2001:db8:1::/48"]),
    };
    let mp_unreach = MpUnreach {
        nlri: list(&["2001:db8::/32"]),
    };
    let update = Update {
        mp_reach: Some(mp_reach),
        mp_unreach: Some(mp_unreach),
        attributes: AttributeSet {
            origin: Some(Origin::Incomplete),
            as_path: Some(AsPath::sequence([Asn(65002)])),
            ..AttributeSet::default()
        },
        ..Update::default()
    };
    both_ways(
        &octets,
        &Message::Update(update),
        &context(PeerType::External),
    );
}

#[test]
fn end_of_rib_has_a_form_for_each_family() {
    let context = context(PeerType::External);
    let v4 = Message::Update(Update::end_of_rib(Family::IPV4_UNICAST));
    both_ways(&message(2, &hex("0000 0000")), &v4, &context);
    let v6 = Message::Update(Update::end_of_rib(Family::IPV6_UNICAST));
    both_ways(
        &message(2, &hex("0000 0006 80 0f 03 0002 01")),
        &v6,
        &context,
    );
    for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
        assert_eq!(Update::end_of_rib(family).is_end_of_rib(), Some(family));
    }
}

#[test]
fn an_update_of_discarded_attributes_alone_is_no_end_of_rib() {
    // LOCAL_PREF from an external peer, and nothing else.
    let octets = message(2, &hex("0000 0007 40 05 04 00000064"));
    let parsed = decode(&octets, &context(PeerType::External)).unwrap();
    let Message::Update(value) = parsed.value else {
        panic!("an UPDATE")
    };
    let faults = parsed.faults;
    assert!(!faults.is_empty());
    assert_eq!(bgpwright::wire::Parsed { value, faults }.end_of_rib(), None);
}

#[test]
fn notification_shows_the_operators_text_escaped() {
    let octets = message(
        3,
        &hex("06 02            | Cease, Administrative Shutdown
              08 62796520 0a 6e6f77"),
    );
    let value = Notification::cease_with_text(2, "bye \nnow");
    assert_eq!(value.text(), Some("bye \nnow"));
    assert_eq!(
        value.to_string(),
        r#"Cease/Administrative Shutdown (6/2): "bye \nnow""#
    );
    both_ways(
        &octets,
        &Message::Notification(value),
        &context(PeerType::External),
    );
}

#[test]
fn a_long_shutdown_text_is_cut_at_a_character() {
    let text = "ü".repeat(200);
    let value = Notification::cease_with_text(Notification::ADMINISTRATIVE_RESET, &text);
    assert_eq!(value.data.len(), 255);
    assert_eq!(value.text().map(str::len), Some(254));
}

#[test]
fn route_refresh_goes_both_ways() {
    let value = RouteRefresh::new(Family::IPV6_UNICAST, RefreshSubtype::BEGIN);
    both_ways(
        &message(5, &hex("0002 01 01")),
        &Message::RouteRefresh(value),
        &context(PeerType::External),
    );
}

#[test]
fn a_two_octet_session_carries_wide_numbers_beside_as_trans() {
    let mut context = context(PeerType::External);
    context.four_octet_as = false;
    let octets = message(
        2,
        &hex("0000 0035
              40 01 01 00
              40 02 06 02 02 fdea 5ba0 | 65002, AS_TRANS
              40 03 04 c0000202
              c0 07 06 5ba0 c0000203   | AGGREGATOR with AS_TRANS
              c0 11 0a 02 02 0000fdea 00010000 | AS4_PATH
              c0 12 08 00010000 c0000203       | AS4_AGGREGATOR
              08 0a"),
    );
    let update = Update {
        announced: list(&["10.0.0.0/8"]),
        attributes: AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65002), Asn(65536)])),
            next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 2))),
            aggregator: Some(Aggregator {
                asn: Asn(65536),
                router_id: Ipv4Addr::new(192, 0, 2, 3),
            }),
            ..AttributeSet::default()
        },
        ..Update::default()
    };
    both_ways(&octets, &Message::Update(update), &context);
}

#[test]
fn numbers_put_in_front_by_two_octet_speakers_stay_in_front() {
    let mut context = context(PeerType::External);
    context.four_octet_as = false;
    // AS_PATH 275 250 AS_TRANS 200, AS4_PATH 65536 200
    let octets = message(
        2,
        &hex("0000 0025
              40 01 01 00
              40 02 0a 02 04 0113 00fa 5ba0 00c8
              40 03 04 c0000202
              c0 11 0a 02 02 00010000 000000c8
              08 0a"),
    );
    let parsed = decode(&octets, &context).unwrap();
    assert_eq!(parsed.faults, []);
    let Message::Update(update) = parsed.value else {
        panic!("an UPDATE")
    };
    let path = update.attributes.as_path.unwrap();
    assert_eq!(path.to_string(), "275 250 65536 200");
}

#[test]
fn a_path_segment_is_split_at_255() {
    let path = AsPath::sequence((1..=300).map(Asn));
    let update = Update {
        announced: list(&["10.0.0.0/8"]),
        attributes: AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(path),
            next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 2))),
            ..AttributeSet::default()
        },
        ..Update::default()
    };
    let context = context(PeerType::External);
    let octets = encode(&Message::Update(update), &context);
    let Message::Update(update) = decode(&octets, &context).unwrap().value else {
        panic!("an UPDATE")
    };
    let path = update.attributes.as_path.unwrap();
    let segments: Vec<_> = path.segments().map(|of| (of.kind, of.asns.len())).collect();
    let sequence = SegmentKind::Sequence;
    assert_eq!(segments, [(sequence, 255), (sequence, 45)]);
}

#[test]
fn a_family_that_is_not_known_is_kept_to_the_octet() {
    let mut context = context(PeerType::External);
    let family: Family = Family::new(bgpwright::types::Afi(99), bgpwright::types::Safi(70));
    context.families.push(family);
    let octets = message(
        2,
        &hex("0000 001c
              80 0e 0c 0063 46 04 c0000201 00 | next hop of four octets
              03 01 aa                        | NLRI
              40 01 01 00
              40 02 06 02 01 0000fdea"),
    );
    let update = Update {
        mp_reach: Some(MpReach {
            next_hop: None,
            nlri: NlriList::opaque(family, hex("04 c0000201 00 03 01 aa")).unwrap(),
        }),
        attributes: AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65002)])),
            ..AttributeSet::default()
        },
        ..Update::default()
    };
    both_ways(&octets, &Message::Update(update), &context);
}

#[test]
fn begin_of_refresh_with_more_octets_answers_with_the_message() {
    let octets = message(5, &hex("0001 01 01 00"));
    let error = decode(&octets, &context(PeerType::External)).unwrap_err();
    assert!(matches!(error, DecodeError::RefreshLength { .. }));
    let answer = error.notification();
    assert_eq!((answer.code, answer.subcode), (NotificationCode(7), 1));
    assert_eq!(answer.data, octets);
}

#[test]
fn an_unspecified_next_hop_is_not_written() {
    let update = Update {
        mp_reach: Some(MpReach {
            next_hop: Some(core::net::IpAddr::V6(Ipv6Addr::UNSPECIFIED).into()),
            nlri: list(&["2001:db8::/32"]),
        }),
        attributes: AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::empty()),
            ..AttributeSet::default()
        },
        ..Update::default()
    };
    let mut out = vec![1, 2, 3];
    let message = Message::Update(update);
    assert!(
        message
            .encode(&context(PeerType::Internal), &mut out)
            .is_err()
    );
    assert_eq!(out, [1, 2, 3], "nothing was appended");
}

#[test]
fn a_fault_at_the_end_of_a_value_points_at_its_last_octet() {
    // AIGP whose metric is missing (RFC 7311 §3), last in the message.
    let octets = message(
        2,
        &hex("0000 001b 40010100 400200 400304c0000202 40050400000064 801a03 010003"),
    );
    let parsed = decode(&octets, &context(PeerType::Internal)).unwrap();
    let [fault] = parsed.faults[..] else {
        panic!("one fault")
    };
    assert_eq!(fault.attribute, Some(AttributeCode::AIGP));
    assert_eq!(fault.offset as usize, octets.len() - 1);
}
