//! What holds for every value, and for every run of octets.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bgpwright::{
    types::{
        AsPath, Asn, ClusterId, Community, ExtendedCommunity, Family, LargeCommunity, NextHop,
        PeerType, Prefix, RouterId, SegmentKind,
    },
    wire::{
        Aggregator, AttributeCode, AttributeFlags, AttributeSet, Context, Frame, Message, MpReach,
        MpUnreach, Nlri, NlriList, Origin, PartialAttributes, RawAttribute, RawAttributes, Update,
        UpdateView,
    },
};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    arbitrary::{notification, open, refresh},
    build::{context, decode, encode},
};

fn contexts() -> impl Strategy<Value = Context> {
    any::<(bool, bool)>().prop_map(|(four_octet_as, internal)| {
        let mut context = context(if internal {
            PeerType::Internal
        } else {
            PeerType::External
        });
        context.four_octet_as = four_octet_as;
        context
    })
}

/// Not multicast, which is a fault.
fn v4() -> impl Strategy<Value = Nlri> {
    (0..0xe000_0000_u32, 0..=32_u8)
        .prop_map(|(addr, length)| Prefix::new(IpAddr::V4(addr.into()), length).unwrap().into())
}

fn v6() -> impl Strategy<Value = Nlri> {
    (0..0xff00_u128 << 112, 0..=128_u8)
        .prop_map(|(addr, length)| Prefix::new(IpAddr::V6(addr.into()), length).unwrap().into())
}

fn host_v4() -> impl Strategy<Value = Ipv4Addr> {
    (1..0xe000_0000_u32).prop_map(Ipv4Addr::from)
}

fn host_v6() -> impl Strategy<Value = NextHop> {
    let global = (1..0xff00_u16, any::<u64>())
        .prop_map(|(high, low)| Ipv6Addr::from(u128::from(high) << 112 | u128::from(low)));
    (global, option::of(any::<u64>())).prop_map(|(global, local)| NextHop::V6 {
        global,
        link_local: local.map(|low| Ipv6Addr::from(0xfe80_u128 << 112 | u128::from(low))),
    })
}

fn asn() -> impl Strategy<Value = Asn> {
    prop_oneof![1..70_000_u32, 1..=u32::MAX].prop_map(Asn)
}

fn as_path() -> impl Strategy<Value = AsPath> {
    let kind = prop_oneof![Just(SegmentKind::Set), Just(SegmentKind::Sequence)];
    vec((kind, vec(asn(), 1..6)), 0..4).prop_map(|segments| {
        let mut path = AsPath::empty();
        for (kind, asns) in segments {
            path.push(kind, asns);
        }
        path
    })
}

type Raw = (AttributeCode, AttributeFlags, Vec<u8>);

fn raw() -> impl Strategy<Value = Raw> {
    (129..=255_u8, any::<u8>(), vec(any::<u8>(), 0..300)).prop_map(|(code, flags, value)| {
        let long = AttributeFlags::EXTENDED_LENGTH;
        let mut flags = AttributeFlags::from_bits_retain(flags) | AttributeFlags::OPTIONAL;
        flags.set(long, flags.contains(long) || value.len() > 255);
        (AttributeCode(code), flags, value)
    })
}

prop_compose! {
    fn attributes(internal: bool)(
        origin in prop_oneof![Just(Origin::Igp), Just(Origin::Egp), Just(Origin::Incomplete)],
        as_path in as_path(),
        next_hop in host_v4(),
        med in any::<Option<u32>>(),
        local_pref in any::<Option<u32>>(),
        atomic_aggregate in any::<bool>(),
        aggregator in option::of((asn(), any::<u32>())),
        communities in vec(any::<u32>(), 0..70),
        originator_id in any::<Option<u32>>(),
        cluster_list in vec(any::<u32>(), 0..4),
        extended in vec(any::<[u8; 8]>(), 0..4),
        large in vec(any::<(u32, u32, u32)>(), 0..4),
        only_to_customer in any::<Option<u32>>(),
        partial in 0..32_u8,
        raw in vec(raw(), 0..3),
    ) -> AttributeSet {
        let mut other = RawAttributes::new();
        for (code, flags, value) in raw {
            let value = &value;
            other.insert(RawAttribute { code, flags, value }).unwrap();
        }
        let mut set = AttributeSet {
            origin: Some(origin),
            as_path: Some(as_path),
            next_hop: Some(NextHop::V4(next_hop)),
            med,
            local_pref: local_pref.filter(|_| internal),
            atomic_aggregate,
            aggregator: aggregator.map(|(asn, id)| Aggregator { asn, router_id: id.into() }),
            communities: communities.into_iter().map(Community).collect(),
            originator_id: originator_id.filter(|_| internal).map(RouterId),
            cluster_list: if internal {
                cluster_list.into_iter().map(ClusterId).collect()
            } else {
                Vec::new()
            },
            extended_communities: extended.into_iter().map(ExtendedCommunity).collect(),
            large_communities: large
                .into_iter()
                .map(|(global, local1, local2)| LargeCommunity { global, local1, local2 })
                .collect(),
            only_to_customer: only_to_customer.map(Asn),
            partial: PartialAttributes::from_bits_retain(partial),
            other,
        };
        // An attribute that is not there is not partial either.
        let there = [
            (PartialAttributes::AGGREGATOR, set.aggregator.is_some()),
            (PartialAttributes::COMMUNITIES, !set.communities.is_empty()),
            (PartialAttributes::EXTENDED_COMMUNITIES, !set.extended_communities.is_empty()),
            (PartialAttributes::LARGE_COMMUNITIES, !set.large_communities.is_empty()),
            (PartialAttributes::ONLY_TO_CUSTOMER, set.only_to_customer.is_some()),
        ];
        for (flag, there) in there {
            set.partial.set(flag, set.partial.contains(flag) && there);
        }
        set
    }
}

fn update(internal: bool) -> impl Strategy<Value = Update> {
    let reach = (host_v6(), vec(v6(), 0..20)).prop_map(|(next_hop, nlri)| MpReach {
        next_hop: Some(next_hop),
        nlri: NlriList::collect(Family::IPV6_UNICAST, nlri).unwrap(),
    });
    let unreach = vec(v6(), 0..20).prop_map(|nlri| MpUnreach {
        nlri: NlriList::collect(Family::IPV6_UNICAST, nlri).unwrap(),
    });
    (
        vec(v4(), 0..20),
        option::of(unreach),
        option::of(reach),
        attributes(internal),
        vec(v4(), 0..20),
    )
        .prop_map(
            |(withdrawn, mp_unreach, mp_reach, attributes, announced)| Update {
                withdrawn: NlriList::collect(Family::IPV4_UNICAST, withdrawn).unwrap(),
                mp_unreach,
                mp_reach,
                attributes,
                announced: NlriList::collect(Family::IPV4_UNICAST, announced).unwrap(),
            },
        )
}

fn messages(internal: bool) -> impl Strategy<Value = Message> {
    prop_oneof![
        4 => update(internal).prop_map(Message::Update),
        1 => open().prop_map(Message::Open),
        1 => notification().prop_map(Message::Notification),
        1 => refresh().prop_map(Message::RouteRefresh),
        1 => Just(Message::Keepalive),
    ]
}

fn in_context() -> impl Strategy<Value = (Context, Message)> {
    contexts().prop_flat_map(|context| {
        let internal = context.peer_type == PeerType::Internal;
        (Just(context), messages(internal))
    })
}

/// Frames, decodes, shows and checks the offsets of whatever is in `octets`.
fn take_apart(octets: &[u8], context: &Context) {
    let Ok(Some(frame)) = Frame::first(octets, context.max_message_len) else {
        return;
    };
    match Message::decode(frame, context) {
        Err(error) => {
            let _ = error.notification().to_string();
        }
        Ok(parsed) => {
            let _ = parsed.value.to_string();
            for fault in &parsed.faults {
                assert!((fault.offset as usize) < frame.wire_len(), "{fault}");
                let _ = fault.notification(frame).to_string();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_that_is_written_is_read_again((context, message) in in_context()) {
        let octets = encode(&message, &context);
        let parsed = decode(&octets, &context).unwrap();
        prop_assert_eq!(&parsed.faults, &[]);
        prop_assert_eq!(&parsed.value, &message);
        prop_assert_eq!(encode(&parsed.value, &context), octets);
    }

    #[test]
    fn a_prefix_of_a_message_is_no_message((context, message) in in_context()) {
        let octets = encode(&message, &context);
        for end in 0..octets.len() {
            prop_assert_eq!(Frame::first(&octets[..end], context.max_message_len), Ok(None));
        }
    }

    #[test]
    fn a_bad_header_is_the_same_error_however_much_of_it_came(
        header in vec(prop_oneof![9 => Just(0xff_u8), 1 => any::<u8>()], 16),
        rest in vec(any::<u8>(), 3..20),
    ) {
        let octets = [header, rest].concat();
        let whole = Frame::first(&octets, 4096);
        for end in 0..octets.len() {
            match Frame::first(&octets[..end], 4096) {
                Ok(None) => {}
                early => prop_assert_eq!(&early, &whole),
            }
        }
    }

    #[test]
    fn random_bodies_do_not_panic(
        context in contexts(),
        kind in 1..=5_u8,
        body in vec(any::<u8>(), 0..200),
    ) {
        take_apart(&crate::build::message(kind, &body), &context);
        take_apart(&body, &context);
    }

    #[test]
    fn mutations_do_not_panic_and_faults_point_inside(
        (context, message) in in_context(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut octets = encode(&message, &context);
        for (at, value) in changes {
            let at = 19 + at.index(octets.len());
            if let Some(octet) = octets.get_mut(at) {
                *octet = value;
            }
        }
        take_apart(&octets, &context);
    }

    #[test]
    fn view_and_value_agree_on_the_prefixes((context, update) in (contexts(), update(false))) {
        let octets = encode(&Message::Update(update.clone()), &context);
        let frame = Frame::first(&octets, 4096).unwrap().unwrap();
        let view = UpdateView::new(frame).unwrap();
        prop_assert!(view.withdrawn(&context).eq(update.withdrawn.prefixes()));
        prop_assert!(view.announced(&context).eq(update.announced.prefixes()));
        prop_assert!(view.attributes().all(|attribute| attribute.is_ok()));
    }

    #[test]
    fn serde_keeps_every_message((_, message) in in_context()) {
        let text = serde_json::to_string(&message).unwrap();
        prop_assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
    }
}
