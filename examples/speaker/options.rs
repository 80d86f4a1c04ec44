use std::net::{Ipv4Addr, SocketAddr};

use bgpwright::{
    session::{AsSet, Config as SessionConfig, PeerAs},
    speaker::Config,
    types::{Asn, ClusterId, Prefix, RouterId},
};
use clap::Parser;

/// A BGP speaker for neighbours that dial it: it imports and exports
/// everything, and has no routes of its own.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Our AS.
    #[arg(long = "as")]
    asn: Asn,
    /// Our BGP Identifier.
    #[arg(long)]
    router_id: RouterId,
    /// Where to listen.
    #[arg(long)]
    pub(crate) listen: SocketAddr,
    /// Who may dial us.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) neighbors: Prefix,
    /// The neighbours' AS, a list, or `any`; ours if it is not given.
    #[arg(long, value_name = "AS")]
    remote_as: Option<String>,
    /// Whether the neighbours of our AS are route reflector clients.
    #[arg(long)]
    pub(crate) client: bool,
    /// The cluster id of a reflector; the router id if it is not given.
    #[arg(long)]
    cluster_id: Option<ClusterId>,
}

impl Options {
    pub(crate) fn speaker(&self) -> Config {
        let mut config = Config::new(self.asn, self.router_id);
        config.cluster_id = self.cluster_id;
        config
    }

    /// What a session with a neighbour is made from.
    pub(crate) fn session(&self) -> Result<SessionConfig, String> {
        let peer_as = match self.remote_as.as_deref() {
            None => PeerAs::Internal,
            Some("any") => PeerAs::Any,
            Some(text) => {
                let set = text.parse::<AsSet>();
                PeerAs::OneOf(set.map_err(|error| format!("--remote-as {text}: {error}"))?)
            }
        };
        let mut config = SessionConfig::new(self.asn, self.router_id, peer_as);
        config.send_window = 256 * 1024;
        Ok(config)
    }

    pub(crate) fn unspecified(&self) -> bool {
        self.router_id == RouterId::from(Ipv4Addr::UNSPECIFIED)
    }
}
