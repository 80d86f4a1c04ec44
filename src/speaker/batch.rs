//! From destinations that changed to the messages that say so.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    rib::{NetId, Rib, RouteSource, TableId, store::SetId},
    speaker::{
        class::Class,
        group::{Group, Said},
        log::{Audience, Chunk},
        origins::Origins,
    },
    types::{Family, PeerId, Prefix},
    wire::{
        AttributeBlock, AttributeSet,
        update::{unreach_room, write_unreach},
    },
};

/// Turns paths into what a class is told of them.
pub(super) struct Teller<'a> {
    class: &'a Class,
    origins: &'a Origins<'a>,
    /// Of what was said before.
    known: BTreeMap<Said, Option<AttributeSet>>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(class: &'a Class, origins: &'a Origins<'a>) -> Self {
        Self {
            class,
            origins,
            known: BTreeMap::new(),
        }
    }

    /// What the class is told of a path; `None` is nothing.
    pub(super) fn told(&self, rib: &Rib, path: Said) -> Option<AttributeSet> {
        let set = path.set()?;
        let origin = self.origins.of(rib, path)?;
        if self.class.bars(origin, rib.traits(set)) {
            return None;
        }
        self.class.told(origin, &rib.set(set).0)
    }

    /// Whether this is what the class was told of a path.
    fn was_told(&mut self, rib: &Rib, path: Said, attributes: &AttributeSet) -> bool {
        if !self.known.contains_key(&path) {
            let told = self.told(rib, path);
            self.known.insert(path, told);
        }
        matches!(self.known.get(&path), Some(Some(told)) if told == attributes)
    }
}

/// Messages that are being put together.
pub(super) struct Writer<'a> {
    class: &'a Class,
    table: TableId,
    octets: Vec<u8>,
    runs: Vec<(Audience, usize)>,
    nlri: Vec<u8>,
    element: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(class: &'a Class, table: TableId) -> Self {
        Self {
            class,
            table,
            octets: Vec::new(),
            runs: Vec::new(),
            nlri: Vec::new(),
            element: Vec::new(),
        }
    }

    fn family(&self) -> Family {
        self.class.family
    }

    /// Withdraws these, whose path identifiers are beside them.
    pub(super) fn withdraw(
        &mut self,
        rib: &Rib,
        nets: impl IntoIterator<Item = (NetId, u32)>,
        audience: Audience,
    ) {
        let (family, class) = (self.family(), self.class);
        let room = unreach_room(family, &class.context);
        let with_path_ids = class.context.sends_path_ids(family);
        for (net, path) in nets {
            self.element.clear();
            if let Some(of) = rib.table_at(self.table) {
                let path_id = with_path_ids.then_some(path);
                of.names().write(net, path_id, &mut self.element);
            }
            if self.nlri.len().saturating_add(self.element.len()) > room {
                self.end_withdrawal(audience);
            }
            self.nlri.extend_from_slice(&self.element);
        }
        self.end_withdrawal(audience);
    }

    fn end_withdrawal(&mut self, audience: Audience) {
        if self.nlri.is_empty() {
            return;
        }
        let (family, context) = (self.family(), &self.class.context);
        // A withdrawal has no attributes: one element always fits.
        let _ = write_unreach(family, &self.nlri, context, &mut self.octets);
        self.nlri.clear();
        self.run(audience);
    }

    /// Announces these with one set; whether they fit messages. If not, nothing
    /// is announced.
    pub(super) fn announce(
        &mut self,
        rib: &Rib,
        (attributes, set): (&AttributeSet, SetId),
        nets: &[(NetId, u32)],
        audience: Audience,
    ) -> bool {
        let (family, class) = (self.family(), self.class);
        let context = &class.context;
        let Ok(block) = AttributeBlock::new(attributes, family, context) else {
            return false;
        };
        let room = block.room(context);
        let with_path_ids = context.sends_path_ids(family);
        let own = rib.nlri_of(set);
        let before = (
            self.octets.len(),
            self.runs.len(),
            self.runs.last().copied(),
        );
        for &(net, path) in nets {
            self.element.clear();
            let path_id = with_path_ids.then_some(path);
            match &own {
                Some(nlri) => {
                    if let Some(id) = path_id {
                        self.element.extend_from_slice(&id.to_be_bytes());
                    }
                    self.element.extend_from_slice(nlri);
                }
                None => {
                    if let Some(of) = rib.table_at(self.table) {
                        of.names().write(net, path_id, &mut self.element);
                    }
                }
            }
            if self.element.len() > room {
                self.nlri.clear();
                self.octets.truncate(before.0);
                self.runs.truncate(before.1);
                if let (Some(last), Some(was)) = (self.runs.last_mut(), before.2) {
                    *last = was;
                }
                return false;
            }
            if self.nlri.len().saturating_add(self.element.len()) > room {
                self.end_announcement(&block, audience);
            }
            self.nlri.extend_from_slice(&self.element);
        }
        self.end_announcement(&block, audience);
        true
    }

    fn end_announcement(&mut self, block: &AttributeBlock, audience: Audience) {
        if self.nlri.is_empty() {
            return;
        }
        // It has been seen to fit.
        let _ = block.write(&self.nlri, &self.class.context, &mut self.octets);
        self.nlri.clear();
        self.run(audience);
    }

    fn run(&mut self, audience: Audience) {
        let end = self.octets.len();
        match self.runs.last_mut() {
            Some((last, to)) if *last == audience => *to = end,
            _ => self.runs.push((audience, end)),
        }
    }

    pub(super) fn finish(self, nets: Vec<NetId>, held: Vec<NetId>) -> Chunk {
        Chunk {
            octets: self.octets.into(),
            runs: self.runs,
            nets,
            held,
        }
    }

    pub(super) fn octets(self) -> Vec<u8> {
        self.octets
    }
}

/// A destination in a batch: what is to be said of it.
struct Item {
    net: NetId,
    new: Said,
}

impl Group {
    /// Judges up to `limit` destinations that wait, and says what is new of
    /// them.
    pub(super) fn batch(&mut self, rib: &mut Rib, origins: &Origins<'_>, limit: usize) -> Chunk {
        let mut items = Vec::new();
        let mut gone = Vec::new();
        let mut released = Vec::new();
        for _ in 0..limit {
            let Some((net, held)) = self.next(rib) else {
                break;
            };
            if held {
                released.push(net);
            }
            let old = self.said(net);
            let new = self.choose(rib, net, origins);
            match new {
                Some(new) if new == old => {}
                Some(new) => items.push(Item { net, new }),
                None if old == Said::NOTHING => {}
                None => gone.push(net),
            }
        }
        let chunk = self.say(rib, origins, items, gone);
        for net in released {
            rib.release_net(self.table, net);
        }
        chunk
    }

    /// The next destination to judge, and whether it is held for that.
    fn next(&mut self, rib: &Rib) -> Option<(NetId, bool)> {
        if let Some(net) = self.pending.pop() {
            return Some((net, true));
        }
        let walk = self.walk.as_mut()?;
        let end = rib.table_at(self.table).map_or(0, |of| of.end());
        if (*walk as usize) < end {
            let net = NetId(*walk);
            *walk = walk.saturating_add(1);
            return Some((net, false));
        }
        self.walk = None;
        None
    }

    /// The path that the group is to be told of, if its policy has it.
    pub(super) fn choose(&self, rib: &Rib, net: NetId, origins: &Origins<'_>) -> Option<Said> {
        let chosen = rib.chosen(self.table, net)?;
        if !origins.exports(&self.class, rib, (self.table, net)) {
            return None;
        }
        let stale = rib.is_long_lived_stale(self.table, chosen);
        Some(Said::of(chosen, rib.source_at(chosen.source), stale))
    }

    fn say(
        &mut self,
        rib: &mut Rib,
        origins: &Origins<'_>,
        mut items: Vec<Item>,
        mut gone: Vec<NetId>,
    ) -> Chunk {
        // One set after the other; those for one audience together.
        items.sort_by_key(|item| (item.new.source(), item.new.set(), item.net));
        let class = self.class.clone();
        let mut teller = Teller::new(&class, origins);
        let mut announced = Writer::new(&class, self.table);
        let mut silenced: Vec<(NetId, Audience)> = Vec::new();
        let (mut nets, mut list) = (Vec::new(), Vec::new());
        for run in items.chunk_by(|a, b| a.new == b.new) {
            let Some(new) = run.first().map(|item| item.new) else {
                continue;
            };
            let Some(set) = new.set() else { continue };
            let Some(attributes) = teller.told(rib, new) else {
                let told = run
                    .iter()
                    .filter(|item| self.said(item.net) != Said::NOTHING);
                gone.extend(told.map(|item| item.net));
                continue;
            };
            list.clear();
            for item in run {
                let old = self.said(item.net);
                let before = old != Said::NOTHING && old.source() == new.source();
                if before && teller.was_told(rib, old, &attributes) {
                    // Nobody can tell the difference.
                    self.remember(rib, item.net, new);
                    continue;
                }
                list.push((item.net, 0));
            }
            if list.is_empty() {
                continue;
            }
            if !announced.announce(rib, (&attributes, set), &list, new.audience()) {
                // RFC 4271 §9.2: what fits no message is not advertised.
                let told = list.iter().map(|(net, _)| *net);
                gone.extend(told.filter(|net| self.said(*net) != Said::NOTHING));
                continue;
            }
            for &(net, _) in &list {
                let old = self.remember(rib, net, new);
                if let (RouteSource::Peer(own), true) = (new.source(), old != Said::NOTHING)
                    && old.audience().has(own)
                {
                    // It is its own route now.
                    silenced.push((net, Audience::Only(own)));
                }
                nets.push(net);
            }
        }
        for net in gone {
            let old = self.remember(rib, net, Said::NOTHING);
            silenced.push((net, old.audience()));
            nets.push(net);
        }
        // Withdrawals first: they make room in the neighbours' tables.
        silenced.sort_by_key(|&(net, audience)| (audience, net));
        let mut writer = Writer::new(&class, self.table);
        let mut held = Vec::new();
        for run in silenced.chunk_by(|a, b| a.1 == b.1) {
            let Some(&(_, audience)) = run.first() else {
                continue;
            };
            writer.withdraw(rib, run.iter().map(|(net, _)| (*net, 0)), audience);
            for &(net, _) in run {
                rib.hold_net(self.table, net);
                held.push(net);
            }
        }
        writer.append(announced);
        writer.finish(nets, held)
    }

    fn remember(&mut self, rib: &mut Rib, net: NetId, new: Said) -> Said {
        rib.say(new.set());
        let old = self.set_said(net, new);
        rib.unsay(old.set());
        old
    }
}

impl Writer<'_> {
    fn append(&mut self, other: Self) {
        let before = self.octets.len();
        self.octets.extend_from_slice(&other.octets);
        for (audience, end) in other.runs {
            let end = end.saturating_add(before);
            match self.runs.last_mut() {
                Some((last, to)) if *last == audience => *to = end,
                _ => self.runs.push((audience, end)),
            }
        }
    }
}

impl Group {
    /// What a member has been told, as it will be once it has caught up.
    pub(super) fn told_to<'a>(
        &'a self,
        id: PeerId,
        rib: &'a Rib,
        origins: Origins<'a>,
    ) -> impl Iterator<Item = (Prefix, AttributeSet)> + 'a {
        let nets = (0..).map(NetId);
        let said = nets.zip(self.said.iter());
        said.filter_map(move |(net, said)| {
            if !said.audience().has(id) {
                return None;
            }
            let prefix = rib.table_at(self.table)?.names().prefix(net)?;
            let told = Teller::new(&self.class, &origins).told(rib, *said)?;
            Some((prefix, told))
        })
    }
}
