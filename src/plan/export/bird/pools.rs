//! Blocks, pools and services: what is announced, and what goes to the kernel.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

use super::{Form, Target, by_text, is_host};
use crate::{
    plan::routing::{Pool, Programmed, Tunnel},
    types::Prefix,
};

impl Target<'_> {
    /// The static routes, and the function that announces blocks and nothing
    /// inside them.
    pub(super) fn blocks(&self) -> String {
        let own = self.own.map_or(&[][..], |own| &own.withheld);
        let blocks = self.node.advertised.iter().chain(own);
        let blocks = blocks.filter(|it| self.is_ours(**it)).copied().collect();
        let blocks = by_text(blocks);
        let mut out = String::new();
        self.statics(&mut out, &blocks);
        out.push_str("\nfunction calico_aggr ()\n{\n");
        let normal = self.inventory.routing.priority(self.is_v4());
        for block in blocks {
            let _ = writeln!(out, "  if ( net = {block} ) then {{ accept; }}");
            if self.form == Form::V3_32 {
                // Workloads on the move are announced by themselves.
                let moving = format!("net ~ {block} && krt_metric < {normal}");
                let _ = writeln!(out, "  if ( {moving} ) then {{ accept; }}");
            }
            let _ = writeln!(out, "  if ( net ~ {block} ) then {{ reject; }}");
        }
        out.push_str("}\n");
        out
    }

    fn statics(&self, out: &mut String, blocks: &[Prefix]) {
        let mut blocks = blocks.to_vec();
        if self.form == Form::V3_23 {
            let pending = self.own.map_or(&[][..], |own| &own.pending);
            blocks.extend(pending.iter().filter(|it| self.is_ours(**it)));
        }
        let mut routes: Vec<String> = Vec::new();
        let wide = by_text(blocks).into_iter().filter(|it| !is_host(*it));
        routes.extend(wide.map(|block| format!("{block} blackhole")));
        let services = self.service_routes();
        routes.extend(services.iter().map(|route| format!("{route} blackhole")));
        routes.extend(self.ends.iter().filter_map(|end| {
            let gateway = end.reachable_by?;
            Some(format!("{} via {gateway}", Prefix::host(end.neighbor)))
        }));
        let (head, tail) = match self.form {
            Form::V3_32 if routes.is_empty() => ("template static static_template {\n", "}\n"),
            Form::V3_32 => (
                "template static static_template {\n",
                "}\n\nprotocol static from static_template {\n}\n",
            ),
            Form::V3_23 if routes.is_empty() => return,
            Form::V3_31 | Form::V3_23 => ("protocol static {\n", "}\n"),
        };
        out.push_str(head);
        for route in routes {
            let _ = writeln!(out, "  route {route};");
        }
        out.push_str(tail);
    }

    /// The filters towards neighbours and the kernel.
    pub(super) fn pools(&self) -> String {
        let mut pools: Vec<&Pool> = self.inventory.routing.pools.iter().collect();
        pools.retain(|pool| self.is_ours(pool.prefix));
        pools.sort_by_cached_key(|pool| pool.prefix.to_string().replace('/', "-"));
        let mut out = String::new();
        if self.form == Form::V3_32 {
            out.push_str(LOCAL_ROUTES);
            self.export(&mut out, &pools);
        } else {
            self.old_export(&mut out, &pools);
        }
        self.kernel(&mut out, &pools);
        out
    }

    fn export(&self, out: &mut String, pools: &[&Pool]) {
        out.push_str("\nfunction calico_export_to_bgp_peers(bool internal_peer) {\n");
        for pool in pools.iter().filter(|pool| !pool.exported) {
            let _ = writeln!(out, "  if (net ~ {}) then {{ reject; }}", pool.prefix);
        }
        out.push_str("  if (internal_peer) then {\n    if (defined(ifname)) then {\n");
        // The device's routes are BIRD's own where it programs all.
        let device = if self.inventory.routing.program == Programmed::All {
            ""
        } else {
            " || (ifname ~ \"tunl0\")"
        };
        let _ = writeln!(
            out,
            "      if ((ifname ~ \"*.cali\") || (ifname ~ \"*.calico\"){device}) then {{"
        );
        out.push_str("        reject;\n      }\n    }\n  }\n");
        out.push_str("  reject_local_routes();\n  apply_communities();\n  calico_aggr();\n");
        self.services(out);
        for pool in pools.iter().filter(|pool| pool.exported) {
            let _ = writeln!(out, "  if (net ~ {}) then {{ accept; }}", pool.prefix);
        }
        out.push_str("}\n");
    }

    fn old_export(&self, out: &mut String, pools: &[&Pool]) {
        out.push_str("function reject_disabled_pools ()\n{\n");
        for pool in pools.iter().filter(|pool| !pool.exported) {
            let _ = writeln!(out, "  if ( net ~ {} ) then {{ reject; }}", pool.prefix);
        }
        out.push_str("}\n\n");
        let oldest = self.form == Form::V3_23;
        if oldest {
            out.push_str("filter calico_export_to_bgp_peers {\n  reject_disabled_pools();\n");
        } else {
            out.push_str(TUNNEL_ROUTES);
            out.push_str(LOCAL_ROUTES);
            out.push_str("\nfunction calico_export_to_bgp_peers(bool internal_peer) {\n");
            out.push_str("  reject_disabled_pools();\n  if (internal_peer) then {\n");
            out.push_str("    reject_tunnel_routes();\n  }\n  reject_local_routes();\n");
        }
        out.push_str("  apply_communities();\n  calico_aggr();\n");
        self.services(out);
        for pool in pools.iter().filter(|pool| pool.exported) {
            let _ = writeln!(out, "  if ( net ~ {} ) then {{", pool.prefix);
            out.push_str("    accept;\n  }\n");
        }
        out.push_str(if oldest { "  reject;\n}\n" } else { "}\n" });
    }

    /// Accepts what is announced for services.
    fn services(&self, out: &mut String) {
        let (_, passed) = self.service_ranges();
        for route in self.service_routes().into_iter().chain(passed) {
            let _ = writeln!(out, "  if ( net ~ {route} ) then {{ accept; }}");
        }
    }

    fn kernel(&self, out: &mut String, pools: &[&Pool]) {
        out.push_str("\nfilter calico_kernel_programming {\n");
        let (ranges, _) = self.service_ranges();
        for range in ranges {
            let _ = writeln!(out, "  if ( net ~ {range} ) then {{ reject; }}");
        }
        if self.form == Form::V3_32 {
            let normal = self.inventory.routing.priority(self.is_v4());
            out.push_str("  if (defined(source) && (source = RTS_BGP)");
            out.push_str(" && !defined(krt_metric)) then {\n");
            let _ = writeln!(out, "    krt_metric = {normal};");
            out.push_str("    if (defined(bgp_local_pref)) then {\n");
            let _ = writeln!(
                out,
                "      krt_metric = {HIGHEST} - bgp_local_pref;\n    }}"
            );
            let _ = writeln!(out, "    if (krt_metric < {normal}) then {{");
            out.push_str("      preference = 200;\n    }\n  }\n");
        }
        if self.node.address(self.family).is_some() {
            for pool in pools {
                let action = if self.form == Form::V3_32 {
                    self.kernel_action(pool)
                } else {
                    self.old_kernel_action(pool)
                };
                out.push_str(&action);
            }
        }
        out.push_str("  accept;\n}\n");
    }

    /// What becomes of a pool's routes.
    fn kernel_action(&self, pool: &Pool) -> String {
        let reject = || format!("  if (net ~ {}) then {{ reject; }}\n", pool.prefix);
        let accept = |tunnel: &str| {
            let prefix = pool.prefix;
            format!("  if (net ~ {prefix}) then {{ {tunnel}accept; }}\n")
        };
        match (pool.tunnel, self.inventory.routing.program) {
            (_, Programmed::Nothing) | (Tunnel::Vxlan | Tunnel::VxlanCrossSubnet, _) => reject(),
            // IPv6 has no IP in IP: nothing is to be decided.
            _ if !self.is_v4() => String::new(),
            (Tunnel::None, _) => accept(""),
            (_, Programmed::WithoutTunnel) => reject(),
            (Tunnel::IpIp, Programmed::All) => accept("krt_tunnel=\"tunl0\"; "),
            (Tunnel::IpIpCrossSubnet, Programmed::All) => accept(&format!(
                "if (defined(bgp_next_hop)&&(bgp_next_hop ~ {})) then krt_tunnel=\"\"; \
                 else krt_tunnel=\"tunl0\"; ",
                self.network()
            )),
        }
    }

    fn old_kernel_action(&self, pool: &Pool) -> String {
        let action = match pool.tunnel {
            Tunnel::Vxlan | Tunnel::VxlanCrossSubnet => "    reject;\n".into(),
            _ if !self.is_v4() => return String::new(),
            Tunnel::None => "    krt_tunnel = \"\";\n    accept;\n".into(),
            Tunnel::IpIp => "    krt_tunnel = \"tunl0\";\n    accept;\n".into(),
            Tunnel::IpIpCrossSubnet => format!(
                "    if defined(bgp_next_hop) && ( bgp_next_hop ~ {} ) then\n      \
                 krt_tunnel = \"\";\n    else\n      krt_tunnel = \"tunl0\";\n    accept;\n",
                self.network()
            ),
        };
        format!("  if ( net ~ {} ) then {{\n{action}  }}\n", pool.prefix)
    }

    /// The subnet that needs no tunnel.
    fn network(&self) -> String {
        let address = self.node.address(self.family);
        address.map_or_else(String::new, |it| it.network().to_string())
    }
}

/// LOCAL_PREF is this less the kernel's metric.
pub(super) const HIGHEST: u32 = 0x7fff_ffff;

const LOCAL_ROUTES: &str = "\
function reject_local_routes () {
  if (defined(ifname)) then {
    if (ifname ~ \"bpf*.cali\") then {
      reject;
    }
  }
}
";
const TUNNEL_ROUTES: &str = "\
function reject_tunnel_routes () {
  if (defined(ifname)) then {
    if ((ifname ~ \"*.cali\") || (ifname ~ \"*.calico\")) then {
      reject;
    }
  }
}

";
