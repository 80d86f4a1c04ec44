//! OPEN and its capabilities: each by hand, both ways, and cut short.

use core::slice;
use std::{env, fs, path::Path};

use bgpwright::{
    types::{Afi, Asn, Family, PeerType, RouterId, Safi},
    wire::{
        AddPathFamily, AddPathMode, Capability, CapabilityCode, Context, DecodeError, EncodeError,
        ExtendedNextHop, Fqdn, GracefulRestart, GracefulRestartFamily, GracefulRestartFlags,
        LongLivedFamily, LongLivedFlags, Message, MultipleLabels, NotificationCode, Open,
        OrfFamily, OrfMode, OrfSupport, OrfType, PathsLimit, Role, SoftwareVersion,
    },
};
use proptest::prelude::*;
use serde_json::Value;

use crate::{
    arbitrary::capability,
    build::{both_ways, context, decode, encode, hex, message},
};

fn peer() -> Context {
    context(PeerType::External)
}

/// An OPEN of AS 65002 with these optional parameters, length included.
fn open_with(parameters: &[u8]) -> Vec<u8> {
    let mut body = hex("04 fdea 005a c0000201");
    body.extend(parameters);
    message(1, &body)
}

/// The same with these capabilities in one parameter.
fn open_of(capabilities: &[u8]) -> Vec<u8> {
    let inner = u8::try_from(capabilities.len()).unwrap();
    let mut parameters = vec![inner + 2, 2, inner];
    parameters.extend(capabilities);
    open_with(&parameters)
}

fn read(octets: &[u8]) -> Open {
    match decode(octets, &peer()).unwrap().value {
        Message::Open(open) => open,
        other => panic!("{other}"),
    }
}

fn refused(octets: &[u8]) -> (u8, u8) {
    let answer = decode(octets, &peer()).unwrap_err().notification();
    (answer.code.0, answer.subcode)
}

fn says(capabilities: Vec<Capability>) -> Open {
    Open {
        version: 4,
        my_as: 65002,
        hold_time: 90,
        router_id: RouterId(0xc000_0201),
        capabilities,
    }
}

/// Each capability that is typed: octets, value, text.
fn typed() -> Vec<(&'static str, Capability, &'static str)> {
    let mut all = of_one_family();
    all.extend(with_lists());
    all
}

fn of_one_family() -> Vec<(&'static str, Capability, &'static str)> {
    let raw = |code, value: &[u8]| Capability::Unknown {
        code: CapabilityCode(code),
        value: value.into(),
    };
    vec![
        (
            "01 04 0002 00 01",
            Capability::Multiprotocol(Family::IPV6_UNICAST),
            "multiprotocol ipv6-unicast",
        ),
        ("02 00", Capability::RouteRefresh, "route-refresh"),
        ("06 00", Capability::ExtendedMessage, "extended-message"),
        (
            "09 01 03",
            Capability::Role(Role::CUSTOMER),
            "role customer",
        ),
        ("09 01 c8", Capability::Role(Role(200)), "role 200"),
        (
            "41 04 fa56ea01",
            Capability::FourOctetAs(Asn(4_200_000_001)),
            "four-octet-as 4200000001",
        ),
        ("43 01 aa", raw(67, &[0xaa]), "dynamic (1 octets)"),
        ("44 02 0001", raw(68, &[0, 1]), "multi-session (2 octets)"),
        (
            "46 00",
            Capability::EnhancedRouteRefresh,
            "enhanced-route-refresh",
        ),
        (
            "49 08 02 7231 04 6c 0a ff 61",
            Capability::Fqdn(Box::new(Fqdn {
                hostname: (*b"r1").into(),
                domain: (*b"l\n\xffa").into(),
            })),
            r#"fqdn r1."l\n\xffa""#,
        ),
        ("4a 00", Capability::BfdStrict, "bfd-strict"),
        (
            "4b 06 05 46525220 39",
            Capability::SoftwareVersion(SoftwareVersion::new("FRR 9")),
            r#"software-version "FRR 9""#,
        ),
        ("4d 00", Capability::LinkLocalNextHop, "link-local-next-hop"),
        (
            "80 00",
            Capability::CiscoRouteRefresh,
            "cisco-route-refresh",
        ),
        ("c8 01 00", raw(200, &[0]), "capability 200 (1 octets)"),
        ("ef 00", raw(239, &[]), "capability 239 (0 octets)"),
    ]
}

fn with_lists() -> Vec<(&'static str, Capability, &'static str)> {
    let family = Family::IPV4_UNICAST;
    let orf = |kind, mode| OrfSupport {
        kind: OrfType(kind),
        mode,
    };
    vec![
        (
            "03 09 0001 00 01 02 40 03 80 01",
            Capability::OutboundRouteFiltering(vec![OrfFamily {
                family,
                types: vec![orf(64, OrfMode::BOTH), orf(128, OrfMode::RECEIVE)],
            }]),
            "outbound-route-filtering ipv4-unicast address-prefix both cisco-prefix-list receive",
        ),
        (
            "05 0c 0001 0001 0002 0001 0080 0002",
            Capability::ExtendedNextHop(vec![
                ExtendedNextHop {
                    family,
                    next_hop: Afi::IPV6,
                },
                ExtendedNextHop {
                    family: Family::new(Afi::IPV4, Safi::VPN),
                    next_hop: Afi::IPV6,
                },
            ]),
            "extended-next-hop ipv4-unicast via ipv6 vpnv4-unicast via ipv6",
        ),
        (
            "08 04 0001 01 03",
            Capability::MultipleLabels(vec![MultipleLabels { family, count: 3 }]),
            "multiple-labels ipv4-unicast 3",
        ),
        (
            "40 06 c078 0001 01 80",
            Capability::GracefulRestart(GracefulRestart {
                flags: GracefulRestartFlags::RESTARTING | GracefulRestartFlags::NOTIFICATION,
                restart_time: 120,
                families: vec![GracefulRestartFamily {
                    family,
                    forwarding_preserved: true,
                }],
            }),
            "graceful-restart 120s restarting notification ipv4-unicast preserved",
        ),
        (
            "45 08 0001 01 03 0002 01 09",
            Capability::AddPath(vec![
                AddPathFamily {
                    family,
                    mode: AddPathMode::BOTH,
                },
                AddPathFamily {
                    family: Family::IPV6_UNICAST,
                    mode: AddPathMode(9),
                },
            ]),
            "add-path ipv4-unicast both ipv6-unicast mode 9",
        ),
        (
            "47 07 0001 01 80 015180",
            Capability::LongLivedGracefulRestart(vec![LongLivedFamily {
                family,
                flags: LongLivedFlags::FORWARDING_PRESERVED,
                stale_time: 86400,
            }]),
            "long-lived-graceful-restart ipv4-unicast 86400s preserved",
        ),
        (
            "4c 05 0001 01 0008",
            Capability::PathsLimit(vec![PathsLimit { family, limit: 8 }]),
            "paths-limit ipv4-unicast 8",
        ),
    ]
}

#[test]
fn every_typed_capability_goes_both_ways_and_has_a_text() {
    for (octets, capability, text) in typed() {
        assert_eq!(capability.to_string(), text);
        let open = Message::Open(says(vec![capability]));
        both_ways(&open_of(&hex(octets)), &open, &peer());
    }
}

#[test]
fn a_capability_cut_short_is_kept_to_the_octet_or_is_a_shorter_list() {
    for (octets, capability, _) in typed() {
        let octets = hex(octets);
        for length in 0..octets[1] {
            let mut cut = octets[..2 + usize::from(length)].to_vec();
            cut[1] = length;
            let message = open_of(&cut);
            if capability.code() == CapabilityCode::FOUR_OCTET_AS {
                assert_eq!(refused(&message), (2, 0));
                continue;
            }
            let open = read(&message);
            assert_ne!(open.capabilities, slice::from_ref(&capability));
            assert_eq!(open.capabilities[0].code(), capability.code());
            assert_eq!(encode(&Message::Open(open), &peer()), message);
        }
    }
}

#[test]
fn an_open_cut_short_anywhere_is_refused() {
    let mut capabilities = Vec::new();
    for (octets, ..) in of_one_family() {
        // Two roles would be refused for another reason.
        if octets != "09 01 c8" {
            capabilities.extend(hex(octets));
        }
    }
    let whole = open_of(&capabilities);
    read(&whole);
    for end in 29..whole.len() {
        assert_eq!(refused(&message(1, &whole[19..end])), (2, 0), "at {end}");
    }
}

#[test]
fn capabilities_may_be_spread_over_parameters() {
    let open = read(&open_with(&hex("0a 02 02 0200 02 00 02 02 4600")));
    assert_eq!(
        open.capabilities,
        [Capability::RouteRefresh, Capability::EnhancedRouteRefresh]
    );
}

#[test]
fn accessors_find_what_was_announced() {
    let open = read(&open_of(&hex("05 06 0001 0001 0002
         09 01 00
         45 0c 0001 01 00 0001 01 02 0002 01 01
         49 05 02 7231 01 78")));
    // No multiprotocol capability: a speaker from before RFC 4760.
    assert_eq!(open.families().collect::<Vec<_>>(), [Family::IPV4_UNICAST]);
    assert_eq!(open.role(), Some(Role::PROVIDER));
    assert_eq!(open.add_path(Family::IPV4_UNICAST), Some(AddPathMode::SEND));
    assert_eq!(
        open.add_path(Family::IPV6_UNICAST),
        Some(AddPathMode::RECEIVE)
    );
    assert_eq!(open.add_path(Family::new(Afi::IPV4, Safi::VPN)), None);
    assert!(open.takes_next_hop(Family::IPV4_UNICAST, Afi::IPV6));
    assert!(!open.takes_next_hop(Family::IPV6_UNICAST, Afi::IPV6));
    assert_eq!(open.graceful_restart(), None);
    assert_eq!(open.fqdn().unwrap().to_string(), "r1.x");
    let both = read(&open_of(&hex("01 04 0002 00 01 01 04 0001 00 01")));
    let families: Vec<_> = both.families().collect();
    assert_eq!(families, [Family::IPV6_UNICAST, Family::IPV4_UNICAST]);
}

#[test]
fn two_roles_that_differ_are_refused_and_two_alike_are_not() {
    assert_eq!(refused(&open_of(&hex("09 01 00 09 01 03"))), (2, 11));
    let open = read(&open_of(&hex("09 01 03 09 01 03")));
    assert_eq!(open.role(), Some(Role::CUSTOMER));
    let roles = vec![
        Capability::Role(Role::PEER),
        Capability::Role(Role::CUSTOMER),
    ];
    let mut out = Vec::new();
    let written = Message::Open(says(roles)).encode(&peer(), &mut out);
    assert_eq!(written, Err(EncodeError::Field { field: "role" }));
}

#[test]
fn a_role_fits_its_opposite_alone() {
    let all = [0, 1, 2, 3, 4].map(Role);
    for one in all {
        assert_eq!(one.name().unwrap().parse(), Ok(one));
        let fitting: Vec<Role> = all.into_iter().filter(|other| one.fits(*other)).collect();
        assert_eq!(fitting, [one.opposite().unwrap()]);
        assert!(one.opposite().unwrap().fits(one));
    }
    assert!(!Role(9).fits(Role(9)));
    assert!("route-server".parse::<Role>().is_err());
}

#[test]
fn the_extended_form_is_taken_when_the_parameters_need_it() {
    let raw = |length| {
        says(vec![Capability::Unknown {
            code: CapabilityCode(200),
            value: vec![7; length].into(),
        }])
    };
    // Parameter header 2, capability header 2: 254 in all, then 255, which
    // would be read as the extended form.
    let short = encode(&Message::Open(raw(250)), &peer());
    assert_eq!(short[28..32], [254, 2, 252, 200]);
    let extended = encode(&Message::Open(raw(251)), &peer());
    assert_eq!(extended[28..37], [255, 255, 1, 0, 2, 0, 253, 200, 251]);
    for octets in [short, extended] {
        let open = read(&octets);
        both_ways(&octets, &Message::Open(open), &peer());
    }
    let none = encode(&Message::Open(says(Vec::new())), &peer());
    assert_eq!(none[28..], [0]);
}

#[test]
fn parameters_of_255_octets_in_the_short_form_are_read() {
    let mut parameters = vec![255, 2, 253, 200, 251];
    parameters.extend([7; 251]);
    let open = read(&open_with(&parameters));
    assert_eq!(open.capabilities.len(), 1);
    // The same may be written in the extended form alone.
    assert_eq!(encode(&Message::Open(open), &peer())[29], 255);
}

#[test]
fn the_extended_form_is_told_by_its_type_alone() {
    let same = read(&open_with(&hex("04 02 02 0200")));
    for parameters in [
        "ff ff 0005 02 0002 0200",
        "01 ff 0005 02 0002 0200", // the one-octet length does not count
        "ff ff 000a 02 0002 0200 02 0002 0000",
    ] {
        let open = read(&open_with(&hex(parameters)));
        assert_eq!(open.capabilities[0], same.capabilities[0], "{parameters}");
    }
    assert_eq!(read(&open_with(&hex("ff ff 0000"))).capabilities, []);
    assert_eq!(read(&open_with(&hex("00"))).capabilities, []);
    for parameters in [
        "00 ff 0005 02 0002 0200", // a length of 0 means none
        "ff ff 0006 02 0002 0200", // over the end
        "ff ff 0004 02 0002 0200", // short of it
        "ff ff 00",
        "ff ff 0005 02 0003 0200",
        "ff ff 0002 02 00",
    ] {
        assert_eq!(
            refused(&open_with(&hex(parameters))),
            (2, 0),
            "{parameters}"
        );
    }
    // 255 further on is a parameter that nobody knows.
    assert_eq!(refused(&open_with(&hex("04 02 00 ff 00"))), (2, 4));
    assert_eq!(refused(&open_with(&hex("ff ff 0003 ff 0000"))), (2, 4));
}

#[test]
fn a_capability_over_255_octets_is_not_written() {
    let code = CapabilityCode(200);
    let value = vec![0; 256].into();
    let names = Fqdn::new(&"h".repeat(200), &"d".repeat(54));
    let families = vec![
        PathsLimit {
            family: Family::IPV4_UNICAST,
            limit: 1,
        };
        52
    ];
    for capability in [
        Capability::Unknown { code, value },
        Capability::Fqdn(Box::new(names)),
        Capability::SoftwareVersion(SoftwareVersion::new(&"v".repeat(255))),
        Capability::PathsLimit(families),
    ] {
        let code = capability.code();
        let mut out = vec![1];
        let error = Message::Open(says(vec![capability])).encode(&peer(), &mut out);
        assert_eq!(error, Err(EncodeError::CapabilityTooLong { code }));
        assert_eq!(out, [1]);
    }
    let most = vec![
        Capability::Unknown {
            code,
            value: vec![0; 255].into(),
        };
        16
    ];
    let mut out = Vec::new();
    let error = Message::Open(says(most)).encode(&peer(), &mut out);
    assert_eq!(error, Err(EncodeError::TooLong { max: 4096 }));
}

#[test]
fn raw_octets_that_their_code_can_read_are_not_written() {
    for (code, value) in [(1, &[0, 1, 0, 1][..]), (2, &[]), (65, &[0]), (9, &[0])] {
        let code = CapabilityCode(code);
        let value = value.into();
        let open = Message::Open(says(vec![Capability::Unknown { code, value }]));
        assert!(open.encode(&peer(), &mut Vec::new()).is_err(), "{code}");
    }
}

#[test]
fn a_stale_time_over_24_bits_is_not_written() {
    let of = LongLivedFamily {
        family: Family::IPV4_UNICAST,
        flags: LongLivedFlags::empty(),
        stale_time: 1 << 24,
    };
    let open = Message::Open(says(vec![Capability::LongLivedGracefulRestart(vec![of])]));
    assert!(open.encode(&peer(), &mut Vec::new()).is_err());
}

#[test]
fn an_identifier_need_not_be_an_address_but_must_not_be_zero() {
    // RFC 6286 §2.1: any number but 0.
    for id in ["e0000001", "ffffffff", "00000001"] {
        let octets = message(1, &hex(&format!("04 fdea 005a {id} 00")));
        assert!(decode(&octets, &peer()).is_ok());
    }
    let zero = message(1, &hex("04 fdea 005a 00000000 00"));
    assert_eq!(
        decode(&zero, &peer()),
        Err(DecodeError::OpenIdentifier),
        "RFC 6286 §2.2"
    );
    assert_eq!(
        DecodeError::OpenIdentifier.notification().code,
        NotificationCode::OPEN
    );
}

#[test]
fn a_capability_takes_no_more_memory_than_16_times_its_octets() {
    // The shortest has two octets.
    assert!(size_of::<Capability>() <= 32);
}

#[test]
fn capabilities_of_another_project_are_read_or_kept_or_refused_as_there() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let file = Path::new(&data).join("upstream/vectors/messages/frr.json");
    let file: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut compared = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let name = vector["name"].as_str().unwrap();
        let kind = vector["fragment"].as_str().unwrap_or_default();
        // Dynamic capability is a message of its own, which this codec lacks.
        if !kind.starts_with("capability") || name.contains("DynCap") {
            continue;
        }
        let octets = hex(vector["hex"].as_str().unwrap());
        // Some are whole parameters.
        let mut parameters = vec![u8::try_from(octets.len()).unwrap()];
        parameters.extend(&octets);
        let raw = |of: &Capability| matches!(of, Capability::Unknown { .. });
        let read: Vec<bool> = [open_of(&octets), open_with(&parameters)]
            .iter()
            .filter_map(|message| decode(message, &peer()).ok())
            .map(|parsed| match parsed.value {
                Message::Open(open) => open.capabilities.iter().any(raw),
                other => panic!("{other}"),
            })
            .collect();
        match vector["expected_parse"].as_str().unwrap() {
            "ok" => assert!(!read.is_empty(), "{name}"),
            _ => assert!(read.iter().all(|raw| *raw), "{name}"),
        }
        compared += 1;
    }
    assert!(compared > 20, "only {compared}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_capability_comes_back(capability in capability()) {
        let message = Message::Open(says(vec![capability]));
        let octets = encode(&message, &peer());
        let parsed = decode(&octets, &peer()).unwrap();
        prop_assert_eq!(&parsed.value, &message);
        prop_assert_eq!(encode(&parsed.value, &peer()), octets);
        prop_assert!(!message.to_string().chars().any(char::is_control));
    }

    #[test]
    fn any_value_of_any_code_is_kept_or_read(
        code in any::<u8>(),
        value in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut octets = vec![code, u8::try_from(value.len()).unwrap()];
        octets.extend(&value);
        if let Ok(parsed) = decode(&open_of(&octets), &peer()) {
            let again = encode(&parsed.value, &peer());
            let second = decode(&again, &peer()).unwrap();
            prop_assert_eq!(second, parsed);
            prop_assert_eq!(again.len(), 31 + octets.len());
        } else {
            prop_assert_eq!(code, 65);
        }
    }
}
