//! What holds for every record, and for every run of octets.

use bgpwright::mrt::{Body, Error, RawRecord, Reader};
use proptest::{collection::vec, prelude::*};

use crate::made::{Made, first, made};

/// What a stream in such pieces gives.
fn read(stream: &[u8], lengths: &[usize], limit: usize) -> Vec<Result<(u64, Vec<u8>), Error>> {
    let mut reader = Reader::new(limit);
    let mut found = Vec::new();
    let mut left = stream;
    let mut lengths = lengths.iter().cycle();
    while !left.is_empty() {
        let length = (*lengths.next().unwrap()).min(left.len());
        let (mut piece, rest) = left.split_at(length);
        left = rest;
        loop {
            let step = reader.read(piece);
            let consumed = step.consumed;
            let Some(record) = step.record else {
                assert_eq!(consumed, piece.len(), "no octet is left without a record");
                break;
            };
            found.push(record.map(|record| {
                let mut octets = Vec::new();
                record.encode(&mut octets).unwrap();
                (record.offset, octets)
            }));
            piece = &piece[consumed..];
        }
    }
    found.extend(reader.end().err().map(Err));
    found
}

/// Reads, shows and expands whatever is there; what was read is written and
/// read again as the same value.
fn take_apart(octets: &[u8]) {
    let Ok(Some(raw)) = RawRecord::first(octets, 0, 1 << 20) else {
        return;
    };
    let record = match raw.decode() {
        Ok(record) => record,
        Err(error) => {
            assert!(
                error.offset <= u64::try_from(raw.wire_len()).unwrap(),
                "{error}"
            );
            return;
        }
    };
    let mut again = Vec::new();
    record.encode(&mut again).unwrap();
    assert_eq!(first(&again).decode(), Ok(record));
    let _ = record.to_string();
    match record.body {
        Body::TableDump(route) => drop(route.update()),
        Body::Bgp4mpEntry(entry) => drop(entry.update()),
        Body::Rib(rib) => rib
            .entries
            .iter()
            .for_each(|entry| drop(rib.update(&entry))),
        Body::RibGeneric(rib) => rib
            .entries
            .iter()
            .for_each(|entry| drop(rib.update(&entry))),
        Body::Message(message) => drop(message.frame()),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_that_is_written_is_read_again(made in made()) {
        made.encode();
    }

    #[test]
    fn pieces_do_not_change_what_is_read(
        records in vec(made(), 0..6),
        lengths in vec(1..70_usize, 1..6),
        limit in 0..200_usize,
        cut in 0..20_usize,
    ) {
        let mut stream: Vec<u8> = records.iter().flat_map(Made::encode).collect();
        stream.truncate(stream.len().saturating_sub(cut));
        let whole = read(&stream, &[usize::MAX], limit);
        prop_assert_eq!(&read(&stream, &lengths, limit), &whole);
        prop_assert_eq!(&read(&stream, &[1], limit), &whole);
    }

    #[test]
    fn a_whole_stream_comes_out_as_it_went_in(records in vec(made(), 0..6)) {
        let stream: Vec<u8> = records.iter().flat_map(Made::encode).collect();
        let found: Vec<u8> = read(&stream, &[7], usize::MAX)
            .into_iter()
            .flat_map(|record| record.unwrap().1)
            .collect();
        prop_assert_eq!(found, stream);
    }

    #[test]
    fn mutations_do_not_panic_and_what_is_read_can_be_written(
        made in made(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut octets = made.encode();
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        take_apart(&octets);
    }

    #[test]
    fn random_bodies_do_not_panic_and_what_is_read_can_be_written(
        kind in prop_oneof![Just(5_u16), Just(9), Just(12), Just(13), Just(16), Just(17)],
        subtype in 0..13_u16,
        body in vec(prop_oneof![2 => 0..3_u8, 1 => any::<u8>()], 0..120),
    ) {
        let raw = {
            let mut octets = vec![0, 0, 0, 0];
            octets.extend(kind.to_be_bytes());
            octets.extend(subtype.to_be_bytes());
            octets.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
            octets.extend(&body);
            octets
        };
        take_apart(&raw);
    }
}
