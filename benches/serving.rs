//! A route server (RFC 7947) at work: clients that each announce some prefixes,
//! a third of which others announce too, and take what the rest has. From octets
//! in to octets out, without sockets.
#![allow(
    clippy::expect_used,
    clippy::std_instead_of_core,
    reason = "a benchmark says what went wrong by panicking"
)]

mod common;

use std::{env, net::Ipv4Addr, time::Duration};

use bgpwright::{
    policy::{AsPathMatch, Condition, Outcome, Policy, PrefixMatch, Rule, Verdict},
    speaker::PeerConfig,
    types::{AsPath, Asn, Community, Family, NextHop, Prefix},
    wire::{AttributeSet, Frame, Nlri, Origin, update::pack_reach, update::pack_unreach},
};
use common::{Rig, THEIR_AS};

const V4: Family = Family::IPV4_UNICAST;
/// Prefixes that a client announces.
const EACH: u32 = 1000;
/// Where the numbers of prefixes begin that two clients announce.
const SHARED: u32 = 1_000_000;
/// Prefixes of one attribute set.
const SET: u32 = 4;

/// What a client's export policy is.
#[derive(Clone, Copy, Debug)]
enum Filters {
    /// The same for all: what is told is worked out once.
    None,
    /// One that is the client's own: another client's routes, and some prefixes,
    /// are not for it.
    Own,
}

fn policy(number: u16) -> Policy {
    let other = Asn(THEIR_AS + u32::from(number + 1));
    let some = prefix(u32::from(number) * EACH).prefix;
    let reject = |condition| Rule {
        name: None,
        conditions: vec![condition],
        actions: Vec::new(),
        outcome: Outcome::Reject,
    };
    Policy {
        rules: vec![
            reject(Condition::AsPath(AsPathMatch::Contains(vec![other]))),
            reject(Condition::Prefix(vec![PrefixMatch::or_longer(some)])),
        ],
        default: Verdict::Accept,
    }
}

fn prefix(number: u32) -> Nlri {
    // Each once, in no order.
    let addr = number.wrapping_mul(0x9e37_79b1) & 0x00ff_ffff;
    let prefix = Prefix::new(Ipv4Addr::from(addr << 8).into(), 24);
    prefix.expect("a length").into()
}

/// What client `number` announces: of each three prefixes one is another
/// client's as well.
fn messages(rig: &Rig, number: u16) -> Vec<u8> {
    let context = rig.context();
    let mut out = Vec::new();
    for set in 0..EACH / SET {
        let list = (set * SET..(set + 1) * SET).map(|at| match at % 3 {
            0 => prefix(SHARED + u32::from(number / 2) * EACH + at),
            _ => prefix(u32::from(number) * EACH + at),
        });
        let list: Vec<Nlri> = list.collect();
        let asn = THEIR_AS + u32::from(number);
        let attributes = AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([asn, 1000 + set, 5000 + set].map(Asn))),
            next_hop: Some(NextHop::V4(Ipv4Addr::from(0x0a00_0001 + u32::from(number)))),
            communities: [Community(asn), Community(set)].into_iter().collect(),
            ..AttributeSet::default()
        };
        pack_reach(&context, V4, &attributes, &list, &mut out).expect("they can be written");
    }
    out.iter().flatten().copied().collect()
}

fn server(clients: u16, filters: Filters) -> Rig {
    Rig::new(clients, false, |number, config: &mut PeerConfig| {
        config.route_server_client = true;
        if let Filters::Own = filters {
            config.export = Some(policy(number));
        }
    })
}

fn run(clients: u16, filters: Filters) {
    let mut rig = server(clients, filters);
    let mut time = Duration::ZERO;
    let texts: Vec<Vec<u8>> = (0..clients).map(|number| messages(&rig, number)).collect();
    let memory = allocation_counter::measure(|| {
        for (text, number) in texts.iter().zip(0..) {
            for piece in text.chunks(16 * 1024) {
                time += rig.hear(number, piece);
            }
        }
    });
    let paths = rig.speaker.rib().path_count(V4);
    let sent = rig.sent;
    // What is told of one route that goes and comes back, to all.
    let mut octets = Vec::new();
    let one = prefix(1);
    pack_unreach(&rig.context(), V4, &[one], &mut octets).expect("it can be written");
    let first: &[u8] = texts.first().expect("a client");
    let back = first.chunks(4096).next().expect("a message");
    let frame = Frame::first(back, 4096).expect("a message");
    let length = frame.expect("a whole one").wire_len();
    let mut change = Duration::ZERO;
    for _ in 0..CHANGES {
        change += octets.iter().map(|gone| rig.hear(0, gone)).sum();
        change += rig.hear(0, back.get(..length).unwrap_or_default());
    }
    let seconds = time.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let [told, per_path] = [
        seconds * 1e9 / (paths as f64 * f64::from(clients)),
        memory.bytes_current as f64 / paths as f64,
    ];
    println!(
        "| {clients} | {filters:?} | {paths} | {seconds:.2} | {told:.1} | {} | {per_path:.0} | {:.0} | {:.1} |",
        sent / 1_000_000,
        change.as_secs_f64() * 1e6 / f64::from(CHANGES),
        rig.longest.as_secs_f64() * 1e3,
    );
}

fn main() {
    let quick = env::args().any(|argument| argument == "--quick" || argument == "--test");
    println!(
        "| clients | filters | paths | s | ns a path and client | MB out | octets a path | µs a change | longest call, ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let sizes: &[u16] = if quick { &[20, 40] } else { &[50, 100, 200] };
    for filters in [Filters::None, Filters::Own] {
        for &clients in sizes {
            run(clients, filters);
        }
    }
}

/// How often the one route goes and comes back.
const CHANGES: u32 = 20;
