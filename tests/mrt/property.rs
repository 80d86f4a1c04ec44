//! What holds for every record, and for every run of octets.

use core::net::IpAddr;

use bgpwright::{
    mrt::{
        Bgp4mp, Bgp4mpSession, Body, Direction, Error, OldMessage, OldStateChange, Peer,
        PeerIndexTable, PeerList, RawRecord, Reader, Record, RecordType, Rib, RibEntries, RibEntry,
        RibGeneric, SessionState, StateChange, Subtype, TableDump, Timestamp,
    },
    types::{Afi, Asn, Family, Prefix, RouterId, Safi},
    wire::{Frame, MessageType, PathId},
};
use proptest::{collection::vec, option, prelude::*};

/// A record's parts, owned.
#[derive(Clone, Debug)]
struct Made {
    seconds: u32,
    microseconds: Option<u32>,
    kind: Kind,
    entries: Vec<(u16, u32, u32, Vec<u8>)>,
    peers: Vec<Peer>,
    octets: Vec<u8>,
    trailing: Vec<u8>,
    numbers: (u32, u32, u16, u16),
    flags: (bool, bool),
    addrs: (IpAddr, IpAddr),
    prefix: Prefix,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    TableDump,
    Index,
    Rib,
    Generic,
    Message,
    State,
    OldMessage,
    OldState,
    Other,
}

fn addr(is_v6: bool) -> BoxedStrategy<IpAddr> {
    if is_v6 {
        any::<u128>()
            .prop_map(|addr| IpAddr::V6(addr.into()))
            .boxed()
    } else {
        any::<u32>()
            .prop_map(|addr| IpAddr::V4(addr.into()))
            .boxed()
    }
}

fn prefix(is_v6: bool) -> impl Strategy<Value = Prefix> {
    let max = if is_v6 { 128 } else { 32_u8 };
    (addr(is_v6), 0..=max).prop_map(|(addr, length)| Prefix::new(addr, length).unwrap())
}

fn peer() -> impl Strategy<Value = Peer> {
    (
        any::<bool>(),
        any::<bool>(),
        any::<u8>(),
        any::<(u32, u32)>(),
    )
        .prop_flat_map(|(is_v6, four_octet_as, flags, (id, asn))| {
            (addr(is_v6), Just((four_octet_as, flags, id, asn)))
        })
        .prop_map(|(addr, (four_octet_as, flags, id, asn))| Peer {
            flags: flags & !3,
            four_octet_as,
            router_id: RouterId(id),
            addr,
            asn: Asn(if four_octet_as { asn } else { asn & 0xffff }),
        })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::TableDump),
        Just(Kind::Index),
        Just(Kind::Rib),
        Just(Kind::Generic),
        Just(Kind::Message),
        Just(Kind::State),
        Just(Kind::OldMessage),
        Just(Kind::OldState),
        Just(Kind::Other),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    let entry = (any::<(u16, u32, u32)>(), vec(any::<u8>(), 0..40))
        .prop_map(|((index, time, path), attributes)| (index, time, path, attributes));
    let values = (
        any::<u32>(),
        option::of(any::<u32>()),
        kind(),
        vec(entry, 0..5),
        vec(peer(), 0..5),
        vec(any::<u8>(), 0..40),
        vec(any::<u8>(), 0..4),
        any::<(u32, u32, u16, u16)>(),
        any::<(bool, bool)>(),
    );
    (values, any::<bool>())
        .prop_flat_map(|(values, is_v6)| {
            let addrs = (addr(is_v6), addr(is_v6));
            (Just(values), addrs, prefix(is_v6))
        })
        .prop_map(|(values, addrs, prefix)| {
            let (seconds, microseconds, kind, entries, peers, octets, trailing, numbers, flags) =
                values;
            Made {
                seconds,
                microseconds,
                kind,
                entries,
                peers,
                octets,
                trailing,
                numbers,
                flags,
                addrs,
                prefix,
            }
        })
}

impl Made {
    /// The octets of the record, which were compared with its value on the way.
    fn encode(&self) -> Vec<u8> {
        let with_path_ids = self.flags.0 && matches!(self.kind, Kind::Rib);
        let entries: Vec<RibEntry<'_>> = self
            .entries
            .iter()
            .map(|(peer_index, originated, path, attributes)| RibEntry {
                peer_index: *peer_index,
                originated: *originated,
                path_id: with_path_ids.then_some(PathId(*path)),
                attributes,
            })
            .collect();
        let nlri = self.generic_nlri();
        let body = self.body(&entries, &nlri);
        let has_time = matches!(body, Body::Bgp4mp(_) | Body::StateChange(_));
        let takes_all = matches!(
            body,
            Body::Bgp4mp(_) | Body::OldMessage(_) | Body::Other { .. }
        );
        let record = Record {
            time: Timestamp {
                seconds: self.seconds,
                microseconds: self.microseconds.filter(|_| has_time),
            },
            body,
            trailing: if takes_all { &[] } else { &self.trailing },
        };
        let mut octets = Vec::new();
        record.encode(&mut octets).unwrap();
        let raw = first(&octets);
        assert_eq!(raw.wire_len(), octets.len());
        assert_eq!(raw.decode(), Ok(record));
        let _ = record.to_string();
        octets
    }

    /// EVPN: a type, a length, and as many octets.
    fn generic_nlri(&self) -> Vec<u8> {
        let mut nlri = if self.flags.0 {
            vec![0, 0, 0, 7]
        } else {
            Vec::new()
        };
        nlri.extend([9, u8::try_from(self.octets.len()).unwrap()]);
        nlri.extend(&self.octets);
        nlri
    }

    fn body<'a>(&'a self, entries: &'a [RibEntry<'a>], nlri: &'a [u8]) -> Body<'a> {
        let (wide, second, narrow, other) = self.numbers;
        let (peer, local) = self.addrs;
        let safi = if self.flags.1 {
            Safi::MULTICAST
        } else {
            Safi::UNICAST
        };
        let old = if peer.is_ipv6() {
            RecordType::BGP4PLUS
        } else {
            RecordType::BGP
        };
        let four_octet_as = self.flags.1;
        let fit = |asn: u32| Asn(if four_octet_as { asn } else { asn & 0xffff });
        let session = Bgp4mpSession {
            four_octet_as,
            peer_as: fit(wide),
            local_as: fit(second),
            interface: narrow,
            peer,
            local,
        };
        let [peer_as, local_as] = [narrow, other].map(|asn| Asn(asn.into()));
        let [before, after] = [narrow, other].map(SessionState);
        match self.kind {
            Kind::TableDump => Body::TableDump(TableDump {
                view: narrow,
                sequence: other,
                prefix: self.prefix,
                status: 1,
                originated: wide,
                peer,
                peer_as,
                attributes: &self.octets,
            }),
            Kind::Index => Body::PeerIndexTable(PeerIndexTable {
                collector: RouterId(wide),
                view_name: &self.octets,
                peers: PeerList::from(&self.peers[..]),
            }),
            Kind::Rib => Body::Rib(Rib {
                sequence: wide,
                family: Family::new(self.prefix.afi(), safi),
                with_path_ids: self.flags.0,
                prefix: self.prefix,
                entries: RibEntries::from(entries),
            }),
            Kind::Generic => Body::RibGeneric(RibGeneric {
                sequence: wide,
                family: Family::new(Afi::L2VPN, Safi::EVPN),
                with_path_ids: self.flags.0,
                nlri,
                entries: RibEntries::from(entries),
            }),
            Kind::Message => Body::Bgp4mp(Bgp4mp {
                session,
                direction: if self.flags.0 {
                    Direction::Sent
                } else {
                    Direction::Received
                },
                with_path_ids: narrow % 2 == 0,
                message: &self.octets,
            }),
            Kind::State => Body::StateChange(StateChange {
                session,
                old: before,
                new: after,
            }),
            Kind::OldMessage => Body::OldMessage(OldMessage {
                kind: old,
                peer_as,
                peer,
                local_as,
                local,
                message: Frame {
                    kind: MessageType::UPDATE,
                    body: &self.octets,
                },
            }),
            Kind::OldState => Body::OldStateChange(OldStateChange {
                kind: old,
                peer_as,
                peer,
                old: before,
                new: after,
            }),
            Kind::Other => Body::Other {
                kind: RecordType(narrow | 0x100),
                subtype: Subtype(other),
                octets: &self.octets,
            },
        }
    }
}

fn first(octets: &[u8]) -> RawRecord<'_> {
    RawRecord::first(octets, 0, usize::MAX)
        .unwrap()
        .expect("what was written is whole")
}

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
        Body::Rib(rib) => rib
            .entries
            .iter()
            .for_each(|entry| drop(rib.update(&entry))),
        Body::RibGeneric(rib) => rib
            .entries
            .iter()
            .for_each(|entry| drop(rib.update(&entry))),
        Body::Bgp4mp(message) => drop(message.frame()),
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
