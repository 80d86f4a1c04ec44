//! Sessions without sockets: octets through the state machine beside the codec
//! alone, the timers, and an hour of ten thousand idle neighbours.

#![expect(
    clippy::expect_used,
    reason = "a benchmark ends where its input is wrong"
)]

use core::{
    cmp::Reverse,
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use std::collections::BinaryHeap;

use bgpwright::{
    session::{Config, ConnId, Event, Input, OpenMode, Output, PeerAs, Session, negotiate},
    time::Instant,
    types::{AsPath, Asn, ClusterId, Family, NextHop, PeerType, Prefix, RouterId},
    wire::{AttributeSet, Context, Frame, Message, Nlri, Origin, frame, update::pack_reach},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ASN: Asn = Asn(64512);
const CONN: ConnId = ConnId(0);
const NEIGHBOURS: usize = 10_000;

fn config(router_id: u32) -> Config {
    let mut config = Config::new(ASN, RouterId(router_id), PeerAs::Exactly(ASN));
    config.open_mode = OpenMode::Passive;
    config.jitter_seed = router_id.into();
    config
}

fn encoded(message: &Message, context: &Context) -> Vec<u8> {
    let mut octets = Vec::new();
    message
        .encode(context, &mut octets)
        .expect("it can be written");
    octets
}

/// Takes what there is, as a driver does; the deadline.
fn drain(session: &mut Session, now: Instant, updates: &mut usize) -> Option<Instant> {
    loop {
        match session.poll_output() {
            Output::Timeout(deadline) => return deadline,
            Output::Transmit(conn, octets) => {
                session.handle_input(now, Input::Sent(conn, octets.len()));
            }
            Output::Event(Event::Update(update)) => {
                black_box(&update);
                *updates += 1;
            }
            output => drop(black_box(output)),
        }
    }
}

fn established(router_id: u32) -> Session {
    let mut session = Session::new(config(router_id)).expect("a sound configuration");
    let open = Message::Open(negotiate::our_open(&config(1)));
    for input in [
        Input::Start,
        Input::Accepted(CONN),
        Input::Received(CONN, &encoded(&open, &Context::default())),
        Input::Received(CONN, &encoded(&Message::Keepalive, &Context::default())),
    ] {
        session.handle_input(Instant::ZERO, input);
        drain(&mut session, Instant::ZERO, &mut 0);
    }
    assert!(session.negotiated().is_some(), "it is up");
    session
}

/// UPDATEs as a reflector's clients send them, so many prefixes each.
fn stream(messages: u32, prefixes: u32) -> (Context, Vec<u8>) {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.peer_type = PeerType::Internal;
    let mut octets = Vec::new();
    for message in 0..messages {
        let attributes = AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65001), Asn(65100)])),
            next_hop: Some(NextHop::V4(Ipv4Addr::from(0xac12_0000 + message))),
            local_pref: Some(100),
            originator_id: Some(RouterId(0xac12_0003)),
            cluster_list: vec![ClusterId(0x0a00_0001)],
            ..AttributeSet::default()
        };
        let list: Vec<Nlri> = (0..prefixes)
            .map(|i| {
                IpAddr::V4(Ipv4Addr::from(
                    0x0a00_0000 + ((message * prefixes + i) << 6),
                ))
            })
            .filter_map(|addr| Prefix::new(addr, 26).ok())
            .map(Nlri::from)
            .collect();
        let mut out = Vec::new();
        pack_reach(&context, Family::IPV4_UNICAST, &attributes, &list, &mut out)
            .expect("the routes can be written");
        octets.extend(out.iter().flatten());
    }
    (context, octets)
}

fn throughput(c: &mut Criterion) {
    for (name, messages, prefixes) in [("reflected", 1000, 1), ("packed", 16, 800)] {
        let (context, octets) = stream(messages, prefixes);
        let mut group = c.benchmark_group(format!("messages/{name}"));
        group.throughput(Throughput::Elements(messages.into()));
        group.bench_function("wire", |b| {
            b.iter(|| {
                let mut rest = octets.as_slice();
                let mut updates = 0_u32;
                while let Some(frame) = Frame::first(rest, frame::MAX_LEN).expect("a message") {
                    rest = rest.get(frame.wire_len()..).unwrap_or_default();
                    black_box(Message::decode(frame, &context).expect("a message"));
                    updates += 1;
                }
                assert_eq!(updates, messages);
            });
        });
        let mut session = established(2);
        // What a read of a socket brings at once.
        for chunk in [4096, 65_536] {
            group.bench_function(format!("session, {chunk} octets at once"), |b| {
                b.iter(|| {
                    let mut updates = 0;
                    for piece in octets.chunks(chunk) {
                        session.handle_input(Instant::ZERO, Input::Received(CONN, piece));
                        drain(&mut session, Instant::ZERO, &mut updates);
                    }
                    assert_eq!(updates, usize::try_from(messages).expect("it fits"));
                });
            });
        }
    }
}

fn timers(c: &mut Criterion) {
    let mut session = established(2);
    let mut now = Instant::ZERO;
    c.bench_function("timer/spurious", |b| {
        b.iter(|| {
            session.handle_input(now, Input::Timeout);
            drain(&mut session, now, &mut 0)
        });
    });
    let keepalive = encoded(&Message::Keepalive, &Context::default());
    c.bench_function("keepalive/round", |b| {
        b.iter(|| {
            now += Duration::from_secs(30);
            session.handle_input(now, Input::Timeout);
            drain(&mut session, now, &mut 0);
            session.handle_input(now, Input::Received(CONN, &keepalive));
            drain(&mut session, now, &mut 0)
        });
    });
    assert!(session.negotiated().is_some(), "it is up");
}

/// An hour: every neighbour sends a KEEPALIVE each 30 s, and is sent some.
fn hour(c: &mut Criterion) {
    let keepalive = encoded(&Message::Keepalive, &Context::default());
    let mut group = c.benchmark_group("hour");
    group.sample_size(10);
    group.bench_function("10,000 idle sessions", |b| {
        b.iter(|| {
            let count = u32::try_from(NEIGHBOURS).expect("it fits");
            let mut sessions: Vec<_> = (2..count + 2).map(established).collect();
            let mut deadlines = BinaryHeap::new();
            for (at, session) in sessions.iter_mut().enumerate() {
                let deadline = drain(session, Instant::ZERO, &mut 0);
                deadlines.extend(deadline.map(|deadline| Reverse((deadline, at))));
            }
            let end = Instant::ZERO + Duration::from_hours(1);
            let mut heard = Instant::ZERO;
            while let Some(&Reverse((deadline, at))) = deadlines.peek()
                && deadline < end
            {
                if deadline >= heard + Duration::from_secs(30) {
                    heard += Duration::from_secs(30);
                    for session in &mut sessions {
                        session.handle_input(heard, Input::Received(CONN, &keepalive));
                        drain(session, heard, &mut 0);
                    }
                    continue;
                }
                deadlines.pop();
                let session = sessions.get_mut(at).expect("it is there");
                session.handle_input(deadline, Input::Timeout);
                let next = drain(session, deadline, &mut 0);
                deadlines.extend(next.map(|next| Reverse((next, at))));
            }
            assert!(sessions.iter().all(|it| it.negotiated().is_some()));
        });
    });
}

criterion_group!(benches, throughput, timers, hour);
criterion_main!(benches);
