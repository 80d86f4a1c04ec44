//! FRR's and GoBGP's neighbours in JSON.

use super::{Observed, ObservedSession};
use crate::{
    plan::yaml::{Context, Tree, Value},
    types::RouterId,
};
use alloc::string::String;

/// A document of either, if it is one.
pub(super) fn read(context: &mut Context<'_>, tree: &Tree) -> Option<Observed> {
    let mut observed = Observed {
        running: true,
        ..Observed::default()
    };
    match &tree.value {
        Value::List(peers) => {
            for peer in peers {
                observed.sessions.push(gobgp(context, peer)?);
            }
        }
        Value::Map(entries) => frr(context, entries, &mut observed)?,
        Value::Scalar { .. } => return None,
    }
    Some(observed)
}

fn text<'t>(tree: &'t Tree, names: &[&str]) -> Option<&'t str> {
    names.iter().find_map(|name| tree.get(name)?.text())
}

/// `show bgp summary json`, by family and VRF or not, or `show bgp neighbors
/// json`.
fn frr(context: &mut Context<'_>, entries: &[(Tree, Tree)], observed: &mut Observed) -> Option<()> {
    let mut known = entries.is_empty();
    for (key, value) in entries {
        let name = key.text().unwrap_or_default();
        if name == "peers" {
            known = true;
            let Value::Map(peers) = &value.value else {
                continue;
            };
            for (address, peer) in peers {
                of_frr(context, address.text().unwrap_or_default(), peer, observed);
            }
        } else if value.get("bgpState").is_some() {
            known = true;
            of_frr(context, name, value, observed);
        } else if let Value::Map(inner) = &value.value {
            // A family, or a VRF.
            let has_peers = value.get("peers").is_some();
            let is_vrf = inner.iter().any(|(_, it)| it.get("peers").is_some());
            let neighbors = inner.iter().any(|(_, it)| it.get("bgpState").is_some());
            if has_peers || is_vrf || neighbors {
                frr(context, inner, observed)?;
                known = true;
            }
        }
    }
    known.then_some(())
}

/// A neighbour; once, where several families show it.
fn of_frr(context: &mut Context<'_>, name: &str, peer: &Tree, observed: &mut Observed) {
    let Some(state) = text(peer, &["state", "bgpState"]) else {
        let message = "no state: expected all of show bgp summary json, not the failed ones alone";
        context.error(peer.line, name, message);
        return;
    };
    let Ok(neighbor) = name.parse() else {
        if !observed.on_interfaces.iter().any(|it| it == name) {
            observed.on_interfaces.push(name.into());
        }
        return;
    };
    if observed.sessions.iter().any(|it| it.neighbor == neighbor) {
        return;
    }
    let reset = text(peer, &["lastResetDueTo", "lastShutdownDescription"]);
    let notified = text(peer, &["lastNotificationReason"]);
    // The reason may be of a time before; a reset by a notification is its.
    let info = match (reset, notified) {
        (Some(reset), Some(reason)) if reset.contains("Notification") => Some(reason),
        (reset, notified) => reset.or(notified),
    };
    // "(Policy)" behind Established: nothing is exchanged, RFC 8212.
    let up = state.starts_with("Established") || state.parse::<u64>().is_ok();
    let info = if up { "" } else { info.unwrap_or_default() };
    let id = text(peer, &["remoteRouterId"]).and_then(|it| it.parse().ok());
    observed.sessions.push(ObservedSession {
        up,
        state: String::from(if up { "Established" } else { state }),
        info: String::from(info),
        since: String::from(text(peer, &["peerUptime", "bgpTimerUpString"]).unwrap_or_default()),
        local: text(peer, &["hostLocal"]).and_then(|it| it.parse().ok()),
        remote_as: text(peer, &["remoteAs"]).and_then(|it| it.parse().ok()),
        remote_id: id.filter(|it: &RouterId| it.0 != 0),
        ..ObservedSession::new(neighbor)
    });
}

/// A neighbour of `gobgp neighbor -j`.
fn gobgp(context: &mut Context<'_>, peer: &Tree) -> Option<ObservedSession> {
    let (conf, state) = (peer.get("conf")?, peer.get("state")?);
    let names = ["neighbor_address", "neighborAddress"];
    let address = text(state, &names).filter(|it| !it.is_empty());
    let address = address.or_else(|| text(conf, &names))?;
    let Ok(neighbor) = address.parse() else {
        let message = alloc::format!("expected an address, found {address:?}");
        context.error(conf.line, "conf.neighbor_address", message);
        return None;
    };
    let shown = text(state, &["session_state", "sessionState"]).unwrap_or("0");
    let states = [
        "Unknown",
        "Idle",
        "Connect",
        "Active",
        "OpenSent",
        "OpenConfirm",
        "Established",
    ];
    let by_name = |name: &&&str| {
        let bare = shown.rsplit("SESSION_STATE_").next().unwrap_or(shown);
        bare.replace('_', "").eq_ignore_ascii_case(name)
    };
    let by_number = shown.parse().ok().and_then(|at: usize| states.get(at));
    let named = by_number.or_else(|| states.iter().find(by_name));
    let name = *named.unwrap_or(&"Unknown");
    let transport = peer.get("transport");
    let local = transport.and_then(|it| text(it, &["local_address", "localAddress"]));
    let reason = text(state, &["disconnect_message", "disconnectMessage"]).unwrap_or_default();
    Some(ObservedSession {
        up: name == "Established",
        state: name.into(),
        info: reason.into(),
        local: local.and_then(|it| it.parse().ok()),
        remote_as: text(conf, &["peer_asn", "peerAsn"]).and_then(|it| it.parse().ok()),
        remote_id: text(state, &["router_id", "routerId"]).and_then(|it| it.parse().ok()),
        ..ObservedSession::new(neighbor)
    })
}
