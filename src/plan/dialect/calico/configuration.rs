//! `BGPConfiguration`: the mesh, and what nodes do by default.

use crate::plan::{
    inventory::SecretRef,
    yaml::{Context, Kind, Tree, join},
};

use super::{Reader, routing::of_node};

impl Reader {
    pub(super) fn configuration(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let Some(spec) = context.container(tree.get("spec"), "spec", Kind::Map) else {
            return;
        };
        context.only(spec, "spec", FIELDS);
        self.options.version.look(context, spec, "BGPConfiguration");
        let port = context.port(spec.get("listenPort"), "spec.listenPort");
        let of_node = of_node(context, spec);
        if let Some(node) = name.strip_prefix("node.") {
            for field in DEFAULT_ONLY {
                if let Some(value) = spec.get(field).filter(|value| !value.is_null()) {
                    let message = "can only be set in the BGPConfiguration \"default\"";
                    context.error(value.line, &join("spec", field), message);
                }
            }
            self.ports.extend(port.map(|port| (node.into(), port)));
            if of_node.logging.is_some() || of_node.marks.is_some() {
                let routing = &mut self.inventory.routing.nodes;
                let own = routing.entry(node.into()).or_default();
                own.logging = of_node.logging;
                own.marks = of_node.marks;
            }
            return;
        }
        if name != "default" {
            let message = "ignored: Calico reads only \"default\" and \"node.<name>\"";
            context.warn(tree.line, "metadata.name", message);
            return;
        }
        let asn = spec.get("asNumber");
        self.inventory.listen_port = port;
        if let Some(asn) = context.asn(asn, "spec.asNumber") {
            self.inventory.default_as = asn;
            if asn.0 == 0 {
                let message = "expected an AS number from 1 to 4294967295, found 0";
                context.error(spec.line, "spec.asNumber", message);
            }
        }
        self.routing(context, spec);
        self.inventory.routing.logging = of_node.logging;
        self.inventory.routing.marks = of_node.marks.unwrap_or_default();
        let mesh = &mut self.inventory.mesh;
        let enabled = spec.get("nodeToNodeMeshEnabled");
        mesh.enabled = context
            .boolean(enabled, "spec.nodeToNodeMeshEnabled")
            .unwrap_or(true);
        let restart = spec.get("nodeMeshMaxRestartTime");
        mesh.restart_time = context.duration(restart, "spec.nodeMeshMaxRestartTime");
        let password = spec.get("nodeMeshPassword");
        mesh.password = secret(context, password, "spec.nodeMeshPassword");
        for field in ["nodeMeshPassword", "nodeMeshMaxRestartTime"] {
            if let Some(value) = spec.get(field).filter(|value| !value.is_null())
                && !mesh.enabled
            {
                let message = "cannot be set when nodeToNodeMeshEnabled is false";
                context.error(value.line, &join("spec", field), message);
            }
        }
    }
}

/// A password's reference. What else the field may hold is not looked at.
pub(in crate::plan) fn secret(
    context: &mut Context<'_>,
    tree: Option<&Tree>,
    field: &str,
) -> Option<SecretRef> {
    let tree = tree.filter(|tree| !tree.is_null())?;
    let reference = tree.get("secretKeyRef");
    let part = |name| reference.and_then(|tree| tree.get(name)?.text());
    if let (Some(name), Some(key)) = (part("name"), part("key")) {
        Some(SecretRef {
            name: name.into(),
            key: key.into(),
        })
    } else {
        let message = "expected secretKeyRef with name and key";
        context.error(tree.line, field, message);
        None
    }
}

const DEFAULT_ONLY: [&str; 7] = [
    "nodeToNodeMeshEnabled",
    "asNumber",
    "serviceClusterIPs",
    "serviceExternalIPs",
    "serviceLoadBalancerIPs",
    "nodeMeshPassword",
    "nodeMeshMaxRestartTime",
];

const FIELDS: &[&str] = &[
    "asNumber",
    "bindMode",
    "communities",
    "ignoredInterfaces",
    "ipv4NormalRoutePriority",
    "ipv6NormalRoutePriority",
    "listenPort",
    "localWorkloadPeeringIPV4",
    "localWorkloadPeeringIPV6",
    "logSeverityScreen",
    "nodeMeshMaxRestartTime",
    "nodeMeshPassword",
    "nodeToNodeMeshEnabled",
    "prefixAdvertisements",
    "programClusterRoutes",
    "serviceClusterIPs",
    "serviceExternalIPs",
    "serviceLoadBalancerAggregation",
    "serviceLoadBalancerIPs",
];
