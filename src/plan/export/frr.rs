//! FRR's configuration, `frr.conf`, of any router of a plan.
//!
//! Everything is said that a session has. eBGP exchanges routes, as in other
//! daemons: FRR would want policies for it (RFC 8212). What is announced is a
//! `network`, whether or not the kernel has a route to it. Passwords are not
//! known here, only where they are: a comment stands in their place.

mod maps;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use core::{fmt::Write as _, time::Duration};

use super::{File, Unsaid, ends_of};
use crate::{
    plan::{
        Inventory, SessionEnd,
        inventory::{Dialect, NeighborAs, NextHop},
        pairing::{Plan, PlannedRouter},
    },
    types::{Asn, ClusterId, Family, PeerType},
};
use maps::Maps;

/// Every router's `frr.conf`, in a folder by its name.
pub fn files(inventory: &Inventory, plan: &Plan) -> Vec<File> {
    let routers = 0..plan.routers.len();
    let files = routers.filter_map(|at| {
        let (text, _) = written(inventory, plan, at)?;
        let router = plan.routers.get(at)?;
        let name = format!("{}/frr.conf", router.name);
        Some(File { name, text })
    });
    files.collect()
}

/// The configuration of the router at this index in [`Plan::routers`]; `None`
/// where there is no such router.
///
/// ```
/// use bgpwright::plan::{Mode, export::frr, generate, plan};
///
/// let inventory = generate(3, Mode::Mesh);
/// let text = frr::router(&inventory, &plan(&inventory), 0).unwrap();
/// assert!(text.contains("router bgp 64512"));
/// assert!(text.contains(" neighbor 10.0.0.3 remote-as 64512"));
/// ```
pub fn router(inventory: &Inventory, plan: &Plan, at: usize) -> Option<String> {
    written(inventory, plan, at).map(|(text, _)| text)
}

/// What the plan says and FRR's configurations do not.
pub fn unsaid(inventory: &Inventory, plan: &Plan) -> Vec<Unsaid> {
    let routers = 0..plan.routers.len();
    let all = routers.filter_map(|at| written(inventory, plan, at));
    let mut unsaid: Vec<Unsaid> = all.flat_map(|(_, unsaid)| unsaid).collect();
    unsaid.sort();
    unsaid.dedup();
    unsaid
}

fn written(inventory: &Inventory, plan: &Plan, at: usize) -> Option<(String, Vec<Unsaid>)> {
    let router = plan.routers.get(at)?;
    // FRR has one session with an address.
    let mut known = BTreeSet::new();
    let mut ends = ends_of(inventory, plan, at);
    let mut writer = Writer {
        router,
        helps: inventory.dialect == Dialect::MetalLb,
        out: String::new(),
        unsaid: Vec::new(),
    };
    ends.retain(|end| {
        let first = known.insert(end.neighbor);
        if !first {
            writer.unsaid(end, "a second session with this address: FRR has one");
        }
        first
    });
    let mut maps = Maps::default();
    let named = ends.iter().map(|end| maps.of(inventory, end));
    let named: Vec<[Option<String>; 2]> = named.collect();
    writer.all(plan, at, &ends, &named, &maps);
    for (name, what) in maps.unsaid {
        let subject = format!("BGPFilter {name:?}");
        writer.unsaid.push(Unsaid { subject, what });
    }
    Some((writer.out, writer.unsaid))
}

struct Writer<'p> {
    router: &'p PlannedRouter,
    /// Whether a router that offers no graceful restart helps neighbours that
    /// do, as FRR in MetalLB.
    helps: bool,
    out: String,
    unsaid: Vec<Unsaid>,
}

impl Writer<'_> {
    fn unsaid(&mut self, end: &SessionEnd, what: &str) {
        self.unsaid.push(Unsaid {
            subject: format!("{:?} with {}", self.router.name, end.neighbor),
            what: what.into(),
        });
    }

    fn line(&mut self, text: impl core::fmt::Display) {
        let _ = writeln!(self.out, "{text}");
    }

    fn all(
        &mut self,
        plan: &Plan,
        at: usize,
        ends: &[SessionEnd],
        named: &[[Option<String>; 2]],
        maps: &Maps,
    ) {
        let router = self.router;
        self.line("frr defaults traditional");
        self.line(format_args!("hostname {}", word(&router.name)));
        self.line("!");
        self.out.push_str(&maps.text);
        self.line(format_args!("router bgp {}", router.asn));
        self.line(format_args!(" bgp router-id {}", router.router_id));
        self.cluster(plan.cluster_of(at), ends);
        self.line(" no bgp ebgp-requires-policy");
        self.line(" no bgp default ipv4-unicast");
        self.line(" no bgp network import-check");
        let external = ends
            .iter()
            .filter(|it| it.peer_type() == PeerType::External);
        let ways = external.count() > 1;
        if ways {
            self.line(" bgp bestpath as-path multipath-relax");
        }
        self.restart(ends);
        for end in ends {
            self.session(end);
        }
        for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
            let of_family = ends.iter().zip(named);
            let of_family = of_family.filter(|(it, _)| it.family() == family);
            let of_family: Vec<_> = of_family.collect();
            let own = router.originates.iter().filter(|it| it.family() == family);
            let own: Vec<_> = own.collect();
            if of_family.is_empty() && own.is_empty() {
                continue;
            }
            let name = if family == Family::IPV4_UNICAST {
                "ipv4"
            } else {
                "ipv6"
            };
            self.line(" !");
            self.line(format_args!(" address-family {name} unicast"));
            for prefix in own {
                self.line(format_args!("  network {prefix}"));
            }
            for (end, maps) in of_family {
                self.exchange(end, maps);
            }
            if ways {
                self.line("  maximum-paths 64");
            }
            self.line(" exit-address-family");
        }
        self.line("exit");
        self.line("!");
    }

    fn cluster(&mut self, own: Option<ClusterId>, ends: &[SessionEnd]) {
        let of_clients: BTreeSet<ClusterId> =
            ends.iter().filter_map(|it| it.reflector_client).collect();
        let Some(first) = of_clients.first().copied().or(own) else {
            return;
        };
        self.line(format_args!(" bgp cluster-id {first}"));
        if let Some(second) = of_clients.iter().nth(1) {
            self.unsaid.push(Unsaid {
                subject: format!("{:?}", self.router.name),
                what: format!("cluster id {second}: FRR has one for all clients"),
            });
        }
    }

    /// FRR has one restart time for all neighbours.
    fn restart(&mut self, ends: &[SessionEnd]) {
        let times: BTreeSet<Duration> = ends.iter().filter_map(|it| it.restart_time).collect();
        if let Some(longest) = times.last() {
            let seconds = longest.as_secs();
            self.line(format_args!(" bgp graceful-restart restart-time {seconds}"));
        }
        if times.len() > 1 {
            let subject = format!("{:?}", self.router.name);
            let what = "restart times that differ: FRR has one, and gets the longest".into();
            self.unsaid.push(Unsaid { subject, what });
        }
    }

    fn session(&mut self, end: &SessionEnd) {
        let to = end.neighbor;
        let mut say = |text: &dyn core::fmt::Display| {
            let _ = writeln!(self.out, " neighbor {to} {text}");
        };
        let open = end.remote_as == Asn::ZERO;
        match end.neighbor_as {
            NeighborAs::Internal => say(&"remote-as internal"),
            NeighborAs::External => say(&"remote-as external"),
            NeighborAs::Any if open => say(&"remote-as external"),
            NeighborAs::Any | NeighborAs::Exactly => {
                say(&format_args!("remote-as {}", end.remote_as));
            }
        }
        say(&format_args!("description {}", word(&end.protocol_name())));
        let own_as = end.local_as_override && end.local_as != self.router.asn;
        if own_as && end.remote_as != self.router.asn {
            say(&format_args!(
                "local-as {} no-prepend replace-as",
                end.local_as
            ));
        }
        if let Some(port) = end.port.filter(|it| *it != PORT) {
            say(&format_args!("port {port}"));
        }
        if !end.any_source_address {
            say(&format_args!("update-source {}", end.local));
        }
        if end.passive {
            say(&"passive");
        }
        timers(end, &mut say);
        if end.peer_type() == PeerType::External {
            let near = self.router.addresses.iter();
            let mut near = near.filter(|it| it.length.is_some());
            let connected = near.any(|it| it.network().contains(to));
            match (end.ttl_security, end.hops) {
                (Some(hops), _) => say(&format_args!("ttl-security hops {hops}")),
                (None, Some(hops)) if hops > 1 => say(&format_args!("ebgp-multihop {hops}")),
                (None, None) if !connected => say(&"ebgp-multihop 255"),
                _ => {}
            }
        } else if let Some(hops) = end.ttl_security {
            say(&format_args!("ttl-security hops {hops}"));
        }
        if end.bfd {
            say(&"bfd");
        }
        match end.graceful_restart {
            Some(true) => say(&"graceful-restart"),
            Some(false) if !self.helps => say(&"graceful-restart-disable"),
            Some(false) | None => {}
        }
        if let Some(secret) = &end.password {
            let (name, key) = (word(&secret.name), word(&secret.key));
            let _ = writeln!(
                self.out,
                " ! neighbor {to} password: key {key} of Secret {name}"
            );
            self.unsaid(end, "its password: it has to be written in by hand");
        }
        if open && end.neighbor_as == NeighborAs::Any {
            let what = "whichever AS its neighbour has: here any but the router's own";
            self.unsaid(end, what);
        }
        if own_as && end.remote_as == self.router.asn {
            let what = "an AS of its own: FRR has that for neighbours of other ASes";
            self.unsaid(end, what);
        }
        if end.reachable_by.is_some() {
            self.unsaid(
                end,
                "the gateway towards it: a static route has to lead there",
            );
        }
    }

    fn exchange(&mut self, end: &SessionEnd, [import, export]: &[Option<String>; 2]) {
        let to = end.neighbor;
        let mut say = |text: &dyn core::fmt::Display| {
            let _ = writeln!(self.out, "  neighbor {to} {text}");
        };
        say(&"activate");
        let internal = end.peer_type() == PeerType::Internal;
        if end.reflector_client.is_some() && internal {
            say(&"route-reflector-client");
        }
        match end.next_hop {
            NextHop::Own if internal => say(&"next-hop-self force"),
            NextHop::Own => say(&"next-hop-self"),
            NextHop::Keep | NextHop::KeepExternal if !internal => {
                say(&"attribute-unchanged next-hop");
            }
            _ => {}
        }
        if let Some(times) = end.allow_local_as.filter(|it| *it > 0) {
            say(&format_args!("allowas-in {times}"));
        }
        for (map, direction) in [(import, "in"), (export, "out")] {
            if let Some(map) = map {
                say(&format_args!("route-map {map} {direction}"));
            }
        }
    }
}

fn timers(end: &SessionEnd, say: &mut dyn FnMut(&dyn core::fmt::Display)) {
    let hold = end.hold_time.map(|it| it.as_secs());
    let keepalive = end.keepalive.map(|it| it.as_secs());
    let both = match (keepalive, hold) {
        (Some(keepalive), Some(hold)) => Some((keepalive, hold)),
        // A third of each other, as RFC 4271 §10 has it.
        (Some(keepalive), None) => Some((keepalive, keepalive.saturating_mul(3))),
        (None, Some(hold)) => Some((hold / 3, hold)),
        (None, None) => None,
    };
    if let Some((keepalive, hold)) = both {
        say(&format_args!("timers {keepalive} {hold}"));
    }
    if let Some(retry) = end.connect_retry {
        say(&format_args!("timers connect {}", retry.as_secs().max(1)));
    }
}

/// A text that FRR takes for one word.
pub(super) fn word(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let word = text.chars().map(|c| if fits(c) { c } else { '-' });
    word.collect()
}

/// Names of things by what they are made of: equal ones share a name.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// The name, and whether it is new.
    fn of(&mut self, prefix: &str, text: String) -> (String, bool) {
        let number = self.0.len().saturating_add(1);
        let mut new = false;
        let name = self.0.entry(text).or_insert_with(|| {
            new = true;
            format!("{prefix}-{number}")
        });
        (name.clone(), new)
    }
}

const PORT: u16 = 179;
