//! Any record that can be written.

use core::net::IpAddr;

use bgpwright::{
    mrt::{
        Bgp4mpEntry, Bgp4mpMessage, Bgp4mpSession, Body, Direction, OldMessage, OldStateChange,
        Peer, PeerIndexTable, PeerList, RawRecord, Record, RecordType, Rib, RibEntries, RibEntry,
        RibGeneric, SessionState, StateChange, Subtype, TableDump, Timestamp,
    },
    types::{Afi, Asn, Family, Prefix, RouterId, Safi},
    wire::{Frame, MessageType, PathId},
};
use proptest::{collection::vec, option, prelude::*};

/// A record's parts, owned.
#[derive(Clone, Debug)]
pub(crate) struct Made {
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
    Entry,
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
        Just(Kind::Entry),
        Just(Kind::OldMessage),
        Just(Kind::OldState),
        Just(Kind::Other),
    ]
}

pub(crate) fn made() -> impl Strategy<Value = Made> {
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
    pub(crate) fn encode(&self) -> Vec<u8> {
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
        let has_time = matches!(
            body,
            Body::Message(_) | Body::StateChange(_) | Body::Bgp4mpEntry(_)
        );
        let takes_all = matches!(
            body,
            Body::Message(_) | Body::OldMessage(_) | Body::Other { .. }
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
        let (wide, _, narrow, other) = self.numbers;
        let safi = self.safi();
        match self.kind {
            Kind::TableDump => Body::TableDump(TableDump {
                view: narrow,
                sequence: other,
                prefix: self.prefix,
                status: 1,
                originated: wide,
                peer: self.addrs.0,
                peer_as: Asn(narrow.into()),
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
            Kind::Other => Body::Other {
                kind: RecordType(narrow | 0x100),
                subtype: Subtype(other),
                octets: &self.octets,
            },
            Kind::Message | Kind::State | Kind::Entry | Kind::OldMessage | Kind::OldState => {
                self.message()
            }
        }
    }

    fn safi(&self) -> Safi {
        if self.flags.1 {
            Safi::MULTICAST
        } else {
            Safi::UNICAST
        }
    }

    fn session(&self) -> Bgp4mpSession {
        let (wide, second, narrow, _) = self.numbers;
        let four_octet_as = self.flags.1 && !matches!(self.kind, Kind::Entry);
        let fit = |asn: u32| Asn(if four_octet_as { asn } else { asn & 0xffff });
        Bgp4mpSession {
            four_octet_as,
            peer_as: fit(wide),
            local_as: fit(second),
            interface: narrow,
            peer: self.addrs.0,
            local: self.addrs.1,
        }
    }

    /// A body of the types that have messages.
    fn message(&self) -> Body<'_> {
        let (wide, _, narrow, other) = self.numbers;
        let (peer, local) = self.addrs;
        let kind = if peer.is_ipv6() {
            RecordType::BGP4PLUS
        } else {
            RecordType::BGP
        };
        let [peer_as, local_as] = [narrow, other].map(|asn| Asn(asn.into()));
        let [old, new] = [narrow, other].map(SessionState);
        let session = self.session();
        match self.kind {
            Kind::Message => Body::Message(Bgp4mpMessage {
                session,
                direction: if self.flags.0 {
                    Direction::Sent
                } else {
                    Direction::Received
                },
                with_path_ids: narrow.is_multiple_of(2),
                message: &self.octets,
            }),
            Kind::State => Body::StateChange(StateChange { session, old, new }),
            Kind::Entry => Body::Bgp4mpEntry(Bgp4mpEntry {
                session,
                view: narrow,
                status: other,
                last_change: wide,
                safi: self.safi(),
                next_hop: &self.trailing,
                prefix: self.prefix,
                attributes: &self.octets,
            }),
            Kind::OldMessage => Body::OldMessage(OldMessage {
                kind,
                peer_as,
                peer,
                local_as,
                local,
                message: Frame {
                    kind: MessageType::UPDATE,
                    body: &self.octets,
                },
            }),
            _ => Body::OldStateChange(OldStateChange {
                kind,
                peer_as,
                peer,
                old,
                new,
            }),
        }
    }
}

pub(crate) fn first(octets: &[u8]) -> RawRecord<'_> {
    RawRecord::first(octets, 0, usize::MAX)
        .unwrap()
        .expect("what was written is whole")
}
