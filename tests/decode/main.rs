//! The decode example as its users run it: the program, its output and its exit
//! status.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests: what is not there fails them"
)]

#[path = "../common/example.rs"]
mod example;

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

const EXCEPTIONS: &str = include_str!("../data/decode.exceptions.json");

/// What the program printed, and its exit status.
struct Run {
    out: String,
    err: String,
    status: i32,
}

fn run(arguments: &[&str], input: Option<&str>) -> Run {
    let mut child = Command::new(program())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example was built with the tests");
    let mut stdin = child.stdin.take().unwrap();
    // A program that reads its argument does not wait for this.
    let _ = stdin.write_all(input.unwrap_or_default().as_bytes());
    drop(stdin);
    let done = child.wait_with_output().unwrap();
    Run {
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
        status: done.status.code().unwrap(),
    }
}

/// The example, built as the tests were.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example::build("decode"))
}

/// ORIGIN 3, AS 65002, 10.0.0.0/8.
const BAD_ORIGIN: &str = "ffffffffffffffffffffffffffffffff 002b 02 0000 0012
    40010103 4002040201fdea 400304c0000202 080a";

#[test]
fn a_message_is_shown_with_its_faults() {
    for arguments in [
        &["--two-octet-as", BAD_ORIGIN][..],
        &["--two-octet-as", "-"],
    ] {
        let run = run(arguments, Some(BAD_ORIGIN));
        assert_eq!(
            run.out,
            "UPDATE: + 10.0.0.0/8; path 65002, next hop 192.0.2.2\n  \
             ! ORIGIN at octet 23: invalid value: treat as withdraw\n\n"
        );
        assert_eq!(run.status, 0);
    }
}

#[test]
fn an_update_is_explained_with_the_fault_at_its_octet() {
    let run = run(&["--two-octet-as", "--explain", BAD_ORIGIN], None);
    let expected = "\
UPDATE, 43 octets
     0  ffffffffffffffffffffffff..  marker (RFC 4271 §4.1)
    16  002b                        length 43
    18  02                          type UPDATE
    19  0000                        withdrawn routes: 0 octets (RFC 4271 §4.3)
    21  0012                        path attributes: 18 octets
    23  400101                      ORIGIN (RFC 4271 §5.1.1): well-known transitive, 1 octets
                                  ! ORIGIN at octet 23: invalid value: treat as withdraw (RFC 7606)
    26  03
    27  400204                      AS_PATH (RFC 4271 §5.1.2): well-known transitive, 4 octets
    30  0201fdea                    65002
    34  400304                      NEXT_HOP (RFC 4271 §5.1.3): well-known transitive, 4 octets
    37  c0000202                    192.0.2.2
    41  080a                        announced 10.0.0.0/8
        in all: treat as withdraw (RFC 7606 §3 h)

";
    // The second column of an empty meaning ends in blanks.
    let trimmed = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        trimmed(&run.out),
        trimmed(&expected.replace("\\n\\\n", "\n"))
    );
}

#[test]
fn an_open_is_explained_capability_by_capability() {
    let open = "ffffffffffffffffffffffffffffffff 002d 01 04 5ba0 005a c0000201
        10 02 0e 0104 0002 00 01 4104 fa56ea01 0600";
    let run = run(&["--explain", open], None);
    for line in [
        "    19  04                          version 4 (RFC 4271 §4.2)",
        "    24  c0000201                    BGP Identifier 192.0.2.1",
        "    31  010400020001                multiprotocol ipv6-unicast",
        "    37  4104fa56ea01                four-octet-as 4200000001",
        "    43  0600                        extended-message",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
    assert_eq!(run.status, 0);
}

#[test]
fn a_notification_is_explained() {
    let cease = "ffffffffffffffffffffffffffffffff 0018 03 06 02 026869";
    let run = run(&["--explain", cease], None);
    assert!(
        run.out
            .contains("Cease/Administrative Shutdown (6/2): \"hi\""),
        "{}",
        run.out
    );
}

#[test]
fn json_is_one_object_a_message() {
    let run = run(&["--format", "jsonl", "--two-octet-as", BAD_ORIGIN], None);
    let value: Value = serde_json::from_str(run.out.trim()).unwrap();
    assert_eq!(value["faults"][0]["offset"], 23);
    assert_eq!(value["treatment"], "treat as withdraw");
    assert_eq!(
        value["message"]["Update"]["attributes"]["next_hop"]["V4"],
        "192.0.2.2"
    );
}

#[test]
fn what_is_no_message_is_named_with_its_octet() {
    let cut = run(&["ffffffffffffffffffffffffffffffff001304 ffff"], None);
    assert!(
        cut.out
            .contains("at octet 19: 2 octets that are no whole message")
    );
    assert_eq!(cut.status, 1);
    let marker = run(&["ffffffffffffffffffffffffffffff00001304"], None);
    assert!(marker.out.contains("begins with 16 octets ff"));
    assert_eq!(marker.status, 1);
    let text = run(&["nonsense"], None);
    assert!(
        text.err
            .contains("no such file, and no hexadecimal text: 'n' is character 1")
    );
    assert_eq!(text.status, 2);
    let bgpdump = run(&["--format", "bgpdump", "ff"], None);
    assert!(bgpdump.err.contains("--format bgpdump is for MRT files"));
    assert_eq!(bgpdump.status, 2);
}

/// How many messages of each type a capture has.
fn counts(path: &Path, exceptions: &BTreeMap<String, String>) -> Option<BTreeMap<String, usize>> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let run = run(&["--format", "jsonl", path.to_str().unwrap()], None);
    assert!(run.status < 2, "{name}: {}", run.err);
    assert!(!run.err.contains("panicked"), "{name}: {}", run.err);
    if exceptions.contains_key(name) {
        return None;
    }
    let mut counts = BTreeMap::new();
    for line in run.out.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let kind = match &value["message"] {
            Value::Object(message) => message.keys().next().unwrap().clone(),
            Value::String(kind) => kind.clone(),
            _ => continue,
        };
        *counts.entry(kind).or_default() += 1;
    }
    Some(counts)
}

#[test]
fn captures_hold_the_messages_that_tcpdump_finds() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let exceptions: BTreeMap<String, String> = serde_json::from_str(EXCEPTIONS).unwrap();
    let pcaps = PathBuf::from(data).join("upstream/vectors/pcap");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for directory in ["tcpdump", "netgauze"] {
        for entry in fs::read_dir(pcaps.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_none_or(|of| of != "pcap" && of != "pcapng")
            {
                continue;
            }
            let Some(found) = counts(&path, &exceptions) else {
                continue;
            };
            let Ok(text) = fs::read_to_string(path.with_extension("tcpdump.out")) else {
                continue;
            };
            let words = [
                ("Open", "Open Message (1)"),
                ("Update", "Update Message (2)"),
                ("Notification", "Notification Message (3)"),
                ("Keepalive", "Keepalive Message (4)"),
                ("RouteRefresh", "Route Refresh Message (5)"),
            ];
            let expected: BTreeMap<String, usize> = words
                .iter()
                .map(|(kind, words)| ((*kind).to_owned(), text.matches(words).count()))
                .filter(|(_, count)| *count != 0)
                .collect();
            compared += 1;
            if found != expected {
                wrong.push(format!(
                    "{}: {found:?}, tcpdump {expected:?}",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 10, "only {compared} captures");
}
