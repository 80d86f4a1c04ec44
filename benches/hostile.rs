//! Tables that a neighbour would choose to do harm, through a whole speaker:
//! from octets in to octets out, one neighbour sends and one is told. A route's
//! time and memory are set beside those of a usual table of the same size, and
//! the longest that one call took: what a keepalive waits for.
#![allow(
    clippy::expect_used,
    clippy::std_instead_of_core,
    reason = "a benchmark says what went wrong by panicking"
)]

mod common;

use std::{
    env,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
    time::Duration,
};

use bgpwright::{
    session,
    types::{AsPath, Asn, Community, Family, NextHop, Prefix},
    wire::{AttributeSet, Nlri, Origin, PathId, update::pack_reach, update::pack_unreach},
};
use common::{CONN, Rig};

const V4: Family = Family::IPV4_UNICAST;
/// Routes of one attribute set, as in a real table.
const USUAL: u32 = 4;

/// A table: its name, its routes, and how many share a set of how much.
struct Table {
    name: &'static str,
    count: u32,
    /// The routes of one set.
    each: u32,
    communities: u32,
    hops: u32,
    route: fn(u32) -> Nlri,
}

impl Table {
    fn new(name: &'static str, count: u32, route: fn(u32) -> Nlri) -> Self {
        Self {
            name,
            count,
            each: USUAL,
            communities: 3,
            hops: 4,
            route,
        }
    }

    fn set(&self, number: u32) -> AttributeSet {
        let tail = (1..self.hops).map(|hop| Asn(64_000 + (number >> (hop % 16)) % 60_000));
        let first = [Asn(common::THEIR_AS), Asn(1 + number)];
        AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence(first.into_iter().chain(tail))),
            next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 1))),
            communities: (0..self.communities)
                .map(|at| Community(number.wrapping_add(at)))
                .collect(),
            ..AttributeSet::default()
        }
    }

    /// Announces a stretch of it. How long the speaker took.
    fn announce(&self, rig: &mut Rig, numbers: Range<u32>) -> Duration {
        let context = rig.context();
        let mut time = Duration::ZERO;
        let mut piece = Vec::new();
        let mut at = numbers.start;
        while at < numbers.end {
            let end = (at + self.each).min(numbers.end);
            let list: Vec<Nlri> = (at..end).map(self.route).collect();
            let family = list.first().map_or(V4, |nlri| nlri.prefix.family());
            let mut set = self.set(at / self.each);
            if family == Family::IPV6_UNICAST {
                set.next_hop = Some(NextHop::from(IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, 1])));
            }
            let mut messages = Vec::new();
            pack_reach(&context, family, &set, &list, &mut messages).expect("they can be written");
            piece.extend(messages.iter().flatten());
            at = end;
            if piece.len() >= PIECE || at == numbers.end {
                time += rig.hear(0, &piece);
                piece.clear();
            }
        }
        time
    }

    fn withdraw(&self, rig: &mut Rig, numbers: Range<u32>) -> Duration {
        let list: Vec<Nlri> = numbers.map(self.route).collect();
        let family = list.first().map_or(V4, |nlri| nlri.prefix.family());
        let mut messages = Vec::new();
        let context = rig.context();
        pack_unreach(&context, family, &list, &mut messages).expect("they can be written");
        messages.iter().map(|message| rig.hear(0, message)).sum()
    }
}

fn v4(addr: u32, length: u8) -> Nlri {
    let prefix = Prefix::new(Ipv4Addr::from(addr).into(), length);
    prefix.expect("a length").into()
}

fn v6(addr: u128, length: u8) -> Nlri {
    let prefix = Prefix::new(Ipv6Addr::from(addr).into(), length);
    prefix.expect("a length").into()
}

/// Spread over all addresses, each once.
fn usual(number: u32) -> Nlri {
    v4(number.wrapping_mul(0x9e37_79b1), 32)
}

/// 33 lengths at each of many places.
fn nested(number: u32) -> Nlri {
    let place = (number / 33).wrapping_mul(0x9e37_79b1) | 1;
    let length = u8::try_from(number % 33).expect("a length");
    v4(place, length)
}

fn same_prefix(number: u32) -> Nlri {
    Nlri {
        path_id: Some(PathId(number + 1)),
        ..v4(0x0a00_0000, 24)
    }
}

fn tables(count: u32) -> Vec<Table> {
    let table = |name, route| Table::new(name, count, route);
    vec![
        table("usual: 4 routes a set, spread", usual),
        Table {
            each: 1,
            ..table("a set each", usual)
        },
        Table {
            each: 1,
            communities: 100,
            hops: 200,
            count: count / 10,
            ..table("a set each, of 1.2 kB", usual)
        },
        table("hosts of one block, ascending", |at| {
            v4(0x0a00_0000 + at, 32)
        }),
        table("the same, descending", |at| v4(0x0aff_ffff - at, 32)),
        table("the same, bits reversed", |at| v4(at.reverse_bits(), 32)),
        table("low bits equal", |at| v4(at << 12, 20)),
        table("one in another, 33 deep", nested),
        table("IPv6 hosts of one block", |at| {
            v6((0xfd00 << 112) + u128::from(at), 128)
        }),
        table("IPv6, first bits only", |at| v6(u128::from(at) << 96, 32)),
    ]
}

struct Cost {
    /// Of a route, in nanoseconds.
    time: f64,
    /// Of a route, in octets.
    memory: f64,
    longest: Duration,
}

fn cost(table: &Table) -> Cost {
    let path_ids = (table.route)(0).path_id.is_some();
    let mut rig = Rig::new(2, path_ids, |_, _| {});
    let mut time = Duration::ZERO;
    let memory = kept(|| time = table.announce(&mut rig, 0..table.count));
    Cost {
        time: time.as_secs_f64() * 1e9 / f64::from(table.count),
        memory: memory / f64::from(table.count),
        longest: rig.longest,
    }
}

/// The octets that were asked for and not given back.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn kept(work: impl FnOnce()) -> f64 {
    allocation_counter::measure(work).bytes_current as f64
}

fn row(name: &str, count: u32, cost: &Cost, usual: &Cost) {
    println!(
        "| {name} | {count} | {:.0} | {:.2} | {:.0} | {:.1} |",
        cost.time,
        cost.time / usual.time,
        cost.memory,
        cost.longest.as_secs_f64() * 1e3,
    );
}

/// The same routes again and again: nothing is left behind.
fn again(count: u32, rounds: u32) {
    let table = Table::new("again", count, usual);
    let mut rig = Rig::new(2, false, |_, _| {});
    let mut time = Duration::ZERO;
    let mut round = |rig: &mut Rig| {
        time += table.announce(rig, 0..count);
        time += table.withdraw(rig, 0..count);
    };
    (0..2).for_each(|_| round(&mut rig));
    let more = kept(|| (2..rounds).for_each(|_| round(&mut rig)));
    let updates = f64::from(count) * f64::from(rounds) * 2.0;
    println!(
        "{count} routes announced and withdrawn {rounds} times: {:.0} ns each, \
         {more} octets more after the last round than after the second",
        time.as_secs_f64() * 1e9 / updates
    );
}

/// A neighbour that comes with a table and goes.
fn flaps(count: u32, rounds: u32) {
    let table = Table::new("flaps", count, usual);
    let mut rig = Rig::new(2, false, |_, _| {});
    let round = |rig: &mut Rig| {
        table.announce(rig, 0..count);
        rig.tell(0, session::Input::Closed(CONN));
        rig.settle();
        rig.connect(0);
    };
    (0..2).for_each(|_| round(&mut rig));
    let more = kept(|| (2..rounds).for_each(|_| round(&mut rig)));
    println!(
        "a neighbour with {count} routes up and down {rounds} times: \
         {more} octets more after the last than after the second"
    );
}

/// All go at once. How long others' keepalives may have to wait.
fn goes(count: u32) {
    let table = Table::new("goes", count, usual);
    let mut rig = Rig::new(2, false, |_, _| {});
    table.announce(&mut rig, 0..count);
    rig.longest = Duration::ZERO;
    let begun = std::time::Instant::now();
    rig.tell(0, session::Input::Closed(CONN));
    rig.settle();
    println!(
        "a neighbour with {count} routes goes: {:.0} ms until the other has been told, \
         the longest call {:.1} ms",
        begun.elapsed().as_secs_f64() * 1e3,
        rig.longest.as_secs_f64() * 1e3
    );
    let mut rig = Rig::new(2, false, |_, _| {});
    table.announce(&mut rig, 0..count);
    rig.longest = Duration::ZERO;
    for number in [1, 0] {
        // The one who is told, then the one who tells nobody.
        rig.tell(number, session::Input::Closed(CONN));
        rig.settle();
    }
    println!(
        "the one who was told of them goes, then the other: the longest call {:.1} ms",
        rig.longest.as_secs_f64() * 1e3
    );
}

fn main() {
    let quick = env::args().any(|argument| argument == "--quick" || argument == "--test");
    let count = if quick { 50_000 } else { 1_000_000 };
    println!(
        "| table | routes | ns a route | times the usual | octets a route | longest call, ms |"
    );
    println!("|---|---|---|---|---|---|");
    let tables = tables(count);
    let usual = cost(&Table::new("usual", count, usual));
    for table in &tables {
        let cost = cost(table);
        row(table.name, table.count, &cost, &usual);
    }
    let one = |count| Table::new("paths of one prefix, by identifier", count, same_prefix);
    for count in [1000, 10_000, count / 10] {
        let cost = cost(&one(count));
        row("paths of one prefix", count, &cost, &usual);
    }
    let sizes: &[u32] = if quick {
        &[100_000]
    } else {
        &[2_000_000, 5_000_000, 10_000_000]
    };
    for &count in sizes {
        let table = Table::new("usual, more of them", count, self::usual);
        let cost = cost(&table);
        row(table.name, count, &cost, &usual);
    }
    println!();
    again(count / 10, if quick { 3 } else { 50 });
    flaps(count / 10, if quick { 3 } else { 50 });
    goes(count);
}

/// What is read of a socket at a time.
const PIECE: usize = 64 * 1024;
