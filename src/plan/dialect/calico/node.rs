//! `Node`, Calico's and Kubernetes'.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    plan::{
        inventory::InterfaceAddress,
        yaml::{Context, Kind, Tree, Value, boolean, join},
    },
    types::{Asn, ClusterId, Family},
};

use super::Reader;

/// What one resource says of a node's BGP.
#[derive(Default)]
struct Facts {
    ipv4: Option<InterfaceAddress>,
    ipv6: Option<InterfaceAddress>,
    asn: Option<Asn>,
    cluster_id: Option<ClusterId>,
}

impl Reader {
    pub(super) fn calico_node(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let labels = labels(context, tree, "calicoctl takes it as a string");
        let spec = context.container(tree.get("spec"), "spec", Kind::Map);
        let bgp = spec.and_then(|spec| spec.get("bgp"));
        let bgp = context.container(bgp, "spec.bgp", Kind::Map);
        let field = |name: &str| bgp.and_then(|bgp| bgp.get(name));
        if let Some(bgp) = bgp {
            context.only(bgp, "spec.bgp", BGP_FIELDS);
        }
        let facts = facts(context, field, "spec.bgp", CALICO_NAMES);
        let node = self.node_named(name);
        node.labels.extend(labels);
        node.ipv4 = facts.ipv4.or(node.ipv4);
        node.ipv6 = facts.ipv6.or(node.ipv6);
        node.asn = facts.asn.or(node.asn);
        node.cluster_id = facts.cluster_id.or(node.cluster_id);
    }

    pub(super) fn kubernetes_node(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let labels = labels(context, tree, "the Kubernetes API refuses it");
        let annotations = tree.get("metadata").and_then(|m| m.get("annotations"));
        let annotations = context.container(annotations, "metadata.annotations", Kind::Map);
        let field = |name: &str| annotations.and_then(|tree| tree.get(name));
        let mut facts = facts(context, field, "metadata.annotations", ANNOTATIONS);
        if facts.ipv4.is_none() && facts.ipv6.is_none() {
            internal_addresses(context, tree, &mut facts);
        }
        let spec = context.container(tree.get("spec"), "spec", Kind::Map);
        let single = spec.and_then(|spec| spec.get("podCIDR"));
        let all = context.items(spec.and_then(|spec| spec.get("podCIDRs")), "spec.podCIDRs");
        let mut pods = Vec::new();
        for cidr in all {
            pods.extend(context.prefix(Some(cidr), "spec.podCIDRs"));
        }
        if all.is_empty() {
            pods.extend(context.prefix(single, "spec.podCIDR"));
        }
        let node = self.node_named(name);
        for (label, value) in labels {
            node.labels.entry(label).or_insert(value);
        }
        node.ipv4 = node.ipv4.or(facts.ipv4);
        node.ipv6 = node.ipv6.or(facts.ipv6);
        node.asn = node.asn.or(facts.asn);
        node.cluster_id = node.cluster_id.or(facts.cluster_id);
        node.advertised.append(&mut pods);
    }
}

/// Reads the four facts under the names they have here.
fn facts<'t>(
    context: &mut Context<'_>,
    field: impl Fn(&str) -> Option<&'t Tree>,
    path: &str,
    [ipv4, ipv6, asn, cluster]: [&str; 4],
) -> Facts {
    let v4 = Some(Family::IPV4_UNICAST);
    let v6 = Some(Family::IPV6_UNICAST);
    let asn_read = context.asn(field(asn), &join(path, asn));
    if let (Some(Asn::ZERO), Some(tree)) = (asn_read, field(asn)) {
        let message = "expected an AS number from 1 to 4294967295, found 0";
        context.error(tree.line, &join(path, asn), message);
    }
    let expected = "a dotted quad such as 244.0.0.1";
    let id = |text: &str| Some(text).filter(|text| !text.is_empty())?.parse().ok();
    Facts {
        ipv4: context.interface(field(ipv4), &join(path, ipv4), v4),
        ipv6: context.interface(field(ipv6), &join(path, ipv6), v6),
        asn: asn_read,
        cluster_id: context.parsed(field(cluster), &join(path, cluster), expected, id),
    }
}

/// Without annotations, Calico has not run there: the node's own addresses.
fn internal_addresses(context: &mut Context<'_>, tree: &Tree, facts: &mut Facts) {
    let status = tree
        .get("status")
        .and_then(|status| status.get("addresses"));
    for address in context.items(status, "status.addresses") {
        if address.get("type").and_then(Tree::text) != Some("InternalIP") {
            continue;
        }
        let found = context.interface(address.get("address"), "status.addresses", None);
        let Some(found) = found else { continue };
        let place = if found.addr.is_ipv4() {
            &mut facts.ipv4
        } else {
            &mut facts.ipv6
        };
        if place.is_none() {
            *place = Some(found);
            let message = format!("no Calico annotation has an address: {found} is used");
            context.note(address.line, "status.addresses", message);
        }
    }
}

/// Labels, with YAML 1.1's booleans as Kubernetes' tools turn them to strings.
fn labels(context: &mut Context<'_>, tree: &Tree, fate: &str) -> Vec<(String, String)> {
    let labels = tree.get("metadata").and_then(|m| m.get("labels"));
    let labels = context.container(labels, "metadata.labels", Kind::Map);
    let Some(Value::Map(entries)) = labels.map(|labels| &labels.value) else {
        return Vec::new();
    };
    let mut read = Vec::new();
    for (key, value) in entries {
        let Some(label) = key.text() else { continue };
        let path = format!("metadata.labels[{label:?}]");
        let text = context.text(Some(value), &path, "a string");
        let plain = matches!(&value.value, Value::Scalar { plain: true, .. });
        let text = match text.filter(|_| plain).and_then(boolean) {
            Some(truth) => {
                let message = format!("{} without quotes is a boolean: {fate}", value.describe());
                context.warn(value.line, &path, message);
                truth.to_string()
            }
            None => text.unwrap_or("").into(),
        };
        read.push((label.to_string(), text));
    }
    read
}

const CALICO_NAMES: [&str; 4] = [
    "ipv4Address",
    "ipv6Address",
    "asNumber",
    "routeReflectorClusterID",
];

const ANNOTATIONS: [&str; 4] = [
    "projectcalico.org/IPv4Address",
    "projectcalico.org/IPv6Address",
    "projectcalico.org/ASNumber",
    "projectcalico.org/RouteReflectorClusterID",
];

const BGP_FIELDS: &[&str] = &[
    "asNumber",
    "ipv4Address",
    "ipv4IPIPTunnelAddr",
    "ipv6Address",
    "routeReflectorClusterID",
];
