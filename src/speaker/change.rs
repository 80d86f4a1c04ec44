//! What may change of a speaker at work, without ending other sessions.

use core::net::IpAddr;

use crate::{
    policy::Policy,
    rib::NextHops,
    session::SendError,
    speaker::{
        ConfigError, OrrRoot, PeerConfig, Speaker, UnknownPeer, parts::Order, peer::Policies,
    },
    time::Instant,
    types::{ClusterId, PeerId, Prefix},
};

/// What it takes for a neighbour's changed configuration to hold.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[expect(clippy::exhaustive_enums, reason = "there is nothing between these")]
pub enum ChangeEffect {
    /// Nothing changed.
    None,
    /// What it sent is judged again, where it is kept as it came, and what it is
    /// told is worked out again, and told where it differs.
    Soft,
    /// It is asked for its routes again (RFC 2918).
    Refresh,
    /// The session must end and come back: [`Speaker::remove_peer`], then
    /// [`Speaker::add_peer`].
    Reset,
}

impl ChangeEffect {
    /// What a change of one configuration to another takes.
    pub fn between(old: &PeerConfig, new: &PeerConfig) -> Self {
        if old == new {
            return Self::None;
        }
        let address = (old.address, old.local_address) != (new.address, new.local_address);
        if address || old.session != new.session {
            return Self::Reset;
        }
        let same = !differs_inwards(old, new) && !new.keep_rejected;
        if old.keep_rejected || same {
            Self::Soft
        } else {
            Self::Refresh
        }
    }
}

/// Whether what comes from it is judged otherwise.
fn differs_inwards(old: &PeerConfig, new: &PeerConfig) -> bool {
    let inwards = |of: &PeerConfig| {
        (
            of.import.clone(),
            (of.weight, of.allow_own_as, of.reflection),
            (of.enforce_first_as, of.refuse_as_sets),
            (of.aigp, of.local_as),
        )
    };
    inwards(old) != inwards(new)
}

/// Why a neighbour's configuration was not changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is none.
    #[error(transparent)]
    UnknownPeer(#[from] UnknownPeer),
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It would take another session.
    #[error("the session's own settings or its addresses differ: remove the neighbour and add it")]
    NeedsReset,
}

impl Speaker {
    /// Changes how a neighbour is treated, while its session goes on: policies,
    /// reflection, next hops, paths sent, and all else beside
    /// [`PeerConfig::session`] and the addresses. What it took.
    ///
    /// What the neighbour has been told stays until it is told otherwise, and
    /// what it sent stays until it has sent it again. A neighbour that does not
    /// answer ROUTE-REFRESH keeps routes that came in under the old rules until
    /// it sends them by itself.
    ///
    /// # Errors
    /// If there is no such neighbour, the configuration cannot work, or it takes
    /// another session. Nothing is changed then.
    pub fn change_peer(
        &mut self,
        now: Instant,
        id: PeerId,
        config: PeerConfig,
    ) -> Result<ChangeEffect, ChangeError> {
        self.advance(now);
        config.check(&self.config)?;
        self.check_divided(&config)?;
        let policies = Policies::new(&config)?;
        let peer = self.peers.get_mut(&id).ok_or(UnknownPeer)?;
        let effect = ChangeEffect::between(&peer.config, &config);
        let kept = peer.config.keep_rejected;
        let inwards = differs_inwards(&peer.config, &config) || !config.keep_rejected;
        match effect {
            ChangeEffect::None => return Ok(effect),
            ChangeEffect::Reset => return Err(ChangeError::NeedsReset),
            ChangeEffect::Soft | ChangeEffect::Refresh => {}
        }
        peer.config = config;
        peer.policies = policies;
        let config = &peer.config;
        self.parts
            .tell_all(|| Order::Change(id, config.clone().into()));
        self.collect_watched();
        if kept && inwards {
            self.readmit(id);
            self.review_groups();
        }
        if effect == ChangeEffect::Refresh {
            self.refresh_peer(id);
            // Others are told of its routes by what it is to us.
            self.review_groups();
        }
        self.rejoin(id);
        Ok(effect)
    }

    /// Changes a neighbour's policies; see [`Speaker::change_peer`].
    ///
    /// # Errors
    /// As there.
    pub fn set_policies(
        &mut self,
        now: Instant,
        id: PeerId,
        (import, export): (Option<Policy>, Option<Policy>),
    ) -> Result<ChangeEffect, ChangeError> {
        let peer = self.peers.get(&id).ok_or(UnknownPeer)?;
        let mut config = peer.config.clone();
        config.import = import;
        config.export = export;
        self.change_peer(now, id, config)
    }

    /// Changes our cluster as a reflector. Routes go out again with it; those
    /// that came in are asked for again, since they may have come round now.
    pub fn set_cluster_id(&mut self, now: Instant, cluster_id: Option<ClusterId>) {
        self.advance(now);
        if core::mem::replace(&mut self.config.cluster_id, cluster_id) == cluster_id {
            return;
        }
        self.parts.tell_all(|| Order::ClusterId(cluster_id));
        let peers = self.peers.keys().copied();
        for id in peers.collect::<alloc::vec::Vec<_>>() {
            self.refresh_peer(id);
            self.rejoin(id);
        }
    }

    /// Whether routes to external neighbours say that they are about to go
    /// (RFC 8326).
    ///
    /// # Errors
    /// If there is no such neighbour.
    pub fn set_graceful_shutdown(
        &mut self,
        now: Instant,
        id: PeerId,
        on: bool,
    ) -> Result<(), UnknownPeer> {
        self.advance(now);
        let peer = self.peers.get_mut(&id).ok_or(UnknownPeer)?;
        peer.session.set_graceful_shutdown(on);
        self.ready.insert(id);
        Ok(())
    }

    /// Sends a neighbour all of its routes again.
    ///
    /// # Errors
    /// If there is no such neighbour.
    pub fn soft_reset_out(&mut self, now: Instant, id: PeerId) -> Result<(), UnknownPeer> {
        self.advance(now);
        let peer = self.peers.get(&id).ok_or(UnknownPeer)?;
        for family in peer.families() {
            self.refresh_begins(id, family);
            self.parts.tell_all(|| Order::SendAgain(id, family));
            self.send_again(id, family);
        }
        Ok(())
    }

    /// Asks a neighbour for all of its routes again.
    ///
    /// # Errors
    /// If its session cannot do that now.
    pub fn soft_reset_in(&mut self, now: Instant, id: PeerId) -> Result<(), SendError> {
        self.advance(now);
        let peer = self.peers.get_mut(&id).ok_or(SendError::NotEstablished)?;
        peer.session.soft_reset_in()?;
        self.ready.insert(id);
        Ok(())
    }

    /// States what next hops cost from another place (RFC 9107 §3), as
    /// [`Input::NextHop`](super::Input::NextHop) does from here; `None` for what
    /// cannot be reached. A place that nothing is known of sees what we see.
    pub fn set_cost_from(
        &mut self,
        now: Instant,
        root: OrrRoot,
        network: Prefix,
        igp_cost: Option<u32>,
    ) {
        self.advance(now);
        self.parts
            .tell_all(|| Order::CostFrom(root, network, igp_cost));
        let unknown = self.config.unknown_next_hops;
        let costs = self
            .roots
            .entry(root)
            .or_insert_with(|| NextHops::new(unknown));
        costs.set(network, igp_cost);
        for (at, group) in &mut self.groups {
            if group.class.paths == super::SendPaths::OptimalFor(root) {
                group.review();
                self.busy.insert(*at);
            }
        }
    }

    /// What a next hop costs from another place.
    pub fn cost_from(&self, root: OrrRoot, next_hop: IpAddr) -> Option<u32> {
        self.roots.get(&root)?.resolve(next_hop)
    }

    pub(super) fn refresh_peer(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(&id)
            && peer.session.soft_reset_in().is_ok()
        {
            self.ready.insert(id);
        }
    }
}
