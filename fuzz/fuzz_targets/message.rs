//! What a message says does not depend on how long messages may be, and the
//! answer to one that cannot be read is a message that can.
#![no_main]

use bgpwright::wire::{Frame, Message};
use bgpwright_fuzz::{check_faults, frame, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((context, octets)) = split(input) else {
        return;
    };
    let first = match Frame::first(octets, context.max_message_len) {
        Ok(Some(first)) => first,
        Ok(None) => return,
        Err(error) => return answer(&Message::Notification(error.notification()), &context),
    };
    let mut wider = context.clone();
    wider.max_message_len = 65535;
    let decoded = Message::decode(first, &context);
    assert_eq!(Message::decode(first, &wider), decoded);
    match decoded {
        Ok(parsed) => {
            assert_eq!(parsed.value.kind(), first.kind);
            let _ = parsed.value.to_string();
            check_faults(&parsed.faults, first);
            for fault in &parsed.faults {
                answer(&Message::Notification(fault.notification(first)), &context);
            }
        }
        Err(error) => answer(&Message::Notification(error.notification()), &context),
    }
});

fn answer(notification: &Message, context: &bgpwright::wire::Context) {
    let mut out = Vec::new();
    // Data that repeats a message may leave no room for itself.
    if notification.encode(context, &mut out).is_err() {
        assert!(out.is_empty());
        return;
    }
    let again = Message::decode(frame(&out), context).expect("an answer can be read");
    assert_eq!(again.value, *notification);
}
