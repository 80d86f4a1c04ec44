//! `planner render`: one file to standard output, several into a folder.

use std::{fs, path::Path};

use serde_json::Value;

use super::{planner, text};

const RACK: &str = "examples/clusters/rack.yaml";

#[test]
fn pictures_graphs_and_data_go_to_standard_output() {
    for (to, begins) in [("svg", "<svg "), ("dot", "graph topology {"), ("json", "{")] {
        let run = planner(&["render", RACK, "--to", to], "");
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        assert!(text(&run.stdout).starts_with(begins), "{to}");
    }
    let run = planner(&["render", RACK, "--to", "json"], "");
    let all: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(all["plan"]["sessions"].as_array().unwrap().len(), 8);
    assert_eq!(all["inventory"]["nodes"].as_array().unwrap().len(), 4);
}

#[test]
fn configurations_go_into_a_new_folder_all_or_none() {
    for (to, file, says) in [
        ("calico", "bgppeers.yaml", "rack0-to-leaf0"),
        ("bird", "calico-bgp-rr-worker/bird.cfg", "protocol bgp"),
        ("frr", "leaf0/frr.conf", "router bgp 65005"),
        ("gobgp", "leaf0/gobgpd.toml", "as = 65005"),
        ("speaker", "leaf0/speaker.toml", "as = 65005"),
        ("containerlab", "topology.clab.yml", "kind: bridge"),
    ] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("render-{to}"));
        let _ = fs::remove_dir_all(&folder);
        let out = folder.to_str().unwrap();
        let run = planner(&["render", RACK, "--to", to, "--out", out], "");
        assert_eq!(run.status.code(), Some(0), "{to}: {run:?}");
        let written = fs::read_to_string(folder.join(file)).unwrap();
        assert!(written.contains(says), "{to}: {written}");
        let again = planner(&["render", RACK, "--to", to, "--out", out], "");
        assert_eq!(again.status.code(), Some(2), "{to}: {again:?}");
        assert!(text(&again.stderr).contains("expected a new or empty folder"));
    }
}

#[test]
fn one_router_s_configuration_goes_to_standard_output() {
    let run = planner(&["render", RACK, "--to", "frr", "--node", "leaf1"], "");
    assert!(text(&run.stdout).contains("hostname leaf1"), "{run:?}");
    let run = planner(&["render", RACK, "--to", "frr", "--node", "x"], "");
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("--node x: there is no such node or router"));
    let run = planner(&["render", RACK, "--to", "frr"], "");
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("expected --out FOLDER, or --node NAME for one"));
}
