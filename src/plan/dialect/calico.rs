//! Calico's resources, as `calicoctl get -o yaml` and `kubectl get -o yaml`
//! print them.
//!
//! Read: `BGPConfiguration`, `BGPPeer`, `Node` (Calico's, and Kubernetes' with
//! Calico's annotations; one of each for one node are put together),
//! `BGPFilter`, `BlockAffinity` and `IPPool` as far as they say what a node
//! announces, and lists of these. A node announces its blocks, or its pod CIDRs where no
//! affinity names it. Other kinds of Calico's and Kubernetes' are noted and left
//! out, peers on workloads among them.
//!
//! Everything wrong is collected, and each field that is wrong gets the value
//! that Calico would take it for, so that the plan of a broken input can be
//! shown as well.

mod configuration;
mod filter;
mod node;
mod peer;
mod routing;
mod service;
mod version;

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

pub use super::{Places, Reading};
pub use crate::plan::hashed::hashed_router_id;
pub(in crate::plan) use configuration::secret;
pub use version::{Version, VersionError};

use crate::{
    plan::{
        Inventory,
        inventory::{Node, domains_of},
        yaml::{Context, Kind, Limits, Source, Tree, documents},
    },
    types::Prefix,
};

/// Reads any number of files, documents and lists.
///
/// ```
/// use bgpwright::plan::{dialect::calico, yaml::{Limits, Source}};
///
/// let text = "
/// apiVersion: projectcalico.org/v3
/// kind: BGPPeer
/// metadata: {name: tor}
/// spec: {peerIP: 192.0.2.1, nodeSelector: !has(spare)}
/// ";
/// let source = Source { name: "peer.yaml", text };
/// let problems = calico::read(&[source], &Limits::default()).into_inventory().unwrap_err();
/// assert!(problems[0].to_string().contains("!has(spare) without quotes is a YAML tag"));
/// ```
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    read_as(sources, limits, Options::default())
}

/// How resources are to be understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// The version of Calico that runs in the cluster;
    /// [`Version::NEWEST`] by default.
    pub version: Version,
    /// Where nodes have their BGP Identifiers from.
    pub router_ids: RouterIds,
}

/// Where nodes have their BGP Identifiers from: Calico's `CALICO_ROUTER_ID`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum RouterIds {
    /// From their IPv4 addresses.
    #[default]
    Address,
    /// From a hash of their names, as IPv6-only clusters have it.
    Hash,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            router_ids: RouterIds::default(),
            version: Version::NEWEST,
        }
    }
}

/// As [`read`], for a version of Calico: fields that it does not have are
/// warned of.
pub fn read_as(sources: &[Source<'_>], limits: &Limits, options: Options) -> Reading {
    let mut problems = Vec::new();
    let mut reader = Reader {
        options,
        ..Reader::default()
    };
    reader.inventory.mesh.neighbor_as = options.version.mesh_neighbor_as();
    let mut count = 0_usize;
    for source in sources {
        let before = problems.len();
        for (document, tree) in documents(source, limits, &mut problems) {
            let mut context = Context {
                file: Arc::from(source.name),
                document,
                resource: None,
                problems: &mut problems,
            };
            if !tree.is_null() {
                count = count.saturating_add(1);
                reader.document(&mut context, &tree);
            }
        }
        if let Some(of_source) = problems.get_mut(before..) {
            of_source.sort_by_key(|problem| problem.document);
        }
    }
    let name = sources.first().map_or("input", |source| source.name);
    let mut context = Context {
        file: Arc::from(name),
        document: 0,
        resource: None,
        problems: &mut problems,
    };
    if count == 0 && context.problems.is_empty() {
        context.error(0, "", "no resource: expected at least one Node");
    }
    let places = reader.places();
    let inventory = reader.finish(&mut context);
    Reading {
        inventory,
        problems,
        places,
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    options: Options,
    inventory: Inventory,
    /// The place of each node in the inventory.
    places: BTreeMap<String, usize>,
    /// File and line of each resource, by kind and name.
    seen: BTreeMap<(&'static str, String), (Arc<str>, usize)>,
    /// Ports of `node.<name>` configurations.
    ports: BTreeMap<String, u16>,
    blocks: BTreeMap<String, Vec<Prefix>>,
    services: service::Services,
}

impl Reader {
    fn document(&mut self, context: &mut Context<'_>, tree: &Tree) {
        context.resource = None;
        if context.container(Some(tree), "", Kind::Map).is_none() {
            return;
        }
        let kind = context.text(tree.get("kind"), "kind", "a resource's kind");
        let Some(kind) = kind else {
            context.error(tree.line, "kind", "expected a resource's kind, found none");
            return;
        };
        if kind.ends_with("List") && tree.get("items").is_some() {
            for item in context.items(tree.get("items"), "items") {
                self.document(context, item);
            }
            return;
        }
        let metadata = context.container(tree.get("metadata"), "metadata", Kind::Map);
        let name = metadata.and_then(|metadata| metadata.get("name"));
        let name = context.text(name, "metadata.name", "a name").unwrap_or("");
        context.resource = Some(Arc::from(format!("{kind} {name:?}")));
        let version = tree.get("apiVersion");
        let version = context.text(version, "apiVersion", "an API version");
        self.resource(context, tree, (kind, version.unwrap_or(""), name));
    }

    fn resource(
        &mut self,
        context: &mut Context<'_>,
        tree: &Tree,
        (kind, version, name): (&str, &str, &str),
    ) {
        let calico = version.contains("projectcalico.org/");
        let read: (&'static str, ReadFn) = match (kind, version) {
            ("BGPConfiguration", _) if calico => ("BGPConfiguration", Self::configuration),
            ("BGPPeer", _) if calico => ("BGPPeer", Self::peer),
            ("BGPFilter", _) if calico => ("BGPFilter", Self::filter),
            ("Node", _) if calico => ("Node", Self::calico_node),
            ("Node", "v1") => ("Node (v1)", Self::kubernetes_node),
            ("BlockAffinity", _) if calico => ("BlockAffinity", Self::block_affinity),
            ("IPPool", _) if calico => ("IPPool", Self::pool),
            (
                "BGPConfiguration" | "BGPFilter" | "BGPPeer" | "Node" | "BlockAffinity" | "IPPool",
                _,
            ) => {
                let message = format!(
                    "expected projectcalico.org/v3{}, found {version:?}",
                    if kind == "Node" { " or v1" } else { "" }
                );
                context.error(tree.line, "apiVersion", message);
                return;
            }
            // These have namespaces, and names of their own in each.
            ("Service", "v1") => return self.service(context, tree, name),
            ("EndpointSlice", _) => return self.slice(context, tree, name),
            ("Endpoints", "v1") => return self.endpoints(context, tree, name),
            _ if IGNORED.contains(&kind) => {
                context.note(tree.line, "", "this kind is not planned with, ignored");
                return;
            }
            _ => {
                let message = format!(
                    "unknown kind {kind:?}: expected BGPConfiguration, BGPFilter, BGPPeer, \
                     Node, BlockAffinity, IPPool or a list of these"
                );
                context.error(tree.line, "kind", message);
                return;
            }
        };
        if !context.is_name(tree.line, "metadata.name", name) {
            return;
        }
        let place = (context.file.clone(), tree.line);
        if let Some((file, line)) = self.seen.get(&(read.0, name.to_string())) {
            let message = format!("given twice: the first is in {file} at line {line}");
            context.error(tree.line, "metadata.name", message);
            return;
        }
        self.seen.insert((read.0, name.to_string()), place);
        (read.1)(self, context, tree, name);
    }

    fn places(&self) -> Places {
        let named = |kind: &str, name: &str| {
            // Both kinds of nodes are called by one name.
            let kind = kind.split(' ').next().unwrap_or(kind);
            format!("{kind} {name:?}")
        };
        let seen = self.seen.iter();
        seen.map(|((kind, name), place)| (named(kind, name), place.clone()))
            .collect()
    }

    /// Puts together what several resources say of one thing.
    fn finish(mut self, context: &mut Context<'_>) -> Inventory {
        self.filters(context);
        for (name, port) in core::mem::take(&mut self.ports) {
            let place = self.places.get(&name);
            if let Some(node) = place.and_then(|at| self.inventory.nodes.get_mut(*at)) {
                node.listen_port = Some(port);
            } else {
                let message = format!("BGPConfiguration \"node.{name}\": no such node");
                context.warn(0, "", message);
            }
        }
        for node in &mut self.inventory.nodes {
            node.domains = domains_of(&node.labels);
            if self.options.router_ids == RouterIds::Hash {
                node.router_id = Some(hashed_router_id(&node.name));
            }
            if let Some(blocks) = self.blocks.remove(&node.name) {
                node.advertised = blocks;
            }
        }
        self.withhold();
        self.announce_services();
        self.inventory
    }

    /// Filters that peerings name and nobody has: Calico leaves them out
    /// silently.
    fn filters(&self, context: &mut Context<'_>) {
        for peering in &self.inventory.peerings {
            for name in &peering.settings.filters {
                if self.inventory.filters.iter().any(|it| it.name == *name) {
                    continue;
                }
                let resource = format!("BGPPeer {:?}", peering.name);
                let key = ("BGPPeer", peering.name.clone());
                let place = self.seen.get(&key);
                if let Some((file, _)) = place {
                    context.file = file.clone();
                }
                context.resource = Some(Arc::from(resource));
                let line = place.map_or(0, |(_, line)| *line);
                let message =
                    format!("BGPFilter {name:?} is not in the input: nothing is filtered");
                context.warn(line, "spec.filters", message);
            }
        }
        context.resource = None;
    }

    /// The node of this name, made if need be.
    fn node_named(&mut self, name: &str) -> &mut Node {
        let nodes = &mut self.inventory.nodes;
        let index = *self.places.entry(name.into()).or_insert_with(|| {
            nodes.push(Node::new(name));
            nodes.len().saturating_sub(1)
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "a place is that of a node, and none is ever taken out"
        )]
        &mut nodes[index]
    }
}

type ReadFn = fn(&mut Reader, &mut Context<'_>, &Tree, &str);

/// Kinds that come along with what is read here.
const IGNORED: &[&str] = &[
    "APIServer",
    "CalicoNodeStatus",
    "ClusterInformation",
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "FelixConfiguration",
    "GlobalNetworkPolicy",
    "GlobalNetworkSet",
    "HostEndpoint",
    "IPAMBlock",
    "IPAMConfig",
    "IPAMConfiguration",
    "IPAMHandle",
    "IPReservation",
    "Installation",
    "Job",
    "KubeControllersConfiguration",
    "Namespace",
    "NetworkPolicy",
    "NetworkSet",
    "Pod",
    "Profile",
    "Role",
    "RoleBinding",
    "Secret",
    "ServiceAccount",
    "StatefulSet",
    "Tier",
    "TigeraStatus",
    "WorkloadEndpoint",
];
