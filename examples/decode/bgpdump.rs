//! The text that `bgpdump -m` prints: a line a route or state change.
//!
//! Its fields are those of version 1.6.2, oddities included: 255.255.255.255
//! for a route without a next hop, `INCOMPLETE` for one without ORIGIN, 0 for a
//! number that is missing, no bar between MED and the communities in lines that
//! begin with `BGP|`, `::` for a single group of zeros. Values that a receiver
//! must refuse, such as AS 0, are printed as they came.
//!
//! Unlike it: withdrawn routes of `BGP|` lines are the prefixes and not the
//! neighbour's address, host bits of prefixes are cleared, an AGGREGATOR is read
//! by its own length, and nothing is left out because there is much of it. As
//! there, BGP4MP_ENTRY and tables of multicast or other families give no line.

// Tests take this file in by a path, too, which would look for it elsewhere.
#[path = "bgpdump/end.rs"]
mod end;

use core::{
    fmt::{self, Write as _},
    net::IpAddr,
};
use std::io::{self, Write};

use bgpwright::{
    mrt::{
        Bgp4mpMessage, Bgp4mpSession, Body, Direction, Error, OldMessage, Peer, RawRecord, Record,
        RecordType, Rib, SessionState, Subtype, TableDump, Timestamp,
    },
    types::{Afi, Asn, Family, NextHop, PeerType, Safi},
    wire::{
        Context, DecodeError, Frame, MessageType, Nlri, NlriList, PathId, Update, UpdateBuffer,
        UpdateView,
    },
};

use end::{Address, End, asn};

/// Prints records, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Printer {
    /// Of the last PEER_INDEX_TABLE.
    peers: Vec<Peer>,
    buffer: UpdateBuffer,
    /// What a line ends with: all that the routes of a message have in common.
    end: String,
}

/// Why a record, or a part of it, was not printed.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The output could not be written.
    Output(io::Error),
    /// The record cannot be read.
    Record(Error),
    /// Entries of a neighbour that is in no PEER_INDEX_TABLE so far.
    Peer { index: u16 },
    /// The BGP message inside cannot be read.
    Message(DecodeError),
    /// The BGP message inside is cut short.
    Cut,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(error) => write!(f, "cannot write: {error}"),
            Self::Record(error) => fmt::Display::fmt(error, f),
            Self::Peer { index } => {
                write!(f, "routes of peer {index}, which is in no PEER_INDEX_TABLE")
            }
            Self::Message(error) => write!(f, "cannot read the BGP message: {error}"),
            Self::Cut => f.write_str("the BGP message is cut short"),
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What a line begins with.
struct Begin<'a> {
    format: &'a str,
    time: Timestamp,
    peer: IpAddr,
    peer_as: Asn,
}

impl Printer {
    /// Prints a record's lines; none for one that has neither routes nor a
    /// state change.
    pub(crate) fn print(
        &mut self,
        raw: &RawRecord<'_>,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        match raw.decode() {
            Ok(record) => self.record(&record, out),
            Err(error) => match short_state_change(raw) {
                Some((begin, old, new)) => state(&begin, old, new, out),
                None => Err(Problem::Record(error)),
            },
        }
    }

    fn record(&mut self, record: &Record<'_>, out: &mut impl Write) -> Result<(), Problem> {
        let time = record.time;
        match &record.body {
            Body::PeerIndexTable(table) => {
                self.peers.clear();
                self.peers.extend(table.peers.iter());
                Ok(())
            }
            Body::TableDump(route) => self.table_dump(time, route, out),
            Body::Rib(rib) => self.rib(time, rib, out),
            Body::Message(message) => self.message(time, message, out),
            Body::OldMessage(message) => self.old_message(time, message, out),
            Body::StateChange(change) => {
                let Bgp4mpSession { peer, peer_as, .. } = change.session;
                let begin = Begin {
                    format: bgp4mp(time, Direction::Received, false),
                    time,
                    peer,
                    peer_as,
                };
                state(&begin, change.old, change.new, out)
            }
            Body::OldStateChange(change) => {
                let begin = Begin {
                    format: "BGP",
                    time,
                    peer: change.peer,
                    peer_as: change.peer_as,
                };
                state(&begin, change.old, change.new, out)
            }
            _ => Ok(()),
        }
    }

    fn table_dump(
        &mut self,
        time: Timestamp,
        route: &TableDump<'_>,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        let update = route.update().value;
        self.end_with(&End {
            set: &update.attributes,
            view: UpdateView::of_attributes(route.attributes),
            four_octet_as: false,
            next_hop: next_hop(&update),
            bar: "|",
        });
        let begin = Begin {
            format: "TABLE_DUMP",
            time,
            peer: route.peer,
            peer_as: route.peer_as,
        };
        self.line(&begin, 'B', route.prefix.into(), out)
    }

    fn rib(&mut self, time: Timestamp, rib: &Rib<'_>, out: &mut impl Write) -> Result<(), Problem> {
        if rib.family.safi != Safi::UNICAST {
            return Ok(());
        }
        let mut missing = None;
        for entry in &rib.entries {
            let Some(peer) = self.peers.get(usize::from(entry.peer_index)).copied() else {
                missing = missing.or(Some(entry.peer_index));
                continue;
            };
            let update = rib.update(&entry).value;
            self.end_with(&End {
                set: &update.attributes,
                view: UpdateView::of_attributes(entry.attributes),
                four_octet_as: true,
                next_hop: next_hop(&update),
                bar: "|",
            });
            let format = if rib.with_path_ids {
                "TABLE_DUMP2_AP"
            } else {
                "TABLE_DUMP2"
            };
            let begin = Begin {
                format,
                time,
                peer: peer.addr,
                peer_as: peer.asn,
            };
            let nlri = Nlri {
                prefix: rib.prefix,
                path_id: entry.path_id,
            };
            self.line(&begin, 'B', nlri, out)?;
        }
        match missing {
            Some(index) => Err(Problem::Peer { index }),
            None => Ok(()),
        }
    }

    fn message(
        &mut self,
        time: Timestamp,
        message: &Bgp4mpMessage<'_>,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        let frame = message.frame().map_err(Problem::Message)?;
        let frame = frame.ok_or(Problem::Cut)?;
        let begin = Begin {
            format: bgp4mp(time, message.direction, message.with_path_ids),
            time,
            peer: message.session.peer,
            peer_as: message.session.peer_as,
        };
        self.update(&begin, frame, message.context(&FAMILIES), "|", out)
    }

    fn old_message(
        &mut self,
        time: Timestamp,
        message: &OldMessage<'_>,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        let begin = Begin {
            format: "BGP",
            time,
            peer: message.peer,
            peer_as: message.peer_as,
        };
        let mut context = Context::default();
        context.families = FAMILIES.to_vec();
        self.update(&begin, message.message, context, "", out)
    }

    fn update(
        &mut self,
        begin: &Begin<'_>,
        frame: Frame<'_>,
        mut context: Context,
        bar: &str,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        if frame.kind != MessageType::UPDATE {
            return Ok(());
        }
        // Whatever the neighbour is, its attributes are shown.
        context.peer_type = PeerType::Internal;
        let view = UpdateView::new(frame).map_err(Problem::Message)?;
        let mut buffer = core::mem::take(&mut self.buffer);
        let update = &buffer.read(&view, &context).value;
        let mut end = End {
            set: &update.attributes,
            view,
            four_octet_as: context.four_octet_as,
            next_hop: update.attributes.next_hop,
            bar,
        };
        let result = self.routes(begin, update, &mut end, out);
        self.buffer = buffer;
        result
    }

    fn routes<'a>(
        &mut self,
        begin: &Begin<'_>,
        update: &'a Update,
        end: &mut End<'a>,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        self.end.clear();
        self.lines(begin, 'W', &update.withdrawn, out)?;
        if let Some(unreach) = &update.mp_unreach {
            self.lines(begin, 'W', &unreach.nlri, out)?;
        }
        if !update.announced.is_empty() {
            self.end_with(end);
            self.lines(begin, 'A', &update.announced, out)?;
        }
        if let Some(reach) = &update.mp_reach {
            end.next_hop = reach.next_hop;
            self.end_with(end);
            self.lines(begin, 'A', &reach.nlri, out)?;
        }
        Ok(())
    }

    fn lines(
        &self,
        begin: &Begin<'_>,
        kind: char,
        list: &NlriList,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        list.prefixes()
            .try_for_each(|nlri| self.line(begin, kind, nlri, out))
    }

    fn line(
        &self,
        begin: &Begin<'_>,
        kind: char,
        nlri: Nlri,
        out: &mut impl Write,
    ) -> Result<(), Problem> {
        let Begin {
            format,
            time,
            peer,
            peer_as,
        } = begin;
        let peer = Address(*peer);
        let (prefix, length) = (Address(nlri.prefix.addr()), nlri.prefix.length());
        write!(
            out,
            "{format}|{time}|{kind}|{peer}|{peer_as}|{prefix}/{length}"
        )?;
        if let Some(PathId(id)) = nlri.path_id {
            write!(out, "|{id}")?;
        }
        writeln!(out, "{}", self.end)?;
        Ok(())
    }

    /// Puts together what follows the prefix of an announced route.
    fn end_with(&mut self, end: &End<'_>) {
        self.end.clear();
        let result = write!(self.end, "{end}");
        debug_assert!(result.is_ok(), "a String takes any text");
    }
}

/// The next hop of a table's route, wherever it is.
fn next_hop(update: &Update) -> Option<NextHop> {
    let reach = update.mp_reach.as_ref();
    reach.map_or(update.attributes.next_hop, |reach| reach.next_hop)
}

/// A state change as old Zebra wrote it, in 8 octets: without addresses.
fn short_state_change(raw: &RawRecord<'_>) -> Option<(Begin<'static>, SessionState, SessionState)> {
    if raw.kind != RecordType::BGP4MP || raw.subtype != Subtype::STATE_CHANGE {
        return None;
    }
    let (peer_as, rest) = raw.body.split_first_chunk::<2>()?;
    let (_, rest) = rest.split_first_chunk::<2>()?;
    let (old, new) = rest.split_first_chunk()?;
    let (old, new) = (u16::from_be_bytes(*old), new.try_into().ok()?);
    let new = u16::from_be_bytes(new);
    let time = Timestamp {
        seconds: raw.seconds,
        microseconds: None,
    };
    let begin = Begin {
        format: "BGP4MP",
        time,
        peer: IpAddr::from([0; 4]),
        peer_as: asn(peer_as),
    };
    Some((begin, SessionState(old), SessionState(new)))
}

fn state(
    begin: &Begin<'_>,
    old: SessionState,
    new: SessionState,
    out: &mut impl Write,
) -> Result<(), Problem> {
    let Begin {
        format,
        time,
        peer,
        peer_as,
    } = begin;
    let (peer, old, new) = (Address(*peer), old.0, new.0);
    writeln!(out, "{format}|{time}|STATE|{peer}|{peer_as}|{old}|{new}")?;
    Ok(())
}

fn bgp4mp(time: Timestamp, direction: Direction, with_path_ids: bool) -> &'static str {
    let is_extended = time.microseconds.is_some();
    match (is_extended, direction, with_path_ids) {
        (false, Direction::Received, false) => "BGP4MP",
        (false, Direction::Received, true) => "BGP4MP_AP",
        (false, Direction::Sent, false) => "BGP4MP_LOCAL",
        (false, Direction::Sent, true) => "BGP4MP_LOCAL_AP",
        (true, Direction::Received, false) => "BGP4MP_ET",
        (true, Direction::Received, true) => "BGP4MP_ET_AP",
        (true, Direction::Sent, false) => "BGP4MP_ET_LOCAL",
        (true, Direction::Sent, true) => "BGP4MP_ET_LOCAL_AP",
    }
}

const FAMILIES: [Family; 4] = [
    Family::IPV4_UNICAST,
    Family::new(Afi::IPV4, Safi::MULTICAST),
    Family::IPV6_UNICAST,
    Family::new(Afi::IPV6, Safi::MULTICAST),
];
