//! What speakers are told.

use core::net::IpAddr;

use bgpwright::{
    plan::{
        Mode, SpeakerPlan, dialect, generate,
        inventory::Dialect,
        plan, speakers,
        yaml::{Limits, Source},
    },
    session::{OpenMode, PeerAs},
    speaker::{NextHopMode, ReflectionRole, UnknownNextHops},
    types::Asn,
};

use crate::clusters::cluster;

fn both_ways(speakers: &[SpeakerPlan]) {
    for (i, speaker) in speakers.iter().enumerate() {
        for (j, peer) in speaker.peers.iter().enumerate() {
            let (router, number) = peer.remote.unwrap();
            let other = &speakers[router].peers[number];
            assert_eq!(other.remote, Some((i, j)));
            assert_eq!(other.session, peer.session);
            assert_eq!(other.config.address, peer.config.local_address);
            assert!(speakers[router].addresses.contains(&peer.config.address));
        }
    }
}

fn peer<'a>(speaker: &'a SpeakerPlan, address: &str) -> &'a bgpwright::plan::PeerPlan {
    let address: IpAddr = address.parse().unwrap();
    let mut peers = speaker.peers.iter();
    peers.find(|peer| peer.config.address == address).unwrap()
}

#[test]
fn both_ends_point_to_each_other_in_every_cluster() {
    both_ways(&speakers(&plan(&cluster("mesh.yaml", None))));
    both_ways(&speakers(&plan(&cluster("reflectors.yaml", None))));
    both_ways(&speakers(&plan(&cluster(
        "rack.yaml",
        Some("rack.fabric.yaml"),
    ))));
    both_ways(&speakers(&plan(&generate(120, Mode::RrPerRack))));
}

#[test]
fn a_leaf_reflects_to_its_rack_with_its_own_next_hop_for_external_routes() {
    let speakers = speakers(&plan(&cluster("rack.yaml", Some("rack.fabric.yaml"))));
    let leaf = speakers.iter().find(|s| s.name == "leaf0").unwrap();
    assert_eq!(leaf.config.unknown_next_hops, UnknownNextHops::Unresolvable);
    assert_eq!(leaf.networks.len(), 3);
    let node = peer(leaf, "10.1.5.10");
    assert_eq!(node.config.reflection, ReflectionRole::Client);
    assert_eq!(node.config.next_hop, NextHopMode::SelfForExternal);
    assert_eq!(node.config.local_address.to_string(), "10.1.5.1");
    let spine = peer(leaf, "10.1.12.2");
    assert_eq!(spine.config.session.peer_as, PeerAs::Exactly(Asn(800)));
    assert!(spine.config.import.is_some() && spine.config.export.is_some());
    assert_eq!(spine.peer_type, "fabric");
}

#[test]
fn without_next_hop_self_the_leaf_leaves_next_hops_alone() {
    let fabric = Some("rack-no-next-hop-self.fabric.yaml");
    let speakers = speakers(&plan(&cluster("rack.yaml", fabric)));
    let leaf = speakers.iter().find(|s| s.name == "leaf0").unwrap();
    assert_eq!(peer(leaf, "10.1.5.10").config.next_hop, NextHopMode::Auto);
}

#[test]
fn the_passive_end_of_a_mesh_session_waits() {
    let speakers = speakers(&plan(&cluster("mesh.yaml", None)));
    let modes = |i: usize| -> Vec<_> {
        let peers = speakers[i].peers.iter();
        peers.map(|p| p.config.session.open_mode).collect()
    };
    assert_eq!(modes(0), [OpenMode::Passive, OpenMode::Passive]);
    assert_eq!(modes(2), [OpenMode::Active, OpenMode::Active]);
    assert_eq!(
        speakers[0].config.unknown_next_hops,
        UnknownNextHops::Resolvable
    );
}

/// What a resource says of a session is what the speaker does.
#[test]
fn what_a_resource_says_of_a_session_reaches_the_speaker() {
    let text = "\
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: p}
spec: {myASN: 65001, localASN: 65002, dynamicASN: external, peerAddress: 192.0.2.1}
---
apiVersion: v1
kind: Node
metadata: {name: n}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
";
    let sources = [Source {
        name: "input.yaml",
        text,
    }];
    let reading = dialect::read(Dialect::MetalLb, &sources, &Limits::default());
    let mut inventory = reading.inventory;
    inventory.peerings[0].settings.allow_local_as = Some(2);
    let speakers = speakers(&plan(&inventory));
    let config = &speakers[0].peers[0].config;
    assert_eq!(config.session.peer_as, PeerAs::External);
    assert_eq!(config.session.local_as, Asn(65_002));
    assert!(config.local_as.no_prepend && config.local_as.replace_as);
    assert_eq!(config.allow_own_as, 2);
    // It helps a neighbour that restarts, and offers nothing of its own.
    let restart = config.session.graceful_restart.as_ref().unwrap();
    assert_eq!(restart.families, []);
}
