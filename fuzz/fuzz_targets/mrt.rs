//! A stream of MRT records is the same however it is cut, and a record that was
//! read is written and read again as the same value.
#![no_main]

use bgpwright::mrt::{Body, Error, RawRecord, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Some((choice, octets)) = octets.split_first() else {
        return;
    };
    let limit = usize::from(*choice) << 4;
    let whole = read(octets, octets.len().max(1), limit);
    for piece in [1, usize::from(choice % 13) + 2] {
        assert_eq!(read(octets, piece, limit), whole);
    }
    for record in whole.iter().flatten() {
        take_apart(record);
    }
});

/// What a stream in pieces of one length gives, each record as its octets.
fn read(octets: &[u8], length: usize, limit: usize) -> Vec<Result<Vec<u8>, Error>> {
    let mut reader = Reader::new(limit);
    let mut found = Vec::new();
    for mut piece in octets.chunks(length) {
        loop {
            let step = reader.read(piece);
            let consumed = step.consumed;
            let Some(record) = step.record else {
                assert_eq!(consumed, piece.len());
                break;
            };
            found.push(record.map(|record| {
                let mut out = Vec::new();
                record.encode(&mut out).expect("its length fits");
                let start = usize::try_from(record.offset).unwrap();
                assert_eq!(out, octets[start..][..record.wire_len()]);
                out
            }));
            piece = &piece[consumed..];
        }
    }
    found.extend(reader.end().err().map(Err));
    found
}

fn take_apart(octets: &[u8]) {
    let raw = whole(octets);
    let record = match raw.decode() {
        Ok(record) => record,
        Err(error) => {
            assert!(usize::try_from(error.offset).unwrap() <= octets.len());
            return;
        }
    };
    let mut again = Vec::new();
    record
        .encode(&mut again)
        .expect("what was read can be written");
    assert_eq!(whole(&again).decode(), Ok(record));
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

fn whole(octets: &[u8]) -> RawRecord<'_> {
    RawRecord::first(octets, 0, usize::MAX)
        .expect("there is no limit")
        .expect("the record is whole")
}
