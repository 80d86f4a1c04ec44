//! rustbgpd-wire.

use bytes::{Buf, Bytes};
use rustbgpd_wire::{
    AsPathSegment, Ipv4NlriEntry, Ipv4UnicastMode, NlriEntry, ParsedUpdate, PathAttribute as Value,
    Prefix, UpdateMessage,
    header::{BgpHeader, MessageType},
};

use crate::{
    bench::{Decode, Encode},
    mrt::Message,
    probes::Answer,
    sum::Sum,
};

/// `parse`: the first malformed attribute refuses the message.
pub struct Strict;

/// `parse_revised`: RFC 7606.
pub struct Revised;

fn body(message: &Bytes) -> Option<UpdateMessage> {
    let mut message = message.clone();
    let header = BgpHeader::decode(&mut message, u16::MAX).ok()?;
    if header.message_type != MessageType::Update {
        return None;
    }
    let length = message.remaining();
    UpdateMessage::decode(&mut message, length).ok()
}

impl Decode for Strict {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let parsed = body(&message.octets).and_then(|update| update.parse(true, false, &[]).ok());
        let Some(update) = parsed else { return false };
        walk(&update, sum);
        true
    }
}

impl Decode for Revised {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let parsed = body(&message.octets).and_then(|update| {
            update
                .parse_revised(true, message.internal, false, &[])
                .ok()
        });
        let Some(revised) = parsed else { return false };
        walk(&revised.update, sum);
        true
    }
}

fn walk(update: &ParsedUpdate, sum: &mut Sum) {
    classic(&update.withdrawn, sum);
    classic(&update.announced, sum);
    for attribute in &update.attributes {
        value(attribute, sum);
    }
}

fn classic(list: &[Ipv4NlriEntry], sum: &mut Sum) {
    for entry in list {
        sum.v4(entry.prefix.len, entry.prefix.addr.to_bits());
    }
}

fn prefixes(list: &[NlriEntry], sum: &mut Sum) {
    for entry in list {
        match entry.prefix {
            Prefix::V4(net) => sum.v4(net.len, net.addr.to_bits()),
            Prefix::V6(net) => sum.v6(net.len, net.addr.to_bits()),
        }
    }
}

fn value(value: &Value, sum: &mut Sum) {
    match value {
        Value::Origin(origin) => sum.single(*origin as u32),
        Value::AsPath(path) => {
            for segment in &path.segments {
                let (AsPathSegment::AsSequence(list) | AsPathSegment::AsSet(list)) = segment;
                list.iter().for_each(|asn| sum.asn(*asn));
            }
        }
        Value::NextHop(address) => sum.single(address.to_bits()),
        Value::Med(value) | Value::LocalPref(value) => sum.single(*value),
        Value::AtomicAggregate => sum.single(1),
        Value::Aggregator(of) => sum.aggregator(of.asn, of.router_id),
        Value::Communities(list) | Value::CommunitiesPartial(list) => {
            list.iter().for_each(|of| sum.community(*of));
        }
        Value::LargeCommunities(list) | Value::LargeCommunitiesPartial(list) => {
            for large in list {
                sum.community(large.global_admin);
                sum.community(large.local_data1);
                sum.community(large.local_data2);
            }
        }
        Value::ExtendedCommunities(list) | Value::ExtendedCommunitiesPartial(list) => {
            sum.extended(list.len());
        }
        Value::OriginatorId(id) => sum.single(id.to_bits()),
        Value::ClusterList(list) => list.iter().for_each(|id| sum.single(id.to_bits())),
        Value::MpReachNlri(reach) => {
            sum.next_hop(reach.next_hop);
            prefixes(&reach.announced, sum);
        }
        Value::MpUnreachNlri(unreach) => prefixes(&unreach.withdrawn, sum),
        _ => {}
    }
}

/// Messages as values.
pub struct Values(Vec<ParsedUpdate>);

impl Values {
    /// Decodes `messages`.
    pub fn new(messages: &[Message]) -> Self {
        let read = |message: &Message| body(&message.octets)?.parse(true, false, &[]).ok();
        Self(messages.iter().filter_map(read).collect())
    }
}

impl Encode for Values {
    fn encode(&mut self, index: usize, scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        let value = &self.0[index];
        let update = UpdateMessage::build(
            &value.announced,
            &value.withdrawn,
            &value.attributes,
            true,
            false,
            Ipv4UnicastMode::Body,
        );
        if update.encode_with_limit(scratch, u16::MAX).is_ok() {
            done(scratch);
        }
    }
}

/// The answer of `parse` to a probe.
pub fn probe_strict(message: &Bytes) -> Answer {
    let parsed = body(message).and_then(|update| update.parse(true, false, &[]).ok());
    let Some(update) = parsed else {
        return Answer::Refused;
    };
    let mut sum = Sum::default();
    walk(&update, &mut sum);
    Answer::Prefixes(sum.prefixes, "")
}

/// The answer of `parse_revised` to a probe.
pub fn probe_revised(message: &Bytes) -> Answer {
    let parsed =
        body(message).and_then(|update| update.parse_revised(true, false, false, &[]).ok());
    let Some(revised) = parsed else {
        return Answer::Refused;
    };
    let mut sum = Sum::default();
    walk(&revised.update, &mut sum);
    let strongest = revised.malformed.iter().map(|of| of.disposition).max();
    Answer::Prefixes(
        sum.prefixes,
        match strongest {
            None => "",
            Some(rustbgpd_wire::ErrorDisposition::AttributeDiscard) => ", discard",
            Some(rustbgpd_wire::ErrorDisposition::TreatAsWithdraw) => ", withdraw",
            Some(_) => ", reset",
        },
    )
}
