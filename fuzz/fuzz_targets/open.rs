//! The body of an OPEN: what was read is written and read again as the same
//! value, and the answer to one that is refused can be written and read.
#![no_main]

use bgpwright::wire::{Frame, Message, MessageType};
use bgpwright_fuzz::{context, frame, message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Some(octets) = message(MessageType::OPEN, body) else {
        return;
    };
    let context = context(0x21);
    // A header of an OPEN that is too short is refused before its body.
    let decoded = match Frame::first(&octets, context.max_message_len) {
        Ok(first) => Message::decode(first.expect("it is whole"), &context),
        Err(error) => Err(error),
    };
    let value = match decoded {
        Ok(parsed) => parsed.value,
        Err(error) => Message::Notification(error.notification()),
    };
    let _ = value.to_string();
    let mut out = Vec::new();
    value.encode(&context, &mut out).expect("it can be written");
    let again = Message::decode(frame(&out), &context).expect("it can be read");
    assert_eq!(again.value, value);
});
