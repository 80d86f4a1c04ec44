//! This repository's codec, by each of its ways.

use bgpwright::{
    types::{Family, LargeCommunity, PeerType},
    wire::{
        Attribute, AttributeBlock, AttributeSet, Context, Fault, Frame, Message as Wire, Nlri,
        NlriList, Parsed, Prefixes, Treatment, Update, UpdateBuffer, UpdateView, Visit,
    },
};
use bytes::Bytes;

use crate::{
    bench::{self, Decode, Encode, Kind::Ours, Row},
    mrt::Message,
    probes::{Answer, Probed},
    sum::Sum,
};

/// Decoders; each counts a message with a fault as refused, so that the
/// verdict of RFC 7606 is part of what is measured.
pub fn decoders() -> Vec<Row> {
    vec![
        bench::decode("bgpwright, view", Ours, View::new()),
        bench::decode("bgpwright, owned, reused buffers", Ours, Reused::new()),
        bench::decode("bgpwright, fresh owned", Ours, Fresh(Contexts::new())),
    ]
}

/// Encoders of `messages`.
pub fn encoders(messages: &[Message]) -> Vec<Row> {
    let count = messages.len();
    vec![
        bench::encode("bgpwright, from values", Ours, count, Values::new(messages)),
        bench::encode(
            "bgpwright, attribute block cached",
            Ours,
            count,
            Blocks::new(messages),
        ),
    ]
}

fn context(internal: bool) -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
    // As the peers: one of the real messages is over 4096.
    context.max_message_len = usize::from(u16::MAX);
    context.families = vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    if internal {
        context.peer_type = PeerType::Internal;
    }
    context
}

/// By kind of session.
struct Contexts {
    external: Context,
    internal: Context,
}

impl Contexts {
    fn new() -> Self {
        Self {
            external: context(false),
            internal: context(true),
        }
    }

    fn of(&self, message: &Message) -> &Context {
        if message.internal {
            &self.internal
        } else {
            &self.external
        }
    }
}

fn view<'a>(message: &'a [u8], context: &Context) -> Option<UpdateView<'a>> {
    let frame = Frame::first(message, context.max_message_len).ok()??;
    UpdateView::new(frame).ok()
}

/// Walks the octets where they lie.
struct View {
    contexts: Contexts,
    faults: Vec<Fault>,
}

impl View {
    fn new() -> Self {
        Self {
            contexts: Contexts::new(),
            faults: Vec::new(),
        }
    }
}

impl Decode for View {
    #[inline]
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let context = self.contexts.of(message);
        let Some(view) = view(&message.octets, context) else {
            return false;
        };
        let treatment = view.walk(context, &mut Adder(sum), &mut self.faults);
        treatment.is_none()
    }
}

struct Adder<'s>(&'s mut Sum);

impl<'a> Visit<'a> for Adder<'_> {
    #[inline(always)]
    fn attribute(&mut self, attribute: Attribute<'a>) {
        let sum = &mut *self.0;
        match attribute {
            Attribute::Origin(origin) => sum.single(origin as u32),
            Attribute::AsPath(path) => path.asns().for_each(|asn| sum.asn(asn.0)),
            Attribute::NextHop(addr) => sum.single(addr.to_bits()),
            Attribute::Med(value) | Attribute::LocalPref(value) => sum.single(value),
            Attribute::AtomicAggregate => sum.single(1),
            Attribute::Aggregator(of) => sum.aggregator(of.asn.0, of.router_id),
            Attribute::Communities(list) => list.for_each(|of| sum.community(of.0)),
            Attribute::OriginatorId(id) => sum.single(id.0),
            Attribute::ClusterList(list) => list.for_each(|id| sum.single(id.0)),
            Attribute::MpReach(reach) => {
                if let Some(next_hop) = reach.next_hop {
                    sum.next_hop(next_hop.addr());
                }
            }
            Attribute::ExtendedCommunities(list) => sum.extended(list.len()),
            Attribute::LargeCommunities(list) => list.for_each(|of| large(of, sum)),
            _ => {}
        }
    }

    #[inline]
    fn withdrawn(&mut self, _: Family, nlri: Nlri) {
        prefix(nlri, self.0);
    }

    #[inline]
    fn announced(&mut self, _: Family, nlri: Nlri) {
        prefix(nlri, self.0);
    }
}

#[inline]
fn prefix(nlri: Nlri, sum: &mut Sum) {
    match nlri.prefix.addr() {
        std::net::IpAddr::V4(address) => sum.v4(nlri.prefix.length(), address.to_bits()),
        std::net::IpAddr::V6(address) => sum.v6(nlri.prefix.length(), address.to_bits()),
    }
}

#[inline]
fn large(of: LargeCommunity, sum: &mut Sum) {
    sum.community(of.global);
    sum.community(of.local1);
    sum.community(of.local2);
}

/// Reads each message into the same value.
struct Reused {
    contexts: Contexts,
    buffer: UpdateBuffer,
}

impl Reused {
    fn new() -> Self {
        Self {
            contexts: Contexts::new(),
            buffer: UpdateBuffer::new(),
        }
    }
}

impl Decode for Reused {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let context = self.contexts.of(message);
        let Some(view) = view(&message.octets, context) else {
            return false;
        };
        let parsed = self.buffer.read(&view, context);
        walk(&parsed.value, sum);
        parsed.faults.is_empty()
    }
}

fn parse(message: &[u8], context: &Context) -> Option<Parsed<Update>> {
    view(message, context).map(|view| view.parse(context))
}

/// A value of its own for each message.
struct Fresh(Contexts);

impl Decode for Fresh {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let context = self.0.of(message);
        let Some(view) = view(&message.octets, context) else {
            return false;
        };
        let parsed = view.parse(context);
        walk(&parsed.value, sum);
        parsed.faults.is_empty()
    }
}

fn walk(update: &Update, sum: &mut Sum) {
    prefixes(update.withdrawn.prefixes(), sum);
    prefixes(update.announced.prefixes(), sum);
    if let Some(reach) = &update.mp_reach {
        if let Some(next_hop) = reach.next_hop {
            sum.next_hop(next_hop.addr());
        }
        prefixes(reach.nlri.prefixes(), sum);
    }
    if let Some(unreach) = &update.mp_unreach {
        prefixes(unreach.nlri.prefixes(), sum);
    }
    attributes(&update.attributes, sum);
}

fn prefixes(list: Prefixes<'_>, sum: &mut Sum) {
    list.for_each(|nlri| prefix(nlri, sum));
}

fn attributes(set: &AttributeSet, sum: &mut Sum) {
    if let Some(origin) = set.origin {
        sum.single(origin as u32);
    }
    if let Some(path) = &set.as_path {
        path.asns().for_each(|asn| sum.asn(asn.0));
    }
    if let Some(next_hop) = set.next_hop {
        sum.next_hop(next_hop.addr());
    }
    for value in [set.med, set.local_pref].into_iter().flatten() {
        sum.single(value);
    }
    if set.atomic_aggregate {
        sum.single(1);
    }
    if let Some(of) = set.aggregator {
        sum.aggregator(of.asn.0, of.router_id);
    }
    set.communities.iter().for_each(|of| sum.community(of.0));
    if let Some(id) = set.originator_id {
        sum.single(id.0);
    }
    set.cluster_list.iter().for_each(|id| sum.single(id.0));
    sum.extended(set.extended_communities.len());
    for of in &set.large_communities {
        large(*of, sum);
    }
}

/// Messages as values.
struct Values {
    values: Vec<Wire>,
    context: Context,
}

impl Values {
    fn new(messages: &[Message]) -> Self {
        let context = session(messages);
        let values = updates(messages, &context).map(Wire::Update).collect();
        Self { values, context }
    }
}

/// The session that a generated workload came by.
fn session(messages: &[Message]) -> Context {
    context(messages.first().is_some_and(|message| message.internal))
}

fn updates(messages: &[Message], context: &Context) -> impl Iterator<Item = Update> {
    messages
        .iter()
        .filter_map(|message| parse(&message.octets, context))
        .map(|parsed| parsed.value)
}

impl Encode for Values {
    fn encode(&mut self, index: usize, scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        if self.values[index].encode(&self.context, scratch).is_ok() {
            done(scratch);
        }
    }
}

/// Attributes as octets made once, routes as values.
struct Blocks {
    values: Vec<(AttributeBlock, NlriList)>,
    context: Context,
}

impl Blocks {
    fn new(messages: &[Message]) -> Self {
        let context = session(messages);
        let values = updates(messages, &context)
            .filter_map(|update| {
                let mut set = update.attributes;
                let mut list = update.announced;
                if let Some(reach) = update.mp_reach {
                    set.next_hop = reach.next_hop;
                    list = reach.nlri;
                }
                let block = AttributeBlock::new(&set, list.family(), &context).ok()?;
                Some((block, list))
            })
            .collect();
        Self { values, context }
    }
}

impl Encode for Blocks {
    fn encode(&mut self, index: usize, scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        let (block, list) = &self.values[index];
        if block.encode(list, &self.context, scratch).is_ok() {
            done(scratch);
        }
    }
}

/// The name and the answers to probes, on a session with extended messages.
pub const PROBED: &[Probed] = &[("bgpwright", probe)];

fn probe(message: &Bytes) -> Answer {
    let context = context(false);
    let Some(parsed) = parse(message, &context) else {
        return Answer::Refused;
    };
    let mut sum = Sum::default();
    walk(&parsed.value, &mut sum);
    Answer::Prefixes(
        sum.prefixes,
        match parsed.treatment() {
            None => "",
            Some(Treatment::IgnorePrefix) => ", ignore one",
            Some(Treatment::AttributeDiscard) => ", discard",
            Some(Treatment::TreatAsWithdraw) => ", withdraw",
            Some(Treatment::DisableFamily) => ", disable the family",
            Some(Treatment::SessionReset) => ", reset",
        },
    )
}
