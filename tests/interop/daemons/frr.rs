use std::process::Command;

use serde_json::Value;

use super::{plain, sorted};
use crate::daemon::{Dialect, PORT, Setup, Shown, THEIR_AS, file, log, tool};

/// FRR's bgpd, alone: without zebra and its kernel routes.
pub(crate) struct Frr;

impl Frr {
    fn ask(setup: &Setup, commands: &[&str]) -> String {
        let folder = setup.folder.to_str().unwrap();
        let mut arguments = vec!["--vty_socket", folder, "-d", "bgpd"];
        for command in commands {
            arguments.extend(["-c", command]);
        }
        tool("vtysh", &arguments)
    }
}

/// Two clients, and nothing of its own.
fn reflector(setup: &Setup) -> String {
    let address = setup.address;
    let clients = ["127.0.0.1", "127.0.0.3"];
    let client = |at: &str| {
        format!(
            "neighbor {at} remote-as {THEIR_AS}
            neighbor {at} update-source {address}
            neighbor {at} passive
            neighbor {at} advertisement-interval 0\n"
        )
    };
    let reflects =
        |at: &str| format!("neighbor {at} activate\nneighbor {at} route-reflector-client\n");
    format!(
        "router bgp {THEIR_AS}
        bgp router-id 10.0.0.2
        no bgp default ipv4-unicast
        no bgp network import-check
        {}
        address-family ipv4 unicast
        {}
        exit-address-family\n",
        clients.map(client).concat(),
        clients.map(reflects).concat()
    )
}

impl Dialect for Frr {
    fn name(&self) -> &'static str {
        "FRR"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/usr/lib/frr/bgpd", "vtysh"]
    }

    fn version(&self) -> [&'static str; 2] {
        ["/usr/lib/frr/bgpd", "-v"]
    }

    fn command(&self, setup: &Setup) -> Command {
        let Setup {
            address,
            our_port,
            our_as,
            hold_time,
            ..
        } = setup;
        let keepalive = hold_time / 3;
        let us = "neighbor 127.0.0.1";
        let passive = (!setup.dials).then(|| format!("{us} passive\n"));
        let passive = passive.unwrap_or_default();
        let limit = match setup.limit {
            Some(limit) => format!("{us} maximum-prefix {limit}\n"),
            None => String::new(),
        };
        let role = if setup.role {
            format!("{us} local-role provider")
        } else {
            String::new()
        };
        let password = match setup.password {
            Some(password) => format!("{us} password {password}"),
            None => String::new(),
        };
        let reach = if setup.near {
            format!("{us} ttl-security hops 2")
        } else {
            format!("{us} ebgp-multihop 2")
        };
        let family =
            format!("{us} route-map HOP out\n{us} activate\n{us} addpath-tx-all-paths\n{limit}");
        let text = format!(
            "router bgp {THEIR_AS}
            bgp router-id 10.0.0.2
            bgp log-neighbor-changes
            no bgp ebgp-requires-policy
            no bgp default ipv4-unicast
            no bgp network import-check
            bgp graceful-restart
            bgp long-lived-graceful-restart stale-time 100
            {us} remote-as {our_as}
            {us} port {our_port}
            {us} update-source {address}
            {reach}
            {password}
            {us} disable-connected-check
            {us} timers {keepalive} {hold_time}
            {us} timers connect 1
            {us} advertisement-interval 0
            {role}
            {us} capability extended-nexthop
            {passive}
            address-family ipv4 unicast
            network 198.51.100.0/24 route-map OUT
            {family}
            exit-address-family
            address-family ipv6 unicast
            network 2001:db8:1::/48 route-map OUT
            {family}
            exit-address-family
            exit
            route-map OUT permit 10
            set community 65002:100 65002:200
            set extcommunity rt 65002:7
            set large-community 4200000002:1:2
            set metric 50
            exit
            route-map HOP permit 10
            set ip next-hop 192.0.2.9
            set ipv6 next-hop global 2001:db8::9\n"
        );
        let reflector = setup.second_port.map(|_| reflector(setup));
        let file = file(setup, "bgpd.conf", &reflector.unwrap_or(text));
        let mut command = Command::new("/usr/lib/frr/bgpd");
        let port = PORT.to_string();
        let address = address.to_string();
        command
            .args([
                "-Z",
                "-n",
                "-S",
                "-P",
                "0",
                "--log",
                "stdout",
                "--log-level",
                "informational",
            ])
            .args(["-p", &port, "-l", &address, "-f"])
            .arg(file)
            .arg("-i")
            .arg(setup.folder.join("pid"))
            .arg("--vty_socket")
            .arg(&setup.folder);
        command
    }

    fn paths(&self, setup: &Setup, prefix: &str) -> Vec<Shown> {
        let family = if prefix.contains(':') { "ipv6" } else { "ipv4" };
        let text = Self::ask(
            setup,
            &[&format!("show bgp {family} unicast {prefix} json")],
        );
        let found: Value = serde_json::from_str(&text).unwrap_or_default();
        let paths = found["paths"].as_array().into_iter().flatten();
        let words = |value: &Value| {
            let text = plain(value).replace("RT:", "rt:").replace("SoO:", "ro:");
            sorted(text.split_whitespace())
        };
        let shown = paths.map(|path| Shown {
            origin: plain(&path["origin"]),
            path: plain(&path["aspath"]["string"]),
            next_hop: plain(&path["nexthops"][0]["ip"]),
            med: plain(&path["metric"]),
            communities: words(&path["community"]["string"]),
            extended: words(&path["extendedCommunity"]["string"]),
            large: words(&path["largeCommunity"]["string"]),
        });
        shown.collect()
    }

    fn neighbor(&self, setup: &Setup) -> String {
        Self::ask(setup, &["show bgp neighbors"]) + &log(setup)
    }

    fn shut(&self, setup: &Setup, text: &str) -> Result<(), &'static str> {
        let router = format!("router bgp {THEIR_AS}");
        let shut = format!("neighbor 127.0.0.1 shutdown message {text}");
        Self::ask(setup, &["configure terminal", &router, &shut]);
        Ok(())
    }

    fn refresh(&self, setup: &Setup) {
        Self::ask(setup, &["clear bgp ipv4 unicast 127.0.0.1 soft in"]);
    }
}
