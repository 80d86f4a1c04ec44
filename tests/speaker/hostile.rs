//! A neighbour that means harm, or does some: what it can use up is bounded.

use bgpwright::{
    policy::Policy,
    session::{LimitAction, PrefixLimit, State},
    speaker::{Event, PeerConfig, Refusal},
    wire::{AttributeSet, Nlri, PathId},
};

use crate::{
    churn::Dice,
    rig::{Rig, V4, id, prefix, set},
};

fn limited(action: LimitAction) -> PrefixLimit {
    PrefixLimit {
        action,
        ..PrefixLimit::new(V4, 100)
    }
}

fn rig(peer: u8, change: impl Fn(&mut PeerConfig)) -> Rig {
    Rig::new(1, |number, config| {
        if number == peer {
            change(config);
        }
    })
}

fn held(rig: &Rig) -> usize {
    rig.head.rib().path_count(V4)
}

/// Paths to one prefix, by identifier.
fn paths(count: u32) -> impl Iterator<Item = Nlri> {
    (0..count).map(|at| Nlri {
        path_id: Some(PathId(at + 1)),
        ..prefix(0).into()
    })
}

#[test]
fn what_a_policy_rejects_counts_towards_a_limit_where_it_is_kept() {
    let mut rig = rig(0, |config| {
        config.import = Some(Policy::REJECT);
        config.keep_rejected = true;
        config.session.limits = vec![limited(LimitAction::StayDown)];
    });
    let attributes = set(0, &mut Dice(1));
    let mut most = 0;
    for at in 0..300 {
        if rig.head.peer(id(0)).unwrap().session.state() != State::Established {
            break;
        }
        rig.update(0, &[prefix(at).into()], Some(&attributes));
        most = most.max(held(&rig));
    }
    assert!((100..=101).contains(&most), "{most}");
    rig.settle();
    assert_eq!(held(&rig), 0, "and then all are gone");
    assert_eq!(rig.head.rib().attribute_sets(), 0);
}

#[test]
fn paths_count_towards_a_limit_and_no_more_are_taken() {
    let mut rig = rig(1, |config| {
        config.session.limits = vec![limited(LimitAction::Drop)];
    });
    let attributes = set(1, &mut Dice(1));
    for nlri in paths(80) {
        rig.update(1, &[nlri], Some(&attributes));
    }
    for at in 1..200 {
        let nlri = Nlri {
            path_id: Some(PathId(1)),
            ..prefix(at).into()
        };
        rig.update(1, &[nlri], Some(&attributes));
    }
    assert_eq!(held(&rig), 100);
    let state = rig.head.peer(id(1)).unwrap().session.state();
    assert_eq!(state, State::Established);
}

#[test]
fn so_many_paths_to_one_destination_are_taken() {
    let mut rig = rig(1, |config| config.paths_limit = 10);
    let attributes = set(1, &mut Dice(1));
    for nlri in paths(50) {
        rig.update(1, &[nlri], Some(&attributes));
    }
    assert_eq!(held(&rig), 10);
    let crowded = |event: &&Event| {
        let reason = Refusal::TooManyPaths;
        matches!(event, Event::Refused { reason: is, .. } if *is == reason)
    };
    assert_eq!(rig.events.iter().filter(crowded).count(), 40);
    // One that is there may change, and makes room by going.
    let other = AttributeSet {
        med: Some(1234),
        ..attributes
    };
    let all: Vec<Nlri> = paths(50).collect();
    rig.update(1, &all[..1], Some(&other));
    let changed = rig.head.adj_rib_in(id(1));
    let changed = changed.filter(|(_, path)| path.attributes().med == Some(1234));
    assert_eq!(changed.count(), 1);
    rig.update(1, &all[..1], None);
    rig.update(1, &all[40..42], Some(&other));
    assert_eq!(held(&rig), 10);
}

#[test]
fn nothing_is_left_of_routes_that_are_gone() {
    let mut rig = rig(0, |_| {});
    let mut dice = Dice(3);
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    for _ in 0..20 {
        for nlri in &list {
            let attributes = set(3, &mut dice);
            rig.update(3, std::slice::from_ref(nlri), Some(&attributes));
        }
        rig.update(3, &list, None);
        rig.settle();
        assert_eq!((held(&rig), rig.head.rib().attribute_sets()), (0, 0));
    }
}
