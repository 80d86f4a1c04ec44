//! `CiliumBGPPeerConfig` and `CiliumBGPAdvertisement`.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use super::family;
use crate::plan::{
    dialect::kubernetes::{Resource, label_selector, number, small},
    inventory::{PeeringSettings, Reflection},
    selector::Selector,
    yaml::{Context, Kind, Tree, Value, join},
};

/// How a peer is spoken to.
pub(super) struct PeerConfig {
    pub(super) port: Option<u16>,
    pub(super) secret: Option<String>,
    hold: Duration,
    keepalive: Duration,
    retry: Duration,
    hops: u8,
    restart: Option<Duration>,
    /// Which advertisements go to it.
    told: Vec<Selector>,
}

impl Default for PeerConfig {
    fn default() -> Self {
        Self {
            port: None,
            secret: None,
            hold: Duration::from_secs(90),
            keepalive: Duration::from_secs(30),
            retry: Duration::from_mins(2),
            hops: 1,
            restart: None,
            told: Vec::new(),
        }
    }
}

impl PeerConfig {
    pub(super) fn read(context: &mut Context<'_>, resource: &Resource<'_>) -> Self {
        let mut of = Self::default();
        let Some(spec) = resource.spec(context) else {
            return of;
        };
        context.only(spec, "spec", FIELDS);
        let transport = context.container(spec.get("transport"), "spec.transport", Kind::Map);
        let port = transport.and_then(|it| it.get("peerPort"));
        of.port = context.port(port, "spec.transport.peerPort");
        let secret = context.text(
            spec.get("authSecretRef"),
            "spec.authSecretRef",
            "a Secret's name",
        );
        of.secret = secret.filter(|it| !it.is_empty()).map(ToString::to_string);
        let hops = number(
            context,
            spec.get("ebgpMultihop"),
            "spec.ebgpMultihop",
            (1, 255),
        );
        of.hops = small(hops).unwrap_or(1);
        of.timers(context, spec);
        let path = "spec.gracefulRestart";
        if let Some(restart) = context.container(spec.get("gracefulRestart"), path, Kind::Map) {
            let on = context.boolean(restart.get("enabled"), "spec.gracefulRestart.enabled");
            let field = "spec.gracefulRestart.restartTimeSeconds";
            let time = number(context, restart.get("restartTimeSeconds"), field, (1, 4095));
            let time = Duration::from_secs(time.unwrap_or(120));
            of.restart = (on == Some(true)).then_some(time);
        }
        for item in context.items(spec.get("families"), "spec.families") {
            let text = |name: &str| item.get(name).and_then(Tree::text);
            let (afi, safi) = (text("afi"), text("safi"));
            if family(afi, safi).is_none() {
                let message = format!(
                    "family {} {} is not planned with: expected ipv4 or ipv6, unicast",
                    afi.unwrap_or("?"),
                    safi.unwrap_or("?")
                );
                context.note(item.line, "spec.families", message);
                continue;
            }
            // Without a selector nothing is told.
            let field = "spec.families.advertisements";
            if let Some(tree) = item.get("advertisements").filter(|it| !it.is_null()) {
                of.told.extend(label_selector(context, Some(tree), field));
            }
        }
        of
    }

    fn timers(&mut self, context: &mut Context<'_>, spec: &Tree) {
        let timers = context.container(spec.get("timers"), "spec.timers", Kind::Map);
        let Some(timers) = timers else { return };
        let mut seconds = |name: &str, (least, most): (u64, u64)| {
            let field = join("spec.timers", name);
            let number = number(context, timers.get(name), &field, (least, most));
            number.map(Duration::from_secs)
        };
        self.retry = seconds("connectRetryTimeSeconds", (1, 0x7fff_ffff)).unwrap_or(self.retry);
        self.hold = seconds("holdTimeSeconds", (3, 65_535)).unwrap_or(self.hold);
        self.keepalive = seconds("keepAliveTimeSeconds", (1, 65_535)).unwrap_or(self.keepalive);
        if self.keepalive > self.hold {
            let message = format!(
                "expected at most the hold time of {} s, found {} s",
                self.hold.as_secs(),
                self.keepalive.as_secs()
            );
            context.error(timers.line, "spec.timers.keepAliveTimeSeconds", message);
        }
    }

    pub(super) fn settings(&self) -> PeeringSettings {
        PeeringSettings {
            hold_time: Some(self.hold),
            keepalive: Some(self.keepalive),
            connect_retry: Some(self.retry),
            hops: Some(self.hops),
            graceful_restart: Some(self.restart.is_some()),
            restart_time: self.restart,
            reflection: Reflection::NonClient,
            ..PeeringSettings::default()
        }
    }

    /// Whether pods' CIDRs are told.
    pub(super) fn tells_pods(&self, all: &[Advertisement]) -> bool {
        let of = all.iter().filter(|it| it.pods);
        of.into_iter()
            .any(|it| self.told.iter().any(|told| told.matches(&it.labels)))
    }
}

/// What is announced, to peers whose configurations have a selector for it.
pub(super) struct Advertisement {
    labels: BTreeMap<String, String>,
    pods: bool,
}

impl Advertisement {
    pub(super) fn read(context: &mut Context<'_>, resource: &Resource<'_>) -> Option<Self> {
        let mut labels = BTreeMap::new();
        let tree = resource
            .tree
            .get("metadata")
            .and_then(|it| it.get("labels"));
        if let Some(Value::Map(entries)) = tree.map(|it| &it.value) {
            for (key, value) in entries {
                if let (Some(key), Some(value)) = (key.text(), value.text()) {
                    labels.insert(key.into(), value.into());
                }
            }
        }
        let spec = resource.spec(context)?;
        let path = "spec.advertisements";
        let mut pods = false;
        for item in context.items(spec.get("advertisements"), path) {
            let field = join(path, "advertisementType");
            let kind = context.text(item.get("advertisementType"), &field, KINDS);
            match kind {
                Some("PodCIDR") => pods = true,
                Some(kind @ ("CiliumPodIPPool" | "Service" | "Interface")) => {
                    let message = format!(
                        "what is announced as {kind} is not known here, and not planned with"
                    );
                    context.note(item.line, &field, message);
                }
                found => {
                    let found = found.unwrap_or("nothing");
                    let message = format!("expected {KINDS}, found {found:?}");
                    context.error(item.line, &field, message);
                }
            }
        }
        Some(Self { labels, pods })
    }
}

const KINDS: &str = "PodCIDR, CiliumPodIPPool, Service or Interface";

const FIELDS: &[&str] = &[
    "authSecretRef",
    "ebgpMultihop",
    "families",
    "gracefulRestart",
    "timers",
    "transport",
];
