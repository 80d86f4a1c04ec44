//! One pass over an UPDATE: every rule of RFC 7606 that it can break.
//!
//! The pass hands what it reads to a [`Sink`] and notes faults. Values that are
//! kept and a monitor that only counts come from the same pass, so they cannot
//! disagree.

use alloc::vec::Vec;

use super::{
    UpdateView,
    mp::{self, MpReachView, MpUnreachView},
    view::Found,
};
use crate::{
    types::Family,
    wire::{
        AttributeCode, AttributeFlags, Context, Fault, FaultKind, Treatment,
        attribute::{
            spec::{self, Spec},
            value::{self, Attribute, Wrong},
        },
        fault::offset,
        nlri::{Shape, list::Field},
    },
};

/// Takes what the pass reads: attributes in the order of the wire, then routes.
pub(super) trait Sink<'a> {
    /// An attribute that is as its RFC wants it.
    fn attribute(&mut self, attribute: Attribute<'a>);

    /// The attribute that comes next has the Partial flag.
    fn partial(&mut self, code: AttributeCode);

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
    /// Whether faults count: not in what is ignored as a whole.
    graded: bool,
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
        if !self.graded {
            return;
        }
        self.faults.push(Fault {
            attribute: self.place.attribute(),
            offset: offset(self.base.saturating_add(at)),
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
    let mut attributes = view.attributes();
    while let Some(found) = attributes.found() {
        pass.attribute(&found, sink);
    }
    if let Some(fault) = attributes.truncated() {
        pass.faults.push(fault);
    }
    let (withdrawn, withdrawn_at) = view.withdrawn_field(context);
    let (announced, announced_at) = view.announced_field(context);
    if !withdrawn.octets.is_empty() {
        pass.routes(Place::Withdrawn, withdrawn, withdrawn_at, sink);
    }
    if let Some((field, at)) = pass.unreach {
        pass.routes(Place::Unreach, field, at, sink);
    }
    let mut announces = !announced.octets.is_empty();
    if let Some((field, at)) = pass.reach {
        announces |= !field.octets.is_empty();
        pass.routes(Place::Reach, field, at, sink);
    }
    if !announced.octets.is_empty() {
        pass.routes(Place::Announced, announced, announced_at, sink);
    }
    if announces {
        pass.missing(!announced.octets.is_empty(), view.length_offset());
    }
    if faults.len() == before {
        return None;
    }
    grade(faults.get_mut(before..)?, announces)
}

/// What NLRI that cannot be read lead to: where the next element lies is lost,
/// and with it what was withdrawn. Unicast is what sessions are for, and any
/// other family can be done without until the next session (RFC 7606 §2, §5.3).
fn unreadable(family: Family) -> Treatment {
    match Shape::of(family) {
        Shape::Prefix => Treatment::SessionReset,
        _ => Treatment::DisableFamily,
    }
}

/// Puts faults in the order of the wire and finds the strongest treatment.
#[cold]
fn grade(faults: &mut [Fault], announces: bool) -> Option<Treatment> {
    // RFC 7606 §5.2: an UPDATE with attributes that reaches nothing cannot be
    // treated as withdraw, since nobody knows what.
    if !announces {
        for fault in &mut *faults {
            if fault.treatment == Treatment::TreatAsWithdraw {
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

/// An arm a row of the table, so that each attribute is held to constants.
macro_rules! read {
    ($pass:ident, $found:ident, $sink:ident, $row:ident, $read:expr) => {
        if let Some(value) = $pass.admit($found, &spec::$row) {
            match $read(value) {
                Ok(attribute) => {
                    if $found.flags.contains(AttributeFlags::PARTIAL) {
                        $sink.partial($found.code);
                    }
                    $sink.attribute(attribute);
                }
                Err(wrong) => $pass.malformed($found, wrong, &spec::$row),
            }
        }
    };
}

impl<'a> Pass<'a, '_, '_> {
    #[inline]
    fn attribute(&mut self, found: &Found<'a>, sink: &mut impl Sink<'a>) {
        let wide = self.context.four_octet_as;
        match found.code {
            AttributeCode::ORIGIN => read!(self, found, sink, ORIGIN, value::origin),
            AttributeCode::AS_PATH => {
                let context = self.context;
                read!(self, found, sink, AS_PATH, |of| value::as_path(of, context));
            }
            AttributeCode::NEXT_HOP => read!(self, found, sink, NEXT_HOP, value::next_hop),
            AttributeCode::MULTI_EXIT_DISC => {
                read!(self, found, sink, MULTI_EXIT_DISC, value::med);
            }
            AttributeCode::LOCAL_PREF => read!(self, found, sink, LOCAL_PREF, value::local_pref),
            AttributeCode::ATOMIC_AGGREGATE => {
                read!(self, found, sink, ATOMIC_AGGREGATE, value::atomic_aggregate);
            }
            AttributeCode::AGGREGATOR => {
                read!(self, found, sink, AGGREGATOR, |of| value::aggregator(
                    of, wide
                )
                .map(Attribute::Aggregator));
            }
            AttributeCode::COMMUNITIES => {
                read!(self, found, sink, COMMUNITIES, value::communities);
            }
            AttributeCode::ORIGINATOR_ID => {
                read!(self, found, sink, ORIGINATOR_ID, value::originator_id);
            }
            AttributeCode::CLUSTER_LIST => {
                read!(self, found, sink, CLUSTER_LIST, value::cluster_list);
            }
            AttributeCode::EXTENDED_COMMUNITIES => {
                read!(
                    self,
                    found,
                    sink,
                    EXTENDED_COMMUNITIES,
                    value::extended_communities
                );
            }
            AttributeCode::LARGE_COMMUNITIES => {
                read!(
                    self,
                    found,
                    sink,
                    LARGE_COMMUNITIES,
                    value::large_communities
                );
            }
            AttributeCode::ONLY_TO_CUSTOMER => {
                read!(self, found, sink, ONLY_TO_CUSTOMER, value::only_to_customer);
            }
            AttributeCode::AS4_PATH => read!(self, found, sink, AS4_PATH, value::as4_path),
            AttributeCode::AS4_AGGREGATOR => {
                read!(self, found, sink, AS4_AGGREGATOR, |of| value::aggregator(
                    of, true
                )
                .map(Attribute::As4Aggregator));
            }
            AttributeCode::MP_REACH_NLRI => self.reach(found, sink),
            AttributeCode::MP_UNREACH_NLRI => self.unreach(found, sink),
            _ => self.other(found, sink),
        }
    }

    /// The value of an attribute whose flags, length and sender are as the
    /// table wants them, when it comes for the first time.
    #[expect(
        clippy::inline_always,
        reason = "only then is a row constant; a reflected route is read in a third of the time"
    )]
    #[inline(always)]
    fn admit(&mut self, found: &Found<'a>, spec: &'static Spec) -> Option<&'a [u8]> {
        let refused = if !self.first(spec.code) {
            (FaultKind::Duplicate, spec.duplicate)
        } else if !spec.may_come_from(self.context) {
            (FaultKind::NotFromThisPeer, Treatment::AttributeDiscard)
        } else {
            match spec.check(found.flags, found.value.len(), self.context) {
                Ok(()) => return Some(found.value),
                Err(kind) => (kind, spec.malformed),
            }
        };
        self.refuse(found, refused);
        None
    }

    #[cold]
    fn refuse(&mut self, found: &Found<'a>, (kind, treatment): (FaultKind, Treatment)) {
        self.fault(found, Wrong { kind, at: 0 }, treatment);
    }

    #[cold]
    fn malformed(&mut self, found: &Found<'a>, wrong: Wrong, spec: &'static Spec) {
        self.fault(found, wrong, spec.malformed);
    }

    fn reach(&mut self, found: &Found<'a>, sink: &mut impl Sink<'a>) {
        let Some(value) = self.admit(found, &spec::MP_REACH_NLRI) else {
            return;
        };
        match MpReachView::new(value) {
            Ok(reach) => {
                let at = found.value_offset().saturating_add(reach.at);
                self.reach = Some((reach.field(self.context), at));
                if self.negotiated(reach.family, found) && !reach.has_host() {
                    // The routes are readable, and so can be withdrawn.
                    self.fault(found, Wrong::VALUE, Treatment::TreatAsWithdraw);
                }
                sink.attribute(Attribute::MpReach(reach));
            }
            Err(wrong) => self.malformed(found, wrong, &spec::MP_REACH_NLRI),
        }
    }

    fn unreach(&mut self, found: &Found<'a>, sink: &mut impl Sink<'a>) {
        let Some(value) = self.admit(found, &spec::MP_UNREACH_NLRI) else {
            return;
        };
        match MpUnreachView::new(value) {
            Ok(unreach) => {
                let at = found.value_offset().saturating_add(mp::FAMILY);
                self.unreach = Some((unreach.field(self.context), at));
                self.negotiated(unreach.family, found);
                sink.attribute(Attribute::MpUnreach(unreach));
            }
            Err(wrong) => self.malformed(found, wrong, &spec::MP_UNREACH_NLRI),
        }
    }

    /// An attribute that is kept as octets, known or not.
    fn other(&mut self, found: &Found<'a>, sink: &mut impl Sink<'a>) {
        if let Some(spec) = spec::of(found.code) {
            let Some(value) = self.admit(found, spec) else {
                return;
            };
            if let Err(at) = spec.judge(value) {
                let kind = FaultKind::Value;
                return self.fault(found, Wrong { kind, at }, spec.misjudged(value));
            }
        } else if !self.first(found.code) {
            let duplicate = (FaultKind::Duplicate, Treatment::AttributeDiscard);
            return self.refuse(found, duplicate);
        } else if !found.flags.contains(AttributeFlags::OPTIONAL) {
            let unrecognized = (FaultKind::Unrecognized, Treatment::SessionReset);
            return self.refuse(found, unrecognized);
        }
        sink.attribute(Attribute::Other(found.view()));
    }

    /// Routes of another family are to be ignored (RFC 4760 §7).
    fn negotiated(&mut self, family: Family, found: &Found<'a>) -> bool {
        let negotiated = self.context.families.contains(&family);
        if !negotiated {
            let kind = FaultKind::Family;
            let treatment = Treatment::AttributeDiscard;
            self.fault(found, Wrong { kind, at: 0 }, treatment);
        }
        negotiated
    }

    #[cold]
    fn fault(&mut self, found: &Found<'a>, wrong: Wrong, treatment: Treatment) {
        // `at` counts in the value; faults of the whole point at its flags.
        let at = match wrong.at {
            0 => found.offset(),
            // What is missing at the end is told of the last octet.
            at => {
                let last = found.value.len().saturating_sub(1);
                found.value_offset().saturating_add(at.min(last))
            }
        };
        self.faults.push(Fault {
            attribute: Some(found.code),
            offset: offset(at),
            kind: wrong.kind,
            treatment,
        });
    }

    #[inline]
    fn routes(&mut self, place: Place, field: Field<'a>, base: usize, sink: &mut impl Sink<'a>) {
        if field.octets.is_empty() && place.attribute().is_none() {
            return;
        }
        let mut report = Report {
            faults: self.faults,
            place,
            base,
            graded: place.attribute().is_none() || self.context.families.contains(&field.family),
        };
        if let Err(at) = sink.routes(place, field, &mut report) {
            let last = field.octets.len().saturating_sub(1);
            report.push(at.min(last), unreadable(field.family));
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

    #[inline]
    fn has_seen(&self, code: AttributeCode) -> bool {
        let word = self.seen.get(usize::from(code.0 >> 6));
        word.is_some_and(|word| word & 1 << (code.0 & 63) != 0)
    }

    /// Routes are announced without a mandatory attribute (RFC 7606 §3 d).
    #[inline]
    fn missing(&mut self, classic: bool, at: usize) {
        let mandatory = [
            (AttributeCode::ORIGIN, true),
            (AttributeCode::AS_PATH, true),
            (AttributeCode::NEXT_HOP, classic),
        ];
        for (code, needed) in mandatory {
            if needed && !self.has_seen(code) {
                self.faults.push(Fault {
                    attribute: Some(code),
                    offset: offset(at),
                    kind: FaultKind::Missing,
                    treatment: Treatment::TreatAsWithdraw,
                });
            }
        }
    }
}
