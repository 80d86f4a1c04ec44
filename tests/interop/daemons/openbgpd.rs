use std::{fs, process::Command};

use serde_json::Value;

use super::{joined, plain};
use crate::daemon::{Dialect, PORT, Setup, Shown, THEIR_AS, file, log, tool};

/// OpenBGPD, the portable one.
pub(crate) struct Openbgpd;

impl Openbgpd {
    fn ask(setup: &Setup, arguments: &[&str]) -> String {
        let socket = setup.folder.join("control");
        let socket = ["-s", socket.to_str().unwrap()];
        tool("bgpctl", &[&socket[..], arguments].concat())
    }
}

/// Two clients, and nothing of its own.
fn reflector(setup: &Setup) -> String {
    let address = setup.address;
    let client = |at: &str| {
        format!(
            "neighbor {at} {{
                remote-as {THEIR_AS}
                local-address {address}
                passive
                route-reflector 10.0.0.2
            }}\n"
        )
    };
    format!(
        "AS {THEIR_AS} 23456
        router-id 10.0.0.2
        listen on {address} port {PORT}
        socket \"{}/control\"
        fib-update no
        nexthop qualify via default
        {}
        allow from any
        allow to any\n",
        setup.folder.display(),
        ["127.0.0.1", "127.0.0.3"].map(client).concat()
    )
}

impl Dialect for Openbgpd {
    fn name(&self) -> &'static str {
        "OpenBGPD"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/usr/sbin/bgpd", "bgpctl"]
    }

    fn version(&self) -> [&'static str; 2] {
        ["/usr/sbin/bgpd", "-V"]
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
        let passive = if setup.dials { "" } else { "passive" };
        let role = if setup.role {
            "announce policy provider"
        } else {
            ""
        };
        let limit = match setup.limit {
            Some(limit) => format!("max-prefix {limit} restart 1"),
            None => String::new(),
        };
        let password = match setup.password {
            Some(password) => format!("tcp md5sig password {password}"),
            None => String::new(),
        };
        let reach = if setup.near {
            "ttl-security yes"
        } else {
            "multihop 2"
        };
        let attributes = "med 50 community 65002:100 community 65002:200
            large-community 4200000002:1:2 ext-community rt 65002:7";
        let text = format!(
            "AS {THEIR_AS} 23456
            router-id 10.0.0.2
            listen on {address} port {PORT}
            socket \"{}/control\"
            fib-update no
            network 198.51.100.0/24 set {{ nexthop 192.0.2.9 {attributes} }}
            network 2001:db8:1::/48 set {{ nexthop 2001:db8::9 {attributes} }}
            neighbor 127.0.0.1 {{
                remote-as {our_as}
                port {our_port}
                local-address {address}
                {reach}
                {password}
                {passive}
                holdtime {hold_time}
                announce IPv4 unicast
                announce IPv6 unicast
                announce refresh yes
                announce enhanced refresh yes
                announce restart yes
                announce as-4byte yes
                announce add-path recv yes
                announce add-path send all
                {role}
                {limit}
            }}
            allow from any
            allow to any
            match to any set nexthop no-modify\n",
            folder.display()
        );
        let text = match setup.second_port {
            Some(_) => reflector(setup),
            None => text,
        };
        let file = file(setup, "bgpd.conf", &text);
        // It changes its root to the home of its user, which Debian has its
        // service manager make.
        fs::create_dir_all("/run/openbgpd").unwrap();
        let mut command = Command::new("/usr/sbin/bgpd");
        command.args(["-d", "-v", "-f"]).arg(file);
        command
    }

    fn paths(&self, setup: &Setup, prefix: &str) -> Vec<Shown> {
        let text = Self::ask(setup, &["-j", "show", "rib", "in", "detail", prefix]);
        let found: Value = serde_json::from_str(&text).unwrap_or_default();
        let paths = found["rib"].as_array().into_iter().flatten();
        let extended = |value: &Value| {
            let mut all: Vec<String> = joined(value);
            for of in &mut all {
                *of = of.replace("soo ", "ro:").replace("rt ", "rt:");
            }
            all.sort();
            all
        };
        let shown = paths.map(|path| Shown {
            origin: plain(&path["origin"]),
            path: plain(&path["aspath"]),
            next_hop: plain(&path["exit_nexthop"]),
            med: plain(&path["metric"]),
            communities: joined(&path["communities"]),
            extended: extended(&path["extended_communities"]),
            large: joined(&path["large_communities"]),
        });
        shown.collect()
    }

    fn neighbor(&self, setup: &Setup) -> String {
        Self::ask(setup, &["show", "neighbor", "127.0.0.1"]) + &log(setup)
    }

    fn shut(&self, setup: &Setup, text: &str) -> Result<(), &'static str> {
        Self::ask(setup, &["neighbor", "127.0.0.1", "down", text]);
        Ok(())
    }

    fn refresh(&self, setup: &Setup) {
        Self::ask(setup, &["neighbor", "127.0.0.1", "refresh"]);
    }
}
