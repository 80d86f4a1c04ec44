//! Why a session is likely down: from the plan, and from what the tool says.

use super::ObservedSession;
use crate::plan::pairing::Verdict;

/// The likely cause, and what to do.
pub(super) fn of(verdict: Verdict, session: &ObservedSession) -> (&'static str, &'static str) {
    let planned = match verdict {
        Verdict::HalfOpen => Some((
            "the plan has this end only: the neighbour does not want the session",
            "let the neighbour peer back, or take this end away",
        )),
        Verdict::AsMismatch => Some((
            "the plan has the two ends expect other ASes than they have",
            "give the neighbour's AS as the neighbour has it",
        )),
        Verdict::BothPassive => Some((
            "the plan has both ends wait to be dialled",
            "let one end dial",
        )),
        Verdict::PortMismatch => Some((
            "the plan has nobody dial the port where the other listens",
            "dial the port where the neighbour listens",
        )),
        Verdict::Duplicate => Some((
            "the plan has another session with this neighbour, which takes the connection \
             (calico#3785)",
            "keep one of the two: take one peering away, or switch the mesh off",
        )),
        _ => None,
    };
    planned.unwrap_or_else(|| said(session))
}

fn said(session: &ObservedSession) -> (&'static str, &'static str) {
    let info = session.info.to_ascii_lowercase();
    let found = SAID.iter().find(|(text, ..)| info.contains(text));
    if let Some((_, cause, fix)) = found {
        return (cause, fix);
    }
    match session.state.as_str() {
        "Passive" => (
            "it waits to be dialled, and nobody does",
            "look whether the neighbour has the session, and reaches this router",
        ),
        "Active" | "Connect" => (
            "it dials and gets no answer",
            "look whether the neighbour runs and listens, and whether a firewall is between",
        ),
        "OpenSent" | "OpenConfirm" => (
            "the two have a connection and do not agree",
            "compare the ASes, router ids, passwords and TTL security of both ends",
        ),
        "Idle" => (
            "it waits before it tries again, after an error",
            "look at the last error in the router's log",
        ),
        _ => (
            "the router does not say why",
            "look at the last error in the router's log",
        ),
    }
}

/// Parts of what routers say, and what they mean.
const SAID: &[(&str, &str, &str)] = &[
    (
        "bad peer as",
        "the neighbour has another AS than is expected",
        "give the neighbour's AS as the neighbour has it",
    ),
    (
        "bad bgp identifier",
        "both routers have one router id, as after cloning a node",
        "give each router an identifier of its own",
    ),
    (
        "hold timer",
        "the neighbour has not been heard of for the hold time",
        "look whether it is overloaded, and whether packets are lost on the way",
    ),
    (
        "connection refused",
        "nobody listens at the neighbour's address and port",
        "look whether its BGP process runs and listens there",
    ),
    (
        "administrative shutdown",
        "the neighbour was shut down",
        "start it again, when it is meant to run",
    ),
    (
        "administrative reset",
        "the neighbour's session was reset by hand",
        "wait until it is back",
    ),
    (
        "no route to host",
        "there is no way to the neighbour's address",
        "look at the routes towards it, and at its interface",
    ),
    (
        "unreachable",
        "there is no way to the neighbour's address",
        "look at the routes towards it, and at its interface",
    ),
    (
        "maximum number of prefixes",
        "the neighbour sent more prefixes than allowed",
        "raise the limit, or filter what it sends",
    ),
    (
        "connection collision",
        "both ends dialled at once, and one connection was closed",
        "wait: the other connection stays",
    ),
    (
        "unacceptable hold time",
        "the ends do not agree on a hold time",
        "offer hold times of 3 s or more",
    ),
    (
        "authentication",
        "the passwords of the two ends differ",
        "give both ends the same password",
    ),
    (
        "multihop",
        "the neighbour is further away than the session allows for",
        "allow for the hops between them",
    ),
    (
        "socket",
        "the connection failed or was closed",
        "look whether the neighbour runs, and whether a firewall is between",
    ),
];
