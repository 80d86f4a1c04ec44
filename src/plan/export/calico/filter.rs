//! `BGPFilter`.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{CALICO, resource, routing::community};
use crate::{
    plan::{
        export::text::{Yaml, scalar},
        filter::{Filter, FilterOperation, FilterPrefix, FilterRule},
    },
    types::PeerType,
};

/// A `BGPFilter`, a rule a line.
pub fn filter(filter: &Filter) -> String {
    resource(CALICO, "BGPFilter", &filter.name, |yaml| {
        yaml.map("spec", |yaml| {
            rules(yaml, "importV4", &filter.import_v4);
            rules(yaml, "exportV4", &filter.export_v4);
            rules(yaml, "importV6", &filter.import_v6);
            rules(yaml, "exportV6", &filter.export_v6);
        });
    })
}

fn rules(yaml: &mut Yaml, key: &str, rules: &[FilterRule]) {
    yaml.lines(key, rules.iter().map(rule));
}

/// A rule as a map in one line.
fn rule(rule: &FilterRule) -> String {
    let action = if rule.accept { "Accept" } else { "Reject" };
    let mut fields = Vec::from([format!("action: {action}")]);
    if let Some(of) = &rule.prefix {
        prefix(of, &mut fields);
    }
    if rule.from_peers {
        fields.push("source: RemotePeers".into());
    }
    if let Some(interface) = &rule.interface {
        fields.push(format!("interface: {}", scalar(interface)));
    }
    if let Some(of) = &rule.community {
        fields.push(format!("communities: {{values: [{}]}}", community(of)));
    }
    if !rule.as_path_prefix.is_empty() {
        fields.push(format!("asPathPrefix: [{}]", list(&rule.as_path_prefix)));
    }
    if let Some(priority) = rule.priority {
        fields.push(format!("priority: {priority}"));
    }
    match rule.peer_type {
        Some(PeerType::External) => fields.push("peerType: eBGP".into()),
        Some(_) => fields.push("peerType: iBGP".into()),
        None => {}
    }
    if !rule.operations.is_empty() {
        let operations: Vec<String> = rule.operations.iter().map(operation).collect();
        fields.push(format!("operations: [{}]", operations.join(", ")));
    }
    format!("{{{}}}", fields.join(", "))
}

fn prefix(of: &FilterPrefix, fields: &mut Vec<String>) {
    let operator = match (of.inside, of.negated) {
        (true, false) => "In",
        (true, true) => "NotIn",
        (false, false) => "Equal",
        (false, true) => "NotEqual",
    };
    fields.push(format!("cidr: {}", scalar(&of.prefix.to_string())));
    fields.push(format!("matchOperator: {operator}"));
    if let Some((least, most)) = of.lengths {
        let least = least.map(|it| format!("min: {it}"));
        let most = most.map(|it| format!("max: {it}"));
        let both: Vec<String> = [least, most].into_iter().flatten().collect();
        fields.push(format!("prefixLength: {{{}}}", both.join(", ")));
    }
}

fn operation(of: &FilterOperation) -> String {
    match of {
        FilterOperation::AddCommunity(of) => {
            format!("{{addCommunity: {{value: {}}}}}", community(of))
        }
        FilterOperation::Prepend(ases) => {
            format!("{{prependASPath: {{prefix: [{}]}}}}", list(ases))
        }
        FilterOperation::SetPriority(priority) => {
            format!("{{setPriority: {{value: {priority}}}}}")
        }
    }
}

fn list(ases: &[crate::types::Asn]) -> String {
    let ases: Vec<String> = ases.iter().map(|asn| asn.0.to_string()).collect();
    ases.join(", ")
}
