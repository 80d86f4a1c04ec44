//! Kubernetes' `Service` with its endpoints: which nodes announce a service's
//! address by itself.
//!
//! A node announces the ranges of services' addresses anyway. One address it
//! announces where traffic must stay on the node and it has an endpoint of the
//! address's family, or where the range is that address alone.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};
use core::net::IpAddr;

use super::Reader;
use crate::{
    plan::{
        routing::{EXCLUDED, ServiceKind},
        yaml::{Context, Kind, Tree},
    },
    types::Prefix,
};

/// Services and where their endpoints are, by namespace and name.
#[derive(Default)]
pub(super) struct Services {
    services: Vec<Service>,
    endpoints: BTreeMap<Key, BTreeSet<(String, bool)>>,
}

type Key = (String, String);

struct Service {
    key: Key,
    stays_local: bool,
    addresses: Vec<(ServiceKind, IpAddr)>,
}

impl Reader {
    pub(super) fn service(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let Some(spec) = context.container(tree.get("spec"), "spec", Kind::Map) else {
            return;
        };
        let mut addresses = Vec::new();
        let mut add = |context: &mut Context<'_>, kind, tree: Option<&Tree>, field: &str| {
            let Some(text) = context.text(tree, field, "an IP address") else {
                return;
            };
            match text.parse() {
                Ok(addr) => addresses.push((kind, addr)),
                Err(_) if matches!(text, "" | "None") => {}
                Err(_) => {
                    let line = tree.map_or(0, |tree| tree.line);
                    let message = alloc::format!("expected an IP address, found {text:?}: ignored");
                    context.warn(line, field, message);
                }
            }
        };
        let own = ServiceKind::Cluster;
        add(context, own, spec.get("clusterIP"), "spec.clusterIP");
        for item in context.items(spec.get("clusterIPs"), "spec.clusterIPs") {
            add(context, own, Some(item), "spec.clusterIPs");
        }
        for item in context.items(spec.get("externalIPs"), "spec.externalIPs") {
            let kind = ServiceKind::External;
            add(context, kind, Some(item), "spec.externalIPs");
        }
        let status = tree.get("status").and_then(|it| it.get("loadBalancer"));
        let ingress = status.and_then(|it| it.get("ingress"));
        let path = "status.loadBalancer.ingress";
        for item in context.items(ingress, path) {
            add(context, ServiceKind::LoadBalancer, item.get("ip"), path);
        }
        let policy = spec.get("externalTrafficPolicy").and_then(Tree::text);
        self.services.services.push(Service {
            key: (namespace(tree), name.into()),
            stays_local: policy == Some("Local"),
            addresses,
        });
    }

    /// An `EndpointSlice`: endpoints of one family, each with its node.
    pub(super) fn slice(&mut self, context: &mut Context<'_>, tree: &Tree, _name: &str) {
        let labels = tree.get("metadata").and_then(|it| it.get("labels"));
        let service = labels.and_then(|it| it.get(OF_SERVICE)?.text());
        let v4 = tree.get("addressType").and_then(Tree::text) != Some("IPv6");
        let Some(service) = service else { return };
        let key = (namespace(tree), service.to_string());
        let nodes = self.services.endpoints.entry(key).or_default();
        for endpoint in context.items(tree.get("endpoints"), "endpoints") {
            let ready = endpoint.get("conditions").and_then(|it| it.get("ready"));
            let node = endpoint.get("nodeName").and_then(Tree::text);
            if ready.and_then(Tree::text) != Some("false") {
                nodes.extend(node.map(|node| (node.to_string(), v4)));
            }
        }
    }

    /// `Endpoints`, the older form.
    pub(super) fn endpoints(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let key = (namespace(tree), name.to_string());
        let nodes = self.services.endpoints.entry(key).or_default();
        for subset in context.items(tree.get("subsets"), "subsets") {
            for address in context.items(subset.get("addresses"), "subsets.addresses") {
                let node = address.get("nodeName").and_then(Tree::text);
                let ip = address.get("ip").and_then(Tree::text);
                let v4 = ip
                    .and_then(|ip| ip.parse().ok())
                    .map(|ip: IpAddr| ip.is_ipv4());
                if let (Some(node), Some(v4)) = (node, v4) {
                    nodes.insert((node.to_string(), v4));
                }
            }
        }
    }

    /// Gives nodes the addresses that they announce by themselves.
    pub(super) fn announce_services(&mut self) {
        let Services {
            services,
            endpoints,
        } = core::mem::take(&mut self.services);
        let none = BTreeSet::new();
        for service in &services {
            let local = endpoints.get(&service.key).unwrap_or(&none);
            for (kind, addr) in &service.addresses {
                let host = Prefix::host(*addr);
                let ranges = &self.inventory.routing.services;
                let covers = |kind: ServiceKind| {
                    let mut ranges = ranges.iter().filter(|range| range.kind == kind);
                    ranges.find(|range| range.prefix.covers(host))
                };
                let Some(range) = covers(*kind) else { continue };
                let alone = range.prefix == host && *kind != ServiceKind::Cluster;
                if !service.stays_local && !alone {
                    continue;
                }
                for node in &self.inventory.nodes {
                    let has = local.contains(&(node.name.clone(), addr.is_ipv4()));
                    let excluded = node.labels.get(EXCLUDED).is_some_and(|it| it == "true");
                    if (service.stays_local && !has) || (excluded && *kind != ServiceKind::Cluster)
                    {
                        continue;
                    }
                    let nodes = &mut self.inventory.routing.nodes;
                    let own = nodes.entry(node.name.clone()).or_default();
                    if !own.services.contains(&host) {
                        own.services.push(host);
                    }
                }
            }
        }
    }
}

fn namespace(tree: &Tree) -> String {
    let metadata = tree.get("metadata");
    let namespace = metadata.and_then(|it| it.get("namespace")?.text());
    namespace.unwrap_or("default").into()
}

const OF_SERVICE: &str = "kubernetes.io/service-name";
