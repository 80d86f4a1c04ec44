use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::cell::Cell;

use crate::{
    policy::{Looks, Subject, Verdict},
    rib::{Candidate, Chosen, Marks, NetId, Rib, TableId, decide},
    speaker::{
        OrrRoot,
        class::{Class, Origin},
        group::Said,
        origins::Origins,
    },
    types::{Asn, Prefix},
    wire::AttributeSet,
};

/// Turns paths into what a class is told of them.
pub(super) struct Teller<'a> {
    pub(super) class: &'a Class,
    origins: &'a Origins<'a>,
    /// Whether the policy looks at more than what paths share.
    pub(super) by_prefix: bool,
    /// Of what was said before.
    known: BTreeMap<Said, Option<AttributeSet>>,
    /// The path that was last asked about: destinations that follow each other
    /// mostly share it.
    latest: Cell<Option<Box<Latest>>>,
}

struct Latest {
    of: Said,
    path: Option<Unpacked>,
    /// Whether the class is told of it where no policy changes it, once known.
    plain: Option<bool>,
}

/// A path, unpacked.
pub(super) struct Unpacked {
    origin: Origin,
    attributes: AttributeSet,
    marks: Marks,
}

/// What a class is told of a destination.
pub(super) enum Told {
    Nothing,
    /// As all destinations of the path whose attributes no policy changes.
    Plain,
    Changed(Box<AttributeSet>),
}

impl<'a> Teller<'a> {
    pub(super) fn new(class: &'a Class, origins: &'a Origins<'a>) -> Self {
        let looks = class.export.compiled.looks_at();
        Self {
            class,
            origins,
            by_prefix: looks.intersects(Looks::PREFIX | Looks::VALIDATION)
                || origins.withholds_any(class),
            known: BTreeMap::new(),
            latest: Cell::new(None),
        }
    }

    /// The path, if it may pass at all.
    pub(super) fn unpack(&self, rib: &Rib, path: Said) -> Option<Unpacked> {
        let set = path.set()?;
        let origin = self.origins.of(rib, path)?;
        if self.class.bars(origin, rib.traits(set)) {
            return None;
        }
        let (attributes, marks) = rib.set(set);
        if !self.origins.wants(self.class, &attributes) {
            return None;
        }
        Some(Unpacked {
            origin,
            attributes,
            marks,
        })
    }

    /// Whether a path may pass, before any policy.
    pub(super) fn passes(&self, rib: &Rib, path: Said) -> bool {
        let traits = path.set().map(|set| rib.traits(set));
        let origin = self.origins.of(rib, path);
        origin
            .zip(traits)
            .is_some_and(|(origin, traits)| !self.class.bars(origin, traits))
    }

    /// The best path from where a client is (RFC 9107 §3).
    pub(super) fn optimal(
        &self,
        rib: &Rib,
        (table, net): (TableId, NetId),
        root: OrrRoot,
    ) -> Option<Chosen> {
        let Some(costs) = self.origins.roots.get(&root) else {
            return rib.chosen(table, net);
        };
        let ranked = rib.ranked(table, net);
        let seen = ranked.filter_map(|(chosen, candidate)| {
            let next_hop = rib.set(chosen.set).0.next_hop;
            let igp_cost = match next_hop {
                Some(next_hop) => costs.resolve(next_hop.addr())?,
                None => 0,
            };
            Some((
                chosen,
                Candidate {
                    igp_cost,
                    ..candidate
                },
            ))
        });
        let (chosen, candidates): (Vec<Chosen>, Vec<Candidate>) = seen.unzip();
        let decision = decide(&candidates, rib.decision_config());
        match decision.and_then(|it| chosen.get(it.best)) {
            Some(chosen) => Some(*chosen),
            None => rib.chosen(table, net),
        }
    }

    /// What the policy makes of a path to a destination, then the class.
    pub(super) fn judge(&self, rib: &Rib, path: &Unpacked, prefix: Option<Prefix>) -> Told {
        let class = self.class;
        if prefix.is_some_and(|prefix| self.origins.withholds(class, rib, prefix)) {
            return Told::Nothing;
        }
        let validation = || self.origins.validate(prefix?, &path.attributes);
        let looks = class.export.compiled.looks_at();
        let subject = Subject {
            family: class.family,
            prefix,
            neighbor: class.neighbor.unwrap_or(class.local_address),
            neighbor_as: class.peer_as.unwrap_or(Asn::ZERO),
            peer_type: class.peer_type,
            validation: looks.contains(Looks::VALIDATION).then(validation).flatten(),
            tag: path.marks.tag,
            attributes: &path.attributes,
        };
        let applied = class.export.compiled.apply(&subject);
        if applied.verdict == Verdict::Reject {
            return Told::Nothing;
        }
        if applied.attributes.is_none() && applied.next_hop.is_none() {
            return Told::Plain;
        }
        let changed = applied.attributes.as_ref().unwrap_or(&path.attributes);
        let told = class.told(path.origin, changed, applied.next_hop);
        told.map_or(Told::Nothing, |told| Told::Changed(Box::new(told)))
    }

    /// What the class is told of a path that its policy leaves as it is.
    pub(super) fn plain(&self, path: &Unpacked) -> Option<AttributeSet> {
        self.class.told(path.origin, &path.attributes, None)
    }

    /// Whether the class is told of a path to a destination.
    pub(super) fn suits(&self, rib: &Rib, of: Said, prefix: Option<Prefix>) -> bool {
        let latest = self.latest.take().filter(|latest| latest.of == of);
        let mut latest = latest.unwrap_or_else(|| {
            let path = self.unpack(rib, of);
            let plain = None;
            Box::new(Latest { of, path, plain })
        });
        let suits = latest
            .path
            .as_ref()
            .is_some_and(|path| match self.judge(rib, path, prefix) {
                Told::Nothing => false,
                Told::Changed(_) => true,
                Told::Plain => {
                    let plain = || self.plain(path).is_some();
                    *latest.plain.get_or_insert_with(plain)
                }
            });
        self.latest.set(Some(latest));
        suits
    }

    /// What the class is told of a path to a destination; `None` is nothing.
    pub(super) fn told(
        &self,
        rib: &Rib,
        path: Said,
        prefix: Option<Prefix>,
    ) -> Option<AttributeSet> {
        let path = self.unpack(rib, path)?;
        match self.judge(rib, &path, prefix) {
            Told::Nothing => None,
            Told::Plain => self.plain(&path),
            Told::Changed(attributes) => Some(*attributes),
        }
    }

    /// Whether this is what the class was told of a path.
    pub(super) fn was_told(
        &mut self,
        rib: &Rib,
        path: Said,
        prefix: Option<Prefix>,
        attributes: &AttributeSet,
    ) -> bool {
        if self.by_prefix {
            return self.told(rib, path, prefix).as_ref() == Some(attributes);
        }
        if !self.known.contains_key(&path) {
            let told = self.told(rib, path, prefix);
            self.known.insert(path, told);
        }
        matches!(self.known.get(&path), Some(Some(told)) if told == attributes)
    }
}
