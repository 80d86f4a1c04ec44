//! `CiliumBGPClusterConfig` and `CiliumBGPNodeConfigOverride`.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::IpAddr;

use crate::{
    plan::{
        dialect::kubernetes::{Resource, label_selector},
        selector::Selector,
        yaml::{Context, Kind, Tree, join},
    },
    types::{Asn, RouterId},
};

pub(super) struct Config {
    pub(super) name: String,
    pub(super) selector: Selector,
    pub(super) instances: Vec<Instance>,
}

pub(super) struct Instance {
    pub(super) name: String,
    pub(super) asn: Option<Asn>,
    pub(super) port: Option<u16>,
    pub(super) peers: Vec<Peer>,
}

pub(super) struct Peer {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) asn: Asn,
    pub(super) address: Option<(IpAddr, String)>,
    pub(super) discovers: bool,
    pub(super) config: Option<String>,
}

#[derive(Default)]
pub(super) struct Override {
    pub(super) router_id: Option<RouterId>,
    pub(super) port: Option<u16>,
    pub(super) asn: Option<Asn>,
    /// By peer, the node's address.
    pub(super) locals: BTreeMap<String, IpAddr>,
}

pub(super) fn config(context: &mut Context<'_>, resource: &Resource<'_>) -> Option<Config> {
    let Some(spec) = resource.spec(context) else {
        let message = "expected bgpInstances, found no spec";
        context.error(resource.tree.line, "spec", message);
        return None;
    };
    context.only(spec, "spec", &["bgpInstances", "nodeSelector"]);
    let selector = label_selector(context, spec.get("nodeSelector"), "spec.nodeSelector");
    let path = "spec.bgpInstances";
    let items = context.items(spec.get("bgpInstances"), path);
    if items.is_empty() || items.len() > MOST_INSTANCES {
        let message = format!(
            "expected 1 to {MOST_INSTANCES} instances, found {}",
            items.len()
        );
        context.error(spec.line, path, message);
    }
    let mut names = BTreeSet::new();
    let mut instances = Vec::new();
    for item in items {
        context.only(item, path, &["localASN", "localPort", "name", "peers"]);
        let name = named(context, item, path, &mut names);
        let asn = context.asn(item.get("localASN"), "spec.bgpInstances.localASN");
        let port = context.port(item.get("localPort"), "spec.bgpInstances.localPort");
        let mut peers = Vec::new();
        let mut peer_names = BTreeSet::new();
        for item in context.items(item.get("peers"), "spec.bgpInstances.peers") {
            peers.extend(peer(context, item, &mut peer_names));
        }
        instances.push(Instance {
            name,
            asn: asn.filter(|it| *it != Asn::ZERO),
            port,
            peers,
        });
    }
    Some(Config {
        name: resource.name.into(),
        selector: selector?,
        instances,
    })
}

fn peer(context: &mut Context<'_>, item: &Tree, names: &mut BTreeSet<String>) -> Option<Peer> {
    let path = "spec.bgpInstances.peers";
    let known = [
        "autoDiscovery",
        "name",
        "peerASN",
        "peerAddress",
        "peerConfigRef",
    ];
    context.only(item, path, &known);
    let name = named(context, item, path, names);
    let asn = context.asn(item.get("peerASN"), "spec.bgpInstances.peers.peerASN");
    let field = "spec.bgpInstances.peers.peerAddress";
    let address = context.address(item.get("peerAddress"), field);
    let discovers = item.get("autoDiscovery").is_some_and(|it| !it.is_null());
    let given = item.get("peerAddress").is_some_and(|it| !it.is_null());
    if !given && !discovers {
        let message = format!("peer {name:?}: expected an address or autoDiscovery, found neither");
        context.error(item.line, field, message);
        return None;
    }
    let text = item.get("peerAddress").and_then(Tree::text).unwrap_or("");
    let path = join(path, "peerConfigRef");
    let reference = context.container(item.get("peerConfigRef"), &path, Kind::Map);
    let config = reference.and_then(|it| it.get("name"));
    let config = context.text(config, &join(&path, "name"), "a name");
    Some(Peer {
        name,
        line: item.line,
        // None given, any is taken.
        asn: asn.unwrap_or(Asn::ZERO),
        address: address.map(|it| (it, text.to_string())),
        discovers,
        config: config.map(ToString::to_string),
    })
}

pub(super) fn overrides(
    context: &mut Context<'_>,
    resource: &Resource<'_>,
) -> BTreeMap<String, Override> {
    let mut all = BTreeMap::new();
    let spec = resource.spec(context);
    let path = "spec.bgpInstances";
    let mut names = BTreeSet::new();
    for item in context.items(spec.and_then(|it| it.get("bgpInstances")), path) {
        let known = [
            "localASN",
            "localPort",
            "name",
            "peers",
            "routerID",
            "srv6Responder",
        ];
        context.only(item, path, &known);
        let name = named(context, item, path, &mut names);
        let id = |text: &str| text.parse().ok();
        let field = "spec.bgpInstances.routerID";
        let mut own = Override {
            router_id: context.parsed(item.get("routerID"), field, "a dotted quad", id),
            port: context.port(item.get("localPort"), "spec.bgpInstances.localPort"),
            asn: context.asn(item.get("localASN"), "spec.bgpInstances.localASN"),
            locals: BTreeMap::new(),
        };
        let path = "spec.bgpInstances.peers";
        let mut peers = BTreeSet::new();
        for item in context.items(item.get("peers"), path) {
            let peer = named(context, item, path, &mut peers);
            let local = context.address(item.get("localAddress"), &join(path, "localAddress"));
            own.locals.extend(local.map(|it| (peer, it)));
        }
        all.insert(name, own);
    }
    all
}

/// An item's name, which has to be its own in its list.
fn named(
    context: &mut Context<'_>,
    item: &Tree,
    path: &str,
    names: &mut BTreeSet<String>,
) -> String {
    let field = join(path, "name");
    let name = context
        .text(item.get("name"), &field, "a name")
        .unwrap_or("");
    if name.is_empty() {
        context.error(item.line, &field, "expected a name, found none");
    } else if !names.insert(name.into()) {
        let message = format!("the name {name:?} is given twice");
        context.error(item.line, &field, message);
    }
    name.into()
}

const MOST_INSTANCES: usize = 16;
