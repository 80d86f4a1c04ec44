//! Enough of pcap, Ethernet, IP and TCP to put the streams of the captures
//! together: in order, each octet once.

use std::collections::BTreeMap;

/// Who sends to whom: addresses and ports as they lie in the packet.
type Flow = (Vec<u8>, [u8; 4]);

/// The octets of every direction of every connection.
pub(crate) fn streams(pcap: &[u8]) -> Vec<Vec<u8>> {
    let big = matches!(pcap[..4], [0xa1, ..]);
    let number = |at: usize| {
        let octets: [u8; 4] = pcap[at..at + 4].try_into().unwrap();
        if big {
            u32::from_be_bytes(octets)
        } else {
            u32::from_le_bytes(octets)
        }
    };
    let mut flows: BTreeMap<Flow, BTreeMap<u32, Vec<u8>>> = BTreeMap::new();
    let mut at = 24;
    while at + 16 <= pcap.len() {
        let length = number(at + 8) as usize;
        if let Some((flow, sequence, data)) = segment(&pcap[at + 16..at + 16 + length]) {
            let kept = flows.entry(flow).or_default().entry(sequence).or_default();
            if data.len() > kept.len() {
                *kept = data.to_vec();
            }
        }
        at += 16 + length;
    }
    flows.into_values().map(join).collect()
}

/// The flow, sequence number and data of a packet that is TCP with data.
fn segment(frame: &[u8]) -> Option<(Flow, u32, &[u8])> {
    let mut at = 12;
    while frame.get(at..at + 2)? == [0x81, 0x00] {
        at += 4;
    }
    let packet = &frame[at + 2..];
    let (addresses, header, length) = match packet.first()? >> 4 {
        4 => {
            let length = u16::from_be_bytes([packet[2], packet[3]]).into();
            (
                packet[12..20].to_vec(),
                usize::from(packet[0] & 0xf) * 4,
                length,
            )
        }
        6 => {
            let length = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
            (packet[8..40].to_vec(), 40, length)
        }
        _ => return None,
    };
    let protocol = if header == 40 && packet[0] >> 4 == 6 {
        packet[6]
    } else {
        packet[9]
    };
    if protocol != 6 {
        return None;
    }
    let tcp = packet.get(header..length)?;
    let data = tcp.get(usize::from(tcp[12] >> 4) * 4..)?;
    let ports = tcp[..4].try_into().ok()?;
    let sequence = u32::from_be_bytes(tcp[4..8].try_into().ok()?);
    (!data.is_empty()).then_some(((addresses, ports), sequence, data))
}

/// The segments one after the other, to the first gap.
fn join(segments: BTreeMap<u32, Vec<u8>>) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut next = segments.keys().next().copied().unwrap_or_default();
    for (sequence, data) in segments {
        let Some(old) = next.checked_sub(sequence) else {
            break;
        };
        if let Some(new) = data.get(old as usize..) {
            stream.extend_from_slice(new);
            next += u32::try_from(new.len()).unwrap();
        }
    }
    stream
}
