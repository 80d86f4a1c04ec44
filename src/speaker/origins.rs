use alloc::collections::BTreeMap;

use crate::{
    policy::{Policy, Subject, Verdict},
    rib::{NetId, Rib, RouteSource, TableId, reflect::Side},
    speaker::{
        Config,
        class::{Class, Origin},
        group::Said,
        peer::Peer,
    },
    types::{Asn, PeerId, PeerType},
};

/// The neighbours, as those whose routes others are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origins<'a> {
    pub(super) config: &'a Config,
    pub(super) peers: &'a BTreeMap<PeerId, Peer>,
}

impl Origins<'_> {
    /// Where a path came from; `None` if that neighbour has been removed.
    pub(super) fn of(&self, rib: &Rib, path: Said) -> Option<Origin> {
        let cluster_id = self.config.effective_cluster_id();
        let igp_cost = path.set().map_or(0, |set| rib.cost_of(set));
        match path.source() {
            RouteSource::Local => Some(Origin {
                side: Side::Local,
                router_id: self.config.router_id,
                cluster_id,
                long_lived_stale: false,
                igp_cost,
            }),
            RouteSource::Peer(id) => {
                let peer = self.peers.get(&id)?;
                Some(Origin {
                    side: peer.side()?,
                    router_id: peer.identity?.router_id,
                    cluster_id: peer.config.cluster_id.unwrap_or(cluster_id),
                    long_lived_stale: path.is_long_lived_stale(),
                    igp_cost,
                })
            }
        }
    }

    /// Whether a class's policy lets a destination pass.
    pub(super) fn exports(&self, class: &Class, rib: &Rib, (table, net): (TableId, NetId)) -> bool {
        let policy = match &class.export {
            Some(policy) if **policy == Policy::ACCEPT => return true,
            Some(policy) => policy,
            None => return class.peer_type != PeerType::External,
        };
        let prefix = rib.table_at(table).and_then(|of| of.names().prefix(net));
        let Some(prefix) = prefix else { return true };
        let (neighbor, neighbor_as) = class.neighbor.unwrap_or((class.local_address, Asn::ZERO));
        let subject = Subject {
            prefix,
            neighbor,
            neighbor_as,
        };
        policy.judge(&subject) == Verdict::Accept
    }
}
