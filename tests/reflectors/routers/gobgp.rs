use std::process::Command;

use bgpwright::speaker::ReflectionRole;
use serde_json::Value;

use super::{ASN, Dialect, Habit, PORT, Setup, Shown};
use crate::{entry::Entry, process::tool};

/// GoBGP.
pub(crate) struct Gobgp;

impl Gobgp {
    fn ask(setup: &Setup, arguments: &[&str]) -> String {
        let host = setup.place.address().to_string();
        let at = ["-u", &host, "-p", "50051"];
        tool("gobgp", &[&at, arguments].concat())
    }
}

impl Dialect for Gobgp {
    fn name(&self) -> &'static str {
        "GoBGP"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["gobgpd", "gobgp"]
    }

    fn version(&self) -> Option<[&'static str; 2]> {
        Some(["gobgpd", "--version"])
    }

    fn command(&self, setup: &Setup) -> Command {
        let address = setup.place.address();
        let neighbors = setup.each(|neighbor| {
            let reflects = match neighbor.role {
                ReflectionRole::Client => format!(
                    "[neighbors.route-reflector.config]
                    route-reflector-client = true
                    route-reflector-cluster-id = \"{}\"",
                    setup.cluster_id
                ),
                ReflectionRole::NonClient => String::new(),
            };
            format!(
                "[[neighbors]]
                [neighbors.config]
                neighbor-address = \"{}\"
                peer-as = {ASN}
                [neighbors.transport.config]
                local-address = \"{address}\"
                remote-port = {}
                passive-mode = {}
                [neighbors.timers.config]
                connect-retry = 1
                idle-hold-time-after-reset = 1
                {reflects}\n",
                neighbor.address, neighbor.port, neighbor.passive,
            )
        });
        let text = format!(
            "[global.config]
            as = {ASN}
            router-id = \"{}\"
            port = {PORT}
            local-address-list = [\"{address}\"]
            {neighbors}",
            setup.place.router_id(),
        );
        let mut command = Command::new("gobgpd");
        let file = setup.file("gobgp.toml", &text);
        command
            .arg(format!("--api-hosts={address}:50051"))
            .args(["--pprof-disable", "-f"])
            .arg(file);
        command
    }

    fn announce(&self, setup: &Setup) -> bool {
        if !setup.announces {
            return true;
        }
        let prefix = setup.place.prefix().to_string();
        let next_hop = setup.place.next_hop().to_string();
        let add = ["global", "rib", "add", "-a", "ipv4", &prefix];
        let said = Self::ask(setup, &[&add[..], &["nexthop", &next_hop]].concat());
        said.trim().is_empty()
    }

    fn habits(&self) -> &'static [Habit] {
        &[
            Habit::ReflectsItsOwn,
            Habit::TellsOthersBare,
            Habit::TakesItsOwnCluster,
        ]
    }

    fn entries(&self, setup: &Setup) -> Option<Vec<Entry>> {
        let text = Self::ask(setup, &["-j", "global", "rib", "-a", "ipv4"]);
        let found: Value = serde_json::from_str(&text).ok()?;
        let mut entries = Vec::new();
        for (prefix, paths) in found.as_object()? {
            for path in paths.as_array()? {
                entries.push(setup.entry(prefix, &shown(path)));
            }
        }
        Some(entries)
    }
}

fn shown(path: &Value) -> Shown {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut shown = Shown {
        from: text(&path["neighbor-ip"]),
        ..Shown::default()
    };
    for of in path["attrs"].as_array().into_iter().flatten() {
        let value = &of["value"];
        match of["type"].as_u64() {
            Some(3) => shown.next_hop = text(&of["nexthop"]).unwrap_or_default(),
            Some(5) => shown.local_pref = value.to_string(),
            Some(9) => shown.originator = text(value),
            Some(10) => {
                let all = value.as_array().into_iter().flatten();
                shown.clusters = all.filter_map(text).collect();
            }
            _ => {}
        }
    }
    shown
}
