//! The command line.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use bgpwright::{
    session::{Admission, AdmissionError, AsSet, PeerAs, Range, Reach},
    speaker::{Config, ConfigError, ReflectionRole},
    types::{Asn, ClusterId, Prefix, RouterId},
};
use clap::Parser;

use crate::{
    file,
    log::Log,
    settings::{self, Settings, Terms},
};

/// A BGP speaker: it takes routes from its neighbours, chooses the best and
/// tells them; it touches no routes of the system.
///
/// With --config, neighbours and policies are those of a file. Without, it
/// waits for neighbours of one range to dial it, and imports and exports
/// everything.
///
/// SIGTERM and Ctrl-C end it with a Cease to every neighbour; SIGUSR1 prints a
/// table of them. Exit status: 0 after such an end; 1 if sockets fail; 2 for
/// bad options, a bad file, or an address that cannot be had.
#[derive(Debug, Parser)]
#[command(name = "speaker", max_term_width = 100)]
pub(crate) struct Options {
    /// Neighbours, policies and routes from a TOML file; see sample.toml
    #[arg(long, value_name = "FILE", conflicts_with_all = ["asn", "router_id", "listen", "neighbors",
        "remote_as", "client", "cluster_id", "hold"])]
    config: Option<PathBuf>,

    /// Read the file, say what is in it, and end
    #[arg(long, requires = "config")]
    pub(crate) check: bool,

    /// Our AS
    #[arg(long = "as", value_name = "N", required_unless_present = "config")]
    asn: Option<Asn>,

    /// Our BGP Identifier
    #[arg(long, value_name = "A", required_unless_present = "config")]
    router_id: Option<RouterId>,

    /// Where to listen
    #[arg(long, value_name = "A:PORT", required_unless_present = "config")]
    listen: Option<SocketAddr>,

    /// Who may dial us
    #[arg(long, value_name = "PREFIX", required_unless_present = "config")]
    neighbors: Option<Prefix>,

    /// The neighbours' AS: a number, a list such as 64512,64600-64699, or any;
    /// ours without it
    #[arg(long, value_name = "N|any", value_parser = peer_as)]
    remote_as: Option<PeerAs>,

    /// Neighbours of our AS are clients of ours as a route reflector
    #[arg(long)]
    client: bool,

    /// Our cluster as a reflector; the router id without it
    #[arg(long, value_name = "A")]
    cluster_id: Option<ClusterId>,

    /// The hold time that we offer, in seconds; 90 without it
    #[arg(long, value_name = "S", value_parser = hold_time)]
    hold: Option<u16>,

    /// How many threads work: each has a part of the destinations
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,

    /// Tell of nothing but errors
    #[arg(long)]
    quiet: bool,
}

impl Options {
    /// What to run.
    ///
    /// # Errors
    /// The text for the user.
    pub(crate) fn settings(&self) -> Result<Settings, String> {
        if let Some(path) = &self.config {
            let settings = file::read(path)?;
            return Ok(Settings {
                threads: self.threads,
                ..settings
            });
        }
        if self.check {
            return Err("--check: there is no --config FILE to read".to_owned());
        }
        // Clap has seen that they are there.
        let (Some(asn), Some(router_id)) = (self.asn, self.router_id) else {
            return Err("--as and --router-id are needed".to_owned());
        };
        let (Some(listen), Some(neighbors)) = (self.listen, self.neighbors) else {
            return Err("--listen and --neighbors are needed".to_owned());
        };
        let mut speaker = Config::new(asn, router_id);
        speaker.cluster_id = self.cluster_id;
        speaker.hash_seed = (settings::seed(), settings::seed());
        let peer_as = self.remote_as.clone().unwrap_or(PeerAs::Internal);
        let mut session = settings::session(asn, router_id, peer_as);
        session.hold_time = Duration::from_secs(self.hold.unwrap_or(90).into());
        let terms = Terms::everything(if self.client {
            ReflectionRole::Client
        } else {
            ReflectionRole::NonClient
        });
        let mut range = Range::new(neighbors, session);
        range.listen_port = listen.port();
        range.reach = match neighbors.addr() {
            IpAddr::V6(addr) if addr.is_unicast_link_local() => Reach::Direct,
            _ => Reach::Multihop { hops: 255 },
        };
        let sample = settings::sample(&range, &terms);
        settings::check_peer(&speaker, sample).map_err(|error| match error {
            ConfigError::ExternalClient(_) => {
                "--client: neighbours of another AS cannot be clients".to_owned()
            }
            other => other.to_string(),
        })?;
        Admission::new(vec![range.clone()], u32::MAX).map_err(|error| match error {
            AdmissionError::Range { problem, .. } => format!("--neighbors: {problem}"),
            other => other.to_string(),
        })?;
        Ok(Settings {
            speaker,
            listen: vec![listen],
            neighbors: Vec::new(),
            ranges: vec![(range, terms)],
            limit: u32::MAX,
            threads: self.threads,
            routes: Vec::new(),
            keys: BTreeMap::new(),
            is_open: true,
        })
    }

    pub(crate) fn log(&self) -> Log {
        Log { quiet: self.quiet }
    }
}

/// What an OPEN can say (RFC 4271 §4.2).
fn hold_time(text: &str) -> Result<u16, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| !matches!(seconds, 1 | 2));
    seconds.ok_or_else(|| "expected 0, for none, or 3 to 65535 seconds".to_owned())
}

/// What may stand for a neighbour's AS, here and in a file.
///
/// # Errors
/// What it should be.
pub(crate) fn peer_as(text: &str) -> Result<PeerAs, String> {
    match text {
        "any" => Ok(PeerAs::Any),
        "internal" => Ok(PeerAs::Internal),
        "external" => Ok(PeerAs::External),
        _ => match text.parse::<AsSet>() {
            Ok(set) => Ok(set.only().map_or(PeerAs::OneOf(set), PeerAs::Exactly)),
            Err(error) => Err(format!(
                "{error}: expected an AS number, a list such as 64512,64600-64699, \
                 any, internal or external"
            )),
        },
    }
}
