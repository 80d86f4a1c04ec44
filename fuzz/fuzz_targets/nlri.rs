//! NLRI of each family, with path identifiers and without: a list that was read
//! gives the same octets when its elements are pushed to a new one, and is read
//! again as the same list.
#![no_main]

use bgpwright::{
    types::Family,
    wire::{AnyNlri, Destination, NlriList, Parsed, Update},
};
use bgpwright_fuzz::{FAMILIES, check_faults, context, frame, parse, update};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, octets)) = input.split_first() else {
        return;
    };
    let with_path_ids = choice & 0x80 != 0;
    let family = FAMILIES[usize::from(choice & 0x7f) % FAMILIES.len()];
    let Some((message, parsed)) = withdraw(family, octets, with_path_ids) else {
        return;
    };
    check_faults(&parsed.faults, frame(&message));
    let Some(unreach) = parsed.value.mp_unreach else {
        return;
    };
    let list = unreach.nlri;
    let _ = list.to_string();

    let mut pushed = if list.has_path_ids() {
        NlriList::with_path_ids(family)
    } else {
        NlriList::new(family)
    };
    for element in list.iter() {
        let _ = element.to_string();
        pushed.push_any(&element).expect("what was read fits");
    }
    if Destination::is_read(family) {
        assert_eq!(pushed, list);
        let prefixes: Vec<AnyNlri> = list.prefixes().map(Into::into).collect();
        assert!(prefixes.is_empty() || list.iter().eq(prefixes));
    }

    let Some((_, again)) = withdraw(family, list.octets(), with_path_ids) else {
        return;
    };
    assert_eq!(again.value.mp_unreach.map(|of| of.nlri), Some(list));
    assert!(again.faults.len() <= parsed.faults.len());
});

/// An UPDATE that withdraws these, read.
fn withdraw(
    family: Family,
    octets: &[u8],
    with_path_ids: bool,
) -> Option<(Vec<u8>, Parsed<Update>)> {
    let length = u16::try_from(octets.len() + 3).ok()?;
    let mut attributes = vec![0x90, 15];
    attributes.extend(length.to_be_bytes());
    attributes.extend(family.afi.0.to_be_bytes());
    attributes.push(family.safi.0);
    attributes.extend(octets);
    let message = update(&[], &attributes, &[])?;
    let choice = if with_path_ids { 0x39 } else { 0x21 };
    let parsed = parse(&message, &context(choice));
    Some((message, parsed))
}
