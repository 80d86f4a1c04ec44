//! Graceful restart (RFC 4724), and its absence.

use std::time::Duration;

use bgpwright::{
    rib::Step,
    session::{self, ConnId},
    sim::Record,
    speaker::{Event, Input, PeerConfig, RouteSource},
    types::{Community, Family, PeerId},
    wire::{
        AttributeSet, Context, LongLivedFamily, LongLivedFlags, Message, Notification,
        NotificationCode,
    },
};

use crate::lab::{CLIENT, Lab, PLAIN, net};

fn stale(lab: &Lab, at: u8, of: u8) -> Option<bool> {
    lab.best(at, of).map(|route| route.stale)
}

fn pair(graceful: Option<u64>) -> Lab {
    let lab = Lab::new(&[(1, 64512), (2, 64512)]).mesh(&[1, 2]);
    match graceful {
        Some(seconds) => lab.graceful(Duration::from_secs(seconds)),
        None => lab,
    }
    .up()
}

#[test]
fn without_graceful_restart_a_lost_neighbours_routes_go_at_once() {
    let mut lab = pair(None);
    let link = lab.link_of(1, 2);
    lab.network.cut(link);
    lab.settle();
    assert_eq!(stale(&lab, 1, 2), None);
}

#[test]
fn a_neighbour_that_goes_without_a_word_keeps_its_routes_for_the_restart_time() {
    let mut lab = pair(Some(30));
    let link = lab.link_of(1, 2);
    lab.network.cut(link);
    lab.network.run_for(Duration::from_secs(29));
    assert_eq!(stale(&lab, 1, 2), Some(true));
    assert!(lab.at(1).peer(PeerId(0)).unwrap().stale);
    lab.network.run_for(Duration::from_secs(2));
    assert_eq!(stale(&lab, 1, 2), None);
    assert!(!lab.at(1).peer(PeerId(0)).unwrap().stale);
}

/// Node 1 is told this by node 2, on whichever connection there is.
fn tell(lab: &mut Lab, notification: &Notification) {
    let mut octets = Vec::new();
    let message = Message::Notification(notification.clone());
    message.encode(&Context::default(), &mut octets).unwrap();
    lab.change(1, |speaker, now| {
        for conn in 0..8 {
            let told = session::Input::Received(ConnId(conn), &octets);
            speaker
                .handle_input(now, Input::Peer(PeerId(0), told))
                .unwrap();
        }
    });
    // The neighbour is up again after a pause; this is before.
    lab.network.run_for(Duration::from_millis(10));
}

#[test]
fn routes_outlive_a_notification_if_both_say_so_and_it_is_no_hard_reset() {
    let lab = || Lab::new(&[(1, 64512), (2, 64512)]).mesh(&[1, 2]);
    let seconds = Duration::from_secs(30);
    let cease = Notification::new(NotificationCode::CEASE, 0);
    let mut both = lab().outliving(seconds).up();
    tell(&mut both, &cease);
    assert_eq!(stale(&both, 1, 2), Some(true));
    let mut hard = lab().outliving(seconds).up();
    tell(&mut hard, &Notification::hard_reset(&cease));
    assert_eq!(stale(&hard, 1, 2), None);
    let mut plain = lab().graceful(seconds).up();
    tell(&mut plain, &cease);
    assert_eq!(stale(&plain, 1, 2), None);
}

#[test]
fn a_neighbour_that_is_stopped_ends_graceful_restart_with_a_hard_reset() {
    let lab = Lab::new(&[(1, 64512), (2, 64512)]).mesh(&[1, 2]);
    let mut lab = lab.outliving(Duration::from_secs(30)).up();
    let stop = session::Input::Stop { reason: "moved" };
    lab.change(2, |speaker, now| {
        speaker.handle_input(now, Input::Peer(PeerId(0), stop))
    })
    .unwrap();
    lab.settle();
    assert_eq!(stale(&lab, 1, 2), None);
}

#[test]
fn a_neighbour_that_says_why_it_goes_keeps_nothing() {
    let mut lab = pair(Some(30));
    let stop = session::Input::Stop { reason: "" };
    lab.change(2, |speaker, now| {
        speaker.handle_input(now, Input::Peer(PeerId(0), stop))
    })
    .unwrap();
    lab.settle();
    assert_eq!(stale(&lab, 1, 2), None);
}

#[test]
fn a_crashed_speaker_comes_back_and_its_routes_never_left() {
    let mut lab = pair(Some(60));
    let (node, fresh) = (lab.node(2), lab.speaker(2, true));
    lab.network.replace(node, fresh);
    let mut seen = Vec::new();
    for _ in 0..300 {
        lab.network.run_for(Duration::from_millis(100));
        seen.push(stale(&lab, 1, 2));
    }
    assert!(seen.iter().all(Option::is_some), "never gone");
    assert_eq!(seen.last(), Some(&Some(false)), "fresh in the end");
    assert_eq!(lab.reach(2), [1, 2], "and it has relearned what it had");
}

#[test]
fn what_a_crashed_speaker_does_not_announce_again_goes_at_its_end_of_rib() {
    let mut lab = pair(Some(60));
    let (node, mut fresh) = (lab.node(2), lab.speaker(2, true));
    fresh.withdraw(lab.network.now(), net(2));
    lab.network.replace(node, fresh);
    lab.network.run_for(Duration::from_secs(20));
    assert_eq!(stale(&lab, 1, 2), None);
}

#[test]
fn a_crashed_reflector_says_nothing_until_all_clients_have_told_it_theirs() {
    let mut lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512), (9, 64512)])
        .link((9, 1), (CLIENT, PLAIN))
        .link((9, 2), (CLIENT, PLAIN))
        .link((9, 3), (CLIENT, PLAIN))
        .graceful(Duration::from_mins(1))
        .up();
    let node = lab.node(9);
    let fresh = lab.speaker(9, true);
    lab.network.replace(node, fresh);
    let mut records: Vec<Record> = Vec::new();
    for _ in 0..300 {
        records.extend(lab.network.run_for(Duration::from_millis(100)));
        for client in 1..=3 {
            assert_eq!(
                lab.reach(client),
                [1, 2, 3, 9],
                "nothing is ever lost at {client}"
            );
        }
    }
    let place = |wanted: &dyn Fn(&Record) -> bool| records.iter().position(wanted);
    let ended = place(&|record| record.event == Event::DeferralEnded).unwrap();
    let ends = records[..ended]
        .iter()
        .filter(|record| record.node == node && matches!(record.event, Event::EndOfRib(..)));
    assert_eq!(ends.count(), 3, "every client's End-of-RIB came first");
    for client in 1..=3 {
        assert!(lab.at(client).routes().all(|route| !route.stale));
    }
}

#[test]
fn a_restarted_speaker_waits_for_a_silent_neighbour_no_longer_than_the_deferral() {
    let mut lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .config(1, |config| {
            config.selection_deferral = Duration::from_secs(20);
        })
        .mesh(&[1, 2, 3])
        .graceful(Duration::from_mins(2))
        .up();
    let dead = lab.link_of(1, 3);
    lab.network.cut(dead);
    let (node, fresh) = (lab.node(1), lab.speaker(1, true));
    lab.network.replace(node, fresh);
    lab.network.run_for(Duration::from_secs(19));
    assert_eq!(stale(&lab, 2, 1), Some(true), "still waiting");
    lab.network.run_for(Duration::from_secs(2));
    assert_eq!(stale(&lab, 2, 1), Some(false));
}

/// A pair that keeps routes for 20 s, and for an hour after that as the last to
/// be chosen; 3 is another neighbour of 1.
fn long_lived() -> Lab {
    let offer = |peer: &mut PeerConfig| {
        peer.session.offer.long_lived = vec![LongLivedFamily {
            family: Family::IPV4_UNICAST,
            flags: LongLivedFlags::FORWARDING_PRESERVED,
            stale_time: 3600,
        }];
    };
    Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .link((1, 2), (CLIENT, PLAIN))
        .link((1, 3), (CLIENT, PLAIN))
        .graceful(Duration::from_secs(20))
        .both(1, 2, offer)
        .up()
}

#[test]
fn rfc9494_stale_routes_are_the_last_to_be_chosen_and_go_in_the_end() {
    let mut lab = long_lived();
    lab.announce(
        2,
        50,
        AttributeSet {
            local_pref: Some(500),
            ..AttributeSet::default()
        },
    );
    lab.announce(
        2,
        51,
        AttributeSet {
            communities: vec![Community::NO_LLGR],
            ..AttributeSet::default()
        },
    );
    lab.announce(3, 50, AttributeSet::default());
    assert_eq!(
        lab.best(1, 50).unwrap().source,
        RouteSource::Peer(PeerId(0))
    );
    let link = lab.link_of(1, 2);
    lab.network.cut(link);
    lab.network.run_for(Duration::from_secs(10));
    let best = lab.best(1, 50).unwrap();
    assert_eq!(
        (best.source, best.stale),
        (RouteSource::Peer(PeerId(0)), true),
        "still waited for"
    );
    lab.network.run_for(Duration::from_mins(2));
    let best = lab.best(1, 50).unwrap();
    assert_eq!(best.source, RouteSource::Peer(PeerId(1)));
    assert_eq!(best.decided_by, Step::NotStale);
    assert!(
        lab.best(1, 51).is_none(),
        "it is not to be kept for so long"
    );
    let told = lab.best(3, 2).unwrap().attributes();
    assert!(told.communities.contains(&Community::LLGR_STALE), "{told}");
    assert_eq!(told.local_pref, Some(0), "3 does not know what it means");
    lab.network.run_for(Duration::from_hours(1));
    assert!(lab.best(1, 2).is_none() && lab.best(3, 2).is_none());
}

#[test]
fn rfc9494_a_neighbour_that_comes_back_is_as_it_was() {
    let mut lab = long_lived();
    let link = lab.link_of(1, 2);
    lab.network.cut(link);
    lab.network.run_for(Duration::from_mins(5));
    assert_eq!(stale(&lab, 1, 2), Some(true));
    lab.network.mend(link);
    lab.network.run_for(Duration::from_mins(5));
    assert_eq!(stale(&lab, 1, 2), Some(false));
    let told = lab.best(3, 2).unwrap().attributes();
    assert!(told.communities.is_empty(), "{told}");
}
