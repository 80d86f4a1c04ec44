//! Real tables of many neighbours: the same octets into a speaker of ours and
//! into BIRD, and the best path to every prefix compared.
//!
//! Needs `BGPWRIGHT_DATA`, and BIRD 2; without them it says so and skips, but
//! with `BGPWRIGHT_INTEROP=1` it fails.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "../../examples/decode/files.rs"]
mod files;

mod bird;
mod ours;
mod table;

use std::{collections::BTreeMap, env, path::PathBuf, process::Command};

use bgpwright::types::{Family, Prefix};

use self::table::Table;

/// For each prefix the number of the neighbour whose path is the best.
type Best = BTreeMap<Prefix, usize>;

fn data() -> Option<PathBuf> {
    let must = env::var_os("BGPWRIGHT_INTEROP").is_some();
    let bird = Command::new("bird").arg("--version").output().is_ok();
    let data = env::var_os("BGPWRIGHT_DATA");
    if let (Some(data), true) = (&data, bird) {
        return Some(PathBuf::from(data).join("upstream/mrt"));
    }
    assert!(!must, "BGPWRIGHT_DATA is not set, or BIRD is not installed");
    println!("skipped: BGPWRIGHT_DATA is not set, or BIRD is not installed");
    None
}

fn compare(file: &str, family: Family, expected: &Counts) {
    let Some(folder) = data() else { return };
    let table = Table::read(&folder.join(file), family);
    let counts = Counts {
        routes: table.routes(),
        prefixes: table.prefixes(),
        peers: table.peers.len(),
    };
    assert_eq!(&counts, expected, "{file}");
    let ours = ours::best(&table);
    let theirs = bird::best(&table);
    let mut differences = Vec::new();
    let all = ours.keys().chain(theirs.keys());
    for prefix in all.collect::<std::collections::BTreeSet<_>>() {
        let (a, b) = (ours.get(prefix), theirs.get(prefix));
        if a != b {
            let name = |at: Option<&usize>| at.map(|at| table.describe(*at, *prefix));
            differences.push(format!(
                "{prefix}: {:?} against BIRD's {:?}",
                name(a),
                name(b)
            ));
        }
    }
    let shown: Vec<_> = differences.iter().take(10).collect();
    assert!(
        differences.is_empty(),
        "{} differ: {shown:#?}",
        differences.len()
    );
    assert!(
        ours.len() >= counts.prefixes * 99 / 100,
        "{} best paths",
        ours.len()
    );
    println!(
        "{file}: {} routes of {} prefixes from {} neighbours: {} best paths, all as BIRD's",
        counts.routes,
        counts.prefixes,
        counts.peers,
        ours.len()
    );
}

/// What is in a file, so that a reader who loses some is noticed.
#[derive(Debug, Eq, PartialEq)]
struct Counts {
    routes: usize,
    prefixes: usize,
    peers: usize,
}

#[test]
fn ipv4_best_paths_are_birds() {
    compare(
        "pyasn_rib.20140523.0600_firstMB.bz2",
        Family::IPV4_UNICAST,
        &Counts {
            routes: 270_005,
            prefixes: 9_072,
            peers: 35,
        },
    );
}

#[test]
fn ipv6_best_paths_are_birds() {
    compare(
        "pyasn_rib6.20151101.0600_firstMB.bz2",
        Family::IPV6_UNICAST,
        &Counts {
            routes: 149_578,
            prefixes: 6_870,
            peers: 27,
        },
    );
}
