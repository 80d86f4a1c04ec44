//! Announce good, send bad: the route is gone, here and at those who were told
//! of it, and the session lives. For every case of the bad-input matrix that is
//! to be treated as a withdrawal (RFC 7606 §2).

#[path = "../common/bad_input.rs"]
#[expect(dead_code, reason = "shared: here the cases alone are looked at")]
mod matrix;
#[path = "../common/bad_input_session.rs"]
mod session;

use std::net::IpAddr;

use bgpwright::{
    policy::Policy,
    session::{
        Config as Session, ConnId, Input as SessionInput, OpenMode, State, negotiate::our_open,
    },
    speaker::{Config, Input, Output, PeerConfig, PeerId, ReflectionRole, Speaker},
    time::Instant,
    types::{AsPath, Asn, NextHop, Prefix, RouterId},
    wire::{
        AttributeSet, Context, Frame, Message, Nlri, Origin, PathId, Update, update::pack_reach,
    },
};
use serde_json::Value;

use self::matrix::{CASES, hex};

const CONN: ConnId = ConnId(1);
const SENDER: PeerId = PeerId(0);
const HEARER: PeerId = PeerId(1);

/// A speaker with the case's neighbour and another one within the AS.
struct Bench {
    speaker: Speaker,
    /// What the other one has been told.
    heard: Vec<Update>,
    context: Context,
}

impl Bench {
    fn new(context: &Value) -> Self {
        let (mut ours, theirs) = (
            session::config(context, true),
            session::config(context, false),
        );
        ours.open_mode = OpenMode::Passive;
        let (asn, router_id) = (ours.local_as, ours.router_id);
        let address = |key: &str| context[key].as_str().unwrap().parse::<IpAddr>().unwrap();
        let mut config = Config::new(asn, router_id);
        if ours.confederation.is_some() {
            config.confederation = Some(Asn(4_200_000_100));
        }
        let mut speaker = Speaker::new(config).unwrap();
        let mut sender = PeerConfig::new(address("peer_ip"), address("local_ip"), ours.clone());
        sender.import = Some(Policy::ACCEPT);
        sender.enforce_first_as = context["enforce_first_as"] == true;
        sender.refuse_as_sets = true;
        speaker.add_peer(sender).unwrap();
        let inside = bgpwright::session::PeerAs::Exactly(asn);
        let mut own = Session::new(asn, router_id, inside);
        own.families.clone_from(&ours.families);
        own.open_mode = OpenMode::Passive;
        let mut other = own.clone();
        other.router_id = RouterId(0x0909_0909);
        let mut hearer = PeerConfig::new([9, 9, 9, 9].into(), address("local_ip"), own);
        hearer.reflection = ReflectionRole::Client;
        speaker.add_peer(hearer).unwrap();
        let mut bench = Self {
            speaker,
            heard: Vec::new(),
            context: Context::default(),
        };
        for (peer, open) in [(SENDER, our_open(&theirs)), (HEARER, our_open(&other))] {
            bench.feed(peer, SessionInput::Start);
            bench.feed(peer, SessionInput::Accepted(CONN));
            bench.say(peer, &Message::Open(open));
            bench.say(peer, &Message::Keepalive);
        }
        bench
    }

    fn context_of(&self, peer: PeerId) -> Context {
        let session = self.speaker.peer(peer).unwrap().session;
        session
            .negotiated()
            .map_or_else(Context::default, |it| it.context.clone())
    }

    fn say(&mut self, peer: PeerId, message: &Message) {
        let mut octets = Vec::new();
        message.encode(&Context::default(), &mut octets).unwrap();
        self.feed(peer, SessionInput::Received(CONN, &octets));
    }

    fn feed(&mut self, peer: PeerId, input: SessionInput<'_>) {
        let input = Input::Peer(peer, input);
        self.speaker.handle_input(Instant::ZERO, input).unwrap();
        loop {
            match self.speaker.poll_output() {
                Output::Transmit(HEARER, _, octets) => self.hear(&octets),
                Output::Timeout(_) => return,
                _ => {}
            }
        }
    }

    fn hear(&mut self, mut octets: &[u8]) {
        self.context = self.context_of(HEARER);
        while let Some(frame) = Frame::first(octets, 65_535).unwrap() {
            octets = &octets[frame.wire_len()..];
            let message = Message::decode(frame, &self.context).unwrap();
            if let Message::Update(update) = message.value {
                self.heard.push(update);
            }
        }
    }
}

/// What a well-behaved neighbour says of the same routes.
fn good(context: &Value, prefix: Prefix) -> AttributeSet {
    let peer_as = Asn(u32::try_from(context["peer_as"].as_u64().unwrap()).unwrap());
    let internal = context["session"] == "ibgp";
    let mut as_path = AsPath::empty();
    match context["session"].as_str().unwrap() {
        "ibgp" => {}
        "confed" | "confed-ebgp" => {
            as_path.push(bgpwright::types::SegmentKind::ConfedSequence, [peer_as]);
        }
        _ => as_path.prepend(peer_as),
    }
    let next_hop: IpAddr = if prefix.addr().is_ipv4() {
        context["peer_ip"].as_str().unwrap().parse().unwrap()
    } else {
        "2001:db8::2".parse().unwrap()
    };
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(as_path),
        next_hop: Some(NextHop::from(next_hop)),
        local_pref: internal.then_some(100),
        ..AttributeSet::default()
    }
}

fn withdrawn(case: &Value) -> Vec<Prefix> {
    let list = case["expected"]["withdrawn"]
        .as_array()
        .into_iter()
        .flatten();
    list.filter_map(|of| of.as_str()?.parse().ok()).collect()
}

#[test]
fn a_route_goes_with_a_bad_update_and_the_session_lives() {
    let matrix: Value = serde_json::from_str(CASES).unwrap();
    let (mut tried, mut without) = (0, Vec::new());
    for case in matrix["cases"].as_array().unwrap() {
        let (id, context) = (case["id"].as_str().unwrap(), &case["context"]);
        if case["expected"]["treatment"] != "treat-as-withdraw" {
            continue;
        }
        let prefixes = withdrawn(case);
        if prefixes.is_empty() {
            without.push(id);
            continue;
        }
        let mut bench = Bench::new(context);
        let agreed = bench.context_of(SENDER);
        let mut messages = Vec::new();
        for &prefix in &prefixes {
            let family = prefix.family();
            let path_id = agreed.receives_path_ids(family).then_some(PathId(1));
            let mut towards = agreed.clone();
            towards.add_path_send.clone_from(&agreed.add_path_receive);
            let list = [Nlri { prefix, path_id }];
            pack_reach(
                &towards,
                family,
                &good(context, prefix),
                &list,
                &mut messages,
            )
            .unwrap();
        }
        for message in messages {
            bench.feed(SENDER, SessionInput::Received(CONN, &message));
        }
        for prefix in &prefixes {
            assert!(
                bench.speaker.best(*prefix).is_some(),
                "{id}: {prefix} is taken"
            );
            assert!(bench.told().contains(prefix), "{id}: {prefix} is told of");
        }
        let bad = hex(case["hex"].as_str().unwrap());
        bench.feed(SENDER, SessionInput::Received(CONN, &bad));
        let state = bench.speaker.peer(SENDER).unwrap().session.state();
        assert_eq!(state, State::Established, "{id}");
        for prefix in &prefixes {
            assert!(
                bench.speaker.best(*prefix).is_none(),
                "{id}: {prefix} is gone"
            );
            assert!(
                !bench.told().contains(prefix),
                "{id}: {prefix} is withdrawn"
            );
        }
        tried += 1;
    }
    assert!(without.len() <= 3, "no prefixes to look for in {without:?}");
    assert!(tried >= 56, "{tried} cases");
}

impl Bench {
    /// What the other neighbour has, after all it heard.
    fn told(&self) -> Vec<Prefix> {
        let mut told = Vec::new();
        for update in &self.heard {
            let gone = update.withdrawn.prefixes();
            let unreach = update.mp_unreach.iter().flat_map(|it| it.nlri.prefixes());
            let gone: Vec<Prefix> = gone.chain(unreach).map(|it| it.prefix).collect();
            told.retain(|prefix| !gone.contains(prefix));
            let reach = update.mp_reach.iter().flat_map(|it| it.nlri.prefixes());
            told.extend(update.announced.prefixes().chain(reach).map(|it| it.prefix));
        }
        told
    }
}
