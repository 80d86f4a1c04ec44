//! Peers outside, in the two ways that kube-router has them.

use alloc::{format, string::String, sync::Arc, vec::Vec};
use core::net::IpAddr;

use crate::{
    plan::{
        inventory::{Peering, PeeringSettings, Remote, RemoteAddress, Scope, SecretRef},
        yaml::{Context, Limits, Source, Tree, Value, documents, join},
    },
    types::Asn,
};

/// A peer outside.
pub(super) struct Peer {
    address: IpAddr,
    text: String,
    asn: Asn,
    port: Option<u16>,
    local: Option<IpAddr>,
    /// Where its password is.
    password: Option<&'static str>,
    bfd: bool,
}

impl Peer {
    pub(super) fn peering(self, local: Scope, settings: &PeeringSettings, holder: &str) -> Peering {
        let mut settings = settings.clone();
        settings.local_address = self.local;
        settings.bfd = self.bfd;
        settings.password = self.password.map(|key| SecretRef {
            name: holder.into(),
            key: key.into(),
        });
        Peering {
            name: match &local {
                Scope::Node(name) => name.clone(),
                _ => format!("all to {}", self.address),
            },
            local,
            remote: Remote::Address(RemoteAddress {
                addr: self.address,
                text: self.text,
                port: self.port,
                asn: self.asn,
            }),
            reverse: false,
            settings,
        }
    }
}

/// Lists that belong together by place: `ips`, `asns`, `ports`, `passwords`,
/// `localips`.
pub(super) fn columns<'a>(
    context: &mut Context<'_>,
    listed: impl Fn(&str) -> Option<&'a str>,
    prefix: &str,
    line: usize,
) -> Vec<Peer> {
    let items = |name: &str| -> Vec<&'a str> {
        let text = listed(name).unwrap_or("");
        text.split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect()
    };
    let (addresses, ases) = (items("ips"), items("asns"));
    let (ports, passwords, locals) = (items("ports"), items("passwords"), items("localips"));
    let mut right = true;
    for (name, count, may_be_none) in [
        ("asns", ases.len(), false),
        ("ports", ports.len(), true),
        ("passwords", passwords.len(), true),
        ("localips", locals.len(), true),
    ] {
        if count != addresses.len() && !(may_be_none && count == 0) {
            let message = format!(
                "expected one for each of {} ips, found {count}",
                addresses.len()
            );
            context.error(line, &format!("{prefix}{name}"), message);
            right = false;
        }
    }
    if !right {
        return Vec::new();
    }
    let mut peers = Vec::new();
    for (at, text) in addresses.iter().enumerate() {
        let mut parsed = |name: &str, text: &str, expected: &str, right: bool| {
            if !right {
                let message = format!("expected {expected}, found {text:?}");
                context.error(line, &format!("{prefix}{name}"), message);
            }
        };
        let address: Option<IpAddr> = text.parse().ok();
        parsed("ips", text, "an IP address", address.is_some());
        let of = |list: &[&'a str]| list.get(at).copied();
        let asn_text = of(&ases).unwrap_or("");
        let asn: Option<Asn> = asn_text.parse().ok();
        parsed("asns", asn_text, "an AS number", asn.is_some());
        let port: Option<Option<u16>> = of(&ports).map(|it| it.parse().ok());
        parsed(
            "ports",
            of(&ports).unwrap_or(""),
            "a port",
            port != Some(None),
        );
        let local: Option<Option<IpAddr>> = of(&locals).map(|it| it.parse().ok());
        let local_text = of(&locals).unwrap_or("");
        parsed("localips", local_text, "an IP address", local != Some(None));
        if let (Some(address), Some(asn)) = (address, asn) {
            peers.push(Peer {
                address,
                text: (*text).into(),
                asn,
                port: port.flatten(),
                local: local.flatten(),
                password: of(&passwords).map(|_| "kube-router.io/peer.passwords"),
                bfd: false,
            });
        }
    }
    peers
}

/// The list in YAML that `kube-router.io/peers` holds.
pub(super) fn list(context: &mut Context<'_>, text: &str, line: usize) -> Vec<Peer> {
    const FIELD: &str = "metadata.annotations.kube-router.io/peers";
    let source = Source {
        name: "kube-router.io/peers",
        text,
    };
    let mut problems = Vec::new();
    let found = documents(&source, &Limits::default(), &mut problems);
    for problem in problems {
        // Its lines are those of the annotation's text.
        let message = format!("line {} of the text: {}", problem.line, problem.message);
        context.error(line, FIELD, message);
    }
    let mut peers = Vec::new();
    for (_, tree) in &found {
        peers.extend(of_tree(context, tree, FIELD, line));
    }
    peers
}

fn of_tree(context: &mut Context<'_>, tree: &Tree, field: &str, line: usize) -> Vec<Peer> {
    if !matches!(tree.value, Value::List(_)) {
        context.error(line, field, "expected a list of peers");
        return Vec::new();
    }
    let mut peers = Vec::new();
    let mut inner = Vec::new();
    let mut own = Context {
        file: context.file.clone(),
        document: context.document,
        resource: context.resource.clone(),
        problems: &mut inner,
    };
    for item in own.items(Some(tree), field) {
        own.only(item, field, FIELDS);
        let at = |name: &str| join(field, name);
        let address = own.address(item.get("remoteip"), &at("remoteip"));
        let asn = own.asn(item.get("remoteasn"), &at("remoteasn"));
        for (name, given) in [
            ("remoteip", address.is_some()),
            ("remoteasn", asn.is_some()),
        ] {
            if !given && item.get(name).is_none_or(Tree::is_null) {
                own.error(item.line, &at(name), "expected a value, found none");
            }
        }
        let port = own.port(item.get("port"), &at("port"));
        let local = own.address(item.get("localip"), &at("localip"));
        let bfd = item.get("bfd").and_then(|it| it.get("enabled"));
        let bfd = own.boolean(bfd, &at("bfd.enabled"));
        let password = item.get("password").is_some_and(|it| !it.is_null());
        if let (Some(address), Some(asn)) = (address, asn) {
            let text = item.get("remoteip").and_then(Tree::text);
            peers.push(Peer {
                address,
                text: text.unwrap_or_default().into(),
                asn,
                port,
                local,
                password: password.then_some("kube-router.io/peers"),
                bfd: bfd == Some(true),
            });
        }
    }
    for mut problem in inner {
        problem.line = line;
        problem.file = Arc::clone(&context.file);
        context.problems.push(problem);
    }
    peers
}

const FIELDS: &[&str] = &[
    "bfd",
    "localip",
    "password",
    "port",
    "remoteasn",
    "remoteip",
];
