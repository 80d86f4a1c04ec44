//! What a session has done so far, and how it came to where it is.

use alloc::collections::VecDeque;

use bytes::Bytes;

use super::{DownReason, Session, State, fsm::FsmEvent};
use crate::{
    time::Instant,
    wire::{MessageType, Notification},
};

/// Counters of a session since it was made. None of them ever wraps.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Stats {
    /// Messages that came.
    pub received: Messages,
    /// Messages that were handed out.
    pub sent: Messages,
    /// UPDATEs that came with a fault, whatever its treatment (RFC 7606).
    pub faulty_updates: u64,
    /// Connections that were followed, dialled by either side.
    pub connections: u64,
    /// Connections that were not the neighbour's.
    pub refused: u64,
    /// How often it was Established.
    pub ups: u64,
    /// When it was last Established.
    pub last_up: Option<Instant>,
    /// When, and why, it last ceased to be Established: the last error, which
    /// failing attempts to come back do not hide. Data of a NOTIFICATION are
    /// kept up to 256 octets.
    pub last_end: Option<(Instant, DownReason)>,
    /// When the last message came.
    pub last_received: Option<Instant>,
}

/// Numbers of messages, and their octets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Messages {
    /// OPENs.
    pub opens: u64,
    /// UPDATEs.
    pub updates: u64,
    /// NOTIFICATIONs.
    pub notifications: u64,
    /// KEEPALIVEs.
    pub keepalives: u64,
    /// ROUTE-REFRESHes.
    pub route_refreshes: u64,
    /// The octets of all of them, headers included.
    pub octets: u64,
}

impl Messages {
    /// All of them together.
    pub const fn total(&self) -> u64 {
        self.opens
            .saturating_add(self.updates)
            .saturating_add(self.notifications)
            .saturating_add(self.keepalives)
            .saturating_add(self.route_refreshes)
    }

    pub(super) fn count_updates(&mut self, messages: u64, octets: usize) {
        self.updates = self.updates.saturating_add(messages);
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.octets = self.octets.saturating_add(octets);
    }

    pub(super) fn count(&mut self, kind: MessageType, octets: usize) {
        let counter = match kind {
            MessageType::OPEN => &mut self.opens,
            MessageType::UPDATE => &mut self.updates,
            MessageType::NOTIFICATION => &mut self.notifications,
            MessageType::KEEPALIVE => &mut self.keepalives,
            _ => &mut self.route_refreshes,
        };
        *counter = counter.saturating_add(1);
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.octets = self.octets.saturating_add(octets);
    }
}

/// One step of a session: what answers "why is it down".
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct HistoryEntry {
    /// When.
    pub at: Instant,
    /// The state before.
    pub from: State,
    /// The state after; the same if an attempt failed that another follows.
    pub to: State,
    /// What happened.
    pub event: FsmEvent,
    /// Why a session, or an attempt, ended, if one did. Data of a NOTIFICATION
    /// are kept up to 256 octets.
    pub down: Option<DownReason>,
}

/// The latest steps.
#[derive(Debug, Default)]
pub(super) struct History {
    entries: VecDeque<HistoryEntry>,
}

impl History {
    fn push(&mut self, entry: HistoryEntry) {
        if self.entries.len() >= HISTORY_LEN {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }
}

impl Session {
    /// What the session has done since it was made.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The latest steps, at most 16, the oldest first.
    pub fn history(&self) -> impl ExactSizeIterator<Item = &HistoryEntry> {
        self.history.entries.iter()
    }

    /// Notes a step, and the end of what was Established.
    pub(super) fn note(&mut self, from: State, event: FsmEvent, down: Option<&DownReason>) {
        let to = self.state();
        if from == to && down.is_none() {
            return;
        }
        let down = down.map(shortened);
        if from == State::Established
            && let Some(reason) = &down
        {
            self.stats.last_end = Some((self.now, reason.clone()));
        }
        self.history.push(HistoryEntry {
            at: self.now,
            from,
            to,
            event,
            down,
        });
    }
}

/// Data that a neighbour chose are not kept without bound, nor is the input that
/// they are a part of.
fn shortened(reason: &DownReason) -> DownReason {
    let short = |notification: &Notification| Notification {
        code: notification.code,
        subcode: notification.subcode,
        data: Bytes::copy_from_slice(
            notification
                .data
                .get(..KEPT_DATA)
                .unwrap_or(&notification.data),
        ),
    };
    match reason {
        DownReason::NotificationSent(sent) => DownReason::NotificationSent(short(sent)),
        DownReason::NotificationReceived(received) => {
            DownReason::NotificationReceived(short(received))
        }
        other => other.clone(),
    }
}

const HISTORY_LEN: usize = 16;
const KEPT_DATA: usize = 256;
