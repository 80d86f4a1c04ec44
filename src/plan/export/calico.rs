//! Calico's resources, to be applied with `calicoctl` or `kubectl`.
//!
//! [`dialect::calico`](crate::plan::dialect) reads them back to the same
//! inventory, but for what Calico has no word for; [`unsaid`] names that. The
//! fields of a resource always come in the same order, and every text is written
//! so that no reader takes it for a number or a boolean.

mod filter;
mod routing;

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

pub use filter::filter;
pub use routing::pool;

use super::{File, Unsaid, text::Yaml};
use crate::{
    plan::{
        inventory::{
            Dialect, Inventory, MeshNeighborAs, NeighborAs, NextHop, Node, Peering,
            PeeringSettings, Reflection, Remote, RemoteAddress, Scope, SecretRef, domains_of,
        },
        routing::{NodeRouting, Routing},
    },
    types::{Asn, Prefix},
};

/// Where Calico keeps what it knows of nodes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Datastore {
    /// In `Node` resources of its own, in etcd or an aggregated API.
    #[default]
    Etcd,
    /// In annotations of Kubernetes' nodes.
    Kubernetes,
}

/// All resources of an inventory, as documents of one text: configurations,
/// pools, nodes, filters, peers, and blocks where they are known.
pub fn all(inventory: &Inventory, datastore: Datastore) -> String {
    let parts = parts(inventory, datastore).into_iter();
    let documents: Vec<String> = parts.flat_map(|(_, texts)| texts).collect();
    documents.join("---\n")
}

/// The same, by kind: a file for each kind of which there are resources.
pub fn files(inventory: &Inventory, datastore: Datastore) -> Vec<File> {
    let parts = parts(inventory, datastore).into_iter();
    let parts = parts.filter(|(_, texts)| !texts.is_empty());
    parts
        .map(|(name, texts)| File {
            name: name.into(),
            text: texts.join("---\n"),
        })
        .collect()
}

fn parts(inventory: &Inventory, datastore: Datastore) -> [(&'static str, Vec<String>); 6] {
    let nodes = || inventory.nodes.iter();
    let routing = &inventory.routing;
    let mut configurations = Vec::from([configuration(inventory)]);
    configurations.extend(nodes().filter_map(|it| node_configuration(it, routing)));
    let of_nodes = nodes().map(|it| node(it, datastore)).collect();
    let filters = inventory.filters.iter().map(filter).collect();
    let peers = inventory.peerings.iter().map(peer).collect();
    let all_blocks = nodes().flat_map(|it| blocks(it, routing, datastore));
    [
        ("bgpconfigurations.yaml", configurations),
        ("ippools.yaml", routing.pools.iter().map(pool).collect()),
        ("nodes.yaml", of_nodes),
        ("bgpfilters.yaml", filters),
        ("bgppeers.yaml", peers),
        ("blockaffinities.yaml", all_blocks.collect()),
    ]
}

/// The `BGPConfiguration` that holds for all nodes. What only a mesh has is left
/// out where there is none, since Calico refuses it then.
pub fn configuration(inventory: &Inventory) -> String {
    let mesh = &inventory.mesh;
    resource(CALICO, "BGPConfiguration", "default", |yaml| {
        yaml.map("spec", |yaml| {
            yaml.plain("asNumber", inventory.default_as);
            if let Some(port) = inventory.listen_port {
                yaml.plain("listenPort", port);
            }
            if mesh.enabled {
                if let Some(time) = mesh.restart_time {
                    yaml.text("nodeMeshMaxRestartTime", duration(time));
                }
                secret(yaml, "nodeMeshPassword", mesh.password.as_ref());
            }
            yaml.plain("nodeToNodeMeshEnabled", mesh.enabled);
            routing::of_cluster(yaml, &inventory.routing);
        });
    })
}

/// The `BGPConfiguration` of one node, if it has settings of its own.
pub fn node_configuration(node: &Node, routing: &Routing) -> Option<String> {
    let routing = routing.nodes.get(&node.name);
    let own = routing.filter(|it| it.logging.is_some() || it.marks.is_some());
    if node.listen_port.is_none() && own.is_none() {
        return None;
    }
    let name = format!("node.{}", node.name);
    Some(resource(CALICO, "BGPConfiguration", &name, |yaml| {
        yaml.map("spec", |yaml| {
            if let Some(port) = node.listen_port {
                yaml.plain("listenPort", port);
            }
            if let Some(own) = own {
                routing::of_node(yaml, own);
            }
        });
    }))
}

/// A `Node`: Calico's, or Kubernetes' with annotations.
pub fn node(node: &Node, datastore: Datastore) -> String {
    match datastore {
        Datastore::Etcd => calico_node(node),
        Datastore::Kubernetes => kubernetes_node(node),
    }
}

fn calico_node(node: &Node) -> String {
    let mut yaml = head(CALICO, "Node");
    yaml.map("metadata", |yaml| {
        yaml.text("name", &node.name);
        labels(yaml, node);
    });
    yaml.map("spec", |yaml| {
        yaml.map("bgp", |yaml| {
            if let Some(asn) = node.asn {
                yaml.plain("asNumber", asn);
            }
            if let Some(address) = node.ipv4 {
                yaml.text("ipv4Address", address);
            }
            if let Some(address) = node.ipv6 {
                yaml.text("ipv6Address", address);
            }
            if let Some(cluster) = node.cluster_id {
                yaml.text("routeReflectorClusterID", cluster);
            }
        });
    });
    yaml.finish()
}

fn kubernetes_node(node: &Node) -> String {
    let mut yaml = head("v1", "Node");
    yaml.map("metadata", |yaml| {
        yaml.text("name", &node.name);
        yaml.map("annotations", |yaml| {
            let name = |last: &str| format!("projectcalico.org/{last}");
            if let Some(asn) = node.asn {
                yaml.plain(&name("ASNumber"), format_args!("\"{asn}\""));
            }
            if let Some(address) = node.ipv4 {
                yaml.text(&name("IPv4Address"), address);
            }
            if let Some(address) = node.ipv6 {
                yaml.text(&name("IPv6Address"), address);
            }
            if let Some(cluster) = node.cluster_id {
                yaml.text(&name("RouteReflectorClusterID"), cluster);
            }
        });
        labels(yaml, node);
    });
    if let (true, Some(first)) = (are_pod_cidrs(node), node.advertised.first()) {
        yaml.map("spec", |yaml| {
            yaml.text("podCIDR", first);
            yaml.list("podCIDRs", &node.advertised);
        });
    }
    yaml.finish()
}

/// Whether a node's blocks are what Kubernetes can give it: one of each family.
fn are_pod_cidrs(node: &Node) -> bool {
    let of = |v4: bool| {
        let blocks = node.advertised.iter();
        blocks.filter(|it| it.addr().is_ipv4() == v4).count()
    };
    of(true) <= 1 && of(false) <= 1
}

/// What a node announces, as `BlockAffinity` resources: facts that Calico keeps
/// itself, and not to be applied. None where they are a Kubernetes node's pod
/// CIDRs.
pub fn blocks(node: &Node, routing: &Routing, datastore: Datastore) -> Vec<String> {
    let routing = routing.nodes.get(&node.name);
    let of = |which: fn(&NodeRouting) -> &Vec<Prefix>| routing.into_iter().flat_map(which);
    let told = node.advertised.iter().map(|it| (it, "confirmed"));
    // Calico looks at pod CIDRs only where no block is known.
    let only_told = routing.is_none_or(|it| it.withheld.is_empty());
    let are_told = datastore == Datastore::Kubernetes && are_pod_cidrs(node) && only_told;
    let told = told.filter(|_| !are_told);
    let withheld = of(|it| &it.withheld).map(|it| (it, "confirmed"));
    let pending = of(|it| &it.pending).map(|it| (it, "pending"));
    let blocks = told.chain(withheld).chain(pending);
    blocks
        .map(|(block, state)| {
            let cidr = block.to_string().replace(['.', ':', '/'], "-");
            let name = format!("{}-{cidr}", node.name);
            resource(CALICO, "BlockAffinity", &name, |yaml| {
                yaml.map("spec", |yaml| {
                    yaml.text("cidr", block);
                    yaml.text("node", &node.name);
                    yaml.text("state", state);
                });
            })
        })
        .collect()
}

/// A `BGPPeer`.
pub fn peer(peering: &Peering) -> String {
    let settings = &peering.settings;
    resource(CALICO, "BGPPeer", &peering.name, |yaml| {
        yaml.map("spec", |yaml| {
            match &peering.local {
                Scope::Global => {}
                Scope::Node(name) => yaml.text("node", name),
                Scope::Selector(selector) => yaml.text("nodeSelector", selector),
            }
            match &peering.remote {
                Remote::Selector(selector) => yaml.text("peerSelector", selector),
                Remote::Address(remote) => {
                    yaml.text("peerIP", peer_ip(remote));
                    if remote.asn != Asn::ZERO {
                        yaml.plain("asNumber", remote.asn);
                    }
                }
            }
            how(yaml, settings);
            if !peering.reverse {
                yaml.text("reversePeering", "Manual");
            }
        });
    })
}

fn how(yaml: &mut Yaml, settings: &PeeringSettings) {
    yaml.list("filters", &settings.filters);
    if let Some(time) = settings.keepalive {
        yaml.text("keepaliveTime", duration(time));
    }
    if let Some(asn) = settings.local_as {
        yaml.plain("localASNumber", asn);
    }
    if let Some(time) = settings.restart_time {
        yaml.text("maxRestartTime", duration(time));
    }
    match settings.next_hop {
        NextHop::Auto => {}
        NextHop::Own => yaml.text("nextHopMode", "Self"),
        NextHop::Keep => yaml.text("nextHopMode", "Keep"),
        NextHop::KeepExternal => yaml.plain("keepOriginalNextHop", true),
    }
    if let Some(times) = settings.allow_local_as {
        yaml.plain("numAllowedLocalASNumbers", times);
    }
    secret(yaml, "password", settings.password.as_ref());
    if let Some(gateway) = settings.reachable_by {
        yaml.text("reachableBy", gateway);
    }
    if settings.any_source_address {
        yaml.text("sourceAddress", "None");
    }
    if let Some(hops) = settings.ttl_security {
        yaml.plain("ttlSecurity", hops);
    }
}

/// The address as it was written: Calico compares texts.
fn peer_ip(remote: &RemoteAddress) -> String {
    match remote.port {
        None => remote.text.clone(),
        Some(port) if remote.addr.is_ipv6() => format!("[{}]:{port}", remote.text),
        Some(port) => format!("{}:{port}", remote.text),
    }
}

fn head(version: &str, kind: &str) -> Yaml {
    let mut yaml = Yaml::default();
    yaml.text("apiVersion", version);
    yaml.text("kind", kind);
    yaml
}

fn resource(version: &str, kind: &str, name: &str, fill: impl FnOnce(&mut Yaml)) -> String {
    let mut yaml = head(version, kind);
    yaml.map("metadata", |yaml| yaml.text("name", name));
    fill(&mut yaml);
    yaml.finish()
}

fn labels(yaml: &mut Yaml, node: &Node) {
    yaml.map("labels", |yaml| {
        for (label, value) in &node.labels {
            yaml.text(label, value);
        }
    });
}

fn secret(yaml: &mut Yaml, key: &str, secret: Option<&SecretRef>) {
    if let Some(secret) = secret {
        yaml.map(key, |yaml| {
            yaml.map("secretKeyRef", |yaml| {
                yaml.text("name", &secret.name);
                yaml.text("key", &secret.key);
            });
        });
    }
}

/// Go's notation, in milliseconds where seconds will not do.
fn duration(time: Duration) -> String {
    if time.subsec_millis() == 0 {
        format!("{}s", time.as_secs())
    } else {
        format!("{}ms", time.as_millis())
    }
}

/// What the inventory says and Calico's resources cannot.
pub fn unsaid(inventory: &Inventory) -> Vec<Unsaid> {
    let mut unsaid = Vec::new();
    let mut say = |subject: String, what: &str| {
        let what = what.into();
        unsaid.push(Unsaid { subject, what });
    };
    let cluster = || String::from("cluster");
    if inventory.dialect != Dialect::Calico {
        say(
            cluster(),
            "the resources were not Calico's: names and defaults of theirs are gone",
        );
    }
    if inventory.mesh.neighbor_as == MeshNeighborAs::Cluster {
        let what = "mesh neighbours without an AS are taken to be in the cluster's: a matter of \
                    Calico's version, up to v3.31";
        say(cluster(), what);
    }
    let kept = inventory.mesh.password.is_some() || inventory.mesh.restart_time.is_some();
    if kept && !inventory.mesh.enabled {
        let what = "the mesh's password and restart time: Calico refuses them without a mesh";
        say(cluster(), what);
    }
    if !inventory.routers.is_empty() || !inventory.links.is_empty() {
        say(
            cluster(),
            "routers outside and links: they are a fabric file's to say",
        );
    }
    for node in &inventory.nodes {
        let subject = || format!("Node {:?}", node.name);
        if node.router_id.is_some() {
            say(
                subject(),
                "router id: it is set by the environment of the node's agent",
            );
        }
        let routing = inventory.routing.nodes.get(&node.name);
        if routing.is_some_and(|it| !it.services.is_empty()) {
            let what = "the services it announces by itself: Kubernetes' services say which";
            say(subject(), what);
        }
        if node.domains != domains_of(&node.labels) {
            say(subject(), "its rack or zone: no label says it");
        }
    }
    let mut names = BTreeMap::new();
    for peering in &inventory.peerings {
        let subject = || format!("BGPPeer {:?}", peering.name);
        let times = names.entry(&peering.name).or_insert(0_usize);
        *times = times.saturating_add(1);
        if *times == 2 {
            say(
                subject(),
                "a second peering of this name: Calico keeps the last",
            );
        }
        for what in unsaid_of(&peering.settings) {
            say(subject(), &what);
        }
    }
    unsaid
}

fn unsaid_of(settings: &PeeringSettings) -> Vec<String> {
    let no = |what: &str| format!("{what}: Calico has no such field");
    let given = [
        (settings.hold_time.is_some(), "hold time"),
        (settings.connect_retry.is_some(), "time between attempts"),
        (settings.hops.is_some(), "hops without TTL security"),
        (settings.bfd, "BFD"),
        (settings.local_address.is_some(), "an address of its own"),
        (
            settings.neighbor_as != NeighborAs::Exactly,
            "a neighbour of any AS",
        ),
        (
            settings.graceful_restart.is_some(),
            "graceful restart on or off",
        ),
        (
            settings.reflection != Reflection::ByCluster,
            "who is a reflection client (cluster ids decide)",
        ),
    ];
    let given = given.into_iter().filter(|(given, _)| *given);
    given.map(|(_, what)| no(what)).collect()
}

const CALICO: &str = "projectcalico.org/v3";
