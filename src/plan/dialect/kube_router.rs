//! kube-router's annotations of Kubernetes' nodes, and the flags of its
//! `DaemonSet`.
//!
//! All nodes peer with all, but for reflection clients (`rr.client`), which peer
//! with servers (`rr.server`) alone; a node that is neither peers with everyone,
//! and clients do not peer back. A server reflects to nodes with `rr.client`,
//! whatever the values are: kube-router does not compare them. Peers outside
//! come from `peer.ips` and the annotations beside it, from `peers`, or from
//! flags, which hold for all nodes.
//!
//! Annotations stand among the nodes' labels in the inventory, so that peerings
//! can look at them. Communities and prepended ASes are noted and left out.

mod peers;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use super::{
    Reading,
    kubernetes::{self, Cluster, Read, Resource},
};
use crate::{
    plan::{
        Inventory,
        inventory::{Dialect, Peering, PeeringSettings, Reflection, Remote, Scope},
        selector::{Expression, Selector},
        yaml::{Context, Kind, Limits, Source, Tree, boolean},
    },
    types::{Asn, ClusterId},
};
use peers::Peer;

/// Reads any number of files, documents and lists.
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    kubernetes::read(KubeRouter::default(), sources, limits)
}

#[derive(Default)]
struct KubeRouter {
    /// Flags by name, with their line.
    flags: BTreeMap<String, (String, usize)>,
    daemon: Option<String>,
}

impl Read for KubeRouter {
    const DIALECT: Dialect = Dialect::KubeRouter;

    fn resource(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) -> bool {
        if resource.kind != "DaemonSet" || !resource.api.starts_with("apps/") {
            return false;
        }
        let flags = flags(context, resource, |image, name| {
            image.contains("kube-router") || name == "kube-router"
        });
        let Some(flags) = flags else { return false };
        self.flags = flags;
        self.daemon = Some(resource.name.into());
        true
    }

    fn finish(self, context: &mut Context<'_>, mut cluster: Cluster) -> Inventory {
        if let Some(name) = &self.daemon {
            cluster.at(context, "DaemonSet", name);
        }
        let flag = |name: &str| self.flags.get(name).map(|it| it.0.as_str());
        let switch = |context: &mut Context<'_>, name: &str, usual: bool| {
            let Some((text, line)) = self.flags.get(name) else {
                return usual;
            };
            boolean(text).unwrap_or_else(|| {
                let message = format!("expected true or false, found {text:?}");
                context.error(*line, &format!("--{name}"), message);
                usual
            })
        };
        let asn = self.parsed(context, "cluster-asn", "an AS number");
        let asn = asn.unwrap_or(Asn(64_512));
        let port = self.parsed::<u16>(context, "bgp-port", "a port from 1 to 65535");
        let hold: Option<Seconds> = self.parsed(context, "bgp-holdtime", "a duration such as 90s");
        let restarts = switch(context, "bgp-graceful-restart", false);
        let time: Option<Seconds> = self.parsed(
            context,
            "bgp-graceful-restart-time",
            "a duration such as 90s",
        );
        let mesh = switch(context, "nodes-full-mesh", true);
        let internal = switch(context, "enable-ibgp", true);
        let own_hop = switch(context, "override-nexthop", false);
        let hops = self.parsed::<u8>(context, "peer-router-multihop-ttl", "hops from 1 to 255");
        let settings = PeeringSettings {
            hold_time: Some(hold.map_or(HOLD_TIME, |it| it.0)),
            graceful_restart: Some(restarts),
            restart_time: restarts.then(|| time.map_or(HOLD_TIME, |it| it.0)),
            reflection: Reflection::NonClient,
            ..PeeringSettings::default()
        };
        let mut peerings = Vec::new();
        let mut outside = settings.clone();
        outside.hops = Some(hops.unwrap_or(1));
        if own_hop {
            outside.next_hop = crate::plan::inventory::NextHop::Own;
        }
        let listed = |name: &str| flag(&format!("peer-router-{name}"));
        for peer in peers::columns(context, listed, "--peer-router-", 0) {
            peerings.push(peer.peering(Scope::Global, &outside, "DaemonSet"));
        }
        let servers = roles(context, &mut cluster);
        let ases: BTreeSet<Option<Asn>> = cluster.nodes.iter().map(|it| it.asn).collect();
        if internal {
            let groups: Vec<Option<Asn>> = if mesh {
                Vec::from([None])
            } else {
                ases.into_iter().flatten().map(Some).collect()
            };
            for group in groups {
                between(group, &settings, &mut peerings);
            }
        }
        if !mesh && cluster.nodes.iter().any(|it| it.asn.is_none()) {
            let message = "nodes without kube-router.io/node.asn have no session with each other \
                           when --nodes-full-mesh is false";
            context.warn(0, "--nodes-full-mesh", message);
        }
        node_peers(context, &cluster, &outside, &mut peerings);
        compare(context, &cluster, &servers);
        let mut inventory = cluster.inventory(peerings, Some(asn));
        inventory.listen_port = port;
        inventory
    }
}

impl KubeRouter {
    fn parsed<T: core::str::FromStr>(
        &self,
        context: &mut Context<'_>,
        name: &str,
        expected: &str,
    ) -> Option<T> {
        let (text, line) = self.flags.get(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            let message = format!("expected {expected}, found {text:?}");
            context.error(*line, &format!("--{name}"), message);
        }
        value
    }
}

/// The sessions between nodes of one AS, or of all.
fn between(group: Option<Asn>, settings: &PeeringSettings, peerings: &mut Vec<Peering>) {
    let has = |name: &str| Expression::Has(name.into());
    let not = |name: &str| Expression::Not(has(name).into());
    let of = |mut parts: Vec<Expression>| {
        if let Some(asn) = group {
            parts.push(Expression::Equal(NODE_AS.into(), asn.to_string()));
        }
        match parts.len() {
            0 => Selector::all(),
            1 => parts.pop().map_or_else(Selector::all, Selector::from),
            _ => Selector::from(Expression::And(parts)),
        }
    };
    let mut add = |name: &str, local: Vec<Expression>, remote: Vec<Expression>, client: bool| {
        let suffix = group.map_or_else(String::new, |it| format!(" in AS {it}"));
        let mut settings = settings.clone();
        if client {
            settings.reflection = Reflection::Client;
        }
        peerings.push(Peering {
            name: format!("{name}{suffix}"),
            local: Scope::Selector(of(local)),
            remote: Remote::Selector(of(remote)),
            // Each node looks for itself.
            reverse: false,
            settings,
        });
    };
    let client = || Vec::from([has(CLIENT), not(SERVER)]);
    add(
        "clients to servers",
        client(),
        Vec::from([has(SERVER)]),
        false,
    );
    let server = || Vec::from([has(SERVER)]);
    add(
        "servers to clients",
        server(),
        Vec::from([has(CLIENT)]),
        true,
    );
    add(
        "servers to others",
        server(),
        Vec::from([not(CLIENT)]),
        false,
    );
    let neither = Vec::from([not(SERVER), not(CLIENT)]);
    add("nodes to all", neither, Vec::new(), false);
}

/// Reads what annotations say of the nodes themselves; the cluster ids of
/// servers.
fn roles(context: &mut Context<'_>, cluster: &mut Cluster) -> BTreeSet<ClusterId> {
    let mut servers = BTreeSet::new();
    let mut nodes = core::mem::take(&mut cluster.nodes);
    for (node, annotations) in nodes.iter_mut().zip(&cluster.annotations) {
        cluster.at(context, "Node", &node.name);
        let mut read = |name: &str, expected: &str, fits: &mut dyn FnMut(&str) -> bool| {
            let Some((text, line)) = annotations.get(name) else {
                return;
            };
            if fits(text) {
                node.labels.insert(name.into(), text.clone());
            } else {
                let message = format!("expected {expected}, found {text:?}");
                context.error(*line, &format!("metadata.annotations.{name}"), message);
            }
        };
        let mut own = None;
        let mut asn: Option<Asn> = None;
        let expected = "a number, or a dotted quad such as 1.0.0.1";
        read(SERVER, expected, &mut |text| {
            own = id(text);
            own.is_some()
        });
        read(CLIENT, expected, &mut |text| id(text).is_some());
        read(NODE_AS, "an AS number from 1 to 4294967295", &mut |text| {
            asn = text.parse().ok().filter(|it| *it != Asn::ZERO);
            asn.is_some()
        });
        node.cluster_id = own;
        node.asn = asn;
        servers.extend(own);
        for name in LEFT_OUT {
            if let Some((_, line)) = annotations.get(*name) {
                let field = format!("metadata.annotations.{name}");
                context.note(
                    *line,
                    &field,
                    "is not planned with: no session depends on it",
                );
            }
        }
    }
    cluster.nodes = nodes;
    servers
}

/// Clients whose id no server has: the documentation has them apart, and
/// kube-router has not.
fn compare(context: &mut Context<'_>, cluster: &Cluster, servers: &BTreeSet<ClusterId>) {
    for (node, annotations) in cluster.nodes.iter().zip(&cluster.annotations) {
        let Some((text, line)) = annotations.get(CLIENT) else {
            continue;
        };
        if id(text).is_some_and(|it| !servers.contains(&it)) {
            cluster.at(context, "Node", &node.name);
            let message = format!(
                "no server has the id {text:?}: kube-router does not compare them, and the node \
                 is a client of every server"
            );
            context.warn(*line, &format!("metadata.annotations.{CLIENT}"), message);
        }
    }
}

fn node_peers(
    context: &mut Context<'_>,
    cluster: &Cluster,
    settings: &PeeringSettings,
    peerings: &mut Vec<Peering>,
) {
    for (node, annotations) in cluster.nodes.iter().zip(&cluster.annotations) {
        let line = cluster.at(context, "Node", &node.name);
        let text = |name: &str| annotations.get(name).map(|it| it.0.as_str());
        let listed = |name: &str| text(&format!("kube-router.io/peer.{name}"));
        let prefix = "metadata.annotations.kube-router.io/peer.";
        let mut peers: Vec<Peer> = peers::columns(context, listed, prefix, line);
        if let Some((text, line)) = annotations.get("kube-router.io/peers") {
            peers.extend(peers::list(context, text, *line));
        }
        for peer in peers {
            let scope = Scope::Node(node.name.clone());
            let peering = peer.peering(scope, settings, &format!("Node {}", node.name));
            if peering.settings.bfd && peering.settings.graceful_restart == Some(true) {
                let message = "BFD beside graceful restart: a restart looks like a failure";
                context.warn(line, "metadata.annotations.kube-router.io/peers", message);
            }
            peerings.push(peering);
        }
    }
}

/// A reflector's id: a number, or a dotted quad.
fn id(text: &str) -> Option<ClusterId> {
    let number = text.parse::<u32>().ok().map(ClusterId);
    number.or_else(|| text.parse().ok())
}

/// The flags of the container that fits, `--name=value` or `--name value`.
pub(super) fn flags(
    context: &mut Context<'_>,
    resource: &Resource<'_>,
    fits: impl Fn(&str, &str) -> bool,
) -> Option<BTreeMap<String, (String, usize)>> {
    let spec = resource.spec(context)?;
    let pod = spec.get("template").and_then(|it| it.get("spec"))?;
    let containers = context.items(pod.get("containers"), "spec.template.spec.containers");
    let text = |tree: &Tree, name: &str| tree.get(name).and_then(Tree::text).map(String::from);
    let container = containers.iter().find(|it| {
        let image = text(it, "image").unwrap_or_default();
        fits(&image, &text(it, "name").unwrap_or_default())
    })?;
    let mut flags = BTreeMap::new();
    let mut last: Option<String> = None;
    for list in ["command", "args"] {
        let field = format!("spec.template.spec.containers.{list}");
        for item in context.items(container.get(list), &field) {
            let Some(word) = item.text() else { continue };
            let Some(flag) = word.strip_prefix("--") else {
                if let Some(name) = last.take() {
                    flags.insert(name, (word.to_string(), item.line));
                }
                continue;
            };
            if let Some((name, value)) = flag.split_once('=') {
                flags.insert(name.into(), (value.into(), item.line));
                last = None;
            } else {
                flags.insert(flag.into(), ("true".into(), item.line));
                last = Some(flag.into());
            }
        }
    }
    let _ = context.container(Some(pod), "spec.template.spec", Kind::Map);
    Some(flags)
}

/// A duration in Go's notation.
struct Seconds(Duration);

impl core::str::FromStr for Seconds {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        crate::plan::yaml::duration(text).map(Self).ok_or(())
    }
}

const SERVER: &str = "kube-router.io/rr.server";
const CLIENT: &str = "kube-router.io/rr.client";
const NODE_AS: &str = "kube-router.io/node.asn";

const LEFT_OUT: &[&str] = &[
    "kube-router.io/bgp-local-addresses",
    "kube-router.io/node.bgp.communities",
    "kube-router.io/node.bgp.customimportreject",
    "kube-router.io/path-prepend.as",
    "kube-router.io/path-prepend.repeat-n",
];

/// GoBGP's.
const HOLD_TIME: Duration = Duration::from_secs(90);
