//! `IPPool`, `BlockAffinity`, and what a `BGPConfiguration` says of routes.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{
    Reader,
    filter::{COMMUNITY, community},
};
use crate::{
    plan::{
        filter::FilterCommunity,
        routing::{Logging, Mark, Pool, Programmed, ServiceKind, ServiceRange, Tunnel},
        yaml::{Context, Kind, Tree, join},
    },
    types::Prefix,
};

/// What a node's own configuration may say too.
pub(super) struct OfNode {
    pub(super) logging: Option<Logging>,
    pub(super) marks: Option<Vec<Mark>>,
}

impl Reader {
    /// The fields that only the configuration `default` may have.
    pub(super) fn routing(&mut self, context: &mut Context<'_>, spec: &Tree) {
        let routing = &mut self.inventory.routing;
        for (field, kind) in SERVICES {
            let path = join("spec", field);
            for item in context.items(spec.get(field), &path) {
                let cidr = item.get("cidr").filter(|it| it.text() != Some(""));
                let path = join(&path, "cidr");
                let prefix = context.parsed(cidr, &path, RANGE, range);
                routing
                    .services
                    .extend(prefix.map(|prefix| ServiceRange { prefix, kind }));
            }
        }
        let program = |text: &str| match text {
            "EnabledNoEncapOnly" => Some(Programmed::WithoutTunnel),
            "Enabled" => Some(Programmed::All),
            "Disabled" => Some(Programmed::Nothing),
            _ => None,
        };
        let field = spec.get("programClusterRoutes");
        let expected = "Enabled, EnabledNoEncapOnly or Disabled";
        let path = "spec.programClusterRoutes";
        routing.program = context
            .parsed(field, path, expected, program)
            .unwrap_or_default();
        for (field, priority) in [
            ("ipv4NormalRoutePriority", &mut routing.priority_v4),
            ("ipv6NormalRoutePriority", &mut routing.priority_v6),
        ] {
            let number = |text: &str| {
                let number = text.parse().ok();
                number.filter(|it| (1..=0x7fff_fffe).contains(it))
            };
            let expected = "a priority from 1 to 2147483646";
            let given = context.parsed(spec.get(field), &join("spec", field), expected, number);
            *priority = given.unwrap_or(*priority);
        }
        for item in context.items(spec.get("ignoredInterfaces"), "spec.ignoredInterfaces") {
            // BIRD would leave out every interface.
            let name = |text: &str| {
                let is_name = text != "*" && !text.is_empty() && !text.contains(['"', '\n']);
                is_name.then(|| text.into())
            };
            let expected = "an interface's name, or a pattern other than \"*\" alone";
            let name = context.parsed(Some(item), "spec.ignoredInterfaces", expected, name);
            routing.ignored_interfaces.extend(name);
        }
        let mode = |text: &str| match text {
            "None" => Some(false),
            "NodeIP" => Some(true),
            _ => None,
        };
        let field = spec.get("bindMode");
        let bind = context.parsed(field, "spec.bindMode", "None or NodeIP", mode);
        routing.bind_node_address = bind == Some(true);
    }

    pub(super) fn pool(&mut self, context: &mut Context<'_>, tree: &Tree, name: &str) {
        let spec = context.container(tree.get("spec"), "spec", Kind::Map);
        let field = |name: &str| spec.and_then(|spec| spec.get(name));
        let cidr = context.prefix(field("cidr"), "spec.cidr");
        let unexported = context.boolean(field("disableBGPExport"), "spec.disableBGPExport");
        let mut mode = |name: &str| {
            let modes = ["Never", "Always", "CrossSubnet"];
            let place = |text: &str| match text {
                "" => Some(0),
                _ => modes.iter().position(|mode| *mode == text),
            };
            let expected = "Always, CrossSubnet or Never";
            context.parsed(field(name), &join("spec", name), expected, place)
        };
        let tunnel = match (mode("vxlanMode"), mode("ipipMode")) {
            (Some(1), _) => Tunnel::Vxlan,
            (Some(2), _) => Tunnel::VxlanCrossSubnet,
            (_, Some(1)) => Tunnel::IpIp,
            (_, Some(2)) => Tunnel::IpIpCrossSubnet,
            _ => Tunnel::None,
        };
        let Some(prefix) = cidr else {
            if field("cidr").is_none_or(Tree::is_null) {
                context.error(tree.line, "spec.cidr", "expected a prefix, found none");
            }
            return;
        };
        self.inventory.routing.pools.push(Pool {
            name: name.into(),
            prefix,
            tunnel,
            exported: unexported != Some(true),
        });
    }

    pub(super) fn block_affinity(&mut self, context: &mut Context<'_>, tree: &Tree, _name: &str) {
        let spec = context.container(tree.get("spec"), "spec", Kind::Map);
        let field = |name| spec.and_then(|spec| spec.get(name));
        let cidr = context.prefix(field("cidr"), "spec.cidr");
        let node = context.text(field("node"), "spec.node", "a node's name");
        let state = context.text(field("state"), "spec.state", "a state");
        let deleted = context.text(field("deleted"), "spec.deleted", "true or false");
        let (Some(cidr), Some(node)) = (cidr, node) else {
            return;
        };
        match state {
            _ if deleted == Some("true") => {}
            None | Some("" | "confirmed") => {
                self.blocks.entry(node.into()).or_default().push(cidr);
            }
            Some("pending") => {
                let nodes = &mut self.inventory.routing.nodes;
                nodes.entry(node.into()).or_default().pending.push(cidr);
            }
            Some(_) => {}
        }
    }

    /// Takes blocks of pools that are not exported from what nodes announce.
    pub(super) fn withhold(&mut self) {
        let pools = &self.inventory.routing.pools;
        let unexported: Vec<Prefix> = pools
            .iter()
            .filter(|pool| !pool.exported)
            .map(|pool| pool.prefix)
            .collect();
        if unexported.is_empty() {
            return;
        }
        let nodes = &mut self.inventory.routing.nodes;
        for node in &mut self.inventory.nodes {
            let all = core::mem::take(&mut node.advertised);
            let (withheld, told) = all
                .into_iter()
                .partition(|block| unexported.iter().any(|pool| pool.covers(*block)));
            node.advertised = told;
            let withheld: Vec<Prefix> = withheld;
            if !withheld.is_empty() {
                nodes.entry(node.name.clone()).or_default().withheld = withheld;
            }
        }
    }
}

/// The fields that a node's configuration may have as well.
pub(super) fn of_node(context: &mut Context<'_>, spec: &Tree) -> OfNode {
    let level = |text: &str| {
        let mut levels = LEVELS.iter();
        let found = levels.find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, level)| *level)
    };
    let field = spec
        .get("logSeverityScreen")
        .filter(|it| it.text() != Some(""));
    let expected = "Debug, Info, Warning, Error, Fatal or None";
    OfNode {
        logging: context.parsed(field, "spec.logSeverityScreen", expected, level),
        marks: marks(context, spec),
    }
}

/// `prefixAdvertisements`, with the communities' names looked up.
fn marks(context: &mut Context<'_>, spec: &Tree) -> Option<Vec<Mark>> {
    let mut named = BTreeMap::new();
    let defined = context.items(spec.get("communities"), "spec.communities");
    for item in defined {
        let name = context.text(item.get("name"), "spec.communities.name", "a name");
        let value = item.get("value");
        let value = context.parsed(value, "spec.communities.value", COMMUNITY, community);
        if let (Some(name), Some(value)) = (name, value) {
            named.insert(String::from(name), value);
        }
    }
    let path = "spec.prefixAdvertisements";
    let field = spec.get("prefixAdvertisements");
    let items = context.items(field, path);
    if let (Some(first), []) = (defined.first(), items) {
        let message = "communities are defined but not used in prefixAdvertisements";
        context.error(first.line, "spec.communities", message);
    }
    let mut marks = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let path = format!("{path}[{number}]");
        let cidr = item.get("cidr");
        let prefix = context.parsed(cidr, &join(&path, "cidr"), RANGE, range);
        let path = join(&path, "communities");
        let mut communities: Vec<FilterCommunity> = Vec::new();
        for item in context.items(item.get("communities"), &path) {
            let known = |text: &str| named.get(text).copied().or_else(|| community(text));
            let expected = "a community such as 65000:100, or a name from spec.communities";
            communities.extend(context.parsed(Some(item), &path, expected, known));
        }
        marks.extend(prefix.map(|prefix| Mark {
            prefix,
            communities,
        }));
    }
    (!marks.is_empty()).then_some(marks)
}

/// A prefix, or an address alone. Calico takes bits set beyond the length.
fn range(text: &str) -> Option<Prefix> {
    let Some((addr, length)) = text.split_once('/') else {
        return text.parse().ok().map(Prefix::host);
    };
    Prefix::new(addr.parse().ok()?, length.parse().ok()?).ok()
}

const RANGE: &str = "a prefix such as 10.96.0.0/12";

const SERVICES: [(&str, ServiceKind); 3] = [
    ("serviceClusterIPs", ServiceKind::Cluster),
    ("serviceExternalIPs", ServiceKind::External),
    ("serviceLoadBalancerIPs", ServiceKind::LoadBalancer),
];

const LEVELS: [(&str, Logging); 6] = [
    ("Debug", Logging::Debug),
    ("Info", Logging::Info),
    ("Warning", Logging::Warning),
    ("Error", Logging::Error),
    ("Fatal", Logging::Fatal),
    ("None", Logging::None),
];
