use std::process::Command;

use super::sorted;
use crate::daemon::{Dialect, PORT, Setup, Shown, THEIR_AS, file, log, tool};

/// BIRD 2.
pub(crate) struct Bird;

impl Bird {
    fn ask(setup: &Setup, arguments: &[&str]) -> String {
        let socket = setup.folder.join("control");
        let socket = ["-r", "-s", socket.to_str().unwrap()];
        // Restricted commands change nothing; the others go without `-r`.
        let changes = matches!(arguments[0], "disable" | "reload");
        tool(
            "birdc",
            &[&socket[usize::from(changes)..], arguments].concat(),
        )
    }
}

/// Two clients, and nothing of its own.
fn reflector(setup: &Setup, second: u16) -> String {
    let address = setup.address;
    let client = |name: &str, at: &str, port: u16| {
        format!(
            "protocol bgp {name} {{
                local {address} port {PORT} as {THEIR_AS};
                neighbor {at} port {port} as {THEIR_AS};
                multihop; strict bind on; passive on; rr client;
                ipv4 {{ import all; export all; }};
            }}\n"
        )
    };
    "log stderr all; router id 10.0.0.2; protocol device {}\n".to_owned()
        + &client("peer", "127.0.0.1", setup.our_port)
        + &client("second", "127.0.0.3", second)
}

impl Dialect for Bird {
    fn name(&self) -> &'static str {
        "BIRD"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["bird", "birdc"]
    }

    fn version(&self) -> [&'static str; 2] {
        ["bird", "--version"]
    }

    fn command(&self, setup: &Setup) -> Command {
        let Setup {
            address,
            our_port,
            our_as,
            hold_time,
            ..
        } = setup;
        let passive = if setup.dials { "off" } else { "on" };
        let role = if setup.role {
            "local role provider;"
        } else {
            ""
        };
        let limit = match setup.limit {
            Some(limit) => format!("receive limit {limit} action disable;"),
            None => String::new(),
        };
        let password = match setup.password {
            Some(password) => format!("password \"{password}\";"),
            None => String::new(),
        };
        let near = if setup.near { "ttl security on;" } else { "" };
        let attributes = "{ 
            bgp_community.add((65002,100)); bgp_community.add((65002,200));
            bgp_ext_community.add((rt,65002,7)); bgp_large_community.add((4200000002,1,2)); }";
        let text = format!(
            "log stderr all;
            router id 10.0.0.2;
            protocol device {{}}
            protocol static four {{ ipv4; route 198.51.100.0/24 blackhole {attributes}; }}
            protocol static six {{ ipv6; route 2001:db8:1::/48 blackhole {attributes}; }}
            protocol bgp peer {{
                local {address} port {PORT} as {THEIR_AS};
                neighbor 127.0.0.1 port {our_port} as {our_as};
                multihop 2; {near} {password} strict bind on; passive {passive}; hold time {hold_time};
                connect delay time 0; connect retry time 1; error wait time 1,2;
                enable extended messages on; advertise hostname on; {role}
                graceful restart on; long lived graceful restart on;
                ipv4 {{ import all; add paths on; extended next hop on; {limit}
                    export filter {{ if source = RTS_STATIC then {{ bgp_next_hop = 192.0.2.9; bgp_med = 50; }} accept; }};
                }};
                ipv6 {{ import all; add paths on; {limit}
                    export filter {{ if source = RTS_STATIC then {{ bgp_next_hop = 2001:db8::9; bgp_med = 50; }} accept; }};
                }};
            }}\n"
        );
        let text = match setup.second_port {
            Some(second) => reflector(setup, second),
            None => text,
        };
        let file = file(setup, "bird.conf", &text);
        let mut command = Command::new("bird");
        command.args(["-f", "-s", "control", "-c"]).arg(file);
        command
    }

    fn paths(&self, setup: &Setup, prefix: &str) -> Vec<Shown> {
        let text = Self::ask(setup, &["show", "route", "all", "for", prefix]);
        let mut paths: Vec<Shown> = Vec::new();
        for line in text.lines().map(str::trim) {
            if line == "Type: BGP univ" {
                paths.push(Shown::default());
            }
            let (Some(shown), Some((name, value))) = (paths.last_mut(), line.split_once(':'))
            else {
                continue;
            };
            let value = value.trim();
            let pairs = || {
                let text = value.replace(", ", ":").replace(',', ":");
                sorted(text.split(' ').map(|of| of.trim_matches(['(', ')'])))
            };
            match name {
                "BGP.origin" => value.clone_into(&mut shown.origin),
                "BGP.as_path" => value.clone_into(&mut shown.path),
                "BGP.next_hop" => value.clone_into(&mut shown.next_hop),
                "BGP.med" => value.clone_into(&mut shown.med),
                "BGP.community" => shown.communities = pairs(),
                "BGP.ext_community" => shown.extended = pairs(),
                "BGP.large_community" => shown.large = pairs(),
                _ => {}
            }
        }
        paths
    }

    fn neighbor(&self, setup: &Setup) -> String {
        Self::ask(setup, &["show", "protocols", "all", "peer"]) + &log(setup)
    }

    fn shut(&self, setup: &Setup, text: &str) -> Result<(), &'static str> {
        Self::ask(setup, &["disable", "peer", &format!("\"{text}\"")]);
        Ok(())
    }

    fn refresh(&self, setup: &Setup) {
        Self::ask(setup, &["reload", "in", "peer"]);
    }
}
