//! What conditions and actions need to know of attributes by their codes.

use alloc::vec::Vec;

use crate::{
    types::{AsPath, Asn, Community, ExtendedCommunity, LargeCommunity, SegmentKind},
    wire::attribute::{AttributeCode, AttributeSet, PartialAttributes},
};

/// A value that an attribute has a list of.
pub(super) trait Listed: Copy + Ord {
    const CODE: AttributeCode;

    fn list(attributes: &AttributeSet) -> &Vec<Self>;
    fn list_mut(attributes: &mut AttributeSet) -> &mut Vec<Self>;
}

macro_rules! listed {
    ($($value:ty: $code:ident, $field:ident;)*) => {$(
        impl Listed for $value {
            const CODE: AttributeCode = AttributeCode::$code;

            fn list(attributes: &AttributeSet) -> &Vec<Self> {
                &attributes.$field
            }

            fn list_mut(attributes: &mut AttributeSet) -> &mut Vec<Self> {
                &mut attributes.$field
            }
        }
    )*};
}

listed! {
    Community: COMMUNITIES, communities;
    ExtendedCommunity: EXTENDED_COMMUNITIES, extended_communities;
    LargeCommunity: LARGE_COMMUNITIES, large_communities;
}

/// Keeps those values; an attribute that is left with none is gone.
pub(super) fn retain<V: Listed>(attributes: &mut AttributeSet, keep: impl FnMut(&V) -> bool) {
    let list = V::list_mut(attributes);
    list.retain(keep);
    if list.is_empty() {
        attributes.partial.remove(PartialAttributes::of(V::CODE));
    }
}

/// Puts `asn` in front this many times, behind leading segments of a
/// confederation, which every member expects in front (RFC 5065 §5).
pub(super) fn prepend(attributes: &mut AttributeSet, asn: Asn, times: u8) {
    let path = attributes.as_path.get_or_insert_default();
    let mut segments = path.segments().peekable();
    let mut longer = AsPath::empty();
    while let Some(confed) = segments.next_if(|segment| segment.kind.is_confed()) {
        longer.push(confed.kind, confed.asns.iter().copied());
    }
    let leading = segments.next_if(|segment| segment.kind == SegmentKind::Sequence);
    let leading = leading.map_or(&[][..], |segment| segment.asns);
    let front = core::iter::repeat_n(asn, usize::from(times));
    longer.push(SegmentKind::Sequence, front.chain(leading.iter().copied()));
    for segment in segments {
        longer.push(segment.kind, segment.asns.iter().copied());
    }
    *path = longer;
}

/// Whether the attribute of this code is there.
pub(super) fn has(attributes: &AttributeSet, code: AttributeCode) -> bool {
    match code {
        AttributeCode::ORIGIN => attributes.origin.is_some(),
        AttributeCode::AS_PATH => attributes.as_path.is_some(),
        AttributeCode::NEXT_HOP => attributes.next_hop.is_some(),
        AttributeCode::MULTI_EXIT_DISC => attributes.med.is_some(),
        AttributeCode::LOCAL_PREF => attributes.local_pref.is_some(),
        AttributeCode::ATOMIC_AGGREGATE => attributes.atomic_aggregate,
        AttributeCode::AGGREGATOR => attributes.aggregator.is_some(),
        AttributeCode::COMMUNITIES => !attributes.communities.is_empty(),
        AttributeCode::ORIGINATOR_ID => attributes.originator_id.is_some(),
        AttributeCode::CLUSTER_LIST => !attributes.cluster_list.is_empty(),
        AttributeCode::EXTENDED_COMMUNITIES => !attributes.extended_communities.is_empty(),
        AttributeCode::LARGE_COMMUNITIES => !attributes.large_communities.is_empty(),
        AttributeCode::ONLY_TO_CUSTOMER => attributes.only_to_customer.is_some(),
        other => attributes.other.get(other).is_some(),
    }
}

/// Takes the attribute of this code away, if it [may be](is_removable).
pub(super) fn remove(attributes: &mut AttributeSet, code: AttributeCode) {
    match code {
        AttributeCode::MULTI_EXIT_DISC => attributes.med = None,
        AttributeCode::LOCAL_PREF => attributes.local_pref = None,
        AttributeCode::ATOMIC_AGGREGATE => attributes.atomic_aggregate = false,
        AttributeCode::AGGREGATOR => attributes.aggregator = None,
        AttributeCode::COMMUNITIES => attributes.communities.clear(),
        AttributeCode::EXTENDED_COMMUNITIES => attributes.extended_communities.clear(),
        AttributeCode::LARGE_COMMUNITIES => attributes.large_communities.clear(),
        other => {
            attributes.other.remove(other);
        }
    }
    attributes.partial.remove(PartialAttributes::of(code));
}

/// Whether a policy may take it away: it is not mandatory (RFC 4271 §5), and
/// does not guard against loops (RFC 4456 §8) or leaks (RFC 9234 §5).
pub(super) const fn is_removable(code: AttributeCode) -> bool {
    is_kept(code)
        && !matches!(
            code,
            AttributeCode::ORIGIN
                | AttributeCode::AS_PATH
                | AttributeCode::NEXT_HOP
                | AttributeCode::ORIGINATOR_ID
                | AttributeCode::CLUSTER_LIST
                | AttributeCode::ONLY_TO_CUSTOMER
        )
}

/// Whether a route can have it: others have become part of its destination, its
/// next hop or another attribute.
pub(super) const fn is_kept(code: AttributeCode) -> bool {
    !matches!(
        code,
        AttributeCode::MP_REACH_NLRI
            | AttributeCode::MP_UNREACH_NLRI
            | AttributeCode::AS4_PATH
            | AttributeCode::AS4_AGGREGATOR
    )
}
