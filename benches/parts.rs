//! A speaker in parts on as many threads, in one process and without sockets:
//! from octets in to octets out. Rounds are interleaved; what is printed is the
//! median, and how it compares with one thread.
#![allow(
    clippy::expect_used,
    clippy::std_instead_of_core,
    reason = "a benchmark says what went wrong by panicking"
)]

use std::{
    env,
    net::Ipv4Addr,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant as Clock},
};

use bgpwright::{
    policy::Policy,
    session::{self, ConnId, OpenMode, PeerAs},
    speaker::{
        Config, Input, Output, Part, PartOutput, PeerConfig, PeerId, Speaker, ToHead, ToPart,
    },
    time::Instant,
    types::{AsPath, Asn, Community, Family, NextHop, PeerType, Prefix, RouterId},
    wire::{AttributeSet, Capability, Context, Message, Nlri, Open, Origin, update::pack_reach},
};

const US: Asn = Asn(65000);
const CONN: ConnId = ConnId(0);
/// What is read of a socket at a time.
const READ: usize = 64 * 1024;
/// Batches that a part may be behind: who drives a speaker reads no more then.
const BEHIND: usize = 16;

fn context() -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.peer_type = PeerType::External;
    context
}

fn draws(mut seed: u64) -> impl FnMut(u64) -> u32 {
    move |sides| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        u32::try_from(seed % sides).expect("fewer sides than that")
    }
}

/// So many prefixes, in groups of 4.5 on average that share a set and lie near
/// each other, as in a real table.
fn table(count: u32) -> Vec<u8> {
    let mut draw = draws(7);
    let mut out = Vec::new();
    let mut at = 0_u32;
    while at < count {
        let mut group = 1;
        while draw(100) < 78 && group < 30 {
            group += 1;
        }
        // Areas in no order, and so what lies in them.
        let nlri = |number: u32| {
            let area = (number / 1024).wrapping_mul(0x9e37_79b1) & 0x3fff;
            let inside = (number % 1024).wrapping_mul(0x2b5) & 0x3ff;
            let addr = (area << 18) + (inside << 8);
            Prefix::new(Ipv4Addr::from(addr).into(), 24).expect("a length")
        };
        let list: Vec<Nlri> = (at..at + group).map(|of| nlri(of).into()).collect();
        at += group;
        let hops = 3 + draw(4);
        let tail: Vec<Asn> = (0..hops).map(|_| Asn(1 + draw(70_000))).collect();
        let attributes = AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::sequence([Asn(65001)].into_iter().chain(tail))),
            next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 1))),
            communities: (0..3).map(|_| Community(draw(1 << 32))).collect(),
            ..AttributeSet::default()
        };
        pack_reach(
            &context(),
            Family::IPV4_UNICAST,
            &attributes,
            &list,
            &mut out,
        )
        .expect("they can be written");
    }
    out.iter().flatten().copied().collect()
}

fn neighbors(speaker: &mut Speaker, count: u8) -> Vec<PeerId> {
    let router_id = speaker.config().router_id;
    let peers = (0..count).map(|number| {
        let asn = Asn(65001 + u32::from(number));
        let mut session = session::Config::new(US, router_id, PeerAs::Exactly(asn));
        session.open_mode = OpenMode::Passive;
        session.send_window = 1 << 20;
        let address = Ipv4Addr::new(192, 0, 2, number + 1);
        let own = Ipv4Addr::from(router_id);
        let mut config = PeerConfig::new(address.into(), own.into(), session);
        config.import = Some(Policy::ACCEPT);
        config.export = Some(Policy::ACCEPT);
        let peer = speaker.add_peer(config).expect("a sound configuration");
        let open = Message::Open(Open {
            version: 4,
            my_as: asn.to_two_octet(),
            hold_time: 90,
            router_id: address.into(),
            capabilities: vec![
                Capability::Multiprotocol(Family::IPV4_UNICAST),
                Capability::FourOctetAs(asn),
            ],
        });
        feed(speaker, peer, session::Input::Start);
        feed(speaker, peer, session::Input::Accepted(CONN));
        for message in [open, Message::Keepalive] {
            let mut octets = Vec::new();
            let encoded = message.encode(&context(), &mut octets);
            encoded.expect("it can be written");
            feed(speaker, peer, session::Input::Received(CONN, &octets));
        }
        drain(speaker);
        peer
    });
    peers.collect()
}

fn feed(speaker: &mut Speaker, peer: PeerId, input: session::Input<'_>) {
    let input = Input::Peer(peer, input);
    speaker
        .handle_input(Instant::ZERO, input)
        .expect("a known peer");
}

/// Takes all there is, as a network that is never slow would. The octets.
fn drain(speaker: &mut Speaker) -> usize {
    let mut octets = 0;
    loop {
        match speaker.poll_output() {
            Output::Transmit(peer, conn, message) => {
                octets += message.len();
                feed(speaker, peer, session::Input::Sent(conn, message.len()));
            }
            Output::Timeout(Some(at)) if at <= Instant::ZERO => {
                let again = speaker.handle_input(Instant::ZERO, Input::Timeout);
                again.expect("for no peer");
            }
            Output::Timeout(_) => return octets,
            _ => {}
        }
    }
}

/// A part on its thread: every batch is answered, if only by nothing.
fn work(
    mut part: Part,
    orders: &Receiver<Vec<ToPart>>,
    answers: &Sender<(u16, Vec<ToHead>)>,
    number: u16,
) {
    for batch in orders {
        for order in batch {
            part.handle(Instant::ZERO, order);
        }
        let mut said = Vec::new();
        loop {
            match part.poll_output() {
                PartOutput::ToHead(answer) => said.push(answer),
                PartOutput::Timeout(Some(at)) if at <= Instant::ZERO => {
                    part.handle_timeout(Instant::ZERO);
                }
                PartOutput::Timeout(_) => break,
            }
        }
        if answers.send((number, said)).is_err() {
            return;
        }
    }
}

/// The head, and the channels to its parts.
struct Driver {
    head: Speaker,
    orders: Vec<Sender<Vec<ToPart>>>,
    answers: Receiver<(u16, Vec<ToHead>)>,
    unanswered: usize,
    octets: usize,
}

impl Driver {
    fn new(threads: u16) -> Self {
        let config = Config::new(US, RouterId(0xc000_02fe));
        let (head, parts) = Speaker::divided(config, threads).expect("a sound configuration");
        let (to_head, answers) = mpsc::channel();
        let orders = parts.into_iter().zip(1..).map(|(part, number)| {
            let (to_part, orders) = mpsc::channel();
            let to_head = to_head.clone();
            thread::spawn(move || work(part, &orders, &to_head, number));
            to_part
        });
        Self {
            orders: orders.collect(),
            head,
            answers,
            unanswered: 0,
            octets: 0,
        }
    }

    fn settle(&mut self) {
        loop {
            self.octets += drain(&mut self.head);
            for (to_part, number) in self.orders.iter().zip(1..) {
                let batch = self.head.take_to_part(number);
                if !batch.is_empty() {
                    to_part.send(batch).expect("the part is there");
                    self.unanswered += 1;
                }
            }
            let patient = self.unanswered > BEHIND;
            let answer = if patient {
                self.answers.recv().ok()
            } else {
                self.answers.try_recv().ok()
            };
            let Some((part, said)) = answer else { return };
            self.unanswered -= 1;
            for answer in said {
                self.head.handle_from_part(Instant::ZERO, part, answer);
            }
        }
    }

    fn finish(&mut self) {
        self.settle();
        while self.unanswered > 0 {
            let (part, said) = self.answers.recv().expect("the parts are there");
            self.unanswered -= 1;
            for answer in said {
                self.head.handle_from_part(Instant::ZERO, part, answer);
            }
            self.settle();
        }
    }
}

/// How long the table takes from one neighbour to so many others, and the
/// octets that those are sent.
fn load(table: &[u8], threads: u16, receivers: u8) -> (Duration, usize) {
    let mut driver = Driver::new(threads);
    let peers = neighbors(&mut driver.head, receivers + 1);
    driver.finish();
    driver.octets = 0;
    let begun = Clock::now();
    let sender = *peers.first().expect("the sender");
    for octets in table.chunks(READ) {
        feed(
            &mut driver.head,
            sender,
            session::Input::Received(CONN, octets),
        );
        driver.settle();
    }
    driver.finish();
    (begun.elapsed(), driver.octets)
}

fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let middle = times.get(times.len() / 2);
    middle.map_or(0.0, Duration::as_secs_f64)
}

fn main() {
    let quick = env::args().any(|argument| argument == "--quick" || argument == "--test");
    let (count, rounds) = if quick { (100_000, 3) } else { (1_000_000, 7) };
    let table = table(count);
    println!("{count} prefixes, {rounds} interleaved rounds; medians");
    println!("| receivers | threads | s | times one thread | octets out |");
    println!("|---|---|---|---|---|");
    for receivers in [1, 30] {
        let mut runs = [1, 2, 3].map(|threads: u16| (threads, Vec::new(), 0));
        for _ in 0..rounds {
            for (threads, times, sent) in &mut runs {
                let (time, octets) = load(&table, *threads, receivers);
                times.push(time);
                *sent = octets;
            }
        }
        let [one, ..] = &runs;
        let one = median(&one.1);
        for (threads, times, sent) in &runs {
            let time = median(times);
            let ratio = one / time;
            println!("| {receivers} | {threads} | {time:.3} | {ratio:.2} | {sent} |");
        }
    }
}
