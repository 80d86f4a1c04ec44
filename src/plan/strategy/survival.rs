//! How much may fail, from who reflects for whom and where they are.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::{
    Levels, Strategy, Survival,
    layout::{Group, Layout},
    racks::Racks,
};
use crate::plan::Inventory;

/// What may fail, and the single routers or domains that may not.
pub(super) fn survival(
    strategy: &Strategy,
    layout: &Layout,
    inventory: &Inventory,
) -> (Survival, Vec<String>) {
    let mut look = Look {
        inventory,
        survival: Survival::default(),
        single: Vec::new(),
    };
    let mut kinds: BTreeSet<&String> = BTreeSet::new();
    for node in &inventory.nodes {
        kinds.extend(node.domains.keys());
    }
    for kind in kinds {
        look.survival.domains.insert(kind.clone(), None);
    }
    match strategy {
        Strategy::FullMesh => {}
        Strategy::Reflectors(of) => look.reflectors(of.levels, layout),
        Strategy::Mixed(of) => look.reflectors(of.reflectors.levels, layout),
        Strategy::TopOfRack(_) => {
            if let Some(racks) = &layout.racks {
                look.leaves(racks);
            }
        }
    }
    look.single.sort();
    look.single.dedup();
    (look.survival, look.single)
}

struct Look<'a> {
    inventory: &'a Inventory,
    survival: Survival,
    single: Vec<String>,
}

impl<'a> Look<'a> {
    fn reflectors(&mut self, levels: Levels, layout: &Layout) {
        for group in &layout.groups {
            let planes: Vec<Vec<usize>> =
                group.reflectors.iter().map(|it| Vec::from([*it])).collect();
            let alone = levels == Levels::One && layout.groups.len() == 1;
            let away = |gone: &dyn Fn(usize) -> bool| left(group, gone, alone);
            self.parted(&planes, away);
        }
        if levels == Levels::One {
            return;
        }
        for (at, a) in layout.groups.iter().enumerate() {
            for b in layout.groups.iter().skip(at.saturating_add(1)) {
                let planes = layout.tops.iter().enumerate().map(|(plane, top)| {
                    let of = |group: &Group| group.reflectors.get(plane).copied();
                    core::iter::once(*top).chain(of(a)).chain(of(b)).collect()
                });
                let planes: Vec<Vec<usize>> = planes.collect();
                let away =
                    |gone: &dyn Fn(usize) -> bool| left(a, gone, false) && left(b, gone, false);
                self.parted(&planes, away);
            }
        }
    }

    /// One router of each plane, or their domains, are enough to part those that
    /// are `left` then.
    fn parted(&mut self, planes: &[Vec<usize>], left: impl Fn(&dyn Fn(usize) -> bool) -> bool) {
        if !left(&|_| false) {
            return;
        }
        let survives = planes.len().saturating_sub(1);
        least(&mut self.survival.routers, survives);
        if let [only] = planes {
            let names = only.iter().filter_map(|it| self.inventory.nodes.get(*it));
            self.single
                .extend(names.map(|it| format!("node {:?}", it.name)));
        }
        let kinds: Vec<String> = self.survival.domains.keys().cloned().collect();
        for kind in kinds {
            let known = self.survival.domains.get(&kind).copied().flatten();
            let mut cuts: BTreeSet<BTreeSet<&'a str>> = BTreeSet::from([BTreeSet::new()]);
            for plane in planes {
                let mut with = BTreeSet::new();
                for cut in &cuts {
                    for domain in plane.iter().filter_map(|it| self.domain(*it, &kind)) {
                        let mut cut = cut.clone();
                        cut.insert(domain);
                        if known.is_none_or(|known| cut.len() <= known.max(1)) {
                            with.insert(cut);
                        }
                    }
                }
                cuts = with;
            }
            for cut in cuts {
                let gone = |at: usize| self.domain(at, &kind).is_some_and(|it| cut.contains(it));
                if !left(&gone) {
                    continue;
                }
                if let (1, Some(only)) = (cut.len(), cut.first()) {
                    self.single.push(format!("{kind} {only:?}"));
                }
                let entry = self.survival.domains.entry(kind.clone()).or_default();
                least(entry, cut.len().saturating_sub(1));
            }
        }
    }

    fn domain(&self, node: usize, kind: &str) -> Option<&'a str> {
        let node = self.inventory.nodes.get(node)?;
        node.domains.get(kind).map(String::as_str)
    }

    fn leaves(&mut self, racks: &Racks) {
        let name = |at: usize| racks.routers.get(at).map_or("", |it| it.name.as_str());
        let several = racks.all.len() > 1;
        for rack in &racks.all {
            if rack.nodes.len() < 2 && !several {
                continue;
            }
            least(
                &mut self.survival.routers,
                rack.leaves.len().saturating_sub(1),
            );
            if let [only] = rack.leaves.as_slice() {
                self.single.push(format!("router {:?}", name(*only)));
            }
            if !several {
                continue;
            }
            let above: BTreeSet<usize> = rack
                .leaves
                .iter()
                .flat_map(|leaf| racks.spines_above(*leaf))
                .collect();
            least(&mut self.survival.routers, above.len().saturating_sub(1));
            if let (1, Some(only)) = (above.len(), above.first()) {
                self.single.push(format!("router {:?}", name(*only)));
            }
            let kinds: Vec<String> = self.survival.domains.keys().cloned().collect();
            for kind in kinds {
                let of = |at: &usize| racks.routers.get(*at)?.domains.get(&kind);
                let domains: Option<BTreeSet<&String>> = above.iter().map(of).collect();
                if let Some(domains) = domains {
                    let entry = self.survival.domains.entry(kind.clone()).or_default();
                    least(entry, domains.len().saturating_sub(1));
                }
            }
        }
    }
}

/// Whether some of a group are left that are no reflectors; two of them, if they
/// are to lose each other.
fn left(group: &Group, gone: &dyn Fn(usize) -> bool, each_other: bool) -> bool {
    let clients = group
        .members
        .iter()
        .filter(|it| !group.reflectors.contains(it));
    let left = clients.filter(|it| !gone(**it)).take(2).count();
    left > usize::from(each_other)
}

fn least(known: &mut Option<usize>, found: usize) {
    *known = Some(known.map_or(found, |known| known.min(found)));
}
