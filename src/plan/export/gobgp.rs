//! `gobgpd`'s configuration, in TOML, of any router of a plan.
//!
//! What a router announces is not part of it: GoBGP is told of routes while it
//! runs. [`unsaid`] names that, as it does filters and passwords.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::{Display, Write as _};

use super::{File, Unsaid, ends_of};
use crate::{
    plan::{Inventory, SessionEnd, inventory::NextHop, pairing::Plan},
    types::{Asn, Family, PeerType},
};

/// Every router's `gobgpd.toml`, in a folder by its name.
pub fn files(inventory: &Inventory, plan: &Plan) -> Vec<File> {
    let routers = plan.routers.iter().enumerate();
    let files = routers.filter_map(|(at, of)| {
        let name = format!("{}/gobgpd.toml", of.name);
        let text = router(inventory, plan, at)?;
        Some(File { name, text })
    });
    files.collect()
}

/// The configuration of the router at this index in [`Plan::routers`]; `None`
/// where there is no such router.
///
/// ```
/// use bgpwright::plan::{Mode, export::gobgp, generate, plan};
///
/// let inventory = generate(3, Mode::Mesh);
/// let text = gobgp::router(&inventory, &plan(&inventory), 0).unwrap();
/// assert!(text.contains("neighbor-address = \"10.0.0.3\""));
/// ```
pub fn router(inventory: &Inventory, plan: &Plan, at: usize) -> Option<String> {
    let router = plan.routers.get(at)?;
    let mut out = String::new();
    let mut head = Table::new(&mut out, "[global.config]");
    head.plain("as", router.asn);
    head.text("router-id", router.router_id);
    head.plain("port", router.listen_port);
    for end in ends_of(inventory, plan, at) {
        neighbor(&end, &mut out);
    }
    Some(out)
}

/// What the plan says and the configurations do not.
pub fn unsaid(inventory: &Inventory, plan: &Plan) -> Vec<Unsaid> {
    let mut unsaid = Vec::new();
    for (at, router) in plan.routers.iter().enumerate() {
        if !router.originates.is_empty() {
            let prefixes: Vec<String> = router.originates.iter().map(ToString::to_string).collect();
            unsaid.push(Unsaid {
                subject: format!("{:?}", router.name),
                what: format!(
                    "what it announces: run gobgp global rib add {}",
                    prefixes.join(", and ")
                ),
            });
        }
        for end in ends_of(inventory, plan, at) {
            let given = [
                (
                    end.password.is_some(),
                    "its password: it has to be written in by hand",
                ),
                (
                    !end.import_filters.is_empty() || !end.export_filters.is_empty(),
                    "its filters: they have to be written as policies",
                ),
                (end.bfd, "BFD: GoBGP has none"),
                (
                    end.remote_as == Asn::ZERO,
                    "its AS, which is not known: it has to be written in by hand",
                ),
                (
                    end.reachable_by.is_some(),
                    "the gateway towards it: a static route has to lead there",
                ),
                (
                    end.next_hop == NextHop::Own,
                    "its own next hop on all routes: a policy has to set it",
                ),
            ];
            for (_, what) in given.into_iter().filter(|(given, _)| *given) {
                unsaid.push(Unsaid {
                    subject: format!("{:?} with {}", router.name, end.neighbor),
                    what: what.into(),
                });
            }
        }
    }
    unsaid
}

fn neighbor(end: &SessionEnd, out: &mut String) {
    out.push_str("\n[[neighbors]]\n");
    let mut config = Table::new(out, "[neighbors.config]");
    config.text("neighbor-address", end.neighbor);
    if end.remote_as != Asn::ZERO {
        config.plain("peer-as", end.remote_as);
    }
    if end.local_as_override {
        config.plain("local-as", end.local_as);
    }
    let mut transport = Table::new(out, "[neighbors.transport.config]");
    if !end.any_source_address {
        transport.text("local-address", end.local);
    }
    if end.passive {
        transport.plain("passive-mode", true);
    }
    if let Some(port) = end.port {
        transport.plain("remote-port", port);
    }
    timers(end, out);
    let internal = end.peer_type() == PeerType::Internal;
    if let Some(cluster) = end.reflector_client.filter(|_| internal) {
        let mut reflector = Table::new(out, "[neighbors.route-reflector.config]");
        reflector.plain("route-reflector-client", true);
        reflector.text("route-reflector-cluster-id", cluster);
    }
    match (end.ttl_security, end.hops) {
        (Some(hops), _) => {
            let mut ttl = Table::new(out, "[neighbors.ttl-security.config]");
            ttl.plain("enabled", true);
            ttl.plain("ttl-min", 255_u8.saturating_sub(hops).saturating_add(1));
        }
        (None, hops) if !internal => {
            let mut multihop = Table::new(out, "[neighbors.ebgp-multihop.config]");
            multihop.plain("enabled", true);
            multihop.plain("multihop-ttl", hops.unwrap_or(255));
        }
        _ => {}
    }
    if let Some(times) = end.allow_local_as.filter(|it| *it > 0) {
        let mut path = Table::new(out, "[neighbors.as-path-options.config]");
        path.plain("allow-own-as", times);
    }
    if end.graceful_restart != Some(false)
        && (end.graceful_restart.is_some() || end.restart_time.is_some())
    {
        let mut restart = Table::new(out, "[neighbors.graceful-restart.config]");
        restart.plain("enabled", true);
        if let Some(time) = end.restart_time {
            restart.plain("restart-time", time.as_secs());
        }
    }
    out.push_str("  [[neighbors.afi-safis]]\n");
    let name = if end.family() == Family::IPV4_UNICAST {
        "ipv4-unicast"
    } else {
        "ipv6-unicast"
    };
    Table::new(out, "[neighbors.afi-safis.config]").text("afi-safi-name", name);
}

fn timers(end: &SessionEnd, out: &mut String) {
    if end.hold_time.is_none() && end.keepalive.is_none() && end.connect_retry.is_none() {
        return;
    }
    let mut timers = Table::new(out, "[neighbors.timers.config]");
    if let Some(time) = end.hold_time {
        timers.plain("hold-time", time.as_secs());
    }
    if let Some(time) = end.keepalive {
        timers.plain("keepalive-interval", time.as_secs());
    }
    if let Some(time) = end.connect_retry {
        timers.plain("connect-retry", time.as_secs().max(1));
    }
}

/// A table, a field a line.
struct Table<'a>(&'a mut String);

impl<'a> Table<'a> {
    fn new(out: &'a mut String, name: &str) -> Self {
        let depth = if name.starts_with("[global") { 0 } else { 2 };
        let _ = writeln!(out, "{:depth$}{name}", "");
        Self(out)
    }

    fn plain(&mut self, key: &str, value: impl Display) {
        let _ = writeln!(self.0, "    {key} = {value}");
    }

    /// Only of addresses, identifiers and names of ours: nothing to escape.
    fn text(&mut self, key: &str, value: impl Display) {
        let _ = writeln!(self.0, "    {key} = \"{value}\"");
    }
}
