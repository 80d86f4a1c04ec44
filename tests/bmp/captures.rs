//! Captures of real routers against the messages that NetGauze finds in them.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use bgpwright::bmp::{BmpErrorKind, BmpFrame, BmpMessage, BmpType};
use serde_json::Value;

use crate::tcp::streams;

#[test]
fn captures_hold_the_messages_that_another_project_finds() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let directory = PathBuf::from(data).join("upstream/vectors/pcap/netgauze");
    let mut compared = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(stem) = name.strip_suffix("-bmp.json") else {
            continue;
        };
        let pcap = fs::read(path.with_file_name(format!("{stem}.pcap"))).unwrap();
        let expected = expected(&fs::read_to_string(&path).unwrap());
        let (found, versions) = found(&pcap);
        if stem.contains("path-status") {
            // BMP version 4, a draft.
            assert!(found.is_empty() && versions > 0, "{stem}: {found:?}");
            continue;
        }
        assert_eq!(found, expected, "{stem}");
        compared += found.values().sum::<usize>();
    }
    assert!(compared > 1500, "only {compared} messages");
}

/// How many messages of each type the project's lines have; what it cannot read
/// counts as what it is.
fn expected(lines: &str) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = match value.get("V3") {
            Some(message) => message.as_object().unwrap().keys().next().unwrap().clone(),
            None => value.to_string(),
        };
        let names = [
            ("RouteMonitoring", "Route Monitoring"),
            ("StatisticsReport", "Statistics Report"),
            ("PeerDown", "Peer Down"),
            ("PeerUp", "Peer Up"),
            ("Initiation", "Initiation"),
            ("Termination", "Termination"),
            ("RouteMirroring", "Route Mirroring"),
        ];
        let (_, name) = names
            .iter()
            .find(|(theirs, _)| text.contains(theirs))
            .unwrap();
        *counts.entry(*name).or_default() += 1;
    }
    counts
}

/// How many messages of each type are read, with all that is inside, and how
/// many streams are of another version.
fn found(pcap: &[u8]) -> (BTreeMap<&'static str, usize>, usize) {
    let (mut counts, mut versions) = (BTreeMap::new(), 0);
    for stream in streams(pcap) {
        let mut rest = &stream[..];
        loop {
            match BmpFrame::first(rest, 1 << 17) {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    rest = &rest[frame.wire_len()..];
                    let message = BmpMessage::decode(frame).unwrap();
                    let mut out = Vec::new();
                    message.encode(&mut out).unwrap();
                    assert_eq!(out.len(), frame.wire_len());
                    *counts.entry(message.kind().name().unwrap()).or_default() += 1;
                    assert!(message.kind() != BmpType::PEER_UP || opens(&message));
                }
                Err(error) => {
                    assert!(
                        matches!(error.kind, BmpErrorKind::Version { .. }),
                        "{error}"
                    );
                    versions += 1;
                    break;
                }
            }
        }
    }
    (counts, versions)
}

/// Whether both OPENs are there: a Loc-RIB's may be made up by the router, and
/// need not be read.
fn opens(message: &BmpMessage<'_>) -> bool {
    match message {
        BmpMessage::PeerUp(up) => !up.sent_open.is_empty() && !up.received_open.is_empty(),
        _ => false,
    }
}
