//! View to value: every rule of RFC 7606 that one UPDATE can break.

use alloc::vec::Vec;

use super::{Update, UpdateView};
use crate::wire::{
    AttributeCode, Context, Fault, FaultKind, Nlri, Parsed, Treatment, attribute::read::Reader,
    nlri::Prefixes,
};

impl UpdateView<'_> {
    /// The message as a value, and what is wrong with it.
    ///
    /// An attribute that cannot be read, or that the receiver is to discard, is
    /// not in the value; the view still has it. Prefixes are all there up to
    /// one that cannot be read, and so are those of a family that `context`
    /// lacks: whether to ignore them is for the faults' reader.
    pub fn parse(&self, context: &Context) -> Parsed<Update> {
        let mut faults = Vec::new();
        let withdrawn = prefixes(self.withdrawn(), &mut faults);
        let mut reader = Reader::new(context);
        let mut other_than_unreach = false;
        for attribute in self.attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(fault) => {
                    other_than_unreach = true;
                    faults.push(fault);
                    continue;
                }
            };
            other_than_unreach |= attribute.code != AttributeCode::MP_UNREACH_NLRI;
            if let Err((wrong, treatment)) = reader.attribute(&attribute) {
                // `at` counts in the value; faults of the whole point at its flags.
                let offset = match wrong.at {
                    0 => attribute.offset,
                    at => attribute.value_offset().saturating_add(at),
                };
                faults.push(Fault {
                    attribute: Some(attribute.code),
                    offset,
                    kind: wrong.kind,
                    treatment,
                });
            }
        }
        reader.update.withdrawn = withdrawn;
        reader.update.announced = prefixes(self.announced(), &mut faults);
        self.missing(&reader, &mut faults);
        let value = reader.finish();
        if other_than_unreach && !value.announces() {
            escalate(&mut faults);
        }
        Parsed { value, faults }
    }

    /// Routes are announced without a mandatory attribute (RFC 7606 §3 d).
    fn missing(&self, reader: &Reader<'_>, faults: &mut Vec<Fault>) {
        if !reader.update.announces() {
            return;
        }
        let classic = !reader.update.announced.is_empty();
        let mandatory = [
            (AttributeCode::ORIGIN, true),
            (AttributeCode::AS_PATH, true),
            (AttributeCode::NEXT_HOP, classic),
        ];
        for (code, needed) in mandatory {
            if needed && !reader.has_seen(code) {
                faults.push(Fault {
                    attribute: Some(code),
                    offset: self.attributes_offset().saturating_sub(2),
                    kind: FaultKind::Missing,
                    treatment: Treatment::TreatAsWithdraw,
                });
            }
        }
    }
}

/// An UPDATE with attributes that reaches nothing cannot be treated as
/// withdraw: nobody knows what (RFC 7606 §5.2).
fn escalate(faults: &mut [Fault]) {
    for fault in faults {
        if fault.treatment > Treatment::AttributeDiscard {
            fault.treatment = Treatment::SessionReset;
        }
    }
}

fn prefixes(walk: Prefixes<'_>, faults: &mut Vec<Fault>) -> Vec<Nlri> {
    let mut list = Vec::new();
    for prefix in walk {
        match prefix {
            Ok(prefix) => list.push(Nlri::from(prefix)),
            Err(fault) => faults.push(fault),
        }
    }
    list
}
