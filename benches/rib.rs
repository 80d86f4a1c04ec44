//! What a RIB costs: routes in and out, looked at, explained, gone over; how
//! each grows with the table; and what a neighbour that goes leaves for others
//! to wait for. Allocations are counted first and printed.
#![allow(
    clippy::expect_used,
    clippy::std_instead_of_core,
    reason = "a benchmark says what went wrong by panicking"
)]

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use bgpwright::{
    rib::{DecisionConfig, Handle, Marks, Neighbor, Rib, RouteSource, TableId, UnknownNextHops},
    types::{AsPath, Asn, Community, Family, NextHop, PeerId, PeerType, Prefix, RouterId},
    wire::{AttributeSet, Origin},
};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Prefixes of one attribute set, as in a full table.
const EACH: u32 = 4;

fn rib(peers: u8) -> (Rib, TableId) {
    let config = DecisionConfig::default();
    let mut rib = Rib::new(UnknownNextHops::Resolvable, config, (17, 4));
    for number in 0..peers {
        let facts = Neighbor {
            peer_type: PeerType::External,
            router_id: RouterId(u32::from(number)),
            address: IpAddr::from([192, 0, 2, number]),
        };
        rib.neighbor_up(PeerId(number.into()), facts);
    }
    let table = rib.table(Family::IPV4_UNICAST);
    (rib, table)
}

/// Spread like a real table's: no order that a hash or a cache could like.
fn prefix(number: u32) -> Prefix {
    let addr = number.wrapping_mul(0x9e37_79b1);
    Prefix::new(Ipv4Addr::from(addr).into(), 24 + (number % 9) as u8).expect("a length")
}

fn set(number: u32, from: u8) -> AttributeSet {
    let tail = [3356, 1299 + number % 7, 64_500 + number / 50, number];
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::sequence(
            std::iter::once(65_000 + u32::from(from))
                .chain(tail)
                .map(Asn),
        )),
        next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, from))),
        communities: (0..3).map(|at| Community(number + at)).collect(),
        ..AttributeSet::default()
    }
}

fn insert(rib: &mut Rib, table: TableId, from: u8, numbers: std::ops::Range<u32>) {
    let source = RouteSource::Peer(PeerId(from.into()));
    let mut handle: Option<Handle> = None;
    for number in numbers {
        if number % EACH == 0
            && let Some(old) = handle.take()
        {
            rib.release(old);
        }
        let handle =
            handle.get_or_insert_with(|| rib.intern(&set(number / EACH, from), &Marks::default()));
        black_box(rib.insert(source, (table, prefix(number)), None, handle, None));
    }
    if let Some(old) = handle {
        rib.release(old);
    }
}

fn withdraw(rib: &mut Rib, table: TableId, from: u8, numbers: std::ops::Range<u32>) {
    let source = RouteSource::Peer(PeerId(from.into()));
    for number in numbers {
        if let Some(change) = rib.remove(source, (table, prefix(number)), None) {
            rib.settle(change);
        }
    }
}

fn full(count: u32, peers: u8) -> (Rib, TableId) {
    let (mut rib, table) = rib(peers);
    for from in 0..peers {
        insert(&mut rib, table, from, 0..count);
    }
    (rib, table)
}

const SIZES: [u32; 4] = [10_000, 100_000, 500_000, 2_000_000];

fn grow(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rib");
    group.sample_size(10);
    for count in SIZES {
        let (mut rib, table) = full(count, 1);
        group.throughput(Throughput::Elements(1000));
        group.bench_function(
            BenchmarkId::new("insert and withdraw 1,000 among", count),
            |bencher| {
                bencher.iter(|| {
                    insert(&mut rib, table, 0, count..count + 1000);
                    withdraw(&mut rib, table, 0, count..count + 1000);
                });
            },
        );
        group.throughput(Throughput::Elements(1));
        let mut at = 0_u32;
        group.bench_function(BenchmarkId::new("best path among", count), |bencher| {
            bencher.iter(|| {
                at = at.wrapping_add(7919) % count;
                black_box(rib.best(prefix(at)).map(|route| route.source))
            });
        });
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::new("go over all of", count), |bencher| {
            bencher.iter(|| black_box(rib.routes().count()));
        });
    }
    group.finish();
}

fn fresh(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fresh rib");
    group.sample_size(10);
    for count in [10_000, 100_000, 500_000] {
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::new("insert", count), |bencher| {
            bencher.iter_batched_ref(
                || rib(1),
                |(rib, table)| insert(rib, *table, 0, 0..count),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn contested(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ten paths each");
    group.sample_size(10);
    let (mut rib, table) = full(20_000, 10);
    group.throughput(Throughput::Elements(1000));
    group.bench_function(
        "withdraw the best of 1,000 and insert it again",
        |bencher| {
            bencher.iter(|| {
                withdraw(&mut rib, table, 0, 0..1000);
                insert(&mut rib, table, 0, 0..1000);
            });
        },
    );
    group.throughput(Throughput::Elements(1));
    group.bench_function("explain one", |bencher| {
        bencher.iter(|| black_box(rib.explain(prefix(77)).len()));
    });
    group.finish();
}

/// A neighbour with all the routes goes: what one turn takes is what a keepalive
/// waits for.
fn sweep(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a neighbour with 1,000,000 routes goes");
    group.sample_size(10);
    group.bench_function("one turn of 1,024", |bencher| {
        bencher.iter_custom(|turns| {
            let mut time = Duration::ZERO;
            let mut left = turns;
            while left > 0 {
                let (mut rib, table) = full(1_000_000, 1);
                let (mut cursor, mut changes) = (0, Vec::new());
                rib.neighbor_down(PeerId(0));
                rib.sweep(PeerId(0), table);
                let begun = Instant::now();
                while left > 0 && rib.sweep_slice(table, &mut cursor, 1024, &mut changes) {
                    for change in changes.drain(..) {
                        rib.settle(change);
                    }
                    left -= 1;
                }
                time += begun.elapsed();
            }
            time
        });
    });
    group.finish();
}

/// Allocations, which do not vary from run to run.
fn allocations() {
    let count = |name: &str, each: u32, f: &mut dyn FnMut()| {
        let all = allocation_counter::measure(f);
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let per = all.count_total as f64 / f64::from(each);
        println!("allocations: {name}: {per:.3} each");
    };
    let (mut rib, table) = rib(2);
    count(
        "insert, 4 prefixes a set, the table growing",
        100_000,
        &mut || {
            insert(&mut rib, table, 0, 0..100_000);
        },
    );
    count("insert what is there", 100_000, &mut || {
        insert(&mut rib, table, 0, 0..100_000);
    });
    count("best path", 1000, &mut || {
        for number in 0..1000 {
            black_box(rib.best(prefix(number)).map(|route| route.source));
        }
    });
    count("go over", 100_000, &mut || {
        black_box(rib.routes().count());
    });
    count("withdraw", 100_000, &mut || {
        withdraw(&mut rib, table, 0, 0..100_000);
    });
}

fn all(criterion: &mut Criterion) {
    allocations();
    fresh(criterion);
    grow(criterion);
    contested(criterion);
    sweep(criterion);
}

criterion_group!(benches, all);
criterion_main!(benches);
