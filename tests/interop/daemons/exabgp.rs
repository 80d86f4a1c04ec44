use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use bgpwright::types::ExtendedCommunity;
use serde_json::Value;

use super::{joined, plain};
use crate::daemon::{Dialect, PORT, Setup, Shown, THEIR_AS, file, log};

/// ExaBGP, with a helper process that writes down what it is told and passes
/// on the commands in a file.
pub(crate) struct Exabgp;

impl Exabgp {
    fn told(setup: &Setup) -> String {
        fs::read_to_string(setup.folder.join("told")).unwrap_or_default()
    }

    fn command(setup: &Setup, text: &str) {
        file(setup, "command.new", &format!("{text}\n"));
        let [from, to] = ["command.new", "command"].map(|name| setup.folder.join(name));
        fs::rename(from, to).unwrap();
    }
}

impl Dialect for Exabgp {
    fn name(&self) -> &'static str {
        "ExaBGP"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["exabgp"]
    }

    fn version(&self) -> [&'static str; 2] {
        ["exabgp", "--version"]
    }

    fn command(&self, setup: &Setup) -> Command {
        let Setup {
            address,
            our_port,
            our_as,
            hold_time,
            folder,
            ..
        } = setup;
        let passive = if setup.dials { "false" } else { "true" };
        let folder = folder.display();
        let helper = format!(
            "#!/bin/sh
            cd {folder}
            (while sleep 0.1; do
                if [ -f command ]; then cat command; rm command; fi
                kill -0 $$ 2>/dev/null || exit
            done) &
            while read -r line; do printf '%s\\n' \"$line\" >>told; done\n"
        );
        let helper = file(setup, "helper", &helper);
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
        let password = match setup.password {
            Some(password) => format!("md5-password \"{password}\";"),
            None => String::new(),
        };
        let near = if setup.near {
            "incoming-ttl 254; outgoing-ttl 255;"
        } else {
            ""
        };
        let attributes = "med 50 community [ 65002:100 65002:200 ] \
            large-community [ 4200000002:1:2 ] extended-community [ target:65002:7 ]";
        let text = format!(
            "process api {{ run {folder}/helper; encoder json; }}
            neighbor 127.0.0.1 {{
                router-id 10.0.0.2; local-address {address};
                local-as {THEIR_AS}; peer-as {our_as}; hold-time {hold_time};
                {password} {near} passive {passive}; connect {our_port};
                capability {{ graceful-restart 100; route-refresh enable; add-path send/receive;
                    asn4 enable; extended-message enable; nexthop enable; }}
                nexthop {{ ipv4 unicast ipv6; }}
                family {{ ipv4 unicast; ipv6 unicast; }}
                api {{ processes [ api ]; neighbor-changes;
                    receive {{ parsed; update; notification; open; refresh; }} }}
                static {{
                    route 198.51.100.0/24 next-hop 192.0.2.9 {attributes};
                    route 2001:db8:1::/48 next-hop 2001:db8::9 {attributes};
                }}
            }}\n"
        );
        let file = file(setup, "exabgp.conf", &text);
        let mut command = Command::new("exabgp");
        command
            .env("exabgp.tcp.bind", address.to_string())
            .env("exabgp.tcp.port", PORT.to_string())
            .env("exabgp.tcp.delay", "0")
            .env("exabgp.daemon.user", "root")
            .env("exabgp.daemon.daemonize", "false")
            .env("exabgp.api.ack", "false")
            .env("exabgp.api.cli", "false")
            .env("exabgp.log.destination", "stdout")
            .arg(file);
        command
    }

    /// ExaBGP keeps no table: what its helper was told last is what it has.
    fn paths(&self, setup: &Setup, prefix: &str) -> Vec<Shown> {
        let mut paths = Vec::new();
        for line in Self::told(setup).lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            let update = &line["neighbor"]["message"]["update"];
            let announced = update["announce"].as_object().into_iter().flatten();
            for (next_hop, routes) in announced.filter_map(|(_, of)| of.as_object()).flatten() {
                let named = |of: &&Value| of["nlri"] == prefix;
                let routes = routes.as_array().into_iter().flatten();
                let shown = shown(&update["attribute"], next_hop);
                paths.extend(routes.filter(named).map(|_| shown.clone()));
            }
        }
        paths
    }

    fn neighbor(&self, setup: &Setup) -> String {
        Self::told(setup) + &log(setup)
    }

    fn shut(&self, setup: &Setup, _: &str) -> Result<(), &'static str> {
        Self::command(setup, "neighbor 127.0.0.1 teardown 2");
        Err("its teardown takes no text")
    }

    fn refresh(&self, setup: &Setup) {
        Self::command(
            setup,
            "neighbor 127.0.0.1 announce route-refresh ipv4 unicast",
        );
    }

    fn keeps_routes(&self) -> bool {
        false
    }

    fn reflects(&self) -> bool {
        false
    }

    fn has_limits(&self) -> bool {
        false
    }
}

fn shown(attributes: &Value, next_hop: &str) -> Shown {
    let path = attributes["as-path"].as_array().into_iter().flatten();
    let extended = attributes["extended-community"].as_array();
    let extended = extended.into_iter().flatten().map(|of| {
        // Of the text, the numbers of some kinds are written as addresses.
        let octets = of["value"].as_u64().unwrap_or_default().to_be_bytes();
        let text = ExtendedCommunity(octets).to_string();
        Value::from(text.replace("target:", "rt:").replace("origin:", "ro:"))
    });
    Shown {
        origin: match plain(&attributes["origin"]).as_str() {
            "incomplete" => "incomplete".to_owned(),
            other => other.to_uppercase(),
        },
        path: path.map(plain).collect::<Vec<_>>().join(" "),
        next_hop: next_hop.to_owned(),
        med: plain(&attributes["med"]),
        communities: joined(&attributes["community"]),
        extended: joined(&extended.collect()),
        large: joined(&attributes["large-community"]),
    }
}
