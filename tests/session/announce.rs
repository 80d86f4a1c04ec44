//! Routes of an embedder's own.

use bgpwright::{
    session::{Config, Event, SendError},
    types::{Asn, Community, Family, NextHop, Prefix},
    wire::Nlri,
};

use crate::{
    alone::Alone,
    rig::{LEFT, Pair, RIGHT, left, passive, right, seconds, with_families},
};

const BOTH: [Family; 2] = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];

fn routes(prefixes: &[&str]) -> Vec<Nlri> {
    let prefixes = prefixes.iter().map(|it| it.parse::<Prefix>().unwrap());
    prefixes.map(Nlri::from).collect()
}

/// What the right end has been told, in words.
fn told(pair: &Pair) -> Vec<String> {
    let events = pair.ends[RIGHT].events.iter();
    let updates = events.filter_map(|(_, event)| match event {
        Event::Update(update) => Some(update),
        _ => None,
    });
    updates
        .flat_map(|update| {
            let gone = update.withdrawn().map(|it| format!("- {it}"));
            let come = update.announced().map(|it| format!("+ {it}"));
            gone.chain(come).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn routes_of_two_families_come_and_go() {
    let both = |config| with_families(config, &BOTH);
    let mut pair = Pair::established_with(both(left()), both(right()));
    let session = &mut pair.ends[LEFT].session;
    let v4 = routes(&["192.0.2.0/24", "198.51.100.0/24"]);
    let v6 = routes(&["2001:db8::/32"]);
    for (family, list, next_hop) in [(BOTH[0], &v4, "10.0.0.1"), (BOTH[1], &v6, "2001:db8::1")] {
        let next_hop: core::net::IpAddr = next_hop.parse().unwrap();
        let attributes = session.originated(next_hop.into());
        session.announce(&attributes, family, list).unwrap();
    }
    session.withdraw(BOTH[0], &v4[..1]).unwrap();
    session.withdraw(BOTH[1], &v6).unwrap();
    pair.run(seconds(1));
    assert_eq!(
        told(&pair),
        [
            "+ 192.0.2.0/24",
            "+ 198.51.100.0/24",
            "+ 2001:db8::/32",
            "- 192.0.2.0/24",
            "- 2001:db8::/32",
        ]
    );
    // Two prefixes with the same attributes are one message.
    assert_eq!(pair.ends[LEFT].session.stats().sent.updates, 4);
}

#[test]
fn the_attributes_of_our_own_routes_fit_the_neighbour() {
    let text = |neighbour: Asn, change: &dyn Fn(&mut Config)| {
        let mut config = passive(left());
        change(&mut config);
        let mut other = right();
        other.local_as = neighbour;
        let alone = Alone::established_with(config, &other);
        let next_hop = NextHop::V4([10, 0, 0, 1].into());
        alone.session.originated(next_hop).to_string()
    };
    let external = "origin IGP, path 65001, next hop 10.0.0.1";
    assert_eq!(text(Asn(65002), &|_| ()), external);
    let internal = "origin IGP, path empty, next hop 10.0.0.1, local pref 100";
    assert_eq!(text(Asn(65001), &|_| ()), internal);
    let member = "origin IGP, path (65001), next hop 10.0.0.1, local pref 100";
    let confederation = |it: &mut Config| it.confederation = Some("65001-65009".parse().unwrap());
    assert_eq!(text(Asn(65002), &confederation), member);
}

#[test]
fn what_does_not_fit_the_window_is_not_sent_in_part() {
    let mut config = passive(left());
    config.send_window = 4096;
    let mut alone = Alone::established(config);
    alone.writes = false;
    let many: Vec<_> = (0..2000_u32)
        .map(|at| format!("10.{}.{}.0/24", at / 256, at % 256))
        .collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let attributes = alone.session.originated(NextHop::V4([10, 0, 0, 1].into()));
    let family = Family::IPV4_UNICAST;
    let refused = alone.session.announce(&attributes, family, &routes(&many));
    assert_eq!(refused, Err(SendError::WindowFull));
    let refused = alone.session.withdraw(family, &routes(&many));
    assert_eq!(refused, Err(SendError::WindowFull));
    assert_eq!(alone.session.stats().sent.updates, 0);
    let few = routes(&many[..100]);
    assert_eq!(alone.session.announce(&attributes, family, &few), Ok(()));
    let none = Alone::new(left()).session.withdraw(family, &few);
    assert_eq!(none, Err(SendError::NotEstablished));
}

#[test]
fn graceful_shutdown_marks_them_too() {
    let mut pair = Pair::established();
    let session = &mut pair.ends[LEFT].session;
    session.set_graceful_shutdown(true);
    let attributes = session.originated(NextHop::V4([10, 0, 0, 1].into()));
    let list = routes(&["192.0.2.0/24"]);
    session
        .announce(&attributes, Family::IPV4_UNICAST, &list)
        .unwrap();
    pair.run(seconds(1));
    let Some((_, Event::Update(update))) = pair.ends[RIGHT].events.last() else {
        panic!("no UPDATE");
    };
    let communities = &update.value.attributes.communities;
    assert_eq!(*communities, [Community::GRACEFUL_SHUTDOWN]);
}
