//! The view of an UPDATE and its value have the same prefixes.
#![no_main]

use bgpwright::{
    types::{Family, PeerType, Prefix},
    wire::{Context, Frame, UpdateView},
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
    let Ok(view) = UpdateView::new(frame) else {
        return;
    };
    let parsed = view.parse(&context);
    let withdrawn: Vec<Prefix> = view.withdrawn().filter_map(Result::ok).collect();
    let announced: Vec<Prefix> = view.announced().filter_map(Result::ok).collect();
    let value = &parsed.value;
    assert!(value.withdrawn.iter().map(|of| of.prefix).eq(withdrawn));
    assert!(value.announced.iter().map(|of| of.prefix).eq(announced));
    for fault in &parsed.faults {
        assert!(fault.offset < frame.wire_len());
        let _ = fault.notification(frame).to_string();
    }
});
