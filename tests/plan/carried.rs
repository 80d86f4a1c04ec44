//! Migrations carried out by speakers on a virtual clock, node by node in any
//! order: no data plane loses a prefix.

use core::time::Duration;
use std::collections::BTreeMap;

use bgpwright::{
    plan::{
        Effect, Inventory, Mode, PeerPlan, Reconcile, SpeakerChange, SpeakerPlan, Step,
        edits_between, generate, plan, prove, speaker_changes, speakers, steps_to,
    },
    session::State,
    sim::{Network, NodeId},
    speaker::{PeerConfig, PeerId, RouteAction, Speaker},
    types::Prefix,
    wire::AttributeSet,
};

/// By what a node takes a change up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum By {
    /// As Calico's BIRD, which restarts sessions.
    Bird,
    /// As a speaker of ours, which does so only where it must.
    Ours,
}

/// A node at work: what it runs by, and its neighbours in that order.
struct Running {
    id: NodeId,
    of: SpeakerPlan,
    peers: Vec<PeerId>,
}

/// What a node that has ended sessions is to become.
struct Change {
    new: SpeakerPlan,
    kept: Vec<(PeerPlan, PeerId)>,
}

struct Cluster {
    by: By,
    network: Network,
    nodes: Vec<Running>,
    joined: Vec<[(NodeId, PeerId); 2]>,
    /// Who lost which prefix, and when.
    lost: Vec<(String, Prefix, Duration)>,
    /// Nodes that are empty.
    drained: Vec<String>,
}

impl Cluster {
    fn new(inventory: &Inventory, by: By) -> Self {
        let mut cluster = Self {
            by,
            network: Network::new(),
            nodes: Vec::new(),
            joined: Vec::new(),
            lost: Vec::new(),
            drained: Vec::new(),
        };
        for of in speakers(&plan(inventory)) {
            let mut speaker = Speaker::new(of.config.clone()).unwrap();
            speaker.follow_routes();
            let id = cluster.network.add(speaker);
            let of_peers = of.peers.clone();
            let announced = of.originates.clone();
            let added = cluster.network.with_speaker(id, |speaker, now| {
                for prefix in announced {
                    speaker.announce(now, prefix, AttributeSet::default());
                }
                let peers = of_peers.into_iter();
                peers
                    .map(|it| speaker.add_peer(it.config).unwrap())
                    .collect()
            });
            let peers = added.unwrap();
            cluster.nodes.push(Running { id, of, peers });
        }
        cluster.join();
        cluster.network.run_for(Duration::from_mins(5));
        cluster.pass(Duration::from_millis(50));
        cluster.complete("the start");
        cluster.lost.clear();
        cluster
    }

    /// Joins the ends that belong together and are not.
    fn join(&mut self) {
        let mut ends = BTreeMap::new();
        for node in &self.nodes {
            for (peer, id) in node.of.peers.iter().zip(&node.peers) {
                let key = (peer.config.local_address, peer.config.address);
                ends.insert(key, (node.id, *id));
            }
        }
        for ((local, remote), near) in &ends {
            let Some(far) = ends.get(&(*remote, *local)).filter(|_| local < remote) else {
                continue;
            };
            if !self.joined.contains(&[*near, *far]) {
                self.joined.push([*near, *far]);
                let latency = Duration::from_millis(1);
                self.network.join(*near, *far, latency);
            }
        }
    }

    /// A node ends what it is not to have any more, or not as it is.
    fn take_down(&mut self, at: usize, (before, after): (&Inventory, &Inventory)) -> Change {
        let name = self.nodes[at].of.name.clone();
        let mut all = speakers(&plan(after)).into_iter();
        let new = all.find(|it| it.name == name).unwrap();
        let restarts: Vec<_> = match self.by {
            By::Bird => {
                let changes = Reconcile::new(before, after).of_node(&name);
                let strong = changes.into_iter().filter(|it| it.effect >= Effect::Reset);
                strong.map(|it| it.neighbor).collect()
            }
            By::Ours => {
                let of = &self.nodes[at].of;
                let mut found = Vec::new();
                for change in speaker_changes(of, &new) {
                    match change {
                        SpeakerChange::Remove(at) => found.push(of.peers[at].config.address),
                        SpeakerChange::Reset(_, at) | SpeakerChange::Add(at) => {
                            found.push(new.peers[at].config.address);
                        }
                        SpeakerChange::Change(..) | SpeakerChange::ClusterId => {}
                        other => panic!("{other:?}"),
                    }
                }
                found
            }
        };
        let id = self.nodes[at].id;
        let mut kept: Vec<(PeerPlan, PeerId)> = Vec::new();
        let peers = self.nodes[at].of.peers.clone();
        for (peer, number) in peers.into_iter().zip(self.nodes[at].peers.clone()) {
            if !restarts.contains(&peer.config.address) {
                kept.push((peer, number));
                continue;
            }
            let gone = self
                .network
                .with_speaker(id, |speaker, now| speaker.remove_peer(now, number));
            gone.unwrap().unwrap();
            if let Some(link) = self.network.link_at((id, number)) {
                self.network.cut(link);
            }
        }
        Change { new, kept }
    }

    /// It takes up the rest.
    fn take_up(&mut self, at: usize, Change { new, kept }: Change) {
        let id = self.nodes[at].id;
        let cluster_id = new.config.cluster_id;
        let changed = self.network.with_speaker(id, |speaker, now| {
            speaker.set_cluster_id(now, cluster_id);
            let mut numbers = Vec::new();
            for peer in &new.peers {
                let mut kept = kept.iter();
                let old = kept.find(|(it, _)| it.config.address == peer.config.address);
                numbers.push(match old {
                    Some((old, number)) => {
                        let config = PeerConfig {
                            session: old.config.session.clone(),
                            ..peer.config.clone()
                        };
                        speaker.change_peer(now, *number, config).unwrap();
                        *number
                    }
                    None => speaker.add_peer(peer.config.clone()).unwrap(),
                });
            }
            numbers
        });
        let mut of = new;
        for peer in &mut of.peers {
            let old = kept
                .iter()
                .find(|(it, _)| it.config.address == peer.config.address);
            if let Some((old, _)) = old {
                peer.config.session = old.config.session.clone();
            }
        }
        self.nodes[at].of = of;
        self.nodes[at].peers = changed.unwrap();
        self.join();
    }

    /// Lets time pass, and watches the data planes.
    fn pass(&mut self, time: Duration) {
        let slice = Duration::from_millis(50);
        let mut left = time;
        while !left.is_zero() {
            self.network.run_for(slice);
            left = left.saturating_sub(slice);
            let now = self.network.now();
            let since = now.saturating_since(bgpwright::time::Instant::ZERO);
            for node in &self.nodes {
                let taken = self
                    .network
                    .with_speaker(node.id, |speaker, _| speaker.take_routes(1000));
                for change in taken.unwrap() {
                    let empty = |name: &String| self.drained.contains(name);
                    let owner = self
                        .nodes
                        .iter()
                        .find(|it| it.of.originates.contains(&change.prefix));
                    let excused = empty(&node.of.name) || empty(&owner.unwrap().of.name);
                    if change.action == RouteAction::Remove && !excused {
                        self.lost.push((node.of.name.clone(), change.prefix, since));
                    }
                }
            }
        }
    }

    /// Every node has a route to every other.
    fn complete(&self, when: &str) {
        for node in &self.nodes {
            let speaker = self.network.speaker(node.id).unwrap();
            let others = self.nodes.iter().flat_map(|it| &it.of.originates);
            for prefix in others {
                assert!(
                    speaker.best(*prefix).is_some(),
                    "{when}: {} has no {prefix}",
                    node.of.name
                );
            }
        }
    }

    /// A step, taken up by some nodes at a time, in any order.
    fn step(&mut self, now: &mut Inventory, step: &Step, seed: u64) {
        let before = now.clone();
        step.edits.iter().for_each(|edit| edit.apply(now));
        self.drained.clone_from(&step.drain);
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        let mut state = seed | 1;
        for at in (1..order.len()).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let together = 1 + usize::try_from(seed).unwrap() % 6;
        for group in order.chunks(together) {
            let mut changes = Vec::new();
            for at in group {
                changes.push((*at, self.take_down(*at, (&before, now))));
            }
            // Calico has BIRD wait so long before it connects.
            let delay = if self.by == By::Bird { 2000 } else { 0 };
            self.pass(Duration::from_millis(delay));
            for (at, change) in changes {
                self.take_up(at, change);
            }
            self.pass(Duration::from_millis(150 * (1 + seed % 5)));
        }
        self.pass(Duration::from_secs(10));
        self.network.run_for(Duration::from_mins(5));
        self.pass(Duration::from_millis(50));
        for (name, neighbor) in &step.gate.established {
            let node = self.nodes.iter().find(|it| it.of.name == *name).unwrap();
            let speaker = self.network.speaker(node.id).unwrap();
            let mut peers = speaker.peers();
            let peer = peers.find(|it| it.config.address == *neighbor).unwrap();
            assert_eq!(
                peer.session.state(),
                State::Established,
                "{}: {name} and {neighbor}",
                step.title
            );
        }
        self.complete(&step.title);
        self.drained.clear();
    }
}

fn carried_out(
    from: &Inventory,
    steps: &[Step],
    by: By,
    seed: u64,
) -> Vec<(String, Prefix, Duration)> {
    let mut cluster = Cluster::new(from, by);
    let mut now = from.clone();
    for step in steps {
        cluster.step(&mut now, step, seed);
    }
    cluster.lost
}

#[test]
fn from_a_mesh_to_reflectors_and_back_no_data_plane_loses_a_prefix() {
    let (mesh, reflectors) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    for by in [By::Bird, By::Ours] {
        for seed in 0..6 {
            for (from, to) in [(&mesh, &reflectors), (&reflectors, &mesh)] {
                let migration = steps_to(from, to);
                assert_eq!(migration.unavoidable, []);
                assert_eq!(
                    carried_out(from, &migration.steps, by, seed),
                    [],
                    "{by:?}, {seed}"
                );
            }
        }
    }
}

#[test]
fn a_reflector_that_is_replaced_takes_no_prefix_along() {
    let from = generate(6, Mode::Rr);
    let mut to = from.clone();
    let (role, cluster) = (from.nodes[0].labels.clone(), from.nodes[0].cluster_id);
    to.nodes[0].labels.clear();
    to.nodes[0].cluster_id = None;
    to.nodes[4].labels = role;
    to.nodes[4].cluster_id = cluster;
    let migration = steps_to(&from, &to);
    assert_eq!(migration.unavoidable, []);
    for seed in 0..4 {
        assert_eq!(carried_out(&from, &migration.steps, By::Bird, seed), []);
    }
}

/// What the proof says that it loses is lost.
#[test]
fn all_at_once_the_data_planes_lose_prefixes() {
    let (mesh, reflectors) = (generate(6, Mode::Mesh), generate(6, Mode::Rr));
    let at_once = [("all".to_owned(), edits_between(&mesh, &reflectors))];
    let migration = prove(&mesh, at_once);
    assert!(!migration.unavoidable.is_empty());
    let lost = |seed| !carried_out(&mesh, &migration.steps, By::Bird, seed).is_empty();
    assert!((0..4).any(lost));
}
