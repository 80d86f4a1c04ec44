//! Many prefixes into the fewest messages.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bgpwright::{
    types::{AsPath, Asn, Family, NextHop, PeerType, Prefix},
    wire::{
        AttributeSet, EncodeError, Message, MpReach, Nlri, Origin,
        update::{pack_reach, pack_unreach},
    },
};

use crate::build::{context, decode};

fn attributes(next_hop: IpAddr) -> AttributeSet {
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::sequence([Asn(65002)])),
        next_hop: Some(NextHop::from(next_hop)),
        ..AttributeSet::default()
    }
}

fn v4(count: u32) -> Vec<Nlri> {
    (0..count)
        .map(|i| IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + (i << 8))))
        .map(|addr| Nlri::from(Prefix::new(addr, 24).unwrap()))
        .collect()
}

fn v6(count: u32) -> Vec<Nlri> {
    (0..count)
        .map(|i| IpAddr::V6(Ipv6Addr::from(u128::from(0x2001_0000 + i) << 96)))
        .map(|addr| Nlri::from(Prefix::new(addr, 64).unwrap()))
        .collect()
}

#[test]
fn ipv4_routes_fill_each_message_to_the_limit() {
    let context = context(PeerType::External);
    let list = v4(2500);
    let set = attributes("192.0.2.1".parse().unwrap());
    let mut out = Vec::new();
    pack_reach(&context, Family::IPV4_UNICAST, &set, &list, &mut out).unwrap();
    // 4096 - 23 - 20 octets of attributes leave room for 1013 prefixes of 4.
    assert_eq!(out.len(), 3);
    let mut seen = Vec::new();
    for message in &out {
        let parsed = decode(message, &context).unwrap();
        assert_eq!(parsed.faults, []);
        let Message::Update(update) = parsed.value else {
            panic!("an UPDATE")
        };
        assert_eq!(update.attributes, set);
        seen.extend(update.announced.prefixes());
    }
    assert_eq!(seen, list);
    assert!(out[0].len() > 4096 - 4);
}

#[test]
fn ipv6_routes_go_out_in_mp_reach() {
    let context = context(PeerType::External);
    let list = v6(1000);
    let set = attributes("2001:db8::1".parse().unwrap());
    let mut out = Vec::new();
    pack_reach(&context, Family::IPV6_UNICAST, &set, &list, &mut out).unwrap();
    assert_eq!(out.len(), 3);
    let mut seen = Vec::new();
    for message in &out {
        let parsed = decode(message, &context).unwrap();
        assert_eq!(parsed.faults, []);
        let Message::Update(update) = parsed.value else {
            panic!("an UPDATE")
        };
        let Some(MpReach { next_hop, nlri }) = update.mp_reach else {
            panic!("MP_REACH_NLRI")
        };
        assert_eq!(next_hop, set.next_hop);
        assert_eq!(update.attributes.next_hop, None);
        seen.extend(nlri.prefixes());
    }
    assert_eq!(seen, list);
}

#[test]
fn withdrawals_are_packed_in_both_forms() {
    let context = context(PeerType::External);
    let mut out = Vec::new();
    pack_unreach(&context, Family::IPV4_UNICAST, &v4(1018), &mut out).unwrap();
    assert_eq!(out.len(), 1, "1018 prefixes of 4 octets fit 4096 - 23");
    pack_unreach(&context, Family::IPV6_UNICAST, &v6(10), &mut out).unwrap();
    assert_eq!(out.len(), 2);
    for message in &out {
        assert_eq!(decode(message, &context).unwrap().faults, []);
    }
}

#[test]
fn what_cannot_be_written_leaves_the_list_as_it_was() {
    let context = context(PeerType::External);
    let set = attributes("192.0.2.1".parse().unwrap());
    let mut out = Vec::new();
    let mut list = v4(2000);
    list.extend(v6(1));
    let family = Family::IPV4_UNICAST;
    let result = pack_reach(&context, family, &set, &list, &mut out);
    assert_eq!(result, Err(EncodeError::Nlri { family }));
    assert!(out.is_empty());
    let mut bare = set;
    bare.next_hop = None;
    let result = pack_reach(&context, family, &bare, &v4(1), &mut out);
    assert_eq!(result, Err(EncodeError::NextHop { family }));
}
