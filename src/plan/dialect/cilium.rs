//! Cilium's BGP control plane, version 2, and Kubernetes' nodes.
//!
//! A `CiliumBGPClusterConfig` selects nodes, and gives them instances with
//! peers; a `CiliumBGPNodeConfigOverride` changes them for one node. Nodes do not
//! peer with each other, and announce nothing that no advertisement is for.
//! What Cilium reports as conditions (`NoMatchingNode`, `MissingPeerConfigs`,
//! `ConflictingClusterConfig`, `MissingAuthSecret`) is said here too. Peers that
//! are found by discovery are not planned with.

mod cluster_config;
mod peer_config;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Reading,
    kubernetes::{self, Cluster, Read, Resource},
};
use crate::{
    plan::{
        Inventory,
        inventory::{
            Dialect, NeighborAs, Peering, PeeringSettings, Remote, RemoteAddress, Scope, SecretRef,
        },
        yaml::{Context, Limits, Source, join},
    },
    types::{Asn, Family},
};
use cluster_config::{Config, Instance, Override, config, overrides};
use peer_config::{Advertisement, PeerConfig};

/// Reads any number of files, documents and lists.
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    kubernetes::read(Cilium::default(), sources, limits)
}

#[derive(Default)]
struct Cilium {
    configs: Vec<Config>,
    peer_configs: BTreeMap<String, PeerConfig>,
    advertisements: Vec<Advertisement>,
    /// By node, then by instance.
    overrides: BTreeMap<String, BTreeMap<String, Override>>,
    /// Secrets, if any are in the input.
    secrets: BTreeSet<String>,
}

impl Read for Cilium {
    const DIALECT: Dialect = Dialect::Cilium;

    fn resource(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) -> bool {
        if resource.kind == "Secret" {
            self.secrets.insert(resource.name.into());
            return true;
        }
        if !resource.api.starts_with("cilium.io/") {
            return false;
        }
        let name = || resource.name.to_string();
        match resource.kind {
            "CiliumBGPClusterConfig" => self.configs.extend(config(context, resource)),
            "CiliumBGPPeerConfig" => {
                let read = PeerConfig::read(context, resource);
                self.peer_configs.insert(name(), read);
            }
            "CiliumBGPAdvertisement" => {
                self.advertisements
                    .extend(Advertisement::read(context, resource));
            }
            "CiliumBGPNodeConfigOverride" => {
                self.overrides.insert(name(), overrides(context, resource));
            }
            _ => return false,
        }
        true
    }

    fn finish(self, context: &mut Context<'_>, mut cluster: Cluster) -> Inventory {
        let owners = self.owners(context, &cluster);
        let mut peerings = Vec::new();
        let mut tells = BTreeSet::new();
        for (at, config) in self.configs.iter().enumerate() {
            cluster.at(context, "CiliumBGPClusterConfig", &config.name);
            self.missing(context, config);
            let nodes: Vec<usize> = owners
                .iter()
                .filter(|it| *it.1 == at)
                .map(|it| *it.0)
                .collect();
            for (number, instance) in config.instances.iter().enumerate() {
                self.instance(
                    &mut cluster,
                    (config, number, instance),
                    &nodes,
                    &mut peerings,
                );
            }
            let pods = config
                .instances
                .iter()
                .flat_map(|it| &it.peers)
                .any(|peer| {
                    let named = peer
                        .config
                        .as_ref()
                        .and_then(|it| self.peer_configs.get(it));
                    named.is_some_and(|it| it.tells_pods(&self.advertisements))
                });
            if pods {
                tells.extend(nodes);
            }
        }
        for (at, node) in cluster.nodes.iter_mut().enumerate() {
            if !tells.contains(&at) {
                node.advertised.clear();
            }
        }
        for name in self.overrides.keys() {
            if cluster.nodes.iter().all(|it| it.name != *name) {
                let line = cluster.at(context, "CiliumBGPNodeConfigOverride", name);
                context.warn(line, "metadata.name", "there is no node of this name");
            }
        }
        cluster.inventory(peerings, None)
    }
}

impl Cilium {
    /// Whose configuration each node has.
    fn owners(&self, context: &mut Context<'_>, cluster: &Cluster) -> BTreeMap<usize, usize> {
        let mut owners: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, config) in self.configs.iter().enumerate() {
            let line = cluster.at(context, "CiliumBGPClusterConfig", &config.name);
            let mut conflict = None;
            let mut selected = false;
            for (node, of) in cluster.selected(&config.selector) {
                selected = true;
                let first = owners.entry(node).or_insert(at);
                if *first != at {
                    let first = self.configs.get(*first).map_or("", |it| it.name.as_str());
                    conflict = conflict.or_else(|| Some((of.name.clone(), first)));
                }
            }
            if !selected {
                let message = "no node has these labels (NoMatchingNode)";
                context.warn(line, "spec.nodeSelector", message);
            }
            if let Some((node, first)) = conflict {
                let message = format!(
                    "selects node {node:?}, which CiliumBGPClusterConfig {first:?} selects too \
                     (ConflictingClusterConfig)"
                );
                context.error(line, "spec.nodeSelector", message);
            }
        }
        owners
    }

    /// What a configuration names and nobody has.
    fn missing(&self, context: &mut Context<'_>, config: &Config) {
        for peer in config.instances.iter().flat_map(|it| &it.peers) {
            let path = "spec.bgpInstances.peers";
            if peer.address.is_none() && peer.discovers {
                let message = format!(
                    "peer {:?} is found by discovery: nobody here knows where it is, and it is \
                     not planned with",
                    peer.name
                );
                context.warn(peer.line, &join(path, "autoDiscovery"), message);
            }
            let Some(name) = &peer.config else { continue };
            let field = join(path, "peerConfigRef");
            let Some(found) = self.peer_configs.get(name) else {
                let message = format!(
                    "CiliumBGPPeerConfig {name:?} is not in the input: Cilium's defaults are \
                     taken (MissingPeerConfigs)"
                );
                context.warn(peer.line, &field, message);
                continue;
            };
            if let Some(secret) = found
                .secret
                .as_ref()
                .filter(|it| !self.secrets.contains(*it))
            {
                let message = format!(
                    "Secret {secret:?} is not in the input: without it Cilium peers without a \
                     password (MissingAuthSecret)"
                );
                context.note(peer.line, &field, message);
            }
        }
    }

    /// One instance on its nodes: those without overrides share their peerings.
    fn instance(
        &self,
        cluster: &mut Cluster,
        (config, number, instance): (&Config, usize, &Instance),
        nodes: &[usize],
        peerings: &mut Vec<Peering>,
    ) {
        let mut alone = Vec::new();
        for at in nodes {
            let Some(node) = cluster.nodes.get_mut(*at) else {
                continue;
            };
            let own = self
                .overrides
                .get(&node.name)
                .and_then(|it| it.get(&instance.name));
            // The first instance's AS is the node's, others are its sessions'.
            if number == 0 {
                node.asn = own.and_then(|it| it.asn).or(instance.asn);
                node.router_id = own.and_then(|it| it.router_id);
                node.listen_port = own.and_then(|it| it.port).or(instance.port);
            }
            if own.is_some() {
                alone.push(*at);
            }
        }
        let everyone = cluster.selected(&config.selector).count() == nodes.len();
        let shared: Vec<Scope> = if alone.is_empty() && everyone {
            Vec::from([Scope::Selector(config.selector.clone())])
        } else {
            let rest = nodes.iter().filter(|it| !alone.contains(it));
            let rest = rest.filter_map(|it| cluster.nodes.get(*it));
            rest.map(|it| Scope::Node(it.name.clone())).collect()
        };
        let later = number > 0;
        for scope in shared {
            let asn = instance.asn.filter(|_| later);
            self.peers(config, instance, (&scope, asn, None), peerings);
        }
        for node in alone.iter().filter_map(|it| cluster.nodes.get(*it)) {
            let own = self
                .overrides
                .get(&node.name)
                .and_then(|it| it.get(&instance.name));
            let asn = own.and_then(|it| it.asn).or(instance.asn).filter(|_| later);
            let scope = Scope::Node(node.name.clone());
            self.peers(config, instance, (&scope, asn, own), peerings);
        }
    }

    fn peers(
        &self,
        config: &Config,
        instance: &Instance,
        (local, asn, own): (&Scope, Option<Asn>, Option<&Override>),
        peerings: &mut Vec<Peering>,
    ) {
        for peer in &instance.peers {
            let Some((addr, text)) = &peer.address else {
                continue;
            };
            let usual = PeerConfig::default();
            let named = peer
                .config
                .as_ref()
                .and_then(|it| self.peer_configs.get(it));
            let of = named.unwrap_or(&usual);
            let secret = of.secret.as_ref().map(|name| SecretRef {
                name: name.clone(),
                key: "password".into(),
            });
            peerings.push(Peering {
                name: config.name.clone(),
                local: local.clone(),
                remote: Remote::Address(RemoteAddress {
                    addr: *addr,
                    text: text.clone(),
                    port: of.port,
                    asn: peer.asn,
                }),
                reverse: false,
                settings: PeeringSettings {
                    local_as: asn,
                    local_address: own.and_then(|it| it.locals.get(&peer.name).copied()),
                    neighbor_as: if peer.asn == Asn::ZERO {
                        NeighborAs::Any
                    } else {
                        NeighborAs::Exactly
                    },
                    password: secret,
                    ..of.settings()
                },
            });
        }
    }
}

/// Whether a text is a family's name, as `ipv4` and `unicast`.
fn family(afi: Option<&str>, safi: Option<&str>) -> Option<Family> {
    match (afi, safi) {
        (Some("ipv4"), Some("unicast")) => Some(Family::IPV4_UNICAST),
        (Some("ipv6"), Some("unicast")) => Some(Family::IPV6_UNICAST),
        _ => None,
    }
}
