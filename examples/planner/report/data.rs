//! What the page's script reads: columns of numbers rather than rows of objects,
//! since there are many.

use core::net::IpAddr;
use std::{collections::BTreeMap, path::Path};

use bgpwright::{
    plan::{
        EndRef, Finding, Plan, PlannedRouter, Session, SessionEnd, Severity, Verdict,
        inventory::MeshNeighborAs,
    },
    types::{Family, PeerType},
};
use serde::Serialize;

use super::{
    comparison::{Comparison, comparison},
    failures::{Failures, failures},
    sets::ranges,
    tables::Tables,
};
use crate::{
    check::place_of,
    input::Input,
    options::{Reflection, Report},
    sessions::state,
};

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Data<'a> {
    pub(super) title: String,
    date: Option<String>,
    version: &'static str,
    /// Whose rule failures were looked at by.
    rule: &'static str,
    files: Vec<String>,
    counts: Counts,
    ases: Vec<u32>,
    domains: Vec<(&'a str, &'a str)>,
    routers: Routers<'a>,
    strangers: Vec<String>,
    verdicts: Vec<&'static str>,
    kinds: &'static [&'static str],
    origins: &'static [&'static str],
    sessions: Sessions,
    meshes: Vec<Mesh>,
    /// The AS that a node takes a mesh neighbour for that names none; null for
    /// its own.
    mesh_as: Option<u32>,
    findings: Vec<Found<'a>>,
    /// What each code that occurs means, and the design rules it is of.
    codes: BTreeMap<&'static str, (&'static str, &'static [&'static str])>,
    failures: Vec<Failures>,
    comparison: Option<Comparison>,
}

/// What the summary says.
#[derive(Debug, Serialize)]
struct Counts {
    nodes: usize,
    routers: usize,
    reflectors: usize,
    sessions: u64,
    /// By verdict, in the order of `verdicts`.
    verdicts: Vec<u64>,
    families: Vec<&'static str>,
}

/// Columns, a row for each router.
#[derive(Debug, Default, Serialize)]
struct Routers<'a> {
    name: Vec<&'a str>,
    /// Whether it is a node of the cluster.
    node: Vec<u8>,
    asn: Vec<usize>,
    /// Whether a node says its AS itself.
    own_as: Vec<u8>,
    id: Vec<String>,
    cluster: Vec<Option<String>>,
    addresses: Vec<Vec<String>>,
    domains: Vec<Vec<usize>>,
    blocks: Vec<usize>,
}

/// Columns, a row for each session that is listed.
#[derive(Debug, Default, Serialize)]
struct Sessions {
    a: Vec<usize>,
    b: Vec<usize>,
    family: Vec<u8>,
    /// Addresses, by place among those of the router, or as text.
    local: Vec<Place>,
    remote: Vec<Place>,
    local_as: Vec<usize>,
    remote_as: Vec<usize>,
    kind: Vec<u8>,
    origin: Vec<u8>,
    verdict: Vec<usize>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Place {
    Of(usize),
    Text(String),
}

/// A full mesh that is not listed.
#[derive(Debug, Serialize)]
struct Mesh {
    family: u8,
    members: Vec<[usize; 2]>,
    sessions: u64,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    severity: u8,
    code: &'static str,
    message: &'a str,
    subjects: &'a [String],
    causes: Vec<Blamed<'a>>,
    fix: &'a str,
}

/// A resource, its field, and its file and line where they are known.
#[derive(Debug, Serialize)]
struct Blamed<'a>(&'a str, &'a str, Option<String>);

impl<'a> Data<'a> {
    pub(super) fn new(input: &'a Input, findings: &'a [Finding], options: &Report) -> Self {
        let plan = &input.plan;
        let tables = Tables::new(plan);
        let files = options
            .input
            .files
            .iter()
            .map(|it| it.display().to_string());
        let files: Vec<String> = files.collect();
        let title = options.title.clone();
        Self {
            title: title.unwrap_or_else(|| title_of(&options.input.files)),
            date: options.date.map(|it| it.to_string()),
            version: env!("CARGO_PKG_VERSION"),
            rule: match options.reflection {
                Reflection::Bird => "BIRD 1.6",
                Reflection::Rfc => "RFC 4456",
            },
            files,
            counts: counts(plan),
            ases: tables.ases.iter().map(|it| it.0).collect(),
            domains: tables.domains.clone(),
            routers: routers(input, &tables),
            strangers: tables.strangers.iter().map(ToString::to_string).collect(),
            verdicts: VERDICTS.iter().map(|it| state(*it)).collect(),
            kinds: KINDS,
            origins: ORIGINS,
            sessions: sessions(plan, &tables),
            meshes: meshes(plan),
            mesh_as: match input.inventory.mesh.neighbor_as {
                MeshNeighborAs::Cluster => Some(input.inventory.default_as.0),
                _ => None,
            },
            findings: findings.iter().map(|it| found(input, it)).collect(),
            codes: findings
                .iter()
                .map(|it| it.code)
                .map(|it| (it.as_str(), (it.meaning().trim(), it.rules())))
                .collect(),
            failures: failures(input, &tables, options.reflection.rule()),
            comparison: comparison(&input.inventory),
        }
    }
}

fn title_of(files: &[impl AsRef<Path>]) -> String {
    let names = files.iter().filter_map(|it| it.as_ref().file_stem());
    let names: Vec<_> = names.map(|it| it.to_string_lossy()).collect();
    match names.as_slice() {
        [] => "BGP plan".into(),
        [name] if name == "-" => "BGP plan".into(),
        names => names.join(", "),
    }
}

fn counts(plan: &Plan) -> Counts {
    let nodes = plan.routers.iter().filter(|it| it.in_cluster).count();
    let reflects = |at: &usize| {
        let of = plan.routers.get(*at);
        plan.cluster_of(*at).is_some() && of.is_some_and(|it| it.ends.iter().any(serves))
    };
    let has = |family| {
        let mut addresses = plan.routers.iter().flat_map(|it| &it.addresses);
        addresses.any(|it| Family::unicast_of(it.addr) == family)
    };
    let families = FAMILIES.iter().filter(|it| has(it.0));
    let verdicts: Vec<u64> = VERDICTS.iter().map(|it| plan.count(*it)).collect();
    Counts {
        nodes,
        routers: plan.routers.len().saturating_sub(nodes),
        reflectors: (0..plan.routers.len()).filter(reflects).count(),
        sessions: verdicts.iter().sum(),
        verdicts,
        families: families.map(|it| it.1).collect(),
    }
}

const fn serves(end: &SessionEnd) -> bool {
    end.reflector_client.is_some()
}

fn routers<'a>(input: &'a Input, tables: &Tables<'a>) -> Routers<'a> {
    let mut table = Routers::default();
    for (at, router) in input.plan.routers.iter().enumerate() {
        let node = input.inventory.nodes.get(at).filter(|_| router.in_cluster);
        let id = router.router_id.to_string();
        let reflects = router.ends.iter().any(serves);
        let cluster = input.plan.cluster_of(at).filter(|_| reflects);
        let addresses = router.addresses.iter();
        let domains = router.domains.iter();
        table.name.push(&router.name);
        table.node.push(router.in_cluster.into());
        table.asn.push(tables.asn(router.asn));
        table
            .own_as
            .push(node.is_none_or(|it| it.asn.is_some()).into());
        table.id.push(id);
        table.cluster.push(cluster.map(|it| it.to_string()));
        table
            .addresses
            .push(addresses.map(|it| it.addr.to_string()).collect());
        table
            .domains
            .push(domains.filter_map(|(a, b)| tables.domain(a, b)).collect());
        table.blocks.push(router.originates.len());
    }
    table
}

fn sessions(plan: &Plan, tables: &Tables<'_>) -> Sessions {
    let mut table = Sessions::default();
    let verdicts: BTreeMap<&str, usize> = VERDICTS.iter().map(|it| state(*it)).zip(0..).collect();
    for session in &plan.sessions {
        let Some((router, end)) = at(plan, session.a) else {
            continue;
        };
        let far = session.b.map(|it| it.router);
        let far = far.or_else(|| tables.owner(end.neighbor)).unwrap_or(0);
        let place = |of: Option<&PlannedRouter>, addr: IpAddr| {
            let place = of.and_then(|it| it.addresses.iter().position(|it| it.addr == addr));
            place.map_or_else(|| Place::Text(addr.to_string()), Place::Of)
        };
        table.a.push(session.a.router);
        table.b.push(far);
        table.family.push(family(end.family()));
        table.local.push(place(Some(router), end.local));
        table
            .remote
            .push(place(plan.routers.get(far), end.neighbor));
        table.local_as.push(tables.asn(end.local_as));
        table.remote_as.push(tables.asn(end.remote_as));
        table.kind.push(kind(plan, session, end));
        table.origin.push(match end.type_text() {
            "node-to-node mesh" => 0,
            "global" => 1,
            "node specific" => 2,
            _ => 3,
        });
        let verdict = verdicts.get(state(session.verdict));
        table.verdict.push(verdict.copied().unwrap_or(0));
    }
    table
}

/// The place in [`KINDS`].
fn kind(plan: &Plan, session: &Session, end: &SessionEnd) -> u8 {
    let far = session.b.and_then(|it| at(plan, it));
    let clients = (
        far.is_some_and(|(_, far)| far.reflector_client.is_some()),
        end.reflector_client.is_some(),
    );
    match (end.peer_type(), clients) {
        (PeerType::Internal, (false, false)) => 0,
        (PeerType::Internal, (true, true)) => 3,
        (PeerType::Internal, (true, false)) => 2,
        (PeerType::Internal, (false, true)) => 1,
        _ => 4,
    }
}

fn at(plan: &Plan, end: EndRef) -> Option<(&PlannedRouter, &SessionEnd)> {
    let router = plan.routers.get(end.router)?;
    Some((router, router.ends.get(end.end)?))
}

fn meshes(plan: &Plan) -> Vec<Mesh> {
    let meshes = plan.meshes.iter().map(|mesh| Mesh {
        family: family(mesh.family),
        members: ranges(mesh.members.iter().copied()),
        sessions: mesh.sessions,
    });
    meshes.collect()
}

fn found<'a>(input: &'a Input, finding: &'a Finding) -> Found<'a> {
    let causes = finding.causes.iter().take(CAUSES).map(|cause| {
        let place = place_of(input, cause);
        let place = place.map(|(file, line)| format!("{file}:{line}"));
        Blamed(&cause.resource, &cause.field, place)
    });
    Found {
        severity: match finding.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            _ => 2,
        },
        code: finding.code.as_str(),
        message: &finding.message,
        subjects: &finding.subjects,
        causes: causes.collect(),
        fix: &finding.fix,
    }
}

fn family(family: Family) -> u8 {
    u8::from(family == Family::IPV6_UNICAST)
}

/// Causes of one finding that a page names.
const CAUSES: usize = 8;

const FAMILIES: &[(Family, &str)] = &[
    (Family::IPV4_UNICAST, "IPv4"),
    (Family::IPV6_UNICAST, "IPv6"),
];

const KINDS: &[&str] = &[
    "iBGP",
    "iBGP, A reflects to B",
    "iBGP, B reflects to A",
    "iBGP, each reflects to the other",
    "eBGP",
];

const ORIGINS: &[&str] = &["node-to-node mesh", "global", "node specific", "fabric"];

const VERDICTS: &[Verdict] = &[
    Verdict::Established,
    Verdict::HalfOpen,
    Verdict::AsMismatch,
    Verdict::UnknownRemote,
    Verdict::BothPassive,
    Verdict::PortMismatch,
    Verdict::Duplicate,
];
