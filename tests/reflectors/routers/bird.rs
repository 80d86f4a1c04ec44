use std::process::Command;

use bgpwright::speaker::ReflectionRole;

use super::{ASN, Dialect, Habit, PORT, Setup, Shown};
use crate::{entry::Entry, process::tool};

/// BIRD 2.
pub(crate) struct Bird;

impl Dialect for Bird {
    fn name(&self) -> &'static str {
        "BIRD"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["bird", "birdc"]
    }

    fn version(&self) -> Option<[&'static str; 2]> {
        Some(["bird", "--version"])
    }

    fn command(&self, setup: &Setup) -> Command {
        let place = setup.place;
        let address = place.address();
        let own = if setup.announces {
            format!("route {} blackhole;", place.prefix())
        } else {
            String::new()
        };
        let neighbors = setup.each(|neighbor| {
            let reflects = match neighbor.role {
                ReflectionRole::Client => format!("rr client; rr cluster id {};", setup.cluster_id),
                ReflectionRole::NonClient => String::new(),
            };
            format!(
                "protocol bgp {{
                    local {address} port {PORT} as {ASN};
                    neighbor {} port {} as {ASN};
                    multihop; strict bind on; passive {}; {reflects}
                    connect delay time 0; connect retry time 1; error wait time 1,2;
                    ipv4 {{ import all; export filter own; igp table nexthops; }};
                }}\n",
                neighbor.address,
                neighbor.port,
                if neighbor.passive { "on" } else { "off" },
            )
        });
        // Every next hop is reachable, in a table without the routes themselves.
        let text = format!(
            "log stderr all;
            router id {};
            protocol device {{}}
            ipv4 table nexthops;
            protocol static {{ ipv4 {{ table nexthops; }}; route 0.0.0.0/0 via \"lo\"; }}
            protocol static {{ ipv4; {own} }}
            filter own {{ if source = RTS_STATIC then bgp_next_hop = {}; accept; }}
            {neighbors}",
            place.router_id(),
            place.next_hop()
        );
        let mut command = Command::new("bird");
        let file = setup.file("bird.conf", &text);
        command.args(["-f", "-s", "control", "-c"]).arg(file);
        command
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::TakesItsOwnCluster]
    }

    fn entries(&self, setup: &Setup) -> Option<Vec<Entry>> {
        let socket = setup.folder.join("control");
        let show = ["show", "route", "table", "master4", "all"];
        let socket = ["-r", "-s", socket.to_str().unwrap()];
        let text = tool("birdc", &[&socket[..], &show].concat());
        if !text.contains("BIRD") {
            return None;
        }
        // A prefix stands before the first of its routes alone.
        let mut prefix = String::new();
        let mut all: Vec<(String, Shown)> = Vec::new();
        for line in text.lines() {
            if let Some((before, bracketed)) = line.split_once('[')
                && !line.starts_with('\t')
            {
                let first = before.split(' ').next().unwrap();
                if !first.is_empty() {
                    first.clone_into(&mut prefix);
                }
                let (inside, _) = bracketed.split_once(']').unwrap();
                let from = inside.split_once(" from ").map(|(_, from)| from.to_owned());
                let shown = Shown {
                    from,
                    ..Shown::default()
                };
                all.push((prefix.clone(), shown));
            }
            let (Some((_, shown)), Some((name, value))) = (all.last_mut(), line.split_once(": "))
            else {
                continue;
            };
            match name.trim() {
                "BGP.next_hop" => value.clone_into(&mut shown.next_hop),
                "BGP.local_pref" => value.clone_into(&mut shown.local_pref),
                "BGP.originator_id" => shown.originator = Some(value.to_owned()),
                "BGP.cluster_list" => {
                    shown.clusters = value.split_whitespace().map(str::to_owned).collect();
                }
                _ => {}
            }
        }
        let entries = all.iter().map(|(prefix, shown)| setup.entry(prefix, shown));
        Some(entries.collect())
    }
}
