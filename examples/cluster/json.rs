//! The result for machines: one document. Nodes are made one at a time while
//! it is written, since a big cluster has many routes.

use std::io;

use bgpwright::{
    rib::Step,
    types::{AsPath, Prefix, RouterId, SegmentKind},
};
use serde::{Serialize, Serializer};

use crate::{
    clock::Clock,
    lab::Lab,
    limits::Usage,
    node::Node,
    options::Options,
    rows::{self, RouteRow, Standing},
    timeline::Entry,
    verdict::Verdict,
};

#[derive(Serialize)]
struct Report<'a> {
    /// "ok" or "failed".
    verdict: &'static str,
    sessions: Sessions,
    reachability: Reachability,
    nodes: Nodes<'a>,
    /// From the start of the process until the last octet that led there.
    seconds: f64,
    cpu_seconds: Option<f64>,
    peak_memory_bytes: Option<u64>,
    /// Connections closed since nobody here had dialled them.
    unknown_connections: u64,
    events: &'a [Entry],
}

#[derive(Serialize)]
struct Sessions {
    planned: usize,
    established: usize,
    /// Why sessions are not up; the first hundred.
    down: Vec<DownReport>,
}

#[derive(Serialize)]
struct DownReport {
    session: String,
    reason: String,
}

#[derive(Serialize)]
struct Reachability {
    wanted: usize,
    reached: usize,
    /// Why pairs are not reached; the first hundred.
    unreached: Vec<UnreachedReport>,
}

#[derive(Serialize)]
struct UnreachedReport {
    node: String,
    prefix: Prefix,
    reason: String,
}

struct Nodes<'a> {
    nodes: Vec<&'a Node>,
    clock: Clock,
}

#[derive(Serialize)]
struct NodeReport<'a> {
    name: &'a str,
    #[serde(rename = "as")]
    asn: u32,
    router_id: RouterId,
    in_cluster: bool,
    peers: Vec<PeerReport>,
    routes: Vec<RouteReport>,
}

#[derive(Serialize)]
struct PeerReport {
    address: String,
    #[serde(rename = "type")]
    kind: String,
    state: &'static str,
    since: String,
    info: String,
    #[serde(rename = "as")]
    asn: Option<u32>,
}

#[derive(Serialize)]
struct RouteReport {
    prefix: Prefix,
    /// `null` for a route of the node's own.
    next_hop: Option<String>,
    /// The neighbour's address, or "local".
    from: String,
    as_path: Vec<Hop>,
    best: bool,
    /// `null` unless best.
    decided_by: Option<Step>,
    /// Whether its next hop can be reached.
    usable: bool,
    stale: bool,
}

/// Writes the whole result.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn write(
    out: &mut impl io::Write,
    (lab, options): (&Lab, &Options),
    verdict: &Verdict,
    good: bool,
    seconds: f64,
) -> io::Result<()> {
    let nodes = &lab.reactor.nodes;
    let down = verdict.down.iter().map(|down| DownReport {
        session: down.session.name(nodes),
        reason: down.reason.clone(),
    });
    let unreached = verdict.unreached.iter().map(|pair| UnreachedReport {
        node: lab.name(pair.router),
        prefix: pair.prefix,
        reason: pair.reason.clone(),
    });
    let usage = Usage::now();
    let report = Report {
        verdict: if good { "ok" } else { "failed" },
        sessions: Sessions {
            planned: verdict.planned,
            established: verdict.established,
            down: down.collect(),
        },
        reachability: Reachability {
            wanted: verdict.wanted,
            reached: verdict.reached,
            unreached: unreached.collect(),
        },
        nodes: Nodes {
            nodes: nodes.iter().filter(|node| options.shows(node)).collect(),
            clock: lab.reactor.clock,
        },
        seconds,
        cpu_seconds: usage.cpu_seconds,
        peak_memory_bytes: usage.peak_memory,
        unknown_connections: lab.reactor.transport.strangers,
        events: &lab.timeline.entries,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)?;
    out.flush()
}

impl Serialize for Nodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nodes = self.nodes.iter();
        serializer.collect_seq(nodes.map(|node| NodeReport::new(node, self.clock)))
    }
}

impl<'a> NodeReport<'a> {
    fn new(node: &'a Node, clock: Clock) -> Self {
        let peers = rows::peers(node, clock).map(|peer| PeerReport {
            address: peer.address.to_string(),
            kind: peer.kind,
            state: peer.state,
            since: peer.since.rfc3339(),
            info: peer.info,
            asn: peer.asn.map(|asn| asn.0),
        });
        Self {
            name: &node.plan.name,
            asn: node.plan.config.asn.0,
            router_id: node.plan.config.router_id,
            in_cluster: node.plan.in_cluster,
            peers: peers.collect(),
            routes: rows::routes(node).iter().map(RouteReport::new).collect(),
        }
    }
}

impl RouteReport {
    fn new(row: &RouteRow) -> Self {
        let from = row.from.map(|address| address.to_string());
        Self {
            prefix: row.prefix,
            next_hop: row.next_hop.map(|address| address.to_string()),
            from: from.unwrap_or_else(|| "local".to_owned()),
            as_path: row.as_path.as_ref().map_or_else(Vec::new, hops),
            best: row.is_best(),
            decided_by: match row.standing {
                Standing::Best(step) => Some(step),
                Standing::Worse | Standing::Unresolved => None,
            },
            usable: row.standing != Standing::Unresolved,
            stale: row.stale,
        }
    }
}

/// One AS of a path, or a set of them.
#[derive(Serialize)]
#[serde(untagged)]
enum Hop {
    One(u32),
    Set(Vec<u32>),
}

fn hops(path: &AsPath) -> Vec<Hop> {
    let hops = path.segments().flat_map(|segment| {
        let asns = segment.asns.iter().map(|asn| asn.0);
        match segment.kind {
            SegmentKind::Set | SegmentKind::ConfedSet => vec![Hop::Set(asns.collect())],
            _ => asns.map(Hop::One).collect(),
        }
    });
    hops.collect()
}
