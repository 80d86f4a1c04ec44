//! Records to octets.

use alloc::vec::Vec;
use core::net::IpAddr;

use super::{
    Bgp4mpEntry, Bgp4mpMessage, Bgp4mpSession, Body, EncodeError, OldMessage, OldStateChange, Peer,
    PeerIndexTable, RawRecord, Record, RecordType, Rib, RibEntries, RibGeneric, StateChange,
    Subtype, TableDump, field::Width, message, peers, record, rib,
};
use crate::types::{Afi, Asn, Family, Prefix};

impl RawRecord<'_> {
    /// Appends the record, header included.
    ///
    /// # Errors
    /// If the body is over 4,294,967,295 octets; `out` is then unchanged.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let length = u32::try_from(self.body.len()).map_err(|_| EncodeError::TooLong)?;
        header(self.seconds, self.kind, self.subtype, length, out);
        out.extend_from_slice(self.body);
        Ok(())
    }
}

impl Record<'_> {
    /// Appends the record, header included.
    ///
    /// # Errors
    /// If the record cannot carry the value; `out` is then unchanged.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let result = self.write(out);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (kind, subtype) = self.types()?;
        if kind.is_extended() != self.time.microseconds.is_some() {
            return Err(EncodeError::Timestamp);
        }
        header(self.time.seconds, kind, subtype, 0, out);
        let start = out.len();
        if let Some(micros) = self.time.microseconds {
            out.extend_from_slice(&micros.to_be_bytes());
        }
        let takes_all = match &self.body {
            Body::TableDump(route) => write_table_dump(route, out).map(|()| false)?,
            Body::PeerIndexTable(table) => write_index_table(table, out).map(|()| false)?,
            Body::Rib(rib) => write_rib(rib, out).map(|()| false)?,
            Body::RibGeneric(rib) => write_generic(rib, out).map(|()| false)?,
            Body::StateChange(change) => write_state_change(change, out).map(|()| false)?,
            Body::Bgp4mpEntry(entry) => write_entry(entry, out).map(|()| false)?,
            Body::OldStateChange(change) => write_old_state(change, out).map(|()| false)?,
            Body::Message(message) => write_message(message, out).map(|()| true)?,
            Body::OldMessage(message) => write_old_message(message, out).map(|()| true)?,
            Body::Other { octets, .. } => {
                out.extend_from_slice(octets);
                true
            }
        };
        if takes_all && !self.trailing.is_empty() {
            return Err(EncodeError::Ambiguous);
        }
        out.extend_from_slice(self.trailing);
        let length = u32::try_from(out.len().saturating_sub(start));
        let length = length.map_err(|_| EncodeError::TooLong)?.to_be_bytes();
        let field = start.saturating_sub(length.len());
        if let Some(field) = out.get_mut(field..start) {
            field.copy_from_slice(&length);
        }
        Ok(())
    }

    /// The type and the subtype that carry the body.
    fn types(&self) -> Result<(RecordType, Subtype), EncodeError> {
        let bgp4mp = if self.time.microseconds.is_some() {
            RecordType::BGP4MP_ET
        } else {
            RecordType::BGP4MP
        };
        Ok(match &self.body {
            Body::TableDump(route) => {
                let subtype = match route.prefix.afi() {
                    Afi::IPV6 => Subtype::AFI_IPV6,
                    _ => Subtype::AFI_IPV4,
                };
                (RecordType::TABLE_DUMP, subtype)
            }
            Body::PeerIndexTable(_) => (RecordType::TABLE_DUMP_V2, Subtype::PEER_INDEX_TABLE),
            Body::Rib(rib) => {
                let family = rib.family;
                let subtype = record::rib_subtype(family, rib.with_path_ids);
                let subtype = subtype.ok_or(EncodeError::Nlri { family })?;
                (RecordType::TABLE_DUMP_V2, subtype)
            }
            Body::RibGeneric(rib) => {
                let subtype = if rib.with_path_ids {
                    Subtype::RIB_GENERIC_ADDPATH
                } else {
                    Subtype::RIB_GENERIC
                };
                (RecordType::TABLE_DUMP_V2, subtype)
            }
            Body::StateChange(change) => {
                let subtype = if change.session.four_octet_as {
                    Subtype::STATE_CHANGE_AS4
                } else {
                    Subtype::STATE_CHANGE
                };
                (bgp4mp, subtype)
            }
            Body::Message(message) => {
                let subtype = record::message_subtype(message);
                (bgp4mp, subtype.ok_or(EncodeError::Ambiguous)?)
            }
            Body::Bgp4mpEntry(_) => (bgp4mp, Subtype::ENTRY),
            Body::OldStateChange(change) => (change.kind, Subtype::BGP_STATE_CHANGE),
            Body::OldMessage(message) => {
                let subtype = record::old_subtype(message.message.kind);
                (message.kind, subtype.ok_or(EncodeError::Ambiguous)?)
            }
            Body::Other {
                kind,
                subtype,
                octets,
            } => {
                if record::is_read(*kind, *subtype) || rib::is_generic(*kind, *subtype, octets) {
                    return Err(EncodeError::Ambiguous);
                }
                (*kind, *subtype)
            }
        })
    }
}

/// Appends a header (RFC 6396 §2).
fn header(seconds: u32, kind: RecordType, subtype: Subtype, length: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&seconds.to_be_bytes());
    out.extend_from_slice(&kind.0.to_be_bytes());
    out.extend_from_slice(&subtype.0.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
}

fn write_table_dump(route: &TableDump<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let prefix = route.prefix;
    out.extend_from_slice(&route.view.to_be_bytes());
    out.extend_from_slice(&route.sequence.to_be_bytes());
    write_addr(prefix.addr(), out);
    out.extend_from_slice(&[prefix.length(), route.status]);
    out.extend_from_slice(&route.originated.to_be_bytes());
    if afi(route.peer) != prefix.afi() {
        return Err(EncodeError::Addresses);
    }
    write_addr(route.peer, out);
    write_asn(route.peer_as, Width::Two, out)?;
    write_sized(route.attributes, out)
}

fn write_index_table(table: &PeerIndexTable<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    out.extend_from_slice(&table.collector.0.to_be_bytes());
    write_sized(table.view_name, out)?;
    write_count(table.peers.iter().count(), out)?;
    table
        .peers
        .iter()
        .try_for_each(|peer| write_peer(peer, out))
}

fn write_peer(peer: Peer, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let width = if peer.four_octet_as {
        peers::FOUR_OCTET_AS
    } else {
        0
    };
    let ipv6 = if peer.addr.is_ipv6() { peers::IPV6 } else { 0 };
    if peer.flags & (peers::FOUR_OCTET_AS | peers::IPV6) != 0 {
        return Err(EncodeError::Ambiguous);
    }
    out.push(peer.flags | width | ipv6);
    out.extend_from_slice(&peer.router_id.0.to_be_bytes());
    write_addr(peer.addr, out);
    write_asn(peer.asn, Width::of(peer.four_octet_as), out)
}

fn write_rib(rib: &Rib<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let family = rib.family;
    if rib.prefix.afi() != family.afi {
        return Err(EncodeError::Nlri { family });
    }
    out.extend_from_slice(&rib.sequence.to_be_bytes());
    write_prefix(rib.prefix, out);
    write_entries(&rib.entries, rib.with_path_ids, out)
}

fn write_generic(rib: &RibGeneric<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let family: Family = rib.family;
    if !rib::is_one(family, rib.with_path_ids, rib.nlri) {
        return Err(EncodeError::Nlri { family });
    }
    out.extend_from_slice(&rib.sequence.to_be_bytes());
    out.extend_from_slice(&family.afi.0.to_be_bytes());
    out.push(family.safi.0);
    out.extend_from_slice(rib.nlri);
    write_entries(&rib.entries, false, out)
}

fn write_entries(
    entries: &RibEntries<'_>,
    with_path_ids: bool,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    write_count(entries.iter().count(), out)?;
    for entry in entries {
        out.extend_from_slice(&entry.peer_index.to_be_bytes());
        out.extend_from_slice(&entry.originated.to_be_bytes());
        if entry.path_id.is_some() != with_path_ids {
            return Err(EncodeError::PathId);
        }
        if let Some(id) = entry.path_id {
            out.extend_from_slice(&id.0.to_be_bytes());
        }
        write_sized(entry.attributes, out)?;
    }
    Ok(())
}

fn write_session(session: &Bgp4mpSession, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let width = Width::of(session.four_octet_as);
    write_asn(session.peer_as, width, out)?;
    write_asn(session.local_as, width, out)?;
    out.extend_from_slice(&session.interface.to_be_bytes());
    if afi(session.peer) != afi(session.local) {
        return Err(EncodeError::Addresses);
    }
    out.extend_from_slice(&afi(session.peer).0.to_be_bytes());
    write_addr(session.peer, out);
    write_addr(session.local, out);
    Ok(())
}

fn write_message(message: &Bgp4mpMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    write_session(&message.session, out)?;
    out.extend_from_slice(message.message);
    Ok(())
}

fn write_state_change(change: &StateChange, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    write_session(&change.session, out)?;
    out.extend_from_slice(&change.old.0.to_be_bytes());
    out.extend_from_slice(&change.new.0.to_be_bytes());
    Ok(())
}

fn write_entry(entry: &Bgp4mpEntry<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if entry.session.four_octet_as {
        return Err(EncodeError::Ambiguous);
    }
    write_session(&entry.session, out)?;
    out.extend_from_slice(&entry.view.to_be_bytes());
    out.extend_from_slice(&entry.status.to_be_bytes());
    out.extend_from_slice(&entry.last_change.to_be_bytes());
    out.extend_from_slice(&entry.prefix.afi().0.to_be_bytes());
    let next_hop = u8::try_from(entry.next_hop.len()).map_err(|_| EncodeError::TooLong)?;
    out.extend_from_slice(&[entry.safi.0, next_hop]);
    out.extend_from_slice(entry.next_hop);
    write_prefix(entry.prefix, out);
    write_sized(entry.attributes, out)
}

fn write_old_message(message: &OldMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    write_old_end(message.kind, message.peer_as, message.peer, out)?;
    write_old_end(message.kind, message.local_as, message.local, out)?;
    out.extend_from_slice(message.message.body);
    Ok(())
}

fn write_old_state(change: &OldStateChange, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    write_old_end(change.kind, change.peer_as, change.peer, out)?;
    out.extend_from_slice(&change.old.0.to_be_bytes());
    out.extend_from_slice(&change.new.0.to_be_bytes());
    Ok(())
}

/// One end of a session in a deprecated type.
fn write_old_end(
    kind: RecordType,
    asn: Asn,
    addr: IpAddr,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    if message::afi_of(kind) != Some(afi(addr)) {
        return Err(EncodeError::Addresses);
    }
    write_asn(asn, Width::Two, out)?;
    write_addr(addr, out);
    Ok(())
}

fn write_asn(asn: Asn, width: Width, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    match width {
        Width::Four => out.extend_from_slice(&asn.0.to_be_bytes()),
        Width::Two => {
            let narrow = u16::try_from(asn.0).map_err(|_| EncodeError::Asn { asn })?;
            out.extend_from_slice(&narrow.to_be_bytes());
        }
    }
    Ok(())
}

fn write_addr(addr: IpAddr, out: &mut Vec<u8>) {
    match addr {
        IpAddr::V4(addr) => out.extend_from_slice(&addr.octets()),
        IpAddr::V6(addr) => out.extend_from_slice(&addr.octets()),
    }
}

pub(super) fn write_prefix(prefix: Prefix, out: &mut Vec<u8>) {
    out.push(prefix.length());
    let significant = usize::from(prefix.length().div_ceil(8));
    match prefix.addr() {
        IpAddr::V4(addr) => out.extend(addr.octets().iter().take(significant)),
        IpAddr::V6(addr) => out.extend(addr.octets().iter().take(significant)),
    }
}

/// Octets with their number in two octets in front.
fn write_sized(octets: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    write_count(octets.len(), out)?;
    out.extend_from_slice(octets);
    Ok(())
}

fn write_count(count: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let count = u16::try_from(count).map_err(|_| EncodeError::TooLong)?;
    out.extend_from_slice(&count.to_be_bytes());
    Ok(())
}

fn afi(addr: IpAddr) -> Afi {
    match addr {
        IpAddr::V4(_) => Afi::IPV4,
        IpAddr::V6(_) => Afi::IPV6,
    }
}
