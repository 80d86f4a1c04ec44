use std::{path::PathBuf, process::Command, sync::OnceLock};

use bgpwright::speaker::ReflectionRole;

use super::{ASN, Dialect, PORT, Setup};
use crate::{entry::Entry, example, process::output};

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// The speaker example. It has no tool: it prints how much it has.
pub(crate) struct Ours;

impl Ours {
    /// What it has reported, as [`summary`](Self::summary) has it.
    pub(crate) fn reports(setup: &Setup) -> Vec<String> {
        let said = output(&setup.folder);
        let summaries = said
            .lines()
            .filter(|line| line.contains(" neighbours Established; "));
        summaries.map(str::to_owned).collect()
    }

    /// What it should report.
    pub(crate) fn summary(neighbors: usize, up: usize, prefixes: usize, paths: usize) -> String {
        format!(
            "{up} of {neighbors} neighbours Established; {prefixes} best routes of {paths} paths"
        )
    }
}

impl Dialect for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn programs(&self) -> &'static [&'static str] {
        &[]
    }

    fn version(&self) -> Option<[&'static str; 2]> {
        None
    }

    fn command(&self, setup: &Setup) -> Command {
        let place = setup.place;
        let address = place.address();
        let neighbors = setup.each(|neighbor| {
            format!(
                "[[neighbors]]
                address = \"{}\"
                remote-as = \"internal\"
                local-address = \"{address}\"
                port = {}
                passive = {}
                client = {}\n",
                neighbor.address,
                neighbor.port,
                neighbor.passive,
                neighbor.role == ReflectionRole::Client,
            )
        });
        let route = if setup.announces {
            format!(
                "[[routes]]\nprefix = \"{}\"\nnext-hop = \"{}\"\n",
                place.prefix(),
                place.next_hop()
            )
        } else {
            String::new()
        };
        let text = format!(
            "[speaker]
            as = {ASN}
            router-id = \"{}\"
            cluster-id = \"{}\"
            listen = [\"{address}:{PORT}\"]
            {neighbors}
            {route}",
            place.router_id(),
            setup.cluster_id,
        );
        let mut command = Command::new(PROGRAM.get_or_init(|| example::build("speaker")));
        let file = setup.file("speaker.toml", &text);
        command.arg("--config").arg(file);
        command
    }

    fn entries(&self, _: &Setup) -> Option<Vec<Entry>> {
        None
    }
}
