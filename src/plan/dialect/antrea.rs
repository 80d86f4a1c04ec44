//! Antrea's `BGPPolicy`, and Kubernetes' nodes.
//!
//! A node has one policy at a time, the oldest of those that select it; others
//! are warned of. Nodes do not peer with each other. Services and Egress
//! addresses are announced one by one, and known to nobody here; pods' CIDRs are
//! where the policy says so.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use super::{
    Reading,
    kubernetes::{self, Cluster, Read, Resource, label_selector, number, small},
};
use crate::{
    plan::{
        Inventory,
        inventory::{
            Dialect, Peering, PeeringSettings, Reflection, Remote, RemoteAddress, Scope, SecretRef,
        },
        selector::Selector,
        yaml::{Context, Limits, Source, Tree, Value, join},
    },
    types::Asn,
};

/// Reads any number of files, documents and lists.
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    kubernetes::read(Antrea::default(), sources, limits)
}

#[derive(Default)]
struct Antrea {
    policies: Vec<Policy>,
    /// Keys of the secret that holds passwords; never what they hold.
    passwords: BTreeSet<String>,
}

struct Policy {
    name: String,
    /// When it was made, in RFC 3339, whose texts are in the order of times.
    created: String,
    selector: Selector,
    asn: Asn,
    port: Option<u16>,
    pods: bool,
    /// The confederation's number, and its other members.
    confederation: Option<(Asn, Vec<Asn>)>,
    peers: Vec<Peer>,
}

struct Peer {
    remote: RemoteAddress,
    hops: Option<u8>,
    restart: Option<Duration>,
}

impl Read for Antrea {
    const DIALECT: Dialect = Dialect::Antrea;

    fn resource(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) -> bool {
        let is_policy = resource.kind == "BGPPolicy" && resource.api.starts_with("crd.antrea.io/");
        if is_policy {
            self.policies.extend(policy(context, resource));
        }
        let is_secret = resource.kind == "Secret" && resource.name == PASSWORDS;
        if is_secret {
            for field in ["data", "stringData"] {
                if let Some(Value::Map(entries)) = resource.tree.get(field).map(|it| &it.value) {
                    let keys = entries.iter().filter_map(|(key, _)| key.text());
                    self.passwords.extend(keys.map(ToString::to_string));
                }
            }
        }
        is_policy || is_secret
    }

    fn finish(mut self, context: &mut Context<'_>, mut cluster: Cluster) -> Inventory {
        let dated = self.policies.iter().all(|it| !it.created.is_empty());
        // Names decide between those of one age, as the agent has it.
        self.policies.sort_by(|a, b| {
            (&a.created, dated.then_some(&a.name)).cmp(&(&b.created, dated.then_some(&b.name)))
        });
        let mut of_node: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, policy) in self.policies.iter().enumerate() {
            let selected: Vec<usize> = cluster.selected(&policy.selector).map(|it| it.0).collect();
            let line = cluster.at(context, "BGPPolicy", &policy.name);
            if selected.is_empty() {
                context.warn(line, "spec.nodeSelector", "no node has these labels");
            }
            let mut later = Vec::new();
            for node in selected {
                match of_node.get(&node) {
                    Some(first) => later.push((node, *first)),
                    None => drop(of_node.insert(node, at)),
                }
            }
            if let Some((node, first)) = later.first() {
                let names = cluster.nodes.get(*node).map_or("", |it| it.name.as_str());
                let first = self.policies.get(*first).map_or("", |it| it.name.as_str());
                let how = if dated {
                    "the older"
                } else {
                    "given before it"
                };
                let message = format!(
                    "is not in effect on {} nodes, such as {names:?}: {first:?}, {how}, selects \
                     them too",
                    later.len()
                );
                context.warn(line, "spec.nodeSelector", message);
            }
        }
        let mut peerings = Vec::new();
        for (at, node) in cluster.nodes.iter_mut().enumerate() {
            let policy = of_node.get(&at).and_then(|it| self.policies.get(*it));
            let pods = policy.is_some_and(|it| it.pods);
            if !pods {
                node.advertised.clear();
            }
            if let Some(policy) = policy {
                node.asn = Some(policy.asn);
                node.listen_port = policy.port;
            }
        }
        for (at, policy) in self.policies.iter().enumerate() {
            let nodes: Vec<usize> = of_node
                .iter()
                .filter(|it| *it.1 == at)
                .map(|it| *it.0)
                .collect();
            let selected = cluster.selected(&policy.selector).count();
            let scopes: Vec<Scope> = if nodes.len() == selected {
                Vec::from([Scope::Selector(policy.selector.clone())])
            } else {
                let names = nodes.iter().filter_map(|it| cluster.nodes.get(*it));
                names.map(|it| Scope::Node(it.name.clone())).collect()
            };
            for scope in scopes {
                for peer in &policy.peers {
                    peerings.push(self.peering(policy, peer, scope.clone()));
                }
            }
        }
        cluster.inventory(peerings, None)
    }
}

impl Antrea {
    fn peering(&self, policy: &Policy, peer: &Peer, local: Scope) -> Peering {
        let key = format!("{}-{}", peer.remote.text, peer.remote.asn);
        let confederation = policy.confederation.as_ref();
        // Who is outside knows the confederation by its own number.
        let outside = confederation.filter(|(_, members)| {
            peer.remote.asn != policy.asn && !members.contains(&peer.remote.asn)
        });
        Peering {
            name: policy.name.clone(),
            local,
            remote: Remote::Address(peer.remote.clone()),
            reverse: false,
            settings: PeeringSettings {
                local_as: outside.map(|it| it.0),
                hops: Some(peer.hops.unwrap_or(1)),
                hold_time: Some(HOLD_TIME),
                graceful_restart: Some(true),
                restart_time: Some(peer.restart.unwrap_or(RESTART_TIME)),
                password: self.passwords.contains(&key).then(|| SecretRef {
                    name: PASSWORDS.into(),
                    key,
                }),
                reflection: Reflection::NonClient,
                ..PeeringSettings::default()
            },
        }
    }
}

fn policy(context: &mut Context<'_>, resource: &Resource<'_>) -> Option<Policy> {
    let Some(spec) = resource.spec(context) else {
        let message = "expected nodeSelector, localASN and advertisements, found no spec";
        context.error(resource.tree.line, "spec", message);
        return None;
    };
    context.only(spec, "spec", FIELDS);
    let selector = label_selector(context, spec.get("nodeSelector"), "spec.nodeSelector");
    let local = spec.get("localASN");
    let asn = number(context, local, "spec.localASN", (1, 65_535));
    if local.is_none_or(Tree::is_null) {
        context.error(
            spec.line,
            "spec.localASN",
            "expected an AS number, found none",
        );
    }
    let port = context.port(spec.get("listenPort"), "spec.listenPort");
    let told = spec.get("advertisements");
    if told.is_none_or(Tree::is_null) {
        let message = "expected what is announced, found nothing: Antrea refuses the policy";
        context.error(spec.line, "spec.advertisements", message);
    }
    let pods = told.and_then(|it| it.get("pod")).is_some();
    for (name, what) in [("service", "services'"), ("egress", "Egress")] {
        if let Some(tree) = told.and_then(|it| it.get(name)) {
            let message = format!(
                "{what} addresses are not known here: what a node announces of \
                                   them is not planned with"
            );
            context.note(tree.line, &join("spec.advertisements", name), message);
        }
    }
    let confederation = confederation(context, spec);
    let mut peers = Vec::new();
    for item in context.items(spec.get("bgpPeers"), "spec.bgpPeers") {
        peers.extend(peer(context, item));
    }
    let metadata = resource.tree.get("metadata");
    let created = metadata.and_then(|it| it.get("creationTimestamp")?.text());
    Some(Policy {
        name: resource.name.into(),
        created: created.unwrap_or("").into(),
        selector: selector?,
        asn: Asn(u32::try_from(asn?).ok()?),
        port,
        pods,
        confederation,
        peers,
    })
}

fn confederation(context: &mut Context<'_>, spec: &Tree) -> Option<(Asn, Vec<Asn>)> {
    let tree = spec.get("confederation").filter(|it| !it.is_null())?;
    let path = "spec.confederation";
    context.only(tree, path, &["identifier", "memberASNs"]);
    let identifier = context.asn(tree.get("identifier"), "spec.confederation.identifier");
    let mut members = Vec::new();
    for item in context.items(tree.get("memberASNs"), "spec.confederation.memberASNs") {
        members.extend(context.asn(Some(item), "spec.confederation.memberASNs"));
    }
    let message = "sessions with other members are planned as external ones: paths inside the \
                   confederation are not followed";
    context.warn(tree.line, path, message);
    Some((identifier?, members))
}

fn peer(context: &mut Context<'_>, item: &Tree) -> Option<Peer> {
    let path = "spec.bgpPeers";
    context.only(item, path, PEER_FIELDS);
    let address = context.address(item.get("address"), "spec.bgpPeers.address");
    let asn = context.asn(item.get("asn"), "spec.bgpPeers.asn");
    for (name, given) in [("address", address.is_some()), ("asn", asn.is_some())] {
        if !given && item.get(name).is_none_or(Tree::is_null) {
            context.error(item.line, &join(path, name), "expected a value, found none");
        }
    }
    let port = context.port(item.get("port"), "spec.bgpPeers.port");
    let hops = number(
        context,
        item.get("multihopTTL"),
        "spec.bgpPeers.multihopTTL",
        (1, 255),
    );
    let field = "spec.bgpPeers.gracefulRestartTimeSeconds";
    let restart = number(
        context,
        item.get("gracefulRestartTimeSeconds"),
        field,
        (1, 3600),
    );
    let text = item.get("address").and_then(Tree::text).unwrap_or("");
    Some(Peer {
        remote: RemoteAddress {
            addr: address?,
            text: text.into(),
            port,
            asn: asn?,
        },
        hops: small(hops),
        restart: restart.map(Duration::from_secs),
    })
}

const FIELDS: &[&str] = &[
    "advertisements",
    "bgpPeers",
    "confederation",
    "listenPort",
    "localASN",
    "nodeSelector",
];

const PEER_FIELDS: &[&str] = &[
    "address",
    "asn",
    "gracefulRestartTimeSeconds",
    "multihopTTL",
    "port",
];

/// The secret of all passwords: keys are addresses and ASes.
const PASSWORDS: &str = "antrea-bgp-passwords";

/// GoBGP's.
const HOLD_TIME: Duration = Duration::from_secs(90);
const RESTART_TIME: Duration = Duration::from_mins(2);
