//! `IPPool`, and what a `BGPConfiguration` says of routes.

use alloc::{format, string::String, vec::Vec};

use super::{CALICO, resource};
use crate::plan::{
    export::text::{Yaml, scalar},
    filter::FilterCommunity,
    routing::{Logging, Mark, NodeRouting, Pool, Programmed, Routing, ServiceKind, Tunnel},
};

/// An `IPPool`.
pub fn pool(pool: &Pool) -> String {
    resource(CALICO, "IPPool", &pool.name, |yaml| {
        yaml.map("spec", |yaml| {
            yaml.text("cidr", pool.prefix);
            if !pool.exported {
                yaml.plain("disableBGPExport", true);
            }
            let (field, mode) = match pool.tunnel {
                Tunnel::None => return,
                Tunnel::IpIp => ("ipipMode", "Always"),
                Tunnel::IpIpCrossSubnet => ("ipipMode", "CrossSubnet"),
                Tunnel::Vxlan => ("vxlanMode", "Always"),
                Tunnel::VxlanCrossSubnet => ("vxlanMode", "CrossSubnet"),
            };
            yaml.text(field, mode);
        });
    })
}

/// The fields that only the configuration of the whole cluster has.
pub(super) fn of_cluster(yaml: &mut Yaml, routing: &Routing) {
    if routing.bind_node_address {
        yaml.text("bindMode", "NodeIP");
    }
    yaml.list("ignoredInterfaces", &routing.ignored_interfaces);
    let usual = Routing::default();
    for (field, priority, usual) in [
        (
            "ipv4NormalRoutePriority",
            routing.priority_v4,
            usual.priority_v4,
        ),
        (
            "ipv6NormalRoutePriority",
            routing.priority_v6,
            usual.priority_v6,
        ),
    ] {
        if priority != usual {
            yaml.plain(field, priority);
        }
    }
    logging(yaml, routing.logging);
    marks(yaml, &routing.marks);
    match routing.program {
        Programmed::WithoutTunnel => {}
        Programmed::All => yaml.text("programClusterRoutes", "Enabled"),
        Programmed::Nothing => yaml.text("programClusterRoutes", "Disabled"),
    }
    for (field, kind) in [
        ("serviceClusterIPs", ServiceKind::Cluster),
        ("serviceExternalIPs", ServiceKind::External),
        ("serviceLoadBalancerIPs", ServiceKind::LoadBalancer),
    ] {
        let ranges = routing.services.iter().filter(|it| it.kind == kind);
        let ranges = ranges.map(|it| format!("{{cidr: \"{}\"}}", it.prefix));
        yaml.lines(field, ranges);
    }
}

/// The fields that a node's configuration may have too.
pub(super) fn of_node(yaml: &mut Yaml, routing: &NodeRouting) {
    logging(yaml, routing.logging);
    marks(yaml, routing.marks.as_deref().unwrap_or_default());
}

fn logging(yaml: &mut Yaml, level: Option<Logging>) {
    let Some(level) = level else { return };
    let name = match level {
        Logging::Debug => "Debug",
        Logging::Info => "Info",
        Logging::Warning => "Warning",
        Logging::Error => "Error",
        Logging::Fatal => "Fatal",
        Logging::None => "None",
    };
    yaml.text("logSeverityScreen", name);
}

fn marks(yaml: &mut Yaml, marks: &[Mark]) {
    let lines = marks.iter().map(|mark| {
        let communities = mark.communities.iter().map(community);
        let communities: Vec<String> = communities.collect();
        let communities = communities.join(", ");
        format!(
            "{{cidr: \"{}\", communities: [{communities}]}}",
            mark.prefix
        )
    });
    yaml.lines("prefixAdvertisements", lines);
}

pub(super) fn community(of: &FilterCommunity) -> String {
    match of {
        FilterCommunity::Standard(of) => scalar(&format!("{}:{}", of.0 >> 16, of.0 & 0xffff)),
        FilterCommunity::Large(of) => scalar(&format!("{}:{}:{}", of.global, of.local1, of.local2)),
    }
}
