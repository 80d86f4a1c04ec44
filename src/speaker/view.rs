use crate::{
    rib::{Path, Rib, Route, RouteSource},
    session::Session,
    speaker::{Config, PeerConfig, Speaker, UnknownPeer, origins::Origins, peer::Peer},
    types::{PeerId, Prefix},
    wire::AttributeSet,
};

/// A neighbour, to look at.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PeerView<'a> {
    /// Its number.
    pub id: PeerId,
    /// How it is configured.
    pub config: &'a PeerConfig,
    /// Its state machine.
    pub session: &'a Session,
    /// Whether routes of an earlier session of it are kept (RFC 4724 §4.2).
    pub stale: bool,
}

impl Speaker {
    /// How the speaker is configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Every neighbour, in the order in which they were added.
    pub fn peers(&self) -> impl Iterator<Item = PeerView<'_>> {
        self.peers.iter().map(|(id, peer)| view(*id, peer))
    }

    /// One neighbour.
    ///
    /// # Errors
    /// If there is no such neighbour.
    pub fn peer(&self, id: PeerId) -> Result<PeerView<'_>, UnknownPeer> {
        self.peers
            .get(&id)
            .map(|peer| view(id, peer))
            .ok_or(UnknownPeer)
    }

    /// The Loc-RIB: the best routes, in the table's order.
    pub fn routes(&self) -> impl Iterator<Item = Route<'_>> {
        self.rib.routes()
    }

    /// The best route to a prefix.
    pub fn best(&self, prefix: Prefix) -> Option<Route<'_>> {
        self.rib.best(prefix)
    }

    /// What a neighbour has sent and we have taken, best or not; stale ones
    /// included.
    pub fn adj_rib_in(&self, id: PeerId) -> impl Iterator<Item = (Prefix, Path<'_>)> {
        self.rib.paths_from(RouteSource::Peer(id))
    }

    /// What a neighbour has been told; nothing unless it is Established.
    pub fn adj_rib_out(&self, id: PeerId) -> impl Iterator<Item = (Prefix, AttributeSet)> {
        let groups = self
            .peers
            .get(&id)
            .into_iter()
            .flat_map(|peer| &peer.groups);
        let groups = groups.filter_map(|at| self.groups.get(at));
        groups.flat_map(move |group| {
            let origins = Origins {
                config: &self.config,
                peers: &self.peers,
            };
            group.told_to(id, &self.rib, origins)
        })
    }

    /// The RIB itself, to look at.
    pub fn rib(&self) -> &Rib {
        &self.rib
    }
}

fn view(id: PeerId, peer: &Peer) -> PeerView<'_> {
    PeerView {
        id,
        config: &peer.config,
        session: &peer.session,
        stale: peer.stale.is_some(),
    }
}
