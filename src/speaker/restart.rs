use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use core::time::Duration;

use crate::{
    rib::TableId,
    session::{DownReason, Negotiated, State},
    speaker::{
        Config, Event, Output, Speaker,
        peer::{Peer, Stale},
        turn::Work,
    },
    time::Instant,
    types::{Family, PeerId},
    wire::GracefulRestartFlags,
};

/// After our own restart: whether the neighbours are still telling us what they
/// have (RFC 4724 §4.1).
#[derive(Clone, Copy, Debug)]
pub(super) enum Deferral {
    None,
    /// From the first input on, for this long.
    Due(Duration),
    Until(Instant),
}

impl Deferral {
    pub(super) fn new(config: &Config) -> Self {
        if config.restarting {
            Self::Due(config.selection_deferral)
        } else {
            Self::None
        }
    }

    pub(super) fn begin(&mut self, now: Instant) {
        if let Self::Due(limit) = *self {
            *self = Self::Until(now + limit);
        }
    }

    pub(super) const fn is_deferring(self) -> bool {
        !matches!(self, Self::None)
    }

    pub(super) const fn deadline(self) -> Option<Instant> {
        match self {
            Self::Until(deadline) => Some(deadline),
            Self::None | Self::Due(_) => None,
        }
    }
}

impl Speaker {
    pub(super) fn on_up(&mut self, id: PeerId, agreed: &Arc<Negotiated>) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let neighbor = peer.on_up(agreed);
        self.memberships.remove(&id);
        self.rib.neighbor_up(id, neighbor);
        self.outputs.push_back(Output::Event(Event::PeerUp(id)));
        // RFC 4724 §4.2: what the neighbour did not preserve is gone at once.
        let preserved = |family: &Family| {
            agreed.graceful_restart.as_ref().is_some_and(|restart| {
                let mut families = restart.families.iter();
                families.any(|entry| entry.family == *family && entry.forwarding_preserved)
            })
        };
        let lost: BTreeSet<Family> = peer.stale.as_ref().map_or_else(BTreeSet::new, |stale| {
            stale
                .families
                .iter()
                .copied()
                .filter(|family| !preserved(family))
                .collect()
        });
        for family in lost {
            self.end_stale(id, Some(family));
        }
        self.join(id);
        self.end_deferral_if_due();
    }

    pub(super) fn on_down(&mut self, id: PeerId, reason: DownReason) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let was_up = !peer.awaited.is_empty() || !peer.groups.is_empty();
        peer.awaited.clear();
        let groups = core::mem::take(&mut peer.groups);
        self.leave(id, groups);
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if was_up {
            let kept = kept_families(peer, &reason);
            let limit = restart_time(peer).min(peer.config.stale_time_limit);
            self.rib.neighbor_down(id);
            self.sweep(id, Some(&kept));
            if let Some(peer) = self.peers.get_mut(&id).filter(|_| !kept.is_empty()) {
                // A second loss before the first is over does not prolong it.
                let until = peer
                    .stale
                    .as_ref()
                    .map_or(self.now + limit, |stale| stale.until);
                let long_lived = peer.stale.take();
                let long_lived = long_lived.map_or_else(BTreeMap::new, |it| it.long_lived);
                peer.stale = Some(Stale {
                    families: kept,
                    until,
                    long_lived,
                });
                self.outputs.push_back(Output::Event(Event::Stale(id)));
            } else {
                self.forget_stale(id);
            }
        }
        self.outputs
            .push_back(Output::Event(Event::PeerDown(id, reason)));
    }

    pub(super) fn on_end_of_rib(&mut self, id: PeerId, family: Family) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.awaited.remove(&family);
        self.outputs
            .push_back(Output::Event(Event::EndOfRib(id, family)));
        self.end_stale(id, Some(family));
        self.end_deferral_if_due();
    }

    /// The time is over for which a neighbour that restarts is waited for:
    /// its routes go, but for families whose may be kept for longer, as the last
    /// to be chosen (RFC 9494 §4.2).
    pub(super) fn stale_time_over(&mut self, id: PeerId) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let Some(stale) = &mut peer.stale else { return };
        let mut begun = Vec::new();
        for of in &peer.long_lived {
            let waits = stale.families.contains(&of.family);
            if waits && of.stale_time > 0 && !stale.long_lived.contains_key(&of.family) {
                let time = Duration::from_secs(u64::from(of.stale_time));
                stale.long_lived.insert(of.family, now + time);
                begun.push(of.family);
            }
        }
        let over = |family: &Family| stale.long_lived.get(family).is_none_or(|at| *at <= now);
        let ended: Vec<Family> = stale.families.iter().copied().filter(over).collect();
        if let Some(next) = stale.long_lived.values().filter(|at| **at > now).min() {
            stale.until = *next;
        }
        for family in begun {
            let table = self.rib.table(family);
            self.rib.long_lived(id, table);
            self.decide_table(table);
        }
        for family in ended {
            self.end_stale(id, Some(family));
        }
    }

    /// Removes what is stale of a neighbour's routes, of one family or all.
    pub(super) fn end_stale(&mut self, id: PeerId, family: Option<Family>) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let Some(stale) = &mut peer.stale else { return };
        let ended: BTreeSet<Family> = match family {
            Some(family) => stale.families.take(&family).into_iter().collect(),
            None => core::mem::take(&mut stale.families),
        };
        let over = stale.families.is_empty();
        for family in ended {
            let table = self.rib.table(family);
            self.sweep_table(id, table);
        }
        if over {
            self.forget_stale(id);
        }
    }

    fn forget_stale(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.stale.take().is_some() {
            self.outputs.push_back(Output::Event(Event::StaleEnded(id)));
        }
    }

    /// Removes all of a neighbour's stale routes but those of the families kept.
    pub(super) fn sweep(&mut self, id: PeerId, kept: Option<&BTreeSet<Family>>) {
        let gone = self
            .rib
            .families()
            .filter(|family| kept.is_none_or(|kept| !kept.contains(family)));
        for family in gone.collect::<Vec<_>>() {
            let table = self.rib.table(family);
            self.sweep_table(id, table);
        }
    }

    /// Neighbours that go at one time share one pass.
    pub(super) fn sweep_table(&mut self, id: PeerId, of: TableId) {
        for work in &mut self.work {
            if let Work::Sweep {
                peers,
                table,
                cursor: 0,
            } = work
                && *table == of
            {
                if !peers.contains(&id) {
                    peers.push(id);
                }
                return;
            }
        }
        self.work.push_back(Work::Sweep {
            peers: alloc::vec![id],
            table: of,
            cursor: 0,
        });
    }

    /// Everyone is told, once everyone has told us.
    pub(super) fn end_deferral_if_due(&mut self) {
        if !self.deferral.is_deferring() {
            return;
        }
        let expired = self
            .deferral
            .deadline()
            .is_some_and(|deadline| deadline <= self.now);
        if expired || self.peers.values().all(has_told_all) {
            self.deferral = Deferral::None;
            self.exporting.extend(self.peers.keys());
            for peer in self.peers.values_mut() {
                // A session that comes up from now on finds us as we are.
                peer.session.set_restarting(false);
            }
            self.outputs.push_back(Output::Event(Event::DeferralEnded));
        }
    }

    /// Next hops cost something else: every route is to be looked at again.
    pub(super) fn decide_all(&mut self) {
        for family in self.rib.families().collect::<Vec<_>>() {
            let table = self.rib.table(family);
            self.decide_table(table);
        }
    }

    pub(super) fn decide_table(&mut self, table: TableId) {
        let due = |work: &Work| match work {
            Work::Decide { table: of, cursor } => *of == table && *cursor == 0,
            _ => false,
        };
        if !self.work.iter().any(due) {
            self.work.push_back(Work::Decide { table, cursor: 0 });
        }
    }

    /// A neighbour begins to send a family anew (RFC 7313 §4): what it does not
    /// send again goes when it ends.
    pub(super) fn on_refresh_begin(&mut self, id: PeerId, family: Family) {
        let table = self.rib.table(family);
        self.rib.neighbor_refreshes(id, table);
    }

    pub(super) fn on_refresh_end(&mut self, id: PeerId, family: Family) {
        let table = self.rib.table(family);
        self.sweep_table(id, table);
    }
}

/// RFC 4724 §4.1: those who do not mark the end, and those who have just
/// restarted themselves, are not waited for.
fn has_told_all(peer: &Peer) -> bool {
    let Some(agreed) = peer.session.negotiated() else {
        return false;
    };
    peer.session.state() == State::Established
        && (peer.awaited.is_empty()
            || agreed
                .graceful_restart
                .as_ref()
                .is_none_or(|restart| restart.flags.contains(GracefulRestartFlags::RESTARTING)))
}

/// Of a neighbour that announced graceful restart and went in a way that lets
/// it keep its routes.
fn kept_families(peer: &Peer, reason: &DownReason) -> BTreeSet<Family> {
    let kept = reason.keeps_routes(peer.survives_notification);
    let restart = peer
        .restart
        .as_ref()
        .filter(|_| kept && !peer.config.stale_time_limit.is_zero());
    restart.map_or_else(BTreeSet::new, |restart| {
        restart.families.iter().map(|entry| entry.family).collect()
    })
}

fn restart_time(peer: &Peer) -> Duration {
    peer.restart.as_ref().map_or(Duration::ZERO, |restart| {
        Duration::from_secs(u64::from(restart.restart_time))
    })
}
