//! Sessions as BIRD's protocols.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt::Write as _, time::Duration};

use super::{Form, Target, filters, pools::HIGHEST};
use crate::{
    plan::{
        Origin, SessionEnd,
        filter::Direction,
        inventory::{NeighborAs, NextHop},
    },
    types::{Asn, PeerType},
};

impl Target<'_> {
    pub(super) fn session(&self, out: &mut String, end: &SessionEnd) {
        let _ = writeln!(
            out,
            "\nprotocol bgp {} from bgp_template {{",
            end.protocol_name()
        );
        let mut say = |line: &str| {
            let _ = writeln!(out, "  {line}");
        };
        let meshed = end.origin == Origin::Mesh;
        if self.form == Form::V3_31 && !meshed {
            hops(&mut say, end);
        }
        if end.local_as_override && self.form != Form::V3_23 {
            say(&format!("local as {};", end.local_as));
        }
        neighbor(&mut say, end);
        if self.form == Form::V3_32 {
            hops(&mut say, end);
        }
        if self.form == Form::V3_31 && meshed {
            say("import all;");
        } else if self.form != Form::V3_23 {
            self.import_filter(&mut say, end);
        }
        if self.form != Form::V3_23 {
            self.export_filter(&mut say, end);
        }
        if end.passive {
            say("passive on;");
        }
        if let Some(time) = end.restart_time {
            say(&format!("graceful restart time {};", seconds(time)));
        }
        if let Some(time) = end.keepalive.filter(|_| self.form == Form::V3_32) {
            say(&format!("keepalive time {};", seconds(time)));
        }
        if end.password.is_some() {
            say("# The password is in a Secret.");
        }
        if let Some(cluster) = end.reflector_client {
            say("rr client;");
            say(&format!("rr cluster id {cluster};"));
        }
        match end.next_hop {
            NextHop::Own if self.form != Form::V3_23 => say("next hop self;"),
            NextHop::Keep => say("next hop keep;"),
            NextHop::Own | NextHop::Auto | NextHop::KeepExternal => {}
        }
        if let Some(times) = end.allow_local_as {
            say(&format!("allow local as {times};"));
        }
        out.push_str("}\n");
    }

    fn import_filter(&self, say: &mut impl FnMut(&str), end: &SessionEnd) {
        say("import filter {");
        for call in self.calls(end, Direction::Import) {
            say(&format!("  {call}"));
        }
        if self.form == Form::V3_32 {
            // Routes to workloads on the move go before the others.
            let normal = self.inventory.routing.priority(self.is_v4());
            let usual = HIGHEST.saturating_sub(normal);
            let better = format!("(bgp_local_pref > {usual})");
            say(&format!("  if (defined(bgp_local_pref)&&{better}) then"));
            say("    preference = 200;");
        }
        say("  accept;");
        say("};");
    }

    fn export_filter(&self, say: &mut impl FnMut(&str), end: &SessionEnd) {
        say("export filter {");
        if self.form == Form::V3_32 {
            let normal = self.inventory.routing.priority(self.is_v4());
            say("  if (defined(source) && source = RTS_BGP && defined(bgp_local_pref)) then {");
            say(&format!("    krt_metric = {HIGHEST} - bgp_local_pref;"));
            say("  } else {");
            let set = format!("krt_metric = {normal};");
            say(&format!("    if (!defined(krt_metric)) then {{ {set} }}"));
            say(&format!("    bgp_local_pref = {HIGHEST} - krt_metric;"));
            say("  }");
        }
        for call in self.calls(end, Direction::Export) {
            say(&format!("  {call}"));
        }
        let internal = end.peer_type() == PeerType::Internal;
        say(&format!("  calico_export_to_bgp_peers({internal});"));
        say("  reject;");
        say("};");
    }

    fn calls(&self, end: &SessionEnd, direction: Direction) -> Vec<String> {
        let names = match direction {
            Direction::Import => &end.import_filters,
            Direction::Export => &end.export_filters,
        };
        let way = (self.family, direction);
        let filters = &self.inventory.filters;
        let calls = names.iter();
        calls
            .filter_map(|name| filters::call(filters, name, way, end.peer_type()))
            .collect()
    }
}

fn neighbor(say: &mut impl FnMut(&str), end: &SessionEnd) {
    let address = match &end.neighbor_text {
        Some(text) => text.to_string(),
        None => end.neighbor.to_string(),
    };
    let whose = match end.neighbor_as {
        NeighborAs::External if end.remote_as == Asn::ZERO => "external".into(),
        _ => format!("as {}", end.remote_as),
    };
    match end.port {
        Some(port) => say(&format!("neighbor {address} port {port} {whose};")),
        None => say(&format!("neighbor {address} {whose};")),
    }
    if !end.any_source_address {
        say(&format!("source address {};", end.local));
    }
}

fn hops(say: &mut impl FnMut(&str), end: &SessionEnd) {
    if let Some(hops) = end.ttl_security {
        say("ttl security on;");
        say(&format!("multihop {hops};"));
    } else {
        say("ttl security off;");
        say("multihop;");
    }
}

/// Whole seconds, rounded.
fn seconds(time: Duration) -> u64 {
    let more = u64::from(time.subsec_millis() >= 500);
    time.as_secs().saturating_add(more)
}

/// What an end has that a form does not write.
pub(super) fn unsaid(end: &SessionEnd, form: Form) -> Vec<String> {
    let old = form < Form::V3_32;
    let oldest = form < Form::V3_31;
    let filtered = !(end.import_filters.is_empty() && end.export_filters.is_empty());
    let given = [
        (end.hold_time.is_some(), "hold time"),
        (end.connect_retry.is_some(), "time between attempts"),
        (end.bfd, "BFD"),
        (end.hops.is_some(), "hops without TTL security"),
        (end.graceful_restart == Some(false), "no graceful restart"),
        (
            end.neighbor_as == NeighborAs::Any && end.remote_as == Asn::ZERO,
            "whichever AS its neighbour has",
        ),
        (end.keepalive.is_some() && old, "time between KEEPALIVEs"),
        (end.local_as_override && oldest, "an AS of its own"),
        (end.ttl_security.is_some() && oldest, "TTL security"),
        (end.next_hop == NextHop::Own && oldest, "next hop self"),
        (filtered && oldest, "filters"),
    ];
    let given = given.into_iter().filter(|(given, _)| *given);
    let mut unsaid: Vec<_> = given
        .map(|(_, what)| format!("{what}: Calico writes nothing of it"))
        .collect();
    if end.password.is_some() {
        unsaid.push(PASSWORD.into());
    }
    unsaid
}

/// Why there is no password.
pub(super) const PASSWORD: &str =
    "its password: it is in a Secret, which is not read, and a comment stands in its place";
