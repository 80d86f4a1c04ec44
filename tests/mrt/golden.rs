//! Records by hand: octets with a comment per field.

use core::net::Ipv6Addr;

use bgpwright::{
    mrt::{
        Body, Direction, EncodeError, Error, ErrorKind, MpReachForm, Peer, PeerIndexTable,
        PeerList, RawRecord, Reader, Record, RecordType, Rib, RibEntries, RibEntry, SessionState,
        Step, Subtype, Timestamp,
    },
    types::{Afi, Asn, Family, NextHop, RouterId, Safi},
    wire::{MessageType, Nlri, PathId, Update},
};

use crate::bgpdump::Printer;

/// The octets of a record whose length field is set.
fn record(kind: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x5e, 0, 0, 1];
    octets.extend(kind.to_be_bytes());
    octets.extend(subtype.to_be_bytes());
    octets.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    octets.extend(body);
    octets
}

fn first(octets: &[u8]) -> RawRecord<'_> {
    RawRecord::first(octets, 0, 1 << 20)
        .unwrap()
        .expect("a whole record")
}

/// Decodes, encodes and compares with the octets.
#[track_caller]
fn decoded(octets: &[u8]) -> Record<'_> {
    let record = first(octets).decode().unwrap();
    let mut again = Vec::new();
    record.encode(&mut again).unwrap();
    assert_eq!(again, octets);
    record
}

fn error(octets: &[u8]) -> Error {
    first(octets).decode().unwrap_err()
}

/// ORIGIN IGP, an AS_PATH of one number, NEXT_HOP 192.0.2.1.
const ATTRIBUTES_16: &[u8] = &[
    0x40, 1, 1, 0, // ORIGIN
    0x40, 2, 4, 2, 1, 0xfb, 0xf0, // AS_PATH 64496
    0x40, 3, 4, 192, 0, 2, 1, // NEXT_HOP
];

fn table_dump() -> Vec<u8> {
    let mut body = vec![
        0, 0, // view
        0, 7, // sequence
        198, 51, 100, 0,  // prefix
        24, // prefix length
        1,  // status
        0x5d, 0, 0, 0, // originated
        192, 0, 2, 9, // peer
        0xfb, 0xf0, // peer AS 64496
        0, 18, // attribute length
    ];
    body.extend(ATTRIBUTES_16);
    record(12, 1, &body)
}

#[test]
fn a_table_dump_route_is_read_and_becomes_an_update() {
    let octets = table_dump();
    let record = decoded(&octets);
    let Body::TableDump(route) = record.body else {
        panic!("{record:?}");
    };
    assert_eq!(route.sequence, 7);
    assert_eq!(route.prefix.to_string(), "198.51.100.0/24");
    assert_eq!(route.peer_as, Asn(64496));
    assert_eq!(route.originated, 0x5d00_0000);
    assert_eq!(route.attributes, ATTRIBUTES_16);
    let update = route.update();
    assert_eq!(update.faults, []);
    assert_eq!(
        update.value.to_string(),
        "+ 198.51.100.0/24; origin IGP, path 64496, next hop 192.0.2.1"
    );
    assert_eq!(
        record.to_string(),
        "1577058305 route 198.51.100.0/24 from 192.0.2.9 AS 64496"
    );
}

#[test]
fn octets_after_the_last_field_are_kept() {
    let mut body = table_dump()[12..].to_vec();
    body.extend([1, 2, 3]);
    assert_eq!(decoded(&record(12, 1, &body)).trailing, [1, 2, 3]);
}

#[test]
fn the_peer_index_table_lists_peers_of_both_widths() {
    let octets = record(
        13,
        1,
        &[
            192, 0, 2, 200, // collector
            0, 2, b'v', b'1', // view name
            0, 2, // peer count
            0, 10, 0, 0, 1, 192, 0, 2, 1, 0xfb, 0xf0, // IPv4, AS of two octets
            3, 10, 0, 0, 2, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, // IPv6
            0, 1, 0, 10, // and AS of four octets
        ],
    );
    let record = decoded(&octets);
    let Body::PeerIndexTable(table) = record.body else {
        panic!("{record:?}");
    };
    assert_eq!(table.collector.to_string(), "192.0.2.200");
    assert_eq!(table.view_name, b"v1");
    let peers: Vec<String> = table.peers.iter().map(|peer| peer.to_string()).collect();
    assert_eq!(
        peers,
        [
            "192.0.2.1 AS 64496 id 10.0.0.1",
            "2001:db8::1 AS 65546 id 10.0.0.2"
        ]
    );
}

#[test]
fn the_text_is_that_of_bgpdump_with_refused_values_as_they_came() {
    let mut printer = Printer::default();
    let mut out = Vec::new();
    let index = record(
        13,
        1,
        &[
            0, 0, 0, 1, 0, 0, 0, 1, // collector, no name, one peer
            3, 0, 0, 0, 2, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 3, 0, 4, 0, 5, 0, 6, 0,
            7, // a zero group
            0, 1, 0, 10, // AS 65546
        ],
    );
    let mut rib = vec![0, 0, 0, 9, 8, 10, 0, 1, 0, 0, 0x5d, 0, 0, 0, 0, 46];
    rib.extend([0x40, 2, 10, 2, 2, 0, 1, 0, 10, 0, 0, 0, 0]); // AS_PATH 65546 0
    rib.extend([0x80, 4, 4, 0, 0, 0, 5]); // MED 5
    rib.extend([0x40, 6, 0]); // ATOMIC_AGGREGATE
    rib.extend([0xc0, 7, 8, 0, 0, 0, 0, 192, 0, 2, 8]); // AGGREGATOR of AS 0
    rib.extend([0xc0, 8, 8, 0xff, 0xff, 0xff, 1, 0xfb, 0xf0, 0, 7]); // COMMUNITIES
    rib[15] = u8::try_from(rib.len() - 16).unwrap();
    for octets in [index, record(13, 2, &rib), table_dump()] {
        assert!(printer.print(&first(&octets), &mut out).is_ok());
    }
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "TABLE_DUMP2|1577058305|B|2001:db8::3:4:5:6:7|65546|10.0.0.0/8|65546 0|INCOMPLETE\
         |255.255.255.255|0|5|no-export 64496:7|AG|0 192.0.2.8|\n\
         TABLE_DUMP|1577058305|B|192.0.2.9|64496|198.51.100.0/24|64496|IGP|192.0.2.1|0|0||NAG||\n"
    );
    let other_peer = [&rib[..9], &[1], &rib[10..]].concat();
    let problem = printer.print(&first(&record(13, 2, &other_peer)), &mut Vec::new());
    let problem = problem.unwrap_err().to_string();
    assert_eq!(problem, "routes of peer 1, which is in no PEER_INDEX_TABLE");
}

/// A RIB_IPV6_UNICAST record for 2001:db8::/32 with this MP_REACH_NLRI.
fn rib_v6(reach: &[u8]) -> Vec<u8> {
    let mut attributes = vec![0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 1, 0, 10];
    attributes.extend([0x80, 14, u8::try_from(reach.len()).unwrap()]);
    attributes.extend(reach);
    let mut body = vec![
        0, 0, 0, 9, // sequence
        32, 0x20, 1, 0xd, 0xb8, // prefix
        0, 1, // entry count
        0, 4, // peer index
        0x5d, 0, 0, 0, // originated
    ];
    body.extend(u16::try_from(attributes.len()).unwrap().to_be_bytes());
    body.extend(attributes);
    record(13, 4, &body)
}

fn expanded(reach: &[u8]) -> (MpReachForm, Update) {
    let octets = rib_v6(reach);
    let record = decoded(&octets);
    let Body::Rib(rib) = record.body else {
        panic!("{record:?}");
    };
    let entry = rib.entries.iter().next().unwrap();
    assert_eq!(entry.peer_index, 4);
    let mut out = Vec::new();
    let form = entry.expand(rib.family, &[32, 0x20, 1, 0xd, 0xb8], &mut out);
    let update = rib.update(&entry);
    assert_eq!(update.faults, []);
    (form, update.value)
}

#[test]
fn every_form_of_mp_reach_in_a_table_gives_the_same_update() {
    let next_hop: Ipv6Addr = "2001:db8::9".parse().unwrap();
    let abbreviated = [&[16][..], &next_hop.octets()].concat();
    let without_nlri = [&[0, 2, 1][..], &abbreviated].concat();
    let without_nlri_reserved = [&without_nlri[..], &[0]].concat();
    let whole = [&without_nlri_reserved[..], &[32, 0x20, 1, 0xd, 0xb8]].concat();
    let (form, update) = expanded(&abbreviated);
    assert_eq!(form, MpReachForm::Abbreviated);
    let reach = update.mp_reach.as_ref().unwrap();
    assert_eq!(
        reach.next_hop,
        Some(NextHop::from(core::net::IpAddr::from(next_hop)))
    );
    let prefixes: Vec<Nlri> = reach.nlri.prefixes().collect();
    assert_eq!(
        prefixes,
        ["2001:db8::/32"
            .parse::<bgpwright::types::Prefix>()
            .unwrap()
            .into()]
    );
    assert_eq!(
        update.attributes.as_path.as_ref().unwrap().to_string(),
        "65546"
    );
    for (value, form) in [
        (without_nlri, MpReachForm::WithoutNlri),
        (without_nlri_reserved, MpReachForm::WithoutNlri),
        (whole, MpReachForm::Whole),
    ] {
        assert_eq!(expanded(&value), (form, update.clone()));
    }
}

#[test]
fn an_addpath_table_has_path_identifiers_in_its_entries() {
    let mut body = vec![
        0, 0, 0, 9, // sequence
        8, 10, // prefix
        0, 1, // entry count
        0, 0, // peer index
        0, 0, 0, 5, // originated
        0, 0, 0, 77, // path identifier
        0, 13, // attribute length
    ];
    body.extend([0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 1, 0, 10]);
    let octets = record(13, 8, &body);
    let record = decoded(&octets);
    let Body::Rib(rib) = record.body else {
        panic!("{record:?}");
    };
    let entry = rib.entries.iter().next().unwrap();
    assert_eq!(entry.path_id, Some(PathId(77)));
    let announced: Vec<Nlri> = rib.update(&entry).value.announced.prefixes().collect();
    assert_eq!(announced[0].path_id, Some(PathId(77)));
}

#[test]
fn a_generic_table_has_its_nlri_and_an_unknown_family_stays_octets() {
    let body = [
        0, 0, 0, 1, // sequence
        0, 1, 4, // IPv4 labelled unicast
        32, 0, 1, 1, 10, // a label and 10.0.0.0/8
        0, 0, // entry count
    ];
    let octets = record(13, 6, &body);
    let Body::RibGeneric(rib) = decoded(&octets).body else {
        panic!("{octets:?}");
    };
    assert_eq!(rib.family, Family::new(Afi::IPV4, Safi::LABELED));
    assert_eq!(rib.nlri, [32, 0, 1, 1, 10]);
    let octets = record(13, 6, &[0, 0, 0, 1, 0x99, 0x99, 1, 32, 0, 0]);
    assert!(matches!(decoded(&octets).body, Body::Other { .. }));
}

#[test]
fn a_message_has_the_context_that_its_subtype_says() {
    let message = [&[0xff; 16][..], &[0, 19, 4]].concat();
    let mut body = vec![
        0, 0, 0, 3, // microseconds
        0, 1, 0, 10, // peer AS 65546
        0, 0, 0xfb, 0xf0, // local AS 64496
        0, 2, // interface
        0, 1, // IPv4
        192, 0, 2, 1, // peer
        192, 0, 2, 2, // local
    ];
    body.extend(&message);
    let octets = record(17, 9, &body);
    let record = decoded(&octets);
    assert_eq!(record.time.to_string(), "1577058305.000003");
    let Body::Message(of) = record.body else {
        panic!("{record:?}");
    };
    assert_eq!(of.direction, Direction::Received);
    assert_eq!(of.message, message);
    assert_eq!(of.frame().unwrap().unwrap().kind, MessageType::KEEPALIVE);
    let context = of.context(&[Family::IPV6_UNICAST]);
    assert!(context.four_octet_as);
    assert!(context.receives_path_ids(Family::IPV6_UNICAST));
    assert!(!context.receives_path_ids(Family::IPV4_UNICAST));
    assert_eq!(
        of.session.to_string(),
        "192.0.2.1 AS 65546 to 192.0.2.2 AS 64496"
    );
}

#[test]
fn state_changes_are_read_in_both_types() {
    let octets = record(
        16,
        0,
        &[
            0xfb, 0xf0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 2, // session
            0, 5, 0, 6, // states
        ],
    );
    let Body::StateChange(change) = decoded(&octets).body else {
        panic!("{octets:?}");
    };
    assert_eq!(
        (change.old, change.new),
        (SessionState::OPEN_CONFIRM, SessionState::ESTABLISHED)
    );
    let octets = record(5, 3, &[0xfb, 0xf0, 192, 0, 2, 1, 0, 1, 0, 2]);
    assert_eq!(
        decoded(&octets).to_string(),
        "1577058305 Idle to Connect, 192.0.2.1 AS 64496"
    );
}

#[test]
fn a_bgp4mp_entry_gets_its_next_hop_back() {
    let mut body = vec![
        0xfb, 0xf0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 2, // session
        0, 0, 0, 1, // view, status
        0x5d, 0, 0, 0, // last change
        0, 1, 1, // IPv4 unicast
        4, 192, 0, 2, 7, // next hop
        16, 198, 51, // prefix
        0, 11, // attribute length
    ];
    body.extend(&ATTRIBUTES_16[..11]);
    let octets = record(16, 2, &body);
    let Body::Bgp4mpEntry(entry) = decoded(&octets).body else {
        panic!("{octets:?}");
    };
    let update = entry.update();
    assert_eq!(update.faults, []);
    assert_eq!(
        update.value.to_string(),
        "+ ipv4-unicast 198.51.0.0/16 via 192.0.2.7; origin IGP, path 64496"
    );
}

#[test]
fn an_old_update_is_a_frame_without_its_header() {
    let mut body = vec![
        0xfb, 0xf0, 192, 0, 2, 1, // peer
        0xfb, 0xf1, 192, 0, 2, 2, // local
    ];
    body.extend([0, 0, 0, 0]);
    let octets = record(5, 1, &body);
    let Body::OldMessage(message) = decoded(&octets).body else {
        panic!("{octets:?}");
    };
    assert_eq!(message.message.kind, MessageType::UPDATE);
    assert_eq!(message.message.body, [0, 0, 0, 0]);
}

#[test]
fn an_error_says_where_in_the_stream_it_is() {
    let mut long = table_dump();
    long[12 + 8] = 33;
    let wrong = error(&long);
    assert_eq!((wrong.record, wrong.offset), (0, 20));
    assert_eq!(wrong.kind, ErrorKind::Prefix { length: 33 });
    let body = &table_dump()[12..30];
    let short = error(&record(12, 1, body));
    assert_eq!((short.offset, short.kind), (30, ErrorKind::Short));
    let other = error(&record(16, 1, &[0, 1, 0, 2, 0, 0, 0, 3, 0, 0]));
    assert_eq!(
        (other.offset, other.kind),
        (18, ErrorKind::Afi { afi: Afi(3) })
    );
    let raw = RawRecord::first(&long, 1000, 100).unwrap().unwrap();
    let error = raw.decode().unwrap_err();
    assert_eq!((error.record, error.offset), (1000, 1020));
    assert_eq!(
        error.to_string(),
        "record at octet 1000: a prefix of 33 bits, at octet 1020"
    );
}

#[test]
fn a_record_over_the_limit_is_named_and_passed_over() {
    let big = record(99, 0, &[7; 50]);
    let small = record(99, 0, &[1, 2, 3]);
    let stream = [&small[..], &big, &small].concat();
    for step in 1..stream.len() {
        let mut reader = Reader::new(49);
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for mut piece in stream.chunks(step) {
            while let Step {
                consumed,
                record: Some(record),
            } = reader.read(piece)
            {
                piece = &piece[consumed..];
                match record {
                    Ok(record) => found.push((record.offset, record.body.to_vec())),
                    Err(error) => errors.push(error),
                }
            }
        }
        assert_eq!(found, [(0, vec![1, 2, 3]), (77, vec![1, 2, 3])]);
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].record, errors[0].offset), (15, 23));
        let kind = ErrorKind::TooLong {
            length: 50,
            limit: 49,
        };
        assert_eq!(errors[0].kind, kind);
        assert_eq!(reader.end(), Ok(()));
        assert_eq!(reader.offset(), 92);
    }
}

#[test]
fn a_stream_that_ends_inside_a_record_says_so() {
    let octets = record(99, 0, &[1, 2, 3]);
    for end in 1..octets.len() {
        let mut reader = Reader::new(10);
        assert_eq!(reader.read(&octets[..end]).record, None);
        let error = reader.end().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
        assert_eq!(error.offset, u64::try_from(end).unwrap());
    }
    assert_eq!(Reader::new(10).end(), Ok(()));
}

#[test]
fn what_a_record_cannot_carry_is_refused_and_leaves_the_output_alone() {
    let octets = table_dump();
    let good = decoded(&octets);
    let Body::TableDump(route) = good.body else {
        panic!("{good:?}");
    };
    let entries = [RibEntry {
        peer_index: 0,
        originated: 0,
        path_id: Some(PathId(1)),
        attributes: &[],
    }];
    let rib = Rib {
        sequence: 0,
        family: Family::IPV6_UNICAST,
        with_path_ids: false,
        prefix: "2001:db8::/32".parse().unwrap(),
        entries: RibEntries::from(&entries[..]),
    };
    let peer = Peer {
        flags: 0,
        four_octet_as: false,
        router_id: RouterId(1),
        addr: "192.0.2.1".parse().unwrap(),
        asn: Asn(70_000),
    };
    let peers = [peer];
    let table = PeerIndexTable {
        collector: RouterId(1),
        view_name: &[],
        peers: PeerList::from(&peers[..]),
    };
    let v6 = "2001:db8::1".parse().unwrap();
    let family = Family::IPV4_UNICAST;
    let other = |kind, subtype| Body::Other {
        kind,
        subtype,
        octets: &[],
    };
    let cases = [
        (
            Body::TableDump(bgpwright::mrt::TableDump { peer: v6, ..route }),
            EncodeError::Addresses,
        ),
        (Body::Rib(rib), EncodeError::PathId),
        (
            Body::Rib(Rib { family, ..rib }),
            EncodeError::Nlri { family },
        ),
        (
            Body::PeerIndexTable(table),
            EncodeError::Asn { asn: Asn(70_000) },
        ),
        (
            other(RecordType::TABLE_DUMP, Subtype::AFI_IPV4),
            EncodeError::Ambiguous,
        ),
        (
            other(RecordType::ISIS_ET, Subtype(0)),
            EncodeError::Timestamp,
        ),
    ];
    for (body, expected) in cases {
        let mut out = vec![9];
        let result = Record { body, ..good }.encode(&mut out);
        assert_eq!((result, out), (Err(expected), vec![9]));
    }
    let time = Timestamp {
        microseconds: Some(1),
        ..good.time
    };
    let result = Record { time, ..good }.encode(&mut Vec::new());
    assert_eq!(result, Err(EncodeError::Timestamp));
}
