//! A stream of BMP messages: every cut gives `None` or the whole's error; what
//! was read is written, and read again as the same value.
#![no_main]

use bgpwright::bmp::{BmpFrame, BmpMessage};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1 << 16;

fuzz_target!(|octets: &[u8]| {
    let mut rest = octets.get(1..).unwrap_or_default();
    loop {
        let whole = BmpFrame::first(rest, LIMIT);
        for end in 0..rest.len().min(64) {
            let early = BmpFrame::first(&rest[..end], LIMIT);
            assert!(early == Ok(None) || early == whole);
        }
        let Ok(Some(frame)) = whole else { break };
        rest = &rest[frame.wire_len()..];
        let Ok(message) = BmpMessage::decode(frame) else {
            continue;
        };
        let _ = message.to_string();
        if let BmpMessage::PeerUp(up) = &message {
            let _ = up.context();
        }
        let mut out = Vec::new();
        message
            .encode(&mut out)
            .expect("what was read can be written");
        let again = BmpFrame::first(&out, LIMIT)
            .expect("what was written has a header")
            .expect("and is whole");
        assert_eq!(BmpMessage::decode(again), Ok(message));
    }
});
