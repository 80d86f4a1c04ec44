//! Neighbours that are let in by a range.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use bgpwright::{
    session::{
        Admission, AdmissionError, AsSet, Authentication, Config, Denied, OpenMode, PeerAs, Range,
        Reach, ScopedAddr,
    },
    types::{Asn, Family, RouterId},
};
use proptest::{collection::vec, prelude::*};

const US: &str = "192.0.2.1:179";

fn range(prefix: &str) -> Range {
    let template = Config::new(Asn(64512), RouterId(1), PeerAs::Any);
    Range::new(prefix.parse().unwrap(), template)
}

fn limited(prefix: &str, limit: u32) -> Range {
    Range {
        limit,
        ..range(prefix)
    }
}

fn end(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn the_most_specific_range_decides_whatever_the_order() {
    let mut ranges = vec![
        range("0.0.0.0/0"),
        limited("10.1.0.0/16", 0),
        range("10.0.0.0/8"),
    ];
    for _ in 0..ranges.len() {
        ranges.rotate_left(1);
        let mut admission = Admission::new(ranges.clone(), 100).unwrap();
        for (peer, prefix) in [("10.2.0.1:9", "10.0.0.0/8"), ("11.0.0.1:9", "0.0.0.0/0")] {
            let admitted = admission.admit(end(peer), end(US), None).unwrap();
            let found = ranges[admitted.range].prefix;
            assert_eq!(found.to_string(), prefix);
        }
        let hole = admission
            .admit(end("10.1.0.1:9"), end(US), None)
            .unwrap_err();
        assert_eq!(hole.to_string(), "10.1.0.0/16 has 0 neighbours already");
        let v6 = admission.admit(end("[fd00::1]:9"), end("[fd00::2]:179"), None);
        assert_eq!(
            v6.unwrap_err().to_string(),
            "from fd00::1, which is in no range"
        );
    }
}

#[test]
fn a_newcomer_gets_the_terms_of_its_range() {
    let mut rack = range("10.0.0.0/24");
    rack.peer_as = AsSet::exactly(Asn(64601));
    rack.families = vec![Family::IPV6_UNICAST];
    rack.reach = Reach::Secured { hops: 1 };
    rack.authentication = Authentication::Md5("rack".into());
    let text = "10.0.0.0/24: AS 64601, secured within 1 hop, MD5 key rack";
    assert_eq!(rack.to_string(), text);
    let json = serde_json::to_string(&rack).unwrap();
    assert_eq!(serde_json::from_str::<Range>(&json).unwrap(), rack);
    let mut admission = Admission::new(vec![rack], 1).unwrap();
    let admitted = admission
        .admit(end("10.0.0.9:4000"), end(US), None)
        .unwrap();
    assert_eq!(admitted.config.peer_as, PeerAs::Exactly(Asn(64601)));
    assert_eq!(admitted.config.families, [Family::IPV6_UNICAST]);
    assert_eq!(admitted.config.open_mode, OpenMode::Passive);
    let options = admitted.config.transport.as_ref().unwrap().options();
    assert_eq!((options.ttl, options.min_ttl), (255, Some(255)));
    assert_eq!(options.authentication, &Authentication::Md5("rack".into()));
    let later = admitted.config.transport.as_ref().unwrap().check_incoming(
        end("10.0.0.9:4001"),
        end(US),
        None,
    );
    assert_eq!(later, Ok(()), "it may dial again");
    assert!(admission.release(admitted.remote));
    let far = admission.admit(end("10.0.0.9:4000"), end(US), Some(254));
    let text = "TTL 254 is less than 255: from too far away";
    assert_eq!(far.unwrap_err().to_string(), text);
}

#[test]
fn a_place_is_taken_once_and_given_back_once() {
    let mut admission = Admission::new(vec![limited("10.0.0.0/8", 1)], 9).unwrap();
    let (one, two) = (end("10.0.0.1:1"), end("10.0.0.2:1"));
    let first = admission
        .admit(one, end(US), None)
        .unwrap()
        .config
        .transport
        .as_ref()
        .unwrap()
        .remote;
    let again = admission.admit(end("10.0.0.1:2"), end(US), None);
    assert_eq!(again, Err(Denied::AlreadyHere { addr: first }));
    assert!(matches!(
        admission.admit(two, end(US), None),
        Err(Denied::RangeFull { .. })
    ));
    assert!(admission.release(first));
    assert!(!admission.release(first));
    assert!(admission.admit(two, end(US), None).is_ok());
    assert_eq!(admission.len(), 1);
}

#[test]
fn the_wrong_port_and_ourselves_are_refused_uncounted() {
    let mut admission = Admission::new(vec![range("192.0.2.0/24")], 9).unwrap();
    for (peer, local, reason) in [
        ("192.0.2.9:1", "192.0.2.1:1179", "to port 1179, not our 179"),
        ("192.0.2.1:1", US, "from ourselves"),
    ] {
        let denied = admission.admit(end(peer), end(local), None).unwrap_err();
        assert_eq!(denied.to_string(), reason);
    }
    assert!(admission.is_empty());
}

#[test]
fn link_local_ranges_may_be_of_one_interface() {
    let mut swp1 = range("fe80::/64");
    swp1.scope = 1.try_into().ok();
    let mut admission = Admission::new(vec![range("fe80::/64"), swp1], 9).unwrap();
    for (scope, place) in [(1, 1), (2, 0)] {
        let peer = end(&format!("[fe80::2%{scope}]:9"));
        let local = end(&format!("[fe80::1%{scope}]:179"));
        assert_eq!(admission.admit(peer, local, None).unwrap().range, place);
    }
    let nowhere = admission.admit(end("[fe80::2]:9"), end("[fe80::1]:179"), None);
    let text = "remote: a link-local address needs a scope";
    assert_eq!(nowhere.unwrap_err().to_string(), text);
}

#[test]
fn ranges_that_cannot_work_are_named() {
    let refused = |change: fn(&mut Range)| {
        let mut second = range("fe80::/64");
        change(&mut second);
        let ranges = vec![range("10.0.0.0/8"), second];
        Admission::new(ranges, 9).unwrap_err().to_string()
    };
    let prefix = |text: &str| text.parse().unwrap();
    let twice = Admission::new(vec![range("10.0.0.0/8"), range("10.0.0.0/8")], 9);
    let error = AdmissionError::PrefixTwice {
        first: 0,
        second: 1,
        prefix: prefix("10.0.0.0/8"),
    };
    assert_eq!(twice.unwrap_err(), error);
    assert_eq!(
        refused(|it| it.prefix = "ff02::/16".parse().unwrap()),
        "ranges[1].prefix: must not be multicast"
    );
    assert_eq!(
        refused(|it| {
            it.prefix = "fd00::/8".parse().unwrap();
            it.scope = 3.try_into().ok();
        }),
        "ranges[1].scope: only a link-local prefix has one"
    );
    assert_eq!(
        refused(|it| it.peer_as = AsSet::of([])),
        "ranges[1].peer_as: has no AS"
    );
    assert_eq!(
        refused(|it| it.families.clear()),
        "ranges[1].families: at least one is needed"
    );
    assert_eq!(
        refused(|it| it.listen_port = 0),
        "ranges[1].listen_port: must not be 0"
    );
    assert_eq!(
        refused(|it| it.reach = Reach::Secured { hops: 2 }),
        "ranges[1].reach: fe80:: cannot be 2 hops away"
    );
    assert_eq!(
        refused(|it| it.authentication = Authentication::Md5("".into())),
        "ranges[1].authentication: a key has no name"
    );
}

#[test]
fn texts_that_are_no_set_of_ases_are_refused() {
    for text in [
        "",
        "0",
        "1,",
        "5-4",
        "0-9",
        "1--2",
        "64512;64513",
        "4294967296",
        "-1",
    ] {
        assert!(text.parse::<AsSet>().is_err(), "{text}");
    }
}

/// Few addresses, so that they meet.
fn few() -> impl Strategy<Value = SocketAddr> {
    (0..4_u8, 0..6_u8).prop_map(|(net, host)| SocketAddr::from(([10, net, 0, host + 1], 9)))
}

proptest! {
    #[test]
    fn a_set_has_what_it_was_made_of(
        ranges in vec((0..40_u32, 0..40_u32), 0..6), high: bool, asn in 0..41_u32,
    ) {
        // At both ends of the numbers.
        let at = |number: u32| if high { Asn(u32::MAX - number) } else { Asn(number) };
        let ends = |(a, b): (u32, u32)| (at(a).min(at(b)), at(a).max(at(b)));
        let ranges: Vec<_> = ranges.into_iter().map(ends).collect();
        let set = AsSet::of(ranges.iter().copied());
        let asn = at(asn);
        let within = ranges.iter().any(|(first, last)| (*first..=*last).contains(&asn));
        prop_assert_eq!(set.contains(asn), within && asn != Asn::ZERO);
        prop_assert_eq!(set.to_string().parse(), Ok(set.clone()));
        let json = serde_json::to_string(&set).unwrap();
        prop_assert_eq!(serde_json::from_str::<AsSet>(&json).unwrap(), set);
        prop_assert_eq!(AsSet::except(asn).contains(asn), false);
    }

    #[test]
    fn no_limit_is_passed_and_no_place_is_lost(
        limits in vec(0..5_u32, 3), all in 0..8_u32,
        steps in vec((few(), any::<bool>()), 0..120),
    ) {
        let prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"];
        let made = prefixes.iter().zip(&limits).map(|(prefix, limit)| limited(prefix, *limit));
        let ranges: Vec<_> = made.collect();
        let mut admission = Admission::new(ranges, all).unwrap();
        let mut here: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for (peer, comes) in steps {
            let addr = peer.ip();
            let place = match addr {
                IpAddr::V4(addr) if addr.octets()[1] == 1 => 1,
                IpAddr::V4(addr) if addr.octets()[1] == 2 => 2,
                _ => 0,
            };
            if comes {
                let count = here.values().filter(|at| **at == place).count();
                let room = count < limits[place] as usize && here.len() < all as usize;
                let admitted = admission.admit(peer, end(US), None);
                prop_assert_eq!(admitted.is_ok(), room && !here.contains_key(&addr));
                if let Ok(admitted) = admitted {
                    prop_assert_eq!(admitted.range, place);
                    prop_assert_eq!(admitted.config.check(), Ok(()));
                    prop_assert_eq!(admitted.config.transport.as_ref().unwrap().check(), Ok(()));
                    here.insert(addr, place);
                }
            } else {
                let left = admission.release(ScopedAddr::from(addr));
                prop_assert_eq!(left, here.remove(&addr).is_some());
            }
            prop_assert_eq!(admission.len(), here.len());
            let counted: u32 = admission.ranges().map(|(_, count)| count).sum();
            prop_assert_eq!(counted as usize, here.len());
        }
    }
}
