//! Small clusters with one trap each: `tests/data/calico/traps`.

use std::{fs, path::Path};

use bgpwright::{plan::inventory::MeshNeighborAs, types::Family};
use serde_json::Value;

use crate::{comparable, expected_issues, issues, read, sessions};

#[test]
fn every_trap_gives_the_sessions_and_issues_that_calico_has() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/calico/traps");
    let mut count = 0;
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            trap(&path);
            count += 1;
        }
    }
    assert_eq!(count, 14);
}

fn trap(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let expected = fs::read_to_string(path.with_extension("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let mut inventory = read(&text).inventory;
    let check = |inventory: &_, key: &str, family| {
        let Some(nodes) = expected[key].as_object() else {
            return;
        };
        for (node, wanted) in nodes {
            let found = sessions(inventory, node, family);
            assert_eq!(found, comparable(wanted), "{} of {}", node, path.display());
        }
    };
    check(&inventory, "sessions_v4", Family::IPV4_UNICAST);
    check(&inventory, "sessions_v6", Family::IPV6_UNICAST);
    let found = issues(&inventory, Family::IPV4_UNICAST);
    assert_eq!(
        found,
        expected_issues(&expected["issues_v4"]),
        "{}",
        path.display()
    );
    inventory.mesh.neighbor_as = MeshNeighborAs::Cluster;
    check(&inventory, "sessions_v4_rule_le_3_31", Family::IPV4_UNICAST);
}
