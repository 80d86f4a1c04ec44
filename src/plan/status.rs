//! What runs, from what tools print, and how it differs from the plan.
//!
//! Read are `calicoctl node status` (its tables of old and of now, wrapped
//! lines included), BIRD's `show protocols` and `show protocols all`,
//! `CalicoNodeStatus` resources, FRR's `show bgp summary json` and `show bgp
//! neighbors json`, and GoBGP's `neighbor -j`; which one a text is shows in
//! itself.
//!
//! ```
//! use bgpwright::plan::{Mode, generate, plan, status, yaml::{Limits, Source}};
//!
//! let inventory = generate(3, Mode::Mesh);
//! let plan = plan(&inventory);
//! let text = "\
//! BIRD 1.6.8 ready.
//! name     proto    table    state  since       info
//! Mesh_10_0_0_2 BGP      master   up     2016-11-21  Established
//! Mesh_10_0_0_3 BGP      master   start  2016-11-21  Active  Socket: Connection refused
//! ";
//! let source = Source { name: "node-0.txt", text };
//! let mut observed = status::read(source, &Limits::default())?;
//! observed[0].node = Some("node-0".into());
//! let findings = status::compare(&inventory, &plan, &observed);
//! assert_eq!(findings.len(), 1);
//! assert_eq!(findings[0].code.as_str(), "session-down");
//! assert!(findings[0].fix.contains("listens"));
//! # Ok::<(), Vec<bgpwright::plan::Problem>>(())
//! ```

mod birdc;
mod calicoctl;
mod cause;
mod compare;
mod json;
mod node_status;

use alloc::{string::String, sync::Arc, vec::Vec};
use core::net::IpAddr;

use super::{
    Problem, Severity,
    yaml::{Context, Limits, Source, Tree, documents},
};
use crate::types::{Asn, RouterId};
pub use compare::{compare, node_of};

/// What one router shows of its sessions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Observed {
    /// Whose, where the text says so or the caller knows.
    pub node: Option<String>,
    /// Whether its BGP process runs.
    pub running: bool,
    /// Its sessions, in the order of the text.
    pub sessions: Vec<ObservedSession>,
    /// Interfaces with sessions to whoever is there, without an address.
    pub on_interfaces: Vec<String>,
}

/// A session as a tool shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ObservedSession {
    /// The neighbour's address.
    pub neighbor: IpAddr,
    /// The port it is dialled at, where the tool shows one.
    pub port: Option<u16>,
    /// What kind of peer Calico takes it for: `node-to-node mesh`, `global`,
    /// `node specific`.
    pub kind: Option<&'static str>,
    /// Whether it is established.
    pub up: bool,
    /// Its state in the tool's words: `Established`, `Active`.
    pub state: String,
    /// What the tool says besides: the last error.
    pub info: String,
    /// Since when, in the tool's words.
    pub since: String,
    /// Our address on it.
    pub local: Option<IpAddr>,
    /// The neighbour's AS.
    pub remote_as: Option<Asn>,
    /// The neighbour's BGP Identifier.
    pub remote_id: Option<RouterId>,
}

impl ObservedSession {
    fn new(neighbor: IpAddr) -> Self {
        Self {
            neighbor,
            port: None,
            kind: None,
            up: false,
            state: String::new(),
            info: String::new(),
            since: String::new(),
            local: None,
            remote_as: None,
            remote_id: None,
        }
    }
}

/// Reads what a tool printed. `CalicoNodeStatus` resources give one each, other
/// texts one in all.
///
/// # Errors
/// With everything that keeps the text from being understood.
pub fn read(source: Source<'_>, limits: &Limits) -> Result<Vec<Observed>, Vec<Problem>> {
    let mut problems = Vec::new();
    let text = source.text.trim_start();
    let mut context = Context {
        file: Arc::from(source.name),
        document: 0,
        resource: None,
        problems: &mut problems,
    };
    let found = if calicoctl::is(text) {
        Vec::from([calicoctl::read(&mut context, source.text)])
    } else if birdc::is(text) {
        Vec::from([birdc::read(&mut context, source.text)])
    } else {
        trees(&mut context, &source, limits)
    };
    problems.retain(|problem| problem.severity == Severity::Error);
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

fn trees(context: &mut Context<'_>, source: &Source<'_>, limits: &Limits) -> Vec<Observed> {
    let mut found = Vec::new();
    let trees = documents(source, limits, context.problems);
    let trees: Vec<&(usize, Tree)> = trees.iter().filter(|(_, it)| !it.is_null()).collect();
    for (document, tree) in &trees {
        context.document = *document;
        if node_status::is(tree) {
            node_status::read(context, tree, &mut found);
        } else if let Some(observed) = json::read(context, tree) {
            found.push(observed);
        } else {
            context.error(tree.line, "", UNKNOWN);
        }
    }
    if trees.is_empty() && context.problems.is_empty() {
        context.error(0, "", UNKNOWN);
    }
    found
}

const UNKNOWN: &str = "expected what calicoctl node status, birdc show protocols, kubectl get \
                       caliconodestatus -o yaml, FRR's show bgp summary json or GoBGP's neighbor \
                       -j print";
