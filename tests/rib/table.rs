use std::net::IpAddr;

use bgpwright::{
    rib::{
        Change, DecisionConfig, Marks, Neighbor, Outcome, Refusal, Rib, RouteSource, Step,
        UnknownNextHops, reflect::Loop,
    },
    types::{Family, NextHop, PeerId, PeerType, Prefix, RouterId},
    wire::AttributeSet,
};

const A: PeerId = PeerId(0);
const B: PeerId = PeerId(1);

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn rib() -> Rib {
    let config = DecisionConfig::default();
    let mut rib = Rib::new(UnknownNextHops::Resolvable, config, (1, 2));
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

fn set(local_pref: u32) -> AttributeSet {
    AttributeSet {
        local_pref: Some(local_pref),
        next_hop: Some(NextHop::from(IpAddr::from([192, 0, 2, 9]))),
        ..AttributeSet::default()
    }
}

fn put(
    rib: &mut Rib,
    source: RouteSource,
    to: &str,
    set: &AttributeSet,
    refused: Option<Refusal>,
) -> Option<Change> {
    let handle = rib.intern(set, &Marks::default());
    let to = (rib.table(Family::IPV4_UNICAST), prefix(to));
    let change = rib.insert(source, to, None, &handle, refused);
    rib.release(handle);
    change
}

/// Whether the best route is another.
fn insert(rib: &mut Rib, source: RouteSource, to: &str, local_pref: u32) -> bool {
    let change = put(rib, source, to, &set(local_pref), None);
    change.is_some_and(|change| change.best)
}

/// Whether the best route is another; `None` if there was no such path.
fn remove(rib: &mut Rib, peer: PeerId, to: &str) -> Option<bool> {
    let to = (rib.table(Family::IPV4_UNICAST), prefix(to));
    let change = rib.remove(RouteSource::Peer(peer), to, None)?;
    rib.settle(change);
    Some(change.best)
}

fn sweep(rib: &mut Rib, peer: PeerId, limit: u32) -> (Vec<Change>, usize) {
    let (mut cursor, mut changes, mut slices) = (0, Vec::new(), 1);
    let table = rib.table(Family::IPV4_UNICAST);
    rib.sweep(peer, table);
    while rib.sweep_slice(table, &mut cursor, limit, &mut changes) {
        slices += 1;
    }
    rib.swept(peer, table);
    (changes, slices)
}

#[test]
fn only_a_change_of_the_best_route_is_a_change() {
    let mut rib = rib();
    let to = "10.0.0.0/24";
    let (a, b) = (RouteSource::Peer(A), RouteSource::Peer(B));
    assert!(insert(&mut rib, a, to, 100));
    assert!(!insert(&mut rib, b, to, 90), "worse");
    let again = put(&mut rib, a, to, &set(100), None);
    assert_eq!(again, None, "the same again");
    assert!(insert(&mut rib, b, to, 110), "better");
    assert_eq!(rib.best(prefix(to)).unwrap().decided_by, Step::LocalPref);
    assert_eq!(remove(&mut rib, A, to), Some(false));
    assert_eq!(rib.best(prefix(to)).unwrap().decided_by, Step::OnlyRoute);
    assert_eq!(remove(&mut rib, B, to), Some(true));
    assert!(rib.best(prefix(to)).is_none());
    assert_eq!(remove(&mut rib, B, to), None, "nothing there");
    assert_eq!(rib.attribute_sets(), 0, "no handle is left");
}

#[test]
fn what_is_refused_is_kept_explained_and_never_best() {
    let mut rib = rib();
    let (to, looped) = ("10.0.0.0/24", Refusal::Reflection(Loop::ClusterList));
    let change = put(&mut rib, RouteSource::Peer(A), to, &set(200), Some(looped));
    assert!(!change.unwrap().best);
    assert!(rib.best(prefix(to)).is_none());
    assert!(insert(&mut rib, RouteSource::Peer(B), to, 100));
    assert!(insert(&mut rib, RouteSource::Local, to, 90));
    let explained = rib.explain(prefix(to));
    let outcome = |source| {
        let found = explained.iter().find(|it| it.path.source == source);
        found.unwrap().outcome
    };
    assert_eq!(outcome(RouteSource::Peer(A)), Outcome::Refused(looped));
    assert_eq!(outcome(RouteSource::Local), Outcome::Best);
    let lost = Outcome::Lost(Step::LocalRoute);
    assert_eq!(outcome(RouteSource::Peer(B)), lost);
}

#[test]
fn a_place_is_given_to_another_prefix_only_when_nobody_refers_to_it() {
    let mut rib = rib();
    insert(&mut rib, RouteSource::Peer(A), "10.0.0.0/24", 100);
    let table = rib.table(Family::IPV4_UNICAST);
    let gone = rib
        .remove(RouteSource::Peer(A), (table, prefix("10.0.0.0/24")), None)
        .unwrap();
    let other = put(
        &mut rib,
        RouteSource::Peer(A),
        "10.0.1.0/24",
        &set(100),
        None,
    )
    .unwrap();
    assert_ne!(other.net, gone.net, "who was told of the change may ask");
    assert_eq!(rib.prefix(gone), Some(prefix("10.0.0.0/24")));
    rib.settle(gone);
    let next = put(
        &mut rib,
        RouteSource::Peer(A),
        "10.0.2.0/24",
        &set(100),
        None,
    )
    .unwrap();
    assert_eq!(next.net, gone.net);
}

#[test]
fn a_route_whose_next_hop_is_unreachable_is_kept_and_not_best() {
    let mut rib = rib();
    insert(&mut rib, RouteSource::Peer(A), "10.0.0.0/24", 100);
    assert!(rib.set_next_hop(prefix("192.0.2.0/24"), None));
    let (mut cursor, mut changes) = (0, Vec::new());
    let table = rib.table(Family::IPV4_UNICAST);
    assert!(!rib.decide_slice(table, &mut cursor, 10, &mut changes));
    let [change] = changes.as_slice() else {
        panic!("one change, not {changes:?}");
    };
    assert!(change.best);
    assert_eq!(rib.prefix(*change), Some(prefix("10.0.0.0/24")));
    let [explained] = rib.explain(prefix("10.0.0.0/24"))[..] else {
        panic!("one path");
    };
    assert_eq!(explained.outcome, Outcome::Unresolved);
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
        !insert(&mut rib, RouteSource::Peer(A), "10.0.4.0/24", 100),
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
