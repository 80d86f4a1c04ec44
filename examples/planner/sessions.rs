//! `planner sessions`: who peers with whom, and how.

use bgpwright::{
    plan::{Origin, PlannedRouter, SessionEnd, Verdict, inventory::NextHop},
    types::{Asn, Family, PeerType},
};
use comfy_table::{ContentLineStyle, LineStyle, Table, TableStyle};
use serde_json::{Map, Value, json};

use crate::{
    input::Input,
    options::{Format, Sessions},
};

/// Prints them. True: there is nothing to find here.
///
/// # Errors
/// If there is no such node.
pub(crate) fn print(input: &Input, options: &Sessions) -> Result<bool, String> {
    let wanted = |router: &&PlannedRouter| {
        let name = options.node.as_deref();
        name.is_none_or(|name| router.name == name)
    };
    let routers: Vec<_> = input.plan.routers.iter().filter(wanted).collect();
    if let (true, Some(name)) = (routers.is_empty(), &options.node) {
        return Err(format!("--node {name}: there is no such node or router"));
    }
    let families = match options.family {
        Some(family) => vec![family.family()],
        None => vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST],
    };
    if options.input.format == Format::Json {
        let all: Map<String, Value> = routers
            .iter()
            .map(|router| (router.name.clone(), of_router(router, &families)))
            .collect();
        println!("{}", Value::Object(all));
        return Ok(true);
    }
    table(input, &routers, &families);
    Ok(true)
}

fn of_router(router: &PlannedRouter, families: &[Family]) -> Value {
    let of = |family: &Family| {
        let ends = router.ends.iter().filter(|end| end.family() == *family);
        let ends: Vec<_> = ends.map(json_of).collect();
        (name_of(*family).to_owned(), Value::Array(ends))
    };
    Value::Object(families.iter().map(of).collect())
}

const fn name_of(family: Family) -> &'static str {
    if family.afi.0 == Family::IPV4_UNICAST.afi.0 {
        "ipv4"
    } else {
        "ipv6"
    }
}

fn json_of(end: &SessionEnd) -> Value {
    let text = end.neighbor_text.as_deref();
    let neighbor = text.map_or_else(|| end.neighbor.to_string(), Into::into);
    json!({
        "name": end.protocol_name(),
        "origin": match end.origin {
            Origin::Mesh => "mesh",
            Origin::Global(_) => "global",
            Origin::Fabric(_) => "fabric",
            _ => "node",
        },
        "neighbor": neighbor,
        "port": end.port,
        "remote_as": end.remote_as.0,
        "local_as_override": end.local_as_override.then_some(end.local_as.0),
        "source": (!end.any_source_address).then(|| end.local.to_string()),
        "passive": end.passive,
        "ttl_security": end.ttl_security.is_some(),
        "multihop": end.ttl_security.map_or(json!(true), |hops| json!(hops)),
        "rr_client": end.reflector_client.is_some(),
        "rr_cluster_id": end.reflector_client.map(|id| id.to_string()),
        "gr_time": end.restart_time.map(|time| time.as_secs()),
        "keepalive": end.keepalive.map(|time| time.as_secs()),
        "next_hop": match end.next_hop {
            NextHop::Own => Some("self"),
            NextHop::Keep => Some("keep"),
            _ => None,
        },
        "allow_local_as": end.allow_local_as,
        "ibgp": end.peer_type() == PeerType::Internal && end.remote_as != Asn::ZERO,
    })
}

fn table(input: &Input, routers: &[&PlannedRouter], families: &[Family]) {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(["ROUTER", "NEIGHBOUR", "AT", "AS", "TYPE", "STATE"]);
    let mut shown = 0_usize;
    for session in &input.plan.sessions {
        let ends = [Some(session.a), session.b];
        let ends: Vec<_> = ends
            .into_iter()
            .flatten()
            .filter_map(|of| {
                let router = input.plan.routers.get(of.router)?;
                Some((router, router.ends.get(of.end)?))
            })
            .collect();
        let is_shown = |(router, end): &(&PlannedRouter, &SessionEnd)| {
            let listed = routers.iter().any(|it| it.name == router.name);
            listed && families.contains(&end.family())
        };
        let Some((router, end)) = ends.first().filter(|_| ends.iter().any(is_shown)) else {
            continue;
        };
        let other = ends.get(1).map_or("?", |(router, _)| router.name.as_str());
        table.add_row([
            router.name.clone(),
            other.to_owned(),
            end.neighbor.to_string(),
            end.remote_as.to_string(),
            end.type_text().to_owned(),
            state(session.verdict).to_owned(),
        ]);
        shown += 1;
    }
    println!("{table}");
    println!("{shown} sessions of {} routers", input.plan.routers.len());
    let nodes = input.inventory.nodes.len();
    println!("{nodes} nodes in the cluster");
}

const fn state(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Established => "established",
        Verdict::HalfOpen => "half-open",
        Verdict::AsMismatch => "as-mismatch",
        Verdict::UnknownRemote => "unknown-remote",
        Verdict::BothPassive => "both-passive",
        Verdict::PortMismatch => "port-mismatch",
        Verdict::Duplicate => "duplicate",
        _ => "unknown",
    }
}

const STYLE: TableStyle = TableStyle::new()
    .top_border(RULE)
    .header_lines(CELLS)
    .header_separator(RULE)
    .content_lines(CELLS)
    .bottom_border(RULE);
const RULE: LineStyle = LineStyle::new('+', '-', '+', '+');
const CELLS: ContentLineStyle = ContentLineStyle::new('|', '|', '|');
