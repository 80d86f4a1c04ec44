use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{Context, Destination},
};
use clap::{Parser, ValueEnum};

/// Prints BGP messages: hexadecimal text, captures (pcap, pcapng) and MRT files
/// (plain, gzip, bzip2).
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How to print; for an MRT file bgpdump if nothing is said, else text.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) format: Format,
    /// Annotate each message field by field.
    #[arg(long)]
    pub(crate) explain: bool,
    /// AS numbers in AS_PATH and AGGREGATOR have two octets.
    #[arg(long)]
    pub(crate) two_octet_as: bool,
    /// Routes of this family have path identifiers, as `ipv4-unicast`; or `all`.
    #[arg(long, value_name = "FAMILY", value_parser = families)]
    pub(crate) add_path: Vec<Families>,
    /// A family that the session agreed on; all that are known if none is said.
    #[arg(long, value_name = "FAMILY", value_parser = families)]
    pub(crate) family: Vec<Families>,
    /// The session is internal.
    #[arg(long)]
    pub(crate) ibgp: bool,
    /// A file, hexadecimal text, or `-` for standard input.
    pub(crate) input: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Bgpdump for an MRT file, else text.
    Auto,
    /// A message a paragraph.
    Text,
    /// A JSON object a line.
    Jsonl,
    /// A line a route, as `bgpdump -m` prints it; MRT files only.
    Bgpdump,
}

/// One family, or all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Families {
    One(Family),
    All,
}

fn families(text: &str) -> Result<Families, String> {
    if text == "all" {
        return Ok(Families::All);
    }
    text.parse()
        .map(Families::One)
        .map_err(|error: bgpwright::types::ParseFamilyError| error.to_string())
}

impl Options {
    /// What the options say of the session.
    pub(crate) fn context(&self) -> Context {
        let mut context = Context::default();
        context.four_octet_as = !self.two_octet_as;
        context.max_message_len = 65535;
        context.families = if self.family.is_empty() {
            every_family()
        } else {
            list(&self.family)
        };
        context.add_path_receive = list(&self.add_path);
        if self.ibgp {
            context.peer_type = PeerType::Internal;
        }
        context
    }

    /// The context of a session whose OPENs were seen, where the options say
    /// nothing else.
    pub(crate) fn over(&self, mut agreed: Context) -> Context {
        let said = self.context();
        if self.two_octet_as {
            agreed.four_octet_as = false;
        }
        if !self.add_path.is_empty() {
            agreed.add_path_receive = said.add_path_receive;
        }
        if !self.family.is_empty() {
            agreed.families = said.families;
        }
        if self.ibgp {
            agreed.peer_type = said.peer_type;
        }
        agreed
    }
}

fn list(families: &[Families]) -> Vec<Family> {
    families
        .iter()
        .flat_map(|of| match of {
            Families::One(family) => vec![*family],
            Families::All => every_family(),
        })
        .collect()
}

/// All families that the codec reads.
pub(crate) fn every_family() -> Vec<Family> {
    let afis = [Afi::IPV4, Afi::IPV6, Afi::L2VPN, Afi::BGP_LS];
    let all = afis
        .into_iter()
        .flat_map(|afi| (1..=255).map(move |safi| Family::new(afi, Safi(safi))));
    all.filter(|family| Destination::is_read(*family)).collect()
}
