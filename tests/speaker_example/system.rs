//! The program and the system that it runs on: options, ports, strangers,
//! signals.

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpListener},
    time::{Duration, Instant},
};

use bgpwright::session::{DownReason, Event};

use crate::{
    client::{Client, connect},
    program::{Running, free, run},
};

#[test]
fn a_signal_ends_it_with_cease_and_status_0() {
    for signal in ["-TERM", "-INT"] {
        let listen = free(Ipv4Addr::LOCALHOST);
        let speaker = Running::open(listen, &["--remote-as", "65001"]);
        let mut one = Client::up([127, 0, 0, 2], 65001, listen);
        let begun = Instant::now();
        speaker.signal(signal);
        let down = one.until(|event| matches!(event, Event::Down(_)));
        let Event::Down(DownReason::NotificationReceived(cease)) = down else {
            panic!("{down:?}");
        };
        let says = "Cease/Administrative Shutdown (6/2): \"the speaker ends\"";
        assert_eq!(cease.to_string(), says);
        drop(one);
        let run = speaker.wait();
        run.expect(0);
        assert!(begun.elapsed() < Duration::from_secs(2), "{signal}");
        assert!(run.stderr.contains("127.0.0.2: down after"), "{run:#?}");
    }
}

#[test]
fn a_neighbour_that_does_not_close_is_not_waited_for_long() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let speaker = Running::open(listen, &[]);
    let _one = Client::up([127, 0, 0, 2], 64512, listen);
    let begun = Instant::now();
    speaker.signal("-TERM");
    speaker.wait().expect(0);
    assert!(begun.elapsed() < Duration::from_secs(8));
}

#[test]
fn sigusr1_prints_the_neighbours() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut speaker = Running::open(listen, &["--client"]);
    let mut one = Client::up([127, 0, 0, 2], 64512, listen);
    let mut other = Client::up([127, 0, 0, 3], 64512, listen);
    one.announce("192.0.2.0/24", None);
    one.announce("198.51.100.0/24", None);
    one.turn();
    other.learned("198.51.100.0/24");
    speaker.until("127.0.0.3: up: ");
    speaker.signal("-USR1");
    let report = speaker.printed("2 of 2 neighbours Established; 2 best routes of 2 paths\n");
    let row = |address: &str| {
        let mut lines = report.lines();
        let line = lines.find(|line| line.contains(address)).unwrap();
        let cells = line.split('|').map(|cell| cell.trim().to_owned());
        cells.skip(1).take(5).collect::<Vec<_>>()
    };
    let [address, asn, state, _, best] = row("127.0.0.2").try_into().unwrap();
    assert_eq!((address.as_str(), asn.as_str()), ("127.0.0.2", "64512"));
    assert_eq!((state.as_str(), best.as_str()), ("Established", "2"));
    assert_eq!(row("127.0.0.3").last().unwrap(), "0");
    // It goes on.
    one.announce("203.0.113.0/24", None);
    one.turn();
    other.learned("203.0.113.0/24");
}

#[test]
fn a_stranger_is_turned_away_unread_and_told_of() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut speaker = Running::open(listen, &[]);
    let mut stranger = connect(Ipv4Addr::new(127, 0, 1, 1), listen);
    let limit = Some(Duration::from_secs(10));
    stranger.set_read_timeout(limit).unwrap();
    assert_eq!(stranger.read(&mut [0; 16]).unwrap(), 0);
    let line = speaker.until("127.0.1.1: refused: ");
    assert!(line.contains("in no range (1 so far)"), "{line}");
}

#[test]
fn a_neighbour_of_another_as_is_refused_and_told_why() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let mut speaker = Running::open(listen, &[]);
    let mut other = Client::dial([127, 0, 0, 2], 65001, listen);
    other.until(|event| matches!(event, Event::Down(DownReason::NotificationReceived(_))));
    let line = speaker.until("127.0.0.2: not up: ");
    assert!(
        line.contains("sent OPEN Message Error/Bad Peer AS"),
        "{line}"
    );
}

#[test]
fn quiet_means_that_nothing_is_told() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let speaker = Running::open(listen, &["--quiet"]);
    let one = Client::up([127, 0, 0, 2], 64512, listen);
    speaker.signal("-TERM");
    drop(one);
    let run = speaker.wait();
    run.expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let run = run(&[&OPTIONS[..], &["--listen", &listen]].concat());
    run.expect(2);
    let says = format!("error: cannot listen on {listen}: the port is in use by another process\n");
    assert_eq!(run.stderr, says);
}

#[test]
fn what_it_cannot_work_with_is_named() {
    let rest = ["--listen", "127.0.0.1:1"];
    for (more, expected) in [
        (
            &["--threads", "0"][..],
            "error: invalid value '0' for '--threads <N>': 0 is not in 1..=256",
        ),
        (
            &["--hold", "2"],
            "error: invalid value '2' for '--hold <S>': expected 0",
        ),
        (
            &["--remote-as", "0"],
            "error: invalid value '0' for '--remote-as <N|any>': ",
        ),
        (
            &["--client", "--remote-as", "65001"],
            "error: --client: neighbours of another AS cannot be clients\n",
        ),
        (
            &["--check"],
            "error: --check: there is no --config FILE to read\n",
        ),
        (
            &["--config", "x.toml"],
            "error: the argument '--as <N>' cannot be used with '--config <FILE>'",
        ),
    ] {
        let run = run(&[&OPTIONS[..], &rest, more].concat());
        run.expect(2);
        assert!(run.stderr.starts_with(expected), "{more:?}: {run:#?}");
        assert_eq!(run.stdout, "");
    }
}

/// All but where to listen.
const OPTIONS: [&str; 6] = [
    "--as",
    "64512",
    "--router-id",
    "10.0.0.1",
    "--neighbors",
    "127.0.0.0/24",
];
