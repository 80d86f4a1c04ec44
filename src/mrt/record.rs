use core::fmt;

use nom::{IResult, Parser, number::complete::be_u32};

use super::{
    Bgp4mpEntry, Bgp4mpMessage, Bgp4mpSession, Direction, Error, OldMessage, OldStateChange,
    PeerIndexTable, RawRecord, RecordType, Rib, RibGeneric, StateChange, Subtype, TableDump,
    Timestamp, bgp4mp, entry, field::Wrong, message, peers, reader::HEADER_LEN, rib, table_dump,
};
use crate::{
    types::{Afi, Family, Safi},
    wire::MessageType,
};

/// One record, read where it lies.
///
/// `decode(encode(record)) == record` for every record that
/// [`Record::encode`] accepts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Record<'a> {
    /// When it was written.
    pub time: Timestamp,
    /// What it says.
    pub body: Body<'a>,
    /// Octets after the last field, mostly none.
    pub trailing: &'a [u8],
}

/// What a record says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Body<'a> {
    /// A route (RFC 6396 §4.2).
    TableDump(TableDump<'a>),
    /// The neighbours of the table that follows (RFC 6396 §4.3.1).
    PeerIndexTable(PeerIndexTable<'a>),
    /// The routes to a prefix (RFC 6396 §4.3.2).
    Rib(Rib<'a>),
    /// The routes to a destination of any family (RFC 6396 §4.3.3).
    RibGeneric(RibGeneric<'a>),
    /// A BGP message (RFC 6396 §4.4.2).
    Message(Bgp4mpMessage<'a>),
    /// A session's state changed (RFC 6396 §4.4.1).
    StateChange(StateChange),
    /// A route, deprecated (RFC 6396 §B.2.6.1).
    Bgp4mpEntry(Bgp4mpEntry<'a>),
    /// A BGP message in a deprecated type (RFC 6396 §B.2.1).
    OldMessage(OldMessage<'a>),
    /// A session's state changed, in a deprecated type (RFC 6396 §B.2.1).
    OldStateChange(OldStateChange),
    /// A type or subtype that is not read.
    Other {
        /// Its type.
        kind: RecordType,
        /// Its subtype.
        subtype: Subtype,
        /// All of it but the microseconds.
        octets: &'a [u8],
    },
}

impl<'a> RawRecord<'a> {
    /// Reads the record.
    ///
    /// # Errors
    /// If it ends inside a field, or a field has no meaning. The records after
    /// it can be read nevertheless.
    pub fn decode(&self) -> Result<Record<'a>, Error> {
        match record(self) {
            Ok((_, record)) => Ok(record),
            Err(nom::Err::Error(wrong) | nom::Err::Failure(wrong)) => {
                let read = self.body.len().saturating_sub(wrong.rest.len());
                Err(self.error(read, wrong))
            }
            // No parser here is a streaming one.
            Err(nom::Err::Incomplete(_)) => Err(self.error(
                0,
                Wrong {
                    rest: &[],
                    kind: super::ErrorKind::Short,
                },
            )),
        }
    }

    fn error(&self, read: usize, wrong: Wrong<'_>) -> Error {
        let at = u64::try_from(HEADER_LEN.saturating_add(read)).unwrap_or(u64::MAX);
        Error {
            record: self.offset,
            offset: self.offset.saturating_add(at),
            kind: wrong.kind,
        }
    }
}

fn record<'a>(raw: &RawRecord<'a>) -> IResult<&'a [u8], Record<'a>, Wrong<'a>> {
    let (rest, microseconds) = if raw.kind.is_extended() {
        be_u32.map(Some).parse(raw.body)?
    } else {
        (raw.body, None)
    };
    let (trailing, body) = body(raw.kind, raw.subtype, rest)?;
    let record = Record {
        time: Timestamp {
            seconds: raw.seconds,
            microseconds,
        },
        body,
        trailing,
    };
    Ok((&[], record))
}

fn body(kind: RecordType, subtype: Subtype, octets: &[u8]) -> IResult<&[u8], Body<'_>, Wrong<'_>> {
    let (rest, body) = match kind {
        RecordType::TABLE_DUMP => table(subtype, octets)?,
        RecordType::TABLE_DUMP_V2 => table_v2(subtype, octets)?,
        RecordType::BGP4MP | RecordType::BGP4MP_ET => messages(subtype, octets)?,
        RecordType::BGP | RecordType::BGP4PLUS | RecordType::BGP4PLUS_01 => {
            old(kind, subtype, octets)?
        }
        _ => (octets, None),
    };
    match body {
        Some(body) => Ok((rest, body)),
        None => Ok((
            &[],
            Body::Other {
                kind,
                subtype,
                octets,
            },
        )),
    }
}

fn table(subtype: Subtype, octets: &[u8]) -> IResult<&[u8], Option<Body<'_>>, Wrong<'_>> {
    let afi = match subtype {
        Subtype::AFI_IPV4 => Afi::IPV4,
        Subtype::AFI_IPV6 => Afi::IPV6,
        _ => return Ok((octets, None)),
    };
    let (rest, route) = table_dump::table_dump(afi, octets)?;
    Ok((rest, Some(Body::TableDump(route))))
}

fn table_v2(subtype: Subtype, octets: &[u8]) -> IResult<&[u8], Option<Body<'_>>, Wrong<'_>> {
    if let Some((family, with_path_ids)) = rib_of(subtype) {
        let (rest, rib) = rib::rib(family, with_path_ids, octets)?;
        return Ok((rest, Some(Body::Rib(rib))));
    }
    match subtype {
        Subtype::PEER_INDEX_TABLE => {
            let (rest, table) = peers::index_table(octets)?;
            Ok((rest, Some(Body::PeerIndexTable(table))))
        }
        Subtype::RIB_GENERIC | Subtype::RIB_GENERIC_ADDPATH => {
            let with_path_ids = subtype == Subtype::RIB_GENERIC_ADDPATH;
            let (rest, rib) = rib::generic(with_path_ids, octets)?;
            Ok((rest, rib.map(Body::RibGeneric)))
        }
        _ => Ok((octets, None)),
    }
}

fn messages(subtype: Subtype, octets: &[u8]) -> IResult<&[u8], Option<Body<'_>>, Wrong<'_>> {
    if let Some((four_octet_as, direction, with_path_ids)) = message_of(subtype) {
        let (rest, message) = bgp4mp::message(four_octet_as, direction, with_path_ids, octets)?;
        return Ok((rest, Some(Body::Message(message))));
    }
    let four_octet_as = match subtype {
        Subtype::STATE_CHANGE => false,
        Subtype::STATE_CHANGE_AS4 => true,
        Subtype::ENTRY => {
            let (rest, entry) = entry::entry(octets)?;
            return Ok((rest, Some(Body::Bgp4mpEntry(entry))));
        }
        _ => return Ok((octets, None)),
    };
    let (rest, change) = bgp4mp::state_change(four_octet_as, octets)?;
    Ok((rest, Some(Body::StateChange(change))))
}

fn old(
    kind: RecordType,
    subtype: Subtype,
    octets: &[u8],
) -> IResult<&[u8], Option<Body<'_>>, Wrong<'_>> {
    let Some(afi) = message::afi_of(kind) else {
        return Ok((octets, None));
    };
    if let Some(of) = old_message_of(subtype) {
        let (rest, message) = message::old_message(kind, afi, of, octets)?;
        return Ok((rest, Some(Body::OldMessage(message))));
    }
    if subtype != Subtype::BGP_STATE_CHANGE {
        return Ok((octets, None));
    }
    let (rest, change) = message::old_state_change(kind, afi, octets)?;
    Ok((rest, Some(Body::OldStateChange(change))))
}

/// Whether the type and subtype are never left as octets.
pub(super) fn is_read(kind: RecordType, subtype: Subtype) -> bool {
    match kind {
        RecordType::TABLE_DUMP => matches!(subtype, Subtype::AFI_IPV4 | Subtype::AFI_IPV6),
        RecordType::TABLE_DUMP_V2 => {
            subtype == Subtype::PEER_INDEX_TABLE || rib_of(subtype).is_some()
        }
        RecordType::BGP4MP | RecordType::BGP4MP_ET => {
            message_of(subtype).is_some()
                || matches!(
                    subtype,
                    Subtype::STATE_CHANGE | Subtype::STATE_CHANGE_AS4 | Subtype::ENTRY
                )
        }
        RecordType::BGP | RecordType::BGP4PLUS | RecordType::BGP4PLUS_01 => {
            subtype == Subtype::BGP_STATE_CHANGE || old_message_of(subtype).is_some()
        }
        _ => false,
    }
}

/// The family of a subtype, and whether it has path identifiers.
pub(super) fn rib_of(subtype: Subtype) -> Option<(Family, bool)> {
    RIBS.iter()
        .find(|(of, ..)| *of == subtype)
        .map(|(_, family, with_path_ids)| (*family, *with_path_ids))
}

/// The subtype of a family, with path identifiers or without.
pub(super) fn rib_subtype(family: Family, with_path_ids: bool) -> Option<Subtype> {
    RIBS.iter()
        .find(|(_, of, with)| *of == family && *with == with_path_ids)
        .map(|(subtype, ..)| *subtype)
}

fn message_of(subtype: Subtype) -> Option<(bool, Direction, bool)> {
    MESSAGES
        .iter()
        .find(|(of, _)| *of == subtype)
        .map(|(_, what)| *what)
}

pub(super) fn message_subtype(message: &Bgp4mpMessage<'_>) -> Option<Subtype> {
    let of = (
        message.session.four_octet_as,
        message.direction,
        message.with_path_ids,
    );
    let mut rows = MESSAGES.iter();
    rows.find(|(_, what)| *what == of).map(|row| row.0)
}

fn old_message_of(subtype: Subtype) -> Option<MessageType> {
    let mut rows = OLD_MESSAGES.iter();
    rows.find(|(of, _)| *of == subtype).map(|row| row.1)
}

pub(super) fn old_subtype(kind: MessageType) -> Option<Subtype> {
    let mut rows = OLD_MESSAGES.iter();
    rows.find(|(_, of)| *of == kind).map(|row| row.0)
}

impl fmt::Display for Record<'_> {
    /// The time, and on the same line what the record is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.time)?;
        match &self.body {
            Body::TableDump(route) => {
                let TableDump {
                    prefix,
                    peer,
                    peer_as,
                    ..
                } = route;
                write!(f, "route {prefix} from {peer} AS {peer_as}")
            }
            Body::PeerIndexTable(table) => {
                let peers = table.peers.iter().count();
                write!(f, "collector {} with {peers} peers", table.collector)
            }
            Body::Rib(rib) => {
                let routes = rib.entries.iter().count();
                write!(f, "{} {}: {routes} routes", rib.family, rib.prefix)
            }
            Body::RibGeneric(rib) => {
                let routes = rib.entries.iter().count();
                write!(f, "{}: {routes} routes", rib.family)
            }
            Body::Message(message) => {
                let octets = message.message.len();
                write!(f, "message of {octets} octets, {}", message.session)
            }
            Body::StateChange(change) => {
                write!(f, "{} to {}, {}", change.old, change.new, change.session)
            }
            Body::Bgp4mpEntry(entry) => {
                let Bgp4mpSession { peer, peer_as, .. } = entry.session;
                write!(f, "route {} from {peer} AS {peer_as}", entry.prefix)
            }
            Body::OldMessage(message) => {
                let OldMessage { peer, peer_as, .. } = message;
                write!(f, "{} from {peer} AS {peer_as}", message.message.kind)
            }
            Body::OldStateChange(change) => {
                let OldStateChange {
                    peer,
                    peer_as,
                    old,
                    new,
                    ..
                } = change;
                write!(f, "{old} to {new}, {peer} AS {peer_as}")
            }
            Body::Other {
                kind,
                subtype,
                octets,
            } => write!(f, "{kind} subtype {subtype}: {} octets", octets.len()),
        }
    }
}

const IPV4_MULTICAST: Family = Family::new(Afi::IPV4, Safi::MULTICAST);
const IPV6_MULTICAST: Family = Family::new(Afi::IPV6, Safi::MULTICAST);

/// Each with its family, and whether entries have path identifiers
/// (RFC 6396 §4.3.2, RFC 8050 §4.1).
const RIBS: [(Subtype, Family, bool); 8] = [
    (Subtype::RIB_IPV4_UNICAST, Family::IPV4_UNICAST, false),
    (Subtype::RIB_IPV4_MULTICAST, IPV4_MULTICAST, false),
    (Subtype::RIB_IPV6_UNICAST, Family::IPV6_UNICAST, false),
    (Subtype::RIB_IPV6_MULTICAST, IPV6_MULTICAST, false),
    (
        Subtype::RIB_IPV4_UNICAST_ADDPATH,
        Family::IPV4_UNICAST,
        true,
    ),
    (Subtype::RIB_IPV4_MULTICAST_ADDPATH, IPV4_MULTICAST, true),
    (
        Subtype::RIB_IPV6_UNICAST_ADDPATH,
        Family::IPV6_UNICAST,
        true,
    ),
    (Subtype::RIB_IPV6_MULTICAST_ADDPATH, IPV6_MULTICAST, true),
];

/// Each with whether AS numbers take four octets, who sent it, and whether
/// NLRI have path identifiers (RFC 6396 §4.4, RFC 8050 §3).
const MESSAGES: [(Subtype, (bool, Direction, bool)); 8] = {
    use Direction::{Received, Sent};
    [
        (Subtype::MESSAGE, (false, Received, false)),
        (Subtype::MESSAGE_AS4, (true, Received, false)),
        (Subtype::MESSAGE_LOCAL, (false, Sent, false)),
        (Subtype::MESSAGE_AS4_LOCAL, (true, Sent, false)),
        (Subtype::MESSAGE_ADDPATH, (false, Received, true)),
        (Subtype::MESSAGE_AS4_ADDPATH, (true, Received, true)),
        (Subtype::MESSAGE_LOCAL_ADDPATH, (false, Sent, true)),
        (Subtype::MESSAGE_AS4_LOCAL_ADDPATH, (true, Sent, true)),
    ]
};

/// RFC 6396 §B.2.1.
const OLD_MESSAGES: [(Subtype, MessageType); 4] = [
    (Subtype::BGP_UPDATE, MessageType::UPDATE),
    (Subtype::BGP_OPEN, MessageType::OPEN),
    (Subtype::BGP_NOTIFY, MessageType::NOTIFICATION),
    (Subtype::BGP_KEEPALIVE, MessageType::KEEPALIVE),
];
