//! What was read without a fault is written, and read again as the same value.
#![no_main]

use bgpwright::{
    types::{Family, PeerType},
    wire::{Context, Frame, Message},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Some((choice, octets)) = octets.split_first() else {
        return;
    };
    let mut context = Context::default();
    context.four_octet_as = choice & 1 != 0;
    context.families.push(Family::IPV6_UNICAST);
    if choice & 2 != 0 {
        context.peer_type = PeerType::Internal;
    }
    let Ok(Some(frame)) = Frame::first(octets, context.max_message_len) else {
        return;
    };
    let Ok(parsed) = Message::decode(frame, &context) else {
        return;
    };
    let _ = parsed.value.to_string();
    // On a two-octet session AS4_PATH may join segments: see the codec's docs.
    if !parsed.faults.is_empty() || !context.four_octet_as {
        return;
    }
    let mut out = Vec::new();
    if parsed.value.encode(&context, &mut out).is_ok() {
        let frame = Frame::first(&out, context.max_message_len)
            .expect("what was written has a header")
            .expect("and is whole");
        assert_eq!(Message::decode(frame, &context), Ok(parsed));
    }
});
