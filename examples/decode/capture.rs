//! Captures: packets to TCP streams, and those to messages.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    net::IpAddr,
};

use bgpwright::wire::{Context, Frame, Message, MessageType, Open};
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_parser::{
    Block, LegacyPcapSlice, Linktype, PcapBlockOwned, PcapNGSlice, traits::PcapNGPacketBlock,
};

use crate::{
    options::Options,
    report::{Item, Report},
};

/// Whether a file that begins so is a capture.
pub(crate) fn is_capture(start: &[u8]) -> bool {
    matches!(
        start,
        [0xa1, 0xb2, 0xc3 | 0x3c, 0xd4 | 0x4d, ..]
            | [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1, ..]
            | [0x0a, 0x0d, 0x0d, 0x0a, ..]
    )
}

/// One end of a connection.
type End = (IpAddr, u16);

/// One direction of a connection: segments by how far they are from the first,
/// and when the first came.
#[derive(Default)]
struct Stream {
    first: Option<u32>,
    segments: BTreeMap<i64, (String, Vec<u8>)>,
}

/// Prints the BGP messages of a capture; says whether all could be read.
///
/// # Errors
/// If the capture cannot be read, or the output cannot be written.
pub(crate) fn print(octets: &[u8], options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let streams = streams(octets)?;
    let mut report = Report::new(options);
    for ((from, to), stream) in &streams {
        let pieces = stream.pieces();
        let bgp = from.1 == 179 || to.1 == 179 || pieces.iter().any(|of| begins(&of.octets));
        if !bgp {
            continue;
        }
        let other = streams.get(&(*to, *from));
        let (context, note) = context(options, &pieces, other);
        report.note(&format!("{} > {}: {note}", end(*from), end(*to)), out)?;
        for piece in &pieces {
            messages(piece, (*from, *to), &context, &mut report, out)?;
        }
    }
    Ok(report.is_clean())
}

fn end((address, port): End) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}

/// Octets in a row, without a gap.
struct Piece {
    /// How far from the stream's first octet.
    at: usize,
    /// When its first packet came.
    time: String,
    octets: Vec<u8>,
    /// Octets that are missing before it.
    gap: usize,
}

impl Stream {
    /// Puts the segments in order, each octet once.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut next = 0_i64;
        for (at, (time, data)) in &self.segments {
            let end = at + i64::try_from(data.len()).unwrap_or(i64::MAX);
            if end <= next && !pieces.is_empty() {
                continue;
            }
            let old = usize::try_from(next - at).unwrap_or_default();
            match pieces.last_mut().filter(|_| *at <= next) {
                Some(piece) => piece.octets.extend(data.get(old..).unwrap_or_default()),
                None => pieces.push(Piece {
                    at: usize::try_from(*at).unwrap_or_default(),
                    time: time.clone(),
                    octets: data.clone(),
                    gap: usize::try_from(at - next).unwrap_or_default(),
                }),
            }
            next = end;
        }
        pieces
    }
}

fn begins(octets: &[u8]) -> bool {
    octets.starts_with(&[0xff; 16])
}

/// The context of a direction: what the two OPENs say, and options before that.
fn context(options: &Options, pieces: &[Piece], other: Option<&Stream>) -> (Context, &'static str) {
    let theirs = open(pieces);
    let ours = other.and_then(|other| open(&other.pieces()));
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            let agreed = Context::between(&ours, &theirs);
            (options.over(agreed), "read as its two OPENs agree")
        }
        _ => (
            options.context(),
            "read as the options say, since the capture lacks an OPEN",
        ),
    }
}

/// The OPEN that a stream begins with.
fn open(pieces: &[Piece]) -> Option<Open> {
    let octets = &pieces.first()?.octets;
    let frame = Frame::first(octets, 4096).ok().flatten()?;
    if frame.kind != MessageType::OPEN {
        return None;
    }
    match Message::decode(frame, &Context::default()).ok()?.value {
        Message::Open(open) => Some(open),
        _ => None,
    }
}

fn messages(
    piece: &Piece,
    (from, to): (End, End),
    context: &Context,
    report: &mut Report,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut item = Item {
        time: Some(piece.time.clone()),
        from: Some(end(from)),
        to: Some(end(to)),
        offset: piece.at,
    };
    let mut rest = &piece.octets[..];
    if piece.gap != 0 {
        report.problem(
            &item,
            &format!("{} octets are missing before", piece.gap),
            out,
        )?;
    }
    if !begins(rest) {
        // What is left of a message that began in the gap, or before the capture.
        let marker = rest.windows(16).position(|of| begins(of));
        let skipped = marker.unwrap_or(rest.len());
        report.problem(&item, &format!("{skipped} octets before a marker"), out)?;
        rest = rest.get(skipped..).unwrap_or_default();
    }
    while !rest.is_empty() {
        item.offset = piece.at + piece.octets.len() - rest.len();
        let Some(length) = report.first(rest, &item, context, out)? else {
            return Ok(());
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(())
}

/// The TCP streams of a capture.
fn streams(octets: &[u8]) -> io::Result<BTreeMap<(End, End), Stream>> {
    let mut streams = BTreeMap::new();
    let wrong = |error: String| io::Error::new(io::ErrorKind::InvalidData, error);
    if octets.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) {
        let blocks = PcapNGSlice::from_slice(octets).map_err(|error| wrong(error.to_string()))?;
        let mut links = Vec::new();
        for block in blocks {
            let block = block.map_err(|error| wrong(format!("the capture: {error}")))?;
            let PcapBlockOwned::NG(block) = block else {
                continue;
            };
            match block {
                Block::SectionHeader(_) => links.clear(),
                Block::InterfaceDescription(of) => links.push((of.linktype, of.if_tsresol)),
                Block::EnhancedPacket(packet) => {
                    let interface = usize::try_from(packet.if_id).unwrap_or(usize::MAX);
                    let Some((link, resolution)) = links.get(interface) else {
                        continue;
                    };
                    let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                    let time = time(ticks, *resolution);
                    segment(*link, packet.packet_data(), time, &mut streams);
                }
                Block::SimplePacket(packet) => {
                    let Some((link, _)) = links.first() else {
                        continue;
                    };
                    segment(*link, packet.packet_data(), String::new(), &mut streams);
                }
                _ => {}
            }
        }
        return Ok(streams);
    }
    let blocks = LegacyPcapSlice::from_slice(octets).map_err(|error| wrong(error.to_string()))?;
    let link = blocks.header.network;
    for block in blocks {
        // A capture that was stopped ends inside a packet.
        let Ok(PcapBlockOwned::Legacy(packet)) = block else {
            break;
        };
        let time = format!("{}.{:06}", packet.ts_sec, packet.ts_usec);
        segment(link, packet.data, time, &mut streams);
    }
    Ok(streams)
}

/// A time in units of 10^-n or 2^-n seconds (pcapng's if_tsresol).
fn time(ticks: u64, resolution: u8) -> String {
    let unit = match resolution {
        of @ 0..=18 => 10_u64.pow(of.into()),
        of @ 128..=190 => 1 << (of - 128),
        _ => 1_000_000,
    };
    let micros = u128::from(ticks % unit) * 1_000_000 / u128::from(unit);
    format!("{}.{micros:06}", ticks / unit)
}

/// Puts the data of a TCP packet in its stream.
fn segment(
    link: Linktype,
    data: &[u8],
    time: String,
    streams: &mut BTreeMap<(End, End), Stream>,
) -> Option<()> {
    let packet = match link {
        Linktype::ETHERNET => SlicedPacket::from_ethernet(data),
        Linktype::LINUX_SLL => SlicedPacket::from_linux_sll(data),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => SlicedPacket::from_ip(data),
        // Four octets say the family.
        Linktype::NULL | Linktype::LOOP => SlicedPacket::from_ip(data.get(4..)?),
        _ => return None,
    };
    let packet = packet.ok()?;
    let (from, to): (IpAddr, IpAddr) = match packet.net? {
        NetSlice::Ipv4(ip) => (
            ip.header().source_addr().into(),
            ip.header().destination_addr().into(),
        ),
        NetSlice::Ipv6(ip) => (
            ip.header().source_addr().into(),
            ip.header().destination_addr().into(),
        ),
        NetSlice::Arp(_) => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else {
        return None;
    };
    let key = ((from, tcp.source_port()), (to, tcp.destination_port()));
    let stream = streams.entry(key).or_default();
    let sequence = tcp.sequence_number();
    if tcp.syn() {
        stream.first = Some(sequence.wrapping_add(1));
    }
    if tcp.payload().is_empty() {
        return None;
    }
    let first = *stream.first.get_or_insert(sequence);
    // Half of the numbers lie ahead, the other half behind (RFC 9293 §3.4).
    let at = i64::from(sequence.wrapping_sub(first).cast_signed());
    let kept = stream
        .segments
        .entry(at)
        .or_insert_with(|| (time, Vec::new()));
    if tcp.payload().len() > kept.1.len() {
        kept.1 = tcp.payload().to_vec();
    }
    Some(())
}
