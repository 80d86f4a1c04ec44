//! bgpkit-parser.

use bgpkit_parser::{
    models::{
        AsPathSegment, AsnLength, AttributeValue as Value, BgpMessage, BgpUpdateMessage, Community,
        NetworkPrefix, NextHopAddress, Nlri, Origin,
    },
    parser::bgp::messages::parse_bgp_message,
};
use bytes::Bytes;
use ipnet::IpNet;

use crate::{
    bench::{Decode, Encode},
    mrt::Message,
    probes::Answer,
    sum::Sum,
};

/// The decoder.
pub struct Codec;

fn parse(message: &Bytes) -> Option<BgpUpdateMessage> {
    match parse_bgp_message(&mut message.clone(), false, &AsnLength::Bits32) {
        Ok(BgpMessage::Update(update)) => Some(update),
        _ => None,
    }
}

impl Decode for Codec {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let Some(update) = parse(&message.octets) else {
            return false;
        };
        walk(&update, sum);
        true
    }
}

fn walk(update: &BgpUpdateMessage, sum: &mut Sum) {
    prefixes(&update.withdrawn_prefixes, sum);
    prefixes(&update.announced_prefixes, sum);
    for attribute in &update.attributes {
        value(attribute, sum);
    }
}

fn prefixes(list: &[NetworkPrefix], sum: &mut Sum) {
    for entry in list {
        match entry.prefix {
            IpNet::V4(net) => sum.v4(net.prefix_len(), net.addr().to_bits()),
            IpNet::V6(net) => sum.v6(net.prefix_len(), net.addr().to_bits()),
        }
    }
}

fn value(value: &Value, sum: &mut Sum) {
    match value {
        Value::Origin(origin) => sum.single(match origin {
            Origin::IGP => 0,
            Origin::EGP => 1,
            Origin::INCOMPLETE => 2,
        }),
        Value::AsPath(path) => {
            for segment in &path.segments {
                let (AsPathSegment::AsSequence(list)
                | AsPathSegment::AsSet(list)
                | AsPathSegment::ConfedSequence(list)
                | AsPathSegment::ConfedSet(list)) = segment;
                list.iter().for_each(|asn| sum.asn(asn.to_u32()));
            }
        }
        Value::NextHop(address) => sum.next_hop(*address),
        Value::MultiExitDiscriminator(value) | Value::LocalPreference(value) => sum.single(*value),
        Value::AtomicAggregate => sum.single(1),
        Value::Aggregator { asn, id } => sum.aggregator(asn.to_u32(), *id),
        Value::Communities(list) => {
            for community in list {
                sum.community(match community {
                    Community::NoExport => 0xffff_ff01,
                    Community::NoAdvertise => 0xffff_ff02,
                    Community::NoExportSubConfed => 0xffff_ff03,
                    Community::Custom(asn, value) => asn.to_u32() << 16 | u32::from(*value),
                });
            }
        }
        Value::LargeCommunities(list) => {
            for large in list {
                sum.community(large.global_admin);
                sum.community(large.local_data[0]);
                sum.community(large.local_data[1]);
            }
        }
        Value::ExtendedCommunities(list) => sum.extended(list.len()),
        Value::OriginatorId(id) => sum.single(id.to_bits()),
        Value::Clusters(list) => list.iter().for_each(|id| sum.single(*id)),
        Value::MpReachNlri(nlri) | Value::MpUnreachNlri(nlri) => mp(nlri, sum),
        _ => {}
    }
}

fn mp(nlri: &Nlri, sum: &mut Sum) {
    match nlri.next_hop {
        Some(NextHopAddress::Ipv4(address)) => sum.next_hop(address.into()),
        Some(NextHopAddress::Ipv6(address) | NextHopAddress::Ipv6LinkLocal(address, _)) => {
            sum.next_hop(address.into());
        }
        _ => {}
    }
    prefixes(&nlri.prefixes, sum);
}

/// Messages as values.
pub struct Values(Vec<BgpMessage>);

impl Values {
    /// Decodes `messages`.
    pub fn new(messages: &[Message]) -> Self {
        let read = |message: &Message| parse(&message.octets).map(BgpMessage::Update);
        Self(messages.iter().filter_map(read).collect())
    }
}

impl Encode for Values {
    fn encode(&mut self, index: usize, _scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        if let Ok(octets) = self.0[index].encode(AsnLength::Bits32) {
            done(&octets);
        }
    }
}

/// The answer to a probe.
pub fn probe(message: &Bytes) -> Answer {
    let Some(update) = parse(message) else {
        return Answer::Refused;
    };
    let mut sum = Sum::default();
    walk(&update, &mut sum);
    let note = if update.attributes.has_validation_warnings() {
        " + warning"
    } else {
        ""
    };
    Answer::Prefixes(sum.prefixes, note)
}
