//! The command line.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use crate::node::Node;

/// Brings a Kubernetes cluster's BGP up: plans its peerings from Calico
/// resources, runs one speaker a node over TCP on loopback, and tells whether
/// every node reaches every other node's pods.
///
/// Without FILE or --nodes, a three-node full mesh.
///
/// Exit status: 0 if every planned session is Established, every pod CIDR is
/// reached and every drill went as it should; 1 if not; 2 for bad input or a
/// system that refuses ports or descriptors; 130 or 143 when interrupted
/// before there was a verdict.
#[derive(Debug, Parser)]
#[command(name = "cluster", max_term_width = 100)]
pub(crate) struct Options {
    /// Calico resources (BGPConfiguration, Node, BGPPeer) in YAML or JSON
    #[arg(value_name = "FILE", conflicts_with = "nodes")]
    pub(crate) files: Vec<PathBuf>,

    /// The routers outside the cluster; by default x.fabric.yaml beside x.yaml
    #[arg(long, value_name = "FILE", requires = "files")]
    pub(crate) fabric: Vec<PathBuf>,

    /// Make a cluster of this many nodes instead
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) nodes: Option<u32>,

    /// How the made nodes peer
    #[arg(long, value_enum, default_value_t, requires = "nodes")]
    pub(crate) mode: Mode,

    /// Where the speakers listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(crate) listen: IpAddr,

    /// First port: the first router listens there, the second on the next, and
    /// so on; by default the system chooses
    #[arg(long, value_name = "BASE", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,

    /// The longest to wait until everything is up
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "60s")]
    pub(crate) timeout: Duration,

    /// Keep it up that long after the verdict (such as 30s, 5m); Ctrl-C ends it
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(crate) keep: Option<Duration>,

    /// Stop that node in order and start it again, once all is up
    #[arg(long, value_name = "NODE")]
    pub(crate) restart: Vec<String>,

    /// Cut that node's connections without a word, and bring it back
    #[arg(long, value_name = "NODE")]
    pub(crate) crash: Vec<String>,

    /// Print every node and row of a big cluster
    #[arg(long)]
    pub(crate) all: bool,

    /// Print this node only; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    pub(crate) node: Vec<String>,
}

impl Options {
    /// Whether this node is to be shown.
    pub(crate) fn shows(&self, node: &Node) -> bool {
        self.node.is_empty() || self.node.contains(&node.plan.name)
    }
}

/// The shapes that `--nodes` makes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Mode {
    /// Every node with every other
    #[default]
    Mesh,
    /// Two route reflectors for all, three from 100 nodes on
    Rr,
    /// Racks of 20 nodes, each with two route reflectors
    RrPerRack,
}

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    #[default]
    Text,
    /// One JSON document, alone on standard output
    Json,
}

/// A number with one of the units ms, s, m, h; seconds without.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let scale = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("the units are ms, s, m and h".into()),
    };
    let number: f64 = digits
        .parse()
        .map_err(|_| "a duration is a number and a unit, such as 500ms, 30s or 5m")?;
    Duration::try_from_secs_f64(number * scale).map_err(|_| "it must be 0 or more".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        for (text, millis) in [
            ("500ms", 500),
            ("30", 30_000),
            ("1.5s", 1_500),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("0s", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1s", "5 s", "5d", "1e400", "nan", "infm"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
