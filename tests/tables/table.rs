//! A collector's table, by neighbour.

use std::{collections::BTreeMap, io, path::Path};

use bgpwright::{
    mrt::Body,
    types::{Asn, Family, PeerType, Prefix, RouterId},
    wire::{
        AttributeSet, Capability, Context, Message, Nlri, Open, Parsed, Treatment, Update,
        update::pack_reach,
    },
};
use bytes::Bytes;
use indicatif::ProgressBar;

use crate::files;

/// Nobody's in these tables.
pub(crate) const OUR_AS: Asn = Asn(4_200_000_001);
pub(crate) const OUR_ID: RouterId = RouterId(0x7f00_0001);

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) asn: Asn,
    pub(crate) router_id: RouterId,
    pub(crate) routes: BTreeMap<AttributeSet, Vec<Prefix>>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) family: Family,
    pub(crate) peers: Vec<Peer>,
}

impl Table {
    /// The neighbours that have routes, and what can be sent of them: a path of
    /// the neighbour's own that a session would take.
    pub(crate) fn read(file: &Path, family: Family) -> Self {
        let mut peers: Vec<Peer> = Vec::new();
        let input = files::open(file, &ProgressBar::hidden()).unwrap();
        let end = files::records::<io::Error>(input, |record| {
            // The file ends in the middle of a record.
            let Ok(record) = record else { return Ok(()) };
            match record.decode().expect("a good record").body {
                Body::PeerIndexTable(index) => {
                    peers = index
                        .peers
                        .iter()
                        .map(|of| Peer {
                            asn: of.asn,
                            router_id: of.router_id,
                            routes: BTreeMap::new(),
                        })
                        .collect();
                }
                Body::Rib(rib) if rib.family == family => {
                    for entry in &rib.entries {
                        let parsed = rib.update(&entry);
                        let peer = &mut peers[usize::from(entry.peer_index)];
                        let set = attributes(parsed);
                        peer.routes.entry(set).or_default().push(rib.prefix);
                    }
                }
                _ => {}
            }
            Ok(())
        });
        // Nor does its compression end where the file does.
        let _ = end;
        peers.retain(|peer| !peer.routes.is_empty());
        Self { family, peers }
    }

    pub(crate) fn routes(&self) -> usize {
        let lists = self.peers.iter().flat_map(|peer| peer.routes.values());
        lists.map(Vec::len).sum()
    }

    pub(crate) fn prefixes(&self) -> usize {
        let lists = self.peers.iter().flat_map(|peer| peer.routes.values());
        let all: std::collections::BTreeSet<_> = lists.flatten().collect();
        all.len()
    }

    /// A path, for people.
    pub(crate) fn describe(&self, at: usize, prefix: Prefix) -> String {
        let Peer {
            asn,
            router_id,
            routes,
        } = &self.peers[at];
        let found = routes.iter().find(|(_, list)| list.contains(&prefix));
        let set = found.map_or_else(String::new, |(set, _)| set.to_string());
        format!("{at} (AS {asn}, {router_id:?}): {set}")
    }

    pub(crate) fn context() -> Context {
        let mut context = Context::default();
        context.four_octet_as = true;
        context.families = vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST];
        context.peer_type = PeerType::External;
        context
    }

    /// What a neighbour says: its OPEN and KEEPALIVE, then its routes.
    pub(crate) fn script(&self, at: usize) -> (Vec<u8>, Vec<Bytes>) {
        let peer = &self.peers[at];
        let mut open = Vec::new();
        let context = Context::default();
        let hello = Message::Open(Open {
            version: 4,
            my_as: peer.asn.to_two_octet(),
            hold_time: 240,
            router_id: peer.router_id,
            capabilities: vec![
                Capability::Multiprotocol(Family::IPV4_UNICAST),
                Capability::Multiprotocol(Family::IPV6_UNICAST),
                Capability::FourOctetAs(peer.asn),
            ],
        });
        hello.encode(&context, &mut open).unwrap();
        Message::Keepalive.encode(&context, &mut open).unwrap();
        let mut updates = Vec::new();
        for (set, list) in &peer.routes {
            let list: Vec<Nlri> = list.iter().map(|prefix| (*prefix).into()).collect();
            pack_reach(&Self::context(), self.family, set, &list, &mut updates).unwrap();
        }
        (open, updates)
    }
}

fn attributes(parsed: Parsed<Update>) -> AttributeSet {
    assert!(parsed.treatment() < Some(Treatment::TreatAsWithdraw));
    let Update {
        mp_reach,
        mut attributes,
        ..
    } = parsed.value;
    if let Some(reach) = mp_reach {
        attributes.next_hop = reach.next_hop;
    }
    attributes
}
