//! View to value.

use alloc::vec::Vec;
use core::mem;

use super::{
    MpReach, MpUnreach, Update, UpdateView,
    view::AttributeView,
    walk::{self, Place, Report, Sink},
};
use crate::{
    types::{AsPath, Asn, NextHop},
    wire::{
        Aggregator, Attribute, AttributeCode, AttributeSet, Context, NlriList, Parsed,
        RawAttribute, attribute::path, nlri::list::Field,
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
        self.spare.keep(&mut self.parsed.value);
        fill(view, context, &mut self.parsed, &mut self.spare);
        &self.parsed
    }

    /// The message that was read last.
    pub fn parsed(&self) -> &Parsed<Update> {
        &self.parsed
    }
}

/// Reads a message into an empty value.
#[inline]
fn fill(view: &UpdateView<'_>, context: &Context, parsed: &mut Parsed<Update>, spare: &mut Spare) {
    let mut fill = Fill {
        update: &mut parsed.value,
        spare,
        has_as4_path: false,
        as4_aggregator: None,
    };
    walk::walk(view, context, &mut fill, &mut parsed.faults);
    fill.merge();
}

impl Default for UpdateBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl Spare {
    /// Empties `update` and keeps its memory.
    fn keep(&mut self, update: &mut Update) {
        let Update {
            withdrawn,
            mp_unreach,
            mp_reach,
            attributes,
            announced,
        } = update;
        withdrawn.reset();
        announced.reset();
        if mp_unreach.is_some() {
            self.unreach = mp_unreach.take();
        }
        if mp_reach.is_some() {
            self.reach = mp_reach.take();
        }
        let AttributeSet {
            origin,
            as_path,
            next_hop,
            med,
            local_pref,
            atomic_aggregate,
            aggregator,
            communities,
            originator_id,
            cluster_list,
            other,
        } = attributes;
        if let Some(path) = as_path.take() {
            self.as_path = path;
        }
        *origin = None;
        *next_hop = None;
        *med = None;
        *local_pref = None;
        *atomic_aggregate = false;
        *aggregator = None;
        communities.clear();
        *originator_id = None;
        cluster_list.clear();
        other.clear();
    }
}

/// An UPDATE that is being put together.
struct Fill<'b> {
    update: &'b mut Update,
    spare: &'b mut Spare,
    has_as4_path: bool,
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
                let mut owned = mem::take(&mut self.spare.as_path);
                path.copy_to(&mut owned);
                set.as_path = Some(owned);
            }
            Attribute::NextHop(addr) => set.next_hop = Some(NextHop::V4(addr)),
            Attribute::Med(med) => set.med = Some(med),
            Attribute::LocalPref(local_pref) => set.local_pref = Some(local_pref),
            Attribute::AtomicAggregate => set.atomic_aggregate = true,
            Attribute::Aggregator(aggregator) => set.aggregator = Some(aggregator),
            Attribute::Communities(list) => list.copy_to(&mut set.communities),
            Attribute::OriginatorId(id) => set.originator_id = Some(id),
            Attribute::ClusterList(list) => list.copy_to(&mut set.cluster_list),
            Attribute::MpReach(reach) => {
                let spare = self.spare.reach.take();
                let nlri = spare.map_or_else(|| NlriList::new(reach.family), |of| of.nlri);
                let next_hop = reach.next_hop;
                self.update.mp_reach = Some(MpReach { next_hop, nlri });
            }
            Attribute::MpUnreach(unreach) => {
                let spare = self.spare.unreach.take();
                let nlri = spare.map_or_else(|| NlriList::new(unreach.family), |of| of.nlri);
                self.update.mp_unreach = Some(MpUnreach { nlri });
            }
            Attribute::As4Path(path) => {
                path.copy_to(&mut self.spare.as4_path);
                self.has_as4_path = true;
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
        list.fill(field, |at| report.odd(at))
    }
}

impl Fill<'_> {
    /// Puts what two-octet speakers carried along in its place
    /// (RFC 6793 §4.2.3).
    #[inline]
    fn merge(self) {
        let set = &mut self.update.attributes;
        if let (Some(narrow), Some(wide)) = (set.aggregator, self.as4_aggregator) {
            if narrow.asn != Asn::TRANS {
                return;
            }
            set.aggregator = Some(wide);
        }
        if !self.has_as4_path {
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
    )
}
