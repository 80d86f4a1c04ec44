use std::process::Command;

use serde_json::Value;

use super::{joined, plain};
use crate::daemon::{Dialect, PORT, Setup, Shown, THEIR_AS, file, log, tool};

/// GoBGP.
pub(crate) struct Gobgp;

impl Gobgp {
    fn ask(setup: &Setup, arguments: &[&str]) -> String {
        let host = setup.address.to_string();
        tool(
            "gobgp",
            &[&["-u", &host, "-p", "50051"], arguments].concat(),
        )
    }

    fn add(setup: &Setup, family: &str, prefix: &str, next_hop: &str) -> bool {
        let route = [
            "global", "rib", "add", "-a", family, prefix, "origin", "igp",
        ];
        let attributes = ["nexthop", next_hop, "med", "50", "rt", "65002:7"];
        let lists = [
            "community",
            "65002:100,65002:200",
            "large-community",
            "4200000002:1:2",
        ];
        let said = Self::ask(setup, &[&route[..], &attributes, &lists].concat());
        said.trim().is_empty()
    }
}

/// Two clients, and nothing of its own.
fn reflector(setup: &Setup) -> String {
    let address = setup.address;
    let client = |at: &str| {
        format!(
            "[[neighbors]]
            [neighbors.config]
            neighbor-address = \"{at}\"
            peer-as = {THEIR_AS}
            [neighbors.transport.config]
            local-address = \"{address}\"
            passive-mode = true
            [neighbors.route-reflector.config]
            route-reflector-client = true
            route-reflector-cluster-id = \"10.0.0.2\"\n"
        )
    };
    format!(
        "[global.config]
        as = {THEIR_AS}
        router-id = \"10.0.0.2\"
        port = {PORT}
        local-address-list = [\"{address}\"]\n{}",
        ["127.0.0.1", "127.0.0.3"].map(client).concat()
    )
}

impl Dialect for Gobgp {
    fn name(&self) -> &'static str {
        "GoBGP"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["gobgpd", "gobgp"]
    }

    fn version(&self) -> [&'static str; 2] {
        ["gobgpd", "--version"]
    }

    fn command(&self, setup: &Setup) -> Command {
        let Setup {
            address,
            our_port,
            our_as,
            hold_time,
            dials,
            ..
        } = setup;
        let keepalive = hold_time / 3;
        let limit = match setup.limit {
            Some(limit) => {
                format!("[neighbors.afi-safis.prefix-limit.config]\nmax-prefixes = {limit}\n")
            }
            None => String::new(),
        };
        let family = |name: &str| {
            format!(
                "[[neighbors.afi-safis]]
                [neighbors.afi-safis.config]
                afi-safi-name = \"{name}\"
                [neighbors.afi-safis.mp-graceful-restart.config]
                enabled = true
                [neighbors.afi-safis.long-lived-graceful-restart.config]
                enabled = true
                restart-time = 100
                [neighbors.afi-safis.add-paths.config]
                receive = true
                send-max = 8
                {limit}"
            )
        };
        let password = match setup.password {
            Some(password) => format!("auth-password = \"{password}\""),
            None => String::new(),
        };
        let reach = if setup.near {
            "[neighbors.ttl-security.config]\nenabled = true\nttl-min = 254"
        } else {
            "[neighbors.ebgp-multihop.config]\nenabled = true\nmultihop-ttl = 2"
        };
        let families = family("ipv4-unicast") + &family("ipv6-unicast");
        let text = format!(
            "[global.config]
            as = {THEIR_AS}
            router-id = \"10.0.0.2\"
            port = {PORT}
            local-address-list = [\"{address}\"]
            [[neighbors]]
            [neighbors.config]
            neighbor-address = \"127.0.0.1\"
            peer-as = {our_as}
            {password}
            [neighbors.transport.config]
            local-address = \"{address}\"
            remote-port = {our_port}
            passive-mode = {}
            [neighbors.timers.config]
            hold-time = {hold_time}
            keepalive-interval = {keepalive}
            connect-retry = 1
            idle-hold-time-after-reset = 1
            {reach}
            [neighbors.graceful-restart.config]
            enabled = true
            restart-time = 100
            notification-enabled = true
            long-lived-enabled = true
            {families}\n",
            !dials
        );
        let text = match setup.second_port {
            Some(_) => reflector(setup),
            None => text,
        };
        let file = file(setup, "gobgp.toml", &text);
        let mut command = Command::new("gobgpd");
        command
            .arg(format!("--api-hosts={address}:50051"))
            .args(["--pprof-disable", "-f"])
            .arg(file);
        command
    }

    fn announce(&self, setup: &Setup) -> bool {
        if setup.second_port.is_some() {
            return true;
        }
        Self::add(setup, "ipv4", "198.51.100.0/24", "192.0.2.9")
            && Self::add(setup, "ipv6", "2001:db8:1::/48", "2001:db8::9")
    }

    fn paths(&self, setup: &Setup, prefix: &str) -> Vec<Shown> {
        let family = if prefix.contains(':') { "ipv6" } else { "ipv4" };
        let text = Self::ask(setup, &["-j", "global", "rib", prefix, "-a", family]);
        let found: Value = serde_json::from_str(&text).unwrap_or_default();
        let paths = found[prefix].as_array().into_iter().flatten();
        paths.map(shown).collect()
    }

    fn neighbor(&self, setup: &Setup) -> String {
        Self::ask(setup, &["neighbor", "127.0.0.1"]) + &log(setup)
    }

    fn shut(&self, setup: &Setup, text: &str) -> Result<(), &'static str> {
        Self::ask(
            setup,
            &["neighbor", "127.0.0.1", "shutdown", "--reason", text],
        );
        Ok(())
    }

    fn refresh(&self, setup: &Setup) {
        Self::ask(
            setup,
            &["neighbor", "127.0.0.1", "softresetin", "-a", "ipv4"],
        );
    }
}

fn shown(path: &Value) -> Shown {
    let mut shown = Shown::default();
    for of in path["attrs"].as_array().into_iter().flatten() {
        match of["type"].as_u64() {
            Some(1) => {
                let name = match of["value"].as_u64() {
                    Some(0) => "IGP",
                    Some(1) => "EGP",
                    _ => "incomplete",
                };
                name.clone_into(&mut shown.origin);
            }
            Some(2) => shown.path = joined_in_order(&of["as_paths"][0]["asns"]),
            Some(3 | 14) => shown.next_hop = plain(&of["nexthop"]),
            Some(4) => shown.med = plain(&of["metric"]),
            Some(8) => {
                let numbers = of["communities"].as_array().unwrap().iter();
                let numbers = numbers.filter_map(Value::as_u64);
                shown.communities = numbers
                    .map(|of| format!("{}:{}", of >> 16, of & 0xffff))
                    .collect();
                shown.communities.sort();
            }
            Some(16) => {
                let all = of["value"].as_array().unwrap().iter();
                let kind = |of: &Value| if of["subtype"] == 2 { "rt" } else { "ro" };
                shown.extended = all
                    .map(|of| format!("{}:{}", kind(of), plain(&of["value"])))
                    .collect();
                shown.extended.sort();
            }
            Some(32) => {
                let all = of["value"].as_array().unwrap().iter();
                let parts = ["ASN", "LocalData1", "LocalData2"];
                let all = all.map(|of| parts.map(|part| plain(&of[part])).join(":"));
                shown.large = joined(&all.map(Value::from).collect());
            }
            _ => {}
        }
    }
    shown
}

fn joined_in_order(value: &Value) -> String {
    let asns = value.as_array().into_iter().flatten();
    asns.map(plain).collect::<Vec<_>>().join(" ")
}
