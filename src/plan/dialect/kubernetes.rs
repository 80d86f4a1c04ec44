//! What readers share: Kubernetes' nodes, label selectors, and the way through
//! documents and lists.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use super::{Places, Reading};
use crate::{
    plan::{
        Inventory, Problem,
        inventory::{Dialect, Mesh, Node, Peering, domains_of},
        selector::{Expression, Selector},
        yaml::{Context, Kind, Limits, Source, Tree, Value, documents, join},
    },
    types::Asn,
};

/// One resource, on its way to whoever reads its kind.
pub(super) struct Resource<'t> {
    pub(super) kind: &'t str,
    /// Its API's group and version.
    pub(super) api: &'t str,
    pub(super) name: &'t str,
    pub(super) tree: &'t Tree,
}

impl<'t> Resource<'t> {
    pub(super) fn spec(&self, context: &mut Context<'_>) -> Option<&'t Tree> {
        context.container(self.tree.get("spec"), "spec", Kind::Map)
    }
}

/// What a project's reader does with resources.
pub(super) trait Read: Sized {
    const DIALECT: Dialect;
    /// Takes a resource. Whether it is of a kind that is read.
    fn resource(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) -> bool;
    /// Puts together what resources say of each other.
    fn finish(self, context: &mut Context<'_>, cluster: Cluster) -> Inventory;
}

/// Reads everything, nodes first of all: a reader gets them with
/// [`Read::finish`].
pub(super) fn read<R: Read>(mut reader: R, sources: &[Source<'_>], limits: &Limits) -> Reading {
    let mut problems: Vec<Problem> = Vec::new();
    let mut walk = Walk {
        cluster: Cluster::default(),
        seen: BTreeMap::new(),
        count: 0,
    };
    for source in sources {
        for (document, tree) in documents(source, limits, &mut problems) {
            let mut context = Context {
                file: Arc::from(source.name),
                document,
                resource: None,
                problems: &mut problems,
            };
            if !tree.is_null() {
                walk.document(&mut context, &tree, &mut reader);
            }
        }
    }
    let name = sources.first().map_or("input", |source| source.name);
    let mut context = Context {
        file: Arc::from(name),
        document: 0,
        resource: None,
        problems: &mut problems,
    };
    if walk.count == 0 && context.problems.is_empty() {
        context.error(0, "", "no resource: expected at least one Node");
    }
    let mut places = Places::new();
    for ((kind, _, name), place) in walk.seen {
        places.entry(format!("{kind} {name:?}")).or_insert(place);
    }
    walk.cluster.places.clone_from(&places);
    let mut inventory = reader.finish(&mut context, walk.cluster);
    inventory.dialect = R::DIALECT;
    Reading {
        inventory,
        problems,
        places,
    }
}

struct Walk {
    cluster: Cluster,
    seen: BTreeMap<(String, String, String), (Arc<str>, usize)>,
    count: usize,
}

impl Walk {
    fn document<R: Read>(&mut self, context: &mut Context<'_>, tree: &Tree, reader: &mut R) {
        context.resource = None;
        self.count = self.count.saturating_add(1);
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
                self.document(context, item, reader);
            }
            return;
        }
        let metadata = context.container(tree.get("metadata"), "metadata", Kind::Map);
        let text = |context: &mut Context<'_>, name: &str| {
            let field = metadata.and_then(|it| it.get(name));
            context.text(field, &join("metadata", name), "a name")
        };
        let name = text(context, "name").unwrap_or("");
        let namespace = text(context, "namespace").unwrap_or("");
        context.resource = Some(Arc::from(format!("{kind} {name:?}")));
        let api = context.text(tree.get("apiVersion"), "apiVersion", "an API version");
        let resource = Resource {
            kind,
            api: api.unwrap_or(""),
            name,
            tree,
        };
        let is_node = kind == "Node" && resource.api == "v1";
        if is_node || R::DIALECT.reads(&resource) {
            if !context.is_name(tree.line, "metadata.name", name) {
                return;
            }
            let key = (kind.to_string(), namespace.to_string(), name.to_string());
            if let Some((file, line)) = self.seen.get(&key) {
                let message = format!("given twice: the first is in {file} at line {line}");
                context.error(tree.line, "metadata.name", message);
                return;
            }
            self.seen.insert(key, (context.file.clone(), tree.line));
        }
        if is_node {
            self.cluster.node(context, &resource);
        } else if !reader.resource(context, &resource) {
            context.note(tree.line, "", "this kind is not planned with, ignored");
        }
    }
}

impl Dialect {
    /// Whether a resource is one whose name has to be its own.
    fn reads(self, resource: &Resource<'_>) -> bool {
        let groups: &[&str] = match self {
            Self::Calico => &["projectcalico.org/"],
            Self::Cilium => &["cilium.io/"],
            Self::MetalLb => &["metallb.io/"],
            Self::Antrea => &["crd.antrea.io/"],
            Self::KubeRouter | Self::KubeOvn => &["apps/"],
        };
        groups.iter().any(|it| resource.api.starts_with(it))
    }
}

/// Kubernetes' nodes, as they come.
#[derive(Default)]
pub(super) struct Cluster {
    pub(super) nodes: Vec<Node>,
    /// By node, its annotations with their lines.
    pub(super) annotations: Vec<BTreeMap<String, (String, usize)>>,
    /// Where all resources are.
    pub(super) places: Places,
}

impl Cluster {
    fn node(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) {
        let mut node = Node::new(resource.name);
        let metadata = resource.tree.get("metadata");
        let field = |name: &str| metadata.and_then(|it| it.get(name));
        node.labels = texts(context, field("labels"), "metadata.labels")
            .into_iter()
            .map(|(name, (text, _))| (name, text))
            .collect();
        let annotations = texts(context, field("annotations"), "metadata.annotations");
        let status = resource
            .tree
            .get("status")
            .and_then(|it| it.get("addresses"));
        for address in context.items(status, "status.addresses") {
            if address.get("type").and_then(Tree::text) != Some("InternalIP") {
                continue;
            }
            let found = context.interface(address.get("address"), "status.addresses", None);
            let Some(found) = found else { continue };
            let place = if found.addr.is_ipv4() {
                &mut node.ipv4
            } else {
                &mut node.ipv6
            };
            *place = place.or(Some(found));
        }
        let spec = resource.spec(context);
        let all = spec.and_then(|it| it.get("podCIDRs"));
        for cidr in context.items(all, "spec.podCIDRs") {
            node.advertised
                .extend(context.prefix(Some(cidr), "spec.podCIDRs"));
        }
        if node.advertised.is_empty() {
            let one = spec.and_then(|it| it.get("podCIDR"));
            node.advertised.extend(context.prefix(one, "spec.podCIDR"));
        }
        node.domains = domains_of(&node.labels);
        self.nodes.push(node);
        self.annotations.push(annotations);
    }

    /// Sets a problem's place to that of a resource.
    pub(super) fn at(&self, context: &mut Context<'_>, kind: &str, name: &str) -> usize {
        let resource = format!("{kind} {name:?}");
        let place = self.places.get(&resource);
        if let Some((file, _)) = place {
            context.file = file.clone();
        }
        context.resource = Some(Arc::from(resource));
        place.map_or(0, |it| it.1)
    }

    /// An inventory of these nodes without mesh and peerings.
    pub(super) fn inventory(self, peerings: Vec<Peering>, default_as: Option<Asn>) -> Inventory {
        let mut inventory = Inventory {
            nodes: self.nodes,
            peerings,
            mesh: Mesh::default(),
            ..Inventory::default()
        };
        inventory.mesh.enabled = false;
        if let Some(asn) = default_as {
            inventory.default_as = asn;
        }
        inventory
    }

    /// The nodes that a selector is for.
    pub(super) fn selected<'a>(
        &'a self,
        selector: &'a Selector,
    ) -> impl Iterator<Item = (usize, &'a Node)> + 'a {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(|(_, node)| selector.matches(&node.labels))
    }
}

/// A map of texts, each with its line. Numbers and booleans are texts too, and
/// Kubernetes refuses them.
fn texts(
    context: &mut Context<'_>,
    tree: Option<&Tree>,
    path: &str,
) -> BTreeMap<String, (String, usize)> {
    let Some(tree) = context.container(tree, path, Kind::Map) else {
        return BTreeMap::new();
    };
    let Value::Map(entries) = &tree.value else {
        return BTreeMap::new();
    };
    let mut found = BTreeMap::new();
    for (key, value) in entries {
        let Some(name) = key.text() else { continue };
        let field = join(path, name);
        if let Some(text) = context.text(Some(value), &field, "a text") {
            found.insert(name.to_string(), (text.to_string(), value.line));
        }
    }
    found
}

/// Kubernetes' `LabelSelector`; without any condition it is for all nodes.
pub(super) fn label_selector(
    context: &mut Context<'_>,
    tree: Option<&Tree>,
    path: &str,
) -> Option<Selector> {
    let Some(tree) = context.container(tree, path, Kind::Map) else {
        return Some(Selector::all());
    };
    context.only(tree, path, &["matchExpressions", "matchLabels"]);
    let mut all = Vec::new();
    let labels = texts(context, tree.get("matchLabels"), &join(path, "matchLabels"));
    for (name, (value, _)) in labels {
        all.push(Expression::Equal(name, value));
    }
    let mut right = true;
    let path = join(path, "matchExpressions");
    for item in context.items(tree.get("matchExpressions"), &path) {
        let key = context.text(item.get("key"), &join(&path, "key"), "a label");
        let field = join(&path, "operator");
        let expected = "In, NotIn, Exists or DoesNotExist";
        let operator = context.text(item.get("operator"), &field, expected);
        let values = context.items(item.get("values"), &join(&path, "values"));
        let values: BTreeSet<String> = values
            .iter()
            .filter_map(|it| it.text().map(ToString::to_string))
            .collect();
        let Some(key) = key.map(ToString::to_string) else {
            context.error(
                item.line,
                &join(&path, "key"),
                "expected a label, found none",
            );
            right = false;
            continue;
        };
        let expression = match operator {
            Some("In") if !values.is_empty() => Expression::In(key, values),
            Some("NotIn") if !values.is_empty() => Expression::NotIn(key, values),
            Some("Exists") => Expression::Has(key),
            Some("DoesNotExist") => Expression::Not(Expression::Has(key).into()),
            Some("In" | "NotIn") => {
                let field = join(&path, "values");
                context.error(item.line, &field, "expected at least one value, found none");
                right = false;
                continue;
            }
            found => {
                let message = format!("expected {expected}, found {:?}", found.unwrap_or(""));
                context.error(item.line, &field, message);
                right = false;
                continue;
            }
        };
        all.push(expression);
    }
    if !right {
        return None;
    }
    Some(match all.len() {
        0 => Selector::all(),
        1 => all.pop().map_or_else(Selector::all, Selector::from),
        _ => Selector::from(Expression::And(all)),
    })
}

/// Several selectors, one of which has to match; none is for all nodes.
pub(super) fn any_of(
    context: &mut Context<'_>,
    tree: Option<&Tree>,
    path: &str,
) -> Option<Selector> {
    let mut all = Vec::new();
    for item in context.items(tree, path) {
        let selector = label_selector(context, Some(item), path)?;
        all.push(selector.expression().clone());
    }
    Some(match all.len() {
        0 => Selector::all(),
        1 => all.pop().map_or_else(Selector::all, Selector::from),
        _ => Selector::from(Expression::Or(all)),
    })
}

/// A whole number, within bounds that the message names.
pub(super) fn number(
    context: &mut Context<'_>,
    tree: Option<&Tree>,
    field: &str,
    (least, most): (u64, u64),
) -> Option<u64> {
    let expected = format!("a number from {least} to {most}");
    let parse = |text: &str| {
        let number = text.parse().ok();
        number.filter(|it| (least..=most).contains(it))
    };
    context.parsed(tree, field, &expected, parse)
}

/// A number of hops or seconds where the bounds say that it fits.
pub(super) fn small(of: Option<u64>) -> Option<u8> {
    of.and_then(|it| u8::try_from(it).ok())
}
