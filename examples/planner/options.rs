//! The command line.

use std::path::PathBuf;

use bgpwright::{
    plan::{
        LoopRule,
        dialect::calico::{RouterIds, Version},
        export::calico::Datastore,
        inventory::Dialect,
    },
    types::Family,
};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Designs, checks, changes and shows a cluster's BGP topology: which sessions
/// its resources ask for, what is wrong with them, and what would be better.
/// Nothing runs and nothing is changed.
///
/// Exit status: 0 clean, 1 findings of error severity or drift, 2 bad input.
#[derive(Debug, Parser)]
#[command(name = "planner", version, max_term_width = 100)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The sessions of every node, each with both ends
    Sessions(Sessions),
    /// What is wrong with them, and with the whole
    Check(Check),
    /// Ways to peer the cluster, compared by numbers, and which to take
    Recommend(Recommend),
    /// The steps from one plan to another, none of which loses a route
    Migrate(Migrate),
    /// What runs, from what tools print, beside what is planned
    Status(Status),
    /// The plan as other programs want it: configurations, pictures, data
    Render(Render),
    /// One page for a browser: picture, findings, sessions, failures
    Report(Report),
    /// A shell's completions, to standard output
    Completions(Completions),
}

#[derive(Args, Debug)]
pub(crate) struct Input {
    /// Resources in YAML or JSON: files, folders of them, or - for standard
    /// input; x.fabric.yaml describes the routers around
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How resources are to be understood.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Whose resources they are
    #[arg(long, value_enum, default_value_t)]
    pub(crate) dialect: DialectName,

    /// The version of Calico that runs: fields it does not have are warned of
    #[arg(long, value_name = "VERSION", default_value_t = Version::NEWEST)]
    pub(crate) calico_version: Version,

    /// Where nodes have their BGP Identifiers from: CALICO_ROUTER_ID
    #[arg(long, value_enum, default_value_t)]
    pub(crate) router_ids: RouterIdsName,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum DialectName {
    /// Found out from words that only one of them has.
    #[default]
    Auto,
    /// Calico's.
    Calico,
    /// Those of Cilium's BGP control plane, version 2.
    Cilium,
    /// `MetalLB`'s.
    Metallb,
    /// kube-router's annotations.
    KubeRouter,
    /// Antrea's.
    Antrea,
    /// Those of Kube-OVN's speaker.
    KubeOvn,
}

impl DialectName {
    pub(crate) const fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Auto => None,
            Self::Calico => Some(Dialect::Calico),
            Self::Cilium => Some(Dialect::Cilium),
            Self::Metallb => Some(Dialect::MetalLb),
            Self::KubeRouter => Some(Dialect::KubeRouter),
            Self::Antrea => Some(Dialect::Antrea),
            Self::KubeOvn => Some(Dialect::KubeOvn),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum RouterIdsName {
    /// From their IPv4 addresses.
    #[default]
    Address,
    /// From a hash of their names.
    Hash,
}

impl RouterIdsName {
    pub(crate) const fn router_ids(self) -> RouterIds {
        match self {
            Self::Address => RouterIds::Address,
            Self::Hash => RouterIds::Hash,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Sessions {
    #[command(flatten)]
    pub(crate) input: Input,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,

    /// Those of one node or router only
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,

    /// Those of one family only
    #[arg(long, value_enum)]
    pub(crate) family: Option<FamilyName>,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: CheckFormat,

    /// What concerns one node, router or resource only
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,

    /// What concerns one family only
    #[arg(long, value_enum)]
    pub(crate) family: Option<FamilyName>,

    /// How reflectors look for routes that have come round
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reflection: Reflection,

    /// How many routers may fail at once
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) failures: u8,
}

#[derive(Args, Debug)]
pub(crate) struct Recommend {
    /// Resources in YAML or JSON: files, folders of them, or - for standard
    /// input; x.fabric.yaml describes the routers around
    #[arg(
        value_name = "FILE",
        required_unless_present = "nodes",
        conflicts_with = "nodes"
    )]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// In place of files: a cluster of so many nodes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=16_384))]
    pub(crate) nodes: Option<u16>,

    /// In so many racks
    #[arg(long, value_name = "N", requires = "nodes",
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) racks: Option<u16>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,

    /// How many routers may fail at once
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) survive: u8,

    /// How many reflectors may be away on purpose besides
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) maintenance: u8,

    /// A node that is to be a reflector; may be given again
    #[arg(long, value_name = "NODE")]
    pub(crate) pin: Vec<String>,

    /// A node that must not be a reflector; may be given again
    #[arg(long, value_name = "NODE")]
    pub(crate) forbid: Vec<String>,

    /// A node that carries no pods of its own; may be given again
    #[arg(long, value_name = "NODE")]
    pub(crate) dedicated: Vec<String>,

    /// The most clients of a reflector
    #[arg(long, value_name = "N")]
    pub(crate) max_clients: Option<usize>,

    /// The most sessions of a node that is no reflector
    #[arg(long, value_name = "N")]
    pub(crate) max_sessions: Option<u64>,

    /// Also write the resources of what is recommended into a new folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) apply: Option<PathBuf>,

    /// Where Calico keeps what it knows of nodes
    #[arg(long, value_enum, default_value_t)]
    pub(crate) datastore: DatastoreName,
}

#[derive(Args, Debug)]
pub(crate) struct Migrate {
    /// The resources as they are: files, folders of them, or - for standard
    /// input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) from: Vec<PathBuf>,

    /// The resources as they are to be
    #[arg(long, value_name = "FILE", required_unless_present = "drain", num_args = 1..)]
    pub(crate) to: Vec<PathBuf>,

    /// In place of --to: take this node out of service; a reflector's role goes
    /// to another node first
    #[arg(long, value_name = "NODE", conflicts_with_all = ["to", "at_once"])]
    pub(crate) drain: Option<String>,

    #[command(flatten)]
    pub(crate) reading: Reading,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,

    /// Say what is lost if everything is changed at once
    #[arg(long)]
    pub(crate) at_once: bool,

    /// Also write what to run for each step, and what undoes it, into a new
    /// folder: 01-apply.sh with 01-apply.yaml, 01-rollback.sh and so on
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    /// Where Calico keeps what it knows of nodes
    #[arg(long, value_enum, default_value_t)]
    pub(crate) datastore: DatastoreName,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum DatastoreName {
    /// In annotations of Kubernetes' nodes.
    #[default]
    Kubernetes,
    /// In resources of its own.
    Etcd,
}

impl DatastoreName {
    pub(crate) const fn datastore(self) -> Datastore {
        match self {
            Self::Kubernetes => Datastore::Kubernetes,
            Self::Etcd => Datastore::Etcd,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) input: Input,

    /// What a tool printed: calicoctl node status, birdc show protocols,
    /// CalicoNodeStatus resources, FRR's or GoBGP's neighbours in JSON; whose it
    /// is may be left out where its neighbours tell
    #[arg(long, value_name = "[NODE=]FILE", required = true, num_args = 1..)]
    pub(crate) observed: Vec<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) input: Input,

    /// As what
    #[arg(long, value_enum)]
    pub(crate) to: Target,

    /// The new folder to write into; one file alone goes to standard output
    /// without it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,

    /// The files of one node or router only
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,

    /// By what nodes stand together in pictures
    #[arg(long, value_enum, default_value_t)]
    pub(crate) group_by: Group,

    /// What stands above a picture
    #[arg(long)]
    pub(crate) title: Option<String>,

    /// The image of routers in a lab
    #[arg(
        long,
        value_name = "IMAGE",
        default_value = "quay.io/frrouting/frr:10.2.1"
    )]
    pub(crate) image: String,

    /// Where Calico keeps what it knows of nodes
    #[arg(long, value_enum, default_value_t)]
    pub(crate) datastore: DatastoreName,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Target {
    /// Calico's resources.
    Calico,
    /// BIRD's files as Calico writes them, of every node.
    Bird,
    /// FRR's frr.conf of every router.
    Frr,
    /// `GoBGP`'s gobgpd.toml of every router.
    Gobgp,
    /// Files of the speaker example of every router.
    Speaker,
    /// A lab of FRR routers.
    Containerlab,
    /// A graph for Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// Everything, for programs; its fields stay.
    Json,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Group {
    /// By rack, else by zone, else by AS.
    #[default]
    Auto,
    /// By rack.
    Rack,
    /// By zone.
    Zone,
    /// By AS.
    As,
    /// Not at all.
    Nothing,
}

#[derive(Args, Debug)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Where to write the page, or to standard output
    #[arg(long, value_name = "FILE.html")]
    pub(crate) out: Option<PathBuf>,

    /// What the page is called, or the files' names
    #[arg(long)]
    pub(crate) title: Option<String>,

    /// The date to print on the page, such as 2026-11-23; none by default, so
    /// that the same input gives the same page
    #[arg(long)]
    pub(crate) date: Option<jiff::civil::Date>,

    /// How reflectors look for routes that have come round
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reflection: Reflection,
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs; its fields stay.
    Json,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    #[default]
    Table,
    /// For programs; its fields stay.
    Json,
    /// For CI systems.
    Sarif,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum FamilyName {
    Ipv4,
    Ipv6,
}

impl FamilyName {
    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Ipv4 => Family::IPV4_UNICAST,
            Self::Ipv6 => Family::IPV6_UNICAST,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Reflection {
    /// BIRD 1.6's, which Calico runs.
    #[default]
    Bird,
    /// The RFC's.
    Rfc,
}

impl Reflection {
    pub(crate) const fn rule(self) -> LoopRule {
        match self {
            Self::Bird => LoopRule::Bird16,
            Self::Rfc => LoopRule::Rfc4456,
        }
    }
}
