//! Sessions as the plan has them: pairs of ends, counted once.

use bgpwright::{
    session::{DownReason, State},
    wire::{Notification, NotificationCode},
};

use crate::{node::Node, reactor::Reactor, transport::End};

/// A planned session. The second end is missing if the plan has nobody there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) a: End,
    pub(crate) b: Option<End>,
    /// Why nobody would answer, if so.
    unanswered: Option<&'static str>,
}

/// A session that is not up.
#[derive(Clone, Debug)]
pub(crate) struct Down {
    pub(crate) session: Session,
    pub(crate) reason: String,
}

impl Session {
    /// Each session of the plan, once.
    pub(crate) fn all(reactor: &Reactor) -> Vec<Self> {
        let mut sessions = Vec::new();
        for (router, node) in reactor.nodes.iter().enumerate() {
            for (peer, plan) in node.plan.peers.iter().enumerate() {
                let a = End { router, peer };
                let b = plan.remote.map(|(router, peer)| End { router, peer });
                if b.is_none_or(|b| a < b) {
                    let unanswered = reactor.unanswered.get(&plan.session).copied();
                    sessions.push(Self { a, b, unanswered });
                }
            }
        }
        sessions
    }

    /// Whether both ends say so.
    pub(crate) fn is_established(self, nodes: &[Node]) -> bool {
        let up = |end: End| {
            let node = nodes.get(end.router);
            node.is_some_and(|node| node.is_established(end.peer))
        };
        up(self.a) && self.b.is_some_and(up)
    }

    /// Whether it will not change any more: it is up, cannot ever be, or is
    /// refused for what it is configured with.
    pub(crate) fn is_settled(self, nodes: &[Node]) -> bool {
        let refused = |end: End| {
            let reason = last_down(nodes, end);
            reason.and_then(notification).is_some_and(is_configuration)
        };
        match self.b {
            None => true,
            Some(_) if self.unanswered.is_some() => true,
            Some(b) => self.is_established(nodes) || refused(self.a) || refused(b),
        }
    }

    /// Why it is not up.
    pub(crate) fn explain(self, nodes: &[Node]) -> String {
        if let Some(why) = self.unanswered {
            return why.to_owned();
        }
        let Some(b) = self.b else {
            return "the other end is not in the plan".to_owned();
        };
        let state = |end: End| {
            let node = nodes.get(end.router);
            let peer = node.and_then(|node| node.peers.get(end.peer));
            peer.map_or_else(String::new, |peer| format!("{:?}", peer.state))
        };
        let mut text = format!("{} and {}", state(self.a), state(b));
        if let Some(reason) = last_down(nodes, self.a).or_else(|| last_down(nodes, b)) {
            text = format!("{text}; {}", describe(reason));
        }
        text
    }

    /// `name address – name address` with what each end calls the other.
    pub(crate) fn name(self, nodes: &[Node]) -> String {
        let Some(node) = nodes.get(self.a.router) else {
            return String::new();
        };
        let Some(peer) = node.plan.peers.get(self.a.peer) else {
            return String::new();
        };
        let other = self.b.and_then(|b| nodes.get(b.router));
        let other = other.map_or("nobody", |node| node.plan.name.as_str());
        let (local, remote) = (peer.config.local_address, peer.config.address);
        format!("{} ({local}) with {other} ({remote})", node.plan.name)
    }
}

fn last_down(nodes: &[Node], end: End) -> Option<&DownReason> {
    let peer = nodes.get(end.router)?.peers.get(end.peer)?;
    peer.last_down.as_ref()
}

/// The NOTIFICATION in a reason.
pub(crate) fn notification(reason: &DownReason) -> Option<&Notification> {
    match reason {
        DownReason::NotificationSent(notification)
        | DownReason::NotificationReceived(notification) => Some(notification),
        _ => None,
    }
}

/// Whether trying again cannot help: an OPEN was refused for what it says.
fn is_configuration(notification: &Notification) -> bool {
    notification.code == NotificationCode::OPEN
}

/// BIRD's word for the state of a protocol, as calicoctl shows it.
pub(crate) fn bird_state(state: State, reason: Option<&DownReason>) -> &'static str {
    match (state, reason) {
        (State::Established, _) => "up",
        (State::Idle, Some(DownReason::Stopped)) => "down",
        _ => "start",
    }
}

/// BIRD's text for the state of a session and its last error.
pub(crate) fn bird_info(state: State, reason: Option<&DownReason>) -> String {
    match reason {
        Some(reason) if state != State::Established => format!("{state:?} {}", bird_error(reason)),
        _ => format!("{state:?}"),
    }
}

fn bird_error(reason: &DownReason) -> String {
    match reason {
        DownReason::Stopped => "Administrative shutdown".to_owned(),
        DownReason::ConnectionLost => "Socket: Connection closed".to_owned(),
        DownReason::ConnectFailed => "Socket: Connection refused".to_owned(),
        DownReason::NotificationSent(sent) => format!("BGP Error: {}", text(sent)),
        DownReason::NotificationReceived(received) => format!("Received: {}", text(received)),
        other => other.to_string(),
    }
}

/// A reason in a sentence of ours.
pub(crate) fn describe(reason: &DownReason) -> String {
    match reason {
        DownReason::Stopped => "stopped".to_owned(),
        DownReason::ConnectionLost => "the connection was lost".to_owned(),
        DownReason::ConnectFailed => "the connection was refused".to_owned(),
        DownReason::NotificationSent(sent) => format!("NOTIFICATION sent: {}", text(sent)),
        DownReason::NotificationReceived(received) => {
            format!("NOTIFICATION received: {}", text(received))
        }
        other => other.to_string(),
    }
}

/// The name of a NOTIFICATION's code and subcode, and the communication that a
/// shutdown carries (RFC 9003).
pub(crate) fn text(notification: &Notification) -> String {
    let known = NAMES.iter().find(|(code, subcode, _)| {
        (*code, *subcode) == (notification.code.0, notification.subcode)
    });
    let mut text = known.map_or_else(
        || format!("error {}/{}", notification.code.0, notification.subcode),
        |(_, _, name)| (*name).to_owned(),
    );
    if let Some(said) = communication(notification) {
        text = format!("{text}, \"{said}\"");
    }
    text
}

/// What the operator at the other end wanted to say.
pub(crate) fn communication(notification: &Notification) -> Option<String> {
    if notification.code != NotificationCode::CEASE || !matches!(notification.subcode, 2 | 4) {
        return None;
    }
    let (length, rest) = notification.data.split_first()?;
    let said = rest.get(..usize::from(*length))?;
    (!said.is_empty()).then(|| String::from_utf8_lossy(said).into_owned())
}

/// The errors that a run can come to.
const NAMES: &[(u8, u8, &str)] = &[
    (1, 1, "Connection not synchronized"),
    (1, 2, "Bad message length"),
    (1, 3, "Bad message type"),
    (2, 1, "Unsupported version number"),
    (2, 2, "Bad peer AS"),
    (2, 3, "Bad BGP identifier"),
    (2, 4, "Unsupported optional parameter"),
    (2, 6, "Unacceptable hold time"),
    (2, 7, "Required capability missing"),
    (3, 1, "Malformed attribute list"),
    (3, 10, "Invalid network field"),
    (3, 11, "Malformed AS_PATH"),
    (4, 0, "Hold timer expired"),
    (5, 0, "Finite state machine error"),
    (6, 1, "Maximum number of prefixes reached"),
    (6, 2, "Administrative shutdown"),
    (6, 3, "Peer de-configured"),
    (6, 4, "Administrative reset"),
    (6, 5, "Connection rejected"),
    (6, 6, "Other configuration change"),
    (6, 7, "Connection collision resolution"),
    (6, 8, "Out of resources"),
    (8, 0, "Send hold timer expired"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn cease(subcode: u8, data: &'static [u8]) -> Notification {
        Notification {
            data: bytes::Bytes::from_static(data),
            ..Notification::new(NotificationCode::CEASE, subcode)
        }
    }

    #[test]
    fn a_shutdown_says_why_if_its_communication_is_whole() {
        let whole = cease(2, b"\x04back");
        assert_eq!(text(&whole), "Administrative shutdown, \"back\"");
        for data in [&b""[..], b"\x00", b"\x05back"] {
            assert_eq!(text(&cease(2, data)), "Administrative shutdown");
        }
        let other = cease(7, b"\x04back");
        assert_eq!(text(&other), "Connection collision resolution");
        let unknown = Notification::new(NotificationCode(9), 3);
        assert_eq!(text(&unknown), "error 9/3");
    }

    #[test]
    fn the_last_error_is_shown_until_the_session_is_up() {
        let refused = DownReason::NotificationSent(Notification::new(NotificationCode::OPEN, 2));
        let info = bird_info(State::Idle, Some(&refused));
        assert_eq!(info, "Idle BGP Error: Bad peer AS");
        assert_eq!(bird_info(State::Established, Some(&refused)), "Established");
        assert_eq!(bird_state(State::Idle, Some(&DownReason::Stopped)), "down");
        assert_eq!(bird_state(State::Idle, None), "start");
    }
}
