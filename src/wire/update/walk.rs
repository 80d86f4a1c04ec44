//! One pass over an UPDATE: every rule of RFC 7606 that it can break.
//!
//! The pass hands what it reads to a [`Sink`] and notes faults. Values that are
//! kept and a monitor that only counts come from the same pass, so they cannot
//! disagree.

use alloc::vec::Vec;

use super::{UpdateView, mp, view::AttributeView};
use crate::{
    types::Family,
    wire::{
        AttributeCode, AttributeFlags, Context, Fault, FaultKind, Treatment,
        attribute::{
            spec,
            value::{Attribute, Wrong},
        },
        nlri::list::Field,
    },
};

/// Takes what the pass reads: attributes in the order of the wire, then routes.
pub(super) trait Sink<'a> {
    /// An attribute that is as its RFC wants it.
    fn attribute(&mut self, attribute: Attribute<'a>, view: &AttributeView<'a>);

    /// Reads routes, and tells `report` of those that are odd.
    ///
    /// # Errors
    /// Where in the field the first one is that cannot be read.
    fn routes(
        &mut self,
        place: Place,
        field: Field<'a>,
        report: &mut Report<'_>,
    ) -> Result<(), usize>;
}

/// The four places that routes can be in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Withdrawn,
    Unreach,
    Reach,
    Announced,
}

impl Place {
    /// Whether routes there are announced, not withdrawn.
    pub(super) const fn announces(self) -> bool {
        matches!(self, Self::Reach | Self::Announced)
    }

    const fn attribute(self) -> Option<AttributeCode> {
        match self {
            Self::Unreach => Some(AttributeCode::MP_UNREACH_NLRI),
            Self::Reach => Some(AttributeCode::MP_REACH_NLRI),
            Self::Withdrawn | Self::Announced => None,
        }
    }
}

/// Where the faults of one field go.
#[derive(Debug)]
pub(super) struct Report<'f> {
    faults: &'f mut Vec<Fault>,
    place: Place,
    /// Where in the message the field begins.
    base: usize,
}

impl Report<'_> {
    /// Notes a prefix that can be read and not routed (RFC 4271 §6.3).
    #[cold]
    pub(super) fn odd(&mut self, at: usize) {
        if self.place.announces() {
            self.push(at, Treatment::IgnorePrefix);
        }
    }

    fn push(&mut self, at: usize, treatment: Treatment) {
        self.faults.push(Fault {
            attribute: self.place.attribute(),
            offset: self.base.saturating_add(at),
            kind: FaultKind::Prefix,
            treatment,
        });
    }
}

/// Walks the message and appends its faults to `faults` in the order of the
/// wire; returns the strongest treatment among them (RFC 7606 §3 h).
#[inline]
pub(super) fn walk<'a>(
    view: &UpdateView<'a>,
    context: &Context,
    sink: &mut impl Sink<'a>,
    faults: &mut Vec<Fault>,
) -> Option<Treatment> {
    let before = faults.len();
    let mut pass = Pass {
        context,
        faults,
        seen: [0; 4],
        reach: None,
        unreach: None,
    };
    for attribute in view.attributes() {
        match attribute {
            Ok(attribute) => pass.attribute(&attribute, sink),
            Err(fault) => pass.faults.push(fault),
        }
    }
    let (withdrawn, withdrawn_at) = view.withdrawn_field(context);
    let (announced, announced_at) = view.announced_field(context);
    pass.routes(Place::Withdrawn, withdrawn, withdrawn_at, sink);
    if let Some((field, at)) = pass.unreach {
        pass.routes(Place::Unreach, field, at, sink);
    }
    let mut announces = !announced.octets.is_empty();
    if let Some((field, at)) = pass.reach {
        announces |= !field.octets.is_empty();
        pass.routes(Place::Reach, field, at, sink);
    }
    pass.routes(Place::Announced, announced, announced_at, sink);
    if announces {
        pass.missing(!announced.octets.is_empty(), view.length_offset());
    }
    let own = faults.get_mut(before..).unwrap_or_default();
    if own.is_empty() {
        return None;
    }
    grade(own, view, announces)
}

/// Puts faults in the order of the wire and finds the strongest treatment.
#[cold]
fn grade(faults: &mut [Fault], view: &UpdateView<'_>, announces: bool) -> Option<Treatment> {
    // RFC 7606 §5.2: an UPDATE with attributes that reaches nothing cannot be
    // treated as withdraw, since nobody knows what.
    let only_unreach = view
        .attributes()
        .all(|of| of.is_ok_and(|of| of.code == AttributeCode::MP_UNREACH_NLRI));
    if !only_unreach && !announces {
        for fault in &mut *faults {
            if fault.treatment > Treatment::AttributeDiscard {
                fault.treatment = Treatment::SessionReset;
            }
        }
    }
    faults.sort_by_key(|fault| fault.offset);
    faults.iter().map(|fault| fault.treatment).max()
}

struct Pass<'a, 'c, 'f> {
    context: &'c Context,
    faults: &'f mut Vec<Fault>,
    /// A bit for each code that occurred.
    seen: [u64; 4],
    /// The routes of MP_REACH_NLRI, and where in the message they are.
    reach: Option<(Field<'a>, usize)>,
    unreach: Option<(Field<'a>, usize)>,
}

impl<'a> Pass<'a, '_, '_> {
    #[inline]
    fn attribute(&mut self, view: &AttributeView<'a>, sink: &mut impl Sink<'a>) {
        match self.read(view) {
            Ok(attribute) => sink.attribute(attribute, view),
            Err((wrong, treatment)) => self.fault(view, wrong, treatment),
        }
    }

    /// Judges one attribute by the table, and reads it.
    #[inline]
    fn read(&mut self, view: &AttributeView<'a>) -> Result<Attribute<'a>, (Wrong, Treatment)> {
        let whole = |kind| Wrong { kind, at: 0 };
        let spec = spec::of(view.code);
        if !self.first(view.code) {
            let treatment = spec.map_or(Treatment::AttributeDiscard, |spec| spec.duplicate);
            return Err((whole(FaultKind::Duplicate), treatment));
        }
        let Some(spec) = spec else {
            if !view.flags.contains(AttributeFlags::OPTIONAL) {
                return Err((whole(FaultKind::Unrecognized), Treatment::SessionReset));
            }
            return Ok(Attribute::Other(*view));
        };
        if !spec.may_come_from(self.context) {
            let kind = FaultKind::NotFromThisPeer;
            return Err((whole(kind), Treatment::AttributeDiscard));
        }
        spec.check(view.flags, view.value.len(), self.context)
            .map_err(|kind| (whole(kind), spec.malformed))?;
        spec.judge(view.value).map_err(|at| {
            let kind = FaultKind::Value;
            (Wrong { kind, at }, spec.malformed)
        })?;
        let attribute =
            Attribute::decode(view, self.context).map_err(|wrong| (wrong, spec.malformed))?;
        match &attribute {
            Attribute::MpReach(reach) => {
                let at = view.value_offset().saturating_add(reach.at);
                self.reach = Some((reach.field(self.context), at));
                self.negotiated(reach.family, view);
                if !reach.has_host() {
                    // The routes are readable, and so can be withdrawn.
                    self.fault(view, Wrong::VALUE, Treatment::TreatAsWithdraw);
                }
            }
            Attribute::MpUnreach(unreach) => {
                let at = view.value_offset().saturating_add(mp::FAMILY);
                self.unreach = Some((unreach.field(self.context), at));
                self.negotiated(unreach.family, view);
            }
            _ => {}
        }
        Ok(attribute)
    }

    /// Routes of another family are to be ignored (RFC 4760 §7).
    fn negotiated(&mut self, family: Family, view: &AttributeView<'_>) {
        if !self.context.families.contains(&family) {
            let kind = FaultKind::Family;
            let treatment = Treatment::AttributeDiscard;
            self.fault(view, Wrong { kind, at: 0 }, treatment);
        }
    }

    #[cold]
    fn fault(&mut self, view: &AttributeView<'_>, wrong: Wrong, treatment: Treatment) {
        // `at` counts in the value; faults of the whole point at its flags.
        let offset = match wrong.at {
            0 => view.offset,
            at => view.value_offset().saturating_add(at),
        };
        self.faults.push(Fault {
            attribute: Some(view.code),
            offset,
            kind: wrong.kind,
            treatment,
        });
    }

    #[inline]
    fn routes(&mut self, place: Place, field: Field<'a>, base: usize, sink: &mut impl Sink<'a>) {
        let mut report = Report {
            faults: self.faults,
            place,
            base,
        };
        if let Err(at) = sink.routes(place, field, &mut report) {
            report.push(at, Treatment::SessionReset);
        }
    }

    /// Notes that `code` occurs; whether it is for the first time.
    #[inline]
    fn first(&mut self, code: AttributeCode) -> bool {
        let bit = 1 << (code.0 & 63);
        let Some(word) = self.seen.get_mut(usize::from(code.0 >> 6)) else {
            return true;
        };
        let first = *word & bit == 0;
        *word |= bit;
        first
    }

    fn has_seen(&self, code: AttributeCode) -> bool {
        let word = self.seen.get(usize::from(code.0 >> 6));
        word.is_some_and(|word| word & 1 << (code.0 & 63) != 0)
    }

    /// Routes are announced without a mandatory attribute (RFC 7606 §3 d).
    fn missing(&mut self, classic: bool, offset: usize) {
        let mandatory = [
            (AttributeCode::ORIGIN, true),
            (AttributeCode::AS_PATH, true),
            (AttributeCode::NEXT_HOP, classic),
        ];
        for (code, needed) in mandatory {
            if needed && !self.has_seen(code) {
                self.faults.push(Fault {
                    attribute: Some(code),
                    offset,
                    kind: FaultKind::Missing,
                    treatment: Treatment::TreatAsWithdraw,
                });
            }
        }
    }
}
