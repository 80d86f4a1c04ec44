//! `BGPFilter`.

use alloc::{format, string::String, vec::Vec};

use crate::{
    plan::{
        filter::{Filter, FilterCommunity, FilterOperation, FilterPrefix, FilterRule},
        yaml::{Context, Kind, Tree, Value, join},
    },
    types::{Asn, Community, LargeCommunity, PeerType},
};

use super::Reader;

impl Reader {
    pub(super) fn filter(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let Some(spec) = context.container(tree.get("spec"), "spec", Kind::Map) else {
            return;
        };
        context.only(
            spec,
            "spec",
            &["importV4", "exportV4", "importV6", "exportV6"],
        );
        let version = self.options.version;
        let mut read = |field: &str, v4: bool| {
            let path = join("spec", field);
            let mut rules = Vec::new();
            for (number, item) in context.items(spec.get(field), &path).iter().enumerate() {
                let path = format!("{path}[{number}]");
                version.look_at_rule(context, item, &path);
                rules.extend(rule(context, item, &path, v4));
            }
            rules
        };
        let filter = Filter {
            name: name.into(),
            import_v4: read("importV4", true),
            export_v4: read("exportV4", true),
            import_v6: read("importV6", false),
            export_v6: read("exportV6", false),
        };
        self.inventory.filters.push(filter);
    }
}

fn rule(context: &mut Context<'_>, tree: &Tree, path: &str, v4: bool) -> Option<FilterRule> {
    let tree = context.container(Some(tree), path, Kind::Map)?;
    context.only(tree, path, FIELDS);
    let at = |name: &str| join(path, name);
    let action = |text: &str| match text {
        "Accept" => Some(true),
        "Reject" => Some(false),
        _ => None,
    };
    let field = tree.get("action").filter(|it| !it.is_null());
    if field.is_none() {
        context.error(
            tree.line,
            &at("action"),
            "expected Accept or Reject, found none",
        );
    }
    let accept = context.parsed(field, &at("action"), "Accept or Reject", action);
    let source = tree.get("source");
    let peers = |text: &str| (text == "RemotePeers").then_some(());
    let from_peers = context.parsed(source, &at("source"), "RemotePeers", peers);
    let interface = tree.get("interface");
    let short = |text: &str| (1..=15).contains(&text.len()).then(|| String::from(text));
    let expected = "an interface's name of at most 15 characters";
    let interface = context.parsed(interface, &at("interface"), expected, short);
    let kind = |text: &str| match text {
        "iBGP" => Some(PeerType::Internal),
        "eBGP" => Some(PeerType::External),
        _ => None,
    };
    let peer_type = tree.get("peerType");
    let peer_type = context.parsed(peer_type, &at("peerType"), "iBGP or eBGP", kind);
    let priority = tree.get("priority");
    let priority = context.parsed(priority, &at("priority"), PRIORITY, number);
    let operations = operations(context, tree, path, accept);
    Some(FilterRule {
        prefix: prefix(context, tree, path, v4),
        from_peers: from_peers.is_some(),
        interface,
        community: communities(context, tree.get("communities"), &at("communities")),
        as_path_prefix: ases(context, tree.get("asPathPrefix"), &at("asPathPrefix")),
        priority,
        peer_type,
        operations,
        accept: accept?,
    })
}

/// `cidr`, `matchOperator` and `prefixLength`, which go together.
fn prefix(context: &mut Context<'_>, tree: &Tree, path: &str, v4: bool) -> Option<FilterPrefix> {
    let at = |name: &str| join(path, name);
    let given = |name: &str| {
        tree.get(name)
            .filter(|it| !it.is_null() && it.text() != Some(""))
    };
    let (cidr, operator, lengths) = (given("cidr"), given("matchOperator"), given("prefixLength"));
    if cidr.is_some() != operator.is_some() {
        let line = cidr.or(operator).map_or(tree.line, |it| it.line);
        let message = "cidr and matchOperator must both be set or both be empty";
        context.error(line, &at("matchOperator"), message);
    }
    if let (None, Some(lengths)) = (cidr, lengths) {
        let message = "cidr is required when prefixLength is set";
        context.error(lengths.line, &at("prefixLength"), message);
    }
    let operation = |text: &str| match text {
        "Equal" => Some((false, false)),
        "NotEqual" => Some((false, true)),
        "In" => Some((true, false)),
        "NotIn" => Some((true, true)),
        _ => None,
    };
    let expected = "Equal, NotEqual, In or NotIn";
    let operator = context.parsed(operator, &at("matchOperator"), expected, operation);
    let longest = if v4 { 32 } else { 128 };
    let mut bounds = |name: &str| {
        let field = lengths.and_then(|it| it.get(name));
        let length = |text: &str| text.parse().ok().filter(|it: &u8| *it <= longest);
        let expected = format!("a length from 0 to {longest}");
        context.parsed(field, &at(&join("prefixLength", name)), &expected, length)
    };
    let lengths = lengths.map(|_| (bounds("min"), bounds("max")));
    let expected = if v4 {
        "an IPv4 prefix such as 10.0.0.0/8"
    } else {
        "an IPv6 prefix such as fd00::/8"
    };
    let of_family = |text: &str| {
        // Calico takes a prefix with bits set beyond its length.
        let (addr, length) = text.split_once('/')?;
        let addr: core::net::IpAddr = addr.parse().ok()?;
        let prefix = crate::types::Prefix::new(addr, length.parse().ok()?).ok()?;
        (addr.is_ipv4() == v4).then_some(prefix)
    };
    let prefix = context.parsed(cidr, &at("cidr"), expected, of_family)?;
    let (inside, negated) = operator?;
    Some(FilterPrefix {
        prefix,
        inside,
        negated,
        lengths,
    })
}

fn communities(
    context: &mut Context<'_>,
    tree: Option<&Tree>,
    path: &str,
) -> Option<FilterCommunity> {
    let tree = context.container(tree, path, Kind::Map)?;
    let path = join(path, "values");
    let values = context.items(tree.get("values"), &path);
    let [one] = values else {
        let message = format!("expected exactly one value, found {}", values.len());
        context.error(tree.line, &path, message);
        return None;
    };
    context.parsed(Some(one), &path, COMMUNITY, community)
}

/// `aa:nn`, or `aa:nn:mm` for a large one.
pub(super) fn community(text: &str) -> Option<FilterCommunity> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [a, b] => {
            let (a, b): (u16, u16) = (a.parse().ok()?, b.parse().ok()?);
            Some(FilterCommunity::Standard(Community::new(a, b)))
        }
        [a, b, c] => {
            let (a, b, c) = (a.parse().ok()?, b.parse().ok()?, c.parse().ok()?);
            Some(FilterCommunity::Large(LargeCommunity::new(a, b, c)))
        }
        _ => None,
    }
}

fn ases(context: &mut Context<'_>, tree: Option<&Tree>, path: &str) -> Vec<Asn> {
    let mut ases = Vec::new();
    for item in context.items(tree, path) {
        ases.extend(context.asn(Some(item), path));
    }
    ases
}

fn operations(
    context: &mut Context<'_>,
    tree: &Tree,
    path: &str,
    accept: Option<bool>,
) -> Vec<FilterOperation> {
    let path = join(path, "operations");
    let items = context.items(tree.get("operations"), &path);
    if let (Some(first), Some(false)) = (items.first(), accept) {
        let message = "operations can only be used with action Accept";
        context.error(first.line, &path, message);
    }
    if let Some(eleventh) = items.get(10) {
        let message = format!("expected at most 10 operations, found {}", items.len());
        context.error(eleventh.line, &path, message);
    }
    let mut operations = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let path = format!("{path}[{number}]");
        operations.extend(operation(context, item, &path));
    }
    operations
}

fn operation(context: &mut Context<'_>, tree: &Tree, path: &str) -> Option<FilterOperation> {
    let tree = context.container(Some(tree), path, Kind::Map)?;
    let Value::Map(entries) = &tree.value else {
        return None;
    };
    let [(key, value)] = entries.as_slice() else {
        let message = format!(
            "expected exactly one of addCommunity, prependASPath and setPriority, found {}",
            entries.len()
        );
        context.error(tree.line, path, message);
        return None;
    };
    let name = key.text().unwrap_or("?");
    let path = join(path, name);
    match name {
        "addCommunity" => {
            let path = join(&path, "value");
            let value = context.parsed(value.get("value"), &path, COMMUNITY, community);
            if value.is_none() && value_missing(key, entries) {
                context.error(key.line, &path, "is missing");
            }
            value.map(FilterOperation::AddCommunity)
        }
        "prependASPath" => {
            let ases = ases(context, value.get("prefix"), &join(&path, "prefix"));
            (!ases.is_empty()).then_some(FilterOperation::Prepend(ases))
        }
        "setPriority" => {
            let path = join(&path, "value");
            let value = context.parsed(value.get("value"), &path, PRIORITY, number);
            value.map(FilterOperation::SetPriority)
        }
        _ => {
            let message = "unknown field: expected addCommunity, prependASPath or setPriority";
            context.error(key.line, &path, message);
            None
        }
    }
}

fn value_missing(key: &Tree, entries: &[(Tree, Tree)]) -> bool {
    let of = entries.iter().find(|(it, _)| it.text() == key.text());
    of.is_none_or(|(_, value)| value.get("value").is_none())
}

fn number(text: &str) -> Option<u32> {
    text.parse()
        .ok()
        .filter(|it| (1..=0x7fff_fffe).contains(it))
}

const PRIORITY: &str = "a priority from 1 to 2147483646";
pub(super) const COMMUNITY: &str = "a community such as 65000:100 or 65000:100:200";

const FIELDS: &[&str] = &[
    "action",
    "asPathPrefix",
    "cidr",
    "communities",
    "interface",
    "matchOperator",
    "operations",
    "peerType",
    "prefixLength",
    "priority",
    "source",
];
