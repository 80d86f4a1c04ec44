use alloc::collections::BTreeMap;

use crate::{
    policy::OriginValidation,
    rib::{NextHops, Rib, RouteSource, reflect::Side},
    speaker::{Config, OrrRoot, class::Origin, group::Said, peer::Peer, validation::Validations},
    types::{PeerId, Prefix},
    wire::AttributeSet,
};

/// The neighbours, as those whose routes others are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origins<'a> {
    pub(super) config: &'a Config,
    pub(super) peers: &'a BTreeMap<PeerId, Peer>,
    pub(super) validations: &'a Validations,
    pub(super) roots: &'a BTreeMap<OrrRoot, NextHops>,
}

impl Origins<'_> {
    pub(super) fn validate(
        &self,
        prefix: Prefix,
        attributes: &AttributeSet,
    ) -> Option<OriginValidation> {
        self.validations.check(prefix, attributes)
    }

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
}
