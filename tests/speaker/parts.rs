//! A speaker whose destinations are divided tells its neighbours what one
//! without parts tells them, and the marks once.

use bgpwright::{
    policy::Policy,
    session::{self, LimitAction, PrefixLimit},
    speaker::{Config, ConfigError, Event, Input, PeerConfig, Speaker},
    types::{ClusterId, Prefix},
    wire::{AttributeSet, Destination, Nlri, PathId, update::pack_reach},
};

use crate::{
    churn::Dice,
    lab::{addr, router_id},
    rig::{PEERS, Rig, US, V4, config, context, id, prefix, refresh, set},
};

/// Does the same to both, drawn.
fn act(rigs: &mut [Rig; 2], dice: &mut Dice) {
    let peer = dice.pick(&[0, 1, 2, 3, 4]);
    let at = dice.roll(300);
    let path_id = (peer == 1).then(|| PathId(u32::try_from(dice.roll(2)).unwrap() + 1));
    let count = 1 + dice.roll(40);
    let list: Vec<Nlri> = (at..at + count)
        .map(|number| Nlri {
            prefix: prefix(number % 300),
            path_id,
        })
        .collect();
    let attributes = set(peer, dice);
    let own = prefix(dice.roll(300));
    let policy = Policy::ACCEPT;
    let reject = dice.roll(2) == 0;
    let kind = dice.roll(24);
    for rig in rigs.iter_mut() {
        let now = rig.now;
        match kind {
            0..12 => rig.update(peer, &list, Some(&attributes)),
            12..16 => rig.update(peer, &list, None),
            16 => {
                let conn = rig.conn(peer);
                rig.feed(peer, session::Input::Closed(conn));
                rig.drain_head();
                rig.connect(peer);
            }
            17 => rig.say(peer, &refresh()),
            18 => rig.head.soft_reset_out(now, id(peer)).unwrap(),
            19 => rig.head.announce(now, own, attributes.clone()),
            20 => rig.head.withdraw(now, own),
            21 => {
                let export = if reject {
                    Policy::REJECT
                } else {
                    policy.clone()
                };
                let both = (Some(policy.clone()), Some(export));
                rig.head.set_policies(now, id(peer), both).unwrap();
            }
            22 => {
                let cluster = reject.then_some(ClusterId(0x0a01_0203));
                rig.head.set_cluster_id(now, cluster);
            }
            _ => {
                let network = Prefix::host(addr(peer + 10));
                let igp_cost = (!reject).then_some(5);
                let input = Input::NextHop { network, igp_cost };
                rig.head.handle_input(now, input).unwrap();
            }
        }
        rig.drain_head();
        // Not always to the end: sessions go while much is on its way.
        for _ in 0..at % 50 {
            rig.step();
        }
    }
}

fn run(seed: u64) {
    let mut dice = Dice(seed);
    let parts = 2 + u16::try_from(dice.roll(3)).unwrap();
    let unchanged = |_: u8, _: &mut PeerConfig| {};
    let mut rigs = [Rig::new(1, unchanged), Rig::new(parts, unchanged)];
    for _ in 0..60 {
        act(&mut rigs, &mut dice);
    }
    for rig in &mut rigs {
        rig.settle();
        // What soft resets left open is closed by a refresh.
        for peer in 0..PEERS {
            rig.say(peer, &refresh());
            rig.settle();
        }
    }
    let [whole, divided] = &rigs;
    assert_eq!(whole.count(), divided.count(), "seed {seed}");
    for peer in 0..usize::from(PEERS) {
        let (a, b) = (&whole.heard[peer], &divided.heard[peer]);
        let (a_table, b_table) = (a.table(), b.table());
        for prefix in a_table.keys().chain(b_table.keys()) {
            let (a, b) = (a_table.get(prefix), b_table.get(prefix));
            assert_eq!(a, b, "seed {seed}: {prefix} at neighbour {peer}");
        }
        assert_eq!((a.ends, b.ends), (1, 1), "seed {seed}: neighbour {peer}");
        for heard in [a, b] {
            let open = heard.bracketed.is_some();
            let brackets = (heard.brackets, open);
            assert!(
                !open && heard.brackets > 0,
                "seed {seed}: neighbour {peer}: {brackets:?}"
            );
        }
        assert_eq!(a.asked, b.asked, "seed {seed}: neighbour {peer}");
    }
}

#[test]
fn neighbors_are_told_the_same_by_parts() {
    let seeds = std::env::var("BGPWRIGHT_NETWORKS").map_or(40, |count| count.parse().unwrap());
    for seed in 0..seeds {
        run(seed);
    }
}

#[test]
fn every_part_has_a_share() {
    let mut rig = Rig::new(3, |_, _| {});
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    rig.update(3, &list, Some(&set(3, &mut Dice(1))));
    rig.settle();
    let shares = rig.parts.iter().map(|part| part.speaker().routes().count());
    let shares: Vec<_> = shares.chain([rig.head.routes().count()]).collect();
    assert_eq!(shares.iter().sum::<usize>(), rig.count());
    assert!(shares.iter().all(|count| *count > 50), "{shares:?}");
}

#[test]
fn prefixes_of_all_parts_count_towards_a_limit() {
    let mut rig = Rig::new(3, |peer, config| {
        if peer == 0 {
            config.session.limits = vec![PrefixLimit::new(V4, 100)];
        }
    });
    let list = |count| {
        (0..count)
            .map(|at| prefix(at).into())
            .collect::<Vec<Nlri>>()
    };
    let attributes = set(0, &mut Dice(1));
    rig.update(0, &list(100), Some(&attributes));
    rig.settle();
    let state = |rig: &Rig| rig.head.peer(id(0)).unwrap().session.state();
    assert_eq!(state(&rig), session::State::Established);
    rig.update(0, &list(101), Some(&attributes));
    rig.settle();
    assert_ne!(state(&rig), session::State::Established);
    assert_eq!(rig.count(), 0, "and all are gone");
}

#[test]
fn what_no_part_could_do_alone_is_refused() {
    let config = Config::new(US, router_id(1));
    let none = Speaker::divided(config.clone(), 0).map(|_| ());
    assert_eq!(none, Err(ConfigError::NoParts));
    let (mut head, _) = Speaker::divided(config, 2).unwrap();
    let mut dropping = self::config(0);
    dropping.session.limits = vec![PrefixLimit {
        action: LimitAction::Drop,
        ..PrefixLimit::new(V4, 1)
    }];
    let refused = head.add_peer(dropping).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "session: limits: drop: not with a speaker whose destinations are divided"
    );
    assert_eq!(head.peers().count(), 0);
}

#[test]
fn a_neighbor_is_removed_from_all_parts() {
    let mut rig = Rig::new(3, |_, _| {});
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    rig.update(3, &list, Some(&set(3, &mut Dice(1))));
    rig.settle();
    assert!(!rig.heard[0].routes.is_empty());
    rig.head.remove_peer(rig.now, id(3)).unwrap();
    rig.removed = Some(id(3));
    rig.settle();
    assert_eq!(rig.count(), 0);
    assert!(rig.heard[0].routes.is_empty());
    assert!(
        rig.parts
            .iter()
            .all(|part| part.speaker().peers().count() == 4)
    );
}

#[test]
fn a_faulty_update_is_told_of_once() {
    let mut rig = Rig::new(3, |_, _| {});
    let list: Vec<Nlri> = (0..300).map(|at| prefix(at).into()).collect();
    let good = set(3, &mut Dice(1));
    rig.update(3, &list, Some(&good));
    rig.settle();
    let mut out = Vec::new();
    pack_reach(&context(3), V4, &good, &list, &mut out).unwrap();
    rig.events.clear();
    for octets in &out {
        // ORIGIN comes first, and knows no such value (RFC 7606 §7.1).
        let mut octets = octets.to_vec();
        assert_eq!(octets[23..26], [0x40, 1, 1]);
        octets[26] = 9;
        rig.feed(3, session::Input::Received(rig.conn(3), &octets));
    }
    rig.settle();
    let faults = rig.events.iter();
    let faults = faults.filter(|event| matches!(event, Event::Fault(..)));
    assert_eq!(faults.count(), out.len());
    assert_eq!(rig.count(), 0, "treated as withdrawn, in all parts");
    let state = rig.head.peer(id(3)).unwrap().session.state();
    assert_eq!(state, session::State::Established);
}

#[test]
fn routes_of_our_own_go_where_they_belong() {
    let mut rig = Rig::new(3, |_, _| {});
    for at in 0..300 {
        rig.head
            .announce(rig.now, prefix(at), AttributeSet::default());
    }
    rig.settle();
    let told = rig.heard[0].routes.len();
    assert_eq!(told, rig.count());
    rig.head
        .withdraw_any(rig.now, (V4, &Destination::Prefix(prefix(1))));
    rig.settle();
    assert_eq!(rig.heard[0].routes.len(), told - 1);
}
