//! `BGPPeer`.

use alloc::{format, string::String, vec::Vec};
use core::net::IpAddr;

use crate::{
    plan::{
        inventory::{NextHop, Peering, PeeringSettings, Remote, RemoteAddress, Scope},
        yaml::{Context, Kind, Tree, join},
    },
    types::Asn,
};

use super::{Reader, configuration::secret};

impl Reader {
    pub(super) fn peer(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let Some(spec) = context.container(tree.get("spec"), "spec", Kind::Map) else {
            let message = "expected peerIP or peerSelector, found no spec";
            context.error(tree.line, "spec", message);
            return;
        };
        context.only(spec, "spec", FIELDS);
        self.options.version.look(context, spec, "BGPPeer");
        exclusive(context, spec);
        let local = scope(context, spec);
        let remote = remote(context, spec);
        let settings = settings(context, spec);
        let reverse = choice(context, spec, "reversePeering", &["Auto", "Manual"]);
        if let (Some(local), Some(remote)) = (local, remote) {
            self.inventory.peerings.push(Peering {
                name: name.into(),
                local,
                remote,
                reverse: reverse != Some(1),
                settings,
            });
        }
    }
}

/// Fields that rule each other out, in Calico's words.
fn exclusive(context: &mut Context<'_>, spec: &Tree) {
    let has = |name: &str| spec.get(name).is_some_and(is_given);
    let mut refuse = |name: &str, message: &str| {
        let line = spec.get(name).map_or(spec.line, |tree| tree.line);
        context.error(line, &join("spec", name), message);
    };
    if has("node") && has("nodeSelector") {
        refuse("nodeSelector", "node and nodeSelector cannot both be set");
    }
    if has("peerIP") && has("peerSelector") {
        refuse("peerSelector", "peerIP and peerSelector cannot both be set");
    }
    if has("asNumber") && has("peerSelector") {
        let message = "asNumber must be empty when peerSelector is set";
        refuse("asNumber", message);
    }
    if has("localWorkloadSelector") {
        for name in ["peerIP", "peerSelector"] {
            if has(name) {
                refuse(name, "must be empty when localWorkloadSelector is set");
            }
        }
        if !has("asNumber") {
            let message = "asNumber is required when localWorkloadSelector is set";
            refuse("asNumber", message);
        }
    }
    if has("reachableBy") && !has("peerIP") {
        let message = "reachableBy must be empty when peerIP is empty";
        refuse("reachableBy", message);
    }
    if has("keepOriginalNextHop") && has("nextHopMode") {
        let message = "keepOriginalNextHop and nextHopMode cannot both be set";
        refuse("nextHopMode", message);
    }
}

fn scope(context: &mut Context<'_>, spec: &Tree) -> Option<Scope> {
    let node = context.text(spec.get("node"), "spec.node", "a node's name");
    let node = node.filter(|node| !node.is_empty());
    match context.selector(spec.get("nodeSelector"), "spec.nodeSelector") {
        Ok(Some(selector)) => Some(Scope::Selector(selector)),
        Ok(None) => Some(node.map_or(Scope::Global, |node| Scope::Node(node.into()))),
        Err(()) => None,
    }
}

fn remote(context: &mut Context<'_>, spec: &Tree) -> Option<Remote> {
    let asn = context.asn(spec.get("asNumber"), "spec.asNumber");
    let selector = context.selector(spec.get("peerSelector"), "spec.peerSelector");
    let tree = spec.get("peerIP").filter(|tree| is_given(tree));
    if spec.get("localWorkloadSelector").is_some_and(is_given) {
        let message = "peers on workloads are not planned with, ignored";
        context.note(spec.line, "spec.localWorkloadSelector", message);
        return None;
    }
    if let Some(selector) = selector.ok()? {
        return Some(Remote::Selector(selector));
    }
    let Some(tree) = tree else {
        context.error(spec.line, "spec", "expected peerIP or peerSelector");
        return None;
    };
    let expected = "an address such as 192.0.2.1, 192.0.2.1:179 or [2001:db8::1]:179";
    let (addr, text, port) = context.parsed(Some(tree), "spec.peerIP", expected, peer_ip)?;
    if asn.is_none_or(|asn| asn == Asn::ZERO) && !has_wrong_as(spec, asn) {
        let message = format!(
            "expected the AS number of {addr}, found {}: Calico's BIRD refuses its whole \
             configuration",
            if asn.is_some() { "0" } else { "none" }
        );
        let line = spec.get("asNumber").map_or(spec.line, |tree| tree.line);
        context.error(line, "spec.asNumber", message);
    }
    Some(Remote::Address(RemoteAddress {
        addr,
        text,
        port,
        asn: asn.unwrap_or(Asn::ZERO),
    }))
}

/// Whether an AS number is there and has been refused already.
fn has_wrong_as(spec: &Tree, asn: Option<Asn>) -> bool {
    asn.is_none() && spec.get("asNumber").is_some_and(is_given)
}

fn settings(context: &mut Context<'_>, spec: &Tree) -> PeeringSettings {
    let source = choice(context, spec, "sourceAddress", &["UseNodeIP", "None"]);
    let mode = choice(context, spec, "nextHopMode", &["Auto", "Self", "Keep"]);
    let keep = spec.get("keepOriginalNextHop");
    let keep = context.boolean(keep, "spec.keepOriginalNextHop");
    let hops = |text: &str| text.parse().ok();
    let expected = "a number of hops from 0 to 255";
    let times = "a number from 0 to 10";
    let few = |text: &str| text.parse().ok().filter(|times: &u8| *times <= 10);
    let mut filters: Vec<String> = Vec::new();
    for filter in context.items(spec.get("filters"), "spec.filters") {
        let name = context.text(Some(filter), "spec.filters", "a BGPFilter's name");
        filters.extend(name.map(Into::into));
    }
    PeeringSettings {
        password: secret(context, spec.get("password"), "spec.password"),
        any_source_address: source == Some(1),
        restart_time: context.duration(spec.get("maxRestartTime"), "spec.maxRestartTime"),
        keepalive: context.duration(spec.get("keepaliveTime"), "spec.keepaliveTime"),
        ttl_security: context.parsed(spec.get("ttlSecurity"), "spec.ttlSecurity", expected, hops),
        reachable_by: reachable_by(context, spec),
        next_hop: match (mode, keep) {
            (Some(1), _) => NextHop::Own,
            (Some(2), _) => NextHop::Keep,
            (None, Some(true)) => NextHop::KeepExternal,
            _ => NextHop::Auto,
        },
        local_as: context
            .asn(spec.get("localASNumber"), "spec.localASNumber")
            .filter(|asn| *asn != Asn::ZERO),
        allow_local_as: context.parsed(
            spec.get("numAllowedLocalASNumbers"),
            "spec.numAllowedLocalASNumbers",
            times,
            few,
        ),
        filters,
        ..PeeringSettings::default()
    }
}

fn reachable_by(context: &mut Context<'_>, spec: &Tree) -> Option<IpAddr> {
    let tree = spec.get("reachableBy").filter(|tree| is_given(tree))?;
    let gateway = context.address(Some(tree), "spec.reachableBy")?;
    let peer = spec.get("peerIP").and_then(Tree::text).and_then(peer_ip);
    if let Some((peer, ..)) = peer
        && peer.is_ipv4() != gateway.is_ipv4()
    {
        let message = format!("reachableBy {gateway} and peerIP {peer} are of different families");
        context.error(tree.line, "spec.reachableBy", message);
    }
    Some(gateway)
}

/// The place of a field's value among those allowed.
fn choice(context: &mut Context<'_>, spec: &Tree, name: &str, allowed: &[&str]) -> Option<usize> {
    let tree = spec.get(name).filter(|tree| is_given(tree));
    let expected = allowed.join(" or ");
    let place = |text: &str| allowed.iter().position(|allowed| *allowed == text);
    context.parsed(tree, &join("spec", name), &expected, place)
}

/// `ip`, `ip4:port` or `[ip6]:port`: the address, its text, and the port.
fn peer_ip(text: &str) -> Option<(IpAddr, String, Option<u16>)> {
    if let Ok(addr) = text.parse() {
        return Some((addr, text.into(), None));
    }
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host = inner.unwrap_or(host);
    let addr: IpAddr = host.parse().ok()?;
    (addr.is_ipv6() == inner.is_some()).then(|| (addr, host.into(), Some(port)))
}

/// Whether a field is there, not null, and no empty string.
fn is_given(tree: &Tree) -> bool {
    !tree.is_null() && tree.text() != Some("")
}

const FIELDS: &[&str] = &[
    "asNumber",
    "filters",
    "keepOriginalNextHop",
    "keepaliveTime",
    "localASNumber",
    "localWorkloadSelector",
    "maxRestartTime",
    "nextHopMode",
    "node",
    "nodeSelector",
    "numAllowedLocalASNumbers",
    "password",
    "peerIP",
    "peerSelector",
    "reachableBy",
    "reversePeering",
    "sourceAddress",
    "ttlSecurity",
];
