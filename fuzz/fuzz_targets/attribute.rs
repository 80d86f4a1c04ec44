//! One attribute of any code and flags in an UPDATE: the view has its octets,
//! one that is kept as octets is written as it came, and any other that had no
//! fault is read again as the same value.
#![no_main]

use bgpwright::wire::{AttributeCode, AttributeFlags, Context, Message, UpdateView};
use bgpwright_fuzz::{check_faults, frame, parse, split, update};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((context, [code, flags, value @ ..])) = split(input) else {
        return;
    };
    let Some(octets) = attribute(*code, *flags, value) else {
        return;
    };
    let mut attributes = Vec::new();
    for (other, one) in mandatory(&context) {
        if other != *code {
            attributes.extend(one);
        }
    }
    attributes.extend(&octets);
    let Some(message) = update(&[], &attributes, announced(&context)) else {
        return;
    };
    let first = frame(&message);
    let view = UpdateView::new(first).expect("the lengths are right");
    let last = view.attributes().last().expect("there is one");
    assert_eq!(last.expect("it is whole").octets, octets);

    let parsed = view.parse(&context);
    check_faults(&parsed.faults, first);
    let kept = parsed.value.attributes.other.get(AttributeCode(*code));
    if let Some(kept) = kept {
        assert_eq!((kept.flags.bits(), kept.value), (*flags, value));
    }
    if !parsed.faults.is_empty() {
        return;
    }
    let was_kept = kept.is_some();
    let mut out = Vec::new();
    let mut wide = context.clone();
    wide.max_message_len = 65535;
    let message = Message::Update(parsed.value.clone());
    if message.encode(&wide, &mut out).is_err() {
        assert!(!was_kept && context.extended_next_hop.is_empty());
        return;
    }
    if was_kept {
        let view = UpdateView::new(frame(&out)).expect("the lengths are right");
        let same = view.attributes().filter_map(Result::ok);
        let same: Vec<_> = same.filter(|of| of.code.0 == *code).collect();
        assert_eq!(same.len(), 1);
        assert_eq!(same[0].octets, octets);
    }
    assert_eq!(parse(&out, &context), parsed);
});

fn attribute(code: u8, flags: u8, value: &[u8]) -> Option<Vec<u8>> {
    let mut octets = vec![flags, code];
    if AttributeFlags::from_bits_retain(flags).contains(AttributeFlags::EXTENDED_LENGTH) {
        octets.extend(u16::try_from(value.len()).ok()?.to_be_bytes());
    } else {
        octets.push(u8::try_from(value.len()).ok()?);
    }
    octets.extend(value);
    Some(octets)
}

/// What goes with every route, of a session of either width of AS numbers.
fn mandatory(context: &Context) -> [(u8, Vec<u8>); 3] {
    let confed = context.peer_type == bgpwright::types::PeerType::Confederation;
    let kind = if confed { 3 } else { 2 };
    let asn: &[u8] = if context.four_octet_as {
        &[0, 0, 0xfd, 0xea]
    } else {
        &[0xfd, 0xea]
    };
    let path = [&[kind, 1], asn].concat();
    [
        (1, vec![0x40, 1, 1, 0]),
        (2, attribute(2, 0x40, &path).unwrap_or_default()),
        (3, vec![0x40, 3, 4, 192, 0, 2, 2]),
    ]
}

fn announced(context: &Context) -> &'static [u8] {
    if context.receives_path_ids(bgpwright::types::Family::IPV4_UNICAST) {
        &[0, 0, 0, 1, 8, 10]
    } else {
        &[8, 10]
    }
}
