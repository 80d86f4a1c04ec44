use alloc::vec::Vec;

use crate::{
    rib::{NetId, Rib, TableId, store::SetId},
    speaker::{
        class::Class,
        group::LineId,
        log::{Audience, Chunk},
    },
    types::Family,
    wire::{
        AttributeBlock, AttributeSet,
        update::{unreach_room, write_unreach},
    },
};

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

    /// Withdraws these.
    pub(super) fn withdraw(
        &mut self,
        rib: &Rib,
        lines: impl IntoIterator<Item = LineId>,
        audience: Audience,
    ) {
        let (family, class) = (self.family(), self.class);
        let room = unreach_room(family, &class.context);
        let with_path_ids = class.context.sends_path_ids(family);
        for LineId { net, path } in lines {
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
        (attributes, set): (&AttributeSet, Option<SetId>),
        lines: &[LineId],
        audience: Audience,
    ) -> bool {
        let (family, class) = (self.family(), self.class);
        let context = &class.context;
        let Ok(block) = AttributeBlock::new(attributes, family, context) else {
            return false;
        };
        let room = block.room(context);
        let with_path_ids = context.sends_path_ids(family);
        let own = set.and_then(|set| rib.nlri_of(set));
        let before = (
            self.octets.len(),
            self.runs.len(),
            self.runs.last().copied(),
        );
        for &LineId { net, path } in lines {
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

    pub(super) fn finish(self, lines: Vec<LineId>, held: Vec<NetId>) -> Chunk {
        Chunk {
            octets: self.octets.into(),
            runs: self.runs,
            lines,
            held,
        }
    }

    pub(super) fn octets(self) -> Vec<u8> {
        self.octets
    }
}

impl Writer<'_> {
    /// What another one wrote comes after.
    pub(super) fn append(&mut self, other: Self) {
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
