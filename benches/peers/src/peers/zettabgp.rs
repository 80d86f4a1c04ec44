//! zettabgp.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use zettabgp::{
    BgpMessage as _, BgpSessionParams, BgpTransportMode,
    prelude::{
        BgpASitem, BgpAddr, BgpAddrs, BgpAttrItem as Item, BgpAttrOrigin, BgpMessageType,
        BgpUpdateMessage,
    },
};

use crate::{
    bench::{Decode, Encode},
    mrt::Message,
    probes::Answer,
    sum::Sum,
};

/// The decoder and its session.
pub struct Codec(BgpSessionParams);

impl Default for Codec {
    fn default() -> Self {
        let mode = BgpTransportMode::IPv4;
        let mut session = BgpSessionParams::new(0, 180, mode, Ipv4Addr::LOCALHOST, Vec::new());
        session.fuzzy_pathid = false;
        Self(session)
    }
}

impl Codec {
    fn parse(&self, message: &[u8]) -> Option<BgpUpdateMessage> {
        let (BgpMessageType::Update, length) = self.0.decode_message_head(message).ok()? else {
            return None;
        };
        let mut update = BgpUpdateMessage::new();
        let body = message.get(19..)?.get(..length)?;
        update.decode_from(&self.0, body).ok()?;
        Some(update)
    }
}

impl Decode for Codec {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let Some(update) = self.parse(&message.octets) else {
            return false;
        };
        prefixes(&update.withdraws, sum);
        prefixes(&update.updates, sum);
        for attribute in &update.attrs {
            value(attribute, sum);
        }
        true
    }
}

fn prefixes(list: &BgpAddrs, sum: &mut Sum) {
    match list {
        BgpAddrs::IPV4U(list) => {
            for net in list {
                sum.v4(net.prefixlen, net.addr.to_bits());
            }
        }
        BgpAddrs::IPV6U(list) => {
            for net in list {
                sum.v6(net.prefixlen, net.addr.to_bits());
            }
        }
        _ => {}
    }
}

fn value(value: &Item, sum: &mut Sum) {
    match value {
        Item::Origin(origin) => sum.single(match origin.value {
            BgpAttrOrigin::Igp => 0,
            BgpAttrOrigin::Egp => 1,
            BgpAttrOrigin::Incomplete => 2,
        }),
        Item::ASPath(path) => {
            for item in &path.value {
                match item {
                    BgpASitem::Seq(list) => list.value.iter().for_each(|asn| sum.asn(asn.value)),
                    BgpASitem::Set(list) => list.value.iter().for_each(|asn| sum.asn(asn.value)),
                }
            }
        }
        Item::NextHop(next_hop) => sum.next_hop(next_hop.value),
        Item::MED(med) => sum.single(med.value),
        Item::LocalPref(preference) => sum.single(preference.value),
        Item::AtomicAggregate(_) => sum.single(1),
        Item::AggregatorAS(of) => sum.aggregator(of.asn, of.addr),
        Item::CommunityList(list) => list.value.iter().for_each(|of| sum.community(of.value)),
        Item::LargeCommunityList(list) => {
            for large in &list.value {
                sum.community(large.ga);
                sum.community(large.ldp1);
                sum.community(large.ldp2);
            }
        }
        Item::ExtCommunityList(list) => sum.extended(list.value.len()),
        Item::OriginatorID(id) => sum.next_hop(id.value),
        Item::ClusterList(list) => list.value.iter().for_each(|id| sum.next_hop(*id)),
        Item::MPUpdates(reach) => {
            match reach.nexthop {
                BgpAddr::V4(address) => sum.next_hop(IpAddr::V4(address)),
                BgpAddr::V6(address) => sum.next_hop(IpAddr::V6(address)),
                _ => {}
            }
            prefixes(&reach.addrs, sum);
        }
        Item::MPWithdraws(unreach) => prefixes(&unreach.addrs, sum),
        _ => {}
    }
}

/// Messages as values.
pub struct Values {
    session: BgpSessionParams,
    values: Vec<BgpUpdateMessage>,
    buffer: Vec<u8>,
}

impl Values {
    /// Decodes `messages`.
    pub fn new(messages: &[Message]) -> Self {
        let codec = Codec::default();
        let values = messages
            .iter()
            .filter_map(|of| codec.parse(&of.octets))
            .collect();
        Self {
            session: codec.0,
            values,
            buffer: vec![0; 1 << 16],
        }
    }
}

impl Encode for Values {
    fn encode(&mut self, index: usize, _scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        let body = self.values[index].encode_to(&self.session, &mut self.buffer[19..]);
        let Ok(length) = body else { return };
        let kind = BgpMessageType::Update;
        let length = self
            .session
            .prepare_message_buf(&mut self.buffer, kind, length);
        if let Ok(length) = length {
            done(&self.buffer[..length]);
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
