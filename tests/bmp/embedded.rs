//! The BGP messages inside the captures, each read with the context that its
//! peer's Peer Up says.

use core::net::IpAddr;
use std::{
    collections::{BTreeMap, HashMap},
    env, fs,
    path::PathBuf,
};

use bgpwright::{
    bmp::{BmpFrame, BmpMessage, PeerHeader},
    wire::{Context, Frame, Message},
};
use serde_json::Value;

use crate::tcp::streams;

/// How often something out of order was seen, by capture, kind of peer and what.
type Seen = BTreeMap<String, u64>;

#[test]
fn embedded_messages_are_read_with_the_context_of_peer_up() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let directory = PathBuf::from(data).join("upstream/vectors/pcap/netgauze");
    let (mut seen, mut clean) = (Seen::new(), 0);
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(stem) = name.strip_suffix("-bmp.json") else {
            continue;
        };
        let pcap = fs::read(path.with_file_name(format!("{stem}.pcap"))).unwrap();
        // The number that the suite of the captures gives each.
        let capture = stem.split("__").nth(1).unwrap().split('-').next().unwrap();
        for stream in streams(&pcap) {
            clean += read(capture, &stream, &mut seen);
        }
    }
    let text = include_str!("../data/bmp_captures.exceptions.json");
    let exceptions: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    let expected: Seen = exceptions
        .into_iter()
        .map(|(what, exception)| (what, exception["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(seen, expected);
    assert!(clean > 1000, "only {clean} messages without a fault");
}

/// How many messages inside a stream are read without a fault.
fn read(capture: &str, stream: &[u8], seen: &mut Seen) -> u32 {
    let mut contexts = HashMap::new();
    let (mut rest, mut clean) = (stream, 0);
    // Another version ends it, which `captures` judges.
    while let Ok(Some(frame)) = BmpFrame::first(rest, 1 << 17) {
        rest = &rest[frame.wire_len()..];
        let (peer, found) = match BmpMessage::decode(frame).unwrap() {
            BmpMessage::PeerUp(up) => {
                let read = up.context().map_err(|error| format!("OPEN: {error}"));
                let kept = read.map(|context| {
                    contexts.insert(key(&up.peer), context);
                });
                (up.peer, kept)
            }
            BmpMessage::RouteMonitoring {
                peer,
                update,
                trailing,
            } => {
                assert!(trailing.is_empty());
                (peer, route(&peer, update, contexts.get(&key(&peer))))
            }
            _ => continue,
        };
        match found {
            Ok(()) => clean += 1,
            Err(what) => {
                let what = format!("{capture} {}: {what}", peer.kind);
                *seen.entry(what).or_default() += 1;
            }
        }
    }
    clean
}

/// What tells one peer of a stream from the others (RFC 7854 §4.2).
fn key(peer: &PeerHeader) -> (u8, u64, IpAddr) {
    (peer.kind.0, peer.distinguisher.0, peer.address)
}

/// Whether an UPDATE is read without a fault, or what is wrong with it.
fn route(peer: &PeerHeader, update: &[u8], session: Option<&Context>) -> Result<(), String> {
    let Some(session) = session else {
        return Err("no Peer Up that can be read".to_owned());
    };
    let context = peer.read_with(session);
    let frame = Frame::first(update, context.max_message_len).unwrap();
    let parsed = Message::decode(frame.unwrap(), &context).unwrap();
    let faults: Vec<String> = parsed
        .faults
        .iter()
        .map(|fault| format!("{} {}", fault.attribute.unwrap(), fault.kind))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join(", "))
    }
}
