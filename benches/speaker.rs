//! A reflector at work, in one process and without sockets: one client sends,
//! the others are told. From octets in to octets out.
#![allow(
    clippy::expect_used,
    clippy::std_instead_of_core,
    reason = "a benchmark says what went wrong by panicking"
)]

use std::{hint::black_box, net::Ipv4Addr};

use bgpwright::{
    session::{self, ConnId, OpenMode, PeerAs},
    speaker::{Config, Input, Output, PeerConfig, PeerId, ReflectionRole, Speaker},
    time::Instant,
    types::{AsPath, Asn, Family, NextHop, PeerType, Prefix, RouterId},
    wire::{
        AttributeSet, Capability, Context, Message, Nlri, Open, Origin, update::pack_reach,
        update::pack_unreach,
    },
};
use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const ASN: Asn = Asn(64512);
const CONN: ConnId = ConnId(0);
const PREFIXES: u32 = 10_000;

fn context() -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.peer_type = PeerType::Internal;
    context
}

/// A reflector with this many Established clients.
fn reflector(clients: u8) -> (Speaker, Vec<PeerId>) {
    let router_id = RouterId(0xc000_0201);
    let mut speaker = Speaker::new(Config::new(ASN, router_id)).expect("a sound configuration");
    let peers = (0..clients).map(|client| {
        let mut session = session::Config::new(ASN, router_id, PeerAs::Exactly(ASN));
        session.open_mode = OpenMode::Passive;
        let address = Ipv4Addr::new(192, 0, 2, client + 2);
        let mut config = PeerConfig::new(address.into(), Ipv4Addr::from(router_id).into(), session);
        config.reflection = ReflectionRole::Client;
        let peer = speaker.add_peer(config).expect("a sound configuration");
        let open = Message::Open(Open {
            version: 4,
            my_as: ASN.to_two_octet(),
            hold_time: 90,
            router_id: address.into(),
            capabilities: vec![
                Capability::Multiprotocol(Family::IPV4_UNICAST),
                Capability::FourOctetAs(ASN),
            ],
        });
        feed(&mut speaker, peer, session::Input::Start);
        feed(&mut speaker, peer, session::Input::Accepted(CONN));
        for message in [open, Message::Keepalive] {
            let mut octets = Vec::new();
            message
                .encode(&context(), &mut octets)
                .expect("it can be written");
            feed(&mut speaker, peer, session::Input::Received(CONN, &octets));
        }
        peer
    });
    let peers = peers.collect();
    drain(&mut speaker);
    (speaker, peers)
}

/// One /26 in each of `PREFIXES` blocks, over this many attribute sets.
fn updates(sets: u32) -> Vec<Bytes> {
    let mut out = Vec::new();
    for set in 0..sets {
        let attributes = AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65001), Asn(65100 + set)])),
            next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 2))),
            local_pref: Some(100),
            ..AttributeSet::default()
        };
        let list = blocks()
            .filter(|(at, _)| at % sets == set)
            .map(|(_, nlri)| nlri);
        let list: Vec<Nlri> = list.collect();
        pack_reach(
            &context(),
            Family::IPV4_UNICAST,
            &attributes,
            &list,
            &mut out,
        )
        .expect("they can be written");
    }
    out
}

fn withdrawals() -> Vec<Bytes> {
    let list: Vec<Nlri> = blocks().map(|(_, nlri)| nlri).collect();
    let mut out = Vec::new();
    pack_unreach(&context(), Family::IPV4_UNICAST, &list, &mut out).expect("they can be written");
    out
}

fn blocks() -> impl Iterator<Item = (u32, Nlri)> {
    let block = |at: u32| Prefix::new(Ipv4Addr::from(0x0a00_0000 + (at << 6)).into(), 26);
    (0..PREFIXES).filter_map(move |at| Some((at, block(at).ok()?.into())))
}

fn feed(speaker: &mut Speaker, peer: PeerId, input: session::Input<'_>) {
    speaker
        .handle_input(Instant::ZERO, Input::Peer(peer, input))
        .expect("a known peer");
}

/// Takes all there is, as a network that is never slow would. The octets.
fn drain(speaker: &mut Speaker) -> usize {
    let (mut octets, mut taken) = (0, Vec::new());
    loop {
        match speaker.poll_output() {
            Output::Transmit(peer, conn, message) => {
                octets += message.len();
                taken.push((peer, conn, message.len()));
            }
            Output::Timeout(at) if taken.is_empty() => {
                if at.is_none_or(|at| at > Instant::ZERO) {
                    return octets;
                }
                let again = speaker.handle_input(Instant::ZERO, Input::Timeout);
                again.expect("for no peer");
            }
            Output::Timeout(_) => {
                for (peer, conn, count) in taken.drain(..) {
                    feed(speaker, peer, session::Input::Sent(conn, count));
                }
            }
            _ => {}
        }
    }
}

fn say(speaker: &mut Speaker, peer: PeerId, messages: &[Bytes]) -> usize {
    let mut octets = 0;
    for message in messages {
        feed(speaker, peer, session::Input::Received(CONN, message));
        octets += drain(speaker);
    }
    octets
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reflect 10,000 prefixes to");
    group
        .throughput(Throughput::Elements(PREFIXES.into()))
        .sample_size(10);
    for (clients, sets) in [(1, 2000), (10, 2000), (10, 10_000)] {
        let name = format!("{clients} clients, {sets} attribute sets");
        let messages = updates(sets);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_batched_ref(
                || reflector(clients + 1),
                |(speaker, peers)| {
                    black_box(peers.first().map(|peer| say(speaker, *peer, &messages)))
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn churn(criterion: &mut Criterion) {
    let (messages, withdrawals) = (updates(2000), withdrawals());
    let mut group = criterion.benchmark_group("withdraw and announce 10,000 prefixes");
    group
        .throughput(Throughput::Elements(PREFIXES.into()))
        .sample_size(10);
    let (mut speaker, peers) = reflector(11);
    let Some(&sender) = peers.first() else { return };
    say(&mut speaker, sender, &messages);
    group.bench_function("10 clients, 2000 attribute sets", |bencher| {
        bencher.iter(|| {
            say(&mut speaker, sender, &withdrawals) + say(&mut speaker, sender, &messages)
        });
    });
    group.finish();
}

criterion_group!(benches, load, churn);
criterion_main!(benches);
