use std::process::Command;

use bgpwright::speaker::ReflectionRole;
use serde_json::Value;

use super::{ASN, Dialect, Habit, PORT, Setup, Shown};
use crate::{entry::Entry, process::tool};

/// FRR's bgpd, alone: without zebra and its kernel routes.
pub(crate) struct Frr;

impl Frr {
    /// A document for each command.
    fn ask(setup: &Setup, commands: &[String]) -> Option<Vec<Value>> {
        let folder = setup.folder.to_str().unwrap();
        let mut arguments = vec!["--vty_socket", folder, "-d", "bgpd"];
        for command in commands {
            arguments.extend(["-c", command]);
        }
        let text = tool("vtysh", &arguments);
        let documents = serde_json::Deserializer::from_str(&text).into_iter();
        documents.collect::<Result<_, _>>().ok()
    }
}

impl Dialect for Frr {
    fn name(&self) -> &'static str {
        "FRR"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/usr/lib/frr/bgpd", "vtysh"]
    }

    fn version(&self) -> Option<[&'static str; 2]> {
        Some(["/usr/lib/frr/bgpd", "-v"])
    }

    fn command(&self, setup: &Setup) -> Command {
        let place = setup.place;
        let address = place.address();
        let own = if setup.announces {
            format!("network {} route-map HOP", place.prefix())
        } else {
            String::new()
        };
        let sessions = setup.each(|neighbor| {
            let it = format!("neighbor {}", neighbor.address);
            let passive = if neighbor.passive {
                format!("{it} passive")
            } else {
                String::new()
            };
            format!(
                "{it} remote-as {ASN}
                {it} port {}
                {it} update-source {address}
                {it} timers connect 1
                {it} advertisement-interval 0
                {passive}\n",
                neighbor.port
            )
        });
        let families = setup.each(|neighbor| {
            let it = format!("neighbor {}", neighbor.address);
            let client = match neighbor.role {
                ReflectionRole::Client => format!("{it} route-reflector-client"),
                ReflectionRole::NonClient => String::new(),
            };
            format!("{it} activate\n{client}\n")
        });
        let text = format!(
            "router bgp {ASN}
            bgp router-id {}
            bgp cluster-id {}
            bgp log-neighbor-changes
            bgp graceful-restart-disable
            no bgp default ipv4-unicast
            no bgp network import-check
            {sessions}
            address-family ipv4 unicast
            {own}
            {families}
            exit-address-family
            exit
            route-map HOP permit 10
            set ip next-hop {}
            exit\n",
            place.router_id(),
            setup.cluster_id,
            place.next_hop()
        );
        let mut command = Command::new("/usr/lib/frr/bgpd");
        let file = setup.file("bgpd.conf", &text);
        let (port, address) = (PORT.to_string(), address.to_string());
        command
            .args(["-Z", "-n", "-S", "-P", "0", "--log", "stdout"])
            .args(["--log-level", "informational"])
            .args(["-p", &port, "-l", &address, "-f"])
            .arg(file)
            .arg("-i")
            .arg(setup.folder.join("pid"))
            .arg("--vty_socket")
            .arg(&setup.folder);
        command
    }

    fn habits(&self) -> &'static [Habit] {
        &[Habit::TellsBack]
    }

    fn entries(&self, setup: &Setup) -> Option<Vec<Entry>> {
        let all = Self::ask(setup, &["show bgp ipv4 unicast json".to_owned()])?;
        let prefixes = all.first()?["routes"].as_object()?.keys();
        let show = |prefix| format!("show bgp ipv4 unicast {prefix} json");
        let commands: Vec<_> = prefixes.map(show).collect();
        if commands.is_empty() {
            return Some(Vec::new());
        }
        let mut entries = Vec::new();
        for found in Self::ask(setup, &commands)? {
            let prefix = found["prefix"].as_str()?;
            for path in found["paths"].as_array()? {
                entries.push(setup.entry(prefix, &shown(path)));
            }
        }
        Some(entries)
    }
}

fn shown(path: &Value) -> Shown {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let clusters = path["clusterList"]["list"].as_array().into_iter().flatten();
    Shown {
        // A route of its own has none that it would know.
        from: text(&path["peer"]["peerId"]).filter(|from| from.starts_with("127.")),
        next_hop: text(&path["nexthops"][0]["ip"]).unwrap_or_default(),
        local_pref: path["locPrf"].to_string(),
        originator: text(&path["originatorId"]),
        clusters: clusters.filter_map(text).collect(),
    }
}
