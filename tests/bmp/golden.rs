//! Messages by hand, each both ways.

use bgpwright::{
    bmp::{
        BmpEncodeError, BmpErrorKind, BmpFrame, BmpMessage, BmpType, InformationType, PeerDown,
        PeerFlags, PeerHeader, PeerKind, PeerUp, Statistic, StatisticType, StatisticValue,
        Statistics, TerminationType, Timestamp, Tlvs,
    },
    types::{Asn, Family, RouteDistinguisher, RouterId},
    wire::{self, AddPathFamily, AddPathMode, Capability, Context, Message, Open},
};

use crate::{hex, message};

const PEER: &str = "00 00 0000000000000000 | global, IPv4
    000000000000000000000000 c0000202
    0000fdea c0000202 66000000 00000007";

fn peer() -> PeerHeader {
    PeerHeader {
        kind: PeerKind::GLOBAL,
        flags: PeerFlags::empty(),
        distinguisher: RouteDistinguisher(0),
        address: "192.0.2.2".parse().unwrap(),
        asn: Asn(65002),
        router_id: RouterId(0xc000_0202),
        timestamp: Timestamp {
            seconds: 0x6600_0000,
            microseconds: 7,
        },
    }
}

fn both_ways(octets: &[u8], value: &BmpMessage<'_>) {
    let frame = BmpFrame::first(octets, 1 << 16).unwrap().expect("whole");
    assert_eq!(frame.wire_len(), octets.len());
    assert_eq!(&BmpMessage::decode(frame).unwrap(), value);
    let mut out = Vec::new();
    value.encode(&mut out).unwrap();
    assert_eq!(out, octets);
}

fn decode(octets: &[u8]) -> Result<BmpMessage<'_>, bgpwright::bmp::BmpError> {
    BmpMessage::decode(BmpFrame::first(octets, 1 << 16)?.expect("whole"))
}

fn bgp(message: &Message) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(&Context::default(), &mut out).unwrap();
    out
}

fn open(asn: u32, mode: AddPathMode) -> Vec<u8> {
    let family = Family::IPV4_UNICAST;
    bgp(&Message::Open(Open::new(
        Asn(asn),
        90,
        RouterId(asn),
        vec![
            Capability::Multiprotocol(family),
            Capability::Multiprotocol(Family::IPV6_UNICAST),
            Capability::AddPath(vec![AddPathFamily { family, mode }]),
            Capability::ExtendedMessage,
        ],
    )))
}

#[test]
fn initiation_names_the_router() {
    let octets = message(4, &hex("0001 0002 4142  0002 0001 43"));
    let mut tlvs = Vec::new();
    Tlvs::push(InformationType::SYS_DESCR.0, b"AB", &mut tlvs).unwrap();
    Tlvs::push(InformationType::SYS_NAME.0, b"C", &mut tlvs).unwrap();
    let value = BmpMessage::Initiation(Tlvs::new(&tlvs).unwrap());
    both_ways(&octets, &value);
    assert_eq!(
        value.to_string(),
        "Initiation: system description \"AB\", system name \"C\""
    );
}

#[test]
fn termination_gives_a_reason() {
    let octets = message(5, &hex("0001 0002 0002"));
    let mut tlvs = Vec::new();
    Tlvs::push(TerminationType::REASON.0, &[0, 2], &mut tlvs).unwrap();
    let value = BmpMessage::Termination(Tlvs::new(&tlvs).unwrap());
    both_ways(&octets, &value);
    assert_eq!(value.to_string(), "Termination: reason: out of resources");
    // A number that is text by chance, and one that is no number.
    for (octets, shown) in [(&b"A1"[..], "16689"), (b"A", "41")] {
        let mut tlvs = Vec::new();
        Tlvs::push(TerminationType::REASON.0, octets, &mut tlvs).unwrap();
        let value = BmpMessage::Termination(Tlvs::new(&tlvs).unwrap());
        assert_eq!(value.to_string(), format!("Termination: reason: {shown}"));
    }
}

#[test]
fn route_monitoring_carries_an_update_and_what_follows_it() {
    let update = bgp(&Message::Update(wire::Update::end_of_rib(
        Family::IPV4_UNICAST,
    )));
    let octets = message(0, &[hex(PEER), update.clone(), vec![1, 2]].concat());
    let value = BmpMessage::RouteMonitoring {
        peer: peer(),
        update: &update,
        trailing: &[1, 2],
    };
    both_ways(&octets, &value);
    assert_eq!(
        value.to_string(),
        "Route Monitoring: global peer 192.0.2.2 AS 65002 id 192.0.2.2, UPDATE of 23 octets, \
         2 octets after it"
    );
}

#[test]
fn statistics_have_the_sizes_of_their_types() {
    let family = Family::IPV6_UNICAST;
    let all = [
        (StatisticType::REJECTED, StatisticValue::Counter(5)),
        (StatisticType::LOC_RIB, StatisticValue::Gauge(6)),
        (
            StatisticType::ADJ_RIB_IN_FAMILY,
            StatisticValue::FamilyGauge(family, 7),
        ),
        (StatisticType(999), StatisticValue::Other(&[1])),
    ];
    let mut octets = Vec::new();
    for (kind, value) in all {
        Statistics::push(Statistic { kind, value }, &mut octets).unwrap();
    }
    let statistics = Statistics::new(&octets).unwrap();
    assert!(statistics.iter().map(|of| (of.kind, of.value)).eq(all));
    let body = hex("00000004
        0000 0004 00000005
        0008 0008 0000000000000006
        0009 000b 0002 01 0000000000000007
        03e7 0001 01");
    let whole = message(1, &[hex(PEER), body].concat());
    let value = BmpMessage::StatisticsReport {
        peer: peer(),
        statistics,
    };
    both_ways(&whole, &value);
    let wrong = Statistic {
        kind: StatisticType::LOC_RIB,
        value: StatisticValue::Counter(1),
    };
    let before = octets.clone();
    assert_eq!(
        Statistics::push(wrong, &mut octets),
        Err(BmpEncodeError::Statistic { kind: 8 })
    );
    assert_eq!(octets, before);
}

#[test]
fn a_count_that_is_not_the_number_of_statistics_is_an_error() {
    for (count, kind) in [(2_u32, BmpErrorKind::Short), (0, BmpErrorKind::Trailing)] {
        let body = [
            hex(PEER),
            count.to_be_bytes().to_vec(),
            hex("0000 0004 00000005"),
        ];
        let octets = message(1, &body.concat());
        let error = decode(&octets).unwrap_err();
        assert_eq!((error.offset, error.kind), (48, kind));
    }
}

#[test]
fn each_reason_of_peer_down_has_its_data() {
    let notification = bgp(&Message::Notification(wire::Notification::new(
        wire::NotificationCode::CEASE,
        2,
    )));
    let mut tlvs = Vec::new();
    Tlvs::push(InformationType::TABLE_NAME.0, b"red", &mut tlvs).unwrap();
    for (number, data, reason) in [
        (
            1,
            notification.clone(),
            PeerDown::LocalNotification(&notification),
        ),
        (2, vec![0, 24], PeerDown::LocalEvent(24)),
        (
            3,
            notification.clone(),
            PeerDown::RemoteNotification(&notification),
        ),
        (4, vec![], PeerDown::Remote),
        (5, vec![], PeerDown::Deconfigured),
        (
            6,
            tlvs.clone(),
            PeerDown::LocalSystem(Tlvs::new(&tlvs).unwrap()),
        ),
        (9, vec![1], PeerDown::Other(9, &[1])),
    ] {
        let octets = message(2, &[hex(PEER), vec![number], data].concat());
        let peer = peer();
        both_ways(&octets, &BmpMessage::PeerDown { peer, reason });
    }
    let trailing = message(2, &[hex(PEER), vec![4, 0]].concat());
    assert_eq!(decode(&trailing).unwrap_err().kind, BmpErrorKind::Trailing);
}

#[test]
fn peer_up_says_how_the_sessions_messages_are_read() {
    let sent = open(65001, AddPathMode::BOTH);
    let received = open(65002, AddPathMode::SEND);
    let ends = hex("000000000000000000000000 c0000201 00b3 c350");
    let table = hex("0003 0003 726564");
    let octets = message(
        3,
        &[
            hex(PEER),
            ends,
            sent.clone(),
            received.clone(),
            table.clone(),
        ]
        .concat(),
    );
    let up = PeerUp {
        peer: peer(),
        local_address: "192.0.2.1".parse().unwrap(),
        local_port: 179,
        remote_port: 50000,
        sent_open: &sent,
        received_open: &received,
        information: Tlvs::new(&table).unwrap(),
    };
    both_ways(&octets, &BmpMessage::PeerUp(up));
    let context = up.context().unwrap();
    assert!(context.four_octet_as);
    assert_eq!(
        context.families,
        [Family::IPV4_UNICAST, Family::IPV6_UNICAST]
    );
    assert_eq!(context.add_path_receive, [Family::IPV4_UNICAST]);
    assert_eq!(context.add_path_send, []);
    assert_eq!(context.max_message_len, 65535);

    let mut two_octet = peer();
    two_octet.flags = PeerFlags::TWO_OCTET_AS;
    assert!(!two_octet.read_with(&context).four_octet_as);
    let mut out = peer();
    out.flags = PeerFlags::ADJ_RIB_OUT;
    assert_eq!(out.read_with(&context).add_path_receive, []);
}

#[test]
fn an_ipv6_peer_has_the_whole_address_and_a_loc_rib_none() {
    let octets = hex("00 80 0000000000000000
        20010db8000000000000000000000002
        0000fdea c0000202 00000000 00000000");
    let body = [octets, vec![4]].concat();
    let octets = message(2, &body);
    let value = decode(&octets).unwrap();
    let peer = value.peer().unwrap();
    assert_eq!(
        peer.address,
        "2001:db8::2".parse::<core::net::IpAddr>().unwrap()
    );
    both_ways(&octets, &value);
    let wrong = PeerHeader {
        address: "192.0.2.2".parse().unwrap(),
        ..*peer
    };
    let wrong = BmpMessage::PeerDown {
        peer: wrong,
        reason: PeerDown::Remote,
    };
    let mut out = vec![7];
    assert_eq!(wrong.encode(&mut out), Err(BmpEncodeError::Address));
    assert_eq!(out, [7]);

    // F shares its bit with V.
    let loc_rib = hex("03 80 0000000000000000
        00000000000000000000000000000000
        0000fdea c0000202 00000000 00000000 04");
    let octets = message(2, &loc_rib);
    let value = decode(&octets).unwrap();
    assert_eq!(value.peer().unwrap().kind, PeerKind::LOC_RIB);
    assert!(!value.peer().unwrap().is_ipv6());
    both_ways(&octets, &value);
}

#[test]
fn mirrored_messages_and_unknown_types_are_kept() {
    let body = [hex(PEER), hex("0001 0002 0000  0000 0002 beef")].concat();
    let octets = message(6, &body);
    let parts = hex("0001 0002 0000  0000 0002 beef");
    let value = BmpMessage::RouteMirroring {
        peer: peer(),
        parts: Tlvs::new(&parts).unwrap(),
    };
    both_ways(&octets, &value);
    let kind = BmpType(200);
    both_ways(&message(200, &[1]), &BmpMessage::Other { kind, body: &[1] });
}

#[test]
fn a_header_is_judged_as_soon_as_it_is_there() {
    assert_eq!(BmpFrame::first(&[3, 0, 0, 0], 100), Ok(None));
    let version = BmpFrame::first(&[4], 100).unwrap_err();
    assert_eq!(version.kind, BmpErrorKind::Version { version: 4 });
    for length in [5_u32, 101] {
        let octets = [&[3][..], &length.to_be_bytes()].concat();
        let error = BmpFrame::first(&octets, 100).unwrap_err();
        let limit = 100;
        assert_eq!(error.kind, BmpErrorKind::Length { length, limit });
    }
}

#[test]
fn every_cut_of_a_message_is_an_error_that_points_inside() {
    let sent = open(65001, AddPathMode::BOTH);
    let ends = hex("000000000000000000000000 c0000201 00b3 c350");
    let body = [hex(PEER), ends, sent.clone(), sent].concat();
    for end in 0..body.len() {
        let octets = message(3, &body[..end]);
        let error = decode(&octets).unwrap_err();
        assert!(error.offset <= octets.len(), "{error}");
    }
}

#[test]
fn a_loc_ribs_add_path_counts_in_any_mode() {
    for mode in [AddPathMode::RECEIVE, AddPathMode::SEND, AddPathMode::BOTH] {
        let open = open(65001, mode);
        let mut up = PeerUp {
            peer: peer(),
            local_address: "0.0.0.0".parse().unwrap(),
            local_port: 0,
            remote_port: 0,
            sent_open: &open,
            received_open: &open,
            information: Tlvs::default(),
        };
        let both: &[_] = if mode == AddPathMode::BOTH {
            &[Family::IPV4_UNICAST]
        } else {
            &[]
        };
        assert_eq!(up.context().unwrap().add_path_receive, both);
        up.peer.kind = PeerKind::LOC_RIB;
        let context = up.context().unwrap();
        assert_eq!(context.add_path_receive, [Family::IPV4_UNICAST]);
        // The bit that is A elsewhere has no meaning.
        up.peer.flags = PeerFlags::TWO_OCTET_AS | PeerFlags::ADJ_RIB_OUT;
        let context = up.peer.read_with(&context);
        assert!(context.four_octet_as);
        assert_eq!(context.add_path_receive, [Family::IPV4_UNICAST]);
    }
}

#[test]
fn flags_are_shown_by_the_kind_of_peer() {
    let mut peer = peer();
    peer.flags = PeerFlags::POST_POLICY | PeerFlags::ADJ_RIB_OUT;
    assert_eq!(
        peer.to_string(),
        "global peer 192.0.2.2 AS 65002 id 192.0.2.2 post-policy Adj-RIB-Out"
    );
    peer.kind = PeerKind::LOC_RIB;
    peer.flags |= PeerFlags::FILTERED;
    assert!(peer.to_string().ends_with(" id 192.0.2.2 filtered"));
    peer.flags = PeerFlags::POST_POLICY;
    assert!(peer.to_string().ends_with(" id 192.0.2.2"));
}

#[test]
fn what_would_be_read_back_as_another_value_is_not_written() {
    let peer = peer();
    let keepalive = bgp(&Message::Keepalive);
    let two = keepalive.repeat(2);
    let no_message = BmpEncodeError::BgpMessage;
    let down = |reason| BmpMessage::PeerDown { peer, reason };
    let monitoring = |update| BmpMessage::RouteMonitoring {
        peer,
        update,
        trailing: &[],
    };
    let kind = BmpType::PEER_UP;
    for (value, error) in [
        (monitoring(&[]), no_message),
        (monitoring(&keepalive[..18]), no_message),
        (monitoring(&two), no_message),
        (down(PeerDown::LocalNotification(&[3])), no_message),
        (down(PeerDown::RemoteNotification(&two)), no_message),
        (
            down(PeerDown::Other(4, &[])),
            BmpEncodeError::Named { number: 4 },
        ),
        (
            BmpMessage::Other { kind, body: &[] },
            BmpEncodeError::Named { number: 3 },
        ),
    ] {
        let mut out = vec![7];
        assert_eq!(value.encode(&mut out), Err(error), "{value}");
        assert_eq!(out, [7]);
    }
}

#[test]
fn a_bgp_message_of_an_unknown_type_is_handed_out_for_the_wire_to_judge() {
    let mut update = vec![0xff; 16];
    update.extend([0, 21, 200, 1, 2]);
    let octets = message(0, &[hex(PEER), update].concat());
    let BmpMessage::RouteMonitoring { update, .. } = decode(&octets).unwrap() else {
        panic!("another type");
    };
    assert_eq!(
        wire::Frame::first(update, 4096),
        Err(wire::DecodeError::MessageType {
            kind: wire::MessageType(200)
        })
    );
}
