//! View to value.

use alloc::vec::Vec;
use core::mem;

use bitflags::bitflags;

use super::{
    MpReach, MpUnreach, Update, UpdateView,
    view::AttributeView,
    walk::{self, Place, Report, Sink},
};
use crate::{
    types::{AsPath, Asn, NextHop, Safi},
    wire::{
        Aggregator, Attribute, AttributeCode, AttributeSet, Context, NlriList, Parsed,
        PartialAttributes, RawAttribute, attribute::path, nlri::list::Field,
    },
};

impl UpdateView<'_> {
    /// The message as a value, and what is wrong with it.
    ///
    /// An attribute that cannot be read, or that the receiver is to discard, is
    /// not in the value; the view still has it. Prefixes are all there up to
    /// one that cannot be read, and so are those of a family that `context`
    /// lacks: whether to ignore them is for the faults' reader.
    ///
    /// Who reads many messages and keeps none whole uses an [`UpdateBuffer`].
    pub fn parse(&self, context: &Context) -> Parsed<Update> {
        let mut parsed = Parsed {
            value: Update::default(),
            faults: Vec::new(),
        };
        fill(self, context, &mut parsed, &mut Spare::default());
        parsed
    }
}

/// Reads UPDATEs one after the other into the same memory.
///
/// ```
/// use bgpwright::wire::{Context, UpdateBuffer, UpdateView};
///
/// fn prefixes(messages: &[UpdateView<'_>], context: &Context) -> usize {
///     let mut buffer = UpdateBuffer::new();
///     messages
///         .iter()
///         .map(|view| buffer.read(view, context).value.announced.prefixes().count())
///         .sum()
/// }
/// # assert_eq!(prefixes(&[], &Context::default()), 0);
/// ```
#[derive(Debug)]
pub struct UpdateBuffer {
    parsed: Parsed<Update>,
    /// Memory of what the message that is held does not have.
    spare: Spare,
}

/// What may be missing from one message and be in the next.
#[derive(Debug, Default)]
struct Spare {
    as_path: AsPath,
    as4_path: AsPath,
    reach: Option<MpReach>,
    unreach: Option<MpUnreach>,
}

impl UpdateBuffer {
    /// One that holds an empty UPDATE, an End-of-RIB.
    pub fn new() -> Self {
        let parsed = Parsed {
            value: Update::default(),
            faults: Vec::new(),
        };
        let spare = Spare::default();
        Self { parsed, spare }
    }

    /// Reads a message in place of the last one, as [`UpdateView::parse`] does.
    pub fn read(&mut self, view: &UpdateView<'_>, context: &Context) -> &Parsed<Update> {
        self.parsed.faults.clear();
        empty(&mut self.parsed.value);
        fill(view, context, &mut self.parsed, &mut self.spare);
        &self.parsed
    }

    /// The message that was read last.
    pub fn parsed(&self) -> &Parsed<Update> {
        &self.parsed
    }
}

impl Default for UpdateBuffer {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads a message into a value that [`empty`] has been at.
#[inline]
fn fill(view: &UpdateView<'_>, context: &Context, parsed: &mut Parsed<Update>, spare: &mut Spare) {
    let mut fill = Fill {
        update: &mut parsed.value,
        spare,
        has: Has::empty(),
        as4_aggregator: None,
    };
    walk::walk(view, context, &mut fill, &mut parsed.faults);
    fill.finish();
}

/// Empties `update` and keeps its memory: the path and the two MP attributes
/// stay in their places, to be refilled, or moved aside by [`Fill::finish`].
fn empty(update: &mut Update) {
    let Update {
        withdrawn,
        mp_unreach: _,
        mp_reach: _,
        attributes,
        announced,
    } = update;
    withdrawn.reset();
    announced.reset();
    let AttributeSet {
        origin,
        as_path: _,
        next_hop,
        med,
        local_pref,
        atomic_aggregate,
        aggregator,
        communities,
        originator_id,
        cluster_list,
        extended_communities,
        large_communities,
        only_to_customer,
        partial,
        other,
    } = attributes;
    *origin = None;
    *next_hop = None;
    *med = None;
    *local_pref = None;
    *atomic_aggregate = false;
    *aggregator = None;
    communities.clear();
    *originator_id = None;
    cluster_list.clear();
    extended_communities.clear();
    large_communities.clear();
    *only_to_customer = None;
    *partial = PartialAttributes::empty();
    other.clear();
}

bitflags! {
    /// What the message has of what may be left from the one before.
    #[derive(Clone, Copy)]
    struct Has: u8 {
        const PATH = 1;
        const AS4_PATH = 1 << 1;
        const REACH = 1 << 2;
        const UNREACH = 1 << 3;
    }
}

/// An UPDATE that is being put together.
struct Fill<'b> {
    update: &'b mut Update,
    spare: &'b mut Spare,
    has: Has,
    as4_aggregator: Option<Aggregator>,
}

impl<'a> Sink<'a> for Fill<'_> {
    #[expect(
        clippy::inline_always,
        reason = "the variant is known at each call: one arm is left of the match"
    )]
    #[inline(always)]
    fn attribute(&mut self, attribute: Attribute<'a>) {
        let set = &mut self.update.attributes;
        match attribute {
            Attribute::Origin(origin) => set.origin = Some(origin),
            Attribute::AsPath(path) => {
                let spare = &mut self.spare.as_path;
                path.copy_to(set.as_path.get_or_insert_with(|| mem::take(spare)));
                self.has |= Has::PATH;
            }
            Attribute::NextHop(addr) => set.next_hop = Some(NextHop::V4(addr)),
            Attribute::Med(med) => set.med = Some(med),
            Attribute::LocalPref(local_pref) => set.local_pref = Some(local_pref),
            Attribute::AtomicAggregate => set.atomic_aggregate = true,
            Attribute::Aggregator(aggregator) => set.aggregator = Some(aggregator),
            Attribute::Communities(list) => list.copy_to(&mut set.communities),
            Attribute::ExtendedCommunities(list) => list.copy_to(&mut set.extended_communities),
            Attribute::LargeCommunities(list) => list.copy_to(&mut set.large_communities),
            Attribute::OnlyToCustomer(asn) => set.only_to_customer = Some(asn),
            Attribute::OriginatorId(id) => set.originator_id = Some(id),
            Attribute::ClusterList(list) => list.copy_to(&mut set.cluster_list),
            Attribute::MpReach(reach) => {
                let spare = &mut self.spare.reach;
                let nlri = NlriList::new(reach.family);
                let new = MpReach {
                    next_hop: None,
                    nlri,
                };
                let kept = &mut self.update.mp_reach;
                let kept = kept.get_or_insert_with(|| spare.take().unwrap_or(new));
                kept.next_hop = reach.next_hop;
                self.has |= Has::REACH;
            }
            Attribute::MpUnreach(unreach) => {
                let spare = &mut self.spare.unreach;
                let nlri = NlriList::new(unreach.family);
                let new = MpUnreach { nlri };
                let kept = &mut self.update.mp_unreach;
                kept.get_or_insert_with(|| spare.take().unwrap_or(new));
                self.has |= Has::UNREACH;
            }
            Attribute::As4Path(path) => {
                path.copy_to(&mut self.spare.as4_path);
                self.has |= Has::AS4_PATH;
            }
            Attribute::As4Aggregator(aggregator) => self.as4_aggregator = Some(aggregator),
            Attribute::Other(view) => {
                let AttributeView {
                    code, flags, value, ..
                } = view;
                // It came with a length of two octets, so it fits one.
                let _ = set.other.insert(RawAttribute { code, flags, value });
            }
        }
    }

    #[cold]
    fn partial(&mut self, code: AttributeCode) {
        self.update.attributes.partial |= PartialAttributes::of(code);
    }

    #[inline]
    fn routes(
        &mut self,
        place: Place,
        field: Field<'a>,
        report: &mut Report<'_>,
    ) -> Result<(), usize> {
        let list = match place {
            Place::Withdrawn => &mut self.update.withdrawn,
            Place::Announced => &mut self.update.announced,
            Place::Unreach => match &mut self.update.mp_unreach {
                Some(unreach) => &mut unreach.nlri,
                None => return Ok(()),
            },
            Place::Reach => match &mut self.update.mp_reach {
                Some(reach) => &mut reach.nlri,
                None => return Ok(()),
            },
        };
        let unicast = field.family.safi == Safi::UNICAST;
        list.fill(field, |at| {
            if unicast {
                report.odd(at);
            }
        })
    }
}

impl Fill<'_> {
    /// Moves aside what this message does not have, and puts what two-octet
    /// speakers carried along in its place (RFC 6793 §4.2.3).
    #[inline]
    fn finish(self) {
        if !self.has.contains(Has::REACH) && self.update.mp_reach.is_some() {
            self.spare.reach = self.update.mp_reach.take();
        }
        if !self.has.contains(Has::UNREACH) && self.update.mp_unreach.is_some() {
            self.spare.unreach = self.update.mp_unreach.take();
        }
        let set = &mut self.update.attributes;
        if !self.has.contains(Has::PATH)
            && let Some(path) = set.as_path.take()
        {
            self.spare.as_path = path;
        }
        if let (Some(narrow), Some(wide)) = (set.aggregator, self.as4_aggregator) {
            if narrow.asn != Asn::TRANS {
                return;
            }
            set.aggregator = Some(wide);
        }
        if !self.has.contains(Has::AS4_PATH) {
            return;
        }
        let path = set.as_path.as_ref();
        if let Some(merged) = path.and_then(|path| path::merge(path, &self.spare.as4_path)) {
            set.as_path = Some(merged);
        }
    }
}

/// The attributes that [`AttributeSet::other`] never holds: they have a field.
pub(in crate::wire) fn has_field(code: AttributeCode) -> bool {
    matches!(
        code,
        AttributeCode::ORIGIN
            | AttributeCode::AS_PATH
            | AttributeCode::NEXT_HOP
            | AttributeCode::MULTI_EXIT_DISC
            | AttributeCode::LOCAL_PREF
            | AttributeCode::ATOMIC_AGGREGATE
            | AttributeCode::AGGREGATOR
            | AttributeCode::COMMUNITIES
            | AttributeCode::ORIGINATOR_ID
            | AttributeCode::CLUSTER_LIST
            | AttributeCode::MP_REACH_NLRI
            | AttributeCode::MP_UNREACH_NLRI
            | AttributeCode::AS4_PATH
            | AttributeCode::AS4_AGGREGATOR
            | AttributeCode::EXTENDED_COMMUNITIES
            | AttributeCode::LARGE_COMMUNITIES
            | AttributeCode::ONLY_TO_CUSTOMER
    )
}
