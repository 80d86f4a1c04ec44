//! This repository's codec.

use bgpwright::{
    types::{Family, NextHop, PeerType},
    wire::{
        AttributeSet, Context, Frame, Message as Wire, Nlri, NlriList, Origin, Parsed, Treatment,
        Update,
    },
};
use bytes::Bytes;

use crate::{
    bench::{self, Decode, Encode, Kind::Ours, Row},
    mrt::Message,
    probes::{Answer, Probed},
    sum::Sum,
};

/// Decoders.
pub fn decoders() -> Vec<Row> {
    vec![bench::decode(
        "bgpwright, fresh owned",
        Ours,
        Fresh(Contexts::new()),
    )]
}

/// Encoders of `messages`.
pub fn encoders(messages: &[Message]) -> Vec<Row> {
    vec![bench::encode(
        "bgpwright, from values",
        Ours,
        messages.len(),
        Values::new(messages),
    )]
}

fn context(internal: bool) -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
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

fn parse(message: &[u8], context: &Context) -> Option<Parsed<Update>> {
    let frame = Frame::first(message, context.max_message_len).ok()??;
    let parsed = Wire::decode(frame, context).ok()?;
    let Wire::Update(value) = parsed.value else {
        return None;
    };
    let faults = parsed.faults;
    Some(Parsed { value, faults })
}

/// A value of its own for each message.
struct Fresh(Contexts);

impl Decode for Fresh {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let Some(parsed) = parse(&message.octets, self.0.of(message)) else {
            return false;
        };
        walk(&parsed.value, sum);
        parsed.treatment().is_none()
    }
}

fn walk(update: &Update, sum: &mut Sum) {
    prefixes(&update.withdrawn, sum);
    prefixes(&update.announced, sum);
    if let Some(reach) = &update.mp_reach {
        if let Some(next_hop) = reach.next_hop {
            sum.next_hop(next_hop.addr());
        }
        list(&reach.nlri, sum);
    }
    if let Some(unreach) = &update.mp_unreach {
        list(&unreach.nlri, sum);
    }
    attributes(&update.attributes, sum);
}

fn list(list: &NlriList, sum: &mut Sum) {
    if let NlriList::Prefixes(list) = list {
        prefixes(list, sum);
    }
}

fn prefixes(list: &[Nlri], sum: &mut Sum) {
    for nlri in list {
        match nlri.prefix.addr() {
            std::net::IpAddr::V4(address) => sum.v4(nlri.prefix.length(), address.to_bits()),
            std::net::IpAddr::V6(address) => sum.v6(nlri.prefix.length(), address.to_bits()),
        }
    }
}

fn attributes(set: &AttributeSet, sum: &mut Sum) {
    match set.origin {
        None | Some(Origin::Igp) => {}
        Some(Origin::Egp) => sum.single(1),
        Some(_) => sum.single(2),
    }
    for segment in set.as_path.iter().flat_map(|path| &path.segments) {
        segment.asns.iter().for_each(|asn| sum.asn(asn.0));
    }
    if let Some(next_hop) = set.next_hop.map(NextHop::addr) {
        sum.next_hop(next_hop);
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
    for raw in &set.other {
        match raw.code.0 {
            16 => sum.extended(raw.value.len() / 8),
            32 => raw.value.as_chunks().0.iter().for_each(|word| {
                sum.community(u32::from_be_bytes(*word));
            }),
            _ => {}
        }
    }
}

/// Messages as values.
struct Values {
    values: Vec<Wire>,
    context: Context,
}

impl Values {
    fn new(messages: &[Message]) -> Self {
        let contexts = Contexts::new();
        let read = |message: &Message| {
            Some(Wire::Update(
                parse(&message.octets, contexts.of(message))?.value,
            ))
        };
        let values = messages.iter().filter_map(read).collect();
        let internal = messages.first().is_some_and(|message| message.internal);
        let context = context(internal);
        Self { values, context }
    }
}

impl Encode for Values {
    fn encode(&mut self, index: usize, scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        if self.values[index].encode(&self.context, scratch).is_ok() {
            done(scratch);
        }
    }
}

/// The name and the answers to probes, on a session with extended messages.
pub const PROBED: &[Probed] = &[("bgpwright", probe)];

fn probe(message: &Bytes) -> Answer {
    let mut context = context(false);
    context.max_message_len = usize::from(u16::MAX);
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
