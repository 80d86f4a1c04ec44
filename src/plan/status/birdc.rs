//! BIRD's `show protocols`, with or without `all`, of versions 1 and 2.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Observed, ObservedSession};
use crate::plan::yaml::Context;

/// Whether a text is of this kind.
pub(super) fn is(text: &str) -> bool {
    text.lines()
        .any(|line| is_heading(plain(line)) || line.contains("BIRD ") && line.ends_with("ready."))
}

fn is_heading(line: &str) -> bool {
    line.to_ascii_lowercase().starts_with("name ") && line.to_ascii_lowercase().contains(" proto ")
}

/// A line without the code in front of it, and the code. With `birdc -v` a line
/// with the code of the one before has blanks in its place.
fn split(line: &str) -> (Option<&str>, &str) {
    let digits = line.split_at_checked(4);
    let digits = digits.filter(|(digits, _)| digits.bytes().all(|it| it.is_ascii_digit()));
    match digits {
        Some((digits, "")) => (Some(digits), ""),
        Some((digits, rest)) => match rest.strip_prefix(['-', ' ']) {
            Some(rest) => (Some(digits), rest),
            None => (None, line),
        },
        None => (None, line),
    }
}

fn plain(line: &str) -> &str {
    split(line).1
}

pub(super) fn read(context: &mut Context<'_>, text: &str) -> Observed {
    let mut observed = Observed {
        running: true,
        ..Observed::default()
    };
    let mut reading = Reading::default();
    for (number, line) in (1_usize..).zip(text.lines()) {
        if line.trim() == "0000" {
            break;
        }
        let (code, mut plain) = split(line);
        if code.is_some_and(|it| it.starts_with(['8', '9'])) {
            let message = format!("BIRD answered with the error {line:?}");
            context.error(number, "", message);
            break;
        }
        if code.is_some() {
            reading.code = code;
        } else if reading.code.is_some() {
            plain = line.strip_prefix("     ").unwrap_or(line);
        }
        let is_greeting = plain.contains("BIRD ") && plain.trim_end().ends_with("ready.");
        // So birdc -r says.
        let is_restricted = plain.trim_end() == "Access restricted";
        if is_greeting || is_restricted || plain.trim().is_empty() {
            continue;
        }
        let indented = plain.starts_with("  ") || plain.starts_with('\t');
        if !reading.headed {
            reading.heading(context, number, plain);
            if !reading.headed {
                break;
            }
        } else if indented || !is_row(plain) {
            reading.detail(plain);
        } else {
            reading.finish(context, &mut observed);
            reading.row(context, number, plain);
        }
    }
    reading.finish(context, &mut observed);
    if !reading.headed && context.problems.is_empty() {
        context.error(
            0,
            "",
            "expected the heading of BIRD's show protocols, found none",
        );
    }
    observed
}

#[derive(Default)]
struct Reading<'a> {
    headed: bool,
    /// The last code that a line began with.
    code: Option<&'a str>,
    row: Option<Row>,
}

struct Row {
    line: usize,
    name: String,
    state: String,
    since: String,
    info: String,
    /// From the lines of `show protocols all`.
    neighbor: Option<IpAddr>,
    details: Vec<(String, String)>,
}

impl Reading<'_> {
    fn heading(&mut self, context: &mut Context<'_>, number: usize, line: &str) {
        let words: Vec<String> = line
            .split_whitespace()
            .map(str::to_ascii_lowercase)
            .collect();
        let expected = ["name", "proto", "table", "state", "since", "info"];
        if words == expected {
            self.headed = true;
            return;
        }
        let message = format!(
            "expected the heading {:?}, found {line:?}",
            expected.join(" ")
        );
        context.error(number, "", message);
    }

    /// A protocol's row; those of other protocols than BGP are left out.
    fn row(&mut self, context: &mut Context<'_>, number: usize, line: &str) {
        let mut words = line.split_whitespace();
        let fields = [(); 5].map(|()| words.next().unwrap_or_default());
        let [name, proto, _, state, since] = fields;
        if proto != "BGP" {
            return;
        }
        let mut rest: Vec<&str> = words.collect();
        let mut since = since.to_string();
        // BIRD 2 may show a time behind the date.
        if let Some(time) = rest.first().filter(|it| is_time(it)) {
            since = format!("{since} {time}");
            rest.remove(0);
        }
        // Only what is switched off has nothing to say.
        if state.is_empty() || state != "down" && rest.is_empty() {
            let message = format!("expected a state such as Established, found {line:?}: cut?");
            context.error(number, "", message);
            return;
        }
        self.row = Some(Row {
            line: number,
            name: name.into(),
            state: state.into(),
            since,
            info: rest.join(" "),
            neighbor: None,
            details: Vec::new(),
        });
    }

    fn detail(&mut self, line: &str) {
        let Some(row) = &mut self.row else { return };
        let Some((name, value)) = line.split_once(':') else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        if name == "Neighbor address" {
            row.neighbor = value.split('%').next().and_then(|it| it.parse().ok());
        }
        row.details.push((name.into(), value.into()));
    }

    fn finish(&mut self, context: &mut Context<'_>, observed: &mut Observed) {
        let Some(row) = self.row.take() else { return };
        let named = of_name(&row.name);
        if named.is_none() && row.name.starts_with("Local_Workload_") {
            return;
        }
        let address = row.neighbor.map(|it| (it, None));
        let Some((neighbor, port)) = named.map(|it| it.1).or(address) else {
            let message = format!(
                "the protocol {:?} does not tell its neighbour's address: use show protocols all",
                row.name
            );
            context.error(row.line, "", message);
            return;
        };
        let detail = |name: &str| {
            let found = row.details.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.as_str())
        };
        let mut words = row.info.split_whitespace();
        let shown = words.next().unwrap_or(&row.state).to_string();
        let rest: Vec<&str> = words.collect();
        let mut info = rest.join(" ");
        if let (true, Some(error)) = (info.is_empty(), detail("Last error")) {
            info = error.into();
        }
        observed.sessions.push(ObservedSession {
            port,
            kind: named.map(|it| it.0),
            up: row.state == "up" && shown == "Established",
            state: shown,
            info,
            since: row.since.clone(),
            local: detail("Source address").and_then(|it| it.parse().ok()),
            remote_as: detail("Neighbor AS").and_then(|it| it.parse().ok()),
            remote_id: detail("Neighbor ID").and_then(|it| it.parse().ok()),
            ..ObservedSession::new(neighbor)
        });
    }
}

/// Whether a line is a protocol's, and no detail of one: those of `show
/// protocols all` need not be indented.
fn is_row(line: &str) -> bool {
    let kind = line.split_whitespace().nth(1).unwrap_or_default();
    KINDS.contains(&kind)
}

/// What BIRD calls its kinds of protocols.
const KINDS: &[&str] = &[
    "Aggregator",
    "BFD",
    "BGP",
    "BMP",
    "Babel",
    "Device",
    "Direct",
    "Kernel",
    "L3VPN",
    "MRT",
    "OSPF",
    "Perf",
    "Pipe",
    "RAdv",
    "RIP",
    "RPKI",
    "Static",
];

fn is_time(text: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit() || c == ':' || c == '.';
    text.contains(':') && text.chars().all(digits)
}

/// What a protocol's name in Calico's configuration says: the kind, the
/// address and the port.
fn of_name(name: &str) -> Option<(&'static str, (IpAddr, Option<u16>))> {
    let (kind, rest) = name.split_once('_')?;
    let kind = match kind {
        "Mesh" | "mesh" => "node-to-node mesh",
        "Global" => "global",
        "Node" => "node specific",
        _ => return None,
    };
    let (rest, port) = match rest.split_once("_port_") {
        Some((address, port)) => (address, Some(port.parse().ok()?)),
        None => (rest, None),
    };
    let address = ip(&rest.replace('_', "."), &rest.replace('_', ":"))?;
    Some((kind, (address, port)))
}

fn ip(v4: &str, v6: &str) -> Option<IpAddr> {
    let of_v4 = v4.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    of_v4.or_else(|| v6.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
}

/// An address as calicoctl prints it, which makes a port part of it:
/// `10.192.0.3.port.500`.
pub(super) fn address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(address) = text.parse() {
        return Some((address, None));
    }
    let (address, port) = text
        .split_once(".port.")
        .or_else(|| text.split_once(":port:"))?;
    Some((address.parse().ok()?, Some(port.parse().ok()?)))
}
