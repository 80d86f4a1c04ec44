//! Which paths to a destination a group is told of.

use alloc::collections::BTreeSet;

use smallvec::SmallVec;

use crate::{
    rib::{Chosen, NetId, Ranked, Rib, RouteSource},
    speaker::{
        SendPaths,
        group::{Group, Said},
        log::Audience,
        teller::Teller,
    },
    types::{PeerId, Prefix},
};

/// A path that a group is told of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Its path identifier, where the group's sessions have them; else which of
    /// the group is told of it.
    pub(super) path: u32,
    pub(super) said: Said,
    pub(super) audience: Audience,
}

/// The line of a route server's client whose own route is the best.
pub(super) const SECOND: u32 = 1;

impl Group {
    /// Whether there is a line for each destination, and it is for all but the
    /// route's own source.
    pub(super) fn is_plain(&self) -> bool {
        !self.class.transparent && !self.class.paths.is_several()
    }

    /// The path that a plain group is to be told of.
    pub(super) fn choose(&self, rib: &Rib, teller: &Teller<'_>, net: NetId) -> Option<Said> {
        if self.class.default_originate && self.prefix(rib, net).is_some_and(is_default) {
            let chosen = rib.originated(self.table, net)?;
            return Some(self.said_of(rib, chosen));
        }
        let chosen = match self.class.paths {
            SendPaths::Best | SendPaths::All | SendPaths::AtMost(_) | SendPaths::GroupBest => {
                rib.chosen(self.table, net)?
            }
            SendPaths::BestExternal => {
                let mut ranked = rib.ranked(self.table, net);
                // What it is not to be told makes way for what it is.
                ranked
                    .find(|(it, _)| teller.passes(rib, self.said_of(rib, *it)))?
                    .0
            }
            SendPaths::Diverse => {
                let mut ranked = rib.ranked(self.table, net).map(|(it, _)| it);
                let best = ranked.next()?;
                let hop = |it: &Chosen| rib.set(it.set).0.next_hop;
                ranked.find(|it| hop(it) != hop(&best)).unwrap_or(best)
            }
            SendPaths::OptimalFor(root) => teller.optimal(rib, (self.table, net), root)?,
        };
        Some(self.said_of(rib, chosen))
    }

    /// The paths that a group of any other kind is to be told of.
    pub(super) fn lines(&self, rib: &Rib, teller: &Teller<'_>, net: NetId) -> SmallVec<[Line; 2]> {
        let ranked = rib.ranked(self.table, net);
        if self.class.paths.is_several() {
            return self.several(rib, teller, ranked);
        }
        // RFC 7947 §2.3: another path where the best one may not be told, or is
        // the client's own.
        let prefix = self.prefix(rib, net);
        let mut told = ranked
            .map(|(chosen, _)| self.said_of(rib, chosen))
            .filter(|said| teller.suits(rib, *said, prefix));
        let mut lines = SmallVec::new();
        let Some(best) = told.next() else {
            return lines;
        };
        lines.push(Line {
            path: 0,
            said: best,
            audience: best.audience(),
        });
        if let RouteSource::Peer(own) = best.source()
            && let Some(second) = told.find(|said| said.source() != best.source())
        {
            lines.push(Line {
                path: SECOND,
                said: second,
                audience: Audience::Only(own),
            });
        }
        lines
    }

    fn several(&self, rib: &Rib, teller: &Teller<'_>, ranked: Ranked<'_>) -> SmallVec<[Line; 2]> {
        let mut groups = BTreeSet::new();
        let mut lines = SmallVec::new();
        let most = match self.class.paths {
            SendPaths::AtMost(most) => usize::from(most),
            _ => usize::MAX,
        };
        for (chosen, candidate) in ranked {
            if lines.len() >= most {
                break;
            }
            let said = self.said_of(rib, chosen);
            let counts = match self.class.paths {
                // RFC 7964 §2: the best of each neighbour AS.
                SendPaths::GroupBest => groups.insert(candidate.neighbor_as),
                _ => true,
            };
            if counts && teller.passes(rib, said) {
                lines.push(Line {
                    path: chosen.slot.saturating_add(1),
                    said,
                    audience: said.audience(),
                });
            }
        }
        lines
    }

    fn said_of(&self, rib: &Rib, chosen: Chosen) -> Said {
        let stale = rib.is_long_lived_stale(self.table, chosen);
        Said::of(chosen, rib.source_at(chosen.source), stale)
    }

    /// The lines that one member is to be told.
    pub(super) fn lines_for(
        &self,
        rib: &Rib,
        teller: &Teller<'_>,
        (net, id): (NetId, PeerId),
    ) -> SmallVec<[(u32, Said); 2]> {
        let mut lines = if self.is_plain() {
            let said = self.choose(rib, teller, net);
            let line = |said: Said| Line {
                path: 0,
                said,
                audience: said.audience(),
            };
            said.map(line).into_iter().collect()
        } else {
            self.lines(rib, teller, net)
        };
        lines.retain(|line| line.audience.has(id));
        let own = |line: &Line| {
            let with_ids = self.class.paths.is_several();
            (if with_ids { line.path } else { 0 }, line.said)
        };
        lines.iter().map(own).collect()
    }
}

fn is_default(prefix: Prefix) -> bool {
    prefix.length() == 0
}
