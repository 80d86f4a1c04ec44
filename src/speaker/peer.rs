use alloc::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    vec::Vec,
};

use bytes::Bytes;

use crate::{
    policy::{Policy, Subject, Verdict},
    rib::{AdjRibOut, Neighbor, reflect::Side},
    session::{Negotiated, Session},
    speaker::{
        PeerConfig,
        cache::{Class, ClassId},
    },
    time::Instant,
    types::{Asn, Family, PeerType, Prefix, RouterId},
    wire::{AttributeSet, GracefulRestart},
};

/// A neighbour: its session, and what it has been told.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) config: PeerConfig,
    pub(super) session: Session,
    /// Who it is, since it has been up; kept while its routes are stale.
    pub(super) identity: Option<Identity>,
    /// Those who are told the same; since it has been up.
    pub(super) class: Option<ClassId>,
    /// One a negotiated family; empty unless Established.
    pub(super) outs: Vec<AdjRibOut>,
    /// Messages of the last batch that the connection had no room for.
    pub(super) backlog: VecDeque<Bytes>,
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
            class: None,
            outs: Vec::new(),
            backlog: VecDeque::new(),
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
        self.restart.clone_from(&agreed.graceful_restart);
        self.survives_notification = agreed.survives_notification;
        self.outs = agreed
            .families
            .iter()
            .copied()
            .map(AdjRibOut::new)
            .collect();
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

    /// What decides what it is told, once it is up.
    pub(super) fn class(&self) -> Option<Class> {
        Some(Class {
            side: self.side()?,
            next_hop: self.config.next_hop,
            local_address: self.config.local_address,
            local_as: self.config.session.local_as,
            context: self.session.negotiated()?.context.clone(),
        })
    }

    pub(super) fn out_mut(&mut self, family: Family) -> Option<&mut AdjRibOut> {
        self.outs.iter_mut().find(|out| out.family() == family)
    }

    /// Whether it has something to be told.
    pub(super) fn is_pending(&self) -> bool {
        !self.backlog.is_empty() || self.outs.iter().any(AdjRibOut::is_pending)
    }

    pub(super) fn imports(&self, prefix: Prefix) -> bool {
        self.accepts(self.config.import.as_ref(), prefix)
    }

    pub(super) fn exports(&self, prefix: Prefix) -> bool {
        self.accepts(self.config.export.as_ref(), prefix)
    }

    fn accepts(&self, policy: Option<&Policy>, prefix: Prefix) -> bool {
        let Some(identity) = self.identity else {
            return false;
        };
        let subject = Subject {
            family: prefix.family(),
            prefix: Some(prefix),
            neighbor: self.config.address,
            neighbor_as: identity.asn,
            peer_type: identity.peer_type,
            validation: None,
            tag: None,
            attributes: &AttributeSet::default(),
        };
        let verdict = match policy {
            Some(policy) => policy.judge(&subject),
            None => Policy::default_for(identity.peer_type).judge(&subject),
        };
        verdict == Verdict::Accept
    }
}
