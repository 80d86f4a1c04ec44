//! `CalicoNodeStatus` resources, one or a list.

use alloc::{format, string::ToString, vec::Vec};

use super::{Observed, ObservedSession};
use crate::plan::yaml::{Context, Kind, Tree};

/// Whether a document is of this kind.
pub(super) fn is(tree: &Tree) -> bool {
    let kind = tree.get("kind").and_then(Tree::text).unwrap_or_default();
    kind == "CalicoNodeStatus" || kind.ends_with("List") && tree.get("items").is_some()
}

pub(super) fn read(context: &mut Context<'_>, tree: &Tree, found: &mut Vec<Observed>) {
    if tree.get("items").is_some() {
        for item in context.items(tree.get("items"), "items") {
            read(context, item, found);
        }
        return;
    }
    let name = tree.get("metadata").and_then(|it| it.get("name")?.text());
    context.resource = Some(format!("CalicoNodeStatus {:?}", name.unwrap_or("")).into());
    if tree.get("kind").and_then(Tree::text) != Some("CalicoNodeStatus") {
        context.error(tree.line, "kind", "expected CalicoNodeStatus");
        return;
    }
    let spec = context.container(tree.get("spec"), "spec", Kind::Map);
    let node = spec.and_then(|it| it.get("node"));
    let node = context.text(node, "spec.node", "a node's name");
    let status = context.container(tree.get("status"), "status", Kind::Map);
    let bgp = status.and_then(|it| it.get("bgp"));
    let Some(bgp) = context.container(bgp, "status.bgp", Kind::Map) else {
        let message = "expected the class BGP to be reported, found no status.bgp";
        context.error(tree.line, "status.bgp", message);
        return;
    };
    let ready = |field: &str| {
        let agent = status.and_then(|it| it.get("agent")?.get(field));
        agent.and_then(|it| it.get("state")?.text()) != Some("NotReady")
    };
    let mut observed = Observed {
        node: node.map(ToString::to_string),
        running: ready("birdV4") || ready("birdV6"),
        sessions: Vec::new(),
        ..Observed::default()
    };
    for field in ["peersV4", "peersV6"] {
        let path = format!("status.bgp.{field}");
        for peer in context.items(bgp.get(field), &path) {
            observed.sessions.extend(session(context, peer, &path));
        }
    }
    found.push(observed);
    context.resource = None;
}

fn session(context: &mut Context<'_>, peer: &Tree, path: &str) -> Option<ObservedSession> {
    let at = |name: &str| format!("{path}.{name}");
    let neighbor = context.address(peer.get("peerIP"), &at("peerIP"))?;
    let state = context.text(peer.get("state"), &at("state"), "a session's state")?;
    let kind = |text: &str| match text {
        "NodeMesh" => Some("node-to-node mesh"),
        "GlobalPeer" => Some("global"),
        "NodePeer" => Some("node specific"),
        _ => None,
    };
    let since = peer.get("since").and_then(Tree::text).unwrap_or_default();
    let expected = "NodeMesh, NodePeer or GlobalPeer";
    Some(ObservedSession {
        kind: context.parsed(peer.get("type"), &at("type"), expected, kind),
        up: state == "Established",
        state: state.into(),
        since: since.into(),
        ..ObservedSession::new(neighbor)
    })
}
