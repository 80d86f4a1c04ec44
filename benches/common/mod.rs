//! A speaker with neighbours whose octets the benchmark writes.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant as Clock},
};

use bgpwright::{
    policy::Policy,
    session::{self, ConnId, OpenMode, PeerAs},
    speaker::{Config, Input, Output, PeerConfig, PeerId, Speaker},
    time::Instant,
    types::{Asn, Family, PeerType, RouterId},
    wire::{AddPathFamily, AddPathMode, Capability, Context, Message, Open},
};

/// The speaker, and how long it took for what.
pub(crate) struct Rig {
    pub(crate) speaker: Speaker,
    peers: Vec<PeerId>,
    asns: Vec<Asn>,
    /// Whether neighbours may name paths.
    path_ids: bool,
    /// Octets that neighbours were sent.
    pub(crate) sent: usize,
    /// The longest of all calls.
    pub(crate) longest: Duration,
}

const US: Asn = Asn(64512);
/// The AS of neighbour 0; the next one has the next.
pub(crate) const THEIR_AS: u32 = 65001;
pub(crate) const CONN: ConnId = ConnId(0);
const FAMILIES: [Family; 2] = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];

impl Rig {
    /// A speaker whose neighbours, each of an AS of its own, are up.
    pub(crate) fn new(
        neighbors: u16,
        path_ids: bool,
        change: impl Fn(u16, &mut PeerConfig),
    ) -> Self {
        let router_id = RouterId(0xc000_02fe);
        let own = Ipv4Addr::from(router_id);
        let mut config = Config::new(US, router_id);
        config.hash_seed = (17, 4);
        let mut rig = Self {
            speaker: Speaker::new(config).expect("a sound configuration"),
            peers: Vec::new(),
            asns: Vec::new(),
            path_ids,
            sent: 0,
            longest: Duration::ZERO,
        };
        for number in 0..neighbors {
            let asn = Asn(THEIR_AS + u32::from(number));
            let mut session = session::Config::new(US, router_id, PeerAs::Exactly(asn));
            session.open_mode = OpenMode::Passive;
            session.idle_hold = None;
            session.families = FAMILIES.to_vec();
            session.send_window = 1 << 20;
            if path_ids {
                session.offer.add_path = add_path(AddPathMode::RECEIVE);
            }
            let mut config = PeerConfig::new(address(number).into(), own.into(), session);
            config.import = Some(Policy::ACCEPT);
            config.export = Some(Policy::ACCEPT);
            change(number, &mut config);
            let peer = rig.speaker.add_peer(config).expect("a sound configuration");
            rig.peers.push(peer);
            rig.asns.push(asn);
        }
        for number in 0..neighbors {
            rig.connect(number);
        }
        rig.longest = Duration::ZERO;
        rig.sent = 0;
        rig
    }

    /// How neighbours write.
    pub(crate) fn context(&self) -> Context {
        let mut context = Context::default();
        context.four_octet_as = true;
        context.peer_type = PeerType::External;
        context.families = FAMILIES.to_vec();
        if self.path_ids {
            context.add_path_send = vec![Family::IPV4_UNICAST];
        }
        context
    }

    pub(crate) fn connect(&mut self, number: u16) {
        let asn = self.asns.get(usize::from(number)).copied();
        let asn = asn.expect("a neighbour");
        let mut capabilities = vec![Capability::FourOctetAs(asn)];
        capabilities.extend(FAMILIES.map(Capability::Multiprotocol));
        if self.path_ids {
            capabilities.push(Capability::AddPath(add_path(AddPathMode::SEND)));
        }
        let open = Message::Open(Open {
            version: 4,
            my_as: asn.to_two_octet(),
            hold_time: 90,
            router_id: address(number).into(),
            capabilities,
        });
        self.tell(number, session::Input::Start);
        self.tell(number, session::Input::Accepted(CONN));
        for message in [open, Message::Keepalive] {
            let mut octets = Vec::new();
            let encoded = message.encode(&Context::default(), &mut octets);
            encoded.expect("it can be written");
            self.tell(number, session::Input::Received(CONN, &octets));
        }
        self.settle();
    }

    /// Octets of neighbour `number`, and all that comes of them. How long that took.
    pub(crate) fn hear(&mut self, number: u16, octets: &[u8]) -> Duration {
        let begun = Clock::now();
        self.tell(number, session::Input::Received(CONN, octets));
        self.settle();
        begun.elapsed()
    }

    pub(crate) fn tell(&mut self, number: u16, input: session::Input<'_>) {
        let peer = self.peers.get(usize::from(number)).copied();
        let input = Input::Peer(peer.expect("a neighbour"), input);
        self.input(input);
    }

    fn input(&mut self, input: Input<'_>) {
        let begun = Clock::now();
        let taken = self.speaker.handle_input(Instant::ZERO, input);
        self.longest = self.longest.max(begun.elapsed());
        taken.expect("a known peer");
    }

    /// Takes all there is, as a network that is never slow would.
    pub(crate) fn settle(&mut self) {
        loop {
            let begun = Clock::now();
            let output = self.speaker.poll_output();
            self.longest = self.longest.max(begun.elapsed());
            match output {
                Output::Transmit(peer, conn, octets) => {
                    self.sent += octets.len();
                    let sent = session::Input::Sent(conn, octets.len());
                    self.input(Input::Peer(peer, sent));
                }
                Output::Timeout(Some(at)) if at <= Instant::ZERO => self.input(Input::Timeout),
                Output::Timeout(_) => return,
                _ => {}
            }
        }
    }
}

fn add_path(mode: AddPathMode) -> Vec<AddPathFamily> {
    vec![AddPathFamily {
        family: Family::IPV4_UNICAST,
        mode,
    }]
}

fn address(number: u16) -> Ipv4Addr {
    Ipv4Addr::from(0x0a00_0001 + u32::from(number))
}
