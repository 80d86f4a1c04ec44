//! Whatever happened on the way, a network that has come to rest is the network
//! that would have come up with the same routes and links: random topologies,
//! random churn, random failures, over many seeds.

use std::{collections::BTreeMap, time::Duration};

use bgpwright::{speaker::PeerId, types::Prefix, wire::AttributeSet};

use crate::lab::{CLIENT, Lab, PLAIN, net};

/// splitmix64: a stream of numbers from a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    pub(crate) fn pick(&mut self, from: &[u8]) -> u8 {
        from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }
}

/// One of several shapes, with numbers of speakers and links drawn.
fn topology(dice: &mut Dice) -> (Lab, Vec<u8>, Vec<(u8, u8)>) {
    let count = 3 + u8::try_from(dice.roll(4)).unwrap();
    let members: Vec<u8> = (1..=count).collect();
    let shape = dice.roll(4);
    let asn = |number: u8| match shape {
        0 | 1 => 64512,
        2 => 65000 + u32::from(number),
        _ => 65000 + u32::from(number % 2),
    };
    let described: Vec<(u8, u32)> = members
        .iter()
        .map(|&number| (number, asn(number)))
        .collect();
    let mut lab = Lab::new(&described);
    let mut links = Vec::new();
    for (at, &a) in members.iter().enumerate() {
        for &b in &members[at + 1..] {
            // Reflectors 1 and 2 serve the others; else a mesh, or with gaps.
            let roles = match shape {
                1 if a > 2 => continue,
                1 if b > 2 => (CLIENT, PLAIN),
                2 | 3 if b > a + 1 && dice.roll(3) == 0 => continue,
                _ => (PLAIN, PLAIN),
            };
            lab = lab.link((a, b), roles);
            links.push((a, b));
        }
    }
    if dice.roll(2) == 0 {
        lab = lab.graceful(Duration::from_secs(20 + dice.roll(60)));
    }
    (lab, members, links)
}

type Table = BTreeMap<(u8, Prefix), String>;

/// Every speaker's best routes, in words.
fn table(lab: &Lab, members: &[u8]) -> Table {
    let rows = members.iter().flat_map(|&at| {
        lab.at(at).routes().map(move |route| {
            assert!(
                !route.stale,
                "a stale route is left at {at}: {}",
                route.prefix
            );
            let attributes = route.attributes();
            (
                (at, route.prefix),
                format!("{:?} {attributes:?}", route.decided_by),
            )
        })
    });
    rows.collect()
}

/// What one end has been told is what the other end has, or has refused.
fn ends_agree(lab: &Lab, links: &[(u8, u8)]) {
    for &(a, b) in links {
        for (from, to) in [(a, b), (b, a)] {
            let told: BTreeMap<_, _> = lab
                .at(from)
                .adj_rib_out(lab.find(from, to).unwrap().1)
                .map(|(prefix, attributes)| (prefix, attributes.next_hop))
                .collect();
            for (prefix, path) in lab.at(to).adj_rib_in(lab.find(to, from).unwrap().1) {
                assert_eq!(
                    told.get(&prefix),
                    Some(&path.attributes().next_hop),
                    "{to} has {prefix} of {from}, who does not say so"
                );
            }
        }
    }
}

fn churn(dice: &mut Dice, lab: &mut Lab, members: &[u8], links: &[(u8, u8)]) -> BTreeMap<u8, u64> {
    let mut meds: BTreeMap<u8, u64> = BTreeMap::new();
    let mut cut = Vec::new();
    for _ in 0..30 {
        match dice.roll(8) {
            0 => {
                let number = dice.pick(members);
                meds.insert(number, u64::MAX);
                lab.change(number, |speaker, now| speaker.withdraw(now, net(number)));
            }
            1..=3 => {
                let (number, med) = (dice.pick(members), dice.roll(5));
                meds.insert(number, med);
                announce(lab, number, med);
            }
            4 => {
                let (a, b) = links[usize::try_from(dice.roll(links.len() as u64)).unwrap()];
                let link = lab.link_of(a, b);
                lab.network.cut(link);
                cut.push(link);
            }
            5 => {
                if let Some(link) = cut.pop() {
                    lab.network.mend(link);
                }
            }
            6 => {
                let number = dice.pick(members);
                let mut fresh = lab.speaker(number, dice.roll(2) == 0);
                let now = lab.network.now();
                match meds.get(&number) {
                    Some(&u64::MAX) => fresh.withdraw(now, net(number)),
                    Some(&med) => fresh.announce(now, net(number), with(med)),
                    None => {}
                }
                let node = lab.node(number);
                lab.network.replace(node, fresh);
            }
            _ => {}
        }
        lab.network.run_for(Duration::from_millis(dice.roll(4000)));
    }
    for link in cut {
        lab.network.mend(link);
    }
    lab.network.run_for(Duration::from_secs(400));
    meds
}

fn with(med: u64) -> AttributeSet {
    AttributeSet {
        med: Some(u32::try_from(med).unwrap()),
        ..AttributeSet::default()
    }
}

fn announce(lab: &mut Lab, number: u8, med: u64) {
    lab.change(number, |speaker, now| {
        speaker.announce(now, net(number), with(med));
    });
}

#[test]
fn a_network_at_rest_does_not_remember_how_it_came_there() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let (lab, members, links) = topology(&mut dice);
        let mut lab = lab.up();
        let meds = churn(&mut dice, &mut lab, &members, &links);
        ends_agree(&lab, &links);
        let (fresh, ..) = topology(&mut Dice(seed));
        let mut fresh = fresh.up();
        for (number, med) in meds {
            match med {
                u64::MAX => fresh.change(number, |speaker, now| speaker.withdraw(now, net(number))),
                med => announce(&mut fresh, number, med),
            }
        }
        fresh.network.run_for(Duration::from_secs(400));
        assert_eq!(
            table(&lab, &members),
            table(&fresh, &members),
            "seed {seed}"
        );
    }
}

const SEEDS: u64 = 60;

#[test]
fn a_speaker_that_is_drained_late_or_in_part_comes_to_the_same() {
    let run = |whole: bool| {
        let lab = Lab::new(&[(1, 64512), (2, 64512)]).mesh(&[1, 2]).up();
        let mut lab = lab;
        for number in 10..40 {
            lab.change(1, |speaker, now| {
                speaker.announce(now, net(number), AttributeSet::default());
                if whole {
                    return;
                }
                speaker.withdraw(now, net(number));
                speaker.announce(now, net(number), AttributeSet::default());
            });
        }
        lab.settle();
        let told = lab.at(1).adj_rib_out(PeerId(0)).count();
        (told, lab.at(2).routes().count())
    };
    assert_eq!(run(true), (31, 32));
    assert_eq!(run(false), run(true));
}
