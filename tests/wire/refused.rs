//! What the codec does not write, since it would not come back; and what it
//! does not grade, since it is to be ignored.

use bgpwright::{
    types::{AsPath, Asn, Family, NextHop, PeerType, Prefix, SegmentKind},
    wire::{
        AttributeBlock, AttributeCode, AttributeFlags, AttributeSet, EncodeError, FaultKind,
        Message, Nlri, NlriList, Origin, Parsed, RawAttribute, Treatment, Update,
        update::pack_reach,
    },
};

use crate::build::{context, decode, encode, hex, message};

fn set(path: AsPath) -> AttributeSet {
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(path),
        next_hop: Some(NextHop::V4([192, 0, 2, 1].into())),
        ..AttributeSet::default()
    }
}

/// ORIGIN, AS_PATH and NEXT_HOP.
const MANDATORY: &str = "40 01 01 00 40 02 06 02 01 0000fdea 40 03 04 c0000201";

/// An UPDATE of these attributes that announces 10.0.0.0/8.
fn update(attributes: &str) -> Vec<u8> {
    let attributes = hex(attributes);
    let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
    message(2, &[&[0, 0], &length[..], &attributes, &[8, 10]].concat())
}

#[test]
fn routes_of_a_message_that_is_to_withdraw_are_withdrawn() {
    let routes = |attributes: &str| {
        let context = context(PeerType::External);
        let parsed = decode(&update(attributes), &context).unwrap();
        let Message::Update(value) = parsed.value else {
            panic!("no UPDATE");
        };
        let faults = parsed.faults;
        let parsed = Parsed { value, faults };
        let text = |of: Vec<bgpwright::wire::AnyNlri>| {
            let all = of.iter().map(ToString::to_string);
            all.collect::<Vec<_>>().join(" ")
        };
        (
            text(parsed.announced().collect()),
            text(parsed.withdrawn().collect()),
        )
    };
    let ten = || "10.0.0.0/8".to_owned();
    assert_eq!(routes(MANDATORY), (ten(), String::new()));
    // ORIGIN 3.
    let bad = MANDATORY.replacen("40 01 01 00", "40 01 01 03", 1);
    assert_eq!(routes(&bad), (String::new(), ten()));
}

#[test]
fn a_family_that_is_not_read_has_no_block_and_one_that_is_no_opaque_list() {
    let unknown = Family::new(bgpwright::types::Afi(99), bgpwright::types::Safi(9));
    let context = context(PeerType::Internal);
    let family = unknown;
    assert_eq!(
        AttributeBlock::new(&set(AsPath::empty()), unknown, &context),
        Err(EncodeError::Nlri { family })
    );
    let family = Family::IPV4_UNICAST;
    assert_eq!(
        NlriList::opaque(family, [33, 1]),
        Err(EncodeError::Nlri { family })
    );
}

#[test]
fn a_path_without_its_confederation_goes_to_no_peer_in_one() {
    let path = AsPath::sequence([Asn(65001)]);
    let code = AttributeCode::AS_PATH;
    let refused = Err(EncodeError::Attribute { code });
    let mut context = context(PeerType::Internal);
    let family = Family::IPV4_UNICAST;
    assert!(AttributeBlock::new(&set(path.clone()), family, &context).is_ok());
    context.peer_type = PeerType::Confederation;
    assert_eq!(AttributeBlock::new(&set(path), family, &context), refused);
    let mut path = AsPath::empty();
    path.push(SegmentKind::ConfedSequence, [Asn(65001)]);
    assert!(AttributeBlock::new(&set(path), family, &context).is_ok());
}

#[test]
fn a_set_over_255_numbers_is_refused_and_a_sequence_split() {
    let context = context(PeerType::Internal);
    let family = Family::IPV4_UNICAST;
    for (kind, fits) in [(SegmentKind::Set, false), (SegmentKind::Sequence, true)] {
        let mut path = AsPath::empty();
        path.push(kind, (1..=256).map(Asn));
        let block = AttributeBlock::new(&set(path), family, &context);
        assert_eq!(block.is_ok(), fits, "{kind:?}");
    }
}

#[test]
fn confederation_segments_behind_a_cut_do_not_move_behind_the_origin() {
    let mut context = context(PeerType::Internal);
    context.four_octet_as = false;
    // 1 23456 (9) 3 and 70000 3.
    let octets = update(
        "40010100
         40020e 0202 0001 5ba0  0301 0009  0201 0003
         400304 c0000202
         c0110a 0202 00011170 00000003",
    );
    let parsed = decode(&octets, &context).unwrap();
    let Message::Update(update) = parsed.value else {
        panic!("an UPDATE")
    };
    assert_eq!(update.attributes.as_path.unwrap().to_string(), "1 70000 3");
}

#[test]
fn routes_of_a_family_that_was_not_agreed_on_are_not_graded() {
    let mut context = context(PeerType::External);
    context.families = vec![Family::IPV4_UNICAST];
    // IPv6 of 200 bits.
    let octets = update("800f05 0002 01 c8 01  40010100  40020602010000fdea  400304c0000202");
    let parsed = decode(&octets, &context).unwrap();
    assert_eq!(parsed.treatment(), Some(Treatment::AttributeDiscard));
    assert!(parsed.faults.iter().all(|of| of.kind == FaultKind::Family));
}

#[test]
fn one_route_that_just_fits_is_packed() {
    let context = context(PeerType::Internal);
    let family = Family::IPV6_UNICAST;
    let prefix: Prefix = "2001:db8::/32".parse().unwrap();
    let mut set = set(AsPath::empty());
    set.next_hop = Some(NextHop::from(
        "2001:db8::1".parse::<core::net::IpAddr>().unwrap(),
    ));
    let mut length = 4100;
    let packed = loop {
        let value = &vec![7; length][..];
        let code = AttributeCode(99);
        let flags = AttributeFlags::OPTIONAL | AttributeFlags::TRANSITIVE;
        set.other
            .insert(RawAttribute { code, flags, value })
            .unwrap();
        let mut out = Vec::new();
        if pack_reach(&context, family, &set, &[Nlri::from(prefix)], &mut out).is_ok() {
            break out;
        }
        length -= 1;
    };
    assert_eq!(packed.len(), 1);
    assert_eq!(packed[0].len(), 4096, "not an octet is left");
}

#[test]
fn a_long_attribute_kept_as_octets_comes_back_as_it_was() {
    let context = context(PeerType::Internal);
    let mut attributes = set(AsPath::empty());
    let code = AttributeCode(99);
    let flags = AttributeFlags::OPTIONAL | AttributeFlags::TRANSITIVE;
    let value = &[7; 300];
    attributes
        .other
        .insert(RawAttribute { code, flags, value })
        .unwrap();
    let prefix: Prefix = "10.0.0.0/8".parse().unwrap();
    let update = Message::Update(Update {
        announced: NlriList::collect(Family::IPV4_UNICAST, [prefix]).unwrap(),
        attributes,
        ..Update::default()
    });
    let parsed = decode(&encode(&update, &context), &context).unwrap();
    assert_eq!(parsed.value, update);
}

#[test]
fn a_malformed_srv6_service_withdraws_and_a_malformed_label_index_is_discarded() {
    // RFC 9252 §7, RFC 8669 §6.
    let judged = |value: &str| {
        let length = hex(value).len();
        let sid = format!("{MANDATORY} c0 28 {length:02x} {value}");
        decode(&update(&sid), &context(PeerType::External))
            .unwrap()
            .treatment()
    };
    let (withdraw, discard) = (Treatment::TreatAsWithdraw, Treatment::AttributeDiscard);
    assert_eq!(judged("05 0004 00 02 0000"), None);
    for value in [
        "05 0000",
        "05 0004 00 01 0000",
        "06 0009 00 02 0000",
        "01 0000 05 0000",
    ] {
        assert_eq!(judged(value), Some(withdraw), "{value}");
    }
    assert_eq!(judged("01 0000"), Some(discard));
}

#[test]
fn an_origin_is_read_in_either_case() {
    for origin in [Origin::Igp, Origin::Egp, Origin::Incomplete] {
        let text = origin.to_string();
        assert_eq!(text.parse(), Ok(origin));
        assert_eq!(text.to_lowercase().parse(), Ok(origin));
    }
    assert!("?".parse::<Origin>().is_err());
}
