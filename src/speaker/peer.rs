use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};

use crate::{
    policy::{CompiledPolicy, Looks, Policy},
    rib::{Neighbor, net, reflect::Side},
    session::{Negotiated, Session},
    speaker::{
        Config, ConfigError, PeerConfig, SendPaths, class::Class, group::GroupId, membership,
    },
    time::Instant,
    types::{Asn, ClusterId, Family, PeerId, PeerType, RouterId},
    wire::{GracefulRestart, LongLivedFamily, Role},
};

/// A neighbour: its session, and what it has been told.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) config: PeerConfig,
    pub(super) policies: Policies,
    pub(super) session: Session,
    /// Who it is, since it has been up; kept while its routes are stale.
    pub(super) identity: Option<Identity>,
    /// Our role, if both sides say theirs (RFC 9234 §4).
    pub(super) role: Option<Role>,
    /// How many prefixes were not taken, for a limit's sake.
    pub(super) dropped: BTreeMap<Family, usize>,
    /// Those who are told the same, one a negotiated family; empty unless
    /// Established.
    pub(super) groups: Vec<GroupId>,
    /// The families whose End-of-RIB is still to come on this session.
    pub(super) awaited: BTreeSet<Family>,
    /// What it said of graceful restart on the latest session.
    pub(super) restart: Option<GracefulRestart>,
    /// For how long what it sent may be kept after that, by family.
    pub(super) long_lived: Vec<LongLivedFamily>,
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
    /// Those kept for longer than a restart takes, and until when.
    pub(super) long_lived: BTreeMap<Family, Instant>,
}

impl Peer {
    pub(super) fn new(config: PeerConfig, policies: Policies, session: Session) -> Self {
        Self {
            config,
            policies,
            session,
            identity: None,
            role: None,
            dropped: BTreeMap::new(),
            groups: Vec::new(),
            awaited: BTreeSet::new(),
            restart: None,
            long_lived: Vec::new(),
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
        self.dropped.clear();
        let ours = self.config.session.offer.role;
        self.role = agreed.peer_role.and(ours).map(|of| of.role);
        self.restart.clone_from(&agreed.graceful_restart);
        self.long_lived.clone_from(&agreed.long_lived);
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
    pub(super) fn class(&self, id: PeerId, speaker: &Config, family: Family) -> Option<Class> {
        let agreed = self.session.negotiated()?;
        let constrained = membership::constrains(family, &agreed.families);
        let config = &self.config;
        let export = self.policies.export(agreed.peer_type);
        let looks = export.compiled.looks_at().contains(Looks::NEIGHBOR);
        let ours = &agreed.context;
        let mut context = ours.clone();
        context.families = alloc::vec![family];
        context.add_path_receive = Vec::new();
        context.add_path_send.retain(|of| *of == family);
        context.extended_next_hop.retain(|of| *of == family);
        Some(Class {
            family,
            side: self.side()?,
            peer_type: agreed.peer_type,
            cluster_id: self.cluster_id(speaker),
            client_to_client: speaker.client_to_client,
            dialect: speaker.reflection,
            announce_control: speaker
                .announce_control
                .filter(|_| config.route_server_client)
                .map(|server| (agreed.peer_as, server)),
            default_originate: config.default_originate && net::is_of_prefixes(family),
            conditional: config.conditional.clone(),
            interval: config.advertisement_interval,
            constrained: constrained.then_some(id),
            next_hop: config.next_hop,
            local_address: config.local_address,
            speaker_as: speaker.known_as(),
            local_as: config.session.local_as,
            local_as_mode: config.local_as,
            override_as: config.as_override.then_some(agreed.peer_as),
            remove_private: config.remove_private,
            transparent: config.route_server_client,
            role: self.role,
            long_lived: agreed.long_lived.iter().any(|of| of.family == family),
            graceful_shutdown: self.session.graceful_shutdown(),
            aigp: config.aigp,
            paths: match config.send_paths {
                // Without identifiers only one can be told of.
                several if several.is_several() && context.add_path_send.is_empty() => {
                    SendPaths::Best
                }
                // With them, one is told of as several are.
                one if !one.is_several() && !context.add_path_send.is_empty() => {
                    SendPaths::AtMost(1)
                }
                paths => paths,
            },
            export,
            neighbor: looks.then_some(config.address),
            peer_as: looks.then_some(agreed.peer_as),
            context,
        })
    }

    /// Our cluster towards it.
    pub(super) fn cluster_id(&self, speaker: &Config) -> ClusterId {
        let own = self.config.cluster_id;
        own.unwrap_or_else(|| speaker.effective_cluster_id())
    }
}

/// What a neighbour's policies are, ready to be applied.
#[derive(Clone, Debug)]
pub(super) struct Policies {
    import: Option<Arc<CompiledPolicy>>,
    export: Option<Export>,
}

/// A policy, and the same made quick to apply.
#[derive(Clone, Debug)]
pub(super) struct Export {
    policy: Arc<Policy>,
    pub(super) compiled: Arc<CompiledPolicy>,
}

impl PartialEq for Export {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.policy, &other.policy) || self.policy == other.policy
    }
}

impl Policies {
    pub(super) fn new(config: &PeerConfig) -> Result<Self, ConfigError> {
        let compiled = |policy: &Policy, field| {
            let compiled = policy.compile().map(Arc::new);
            compiled.map_err(|error| ConfigError::Policy { field, error })
        };
        let import = config.import.as_ref();
        let export = config.export.as_ref();
        let export = export.map(|policy| {
            Ok::<_, ConfigError>(Export {
                policy: Arc::new(policy.clone()),
                compiled: compiled(policy, "export")?,
            })
        });
        Ok(Self {
            import: import.map(|it| compiled(it, "import")).transpose()?,
            export: export.transpose()?,
        })
    }

    pub(super) fn import(&self, peer_type: PeerType) -> Arc<CompiledPolicy> {
        let default = || Arc::new(CompiledPolicy::default_for(peer_type));
        self.import.clone().unwrap_or_else(default)
    }

    fn export(&self, peer_type: PeerType) -> Export {
        let default = || Export {
            policy: Arc::new(Policy::default_for(peer_type)),
            compiled: Arc::new(CompiledPolicy::default_for(peer_type)),
        };
        self.export.clone().unwrap_or_else(default)
    }
}
