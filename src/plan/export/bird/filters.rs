//! Named filters as BIRD's functions.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use super::pools::HIGHEST;
use crate::{
    plan::{
        filter::{Direction, Filter, FilterCommunity, FilterOperation, FilterPrefix, FilterRule},
        hashed::symbol,
    },
    types::{Asn, Family, PeerType},
};

/// A function for each filter and direction with rules.
pub(super) fn functions(out: &mut String, filters: &[Filter], family: Family) {
    let mut sorted: Vec<&Filter> = filters.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for filter in sorted {
        for direction in [Direction::Import, Direction::Export] {
            let rules = filter.rules(family, direction);
            if rules.is_empty() {
                continue;
            }
            let name = function(&filter.name, family, direction);
            let argument = if has_kinds(rules) {
                "bool is_same_as"
            } else {
                ""
            };
            let _ = writeln!(out, "\nfunction {name}({argument}) {{");
            for rule in rules {
                let _ = writeln!(out, "  {}", statement(rule));
            }
            out.push_str("}\n");
        }
    }
}

/// The call of a filter's function, if there is such a filter.
pub(super) fn call(
    filters: &[Filter],
    name: &str,
    (family, direction): (Family, Direction),
    kind: PeerType,
) -> Option<String> {
    let filter = filters.iter().find(|filter| filter.name == name)?;
    let argument = if !has_kinds(filter.rules(family, direction)) {
        ""
    } else if kind == PeerType::Internal {
        "true"
    } else {
        "false"
    };
    let name = function(name, family, direction);
    Some(format!("{name}({argument});"))
}

fn has_kinds(rules: &[FilterRule]) -> bool {
    rules.iter().any(|rule| rule.peer_type.is_some())
}

fn function(name: &str, family: Family, direction: Direction) -> String {
    let way = match direction {
        Direction::Import => "import",
        Direction::Export => "export",
    };
    let version = if family == Family::IPV4_UNICAST { 4 } else { 6 };
    format!("'bgp_{}_{way}FilterV{version}'", symbol(name))
}

fn statement(rule: &FilterRule) -> String {
    let mut actions: Vec<String> = rule.operations.iter().flat_map(operation).collect();
    actions.push(if rule.accept { "accept;" } else { "reject;" }.into());
    let actions = actions.join(" ");
    let conditions = conditions(rule);
    let decided = if conditions.is_empty() {
        actions
    } else {
        format!("if ({}) then {{ {actions} }}", conditions.join("&&"))
    };
    match rule.peer_type {
        None => decided,
        Some(PeerType::Internal) => format!("if (is_same_as) then {{ {decided} }}"),
        Some(_) => format!("if (!is_same_as) then {{ {decided} }}"),
    }
}

fn conditions(rule: &FilterRule) -> Vec<String> {
    let mut conditions = Vec::new();
    conditions.extend(rule.prefix.as_ref().map(prefix));
    if rule.from_peers {
        conditions.push("((defined(source))&&(source ~ [ RTS_BGP ]))".into());
    }
    if let Some(interface) = &rule.interface {
        conditions.push(format!("((defined(ifname))&&(ifname ~ \"{interface}\"))"));
    }
    if let Some(community) = rule.community {
        let (value, list) = parts(community);
        conditions.push(format!("({value} ~ {list})"));
    }
    if !rule.as_path_prefix.is_empty() {
        let path = numbers(&rule.as_path_prefix);
        conditions.push(format!("(bgp_path ~ [= {path} * =])"));
    }
    if let Some(preference) = rule.priority.and_then(|it| HIGHEST.checked_sub(it)) {
        let equal = format!("(bgp_local_pref = {preference})");
        conditions.push(format!("(defined(bgp_local_pref)&&{equal})"));
    }
    conditions
}

fn prefix(of: &FilterPrefix) -> String {
    if let Some((least, most)) = of.bounds() {
        // A set of prefixes is matched, and never equal.
        let operator = if of.negated { "!~" } else { "~" };
        return format!("(net {operator} [ {}{{{least},{most}}} ])", of.prefix);
    }
    let operator = match (of.inside, of.negated) {
        (true, false) => "~",
        (true, true) => "!~",
        (false, false) => "=",
        (false, true) => "!=",
    };
    format!("(net {operator} {})", of.prefix)
}

fn operation(operation: &FilterOperation) -> Vec<String> {
    match operation {
        FilterOperation::AddCommunity(community) => Vec::from([add(*community)]),
        FilterOperation::Prepend(ases) => {
            let last_first = ases.iter().rev();
            last_first
                .map(|asn| format!("bgp_path.prepend({});", asn.0))
                .collect()
        }
        FilterOperation::SetPriority(priority) => {
            let preference = HIGHEST.checked_sub(*priority);
            let set = preference.map(|it| format!("bgp_local_pref = {it};"));
            set.into_iter().collect()
        }
    }
}

/// The statement that adds a community.
pub(super) fn add(community: FilterCommunity) -> String {
    let (value, list) = parts(community);
    format!("{list}.add({value});")
}

/// A community in BIRD's notation, and the attribute that has it.
fn parts(community: FilterCommunity) -> (String, &'static str) {
    match community {
        FilterCommunity::Standard(it) => {
            let value = format!("({}, {})", it.0 >> 16, it.0 & 0xffff);
            (value, "bgp_community")
        }
        FilterCommunity::Large(it) => {
            let value = format!("({}, {}, {})", it.global, it.local1, it.local2);
            (value, "bgp_large_community")
        }
    }
}

fn numbers(ases: &[Asn]) -> String {
    let ases: Vec<_> = ases.iter().map(|asn| asn.0.to_string()).collect();
    ases.join(" ")
}
