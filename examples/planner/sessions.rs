//! `planner sessions`: who peers with whom, and how.

use core::net::IpAddr;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, BufWriter},
};

use bgpwright::{
    plan::{
        Expansion, MeshSummary, Origin, PlannedRouter, SessionEnd, Verdict, inventory::NextHop,
    },
    types::{Asn, Family, PeerType},
};
use comfy_table::{ContentLineStyle, LineStyle, Table, TableStyle};
use serde::Serialize;

use crate::{
    input::Input,
    options::{Format, Sessions},
    output::{Failed, print, write},
};

/// Prints them. True: there is nothing to find here.
///
/// # Errors
/// If there is no such node, or they cannot be printed.
pub(crate) fn run(input: &Input, options: &Sessions) -> Result<bool, Failed> {
    let wanted = |(_, router): &(usize, &PlannedRouter)| {
        let name = options.node.as_deref();
        name.is_none_or(|name| router.name == name)
    };
    let routers = input.plan.routers.iter().enumerate();
    let routers: Vec<_> = routers.filter(wanted).collect();
    if let (true, Some(name)) = (routers.is_empty(), &options.node) {
        return Err(Failed(format!(
            "--node {name}: there is no such node or router"
        )));
    }
    let families = match options.family {
        Some(family) => vec![family.family()],
        None => vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST],
    };
    match options.format {
        Format::Json => stream(input, &routers, &families)?,
        Format::Table => table(input, options, &routers, &families)?,
    }
    Ok(true)
}

/// One object, written router by router: meshes are large.
fn stream(
    input: &Input,
    routers: &[(usize, &PlannedRouter)],
    families: &[Family],
) -> Result<(), Failed> {
    let mut out = BufWriter::new(io::stdout().lock());
    let expansion = Expansion::new(&input.inventory);
    for (number, (at, router)) in routers.iter().enumerate() {
        let ends = ends_of(input, &expansion, (*at, router));
        let of = |family: &Family| {
            let of_family = ends.iter().filter(|end| end.family() == *family);
            let of_family: Vec<_> = of_family.map(EndJson::new).collect();
            (name_of(*family), of_family)
        };
        let value: BTreeMap<_, _> = families.iter().map(of).collect();
        let lead = if number == 0 { "{" } else { ",\n" };
        let name = serde_json::to_string(&router.name).map_err(|error| failed(&error))?;
        let value = serde_json::to_string(&value).map_err(|error| failed(&error))?;
        if !write(&mut out, &format_args!("{lead}{name}:{value}"))? {
            return Ok(());
        }
    }
    let tail = if routers.is_empty() { "{}\n" } else { "}\n" };
    write(&mut out, &tail)?;
    io::Write::flush(&mut out).or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failed(format!("cannot write to standard output: {error}"))),
    })
}

fn failed(error: &serde_json::Error) -> Failed {
    Failed(format!("cannot write JSON: {error}"))
}

/// A router's ends, those of meshes that the plan does not list included.
fn ends_of(
    input: &Input,
    expansion: &Expansion<'_>,
    (at, router): (usize, &PlannedRouter),
) -> Vec<SessionEnd> {
    if router.in_cluster && !input.plan.meshes.is_empty() {
        expansion.ends(at)
    } else {
        router.ends.clone()
    }
}

const fn name_of(family: Family) -> &'static str {
    if family.afi.0 == Family::IPV4_UNICAST.afi.0 {
        "ipv4"
    } else {
        "ipv6"
    }
}

/// An end under the names that the test data's sessions have.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "as the test data has them")]
struct EndJson<'a> {
    name: String,
    origin: &'static str,
    neighbor: Cow<'a, str>,
    port: Option<u16>,
    remote_as: u32,
    local_as_override: Option<u32>,
    source: Option<IpAddr>,
    passive: bool,
    ttl_security: bool,
    multihop: Multihop,
    rr_client: bool,
    rr_cluster_id: Option<String>,
    gr_time: Option<u64>,
    keepalive: Option<u64>,
    next_hop: Option<&'static str>,
    allow_local_as: Option<u8>,
    import_filters: Vec<&'a str>,
    export_filters: Vec<&'a str>,
    ibgp: bool,
}

/// Any number of hops, or so many.
#[derive(Serialize)]
#[serde(untagged)]
enum Multihop {
    Any(bool),
    Hops(u8),
}

impl<'a> EndJson<'a> {
    fn new(end: &'a SessionEnd) -> Self {
        let text = end.neighbor_text.as_deref();
        let neighbor = || Cow::Owned(end.neighbor.to_string());
        Self {
            name: end.protocol_name(),
            origin: match end.origin {
                Origin::Mesh => "mesh",
                Origin::Global(_) => "global",
                Origin::Fabric(_) => "fabric",
                _ => "node",
            },
            neighbor: text.map_or_else(neighbor, Cow::Borrowed),
            port: end.port,
            remote_as: end.remote_as.0,
            local_as_override: end.local_as_override.then_some(end.local_as.0),
            source: (!end.any_source_address).then_some(end.local),
            passive: end.passive,
            ttl_security: end.ttl_security.is_some(),
            multihop: end.ttl_security.map_or(Multihop::Any(true), Multihop::Hops),
            rr_client: end.reflector_client.is_some(),
            rr_cluster_id: end.reflector_client.map(|id| id.to_string()),
            gr_time: end.restart_time.map(|time| time.as_secs()),
            keepalive: end.keepalive.map(|time| time.as_secs()),
            next_hop: match end.next_hop {
                NextHop::Own => Some("self"),
                NextHop::Keep => Some("keep"),
                _ => None,
            },
            allow_local_as: end.allow_local_as,
            import_filters: end.import_filters.iter().map(|it| &**it).collect(),
            export_filters: end.export_filters.iter().map(|it| &**it).collect(),
            ibgp: end.peer_type() == PeerType::Internal && end.remote_as != Asn::ZERO,
        }
    }
}

fn table(
    input: &Input,
    options: &Sessions,
    routers: &[(usize, &PlannedRouter)],
    families: &[Family],
) -> Result<(), Failed> {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(["ROUTER", "NEIGHBOUR", "AT", "AS", "TYPE", "STATE"]);
    let mut listed = vec![false; input.plan.routers.len()];
    for (at, _) in routers {
        if let Some(listed) = listed.get_mut(*at) {
            *listed = true;
        }
    }
    let mut shown = 0_usize;
    for session in &input.plan.sessions {
        let ends = [Some(session.a), session.b];
        let of = |of: Option<bgpwright::plan::EndRef>| {
            let of = of?;
            let router = input.plan.routers.get(of.router)?;
            Some((of.router, router, router.ends.get(of.end)?))
        };
        let [Some(near), far] = ends.map(of) else {
            continue;
        };
        let is_shown = |(at, _, end): &(usize, &PlannedRouter, &SessionEnd)| {
            listed.get(*at) == Some(&true) && families.contains(&end.family())
        };
        if ![Some(near), far].iter().flatten().any(is_shown) {
            continue;
        }
        let (_, router, end) = near;
        table.add_row([
            router.name.as_str(),
            far.map_or("?", |(_, router, _)| router.name.as_str()),
            &end.neighbor.to_string(),
            &end.remote_as.to_string(),
            end.type_text(),
            state(session.verdict),
        ]);
        shown += 1;
    }
    let meshes = input.plan.meshes.iter();
    let meshes: Vec<_> = meshes.filter(|it| families.contains(&it.family)).collect();
    if options.node.is_some() {
        for mesh in &meshes {
            shown += of_mesh(input, mesh, routers, &mut table);
        }
    }
    print(&table)?;
    let count = input.plan.routers.len();
    print(&format!("{shown} sessions of {count} routers"))?;
    for mesh in meshes.iter().filter(|_| options.node.is_none()) {
        print(&format!(
            "and a full mesh of {} nodes with {} sessions ({}), not listed: ask for one --node, or \
             --format json",
            mesh.members.len(),
            mesh.sessions,
            mesh.family
        ))?;
    }
    let nodes = input.inventory.nodes.len();
    print(&format!(
        "{nodes} nodes in the cluster, as {} has it",
        input.whose()
    ))
}

/// The sessions of one node in a mesh that the plan does not list.
fn of_mesh(
    input: &Input,
    mesh: &MeshSummary,
    routers: &[(usize, &PlannedRouter)],
    table: &mut Table,
) -> usize {
    let expansion = Expansion::new(&input.inventory);
    let mut shown = 0;
    for (at, router) in routers.iter().filter(|it| it.1.in_cluster) {
        let others = mesh.members.iter().filter(|other| *other != at);
        let others = others.filter_map(|at| input.plan.routers.get(*at));
        for (end, other) in expansion.mesh(*at, mesh.family).zip(others) {
            let fits = end.remote_as == other.asn;
            table.add_row([
                router.name.as_str(),
                &other.name,
                &end.neighbor.to_string(),
                &end.remote_as.to_string(),
                end.type_text(),
                state(if fits {
                    Verdict::Established
                } else {
                    Verdict::AsMismatch
                }),
            ]);
            shown += 1;
        }
    }
    shown
}

pub(crate) const fn state(verdict: Verdict) -> &'static str {
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

pub(crate) const STYLE: TableStyle = TableStyle::new()
    .top_border(RULE)
    .header_lines(CELLS)
    .header_separator(RULE)
    .content_lines(CELLS)
    .bottom_border(RULE);
const RULE: LineStyle = LineStyle::new('+', '-', '+', '+');
const CELLS: ContentLineStyle = ContentLineStyle::new('|', '|', '|');
