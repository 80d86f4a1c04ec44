//! Neighbours that are told the same: one Adj-RIB-Out, encoded once.
//!
//! A change of the Loc-RIB waits in `pending`. A batch of those that wait is
//! judged, encoded, and appended to the log, and every member that keeps up is
//! handed the same octets from there, each but what came from itself. A member
//! that is late to come or slow to read goes on apart, over a walk of the
//! table and the destinations that it missed, until it has caught up.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use bytes::Bytes;

use crate::{
    rib::{Change, Chosen, NetId, Rib, RouteSource, TableId, store::SetId},
    speaker::{
        class::Class,
        log::{Audience, Cursor, Log},
        pending::Pending,
    },
    time::Instant,
    types::PeerId,
};

/// The place of a [`Group`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct GroupId(pub(super) u32);

/// What a group has been told of a destination: the path that was the best
/// then. What was said of it follows from that.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Said {
    set: u32,
    /// A neighbour's number, which outlives the neighbour, and whether the path
    /// is stale for longer than a restart takes.
    source: u32,
}

impl Said {
    pub(super) const NOTHING: Self = Self {
        set: u32::MAX,
        source: LOCAL,
    };

    pub(super) fn of(chosen: Chosen, source: RouteSource, long_lived_stale: bool) -> Self {
        let source = match source {
            RouteSource::Local => LOCAL,
            RouteSource::Peer(peer) => peer.0,
        };
        let stale = if long_lived_stale { STALE } else { 0 };
        Self {
            set: chosen.set.0,
            source: source | stale,
        }
    }

    pub(super) fn source(self) -> RouteSource {
        match self.source & !STALE {
            LOCAL => RouteSource::Local,
            peer => RouteSource::Peer(PeerId(peer)),
        }
    }

    pub(super) fn is_long_lived_stale(self) -> bool {
        self.source & STALE != 0
    }

    /// Who was told.
    pub(super) fn audience(self) -> Audience {
        match self.source() {
            RouteSource::Local => Audience::All,
            RouteSource::Peer(peer) => Audience::Except(peer),
        }
    }

    pub(super) fn set(self) -> Option<SetId> {
        (self.set != u32::MAX).then_some(SetId(self.set))
    }
}

const STALE: u32 = 1 << 31;
const LOCAL: u32 = !STALE;

/// A line of an Adj-RIB-Out that says more of a destination than the best
/// path: by path identifier, or the second word to a best route's own source.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct LineId {
    pub(super) net: NetId,
    pub(super) path: u32,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) class: Class,
    pub(super) table: TableId,
    /// By destination.
    pub(super) said: Vec<Said>,
    /// What `said` has no place for.
    pub(super) lines: BTreeMap<LineId, Said>,
    pub(super) pending: Pending,
    /// How far a pass over the table is.
    pub(super) walk: Option<u32>,
    /// Whether that pass is over what has been told already, by other rules.
    pub(super) reviews: bool,
    /// Until when nothing is said (RFC 4271 §9.2.1.1).
    pub(super) rests_until: Option<Instant>,
    pub(super) log: Log,
    pub(super) members: BTreeMap<PeerId, Member>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) pace: Pace,
    pub(super) end_of_rib: bool,
}

#[derive(Debug)]
pub(super) enum Pace {
    /// With the others: this is the next for it.
    Together(Cursor),
    Apart(Box<Apart>),
}

/// What a member is still to be told before it is with the others.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// How far its own pass over the table is.
    pub(super) walk: Option<u32>,
    /// What it missed.
    pub(super) missed: Pending,
    /// Whether it has been told of the table before, so that what is not there
    /// any more must be withdrawn.
    pub(super) again: bool,
    /// Of what it missed, the path identifiers, where there are any.
    pub(super) told: BTreeMap<NetId, Vec<u32>>,
    /// Encoded, and not handed out yet; and what it is about.
    pub(super) octets: Bytes,
    pub(super) encoded: Vec<LineId>,
    pub(super) brackets: Brackets,
}

/// Of a pass that answers a ROUTE-REFRESH (RFC 7313 §4).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Brackets {
    /// Whether its end is to be marked.
    pub(super) wanted: bool,
    /// Whether its beginning has been.
    pub(super) begun: bool,
}

impl Apart {
    /// The others are told this.
    pub(super) fn miss(&mut self, rib: &mut Rib, table: TableId, line: LineId, several: bool) {
        if self.missed.push(line.net) {
            rib.hold_net(table, line.net);
        }
        if several {
            let paths = self.told.entry(line.net).or_default();
            if !paths.contains(&line.path) {
                paths.push(line.path);
            }
        }
    }
}

impl Group {
    pub(super) fn new(class: Class, table: TableId) -> Self {
        Self {
            class,
            table,
            said: Vec::new(),
            lines: BTreeMap::new(),
            pending: Pending::default(),
            walk: Some(0),
            reviews: false,
            rests_until: None,
            log: Log::default(),
            members: BTreeMap::new(),
        }
    }

    /// A neighbour is one of it from now on.
    pub(super) fn join(&mut self, peer: PeerId) {
        // Nobody has been told anything: the group's own pass is the member's.
        let fresh = self.members.is_empty() && self.walk == Some(0);
        let pace = if fresh {
            Pace::Together(self.log.end())
        } else {
            Pace::Apart(Box::new(Apart {
                walk: Some(0),
                ..Apart::default()
            }))
        };
        let member = Member {
            pace,
            end_of_rib: true,
        };
        self.members.insert(peer, member);
    }

    /// It is one no more. What it missed and had not been told.
    pub(super) fn leave(&mut self, peer: PeerId, rib: &mut Rib) -> Option<Remains> {
        let left = self.members.remove(&peer);
        self.trim(rib);
        match left?.pace {
            Pace::Together(_) => None,
            Pace::Apart(apart) => Some(Remains {
                table: self.table,
                said: Vec::new(),
                lines: BTreeMap::new(),
                pending: apart.missed,
                held: Vec::new(),
            }),
        }
    }

    /// What is to be given back, once nobody is left.
    pub(super) fn remains(mut self) -> Remains {
        let mut held = Vec::new();
        while let Some(chunk) = self.log.trim(Cursor::FAR) {
            held.extend(chunk.held);
        }
        Remains {
            table: self.table,
            said: self.said,
            lines: self.lines,
            pending: self.pending,
            held,
        }
    }

    /// A destination is another than it was.
    pub(super) fn note(&mut self, change: Change, rib: &mut Rib) -> bool {
        let counts = change.best || self.class.transparent || self.class.paths.beyond_best();
        if change.table != self.table || !counts {
            return false;
        }
        if self.pending.push(change.net) {
            rib.hold_net(self.table, change.net);
        }
        true
    }

    /// Everything is to be judged again, and told where it differs.
    pub(super) fn review(&mut self) {
        self.walk = Some(0);
        self.reviews = true;
    }

    /// Whether it is too early for the next batch.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| now < until)
    }

    /// All that waited has been said: the interval begins.
    pub(super) fn rest(&mut self, now: Instant) {
        self.rests_until = None;
        if !self.class.interval.is_zero() && !self.is_pending() {
            self.rests_until = Some(now + self.class.interval);
        }
    }

    /// Whether there is something to judge.
    pub(super) fn is_pending(&self) -> bool {
        !self.pending.is_empty() || self.walk.is_some()
    }

    pub(super) fn said(&self, line: LineId) -> Said {
        let said = if line.path == 0 {
            self.said.get(line.net.index())
        } else {
            self.lines.get(&line)
        };
        said.copied().unwrap_or(Said::NOTHING)
    }

    /// What has been said of a destination.
    pub(super) fn lines_of(&self, net: NetId) -> impl Iterator<Item = (LineId, Said)> {
        let line = LineId { net, path: 0 };
        let one = self.said.get(net.index());
        let one = one
            .filter(|said| **said != Said::NOTHING)
            .map(|said| (line, *said));
        let last = LineId {
            net,
            path: u32::MAX,
        };
        let lines = self.lines.range(line..=last);
        one.into_iter()
            .chain(lines.map(|(line, said)| (*line, *said)))
    }

    /// Above the numbers of all destinations of which something has been said.
    pub(super) fn end(&self) -> usize {
        let last = self.lines.last_key_value();
        let last = last.map_or(0, |(line, _)| line.net.index().saturating_add(1));
        self.said.len().max(last)
    }

    pub(super) fn set_said(&mut self, line: LineId, said: Said) -> Said {
        if line.path != 0 {
            let old = if said == Said::NOTHING {
                self.lines.remove(&line)
            } else {
                self.lines.insert(line, said)
            };
            return old.unwrap_or(Said::NOTHING);
        }
        let at = line.net.index();
        if self.said.len() <= at {
            if said == Said::NOTHING {
                return Said::NOTHING;
            }
            self.said.resize(at.saturating_add(1), Said::NOTHING);
        }
        match self.said.get_mut(at) {
            Some(slot) => core::mem::replace(slot, said),
            None => Said::NOTHING,
        }
    }

    /// Takes away what all have been handed, and lets those go on apart who are
    /// too far behind.
    pub(super) fn trim(&mut self, rib: &mut Rib) {
        loop {
            let together = self
                .members
                .values()
                .filter_map(|member| match member.pace {
                    Pace::Together(cursor) => Some(cursor),
                    Pace::Apart(_) => None,
                });
            let least = together.min().unwrap_or(Cursor::FAR);
            while let Some(chunk) = self.log.trim(least) {
                for net in chunk.held {
                    rib.release_net(self.table, net);
                }
            }
            if self.log.octets() <= LOG_LIMIT || least >= self.log.end() {
                return;
            }
            for member in self.members.values_mut() {
                if let Pace::Together(cursor) = member.pace
                    && cursor <= least
                {
                    let mut apart = Apart::default();
                    let several = self.class.paths.is_several();
                    for line in self.log.lines_from(cursor) {
                        apart.miss(rib, self.table, line, several);
                    }
                    member.pace = Pace::Apart(Box::new(apart));
                }
            }
        }
    }

    /// Members that go on apart miss what the others are told.
    pub(super) fn miss(&mut self, lines: &[LineId], rib: &mut Rib) {
        let several = self.class.paths.is_several();
        for member in self.members.values_mut() {
            let Pace::Apart(apart) = &mut member.pace else {
                continue;
            };
            for &line in lines {
                let walked = apart.walk.is_none_or(|walk| line.net.0 < walk);
                if walked || apart.again {
                    apart.miss(rib, self.table, line, several);
                }
            }
        }
    }
}

/// What a group, or a member of one, held of the RIB.
#[derive(Debug)]
pub(super) struct Remains {
    table: TableId,
    said: Vec<Said>,
    lines: BTreeMap<LineId, Said>,
    pending: Pending,
    held: Vec<NetId>,
}

impl Remains {
    /// Gives some of it back. Whether there is more.
    pub(super) fn give_back(&mut self, rib: &mut Rib, limit: u32) -> bool {
        for _ in 0..limit {
            if let Some(said) = self.said.pop() {
                rib.unsay(said.set());
            } else if let Some((_, said)) = self.lines.pop_first() {
                rib.unsay(said.set());
            } else if let Some(net) = self.pending.pop().or_else(|| self.held.pop()) {
                rib.release_net(self.table, net);
            } else {
                return false;
            }
        }
        true
    }
}

/// Octets that wait for members who are behind before those go on apart.
const LOG_LIMIT: usize = 1 << 20;
