//! How the planner grows with a cluster: expansion and pairing, checks with all
//! single failures, what changes when a node comes, and selectors.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark's own data"
)]

use core::hint::black_box;
use std::collections::BTreeMap;

use bgpwright::{
    plan::{
        Checks, Expansion, Mode, Reconcile, Selector, check, generate, plan,
        strategy::{Reflectors, Requirements, Strategy, apply, recommend},
    },
    types::Family,
};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

fn growth(criterion: &mut Criterion) {
    for (name, mode) in [
        ("reflectors", Mode::Rr),
        ("reflectors a rack", Mode::RrPerRack),
    ] {
        let mut group = criterion.benchmark_group(format!("plan, {name}"));
        group.sampling_mode(SamplingMode::Flat).sample_size(10);
        // Reflectors of thousands of racks are a mesh of their own.
        let most = if mode == Mode::Rr { 100_000 } else { 1_000 };
        for nodes in SIZES.into_iter().filter(|it| *it <= most) {
            let inventory = generate(nodes, mode);
            group.throughput(Throughput::Elements(nodes as u64));
            let id = BenchmarkId::new("sessions", nodes);
            group.bench_with_input(id, &inventory, |bencher, inventory| {
                bencher.iter(|| black_box(plan(inventory)));
            });
            let planned = plan(&inventory);
            let id = BenchmarkId::new("check, single failures", nodes);
            group.bench_with_input(id, &inventory, |bencher, inventory| {
                bencher.iter(|| black_box(check(inventory, &planned, &Checks::default())));
            });
        }
        group.finish();
    }
}

fn mesh(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan, mesh");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for nodes in SIZES {
        let inventory = generate(nodes, Mode::Mesh);
        let more = generate(nodes + 1, Mode::Mesh);
        group.throughput(Throughput::Elements(nodes as u64));
        let id = BenchmarkId::new("count sessions", nodes);
        group.bench_with_input(id, &inventory, |bencher, inventory| {
            let expansion = Expansion::new(inventory);
            bencher.iter(|| black_box(expansion.mesh_sessions(Family::IPV4_UNICAST)));
        });
        let id = BenchmarkId::new("a node more", nodes);
        group.bench_with_input(id, &inventory, |bencher, inventory| {
            bencher.iter(|| black_box(Reconcile::new(inventory, &more).counts()));
        });
    }
    group.finish();
}

fn selectors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("selector");
    let text =
        "has(rack) && rack in {'r1', 'r2', 'r3'} && !(role == 'edge' || zone starts with 'b')";
    let selector: Selector = text.parse().expect("a selector");
    let labels = |at: usize| -> BTreeMap<String, String> {
        [
            ("kubernetes.io/hostname", format!("node-{at}")),
            ("rack", format!("r{}", at % 5)),
            ("zone", ["a", "b1", "c"][at % 3].to_owned()),
            ("role", ["edge", "worker"][at % 2].to_owned()),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
    };
    let nodes: Vec<_> = (0..1000).map(labels).collect();
    let by_hand = |labels: &BTreeMap<String, String>| {
        let get = |key: &str| labels.get(key).map(String::as_str);
        matches!(get("rack"), Some("r1" | "r2" | "r3"))
            && get("role") != Some("edge")
            && !get("zone").is_some_and(|zone| zone.starts_with('b'))
    };
    assert!(nodes.iter().all(|it| selector.matches(it) == by_hand(it)));
    group.throughput(Throughput::Elements(nodes.len() as u64));
    group.bench_function("matches", |bencher| {
        bencher.iter(|| nodes.iter().filter(|it| selector.matches(it)).count());
    });
    group.bench_function("written by hand", |bencher| {
        bencher.iter(|| nodes.iter().filter(|it| by_hand(it)).count());
    });
    group.finish();
}

/// All ways to peer a cluster compared, and its reflectors chosen.
fn strategies(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan, strategies");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for nodes in SIZES {
        let mut inventory = generate(nodes, Mode::Mesh);
        for (at, node) in inventory.nodes.iter_mut().enumerate() {
            node.domains
                .insert("rack".into(), format!("rack-{}", at % 40));
        }
        group.throughput(Throughput::Elements(nodes as u64));
        let requirements = Requirements::default();
        let id = BenchmarkId::new("recommend", nodes);
        group.bench_with_input(id, &inventory, |bencher, inventory| {
            bencher.iter(|| black_box(recommend(inventory, &requirements)));
        });
        let strategy = Strategy::Reflectors(Reflectors::new(2));
        let id = BenchmarkId::new("choose 2 reflectors", nodes);
        group.bench_with_input(id, &inventory, |bencher, inventory| {
            bencher.iter(|| black_box(apply(&strategy, inventory, &requirements)));
        });
    }
    group.finish();
}

criterion_group!(benches, growth, mesh, strategies, selectors);
criterion_main!(benches);
