//! netgauze-bgp-pkt.

use bytes::Bytes;
use netgauze_bgp_pkt::{
    BgpMessage,
    path_attribute::{Aggregator, AsPath, MpReach, MpUnreach, Origin, PathAttributeValue as Value},
    update::BgpUpdateMessage,
    wire::deserializer::BgpParsingContext,
};
use netgauze_parse_utils::{WritablePdu, reader::SliceReader, traits::ParseFromWithOneInput};

use crate::{
    bench::{Decode, Encode},
    mrt::Message,
    probes::Answer,
    sum::Sum,
};

/// The decoder and its session.
pub struct Codec(BgpParsingContext);

impl Default for Codec {
    fn default() -> Self {
        let mut context = BgpParsingContext::asn2_default();
        context.set_asn4(true);
        Self(context)
    }
}

impl Codec {
    fn parse(&mut self, message: &[u8]) -> Option<BgpUpdateMessage> {
        let mut reader = SliceReader::new(message);
        match BgpMessage::parse(&mut reader, &mut self.0) {
            Ok(BgpMessage::Update(update)) => Some(update),
            _ => None,
        }
    }
}

impl Decode for Codec {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let Some(update) = self.parse(&message.octets) else {
            return false;
        };
        walk(&update, sum);
        true
    }
}

fn walk(update: &BgpUpdateMessage, sum: &mut Sum) {
    for entry in update.withdraw_routes().iter().chain(update.nlri()) {
        let net = entry.network().address();
        sum.v4(net.prefix_len(), net.addr().to_bits());
    }
    for attribute in update.path_attributes() {
        value(attribute.value(), sum);
    }
}

fn value(value: &Value, sum: &mut Sum) {
    match value {
        Value::Origin(origin) => sum.single(match origin {
            Origin::IGP => 0,
            Origin::EGP => 1,
            Origin::Incomplete => 2,
        }),
        Value::AsPath(AsPath::As4PathSegments(segments)) => {
            for segment in segments {
                segment.as_numbers().iter().for_each(|asn| sum.asn(*asn));
            }
        }
        Value::AsPath(AsPath::As2PathSegments(segments)) => {
            for segment in segments {
                for asn in segment.as_numbers() {
                    sum.asn(u32::from(*asn));
                }
            }
        }
        Value::NextHop(next_hop) => sum.single(next_hop.next_hop().to_bits()),
        Value::MultiExitDiscriminator(med) => sum.single(med.metric()),
        Value::LocalPreference(preference) => sum.single(preference.metric()),
        Value::AtomicAggregate(_) => sum.single(1),
        Value::Aggregator(Aggregator::As4Aggregator(of)) => {
            sum.aggregator(*of.asn(), of.origin());
        }
        Value::Aggregator(Aggregator::As2Aggregator(of)) => {
            sum.aggregator(u32::from(*of.asn()), of.origin());
        }
        Value::Communities(list) => {
            for community in list.communities() {
                sum.community(community.value());
            }
        }
        Value::LargeCommunities(list) => {
            for large in list.communities() {
                sum.community(large.global_admin());
                sum.community(large.local_data1());
                sum.community(large.local_data2());
            }
        }
        Value::ExtendedCommunities(list) => sum.extended(list.communities().len()),
        Value::Originator(id) => sum.single(id.id().to_bits()),
        Value::ClusterList(list) => {
            for id in list.cluster_list() {
                sum.single(id.id().to_bits());
            }
        }
        Value::MpReach(reach) => mp_reach(reach, sum),
        Value::MpUnreach(unreach) => mp_unreach(unreach, sum),
        _ => {}
    }
}

fn mp_reach(reach: &MpReach, sum: &mut Sum) {
    match reach {
        MpReach::Ipv4Unicast { next_hop, nlri, .. } => {
            sum.next_hop(*next_hop);
            for entry in nlri {
                let net = entry.network().address();
                sum.v4(net.prefix_len(), net.addr().to_bits());
            }
        }
        MpReach::Ipv6Unicast {
            next_hop_global,
            nlri,
            ..
        } => {
            sum.next_hop((*next_hop_global).into());
            for entry in nlri {
                let net = entry.network().address();
                sum.v6(net.prefix_len(), net.addr().to_bits());
            }
        }
        _ => {}
    }
}

fn mp_unreach(unreach: &MpUnreach, sum: &mut Sum) {
    match unreach {
        MpUnreach::Ipv4Unicast { nlri } => {
            for entry in nlri {
                let net = entry.network().address();
                sum.v4(net.prefix_len(), net.addr().to_bits());
            }
        }
        MpUnreach::Ipv6Unicast { nlri } => {
            for entry in nlri {
                let net = entry.network().address();
                sum.v6(net.prefix_len(), net.addr().to_bits());
            }
        }
        _ => {}
    }
}

/// Messages as values.
pub struct Values(Vec<BgpMessage>);

impl Values {
    /// Decodes `messages`.
    pub fn new(messages: &[Message]) -> Self {
        let mut codec = Codec::default();
        let read = |message: &Message| codec.parse(&message.octets).map(BgpMessage::Update);
        Self(messages.iter().filter_map(read).collect())
    }
}

impl Encode for Values {
    fn encode(&mut self, index: usize, scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        if self.0[index].write(scratch).is_ok() {
            done(scratch);
        }
    }
}

/// The answer to a probe.
pub fn probe(message: &Bytes) -> Answer {
    let mut sum = Sum::default();
    let message = Message {
        octets: message.clone(),
        internal: false,
    };
    if Codec::default().decode(&message, &mut sum) {
        Answer::Prefixes(sum.prefixes, "")
    } else {
        Answer::Refused
    }
}
