//! Routes go from neighbour to neighbour.

use std::net::Ipv4Addr;

use bgpwright::types::{ClusterId, RouterId};

use crate::{
    client::Client,
    program::{Running, free},
};

#[test]
fn a_clients_route_is_reflected_and_says_whose_it_is() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let more = ["--client", "--cluster-id", "10.9.9.9"];
    let mut speaker = Running::open(listen, &more);
    speaker.until("every route is imported, and told to every neighbour");
    let mut one = Client::up([127, 0, 0, 2], 64512, listen);
    let mut other = Client::up([127, 0, 0, 3], 64512, listen);
    one.announce("192.0.2.0/24", Some(5));
    one.turn();
    let learned = other.learned("192.0.2.0/24");
    let originator = RouterId::from(Ipv4Addr::new(127, 0, 0, 2));
    assert_eq!(learned.originator_id, Some(originator));
    let cluster = ClusterId::from(Ipv4Addr::new(10, 9, 9, 9));
    assert_eq!(learned.cluster_list, [cluster]);
    assert_eq!(learned.med, Some(5));
    assert_eq!(learned.as_path.unwrap().asns().count(), 0);
    let up = speaker.until("127.0.0.3: up: ");
    assert!(up.contains("AS 64512, 127.0.0.3, iBGP"), "{up}");
}

#[test]
fn without_clients_internal_neighbours_are_told_nothing_of_each_other() {
    let listen = free(Ipv4Addr::LOCALHOST);
    let _speaker = Running::open(listen, &["--remote-as", "any"]);
    let mut one = Client::up([127, 0, 0, 2], 64512, listen);
    let mut other = Client::up([127, 0, 0, 3], 64512, listen);
    let mut external = Client::up([127, 0, 0, 4], 65001, listen);
    one.announce("192.0.2.0/24", None);
    one.turn();
    let learned = external.learned("192.0.2.0/24");
    assert_eq!(learned.as_path.unwrap().to_string(), "64512");
    // What the external one says is for all: the other has heard what it will.
    external.announce("198.51.100.0/24", None);
    external.turn();
    other.learned("198.51.100.0/24");
    assert_eq!(other.count(), 1, "{:#?}", other.events);
}

#[test]
fn a_neighbour_that_reads_nothing_holds_up_nobody() {
    holds_up_nobody("1");
}

#[test]
fn nor_with_a_part_on_each_of_three_threads() {
    holds_up_nobody("3");
}

fn holds_up_nobody(threads: &str) {
    const ROUTES: u16 = 20_000;
    let listen = free(Ipv4Addr::LOCALHOST);
    let options = ["--client", "--hold", "3", "--threads", threads];
    let mut speaker = Running::open(listen, &options);
    let mut one = Client::up([127, 0, 0, 2], 64512, listen);
    let _deaf = Client::up([127, 0, 0, 3], 64512, listen);
    let mut other = Client::up([127, 0, 0, 4], 64512, listen);
    for at in 0..ROUTES {
        let [high, low] = at.to_be_bytes();
        // Each a message of its own.
        one.announce(&format!("10.{high}.{low}.0/24"), Some(at.into()));
    }
    let [high, low] = (ROUTES - 1).to_be_bytes();
    let last = format!("10.{high}.{low}.0/24");
    one.turn();
    while other.count() < ROUTES.into() {
        other.turn();
    }
    assert_eq!(other.learned(&last).med, Some((ROUTES - 1).into()));
    speaker.signal("-USR1");
    let count = "3 of 3 neighbours Established; 20000 best routes of 20000 paths\n";
    speaker.printed(count);
    speaker.signal("-TERM");
    let run = speaker.wait();
    run.expect(0);
    for neighbor in ["127.0.0.2", "127.0.0.4"] {
        let down = format!("{neighbor}: down after ");
        let mut lines = run.stderr.lines().filter(|line| line.contains(&down));
        assert!(lines.all(|line| line.ends_with(": stopped")), "{run:#?}");
    }
}
