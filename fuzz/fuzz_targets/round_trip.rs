//! What was read without a fault is written, and read again as the same value:
//! every type of message. On a two-octet session, where AS4_PATH may join
//! segments, what is written the second time is what was written the first.
#![no_main]

use bgpwright::wire::{EncodeError, Frame, Message};
use bgpwright_fuzz::{frame, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((context, octets)) = split(input) else {
        return;
    };
    let Ok(Some(first)) = Frame::first(octets, context.max_message_len) else {
        return;
    };
    let Ok(parsed) = Message::decode(first, &context) else {
        return;
    };
    if !parsed.faults.is_empty() {
        return;
    }
    let mut out = Vec::new();
    match parsed.value.encode(&context, &mut out) {
        Ok(()) => {}
        // Was not agreed on, and is read nevertheless.
        Err(EncodeError::NextHop { .. }) if context.extended_next_hop.is_empty() => return,
        // Canonical form may be longer: a distinguisher before a next hop.
        Err(EncodeError::TooLong { max }) if first.wire_len() + 64 > max => return,
        Err(error) => panic!("{error} of {}", parsed.value),
    }
    let again = Message::decode(frame(&out), &context).expect("what was written can be read");
    assert_eq!(again.faults, []);
    let mut twice = Vec::new();
    again
        .value
        .encode(&context, &mut twice)
        .expect("what was written can be written");
    assert_eq!(twice, out);
    if context.four_octet_as || !matches!(parsed.value, Message::Update(_)) {
        assert_eq!(again, parsed);
    }
});
