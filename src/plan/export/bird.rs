//! BIRD 1.6's configuration of a Calico node, as Calico would write it.
//!
//! Six files for each node, `bird.cfg` with the sessions and two that it
//! includes, and the same for IPv6. Their statements are Calico's, in Calico's
//! order; comments are left to Calico. What Calico writes changed over time:
//! [`Form`] has what it is from 3.32 on, and what it was in 3.31 and 3.23, which
//! stand for the versions after and before filters came (3.26).
//!
//! Passwords are not known here, only where they are: a comment stands in
//! their place, and [`unsaid`] names them.

mod filters;
mod pools;
mod sessions;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use super::{File, Unsaid};
use crate::{
    plan::{
        Expansion, Inventory, SessionEnd,
        inventory::Node,
        routing::{EXCLUDED, Logging, Mark, NodeRouting, ServiceKind, ServiceRange},
    },
    types::{Family, Prefix, RouterId},
};

/// What Calico writes, by its version.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Form {
    /// Up to 3.25: no filters, and one export filter for all neighbours.
    V3_23,
    /// From 3.26 to 3.31.
    V3_31,
    /// From 3.32 on: routes' priorities travel as LOCAL_PREF, and tunnels are
    /// the node agent's.
    #[default]
    V3_32,
}

impl Form {
    /// What a version of Calico writes.
    #[cfg(feature = "yaml")]
    pub fn of(version: crate::plan::dialect::calico::Version) -> Self {
        let is_before = |text: &str| text.parse().is_ok_and(|first| version < first);
        if is_before("3.26") {
            Self::V3_23
        } else if is_before("3.32") {
            Self::V3_31
        } else {
            Self::V3_32
        }
    }
}

/// Every node's files, in a folder by its name.
pub fn files(inventory: &Inventory, form: Form) -> Vec<File> {
    let expansion = Expansion::new(inventory);
    let nodes = inventory.nodes.iter().enumerate();
    nodes
        .flat_map(|(at, node)| {
            let files = of_node(inventory, (at, node), &expansion, form);
            files.into_iter().map(|file| File {
                name: format!("{}/{}", node.name, file.name),
                text: file.text,
            })
        })
        .collect()
}

/// The files of the node at this index in [`Inventory::nodes`]; none where there
/// is no such node.
pub fn node(inventory: &Inventory, at: usize, form: Form) -> Vec<File> {
    let Some(node) = inventory.nodes.get(at) else {
        return Vec::new();
    };
    of_node(inventory, (at, node), &Expansion::new(inventory), form)
}

/// What the inventory says and the files do not.
pub fn unsaid(inventory: &Inventory, form: Form) -> Vec<Unsaid> {
    let mut unsaid = Vec::new();
    let expansion = Expansion::new(inventory);
    for (at, node) in inventory.nodes.iter().enumerate() {
        // All sessions of a mesh are alike: its password is named once.
        for end in expansion.ends_with(at, |_| false) {
            for what in sessions::unsaid(&end, form) {
                let subject = format!("node {:?}, {}", node.name, end.protocol_name());
                unsaid.push(Unsaid { subject, what });
            }
        }
    }
    if inventory.mesh.enabled && inventory.mesh.password.is_some() {
        unsaid.push(Unsaid {
            subject: "mesh".into(),
            what: sessions::PASSWORD.into(),
        });
    }
    unsaid
}

/// What the files of one node and family are made from.
struct Target<'a> {
    inventory: &'a Inventory,
    node: &'a Node,
    own: Option<&'a NodeRouting>,
    form: Form,
    family: Family,
    ends: Vec<SessionEnd>,
}

fn of_node(
    inventory: &Inventory,
    (at, node): (usize, &Node),
    expansion: &Expansion<'_>,
    form: Form,
) -> Vec<File> {
    let ends = expansion.ends(at);
    let mut files = Vec::new();
    for (name, family) in [
        ("bird", Family::IPV4_UNICAST),
        ("bird6", Family::IPV6_UNICAST),
    ] {
        let of_family = ends.iter().filter(|end| end.family() == family);
        let target = Target {
            inventory,
            node,
            own: inventory.routing.nodes.get(&node.name),
            form,
            family,
            ends: of_family.cloned().collect(),
        };
        let texts = [
            ("", target.main(name)),
            ("_aggr", target.blocks()),
            ("_ipam", target.pools()),
        ];
        files.extend(texts.map(|(part, text)| File {
            name: format!("{name}{part}.cfg"),
            text,
        }));
    }
    files
}

impl Target<'_> {
    fn main(&self, name: &str) -> String {
        let mut out = String::new();
        self.communities(&mut out);
        let modern = self.form == Form::V3_32;
        if modern {
            let _ = write!(out, "\ntemplate kernel kernel_template {{\n{KERNEL}}}\n");
            let _ = writeln!(out, "template direct direct_template {{");
            self.direct(&mut out);
            out.push_str("}\n");
        }
        let _ = writeln!(out, "\ninclude \"{name}_aggr.cfg\";");
        let _ = writeln!(out, "include \"{name}_ipam.cfg\";\n");
        let _ = writeln!(out, "router id {};", self.router_id());
        self.listen(&mut out);
        let head = if modern {
            "\nprotocol kernel from kernel_template {\n"
        } else {
            "\nprotocol kernel {\n"
        };
        out.push_str(head);
        if !modern {
            out.push_str(KERNEL);
        }
        out.push_str(
            "  export filter calico_kernel_programming;\n  graceful restart;\n  merge paths on;\n}\n",
        );
        out.push_str("\nprotocol device {\n");
        out.push_str(self.debug(STATES));
        out.push_str("  scan time 2;\n}\n");
        if modern {
            out.push_str("\nprotocol direct from direct_template {\n}\n");
        } else {
            out.push_str("\nprotocol direct {\n");
            self.direct(&mut out);
            out.push_str("}\n");
        }
        if self.node.address(self.family).is_some() {
            self.template(&mut out);
            if self.form != Form::V3_23 {
                filters::functions(&mut out, &self.inventory.filters, self.family);
            }
            for end in &self.ends {
                self.session(&mut out, end);
            }
        }
        out
    }

    fn communities(&self, out: &mut String) {
        out.push_str("function apply_communities ()\n{\n");
        let marks: &[Mark] = match self.own.and_then(|own| own.marks.as_ref()) {
            Some(marks) => marks,
            None => &self.inventory.routing.marks,
        };
        for mark in marks.iter().filter(|mark| self.is_ours(mark.prefix)) {
            let _ = writeln!(out, "  if ( net ~ {} ) then {{", mark.prefix);
            for community in &mark.communities {
                let _ = writeln!(out, "    {}", filters::add(*community));
            }
            out.push_str("  }\n");
        }
        out.push_str("}\n");
    }

    fn direct(&self, out: &mut String) {
        out.push_str(self.debug(STATES));
        out.push_str("  interface ");
        for name in &self.inventory.routing.ignored_interfaces {
            let _ = write!(out, "-\"{name}\", ");
        }
        out.push_str("-\"cali*\", -\"kube-ipvs*\", \"*\";\n");
    }

    fn router_id(&self) -> RouterId {
        let own = self.node.router_id;
        own.or_else(|| match self.node.ipv4?.addr {
            core::net::IpAddr::V4(addr) => Some(RouterId(addr.into())),
            core::net::IpAddr::V6(_) => None,
        })
        .unwrap_or(RouterId(0))
    }

    fn listen(&self, out: &mut String) {
        let address = self.node.address(self.family);
        let address = address.filter(|_| self.inventory.routing.bind_node_address);
        let port = self.inventory.port_of(self.node);
        if address.is_none() && port.is_none() {
            return;
        }
        out.push_str("listen bgp");
        if let Some(address) = address {
            let _ = write!(out, " address {}", address.addr);
        }
        if let Some(port) = port {
            let _ = write!(out, " port {port}");
        }
        out.push_str(";\n");
    }

    fn template(&self, out: &mut String) {
        out.push_str("\ntemplate bgp bgp_template {\n");
        out.push_str(self.debug(if self.form == Form::V3_32 {
            "  debug { states, routes, filters, events };\n"
        } else {
            STATES
        }));
        let asn = self.inventory.as_of(self.node);
        let _ = writeln!(out, "  description \"Connection to BGP peer\";");
        let _ = writeln!(out, "  local as {asn};");
        let old = self.form == Form::V3_23;
        if old {
            out.push_str("  multihop;\n");
        }
        out.push_str("  gateway recursive;\n");
        if old {
            out.push_str("  import all;\n  export filter calico_export_to_bgp_peers;\n");
        }
        out.push_str(
            "  add paths on;\n  graceful restart;\n  connect delay time 2;\n  \
             connect retry time 5;\n  error wait time 5,30;\n}\n",
        );
    }

    /// The statement for logging: this one unless more or nothing is wanted.
    fn debug(&self, usual: &'static str) -> &'static str {
        let own = self.own.and_then(|own| own.logging);
        match own.or(self.inventory.routing.logging) {
            Some(Logging::Debug) => "  debug all;\n",
            Some(Logging::None) => "",
            _ => usual,
        }
    }

    fn is_ours(&self, prefix: Prefix) -> bool {
        prefix.addr().is_ipv4() == self.is_v4()
    }

    fn is_v4(&self) -> bool {
        self.family == Family::IPV4_UNICAST
    }

    /// The ranges of services that the node announces; and those that it passes
    /// on as a reflector though it does not announce them.
    fn service_ranges(&self) -> (Vec<Prefix>, Vec<Prefix>) {
        let excluded = self
            .node
            .labels
            .get(EXCLUDED)
            .is_some_and(|it| it == "true");
        let ranges = self.inventory.routing.services.iter();
        let of_family = ranges.filter(|range| self.is_ours(range.prefix));
        // Single addresses are announced for services that have them.
        let wide = of_family.filter(|it| it.kind == ServiceKind::Cluster || !is_host(it.prefix));
        let (told, passed): (Vec<&ServiceRange>, Vec<_>) =
            wide.partition(|it| it.kind == ServiceKind::Cluster || !excluded);
        let sorted = |ranges: Vec<&ServiceRange>| {
            by_text(ranges.into_iter().map(|range| range.prefix).collect())
        };
        let passed = if self.node.cluster_id.is_some() {
            passed
        } else {
            Vec::new()
        };
        (sorted(told), sorted(passed))
    }

    /// All service routes of the node: ranges and single addresses.
    fn service_routes(&self) -> Vec<Prefix> {
        let (mut routes, _) = self.service_ranges();
        let own = self.own.map_or(&[][..], |own| &own.services);
        routes.extend(own.iter().filter(|it| self.is_ours(**it)));
        by_text(routes)
    }
}

/// In the order of their texts, each once, as Calico's datastore has them.
fn by_text(mut prefixes: Vec<Prefix>) -> Vec<Prefix> {
    prefixes.sort_by_cached_key(|prefix| prefix.to_string().replace('/', "-"));
    prefixes.dedup();
    prefixes
}

fn is_host(prefix: Prefix) -> bool {
    prefix == Prefix::host(prefix.addr())
}

const KERNEL: &str = "  learn;\n  persist;\n  scan time 2;\n  import all;\n";
const STATES: &str = "  debug { states };\n";
