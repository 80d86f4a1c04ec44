use std::net::IpAddr;

use bgpwright::{
    rib::{AdjRibOut, BestChange, Neighbor, Rib, RouteSource, Step, UnknownNextHops},
    types::{Family, NextHop, PeerId, PeerType, Prefix, RouterId},
    wire::AttributeSet,
};

const A: PeerId = PeerId(0);
const B: PeerId = PeerId(1);

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn rib() -> Rib {
    let mut rib = Rib::new(UnknownNextHops::Resolvable);
    for (peer, last) in [(A, 1), (B, 2)] {
        let facts = Neighbor {
            peer_type: PeerType::Internal,
            router_id: RouterId(u32::from(last)),
            address: IpAddr::from([192, 0, 2, last]),
        };
        rib.neighbor_up(peer, facts);
    }
    rib
}

fn insert(rib: &mut Rib, source: RouteSource, to: &str, local_pref: u32) -> Option<BestChange> {
    let set = rib.intern(AttributeSet {
        local_pref: Some(local_pref),
        next_hop: Some(NextHop::from(IpAddr::from([192, 0, 2, 9]))),
        ..AttributeSet::default()
    });
    let change = rib.insert(source, prefix(to), None, &set);
    rib.release(set);
    change
}

fn sweep(rib: &mut Rib, peer: PeerId, limit: usize) -> (Vec<BestChange>, usize) {
    let (mut cursor, mut changes, mut slices) = (None, Vec::new(), 1);
    while rib.sweep_slice(
        (Family::IPV4_UNICAST, peer),
        &mut cursor,
        limit,
        &mut changes,
    ) {
        slices += 1;
    }
    (changes, slices)
}

#[test]
fn only_a_change_of_the_best_route_is_a_change() {
    let mut rib = rib();
    let to = "10.0.0.0/24";
    assert!(insert(&mut rib, RouteSource::Peer(A), to, 100).is_some());
    assert!(
        insert(&mut rib, RouteSource::Peer(B), to, 90).is_none(),
        "worse"
    );
    assert!(
        insert(&mut rib, RouteSource::Peer(A), to, 100).is_none(),
        "the same again"
    );
    assert!(
        insert(&mut rib, RouteSource::Peer(B), to, 110).is_some(),
        "better"
    );
    assert_eq!(rib.best(prefix(to)).unwrap().decided_by, Step::LocalPref);
    assert!(rib.remove(RouteSource::Peer(A), prefix(to), None).is_none());
    assert!(rib.remove(RouteSource::Peer(B), prefix(to), None).is_some());
    assert!(rib.best(prefix(to)).is_none());
    assert!(
        rib.remove(RouteSource::Peer(B), prefix(to), None).is_none(),
        "nothing there"
    );
    assert_eq!(rib.attribute_sets(), 0, "no handle is left");
}

#[test]
fn a_route_whose_next_hop_is_unreachable_is_kept_and_not_best() {
    let mut rib = rib();
    insert(&mut rib, RouteSource::Peer(A), "10.0.0.0/24", 100);
    assert!(rib.set_next_hop(prefix("192.0.2.0/24"), None));
    let (mut cursor, mut changes) = (None, Vec::new());
    assert!(!rib.decide_slice(Family::IPV4_UNICAST, &mut cursor, 10, &mut changes));
    assert_eq!(changes, [BestChange(prefix("10.0.0.0/24"))]);
    assert!(rib.best(prefix("10.0.0.0/24")).is_none());
    assert_eq!(rib.paths_from(RouteSource::Peer(A)).count(), 1);
}

#[test]
fn what_a_lost_neighbour_sent_is_stale_until_it_comes_again_or_is_swept() {
    let mut rib = rib();
    for net in 0..10 {
        insert(
            &mut rib,
            RouteSource::Peer(A),
            &format!("10.0.{net}.0/24"),
            100,
        );
    }
    rib.neighbor_down(A);
    assert!(rib.routes().all(|route| route.stale));
    assert!(
        insert(&mut rib, RouteSource::Peer(A), "10.0.4.0/24", 100).is_none(),
        "as it was"
    );
    let (changes, slices) = sweep(&mut rib, A, 3);
    assert_eq!((changes.len(), slices), (9, 4));
    let left: Vec<_> = rib
        .routes()
        .map(|route| (route.prefix, route.stale))
        .collect();
    assert_eq!(left, [(prefix("10.0.4.0/24"), false)]);
}

#[test]
fn a_neighbour_is_told_the_latest_of_a_flapping_prefix_once() {
    let mut rib = rib();
    for net in 0..5 {
        insert(
            &mut rib,
            RouteSource::Local,
            &format!("10.0.{net}.0/24"),
            100,
        );
    }
    let mut out = AdjRibOut::new(Family::IPV4_UNICAST);
    let first = out.next_prefixes(&rib, 2);
    assert_eq!(first.len(), 2);
    for _ in 0..3 {
        out.mark(prefix("10.0.0.0/24"));
    }
    assert!(!out.take_end_of_rib(), "three are still to be told");
    let rest = out.next_prefixes(&rib, 100);
    let told: Vec<_> = rest.iter().map(|(to, _)| to.to_string()).collect();
    assert_eq!(
        told,
        ["10.0.0.0/24", "10.0.2.0/24", "10.0.3.0/24", "10.0.4.0/24"]
    );
    assert!(out.take_end_of_rib());
    assert!(!out.is_pending());
    out.send_again();
    assert_eq!(
        out.next_prefixes(&rib, 100)
            .iter()
            .filter(|(_, again)| *again)
            .count(),
        5
    );
}

#[test]
fn a_walk_in_small_batches_sees_every_prefix_once_whatever_is_pending() {
    let mut rib = rib();
    for net in 0..20 {
        insert(
            &mut rib,
            RouteSource::Local,
            &format!("10.0.{net}.0/24"),
            100,
        );
    }
    let mut out = AdjRibOut::new(Family::IPV4_UNICAST);
    let mut seen = std::collections::BTreeMap::<Prefix, usize>::new();
    for round in 0.. {
        if round < 3 {
            out.mark(prefix("10.0.19.0/24"));
        }
        let batch = out.next_prefixes(&rib, 3);
        if batch.is_empty() {
            break;
        }
        for (to, _) in batch {
            *seen.entry(to).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 20);
    assert_eq!(seen.values().filter(|count| **count == 1).count(), 19);
}
