use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use crate::{
    policy::{Policy, Subject, Verdict},
    rib::{Neighbor, reflect::Side},
    session::{Negotiated, Session},
    speaker::{Config, PeerConfig, class::Class, group::GroupId},
    time::Instant,
    types::{Asn, ClusterId, Family, PeerType, Prefix, RouterId},
    wire::{Context, GracefulRestart, Role},
};

/// A neighbour: its session, and what it has been told.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) config: PeerConfig,
    pub(super) session: Session,
    /// Who it is, since it has been up; kept while its routes are stale.
    pub(super) identity: Option<Identity>,
    /// Our role, if both sides say theirs (RFC 9234 §4).
    pub(super) role: Option<Role>,
    /// Those who are told the same, one a negotiated family; empty unless
    /// Established.
    pub(super) groups: Vec<GroupId>,
    /// The families whose End-of-RIB is still to come on this session.
    pub(super) awaited: BTreeSet<Family>,
    /// What it said of graceful restart on the latest session.
    pub(super) restart: Option<GracefulRestart>,
    /// Whether its routes outlive a NOTIFICATION, too.
    pub(super) survives_notification: bool,
    /// Until when what it sent before is kept.
    pub(super) stale: Option<Stale>,
    /// What the session asked for.
    pub(super) session_deadline: Option<Instant>,
    /// What stands for it in the speaker's deadlines.
    pub(super) registered: Option<Instant>,
}

/// What the neighbour's OPEN said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) asn: Asn,
    pub(super) peer_type: PeerType,
    pub(super) router_id: RouterId,
}

/// Routes of a neighbour that went away and may come back (RFC 4724 §4.2).
#[derive(Clone, Debug)]
pub(super) struct Stale {
    pub(super) families: BTreeSet<Family>,
    pub(super) until: Instant,
}

impl Peer {
    pub(super) fn new(config: PeerConfig, session: Session) -> Self {
        Self {
            config,
            session,
            identity: None,
            role: None,
            groups: Vec::new(),
            awaited: BTreeSet::new(),
            restart: None,
            survives_notification: false,
            stale: None,
            session_deadline: None,
            registered: None,
        }
    }

    /// Takes note of what was agreed; what the RIB must know of the neighbour.
    pub(super) fn on_up(&mut self, agreed: &Arc<Negotiated>) -> Neighbor {
        let identity = Identity {
            asn: agreed.peer_as,
            peer_type: agreed.peer_type,
            router_id: agreed.peer_router_id,
        };
        self.identity = Some(identity);
        let ours = self.config.session.offer.role;
        self.role = agreed.peer_role.and(ours).map(|of| of.role);
        self.restart.clone_from(&agreed.graceful_restart);
        self.survives_notification = agreed.survives_notification;
        self.awaited = agreed.families.iter().copied().collect();
        Neighbor {
            peer_type: identity.peer_type,
            router_id: identity.router_id,
            address: self.config.address,
        }
    }

    /// Where it stands for reflection, since it has been up.
    pub(super) fn side(&self) -> Option<Side> {
        let identity = self.identity?;
        Some(Side::of(identity.peer_type, self.config.reflection))
    }

    /// The families of the session; none unless Established.
    pub(super) fn families(&self) -> Vec<Family> {
        let agreed = self.session.negotiated();
        agreed.map_or_else(Vec::new, |agreed| agreed.families.clone())
    }

    /// What decides what it is told of a family, once it is up.
    pub(super) fn class(&self, speaker: &Config, family: Family) -> Option<Class> {
        let agreed = self.session.negotiated()?;
        let config = &self.config;
        let looks = config
            .export
            .as_ref()
            .is_some_and(Policy::looks_at_neighbor);
        let ours = &agreed.context;
        let mut context = Context::default();
        context.four_octet_as = ours.four_octet_as;
        context.families = alloc::vec![family];
        context.add_path_send = one(&ours.add_path_send, family);
        context.extended_next_hop = one(&ours.extended_next_hop, family);
        context.max_message_len = ours.max_message_len;
        context.peer_type = ours.peer_type;
        Some(Class {
            family,
            side: self.side()?,
            peer_type: agreed.peer_type,
            cluster_id: self.cluster_id(speaker),
            client_to_client: speaker.client_to_client,
            next_hop: config.next_hop,
            local_address: config.local_address,
            speaker_as: speaker.asn,
            local_as: config.session.local_as,
            local_as_mode: config.local_as,
            override_as: config.as_override.then_some(agreed.peer_as),
            remove_private: config.remove_private,
            transparent: config.route_server_client,
            role: self.role,
            long_lived: agreed.long_lived.iter().any(|of| of.family == family),
            graceful_shutdown: self.session.graceful_shutdown(),
            aigp: config.aigp,
            paths: config.send_paths,
            export: config.export.clone().map(Arc::new),
            neighbor: looks.then_some((config.address, agreed.peer_as)),
            context,
        })
    }

    /// Our cluster towards it.
    pub(super) fn cluster_id(&self, speaker: &Config) -> ClusterId {
        let own = self.config.cluster_id;
        own.unwrap_or_else(|| speaker.effective_cluster_id())
    }

    pub(super) fn imports(&self, prefix: Prefix) -> bool {
        self.accepts(self.config.import.as_ref(), prefix)
    }

    /// Routes of other families than of prefixes.
    pub(super) fn imports_any(&self) -> bool {
        match (&self.config.import, self.identity) {
            (Some(policy), _) => *policy == Policy::ACCEPT,
            (None, Some(identity)) => identity.peer_type != PeerType::External,
            (None, None) => false,
        }
    }

    fn accepts(&self, policy: Option<&Policy>, prefix: Prefix) -> bool {
        let Some(identity) = self.identity else {
            return false;
        };
        let subject = Subject {
            prefix,
            neighbor: self.config.address,
            neighbor_as: identity.asn,
        };
        let verdict = match policy {
            Some(policy) => policy.judge(&subject),
            None => Policy::default_for(identity.peer_type).judge(&subject),
        };
        verdict == Verdict::Accept
    }
}

fn one(list: &[Family], family: Family) -> Vec<Family> {
    list.iter().copied().filter(|of| *of == family).collect()
}
