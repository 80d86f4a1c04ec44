//! The session example as its users run it: two of it on loopback, what they
//! print, and how they end.
#![expect(clippy::unwrap_used, reason = "tests: what is not there fails them")]

#[path = "../common/example.rs"]
mod example;

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

const SOURCE: &str = include_str!("../../examples/session/main.rs");

/// A running monitor. Its standard input is open until it is told to end.
struct Monitor {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Monitor {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// Its lines up to the one that begins so.
    fn until(&mut self, begin: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "no line {begin:?} in {seen:#?}");
            let found = line.starts_with(begin);
            seen.push(line.trim_end().to_owned());
            if found {
                return seen;
            }
        }
    }

    /// Ends its input; the rest of its lines, and its exit status.
    fn end(mut self) -> (String, i32) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code().unwrap())
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example::build("session"))
}

/// A port that was free a moment ago.
fn free_address() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().to_string()
}

#[test]
fn one_announces_to_the_other_and_both_end_in_order() {
    let addr = free_address();
    let mut listener = Monitor::start(&["listen", &addr, "65001", "10.0.0.1", "--json"]);
    let routes = ["192.0.2.0/24", "198.51.100.0/24"];
    let mut dialler =
        Monitor::start(&["connect", &addr, "65002", "10.0.0.2", routes[0], routes[1]]);
    dialler.until("up AS 65001, 10.0.0.1, eBGP, hold time 90 s, ipv4-unicast, ipv6-unicast");
    let mut announced = Vec::new();
    while announced.len() < 2 {
        let seen = listener.until("{\"event\":\"announce\"");
        for line in &seen {
            let line: Value = serde_json::from_str(line).unwrap();
            if line["event"] == "announce" {
                announced.push(line);
            }
        }
    }
    for (line, route) in announced.iter().zip(routes) {
        assert_eq!(line["subject"], route);
        assert_eq!(line["detail"], "origin IGP, path 65002, next hop 127.0.0.1");
    }
    let (rest, status) = dialler.end();
    assert!(rest.ends_with("down stopped\n"), "{rest}");
    assert_eq!(status, 0);
    let down = listener.until("{\"event\":\"down\"").pop().unwrap();
    let down: Value = serde_json::from_str(&down).unwrap();
    assert_eq!(
        down["subject"],
        "received Cease/Administrative Shutdown (6/2): \"the monitor ends\""
    );
    assert_eq!(listener.end().1, 0);
}

#[test]
fn a_neighbour_of_the_same_as_is_told_an_empty_path() {
    let addr = free_address();
    let mut listener = Monitor::start(&["listen", &addr, "65001", "10.0.0.1"]);
    let mut dialler = Monitor::start(&["connect", &addr, "65001", "10.0.0.2", "192.0.2.0/24"]);
    let line = listener.until("announce").pop().unwrap();
    assert_eq!(
        line,
        "announce 192.0.2.0/24 origin IGP, path empty, next hop 127.0.0.1, local pref 100"
    );
    dialler.until("up");
}

#[test]
fn a_neighbour_that_is_not_there_is_tried_until_the_end() {
    let mut monitor = Monitor::start(&["connect", &free_address(), "65001", "10.0.0.1"]);
    monitor.until("down connection refused or not answered");
    let (_, status) = monitor.end();
    assert_eq!(status, 0);
}

#[test]
fn what_it_cannot_work_with_is_named() {
    for (arguments, expected) in [
        (&["connect"][..], "usage: session"),
        (&["call", "127.0.0.1:1", "1", "10.0.0.1"], "usage: session"),
        (&["connect", "127.0.0.1", "1", "10.0.0.1"], "127.0.0.1: "),
        (&["connect", "127.0.0.1:1", "x", "10.0.0.1"], "x: "),
        (
            &["connect", "127.0.0.1:1", "0", "10.0.0.1"],
            "local_as: AS 0 is reserved",
        ),
        (
            &["connect", "127.0.0.1:1", "1", "10.0.0.1", "192.0.2.1/24"],
            "192.0.2.1/24: ",
        ),
    ] {
        let output = Command::new(program()).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(expected), "{arguments:?}: {said}");
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn it_is_short_enough_to_copy() {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = SOURCE.lines().filter(is_code).count();
    assert!(lines < 150, "{lines} lines");
}
