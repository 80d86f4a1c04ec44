//! The walk over an UPDATE, a buffer that held another one, and the value tell
//! the same faults, treatment, routes and attributes.
#![no_main]

use bgpwright::{
    types::{AsPath, Family, NextHop},
    wire::{
        AnyNlri, Attribute, AttributeSet, Context, Frame, Nlri, PartialAttributes, RawAttribute,
        Update, UpdateBuffer, UpdateView, Visit,
    },
};
use bgpwright_fuzz::{check_faults, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((context, octets)) = split(input) else {
        return;
    };
    let Ok(Some(frame)) = Frame::first(octets, context.max_message_len) else {
        return;
    };
    let Ok(view) = UpdateView::new(frame) else {
        return;
    };
    let parsed = view.parse(&context);
    check_faults(&parsed.faults, frame);

    let mut buffer = UpdateBuffer::new();
    buffer.read(&UpdateView::of_attributes(&octets[19..]), &context);
    assert_eq!(*buffer.read(&view, &context), parsed);

    let (mut seen, mut faults) = (Seen::default(), Vec::new());
    let treatment = view.walk(&context, &mut seen, &mut faults);
    assert_eq!((treatment, &faults), (parsed.treatment(), &parsed.faults));
    check_routes(&seen, &parsed.value);
    check_attributes(seen, parsed.value, &context);
});

#[derive(Default)]
struct Seen {
    withdrawn: Vec<AnyNlri>,
    announced: Vec<AnyNlri>,
    attributes: AttributeSet,
}

impl<'a> Visit<'a> for Seen {
    fn attribute(&mut self, attribute: Attribute<'a>) {
        let set = &mut self.attributes;
        match attribute {
            Attribute::Origin(of) => set.origin = Some(of),
            Attribute::AsPath(view) => {
                let mut path = AsPath::empty();
                view.segments()
                    .for_each(|of| path.push(of.kind, of.asns.clone()));
                set.as_path = Some(path);
            }
            Attribute::NextHop(addr) => set.next_hop = Some(NextHop::V4(addr)),
            Attribute::Med(of) => set.med = Some(of),
            Attribute::LocalPref(of) => set.local_pref = Some(of),
            Attribute::AtomicAggregate => set.atomic_aggregate = true,
            Attribute::Aggregator(of) => set.aggregator = Some(of),
            Attribute::Communities(all) => set.communities.extend(all),
            Attribute::ExtendedCommunities(all) => set.extended_communities.extend(all),
            Attribute::LargeCommunities(all) => set.large_communities.extend(all),
            Attribute::OnlyToCustomer(of) => set.only_to_customer = Some(of),
            Attribute::OriginatorId(of) => set.originator_id = Some(of),
            Attribute::ClusterList(all) => set.cluster_list.extend(all),
            Attribute::Other(of) => set
                .other
                .insert(RawAttribute {
                    code: of.code,
                    flags: of.flags,
                    value: of.value,
                })
                .expect("it came in a message"),
            _ => {}
        }
    }

    fn withdrawn(&mut self, _: Family, nlri: Nlri) {
        self.withdrawn.push(nlri.into());
    }

    fn announced(&mut self, _: Family, nlri: Nlri) {
        self.announced.push(nlri.into());
    }

    fn withdrawn_other(&mut self, _: Family, nlri: AnyNlri) {
        self.withdrawn.push(nlri);
    }

    fn announced_other(&mut self, _: Family, nlri: AnyNlri) {
        self.announced.push(nlri);
    }
}

fn check_routes(seen: &Seen, value: &Update) {
    let reach = value.mp_reach.iter().flat_map(|of| of.nlri.iter());
    let announced: Vec<AnyNlri> = reach.chain(value.announced.iter()).collect();
    assert_eq!(seen.announced, announced);
    let unreach = value.mp_unreach.iter().flat_map(|of| of.nlri.iter());
    let withdrawn: Vec<AnyNlri> = value.withdrawn.iter().chain(unreach).collect();
    assert_eq!(seen.withdrawn, withdrawn);
}

/// What a two-octet session merges from two attributes is left out, and so is
/// the Partial flag, which a visitor is not told.
fn check_attributes(mut seen: Seen, mut value: Update, context: &Context) {
    value.attributes.partial = PartialAttributes::empty();
    if !context.four_octet_as {
        for set in [&mut seen.attributes, &mut value.attributes] {
            set.as_path = None;
            set.aggregator = None;
        }
    }
    assert_eq!(seen.attributes, value.attributes);
}
