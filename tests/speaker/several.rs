//! More than the best path: ADD-PATH, and what else a neighbour may be told of.

use bgpwright::{
    policy::{Action, NumberEdit, Outcome, Policy, Rule, Verdict},
    speaker::{OrrRoot, PeerConfig, SendPaths},
    types::Family,
    wire::{AddPathFamily, AddPathMode, AttributeSet, PathId},
};

use crate::lab::{CLIENT, Lab, PLAIN, addr, net};

fn add_path(peer: &mut PeerConfig) {
    peer.session.offer.add_path = vec![AddPathFamily {
        family: Family::IPV4_UNICAST,
        mode: AddPathMode::BOTH,
    }];
}

/// Speaker 1 has external neighbours 2, 3 and 5 of which 3 and 5 are one AS,
/// and an internal one, 4, that is told of paths in this way.
fn fan(paths: SendPaths) -> Lab {
    Lab::new(&[(1, 64512), (2, 65002), (3, 65003), (4, 64512), (5, 65003)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((1, 3), (PLAIN, PLAIN))
        .link((1, 4), (PLAIN, PLAIN))
        .link((1, 5), (PLAIN, PLAIN))
        .both(1, 4, add_path)
        .with(1, 4, |peer| peer.send_paths = paths)
        .up()
}

fn announce_everywhere(lab: &mut Lab) {
    for at in [2, 3, 5] {
        lab.announce(at, 50, AttributeSet::default());
    }
}

#[test]
fn all_paths_go_over_add_path_and_go_away_one_by_one() {
    let mut lab = fan(SendPaths::All);
    announce_everywhere(&mut lab);
    assert_eq!(lab.paths(4, 50).len(), 3);
    let ids: Vec<_> = lab
        .at(4)
        .rib()
        .paths(net(50))
        .map(|path| path.path_id)
        .collect();
    let mut distinct = ids.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 3, "{ids:?}");
    for (at, left) in [(3, 2), (2, 1), (5, 0)] {
        lab.withdraw(at, 50);
        assert_eq!(lab.paths(4, 50).len(), left);
    }
    assert_eq!(lab.paths(4, 2).len(), 1, "other routes are as they were");
}

#[test]
fn a_path_that_changes_keeps_its_identifier() {
    let mut lab = fan(SendPaths::All);
    announce_everywhere(&mut lab);
    let of_two = |lab: &Lab| -> Option<(PathId, Option<u32>)> {
        let mut paths = lab.at(4).rib().paths(net(50));
        let path = paths.find(|path| {
            let path = path.attributes().as_path;
            path.is_some_and(|path| path.to_string() == "65002")
        })?;
        Some((path.path_id?, path.attributes().local_pref))
    };
    let before = of_two(&lab).unwrap();
    lab.announce(
        2,
        50,
        AttributeSet {
            med: Some(7),
            ..AttributeSet::default()
        },
    );
    assert_eq!(of_two(&lab), Some(before));
    assert_eq!(lab.paths(4, 50).len(), 3);
}

#[test]
fn no_more_go_than_are_asked_for() {
    let mut lab = fan(SendPaths::AtMost(2));
    announce_everywhere(&mut lab);
    assert_eq!(lab.paths(4, 50).len(), 2);
    lab.withdraw(2, 50);
    assert_eq!(lab.paths(4, 50).len(), 2, "the third comes up");
}

#[test]
fn the_best_of_each_neighbour_as_goes() {
    let mut lab = fan(SendPaths::GroupBest);
    announce_everywhere(&mut lab);
    let mut paths: Vec<_> = lab
        .paths(4, 50)
        .iter()
        .map(|it| it.as_path.clone().unwrap().to_string())
        .collect();
    paths.sort();
    assert_eq!(paths, ["65002", "65003"]);
}

#[test]
fn without_identifiers_the_best_one_goes() {
    let lab = Lab::new(&[(1, 64512), (2, 65002), (3, 65003), (4, 64512)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((1, 3), (PLAIN, PLAIN))
        .link((1, 4), (PLAIN, PLAIN))
        .with(1, 4, |peer| peer.send_paths = SendPaths::All);
    let mut lab = lab.up();
    for at in [2, 3] {
        lab.announce(at, 50, AttributeSet::default());
    }
    assert_eq!(lab.paths(4, 50).len(), 1);
}

/// Prefers what comes in.
fn preferred(local_pref: u32) -> Policy {
    Policy {
        rules: vec![Rule {
            name: None,
            conditions: Vec::new(),
            actions: vec![Action::LocalPref(NumberEdit::Set(local_pref))],
            outcome: Outcome::Accept,
        }],
        default: Verdict::Reject,
    }
}

#[test]
fn the_best_external_route_is_a_backup_where_the_best_is_internal() {
    for (paths, expected) in [(SendPaths::Best, 1), (SendPaths::BestExternal, 2)] {
        let lab = Lab::new(&[(1, 64512), (2, 65002), (3, 65003), (4, 64512)])
            .link((1, 2), (PLAIN, PLAIN))
            .link((4, 3), (PLAIN, PLAIN))
            .link((1, 4), (PLAIN, PLAIN))
            .with(4, 3, |peer| peer.import = Some(preferred(200)))
            .with(1, 4, |peer| peer.send_paths = paths);
        let mut lab = lab.up();
        for at in [2, 3] {
            lab.announce(at, 50, AttributeSet::default());
        }
        assert_eq!(lab.as_path(1, 50).as_deref(), Some("65003"), "over 4");
        assert_eq!(lab.paths(4, 50).len(), expected);
        lab.withdraw(3, 50);
        assert_eq!(lab.as_path(4, 50).as_deref(), Some("65002"));
    }
}

#[test]
fn a_second_reflector_tells_of_the_second_way() {
    let tell = |paths| {
        let lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512), (4, 64512)])
            .link((1, 2), (CLIENT, PLAIN))
            .link((1, 3), (CLIENT, PLAIN))
            .link((1, 4), (CLIENT, PLAIN))
            .with(1, 4, |peer| peer.send_paths = paths);
        let mut lab = lab.up();
        for at in [2, 3] {
            lab.announce(at, 50, AttributeSet::default());
        }
        lab.best(4, 50)
            .unwrap()
            .attributes()
            .next_hop
            .unwrap()
            .addr()
    };
    assert_eq!(tell(SendPaths::Best), addr(2));
    assert_eq!(tell(SendPaths::Diverse), addr(3));
}

#[test]
fn a_client_is_told_what_is_best_from_where_it_is() {
    let root = OrrRoot(9);
    let lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512), (4, 64512)])
        .link((1, 2), (CLIENT, PLAIN))
        .link((1, 3), (CLIENT, PLAIN))
        .link((1, 4), (CLIENT, PLAIN))
        .with(1, 4, |peer| peer.send_paths = SendPaths::OptimalFor(root));
    let mut lab = lab.up();
    for at in [2, 3] {
        lab.announce(at, 50, AttributeSet::default());
    }
    let next_hop = |lab: &Lab| {
        lab.best(4, 50)
            .unwrap()
            .attributes()
            .next_hop
            .unwrap()
            .addr()
    };
    assert_eq!(next_hop(&lab), addr(2), "nothing is known of its place");
    let far = |number| bgpwright::types::Prefix::host(addr(number));
    lab.change(1, |speaker, now| {
        speaker.set_cost_from(now, root, far(2), Some(100));
        speaker.set_cost_from(now, root, far(3), Some(10));
    });
    lab.settle();
    assert_eq!(next_hop(&lab), addr(3));
    assert_eq!(
        lab.best(1, 50)
            .unwrap()
            .attributes()
            .next_hop
            .unwrap()
            .addr(),
        addr(2)
    );
}
