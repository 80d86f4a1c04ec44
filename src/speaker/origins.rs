use alloc::collections::BTreeMap;

use crate::{
    policy::OriginValidation,
    rib::{NextHops, Rib, RouteSource, reflect::Side},
    speaker::{
        Conditional, Config, OrrRoot,
        class::{Class, Origin},
        group::Said,
        membership::Memberships,
        originate::Aggregates,
        peer::Peer,
        validation::Validations,
    },
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
    pub(super) aggregates: &'a Aggregates,
    pub(super) memberships: &'a BTreeMap<PeerId, Memberships>,
}

impl Origins<'_> {
    /// Whether something beside the route itself keeps it from a class: an
    /// aggregate that stands for it, or a condition.
    pub(super) fn withholds(&self, class: &Class, rib: &Rib, prefix: Prefix) -> bool {
        let applies = |of: &&Conditional| of.prefixes.iter().any(|it| it.matches(prefix));
        let unmet = |of: &Conditional| rib.best(of.watched).is_some() != of.present;
        self.aggregates.suppresses(prefix) || class.conditional.iter().filter(applies).any(unmet)
    }

    /// Whether every destination must be looked at for [`Self::withholds`].
    pub(super) fn withholds_any(&self, class: &Class) -> bool {
        !self.aggregates.is_empty() || !class.conditional.is_empty()
    }

    /// Whether a class wants a route, by its targets.
    pub(super) fn wants(&self, class: &Class, attributes: &AttributeSet) -> bool {
        let Some(peer) = class.constrained else {
            return true;
        };
        let wanted = self.memberships.get(&peer);
        wanted.is_some_and(|wanted| wanted.want(attributes))
    }

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
