//! MetalLB's `BGPPeer`, its pools and advertisements, and Kubernetes' nodes, as
//! in MetalLB's FRR mode.
//!
//! Nodes do not peer with each other, and announce services' addresses alone:
//! the ranges of pools that an advertisement names are in the inventory's
//! [`Routing`](crate::plan::routing::Routing), and pod CIDRs do not count. A node
//! has one AS and one router id in each VRF, and a neighbour once; what breaks
//! that is an error. Peers in a VRF are planned as if there were none.

mod pools;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{net::IpAddr, time::Duration};

use super::{
    Reading,
    kubernetes::{self, Cluster, Read, Resource, any_of, number},
};
use crate::{
    plan::{
        Inventory,
        inventory::{
            Dialect, NeighborAs, Peering, PeeringSettings, Reflection, Remote, RemoteAddress,
            Scope, SecretRef,
        },
        selector::Selector,
        yaml::{Context, Limits, Source, Tree, join},
    },
    types::{Asn, RouterId},
};
use pools::Pools;

/// Reads any number of files, documents and lists.
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    kubernetes::read(MetalLb::default(), sources, limits)
}

#[derive(Default)]
struct MetalLb {
    peers: Vec<Peer>,
    bfd: BTreeSet<String>,
    pools: Pools,
}

struct Peer {
    name: String,
    line: usize,
    selector: Selector,
    asn: Asn,
    vrf: String,
    router_id: Option<RouterId>,
    remote: RemoteAddress,
    settings: PeeringSettings,
    bfd: Option<String>,
}

impl Read for MetalLb {
    const DIALECT: Dialect = Dialect::MetalLb;

    fn resource(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) -> bool {
        if !resource.api.starts_with("metallb.io/") {
            return false;
        }
        match resource.kind {
            "BGPPeer" => self.peers.extend(peer(context, resource)),
            "BFDProfile" => drop(self.bfd.insert(resource.name.into())),
            "IPAddressPool" => self.pools.pool(context, resource),
            "BGPAdvertisement" => self.pools.advertisement(context, resource),
            "Community" => self.pools.communities(context, resource),
            _ => return false,
        }
        true
    }

    fn finish(self, context: &mut Context<'_>, mut cluster: Cluster) -> Inventory {
        for node in &mut cluster.nodes {
            node.advertised.clear();
        }
        let known = self.peers.iter().map(|it| it.name.clone()).collect();
        let services = self.pools.announced(context, &cluster, &known);
        self.nodes(context, &mut cluster);
        let mut peerings = Vec::new();
        for peer in self.peers {
            cluster.at(context, "BGPPeer", &peer.name);
            if let Some(profile) = peer.bfd.filter(|it| !self.bfd.contains(it)) {
                let message = format!("BFDProfile {profile:?} is not in the input");
                context.warn(peer.line, "spec.bfdProfile", message);
            }
            let all = *peer.selector.expression() == *Selector::all().expression();
            peerings.push(Peering {
                name: peer.name,
                local: if all {
                    Scope::Global
                } else {
                    Scope::Selector(peer.selector)
                },
                remote: Remote::Address(peer.remote),
                reverse: false,
                settings: peer.settings,
            });
        }
        let mut inventory = cluster.inventory(peerings, None);
        inventory.routing.services = services;
        inventory
    }
}

impl MetalLb {
    /// Gives nodes the AS and router id of their peers, which have to agree.
    fn nodes(&self, context: &mut Context<'_>, cluster: &mut Cluster) {
        let mut ases: BTreeMap<(usize, &str), &Peer> = BTreeMap::new();
        let mut ids: BTreeMap<usize, (&Peer, RouterId)> = BTreeMap::new();
        let mut neighbors: BTreeMap<(usize, &str, IpAddr, Option<u16>), &Peer> = BTreeMap::new();
        for peer in &self.peers {
            let line = cluster.at(context, "BGPPeer", &peer.name);
            let selected: Vec<(usize, String)> = cluster
                .selected(&peer.selector)
                .map(|(at, node)| (at, node.name.clone()))
                .collect();
            if selected.is_empty() && !cluster.nodes.is_empty() {
                context.warn(line, "spec.nodeSelectors", "no node has these labels");
            }
            let mut wrong: Option<(&str, String)> = None;
            for (node, name) in selected {
                let first = ases.entry((node, peer.vrf.as_str())).or_insert(peer);
                if first.asn != peer.asn {
                    let message = format!(
                        "expected AS {} as in BGPPeer {:?}, which is for node {name:?} too, found \
                         {}: a node has one AS in a VRF",
                        first.asn, first.name, peer.asn
                    );
                    wrong = wrong.or(Some(("spec.myASN", message)));
                }
                if let Some(id) = peer.router_id {
                    let first = ids.entry(node).or_insert((peer, id));
                    if first.1 != id {
                        let message = format!(
                            "expected {} as in BGPPeer {:?}, which is for node {name:?} too, \
                             found {id}: a node has one router id",
                            first.1, first.0.name
                        );
                        wrong = wrong.or(Some(("spec.routerID", message)));
                    }
                }
                let key = (node, peer.vrf.as_str(), peer.remote.addr, peer.remote.port);
                let first = neighbors.entry(key).or_insert(peer);
                if first.name != peer.name {
                    let message = format!(
                        "BGPPeer {:?} has the same neighbour on node {name:?}",
                        first.name
                    );
                    wrong = wrong.or(Some(("spec.peerAddress", message)));
                }
                if let Some(of) = cluster.nodes.get_mut(node) {
                    of.asn = of.asn.or(Some(peer.asn));
                    of.router_id = of.router_id.or(peer.router_id);
                }
            }
            if let Some((field, message)) = wrong {
                context.error(line, field, message);
            }
        }
    }
}

fn peer(context: &mut Context<'_>, resource: &Resource<'_>) -> Option<Peer> {
    let Some(spec) = resource.spec(context) else {
        let message = "expected myASN, peerASN and peerAddress, found no spec";
        context.error(resource.tree.line, "spec", message);
        return None;
    };
    context.only(spec, "spec", FIELDS);
    let field = |name: &str| spec.get(name).filter(|it| !it.is_null());
    let asn = context.asn(field("myASN"), "spec.myASN");
    if field("myASN").is_none() {
        context.error(spec.line, "spec.myASN", "expected an AS number, found none");
    }
    let (remote_as, accepted) = neighbor_as(context, spec);
    let address = context.address(field("peerAddress"), "spec.peerAddress");
    match (field("interface"), field("peerAddress")) {
        (Some(tree), None) => {
            let message = "a session on an interface, without an address: it is not planned with";
            context.warn(tree.line, "spec.interface", message);
            return None;
        }
        (None, None) => {
            let message = "expected a neighbour's address, found none";
            context.error(spec.line, "spec.peerAddress", message);
        }
        (Some(tree), Some(_)) => {
            context.error(
                tree.line,
                "spec.interface",
                "cannot be set beside peerAddress",
            );
        }
        (None, Some(_)) => {}
    }
    let port = context.port(field("peerPort"), "spec.peerPort");
    let id = |text: &str| text.parse().ok();
    let router_id = context.parsed(field("routerID"), "spec.routerID", "a dotted quad", id);
    let selector = any_of(context, field("nodeSelectors"), "spec.nodeSelectors");
    let mut settings = settings(context, resource, spec);
    settings.neighbor_as = accepted;
    let vrf = context
        .text(field("vrf"), "spec.vrf", "a VRF's name")
        .unwrap_or("");
    if !vrf.is_empty() {
        let message = format!("the VRF {vrf:?} is planned as if there were none");
        context.note(spec.line, "spec.vrf", message);
    }
    let dual = field("dualStackAddressFamily");
    let dual = context.boolean(dual, "spec.dualStackAddressFamily");
    if dual == Some(true) {
        let message = "the session is planned with the family of its address alone";
        context.note(spec.line, "spec.dualStackAddressFamily", message);
    }
    let bfd = context.text(field("bfdProfile"), "spec.bfdProfile", "a profile's name");
    let text = field("peerAddress").and_then(Tree::text).unwrap_or("");
    Some(Peer {
        name: resource.name.into(),
        line: resource.tree.line,
        selector: selector?,
        asn: asn?,
        vrf: vrf.to_string(),
        router_id,
        remote: RemoteAddress {
            addr: address?,
            text: text.into(),
            port,
            asn: remote_as.unwrap_or(Asn::ZERO),
        },
        settings,
        bfd: bfd.map(ToString::to_string),
    })
}

/// `peerASN`, or `dynamicASN` in its place.
fn neighbor_as(context: &mut Context<'_>, spec: &Tree) -> (Option<Asn>, NeighborAs) {
    let field = |name: &str| spec.get(name).filter(|it| !it.is_null());
    let zero = |it: &Tree| it.text() == Some("0");
    let given = field("peerASN").filter(|it| !zero(it));
    let asn = context.asn(given, "spec.peerASN");
    let rule = |text: &str| match text {
        "internal" => Some(NeighborAs::Internal),
        "external" => Some(NeighborAs::External),
        _ => None,
    };
    let dynamic = field("dynamicASN");
    let expected = "internal or external";
    let rule = context.parsed(dynamic, "spec.dynamicASN", expected, rule);
    match (given, dynamic) {
        (Some(_), Some(tree)) => {
            context.error(tree.line, "spec.dynamicASN", "cannot be set beside peerASN");
        }
        (None, None) => {
            let message = "expected peerASN or dynamicASN, found neither";
            context.error(spec.line, "spec.peerASN", message);
        }
        _ => {}
    }
    (asn, rule.unwrap_or_default())
}

fn settings(context: &mut Context<'_>, resource: &Resource<'_>, spec: &Tree) -> PeeringSettings {
    let field = |name: &str| spec.get(name).filter(|it| !it.is_null());
    let mut time = |name: &str| context.duration(field(name), &join("spec", name));
    let (hold, keepalive, retry) = (time("holdTime"), time("keepaliveTime"), time("connectTime"));
    // One gives the other.
    let (hold, keepalive) = match (hold, keepalive) {
        (Some(hold), None) => (hold, hold / 3),
        (None, Some(keepalive)) => (keepalive.saturating_mul(3), keepalive),
        (Some(hold), Some(keepalive)) => (hold, keepalive),
        (None, None) => (HOLD_TIME, HOLD_TIME / 3),
    };
    if keepalive > hold {
        let message = format!(
            "expected at most the hold time of {} s, found {} s",
            hold.as_secs(),
            keepalive.as_secs()
        );
        context.error(spec.line, "spec.keepaliveTime", message);
    }
    if !hold.is_zero() && hold < Duration::from_secs(3) {
        context.error(spec.line, "spec.holdTime", "expected 0s, or at least 3s");
    }
    let multihop = context.boolean(field("ebgpMultiHop"), "spec.ebgpMultiHop");
    let restarts = field("enableGracefulRestart");
    let restarts = context.boolean(restarts, "spec.enableGracefulRestart");
    let bfd = field("bfdProfile").and_then(Tree::text);
    if bfd.is_some_and(|it| !it.is_empty()) && restarts == Some(true) {
        let message = "BFD beside graceful restart: a restart looks like a failure";
        context.warn(spec.line, "spec.bfdProfile", message);
    }
    let _ = number(context, field("peerPort"), "spec.peerPort", (1, 16_384));
    let inline = field("password").and_then(Tree::text);
    let secret = field("passwordSecret").and_then(|it| it.get("name"));
    let secret = context.text(secret, "spec.passwordSecret.name", "a Secret's name");
    if let (Some(_), Some(_)) = (inline.filter(|it| !it.is_empty()), secret) {
        let message = "cannot be set beside password";
        context.error(spec.line, "spec.passwordSecret", message);
    }
    let password = match (secret, inline) {
        (Some(name), _) => Some((name.to_string(), "password")),
        (None, Some(text)) if !text.is_empty() => {
            Some((format!("BGPPeer {}", resource.name), "spec.password"))
        }
        _ => None,
    };
    let source = context.address(field("sourceAddress"), "spec.sourceAddress");
    PeeringSettings {
        hold_time: Some(hold),
        keepalive: Some(keepalive),
        connect_retry: retry,
        hops: (multihop != Some(true)).then_some(1),
        bfd: bfd.is_some_and(|it| !it.is_empty()),
        graceful_restart: Some(restarts == Some(true)),
        any_source_address: source.is_none(),
        local_address: source,
        local_as: context.asn(field("localASN"), "spec.localASN"),
        password: password.map(|(name, key)| SecretRef {
            name,
            key: key.into(),
        }),
        reflection: Reflection::NonClient,
        ..PeeringSettings::default()
    }
}

const FIELDS: &[&str] = &[
    "bfdProfile",
    "connectTime",
    "disableMP",
    "dualStackAddressFamily",
    "dynamicASN",
    "ebgpMultiHop",
    "enableGracefulRestart",
    "holdTime",
    "interface",
    "keepaliveTime",
    "localASN",
    "myASN",
    "nodeSelectors",
    "password",
    "passwordSecret",
    "peerASN",
    "peerAddress",
    "peerPort",
    "routerID",
    "sourceAddress",
    "vrf",
];

/// FRR's.
const HOLD_TIME: Duration = Duration::from_mins(3);
