use std::time::Duration;

use bgpwright::{
    policy::{Policy, PrefixMatch},
    rib::{RouteSource, Step},
    session::{Input as SessionInput, State},
    speaker::{Event, Input, NextHopMode, Refusal, RouteAction, RouteChange, UnknownNextHops},
    types::{Community, PeerId},
    wire::AttributeSet,
};

use crate::lab::{Lab, PLAIN, addr, net};

#[test]
fn a_full_mesh_gives_everyone_everyones_routes() {
    let lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .mesh(&[1, 2, 3])
        .up();
    for at in 1..=3 {
        assert_eq!(lab.reach(at), [1, 2, 3]);
        assert!(
            lab.at(at)
                .peers()
                .all(|peer| peer.session.state() == State::Established)
        );
    }
    let route = lab.best(1, 2).unwrap();
    assert_eq!(route.attributes().next_hop.unwrap().addr(), addr(2));
    assert_eq!(route.attributes().local_pref, Some(100));
    assert_eq!(route.decided_by, Step::OnlyRoute);
}

#[test]
fn a_withdrawn_route_is_gone_everywhere_and_a_new_one_comes() {
    let mut lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .mesh(&[1, 2, 3])
        .up();
    lab.change(2, |speaker, now| speaker.withdraw(now, net(2)));
    lab.settle();
    assert_eq!(lab.reach(1), [1, 3]);
    assert_eq!(lab.reach(3), [1, 3]);
    lab.change(2, |speaker, now| {
        speaker.announce(now, net(2), AttributeSet::default());
    });
    lab.settle();
    assert_eq!(lab.reach(1), [1, 2, 3]);
}

#[test]
fn ibgp_routes_go_no_further_over_ibgp() {
    let lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((2, 3), (PLAIN, PLAIN))
        .up();
    assert_eq!(lab.reach(1), [1, 2]);
    assert_eq!(lab.reach(2), [1, 2, 3]);
}

#[test]
fn ebgp_prepends_and_puts_our_address_as_next_hop() {
    let lab = Lab::new(&[(1, 65001), (2, 65002), (3, 65003)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((2, 3), (PLAIN, PLAIN))
        .up();
    let route = lab.best(3, 1).unwrap();
    assert_eq!(
        route.attributes().as_path.as_ref().unwrap().to_string(),
        "65002 65001"
    );
    assert_eq!(route.attributes().next_hop.unwrap().addr(), addr(2));
    assert_eq!(route.attributes().local_pref, None);
}

#[test]
fn rfc8212_an_external_neighbour_without_policy_gets_and_gives_nothing() {
    let mut lab = Lab::new(&[(1, 65001), (2, 65002)]).link((1, 2), (PLAIN, PLAIN));
    lab.peer(1, 2).import = None;
    lab.peer(1, 2).export = None;
    let lab = lab.up();
    assert_eq!(lab.reach(1), [1]);
    assert_eq!(lab.reach(2), [2]);
    assert_eq!(
        lab.at(1).peer(PeerId(0)).unwrap().session.state(),
        State::Established
    );
}

#[test]
fn a_policy_lets_through_what_it_lists() {
    let mut lab = Lab::new(&[(1, 65001), (2, 65002), (3, 65003)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((2, 3), (PLAIN, PLAIN));
    lab.peer(3, 2).import = Some(Policy::only(vec![PrefixMatch::exact(net(1))]));
    let lab = lab.up();
    assert_eq!(lab.reach(3), [1, 3]);
}

#[test]
fn a_route_that_went_round_is_refused_and_said_so() {
    let mut lab = Lab::new(&[(1, 65001), (2, 65002), (3, 65003)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((2, 3), (PLAIN, PLAIN))
        .link((1, 3), (PLAIN, PLAIN));
    lab = lab.up();
    // 2 has 1's route from 1 and from 3; 3 likewise: each passed it to 1 but
    // for the one it had it from.
    lab.change(1, |speaker, now| speaker.withdraw(now, net(1)));
    lab.settle();
    assert_eq!(lab.reach(2), [2, 3]);
    lab.change(1, |speaker, now| {
        speaker.announce(now, net(1), AttributeSet::default());
    });
    let node = lab.node(1);
    let records = lab.network.run_for(Duration::from_secs(1));
    let refused = records.iter().any(|record| {
        record.node == node
            && matches!(&record.event, Event::Refused { prefix, reason: Refusal::AsLoop, .. }
                if *prefix == net(1))
    });
    assert!(!refused, "split horizon keeps it from its source");
    assert_eq!(lab.best(2, 1).unwrap().decided_by, Step::AsPathLength);
    assert_eq!(lab.at(2).rib().paths(net(1)).count(), 2);
}

#[test]
fn well_known_communities_keep_a_route_in() {
    let mut lab = Lab::new(&[(1, 65001), (2, 65001), (3, 65003)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((1, 3), (PLAIN, PLAIN))
        .up();
    let mark = |community| AttributeSet {
        communities: vec![community],
        ..Default::default()
    };
    let announce = |lab: &mut Lab, set: AttributeSet| {
        lab.change(1, |speaker, now| speaker.announce(now, net(1), set));
        lab.settle();
        (lab.reach(2).contains(&1), lab.reach(3).contains(&1))
    };
    assert_eq!(
        announce(&mut lab, mark(Community::NO_EXPORT)),
        (true, false)
    );
    assert_eq!(
        announce(&mut lab, mark(Community::NO_ADVERTISE)),
        (false, false)
    );
    assert_eq!(announce(&mut lab, AttributeSet::default()), (true, true));
}

#[test]
fn a_next_hop_must_resolve_and_next_hop_self_makes_it() {
    // 1 - 2 by iBGP, 2 - 3 by eBGP: 3's address means nothing to 1.
    let lab = |mode| {
        let mut lab = Lab::new(&[(1, 65001), (2, 65001), (3, 65003)])
            .config(1, |config| {
                config.unknown_next_hops = UnknownNextHops::Unresolvable;
            })
            .link((1, 2), (PLAIN, PLAIN))
            .link((2, 3), (PLAIN, PLAIN));
        lab.peer(2, 1).next_hop = mode;
        let mut lab = lab.up();
        lab.change(1, |speaker, now| {
            let network = bgpwright::types::Prefix::host(addr(2));
            speaker
                .handle_input(
                    now,
                    Input::NextHop {
                        network,
                        igp_cost: Some(0),
                    },
                )
                .unwrap();
        });
        lab.settle();
        lab
    };
    let without = lab(NextHopMode::Auto);
    assert_eq!(without.reach(1), [1, 2]);
    let kept = without
        .at(1)
        .adj_rib_in(PeerId(0))
        .map(|(prefix, _)| prefix);
    assert_eq!(kept.collect::<Vec<_>>(), [net(2), net(3)]);
    assert_eq!(lab(NextHopMode::SelfForExternal).reach(1), [1, 2, 3]);
    assert_eq!(lab(NextHopMode::SelfForAll).reach(1), [1, 2, 3]);
}

#[test]
fn stopping_a_session_takes_its_routes_and_starting_brings_them_back() {
    let mut lab = Lab::new(&[(1, 64512), (2, 64512)]).mesh(&[1, 2]).up();
    let feed = |lab: &mut Lab, input| {
        lab.change(2, |speaker, now| {
            speaker.handle_input(now, Input::Peer(PeerId(0), input))
        })
        .unwrap();
    };
    feed(
        &mut lab,
        SessionInput::Stop {
            reason: "maintenance",
        },
    );
    lab.settle();
    assert_eq!(lab.reach(1), [1]);
    feed(&mut lab, SessionInput::Start);
    lab.network.run_for(Duration::from_secs(30));
    assert_eq!(lab.reach(1), [1, 2]);
}

#[test]
fn a_removed_neighbour_leaves_nothing_behind() {
    let mut lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .mesh(&[1, 2, 3])
        .up();
    lab.change(1, |speaker, now| speaker.remove_peer(now, PeerId(0)))
        .unwrap();
    lab.settle();
    assert_eq!(lab.reach(1), [1, 3]);
    assert_eq!(lab.at(1).peers().count(), 1);
    assert_eq!(lab.reach(2), [2, 3], "the neighbour was told");
    let again = lab.change(1, |speaker, now| speaker.remove_peer(now, PeerId(0)));
    assert!(again.is_err());
}

fn taken(lab: &mut Lab, at: u8) -> Vec<RouteChange> {
    let mut taken = Vec::new();
    lab.change(at, |speaker, _| {
        while speaker.has_routes() {
            taken.extend(speaker.take_routes(2));
        }
    });
    // What was said of those that were left meanwhile.
    lab.network.run_for(Duration::ZERO);
    taken
}

#[test]
fn a_data_plane_is_told_each_change_once_as_it_is_in_the_end() {
    let mut lab = Lab::new(&[(1, 64512), (2, 64512)]).mesh(&[1, 2]).up();
    lab.change(1, |speaker, _| speaker.follow_routes());
    lab.settle();
    let first = taken(&mut lab, 1);
    let [
        RouteChange {
            prefix,
            action: RouteAction::Add(way),
        },
    ] = first.as_slice()
    else {
        panic!("one route, not {first:?}");
    };
    assert_eq!(*prefix, net(2), "its own is not there");
    let [hop] = way.hops.as_slice() else {
        panic!("one next hop, not {way:?}");
    };
    assert_eq!(hop.source, RouteSource::Peer(PeerId(0)));
    assert_eq!(hop.next_hop.addr(), addr(2));
    let node = lab.node(1);
    lab.change(2, |speaker, now| {
        for number in 20..25 {
            speaker.announce(now, net(number), AttributeSet::default());
        }
    });
    let records = lab.network.run_for(Duration::from_secs(1));
    let news = records
        .iter()
        .filter(|record| record.node == node && record.event == Event::RoutesChanged);
    assert_eq!(news.count(), 1, "told once until it asks");
    lab.change(2, |speaker, now| speaker.withdraw(now, net(20)));
    lab.change(2, |speaker, now| {
        speaker.announce(now, net(2), local_pref(70));
        speaker.withdraw(now, net(21));
        speaker.announce(now, net(21), AttributeSet::default());
    });
    lab.settle();
    let second = taken(&mut lab, 1);
    let mut added: Vec<_> = second.iter().map(|change| change.prefix).collect();
    added.sort();
    let expected: Vec<_> = (21..25).map(net).collect();
    assert_eq!(added, expected, "20 came and went, 2 goes the same way");
    assert!(
        second
            .iter()
            .all(|it| matches!(it.action, RouteAction::Add(_)))
    );
    lab.change(2, |speaker, now| speaker.withdraw(now, net(2)));
    lab.settle();
    let third = taken(&mut lab, 1);
    let removed = RouteChange {
        prefix: net(2),
        action: RouteAction::Remove,
    };
    assert_eq!(third, [removed]);
    lab.change(1, |speaker, _| speaker.follow_routes());
    assert_eq!(taken(&mut lab, 1).len(), 4, "anew: all there is");
}

fn local_pref(local_pref: u32) -> AttributeSet {
    AttributeSet {
        local_pref: Some(local_pref),
        ..AttributeSet::default()
    }
}

#[test]
fn equal_networks_give_equal_events() {
    let run = || {
        let lab = Lab::new(&[(1, 65001), (2, 65001), (3, 65003), (4, 65003)]);
        let mut lab = lab
            .mesh(&[1, 2, 3, 4])
            .graceful(Duration::from_secs(30))
            .up();
        let link = lab.link_of(1, 2);
        lab.network.cut(link);
        let mut records = lab.network.run_for(Duration::from_secs(5));
        lab.network.mend(link);
        records.extend(lab.network.run_for(Duration::from_mins(1)));
        records
    };
    assert!(!run().is_empty());
    assert_eq!(run(), run());
}
