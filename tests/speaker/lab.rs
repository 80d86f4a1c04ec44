//! Networks in few words.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use bgpwright::{
    policy::Policy,
    session::{self, GracefulRestartConfig, PeerAs},
    sim::{LinkId, Network, NodeId},
    speaker::{Config, PeerConfig, PeerId, ReflectionRole, Route, Speaker},
    types::{Asn, Family, Prefix, RouterId},
    wire::AttributeSet,
};

pub(crate) const CLIENT: ReflectionRole = ReflectionRole::Client;
pub(crate) const PLAIN: ReflectionRole = ReflectionRole::NonClient;
pub(crate) const LATENCY: Duration = Duration::from_millis(1);

/// Speakers by number: speaker 7 has address and router id 192.0.2.7 and
/// announces 10.7.0.0/24.
#[derive(Default)]
pub(crate) struct Lab {
    pub(crate) network: Network,
    nodes: BTreeMap<u8, Member>,
}

struct Member {
    config: Config,
    peers: Vec<PeerConfig>,
    node: Option<NodeId>,
}

pub(crate) fn addr(number: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, number])
}

pub(crate) fn router_id(number: u8) -> RouterId {
    RouterId(u32::from_be_bytes([192, 0, 2, number]))
}

pub(crate) fn net(number: u8) -> Prefix {
    Prefix::new(IpAddr::from([10, number, 0, 0]), 24).unwrap()
}

impl Lab {
    pub(crate) fn new(members: &[(u8, u32)]) -> Self {
        let member = |&(number, asn): &(u8, u32)| {
            let config = Config::new(Asn(asn), router_id(number));
            (
                number,
                Member {
                    config,
                    peers: Vec::new(),
                    node: None,
                },
            )
        };
        Self {
            nodes: members.iter().map(member).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn config(mut self, number: u8, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.nodes.get_mut(&number).unwrap().config);
        self
    }

    /// How `a` sees `b`.
    pub(crate) fn peer(&mut self, a: u8, b: u8) -> &mut PeerConfig {
        let peers = &mut self.nodes.get_mut(&a).unwrap().peers;
        peers
            .iter_mut()
            .find(|peer| peer.address == addr(b))
            .unwrap()
    }

    /// Changes how `a` sees `b`, before they are up.
    pub(crate) fn with(mut self, a: u8, b: u8, change: impl FnOnce(&mut PeerConfig)) -> Self {
        change(self.peer(a, b));
        self
    }

    /// Changes how each sees the other.
    pub(crate) fn both(self, a: u8, b: u8, change: impl Fn(&mut PeerConfig)) -> Self {
        self.with(a, b, &change).with(b, a, &change)
    }

    /// What `at` has of a prefix, by the neighbour that sent it: `None` is its own.
    pub(crate) fn paths(&self, at: u8, of: u8) -> Vec<AttributeSet> {
        let paths = self.at(at).rib().paths(net(of));
        let usable = paths.filter(|path| path.refused.is_none());
        usable.map(|path| path.attributes()).collect()
    }

    /// The AS path of the best route, as text.
    pub(crate) fn as_path(&self, at: u8, of: u8) -> Option<String> {
        let attributes = self.best(at, of)?.attributes();
        Some(attributes.as_path?.to_string())
    }

    pub(crate) fn announce(&mut self, at: u8, of: u8, attributes: AttributeSet) {
        self.change(at, |speaker, now| {
            speaker.announce(now, net(of), attributes);
        });
        self.settle();
    }

    pub(crate) fn withdraw(&mut self, at: u8, of: u8) {
        self.change(at, |speaker, now| speaker.withdraw(now, net(of)));
        self.settle();
    }

    /// Makes neighbours; `a` sees `b` in the first role, `b` sees `a` in the
    /// second. Over eBGP, everything is let through.
    pub(crate) fn link(
        mut self,
        (a, b): (u8, u8),
        roles: (ReflectionRole, ReflectionRole),
    ) -> Self {
        for (own, other, role) in [(a, b, roles.0), (b, a, roles.1)] {
            let peer_as = self.nodes[&other].config.asn;
            let member = self.nodes.get_mut(&own).unwrap();
            let mut session = session::Config::new(
                member.config.asn,
                member.config.router_id,
                PeerAs::Exactly(peer_as),
            );
            session.jitter_seed = u64::from(own) << 8 | u64::from(other);
            let mut peer = PeerConfig::new(addr(other), addr(own), session);
            peer.reflection = role;
            if peer_as != member.config.asn {
                peer.import = Some(Policy::ACCEPT);
                peer.export = Some(Policy::ACCEPT);
            }
            member.peers.push(peer);
        }
        self
    }

    pub(crate) fn mesh(self, members: &[u8]) -> Self {
        let pairs = members.iter().enumerate();
        let pairs = pairs.flat_map(|(at, a)| members[at + 1..].iter().map(move |b| (*a, *b)));
        pairs.fold(self, |lab, pair| lab.link(pair, (PLAIN, PLAIN)))
    }

    /// Every session offers graceful restart, with this restart time.
    pub(crate) fn graceful(mut self, restart_time: Duration) -> Self {
        for peer in self.nodes.values_mut().flat_map(|member| &mut member.peers) {
            peer.session.graceful_restart = Some(GracefulRestartConfig {
                restart_time,
                restarting: false,
                notification: false,
                families: vec![Family::IPV4_UNICAST],
            });
        }
        self
    }

    /// As [`Lab::graceful`], over NOTIFICATIONs too.
    pub(crate) fn outliving(mut self, restart_time: Duration) -> Self {
        self = self.graceful(restart_time);
        for peer in self.nodes.values_mut().flat_map(|member| &mut member.peers) {
            let restart = peer.session.graceful_restart.as_mut();
            restart.unwrap().notification = true;
        }
        self
    }

    pub(crate) fn speaker(&self, number: u8, restarting: bool) -> Speaker {
        let member = &self.nodes[&number];
        let config = Config {
            restarting,
            ..member.config.clone()
        };
        let mut speaker = Speaker::new(config).unwrap();
        for peer in &member.peers {
            speaker.add_peer(peer.clone()).unwrap();
        }
        speaker.announce(self.network.now(), net(number), AttributeSet::default());
        speaker
    }

    /// Starts everything, and lets it settle.
    pub(crate) fn up(mut self) -> Self {
        let numbers: Vec<u8> = self.nodes.keys().copied().collect();
        for &number in &numbers {
            let node = self.network.add(self.speaker(number, false));
            self.nodes.get_mut(&number).unwrap().node = Some(node);
        }
        for &a in &numbers {
            for b in numbers.iter().copied().filter(|b| *b > a) {
                if let (Some(left), Some(right)) = (self.find(a, b), self.find(b, a)) {
                    self.network.join(left, right, LATENCY);
                }
            }
        }
        self.settle();
        self
    }

    pub(crate) fn settle(&mut self) {
        self.network.run_for(Duration::from_secs(2));
    }

    pub(crate) fn node(&self, number: u8) -> NodeId {
        self.nodes[&number].node.unwrap()
    }

    /// `a`'s neighbour `b`.
    pub(crate) fn find(&self, a: u8, b: u8) -> Option<(NodeId, PeerId)> {
        let at = self.nodes[&a]
            .peers
            .iter()
            .position(|peer| peer.address == addr(b))?;
        Some((self.node(a), PeerId(u32::try_from(at).unwrap())))
    }

    /// Links are numbered in the order of their lower, then their higher end.
    pub(crate) fn at(&self, number: u8) -> &Speaker {
        self.network.speaker(self.node(number)).unwrap()
    }

    pub(crate) fn best(&self, at: u8, of: u8) -> Option<Route<'_>> {
        self.at(at).best(net(of))
    }

    /// Whose routes `at` has.
    pub(crate) fn reach(&self, at: u8) -> Vec<u8> {
        self.nodes
            .keys()
            .copied()
            .filter(|of| self.best(at, *of).is_some())
            .collect()
    }

    /// Does something to the speaker with this number.
    pub(crate) fn change<T>(
        &mut self,
        number: u8,
        change: impl FnOnce(&mut Speaker, bgpwright::time::Instant) -> T,
    ) -> T {
        let node = self.node(number);
        self.network.with_speaker(node, change).unwrap()
    }

    /// Joins happen in this order, so a link can be found again.
    pub(crate) fn link_of(&self, a: u8, b: u8) -> LinkId {
        let end = self.find(a, b).unwrap();
        self.network.link_at(end).unwrap()
    }
}
