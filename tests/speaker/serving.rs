//! A route server (RFC 7947): speaker 1, clients 2, 3 and 4.

use bgpwright::{
    policy::{Policy, PrefixMatch},
    speaker::PeerConfig,
    types::{Asn, Community, LargeCommunity},
    wire::AttributeSet,
};

use crate::lab::{Lab, PLAIN, addr, net};

fn client(peer: &mut PeerConfig) {
    peer.route_server_client = true;
}

fn server() -> Lab {
    let lab = Lab::new(&[(1, 64999), (2, 65002), (3, 65003), (4, 65004)]);
    let lab = lab.config(1, |config| config.announce_control = Some(Asn(64999)));
    [2, 3, 4].into_iter().fold(lab, |lab, number| {
        lab.link((1, number), (PLAIN, PLAIN))
            .with(1, number, client)
    })
}

fn with(communities: &[Community], large: &[LargeCommunity]) -> AttributeSet {
    AttributeSet {
        communities: communities.to_vec(),
        large_communities: large.to_vec(),
        ..AttributeSet::default()
    }
}

#[test]
fn path_next_hop_and_med_go_through_unchanged() {
    let mut lab = server().up();
    lab.announce(
        2,
        50,
        AttributeSet {
            med: Some(70),
            ..AttributeSet::default()
        },
    );
    let route = lab.best(3, 50).unwrap().attributes();
    assert_eq!(route.as_path.unwrap().to_string(), "65002");
    assert_eq!(route.next_hop.unwrap().addr(), addr(2));
    assert_eq!(route.med, Some(70));
    assert!(
        lab.best(4, 1)
            .unwrap()
            .attributes()
            .as_path
            .unwrap()
            .contains(Asn(64999)),
        "its own has its AS"
    );
}

#[test]
fn a_client_whose_own_route_is_the_best_gets_the_second_best() {
    let mut lab = server().up();
    lab.announce(2, 50, AttributeSet::default());
    lab.withdraw(2, 50);
    lab.announce(3, 50, AttributeSet::default());
    assert_eq!(lab.paths(2, 50).len(), 1);
    lab.announce(2, 50, AttributeSet::default());
    let from_server = |lab: &Lab, at: u8| {
        let paths = lab.paths(at, 50);
        let learned: Vec<_> = paths
            .iter()
            .filter_map(|it| it.next_hop)
            .map(bgpwright::types::NextHop::addr)
            .collect();
        learned
    };
    assert_eq!(from_server(&lab, 4), [addr(2)], "the lower router id");
    assert_eq!(from_server(&lab, 3), [addr(2)]);
    assert_eq!(from_server(&lab, 2), [addr(3)]);
    lab.withdraw(3, 50);
    assert!(from_server(&lab, 2).is_empty());
    assert_eq!(from_server(&lab, 4), [addr(2)]);
    lab.announce(3, 50, AttributeSet::default());
    lab.withdraw(2, 50);
    assert_eq!(from_server(&lab, 2), [addr(3)]);
    assert!(from_server(&lab, 3).is_empty());
    assert_eq!(from_server(&lab, 4), [addr(3)]);
}

#[test]
fn a_policy_that_bars_the_best_path_lets_the_next_one_through() {
    // RFC 7947 §2.3.1: 4 is to have nothing of 2.
    let lab = server().with(1, 4, |peer| {
        let not_two = r#"{ "rules": [{ "conditions": [{ "as-path": { "contains": [65002] } }],
            "outcome": "reject" }], "default": "accept" }"#;
        peer.export = Some(serde_json::from_str(not_two).unwrap());
    });
    let mut lab = lab.up();
    for at in [2, 3] {
        lab.announce(at, 50, AttributeSet::default());
    }
    assert_eq!(lab.as_path(4, 50).as_deref(), Some("65003"));
    lab.withdraw(3, 50);
    assert_eq!(lab.as_path(4, 50), None);
}

#[test]
fn communities_say_who_is_told() {
    let mut lab = server().up();
    let not_to_three = Community::new(0, 65003);
    lab.announce(2, 50, with(&[not_to_three], &[]));
    assert!(lab.best(3, 50).is_none() && lab.best(4, 50).is_some());
    let only_three = [Community::new(0, 64999), Community::new(64999, 65003)];
    lab.announce(2, 50, with(&only_three, &[]));
    assert!(lab.best(3, 50).is_some() && lab.best(4, 50).is_none());
    let large = [LargeCommunity::new(64999, 0, 65003)];
    lab.announce(2, 50, with(&[], &large));
    assert!(lab.best(3, 50).is_none() && lab.best(4, 50).is_some());
}

#[test]
fn policies_by_prefix_are_each_clients_own() {
    let lab = server().with(1, 3, |peer| {
        peer.export = Some(Policy::only(vec![PrefixMatch::exact(net(51))]));
    });
    let mut lab = lab.up();
    for of in [50, 51] {
        lab.announce(2, of, AttributeSet::default());
    }
    assert!(lab.best(3, 50).is_none() && lab.best(3, 51).is_some());
    assert!(lab.best(4, 50).is_some() && lab.best(4, 51).is_some());
}
