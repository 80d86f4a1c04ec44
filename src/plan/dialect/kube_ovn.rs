//! Kube-OVN's speaker: the flags of its `DaemonSet`, and Kubernetes' nodes.
//!
//! Every node that the `DaemonSet` runs on peers with the same neighbours
//! outside, in one AS; nodes do not peer with each other. What is announced is
//! said by annotations of pods, subnets and services, which are not read: a
//! node's pod CIDRs do not count here.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{net::IpAddr, time::Duration};

use super::{
    Reading,
    kube_router::flags,
    kubernetes::{self, Cluster, Read, Resource},
};
use crate::{
    plan::{
        Inventory,
        inventory::{
            Dialect, Peering, PeeringSettings, Reflection, Remote, RemoteAddress, Scope, SecretRef,
        },
        selector::{Expression, Selector},
        yaml::{Context, Limits, Source, Value, boolean},
    },
    types::Asn,
};

/// Reads any number of files, documents and lists.
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    kubernetes::read(KubeOvn::default(), sources, limits)
}

#[derive(Default)]
struct KubeOvn {
    daemon: Option<Daemon>,
}

struct Daemon {
    name: String,
    /// By name, with their lines.
    flags: BTreeMap<String, (String, usize)>,
    selector: Selector,
}

impl Read for KubeOvn {
    const DIALECT: Dialect = Dialect::KubeOvn;

    fn resource(&mut self, context: &mut Context<'_>, resource: &Resource<'_>) -> bool {
        if resource.kind != "DaemonSet" || !resource.api.starts_with("apps/") {
            return false;
        }
        let found = flags(context, resource, |_, name| name == "kube-ovn-speaker");
        let Some(found) = found else { return false };
        let pod = resource.tree.get("spec").and_then(|it| it.get("template"));
        let pod = pod.and_then(|it| it.get("spec")?.get("nodeSelector"));
        let mut all = Vec::new();
        if let Some(Value::Map(entries)) = pod.map(|it| &it.value) {
            for (key, value) in entries {
                let both = (key.text(), value.text());
                if let (Some(key), Some(value)) = both {
                    all.push(Expression::Equal(key.into(), value.into()));
                }
            }
        }
        let selector = match all.len() {
            0 => Selector::all(),
            _ => Selector::from(Expression::And(all)),
        };
        self.daemon = Some(Daemon {
            name: resource.name.to_string(),
            flags: found,
            selector,
        });
        true
    }

    fn finish(self, context: &mut Context<'_>, mut cluster: Cluster) -> Inventory {
        // Pods' addresses are announced one by one, where they say so.
        for node in &mut cluster.nodes {
            node.advertised.clear();
        }
        let Some(Daemon {
            name,
            flags,
            selector,
        }) = self.daemon
        else {
            let message = "expected the DaemonSet kube-ovn-speaker, found none";
            context.error(0, "", message);
            return cluster.inventory(Vec::new(), None);
        };
        cluster.at(context, "DaemonSet", &name);
        let mut wrong = |flag: &str, expected: &str| {
            let (found, line) = flags.get(flag).map_or(("nothing", 0), |it| (&it.0, it.1));
            let message = format!("expected {expected}, found {found:?}");
            context.error(line, &format!("--{flag}"), message);
        };
        let text = |flag: &str| flags.get(flag).map(|it| it.0.as_str());
        let [own_as, neighbor_as] = ["cluster-as", "neighbor-as"].map(|flag| {
            let asn = text(flag).and_then(|it| it.parse().ok());
            let asn = asn.filter(|it: &Asn| *it != Asn::ZERO);
            if asn.is_none() {
                wrong(flag, "an AS number from 1 to 4294967295");
            }
            asn
        });
        let neighbor_as = neighbor_as.unwrap_or(Asn::ZERO);
        let hold = text("holdtime").map(crate::plan::yaml::duration);
        if hold == Some(None) || hold.flatten().is_some_and(|it| it < LEAST_HOLD) {
            wrong("holdtime", "a duration of at least 3s");
        }
        let switch = |flag: &str| text(flag).and_then(boolean) == Some(true);
        let hops = text("ebgp-multihop").map(str::parse::<u8>);
        if matches!(hops, Some(Err(_))) {
            wrong("ebgp-multihop", "hops from 1 to 255");
        }
        let mut addresses: Vec<(IpAddr, String)> = Vec::new();
        for flag in ["neighbor-address", "neighbor-ipv6-address"] {
            for one in text(flag).unwrap_or("").split(',').map(str::trim) {
                match one.parse() {
                    Ok(addr) => addresses.push((addr, one.into())),
                    Err(_) if one.is_empty() => {}
                    Err(_) => wrong(flag, "IP addresses with commas between them"),
                }
            }
        }
        if addresses.is_empty() {
            wrong("neighbor-address", "a neighbour's address");
        }
        if text("passivemode").is_some_and(|it| boolean(it) == Some(true)) {
            let message = "nodes wait to be dialled: the neighbours have to";
            context.note(0, "--passivemode", message);
        }
        let restarts = switch("graceful-restart");
        let settings = PeeringSettings {
            hold_time: Some(hold.flatten().unwrap_or(HOLD_TIME)),
            graceful_restart: Some(restarts),
            hops: Some(hops.and_then(Result::ok).unwrap_or(1)),
            bfd: switch("enable-bfd"),
            password: text("auth-password").map(|_| SecretRef {
                name: format!("DaemonSet {name}"),
                key: "--auth-password".into(),
            }),
            reflection: Reflection::NonClient,
            ..PeeringSettings::default()
        };
        let peerings = addresses.into_iter().map(|(addr, text)| Peering {
            name: name.clone(),
            local: Scope::Selector(selector.clone()),
            remote: Remote::Address(RemoteAddress {
                addr,
                text,
                port: None,
                asn: neighbor_as,
            }),
            reverse: false,
            settings: settings.clone(),
        });
        let peerings = peerings.collect();
        if cluster.selected(&selector).next().is_none() && !cluster.nodes.is_empty() {
            let message = "no node has the labels that the DaemonSet is for";
            context.warn(0, "spec.template.spec.nodeSelector", message);
        }
        cluster.inventory(peerings, own_as)
    }
}

/// The speaker's own.
const HOLD_TIME: Duration = Duration::from_secs(90);
const LEAST_HOLD: Duration = Duration::from_secs(3);
