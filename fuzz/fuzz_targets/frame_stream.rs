//! A stream cut into messages is the same octets again, however it is cut.
#![no_main]

use bgpwright::wire::Frame;
use bgpwright_fuzz::split;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((context, octets)) = split(input) else {
        return;
    };
    let limit = context.max_message_len;
    let mut rest = octets;
    let mut taken = Vec::new();
    loop {
        let whole = Frame::first(rest, limit);
        for end in 0..rest.len().min(64) {
            let early = Frame::first(&rest[..end], limit);
            assert!(early == Ok(None) || early == whole);
        }
        let Ok(Some(frame)) = whole else { break };
        let length = frame.wire_len();
        taken.extend([0xff; 16]);
        taken.extend(u16::try_from(length).unwrap().to_be_bytes());
        taken.push(frame.kind.0);
        taken.extend(frame.body);
        rest = &rest[length..];
    }
    assert_eq!(taken, octets[..octets.len() - rest.len()]);
});
