//! `IPAddressPool`, `BGPAdvertisement` and `Community`: which ranges are
//! announced.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::IpAddr;

use crate::{
    plan::{
        dialect::kubernetes::{Cluster, Resource, any_of, number},
        routing::{ServiceKind, ServiceRange},
        selector::Selector,
        yaml::{Context, Tree, join},
    },
    types::Prefix,
};

#[derive(Default)]
pub(super) struct Pools {
    all: BTreeMap<String, Pool>,
    told: Vec<Advertisement>,
    /// Communities that have names.
    named: BTreeSet<String>,
}

#[derive(Default)]
struct Pool {
    ranges: Vec<Prefix>,
    labels: BTreeMap<String, String>,
}

struct Advertisement {
    name: String,
    line: usize,
    pools: Vec<String>,
    /// Pools by their labels; with no names and no labels, all.
    selector: Option<Selector>,
    nodes: Selector,
    peers: Vec<String>,
    communities: Vec<String>,
}

impl Pools {
    pub(super) fn pool(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) {
        let mut pool = Pool::default();
        let labels = resource
            .tree
            .get("metadata")
            .and_then(|it| it.get("labels"));
        if let Some(crate::plan::yaml::Value::Map(entries)) = labels.map(|it| &it.value) {
            for (key, value) in entries {
                if let (Some(key), Some(value)) = (key.text(), value.text()) {
                    pool.labels.insert(key.into(), value.into());
                }
            }
        }
        let spec = resource.spec(context);
        let field = "spec.addresses";
        let items = context.items(spec.and_then(|it| it.get("addresses")), field);
        if items.is_empty() {
            let message = "expected at least one range, found none";
            context.error(resource.tree.line, field, message);
        }
        for item in items {
            let expected = "a prefix such as 192.0.2.0/24, or a range such as 192.0.2.1-192.0.2.9";
            let found = context.parsed(Some(item), field, expected, ranges);
            pool.ranges.extend(found.unwrap_or_default());
        }
        self.all.insert(resource.name.into(), pool);
    }

    pub(super) fn communities(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) {
        let spec = resource.spec(context);
        let items = spec.and_then(|it| it.get("communities"));
        for item in context.items(items, "spec.communities") {
            let name = context.text(item.get("name"), "spec.communities.name", "a name");
            self.named.extend(name.map(ToString::to_string));
            let field = "spec.communities.value";
            context.parsed(item.get("value"), field, COMMUNITY, community);
        }
    }

    pub(super) fn advertisement(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) {
        // Without a spec it is for all pools, nodes and peers.
        let spec = resource.spec(context);
        let field = |name: &str| spec.and_then(|it| it.get(name)).filter(|it| !it.is_null());
        if let Some(spec) = spec {
            context.only(spec, "spec", FIELDS);
        }
        let names = |context: &mut Context<'_>, name: &str| -> Vec<String> {
            let items = context.items(field(name), &join("spec", name));
            let texts = items.iter().filter_map(Tree::text);
            texts.map(ToString::to_string).collect()
        };
        let pools = names(context, "ipAddressPools");
        let peers = names(context, "peers");
        let communities = names(context, "communities");
        let path = "spec.ipAddressPoolSelectors";
        let selectors = field("ipAddressPoolSelectors");
        let selector = selectors.and_then(|_| any_of(context, selectors, path));
        let nodes = any_of(context, field("nodeSelectors"), "spec.nodeSelectors");
        number(
            context,
            field("aggregationLength"),
            "spec.aggregationLength",
            (1, 32),
        );
        let v6 = field("aggregationLengthV6");
        number(context, v6, "spec.aggregationLengthV6", (1, 128));
        number(
            context,
            field("localPref"),
            "spec.localPref",
            (0, 0xffff_ffff),
        );
        self.told.push(Advertisement {
            name: resource.name.into(),
            line: resource.tree.line,
            pools,
            selector,
            nodes: nodes.unwrap_or_else(Selector::all),
            peers,
            communities,
        });
    }

    /// The ranges that are announced, with what advertisements name and nobody
    /// has.
    pub(super) fn announced(
        &self,
        context: &mut Context<'_>,
        cluster: &Cluster,
        peers: &BTreeSet<String>,
    ) -> Vec<ServiceRange> {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for of in &self.told {
            cluster.at(context, "BGPAdvertisement", &of.name);
            for name in &of.pools {
                if !self.all.contains_key(name) {
                    let message = format!("IPAddressPool {name:?} is not in the input");
                    context.warn(of.line, "spec.ipAddressPools", message);
                }
            }
            for name in &of.peers {
                if !peers.contains(name) {
                    let message = format!("BGPPeer {name:?} is not in the input");
                    context.warn(of.line, "spec.peers", message);
                }
            }
            for text in &of.communities {
                if community(text).is_none() && !self.named.contains(text) {
                    let message =
                        format!("expected {COMMUNITY} or a Community's name, found {text:?}");
                    context.error(of.line, "spec.communities", message);
                }
            }
            let none = cluster.selected(&of.nodes).next().is_none();
            if none && !cluster.nodes.is_empty() {
                context.warn(of.line, "spec.nodeSelectors", "no node has these labels");
            }
            let all = of.pools.is_empty() && of.selector.is_none();
            for (name, pool) in &self.all {
                let selected = of
                    .selector
                    .as_ref()
                    .is_some_and(|it| it.matches(&pool.labels));
                if all || selected || of.pools.contains(name) {
                    told.insert(name);
                }
            }
        }
        for name in self.all.keys().filter(|it| !told.contains(it.as_str())) {
            let line = cluster.at(context, "IPAddressPool", name);
            let message = "no BGPAdvertisement is for it: it is not announced over BGP";
            context.note(line, "", message);
        }
        let pools = self.all.iter().filter(|it| told.contains(it.0.as_str()));
        let ranges = pools.flat_map(|it| &it.1.ranges);
        let kind = ServiceKind::LoadBalancer;
        ranges
            .map(|it| ServiceRange { prefix: *it, kind })
            .collect()
    }
}

/// `65535:65282`, or `large:1:2:3`.
fn community(text: &str) -> Option<()> {
    let numbers = |text: &str, count: usize, most: u32| {
        let parts: Vec<&str> = text.split(':').collect();
        let mut numbers = parts.iter().map(|it| it.parse::<u32>());
        let fit = numbers.all(|it| it.is_ok_and(|it| it <= most));
        (parts.len() == count && fit).then_some(())
    };
    match text.strip_prefix("large:") {
        Some(large) => numbers(large, 3, u32::MAX),
        None => numbers(text, 2, 0xffff),
    }
}

/// A prefix, or the prefixes of a range from one address to another.
fn ranges(text: &str) -> Option<Vec<Prefix>> {
    let Some((first, last)) = text.split_once('-') else {
        let (addr, length) = text.split_once('/')?;
        let prefix = Prefix::new(addr.trim().parse().ok()?, length.trim().parse().ok()?);
        return Some(Vec::from([prefix.ok()?]));
    };
    let first: IpAddr = first.trim().parse().ok()?;
    let last: IpAddr = last.trim().parse().ok()?;
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
            let subnets = ipnet::Ipv4Subnets::new(first, last, 0);
            Some(
                subnets
                    .filter_map(|it| Prefix::new(it.addr().into(), it.prefix_len()).ok())
                    .collect(),
            )
        }
        (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
            let subnets = ipnet::Ipv6Subnets::new(first, last, 0);
            Some(
                subnets
                    .filter_map(|it| Prefix::new(it.addr().into(), it.prefix_len()).ok())
                    .collect(),
            )
        }
        _ => None,
    }
}

const COMMUNITY: &str = "a community such as 65535:65282 or large:64512:1:2";

const FIELDS: &[&str] = &[
    "aggregationLength",
    "aggregationLengthV6",
    "communities",
    "ipAddressPoolSelectors",
    "ipAddressPools",
    "localPref",
    "nodeSelectors",
    "peers",
];
