//! The body of an OPEN: what was read is written and read again as the same
//! value, and the answer to one that is refused can be written and read.
#![no_main]

use bgpwright::wire::{Message, MessageType};
use bgpwright_fuzz::{context, frame, message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Some(octets) = message(MessageType::OPEN, body) else {
        return;
    };
    let context = context(0x21);
    let value = match Message::decode(frame(&octets), &context) {
        Ok(parsed) => parsed.value,
        Err(error) => Message::Notification(error.notification()),
    };
    let _ = value.to_string();
    let mut out = Vec::new();
    value.encode(&context, &mut out).expect("it can be written");
    let again = Message::decode(frame(&out), &context).expect("it can be read");
    assert_eq!(again.value, value);
});
