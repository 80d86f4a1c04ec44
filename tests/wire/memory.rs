//! What reading costs in memory: nothing where nothing is kept, and never more
//! than a small multiple of the octets, whatever they say.

use allocation_counter::measure;
use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{Attribute, Context, Frame, Message, Nlri, UpdateBuffer, UpdateView, Visit},
};
use proptest::{collection::vec, prelude::*};

use crate::build::{context, hex, message};

/// All families that have a number, with and without path identifiers.
fn wide(path_ids: bool) -> Context {
    let mut context = context(PeerType::Internal);
    context.max_message_len = 65535;
    context.families = [Afi::IPV4, Afi::IPV6, Afi::L2VPN, Afi::BGP_LS]
        .into_iter()
        .flat_map(|afi| (1..=255).map(move |safi| Family::new(afi, Safi(safi))))
        .collect();
    if path_ids {
        context.add_path_receive.clone_from(&context.families);
    }
    context
}

/// Reads whatever is in `octets`, and holds the memory that takes to the bound.
fn read(octets: &[u8], context: &Context) {
    let Ok(Some(frame)) = Frame::first(octets, context.max_message_len) else {
        return;
    };
    let info = measure(|| drop(Message::decode(frame, context)));
    let bound = octets.len() as u64 * 16 + 4096;
    assert!(
        info.bytes_max <= bound,
        "{} octets of memory for a message of {}: {:02x?}",
        info.bytes_max,
        octets.len(),
        &octets[..octets.len().min(64)]
    );
}

fn update(attributes: &[u8], announced: &[u8]) -> Vec<u8> {
    let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
    message(2, &[&[0, 0], &length[..], attributes, announced].concat())
}

fn usual() -> Vec<u8> {
    update(
        &hex("40 01 01 00
              40 02 0e 02 03 0000fdea 0000fdeb 0000fdec
              40 03 04 c0000202
              80 04 04 0000000a
              40 05 04 00000064
              c0 08 08 fdea0064 ffffff01
              c0 10 08 0002fdea00000001
              80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8"),
        &hex("18 cb0071 18 c63364 00"),
    )
}

struct Count(usize);

impl<'a> Visit<'a> for Count {
    fn attribute(&mut self, _: Attribute<'a>) {
        self.0 += 1;
    }

    fn announced(&mut self, _: Family, _: Nlri) {
        self.0 += 1;
    }
}

#[test]
fn looking_at_an_update_allocates_nothing() {
    let context = context(PeerType::Internal);
    let octets = usual();
    let mut faults = Vec::new();
    let mut count = Count(0);
    let info = measure(|| {
        let frame = Frame::first(&octets, 4096).unwrap().unwrap();
        let view = UpdateView::new(frame).unwrap();
        assert_eq!(view.walk(&context, &mut count, &mut faults), None);
    });
    assert_eq!(count.0, 8 + 4);
    assert_eq!(info.count_total, 0);
}

#[test]
fn a_buffer_that_has_read_such_a_message_allocates_nothing_for_the_next() {
    let context = context(PeerType::Internal);
    let octets = usual();
    let frame = Frame::first(&octets, 4096).unwrap().unwrap();
    let view = UpdateView::new(frame).unwrap();
    let mut buffer = UpdateBuffer::new();
    buffer.read(&view, &context);
    // One that has nothing to keep lies between.
    let empty = update(&[], &[]);
    let frame = Frame::first(&empty, 4096).unwrap().unwrap();
    let other = UpdateView::new(frame).unwrap();
    let info = measure(|| {
        buffer.read(&other, &context);
        assert!(buffer.read(&view, &context).faults.is_empty());
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn messages_of_the_smallest_parts_cost_a_small_multiple() {
    for path_ids in [false, true] {
        let context = wide(path_ids);
        for size in [4000_usize, 65000] {
            // Default routes; empty attributes, all of another code, and all of
            // one; multicast prefixes, each a fault.
            read(&update(&[], &vec![0; size]), &context);
            read(
                &message(2, &[&[0x0f, 0xa0], &vec![0; size][..]].concat()),
                &context,
            );
            read(&update(&[], &[4, 0xe0].repeat(size / 2)), &context);
            let codes = (0..=255_u8).flat_map(|code| [0xc0, code, 0]);
            read(&update(&codes.collect::<Vec<_>>(), &[]), &context);
            read(&update(&[0xc0, 99, 0].repeat(size / 3), &[]), &context);
            let length = u16::try_from(size).unwrap().to_be_bytes();
            for value in [[0x02, 0x00], [0x02, 0x01], [0x00, 0x00], [0xff, 0xff]] {
                for code in [2, 8, 10, 16, 17, 22, 23, 25, 26, 29, 32, 40, 128] {
                    let flags = if code == 2 { 0x50 } else { 0xd0 };
                    let head = [flags, code, length[0], length[1]];
                    let attribute = [&head[..], &value.repeat(size / 2)].concat();
                    read(&update(&attribute, &[]), &context);
                }
            }
        }
    }
}

#[test]
fn nlri_of_the_smallest_elements_cost_a_small_multiple() {
    let context = wide(false);
    for family in &context.families {
        for element in [
            &[0_u8, 0][..],
            &[1, 0],
            &[4, 3, 0x81, 6, 0],
            &[0, 1, 0, 0],
            &[9, 2, 0, 0],
        ] {
            let [high, low] = family.afi.0.to_be_bytes();
            let mut value = vec![high, low, family.safi.0];
            value.extend(element.repeat(4000 / element.len()));
            let length = u16::try_from(value.len()).unwrap().to_be_bytes();
            let attribute = [&[0x90, 15, length[0], length[1]][..], &value].concat();
            read(&update(&attribute, &[]), &context);
        }
    }
}

#[test]
fn opens_of_the_smallest_capabilities_cost_a_small_multiple() {
    let context = wide(false);
    for code in 0..=255_u8 {
        let capabilities = [code, 0].repeat(1900);
        let length = u16::try_from(capabilities.len()).unwrap();
        let outer = (length + 3).to_be_bytes();
        let inner = length.to_be_bytes();
        let head = [4, 0xfd, 0xe9, 0, 90, 192, 0, 2, 1, 255, 255];
        let body = [&head[..], &outer, &[2], &inner, &capabilities].concat();
        read(&message(1, &body), &context);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_costs_more_than_a_small_multiple(
        kind in 1..=5_u8,
        body in vec(any::<u8>(), 0..300),
        path_ids in any::<bool>(),
    ) {
        read(&message(kind, &body), &wide(path_ids));
    }

    #[test]
    fn no_attribute_costs_more_than_a_small_multiple(
        code in any::<u8>(),
        flags in any::<u8>(),
        value in vec(any::<u8>(), 0..300),
    ) {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        let head = [flags | 0x10, code, length[0], length[1]];
        read(&update(&[&head[..], &value].concat(), &[]), &wide(false));
    }
}
