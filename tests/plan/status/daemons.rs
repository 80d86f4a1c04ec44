//! What BIRD 2, FRR and GoBGP print of one set of sessions, in each of the ways
//! they print it: `tests/data/status`.

use super::{MESH, Row, expect, read, try_read};

fn stored(name: &str) -> String {
    let path = format!("{}/tests/data/status/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

const NODE: &str = "node specific";
const START: &str = "02:03:45.012";

const BIRD: &[Row<'_>] = &[
    (
        "10.9.0.2",
        None,
        MESH,
        true,
        "Established",
        "",
        "02:03:50.030",
    ),
    (
        "10.9.0.3",
        None,
        NODE,
        false,
        "Idle",
        "BGP Error: Bad peer AS",
        "02:04:07.326",
    ),
    (
        "10.9.0.5",
        Some(1179),
        "global",
        false,
        "Active",
        "Socket: Connection refused",
        START,
    ),
    ("10.9.0.6", None, NODE, false, "Passive", "", START),
    ("10.9.0.7", None, NODE, false, "down", "", START),
];

#[test]
fn birdc_says_the_same_with_codes_in_front_of_lines_and_to_those_who_may_only_look() {
    // A protocol with a name of its own does not tell whom it is with.
    for name in ["birdc.txt", "birdc-v.txt", "birdc-r.txt"] {
        let text = stored(name);
        let problems = try_read(&text).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("\"uplink\" does not tell its neighbour's address"));
        let known: Vec<&str> = text.lines().filter(|it| !it.contains("uplink")).collect();
        expect(&read(&known.join("\n")), BIRD);
    }
}

#[test]
fn birdc_says_more_with_all() {
    for name in ["birdc-all.txt", "birdc-v-all.txt"] {
        let observed = read(&stored(name));
        let mut expected = BIRD.to_vec();
        expected.push((
            "fd00:9::3",
            None,
            "",
            true,
            "Established",
            "",
            "02:03:46.278",
        ));
        expect(&observed, &expected);
        let first = &observed.sessions[0];
        assert_eq!(first.local, "10.9.0.1".parse().ok(), "{name}");
        assert_eq!(first.remote_as.map(|it| it.0), Some(65001));
        assert_eq!(
            first.remote_id.map(|it| it.to_string()),
            Some("10.9.0.2".into())
        );
        assert_eq!(observed.sessions[1].remote_as.map(|it| it.0), Some(65009));
        assert_eq!(observed.sessions[5].local, "fd00:9::1".parse().ok());
    }
}

const BAD_AS: &str = "OPEN Message Error/Bad Peer AS";

#[test]
fn frr_tells_each_neighbour_once_and_those_on_interfaces_by_name() {
    let summary = read(&stored("frr-bgp-summary.json"));
    let expected: &[Row<'_>] = &[
        ("10.9.0.1", None, "", false, "Idle", "", "never"),
        ("10.9.0.2", None, "", true, "Established", "", "00:00:24"),
        ("10.9.0.5", None, "", false, "Active", "", "never"),
        ("10.9.0.8", None, "", false, "Idle (Admin)", "", "never"),
        ("fd00:9::1", None, "", true, "Established", "", "00:00:24"),
        ("fd00:9::2", None, "", false, "Active", "", "never"),
    ];
    expect(&summary, expected);
    assert_eq!(summary.on_interfaces, ["eth7"]);
    let all = read(&stored("frr-vrf-summary.json"));
    let mut expected = expected.to_vec();
    expected.push(("10.9.0.44", None, "", false, "Idle", "", "never"));
    expect(&all, &expected);
}

#[test]
fn frr_tells_why_a_session_is_down_by_the_last_reset() {
    let observed = read(&stored("frr-neighbors.json"));
    let none = "No AFI/SAFI activated for peer";
    expect(
        &observed,
        &[
            ("10.9.0.1", None, "", false, "Idle", BAD_AS, ""),
            ("10.9.0.2", None, "", true, "Established", "", "00:00:24"),
            ("10.9.0.5", None, "", false, "Active", none, ""),
            ("10.9.0.8", None, "", false, "Idle", none, ""),
            ("fd00:9::1", None, "", true, "Established", "", "00:00:24"),
            ("fd00:9::2", None, "", false, "Active", BAD_AS, ""),
        ],
    );
    assert_eq!(observed.on_interfaces, ["eth7"]);
    let id = |at: usize| observed.sessions[at].remote_id.map(|it| it.to_string());
    assert_eq!((id(0), id(2)), (Some("10.9.0.1".into()), None));
    // A notification of an earlier time is not why it was reset last.
    let text = r#"{"10.0.0.1": {"remoteAs": 65001, "bgpState": "Active",
        "lastNotificationReason": "OPEN Message Error/Bad Peer AS",
        "lastResetDueTo": "Peer closed the session"}}"#;
    assert_eq!(read(text).sessions[0].info, "Peer closed the session");
    let problems = try_read(&stored("frr-failed.json")).unwrap_err();
    assert!(problems.len() > 3, "{problems:?}");
    assert!(problems[0].contains("expected all of show bgp summary json"));
}

#[test]
fn gobgp_tells_states_by_number() {
    expect(
        &read(&stored("gobgp.json")),
        &[
            ("10.9.0.5", None, "", false, "Active", "", ""),
            ("fd00:9::3", None, "", false, "Idle", "", ""),
            ("10.9.0.1", None, "", true, "Established", "", ""),
            ("10.9.0.3", None, "", true, "Established", "", ""),
        ],
    );
}
