//! RFC 4456, over whole networks.

use bgpwright::{
    rib::{Refusal, Step, reflect::Loop},
    speaker::{NextHopMode, ReflectionRole},
    types::{ClusterId, PeerId},
};

use crate::lab::{CLIENT, Lab, PLAIN, addr, net, router_id};

/// Reflector 9 with clients 1 and 2 and a non-client 3.
fn cluster() -> Lab {
    Lab::new(&[(1, 64512), (2, 64512), (3, 64512), (9, 64512)])
        .link((9, 1), (CLIENT, PLAIN))
        .link((9, 2), (CLIENT, PLAIN))
        .link((9, 3), (PLAIN, PLAIN))
}

#[test]
fn clients_and_non_clients_see_each_other_over_the_reflector() {
    let lab = cluster().up();
    for at in [1, 2, 3, 9] {
        assert_eq!(lab.reach(at), [1, 2, 3, 9], "at {at}");
    }
}

#[test]
fn a_reflected_route_carries_originator_and_cluster_and_keeps_its_next_hop() {
    let lab = cluster()
        .config(9, |config| config.cluster_id = Some(ClusterId(77)))
        .up();
    let route = lab.best(2, 1).unwrap();
    assert_eq!(route.attributes().originator_id, Some(router_id(1)));
    assert_eq!(route.attributes().cluster_list, [ClusterId(77)]);
    assert_eq!(route.attributes().next_hop.unwrap().addr(), addr(1));
    let own = lab.best(2, 9).unwrap();
    assert_eq!(
        own.attributes().originator_id,
        None,
        "the reflector's own route is not reflected"
    );
}

#[test]
fn the_cluster_id_is_the_router_id_unless_given() {
    let lab = cluster().up();
    assert_eq!(
        lab.best(2, 1).unwrap().attributes().cluster_list,
        [router_id(9).into()]
    );
}

#[test]
fn two_non_clients_do_not_see_each_other_over_the_reflector() {
    let lab = Lab::new(&[(3, 64512), (4, 64512), (9, 64512)])
        .link((9, 3), (PLAIN, PLAIN))
        .link((9, 4), (PLAIN, PLAIN))
        .up();
    assert_eq!(lab.reach(3), [3, 9]);
    assert_eq!(lab.reach(4), [4, 9]);
}

/// Reflectors 8 and 9, clients 1 and 2 of both.
fn redundant(ids: Option<u32>) -> Lab {
    let id = ids.map(ClusterId);
    Lab::new(&[(1, 64512), (2, 64512), (8, 64512), (9, 64512)])
        .config(8, |config| config.cluster_id = id)
        .config(9, |config| config.cluster_id = id)
        .link((8, 1), (CLIENT, PLAIN))
        .link((8, 2), (CLIENT, PLAIN))
        .link((9, 1), (CLIENT, PLAIN))
        .link((9, 2), (CLIENT, PLAIN))
        .link((8, 9), (PLAIN, PLAIN))
}

#[test]
fn two_reflectors_of_one_cluster_drop_each_others_reflections() {
    let lab = redundant(Some(7)).up();
    assert_eq!(lab.reach(1), [1, 2, 8, 9]);
    let from_nine = lab.find(8, 9).unwrap().1;
    let sent = lab.at(8).adj_rib_in(from_nine);
    let sent: Vec<_> = sent.map(|(prefix, path)| (prefix, path.refused)).collect();
    let round = Some(Refusal::Reflection(Loop::ClusterList));
    let expected = [(net(1), round), (net(2), round), (net(9), None)];
    assert_eq!(sent, expected, "only the other's own route is taken");
}

#[test]
fn two_reflectors_of_two_clusters_keep_each_others_reflections_as_second_best() {
    let lab = redundant(None).up();
    assert_eq!(lab.reach(1), [1, 2, 8, 9]);
    let from_nine = lab.find(8, 9).unwrap().1;
    assert_eq!(lab.at(8).adj_rib_in(from_nine).count(), 3);
    assert_eq!(lab.best(8, 1).unwrap().decided_by, Step::ClusterListLength);
    // At the client both copies are alike up to the reflector's address.
    let route = lab.best(2, 1).unwrap();
    assert_eq!(route.decided_by, Step::PeerAddress);
    assert_eq!(route.attributes().cluster_list, [router_id(8).into()]);
}

#[test]
fn losing_one_of_two_reflectors_loses_nothing() {
    let mut lab = redundant(Some(7)).up();
    for client in [1, 2] {
        let link = lab.link_of(client, 8);
        lab.network.cut(link);
    }
    lab.settle();
    for at in [1, 2] {
        assert_eq!(lab.reach(at), [1, 2, 8, 9]);
    }
}

#[test]
fn next_hop_self_towards_a_client_rewrites_external_routes_only_unless_forced() {
    let lab = |mode| {
        let mut lab = Lab::new(&[(1, 65001), (2, 65001), (5, 65005), (9, 65001)])
            .link((9, 1), (ReflectionRole::Client, PLAIN))
            .link((9, 2), (ReflectionRole::Client, PLAIN))
            .link((9, 5), (PLAIN, PLAIN));
        lab.peer(9, 1).next_hop = mode;
        let lab = lab.up();
        let next_hop = |of| {
            lab.best(1, of)
                .unwrap()
                .attributes()
                .next_hop
                .unwrap()
                .addr()
        };
        (next_hop(5), next_hop(2))
    };
    assert_eq!(lab(NextHopMode::Auto), (addr(5), addr(2)));
    assert_eq!(lab(NextHopMode::SelfForExternal), (addr(9), addr(2)));
    assert_eq!(lab(NextHopMode::SelfForAll), (addr(9), addr(9)));
}

#[test]
fn reflection_marks_do_not_leave_the_as() {
    let lab = Lab::new(&[(1, 65001), (9, 65001), (5, 65005), (2, 65001)])
        .link((9, 1), (CLIENT, PLAIN))
        .link((9, 2), (CLIENT, PLAIN))
        .link((2, 5), (PLAIN, PLAIN))
        .up();
    assert!(lab.best(2, 1).unwrap().attributes().originator_id.is_some());
    let outside = lab.best(5, 1).unwrap();
    assert_eq!(outside.attributes().originator_id, None);
    assert!(outside.attributes().cluster_list.is_empty());
    let told = lab.at(2).adj_rib_out(PeerId(1)).count();
    assert_eq!(told, 3);
}
