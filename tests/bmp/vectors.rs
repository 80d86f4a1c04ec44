//! NetGauze's and GoBGP's own tests: whole messages, and pieces put into one.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use bgpwright::bmp::{BmpFrame, BmpMessage};
use serde_json::Value;

use crate::{hex, message};

/// A per-peer header: global, IPv4, all zero.
const PEER: [u8; 42] = [0; 42];

/// What a vector's octets are, by the test that they are from; `None` if they
/// are no message's.
fn whole(test: &str, octets: &[u8]) -> Option<Vec<u8>> {
    let declared = octets.get(1..5).map(|of| of.try_into().unwrap());
    if declared.map(u32::from_be_bytes) == u32::try_from(octets.len()).ok() {
        return Some(octets.to_vec());
    }
    let after_peer = |kind, rest: &[u8]| message(kind, &[&PEER, rest].concat());
    Some(match test {
        // A Peer Down of reason 4 has nothing else.
        "test_peer_header" => message(2, &[octets, &[4]].concat()),
        "test_initiation_information" | "test_initiation_message" => message(4, octets),
        "test_route_monitoring_message" => message(0, octets),
        "test_peer_down_reason" => after_peer(2, octets),
        "test_peer_down_notification" => message(2, octets),
        "test_router_mirroring_value" => after_peer(6, octets),
        "test_termination_information" | "Test_TLV16RejectsShortLength" => message(5, octets),
        name if name.starts_with("test_bmp_value_") => {
            let (kind, body) = octets.split_first()?;
            message(*kind, body)
        }
        _ => return None,
    })
}

/// Whether it is read; what is read comes back to the octet.
fn is_read(octets: &[u8]) -> bool {
    let Ok(frame) = BmpFrame::first(octets, 1 << 16) else {
        return false;
    };
    let Ok(value) = BmpMessage::decode(frame.expect("whole")) else {
        return false;
    };
    let mut out = Vec::new();
    value.encode(&mut out).unwrap();
    assert_eq!(out, octets);
    true
}

#[test]
fn messages_of_other_projects_are_read_as_they_expect() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let directory = PathBuf::from(data).join("upstream/vectors/messages");
    let mut exceptions: BTreeMap<String, String> =
        serde_json::from_str(include_str!("../data/bmp.exceptions.json")).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for file in ["netgauze_bmp.json", "gobgp_mrt_bmp.json"] {
        let text = fs::read_to_string(directory.join(file)).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().unwrap() {
            let (id, name) = (vector["id"].as_str().unwrap(), vector["name"].as_str());
            let test = name.unwrap().split(':').next().unwrap();
            let octets = hex(vector["hex"].as_str().unwrap());
            // Without an expectation, it is a message that is to be read.
            let expected = vector["expected_parse"].as_str();
            let read = whole(test, &octets).map(|octets| is_read(&octets));
            if expected.is_none() && read.is_none() {
                continue;
            }
            let expected = expected.unwrap_or("ok") == "ok";
            compared += usize::from(read.is_some());
            if read != Some(expected) && exceptions.remove(id).is_none() {
                wrong.push(format!("{id} {name:?}: {read:?}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(exceptions.is_empty(), "not needed: {exceptions:?}");
    assert!(compared >= 45, "only {compared}");
}
