//! What tools print, read field by field, and held against plans.

use std::fs;

use bgpwright::{
    plan::{
        Code, Mode, generate, plan,
        status::{self, Observed},
        yaml::{Limits, Source},
    },
    types::Asn,
};
use proptest::prelude::*;

use crate::upstream_data;

mod daemons;

fn try_read(text: &str) -> Result<Vec<Observed>, Vec<String>> {
    let source = Source {
        name: "status.txt",
        text,
    };
    let read = status::read(source, &Limits::default());
    read.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn read(text: &str) -> Observed {
    let mut read = try_read(text).unwrap();
    assert_eq!(read.len(), 1);
    read.remove(0)
}

/// Neighbour, port, kind, up, state, info, since.
type Row<'a> = (
    &'a str,
    Option<u16>,
    &'a str,
    bool,
    &'a str,
    &'a str,
    &'a str,
);

fn expect(observed: &Observed, expected: &[Row<'_>]) {
    let sessions = observed.sessions.iter();
    let found: Vec<_> = sessions
        .map(|it| {
            let kind = it.kind.unwrap_or("");
            let (state, info, since) = (it.state.as_str(), it.info.as_str(), it.since.as_str());
            (
                it.neighbor.to_string(),
                it.port,
                kind,
                it.up,
                state,
                info,
                since,
            )
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|it| (it.0.to_owned(), it.1, it.2, it.3, it.4, it.5, it.6))
        .collect();
    assert_eq!(found, expected);
}

const MESH: &str = "node-to-node mesh";
const DAY: &str = "2016-11-21";

#[test]
fn every_stored_table_of_calicoctl_is_read_field_by_field() {
    let Some(data) = upstream_data() else { return };
    let text = |name: &str| fs::read_to_string(data.join("status").join(name)).unwrap();
    expect(
        &read(&text("node_status_legacy_centered.txt")),
        &[
            (
                "172.18.0.3",
                None,
                MESH,
                true,
                "Established",
                "",
                "23:30:04",
            ),
            (
                "172.18.0.2",
                None,
                MESH,
                true,
                "Established",
                "",
                "23:30:04",
            ),
        ],
    );
    expect(
        &read(&text("node_status_legacy_wrapped.txt")),
        &[(
            "172.30.30.11",
            None,
            "node specific",
            false,
            "Idle",
            "BGP Error: Bad BGP identifier",
            "14:50:02",
        )],
    );
    expect(
        &read(&text("node_status_new_left.txt")),
        &[
            ("172.17.8.102", None, MESH, true, "Established", "", DAY),
            ("172.17.8.103", None, "global", true, "Established", "", DAY),
            (
                "172.17.8.104",
                None,
                "node specific",
                false,
                "Failed",
                "Socket: error",
                DAY,
            ),
            (
                "10.192.0.3",
                Some(500),
                "node specific",
                false,
                "Active",
                "Socket: error",
                "09:12:01",
            ),
        ],
    );
}

#[test]
fn every_stored_text_of_bird_is_read_field_by_field() {
    let Some(data) = upstream_data() else { return };
    let text = |name: &str| fs::read_to_string(data.join("status").join(name)).unwrap();
    expect(
        &read(&text("birdc_show_protocols_mixed.txt")),
        &[
            ("172.17.8.102", None, MESH, true, "Established", "", DAY),
            ("172.17.8.103", None, "global", true, "Established", "", DAY),
            (
                "172.17.8.104",
                None,
                "node specific",
                false,
                "Failed",
                "Socket: error",
                DAY,
            ),
        ],
    );
    expect(
        &read(&text("birdc_show_protocols_v6.txt")),
        &[("2001:20::8", None, MESH, true, "Established", "", DAY)],
    );
    let one = read(&text("birdc_show_protocols_all_one.txt"));
    expect(
        &one,
        &[("172.17.8.104", None, MESH, true, "Established", "", DAY)],
    );
    let session = &one.sessions[0];
    assert_eq!(session.remote_as, Some(Asn(65530)));
    assert_eq!(session.remote_id.unwrap().to_string(), "147.75.36.73");
    assert_eq!(session.local.unwrap().to_string(), "10.99.182.129");
    refused(&text);
}

fn refused(text: &dyn Fn(&str) -> String) {
    let heading = try_read(&text("birdc_show_protocols_bad_heading.txt")).unwrap_err();
    assert!(
        heading[0].starts_with("status.txt:2: expected the heading"),
        "{heading:?}"
    );
    let rogue = try_read(&text("birdc_show_protocols_rogue_line.txt")).unwrap_err();
    assert_eq!(
        rogue,
        ["status.txt:5: BIRD answered with the error \"9000\""]
    );
    for name in ["birdc_show_route.txt", "birdc_show_route_unreachable.txt"] {
        assert!(try_read(&text(name)).is_err(), "{name}");
    }
}

#[test]
fn a_row_of_birdc_that_is_cut_is_refused() {
    let text = "BIRD v0.3.3+birdv1.6.8 ready.\n\
                name     proto    table    state  since       info\n\
                Mesh_10_0_0_2 BGP      master   up     12:00:00    Established\n\
                Mesh_10_0_0_3 BGP      master   down   12:00:00\n";
    assert_eq!(read(text).sessions.len(), 2);
    for cut in ["up     12:00:00", "start  12:00", ""] {
        let text = format!("{text}Mesh_10_0_0_4 BGP      master   {cut}");
        let problems = try_read(&text).unwrap_err();
        let expected = "status.txt:5: expected a state such as Established, found \"Mesh_10_0_0_4";
        assert!(problems[0].starts_with(expected), "{problems:?}");
    }
}

#[test]
fn every_stored_resource_is_read_field_by_field() {
    let Some(data) = upstream_data() else { return };
    let text = |name: &str| fs::read_to_string(data.join("status").join(name)).unwrap();
    let statuses = try_read(&text("caliconodestatus_examples.yaml")).unwrap();
    assert_eq!(statuses.len(), 1);
    assert_eq!(statuses[0].node.as_deref(), Some("my-kadm-node-0"));
    expect(
        &statuses[0],
        &[
            (
                "10.128.0.242",
                None,
                MESH,
                true,
                "Established",
                "",
                "09:23:22",
            ),
            (
                "10.128.0.200",
                None,
                MESH,
                true,
                "Established",
                "",
                "09:23:21",
            ),
            (
                "10.128.0.241",
                None,
                MESH,
                false,
                "OpenSent",
                "",
                "09:23:22",
            ),
        ],
    );
}

#[test]
fn bird_2_frr_and_gobgp_are_read_too() {
    let bird2 = read(
        "BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
device1    Device     ---        up     10:01:02.345
Node_10_0_0_2_port_1179 BGP  ---  start  2026-11-23 10:01:05  Active  Socket: Connection refused
uplink     BGP        ---        up     10:01:09.000  Established
  BGP state:          Established
    Neighbor address: 192.0.2.1
    Neighbor AS:      65000
",
    );
    expect(
        &bird2,
        &[
            (
                "10.0.0.2",
                Some(1179),
                "node specific",
                false,
                "Active",
                "Socket: Connection refused",
                "2026-11-23 10:01:05",
            ),
            (
                "192.0.2.1",
                None,
                "",
                true,
                "Established",
                "",
                "10:01:09.000",
            ),
        ],
    );
    let nameless = "name proto table state since info\nuplink BGP master up 10:00 Established\n";
    let told = try_read(nameless).unwrap_err();
    assert!(
        told[0].contains("\"uplink\" does not tell its neighbour's address"),
        "{told:?}"
    );
    let frr = read(
        r#"{"ipv4Unicast": {"routerId": "10.0.0.1", "as": 65001, "peers": {
            "10.0.0.2": {"remoteAs": 65001, "state": "Established", "peerUptime": "00:01:02"},
            "10.0.0.3": {"remoteAs": 65002, "state": "Active", "peerUptime": "never"}}},
            "ipv6Unicast": {"peers": {"fd00::2": {"remoteAs": 65001, "state": "Idle (Admin)"}}}}"#,
    );
    assert_eq!(frr.sessions.len(), 3);
    assert!(frr.sessions[0].up && !frr.sessions[1].up && !frr.sessions[2].up);
    assert_eq!(frr.sessions[1].remote_as, Some(Asn(65002)));
    let neighbors = read(
        r#"{"10.0.0.2": {"remoteAs": 65001, "bgpState": "Active", "hostLocal": "10.0.0.1",
            "lastResetDueTo": "Hold Timer Expired"}}"#,
    );
    assert_eq!(neighbors.sessions[0].info, "Hold Timer Expired");
    let gobgp = read(
        r#"[{"conf": {"neighbor_address": "10.0.0.2", "peer_asn": 65001},
             "state": {"neighbor_address": "10.0.0.2", "session_state": 6, "router_id": "10.0.0.2"}},
            {"conf": {"neighbor_address": "10.0.0.3", "peer_asn": 65001},
             "state": {"session_state": "SESSION_STATE_ACTIVE"}, "transport": {"local_address": "10.0.0.1"}}]"#,
    );
    let states: Vec<_> = gobgp.sessions.iter().map(|it| it.state.as_str()).collect();
    assert_eq!(states, ["Established", "Active"]);
    assert_eq!(gobgp.sessions[1].local.unwrap().to_string(), "10.0.0.1");
}

#[test]
fn what_is_no_status_is_refused() {
    for text in ["", "hello", "{}x", "kind: Node\n", "[1, 2]", "\u{0}\u{1}"] {
        assert!(try_read(text).is_err(), "{text:?}");
    }
    let off = read("Calico process is running.\n\nINFO: BIRDv4 process: 'bird' is not running.\n");
    assert!(!off.running);
    let none = read("Calico process is running.\n\nIPv4 BGP status\nNo IPv4 peers found.\n");
    assert!(none.running && none.sessions.is_empty());
}

fn birdc(rows: &str) -> Observed {
    let text = format!("name proto table state since info\n{rows}");
    let mut observed = read(&text);
    observed.node = Some("node-0".into());
    observed
}

#[test]
fn differences_from_the_plan_come_with_a_likely_cause() {
    let inventory = generate(5, Mode::Mesh);
    let plan = plan(&inventory);
    let observed = birdc(
        "Mesh_10_0_0_2 BGP master up 10:00 Established
Mesh_10_0_0_3 BGP master start 10:00 Idle BGP Error: Bad peer AS
Mesh_10_0_0_4 BGP master start 10:00 Passive
Global_192_0_2_9 BGP master up 10:00 Established
",
    );
    let found = status::compare(&inventory, &plan, &[observed]);
    let codes: Vec<_> = found
        .iter()
        .map(|it| (it.code, it.subjects[1].as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            (Code::SessionDown, "10.0.0.3"),
            (Code::SessionDown, "10.0.0.4"),
            (Code::SessionMissing, "10.0.0.5"),
            (Code::SessionUnexpected, "192.0.2.9"),
        ]
    );
    assert!(
        found[0].message.contains("another AS than is expected"),
        "{}",
        found[0]
    );
    assert!(found[1].message.contains("nobody does"), "{}", found[1]);
}

/// calico#3785: the mesh was left on beside reflectors.
#[test]
fn a_session_stuck_behind_another_is_explained_by_the_plan() {
    let mut inventory = generate(4, Mode::Rr);
    inventory.mesh.enabled = true;
    for node in &mut inventory.nodes {
        node.labels.insert("all".into(), "yes".into());
    }
    let mut everyone = inventory.peerings[0].clone();
    everyone.name = "everyone".into();
    everyone.remote = bgpwright::plan::inventory::Remote::Selector("has(all)".parse().unwrap());
    inventory.peerings.push(everyone);
    let plan = plan(&inventory);
    let text = "name proto table state since info
Mesh_10_0_0_4 BGP master up 10:00 Established
Node_10_0_0_1 BGP master up 10:00 Established
Node_10_0_0_2 BGP master up 10:00 Established
Node_10_0_0_4 BGP master start 10:00 Active
";
    let mut observed = read(text);
    observed.node = Some("node-2".into());
    let found = status::compare(&inventory, &plan, &[observed]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("calico#3785"), "{}", found[0]);
}

#[test]
fn whose_status_it_is_can_be_told_from_its_neighbours_or_has_to_be_said() {
    let inventory = generate(3, Mode::Mesh);
    let plan = plan(&inventory);
    let mut observed = birdc(
        "Mesh_10_0_0_1 BGP master up 10:00 Established
Mesh_10_0_0_3 BGP master up 10:00 Established
",
    );
    observed.node = None;
    assert_eq!(status::node_of(&plan, &observed).unwrap().name, "node-1");
    observed.sessions.pop();
    let told = status::node_of(&plan, &observed).unwrap_err();
    assert!(told.contains("say whose status this is"), "{told}");
    observed.node = Some("nobody".into());
    assert!(
        status::node_of(&plan, &observed)
            .unwrap_err()
            .contains("\"nobody\"")
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(name proto table state since info\n)?[ -~\n|_]{0,200}") {
        let _ = try_read(&text);
    }
}
