//! Whole messages of NetGauze's and GoBGP's tests.

use std::{env, fs, path::PathBuf};

use bgpwright::bmp::{BmpErrorKind, BmpFrame, BmpMessage};
use serde_json::Value;

use crate::hex;

#[test]
fn messages_of_other_projects_are_read_as_they_expect() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let directory = PathBuf::from(data).join("upstream/vectors/messages");
    let (mut read, mut versions) = (0, 0);
    for file in ["netgauze_bmp.json", "gobgp_mrt_bmp.json"] {
        let text = fs::read_to_string(directory.join(file)).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        for vector in file["vectors"].as_array().unwrap() {
            let octets = hex(vector["hex"].as_str().unwrap());
            // Pieces of messages have no common header.
            let length = octets
                .get(1..5)
                .map(|of| u32::from_be_bytes(of.try_into().unwrap()));
            if length.is_none_or(|length| length as usize != octets.len()) {
                continue;
            }
            match BmpFrame::first(&octets, 1 << 16) {
                Ok(frame) => {
                    let message = BmpMessage::decode(frame.unwrap());
                    assert!(message.is_ok(), "{}: {message:?}", vector["name"]);
                    read += 1;
                }
                Err(error) => {
                    // BMP version 4 is a draft.
                    let four = BmpErrorKind::Version { version: 4 };
                    assert_eq!(error.kind, four, "{}", vector["name"]);
                    versions += 1;
                }
            }
        }
    }
    assert!(
        read >= 8 && versions >= 4,
        "{read} read, {versions} of version 4"
    );
}
