//! The command line.

use std::path::PathBuf;

use bgpwright::{plan::LoopRule, types::Family};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Says which BGP sessions a cluster's resources ask for, and what is wrong with
/// them. Nothing runs and nothing is changed.
///
/// Exit status: 0 clean, 1 findings of error severity, 2 bad input.
#[derive(Debug, Parser)]
#[command(name = "planner", max_term_width = 100)]
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
}

#[derive(Args, Debug)]
pub(crate) struct Input {
    /// Calico resources in YAML or JSON: files, folders of them, or - for
    /// standard input; x.fabric.yaml describes the routers around
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Args, Debug)]
pub(crate) struct Sessions {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Those of one node or router alone
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,

    /// Those of one family alone
    #[arg(long, value_enum)]
    pub(crate) family: Option<FamilyName>,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Whose reading of RFC 4456 holds in the cluster
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reflection: Reflection,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs; its fields stay.
    Json,
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
