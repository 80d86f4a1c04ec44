//! The routers around a cluster, from a small file of our own.
//!
//! ```yaml
//! underlay: connected          # or routed: all addresses reach each other
//! links:                       # what ways cost, where an IGP says so
//! - {ends: [leaf0, spine0], cost: 10}
//! routers:
//! - name: leaf0
//!   as: 65005
//!   routerID: 10.1.5.1         # else the highest IPv4 address of the interfaces
//!   clusterID: 10.1.5.1        # else the router id
//!   interfaces: {eth1: 10.1.10.1/24, eth3: 10.1.5.1/24}   # or a list
//!   networks: [10.1.5.0/24]    # what it announces
//!   rack: r1                   # what it shares the fate of
//!   zone: a
//!   neighbors:
//!   - address: 10.1.5.10
//!     as: 65005
//!     reflectorClient: true
//!     nextHopSelf: true        # for what it learned over eBGP
//!   - address: 10.1.10.2
//!     as: 500
//!     localAddress: 10.1.10.1  # else the interface on the neighbour's subnet
//!     passive: true            # wait to be dialled
//!     multihop: 2              # hops it may be away; ttlSecurity checks them
//!     allowLocalAS: 1          # how often our AS may be in a path
//!     holdTime: 90s
//!     bfd: true
//!     password: {secretKeyRef: {name: bgp, key: leaf0}}   # never the password
//!     import: accept           # or reject, or a list of prefixes
//!     export: [10.244.0.0/16 le 24, 10.1.5.0/24]
//! ```
//!
//! `underlay` is `connected` unless given. Over iBGP, `import` and `export` are
//! `accept` unless given; over eBGP they have to be given, since nothing is the
//! default there (RFC 8212), and a neighbour without them is an error. A prefix
//! in a list is matched exactly, or with `ge` and `le` as the least and the
//! greatest length of more specific ones; what no prefix matches is rejected.

use alloc::{format, sync::Arc, vec::Vec};

use super::{
    Inventory, Problem, Severity,
    dialect::calico::{Places, secret},
    inventory::{Domains, InterfaceAddress, Link, Neighbor, Router, Underlay},
    yaml::{Context, Kind, Limits, Source, Tree, Value, documents, is_plain, join},
};
use crate::{
    policy::{Policy, PrefixMatch},
    types::{Asn, Prefix},
};

/// What a fabric file says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Fabric {
    /// Which addresses reach each other without BGP.
    pub underlay: Underlay,
    /// The routers.
    pub routers: Vec<Router>,
    /// What ways cost.
    pub links: Vec<Link>,
    /// The file and line of each router, by what a
    /// [`Cause`](super::Cause) calls it.
    pub places: Places,
}

impl Fabric {
    /// Puts the routers around a cluster.
    pub fn apply(self, inventory: &mut Inventory) {
        inventory.underlay = self.underlay;
        inventory.routers = self.routers;
        inventory.links = self.links;
    }
}

/// Reads a fabric file: one document.
///
/// # Errors
/// With everything that is wrong with it.
pub fn read(source: Source<'_>, limits: &Limits) -> Result<Fabric, Vec<Problem>> {
    let mut problems = Vec::new();
    let documents = documents(&source, limits, &mut problems);
    let mut context = Context {
        file: Arc::from(source.name),
        document: 1,
        resource: None,
        problems: &mut problems,
    };
    let fabric = match documents.as_slice() {
        [(_, tree)] => fabric(&mut context, tree),
        [] if !context.problems.is_empty() => None,
        other => {
            let message = format!("expected one document, found {}", other.len());
            context.error(0, "", message);
            None
        }
    };
    problems.retain(|problem| problem.severity == Severity::Error);
    fabric.filter(|_| problems.is_empty()).ok_or(problems)
}

fn fabric(context: &mut Context<'_>, tree: &Tree) -> Option<Fabric> {
    let tree = context.container(Some(tree), "", Kind::Map)?;
    refuse_unknown(context, tree, "", &["underlay", "routers", "links"]);
    let named = |text: &str| match text {
        "connected" => Some(Underlay::Connected),
        "routed" => Some(Underlay::Routed),
        _ => None,
    };
    let underlay = tree.get("underlay");
    let underlay = context.parsed(underlay, "underlay", "connected or routed", named);
    let mut routers: Vec<Router> = Vec::new();
    let mut places = Places::new();
    for item in context.items(tree.get("routers"), "routers") {
        context.resource = None;
        let Some(router) = router(context, item) else {
            continue;
        };
        if routers.iter().any(|other| other.name == router.name) {
            context.error(item.line, "name", "another router has this name");
        }
        let resource = format!("router {:?}", router.name);
        places.insert(resource, (context.file.clone(), item.line));
        routers.push(router);
    }
    Some(Fabric {
        underlay: underlay.unwrap_or(Underlay::Connected),
        routers,
        links: links(context, tree.get("links")),
        places,
    })
}

/// What ways between routers or nodes cost. Whether such names exist is the
/// plan's to say.
fn links(context: &mut Context<'_>, tree: Option<&Tree>) -> Vec<Link> {
    let mut links = Vec::new();
    context.resource = None;
    for (index, item) in context.items(tree, "links").iter().enumerate() {
        let path = format!("links[{index}]");
        let Some(item) = context.container(Some(item), &path, Kind::Map) else {
            continue;
        };
        refuse_unknown(context, item, &path, &["ends", "cost"]);
        let at = |name: &str| join(&path, name);
        let ends = context.items(item.get("ends"), &at("ends"));
        let cost = |text: &str| text.parse().ok().filter(|cost: &u32| *cost > 0);
        let expected = "a cost from 1 to 4294967295";
        let cost = context.parsed(item.get("cost"), &at("cost"), expected, cost);
        let [a, b] = ends else {
            context.error(item.line, &at("ends"), "expected two names");
            continue;
        };
        let a = context.text(Some(a), &at("ends"), "a name").unwrap_or("");
        let b = context.text(Some(b), &at("ends"), "a name").unwrap_or("");
        if item.get("cost").is_none() {
            context.error(item.line, &at("cost"), "is missing");
        }
        links.extend(cost.map(|cost| Link {
            ends: (a.into(), b.into()),
            cost,
        }));
    }
    links
}

fn router(context: &mut Context<'_>, tree: &Tree) -> Option<Router> {
    let tree = context.container(Some(tree), "routers", Kind::Map)?;
    let name = required(context, tree, "name", |context, tree| {
        let expected = "a name without slashes and control characters";
        let name = |text: &str| is_plain(text).then(|| text.into());
        context.parsed(Some(tree), "name", expected, name)
    });
    if let Some(name) = &name {
        let name: &alloc::string::String = name;
        context.resource = Some(Arc::from(format!("router {name:?}")));
    }
    refuse_unknown(context, tree, "", ROUTER);
    let quad = "a dotted quad such as 10.1.5.1, not 0.0.0.0";
    let asn = required(context, tree, "as", |context, tree| {
        as_number(context, tree, "as")
    });
    let router_id = context.parsed(tree.get("routerID"), "routerID", quad, |text| {
        text.parse()
            .ok()
            .filter(|id: &crate::types::RouterId| id.0 != 0)
    });
    let cluster_id = tree.get("clusterID");
    let cluster_id = context.parsed(cluster_id, "clusterID", quad, |text| text.parse().ok());
    let interfaces = interfaces(context, tree.get("interfaces"));
    let mut networks = Vec::new();
    for network in context.items(tree.get("networks"), "networks") {
        networks.extend(context.prefix(Some(network), "networks"));
    }
    let mut domains = Domains::new();
    for kind in ["rack", "zone"] {
        let domain = context.text(tree.get(kind), kind, "a name");
        domains.extend(domain.map(|name| (kind.into(), name.into())));
    }
    let mut neighbors: Vec<Neighbor> = Vec::new();
    for (index, item) in context
        .items(tree.get("neighbors"), "neighbors")
        .iter()
        .enumerate()
    {
        let path = format!("neighbors[{index}]");
        let Some(neighbor) = neighbor(context, item, &path, asn) else {
            continue;
        };
        if neighbors.iter().any(|n| n.address == neighbor.address) {
            let message = format!("neighbour {} is given twice", neighbor.address);
            context.error(item.line, &join(&path, "address"), message);
        }
        neighbors.push(neighbor);
    }
    Some(Router {
        name: name?,
        asn: asn?,
        router_id,
        cluster_id,
        interfaces,
        networks,
        neighbors,
        domains,
    })
}

/// A list of addresses, or a map of interfaces' names to them.
fn interfaces(context: &mut Context<'_>, tree: Option<&Tree>) -> Vec<InterfaceAddress> {
    let values: Vec<&Tree> = match tree.map(|tree| &tree.value) {
        Some(Value::Map(entries)) => entries.iter().map(|(_, value)| value).collect(),
        _ => context.items(tree, "interfaces").iter().collect(),
    };
    let mut read = Vec::new();
    for value in values {
        read.extend(context.interface(Some(value), "interfaces", None));
    }
    read
}

fn neighbor(
    context: &mut Context<'_>,
    tree: &Tree,
    path: &str,
    own: Option<Asn>,
) -> Option<Neighbor> {
    let tree = context.container(Some(tree), path, Kind::Map)?;
    refuse_unknown(context, tree, path, NEIGHBOR);
    let at = |name: &str| join(path, name);
    let address = required(context, tree, "address", |context, tree| {
        context.address(Some(tree), &at("address"))
    });
    let asn = required(context, tree, "as", |context, tree| {
        as_number(context, tree, &at("as"))
    });
    let local_address = context.address(tree.get("localAddress"), &at("localAddress"));
    let mut flag = |name: &str| context.boolean(tree.get(name), &at(name)).unwrap_or(false);
    let (client, own_hop) = (flag("reflectorClient"), flag("nextHopSelf"));
    let (passive, bfd) = (flag("passive"), flag("bfd"));
    let hops = |text: &str| text.parse().ok().filter(|hops: &u8| *hops > 0);
    let expected = "a number of hops from 1 to 255";
    let mut number = |name: &str| context.parsed(tree.get(name), &at(name), expected, hops);
    let (ttl_security, multihop) = (number("ttlSecurity"), number("multihop"));
    let allow_local_as = number("allowLocalAS");
    let hold_time = context.duration(tree.get("holdTime"), &at("holdTime"));
    let password = secret(context, tree.get("password"), &at("password"));
    let mut policies = [None, None];
    for (name, place) in ["import", "export"].into_iter().zip(&mut policies) {
        *place = policy(context, tree.get(name), &at(name));
        if tree.get(name).is_none() && own.is_some() && asn.is_some() && own != asn {
            let message = "expected accept, reject or a list of prefixes: over eBGP nothing is \
                           exchanged unless said (RFC 8212)";
            context.error(tree.line, &at(name), message);
        }
    }
    let [import, export] = policies;
    let (address, asn) = (address?, asn?);
    if client && own != Some(asn) {
        let message = "only a neighbour in the router's own AS can be a reflection client";
        context.error(tree.line, &at("reflectorClient"), message);
    }
    Some(Neighbor {
        local_address,
        reflector_client: client,
        next_hop_self: own_hop,
        passive,
        password,
        ttl_security,
        hops: multihop,
        hold_time,
        bfd,
        allow_local_as,
        import,
        export,
        ..Neighbor::new(address, asn)
    })
}

fn policy(context: &mut Context<'_>, tree: Option<&Tree>, field: &str) -> Option<Policy> {
    let tree = tree?;
    if !matches!(tree.value, Value::List(_)) {
        let expected = "accept, reject or a list of prefixes";
        return context.parsed(Some(tree), field, expected, |text| match text {
            "accept" => Some(Policy::ACCEPT),
            "reject" => Some(Policy::REJECT),
            _ => None,
        });
    }
    let mut matches = Vec::new();
    for item in context.items(Some(tree), field) {
        let expected = "a prefix such as 10.244.0.0/16 or 10.244.0.0/16 le 24";
        matches.extend(context.parsed(Some(item), field, expected, prefix_match));
    }
    Some(Policy::only(matches))
}

fn prefix_match(text: &str) -> Option<PrefixMatch> {
    let mut words = text.split_ascii_whitespace();
    let prefix: Prefix = words.next()?.parse().ok()?;
    let (mut ge, mut le) = (None, None);
    let longest = if prefix.addr().is_ipv4() { 32 } else { 128 };
    while let Some(word) = words.next() {
        let length = words.next()?.parse().ok()?;
        let length = Some(length).filter(|l| (prefix.length()..=longest).contains(l))?;
        match word {
            "ge" if ge.is_none() => ge = Some(length),
            "le" if le.is_none() => le = Some(length),
            _ => return None,
        }
    }
    Some(PrefixMatch { prefix, ge, le })
}

fn as_number(context: &mut Context<'_>, tree: &Tree, field: &str) -> Option<Asn> {
    let asn = context.asn(Some(tree), field)?;
    if asn == Asn::ZERO {
        let message = "expected an AS number from 1 to 4294967295, found 0";
        context.error(tree.line, field, message);
        return None;
    }
    Some(asn)
}

fn required<T>(
    context: &mut Context<'_>,
    tree: &Tree,
    name: &str,
    read: impl FnOnce(&mut Context<'_>, &Tree) -> Option<T>,
) -> Option<T> {
    if let Some(field) = tree.get(name).filter(|field| !field.is_null()) {
        read(context, field)
    } else {
        context.error(tree.line, name, "is missing");
        None
    }
}

/// Our own file: what we do not know is a mistake.
fn refuse_unknown(context: &mut Context<'_>, tree: &Tree, path: &str, known: &[&str]) {
    let Value::Map(entries) = &tree.value else {
        return;
    };
    for (key, _) in entries {
        let name = key.text().unwrap_or("?");
        if !known.contains(&name) {
            let message = format!("unknown field: expected {}", known.join(", "));
            context.error(key.line, &join(path, name), message);
        }
    }
}

const ROUTER: &[&str] = &[
    "name",
    "as",
    "routerID",
    "clusterID",
    "interfaces",
    "networks",
    "neighbors",
    "rack",
    "zone",
];

const NEIGHBOR: &[&str] = &[
    "address",
    "as",
    "localAddress",
    "reflectorClient",
    "nextHopSelf",
    "passive",
    "password",
    "ttlSecurity",
    "multihop",
    "allowLocalAS",
    "holdTime",
    "bfd",
    "import",
    "export",
];
