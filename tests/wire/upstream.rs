//! Messages of other projects' tests and of captures: no panic, and what is
//! read without a fault is written and read again as the same value.

use std::{env, fs, path::Path};

use bgpwright::{
    types::{Family, PeerType},
    wire::{Context, Frame, Message},
};
use serde_json::Value;

use crate::build::hex;

#[test]
fn messages_of_other_projects_decode_without_panic() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let directory = Path::new(&data).join("upstream/vectors/messages");
    let mut read = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().unwrap() {
            if vector["kind"] == "message" {
                let octets = hex(vector["hex"].as_str().unwrap());
                for context in contexts() {
                    read += usize::from(is_read(&octets, &context));
                }
            }
        }
    }
    assert!(read > 1000, "only {read} messages were read");
}

fn contexts() -> Vec<Context> {
    let mut contexts = Vec::new();
    for four_octet_as in [false, true] {
        for peer_type in [PeerType::Internal, PeerType::External] {
            let mut context = Context::default();
            context.four_octet_as = four_octet_as;
            context.peer_type = peer_type;
            context.max_message_len = 65535;
            context.families.push(Family::IPV6_UNICAST);
            contexts.push(context);
        }
    }
    contexts
}

/// Whether the message could be framed and decoded.
fn is_read(octets: &[u8], context: &Context) -> bool {
    let Ok(Some(frame)) = Frame::first(octets, context.max_message_len) else {
        return false;
    };
    let Ok(parsed) = Message::decode(frame, context) else {
        return false;
    };
    let _ = parsed.value.to_string();
    let mut out = Vec::new();
    if parsed.faults.is_empty() && parsed.value.encode(context, &mut out).is_ok() {
        let frame = Frame::first(&out, context.max_message_len)
            .unwrap()
            .expect("what was written is whole");
        let again = Message::decode(frame, context).unwrap();
        assert_eq!(again, parsed);
    }
    true
}
