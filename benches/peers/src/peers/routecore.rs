//! routecore.

use bytes::Bytes;
use inetnum::addr::Prefix;
use routecore::bgp::{
    aspath::AsPath,
    message::{SessionConfig, UpdateMessage, update_builder::UpdateBuilder},
    nlri::{
        afisafi::{AfiSafiNlri, Ipv4UnicastNlri, Ipv6UnicastNlri, IsPrefix, Nlri, NlriCompose},
        nexthop::NextHop,
    },
    path_attributes::{PaMap, WireformatPathAttribute as Wire},
    types::{AfiSafiType, ConventionalNextHop, OriginType},
};

use crate::{
    bench::{Decode, Encode},
    mrt::Message,
    probes::Answer,
    sum::Sum,
};

type Update<'a> = UpdateMessage<&'a [u8]>;

/// By the iterator over attributes: each is read once.
pub struct Iterated(SessionConfig);

/// By the accessors, as its documentation shows: each searches anew.
pub struct Accessed(SessionConfig);

impl Default for Iterated {
    fn default() -> Self {
        Self(SessionConfig::modern())
    }
}

impl Default for Accessed {
    fn default() -> Self {
        Self(SessionConfig::modern())
    }
}

impl Decode for Iterated {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let update = UpdateMessage::from_octets(&message.octets[..], &self.0);
        update.is_ok_and(|update| iterate(&update, sum).is_some())
    }
}

impl Decode for Accessed {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        let update = UpdateMessage::from_octets(&message.octets[..], &self.0);
        update.is_ok_and(|update| access(&update, sum).is_some())
    }
}

fn prefix(prefix: Prefix, sum: &mut Sum) {
    match prefix.addr() {
        std::net::IpAddr::V4(address) => sum.v4(prefix.len(), address.to_bits()),
        std::net::IpAddr::V6(address) => sum.v6(prefix.len(), address.to_bits()),
    }
}

fn iterate(update: &Update<'_>, sum: &mut Sum) -> Option<()> {
    if update.withdrawn_routes_len() > 0 {
        for nlri in update.typed_withdrawals::<_, Ipv4UnicastNlri>().ok()?? {
            prefix(nlri.ok()?.prefix(), sum);
        }
    }
    if update.has_conventional_nlri() {
        for nlri in update.typed_announcements::<_, Ipv4UnicastNlri>().ok()?? {
            prefix(nlri.ok()?.prefix(), sum);
        }
    }
    for attribute in update.path_attributes().ok()? {
        value(update, &attribute.ok()?, sum)?;
    }
    Some(())
}

fn value(update: &Update<'_>, value: &Wire<'_, &[u8]>, sum: &mut Sum) -> Option<()> {
    match value {
        Wire::Origin(of) => sum.single(u32::from(of.value_into_parser().parse_u8().ok()?)),
        Wire::AsPath(of) => {
            let mut parser = of.value_into_parser();
            let octets = parser.parse_octets(parser.remaining()).ok()?;
            let path = AsPath::new(octets, of.pdu_parse_info().four_octet_enabled()).ok()?;
            for segment in path.segments() {
                segment.asns().for_each(|asn| sum.asn(asn.into_u32()));
            }
        }
        Wire::ConventionalNextHop(of)
        | Wire::MultiExitDisc(of)
        | Wire::LocalPref(of)
        | Wire::OriginatorId(of) => sum.single(of.value_into_parser().parse_u32_be().ok()?),
        Wire::AtomicAggregate(_) => sum.single(1),
        Wire::Aggregator(of) => {
            let mut parser = of.value_into_parser();
            sum.single(parser.parse_u32_be().ok()?);
            sum.single(parser.parse_u32_be().ok()?);
        }
        Wire::StandardCommunities(of) | Wire::LargeCommunities(of) => {
            let mut parser = of.value_into_parser();
            while parser.remaining() > 0 {
                sum.community(parser.parse_u32_be().ok()?);
            }
        }
        Wire::ExtendedCommunities(of) => sum.extended(of.value_into_parser().remaining() / 8),
        Wire::ClusterList(of) => {
            let mut parser = of.value_into_parser();
            while parser.remaining() > 0 {
                sum.single(parser.parse_u32_be().ok()?);
            }
        }
        Wire::MpReachNlri(of) => {
            let mut parser = of.value_into_parser();
            let family = (parser.parse_u16_be().ok()?, parser.parse_u8().ok()?);
            let family = AfiSafiType::from(family);
            next_hop(NextHop::parse(&mut parser, family).ok()?, sum);
            mp(update.mp_announcements().ok()??, sum)?;
        }
        Wire::Unimplemented(of) if of.type_code() == 15 => mp(update.mp_withdrawals().ok()??, sum)?,
        Wire::Invalid(..) => return None,
        _ => {}
    }
    Some(())
}

fn mp<'a, E>(list: impl Iterator<Item = Result<Nlri<&'a [u8]>, E>>, sum: &mut Sum) -> Option<()> {
    for nlri in list {
        match nlri.ok()? {
            Nlri::Ipv4Unicast(of) => prefix(of.prefix(), sum),
            Nlri::Ipv6Unicast(of) => prefix(of.prefix(), sum),
            _ => {}
        }
    }
    Some(())
}

fn next_hop(next_hop: NextHop, sum: &mut Sum) {
    match next_hop {
        NextHop::Unicast(address) => sum.next_hop(address),
        NextHop::Ipv6LL { global, .. } => sum.next_hop(global.into()),
        _ => {}
    }
}

fn access(update: &Update<'_>, sum: &mut Sum) -> Option<()> {
    mp(update.withdrawals().ok()?, sum)?;
    mp(update.announcements().ok()?, sum)?;
    if let Some(origin) = update.origin().ok()? {
        sum.single(match origin {
            OriginType::Igp => 0,
            OriginType::Egp => 1,
            OriginType::Incomplete => 2,
            OriginType::Unimplemented(_) => return None,
        });
    }
    if let Some(path) = update.aspath().ok()? {
        for segment in path.segments() {
            segment.asns().for_each(|asn| sum.asn(asn.into_u32()));
        }
    }
    for of in [update.conventional_next_hop(), update.mp_next_hop()] {
        if let Some(of) = of.ok()? {
            next_hop(of, sum);
        }
    }
    if let Some(med) = update.multi_exit_disc().ok()? {
        sum.single(med.0);
    }
    if let Some(preference) = update.local_pref().ok()? {
        sum.single(preference.0);
    }
    if update.is_atomic_aggregate().ok()? {
        sum.single(1);
    }
    if let Some(of) = update.aggregator().ok()? {
        sum.aggregator(of.asn().into_u32(), of.address());
    }
    for community in update.communities().ok()?.into_iter().flatten() {
        sum.community(u32::from_be_bytes(community.to_raw()));
    }
    for large in update.large_communities().ok()?.into_iter().flatten() {
        sum.community(large.global());
        sum.community(large.local1());
        sum.community(large.local2());
    }
    let extended = update.ext_communities().ok()?;
    sum.extended(extended.into_iter().flatten().count());
    // ORIGINATOR_ID and CLUSTER_LIST have no accessor.
    for attribute in update.path_attributes().ok()? {
        let attribute = attribute.ok()?;
        if matches!(attribute, Wire::OriginatorId(_) | Wire::ClusterList(_)) {
            value(update, &attribute, sum)?;
        }
    }
    Some(())
}

/// Messages as values: attributes, next hop, prefixes.
pub struct Values {
    session: SessionConfig,
    values: Vec<(PaMap, NextHop, List)>,
}

enum List {
    V4(Vec<Ipv4UnicastNlri>),
    V6(Vec<Ipv6UnicastNlri>),
}

impl Values {
    /// Decodes `messages`.
    pub fn new(messages: &[Message]) -> Self {
        let session = SessionConfig::modern();
        let values = messages
            .iter()
            .filter_map(|message| own(&message.octets, &session))
            .collect();
        Self { session, values }
    }
}

/// The builder puts every family into MP_REACH_NLRI, so NEXT_HOP moves there.
fn own(message: &Bytes, session: &SessionConfig) -> Option<(PaMap, NextHop, List)> {
    let update = UpdateMessage::from_octets(&message[..], session).ok()?;
    let mut attributes = PaMap::from_update_pdu(&update).ok()?;
    attributes.attributes_mut().remove(&14);
    let mp = update.mp_next_hop().ok()?;
    let classic = attributes.remove::<ConventionalNextHop>();
    let list = if mp.is_none() {
        let list = update.typed_announcements::<_, Ipv4UnicastNlri>().ok()??;
        List::V4(list.collect::<Result<_, _>>().ok()?)
    } else {
        let list = update.typed_announcements::<_, Ipv6UnicastNlri>().ok()??;
        List::V6(list.collect::<Result<_, _>>().ok()?)
    };
    let next_hop = mp.or_else(|| classic.map(|of| NextHop::Unicast(of.0.into())))?;
    Some((attributes, next_hop, list))
}

fn build<A: AfiSafiNlri + NlriCompose + Clone>(
    attributes: &PaMap,
    next_hop: NextHop,
    list: &[A],
    session: &SessionConfig,
    done: &mut impl FnMut(&[u8]),
) -> Option<()> {
    let mut builder = UpdateBuilder::<Vec<u8>, A>::from_attributes_builder(attributes.clone());
    builder.announcements_from_iter(list.iter().cloned()).ok()?;
    builder.set_mp_nexthop(next_hop).ok()?;
    let message = builder.into_message(session).ok()?;
    done(message.octets());
    Some(())
}

impl Encode for Values {
    fn encode(&mut self, index: usize, _scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        let (attributes, next_hop, list) = &self.values[index];
        match list {
            List::V4(list) => build(attributes, *next_hop, list, &self.session, done),
            List::V6(list) => build(attributes, *next_hop, list, &self.session, done),
        };
    }
}

/// The answer to a probe.
pub fn probe(message: &Bytes) -> Answer {
    let session = SessionConfig::modern();
    let Ok(update) = UpdateMessage::from_octets(&message[..], &session) else {
        return Answer::Refused;
    };
    let mut sum = Sum::default();
    let read = [
        update.withdrawals().map(|list| mp(list, &mut sum)),
        update.announcements().map(|list| mp(list, &mut sum)),
    ];
    if read.iter().all(|read| matches!(read, Ok(Some(())))) {
        Answer::Prefixes(sum.prefixes, "")
    } else {
        Answer::Refused
    }
}
