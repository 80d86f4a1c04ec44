//! Filters as route maps.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use super::Names;
use crate::{
    plan::{
        Inventory, SessionEnd,
        filter::{Direction, FilterCommunity, FilterOperation, FilterPrefix, FilterRule},
    },
    types::{Asn, Family},
};

/// Route maps, and the lists they look into; equal ones are there once.
#[derive(Debug, Default)]
pub(super) struct Maps {
    pub(super) text: String,
    /// The filter, and what of it is left out.
    pub(super) unsaid: BTreeSet<(String, String)>,
    named: Names,
    lists: Names,
}

impl Maps {
    /// The route maps of a session, for what is taken and what is told; they
    /// accept what no rule decides.
    pub(super) fn of(&mut self, inventory: &Inventory, end: &SessionEnd) -> [Option<String>; 2] {
        [
            (&end.import_filters, Direction::Import),
            (&end.export_filters, Direction::Export),
        ]
        .map(|(names, direction)| {
            if names.is_empty() {
                return None;
            }
            let mut body = String::new();
            let mut number: u32 = 10;
            for name in names {
                let filter = inventory.filters.iter().find(|it| *it.name == **name);
                let rules = filter.map(|it| it.rules(end.family(), direction));
                for rule in rules.unwrap_or_default() {
                    if rule.peer_type.is_some_and(|it| it != end.peer_type()) {
                        continue;
                    }
                    if self.rule(name, rule, end.family(), (number, &mut body)) {
                        number = number.saturating_add(10);
                    }
                }
            }
            let _ = writeln!(body, "route-map @ permit {number}\nexit");
            let (name, new) = self.named.of("filter", body.clone());
            if new {
                let body = body.replace("route-map @ ", &format!("route-map {name} "));
                self.text.push_str(&body);
                self.text.push_str("!\n");
            }
            Some(name)
        })
    }

    /// Whether there is one: what FRR has no word for is left out.
    fn rule(
        &mut self,
        filter: &str,
        rule: &FilterRule,
        family: Family,
        (number, out): (u32, &mut String),
    ) -> bool {
        let mut left_out = |what: &str| {
            self.unsaid.insert((filter.into(), what.into()));
        };
        if rule.from_peers {
            left_out("a rule for routes learned over BGP only: FRR cannot tell them");
            return false;
        }
        if rule.priority.is_some() {
            left_out("a rule for routes of one priority of the kernel: FRR cannot tell them");
            return false;
        }
        if rule.interface.as_ref().is_some_and(|it| it.contains('*')) {
            left_out("a rule for interfaces by pattern: FRR matches whole names");
            return false;
        }
        let mut lines = Vec::new();
        if let Some(prefix) = &rule.prefix {
            let name = self.prefixes(prefix, family);
            let ip = ip(family);
            lines.push(format!("match {ip} address prefix-list {name}"));
        }
        if let Some(interface) = &rule.interface {
            lines.push(format!("match interface {}", super::word(interface)));
        }
        if let Some(community) = &rule.community {
            lines.push(self.community(community));
        }
        if !rule.as_path_prefix.is_empty() {
            let ases = list(&rule.as_path_prefix);
            let (name, new) = self.lists.of("path", format!("path {ases}"));
            if new {
                let _ = writeln!(
                    self.text,
                    "bgp as-path access-list {name} permit ^{}(_|$)",
                    ases.replace(' ', "_")
                );
            }
            lines.push(format!("match as-path {name}"));
        }
        if rule.accept {
            for operation in &rule.operations {
                match operation {
                    FilterOperation::AddCommunity(FilterCommunity::Standard(of)) => {
                        lines.push(format!("set community {} additive", standard(of.0)));
                    }
                    FilterOperation::AddCommunity(FilterCommunity::Large(of)) => {
                        let text = format!("{}:{}:{}", of.global, of.local1, of.local2);
                        lines.push(format!("set large-community {text} additive"));
                    }
                    FilterOperation::Prepend(ases) => {
                        lines.push(format!("set as-path prepend {}", list(ases)));
                    }
                    FilterOperation::SetPriority(_) => {
                        let what = "the priority for the kernel: FRR's routes have one distance";
                        self.unsaid.insert((filter.into(), what.into()));
                    }
                }
            }
        }
        let action = if rule.accept { "permit" } else { "deny" };
        let _ = writeln!(out, "route-map @ {action} {number}");
        for line in lines {
            let _ = writeln!(out, " {line}");
        }
        let _ = writeln!(out, "exit");
        true
    }

    fn prefixes(&mut self, of: &FilterPrefix, family: Family) -> String {
        let longest = if family == Family::IPV4_UNICAST {
            32
        } else {
            128
        };
        let (prefix, length) = (of.prefix, of.prefix.length());
        let range = match (of.bounds(), of.inside) {
            (Some((least, most)), _) => range(length, least, most),
            (None, true) => range(length, length, longest),
            (None, false) => String::new(),
        };
        let any = if longest == 32 { "0.0.0.0/0" } else { "::/0" };
        let lines = if of.negated {
            format!("seq 5 deny {prefix}{range}\nseq 10 permit {any} le {longest}\n")
        } else {
            format!("seq 5 permit {prefix}{range}\n")
        };
        let (name, new) = self.lists.of("prefixes", lines.clone());
        if new {
            for line in lines.lines() {
                let ip = ip(family);
                let _ = writeln!(self.text, "{ip} prefix-list {name} {line}");
            }
        }
        name
    }

    fn community(&mut self, of: &FilterCommunity) -> String {
        let (kind, text) = match of {
            FilterCommunity::Standard(of) => ("community", standard(of.0)),
            FilterCommunity::Large(of) => (
                "large-community",
                format!("{}:{}:{}", of.global, of.local1, of.local2),
            ),
        };
        let (name, new) = self.lists.of("communities", format!("{kind} {text}"));
        if new {
            let _ = writeln!(self.text, "bgp {kind}-list standard {name} permit {text}");
        }
        format!("match {kind} {name}")
    }
}

/// Lengths behind a prefix, as prefix lists have them.
fn range(own: u8, least: u8, most: u8) -> String {
    match (least > own, most > least.max(own)) {
        (false, true) => format!(" le {most}"),
        (false, false) => String::new(),
        (true, _) => format!(" ge {least} le {most}"),
    }
}

fn ip(family: Family) -> &'static str {
    if family == Family::IPV4_UNICAST {
        "ip"
    } else {
        "ipv6"
    }
}

fn standard(community: u32) -> String {
    format!("{}:{}", community >> 16, community & 0xffff)
}

fn list(ases: &[Asn]) -> String {
    let ases: Vec<String> = ases.iter().map(ToString::to_string).collect();
    ases.join(" ")
}
