//! A lab of a plan for [containerlab](https://containerlab.dev): every router a
//! container of FRR, with its addresses and configuration.
//!
//! Who has an address in the same subnet is on the same wire: two of them are
//! linked, and more share a bridge, which has to be there before the lab is
//! deployed (`ip link add NAME type bridge`). Subnets that no session needs are
//! built as well.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    File, Unsaid, frr,
    text::{Yaml, scalar},
};
use crate::{
    plan::{
        Inventory,
        inventory::InterfaceAddress,
        pairing::{Plan, PlannedRouter},
    },
    types::Prefix,
};

/// What a lab is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Lab {
    /// Its name: containers are called `clab-<name>-<router>`.
    pub name: String,
    /// The image of its routers.
    pub image: String,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            name: "bgp".into(),
            image: "quay.io/frrouting/frr:10.2.1".into(),
        }
    }
}

/// The lab: `topology.clab.yml`, and for every router a folder with `frr.conf`
/// and `daemons`.
pub fn files(inventory: &Inventory, plan: &Plan, lab: &Lab) -> Vec<File> {
    let names = names(plan);
    let wires = wires(plan);
    let mut files = Vec::from([File {
        name: "topology.clab.yml".into(),
        text: topology(plan, lab, &names, &wires),
    }]);
    for (at, name) in names.iter().enumerate() {
        if let Some(text) = frr::router(inventory, plan, at) {
            let conf = format!("{name}/frr.conf");
            files.push(File { name: conf, text });
            let name = format!("{name}/daemons");
            let text = DAEMONS.into();
            files.push(File { name, text });
        }
    }
    files
}

/// What the plan says and the lab does not: beside what FRR cannot, sessions
/// between routers that share no subnet.
pub fn unsaid(inventory: &Inventory, plan: &Plan) -> Vec<Unsaid> {
    let mut unsaid = frr::unsaid(inventory, plan);
    let mut far = 0_usize;
    let mut first = None;
    for session in &plan.sessions {
        let (Some(end), Some(router)) = (plan.end(session.a), plan.routers.get(session.a.router))
        else {
            continue;
        };
        let mut near = router.addresses.iter().filter(|it| it.length.is_some());
        if !near.any(|it| it.network().contains(end.neighbor)) {
            far = far.saturating_add(1);
            first = first.or_else(|| Some(format!("{} with {}", router.name, end.neighbor)));
        }
    }
    if let Some(first) = first {
        unsaid.push(Unsaid {
            subject: "lab".into(),
            what: format!(
                "the ways of {far} sessions between different subnets, such as {first}: routes \
                 between these have to be set up"
            ),
        });
    }
    unsaid
}

/// A subnet with two addresses or more: whose they are, and at which of their
/// interfaces.
struct Wire {
    networks: Vec<Prefix>,
    ends: Vec<(usize, usize)>,
}

fn wires(plan: &Plan) -> Vec<Wire> {
    let mut subnets: BTreeMap<Prefix, BTreeSet<usize>> = BTreeMap::new();
    for (at, router) in plan.routers.iter().enumerate() {
        for address in router.addresses.iter().filter(|it| on_wire(it)) {
            subnets.entry(address.network()).or_default().insert(at);
        }
    }
    // Subnets of the same routers, those of both families, are on one wire.
    let mut by_members: BTreeMap<BTreeSet<usize>, Vec<Prefix>> = BTreeMap::new();
    for (network, members) in subnets.into_iter().filter(|(_, of)| of.len() > 1) {
        by_members.entry(members).or_default().push(network);
    }
    let sorted = by_members.into_iter().map(|(members, of)| (of, members));
    let mut sorted: Vec<(Vec<Prefix>, BTreeSet<usize>)> = sorted.collect();
    sorted.sort();
    let mut interfaces: BTreeMap<usize, usize> = BTreeMap::new();
    let wires = sorted.into_iter().map(|(networks, members)| Wire {
        networks,
        ends: members
            .into_iter()
            .map(|at| {
                // The first is the management's.
                let next = interfaces.entry(at).or_insert(0);
                *next = next.saturating_add(1);
                (at, *next)
            })
            .collect(),
    });
    wires.collect()
}

fn on_wire(address: &InterfaceAddress) -> bool {
    let whole = if address.addr.is_ipv4() { 32 } else { 128 };
    address.length.is_some_and(|it| it < whole)
}

fn topology(plan: &Plan, lab: &Lab, names: &[String], wires: &[Wire]) -> String {
    let mut yaml = Yaml::default();
    yaml.text("name", part(&lab.name));
    yaml.map("topology", |yaml| {
        yaml.map("nodes", |yaml| {
            for (number, wire) in wires.iter().enumerate() {
                if wire.ends.len() > 2 {
                    yaml.map(&bridge(number), |yaml| yaml.text("kind", "bridge"));
                }
            }
            for ((at, router), name) in plan.routers.iter().enumerate().zip(names) {
                yaml.map(name, |yaml| {
                    yaml.text("kind", "linux");
                    yaml.text("image", &lab.image);
                    yaml.list(
                        "binds",
                        [
                            format!("{name}/frr.conf:/etc/frr/frr.conf"),
                            format!("{name}/daemons:/etc/frr/daemons"),
                        ],
                    );
                    yaml.list("exec", set_up((at, router), wires));
                });
            }
        });
        let mut lines = Vec::new();
        for (number, wire) in wires.iter().enumerate() {
            let end = |(at, interface): &(usize, usize)| {
                let name = names.get(*at).map_or("", String::as_str);
                scalar(&format!("{name}:eth{interface}"))
            };
            if let [a, b] = wire.ends.as_slice() {
                lines.push(format!("endpoints: [{}, {}]", end(a), end(b)));
                continue;
            }
            for (port, of) in (1_usize..).zip(&wire.ends) {
                let bridge = scalar(&format!("{}:p{number}-{port}", bridge(number)));
                lines.push(format!("endpoints: [{}, {bridge}]", end(of)));
            }
        }
        yaml.lines("links", lines);
    });
    yaml.finish()
}

/// The commands that give a router its addresses.
fn set_up((at, router): (usize, &PlannedRouter), wires: &[Wire]) -> Vec<String> {
    let mut commands = Vec::from(["sysctl -w net.ipv4.ip_forward=1".to_string()]);
    if router.addresses.iter().any(|it| it.addr.is_ipv6()) {
        commands.push("sysctl -w net.ipv6.conf.all.forwarding=1".into());
    }
    for address in &router.addresses {
        let network = address.network();
        let wire = wires.iter().find(|wire| wire.networks.contains(&network));
        let of = wire.and_then(|it| it.ends.iter().find(|it| it.0 == at));
        let interface = of.map_or_else(|| "lo".to_string(), |(_, it)| format!("eth{it}"));
        let length = if address.addr.is_ipv4() { 32 } else { 128 };
        let length = address.length.unwrap_or(length);
        let addr = address.addr;
        commands.push(format!("ip address add {addr}/{length} dev {interface}"));
    }
    commands
}

/// Names that containers may have, all different.
fn names(plan: &Plan) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let routers = plan.routers.iter();
    routers
        .map(|router| {
            let name = part(&router.name);
            let mut found = name.clone();
            let mut number = 2_usize;
            while !taken.insert(found.clone()) {
                found = format!("{name}-{number}");
                number = number.saturating_add(1);
            }
            found
        })
        .collect()
}

fn part(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    let is_good = |c: char| c.is_ascii_alphanumeric();
    if name.starts_with(is_good) {
        name
    } else {
        format!("r{name}")
    }
}

/// Interfaces of Linux have 15 characters at most.
fn bridge(number: usize) -> String {
    format!("br-{number}")
}

const DAEMONS: &str = "zebra=yes\nbgpd=yes\nbfdd=yes\nstaticd=yes\nvtysh_enable=yes\n\
                       zebra_options=\" -A 127.0.0.1 -s 90000000\"\nbgpd_options=\" -A 127.0.0.1\"\n\
                       bfdd_options=\" -A 127.0.0.1\"\nstaticd_options=\" -A 127.0.0.1\"\n";
