//! From destinations that changed to the messages that say so.

use alloc::{collections::BTreeMap, vec::Vec};

use smallvec::SmallVec;

use crate::{
    rib::{NetId, Rib, RouteSource},
    speaker::{
        choose::SECOND,
        group::{Group, LineId, Said},
        log::{Audience, Chunk},
        origins::Origins,
        teller::{Teller, Told},
        writer::Writer,
    },
    types::{PeerId, Prefix},
    wire::AttributeSet,
};

/// A line in a batch that is to be another.
struct Item {
    line: LineId,
    new: Said,
    audience: Audience,
}

/// A line in a batch that is to be none, and who has it.
struct Gone {
    line: LineId,
    audience: Audience,
}

/// What a batch is about.
#[derive(Default)]
struct News {
    items: Vec<Item>,
    gone: Vec<Gone>,
    /// Withdrawn from some, while others are told.
    silenced: Vec<(LineId, Audience)>,
}

impl Group {
    /// Judges up to `limit` destinations that wait, and says what is new of
    /// them; how many those were.
    pub(super) fn batch(
        &mut self,
        rib: &mut Rib,
        origins: &Origins<'_>,
        limit: usize,
    ) -> (Chunk, usize) {
        let class = self.class.clone();
        let mut teller = Teller::new(&class, origins);
        let mut news = News::default();
        let mut released = Vec::new();
        let mut judged = 0_usize;
        while judged < limit
            && let Some((net, held)) = self.next(rib)
        {
            judged = judged.saturating_add(1);
            if held {
                released.push(net);
            }
            if self.is_plain() {
                self.look(rib, &teller, net, &mut news);
            } else {
                self.look_at_lines(rib, &teller, net, &mut news);
            }
        }
        let chunk = self.say(rib, &mut teller, news);
        for net in released {
            rib.release_net(self.table, net);
        }
        (chunk, judged)
    }

    /// The next destination to judge, and whether it is held for that.
    fn next(&mut self, rib: &Rib) -> Option<(NetId, bool)> {
        if let Some(net) = self.pending.pop() {
            return Some((net, true));
        }
        let walk = self.walk.as_mut()?;
        let end = rib.end(self.table);
        if (*walk as usize) < end {
            let net = NetId(*walk);
            *walk = walk.saturating_add(1);
            return Some((net, false));
        }
        self.walk = None;
        self.reviews = false;
        None
    }

    fn look(&self, rib: &Rib, teller: &Teller<'_>, net: NetId, news: &mut News) {
        let line = LineId { net, path: 0 };
        let old = self.said(line);
        match self.choose(rib, teller, net) {
            Some(new) if new == old && !self.reviews => {}
            Some(new) => news.items.push(Item {
                line,
                new,
                audience: new.audience(),
            }),
            None if old == Said::NOTHING => {}
            None => news.gone.push(Gone {
                line,
                audience: old.audience(),
            }),
        }
    }

    fn look_at_lines(&self, rib: &Rib, teller: &Teller<'_>, net: NetId, news: &mut News) {
        let lines = self.lines(rib, teller, net);
        let mut paths: SmallVec<[u32; 2]> = lines.iter().map(|line| line.path).collect();
        paths.sort_unstable();
        let line_of = |path| LineId { net, path };
        let olds: SmallVec<[(LineId, Said); 2]> = self.lines_of(net).collect();
        let best_was = self.said(line_of(0)).source();
        let own = |source| match source {
            RouteSource::Peer(own) => Some(own),
            RouteSource::Local => None,
        };
        let several = self.class.paths.is_several();
        let audience_of = |line: LineId, said: Said| match own(best_was) {
            Some(own) if !several && line.path == SECOND => Audience::Only(own),
            _ => said.audience(),
        };
        for (line, said) in &olds {
            if paths.binary_search(&line.path).is_err() {
                news.gone.push(Gone {
                    line: *line,
                    audience: audience_of(*line, *said),
                });
            }
        }
        for it in &lines {
            let line = line_of(it.path);
            let old = self.said(line);
            let moved = old != Said::NOTHING && audience_of(line, old) != it.audience;
            if it.said != old || moved || self.reviews {
                news.items.push(Item {
                    line,
                    new: it.said,
                    audience: it.audience,
                });
            }
        }
        // A client whose own route has become the best has the others' no more.
        let best = lines.iter().find(|it| it.path == 0 && !several);
        if let Some(new) = best.and_then(|best| own(best.said.source()))
            && !olds.is_empty()
            && Some(new) != own(best_was)
            && !lines.iter().any(|it| it.path == SECOND)
        {
            news.silenced.push((line_of(0), Audience::Only(new)));
        }
    }

    fn say(&mut self, rib: &mut Rib, teller: &mut Teller<'_>, news: News) -> Chunk {
        let News {
            mut items,
            mut gone,
            mut silenced,
        } = news;
        // One set after the other; those for one audience together.
        items.sort_unstable_by_key(|item| (item.audience, item.new, item.line));
        let class = teller.class;
        let mut announced = Writer::new(class, self.table);
        let mut lines = Vec::new();
        for run in items.chunk_by(|a, b| (a.new, a.audience) == (b.new, b.audience)) {
            let Some(&Item { new, audience, .. }) = run.first() else {
                continue;
            };
            for (attributes, list) in self.sort_out(rib, teller, (new, run), &mut gone) {
                let list = self.news(rib, teller, (new, &attributes), list);
                let said = (&attributes, new.set());
                if !list.is_empty() && !announced.announce(rib, said, &list, audience) {
                    // RFC 4271 §9.2: what fits no message is not advertised.
                    for line in list {
                        self.drop_line(line, &mut gone);
                    }
                    continue;
                }
                for line in list {
                    let old = self.remember(rib, line, new);
                    if let (RouteSource::Peer(own), true) = (new.source(), self.is_plain())
                        && old != Said::NOTHING
                        && old.audience().has(own)
                    {
                        // It is its own route now.
                        silenced.push((line, Audience::Only(own)));
                    }
                    lines.push(line);
                }
            }
        }
        for Gone { line, audience } in gone {
            self.remember(rib, line, Said::NOTHING);
            silenced.push((line, audience));
            lines.push(line);
        }
        // Withdrawals first: they make room in the neighbours' tables.
        silenced.sort_unstable_by_key(|&(line, audience)| (audience, line));
        let mut writer = Writer::new(class, self.table);
        let mut held = Vec::new();
        for run in silenced.chunk_by(|a, b| a.1 == b.1) {
            let Some(&(_, audience)) = run.first() else {
                continue;
            };
            writer.withdraw(rib, run.iter().map(|(line, _)| *line), audience);
            for (line, _) in run {
                rib.hold_net(self.table, line.net);
                held.push(line.net);
            }
        }
        writer.append(announced);
        writer.finish(lines, held)
    }

    fn drop_line(&self, line: LineId, gone: &mut Vec<Gone>) {
        let old = self.said(line);
        if old != Said::NOTHING {
            gone.push(Gone {
                line,
                audience: old.audience(),
            });
        }
    }

    /// Destinations of one path, by what is to be said of them. Those that are
    /// not to be told of any more go to `gone`.
    fn sort_out(
        &self,
        rib: &Rib,
        teller: &Teller<'_>,
        (new, run): (Said, &[Item]),
        gone: &mut Vec<Gone>,
    ) -> Vec<(AttributeSet, Vec<LineId>)> {
        let mut drop = |line| self.drop_line(line, gone);
        let all = || run.iter().map(|item| item.line).collect();
        let Some(path) = teller.unpack(rib, new) else {
            for item in run {
                drop(item.line);
            }
            return Vec::new();
        };
        let mut plain = Vec::new();
        let mut changed: BTreeMap<AttributeSet, Vec<LineId>> = BTreeMap::new();
        if teller.by_prefix {
            for item in run {
                match teller.judge(rib, &path, self.prefix(rib, item.line.net)) {
                    Told::Nothing => drop(item.line),
                    Told::Plain => plain.push(item.line),
                    Told::Changed(set) => changed.entry(*set).or_default().push(item.line),
                }
            }
        } else {
            match teller.judge(rib, &path, None) {
                Told::Nothing => run.iter().for_each(|item| drop(item.line)),
                Told::Plain => plain = all(),
                Told::Changed(set) => {
                    changed.insert(*set, all());
                }
            }
        }
        let mut listed: Vec<_> = changed.into_iter().collect();
        if !plain.is_empty() {
            match teller.plain(&path) {
                Some(attributes) => listed.push((attributes, plain)),
                None => plain.iter().for_each(|line| drop(*line)),
            }
        }
        listed
    }

    /// Those of a list that are news to somebody.
    fn news(
        &mut self,
        rib: &mut Rib,
        teller: &mut Teller<'_>,
        (new, attributes): (Said, &AttributeSet),
        mut list: Vec<LineId>,
    ) -> Vec<LineId> {
        list.retain(|&line| {
            let old = self.said(line);
            let before = old.source() == new.source() && !self.reviews;
            let before = before && old != Said::NOTHING && line.path == 0;
            let prefix = self.prefix(rib, line.net);
            let nlri = |said: Said| said.set().and_then(|set| rib.nlri_of(set));
            let same =
                before && nlri(old) == nlri(new) && teller.was_told(rib, old, prefix, attributes);
            if same {
                // Nobody can tell the difference.
                self.remember(rib, line, new);
            }
            !same
        });
        list
    }

    pub(super) fn prefix(&self, rib: &Rib, net: NetId) -> Option<Prefix> {
        rib.table_at(self.table)?.names().prefix(net)
    }

    fn remember(&mut self, rib: &mut Rib, line: LineId, new: Said) -> Said {
        rib.say(new.set());
        let old = self.set_said(line, new);
        rib.unsay(old.set());
        old
    }

    /// What a member has been told, as it will be once it has caught up.
    pub(super) fn told_to<'a>(
        &'a self,
        id: PeerId,
        rib: &'a Rib,
        origins: Origins<'a>,
    ) -> impl Iterator<Item = (Prefix, AttributeSet)> + 'a {
        let nets = (0..).map(NetId).take(self.end());
        nets.flat_map(move |net| {
            let prefix = self.prefix(rib, net);
            let teller = Teller::new(&self.class, &origins);
            let lines = self.lines_of(net).filter(|line| self.is_for(id, *line));
            let told =
                lines.filter_map(|(_, said)| Some((prefix?, teller.told(rib, said, prefix)?)));
            told.collect::<Vec<_>>()
        })
    }

    fn is_for(&self, id: PeerId, (line, said): (LineId, Said)) -> bool {
        let own = |said: Said| said.source() == RouteSource::Peer(id);
        if self.class.paths.is_several() || self.is_plain() {
            return !own(said);
        }
        let best = LineId { path: 0, ..line };
        (line.path == SECOND) == own(self.said(best))
    }
}
